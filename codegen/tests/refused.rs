//! Documents that cannot become code are refused, with the rule and the place.

use heffl_codegen::{Api, Problem, generate};

const GADGETS: &str = include_str!("gadgets.yaml");

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    rule: String,
    change: String,
    to: String,
    at: Option<String>,
}

fn problems(text: &str) -> Vec<Problem> {
    generate(&[Api {
        module: "v1",
        file: "gadgets.yaml",
        text,
    }])
    .err()
    .unwrap_or_default()
}

#[test]
fn the_unchanged_document_is_accepted() {
    assert_eq!(problems(GADGETS), []);
}

#[test]
fn every_change_of_the_table_is_refused_at_its_place() {
    let rows: Vec<Row> = serde_yaml::from_str(include_str!("refused.yaml")).unwrap();
    for Row {
        rule,
        change,
        to,
        at,
    } in rows
    {
        assert!(GADGETS.contains(&change), "gadgets.yaml has no `{change}`");
        let found = problems(&GADGETS.replacen(&change, &to, 1));
        let expected = found
            .iter()
            .find(|problem| problem.rule == rule && problem.pointer == at);
        assert!(
            expected.is_some(),
            "`{change}` → `{to}`: expected {rule} at {at:?}, found {found:#?}"
        );
        assert!(expected.is_some_and(|problem| problem.file.as_deref() == Some("gadgets.yaml")));
    }
}

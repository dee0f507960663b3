use super::super::lines::Page;
use super::super::token::tokens;
use super::*;

fn read_text(text: &str) -> (Vec<Printed>, Notes) {
    let page = Page::read(text).unwrap();
    let mut notes = Notes::default();
    let fields = read(&tokens(&page.lines), Section::Query, &mut notes);
    (fields, notes)
}

/// Each field: its name, `!` if it is required, and its schema.
fn check(text: &str, expected: &[&str]) -> Notes {
    let (fields, notes) = read_text(text);
    let shown: Vec<String> = fields
        .iter()
        .map(|printed| {
            let mark = if printed.required { "!" } else { "" };
            format!("{}{mark} {}", printed.name, printed.schema)
        })
        .collect();
    assert_eq!(shown, expected);
    notes
}

fn check_rule(text: &str, expected: &str) {
    let (_, notes) = read_text(text);
    let rules: Vec<_> = notes.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [expected]);
}

#[test]
fn flags_stand_directly_below_the_type() {
    let notes = check(
        "size\nnumber\ndefault:30\ndeprecated\nrequired\n\nSize.\n\nrequired\n",
        &[r#"size! {"type":"number","default":30,"deprecated":true}"#],
    );
    assert_eq!(notes.wording, ["Size.", "required"]);
    check("a\nstring\n\nrequired\n", &[r#"a {"type":"string"}"#]);
}

#[test]
fn a_field_without_description_runs_into_the_next() {
    check(
        "madeAt\nstring<date-time>\nrequired\nlabel\nstring | null\n{key}\nany\n",
        &[
            r#"madeAt! {"type":"string","format":"date-time"}"#,
            r#"label {"type":"string","nullable":true}"#,
            "{key} {}",
        ],
    );
}

#[test]
fn fields_may_be_named_like_types_and_flags() {
    check(
        "kind\nenum<string>\nrequired\n\nKind.\n\nAvailable options:\nbig,\nsmall\nnumber\nstring\nrequired\n\nNumber.\n\nrequired\nboolean\n",
        &[
            r#"kind! {"type":"string","enum":["big","small"]}"#,
            r#"number! {"type":"string"}"#,
            r#"required {"type":"boolean"}"#,
        ],
    );
}

#[test]
fn options() {
    let one = r#"a {"type":"string","enum":["x","y z"]}"#;
    check("a\nenum<string>\nAvailable options:\nx,\ny z\n", &[one]);
    check("a\nenum<string>\nAvailable options: x, y z\n", &[one]);
    check("a\nenum<string>\nAvailable options:\n\nx, y z\n", &[one]);
    check(
        "a\nenum<number>\nAvailable options:\n1,\n2\n",
        &[r#"a {"type":"number","enum":[1,2]}"#],
    );
    check_rule(
        "a\nenum<number>\nAvailable options:\n1,\ntwo\n",
        "field-options-unreadable",
    );
    check_rule("a\nenum<string>\n\nText\n", "field-enum-without-options");
}

#[test]
fn a_comma_after_the_last_option_is_a_lost_null() {
    let lost = [Loss::NullOption {
        field: "a".to_owned(),
    }];
    for end in ["", "\n\n", "\n\nb\nstring", "\nb\nstring\nrequired"] {
        let (fields, notes) = read_text(&format!(
            "a\nenum<string> | null\nAvailable options:\nx,\ny,{end}"
        ));
        assert_eq!(fields[0].schema["enum"], json!(["x", "y"]), "{end:?}");
        assert_eq!(notes.losses, lost, "{end:?}");
    }
}

#[test]
fn a_description_without_a_field_is_a_lost_name() {
    let notes = check(
        "size\nnumber\n\nSize.\n\nRequired range: x >= 1\n\nWords to look for.\n\nMaximum string length: 9\nMore.\nlast\nstring\n",
        &[
            r#"size {"type":"number","minimum":1}"#,
            r#"last {"type":"string"}"#,
        ],
    );
    assert_eq!(
        notes.losses,
        [Loss::FieldName {
            section: "Query Parameters".to_owned(),
            after: Some("size".to_owned()),
        }]
    );
    assert_eq!(notes.wording, ["Size.", "Words to look for.", "More."]);

    let notes = check("Words to look for.\n", &[]);
    assert!(matches!(
        notes.losses.as_slice(),
        [Loss::FieldName { after: None, .. }]
    ));
}

#[test]
fn examples_are_skipped() {
    let notes = check(
        "a\nstring\n\nA.\n\nExample:\n\n\"x\"\n\nb\nobject\n\nExample:\n{\n  \"type\":\n  \"string\"\n}\nc\nstring\nExample: y\n",
        &[
            r#"a {"type":"string"}"#,
            r#"b {"type":"object"}"#,
            r#"c {"type":"string"}"#,
        ],
    );
    assert!(notes.losses.is_empty());
}

#[test]
fn repeated_types_are_alternatives() {
    check(
        "a\nstring | object\nobject\n\nA.\nb\nstring\n",
        &[
            r#"a {"oneOf":[{"type":"string"},{"type":"object"}]}"#,
            r#"b {"type":"string"}"#,
        ],
    );
}

#[test]
fn prefixes_are_facts() {
    check(
        "owner\nstring\n\nOwner (usr_ prefix)\n",
        &[r#"owner {"type":"string","x-heffl-id":{"prefix":"usr_"}}"#],
    );
}

#[test]
fn what_cannot_be_read_is_found() {
    check_rule("a\nstring<b c>\n", "field-type-unreadable");
    check_rule("a\nnull\n", "field-type-unreadable");
    check_rule("a\nboolean\ndefault:30\n", "field-default-unreadable");
    check_rule(
        "a\nnumber\nRequired range: many\n",
        "field-limit-unreadable",
    );
}

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::*;

fn response(text: &str) -> Result<Definitions, Error> {
    of("deals", text)
}

fn of(entity: &str, text: &str) -> Result<Definitions, Error> {
    parse(&Response {
        file: "a.json",
        text,
        entity: Some(entity),
    })
}

fn whole(text: &str) -> Result<Definitions, Error> {
    parse(&Response {
        file: "a.json",
        text,
        entity: None,
    })
}

/// `deals: cf_a cf_b`, one for each kind of record.
fn keys(definitions: &Definitions) -> Vec<String> {
    let of = |entity: &Entity| {
        let keys: Vec<&str> = entity.fields.iter().map(|field| &*field.key).collect();
        format!("{}: {}", entity.name, keys.join(" "))
    };
    definitions.entities.iter().map(of).collect()
}

const A: &str = r#"{"key": "cf_a", "label": "A", "type": "text"}"#;
const B: &str = r#"{"key": "cf_b", "label": "B", "type": "number"}"#;

fn page(fields: &str, more: bool) -> String {
    format!(r#"{{"data": [{fields}], "meta": {{"hasMore": {more}, "nextCursor": "x"}}}}"#)
}

#[test]
fn every_form_of_a_saved_response_gives_the_same_definitions() {
    let (first, last) = (page(A, true), page(B, false));
    for text in [
        page(&format!("{A}, {B}"), false),
        format!(r#"{{"data": [{A}, {B}]}}"#),
        format!(r#"{{"data": [{A}, {B}], "meta": null}}"#),
        format!("[{B}, {A}]"),
        format!("[{A}, {B}, {A}]"),
        format!("{first}\n{last}\n"),
        format!("{first}{last}"),
        format!("[{first}, {last}]"),
        format!("{A}\n{B}\n"),
        format!("[{A}]\n[{B}]"),
        format!("\u{feff}[{A},\r\n\t{B}]"),
        format!(r#"{{"deals": [{A}, {B}]}}"#),
        format!(r#"{{"deals": {{"data": [{A}, {B}]}}, "tasks": [{A}]}}"#),
        format!(r#"{{"tasks": [], "deals": [{first}, {last}]}}"#),
        format!("{{\"deals\": [{A}]}}\n{{\"deal\": [{B}]}}"),
        format!(
            r#"[{{"entity": "deals", {}, {{"entity": "tasks", {}, {B}]"#,
            &A[1..],
            &A[1..]
        ),
    ] {
        let definitions = response(&text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
        assert_eq!(keys(&definitions), ["deals: cf_a cf_b"], "{text}");
        let reference = response(&format!("[{A}, {B}]")).unwrap();
        assert_eq!(compare(&reference, &definitions), [], "{text}");
        assert_eq!(
            generate(&reference).unwrap(),
            generate(&definitions).unwrap(),
            "{text}"
        );
    }
}

#[test]
fn kinds_of_record_come_from_the_text_or_from_the_caller() {
    let both = format!(r#"{{"tasks": [{A}], "deals": [{B}], "companies": []}}"#);
    assert_eq!(
        keys(&whole(&both).unwrap()),
        ["companies: ", "deals: cf_b", "tasks: cf_a"]
    );
    assert_eq!(keys(&of("task", &both).unwrap()), ["tasks: cf_a"]);
    let named = format!(r#"[{{"entity": "contacts", {}]"#, &A[1..]);
    assert_eq!(keys(&whole(&named).unwrap()), ["contacts: cf_a"]);
    assert_eq!(keys(&of("projects", "[]").unwrap()), ["projects: "]);
    // A definition is never read as a page.
    let odd = r#"[{"key": "cf_a", "data": [], "meta": {"hasMore": true}}]"#;
    assert_eq!(keys(&response(odd).unwrap()), ["deals: cf_a"]);
}

#[test]
fn invalid_text_is_refused_with_its_place() {
    let not_text = r#"{"key": 5}"#;
    for (text, rule, line) in [
        ("", "custom-fields-shape", 1),
        (" \n", "custom-fields-shape", 1),
        ("<html>", "custom-fields-not-json", 1),
        ("[\n{]", "custom-fields-not-json", 2),
        ("[1", "custom-fields-not-json", 1),
        ("{}", "custom-fields-shape", 1),
        ("5", "custom-fields-shape", 1),
        ("[\n5]", "custom-fields-shape", 2),
        (r#"{"data": 5}"#, "custom-fields-shape", 1),
        ("{\"data\": [\n\n5]}", "custom-fields-shape", 3),
        (
            r#"{"error": {"code": "UNAUTHORIZED"}}"#,
            "custom-fields-shape",
            1,
        ),
        (
            r#"{"success": false, "error": "no"}"#,
            "custom-fields-shape",
            1,
        ),
        (r#"{"deals": 5}"#, "custom-fields-shape", 1),
        ("[\n{\"label\": \"A\"}]", "custom-fields-shape", 2),
        (not_text, "custom-fields-shape", 1),
        (
            r#"{"key": "cf_a", "key": "cf_b"}"#,
            "custom-fields-shape",
            1,
        ),
        ("{\"deals\": [],\n\"deals\": []}", "custom-fields-shape", 2),
        (r#"[{"key": "industry"}]"#, "custom-fields-key", 1),
        (r#"[{"key": "cf_"}]"#, "custom-fields-key", 1),
        (r#"[{"key": "cf_a\nb"}]"#, "custom-fields-key", 1),
        (
            "[{\"key\": \"cf_a\", \"type\": \"text\"},\n{\"key\": \"cf_a\", \"type\": \"date\"}]",
            "custom-fields-twice",
            2,
        ),
        (&page(A, true), "custom-fields-incomplete", 1),
        (
            &format!("{}\n{}", page(A, false), page(B, true)),
            "custom-fields-incomplete",
            2,
        ),
        (
            &format!("{{\"deals\":\n{}}}", page(B, true)),
            "custom-fields-incomplete",
            2,
        ),
        (r#"{"\n": []}"#, "custom-fields-entity", 1),
        (r#"{"5": []}"#, "custom-fields-entity", 1),
        (
            &format!(r#"{{"tasks": [{A}]}}"#),
            "custom-fields-no-such-entity",
            0,
        ),
    ] {
        let problems = response(text).expect_err(text);
        let problem = &problems.findings()[0];
        assert_eq!(
            (problem.rule, problem.line.unwrap_or(0)),
            (rule, line),
            "{text}"
        );
        assert!(
            problem.file.as_deref() == Some("a.json") && problem.help.is_some(),
            "{text}"
        );
    }
    for entity in ["", "5", "\n", "---", "deals`", "deals\u{202e}"] {
        assert_eq!(
            of(entity, "[]").unwrap_err().findings()[0].rule,
            "custom-fields-entity"
        );
    }
    for text in ["[]", A, &page(A, false)] {
        let problems = whole(text).unwrap_err();
        assert_eq!(
            problems.findings()[0].rule,
            "custom-fields-entity",
            "{text}"
        );
        assert!(
            problems.findings()[0]
                .help
                .as_ref()
                .unwrap()
                .contains("--entity")
        );
    }
}

#[test]
fn deeply_nested_or_long_text_is_refused() {
    for text in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        format!(
            "[{{\"key\": \"cf_a\", \"x\": {}1{}}}]",
            "[".repeat(5_000),
            "]".repeat(5_000)
        ),
    ] {
        assert!(response(&text).is_err());
    }
}

#[test]
fn each_type_has_its_rust_type() {
    for (type_name, options, rust) in [
        ("text", json!(null), "String"),
        ("Long Text", json!(null), "String"),
        ("EMAIL", json!(null), "String"),
        ("phone_number", json!(null), "String"),
        ("Link", json!(null), "String"),
        ("arrayText", json!(null), "Vec<String>"),
        ("number", json!(null), "f64"),
        ("integer", json!(null), "i64"),
        ("Currency", json!(null), "heffl::Money"),
        ("date", json!(null), "heffl::DateTime"),
        ("date-time", json!(null), "heffl::DateTime"),
        ("checkbox", json!(null), "bool"),
        ("Single Option", json!(["A", "B"]), "DealX"),
        (
            "Single Option",
            json!([{"value": "a", "label": "A"}]),
            "DealX",
        ),
        ("Single Option", json!([]), "String"),
        ("Single Option", json!([1, 2]), "heffl::serde_json::Value"),
        (
            "Single Option",
            json!([{"value": 1, "label": "A"}]),
            "heffl::serde_json::Value",
        ),
        ("multiple_option", json!(["A"]), "Vec<DealX>"),
        ("multiple_option", json!(null), "Vec<String>"),
        ("relation", json!(null), "Relation"),
        ("file_picker", json!(null), "heffl::serde_json::Value"),
        ("hologram", json!(["A"]), "heffl::serde_json::Value"),
    ] {
        let text = json!([{"key": "cf_x", "label": "X", "type": type_name, "options": options}]);
        let definitions = response(&text.to_string()).unwrap();
        let source = generate(&definitions).unwrap();
        let field = format!("pub x: Option<{rust}>,");
        assert!(source.contains(&field), "{type_name} {options}: {source}");
        let noted = definitions.entities[0].fields[0].note().is_some();
        let doubtful =
            rust.contains("Value") || (!options.is_array() && type_name == "multiple_option");
        assert_eq!(
            noted,
            doubtful || options == json!([]),
            "{type_name} {options}"
        );
    }
}

#[test]
fn options_are_found_under_any_unambiguous_key() {
    let words = |field: Value| {
        let text = json!([field]).to_string();
        let definitions = response(&text).unwrap();
        let field = definitions.entities[0].fields[0].clone();
        let words: Vec<String> = field
            .options
            .into_iter()
            .map(|choice| choice.value)
            .collect();
        (field.kind, words.join(" "))
    };
    for (member, kind, found) in [
        (
            json!({"allowedValues": ["a", "b", "a"]}),
            Kind::Choice,
            "a b",
        ),
        (
            json!({"allowed_values": ["a"], "tags": ["b"]}),
            Kind::Choice,
            "a",
        ),
        (json!({"config": ["a"]}), Kind::Choice, "a"),
        (
            json!({"config": [{"label": "A"}, {"name": "B"}]}),
            Kind::Choice,
            "A B",
        ),
        (json!({"some": ["a"], "others": ["b"]}), Kind::Json, ""),
        (json!({"sizes": [1, 2]}), Kind::Text, ""),
    ] {
        let mut field = json!({"key": "cf_a", "type": "select"});
        let members = member.as_object().unwrap().clone();
        field.as_object_mut().unwrap().extend(members);
        assert_eq!(words(field), (kind, found.to_owned()), "{member}");
    }
}

#[test]
fn source_names_its_origin_and_depends_only_on_definitions() {
    let source = |text: &str| generate(&response(text).unwrap()).unwrap();
    let first = source(&format!("[{A}]"));
    let start = "// Generated by heffl-custom-fields from a.json, deals (sha256:";
    assert!(
        first.starts_with(start) && start.starts_with(MARKER),
        "{first}"
    );
    // Other members of a definition change nothing; a label does.
    assert_eq!(
        first,
        source(&format!("[{}, \"updatedAt\": 5}}]", &A[..A.len() - 1]))
    );
    assert_ne!(first, source(&format!("[{}]", A.replace("\"A\"", "\"a\""))));
}

#[test]
fn a_file_name_cannot_become_code() {
    let definitions = parse(&Response {
        file: "/tmp/a\nfn b() {}\u{202e}.json",
        text: "[]",
        entity: Some("deals"),
    });
    let source = generate(&definitions.unwrap()).unwrap();
    let first = source.lines().next().unwrap();
    assert!(
        first.contains("from a fn b() {} .json, deals (sha256:"),
        "{first}"
    );
}

#[test]
fn hundreds_of_fields_have_unique_names() {
    let mut text = String::new();
    for number in 0..500 {
        // Every third key clashes with another one.
        let key = format!("cf_f{}{}", number % 400, "_".repeat(number / 400));
        let _ = writeln!(
            text,
            "{}",
            json!({"key": key, "type": "single_option", "options": ["a", "b"]})
        );
    }
    let source = generate(&response(&text).unwrap()).unwrap();
    let count = |what: &str| source.matches(what).count();
    assert_eq!(count(": Option<DealF"), 500);
    assert_eq!(count("pub enum DealF"), 500);
    let file = syn::parse_file(&source).unwrap();
    let mut names: Vec<String> = Vec::new();
    for item in &file.items {
        match item {
            syn::Item::Struct(item) => names.push(item.ident.to_string()),
            syn::Item::Enum(item) => names.push(item.ident.to_string()),
            _ => {}
        }
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn changes_of_definitions_are_reported_with_their_severity() {
    let field = json!({
        "key": "cf_a", "label": "A", "type": "single_option", "options": ["x", {"value": "y", "label": "Y"}],
        "required": false,
    });
    let with = |patch: Value| {
        let mut field = field.clone();
        field
            .as_object_mut()
            .unwrap()
            .extend(patch.as_object().unwrap().clone());
        json!([field])
    };
    for (new, expected) in [
        (with(json!({})), vec![]),
        (
            with(json!({"options": [{"value": "y", "label": "Y"}, "x"]})),
            vec![],
        ),
        (json!([]), vec!["breaking custom-field-removed null"]),
        (
            json!([field, {"key": "cf_b", "type": "text"}]),
            vec!["info custom-field-added {\"label\":null,\"type\":\"text\"}"],
        ),
        (
            with(json!({"label": "B"})),
            vec!["info custom-field-label-changed \"B\""],
        ),
        (
            with(json!({"required": true})),
            vec!["warning custom-field-details-changed true"],
        ),
        (
            with(json!({"options": ["x", {"value": "y", "label": "Y"}, "z"]})),
            vec!["info custom-field-option-added \"z\""],
        ),
        (
            with(json!({"options": ["x", "z"]})),
            vec![
                "breaking custom-field-option-removed null",
                "info custom-field-option-added \"z\"",
            ],
        ),
        (
            with(json!({"options": ["x", {"value": "y", "label": "Why"}]})),
            vec!["info custom-field-option-label-changed \"Why\""],
        ),
        (
            with(json!({"type": "dropdown"})),
            vec!["warning custom-field-type-name-changed \"dropdown\""],
        ),
        (
            with(json!({"type": "multiple_option"})),
            vec!["breaking custom-field-type-changed \"multiple_option\""],
        ),
    ] {
        let (old, new) = (json!([field]).to_string(), new.to_string());
        let changes = compare(&response(&old).unwrap(), &response(&new).unwrap());
        let told: Vec<String> = changes
            .iter()
            .map(|change| {
                let severity = format!("{:?}", change.kind.severity()).to_lowercase();
                let after = change
                    .after
                    .as_ref()
                    .map_or("null".to_owned(), Value::to_string);
                format!("{severity} {} {after}", change.kind.id())
            })
            .collect();
        assert_eq!(told, expected, "{new}");
        for change in changes {
            assert!(change.message.contains("`cf_") && change.message.ends_with('.'));
            assert_eq!(change.side == Side::Old, change.kind == ChangeKind::Removed);
            assert!(change.place.line == 1 && change.place.pointer.starts_with('/'));
        }
    }
}

#[test]
fn unknown_types_are_never_equal() {
    let of_type =
        |word: &str| response(&json!([{"key": "cf_a", "type": word}]).to_string()).unwrap();
    let kind = |old: &str, new: &str| compare(&of_type(old), &of_type(new))[0].kind;
    assert_eq!(kind("hologram", "smell"), ChangeKind::TypeChanged);
    assert_eq!(kind("text", "hologram"), ChangeKind::TypeChanged);
    assert_eq!(kind("text", "email"), ChangeKind::TypeNameChanged);
}

#[test]
fn adding_or_removing_a_kind_of_record_is_one_change() {
    let both = whole(&format!(r#"{{"deals": [{A}, {B}], "tasks": [{A}]}}"#)).unwrap();
    let one = whole(&format!(r#"{{"deal": [{A}, {B}]}}"#)).unwrap();
    let kinds = |old, new| -> Vec<_> {
        let changes = compare(old, new);
        changes
            .into_iter()
            .map(|change| (change.kind, change.message))
            .collect()
    };
    let gone = "The custom fields of tasks are gone.".to_owned();
    let new = "The custom fields of tasks are new.".to_owned();
    assert_eq!(kinds(&both, &one), [(ChangeKind::EntityRemoved, gone)]);
    assert_eq!(kinds(&one, &both), [(ChangeKind::EntityAdded, new)]);
}

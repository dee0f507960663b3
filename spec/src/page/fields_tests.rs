use super::super::lines::Page;
use super::*;
use crate::openapi::{entries, is_required};

fn read_text(text: &str) -> (Value, Notes) {
    let page = Page::read(text).unwrap();
    let section = Section {
        heading: "Query Parameters",
        lines: &page.lines,
        ..Section::default()
    };
    let mut notes = Notes::default();
    let object = object(section, &page.lines, &mut notes);
    (object, notes)
}

/// Each field: its name, `!` if it is required, and its schema.
fn check(text: &str, expected: &[&str]) -> Notes {
    let (object, notes) = read_text(text);
    let shown: Vec<String> = entries(object.get("properties"))
        .map(|(name, schema)| {
            let mark = if is_required(&object, name) { "!" } else { "" };
            format!("{name}{mark} {schema}")
        })
        .collect();
    assert_eq!(shown, expected);
    notes
}

fn rules(text: &str) -> Vec<&'static str> {
    let (_, notes) = read_text(text);
    notes.findings.iter().map(|finding| finding.rule).collect()
}

fn check_rule(text: &str, expected: &str) {
    assert_eq!(rules(text), [expected]);
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
        let (object, notes) = read_text(&format!(
            "a\nenum<string> | null\nAvailable options:\nx,\ny,{end}"
        ));
        let options = &object["properties"]["a"]["enum"];
        assert_eq!(*options, json!(["x", "y"]), "{end:?}");
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
fn unreadable_lines_are_reported() {
    check_rule("a\nstring<b c>\n", "field-type-unreadable");
    check_rule("a\nnull\n", "field-type-unreadable");
    check_rule("a\nboolean\ndefault:30\n", "field-default-unreadable");
    check_rule(
        "a\nnumber\nRequired range: many\n",
        "field-limit-unreadable",
    );
}

/// Names with their children in parentheses.
fn outline(object: &Value) -> String {
    let names: Vec<String> = entries(object.get("properties"))
        .map(|(name, schema)| {
            let inner = outline(schema.get("items").unwrap_or(schema));
            if inner.is_empty() {
                name.clone()
            } else {
                format!("{name}({inner})")
            }
        })
        .collect();
    names.join(" ")
}

fn check_outline(text: &str, expected: &str) {
    let (object, notes) = read_text(text);
    assert_eq!(outline(&object), expected);
    assert_eq!(notes.findings, []);
}

#[test]
fn dotted_names_go_into_their_parents() {
    check_outline(
        "meta\nobject\nHide child attributes\nmeta.next\nstring\nmeta.page\nobject\nmeta.page.size\nnumber\nparts\nobject[]\nparts[].label\nstring\nend\nstring",
        "meta(next page(size)) parts(label) end",
    );
    check_outline("a\nany\na.b\nstring", "a(b)");
}

#[test]
fn a_dot_alone_makes_no_child() {
    check_outline("hub.mode\nstring\nx\nstring\nx.y\nstring", "hub.mode x x.y");
}

#[test]
fn open_keys_are_not_fields() {
    let (object, _) = read_text("a\nstring\ncf_\nany | null\n{key}\nany\n\nText");
    assert_eq!(outline(&object), "a");
    assert_eq!(object[CUSTOM_FIELDS], true);
    assert_eq!(object["additionalProperties"], json!({}));
    let (object, _) = read_text("{key}\nany\n\nKeys like cf_colour");
    assert_eq!(object[CUSTOM_FIELDS], true);
}

#[test]
fn open_keys_of_an_inner_object_are_its_own() {
    let (object, _) = read_text("a\nobject\na.{key}\nstring\nb\nstring");
    assert_eq!(
        object["properties"]["a"]["additionalProperties"],
        json!({"type": "string"})
    );
    assert_eq!(object.get("additionalProperties"), None);
}

#[test]
fn fields_without_a_parent_are_reported() {
    check_rule(
        "meta\nobject\nHide child attributes\nnext\nstring",
        "field-children-undotted",
    );
    check_rule("a\nstring\na\nstring", "field-twice");
    check_rule(
        "meta\nobject\nx\nstring\nmeta.next\nstring",
        "field-far-from-parent",
    );
}

#[test]
fn names() {
    for text in [
        "id",
        "x-api-key",
        "meta.next",
        "filter[size]",
        "{key}",
        "cf_",
        "$top",
    ] {
        assert!(is_name(text), "{text}");
    }
    for text in ["", "two words", "red,", "Colour.", "Example:", "{id}"] {
        assert!(!is_name(text), "{text}");
    }
}

#[test]
fn incomplete_facts_are_not_read() {
    for (text, kept) in [
        ("a\nstring\n\nSome wor", 4),
        ("a\nstring\n\nWor", 3),
        ("a\nstring\n\nPattern: ^a", 3),
        ("a\nstring\nb\nstri", 2),
        ("a\nstring\nb\nstring<da", 2),
        ("a\nstring\nrequired\nla", 3),
        ("a\nenum<string>\n\nAvailable options:\nx,\ny", 5),
    ] {
        let page = Page::read(text).unwrap();
        assert_eq!(without_half(&page.lines).len(), kept, "{text}");
    }
}

#[test]
fn truncated_options_are_not_used() {
    let page = Page::read("a\nenum<string>\n\nAvailable options:\nx,").unwrap();
    let section = Section {
        heading: "Body",
        lines: &page.lines,
        is_cut: true,
        ..Section::default()
    };
    let mut notes = Notes::default();
    let object = object(section, &page.lines, &mut notes);
    assert_eq!(object["properties"]["a"], json!({"type": "string"}));
    assert!(notes.findings.is_empty() && notes.losses.is_empty());
}

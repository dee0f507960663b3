//! Documents that the generator refuses.

use super::{
    Edit, Row, append, refuses, replace, run, summary,
    tree::{Tree, text},
    write,
};

const V1: &str = "spec/heffl-v1.yaml";
const V2: &str = "spec/heffl-v2.yaml";
const GENERATE: &str = "generate";
const COMPARE: &str = "generate --check";

fn tree() -> Tree {
    let gadgets = text("codegen/tests/gadgets.yaml");
    Tree::new(&[], &[(V1, &gadgets), (V2, &gadgets)])
}

/// Adds a key to a property of the gadget.
fn anything(key: &str) -> Edit {
    replace(V1, "anything: {", format!("{key}: {{"))
}

/// Schemas nested `levels` deep.
fn nested(levels: usize) -> String {
    let open = "{type: array, items: ".repeat(levels);
    format!("{open}{{type: string}}{}", "}".repeat(levels))
}

#[test]
fn the_unchanged_documents_are_generated() {
    let tree = tree();
    assert_eq!(run(&tree, GENERATE).unwrap().0, 0);
    assert_eq!(run(&tree, COMPARE).unwrap().0, 0);
}

#[derive(serde::Deserialize)]
struct Refused {
    change: String,
    to: String,
    at: Option<String>,
    #[serde(default)]
    warned: bool,
    code: Option<String>,
}

/// The command refuses every document that the generator refuses.
#[test]
fn the_command_refuses_the_documents_of_the_generators_table() {
    let gadgets = text("codegen/tests/gadgets.yaml");
    let table: Vec<Refused> = serde_yaml::from_str(&text("codegen/tests/refused.yaml")).unwrap();
    let rows: Vec<Row> = table
        .into_iter()
        .filter(|row| !row.warned && row.code.is_none())
        .map(|Refused { change, to, at, .. }| {
            let place = at.map_or(V1.to_owned(), |at| format!("{V1} #{at}: "));
            let edit = write(V1, gadgets.replacen(&change, &to, 1));
            (GENERATE, edit, &*place.leak(), "")
        })
        .collect();
    refuses(&tree(), &rows);
}

#[test]
fn bad_documents_are_refused() {
    let lines = text("codegen/tests/gadgets.yaml").lines().count();
    let end: &'static str = format!("{V1}:{}: ", lines + 1).leak();
    let part = |to: String| replace(V1, "name: {type: string, description: Its name.}", to);
    let rows: Vec<Row> = vec![
        (GENERATE, Edit::Remove(V1), V1, "cannot be read"),
        (COMPARE, write(V1, ""), "spec/heffl-v1.yaml:1", "empty"),
        (
            GENERATE,
            write(V1, b"\xff\xfe".to_vec()),
            "spec/heffl-v1.yaml:1",
            "UTF-8",
        ),
        (
            GENERATE,
            write(V1, "{}\n"),
            "spec/heffl-v1.yaml #/openapi",
            "version 3.0, 3.1 or 3.2",
        ),
        (
            GENERATE,
            write(V2, "just words\n"),
            "spec/heffl-v2.yaml #/openapi",
            "version 3.0, 3.1 or 3.2",
        ),
        (
            GENERATE,
            write(V2, "swagger: '2.0'\n"),
            "spec/heffl-v2.yaml #/openapi",
            "version 3.0, 3.1 or 3.2",
        ),
        (
            GENERATE,
            write(V1, "# ".repeat(25 << 20)),
            "spec/heffl-v1.yaml:1: ",
            "52428800 bytes",
        ),
        (GENERATE, append(V1, "x: \u{0}\n"), end, "control character"),
        (
            GENERATE,
            append(V1, "\tx: 1\n"),
            end,
            "cannot start any token",
        ),
        (
            GENERATE,
            append(V1, "x: &x [*x]\n"),
            end,
            "recursion limit exceeded",
        ),
        (
            GENERATE,
            part(format!("name: {}", nested(10_000))),
            "spec/heffl-v1.yaml:",
            "more than 1000 brackets",
        ),
        (
            GENERATE,
            part(format!("name: {}", nested(115))),
            "#/components/schemas/Part/properties/name/items",
            "more than 100 levels deep",
        ),
    ];
    refuses(&tree(), &rows);
}

/// A part without code is a warning with its location; code is generated for the rest of the document.
#[test]
fn parts_without_code_are_warnings() {
    let left_out = "the member is left out";
    let tree = tree();
    for (edit, place, words) in [
        (
            replace(V1, "/parts:", "/../parts:"),
            "#/paths/~1..~1parts/get: ",
            "the operation is left out",
        ),
        (
            anything("'\"'"),
            "#/components/schemas/Gadget/properties/\": ",
            left_out,
        ),
        (
            anything("\"a\\nb\""),
            "#/components/schemas/Gadget/properties/a",
            left_out,
        ),
        (
            anything("'r#\"'"),
            "#/components/schemas/Gadget/properties/r#\": ",
            left_out,
        ),
    ] {
        let row = summary(&edit);
        tree.apply(&edit);
        let (code, output) = run(&tree, GENERATE).unwrap();
        let warning = output
            .lines()
            .find(|line| line.starts_with("warning: ") && line.contains(place));
        assert_eq!(code, 0, "{row}: {output}");
        let warning = warning.unwrap_or_else(|| panic!("{row}: no warning at {place}: {output}"));
        assert!(output.contains(words), "{row}: {warning}");
        tree.restore();
    }
}

/// Text never becomes code: the generated code can be parsed.
#[test]
fn hostile_text_stays_text() {
    let description = |words: String| {
        let from = "description: A part.";
        replace(V1, from, format!("description: \"{words}\""))
    };
    let word = |word: &str| replace(V1, "[ACTIVE, ON_HOLD]", format!("[ACTIVE, {word}]"));
    let tree = tree();
    for edit in [
        description("*/ /* // \\\" \\u0001 }} {{ r#\\\"".to_owned()),
        description("`` ` ``` <script> [x](y) #[doc] $crate".to_owned()),
        description("`".repeat(1 << 20)),
        anything("'x*/'"),
        anything("'../x'"),
        anything("'../'"),
        anything("'*/'"),
        anything("'../id'"),
        append(
            V1,
            format!(
                "{0:4}Loop: {{allOf: [{{$ref: '#/components/schemas/Loop'}}]}}\n{0:4}Ping: {{$ref: '#/components/schemas/Pong'}}\n{0:4}Pong: {{$ref: '#/components/schemas/Ping'}}\n",
                ""
            ),
        ),
        word("'x\"y'"),
        word("\"x\\ny\""),
    ] {
        let row = summary(&edit);
        tree.apply(&edit);
        let (code, output) = run(&tree, GENERATE).unwrap();
        assert_eq!(code, 0, "{row}: {output}");
        tree.restore();
    }
}

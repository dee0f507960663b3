//! Documents that cannot become code.

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

/// Another key for a property of the gadget.
fn anything(key: &str) -> Edit {
    replace(V1, "anything: {", format!("{key}: {{"))
}

/// A schema in a schema, `levels` times.
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
}

/// What the generator refuses, the command refuses.
#[test]
fn the_table_of_the_generator_holds_for_the_command() {
    let gadgets = text("codegen/tests/gadgets.yaml");
    let table: Vec<Refused> = serde_yaml::from_str(&text("codegen/tests/refused.yaml")).unwrap();
    let rows: Vec<Row> = table
        .into_iter()
        .map(|Refused { change, to, at }| {
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
            "OpenAPI 3.0",
        ),
        (
            GENERATE,
            write(V2, "just words\n"),
            "spec/heffl-v2.yaml #/openapi",
            "OpenAPI 3.0",
        ),
        (
            GENERATE,
            write(V2, "swagger: '2.0'\n"),
            "spec/heffl-v2.yaml #/openapi",
            "OpenAPI 3.0",
        ),
        (
            COMPARE,
            replace(V2, "3.0.3", "3.1.0"),
            "spec/heffl-v2.yaml #/openapi",
            "3.1.0",
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
            "more than 28 levels deep",
        ),
        (
            COMPARE,
            append(
                V1,
                format!(
                    "{:4}Loop: {{allOf: [{{$ref: '#/components/schemas/Loop'}}]}}\n",
                    ""
                ),
            ),
            "#/components/schemas/Loop: ",
            "must be an object or a string enum",
        ),
        (
            COMPARE,
            append(
                V1,
                format!(
                    "{0:4}Ping: {{$ref: '#/components/schemas/Pong'}}\n{0:4}Pong: {{$ref: '#/components/schemas/Ping'}}\n",
                    ""
                ),
            ),
            "#/components/schemas/Ping: ",
            "must be an object or a string enum",
        ),
        (
            GENERATE,
            replace(V1, "servers: [{url", "servers: [{uri"),
            "spec/heffl-v1.yaml #/servers/0/url",
            "is no https URL",
        ),
        (
            GENERATE,
            replace(V1, "/parts:", "/../parts:"),
            "spec/heffl-v1.yaml #/paths/~1..~1parts",
            "`..` cannot be a segment of a path",
        ),
        (
            GENERATE,
            anything("'../'"),
            "#/components/schemas/Gadget/properties/..~1: ",
            "`../` cannot become the name of a field",
        ),
        (
            GENERATE,
            anything("'\"'"),
            "#/components/schemas/Gadget/properties/\": ",
            "`\"` cannot become the name of a field",
        ),
        (
            GENERATE,
            anything("'*/'"),
            "#/components/schemas/Gadget/properties/*~1: ",
            "`*/` cannot become the name of a field",
        ),
        (
            GENERATE,
            anything("\"\\n\""),
            "#/components/schemas/Gadget/properties/",
            "cannot become the name of a field",
        ),
        (
            GENERATE,
            anything("\"a\\nb\""),
            "#/components/schemas/Gadget/properties/a",
            "has a character that JSON can only write as an escape",
        ),
        (
            GENERATE,
            anything("'r#\"'"),
            "#/components/schemas/Gadget/properties/r#\": ",
            "has a character that JSON can only write as an escape",
        ),
        (
            GENERATE,
            anything("'../id'"),
            "#/components/schemas/Gadget/properties/..~1id: ",
            "both become the field `id`",
        ),
    ];
    refuses(&tree(), &rows);
}

/// Text stays text, whatever is in it: code is generated, which includes that it parses.
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

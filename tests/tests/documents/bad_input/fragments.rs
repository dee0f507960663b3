//! Fragments, overlays and chosen names.

use std::fmt::Write as _;

use super::{
    Row, append, refuses, replace, run,
    tree::{Tree, text},
    write,
};

const FACTS: &str = "spec/facts/v2/gadgets.yaml";
const PAGE: &str = "spec/pages/ref/get-gadget.yaml";
const OVERLAY: &str = "spec/overlays/v1/70-corrections.yaml";
const NAMES: &str = "spec/names.yaml";
const V1: &str = "spec/heffl-v1.yaml";
const V2: &str = "spec/heffl-v2.yaml";
const ASSEMBLE: &str = "assemble";
const COMPARE: &str = "assemble --check";
const CHECK: &str = "check";

/// Invented facts, and documents for `check`.
fn gadgets() -> Tree {
    const SPEC: &str = "tests/fixtures/assemble/complete/spec";
    let document = text("codegen/tests/gadgets.yaml");
    Tree::new(&[(SPEC, "spec")], &[(V1, &document), (V2, &document)])
}

/// The smaller half of this workspace.
fn version_1() -> Tree {
    let names = text(NAMES);
    let (names, _) = names.split_once("v2:\n").unwrap();
    Tree::new(
        &[
            ("spec/facts/v1", "spec/facts/v1"),
            ("spec/pages/api-reference", "spec/pages/api-reference"),
            ("spec/overlays/v1", "spec/overlays/v1"),
            ("spec/descriptions/v1", "spec/descriptions/v1"),
            (V1, V1),
        ],
        &[(NAMES, names)],
    )
}

/// Ten levels of ten aliases each, which expand to 10¹⁰ words.
fn anchor_bomb() -> String {
    let mut text = "a0: &a0 [word]\n".to_owned();
    for level in 1..=10 {
        let below = level - 1;
        let references = vec![format!("*a{below}"); 10].join(", ");
        let _ = writeln!(text, "a{level}: &a{level} [{references}]");
    }
    text
}

#[test]
fn the_unchanged_trees_are_accepted() {
    assert_eq!(run(&gadgets(), ASSEMBLE).unwrap().0, 0);
    let tree = version_1();
    assert_eq!(run(&tree, ASSEMBLE).unwrap().0, 0);
    assert_eq!(run(&tree, COMPARE).unwrap().0, 0);
}

#[test]
fn bad_fragments_are_refused() {
    let rows: Vec<Row> = vec![
        (
            ASSEMBLE,
            write(FACTS, ""),
            "gadgets.yaml:1: ",
            "the file is empty",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "enum: [createdAt, name]", "enum: [name, Name]"),
            "spec/heffl-v2.yaml #/components/schemas/",
            "`name` and `Name` differ in case only",
        ),
        (
            ASSEMBLE,
            write(FACTS, "# nothing\n"),
            "gadgets.yaml:1: ",
            "expected a fragment",
        ),
        (
            COMPARE,
            write(FACTS, b"paths:\n- \xff\n".to_vec()),
            "gadgets.yaml:2: ",
            "not UTF-8",
        ),
        (
            ASSEMBLE,
            write(FACTS, "paths: 1\0\n"),
            "gadgets.yaml:1: ",
            "control character",
        ),
        (
            ASSEMBLE,
            write(FACTS, "x".repeat(50 << 20)),
            "gadgets.yaml:1: ",
            "52428800 bytes",
        ),
        (
            CHECK,
            write(FACTS, "paths: [1\n"),
            "gadgets.yaml:2: ",
            "did not find expected ',' or ']'",
        ),
        (
            ASSEMBLE,
            write(FACTS, "just words\n"),
            "gadgets.yaml:1: ",
            "expected a fragment",
        ),
        (
            ASSEMBLE,
            write(FACTS, "paths: {}\n\tinfo: {}\n"),
            "gadgets.yaml:2: ",
            "cannot start any token",
        ),
        (
            ASSEMBLE,
            write(FACTS, anchor_bomb()),
            "gadgets.yaml: ",
            "repetition limit exceeded",
        ),
        (
            CHECK,
            write(FACTS, format!("paths: {}\n", "[".repeat(10_000))),
            "gadgets.yaml:1: ",
            "more than 1000 brackets",
        ),
        (
            ASSEMBLE,
            write(
                FACTS,
                format!("paths: {0}1{1}\n", "[".repeat(999), "]".repeat(999)),
            ),
            "gadgets.yaml:1: ",
            "recursion limit exceeded",
        ),
        (
            ASSEMBLE,
            write(FACTS, format!("{}1\n", "- ".repeat(10_000))),
            "gadgets.yaml:1: ",
            "recursion limit exceeded",
        ),
        (
            ASSEMBLE,
            append(FACTS, "colour: red\n"),
            "gadgets.yaml:",
            "#/colour: unknown key `colour`",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "default: none,", "defualt: none,"),
            "/properties/note/defualt: ",
            "unknown key `defualt`",
        ),
        (
            ASSEMBLE,
            replace(
                FACTS,
                "      responses:\n",
                "      responses: [1]\n      x:\n",
            ),
            "gadgets.yaml:",
            "an object is expected here",
        ),
        (
            COMPARE,
            append(FACTS, "paths: {}\n"),
            "gadgets.yaml:",
            "duplicate entry with key \"paths\"",
        ),
        (
            ASSEMBLE,
            append(FACTS, "---\npaths: {}\n"),
            "gadgets.yaml: ",
            "more than one document",
        ),
        (
            CHECK,
            replace(
                FACTS,
                "x-heffl-evidence: documented",
                "x-heffl-evidence: guessed",
            ),
            "gadgets.yaml:",
            "unknown evidence \"guessed\"",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "    delete:", "    fetch:"),
            "#/paths/~1gadgets~1{id}/fetch: ",
            "unknown key `fetch`",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "'/gadgets/{id}':", "'/gadgets/{key}':"),
            "/delete/parameters: ",
            "`key` of the path `/gadgets/{key}` is missing",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "'/gadgets/{id}':", "'gadgets/{id}':"),
            "gadgets.yaml:",
            "is not a path template",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "note: {type: string,", "note: {type: strnig,"),
            "/properties/note/type: ",
            "\"strnig\" is not a type",
        ),
        (
            ASSEMBLE,
            replace(
                FACTS,
                "                x-heffl-rule: 'The update page is not printed; bodies of sister pages agree.'\n",
                "",
            ),
            "/allOf/0/x-heffl-evidence: ",
            "`x-heffl-rule` with the reason is missing",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "required: [name]", "required: [nmae]"),
            "gadgets.yaml",
            "`required` names `nmae`",
        ),
        (
            ASSEMBLE,
            replace(
                FACTS,
                "      - {name: cursor, in: query, schema: {type: string}}\n",
                "      - {name: cursor, in: query, schema: {type: string}}\n      - {name: cursor, in: query, schema: {}}\n",
            ),
            "/get/parameters/1: ",
            "the parameter `cursor` is listed twice",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "schemas/CreateGadget", "schemas/CreateNothing"),
            "gadgets.yaml",
            "no operation has a schema CreateNothing",
        ),
        (
            ASSEMBLE,
            replace(
                FACTS,
                "x-heffl-except: [gadgetParts]",
                "x-heffl-except: [nothing]",
            ),
            "gadgets.yaml",
            "no property `nothing` to leave out",
        ),
        (
            CHECK,
            replace(FACTS, "schemas/CreateGadget", "schemas/UpdateGadget"),
            "gadgets.yaml",
            "properties in a circle",
        ),
        (
            ASSEMBLE,
            replace(FACTS, "schemas/Gadget'", "schemas/Gdaget'"),
            "#/paths/",
            "`#/components/schemas/Gdaget` does not exist",
        ),
        (
            ASSEMBLE,
            replace(PAGE, "type: number", "type: string"),
            "get-gadget.yaml",
            "the fragment was edited",
        ),
        (
            CHECK,
            replace(PAGE, "address: ref/get-gadget", "adress: ref/get-gadget"),
            "get-gadget.yaml",
            "unknown field `adress`",
        ),
    ];
    refuses(&gadgets(), &rows);
}

#[test]
fn bad_overlays_and_names_are_refused() {
    let rows: Vec<Row> = vec![
        (
            ASSEMBLE,
            write(OVERLAY, ""),
            "70-corrections.yaml:1",
            "empty",
        ),
        (
            ASSEMBLE,
            write(OVERLAY, "overlay: 1.0.0\ninfo: {title: T, version: '1'}\n"),
            "70-corrections.yaml",
            "actions",
        ),
        (
            ASSEMBLE,
            write(
                OVERLAY,
                "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions: []\n",
            ),
            "70-corrections.yaml #/actions",
            "no actions",
        ),
        (
            COMPARE,
            append(OVERLAY, "colour: red\n"),
            "70-corrections.yaml",
            "colour",
        ),
        (
            ASSEMBLE,
            append(OVERLAY, "  colour: red\n"),
            "70-corrections.yaml #/actions/2",
            "colour",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "overlay: '1.0.0'", "overlay: '2.0.0'"),
            "70-corrections.yaml #/overlay",
            "version 2.0.0",
        ),
        (
            ASSEMBLE,
            replace(
                OVERLAY,
                "$.components.schemas[*].properties",
                "$.components.[",
            ),
            "70-corrections.yaml #/actions/1",
            "not a JSONPath",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "properties.customFields", "properties.customField"),
            "70-corrections.yaml #/actions/1",
            "expects 4 nodes, found 0",
        ),
        (
            CHECK,
            replace(OVERLAY, "x-heffl-matches: 2", "x-heffl-matches: 3"),
            "70-corrections.yaml #/actions/0",
            "expects 3 nodes, found 2",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "x-heffl-matches: 2", "x-heffl-matches: -1"),
            "70-corrections.yaml #/actions/0",
            "-1",
        ),
        (
            ASSEMBLE,
            replace(
                OVERLAY,
                "properties.website\"\n",
                "properties.website.nullable\"\n",
            ),
            "70-corrections.yaml #/actions/0",
            "only objects and arrays can be updated",
        ),
        (
            ASSEMBLE,
            replace(
                OVERLAY,
                "  x-heffl-reason: v1 responses have the custom fields in an object of their own.\n",
                "",
            ),
            "70-corrections.yaml #/actions/1",
            "x-heffl-reason",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "  x-heffl-evidence: documented\n", ""),
            "70-corrections.yaml #/actions/0",
            "missing field `x-heffl-evidence`",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "  update: {type: string}\n", ""),
            "70-corrections.yaml #/actions/0",
            "neither updates nor removes",
        ),
        (
            ASSEMBLE,
            replace(
                OVERLAY,
                "  update: {type: string}\n",
                "  update: {$ref: '#/components/schemas/Nowhere'}\n",
            ),
            "spec/heffl-v1.yaml #/",
            "Nowhere",
        ),
        (
            ASSEMBLE,
            write(OVERLAY, anchor_bomb()),
            "70-corrections.yaml",
            "repetition",
        ),
        (
            ASSEMBLE,
            replace(
                NAMES,
                "v1:\n  schemas:\n",
                "v1:\n  schemas:\n    Nobody: Somebody\n",
            ),
            "names.yaml #/v1/schemas/Nobody: ",
            "no schema has the derived name Nobody",
        ),
        (
            ASSEMBLE,
            append(NAMES, "v3: {}\n"),
            "names.yaml #/v3: ",
            "no pages of v3",
        ),
        (
            ASSEMBLE,
            append(NAMES, "  operation: {}\n"),
            "names.yaml:9 #/v1/operation: ",
            "unknown field `operation`",
        ),
        (
            CHECK,
            replace(
                NAMES,
                "BillingAddress: BillingAddress",
                "BillingAddress: billing address",
            ),
            "names.yaml #/v1: ",
            "is not a name",
        ),
        (
            ASSEMBLE,
            append(NAMES, "  operations:\n    POST /clients: updateClient\n"),
            "spec/heffl-v1.yaml #/paths/",
            "is called updateClient, too",
        ),
        (
            ASSEMBLE,
            append(NAMES, "  operations:\n    GET /nowhere: getNothing\n"),
            "names.yaml #/v1/operations/GET ~1nowhere: ",
            "no fragment has the operation",
        ),
        (
            ASSEMBLE,
            write(NAMES, "v1: [\n"),
            "names.yaml:2: ",
            "did not find",
        ),
    ];
    refuses(&version_1(), &rows);
}

//! Records, overlays and chosen names.

use std::fmt::Write as _;

use super::{
    Row, append, refuses, replace, run,
    tree::{Tree, text},
    write,
};

const GET: &str = "spec/pages/v2/get-gadget.yaml";
const CREATE: &str = "spec/pages/v2/create-gadget.yaml";
const UPDATE: &str = "spec/pages/v2/update-gadget.yaml";
const OVERLAY: &str = "spec/overlays/v1/70-corrections.yaml";
const NAMES: &str = "spec/names.yaml";
const V1: &str = "spec/heffl-v1.yaml";
const V2: &str = "spec/heffl-v2.yaml";
const ASSEMBLE: &str = "assemble";
const COMPARE: &str = "assemble --check";
const CHECK: &str = "check";

/// Made-up records, and documents for `check` to look at.
fn gadgets() -> Tree {
    const RECORDS: &str = "tests/fixtures/assemble/complete/spec";
    let document = text("codegen/tests/gadgets.yaml");
    Tree::new(&[(RECORDS, "spec")], &[(V1, &document), (V2, &document)])
}

/// The smaller half of this workspace.
fn version_1() -> Tree {
    let names = text(NAMES);
    let (names, _) = names.split_once("v2:\n").unwrap();
    Tree::new(
        &[
            ("spec/pages/v1", "spec/pages/v1"),
            ("spec/overlays/v1", "spec/overlays/v1"),
            (V1, V1),
        ],
        &[(NAMES, names)],
    )
}

/// Ten levels of ten references each: ten thousand million words.
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
fn bad_records_are_refused() {
    let status = "- {name: status, type: enum<string>, required: true";
    let circle = "{operation: GET /gadgets/{id}, part: response, rule: x, evidence: inferred}";
    let rows: Vec<Row> = vec![
        (
            ASSEMBLE,
            write(GET, ""),
            "get-gadget.yaml:1: ",
            "the file is empty",
        ),
        (
            ASSEMBLE,
            replace(GET, "[NEW, USED]", "[NEW, USED, Used]"),
            "spec/heffl-v2.yaml #/components/schemas/",
            "`USED` and `Used` differ in case only",
        ),
        (
            ASSEMBLE,
            write(GET, "# nothing\n"),
            "get-gadget.yaml:2: ",
            "missing field `record`",
        ),
        (
            COMPARE,
            write(GET, b"record: 1\nform: \xff\n".to_vec()),
            "get-gadget.yaml:2: ",
            "not UTF-8",
        ),
        (
            ASSEMBLE,
            write(GET, "record: 1\0\n"),
            "get-gadget.yaml:1: ",
            "control character",
        ),
        (
            ASSEMBLE,
            write(GET, "x".repeat(50 << 20)),
            "get-gadget.yaml:1: ",
            "52428800 bytes",
        ),
        (
            CHECK,
            write(GET, "record: [1\n"),
            "get-gadget.yaml:2: ",
            "did not find expected ',' or ']'",
        ),
        (
            ASSEMBLE,
            write(GET, "just words\n"),
            "get-gadget.yaml:1: ",
            "expected a record",
        ),
        (
            ASSEMBLE,
            write(GET, "record: 1\n\tform: facts\n"),
            "get-gadget.yaml:2: ",
            "found a tab character",
        ),
        (
            ASSEMBLE,
            write(GET, anchor_bomb()),
            "get-gadget.yaml: ",
            "repetition limit exceeded",
        ),
        (
            CHECK,
            write(GET, format!("record: {}\n", "[".repeat(10_000))),
            "get-gadget.yaml:1: ",
            "more than 1000 brackets",
        ),
        (
            ASSEMBLE,
            write(
                GET,
                format!("record: {0}1{1}\n", "[".repeat(999), "]".repeat(999)),
            ),
            "get-gadget.yaml:1: ",
            "recursion limit exceeded",
        ),
        (
            ASSEMBLE,
            write(GET, format!("{}1\n", "- ".repeat(10_000))),
            "get-gadget.yaml:1: ",
            "recursion limit exceeded",
        ),
        (
            ASSEMBLE,
            append(GET, "colour: red\n"),
            "get-gadget.yaml:",
            "unknown field `colour`",
        ),
        (
            ASSEMBLE,
            replace(GET, "  response:\n", "  response:\n    colour: red\n"),
            "get-gadget.yaml #/operation/response/colour: ",
            "`colour` is unknown",
        ),
        (
            COMPARE,
            append(GET, "form: facts\n"),
            "get-gadget.yaml:1: ",
            "duplicate entry with key \"form\"",
        ),
        (
            ASSEMBLE,
            append(GET, "---\nrecord: 1\n"),
            "get-gadget.yaml: ",
            "more than one document",
        ),
        (
            ASSEMBLE,
            replace(GET, "record: 1", "record: 2"),
            "get-gadget.yaml #/record: ",
            "record format 2",
        ),
        (
            ASSEMBLE,
            replace(GET, "record: 1", "record: one"),
            "get-gadget.yaml:1: ",
            "expected u32",
        ),
        (
            ASSEMBLE,
            write(GET, "record: 1\nform: facts\npage: ref/x\n"),
            "get-gadget.yaml #: ",
            "either an operation or a guide",
        ),
        (
            ASSEMBLE,
            replace(GET, "page: ref/get-gadget\n", ""),
            "get-gadget.yaml:1: ",
            "missing field `page`",
        ),
        (
            CHECK,
            replace(GET, "evidence: documented", "evidence: guessed"),
            "get-gadget.yaml:7: ",
            "unknown variant `guessed`",
        ),
        (
            ASSEMBLE,
            replace(GET, "method: GET", "method: FETCH"),
            "get-gadget.yaml #/operation/method: ",
            "`FETCH` is not a method",
        ),
        (
            ASSEMBLE,
            replace(GET, "path: /gadgets/{id}", "path: /gadgets/{key}"),
            "get-gadget.yaml #/operation/parameters: ",
            "`key` of the path `/gadgets/{key}` is missing",
        ),
        (
            ASSEMBLE,
            replace(GET, "type: string,", "type: strnig,"),
            "get-gadget.yaml:9: ",
            "`strnig` is not a type",
        ),
        (
            ASSEMBLE,
            replace(GET, "prefix: gdg_", "prefix: zz_"),
            "spec/pages/v2: ",
            "no guide says what the prefix zz_ stands for",
        ),
        (
            ASSEMBLE,
            replace(GET, ", rule: The create page has it.", ""),
            "get-gadget.yaml #/operation/response/fields/8: ",
            "no rule says why",
        ),
        (
            ASSEMBLE,
            replace(
                GET,
                status,
                format!("{status}, evidence: sampled}}\n    {status}"),
            ),
            "get-gadget.yaml #/operation/response/fields/2: ",
            "`status` stands here twice",
        ),
        (
            ASSEMBLE,
            replace(CREATE, "GET /gadgets/{id}", "GET /nowhere"),
            "create-gadget.yaml: ",
            "`GET /nowhere`, which no record has",
        ),
        (
            ASSEMBLE,
            replace(UPDATE, "except: [gadgetParts]", "except: [nothing]"),
            "update-gadget.yaml: ",
            "no field `nothing` to leave out",
        ),
        (
            CHECK,
            replace(
                GET,
                "    custom_fields: true\n",
                format!("    same_as: {circle}\n")
                    .replace("GET /gadgets/{id}", "'GET /gadgets/{id}'"),
            ),
            "get-gadget.yaml: ",
            "round in a circle",
        ),
        (
            ASSEMBLE,
            replace(UPDATE, "PATCH", "GET"),
            "update-gadget.yaml: ",
            "is `GET /gadgets/{id}` of spec/pages/v2/get-gadget.yaml",
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
            "70-corrections.yaml #/actions/1",
            "colour",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "overlay: 1.0.0", "overlay: 2.0.0"),
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
                "properties.website\n",
                "properties.website.nullable\n",
            ),
            "70-corrections.yaml #/actions/0",
            "only objects and arrays can be updated",
        ),
        (
            ASSEMBLE,
            replace(
                OVERLAY,
                "  x-heffl-reason: v1 answers hold the custom fields in an object of their own.\n",
                "",
            ),
            "70-corrections.yaml #/actions/1",
            "x-heffl-reason",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "  x-heffl-evidence: documented\n", ""),
            "70-corrections.yaml #/actions/0",
            "how well that is known",
        ),
        (
            ASSEMBLE,
            replace(OVERLAY, "  update:\n    type: string\n", ""),
            "70-corrections.yaml #/actions/0",
            "neither updates nor removes",
        ),
        (
            ASSEMBLE,
            replace(
                OVERLAY,
                "    type: string\n",
                "    $ref: '#/components/schemas/Nowhere'\n",
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
            "no schema the name Nobody",
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
            "names.yaml #: ",
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
            "no record has the operation",
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

//! The parser for the Markdown form of pages, on invented pages of every kind.

use heffl_spec::page;
use heffl_tests::fixtures::Pages;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The head of a fragment.
const HEAD: &str = "x-heffl-page";

const PAGES: Pages = Pages {
    folder: "pages-markdown",
    ending: "md",
};

heffl_tests::page_snapshots! {
    PAGES;
    openapi_3_0_with_everything: "b2-3.0",
    openapi_3_1_with_everything: "b2-3.1",
    older_trees_are_refused: "b1",
    least_document: "minimal-b2",
    no_banner_no_title_and_a_trailer: "url-reference",
    two_banners_description_first_and_free_text: "description-first",
    line_that_names_the_source: "source-line",
    several_pages_are_refused: "concatenated",
    handwritten_page_is_refused: "handwritten",
    guide: "guide",
    guide_with_broken_rows: "guide-rows",
    everything_that_openapi_says_is_kept: "unsupported",
    page_without_success: "no-success",
    fence_and_document_that_disagree: "routes-disagree",
    other_versions_are_refused: "other-version",
    webhooks_are_refused: "webhook",
    cut_off: "cut-off",
    broken_yaml: "broken-yaml",
    yaml_bomb: "yaml-bomb",
    reference_bomb: "reference-bomb",
    one_side_of_a_conflict: "conflict-a",
    other_side_of_a_conflict: "conflict-b",
}

/// No word of a description may be in a fragment.
#[test]
fn fragments_hold_no_prose() {
    for (name, text) in PAGES.all() {
        let Ok(fragment) = page::parse(&text, &format!("workshop/{name}")) else {
            continue;
        };
        let text = fragment.to_string();
        for word in ["Words", "a gadget", "Workshop"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

/// Line endings do not change a hash, and wording does not change the hash of the facts.
#[test]
fn wording_and_facts_have_separate_hashes() {
    let text = PAGES.text("b2-3.0");
    let fragment = page::parse(&text, "x").unwrap();
    let windows = page::parse(&text.replace('\n', "\r\n"), "x").unwrap();
    assert_eq!(fragment, windows);

    let no_banner = &text[text.find("# Change").unwrap()..];
    assert_eq!(fragment, page::parse(no_banner, "x").unwrap());

    for word in [
        "Words about changing",
        "Words about the workshop",
        "summary: Change",
    ] {
        let reworded = page::parse(&text.replace(word, "summary: Other"), "x").unwrap();
        assert_ne!(
            fragment[HEAD]["wording"], reworded[HEAD]["wording"],
            "{word}"
        );
        assert_eq!(fragment[HEAD]["facts"], reworded[HEAD]["facts"]);
    }

    let changed = page::parse(&text.replace("maxLength: 80", "maxLength: 81"), "x").unwrap();
    assert_eq!(fragment[HEAD]["wording"], changed[HEAD]["wording"]);
    assert_ne!(fragment[HEAD]["facts"], changed[HEAD]["facts"]);
}

/// Large pages neither hang nor overflow the stack.
#[test]
fn huge_pages_are_parsed_in_linear_time() {
    let page = |inside: &str| format!("## OpenAPI\n\n````yaml get /a\n{inside}\n````\n");
    let schema = |schema: &str, components: &str| {
        page(&format!(
            "openapi: 3.1.0\npaths: {{/a: {{get: {{responses: {{'200': {{content: {{application/json: {{schema: {schema}}}}}}}}}}}}}}}\ncomponents:\n  schemas:\n    Z: {{}}\n{components}"
        ))
    };
    let room = 256 * 1024;
    let parts: Vec<String> = (0..60)
        .map(|part| {
            let next = format!("{{$ref: '#/components/schemas/P{}'}}", part + 1);
            format!("    P{part}: {{allOf: [{next}, {next}]}}\n")
        })
        .collect();
    let parts = parts.concat();
    let many: Vec<String> = (0..30_000).map(|name| format!("p{name}: {{}}")).collect();
    let many = many.join(", ");
    for text in [
        page(&"[".repeat(room)),
        page(&"{a: ".repeat(room / 4)),
        page(&"- ".repeat(room / 2)),
        page(&"a: &a *a\n".repeat(room / 9)),
        schema("{$ref: '#/components/schemas/P0'}", &parts),
        schema(&format!("{{type: object, properties: {{{many}}}}}"), ""),
        schema(
            "{$ref: '#/components/schemas/A'}",
            "    A: {$ref: '#/components/schemas/A'}",
        ),
        "## OpenAPI\n".repeat(room / 11),
        format!("# A\n{}", "````yaml\n".repeat(room / 9)),
        format!("# A\n{}", "> ## B\n".repeat(room / 7)),
        format!("# A\n{}", "|Method|Path|\n|-|-|\n".repeat(room / 21)),
        format!("# A\n{}", "|".repeat(room)),
    ] {
        let _ = page::parse(&text, "x");
    }
}

/// Lines with a meaning for the parser, in any order.
fn line_soup() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "",
        "# Title",
        "# Source: https://docs.example.test/x",
        "> ## Documentation Index",
        "> Words",
        "## OpenAPI",
        "````yaml get /gadgets",
        "````yaml openapi.json post /gadgets/{id}",
        "````yaml",
        "````",
        "```",
        "openapi: 3.1.0",
        "openapi: 3.0.3",
        "info: {title: T, version: '9'}",
        "servers: [{url: https://api.example.test/v9}]",
        "security: [{key: []}, {}]",
        "paths:",
        "  /gadgets:",
        "  path: /gadgets",
        "  method: get",
        "  response: {'200': {application/json: {schemaArray: [{type: object}]}}}",
        "    get:",
        "      operationId: x",
        "      parameters: [{in: query, name: a, schema: {type: string}}]",
        "      responses:",
        "        '200':",
        "          content:",
        "            application/json:",
        "              schema:",
        "                $ref: '#/components/schemas/A'",
        "                oneOf: [{type: string}, {enum: [a, 1]}, {type: object}]",
        "                type: [object, 'null']",
        "                properties: {a: {$ref: '#/components/schemas/A'}, cf_: {}}",
        "                additionalProperties: true",
        "components:",
        "  schemas:",
        "    A:",
        "      type: array",
        "      items: {nullable: true}",
        "      minimum: .inf",
        "      exclusiveMinimum: 3",
        "  securitySchemes: {key: {type: apiKey, in: header, name: k}}",
        "&a [*a]",
        "b: !tag 1",
        "<ParamField body>",
        "| Method | Path | Description |",
        "| --- | --- | --- |",
        "| GET | /gadgets | Words |",
        "| Prefix | Object |",
        "| `gdg_` | Gadget |",
        "## Base URL",
        "https://api.example.test/v9",
        "60 requests per minute",
        "é·\u{a0}|",
    ];
    prop::collection::vec(
        prop_oneof![9 => select(LINES).prop_map(str::to_owned), 1 => ".{0,12}"],
        0..50,
    )
    .prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn no_line_soup_panics(text in line_soup(), in_fence in any::<bool>()) {
        let text = if in_fence {
            format!("## OpenAPI\n````yaml get /gadgets\nopenapi: 3.1.0\n{text}\n````\n")
        } else {
            text
        };
        let _ = page::parse(&text, "x");
    }

    #[test]
    fn no_mutation_panics(
        which in any::<Index>(),
        cut in any::<Index>(),
        is_cut in any::<bool>(),
        edits in prop::collection::vec((any::<Index>(), 0..6u8, any::<Index>()), 0..6),
    ) {
        let fixtures = PAGES.all();
        let (_, text) = which.get(&fixtures);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (place, edit, other) in &edits {
            if lines.is_empty() {
                break;
            }
            let (at, from) = (place.index(lines.len()), other.index(lines.len()));
            let line = lines[from].clone();
            match edit {
                0 => { lines.remove(at); }
                1 => lines.insert(at, line),
                2 => lines[at] = line,
                3 => lines[at].insert_str(0, "  "),
                4 => lines[at] = lines[at].replace("object", "array").replace("string", "null"),
                _ => lines.swap(at, from),
            }
        }
        let characters: Vec<char> = lines.join("\n").chars().collect();
        let end = if is_cut { cut.index(characters.len() + 1) } else { characters.len() };
        let text: String = characters[..end].iter().collect();
        let _ = page::parse(&text, "x");
    }

    /// Every finding has a line and a fix.
    #[test]
    fn every_finding_has_a_line_and_help(text in line_soup()) {
        if let Err(findings) = page::parse(&format!("# Title\n{text}"), "x") {
            prop_assert!(!findings.is_empty());
            for finding in findings {
                prop_assert!(finding.line.is_some(), "{finding}");
                prop_assert!(finding.help.is_some(), "{finding}");
            }
        }
    }
}

//! The parser for rendered pages, on invented pages of every kind.

use std::fs;
use std::path::Path;

use heffl_spec::{assemble::Inputs, page, pull};
use heffl_tests::fixtures::{Pages, show};
use heffl_tests::workspace;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The head of a fragment.
const HEAD: &str = "x-heffl-page";

const PAGES: Pages = Pages {
    folder: "pages",
    ending: "txt",
};

heffl_tests::page_snapshots! {
    PAGES;
    get_with_all_kinds_of_parameters: "get-all-parameters",
    post_with_nested_collapsed_list: "post-nested-list",
    patch_with_nullable_and_open_fields: "patch-nullable-open",
    union_body_is_refused: "union-body",
    nullable_enum_with_dropped_null: "nullable-enum",
    description_whose_field_is_lost: "lost-name",
    field_without_description: "no-description",
    lost_response_status: "lost-status",
    older_layout: "older-layout",
    hybrid_page: "hybrid",
    cut_off_in_sample: "cut-in-sample",
    cut_off_in_response: "cut-in-response",
    unreadable_facts: "unreadable-facts",
    article_style_is_refused: "article-style",
    handwritten_page_is_refused: "handwritten",
    translated_labels_are_refused: "translated",
    crlf_nbsp_and_hidden_email: "crlf",
    guide: "guide",
    guide_with_broken_row: "guide-row",
    garbage_is_refused: "garbage",
    empty_page_is_refused: "empty",
}

/// No word of a description may be in a fragment.
#[test]
fn fragments_hold_no_prose() {
    for (name, text) in PAGES.all() {
        let Ok(fragment) = page::parse(&text, "workshop/x") else {
            continue;
        };
        let text = fragment.to_string();
        for word in ["gadget ", "Words", "page.", "Key of"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

/// Line endings do not change a hash, and wording does not change the hash of the facts.
#[test]
fn wording_and_facts_have_separate_hashes() {
    let text = PAGES.text("lost-status");
    let fragment = page::parse(&text, "x").unwrap();
    let windows = page::parse(&text.replace('\n', "\r\n"), "x").unwrap();
    assert_eq!(fragment, windows);

    let reworded = page::parse(&text.replace("Gadget found", "Here it is"), "x").unwrap();
    assert_ne!(fragment[HEAD]["wording"], reworded[HEAD]["wording"]);
    assert_eq!(fragment[HEAD]["facts"], reworded[HEAD]["facts"]);

    let changed = page::parse(&text.replace("gdg_", "gad_"), "x").unwrap();
    assert_ne!(fragment[HEAD]["facts"], changed[HEAD]["facts"]);
}

/// Large pages neither hang nor overflow the stack.
#[test]
fn huge_pages_are_parsed_in_linear_time() {
    let head = "GET\n/\ngadgets\ncurl --url https://api.example.test/v9/gadgets\n";
    let tail = "Authorizations\nx-key\nstring\nResponse\n200\n\nOK\n\n";
    let fill = |part: &str, room: usize| part.repeat(room / part.len());
    // Anything worse than linear would take minutes.
    let room = 512 * 1024;
    for text in [
        format!("{head}{}{tail}", fill("[\n", room)),
        format!("{head}{}{tail}", fill("{\"a\":\n", room)),
        format!("{head}{}{tail}", fill("{}\n", room)),
        format!("GET\n/\ngadgets\n{}{tail}", fill("[\n[]\n", room)),
        format!("{head}{tail}{}", fill("a\nobject\n", room)),
        format!(
            "{head}{tail}a\nenum<string>\nAvailable options:\n{}",
            fill("x,\n", room)
        ),
        fill("GET\n/\n", room),
        fill("Response\n", room),
        fill("x", room),
    ] {
        let _ = page::parse(&text, "x");
    }
    let mut deep = format!("{head}{tail}");
    let mut name = String::from("a");
    for _ in 0..500 {
        deep.extend([name.as_str(), "\nobject\n"]);
        name.push_str(".a");
    }
    assert!(page::parse(&deep, "x").is_err());
    let large = "x".repeat(page::MAX_BYTES + 1);
    assert_eq!(
        page::parse(&large, "x").unwrap_err()[0].rule,
        "page-too-large"
    );
}

/// Lines with a meaning for the parser, in any order.
fn line_soup() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "",
        "GET",
        "POST",
        "/",
        "gadgets",
        "{id}",
        "curl --request GET \\",
        "  --url https://x.test/gadgets",
        "  --data '",
        "'",
        "{",
        "}",
        "[",
        "]",
        "{}",
        "\"a\": 1,",
        "Authorizations",
        "Headers",
        "Path Parameters",
        "Query Parameters",
        "Body",
        "Response",
        "application/json",
        "200 - application/json",
        "200",
        "2004XX",
        "OK",
        "a",
        "a.b",
        "a[].b",
        "{key}",
        "cf_",
        "string",
        "number",
        "object",
        "object[]",
        "enum<string>",
        "string | null",
        "null",
        "string<",
        "required",
        "deprecated",
        "header",
        "default:",
        "default:30",
        "Available options:",
        "x,",
        "y",
        "x, y",
        "Example:",
        "Required range: 1 <= x <= 9",
        "Maximum string length: 9",
        "Pattern: x",
        "Hide child attributes",
        "Some words. More (gdg_ prefix)",
        "Option 1",
        "MethodPathDescription",
        "GET/gadgets/{id}List",
        "Base URL",
        "https://x.test/v9",
        "60 requests per minute",
        "Documentation Index",
        "Was this page helpful?",
        "é·\u{a0}|",
    ];
    prop::collection::vec(
        prop_oneof![9 => select(LINES).prop_map(str::to_owned), 1 => ".{0,12}"],
        0..60,
    )
    .prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    #[test]
    fn no_line_soup_panics(text in line_soup(), with_head in any::<bool>()) {
        let text = if with_head {
            format!("GET\n/\ngadgets\nAuthorizations\na\nstring\nheader\n{text}\nResponse\nOK\n{text}")
        } else {
            text
        };
        let _ = page::parse(&text, "x");
    }

    #[test]
    fn no_mutation_panics(
        which in any::<Index>(),
        cut in any::<Index>(),
        edits in prop::collection::vec((any::<Index>(), 0..4u8, any::<Index>()), 0..6),
    ) {
        let fixtures = PAGES.all();
        let (_, text) = which.get(&fixtures);
        let mut lines: Vec<&str> = text.lines().collect();
        for (place, edit, other) in &edits {
            if lines.is_empty() {
                break;
            }
            let (at, from) = (place.index(lines.len()), other.index(lines.len()));
            let line = lines[from];
            match edit {
                0 => { lines.remove(at); }
                1 => lines.insert(at, line),
                2 => lines[at] = line,
                _ => lines.swap(at, from),
            }
        }
        let characters: Vec<char> = lines.join("\n").chars().collect();
        let end = cut.index(characters.len() + 1);
        let text: String = characters[..end].iter().collect();
        let _ = page::parse(&text, "x");
    }

    /// Every finding has a line and a fix.
    #[test]
    fn every_finding_has_a_line_and_help(text in line_soup()) {
        if let Err(findings) = page::parse(&text, "x") {
            prop_assert!(!findings.is_empty());
            for finding in findings {
                prop_assert!(finding.line.is_some(), "{finding}");
                prop_assert!(finding.help.is_some(), "{finding}");
            }
        }
    }
}

/// The real pages, if they are available, make exactly the committed fragments.
#[test]
fn real_pages_make_the_committed_fragments() {
    let Some(folder) = std::env::var_os("HEFFL_DOCS_DIR") else {
        println!("HEFFL_DOCS_DIR is not set: the real pages are not compared");
        return;
    };
    let root = workspace();
    let pulled = match Inputs::read(root).and_then(|inputs| pull::pull(&inputs, Path::new(&folder)))
    {
        Ok(pulled) => pulled,
        Err(findings) => panic!("{}", show(&findings, "page")),
    };
    assert_eq!(pulled.refused, []);
    assert!(!pulled.files.is_empty());
    for (path, text) in pulled.files {
        let committed = fs::read_to_string(root.join(&path)).unwrap_or_default();
        assert_eq!(text, committed, "{path}: run `cargo xtask docs pull`");
    }
}

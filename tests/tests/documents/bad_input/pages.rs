//! Saved pages, and the index with their addresses.

use super::{
    Edit, Row, append, refuses, replace, run,
    tree::{Tree, text},
    write,
};

const PULL: &str = "docs pull --from {tree}/saved";
const COMPARE: &str = "docs pull --check --from {tree}/saved";
const PAGE: &str = "saved/page.txt";
const INDEX: &str = "spec/pages/index.yaml";

fn fixture(name: &str) -> String {
    text(&format!("tests/fixtures/pages/{name}.txt"))
}

fn tree() -> Tree {
    let index = format!("{}page: workshop/page\n", text(INDEX));
    Tree::new(
        &[("spec/pages", "spec/pages")],
        &[(INDEX, &index), (PAGE, &fixture("get-all-parameters"))],
    )
}

#[test]
fn the_unchanged_page_is_pulled() {
    let tree = tree();
    assert_eq!(run(&tree, COMPARE).unwrap().0, 1);
    run(&tree, PULL).unwrap();
    let (_, output) = run(&tree, COMPARE).unwrap();
    assert!(output.contains("1 pages read; facts: 0 new"), "{output}");
}

#[test]
fn bad_pages_are_refused() {
    let page = |name| write(PAGE, fixture(name));
    let markdown = |name| {
        let fixture = text(&format!("tests/fixtures/pages-markdown/{name}.md"));
        write(PAGE, fixture)
    };
    let rows: Vec<Row> = vec![
        (COMPARE, page("cut-in-sample"), "page.txt:", "cut"),
        (PULL, page("article-style"), "page.txt:", "article"),
        (PULL, markdown("yaml-bomb"), "page.txt:7: ", "repeat"),
        (
            COMPARE,
            markdown("b1"),
            "page.txt:",
            "the page has the format that such sites used",
        ),
        (PULL, markdown("cut-off"), "page.txt:5: ", "fence"),
        (PULL, page("handwritten"), "page.txt:", "handwritten"),
        (
            PULL,
            page("translated"),
            "page.txt:15: ",
            "fields start here, but without one of the headings",
        ),
        (PULL, page("garbage"), "page.txt:", "neither"),
        (
            PULL,
            page("union-body"),
            "page.txt:31: ",
            "the body has one of several shapes",
        ),
        (
            PULL,
            page("unreadable-facts"),
            "page.txt:32: ",
            "the bound `Required range: about ten` cannot be read",
        ),
        (PULL, page("empty"), "page.txt:1", "empty"),
        (PULL, write(PAGE, ""), "page.txt:1", "empty"),
        (COMPARE, write(PAGE, "\n \n\u{a0}\n"), "page.txt:1", "empty"),
        (
            PULL,
            write(PAGE, b"GET\n/\ngad\xff\xfegets\n".to_vec()),
            "page.txt:3",
            "not UTF-8",
        ),
        (
            PULL,
            write(PAGE, "x".repeat(50 << 20)),
            "page.txt:1",
            "52428800 bytes",
        ),
        (
            PULL,
            replace(PAGE, "enum<string>[]", "enum<string"),
            "page.txt:58: ",
            "the type `enum<string` cannot be read",
        ),
        (PULL, Edit::Remove(PAGE), "saved", "holds no page"),
        (
            "docs pull --from {tree}/nowhere",
            Edit::Nothing,
            "nowhere",
            "cannot be read",
        ),
        (
            "docs pull --from {tree}/saved/page.txt",
            Edit::Nothing,
            "page.txt",
            "cannot be read",
        ),
        (
            PULL,
            Edit::Remove(INDEX),
            "page.txt",
            "has no address for this file",
        ),
        (
            PULL,
            replace(INDEX, "page: workshop/page\n", ""),
            "page.txt",
            "has no address for this file",
        ),
        (
            COMPARE,
            append(INDEX, "page: workshop/other\n"),
            "index.yaml:2: ",
            "duplicate entry with key \"page\"",
        ),
        (
            PULL,
            append(INDEX, "- x\n"),
            "index.yaml:8: ",
            "did not find expected key",
        ),
        (
            PULL,
            append(INDEX, "other: [a, b]\n"),
            " #/other: ",
            "invalid type: sequence, expected a string",
        ),
        (
            PULL,
            replace(INDEX, "page: workshop/page", "page: workshop/../Page"),
            "page.txt",
            "cannot name a file",
        ),
        (
            PULL,
            write("spec/pages/api-v2/overview.yaml", "paths: [\n"),
            "spec/pages/api-v2/overview.yaml:2: ",
            "did not find",
        ),
    ];
    refuses(&tree(), &rows);
}

/// If other pages can be read, an unknown page is a violation, and the others are written.
#[test]
fn an_unknown_page_does_not_stop_the_others() {
    let tree = tree();
    tree.apply(&write("saved/newcomer.txt", fixture("lost-status")));
    for command in [COMPARE, PULL] {
        let (code, output) = run(&tree, command).unwrap();
        assert_eq!(code, 1, "{output}");
        for words in [
            "newcomer.txt: ",
            "spec/pages/index.yaml has no address for this file",
            "\n  help: ",
        ] {
            assert!(output.contains(words), "{words}: {output}");
        }
        let written = tree
            .contents()
            .contains_key("spec/pages/workshop/page.yaml");
        assert_eq!(written, command == PULL);
    }
}

//! `docs drift`, and what `docs pull` says of the documents.

use std::{fs, path::Path};

use crate::folder::{Folder, copy};

/// A tree of one page, pulled and assembled. The page is `pages/get-a-gadget.txt`.
fn workshop() -> Folder {
    let folder = Folder(tempfile::tempdir().unwrap());
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/drift");
    copy(&fixture, folder.0.path());
    let pages = folder.name("pages");
    for command in [&["docs", "pull", "--from", &pages][..], &["assemble"]] {
        let outcome = folder.run(command);
        assert_eq!(outcome.code, 0, "{}", outcome.out);
    }
    folder
}

const PAGE: &str = "pages/get-a-gadget.txt";

#[test]
fn a_pull_says_what_the_documents_will_change_in_meaning() {
    let folder = workshop();
    let pages = folder.name("pages");
    let pull = |more: &[&str]| folder.run(&[&["docs", "pull", "--from", &pages], more].concat());
    assert!(!pull(&[]).out.contains("meaning"));
    folder.edit(PAGE, "gadgets\n/", "widgets\n/");
    folder.edit(PAGE, "v1/gadgets/", "v1/widgets/");
    let outcome = pull(&["--check"]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(outcome.out.contains("of meaning: "), "{}", outcome.out);
    let before = folder.read("spec/heffl-v1.yaml");
    let outcome = pull(&[]);
    // For information: it was asked to write records, and did.
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    for word in [
        "GET /gadgets/{id}",
        "GET /widgets/{id}",
        "suggested version step: major",
    ] {
        assert!(outcome.out.contains(word), "{word}: {}", outcome.out);
    }
    assert_eq!(folder.read("spec/heffl-v1.yaml"), before);

    folder.edit(
        PAGE,
        "\nResponse\n",
        "\nQuery Parameters\n\nsize\ninteger\n\nHow many\n\nResponse\n",
    );
    let outcome = pull(&[]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(
        outcome.err.contains("cannot be assembled"),
        "{}",
        outcome.err
    );
    assert!(
        outcome.err.contains("overlays/v1/20-descriptions.yaml"),
        "{}",
        outcome.err
    );
}

#[test]
fn drift_of_the_documentation_is_a_report() {
    let folder = workshop();
    let (pages, report) = (folder.name("pages"), folder.name("report.md"));
    let drift = || {
        let outcome = folder.run(&["docs", "drift", "--from", &pages, "--report", &report]);
        let text = folder.read("report.md").replace(&pages, "PAGES");
        assert!(
            text.contains("cargo xtask docs drift --from PAGES"),
            "{text}"
        );
        fs::remove_file(&report).unwrap();
        (outcome, text)
    };
    let before = folder.read("spec/pages/v1/get-a-gadget.yaml");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(text.contains("### All well\n"), "{text}");

    folder.edit(PAGE, "Colour of the gadget", "The colour that a gadget has");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(text.contains("1 page changed in wording alone"), "{text}");

    folder.edit(PAGE, "gadgets\n/", "widgets\n/");
    folder.edit(PAGE, "v1/gadgets/", "v1/widgets/");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    insta::assert_snapshot!("drift_report", text);

    // New facts for which there are no words yet are drift, too.
    folder.edit(
        PAGE,
        "\nResponse\n",
        "\nQuery Parameters\n\nsize\ninteger\n\nHow many\n\nResponse\n",
    );
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(text.contains("overlays/v1/20-descriptions.yaml"), "{text}");

    folder.write(PAGE, "Nothing to see here\n");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    assert!(text.contains("get-a-gadget.txt"), "{text}");
    assert_eq!(folder.read("spec/pages/v1/get-a-gadget.yaml"), before);
}

#[test]
fn a_report_that_cannot_be_written_exits_with_2() {
    let folder = workshop();
    let (pages, nowhere) = (
        folder.name("pages"),
        folder.name("no/such/folder/report.md"),
    );
    let outcome = folder.run(&["docs", "drift", "--from", &pages, "--report", &nowhere]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.out.contains("[cannot-write]"), "{}", outcome.out);
}

//! `docs drift`, and the changes of the documents that `docs pull` reports.

use std::fs;

use heffl_tests::{folder::Folder, workspace};

/// A tree of one page, pulled and assembled. The page is `pages/get-a-gadget.txt`.
pub(crate) fn workshop() -> Folder {
    let folder = Folder::default();
    folder.copy(&workspace().join("tests/fixtures/drift"), ".");
    let pages = folder.name("pages");
    for command in [&["docs", "pull", "--from", &pages][..], &["assemble"]] {
        let outcome = folder.run(command);
        assert_eq!(outcome.code, 0, "{}", outcome.out);
    }
    folder
}

const PAGE: &str = "pages/get-a-gadget.txt";

#[test]
fn a_pull_reports_the_changes_of_the_documents() {
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
    // The changes are only information: the command has written the fragments.
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(
        outcome.err.contains("1 pages read; facts: "),
        "{}",
        outcome.err
    );
    for word in [
        "GET /gadgets/{id}",
        "GET /widgets/{id}",
        "suggested version step: minor",
    ] {
        assert!(outcome.out.contains(word), "{word}: {}", outcome.out);
    }
    assert_eq!(folder.read("spec/heffl-v1.yaml"), before);

    folder.edit(
        PAGE,
        "\nResponse\n",
        "\nQuery Parameters\n\nsize\ninteger\n\nHow many\n\nResponse\n",
    );
    // A parameter without a description is only a warning.
    let outcome = pull(&[]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(
        outcome
            .err
            .contains("add `operations: {getWidget: {parameters: {size: …}}}`"),
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
    let before = folder.read("spec/pages/ref/get-a-gadget.yaml");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(text.contains("### All up to date\n"), "{text}");

    folder.edit(PAGE, "Colour of the gadget", "The colour that a gadget has");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(text.contains("1 page changed in wording only"), "{text}");

    folder.edit(PAGE, "gadgets\n/", "widgets\n/");
    folder.edit(PAGE, "v1/gadgets/", "v1/widgets/");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    insta::assert_snapshot!("drift_report", text);

    // New facts without a description are drift, too.
    folder.edit(
        PAGE,
        "\nResponse\n",
        "\nQuery Parameters\n\nsize\ninteger\n\nHow many\n\nResponse\n",
    );
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(text.contains("is new"), "{text}");

    folder.write(PAGE, "Nothing to see here\n");
    let (outcome, text) = drift();
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    assert!(text.contains("get-a-gadget.txt"), "{text}");
    assert_eq!(folder.read("spec/pages/ref/get-a-gadget.yaml"), before);
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

/// A program in place of `gh`: it records its calls, and prints the file `open` as the list of issues.
#[cfg(unix)]
fn gh(folder: &Folder) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    folder.write(
        "gh",
        "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 3\n\
         echo \"$*\" >> calls\n\
         case \"$1 $2\" in 'issue list') cat open ;; *) cat >> bodies ;; esac\n\
         [ ! -e broken ] || { echo 'no rights' >&2; exit 4; }\n",
    );
    folder.write("open", "[]");
    let path = folder.name("gh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[cfg(unix)]
#[test]
fn one_issue_is_opened_updated_and_closed() {
    const LIST: &str = "issue list --label docs-drift --state open --limit 1 --json number\n";
    let folder = workshop();
    let (pages, gh) = (folder.name("pages"), gh(&folder));
    let drift = |more: &[&str]| {
        for file in ["calls", "bodies"] {
            folder.write(file, "");
        }
        let arguments = ["docs", "drift", "--from", &pages, "--issue", "--gh", &gh];
        let outcome = folder.run(&[&arguments, more].concat());
        let calls = folder.read("calls");
        (outcome, calls.strip_prefix(LIST).unwrap().to_owned())
    };
    let (outcome, calls) = drift(&[]);
    assert_eq!((outcome.code, calls.as_str()), (0, ""), "{}", outcome.out);

    folder.edit(PAGE, "gadgets\n/", "widgets\n/");
    folder.edit(PAGE, "v1/gadgets/", "v1/widgets/");
    let (outcome, calls) = drift(&["--dry-run"]);
    assert_eq!((outcome.code, calls.as_str()), (1, ""));
    assert!(
        outcome.err.contains("would run gh issue create --title"),
        "{}",
        outcome.err
    );
    let (outcome, calls) = drift(&[]);
    // The issue reports the drift, so the run succeeds.
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(calls.starts_with("label create docs-drift --force "));
    assert!(
        calls.ends_with("\nissue create --title The documentation has changed --label docs-drift --body-file -\n"),
        "{calls}"
    );
    let body = folder.read("bodies");
    assert!(body.starts_with("The documentation compared with"));
    assert!(body.contains("GET /widgets/{id}"), "{body}");

    folder.write("open", "[{\"number\": 7}]");
    let (outcome, calls) = drift(&[]);
    assert_eq!(
        (outcome.code, calls.as_str()),
        (0, "issue edit 7 --body-file -\n")
    );
    assert_eq!(folder.read("bodies"), body);

    // Pages that cannot be read show no drift.
    let page = folder.read(PAGE);
    folder.write(PAGE, "Nothing to see here\n");
    folder.write("calls", "");
    let arguments = ["docs", "drift", "--from", &pages, "--issue", "--gh", &gh];
    assert_eq!(folder.run(&arguments).code, 2);
    assert_eq!(folder.read("calls"), "");

    folder.write(PAGE, page);
    folder.edit(PAGE, "widgets\n/", "gadgets\n/");
    folder.edit(PAGE, "v1/widgets/", "v1/gadgets/");
    let (outcome, calls) = drift(&[]);
    assert_eq!(outcome.code, 0);
    assert_eq!(
        calls,
        "issue close 7 --comment The documentation and its fragments agree again.\n"
    );
}

#[cfg(unix)]
#[test]
fn an_issue_that_cannot_be_updated_exits_with_2() {
    let folder = workshop();
    let (pages, gh) = (folder.name("pages"), gh(&folder));
    let drift = |gh: &str| {
        let outcome = folder.run(&["docs", "drift", "--from", &pages, "--issue", "--gh", gh]);
        assert_eq!(outcome.code, 2, "{}", outcome.out);
        assert!(outcome.out.contains("[issue-not-kept]"), "{}", outcome.out);
        outcome.out
    };
    assert!(drift(&folder.name("no-such-program")).contains("not installed"));
    for reply in ["", "no JSON", "[{}]", "{}"] {
        folder.write("open", reply);
        drift(&gh);
    }
    folder.write("open", "[]");
    folder.write("broken", "");
    assert!(drift(&gh).contains("no rights"));
}

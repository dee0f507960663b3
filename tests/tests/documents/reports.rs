//! The reports on the documents: `CONFLICTS.md` and `COVERAGE.md`.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use heffl_spec::{
    Finding,
    assemble::{self, Inputs},
};
use tempfile::TempDir;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/assemble/complete")
}

fn spec() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec")
}

fn assemble(root: &Path) -> Result<Vec<(String, String)>, Vec<Finding>> {
    assemble::assemble(&Inputs::read(root)?).map(|assembled| assembled.files)
}

fn file(root: &Path, path: &str) -> String {
    let assembled = assemble(root).unwrap();
    let found = assembled.into_iter().find(|(name, _)| name == path);
    found.unwrap().1
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The findings of assembling after `from` was replaced in a file of the fixture.
fn findings(path: &str, from: &str, to: &str) -> Vec<Finding> {
    let tree = TempDir::new().unwrap();
    copy(&fixture(), tree.path());
    let path = tree.path().join(path);
    let text = fs::read_to_string(&path).unwrap();
    let changed = text.replacen(from, to, 1);
    assert_ne!(changed, text);
    fs::write(path, changed).unwrap();
    assemble(tree.path()).unwrap_err()
}

#[test]
fn reports_of_a_small_workspace() {
    insta::assert_snapshot!("conflicts", file(&fixture(), "spec/CONFLICTS.md"));
    insta::assert_snapshot!("coverage", file(&fixture(), "spec/COVERAGE.md"));
}

#[test]
fn empty_reports() {
    let tree = TempDir::new().unwrap();
    copy(&fixture(), tree.path());
    for name in ["conflicts", "suspected"] {
        fs::remove_file(tree.path().join(format!("spec/{name}.yaml"))).unwrap();
    }
    let conflicts = file(tree.path(), "spec/CONFLICTS.md");
    assert!(conflicts.contains("0 conflicts are known."));
    assert!(!file(tree.path(), "spec/COVERAGE.md").contains("Left out"));
}

#[test]
fn a_missing_list_is_found_if_its_report_has_entries() {
    let tree = TempDir::new().unwrap();
    copy(&fixture(), tree.path());
    for (path, text) in assemble(tree.path()).unwrap() {
        fs::write(tree.path().join(path), text).unwrap();
    }
    for name in ["conflicts", "suspected"] {
        fs::remove_file(tree.path().join(format!("spec/{name}.yaml"))).unwrap();
    }
    let findings = assemble(tree.path()).unwrap_err();
    let found: Vec<_> = findings
        .iter()
        .map(|it| (it.rule, it.file.as_deref()))
        .collect();
    let missing = |file| ("file-missing", Some(file));
    assert_eq!(
        found,
        [
            missing("spec/conflicts.yaml"),
            missing("spec/suspected.yaml")
        ]
    );
    assert!(findings.iter().all(|finding| finding.help.is_some()));
}

#[test]
fn entries_that_no_longer_match_the_documents_are_found() {
    let conflicts = "spec/conflicts.yaml";
    let suspected = "spec/suspected.yaml";
    for (path, from, to, rule, pointer) in [
        (
            conflicts,
            "properties/weight",
            "properties/height",
            "conflict-stale",
            "/conflicts/0/at/0",
        ),
        (
            conflicts,
            "20-descriptions",
            "21-descriptions",
            "conflict-stale",
            "/conflicts/0/overlay",
        ),
        (
            conflicts,
            "topic: sizes",
            "topic: shapes",
            "conflict-invalid",
            "/conflicts/1/topic",
        ),
        (
            suspected,
            "DELETE /crates/{id}",
            "GET /crates",
            "suspected-known",
            "/suspected/0/operations/1",
        ),
        (
            suspected,
            "[v2]",
            "[2]",
            "suspected-invalid",
            "/suspected/0/versions",
        ),
    ] {
        let findings = findings(path, from, to);
        assert!(
            findings.iter().any(|finding| {
                finding.rule == rule
                    && finding.file.as_deref() == Some(path)
                    && finding.pointer.as_deref() == Some(pointer)
                    && finding.help.is_some()
            }),
            "{to}: {findings:#?}"
        );
    }
}

#[test]
fn problems_of_both_lists_and_of_a_fragment_are_reported_together() {
    let tree = TempDir::new().unwrap();
    copy(&fixture(), tree.path());
    for path in [
        "spec/conflicts.yaml",
        "spec/suspected.yaml",
        "spec/facts/v2/gadgets.yaml",
    ] {
        fs::write(tree.path().join(path), "a: [\n").unwrap();
    }
    let findings = assemble(tree.path()).unwrap_err();
    let files: BTreeSet<_> = findings
        .iter()
        .filter_map(|it| it.file.as_deref())
        .collect();
    assert_eq!(files.len(), 3, "{findings:#?}");
    assert!(findings.iter().all(|finding| finding.line.is_some()));
}

#[test]
fn links_of_the_reports_are_valid() {
    for name in ["CONFLICTS.md", "COVERAGE.md"] {
        let text = fs::read_to_string(spec().join(name)).unwrap();
        let mut anchors: BTreeSet<String> = text
            .split("<a id=\"")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
            .collect();
        for line in text.lines().filter(|line| line.starts_with("## ")) {
            let heading = line[3..].to_lowercase().replace(' ', "-");
            anchors.insert(heading.replace(|c: char| !(c.is_alphanumeric() || c == '-'), ""));
        }
        for link in text.split("](").skip(1) {
            let target = link.split_once(')').unwrap().0;
            match target.split_once('#') {
                _ if target.starts_with("https://docs.heffl.com/") => {}
                Some(("", anchor)) => assert!(anchors.contains(anchor), "{name}: {target}"),
                Some((file, _)) => assert!(spec().join(file).is_file(), "{name}: {target}"),
                None => assert!(spec().join(target).is_file(), "{name}: {target}"),
            }
        }
    }
}

//! `cargo xtask diff`, `docs drift`, and the meaning of changes in `check` and `docs pull`.

mod drift;
mod guides;
mod pair;

use std::fs;

use heffl_spec::{
    Finding,
    diff::{Area, Change, Compared, Comparison, Document, LocatedChange, Rule, Severity, Side},
    report::{Format, Report},
};
use heffl_tests::{
    folder::{Folder, run},
    workspace,
};
use serde_json::{Value, json};

use pair::{diff, fixture, pair};

/// Fails unless `text` matches the schema.
fn assert_valid(text: &str) -> Value {
    let schema = fs::read_to_string(workspace().join("spec/schemas/diff.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new(), "{text}");
    value
}

static GONE: Rule = Rule {
    id: "gadget-gone",
    severity: Severity::Breaking,
    area: Area::Response,
    title: "A gadget is gone",
    why: "Programs that read it get nothing.",
};

/// A report with changes of all kinds and unusual characters, independent of the actual rules.
fn invented() -> Report {
    let document = |name: &str| Document {
        name: name.to_owned(),
        text: fixture(name),
    };
    let compared = Compared::between(&document("old.yaml"), &document("new.yaml")).unwrap();
    let sample = &compared.changes[0].change;
    let change = |severity, message: &str, before, after| LocatedChange {
        change: Change {
            rule: &GONE,
            severity,
            operation: Some("GET /gadgets".to_owned()),
            also: Vec::new(),
            pointer: "/paths/~1gadgets/get".to_owned(),
            side: Side::New,
            before,
            after,
            message: message.to_owned(),
            fingerprint: sample.fingerprint.clone(),
        },
        line: 14,
        accepted: None,
    };
    let mut odd = change(
        Severity::Breaking,
        "The response <b> of `GET /a|b` & 100%:\u{1} gone,\nall of it.",
        Some(json!({"type": "string", "pattern": "a|b`\"<>&]]>\r\n"})),
        None,
    );
    odd.change.side = Side::Old;
    odd.change.also = (0..8).map(|n| format!("GET /also/{n}")).collect();
    let mut accepted = change(Severity::Breaking, "This was never there.", None, None);
    accepted.accepted = Some("It never worked | at all.".to_owned());
    let changes = vec![
        odd,
        change(
            Severity::Warning,
            "An enum has a new word.",
            Some(Value::Null),
            Some(json!("x".repeat(300))),
        ),
        change(Severity::Info, "Something is new.", None, Some(json!(5))),
        accepted,
    ];
    let mut report = Report::default();
    report.violations([Finding::new("accept-unused", "no such change")
        .file("accepted changes.yaml")
        .line(3)
        .help("delete the entry")]);
    report.meaning(Comparison {
        documents: vec![Compared {
            old: "old.yaml".to_owned(),
            new: "new,:.yaml".to_owned(),
            changes,
        }],
        fail_on: Some(Severity::Breaking),
    });
    report
}

#[test]
fn every_format_of_changes_of_all_kinds() {
    let report = invented();
    for name in Format::NAMES {
        let text = report.render(name.parse().unwrap());
        assert!(text.ends_with('\n'), "{name}");
        insta::assert_snapshot!(format!("invented_{name}"), readable(name, &text));
    }
}

#[test]
fn every_format_of_a_pair_of_files() {
    let folder = pair();
    for name in Format::NAMES {
        let outcome = diff(&folder, &["--format", name]);
        assert_eq!((outcome.code, outcome.err.as_str()), (1, ""), "{name}");
        insta::assert_snapshot!(format!("pair_{name}"), readable(name, &outcome.out));
    }
}

/// JSON on many lines, for a reader of the snapshots.
fn readable(format: &str, text: &str) -> String {
    match format {
        "json" => {
            let value: Value = serde_json::from_str(text).unwrap();
            serde_json::to_string_pretty(&value).unwrap()
        }
        _ => text.to_owned(),
    }
}

#[test]
fn json_reports_match_their_schema() {
    let value = assert_valid(&invented().render(Format::Json));
    let changes = value["meaning"]["documents"][0]["changes"]
        .as_array()
        .unwrap();
    assert_eq!(changes.len(), 4);
    // `null` and absent values are distinguished.
    assert_eq!(changes[1].get("before"), Some(&Value::Null));
    assert_eq!(changes[2].get("before"), None);

    let folder = pair();
    for arguments in [
        &[][..],
        &["--fail-on", "info"],
        &["--accept", "no-such-file"],
    ] {
        assert_valid(&diff(&folder, &[&["--format", "json"], arguments].concat()).out);
    }
    let tree = Folder::workspace();
    assert_valid(&tree.run(&["check", "--format", "json"]).out);
    tree.edit("spec/heffl-v2.yaml", "  /deals:\n", "  /bargains:\n");
    let value = assert_valid(&tree.run(&["check", "--format", "json"]).out);
    assert_eq!(value["ok"], false);
    assert!(value["meaning"]["breaking"].as_u64().unwrap() > 0);
}

#[test]
fn github_annotations_stay_on_one_line() {
    for line in invented().render(Format::Github).lines() {
        assert!(
            line.starts_with("::") || line.starts_with("accepted ") || line.contains("suggested"),
            "{line}"
        );
    }
}

#[test]
fn markdown_of_many_changes_fits_into_a_comment() {
    let mut report = invented();
    let document = |operations: usize| {
        let paths: Vec<String> = (0..operations)
            .map(|n| format!("  /gadgets/{n}/{}:\n    get: {{}}\n", "x".repeat(100)))
            .collect();
        Document {
            name: "gadgets.yaml".to_owned(),
            text: format!("openapi: 3.0.3\npaths:\n  /a: {{}}\n{}", paths.concat()),
        }
    };
    report.meaning(Comparison {
        documents: vec![Compared::between(&document(2000), &document(0)).unwrap()],
        fail_on: None,
    });
    let text = report.render(Format::Markdown);
    assert!(text.len() < 65_536, "{}", text.len());
    assert!(text.contains(" more: `--format json` has them all\n"));
}

#[test]
fn line_endings_are_not_changes() {
    let folder = pair();
    let text = folder.read("old.yaml");
    for same in [
        text.clone(),
        text.replace('\n', "\r\n"),
        format!("# Words.\n{text}"),
    ] {
        folder.write("new.yaml", same);
        let outcome = diff(&folder, &["--fail-on", "info"]);
        assert_eq!(
            (outcome.code, outcome.out.as_str()),
            (0, "no change of meaning\n")
        );
    }
}

#[test]
fn documents_with_crlf_have_the_same_changes_on_the_same_lines() {
    let folder = pair();
    let before = diff(&folder, &[]);
    for name in ["old.yaml", "new.yaml"] {
        folder.write(name, folder.read(name).replace('\n', "\r\n"));
    }
    let after = diff(&folder, &[]);
    assert_eq!((before.code, before.out), (after.code, after.out));
}

#[test]
fn the_severity_that_fails_can_be_chosen() {
    let folder = pair();
    folder.write(
        "new.yaml",
        fixture("old.yaml").replace(
            "paths:\n",
            "paths:\n  /crates:\n    get:\n      responses: {}\n",
        ),
    );
    for (fail_on, code) in [("breaking", 0), ("warning", 0), ("info", 1)] {
        assert_eq!(
            diff(&folder, &["--fail-on", fail_on]).code,
            code,
            "{fail_on}"
        );
    }
    assert!(
        diff(&folder, &[])
            .out
            .ends_with("suggested version step: patch\n")
    );
}

#[test]
fn an_accepted_change_is_listed_and_does_not_count() {
    let folder = pair();
    let changes: Value = serde_json::from_str(&diff(&folder, &["--format", "json"]).out).unwrap();
    let entries: Vec<String> = changes["meaning"]["documents"][0]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["severity"] == "breaking")
        .map(|change| {
            format!(
                "- fingerprint: '{}'\n  rule: {}\n  reason: Nobody used it.\n",
                change["fingerprint"].as_str().unwrap(),
                change["rule"].as_str().unwrap()
            )
        })
        .collect();
    let entries = entries.concat();
    folder.write("accepted.yaml", &entries);
    let list = folder.name("accepted.yaml");
    let outcome = diff(&folder, &["--accept", &list]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(
        outcome.out.contains("accepted: Nobody used it.\n"),
        "{}",
        outcome.out
    );
    // An accepted breaking change fixes a call that never worked.
    assert!(
        outcome.out.ends_with("suggested version step: patch\n"),
        "{}",
        outcome.out
    );

    let cases = [
        (
            entries.replace("  reason: Nobody used it.\n", ""),
            1,
            "[accept-without-reason]",
        ),
        (
            format!(
                "{entries}- {{fingerprint: 'ffffffffffff', rule: operation-removed, reason: x}}\n"
            ),
            1,
            "[accept-unused]",
        ),
        (
            entries.replace("reason:", "until: '2001-01-01'\n  reason:"),
            1,
            "[accept-ended]",
        ),
        ("- 5\n".to_owned(), 2, "[accept-invalid]"),
        ("- [\n".to_owned(), 2, "[yaml-unreadable]"),
    ];
    for (text, code, rule) in cases {
        folder.write("accepted.yaml", &text);
        let outcome = diff(&folder, &["--accept", &list]);
        assert_eq!(outcome.code, code, "{rule}: {}", outcome.out);
        assert!(outcome.out.contains(rule), "{rule}: {}", outcome.out);
    }
}

#[test]
fn invalid_input_exits_with_2() {
    let cases: [(&str, &[u8]); 7] = [
        ("empty", b""),
        ("not YAML", b"a: [1\n"),
        ("not text", b"\xff\xfe\x00"),
        ("no OpenAPI document", b"a: 1\n"),
        ("Swagger 2", b"swagger: '2.0'\npaths: {}\n"),
        ("no paths", b"openapi: 3.0.3\n"),
        ("a list", b"- openapi\n"),
    ];
    for (name, bytes) in cases {
        for broken in ["old.yaml", "new.yaml"] {
            let folder = pair();
            folder.write(broken, bytes);
            let outcome = diff(&folder, &[]);
            assert_eq!(outcome.code, 2, "{name}: {}", outcome.out);
            assert!(outcome.out.contains(broken), "{name}: {}", outcome.out);
        }
    }
    let folder = pair();
    let (old, missing) = (folder.name("old.yaml"), folder.name("missing.yaml"));
    for arguments in [
        ["diff", &old, &missing],
        ["diff", &missing, &old],
        ["diff", &old, "."],
    ] {
        assert_eq!(folder.run(&arguments).code, 2);
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &["diff"][..],
        &["diff", "old.yaml"],
        &["diff", "a", "b", "c"],
        &["diff", "a", "b", "--base", "HEAD"],
        &["diff", "a", "b", "--fail-on", "never"],
        &["docs", "drift"],
    ] {
        let outcome = run(arguments);
        assert_eq!(
            (outcome.code, outcome.out.as_str()),
            (2, ""),
            "{arguments:?}"
        );
        assert!(outcome.err.contains("Usage") || outcome.err.contains("--help"));
    }
}

#[test]
fn the_documents_are_compared_with_a_revision() {
    let tree = Folder::workspace();
    tree.git(&["init", "--quiet"]);
    tree.git(&["add", "spec/heffl-v1.yaml", "spec/heffl-v2.yaml"]);
    tree.git(&["commit", "--quiet", "--message", "Documents"]);
    let outcome = tree.run(&["diff", "--base", "HEAD", "--fail-on", "info"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (0, "no change of meaning\n")
    );

    tree.edit("spec/heffl-v2.yaml", "  /deals:\n", "  /bargains:\n");
    let outcome = tree.run(&["diff", "--base", "HEAD"]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(
        outcome.out.contains("spec/heffl-v2.yaml:"),
        "{}",
        outcome.out
    );

    tree.git(&["tag", "before"]);
    tree.git(&["add", "spec/heffl-v2.yaml"]);
    tree.git(&["commit", "--quiet", "--message", "Bargains"]);
    let of_revisions = tree.run(&["diff", "before", "HEAD"]);
    assert_eq!(of_revisions.code, 1, "{}", of_revisions.out);
    assert!(
        of_revisions.out.contains("spec/heffl-v2.yaml at HEAD:"),
        "{}",
        of_revisions.out
    );
    let back = tree.run(&["diff", "HEAD", "before", "--fail-on", "info"]);
    assert!(back.out.contains("/bargains → /deals"), "{}", back.out);
    let same = tree.run(&["diff", "HEAD", "HEAD"]);
    assert_eq!(
        (same.code, same.out.as_str()),
        (0, "no change of meaning\n")
    );
    let outcome = tree.run(&["diff", "before", "no-such-tag"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.out.contains("`no-such-tag`"), "{}", outcome.out);
    tree.git(&["reset", "--quiet", "--soft", "before"]);

    // The list of accepted changes of the workspace applies without an option.
    tree.write(
        "spec/accepted-changes.yaml",
        "- {fingerprint: 'ffffffffffff', rule: operation-removed, reason: x}\n",
    );
    let outcome = tree.run(&["diff", "--base", "HEAD"]);
    assert!(
        outcome.out.contains("spec/accepted-changes.yaml:1: "),
        "{}",
        outcome.out
    );

    tree.git(&["rm", "--quiet", "--cached", "spec/heffl-v1.yaml"]);
    tree.git(&["commit", "--quiet", "--message", "One document less"]);
    for (revision, rule) in [
        ("no-such-branch", "[no-such-revision]"),
        ("--help", "[no-such-revision]"),
        ("", "[no-such-revision]"),
        ("HEAD", "[not-in-revision]"),
    ] {
        let outcome = tree.run(&["diff", &format!("--base={revision}")]);
        assert_eq!(outcome.code, 2, "{revision}: {}", outcome.out);
        assert!(outcome.out.contains(rule), "{revision}: {}", outcome.out);
    }
}

#[test]
fn a_folder_without_git_has_no_revisions() {
    let folder = pair();
    let outcome = folder.run(&["diff", "--base", "main"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.out.contains("[no-such-revision]"),
        "{}",
        outcome.out
    );
}

#[test]
fn check_reports_the_changes_of_a_stale_document() {
    let tree = Folder::workspace();
    tree.edit("spec/heffl-v2.yaml", "  /deals:\n", "  /bargains:\n");
    let outcome = tree.run(&["check"]);
    assert_eq!(outcome.code, 1);
    for word in [
        "+  /deals:\n",
        "of meaning: ",
        "GET /bargains",
        "suggested version step: minor",
    ] {
        assert!(outcome.out.contains(word), "{word}: {}", outcome.out);
    }
    // Changes of wording are reported as such.
    let tree = Folder::workspace();
    tree.edit(
        "spec/heffl-v2.yaml",
        "description: People.",
        "description: Men and women.",
    );
    let outcome = tree.run(&["check"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.out.contains("\nno change of meaning\n"),
        "{}",
        outcome.out
    );
}

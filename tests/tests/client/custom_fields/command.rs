//! `cargo xtask custom-fields` on the command line.

use std::{fs, path::Path};

use heffl_tests::workspace;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The output of a command, and its exit code.
#[derive(Debug)]
struct Outcome {
    code: u8,
    out: String,
    err: String,
}

fn run(arguments: &[&str]) -> Outcome {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = xtask::run(
        ["cargo xtask", "custom-fields"].iter().chain(arguments),
        &mut xtask::Streams {
            out: &mut out,
            err: &mut err,
            progress: false,
        },
    );
    Outcome {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

struct Folder(TempDir);

impl Folder {
    /// A folder with an old and a new response.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let old = json!({"data": [
            {"key": "cf_priority", "label": "Priority", "type": "single_option", "options": ["Low", "High"]},
            {"key": "cf_region", "label": "Region", "type": "text"},
        ]});
        let new = json!({"data": [
            {"key": "cf_priority", "label": "Urgency", "type": "single_option", "options": ["Low", "Top"]},
            {"key": "cf_seats", "label": "Seats", "type": "number", "required": true},
        ]});
        folder.write("old.json", &format!("{old:#}"));
        folder.write("new.json", &format!("{new:#}"));
        folder
    }

    fn name(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.name(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.name(name)).unwrap()
    }

    /// The report of the changes from the old response to the new one, without the folder's name.
    fn compare(&self, arguments: &[&str]) -> Outcome {
        let (old, new) = (self.name("old.json"), self.name("new.json"));
        let fixed = ["--entity", "deals", "--from", &new, "--against", &old];
        let mut outcome = run(&[&fixed, arguments].concat());
        let folder = format!("{}/", self.0.path().display());
        outcome.out = outcome.out.replace(&folder, "");
        outcome
    }
}

#[test]
fn committed_types_match_their_definitions() {
    let example = "generated/examples/typed_custom_fields";
    for (from, out) in [
        (
            format!("{example}/custom-fields.json"),
            format!("{example}/fields.rs"),
        ),
        (
            "tests/fixtures/custom-fields/names.json".to_owned(),
            "tests/tests/client/custom_fields/names.rs".to_owned(),
        ),
        (
            "tests/fixtures/custom-fields/kinds.json".to_owned(),
            "tests/tests/client/custom_fields/kinds.rs".to_owned(),
        ),
    ] {
        let path = |file: &str| workspace().join(file).display().to_string();
        let outcome = run(&["--from", &path(&from), "--out", &path(&out), "--check"]);
        assert_eq!(outcome.code, 0, "{}", outcome.out);
    }
}

#[test]
fn types_are_printed_written_and_checked() {
    let folder = Folder::new();
    let (from, out) = (folder.name("new.json"), folder.name("fields.rs"));
    let fixed = ["--from", &from, "--entity", "deals"];
    let printed = run(&fixed);
    assert_eq!((printed.code, printed.err.as_str()), (0, ""));

    let to_file = [&fixed[..], &["--out", &out]].concat();
    let missing = run(&[&to_file[..], &["--check"]].concat());
    assert!(
        missing.code == 1 && !Path::new(&out).exists(),
        "{missing:?}"
    );
    assert_eq!(run(&to_file).code, 0);
    assert_eq!(folder.read("fields.rs"), printed.out);
    assert_eq!(run(&[&to_file[..], &["--check"]].concat()).code, 0);

    // A newer response: the report has the file, the difference and the command that fixes it.
    folder.write("new.json", &folder.read("old.json"));
    let drifted = run(&[&to_file[..], &["--check"]].concat());
    assert_eq!(drifted.code, 1);
    let fix = format!("cargo xtask custom-fields --from {from} --entity deals --out {out}\n");
    assert!(drifted.out.ends_with(&fix), "{}", drifted.out);
    assert!(
        drifted.out.contains(&format!("{out}:1: ")),
        "{}",
        drifted.out
    );
    assert!(drifted.out.contains("-    pub seats: Option<f64>,"));
    assert_eq!(folder.read("fields.rs"), printed.out);
}

#[test]
fn files_by_others_are_not_replaced() {
    let folder = Folder::new();
    let from = folder.name("new.json");
    folder.write("mine.rs", "fn main() {}\n");
    folder.write("empty.rs", "");
    for (out, rule) in [
        ("mine.rs", "not-generated"),
        ("new.json", "not-generated"),
        ("empty.rs", "empty"),
        ("gone/fields.rs", "no-such-directory"),
        ("", "no-such-directory"),
    ] {
        let before = folder.read("new.json");
        let out = folder.name(out);
        for check in [&[][..], &["--check"]] {
            let outcome = run(&[
                &["--from", &from, "--entity", "deals", "--out", &out],
                check,
            ]
            .concat());
            assert_eq!(outcome.code, 2, "{out}");
            assert!(
                outcome.out.contains(rule) && outcome.out.contains("help: "),
                "{}",
                outcome.out
            );
        }
        assert_eq!(folder.read("new.json"), before);
    }
    assert_eq!(folder.read("mine.rs"), "fn main() {}\n");
}

#[test]
fn an_unknown_type_is_reported_with_its_place() {
    let folder = Folder::new();
    folder.write(
        "new.json",
        "[\n{\"key\": \"cf_smell\", \"type\": \"smell\"}]",
    );
    let outcome = run(&["--from", &folder.name("new.json"), "--entity", "deals"]);
    assert_eq!(outcome.code, 0);
    assert!(
        outcome.err.contains("new.json:2: `cf_smell` of deals: "),
        "{}",
        outcome.err
    );
}

#[test]
fn wrong_usage_and_invalid_input_exit_with_2() {
    let folder = Folder::new();
    let (old, new) = (folder.name("old.json"), folder.name("new.json"));
    folder.write("page.html", "<!doctype html>\n");
    folder.write("cut.json", "{\"data\": [\n{\"key\": \"cf_a\",");
    let cut = folder.name("cut.json");
    for arguments in [
        &[][..],
        &["--from", &new],
        &["--from", &new, "--entity", "deals", "--check"],
        &["--from", &new, "--entity", "deals", "--fail-on", "info"],
        &[
            "--from",
            &new,
            "--entity",
            "deals",
            "--against",
            &old,
            "--out",
            "x.rs",
        ],
        &["--from", &folder.name("gone.json"), "--entity", "deals"],
        &["--from", &folder.name("page.html"), "--entity", "deals"],
        &["--from", &cut, "--entity", "deals"],
        &["--from", &new, "--entity", "deals", "--against", &cut],
    ] {
        let outcome = run(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}");
        assert!(!(outcome.out + &outcome.err).is_empty(), "{arguments:?}");
    }
    let outcome = run(&["--from", &cut, "--entity", "deals", "--format", "json"]);
    let report: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(report["findings"][0]["rule"], "custom-fields-not-json");
    assert_eq!(report["findings"][0]["line"], 2);
}

#[test]
fn changes_in_a_workspace_are_reported_and_fail() {
    let folder = Folder::new();
    let outcome = folder.compare(&[]);
    assert_eq!(outcome.code, 1);
    insta::assert_snapshot!("drift_text", outcome.out);
    insta::assert_snapshot!("drift_github", folder.compare(&["--format", "github"]).out);

    for (fail_on, code) in [("breaking", 1), ("warning", 1), ("info", 1)] {
        assert_eq!(
            folder.compare(&["--fail-on", fail_on]).code,
            code,
            "{fail_on}"
        );
    }
    // A new field breaks no program, but it is drift.
    let mut added: Value = serde_json::from_str(&folder.read("old.json")).unwrap();
    let fields = added["data"].as_array_mut().unwrap();
    fields.push(json!({"key": "cf_seats", "type": "number"}));
    folder.write("new.json", &added.to_string());
    for (fail_on, code) in [("breaking", 0), ("warning", 0), ("info", 1)] {
        assert_eq!(
            folder.compare(&["--fail-on", fail_on]).code,
            code,
            "{fail_on}"
        );
    }
    assert_eq!(folder.compare(&[]).code, 1);

    folder.write("new.json", &folder.read("old.json"));
    let outcome = folder.compare(&[]);
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (0, "no change of meaning\n")
    );
}

#[test]
fn drift_is_reported_in_every_format() {
    let folder = Folder::new();
    let schema = fs::read_to_string(workspace().join("spec/schemas/diff.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let report: Value = serde_json::from_str(&folder.compare(&["--format", "json"]).out).unwrap();
    assert!(jsonschema::is_valid(&schema, &report), "{report:#}");
    assert_eq!(report["meaning"]["suggestedStep"], "none");

    let changes = report["meaning"]["documents"][0]["changes"]
        .as_array()
        .unwrap();
    assert!(changes.len() >= 4 && changes.iter().all(|change| change["severity"].is_string()));
    let rules = fs::read_to_string(workspace().join("spec/RULES.md")).unwrap();
    for change in changes {
        let rule = format!("| `{}` |", change["rule"].as_str().unwrap());
        assert!(rules.contains(&rule), "{rule}");
    }
    for (format, text) in [
        ("github", "custom-field-removed"),
        ("markdown", "`custom-field-removed`"),
    ] {
        let outcome = folder.compare(&["--format", format]);
        assert!(
            outcome.code == 1 && outcome.out.contains(text),
            "{}",
            outcome.out
        );
    }
}

use super::*;

fn change(path: &str, kind: ChangeKind, line: Option<usize>, diff: &str) -> Change {
    Change {
        path: path.to_owned(),
        kind,
        line,
        diff: diff.to_owned(),
    }
}

fn step(stage: Stage, changes: Vec<Change>, fix: Option<&str>) -> Step {
    Step {
        stage,
        files: 14,
        changes,
        fix: fix.map(str::to_owned),
    }
}

/// A document that has drifted, and a generated file edited by hand.
fn drift() -> Report {
    let mut report = Report::default();
    report.step(step(
        Stage::Documents,
        vec![change(
            "spec/a.yaml",
            ChangeKind::Differs,
            Some(2),
            "-x\n+y\n",
        )],
        Some("make documents && make code"),
    ));
    report.step(step(
        Stage::Generated,
        vec![
            change("src/a.rs", ChangeKind::Differs, Some(7), "-`p`: 100%\n+q\n"),
            change("src/b.rs", ChangeKind::Missing, None, ""),
        ],
        Some("make code"),
    ));
    report
}

fn invalid() -> Report {
    let mut report = Report::default();
    report.invalid([
        Finding::new("no-target", "`$ref` leads <nowhere>")
            .file("spec/a.yaml")
            .line(3)
            .pointer("/paths/~1a,b")
            .help("name a schema"),
        Finding::new("broken", "odd\nend: 5%"),
    ]);
    report
}

fn clean() -> Report {
    let mut report = Report::default();
    report.step(step(Stage::Documents, vec![], Some("make documents")));
    report.step(step(Stage::Generated, vec![], Some("make documents")));
    report
}

fn written() -> Report {
    let mut report = Report::default();
    report.step(step(
        Stage::Generated,
        vec![
            change("src/a.rs", ChangeKind::Differs, Some(7), "-p\n+q\n"),
            change("src/b.rs", ChangeKind::Missing, None, ""),
            change("src/c.rs", ChangeKind::Stale, None, ""),
        ],
        None,
    ));
    report
}

#[test]
fn verdicts_and_exit_codes() {
    for (report, verdict, code) in [
        (Report::default(), Verdict::UpToDate, 0),
        (clean(), Verdict::UpToDate, 0),
        (written(), Verdict::UpToDate, 0),
        (drift(), Verdict::Drift, 1),
        (invalid(), Verdict::Invalid, 2),
    ] {
        assert_eq!(report.verdict(), verdict);
        assert_eq!(report.verdict().exit_code(), code);
    }
    let mut violated = clean();
    violated.violations([Finding::new("rule", "message")]);
    assert_eq!(violated.verdict(), Verdict::Drift);
    let mut both = drift();
    both.invalid([Finding::new("rule", "message")]);
    assert_eq!(both.verdict(), Verdict::Invalid);
}

#[test]
fn an_up_to_date_report_is_one_line_of_text() {
    assert_eq!(
        clean().render(Format::Text),
        "all up to date: 14 documents, 14 generated files\n"
    );
    let mut one = Report::default();
    one.step(step(Stage::Generated, vec![], None));
    assert_eq!(
        one.render(Format::Text),
        "generated: 14 files, all up to date\n"
    );
}

#[test]
fn text_of_written_files() {
    assert_eq!(
        written().render(Format::Text),
        "generated: 14 files, 2 written, 1 removed\n  \
           changed src/a.rs\n  added src/b.rs\n  removed src/c.rs\n"
    );
}

#[test]
fn text_of_drift_names_file_line_difference_and_command() {
    assert_eq!(
        drift().render(Format::Text),
        "\
spec/a.yaml:2: not what the facts and overlays give: one of them has changed, or this file was edited by hand (corrections belong in spec/overlays)
-x
+y

src/a.rs:7: not what the generator writes: this generated file was edited by hand, or the generator has changed
-`p`: 100%
+q

src/b.rs: this generated file is missing

3 files out of date. To fix:
  make documents && make code
"
    );
}

#[test]
fn a_different_first_line_means_another_document() {
    let mut report = Report::default();
    report.step(step(
        Stage::Generated,
        vec![change("src/a.rs", ChangeKind::Differs, Some(1), "")],
        Some("make documents"),
    ));
    assert!(
        report
            .render(Format::Text)
            .starts_with("src/a.rs:1: generated from another state of the document\n")
    );
}

#[test]
fn text_of_findings() {
    assert_eq!(
        invalid().render(Format::Text),
        "\
spec/a.yaml:3 #/paths/~1a,b: `$ref` leads <nowhere> [no-target]
  help: name a schema
odd
end: 5% [broken]
"
    );
}

#[test]
fn json_is_one_object() {
    let json = |report: Report| -> serde_json::Value {
        serde_json::from_str(&report.render(Format::Json)).unwrap()
    };
    assert_eq!(
        json(clean()),
        serde_json::json!({"ok": true, "findings": [], "changes": []})
    );
    assert_eq!(
        json(invalid()),
        serde_json::json!({"ok": false, "changes": [], "findings": [
            {"rule": "no-target", "file": "spec/a.yaml", "line": 3, "pointer": "/paths/~1a,b",
             "message": "`$ref` leads <nowhere>", "help": "name a schema"},
            {"rule": "broken", "message": "odd\nend: 5%"},
        ]})
    );
    let changes = json(drift());
    assert_eq!(changes["ok"], false);
    assert_eq!(
        changes["changes"][1],
        serde_json::json!({
            "step": "generated", "path": "src/a.rs", "kind": "differs", "line": 7,
            "diff": "-`p`: 100%\n+q\n", "written": false, "fix": "make code",
            "message": "not what the generator writes: this generated file was edited by hand, \
                        or the generator has changed",
        })
    );
    let changes = json(written());
    assert_eq!(changes["ok"], true);
    assert_eq!(
        changes["changes"][2],
        serde_json::json!({
            "step": "generated", "path": "src/c.rs", "kind": "stale", "diff": "",
            "written": true, "message": "removed",
        })
    );
}

#[test]
fn github_annotations_are_escaped() {
    assert_eq!(
        invalid().render(Format::Github),
        "\
::error file=spec/a.yaml,line=3,title=no-target::#/paths/~1a,b: `$ref` leads <nowhere>%0Ahelp: name a schema
::error title=broken::odd%0Aend: 5%25
"
    );
    let drift = drift().render(Format::Github);
    let lines: Vec<&str> = drift.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[1],
        "::error file=src/a.rs,line=7,title=out-of-date::not what the generator writes: this \
         generated file was edited by hand, or the generator has changed%0Afix: make code%0A\
         -`p`: 100%25%0A+q"
    );
    let mut odd = Report::default();
    odd.invalid([Finding::new("rule", "message").file("a:b,c\r\n")]);
    assert_eq!(
        odd.render(Format::Github),
        "::error file=a%3Ab%2Cc%0D%0A,title=rule::message\n"
    );
    assert_eq!(clean().render(Format::Github), clean().render(Format::Text));
}

#[test]
fn markdown_of_drift() {
    assert_eq!(
        drift().render(Format::Markdown),
        "\
### 3 files out of date

- `spec/a.yaml` line 2: not what the facts and overlays give: one of them has changed, or this file was edited by hand (corrections belong in spec/overlays)
  <details><summary>diff</summary>

  ```diff
  -x
  +y
  ```
  </details>
- `src/a.rs` line 7: not what the generator writes: this generated file was edited by hand, or the generator has changed
  <details><summary>diff</summary>

  ```diff
  -`p`: 100%
  +q
  ```
  </details>
- `src/b.rs`: this generated file is missing

To fix:

```sh
make documents && make code
```
"
    );
}

#[test]
fn markdown_of_findings_escapes_html() {
    assert_eq!(
        invalid().render(Format::Markdown),
        "\
### 2 findings

- `spec/a.yaml` line 3 `#/paths/~1a,b` `$ref` leads &lt;nowhere> (`no-target`)<br>name a schema
- odd end: 5% (`broken`)
"
    );
    let mut odd = Report::default();
    odd.invalid([
        Finding::new("rule", "a `<b>` & <c>"),
        Finding::new("rule", "one ` <d>"),
    ]);
    let text = odd.render(Format::Markdown);
    assert!(text.contains("- a `<b>` &amp; &lt;c> "), "{text}");
    assert!(text.contains("- one \\` &lt;d> "), "{text}");
}

#[test]
fn markdown_fences_are_longer_than_fences_in_their_content() {
    let mut report = Report::default();
    report.step(step(
        Stage::Documents,
        vec![change("a", ChangeKind::Differs, Some(1), "+````\n")],
        Some("make documents"),
    ));
    let text = report.render(Format::Markdown);
    assert!(text.contains("  `````diff\n  +````\n  `````\n"), "{text}");
}

#[test]
fn markdown_fits_into_a_comment() {
    let diff = format!("+{}\n", "x".repeat(500)).repeat(50);
    let changes = (0..20)
        .map(|n| change(&format!("f{n}"), ChangeKind::Differs, Some(1), &diff))
        .collect();
    let mut report = Report::default();
    report.step(step(Stage::Generated, changes, Some("make documents")));
    report.invalid((0..200).map(|_| Finding::new("rule", "message")));
    let text = report.render(Format::Markdown);
    assert!(text.len() < 65_536);
    assert!(text.contains("(diff omitted: too long)"));
}

#[test]
fn long_diffs_are_shortened_for_people_but_not_for_programs() {
    let diff = "+line\n".repeat(1000);
    let mut report = Report::default();
    report.step(step(
        Stage::Generated,
        vec![change("f", ChangeKind::Differs, Some(1), &diff)],
        Some("make documents"),
    ));
    assert!(
        report
            .render(Format::Text)
            .contains("+line\n… 800 lines left out; --format json has them all\n")
    );
    let json: serde_json::Value = serde_json::from_str(&report.render(Format::Json)).unwrap();
    assert_eq!(json["changes"][0]["diff"], *diff);
}

#[test]
fn every_format_has_a_name() {
    let formats: Vec<Format> = Format::NAMES.iter().map(|n| n.parse().unwrap()).collect();
    assert_eq!(
        formats,
        [Format::Text, Format::Json, Format::Github, Format::Markdown,]
    );
    assert!("yaml".parse::<Format>().is_err());
}

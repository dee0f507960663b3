use serde_json::json;

use super::*;

const GOOD: &str = "topics:
  colours: Colours
  sizes: Sizes
conflicts:
- id: gadget-colour
  topic: colours
  versions: [v1, v2]
  about: Colour of a gadget
  sides:
  - {says: Red., where: [ref/get-a-gadget], evidence: documented}
  - {says: Blue., evidence: observed}
  chosen: Red.
  why: The page is stronger.
  tolerate: Blue.
  at: ['v2#/components/schemas/Gadget']
  overlay: v2/70-corrections.yaml
- id: gadget-size
  topic: sizes
  versions: [v1]
  about: Size of a gadget
  sides:
  - {says: Small., where: ['https://example.com/sizes'], evidence: described}
  - {says: Large., where: [guide/sizes], evidence: described}
  chosen: Large.
  why: It is younger.
  tolerate: Small.
";

#[test]
fn problems_are_reported_with_their_place() {
    assert_eq!(parse(GOOD, "c.yaml").unwrap().conflicts.len(), 2);
    for (from, to, expected) in [
        ("tolerate: Small.", "tolerates: Small.", "c.yaml:"),
        ("tolerate: Small.", "tolerate: ''", "#/conflicts/1/tolerate"),
        ("topics:", "topics:\n  colours: Twice", "duplicate"),
        ("id: gadget-size", "id: gadget-colour", "is used twice"),
        ("id: gadget-size", "id: Gadget_size", "not an identifier"),
        (
            "topic: sizes",
            "topic: shapes",
            "there is no topic `shapes`",
        ),
        (
            "topic: sizes",
            "topic: shapes",
            "#/topics/sizes: sizes: no conflict",
        ),
        ("[v1, v2]", "[v2, v1]", "#/conflicts/0/versions"),
        ("[v1, v2]", "[]", "#/conflicts/0/versions"),
        ("[v1, v2]", "[v1]", "#/conflicts/0/at/0"),
        ("[v1, v2]", "[v1, two]", "#/conflicts/0/versions"),
        (
            "[ref/get-a-gadget]",
            "[/ref/get-a-gadget]",
            "#/conflicts/0/sides/0/where/0",
        ),
        ("[ref/get-a-gadget]", "[]", "no page is named"),
        (
            "  - {says: Blue., evidence: observed}\n",
            "",
            "needs two sides",
        ),
        (
            "evidence: observed",
            "evidence: rumoured",
            "unknown variant",
        ),
        (
            "  sizes: Sizes",
            "  aaa: ''\n  sizes: Sizes",
            "aaa: no heading",
        ),
        (
            "  colours: Colours\n  sizes: Sizes",
            "  sizes: Sizes\n  colours: Colours",
            "#/conflicts/1: gadget-size: is in the wrong place",
        ),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let findings = parse(&text, "c.yaml").unwrap_err();
        let all: String = findings.iter().map(ToString::to_string).collect();
        assert!(all.contains(expected), "{expected}: {all}");
        assert!(findings.iter().all(|finding| {
            finding.file.as_deref() == Some("c.yaml") && finding.help.is_some()
                || finding.rule.starts_with("yaml-")
        }));
    }
}

#[test]
fn a_stale_conflict_is_reported() {
    let conflicts = parse(GOOD, "c.yaml").unwrap();
    let document = json!({"components": {"schemas": {"Gadget": {}}}});
    let overlays = BTreeSet::from(["v2/70-corrections.yaml".to_owned()]);
    let documents = [("v2", &document)];
    let sides = conflicts
        .conflicts
        .iter()
        .flat_map(|conflict| &conflict.sides);
    let pages: BTreeSet<&str> = sides
        .flat_map(|side| side.pages.iter().map(String::as_str))
        .collect();
    assert_eq!(
        verify(&conflicts, "c.yaml", &documents, &overlays, &pages),
        []
    );

    let moved = json!({"components": {"schemas": {"Widget": {}}}});
    for documents in [&[("v2", &moved)][..], &[("v1", &document)], &[]] {
        let findings = verify(&conflicts, "c.yaml", documents, &overlays, &pages);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].rule, "conflict-stale");
        assert_eq!(findings[0].pointer.as_deref(), Some("/conflicts/0/at/0"));
    }
    let findings = verify(&conflicts, "c.yaml", &documents, &BTreeSet::new(), &pages);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].pointer.as_deref(), Some("/conflicts/0/overlay"));

    let findings = verify(
        &conflicts,
        "c.yaml",
        &documents,
        &overlays,
        &BTreeSet::new(),
    );
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert_eq!(
        findings[0].pointer.as_deref(),
        Some("/conflicts/0/sides/0/where/0")
    );
    assert!(findings[0].help.is_some());
}

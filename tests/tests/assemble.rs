//! Whole documents from folders of records.

use std::path::{Path, PathBuf};

use heffl_spec::{
    Finding,
    assemble::{Assembled, Inputs, Names, assemble, document},
    fragment::Fragment,
    yaml,
};
use heffl_tests::{folder::Folder, workspace};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/assemble")
        .join(name)
}

fn inputs(name: &str, version: &str) -> (Vec<Fragment>, Names) {
    let inputs = Inputs::read(&fixture(name)).unwrap();
    let fragments = inputs.fragments().unwrap().swap_remove(version).unwrap();
    let names = match inputs.text("spec/names.yaml") {
        Some(text) => Names::parse(text, "names.yaml").unwrap(),
        None => Names::default(),
    };
    (fragments, names)
}

fn document_of(version: &str, fragments: &[Fragment], names: &Names) -> Value {
    document(version, fragments, names).unwrap().document
}

fn assembled(name: &str) -> Result<Assembled, Vec<Finding>> {
    assemble(&Inputs::read(&fixture(name)).unwrap())
}

#[test]
fn fragments_become_documents() {
    for (name, version) in [("complete", "v2"), ("unions", "v1"), ("nested", "v2")] {
        let (fragments, names) = inputs(name, version);
        let value = document_of(version, &fragments, &names);
        let text = yaml::write(&value).unwrap();
        assert_eq!(yaml::read(&text, "x").unwrap(), value);
        serde_json::from_value::<openapiv3::OpenAPI>(value).unwrap();
        insta::assert_snapshot!(format!("document_{name}"), text);
    }
}

#[test]
fn the_order_of_fragments_does_not_matter() {
    for (name, version) in [("complete", "v2"), ("unions", "v1"), ("nested", "v2")] {
        let (mut fragments, names) = inputs(name, version);
        let text =
            |fragments: &[Fragment]| yaml::write(&document_of(version, fragments, &names)).unwrap();
        let expected = text(&fragments);
        for _ in 0..fragments.len() {
            fragments.rotate_left(1);
            assert_eq!(text(&fragments), expected);
        }
        fragments.reverse();
        assert_eq!(text(&fragments), expected);
    }
}

#[test]
fn overlays_complete_a_document() {
    let complete = assembled("complete").unwrap_or_else(|findings| {
        panic!(
            "{}",
            findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    assert_eq!(complete, assembled("complete").unwrap());
    let [(path, text), reports @ ..] = complete.files.as_slice() else {
        panic!("one version, one document")
    };
    let reports: Vec<&str> = reports.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(reports, ["spec/CONFLICTS.md", "spec/COVERAGE.md"]);
    assert_eq!(path, "spec/heffl-v2.yaml");
    assert!(text.starts_with("# Written by `cargo xtask assemble` from spec/pages and spec/overlays. Do not edit.\nopenapi: 3.0.3\n"));
    let value = yaml::read(text, path).unwrap();
    serde_json::from_value::<openapiv3::OpenAPI>(value).unwrap();
    insta::assert_snapshot!("assembled_complete", text);
}

/// What nobody has described is a warning; what leads nowhere is refused.
#[test]
fn a_document_without_overlays_needs_no_descriptions_but_its_components() {
    let findings = assembled("unions").unwrap_err();
    assert!(
        findings.iter().all(|finding: &Finding| {
            finding.rule == "reference-broken"
                && finding.file.as_deref() == Some("spec/heffl-v1.yaml")
                && finding.pointer.is_some()
        }),
        "{findings:#?}"
    );
    let inputs = Inputs::read(&fixture("unions")).unwrap();
    let api = inputs.text("spec/facts/v1/api.yaml").unwrap();
    let (before, _) = api.split_once("x-heffl-responses:").unwrap();
    let (_, after) = api.split_once("servers:").unwrap();
    let file = (
        "spec/facts/v1/api.yaml".to_owned(),
        format!("{before}servers:{after}"),
    );
    let assembled = assemble(&inputs.with([file], &[])).unwrap();
    let warnings = assembled.warnings.iter();
    let missing = warnings
        .filter(|warning| warning.rule == "description-missing")
        .count();
    assert!(missing > 10, "{:#?}", assembled.warnings);
    let (_, text) = &assembled.files[0];
    assert!(text.contains("description: Not described yet."), "{text}");
}

/// A page contradicts what an overlay says of an error answer, until somebody has chosen.
#[test]
fn a_contradiction_about_an_error_answer_is_settled_by_a_choice_that_names_it() {
    let folder = Folder::default();
    let fixtures = workspace().join("tests/fixtures/assemble/complete");
    folder.copy(&fixtures, ".");
    let facts = "spec/facts/v2/crates.yaml";
    let response = "        '404': {content: {application/json: {schema: {type: object, required: [message], properties: {message: {type: integer}}}}}}\n";
    folder.write(facts, folder.read(facts) + response);
    let outcome = folder.run(&["assemble"]);
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    let place = "/components/schemas/ErrorEnvelope/properties/message";
    for words in [
        "spec/facts/v2/crates.yaml #/paths/~1crates/get/responses/404/",
        "`message` of the response 404 is integer on the page, not in the document",
        place,
    ] {
        assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
    }
    let chosen = format!("  at: ['v2#{place}', 'v2#/");
    folder.edit("spec/conflicts.yaml", "  at: ['v2#/", &chosen);
    let outcome = folder.run(&["assemble"]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
}

//! Whole documents from folders of records.

use std::path::{Path, PathBuf};

use heffl_spec::{
    Finding,
    assemble::{Names, assemble, document, load},
    record::Record,
    yaml,
};
use heffl_tests::{folder::Folder, workspace};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/assemble")
        .join(name)
}

fn inputs(name: &str, version: &str) -> (Vec<(String, Record)>, Names) {
    let root = fixture(name);
    let records = load(&root.join("spec/pages").join(version)).unwrap();
    let names = match std::fs::read_to_string(root.join("spec/names.yaml")) {
        Ok(text) => Names::parse(&text, "names.yaml").unwrap(),
        Err(_) => Names::default(),
    };
    (records, names)
}

fn assembled(name: &str, version: &str) -> Value {
    let (records, names) = inputs(name, version);
    document(version, &records, &names).unwrap()
}

#[test]
fn records_become_documents() {
    for (name, version) in [("complete", "v2"), ("unions", "v1"), ("nested", "v2")] {
        let value = assembled(name, version);
        let text = yaml::write(&value).unwrap();
        assert_eq!(yaml::read(&text, "x").unwrap(), value);
        serde_json::from_value::<openapiv3::OpenAPI>(value).unwrap();
        insta::assert_snapshot!(format!("document_{name}"), text);
    }
}

#[test]
fn the_order_of_records_does_not_matter() {
    for (name, version) in [("complete", "v2"), ("unions", "v1"), ("nested", "v2")] {
        let (mut records, names) = inputs(name, version);
        let expected = yaml::write(&document(version, &records, &names).unwrap()).unwrap();
        for _ in 0..records.len() {
            records.rotate_left(1);
            let text = yaml::write(&document(version, &records, &names).unwrap()).unwrap();
            assert_eq!(text, expected);
        }
        records.reverse();
        let text = yaml::write(&document(version, &records, &names).unwrap()).unwrap();
        assert_eq!(text, expected);
    }
}

#[test]
fn overlays_complete_a_document() {
    let documents = assemble(&fixture("complete")).unwrap_or_else(|findings| {
        panic!(
            "{}",
            findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    assert_eq!(documents, assemble(&fixture("complete")).unwrap());
    let [(path, text), reports @ ..] = documents.as_slice() else {
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

#[test]
fn a_document_without_overlays_is_refused_with_every_gap_named() {
    let findings = assemble(&fixture("unions")).unwrap_err();
    for rule in ["description-missing", "reference-broken"] {
        assert!(findings.iter().any(|finding| finding.rule == rule));
    }
    assert!(findings.iter().all(|finding: &Finding| {
        finding.file.as_deref() == Some("spec/heffl-v1.yaml") && finding.pointer.is_some()
    }));
}

/// A page contradicts what an overlay says of an error answer, until somebody has chosen.
#[test]
fn a_contradiction_about_an_error_answer_is_settled_by_a_choice_that_names_it() {
    let folder = Folder::default();
    let fixtures = workspace().join("tests/fixtures/assemble/complete");
    folder.copy(&fixtures, ".");
    let record = "spec/pages/v2/get-gadget.yaml";
    let answer = "  errors:\n  - status: '404'\n    media_type: application/json\n    fields:\n    - {name: message, type: integer, required: true, evidence: documented}\n";
    folder.write(record, folder.read(record) + answer);
    let outcome = folder.run(&["assemble"]);
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    let place = "/components/schemas/ErrorEnvelope/properties/message";
    for words in [
        "spec/pages/v2/get-gadget.yaml #/operation/errors/0/fields/0: ",
        "`message` of the answer 404 is integer on the page, not in the document",
        place,
    ] {
        assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
    }
    let chosen = format!("  at: ['v2#{place}', 'v2#/");
    folder.edit("spec/conflicts.yaml", "  at: ['v2#/", &chosen);
    let outcome = folder.run(&["assemble"]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
}

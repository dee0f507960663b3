//! Snapshots of generated code, with a small document for each feature.

use std::fmt::Write as _;

use heffl_codegen::{Api, generate, generate_with_calls};

#[test]
fn code_of_small_documents() {
    insta::glob!("../../fixtures/documents", "*.yaml", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let file = path.file_name().unwrap().to_str().unwrap();
        let files = generate(
            "heffl",
            &[Api {
                module: "v1",
                file,
                text: &text,
            }],
        )
        .unwrap_or_else(|problems| {
            panic!(
                "{}",
                problems
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("\n")
            )
        });
        let mut all = String::new();
        for (path, text) in files.source {
            // The fingerprint changes with every letter of the fixture, so snapshots leave it out.
            let text = without_hashes(&text);
            writeln!(all, "=== {path}\n{text}").unwrap();
        }
        insta::assert_snapshot!(all);
    });
}

#[test]
fn table_of_small_documents() {
    let mut all = String::new();
    for (file, text) in [
        (
            "filters.yaml",
            include_str!("../../fixtures/documents/filters.yaml"),
        ),
        (
            "three-states.yaml",
            include_str!("../../fixtures/documents/three-states.yaml"),
        ),
    ] {
        let module = "v1";
        let generated = generate_with_calls("heffl", &[Api { module, file, text }]).unwrap();
        for text in generated.tables.values() {
            writeln!(all, "{text}").unwrap();
        }
    }
    insta::assert_snapshot!(all);
}

fn without_hashes(text: &str) -> String {
    let mut parts = text.split("sha256:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("sha256:…");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    out
}

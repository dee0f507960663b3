//! The program of the README, in a project that has nothing but this crate.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::{fs, path::Path, process::Command};

const PROGRAM: &str = include_str!("../examples/fields.rs");

#[test]
fn the_readme_and_the_guide_show_the_program() {
    let readme = include_str!("../README.md");
    let (_, program) = PROGRAM.split_once("\n\n").unwrap();
    let indented: String = program
        .lines()
        .map(|line| format!("   {line}").trim_end().to_owned() + "\n")
        .collect();
    assert!(readme.contains(&indented), "{indented}");
    let guide = include_str!("../../../generated/guide/custom_fields.md");
    assert!(guide.contains(program), "{program}");
}

#[test]
fn users_do_not_build_the_generator_of_the_client() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && tree.contains("heffl-source"));
    for package in ["heffl-codegen", "progenitor", "reqwest", "tokio", "clap"] {
        assert!(!tree.contains(&format!("{package} v")), "{tree}");
    }
}

/// Whether the program succeeds in the folder, and its errors.
fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--manifest-path", manifest])
        .args(["--example", "fields", "--"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), errors)
}

#[test]
fn the_program_writes_types_and_fails_in_ci_when_they_are_out_of_date() {
    let folder = tempfile::tempdir().unwrap();
    let definitions = folder.path().join("custom-fields.json");
    let define = |of_type: &str| {
        let text = format!(r#"{{"deals": [{{"key": "cf_seats", "type": "{of_type}"}}]}}"#);
        fs::write(&definitions, text).unwrap();
    };
    fs::create_dir(folder.path().join("src")).unwrap();

    define("number");
    assert_eq!(run(folder.path(), &[]), (true, String::new()));
    let types = fs::read_to_string(folder.path().join("src/fields.rs")).unwrap();
    assert!(types.contains("pub seats: Option<f64>"), "{types}");
    assert_eq!(run(folder.path(), &["--check"]), (true, String::new()));

    define("text");
    let (succeeded, errors) = run(folder.path(), &["--check"]);
    assert!(!succeeded && errors.contains("cargo run --example fields"));

    fs::write(&definitions, "{\n").unwrap();
    let (succeeded, errors) = run(folder.path(), &["--check"]);
    assert!(
        !succeeded && errors.contains("custom-fields.json:"),
        "{errors}"
    );
}

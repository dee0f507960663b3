//! The packages that the crate `heffl` adds to a program.

use std::{collections::BTreeSet, process::Command};

/// The packages that a package needs. `depth` limits how far below it they are.
fn packages(package: &str, depth: &str) -> BTreeSet<String> {
    let tree = ["tree", "--locked", "--edges", "normal,build"];
    let output = Command::new(env!("CARGO"))
        .args(tree)
        .args(["--package", package, "--depth", depth])
        .args(["--prefix", "none", "--format", "{lib}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let names = String::from_utf8(output.stdout).unwrap();
    names.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_crate_heffl_needs_no_package_of_the_command() {
    let (of_crate, of_command) = (packages("heffl", "100"), packages("heffl-cli", "1"));
    assert!(of_crate.contains("reqwest"), "{of_crate:?}");
    assert!(of_command.contains("clap"), "{of_command:?}");
    let common: BTreeSet<&str> = of_crate
        .intersection(&of_command)
        .map(String::as_str)
        .collect();
    // Every HTTP client with models needs these.
    let needed = BTreeSet::from(["serde", "serde_json", "tokio"]);
    assert_eq!(common, needed);
}

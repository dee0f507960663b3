//! The README shows what commands print, and its scripts run.
//!
//! These tests are a program of their own, because the first one sets the working directory.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "cli/sandbox.rs"]
mod sandbox;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use heffl_test_server::TestServer;
use sandbox::{Sandbox, assert_code, stdout};
use serde_json::json;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// As Excel saves it: `ë` is one byte.
const PEOPLE: &[u8] = b"First name;E-Mail;Stage;Shoe size\r
Ada;ada@example.com;Customer;38\r
Grace;grace@example.com;Customer;\r
Zo\xeb;zoe@example.com;;41\r
";

/// A workspace with some records, which the README names.
fn workspace() -> TestServer {
    let server = TestServer::start().unwrap();
    server.define_custom_field("deals", "Region", "text");
    server.define_custom_field("deals", "Seats", "number");
    let insert = |kind, record| server.insert(kind, record).unwrap();
    let client = insert("companies", json!({"name": "Northwind"}));
    insert(
        "contacts",
        json!({"firstName": "Ada", "lastName": "Lovelace", "email": "Ada@example.com"}),
    );
    let pipeline = server.records("pipelines")[0].clone();
    for (title, stage, price, date) in [
        ("Warehouse refit", "Won", json!(48500.50), "2026-11-20"),
        ("Lift", "Won", json!(1200), "2026-10-02"),
        ("Shelving", "New", json!(3000), "2026-11-30"),
    ] {
        let stages = pipeline["stages"].as_array().unwrap();
        let stage = stages.iter().find(|it| it["name"] == stage).unwrap();
        insert(
            "deals",
            json!({
                "title": title, "clientId": client, "pipelineId": pipeline["id"], "stageId": stage["id"],
                "stage": stage["name"], "price": price,
                "expectedCloseDate": format!("{date}T00:00:00Z"),
                "status": if stage["name"] == "Won" { "WON" } else { "OPEN" },
            }),
        );
    }
    server
}

#[test]
fn every_command_of_the_readme_prints_what_it_shows() {
    let server = workspace();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap();
    fs::write(home.path().join("people.csv"), PEOPLE).unwrap();
    env::set_current_dir(folder).unwrap();
    trycmd::TestCases::new()
        .env("XDG_STATE_HOME", folder)
        .env("LOCALAPPDATA", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("APPDATA", folder)
        .env("HEFFL_BASE_URL", server.base_url())
        .env("HEFFL_API_KEY", server.key())
        .case(README)
        .run();
}

/// The blocks of the README in the language `sh`.
fn scripts() -> Vec<String> {
    let readme = fs::read_to_string(README).unwrap();
    let blocks = readme.split("```sh\n").skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[cfg(unix)]
#[test]
fn every_script_of_the_readme_does_what_its_task_says() {
    let (sandbox, server) = (Sandbox::new(), workspace());
    server.insert(
        "contacts",
        json!({"firstName": "A.", "email": "ada@EXAMPLE.com"}),
    );
    let heffl = Path::new(env!("CARGO_BIN_EXE_heffl")).parent().unwrap();
    let folders = env::split_paths(&env::var_os("PATH").unwrap()).collect::<Vec<PathBuf>>();
    let path = env::join_paths([heffl.to_owned()].into_iter().chain(folders)).unwrap();
    let outputs: Vec<String> = scripts()
        .iter()
        .map(|script| {
            let mut shell = Command::new("sh");
            for (name, value) in sandbox.command_at(&server, &[]).get_envs() {
                match value {
                    Some(value) => shell.env(name, value),
                    None => shell.env_remove(name),
                };
            }
            let output = shell
                .args(["-euc", script])
                .env("PATH", &path)
                .env("HEFFL_API_KEY", server.key())
                .current_dir(sandbox.home())
                .output()
                .unwrap();
            assert_code(&output, 0);
            stdout(&output)
        })
        .collect();
    let [twice, moved, quota, errors] = &outputs[..] else {
        panic!("{outputs:?}");
    };
    assert_eq!(twice.lines().count(), 2, "{twice}");
    assert_eq!(moved.lines().count(), 1, "{moved}");
    let stages = server.records("pipelines")[0]["stages"].clone();
    let mut stages = stages.as_array().unwrap().iter();
    let stage = stages.find(|it| it["name"] == "Offer sent").unwrap();
    let mut deals = server.records("deals").into_iter();
    let shelving = deals.find(|it| it["title"] == "Shelving").unwrap();
    assert_eq!(shelving["stageId"], stage["id"]);
    assert_eq!(quota, "");
    let won = fs::read_to_string(sandbox.home().join("won.jsonl")).unwrap();
    assert_eq!(won.lines().count(), 2, "{won}");
    assert_eq!(errors, "there is no such deal\n");
}

#[test]
fn every_command_in_the_text_of_the_readme_exists() {
    let readme = fs::read_to_string(README).unwrap();
    // Every other piece is code.
    let code = readme.split('`').skip(1).step_by(2);
    let commands: BTreeSet<&str> = code.filter(|code| code.starts_with("heffl ")).collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        // Words in capitals are placeholders.
        let words = command.split(' ').skip(1);
        let words = words.take_while(|word| !["|", ">", "…"].contains(word));
        let words: Vec<&str> = words
            .filter(|word| word.chars().any(char::is_lowercase))
            .collect();
        let (last, before) = words.split_last().unwrap_or((&"--help", &[]));
        for alternative in last.split('|') {
            let output = Command::new(env!("CARGO_BIN_EXE_heffl"))
                .args(before)
                .args([alternative, "--help"])
                .output()
                .unwrap();
            assert!(output.status.success(), "{command}: {output:?}");
        }
    }
}

//! The commands around the API: quota, completion, manual, test server, demo.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod sandbox;

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use heffl_test_server::TestServer;
use sandbox::{Sandbox, assert_code, stderr, stdout};
use serde_json::Value;

fn quota(sandbox: &Sandbox, server: &TestServer, arguments: &[&str]) -> Value {
    let output = sandbox.run(server, &[&["quota"], arguments].concat());
    assert_code(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_quota_counts_all_processes_and_asks_the_server_only_on_request() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    assert_eq!(quota(&sandbox, &server, &[])["remaining"], 60);
    for _ in 0..3 {
        assert_code(&sandbox.run(&server, &["api", "GET", "/v2/deals"]), 0);
    }
    // Another machine.
    server.spend_quota(10);
    let status = quota(&sandbox, &server, &[]);
    assert_eq!(status["used"], 3);
    assert!(status["resetInSeconds"].as_f64().unwrap() > 50.0);
    assert_eq!(server.requests().len(), 3);
    let status = quota(&sandbox, &server, &["--ask-server"]);
    assert_eq!(status["used"], 4);
    assert_eq!(status["server"]["remaining"], 46);

    let output = sandbox.run(&server, &["quota", "--jq", ".remaining"]);
    assert_eq!(stdout(&output), "56\n");
}

#[test]
fn every_shell_gets_a_script_that_it_can_read() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = sandbox.command(&["completion", shell]).output().unwrap();
        assert_code(&output, 0);
        assert!(stdout(&output).contains("test-server"), "{shell}");
        let file = sandbox.home().join(shell);
        fs::write(&file, &output.stdout).unwrap();
        // A shell that is not installed cannot read it.
        if let Ok(check) = Command::new(shell).arg("-n").arg(&file).output()
            && shell != "powershell"
        {
            assert!(check.status.success(), "{shell}: {check:?}");
        }
    }
    assert_code(
        &sandbox.command(&["completion", "tcsh"]).output().unwrap(),
        2,
    );
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["man"]).output().unwrap();
    assert_code(&output, 0);
    assert!(stdout(&output).contains(".TH heffl 1"));
    let folder = sandbox.home().join("man/man1");
    let mut man = sandbox.command(&["man"]);
    assert_code(&man.arg(&folder).output().unwrap(), 0);
    for page in [
        "heffl.1",
        "heffl-api.1",
        "heffl-auth-login.1",
        "heffl-quota.1",
    ] {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn the_test_server_serves_and_prints_its_address() {
    let sandbox = Sandbox::new();
    let seed = sandbox.home().join("seed.json");
    fs::write(&seed, r#"{"companies": [{"name": "Northwind"}]}"#).unwrap();
    let mut server = sandbox.command(&["test-server", "--json", "--quota", "0", "--seed"]);
    let mut server = server.arg(&seed).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let out = server.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let output = sandbox
        .command(&["api", "GET", "/v2/companies"])
        .env("HEFFL_BASE_URL", line["baseUrl"].as_str().unwrap())
        .env("HEFFL_API_KEY", line["apiKey"].as_str().unwrap())
        .output()
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_code(&output, 0);
    assert!(stdout(&output).contains("Northwind"));
}

#[test]
fn the_demo_needs_no_key_and_prints_each_command_before_its_output() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["demo"]).output().unwrap();
    assert_code(&output, 0);
    let text = stdout(&output);
    let (command, exit_code) = (text.find("$ heffl auth check"), text.find("(exit code 8)"));
    assert!(command.unwrap() < exit_code.unwrap(), "{text}");
    assert!(
        stderr(&output).contains("search for the record"),
        "{output:?}"
    );
    // It has folders of its own.
    assert_eq!(fs::read_dir(sandbox.home()).unwrap().count(), 0);
}

//! The command `heffl-test-server`, as another program starts it.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Output, Stdio},
};

use heffl::{Client, ClientId, RetryPolicy, serde_json, serde_json::Value, v2::CreateDeal};

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_heffl-test-server"))
}

fn run(arguments: &[&str]) -> (Output, String) {
    let output = command().args(arguments).output().unwrap();
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    (output, error)
}

/// A running server; it is stopped when the value is dropped.
struct Running {
    process: Child,
    line: Value,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut process = command()
            .arg("--json")
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let line = serde_json::from_str(&line).unwrap();
        Self { process, line }
    }

    fn text(&self, key: &str) -> &str {
        self.line[key].as_str().unwrap()
    }

    fn client(&self) -> Client {
        Client::builder()
            .api_key(self.text("apiKey"))
            .base_url(self.text("baseUrl"))
            .no_rate_limit()
            .retry(RetryPolicy::never())
            .build()
            .unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn seed(text: &str, name: &str) -> String {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_server_loads_the_seed_and_enforces_the_quota() {
    let file = seed(
        r#"{"companies": [{"id": "clt_north", "name": "Northwind"}, {"name": "Eastwind"}]}"#,
        "records.json",
    );
    let server = Running::start(&["--quota", "3", "--seed", &file]);
    let heffl = server.client();
    let companies = heffl.v2().companies().list().await.unwrap();
    let names: Vec<_> = companies
        .items()
        .iter()
        .map(|company| company.name.as_deref().unwrap())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"Northwind") && names.contains(&"Eastwind"));
    let pipeline = heffl.v2().pipelines().list().await.unwrap().items()[0]
        .id
        .clone();
    let deal = CreateDeal::new("Refit", ClientId::new("clt_north"), pipeline);
    heffl.v2().deals().create(deal).await.unwrap();
    let refused = heffl.v2().companies().list().await.unwrap_err();
    assert!(refused.is_rate_limited(), "{refused}");
}

#[test]
fn the_server_uses_the_given_port_and_refuses_a_port_in_use() {
    let server = Running::start(&["--quota", "0"]);
    let address = server.text("baseUrl").strip_prefix("http://127.0.0.1:");
    let port = address.unwrap().strip_suffix("/api").unwrap();
    let (output, error) = run(&["--port", port]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.starts_with("error: the server cannot start: "),
        "{error}"
    );
}

#[test]
fn errors_of_wrong_input_name_the_problem_and_the_fix() {
    let (output, error) = run(&["--prot", "1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        error.contains("--prot") && error.contains("--help"),
        "{error}"
    );
    assert_eq!(run(&["--port", "99999"]).0.status.code(), Some(2));

    let (output, error) = run(&["--seed", &seed(r#"{"gadgets": [{}]}"#, "unknown.json")]);
    assert_eq!(output.status.code(), Some(1));
    for part in ["unknown.json", "\"gadgets\"", "companies, contacts"] {
        assert!(error.contains(part), "{error}");
    }
    let (_, error) = run(&[
        "--seed",
        &seed(r#"{"companies": ["Northwind"]}"#, "text.json"),
    ]);
    assert!(error.contains("companies[0] is not an object"), "{error}");
    let (_, error) = run(&["--seed", &seed("{", "broken.json")]);
    assert!(
        error.contains("broken.json: ") && error.contains("line 1"),
        "{error}"
    );
}

//! Failures: exit codes, and errors as JSON.

use std::{collections::BTreeSet, fs, path::Path, process::Output, time::Duration};

use heffl_test_server::{Fault, TestServer};
use serde_json::{Value, json};

use crate::sandbox::{Sandbox, assert_code, stderr, with_input};

const GET: &[&str] = &["api", "GET", "/v2/deals"];
const CREATE: &[&str] = &["api", "POST", "/v2/companies", "--body", "-"];

struct Case {
    kind: &'static str,
    code: i32,
    faults: Vec<(&'static str, Fault)>,
    arguments: &'static [&'static str],
    body: &'static str,
}

impl Case {
    fn new(kind: &'static str, code: i32, arguments: &'static [&'static str]) -> Self {
        Self {
            kind,
            code,
            faults: Vec::new(),
            arguments,
            body: r#"{"name": "Northwind"}"#,
        }
    }

    fn fault(mut self, operation: &'static str, fault: Fault) -> Self {
        self.faults.push((operation, fault));
        self
    }

    fn body(mut self, body: &'static str) -> Self {
        self.body = body;
        self
    }

    fn run(&self, server: &TestServer) -> Output {
        for (operation, fault) in &self.faults {
            server.fail(operation, fault.clone()).unwrap();
        }
        let sandbox = Sandbox::new();
        let mut command = sandbox.command_at(server, self.arguments);
        // Faults that pass are not worth waiting for.
        command.args(["--errors", "json", "--deadline", "0.3"]);
        with_input(command.env("HEFFL_API_KEY", server.key()), self.body)
    }
}

/// The exit codes are those of the README, and the kinds those of the schema.
#[test]
fn a_table_of_faults_yields_every_exit_code_and_errors_that_fit_the_schema() {
    let lasting = || Fault::Delay(Duration::from_secs(2));
    let cases = [
        Case::new("other", 1, GET).fault("listDeals", Fault::Response("no JSON".into())),
        Case::new("usage", 2, &["api", "GET", "/v2/deals", "--unknown"]),
        Case::new("usage", 2, &["api", "GET"]),
        Case::new("usage", 2, &["auth"]),
        Case::new("usage", 2, &["api", "GET", "/deals"]),
        Case::new(
            "usage",
            2,
            &["api", "POST", "/v2/deals", "--body", "no-such-file"],
        ),
        Case::new("usage", 2, CREATE).body("{"),
        Case::new(
            "usage",
            2,
            &[
                "api",
                "GET",
                "/v2/deals",
                "--base-url",
                "http://example.com",
            ],
        ),
        Case::new("not_found", 3, &["api", "GET", "/v2/deals/dl_none"]),
        Case::new("key", 4, GET).fault("listDeals", Fault::Status(401)),
        Case::new("key", 4, GET).fault("listDeals", Fault::Status(403)),
        Case::new("refused", 5, CREATE).body(r#"{"nam": "Northwind"}"#),
        Case::new("quota", 6, GET).fault("listDeals", Fault::QuotaUsedUp { reset: 30 }),
        Case::new("quota", 6, GET).fault("listDeals", lasting()),
        Case::new("unavailable", 7, GET)
            .fault("listDeals", Fault::Status(503))
            .fault("listDeals", Fault::Status(503))
            .fault("listDeals", Fault::Status(503))
            .fault("listDeals", Fault::Status(503)),
        Case::new("outcome_unknown", 8, CREATE).fault("createCompany", Fault::CutAfter),
        Case::new("outcome_unknown", 8, CREATE).fault("createCompany", lasting()),
        Case::new("partial", 9, &["doctor"]).fault("listTags", Fault::Status(403)),
    ];
    for case in &cases {
        let server = TestServer::start().unwrap();
        let output = case.run(&server);
        let context = format!("{} {:?}: {output:?}", case.kind, case.arguments);
        assert_eq!(output.status.code(), Some(case.code), "{context}");
        // A part of the work has results.
        assert_eq!(output.stdout.is_empty(), case.code != 9, "{context}");
        let error = checked(&output);
        assert_eq!(error["kind"], case.kind, "{context}");
    }
    // Success and interruption have their own tests.
    let mut codes: BTreeSet<i32> = cases.iter().map(|case| case.code).collect();
    codes.extend([0, 130]);
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let readme = readme.unwrap();
    let rows = readme
        .lines()
        .skip_while(|line| !line.ends_with("code | meaning |"));
    let rows = rows.take_while(|line| line.starts_with('|'));
    let documented = rows.filter_map(|row| row.split('|').nth(1)?.trim().parse().ok());
    assert_eq!(codes, documented.collect());
    let mut kinds: BTreeSet<&str> = cases.iter().map(|case| case.kind).collect();
    kinds.insert("interrupted");
    let schema = schema();
    let known = &schema["properties"]["error"]["properties"]["kind"]["enum"];
    let known = known.as_array().unwrap().iter();
    assert_eq!(kinds, known.map(|kind| kind.as_str().unwrap()).collect());
}

fn schema() -> Value {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/error.json");
    serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap()
}

/// The error of an output, after a comparison with the schema.
fn checked(output: &Output) -> Value {
    // Before it may be notes.
    let text = stderr(output);
    let document = text.lines().last().unwrap();
    let document: Value = serde_json::from_str(document).unwrap();
    if let Err(problem) = jsonschema::validate(&schema(), &document) {
        panic!("{problem}: {document}");
    }
    document["error"].clone()
}

#[test]
fn no_server_is_unavailable_and_nothing_was_sent() {
    let server = TestServer::start().unwrap();
    let sandbox = Sandbox::new();
    let mut command = sandbox.command_at(&server, &[CREATE, &["--errors", "json"]].concat());
    command
        .env("HEFFL_API_KEY", server.key())
        .args(["--deadline", "0.3"]);
    drop(server);
    let output = with_input(&mut command, r#"{"name": "Northwind"}"#);
    assert_code(&output, 7);
    assert!(
        checked(&output)["hint"]
            .as_str()
            .unwrap()
            .contains("nothing was sent")
    );
}

#[test]
fn the_fields_that_the_server_refuses_are_listed() {
    let case = Case::new("refused", 5, CREATE).body(r#"{"name": 1}"#);
    let error = checked(&case.run(&TestServer::start().unwrap()));
    assert_eq!(error["status"], 400);
    assert_eq!(error["issues"][0]["field"], "name");
    assert_eq!(error["retry"], json!(false));
}

#[test]
fn a_mistyped_option_brings_a_suggestion() {
    let output = Sandbox::new()
        .command(&[
            "--errors=json",
            "api",
            "GET",
            "/v2/deals",
            "--querry",
            "a=b",
        ])
        .output()
        .unwrap();
    assert_code(&output, 2);
    let error = checked(&output);
    assert!(
        error["hint"].as_str().unwrap().contains("--query"),
        "{error}"
    );
}

#[test]
fn help_and_version_are_no_failures() {
    for option in ["--help", "--version"] {
        let output = Sandbox::new()
            .command(&["--errors", "json", option])
            .output()
            .unwrap();
        assert_code(&output, 0);
        assert_eq!(stderr(&output), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interruption_has_exit_code_130() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    server
        .fail("listDeals", Fault::Delay(Duration::from_secs(60)))
        .unwrap();
    // Also while the command waits for its input.
    for arguments in [GET, CREATE] {
        let output = interrupted(&sandbox, &server, arguments, None);
        assert_code(&output, 130);
        assert_eq!(checked(&output)["kind"], "interrupted");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interruption_and_another_failure_are_reported_as_one_failure() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    for step in 0..60 {
        // Its input ends while it is interrupted.
        let pause = Duration::from_micros(50 * step);
        let output = interrupted(&sandbox, &server, CREATE, Some(pause));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
        match checked(&output)["kind"].as_str().unwrap() {
            "interrupted" => assert_code(&output, 130),
            kind => {
                assert_eq!(kind, "usage");
                assert_code(&output, 2);
            }
        }
    }
}

/// Sends the signal of Ctrl-C to a running command. Its input ends after a pause, or when the command has ended.
#[cfg(target_os = "linux")]
fn interrupted(
    sandbox: &Sandbox,
    server: &TestServer,
    arguments: &[&str],
    input_ends: Option<Duration>,
) -> Output {
    use std::{
        process::{Command, Stdio},
        thread,
    };

    let mut child = sandbox
        .command_at(server, arguments)
        .env("HEFFL_API_KEY", server.key())
        .args(["--errors", "json"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = child.stdin.take().unwrap();
    let id = child.id().to_string();
    while !handles_interruption(&id) {
        thread::yield_now();
    }
    let mut kill = Command::new("kill").args(["-INT", &id]).spawn().unwrap();
    let input = input_ends.map_or(Some(input), |pause| {
        thread::sleep(pause);
        None
    });
    assert!(kill.wait().unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(input);
    output
}

/// Whether a process has a handler for the signal of Ctrl-C.
#[cfg(target_os = "linux")]
fn handles_interruption(id: &str) -> bool {
    const SIGINT: u32 = 2;
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let caught = status
        .lines()
        .find_map(|line| line.strip_prefix("SigCgt:"))
        .unwrap();
    let caught = u64::from_str_radix(caught.trim(), 16).unwrap();
    caught & (1 << (SIGINT - 1)) != 0
}

//! `heffl api` against a server, and the exit codes that it has in common with every other command.

use heffl_test_server::TestServer;
use serde_json::Value;

use crate::sandbox::{Sandbox, assert_code, error, stdout, with_input};

#[test]
fn a_response_is_printed_as_it_was_received() {
    let server = TestServer::start().unwrap();
    let output = Sandbox::new().run(&server, &["api", "GET", "/v2/deals"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["data"], serde_json::json!([]));
}

#[test]
fn a_record_that_does_not_exist_has_an_exit_code_of_its_own() {
    let server = TestServer::start().unwrap();
    let output = Sandbox::new().run(
        &server,
        &["--errors", "json", "api", "GET", "/v2/deals/dl_none"],
    );
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "not_found");
    assert_eq!(error["error"]["status"], 404);
}

#[test]
fn a_documented_operation_is_found_by_its_path_and_its_identifiers_are_checked() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let pipeline = server.records("pipelines")[0]["id"].clone();
    let path = format!("/v2/pipelines/{}", pipeline.as_str().unwrap());
    let output = sandbox.run(&server, &["api", "get", &path]);
    assert_code(&output, 0);
    let body: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(body["id"], pipeline);

    let output = sandbox.run(&server, &["--errors=json", "api", "GET", "/v2/deals/clt_1"]);
    assert_code(&output, 2);
    assert_eq!(error(&output)["operation"], "getDeal");
    // A fixed segment is not an identifier.
    let output = sandbox.run(&server, &["api", "GET", "/v1/leads/sources"]);
    assert_code(&output, 0);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_path_that_no_document_has_is_sent_as_it_is() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let output = sandbox.run(&server, &["api", "GET", "/v2/notes/nt_1"]);
    assert_code(&output, 3);
    assert_eq!(server.requests()[0].path, "/api/v2/notes/nt_1");
}

#[test]
fn parameters_come_from_the_path_and_from_options() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let arguments = [
        "api",
        "GET",
        "/v2/companies?search=a%20b",
        "--query",
        "pageSize=5",
        "--header",
        "x-trace: 7",
    ];
    assert_code(&sandbox.run(&server, &arguments), 0);
    let request = &server.requests()[0];
    assert_eq!(request.query("search"), Some("a b"));
    assert_eq!(request.query("pageSize"), Some("5"));
    assert_eq!(request.header("x-trace"), Some("7"));
    for option in ["x-api-key: a", "host: a"] {
        assert_code(
            &sandbox.run(&server, &["api", "GET", "/v2/deals", "--header", option]),
            2,
        );
    }
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_dry_run_prints_the_request_and_sends_nothing() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let body = r#"{"title": "Refit", "price": 12.10}"#;
    let arguments = ["api", "POST", "/v2/deals?a=b", "--body", "-", "--dry-run"];
    // No key is needed.
    let output = with_input(&mut sandbox.command_at(&server, &arguments), body);
    assert_code(&output, 0);
    let request: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(request["method"], "POST");
    assert_eq!(
        request["url"],
        format!("{}/v2/deals?a=b", server.base_url())
    );
    assert_eq!(request["headers"]["x-api-key"], "…");
    // Amounts keep their digits.
    assert!(stdout(&output).contains(r#""body":{"title":"Refit","price":12.10}"#));
    // An invalid request is refused here, too.
    let arguments = ["api", "GET", "/deals", "--dry-run"];
    assert_code(
        &sandbox.command_at(&server, &arguments).output().unwrap(),
        2,
    );
    assert!(server.requests().is_empty());
}

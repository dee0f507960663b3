//! `heffl api` against a server, and the exit codes that it has in common with every other command.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod sandbox;

use heffl_test_server::TestServer;
use sandbox::Sandbox;

#[test]
fn a_response_is_printed_as_it_was_received() {
    let server = TestServer::start().unwrap();
    let output = Sandbox::new().run(&server, &["api", "GET", "/v2/deals"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let body: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
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
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "not_found");
    assert_eq!(error["error"]["status"], 404);
}

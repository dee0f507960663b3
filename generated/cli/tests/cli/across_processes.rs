//! Processes share one quota.
//!
//! The loop waits for a minute. Tests run in the order of their names, so it is one of the first, and the others run
//! while it waits.

use std::fs;

use heffl_test_server::TestServer;

use crate::sandbox::{Sandbox, assert_code, stderr};

const DEALS: &[&str] = &["api", "GET", "/v2/deals"];

/// It takes a minute, as the quota of 120 requests does.
#[test]
fn a_loop_of_120_processes_is_never_refused() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    for _ in 0..60 {
        assert_code(&sandbox.run(&server, DEALS), 0);
    }
    // The next one knows of the others, and does not ask the server.
    let arguments = [DEALS, &["--deadline", "0.1"]].concat();
    assert_code(&sandbox.run(&server, &arguments), 6);
    assert_eq!(server.requests().len(), 60);
    for _ in 0..60 {
        assert_code(&sandbox.run(&server, DEALS), 0);
    }
    let statuses: Vec<_> = server.requests().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [Some(200); 120]);
}

#[test]
fn a_state_folder_that_cannot_be_used_is_named_and_can_be_done_without() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let file = sandbox.home().join("file");
    fs::write(&file, "").unwrap();
    let run = |arguments: &[&str]| {
        let mut heffl = sandbox.command_at(&server, arguments);
        heffl.env("HEFFL_API_KEY", server.key());
        let heffl = heffl
            .env("XDG_STATE_HOME", &file)
            .env("LOCALAPPDATA", &file);
        heffl.output().unwrap()
    };
    let output = run(DEALS);
    assert_code(&output, 1);
    assert!(stderr(&output).contains("--no-shared-quota"), "{output:?}");
    assert_code(&run(&[DEALS, &["--no-shared-quota"]].concat()), 0);
}

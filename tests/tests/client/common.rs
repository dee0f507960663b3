//! Functions that several modules use.

use std::{fs, time::Duration};

use heffl::RetryPolicy;
use heffl_test_server::TestServer;
use heffl_tests::workspace;
use serde_json::Value;

/// The OpenAPI document of `v1` or `v2`.
pub(crate) fn document(version: &str) -> Value {
    let path = workspace().join(format!("spec/heffl-{version}.yaml"));
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Retries without waiting.
pub(crate) fn quick() -> RetryPolicy {
    RetryPolicy::new().base_delay(Duration::from_millis(1))
}

/// The number of requests of an operation that a server received.
pub(crate) fn count(server: &TestServer, operation: &str) -> usize {
    let requests = server.requests();
    let of_it = requests
        .iter()
        .filter(|request| request.operation.as_deref() == Some(operation));
    of_it.count()
}

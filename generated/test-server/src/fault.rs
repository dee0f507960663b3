//! Faults that a test requests.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;

/// A fault of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The server responds with this status and an error body, and does nothing.
    Status(u16),
    /// The server refuses the request because of the quota.
    QuotaUsedUp {
        /// Value of the header `RateLimit-Reset`, in seconds.
        reset: u64,
    },
    /// The connection breaks before the server does anything.
    CutBefore,
    /// The server processes the request, and the connection breaks before the response.
    CutAfter,
    /// The server processes the request, and responds with 200 and this body.
    Response(Bytes),
    /// The server waits before it processes the request.
    Delay(Duration),
}

/// Faults of requests that the server has not received yet.
#[derive(Debug, Default)]
pub(crate) struct Faults(VecDeque<(Option<String>, Fault)>);

impl Faults {
    pub(crate) fn add(&mut self, operation: Option<String>, fault: Fault) {
        self.0.push_back((operation, fault));
    }

    /// The first fault for any operation, or for this one.
    pub(crate) fn take(&mut self, operation: &str) -> Option<Fault> {
        let position = self
            .0
            .iter()
            .position(|(wanted, _)| wanted.as_deref().is_none_or(|wanted| wanted == operation))?;
        self.0.remove(position).map(|(_, fault)| fault)
    }
}

//! A hook that refuses every request that may change something.

use std::{error::Error as StdError, fmt};

use crate::hook::{BoxError, Hook, RequestParts};

/// The hook of [`ClientBuilder::dry_run`](crate::ClientBuilder::dry_run).
pub(super) struct DryRun;

impl Hook for DryRun {
    async fn before_attempt(&self, request: &mut RequestParts<'_>) -> Result<(), BoxError> {
        match request.method() {
            "GET" | "HEAD" => Ok(()),
            _ => Err(NotSent.into()),
        }
    }
}

/// Why a request was not sent.
#[derive(Debug)]
struct NotSent;

impl fmt::Display for NotSent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the client makes a dry run, which sends only requests that read")
    }
}

impl StdError for NotSent {}

/// Whether a request was not sent only because of the dry run.
pub(crate) fn is_planned(error: &crate::error::Error) -> bool {
    error.source().is_some_and(<dyn StdError>::is::<NotSent>)
}

//! `heffl test-server`: a server to try programs against.

use std::path::PathBuf;

use clap::Args;
use heffl_test_server::command::{Options, serve};

use crate::failure::Failure;

/// Serve a test server on this machine, until Ctrl-C
///
/// It stores records, checks requests against the documentation of the API, and enforces the quota.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Port on the loopback interface [default: any free port]
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 0,
        hide_default_value = true
    )]
    port: u16,
    /// Requests per minute; 0 removes the quota [default: 60]
    #[arg(long, value_name = "N")]
    quota: Option<u32>,
    /// JSON file with records: {"companies": [{"name": "Northwind"}], …}
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Print address and key as one line of JSON
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let options = Options {
            port: self.port,
            quota: self.quota,
            seed: self.seed.clone(),
            json: self.json,
        };
        match serve(&options) {
            Ok(never) => match never {},
            Err(error) => Err(Failure::other(error)),
        }
    }
}

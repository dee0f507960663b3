//! `heffl quota`: how many requests the API key may still send.

use clap::Args;
use serde_json::json;

use crate::{failure::Failure, globals::Globals, output::Options};

/// Show how many requests may be sent now
///
/// The processes on this machine that use the API key count their requests together, in a file. The command reads that
/// file, and sends nothing without --ask-server.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Send one request, to learn what programs on other machines have used
    #[arg(long)]
    ask_server: bool,
    #[command(flatten)]
    output: Options,
}

impl Arguments {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        let mut reported = None;
        if self.ask_server {
            let list = client.v2().users().list().page_size(1).into_call();
            let response = list.send_for_response().await?;
            let number = |name| -> Option<u32> {
                let header = response.headers().get(name)?.to_str().ok()?;
                header.trim().parse().ok()
            };
            reported = Some(json!({
                "limit": number("ratelimit-limit"),
                "remaining": number("ratelimit-remaining"),
                "resetInSeconds": number("ratelimit-reset"),
            }));
        }
        let status = client.quota();
        self.output.print(&json!({
            "limit": status.limit(),
            "used": status.used(),
            "remaining": status.remaining(),
            "nextInSeconds": status.next_in().as_secs_f64(),
            "resetInSeconds": status.reset_in().as_secs_f64(),
            "server": reported,
        }))
    }
}

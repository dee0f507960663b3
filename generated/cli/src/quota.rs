//! `heffl quota`: how many requests the API key may still send.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use clap::Args;
use heffl::{QuotaStatus, reqwest::header::HeaderMap};
use serde::Serialize;
use serde_json::json;

use crate::{
    failure::{Failure, written},
    globals::Globals,
};

/// Show how many requests may be sent now
///
/// The numbers are counted by all processes on this machine that use the API key. Nothing is sent, unless --ask-server
/// is given.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Send one request, to learn what programs on other machines have used
    #[arg(long)]
    ask_server: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Arguments {
    pub(crate) async fn run(&self, globals: &Globals) -> Result<(), Failure> {
        let client = globals.client()?;
        let reported = if self.ask_server {
            let list = client.v2().users().list().page_size(1).into_call();
            Some(Reported::read(list.send_for_response().await?.headers()))
        } else {
            None
        };
        let status = client.quota();
        let text = if self.json {
            as_json(status, reported.as_ref())
        } else {
            as_text(status, reported.as_ref())
        };
        written(writeln!(io::stdout(), "{text}"))
    }
}

/// The quota as the server reports it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reported {
    limit: Option<u32>,
    remaining: Option<u32>,
    reset_in_seconds: Option<u32>,
}

impl Reported {
    fn read(headers: &HeaderMap) -> Self {
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Self {
            limit: number("ratelimit-limit"),
            remaining: number("ratelimit-remaining"),
            reset_in_seconds: number("ratelimit-reset"),
        }
    }
}

fn as_json(status: QuotaStatus, reported: Option<&Reported>) -> String {
    json!({
        "limit": status.limit(),
        "used": status.used(),
        "remaining": status.remaining(),
        "nextInSeconds": status.next_in().as_secs_f64(),
        "resetInSeconds": status.reset_in().as_secs_f64(),
        "server": reported,
    })
    .to_string()
}

fn as_text(status: QuotaStatus, reported: Option<&Reported>) -> String {
    let (next, reset) = (status.next_in(), status.reset_in());
    let mut text = format!(
        "limit:         {} requests a minute\n\
         used:          {}\n\
         remaining:     {}\n\
         next request:  in {:.0} s\n\
         all free:      in {:.0} s",
        status.limit(),
        status.used(),
        status.remaining(),
        next.as_secs_f64().ceil(),
        reset.as_secs_f64().ceil(),
    );
    if let Some(reported) = reported {
        let remaining = reported.remaining.map_or_else(
            || "reports nothing".to_owned(),
            |remaining| format!("reports {remaining} remaining"),
        );
        let _ = write!(text, "\nserver:        {remaining}");
    }
    text
}

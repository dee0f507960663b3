//! `heffl docs`: the operations and their fields.

use std::io::{self, Write as _};

use clap::Args;
use serde::Serialize;

use crate::{
    failure::{Failure, written},
    resources::command_of,
    table::{self, Operation},
};

/// List all operations
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print everything that is known about them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Entry {
    command: String,
    #[serde(flatten)]
    operation: &'static Operation,
}

impl Arguments {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let entries: Vec<Entry> = table::all()
            .map(|operation| Entry {
                command: command_of(operation),
                operation,
            })
            .collect();
        let text = if self.json {
            let operations = serde_json::json!({ "operations": entries });
            format!("{operations:#}\n")
        } else {
            let widest = entries.iter().map(|entry| entry.command.len()).max();
            let width = widest.unwrap_or_default();
            let lines = entries.iter().map(|Entry { command, operation }| {
                format!(
                    "{command:width$}  {} ({})\n",
                    operation.summary, operation.version
                )
            });
            lines.collect()
        };
        written(io::stdout().write_all(text.as_bytes()))
    }
}

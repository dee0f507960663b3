//! The command `heffl-test-server` as a function, so that another command can offer it too.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    error::Error,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
};

use serde_json::{Value, json};

use crate::server::TestServer;

/// The options of the command.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on the loopback interface; any free port if it is 0.
    pub port: u16,
    /// Requests a minute, 60 unless given; 0 removes the quota.
    pub quota: Option<u32>,
    /// A JSON file with records.
    pub seed: Option<PathBuf>,
    /// Whether address and key are printed as one line of JSON.
    pub json: bool,
}

/// Starts a server, prints its address and its key on standard output, and serves until the process ends.
///
/// # Errors
///
/// The server cannot start, or the seed cannot be used.
pub fn serve(options: &Options) -> Result<Infallible, Box<dyn Error + Send + Sync>> {
    let builder = TestServer::builder().port(options.port);
    let builder = match options.quota {
        None => builder,
        Some(0) => builder.without_quota(),
        Some(requests) => builder.quota(requests),
    };
    let server = builder
        .start()
        .map_err(|error| format!("the server cannot start: {error}"))?;
    if let Some(file) = &options.seed {
        seed(&server, file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let (address, key) = (server.base_url(), server.key());
    let text = if options.json {
        json!({"baseUrl": address, "apiKey": key}).to_string()
    } else {
        let set = |name: &str, value: &str| {
            if cfg!(windows) {
                format!("$env:{name} = \"{value}\"")
            } else {
                format!("export {name}={value}")
            }
        };
        format!(
            "Serving at {address} with the key {key}. Press Ctrl-C to stop.\n\n{}\n{}",
            set("HEFFL_BASE_URL", address),
            set("HEFFL_API_KEY", key)
        )
    };
    // A program that reads the line waits for it, so nothing may stay in a buffer.
    let mut stdout = io::stdout();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush())?;
    loop {
        thread::park();
    }
}

/// Adds the records of a file: an object with a list of records for each kind.
fn seed(server: &TestServer, file: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    let kinds: BTreeMap<String, Vec<Value>> = serde_json::from_str(&fs::read_to_string(file)?)?;
    for (kind, records) in kinds {
        for (index, record) in records.into_iter().enumerate() {
            if !record.is_object() {
                return Err(format!("{kind}[{index}] is not an object").into());
            }
            if server.insert(&kind, record).is_none() {
                let known = TestServer::kinds().collect::<Vec<_>>().join(", ");
                return Err(format!("there are no records called {kind:?}; known: {known}").into());
            }
        }
    }
    Ok(())
}

//! The command `heffl-test-server`.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Display,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
};

use heffl_test_server::{TestServer, TestServerBuilder};
use lexopt::{Arg, Parser, ValueExt as _};
use serde_json::{Value, json};

const HELP: &str = "\
A test server for the Heffl CRM REST API: it stores records, and needs no key and no network.

Usage: heffl-test-server [OPTIONS]

Options:
      --port PORT    Port on the loopback interface [default: any free port]
      --quota N      Requests per minute; 0 removes the quota [default: 60]
      --seed FILE    JSON file with records: {\"companies\": [{\"name\": \"Northwind\"}], …}
      --json         Print address and key as one line of JSON
  -h, --help         Print help
  -V, --version      Print version

It serves until it is interrupted (Ctrl-C).
";

/// The settings of the command line.
struct Settings {
    builder: TestServerBuilder,
    seed: Option<PathBuf>,
    json: bool,
}

fn main() -> ExitCode {
    let settings = match settings(Parser::from_env()) {
        Ok(Some(settings)) => settings,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            report(format_args!(
                "{error}\n\nFor the options, run `heffl-test-server --help`."
            ));
            return ExitCode::from(2);
        }
    };
    match serve(settings) {
        Ok(never) => match never {},
        Err(error) => {
            report(error);
            ExitCode::FAILURE
        }
    }
}

fn report(error: impl Display) {
    // If standard error is closed, the error cannot be shown.
    let _ = writeln!(io::stderr(), "error: {error}");
}

/// Reads the command line; `None` if it only asked for help or the version.
fn settings(mut parser: Parser) -> Result<Option<Settings>, Box<dyn Error>> {
    let mut settings = Settings {
        builder: TestServer::builder(),
        seed: None,
        json: false,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("port") => {
                settings.builder = settings.builder.port(parser.value()?.parse()?);
            }
            Arg::Long("quota") => {
                settings.builder = match parser.value()?.parse()? {
                    0 => settings.builder.without_quota(),
                    requests => settings.builder.quota(requests),
                };
            }
            Arg::Long("seed") => settings.seed = Some(parser.value()?.into()),
            Arg::Long("json") => settings.json = true,
            Arg::Short('h') | Arg::Long("help") => {
                io::stdout().write_all(HELP.as_bytes())?;
                return Ok(None);
            }
            Arg::Short('V') | Arg::Long("version") => {
                writeln!(
                    io::stdout(),
                    "heffl-test-server {}",
                    env!("CARGO_PKG_VERSION")
                )?;
                return Ok(None);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Some(settings))
}

fn serve(settings: Settings) -> Result<std::convert::Infallible, Box<dyn Error>> {
    let server = settings
        .builder
        .start()
        .map_err(|error| format!("the server cannot start: {error}"))?;
    if let Some(file) = &settings.seed {
        seed(&server, file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let (address, key) = (server.base_url(), server.key());
    let text = if settings.json {
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
fn seed(server: &TestServer, file: &Path) -> Result<(), Box<dyn Error>> {
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

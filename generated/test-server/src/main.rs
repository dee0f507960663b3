//! The command `heffl-test-server`.

use std::{
    error::Error,
    fmt::Display,
    io::{self, Write as _},
    process::ExitCode,
};

use heffl_test_server::command::{Options, serve};
use lexopt::{Arg, Parser, ValueExt as _};

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

fn main() -> ExitCode {
    let options = match options(Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            report(format_args!(
                "{error}\n\nFor the options, run `heffl-test-server --help`."
            ));
            return ExitCode::from(2);
        }
    };
    match serve(&options) {
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
fn options(mut parser: Parser) -> Result<Option<Options>, Box<dyn Error>> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("port") => options.port = parser.value()?.parse()?,
            Arg::Long("quota") => options.quota = Some(parser.value()?.parse()?),
            Arg::Long("seed") => options.seed = Some(parser.value()?.into()),
            Arg::Long("json") => options.json = true,
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
    Ok(Some(options))
}

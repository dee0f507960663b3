//! Both documents, judged by tools that are not ours. Started by `cargo xtask conformance`.

mod install;
mod prism;
mod process;
mod requests;
mod spec;
mod table;

use std::path::{Path, PathBuf};

use crate::workspace;

use install::Refused;
use table::{Table, Verdict};

/// A document, and what it is called in results.
#[derive(Clone, Debug)]
pub struct Document {
    pub version: &'static str,
    pub path: PathBuf,
}

impl Document {
    fn both() -> [Self; 2] {
        ["v1", "v2"].map(|version| Self {
            version,
            path: workspace().join(format!("spec/heffl-{version}.yaml")),
        })
    }
}

/// What is asked for on the command line.
pub const USAGE: &str = "usage: cargo xtask conformance spec [--no-skip]";

/// Runs the command line without the program's name, prints the results, and returns the exit code:
/// 0 all well, 1 a judge found something, 2 wrong usage or tools that are missing.
pub async fn run(arguments: &[String]) -> u8 {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let no_skip = match arguments.as_slice() {
        ["spec"] => false,
        ["spec", "--no-skip"] => true,
        _ => {
            eprintln!("{USAGE}");
            return 2;
        }
    };
    let (pinned, target) = (pinned(), workspace().join("target/conformance"));
    let table = match tools(&pinned, &target).await {
        Ok((node, python)) => {
            spec::judge(&spec::Judges {
                node,
                python,
                pinned,
                target,
            })
            .await
        }
        Err(Refused::Missing(what)) => {
            eprintln!("error: {what}");
            return 2;
        }
        Err(Refused::Unreachable(why)) => {
            let mut table = Table::default();
            table.push("all", "v1, v2", Verdict::Skipped(why));
            table
        }
    };
    print!("{table}");
    table.exit_code(no_skip)
}

async fn tools(pinned: &Path, target: &Path) -> Result<(install::Node, install::Python), Refused> {
    Ok((
        install::Node::install(pinned, target).await?,
        install::Python::install(pinned, target).await?,
    ))
}

/// The folder that pins the tools and their settings.
fn pinned() -> PathBuf {
    workspace().join("tests/conformance")
}

//! Checks both documents and the `heffl` crate with third-party tools. Run by `cargo xtask conformance`.

mod client;
mod clients;
mod corpus;
mod foreign;
pub(crate) mod install;
mod prism;
mod process;
mod spec;
mod stock;
mod table;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::workspace;

use install::Refused;
use table::{Table, Verdict};

/// A document, and its name in results.
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

    fn read(&self) -> Result<Value, String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", self.path.display());
        let text = fs::read_to_string(&self.path).map_err(|error| failed(&error))?;
        serde_yaml::from_str(&text).map_err(|error| failed(&error))
    }
}

/// The usage of the command line.
pub const USAGE: &str = "usage: cargo xtask conformance [spec|client] [--no-skip]
       cargo xtask conformance corpus --dir DIR
       cargo xtask conformance foreign --dir DIR [--no-skip]";

/// Runs the command line without the program's name, prints the results, and returns the exit code: 0 for success, 1 if
/// a tool found a problem, 2 for wrong usage or missing tools.
pub async fn run(arguments: &[String]) -> u8 {
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let target = workspace().join("target/conformance");
    match arguments.as_slice() {
        ["corpus", "--dir", folder] => return corpus::run(folder.as_ref(), &target).await,
        [corpus::ONE, document @ ..] => return corpus::one(document),
        [corpus::PROGENITOR, document @ ..] => return corpus::progenitor(document),
        _ => {}
    }
    let no_skip = arguments.last() == Some(&"--no-skip");
    if no_skip {
        arguments.pop();
    }
    let mut foreign = None;
    let (documents, client) = match arguments.as_slice() {
        [] => (true, true),
        ["spec"] => (true, false),
        ["client"] => (false, true),
        ["foreign", "--dir", folder] => {
            foreign = Some(Path::new(folder));
            (false, false)
        }
        _ => {
            eprintln!("{USAGE}");
            return 2;
        }
    };
    let folders = Folders {
        pinned: workspace().join("tests/conformance"),
        target,
    };
    let mut table = Table::default();
    let done = async {
        if documents {
            folders.check_documents(&mut table).await?;
        }
        if client {
            folders.check_client(&mut table).await?;
        }
        if let Some(folder) = foreign {
            folders.check_foreign(folder, &mut table).await?;
        }
        Ok(())
    };
    if let Err(Refused::Missing(what)) = done.await {
        eprintln!("error: {what}");
        return 2;
    }
    print!("{table}");
    table.exit_code(no_skip)
}

/// The folders of the tools.
struct Folders {
    /// The folder that pins the tools and their settings.
    pinned: PathBuf,
    /// The folder of the installed tools and their output.
    target: PathBuf,
}

impl Folders {
    /// Checks both documents.
    async fn check_documents(&self, table: &mut Table) -> Result<(), Refused> {
        let python = install::Python::install(&self.pinned, &self.target).await;
        let tools = install::Node::install(&self.pinned, &self.target)
            .await
            .and_then(|node| Ok((node, python?)));
        if let Some((node, python)) =
            unless_unreachable(tools, "all tools of the documents", table)?
        {
            let tools = spec::Tools {
                node,
                python,
                pinned: self.pinned.clone(),
                target: self.target.clone(),
            };
            table.append(spec::check(&tools).await);
        }
        Ok(())
    }

    /// Checks the requests of the crate, and how it reads responses.
    async fn check_client(&self, table: &mut Table) -> Result<(), Refused> {
        let node = install::Node::install(&self.pinned, &self.target).await;
        if let Some(node) = unless_unreachable(node, "prism, called by heffl", table)? {
            let scratch = self.target.join("client");
            table.append(client::check(&node, &self.pinned, &scratch).await);
        }
        table.append(stock::check(&self.pinned, &self.target).await);
        Ok(())
    }

    /// Checks crates that are generated for other APIs.
    async fn check_foreign(&self, folder: &Path, table: &mut Table) -> Result<(), Refused> {
        let node = install::Node::install(&self.pinned, &self.target).await;
        if let Some(node) = unless_unreachable(node, "every operation, called", table)? {
            let scratch = self.target.join("foreign");
            table.append(foreign::check(folder, &node, &self.pinned, &scratch).await);
        }
        Ok(())
    }
}

/// The tools; if they are missing, a row with the reason.
fn unless_unreachable<T>(
    tools: Result<T, Refused>,
    tool: &str,
    table: &mut Table,
) -> Result<Option<T>, Refused> {
    match tools {
        Ok(tools) => Ok(Some(tools)),
        Err(Refused::Unreachable(why)) => {
            table.push(tool, "v1, v2", Verdict::Skipped(why));
            Ok(None)
        }
        Err(missing) => Err(missing),
    }
}

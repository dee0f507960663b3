//! The command line.

use std::path::PathBuf;

use clap::{
    Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use heffl_spec::report::Format;

const OVERVIEW: &str = "\
The line, and what each command reads and writes:

  command    reads                               writes
  docs pull  text of documentation pages (DIR)   spec/pages/
  assemble   spec/pages/, overlays/, names.yaml  spec/heffl-v1.yaml, spec/heffl-v2.yaml
             spec/conflicts.yaml, suspected.yaml spec/CONFLICTS.md, spec/COVERAGE.md
  generate   spec/heffl-v1.yaml, -v2.yaml        generated/src/: v1/, v2/, ids.rs
  check      all of the above                    nothing; says what drifted and how to mend it

With --check, a command compares instead of writing. Every command works offline, and a command that
fails leaves the tree as it was.

Exit codes:
  0  all well
  1  something has drifted, or a rule is violated
  2  wrong usage, unreadable or invalid input";

/// Commands of this workspace: documentation pages → records → OpenAPI documents → Rust.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = OVERVIEW)]
pub(crate) struct Cli {
    /// How results are printed
    #[arg(
        long,
        global = true,
        default_value = "text",
        value_parser = PossibleValuesParser::new(Format::NAMES).try_map(|word| word.parse::<Format>())
    )]
    pub(crate) format: Format,

    /// The workspace to work on, instead of the one this command was started from
    #[arg(long, global = true, hide = true, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Writes the Rust source of the heffl crate from the two OpenAPI documents
    Generate {
        /// Compare instead of writing
        #[arg(long)]
        check: bool,
    },
    /// Writes the two OpenAPI documents from records and overlays, and the reports on them
    Assemble {
        /// Compare instead of writing
        #[arg(long)]
        check: bool,
    },
    /// Works with the vendor's documentation
    Docs {
        #[command(subcommand)]
        command: DocsCommand,
    },
    /// Tells whether records, documents and generated code still agree; writes nothing
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocsCommand {
    /// Writes one record per documentation page
    Pull {
        /// Folder with the text of the pages
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
        /// Compare instead of writing
        #[arg(long)]
        check: bool,
    },
}

//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use heffl_spec::{diff::Severity, fetch, report::Format};

const OVERVIEW: &str = "\
The line, and what each command reads and writes:

  command    reads                               writes
  docs pull  documentation pages (DIR or URL)    spec/pages/
  assemble   spec/pages/, overlays/, names.yaml  spec/heffl-v1.yaml, spec/heffl-v2.yaml
             spec/conflicts.yaml, suspected.yaml spec/CONFLICTS.md, COVERAGE.md, RULES.md
  generate   spec/heffl-v1.yaml, -v2.yaml        generated/src/: v1/, v2/, ids.rs; tests/src/calls/
  check      all of the above                    nothing; says what drifted and how to mend it

Beside it:

  docs drift documentation pages, spec/          a report: what the documentation says otherwise
  diff       two documents                       nothing; says what changed in meaning
  custom-fields  a workspace's definitions       Rust types, or what changed in the definitions
  conformance  the two documents, heffl          nothing; what tools of others say of them
  bench      documents of many sizes, heffl      nothing; how fast things are, beside others

With --check, a command compares instead of writing. A command that fails leaves the tree as
it was. All work offline but `docs` with a URL, `conformance` and `bench peers`.

Exit codes:
  0  all well
  1  something has drifted, or a rule is violated
  2  wrong usage, unreadable or invalid input";

/// Commands of this workspace: documentation pages → fragments → OpenAPI documents → Rust.
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
    /// Writes the two OpenAPI documents from fragments, facts and overlays, and the reports on them
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
    /// Tells whether facts, documents and generated code still agree; writes nothing
    Check,
    /// Reports what changed in meaning between two OpenAPI documents, and whom it breaks
    Diff {
        /// The document before: a file, or a git revision of the documents of this workspace
        #[arg(required_unless_present = "base")]
        old: Option<PathBuf>,
        /// The document after: a file, or a git revision
        #[arg(required_unless_present = "base")]
        new: Option<PathBuf>,
        /// Compare the documents of this workspace, as they are in the tree, with those of a git revision
        #[arg(long, value_name = "REV", conflicts_with_all = ["old", "new"])]
        base: Option<String>,
        /// The least severity that makes the exit code 1
        #[arg(long, default_value = "breaking", value_parser = severities())]
        fail_on: Severity,
        /// List of accepted changes; for revisions, spec/accepted-changes.yaml if it is there
        #[arg(long, value_name = "FILE")]
        accept: Option<PathBuf>,
    },
    /// Writes Rust types for the custom fields of a workspace, from a saved answer of GET /custom-fields
    CustomFields {
        /// The saved answer: one or several pages, or an object with one for each kind of record
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// The kind of record that is wanted; needed where the answer does not name it
        #[arg(long, value_name = "NAME")]
        entity: Option<String>,
        /// Where to write, instead of printing
        #[arg(long, value_name = "FILE", conflicts_with = "against")]
        out: Option<PathBuf>,
        /// Compare instead of writing
        #[arg(long, requires = "out")]
        check: bool,
        /// Tell what changed in the definitions since this older answer, instead of writing types
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// The least severity that makes the exit code 1
        #[arg(long, default_value = "info", requires = "against", value_parser = severities())]
        fail_on: Severity,
    },
    /// Asks tools that are not ours; needs Node.js, Python and, the first time, the network
    Conformance {
        /// What is judged; everything unless told otherwise
        what: Option<Judged>,
        /// Exit with 2 if a tool cannot be had, instead of skipping it
        #[arg(long)]
        no_skip: bool,
    },
    /// Measures how fast things are, and prints medians
    Bench {
        /// What to measure
        name: Benchmark,
        /// Write the results to a file, too, as JSON
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Small inputs and few repetitions, to see that it runs
        #[arg(long, conflicts_with = "save")]
        quick: bool,
        /// Put the results into `docs/BENCHMARKS.md`, in the place of those that are there
        #[arg(long)]
        save: bool,
    },
}

/// What can be measured. Each is a benchmark of the package `heffl-tests`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Benchmark {
    /// Building the heffl crate and a program that awaits every operation, beside what progenitor generates
    Build,
    /// The stages of `check`, by the number of operations
    Check,
    /// Calls through `heffl`, beside the same requests by reqwest alone
    Client,
    /// OpenAPI document → Rust source, beside progenitor on the same document
    Generator,
    /// Reading pages and writing bodies with the heffl crate, beside derived types
    Models,
    /// What six other generators make of both documents; installs them, and needs Python for one
    Peers,
}

/// What tools of others judge.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Judged {
    /// Both OpenAPI documents, by linters, generators and a mock server
    Spec,
    /// Every operation of the heffl crate, by a mock server and beside another generated client
    Client,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocsCommand {
    /// Writes one fragment per documentation page
    Pull {
        /// Folder with the pages, or address of the documentation site (https://…)
        #[arg(long, value_name = "DIR|URL")]
        from: PathBuf,
        /// Compare instead of writing
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        fetch: FetchArguments,
    },
    /// Tells whether the documentation still says what the fragments say
    Drift {
        /// Folder with the pages, or address of the documentation site (https://…)
        #[arg(long, value_name = "DIR|URL")]
        from: PathBuf,
        /// Where to write the report in Markdown as well, `-` for standard output in place of the result
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        #[command(flatten)]
        issue: IssueArguments,
        #[command(flatten)]
        fetch: FetchArguments,
    },
}

/// What becomes of the report.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for an issue")]
pub(crate) struct IssueArguments {
    /// Open, update or close the issue with the label `docs-drift`, with the `gh` program; then drift
    /// is told, and no failure
    #[arg(long)]
    pub(crate) issue: bool,
    /// Only say what would be done about the issue
    #[arg(long, requires = "issue")]
    pub(crate) dry_run: bool,
    /// The program to call
    #[arg(long, hide = true, value_name = "FILE", default_value = "gh")]
    pub(crate) gh: PathBuf,
}

fn severities() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(["breaking", "warning", "info"]).map(|word| match word.as_str() {
        "info" => Severity::Info,
        "warning" => Severity::Warning,
        _ => Severity::Breaking,
    })
}

/// How pages are fetched from a site.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Options for a site")]
pub(crate) struct FetchArguments {
    /// Milliseconds between two requests
    #[arg(long, value_name = "NUMBER", default_value_t = 500)]
    delay_ms: u32,
    /// Hours for which a page that was fetched is not asked for again
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    max_age: u32,
    /// Forget what was fetched before
    #[arg(long)]
    fresh: bool,
}

impl FetchArguments {
    pub(crate) fn options(self) -> fetch::Options {
        fetch::Options {
            delay: Duration::from_millis(self.delay_ms.into()),
            max_age: Duration::from_secs(u64::from(self.max_age) * 60 * 60),
            fresh: self.fresh,
            ..fetch::Options::default()
        }
    }
}

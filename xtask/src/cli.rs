//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use heffl_spec::{diff::Severity, fetch, report::Format};

const OVERVIEW: &str = "\
The pipeline, and what each command reads and writes:

  command    reads                               writes
  docs pull  documentation pages (DIR or URL)    spec/pages/
  assemble   spec/pages/, overlays/, names.yaml  spec/heffl-v1.yaml, spec/heffl-v2.yaml
             spec/conflicts.yaml, suspected.yaml spec/CONFLICTS.md, COVERAGE.md, RULES.md
  generate   spec/heffl-v1.yaml, -v2.yaml        generated/src/: v1/, v2/, api.rs, ids.rs; tests/src/calls/
  check      all of the above                    nothing; reports what is out of date, and the fix

Other commands:

  docs drift documentation pages, spec/          a report of what changed in the documentation
  docs observe  a report of `heffl doctor`       spec/facts/*/observed.yaml
  diff       two documents                       nothing; reports what changed in meaning
  custom-fields  a workspace's definitions       Rust types, or what changed in the definitions
  conformance  the two documents, heffl          nothing; reports what other tools find
  bench      documents of many sizes, heffl      nothing; reports times and sizes

With --check, a command compares instead of writing. A command that fails does not change the
tree. Only `docs` with a URL, `conformance` and `bench peers` use the network.

Exit codes:
  0  success
  1  something is out of date, or a rule is violated
  2  wrong usage, unreadable or invalid input";

/// Commands of this workspace: documentation pages → fragments → OpenAPI documents → Rust.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", after_help = OVERVIEW)]
pub(crate) struct Cli {
    /// The format of the results
    #[arg(
        long,
        global = true,
        default_value = "text",
        value_parser = PossibleValuesParser::new(Format::NAMES).try_map(|word| word.parse::<Format>())
    )]
    pub(crate) format: Format,

    /// The workspace to work on, instead of the current one
    #[arg(long, global = true, hide = true, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the Rust source of the heffl crate from the two OpenAPI documents, or a crate for another document
    Generate(GenerateArguments),
    /// Write the two OpenAPI documents from fragments, facts and overlays, and the reports on them
    Assemble {
        /// Compare instead of writing
        #[arg(long)]
        check: bool,
    },
    /// Work with the vendor's documentation
    #[command(subcommand)]
    Docs(DocsCommand),
    /// Compare facts, documents and generated code with each other; write nothing
    Check,
    /// Report what changed in meaning between two OpenAPI documents, and what it breaks
    Diff(DiffArguments),
    /// Write Rust types for the custom fields of a workspace, from a saved response of GET /custom-fields
    CustomFields(CustomFieldsArguments),
    /// Check documents and crate with third-party tools; needs Node.js, Python and, the first time, the network
    Conformance(ConformanceArguments),
    /// Run a benchmark, and print medians
    Bench(BenchArguments),
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// Compare instead of writing
    #[arg(long)]
    pub(crate) check: bool,
    /// The OpenAPI document of another API: write a crate for it that has the same runtime
    #[arg(long, value_name = "FILE", requires = "out", conflicts_with = "check")]
    pub(crate) document: Option<PathBuf>,
    /// The folder of that crate
    #[arg(long, value_name = "DIR", requires = "document")]
    pub(crate) out: Option<PathBuf>,
    /// The name of that crate [default: from the title of the document]
    #[arg(long, requires = "document")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The old document: a file, or a git revision of the documents of this workspace
    #[arg(required_unless_present = "base")]
    pub(crate) old: Option<PathBuf>,
    /// The new document: a file, or a git revision
    #[arg(required_unless_present = "base")]
    pub(crate) new: Option<PathBuf>,
    /// Compare the documents in the working tree with those of a git revision
    #[arg(long, value_name = "REV", conflicts_with_all = ["old", "new"])]
    pub(crate) base: Option<String>,
    /// The lowest severity for which the exit code is 1
    #[arg(long, default_value = "breaking", value_parser = severities())]
    pub(crate) fail_on: Severity,
    /// The list of accepted changes; for revisions, spec/accepted-changes.yaml by default
    #[arg(long, value_name = "FILE")]
    pub(crate) accept: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CustomFieldsArguments {
    /// The saved response: one or several pages, or an object with one for each kind of record
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// The kind of record; required if the response does not name it
    #[arg(long, value_name = "NAME")]
    pub(crate) entity: Option<String>,
    /// Write to this file instead of printing
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    pub(crate) out: Option<PathBuf>,
    /// Compare instead of writing
    #[arg(long, requires = "out")]
    pub(crate) check: bool,
    /// Report what changed since this older response, instead of writing types
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// The lowest severity for which the exit code is 1
    #[arg(long, default_value = "info", requires = "against", value_parser = severities())]
    pub(crate) fail_on: Severity,
}

#[derive(Debug, Args)]
pub(crate) struct ConformanceArguments {
    /// `spec`: checks both OpenAPI documents with linters, generators and a mock server. `client`: calls every operation
    /// of the heffl crate on a mock server, and compares it with another generated client. Both by default. `corpus`:
    /// generates and compiles a folder of other documents. `foreign`: calls every operation of three of them on a mock server
    #[arg(value_parser = ["spec", "client", "corpus", "foreign"])]
    pub(crate) what: Option<String>,
    /// The folder of documents, for `corpus` and `foreign`
    #[arg(long, required_if_eq_any([("what", "corpus"), ("what", "foreign")]))]
    pub(crate) dir: Option<PathBuf>,
    /// Exit with 2 if a tool is not available, instead of skipping it
    #[arg(long)]
    pub(crate) no_skip: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The benchmark; docs/BENCHMARKS.md has the results of each
    #[arg(value_parser = ["build", "check", "client", "command", "generator", "models", "peers", "quota"])]
    pub(crate) name: String,
    /// Also write the results to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Use small inputs and few repetitions, only to test that it runs
    #[arg(long, conflicts_with = "save")]
    pub(crate) quick: bool,
    /// Replace the results in `docs/BENCHMARKS.md`, and its charts
    #[arg(long)]
    pub(crate) save: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DocsCommand {
    /// Write one fragment for each documentation page
    Pull(PullArguments),
    /// Report how the documentation differs from the fragments; write only the report
    Drift(DriftArguments),
    /// Write facts that the service has shown, from a report of `heffl doctor`
    Observe {
        /// The report
        report: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PullArguments {
    /// Folder with the pages, or address of the documentation site (https://…)
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) from: PathBuf,
    /// Compare instead of writing
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) fetch: FetchArguments,
}

#[derive(Debug, Args)]
pub(crate) struct DriftArguments {
    /// Folder with the pages, or address of the documentation site (https://…)
    #[arg(long, value_name = "DIR|URL")]
    pub(crate) from: PathBuf,
    /// Also write the report to a file, in Markdown; `-` prints it instead of the result
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) issue: IssueArguments,
    #[command(flatten)]
    pub(crate) fetch: FetchArguments,
}

/// Where the report goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for an issue")]
pub(crate) struct IssueArguments {
    /// Open, update or close the issue with the label `docs-drift`, with the `gh` program; drift is then
    /// not a failure
    #[arg(long)]
    pub(crate) issue: bool,
    /// Print the `gh` commands without running them
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
    /// Hours until a fetched page is fetched again
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    max_age: u32,
    /// Empty the cache of fetched pages first
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

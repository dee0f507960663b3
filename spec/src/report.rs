//! Prints the result of a command for a person, a program, a workflow log or a pull request.

mod entry;
mod github;
mod json;
mod markdown;
#[cfg(test)]
mod tests;
mod text;

use std::{fmt::Write as _, str::FromStr};

use crate::{
    diff::{Compared, Comparison, LocatedChange, Step as VersionStep},
    files::{Change, ChangeKind},
    finding::{Finding, Severity},
    markdown::count,
};

/// The results of a command.
#[derive(Clone, Debug, Default)]
pub struct Report {
    steps: Vec<Step>,
    findings: Vec<Finding>,
    input_is_invalid: bool,
    meaning: Option<Comparison>,
}

/// The files of a stage of the pipeline, and their changes.
#[derive(Clone, Debug)]
pub struct Step {
    /// The stage that produces the files.
    pub stage: Stage,
    /// The number of files that the stage produces.
    pub files: usize,
    /// The files that are, or were, out of date.
    pub changes: Vec<Change>,
    /// The command that updates the files; `None` if they are up to date.
    pub fix: Option<String>,
}

/// A stage of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Pages of the documentation → fragments.
    Pages,
    /// Fragments and overlays → OpenAPI documents, and the reports on them.
    Documents,
    /// OpenAPI documents → Rust source.
    Generated,
}

/// The verdict of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything is up to date.
    UpToDate,
    /// Files are out of date, or rules are violated.
    Drift,
    /// Some input is unreadable or invalid.
    Invalid,
}

/// The format of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Text,
    /// For a program: one object.
    Json,
    /// Workflow commands of GitHub Actions: annotations in the changed files.
    Github,
    /// For a comment on a pull request.
    Markdown,
}

impl From<Step> for Report {
    fn from(step: Step) -> Self {
        Self {
            steps: vec![step],
            ..Self::default()
        }
    }
}

impl Report {
    /// Adds the outcome of one stage.
    pub fn step(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Adds findings that kept a stage from running: its input is unreadable or invalid.
    pub fn invalid(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        self.input_is_invalid = true;
    }

    /// Adds findings that are a consequence of reported drift, or violate a rule.
    pub fn violations(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// Sets the changes of meaning of documents.
    pub fn meaning(&mut self, comparison: Comparison) {
        self.meaning = Some(comparison);
    }

    /// The verdict of a command.
    pub fn verdict(&self) -> Verdict {
        let fails = self.meaning.as_ref().is_some_and(Comparison::fails);
        if self.input_is_invalid {
            Verdict::Invalid
        } else if self.violated().next().is_none() && self.drift().next().is_none() && !fails {
            Verdict::UpToDate
        } else {
            Verdict::Drift
        }
    }

    /// The findings that are not only information.
    fn violated(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(|finding| finding.severity() != Some(Severity::Info))
    }

    /// The report as text, with a newline at its end.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => text::render(self),
            Format::Json => json::render(self),
            Format::Github => github::render(self),
            Format::Markdown => markdown::render(self),
        }
    }

    /// Files that are, or were, out of date, each with its step.
    fn files(&self) -> impl Iterator<Item = (&Step, &Change)> {
        let steps = self.steps.iter();
        steps.flat_map(|step| step.changes.iter().map(move |change| (step, change)))
    }

    /// The files that are still out of date.
    fn drift(&self) -> impl Iterator<Item = (&Step, &Change)> {
        self.files().filter(|(step, _)| step.fix.is_some())
    }

    /// The commands that bring all files up to date, without repetitions and without commands that another one
    /// includes.
    fn fixes(&self) -> Vec<&str> {
        let mut commands: Vec<&str> = self
            .drift()
            .filter_map(|(step, _)| step.fix.as_deref())
            .collect();
        commands.dedup();
        let all = commands.clone();
        let is_in = |command: &str, other: &str| other != command && other.contains(command);
        commands.retain(|command| !all.iter().any(|other| is_in(command, other)));
        commands
    }

    /// A line for each step that wrote files; a single line if everything is up to date.
    fn summary(&self) -> Vec<String> {
        match self.steps.as_slice() {
            [] => Vec::new(),
            steps if steps.len() > 1 && self.verdict() == Verdict::UpToDate => {
                let parts = steps
                    .iter()
                    .map(|step| count(step.files, step.stage.noun()));
                let parts: Vec<String> = parts.collect();
                vec![format!("all up to date: {}", parts.join(", "))]
            }
            steps => steps.iter().filter_map(Step::summary).collect(),
        }
    }
}

impl Step {
    /// `generated: 14 files, all up to date`, or the written files. Drift has no summary.
    fn summary(&self) -> Option<String> {
        let head = format!("{}: {}", self.stage.as_str(), count(self.files, "file"));
        if self.changes.is_empty() {
            return Some(format!("{head}, all up to date"));
        }
        if self.fix.is_some() {
            return None;
        }
        let is_stale = |change: &&Change| change.kind == ChangeKind::Stale;
        let removed = self.changes.iter().filter(is_stale).count();
        let written = self.changes.len() - removed;
        let mut line = head;
        for (number, verb) in [(written, "written"), (removed, "removed")] {
            if number > 0 {
                // Writing to a String cannot fail.
                let _ = write!(line, ", {number} {verb}");
            }
        }
        Some(line)
    }

    /// The problem of the file, or the change that was made.
    fn explain(&self, change: &Change) -> &'static str {
        match (self.stage, change.kind) {
            (_, ChangeKind::Missing) if self.fix.is_none() => "added",
            (_, ChangeKind::Differs) if self.fix.is_none() => "changed",
            (_, ChangeKind::Stale) if self.fix.is_none() => "removed",
            (Stage::Pages, ChangeKind::Missing) => "the page has no fragment yet",
            (Stage::Pages, ChangeKind::Differs) => {
                "not what the page says: the page has changed, or the fragment was edited by hand"
            }
            (Stage::Pages, ChangeKind::Stale) => "another page gives this operation now",
            (Stage::Documents, ChangeKind::Missing) => "this document is missing",
            (Stage::Documents, ChangeKind::Differs) => {
                "not what the facts and overlays give: one of them has changed, or this file was \
                 edited by hand (corrections belong in spec/overlays)"
            }
            (Stage::Documents, ChangeKind::Stale) => "no fragment leads to this document any more",
            (Stage::Generated, ChangeKind::Missing) => "this generated file is missing",
            // The first line has the fingerprint of the document.
            (Stage::Generated, ChangeKind::Differs) if change.line == Some(1) => {
                "generated from another state of the document"
            }
            (Stage::Generated, ChangeKind::Differs) => {
                "not what the generator writes: this generated file was edited by hand, or the \
                 generator has changed"
            }
            (Stage::Generated, ChangeKind::Stale) => "this file is no longer generated",
        }
    }
}

impl Stage {
    /// The noun for one of its files.
    fn noun(self) -> &'static str {
        match self {
            Self::Pages => "fragment",
            Self::Documents => "document",
            Self::Generated => "generated file",
        }
    }

    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pages => "fragments",
            Self::Documents => "documents",
            Self::Generated => "generated",
        }
    }
}

impl Verdict {
    /// The exit code of the command: 0, 1 or 2.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::UpToDate => 0,
            Self::Drift => 1,
            Self::Invalid => 2,
        }
    }
}

impl Format {
    /// The names on the command line.
    pub const NAMES: [&'static str; 4] = ["text", "json", "github", "markdown"];
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "github" => Ok(Self::Github),
            "markdown" => Ok(Self::Markdown),
            _ => Err(format!("expected one of {}", Self::NAMES.join(", "))),
        }
    }
}

/// Changes of meaning by title: breaking changes first, accepted changes last.
fn sections(comparison: &Comparison) -> Vec<(&'static str, Vec<(&Compared, &LocatedChange)>)> {
    let severities = [Severity::Breaking, Severity::Warning, Severity::Info];
    let open = severities.map(|severity| (severity.as_str(), comparison.open(severity).collect()));
    let accepted = ("accepted", comparison.accepted().collect());
    let mut sections: Vec<(_, Vec<_>)> = open.into_iter().chain([accepted]).collect();
    sections.retain(|(_, changes)| !changes.is_empty());
    sections
}

/// The version step for the changes, if they need one.
fn version_step(comparison: &Comparison) -> Option<&'static str> {
    let step = comparison.suggested_step();
    (step != VersionStep::None).then(|| step.as_str())
}

/// The first `lines` lines of a diff, and a note about the omitted ones.
fn shortened(diff: &str, lines: usize) -> String {
    let total = diff.lines().count();
    if total <= lines {
        return diff.to_owned();
    }
    let mut short: String = diff.split_inclusive('\n').take(lines).collect();
    // Writing to a String cannot fail.
    let _ = writeln!(
        short,
        "… {} left out; --format json has them all",
        count(total - lines, "line")
    );
    short
}

//! The workspace of a command, and its outcome.

use std::path::PathBuf;

use heffl_spec::{
    Finding,
    diff::{Compared, Comparison, Document, Severity},
    files::FileSet,
    input,
    report::{Report, Stage, Step, Verdict},
};

use crate::{failed::Result, streams::Streams};

/// The documents, each with the module of the `heffl` crate that is generated from it.
pub(crate) const DOCUMENTS: [(&str, &str); 2] =
    [("v1", "spec/heffl-v1.yaml"), ("v2", "spec/heffl-v2.yaml")];

/// The outcome of a command.
#[derive(Debug)]
pub(crate) enum Outcome {
    Report(Report),
    /// The report of `docs drift`, the Markdown that is printed in its place, and how it ended.
    Drift(Report, Option<String>, Verdict),
    /// Text for standard output.
    Text(String),
    /// Another program has printed its result, and returned this code.
    Exit(u8),
}

/// The workspace that a command works on, and where the command prints to.
#[derive(Debug)]
pub(crate) struct Task<'a, 'b> {
    pub(crate) root: PathBuf,
    pub(crate) streams: &'a mut Streams<'b>,
}

impl Task<'_, '_> {
    /// Compares the files of a stage with the tree if `fix` is a command, otherwise writes them.
    pub(crate) fn step(&self, stage: Stage, files: &FileSet, fix: Option<&str>) -> Result<Step> {
        let changes = match fix {
            Some(_) => files.compare(&self.root)?,
            None => files.write(&self.root)?,
        };
        Ok(Step {
            stage,
            files: files.count(),
            changes,
            fix: fix.map(str::to_owned),
        })
    }

    /// Compares the meaning of the documents in the tree with `wanted`: only of documents whose text differs. A missing
    /// or invalid document is not compared.
    pub(crate) fn meaning(
        &self,
        wanted: &[(String, String)],
        fail_on: Option<Severity>,
    ) -> Option<Comparison> {
        let compare = |(path, text): &(String, String)| {
            let found = input::read(&self.root.join(path), path).ok()?;
            let is_same = found.replace("\r\n", "\n") == *text;
            let document = |name, text| Document { name, text };
            let old = document(format!("{path} in the tree"), found);
            let new = document(path.clone(), text.clone());
            (!is_same).then(|| Compared::between(&old, &new).ok())?
        };
        let documents: Vec<Compared> = wanted.iter().filter_map(compare).collect();
        (!documents.is_empty()).then_some(Comparison { documents, fail_on })
    }

    /// Prints the first warnings of an assembly.
    pub(crate) fn warn(&mut self, warnings: &[Finding]) {
        const MOST: usize = 20;
        for warning in warnings.iter().take(MOST) {
            self.streams.note(&format!("warning: {warning}"));
        }
        let rest = warnings.len().saturating_sub(MOST);
        if rest > 0 {
            self.streams.note(&format!("… and {rest} more warnings"));
        }
    }
}

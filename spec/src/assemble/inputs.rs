//! The input of assembly: the texts of all files below `spec` that are not code.

use std::{collections::BTreeMap, fs, path::Path};

use indexmap::IndexMap;

use super::{
    CONFLICTS_FILE, CONFLICTS_REPORT, COVERAGE_REPORT, NAMES_FILE, OVERLAYS, SUSPECTED_FILE,
    descriptions::DESCRIPTIONS,
};
use crate::{
    assemble::layers,
    coverage::LEFT_OUT,
    files,
    finding::{self, Finding},
    fragment::Fragment,
    input,
};

/// The folder of pulled fragments, each at the address of its page.
pub(crate) const PAGES: &str = "spec/pages";

/// The folder of handwritten facts, with a folder for each version.
pub(crate) const FACTS: &str = "spec/facts";

/// Addresses of saved pages; not a fragment.
pub(crate) const INDEX: &str = "spec/pages/index.yaml";

/// The files that assembly reads: texts by path, relative to the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    texts: BTreeMap<String, String>,
}

impl Inputs {
    /// Reads all files below `root`, the folder of the workspace.
    pub fn read(root: &Path) -> Result<Self, Vec<Finding>> {
        let mut inputs = Self::default();
        let mut findings = Vec::new();
        if !root.join(PAGES).is_dir() && !root.join(FACTS).is_dir() {
            let message = "there is neither spec/pages nor spec/facts";
            let finding = Finding::new("unreadable", message).file(PAGES);
            return Err(finding.help("run this in the workspace").into());
        }
        for folder in [PAGES, FACTS, OVERLAYS, DESCRIPTIONS] {
            if root.join(folder).is_dir() {
                inputs.folder(root, folder, &mut findings);
            }
        }
        for file in [NAMES_FILE, CONFLICTS_FILE, SUSPECTED_FILE] {
            if root.join(file).exists() {
                inputs.file(root, file.to_owned(), &mut findings);
            }
        }
        for (file, report, entry) in [
            (CONFLICTS_FILE, CONFLICTS_REPORT, "\n### "),
            (SUSPECTED_FILE, COVERAGE_REPORT, LEFT_OUT),
        ] {
            let report_text = fs::read_to_string(root.join(report)).unwrap_or_default();
            if report_text.contains(entry) && !root.join(file).exists() {
                let message = format!("the file is missing, but {report} has entries from it");
                let help = format!("restore it; if it is no longer needed, delete {report} too");
                let finding = Finding::new("file-missing", message).file(file);
                findings.push(finding.help(help));
            }
        }
        finding::unless(findings, inputs)
    }

    fn folder(&mut self, root: &Path, folder: &str, findings: &mut Vec<Finding>) {
        for entry in files::below(&root.join(folder)) {
            match entry {
                Ok((name, _)) if Path::new(&name).extension().is_some_and(|it| it == "yaml") => {
                    self.file(root, format!("{folder}/{name}"), findings);
                }
                Ok(_) => {}
                Err(error) => findings.push(
                    Finding::new("unreadable", format!("cannot be read: {error}"))
                        .file(folder)
                        .help("check the file at this path, and its permissions"),
                ),
            }
        }
    }

    fn file(&mut self, root: &Path, path: String, findings: &mut Vec<Finding>) {
        let text = finding::keep(input::read(&root.join(&path), &path), findings);
        self.texts.extend(text.map(|text| (path, text)));
    }

    /// The same files, with these added or replaced, and without the paths in `gone`.
    #[must_use]
    pub fn with(&self, files: impl IntoIterator<Item = (String, String)>, gone: &[String]) -> Self {
        let mut texts = self.texts.clone();
        texts.extend(files);
        texts.retain(|path, _| !gone.contains(path));
        Self { texts }
    }

    /// The text of a file that may be missing.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// The files in a folder and those below it, in the order of their paths.
    pub(crate) fn below(&self, folder: &str) -> impl Iterator<Item = (&str, &str)> {
        let start = format!("{folder}/");
        self.texts
            .range(start.clone()..)
            .take_while(move |(path, _)| path.starts_with(&start))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The fragments by version, in the order of their paths.
    pub fn fragments(&self) -> Result<IndexMap<String, Vec<Fragment>>, Vec<Finding>> {
        let mut versions: BTreeMap<String, Vec<Fragment>> = BTreeMap::new();
        let mut findings = Vec::new();
        for (path, text) in self.below(FACTS).chain(self.below(PAGES)) {
            if path == INDEX {
                continue;
            }
            if let Some(fragment) = finding::keep(Fragment::parse(text, path), &mut findings) {
                let known = versions.entry(version(&fragment));
                known.or_default().push(fragment);
            }
        }
        finding::unless(findings, versions.into_iter().collect())
    }
}

/// The version of a fragment: for facts, their folder; for a page, the last part of its server's
/// path, or the end of its address's first part (`api-v2/errors`). An API without versions has one, v1.
pub(crate) fn version(fragment: &Fragment) -> String {
    let is_version = |part: &&str| {
        part.strip_prefix('v').is_some_and(|number| {
            !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
        })
    };
    let below_facts = fragment.file.strip_prefix(FACTS);
    if let Some((folder, _)) = below_facts.and_then(|it| it.strip_prefix('/')?.split_once('/')) {
        return folder.to_owned();
    }
    let server = fragment.document.get("servers").and_then(layers::server);
    let of_server = server.as_deref().and_then(|it| it.rsplit('/').next());
    let address = fragment.page.as_ref().map(|page| page.address.as_str());
    let section = address.and_then(|address| address.split('/').next());
    let mut words = section.unwrap_or_default().split('-');
    let of_server = of_server.filter(is_version);
    let of_section = || words.clone().next_back().filter(is_version);
    of_server
        .or_else(of_section)
        .or_else(|| words.find(is_version))
        .unwrap_or("v1")
        .to_owned()
}

//! Fixtures of pages, and the results of the parser.

use std::{fs, path::PathBuf};

use heffl_spec::{Finding, page, yaml};

use crate::workspace;

/// A folder of pages in one form.
#[derive(Clone, Copy, Debug)]
pub struct Pages {
    /// Below `tests/fixtures`.
    pub folder: &'static str,
    /// The ending of the files' names.
    pub ending: &'static str,
}

impl Pages {
    fn folder(self) -> PathBuf {
        workspace().join("tests/fixtures").join(self.folder)
    }

    /// The text of a page.
    ///
    /// # Panics
    ///
    /// If the page does not exist.
    pub fn text(self, name: &str) -> String {
        let file = format!("{name}.{}", self.ending);
        fs::read_to_string(self.folder().join(&file))
            .unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// All pages by name, sorted.
    ///
    /// # Panics
    ///
    /// When the folder cannot be read.
    pub fn all(self) -> Vec<(String, String)> {
        let mut names: Vec<String> = fs::read_dir(self.folder())
            .expect("the folder of fixtures can be read")
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                Some(path.file_stem()?.to_string_lossy().into_owned())
            })
            .collect();
        names.sort();
        let page = |name: String| (name.clone(), self.text(&name));
        names.into_iter().map(page).collect()
    }

    /// The fragment of a page as YAML, or the printed findings.
    ///
    /// # Panics
    ///
    /// If the page does not exist.
    pub fn outcome(self, name: &str) -> String {
        match page::parse(&self.text(name), &format!("workshop/{name}")) {
            Ok(fragment) => yaml::write_compact(&fragment),
            Err(findings) => show(&findings, &format!("{name}.{}", self.ending)),
        }
    }
}

/// Findings as they are printed.
pub fn show(findings: &[Finding], file: &str) -> String {
    findings
        .iter()
        .map(|finding| format!("{}\n", finding.clone().file(file)))
        .collect()
}

/// A snapshot test for each page of a folder, and a test that every page has one.
#[macro_export]
macro_rules! page_snapshots {
    ($pages:expr; $($test:ident: $name:literal,)*) => {
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!($name, $pages.outcome($name));
            }
        )*

        /// Every fixture must have a test.
        #[test]
        fn every_fixture_has_a_test() {
            let mut tested = vec![$($name),*];
            tested.sort_unstable();
            let present: Vec<_> = $pages.all().into_iter().map(|(name, _)| name).collect();
            assert_eq!(tested, present);
        }
    };
}

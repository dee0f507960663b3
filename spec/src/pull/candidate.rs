//! What a page gives: its record, and the file that it goes into.

use crate::Finding;
use crate::page;
use crate::record::{Guide, Record};
use crate::yaml;

use super::source::{self, Source};
use super::{HEADER, PAGES, existing};

/// A page that was read, and where its record goes.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The saved page.
    pub(super) source: String,
    pub(super) path: String,
    pub(super) text: String,
    pub(super) record: Record,
    /// See [`existing::operation_key`].
    pub(super) operation: Option<(String, String)>,
}

/// Reads a page.
pub(super) fn record(
    source: &Source,
    text: &str,
    address: Option<&str>,
) -> Result<Record, Vec<Finding>> {
    let Some(address) = address else {
        return Err(vec![
            Finding::new(
                "page-address-unknown",
                format!("{} does not say which page this is", source::INDEX),
            )
            .help(format!(
                "add the line `{}: <address of the page below the site>` to {}",
                source.stem,
                source::INDEX
            )),
        ]);
    };
    page::parse(text, address)
}

impl Candidate {
    pub(super) fn new(source: &str, record: Record) -> Result<Self, Finding> {
        let version = version(&record).ok_or_else(|| {
            Finding::new(
                "page-version-unknown",
                "the page names no server whose path ends in a version such as v2",
            )
            .help("keep the page's record by hand (form: facts)")
        })?;
        let name = file_name(&record).ok_or_else(|| {
            Finding::new(
                "page-address-unusable",
                format!(
                    "the last part of the address `{}` cannot name a file",
                    record.page
                ),
            )
            .help(format!("correct the address in {}", source::INDEX))
        })?;
        let value = serde_json::to_value(&record)
            .map_err(|error| Finding::new("record-unwritable", error.to_string()))?;
        Ok(Self {
            source: source.to_owned(),
            path: format!("{PAGES}/{version}/{name}.yaml"),
            text: format!("{HEADER}{}", yaml::write(&value)?),
            operation: existing::operation_key(&record, &version),
            record,
        })
    }
}

/// A guide that is about something else than an API.
pub(super) fn says_nothing(record: &Record) -> bool {
    version(record).is_none() && record.guide == Some(Guide::default())
}

/// The version directory: last segment of the server's path, or for a guide without a server the
/// version in its address.
fn version(record: &Record) -> Option<String> {
    let server = match (&record.operation, &record.guide) {
        (Some(operation), _) => operation.server.as_deref(),
        (None, Some(guide)) => guide.base_url.as_deref(),
        (None, None) => None,
    };
    if let Some(server) = server {
        return server
            .rsplit('/')
            .next()
            .filter(|segment| is_version(segment))
            .map(str::to_owned);
    }
    record.guide.as_ref()?;
    let root = record.page.split('/').next()?;
    root.rsplit('-')
        .next()
        .filter(|part| is_version(part))
        .map(str::to_owned)
}

fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|number| {
        !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
    })
}

/// File name without its extension.
fn file_name(record: &Record) -> Option<String> {
    let last = record.page.rsplit('/').next()?;
    let usable = !last.is_empty()
        && last
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    usable.then(|| {
        if record.guide.is_some() {
            format!("guide-{last}")
        } else {
            last.to_owned()
        }
    })
}

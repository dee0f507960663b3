//! Fragments: the facts of one page, or of other sources, as a cut-down OpenAPI document.
//!
//! Fragments below `spec/pages` are written by `docs pull`, one a page; those below `spec/facts` are kept
//! by hand. Both name the evidence of their facts ([`Evidence`]), which applies to everything below the key.

mod evidence;
pub(crate) mod guide;
mod normal;
mod rules;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use evidence::Evidence;
pub(crate) use evidence::{EVIDENCE, RULE};
pub(crate) use normal::normalise;

use crate::{
    finding::{self, Finding},
    openapi, yaml,
};

/// The key of [`Page`] at the root of a pulled fragment; on an operation kept by hand, the address of the
/// page that documents it.
pub(crate) const PAGE: &str = "x-heffl-page";

/// Kinds of records by the prefix of their identifiers, at the root.
pub(crate) const PREFIXES: &str = "x-heffl-prefixes";

/// Components for the responses that every operation has, by status, at the root.
pub(crate) const RESPONSES: &str = "x-heffl-responses";

/// The facts of a guide, section by section, at the root.
pub(crate) const GUIDE: &str = "x-heffl-guide";

/// The rate limits of clients, at the root.
pub(crate) const RATE_LIMITS: &str = "x-heffl-rate-limits";

/// The addresses that facts were gathered from.
pub(crate) const SOURCES: &str = "x-heffl-sources";

/// Properties that are not copied from a schema that `allOf` refers to.
pub(crate) const EXCEPT: &str = "x-heffl-except";

/// An object whose keys that start with `cf_` are custom fields.
pub(crate) const CUSTOM_FIELDS: &str = "x-heffl-custom-fields";

/// An identifier: its prefix, and its kind of record.
pub(crate) const ID: &str = "x-heffl-id";

/// The status of a success if the page does not name it.
pub(crate) const ANY_SUCCESS: &str = "2XX";

/// A parsed fragment.
#[derive(Clone, Debug, PartialEq)]
pub struct Fragment {
    /// Its file, relative to the workspace.
    pub file: String,
    /// The page it was pulled from; `None` for facts that are kept by hand.
    pub page: Option<Page>,
    /// The document: OpenAPI 3.0, with `x-heffl-evidence` on every operation, parameter, response and
    /// property.
    pub document: Value,
    /// Warnings about keywords that OpenAPI 3.0 does not have.
    pub warnings: Vec<Finding>,
}

/// The page that a fragment was pulled from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Its path below the documentation site, for example `api-v2-reference/objects/get-a-quotation`.
    pub address: String,
    /// The form it was read from.
    pub form: Form,
    /// Hash of the fragment without this head: it changes if the fragment is edited.
    pub facts: Hash,
    /// Hash of the page's descriptions alone, to distinguish a change of wording from a change of facts without storing
    /// the text.
    pub wording: Hash,
    /// The detected losses of the text extraction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
}

/// The form of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Text of a rendered page, one text node a line.
    RenderedText,
    /// Markdown.
    Markdown,
}

/// `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(pub String);

impl Hash {
    /// The hash of `text`.
    pub fn of(text: &str) -> Self {
        use fmt::Write as _;
        use sha2::{Digest as _, Sha256};
        let mut hex = String::from("sha256:");
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }
}

/// Something that the extraction of a page's text lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lost", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// The name and type of a field are missing before its description.
    FieldName {
        /// The section, for example `Query Parameters`.
        section: String,
        /// The field before it, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// Cells of a table that are ambiguous: they run together, or name no operation where there
    /// should be one. They are still compared.
    Cells {
        /// The heading of the section.
        section: String,
        /// The head of the table, or the start of the row.
        table: String,
    },
    /// The end of the page: it is truncated. Facts after the cut may still be true.
    End {},
    /// The last option of an enum ends in a comma, so a `null` member is missing.
    NullOption {
        /// The field's name.
        field: String,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FieldName { section, after } => match after {
                Some(after) => write!(f, "name and type of the field after `{after}` in {section}"),
                None => write!(f, "name and type of the first field in {section}"),
            },
            Self::Cells { section, table } => {
                write!(f, "the cells of `{table}` in the section `{section}`")
            }
            Self::End {} => f.write_str("the end of the page: it breaks off"),
            Self::NullOption { field } => write!(f, "null among the options of `{field}`"),
        }
    }
}

impl Fragment {
    /// Reads a fragment, strictly: unknown keys in a file that is kept by hand are errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Finding>> {
        let value = yaml::read(text, file)?;
        Self::new(value, file).map_err(|mut findings| {
            let lines = yaml::Lines::of(text);
            for finding in &mut findings {
                if let Some(pointer) = &finding.pointer {
                    finding.line.get_or_insert(lines.find(pointer));
                }
            }
            findings
        })
    }

    /// Reads a fragment from a parsed document.
    pub fn new(mut document: Value, file: &str) -> Result<Self, Vec<Finding>> {
        let page = rules::page(&mut document, file)?;
        if let Some(page) = &page
            && page.facts != Self::hash(&document)
        {
            let message = "the fragment was edited after it was pulled";
            return Err(Finding::new("fragment-edited", message)
                .file(file)
                .pointer(format!("/{PAGE}/facts"))
                .help("pull the page again; a correction belongs in spec/overlays, and a fact from another source in spec/facts")
                .into());
        }
        let mut findings = rules::check(&document, page.is_none());
        if page.is_some() {
            guide::expand(&mut document);
        }
        let mut warnings = rules::agree(&mut document, page.is_some());
        if page.is_none() {
            findings.append(&mut warnings);
        }
        if findings.is_empty() {
            normalise(&mut document, &mut warnings);
            evidence::resolve(&mut document, &mut findings);
        }
        for finding in findings.iter_mut().chain(&mut warnings) {
            finding.file = Some(file.to_owned());
        }
        let file = file.to_owned();
        finding::unless(
            findings,
            Self {
                file,
                page,
                document,
                warnings,
            },
        )
    }

    /// The hash of a fragment's facts, without its head.
    pub fn hash(document: &Value) -> Hash {
        let mut facts = document.clone();
        if let Some(map) = facts.as_object_mut() {
            map.shift_remove(PAGE);
        }
        Hash::of(&facts.to_string())
    }

    /// The addresses of all pages that its facts come from.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &str> {
        let operations = self.operations().map(|(_, _, operation)| operation);
        let named = operations.chain([&self.document]).flat_map(|value| {
            let sources = openapi::elements(value.get(SOURCES)).filter_map(Value::as_str);
            sources.chain(openapi::text(value, PAGE))
        });
        named.chain(self.page.as_ref().map(|page| page.address.as_str()))
    }

    /// All operations: path, method, operation.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        openapi::operations(&self.document)
    }
}

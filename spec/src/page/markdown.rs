//! The parser for the Markdown form of a page.
//!
//! ````text
//! lines → envelope ┬→ fence → tree → facts → fragment
//!                  └→ the text of a guide
//! ````
//!
//! The fence of an endpoint's page holds an OpenAPI document that is cut down to the operation. That is
//! what a fragment is: its prose goes, every keyword stays.

mod envelope;
mod facts;
mod tree;

use serde_json::{Map, Value};

use crate::finding::Finding;
use crate::fragment::Form;

use super::lines::{Line, Page};
use super::{Parsed, guide};

use envelope::{Envelope, Fence};

pub(super) use envelope::is_markdown;

/// Reads a Markdown page.
pub(super) fn parse(page: &Page, address: &str) -> Result<Parsed, Vec<Finding>> {
    let Envelope { text, fence } =
        envelope::open(page, address).map_err(|finding| vec![finding])?;
    let mut parsed = Parsed {
        form: Form::Markdown,
        is_reference: fence.is_some(),
        facts: Map::new(),
        wording: Vec::new(),
        losses: Vec::new(),
    };
    match fence {
        Some(fence) => {
            parsed.wording = filled(&text).map(str::to_owned).collect();
            parsed.facts =
                read_fence(&fence, &mut parsed.wording).map_err(|finding| vec![finding])?;
        }
        None => {
            refuse_others(&text).map_err(|finding| vec![finding])?;
            let reading = guide::read_markdown(&text);
            parsed.facts = reading.facts;
            parsed.losses = reading.losses;
            parsed.wording = filled(&text).map(str::to_owned).collect();
        }
    }
    Ok(parsed)
}

fn filled<'a>(lines: &'a [&Line]) -> impl Iterator<Item = &'a str> {
    lines
        .iter()
        .map(|line| line.trimmed())
        .filter(|text| !text.is_empty())
}

fn read_fence(fence: &Fence<'_>, wording: &mut Vec<String>) -> Result<Map<String, Value>, Finding> {
    let tree = tree::read(fence.lines)?;
    let finding = |rule, message: String, help: &str| {
        Err(Finding::new(rule, message).line(fence.number).help(help))
    };
    if tree.pointer("/paths/path").is_some_and(Value::is_string) {
        return finding(
            "page-dialect-older",
            "the page holds a tree of the site's own, as such sites made until 2025".to_owned(),
            "save the page again: these sites have OpenAPI in their pages now",
        );
    }
    match tree.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") || version.starts_with("3.1.") => {}
        Some(version) => {
            return finding(
                "page-dialect-unknown",
                format!(
                    "the page holds an OpenAPI document of version `{}`",
                    version.escape_debug()
                ),
                "versions 3.0 and 3.1 are read; write the page's facts down in spec/facts",
            );
        }
        None => {
            return finding(
                "page-dialect-unknown",
                "the page holds no OpenAPI document".to_owned(),
                "write the page's facts down in spec/facts",
            );
        }
    }
    let Some(facts) = facts::read(tree, &fence.method, fence.path, wording) else {
        return finding(
            "page-routes-disagree",
            format!(
                "the fence is about {} {}, but the document inside does not have it",
                fence.method, fence.path
            ),
            "two pages may be mixed in this file; save the page again",
        );
    };
    Ok(facts)
}

/// Pages that are neither an endpoint's nor a guide.
fn refuse_others(text: &[&Line]) -> Result<(), Finding> {
    let handwritten = text.iter().find(|line| {
        ["<ParamField", "<ResponseField"]
            .iter()
            .any(|tag| line.trimmed().starts_with(tag))
    });
    if let Some(line) = handwritten {
        return Err(Finding::new(
            "page-handwritten",
            "the page is written by hand: its fields have no schema",
        )
        .line(line.number)
        .help("write its facts down in spec/facts"));
    }
    if !text.iter().any(|line| line.text.starts_with("# ")) {
        return Err(Finding::new(
            "page-unknown",
            "this is neither a reference page nor a guide: it has no title",
        )
        .line(text.first().map_or(1, |line| line.number))
        .help("save the whole page again"));
    }
    Ok(())
}

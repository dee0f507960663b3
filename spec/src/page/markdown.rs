//! The parser for the Markdown form of a page.
//!
//! ````text
//! lines → envelope ┬→ fence → tree → older → operation → schema → Record
//!                  └→ guide → tables, base URL, rates
//! ````
//!
//! The fence of an endpoint's page holds an OpenAPI document that is cut down to the operation, or
//! on older sites a tree of the site's own, which is turned into such a document first.

mod envelope;
mod facts;
mod guide;
mod older;
mod operation;
mod schema;
mod tree;

use serde_json::Value;

use crate::Finding;
use crate::record::{FORMAT, Form, Hash, Record};

use super::MAX_FINDINGS;
use super::endpoint;
use super::fields::Notes;
use super::lines::{Line, Page};

use envelope::{Envelope, Fence};
use schema::Reader;

pub(super) use envelope::is_markdown;

/// Reads a Markdown page.
pub(super) fn parse(page: &Page, address: &str) -> Result<Record, Vec<Finding>> {
    let Envelope { text, fence } =
        envelope::open(page, address).map_err(|finding| vec![finding])?;
    let mut content = String::new();
    for line in text.iter().filter(|line| !line.is_blank()) {
        content.push_str(&line.text);
        content.push('\n');
    }
    for line in fence.iter().flat_map(|fence| fence.lines) {
        content.push_str(&line.text);
        content.push('\n');
    }
    let mut record = Record {
        record: FORMAT,
        form: Form::Markdown,
        page: address.to_owned(),
        content: Some(Hash::of(&content)),
        wording: None,
        sources: Vec::new(),
        losses: Vec::new(),
        document: None,
        operation: None,
        guide: None,
    };
    let wording = match fence {
        Some(fence) => {
            let mut wording: Vec<String> = filled(&text).map(str::to_owned).collect();
            read_fence(&fence, &mut record, &mut wording)?;
            wording
        }
        None => {
            refuse_others(&text)?;
            let reading = guide::read(&text)?;
            record.guide = Some(reading.guide);
            reading.wording
        }
    };
    record.wording = Some(Hash::of(&wording.join("\n")));
    Ok(record)
}

fn filled<'a>(lines: &'a [&Line]) -> impl Iterator<Item = &'a str> {
    lines
        .iter()
        .map(|line| line.trimmed())
        .filter(|text| !text.is_empty())
}

fn read_fence(
    fence: &Fence<'_>,
    record: &mut Record,
    wording: &mut Vec<String>,
) -> Result<(), Vec<Finding>> {
    let tree = tree::read(fence.lines).map_err(|finding| vec![finding])?;
    descriptions(&tree, wording);
    let document = if older::is_tree(&tree) {
        record.form = Form::MarkdownB1;
        older::document(&tree)
    } else {
        record.form = Form::MarkdownB2;
        record.document = operation::document(&tree);
        check_version(&tree, fence)?;
        tree
    };
    let mut reader = Reader::new(&document);
    record.operation = operation::read(&mut reader, &document, fence);
    let mut notes = Notes::default();
    if let Some(operation) = &record.operation {
        endpoint::check_path(
            &operation.path,
            &operation.parameters,
            fence.number,
            &mut notes,
        );
    }
    let mut findings = reader.findings;
    findings.append(&mut notes.findings);
    if findings.is_empty() {
        return Ok(());
    }
    // Pointers are relative to the fence.
    for finding in &mut findings {
        finding.line.get_or_insert(fence.number);
    }
    findings.truncate(MAX_FINDINGS);
    Err(findings)
}

fn check_version(document: &Value, fence: &Fence<'_>) -> Result<(), Vec<Finding>> {
    let version = document.get("openapi").and_then(Value::as_str);
    if version.is_some_and(|version| version.starts_with("3.0.") || version.starts_with("3.1.")) {
        return Ok(());
    }
    let message = match version {
        Some(version) => format!(
            "the page holds an OpenAPI document of version `{}`",
            version.escape_debug()
        ),
        None => "the page holds neither an OpenAPI document nor the site's older tree".to_owned(),
    };
    Err(vec![
        Finding::new("page-dialect-unknown", message)
            .line(fence.number)
            .help("versions 3.0 and 3.1 are read; keep the page's record by hand (form: facts)"),
    ])
}

/// Collects what is written for people.
fn descriptions(value: &Value, wording: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(text)
                        if matches!(key.as_str(), "description" | "summary" | "title") =>
                    {
                        wording.push(text.clone());
                    }
                    _ => descriptions(value, wording),
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                descriptions(element, wording);
            }
        }
        _ => {}
    }
}

/// Pages that are neither an endpoint's nor a guide.
fn refuse_others(text: &[&Line]) -> Result<(), Vec<Finding>> {
    let handwritten = text.iter().find(|line| {
        ["<ParamField", "<ResponseField"]
            .iter()
            .any(|tag| line.trimmed().starts_with(tag))
    });
    let finding = if let Some(line) = handwritten {
        Finding::new(
            "page-handwritten",
            "the page is written by hand: its fields have no schema",
        )
        .line(line.number)
        .help("keep the page's record by hand (form: facts)")
    } else if !text.iter().any(|line| line.text.starts_with("# ")) {
        Finding::new(
            "page-unknown",
            "this is neither a reference page nor a guide: it has no title",
        )
        .line(text.first().map_or(1, |line| line.number))
        .help("save the whole page again")
    } else {
        return Ok(());
    };
    Err(vec![finding])
}

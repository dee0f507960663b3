//! `COVERAGE.md`.

use std::fmt::Write as _;

use serde_json::Value;

use super::{
    Tally, Version, listed,
    measure::{Operation, Weak, measure, weak_fields},
    suspected::Suspected,
    total,
};
use crate::{
    fragment::{ANY_SUCCESS, Evidence, Form},
    markdown::{cell, code, count, page},
    openapi::entries,
};

/// The heading of suspected operations.
pub(crate) const LEFT_OUT: &str = "\n## Left out on purpose\n\n";

const HEADER: &str = "<!-- Written by `cargo xtask assemble` from spec/pages, spec/overlays and spec/suspected.yaml. Do not edit. -->\n";

/// The coverage of all versions as Markdown.
pub(crate) fn render(versions: &[Version<'_>], suspected: &Suspected) -> String {
    let mut out = HEADER.to_owned();
    out.push_str(
        "# Coverage\n\n\
         How well each operation is known, and what nobody has documented. The evidence is explained in\n\
         [README.md](README.md#evidence). Fields are counted wherever they occur, nested ones included, and again in every\n\
         operation that has them; error responses are not counted. The form of a source is `rendered-text` if the page was\n\
         read by `docs pull`, and `facts` if its facts are written by hand because the page could not be read.\n",
    );
    // Writing to a String cannot fail, here and below.
    for version in versions {
        let operations = measure(version.document);
        let _ = writeln!(out, "\n## {}\n", version.name);
        summary(&mut out, &operations);
        table(&mut out, &operations);
        let _ = writeln!(out, "\n### What nobody has documented in {}", version.name);
        unread(&mut out, &operations);
        let parameters = operations
            .iter()
            .map(|it| (it.name.as_str(), it.weak.as_slice()));
        weak_table(&mut out, "parameter", "operation", parameters);
        let schemas: Vec<_> = entries(version.document.pointer("/components/schemas"))
            .map(|(name, schema)| (name, weak_fields(schema)))
            .collect();
        let fields = schemas
            .iter()
            .map(|(name, weak)| (name.as_str(), weak.as_slice()));
        weak_table(&mut out, "field", "schema", fields);
        losses(&mut out, version);
    }
    left_out(&mut out, suspected);
    out
}

fn summary(out: &mut String, operations: &[Operation]) {
    let mut columns = [(); 4].map(|()| Tally::new());
    for operation in operations {
        let known = operation
            .evidence
            .iter()
            .map(|evidence| (*evidence, 1))
            .collect();
        let tallies = [
            &known,
            &operation.parameters,
            &operation.request,
            &operation.response,
        ];
        for (column, tally) in columns.iter_mut().zip(tallies) {
            for (evidence, count) in tally {
                *column.entry(*evidence).or_default() += count;
            }
        }
    }
    out.push_str(
        "| | operations | parameters | request fields | response fields |\n|---|--:|--:|--:|--:|\n",
    );
    let mut row = |name: &str, value: &dyn Fn(&Tally) -> String| {
        let values = columns.each_ref().map(value).join(" | ");
        let _ = writeln!(out, "| {name} | {values} |");
    };
    let of = |tally: &Tally, evidence| tally.get(&evidence).copied().unwrap_or_default();
    for evidence in Evidence::ALL {
        row(evidence.as_str(), &|tally| of(tally, evidence).to_string());
    }
    row("**total**", &|tally| total(tally).to_string());
    row("**documented / all**", &|tally| {
        // Rounded down, so that 100 % means all of them.
        let percent = (of(tally, Evidence::Documented) * 100).checked_div(total(tally));
        percent.map_or("–".to_owned(), |percent| format!("{percent} %"))
    });
}

fn table(out: &mut String, operations: &[Operation]) {
    out.push_str(
        "\n| operation | evidence | source | form | parameters | request fields | response fields |\n|---|---|---|---|---|---|---|\n",
    );
    for operation in operations {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            code(&operation.name),
            operation.evidence.map_or("–", Evidence::as_str),
            page(&operation.page),
            operation.form,
            listed(&operation.parameters),
            listed(&operation.request),
            listed(&operation.response),
        );
    }
}

/// Operations whose page could not be read, beginning with those without any facts of the page.
fn unread(out: &mut String, operations: &[Operation]) {
    for (is_documented, what) in [
        (false, "known only from other pages and from programs"),
        (true, "whose page is incomplete"),
    ] {
        let is_listed = |operation: &&Operation| {
            let documented = operation.evidence == Some(Evidence::Documented);
            operation.form == "facts" && documented == is_documented
        };
        let operations: Vec<_> = operations.iter().filter(is_listed).collect();
        if !operations.is_empty() {
            let _ = writeln!(out, "\n{} {what}:\n", count(operations.len(), "operation"));
        }
        for operation in operations {
            let (name, page) = (code(&operation.name), page(&operation.page));
            let evidence = operation.evidence.map_or("–", Evidence::as_str);
            let _ = writeln!(out, "- {name}, {evidence}: {page}");
        }
    }
}

/// A row for each owner and kind of evidence.
fn weak_table<'a>(
    out: &mut String,
    noun: &str,
    owner: &str,
    rows: impl Iterator<Item = (&'a str, &'a [Weak])> + Clone,
) {
    let number = rows.clone().map(|(_, weak)| weak.len()).sum();
    if number == 0 {
        return;
    }
    let _ = write!(
        out,
        "\n{} less than documented:\n\n| {owner} | evidence | {noun}s |\n|---|---|---|\n",
        count(number, noun)
    );
    for (name, weak) in rows {
        for evidence in Evidence::ALL {
            let weak = weak.iter().filter(|(_, known)| *known == evidence);
            let names: Vec<String> = weak.map(|(name, _)| code(name)).collect();
            if !names.is_empty() {
                let (name, names) = (code(name), names.join(", "));
                let _ = writeln!(out, "| {name} | {evidence} | {names} |");
            }
        }
    }
}

fn losses(out: &mut String, version: &Version<'_>) {
    let mut lines = Vec::new();
    for fragment in version.fragments {
        let Some(head) = &fragment.page else { continue };
        let mut line = |what: &str| lines.push(format!("- {}: {what}", page(&head.address)));
        let is_unnamed = |(_, _, operation): (&str, &str, &Value)| {
            operation["responses"].get(ANY_SUCCESS).is_some()
        };
        if head.form == Form::RenderedText && fragment.operations().any(is_unnamed) {
            line("status and media type of the response");
        }
        for loss in &head.losses {
            line(&loss.to_string());
        }
    }
    if lines.is_empty() {
        return;
    }
    lines.sort();
    out.push_str("\nLost when pages were converted to text; facts and overlays fill the gaps as far as they are known:\n\n");
    for line in lines {
        let _ = writeln!(out, "{line}");
    }
}

fn left_out(out: &mut String, suspected: &Suspected) {
    if suspected.suspected.is_empty() {
        return;
    }
    out.push_str(LEFT_OUT);
    out.push_str(
        "Operations that something hints at and nothing describes. They are in no document.\n\n\
         | version | what | operations | why suspected | searched |\n|---|---|---|---|---|\n",
    );
    for group in &suspected.suspected {
        let operations: Vec<String> = group.operations.iter().map(|name| code(name)).collect();
        let operations = match operations.as_slice() {
            [] => "no path is known".to_owned(),
            operations => operations.join("<br>"),
        };
        let [name, why, searched] = [&group.name, &group.why, &group.searched].map(|it| cell(it));
        let versions = group.versions.join(", ");
        let _ = writeln!(
            out,
            "| {versions} | {name} | {operations} | {why} | {searched} |"
        );
    }
}

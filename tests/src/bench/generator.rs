//! `generator`: OpenAPI documents → Rust source.

use std::fs;

use heffl_codegen::Api;

use super::{Cell, Effort, Table, median};
use crate::workspace;

/// The documents, with the module that is generated from each.
const DOCUMENTS: [(&str, &str); 2] = [("v1", "spec/heffl-v1.yaml"), ("v2", "spec/heffl-v2.yaml")];

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let mut texts = Vec::new();
    for (module, file) in DOCUMENTS {
        let text = fs::read_to_string(workspace().join(file))
            .map_err(|error| format!("cannot read {file}: {error}"))?;
        texts.push((module, file, text));
    }
    let apis: Vec<Api<'_>> = texts
        .iter()
        .map(|&(module, file, ref text)| Api { module, file, text })
        .collect();
    let time = median(effort.choose(1, 9), || {
        heffl_codegen::generate(&apis).map_err(|problems| format!("{problems:?}"))
    })?;
    let mut table = Table::new(&[("documents", ""), ("generate", "ms")]);
    table.push([Cell::Text("v1 and v2".to_owned()), Cell::Number(time)]);
    Ok(table)
}

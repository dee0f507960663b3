//! Stage 4: components → Rust items, by progenitor.
//!
//! progenitor (and typify inside it) knows how JSON schemas become Rust types: nesting, references,
//! recursion and boxing, names that are keywords. Only that is taken from it: it sees a document
//! without operations, and of its output only `mod types` is read on. Another type generator would
//! replace this one function.

use std::panic;

use progenitor::{CrateVers, GenerationSettings, Generator};
use syn::Item;

use crate::{
    load::Document,
    normalise::{Normal, RUNTIME_CRATE},
    problem::{self, Problem},
};

/// The items of progenitor's `mod types`.
///
/// # Errors
///
/// progenitor refuses the document, or panics. lint is there to make that impossible, so the message
/// asks for a rule.
pub fn types(document: &Document, normal: &Normal) -> Result<Vec<Item>, Vec<Problem>> {
    let problem = |what: String| {
        let problem = problem::of(
            "type-generator",
            &document.file,
            format!("the type generator refuses it: {what}"),
        );
        vec![
            problem
                .pointer("/components/schemas")
                .help("this is a gap in lint: report the document that shows it"),
        ]
    };
    let spec =
        serde_json::from_value(normal.types.clone()).map_err(|error| problem(error.to_string()))?;
    let tokens = panic::catch_unwind(|| {
        let mut settings = GenerationSettings::default();
        settings.with_crate(RUNTIME_CRATE, CrateVers::Any, None);
        Generator::new(&settings).generate_tokens(&spec)
    })
    .map_err(|_| problem("it panicked".to_owned()))?
    .map_err(|error| problem(error.to_string()))?;
    let file: syn::File = syn::parse2(tokens).map_err(|error| problem(error.to_string()))?;
    let items = file.items.into_iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.map(|(_, items)| items),
        _ => None,
    });
    items.ok_or_else(|| problem("its output has no `mod types`".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lint::tests::{GADGETS, document},
        normalise::normalise,
    };

    #[test]
    fn every_component_becomes_an_item() {
        let document = document(GADGETS);
        let normal = normalise(&document).unwrap();
        let items = types(&document, &normal).unwrap();
        let names: Vec<String> = items
            .iter()
            .filter_map(|item| match item {
                Item::Struct(item) => Some(item.ident.to_string()),
                Item::Enum(item) => Some(item.ident.to_string()),
                _ => None,
            })
            .collect();
        for name in normal.types["components"]["schemas"]
            .as_object()
            .unwrap()
            .keys()
        {
            assert!(names.contains(name), "{name} is missing");
        }
    }
}

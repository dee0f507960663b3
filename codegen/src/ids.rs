//! Identifier kinds: `x-heffl-id: {prefix: dl_, of: deal, includes: […]}` → the type `DealId`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    json::{elements, step, text, texts, walk},
    load::Document,
    naming,
    problem::{self, Problem},
    rules::Rule,
};

/// The facts about an identifier at one place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The kind of record in kebab case: `deal-line`.
    pub of: String,
    /// The prefix of the identifiers.
    pub prefix: Option<String>,
    /// Kinds whose identifiers are accepted for this one.
    pub includes: BTreeSet<String>,
    /// The value for the kind in fields that name records of several kinds.
    pub entity: Option<String>,
}

impl Kind {
    /// Reads the extension.
    ///
    /// # Errors
    ///
    /// The text of the problem.
    pub fn read(value: &Value) -> Result<Self, String> {
        let of = text(value, "of").ok_or("an identifier says with `of` what it identifies")?;
        let is_kebab = |word: &&str| {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            word.starts_with(|c: char| c.is_ascii_lowercase()) && word.chars().all(is_plain)
        };
        let includes = texts(value.get("includes"));
        if let Some(word) = includes.chain([of]).find(|word| !is_kebab(word)) {
            return Err(format!("`{word}` is not in kebab case"));
        }
        Ok(Self {
            of: of.to_owned(),
            prefix: text(value, "prefix").map(str::to_owned),
            includes: texts(value.get("includes")).map(str::to_owned).collect(),
            entity: None,
        })
    }

    /// The kind with its article, for documentation and messages: `a deal line`.
    pub fn phrase(&self) -> String {
        let what = self.of.replace('-', " ");
        let n = if what.starts_with(['a', 'e', 'i', 'o']) {
            "n"
        } else {
            ""
        };
        format!("a{n} {what}")
    }

    /// The Rust type.
    pub fn type_name(of: &str) -> String {
        format!("{}Id", naming::pascal(of))
    }
}

/// All kinds of all documents, by what they identify. The versions of an API share them: they
/// identify the same records.
///
/// # Errors
///
/// A kind has two prefixes or two values, or the document names a kind that no identifier has.
pub fn collect(documents: &[Document]) -> Result<BTreeMap<String, Kind>, Vec<Problem>> {
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    let mut problems = Vec::new();
    for document in documents {
        find(&document.value, "x-heffl-id", |value, pointer| {
            // The stage lint has rejected invalid facts.
            let Ok(kind) = Kind::read(value) else { return };
            let known = kinds.entry(kind.of.clone()).or_insert_with(|| kind.clone());
            known.includes.extend(kind.includes);
            match (&known.prefix, kind.prefix) {
                (None, prefix) => known.prefix = prefix,
                (Some(known), Some(other)) if *known != other => {
                    let of = &kind.of;
                    let message =
                        format!("a {of} has the prefix `{known}` elsewhere, and `{other}` here");
                    let problem = problem::of("id-prefix-conflict", &document.file, message);
                    problems.push(problem.pointer(pointer));
                }
                _ => {}
            }
        });
    }
    for document in documents {
        find(&document.value, "x-heffl-rules", |rules, pointer| {
            for (entity, of) in elements(Some(rules)).flat_map(Rule::kinds) {
                let problem = match kinds.get_mut(of) {
                    None => format!("no identifier is one of a {of}"),
                    Some(kind) => match kind.entity.replace(entity.to_owned()) {
                        Some(other) if other != entity => {
                            format!("a {of} is called `{other}` elsewhere, and `{entity}` here")
                        }
                        _ => continue,
                    },
                };
                let problem = problem::of("rule-kind", &document.file, problem);
                problems.push(problem.pointer(pointer));
            }
        });
    }
    for kind in kinds.values() {
        for missing in kind.includes.iter().filter(|of| !kinds.contains_key(*of)) {
            let of = &kind.of;
            let message =
                format!("{of} identifiers include those of `{missing}`, which nothing has");
            let file = documents.first().map_or("", |document| &document.file);
            problems.push(problem::of("id-includes-unknown", file, message));
        }
    }
    problem::stop(problems)?;
    Ok(kinds)
}

/// Visits the values of the key `wanted` at every place.
fn find(root: &Value, wanted: &str, mut visit: impl FnMut(&Value, &str)) {
    walk(root, &mut String::new(), 0, &mut |value, at, _| {
        if let Some(found) = value.get(wanted) {
            visit(found, &step(at, wanted));
        }
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::tests::{GADGETS, document};

    #[test]
    fn the_kinds_of_all_documents_are_collected_once() {
        let kinds = collect(&[document(GADGETS), document(GADGETS)]).unwrap();
        assert_eq!(kinds.keys().collect::<Vec<_>>(), ["gadget", "part", "user"]);
        assert_eq!(kinds["gadget"].prefix.as_deref(), Some("ga_"));
    }

    #[test]
    fn two_prefixes_of_one_kind_are_refused() {
        let text = GADGETS.replacen("{prefix: ga_, of: gadget}", "{prefix: gd_, of: gadget}", 1);
        let problems = collect(&[document(&text)]).unwrap_err();
        assert_eq!(problems[0].rule, "id-prefix-conflict");
        assert!(problems[0].pointer.is_some());
    }

    #[test]
    fn a_kind_that_a_rule_names_must_exist_and_have_one_word() {
        let rule = |kinds: &str| {
            let rules = format!("x-heffl-rules: [{{together: [a, b], kinds: {kinds}}}]");
            let text = GADGETS.replacen("\ncomponents:", &format!("\n{rules}\ncomponents:"), 1);
            collect(&[document(&text)])
        };
        let kinds = rule("{gadgets: gadget}").unwrap();
        assert_eq!(kinds["gadget"].entity.as_deref(), Some("gadgets"));
        for kinds in ["{widgets: widget}", "{gadgets: gadget, things: gadget}"] {
            assert_eq!(rule(kinds).unwrap_err()[0].rule, "rule-kind", "{kinds}");
        }
    }

    #[test]
    fn an_included_kind_must_exist() {
        let text = GADGETS.replacen("of: gadget}", "of: gadget, includes: [widget]}", 1);
        assert_eq!(
            collect(&[document(&text)]).unwrap_err()[0].rule,
            "id-includes-unknown"
        );
    }
}

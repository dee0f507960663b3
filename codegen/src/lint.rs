//! Stage 2: refuses, with a JSON pointer, everything that the later stages cannot turn into code
//! that compiles and means what the document says.
//!
//! progenitor panics, or picks a wrong type in silence, on much of this; it never gets to see it.

mod filters;
mod operations;
mod parameters;
mod schemas;

use serde_json::Value;

use crate::{
    json::{entries, resolve, step},
    load::Document,
    problem::{self, Problem},
};

/// How deep values may lie in each other. The documents need less than half of it; half as much again,
/// and a later stage overflows the stack of a thread (2 MiB) in a debug build.
const MAX_DEPTH: usize = 28;

/// Everything in the document that cannot be generated.
pub fn lint(document: &Document) -> Vec<Problem> {
    let mut lint = Lint {
        document,
        problems: Vec::new(),
    };
    lint.depth(&document.value, "", 0);
    if lint.problems.is_empty() {
        lint.references(&document.value, "");
    }
    if lint.problems.is_empty() {
        // The other rules follow references.
        filters::kinds(&mut lint);
        operations::check(&mut lint);
        schemas::check(&mut lint);
    }
    if lint.problems.is_empty() {
        lint.data_model();
    }
    lint.problems
}

/// A document under examination.
struct Lint<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
}

impl<'a> Lint<'a> {
    fn root(&self) -> &'a Value {
        &self.document.value
    }

    fn report(
        &mut self,
        rule: &'static str,
        pointer: &str,
        message: impl Into<String>,
        help: &str,
    ) {
        let problem = problem::of(rule, &self.document.file, message).pointer(pointer);
        self.problems.push(if help.is_empty() {
            problem
        } else {
            problem.help(help)
        });
    }

    /// Nothing lies so deep that a later stage could run out of stack.
    fn depth(&mut self, value: &Value, pointer: &str, depth: usize) {
        if depth > MAX_DEPTH {
            self.report(
                "too-deep",
                pointer,
                format!("this lies more than {MAX_DEPTH} levels deep"),
                "give inner schemas a name under components.schemas, and refer to them",
            );
            return;
        }
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    self.depth(inner, &step(pointer, key), depth + 1);
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    self.depth(inner, &format!("{pointer}/{index}"), depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Every `$ref` leads somewhere inside the document.
    fn references(&mut self, value: &'a Value, pointer: &str) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    let at = step(pointer, key);
                    // Samples and defaults are data, not schemas.
                    if matches!(key.as_str(), "example" | "examples" | "default" | "enum") {
                        continue;
                    }
                    match inner {
                        Value::String(reference) if key == "$ref" => {
                            if resolve(self.root(), reference).is_none() {
                                self.report(
                                    "reference-unresolved",
                                    &at,
                                    format!("`{reference}` leads nowhere"),
                                    "add the component, or correct the reference",
                                );
                            }
                        }
                        _ => self.references(inner, &at),
                    }
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    self.references(inner, &format!("{pointer}/{index}"));
                }
            }
            _ => {}
        }
    }

    /// The typed model of OpenAPI 3.0 has the last word. It says poorly where something is wrong, so
    /// it is asked path by path and component by component first.
    fn data_model(&mut self) {
        let root = self.root();
        for (path, item) in entries(root.get("paths")) {
            let parsed =
                serde_json::from_value::<openapiv3::ReferenceOr<openapiv3::PathItem>>(item.clone());
            self.fits(&step("/paths", path), parsed.err());
        }
        for (name, schema) in entries(root.pointer("/components/schemas")) {
            let parsed =
                serde_json::from_value::<openapiv3::ReferenceOr<openapiv3::Schema>>(schema.clone());
            self.fits(&step("/components/schemas", name), parsed.err());
        }
        if self.problems.is_empty() {
            let parsed = serde_json::from_value::<openapiv3::OpenAPI>(root.clone());
            self.fits("", parsed.err());
        }
    }

    fn fits(&mut self, pointer: &str, error: Option<serde_json::Error>) {
        if let Some(error) = error {
            self.report(
                "document-not-openapi",
                pointer,
                format!("this does not fit OpenAPI 3.0: {error}"),
                "compare it with the OpenAPI 3.0.3 specification",
            );
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Api, load};

    /// A document that every stage accepts; the tests of this crate change one thing in it.
    pub(crate) const GADGETS: &str = include_str!("../tests/gadgets.yaml");

    /// What goes to the end of [`GADGETS`] to give it an event.
    pub(crate) const EVENT: &str = "    GadgetEvent: {type: object, description: News., properties: {name: {type: string}}}
x-webhooks:
  gadget:
    post:
      tags: [parts]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/GadgetEvent'}}}}
";

    pub(crate) fn document(text: &str) -> Document {
        load::load(&Api {
            module: "v1",
            file: "gadgets.yaml",
            text,
        })
        .expect("the fixture loads")
    }

    #[test]
    fn the_fixture_is_accepted() {
        assert_eq!(lint(&document(GADGETS)), []);
        assert_eq!(lint(&document(&format!("{GADGETS}{EVENT}"))), []);
    }

    #[test]
    fn an_event_carries_one_named_object() {
        for (from, to) in [
            (
                "{$ref: '#/components/schemas/GadgetEvent'}",
                "{type: string}",
            ),
            (
                "{$ref: '#/components/schemas/GadgetEvent'}",
                "{type: object}",
            ),
            ("application/json", "text/plain"),
        ] {
            let problems = lint(&document(&format!("{GADGETS}{}", EVENT.replace(from, to))));
            let pointer = problems
                .first()
                .and_then(|problem| problem.pointer.as_deref());
            assert!(
                pointer.is_some_and(|at| at.starts_with("/x-webhooks/gadget/post/requestBody")),
                "{to}: {problems:#?}"
            );
        }
    }

    #[test]
    fn what_lies_too_deep_is_refused_before_a_stage_overflows() {
        for (open, close) in [
            ("{type: array, items: ", "}"),
            ("{type: object, properties: {a: ", "}}"),
            ("{oneOf: [", "]}"),
        ] {
            for levels in [1, 20, 50] {
                let schema = format!("{}{{}}{}", open.repeat(levels), close.repeat(levels));
                let text = GADGETS.replace("{type: integer, description: How many.}", &schema);
                let api = Api {
                    module: "v1",
                    file: "gadgets.yaml",
                    text: &text,
                };
                let problems = crate::generate(&[api]).err().unwrap_or_default();
                let too_deep = problems.iter().any(|problem| problem.rule == "too-deep");
                assert!(levels < 50 || too_deep, "{open} {levels}: {problems:?}");
            }
        }
    }
}

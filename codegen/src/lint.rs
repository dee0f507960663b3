//! Stage 2: refuses, with a JSON pointer, extensions that are empty or contradict their schema. The next stage handles
//! the rest of OpenAPI.

mod filters;
mod operations;
mod schemas;

use serde_json::Value;

use crate::{
    json::walk,
    load::Document,
    problem::{self, Problem},
};

/// The maximum nesting of values: each stage recurses into them. Real documents need less than a third of it.
const MAX_DEPTH: usize = 100;

/// Everything in the document that cannot be generated.
pub fn lint(document: &Document) -> Vec<Problem> {
    let mut lint = Lint {
        document,
        problems: Vec::new(),
    };
    lint.depth();
    if lint.problems.is_empty() {
        filters::kinds(&mut lint);
        operations::check(&mut lint);
        schemas::check(&mut lint);
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

    /// Rejects values that are nested so deeply that a later stage could overflow its stack, and checks every schema.
    fn depth(&mut self) {
        walk(
            self.root(),
            &mut String::new(),
            0,
            &mut |value, at, depth| {
                if depth <= MAX_DEPTH {
                    schemas::everywhere(self, value, at);
                    return true;
                }
                let message = format!("this lies more than {MAX_DEPTH} levels deep");
                let help = "give inner schemas a name under components.schemas, and refer to them";
                self.report("too-deep", at, message, help);
                false
            },
        );
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{Api, load};

    /// A document that every stage accepts; the tests of this crate change one thing in it.
    pub(crate) const GADGETS: &str = include_str!("../tests/gadgets.yaml");

    /// An event, to be appended to [`GADGETS`].
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
    fn what_lies_too_deep_is_refused_before_a_stage_overflows() {
        for (open, close) in [
            ("{type: array, items: ", "}"),
            ("{type: object, properties: {a: ", "}}"),
            ("{oneOf: [", "]}"),
        ] {
            for levels in [1, 20, 110] {
                let schema = format!("{}{{}}{}", open.repeat(levels), close.repeat(levels));
                let text = GADGETS.replace("{type: integer, description: How many.}", &schema);
                let api = Api {
                    module: "v1",
                    file: "gadgets.yaml",
                    text: &text,
                };
                let problems = crate::generate("heffl", &[api]).err().unwrap_or_default();
                // The reader of the text refuses even deeper values.
                let rules = ["too-deep", "document-not-yaml"];
                let refused = problems.iter().any(|problem| rules.contains(&problem.rule));
                assert_eq!(levels == 110, refused, "{open} {levels}: {problems:?}");
            }
        }
    }
}

//! Error answers: what pages show of them, held against the finished document.
//!
//! The guides describe them for all operations at once, and overlays write that down. A page that
//! shows the answers of its operation may be vaguer than the document, but must not contradict it:
//! what a page shows, the document knows and allows.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::verify::entries;
use crate::{
    Finding,
    record::{Alternative, Base, Content, Evidence, Field, Record},
    yaml::child,
};

/// Where the error answers of `records` contradict `document`. Places in `settled` are known: somebody
/// has chosen.
pub(super) fn check(
    document: &Value,
    records: &[(String, Record)],
    settled: &HashSet<&str>,
) -> Vec<Finding> {
    let mut check = Check {
        document,
        found: IndexMap::new(),
        file: "",
    };
    for (file, record) in records {
        check.file = file;
        if let Some(operation) = &record.operation {
            let method = operation.method.to_ascii_lowercase();
            let place = child(&child("/paths", &operation.path), method);
            for (index, answer) in operation.errors.iter().enumerate() {
                let place = child(&child(&place, "responses"), &answer.status);
                let said = Said {
                    pointer: format!("/operation/errors/{index}"),
                    name: format!("the answer {}", answer.status),
                };
                check.content(&answer.content, &place, &said);
            }
        }
    }
    check
        .found
        .into_iter()
        .filter(|((place, _), _)| !settled.contains(place.as_str()))
        .map(|((place, message), first)| first.finding(&place, &message))
        .collect()
}

struct Check<'a> {
    document: &'a Value,
    /// By place in the document and message: components are shared by many operations.
    found: IndexMap<(String, String), First>,
    file: &'a str,
}

/// The first page that contradicts the document in some way, and how many others do.
struct First {
    file: String,
    pointer: String,
    others: usize,
}

impl First {
    fn finding(&self, place: &str, message: &str) -> Finding {
        let others = match self.others {
            0 => String::new(),
            1 => " (one other page says the same)".to_owned(),
            others => format!(" ({others} other pages say the same)"),
        };
        Finding::new("error-answer-contradicts", format!("{message}{others}"))
            .file(&self.file)
            .pointer(&self.pointer)
            .help(format!(
                "correct the overlay that writes {place}; or if the document is to stay as it is, say why in spec/conflicts.yaml, with this place in `at`"
            ))
    }
}

/// A place on a page: in its record, and in words.
struct Said {
    pointer: String,
    name: String,
}

impl Check<'_> {
    fn report(&mut self, said: &Said, place: &str, message: String) {
        let file = self.file.to_owned();
        self.found
            .entry((place.to_owned(), message))
            .and_modify(|first| first.others += usize::from(first.file != file))
            .or_insert_with(|| First {
                file,
                pointer: said.pointer.clone(),
                others: 0,
            });
    }

    /// The value at `place`, or what it refers to, with the place of that.
    fn target(&self, place: &str) -> Option<(String, &Value)> {
        let mut place = place.to_owned();
        // A reference, perhaps with something beside it. No document nests more of them.
        for _ in 0..8 {
            let value = self.document.pointer(&place)?;
            let reference = value
                .get("$ref")
                .or_else(|| value.pointer("/allOf/0/$ref"))
                .and_then(Value::as_str);
            match reference {
                Some(reference) => reference.trim_start_matches('#').clone_into(&mut place),
                None => return Some((place, value)),
            }
        }
        None
    }

    fn content(&mut self, content: &Content, place: &str, said: &Said) {
        // An overlay may have taken the answer away.
        let (Some(media_type), Some((place, answer))) = (&content.media_type, self.target(place))
        else {
            return;
        };
        let known = answer.get("content");
        if known.is_none_or(|types| types.get(media_type).is_none()) {
            let known: Vec<&str> = entries(known).map(|(name, _)| name.as_str()).collect();
            let message = format!(
                "{} is {media_type} on the page, {} in the document",
                said.name,
                if known.is_empty() {
                    "without content".to_owned()
                } else {
                    known.join(" or ")
                }
            );
            return self.report(said, &place, message);
        }
        let place = child(&child(&child(&place, "content"), media_type), "schema");
        let whole = Alternative {
            base: Base::Object,
            argument: None,
            lists: u8::from(content.list),
        };
        if let Some(place) = self.value(&whole, &place, said) {
            self.fields(&content.fields, &place, said);
        }
    }

    /// The place of the schema of a value, or of the elements of a list, if it allows what the page
    /// calls `alternative`.
    fn value(&mut self, alternative: &Alternative, place: &str, said: &Said) -> Option<String> {
        let (mut inner, mut schema) = self.target(place)?;
        let mut lists = alternative.lists;
        while schema.get("type") == Some(&json!("array")) && lists > 0 {
            (inner, schema) = self.target(&child(&inner, "items"))?;
            lists -= 1;
        }
        // A schema without a type allows lists as well.
        let is_same = schema
            .get("type")
            .is_none_or(|ty| lists == 0 && ty != "array");
        if !is_same || !allows(schema, alternative) {
            let message = format!(
                "{} is {alternative} on the page, not in the document",
                said.name
            );
            self.report(said, place, message);
            return None;
        }
        Some(inner)
    }

    /// What a page prints of an object, held against the schema at `place`.
    fn fields(&mut self, fields: &[Field], place: &str, said: &Said) {
        let required: Vec<&str> = self
            .document
            .pointer(place)
            .and_then(|schema| schema.get("required")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (index, field) in fields.iter().enumerate() {
            let said = Said {
                pointer: child(&child(&said.pointer, "fields"), index),
                name: format!("`{}` of {}", field.name, said.name),
            };
            let property = child(&child(place, "properties"), &field.name);
            let may_be_missing = field.evidence == Evidence::Documented && !field.required;
            if may_be_missing && required.contains(&field.name.as_str()) {
                let message = format!(
                    "{} may be missing on the page, not in the document",
                    said.name
                );
                self.report(&said, &property, message);
            }
            self.field(field, &property, &said);
        }
        // A page that prints no field says nothing of what is missing.
        let printed = fields
            .iter()
            .any(|field| field.evidence == Evidence::Documented);
        let missing = |name: &&str| printed && fields.iter().all(|field| field.name != **name);
        for name in required.into_iter().filter(missing) {
            let message = format!(
                "{} has no `{name}` on the page, but must in the document",
                said.name
            );
            let property = child(&child(place, "properties"), name);
            self.report(said, &property, message);
        }
    }

    fn field(&mut self, field: &Field, place: &str, said: &Said) {
        let Some(property) = self.document.pointer(place) else {
            let message = format!("{} is on the page, but not in the document", said.name);
            return self.report(said, place, message);
        };
        if field.evidence < Evidence::Documented {
            // A sample tells a name, and a type that is a guess.
            return;
        }
        if field.ty.nullable && property.get("nullable") != Some(&json!(true)) {
            let message = format!("{} may be null on the page, not in the document", said.name);
            self.report(said, place, message);
        }
        for alternative in &field.ty.alternatives {
            let Some(inner) = self.value(alternative, place, said) else {
                continue;
            };
            let words = self
                .document
                .pointer(&inner)
                .and_then(|schema| schema.get("enum")?.as_array());
            let unknown = |word: &&Value| words.is_some_and(|words| !words.contains(word));
            if let Some(word) = field.options.iter().find(unknown) {
                let message = format!(
                    "{} may be {word} on the page, not in the document",
                    said.name
                );
                self.report(said, &inner, message);
            }
            self.fields(&field.fields, &inner, said);
        }
    }
}

/// Whether values of a page's type, lists aside, can be what `schema` describes. A type that says less
/// contradicts nothing.
fn allows(schema: &Value, alternative: &Alternative) -> bool {
    let Some(ty) = schema.get("type").and_then(Value::as_str) else {
        return true;
    };
    let argument = alternative.argument.as_deref();
    let wanted = match alternative.base {
        Base::Any => return true,
        Base::Enum => argument.unwrap_or("string"),
        Base::String | Base::File => "string",
        Base::Number => "number",
        Base::Integer => "integer",
        Base::Boolean => "boolean",
        Base::Object => "object",
    };
    let format = schema.get("format").and_then(Value::as_str);
    let same_format = alternative.base == Base::Enum
        || argument.is_none()
        || format.is_none_or(|format| argument == Some(format));
    same_format && (wanted == ty || (wanted, ty) == ("integer", "number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assemble::parse;

    fn document() -> Value {
        json!({
            "paths": {"/gadgets": {"get": {"responses": {"404": {"$ref": "#/components/responses/NotFound"}}}}},
            "components": {
                "responses": {"NotFound": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}},
                "schemas": {
                    "Error": {"type": "object", "required": ["code"], "properties": {
                        "code": {"allOf": [{"$ref": "#/components/schemas/Code"}]},
                        "message": {"type": "string", "nullable": true},
                        "issues": {"type": "array", "items": {"$ref": "#/components/schemas/Issue"}},
                    }},
                    "Issue": {"type": "object", "properties": {"size": {"type": "number"}}},
                    "Code": {"type": "string", "enum": ["GONE", "LOST"]},
                },
            },
        })
    }

    fn record(answer: &str) -> (String, Record) {
        let text = format!(
            "record: 1\nform: markdown-b2\npage: x\noperation:\n  method: GET\n  path: /gadgets\n  evidence: documented\n  response: {{}}\n  errors:\n  - status: '404'\n{answer}"
        );
        ("a.yaml".to_owned(), parse(&text, "a.yaml").unwrap())
    }

    fn found(answer: &str, settled: &[&str]) -> Vec<String> {
        let settled = settled.iter().copied().collect();
        check(&document(), &[record(answer)], &settled)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    const CODE: &str = "{name: code, type: string, required: true, evidence: documented}";

    fn json(fields: &str) -> String {
        format!("    media_type: application/json\n    fields: [{fields}]\n")
    }

    #[test]
    fn a_page_may_be_vaguer_than_the_document() {
        for answer in [
            String::new(),
            "    media_type: application/json\n".to_owned(),
            json(CODE),
            json(&CODE.replace("string", "any")),
            json("{name: code, type: number, evidence: sampled}"),
            json("{name: message, type: string, evidence: sampled}"),
            json(&CODE.replace("type: string", "type: enum<string>, options: [GONE]")),
            json(&format!(
                "{CODE}, {{name: message, type: string | null, evidence: documented}}"
            )),
            json(&format!(
                "{CODE}, {{name: issues, type: 'object[]', evidence: documented, fields: [{{name: size, type: integer, evidence: documented}}]}}"
            )),
        ] {
            assert_eq!(found(&answer, &[]), Vec::<String>::new(), "{answer}");
        }
    }

    #[test]
    fn what_contradicts_the_document_is_found_with_both_places() {
        let error = "/components/schemas/Error/properties";
        let with = |field: &str| json(&format!("{CODE}, {{{field}, evidence: documented}}"));
        for (answer, place, words) in [
            (
                "    media_type: text/plain\n".to_owned(),
                "/components/responses/NotFound".to_owned(),
                "the answer 404 is text/plain on the page, application/json in the document",
            ),
            (
                format!("{}    list: true\n", json(CODE)),
                "/components/responses/NotFound/content/application~1json/schema".to_owned(),
                "is object[] on the page",
            ),
            (
                json(&CODE.replace("required: true, ", "")),
                format!("{error}/code"),
                "may be missing",
            ),
            (
                json(&CODE.replace("string", "integer")),
                format!("{error}/code"),
                "is integer on the page",
            ),
            (
                json(&CODE.replace("string", "string | null")),
                format!("{error}/code"),
                "may be null",
            ),
            (
                json(&CODE.replace("type: string", "type: enum<string>, options: [GONE, NEW]")),
                "/components/schemas/Code".to_owned(),
                "may be \"NEW\" on the page",
            ),
            (
                with("name: details, type: object"),
                format!("{error}/details"),
                "is on the page, but not",
            ),
            (
                json(&format!(
                    "{CODE}, {{name: details, type: object, evidence: sampled}}"
                )),
                format!("{error}/details"),
                "is on the page, but not",
            ),
            (
                with("name: issues, type: object"),
                format!("{error}/issues"),
                "is object on the page",
            ),
            (
                with(
                    "name: issues, type: 'object[]', fields: [{name: size, type: string, evidence: documented}]",
                ),
                "/components/schemas/Issue/properties/size".to_owned(),
                "`size` of `issues` of the answer 404 is string on the page",
            ),
            (
                json("{name: message, type: string, evidence: documented}"),
                format!("{error}/code"),
                "has no `code` on the page",
            ),
        ] {
            let all = found(&answer, &[]);
            assert_eq!(all.len(), 1, "{answer}: {all:?}");
            assert!(all[0].starts_with("a.yaml #/operation/errors/0"), "{all:?}");
            assert!(
                all[0].contains(words) && all[0].contains(&format!("writes {place};")),
                "{all:?}"
            );
            assert_eq!(found(&answer, &[&place]), Vec::<String>::new(), "{answer}");
        }
    }

    #[test]
    fn a_component_is_found_fault_with_once() {
        let (_, first) = record("");
        let wrong = record(&json("{name: message, type: string, evidence: documented}"));
        let pages = [
            wrong.clone(),
            ("b.yaml".to_owned(), wrong.1.clone()),
            ("c.yaml".to_owned(), first),
        ];
        let findings = check(&document(), &pages, &HashSet::new());
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(
            findings[0]
                .message
                .ends_with("(one other page says the same)"),
            "{findings:?}"
        );
    }
}

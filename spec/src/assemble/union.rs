//! Pages that were cut from one document must agree on it.
//!
//! Every page repeats the schemas that it refers to. Where two pages describe one name differently,
//! or name different servers, they are of different ages; nobody can tell which one is right.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::record::{Base, Content, Evidence, Field, Limits, Record, TypeExpr};
use crate::{Finding, yaml};

const PULL_AGAIN: &str = "the pages are of different ages; pull both again";

/// What disagrees between the pages of `records`.
pub(super) fn check(records: &[&(String, Record)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    documents(records, &mut findings);
    let mut known: HashMap<String, (String, &str)> = HashMap::new();
    let mut shapes: HashMap<String, Value> = HashMap::new();
    for (file, record) in records.iter().map(|entry| (&entry.0, &entry.1)) {
        let mut named = Vec::new();
        collect_record(record, &mut named);
        for Named {
            name,
            shape,
            pointer,
        } in named
        {
            let Some(first) = shapes.get(&name) else {
                shapes.insert(name.clone(), shape);
                known.insert(name, (pointer, file));
                continue;
            };
            let Some((place, (here, there))) = first_difference(&shape, first, "") else {
                continue;
            };
            let (_, other) = known.get(&name).cloned().unwrap_or_default();
            findings.push(
                Finding::new(
                    "pages-disagree",
                    format!("the schema {name} has {here} at `{place}` here, {there} in {other}"),
                )
                .file(file)
                .pointer(pointer)
                .help(PULL_AGAIN),
            );
        }
    }
    findings
}

/// What pages say of the document they were cut from.
fn documents(records: &[&(String, Record)], findings: &mut Vec<Finding>) {
    let mut first: Option<(&str, Value)> = None;
    for (file, record) in records.iter().map(|entry| (&entry.0, &entry.1)) {
        let Some(document) = &record.document else {
            continue;
        };
        let said = json!({
            "openapi": document.openapi,
            "version": document.version,
            "servers": document.servers,
            "security": document.security,
        });
        let Some((other, known)) = &first else {
            first = Some((file, said));
            continue;
        };
        if let Some((place, (here, there))) = first_difference(&said, known, "") {
            findings.push(
                Finding::new(
                    "pages-of-different-ages",
                    format!("the document has {here} at `{place}` here, {there} in {other}"),
                )
                .file(file)
                .pointer(format!("/document{place}"))
                .help(PULL_AGAIN),
            );
        }
    }
}

/// A named schema as one place of a record has it.
struct Named {
    name: String,
    shape: Value,
    pointer: String,
}

fn collect_record(record: &Record, named: &mut Vec<Named>) {
    let Some(operation) = &record.operation else {
        return;
    };
    for (index, parameter) in operation.parameters.iter().enumerate() {
        let pointer = format!("/operation/parameters/{index}");
        collect_field(&parameter.field, &pointer, &mut Vec::new(), named);
    }
    if let Some(body) = &operation.body {
        collect_content(&body.content, "/operation/body", named);
    }
    collect_content(&operation.response.content, "/operation/response", named);
    for (index, answer) in operation.errors.iter().enumerate() {
        let pointer = format!("/operation/errors/{index}");
        collect_content(&answer.content, &pointer, named);
    }
}

fn collect_content(content: &Content, pointer: &str, named: &mut Vec<Named>) {
    let mut around = Vec::new();
    if let Some(name) = &content.schema {
        named.push(Named {
            name: name.clone(),
            shape: element(&Field {
                fields: content.fields.clone(),
                other_keys: content.other_keys.clone(),
                custom_fields: content.custom_fields,
                ..Field::new("", TypeExpr::of(Base::Object), Evidence::Documented)
            }),
            pointer: pointer.to_owned(),
        });
        around.push(name.as_str());
    }
    collect_fields(&content.fields, pointer, &mut around, named);
}

fn collect_fields<'a>(
    fields: &'a [Field],
    pointer: &str,
    around: &mut Vec<&'a str>,
    named: &mut Vec<Named>,
) {
    let pointer = yaml::child(pointer, "fields");
    for (index, field) in fields.iter().enumerate() {
        collect_field(field, &yaml::child(&pointer, index), around, named);
    }
}

/// `around` holds the names of the schemas that the field lies in: inside itself, a schema has its
/// name alone.
fn collect_field<'a>(
    field: &'a Field,
    pointer: &str,
    around: &mut Vec<&'a str>,
    named: &mut Vec<Named>,
) {
    let name = field.schema.as_deref();
    if let Some(name) = name {
        if around.contains(&name) {
            return;
        }
        named.push(Named {
            name: name.to_owned(),
            shape: element(field),
            pointer: pointer.to_owned(),
        });
        around.push(name);
    }
    collect_fields(&field.fields, pointer, around, named);
    if name.is_some() {
        around.pop();
    }
}

/// What a field says of its type, without what belongs to the place: for lists, that of an element.
fn element(field: &Field) -> Value {
    let mut ty = TypeExpr {
        nullable: false,
        ..field.ty.clone()
    };
    let mut limits = field.limits.clone();
    for alternative in &mut ty.alternatives {
        if alternative.lists > 0 {
            alternative.lists = 0;
            limits = Limits {
                min_items: None,
                max_items: None,
                ..limits
            };
        }
    }
    json!({
        "type": ty,
        "options": field.options,
        "more_options": field.more_options,
        "limits": limits,
        "fields": fields(&field.fields),
        "other_keys": field.other_keys,
        "custom_fields": field.custom_fields,
    })
}

/// The fields by name. What only a sample shows differs from page to page.
fn fields(fields: &[Field]) -> Value {
    fields
        .iter()
        .filter(|field| field.evidence != Evidence::Sampled)
        .map(|field| {
            let mut said = match &field.schema {
                // Compared under its own name.
                Some(name) => json!({"schema": name, "type": field.ty}),
                None => {
                    let mut said = element(field);
                    said["type"] = json!(field.ty);
                    said["limits"] = json!(field.limits);
                    said
                }
            };
            said["required"] = json!(field.required);
            said["deprecated"] = json!(field.deprecated);
            said["default"] = json!(field.default);
            (field.name.clone(), said)
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The pointer to the first place where two values differ, and what stands there.
fn first_difference(
    one: &Value,
    other: &Value,
    pointer: &str,
) -> Option<(String, (String, String))> {
    if one == other {
        return None;
    }
    if let (Value::Object(one), Value::Object(other)) = (one, other) {
        let missing = &Value::Null;
        return one
            .keys()
            .chain(other.keys().filter(|key| !one.contains_key(*key)))
            .find_map(|key| {
                first_difference(
                    one.get(key).unwrap_or(missing),
                    other.get(key).unwrap_or(missing),
                    &yaml::child(pointer, key),
                )
            });
    }
    let show = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::Object(_) => "something".to_owned(),
        other => format!("`{other}`"),
    };
    Some((pointer.to_owned(), (show(one), show(other))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page;

    fn record(method: &str, version: &str, schemas: &str) -> (String, Record) {
        let text = format!(
            "# Gadget\n\n````yaml {method} /gadgets\nopenapi: 3.1.0\ninfo: {{version: '{version}'}}\nservers: [{{url: https://api.example.test/api/v9}}]\npaths: {{/gadgets: {{{method}: {{responses: {{'200': {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Gadget'}}}}}}}}}}}}}}}}\ncomponents:\n  schemas:\n    Gadget: {{type: object, properties: {{id: {{type: string}}, part: {{$ref: '#/components/schemas/Part'}}}}}}\n{schemas}````\n"
        );
        let record = page::parse(&text, "x").unwrap();
        (format!("{method}.yaml"), record)
    }

    fn check_pages(first: &(String, Record), second: &(String, Record)) -> Vec<String> {
        check(&[first, second])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    const PART: &str = "    Part: {type: object, properties: {size: {type: string, maxLength: 3}, parts: {type: array, items: {$ref: '#/components/schemas/Part'}}}}\n";

    #[test]
    fn equal_pages_agree() {
        let none: [String; 0] = [];
        let first = record("get", "9", PART);
        assert_eq!(check_pages(&first, &record("delete", "9", PART)), none);
    }

    /// Once as the whole answer, once as a field of another one.
    #[test]
    fn a_schema_is_the_same_wherever_it_stands() {
        let none: [String; 0] = [];
        let first = record("get", "9", PART);
        let (file, mut second) = record("delete", "9", PART);
        let response = &mut second.operation.as_mut().unwrap().response.content;
        let part = response.fields.pop().unwrap();
        response.schema = part.schema;
        response.fields = part.fields;
        assert_eq!(check_pages(&first, &(file, second)), none);
    }

    #[test]
    fn the_first_difference_is_named_with_both_pages() {
        let first = record("get", "9", PART);
        let second = record("delete", "9", &PART.replace("maxLength: 3", "maxLength: 4"));
        let found = check_pages(&first, &second);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("delete.yaml #/operation/response/fields/1: the schema Part has `4` at `/fields/size/limits/max_length` here, `3` in get.yaml [pages-disagree]"),
            "{found:?}"
        );
        let second = record("delete", "9", &PART.replace("size: {", "sizes: {"));
        assert_eq!(check_pages(&first, &second).len(), 1);
    }

    #[test]
    fn documents_of_different_ages_are_found() {
        let found = check_pages(&record("get", "9", PART), &record("delete", "10", PART));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("the document has `\"10\"` at `/version` here, `\"9\"` in get.yaml [pages-of-different-ages]"),
            "{found:?}"
        );
    }
}

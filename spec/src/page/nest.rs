//! Printed fields, one after the other, to an object with its properties inside each other.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::finding::Finding;
use crate::fragment::CUSTOM_FIELDS;
use crate::openapi::set_required;

use super::fields::{Notes, Printed};
use super::prose::CUSTOM_FIELD_PREFIX;
use super::types::{each_value, holds_objects};

/// Deeper objects are not believed.
const MAX_DEPTH: usize = 16;

/// A property whose object is being read.
struct Open {
    full_name: String,
    name: String,
    schema: Value,
    required: bool,
}

/// The object that the fields of a section describe: children (`owner.name`) go into their parents
/// (`owner`).
pub(super) fn nest(printed: Vec<Printed>, notes: &mut Notes) -> Value {
    let mut object = json!({"type": "object"});
    let mut open: Vec<Open> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut parents: HashSet<String> = HashSet::new();
    let mut expects_children_of: Option<String> = None;
    for printed in printed {
        let name = printed.name.replace("[].", ".");
        let mut report = |rule, message: String, help: &str| {
            notes
                .findings
                .push(Finding::new(rule, message).line(printed.number).help(help));
        };
        if let Some(parent) = expects_children_of.take()
            && child_name(&parent, &name).is_none()
        {
            report(
                "field-children-undotted",
                format!(
                    "the children of `{parent}` are printed without its name before theirs, so nobody can tell where they end"
                ),
                "save the page with its objects collapsed",
            );
        }
        if printed.children_follow {
            expects_children_of = Some(name.clone());
        }
        while open.last().is_some_and(|parent| {
            child_name(&parent.full_name, &name).is_none() || !holds_objects(&parent.schema)
        }) {
            close(&mut open, &mut object);
        }
        if !seen.insert(name.clone()) {
            report(
                "field-twice",
                format!("the field `{name}` stands twice in one object"),
                "two pages may be mixed in this file; save the page again",
            );
            continue;
        }
        if open.is_empty() && has_parent(&name, &parents) {
            report(
                "field-far-from-parent",
                format!("`{name}` does not stand below the field it belongs to"),
                "save the page with its objects collapsed",
            );
        }
        if open.len() >= MAX_DEPTH {
            report(
                "field-too-deep",
                format!("the object of `{name}` is nested more than {MAX_DEPTH} deep"),
                "save the page with its objects collapsed",
            );
            continue;
        }
        let short = match open.last() {
            Some(parent) => child_name(&parent.full_name, &name)
                .unwrap_or(&name)
                .to_owned(),
            None => name.clone(),
        };
        let is_pattern = is_pattern(&short, &printed);
        if short == "{key}" || (is_pattern && open.is_empty()) {
            let mut add = |map: &mut Map<String, Value>| {
                if short == "{key}" {
                    map.insert("additionalProperties".to_owned(), printed.schema.clone());
                }
                if is_pattern || printed.speaks_of_custom_fields {
                    map.insert(CUSTOM_FIELDS.to_owned(), json!(true));
                }
            };
            match open.last_mut() {
                Some(parent) => each_object(&mut parent.schema, &mut add),
                None => each_object(&mut object, &mut add),
            }
            continue;
        }
        if holds_objects(&printed.schema) {
            parents.insert(name.clone());
        }
        open.push(Open {
            full_name: name,
            name: short,
            schema: printed.schema,
            required: printed.required,
        });
    }
    while !open.is_empty() {
        close(&mut open, &mut object);
    }
    object
}

/// A field `cf_` stands for all keys that start so.
fn is_pattern(name: &str, printed: &Printed) -> bool {
    name == CUSTOM_FIELD_PREFIX || (name.ends_with('_') && printed.speaks_of_custom_fields)
}

fn child_name<'a>(parent: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(parent)?
        .strip_prefix('.')
        .filter(|child| !child.is_empty())
}

fn has_parent(name: &str, parents: &HashSet<String>) -> bool {
    name.match_indices('.')
        .take(MAX_DEPTH)
        .filter_map(|(dot, _)| name.get(..dot))
        .any(|parent| parents.contains(parent))
}

/// Calls `visit` on the objects that a value may be.
pub(super) fn each_object(schema: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    each_value(schema, &mut |value| {
        if value.get("type").is_some_and(|ty| ty == "object") {
            visit(value);
        }
    });
}

/// Moves the innermost open property into its parent.
fn close(open: &mut Vec<Open>, object: &mut Value) {
    let Some(property) = open.pop() else { return };
    let parent = match open.last_mut() {
        Some(parent) => {
            // A value of which nothing else is known is an object if the page prints what is in it.
            each_value(&mut parent.schema, &mut |value| {
                value.entry("type").or_insert(json!("object"));
            });
            &mut parent.schema
        }
        None => object,
    };
    each_object(parent, &mut |map| {
        if property.required {
            set_required(map, &property.name, true);
        }
        let properties = map.entry("properties").or_insert_with(|| json!({}));
        properties[&property.name] = property.schema.clone();
    });
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::super::lines::Page;
    use super::super::token::{Section, tokens};
    use super::*;
    use crate::openapi::entries;

    fn object(text: &str) -> (Value, Vec<&'static str>) {
        let page = Page::read(text).unwrap();
        let mut notes = Notes::default();
        let printed = fields::read(&tokens(&page.lines), Section::Body, &mut notes);
        let object = nest(printed, &mut notes);
        let rules = notes.findings.iter().map(|finding| finding.rule).collect();
        (object, rules)
    }

    /// Names with their children in parentheses.
    fn outline(object: &Value) -> String {
        let names: Vec<String> = entries(object.get("properties"))
            .map(|(name, schema)| {
                let inner = outline(schema.get("items").unwrap_or(schema));
                if inner.is_empty() {
                    name.clone()
                } else {
                    format!("{name}({inner})")
                }
            })
            .collect();
        names.join(" ")
    }

    fn check(text: &str, expected: &str) {
        let (object, rules) = object(text);
        assert_eq!(outline(&object), expected);
        assert!(rules.is_empty(), "{rules:?}");
    }

    #[test]
    fn dotted_names_go_into_their_parents() {
        check(
            "meta\nobject\nHide child attributes\nmeta.next\nstring\nmeta.page\nobject\nmeta.page.size\nnumber\nparts\nobject[]\nparts[].label\nstring\nend\nstring",
            "meta(next page(size)) parts(label) end",
        );
        check("a\nany\na.b\nstring", "a(b)");
    }

    #[test]
    fn a_dot_alone_makes_no_child() {
        check("hub.mode\nstring\nx\nstring\nx.y\nstring", "hub.mode x x.y");
    }

    #[test]
    fn open_keys_are_no_fields() {
        let (object, _) = object("a\nstring\ncf_\nany | null\n{key}\nany\n\nText");
        assert_eq!(outline(&object), "a");
        assert_eq!(object[CUSTOM_FIELDS], true);
        assert_eq!(object["additionalProperties"], json!({}));
    }

    #[test]
    fn open_keys_that_carry_custom_fields() {
        let (object, _) = object("{key}\nany\n\nKeys like cf_colour");
        assert_eq!(object[CUSTOM_FIELDS], true);
    }

    #[test]
    fn open_keys_of_an_inner_object_are_its_own() {
        let (object, _) = object("a\nobject\na.{key}\nstring\nb\nstring");
        assert_eq!(
            object["properties"]["a"]["additionalProperties"],
            json!({"type": "string"})
        );
        assert_eq!(object.get("additionalProperties"), None);
    }

    #[test]
    fn what_cannot_be_nested_is_found() {
        let rules = |text: &str| object(text).1;
        assert_eq!(
            rules("meta\nobject\nHide child attributes\nnext\nstring"),
            ["field-children-undotted"]
        );
        assert_eq!(rules("a\nstring\na\nstring"), ["field-twice"]);
        assert_eq!(
            rules("meta\nobject\nx\nstring\nmeta.next\nstring"),
            ["field-far-from-parent"]
        );
    }
}

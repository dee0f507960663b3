//! Compares what operations take beside their bodies.

use std::collections::BTreeMap;
use std::slice::from_ref;

use serde_json::Value;

use super::{
    catalogue as rules,
    engine::{Comparer, Draft, Kind},
    form::Form::{Flag, Object, Text},
    node::{Node, resolve},
    operation::Operation,
    pair::{Named, pair},
    schema::{ANNOTATIONS, Schemas},
    schema_rules::Direction,
    spelling,
};
use crate::yaml::child;

/// A parameter of an operation.
struct Parameter<'a> {
    node: Node<'a>,
    name: &'a str,
    /// Its place and name; those in the path go by position, since their names mean nothing.
    key: String,
    is_required: bool,
}

impl<'a> Comparer<'a> {
    pub(super) fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let (before, after) = (parameters(self.old, old), parameters(self.new, new));
        let paired = pair(before, after);
        for (old, new) in paired.both {
            let (from, to) = (self.resolve_old(&old.node), self.resolve_new(&new.node));
            if from.text("in") != to.text("in") {
                let what = format!("Parameter `{}`", old.name);
                let rule = &rules::PARAMETER_LOCATION_CHANGED;
                self.keyword_of(rule, "in", &from, &to, &what);
            }
            self.visit(Kind::Parameter, &old.node, &new.node);
        }
        for Parameter {
            node, name, key, ..
        } in paired.removed
        {
            let message = format!("{} loses the parameter `{name}` ({key}).", old.title());
            self.report(Draft::removed(&rules::PARAMETER_REMOVED, &node).message(message));
        }
        for parameter in paired.added {
            let (rule, word) = if parameter.is_required {
                (&rules::PARAMETER_ADDED_REQUIRED, "required")
            } else {
                (&rules::PARAMETER_ADDED, "optional")
            };
            let Parameter {
                node, name, key, ..
            } = parameter;
            let location = child(&child(&old.node.at.location(), "parameters"), &key);
            let message = format!(
                "{} gets the {word} parameter `{name}` ({key}).",
                new.title()
            );
            self.report(Draft::added(rule, &node, location).message(message));
        }
    }

    /// Two parameters that belong together.
    pub(super) fn parameter(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let name = new.text("name").unwrap_or_default();
        let what = format!("Parameter `{name}`");
        for (key, switched) in [
            (
                "required",
                [
                    &rules::PARAMETER_BECAME_REQUIRED,
                    &rules::PARAMETER_BECAME_OPTIONAL,
                ],
            ),
            (
                "allowReserved",
                [
                    &rules::PARAMETER_RESERVED_ALLOWED,
                    &rules::PARAMETER_RESERVED_REFUSED,
                ],
            ),
            (
                "allowEmptyValue",
                [
                    &rules::PARAMETER_EMPTY_ALLOWED,
                    &rules::PARAMETER_EMPTY_REFUSED,
                ],
            ),
            (
                "x-heffl-json",
                [&rules::PARAMETER_JSON_ADDED, &rules::PARAMETER_JSON_REMOVED],
            ),
        ] {
            // A parameter in the path is required whatever is said.
            if key != "required" || new.text("in") != Some("path") {
                self.switch(key, old, new, &what, switched);
            }
        }
        if old.text("in") == new.text("in") {
            if style(old) != style(new) {
                let rule = &rules::PARAMETER_STYLE_CHANGED;
                self.keyword_of(rule, "style", old, new, &what);
            } else if explode(old) != explode(new) {
                let rule = &rules::PARAMETER_EXPLODE_CHANGED;
                self.keyword_of(rule, "explode", old, new, &what);
            }
        }
        self.annotations(&Schemas::objects(Direction::Parameter, old, new));
        self.filters(old, new, &what);
        self.values(Kind::Parameter, old, new);
        let mut known = vec![
            ("name", Text),
            ("in", Text),
            ("required", Flag),
            ("allowReserved", Flag),
            ("allowEmptyValue", Flag),
            ("style", Text),
            ("explode", Flag),
            ("schema", Object),
            ("content", Object),
            ("x-heffl-json", Flag),
            ("x-heffl-filters", Object),
        ];
        known.extend(ANNOTATIONS);
        let rule = Kind::Parameter.not_compared();
        self.unread(rule, from_ref(old), from_ref(new), &known);
    }

    /// The schema or the content of a parameter or header.
    pub(super) fn values(&mut self, kind: Kind, old: &Node<'a>, new: &Node<'a>) {
        let direction = match kind {
            Kind::Parameter => Direction::Parameter,
            _ => Direction::Response,
        };
        let content = |node: &Node<'a>| -> BTreeMap<String, Node<'a>> {
            let content = node.get("content");
            let entries = content.iter().flat_map(Node::entries);
            entries
                .map(|(name, node)| (spelling::media_type(name), node))
                .collect()
        };
        let (before, after) = (content(old), content(new));
        if !before.keys().eq(after.keys()) {
            let (rule, what) = match kind {
                Kind::Parameter => (&rules::PARAMETER_CONTENT_CHANGED, "A parameter"),
                kind => (kind.not_compared(), "A header"),
            };
            return self.keyword_of(rule, "content", old, new, what);
        }
        for (name, old) in &before {
            if let Some(new) = after.get(name) {
                self.visit(Kind::MediaType(direction), old, new);
            }
        }
        let schemas = [old, new].map(|node| node.get_or_missing("schema", 3));
        self.visit(Kind::Schema(direction), &schemas[0], &schemas[1]);
    }
}

/// The parameters of an operation and of the path item around it.
fn parameters<'a>(root: &'a Value, operation: &Operation<'a>) -> Vec<Named<Parameter<'a>>> {
    let template: Vec<&str> = operation
        .path
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect();
    let mut found: BTreeMap<(String, usize), Parameter<'a>> = BTreeMap::new();
    for parent in [&operation.item, &operation.node] {
        let mut repeated: BTreeMap<String, usize> = BTreeMap::new();
        for node in parent.get("parameters").iter().flat_map(Node::items) {
            let target = resolve(root, &node);
            let place = target.text("in").unwrap_or_default();
            let name = target.text("name").unwrap_or_default();
            let key = match (place, template.iter().position(|known| *known == name)) {
                ("path", Some(position)) => format!("path {}", position + 1),
                ("header", _) => format!("header {}", name.to_ascii_lowercase()),
                // What leads nowhere goes by its text.
                ("", _) => target.value.to_string(),
                _ => format!("{place} {name}"),
            };
            let is_required = target.flag("required");
            let node = node.named(&key);
            let parameter = Parameter {
                node,
                name,
                key: key.clone(),
                is_required,
            };
            // An operation's own parameter comes before that of the path item; of one list, all count.
            let count = repeated.entry(key.clone()).or_default();
            found.insert((key, *count), parameter);
            *count += 1;
        }
    }
    let found = found.into_values();
    found
        .map(|parameter| {
            let names = [parameter.key.clone(), parameter.name.to_owned()];
            Named::new(parameter, names)
        })
        .collect()
}

/// How a parameter is written, said or not.
fn style<'a>(parameter: &Node<'a>) -> &'a str {
    let usual = match parameter.text("in") {
        Some("query" | "cookie") => "form",
        _ => "simple",
    };
    parameter.text("style").unwrap_or(usual)
}

fn explode(parameter: &Node<'_>) -> bool {
    let said = parameter.value.get("explode").and_then(Value::as_bool);
    said.unwrap_or_else(|| style(parameter) == "form")
}

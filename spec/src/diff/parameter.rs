//! Compares what operations take beside their bodies.

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    body::media_type,
    catalogue as rules,
    engine::{Comparer, Draft, Kind},
    node::{Node, reference, resolve},
    operation::Operation,
    rule::Rule,
    schema::Schemas,
    schema_rules::Direction,
};
use crate::yaml::child;

impl<'a> Comparer<'a> {
    pub(super) fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let (mut before, mut after) = (parameters(self.old, old), parameters(self.new, new));
        let common: Vec<String> = before
            .keys()
            .filter(|key| after.contains_key(*key))
            .cloned()
            .collect();
        for key in common {
            if let (Some(old), Some(new)) = (before.shift_remove(&key), after.shift_remove(&key)) {
                self.visit(Kind::Parameter, &old, &new);
            }
        }
        // What is left moved, came or went.
        for (key, old_node) in before {
            let name = parameter_name(self.old, &old_node);
            let moved = after
                .iter()
                .find(|(_, node)| parameter_name(self.new, node) == name);
            if let Some(moved) = moved.map(|(key, _)| key.clone())
                && let Some(new_node) = after.shift_remove(&moved)
            {
                let (from, to) = (self.resolve_old(&old_node), self.resolve_new(&new_node));
                let what = format!("Parameter `{name}` of {}", new.title());
                self.said(&rules::PARAMETER_LOCATION_CHANGED, "in", &from, &to, &what);
                self.visit(Kind::Parameter, &old_node, &new_node);
            } else {
                let message = format!("{} loses the parameter `{name}` ({key}).", old.title());
                self.report(Draft::removed(&rules::PARAMETER_REMOVED, &old_node).message(message));
            }
        }
        for (key, node) in after {
            let is_required = self.resolve_new(&node).flag("required");
            let (rule, word) = if is_required {
                (&rules::PARAMETER_ADDED_REQUIRED, "required")
            } else {
                (&rules::PARAMETER_ADDED, "optional")
            };
            let name = parameter_name(self.new, &node);
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
        let place = new.text("in").unwrap_or("query");
        // A parameter in the path is required whatever is said.
        if place != "path" {
            self.switch(
                "required",
                old,
                new,
                &what,
                [
                    &rules::PARAMETER_BECAME_REQUIRED,
                    &rules::PARAMETER_BECAME_OPTIONAL,
                ],
            );
        }
        self.switch(
            "allowReserved",
            old,
            new,
            &what,
            [
                &rules::PARAMETER_RESERVED_ALLOWED,
                &rules::PARAMETER_RESERVED_REFUSED,
            ],
        );
        self.switch(
            "allowEmptyValue",
            old,
            new,
            &what,
            [
                &rules::PARAMETER_EMPTY_ALLOWED,
                &rules::PARAMETER_EMPTY_REFUSED,
            ],
        );
        self.switch(
            "x-heffl-json",
            old,
            new,
            &what,
            [&rules::PARAMETER_JSON_ADDED, &rules::PARAMETER_JSON_REMOVED],
        );
        if old.text("in") == new.text("in") {
            if style(old) != style(new) {
                self.said(&rules::PARAMETER_STYLE_CHANGED, "style", old, new, &what);
            } else if explode(old) != explode(new) {
                self.said(
                    &rules::PARAMETER_EXPLODE_CHANGED,
                    "explode",
                    old,
                    new,
                    &what,
                );
            }
        }
        self.annotations(&Schemas {
            direction: Direction::Parameter,
            old: vec![old.clone()],
            new: vec![new.clone()],
        });
        self.filters(old, new, &what);
        self.values(Direction::Parameter, old, new, &what);
    }

    /// The schema or the content of a parameter or header.
    pub(super) fn values(
        &mut self,
        direction: Direction,
        old: &Node<'a>,
        new: &Node<'a>,
        what: &str,
    ) {
        let content = |node: &Node<'a>| {
            node.get("content")
                .and_then(|content| content.entries().next())
        };
        match (content(old), content(new)) {
            (None, None) => self.visit(
                Kind::Schema(direction),
                &old.get_or_missing("schema", 3),
                &new.get_or_missing("schema", 3),
            ),
            (Some((before, old)), Some((after, new)))
                if media_type(before) == media_type(after) =>
            {
                self.visit(
                    Kind::Schema(direction),
                    &old.get_or_missing("schema", 3),
                    &new.get_or_missing("schema", 3),
                );
            }
            _ if direction == Direction::Parameter => {
                self.said(&rules::PARAMETER_CONTENT_CHANGED, "content", old, new, what);
            }
            _ => {}
        }
    }

    /// Reports a keyword that is true on one side only: `[came, went]`.
    pub(super) fn switch(
        &mut self,
        key: &'a str,
        old: &Node<'a>,
        new: &Node<'a>,
        what: &str,
        [came, went]: [&'static Rule; 2],
    ) {
        match (old.flag(key), new.flag(key)) {
            (false, true) => self.said(came, key, old, new, what),
            (true, false) => self.said(went, key, old, new, what),
            _ => {}
        }
    }
}

/// The parameters of an operation and of the path item around it, by place and name. Those in the
/// path go by position, since their names mean nothing.
fn parameters<'a>(root: &'a Value, operation: &Operation<'a>) -> IndexMap<String, Node<'a>> {
    let template: Vec<&str> = operation
        .path
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect();
    let mut parameters = IndexMap::new();
    for parent in [&operation.item, &operation.node] {
        for node in parent.get("parameters").iter().flat_map(Node::items) {
            let target = resolve(root, &node);
            let place = target.text("in").unwrap_or_default();
            let name = target.text("name").unwrap_or_default();
            let key = match (place, template.iter().position(|known| *known == name)) {
                ("path", Some(position)) => format!("path {}", position + 1),
                ("header", _) => format!("header {}", name.to_ascii_lowercase()),
                _ => format!("{place} {name}"),
            };
            parameters.insert(key.clone(), node.named(key));
        }
    }
    parameters
}

fn parameter_name(root: &Value, node: &Node<'_>) -> String {
    let target = match reference(node.value).and_then(|target| target.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).unwrap_or(node.value),
        None => node.value,
    };
    let name = target.get("name").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
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

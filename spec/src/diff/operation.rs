//! Compares two operations: what they are called, what they take and what they answer.

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    catalogue as rules,
    engine::{Comparer, Draft, Kind},
    node::Node,
    rule::Rule,
    schema::{Schemas, strength},
    schema_rules::Direction,
    subject::step,
};
use crate::yaml::child;

/// An operation of one document.
pub(super) struct Operation<'a> {
    pub(super) method: String,
    pub(super) path: &'a str,
    pub(super) node: Node<'a>,
    /// The path item around it.
    pub(super) item: Node<'a>,
}

impl Operation<'_> {
    /// What people call it, such as `GET /deals/{id}`.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The path without the names of its parameters, which mean nothing.
pub(super) fn anonymous(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, inside)) = rest.split_once('{')
        && let Some((_, after)) = inside.split_once('}')
    {
        text.push_str(before);
        text.push_str("{}");
        rest = after;
    }
    text.push_str(rest);
    text
}

impl<'a> Comparer<'a> {
    /// Two operations that belong together.
    pub(super) fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        self.operation_names(old, new);
        self.operation_servers(old, new);
        self.parameters(old, new);
        let (before, after) = (old.node.get("requestBody"), new.node.get("requestBody"));
        self.bodies(Direction::Request, &old.node, before, after);
        self.responses(old, new);
    }

    fn operation_names(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let title = new.title();
        let key = "operationId";
        let (before, after) = (old.node.value.get(key), new.node.value.get(key));
        if before != after {
            self.said(
                &rules::OPERATION_ID_CHANGED,
                key,
                &old.node,
                &new.node,
                &title,
            );
        }
        match (old.node.flag("deprecated"), new.node.flag("deprecated")) {
            (false, true) => self.said(
                &rules::OPERATION_DEPRECATED,
                "deprecated",
                &old.node,
                &new.node,
                &title,
            ),
            (true, false) => self.said(
                &rules::OPERATION_UNDEPRECATED,
                "deprecated",
                &old.node,
                &new.node,
                &title,
            ),
            _ => {}
        }
        let key = "x-heffl-evidence";
        let known = |node: &Node<'_>| strength(node.value.get(key));
        match known(&new.node).cmp(&known(&old.node)) {
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => self.said(
                &rules::OPERATION_EVIDENCE_STRENGTHENED,
                key,
                &old.node,
                &new.node,
                &title,
            ),
            std::cmp::Ordering::Less => self.said(
                &rules::OPERATION_EVIDENCE_WEAKENED,
                key,
                &old.node,
                &new.node,
                &title,
            ),
        }
        let tags = |node: &Node<'a>| {
            node.get("tags")
                .iter()
                .flat_map(Node::items)
                .collect::<Vec<_>>()
        };
        let (before, after) = (tags(&old.node), tags(&new.node));
        let has =
            |tags: &[Node<'_>], tag: &Node<'_>| tags.iter().any(|known| known.value == tag.value);
        let location = child(&old.node.at.location(), "tags");
        for tag in before.iter().filter(|tag| !has(&after, tag)) {
            let mut draft = Draft::removed(&rules::OPERATION_TAG_REMOVED, tag)
                .values(Some(tag.value.clone()), None);
            draft.location.clone_from(&location);
            self.report(draft.message(format!("{title} loses the tag {}.", tag.value)));
        }
        for tag in after.iter().filter(|tag| !has(&before, tag)) {
            let draft = Draft::added(&rules::OPERATION_TAG_ADDED, tag, location.clone());
            let draft = draft.values(None, Some(tag.value.clone()));
            self.report(draft.message(format!("{title} gets the tag {}.", tag.value)));
        }
    }

    /// Reports a keyword of a node: at its new place, or at the old one if it is gone.
    pub(super) fn said(
        &mut self,
        rule: &'static Rule,
        key: &'a str,
        old: &Node<'a>,
        new: &Node<'a>,
        what: &str,
    ) {
        let (before, after) = (old.get(key), new.get(key));
        let mut draft = match (&before, &after) {
            (None, Some(after)) => Draft::added(rule, after, child(&old.at.location(), key)),
            (Some(before), None) => Draft::removed(rule, before),
            (Some(before), Some(after)) => Draft::changed(rule, before, after),
            (None, None) => Draft::changed(rule, old, new),
        };
        let (before, after) = (before.map(|node| node.value), after.map(|node| node.value));
        draft = draft.values(before.cloned(), after.cloned());
        self.report(draft.message(format!(
            "{what}: {}{}.",
            lower(rule.title),
            step(before, after)
        )));
    }

    fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
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
        self.values(Direction::Parameter, old, new, &what);
    }

    /// The schema or the content of a parameter or header.
    fn values(&mut self, direction: Direction, old: &Node<'a>, new: &Node<'a>, what: &str) {
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
    fn switch(
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

    fn responses(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let responses = |node: &Node<'a>| -> IndexMap<&'a str, Node<'a>> {
            let responses = node.get("responses");
            let entries = responses.iter().flat_map(Node::entries);
            entries
                .filter(|(status, _)| !status.starts_with("x-"))
                .collect()
        };
        let (before, after) = (responses(&old.node), responses(&new.node));
        for (status, old_node) in &before {
            if let Some(new_node) = after.get(status) {
                self.visit(Kind::Response, old_node, new_node);
            } else {
                let rule = if is_success(status) {
                    &rules::RESPONSE_SUCCESS_REMOVED
                } else {
                    &rules::RESPONSE_ERROR_REMOVED
                };
                let message = format!("{} no longer answers {status}.", new.title());
                self.report(Draft::removed(rule, old_node).message(message));
            }
        }
        let location = child(&old.node.at.location(), "responses");
        for (status, new_node) in after
            .iter()
            .filter(|(status, _)| !before.contains_key(*status))
        {
            let rule = if is_success(status) {
                &rules::RESPONSE_SUCCESS_ADDED
            } else {
                &rules::RESPONSE_ERROR_ADDED
            };
            let message = format!("{} may answer {status}.", new.title());
            self.report(Draft::added(rule, new_node, child(&location, status)).message(message));
        }
    }

    /// Two answers with the same status.
    pub(super) fn response(&mut self, old: &Node<'a>, new: &Node<'a>) {
        self.annotations(&Schemas {
            direction: Direction::Response,
            old: vec![old.clone()],
            new: vec![new.clone()],
        });
        let what = match old.at.location().rsplit_once('/') {
            Some((_, name)) => format!("Answer {name}"),
            None => "Answer".to_owned(),
        };
        let is_empty = |node: &Node<'a>| {
            node.get("content")
                .is_none_or(|content| content.entries().next().is_none())
        };
        match (is_empty(old), is_empty(new)) {
            (true, true) => {}
            (true, false) => {
                self.gone_or_new(&rules::RESPONSE_BODY_ADDED, "content", old, new, &what);
            }
            (false, true) => {
                self.gone_or_new(&rules::RESPONSE_BODY_REMOVED, "content", old, new, &what);
            }
            (false, false) => self.content(Direction::Response, old, new, &what),
        }
        self.headers(old, new, &what);
    }

    /// Reports something large that came or went, without its value.
    fn gone_or_new(
        &mut self,
        rule: &'static Rule,
        key: &'a str,
        old: &Node<'a>,
        new: &Node<'a>,
        what: &str,
    ) {
        let draft = match (old.get(key), new.get(key)) {
            (_, Some(after)) => Draft::added(rule, &after, child(&old.at.location(), key)),
            (Some(before), None) => Draft::removed(rule, &before),
            (None, None) => Draft::changed(rule, old, new),
        };
        self.report(draft.message(format!("{what}: {}.", lower(rule.title))));
    }

    /// The media types that two bodies have, and their schemas.
    fn content(&mut self, direction: Direction, old: &Node<'a>, new: &Node<'a>, what: &str) {
        let types = |node: &Node<'a>| -> IndexMap<String, Node<'a>> {
            let content = node.get("content");
            let entries = content.iter().flat_map(Node::entries);
            entries
                .map(|(name, node)| (media_type(name), node))
                .collect()
        };
        let (added, removed) = match direction {
            Direction::Response => (
                &rules::RESPONSE_MEDIA_TYPE_ADDED,
                &rules::RESPONSE_MEDIA_TYPE_REMOVED,
            ),
            _ => (
                &rules::REQUEST_MEDIA_TYPE_ADDED,
                &rules::REQUEST_MEDIA_TYPE_REMOVED,
            ),
        };
        let (before, after) = (types(old), types(new));
        for (name, old_type) in &before {
            let Some(new_type) = after.get(name) else {
                let message = format!("{what}: {}: {name}.", lower(removed.title));
                self.report(Draft::removed(removed, old_type).message(message));
                continue;
            };
            let schemas = (
                old_type.get_or_missing("schema", 3),
                new_type.get_or_missing("schema", 3),
            );
            self.visit(Kind::Schema(direction), &schemas.0, &schemas.1);
            if old_type.value.get("encoding") != new_type.value.get("encoding")
                && direction == Direction::Request
            {
                self.said(
                    &rules::REQUEST_ENCODING_CHANGED,
                    "encoding",
                    old_type,
                    new_type,
                    what,
                );
            }
        }
        let location = child(&old.at.location(), "content");
        for (name, new_type) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            let message = format!("{what}: {}: {name}.", lower(added.title));
            self.report(Draft::added(added, new_type, child(&location, name)).message(message));
        }
    }

    fn headers(&mut self, old: &Node<'a>, new: &Node<'a>, what: &str) {
        let headers = |node: &Node<'a>| -> IndexMap<String, Node<'a>> {
            let headers = node.get("headers");
            let entries = headers.iter().flat_map(Node::entries);
            entries
                .map(|(name, node)| (name.to_ascii_lowercase(), node))
                .collect()
        };
        let (before, after) = (headers(old), headers(new));
        for (name, old_header) in &before {
            if let Some(new_header) = after.get(name) {
                self.visit(Kind::Header, old_header, new_header);
            } else {
                let message = format!("{what} loses the header `{name}`.");
                self.report(
                    Draft::removed(&rules::RESPONSE_HEADER_REMOVED, old_header).message(message),
                );
            }
        }
        let location = child(&old.at.location(), "headers");
        for (name, header) in after.iter().filter(|(name, _)| !before.contains_key(*name)) {
            let message = format!("{what} gets the header `{name}`.");
            let location = child(&location, name);
            self.report(
                Draft::added(&rules::RESPONSE_HEADER_ADDED, header, location).message(message),
            );
        }
    }

    /// Two headers of answers.
    pub(super) fn header(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let what = "A header";
        self.switch(
            "required",
            old,
            new,
            what,
            [
                &rules::RESPONSE_HEADER_BECAME_REQUIRED,
                &rules::RESPONSE_HEADER_BECAME_OPTIONAL,
            ],
        );
        self.annotations(&Schemas {
            direction: Direction::Response,
            old: vec![old.clone()],
            new: vec![new.clone()],
        });
        self.values(Direction::Response, old, new, what);
    }

    /// The bodies of two requests, or of two calls of a webhook.
    pub(super) fn bodies(
        &mut self,
        direction: Direction,
        parent: &Node<'a>,
        old: Option<Node<'a>>,
        new: Option<Node<'a>>,
    ) {
        match (old, new) {
            (None, None) => {}
            (Some(old), Some(new)) => self.visit(Kind::RequestBody(direction), &old, &new),
            (None, Some(new)) => {
                let rule = if self.resolve_new(&new).flag("required") {
                    &rules::REQUEST_BODY_ADDED_REQUIRED
                } else {
                    &rules::REQUEST_BODY_ADDED
                };
                let location = child(&parent.at.location(), "requestBody");
                self.report(Draft::added(rule, &new, location).message(format!("{}.", rule.title)));
            }
            (Some(old), None) => {
                let rule = &rules::REQUEST_BODY_REMOVED;
                self.report(Draft::removed(rule, &old).message(format!("{}.", rule.title)));
            }
        }
    }

    /// Two bodies that belong together.
    pub(super) fn request_body(&mut self, direction: Direction, old: &Node<'a>, new: &Node<'a>) {
        let what = "The body";
        if direction == Direction::Request {
            self.switch(
                "required",
                old,
                new,
                what,
                [
                    &rules::REQUEST_BODY_BECAME_REQUIRED,
                    &rules::REQUEST_BODY_BECAME_OPTIONAL,
                ],
            );
        }
        self.content(direction, old, new, what);
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
            let target = super::node::resolve(root, &node);
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
    let target =
        match super::node::reference(node.value).and_then(|target| target.strip_prefix('#')) {
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

fn is_success(status: &str) -> bool {
    status.starts_with(['1', '2', '3'])
}

/// A media type as it is compared: neither case nor blanks matter.
fn media_type(name: &str) -> String {
    name.split_whitespace()
        .collect::<String>()
        .to_ascii_lowercase()
}

/// A title as a part of a sentence.
pub(super) fn lower(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

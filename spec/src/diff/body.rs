//! Compares bodies of requests, and answers.

use indexmap::IndexMap;

use super::{
    catalogue as rules,
    engine::{Comparer, Draft, Kind},
    node::Node,
    operation::{Operation, lower},
    rule::Rule,
    schema::Schemas,
    schema_rules::Direction,
};
use crate::yaml::child;

impl<'a> Comparer<'a> {
    pub(super) fn responses(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
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
    pub(super) fn gone_or_new(
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
                let rule = if direction == Direction::Response {
                    &rules::WEBHOOK_BODY_ADDED
                } else if self.resolve_new(&new).flag("required") {
                    &rules::REQUEST_BODY_ADDED_REQUIRED
                } else {
                    &rules::REQUEST_BODY_ADDED
                };
                let location = child(&parent.at.location(), "requestBody");
                self.report(Draft::added(rule, &new, location).message(format!("{}.", rule.title)));
            }
            (Some(old), None) => {
                let rule = match direction {
                    Direction::Response => &rules::WEBHOOK_BODY_REMOVED,
                    _ => &rules::REQUEST_BODY_REMOVED,
                };
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

fn is_success(status: &str) -> bool {
    status.starts_with(['1', '2', '3'])
}

/// A media type as it is compared: neither case nor blanks matter.
pub(super) fn media_type(name: &str) -> String {
    name.split_whitespace()
        .collect::<String>()
        .to_ascii_lowercase()
}

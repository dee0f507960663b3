//! Compares bodies of requests, and responses.

use std::slice::from_ref;

use super::{
    catalogue as rules,
    engine::{Comparer, Draft, Kind},
    form::Form::{Flag, Object},
    node::Node,
    operation::{Operation, lower},
    pair::{Named, Paired, pair},
    schema::{ANNOTATIONS, Schemas},
    schema_rules::Direction,
    spelling, unread,
};
use crate::yaml::child;

/// A value and its key.
type Member<'a> = (&'a str, Node<'a>);

/// Pairs the members of two objects, by their keys and then by what these mean.
fn members<'a>(
    old: Option<Node<'a>>,
    new: Option<Node<'a>>,
    meaning: impl Fn(&str) -> String,
) -> Paired<Member<'a>> {
    let named = |node: Option<Node<'a>>| {
        let mut entries: Vec<Member<'a>> = node.iter().flat_map(Node::entries).collect();
        entries.sort_by_key(|(key, _)| *key);
        let named = entries.into_iter().map(|(key, node)| {
            let names = [key.to_owned(), meaning(key)];
            // Its spelling is no part of what it is.
            let node = node.named(meaning(key));
            Named::new((key, node), names)
        });
        named.collect::<Vec<_>>()
    };
    pair(named(old), named(new))
}

impl<'a> Comparer<'a> {
    pub(super) fn responses(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        const KEY: &str = "responses";
        let (before, after) = (old.node.get(KEY), new.node.get(KEY));
        let status = |status: &str| status.to_ascii_uppercase();
        let mut paired = members(before.clone(), after.clone(), status);
        paired.retain(|(status, _)| !status.starts_with("x-"));
        for ((_, old), (_, new)) in &paired.both {
            self.visit(Kind::Response, old, new);
        }
        // A range such as `2XX` covers a status, too.
        let in_range = |responses: Option<&Node<'a>>, status: &str| {
            let range = spelling::status_range(status)?;
            let is_range = status.to_ascii_uppercase() == range;
            let entries = responses?.entries();
            let inside = |known: &str| {
                spelling::status_range(known).as_deref() == Some(&*range)
                    && (is_range || known.eq_ignore_ascii_case(&range))
            };
            let mut inside: Vec<Member<'a>> = entries.filter(|(known, _)| inside(known)).collect();
            inside.sort_by_key(|(key, _)| *key);
            (!inside.is_empty()).then_some(inside)
        };
        for (status, node) in &paired.removed {
            if let Some(others) = in_range(after.as_ref(), status) {
                for (_, other) in others {
                    self.visit(Kind::Response, node, &other);
                }
                continue;
            }
            let rule = if is_success(status) {
                &rules::RESPONSE_SUCCESS_REMOVED
            } else {
                &rules::RESPONSE_ERROR_REMOVED
            };
            let message = format!("{} no longer returns {status}.", new.title());
            self.report(Draft::removed(rule, node).message(message));
        }
        let location = child(&old.node.at.location(), KEY);
        for (status, node) in &paired.added {
            if let Some(others) = in_range(before.as_ref(), status) {
                for (_, other) in others {
                    self.visit(Kind::Response, &other, node);
                }
                continue;
            }
            let rule = if is_success(status) {
                &rules::RESPONSE_SUCCESS_ADDED
            } else {
                &rules::RESPONSE_ERROR_ADDED
            };
            let message = format!("{} may return {status}.", new.title());
            self.report(Draft::added(rule, node, child(&location, status)).message(message));
        }
        let (before, after) = (Vec::from_iter(before), Vec::from_iter(after));
        for key in unread::keys(&[&*before, &*after].concat()) {
            if key.starts_with("x-") {
                self.unread_key(Kind::Response.not_compared(), key, &before, &after);
            }
        }
    }

    /// Two responses with the same status.
    pub(super) fn response(&mut self, old: &Node<'a>, new: &Node<'a>) {
        self.annotations(&Schemas::objects(Direction::Response, old, new));
        let what = match old.at.location().rsplit_once('/') {
            Some((_, name)) => format!("Response {name}"),
            None => "Response".to_owned(),
        };
        let is_empty = |node: &Node<'a>| {
            let content = node.get("content");
            content.is_none_or(|content| content.entries().next().is_none())
        };
        let rule = match (is_empty(old), is_empty(new)) {
            (true, false) => Some(&rules::RESPONSE_BODY_ADDED),
            (false, true) => Some(&rules::RESPONSE_BODY_REMOVED),
            _ => None,
        };
        match rule {
            Some(rule) => self.large(rule, "content", old, new, &what),
            None => self.content(Direction::Response, old, new, &what),
        }
        self.headers(old, new, &what);
        let mut known = vec![("content", Object), ("headers", Object)];
        known.extend(ANNOTATIONS);
        let rule = Kind::Response.not_compared();
        self.unread(rule, from_ref(old), from_ref(new), &known);
    }

    /// The media types that two bodies have, and their schemas.
    fn content(&mut self, direction: Direction, old: &Node<'a>, new: &Node<'a>, what: &str) {
        const KEY: &str = "content";
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
        let paired = members(old.get(KEY), new.get(KEY), spelling::media_type);
        for ((_, old), (_, new)) in &paired.both {
            self.visit(Kind::MediaType(direction), old, new);
        }
        for (name, node) in &paired.removed {
            let message = format!("{what}: {}: {name}.", lower(removed.title));
            self.report(Draft::removed(removed, node).message(message));
        }
        let location = child(&old.at.location(), KEY);
        for (name, node) in &paired.added {
            let message = format!("{what}: {}: {name}.", lower(added.title));
            self.report(Draft::added(added, node, child(&location, name)).message(message));
        }
    }

    /// Two bodies of the same media type.
    pub(super) fn media_type(&mut self, direction: Direction, old: &Node<'a>, new: &Node<'a>) {
        let schemas = [old, new].map(|node| node.get_or_missing("schema", 3));
        self.visit(Kind::Schema(direction), &schemas[0], &schemas[1]);
        let mut known = vec![("schema", Object)];
        if direction == Direction::Request {
            known.push(("encoding", Object));
            let encoding = |node: &Node<'a>, side| {
                let encoding = node.value.get("encoding")?;
                Some(self.meanings.under(side, "encoding", encoding))
            };
            if encoding(old, super::Side::Old) != encoding(new, super::Side::New) {
                let rule = &rules::REQUEST_ENCODING_CHANGED;
                self.keyword_of(rule, "encoding", old, new, "The body");
            }
        }
        let rule = Kind::MediaType(direction).not_compared();
        self.unread(rule, from_ref(old), from_ref(new), &known);
    }

    fn headers(&mut self, old: &Node<'a>, new: &Node<'a>, what: &str) {
        const KEY: &str = "headers";
        let name = |name: &str| name.to_ascii_lowercase();
        let paired = members(old.get(KEY), new.get(KEY), name);
        for ((_, old), (_, new)) in &paired.both {
            self.visit(Kind::Header, old, new);
        }
        for (name, node) in &paired.removed {
            let message = format!("{what} loses the header `{name}`.");
            self.report(Draft::removed(&rules::RESPONSE_HEADER_REMOVED, node).message(message));
        }
        let location = child(&old.at.location(), KEY);
        for (key, node) in &paired.added {
            let message = format!("{what} gets the header `{key}`.");
            let location = child(&location, name(key));
            let draft = Draft::added(&rules::RESPONSE_HEADER_ADDED, node, location);
            self.report(draft.message(message));
        }
    }

    /// Two headers of responses.
    pub(super) fn header(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let rules = [
            &rules::RESPONSE_HEADER_BECAME_REQUIRED,
            &rules::RESPONSE_HEADER_BECAME_OPTIONAL,
        ];
        self.switch("required", old, new, "A header", rules);
        self.annotations(&Schemas::objects(Direction::Response, old, new));
        self.values(Kind::Header, old, new);
        let mut known = vec![("required", Flag), ("schema", Object), ("content", Object)];
        known.extend(ANNOTATIONS);
        let rule = Kind::Header.not_compared();
        self.unread(rule, from_ref(old), from_ref(new), &known);
    }

    /// The bodies of two requests, or of two calls of the server.
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
            let rules = [
                &rules::REQUEST_BODY_BECAME_REQUIRED,
                &rules::REQUEST_BODY_BECAME_OPTIONAL,
            ];
            self.switch("required", old, new, what, rules);
        }
        self.annotations(&Schemas::objects(direction, old, new));
        self.content(direction, old, new, what);
        let mut known = vec![("content", Object), ("required", Flag)];
        known.extend(ANNOTATIONS);
        let rule = Kind::RequestBody(direction).not_compared();
        self.unread(rule, from_ref(old), from_ref(new), &known);
    }
}

fn is_success(status: &str) -> bool {
    status.starts_with(['1', '2', '3'])
}

//! Compares two operations: what they are called, what they take and what they return.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice::from_ref,
};

use serde_json::Value;

use super::{
    Side, catalogue as rules,
    engine::{Comparer, Draft},
    form::{
        Form::{Flag, Object, Objects, Text, Texts},
        Known,
    },
    meaning::is_prose,
    node::Node,
    pair::{Named, pair},
    rule::Rule,
    schema::strength,
    schema_rules::Direction,
    spelling,
    subject::step,
};
use crate::yaml::child;

pub(super) const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// What is compared of an operation.
const KEYS: &Known = &[
    ("callbacks", Object),
    ("deprecated", Flag),
    ("operationId", Text),
    ("parameters", Objects),
    ("requestBody", Object),
    ("responses", Object),
    ("security", Objects),
    ("servers", Objects),
    ("tags", Texts),
    ("x-heffl-evidence", Text),
];

/// What is compared of an operation that the server calls.
const INCOMING_KEYS: &Known = &[
    ("deprecated", Flag),
    ("operationId", Text),
    ("requestBody", Object),
    ("tags", Texts),
    ("x-heffl-evidence", Text),
];

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

impl<'a> Comparer<'a> {
    /// Two operations that belong together.
    pub(super) fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let title = new.title();
        self.operation_names(&old.node, &new.node, &title);
        self.operation_servers(old, new);
        self.parameters(old, new);
        let (before, after) = (old.node.get("requestBody"), new.node.get("requestBody"));
        self.bodies(Direction::Request, &old.node, before, after);
        self.responses(old, new);
        self.callbacks(&old.node, &new.node, &title);
        let rule = &rules::OPERATION_NOT_COMPARED;
        self.unread(rule, from_ref(&old.node), from_ref(&new.node), KEYS);
    }

    /// Two operations that the server calls, of webhooks or callbacks: their bodies are read by
    /// programs.
    pub(super) fn incoming(&mut self, old: &Node<'a>, new: &Node<'a>, title: &str) {
        self.operation_names(old, new, title);
        let (before, after) = (old.get("requestBody"), new.get("requestBody"));
        self.bodies(Direction::Response, old, before, after);
        let rule = &rules::OPERATION_NOT_COMPARED;
        self.unread(rule, from_ref(old), from_ref(new), INCOMING_KEYS);
    }

    fn operation_names(&mut self, old: &Node<'a>, new: &Node<'a>, title: &str) {
        let key = "operationId";
        if old.value.get(key) != new.value.get(key) {
            self.keyword_of(&rules::OPERATION_ID_CHANGED, key, old, new, title);
        }
        let rules = [&rules::OPERATION_DEPRECATED, &rules::OPERATION_UNDEPRECATED];
        self.switch("deprecated", old, new, title, rules);
        self.tags(old, new, title);
        let key = "x-heffl-evidence";
        let known = |node: &Node<'_>| strength(node.value.get(key));
        let rule = match known(new).cmp(&known(old)) {
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Greater => &rules::OPERATION_EVIDENCE_STRENGTHENED,
            std::cmp::Ordering::Less => &rules::OPERATION_EVIDENCE_WEAKENED,
        };
        self.keyword_of(rule, key, old, new, title);
    }

    fn tags(&mut self, old: &Node<'a>, new: &Node<'a>, title: &str) {
        let tags = |node: &Node<'a>| -> Vec<Named<Node<'a>>> {
            let tags = node.get("tags");
            let tags = tags.iter().flat_map(Node::items);
            tags.map(|tag| Named::new(tag.clone(), tag.value.as_str()))
                .collect()
        };
        let paired = pair(tags(old), tags(new));
        let location = child(&old.at.location(), "tags");
        for tag in paired.removed {
            let mut draft = Draft::removed(&rules::OPERATION_TAG_REMOVED, &tag)
                .values(Some(tag.value.clone()), None);
            draft.location.clone_from(&location);
            self.report(draft.message(format!("{title} loses the tag {}.", tag.value)));
        }
        for tag in paired.added {
            let draft = Draft::added(&rules::OPERATION_TAG_ADDED, &tag, location.clone());
            let draft = draft.values(None, Some(tag.value.clone()));
            self.report(draft.message(format!("{title} gets the tag {}.", tag.value)));
        }
    }

    /// Servers that an operation or its path item names for itself.
    fn operation_servers(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        const KEY: &str = "servers";
        let own = |operation: &Operation<'a>| {
            let own = operation.node.value.get(KEY);
            own.or_else(|| operation.item.value.get(KEY))
        };
        let (before, after) = (own(old), own(new));
        if before.is_none() && after.is_none() {
            return;
        }
        let servers = |own: Option<&'a Value>, side: Side, root: &'a Value| {
            let servers = own.or_else(|| root.get(KEY)).and_then(Value::as_array);
            let servers = servers.into_iter().flatten().map(|server| {
                let entries = server.as_object().into_iter().flatten();
                let entries = entries.filter(|(key, value)| !is_prose(key, value));
                let said = entries.map(|(key, value)| match (&**key, value.as_str()) {
                    ("url", Some(url)) => ("url", spelling::server(url)),
                    (key, _) => (key, self.meanings.under(side, key, value).to_string()),
                });
                said.collect::<BTreeMap<_, _>>()
            });
            servers.collect::<BTreeSet<_>>()
        };
        if servers(before, Side::Old, self.old) != servers(after, Side::New, self.new) {
            let draft = Draft::changed(&rules::OPERATION_SERVERS_CHANGED, &old.node, &new.node);
            let draft = draft.values(before.cloned(), after.cloned());
            self.report(draft.message(format!("{} is served from elsewhere.", new.title())));
        }
    }

    /// The calls that the server makes because of an operation.
    fn callbacks(&mut self, old: &Node<'a>, new: &Node<'a>, title: &str) {
        const KEY: &str = "callbacks";
        let rule = &rules::OPERATION_NOT_COMPARED;
        let callbacks = |node: &Node<'a>| -> Vec<Named<(&'a str, Node<'a>)>> {
            let callbacks = node.get(KEY);
            let entries = callbacks.iter().flat_map(Node::entries);
            entries
                .map(|(name, node)| Named::new((name, node), [name]))
                .collect()
        };
        let paired = pair(callbacks(old), callbacks(new));
        for ((name, old), (_, new)) in paired.both {
            if self.meanings.same(old.value, new.value) {
                continue;
            }
            if let Some((old, new)) = self.resolved(rule, &old, &new) {
                let title = format!("Callback `{name}` of {title}");
                self.incoming_items(&old, &new, &title);
            }
        }
        for (name, node) in paired.removed {
            let draft = Draft::removed(&rules::CALLBACK_REMOVED, &node);
            self.report(draft.message(format!("{title} loses the callback `{name}`.")));
        }
        let location = child(&old.at.location(), KEY);
        for (name, node) in paired.added {
            let draft = Draft::added(&rules::CALLBACK_ADDED, &node, child(&location, name));
            self.report(draft.message(format!("{title} gets the callback `{name}`.")));
        }
    }

    /// Compares the path items of a callback, by the expressions that give their addresses.
    fn incoming_items(&mut self, old: &Node<'a>, new: &Node<'a>, title: &str) {
        let rule = &rules::OPERATION_NOT_COMPARED;
        let is_item = |key: &str| !key.starts_with("x-");
        let both = old.entries().filter_map(|(key, old)| {
            let new = new.get(key).filter(|_| is_item(key))?;
            Some((key, old, new))
        });
        let both: Vec<_> = both.collect();
        for (_, old, new) in &both {
            self.incoming_item(old, new, title);
        }
        // Another expression is another address; what it is cannot be told before the call.
        let known: Vec<_> = both.iter().map(|(key, ..)| *key).collect();
        for key in super::unread::keys(&[old.clone(), new.clone()]) {
            if !known.contains(&key) {
                self.unread_key(rule, key, from_ref(old), from_ref(new));
            }
        }
    }

    /// Compares the operations of a path item that the server calls.
    pub(super) fn incoming_item(&mut self, old: &Node<'a>, new: &Node<'a>, title: &str) {
        let rule = &rules::OPERATION_NOT_COMPARED;
        if self.meanings.same(old.value, new.value) {
            return;
        }
        let Some((old, new)) = self.resolved(rule, old, new) else {
            return;
        };
        let mut known = Vec::new();
        for method in METHODS {
            if let (Some(old), Some(new)) = (old.get(method), new.get(method))
                && old.value.is_object()
                && new.value.is_object()
            {
                self.incoming(&old, &new, title);
                known.push((method, Object));
            }
        }
        self.unread(rule, from_ref(&old), from_ref(&new), &known);
    }

    /// Reports a keyword of a node: at its new place, or at the old one if it is gone.
    pub(super) fn keyword_of(
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
            (false, true) => self.keyword_of(came, key, old, new, what),
            (true, false) => self.keyword_of(went, key, old, new, what),
            _ => {}
        }
    }

    /// Reports something large that came or went, without its value.
    pub(super) fn large(
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
}

/// A title as a part of a sentence.
pub(super) fn lower(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

//! Compares two documents: which operation was which, and what holds for all of them.

use std::collections::{HashMap, HashSet};
use std::slice::from_ref;

use serde_json::Value;

use super::{
    Change, catalogue as rules,
    engine::{Comparer, Draft, Root},
    form::{
        Form::{Anything, Object, Objects, Text},
        Known,
    },
    node::{At, Node, resolve},
    operation::{METHODS, Operation, lower},
    outcome,
    pair::{Named, pair},
    rule::Rule,
    spelling,
};
use crate::yaml::child;

/// What is compared of a document; components are where references lead to.
const DOCUMENT_KEYS: &Known = &[
    ("openapi", Text),
    ("info", Object),
    ("servers", Objects),
    ("paths", Object),
    ("webhooks", Object),
    ("x-webhooks", Object),
    ("components", Object),
    ("security", Objects),
    // Descriptions of tags.
    ("tags", Anything),
    ("x-heffl-filter-kinds", Object),
];

const INFO_KEYS: &Known = &[
    ("version", Anything),
    ("contact", Anything),
    ("license", Anything),
    ("termsOfService", Anything),
];

const COMPONENTS_KEYS: &Known = &[
    ("callbacks", Object),
    ("headers", Object),
    ("links", Object),
    ("parameters", Object),
    ("pathItems", Object),
    ("requestBodies", Object),
    ("responses", Object),
    ("schemas", Object),
    ("securitySchemes", Object),
];

const SERVER_KEYS: &Known = &[("url", Text), ("variables", Object)];

pub(super) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    if old == new {
        return Vec::new();
    }
    let mut comparer = Comparer::new(old, new);
    let roots = comparer.document();
    comparer.run();
    outcome::changes(comparer.units, &roots)
}

impl<'a> Comparer<'a> {
    fn document(&mut self) -> Vec<Root> {
        let (old, new) = (Node::root(self.old), Node::root(self.new));
        let unit = self.start();
        let mut roots = vec![Root {
            unit,
            operation: None,
        }];
        self.whole(&old, &new);
        let renamed = self.security(&old, &new);
        let (before, after) = (path_items(self.old), path_items(self.new));
        self.path_items(&before, &after);

        let paired = pair(operations(&before), operations(&after));
        let mut addressed = Vec::new();
        for (old, new) in paired.both {
            let of_item = |key| {
                let value = |item: &Node<'a>| item.value.get(key).unwrap_or(&Value::Null);
                self.meanings.same(value(&old.item), value(&new.item))
            };
            if old.path == new.path
                && old.method == new.method
                && of_item("parameters")
                && of_item("servers")
                && self.meanings.same(old.node.value, new.node.value)
            {
                continue;
            }
            let unit = self.start();
            addressed.push((new.path, new.method.clone(), unit, new.title()));
            self.address(&old, &new);
            self.operation(&old, &new);
            self.operation_security(&renamed, &old, &new);
        }
        for operation in paired.removed {
            let unit = self.start();
            let title = operation.title();
            let draft = Draft::removed(&rules::OPERATION_REMOVED, &operation.node);
            self.report(draft.message(format!("{title} is gone.")));
            addressed.push((operation.path, operation.method, unit, title));
        }
        for operation in paired.added {
            let unit = self.start();
            let (node, title) = (&operation.node, operation.title());
            let draft = Draft::added(&rules::OPERATION_ADDED, node, node.at.location());
            self.report(draft.message(format!("{title} is new.")));
            addressed.push((operation.path, operation.method, unit, title));
        }
        // The order of the result is the order of the roots.
        addressed.sort();
        roots.extend(addressed.into_iter().map(|(_, _, unit, title)| Root {
            unit,
            operation: Some(title),
        }));
        for key in ["webhooks", "x-webhooks"] {
            self.webhooks(key, &old, &new, &mut roots);
        }
        roots
    }

    /// What belongs to no operation.
    fn whole(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let rule = &rules::DOCUMENT_NOT_COMPARED;
        let part = |node: &Node<'a>, key| -> Vec<Node<'a>> { node.get(key).into_iter().collect() };
        self.unread(rule, from_ref(old), from_ref(new), DOCUMENT_KEYS);
        for (key, known) in [("info", INFO_KEYS), ("components", COMPONENTS_KEYS)] {
            self.unread(rule, &part(old, key), &part(new, key), known);
        }
        if let (Some(old), Some(new)) = (old.get("info"), new.get("info"))
            && old.value.get("version") != new.value.get("version")
        {
            let rule = &rules::DOCUMENT_VERSION_CHANGED;
            self.keyword_of(rule, "version", &old, &new, "The document");
        }
        self.servers(old, new);
        self.filter_kinds(old, new);
    }

    fn servers(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let servers = |node: &Node<'a>| -> Vec<Named<Node<'a>>> {
            let servers = node.get("servers");
            let servers = servers.iter().flat_map(Node::items);
            servers
                .map(|node| {
                    let url = node.text("url").unwrap_or_default();
                    let node = node.named(url);
                    Named::new(node, [url.to_owned(), spelling::server(url)])
                })
                .collect()
        };
        let (before, after) = (servers(old), servers(new));
        let is_only = before.len() == 1 && after.len() == 1;
        let paired = pair(before, after);
        for (old, new) in &paired.both {
            let rule = &rules::DOCUMENT_NOT_COMPARED;
            self.unread(rule, from_ref(old), from_ref(new), SERVER_KEYS);
            self.server_variables(old, new);
        }
        if let (true, [old], [new]) = (is_only, &*paired.removed, &*paired.added) {
            return self.keyword_of(&rules::BASE_URL_CHANGED, "url", old, new, "The document");
        }
        let location = child(&old.at.location(), "servers");
        let url = |node: &Node<'a>| node.text("url").unwrap_or_default();
        for node in &paired.removed {
            let mut draft = Draft::removed(&rules::SERVER_REMOVED, node)
                .values(Some(Value::from(url(node))), None);
            draft.location.clone_from(&location);
            self.report(draft.message(format!("A server is gone: {}.", url(node))));
        }
        for node in &paired.added {
            let draft = Draft::added(&rules::SERVER_ADDED, node, location.clone())
                .values(None, Some(Value::from(url(node))));
            self.report(draft.message(format!("A server is new: {}.", url(node))));
        }
    }

    fn server_variables(&mut self, old: &Node<'a>, new: &Node<'a>) {
        const KEY: &str = "variables";
        let none = || Node::root(&Value::Null);
        let (before, after) = (old.get(KEY), new.get(KEY));
        let (before, after) = (before.unwrap_or_else(none), after.unwrap_or_else(none));
        let meaning = |side, node: &Node<'a>| self.meanings.under(side, KEY, node.value);
        if meaning(super::Side::Old, &before) != meaning(super::Side::New, &after) {
            let draft = Draft::changed(&rules::SERVER_VARIABLES_CHANGED, old, new);
            let values = (old.value.get(KEY).cloned(), new.value.get(KEY).cloned());
            let message = "The variables of a server change.";
            self.report(draft.values(values.0, values.1).message(message));
        }
    }

    /// What path items say beside their operations.
    fn path_items(&mut self, old: &[PathItem<'a>], new: &[PathItem<'a>]) {
        let rule = &rules::OPERATION_NOT_COMPARED;
        let mut known: Vec<_> = METHODS.iter().map(|method| (*method, Object)).collect();
        known.extend([("parameters", Objects), ("servers", Objects)]);
        let named = |items: &[PathItem<'a>]| -> Vec<Named<PathItem<'a>>> {
            let items = items.iter().cloned();
            items
                .map(|item| {
                    let names = [item.path.to_owned(), spelling::path(item.path)];
                    Named::new(item, names)
                })
                .collect()
        };
        let paired = pair(named(old), named(new));
        for (old, new) in paired.both {
            if let Some((old, new)) = self.resolved(rule, &old.node, &new.node) {
                self.unread(rule, from_ref(&old), from_ref(&new), &known);
            }
        }
        // An item that is elsewhere has operations that nobody can see.
        let is_elsewhere = |item: &&PathItem<'a>| item.target.is_opaque();
        for item in paired.removed.iter().filter(is_elsewhere) {
            let (node, location) = (&item.target, item.target.at.location());
            self.not_compared(rule, Some(node), None, location);
        }
        for item in paired.added.iter().filter(is_elsewhere) {
            let (node, location) = (&item.target, item.target.at.location());
            self.not_compared(rule, None, Some(node), location);
        }
    }

    /// An operation that is found under another path or method.
    fn address(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let mut report = |rule: &'static Rule, before: &str, after: &str| {
            let message = format!(
                "{}: {}: {before} → {after}.",
                old.title(),
                lower(rule.title)
            );
            let draft = Draft::changed(rule, &old.node, &new.node);
            self.report(
                draft
                    .values(Some(Value::from(before)), Some(Value::from(after)))
                    .message(message),
            );
        };
        if spelling::path(old.path) != spelling::path(new.path) {
            report(&rules::OPERATION_PATH_CHANGED, old.path, new.path);
        }
        if old.method != new.method {
            report(&rules::OPERATION_METHOD_CHANGED, &old.method, &new.method);
        }
    }

    /// Webhooks are calls that programs receive: their bodies are read.
    fn webhooks(&mut self, key: &'a str, old: &Node<'a>, new: &Node<'a>, roots: &mut Vec<Root>) {
        let webhooks = |node: &Node<'a>| -> Vec<Named<(&'a str, Node<'a>)>> {
            let webhooks = node.get(key);
            let entries = webhooks.iter().flat_map(Node::entries);
            entries
                .map(|(name, node)| Named::new((name, node), [name]))
                .collect()
        };
        let paired = pair(webhooks(old), webhooks(new));
        let mut found = Vec::new();
        for ((name, old), (_, new)) in paired.both {
            found.push((name, self.start()));
            self.incoming_item(&old, &new, &format!("WEBHOOK {name}"));
        }
        for (name, node) in paired.removed {
            found.push((name, self.start()));
            let draft = Draft::removed(&rules::WEBHOOK_REMOVED, &node);
            self.report(draft.message(format!("The webhook {name} is gone.")));
        }
        for (name, node) in paired.added {
            found.push((name, self.start()));
            let draft = Draft::added(&rules::WEBHOOK_ADDED, &node, node.at.location());
            self.report(draft.message(format!("The webhook {name} is new.")));
        }
        found.sort_unstable();
        roots.extend(found.into_iter().map(|(name, unit)| Root {
            unit,
            operation: Some(format!("WEBHOOK {name}")),
        }));
    }
}

/// A path and what stands there.
#[derive(Clone)]
struct PathItem<'a> {
    path: &'a str,
    node: Node<'a>,
    /// The same behind its reference.
    target: Node<'a>,
    /// The path without names, if no other path of the document is the same without them.
    name: String,
}

/// The path items of a document, sorted by path.
fn path_items(document: &Value) -> Vec<PathItem<'_>> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut count: HashMap<String, usize> = HashMap::new();
    for path in paths.into_iter().flatten().map(|(path, _)| path) {
        *count.entry(spelling::path(path)).or_default() += 1;
    }
    let items = paths.into_iter().flatten().map(|(path, item)| {
        let anonymous = spelling::path(path);
        let is_only = count.get(&anonymous) == Some(&1);
        let name = if is_only { anonymous } else { path.clone() };
        let node = Node::new(item, At::root(child("/paths", path), name.clone()));
        let target = resolve(document, &node);
        PathItem {
            path,
            node,
            target,
            name,
        }
    });
    let mut items: Vec<_> = items.collect();
    items.sort_by_key(|item| item.path);
    items
}

/// The operations of path items: by path and method, then without the names of path parameters, then
/// by `operationId`.
fn operations<'a>(items: &[PathItem<'a>]) -> Vec<Named<Operation<'a>>> {
    let mut found = Vec::new();
    let (mut ids, mut repeated) = (HashSet::new(), HashSet::new());
    for item in items {
        for key in METHODS {
            let Some(value) = item.target.value.get(key).filter(|value| value.is_object()) else {
                continue;
            };
            let method = key.to_uppercase();
            let at = At::root(
                child(&item.target.at.pointer(), key),
                format!("{method} {}", item.name),
            );
            let node = Node::new(value, at);
            let id = node.text("operationId").unwrap_or_default();
            if !ids.insert(id) {
                repeated.insert(id);
            }
            let names = [
                format!("{method} {}", item.path),
                format!("{method} {}", spelling::path(item.path)),
                id.to_owned(),
            ];
            let operation = Operation {
                method,
                path: item.path,
                node,
                item: item.target.clone(),
            };
            found.push(Named::new(operation, names));
        }
    }
    for operation in &mut found {
        // Nothing is found by an id that is missing or that several have.
        if let Some(id) = operation.names.pop()
            && !id.is_empty()
            && !repeated.contains(&*id)
        {
            operation.names.push(id);
        }
    }
    found
}

//! Compares two documents: which operation was which, and what holds for all of them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Change,
    changes::changes,
    matching::{Named, matched},
    node::{Node, resolve},
    operation::Operation,
    rules::{Area, rule},
    spelling,
    table::{Kind, METHODS},
    walk::{Comparer, Draft, Pair, Root, facts, members},
};
use crate::yaml::child;

pub(super) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    if old == new {
        return Vec::new();
    }
    let mut comparer = Comparer::new(old, new);
    let roots = comparer.document();
    comparer.run();
    changes(comparer.units, &roots)
}

impl<'a> Comparer<'a> {
    fn document(&mut self) -> Vec<Root> {
        let (old, new) = (vec![Node::root(self.old)], vec![Node::root(self.new)]);
        let whole = Pair::new(Kind::Document, Area::Document, old, new);
        let mut roots = vec![Root {
            unit: self.start(),
            operation: None,
        }];
        self.object(&whole);
        self.servers(&whole);
        let renamed = self.security_schemes(&whole);
        self.security(&whole, &renamed);
        let (before, after) = (path_items(self.old), path_items(self.new));
        self.path_items(&before, &after);

        let paired = matched(operations(&before), operations(&after));
        let mut addressed = Vec::new();
        for (old, new) in &paired.both {
            let is_same = |key: &str| {
                let [old, new] =
                    [old, new].map(|side| side.item.value.get(key).unwrap_or(&Value::Null));
                self.meanings.same(old, new)
            };
            if old.path == new.path
                && old.method == new.method
                && is_same("parameters")
                && is_same("servers")
                && self.meanings.same(old.node.value, new.node.value)
            {
                continue;
            }
            addressed.push((new.path, &new.method, self.start()));
            let nodes = [old, new].map(|operation| vec![operation.node.clone()]);
            let [before, after] = nodes;
            let pair = Pair::new(Kind::Operation, Area::Operation, before, after);
            self.address(&pair, old, new);
            self.operation(&pair, old, new);
            if old.node.get("security").is_some() || new.node.get("security").is_some() {
                self.security(&pair, &renamed);
            }
        }
        for operation in &paired.removed {
            addressed.push((operation.path, &operation.method, self.start()));
            self.report(Draft::removed(
                rule(Area::Operation, "operation-removed"),
                &operation.node,
            ));
        }
        for operation in &paired.added {
            addressed.push((operation.path, &operation.method, self.start()));
            self.report(Draft::added(
                rule(Area::Operation, "operation-added"),
                &operation.node,
            ));
        }
        // The order of the result is the order of the roots.
        addressed.sort_unstable();
        roots.extend(addressed.into_iter().map(|(path, method, unit)| Root {
            unit,
            operation: Some(format!("{method} {path}")),
        }));
        for key in ["webhooks", "x-webhooks"] {
            self.webhooks(&whole, key, &mut roots);
        }
        roots
    }

    fn servers(&mut self, whole: &Pair<'a>) {
        const KEY: &str = "servers";
        let servers = |parts: &[Node<'a>]| -> Vec<Named<Node<'a>>> {
            let lists: Vec<Node<'a>> = facts(parts, KEY).collect();
            let servers = lists.iter().flat_map(Node::items).map(|node| {
                let url = node.text("url").unwrap_or_default();
                let node = node.at(child(&child("", KEY), url));
                Named::new(node, [url.to_owned(), spelling::server(url)])
            });
            servers.collect()
        };
        let (before, after) = (servers(&whole.old), servers(&whole.new));
        let is_only = before.len() == 1 && after.len() == 1;
        let paired = matched(before, after);
        for (old, new) in &paired.both {
            self.visit(Kind::Server, Area::Document, old, new);
        }
        if let (true, [old], [new]) = (is_only, &*paired.removed, &*paired.added) {
            let pair = Pair::new(
                Kind::Server,
                Area::Document,
                vec![old.clone()],
                vec![new.clone()],
            );
            let (before, after) = self
                .differences(&pair, "url")
                .into_iter()
                .next()
                .unwrap_or_default();
            return self.report(Draft::new(
                whole.rule("base-url-changed"),
                before.as_ref(),
                after.as_ref(),
            ));
        }
        let url = |node: &Node<'a>| Some(Value::from(node.text("url").unwrap_or_default()));
        for node in paired.removed {
            let (url, node) = (url(&node), node.at(child("", KEY)));
            self.report(Draft::removed(whole.rule("server-removed"), &node).values(url, None));
        }
        for node in paired.added {
            let (url, node) = (url(&node), node.at(child("", KEY)));
            self.report(Draft::added(whole.rule("server-added"), &node).values(None, url));
        }
    }

    /// What path items say beside their operations.
    fn path_items(&mut self, old: &[PathItem<'a>], new: &[PathItem<'a>]) {
        let named = |items: &[PathItem<'a>]| -> Vec<Named<PathItem<'a>>> {
            let items = items.iter().cloned();
            items
                .map(|item| {
                    let names = [item.path.to_owned(), spelling::path(item.path)];
                    Named::new(item, names)
                })
                .collect()
        };
        let paired = matched(named(old), named(new));
        for (old, new) in paired.both {
            self.visit(Kind::PathItem, Area::Operation, &old.node, &new.node);
        }
        // An item that is elsewhere has operations that nobody can see.
        for item in paired.removed.iter().filter(|item| item.target.is_opaque()) {
            self.not_compared(Area::Operation, Some(&item.target), None);
        }
        for item in paired.added.iter().filter(|item| item.target.is_opaque()) {
            self.not_compared(Area::Operation, None, Some(&item.target));
        }
    }

    /// An operation that is found under another path or method.
    fn address(&mut self, pair: &Pair<'a>, old: &Operation<'a>, new: &Operation<'a>) {
        let is_moved = spelling::path(old.path) != spelling::path(new.path);
        for (is_changed, id, before, after) in [
            (is_moved, "path-changed", old.path, new.path),
            (
                old.method != new.method,
                "method-changed",
                &*old.method,
                &*new.method,
            ),
        ] {
            if is_changed {
                let draft = Draft::new(pair.rule(id), pair.old.first(), pair.new.first());
                self.report(draft.values(Some(before.into()), Some(after.into())));
            }
        }
    }

    /// Webhooks are calls that programs receive: their bodies are read.
    fn webhooks(&mut self, whole: &Pair<'a>, key: &str, roots: &mut Vec<Root>) {
        let paired = members(whole, key, Kind::Calls);
        let mut found = Vec::new();
        for (old, new) in paired.both {
            found.push((new.name(), self.start()));
            self.visit(Kind::Calls, Area::Operation, &old, &new);
        }
        for node in paired.removed {
            found.push((node.name(), self.start()));
            self.report(Draft::removed(whole.rule("webhook-removed"), &node));
        }
        for node in paired.added {
            found.push((node.name(), self.start()));
            self.report(Draft::added(whole.rule("webhook-added"), &node));
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
}

/// The path items of a document, sorted by path.
fn path_items(document: &Value) -> Vec<PathItem<'_>> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut count: HashMap<String, usize> = HashMap::new();
    for path in paths.into_iter().flatten().map(|(path, _)| path) {
        *count.entry(spelling::path(path)).or_default() += 1;
    }
    let items = paths.into_iter().flatten().map(|(path, item)| {
        // The path without names, if no other path of the document is the same without them.
        let anonymous = spelling::path(path);
        let is_only = count.get(&anonymous) == Some(&1);
        let place = if is_only { &anonymous } else { path };
        let node = Node::new(item, &child("/paths", path), place, path);
        let target = resolve(document, &node);
        PathItem { path, node, target }
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
            let Some(node) = item.target.get(key).filter(|node| node.value.is_object()) else {
                continue;
            };
            let method = key.to_uppercase();
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
                path: item.path,
                node: node
                    .at(format!("{method} {}", item.node.place))
                    .titled(format!("{method} {}", item.path)),
                item: item.target.clone(),
                method,
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

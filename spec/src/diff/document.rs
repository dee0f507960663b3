//! Compares two documents: which operation was which, and what holds for all of them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Change,
    changes::changes,
    matching::{Named, matched},
    node::Node,
    operation::Operation,
    rules::Area,
    spelling,
    table::{Kind, METHODS},
    walk::{Comparer, Pair, Root, facts, members},
};
use crate::yaml::child;

pub(super) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    if old == new {
        return Vec::new();
    }
    let mut comparer = Comparer::new(old, new);
    let roots = comparer.document(Node::root(old), Node::root(new));
    comparer.run();
    changes(comparer.units, &roots)
}

impl<'a> Comparer<'a> {
    fn document(&mut self, old: Node<'a>, new: Node<'a>) -> Vec<Root> {
        let (before, after) = (path_items(old.root), path_items(new.root));
        let whole = Pair::new(Kind::Document, Area::Document, vec![old], vec![new]);
        let mut roots = vec![Root {
            unit: self.start(),
            operation: None,
        }];
        self.object(&whole);
        self.servers(&whole);
        let renamed = self.security_schemes(&whole);
        self.security(&whole, &renamed);
        self.path_items(&before, &after);

        let paired = matched(operations(&before), operations(&after));
        let mut addressed = Vec::new();
        for (old, new) in &paired.both {
            let is_same = |key: &str| {
                let meaning = |node: Node<'a>| self.meanings.of(&node);
                old.item.get(key).map(meaning) == new.item.get(key).map(meaning)
            };
            if old.path == new.path
                && old.method == new.method
                && is_same("parameters")
                && is_same("servers")
                && self.meanings.same(&old.node, &new.node)
            {
                continue;
            }
            addressed.push((new.path, &new.method, self.start()));
            let (before, after) = (vec![old.node.clone()], vec![new.node.clone()]);
            let pair = Pair::new(Kind::Operation, Area::Operation, before, after);
            self.address(&pair, old, new);
            self.operation(&pair, old, new);
            if old.node.get("security").is_some() || new.node.get("security").is_some() {
                self.security(&pair, &renamed);
            }
        }
        for operation in &paired.removed {
            addressed.push((operation.path, &operation.method, self.start()));
            let facts = (Some(operation.node.clone()), None);
            self.bare(Area::Operation, "removed", facts);
        }
        for operation in &paired.added {
            addressed.push((operation.path, &operation.method, self.start()));
            let facts = (None, Some(operation.node.clone()));
            self.bare(Area::Operation, "added", facts);
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
        let place = child("", KEY);
        let [before, after] = [&whole.old, &whole.new].map(|parts| {
            let lists: Vec<Node<'a>> = facts(parts, KEY).collect();
            let servers = lists.iter().flat_map(Node::items).map(|node| {
                let url = node.text("url").unwrap_or_default();
                let names = [url.to_owned(), spelling::server(url)];
                Named::new(node.at(child(&place, url)), names)
            });
            servers.collect::<Vec<_>>()
        });
        let is_only = before.len() == 1 && after.len() == 1;
        let paired = matched(before, after);
        for (old, new) in &paired.both {
            self.visit(Kind::Server, whole.area, old, new);
        }
        if let (true, [old], [new]) = (is_only, &*paired.removed, &*paired.added) {
            let url = new.get("url").map(|url| url.at(child(&old.place, "url")));
            return self.found(whole.area, "base-url-changed", (old.get("url"), url));
        }
        let url = |node: &Node<'a>| Some(Value::from(node.text("url").unwrap_or_default()));
        for node in paired.removed {
            let (values, node) = ([url(&node), None], node.at(&*place));
            self.found_as(whole.area, "server-removed", (Some(node), None), values);
        }
        for node in paired.added {
            let (values, node) = ([None, url(&node)], node.at(&*place));
            self.found_as(whole.area, "server-added", (None, Some(node)), values);
        }
    }

    /// What path items say beside their operations.
    fn path_items(&mut self, old: &[PathItem<'a>], new: &[PathItem<'a>]) {
        let [old, new] = [old, new].map(|items| {
            let items = items.iter();
            items.map(|item| Named::new(item, [item.path.to_owned(), spelling::path(item.path)]))
        });
        let paired = matched(old, new);
        for (old, new) in paired.both {
            self.visit(Kind::PathItem, Area::Operation, &old.node, &new.node);
        }
        // An item that is elsewhere has operations that nobody can see.
        let elsewhere = |item: &PathItem<'a>| Some(item.target.clone()).filter(Node::is_opaque);
        let removed = paired.removed.into_iter().filter_map(elsewhere);
        let added = paired.added.into_iter().filter_map(elsewhere);
        let removed = removed.map(|node| (Some(node), None));
        for facts in removed.chain(added.map(|node| (None, Some(node)))) {
            self.found(Area::Operation, "not-compared", facts);
        }
    }

    /// An operation that is found under another path or method.
    fn address(&mut self, pair: &Pair<'a>, old: &Operation<'a>, new: &Operation<'a>) {
        let mut changed = |id: &str, before: &str, after: &str| {
            let values = [before, after].map(|text| Some(Value::from(text)));
            self.found_as(pair.area, id, pair.whole(), values);
        };
        if spelling::path(old.path) != spelling::path(new.path) {
            changed("path-changed", old.path, new.path);
        }
        if old.method != new.method {
            changed("method-changed", &old.method, &new.method);
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
            self.bare(whole.area, "webhook-removed", (Some(node), None));
        }
        for node in paired.added {
            found.push((node.name(), self.start()));
            self.bare(whole.area, "webhook-added", (None, Some(node)));
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
    let items = paths.into_iter().flatten().filter_map(|(path, _)| {
        // The path without names, if no other path of the document is the same without them.
        let anonymous = spelling::path(path);
        let is_only = count.get(&anonymous) == Some(&1);
        let place = if is_only { &anonymous } else { path };
        let node = Node::root(document).get("paths")?.get(path)?;
        let node = node.at(place.as_str()).titled(path.as_str());
        let target = node.resolve();
        Some(PathItem { path, node, target })
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

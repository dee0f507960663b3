//! Compares two documents: pairs their operations, and compares the document as a whole.

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
    walk::{Comparer, Facts, Pair, end, listed, members},
};
use crate::yaml::child;

pub(super) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    if old == new {
        return Vec::new();
    }
    let mut comparer = Comparer::new(old, new);
    comparer.document(Node::root(old), Node::root(new));
    comparer.run();
    changes(comparer)
}

impl<'a> Comparer<'a> {
    fn document(&mut self, old: Node<'a>, new: Node<'a>) {
        let (before, after) = (path_items(&old), path_items(&new));
        let whole = Pair::new(Kind::Document, Area::Document, vec![old], vec![new]);
        self.start(None);
        self.object(&whole);
        self.servers(&whole);
        let renamed = self.security_schemes(&whole);
        self.security(&whole, &renamed);
        self.path_items(&before, &after);

        let paired = matched(operations(&before), operations(&after));
        for (old, new) in &paired.both {
            let is_same = |key: &str| {
                let meaning = |node: Node<'a>| self.meanings.of(&node);
                old.item.get(key).map(meaning) == new.item.get(key).map(meaning)
            };
            if old.node.title == new.node.title
                && is_same("parameters")
                && is_same("servers")
                && self.meanings.same(&old.node, &new.node)
            {
                continue;
            }
            self.start(Some(&new.node));
            let (before, after) = (vec![old.node.clone()], vec![new.node.clone()]);
            let pair = Pair::new(Kind::Operation, Area::Operation, before, after);
            self.address(&pair, old, new);
            self.operation(&pair, old, new);
            if old.node.get("security").is_some() || new.node.get("security").is_some() {
                self.security(&pair, &renamed);
            }
        }
        for (old, new) in paired.alone() {
            self.root(
                "operation",
                (old.map(|old| old.node), new.map(|new| new.node)),
            );
        }

        // Programs receive webhooks, so they read the bodies.
        for key in ["webhooks", "x-webhooks"] {
            let paired = members(&whole, key, Kind::Calls);
            for (old, new) in &paired.both {
                self.start(Some(new));
                self.visit(Kind::Calls, Area::Operation, old, new);
            }
            for facts in paired.alone() {
                self.root("webhook", facts);
            }
        }
    }

    /// An operation or webhook that only one document has.
    fn root(&mut self, stem: &str, facts: Facts<'a>) {
        self.start(facts.0.as_ref().or(facts.1.as_ref()));
        self.bare(Area::Operation, &format!("{stem}-{}", end(&facts)), facts);
    }

    fn servers(&mut self, whole: &Pair<'a>) {
        let url = |node: &Node<'a>| node.text("url").unwrap_or_default();
        let [before, after] = [&whole.old, &whole.new].map(|parts| {
            let mut known = HashSet::new();
            let servers = listed(parts, "servers").into_iter();
            let servers = servers.filter(|node| known.insert(self.meanings.of(node)));
            let named = servers.map(|node| {
                let names = [url(&node).to_owned(), spelling::server(url(&node))];
                Named::new(node, names)
            });
            named.collect::<Vec<_>>()
        });
        let is_only = before.len() == 1 && after.len() == 1;
        let paired = matched(before, after);
        let named = |node: &Node<'a>| node.clone().at(child(&node.place, url(node)));
        for (old, new) in &paired.both {
            self.visit(Kind::Server, whole.area, &named(old), new);
        }
        if let (true, [old], [new]) = (is_only, &*paired.removed, &*paired.added) {
            let facts = (named(old).get("url"), new.get("url"));
            return self.found(whole.area, "base-url-changed", facts);
        }
        for facts in paired.alone() {
            let url = |node: &Option<Node<'a>>| node.as_ref().map(|node| url(node).into());
            let values = [url(&facts.0), url(&facts.1)];
            self.found_as(
                whole.area,
                &format!("server-{}", end(&facts)),
                facts,
                values,
            );
        }
    }

    /// The keys of path items other than their operations.
    fn path_items(&mut self, old: &[Node<'a>], new: &[Node<'a>]) {
        let [old, new] = [old, new].map(|items| {
            let items = items.iter();
            items
                .map(|item| Named::new(item, [item.title.to_string(), spelling::path(&item.title)]))
        });
        let paired = matched(old, new);
        for (old, new) in &paired.both {
            self.visit(Kind::PathItem, Area::Operation, old, new);
        }
        // The operations of an item in another file are unknown.
        let elsewhere = |item: &Node<'a>| Some(item.resolve()).filter(Node::is_opaque);
        for (old, new) in paired.alone() {
            let facts = (old.and_then(elsewhere), new.and_then(elsewhere));
            if facts.0.is_some() || facts.1.is_some() {
                self.found(Area::Operation, "not-compared", facts);
            }
        }
    }

    /// Compares the path and method of an operation that was moved.
    fn address(&mut self, pair: &Pair<'a>, old: &Operation<'a>, new: &Operation<'a>) {
        let mut changed = |id: &str, before: &str, after: &str| {
            let values = [before, after].map(|text| Some(Value::from(text)));
            self.found_as(pair.area, id, pair.whole(), values);
        };
        if spelling::path(&old.item.title) != spelling::path(&new.item.title) {
            changed("path-changed", &old.item.title, &new.item.title);
        }
        if old.method != new.method {
            changed("method-changed", &old.method, &new.method);
        }
    }
}

/// The path items of a document, sorted by path.
fn path_items<'a>(document: &Node<'a>) -> Vec<Node<'a>> {
    let paths = document.get("paths");
    let mut items: Vec<(&'a str, Node<'a>)> = paths.iter().flat_map(Node::entries).collect();
    items.sort_by_key(|(path, _)| *path);
    let mut count: HashMap<String, usize> = HashMap::new();
    for (path, _) in &items {
        *count.entry(spelling::path(path)).or_default() += 1;
    }
    let items = items.into_iter().map(|(path, node)| {
        // The path without the names of its parameters, if that is unique in the document.
        let anonymous = spelling::path(path);
        let is_only = count.get(&anonymous) == Some(&1);
        node.at(if is_only { &anonymous } else { path })
            .titled(path)
    });
    items.collect()
}

/// The operations of path items: by path and method, then without the names of path parameters, then
/// by `operationId`.
fn operations<'a>(items: &[Node<'a>]) -> Vec<Named<Operation<'a>>> {
    let mut found = Vec::new();
    let mut ids: HashMap<&str, usize> = HashMap::new();
    for item in items {
        let (path, target) = (&item.title, item.resolve());
        for method in METHODS {
            let Some(node) = target.get(method).filter(|node| node.value.is_object()) else {
                continue;
            };
            *ids.entry(node.text("operationId").unwrap_or_default())
                .or_default() += 1;
            let method = method.to_uppercase();
            let place = format!("{method} {}", item.place);
            found.push(Operation {
                node: node.at(place).titled(format!("{method} {path}")),
                item: target.clone().titled(path.clone()),
                method,
            });
        }
    }
    let named = found.into_iter().map(|operation| {
        let Operation { node, item, method } = &operation;
        // A missing or repeated id cannot be used.
        let id = node
            .text("operationId")
            .filter(|id| ids.get(id) == Some(&1) && !id.is_empty());
        let anonymous = format!("{method} {}", spelling::path(&item.title));
        let names = [
            Some(node.title.to_string()),
            Some(anonymous),
            id.map(str::to_owned),
        ];
        Named::new(operation, names.into_iter().flatten())
    });
    named.collect()
}

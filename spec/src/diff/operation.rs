//! Compares two operations: their parameters, bodies and responses.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    matching::{Named, matched},
    node::Node,
    rules::Area,
    spelling,
    table::Kind,
    walk::{Comparer, Pair, end, entries, facts, listed, members},
};
use crate::yaml::child;

/// An operation of one document.
pub(super) struct Operation<'a> {
    pub(super) method: String,
    pub(super) node: Node<'a>,
    /// The path item around it, under the title of its path.
    pub(super) item: Node<'a>,
}

impl<'a> Comparer<'a> {
    /// Compares two paired operations.
    pub(super) fn operation(&mut self, pair: &Pair<'a>, old: &Operation<'a>, new: &Operation<'a>) {
        self.object(pair);
        self.operation_servers(pair, old, new);
        self.parameters(old, new);
        self.body(pair, Area::Request);
        self.responses(pair);
    }

    /// The servers of an operation or its path item.
    fn operation_servers(&mut self, pair: &Pair<'a>, old: &Operation<'a>, new: &Operation<'a>) {
        const KEY: &str = "servers";
        let own = |of: &Operation<'a>| of.node.get(KEY).or_else(|| of.item.get(KEY));
        let meaning = |of: &Operation<'a>| {
            let servers = own(of).or_else(|| Node::root(of.node.root).get(KEY));
            servers.map(|servers| self.meanings.under(KEY, &servers))
        };
        let is_own = own(old).is_some() || own(new).is_some();
        if is_own && meaning(old) != meaning(new) {
            let values = [old, new].map(|of| own(of).map(|node| node.value.clone()));
            self.found_as(pair.area, "servers-changed", pair.whole(), values);
        }
    }

    fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let area = Area::Parameter;
        let paired = matched(parameters(old), parameters(new));
        for (old, new) in &paired.both {
            self.visit(Kind::Parameter, area, old, new);
        }
        for (old_node, new_node) in paired.alone() {
            let is_required = |node: &Node<'a>| node.resolve().flag("required");
            let id = match &new_node {
                None => "removed",
                Some(node) if is_required(node) => "added-required",
                Some(_) => "added",
            };
            let new_node = new_node.map(|node| {
                let name = node.place.rsplit('/').next().unwrap_or_default();
                let place = format!("{}/parameters/{name}", old.node.place);
                node.at(place)
            });
            self.bare(area, id, (old_node, new_node));
        }
    }

    /// Compares two paired parameters.
    pub(super) fn parameter(&mut self, pair: &Pair<'a>, old: &Node<'a>, new: &Node<'a>) {
        // A parameter in the path is always required.
        if new.text("in") != Some("path") {
            self.flag(pair, "required", ["became-required", "became-optional"]);
        }
        if old.text("in") == new.text("in") {
            let changed = match (style(old) == style(new), explode(old) == explode(new)) {
                (false, _) => Some("style"),
                (true, false) => Some("explode"),
                _ => None,
            };
            if let Some(key) = changed {
                let facts = (old.get(key), new.get(key));
                self.found(pair.area, &format!("{key}-changed"), facts);
            }
        }
        self.encoded(pair, old, new);
    }

    /// The schema or the content of a parameter or header.
    pub(super) fn encoded(&mut self, pair: &Pair<'a>, old: &Node<'a>, new: &Node<'a>) {
        let paired = members(pair, "content", Kind::MediaType);
        if !paired.removed.is_empty() || !paired.added.is_empty() {
            let facts = (old.get("content"), new.get("content"));
            return self.found(pair.area, "content-changed", facts);
        }
        for (old, new) in &paired.both {
            self.visit(Kind::MediaType, pair.area, old, new);
        }
        let [old, new] = [old, new].map(|node| node.get_or_missing("schema"));
        self.visit(Kind::Schema, pair.area, &old, &new);
    }

    /// Compares the body of a request, which programs send, or of a call of the server, which they read.
    pub(super) fn body(&mut self, pair: &Pair<'a>, area: Area) {
        let body = |parts| {
            let body = facts(parts, "requestBody").next();
            body.map(|node| node.titled("body"))
        };
        let (old, new) = (body(&pair.old), body(&pair.new));
        let id = match (&old, &new, area) {
            (None, None, _) => return,
            (Some(old), Some(new), _) => return self.visit(Kind::Body, area, old, new),
            (None, _, Area::Response) => "webhook-body-added",
            (_, None, Area::Response) => "webhook-body-removed",
            (_, Some(new), _) if new.resolve().flag("required") => "body-added-required",
            (_, Some(_), _) => "body-added",
            (_, None, _) => "body-removed",
        };
        self.bare(area, id, (old, new));
    }

    fn responses(&mut self, pair: &Pair<'a>) {
        const KEY: &str = "responses";
        const AREA: Area = Area::Response;
        let paired = members(pair, KEY, Kind::Response);
        for (old, new) in &paired.both {
            self.visit(Kind::Response, AREA, old, new);
        }
        let [before, after] =
            [&pair.old, &pair.new].map(|parts| entries(parts, KEY, Kind::Response));
        for facts in paired.alone() {
            let others = if facts.0.is_some() { &after } else { &before };
            let Some(node) = facts.0.as_ref().or(facts.1.as_ref()) else {
                continue;
            };
            let status = node.name();
            // A range such as `2XX` covers a status, too.
            let others = others
                .iter()
                .filter(|(key, _)| spelling::is_in_range(&status, key));
            let others: Vec<&Node<'a>> = others.map(|(_, other)| other).collect();
            for other in &others {
                let old = facts.0.as_ref().unwrap_or(other);
                self.visit(Kind::Response, AREA, old, facts.1.as_ref().unwrap_or(other));
            }
            if others.is_empty() {
                let is_success = status.starts_with(['1', '2', '3']);
                let what = if is_success { "success" } else { "error" };
                self.bare(AREA, &format!("{what}-{}", end(&facts)), facts);
            }
        }
        let all = |parts| facts(parts, KEY).collect();
        let responses = Pair::new(Kind::Response, AREA, all(&pair.old), all(&pair.new));
        self.unread(&responses, |key, _| !key.starts_with("x-"));
    }
}

/// The parameters of an operation and of the path item around it. Parameters in the path are paired by position,
/// because their names have no meaning.
fn parameters<'a>(operation: &Operation<'a>) -> Vec<Named<Node<'a>>> {
    let parts = operation.item.title.split('{').skip(1);
    let template: Vec<&str> = parts
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect();
    let mut found: BTreeMap<(String, usize), Named<Node<'a>>> = BTreeMap::new();
    for parent in [&operation.item, &operation.node] {
        let mut repeated: BTreeMap<String, usize> = BTreeMap::new();
        for node in listed(std::slice::from_ref(parent), "parameters") {
            let target = node.resolve();
            let place = target.text("in").unwrap_or_default();
            let name = target.text("name").unwrap_or_default();
            let key = match (place, template.iter().position(|known| *known == name)) {
                ("path", Some(position)) => format!("path {}", position + 1),
                ("header", _) => format!("header {}", name.to_ascii_lowercase()),
                // A broken reference is named by its text.
                ("", _) => target.value.to_string(),
                _ => format!("{place} {name}"),
            };
            let place = child(&node.place, &key);
            let node = node.at(place).titled(format!("parameter {name}"));
            // A parameter of the operation replaces the parameter of the path item.
            let count = repeated.entry(key.clone()).or_default();
            let names = [key.clone(), name.to_owned()];
            found.insert((key, *count), Named::new(node, names));
            *count += 1;
        }
    }
    found.into_values().collect()
}

/// The style of a parameter, explicit or by default.
fn style<'a>(parameter: &Node<'a>) -> &'a str {
    let usual = match parameter.text("in") {
        Some("query" | "cookie") => "form",
        _ => "simple",
    };
    parameter.text("style").unwrap_or(usual)
}

fn explode(parameter: &Node<'_>) -> bool {
    let stated = parameter.value.get("explode").and_then(Value::as_bool);
    stated.unwrap_or_else(|| style(parameter) == "form")
}

//! Compares two operations: what they take, and what they return.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Side,
    matching::{Named, matched},
    meaning::is_prose,
    node::{Node, resolve},
    rules::{Area, rule},
    spelling,
    table::Kind,
    walk::{Comparer, Draft, Pair, entries, facts, members},
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

/// A parameter of an operation.
struct Parameter<'a> {
    node: Node<'a>,
    /// Its place and name; those in the path go by position, since their names mean nothing.
    key: String,
    is_required: bool,
}

impl<'a> Comparer<'a> {
    /// Two operations that belong together.
    pub(super) fn operation(&mut self, pair: &Pair<'a>, old: &Operation<'a>, new: &Operation<'a>) {
        self.object(pair);
        self.operation_servers(pair, old, new);
        self.parameters(old, new);
        self.body(pair, Area::Request);
        self.responses(pair);
    }

    /// Servers that an operation or its path item names for itself.
    fn operation_servers(&mut self, pair: &Pair<'a>, old: &Operation<'a>, new: &Operation<'a>) {
        const KEY: &str = "servers";
        let [before, after] = [old, new].map(|operation| {
            let own = operation.node.value.get(KEY);
            own.or_else(|| operation.item.value.get(KEY))
        });
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
            let rule = pair.rule("servers-changed");
            let draft = Draft::new(rule, pair.old.first(), pair.new.first());
            self.report(draft.values(before.cloned(), after.cloned()));
        }
    }

    fn parameters(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let paired = matched(parameters(self.old, old), parameters(self.new, new));
        for (old, new) in &paired.both {
            self.visit(Kind::Parameter, Area::Parameter, &old.node, &new.node);
        }
        for Parameter { node, .. } in &paired.removed {
            self.report(Draft::removed(
                rule(Area::Parameter, "parameter-removed"),
                node,
            ));
        }
        let place = child(&old.node.place, "parameters");
        for parameter in paired.added {
            let id = if parameter.is_required {
                "parameter-added-required"
            } else {
                "parameter-added"
            };
            let node = parameter.node.at(child(&place, parameter.key));
            self.report(Draft::added(rule(Area::Parameter, id), &node));
        }
    }

    /// Two parameters that belong together.
    pub(super) fn parameter(&mut self, pair: &Pair<'a>, old: &Node<'a>, new: &Node<'a>) {
        const FILTERS: &str = "x-heffl-filters";
        // A parameter in the path is required whatever is said.
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
                let (before, after) = (old.get(key), new.get(key));
                let rule = pair.rule(&format!("{key}-changed"));
                self.report(Draft::new(rule, before.as_ref(), after.as_ref()));
            }
        }
        match (old.get(FILTERS), new.get(FILTERS)) {
            (None, Some(new)) => self.report(Draft::added(pair.rule("filters-added"), &new)),
            (Some(old), None) => self.report(Draft::removed(pair.rule("filters-removed"), &old)),
            _ => self.each(pair, FILTERS, Kind::Filter, "filter-field"),
        }
        self.encoded(pair, old, new);
    }

    /// The schema or the content of a parameter or header.
    pub(super) fn encoded(&mut self, pair: &Pair<'a>, old: &Node<'a>, new: &Node<'a>) {
        let paired = members(pair, "content", Kind::MediaType);
        if !paired.removed.is_empty() || !paired.added.is_empty() {
            let (before, after) = (old.get("content"), new.get("content"));
            let rule = pair.rule("content-changed");
            return self.report(Draft::new(rule, before.as_ref(), after.as_ref()));
        }
        for (old, new) in &paired.both {
            self.visit(Kind::MediaType, pair.area, old, new);
        }
        let [old, new] = [old, new].map(|node| node.get_or_missing("schema"));
        self.visit(Kind::Schema, pair.area, &old, &new);
    }

    /// The body of a request, which is sent by programs, or of a call of the server, which they read.
    pub(super) fn body(&mut self, pair: &Pair<'a>, area: Area) {
        let body = |parts| {
            facts(parts, "requestBody")
                .next()
                .map(|node| node.titled("body"))
        };
        let (old, new) = (body(&pair.old), body(&pair.new));
        let is_read = area == Area::Response;
        let is_required = |new| resolve(self.new, new).flag("required");
        match (&old, &new) {
            (None, None) => {}
            (Some(old), Some(new)) => self.visit(Kind::Body, area, old, new),
            (None, Some(new)) => {
                let id = match is_read {
                    true => "webhook-body-added",
                    false if is_required(new) => "body-added-required",
                    false => "body-added",
                };
                self.report(Draft::added(rule(area, id), new));
            }
            (Some(old), None) => {
                let id = if is_read {
                    "webhook-body-removed"
                } else {
                    "body-removed"
                };
                self.report(Draft::removed(rule(area, id), old));
            }
        }
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
        for (is_new, nodes, others) in [
            (false, &paired.removed, &after),
            (true, &paired.added, &before),
        ] {
            for node in nodes {
                let status = node.pointer.rsplit('/').next().unwrap_or_default();
                // A range such as `2XX` covers a status, too.
                let others = others
                    .iter()
                    .filter(|(key, _)| spelling::is_in_range(status, key));
                let others: Vec<&Node<'a>> = others.map(|(_, other)| other).collect();
                for other in &others {
                    let (old, new) = if is_new {
                        (*other, node)
                    } else {
                        (node, *other)
                    };
                    self.visit(Kind::Response, AREA, old, new);
                }
                if others.is_empty() {
                    let is_success = status.starts_with(['1', '2', '3']);
                    let what = if is_success { "success" } else { "error" };
                    self.report(if is_new {
                        Draft::added(rule(AREA, &format!("{what}-added")), node)
                    } else {
                        Draft::removed(rule(AREA, &format!("{what}-removed")), node)
                    });
                }
            }
        }
        let all = |parts| facts(parts, KEY).collect();
        let responses = Pair::new(Kind::Response, AREA, all(&pair.old), all(&pair.new));
        self.unread(&responses, |key, _| !key.starts_with("x-"));
    }

    /// Two responses with the same status.
    pub(super) fn response(&mut self, pair: &Pair<'a>, old: &Node<'a>, new: &Node<'a>) {
        const KEY: &str = "content";
        let is_empty = |node: &Node<'a>| {
            let content = node.value.get(KEY).and_then(Value::as_object);
            content.is_none_or(serde_json::Map::is_empty)
        };
        let id = match (is_empty(old), is_empty(new)) {
            (true, false) => "body-added",
            (false, true) => "body-removed",
            _ => return self.each(pair, KEY, Kind::MediaType, "media-type"),
        };
        let draft = Draft::new(pair.rule(id), old.get(KEY).as_ref(), new.get(KEY).as_ref());
        self.report(draft.values(None, None));
    }
}

/// The parameters of an operation and of the path item around it.
fn parameters<'a>(root: &'a Value, operation: &Operation<'a>) -> Vec<Named<Parameter<'a>>> {
    let parts = operation.path.split('{').skip(1);
    let template: Vec<&str> = parts
        .filter_map(|part| Some(part.split_once('}')?.0))
        .collect();
    let mut found: BTreeMap<(String, usize), Named<Parameter<'a>>> = BTreeMap::new();
    for parent in [&operation.item, &operation.node] {
        let list = parent.get("parameters");
        let mut repeated: BTreeMap<String, usize> = BTreeMap::new();
        for node in list.iter().flat_map(Node::items) {
            let target = resolve(root, &node);
            let place = target.text("in").unwrap_or_default();
            let name = target.text("name").unwrap_or_default();
            let key = match (place, template.iter().position(|known| *known == name)) {
                ("path", Some(position)) => format!("path {}", position + 1),
                ("header", _) => format!("header {}", name.to_ascii_lowercase()),
                // What leads nowhere goes by its text.
                ("", _) => target.value.to_string(),
                _ => format!("{place} {name}"),
            };
            let around = list.as_ref().map(|list| child(&list.place, &key));
            let parameter = Parameter {
                node: node
                    .at(around.unwrap_or_default())
                    .titled(format!("parameter {name}")),
                key: key.clone(),
                is_required: target.flag("required"),
            };
            // An operation's own parameter comes before that of the path item; of one list, all count.
            let count = repeated.entry(key.clone()).or_default();
            let names = [key.clone(), name.to_owned()];
            found.insert((key, *count), Named::new(parameter, names));
            *count += 1;
        }
    }
    found.into_values().collect()
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

//! Compares two documents: which operation was which, and what holds for all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{
    Change, catalogue as rules,
    engine::{Comparer, Draft},
    node::{At, Node, resolve},
    operation::{Operation, anonymous, lower},
    outcome,
    rule::Rule,
    same::{Stable, components},
    schema_rules::Direction,
};
use crate::yaml::child;

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Operations by path and method, where the names of path parameters do not count.
type Operations<'a> = BTreeMap<(String, String), Operation<'a>>;

/// An operation, and the unit that holds what changed in it.
pub(super) struct Root {
    pub(super) unit: usize,
    /// None for the document as a whole.
    pub(super) operation: Option<String>,
}

pub(super) fn compare(old: &Value, new: &Value) -> Vec<Change> {
    let (before, after) = (components(old), components(new));
    let stable = Stable::new(&before, &after);
    let mut comparer = Comparer::new(old, new, &stable);
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
        self.version(&old, &new);
        self.servers(&old, &new);
        self.filter_kinds(&old, &new);
        let renamed = self.security(&old, &new);

        let (mut before, mut after) = (operations(self.old), operations(self.new));
        let mut pairs = Vec::new();
        let common: Vec<_> = before
            .keys()
            .filter(|key| after.contains_key(*key))
            .cloned()
            .collect();
        for key in common {
            pairs.extend(before.remove(&key).zip(after.remove(&key)));
        }
        pairs.extend(moved(&mut before, &mut after));
        let mut addressed = Vec::new();
        for (old, new) in pairs {
            let is_same_item = self.stable.equal(
                old.item.value.get("parameters").unwrap_or(&Value::Null),
                new.item.value.get("parameters").unwrap_or(&Value::Null),
            ) && old.item.value.get("servers") == new.item.value.get("servers");
            if old.path == new.path
                && old.method == new.method
                && is_same_item
                && self.stable.equal(old.node.value, new.node.value)
            {
                continue;
            }
            let unit = self.start();
            addressed.push((new.path, new.method.clone(), unit, new.title()));
            self.address(&old, &new);
            self.operation(&old, &new);
            self.operation_security(&renamed, &old, &new);
        }
        for (operations, is_new) in [(before, false), (after, true)] {
            for operation in operations.into_values() {
                let unit = self.start();
                let (node, title) = (&operation.node, operation.title());
                let draft = if is_new {
                    Draft::added(&rules::OPERATION_ADDED, node, node.at.location())
                        .message(format!("{title} is new."))
                } else {
                    Draft::removed(&rules::OPERATION_REMOVED, node)
                        .message(format!("{title} is gone."))
                };
                self.report(draft);
                addressed.push((operation.path, operation.method.clone(), unit, title));
            }
        }
        // The order of the result is the order of the roots.
        addressed.sort();
        roots.extend(addressed.into_iter().map(|(_, _, unit, title)| Root {
            unit,
            operation: Some(title),
        }));
        self.webhooks(&old, &new, &mut roots);
        roots
    }

    fn version(&mut self, old: &Node<'a>, new: &Node<'a>) {
        if let (Some(old), Some(new)) = (old.get("info"), new.get("info"))
            && old.value.get("version") != new.value.get("version")
        {
            self.said(
                &rules::DOCUMENT_VERSION_CHANGED,
                "version",
                &old,
                &new,
                "The document",
            );
        }
    }

    fn servers(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let servers = |node: &Node<'a>| -> Vec<Node<'a>> {
            node.get("servers").iter().flat_map(Node::items).collect()
        };
        let (before, after) = (servers(old), servers(new));
        if let ([old], [new]) = (&*before, &*after)
            && old.text("url") != new.text("url")
        {
            return self.said(&rules::BASE_URL_CHANGED, "url", old, new, "The document");
        }
        let location = child(&old.at.location(), "servers");
        for old in &before {
            match after.iter().find(|new| new.text("url") == old.text("url")) {
                Some(new) if variables(old.value) != variables(new.value) => {
                    let mut draft = Draft::changed(&rules::SERVER_VARIABLES_CHANGED, old, new);
                    draft.location = child(&location, old.text("url").unwrap_or_default());
                    let values = (
                        old.value.get("variables").cloned(),
                        new.value.get("variables").cloned(),
                    );
                    let message = "The variables of a server change.";
                    self.report(draft.values(values.0, values.1).message(message));
                }
                Some(_) => {}
                None => {
                    let url = old.text("url").unwrap_or_default();
                    let mut draft = Draft::removed(&rules::SERVER_REMOVED, old)
                        .values(Some(Value::from(url)), None);
                    draft.location.clone_from(&location);
                    self.report(draft.message(format!("A server is gone: {url}.")));
                }
            }
        }
        for new in &after {
            if !before.iter().any(|old| old.text("url") == new.text("url")) {
                let url = new.text("url").unwrap_or_default();
                let draft = Draft::added(&rules::SERVER_ADDED, new, location.clone());
                let draft = draft.values(None, Some(Value::from(url)));
                self.report(draft.message(format!("A server is new: {url}.")));
            }
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
        if anonymous(old.path) != anonymous(new.path) {
            report(&rules::OPERATION_PATH_CHANGED, old.path, new.path);
        }
        if old.method != new.method {
            report(&rules::OPERATION_METHOD_CHANGED, &old.method, &new.method);
        }
    }

    /// Servers that an operation or its path item names for itself.
    pub(super) fn operation_servers(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let own = |operation: &Operation<'a>| {
            operation
                .node
                .value
                .get("servers")
                .or_else(|| operation.item.value.get("servers"))
        };
        let (before, after) = (own(old), own(new));
        if before.is_none() && after.is_none() {
            return;
        }
        let urls = |own: Option<&'a Value>, root: &'a Value| -> BTreeSet<String> {
            let servers = own
                .or_else(|| root.get("servers"))
                .and_then(Value::as_array);
            let urls = servers
                .into_iter()
                .flatten()
                .filter_map(|server| server.get("url"));
            urls.map(Value::to_string).collect()
        };
        if urls(before, self.old) != urls(after, self.new) {
            let draft = Draft::changed(&rules::OPERATION_SERVERS_CHANGED, &old.node, &new.node);
            let draft = draft.values(before.cloned(), after.cloned());
            self.report(draft.message(format!("{} is served from elsewhere.", new.title())));
        }
    }

    /// Webhooks are calls that programs receive: their bodies are read.
    fn webhooks(&mut self, old: &Node<'a>, new: &Node<'a>, roots: &mut Vec<Root>) {
        let webhooks = |node: &Node<'a>| -> BTreeMap<&'a str, Node<'a>> {
            node.get("x-webhooks")
                .iter()
                .flat_map(Node::entries)
                .collect()
        };
        let (before, after) = (webhooks(old), webhooks(new));
        let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        for name in names {
            let unit = self.start();
            let title = format!("WEBHOOK {name}");
            match (before.get(name), after.get(name)) {
                (Some(old), Some(new)) => {
                    let body =
                        |node: &Node<'a>| node.get("post").and_then(|post| post.get("requestBody"));
                    self.bodies(Direction::Response, old, body(old), body(new));
                }
                (Some(old), None) => self.report(
                    Draft::removed(&rules::WEBHOOK_REMOVED, old)
                        .message(format!("The webhook {name} is gone.")),
                ),
                (None, Some(new)) => {
                    let draft = Draft::added(&rules::WEBHOOK_ADDED, new, new.at.location());
                    self.report(draft.message(format!("The webhook {name} is new.")));
                }
                (None, None) => {}
            }
            roots.push(Root {
                unit,
                operation: Some(title),
            });
        }
    }
}

fn operations(document: &Value) -> Operations<'_> {
    let mut found = Operations::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        let pointer = child("/paths", path);
        let anonymous = anonymous(path);
        let item = resolve(
            document,
            &Node::new(item, At::root(pointer, anonymous.clone())),
        );
        for key in METHODS {
            let Some(value) = item.value.get(key) else {
                continue;
            };
            let method = key.to_uppercase();
            let name = format!("{method} {anonymous}");
            let node = Node::new(value, At::root(child(&item.at.pointer(), key), name));
            let operation = Operation {
                method: method.clone(),
                path,
                node,
                item: item.clone(),
            };
            // Two paths that differ in names only cannot be told apart; keep both all the same.
            let taken = found.contains_key(&(anonymous.clone(), method.clone()));
            let path = if taken {
                path.clone()
            } else {
                anonymous.clone()
            };
            found.insert((path, method), operation);
        }
    }
    found
}

/// Takes out operations that have another path or method, but the same `operationId`.
fn moved<'a>(
    before: &mut Operations<'a>,
    after: &mut Operations<'a>,
) -> Vec<(Operation<'a>, Operation<'a>)> {
    let by_id = |operations: &Operations<'a>| {
        let mut ids: HashMap<&'a str, Vec<(String, String)>> = HashMap::new();
        for (key, operation) in operations {
            if let Some(id) = operation.node.text("operationId") {
                ids.entry(id).or_default().push(key.clone());
            }
        }
        ids
    };
    let (old_ids, new_ids) = (by_id(before), by_id(after));
    let mut pairs = Vec::new();
    for (id, old_keys) in old_ids {
        if let ([old], Some([new])) = (&*old_keys, new_ids.get(id).map(Vec::as_slice)) {
            pairs.extend(before.remove(old).zip(after.remove(new)));
        }
    }
    pairs
}

/// The variables of a server without their descriptions.
fn variables(server: &Value) -> BTreeMap<&str, (Option<&Value>, Option<&Value>)> {
    let variables = server.get("variables").and_then(Value::as_object);
    variables
        .into_iter()
        .flatten()
        .map(|(name, variable)| {
            (
                name.as_str(),
                (variable.get("default"), variable.get("enum")),
            )
        })
        .collect()
}

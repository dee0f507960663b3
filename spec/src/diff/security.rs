//! Compares security requirements and schemes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{
    matching::{Named, matched},
    node::Node,
    rules::Area,
    table::Kind,
    walk::{Comparer, Pair, end, entries, facts},
};
use crate::yaml::child;

/// A way to authenticate: the schemes that are required together, and their scopes. Empty if
/// no authentication is needed.
type Alternative = BTreeMap<String, BTreeSet<String>>;

/// The new names of the schemes of the old document.
pub(super) type Renamed = HashMap<String, String>;

const AREA: Area = Area::Security;

impl<'a> Comparer<'a> {
    /// Compares the security requirements of documents or operations. An operation without the keyword has the
    /// requirement of the document.
    pub(super) fn security(&mut self, pair: &Pair<'a>, renamed: &Renamed) {
        const KEY: &str = "security";
        let (Some(old), Some(new)) = pair.whole() else {
            return;
        };
        let (before, after) = (asked(&old, renamed), asked(&new, &Renamed::new()));
        let (from, to) = (old.get(KEY), new.get(KEY));
        let is_open =
            |alternatives: &BTreeSet<Alternative>| alternatives.iter().all(BTreeMap::is_empty);
        match (is_open(&before), is_open(&after)) {
            (true, true) => return,
            (true, false) => return self.found(AREA, "introduced", (from, to)),
            (false, true) => return self.found(AREA, "dropped", (from, to)),
            (false, false) => {}
        }
        let place = child(&old.place, KEY);
        let (from, to) = (
            from.unwrap_or(old).at(&*place),
            to.unwrap_or(new).at(&*place),
        );
        let named = |alternatives: BTreeSet<Alternative>| {
            alternatives.into_iter().map(|alternative| {
                let names = [format!("{alternative:?}"), words(alternative.clone())];
                Named::new(alternative, names)
            })
        };
        let paired = matched(named(before), named(after));
        let mut changes = Vec::new();
        for (before, after) in &paired.both {
            let (was, is) = (scopes(before), scopes(after));
            changes.extend(
                was.difference(&is)
                    .map(|scope| ("scope", Some(scope.clone()), None)),
            );
            changes.extend(
                is.difference(&was)
                    .map(|scope| ("scope", None, Some(scope.clone()))),
            );
        }
        let alone = paired.alone();
        changes.extend(alone.map(|(old, new)| ("alternative", old.map(words), new.map(words))));
        for (stem, before, after) in changes {
            let facts = (
                before.as_ref().map(|_| from.clone()),
                after.as_ref().map(|_| to.clone()),
            );
            let values = [before.map(Value::from), after.map(Value::from)];
            self.found_as(AREA, &format!("{stem}-{}", end(&facts)), facts, values);
        }
    }

    /// Compares the schemes, and returns renamed schemes.
    pub(super) fn security_schemes(&mut self, whole: &Pair<'a>) -> Renamed {
        let [old, new] = [&whole.old, &whole.new].map(|parts| {
            let components: Vec<Node<'a>> = facts(parts, "components").collect();
            let schemes = entries(&components, "securitySchemes", Kind::SecurityScheme);
            let named = schemes.into_iter().map(|(name, node)| {
                let meaning = self.meanings.of(&node).to_string();
                Named::new(node, [name.to_owned(), meaning])
            });
            named.collect::<Vec<_>>()
        });
        let paired = matched(old, new);
        for (old, new) in &paired.both {
            self.visit(Kind::SecurityScheme, AREA, old, new);
        }
        let names = paired.both.iter();
        let names = names.map(|(old, new)| (old.name(), new.name())).collect();
        self.alone(AREA, "scheme", paired);
        names
    }

    pub(super) fn security_scheme(&mut self, pair: &Pair<'a>) {
        let types = self.difference(pair, "type");
        if types.0.is_some() || types.1.is_some() {
            // The rest follows from the type.
            return self.found(AREA, "scheme-type-changed", types);
        }
        self.object(pair);
        // Names of headers and of HTTP schemes are written in any case.
        let mut parts = pair.old.iter().chain(&pair.new);
        let is_header = parts.all(|node| node.text("in") == Some("header"));
        for (key, in_any_case, id) in [
            ("name", is_header, "scheme-name-changed"),
            ("scheme", true, "scheme-http-changed"),
        ] {
            for facts in self.differences(pair, key) {
                let text =
                    |fact: &Option<Node<'a>>| Some(fact.as_ref()?.value.as_str()?.to_lowercase());
                if !in_any_case || text(&facts.0) != text(&facts.1) {
                    self.found(AREA, id, facts);
                }
            }
        }
    }
}

/// The ways to authenticate of an object, with renamed schemes.
fn asked(node: &Node<'_>, renamed: &Renamed) -> BTreeSet<Alternative> {
    let asked = node
        .value
        .get("security")
        .or_else(|| node.root.get("security"));
    let asked = asked.and_then(Value::as_array).into_iter().flatten();
    let asked = asked.map(|requirement| {
        let schemes = requirement.as_object().into_iter().flatten();
        let schemes = schemes.map(|(name, scopes)| {
            let name = renamed.get(name).unwrap_or(name).clone();
            let scopes = scopes
                .as_array()
                .map_or(std::slice::from_ref(scopes), Vec::as_slice);
            // Values other than text are compared as JSON.
            let text = |scope: &Value| {
                scope
                    .as_str()
                    .map_or_else(|| scope.to_string(), str::to_owned)
            };
            (name, scopes.iter().map(text).collect())
        });
        schemes.collect()
    });
    asked.collect()
}

fn scopes(alternative: &Alternative) -> BTreeSet<String> {
    let entries = alternative.iter();
    let scopes = entries
        .flat_map(|(name, scopes)| scopes.iter().map(move |scope| format!("{name} {scope}")));
    scopes.collect()
}

fn words(alternative: Alternative) -> String {
    let names: Vec<String> = alternative.into_keys().collect();
    match names.join(" and ") {
        none if none.is_empty() => "without credentials".to_owned(),
        names => names,
    }
}

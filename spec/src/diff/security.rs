//! Compares who may call: requirements and schemes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{
    Side,
    matching::{Named, matched},
    node::Node,
    rules::{Area, rule},
    table::Kind,
    walk::{Comparer, Draft, Pair, entries},
};
use crate::yaml::child;

/// One way to authenticate: the schemes that must be satisfied together, and their scopes. Empty if
/// anybody may call.
type Alternative<'a> = BTreeMap<&'a str, BTreeSet<String>>;

/// What the schemes of the old document are called in the new one.
pub(super) type Renamed<'a> = HashMap<&'a str, &'a str>;

impl<'a> Comparer<'a> {
    /// What a document or an operation asks for. Operations that say nothing ask for what the document does.
    pub(super) fn security(&mut self, pair: &Pair<'a>, renamed: &Renamed<'a>) {
        const KEY: &str = "security";
        let (Some(old), Some(new)) = (pair.old.first(), pair.new.first()) else {
            return;
        };
        let asked = |root: &'a Value, node: &Node<'a>| {
            let asked = node.value.get(KEY).or_else(|| root.get(KEY));
            let asked = asked.and_then(Value::as_array).into_iter().flatten();
            asked.map(requirement).collect::<Vec<_>>()
        };
        let area = Area::Security;
        let (before, after) = (asked(self.old, old), asked(self.new, new));
        let before: Vec<Alternative<'_>> = before
            .into_iter()
            .map(|alternative| {
                let entries = alternative.into_iter();
                entries
                    .map(|(name, scopes)| (renamed.get(name).copied().unwrap_or(name), scopes))
                    .collect()
            })
            .collect();
        let (from, to) = (old.get(KEY), new.get(KEY));
        let is_open =
            |alternatives: &[Alternative<'_>]| alternatives.iter().all(BTreeMap::is_empty);
        match (is_open(&before), is_open(&after)) {
            (true, true) => return,
            (false, false) => {}
            (is_introduced, _) => {
                let id = if is_introduced {
                    "introduced"
                } else {
                    "dropped"
                };
                let rule = rule(area, id);
                return self.report(Draft::new(rule, from.as_ref(), to.as_ref()));
            }
        }
        let place = child(&old.place, KEY);
        let [from, to] = [(from, old), (to, new)]
            .map(|(list, node)| list.unwrap_or_else(|| node.clone()).at(&*place));
        let named = |alternatives: Vec<Alternative<'a>>| {
            let named = alternatives.into_iter().map(|alternative| {
                let names = [format!("{alternative:?}"), words(&alternative)];
                Named::new(alternative, names)
            });
            named.collect::<Vec<_>>()
        };
        let mut report = |id: &str, what: String| {
            let what = Some(Value::from(what));
            self.report(if id.ends_with("added") {
                Draft::added(rule(area, id), &to).values(None, what)
            } else {
                Draft::removed(rule(area, id), &from).values(what, None)
            });
        };
        let paired = matched(named(before), named(after));
        for (before, after) in paired.both {
            for (name, scopes) in before {
                let now = after.get(name).cloned().unwrap_or_default();
                for scope in now.difference(&scopes) {
                    report("scope-added", format!("{name} {scope}"));
                }
                for scope in scopes.difference(&now) {
                    report("scope-removed", format!("{name} {scope}"));
                }
            }
        }
        for alternative in &paired.removed {
            report("alternative-removed", words(alternative));
        }
        for alternative in &paired.added {
            report("alternative-added", words(alternative));
        }
    }

    /// Compares the schemes; gives those that only changed their names.
    pub(super) fn security_schemes(&mut self, whole: &Pair<'a>) -> Renamed<'a> {
        let schemes = |parts: &[Node<'a>], side: Side| {
            let components = parts.iter().find_map(|part| part.get("components"));
            let components = components.as_slice();
            let schemes = entries(components, "securitySchemes", Kind::SecurityScheme).into_iter();
            let named = schemes.map(|(name, node)| {
                let meaning = self.meanings.of(side, node.value).to_string();
                Named::new((name, node), [name.to_owned(), meaning])
            });
            named.collect::<Vec<_>>()
        };
        let (before, after) = (
            schemes(&whole.old, Side::Old),
            schemes(&whole.new, Side::New),
        );
        let paired = matched(before, after);
        let mut renamed = Renamed::new();
        for ((old_name, old), (name, new)) in paired.both {
            if old_name != name {
                renamed.insert(old_name, name);
            }
            self.visit(Kind::SecurityScheme, Area::Security, &old, &new);
        }
        for (_, node) in &paired.removed {
            self.report(Draft::removed(rule(Area::Security, "scheme-removed"), node));
        }
        for (_, node) in &paired.added {
            self.report(Draft::added(rule(Area::Security, "scheme-added"), node));
        }
        renamed
    }

    pub(super) fn security_scheme(&mut self, pair: &Pair<'a>) {
        let types = self.differences(pair, "type");
        if let Some((before, after)) = types.first() {
            // The rest follows from the type.
            let rule = pair.rule("scheme-type-changed");
            return self.report(Draft::new(rule, before.as_ref(), after.as_ref()));
        }
        self.object(pair);
        // Names of headers and of HTTP schemes are written in any case.
        let mut places = pair.old.iter().chain(&pair.new).map(|node| node.text("in"));
        let is_header = places.all(|place| place == Some("header"));
        for (key, in_any_case, id) in [
            ("name", is_header, "scheme-name-changed"),
            ("scheme", true, "scheme-http-changed"),
        ] {
            for (before, after) in self.differences(pair, key) {
                let [one, other] = [&before, &after].map(|fact| {
                    let text = fact.as_ref().and_then(|fact| fact.value.as_str());
                    text.unwrap_or_default().to_lowercase()
                });
                if !in_any_case || one != other {
                    self.report(Draft::new(pair.rule(id), before.as_ref(), after.as_ref()));
                }
            }
        }
    }
}

fn requirement(value: &Value) -> Alternative<'_> {
    let schemes = value.as_object().into_iter().flatten();
    schemes
        .map(|(name, scopes)| {
            let scopes = scopes
                .as_array()
                .map_or(std::slice::from_ref(scopes), Vec::as_slice);
            // What is no text is compared as it is written.
            let text = |scope: &Value| {
                scope
                    .as_str()
                    .map_or_else(|| scope.to_string(), str::to_owned)
            };
            (name.as_str(), scopes.iter().map(text).collect())
        })
        .collect()
}

fn words(alternative: &Alternative<'_>) -> String {
    let names: Vec<&str> = alternative.keys().copied().collect();
    if names.is_empty() {
        "without credentials".to_owned()
    } else {
        names.join(" and ")
    }
}

//! Compares who may call: requirements and schemes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::slice::from_ref;

use serde_json::Value;

use super::{
    Side, catalogue as rules,
    engine::{Comparer, Draft},
    form::{
        Form::{Object, Text},
        Known,
    },
    node::Node,
    operation::Operation,
    pair::{Named, pair},
};
use crate::yaml::child;

const SCHEME_KEYS: &Known = &[
    ("type", Text),
    ("in", Text),
    ("name", Text),
    ("scheme", Text),
    ("bearerFormat", Text),
    ("flows", Object),
    ("openIdConnectUrl", Text),
];

/// One way to authenticate: the schemes that must be satisfied together, and their scopes. Empty if
/// anybody may call.
type Alternative<'a> = BTreeMap<&'a str, BTreeSet<String>>;

/// What the schemes of the old document are called in the new one.
pub(super) type Renamed<'a> = HashMap<&'a str, &'a str>;

impl<'a> Comparer<'a> {
    /// The schemes of both documents, and what all operations ask for that do not say otherwise.
    pub(super) fn security(&mut self, old: &Node<'a>, new: &Node<'a>) -> Renamed<'a> {
        let renamed = self.schemes(old, new);
        self.requirements(&renamed, old, new);
        renamed
    }

    /// What two operations ask for, unless both leave that to the document.
    pub(super) fn operation_security(
        &mut self,
        renamed: &Renamed<'a>,
        old: &Operation<'a>,
        new: &Operation<'a>,
    ) {
        if old.node.get("security").is_some() || new.node.get("security").is_some() {
            self.requirements(renamed, &old.node, &new.node);
        }
    }

    fn requirements(&mut self, renamed: &Renamed<'a>, old: &Node<'a>, new: &Node<'a>) {
        const KEY: &str = "security";
        let said = |root: &'a Value, node: &Node<'a>| {
            node.value
                .get(KEY)
                .or_else(|| root.get(KEY))
                .and_then(Value::as_array)
        };
        let mut before = alternatives(said(self.old, old));
        let after = alternatives(said(self.new, new));
        for alternative in &mut before {
            let names = std::mem::take(alternative).into_iter();
            *alternative = names
                .map(|(name, scopes)| (renamed.get(name).copied().unwrap_or(name), scopes))
                .collect();
        }
        let what = match new.at.location() {
            location if location.is_empty() => "The document".to_owned(),
            location => location,
        };
        let is_open =
            |alternatives: &[Alternative<'_>]| alternatives.iter().all(BTreeMap::is_empty);
        match (is_open(&before), is_open(&after)) {
            (true, true) => return,
            (true, false) => {
                return self.keyword_of(&rules::SECURITY_INTRODUCED, KEY, old, new, &what);
            }
            (false, true) => {
                return self.keyword_of(&rules::SECURITY_DROPPED, KEY, old, new, &what);
            }
            (false, false) => {}
        }
        let location = child(&old.at.location(), KEY);
        let place = |draft: Draft| Draft {
            location: location.clone(),
            ..draft
        };
        let (before_node, after_node) = (old.get(KEY), new.get(KEY));
        let (before_node, after_node) = (
            before_node.as_ref().unwrap_or(old),
            after_node.as_ref().unwrap_or(new),
        );
        let named = |alternatives: Vec<Alternative<'a>>| -> Vec<Named<Alternative<'a>>> {
            let alternatives = alternatives.into_iter();
            alternatives
                .map(|alternative| {
                    let names = [format!("{alternative:?}"), words(&alternative)];
                    Named::new(alternative, names)
                })
                .collect()
        };
        let paired = pair(named(before), named(after));
        for (before, after) in paired.both {
            for (name, scopes) in before {
                let now = after.get(name).cloned().unwrap_or_default();
                for scope in now.difference(&scopes) {
                    let message = format!("{what}: `{name}` needs one more scope: {scope}.");
                    let draft =
                        Draft::added(&rules::SECURITY_SCOPE_ADDED, after_node, location.clone());
                    let draft = draft.values(None, Some(Value::from(format!("{name} {scope}"))));
                    self.report(draft.message(message));
                }
                for scope in scopes.difference(&now) {
                    let message = format!("{what}: `{name}` no longer needs a scope: {scope}.");
                    let draft = Draft::removed(&rules::SECURITY_SCOPE_REMOVED, before_node);
                    let draft = draft.values(Some(Value::from(format!("{name} {scope}"))), None);
                    self.report(place(draft.message(message)));
                }
            }
        }
        for alternative in paired.removed {
            let words = words(&alternative);
            let message = format!("{what}: a way to authenticate is gone: {words}.");
            let draft = Draft::removed(&rules::SECURITY_ALTERNATIVE_REMOVED, before_node);
            let draft = draft.values(Some(Value::from(words)), None);
            self.report(place(draft.message(message)));
        }
        for alternative in paired.added {
            let words = words(&alternative);
            let message = format!("{what}: there is one more way to authenticate: {words}.");
            let rule = &rules::SECURITY_ALTERNATIVE_ADDED;
            let draft = Draft::added(rule, after_node, location.clone());
            let draft = draft.values(None, Some(Value::from(words)));
            self.report(draft.message(message));
        }
    }

    /// Compares the schemes; gives those that only changed their names.
    fn schemes(&mut self, old: &Node<'a>, new: &Node<'a>) -> Renamed<'a> {
        let schemes = |node: &Node<'a>, side: Side| -> Vec<Named<(&'a str, Node<'a>)>> {
            let components = node.get("components");
            let schemes = components.and_then(|node| node.get("securitySchemes"));
            let mut schemes: Vec<_> = schemes.iter().flat_map(Node::entries).collect();
            schemes.sort_by_key(|(name, _)| *name);
            let named = schemes.into_iter().map(|(name, node)| {
                let meaning = self.meanings.of(side, node.value).to_string();
                Named::new((name, node), [name.to_owned(), meaning])
            });
            named.collect()
        };
        let paired = pair(schemes(old, Side::Old), schemes(new, Side::New));
        let mut renamed = Renamed::new();
        for ((old_name, old), (name, new)) in paired.both {
            if old_name != name {
                renamed.insert(old_name, name);
            }
            if !self.meanings.same(old.value, new.value)
                && let Some((old, new)) = self.resolved(&rules::SECURITY_NOT_COMPARED, &old, &new)
            {
                self.scheme(name, &old, &new);
            }
        }
        for (name, node) in paired.removed {
            let draft = Draft::removed(&rules::SECURITY_SCHEME_REMOVED, &node);
            self.report(draft.message(format!("The security scheme `{name}` is gone.")));
        }
        for (name, node) in paired.added {
            let location = node.at.location();
            let draft = Draft::added(&rules::SECURITY_SCHEME_ADDED, &node, location);
            self.report(draft.message(format!("The security scheme `{name}` is new.")));
        }
        renamed
    }

    fn scheme(&mut self, name: &str, old: &Node<'a>, new: &Node<'a>) {
        let what = format!("Security scheme `{name}`");
        if old.text("type") != new.text("type") {
            // The rest follows from the type.
            let rule = &rules::SECURITY_SCHEME_TYPE_CHANGED;
            return self.keyword_of(rule, "type", old, new, &what);
        }
        // Names of headers and of HTTP schemes are written in any case.
        let is_header = [old, new].map(|node| node.text("in")) == [Some("header"); 2];
        for (key, in_any_case, rule) in [
            ("in", false, &rules::SECURITY_SCHEME_PLACE_CHANGED),
            ("name", is_header, &rules::SECURITY_SCHEME_NAME_CHANGED),
            ("scheme", true, &rules::SECURITY_SCHEME_HTTP_CHANGED),
            (
                "bearerFormat",
                false,
                &rules::SECURITY_SCHEME_FORMAT_CHANGED,
            ),
            ("flows", false, &rules::SECURITY_SCHEME_FLOWS_CHANGED),
            (
                "openIdConnectUrl",
                false,
                &rules::SECURITY_SCHEME_DISCOVERY_CHANGED,
            ),
        ] {
            let text = |node: &Node<'a>| node.text(key).unwrap_or_default().to_lowercase();
            let meaning = |side, node: &Node<'a>| {
                let value = node.value.get(key)?;
                Some(self.meanings.under(side, key, value))
            };
            let is_same = meaning(Side::Old, old) == meaning(Side::New, new)
                || in_any_case && text(old) == text(new);
            if !is_same {
                self.keyword_of(rule, key, old, new, &what);
            }
        }
        let rule = &rules::SECURITY_NOT_COMPARED;
        self.unread(rule, from_ref(old), from_ref(new), SCHEME_KEYS);
    }
}

fn alternatives(said: Option<&Vec<Value>>) -> Vec<Alternative<'_>> {
    let requirement = |value| {
        let schemes = Value::as_object(value).into_iter().flatten();
        schemes
            .map(|(name, scopes)| {
                let scopes = match scopes {
                    Value::Array(scopes) => scopes.as_slice(),
                    other => from_ref(other),
                };
                // What is no text is compared as it is written.
                let text = |scope: &Value| match scope.as_str() {
                    Some(text) => text.to_owned(),
                    None => scope.to_string(),
                };
                (name.as_str(), scopes.iter().map(text).collect())
            })
            .collect()
    };
    said.into_iter().flatten().map(requirement).collect()
}

fn words(alternative: &Alternative<'_>) -> String {
    let names: Vec<&str> = alternative.keys().copied().collect();
    if names.is_empty() {
        "without credentials".to_owned()
    } else {
        names.join(" and ")
    }
}

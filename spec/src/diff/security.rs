//! Compares who may call: requirements and schemes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::{
    catalogue as rules,
    engine::{Comparer, Draft},
    node::Node,
    operation::Operation,
};
use crate::yaml::child;

/// One way to authenticate: the schemes that must be satisfied together, and their scopes. Empty if
/// anybody may call.
type Alternative<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

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
            (true, false) => return self.said(&rules::SECURITY_INTRODUCED, KEY, old, new, &what),
            (false, true) => return self.said(&rules::SECURITY_DROPPED, KEY, old, new, &what),
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
        for alternative in &before {
            let Some(same) = after
                .iter()
                .find(|other| alternative.keys().eq(other.keys()))
            else {
                let message = format!(
                    "{what}: a way to authenticate is gone: {}.",
                    words(alternative)
                );
                let draft = Draft::removed(&rules::SECURITY_ALTERNATIVE_REMOVED, before_node)
                    .message(message);
                self.report(place(
                    draft.values(Some(Value::from(words(alternative))), None),
                ));
                continue;
            };
            for (name, scopes) in alternative {
                let now = same.get(name).cloned().unwrap_or_default();
                for scope in now.difference(scopes) {
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
        for alternative in &after {
            if !before
                .iter()
                .any(|other| alternative.keys().eq(other.keys()))
            {
                let message = format!(
                    "{what}: there is one more way to authenticate: {}.",
                    words(alternative)
                );
                let draft = Draft::added(
                    &rules::SECURITY_ALTERNATIVE_ADDED,
                    after_node,
                    location.clone(),
                );
                self.report(
                    draft
                        .values(None, Some(Value::from(words(alternative))))
                        .message(message),
                );
            }
        }
    }

    /// Compares the schemes; gives those that only changed their names.
    fn schemes(&mut self, old: &Node<'a>, new: &Node<'a>) -> Renamed<'a> {
        let schemes = |node: &Node<'a>| -> Vec<(&'a str, Node<'a>)> {
            let schemes = node
                .get("components")
                .and_then(|node| node.get("securitySchemes"));
            schemes.iter().flat_map(Node::entries).collect()
        };
        let (before, mut after) = (schemes(old), schemes(new));
        let mut renamed = Renamed::new();
        let mut gone = Vec::new();
        for (name, old_scheme) in before {
            match after.iter().position(|(known, _)| *known == name) {
                Some(position) => {
                    let (_, new_scheme) = after.remove(position);
                    self.scheme(name, &old_scheme, &new_scheme);
                }
                None => gone.push((name, old_scheme)),
            }
        }
        for (name, old_scheme) in gone {
            let known = after
                .iter()
                .position(|(_, scheme)| is_same_scheme(old_scheme.value, scheme.value));
            if let Some(position) = known {
                renamed.insert(name, after.remove(position).0);
            } else {
                let message = format!("The security scheme `{name}` is gone.");
                self.report(
                    Draft::removed(&rules::SECURITY_SCHEME_REMOVED, &old_scheme).message(message),
                );
            }
        }
        for (name, scheme) in after {
            let message = format!("The security scheme `{name}` is new.");
            let location = scheme.at.location();
            self.report(
                Draft::added(&rules::SECURITY_SCHEME_ADDED, &scheme, location).message(message),
            );
        }
        renamed
    }

    fn scheme(&mut self, name: &str, old: &Node<'a>, new: &Node<'a>) {
        let what = format!("Security scheme `{name}`");
        for (key, rule) in [
            ("type", &rules::SECURITY_SCHEME_TYPE_CHANGED),
            ("in", &rules::SECURITY_SCHEME_PLACE_CHANGED),
            ("name", &rules::SECURITY_SCHEME_NAME_CHANGED),
            ("scheme", &rules::SECURITY_SCHEME_HTTP_CHANGED),
            ("bearerFormat", &rules::SECURITY_SCHEME_FORMAT_CHANGED),
            ("flows", &rules::SECURITY_SCHEME_FLOWS_CHANGED),
            (
                "openIdConnectUrl",
                &rules::SECURITY_SCHEME_DISCOVERY_CHANGED,
            ),
        ] {
            if old.value.get(key) != new.value.get(key) {
                self.said(rule, key, old, new, &what);
                if key == "type" {
                    // The rest follows from the type.
                    break;
                }
            }
        }
    }
}

fn alternatives(said: Option<&Vec<Value>>) -> Vec<Alternative<'_>> {
    let requirement = |value| {
        let schemes = Value::as_object(value).into_iter().flatten();
        schemes
            .map(|(name, scopes)| {
                let scopes = scopes.as_array().into_iter().flatten();
                (name.as_str(), scopes.filter_map(Value::as_str).collect())
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

/// Whether two schemes differ in their descriptions only.
fn is_same_scheme(old: &Value, new: &Value) -> bool {
    let facts = |value: &Value| {
        let mut value = value.clone();
        if let Some(map) = value.as_object_mut() {
            map.shift_remove("description");
        }
        value
    };
    facts(old) == facts(new)
}

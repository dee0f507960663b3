//! The parts of a whole document: its servers, its security, prefixes of identifiers, and the responses
//! that all operations have.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{
    layers::{self, Agreement},
    operations::Named,
};
use crate::{
    finding::Finding,
    fragment::{Fragment, PREFIXES, RESPONSES},
    openapi::{elements, entries, text},
    yaml::child,
};

/// The servers: all fragments agree on the first.
pub(super) fn servers(
    fragments: &[&Fragment],
    operations: &[Named],
    findings: &mut Vec<Finding>,
) -> Value {
    let of = |fragment: &&Fragment| layers::server(fragment.document.get("servers")?);
    let mut named = fragments.iter().filter_map(|it| Some((of(it)?, it)));
    let Some((server, first)) = named.next() else {
        let mut own = operations.iter();
        let own = own.find_map(|operation| operation.layered.server.as_deref());
        // The standard's own default.
        return json!([{"url": own.unwrap_or("/")}]);
    };
    for (other, fragment) in named.filter(|(other, _)| *other != server) {
        let message = format!("the server is {other} here, {server} in {}", first.file);
        findings.push(
            Finding::new("servers-differ", message)
                .file(&fragment.file)
                .pointer("/servers")
                .help("all fragments of a version have the same server"),
        );
    }
    let all = &first.document["servers"];
    match all.as_array().map(Vec::as_slice) {
        Some([one]) if one.get("variables").is_none() => json!([{"url": server}]),
        _ => all.clone(),
    }
}

/// The components of the responses that every operation has, by status.
pub(super) fn shared_responses(fragments: &[&Fragment]) -> BTreeMap<String, String> {
    let named = fragments
        .iter()
        .flat_map(|fragment| entries(fragment.document.get(RESPONSES)));
    named
        .filter_map(|(status, name)| Some((status.clone(), name.as_str()?.to_owned())))
        .collect()
}

/// The kinds of prefixes of identifiers. Handwritten facts choose the names of kinds; a page
/// agrees if its own name contains the words of the chosen name.
pub(super) fn prefixes(
    fragments: &[&Fragment],
    agreement: &mut Agreement,
) -> BTreeMap<String, String> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut sorted = fragments.to_vec();
    sorted.sort_by_key(|fragment| fragment.page.is_some());
    for fragment in sorted {
        for (prefix, of) in entries(fragment.document.get(PREFIXES)) {
            let of = of.as_str().unwrap_or_default();
            let chosen = known.entry(prefix.clone()).or_insert_with(|| of.to_owned());
            let mut words = chosen.split('-');
            if words.all(|word| of.split('-').any(|other| other == word)) {
                continue;
            }
            let message = format!(
                "{prefix} stands for {of} here, for {chosen} in another fragment: that stays"
            );
            agreement.contradicted.push(
                Finding::new("guides-contradict", message)
                .file(&fragment.file)
                .pointer(child(&child("", PREFIXES), prefix))
                .help("correct the kind in spec/facts, or record the choice in spec/conflicts.yaml with this place in `at`"),
            );
        }
    }
    known
}

/// The security schemes of a document.
pub(super) struct Security {
    /// By the names that fragments give them: the name in the document, and the scheme. Equal schemes have
    /// one name: `ApiKey` if it is the only key in a header.
    schemes: IndexMap<String, (String, Value)>,
}

impl Security {
    pub(super) fn of(fragments: &[&Fragment]) -> Self {
        let mut schemes: IndexMap<&String, &Value> = IndexMap::new();
        for fragment in fragments {
            let own = fragment.document.pointer("/components/securitySchemes");
            for (name, scheme) in entries(own) {
                schemes.entry(name).or_insert(scheme);
            }
        }
        let is_key = |scheme: &Value| {
            text(scheme, "type") == Some("apiKey") && text(scheme, "in") == Some("header")
        };
        let mut keys = schemes.values().filter(|scheme| is_key(scheme));
        let first = keys.next();
        let is_one_key = keys.all(|key| Some(key) == first);
        let chosen = |name: &String, scheme: &Value| {
            let equal = schemes.iter().find(|(_, known)| **known == scheme);
            match equal {
                _ if is_one_key && is_key(scheme) => "ApiKey".to_owned(),
                Some((first, _)) => (*first).clone(),
                None => name.clone(),
            }
        };
        let all = schemes.iter();
        let schemes = all.map(|(name, scheme)| {
            let chosen = chosen(name, scheme);
            ((*name).clone(), (chosen, (*scheme).clone()))
        });
        Self {
            schemes: schemes.collect(),
        }
    }

    /// The schemes by their names in the document.
    pub(super) fn schemes(&self) -> Map<String, Value> {
        self.schemes.values().cloned().collect()
    }

    /// The security of most operations, which is written at the root. `None` if an operation whose page is
    /// exact needs no security: then each operation has its own.
    pub(super) fn common(&self, operations: &[Named], calls: &[Value]) -> Option<Value> {
        let mut count: Vec<(Value, usize)> = Vec::new();
        for (named, call) in operations.iter().zip(calls) {
            let Some(own) = call.get("security").map(|own| self.renamed(own)) else {
                if named.is_exact() {
                    return None;
                }
                continue;
            };
            match count.iter_mut().find(|(known, _)| *known == own) {
                Some((_, count)) => *count += 1,
                None => count.push((own, 1)),
            }
        }
        // The first of several with the same number.
        let most = count.iter().rev().max_by_key(|(_, count)| *count);
        most.map(|(own, _)| own.clone())
    }

    /// Security requirements with the names of the document.
    pub(super) fn renamed(&self, security: &Value) -> Value {
        let chosen = |name: &String| match self.schemes.get(name) {
            Some((chosen, _)) => chosen.clone(),
            None => name.clone(),
        };
        let renamed = |requirement: &Value| -> Value {
            let schemes = entries(Some(requirement));
            schemes
                .map(|(name, scopes)| (chosen(name), scopes.clone()))
                .collect()
        };
        elements(Some(security)).map(renamed).collect()
    }
}

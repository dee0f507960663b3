//! Walks two documents in parallel, and collects the changes.
//!
//! The work is divided into units: a pair of objects, one of each document, that is compared once, even if
//! several references lead to it. Units form a graph, so that every change knows the operations that
//! it affects, and wait in a queue, so that cycles and long chains of references do no harm.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap, VecDeque},
};

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    Side,
    matching::{Named, Paired, matched},
    meaning::{Meanings, is_prose},
    node::Node,
    rules::{Area, Rule, rule},
    spelling,
    table::{ANNOTATIONS, How, Kind, METHODS, Row},
};
use crate::yaml::child;

/// A found change, before the affected operations are determined.
pub(super) struct Draft<'a> {
    /// The unit that it was found in.
    pub(super) unit: usize,
    pub(super) rule: &'static Rule,
    pub(super) side: Side,
    pub(super) node: Node<'a>,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// An operation, and the unit with its changes.
pub(super) struct Root {
    pub(super) unit: usize,
    /// `None` for the document as a whole.
    pub(super) operation: Option<String>,
}

impl Root {
    /// The sort key: the path comes before the method.
    pub(super) fn order(&self) -> Option<(bool, &str, &str, usize)> {
        let (method, path) = self.operation.as_deref()?.split_once(' ')?;
        Some((method == "WEBHOOK", path, method, self.unit))
    }
}

/// A pair of objects. Schemas may have several parts, all of which apply.
pub(super) struct Pair<'a> {
    pub(super) kind: Kind,
    /// The area of the objects, which has the direction of the data.
    pub(super) area: Area,
    pub(super) old: Vec<Node<'a>>,
    pub(super) new: Vec<Node<'a>>,
}

/// The value of a keyword in both documents; `None` if a document does not have it.
pub(super) type Facts<'a> = (Option<Node<'a>>, Option<Node<'a>>);

impl<'a> Pair<'a> {
    /// Makes a pair; the new objects get the places of the old ones.
    pub(super) fn new(kind: Kind, area: Area, old: Vec<Node<'a>>, new: Vec<Node<'a>>) -> Self {
        let is_alike = old.len() == new.len();
        let new = new.into_iter().enumerate().map(|(part, node)| {
            let counterpart = old.get(if is_alike { part } else { 0 });
            let place = counterpart.map_or(&node.place, |old| &old.place).clone();
            node.at(place)
        });
        Self {
            kind,
            area,
            new: new.collect(),
            old,
        }
    }

    /// The objects themselves, or their first parts.
    pub(super) fn whole(&self) -> Facts<'a> {
        (self.old.first().cloned(), self.new.first().cloned())
    }
}

/// The values of a keyword in the parts of an object.
pub(super) fn facts<'n, 'a>(
    parts: &'n [Node<'a>],
    key: &'n str,
) -> impl Iterator<Item = Node<'a>> + use<'n, 'a> {
    parts.iter().filter_map(move |part| part.get(key))
}

/// The items of unordered lists.
pub(super) fn listed<'a>(parts: &[Node<'a>], key: &str) -> Vec<Node<'a>> {
    let lists: Vec<Node<'a>> = facts(parts, key).collect();
    lists.iter().flat_map(Node::alike_items).collect()
}

/// Whether a keyword is `true` in a part, and its value there, or else its first value.
pub(super) fn flag<'a>(parts: &[Node<'a>], key: &str) -> (bool, Option<Node<'a>>) {
    let is_true = |fact: &Node<'a>| fact.value == &Value::Bool(true);
    let fact = facts(parts, key).find(is_true);
    (fact.is_some(), fact.or_else(|| facts(parts, key).next()))
}

type Key = (Kind, Area, Vec<usize>, Vec<usize>);

/// The state of a comparison.
pub(super) struct Comparer<'a> {
    /// The placeholder for an unknown place.
    whole: Node<'a>,
    pub(super) meanings: Meanings<'a>,
    pub(super) drafts: Vec<Draft<'a>>,
    /// The units that each unit leads to.
    pub(super) units: Vec<Vec<usize>>,
    pub(super) roots: Vec<Root>,
    known: HashMap<Key, usize>,
    queue: VecDeque<(usize, Pair<'a>)>,
    current: usize,
}

impl<'a> Comparer<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value) -> Self {
        Self {
            whole: Node::root(new),
            meanings: Meanings::new(old, new),
            drafts: Vec::new(),
            units: Vec::new(),
            roots: Vec::new(),
            known: HashMap::new(),
            queue: VecDeque::new(),
            current: 0,
        }
    }

    /// Starts the unit of an operation or webhook, or of the document as a whole; later changes belong to it.
    pub(super) fn start(&mut self, operation: Option<&Node<'a>>) {
        self.units.push(Vec::new());
        self.current = self.units.len() - 1;
        self.roots.push(Root {
            unit: self.current,
            operation: operation.map(|node| node.title.to_string()),
        });
    }

    /// Queues the comparison of two nodes, unless they are equal or already compared.
    pub(super) fn visit(&mut self, kind: Kind, area: Area, old: &Node<'a>, new: &Node<'a>) {
        if self.meanings.same(old, new) {
            return;
        }
        if kind == Kind::Schema {
            return self.enqueue(Pair::new(kind, area, vec![old.clone()], vec![new.clone()]));
        }
        // Keywords next to a reference are not compared, and neither are broken references.
        let [before, after] = [old, new].map(|node| {
            let is_reference = node.text("$ref").is_some();
            Vec::from_iter(is_reference.then(|| node.clone()))
        });
        self.unread(&Pair::new(kind, area, before, after), |key, _| {
            key == "$ref"
        });
        let (before, after) = (old.resolve(), new.resolve());
        if !before.is_opaque() && !after.is_opaque() {
            self.enqueue(Pair::new(kind, area, vec![before], vec![after]));
        } else if !self.meanings.same(&before, &after) {
            let before = before.at(old.place.clone());
            self.found(area, "not-compared", (Some(before), Some(after)));
        }
    }

    /// Queues the comparison of schemas with several parts, all of which apply.
    pub(super) fn visit_parts(&mut self, area: Area, old: Vec<Node<'a>>, new: Vec<Node<'a>>) {
        match (&*old, &*new) {
            ([one], [other]) if self.meanings.same(one, other) => {}
            ([], _) | (_, []) => {}
            _ => self.enqueue(Pair::new(Kind::Schema, area, old, new)),
        }
    }

    fn enqueue(&mut self, pair: Pair<'a>) {
        let ids = |nodes: &[Node<'_>]| nodes.iter().map(|node| node.id).collect();
        let fresh = self.units.len();
        let key = (pair.kind, pair.area, ids(&pair.old), ids(&pair.new));
        let unit = *self.known.entry(key).or_insert(fresh);
        if unit == fresh {
            self.units.push(Vec::new());
            self.queue.push_back((unit, pair));
        }
        if let Some(current) = self.units.get_mut(self.current) {
            current.push(unit);
        }
    }

    /// Compares everything in the queue.
    pub(super) fn run(&mut self) {
        while let Some((unit, pair)) = self.queue.pop_front() {
            self.current = unit;
            match pair.kind {
                Kind::Schema => self.schema(pair),
                Kind::SecurityScheme => self.security_scheme(&pair),
                Kind::Callback => self.calls(&pair, Kind::Calls),
                Kind::Calls => self.calls(&pair, Kind::Call),
                _ => self.object(&pair),
            }
        }
    }

    /// Compares two objects by the tables, and by code for their kind.
    pub(super) fn object(&mut self, pair: &Pair<'a>) {
        self.unread(pair, |key, value| pair.kind.reads(key, value));
        self.rows(pair, pair.kind.rows());
        if pair.kind.is_annotated() {
            self.rows(pair, ANNOTATIONS);
        }
        if let ([old], [new]) = (&*pair.old, &*pair.new) {
            match pair.kind {
                Kind::Call => self.body(pair, Area::Response),
                Kind::Parameter => self.parameter(pair, old, new),
                Kind::Header => self.encoded(pair, old, new),
                _ => {}
            }
        }
    }

    /// Compares calls of the server: the members of this kind in both documents.
    fn calls(&mut self, pair: &Pair<'a>, kind: Kind) {
        // Another expression is another address, which is unknown before the call.
        let is_compared = |key: &str, node: &Node<'a>| match kind {
            Kind::Call => METHODS.contains(&key) && node.value.is_object(),
            _ => !key.starts_with("x-"),
        };
        let mut known = Vec::new();
        for (key, old) in pair.old.iter().flat_map(Node::entries) {
            if let Some(new) = pair.new.first().and_then(|new| new.get(key))
                && is_compared(key, &old)
                && is_compared(key, &new)
            {
                self.visit(kind, pair.area, &old, &new);
                known.push(key);
            }
        }
        self.unread(pair, |key, _| known.contains(&key));
    }

    /// Compares keys by a table.
    pub(super) fn rows(&mut self, pair: &Pair<'a>, rows: &[Row]) {
        for (key, _, how) in rows {
            match *how {
                How::Apart => {}
                How::Flag(came, went) => self.flag(pair, key, [came, went]),
                How::Change(stem) => {
                    for facts in self.differences(pair, key) {
                        self.change(pair, stem, facts);
                    }
                }
                How::Evidence => self.evidence(pair, key),
                How::Identifier => self.identifier(pair, key),
                How::Multiple => self.multiple(pair, key),
                How::Items(stem) => self.items(pair, key, stem),
                How::Limit(stem, exclusive) => self.limit(pair, key, stem, exclusive),
                How::Child(kind) => {
                    if let (Some(old), Some(new)) = (pair.old.first(), pair.new.first()) {
                        let (old, new) = (old.get_or_missing(key), new.get_or_missing(key));
                        self.visit(kind, kind.area(pair.area), &old, &new);
                    }
                }
                How::Each(kind, stem) => self.each(pair, key, kind, stem, None),
                How::Whole(kind, stem, whole) => self.each(pair, key, kind, stem, Some(whole)),
            }
        }
    }

    /// Reports an added, removed or changed value.
    pub(super) fn change(&mut self, pair: &Pair<'a>, stem: &str, facts: Facts<'a>) {
        if facts.0.is_some() || facts.1.is_some() {
            self.found(pair.area, &format!("{stem}-{}", end(&facts)), facts);
        }
    }

    /// Reports a changed boolean: `[came, went]` are the ids for true and for false.
    pub(super) fn flag(&mut self, pair: &Pair<'a>, key: &str, [came, went]: [&str; 2]) {
        let ((was, before), (is, after)) = (flag(&pair.old, key), flag(&pair.new, key));
        if was != is {
            self.found(pair.area, if is { came } else { went }, (before, after));
        }
    }

    fn evidence(&mut self, pair: &Pair<'a>, key: &str) {
        for (before, after) in self.differences(pair, key) {
            let id = match strength(after.as_ref()).cmp(&strength(before.as_ref())) {
                Ordering::Equal => continue,
                Ordering::Greater => "evidence-strengthened",
                Ordering::Less => "evidence-weakened",
            };
            self.found(pair.area, id, (before, after));
        }
    }

    fn identifier(&mut self, pair: &Pair<'a>, key: &str) {
        for facts in self.differences(pair, key) {
            let (Some(old), Some(new)) = &facts else {
                self.change(pair, "identifier", facts);
                continue;
            };
            for (is_prefix, id) in [
                (true, "identifier-prefix-changed"),
                (false, "identifier-kind-changed"),
            ] {
                let [before, after] = [old, new].map(|fact| -> Value {
                    let entries = fact.value.as_object().into_iter().flatten();
                    let entries = entries.filter(|(key, _)| (*key == "prefix") == is_prefix);
                    entries
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect()
                });
                if before != after {
                    self.found_as(pair.area, id, facts.clone(), [Some(before), Some(after)]);
                }
            }
        }
    }

    /// The values of a keyword that only one document has, the first with the first.
    pub(super) fn differences(&self, pair: &Pair<'a>, key: &str) -> Vec<Facts<'a>> {
        let [old, new] = [&pair.old, &pair.new].map(|parts| facts(parts, key).collect());
        self.unpaired(key, old, new)
    }

    /// The first of these values.
    pub(super) fn difference(&self, pair: &Pair<'a>, key: &str) -> Facts<'a> {
        self.differences(pair, key)
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    /// The values that only one document has, each once, the first with the first.
    pub(super) fn unpaired(
        &self,
        key: &str,
        old: Vec<Node<'a>>,
        new: Vec<Node<'a>>,
    ) -> Vec<Facts<'a>> {
        let [old, new] = [old, new].map(|nodes| -> IndexMap<u64, Node<'a>> {
            let mut known = IndexMap::new();
            for node in nodes {
                known.entry(self.meanings.under(key, &node)).or_insert(node);
            }
            known
        });
        let only = |here: &IndexMap<u64, Node<'a>>, there: &IndexMap<u64, Node<'a>>| {
            let only = here
                .iter()
                .filter(|(meaning, _)| !there.contains_key(*meaning));
            only.map(|(_, node)| node.clone()).collect::<Vec<_>>()
        };
        let (gone, came) = (only(&old, &new), only(&new, &old));
        let pairs = 0..gone.len().max(came.len());
        pairs
            .map(|index| (gone.get(index).cloned(), came.get(index).cloned()))
            .collect()
    }

    /// The items of lists that only one document has.
    fn items(&mut self, pair: &Pair<'a>, key: &str, stem: &str) {
        for (before, after) in self.unpaired(key, listed(&pair.old, key), listed(&pair.new, key)) {
            self.change(pair, stem, (before, None));
            self.change(pair, stem, (None, after));
        }
    }

    /// Compares objects with the same name, and reports objects of only one document: with one id if they
    /// have one for all.
    fn each(&mut self, pair: &Pair<'a>, key: &str, kind: Kind, stem: &str, whole: Option<&str>) {
        let paired = members(pair, key, kind);
        // Without a media type, there is no body.
        let is_there =
            |object: &Node<'a>| kind != Kind::MediaType || object.entries().next().is_some();
        let has = |parts| facts(parts, key).any(|object| is_there(&object));
        if let (Some(whole), true) = (whole, has(&pair.old) != has(&pair.new)) {
            let end = if has(&pair.new) { "added" } else { "removed" };
            let fact = |parts| facts(parts, key).next();
            let facts = (fact(&pair.old), fact(&pair.new));
            return self.bare(pair.area, &format!("{whole}-{end}"), facts);
        }
        for (old, new) in &paired.both {
            self.visit(kind, kind.area(pair.area), old, new);
        }
        self.alone(pair.area, stem, paired);
    }

    /// Objects that only one document has: the ids end in `-added` and `-removed`.
    pub(super) fn alone(&mut self, area: Area, stem: &str, paired: Paired<Node<'a>>) {
        for facts in paired.alone() {
            self.bare(area, &format!("{stem}-{}", end(&facts)), facts);
        }
    }

    /// Reports the unread keys of two objects whose meaning differs.
    pub(super) fn unread(&mut self, pair: &Pair<'a>, is_read: impl Fn(&str, &Value) -> bool) {
        let parts = pair.old.iter().chain(&pair.new);
        let entries = parts.flat_map(|part| part.value.as_object().into_iter().flatten());
        let unread = entries.filter(|(key, value)| !is_read(key, value) && !is_prose(key, value));
        let keys: BTreeSet<&'a String> = unread.map(|(key, _)| key).collect();
        for key in keys {
            self.unread_key(pair, key);
        }
    }

    /// Reports a key of two objects, if its meaning differs.
    pub(super) fn unread_key(&mut self, pair: &Pair<'a>, key: &str) {
        let titled = |node: Node<'a>| {
            let title = format!("`{key}` of {}", node.title);
            node.titled(title)
        };
        for (before, after) in self.differences(pair, key).into_iter().take(1) {
            let facts = (before.map(titled), after.map(titled));
            self.found(pair.area, "not-compared", facts);
        }
    }

    /// Reports a change, and the values before and after.
    pub(super) fn found(&mut self, area: Area, id: &str, facts: Facts<'a>) {
        let value = |node: &Option<Node<'a>>| node.as_ref().map(|node| node.value.clone());
        let values = [value(&facts.0), value(&facts.1)];
        self.found_as(area, id, facts, values);
    }

    /// Reports a change of something large, without values.
    pub(super) fn bare(&mut self, area: Area, id: &str, facts: Facts<'a>) {
        self.found_as(area, id, facts, [None, None]);
    }

    /// Reports a change with other values than the nodes have: at its new place, or at the old one if
    /// it is gone. The id of the rule may lack the name of the area.
    pub(super) fn found_as(
        &mut self,
        area: Area,
        id: &str,
        (old, new): Facts<'a>,
        [before, after]: [Option<Value>; 2],
    ) {
        let (side, node) = match (old, new) {
            (Some(old), Some(new)) => (Side::New, new.at(old.place)),
            (None, Some(new)) => (Side::New, new),
            (Some(old), None) => (Side::Old, old),
            (None, None) => (Side::New, self.whole.clone()),
        };
        self.drafts.extend(rule(area, id).map(|rule| Draft {
            unit: self.current,
            rule,
            side,
            node,
            before,
            after,
        }));
    }
}

/// The rank of evidence; 0 without evidence.
fn strength(evidence: Option<&Node<'_>>) -> usize {
    const WORDS: &str = "inferred observed described sampled shared documented";
    let word = evidence.and_then(|fact| fact.value.as_str());
    let position = WORDS.split(' ').position(|known| Some(known) == word);
    position.map_or(0, |position| position + 1)
}

/// The end of the id of a rule.
pub(super) fn end(facts: &Facts<'_>) -> &'static str {
    match facts {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    }
}

/// The name of a member of an object that does not depend on its spelling.
fn spelled(kind: Kind, key: &str) -> String {
    match kind {
        Kind::MediaType => spelling::media_type(key),
        Kind::Header => key.to_ascii_lowercase(),
        Kind::Response => key.to_ascii_uppercase(),
        _ => key.to_owned(),
    }
}

/// The members of an object, sorted by their keys.
pub(super) fn entries<'a>(parts: &[Node<'a>], key: &str, kind: Kind) -> Vec<(&'a str, Node<'a>)> {
    let mut members = Vec::new();
    for object in facts(parts, key) {
        for (key, node) in object.entries() {
            if kind == Kind::Response && key.starts_with("x-") {
                continue;
            }
            let title = match kind {
                Kind::MediaType => object.title.to_string(),
                Kind::Response => format!("response {key}"),
                Kind::Header => format!("header {key} of {}", object.title),
                Kind::Callback => format!("callback {key} of {}", object.title),
                Kind::Calls => format!("WEBHOOK {key}"),
                Kind::Filter => format!("filter {key}"),
                _ => key.to_owned(),
            };
            let place = child(&object.place, spelled(kind, key));
            members.push((key, node.at(place).titled(title)));
        }
    }
    members.sort_by_key(|(key, _)| *key);
    members
}

/// Pairs the members of two objects by their keys, and then by the meaning of the keys.
pub(super) fn members<'a>(pair: &Pair<'a>, key: &str, kind: Kind) -> Paired<Node<'a>> {
    let [old, new] = [&pair.old, &pair.new].map(|parts| {
        let entries = entries(parts, key, kind).into_iter();
        entries.map(|(key, node)| Named::new(node, [key.to_owned(), spelled(kind, key)]))
    });
    matched(old, new)
}

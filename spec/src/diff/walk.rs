//! Walks two documents side by side, and gathers what changed.
//!
//! Work is cut into units: a pair of objects, one of each document, that is compared once, however
//! many ways lead to it. Units are kept in a graph, so that every change knows the operations that
//! it reaches, and in a queue, so that cycles and long chains of references do no harm.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap, VecDeque},
    rc::Rc,
};

use serde_json::Value;

use super::{
    Side,
    matching::{Named, Paired, matched},
    meaning::{Meanings, is_prose},
    node::{Node, reference, resolve},
    rules::{Area, Rule, rule},
    spelling,
    table::{ANNOTATIONS, How, Kind, METHODS, Row},
};
use crate::yaml::child;

/// A change as it is found: which operations it reaches is not known yet.
pub(super) struct Draft {
    pub(super) rule: &'static Rule,
    pub(super) side: Side,
    pub(super) pointer: String,
    pub(super) place: String,
    pub(super) title: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// A pair of objects that is compared once.
#[derive(Default)]
pub(super) struct Unit {
    pub(super) drafts: Vec<Draft>,
    /// The units that this one leads to.
    pub(super) children: Vec<usize>,
}

/// An operation, and the unit that holds what changed in it.
pub(super) struct Root {
    pub(super) unit: usize,
    /// None for the document as a whole.
    pub(super) operation: Option<String>,
}

/// Two objects that belong together. Schemas may be in several parts, all of which apply.
pub(super) struct Pair<'a> {
    pub(super) kind: Kind,
    /// Whom the data that they describe concerns.
    pub(super) area: Area,
    pub(super) old: Vec<Node<'a>>,
    pub(super) new: Vec<Node<'a>>,
}

/// What both documents say of a keyword; none where a document says nothing.
pub(super) type Facts<'a> = (Option<Node<'a>>, Option<Node<'a>>);

impl<'a> Pair<'a> {
    /// Names the places of the new document as those of the old one.
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

    /// The rule with this id, which may lack the name of the area.
    pub(super) fn rule(&self, id: &str) -> &'static Rule {
        rule(self.area, id)
    }
}

/// What the parts of an object say of a keyword.
pub(super) fn facts<'n, 'a>(
    parts: &'n [Node<'a>],
    key: &'n str,
) -> impl Iterator<Item = Node<'a>> + use<'n, 'a> {
    parts.iter().filter_map(move |part| part.get(key))
}

/// Whether a part says `true`, and what says so, or says otherwise.
pub(super) fn flag<'a>(parts: &[Node<'a>], key: &str) -> (bool, Option<Node<'a>>) {
    let is_true = |fact: &Node<'a>| fact.value == &Value::Bool(true);
    let fact = facts(parts, key).find(is_true);
    (fact.is_some(), fact.or_else(|| facts(parts, key).next()))
}

type Key = (Kind, Area, Vec<usize>, Vec<usize>);

/// The state of one comparison.
pub(super) struct Comparer<'a> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
    pub(super) meanings: Meanings<'a>,
    pub(super) units: Vec<Unit>,
    known: HashMap<Key, usize>,
    queue: VecDeque<(usize, Pair<'a>)>,
    current: usize,
}

impl<'a> Comparer<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value) -> Self {
        Self {
            old,
            new,
            meanings: Meanings::new(old, new),
            units: Vec::new(),
            known: HashMap::new(),
            queue: VecDeque::new(),
            current: 0,
        }
    }

    /// Starts a unit that nothing leads to; what is found next belongs to it.
    pub(super) fn start(&mut self) -> usize {
        self.units.push(Unit::default());
        self.current = self.units.len() - 1;
        self.current
    }

    /// Sees to it that two nodes are compared, unless they mean the same or have been compared
    /// before.
    pub(super) fn visit(&mut self, kind: Kind, area: Area, old: &Node<'a>, new: &Node<'a>) {
        if self.meanings.same(old.value, new.value) {
            return;
        }
        if kind == Kind::Schema {
            return self.visit_parts(area, vec![old.clone()], vec![new.clone()]);
        }
        // What stands beside a reference is not compared, nor is what a reference to nowhere stands for.
        let beside = |node: &Node<'a>| reference(node.value).map(|_| node.clone());
        let (before, after) = (Vec::from_iter(beside(old)), Vec::from_iter(beside(new)));
        self.unread(&Pair::new(kind, area, before, after), |key, _| {
            key == "$ref"
        });
        let (before, after) = (resolve(self.old, old), resolve(self.new, new));
        if !before.is_opaque() && !after.is_opaque() {
            self.enqueue(Pair::new(kind, area, vec![before], vec![after]));
        } else if !self.meanings.same(before.value, after.value) {
            let after = after.at(old.place.clone());
            self.not_compared(area, Some(&before), Some(&after));
        }
    }

    /// The same for schemas in several parts, all of which apply.
    pub(super) fn visit_parts(&mut self, area: Area, old: Vec<Node<'a>>, new: Vec<Node<'a>>) {
        match (&*old, &*new) {
            ([one], [other]) if self.meanings.same(one.value, other.value) => {}
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
            self.units.push(Unit::default());
            self.queue.push_back((unit, pair));
        }
        if let Some(current) = self.units.get_mut(self.current) {
            current.children.push(unit);
        }
    }

    /// Compares whatever is waiting.
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

    /// Compares two objects by the tables, and by what their kind asks for beside.
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
                Kind::Response => self.response(pair, old, new),
                _ => {}
            }
        }
    }

    /// What the server calls: the members that both have and that are of this kind.
    fn calls(&mut self, pair: &Pair<'a>, kind: Kind) {
        let mut known = Vec::new();
        for (key, old) in pair.old.iter().flat_map(Node::entries) {
            // Another expression is another address; what it is cannot be known before the call.
            let is_compared = match kind {
                Kind::Call => METHODS.contains(&key) && old.value.is_object(),
                _ => !key.starts_with("x-"),
            };
            let new = pair.new.first().and_then(|new| new.get(key));
            if let Some(new) =
                new.filter(|new| is_compared && (kind != Kind::Call || new.value.is_object()))
            {
                self.visit(kind, pair.area, &old, &new);
                known.push(key);
            }
        }
        self.unread(pair, |key, _| known.contains(&key));
    }

    /// Compares keys as a table says.
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
                How::Part(id) => {
                    for (before, after) in self.differences(pair, key) {
                        self.report(Draft::new(pair.rule(id), before.as_ref(), after.as_ref()));
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
                        self.visit(kind, child_area(kind, pair.area), &old, &new);
                    }
                }
                How::Each(kind, stem) => self.each(pair, key, kind, stem),
            }
        }
    }

    /// A value that came, went or changed.
    pub(super) fn change(&mut self, pair: &Pair<'a>, stem: &str, (before, after): Facts<'a>) {
        let end = match (&before, &after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let rule = pair.rule(&format!("{stem}-{end}"));
        self.report(Draft::new(rule, before.as_ref(), after.as_ref()));
    }

    /// A keyword that is either true or not: `[came, went]`.
    pub(super) fn flag(&mut self, pair: &Pair<'a>, key: &str, [came, went]: [&str; 2]) {
        let ((was, before), (is, after)) = (flag(&pair.old, key), flag(&pair.new, key));
        if was != is {
            let rule = pair.rule(if is { came } else { went });
            self.report(Draft::new(rule, before.as_ref(), after.as_ref()));
        }
    }

    fn evidence(&mut self, pair: &Pair<'a>, key: &str) {
        for (before, after) in self.differences(pair, key) {
            let rule = match strength(after.as_ref()).cmp(&strength(before.as_ref())) {
                Ordering::Equal => continue,
                Ordering::Greater => pair.rule("evidence-strengthened"),
                Ordering::Less => pair.rule("evidence-weakened"),
            };
            self.report(Draft::new(rule, before.as_ref(), after.as_ref()));
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
                    let said = fact.value.as_object().into_iter().flatten();
                    let said = said.filter(|(key, _)| (*key == "prefix") == is_prefix);
                    said.map(|(key, value)| (key.clone(), value.clone()))
                        .collect()
                });
                if before != after {
                    let draft = Draft::new(pair.rule(id), Some(old), Some(new));
                    self.report(draft.values(Some(before), Some(after)));
                }
            }
        }
    }

    /// The values of a keyword that only one document has, the first with the first.
    pub(super) fn differences(&self, pair: &Pair<'a>, key: &str) -> Vec<Facts<'a>> {
        let facts = |side: Side, parts: &[Node<'a>]| -> Vec<(u64, Node<'a>)> {
            let meaning = |fact: &Node<'a>| self.meanings.under(side, key, fact.value);
            let mut found: Vec<(u64, Node<'a>)> = Vec::new();
            for fact in facts(parts, key) {
                if !has(&found, meaning(&fact)) {
                    found.push((meaning(&fact), fact));
                }
            }
            found
        };
        let (old, new) = (facts(Side::Old, &pair.old), facts(Side::New, &pair.new));
        let only = |here: &[(u64, Node<'a>)], there: &[(u64, Node<'a>)]| -> Vec<Node<'a>> {
            let only = here.iter().filter(|(meaning, _)| !has(there, *meaning));
            only.map(|(_, fact)| fact.clone()).collect()
        };
        let (gone, came) = (only(&old, &new), only(&new, &old));
        let pairs = (0..gone.len().max(came.len()))
            .map(|index| (gone.get(index).cloned(), came.get(index).cloned()));
        pairs.collect()
    }

    /// The items of lists that only one document has.
    fn items(&mut self, pair: &Pair<'a>, key: &str, stem: &str) {
        let items = |side: Side, parts: &[Node<'a>]| -> Vec<(u64, Node<'a>)> {
            let lists = facts(parts, key);
            let items = lists.flat_map(|list| {
                let place = list.place.clone();
                let items = list.items().map(|item| item.at(place.clone()));
                items.collect::<Vec<_>>()
            });
            let meaning = |item: &Node<'a>| self.meanings.under(side, key, item.value);
            items.map(|item| (meaning(&item), item)).collect()
        };
        let (old, new) = (items(Side::Old, &pair.old), items(Side::New, &pair.new));
        for (meaning, item) in &old {
            if !has(&new, *meaning) {
                self.change(pair, stem, (Some(item.clone()), None));
            }
        }
        for (meaning, item) in &new {
            if !has(&old, *meaning) {
                self.change(pair, stem, (None, Some(item.clone())));
            }
        }
    }

    /// Objects that both documents have under the same name, and those that only one has.
    pub(super) fn each(&mut self, pair: &Pair<'a>, key: &str, kind: Kind, stem: &str) {
        let paired = members(pair, key, kind);
        for (old, new) in &paired.both {
            self.visit(kind, child_area(kind, pair.area), old, new);
        }
        let [removed, added] = ["removed", "added"].map(|end| pair.rule(&format!("{stem}-{end}")));
        for node in &paired.removed {
            self.report(Draft::removed(removed, node));
        }
        for node in &paired.added {
            self.report(Draft::added(added, node));
        }
    }

    /// Reports the keys that are not read of two objects, where their meaning differs.
    pub(super) fn unread(&mut self, pair: &Pair<'a>, is_read: impl Fn(&str, &Value) -> bool) {
        let parts = pair.old.iter().chain(&pair.new);
        let entries = parts.flat_map(|part| part.value.as_object().into_iter().flatten());
        let unread = entries.filter(|(key, value)| !is_read(key, value) && !is_prose(key, value));
        let keys: BTreeSet<&'a String> = unread.map(|(key, _)| key).collect();
        for key in keys {
            self.unread_key(pair, key);
        }
    }

    /// Reports one key of two objects, if its meaning differs.
    pub(super) fn unread_key(&mut self, pair: &Pair<'a>, key: &str) {
        let [before, after] = [&pair.old, &pair.new].map(|parts| {
            let titled = |node: Node<'a>| {
                let title = format!("`{key}` of {}", node.title);
                node.titled(title)
            };
            facts(parts, key).map(titled).collect()
        });
        let meaning = |side, node: &Node<'a>| self.meanings.under(side, key, node.value);
        let (before, after) = rest(before, after, |old, new| {
            meaning(Side::Old, old) == meaning(Side::New, new)
        });
        let after = after.map(|after| match (&before, pair.old.first()) {
            (Some(before), _) => after.at(before.place.clone()),
            (None, Some(parent)) => after.at(child(&parent.place, key)),
            _ => after,
        });
        self.not_compared(pair.area, before.as_ref(), after.as_ref());
    }

    /// Reports values that cannot be compared, if there are any.
    pub(super) fn not_compared(
        &mut self,
        area: Area,
        before: Option<&Node<'a>>,
        after: Option<&Node<'a>>,
    ) {
        if before.is_some() || after.is_some() {
            self.report(Draft::new(rule(area, "not-compared"), before, after));
        }
    }

    pub(super) fn report(&mut self, draft: Draft) {
        if let Some(unit) = self.units.get_mut(self.current) {
            unit.drafts.push(draft);
        }
    }
}

/// Whether one of several values has this meaning.
pub(super) fn has(known: &[(u64, Node<'_>)], meaning: u64) -> bool {
    known.iter().any(|(known, _)| *known == meaning)
}

/// The first on each side without a counterpart.
pub(super) fn rest<'a>(
    mut old: Vec<Node<'a>>,
    mut new: Vec<Node<'a>>,
    is_same: impl Fn(&Node<'a>, &Node<'a>) -> bool,
) -> Facts<'a> {
    old.retain(|old| {
        let position = new.iter().position(|new| is_same(old, new));
        position.map(|position| new.remove(position)).is_none()
    });
    (old.into_iter().next(), new.into_iter().next())
}

/// How well something is known, from 0 for not at all.
fn strength(evidence: Option<&Node<'_>>) -> usize {
    const WORDS: &str = "inferred observed described sampled shared documented";
    let word = evidence.and_then(|fact| fact.value.as_str());
    let position = WORDS.split(' ').position(|known| Some(known) == word);
    position.map_or(0, |position| position + 1)
}

/// Whom the data of a child concerns.
fn child_area(kind: Kind, area: Area) -> Area {
    match kind {
        Kind::Filter => Area::Parameter,
        _ => area,
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

/// Pairs the members of two objects, by their keys and then by what these mean.
pub(super) fn members<'a>(pair: &Pair<'a>, key: &str, kind: Kind) -> Paired<Node<'a>> {
    let [old, new] = [&pair.old, &pair.new].map(|parts| {
        let entries = entries(parts, key, kind).into_iter();
        entries.map(|(key, node)| Named::new(node, [key.to_owned(), spelled(kind, key)]))
    });
    matched(old, new)
}

impl Draft {
    /// A change of a value: at its new place, or at the old one if it is gone.
    pub(super) fn new<'a>(
        rule: &'static Rule,
        before: Option<&Node<'a>>,
        after: Option<&Node<'a>>,
    ) -> Self {
        let node = after.or(before);
        let text = |text: for<'n> fn(&'n Node<'a>) -> &'n Rc<str>| {
            node.map(|node| text(node).to_string()).unwrap_or_default()
        };
        Self {
            rule,
            side: if after.is_none() && before.is_some() {
                Side::Old
            } else {
                Side::New
            },
            pointer: text(|node| &node.pointer),
            place: text(|node| &node.place),
            title: text(|node| &node.title),
            before: before.map(|node| node.value.clone()),
            after: after.map(|node| node.value.clone()),
        }
    }

    /// Something that only the old document has, without its value.
    pub(super) fn removed(rule: &'static Rule, node: &Node<'_>) -> Self {
        Self::new(rule, Some(node), None).values(None, None)
    }

    /// Something that only the new document has, without its value.
    pub(super) fn added(rule: &'static Rule, node: &Node<'_>) -> Self {
        Self::new(rule, None, Some(node)).values(None, None)
    }

    /// Other values than those that stand there.
    pub(super) fn values(self, before: Option<Value>, after: Option<Value>) -> Self {
        Self {
            before,
            after,
            ..self
        }
    }
}

//! Walks two documents side by side, and gathers what changed.
//!
//! Work is cut into units: a pair of nodes, one of each document, that is compared once, however
//! many ways lead to it. Units are kept in a graph, so that every change knows the operations that
//! it reaches, and in a queue, so that cycles and long chains of references do no harm.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::{
    Side,
    meaning::Meanings,
    node::{Node, reference, resolve},
    rule::Rule,
    schema_rules::{self as families, Direction},
};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Parameter,
    RequestBody(Direction),
    Response,
    MediaType(Direction),
    Header,
    Schema(Direction),
}

impl Kind {
    fn direction(self) -> Direction {
        match self {
            Self::Parameter => Direction::Parameter,
            Self::Response | Self::Header => Direction::Response,
            Self::RequestBody(direction) | Self::MediaType(direction) | Self::Schema(direction) => {
                direction
            }
        }
    }

    /// The rule for what cannot be compared.
    pub(super) fn not_compared(self) -> &'static Rule {
        families::NOT_COMPARED.rule(self.direction())
    }
}

/// A change as it is found: which operations it reaches is not known yet.
pub(super) struct Draft {
    pub(super) rule: &'static Rule,
    pub(super) side: Side,
    pub(super) pointer: String,
    pub(super) location: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
    pub(super) message: String,
}

/// A pair of nodes that is compared once.
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

struct Task<'a> {
    unit: usize,
    kind: Kind,
    old: Vec<Node<'a>>,
    new: Vec<Node<'a>>,
}

type Key = (Kind, Vec<usize>, Vec<usize>);

/// The state of one comparison.
pub(super) struct Comparer<'a> {
    pub(super) old: &'a Value,
    pub(super) new: &'a Value,
    pub(super) meanings: Meanings<'a>,
    pub(super) units: Vec<Unit>,
    known: HashMap<Key, usize>,
    queue: VecDeque<Task<'a>>,
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

    /// Follows references on the old side.
    pub(super) fn resolve_old(&self, node: &Node<'a>) -> Node<'a> {
        resolve(self.old, node)
    }

    /// Follows references on the new side.
    pub(super) fn resolve_new(&self, node: &Node<'a>) -> Node<'a> {
        resolve(self.new, node)
    }

    /// Sees to it that two nodes are compared, unless they mean the same or have been compared
    /// before.
    pub(super) fn visit(&mut self, kind: Kind, old: &Node<'a>, new: &Node<'a>) {
        if self.meanings.same(old.value, new.value) {
            return;
        }
        if matches!(kind, Kind::Schema(_)) {
            return self.visit_parts(kind, vec![old.clone()], vec![new.clone()]);
        }
        if let Some((old, new)) = self.resolved(kind.not_compared(), old, new) {
            self.visit_parts(kind, vec![old], vec![new]);
        }
    }

    /// Follows the references of two nodes that are no schemas. What stands beside a reference is
    /// not compared, nor is what a reference to nowhere stands for.
    pub(super) fn resolved(
        &mut self,
        rule: &'static Rule,
        old: &Node<'a>,
        new: &Node<'a>,
    ) -> Option<(Node<'a>, Node<'a>)> {
        let beside = |node: &Node<'a>| reference(node.value).map(|_| node.clone());
        let (before, after) = (beside(old), beside(new));
        if before.is_some() || after.is_some() {
            let known = [("$ref", super::form::Form::Text)];
            self.unread(rule, before.as_slice(), after.as_slice(), &known);
        }
        let (before, after) = (self.resolve_old(old), self.resolve_new(new));
        if before.is_opaque() || after.is_opaque() {
            if !self.meanings.same(before.value, after.value) {
                self.not_compared(rule, Some(&before), Some(&after), old.at.location());
            }
            return None;
        }
        Some((before, after))
    }

    /// The same for schemas in several parts, all of which apply.
    pub(super) fn visit_parts(&mut self, kind: Kind, old: Vec<Node<'a>>, new: Vec<Node<'a>>) {
        let ids = |nodes: &[Node<'_>]| nodes.iter().map(|node| node.id).collect();
        let fresh = self.units.len();
        let key = (kind, ids(&old), ids(&new));
        let unit = *self.known.entry(key).or_insert(fresh);
        if unit == fresh {
            self.units.push(Unit::default());
            self.queue.push_back(Task {
                unit,
                kind,
                old,
                new,
            });
        }
        if let Some(current) = self.units.get_mut(self.current) {
            current.children.push(unit);
        }
    }

    /// Compares whatever is waiting.
    pub(super) fn run(&mut self) {
        while let Some(task) = self.queue.pop_front() {
            self.current = task.unit;
            match (task.kind, &*task.old, &*task.new) {
                (Kind::Schema(direction), old, new) => self.schema(direction, old, new),
                (Kind::Parameter, [old], [new]) => self.parameter(old, new),
                (Kind::RequestBody(direction), [old], [new]) => {
                    self.request_body(direction, old, new);
                }
                (Kind::Response, [old], [new]) => self.response(old, new),
                (Kind::MediaType(direction), [old], [new]) => self.media_type(direction, old, new),
                (Kind::Header, [old], [new]) => self.header(old, new),
                _ => {}
            }
        }
    }

    pub(super) fn report(&mut self, draft: Draft) {
        if let Some(unit) = self.units.get_mut(self.current) {
            unit.drafts.push(draft);
        }
    }
}

impl Draft {
    /// A change of a node that both documents have.
    pub(super) fn changed(rule: &'static Rule, old: &Node<'_>, new: &Node<'_>) -> Self {
        Self::new(rule, Side::New, new.at.pointer(), old.at.location())
    }

    /// A node that only the new document has, and the stable name of its place in the old one.
    pub(super) fn added(rule: &'static Rule, new: &Node<'_>, location: String) -> Self {
        Self::new(rule, Side::New, new.at.pointer(), location)
    }

    /// A node that only the old document has.
    pub(super) fn removed(rule: &'static Rule, old: &Node<'_>) -> Self {
        Self::new(rule, Side::Old, old.at.pointer(), old.at.location())
    }

    pub(super) fn new(rule: &'static Rule, side: Side, pointer: String, location: String) -> Self {
        Self {
            rule,
            side,
            pointer,
            location,
            before: None,
            after: None,
            message: String::new(),
        }
    }

    pub(super) fn values(mut self, before: Option<Value>, after: Option<Value>) -> Self {
        self.before = before;
        self.after = after;
        self
    }

    pub(super) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
}

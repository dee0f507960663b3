//! What no rule reads: every key that the comparison does not know, or does not know in this form, is
//! reported where its meaning differs, as not compared.

use std::collections::BTreeSet;

use super::{
    Side,
    engine::{Comparer, Draft},
    form::Known,
    meaning::is_prose,
    node::Node,
    rule::Rule,
    subject::step,
};
use crate::yaml::child;

/// The keys that several objects have.
pub(super) fn keys<'a>(nodes: &[Node<'a>]) -> BTreeSet<&'a str> {
    let entries = nodes.iter().flat_map(Node::entries);
    entries.map(|(key, _)| key).collect()
}

impl<'a> Comparer<'a> {
    /// Reports the keys of two objects, each in one or several parts, that `known` does not have, or
    /// has in another form.
    pub(super) fn unread(
        &mut self,
        rule: &'static Rule,
        old: &[Node<'a>],
        new: &[Node<'a>],
        known: &Known,
    ) {
        let keys = |nodes: &[Node<'a>]| -> BTreeSet<&'a str> {
            let entries = nodes.iter().flat_map(Node::entries);
            let unread = entries.filter(|(key, node)| {
                let form = known.iter().find(|(name, _)| name == key);
                let is_read = form.is_some_and(|(_, form)| form.fits(node.value));
                !is_read && !is_prose(key, node.value)
            });
            unread.map(|(key, _)| key).collect()
        };
        for key in &keys(old) | &keys(new) {
            self.unread_key(rule, key, old, new);
        }
    }

    /// Reports one key of two objects, if its meaning differs.
    pub(super) fn unread_key(
        &mut self,
        rule: &'static Rule,
        key: &'a str,
        old: &[Node<'a>],
        new: &[Node<'a>],
    ) {
        let values = |nodes: &[Node<'a>]| -> Vec<Node<'a>> {
            nodes.iter().filter_map(|node| node.get(key)).collect()
        };
        let (mut before, mut after) = (values(old), values(new));
        before.retain(|old| {
            let meaning = self.meanings.under(Side::Old, key, old.value);
            let same = |new: &Node<'_>| self.meanings.under(Side::New, key, new.value) == meaning;
            match after.iter().position(same) {
                Some(position) => {
                    after.remove(position);
                    false
                }
                None => true,
            }
        });
        let (before, after) = (before.first(), after.first());
        if before.is_none() && after.is_none() {
            return;
        }
        let location = match (before, old.first()) {
            (Some(before), _) => before.at.location(),
            (None, parent) => {
                let parent = parent.map(|parent| parent.at.location());
                child(&parent.unwrap_or_default(), key)
            }
        };
        self.not_compared(rule, before, after, location);
    }

    /// Reports values that cannot be compared.
    pub(super) fn not_compared(
        &mut self,
        rule: &'static Rule,
        before: Option<&Node<'a>>,
        after: Option<&Node<'a>>,
        location: String,
    ) {
        let (side, node) = match (before, after) {
            (_, Some(after)) => (Side::New, after),
            (Some(before), None) => (Side::Old, before),
            (None, None) => return,
        };
        let pointer = node.at.pointer();
        let (before, after) = (before.map(|node| node.value), after.map(|node| node.value));
        let message = format!(
            "Not compared: `{}` differs{}.",
            pointer.trim_start_matches('/'),
            step(before, after)
        );
        let draft = Draft::new(rule, side, pointer, location);
        self.report(
            draft
                .values(before.cloned(), after.cloned())
                .message(message),
        );
    }
}

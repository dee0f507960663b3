//! Compares what lists can be filtered by: the fields that conditions may be about, and the kinds of
//! fields with their operators.

use std::slice::from_ref;

use super::{
    catalogue as rules,
    engine::{Comparer, Draft, Kind},
    form::Form::{Object, Text},
    node::Node,
    operation::lower,
    rule::Rule,
    schema::{ANNOTATIONS, Schemas},
    schema_rules::Direction,
};
use crate::yaml::child;

/// Values that have the same name in both documents.
type Pairs<'a> = Vec<(&'a str, Node<'a>, Node<'a>)>;

impl<'a> Comparer<'a> {
    /// The fields that the conditions in a parameter may be about.
    pub(super) fn filters(&mut self, old: &Node<'a>, new: &Node<'a>, what: &str) {
        const KEY: &str = "x-heffl-filters";
        match (old.get(KEY).is_some(), new.get(KEY).is_some()) {
            (false, false) => {}
            (false, true) => {
                self.large(&rules::PARAMETER_FILTERS_ADDED, KEY, old, new, what);
            }
            (true, false) => {
                self.large(&rules::PARAMETER_FILTERS_REMOVED, KEY, old, new, what);
            }
            (true, true) => {
                let rules = [&rules::FILTER_FIELD_ADDED, &rules::FILTER_FIELD_REMOVED];
                for (name, old, new) in self.named(KEY, old, new, what, rules) {
                    self.filter_field(&old, &new, &format!("{what}, field `{name}`"));
                }
            }
        }
    }

    fn filter_field(&mut self, old: &Node<'a>, new: &Node<'a>, what: &str) {
        if old.text("kind") != new.text("kind") {
            self.keyword_of(&rules::FILTER_FIELD_KIND_CHANGED, "kind", old, new, what);
        }
        self.known(old, new);
        self.visit(
            Kind::Schema(Direction::Parameter),
            &old.get_or_missing("schema", 3),
            &new.get_or_missing("schema", 3),
        );
    }

    /// The kinds of fields that a document tells of.
    pub(super) fn filter_kinds(&mut self, old: &Node<'a>, new: &Node<'a>) {
        let (what, key) = ("Filters", "x-heffl-filter-kinds");
        let rules = [&rules::FILTER_KIND_ADDED, &rules::FILTER_KIND_REMOVED];
        for (name, old, new) in self.named(key, old, new, what, rules) {
            self.known(&old, &new);
            let what = format!("{what} by fields of the kind `{name}`");
            let rules = [
                &rules::FILTER_OPERATOR_ADDED,
                &rules::FILTER_OPERATOR_REMOVED,
            ];
            for (name, old, new) in self.named("operators", &old, &new, &what, rules) {
                self.known(&old, &new);
                if old.text("values") != new.text("values") {
                    let (rule, key) = (&rules::FILTER_OPERATOR_VALUES_CHANGED, "values");
                    self.keyword_of(rule, key, &old, &new, &format!("{what}, `{name}`"));
                }
            }
        }
    }

    /// How well something is known, and whether it will stay.
    fn known(&mut self, old: &Node<'a>, new: &Node<'a>) {
        self.annotations(&Schemas::objects(Direction::Parameter, old, new));
        let mut known = vec![
            ("kind", Text),
            ("operators", Object),
            ("schema", Object),
            ("values", Text),
        ];
        known.extend(ANNOTATIONS);
        let rule = Kind::Parameter.not_compared();
        self.unread(rule, from_ref(old), from_ref(new), &known);
    }

    /// Pairs the members of an object by name, and reports those without a partner: `[came, went]`.
    fn named(
        &mut self,
        key: &'a str,
        old: &Node<'a>,
        new: &Node<'a>,
        what: &str,
        [came, went]: [&'static Rule; 2],
    ) -> Pairs<'a> {
        let members = |node: &Node<'a>| node.get(key);
        let (before, after) = (members(old), members(new));
        let told = |rule: &Rule, name: &str| format!("{what}: {}: `{name}`.", lower(rule.title));
        let mut pairs = Vec::new();
        for (name, old_member) in before.iter().flat_map(Node::entries) {
            match after.as_ref().and_then(|after| after.get(name)) {
                Some(new_member) => pairs.push((name, old_member, new_member)),
                None => {
                    self.report(Draft::removed(went, &old_member).message(told(went, name)));
                }
            }
        }
        let is_old = |name: &str| pairs.iter().any(|(known, ..)| *known == name);
        let location = child(&old.at.location(), key);
        for (name, member) in after.iter().flat_map(Node::entries) {
            if !is_old(name) {
                let draft = Draft::added(came, &member, child(&location, name));
                self.report(draft.message(told(came, name)));
            }
        }
        pairs
    }
}

//! Compares two schemas: everything except limits, members and alternatives.

use std::{collections::HashSet, fmt::Write as _};

use serde_json::Value;

use super::{
    Side, catalogue,
    engine::{Comparer, Draft},
    node::{At, Node, resolve},
    schema_rules::{self as families, Direction, Family},
    subject::{step, subject},
};

/// Two schemas, each with all that `allOf` adds to it: first itself, then the members in order.
pub(super) struct Schemas<'a> {
    pub(super) direction: Direction,
    pub(super) old: Vec<Node<'a>>,
    pub(super) new: Vec<Node<'a>>,
}

/// The value of a keyword, and the part of the schema that says so.
#[derive(Clone, Copy)]
pub(super) struct Fact<'a> {
    pub(super) value: &'a Value,
    pub(super) part: usize,
}

/// The value of the first part that has a keyword: what stands next to `allOf` wins over its
/// members.
pub(super) fn fact<'a>(parts: &[Node<'a>], key: &str) -> Option<Fact<'a>> {
    let values = parts.iter().map(|node| node.value.get(key)).enumerate();
    let mut values = values.filter_map(|(part, value)| {
        Some(Fact {
            value: value?,
            part,
        })
    });
    values.next()
}

/// Whether a keyword is `true`.
pub(super) fn flag(parts: &[Node<'_>], key: &str) -> bool {
    fact(parts, key).and_then(|fact| fact.value.as_bool()) == Some(true)
}

impl<'a> Schemas<'a> {
    /// The part of the old schema that stands for one of the new schema.
    pub(super) fn counterpart(&self, part: usize) -> Option<&Node<'a>> {
        let part = if self.old.len() == self.new.len() {
            part
        } else {
            0
        };
        self.old.get(part)
    }

    /// A change of a keyword: at its new place, or at the old one if it is gone.
    pub(super) fn draft(
        &self,
        family: &'static Family,
        key: &str,
        before: Option<Fact<'a>>,
        after: Option<Fact<'a>>,
    ) -> Draft {
        let below = |node: Option<&Node<'a>>| -> Option<At<'a>> {
            node.map(|node| node.at.child(key.to_owned()))
        };
        let old = before.and_then(|fact| below(self.old.get(fact.part)));
        let new = after.and_then(|fact| below(self.new.get(fact.part)));
        let counterpart = below(after.and_then(|fact| self.counterpart(fact.part)));
        let location = counterpart.or_else(|| old.clone()).map(|at| at.location());
        let location = location.unwrap_or_default();
        let (side, at) = match (old, new) {
            (_, Some(new)) => (Side::New, new),
            (Some(old), None) => (Side::Old, old),
            (None, None) => (Side::New, At::root(String::new(), String::new())),
        };
        let (before, after) = (before.map(|fact| fact.value), after.map(|fact| fact.value));
        Draft::new(family.rule(self.direction), side, at.pointer(), location)
            .message(sentence(
                self.direction,
                family,
                &subject(&at, self.direction),
                before,
                after,
            ))
            .values(before.cloned(), after.cloned())
    }
}

/// One sentence about a change of a schema.
pub(super) fn sentence(
    direction: Direction,
    family: &Family,
    subject: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> String {
    let word = match direction {
        Direction::Parameter => "Parameter",
        Direction::Request => "Request",
        Direction::Response => "Answer",
    };
    format!(
        "{word}: {subject} {}{}.",
        family.phrase,
        step(before, after)
    )
}

/// The types that the parts of a schema name: one, unless they contradict each other.
fn types<'a>(parts: &[Node<'a>]) -> Vec<Fact<'a>> {
    let mut types: Vec<Fact<'a>> = Vec::new();
    for (part, node) in parts.iter().enumerate() {
        if let Some(value) = node.value.get("type")
            && !types.iter().any(|known| known.value == value)
        {
            types.push(Fact { value, part });
        }
    }
    types
}

/// A schema and the members of its `allOf`, at any depth, each once.
pub(super) fn parts<'a>(root: &'a Value, nodes: &[Node<'a>]) -> Vec<Node<'a>> {
    let mut parts = Vec::new();
    let mut seen = HashSet::new();
    let mut open: Vec<Node<'a>> = nodes.iter().rev().cloned().collect();
    while let Some(node) = open.pop() {
        let node = resolve(root, &node);
        if seen.insert(node.id) {
            if let Some(members) = node.get("allOf") {
                let start = open.len();
                open.extend(members.items());
                if let Some(added) = open.get_mut(start..) {
                    added.reverse();
                }
            }
            parts.push(node);
        }
    }
    parts
}

impl<'a> Comparer<'a> {
    pub(super) fn schema(&mut self, direction: Direction, old: &[Node<'a>], new: &[Node<'a>]) {
        let pair = Schemas {
            direction,
            old: parts(self.old, old),
            new: parts(self.new, new),
        };
        self.annotations(&pair);
        self.flag(
            &pair,
            "nullable",
            [&families::BECAME_NULLABLE, &families::BECAME_NOT_NULLABLE],
        );
        if !self.types(&pair) {
            return;
        }
        self.keyword(
            &pair,
            "format",
            [
                &families::FORMAT_ADDED,
                &families::FORMAT_CHANGED,
                &families::FORMAT_REMOVED,
            ],
        );
        self.keyword(
            &pair,
            "pattern",
            [
                &families::PATTERN_ADDED,
                &families::PATTERN_CHANGED,
                &families::PATTERN_REMOVED,
            ],
        );
        self.keyword(
            &pair,
            "default",
            [
                &families::DEFAULT_ADDED,
                &families::DEFAULT_CHANGED,
                &families::DEFAULT_REMOVED,
            ],
        );
        self.flag(
            &pair,
            "readOnly",
            [&families::READ_ONLY_ADDED, &families::READ_ONLY_REMOVED],
        );
        self.flag(
            &pair,
            "writeOnly",
            [&families::WRITE_ONLY_ADDED, &families::WRITE_ONLY_REMOVED],
        );
        self.flag(
            &pair,
            "x-heffl-custom-fields",
            [
                &families::CUSTOM_FIELDS_ADDED,
                &families::CUSTOM_FIELDS_REMOVED,
            ],
        );
        self.enums(&pair);
        self.field_rules(&pair);
        self.limits(&pair);
        self.members(&pair);
        self.alternatives(&pair);
        if direction == Direction::Response {
            self.paging(&pair);
        }
    }

    /// What is said about parameters, fields and answers alike.
    pub(super) fn annotations(&mut self, pair: &Schemas<'a>) {
        self.flag(
            pair,
            "deprecated",
            [&families::DEPRECATED, &families::UNDEPRECATED],
        );
        self.flag(
            pair,
            "x-heffl-money",
            [&families::MONEY_ADDED, &families::MONEY_REMOVED],
        );
        self.flag(
            pair,
            "x-heffl-secret",
            [&families::SECRET_ADDED, &families::SECRET_REMOVED],
        );
        self.flag(
            pair,
            "x-heffl-currency",
            [&families::CURRENCY_ADDED, &families::CURRENCY_REMOVED],
        );
        self.evidence(pair);
        self.identifier(pair);
    }

    /// A keyword that is either true or not: `[came, went]`.
    pub(super) fn flag(
        &mut self,
        pair: &Schemas<'a>,
        key: &str,
        [came, went]: [&'static Family; 2],
    ) {
        let family = match (flag(&pair.old, key), flag(&pair.new, key)) {
            (false, true) => came,
            (true, false) => went,
            _ => return,
        };
        let mut draft = pair.draft(family, key, fact(&pair.old, key), fact(&pair.new, key));
        draft.message = sentence(pair.direction, family, &owner(pair, key), None, None);
        self.report(draft);
    }

    /// A keyword with a value: `[added, changed, removed]`.
    pub(super) fn keyword(
        &mut self,
        pair: &Schemas<'a>,
        key: &str,
        [added, changed, removed]: [&'static Family; 3],
    ) {
        let (before, after) = (fact(&pair.old, key), fact(&pair.new, key));
        let family = match (before, after) {
            (None, Some(_)) => added,
            (Some(_), None) => removed,
            (Some(old), Some(new)) if !is_same(old.value, new.value) => changed,
            _ => return,
        };
        self.report(pair.draft(family, key, before, after));
    }

    /// Compares the types; false if the rest of the schemas cannot be compared.
    fn types(&mut self, pair: &Schemas<'a>) -> bool {
        let (old, new) = (types(&pair.old), types(&pair.new));
        let other = |facts: &[Fact<'a>], than: &[Fact<'a>]| {
            let known = |fact: &Fact<'a>| than.iter().any(|other| other.value == fact.value);
            let other = facts.iter().copied().find(|fact| !known(fact));
            other.or(facts.first().copied())
        };
        let (before, after) = (other(&old, &new), other(&new, &old));
        let name = |fact: Option<Fact<'a>>| fact.and_then(|fact| fact.value.as_str());
        let (family, is_comparable) = match (name(before), name(after)) {
            (old, new) if old == new => return true,
            (None, _) | (Some("number"), Some("integer")) => (&families::TYPE_NARROWED, true),
            (_, None) | (Some("integer"), Some("number")) => (&families::TYPE_WIDENED, true),
            _ => (&families::TYPE_CHANGED, false),
        };
        self.report(pair.draft(family, "type", before, after));
        let is_missing = |parts: &[Node<'_>]| parts.iter().all(Node::is_missing);
        is_comparable && !is_missing(&pair.old) && !is_missing(&pair.new)
    }

    fn enums(&mut self, pair: &Schemas<'a>) {
        let list = |fact: Option<Fact<'a>>| fact.filter(|fact| fact.value.is_array());
        let (before, after) = (list(fact(&pair.old, "enum")), list(fact(&pair.new, "enum")));
        let (old, new) = match (before, after) {
            (None, None) => return,
            (None, Some(_)) => {
                return self.report(pair.draft(&families::ENUM_ADDED, "enum", None, after));
            }
            (Some(_), None) => {
                return self.report(pair.draft(&families::ENUM_REMOVED, "enum", before, None));
            }
            (Some(old), Some(new)) => (old, new),
        };
        let values = |fact: Fact<'a>| fact.value.as_array().map(Vec::as_slice).unwrap_or_default();
        let known = |fact| values(fact).iter().map(canonical).collect::<HashSet<_>>();
        let (known_before, known_after) = (known(old), known(new));
        for (index, value) in values(old).iter().enumerate() {
            if !known_after.contains(&canonical(value)) {
                let mut draft = pair.draft(&families::ENUM_VALUE_REMOVED, "enum", Some(old), None);
                let _ = write!(draft.pointer, "/{index}");
                self.report(enum_value(
                    pair,
                    draft,
                    &families::ENUM_VALUE_REMOVED,
                    Some(value),
                    None,
                ));
            }
        }
        let is_closed = flag(&pair.old, "x-heffl-closed") || flag(&pair.new, "x-heffl-closed");
        for (index, value) in values(new).iter().enumerate() {
            if !known_before.contains(&canonical(value)) {
                let mut draft =
                    pair.draft(&families::ENUM_VALUE_ADDED, "enum", Some(old), Some(new));
                let _ = write!(draft.pointer, "/{index}");
                if is_closed && pair.direction == Direction::Response {
                    draft.rule = &catalogue::RESPONSE_CLOSED_ENUM_VALUE_ADDED;
                }
                self.report(enum_value(
                    pair,
                    draft,
                    &families::ENUM_VALUE_ADDED,
                    None,
                    Some(value),
                ));
            }
        }
        self.flag(
            pair,
            "x-heffl-closed",
            [&families::ENUM_CLOSED, &families::ENUM_OPENED],
        );
        self.flag(
            pair,
            "x-heffl-more-options",
            [&families::ENUM_OPENED, &families::ENUM_CLOSED],
        );
    }

    fn evidence(&mut self, pair: &Schemas<'a>) {
        const KEY: &str = "x-heffl-evidence";
        let (before, after) = (fact(&pair.old, KEY), fact(&pair.new, KEY));
        let strength = |fact: Option<Fact<'a>>| strength(fact.map(|fact| fact.value));
        let family = match strength(after).cmp(&strength(before)) {
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Greater => &families::EVIDENCE_STRENGTHENED,
            std::cmp::Ordering::Less => &families::EVIDENCE_WEAKENED,
        };
        self.report(pair.draft(family, KEY, before, after));
    }

    fn identifier(&mut self, pair: &Schemas<'a>) {
        const KEY: &str = "x-heffl-id";
        let (before, after) = (fact(&pair.old, KEY), fact(&pair.new, KEY));
        let (Some(old), Some(new)) = (before, after) else {
            let families = [
                &families::IDENTIFIER_ADDED,
                &families::IDENTIFIER_KIND_CHANGED,
                &families::IDENTIFIER_REMOVED,
            ];
            return self.keyword(pair, KEY, families);
        };
        for (keys, family) in [
            (&["prefix"][..], &families::IDENTIFIER_PREFIX_CHANGED),
            (&["of", "includes"][..], &families::IDENTIFIER_KIND_CHANGED),
        ] {
            if keys
                .iter()
                .any(|key| old.value.get(key) != new.value.get(key))
            {
                let of_this = |fact: Fact<'a>| {
                    let said = keys.iter().filter_map(|key| {
                        let value = fact.value.get(key)?;
                        Some((key.to_string(), value.clone()))
                    });
                    Value::Object(said.collect())
                };
                let values = (Some(of_this(old)), Some(of_this(new)));
                self.report(
                    pair.draft(family, KEY, before, after)
                        .values(values.0, values.1),
                );
            }
        }
    }

    fn paging(&mut self, pair: &Schemas<'a>) {
        const KEY: &str = "x-heffl-page";
        let (before, after) = (fact(&pair.old, KEY), fact(&pair.new, KEY));
        let rule = match (before, after) {
            (None, Some(_)) => &catalogue::RESPONSE_PAGING_ADDED,
            (Some(_), None) => &catalogue::RESPONSE_PAGING_REMOVED,
            (Some(old), Some(new)) if old.value != new.value => &catalogue::RESPONSE_PAGING_CHANGED,
            _ => return,
        };
        let mut draft = pair.draft(&families::TYPE_CHANGED, KEY, before, after);
        draft.rule = rule;
        draft.message = format!("{}: {}.", rule.title, owner(pair, KEY));
        self.report(draft);
    }
}

/// What the part that says a keyword is called.
pub(super) fn owner(pair: &Schemas<'_>, key: &str) -> String {
    let said = |parts: &[Node<'_>]| {
        let part = fact(parts, key).map_or(0, |fact| fact.part);
        parts
            .get(part)
            .map(|node| subject(&node.at, pair.direction))
    };
    let has_new = fact(&pair.new, key).is_some();
    said(if has_new { &pair.new } else { &pair.old }).unwrap_or_default()
}

fn enum_value(
    pair: &Schemas<'_>,
    mut draft: Draft,
    family: &Family,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Draft {
    draft.message = sentence(pair.direction, family, &owner(pair, "enum"), before, after);
    draft.values(before.cloned(), after.cloned())
}

/// How well something is known, from 0 for not at all.
pub(super) fn strength(evidence: Option<&Value>) -> usize {
    const WORDS: [&str; 5] = ["inferred", "observed", "described", "sampled", "documented"];
    let word = evidence.and_then(Value::as_str);
    WORDS
        .iter()
        .position(|known| Some(*known) == word)
        .map_or(0, |position| position + 1)
}

/// Whether two values are equal as JSON, where `1` and `1.0` are.
pub(super) fn is_same(old: &Value, new: &Value) -> bool {
    old == new || (old.is_number() && new.is_number() && old.as_f64() == new.as_f64())
}

/// Text that is equal for equal values.
fn canonical(value: &Value) -> String {
    match value.as_f64() {
        Some(number) => number.to_string(),
        None => value.to_string(),
    }
}

//! Compares two schemas: everything except limits, members and alternatives.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    Side, catalogue,
    engine::{Comparer, Draft, Kind},
    form::{
        Form::{self, Flag, Object, Text},
        Known,
    },
    node::{At, Node},
    parts::{Fact, Parts, covers},
    schema_rules::{self as families, Direction, Family},
    subject::{step, subject},
};
use crate::yaml::child;

/// Every keyword that is compared, in the form in which it is, and the rules of those that need no
/// code of their own. Parameters, headers and responses have the annotations as well.
macro_rules! keywords {
    (
        forms: { $($form:ident: $($known:literal)*;)* }
        annotations: $($annotation:literal [$annotated:ident $bare:ident])*;
        flags: $($flag:literal [$came:ident $went:ident])*;
        values: $($value:literal $value_form:ident [$added:ident $changed:ident $removed:ident])*;
    ) => {
        const KEYWORDS: &Known = &[
            $($(($known, Form::$form),)*)*
            $(($annotation, Form::Flag),)*
            $(($flag, Form::Flag),)*
            $(($value, Form::$value_form),)*
        ];
        static ANNOTATION_FLAGS: &[(&str, [&Family; 2])] =
            &[$(($annotation, [&families::$annotated, &families::$bare]),)*];
        static FLAGS: &[(&str, [&Family; 2])] =
            &[$(($flag, [&families::$came, &families::$went]),)*];
        static VALUES: &[(&str, [&Family; 3])] =
            &[$(($value, [&families::$added, &families::$changed, &families::$removed]),)*];
    };
}

keywords! {
    forms: {
        Anything: "$defs" "const";
        Flag: "nullable" "uniqueItems" "x-heffl-closed" "x-heffl-more-options";
        FlagOrNumber: "exclusiveMaximum" "exclusiveMinimum";
        FlagOrObject: "additionalProperties" "items" "not";
        List: "allOf" "anyOf" "enum" "oneOf";
        Number: "maximum" "maxItems" "maxLength" "maxProperties";
        Number: "minimum" "minItems" "minLength" "minProperties" "multipleOf";
        Object: "discriminator" "properties" "x-heffl-id" "x-heffl-page";
        Objects: "x-heffl-rules";
        Text: "$ref" "x-heffl-evidence";
        TextOrTexts: "type";
        Texts: "required";
    }
    annotations:
        "deprecated" [DEPRECATED UNDEPRECATED]
        "x-heffl-currency" [CURRENCY_ADDED CURRENCY_REMOVED]
        "x-heffl-money" [MONEY_ADDED MONEY_REMOVED]
        "x-heffl-secret" [SECRET_ADDED SECRET_REMOVED];
    flags:
        "readOnly" [READ_ONLY_ADDED READ_ONLY_REMOVED]
        "writeOnly" [WRITE_ONLY_ADDED WRITE_ONLY_REMOVED]
        "x-heffl-custom-fields" [CUSTOM_FIELDS_ADDED CUSTOM_FIELDS_REMOVED];
    values:
        "default" Anything [DEFAULT_ADDED DEFAULT_CHANGED DEFAULT_REMOVED]
        "format" Text [FORMAT_ADDED FORMAT_CHANGED FORMAT_REMOVED]
        "pattern" Text [PATTERN_ADDED PATTERN_CHANGED PATTERN_REMOVED]
        "x-heffl-response-name" Text [RESPONSE_NAME_ADDED RESPONSE_NAME_CHANGED RESPONSE_NAME_REMOVED];
}

/// The keywords that parameters, headers and responses have beside their schemas.
pub(super) const ANNOTATIONS: [(&str, Form); 6] = [
    ("deprecated", Flag),
    ("x-heffl-currency", Flag),
    ("x-heffl-evidence", Text),
    ("x-heffl-id", Object),
    ("x-heffl-money", Flag),
    ("x-heffl-secret", Flag),
];

/// Two schemas in their normal form.
pub(super) struct Schemas<'a> {
    pub(super) direction: Direction,
    pub(super) old: Parts<'a>,
    pub(super) new: Parts<'a>,
}

/// What a keyword says in both documents; none where a document says nothing.
pub(super) type Facts<'a> = (Option<Fact<'a>>, Option<Fact<'a>>);

impl<'a> Schemas<'a> {
    /// Two objects that have keywords of schemas, without being schemas.
    pub(super) fn objects(direction: Direction, old: &Node<'a>, new: &Node<'a>) -> Self {
        let one = |node: &Node<'a>| Parts {
            nodes: vec![node.clone()],
            opaque: Vec::new(),
            is_nullable: false,
        };
        Self {
            direction,
            old: one(old),
            new: one(new),
        }
    }

    /// The part of the old schema that stands for one of the new schema.
    pub(super) fn counterpart(&self, part: usize) -> Option<&Node<'a>> {
        let (old, new) = (&self.old.nodes, &self.new.nodes);
        old.get(if old.len() == new.len() { part } else { 0 })
    }

    /// A change of a keyword: at its new place, or at the old one if it is gone.
    pub(super) fn draft(&self, family: &'static Family, (before, after): Facts<'a>) -> Draft {
        let below = |node: Option<&Node<'a>>, fact: Fact<'a>| -> Option<At<'a>> {
            node.map(|node| node.at.child(fact.key))
        };
        let old = before.and_then(|fact| below(self.old.nodes.get(fact.part), fact));
        let new = after.and_then(|fact| below(self.new.nodes.get(fact.part), fact));
        let counterpart = after.and_then(|fact| below(self.counterpart(fact.part), fact));
        let location = counterpart.or_else(|| old.clone()).map(|at| at.location());
        let location = location.unwrap_or_default();
        let (side, at) = match (old, new) {
            (_, Some(new)) => (Side::New, new),
            (Some(old), None) => (Side::Old, old),
            (None, None) => (Side::New, self.whole()),
        };
        let (before, after) = (before.map(|fact| fact.value), after.map(|fact| fact.value));
        let what = subject(&at, self.direction);
        Draft::new(family.rule(self.direction), side, at.pointer(), location)
            .message(sentence(self.direction, family, &what, before, after))
            .values(before.cloned(), after.cloned())
    }

    /// The place of the new schema, or of the old one.
    fn whole(&self) -> At<'a> {
        let nodes = self.new.nodes.iter().chain(&self.old.nodes);
        let mut places = nodes.map(|node| node.at.clone());
        let root = || At::root(String::new(), String::new());
        places.next().unwrap_or_else(root)
    }

    /// What the part that a fact is from is called.
    pub(super) fn owner(&self, (before, after): Facts<'a>) -> String {
        let node = match (before, after) {
            (_, Some(fact)) => self.new.nodes.get(fact.part),
            (Some(fact), None) => self.old.nodes.get(fact.part),
            (None, None) => None,
        };
        let at = node.map_or_else(|| self.whole(), |node| node.at.clone());
        subject(&at, self.direction)
    }

    /// A change of a keyword whose values are not worth showing.
    pub(super) fn brief(&self, family: &'static Family, facts: Facts<'a>) -> Draft {
        let message = sentence(self.direction, family, &self.owner(facts), None, None);
        self.draft(family, facts).message(message)
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
        Direction::Response => "Response",
    };
    format!(
        "{word}: {subject} {}{}.",
        family.phrase,
        step(before, after)
    )
}

impl<'a> Comparer<'a> {
    pub(super) fn schema(&mut self, direction: Direction, old: &[Node<'a>], new: &[Node<'a>]) {
        let pair = Schemas {
            direction,
            old: Parts::of(self.old, old),
            new: Parts::of(self.new, new),
        };
        if !self.is_readable(&pair) {
            return;
        }
        let rule = Kind::Schema(direction).not_compared();
        self.unread(rule, &pair.old.nodes, &pair.new.nodes, KEYWORDS);
        self.annotations(&pair);
        self.nullable(&pair);
        if !self.types(&pair) {
            return;
        }
        for (key, families) in VALUES {
            self.keyword(&pair, key, *families);
        }
        for (key, families) in FLAGS {
            self.flag(&pair, key, *families);
        }
        self.enums(&pair);
        self.field_rules(&pair);
        self.limits(&pair);
        self.members(&pair);
        self.alternatives(&pair);
        self.paging(&pair);
    }

    /// Reports parts that cannot be compared; false if they differ, and with them what the whole
    /// means.
    fn is_readable(&mut self, pair: &Schemas<'a>) -> bool {
        let (mut before, mut after) = (pair.old.opaque.clone(), pair.new.opaque.clone());
        before.retain(|old| {
            let known = after
                .iter()
                .position(|new| self.meanings.same(old.value, new.value));
            known.map(|position| after.remove(position)).is_none()
        });
        let (before, after) = (before.first(), after.first());
        if before.is_none() && after.is_none() {
            return true;
        }
        let place = before.or(after);
        let location = place.map(|node| node.at.location()).unwrap_or_default();
        let rule = Kind::Schema(pair.direction).not_compared();
        self.not_compared(rule, before, after, location);
        false
    }

    /// What is said about parameters, fields and responses alike.
    pub(super) fn annotations(&mut self, pair: &Schemas<'a>) {
        for (key, families) in ANNOTATION_FLAGS {
            self.flag(pair, key, *families);
        }
        self.evidence(pair);
        self.identifier(pair);
    }

    /// A keyword that is either true or not: `[came, went]`.
    pub(super) fn flag(
        &mut self,
        pair: &Schemas<'a>,
        key: &'static str,
        [came, went]: [&'static Family; 2],
    ) {
        let ((was, before), (is, after)) = (pair.old.flag(key), pair.new.flag(key));
        let family = match (was, is) {
            (false, true) => came,
            (true, false) => went,
            _ => return,
        };
        self.report(pair.brief(family, (before, after)));
    }

    fn nullable(&mut self, pair: &Schemas<'a>) {
        let family = match (pair.old.is_nullable, pair.new.is_nullable) {
            (false, true) => &families::BECAME_NULLABLE,
            (true, false) => &families::BECAME_NOT_NULLABLE,
            _ => return,
        };
        let facts = (pair.old.null_fact(), pair.new.null_fact());
        self.report(pair.brief(family, facts));
    }

    /// A keyword with a value: `[added, changed, removed]`. Where parts say several, those that only
    /// one document has are reported.
    pub(super) fn keyword(
        &mut self,
        pair: &Schemas<'a>,
        key: &'static str,
        [added, changed, removed]: [&'static Family; 3],
    ) {
        for facts in self.differences(pair, key) {
            let family = match facts {
                (None, Some(_)) => added,
                (Some(_), None) => removed,
                _ => changed,
            };
            self.report(pair.draft(family, facts));
        }
    }

    /// The values of a keyword that only one document has, the first with the first.
    pub(super) fn differences(&self, pair: &Schemas<'a>, key: &'static str) -> Vec<Facts<'a>> {
        let said = |parts: &Parts<'a>, side: Side| {
            let mut seen = HashSet::new();
            let facts = parts.facts(key);
            let facts = facts.map(|fact| (self.meanings.under(side, key, fact.value), fact));
            facts
                .filter(|(meaning, _)| seen.insert(*meaning))
                .collect::<Vec<_>>()
        };
        let (old, new) = (said(&pair.old, Side::Old), said(&pair.new, Side::New));
        let other = |here: &[(u64, Fact<'a>)], there: &[(u64, Fact<'a>)]| -> Vec<Fact<'a>> {
            let is_known = |meaning| there.iter().any(|(known, _)| *known == meaning);
            let other = here.iter().filter(|(meaning, _)| !is_known(*meaning));
            other.map(|(_, fact)| *fact).collect()
        };
        let (gone, came) = (other(&old, &new), other(&new, &old));
        (0..gone.len().max(came.len()))
            .map(|index| (gone.get(index).copied(), came.get(index).copied()))
            .collect()
    }

    /// Compares the types; false if the rest of the schemas cannot be compared.
    fn types(&mut self, pair: &Schemas<'a>) -> bool {
        let (old, new) = (pair.old.types(), pair.new.types());
        if old == new {
            return true;
        }
        let (family, is_comparable) = match (
            covers(old.as_ref(), new.as_ref()),
            covers(new.as_ref(), old.as_ref()),
        ) {
            (true, _) => (&families::TYPE_NARROWED, true),
            (_, true) => (&families::TYPE_WIDENED, true),
            _ => (&families::TYPE_CHANGED, false),
        };
        let facts = self.differences(pair, "type");
        let facts = facts.first().copied().unwrap_or_default();
        self.report(pair.draft(family, facts));
        let is_missing = |parts: &Parts<'_>| parts.nodes.iter().all(Node::is_missing);
        is_comparable && !is_missing(&pair.old) && !is_missing(&pair.new)
    }

    fn enums(&mut self, pair: &Schemas<'a>) {
        let (old, new) = (
            Choices::of(self, &pair.old, Side::Old),
            Choices::of(self, &pair.new, Side::New),
        );
        match (old.lists.first(), new.lists.first()) {
            (None, None) => return,
            (None, Some(list)) => {
                let facts = (None, Some(list.fact));
                return self.report(pair.draft(&families::ENUM_ADDED, facts));
            }
            (Some(list), None) => {
                let facts = (Some(list.fact), None);
                return self.report(pair.draft(&families::ENUM_REMOVED, facts));
            }
            (Some(_), Some(_)) => {}
        }
        let family = &families::ENUM_VALUE_REMOVED;
        for (meaning, value) in old.all() {
            if !new.allow(meaning)
                && let Some((fact, pointer)) = old.place(meaning, &new)
            {
                self.report(enum_value(
                    pair,
                    family,
                    (Some(fact), None),
                    &pointer,
                    value,
                ));
            }
        }
        let is_closed = pair.old.flag("x-heffl-closed").0 || pair.new.flag("x-heffl-closed").0;
        let family = &families::ENUM_VALUE_ADDED;
        for (meaning, value) in new.all() {
            if !old.allow(meaning)
                && let Some((fact, pointer)) = new.place(meaning, &old)
            {
                let mut draft = enum_value(pair, family, (None, Some(fact)), &pointer, value);
                if is_closed && pair.direction == Direction::Response {
                    draft.rule = &catalogue::RESPONSE_CLOSED_ENUM_VALUE_ADDED;
                }
                self.report(draft);
            }
        }
        let closed = [&families::ENUM_CLOSED, &families::ENUM_OPENED];
        self.flag(pair, "x-heffl-closed", closed);
        let open = [&families::ENUM_OPENED, &families::ENUM_CLOSED];
        self.flag(pair, "x-heffl-more-options", open);
    }

    fn evidence(&mut self, pair: &Schemas<'a>) {
        let strength = |fact: Option<Fact<'a>>| strength(fact.map(|fact| fact.value));
        for facts in self.differences(pair, "x-heffl-evidence") {
            let family = match strength(facts.1).cmp(&strength(facts.0)) {
                std::cmp::Ordering::Equal => continue,
                std::cmp::Ordering::Greater => &families::EVIDENCE_STRENGTHENED,
                std::cmp::Ordering::Less => &families::EVIDENCE_WEAKENED,
            };
            self.report(pair.draft(family, facts));
        }
    }

    fn identifier(&mut self, pair: &Schemas<'a>) {
        for facts in self.differences(pair, "x-heffl-id") {
            let (Some(old), Some(new)) = facts else {
                let family = match facts.1 {
                    Some(_) => &families::IDENTIFIER_ADDED,
                    None => &families::IDENTIFIER_REMOVED,
                };
                self.report(pair.draft(family, facts));
                continue;
            };
            for (is_prefix, family) in [
                (true, &families::IDENTIFIER_PREFIX_CHANGED),
                (false, &families::IDENTIFIER_KIND_CHANGED),
            ] {
                let of_this = |fact: Fact<'a>| {
                    let said = fact.value.as_object().into_iter().flatten();
                    let said = said.filter(|(key, _)| (*key == "prefix") == is_prefix);
                    Value::Object(
                        said.map(|(key, value)| (key.clone(), value.clone()))
                            .collect(),
                    )
                };
                let (before, after) = (of_this(old), of_this(new));
                if before != after {
                    let draft = pair.draft(family, facts);
                    self.report(draft.values(Some(before), Some(after)));
                }
            }
        }
    }

    fn paging(&mut self, pair: &Schemas<'a>) {
        if pair.direction != Direction::Response {
            return;
        }
        for facts in self.differences(pair, "x-heffl-page") {
            let rule = match facts {
                (None, _) => &catalogue::RESPONSE_PAGING_ADDED,
                (_, None) => &catalogue::RESPONSE_PAGING_REMOVED,
                _ => &catalogue::RESPONSE_PAGING_CHANGED,
            };
            let mut draft = pair.draft(&families::TYPE_CHANGED, facts);
            draft.rule = rule;
            draft.message = format!("{}: {}.", rule.title, pair.owner(facts));
            self.report(draft);
        }
    }
}

/// The lists of values that the parts of a schema allow; only what is in all of them is allowed.
struct Choices<'a> {
    lists: Vec<Choice<'a>>,
}

struct Choice<'a> {
    fact: Fact<'a>,
    /// What each value means, and the end of the pointer to it.
    values: Vec<(u64, &'a Value, String)>,
}

impl<'a> Choices<'a> {
    fn of(comparer: &Comparer<'a>, parts: &Parts<'a>, side: Side) -> Self {
        let meaning = |value| comparer.meanings.under(side, "const", value);
        let enums = parts.facts("enum").filter_map(|fact| {
            let values = fact.value.as_array()?.iter().enumerate();
            let values = values.map(|(index, value)| (meaning(value), value, child("", index)));
            Some(Choice {
                fact,
                values: values.collect(),
            })
        });
        let only = parts.facts("const").map(|fact| Choice {
            fact,
            values: vec![(meaning(fact.value), fact.value, String::new())],
        });
        Self {
            lists: enums.chain(only).collect(),
        }
    }

    fn allow(&self, meaning: u64) -> bool {
        let mut lists = self.lists.iter();
        lists.all(|list| list.values.iter().any(|(known, ..)| *known == meaning))
    }

    /// The values that all parts allow, each once.
    fn all(&self) -> Vec<(u64, &'a Value)> {
        let mut seen = HashSet::new();
        let first = self.lists.first().map(|list| &list.values);
        let values = first.into_iter().flatten();
        values
            .filter(|(meaning, ..)| self.allow(*meaning) && seen.insert(*meaning))
            .map(|(meaning, value, _)| (*meaning, *value))
            .collect()
    }

    /// Where a value stands: in a list that the other document has without it, if there is one.
    fn place(&self, meaning: u64, other: &Self) -> Option<(Fact<'a>, String)> {
        let place = |list: &Choice<'a>| {
            let mut values = list.values.iter();
            let (.., pointer) = values.find(|(known, ..)| *known == meaning)?;
            Some((list.fact, pointer.clone()))
        };
        let without = |list: Option<&Choice<'a>>| {
            list.is_some_and(|list| list.values.iter().all(|(known, ..)| *known != meaning))
        };
        let lists = || self.lists.iter().enumerate();
        let changed = lists().find(|(index, _)| without(other.lists.get(*index)));
        let changed = changed.or_else(|| lists().next());
        changed.and_then(|(_, list)| place(list))
    }
}

fn enum_value<'a>(
    pair: &Schemas<'a>,
    family: &'static Family,
    facts: Facts<'a>,
    pointer: &str,
    value: &Value,
) -> Draft {
    let (before, after) = (facts.0.map(|_| value), facts.1.map(|_| value));
    let mut draft = pair.draft(family, facts);
    draft.pointer.push_str(pointer);
    let message = sentence(pair.direction, family, &pair.owner(facts), before, after);
    draft
        .values(before.cloned(), after.cloned())
        .message(message)
}

/// How well something is known, from 0 for not at all.
pub(super) fn strength(evidence: Option<&Value>) -> usize {
    const WORDS: [&str; 6] = [
        "inferred",
        "observed",
        "described",
        "sampled",
        "shared",
        "documented",
    ];
    let word = evidence.and_then(Value::as_str);
    WORDS
        .iter()
        .position(|known| Some(*known) == word)
        .map_or(0, |position| position + 1)
}

//! What values mean, as numbers: equal for values that mean the same, whatever their components are
//! called and in whatever order their keys stand.
//!
//! References are followed. In circles that works by rounds: in the first, all components are alike;
//! in each further one, they are told apart by what their parts were in the round before, until no
//! round tells more of them apart.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::{Map, Number, Value};

use super::{
    Side,
    node::{Node, reference, subtypes, target},
};

/// How a value is to be read, which follows from the key that it stands under.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sense {
    /// An object of the specification: descriptions and examples in it mean nothing.
    Object,
    /// The same, in a list where order means nothing.
    Set,
    /// An object whose keys are names that somebody chose.
    Names,
    /// Everything counts.
    Verbatim,
    /// Everything counts but the order of items.
    Values,
    /// Values of a discriminator, and the schemas that they stand for.
    Mapping,
    /// Names with descriptions.
    Scopes,
}

impl Sense {
    /// What the value of a key is, in an object of the specification.
    fn of(key: &str) -> Self {
        match key {
            "allOf"
            | "items"
            | "not"
            | "additionalProperties"
            | "schema"
            | "prefixItems"
            | "if"
            | "then"
            | "else"
            | "contains"
            | "propertyNames"
            | "unevaluatedItems"
            | "unevaluatedProperties"
            | "contentSchema"
            | "requestBody"
            | "info"
            | "components"
            | "discriminator"
            | "flows"
            | "implicit"
            | "password"
            | "clientCredentials"
            | "authorizationCode"
            | "get"
            | "put"
            | "post"
            | "delete"
            | "options"
            | "head"
            | "patch"
            | "trace"
            | "query"
            | "servers" => Self::Object,
            "oneOf" | "anyOf" | "parameters" | "security" => Self::Set,
            "properties"
            | "patternProperties"
            | "definitions"
            | "$defs"
            | "dependentSchemas"
            | "paths"
            | "responses"
            | "headers"
            | "content"
            | "callbacks"
            | "links"
            | "encoding"
            | "variables"
            | "schemas"
            | "requestBodies"
            | "securitySchemes"
            | "pathItems"
            | "webhooks"
            | "x-webhooks"
            | "x-heffl-filters"
            | "x-heffl-filter-kinds"
            | "operators" => Self::Names,
            "required" | "enum" | "tags" | "type" => Self::Values,
            "mapping" => Self::Mapping,
            "scopes" => Self::Scopes,
            _ => Self::Verbatim,
        }
    }
}

/// Whether a key of an object of the specification holds words for people, or examples.
pub(super) fn is_prose(key: &str, value: &Value) -> bool {
    match key {
        "description" | "summary" | "title" | "$comment" => value.is_string(),
        "externalDocs" | "example" | "examples" | "x-heffl-rule" | "x-heffl-source" => true,
        _ => false,
    }
}

/// Whether anything counts in an object of the specification beside its reference.
pub(super) fn says_more(value: &Value) -> bool {
    let mut entries = value.as_object().into_iter().flatten();
    entries.any(|(key, value)| key != "$ref" && !is_prose(key, value))
}

/// The meanings of all values of two documents.
pub(super) struct Meanings<'a> {
    /// Where references lead to, by their text, in the old document and in the new one.
    links: [HashMap<&'a str, usize>; 2],
    /// The meanings of what references lead to, by address.
    targets: HashMap<usize, u64>,
    /// The schemas that extend one with a discriminator, by its address: they may stand in its place.
    subtypes: HashMap<usize, Vec<(&'a str, usize)>>,
    known: RefCell<HashMap<(usize, Sense), u64>>,
}

/// Something that references lead to.
struct Target<'a> {
    side: Side,
    value: &'a Value,
    address: usize,
    /// What it refers to.
    links: HashSet<usize>,
}

impl<'a> Meanings<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value) -> Self {
        let mut meanings = Self {
            links: [HashMap::new(), HashMap::new()],
            targets: HashMap::new(),
            subtypes: HashMap::new(),
            known: RefCell::default(),
        };
        let mut targets = Vec::new();
        for (side, root) in [(Side::Old, old), (Side::New, new)] {
            meanings.gather(side, root, &mut targets);
        }
        meanings.settle(&targets);
        meanings
    }

    /// Finds all references of a document, and what they lead to.
    fn gather(&mut self, side: Side, root: &'a Value, targets: &mut Vec<Target<'a>>) {
        let mut texts = Vec::new();
        references(root, &mut texts);
        let mut ends: HashMap<&'a str, &'a Value> = HashMap::new();
        for text in texts {
            // A reference to a reference leads to where that one leads: otherwise it would take as many
            // rounds as there are references, and no round would tell more apart.
            let (mut way, mut next, mut end) = (HashSet::new(), Some(text), None);
            while let Some(text) = next.filter(|text| way.insert(*text)) {
                end = ends.get(text).copied();
                next = None;
                if end.is_none() {
                    end = target(root, text).map(|(_, value)| value);
                    next = end.filter(|value| !says_more(value)).and_then(reference);
                }
            }
            ends.extend(
                end.into_iter()
                    .flat_map(|end| way.iter().map(move |text| (*text, end))),
            );
        }
        let found = ends.values().map(|value| (address(value), *value));
        let mut found: HashMap<usize, &'a Value> = found.collect();
        let links = ends.iter().map(|(text, value)| (*text, address(value)));
        self.links[side as usize] = links.collect();
        let mut open: Vec<&Value> = found.values().copied().collect();
        while let Some(value) = open.pop() {
            let of_this: Vec<_> = subtypes(root, &Node::root(value))
                .map(|(name, node)| (name, node.value))
                .collect();
            for (_, value) in &of_this {
                if found.insert(address(value), value).is_none() {
                    open.push(value);
                }
            }
            let of_this = of_this
                .into_iter()
                .map(|(name, value)| (name, address(value)));
            self.subtypes.insert(address(value), of_this.collect());
        }
        let links = &self.links[side as usize];
        targets.extend(found.into_iter().map(|(address, value)| {
            let mut texts = Vec::new();
            references(value, &mut texts);
            let subtypes = self.subtypes.get(&address).into_iter().flatten();
            let subtypes = subtypes.map(|(_, address)| *address);
            let links = texts.iter().filter_map(|text| links.get(text)).copied();
            Target {
                side,
                value,
                address,
                links: links.chain(subtypes).collect(),
            }
        }));
    }

    /// Tells the targets of references apart.
    fn settle(&mut self, targets: &[Target<'a>]) {
        const ROUNDS: usize = 64;
        self.targets = targets.iter().map(|target| (target.address, 0)).collect();
        let mut changed: HashSet<usize> = self.targets.keys().copied().collect();
        let mut different = 0;
        for round in 0..ROUNDS {
            self.known.borrow_mut().clear();
            let fresh: Vec<(usize, u64)> = targets
                .iter()
                .filter(|target| round == 0 || !target.links.is_disjoint(&changed))
                .map(|target| {
                    (
                        target.address,
                        self.hash(target.side, target.value, Sense::Object),
                    )
                })
                .collect();
            changed.clear();
            for (address, meaning) in fresh {
                if self.targets.insert(address, meaning) != Some(meaning) {
                    changed.insert(address);
                }
            }
            let now = self.targets.values().collect::<HashSet<_>>().len();
            if changed.is_empty() || (round > 0 && now == different) {
                self.known.borrow_mut().clear();
                return;
            }
            different = now;
        }
        // Too long a chain: what refers to anything is compared part by part.
        self.known.borrow_mut().clear();
        for target in targets {
            let unlike = hashed(&(target.side as usize, target.address));
            self.targets.insert(target.address, unlike);
        }
    }

    /// Whether two objects of the specification mean the same.
    pub(super) fn same(&self, old: &Value, new: &Value) -> bool {
        self.of(Side::Old, old) == self.of(Side::New, new)
    }

    /// What an object of the specification means.
    pub(super) fn of(&self, side: Side, value: &Value) -> u64 {
        self.hash(side, value, Sense::Object)
    }

    /// What the value of a key means.
    pub(super) fn under(&self, side: Side, key: &str, value: &Value) -> u64 {
        self.hash(side, value, Sense::of(key))
    }

    fn hash(&self, side: Side, value: &Value, sense: Sense) -> u64 {
        match value {
            Value::Object(map) => self.once(value, sense, || {
                let meaning = self.object(side, map, sense);
                match self.subtypes.get(&address(value)) {
                    Some(subtypes) if !subtypes.is_empty() => {
                        let subtypes = subtypes.iter();
                        let named =
                            subtypes.map(|(name, at)| hashed(&(name, self.targets.get(at))));
                        hashed(&(meaning, unordered(named)))
                    }
                    _ => meaning,
                }
            }),
            Value::Array(items) => self.once(value, sense, || {
                let items = items.iter().map(|item| self.hash(side, item, sense));
                match sense {
                    Sense::Set | Sense::Values => hashed(&("set", unordered(items))),
                    _ => hashed(&items.collect::<Vec<_>>()),
                }
            }),
            Value::String(text) if sense == Sense::Mapping => {
                self.target(side, text).unwrap_or_else(|| hashed(text))
            }
            Value::String(_) if sense == Sense::Scopes => 0,
            // One type, or a list with one.
            Value::String(text) if sense == Sense::Values => {
                hashed(&("set", unordered([hashed(text)].into_iter())))
            }
            Value::String(text) => hashed(text),
            Value::Number(number) => hashed(&("number", canonical(number))),
            Value::Bool(flag) => hashed(flag),
            Value::Null => hashed(&()),
        }
    }

    fn object(&self, side: Side, map: &Map<String, Value>, sense: Sense) -> u64 {
        let meaning = |key: &str, value: &Value| match (key, value.as_str(), sense) {
            // A property may be called `$ref`.
            ("$ref", Some(text), _) => self.target(side, text).unwrap_or_else(|| hashed(text)),
            (_, _, Sense::Object | Sense::Set) => self.hash(side, value, Sense::of(key)),
            (_, _, Sense::Names) => self.hash(side, value, Sense::Object),
            _ => self.hash(side, value, sense),
        };
        let is_said = |key: &str, value: &Value| {
            !(matches!(sense, Sense::Object | Sense::Set) && is_prose(key, value))
        };
        let mut said = map.iter().filter(|(key, value)| is_said(key, value));
        if let (Some((key, value)), None) = (said.next(), said.next())
            && key == "$ref"
            && value.is_string()
        {
            return meaning(key, value);
        }
        let said = map.iter().filter(|(key, value)| is_said(key, value));
        let members = said.map(|(key, value)| hashed(&(key, meaning(key, value))));
        hashed(&("object", unordered(members)))
    }

    /// What the target of a reference means.
    fn target(&self, side: Side, text: &str) -> Option<u64> {
        let address = self.links[side as usize].get(text)?;
        self.targets.get(address).copied()
    }

    fn once(&self, value: &Value, sense: Sense, meaning: impl FnOnce() -> u64) -> u64 {
        let key = (address(value), sense);
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let meaning = meaning();
        self.known.borrow_mut().insert(key, meaning);
        meaning
    }
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// The same number on every machine.
fn hashed(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// One number for many, whatever their order.
fn unordered(numbers: impl Iterator<Item = u64>) -> (u64, usize) {
    numbers.fold((0, 0), |(sum, count), number| {
        (sum.wrapping_add(number), count + 1)
    })
}

/// Text that is equal for equal numbers: `1` and `1.0`.
fn canonical(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => format!("{float}"),
        _ => number.to_string(),
    }
}

/// The texts of all references in a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            found.extend(reference(value));
            let mapping = map.get("mapping").and_then(Value::as_object);
            found.extend(
                mapping
                    .into_iter()
                    .flat_map(Map::values)
                    .filter_map(Value::as_str),
            );
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

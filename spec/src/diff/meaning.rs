//! The meaning of values as numbers: equal for equivalent values, independent of the names of their components
//! and the order of their keys.
//!
//! References are followed. Cycles are resolved in rounds: in the first, all components are equal;
//! in each further one, they are distinguished by the meanings of their parts in the previous round, until no
//! round distinguishes more of them.

use std::{
    cell::RefCell,
    hash::{BuildHasher as _, Hash},
    sync::LazyLock,
};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _, quality::FixedState};
use serde_json::{Map, Number, Value};

use super::{
    node::{Node, address, mapped, subtypes},
    spelling,
};
use crate::openapi::{elements, entries, followed, text};

/// How a value is interpreted, which depends on its key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sense {
    /// An object of the specification: its descriptions and examples have no meaning.
    Object,
    /// A list of such objects in which neither order nor repetition matters.
    Set,
    /// A list of such objects in which repetition matters: no value fits just one of two equal alternatives.
    Alternatives,
    /// An object whose keys are chosen names.
    Names,
    /// Everything matters.
    Verbatim,
    /// Everything matters except the order of items.
    Values,
    /// Values of a discriminator, and their schemas.
    Mapping,
    /// Names with descriptions.
    Scopes,
    /// The address of a server.
    Url,
}

/// The keys of objects of the specification, by the sense of their values. All others are verbatim.
const SENSES: [(Sense, &str); 8] = [
    (
        Sense::Object,
        "allOf items not additionalProperties schema prefixItems if then else contains propertyNames \
         unevaluatedItems unevaluatedProperties contentSchema requestBody info components discriminator \
         flows implicit password clientCredentials authorizationCode \
         get put post delete options head patch trace query",
    ),
    (Sense::Set, "anyOf parameters security servers"),
    (Sense::Alternatives, "oneOf"),
    (
        Sense::Names,
        "properties patternProperties definitions $defs dependentSchemas paths responses headers content \
         callbacks links encoding variables schemas requestBodies securitySchemes pathItems webhooks \
         x-webhooks x-heffl-filters x-heffl-filter-kinds operators",
    ),
    (Sense::Values, "required enum tags type x-heffl-rules"),
    (Sense::Mapping, "mapping"),
    (Sense::Scopes, "scopes"),
    (Sense::Url, "url"),
];

impl Sense {
    /// The sense of the value of a key in an object of the specification.
    fn of(key: &str) -> Self {
        static BY_KEY: LazyLock<HashMap<&str, Sense>> = LazyLock::new(|| {
            let keys = |(sense, keys): (Sense, &'static str)| {
                keys.split_whitespace().map(move |key| (key, sense))
            };
            SENSES.into_iter().flat_map(keys).collect()
        });
        BY_KEY.get(key).copied().unwrap_or(Self::Verbatim)
    }
}

/// Whether a key of an object of the specification has prose or examples.
pub(super) fn is_prose(key: &str, value: &Value) -> bool {
    match key {
        "description" | "summary" | "title" | "$comment" => value.is_string(),
        "externalDocs" | "example" | "examples" | "x-heffl-rule" | "x-heffl-source" => true,
        _ => false,
    }
}

/// Whether an object of the specification has keys that matter next to its reference.
pub(super) fn says_more(value: &Value) -> bool {
    let mut entries = value.as_object().into_iter().flatten();
    entries.any(|(key, value)| key != "$ref" && !is_prose(key, value))
}

/// The meanings of all values of two documents.
pub(super) struct Meanings<'a> {
    documents: [&'a Value; 2],
    /// The addresses of the targets of references, by their text.
    links: HashMap<(usize, &'a str), usize>,
    /// The meanings of components and of targets of references, by address.
    targets: HashMap<usize, u64>,
    known: RefCell<HashMap<(usize, Sense), u64>>,
}

impl<'a> Meanings<'a> {
    pub(super) fn new(old: &'a Value, new: &'a Value) -> Self {
        let documents = [old, new];
        let (mut links, mut targets) = (HashMap::new(), Vec::new());
        for (side, root) in documents.into_iter().enumerate() {
            let mut texts = HashSet::new();
            references(root, &mut texts);
            for text in texts {
                if let Some(end) = end(root, &mapped(text)) {
                    links.insert((side, text), address(end));
                    targets.push((side, end));
                }
            }
            // A component may be replaced by a component that extends it. An alias has no meaning of its own.
            let schemas = entries(root.pointer("/components/schemas"));
            let schemas = schemas.filter(|(_, schema)| text(schema, "$ref").is_none());
            targets.extend(schemas.map(|(_, schema)| (side, schema)));
        }
        let mut meanings = Self {
            documents,
            links,
            targets: targets
                .iter()
                .map(|(_, value)| (address(value), 0))
                .collect(),
            known: RefCell::default(),
        };
        meanings.settle(&targets);
        meanings
    }

    /// Distinguishes the targets of references.
    fn settle(&mut self, targets: &[(usize, &'a Value)]) {
        const ROUNDS: usize = 64;
        let mut known_classes = Vec::new();
        for _ in 0..ROUNDS {
            let fresh = targets
                .iter()
                .map(|(side, value)| (address(value), self.hash(*side, value, Sense::Object)));
            self.targets = fresh.collect();
            self.known.borrow_mut().clear();
            // The number of classes is not sufficient: an inlined schema joins the class of its reference late.
            let mut numbers = HashMap::new();
            let classes = targets.iter().map(|(_, value)| {
                let next = numbers.len();
                let meaning = self.targets.get(&address(value)).copied();
                *numbers.entry(meaning).or_insert(next)
            });
            let classes: Vec<usize> = classes.collect();
            if classes == known_classes {
                return;
            }
            known_classes = classes;
        }
        // The chain is too long: values with references are compared part by part.
        for (side, value) in targets {
            let unlike = hashed(&(side, address(value)));
            self.targets.insert(address(value), unlike);
        }
    }

    /// Whether two objects of the specification have the same meaning.
    pub(super) fn same(&self, old: &Node<'a>, new: &Node<'a>) -> bool {
        self.of(old) == self.of(new)
    }

    /// The meaning of an object of the specification.
    pub(super) fn of(&self, node: &Node<'a>) -> u64 {
        self.hash(self.side(node), node.value, Sense::Object)
    }

    /// The meaning of the value of a key.
    pub(super) fn under(&self, key: &str, node: &Node<'a>) -> u64 {
        self.hash(self.side(node), node.value, Sense::of(key))
    }

    fn side(&self, node: &Node<'a>) -> usize {
        usize::from(std::ptr::eq(node.root, self.documents[1]))
    }

    fn hash(&self, side: usize, value: &Value, sense: Sense) -> u64 {
        match value {
            Value::Object(_) | Value::Array(_) => {
                let key = (address(value), sense);
                if let Some(known) = self.known.borrow().get(&key) {
                    return *known;
                }
                let meaning = match value {
                    Value::Object(map) => self.object(side, value, map, sense),
                    _ => self.list(side, value, sense),
                };
                self.known.borrow_mut().insert(key, meaning);
                meaning
            }
            Value::String(text) if sense == Sense::Mapping => {
                self.target(side, text).unwrap_or_else(|| hashed(text))
            }
            Value::String(_) if sense == Sense::Scopes => 0,
            Value::String(url) if sense == Sense::Url => hashed(&spelling::server(url)),
            // One type, or a list with one.
            Value::String(text) if sense == Sense::Values => hashed(&[hashed(text)][..]),
            Value::String(text) => hashed(text),
            Value::Number(number) => hashed(&("number", canonical(number))),
            Value::Bool(flag) => hashed(flag),
            Value::Null => hashed(&()),
        }
    }

    fn list(&self, side: usize, list: &Value, sense: Sense) -> u64 {
        let items = elements(Some(list)).map(|item| self.hash(side, item, sense));
        let mut items: Vec<u64> = items.collect();
        if matches!(sense, Sense::Set | Sense::Alternatives | Sense::Values) {
            items.sort_unstable();
        }
        if matches!(sense, Sense::Set | Sense::Values) {
            items.dedup();
        }
        hashed(&items)
    }

    fn object(&self, side: usize, value: &Value, map: &Map<String, Value>, sense: Sense) -> u64 {
        let is_specified = matches!(sense, Sense::Object | Sense::Set | Sense::Alternatives);
        let meaning = |key: &str, value: &Value| match (key, value.as_str(), sense) {
            // A property may be called `$ref`.
            ("$ref", Some(text), _) => self.target(side, text).unwrap_or_else(|| hashed(text)),
            _ if is_specified => self.hash(side, value, Sense::of(key)),
            (_, _, Sense::Names) => self.hash(side, value, Sense::Object),
            _ => self.hash(side, value, sense),
        };
        let counted = || {
            let entries = map.iter();
            entries.filter(|(key, value)| !is_specified || !is_prose(key, value))
        };
        if let Some(text) = text(value, "$ref")
            && counted().count() == 1
        {
            return meaning("$ref", &Value::from(text));
        }
        let members = counted().map(|(key, value)| hashed(&(key, meaning(key, value))));
        let members = hashed(&("object", unordered(members)));
        let root = self.documents[side];
        let subtypes = subtypes(root, value)
            .map(|(name, value)| hashed(&(name, self.targets.get(&address(value)))));
        match unordered(subtypes) {
            (_, 0) => members,
            subtypes => hashed(&(members, subtypes)),
        }
    }

    /// The meaning of the target of a reference.
    fn target(&self, side: usize, text: &str) -> Option<u64> {
        let address = self.links.get(&(side, text))?;
        self.targets.get(address).copied()
    }
}

/// The final target of a reference. A chain of references is followed to its end: otherwise it
/// would take as many rounds as references, and no round would distinguish more of them.
fn end<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let mut targets = followed(root, reference).map(|(_, value)| value);
    targets.find(|value| text(value, "$ref").is_none() || says_more(value))
}

/// A hash that is the same in every run.
fn hashed(value: &(impl Hash + ?Sized)) -> u64 {
    FixedState::default().hash_one(value)
}

/// A hash of numbers that does not depend on their order.
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
fn references<'a>(value: &'a Value, found: &mut HashSet<&'a str>) {
    match value {
        Value::Object(map) => {
            found.extend(text(value, "$ref"));
            let mapping = entries(map.get("mapping"));
            found.extend(mapping.filter_map(|(_, target)| target.as_str()));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

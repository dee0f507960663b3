//! Values of a document together with the place where they stand.

use std::{borrow::Cow, collections::HashSet, rc::Rc};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::yaml::child;

/// A value and its place. Cheap to clone.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) at: At<'a>,
    /// Tells nodes of one document apart: the address of the value, or one next to that of the
    /// parent where the value is missing.
    pub(super) id: usize,
}

/// What stands for a schema that is not there: it allows everything.
static MISSING: Value = Value::Null;

impl<'a> Node<'a> {
    pub(super) fn new(value: &'a Value, at: At<'a>) -> Self {
        let id = std::ptr::from_ref(value).addr();
        Self { value, at, id }
    }

    /// The root of a document.
    pub(super) fn root(value: &'a Value) -> Self {
        Self::new(value, At::root(String::new(), String::new()))
    }

    /// The value of a key, if this is an object that has it.
    pub(super) fn get(&self, key: &'a str) -> Option<Self> {
        let value = self.value.get(key)?;
        Some(Self::new(value, self.at.child(key)))
    }

    /// The value of a key, or what stands for a missing schema. Missing keys of one parent are told
    /// apart by `number`, from 1 to 7.
    pub(super) fn get_or_missing(&self, key: &'a str, number: usize) -> Self {
        self.get(key).unwrap_or_else(|| Self {
            id: self.id + number,
            ..self.missing()
        })
    }

    /// A schema that nobody wrote, at the place of this value.
    pub(super) fn missing(&self) -> Self {
        Self {
            value: &MISSING,
            ..self.clone()
        }
    }

    /// The keys and values, if this is an object.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> + use<'a> {
        let (value, at) = (self.value, self.at.clone());
        let entries = value.as_object().into_iter().flatten();
        entries.map(move |(key, value)| (key.as_str(), Self::new(value, at.child(key.as_str()))))
    }

    /// The items, if this is a list.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> + use<'a> {
        let (value, at) = (self.value, self.at.clone());
        let items = value.as_array().into_iter().flatten().enumerate();
        items.map(move |(index, item)| Self::new(item, at.child(index.to_string())))
    }

    /// The text of a key.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// Whether a key is `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool) == Some(true)
    }

    /// Whether there is no value.
    pub(super) fn is_missing(&self) -> bool {
        std::ptr::eq(self.value, &raw const MISSING)
    }

    /// Whether this is neither an object nor a place where one may be: a reference that leads
    /// nowhere, or a value of another type.
    pub(super) fn is_opaque(&self) -> bool {
        !self.is_missing() && (!self.value.is_object() || reference(self.value).is_some())
    }

    /// The same value under a name that does not depend on its position.
    pub(super) fn named(mut self, name: impl Into<String>) -> Self {
        self.at = self.at.named(name.into());
        self
    }
}

/// A place in a document: the way from the root, or from the component around it.
#[derive(Clone)]
pub(super) struct At<'a>(Rc<Step<'a>>);

enum Step<'a> {
    Root {
        pointer: String,
        name: String,
    },
    Child {
        parent: At<'a>,
        key: Cow<'a, str>,
        /// Stands for the key in [`At::location`], where the key is a position.
        name: Option<String>,
    },
}

impl<'a> At<'a> {
    /// A place that others are told from: an operation or a component.
    pub(super) fn root(pointer: String, name: String) -> Self {
        Self(Rc::new(Step::Root { pointer, name }))
    }

    pub(super) fn child(&self, key: impl Into<Cow<'a, str>>) -> Self {
        Self(Rc::new(Step::Child {
            parent: self.clone(),
            key: key.into(),
            name: None,
        }))
    }

    fn named(&self, name: String) -> Self {
        Self(Rc::new(match &*self.0 {
            Step::Root { pointer, .. } => Step::Root {
                pointer: pointer.clone(),
                name,
            },
            Step::Child { parent, key, .. } => Step::Child {
                parent: parent.clone(),
                key: key.clone(),
                name: Some(name),
            },
        }))
    }

    /// The JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let (root, _, keys) = self.way();
        keys.iter()
            .fold(root.to_owned(), |pointer, (key, _)| child(&pointer, key))
    }

    /// A name of the place that does not depend on positions in lists.
    pub(super) fn location(&self) -> String {
        let (_, name, keys) = self.way();
        keys.iter().fold(name.to_owned(), |location, (key, name)| {
            child(&location, name.unwrap_or(key))
        })
    }

    /// The pointer and the name of the root, and the keys and names from there.
    pub(super) fn way(&self) -> (&str, &str, Vec<(&str, Option<&str>)>) {
        let mut keys = Vec::new();
        let mut step = &*self.0;
        loop {
            match step {
                Step::Root { pointer, name } => {
                    keys.reverse();
                    return (pointer, name, keys);
                }
                Step::Child { parent, key, name } => {
                    keys.push((&**key, name.as_deref()));
                    step = &*parent.0;
                }
            }
        }
    }
}

/// Follows references until something else comes. A reference that leads nowhere, or in a circle,
/// stays as it is.
pub(super) fn resolve<'a>(root: &'a Value, node: &Node<'a>) -> Node<'a> {
    let mut node = node.clone();
    let mut seen = HashSet::new();
    while let Some(next) = follow(root, &node)
        && seen.insert(next.id)
    {
        node = next;
    }
    node
}

/// Where a reference leads to, if it is one and leads somewhere in this document.
pub(super) fn follow<'a>(root: &'a Value, node: &Node<'a>) -> Option<Node<'a>> {
    let (pointer, value) = target(root, reference(node.value)?)?;
    Some(Node::new(value, At::root(pointer.clone(), pointer)))
}

/// The target of a reference object.
pub(super) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

/// The pointer in a reference, and the value that stands there. The pointer is a fragment of a URL:
/// it may be percent-encoded.
/// A discriminator may also name a component without a pointer.
pub(super) fn target<'a>(root: &'a Value, reference: &str) -> Option<(String, &'a Value)> {
    const SCHEMAS: &str = "/components/schemas";
    let Some(encoded) = reference.strip_prefix('#') else {
        let value = root.pointer(SCHEMAS)?.get(reference)?;
        return Some((child(SCHEMAS, reference), value));
    };
    let pointer = percent_decode_str(encoded).decode_utf8().ok()?;
    match root.pointer(&pointer) {
        Some(value) => Some((pointer.into_owned(), value)),
        None => Some((encoded.to_owned(), root.pointer(encoded)?)),
    }
}

/// The components that extend a schema with a discriminator by `allOf`: they may stand in its place,
/// under their names.
pub(super) fn subtypes<'a>(
    root: &'a Value,
    schema: &Node<'a>,
) -> impl Iterator<Item = (&'a str, Node<'a>)> {
    let known = schema.value.get("discriminator").is_some();
    let schemas = known.then(|| root.pointer("/components/schemas")).flatten();
    let schemas = schemas.and_then(Value::as_object).into_iter().flatten();
    let id = schema.id;
    schemas.filter_map(move |(name, value)| {
        let members = value.get("allOf")?.as_array()?;
        let extends = |member: &Value| {
            let target = reference(member).and_then(|text| target(root, text));
            target.is_some_and(|(_, value)| std::ptr::from_ref(value).addr() == id)
        };
        let pointer = child("/components/schemas", name);
        let at = At::root(pointer.clone(), pointer);
        members
            .iter()
            .any(extends)
            .then(|| (name.as_str(), Node::new(value, at)))
    })
}

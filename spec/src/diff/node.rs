//! Values of a document with their places.

use std::{borrow::Cow, rc::Rc};

use serde_json::Value;

use crate::{
    openapi::{SCHEMAS, elements, entries, followed, located, referred, text},
    yaml::{child, unescape},
};

/// A value and its place. Cheap to clone.
#[derive(Clone)]
pub(super) struct Node<'a> {
    /// The document.
    pub(super) root: &'a Value,
    pub(super) value: &'a Value,
    /// The JSON pointer.
    pub(super) pointer: Rc<str>,
    /// A name of the place that depends neither on positions in lists nor on spelling: the path from the operation
    /// or component around it, in the old document if both have it.
    pub(super) place: Rc<str>,
    /// The name in messages, such as `Deal.lineItems[].price`.
    pub(super) title: Rc<str>,
    /// Distinguishes nodes of one document: the address of the value, or an address next to that of the
    /// parent if the value is missing.
    pub(super) id: usize,
}

/// The value of a missing schema, which allows everything.
static MISSING: Value = Value::Null;

impl<'a> Node<'a> {
    /// The root of a document.
    pub(super) fn root(root: &'a Value) -> Self {
        Self {
            root,
            value: root,
            pointer: "".into(),
            place: "".into(),
            title: "The document".into(),
            id: address(root),
        }
    }

    /// A value below this one.
    fn below(&self, key: &str, value: &'a Value) -> Self {
        Self {
            pointer: child(&self.pointer, key).into(),
            place: child(&self.place, key).into(),
            id: address(value),
            value,
            ..self.clone()
        }
    }

    /// The value of a key, if this is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<Self> {
        Some(self.below(key, self.value.get(key)?))
    }

    /// The value of a key, or the placeholder of a missing one.
    pub(super) fn get_or_missing(&self, key: &str) -> Self {
        self.get(key).unwrap_or_else(|| Self {
            value: &MISSING,
            id: self.id + 1,
            ..self.clone()
        })
    }

    /// The keys and values of an object.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries.map(|(key, value)| (key.as_str(), self.below(key, value)))
    }

    /// The items of a list.
    pub(super) fn items(&self) -> impl Iterator<Item = Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, item)| self.below(&index.to_string(), item))
    }

    /// The items of an unordered list.
    pub(super) fn alike_items(&self) -> impl Iterator<Item = Self> {
        self.items().map(|item| item.at(self.place.clone()))
    }

    /// The text of a key.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    /// The last key of the pointer.
    pub(super) fn name(&self) -> String {
        unescape(self.pointer.rsplit('/').next().unwrap_or_default())
    }

    /// Whether a key is `true`.
    pub(super) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool) == Some(true)
    }

    /// Whether there is no value.
    pub(super) fn is_missing(&self) -> bool {
        std::ptr::eq(self.value, &raw const MISSING)
    }

    /// The same pointer, without a value.
    pub(super) fn undescribed(mut self) -> Self {
        self.value = &MISSING;
        self
    }

    /// Whether this is neither an object nor missing: a broken
    /// reference, or a value of another type.
    pub(super) fn is_opaque(&self) -> bool {
        !self.is_missing() && (!self.value.is_object() || self.text("$ref").is_some())
    }

    /// The same value under another name of its place.
    pub(super) fn at(mut self, place: impl Into<Rc<str>>) -> Self {
        self.place = place.into();
        self
    }

    /// The same value under its title with this ending.
    pub(super) fn below_title(self, end: &str) -> Self {
        let title = format!("{}{end}", self.title);
        self.titled(title)
    }

    /// The same value under another title.
    pub(super) fn titled(mut self, title: impl Into<Rc<str>>) -> Self {
        self.title = title.into();
        self
    }

    /// Follows references to a value. A broken or circular reference
    /// stays unchanged.
    pub(super) fn resolve(&self) -> Self {
        let reference = self.text("$ref").map(mapped);
        let last = reference.and_then(|text| followed(self.root, &text).last());
        last.map_or_else(
            || self.clone(),
            |(pointer, value)| self.at_pointer(pointer, value),
        )
    }

    /// The target of a reference in this document.
    pub(super) fn target(&self, reference: &str) -> Option<Self> {
        let (pointer, value) = located(self.root, &mapped(reference))?;
        Some(self.at_pointer(pointer, value))
    }

    fn at_pointer(&self, pointer: String, value: &'a Value) -> Self {
        let node = Self {
            value,
            pointer: pointer.clone().into(),
            place: pointer.into(),
            id: address(value),
            ..self.clone()
        };
        let name = node.name();
        node.titled(name)
    }

    /// The components that extend a schema with a discriminator by `allOf`: they may replace it.
    pub(super) fn subtypes(&self) -> impl Iterator<Item = Self> {
        subtypes(self.root, self.value).filter_map(|(name, _)| self.target(name))
    }
}

/// The address of a value, which identifies it.
pub(super) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

/// A reference, or the reference to the named component: discriminators may use names.
pub(super) fn mapped(reference: &str) -> Cow<'_, str> {
    if reference.starts_with('#') {
        Cow::from(reference)
    } else {
        Cow::from(format!("{SCHEMAS}{reference}"))
    }
}

/// The names and values of components that extend a schema with a discriminator by `allOf`.
pub(super) fn subtypes<'a>(
    root: &'a Value,
    schema: &Value,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let known = schema.get("discriminator").is_some();
    let schemas = known.then(|| root.pointer("/components/schemas")).flatten();
    let schema = address(schema);
    entries(schemas).filter_map(move |(name, value)| {
        let extends = |member| {
            let target = text(member, "$ref").and_then(|text| referred(root, text));
            target.is_some_and(|value| address(value) == schema)
        };
        let mut members = elements(value.get("allOf"));
        members.any(extends).then_some((name.as_str(), value))
    })
}

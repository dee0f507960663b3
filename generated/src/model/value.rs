//! What fields hold, in the few kinds that there are.

use crate::{DateTime, Money, members::Members, model::Object};

/// What a field holds, lent. Writers, checks and comparisons go over these, and know no model.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    /// Nothing is written for the field.
    Absent,
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Money(Money),
    DateTime(&'a DateTime),
    Text(&'a str),
    /// An identifier: never empty when it is sent.
    Id(&'a str),
    List(&'a dyn Items),
    Object(&'a dyn Object),
    /// An object without a type.
    Members(&'a Members),
    /// Any JSON, by text.
    Json(&'a serde_json::Value),
}

/// The items of a list.
pub(crate) trait Items {
    fn len(&self) -> usize;

    fn item(&self, index: usize) -> Value<'_>;
}

impl<T: super::Slot> Items for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Value<'_> {
        match self.get(index) {
            Some(item) => item.value(),
            None => Value::Absent,
        }
    }
}

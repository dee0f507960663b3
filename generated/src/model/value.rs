//! The values of fields.

use super::{foreign::Foreign, maps::Entries};
use crate::{
    date_time::DateTime, id::Kind, json_object::JsonObject, model::Object, money::Money,
    secret::Secret,
};

/// The value of a field, borrowed. Writers, checks and comparisons work on these values and not on models.
#[derive(Clone, Copy, PartialEq)]
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
    /// An identifier, and the kind of record that it names; checked when it is sent.
    Id(&'a str, &'static Kind),
    /// Secret text, which is never printed.
    Secret(&'a Secret),
    List(&'a dyn Items),
    Object(&'a dyn Object),
    /// An object without a type.
    Members(&'a JsonObject),
    /// An object whose keys are data.
    Map(&'a dyn Entries),
    /// Any JSON, by text.
    Json(&'a serde_json::Value),
    /// A value that serde writes.
    #[allow(dead_code, reason = "only some documents have such values")]
    Foreign(&'a dyn Foreign),
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
        self.get(index).map_or(Value::Absent, T::value)
    }
}

impl PartialEq for dyn Items + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && (0..self.len()).all(|index| self.item(index) == other.item(index))
    }
}

/// Models of one type are equal if all their values are equal.
impl PartialEq for dyn Object + '_ {
    fn eq(&self, other: &Self) -> bool {
        let shape = self.shape();
        let places = shape.fields.len() + shape.keeps.len();
        (0..places).all(|index| self.value(index) == other.value(index))
    }
}

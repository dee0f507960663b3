//! What fields hold, in the few kinds that there are.

use crate::{DateTime, Money, Secret, id::Kind, members::Members, model::Object};

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
    /// An identifier, and the kind of record that it names; checked when it is sent.
    Id(&'a str, &'static Kind),
    /// Text that nothing shows.
    Secret(&'a Secret),
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

/// Whether two values of one type are equal.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Absent, Self::Absent) | (Self::Null, Self::Null) => true,
            (Self::Boolean(one), Self::Boolean(other)) => one == other,
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => one == other,
            (Self::Money(one), Self::Money(other)) => one == other,
            (Self::DateTime(one), Self::DateTime(other)) => one == other,
            (Self::Text(one), Self::Text(other)) | (Self::Id(one, _), Self::Id(other, _)) => {
                one == other
            }
            (Self::Secret(one), Self::Secret(other)) => one == other,
            (Self::List(one), Self::List(other)) => {
                one.len() == other.len()
                    && (0..one.len()).all(|index| one.item(index) == other.item(index))
            }
            (Self::Object(one), Self::Object(other)) => equal(one, other),
            (Self::Members(one), Self::Members(other)) => one == other,
            (Self::Json(one), Self::Json(other)) => one == other,
            _ => false,
        }
    }
}

/// Whether two models of one type are equal.
pub(crate) fn equal(one: &dyn Object, other: &dyn Object) -> bool {
    let shape = one.shape();
    let places = shape.fields.len() + shape.keeps.len();
    (0..places).all(|index| one.value(index) == other.value(index))
}

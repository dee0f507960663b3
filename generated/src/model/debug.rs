//! `Debug` of models: the fields that have a value, without secrets.

use std::fmt;

use super::{Kept, Object, Value};

/// Shows a model: its name, and the fields that have a value, by their Rust names.
pub(crate) fn debug(object: &dyn Object, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shape = object.shape();
    let mut shown = formatter.debug_struct(shape.name);
    for (index, field) in shape.fields.iter().enumerate() {
        let value = object.value(index);
        if !matches!(value, Value::Absent) {
            shown.field(&rust_name(field.key()), &value);
        }
    }
    for (name, kept) in [
        ("custom_fields", Kept::CustomFields),
        ("extra", Kept::Extra),
    ] {
        if let Some(members) = object.kept(kept).filter(|members| !members.is_empty()) {
            shown.field(name, members);
        }
    }
    // Fields without a value are omitted.
    shown.finish_non_exhaustive()
}

/// `expectedCloseDate` is `expected_close_date`.
fn rust_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::Absent | Value::Null => formatter.write_str("null"),
            Value::Boolean(value) => value.fmt(formatter),
            Value::Integer(value) => value.fmt(formatter),
            Value::Float(value) => value.fmt(formatter),
            Value::Money(value) => fmt::Display::fmt(&value, formatter),
            Value::DateTime(value) => fmt::Display::fmt(value, formatter),
            Value::Text(text) | Value::Id(text, _) => text.fmt(formatter),
            Value::Secret(secret) => secret.fmt(formatter),
            Value::List(items) => {
                let items = (0..items.len()).map(|index| items.item(index));
                formatter.debug_list().entries(items).finish()
            }
            Value::Object(object) => debug(object, formatter),
            Value::Members(members) => members.fmt(formatter),
            Value::Map(map) => formatter.debug_map().entries(map.entries()).finish(),
            Value::Json(value) => value.fmt(formatter),
            Value::Foreign(value) => value.fmt(formatter),
        }
    }
}

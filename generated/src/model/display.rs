//! `Display` of records: a line that names the record.

use std::fmt;

use super::{Object, Value};
use crate::text::one_line;

/// Keys of the name of a record; the first with a text is used.
const NAMES: [&str; 6] = ["title", "name", "label", "subject", "firstName", "email"];
const NUMBER: &str = "number";

/// Shows a model: its number and its name, and its identifier in brackets; the name of the model if it has none of
/// them.
pub(crate) fn display(object: &dyn Object, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shape = object.shape();
    let text = |key: &str| match object.value(shape.index(key)?) {
        Value::Text(text) | Value::Id(text, _) => {
            Some(one_line(text)).filter(|text| !text.trim().is_empty())
        }
        Value::Integer(number) => Some(number.to_string()),
        _ => None,
    };
    let names = text(NUMBER)
        .into_iter()
        .chain(NAMES.into_iter().find_map(text));
    let mut shown = names.collect::<Vec<_>>().join(" ");
    match text("id") {
        Some(id) if shown.is_empty() => shown = id,
        Some(id) => shown = format!("{shown} ({id})"),
        None if shown.is_empty() => shown.push_str(shape.name),
        None => {}
    }
    formatter.pad(&shown)
}

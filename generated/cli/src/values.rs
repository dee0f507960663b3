//! Parses the text of a flag into the value of a field.

use std::str::FromStr;

use heffl::{DateTime, Decimal};
use jaq_json::read;

use crate::{
    data::{self, Val},
    table::Kind,
};

/// Reads the text of a value. An error describes the expected values.
pub(crate) fn read(kind: &Kind, text: &str) -> Result<Val, String> {
    match kind {
        Kind::Text | Kind::Id(_) => Ok(data::text_value(text)),
        Kind::Integer => match i64::from_str(text) {
            Ok(value) => number(&value.to_string()),
            Err(_) => Err(String::from("expected a whole number, such as 30")),
        },
        Kind::Decimal => match Decimal::from_str_exact(text) {
            Ok(value) => number(&value.to_string()),
            Err(_) => Err(String::from(
                "expected a number of at most 28 digits without separators, such as 1234.50",
            )),
        },
        Kind::Boolean => match text {
            "true" => Ok(Val::Bool(true)),
            "false" => Ok(Val::Bool(false)),
            _ => Err(String::from("expected true or false")),
        },
        Kind::Date => match DateTime::from_str(text) {
            Ok(_) if text.len() == 10 => Ok(data::text_value(text)),
            _ => Err(String::from("expected a date, such as 2026-09-30")),
        },
        Kind::Time => match DateTime::from_str(text) {
            Ok(time) => data::given(&serde_json::json!(time).to_string()),
            Err(_) => Err(String::from(
                "expected a date or a time with its zone, such as 2026-09-30 or 2026-09-30T12:00:00Z",
            )),
        },
        Kind::Enum(values) | Kind::OpenEnum(values) => {
            let known = values.iter().find(|value| value.eq_ignore_ascii_case(text));
            match (known, kind) {
                (Some(known), _) => Ok(data::text_value(known)),
                (None, Kind::OpenEnum(_)) => Ok(data::text_value(text)),
                (None, _) => Err(format!("expected one of {}", values.join(", "))),
            }
        }
        Kind::List(item) => read(item, text),
        Kind::Object(_) => match data::given(text)? {
            value @ Val::Obj(_) => Ok(value),
            _ => Err(String::from("expected a JSON object")),
        },
        Kind::Json => data::given(text),
    }
}

/// A number with all its digits.
pub(crate) fn number(text: &str) -> Result<Val, String> {
    let number = read::parse_single_num(text.as_bytes());
    number
        .map(Val::Num)
        .ok_or_else(|| format!("{text} is not a number"))
}

/// Whether a float keeps all digits of a number.
pub(crate) fn fits_float(text: &str) -> bool {
    let exact = Decimal::from_str(text).ok();
    let float = text.parse().map(|float: f64| float.to_string());
    exact.is_none() || exact == float.ok().and_then(|float| Decimal::from_str(&float).ok())
}

/// Splits `NAME=VALUE`, or text with another separator.
pub(crate) fn pair(
    text: &str,
    separator: char,
    expected: &str,
) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(separator)
        .ok_or_else(|| format!("expected {expected}"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Reads all values of a flag. For a list, each value is an item.
pub(crate) fn read_all(kind: &Kind, texts: &[String]) -> Result<Val, String> {
    let mut values = texts.iter().map(|text| read(kind, text));
    match kind {
        Kind::List(_) => values.collect::<Result<Val, String>>(),
        _ => values.next_back().unwrap_or(Ok(Val::Null)),
    }
}

/// The placeholder for a value in help.
pub(crate) fn placeholder(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "TEXT",
        Kind::Integer | Kind::Decimal => "NUMBER",
        Kind::Boolean => "BOOLEAN",
        Kind::Date => "DATE",
        Kind::Time => "TIME",
        Kind::Enum(_) | Kind::OpenEnum(_) => "VALUE",
        Kind::Id(_) => "ID|NAME",
        Kind::List(item) => placeholder(item),
        Kind::Object(_) | Kind::Json => "JSON",
    }
}

/// The name that is most similar to `wrong`, if one is similar.
pub(crate) fn nearest<'a>(
    wrong: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&wrong, &name.to_lowercase()), name))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

//! Responses in another envelope than the documented one.
//!
//! Public programs look for a list in `items`, in `data` and as a bare array, and for a record bare or in `data`. This
//! module reads all of them. It works on text: if a response cannot be read as documented, its record or list is moved
//! into the documented envelope and read again. A documented response costs nothing more.

use std::borrow::Cow;

use serde_json::Value;

use crate::json::{Reader, prepend, value_text};

/// The locations in the envelope of a list, as JSON pointers.
pub(crate) struct ListShape {
    /// The array of items: `/data`.
    pub(crate) items: &'static str,
    /// The cursor of the next page: `/meta/nextCursor`.
    pub(crate) next_cursor: Option<&'static str>,
    /// Whether there are further pages: `/meta/hasMore`.
    pub(crate) has_more: Option<&'static str>,
}

/// A record or a list in another envelope than the documented one.
pub(crate) struct Elsewhere<'a> {
    /// The record or list in the documented envelope.
    pub(crate) text: Cow<'a, str>,
    /// The documented path.
    documented: &'static str,
    /// The path in the response.
    pub(crate) path: String,
}

impl Elsewhere<'_> {
    /// Converts a path in [`text`](Self::text) to the path in the response.
    pub(crate) fn place(&self, path: &str) -> String {
        let Some(rest) = path.strip_prefix(self.documented) else {
            return path.to_owned();
        };
        let mut place = rest.trim_start_matches('.').to_owned();
        prepend(&mut place, &self.path);
        place
    }
}

/// A record below `data`.
pub(crate) fn record(text: &str) -> Option<Elsewhere<'_>> {
    let inner = member(&members(text)?, "data").filter(|inner| inner.starts_with('{'))?;
    Some(Elsewhere {
        text: inner.into(),
        documented: "",
        path: "data".to_owned(),
    })
}

/// A list in any of these envelopes.
pub(crate) fn list<'a>(text: &str, shape: &ListShape) -> Option<Elsewhere<'a>> {
    let found = find(text)?;
    Some(Elsewhere {
        text: found.written(shape).into(),
        documented: shape.items.trim_start_matches('/'),
        path: found.path,
    })
}

/// The cursor of the next page, and whether there is a next page, for a response without the documented
/// fields.
pub(crate) fn end(text: &str) -> Option<(Option<String>, Option<bool>)> {
    find(text).map(|found| (found.next_cursor, found.has_more))
}

/// A page in any of these envelopes.
#[derive(Default)]
struct Found<'a> {
    /// The array as received.
    items: &'a str,
    /// The path of the array.
    path: String,
    next_cursor: Option<String>,
    has_more: Option<bool>,
}

impl Found<'_> {
    /// The page in the documented envelope.
    fn written(&self, shape: &ListShape) -> String {
        let mut rest = serde_json::json!({});
        for (pointer, value) in [
            (shape.next_cursor, self.next_cursor.clone().into()),
            (shape.has_more, self.has_more.into()),
        ] {
            if let Some(pointer) = pointer {
                let keys = pointer.split('/').skip(1);
                *keys.fold(&mut rest, |place, key| &mut place[key]) = value;
            }
        }
        let rest = value_text(&rest);
        let rest = rest.trim_start_matches('{');
        let separator = if rest == "}" { "" } else { "," };
        let key = shape.items.trim_start_matches('/');
        format!(r#"{{"{key}":{}{separator}{rest}"#, self.items)
    }
}

/// Looks for the array of a list, and for the cursor next to it.
fn find(text: &str) -> Option<Found<'_>> {
    let text = text.trim_ascii();
    if text.starts_with('[') {
        return Some(Found {
            items: text,
            ..Found::default()
        });
    }
    let outer = members(text)?;
    let list = |members: &_| {
        let array = |key| Some((key, member(members, key).filter(|it| it.starts_with('['))?));
        ["items", "data"].into_iter().find_map(array)
    };
    // `levels` has the object with the list, and the object around it.
    let (items, path, levels) = if let Some((key, items)) = list(&outer) {
        (items, key.to_owned(), vec![outer])
    } else {
        let inner = members(member(&outer, "data")?)?;
        let (key, items) = list(&inner)?;
        (items, format!("data.{key}"), vec![inner, outer])
    };
    let beside_list = |key| levels.iter().find_map(|level| beside(level, key));
    let read = |json: &str| serde_json::from_str::<Value>(json).ok();
    // A cursor that cannot be used still shows that there is a next page.
    let (next_cursor, is_unusable) = match beside_list("nextCursor").map(read) {
        None => (None, false),
        Some(Some(Value::String(cursor))) => (Some(cursor), false),
        Some(Some(Value::Number(cursor))) => (Some(cursor.to_string()), false),
        Some(Some(value)) => (None, is_yes(&value)),
        Some(None) => (None, true),
    };
    let has_more = beside_list("hasMore").and_then(read).as_ref().map(is_yes);
    Some(Found {
        items,
        path,
        next_cursor,
        has_more: has_more.or(is_unusable.then_some(true)),
    })
}

/// The JSON of a key next to the items of a list, or in an object next to them, such as
/// `meta`. `null` counts as absent.
fn beside<'a>(siblings: &Members<'a>, key: &str) -> Option<&'a str> {
    let value = |members: &Members<'a>| member(members, key).filter(|value| *value != "null");
    value(siblings).or_else(|| {
        let mut inner = siblings.iter().filter(|(_, value)| value.starts_with('{'));
        inner.find_map(|(_, inner)| value(&members(inner)?))
    })
}

/// Whether a value that should be a boolean means yes. Doubtful values mean yes: a complete list that is treated as
/// incomplete is an error, but an incomplete list that is treated as complete loses records.
fn is_yes(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => {
            !["", "0", "false", "no"].contains(&text.trim().to_ascii_lowercase().as_str())
        }
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

type Members<'a> = Vec<(Cow<'a, str>, &'a str)>;

fn member<'a>(members: &Members<'a>, key: &str) -> Option<&'a str> {
    // The last value of a repeated key counts, as in models.
    let mut found = members.iter().rev();
    found.find_map(|(name, value)| (name == key).then_some(*value))
}

/// The members of a JSON object, with values as text; `None` for other values. Values and keys may be invalid.
fn members(text: &str) -> Option<Members<'_>> {
    let mut reader = Reader::new(text);
    let mut members = Vec::new();
    let mut more = reader.open(b'{', b'}', "an object").ok()?;
    while more {
        let (key, _) = reader.any_key().ok()?;
        members.push((key, reader.any_value().ok()?));
        more = reader.more(b'}').ok()?;
    }
    reader.end().ok()?;
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ListShape = ListShape {
        items: "/data",
        next_cursor: Some("/meta/nextCursor"),
        has_more: Some("/meta/hasMore"),
    };

    #[test]
    fn members_are_returned_without_changes() {
        for (text, expected) in [
            ("{}", Some(vec![])),
            (
                r#" {"a" : 1.50 ,"b":[1, {"c":"}"}] , "\u0061\"":"x,y","n":null } "#,
                Some(vec![
                    ("a", "1.50"),
                    ("b", r#"[1, {"c":"}"}]"#),
                    ("a\"", r#""x,y""#),
                    ("n", "null"),
                ]),
            ),
            (
                r#"{"a":123456789012345678901234567890}"#,
                Some(vec![("a", "123456789012345678901234567890")]),
            ),
            ("[]", None),
            ("", None),
            (r#"{"a":1"#, None),
            (r#"{"a":1} x"#, None),
            (r#"{"a" 1}"#, None),
            (r#"{"a":1,"#, None),
            // Values that are not JSON, but have an end.
            (r#"{"a":1 "b":2}"#, Some(vec![("a", r#"1 "b":2"#)])),
            (
                r#"{"a":NaN,"\q":2}"#,
                Some(vec![("a", "NaN"), ("\u{fffd}q", "2")]),
            ),
            ("{1:2}", None),
        ] {
            let found = members(text);
            let found: Option<Vec<(&str, &str)>> = found.as_ref().map(|members| {
                members
                    .iter()
                    .map(|(key, value)| (&**key, *value))
                    .collect()
            });
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_list_is_found_in_every_known_envelope() {
        for (text, written, path) in [
            (
                "[1, 2]",
                r#"{"data":[1, 2],"meta":{"nextCursor":null,"hasMore":null}}"#,
                "",
            ),
            (
                r#"{"items": [1.50], "nextCursor": "c", "hasMore": true}"#,
                r#"{"data":[1.50],"meta":{"nextCursor":"c","hasMore":true}}"#,
                "items",
            ),
            (
                r#"{"data": [], "hasMore": false, "nextCursor": 7}"#,
                r#"{"data":[],"meta":{"nextCursor":"7","hasMore":false}}"#,
                "data",
            ),
            (
                r#"{"data": {"items": [3], "meta": {"nextCursor": "c"}}}"#,
                r#"{"data":[3],"meta":{"nextCursor":"c","hasMore":null}}"#,
                "data.items",
            ),
        ] {
            let found = find(text).unwrap();
            assert!(
                written.starts_with(&format!(r#"{{"data":{},"#, found.items)),
                "{text}"
            );
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(value(&found.written(&SHAPE)), value(written));
            assert_eq!(found.path, path);
        }
        for text in [
            "{}",
            "5",
            r#"{"records": []}"#,
            r#"{"data": {}}"#,
            r#"{"data": 5}"#,
            "<html>",
        ] {
            assert!(find(text).is_none(), "{text}");
        }
        let whole = ListShape {
            items: "/items",
            next_cursor: None,
            has_more: None,
        };
        assert_eq!(find("[]").unwrap().written(&whole), r#"{"items":[]}"#);
    }
}

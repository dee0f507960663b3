//! Reads and writes JSON text, and locates values in it.
//!
//! The crate has a reader of its own because models need more than `serde_json` offers. It keeps numbers and
//! unknown members to the last digit, and an invalid value does not affect its neighbours. One reader serves all
//! models: a reader for each model would take most of the crate's build time. It accepts and refuses the same texts
//! as `serde_json`; tests compare the two. If a value is not JSON, the reader finds its end by quotes and brackets
//! ([`Reader::any_value`]).

mod checked;
mod number;
mod reader;
mod refusal;
mod skip;
mod text;
mod writer;

pub(crate) use checked::to_json;
pub(crate) use number::Number;
pub(crate) use reader::{Fault, NO_STAND_IN, Note, Reader, Stop, What};
pub(crate) use refusal::{NOT_FINITE, Refusal};
pub(crate) use text::{unescape_lossy, write_string};
pub(crate) use writer::{separate, write_float, write_key};

/// The kind of the JSON value at an offset of a text; for messages, which never repeat the value itself.
pub(crate) fn kind(text: &str, at: usize) -> &'static str {
    match text.as_bytes().get(at..).unwrap_or_default() {
        [b'"', b'"', ..] => "an empty text",
        [b'"', ..] => "text",
        [b'-' | b'0'..=b'9', ..] => "a number",
        [b't' | b'f', ..] => "a boolean",
        [b'n', ..] => "null",
        [b'[', ..] => "an array",
        [b'{', ..] => "an object",
        [_, ..] => "something that is not JSON",
        [] => "the end of the text",
    }
}

/// The text of a value. Its `Display` would add a second serializer to programs.
pub(crate) fn value_text(value: &serde_json::Value) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Puts a step before a path: the key of a member, or `[3]`.
pub(crate) fn prepend(path: &mut String, step: &str) {
    if !path.is_empty() && !path.starts_with('[') && !step.is_empty() {
        path.insert(0, '.');
    }
    path.insert_str(0, step);
}

#[cfg(test)]
mod tests;

//! JSON text: reading, writing, and finding places in it.
//!
//! Own code, because everything that models promise depends on it: what a number or an unknown
//! member says is kept to the last digit, one broken item does not cost the others, and one reader
//! serves all models, which is where the crate's build time goes otherwise. It takes and refuses
//! the same texts as `serde_json`; tests compare the two.

mod number;
mod path;
mod reader;
mod skip;
mod text;
mod writer;

pub(crate) use number::Number;
pub(crate) use path::paths;
pub(crate) use reader::{Fault, Reader, Stop, What};
pub(crate) use text::{find_special, write_string};
pub(crate) use writer::{write_float, write_integer};

/// What a JSON value is, by its first byte; for messages, which never repeat the value itself.
pub(crate) fn kind(first: Option<u8>) -> &'static str {
    match first {
        Some(b'"') => "text",
        Some(b'-' | b'0'..=b'9') => "a number",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        Some(_) => "something that is no JSON",
        None => "the end of the text",
    }
}

#[cfg(test)]
mod tests;

//! Parts of JSON text.

use super::{number::whole, write_string};

/// Writes a comma, except at the beginning of an object or an array.
pub(crate) fn separate(json: &mut String) {
    if !matches!(json.as_bytes().last(), None | Some(b'{' | b'[')) {
        json.push(',');
    }
}

/// Writes the key of a member, and the colon after it.
pub(crate) fn write_key(json: &mut String, key: &str) {
    separate(json);
    write_string(json, key);
    json.push(':');
}

/// Writes a number: the shortest text that is read back as the same number. `false` if it is infinite or
/// NaN.
pub(crate) fn write_float(json: &mut String, float: f64) -> bool {
    /// Below this, whole numbers are written without a point.
    const WHOLE: f64 = 1e15;
    if !float.is_finite() {
        return false;
    }
    match whole(float, WHOLE) {
        // The sign of zero is dropped, because quantities have no negative zero.
        Some(integer) => json.push_str(itoa::Buffer::new().format(integer)),
        None => json.push_str(zmij::Buffer::new().format_finite(float)),
    }
    true
}

//! Texts between quotes: finding their end, escapes.

const ONES: u64 = 0x0101_0101_0101_0101;

/// Marks the bytes, out of eight, that must be escaped in a text: `"`, `\`, and control characters. The
/// lowest mark is correct; above it there may be false marks.
const fn marks(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let quotes = quote.wrapping_sub(ONES) & !quote;
    let backslashes = backslash.wrapping_sub(ONES) & !backslash;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | backslashes | controls) & (ONES * 0x80)
}

/// The position of the next `"`, `\` or control character, from `at` on; the length if there is none.
#[inline]
pub(crate) fn find_special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let marks = marks(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let found = rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    at + found.unwrap_or(rest.len())
}

/// The text between quotes, unescaped: a lone surrogate becomes U+FFFD, and an invalid escape is kept as it
/// is.
pub(crate) fn unescape_lossy(inside: &str) -> String {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        text.push_str(plain);
        // A pair of UTF-16 units, one unit, or a letter. At the end of the text, less than that.
        let read = [12, 6, 2].into_iter().find_map(|length| {
            let (escape, rest) = escape.split_at_checked(length)?;
            let read: String = serde_json::from_str(&format!("\"{escape}\"")).ok()?;
            Some((read, rest))
        });
        let (read, after) = read.unwrap_or_else(|| match after_unit(escape) {
            Some(after) => ("\u{fffd}".to_owned(), after),
            None => ("\\".to_owned(), escape.get(1..).unwrap_or_default()),
        });
        text.push_str(&read);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The text after `\uXXXX`.
fn after_unit(escape: &str) -> Option<&str> {
    let (digits, rest) = escape.strip_prefix("\\u")?.split_at_checked(4)?;
    let is_unit = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_unit.then_some(rest)
}

/// Writes a text in quotes.
pub(crate) fn write_string(json: &mut String, text: &str) {
    json.push('"');
    let mut from = 0;
    loop {
        let special = find_special(text.as_bytes(), from);
        json.push_str(text.get(from..special).unwrap_or_default());
        let Some(byte) = text.as_bytes().get(special) else {
            break;
        };
        write_escape(json, *byte);
        from = special + 1;
    }
    json.push('"');
}

#[cold]
fn write_escape(json: &mut String, byte: u8) {
    let quoted = serde_json::to_string(&char::from(byte)).unwrap_or_default();
    json.push_str(
        quoted
            .get(1..quoted.len().saturating_sub(1))
            .unwrap_or_default(),
    );
}

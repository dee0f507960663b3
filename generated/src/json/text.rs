//! Texts between quotes: finding their end, escapes.

/// The complaint about half of a character outside the basic plane, which JavaScript can have in a
/// text and JSON can spell, but which is no character.
pub(super) const HALF_CHARACTER: &str = "text with half a character in it (a lone surrogate)";

const ONES: u64 = 0x0101_0101_0101_0101;

/// Marks the bytes of eight that cannot stand in a text as they are: `"`, `\`, and control
/// characters. The lowest mark is right; above it there may be marks too many.
const fn marks(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let quotes = quote.wrapping_sub(ONES) & !quote;
    let backslashes = backslash.wrapping_sub(ONES) & !backslash;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | backslashes | controls) & (ONES * 0x80)
}

/// Where the next `"`, `\` or control character is, from `at` on; the length where there is none.
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

/// What the inside of a text with escapes stands for. `None` where half a character is in it, or
/// something that is no escape.
pub(super) fn unescape(inside: &str) -> Option<String> {
    let (text, whole) = unescape_lossy(inside);
    whole.then_some(text)
}

/// What the inside of a text stands for, and whether all of it does: half a character becomes U+FFFD,
/// and what is no escape stays as it is.
pub(crate) fn unescape_lossy(inside: &str) -> (String, bool) {
    let mut text = String::with_capacity(inside.len());
    let (mut rest, mut whole) = (inside, true);
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut characters = escape.chars();
        let character = match characters.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(same @ ('"' | '\\' | '/')) => same,
            // A unit of UTF-16, or no escape at all.
            _ => {
                let (character, after) = unicode(escape).unwrap_or_else(|| {
                    whole = false;
                    half(escape)
                        .map_or(('\\', escape), |after| (char::REPLACEMENT_CHARACTER, after))
                });
                text.push(character);
                rest = after;
                continue;
            }
        };
        text.push(character);
        rest = characters.as_str();
    }
    text.push_str(rest);
    (text, whole)
}

/// What follows `uXXXX`, whatever that stands for.
fn half(escape: &str) -> Option<&str> {
    unit(escape.strip_prefix('u')?.get(..4)?)?;
    escape.get(5..)
}

/// The character of `uXXXX`, or of two of them, and what follows.
fn unicode(escape: &str) -> Option<(char, &str)> {
    let first = unit(escape.strip_prefix('u')?.get(..4)?)?;
    let rest = escape.get(5..)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, rest));
    }
    let second = unit(rest.strip_prefix("\\u")?.get(..4)?)?;
    if !(0xd800..0xdc00).contains(&first) || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let character = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))?;
    Some((character, rest.get(6..)?))
}

fn unit(digits: &str) -> Option<u32> {
    // A sign is none of the digits.
    let number = u32::from_str_radix(digits, 16).ok()?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then_some(number)
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
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' => '"',
        b'\\' => '\\',
        0x8 => 'b',
        0xc => 'f',
        b'\n' => 'n',
        b'\r' => 'r',
        b'\t' => 't',
        _ => {
            json.push_str("\\u00");
            for half in [byte >> 4, byte & 15] {
                json.push(char::from(DIGITS[usize::from(half)]));
            }
            return;
        }
    };
    json.push('\\');
    json.push(short);
}

//! Technical terms in prose: names, paths, codes, values and numbers, which are recognised by their form.

use crate::page::endpoint::{METHODS, is_method};

/// Common abbreviations, which are not facts about an API.
const ABBREVIATIONS: [&str; 30] = [
    "API", "APIS", "APIs", "B2B", "CLI", "CRM", "CSV", "FAQ", "HTML", "HTTP", "HTTPS", "ID", "IDS",
    "ISO", "JSON", "JWT", "OK", "PDF", "REST", "SDK", "SMS", "SQL", "SSL", "TLS", "UI", "URI",
    "URL", "UTC", "VAT", "XML",
];

/// Endings of names of headers, which few other words with a hyphen have.
const HEADERS: [&str; 9] = [
    "id",
    "key",
    "limit",
    "remaining",
    "reset",
    "secret",
    "signature",
    "timestamp",
    "token",
];

/// The size of the parts of a text that are read at once, in bytes.
const PART: usize = 4000;

/// Words that may follow a number without being its unit.
const NO_UNITS: [&str; 22] = [
    "a", "an", "and", "are", "as", "at", "but", "by", "for", "from", "if", "in", "is", "of", "on",
    "or", "that", "the", "then", "to", "when", "with",
];

/// The terms of a text, in order.
pub(super) fn of(text: &str) -> Vec<String> {
    parts(text).flatten().collect()
}

/// The terms of a part of the text; parts limit the memory for words.
pub(super) fn parts(text: &str) -> impl Iterator<Item = Vec<String>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |at: usize, c: char| at >= PART && (c == ' ' || at >= 2 * PART);
        let end = rest
            .char_indices()
            .find_map(|(at, c)| is_end(at, c).then_some(at));
        let (part, more) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        rest = more;
        Some(of_part(part))
    })
}

fn of_part(text: &str) -> Vec<String> {
    // Where cells run together, a method follows the word before it without a blank.
    let text = METHODS.iter().fold(text.to_owned(), |text, method| {
        text.replace(&format!("{method} /"), &format!(" {method} /"))
    });
    let words = words(&text);
    let word = |at: usize| words.get(at).map_or("", |word| word.text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(Word {
        text, is_quoted, ..
    }) = words.get(at)
    {
        if is_method(text) && word(at + 1).starts_with('/') {
            found.push(format!("{text} {}", word(at + 1)));
            at += 1;
        } else if is_number(text) {
            let bound = match word(at.wrapping_sub(1)) {
                "max" | "maximum" => "max ",
                "min" | "minimum" => "min ",
                _ => "",
            };
            let quantity = quantity(words.get(at..).unwrap_or_default());
            at += quantity.len() - 1;
            found.push(format!("{bound}{}", quantity.join(" ")));
        } else if *is_quoted || is_term(text) {
            found.push((*text).to_owned());
        }
        at += 1;
    }
    found
}

struct Word<'a> {
    text: &'a str,
    /// Whether it is the only word in quotation marks, or in braces.
    is_quoted: bool,
    /// Whether nothing is between it and the next word.
    goes_on: bool,
}

/// The words of a text, without the punctuation around them.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut braces = 0usize;
    for raw in text.split_whitespace() {
        let is_quoted = raw.matches(['"', '“', '”']).count() > 1;
        // `{id}` in a path opens and closes; a separate brace contains the words after it.
        let (opened, closed) = (raw.matches('{').count(), raw.matches('}').count());
        let separators = match raw.find('{') < raw.rfind('}') && opened == closed && !is_quoted {
            _ if is_number(raw) => "",
            true => "()[]\"'“”‘’,;",
            false => "()[]\"'“”‘’,;{}",
        };
        let mut pieces = raw.split(|c| separators.contains(c)).peekable();
        while let Some(piece) = pieces.next() {
            let text = piece.trim_matches(|c: char| ".,:!?…—–•*`<>|=".contains(c));
            if !text.is_empty() {
                words.push(Word {
                    text,
                    is_quoted: braces > 0 || is_quoted,
                    goes_on: pieces.peek().is_none() && raw.ends_with(text),
                });
            }
        }
        braces = (braces + opened).saturating_sub(closed);
    }
    words
}

fn is_number(word: &str) -> bool {
    let word = word.trim_end_matches([',', '.']);
    let digits = word.strip_suffix('%').unwrap_or(word);
    let mut letters = digits.chars();
    digits.starts_with(|c: char| c.is_ascii_digit())
        && letters.all(|c| c.is_ascii_digit() || ",.".contains(c))
}

/// The words of a number with its unit: `60 requests per minute`.
fn quantity<'a>(words: &[Word<'a>]) -> Vec<&'a str> {
    let mut taken: Vec<&str> = Vec::new();
    for word in words {
        let is_plain = word.text.chars().all(|c| c.is_ascii_lowercase());
        let fits = match taken.len() {
            0 => true,
            1 => is_plain && !NO_UNITS.contains(&word.text),
            2 => matches!(word.text, "per" | "every" | "each"),
            3 => is_plain,
            _ => false,
        };
        if !fits {
            break;
        }
        taken.push(word.text);
        if !word.goes_on {
            break;
        }
    }
    // The last word of a text is not a part of it.
    taken.truncate(if taken.len() == 3 { 2 } else { 4 });
    taken
}

/// Whether a word is technical by its form.
fn is_term(word: &str) -> bool {
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let starts_lower = word.starts_with(|c: char| c.is_ascii_lowercase());
    let has_upper = has(char::is_ascii_uppercase);
    if word.starts_with('/') {
        return has(char::is_ascii_alphanumeric);
    }
    if word.contains("://") || word.contains(['_', '{', '=']) || has(char::is_ascii_digit) {
        return true;
    }
    if !word.contains(['-', '.', '/']) {
        let is_code = word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase());
        return (is_code && !ABBREVIATIONS.contains(&word)) || (starts_lower && has_upper);
    }
    let last = word.rsplit('-').next().unwrap_or_default();
    if word.contains('-') {
        let mut parts = word.split('-');
        return HEADERS.contains(&last)
            || word.starts_with("x-")
            || parts.all(|part| part.starts_with(|c: char| c.is_ascii_uppercase()));
    }
    let mut parts = word.split('.');
    starts_lower
        && word.contains('.')
        && parts.next().is_some_and(|first| first.len() > 1)
        && parts.all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(of(text), expected, "{text}");
    }

    #[test]
    fn terms_are_distinguished_from_words_by_their_form() {
        check(
            "An API of plain, top-level words. E.g. this one, i.e. that!",
            &[],
        );
        check(
            "Use gadgetId (gdg_ prefix) or cf_* keys.",
            &["gadgetId", "gdg_", "cf_"],
        );
        check("DRAFT or SENT", &["DRAFT", "SENT"]);
        check(
            "Read meta.nextCursor, on gadget.created.",
            &["meta.nextCursor", "gadget.created"],
        );
        check(
            "See GET /gadgets/{id} and /widgets?size=2.",
            &["GET /gadgets/{id}", "/widgets?size=2"],
        );
        check(
            "The headers x-api-key, RateLimit-Reset and gadget-id",
            &["x-api-key", "RateLimit-Reset", "gadget-id"],
        );
        check("with type: \"round\" only", &["round"]);
        check(
            "Shape{ size, colour }{ error: { code } } as a body",
            &["size", "colour", "error", "code"],
        );
        check("filters={\"a\":\"b\"}.", &["filters", "a", "b"]);
        check(
            "GadgetsPOST /gadgets/{id}GET /gadgets",
            &["POST /gadgets/{id}", "GET /gadgets"],
        );
        check("v1,{base64-text}", &["v1", "{base64-text}"]);
    }

    #[test]
    fn numbers_have_their_units() {
        check(
            "At most 60 requests per minute.",
            &["60 requests per minute"],
        );
        check("Items per page (max 100)", &["max 100"]);
        check("100, then 20 gadgets", &["100", "20 gadgets"]);
        check("1,000 requests per", &["1,000 requests"]);
        check("400 / 409 — Fix it", &["400", "409"]);
        check("5 of them", &["5"]);
    }
}

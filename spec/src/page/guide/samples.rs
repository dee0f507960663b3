//! Samples of code: JSON, and curl commands.

use serde_json::{Map, Value, json};

use crate::page::{curl, lines::Line};

use super::terms;

/// No sample that people read is longer.
const MAX_BYTES: usize = 20_000;

/// A sample, and how it ends.
pub(super) struct Sample {
    pub(super) value: Value,
    pub(super) lines: usize,
    /// The page ends before it.
    pub(super) is_cut: bool,
}

/// Reads the sample that starts at the first of `lines`. None where none does.
pub(super) fn read(lines: &[&Line]) -> Option<Sample> {
    let first = lines.first()?.trimmed();
    if first.starts_with("curl ") {
        return command(lines);
    }
    (first.starts_with(['{', '[']) && !first.starts_with("[!")).then(|| json(lines))?
}

fn json(lines: &[&Line]) -> Option<Sample> {
    let mut text = String::new();
    let mut open: Vec<char> = Vec::new();
    // Where the text of which the end has not come starts.
    let mut quote: Option<usize> = None;
    for (index, line) in lines.iter().enumerate() {
        let line = elided(&line.text);
        let mut characters = line.char_indices();
        while let Some((at, character)) = characters.next() {
            match (quote, character) {
                (Some(_), '\\') => drop(characters.next()),
                (Some(_), '"') => quote = None,
                (None, '"') => quote = Some(text.len() + at),
                (None, '{') => open.push('}'),
                (None, '[') => open.push(']'),
                (None, '}' | ']') if open.pop() != Some(character) => return None,
                _ => {}
            }
        }
        text.push_str(&line);
        if text.len() > MAX_BYTES {
            return None;
        }
        if open.is_empty() {
            return Some(Sample {
                value: serde_json::from_str(&text).ok()?,
                lines: index + 1,
                is_cut: false,
            });
        }
        // No sample has a line break in a text, unless it is cut there.
        if quote.is_some() && index + 1 < lines.len() {
            return None;
        }
        text.push('\n');
    }
    if let Some(quote) = quote {
        text.truncate(quote);
        text.push_str("\"…\"");
    }
    Some(Sample {
        value: closed(&text).or_else(|| closed(text.get(..text.rfind(',')?)?))?,
        lines: lines.len(),
        is_cut: true,
    })
}

/// JSON that breaks off, if its last value is whole.
fn closed(text: &str) -> Option<Value> {
    let mut open: Vec<char> = Vec::new();
    for character in text.chars() {
        match character {
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    let is_whole = text.trim_end().ends_with(['"', '}', ']', 'e', 'l']);
    let end: String = open.into_iter().rev().collect();
    serde_json::from_str(&format!("{text}{end}"))
        .ok()
        .filter(|_| is_whole)
}

/// `[...]` as a list of something.
fn elided(line: &str) -> String {
    line.replace("[ ... ]", "[\"…\"]")
        .replace("[...]", "[\"…\"]")
}

fn command(lines: &[&Line]) -> Option<Sample> {
    let (curl, taken) = curl::read(lines).ok()?;
    let url = curl.url?;
    let has_body = curl.body.is_some();
    let method = curl
        .method
        .unwrap_or_else(|| if has_body { "POST" } else { "GET" }.to_owned());
    let mut sample = json!({"request": format!("{method} {url}")});
    let headers: Map<String, Value> = pairs(&curl.headers, ": ");
    let query: Map<String, Value> = pairs(&curl.query, "=");
    for (key, map) in [("headers", headers), ("query", query)] {
        if !map.is_empty() {
            sample[key] = map.into();
        }
    }
    if let Some(body) = curl.body {
        sample["body"] = body;
    }
    Some(Sample {
        value: sample,
        lines: taken,
        is_cut: false,
    })
}

/// `name=value` of each text; a value that is JSON as such.
fn pairs(texts: &[String], separator: &str) -> Map<String, Value> {
    let pair = |text: &String| {
        let (name, value) = text.split_once(separator).unwrap_or((text, ""));
        let json = value
            .starts_with(['{', '['])
            .then(|| serde_json::from_str(value).ok());
        let value = json.flatten().unwrap_or_else(|| value.into());
        (name.to_owned(), value)
    };
    texts.iter().map(pair).collect()
}

/// More words than this are a sentence, not the value of a field.
const MAX_WORDS: usize = 4;

/// A sample in which sentences are reduced to their terms.
pub(super) fn without_prose(value: &Value) -> Value {
    match value {
        Value::String(text) if text.split_whitespace().count() > MAX_WORDS => {
            let found = terms::of(text);
            if found.is_empty() {
                "…".into()
            } else {
                found.join(" … ").into()
            }
        }
        Value::Array(list) => list.iter().map(without_prose).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), without_prose(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::lines::Page;

    fn read_text(text: &str) -> Option<(Value, usize, bool)> {
        let page = Page::read(text).unwrap();
        let sample = read(&page.lines.iter().collect::<Vec<_>>())?;
        Some((sample.value, sample.lines, sample.is_cut))
    }

    #[test]
    fn json_ends_with_its_last_bracket() {
        assert_eq!(
            read_text("{\n\"a\": [ ... ],\n\"b\": \"}\"\n}\nText"),
            Some((json!({"a": ["…"], "b": "}"}), 4, false))
        );
        for text in [
            "{ data, meta } envelope",
            "[x](y)",
            "{]",
            "{\n\"a\nb\": 1\n}",
            "{",
        ] {
            assert_eq!(read_text(text), None, "{text}");
        }
    }

    #[test]
    fn json_that_is_cut_keeps_what_is_whole() {
        assert_eq!(
            read_text("{\n\"a\": 1,\n\"b\": {\"c\": 2, \"message\": \"Wor"),
            Some((json!({"a": 1, "b": {"c": 2, "message": "…"}}), 3, true))
        );
        assert_eq!(
            read_text("{\n\"a\": true, \"b\": 1"),
            Some((json!({"a": true}), 2, true))
        );
        assert_eq!(
            read_text("{\n\"a\": true, \"b\": {\"c"),
            Some((json!({"a": true}), 2, true))
        );
    }

    #[test]
    fn commands_say_what_is_sent() {
        assert_eq!(
            read_text(
                "curl -G \"https://api.example.test/gadgets?size=2\" \\\n  -H \"x-api-key: KEY\" \\\n  --data-urlencode 'filters={\"a\":1}'"
            ),
            Some((
                json!({
                    "request": "GET https://api.example.test/gadgets",
                    "headers": {"x-api-key": "KEY"},
                    "query": {"size": "2", "filters": {"a": 1}},
                }),
                3,
                false
            ))
        );
    }
}

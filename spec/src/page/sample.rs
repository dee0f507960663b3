//! Samples of code: JSON documents and curl commands, including truncated ones.

use serde_json::Value;

use super::lines::Line;

/// A JSON document.
pub(super) struct Sample {
    pub(super) value: Value,
    /// The number of its lines.
    pub(super) lines: usize,
    /// Whether the page ends before its end.
    pub(super) is_cut: bool,
}

/// Reads the JSON document that starts with the first of `lines`. `None` if it is not JSON.
pub(super) fn json(lines: &[Line]) -> Option<Sample> {
    let mut text = String::new();
    let mut open: Vec<char> = Vec::new();
    // The start of the string that is open.
    let mut quote: Option<usize> = None;
    for (index, line) in lines.iter().enumerate() {
        let mut characters = line.text.char_indices();
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
        text.push_str(&line.text);
        if open.is_empty() && quote.is_none() {
            let (value, lines) = (parse(&text)?, index + 1);
            return Some(Sample {
                value,
                lines,
                is_cut: false,
            });
        }
        // Strings in samples have no line breaks, unless the sample is truncated there.
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

/// JSON, perhaps with `[...]` in place of a list.
fn parse(text: &str) -> Option<Value> {
    let elided = || text.replace("[ ... ]", "[...]").replace("[...]", "[\"…\"]");
    let value = serde_json::from_str(text).or_else(|_| serde_json::from_str(&elided()));
    value.ok()
}

/// Completes truncated JSON, without an incomplete last value: a number may be incomplete.
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
    let end: String = open.into_iter().rev().collect();
    let is_whole = text.trim_end().ends_with(['"', '}', ']', 'e', 'l']);
    parse(&format!("{text}{end}")).filter(|_| is_whole)
}

/// A curl command.
#[derive(Default)]
pub(super) struct Curl {
    /// `--request`, upper case as printed.
    pub(super) method: Option<String>,
    /// The URL without its query.
    pub(super) url: Option<String>,
    /// The body, when it looks like JSON.
    pub(super) body: Option<String>,
    /// Headers as `name: value`.
    pub(super) headers: Vec<String>,
    /// Parameters of the query or of a form, each as `name=value`.
    pub(super) query: Vec<String>,
    /// The number of its lines.
    pub(super) lines: usize,
    /// Whether the page ends before its end.
    pub(super) is_cut: bool,
}

impl Curl {
    /// Reads the command that starts with the first of `lines`.
    pub(super) fn read(lines: &[Line]) -> Self {
        let mut curl = Self::default();
        let mut words = curl.words(lines).into_iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--request" | "-X" => curl.method = words.next(),
                "--url" => curl.url = words.next(),
                "--data" | "-d" | "--data-raw" => {
                    let is_json = |body: &String| body.trim_start().starts_with(['{', '[']);
                    curl.body = words.next().filter(is_json).or(curl.body);
                }
                "--header" | "-H" => curl.headers.extend(words.next()),
                "--form" | "-F" | "--data-urlencode" => curl.query.extend(words.next()),
                url if url.starts_with("http") => curl.url = Some(word),
                _ => {}
            }
        }
        if let Some((address, query)) = curl.url.as_deref().and_then(|url| url.split_once('?')) {
            curl.query.extend(query.split('&').map(str::to_owned));
            curl.url = Some(address.to_owned());
        }
        curl
    }

    /// The body; `None` if it is not JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }

    /// Splits the shell command into words. It ends at the first line end that is neither quoted nor
    /// escaped.
    fn words(&mut self, lines: &[Line]) -> Vec<String> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut quote = None;
        for line in lines {
            self.lines += 1;
            let mut continues = false;
            let mut characters = line.text.chars();
            while let Some(character) = characters.next() {
                match (quote, character) {
                    (Some(open), _) if character == open => quote = None,
                    (Some('"') | None, '\\') => match characters.next() {
                        Some(escaped) => word.get_or_insert_default().push(escaped),
                        None => continues = true,
                    },
                    (None, '\'' | '"') => {
                        quote = Some(character);
                        word.get_or_insert_default();
                    }
                    (None, ' ') => words.extend(word.take()),
                    _ => word.get_or_insert_default().push(character),
                }
            }
            if quote.is_some() {
                word.get_or_insert_default().push('\n');
            } else {
                words.extend(word.take());
                if !continues {
                    break;
                }
            }
        }
        self.is_cut = quote.is_some();
        words.extend(word);
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::lines::Page;
    use serde_json::json as value;

    fn lines(text: &str) -> Vec<Line> {
        Page::read(text).unwrap().lines
    }

    fn read(text: &str) -> Option<(Value, usize, bool)> {
        let sample = json(&lines(text))?;
        Some((sample.value, sample.lines, sample.is_cut))
    }

    #[test]
    fn json_ends_with_its_last_bracket() {
        assert_eq!(
            read("{\n\"a\": [ ... ],\n\"b\": \"}\"\n}\nText"),
            Some((value!({"a": ["…"], "b": "}"}), 4, false))
        );
        for text in [
            "{ data, meta } envelope",
            "[x](y)",
            "{]",
            "{\n\"a\nb\": 1\n}",
            "{",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn truncated_json_keeps_complete_values() {
        assert_eq!(
            read("{\n\"a\": 1,\n\"b\": {\"c\": 2, \"message\": \"Wor"),
            Some((value!({"a": 1, "b": {"c": 2, "message": "…"}}), 3, true))
        );
        assert_eq!(
            read("{\n\"a\": true, \"b\": 1"),
            Some((value!({"a": true}), 2, true))
        );
        assert_eq!(
            read("{\n\"a\": true, \"b\": {\"c"),
            Some((value!({"a": true}), 2, true))
        );
    }

    fn check(text: &str, method: &str, url: &str, body: Option<&Value>, taken: usize) {
        let curl = Curl::read(&lines(text));
        assert_eq!(curl.method.as_deref(), Some(method));
        assert_eq!(curl.url.as_deref(), Some(url));
        assert_eq!(curl.json().as_ref(), body);
        assert_eq!((curl.lines, curl.is_cut), (taken, false));
    }

    #[test]
    fn body_on_lines_of_its_own() {
        check(
            "curl --request POST \\\n  --url https://api.example.test/v1/gadgets \\\n  --header 'x-api-key: <api-key>' \\\n  --data '\n{\n  \"label\": \"<string>\"\n}\n'\n{}",
            "POST",
            "https://api.example.test/v1/gadgets",
            Some(&value!({"label": "<string>"})),
            8,
        );
    }

    #[test]
    fn body_inline_and_quoted_url() {
        check(
            "curl --request PUT --url 'https://api.example.test/v1/gadgets?x=1' --data '{\n \"label\": \"it'\\''s\"\n}'\nnext",
            "PUT",
            "https://api.example.test/v1/gadgets",
            Some(&value!({"label": "it's"})),
            3,
        );
    }

    #[test]
    fn handwritten_command() {
        check(
            "curl -X GET \"https://api.example.test/v1/gadgets\" \\\n  -H \"x-api-key: KEY\"",
            "GET",
            "https://api.example.test/v1/gadgets",
            None,
            2,
        );
    }

    #[test]
    fn cut_and_broken_bodies() {
        assert!(Curl::read(&lines("curl --data '\n{ \"a\":")).is_cut);
        let curl = Curl::read(&lines("curl --data '{ \"a\": }'"));
        assert_eq!(curl.json(), None);
    }
}

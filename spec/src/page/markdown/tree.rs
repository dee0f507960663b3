//! Reads the YAML inside the fence, with limits: a page is untrusted input.

use serde_json::Value;

use crate::finding::Finding;
use crate::page::lines::Line;
use crate::yaml::{Reader, Refusal};

/// The largest growth of the text by aliases. Depth is limited by the YAML reader itself.
const MAX_GROWTH: usize = 2;

/// The largest expanded size of any text: a hundred times the largest real page known.
const MAX_SIZE: usize = 1_000_000;

/// The YAML reader takes time with the square of the nesting of brackets. The largest real page known
/// has a few hundred of them, nested or not.
const MAX_BRACKETS: usize = 20_000;

/// Reads the lines of a fence.
///
/// Refuses repeated keys, tags, several documents, numbers that JSON does not have, and aliases
/// that expand too much. Keys that are numbers become text: some documents write statuses as numbers.
pub(super) fn read(lines: &[Line]) -> Result<Value, Finding> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.text);
        text.push('\n');
    }
    let brackets = text.bytes().filter(|byte| matches!(byte, b'[' | b'{'));
    if brackets.count() > MAX_BRACKETS {
        return Err(Finding::new(
            "page-yaml-unreadable",
            format!("the YAML of the page has more than {MAX_BRACKETS} opening brackets"),
        )
        .line(lines.first().map_or(1, |line| line.number))
        .help("check that the file holds one page and not a whole site"));
    }
    let budget = (text.len().saturating_mul(MAX_GROWTH) + 16).min(MAX_SIZE);
    Reader::lenient(budget)
        .read(&text)
        .map_err(|Refusal { error, .. }| {
            let line = error
                .location()
                .and_then(|location| lines.get(location.line().saturating_sub(1)))
                .or(lines.first())
                .map_or(1, |line| line.number);
            Finding::new(
                "page-yaml-unreadable",
                format!("the YAML of the page cannot be read: {error}"),
            )
            .line(line)
            .help("save the page again; if it stays so, write its facts down in spec/facts")
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_text(text: &str) -> Result<Value, Finding> {
        let lines: Vec<Line> = text
            .lines()
            .enumerate()
            .map(|(index, text)| Line {
                number: index + 11,
                text: text.to_owned(),
            })
            .collect();
        read(&lines)
    }

    #[test]
    fn values() {
        assert_eq!(
            read_text("a: [1, -2, 2.5, true, null, ~]\n200: {'b': no}\nc: >-\n  one\n  two\n")
                .unwrap(),
            json!({"a": [1, -2, 2.5, true, null, null], "200": {"b": "no"}, "c": "one two"})
        );
        assert_eq!(read_text(""), Ok(Value::Null));
        assert_eq!(
            read_text("a: &one {x: 1}\nb: *one\n").unwrap(),
            json!({"a": {"x": 1}, "b": {"x": 1}})
        );
    }

    #[test]
    fn unsupported_yaml_is_refused() {
        for (text, message) in [
            ("a: 1\nb: 2\na: 3\n", "duplicate"),
            ("a: !thing 1\n", "tag"),
            ("a: .nan\n", "JSON"),
            ("true: 1\n", "not text"),
            ("a: [1\nb: 2\n", "line"),
            ("a: 1\n---\nb: 1\n", "document"),
        ] {
            let finding = read_text(text).unwrap_err();
            assert!(finding.message.contains(message), "{finding}");
            assert!(finding.line >= Some(11), "{finding}");
        }
    }

    #[test]
    fn aliases_cannot_multiply_a_page() {
        let mut nested = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = level - 1;
            let list = vec![format!("*a{before}"); 8].join(", ");
            nested.extend([format!("a{level}: &a{level} [{list}]\n")]);
        }
        let wide = format!(
            "a: &a [{}]\nb: [{}]\n",
            vec!["x"; 5000].join(", "),
            vec!["*a"; 5000].join(", ")
        );
        let long = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(20_000),
            vec!["*a"; 5000].join(", ")
        );
        for text in [nested, wide, long] {
            let finding = read_text(&text).unwrap_err();
            assert!(finding.message.contains("repeat"), "{finding}");
        }
        assert!(read_text(&"[".repeat(5000)).is_err());
        assert!(read_text(&"{a: ".repeat(5000)).is_err());
    }
}

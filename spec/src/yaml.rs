//! Strict reading and deterministic writing of YAML, by way of JSON values.

mod compact;
mod locate;
mod strict;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::finding::Finding;

pub use compact::write_compact;
pub use locate::Lines;
pub(crate) use strict::{Reader, Refusal};

/// The largest number of values in a text. The library keeps up to a kibibyte for each while it reads; the largest
/// document of this workspace has a hundredth of them.
const MAX_VALUES: usize = 2_000_000;

/// Reads one YAML document into a JSON value.
///
/// Refuses repeated keys, keys that are not text, tags, several documents and numbers that JSON does not have: they are
/// mistakes, or JSON would lose them.
pub fn read(text: &str, file: &str) -> Result<Value, Finding> {
    read_with(&Reader::strict(), text, file)
}

/// Reads a YAML document with a reader that may accept more.
pub(crate) fn read_with(reader: &Reader, text: &str, file: &str) -> Result<Value, Finding> {
    if has_too_many_values(text) {
        let finding = Finding::new("too-large", "the text has too many values");
        return Err(finding
            .file(file)
            .line(1)
            .help("check that it is the right file"));
    }
    reader.read(text).map_err(|refusal| {
        let finding = match refusal.lost {
            Some((message, pointer)) => Finding::new("yaml-not-json", message)
                .pointer(pointer)
                .help("use only values that JSON has"),
            None => syntax_finding(refusal.error.to_string()),
        };
        Finding {
            line: refusal.error.location().map(|location| location.line()),
            ..finding.file(file)
        }
    })
}

/// Reads a handwritten file: strict YAML, without keys that `T` does not know.
pub(crate) fn read_as<T: DeserializeOwned>(
    text: &str,
    file: &str,
    rule: &'static str,
    help: &str,
) -> Result<T, Finding> {
    // Typed reading alone would accept repeated keys of maps.
    read(text, file)?;
    let yaml = serde_yaml::Deserializer::from_str(text);
    serde_path_to_error::deserialize(yaml).map_err(|error| {
        let pointer = pointer(error.path());
        let finding = Finding::new(rule, error.inner().to_string());
        Finding {
            line: error.inner().location().map(|location| location.line()),
            ..finding.file(file).pointer(pointer).help(help)
        }
    })
}

/// Counts characters that may start a value, including characters inside of text.
fn has_too_many_values(text: &str) -> bool {
    let is_start = |pair: &&[u8]| {
        matches!(
            pair,
            [b'\n' | b',' | b'[' | b'{', _] | [b'-' | b':' | b'?', b' ']
        )
    };
    text.len() > MAX_VALUES && text.as_bytes().windows(2).filter(is_start).count() > MAX_VALUES
}

/// The help for a message of the library that contains this text.
const HELP: [[&str; 2]; 6] = [
    [
        "repetition limit",
        "write values out instead of using so many aliases (`*name`)",
    ],
    [
        "more than one document",
        "keep one document: delete the lines `---`",
    ],
    ["duplicate entry", "keep one of the two"],
    [
        "recursion limit",
        "nest less deeply; check that brackets are closed",
    ],
    [
        "cannot start any token",
        "put the value into quotes, and indent with spaces, not tabs",
    ],
    ["", "correct the text there, or just before it"],
];

/// The finding for text that is not YAML, or uses unsupported YAML.
fn syntax_finding(message: String) -> Finding {
    let help = HELP.iter().find(|[part, _]| message.contains(part));
    let [_, help] = help.unwrap_or(&HELP[HELP.len() - 1]);
    Finding::new("yaml-unreadable", message).help(*help)
}

/// Writes a JSON value as YAML: the same value always has the same bytes.
///
/// The library writes YAML 1.2. Text that a reader of YAML 1.1 would read as another type, such as
/// a date, `on` or `1:30`, is written in quotes too.
pub fn write(value: &Value) -> Result<String, Finding> {
    let text = |value: &Value| {
        serde_yaml::to_string(value)
            .map_err(|error| Finding::new("yaml-unwritable", error.to_string()))
    };
    let plain = text(value)?;
    // A unique mark surrounds such text until the layout is done.
    let mut mark = "quoted".to_owned();
    while plain.contains(&mark) {
        mark.push('q');
    }
    // Text that the library quotes by itself needs no second pair of quotes.
    let [open, close] = [format!("'{mark}"), format!("{mark}'")];
    let marked = text(&marked(value, &mark))?;
    let written = marked.replace(&open, "'").replace(&close, "'");
    Ok(written.replace(&mark, "'"))
}

/// `value` with `mark` around each text that could be misread.
fn marked(value: &Value, mark: &str) -> Value {
    let word = |text: &String| {
        let mark = if is_misread(text) { mark } else { "" };
        format!("{mark}{text}{mark}")
    };
    match value {
        Value::String(text) => word(text).into(),
        Value::Array(items) => items.iter().map(|item| marked(item, mark)).collect(),
        Value::Object(map) => {
            let entry = |(key, value)| (word(key), marked(value, mark));
            map.iter().map(entry).collect()
        }
        other => other.clone(),
    }
}

/// Whether a reader of YAML 1.1 may read this text, without quotes, as another type: a boolean,
/// null, a merge key, or a number or time in one of its many notations. In doubt, it is true.
fn is_misread(text: &str) -> bool {
    const WORDS: [&str; 15] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "<<", "=", ".inf",
        "-.inf", ".nan",
    ];
    let is_numeric =
        |character: char| character.is_ascii_hexdigit() || "+-.:_ ,xoTtZz".contains(character);
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
            && text.contains(|character: char| character.is_ascii_digit())
            && text.chars().all(is_numeric)
            // A version such as 3.0.3 is not a number.
            && (text.matches('.').count() < 2 || text.contains(':'))
            && text.len() < 100
}

/// A path of serde as a pointer.
fn pointer(path: &Path) -> String {
    path.iter()
        .fold(String::new(), |pointer, segment| match segment {
            Segment::Seq { index } => child(&pointer, index),
            Segment::Map { key } => child(&pointer, key),
            Segment::Enum { .. } | Segment::Unknown => pointer,
        })
}

/// A segment of a pointer without its escapes.
pub(crate) fn unescape(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// `pointer` and one more segment, escaped as RFC 6901 requires.
pub(crate) fn child(pointer: &str, segment: impl std::fmt::Display) -> String {
    let segment = segment.to_string().replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{segment}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn values_that_json_would_lose_are_refused() {
        for (text, rule, place) in [
            ("a: 1\na: 2\n", "yaml-unreadable", Some(1)),
            ("a: [1\nb: 2", "yaml-unreadable", Some(2)),
            ("200: ok\n", "yaml-not-json", None),
            ("a: .nan\n", "yaml-not-json", None),
            ("a: !thing 1\n", "yaml-not-json", None),
            ("a: 1\n---\nb: 2\n", "yaml-unreadable", None),
        ] {
            let finding = read(text, "x.yaml").unwrap_err();
            assert_eq!(finding.rule, rule, "{text}");
            assert_eq!(finding.file.as_deref(), Some("x.yaml"));
            if let Some(line) = place {
                assert!(finding.line.is_some_and(|l| l >= line), "{finding}");
            }
        }
    }

    #[test]
    fn words_that_look_like_other_types_stay_text() {
        let value = json!({
            "yes": "no", "n": "y", "null": "~", "1": "2", "date": "2023-11-07T05:31:56Z",
            "multi": "a\n  b\n", "empty": "", "space": " x ", "number": 1.5, "whole": 1.0,
        });
        assert_eq!(read(&write(&value).unwrap(), "x").unwrap(), value);
    }

    #[test]
    fn text_that_older_readers_would_misread_is_quoted() {
        for text in [
            "2023-11-07T05:31:56Z",
            "2026-03-02",
            "2001-12-14 21:59:43.10 -5",
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "~",
            "<<",
            "=",
            "1:30",
            "1:30.5",
            "010",
            "0o17",
            "0x1F",
            "0b11",
            "1_000",
            "+1",
            "-.5",
            "1e3",
            "6.",
            ".INF",
            ".NaN",
            "null",
            "+4930123456",
        ] {
            let value = json!({ text: [text, { "a": text }] });
            let expected = format!("'{text}':\n- '{text}'\n- a: '{text}'\n");
            assert_eq!(write(&value).unwrap(), expected);
            assert_eq!(read(&expected, "x").unwrap(), value);
        }
        for text in [
            "3.0.3",
            "10.0.0.1",
            "a",
            "yesterday",
            "v1",
            "quoted",
            "quoted0",
        ] {
            assert_eq!(write(&json!([text])).unwrap(), format!("- {text}\n"));
        }
        let value = json!(["quoted1", "on", "quotedq", { "quoted0": "quoted", "0": "off" }]);
        assert_eq!(read(&write(&value).unwrap(), "x").unwrap(), value);
    }

    fn numeric() -> impl Strategy<Value = String> {
        "[0-9yYnNoOfFtTzZxeE~.:_+<=-]{1,6}|quotedq?[0-9]"
    }

    pub(super) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
            numeric().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((prop_oneof![".*".boxed(), numeric().boxed()], inner), 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn written_values_are_read_back(value in any_value()) {
            let text = write(&value).unwrap();
            prop_assert_eq!(read(&text, "x").unwrap(), value);
        }

        #[test]
        fn no_plain_scalar_is_misread(text in numeric()) {
            let written = write(&json!([text])).unwrap();
            let scalar = written.trim_start_matches("- ").trim_end();
            prop_assert!(scalar != text || !is_misread(scalar), "{}", written);
        }
    }
}

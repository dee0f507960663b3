//! Documentation text: converts a document's Markdown to text for rustdoc.

pub(crate) use heffl_source::docs::{attributes, comment};
use quote::ToTokens as _;
use serde_json::Value;

use crate::json::text;

/// A document's text as safe Markdown: nothing in it becomes HTML, a broken link or a test, and nothing in it changes
/// the direction of the text around it.
pub(crate) fn sanitise(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|character| !is_invisible(*character))
        .collect();
    let mut out = String::new();
    let mut in_code = false;
    let mut fence: Option<char> = None;
    for line in text.trim().lines() {
        let line = line.trim();
        if !out.is_empty() {
            out.push('\n');
        }
        let mark = ['`', '~']
            .into_iter()
            .find(|mark| line.chars().take_while(|c| c == mark).count() >= 3);
        match (fence, mark) {
            // A code block of the document is never a test, whatever its language.
            (None, Some(mark)) => {
                out.push_str("```text");
                (fence, in_code) = (Some(mark), false);
            }
            (Some(open), Some(mark)) if open == mark && line.chars().all(|c| c == mark) => {
                out.push_str("```");
                fence = None;
            }
            (Some(_), _) => out.push_str(&line.replace("```", "``")),
            (None, None) => {
                for word in line.split_inclusive(' ') {
                    self::word(word, &mut in_code, &mut out);
                }
                // A code span ends with its paragraph at the latest.
                in_code &= !line.is_empty();
            }
        }
    }
    if fence.is_some() {
        out.push_str("\n```");
    }
    out
}

/// Invisible characters: marks of direction, which the compiler refuses in comments, and control characters.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{61c}')
        || character.is_control() && !matches!(character, '\n' | '\t')
}

fn word(word: &str, in_code: &mut bool, out: &mut String) {
    let bare = word.trim_end_matches([' ', '.', ',', ';', ')']);
    if !*in_code && (bare.starts_with("https://") || bare.starts_with("http://")) {
        out.extend(["<", bare, ">", word.get(bare.len()..).unwrap_or_default()]);
        return;
    }
    for character in word.chars() {
        if character == '`' {
            *in_code = !*in_code;
        } else if !*in_code && matches!(character, '<' | '>' | '[' | ']') {
            out.push('\\');
        }
        out.push(character);
    }
}

/// The description of a schema, property or parameter, with a note if its evidence is weak. Without a description, the
/// text is `name`.
pub(crate) fn described(value: &Value, name: impl FnOnce() -> String) -> String {
    with_note(description(value, name), evidence(value))
}

/// The text of all present paragraphs.
pub(crate) fn paragraphs(all: impl IntoIterator<Item = Option<String>>) -> String {
    let all: Vec<String> = all.into_iter().flatten().collect();
    all.join("\n\n")
}

/// The documentation of an alternative that has only a type.
pub(crate) fn alternative_docs(ty: &syn::Type) -> String {
    let ty = ty
        .to_token_stream()
        .to_string()
        .replace(' ', "")
        .replace(['<', '>'], " ");
    format!("One of the alternatives: {}.", ty.trim())
}

/// The description alone.
pub(crate) fn description(value: &Value, name: impl FnOnce() -> String) -> String {
    let description = text(value, "description").map(sanitise);
    description
        .filter(|text| !text.is_empty())
        .unwrap_or_else(name)
}

/// Appends a note to the text: to its last paragraph, or after its last code block.
pub(crate) fn with_note(text: String, note: Option<String>) -> String {
    let Some(note) = note else { return text };
    let gap = match text.as_str() {
        "" => "",
        text if text.ends_with("```") => "\n\n",
        _ => " ",
    };
    format!("{text}{gap}{note}")
}

/// A sentence about evidence that is weaker than a reference page; `None` if a reference page documents the value.
pub(crate) fn evidence(value: &Value) -> Option<String> {
    let note = match text(value, "x-heffl-evidence")? {
        "documented" | "shared" => return None,
        "sampled" => "Known from an example only.",
        "described" => "Known from a description only.",
        "observed" => "Not documented, but used by public programs.",
        _ => "Not documented.",
    };
    Some(match text(value, "x-heffl-rule") {
        Some(rule) => {
            let rule = sanitise(rule);
            format!("{note} {}.", rule.trim_end_matches('.'))
        }
        None => note.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_made_harmless() {
        assert_eq!(sanitise("A <b> and [x]"), "A \\<b\\> and \\[x\\]");
        assert_eq!(sanitise("`Vec<T>` stays"), "`Vec<T>` stays");
        assert_eq!(
            sanitise("see https://example.test/a, or"),
            "see <https://example.test/a>, or"
        );
        assert_eq!(sanitise("  a\n      b"), "a\nb");
    }

    #[test]
    fn only_what_is_weaker_than_documented_is_noted() {
        let described = |evidence: &str, rule: Option<&str>| {
            let mut value =
                serde_json::json!({"description": "A size.", "x-heffl-evidence": evidence});
            if let Some(rule) = rule {
                value["x-heffl-rule"] = rule.into();
            }
            described(&value, String::new)
        };
        assert_eq!(described("documented", None), "A size.");
        assert_eq!(
            described("sampled", None),
            "A size. Known from an example only."
        );
        assert_eq!(
            described("inferred", Some("As for parts.")),
            "A size. Not documented. As for parts."
        );
        let note = Some("Not documented.".to_owned());
        assert_eq!(
            with_note("```text\na\n```".to_owned(), note),
            "```text\na\n```\n\nNot documented."
        );
    }

    #[test]
    fn samples_are_no_tests_and_nothing_turns_the_text_around() {
        assert_eq!(
            sanitise("Like:\n```rust\nlet <a>;\n```\nx"),
            "Like:\n```text\nlet <a>;\n```\nx"
        );
        assert_eq!(sanitise("~~~\na ``` b"), "```text\na `` b\n```");
        assert_eq!(sanitise("\u{202e}abc\u{2066}\u{0}"), "abc");
    }
}

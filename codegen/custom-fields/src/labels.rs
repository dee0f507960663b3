//! Documentation of generated items: labels and values that users of the app chose.

use heffl_source::docs;
use proc_macro2::TokenStream;

use crate::definitions::{Choice, Definition};

/// The maximum length of a label in documentation, so that its line is never broken.
const LABEL: usize = 48;
const TYPE: usize = 24;

/// The name of a kind of record.
pub(super) fn entity(name: &str) -> String {
    code(name, LABEL).unwrap_or_default()
}

/// A value, and its label.
pub(super) fn choice_docs(choice: &Choice) -> TokenStream {
    let value = code(&choice.value, LABEL).unwrap_or_else(|| "The empty value.".to_owned());
    let label = choice
        .label
        .as_deref()
        .and_then(|label| code(label, LABEL / 2));
    docs::attributes(&match label {
        Some(label) => format!("{value}: {label}"),
        None => value,
    })
}

/// `` `Lead score`, type `number`. ``, and the reason if values stay JSON.
pub(super) fn field_docs(field: &Definition) -> TokenStream {
    let label = label(field);
    let type_name = field.type_name.as_deref().and_then(|name| code(name, TYPE));
    let mut text = match type_name {
        Some(name) => format!("{label}, type {name}."),
        None => format!("{label}, without a type."),
    };
    if let Some(note) = field.note() {
        text.push_str("\n\n");
        text.push_str(note);
    }
    docs::attributes(&text)
}

/// The name of a field in documentation.
pub(super) fn label(field: &Definition) -> String {
    let label = field.label.as_deref().and_then(|label| code(label, LABEL));
    label
        .or_else(|| code(&field.key, LABEL))
        .unwrap_or_default()
}

/// The text as inline code, so that rustdoc sees no links, HTML or blocks in it. Fits on one line. `None` if nothing
/// of the text is visible.
fn code(text: &str, longest: usize) -> Option<String> {
    let mut plain = plain(text);
    if let Some((end, _)) = plain.char_indices().nth(longest) {
        plain.truncate(end);
        plain.push('…');
    }
    // Backticks would end the code.
    (!plain.is_empty()).then(|| format!("`{}`", plain.replace('`', "'")))
}

/// The visible characters of a text, on one line.
pub(super) fn plain(text: &str) -> String {
    let shown = text.replace(|character| !is_shown(character), " ");
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character is visible. Rust refuses source with characters that change the direction of text.
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

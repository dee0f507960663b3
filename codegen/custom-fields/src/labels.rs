//! Documentation: what stands in it of labels and words that somebody chose.

use heffl_source::docs;
use proc_macro2::TokenStream;

use crate::definitions::{Choice, Definition};

/// The longest text of somebody else in a line of documentation, which then is never broken.
const LABEL: usize = 48;
const TYPE: usize = 24;

/// The name of a kind of record.
pub(super) fn entity(name: &str) -> String {
    code(name, LABEL).unwrap_or_default()
}

/// A word, and what people see for it.
pub(super) fn choice_docs(choice: &Choice) -> TokenStream {
    let word = code(&choice.value, LABEL).unwrap_or_else(|| "No text.".to_owned());
    let label = choice
        .label
        .as_deref()
        .and_then(|label| code(label, LABEL / 2));
    docs::attributes(&match label {
        Some(label) => format!("{word}: {label}"),
        None => word,
    })
}

/// `` `Lead score`, type `number`. ``, and a word on what could not be typed.
pub(super) fn field_docs(field: &Definition) -> TokenStream {
    let label = label(field);
    let word = field.type_name.as_deref().and_then(|word| code(word, TYPE));
    let mut text = match word {
        Some(word) => format!("{label}, type {word}."),
        None => format!("{label}, without a type."),
    };
    if let Some(note) = field.note() {
        text.push_str("\n\n");
        text.push_str(note);
    }
    docs::attributes(&text)
}

/// What to call a field in documentation.
pub(super) fn label(field: &Definition) -> String {
    let label = field.label.as_deref().and_then(|label| code(label, LABEL));
    label
        .or_else(|| code(&field.key, LABEL))
        .unwrap_or_default()
}

/// Text that somebody chose, as code in documentation: nothing in it is a link, HTML or the start of a
/// block, and it fits on one line. None if there is nothing to see.
fn code(text: &str, longest: usize) -> Option<String> {
    let mut plain = plain(text);
    if let Some((end, _)) = plain.char_indices().nth(longest) {
        plain.truncate(end);
        plain.push('…');
    }
    // Backticks would end the code, and fences of several are hard to read.
    (!plain.is_empty()).then(|| format!("`{}`", plain.replace('`', "'")))
}

/// What can be seen of a text, on one line.
pub(super) fn plain(text: &str) -> String {
    let shown = text.replace(|character| !is_shown(character), " ");
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character is one that can be seen. Those that turn the direction of writing around are
/// errors in source.
fn is_shown(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
}

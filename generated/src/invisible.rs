//! Characters that nobody sees, and that come along when text is copied.

/// Whether a character has no form of its own: white space, control characters, and what Unicode calls
/// ignorable, such as zero-width spaces, marks of direction and byte order marks.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
                | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        )
}

/// The text without invisible characters at its ends.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

#[cfg(test)]
mod tests {
    use super::trim;

    #[test]
    fn ends_are_trimmed_and_the_middle_is_kept() {
        for around in [
            " ",
            "\r\n",
            "\u{0}",
            "\u{FEFF}",
            "\u{200B}",
            "\u{202A}",
            "\u{2069}",
            "\u{A0}",
            "\u{AD}",
            "\u{FEFF} \u{200F}",
        ] {
            assert_eq!(trim(&format!("{around}a\u{200B}b{around}")), "a\u{200B}b");
            assert_eq!(trim(around), "");
        }
    }
}

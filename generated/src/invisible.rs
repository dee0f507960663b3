//! Invisible characters, which copied text may contain: from contacts of a telephone,
//! which wrap numbers in direction marks, from web pages, from files with a byte order mark.

/// Ranges of invisible code points: the formatting characters of Unicode
/// (category `Cf`), and characters that programs may ignore when they display text
/// (`Default_Ignorable_Code_Point`).
const RANGES: [(char, char); 25] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Whether a character is invisible and not white space.
pub(crate) fn is_invisible(character: char) -> bool {
    let is_in = |(first, last): &(char, char)| (*first..=*last).contains(&character);
    let is_control = character.is_control() && !character.is_whitespace();
    is_control || (!character.is_ascii() && RANGES.iter().any(is_in))
}

/// Whether a character is white space or invisible.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace() || is_invisible(character)
}

/// The text without white space and invisible characters at its ends.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatting_marks_are_invisible_and_printed_characters_are_not() {
        for character in "\u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202c}\u{202e}\u{2060}\u{2066}\u{2069}\u{feff}\u{fe0f}\u{e0001}\u{e007f}\0\u{1b}\u{7f}\u{80}".chars() {
            assert!(is_invisible(character), "{character:?}");
        }
        for character in " \t\n\u{85}\u{a0}\u{2003}\u{2028}\u{3000}aé@+٣ａ中‐\u{301}😀".chars()
        {
            assert!(!is_invisible(character), "{character:?}");
        }
        // The only invisible characters of ASCII are control characters.
        for byte in 0..0x80_u8 {
            let character = char::from(byte);
            let expected = character.is_ascii_control() && !character.is_whitespace();
            assert_eq!(is_invisible(character), expected, "{byte}");
        }
    }

    #[test]
    fn only_the_ends_are_trimmed() {
        for (text, trimmed) in [
            ("\u{feff} a \u{200b}\u{2069}\n", "a"),
            ("a\u{200b}b", "a\u{200b}b"),
            ("\u{200b}", ""),
            ("", ""),
            ("é", "é"),
        ] {
            assert_eq!(trim(text), trimmed);
        }
    }
}

//! Prepares foreign text for log lines.

/// Implements `Debug` for a type with secrets: it shows the named fields, and `..`.
macro_rules! debug_fields {
    (impl $(<$generic:ident>)? $name:ident $(<$($parameter:tt),+>)?, $this:ident => {
        $($label:literal: $field:expr),* $(,)?
    }) => {
        impl $(<$generic>)? ::core::fmt::Debug for $name $(<$($parameter),+>)? {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                let $this = self;
                formatter
                    .debug_struct(::core::stringify!($name))
                    $(.field($label, &$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use debug_fields;

/// The longest foreign text in a log line, in characters.
const LONGEST: usize = 300;

/// One line of bounded length, without control characters.
pub(crate) fn one_line(text: &str) -> String {
    shortened(text, LONGEST).replace(char::is_control, " ")
}

/// The text, cut after `longest` characters.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Removes the value from serde's `invalid type: string "value", expected …`: responses hold
/// personal data, which no log should repeat.
pub(crate) fn without_values(message: &str) -> String {
    for start in ["invalid type: ", "invalid value: "] {
        let rest = message.strip_prefix(start);
        if let Some((found, expected)) = rest.and_then(|rest| rest.rsplit_once(", expected ")) {
            let kind = found.split(['"', '`']).next().unwrap_or_default();
            return format!("{start}{}, expected {expected}", kind.trim_end());
        }
    }
    message.to_owned()
}

/// Removes the position from a message of `serde_json`.
pub(crate) fn without_place(message: &str) -> &str {
    let place = message.rsplit_once(" at line ");
    place.map_or(message, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, one_line, without_values};

    #[test]
    fn text_becomes_one_short_line() {
        assert_eq!(one_line("a\r\nb\u{1b}[31m\tc"), "a  b [31m c");
        assert_eq!(one_line(&"é".repeat(LONGEST)), "é".repeat(LONGEST));
        assert_eq!(
            one_line(&"é".repeat(LONGEST + 1)).chars().count(),
            LONGEST + 1
        );
    }

    #[test]
    fn values_are_removed() {
        for (message, expected) in [
            (
                r#"invalid type: string "a, expected b", expected u32"#,
                "invalid type: string, expected u32",
            ),
            (
                "invalid type: integer `5`, expected a string",
                "invalid type: integer, expected a string",
            ),
            (
                "invalid type: null, expected a string",
                "invalid type: null, expected a string",
            ),
            (
                "invalid value: floating point `1.5`, expected u8",
                "invalid value: floating point, expected u8",
            ),
            ("missing field `id`", "missing field `id`"),
        ] {
            assert_eq!(without_values(message), expected);
        }
    }
}

//! Facts that are only in descriptions.

/// The prefix of the keys of custom fields.
pub(super) const CUSTOM_FIELD_PREFIX: &str = "cf_";

/// The prefix of identifiers, from text such as `(gdg_ prefix)`. `None` if a description names more
/// than one.
pub(super) fn prefix(description: &str) -> Option<String> {
    let words = || description.split_whitespace();
    let mut found: Option<&str> = None;
    for (word, next) in words().zip(words().skip(1)) {
        let word = word
            .trim_start_matches(['(', '`', '"', '\''])
            .trim_end_matches(['`', '"', '\'']);
        if next.starts_with("prefix") && is_prefix(word) {
            if found.is_some_and(|found| found != word) {
                return None;
            }
            found = Some(word);
        }
    }
    found.map(str::to_owned)
}

fn is_prefix(word: &str) -> bool {
    word != CUSTOM_FIELD_PREFIX
        && word.strip_suffix('_').is_some_and(|stem| {
            !stem.is_empty()
                && stem
                    .chars()
                    .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit())
        })
}

/// Whether the description is about the keys of custom fields.
pub(super) fn speaks_of_custom_fields(description: &str) -> bool {
    description
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .any(|word| word.starts_with(CUSTOM_FIELD_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(description: &str, expected: Option<&str>) {
        assert_eq!(prefix(description).as_deref(), expected, "{description}");
    }

    #[test]
    fn prefixes() {
        check("Gadget (gdg_ prefix)", Some("gdg_"));
        check("Owner, `usr_` prefix, or nobody", Some("usr_"));
        check("(gdg_ prefix) or (usr_ prefix)", None);
        check("(gdg_ prefix), again (gdg_ prefix)", Some("gdg_"));
        check("Keys with the cf_ prefix", None);
        check("some prefix", None);
    }

    #[test]
    fn custom_fields() {
        assert!(speaks_of_custom_fields("Values under cf_* keys"));
        assert!(speaks_of_custom_fields("Keys that start with cf_"));
        assert!(!speaks_of_custom_fields("Values of the gadget"));
    }
}

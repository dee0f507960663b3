//! Names: from keys and words that people chose to Rust identifiers, none of them twice.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use heffl_source::names::{self as naming, ascii};

/// The longest name, in characters, before a piece of its fingerprint is put to it.
const LONGEST: usize = 60;

/// The name of a field: `cf_Größe` → `grosse`, `cf_2nd` → `field_2nd`, `cf_type` → `type_`.
pub(super) fn field(key: &str) -> String {
    let name = naming::snake(&ascii(key.strip_prefix("cf_").unwrap_or(key)));
    match name.chars().next() {
        None => "field".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("field_{name}"),
        Some(_) => naming::field(&name),
    }
}

/// What the types of a kind of record are called after: `deals` → `Deal`. Two kinds with one name are the
/// same.
pub(super) fn entity(name: &str) -> String {
    naming::pascal(&naming::singular(&naming::snake(&ascii(name))))
}

/// The part of a type's name that stands for a field: `cf_company_size` → `CompanySize`.
pub(super) fn field_type(key: &str) -> String {
    naming::pascal(&field(key))
}

/// The name of a variant: `In progress` → `InProgress`, `11-50` → `N11_50`, `C++` → `CPlusPlus`.
pub(super) fn variant(word: &str) -> String {
    let name = naming::pascal(&ascii(word));
    match name.as_str() {
        "" if word.trim().is_empty() => "Empty".to_owned(),
        "" => "Word".to_owned(),
        // The variant for all other words, and a keyword.
        "Unknown" | "Self" => format!("{name}Word"),
        _ if name.starts_with(|first: char| first.is_ascii_digit()) => format!("N{name}"),
        _ => name,
    }
}

/// What sets a name apart from others.
#[derive(Clone, Copy)]
pub(super) enum Style {
    /// `a_b_x3f9c`
    Snake,
    /// `ABX3f9c`
    Pascal,
}

/// The names, in order, with no two the same: `wanted` has the text that each name stands for, and the
/// name it would have alone.
///
/// Names that clash all get a piece of their text's fingerprint, so that no field that is new can take
/// over the name of another one. So does a name that is too long, or one of `reserved`.
pub(super) fn distinct(
    wanted: &[(String, String)],
    style: Style,
    reserved: &HashSet<String>,
) -> Vec<String> {
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for (_, name) in wanted {
        *uses.entry(name).or_default() += 1;
    }
    let with_digits = |digits: usize| -> Vec<String> {
        let name = |(text, name): &(String, String)| {
            let alone = uses.get(name.as_str()) == Some(&1);
            if alone && name.len() <= LONGEST && !reserved.contains(name) {
                return name.clone();
            }
            let start = name.get(..LONGEST).unwrap_or(name);
            let print = fingerprint(text);
            let print = print.get(..digits).unwrap_or(&print);
            match style {
                Style::Snake => format!("{}_x{print}", start.trim_end_matches('_')),
                Style::Pascal => format!("{}X{print}", start.trim_end_matches('_')),
            }
        };
        wanted.iter().map(name).collect()
    };
    for digits in [4, 8, 16] {
        let names = with_digits(digits);
        let all: HashSet<&String> = names.iter().collect();
        if all.len() == names.len() {
            return names;
        }
    }
    with_digits(64)
}

/// The hash of a text, in hexadecimal.
pub(super) fn fingerprint(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_name_that_rust_takes() {
        for (key, name) in [
            ("cf_industry", "industry"),
            ("cf_company_size", "company_size"),
            ("cf_leadScore", "lead_score"),
            ("cf_größe", "grosse"),
            ("cf_2nd", "field_2nd"),
            ("cf_type", "type_"),
            ("cf_self", "self_"),
            ("cf_async", "async_"),
            ("cf_a-b", "a_b"),
            ("cf_---", "field"),
            ("cf_\u{1f525}", "fire"),
            ("cf_c++", "c_plus_plus"),
            ("cf_a b.c/d\"e", "a_b_c_d_e"),
            ("cf__private_", "private"),
            ("cf_\u{202e}x", "x"),
        ] {
            assert_eq!(field(key), name, "{key}");
            assert!(!naming::is_keyword(name), "{name}");
        }
        // Words of other scripts are spelled out, and end up as something that can be typed.
        for key in [
            "cf_الاسم",
            "cf_名前",
            "cf_Имя",
            "cf_\u{301}",
            "cf_\u{e000}",
            "cf_ﬁ",
        ] {
            let name = field(key);
            assert!(
                name.is_ascii() && !naming::is_keyword(&name),
                "{key} {name}"
            );
        }
    }

    #[test]
    fn every_word_has_a_variant_that_rust_takes() {
        for (word, name) in [
            ("High", "High"),
            ("in progress", "InProgress"),
            ("IN_PROGRESS", "InProgress"),
            ("1-10", "N1_10"),
            ("11 - 50 users", "N11_50Users"),
            ("500+", "N500Plus"),
            ("50%", "N50Percent"),
            ("R&D", "RAndD"),
            ("C#", "CHash"),
            ("", "Empty"),
            (" ", "Empty"),
            ("---", "Word"),
            ("Unknown", "UnknownWord"),
            ("self", "SelfWord"),
            ("type", "Type"),
            ("Größe", "Grosse"),
        ] {
            assert_eq!(variant(word), name, "{word}");
            assert!(!naming::is_keyword(name), "{name}");
        }
    }

    fn names(texts: &[&str]) -> Vec<String> {
        let wanted: Vec<_> = texts
            .iter()
            .map(|text| ((*text).to_owned(), field(text)))
            .collect();
        distinct(&wanted, Style::Snake, &HashSet::new())
    }

    #[test]
    fn a_clash_renames_all_that_clash_and_nothing_else() {
        let both = names(&["cf_a-b", "cf_a_b", "cf_c"]);
        assert!(both[0].starts_with("a_b_x") && both[1].starts_with("a_b_x"));
        assert_ne!(both[0], both[1]);
        assert_eq!(both[2], "c");
        // Nothing depends on who else clashes, nor on the order.
        assert_eq!(names(&["cf_a b", "cf_a_b", "cf_a-b"])[2], both[0]);
    }

    #[test]
    fn names_are_never_reserved_ones_and_never_endless() {
        let reserved = HashSet::from(["a".to_owned()]);
        let wanted = [("cf_a".to_owned(), "a".to_owned())];
        let names_of = distinct(&wanted, Style::Pascal, &reserved);
        assert_ne!(names_of[0], "a");
        let long = format!("cf_{}", "x".repeat(10_000));
        let longer = format!("{long}x");
        let both = names(&[&long, &longer]);
        assert!(both[0] != both[1] && both.iter().all(|name| name.len() < 80));
    }
}

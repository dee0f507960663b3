//! Unique Rust identifiers for keys and values that users of the app chose.

use std::collections::{HashMap, HashSet};

use sha2::{Digest as _, Sha256};

use heffl_source::names::{self as naming, ascii};

/// The maximum length of a name. A longer name is cut, and gets a part of its fingerprint.
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

/// The start of the names of the types of a kind of record: `deals` → `Deal`. Two kinds with the same start are the
/// same kind.
pub(super) fn entity(name: &str) -> String {
    naming::pascal(&naming::singular(&naming::snake(&ascii(name))))
}

/// The part of the name of a type for a field: `cf_company_size` → `CompanySize`.
pub(super) fn field_type(key: &str) -> String {
    naming::pascal(&field(key))
}

/// The name of a variant: `In progress` → `InProgress`, `11-50` → `N11_50`, `C++` → `CPlusPlus`.
pub(super) fn variant(value: &str) -> String {
    let name = naming::pascal(&ascii(value));
    match name.as_str() {
        "" if value.trim().is_empty() => "Empty".to_owned(),
        "" => "Value".to_owned(),
        // The variant for other values, and a keyword.
        "Unknown" | "Self" => format!("{name}Value"),
        _ if name.starts_with(|first: char| first.is_ascii_digit()) => format!("N{name}"),
        _ => name,
    }
}

/// The form of a name with a fingerprint.
#[derive(Clone, Copy)]
pub(super) enum Style {
    /// `a_b_x3f9c`
    Snake,
    /// `ABX3f9c`
    Pascal,
}

/// Unique names, in order. `wanted` has a text and the preferred name for each.
///
/// If several texts prefer the same name, each gets a part of its fingerprint, so that a new field never takes the name
/// of an existing field. Long and reserved names get a part of the fingerprint too.
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
    fn every_key_has_a_valid_name() {
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
        // Names in other scripts are transliterated.
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
    fn every_value_has_a_valid_variant() {
        for (value, name) in [
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
            ("---", "Value"),
            ("Unknown", "UnknownValue"),
            ("self", "SelfValue"),
            ("type", "Type"),
            ("Größe", "Grosse"),
        ] {
            assert_eq!(variant(value), name, "{value}");
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
    fn only_names_that_collide_get_a_fingerprint() {
        let both = names(&["cf_a-b", "cf_a_b", "cf_c"]);
        assert!(both[0].starts_with("a_b_x") && both[1].starts_with("a_b_x"));
        assert_ne!(both[0], both[1]);
        assert_eq!(both[2], "c");
        // A name does not depend on the other colliding keys or on their order.
        assert_eq!(names(&["cf_a b", "cf_a_b", "cf_a-b"])[2], both[0]);
    }

    #[test]
    fn reserved_and_long_names_are_avoided() {
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

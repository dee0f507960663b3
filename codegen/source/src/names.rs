//! Rust names for the names of an API.

use deunicode::deunicode;

/// The text in ASCII. Rust allows other letters, but they are hard to type, and lints warn about some. Symbols that
/// distinguish names become words.
pub fn ascii(text: &str) -> String {
    let mut spelled = String::new();
    for character in text.chars() {
        match character {
            '+' => spelled.push_str(" plus "),
            '%' => spelled.push_str(" percent "),
            '&' => spelled.push_str(" and "),
            '<' => spelled.push_str(" under "),
            '>' => spelled.push_str(" over "),
            '#' => spelled.push_str(" hash "),
            other => spelled.push(other),
        }
    }
    if let Some(rest) = spelled.strip_prefix('-')
        && rest.starts_with(|first: char| first.is_alphanumeric())
    {
        spelled = format!("minus {rest}");
    }
    deunicode(&spelled)
}

/// The words of a name, split where the case changes. Digits stay with the word before them.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut previous: Option<char> = None;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if !character.is_alphanumeric() {
            previous = None;
            continue;
        }
        let starts_word = match previous {
            None => true,
            Some(before) => {
                character.is_uppercase()
                    && (!before.is_uppercase()
                        || characters.peek().is_some_and(|next| next.is_lowercase()))
            }
        };
        let lower = character.to_lowercase();
        match words.last_mut() {
            Some(word) if !starts_word => word.extend(lower),
            _ => words.push(lower.collect()),
        }
        previous = Some(character);
    }
    words
}

/// `listDeals` → `list_deals`, `document-templates` → `document_templates`.
pub fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `listDeals` → `ListDeals`, `document-templates` → `DocumentTemplates`, `IN_PROGRESS` → `InProgress`.
pub fn pascal(name: &str) -> String {
    let mut pascal = String::new();
    for word in words(name) {
        // `1.1` and `11` are different names.
        if word.starts_with(|c: char| c.is_ascii_digit())
            && pascal.ends_with(|c: char| c.is_ascii_digit())
        {
            pascal.push('_');
        }
        let mut characters = word.chars();
        if let Some(first) = characters.next() {
            pascal.extend(first.to_uppercase());
            pascal.extend(characters);
        }
    }
    pascal
}

/// `listDeals` → `LIST_DEALS`.
pub fn upper_snake(name: &str) -> String {
    snake(name).to_uppercase()
}

/// `deals` → `deal`, `companies` → `company`.
pub fn singular(noun: &str) -> String {
    match noun.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => noun.strip_suffix('s').unwrap_or(noun).to_owned(),
    }
}

/// A snake-case name that is not a keyword: `type` → `type_`.
pub fn field(name: &str) -> String {
    let mut name = snake(name);
    if is_keyword(&name) {
        name.push('_');
    }
    name
}

/// An identifier.
///
/// # Panics
///
/// Panics if `name` cannot be an identifier; see [`is_keyword`].
pub fn ident(name: &str) -> proc_macro2::Ident {
    proc_macro2::Ident::new(name, proc_macro2::Span::call_site())
}

/// Whether `name` cannot be an identifier, because it is a keyword or has other characters.
pub fn is_keyword(name: &str) -> bool {
    name == "gen" || syn::parse_str::<syn::Ident>(name).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_api_become_rust_names() {
        for (wire, snake_case, pascal_case) in [
            ("listDeals", "list_deals", "ListDeals"),
            (
                "document-templates",
                "document_templates",
                "DocumentTemplates",
            ),
            ("IN_PROGRESS", "in_progress", "InProgress"),
            ("contentHTML", "content_html", "ContentHtml"),
            ("HTMLContent", "html_content", "HtmlContent"),
            ("flat_rate", "flat_rate", "FlatRate"),
            ("line2Text", "line2_text", "Line2Text"),
            ("", "", ""),
        ] {
            assert_eq!(snake(wire), snake_case);
            assert_eq!(pascal(wire), pascal_case);
        }
    }

    #[test]
    fn keywords_get_an_underscore() {
        assert_eq!(field("type"), "type_");
        assert_eq!(field("clientId"), "client_id");
        assert!(is_keyword("self"));
        assert!(is_keyword("2nd"));
        assert!(is_keyword("gen"));
        assert!(!is_keyword("deal"));
    }
}

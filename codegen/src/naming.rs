//! Names: from the wire's to Rust's.

/// Words of a name, split at case changes, digits kept with the word before them.
pub(crate) fn words(name: &str) -> Vec<String> {
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
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `listDeals` → `ListDeals`, `document-templates` → `DocumentTemplates`, `IN_PROGRESS` → `InProgress`.
pub(crate) fn pascal(name: &str) -> String {
    words(name)
        .iter()
        .map(|word| {
            let mut characters = word.chars();
            characters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(characters).collect()
            })
        })
        .collect()
}

/// `LIST_DEALS`
pub(crate) fn upper_snake(name: &str) -> String {
    snake(name).to_uppercase()
}

/// `deals` → `deal`, `companies` → `company`.
pub(crate) fn singular(noun: &str) -> String {
    match noun.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => noun.strip_suffix('s').unwrap_or(noun).to_owned(),
    }
}

/// A snake-case name that is no keyword: `type` → `type_`.
pub(crate) fn field(name: &str) -> String {
    let mut name = snake(name);
    if is_keyword(&name) {
        name.push('_');
    }
    name
}

/// An identifier. lint has refused names that cannot be one.
pub(crate) fn ident(name: &str) -> proc_macro2::Ident {
    proc_macro2::Ident::new(name, proc_macro2::Span::call_site())
}

/// Whether `name` cannot be an identifier, because it is a keyword or not made like one.
pub(crate) fn is_keyword(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_names_become_rust_names() {
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
        assert!(!is_keyword("deal"));
    }
}

//! Names: from the API's spelling to `PascalCase`, and from plural to singular.

/// The words of a name, lower case: `quotationProducts`, `quotation-products` and
/// `quotation_products` all give `quotation`, `products`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    let mut after_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() {
            fresh = true;
            continue;
        }
        if fresh || (character.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
        fresh = false;
        after_lower = !character.is_uppercase();
    }
    words
}

/// The words joined as `PascalCase`.
pub(crate) fn pascal(words: &[String]) -> String {
    words.iter().map(|word| capitalised(word)).collect()
}

/// `text` with its first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// The singular of an English plural, or the word itself if it is not one.
pub(crate) fn singular(word: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| word.ends_with(ending));
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    if ends(&["sses", "xes", "ches", "shes", "tuses"]) {
        return word.strip_suffix("es").unwrap_or(word).to_owned();
    }
    if ends(&["ss", "us", "is"]) {
        return word.to_owned();
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// `name` as `PascalCase`, its last word in the singular.
pub(crate) fn singular_pascal(name: &str) -> String {
    let mut words = words(name);
    if let Some(last) = words.last_mut() {
        *last = singular(last);
    }
    pascal(&words)
}

/// `prefix` followed by `name`, without the words of `resource` repeated at the front of `name`:
/// (`CreateQuotation`, `Quotation`, `QuotationProduct`) gives `CreateQuotationProduct`.
pub(crate) fn joined(prefix: &str, resource: &str, name: &str) -> String {
    let rest = name.strip_prefix(resource).filter(|rest| {
        rest.chars()
            .next()
            .is_some_and(|first| !first.is_lowercase())
    });
    format!("{prefix}{}", rest.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_pascal() {
        for (name, expected) in [
            ("companies", "Company"),
            ("document-templates", "DocumentTemplate"),
            ("deals", "Deal"),
            ("tax_rates", "TaxRate"),
            ("lineItems", "LineItem"),
            ("address", "Address"),
            ("addresses", "Address"),
            ("boxes", "Box"),
            ("status", "Status"),
            ("statuses", "Status"),
            ("HTMLParts", "Htmlpart"),
            ("lead-sources", "LeadSource"),
        ] {
            assert_eq!(singular_pascal(name), expected);
        }
    }

    #[test]
    fn the_resource_is_not_repeated() {
        assert_eq!(
            joined("CreateQuotation", "Quotation", "QuotationProduct"),
            "CreateQuotationProduct"
        );
        assert_eq!(joined("Deal", "Deal", "Status"), "DealStatus");
        assert_eq!(joined("Deal", "Deal", "Dealer"), "DealDealer");
        assert_eq!(joined("Deal", "Deal", "Deal"), "DealDeal");
    }
}

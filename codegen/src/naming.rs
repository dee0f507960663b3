//! Names: from the wire's to Rust's. Whatever is emitted under a name of the document has that name from [`Names`].

use std::collections::BTreeMap;

use deunicode::deunicode;

/// What names stand next to each other, so that no two may be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The types of one version.
    Type,
    /// The variants of one enumeration.
    Variant,
    /// The fields and setters of one model.
    Field,
    /// The parameters of one operation: arguments, and setters of its builder.
    Parameter,
    /// The methods of one handle.
    Method,
    /// The modules of one version, and the methods that give their handles.
    Module,
    /// The operations of one version: constants, and builders.
    Operation,
}

impl Scope {
    /// What generated code has there itself, or names without a path.
    fn reserved(self) -> &'static str {
        match self {
            Self::Type => {
                "AsRef AsMut Box Clone Copy Debug Default DoubleEndedIterator Drop Eq Err ExactSizeIterator Extend Fn FnMut \
                 FnOnce From FromIterator Future Hash Into IntoFuture IntoIterator Iterator None Ok Option Ord PartialEq \
                 PartialOrd Result Self Send Sized Some String Sync ToOwned ToString TryFrom TryInto Unpin Vec"
            }
            Self::Variant => "Err Error Self Unknown",
            Self::Field => "default diff extra from_json new received_keys",
            Self::Parameter => {
                "body call filter into_call into_future pages send send_blocking stream"
            }
            Self::Method | Self::Operation => "",
            Self::Module => "document shared",
        }
    }

    fn is_pascal(self) -> bool {
        matches!(self, Self::Type | Self::Variant | Self::Operation)
    }

    /// The name of what has no letter and no digit.
    fn fallback(self) -> &'static str {
        match self {
            Self::Type => "Type",
            Self::Variant => "Word",
            Self::Field => "field",
            Self::Parameter => "parameter",
            Self::Method => "method",
            Self::Module => "resource",
            Self::Operation => "Operation",
        }
    }

    /// What a reserved name is told from the one that it would be.
    fn suffix(self) -> &'static str {
        match self {
            Self::Type => "Model",
            Self::Variant => "Word",
            _ => "_",
        }
    }
}

/// The longest name of a module, which is the name of a file too.
const LONGEST_MODULE: usize = 60;

/// The names of one scope.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    scope: Scope,
    /// How often each was asked for.
    taken: BTreeMap<String, usize>,
}

impl Names {
    pub(crate) fn new(scope: Scope) -> Self {
        Self {
            scope,
            taken: BTreeMap::new(),
        }
    }

    /// Takes a name out of the choice.
    pub(crate) fn reserve(&mut self, name: &str) {
        self.taken.entry(name.to_owned()).or_insert(1);
    }

    /// Whether `wire` would get the name that it has alone.
    pub(crate) fn is_free(&self, wire: &str) -> bool {
        !self.taken.contains_key(&alone(self.scope, wire))
    }

    /// The name of `wire`, which nothing else in the scope has: the second of a name has a number.
    pub(crate) fn take(&mut self, wire: &str) -> String {
        let name = alone(self.scope, wire);
        let Some(count) = self.taken.get_mut(&name) else {
            self.taken.insert(name.clone(), 1);
            return name;
        };
        let mut number = *count;
        loop {
            number += 1;
            let is_digit = name.ends_with(|last: char| last.is_ascii_digit());
            let separator = if is_digit || !self.scope.is_pascal() {
                "_"
            } else {
                ""
            };
            let numbered = format!("{}{separator}{number}", name.trim_end_matches('_'));
            if !self.taken.contains_key(&numbered) {
                self.taken.insert(name, number);
                self.taken.insert(numbered.clone(), 1);
                return numbered;
            }
        }
    }
}

/// The name of `wire` where nothing else has it.
fn alone(scope: Scope, wire: &str) -> String {
    let spelled = ascii(wire);
    let mut name = if scope.is_pascal() {
        pascal(&spelled)
    } else {
        snake(&spelled)
    };
    if name.is_empty() {
        let is_blank = scope == Scope::Variant && wire.trim().is_empty();
        name.push_str(if is_blank { "Empty" } else { scope.fallback() });
    }
    if name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert(0, if scope.is_pascal() { 'N' } else { '_' });
    }
    if scope == Scope::Module && name.len() > LONGEST_MODULE {
        name.truncate(LONGEST_MODULE);
        name.truncate(name.trim_end_matches('_').len());
    }
    if is_keyword(&name) || scope.reserved().split(' ').any(|reserved| reserved == name) {
        name.push_str(scope.suffix());
    }
    name
}

/// Letters and digits of ASCII alone: others are legal in Rust, but hard to type, and some of them draw
/// warnings in the crate that has them. Signs that tell names apart become words.
pub(crate) fn ascii(text: &str) -> String {
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
    let mut pascal = String::new();
    for word in words(name) {
        // `1.1` and `11` are two names.
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
    name == "gen" || syn::parse_str::<syn::Ident>(name).is_err()
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
    fn the_names_of_a_scope_differ_and_are_nothing_that_generated_code_has() {
        for (scope, wires, names) in [
            (
                Scope::Type,
                "pet Pet Into größe 2nd vec +1 _",
                "Pet Pet2 IntoModel Grosse N2nd VecModel Plus1 Type",
            ),
            (
                Scope::Variant,
                "ERROR unknown Self 1.1 11 -name name",
                "ErrorWord UnknownWord SelfWord N1_1 N11 MinusName Name",
            ),
            (
                Scope::Field,
                "new default type gen firstName first_name 名前 $",
                "new_ default_ type_ gen_ first_name first_name_2 ming_qian field",
            ),
            (Scope::Parameter, "send self a-b", "send_ self_ a_b"),
            (Scope::Module, "shared Дом std", "shared_ dom std"),
            (
                Scope::Operation,
                "getPet get_pet get-pet2",
                "GetPet GetPet2 GetPet2_2",
            ),
        ] {
            let mut taken = Names::new(scope);
            let found: Vec<String> = wires.split(' ').map(|wire| taken.take(wire)).collect();
            assert_eq!(found.join(" "), names, "{scope:?}");
        }
        assert_eq!(Names::new(Scope::Variant).take(" "), "Empty");
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

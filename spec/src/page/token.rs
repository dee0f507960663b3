//! Second layer: what a line may be, by itself and beside its neighbours.
//!
//! A line is often two things: `number` is a type and a name, `required` a flag and a name. A token
//! therefore says what a line can be; the grammar decides.

use super::limit::LimitLabel;
use super::lines::Line;
use super::types::Type;

/// A heading that opens a section of an endpoint page, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Section {
    Authorizations,
    Headers,
    Path,
    Query,
    Cookies,
    Body,
    Response,
}

impl Section {
    pub(super) const ALL: [Self; 7] = [
        Self::Authorizations,
        Self::Headers,
        Self::Path,
        Self::Query,
        Self::Cookies,
        Self::Body,
        Self::Response,
    ];

    /// The heading as the page prints it.
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Authorizations => "Authorizations",
            Self::Headers => "Headers",
            Self::Path => "Path Parameters",
            Self::Query => "Query Parameters",
            Self::Cookies => "Cookies",
            Self::Body => "Body",
            Self::Response => "Response",
        }
    }

    fn from_heading(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|section| section.heading() == text)
    }
}

/// What a line can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind<'a> {
    Blank,
    Heading(Section),
    /// `Show child attributes`, and the same words for closing it.
    ShowChildren,
    HideChildren,
    /// `default:` and its literal.
    Default(&'a str),
    /// A bound and its value.
    Limit(LimitLabel, &'a str),
    /// `Available options:` and what follows on the line.
    Options(&'a str),
    /// `Example:` and what follows on the line.
    Example(&'a str),
    /// A type, and perhaps a name.
    Type,
    /// Starts like a type, but is none that can be read.
    BrokenType,
    /// Anything else: a name, a flag, an option, a description.
    Text,
}

/// A line and what it can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
    pub(super) kind: Kind<'a>,
}

impl Token<'_> {
    pub(super) fn is_blank(&self) -> bool {
        self.kind == Kind::Blank
    }

    /// The line can be the name of a field.
    pub(super) fn is_name(&self) -> bool {
        is_name(self.text)
    }

    pub(super) fn is_type(&self) -> bool {
        self.kind == Kind::Type
    }
}

/// The tokens of `lines`, one each.
pub(super) fn tokens(lines: &[Line]) -> Vec<Token<'_>> {
    lines
        .iter()
        .map(|line| {
            let text = line.trimmed();
            Token {
                number: line.number,
                text,
                kind: kind(text),
            }
        })
        .collect()
}

/// A field starts at `index`: a name with a type directly below it.
pub(super) fn starts_field(tokens: &[Token<'_>], index: usize) -> bool {
    tokens.get(index).is_some_and(Token::is_name)
        && tokens.get(index + 1).is_some_and(Token::is_type)
}

/// As [`starts_field`], at a place where the line may as well be a flag or the last option. The flag
/// (or option) wins when a field starts on the next line: in `required`, `number`, `string` the
/// field is `number`.
pub(super) fn surely_starts_field(tokens: &[Token<'_>], index: usize) -> bool {
    starts_field(tokens, index) && !starts_field(tokens, index + 1)
}

fn kind(text: &str) -> Kind<'_> {
    if text.is_empty() {
        return Kind::Blank;
    }
    if let Some(section) = Section::from_heading(text) {
        return Kind::Heading(section);
    }
    match text {
        "Show child attributes" => return Kind::ShowChildren,
        "Hide child attributes" => return Kind::HideChildren,
        _ => {}
    }
    if let Some(literal) = text.strip_prefix("default:") {
        return Kind::Default(literal.trim());
    }
    for label in ["Available options:", "Available option:"] {
        if let Some(rest) = text.strip_prefix(label) {
            return Kind::Options(rest.trim());
        }
    }
    for label in ["Example:", "Examples:"] {
        if let Some(rest) = text.strip_prefix(label) {
            return Kind::Example(rest.trim());
        }
    }
    if let Some((label, value)) = LimitLabel::split(text) {
        return Kind::Limit(label, value);
    }
    if Type::parse(text).is_some() {
        return Kind::Type;
    }
    if looks_like_type(text) {
        return Kind::BrokenType;
    }
    Kind::Text
}

/// No white space, nothing that belongs to prose, an option list or a label.
fn is_name(text: &str) -> bool {
    if text == "{key}" || text.ends_with(".{key}") {
        return true;
    }
    let starts_well = text
        .chars()
        .next()
        .is_some_and(|first| first.is_alphanumeric() || "_$@".contains(first));
    starts_well
        && !text.ends_with('.')
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || "_$@.-[]".contains(character))
}

fn looks_like_type(text: &str) -> bool {
    const WORDS: [&str; 9] = [
        "string", "number", "integer", "boolean", "object", "any", "file", "enum", "null",
    ];
    text == "null"
        || text == "enum"
        || WORDS.iter().any(|word| {
            text.strip_prefix(word)
                .is_some_and(|rest| rest.starts_with(['<', '[']) || rest.starts_with(" |"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreadable_types_are_told_from_prose() {
        for text in ["string<two words>", "null", "object[", "number | gadget"] {
            assert_eq!(kind(text), Kind::BrokenType, "{text}");
        }
        assert_eq!(kind("string of characters"), Kind::Text);
    }

    #[test]
    fn names() {
        for text in [
            "id",
            "x-api-key",
            "meta.next",
            "filter[size]",
            "{key}",
            "cf_",
            "$top",
        ] {
            assert!(is_name(text), "{text}");
        }
        for text in ["", "two words", "red,", "Colour.", "Example:", "{id}"] {
            assert!(!is_name(text), "{text}");
        }
    }

    #[test]
    fn labels() {
        assert_eq!(kind("default:"), Kind::Default(""));
        assert_eq!(kind("default:30"), Kind::Default("30"));
        assert_eq!(kind("Available options:"), Kind::Options(""));
        assert_eq!(kind("Body"), Kind::Heading(Section::Body));
        assert_eq!(kind("Bodywork"), Kind::Text);
    }

    #[test]
    fn a_flag_or_option_before_a_field_named_like_a_type_is_no_field() {
        let lines: Vec<Line> = ["required", "number", "string"]
            .iter()
            .enumerate()
            .map(|(index, text)| Line {
                number: index + 1,
                text: (*text).to_owned(),
            })
            .collect();
        let tokens = tokens(&lines);
        assert!(!surely_starts_field(&tokens, 0));
        assert!(surely_starts_field(&tokens, 1));
    }
}

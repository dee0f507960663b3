//! The grammar of field blocks.
//!
//! ```text
//! block  = name type type* flag* text* (limit | options | example | lost)*
//! flag   = "header" | "query" | "cookie" | "default:" literal | "deprecated" | "required"
//! lost   = text after a limit, the options or an example: the description of a field whose name and
//!          type are gone
//! ```
//!
//! Blank lines separate little: what starts a field is a name with a type directly below it.

use serde_json::{Value, json};

use crate::finding::Finding;
use crate::fragment::{ID, Loss};

use super::literal;
use super::prose;
use super::token::{Kind, Section, Token, starts_field, surely_starts_field};
use super::types::{Type, each_value, put, show};

/// A field as printed, before children are put into their parents.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
pub(super) struct Printed {
    pub(super) number: usize,
    /// Where the page says the value goes, below `Authorizations`.
    pub(super) location: Option<&'static str>,
    /// Its name on the wire, with those of the objects around it.
    pub(super) name: String,
    pub(super) schema: Value,
    pub(super) required: bool,
    /// The description speaks of `cf_` keys.
    pub(super) speaks_of_custom_fields: bool,
    /// `Hide child attributes` follows: the next fields are children.
    pub(super) children_follow: bool,
    /// `Available options:` follows, readable or not.
    lists_options: bool,
}

/// What is noted while a page is read.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) losses: Vec<Loss>,
    pub(super) findings: Vec<Finding>,
    /// Descriptions in the order of the page, for their hash.
    pub(super) wording: Vec<String>,
}

/// Reads the field blocks of one section.
pub(super) fn read(tokens: &[Token<'_>], section: Section, notes: &mut Notes) -> Vec<Printed> {
    let mut reader = Reader {
        tokens,
        at: 0,
        section,
        notes,
        fields: Vec::new(),
        place: Place::Start,
    };
    while reader.step() {}
    reader.finish_description();
    let fields = reader.fields;
    for printed in fields.iter().filter(|printed| is_bare_enum(printed)) {
        notes.findings.push(
            Finding::new(
                "field-enum-without-options",
                format!(
                    "`{}` is an enum, but no line `Available options:` follows",
                    printed.name
                ),
            )
            .line(printed.number)
            .help(
                "save the English page again; if it stays so, write its facts down in spec/facts",
            ),
        );
    }
    fields
}

/// An enum whose values are missing.
fn is_bare_enum(printed: &Printed) -> bool {
    let mut is_bare = false;
    each_value(&mut printed.schema.clone(), &mut |value| {
        is_bare |= value.get("enum") == Some(&json!([]));
    });
    !printed.lists_options && is_bare
}

/// Where in a block the reader stands.
#[derive(Debug, PartialEq)]
enum Place {
    /// No field yet.
    Start,
    /// After flags; text is the field's description.
    Description(Vec<String>),
    /// After a limit, options or an example.
    Bounds,
    /// In the remains of a field whose name is gone.
    Lost,
}

struct Reader<'a, 'n> {
    tokens: &'a [Token<'a>],
    at: usize,
    section: Section,
    notes: &'n mut Notes,
    fields: Vec<Printed>,
    place: Place,
}

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    /// Reads one line, or several that belong together; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(token) = self.peek() else {
            return false;
        };
        if starts_field(self.tokens, self.at) {
            self.finish_description();
            self.field();
            return true;
        }
        self.at += 1;
        match &token.kind {
            Kind::Blank | Kind::ShowChildren => {}
            Kind::HideChildren => {
                if let Some(last) = self.fields.last_mut() {
                    last.children_follow = true;
                }
            }
            Kind::Limit(label, value) => {
                let value = self.value_or_next_line(value);
                self.finish_description();
                if let Some(field) = self.open_field() {
                    let read = label.apply(value, field);
                    if read.is_none() {
                        self.report(
                            token,
                            "field-limit-unreadable",
                            format!("the bound `{}` cannot be read", token.text),
                        );
                    }
                }
            }
            Kind::Options(rest) => {
                self.finish_description();
                self.options(token, rest);
            }
            Kind::Example(rest) => {
                self.finish_description();
                self.skip_example(rest);
            }
            Kind::BrokenType if self.follows_a_name() => self.report(
                token,
                "field-type-unreadable",
                format!("the type `{}` cannot be read", token.text),
            ),
            _ => self.text(token),
        }
        true
    }

    /// The field whose bounds are being read; none in the remains of a lost one.
    fn open_field(&mut self) -> Option<&mut Value> {
        if matches!(self.place, Place::Start | Place::Lost) {
            return None;
        }
        self.fields.last_mut().map(|printed| &mut printed.schema)
    }

    fn follows_a_name(&self) -> bool {
        self.at
            .checked_sub(2)
            .and_then(|before| self.tokens.get(before))
            .is_some_and(Token::is_name)
    }

    fn report(&mut self, token: &Token<'_>, rule: &'static str, message: String) {
        self.notes.findings.push(
            Finding::new(rule, message)
                .line(token.number)
                .help("until the parser can read it, write the page's facts down in spec/facts"),
        );
    }

    fn text(&mut self, token: &Token<'_>) {
        match &mut self.place {
            Place::Description(lines) => {
                lines.push(token.text.to_owned());
                return;
            }
            Place::Start | Place::Bounds => {
                self.notes.losses.push(Loss::FieldName {
                    section: self.section.heading().to_owned(),
                    after: self.fields.last().map(|last| last.name.clone()),
                });
                self.place = Place::Lost;
            }
            Place::Lost => {}
        }
        self.notes.wording.push(token.text.to_owned());
    }

    /// Takes the facts out of a description, and forgets it.
    fn finish_description(&mut self) {
        if let Place::Description(lines) = &mut self.place {
            let lines = std::mem::take(lines);
            self.place = Place::Bounds;
            if let Some(last) = self.fields.last_mut() {
                let description = lines.join(" ");
                if let Some(prefix) = prose::prefix(&description) {
                    put(&mut last.schema, ID, json!({"prefix": prefix}));
                }
                last.speaks_of_custom_fields = prose::speaks_of_custom_fields(&description);
            }
            self.notes.wording.extend(lines);
        }
    }

    /// Name, type and flags.
    fn field(&mut self) {
        let Some(name) = self.peek() else { return };
        self.at += 1;
        let Some(ty) = self.types() else { return };
        let mut printed = Printed {
            number: name.number,
            location: None,
            name: name.text.to_owned(),
            schema: ty.schema(),
            required: false,
            speaks_of_custom_fields: false,
            children_follow: false,
            lists_options: false,
        };
        while let Some(token) = self.peek() {
            if surely_starts_field(self.tokens, self.at) || !self.flag(token, &mut printed) {
                break;
            }
            self.at += 1;
        }
        self.fields.push(printed);
        self.place = Place::Description(Vec::new());
    }

    /// A type, and the types below it: a selector repeats the alternative that it shows.
    fn types(&mut self) -> Option<Type> {
        let mut ty = Type::parse(self.peek()?.text)?;
        self.at += 1;
        while let Some(more) = self.peek().filter(|token| token.is_type())
            && !starts_field(self.tokens, self.at)
        {
            if let Some(more) = Type::parse(more.text) {
                ty.join(&more);
            }
            self.at += 1;
        }
        Some(ty)
    }

    /// Reads a flag; `false` when `token` is none.
    fn flag(&mut self, token: &Token<'_>, printed: &mut Printed) -> bool {
        match (&token.kind, token.text) {
            (Kind::Default(literal), _) => match literal::default(literal, &printed.schema) {
                Ok(Some(value)) => printed.schema["default"] = value,
                Ok(None) => {}
                Err(()) => self.report(
                    token,
                    "field-default-unreadable",
                    format!(
                        "the default `{literal}` is no value of the type `{}`",
                        show(&printed.schema)
                    ),
                ),
            },
            (_, "required") => printed.required = true,
            (_, "deprecated") => printed.schema["deprecated"] = json!(true),
            (_, "header") if self.section == Section::Authorizations => {
                printed.location = Some("header");
            }
            (_, "query") if self.section == Section::Authorizations => {
                printed.location = Some("query");
            }
            (_, "cookie") if self.section == Section::Authorizations => {
                printed.location = Some("cookie");
            }
            _ => return false,
        }
        true
    }

    /// Some dumps put a value on the line below its label.
    fn value_or_next_line(&mut self, value: &'a str) -> &'a str {
        if !value.is_empty() {
            return value;
        }
        let next = self.peek().filter(|next| next.kind == Kind::Text);
        match next {
            Some(next) if !starts_field(self.tokens, self.at) => {
                self.at += 1;
                next.text
            }
            _ => value,
        }
    }

    fn options(&mut self, label: &Token<'_>, rest: &str) {
        let (values, null_dropped) = self.option_texts(rest);
        if let (Place::Bounds, Some(last)) = (&self.place, self.fields.last_mut()) {
            last.lists_options = true;
        }
        let name = self
            .fields
            .last()
            .map(|last| last.name.clone())
            .unwrap_or_default();
        let Some(field) = self.open_field() else {
            return;
        };
        let typed: Option<Vec<Value>> = values
            .iter()
            .map(|text| literal::option(text, field))
            .collect();
        match typed {
            Some(typed) if !typed.is_empty() => each_value(field, &mut |value| {
                if value.get("type").is_some_and(|ty| ty != "object") {
                    value.insert("enum".to_owned(), json!(typed));
                }
            }),
            _ => self.report(
                label,
                "field-options-unreadable",
                format!("the options of `{name}` cannot be read as values of its type"),
            ),
        }
        if null_dropped {
            self.notes.losses.push(Loss::NullOption { field: name });
        }
    }

    /// The options, and whether a comma stands where another one should follow.
    fn option_texts(&mut self, rest: &str) -> (Vec<String>, bool) {
        let mut values = Vec::new();
        let mut expects_more = true;
        if rest.is_empty() {
            if self.peek().is_some_and(Token::is_blank) {
                self.at += 1;
            }
        } else {
            expects_more = split_options(rest, &mut values);
        }
        while expects_more
            && let Some(token) = self.peek()
            && !token.is_blank()
            && (values.is_empty() || !surely_starts_field(self.tokens, self.at))
        {
            expects_more = split_options(token.text, &mut values);
            self.at += 1;
        }
        (values, expects_more)
    }

    /// Skips an example: one block of lines, or a JSON document.
    fn skip_example(&mut self, rest: &str) {
        if rest.is_empty() {
            while self.peek().is_some_and(Token::is_blank) {
                self.at += 1;
            }
            let closing = match self.peek().map(|token| token.text) {
                Some("{") => Some("}"),
                Some("[") => Some("]"),
                _ => None,
            };
            // The first line is the example, whatever it looks like.
            self.at += 1;
            while let Some(token) = self.peek() {
                let over = match closing {
                    Some(_) => false,
                    None => token.is_blank() || starts_field(self.tokens, self.at),
                };
                if over {
                    break;
                }
                self.at += 1;
                if closing == Some(token.text) {
                    break;
                }
            }
        }
    }
}

/// Splits `a, b,` or `a`; `true` when a comma at the end promises another line.
fn split_options(line: &str, values: &mut Vec<String>) -> bool {
    let (line, more) = match line.strip_suffix(',') {
        Some(line) => (line, true),
        None => (line, false),
    };
    values.extend(
        line.split(", ")
            .map(|value| value.trim().trim_matches('`').to_owned())
            .filter(|value| !value.is_empty()),
    );
    more
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;

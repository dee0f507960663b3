//! The grammar of field blocks, and the object of the fields of a section.
//!
//! ```text
//! block  = name type type* flag* text* (bound | options | example | lost)*
//! flag   = "header" | "query" | "cookie" | "default:" literal | "deprecated" | "required"
//! lost   = text after a bound, the options or an example: the description of a field whose name and
//!          type are gone
//! ```
//!
//! A field starts with a name and a type directly below it. A line is often ambiguous: `number` is a type and a name,
//! `required` a flag and a name. The lines around it decide.

use std::collections::HashSet;
use std::iter::Peekable;

use serde_json::{Map, Value, json};

use crate::fragment::{CUSTOM_FIELDS, ID, Loss};
use crate::openapi::set_required;

use super::Notes;
use super::lines::{self, Line, number, text};
use super::prose::{self, CUSTOM_FIELD_PREFIX};
use super::types::{self, bound, each_object, each_value, is_type, looks_like_type, put};

/// The deepest nesting of objects; deeper ones are a misread page.
const MAX_DEPTH: usize = 16;

/// The location of a parameter, which is temporarily in its schema.
pub(super) const LOCATION: &str = "in";

/// A section of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Section<'a> {
    pub(super) heading: &'static str,
    /// The location of its parameters.
    pub(super) location: &'static str,
    /// Index of the heading.
    pub(super) index: usize,
    /// Line of the heading.
    pub(super) number: usize,
    pub(super) lines: &'a [Line],
    /// Whether the page is truncated in it.
    pub(super) is_cut: bool,
}

/// A field as printed.
struct Field {
    number: usize,
    /// Its name, with the names of the objects around it.
    name: String,
    schema: Value,
    is_required: bool,
    description: String,
    /// `Hide child attributes` follows: the next fields are children.
    children_follow: bool,
}

/// The object that the fields on these lines of a section describe: children (`owner.name`) are in
/// their parents (`owner`).
pub(super) fn object(section: Section<'_>, lines: &[Line], notes: &mut Notes) -> Value {
    let mut reader = Reader {
        section,
        lines,
        at: 0,
        notes,
        fields: Vec::new(),
        place: Place::Start,
    };
    while reader.step() {}
    let mut fields = reader.fields;
    if let Some(last) = fields.last_mut().filter(|_| section.is_cut) {
        forget_options(&mut last.schema);
    }
    let mut nest = Nest {
        fields: fields.into_iter().peekable(),
        seen: HashSet::new(),
        parents: HashSet::new(),
        notes,
    };
    let mut object = json!({"type": "object"});
    nest.children("", 0, &mut object);
    object
}

/// Whether a field starts at `index`: a name with a type directly below it.
pub(super) fn starts_field(lines: &[Line], index: usize) -> bool {
    is_name(text(lines, index)) && is_type(text(lines, index + 1))
}

/// Like [`starts_field`], for a line that may also be a flag or the last option. The flag
/// (or option) wins when a field starts on the next line: in `required`, `number`, `string` the
/// field is `number`.
fn surely_starts_field(lines: &[Line], index: usize) -> bool {
    starts_field(lines, index) && !starts_field(lines, index + 1)
}

/// Whether the text can be a name: no white space, prose, option or label.
fn is_name(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || "_$@.-[]".contains(c);
    text == "{key}"
        || text.ends_with(".{key}")
        || (text.starts_with(|c: char| c.is_alphanumeric() || "_$@".contains(c))
            && !text.ends_with('.')
            && text.chars().all(is_letter))
}

/// The text after a label on its line.
fn after<'a>(text: &'a str, labels: &[&str]) -> Option<&'a str> {
    let mut labels = labels.iter();
    labels.find_map(|label| Some(text.strip_prefix(label)?.trim()))
}

const OPTIONS: [&str; 2] = ["Available options:", "Available option:"];
const EXAMPLE: [&str; 2] = ["Example:", "Examples:"];
const FLAGS: [&str; 5] = ["required", "deprecated", "header", "query", "cookie"];

/// The lines of a truncated page, without the last one if it may be a part of a fact, and
/// without a name whose type is that part.
pub(super) fn without_half(lines: &[Line]) -> &[Line] {
    let Some((last, before)) = lines.split_last() else {
        return lines;
    };
    let text = last.trimmed();
    let is_prose = text.contains(' ')
        && bound(text).is_none()
        && after(text, &OPTIONS).is_none()
        && !looks_like_type(text);
    if is_prose {
        return lines;
    }
    let is_bare_name = |text: &str| is_name(text) && !is_type(text) && !FLAGS.contains(&text);
    match before.split_last() {
        Some((name, rest)) if is_bare_name(name.trimmed()) => rest,
        _ => before,
    }
}

/// The state of the reader in a block.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// No field yet.
    Start,
    /// After flags; text is the field's description.
    Description,
    /// After a bound, options or an example.
    Bounds,
    /// In the rest of a field whose name is missing.
    Lost,
}

struct Reader<'a, 'n> {
    section: Section<'a>,
    lines: &'a [Line],
    at: usize,
    notes: &'n mut Notes,
    fields: Vec<Field>,
    place: Place,
}

impl<'a> Reader<'a, '_> {
    fn peek(&self) -> Option<&'a str> {
        self.lines.get(self.at).map(Line::trimmed)
    }

    /// Reads a line, or several that belong together; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(text) = self.peek() else {
            return false;
        };
        if starts_field(self.lines, self.at) {
            self.field();
            return true;
        }
        self.at += 1;
        if let Some((keywords, value)) = bound(text) {
            let value = self.value_or_next_line(value);
            let field = self.bounded_field();
            let read = field.map(|field| types::put_bound(keywords, value, &mut field.schema));
            if read == Some(None) {
                let message = format!("the bound `{text}` cannot be read");
                self.report("field-limit-unreadable", message);
            }
        } else if let Some(rest) = after(text, &OPTIONS) {
            self.options(rest);
        } else if let Some(rest) = after(text, &EXAMPLE) {
            self.bounded_field();
            if rest.is_empty() {
                self.skip_example();
            }
        } else if text == "Hide child attributes" {
            if let Some(last) = self.fields.last_mut() {
                last.children_follow = true;
            }
        } else if looks_like_type(text)
            && !is_type(text)
            && is_name(lines::text(self.lines, self.at.wrapping_sub(2)))
        {
            let message = format!("the type `{text}` cannot be read");
            self.report("field-type-unreadable", message);
        } else if !matches!(text, "" | "Show child attributes") {
            self.text(text);
        }
        true
    }

    /// The field of bounds, options or examples; `None` after a lost field.
    fn bounded_field(&mut self) -> Option<&mut Field> {
        if self.place == Place::Description {
            self.place = Place::Bounds;
        }
        let is_open = self.place == Place::Bounds;
        self.fields.last_mut().filter(|_| is_open)
    }

    /// Reports a problem of the previous line.
    fn report(&mut self, rule: &'static str, message: String) {
        let line = number(self.lines, self.at - 1);
        self.notes.report(rule, line, message);
    }

    fn text(&mut self, text: &str) {
        self.notes.wording.push(text.to_owned());
        match (self.place, self.fields.last_mut()) {
            (Place::Lost, _) => {}
            (Place::Description, Some(last)) => last.description.extend([text, " "]),
            (_, last) => {
                self.place = Place::Lost;
                self.notes.losses.push(Loss::FieldName {
                    section: self.section.heading.to_owned(),
                    after: last.map(|last| last.name.clone()),
                });
            }
        }
    }

    /// Name, type and flags.
    fn field(&mut self) {
        let (name, start) = (self.at, self.at + 1);
        self.at = start + 1;
        while self.peek().is_some_and(is_type) && !starts_field(self.lines, self.at) {
            self.at += 1;
        }
        let printed = self.lines.get(start..self.at).unwrap_or_default();
        let mut field = Field {
            number: number(self.lines, name),
            name: text(self.lines, name).replace("[].", "."),
            schema: types::schema(printed.iter().map(Line::trimmed)).unwrap_or_default(),
            is_required: false,
            description: String::new(),
            children_follow: false,
        };
        while let Some(text) = self.peek()
            && !surely_starts_field(self.lines, self.at)
        {
            self.at += 1;
            if !self.flag(text, &mut field) {
                self.at -= 1;
                break;
            }
        }
        self.fields.push(field);
        self.place = Place::Description;
    }

    /// Reads a flag; `false` if `text` is not a flag.
    fn flag(&mut self, text: &str, field: &mut Field) -> bool {
        let schema = &mut field.schema;
        match text {
            "required" => field.is_required = true,
            "deprecated" => schema["deprecated"] = json!(true),
            "header" | "query" | "cookie" if self.section.heading == "Authorizations" => {
                schema[LOCATION] = json!(text);
            }
            _ => {
                let Some(text) = after(text, &["default:"]) else {
                    return false;
                };
                if let Some(value) = types::literal(text, schema) {
                    schema["default"] = value;
                } else if text != "null" || schema.get("nullable").is_none() {
                    let message =
                        format!("the default `{text}` is not a value of `{}`", field.name);
                    self.report("field-default-unreadable", message);
                }
            }
        }
        true
    }

    /// Some dumps put a value on the line below its label.
    fn value_or_next_line(&mut self, value: &'a str) -> &'a str {
        let next = self.peek().filter(|next| !next.is_empty());
        match next {
            Some(next) if value.is_empty() && !starts_field(self.lines, self.at) => {
                self.at += 1;
                next
            }
            _ => value,
        }
    }

    fn options(&mut self, rest: &str) {
        let line = number(self.lines, self.at - 1);
        let (texts, expects_more) = self.option_texts(rest);
        let is_half = self.section.is_cut && self.peek().is_none();
        let Some(field) = self.bounded_field().filter(|_| !is_half) else {
            return;
        };
        let name = field.name.clone();
        let values = texts.iter().map(|text| types::option(text, &field.schema));
        match values.collect::<Option<Vec<Value>>>() {
            Some(values) if !values.is_empty() => each_value(&mut field.schema, &mut |value| {
                if value.get("type").is_some_and(|ty| ty != "object") {
                    value.insert("enum".to_owned(), json!(values));
                }
            }),
            _ => {
                let message =
                    format!("the options of `{name}` cannot be read as values of its type");
                forget_options(&mut field.schema);
                self.notes.report("field-options-unreadable", line, message);
            }
        }
        if expects_more {
            self.notes.losses.push(Loss::NullOption { field: name });
        }
    }

    /// The options, and whether they end in a comma.
    fn option_texts(&mut self, rest: &str) -> (Vec<String>, bool) {
        let mut values = Vec::new();
        let mut expects_more = true;
        if !rest.is_empty() {
            expects_more = split_options(rest, &mut values);
        } else if self.peek() == Some("") {
            self.at += 1;
        }
        while expects_more
            && let Some(text) = self.peek().filter(|text| !text.is_empty())
            && (values.is_empty() || !surely_starts_field(self.lines, self.at))
        {
            expects_more = split_options(text, &mut values);
            self.at += 1;
        }
        (values, expects_more)
    }

    /// Skips an example: one block of lines, or a JSON document.
    fn skip_example(&mut self) {
        while self.peek() == Some("") {
            self.at += 1;
        }
        let closing = match self.peek() {
            Some("{") => Some("}"),
            Some("[") => Some("]"),
            _ => None,
        };
        // The first line is always the example.
        self.at += 1;
        while let Some(text) = self.peek() {
            if closing.is_none() && (text.is_empty() || starts_field(self.lines, self.at)) {
                break;
            }
            self.at += 1;
            if closing == Some(text) {
                break;
            }
        }
    }
}

/// Splits `a, b,` or `a`; `true` if a comma at the end means that another line follows.
fn split_options(line: &str, values: &mut Vec<String>) -> bool {
    let options = line.strip_suffix(',').unwrap_or(line).split(", ");
    let options = options.map(|option| option.trim().trim_matches('`').to_owned());
    values.extend(options.filter(|option| !option.is_empty()));
    line.ends_with(',')
}

/// Replaces an enum with unknown options by its type.
fn forget_options(schema: &mut Value) {
    each_value(schema, &mut |value| {
        value.retain(|key, options| key != "enum" || *options != json!([]));
    });
}

/// Nests fields in their parents.
struct Nest<'n> {
    fields: Peekable<std::vec::IntoIter<Field>>,
    seen: HashSet<String>,
    /// All fields so far that can have children.
    parents: HashSet<String>,
    notes: &'n mut Notes,
}

impl Nest<'_> {
    /// Moves the following fields below `parent` into its schema.
    fn children(&mut self, parent: &str, depth: usize, schema: &mut Value) {
        let is_child = |field: &Field| child_name(parent, &field.name).is_some();
        while let Some(field) = self.fields.next_if(is_child) {
            let name = child_name(parent, &field.name)
                .unwrap_or_default()
                .to_owned();
            if !self.is_in_place(&field, depth) {
                continue;
            }
            let speaks = prose::speaks_of_custom_fields(&field.description);
            let mut property = field.schema;
            if let Some(prefix) = prose::prefix(&field.description) {
                put(&mut property, ID, json!({"prefix": prefix}));
            }
            if holds_objects(&property) {
                self.parents.insert(field.name.clone());
                self.children(&field.name, depth + 1, &mut property);
            }
            // A value without a known type is an object if the page prints its fields.
            each_value(schema, &mut |value| {
                value.entry("type").or_insert(json!("object"));
            });
            let is_pattern = name == CUSTOM_FIELD_PREFIX || (name.ends_with('_') && speaks);
            each_object(schema, &mut |object| match name.as_str() {
                "{key}" => {
                    object.insert("additionalProperties".to_owned(), property.clone());
                    if speaks {
                        object.insert(CUSTOM_FIELDS.to_owned(), json!(true));
                    }
                }
                _ if is_pattern && depth == 0 => {
                    object.insert(CUSTOM_FIELDS.to_owned(), json!(true));
                }
                _ => add(object, &name, &property, field.is_required),
            });
        }
    }

    /// Reports a field at an impossible place; `false` if the field is dropped.
    fn is_in_place(&mut self, field: &Field, depth: usize) -> bool {
        let name = &field.name;
        let notes = &mut *self.notes;
        if field.children_follow
            && let Some(next) = self.fields.peek()
            && child_name(name, &next.name).is_none()
        {
            let message = format!(
                "the children of `{name}` are printed without its name, so their end cannot be recognised"
            );
            notes.report("field-children-undotted", next.number, message);
        }
        let is_empty_enum = |map: &Map<String, Value>| map.get("enum") == Some(&json!([]));
        let mut is_bare = false;
        each_value(&mut field.schema.clone(), &mut |value| {
            is_bare |= is_empty_enum(value);
        });
        if is_bare {
            let message = format!("`{name}` is an enum, but no line `Available options:` follows");
            notes.report("field-enum-without-options", field.number, message);
        }
        if !self.seen.insert(name.clone()) {
            let message = format!("the object has the field `{name}` twice");
            notes.report("field-twice", field.number, message);
            return false;
        }
        let mut around = name.match_indices('.').take(MAX_DEPTH);
        let is_parent = |(dot, _): (usize, _)| name.get(..dot).map(|it| self.parents.contains(it));
        if depth == 0 && around.any(|dot| is_parent(dot) == Some(true)) {
            let message = format!("`{name}` is not below the field it belongs to");
            notes.report("field-far-from-parent", field.number, message);
        }
        if depth >= MAX_DEPTH {
            let message = format!("the object of `{name}` is nested more than {MAX_DEPTH} deep");
            notes.report("field-too-deep", field.number, message);
        }
        depth < MAX_DEPTH
    }
}

fn add(object: &mut Map<String, Value>, name: &str, property: &Value, is_required: bool) {
    if is_required {
        set_required(object, name, true);
    }
    let properties = object.entry("properties").or_insert_with(|| json!({}));
    properties[name] = property.clone();
}

fn child_name<'a>(parent: &str, name: &'a str) -> Option<&'a str> {
    if parent.is_empty() {
        return Some(name);
    }
    let child = name.strip_prefix(parent)?.strip_prefix('.')?;
    Some(child).filter(|child| !child.is_empty())
}

/// Whether the value can have properties.
fn holds_objects(schema: &Value) -> bool {
    let mut found = false;
    each_value(&mut schema.clone(), &mut |value| {
        found |= value.get("type").is_none_or(|ty| ty == "object");
    });
    found
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;

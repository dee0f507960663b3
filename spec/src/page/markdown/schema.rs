//! Schemas of OpenAPI 3.0 and 3.1, read as facts.
//!
//! Fails closed: a keyword that is neither understood nor a mere annotation is a finding.

use serde_json::{Map, Number, Value};

use crate::page::prose;
use crate::record::{Alternative, Base, Limits, TypeExpr};
use crate::{Finding, yaml};

use super::facts::Facts;

/// Deeper schemas are not believed. Depth counts every step: properties, elements, parts.
const MAX_DEPTH: usize = 64;

/// References repeat what they refer to, so that a short page may hold many schemas. The largest
/// real page known has some 200 fields.
const MAX_SCHEMAS: usize = 2_000;

pub(super) const KEEP_BY_HAND: &str =
    "until the reader understands it, keep the page's record by hand (form: facts)";

/// Keywords that say nothing of the value's shape.
const ANNOTATIONS: [&str; 9] = [
    "title",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "discriminator",
    "$comment",
    "readOnly",
    "writeOnly",
];

/// Keywords that are read.
const UNDERSTOOD: [&str; 28] = [
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "type",
    "nullable",
    "enum",
    "const",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "items",
    "default",
    "deprecated",
    "description",
    "refIdentifier",
    "requiredProperties",
];

/// Which way a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Response,
}

/// Reads the schemas of one document.
pub(super) struct Reader<'a> {
    document: &'a Value,
    pub(super) direction: Direction,
    /// The references that are being followed.
    following: Vec<String>,
    depth: usize,
    schemas: usize,
    pub(super) findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a Value) -> Self {
        Self {
            document,
            direction: Direction::Request,
            following: Vec::new(),
            depth: 0,
            schemas: 0,
            findings: Vec::new(),
        }
    }

    pub(super) fn report(&mut self, rule: &'static str, pointer: &str, message: impl Into<String>) {
        self.findings.push(
            Finding::new(rule, message)
                .pointer(pointer)
                .help(KEEP_BY_HAND),
        );
    }

    /// What `value` is, or what it refers to, with the pointer to it. For everything but schemas.
    pub(super) fn target<'v>(&mut self, value: &'v Value, pointer: &str) -> Option<&'v Value>
    where
        'a: 'v,
    {
        let mut value = value;
        for _ in 0..8 {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Some(value);
            };
            value = self.lookup(reference, pointer)?;
        }
        self.report(
            "page-reference",
            pointer,
            "the references go round in a circle",
        );
        None
    }

    fn lookup(&mut self, reference: &str, pointer: &str) -> Option<&'a Value> {
        let found = reference
            .strip_prefix('#')
            .and_then(|place| self.document.pointer(place));
        if found.is_none() {
            self.report(
                "page-reference",
                pointer,
                format!("`{}` leads nowhere on this page", reference.escape_debug()),
            );
        }
        found
    }

    /// What a schema says. What cannot be read is reported.
    pub(super) fn read(&mut self, schema: &Value, pointer: &str) -> Facts {
        if self.depth == MAX_DEPTH {
            self.report(
                "schema-too-deep",
                pointer,
                format!("the schema is nested more than {MAX_DEPTH} deep"),
            );
            return Facts::default();
        }
        self.schemas += 1;
        if self.schemas > MAX_SCHEMAS {
            if self.schemas == MAX_SCHEMAS + 1 {
                self.report(
                    "schema-too-large",
                    pointer,
                    format!(
                        "with all references followed there are more than {MAX_SCHEMAS} schemas"
                    ),
                );
            }
            return Facts::default();
        }
        self.depth += 1;
        let facts = match schema {
            Value::Bool(true) => Facts::default(),
            Value::Object(schema) => self.object(schema, pointer),
            _ => {
                self.report("schema-unsupported", pointer, "this is no schema");
                Facts::default()
            }
        };
        self.depth -= 1;
        facts
    }

    fn object(&mut self, schema: &Map<String, Value>, pointer: &str) -> Facts {
        self.check_keywords(schema, pointer);
        let mut facts = self.own(schema, pointer);
        let mut parts = Vec::new();
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            parts.push(self.reference(reference, pointer));
        }
        for part in list(schema, "allOf") {
            parts.push(self.read(part, &yaml::child(pointer, "allOf")));
        }
        for keyword in ["oneOf", "anyOf"] {
            if !schema.contains_key(keyword) {
                continue;
            }
            let pointer = yaml::child(pointer, keyword);
            let members = list(schema, keyword)
                .iter()
                .enumerate()
                .map(|(index, member)| self.read(member, &yaml::child(&pointer, index)))
                .collect();
            let union = Facts::one_of(members);
            parts.push(self.or_report(union, "schema-union", &pointer));
        }
        // Whoever is named last fills the gaps that are left.
        for part in parts {
            let joined = facts.and(part);
            facts = self.or_report(joined, "schema-conflict", pointer);
        }
        facts
    }

    fn or_report(
        &mut self,
        facts: Result<Facts, super::facts::Conflict>,
        rule: &'static str,
        pointer: &str,
    ) -> Facts {
        facts.unwrap_or_else(|conflict| {
            self.report(
                rule,
                pointer,
                format!("the schema cannot be kept as a type: {conflict}"),
            );
            Facts::default()
        })
    }

    fn check_keywords(&mut self, schema: &Map<String, Value>, pointer: &str) {
        for keyword in schema.keys() {
            let keyword = keyword.as_str();
            if !UNDERSTOOD.contains(&keyword)
                && !ANNOTATIONS.contains(&keyword)
                && !keyword.starts_with("x-")
            {
                self.report(
                    "schema-unsupported",
                    &yaml::child(pointer, keyword),
                    format!("the keyword `{}` is not understood", keyword.escape_debug()),
                );
            }
        }
    }

    fn reference(&mut self, reference: &str, pointer: &str) -> Facts {
        let name = reference
            .strip_prefix("#/components/schemas/")
            .filter(|name| !name.contains('/'))
            .map(str::to_owned);
        let Some(target) = self.lookup(reference, pointer) else {
            return Facts::default();
        };
        if self.following.iter().any(|open| open == reference) {
            // The object contains itself: its name must do.
            let is_list = target.get("type").and_then(Value::as_str) == Some("array");
            let mut facts = Facts::of(if is_list { Base::Any } else { Base::Object });
            for alternative in facts.alternatives.iter_mut().filter(|_| is_list) {
                alternative.lists = 1;
            }
            facts.schema = name.filter(|_| !is_list);
            return facts;
        }
        self.following.push(reference.to_owned());
        let place = reference.trim_start_matches('#').to_owned();
        let mut facts = self.read(target, &place);
        self.following.pop();
        // The name of a list would be taken for that of its elements.
        let is_one = facts
            .alternatives
            .iter()
            .all(|alternative| alternative.lists == 0);
        if is_one {
            facts.schema = name.filter(|_| facts.alternatives.len() <= 1 && !facts.partial);
        }
        facts
    }

    /// What the keywords beside references and compositions say.
    fn own(&mut self, schema: &Map<String, Value>, pointer: &str) -> Facts {
        let mut facts = Facts {
            nullable: is_true(schema, "nullable"),
            deprecated: is_true(schema, "deprecated"),
            default: schema.get("default").cloned(),
            description: text(schema, "description").map(str::to_owned),
            limits: self.limits(schema, pointer),
            ..Facts::default()
        };
        for ty in self.types(schema, pointer) {
            match ty {
                "null" => facts.nullable = true,
                "array" => self.elements(schema, pointer, &mut facts),
                "object" => {
                    facts
                        .alternatives
                        .extend(Facts::of(Base::Object).alternatives);
                    self.fields(schema, pointer, &mut facts);
                }
                other => match self.scalar(other, schema, pointer) {
                    Some(alternative) => facts.alternatives.push(alternative),
                    None => self.report(
                        "schema-unsupported",
                        &yaml::child(pointer, "type"),
                        format!("`{}` is no type", other.escape_debug()),
                    ),
                },
            }
        }
        facts.only_null = facts.nullable && facts.alternatives.is_empty() && says_null(schema);
        if schema.contains_key("enum") || schema.contains_key("const") {
            self.options(schema, pointer, &mut facts);
        }
        if let Some(name) = text(schema, "refIdentifier")
            .and_then(|place| place.rsplit('/').next())
            .filter(|_| !facts.partial)
        {
            facts.schema = Some(name.to_owned());
        }
        facts
    }

    /// The types that a schema names, or shows by its keywords.
    fn types<'s>(&mut self, schema: &'s Map<String, Value>, pointer: &str) -> Vec<&'s str> {
        match schema.get("type") {
            Some(Value::String(ty)) => vec![ty],
            Some(Value::Array(types)) => types
                .iter()
                .map(|ty| ty.as_str().unwrap_or("of another kind"))
                .collect(),
            Some(_) => {
                self.report(
                    "schema-unsupported",
                    &yaml::child(pointer, "type"),
                    "the type is no text",
                );
                Vec::new()
            }
            None if ["properties", "additionalProperties", "patternProperties"]
                .iter()
                .any(|keyword| schema.contains_key(*keyword)) =>
            {
                vec!["object"]
            }
            None if schema.contains_key("items") => vec!["array"],
            None => {
                // An allOf may add to what must be there.
                Vec::new()
            }
        }
    }

    fn scalar(
        &mut self,
        ty: &str,
        schema: &Map<String, Value>,
        pointer: &str,
    ) -> Option<Alternative> {
        let base = match ty {
            "string" => Base::String,
            "number" => Base::Number,
            "integer" => Base::Integer,
            "boolean" => Base::Boolean,
            "file" => Base::File,
            "any" => Base::Any,
            _ => return None,
        };
        let mut argument = match base {
            Base::String | Base::Number | Base::Integer => text(schema, "format"),
            _ => None,
        };
        let base = if argument == Some("binary") {
            argument = None;
            Base::File
        } else {
            base
        };
        if let Some(format) = argument
            && format!("string<{format}>").parse::<TypeExpr>().is_err()
        {
            self.report(
                "schema-unsupported",
                &yaml::child(pointer, "format"),
                format!("the format `{}` cannot be kept", format.escape_debug()),
            );
            argument = None;
        }
        Some(Alternative {
            base,
            argument: argument.map(str::to_owned),
            lists: 0,
        })
    }

    fn elements(&mut self, schema: &Map<String, Value>, pointer: &str, facts: &mut Facts) {
        let pointer = yaml::child(pointer, "items");
        let elements = match schema.get("items") {
            Some(items) => self.read(items, &pointer),
            None => Facts::default(),
        };
        if elements.nullable {
            self.report(
                "schema-null-elements",
                &pointer,
                "the elements of the list may be null, which a record cannot say",
            );
        }
        if elements.limits.min_items.is_some() || elements.limits.max_items.is_some() {
            self.report(
                "schema-unsupported",
                &pointer,
                "the elements are lists with bounds, which a record cannot say",
            );
        }
        for mut alternative in elements.ty().alternatives {
            alternative.lists = alternative.lists.saturating_add(1);
            facts.alternatives.push(alternative);
        }
        facts.limits = Limits {
            min_items: facts.limits.min_items,
            max_items: facts.limits.max_items,
            ..elements.limits
        };
        facts.options = elements.options;
        facts.more_options = elements.more_options;
        facts.fields = elements.fields;
        facts.other_keys = elements.other_keys;
        facts.custom_fields = elements.custom_fields;
        facts.schema = elements.schema;
        facts.partial = elements.partial;
    }

    fn fields(&mut self, schema: &Map<String, Value>, pointer: &str, facts: &mut Facts) {
        let required = list(schema, "required").iter().filter_map(Value::as_str);
        facts.required = required.map(str::to_owned).collect();
        let properties = schema.get("properties").and_then(Value::as_object);
        let pointer_of = |name: &str| yaml::child(&yaml::child(pointer, "properties"), name);
        for (name, property) in properties.into_iter().flatten() {
            if is_hidden(property, self.direction) {
                facts.partial = true;
                continue;
            }
            let read = self.read(property, &pointer_of(name));
            let speaks = read
                .description
                .as_deref()
                .is_some_and(prose::speaks_of_custom_fields);
            if name == prose::CUSTOM_FIELD_PREFIX || (name.ends_with('_') && speaks) {
                facts.custom_fields = true;
                continue;
            }
            facts.fields.push(read.into_field(name));
        }
        facts.require();
        for pattern in schema
            .get("patternProperties")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|patterns| patterns.keys())
        {
            if pattern.starts_with("^cf_") {
                facts.custom_fields = true;
            } else {
                self.report(
                    "schema-unsupported",
                    &yaml::child(pointer, "patternProperties"),
                    format!("the pattern `{}` cannot be kept", pattern.escape_debug()),
                );
            }
        }
        match schema.get("additionalProperties") {
            None | Some(Value::Bool(false)) => {}
            Some(keys) => {
                let keys = self.read(keys, &yaml::child(pointer, "additionalProperties"));
                if !keys.fields.is_empty() || !keys.options.is_empty() {
                    self.report(
                        "schema-unsupported",
                        &yaml::child(pointer, "additionalProperties"),
                        "the values of other keys have fields or options, which a record cannot say",
                    );
                }
                facts.custom_fields |= [keys.description.as_deref(), text(schema, "description")]
                    .into_iter()
                    .flatten()
                    .any(prose::speaks_of_custom_fields);
                facts.other_keys = Some(keys.ty());
            }
        }
    }

    fn options(&mut self, schema: &Map<String, Value>, pointer: &str, facts: &mut Facts) {
        let mut values: Vec<Value> = match schema.get("const") {
            Some(value) => vec![value.clone()],
            None => list(schema, "enum").to_vec(),
        };
        let before = values.len();
        values.retain(|value| !value.is_null());
        facts.nullable |= values.len() < before;
        let kind = |word: &str| values.iter().all(|value| is_of(value, word));
        let declared = match facts.alternatives.as_slice() {
            [] => ["string", "integer", "number", "boolean"]
                .into_iter()
                .find(|word| kind(word)),
            [only] if only.lists == 0 => match only.base {
                Base::String => Some("string"),
                Base::Integer => Some("integer"),
                Base::Number => Some("number"),
                Base::Boolean => Some("boolean"),
                _ => None,
            },
            _ => None,
        };
        match declared.filter(|word| !values.is_empty() && kind(word)) {
            Some(word) => {
                facts.alternatives = vec![Alternative {
                    base: Base::Enum,
                    argument: Some(word.to_owned()),
                    lists: 0,
                }];
                let mut options = Vec::new();
                for value in values {
                    if !options.contains(&value) {
                        options.push(value);
                    }
                }
                facts.options = options;
            }
            None if values.is_empty() && before > 0 => facts.only_null = true,
            None => self.report(
                "schema-unsupported",
                &yaml::child(pointer, "enum"),
                "the options are not all of the schema's type",
            ),
        }
    }

    fn limits(&mut self, schema: &Map<String, Value>, pointer: &str) -> Limits {
        let mut count = |keyword: &str| {
            let value = schema.get(keyword)?;
            let count = value.as_u64();
            if count.is_none() {
                self.report(
                    "schema-unsupported",
                    &yaml::child(pointer, keyword),
                    "the bound is no number of things",
                );
            }
            count
        };
        let (min_length, max_length) = (count("minLength"), count("maxLength"));
        let (min_items, max_items) = (count("minItems"), count("maxItems"));
        let (minimum, exclusive_minimum) = bound(schema, "minimum", "exclusiveMinimum", f64::gt);
        let (maximum, exclusive_maximum) = bound(schema, "maximum", "exclusiveMaximum", f64::lt);
        Limits {
            minimum,
            maximum,
            exclusive_minimum,
            exclusive_maximum,
            min_length,
            max_length,
            min_items,
            max_items,
            pattern: text(schema, "pattern").map(str::to_owned),
        }
    }
}

/// A bound, and whether it is itself excluded. OpenAPI 3.0 says the latter with a flag, 3.1 with a
/// number of its own.
fn bound(
    schema: &Map<String, Value>,
    inclusive: &str,
    exclusive: &str,
    is_tighter: fn(&f64, &f64) -> bool,
) -> (Option<Number>, bool) {
    let number = |keyword: &str| match schema.get(keyword) {
        Some(Value::Number(number)) => Some(number.clone()),
        _ => None,
    };
    let included = number(inclusive);
    match (included, number(exclusive)) {
        (Some(included), Some(excluded)) => {
            let tighter = match (included.as_f64(), excluded.as_f64()) {
                (Some(included), Some(excluded)) => is_tighter(&included, &excluded),
                _ => false,
            };
            if tighter {
                (Some(included), false)
            } else {
                (Some(excluded), true)
            }
        }
        (None, Some(excluded)) => (Some(excluded), true),
        (included, None) => {
            let excluded = included.is_some() && is_true(schema, exclusive);
            (included, excluded)
        }
    }
}

/// `readOnly` in a request, `writeOnly` in an answer.
fn is_hidden(property: &Value, direction: Direction) -> bool {
    let keyword = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    property.get(keyword).and_then(Value::as_bool) == Some(true)
}

fn is_of(value: &Value, word: &str) -> bool {
    match word {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_boolean(),
    }
}

fn says_null(schema: &Map<String, Value>) -> bool {
    match schema.get("type") {
        Some(Value::String(ty)) => ty == "null",
        Some(Value::Array(types)) => types.iter().all(|ty| ty == "null"),
        _ => false,
    }
}

fn is_true(schema: &Map<String, Value>, keyword: &str) -> bool {
    schema.get(keyword) == Some(&Value::Bool(true))
}

pub(super) fn text<'s>(schema: &'s Map<String, Value>, keyword: &str) -> Option<&'s str> {
    schema.get(keyword).and_then(Value::as_str)
}

fn list<'s>(schema: &'s Map<String, Value>, keyword: &str) -> &'s [Value] {
    schema
        .get(keyword)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

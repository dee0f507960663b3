//! Normalises schemas: the many ways to write a schema become a few.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Normaliser;
use crate::{
    json::{component, elements, entries, percent_decoded, reference, resolve, step, text},
    naming,
};

/// Keywords that describe the use of a type, and not the type itself.
const OF_PLACE: &str =
    "nullable default example deprecated x-heffl-evidence x-heffl-response-name x-heffl-rule";

/// Keywords that restrict the values of a schema. Without any of them, a schema is only a note on a reference.
const STRUCTURE: &str = "type properties items enum required additionalProperties oneOf anyOf";

/// Keywords that restrict values, but that generated code does not check.
const UNCHECKED: &str = "discriminator not if then else patternProperties propertyNames dependentRequired \
    dependentSchemas contains prefixItems unevaluatedProperties unevaluatedItems pattern multipleOf \
    exclusiveMinimum exclusiveMaximum uniqueItems minProperties maxProperties contentEncoding";

/// The alternatives of a choice, each with its schema and its values of the discriminator.
pub(super) const CHOICE: &str = "x-heffl-codegen-choice";

/// In a component: the outline, its leaves, its location in the document, and the warning if it cannot be typed.
pub(crate) const FOREIGN: &str = "x-heffl-codegen-foreign";

/// In an object that accepts further members: the location of the keyword in the document.
pub(super) const OPEN: &str = "x-heffl-codegen-open";

/// The origin of a property that was merged into another schema.
const ORIGIN: &str = "x-heffl-codegen-origin";

/// The maximum number of properties. The runtime keeps a bit for each property.
const MOST_PROPERTIES: usize = 256;

/// The maximum depth to which references and parts of schemas are followed.
const MOST_STEPS: usize = 32;

/// The maximum depth of nested schemas.
const MOST_DEPTH: usize = 64;

/// The maximum product of the members next to a choice and its alternatives.
const MOST_MEMBERS: usize = 1_000;

/// The maximum depth of nested choices that are examined.
const MOST_CHOICES: usize = 2;

/// The format of an object of links by their names.
const URI_MAP: &str = "uri-map";

/// In a flat schema: why it cannot be a table, a list or a scalar.
const CONFLICT: &str = "x-heffl-codegen-conflict";

pub(super) type Schema = Map<String, Value>;

impl<'a> Normaliser<'a> {
    /// The normal form of a schema at a place. A type that needs a name gets `name`.
    pub(super) fn place(&mut self, schema: &Value, name: &str, at: &str) -> Value {
        // Recursive references can describe more than fits into memory.
        if self.depth == MOST_DEPTH || self.places == 0 {
            let message =
                "the schemas that hold each other here have no end; the value stays raw JSON";
            self.warn("raw-json", at, message);
            return json!({});
        }
        self.depth += 1;
        self.places -= 1;
        let normal = self.placed(schema, name, at);
        self.depth -= 1;
        normal
    }

    fn placed(&mut self, schema: &Value, name: &str, at: &str) -> Value {
        let at = text(schema, ORIGIN).unwrap_or(at);
        let mut flat = self.flat(schema, at);
        flat.shift_remove(ORIGIN);
        if let Some(target) = reference_of(&flat).map(str::to_owned) {
            return self.referred(&target, flat, at);
        }
        let (normal, form) = self.formed(schema, flat, name, at);
        if form.is_type() {
            self.hoisted(normal, form, name, at)
        } else {
            normal
        }
    }

    /// The normal form of a component that is a type.
    pub(super) fn component(&mut self, schema: &Value, rust: &str, at: &str) -> Value {
        let flat = self.flat(schema, at);
        self.formed(schema, flat, rust, at).0
    }

    /// The normal form of a schema that is not a reference; `flat` is the flat form of the schema.
    fn formed(&mut self, schema: &Value, mut flat: Schema, name: &str, at: &str) -> (Value, Form) {
        if let Some(why) = flat.shift_remove(CONFLICT) {
            if is_object_with_members(&flat) {
                self.warn("raw-json", at, why.as_str().unwrap_or_default());
            } else if !is_enumeration(&flat) {
                return (self.foreign(schema, flat, &why, name, at), Form::Foreign);
            }
        }
        self.unchecked(&flat, at);
        self.choice(&mut flat, at, MOST_CHOICES);
        let form = Form::of(&flat);
        let normal = match form {
            Form::List => {
                let items = flat.get("items").filter(|items| items.is_object());
                let items = items.cloned().unwrap_or_else(|| json!({}));
                let items = self.place(&items, &format!("{name}Item"), &step(at, "items"));
                keep_only(&mut flat, "");
                flat.insert("items".to_owned(), items);
                flat.insert("type".to_owned(), "array".into());
                flat.into()
            }
            Form::Object => self.object(flat, name, at),
            Form::Choice => self.union(flat, name, at),
            Form::Enumeration => enumeration(flat),
            Form::Reference | Form::Foreign | Form::Plain => self.plain(flat, name, at),
        };
        (normal, form)
    }

    /// The normal form of a reference: a reference to a type, or the target itself.
    fn referred(&mut self, target: &str, mut flat: Schema, at: &str) -> Value {
        flat.shift_remove("$ref");
        flat.shift_remove("allOf");
        if let Some(rust) = self.type_of(target) {
            if flat.is_empty() {
                return reference(&rust);
            }
            flat.insert("allOf".to_owned(), json!([reference(&rust)]));
            return flat.into();
        }
        if let Some(inlined) = self.inlined.get(target) {
            return with_notes(inlined, flat);
        }
        if self.following.iter().any(|known| known == target) || self.following.len() > MOST_STEPS {
            let message = "the schema holds itself without a type in between, and stays raw JSON";
            self.warn("raw-json", at, message);
            return flat.into();
        }
        let Some(schema) = self.resolve(target, at) else {
            return flat.into();
        };
        let last = || target.rsplit('/').next().unwrap_or_default();
        let base = self.component_of(target).map(|(_, rust)| rust.clone());
        let base = base.unwrap_or_else(|| naming::pascal(&naming::ascii(last())));
        self.following.push(target.to_owned());
        let normal = self.place(schema, &base, target.trim_start_matches('#'));
        self.following.pop();
        self.inlined.insert(target.to_owned(), normal.clone());
        with_notes(&normal, flat)
    }

    /// The component that a reference refers to: its name in the document, and in Rust.
    fn component_of(&self, reference: &str) -> Option<(&'a str, &String)> {
        let name = reference.strip_prefix("#/components/schemas/")?;
        let name = percent_decoded(name).replace("~1", "/").replace("~0", "~");
        let (name, rust) = self.rust_names.get_key_value(name.as_str())?;
        Some((name, rust))
    }

    /// The Rust type that a reference refers to, if there is one. Marks the type as used.
    pub(super) fn type_of(&mut self, reference: &str) -> Option<String> {
        let (name, rust) = self.component_of(reference)?;
        let (rust, at) = (rust.clone(), step("/components/schemas", name));
        let schema = self.root.pointer(&at)?;
        let form = self.forms.get(&rust).copied().unwrap_or_else(|| {
            self.following.push(reference.to_owned());
            let mut flat = self.flat(schema, &at);
            if !is_object_with_members(&flat) {
                self.choice(&mut flat, &at, MOST_CHOICES);
            }
            self.following.pop();
            let form = Form::of(&flat);
            if form.is_type() {
                self.waiting.push((schema, rust.clone(), at));
            }
            self.forms.insert(rust.clone(), form);
            form
        });
        form.is_type().then_some(rust)
    }

    /// The flat form of a schema: `allOf` is merged, and keywords of 3.1 are converted to 3.0. The result is either
    /// a reference, or contains none at its top level.
    fn flat(&mut self, schema: &Value, at: &str) -> Schema {
        let Some(schema) = schema.as_object() else {
            if !schema.is_boolean() {
                let message = "this is no schema; any JSON is taken";
                self.warn("schema-unreadable", at, message);
            }
            return Schema::new();
        };
        let mut flat = schema.clone();
        adapt(&mut flat);
        if let Some(Value::Array(types)) = flat.get("type") {
            let types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
            let types = types.join(", ");
            let why = format!("values of several types ({types}) stay raw JSON");
            flat.insert(CONFLICT.to_owned(), why.into());
            flat.shift_remove("type");
        }
        let parts = elements(flat.get("allOf")).cloned().enumerate();
        let parts = parts.map(|(index, part)| (part, format!("{at}/allOf/{index}")));
        let mut parts: Vec<(Value, String)> = parts.collect();
        if let Some(Value::String(reference)) = flat.shift_remove("$ref") {
            parts.push((json!({"$ref": reference}), at.to_owned()));
        }
        if parts.is_empty() {
            two_choices(&mut flat);
            return flat;
        }
        flat.shift_remove("allOf");
        let is_narrowed = STRUCTURE.split(' ').any(|key| flat.contains_key(key));
        if let [(part, _)] = parts.as_slice()
            && !is_narrowed
            && text(part, "$ref").is_some()
        {
            if flat.is_empty() && schema.contains_key("$ref") {
                return part.as_object().cloned().unwrap_or_default();
            }
            // Keywords that do not change the type are kept with the reference.
            flat.insert("allOf".to_owned(), json!([part]));
            return flat;
        }
        if self.following.len() > MOST_STEPS {
            return flat;
        }
        let mut merged = Schema::new();
        for (part, part_at) in parts {
            self.absorb(&mut merged, part, &part_at, at);
        }
        merge(&mut merged, flat, at, true);
        two_choices(&mut merged);
        merged
    }

    /// Merges a part of an `allOf`, after following its references.
    pub(super) fn absorb(&mut self, merged: &mut Schema, part: Value, part_at: &str, at: &str) {
        let depth = self.following.len();
        let (mut part, mut part_at) = (part, part_at.to_owned());
        let mut notes = Schema::new();
        loop {
            let mut flat = self.flat(&part, &part_at);
            let Some(target) = reference_of(&flat).map(str::to_owned) else {
                let members = flat.get_mut("properties").and_then(Value::as_object_mut);
                for (key, member) in members.into_iter().flatten() {
                    let origin = step(&step(&part_at, "properties"), key);
                    if let Some(member) = member.as_object_mut() {
                        member.entry(ORIGIN).or_insert(origin.into());
                    }
                }
                merge(merged, flat, at, false);
                break;
            };
            flat.shift_remove("$ref");
            flat.shift_remove("allOf");
            notes.extend(flat);
            if self.following.contains(&target) || self.following.len() - depth == MOST_STEPS {
                let message = "the schema is a part of itself; this part is left out";
                self.warn("raw-json", &part_at, message);
                break;
            }
            let Some(found) = self.resolve(&target, &part_at) else {
                break;
            };
            self.following.push(target.clone());
            target.trim_start_matches('#').clone_into(&mut part_at);
            // A schema that many schemas share is flattened once.
            part = match self.flats.get(&target) {
                Some(flat) => flat.clone().into(),
                None => {
                    let mut flat = self.flat(found, &part_at);
                    if self.has_heirs(&flat, &target) {
                        for key in ["oneOf", "anyOf", "discriminator"] {
                            flat.shift_remove(key);
                        }
                    }
                    self.flats.insert(target, flat.clone());
                    flat.into()
                }
            };
        }
        self.following.truncate(depth);
        merge(merged, notes, at, false);
    }

    /// Replaces a choice by the common type of its alternatives, if they have one. Nested choices are examined up to
    /// `levels` deep.
    fn choice(&mut self, flat: &mut Schema, at: &str, levels: usize) {
        let is_choice = |key: &&str| flat.get(*key).is_some_and(Value::is_array);
        let Some(key) = ["oneOf", "anyOf"].into_iter().find(is_choice) else {
            return;
        };
        let Some(Value::Array(parts)) = flat.shift_remove(key) else {
            return;
        };
        if parts.is_empty() {
            return;
        }
        if is_object_with_members(flat) {
            return self.beside_members(flat, key, parts, at);
        }
        let mut alternatives = Vec::new();
        for (index, part) in parts.iter().cloned().enumerate() {
            let mut alternative = Schema::new();
            self.absorb(&mut alternative, part, &format!("{at}/{key}/{index}"), at);
            if levels > 0 {
                self.choice(&mut alternative, at, levels - 1);
            }
            if alternative.get("nullable").is_some_and(|it| *it == true) {
                flat.insert("nullable".to_owned(), true.into());
            }
            alternatives.push(alternative);
        }
        // Without a type in any alternative, the value is any JSON.
        if alternatives.iter().all(Form::is_any) {
            return;
        }
        if let Some(Value::Object(common)) = common(&alternatives) {
            for (key, value) in common {
                flat.entry(key).or_insert(value);
            }
            return;
        }
        for key in ["type", "enum", "format"] {
            flat.shift_remove(key);
        }
        flat.insert("oneOf".to_owned(), parts.into());
    }

    /// A choice next to members: adds the members to each alternative.
    fn beside_members(&mut self, flat: &mut Schema, key: &str, mut parts: Vec<Value>, at: &str) {
        let mut base = Schema::new();
        for key in ["type", "properties", "required"] {
            base.extend(flat.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        let members = |of: &Schema| -> Vec<String> {
            let members = entries(of.get("properties"));
            members.map(|(name, _)| name.clone()).collect()
        };
        let known = members(&base);
        let (mut is_more, mut is_object) = (false, known.len() * parts.len() <= MOST_MEMBERS);
        for (index, part) in parts.iter_mut().enumerate() {
            let mut alternative = Schema::new();
            let at_part = format!("{at}/{key}/{index}");
            self.absorb(&mut alternative, part.clone(), &at_part, at);
            let own = members(&alternative);
            is_more |= own.iter().any(|name| !known.contains(name));
            is_object &= alternative.get("type").is_none_or(|ty| ty == "object");
            if !known.iter().all(|name| own.contains(name)) {
                *part = json!({"allOf": [base, part.take()]});
            }
        }
        if !is_more {
            let message = format!("`{key}` beside members is not checked by the code");
            return self.warn("not-checked", &step(at, key), message);
        }
        if !is_object {
            let message =
                format!("`{key}` beside members is not read: what it adds is kept as further keys");
            return self.warn("choice-not-read", &step(at, key), message);
        }
        keep_only(flat, "");
        for key in ["type", "required"] {
            flat.shift_remove(key);
        }
        flat.insert("oneOf".to_owned(), parts.into());
    }

    /// Whether the alternatives of a schema inherit from the schema itself. The choice then belongs to the schema,
    /// and not to its heirs.
    fn has_heirs(&self, flat: &Schema, reference: &str) -> bool {
        let is_it = |part: &Value| text(part, "$ref") == Some(reference);
        let alternatives = elements(flat.get("oneOf")).chain(elements(flat.get("anyOf")));
        alternatives
            .filter_map(|part| resolve(self.root, text(part, "$ref")?))
            .any(|heir| elements(heir.get("allOf")).any(is_it))
    }

    /// The normal form of a choice of types: an enumeration of normal types.
    fn union(&mut self, mut flat: Schema, name: &str, at: &str) -> Value {
        let is_any_of = self.root.pointer(&step(at, "anyOf")).is_some();
        let at = step(at, if is_any_of { "anyOf" } else { "oneOf" });
        let discriminator = flat.get("discriminator").cloned().unwrap_or_default();
        let last = |target: &'_ str| target.rsplit('/').next().map(str::to_owned);
        let mapping = entries(discriminator.get("mapping"));
        let mapping = mapping.filter_map(|(value, target)| Some((value, last(target.as_str()?)?)));
        let mapping: Vec<(&String, String)> = mapping.collect();
        let mut alternatives: Vec<Value> = Vec::new();
        let Some(Value::Array(parts)) = flat.shift_remove("oneOf") else {
            return flat.into();
        };
        for (index, part) in parts.iter().enumerate() {
            // For an object with members, the choice is one more member.
            let named = |key| text(part, key).or_else(|| text(part.pointer("/allOf/1")?, key));
            let target = named("$ref").and_then(last);
            let title = named("title").or(target.as_deref()).map(naming::ascii);
            let title = title.filter(|title| !title.trim().is_empty());
            let title = title.map(|title| naming::pascal(&title));
            let title = title.unwrap_or_else(|| format!("Variant{}", index + 1));
            let mut schema = self.place(part, &format!("{name}{title}"), &format!("{at}/{index}"));
            let nullable = schema
                .as_object_mut()
                .and_then(|it| it.shift_remove("nullable"));
            if nullable.is_some_and(|nullable| nullable == true) {
                flat.insert("nullable".to_owned(), true.into());
            }
            let values = mapping.iter().filter(|(_, to)| Some(to) == target.as_ref());
            let mut values: Vec<&String> = values.map(|(value, _)| *value).collect();
            // Without a mapping, the value is the name of the component.
            if values.is_empty() && discriminator.is_object() {
                values.extend(&target);
            }
            let is_any = text(&schema, "type").is_none() && component(&schema).is_none();
            if !is_any {
                alternatives.push(json!({"schema": schema, "values": values}));
            }
        }
        keep_only(&mut flat, "");
        flat.insert(CHOICE.to_owned(), alternatives.into());
        flat.into()
    }

    /// The normal form of an object with members.
    fn object(&mut self, mut flat: Schema, name: &str, at: &str) -> Value {
        let at_properties = step(at, "properties");
        let mut properties = Map::new();
        for (key, property) in entries(flat.get("properties")) {
            let at = step(&at_properties, key);
            if key.contains(['"', '\\']) || key.contains(char::is_control) {
                let message = "the key has a character that JSON can only write as an escape; the member is left out";
                self.warn("property-left-out", &at, message);
                continue;
            }
            let name = format!("{name}{}", naming::pascal(&naming::ascii(key)));
            properties.insert(key.clone(), self.place(property, &name, &at));
        }
        let is_member = |name: &Value| name.as_str().is_some_and(|it| properties.contains_key(it));
        let required = elements(flat.get("required"));
        let unknown = required
            .filter(|name| !is_member(name))
            .map(ToString::to_string);
        let unknown: Vec<String> = unknown.collect();
        if let Some(Value::Array(required)) = flat.get_mut("required") {
            required.retain(is_member);
        }
        if !unknown.is_empty() {
            let unknown = unknown.join(", ");
            let message = format!("{unknown} must be there, and no member is described so");
            self.warn("required-unknown", &step(at, "required"), message);
        }
        let more = flat.get("additionalProperties");
        if more.is_some_and(|more| *more == true || entries(Some(more)).next().is_some()) {
            flat.insert(OPEN.to_owned(), step(at, "additionalProperties").into());
        }
        keep_only(&mut flat, "");
        flat.insert("type".to_owned(), "object".into());
        flat.insert("properties".to_owned(), properties.into());
        flat.into()
    }

    /// Makes a named component of a type, and returns the reference to it.
    pub(super) fn hoisted(&mut self, mut normal: Value, form: Form, name: &str, at: &str) -> Value {
        let mut place = Schema::new();
        if let Some(normal) = normal.as_object_mut() {
            let of_place = OF_PLACE.split(' ');
            place.extend(of_place.filter_map(|key| normal.shift_remove_entry(key)));
            let description = normal.get_key_value("description");
            place.extend(description.map(|(key, value)| (key.clone(), value.clone())));
        }
        let mut known = self.by_place.get(name).into_iter().flatten();
        let known = known.find(|known| self.added.get(*known) == Some(&normal));
        let rust = known.cloned().unwrap_or_else(|| {
            let is_free = self.names.is_free(name);
            let rust = self.names.take(name);
            if !is_free {
                let message = format!(
                    "this inline schema is called `{rust}`, since another one has the name of its place"
                );
                self.warn("name-taken", at, message);
            }
            self.forms.insert(rust.clone(), form);
            self.added.insert(rust.clone(), normal);
            self.by_place.entry(name.to_owned()).or_default().push(rust.clone());
            rust
        });
        place.insert("allOf".to_owned(), json!([reference(&rust)]));
        place.into()
    }

    /// A schema that is neither a type nor a list: a scalar, an object without described members, or any JSON.
    fn plain(&mut self, mut flat: Schema, name: &str, at: &str) -> Value {
        if is_object_with_members(&flat) {
            let message =
                format!("the object has more than {MOST_PROPERTIES} members, and stays raw JSON");
            self.warn("raw-json", at, message);
            flat.insert("type".to_owned(), "object".into());
        }
        if let Some(values) = flat.shift_remove("enum") {
            let values = elements(Some(&values)).map(|value| format!("`{value}`"));
            let values: Vec<String> = values.collect();
            if !values.is_empty() {
                let message = "values that are not all text are not an enumeration in the code";
                self.warn("enum-not-text", &step(at, "enum"), message);
                note(&mut flat, &format!("One of {}.", values.join(", ")));
            }
        }
        let more = flat.get("additionalProperties");
        if !flat.contains_key("type") && more.is_some_and(|more| *more != false) {
            flat.insert("type".to_owned(), "object".into());
        }
        let sample = ["example", "default"].map(|key| flat.get(key));
        let ty = match sample.into_iter().flatten().next() {
            Some(Value::String(_)) => "string",
            Some(Value::Number(_)) => "number",
            Some(Value::Bool(_)) => "boolean",
            _ => "",
        };
        if !flat.contains_key("type") && !ty.is_empty() {
            flat.insert("type".to_owned(), ty.into());
            flat.insert("x-heffl-evidence".to_owned(), "sampled".into());
        }
        let ty = flat
            .get("type")
            .map(|ty| ty.as_str().unwrap_or_default().to_owned());
        let is_map = ty.as_deref() == Some("object");
        keep_only(&mut flat, if is_map { "additionalProperties" } else { "" });
        match ty.as_deref() {
            None | Some("string" | "boolean" | "number") => {}
            Some("integer") => {
                let bounds = ["maximum", "minimum"].map(|key| flat.get(key));
                let is_large = |bound: &&Value| bound.is_u64() && !bound.is_i64();
                let is_large = bounds.iter().flatten().any(is_large);
                let format = flat.get("format").and_then(Value::as_str);
                if is_large || matches!(format, Some("uint64" | "int128" | "uint128")) {
                    flat.insert("type".to_owned(), "number".into());
                    flat.insert("format".to_owned(), "decimal".into());
                }
            }
            Some("object") => {
                if flat.get("format").is_some_and(|format| format == URI_MAP) {
                    let text = || json!({"type": "string"});
                    flat.entry("additionalProperties").or_insert_with(text);
                }
                let is_bag = flat.contains_key("x-heffl-custom-fields");
                let values = flat.get("additionalProperties").cloned();
                if let Some(values) = values.filter(|values| values.is_object() && !is_bag) {
                    let at = step(at, "additionalProperties");
                    let values = self.place(&values, &format!("{name}Value"), &at);
                    flat.insert("additionalProperties".to_owned(), values);
                }
            }
            Some(found) => {
                let message = format!("`{found}` is no type; any JSON is taken");
                self.warn("type-unknown", &step(at, "type"), message);
                flat.shift_remove("type");
            }
        }
        flat.into()
    }

    fn unchecked(&mut self, flat: &Schema, at: &str) {
        for key in UNCHECKED.split(' ') {
            let is_choice = flat.contains_key("oneOf") || flat.contains_key("anyOf");
            let is_read = key == "discriminator" && is_choice;
            if !is_read && flat.get(key).is_some_and(|value| *value != false) {
                let message = format!("`{key}` is not checked by the code");
                self.warn("not-checked", &step(at, key), message);
            }
        }
    }
}

/// Merges `from` into `into`. If both have a keyword, members of objects are combined. For other keywords, the first value
/// takes precedence, unless `from` is the schema `itself`.
fn merge(into: &mut Schema, from: Schema, at: &str, itself: bool) {
    let mut conflict = None;
    for (key, value) in from {
        let Some(known) = into.get_mut(&key) else {
            into.insert(key, value);
            continue;
        };
        match (key.as_str(), known, value) {
            ("properties", Value::Object(known), Value::Object(properties)) => {
                merge_properties(known, properties, &step(at, "properties"));
            }
            ("required", Value::Array(known), Value::Array(more)) => {
                let more = more.into_iter().filter(|name| !known.contains(name));
                let more: Vec<Value> = more.collect();
                known.extend(more);
            }
            ("enum", Value::Array(known), Value::Array(values)) => {
                known.retain(|value| values.contains(value));
            }
            ("items", known, value) if *known != value => {
                *known = json!({"allOf": [known.take(), value]});
            }
            ("nullable", known, value) => *known = (*known == true || value == true).into(),
            ("type", known, value) if *known != value => {
                let is_number = |ty: &Value| ty == "integer" || ty == "number";
                if is_number(known) && is_number(&value) {
                    *known = "integer".into();
                } else {
                    *known = Value::Null;
                    let why =
                        "the parts of `allOf` are of different types; the value stays raw JSON";
                    conflict = Some(why.to_owned());
                }
            }
            ("oneOf" | "anyOf", known, value) if *known != value => {
                conflict = Some(format!("of several `{key}` in `allOf`, the first is read"));
            }
            (_, known, value) if itself => *known = value,
            _ => {}
        }
    }
    if let Some(why) = conflict {
        into.entry(CONFLICT).or_insert(why.into());
    }
    if into.get("type").is_some_and(Value::is_null) {
        for key in ["type", "properties", "items", "enum"] {
            into.shift_remove(key);
        }
    }
}

/// If both define a member differently, both schemas apply to the member.
fn merge_properties(known: &mut Schema, properties: Schema, at: &str) {
    for (name, property) in properties {
        let own = without_origin(&property);
        let other = known
            .get(&name)
            .filter(|other| without_origin(other) != own);
        let merged = match other {
            Some(other) => {
                let origin = property.get(ORIGIN).or_else(|| other.get(ORIGIN)).cloned();
                let origin = origin.unwrap_or_else(|| step(at, &name).into());
                json!({"allOf": [without_origin(other), own], ORIGIN: origin})
            }
            None => property,
        };
        known.insert(name, merged);
    }
}

/// Adds a paragraph to the description.
pub(super) fn note(flat: &mut Schema, paragraph: &str) {
    let described = match flat.get("description").and_then(Value::as_str) {
        Some(text) if !text.trim().is_empty() => format!("{text}\n\n{paragraph}"),
        _ => paragraph.to_owned(),
    };
    flat.insert("description".to_owned(), described.into());
}

/// The reference, if a flat schema is one.
fn reference_of(flat: &Schema) -> Option<&str> {
    let reference = flat
        .get("$ref")
        .or_else(|| flat.get("allOf")?.get(0)?.get("$ref"));
    reference.and_then(Value::as_str)
}

/// Keywords next to a reference take precedence over keywords of its target.
fn with_notes(normal: &Value, notes: Schema) -> Value {
    let mut noted = normal.as_object().cloned().unwrap_or_default();
    noted.extend(notes);
    noted.into()
}

fn without_origin(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.shift_remove(ORIGIN);
    }
    schema
}

fn is_object_with_members(flat: &Schema) -> bool {
    entries(flat.get("properties")).next().is_some()
        && flat.get("type").is_none_or(|ty| ty == "object")
}

fn is_enumeration(flat: &Schema) -> bool {
    let values = flat.get("enum").and_then(Value::as_array);
    flat.get("type").is_none_or(|ty| ty == "string")
        && values.is_some_and(|it| !it.is_empty() && it.iter().all(Value::is_string))
}

/// Whether a schema is a choice of types that have nothing in common.
fn is_choice(flat: &Schema) -> bool {
    flat.get("oneOf").is_some_and(Value::is_array) && !is_object_with_members(flat)
}

/// Removes the keywords that contain schemas, except one. A normal schema has at most one of them.
pub(super) fn keep_only(flat: &mut Schema, keyword: &str) {
    const KEYWORDS: &str = "properties items additionalProperties allOf oneOf anyOf $ref";
    for key in KEYWORDS.split(' ').filter(|key| *key != keyword) {
        flat.shift_remove(key);
    }
}

/// The kind of normal form that a flat schema gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Reference,
    /// A type of the type generator.
    Foreign,
    List,
    Object,
    Choice,
    Enumeration,
    /// A scalar, an object without members, or any JSON.
    Plain,
}

impl Form {
    pub(super) fn of(flat: &Schema) -> Self {
        let is_list = || match flat.get("type") {
            Some(ty) => ty == "array",
            None => flat.get("items").is_some_and(Value::is_object),
        };
        if reference_of(flat).is_some() {
            Self::Reference
        } else if is_object_with_members(flat) {
            let is_small = entries(flat.get("properties")).count() <= MOST_PROPERTIES;
            if is_small { Self::Object } else { Self::Plain }
        } else if flat.contains_key(CONFLICT) && !is_enumeration(flat) {
            Self::Foreign
        } else if is_list() {
            Self::List
        } else if is_choice(flat) {
            Self::Choice
        } else if is_enumeration(flat) {
            Self::Enumeration
        } else {
            Self::Plain
        }
    }

    /// Whether a schema allows any JSON.
    fn is_any(flat: &Schema) -> bool {
        Self::of(flat) == Self::Plain && !flat.contains_key("type")
    }

    /// Whether it has a name.
    pub(super) fn is_type(self) -> bool {
        !matches!(self, Self::Reference | Self::List | Self::Plain)
    }
}

fn enumeration(mut flat: Schema) -> Value {
    keep_only(&mut flat, "");
    flat.insert("type".to_owned(), "string".into());
    if let Some(Value::Array(values)) = flat.get_mut("enum") {
        let mut known = BTreeSet::new();
        values.retain(|value| known.insert(value.to_string()));
    }
    flat.into()
}

/// A table can express one choice only, and not two.
fn two_choices(flat: &mut Schema) {
    if ["oneOf", "anyOf"]
        .iter()
        .all(|key| flat.get(*key).is_some_and(Value::is_array))
    {
        let why = "of `oneOf` and `anyOf`, the first is read";
        flat.entry(CONFLICT).or_insert(why.into());
    }
}

/// Converts keywords of OpenAPI 3.1 to keywords of 3.0.
pub(super) fn adapt(flat: &mut Schema) {
    let mut nullable = false;
    let mut without_null = |values: &mut Vec<Value>, is_null: fn(&Value) -> bool| {
        let count = values.len();
        values.retain(|value| !is_null(value));
        nullable |= values.len() < count;
    };
    let mut types = match flat.shift_remove("type") {
        Some(Value::Array(types)) => types,
        ty => ty.into_iter().collect(),
    };
    without_null(&mut types, |ty| ty == "null");
    let is_number = |ty: &Value| ty == "integer" || ty == "number";
    let ty = match types.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [one, other] if one != other && is_number(one) && is_number(other) => Some("number".into()),
        _ => Some(types.into()),
    };
    flat.extend(ty.map(|ty| ("type".to_owned(), ty)));
    if let Some(value) = flat.shift_remove("const") {
        flat.entry("enum").or_insert_with(|| json!([value]));
    }
    if let Some(Value::Array(values)) = flat.get_mut("enum") {
        without_null(values, Value::is_null);
        if values.is_empty() {
            flat.shift_remove("enum");
        }
    }
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(parts)) = flat.get_mut(key) else {
            continue;
        };
        without_null(parts, is_null);
        if parts.len() > 1 {
            continue;
        }
        let one = parts.pop();
        flat.shift_remove(key);
        let parts = flat.get("allOf").and_then(Value::as_array);
        let parts: Vec<Value> = parts.into_iter().flatten().cloned().chain(one).collect();
        if !parts.is_empty() {
            flat.insert("allOf".to_owned(), parts.into());
        }
    }
    if let Some(first) = flat
        .get("examples")
        .and_then(|examples| examples.get(0))
        .cloned()
    {
        flat.entry("example").or_insert(first);
    }
    if nullable {
        flat.insert("nullable".to_owned(), true.into());
    }
}

/// Whether an alternative is `null` and nothing else.
fn is_null(part: &Value) -> bool {
    let values = part.get("enum").and_then(Value::as_array);
    part.get("type").is_some_and(|ty| ty == "null")
        || values.is_some_and(|values| values.iter().all(Value::is_null))
        || part.get("const").is_some_and(Value::is_null)
}

/// The one type that several schemas have in common, if there is one.
fn common(alternatives: &[Schema]) -> Option<Value> {
    let of = |alternative: &Schema| match alternative.get("type").and_then(Value::as_str) {
        Some(ty) => Some(ty.to_owned()),
        None => is_enumeration(alternative).then(|| "string".to_owned()),
    };
    let types: Option<BTreeSet<String>> = alternatives.iter().map(of).collect();
    let types: Vec<String> = types?.into_iter().collect();
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    let all = |key: &'static str| alternatives.iter().map(move |it| it.get(key));
    Some(match types.as_slice() {
        ["string"] => {
            let values: Vec<&Value> = all("enum").flat_map(elements).collect();
            let format = all("format").next().flatten();
            match format.filter(|_| all("format").all(|other| other == format)) {
                _ if !values.is_empty() => json!({"type": "string", "enum": values}),
                Some(format) => json!({"type": "string", "format": format}),
                None => json!({"type": "string"}),
            }
        }
        [ty @ ("integer" | "boolean" | "number")] => json!({"type": ty}),
        ["integer", "number"] => json!({"type": "number"}),
        ["array"] => {
            let items = all("items").map(|items| items.cloned().unwrap_or_else(|| json!({})));
            json!({"type": "array", "items": {"anyOf": items.collect::<Vec<_>>()}})
        }
        _ => return None,
    })
}

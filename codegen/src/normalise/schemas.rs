//! Schemas: the many ways to write one become few.

use serde_json::{Map, Value, json};

use super::Normaliser;
use crate::{
    json::{elements, entries, flag, percent_decoded, reference, resolve, step, text},
    naming,
};

/// What belongs to a place, and not to the type that stands there.
const OF_PLACE: [&str; 7] = [
    "nullable",
    "default",
    "example",
    "deprecated",
    "x-heffl-evidence",
    "x-heffl-response-name",
    "x-heffl-rule",
];

/// What says of a schema which values it allows, and makes it more than a note beside a reference.
const STRUCTURE: &str = "type properties items enum required additionalProperties oneOf anyOf";

/// What narrows values down, and is not checked anywhere.
const UNCHECKED: &str = "discriminator not if then else patternProperties propertyNames dependentRequired \
    dependentSchemas contains prefixItems unevaluatedProperties unevaluatedItems pattern multipleOf \
    exclusiveMinimum exclusiveMaximum uniqueItems minProperties maxProperties contentEncoding";

/// The alternatives of a choice, each with its schema and the words that a discriminator has for it.
pub(super) const CHOICE: &str = "x-heffl-codegen-choice";

/// In a component: the outline, its leaves, where it is from, and what to warn of if it cannot be typed.
pub(crate) const FOREIGN: &str = "x-heffl-codegen-foreign";

/// In an object that takes further members: where the document says so.
pub(super) const OPEN: &str = "x-heffl-codegen-open";

/// Where a property comes from that was merged into another schema.
const ORIGIN: &str = "x-heffl-codegen-origin";

/// The runtime keeps a bit for each.
const MOST_PROPERTIES: usize = 256;

/// References within references, and parts within parts, that are followed.
const MOST_STEPS: usize = 32;

/// Places within places.
const MOST_DEPTH: usize = 64;

/// Members beside a choice, times its alternatives.
const MOST_MEMBERS: usize = 1_000;

/// Choices within a choice that are looked into.
const MOST_CHOICES: usize = 2;

/// In a flat schema: why it cannot be a table, a list or a scalar.
const CONFLICT: &str = "x-heffl-codegen-conflict";

pub(super) type Schema = Map<String, Value>;

impl<'a> Normaliser<'a> {
    /// The normal form of a schema that stands in a place. What needs a name gets `name`.
    pub(super) fn place(&mut self, schema: &Value, name: &str, at: &str) -> Value {
        // References into one another can describe more than a machine holds.
        if self.depth == MOST_DEPTH || self.places == 0 {
            self.warn(
                "raw-json",
                at,
                "the schemas that hold each other here have no end; the value stays raw JSON",
            );
            return json!({});
        }
        self.depth += 1;
        self.places -= 1;
        let normal = self.placed(schema, name, at);
        self.depth -= 1;
        normal
    }

    fn placed(&mut self, schema: &Value, name: &str, at: &str) -> Value {
        let at = &schema
            .get(ORIGIN)
            .and_then(Value::as_str)
            .unwrap_or(at)
            .to_owned();
        let mut flat = self.flat(schema, at);
        flat.shift_remove(ORIGIN);
        if let Some(target) = reference_of(&flat).map(str::to_owned) {
            return self.referred(&target, flat, at);
        }
        if let Some(why) = self.conflict(&mut flat, at) {
            let normal = self.foreign(schema, flat, &why, name, at);
            return self.hoisted(normal, name, at);
        }
        self.unchecked(&flat, at);
        self.choice(&mut flat, at);
        if let Some(items) = items(&flat) {
            let items = self.place(&items, &format!("{name}Item"), &step(at, "items"));
            keep_only(&mut flat, "");
            flat.insert("items".to_owned(), items);
            flat.insert("type".to_owned(), "array".into());
            return flat.into();
        }
        if is_object_with_members(&flat) {
            if entries(flat.get("properties")).count() <= MOST_PROPERTIES {
                let normal = self.object(flat, name, at);
                return self.hoisted(normal, name, at);
            }
            let message =
                format!("the object has more than {MOST_PROPERTIES} members, and stays raw JSON");
            self.warn("raw-json", at, message);
            flat.shift_remove("properties");
            flat.insert("type".to_owned(), "object".into());
        }
        if is_choice(&flat) {
            let normal = self.union(flat, name, at);
            return self.hoisted(normal, name, at);
        }
        if is_enumeration(&flat) {
            let normal = enumeration(flat);
            return self.hoisted(normal, name, at);
        }
        self.plain(flat, name, at)
    }

    /// The normal form of a component that is a type.
    pub(super) fn component(&mut self, schema: &Value, rust: &str, at: &str) -> Value {
        let mut flat = self.flat(schema, at);
        if let Some(why) = self.conflict(&mut flat, at) {
            return self.foreign(schema, flat, &why, rust, at);
        }
        self.unchecked(&flat, at);
        self.choice(&mut flat, at);
        if is_choice(&flat) {
            return self.union(flat, rust, at);
        }
        if is_enumeration(&flat) {
            return enumeration(flat);
        }
        self.object(flat, rust, at)
    }

    /// Why the type generator is needed, if it is. Objects with members remain tables.
    fn conflict(&mut self, flat: &mut Schema, at: &str) -> Option<Value> {
        let why = flat.shift_remove(CONFLICT)?;
        if is_object_with_members(flat) {
            self.warn("raw-json", at, why.as_str().unwrap_or_default());
            return None;
        }
        (!is_enumeration(flat)).then_some(why)
    }

    /// What a reference becomes: another one, to a type, or what it leads to.
    fn referred(&mut self, target: &str, mut flat: Schema, at: &str) -> Value {
        flat.shift_remove("$ref");
        flat.shift_remove("allOf");
        let place = |flat: Schema, reference: Value| -> Value {
            if flat.is_empty() {
                return reference;
            }
            let mut place = flat;
            place.insert("allOf".to_owned(), json!([reference]));
            place.into()
        };
        if let Some(rust) = self.type_of(target) {
            return place(flat, reference(&rust));
        }
        if let Some(inlined) = self.inlined.get(target) {
            return with_notes(inlined.clone(), flat);
        }
        if self.following.iter().any(|known| known == target) || self.following.len() > MOST_STEPS {
            self.warn(
                "raw-json",
                at,
                "the schema holds itself without a type in between, and stays raw JSON",
            );
            return flat.into();
        }
        let Some(schema) = self.resolve(target, at) else {
            return flat.into();
        };
        let base = match self.component_of(target) {
            Some(name) => self
                .components
                .get(name)
                .map_or_else(String::new, |component| component.rust.clone()),
            None => naming::pascal(&naming::ascii(
                target.rsplit('/').next().unwrap_or_default(),
            )),
        };
        self.following.push(target.to_owned());
        let normal = self.place(schema, &base, target.trim_start_matches('#'));
        self.following.pop();
        self.inlined.insert(target.to_owned(), normal.clone());
        with_notes(normal, flat)
    }

    /// The component that a reference is of.
    fn component_of(&self, reference: &str) -> Option<&'a str> {
        let name = reference.strip_prefix("#/components/schemas/")?;
        let name = percent_decoded(name).replace("~1", "/").replace("~0", "~");
        self.components
            .get_key_value(name.as_str())
            .map(|(name, _)| *name)
    }

    /// The Rust type that a reference is to, if it is to one. It is in use from then on.
    pub(super) fn type_of(&mut self, reference: &str) -> Option<String> {
        let name = self.component_of(reference)?;
        let component = self.components.get(name)?;
        let is_type = match component.is_type {
            Some(is_type) => is_type,
            None => {
                let schema = component.schema;
                let at = step("/components/schemas", name);
                self.following.push(reference.to_owned());
                let mut flat = self.flat(schema, &at);
                if reference_of(&flat).is_none() && !is_object_with_members(&flat) {
                    self.choice(&mut flat, &at);
                }
                self.following.pop();
                let members = entries(flat.get("properties")).count();
                let is_foreign = flat.contains_key(CONFLICT)
                    && !is_object_with_members(&flat)
                    && !is_enumeration(&flat);
                let is_type = reference_of(&flat).is_none()
                    && (items(&flat).is_none() || is_foreign)
                    && (is_object_with_members(&flat) && members <= MOST_PROPERTIES
                        || is_foreign
                        || is_enumeration(&flat)
                        || is_choice(&flat));
                if let Some(component) = self.components.get_mut(name) {
                    component.is_type = Some(is_type);
                }
                if is_type {
                    self.waiting.push(name);
                }
                if is_foreign {
                    let component = self.components.get(name);
                    self.foreign
                        .extend(component.map(|component| component.rust.clone()));
                }
                if is_type && is_enumeration(&flat) {
                    let rust = self
                        .components
                        .get(name)
                        .map(|component| component.rust.clone());
                    self.enumerations.extend(rust);
                }
                is_type
            }
        };
        let component = self.components.get(name)?;
        is_type.then(|| component.rust.clone())
    }

    /// A schema of one level: `allOf` merged, and keywords of 3.1 as those of 3.0. It is a reference, or has none.
    fn flat(&mut self, schema: &Value, at: &str) -> Schema {
        let Some(schema) = schema.as_object() else {
            if !schema.is_boolean() {
                self.warn(
                    "schema-unreadable",
                    at,
                    "this is no schema; any JSON is taken",
                );
            }
            return Schema::new();
        };
        let mut flat = schema.clone();
        adapt(&mut flat);
        if let Some(kinds) = several_types(&flat) {
            let why = format!("values of several types ({kinds}) stay raw JSON");
            flat.insert(CONFLICT.to_owned(), why.into());
            flat.shift_remove("type");
        }
        let is_narrowed = STRUCTURE.split(' ').any(|key| flat.contains_key(key));
        let mut parts: Vec<(Value, String)> = Vec::new();
        for (index, part) in elements(flat.get("allOf")).enumerate() {
            parts.push((part.clone(), format!("{at}/allOf/{index}")));
        }
        if let Some(Value::String(reference)) = flat.shift_remove("$ref") {
            parts.push((json!({"$ref": reference}), at.to_owned()));
        }
        let is_reference = match parts.as_slice() {
            [] => {
                two_choices(&mut flat);
                return flat;
            }
            [(part, _)] => !is_narrowed && text(part, "$ref").is_some(),
            _ => false,
        };
        flat.shift_remove("allOf");
        if is_reference {
            // What says nothing of the type stands beside the reference.
            let part = parts.swap_remove(0).0;
            let mut place = flat;
            place.insert("allOf".to_owned(), json!([part]));
            if place.len() == 1 && schema.contains_key("$ref") {
                return Schema::from_iter(part.as_object().cloned().unwrap_or_default());
            }
            return place;
        }
        if self.following.len() > MOST_STEPS {
            return flat;
        }
        let mut merged = Schema::new();
        for (part, part_at) in parts {
            self.absorb(&mut merged, part, &part_at, at);
        }
        Self::merge(&mut merged, flat, at, true);
        two_choices(&mut merged);
        merged
    }

    /// Merges a part of an `allOf`, followed to where it leads.
    pub(super) fn absorb(&mut self, merged: &mut Schema, part: Value, part_at: &str, at: &str) {
        let mut steps = 0;
        let (mut part, mut part_at) = (part, part_at.to_owned());
        let mut notes = Schema::new();
        loop {
            let mut flat = self.flat(&part, &part_at);
            let Some(target) = reference_of(&flat).map(str::to_owned) else {
                for (key, property) in flat
                    .get_mut("properties")
                    .and_then(Value::as_object_mut)
                    .into_iter()
                    .flatten()
                {
                    let origin = step(&step(&part_at, "properties"), key);
                    if let Some(property) = property.as_object_mut() {
                        property.entry(ORIGIN).or_insert(origin.into());
                    }
                }
                Self::merge(merged, flat, at, false);
                break;
            };
            flat.shift_remove("$ref");
            flat.shift_remove("allOf");
            notes.extend(flat);
            if self.following.contains(&target) || steps == MOST_STEPS {
                self.warn(
                    "raw-json",
                    &part_at,
                    "the schema is a part of itself; this part is left out",
                );
                break;
            }
            let Some(found) = self.resolve(&target, &part_at) else {
                break;
            };
            self.following.push(target.clone());
            steps += 1;
            target.trim_start_matches('#').clone_into(&mut part_at);
            // What many schemas share is flattened once.
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
        self.following.truncate(self.following.len() - steps);
        Self::merge(merged, notes, at, false);
    }

    /// Adds what `from` says to `into`. Where both say something, both hold for what is in an object, and otherwise
    /// what was said first, unless `from` is the schema `itself`.
    fn merge(into: &mut Schema, from: Schema, at: &str, itself: bool) {
        let mut conflict = None;
        for (key, value) in from {
            match (key.as_str(), into.get_mut(&key)) {
                (_, None) => {
                    into.insert(key, value);
                }
                ("properties", Some(Value::Object(known))) => {
                    let Value::Object(properties) = value else {
                        continue;
                    };
                    for (name, property) in properties {
                        let merged = match known.get(&name) {
                            Some(other) if without_origin(other) != without_origin(&property) => {
                                let origin = property.get(ORIGIN).or_else(|| other.get(ORIGIN));
                                let origin = origin
                                    .cloned()
                                    .unwrap_or_else(|| step(&step(at, "properties"), &name).into());
                                json!({"allOf": [without_origin(other), without_origin(&property)], ORIGIN: origin})
                            }
                            _ => property,
                        };
                        known.insert(name, merged);
                    }
                }
                ("required", Some(Value::Array(known))) => {
                    let more = elements(Some(&value))
                        .filter(|name| !known.contains(name))
                        .cloned();
                    let more: Vec<Value> = more.collect();
                    known.extend(more);
                }
                ("enum", Some(Value::Array(known))) => {
                    if let Value::Array(words) = &value {
                        known.retain(|word| words.contains(word));
                    }
                }
                ("items", Some(known)) => {
                    if *known != value {
                        *known = json!({"allOf": [known.take(), value]});
                    }
                }
                ("nullable", Some(known)) => *known = Value::Bool(*known == true || value == true),
                ("type", Some(known)) => {
                    if *known != value {
                        let whole = [&*known, &value].contains(&&json!("integer"))
                            && [&*known, &value].contains(&&json!("number"));
                        if whole {
                            *known = "integer".into();
                        } else {
                            *known = Value::Null;
                            conflict = Some(
                                "the parts of `allOf` are of different types; the value stays raw JSON".to_owned(),
                            );
                        }
                    }
                }
                ("oneOf" | "anyOf", Some(known)) => {
                    if *known != value {
                        conflict =
                            Some(format!("of several `{key}` in `allOf`, the first is read"));
                    }
                }
                (_, Some(known)) => {
                    if itself {
                        *known = value;
                    }
                }
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

    /// Reads a choice whose alternatives have something in common as that.
    fn choice(&mut self, flat: &mut Schema, at: &str) {
        self.choice_within(flat, at, MOST_CHOICES);
    }

    fn choice_within(&mut self, flat: &mut Schema, at: &str, levels: usize) {
        let Some(key) = ["oneOf", "anyOf"]
            .into_iter()
            .find(|key| flat.get(*key).is_some_and(Value::is_array))
        else {
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
                self.choice_within(&mut alternative, at, levels - 1);
            }
            if flag(&Value::Object(alternative.clone()), "nullable") {
                flat.insert("nullable".to_owned(), true.into());
            }
            alternatives.push(alternative);
        }
        if let Some(common) = common(&alternatives) {
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

    /// A choice beside members: each alternative has these too.
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

    /// Whether the alternatives of a schema are made from itself: the choice is between its heirs, and not theirs.
    fn has_heirs(&self, flat: &Schema, reference: &str) -> bool {
        let is_it = |part: &Value| text(part, "$ref") == Some(reference);
        let alternatives = elements(flat.get("oneOf")).chain(elements(flat.get("anyOf")));
        alternatives
            .filter_map(|part| resolve(self.root, text(part, "$ref")?))
            .any(|heir| elements(heir.get("allOf")).any(is_it))
    }

    /// A choice of types: an enumeration of them, each normal.
    fn union(&mut self, mut flat: Schema, name: &str, at: &str) -> Value {
        let at = &step(
            at,
            if self.root.pointer(&step(at, "anyOf")).is_some() {
                "anyOf"
            } else {
                "oneOf"
            },
        );
        let discriminator = flat.get("discriminator").cloned().unwrap_or_default();
        let mapping: Vec<(String, String)> = entries(discriminator.get("mapping"))
            .filter_map(|(word, target)| {
                Some((
                    word.clone(),
                    target.as_str()?.rsplit('/').next()?.to_owned(),
                ))
            })
            .collect();
        let mut alternatives: Vec<Value> = Vec::new();
        let Some(Value::Array(parts)) = flat.shift_remove("oneOf") else {
            return flat.into();
        };
        for (index, part) in parts.iter().enumerate() {
            // Beside members, it stands next to these.
            let target = text(part, "$ref").or_else(|| text(part.pointer("/allOf/1")?, "$ref"));
            let target = target.and_then(|target| target.rsplit('/').next());
            let title = text(part, "title")
                .or_else(|| text(part.pointer("/allOf/1")?, "title"))
                .or(target)
                .map(naming::ascii)
                .filter(|title| !title.trim().is_empty());
            let title = title.map_or_else(
                || format!("Variant{}", index + 1),
                |title| naming::pascal(&title),
            );
            let mut schema = self.place(part, &format!("{name}{title}"), &format!("{at}/{index}"));
            let fields = schema.as_object_mut();
            if fields
                .is_some_and(|fields| fields.shift_remove("nullable") == Some(Value::Bool(true)))
            {
                flat.insert("nullable".to_owned(), true.into());
            }
            let mut words: Vec<&str> = mapping
                .iter()
                .filter(|(_, to)| Some(to.as_str()) == target)
                .map(|(word, _)| word.as_str())
                .collect();
            // Without a mapping, the name of the component is the word.
            words.extend(target.filter(|_| words.is_empty() && discriminator.is_object()));
            let is_any =
                text(&schema, "type").is_none() && crate::json::component(&schema).is_none();
            if !is_any {
                alternatives.push(json!({"schema": schema, "words": words}));
            }
        }
        keep_only(&mut flat, "");
        flat.insert(CHOICE.to_owned(), alternatives.into());
        flat.into()
    }

    /// An object with members, its members normal.
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
        let is_member = |name: &Value| {
            name.as_str()
                .is_some_and(|name| properties.contains_key(name))
        };
        let unknown: Vec<String> = elements(flat.get("required"))
            .filter(|name| !is_member(name))
            .map(ToString::to_string)
            .collect();
        if let Some(Value::Array(required)) = flat.get_mut("required") {
            required.retain(is_member);
        }
        if !unknown.is_empty() {
            let message = format!(
                "{} must be there, and no member is described so",
                unknown.join(", ")
            );
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

    /// Gives a name to a type that stands in a place, and returns the place.
    pub(super) fn hoisted(&mut self, mut normal: Value, name: &str, at: &str) -> Value {
        let mut place = Schema::new();
        if let Some(normal) = normal.as_object_mut() {
            for key in OF_PLACE {
                if let Some(value) = normal.shift_remove(key) {
                    place.insert(key.to_owned(), value);
                }
            }
            if let Some(description) = normal.get("description") {
                place.insert("description".to_owned(), description.clone());
            }
        }
        let mut known = self.by_place.get(name).into_iter().flatten();
        let known = known
            .find(|known| self.added.get(*known) == Some(&normal))
            .cloned();
        let rust = known.unwrap_or_else(|| {
            let is_free = self.names.is_free(name);
            let rust = self.names.take(name);
            if !is_free {
                let message = format!("this inline schema is called `{rust}`, since another one has the name of its place");
                self.warn("name-taken", at, message);
            }
            if normal.get("enum").is_some() {
                self.enumerations.insert(rust.clone());
            }
            if normal.get(FOREIGN).is_some() {
                self.foreign.insert(rust.clone());
            }
            self.added.insert(rust.clone(), normal);
            self.by_place.entry(name.to_owned()).or_default().push(rust.clone());
            rust
        });
        place.insert("allOf".to_owned(), json!([reference(&rust)]));
        place.into()
    }

    /// What is neither a type nor a list: a scalar, an object of which no member is described, or any JSON.
    fn plain(&mut self, mut flat: Schema, name: &str, at: &str) -> Value {
        if let Some(values) = flat.shift_remove("enum") {
            let values: Vec<String> = elements(Some(&values))
                .map(|value| format!("`{value}`"))
                .collect();
            if !values.is_empty() {
                let message = "values that are not all text are not an enumeration in the code";
                self.warn("enum-not-text", &step(at, "enum"), message);
                note(&mut flat, &format!("One of {}.", values.join(", ")));
            }
        }
        let is_map = match flat.get("type") {
            Some(ty) => ty == "object",
            None => flat
                .get("additionalProperties")
                .is_some_and(|more| *more != false),
        };
        keep_only(&mut flat, if is_map { "additionalProperties" } else { "" });
        match flat.get("type").map(Value::as_str) {
            Some(Some("string" | "boolean" | "number")) => {}
            Some(Some("integer")) => {
                let is_large = |key: &str| {
                    flat.get(key)
                        .is_some_and(|bound| bound.is_u64() && !bound.is_i64())
                };
                if flat.get("format").is_some_and(|format| {
                    format == "uint64" || format == "int128" || format == "uint128"
                }) || is_large("maximum")
                    || is_large("minimum")
                {
                    flat.insert("type".to_owned(), "number".into());
                    flat.insert("format".to_owned(), "decimal".into());
                }
            }
            Some(Some("object")) => {
                let is_bag = flat.get("x-heffl-custom-fields").is_some();
                if let Some(values) = flat
                    .get("additionalProperties")
                    .filter(|values| values.is_object() && !is_bag)
                    .cloned()
                {
                    let values = self.place(
                        &values,
                        &format!("{name}Value"),
                        &step(at, "additionalProperties"),
                    );
                    flat.insert("additionalProperties".to_owned(), values);
                }
            }
            Some(found) => {
                let found = found.unwrap_or_default();
                self.warn(
                    "type-unknown",
                    &step(at, "type"),
                    format!("`{found}` is no type; any JSON is taken"),
                );
                flat.shift_remove("type");
            }
            None if flat
                .get("additionalProperties")
                .is_some_and(|more| more != false) =>
            {
                flat.insert("type".to_owned(), "object".into());
                return self.plain(flat, name, at);
            }
            None => {}
        }
        flat.into()
    }

    fn unchecked(&mut self, flat: &Schema, at: &str) {
        for key in UNCHECKED.split(' ') {
            let is_read = key == "discriminator"
                && (flat.contains_key("oneOf") || flat.contains_key("anyOf"));
            if !is_read && flat.get(key).is_some_and(|value| *value != false) {
                self.warn(
                    "not-checked",
                    &step(at, key),
                    format!("`{key}` is not checked by the code"),
                );
            }
        }
    }
}

/// A list's items, if the schema is a list.
fn items(flat: &Schema) -> Option<Value> {
    let is_list = match flat.get("type") {
        Some(ty) => ty == "array",
        None => flat.get("items").is_some_and(Value::is_object),
    };
    is_list.then(|| {
        flat.get("items")
            .filter(|items| items.is_object())
            .cloned()
            .unwrap_or_else(|| json!({}))
    })
}

/// Adds a paragraph to the description.
pub(super) fn note(flat: &mut Schema, paragraph: &str) {
    let described = match flat.get("description").and_then(Value::as_str) {
        Some(text) if !text.trim().is_empty() => format!("{text}\n\n{paragraph}"),
        _ => paragraph.to_owned(),
    };
    flat.insert("description".to_owned(), described.into());
}

/// The reference that a flat schema is.
fn reference_of(flat: &Schema) -> Option<&str> {
    let reference = flat
        .get("$ref")
        .or_else(|| flat.get("allOf")?.get(0)?.get("$ref"));
    reference.and_then(Value::as_str)
}

/// What is said beside a reference goes before what is said where it leads.
fn with_notes(normal: Value, notes: Schema) -> Value {
    match normal {
        Value::Object(mut normal) => {
            normal.extend(notes);
            normal.into()
        }
        _ => notes.into(),
    }
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
    flat.get("type").is_none_or(|ty| ty == "string")
        && flat
            .get("enum")
            .and_then(Value::as_array)
            .is_some_and(|words| !words.is_empty() && words.iter().all(Value::is_string))
}

/// Whether a schema is a choice of types that have nothing in common.
fn is_choice(flat: &Schema) -> bool {
    flat.get("oneOf").is_some_and(Value::is_array) && !is_object_with_members(flat)
}

/// Keeps one of the keywords that hold schemas: what the others hold is not read, and not normal.
pub(super) fn keep_only(flat: &mut Schema, keyword: &str) {
    for key in [
        "properties",
        "items",
        "additionalProperties",
        "allOf",
        "oneOf",
        "anyOf",
        "$ref",
    ] {
        if key != keyword {
            flat.shift_remove(key);
        }
    }
}

fn enumeration(mut flat: Schema) -> Value {
    keep_only(&mut flat, "");
    flat.insert("type".to_owned(), "string".into());
    if let Some(Value::Array(words)) = flat.get_mut("enum") {
        let mut known = std::collections::BTreeSet::new();
        words.retain(|word| known.insert(word.to_string()));
    }
    flat.into()
}

/// Of two choices, a table could be of one alone.
fn two_choices(flat: &mut Schema) {
    if ["oneOf", "anyOf"]
        .iter()
        .all(|key| flat.get(*key).is_some_and(Value::is_array))
    {
        let why = "of `oneOf` and `anyOf`, the first is read";
        flat.entry(CONFLICT).or_insert(why.into());
    }
}

/// The types of a schema that has several.
fn several_types(flat: &Schema) -> Option<String> {
    let types = flat.get("type")?.as_array()?;
    let types: Vec<&str> = types.iter().filter_map(Value::as_str).collect();
    Some(types.join(", "))
}

/// Says what OpenAPI 3.1 says in the words of 3.0.
pub(super) fn adapt(flat: &mut Schema) {
    let mut nullable = false;
    if let Some(Value::Array(types)) = flat.get_mut("type") {
        let count = types.len();
        types.retain(|ty| ty != "null");
        nullable |= types.len() < count;
        let numbers = types.len() == 2
            && types.contains(&json!("integer"))
            && types.contains(&json!("number"));
        match types.as_slice() {
            [] => {
                flat.shift_remove("type");
            }
            [one] => {
                let one = one.clone();
                flat.insert("type".to_owned(), one);
            }
            _ if numbers => {
                flat.insert("type".to_owned(), "number".into());
            }
            _ => {}
        }
    } else if flat.get("type").is_some_and(|ty| ty == "null") {
        nullable = true;
        flat.shift_remove("type");
    }
    if let Some(value) = flat.shift_remove("const") {
        flat.entry("enum").or_insert_with(|| json!([value]));
    }
    if let Some(Value::Array(values)) = flat.get_mut("enum") {
        let count = values.len();
        values.retain(|value| !value.is_null());
        nullable |= values.len() < count;
        if values.is_empty() {
            flat.shift_remove("enum");
        }
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(Value::Array(parts)) = flat.get_mut(key) {
            let count = parts.len();
            parts.retain(|part| !is_null(part));
            nullable |= parts.len() < count;
            if let [one] = parts.as_slice() {
                let one = one.clone();
                flat.shift_remove(key);
                match flat.get_mut("allOf").and_then(Value::as_array_mut) {
                    Some(parts) => parts.push(one),
                    None => {
                        flat.insert("allOf".to_owned(), json!([one]));
                    }
                }
            } else if parts.is_empty() {
                flat.shift_remove(key);
            }
        }
    }
    if let Some(Value::Array(examples)) = flat.get("examples")
        && let Some(first) = examples.first().cloned()
    {
        flat.entry("example").or_insert(first);
    }
    if nullable {
        flat.insert("nullable".to_owned(), true.into());
    }
}

/// Whether an alternative is `null` and nothing else.
fn is_null(part: &Value) -> bool {
    let is_nulls = |values: &Value| {
        values
            .as_array()
            .is_some_and(|values| values.iter().all(Value::is_null))
    };
    part.get("type").is_some_and(|ty| ty == "null")
        || part.get("enum").is_some_and(is_nulls)
        || part.get("const").is_some_and(Value::is_null)
}

/// What several schemas allow together, where that is one type.
fn common(alternatives: &[Schema]) -> Option<Schema> {
    let types: Vec<&str> = alternatives
        .iter()
        .map(
            |alternative| match alternative.get("type").and_then(Value::as_str) {
                Some(ty) => Some(ty),
                None if is_enumeration(alternative) => Some("string"),
                None => None,
            },
        )
        .collect::<Option<_>>()?;
    let all = |wanted: &[&str]| types.iter().all(|ty| wanted.contains(ty));
    let mut common = Schema::new();
    if all(&["string"]) {
        common.insert("type".to_owned(), "string".into());
        let words: Vec<Value> = alternatives
            .iter()
            .flat_map(|alternative| elements(alternative.get("enum")).cloned())
            .collect();
        if words.is_empty() {
            let format = alternatives.first()?.get("format");
            if alternatives
                .iter()
                .all(|alternative| alternative.get("format") == format)
            {
                common.extend(format.map(|format| ("format".to_owned(), format.clone())));
            }
        } else {
            common.insert("enum".to_owned(), words.into());
        }
    } else if all(&["integer"]) || all(&["boolean"]) {
        common.insert("type".to_owned(), (*types.first()?).into());
    } else if all(&["integer", "number"]) {
        common.insert("type".to_owned(), "number".into());
    } else if all(&["array"]) {
        let items: Vec<Value> = alternatives
            .iter()
            .map(|alternative| {
                alternative
                    .get("items")
                    .cloned()
                    .unwrap_or_else(|| json!({}))
            })
            .collect();
        common.insert("type".to_owned(), "array".into());
        common.insert("items".to_owned(), json!({"anyOf": items}));
    } else {
        return None;
    }
    Some(common)
}

//! Components: every object and every enum of a document, under its name.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{
    merge::{self, Contradiction, LIMITS, OF_PLACE, is_enum, is_object, is_printed},
    names::VersionNames,
};
use crate::{
    case::{capitalised, joined, pascal, singular_pascal, words},
    finding::Finding,
    fragment::{EVIDENCE, Evidence, RULE},
    openapi::{SCHEMAS, entries, map, reference, set_required, type_of},
    yaml,
};

/// The components of a document while it is put together.
#[derive(Debug, Default)]
pub(super) struct Components {
    pub(super) objects: IndexMap<String, Schema>,
    pub(super) enums: IndexMap<String, Value>,
}

/// An object schema.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) object: Value,
    /// The resource that it is about.
    pub(super) resource: String,
    pub(super) role: Role,
    /// It is complete and exact, as the Markdown of a page has it.
    pub(super) is_exact: bool,
    /// The files that show it.
    pub(super) files: Vec<String>,
}

/// What a schema is used for: decides what is required and what may be `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A request body that creates or does something.
    Request,
    /// A request body that changes what it names and leaves the rest alone.
    Patch,
    /// A response.
    Response,
}

/// A place where an enum stands.
struct EnumPlace {
    /// The name that all places of the resource would share.
    shared: String,
    /// The name of this place alone.
    own: String,
    schema: Value,
}

impl Components {
    /// Adds what one more page says of a schema, and returns its name: `name`, or `other` where another
    /// schema has that already.
    pub(super) fn add(
        &mut self,
        name: &str,
        other: &str,
        schema: Schema,
        contradictions: &mut Vec<Contradiction>,
    ) -> String {
        let Some(known) = self.objects.get_mut(name) else {
            self.objects.insert(name.to_owned(), schema);
            return name.to_owned();
        };
        if known.is_exact && schema.is_exact {
            if outline(&known.object) == outline(&schema.object) {
                return name.to_owned();
            }
            if name != other {
                return self.add(other, other, schema, contradictions);
            }
        }
        let before = contradictions.len();
        merge::merge_objects(
            &mut known.object,
            &schema.object,
            &yaml::child("/components/schemas", name),
            contradictions,
        );
        for contradiction in contradictions.iter_mut().skip(before) {
            contradiction.files = [schema.files.join(", "), known.files.join(", ")];
        }
        known.files.extend(schema.files);
        known.is_exact &= schema.is_exact;
        name.to_owned()
    }

    /// Applies the rules of each schema's role.
    pub(super) fn settle(&mut self) {
        for schema in self.objects.values_mut() {
            // A page that says everything is taken at its word.
            if !schema.is_exact {
                settle(&mut schema.object, schema.role);
            }
        }
    }

    /// Gives every nested object a name and makes a component of it.
    pub(super) fn name_objects(&mut self) {
        let mut places: HashMap<String, Vec<Value>> = HashMap::new();
        for schema in self.objects.values() {
            gather(&schema.object, &mut places);
        }
        let shared: HashSet<String> = places
            .into_iter()
            .filter(|(name, objects)| {
                objects.len() > 1
                    && !self.objects.contains_key(name)
                    && objects
                        .windows(2)
                        .all(|pair| outline(&pair[0]) == outline(&pair[1]))
            })
            .map(|(name, _)| name)
            .collect();
        // Components that are added here are visited in their turn.
        let mut index = 0;
        while let Some((parent, schema)) = self.objects.get_index_mut(index) {
            let parent = parent.clone();
            let mut object = std::mem::take(&mut schema.object);
            let around = schema.clone();
            let properties = object.get_mut("properties").and_then(Value::as_object_mut);
            for (property, schema) in properties.into_iter().flatten() {
                self.name_inside(&parent, &around, property, schema, &shared);
            }
            if let Some(values) = object
                .get_mut("additionalProperties")
                .filter(|values| values.is_object())
            {
                self.name_inside(&parent, &around, "value", values, &shared);
            }
            for key in ["oneOf", "anyOf", "allOf"] {
                if let Some(parts) = object.get_mut(key) {
                    let mut union = json!({key: parts.take()});
                    self.name_inside(&parent, &around, "option", &mut union, &shared);
                    *parts = union[key].take();
                }
            }
            if let Some((_, schema)) = self.objects.get_index_mut(index) {
                schema.object = object;
            }
            index += 1;
        }
    }

    /// Names the objects in a property of `parent`.
    fn name_inside(
        &mut self,
        parent: &str,
        around: &Schema,
        property: &str,
        schema: &mut Value,
        shared: &HashSet<String>,
    ) {
        let simple = object_name(property, schema);
        let name = if shared.contains(&simple) {
            simple
        } else {
            joined(parent, &around.resource, &simple)
        };
        let mut found = 0;
        each_own(schema, &mut |schema| {
            if !is_object(schema) {
                return;
            }
            found += 1;
            let name = if found == 1 {
                name.clone()
            } else {
                format!("{name}{found}")
            };
            let mut object = replace(schema, "");
            let name = self.add_nested(&name, around, &mut object);
            set_reference(schema, &name);
        });
    }

    /// Adds a nested object under `name`, or the next free one: `Part`, `Part2`.
    fn add_nested(&mut self, name: &str, around: &Schema, object: &mut Value) -> String {
        let resource = |name: &str| {
            name.strip_prefix("Create")
                .or_else(|| name.strip_prefix("Update"))
                .unwrap_or(name)
                .to_owned()
        };
        for number in 1.. {
            let name = if number == 1 {
                name.to_owned()
            } else {
                format!("{name}{number}")
            };
            match self.objects.get_mut(&name) {
                None => {
                    let schema = Schema {
                        object: object.take(),
                        resource: resource(&name),
                        ..around.clone()
                    };
                    self.objects.insert(name.clone(), schema);
                    return name;
                }
                // The object around this one, which has been taken out for now.
                Some(known) if known.object.is_null() => {}
                Some(known) if outline(&known.object) == outline(object) => {
                    strengthen(&mut known.object, object);
                    return name;
                }
                Some(known) if covers(&known.object, object) => return name,
                Some(_) => {}
            }
        }
        name.to_owned()
    }

    /// Gives every enum a name and makes a component of it. `parameters` are the query parameters,
    /// each with resource and operationId.
    pub(super) fn name_enums(&mut self, parameters: &mut [Parameter<'_>]) {
        let mut places = Vec::new();
        for (name, schema) in &mut self.objects {
            let resource = schema.resource.clone();
            for (property, schema) in members(&mut schema.object) {
                let property = object_name(property, schema);
                each_own(schema, &mut |schema| {
                    collect(schema, &resource, name, &property, &mut places);
                });
            }
        }
        for parameter in &mut *parameters {
            let operation = capitalised(parameter.operation_id);
            let property = object_name(&parameter.name, parameter.schema);
            each_own(parameter.schema, &mut |schema| {
                collect(
                    schema,
                    parameter.resource,
                    &operation,
                    &property,
                    &mut places,
                );
            });
        }
        let mut lists: HashMap<&str, Vec<&Value>> = HashMap::new();
        for place in &places {
            lists.entry(&place.shared).or_default().push(&place.schema);
        }
        let is_shared: HashSet<String> = lists
            .into_iter()
            .filter(|(name, lists)| {
                !self.objects.contains_key(*name)
                    && lists.windows(2).all(|pair| is_same(pair[0], pair[1]))
            })
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut names = Vec::new();
        for place in places {
            let wanted = if is_shared.contains(&place.shared) {
                place.shared
            } else {
                place.own
            };
            let name = self.add_enum(&wanted, place.schema);
            names.push(name);
        }
        // The same walk once more, now with names.
        let mut names = names.into_iter();
        let mut put = |schema: &mut Value| {
            if is_enum(schema)
                && let Some(name) = names.next()
            {
                replace(schema, &name);
            }
        };
        for schema in self.objects.values_mut() {
            for (_, schema) in members(&mut schema.object) {
                each_own(schema, &mut put);
            }
        }
        for parameter in parameters {
            each_own(parameter.schema, &mut put);
        }
    }

    /// Adds an enum under `name`, or the next free one.
    fn add_enum(&mut self, name: &str, schema: Value) -> String {
        for number in 1.. {
            let name = if number == 1 {
                name.to_owned()
            } else {
                format!("{name}{number}")
            };
            match self.enums.get_mut(&name) {
                _ if self.objects.contains_key(&name) => {}
                None => {
                    self.enums.insert(name.clone(), schema);
                    return name;
                }
                Some(known) if is_same(known, &schema) => {
                    add_more_options(known, &schema);
                    return name;
                }
                Some(_) => {}
            }
        }
        name.to_owned()
    }

    /// Applies the chosen names. Several schemas may get one name if they are equal.
    pub(super) fn rename(&mut self, names: &VersionNames, findings: &mut Vec<Finding>) {
        for (derived, chosen) in &names.schemas {
            let pointer = yaml::child("/schemas", derived);
            let report = |rule, message: String| {
                Finding::new(rule, message)
                    .file(super::NAMES_FILE)
                    .pointer(pointer.clone())
                    .help("correct the entry, or delete it")
            };
            if !self.objects.contains_key(derived) && !self.enums.contains_key(derived) {
                findings.push(report(
                    "name-unused",
                    format!("the rules give no schema the name {derived}"),
                ));
            } else if derived == chosen {
                findings.push(report(
                    "name-unused",
                    format!("{derived} is called so anyway"),
                ));
            }
        }
        let chosen = |name: &str| {
            names
                .schemas
                .get(name)
                .map_or(name, String::as_str)
                .to_owned()
        };
        let clash = |name: &str| {
            Finding::new(
                "name-clash",
                format!("two different schemas are called {name}"),
            )
            .file(super::NAMES_FILE)
            .help("only equal schemas can share a name")
        };
        for schema in self.objects.values_mut() {
            rename_references(&mut schema.object, names);
        }
        let mut objects: IndexMap<String, Schema> = IndexMap::new();
        for (name, schema) in std::mem::take(&mut self.objects) {
            let name = chosen(&name);
            match objects.get_mut(&name) {
                None => {
                    objects.insert(name, schema);
                }
                Some(known) if outline(&known.object) == outline(&schema.object) => {
                    strengthen(&mut known.object, &schema.object);
                }
                Some(_) => findings.push(clash(&name)),
            }
        }
        let mut enums: IndexMap<String, Value> = IndexMap::new();
        for (name, schema) in std::mem::take(&mut self.enums) {
            let name = chosen(&name);
            match enums.get_mut(&name) {
                _ if objects.contains_key(&name) => findings.push(clash(&name)),
                None => {
                    enums.insert(name, schema);
                }
                Some(known) if is_same(known, &schema) => add_more_options(known, &schema),
                Some(_) => findings.push(clash(&name)),
            }
        }
        self.objects = objects;
        self.enums = enums;
    }
}

/// The properties of an object, and the values of its other keys.
fn members(object: &mut Value) -> impl Iterator<Item = (&str, &mut Value)> {
    object.as_object_mut().into_iter().flatten().flat_map(
        |(key, value)| -> Vec<(&str, &mut Value)> {
            match (key.as_str(), value) {
                ("properties", Value::Object(properties)) => properties
                    .iter_mut()
                    .map(|(name, schema)| (name.as_str(), schema))
                    .collect(),
                ("additionalProperties", values @ Value::Object(_)) => vec![("value", values)],
                _ => Vec::new(),
            }
        },
    )
}

/// Gives the references below `value` the chosen names, those of discriminators included.
pub(super) fn rename_references(value: &mut Value, names: &VersionNames) {
    let rename = |target: &mut Value| {
        let chosen = target
            .as_str()
            .and_then(|target| names.schemas.get(target.strip_prefix(SCHEMAS)?));
        if let Some(chosen) = chosen {
            *target = json!(format!("{SCHEMAS}{chosen}"));
        }
    };
    match value {
        Value::Object(map) => {
            if let Some(target) = map.get_mut("$ref") {
                rename(target);
            }
            let mapping = map
                .get_mut("discriminator")
                .and_then(|it| it.get_mut("mapping"));
            let mapping = mapping.and_then(Value::as_object_mut);
            mapping
                .into_iter()
                .flat_map(Map::values_mut)
                .for_each(rename);
            map.values_mut()
                .for_each(|value| rename_references(value, names));
        }
        Value::Array(list) => list
            .iter_mut()
            .for_each(|value| rename_references(value, names)),
        _ => {}
    }
}

/// Makes the reference that [`replace`] put somewhere lead to `name`.
fn set_reference(schema: &mut Value, name: &str) {
    let holder = if schema.get("allOf").is_some() {
        &mut schema["allOf"][0]
    } else {
        schema
    };
    *holder = reference(name);
}

/// A query parameter, for [`Components::name_enums`].
pub(super) struct Parameter<'a> {
    pub(super) resource: &'a str,
    pub(super) operation_id: &'a str,
    pub(super) name: String,
    pub(super) schema: &'a mut Value,
}

/// Applies what holds for every schema of a role: what nobody documented is not promised.
fn settle(schema: &mut Value, role: Role) {
    let Value::Object(object) = schema else {
        return;
    };
    let mut properties = match object.shift_remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    let mut inside_lists = role;
    for (name, property) in &mut properties {
        let is_weak = Evidence::of(property) < Some(Evidence::Documented);
        let Value::Object(map) = property else {
            continue;
        };
        match role {
            Role::Response if is_weak => {
                set_required(object, name, false);
                map.insert("nullable".to_owned(), json!(true));
            }
            Role::Patch => {
                set_required(object, name, false);
                map.shift_remove("default");
                if is_weak {
                    map.insert("nullable".to_owned(), json!(true));
                }
                // The elements of a list are sent whole.
                inside_lists = Role::Request;
            }
            Role::Response | Role::Request => {}
        }
        settle_inside(property, role, inside_lists);
    }
    if !properties.is_empty() {
        object.insert("properties".to_owned(), properties.into());
    }
}

fn settle_inside(schema: &mut Value, role: Role, inside_lists: Role) {
    if type_of(schema) == Some("array") {
        if let Some(items) = schema.get_mut("items") {
            settle_inside(items, inside_lists, inside_lists);
        }
        return;
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for part in schema
            .get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            settle_inside(part, role, inside_lists);
        }
    }
    if is_object(schema) {
        settle(schema, role);
    }
}

/// Calls `visit` on a schema and those in its lists, maps and alternatives, without going into objects.
pub(super) fn each_own(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    if type_of(schema) == Some("array")
        && let Some(items) = schema.get_mut("items")
    {
        return each_own(items, visit);
    }
    let mut has_parts = false;
    for key in ["oneOf", "anyOf", "allOf"] {
        for part in schema
            .get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            has_parts = true;
            each_own(part, visit);
        }
    }
    if has_parts && !is_object(schema) {
        return;
    }
    if !is_object(schema)
        && schema
            .get("additionalProperties")
            .is_some_and(Value::is_object)
        && let Some(values) = schema.get_mut("additionalProperties")
    {
        return each_own(values, visit);
    }
    visit(schema);
}

/// An object without what merely says how well it is known: two objects with the same outline may share
/// a component.
pub(super) fn outline(object: &Value) -> Value {
    let mut outline = object.clone();
    strip(&mut outline);
    outline
}

fn strip(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.shift_remove(EVIDENCE);
            map.shift_remove(RULE);
            map.shift_remove("example");
            if let Some(Value::Array(required)) = map.get_mut("required") {
                required.sort_by_key(ToString::to_string);
            }
            map.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Whether `other` is this object as a sample shows it: by names of properties alone.
fn covers(object: &Value, other: &Value) -> bool {
    let known = |name: &String| object["properties"].get(name).is_some();
    !is_printed(other)
        && is_printed(object)
        && entries(other.get("properties")).all(|(name, _)| known(name))
}

/// Puts a reference in place of an object or enum, and returns what it was; what is said of the place
/// stays beside the reference.
fn replace(schema: &mut Value, name: &str) -> Value {
    let keeps_limits = is_enum(schema);
    let (place, own): (Map<String, Value>, Map<String, Value>) =
        map(schema.take()).into_iter().partition(|(key, _)| {
            OF_PLACE.contains(&key.as_str()) || (keeps_limits && LIMITS.contains(&key.as_str()))
        });
    *schema = if place.is_empty() {
        reference(name)
    } else {
        let mut beside = map(json!({"allOf": [reference(name)]}));
        beside.extend(place);
        Value::Object(beside)
    };
    Value::Object(own)
}

fn gather(object: &Value, places: &mut HashMap<String, Vec<Value>>) {
    for (property, schema) in entries(object.get("properties")) {
        let name = object_name(property, schema);
        let mut schema = schema.clone();
        each_own(&mut schema, &mut |schema| {
            if is_object(schema) {
                let mut object = schema.clone();
                if let Some(map) = object.as_object_mut() {
                    map.retain(|key, _| !OF_PLACE.contains(&key.as_str()));
                }
                places.entry(name.clone()).or_default().push(object);
                gather(schema, places);
            }
        });
    }
}

/// What an object or an enum in this property is called: one element, if it is a list.
fn object_name(property: &str, schema: &Value) -> String {
    match type_of(schema) {
        Some("array") => singular_pascal(property),
        _ => pascal(&words(property)),
    }
}

fn collect(
    schema: &Value,
    resource: &str,
    around: &str,
    property: &str,
    places: &mut Vec<EnumPlace>,
) {
    if is_enum(schema) {
        places.push(EnumPlace {
            shared: joined(resource, resource, property),
            own: joined(around, resource, property),
            schema: replace(&mut schema.clone(), ""),
        });
    }
}

/// Two enums with the same values, in whatever order.
fn is_same(one: &Value, other: &Value) -> bool {
    let sorted = |schema: &Value| {
        let mut schema = schema.clone();
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.sort_by_key(ToString::to_string);
        }
        if let Some(map) = schema.as_object_mut() {
            map.shift_remove("x-heffl-more-options");
        }
        schema
    };
    sorted(one) == sorted(other)
}

fn add_more_options(known: &mut Value, other: &Value) {
    if other.get("x-heffl-more-options").is_some() {
        known["x-heffl-more-options"] = json!(true);
    }
}

/// Two places of one component: the stronger evidence counts.
fn strengthen(object: &mut Value, other: &Value) {
    let properties = object.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        let Some(other) = other["properties"].get(name) else {
            continue;
        };
        if Evidence::of(other) > Evidence::of(property) {
            for key in [EVIDENCE, RULE] {
                if let Value::Object(map) = property {
                    match other.get(key) {
                        Some(value) => map.insert(key.to_owned(), value.clone()),
                        None => map.shift_remove(key),
                    };
                }
            }
        }
        if Evidence::of(property) > Some(Evidence::Inferred)
            && let Value::Object(map) = property
        {
            map.shift_remove(RULE);
        }
    }
}

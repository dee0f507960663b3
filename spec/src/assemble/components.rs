//! Components: every object and every enum of a document, under its name.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{
    merge::{MORE_OPTIONS, is_enum, is_limit, is_object, is_of_place, is_printed, merge_objects},
    names::VersionNames,
    operations::Named,
};
use crate::{
    case::{joined, pascal, singular_pascal, words},
    finding::Finding,
    fragment::{EVIDENCE, Evidence, RULE},
    openapi::{
        Kind, PARTS, SCHEMAS, elements_mut, entries, entries_mut, map, reference, set,
        set_required, take, text, type_of, visit_schemas,
    },
    yaml::child,
};

/// The components of a document during assembly.
#[derive(Debug, Default)]
pub(super) struct Components {
    pub(super) schemas: IndexMap<String, Schema>,
    /// The differences between pages about one schema. The earlier value stays.
    pub(super) contradicted: Vec<Finding>,
}

/// The schema of an object or an enum.
#[derive(Clone, Debug, Default)]
pub(super) struct Schema {
    pub(super) object: Value,
    /// Its resource.
    pub(super) resource: String,
    pub(super) role: Role,
    /// Whether it is complete and exact, from the Markdown of a page.
    pub(super) is_exact: bool,
    /// The files that show it.
    pub(super) files: Vec<String>,
}

impl From<Value> for Schema {
    fn from(object: Value) -> Self {
        Self {
            object,
            ..Self::default()
        }
    }
}

/// The use of a schema: it decides which fields are required and which may be `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Role {
    /// A request body of a create or an action.
    #[default]
    Request,
    /// A request body that changes only the given fields.
    Patch,
    /// A response.
    Response,
}

/// Visits a member of a schema. The arguments are the outer schema, its name, the name of the member and the schema of
/// the member.
type MemberVisitor<'a> = &'a mut dyn FnMut(&mut Components, (&str, &Schema), &str, &mut Value);

impl Components {
    /// Makes components of the object in a schema or in its lists. The first is called `name`, or
    /// `alternative` where another schema has that name already.
    pub(super) fn place(
        &mut self,
        schema: &mut Value,
        [name, alternative]: [&str; 2],
        role: Role,
        named: &Named,
    ) {
        // The elements of a list are the resource.
        let is_list = type_of(schema) == Some("array") && name == named.names.response;
        let resource = named.names.resource.as_str();
        let name = if is_list { resource } else { name };
        let mut number = 0;
        each_own(schema, &mut |schema| {
            if !is_object(schema) {
                return;
            }
            number += 1;
            let numbered = |name: &str| match number {
                1 => name.to_owned(),
                _ => format!("{name}{number}"),
            };
            refer(schema, |object| {
                let schema = Schema {
                    object,
                    resource: resource.to_owned(),
                    role,
                    is_exact: named.is_exact(),
                    files: named.layered.files.clone(),
                };
                self.add(&numbered(name), &numbered(alternative), schema)
            });
        });
    }

    /// Merges the schema of another page, and returns its name.
    fn add(&mut self, name: &str, alternative: &str, schema: Schema) -> String {
        let Some(known) = self.schemas.get_mut(name) else {
            self.schemas.insert(name.to_owned(), schema);
            return name.to_owned();
        };
        if known.is_exact && schema.is_exact {
            if is_same(&known.object, &schema.object) {
                return name.to_owned();
            }
            if name != alternative {
                return self.add(alternative, alternative, schema);
            }
        }
        let [file, others] = [&schema, known].map(|schema| schema.files.join(", "));
        let mut report = |pointer: &str, message: String| {
            let help = format!(
                "compare with {others}; record the choice in spec/conflicts.yaml with this place in `at`, and make it in an overlay"
            );
            let finding = Finding::new("pages-contradict", message).file(&file);
            self.contradicted.push(finding.pointer(pointer).help(help));
        };
        let pointer = child("/components/schemas", name);
        merge_objects(&mut known.object, &schema.object, &pointer, &mut report);
        known.files.extend(schema.files);
        known.is_exact &= schema.is_exact;
        name.to_owned()
    }

    /// Applies the rules of each schema's role. Schemas of exact pages stay unchanged.
    pub(super) fn settle(&mut self) {
        let all = self.schemas.values_mut();
        for schema in all.filter(|schema| !schema.is_exact) {
            settle(&mut schema.object, schema.role);
        }
    }

    /// Gives every nested object a name and makes a component of it.
    pub(super) fn name_objects(&mut self) {
        let mut shared: HashMap<String, Vec<Value>> = HashMap::new();
        for schema in self.schemas.values() {
            gather(&schema.object, &mut shared);
        }
        shared.retain(|name, objects| objects.len() > 1 && self.can_share(name, objects));
        self.each_member(true, &mut |components,
                                     (parent, around),
                                     property,
                                     schema| {
            let simple = object_name(property, schema);
            let name = if shared.contains_key(&simple) {
                simple
            } else {
                joined(parent, &around.resource, &simple)
            };
            each_own(schema, &mut |schema| {
                if is_object(schema) {
                    refer(schema, |object| {
                        components.add_nested(&name, around, object)
                    });
                }
            });
        });
    }

    /// Visits the members of all schemas, including schemas that are added during the visit. With `alternatives`,
    /// alternatives are members too.
    fn each_member(&mut self, with_parts: bool, visit: MemberVisitor<'_>) {
        let mut index = 0;
        while let Some((name, schema)) = self.schemas.get_index_mut(index) {
            let name = name.clone();
            let mut object = schema.object.take();
            let around = schema.clone();
            for (property, schema) in members(&mut object) {
                visit(self, (&name, &around), property, schema);
            }
            for key in PARTS.iter().filter(|_| with_parts) {
                for part in elements_mut(object.get_mut(key)) {
                    visit(self, (&name, &around), "option", part);
                }
            }
            self.schemas[index].object = object;
            index += 1;
        }
    }

    /// Adds a nested object under `name`, or the next free one: `Part`, `Part2`.
    fn add_nested(&mut self, name: &str, around: &Schema, object: Value) -> String {
        let name = self.free(name, |known| {
            is_same(known, &object) || covers(known, &object)
        });
        let mut verbs = ["Create", "Update"].into_iter();
        let resource = verbs.find_map(|verb| name.strip_prefix(verb));
        let schema = Schema {
            object,
            resource: resource.unwrap_or(&name).to_owned(),
            ..around.clone()
        };
        self.insert(&name, schema);
        name
    }

    /// `name`, or the first free name with a number.
    fn free(&self, name: &str, fits: impl Fn(&Value) -> bool) -> String {
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        let is_free = |name: &String| {
            let known = self.schemas.get(name);
            known.is_none_or(|known| fits(&known.object))
        };
        names.find(is_free).unwrap_or_default()
    }

    /// Adds a schema, or merges it into an equal one.
    fn insert(&mut self, name: &str, schema: Schema) {
        match self.schemas.get_mut(name) {
            Some(known) if is_same(&known.object, &schema.object) => {
                strengthen(&mut known.object, &schema.object);
            }
            Some(_) => {}
            None => drop(self.schemas.insert(name.to_owned(), schema)),
        }
    }

    /// Whether one component can stand for all these schemas.
    fn can_share(&self, name: &str, schemas: &[Value]) -> bool {
        let mut pairs = schemas.windows(2);
        !self.schemas.contains_key(name) && pairs.all(|pair| is_same(&pair[0], &pair[1]))
    }

    /// Gives every enum a name and makes a component of it. `calls` are the operations.
    pub(super) fn name_enums(&mut self, operations: &[Named], calls: &mut [Value]) {
        let mut shared: HashMap<String, Vec<Value>> = HashMap::new();
        self.each_enum(operations, calls, &mut |_, [name, _], schema| {
            let (_, own) = split(schema);
            shared.entry(name).or_default().push(own);
        });
        shared.retain(|name, schemas| self.can_share(name, schemas));
        self.each_enum(operations, calls, &mut |components, [name, own], schema| {
            let name = if shared.contains_key(&name) {
                name
            } else {
                own
            };
            refer(schema, |object| {
                let name = components.free(&name, |known| is_same(known, &object));
                components.insert(&name, object.into());
                name
            });
        });
    }

    /// Visits every enum, with a name for all places of its resource, and a name for its place
    /// alone.
    fn each_enum(
        &mut self,
        operations: &[Named],
        calls: &mut [Value],
        visit: &mut dyn FnMut(&mut Self, [String; 2], &mut Value),
    ) {
        let mut inside =
            |components: &mut Self, [around, resource, property]: [&str; 3], schema: &mut Value| {
                let property = object_name(property, schema);
                each_own(schema, &mut |schema| {
                    if is_enum(schema) {
                        let names = [resource, around].map(|it| joined(it, resource, &property));
                        visit(components, names, schema);
                    }
                });
            };
        self.each_member(false, &mut |components,
                                      (name, around),
                                      property,
                                      schema| {
            inside(components, [name, &around.resource, property], schema);
        });
        for (named, call) in operations.iter().zip(calls) {
            let around = named.names.called("");
            for parameter in elements_mut(call.get_mut("parameters")) {
                let name = text(parameter, "name").unwrap_or_default().to_owned();
                if let Some(schema) = parameter.get_mut("schema") {
                    inside(self, [&around, &named.names.resource, &name], schema);
                }
            }
        }
    }

    /// Applies the chosen names. Several schemas may get one name if they are equal.
    pub(super) fn rename(&mut self, names: &VersionNames, findings: &mut Vec<Finding>) {
        for (derived, chosen) in &names.schemas {
            let message = if !self.schemas.contains_key(derived) {
                format!("no schema has the derived name {derived}")
            } else if derived == chosen {
                format!("{derived} is the derived name already")
            } else {
                continue;
            };
            let finding = Finding::new("name-unused", message).file(super::NAMES_FILE);
            let finding = finding.pointer(child("/schemas", derived));
            findings.push(finding.help("correct the entry, or delete it"));
        }
        for (name, mut schema) in std::mem::take(&mut self.schemas) {
            let name = names.schemas.get(&name).unwrap_or(&name);
            rename_references(&mut schema.object, Kind::Schema, names);
            let known = self.schemas.get(name);
            if known.is_some_and(|known| !is_same(&known.object, &schema.object)) {
                let message = format!("two different schemas have the name {name}");
                let finding = Finding::new("name-clash", message).file(super::NAMES_FILE);
                findings.push(finding.help("only equal schemas can share a name"));
            }
            self.insert(name, schema);
        }
    }
}

/// The properties of an object, and the values of its other keys.
fn members(object: &mut Value) -> impl Iterator<Item = (&str, &mut Value)> {
    entries_mut(Some(object)).flat_map(|(key, value)| {
        let (properties, values) = match key.as_str() {
            "properties" => (Some(value), None),
            "additionalProperties" if value.is_object() => (None, Some(("value", value))),
            _ => (None, None),
        };
        let properties = entries_mut(properties).map(|(name, schema)| (name.as_str(), schema));
        properties.chain(values)
    })
}

/// Gives the references below `value` the chosen names, including the references of discriminators.
pub(super) fn rename_references(value: &mut Value, kind: Kind, names: &VersionNames) {
    let rename = |target: &mut Value| {
        let name = target.as_str().and_then(|it| it.strip_prefix(SCHEMAS));
        if let Some(chosen) = name.and_then(|name| names.schemas.get(name)) {
            *target = json!(format!("{SCHEMAS}{chosen}"));
        }
    };
    visit_schemas(value, kind, &mut |schema, _| {
        schema.get_mut("$ref").into_iter().for_each(rename);
        let mapping = entries_mut(schema.pointer_mut("/discriminator/mapping"));
        mapping.for_each(|(_, target)| rename(target));
    });
}

/// Applies the rules for every schema of a role: undocumented facts are not promised.
fn settle(schema: &mut Value, role: Role) {
    let Some(mut properties) = take(schema, "properties") else {
        return;
    };
    let Value::Object(object) = schema else {
        return;
    };
    for (name, property) in entries_mut(Some(&mut properties)) {
        let is_weak = Evidence::of(property) < Some(Evidence::Documented);
        if role == Role::Patch || role == Role::Response && is_weak {
            set_required(object, name, false);
            if is_weak {
                set(property, "nullable", Some(&json!(true)));
            }
        }
        // The elements of a list are complete objects.
        let is_sent = role == Role::Patch && type_of(property) == Some("array");
        let role_inside = if is_sent { Role::Request } else { role };
        if role == Role::Patch {
            take(property, "default");
        }
        each_own(property, &mut |schema| {
            if is_object(schema) {
                settle(schema, role_inside);
            }
        });
    }
    object.insert("properties".to_owned(), properties);
}

/// Calls `visit` on a schema and those in its lists, maps and alternatives, without going into objects.
pub(super) fn each_own(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    if type_of(schema) == Some("array") && schema.get("items").is_some() {
        return each_own(&mut schema["items"], visit);
    }
    let mut has_parts = false;
    for key in PARTS {
        for part in elements_mut(schema.get_mut(key)) {
            has_parts = true;
            each_own(part, visit);
        }
    }
    if is_object(schema) {
        return visit(schema);
    }
    match schema.get_mut("additionalProperties") {
        _ if has_parts => {}
        Some(values) if values.is_object() => each_own(values, visit),
        _ => visit(schema),
    }
}

/// Whether two objects or enums may share a component: they differ only in evidence, and in the order of unordered
/// lists.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    outline(one) == outline(other)
}

fn outline(schema: &Value) -> Value {
    let mut outline = schema.clone();
    if is_enum(schema) {
        take(&mut outline, MORE_OPTIONS);
        sort(&mut outline, "enum");
    }
    visit_schemas(&mut outline, Kind::Schema, &mut |schema, _| {
        for key in [EVIDENCE, RULE, "example"] {
            take(schema, key);
        }
        sort(schema, "required");
    });
    outline
}

fn sort(schema: &mut Value, key: &str) {
    if let Some(Value::Array(list)) = schema.get_mut(key) {
        list.sort_by_key(ToString::to_string);
    }
}

/// Whether `other` is a sample of this object: it has the same names of properties.
fn covers(object: &Value, other: &Value) -> bool {
    let is_known = |name: &String| object["properties"].get(name).is_some();
    !is_printed(other)
        && is_printed(object)
        && entries(other.get("properties")).all(|(name, _)| is_known(name))
}

/// Separates the keywords of a place from the keywords of its object or enum.
fn split(schema: &Value) -> (Map<String, Value>, Value) {
    let keeps_limits = is_enum(schema);
    let (place, own): (Map<String, Value>, Map<String, Value>) = map(schema.clone())
        .into_iter()
        .partition(|(key, _)| is_of_place(key) || keeps_limits && is_limit(key));
    (place, Value::Object(own))
}

/// Replaces an object or enum with a reference to the component that `add` makes of it. Keywords of
/// the place stay next to the reference.
fn refer(schema: &mut Value, add: impl FnOnce(Value) -> String) {
    let (place, own) = split(schema);
    let target = reference(&add(own));
    *schema = if place.is_empty() {
        target
    } else {
        let mut siblings = map(json!({"allOf": [target]}));
        siblings.extend(place);
        Value::Object(siblings)
    };
}

fn gather(object: &Value, places: &mut HashMap<String, Vec<Value>>) {
    for (property, schema) in entries(object.get("properties")) {
        let name = object_name(property, schema);
        each_own(&mut schema.clone(), &mut |schema| {
            if is_object(schema) {
                let (_, own) = split(schema);
                places.entry(name.clone()).or_default().push(own);
                gather(schema, places);
            }
        });
    }
}

/// The name of an object or an enum in this property, in the singular for a list.
fn object_name(property: &str, schema: &Value) -> String {
    match type_of(schema) {
        Some("array") => singular_pascal(property),
        _ => pascal(&words(property)),
    }
}

/// Merges two places of a component: the stronger evidence counts.
fn strengthen(object: &mut Value, other: &Value) {
    for (name, property) in entries_mut(object.get_mut("properties")) {
        let Some(other) = other["properties"].get(name) else {
            continue;
        };
        if Evidence::of(other) > Evidence::of(property) {
            Evidence::copy(property, other);
        }
        if Evidence::of(property) > Some(Evidence::Inferred) {
            take(property, RULE);
        }
    }
    if other.get(MORE_OPTIONS).is_some() {
        set(object, MORE_OPTIONS, Some(&json!(true)));
    }
}

//! Components: every object and every enum of a document, under its name.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use super::{
    merge::{self, Contradiction},
    names::VersionNames,
    shape::{Object, Role, Shape},
    words::{joined, pascal, singular_pascal, words},
};
use crate::{Finding, record::Evidence, yaml};

/// The components of a document while it is put together.
#[derive(Debug, Default)]
pub(crate) struct Components {
    pub(crate) objects: IndexMap<String, Schema>,
    pub(crate) enums: IndexMap<String, Words>,
}

/// An object schema.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) object: Object,
    /// The resource that it is about.
    pub(crate) resource: String,
    pub(crate) role: Role,
    /// The files that tell of it.
    pub(crate) files: Vec<String>,
}

/// An enum schema.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Words {
    pub(crate) options: Vec<String>,
    pub(crate) more: bool,
}

/// A place where an enum stands.
struct EnumPlace {
    /// The name that all places of the resource would share.
    shared: String,
    /// The name of this place alone.
    own: String,
    words: Words,
}

impl Components {
    /// Adds what one more page says of a schema.
    pub(crate) fn add(&mut self, name: &str, schema: Schema, findings: &mut Vec<Finding>) {
        let Some(known) = self.objects.get_mut(name) else {
            self.objects.insert(name.to_owned(), schema);
            return;
        };
        let mut contradictions = Vec::new();
        merge::merge_objects(
            &mut known.object,
            schema.object,
            &format!("/{name}"),
            &mut contradictions,
        );
        let others = known.files.join(", ");
        findings.extend(contradictions.into_iter().map(
            |Contradiction { pointer, message }| {
                Finding::new("pages-contradict", format!("{pointer}: {message}"))
                    .file(schema.files.join(", "))
                    .help(format!("compare with {others}; a choice is made by hand: correct the weaker record's evidence, or its facts"))
            },
        ));
        known.files.extend(schema.files);
    }

    /// Applies the rules of each schema's role.
    pub(crate) fn settle(&mut self) {
        for schema in self.objects.values_mut() {
            schema.object.settle(schema.role);
        }
    }

    /// Gives every nested object a name and makes a component of it.
    pub(crate) fn name_objects(&mut self, findings: &mut Vec<Finding>) {
        let mut places: HashMap<String, Vec<Object>> = HashMap::new();
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
                        .all(|pair| pair[0].outline() == pair[1].outline())
            })
            .map(|(name, _)| name)
            .collect();
        // Components that are added here are visited in their turn.
        let mut index = 0;
        while let Some((parent, schema)) = self.objects.get_index_mut(index) {
            let parent = parent.clone();
            let Schema {
                resource,
                role,
                files,
                ..
            } = schema.clone();
            let mut nested = Vec::new();
            for (property, member) in &mut schema.object.members {
                let simple = object_name(property, &member.shape);
                let name = if shared.contains(&simple) {
                    simple
                } else {
                    joined(&parent, &resource, &simple)
                };
                let mut found = 0;
                member.shape.each_own(&mut |shape| {
                    if let Shape::Object(object) = shape {
                        found += 1;
                        let name = if found == 1 {
                            name.clone()
                        } else {
                            format!("{name}{found}")
                        };
                        nested.push((property.clone(), name.clone(), std::mem::take(object)));
                        *shape = Shape::Component(name);
                    }
                });
            }
            for (property, name, object) in nested {
                let resource = name
                    .strip_prefix("Create")
                    .or_else(|| name.strip_prefix("Update"))
                    .unwrap_or(&name)
                    .to_owned();
                let added = Schema {
                    object,
                    resource,
                    role,
                    files: files.clone(),
                };
                match self.objects.get_mut(&name) {
                    None => {
                        self.objects.insert(name, added);
                    }
                    Some(known) if known.object.outline() == added.object.outline() => {
                        strengthen(&mut known.object, &added.object);
                    }
                    Some(known) if known.object.covers(&added.object) => {}
                    Some(_) => findings.push(
                        Finding::new(
                            "name-clash",
                            format!("the objects in `{property}` of {parent} would be called {name}, as other objects are"),
                        )
                        .help(format!("rename {name} or {parent} in spec/names.yaml")),
                    ),
                }
            }
            index += 1;
        }
    }

    /// Gives every enum a name and makes a component of it. `parameters` are the query parameters,
    /// each with resource and operationId.
    pub(crate) fn name_enums(
        &mut self,
        parameters: &mut [Parameter<'_>],
        findings: &mut Vec<Finding>,
    ) {
        let mut places = Vec::new();
        for (name, schema) in &mut self.objects {
            for (property, member) in &mut schema.object.members {
                let property = object_name(property, &member.shape);
                member.shape.each_own(&mut |shape| {
                    collect(shape, &schema.resource, name, &property, &mut places);
                });
            }
        }
        for parameter in &mut *parameters {
            let operation = super::words::capitalised(parameter.operation_id);
            let property = object_name(parameter.name, parameter.shape);
            parameter.shape.each_own(&mut |shape| {
                collect(
                    shape,
                    parameter.resource,
                    &operation,
                    &property,
                    &mut places,
                );
            });
        }
        let mut lists: HashMap<&str, Vec<&Words>> = HashMap::new();
        for place in &places {
            lists.entry(&place.shared).or_default().push(&place.words);
        }
        let is_shared: HashSet<String> = lists
            .into_iter()
            .filter(|(name, lists)| {
                !self.objects.contains_key(*name)
                    && lists.windows(2).all(|pair| pair[0].is_same(pair[1]))
            })
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut names = Vec::new();
        for place in places {
            let name = if is_shared.contains(&place.shared) {
                place.shared
            } else {
                place.own
            };
            match self.enums.get_mut(&name) {
                _ if self.objects.contains_key(&name) => findings.push(
                    Finding::new(
                        "name-clash",
                        format!("an enum and an object would both be called {name}"),
                    )
                    .help("rename the object in spec/names.yaml"),
                ),
                None => {
                    self.enums.insert(name.clone(), place.words);
                }
                Some(known) if known.is_same(&place.words) => known.more |= place.words.more,
                Some(_) => findings.push(
                    Finding::new(
                        "name-clash",
                        format!("two different enums would be called {name}"),
                    )
                    .help("rename one of the schemas around them in spec/names.yaml"),
                ),
            }
            names.push(name);
        }
        // The same walk once more, now with names.
        let mut names = names.into_iter();
        let mut put = |shape: &mut Shape| {
            if matches!(shape, Shape::Words { .. })
                && let Some(name) = names.next()
            {
                *shape = Shape::Component(name);
            }
        };
        for schema in self.objects.values_mut() {
            for member in schema.object.members.values_mut() {
                member.shape.each_own(&mut put);
            }
        }
        for parameter in parameters {
            parameter.shape.each_own(&mut put);
        }
    }

    /// Applies the chosen names. Several schemas may get one name if they are equal.
    pub(crate) fn rename(&mut self, names: &VersionNames, findings: &mut Vec<Finding>) {
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
                .map_or_else(|| name.to_owned(), Clone::clone)
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
            schema.object.visit_mut(&mut |shape| {
                if let Shape::Component(name) = shape {
                    *name = chosen(name);
                }
            });
        }
        let mut objects: IndexMap<String, Schema> = IndexMap::new();
        for (name, schema) in std::mem::take(&mut self.objects) {
            let name = chosen(&name);
            match objects.get_mut(&name) {
                None => {
                    objects.insert(name, schema);
                }
                Some(known) if known.object.outline() == schema.object.outline() => {
                    strengthen(&mut known.object, &schema.object);
                }
                Some(_) => findings.push(clash(&name)),
            }
        }
        let mut enums: IndexMap<String, Words> = IndexMap::new();
        for (name, words) in std::mem::take(&mut self.enums) {
            let name = chosen(&name);
            match enums.get_mut(&name) {
                _ if objects.contains_key(&name) => findings.push(clash(&name)),
                None => {
                    enums.insert(name, words);
                }
                Some(known) if known.is_same(&words) => known.more |= words.more,
                Some(_) => findings.push(clash(&name)),
            }
        }
        self.objects = objects;
        self.enums = enums;
    }
}

/// A query parameter, for [`Components::name_enums`].
pub(crate) struct Parameter<'a> {
    pub(crate) resource: &'a str,
    pub(crate) operation_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) shape: &'a mut Shape,
}

impl Words {
    /// The same words, in whatever order.
    fn is_same(&self, other: &Self) -> bool {
        let sorted = |words: &Self| {
            let mut options = words.options.clone();
            options.sort();
            options
        };
        sorted(self) == sorted(other)
    }
}

impl Shape {
    /// Calls `visit` on this shape and those in it, without going into objects.
    pub(crate) fn each_own(&mut self, visit: &mut dyn FnMut(&mut Shape)) {
        match self {
            Self::List(inner) => inner.each_own(visit),
            Self::OneOf(shapes) => shapes.iter_mut().for_each(|shape| shape.each_own(visit)),
            other => visit(other),
        }
    }
}

fn gather(object: &Object, places: &mut HashMap<String, Vec<Object>>) {
    for (property, member) in &object.members {
        let name = object_name(property, &member.shape);
        let mut shape = member.shape.clone();
        shape.each_own(&mut |shape| {
            if let Shape::Object(object) = shape {
                places.entry(name.clone()).or_default().push(object.clone());
                gather(object, places);
            }
        });
    }
}

/// What an object or an enum in this property is called: one element, if it is a list.
fn object_name(property: &str, shape: &Shape) -> String {
    match shape {
        Shape::List(_) => singular_pascal(property),
        _ => pascal(&words(property)),
    }
}

fn collect(
    shape: &Shape,
    resource: &str,
    schema: &str,
    property: &str,
    places: &mut Vec<EnumPlace>,
) {
    if let Shape::Words { options, more } = shape {
        places.push(EnumPlace {
            shared: joined(resource, resource, property),
            own: joined(schema, resource, property),
            words: Words {
                options: options.clone(),
                more: *more,
            },
        });
    }
}

/// Two places of one component: the stronger evidence counts.
fn strengthen(object: &mut Object, other: &Object) {
    for (name, member) in &mut object.members {
        let Some(other) = other.members.get(name) else {
            continue;
        };
        if other.evidence > member.evidence {
            member.evidence = other.evidence;
            member.rule.clone_from(&other.rule);
        }
        if member.evidence > Evidence::Inferred {
            member.rule = None;
        }
    }
}

//! Schemas that the tables cannot hold: what the type generator gets of them.
//!
//! It gets an outline in the few keywords that it reads well: scalars, members, `allOf` and `oneOf`. What the tables
//! can hold stands in it as a leaf, a name for a Rust type of ours.

use serde_json::{Map, Value, json};

use super::{
    Normaliser,
    schemas::{FOREIGN, Schema, adapt, keep_only},
};
use crate::json::{elements, entries, step, text};

/// The crate that leaves are from, as the type generator sees it.
pub(crate) const LEAVES: &str = "leaf";

/// Schemas within one another in an outline.
const MOST_LEVELS: usize = 8;

/// Schemas of an outline.
const MOST_SCHEMAS: usize = 200;

/// Combinations of alternatives: each becomes a type.
const MOST_COMBINATIONS: usize = 32;

struct Outline<'n> {
    name: &'n str,
    /// Leaf → its normal schema.
    places: Map<String, Value>,
    /// It may be null.
    nullable: bool,
    schemas: usize,
    combinations: usize,
}

/// Where a part of the outline stands.
#[derive(Clone, Copy)]
struct Within {
    levels: usize,
    /// In an alternative: the words of its members tell it from others.
    alternative: bool,
}

impl Within {
    fn inside(self) -> Self {
        Self {
            levels: self.levels + 1,
            ..self
        }
    }
}

impl Normaliser<'_> {
    /// The component for a schema that the tables cannot hold. `flat` has what is said about it.
    pub(super) fn foreign(
        &mut self,
        schema: &Value,
        mut flat: Schema,
        why: &Value,
        name: &str,
        at: &str,
    ) -> Value {
        let mut outline = Outline {
            name,
            places: Map::new(),
            nullable: false,
            schemas: 0,
            combinations: 1,
        };
        let within = Within {
            levels: 0,
            alternative: false,
        };
        let schema = self.outline(schema, &mut outline, within, at);
        keep_only(&mut flat, "");
        for key in ["type", "enum", "format", "discriminator", "required"] {
            flat.shift_remove(key);
        }
        if outline.nullable {
            flat.insert("nullable".to_owned(), true.into());
        }
        flat.insert(
            FOREIGN.to_owned(),
            json!({"schema": schema, "places": outline.places, "at": at, "why": why}),
        );
        flat.into()
    }

    /// `None` where it is too large.
    fn outline(
        &mut self,
        schema: &Value,
        outline: &mut Outline<'_>,
        within: Within,
        at: &str,
    ) -> Option<Value> {
        outline.schemas += 1;
        if within.levels > MOST_LEVELS || outline.schemas > MOST_SCHEMAS {
            return None;
        }
        let mut own = schema.as_object()?.clone();
        adapt(&mut own);
        outline.nullable |= own.get("nullable") == Some(&Value::Bool(true));
        let mut parts = Vec::new();
        if let Some(Value::String(target)) = own.get("$ref") {
            if self.following.contains(target) {
                return None;
            }
            let target = target.clone();
            let found = self.resolve(&target, at)?;
            self.following.push(target.clone());
            let part = self.outline(
                found,
                outline,
                within.inside(),
                target.trim_start_matches('#'),
            );
            self.following.pop();
            parts.push(part?);
        }
        parts.extend(self.members_and_types(&own, outline, within, at)?);
        for (index, part) in elements(own.get("allOf")).enumerate() {
            parts.push(self.outline(
                part,
                outline,
                within.inside(),
                &format!("{at}/allOf/{index}"),
            )?);
        }
        for key in ["oneOf", "anyOf"] {
            let Some(alternatives) = own.get(key).and_then(Value::as_array) else {
                continue;
            };
            outline.combinations = outline.combinations.saturating_mul(alternatives.len());
            if outline.combinations > MOST_COMBINATIONS {
                return None;
            }
            let within = Within {
                alternative: true,
                ..within.inside()
            };
            let alternatives = alternatives.iter().enumerate().map(|(index, alternative)| {
                self.outline(alternative, outline, within, &format!("{at}/{key}/{index}"))
            });
            let alternatives: Vec<Value> = alternatives.collect::<Option<_>>()?;
            parts.push(json!({"oneOf": alternatives}));
        }
        Some(match parts.len() {
            0 => json!({}),
            1 => parts.swap_remove(0),
            _ => json!({"allOf": parts}),
        })
    }

    /// What a schema says itself of types and members: one part, or none. `None` if it cannot be typed.
    fn members_and_types(
        &mut self,
        own: &Schema,
        outline: &mut Outline<'_>,
        within: Within,
        at: &str,
    ) -> Option<Vec<Value>> {
        if let Some(types) = own.get("type").and_then(Value::as_array) {
            let mut alternatives = Vec::new();
            for ty in types.iter().filter_map(Value::as_str) {
                let mut alternative = own.clone();
                alternative.insert("type".to_owned(), ty.into());
                let mut alternative =
                    self.of_type(&alternative, (ty, true), outline, within, at)?;
                let title = match ty {
                    "array" => "List".to_owned(),
                    other => crate::naming::pascal(other),
                };
                alternative["title"] = title.into();
                alternatives.push(alternative);
            }
            return Some(vec![json!({"oneOf": alternatives})]);
        }
        let ty = own.get("type").and_then(Value::as_str);
        let has_members = entries(own.get("properties")).next().is_some()
            || elements(own.get("required")).next().is_some();
        let ty = match ty {
            None if has_members => Some("object"),
            None if own.get("items").is_some() => Some("array"),
            None if words(own).is_some() => Some("string"),
            ty => ty,
        };
        Some(match ty {
            Some(ty) => vec![self.of_type(own, (ty, false), outline, within, at)?],
            None => Vec::new(),
        })
    }

    fn of_type(
        &mut self,
        own: &Schema,
        (ty, is_one_of_several): (&str, bool),
        outline: &mut Outline<'_>,
        within: Within,
        at: &str,
    ) -> Option<Value> {
        Some(match ty {
            "string" => match words(own) {
                Some(words) => json!({"type": "string", "enum": words}),
                None => json!({"type": "string"}),
            },
            "integer" | "number" | "boolean" => json!({"type": ty}),
            "array" => {
                let list = json!({"type": "array", "items": own.get("items")});
                self.leaf(&list, "List", outline, at)
            }
            // One of several types: what the tables make of it.
            "object" if within.levels == 0 && is_one_of_several => {
                let mut object = json!({"type": "object"});
                for key in ["properties", "required", "additionalProperties"] {
                    if let Some(value) = own.get(key) {
                        object[key] = value.clone();
                    }
                }
                self.leaf(&object, "Object", outline, at)
            }
            "object" => {
                let at = step(at, "properties");
                let mut properties = Map::new();
                for (key, property) in entries(own.get("properties")) {
                    let closed = property
                        .as_object()
                        .filter(|_| within.alternative)
                        .and_then(words_or_const);
                    let property = match closed {
                        Some(words) => json!({"type": "string", "enum": words}),
                        None => {
                            let name = crate::naming::pascal(&crate::naming::ascii(key));
                            self.leaf(property, &name, outline, &step(&at, key))
                        }
                    };
                    properties.insert(key.clone(), property);
                }
                json!({
                    "type": "object",
                    "properties": properties,
                    "required": own.get("required").cloned().unwrap_or_else(|| json!([])),
                })
            }
            _ => return None,
        })
    }

    /// What the tables can hold, or another type of the generator.
    fn leaf(&mut self, schema: &Value, part: &str, outline: &mut Outline<'_>, at: &str) -> Value {
        let place = self.place(schema, &format!("{}{part}", outline.name), at);
        self.leaves += 1;
        let leaf = format!("Leaf{}", self.leaves);
        let path = format!("{LEAVES}::{leaf}");
        outline.places.insert(leaf, place);
        json!({"x-rust-type": {"crate": LEAVES, "version": "*", "path": path}})
    }
}

/// The words of an enumeration.
fn words(schema: &Schema) -> Option<&Value> {
    let words = schema.get("enum")?;
    let all = words.as_array()?;
    (!all.is_empty() && all.iter().all(Value::is_string)).then_some(words)
}

fn words_or_const(schema: &Schema) -> Option<Value> {
    let constant = || text_of_const(schema).map(|word| json!([word]));
    words(schema).cloned().or_else(constant)
}

fn text_of_const(schema: &Schema) -> Option<&str> {
    schema.get("const").and_then(Value::as_str)
}

/// The outline of a component, its place, and why it is needed.
pub(crate) fn parts(component: &Value) -> Option<(&Value, &str, &str)> {
    let foreign = component.get(FOREIGN)?;
    Some((
        foreign.get("schema")?,
        text(foreign, "at")?,
        text(foreign, "why")?,
    ))
}

//! Schemas that tables cannot represent: their outlines for the type generator.
//!
//! The generator gets an outline with the few keywords that it reads well: scalars, members, `allOf` and `oneOf`. In the
//! outline, types that tables can represent are leaves: names of Rust types.

use serde_json::{Map, Value, json};

use super::{
    Normaliser,
    schemas::{FOREIGN, Schema, adapt, keep_only},
};
use crate::{
    json::{elements, entries, step},
    naming,
};

/// The crate name that leaves have in the input of the type generator.
pub(crate) const LEAVES: &str = "leaf";

/// The maximum nesting of schemas in an outline.
const MOST_LEVELS: usize = 8;

/// The maximum number of schemas in an outline.
const MOST_SCHEMAS: usize = 200;

/// The maximum number of combinations of alternatives; each becomes a type.
const MOST_COMBINATIONS: usize = 32;

/// An outline that is being made.
struct Outline<'o, 'a> {
    normaliser: &'o mut Normaliser<'a>,
    name: &'o str,
    /// The normal schema of each leaf.
    places: Map<String, Value>,
    /// The value may be null.
    nullable: bool,
    /// The number of schemas, and of combinations of alternatives.
    schemas: usize,
    combinations: usize,
    /// The nesting depth of the current schema.
    levels: usize,
    /// Whether the current schema is in an alternative: the values of its members distinguish it from other
    /// alternatives.
    in_alternative: bool,
}

impl Normaliser<'_> {
    /// The component for a schema that tables cannot represent. `flat` is the schema with its parts merged.
    pub(super) fn foreign(
        &mut self,
        schema: &Value,
        mut flat: Schema,
        why: &Value,
        name: &str,
        at: &str,
    ) -> Value {
        let mut outline = Outline {
            normaliser: self,
            name,
            places: Map::new(),
            nullable: false,
            schemas: 0,
            combinations: 1,
            levels: 0,
            in_alternative: false,
        };
        let schema = outline.of(schema, at);
        keep_only(&mut flat, "");
        for key in ["type", "enum", "format", "discriminator", "required"] {
            flat.shift_remove(key);
        }
        if outline.nullable {
            flat.insert("nullable".to_owned(), true.into());
        }
        let outline = json!({"schema": schema, "places": outline.places, "at": at, "why": why});
        flat.insert(FOREIGN.to_owned(), outline);
        flat.into()
    }
}

impl Outline<'_, '_> {
    /// The outline of a schema; `None` if it is too large.
    fn of(&mut self, schema: &Value, at: &str) -> Option<Value> {
        self.schemas += 1;
        if self.levels > MOST_LEVELS || self.schemas > MOST_SCHEMAS {
            return None;
        }
        let mut own = schema.as_object()?.clone();
        adapt(&mut own);
        self.nullable |= own
            .get("nullable")
            .is_some_and(|nullable| *nullable == true);
        let mut parts = Vec::new();
        if let Some(Value::String(target)) = own.get("$ref") {
            if self.normaliser.following.contains(target) {
                return None;
            }
            let found = self.normaliser.resolve(target, at)?;
            self.normaliser.following.push(target.clone());
            let part = self.inside(found, target.trim_start_matches('#'));
            self.normaliser.following.pop();
            parts.push(part?);
        }
        parts.extend(self.members_and_types(&own, at)?);
        for (index, part) in elements(own.get("allOf")).enumerate() {
            parts.push(self.inside(part, &format!("{at}/allOf/{index}"))?);
        }
        for key in ["oneOf", "anyOf"] {
            let Some(alternatives) = own.get(key).and_then(Value::as_array) else {
                continue;
            };
            self.combinations = self.combinations.saturating_mul(alternatives.len());
            if self.combinations > MOST_COMBINATIONS {
                return None;
            }
            let was_in_alternative = std::mem::replace(&mut self.in_alternative, true);
            let alternatives = alternatives.iter().enumerate().map(|(index, alternative)| {
                self.inside(alternative, &format!("{at}/{key}/{index}"))
            });
            let alternatives: Option<Vec<Value>> = alternatives.collect();
            self.in_alternative = was_in_alternative;
            parts.push(json!({"oneOf": alternatives?}));
        }
        Some(match parts.len() {
            0 => json!({}),
            1 => parts.swap_remove(0),
            _ => json!({"allOf": parts}),
        })
    }

    fn inside(&mut self, schema: &Value, at: &str) -> Option<Value> {
        self.levels += 1;
        let part = self.of(schema, at);
        self.levels -= 1;
        part
    }

    /// The types and members of the schema itself, as one part or none. `None` if the schema cannot be
    /// typed.
    fn members_and_types(&mut self, own: &Schema, at: &str) -> Option<Vec<Value>> {
        let ty = match own.get("type") {
            Some(Value::Array(types)) => {
                let types = types.iter().filter_map(Value::as_str);
                let alternatives = types.map(|ty| {
                    let mut alternative = match ty {
                        // Its type in the tables.
                        "object" if self.levels == 0 => {
                            let mut object = Schema::from_iter([("type".to_owned(), ty.into())]);
                            for key in ["properties", "required", "additionalProperties"] {
                                object.extend(own.get(key).map(|it| (key.to_owned(), it.clone())));
                            }
                            self.leaf(&object.into(), "Object", at)
                        }
                        _ => self.of_type(own, ty, at)?,
                    };
                    let title = if ty == "array" {
                        "List".to_owned()
                    } else {
                        naming::pascal(ty)
                    };
                    alternative["title"] = title.into();
                    Some(alternative)
                });
                let alternatives: Vec<Value> = alternatives.collect::<Option<_>>()?;
                return Some(vec![json!({"oneOf": alternatives})]);
            }
            ty => ty.and_then(Value::as_str),
        };
        let has_members = entries(own.get("properties")).next().is_some()
            || elements(own.get("required")).next().is_some();
        let ty = match ty {
            None if has_members => "object",
            None if own.contains_key("items") => "array",
            None if values(own).is_some() => "string",
            None => return Some(Vec::new()),
            Some(ty) => ty,
        };
        Some(vec![self.of_type(own, ty, at)?])
    }

    fn of_type(&mut self, own: &Schema, ty: &str, at: &str) -> Option<Value> {
        Some(match ty {
            "string" => match values(own) {
                Some(values) => json!({"type": "string", "enum": values}),
                None => json!({"type": "string"}),
            },
            "integer" | "number" | "boolean" => json!({"type": ty}),
            "array" => {
                let list = json!({"type": "array", "items": own.get("items")});
                self.leaf(&list, "List", at)
            }
            "object" => {
                let at = step(at, "properties");
                let mut properties = Map::new();
                for (key, property) in entries(own.get("properties")) {
                    let closed = property.as_object().filter(|_| self.in_alternative);
                    let property = match closed.and_then(words_or_const) {
                        Some(values) => json!({"type": "string", "enum": values}),
                        None => {
                            let name = naming::pascal(&naming::ascii(key));
                            self.leaf(property, &name, &step(&at, key))
                        }
                    };
                    properties.insert(key.clone(), property);
                }
                let required = own.get("required").cloned().unwrap_or_else(|| json!([]));
                json!({"type": "object", "properties": properties, "required": required})
            }
            _ => return None,
        })
    }

    /// A type that tables can represent, or another type of the generator.
    fn leaf(&mut self, schema: &Value, part: &str, at: &str) -> Value {
        let place = self
            .normaliser
            .place(schema, &format!("{}{part}", self.name), at);
        let leaf = format!("Leaf{}", self.places.len() + 1);
        let path = format!("{LEAVES}::{leaf}");
        self.places.insert(leaf, place);
        json!({"x-rust-type": {"crate": LEAVES, "version": "*", "path": path}})
    }
}

/// The values of an enumeration.
fn values(schema: &Schema) -> Option<&Value> {
    let values = schema.get("enum")?;
    let all = values.as_array()?;
    (!all.is_empty() && all.iter().all(Value::is_string)).then_some(values)
}

fn words_or_const(schema: &Schema) -> Option<Value> {
    let constant = || Some(json!([schema.get("const")?.as_str()?]));
    values(schema).cloned().or_else(constant)
}

//! Shapes as OpenAPI schemas.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{
    components::Words,
    shape::{Member, Object, Shape},
};
use crate::record::{Evidence, Limits};

/// The prefixes of a version's identifiers, each with the kind of record it stands for.
pub(crate) type Prefixes = IndexMap<String, String>;

/// An object schema.
pub(crate) fn object(object: &Object, prefixes: &Prefixes) -> Map<String, Value> {
    let mut schema = map(json!({"type": "object"}));
    let required: Vec<&String> = object
        .members
        .iter()
        .filter(|(_, member)| member.required)
        .map(|(name, _)| name)
        .collect();
    if !required.is_empty() {
        schema.insert("required".into(), json!(required));
    }
    let properties: Map<String, Value> = object
        .members
        .iter()
        .map(|(name, member)| (name.clone(), Value::Object(property(member, prefixes))))
        .collect();
    schema.insert("properties".into(), Value::Object(properties));
    if object.custom_fields {
        schema.insert(
            "additionalProperties".into(),
            json!({"description": "A custom field: its key starts with `cf_`, its value is any JSON."}),
        );
        schema.insert("x-heffl-custom-fields".into(), Value::Bool(true));
    }
    schema
}

/// An enum schema.
pub(crate) fn words(words: &Words) -> Value {
    let mut schema = map(json!({"type": "string", "enum": words.options}));
    if words.more {
        schema.insert("x-heffl-more-options".into(), Value::Bool(true));
    }
    Value::Object(schema)
}

fn property(member: &Member, prefixes: &Prefixes) -> Map<String, Value> {
    let mut schema = value(member, prefixes);
    if member.nullable {
        schema.insert("nullable".into(), Value::Bool(true));
    }
    if member.deprecated {
        schema.insert("deprecated".into(), Value::Bool(true));
    }
    if !matches!(member.shape, Shape::List(_)) {
        schema.extend(id(member, prefixes));
    }
    schema.extend(evidence(member.evidence, member.rule.as_deref()));
    schema
}

/// The schema of a member's value, without what OpenAPI says beside a parameter's schema.
pub(crate) fn value(member: &Member, prefixes: &Prefixes) -> Map<String, Value> {
    let mut schema = match &member.shape {
        Shape::Component(name) => map(json!({"allOf": [reference(name)]})),
        shape => shape_schema(shape),
    };
    let limits = limits(&member.limits);
    if matches!(member.shape, Shape::List(_)) {
        let (own, inner): (Map<_, _>, Map<_, _>) = limits
            .into_iter()
            .partition(|(key, _)| key.ends_with("Items"));
        schema.extend(own);
        if let Some(Value::Object(items)) = schema.get_mut("items") {
            items.extend(inner);
            items.extend(id(member, prefixes));
        }
    } else {
        schema.extend(limits);
    }
    if let Some(default) = &member.default {
        schema.insert("default".into(), default.clone());
    }
    schema
}

/// A shape that stands alone, for example as the schema of a media type.
pub(crate) fn shape_schema(shape: &Shape) -> Map<String, Value> {
    match shape {
        Shape::Any => Map::new(),
        Shape::Scalar {
            kind,
            format,
            options,
        } => {
            let mut schema = map(json!({"type": kind}));
            if let Some(format) = format {
                schema.insert("format".into(), json!(format));
            }
            if !options.is_empty() {
                schema.insert("enum".into(), json!(options));
            }
            schema
        }
        Shape::Words { options, .. } => map(json!({"type": "string", "enum": options})),
        Shape::Open => map(json!({"type": "object", "additionalProperties": {}})),
        Shape::Map(value) => {
            let mut values = shape_schema(&value.shape);
            if value.nullable {
                values.insert("nullable".into(), json!(true));
            }
            map(json!({"type": "object", "additionalProperties": values}))
        }
        // Objects have become components by now.
        Shape::Object(inner) => object(inner, &Prefixes::new()),
        Shape::List(inner) => map(json!({"type": "array", "items": shape_schema(inner)})),
        Shape::OneOf(shapes) => {
            let shapes: Vec<_> = shapes.iter().map(shape_schema).collect();
            map(json!({"oneOf": shapes}))
        }
        Shape::Component(name) => map(reference(name)),
    }
}

/// `x-heffl-id`, if the member is an identifier.
pub(crate) fn id(member: &Member, prefixes: &Prefixes) -> Option<(String, Value)> {
    let prefix = member.prefix.as_ref()?;
    let of = prefixes.get(prefix)?;
    Some(("x-heffl-id".to_owned(), json!({"prefix": prefix, "of": of})))
}

/// `x-heffl-evidence`, and for what is inferred `x-heffl-rule`.
pub(crate) fn evidence(evidence: Evidence, rule: Option<&str>) -> Map<String, Value> {
    let mut keys = map(json!({"x-heffl-evidence": evidence.as_str()}));
    if let Some(rule) = rule.filter(|_| evidence == Evidence::Inferred) {
        keys.insert("x-heffl-rule".into(), json!(rule));
    }
    keys
}

fn limits(limits: &Limits) -> Map<String, Value> {
    let mut keys = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            keys.insert(key.to_owned(), value);
        }
    };
    put("minimum", limits.minimum.clone().map(Value::Number));
    put("maximum", limits.maximum.clone().map(Value::Number));
    put(
        "exclusiveMinimum",
        limits.exclusive_minimum.then(|| json!(true)),
    );
    put(
        "exclusiveMaximum",
        limits.exclusive_maximum.then(|| json!(true)),
    );
    put("minLength", limits.min_length.map(Value::from));
    put("maxLength", limits.max_length.map(Value::from));
    put("minItems", limits.min_items.map(Value::from));
    put("maxItems", limits.max_items.map(Value::from));
    put("pattern", limits.pattern.clone().map(Value::from));
    keys
}

pub(crate) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The map of a JSON object literal.
pub(crate) fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

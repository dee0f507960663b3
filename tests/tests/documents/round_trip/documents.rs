//! Generated documents: resources with operations, whose fields are of every kind.

use std::collections::BTreeMap;

use proptest::{collection::btree_map, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// A field: its schema, and whether it is required.
type Fields = BTreeMap<&'static str, (Value, bool)>;

/// A document with one to three resources.
pub fn documents() -> impl Strategy<Value = Value> {
    let resources = btree_map(
        select(&["gadgets", "widgets", "crates"][..]),
        resource(),
        1..=3,
    );
    resources.prop_map(|resources| document(&resources))
}

#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
#[derive(Clone, Debug)]
struct Resource {
    item: Fields,
    create: Fields,
    update: Fields,
    query: Fields,
    has: [bool; 5],
    is_bare_list: bool,
    is_open: bool,
    body_is_optional: bool,
    is_deprecated: bool,
    further: Option<(&'static str, Fields)>,
}

fn resource() -> impl Strategy<Value = Resource> {
    let statuses = select(&["422", "4XX", "default", "503"][..]);
    (
        [fields(2, 1..8), fields(2, 1..6), fields(2, 1..6)],
        fields(0, 0..5),
        any::<[bool; 5]>(),
        any::<[bool; 4]>(),
        proptest::option::of((statuses, fields(1, 1..4))),
    )
        .prop_map(
            |([item, create, update], query, has, flags, further)| Resource {
                item,
                create,
                update: update
                    .into_iter()
                    .map(|(name, field)| (name, loose(field)))
                    .collect(),
                query,
                has,
                is_bare_list: flags[0],
                is_open: flags[1],
                body_is_optional: flags[2],
                is_deprecated: flags[3],
                further,
            },
        )
}

/// The schema of a field in the body of an update: without required fields and defaults, in lists too.
fn loose((mut schema, _): (Value, bool)) -> (Value, bool) {
    fn loosen(schema: &mut Value) {
        if let Some(entries) = schema.as_object_mut() {
            entries.remove("required");
            entries.remove("default");
            for property in entries
                .get_mut("properties")
                .and_then(Value::as_object_mut)
                .into_iter()
                .flat_map(Map::values_mut)
            {
                loosen(property);
            }
        }
    }
    loosen(&mut schema);
    (schema, false)
}

fn fields(depth: u32, count: std::ops::Range<usize>) -> BoxedStrategy<Fields> {
    const NAMES: [&str; 12] = [
        "label", "weight", "colour", "isActive", "partId", "madeAt", "tags", "notes", "ratio",
        "owner", "extra", "size",
    ];
    let field = (value(depth), any::<bool>(), any::<[bool; 2]>());
    let field = field.prop_map(|(mut schema, required, [nullable, deprecated])| {
        if nullable && schema.get("type").is_some() {
            schema["nullable"] = json!(true);
        }
        if deprecated {
            schema["deprecated"] = json!(true);
        }
        (schema, required)
    });
    btree_map(select(&NAMES[..]), field, count).boxed()
}

fn value(depth: u32) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        text(),
        number(),
        proptest::option::of(any::<bool>()).prop_map(|default| with(
            json!({"type": "boolean"}),
            "default",
            default
        )),
        words(),
        Just(json!({})),
        Just(json!({"oneOf": [{"type": "string"}, {"type": "number"}]})),
    ];
    if depth == 0 {
        return prop_oneof![
            5 => leaf,
            1 => list(prop_oneof![text(), number(), words()].boxed()),
        ]
        .boxed();
    }
    let object =
        (fields(depth - 1, 1..5), any::<bool>()).prop_map(|(fields, open)| object(&fields, open));
    let open = select(vec![
        json!({"type": "object", "additionalProperties": {}}),
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        json!({"type": "object", "additionalProperties": {"type": "integer", "nullable": true}}),
    ]);
    prop_oneof![
        6 => leaf,
        1 => open.clone(),
        2 => object.clone(),
        2 => list(prop_oneof![2 => object, 1 => text(), 1 => number(), 1 => words(), 1 => open].boxed()),
    ]
    .boxed()
}

fn with<T: serde::Serialize>(mut schema: Value, key: &str, value: Option<T>) -> Value {
    if let Some(value) = value {
        schema[key] = json!(value);
    }
    schema
}

fn text() -> BoxedStrategy<Value> {
    let formats = select(&["date-time", "date", "uuid", "email", "uri"][..]);
    let limits = (proptest::option::of(0..5u8), proptest::option::of(6..90u8));
    let plain = (limits, proptest::option::of("[a-z]{0,6}"), any::<bool>()).prop_map(
        |((least, most), default, pattern)| {
            let schema = with(json!({"type": "string"}), "minLength", least);
            let schema = with(with(schema, "maxLength", most), "default", default);
            with(schema, "pattern", pattern.then_some("^[a-z]*$"))
        },
    );
    prop_oneof![
        plain,
        formats.prop_map(|format| json!({"type": "string", "format": format})),
    ]
    .boxed()
}

fn number() -> BoxedStrategy<Value> {
    let bounds = (
        proptest::option::of((-9..10i8, any::<bool>())),
        proptest::option::of((10..100i8, any::<bool>())),
        proptest::option::of(10..11i8),
    );
    (any::<bool>(), bounds)
        .prop_map(|(whole, (least, most, default))| {
            let mut schema = json!({"type": if whole { "integer" } else { "number" }});
            for (bound, keyword, flag) in [
                (least, "minimum", "exclusiveMinimum"),
                (most, "maximum", "exclusiveMaximum"),
            ] {
                if let Some((bound, exclusive)) = bound {
                    schema[keyword] = json!(bound);
                    schema = with(schema, flag, exclusive.then_some(true));
                }
            }
            with(schema, "default", default)
        })
        .boxed()
}

fn words() -> BoxedStrategy<Value> {
    let words =
        proptest::sample::subsequence(vec!["RED", "GREEN", "BLUE", "IN_STOCK", "gone-by"], 1..5);
    (words, any::<bool>())
        .prop_map(|(words, default)| {
            let first = words[0];
            let schema = json!({"type": "string", "enum": words});
            with(schema, "default", default.then_some(first))
        })
        .boxed()
}

fn list(element: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let bounds = (proptest::option::of(0..3u8), proptest::option::of(3..9u8));
    (element, bounds)
        .prop_map(|(mut element, (least, most))| {
            element
                .as_object_mut()
                .map(|element| element.remove("default"));
            let list = with(
                json!({"type": "array", "items": element}),
                "minItems",
                least,
            );
            with(list, "maxItems", most)
        })
        .boxed()
}

fn object(fields: &Fields, open: bool) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, (schema, is_required)) in fields {
        properties.insert((*name).to_owned(), schema.clone());
        if *is_required {
            required.push(*name);
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    if open {
        schema["additionalProperties"] = json!({});
        schema["x-heffl-custom-fields"] = json!(true);
    }
    schema
}

fn document(resources: &BTreeMap<&'static str, Resource>) -> Value {
    let mut paths = json!({});
    let mut schemas = json!({
        "ErrorBody": {"type": "object", "required": ["code"], "description": "Words.", "properties": {
            "code": {"type": "string", "description": "Words.", "x-heffl-evidence": "described"},
        }},
        "DeleteResult": {"type": "object", "required": ["success"], "properties": {"success": {"type": "boolean"}}},
    });
    for (name, resource) in resources {
        let stem = name.trim_end_matches('s');
        let item = format!("{}{}", stem[..1].to_uppercase(), &stem[1..]);
        let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        schemas[&item] = object(&resource.item, resource.is_open);
        schemas[format!("Create{item}")] = object(&resource.create, resource.is_open);
        schemas[format!("Update{item}")] = object(&resource.update, false);
        let list = if resource.is_bare_list {
            json!({"type": "array", "items": reference(&item)})
        } else {
            schemas[format!("{item}List")] = json!({"type": "object", "required": ["data"], "properties": {
                "data": {"type": "array", "items": reference(&item)},
                "total": {"type": "integer"},
            }});
            reference(&format!("{item}List"))
        };
        let body = |name: &str| {
            let content = json!({"application/json": {"schema": reference(name)}});
            let body = json!({"content": content});
            with(
                body,
                "required",
                (!resource.body_is_optional).then_some(true),
            )
        };
        let further = resource.further.as_ref().map(|(status, fields)| {
            let name = format!("{item}Problem");
            schemas[&name] = object(fields, false);
            (*status, reference(&name))
        });
        let operation = |response: Value, body: Option<Value>, parameters: Vec<Value>| {
            let mut operation = json!({"responses": {"200": {"content": {"application/json": {"schema": response}}}}});
            for (status, name) in ERRORS {
                operation["responses"][status] =
                    json!({"$ref": format!("#/components/responses/{name}")});
            }
            if let Some((status, schema)) = &further {
                operation["responses"][*status] =
                    json!({"content": {"application/json": {"schema": schema}}});
            }
            let operation = with(
                operation,
                "deprecated",
                resource.is_deprecated.then_some(true),
            );
            let operation = with(
                operation,
                "parameters",
                (!parameters.is_empty()).then_some(parameters),
            );
            with(operation, "requestBody", body)
        };
        let query: Vec<Value> = resource
            .query
            .iter()
            .map(|(name, (schema, required))| {
                let mut schema = schema.clone();
                schema
                    .as_object_mut()
                    .map(|schema| schema.remove("nullable"));
                let deprecated = schema
                    .as_object_mut()
                    .and_then(|schema| schema.remove("deprecated"));
                let parameter = json!({"name": name, "in": "query", "schema": schema});
                with(
                    with(parameter, "required", required.then_some(true)),
                    "deprecated",
                    deprecated,
                )
            })
            .collect();
        let id = || {
            vec![
                json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}),
            ]
        };
        let all = format!("/{name}");
        let one = format!("/{name}/{{id}}");
        let [lists, creates, gets, updates, deletes] = resource.has;
        if lists {
            paths[&all]["get"] = operation(list, None, query);
        }
        if creates {
            paths[&all]["post"] = operation(
                reference(&item),
                Some(body(&format!("Create{item}"))),
                Vec::new(),
            );
        }
        if gets || !(lists || creates || updates || deletes) {
            paths[&one]["get"] = operation(reference(&item), None, id());
        }
        if updates {
            paths[&one]["patch"] =
                operation(reference(&item), Some(body(&format!("Update{item}"))), id());
        }
        if deletes {
            paths[&one]["delete"] = operation(reference("DeleteResult"), None, id());
        }
    }
    let responses: Map<String, Value> = ERRORS
        .iter()
        .map(|(_, name)| {
            let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}});
            let response = json!({"description": "Words.", "content": content, "x-heffl-evidence": "described"});
            ((*name).to_owned(), response)
        })
        .collect();
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Workshop", "version": "9"},
        "servers": [{"url": "https://api.example.test/api/v9"}],
        "security": [{"Key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "x-workshop-key"}},
            "responses": responses,
            "schemas": schemas,
        },
    })
}

/// The responses of all operations, and their components.
const ERRORS: [(&str, &str); 7] = [
    ("400", "BadRequest"),
    ("401", "Unauthorized"),
    ("403", "Forbidden"),
    ("404", "NotFound"),
    ("409", "Conflict"),
    ("429", "TooManyRequests"),
    ("500", "InternalServerError"),
];

/// A document with one fact of each kind that the text of a page cannot express.
pub fn with_all_that_text_loses() -> Value {
    let words = json!({"type": "string", "enum": ["RED"], "x-heffl-more-options": true});
    let part: Fields = [("size", (json!({"type": "integer", "minimum": 1}), true))].into();
    let fields: Fields = [
        ("colour", (words, true)),
        ("extra", (object(&part, true), true)),
    ]
    .into();
    let resource = Resource {
        item: fields.clone(),
        create: fields,
        update: Fields::new(),
        query: Fields::new(),
        has: [false, true, false, false, false],
        is_bare_list: false,
        is_open: false,
        body_is_optional: true,
        is_deprecated: true,
        further: None,
    };
    document(&[("gadgets", resource)].into())
}

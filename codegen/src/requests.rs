//! Requests made from a document alone: every operation with the least that it takes, and with all.
//!
//! They are what others judge the document by, what the generated calls send, and what is expected of
//! them. Values are the document's examples, and made up where it has none.

use std::{cell::Cell, collections::BTreeMap};

use serde_json::{Map, Value, json};

use crate::{
    json::{component, elements, entries, flag, follow, read_choices, text},
    naming,
    normalise::schemas::FOREIGN,
    rules::Rule,
};

/// Schemas deeper than this refer to themselves.
const DEEPEST: usize = 16;

/// How much a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// What is required alone.
    Least,
    /// Every parameter and every field.
    All,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The `operationId`, or method and path where there is none.
    pub operation: String,
    /// How much it says.
    pub amount: Amount,
    /// Upper case.
    pub method: String,
    /// Template below the base URL.
    pub path: String,
    /// Parameters of the path and their values.
    pub path_parameters: Vec<(String, Value)>,
    /// Parameters of the query and their values, in the order of the document.
    pub query: Vec<(String, Value)>,
    /// The body.
    pub body: Option<Value>,
}

/// Both requests of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) least: Request,
    pub(crate) all: Request,
}

impl Pair {
    /// The value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Value> {
        let mut parameters = self.all.path_parameters.iter().chain(&self.all.query);
        parameters
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }
}

/// The requests of every operation, by its `operationId`.
pub(crate) fn pairs(document: &Value) -> BTreeMap<String, Pair> {
    let mut pairs = BTreeMap::new();
    let mut requests = requests(document).into_iter();
    while let (Some(least), Some(all)) = (requests.next(), requests.next()) {
        pairs.insert(least.operation.clone(), Pair { least, all });
    }
    pairs
}

/// Two requests for every operation, the one with the least first.
#[must_use]
pub fn requests(document: &Value) -> Vec<Request> {
    let mut document = document.clone();
    read_choices(&mut document);
    let document = &document;
    let mut requests = Vec::new();
    for (path, item) in entries(document.get("paths")) {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                let made = [Amount::Least, Amount::All];
                requests.extend(
                    made.map(|amount| request(document, path, item, method, operation, amount)),
                );
            }
        }
    }
    requests
}

fn request(
    document: &Value,
    path: &str,
    item: &Value,
    method: &str,
    operation: &Value,
    amount: Amount,
) -> Request {
    let parameters = [item, operation]
        .into_iter()
        .flat_map(|part| elements(part.get("parameters")))
        .filter_map(|parameter| follow(document, parameter));
    let (mut path_parameters, mut query) = (Vec::new(), Vec::new());
    for parameter in parameters {
        let value = || {
            let name = text(parameter, "name").unwrap_or_default().to_owned();
            (name, parameter_value(document, parameter))
        };
        match text(parameter, "in") {
            Some("path") => path_parameters.push(value()),
            Some("query") if amount == Amount::All || flag(parameter, "required") => {
                query.push(value());
            }
            _ => {}
        }
    }
    Request {
        operation: text(operation, "operationId")
            .map_or_else(|| format!("{method} {path}"), str::to_owned),
        amount,
        method: method.to_uppercase(),
        path: path.to_owned(),
        path_parameters,
        query,
        body: body(document, operation, amount),
    }
}

/// The most values of a body that are made up. Schemas that share others can hold more than a machine.
const MOST_VALUES: usize = 500;

/// Components that a value is inside of.
struct Around<'a> {
    component: &'a str,
    next: Option<&'a Self>,
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The field or parameter.
    name: &'a str,
    /// Which one of its object.
    number: i64,
    /// How many schemas are around it.
    depth: usize,
    /// Which components are around it.
    around: Option<&'a Around<'a>>,
    /// How many values may still be made up.
    budget: &'a Cell<usize>,
}

impl<'a> Place<'a> {
    fn of(name: &'a str, budget: &'a Cell<usize>) -> Self {
        Self {
            name,
            number: 1,
            depth: 0,
            around: None,
            budget,
        }
    }

    /// Takes one value off the budget. Nothing remains where it is used up, or too deep.
    fn is_end(self) -> bool {
        let rest = self.budget.get();
        self.budget.set(rest.saturating_sub(1));
        rest == 0 || self.depth > DEEPEST
    }

    /// Whether a value of the schema would be inside of one of its own.
    fn is_inside(self, schema: &Value) -> bool {
        let names = [component(schema), schema.get("items").and_then(component)];
        let around = std::iter::successors(self.around, |around| around.next);
        names
            .into_iter()
            .flatten()
            .any(|name| around.clone().any(|around| around.component == name))
    }

    fn inside(self) -> Self {
        Self {
            depth: self.depth + 1,
            ..self
        }
    }
}

/// A value that a parameter takes.
fn parameter_value(document: &Value, parameter: &Value) -> Value {
    let schema = parameter.get("schema").unwrap_or(&Value::Null);
    let budget = Cell::new(MOST_VALUES);
    let place = Place::of(text(parameter, "name").unwrap_or_default(), &budget);
    if let Some(example) = parameter
        .get("example")
        .filter(|example| !example.is_null())
    {
        return example.clone();
    }
    if flag(parameter, "x-heffl-json") || flag(schema, "x-heffl-json") {
        return json!(r#"{"status":{"operator":"is","values":["ACTIVE"]}}"#);
    }
    // An identifier may be marked at the parameter, where a property is marked itself.
    let id = parameter.get("x-heffl-id");
    match (id, schema) {
        (Some(id), Value::Object(schema)) => {
            let mut schema = schema.clone();
            schema.insert("x-heffl-id".to_owned(), id.clone());
            all(document, &Value::Object(schema), None, place)
        }
        _ => all(document, schema, None, place),
    }
}

fn body(document: &Value, operation: &Value, amount: Amount) -> Option<Value> {
    let body = follow(document, operation.get("requestBody")?)?;
    if amount == Amount::Least && !flag(body, "required") {
        return None;
    }
    let media = body.pointer("/content/application~1json")?;
    let (schema, example) = (media.get("schema")?, media.get("example"));
    let budget = Cell::new(MOST_VALUES);
    let place = Place::of("body", &budget);
    Some(match amount {
        Amount::Least => least(document, schema, example, place),
        Amount::All => all(document, schema, example, place),
    })
}

/// The example, or a value that is made up; of an object, its required fields alone.
fn least(document: &Value, schema: &Value, example: Option<&Value>, place: Place<'_>) -> Value {
    let around = component(schema).map(|component| Around {
        component,
        next: place.around,
    });
    let place = Place {
        around: around.as_ref().or(place.around),
        ..place
    };
    let schema = resolved(document, schema);
    if !schema.contains_key("properties") {
        return all(document, &Value::Object(schema), example, place);
    }
    if place.is_end() {
        return Value::Null;
    }
    let required = elements(schema.get("required")).filter_map(Value::as_str);
    let mut names: Vec<&str> = required.collect();
    for rule in elements(schema.get("x-heffl-rules")) {
        // What is left out counts as its default.
        if let Ok(Rule::When { key, word, needs }) = Rule::read(rule)
            && !names.contains(&needs)
            && schema
                .get("properties")
                .and_then(|properties| properties.get(key)?.get("default"))
                == Some(&json!(word))
        {
            names.push(needs);
        }
    }
    let fields = names.into_iter().filter_map(|name| {
        let property = schema.get("properties")?.get(name)?;
        let example = example.and_then(|example| example.get(name));
        let value = match example {
            Some(example) => example.clone(),
            None => {
                let place = Place {
                    name,
                    ..place.inside()
                };
                least(document, property, None, place)
            }
        };
        Some((name.to_owned(), value))
    });
    Value::Object(fields.collect())
}

/// The example with what it leaves out, or a value that is made up.
fn all(document: &Value, schema: &Value, example: Option<&Value>, place: Place<'_>) -> Value {
    if place.is_end() {
        return Value::Null;
    }
    let around = component(schema).map(|component| Around {
        component,
        next: place.around,
    });
    let place = Place {
        around: around.as_ref().or(place.around),
        ..place
    };
    let schema = resolved(document, schema);
    if let Some(first) = schema
        .get("x-heffl-codegen-choice")
        .and_then(|choice| choice.get(0)?.get("schema"))
    {
        let example = example.or_else(|| schema.get("example"));
        return example
            .cloned()
            .unwrap_or_else(|| all(document, first, None, place.inside()));
    }
    if let Some(foreign) = schema.get(FOREIGN) {
        let example = example.or_else(|| schema.get("example"));
        let made_up = || foreign_value(document, foreign.get("schema"), foreign, place.inside());
        return example.cloned().unwrap_or_else(made_up);
    }
    let example = example.filter(|example| !example.is_null());
    if schema.contains_key("properties") {
        return object(document, &schema, example, place);
    }
    if let (Some("array"), Some(items)) = (kind(&schema), schema.get("items")) {
        return match example.and_then(Value::as_array) {
            Some(given) if !given.is_empty() => given
                .iter()
                .map(|item| all(document, items, Some(item), place.inside()))
                .collect(),
            _ => json!([all(document, items, None, place.inside())]),
        };
    }
    let given = [
        example,
        schema.get("example"),
        schema.get("enum").and_then(|words| words.get(0)),
        schema.get("default"),
    ];
    match given.into_iter().flatten().find(|given| !given.is_null()) {
        Some(given) => given.clone(),
        None => made_up(&schema, place),
    }
}

/// A value that an outline allows: its first alternatives, its parts together.
fn foreign_value(
    document: &Value,
    outline: Option<&Value>,
    foreign: &Value,
    place: Place<'_>,
) -> Value {
    let Some(outline) = outline.filter(|_| !place.is_end()) else {
        return Value::Null;
    };
    let value = |outline| foreign_value(document, Some(outline), foreign, place.inside());
    let leaf = outline.pointer("/x-rust-type/path").and_then(Value::as_str);
    if let Some(leaf) = leaf.and_then(|path| path.rsplit("::").next()) {
        let leaf = foreign.get("places").and_then(|places| places.get(leaf));
        return all(document, leaf.unwrap_or(&Value::Null), None, place.inside());
    }
    if let Some(first) = outline.get("oneOf").and_then(|choice| choice.get(0)) {
        return value(first);
    }
    if outline.get("allOf").is_some() {
        let mut merged = Value::Null;
        for part in elements(outline.get("allOf")).map(value) {
            match (&mut merged, part) {
                (Value::Object(merged), Value::Object(part)) => merged.extend(part),
                (_, Value::Null) => {}
                (merged, part) => *merged = part,
            }
        }
        return merged;
    }
    if outline.get("properties").is_some() {
        let properties = entries(outline.get("properties"));
        let members = properties.map(|(name, property)| (name.clone(), value(property)));
        return Value::Object(members.collect());
    }
    all(document, outline, None, place.inside())
}

fn object(
    document: &Value,
    schema: &Map<String, Value>,
    example: Option<&Value>,
    place: Place<'_>,
) -> Value {
    let mut fields = Map::new();
    for (number, (name, property)) in (1..).zip(entries(schema.get("properties"))) {
        let example = example.and_then(|example| example.get(name));
        let is_required = || elements(schema.get("required")).any(|required| required == name);
        // A value of this kind inside of one says nothing new.
        let ends = place.is_inside(property) || place.budget.get() == 0;
        if ends && example.is_none() && !is_required() {
            continue;
        }
        let place = Place {
            name,
            number,
            ..place.inside()
        };
        fields.insert(name.clone(), all(document, property, example, place));
    }
    if carries_custom_fields(schema) {
        let given = entries(example).filter(|(name, _)| !fields.contains_key(*name));
        let given: Vec<_> = given
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if given.is_empty() {
            fields.extend(custom_fields());
        }
        fields.extend(given);
    }
    Value::Object(fields)
}

/// Never the same for two fields of an object where that can be: one that is sent in the place of another is seen.
fn made_up(schema: &Map<String, Value>, place: Place<'_>) -> Value {
    let Place { name, number, .. } = place;
    let prefix = schema
        .get("x-heffl-id")
        .map(|id| text(id, "prefix").unwrap_or("abc"));
    match (kind(schema), schema.get("format").and_then(Value::as_str)) {
        (Some("integer" | "number"), _) => {
            let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
            let least = bound("minimum").unwrap_or(0);
            json!((least + number).min(bound("maximum").unwrap_or(i64::MAX)))
        }
        (Some("boolean"), _) => json!(true),
        (Some("object"), _) if carries_custom_fields(schema) => Value::Object(custom_fields()),
        (Some("object") | None, _) => json!({"any": "thing"}),
        (_, Some("date-time")) => json!("2026-03-02T08:15:00.000Z"),
        (_, Some("date")) => json!("2026-03-02"),
        (_, Some("email")) => json!("ada@example.com"),
        (_, Some("uri")) => json!("https://example.com/"),
        _ => match prefix {
            Some(prefix) => json!(format!("{prefix}{number}")),
            None => json!(naming::snake(name).replace('_', " ")),
        },
    }
}

fn carries_custom_fields(schema: &Map<String, Value>) -> bool {
    schema
        .get("x-heffl-custom-fields")
        .is_some_and(|flag| flag == true)
}

fn custom_fields() -> Map<String, Value> {
    Map::from_iter([("cf_colour".to_owned(), json!("blue"))])
}

fn kind(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

/// A schema with what it refers to, by `$ref` or by `allOf`. References to references end after one
/// step rather than in a circle.
fn resolved(document: &Value, schema: &Value) -> Map<String, Value> {
    let mut merged = Map::new();
    for part in elements(schema.get("allOf")).filter_map(|part| follow(document, part)) {
        merged.extend(part.as_object().cloned().unwrap_or_default());
    }
    let own = follow(document, schema).and_then(Value::as_object);
    merged.extend(own.cloned().unwrap_or_default());
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_asked_with_the_least_and_with_all() {
        let document = json!({
            "components": {
                "parameters": {"Size": {"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 5}}},
                "schemas": {
                    "Colour": {"type": "string", "enum": ["RED", "BLUE"]},
                    "Part": {"type": "object", "required": ["price"], "properties": {
                        "price": {"type": "number"},
                        "maker": {"type": "string", "format": "email"},
                    }},
                    "Gadget": {
                        "type": "object",
                        "required": ["name", "parts"],
                        "x-heffl-custom-fields": true,
                        "properties": {
                            "name": {"type": "string"},
                            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
                            "colour": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Colour"}]},
                            "owner": {"type": "string", "x-heffl-id": {"prefix": "usr_", "of": "user"}},
                        },
                    },
                },
            },
            "paths": {"/gadgets/{id}": {
                "parameters": [{"name": "id", "in": "path", "x-heffl-id": {"prefix": "g_"}, "schema": {"type": "string"}}],
                "patch": {
                    "operationId": "updateGadget",
                    "parameters": [
                        {"$ref": "#/components/parameters/Size"},
                        {"name": "colour", "in": "query", "required": true, "schema": {"allOf": [{"$ref": "#/components/schemas/Colour"}]}},
                        {"name": "note", "in": "query", "example": "a&b c", "schema": {"type": "string"}},
                    ],
                    "requestBody": {"required": true, "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Gadget"},
                        "example": {"name": "one", "parts": [{"price": 2}]},
                    }}},
                },
                "delete": {},
            }},
        });
        let id = vec![("id".to_owned(), json!("g_1"))];
        let request = |operation: &str, amount, method: &str, query: Value, body| Request {
            operation: operation.to_owned(),
            amount,
            method: method.to_owned(),
            path: "/gadgets/{id}".to_owned(),
            path_parameters: id.clone(),
            query: entries(Some(&query))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body,
        };
        let delete = |amount| request("delete /gadgets/{id}", amount, "DELETE", json!({}), None);
        let expected = [
            request(
                "updateGadget",
                Amount::Least,
                "PATCH",
                json!({"colour": "RED"}),
                Some(json!({"name": "one", "parts": [{"price": 2}]})),
            ),
            request(
                "updateGadget",
                Amount::All,
                "PATCH",
                json!({"size": 6, "colour": "RED", "note": "a&b c"}),
                Some(json!({
                    "name": "one",
                    "parts": [{"price": 2, "maker": "ada@example.com"}],
                    "colour": "RED",
                    "owner": "usr_4",
                    "cf_colour": "blue",
                })),
            ),
            delete(Amount::Least),
            delete(Amount::All),
        ];
        assert_eq!(requests(&document), expected);
    }

    #[test]
    fn a_body_that_holds_itself_has_an_end() {
        let child = json!({"$ref": "#/components/schemas/Node"});
        let properties: Map<_, _> = ('a'..='j')
            .map(|name| (name.to_string(), child.clone()))
            .collect();
        for required in [json!([]), json!(["a", "b", "c"])] {
            let node = json!({"type": "object", "required": required, "properties": properties});
            let content = json!({"application/json": {"schema": child}});
            let document = json!({
                "components": {"schemas": {"Node": node}},
                "paths": {"/a": {"post": {"requestBody": {"required": true, "content": content}}}},
            });
            let requests = requests(&document);
            let longest = requests
                .iter()
                .map(|request| format!("{:?}", request.body).len())
                .max();
            assert!(longest < Some(100_000), "{longest:?}");
        }
    }

    #[test]
    fn a_document_that_makes_no_sense_makes_no_panic() {
        let circle = json!({"properties": {"inner": {"$ref": "#/components/schemas/A"}}});
        let body = json!({"schema": {"$ref": "#/components/schemas/A"}});
        for document in [
            json!(null),
            json!({"paths": []}),
            json!({"paths": {"/a": {"get": {"parameters": [{"$ref": "#/nowhere"}, 3]}}}}),
            json!({
                "components": {"schemas": {"A": circle}},
                "paths": {"/a": {"post": {"requestBody": {"content": {"application/json": body}}}}},
            }),
        ] {
            let _ = requests(&document);
        }
    }
}

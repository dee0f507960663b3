//! Requests made from a document alone: the minimal and the full input of every operation.
//!
//! Other tools check the document with these requests, the generated calls send them, and tests compare the received
//! requests with them. Values are the document's examples, or invented if it has none.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    json::{
        component, elements, entries, flag, follow, operations, parameters, read_choices, text,
        texts,
    },
    naming,
    normalise::schemas::FOREIGN,
    rules::Rule,
};

/// The maximum depth. A deeper schema refers to itself.
const DEEPEST: usize = 16;

/// The depth to which examples are compared with their schemas: nested choices multiply the work.
const DEEPEST_CHECKED: usize = 4;

/// The amount of input of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Required fields only.
    Least,
    /// Every parameter and every field.
    All,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The `operationId`, or method and path where there is none.
    pub operation: String,
    /// The amount of input.
    pub amount: Amount,
    /// Upper case.
    pub method: String,
    /// Template below the base URL.
    pub path: String,
    /// Parameters of the path and their values.
    pub path_parameters: Vec<(String, Value)>,
    /// Parameters of the query and their values, in the order of the document.
    pub query: Vec<(String, Value)>,
    /// Headers and their values.
    pub headers: Vec<(String, Value)>,
    /// Cookies and their values.
    pub cookies: Vec<(String, Value)>,
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
        let all = &self.all;
        let places = [&all.path_parameters, &all.query, &all.headers, &all.cookies];
        let mut parameters = places.into_iter().flatten();
        Some(&parameters.find(|(known, _)| known == name)?.1)
    }
}

/// The requests of every operation, by its `operationId`.
pub(crate) fn pairs(document: &Value) -> BTreeMap<String, Pair> {
    let pairs = each(document).map(|pair| (pair.least.operation.clone(), pair));
    pairs.collect()
}

/// Two requests for every operation, the minimal request first.
#[must_use]
pub fn requests(document: &Value) -> Vec<Request> {
    let mut document = document.clone();
    read_choices(&mut document);
    each(&document)
        .flat_map(|pair| [pair.least, pair.all])
        .collect()
}

fn each(document: &Value) -> impl Iterator<Item = Pair> {
    let methods = ["get", "post", "put", "patch", "delete"];
    let operations = operations(document);
    let operations = operations.filter(move |(_, method, _)| methods.contains(&method.as_str()));
    operations.map(|(path, method, operation)| {
        let request = |amount| request(document, path, method, operation, amount);
        Pair {
            least: request(Amount::Least),
            all: request(Amount::All),
        }
    })
}

fn request(
    document: &Value,
    path: &str,
    method: &str,
    operation: &Value,
    amount: Amount,
) -> Request {
    let values = |place: &str| {
        let is_there = |it: &&Value| text(it, "in") == Some(place);
        let is_wanted =
            |it: &&Value| place == "path" || amount == Amount::All || flag(it, "required");
        let parameters = parameters(document, path, operation).filter(is_there);
        let values = parameters.filter(is_wanted).map(|parameter| {
            let name = text(parameter, "name").unwrap_or_default();
            let value = Maker::new(document).parameter(name, parameter);
            (name.to_owned(), value)
        });
        values.collect()
    };
    let id = text(operation, "operationId");
    Request {
        operation: id.map_or_else(|| format!("{method} {path}"), str::to_owned),
        amount,
        method: method.to_uppercase(),
        path: path.to_owned(),
        path_parameters: values("path"),
        query: values("query"),
        headers: values("header"),
        cookies: values("cookie"),
        body: Maker::new(document).body(operation, amount),
    }
}

/// The maximum number of invented values in a body: schemas that share others can describe more than fits into
/// memory.
const MOST_VALUES: usize = 500;

/// Invents values.
struct Maker<'a> {
    document: &'a Value,
    /// The remaining number of values that may be invented.
    budget: usize,
    /// The nesting depth of the value, and the components around it.
    depth: usize,
    around: Vec<String>,
}

/// The name of a field or parameter, and its index in the object.
type Member<'a> = (&'a str, i64);

impl<'a> Maker<'a> {
    fn new(document: &'a Value) -> Self {
        Self {
            document,
            budget: MOST_VALUES,
            depth: 0,
            around: Vec::new(),
        }
    }

    /// A value that a parameter takes.
    fn parameter(&mut self, name: &str, parameter: &Value) -> Value {
        let mut schema = parameter.get("schema").cloned().unwrap_or_default();
        let is_json = flag(parameter, "x-heffl-json") || flag(&schema, "x-heffl-json");
        let example = parameter
            .get("example")
            .filter(|example| !example.is_null());
        if let Some(example) = example.filter(|it| is_json || self.fits(&schema, it, 0)) {
            return example.clone();
        }
        if is_json {
            return json!(r#"{"status":{"operator":"is","values":["ACTIVE"]}}"#);
        }
        // An identifier may be marked at the parameter, where a property is marked itself.
        if let (Some(id), Some(schema)) = (parameter.get("x-heffl-id"), schema.as_object_mut()) {
            schema.insert("x-heffl-id".to_owned(), id.clone());
        }
        self.all(&schema, None, (name, 1))
    }

    fn body(&mut self, operation: &Value, amount: Amount) -> Option<Value> {
        let body = follow(self.document, operation.get("requestBody")?)?;
        if amount == Amount::Least && !flag(body, "required") {
            return None;
        }
        let media = body.pointer("/content/application~1json")?;
        let (schema, example) = (media.get("schema")?, media.get("example"));
        Some(match amount {
            Amount::Least => self.least(schema, example, ("body", 1)),
            Amount::All => self.all(schema, example, ("body", 1)),
        })
    }

    /// Enters a schema, unless the budget is spent or the schema is nested too deep.
    fn within(&mut self, schema: &Value, make: impl FnOnce(&mut Self) -> Value) -> Value {
        let is_end = self.budget == 0 || self.depth > DEEPEST;
        self.budget = self.budget.saturating_sub(1);
        if is_end {
            return Value::Null;
        }
        let known = self.around.len();
        self.around.extend(component(schema).map(str::to_owned));
        self.depth += 1;
        let value = make(self);
        self.depth -= 1;
        self.around.truncate(known);
        value
    }

    /// The example, or an invented value; for an object, only its required fields.
    fn least(&mut self, schema: &Value, example: Option<&Value>, member: Member<'_>) -> Value {
        let fields = resolved(self.document, schema);
        let Some(properties) = fields.get("properties") else {
            return self.all(schema, example, member);
        };
        let mut names: Vec<&str> = texts(fields.get("required")).collect();
        for rule in elements(fields.get("x-heffl-rules")) {
            // A missing field has its default.
            if let Ok(Rule::When { key, value, needs }) = Rule::read(rule)
                && !names.contains(&needs)
                && properties.get(key).and_then(|field| text(field, "default")) == Some(value)
            {
                names.push(needs);
            }
        }
        self.within(schema, |maker| {
            let fields = names.into_iter().filter_map(|name| {
                let property = properties.get(name)?;
                let example = example.and_then(|example| example.get(name));
                let example = example.filter(|example| maker.fits(property, example, 0));
                let made_up = || maker.least(property, None, (name, member.1));
                Some((name.to_owned(), example.cloned().unwrap_or_else(made_up)))
            });
            Value::Object(fields.collect())
        })
    }

    /// The example, completed with the fields that it lacks, or an invented value.
    fn all(&mut self, schema: &Value, example: Option<&Value>, member: Member<'_>) -> Value {
        let resolved = resolved(self.document, schema);
        let [example, own] = [example, resolved.get("example")]
            .map(|example| example.filter(|example| self.fits(schema, example, 0)));
        self.within(schema, |maker| maker.value(&resolved, example, own, member))
    }

    /// Whether an example fits its schema, as far as [`DEEPEST_CHECKED`].
    fn fits(&self, schema: &Value, example: &Value, depth: usize) -> bool {
        let schema = resolved(self.document, schema);
        let inner = |key: &str| schema.get(key).filter(|_| depth < DEEPEST_CHECKED);
        let fits = |inner: &Value, value: &Value| self.fits(inner, value, depth + 1);
        if let Some(choice) = inner("x-heffl-codegen-choice") {
            let mut alternatives = elements(Some(choice)).filter_map(|it| it.get("schema"));
            return alternatives.any(|alternative| fits(alternative, example));
        }
        match (text(&schema, "type"), example) {
            (_, Value::Null) | (None, _) => true,
            (Some("array"), Value::Array(items)) => {
                inner("items").is_none_or(|inner| items.iter().all(|item| fits(inner, item)))
            }
            (Some("object"), Value::Object(members)) => {
                let values = inner("additionalProperties").filter(|inner| inner.is_object());
                values.is_none_or(|inner| members.values().all(|value| fits(inner, value)))
            }
            (Some("array" | "object"), _) => false,
            (Some("string"), _) => example.is_string(),
            (Some("integer"), _) => example.is_i64(),
            (Some("number"), _) => example.is_number(),
            (Some("boolean"), _) => example.is_boolean(),
            (Some(_), _) => true,
        }
    }

    fn value(
        &mut self,
        schema: &Value,
        example: Option<&Value>,
        own: Option<&Value>,
        member: Member<'_>,
    ) -> Value {
        let whole = example.or(own).cloned();
        if let Some(first) = schema.pointer("/x-heffl-codegen-choice/0/schema") {
            return whole.unwrap_or_else(|| self.all(first, None, member));
        }
        if let Some(foreign) = schema.get(FOREIGN) {
            let outline = foreign.get("schema").unwrap_or(&Value::Null);
            return whole.unwrap_or_else(|| self.foreign(outline, foreign, member));
        }
        let example = example.filter(|example| !example.is_null());
        if schema.get("properties").is_some() {
            return self.object(schema, example);
        }
        if let (Some("array"), Some(items)) = (text(schema, "type"), schema.get("items")) {
            return match example.and_then(Value::as_array) {
                Some(given) if !given.is_empty() => given
                    .iter()
                    .map(|item| self.all(items, Some(item), member))
                    .collect(),
                _ => json!([self.all(items, None, member)]),
            };
        }
        let given = [
            example,
            own,
            schema.pointer("/enum/0"),
            schema.get("default"),
        ];
        let given = given.into_iter().flatten().find(|given| !given.is_null());
        given.cloned().unwrap_or_else(|| made_up(schema, member))
    }

    /// A value that an outline allows: of its first alternatives, and of all parts.
    fn foreign(&mut self, outline: &Value, foreign: &Value, member: Member<'_>) -> Value {
        self.within(&Value::Null, |maker| {
            let leaf = outline.pointer("/x-rust-type/path").and_then(Value::as_str);
            if let Some(leaf) = leaf.and_then(|path| path.rsplit("::").next()) {
                let leaf = foreign.get("places").and_then(|places| places.get(leaf));
                return maker.all(leaf.unwrap_or(&Value::Null), None, member);
            }
            let mut value = |outline| maker.foreign(outline, foreign, member);
            if let Some(first) = outline.pointer("/oneOf/0") {
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
            maker.all(outline, None, member)
        })
    }

    fn object(&mut self, schema: &Value, example: Option<&Value>) -> Value {
        let mut fields = Map::new();
        for (number, (name, property)) in (1..).zip(entries(schema.get("properties"))) {
            let example = example.and_then(|example| example.get(name));
            let is_required = || texts(schema.get("required")).any(|required| required == name);
            // One level of a recursive value is enough.
            let kinds = [
                component(property),
                property.get("items").and_then(component),
            ];
            let mut kinds = kinds.into_iter().flatten();
            let is_inside = kinds.any(|kind| self.around.iter().any(|around| around == kind));
            let ends = is_inside || self.budget == 0;
            if !ends || example.is_some() || is_required() {
                fields.insert(name.clone(), self.all(property, example, (name, number)));
            }
        }
        if flag(schema, "x-heffl-custom-fields") {
            let given = entries(example).filter(|(name, _)| !fields.contains_key(*name));
            let given = given.map(|(name, value)| (name.clone(), value.clone()));
            let given: Vec<_> = given.collect();
            if given.is_empty() {
                fields.extend(custom_fields());
            }
            fields.extend(given);
        }
        Value::Object(fields)
    }
}

/// An invented value. Fields of an object get different values if possible, so that a test notices a swapped field.
fn made_up(schema: &Value, (name, number): Member<'_>) -> Value {
    let id = schema.get("x-heffl-id");
    let prefix = id.map(|id| text(id, "prefix").unwrap_or("abc"));
    match (text(schema, "type"), text(schema, "format")) {
        (Some("integer" | "number"), _) => {
            let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
            let least = bound("minimum").unwrap_or(0);
            json!((least + number).min(bound("maximum").unwrap_or(i64::MAX)))
        }
        (Some("boolean"), _) => json!(true),
        (Some("object"), _) if flag(schema, "x-heffl-custom-fields") => {
            Value::Object(custom_fields())
        }
        (Some("object") | None, _) => json!({"any": "thing"}),
        (_, Some("date-time")) => json!("2026-03-02T08:15:00.000Z"),
        (_, Some("date")) => json!("2026-03-02"),
        (_, Some("email")) => json!("ada@example.com"),
        (_, Some("uri")) => json!("https://example.com/"),
        (_, Some("byte")) => json!("aGVsbG8="),
        (_, Some("uuid")) => json!(format!("00000000-0000-4000-8000-{number:012}")),
        _ => match prefix {
            Some(prefix) => json!(format!("{prefix}{number}")),
            None => json!(naming::snake(name).replace('_', " ")),
        },
    }
}

fn custom_fields() -> Map<String, Value> {
    Map::from_iter([("cf_colour".to_owned(), json!("blue"))])
}

/// A schema with what it refers to, by `$ref` or by `allOf`. References to references are not followed, because they
/// may form a circle.
fn resolved(document: &Value, schema: &Value) -> Value {
    let parts = elements(schema.get("allOf")).chain([schema]);
    let parts = parts.filter_map(|part| follow(document, part)?.as_object().cloned());
    Value::Object(parts.flatten().collect())
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
            headers: Vec::new(),
            cookies: Vec::new(),
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
    fn an_example_of_another_type_is_no_example_and_headers_have_values() {
        let schema = json!({"type": "object", "required": ["size"], "properties": {
            "size": {"type": "integer", "example": "12"},
            "tags": {"type": "array", "items": {"type": "string"}, "example": [1]},
            "extra": {"type": "object", "additionalProperties": {"type": "string"}, "example": {"a": 1.5}},
        }});
        let document = json!({"paths": {"/gadgets": {"post": {
            "parameters": [{"name": "trace", "in": "header", "required": true, "schema": {"type": "string", "format": "uuid"}}],
            "requestBody": {"required": true, "content": {"application/json": {"schema": schema}}},
        }}}});
        let [least, all] = requests(&document).try_into().unwrap();
        let trace = json!("00000000-0000-4000-8000-000000000001");
        assert_eq!(least.headers, [("trace".to_owned(), trace)]);
        assert_eq!(least.body, Some(json!({"size": 1})));
        let made_up = json!({"size": 1, "tags": ["tags"], "extra": {"any": "thing"}});
        assert_eq!(all.body, Some(made_up));
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

//! Stage 3: document → document in which every object and enum has a name and every type is one
//! that the type generator renders the way we want.
//!
//! Two documents come out: [`Normal::value`] is the whole one, inline schemas hoisted, and is what
//! the later stages read; [`Normal::types`] holds nothing but components reduced to their Rust
//! types, and is what progenitor sees.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    ids::Kind,
    json::{component, elements, entries, events, flag, follow, reference, step, text},
    load::Document,
    naming,
    problem::{self, Problem},
};

/// The name under which progenitor knows the crate that the generated modules live in; the rewrite
/// stage turns it into `crate`.
pub const RUNTIME_CRATE: &str = "heffl_runtime";

/// A document in which everything has a name.
#[derive(Clone, Debug)]
pub struct Normal {
    /// The whole document.
    pub value: Value,
    /// Its components alone, reduced to Rust types.
    pub types: Value,
    /// What each component is used for.
    pub roles: BTreeMap<String, Role>,
}

/// What a component is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// It is in the body of a request.
    pub request: bool,
    /// It is read: in an answer, or in an event.
    pub answer: bool,
    /// It is itself the body of a request that changes a record: absent and null differ.
    pub update: bool,
}

/// Names everything, finds roles, and reduces types.
///
/// # Errors
///
/// A name that is derived for an inline schema belongs to another component already.
pub fn normalise(document: &Document) -> Result<Normal, Vec<Problem>> {
    let mut hoist = Hoist {
        file: &document.file,
        added: Map::new(),
        problems: Vec::new(),
        known: &document.value,
    };
    let mut value = document.value.clone();
    hoist.document(&mut value);
    let Hoist {
        added, problems, ..
    } = hoist;
    if !problems.is_empty() {
        return Err(problems);
    }
    if let Some(schemas) = value
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        schemas.extend(added);
    }
    let roles = roles(&value);
    let problems = required_nulls(&document.file, &value, &roles);
    if !problems.is_empty() {
        return Err(problems);
    }
    let types = types(&value, &roles);
    Ok(Normal {
        value,
        types,
        roles,
    })
}

/// A body whose field must be there and may be null has no Rust type yet: `Option` leaves it out.
fn required_nulls(file: &str, root: &Value, roles: &BTreeMap<String, Role>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, _) in roles.iter().filter(|(_, role)| role.request) {
        let at = step("/components/schemas", name);
        let Some(schema) = root.pointer(&at) else {
            continue;
        };
        for required in elements(schema.get("required")).filter_map(Value::as_str) {
            if schema
                .get("properties")
                .and_then(|p| p.get(required))
                .is_some_and(|p| flag(p, "nullable"))
            {
                let message =
                    "a field of a request that is required and may be null is not generated";
                let at = step(&step(&at, "properties"), required);
                problems.push(problem::of("required-nullable", file, message).pointer(at));
            }
        }
    }
    problems
}

/// Gives names to inline objects and enums.
struct Hoist<'a> {
    file: &'a str,
    known: &'a Value,
    added: Map<String, Value>,
    problems: Vec<Problem>,
}

impl Hoist<'_> {
    fn document(&mut self, value: &mut Value) {
        if let Some(schemas) = value
            .pointer_mut("/components/schemas")
            .and_then(Value::as_object_mut)
        {
            for (name, schema) in schemas {
                self.members(schema, name, &step("/components/schemas", name));
            }
        }
        let Some(paths) = value.get_mut("paths").and_then(Value::as_object_mut) else {
            return;
        };
        for (path, item) in paths {
            let at = step("/paths", path);
            let Some(item) = item.as_object_mut() else {
                continue;
            };
            for (method, operation) in item {
                let Some(id) = text(operation, "operationId").map(naming::pascal) else {
                    continue;
                };
                self.operation(operation, &id, &step(&at, method));
            }
        }
    }

    fn operation(&mut self, operation: &mut Value, id: &str, at: &str) {
        for parameter in operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let name = format!(
                "{id}{}",
                naming::pascal(text(parameter, "name").unwrap_or_default())
            );
            if let Some(schema) = parameter.get_mut("schema") {
                self.schema(schema, &name, &step(at, "parameters"));
            }
        }
        if let Some(schema) = operation.pointer_mut("/requestBody/content/application~1json/schema")
        {
            self.schema(schema, &format!("{id}Body"), &step(at, "requestBody"));
        }
        let responses = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut);
        for (status, response) in responses
            .into_iter()
            .flatten()
            .filter(|(status, _)| status.starts_with('2'))
        {
            if let Some(schema) = response.pointer_mut("/content/application~1json/schema") {
                self.schema(
                    schema,
                    &format!("{id}Response"),
                    &step(&step(at, "responses"), status),
                );
            }
        }
    }

    /// Names `schema` itself if it is an object with members or an enum, then what is inside it.
    fn schema(&mut self, schema: &mut Value, name: &str, at: &str) {
        if let Some(items) = schema.get_mut("items") {
            return self.schema(items, &format!("{name}Item"), &step(at, "items"));
        }
        if schema.get("properties").is_none() && schema.get("enum").is_none() {
            return;
        }
        self.members(schema, name, at);
        // What describes the place stays at the place; what describes the type goes with it.
        let mut place = json!({"allOf": [reference(name)]});
        if let (Some(from), Some(to)) = (schema.as_object_mut(), place.as_object_mut()) {
            for key in [
                "nullable",
                "default",
                "example",
                "deprecated",
                "x-heffl-evidence",
                "x-heffl-response-name",
                "x-heffl-rule",
            ] {
                if let Some(value) = from.shift_remove(key) {
                    to.insert(key.to_owned(), value);
                }
            }
            if let Some(description) = from.get("description") {
                to.insert("description".to_owned(), description.clone());
            }
        }
        let hoisted = std::mem::replace(schema, place);
        let existing = self
            .known
            .pointer(&step("/components/schemas", name))
            .or_else(|| self.added.get(name));
        if existing.is_some_and(|existing| *existing != hoisted) {
            let message =
                format!("this inline schema needs the name `{name}`, which another schema has");
            let problem = problem::of("hoist-clash", self.file, message).pointer(at);
            self.problems
                .push(problem.help("make the inline schema a component with a name of its own"));
        } else if existing.is_none() {
            self.added.insert(name.to_owned(), hoisted);
        }
    }

    fn members(&mut self, schema: &mut Value, name: &str, at: &str) {
        let at = step(at, "properties");
        for (key, property) in schema
            .get_mut("properties")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            self.schema(
                property,
                &format!("{name}{}", naming::pascal(key)),
                &step(&at, key),
            );
        }
    }
}

fn roles(root: &Value) -> BTreeMap<String, Role> {
    let mut roles = BTreeMap::new();
    for (_, item) in entries(root.get("paths")) {
        for (method, operation) in entries(Some(item)) {
            if let Some(schema) = operation.pointer("/requestBody/content/application~1json/schema")
            {
                let update = matches!(method.as_str(), "patch" | "put");
                if let (true, Some(name)) = (update, component(schema)) {
                    roles
                        .entry(name.to_owned())
                        .or_insert_with(Role::default)
                        .update = true;
                }
                mark(root, schema, &mut roles, |role| {
                    std::mem::replace(&mut role.request, true)
                });
            }
            // Errors are read by the runtime.
            for (_, response) in
                entries(operation.get("responses")).filter(|(status, _)| status.starts_with('2'))
            {
                let response = follow(root, response);
                if let Some(schema) =
                    response.and_then(|r| r.pointer("/content/application~1json/schema"))
                {
                    mark(root, schema, &mut roles, |role| {
                        std::mem::replace(&mut role.answer, true)
                    });
                }
            }
        }
    }
    for (event, _) in events(root) {
        if let Some(schema) = event.pointer("/requestBody/content/application~1json/schema") {
            mark(root, schema, &mut roles, |role| {
                std::mem::replace(&mut role.answer, true)
            });
        }
    }
    roles
}

/// Sets a role on every component that `schema` reaches. `set` says whether it was set before.
fn mark(
    root: &Value,
    schema: &Value,
    roles: &mut BTreeMap<String, Role>,
    set: fn(&mut Role) -> bool,
) {
    if let Some(name) = component(schema) {
        let seen = set(roles.entry(name.to_owned()).or_default());
        if !seen && let Some(schema) = root.pointer(&step("/components/schemas", name)) {
            mark(root, schema, roles, set);
        }
    }
    for (_, property) in entries(schema.get("properties")) {
        mark(root, property, roles, set);
    }
    if let Some(items) = schema.get("items") {
        mark(root, items, roles, set);
    }
}

/// The components alone, each property reduced to what decides its Rust type.
fn types(root: &Value, roles: &BTreeMap<String, Role>) -> Value {
    let mut schemas = Map::new();
    for (name, schema) in entries(root.pointer("/components/schemas")) {
        let role = roles.get(name).copied().unwrap_or_default();
        schemas.insert(
            name.clone(),
            if schema.get("enum").is_some() {
                words(schema)
            } else {
                object(schema, role)
            },
        );
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "types", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    })
}

fn words(schema: &Value) -> Value {
    json!({"type": "string", "enum": schema.get("enum")})
}

fn object(schema: &Value, role: Role) -> Value {
    let required: Vec<&str> = elements(schema.get("required"))
        .filter_map(Value::as_str)
        .collect();
    let mut kept = Vec::new();
    let mut properties = Map::new();
    for (name, property) in entries(schema.get("properties")) {
        let nullable = flag(property, "nullable");
        let mut ty = rust_type(property);
        if role.update && nullable {
            ty = runtime_type("Patch", &[ty]);
        } else if required.contains(&name.as_str()) && !nullable {
            kept.push(Value::String(name.clone()));
        } else {
            // Everything that can be absent can be null when it is read: both are `None`.
            ty = if ty.get("$ref").is_some() {
                json!({"allOf": [ty]})
            } else {
                ty
            };
            if let Some(ty) = ty.as_object_mut() {
                ty.insert("nullable".to_owned(), Value::Bool(true));
            }
        }
        properties.insert(name.clone(), ty);
    }
    json!({"type": "object", "required": kept, "properties": properties, "additionalProperties": false})
}

/// The smallest schema that the type generator turns into the Rust type of `schema`.
fn rust_type(schema: &Value) -> Value {
    if let Some(name) = component(schema) {
        return reference(name);
    }
    if let Some(kind) = schema.get("x-heffl-id").and_then(|id| Kind::read(id).ok()) {
        return runtime_type(&format!("ids::{}", Kind::type_name(&kind.of)), &[]);
    }
    if flag(schema, "x-heffl-money") {
        return runtime_type("Money", &[]);
    }
    if flag(schema, "x-heffl-secret") {
        return runtime_type("Secret", &[]);
    }
    if flag(schema, "x-heffl-currency") {
        return runtime_type("Currency", &[]);
    }
    if flag(schema, "x-heffl-custom-fields") {
        return runtime_type("CustomFields", &[]);
    }
    match (text(schema, "type"), text(schema, "format")) {
        (Some("string"), Some("date-time")) => runtime_type("DateTime", &[]),
        (Some("number"), Some("decimal")) => runtime_type("Decimal", &[]),
        (Some("array"), _) => json!({"type": "array", "items": schema.get("items").map(rust_type)}),
        (Some("object"), _) => runtime_type("JsonObject", &[]),
        (Some(plain @ ("string" | "integer" | "number" | "boolean")), _) => json!({"type": plain}),
        // No type, or several: any JSON value.
        _ => json!({}),
    }
}

fn runtime_type(path: &str, parameters: &[Value]) -> Value {
    json!({"x-rust-type": {
        "crate": RUNTIME_CRATE, "version": "*", "path": format!("{RUNTIME_CRATE}::{path}"), "parameters": parameters,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::tests::{GADGETS, document};

    fn normal(text: &str) -> Normal {
        normalise(&document(text)).unwrap()
    }

    #[test]
    fn an_inline_object_gets_the_name_of_its_place() {
        let normal = normal(GADGETS);
        let place = &normal.value["components"]["schemas"]["Gadget"]["properties"]["size"];
        assert_eq!(component(place), Some("GadgetSize"));
        assert_eq!(place["description"], "Its size.");
        assert!(
            normal.value["components"]["schemas"]["GadgetSize"]["properties"]["height"].is_object()
        );
    }

    #[test]
    fn a_name_that_is_taken_is_a_clash_not_a_merge() {
        let text = GADGETS.replacen(
            "    Part:\n",
            "    GadgetSize: {type: object}\n    Part:\n",
            1,
        );
        let problems = normalise(&document(&text)).unwrap_err();
        assert_eq!(problems[0].rule, "hoist-clash");
        assert_eq!(
            problems[0].pointer.as_deref(),
            Some("/components/schemas/Gadget/properties/size")
        );
    }

    #[test]
    fn a_required_null_in_a_body_is_refused() {
        let text = GADGETS.replacen(
            "name: {type: string, description: Its name., x-heffl-evidence: documented}",
            "name: {type: string, nullable: true}",
            1,
        );
        let problems = normalise(&document(&text)).unwrap_err();
        assert_eq!(problems[0].rule, "required-nullable");
        assert_eq!(
            problems[0].pointer.as_deref(),
            Some("/components/schemas/CreateGadget/properties/name")
        );
    }

    #[test]
    fn roles_follow_references() {
        let roles = normal(GADGETS).roles;
        assert_eq!(
            roles["Part"],
            Role {
                request: true,
                answer: true,
                update: false
            }
        );
        assert_eq!(
            roles["UpdateGadget"],
            Role {
                request: true,
                answer: false,
                update: true
            }
        );
        assert_eq!(
            roles["PageMeta"],
            Role {
                request: false,
                answer: true,
                update: false
            }
        );
    }

    #[test]
    fn what_an_event_carries_is_read_like_an_answer() {
        let roles = normal(&format!("{GADGETS}{}", crate::lint::tests::EVENT)).roles;
        assert!(roles["GadgetEvent"].answer);
        assert!(!roles["GadgetEvent"].request);
    }

    #[test]
    fn types_are_reduced_to_what_the_generator_renders_well() {
        let types = normal(GADGETS).types;
        let property = |schema: &str, name: &str| {
            types["components"]["schemas"][schema]["properties"][name].clone()
        };
        let path = |value: Value| {
            value["x-rust-type"]["path"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        assert_eq!(
            path(property("Gadget", "id")),
            "heffl_runtime::ids::GadgetId"
        );
        assert_eq!(path(property("Gadget", "price")), "heffl_runtime::Money");
        assert_eq!(
            path(property("Gadget", "details")),
            "heffl_runtime::JsonObject"
        );
        assert_eq!(
            path(property("UpdateGadget", "price")),
            "heffl_runtime::Patch"
        );
        assert_eq!(
            property("UpdateGadget", "name"),
            json!({"type": "string", "nullable": true})
        );
        assert_eq!(property("Gadget", "oneOrOther"), json!({"nullable": true}));
        assert_eq!(property("Gadget", "name"), json!({"type": "string"}));
    }
}

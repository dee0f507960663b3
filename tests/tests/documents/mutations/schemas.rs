//! Edits of schemas.

use heffl_spec::diff::{
    Area,
    Severity::{self, Breaking, Info, Warning},
    Side,
};
use serde_json::{Map, Value, json};

use super::{
    Expected, Mutant,
    reach::{Reach, Users, escape, pointers},
};

/// An edit that is made when it is needed.
pub(crate) struct Edit {
    pub(crate) kind: &'static str,
    /// The number of edits of the same kind before it.
    pub(crate) rank: usize,
    make: Box<Make>,
}

/// Makes the edit, and returns the expected changes.
type Make = dyn Fn(&mut Value) -> Vec<Expected>;

impl Edit {
    pub(crate) fn apply(&self, document: &Value) -> Mutant {
        let mut document = document.clone();
        let expected = (self.make)(&mut document);
        Mutant {
            name: self.kind.to_owned(),
            document,
            expected,
        }
    }
}

/// The effect of an edit of a keyword: its location below the schema, and its severity for programs that
/// write and for programs that read.
struct Effect {
    key: String,
    side: Side,
    write: Severity,
    read: Severity,
}

type Schema = Map<String, Value>;
type Keyword = (&'static str, fn(&mut Schema) -> Option<Effect>);

fn effect(key: &str, side: Side, write: Severity, read: Severity) -> Effect {
    let key = key.to_owned();
    Effect {
        key,
        side,
        write,
        read,
    }
}

fn is(schema: &Schema, kinds: &[&str]) -> bool {
    kinds
        .iter()
        .any(|kind| schema.get("type") == Some(&json!(kind)))
}

/// Adds a keyword, unless it is present.
fn add(
    schema: &mut Schema,
    key: &str,
    value: Value,
    write: Severity,
    read: Severity,
) -> Option<Effect> {
    if schema.contains_key(key) || schema.contains_key("$ref") {
        return None;
    }
    schema.insert(key.to_owned(), value);
    Some(effect(key, Side::New, write, read))
}

fn remove(schema: &mut Schema, key: &str, write: Severity, read: Severity) -> Option<Effect> {
    schema.shift_remove(key)?;
    Some(effect(key, Side::Old, write, read))
}

/// Changes a keyword, if it is present.
fn change(
    schema: &mut Schema,
    key: &str,
    value: Value,
    write: Severity,
    read: Severity,
) -> Option<Effect> {
    let place = schema.get_mut(key)?;
    if *place == value {
        return None;
    }
    *place = value;
    Some(effect(key, Side::New, write, read))
}

fn number(schema: &Schema, key: &str, step: i64) -> Option<Value> {
    Some(json!(schema.get(key)?.as_i64()? + step))
}

/// Adds a part by `allOf`, with one keyword.
fn part(
    schema: &mut Schema,
    key: &str,
    value: &Value,
    write: Severity,
    read: Severity,
) -> Option<Effect> {
    if ["allOf", "$ref", key]
        .iter()
        .any(|key| schema.contains_key(*key))
    {
        return None;
    }
    schema.insert("allOf".to_owned(), json!([{key: value}]));
    Some(effect(&format!("allOf/0/{key}"), Side::New, write, read))
}

const KEYWORDS: &[Keyword] = &[
    ("part with a limit", |s| {
        if is(s, &["string"]) {
            part(s, "maxLength", &json!(3), Breaking, Info)
        } else {
            None
        }
    }),
    ("part with a pattern", |s| {
        if is(s, &["string"]) {
            part(s, "pattern", &json!("^a"), Breaking, Info)
        } else {
            None
        }
    }),
    ("part that is closed", |s| {
        if is(s, &["object"]) {
            part(s, "additionalProperties", &json!(false), Breaking, Info)
        } else {
            None
        }
    }),
    ("part with a property", |s| {
        if is(s, &["object"]) {
            let found = part(s, "x", &json!(1), Info, Info)?;
            s["allOf"] = json!([{"properties": {"newcomer": {"type": "string"}}}]);
            Some(effect(
                "allOf/0/properties/newcomer",
                Side::New,
                found.write,
                found.read,
            ))
        } else {
            None
        }
    }),
    ("part with fewer values", |s| {
        let mut values = s.get("enum")?.as_array()?.clone();
        values.pop()?;
        let gone = format!("enum/{}", values.len());
        if values.is_empty() || s.contains_key("allOf") {
            return None;
        }
        s.insert("allOf".to_owned(), json!([{"enum": values}]));
        Some(effect(&gone, Side::Old, Breaking, Info))
    }),
    ("part with an unknown keyword", |s| {
        part(s, "unknownKeyword", &json!({"a": 1}), Warning, Warning)
    }),
    ("unknown keyword added", |s| {
        add(s, "unknownKeyword", json!({"title": "a"}), Warning, Warning)
    }),
    ("vendor's keyword added", |s| {
        add(s, "x-vendor", json!(true), Warning, Warning)
    }),
    ("keyword of another form", |s| {
        add(s, "maxItems", json!("many"), Warning, Warning)
    }),
    ("type changed", |s| {
        let other = if is(s, &["boolean"]) {
            "string"
        } else {
            "boolean"
        };
        change(s, "type", json!(other), Breaking, Breaking)
    }),
    ("integer to number", |s| {
        if is(s, &["integer"]) {
            change(s, "type", json!("number"), Info, Breaking)
        } else {
            None
        }
    }),
    ("number to integer", |s| {
        if is(s, &["number"]) {
            change(s, "type", json!("integer"), Breaking, Info)
        } else {
            None
        }
    }),
    ("format added", |s| {
        if is(s, &["string"]) {
            add(s, "format", json!("hostname"), Breaking, Info)
        } else {
            None
        }
    }),
    ("format changed", |s| {
        change(s, "format", json!("ipv4"), Breaking, Breaking)
    }),
    ("format removed", |s| remove(s, "format", Info, Breaking)),
    ("pattern added", |s| {
        if is(s, &["string"]) {
            add(s, "pattern", json!("^a"), Breaking, Info)
        } else {
            None
        }
    }),
    ("enum value added", |s| {
        let values = s.get_mut("enum")?.as_array_mut()?;
        values.insert(0, json!("NEWCOMER"));
        Some(effect("enum/0", Side::New, Info, Info))
    }),
    ("enum value removed", |s| {
        let values = s.get_mut("enum")?.as_array_mut()?;
        if values.len() < 2 {
            return None;
        }
        values.pop();
        Some(effect(
            &format!("enum/{}", values.len()),
            Side::Old,
            Breaking,
            Info,
        ))
    }),
    ("enum removed", |s| remove(s, "enum", Info, Warning)),
    ("enum added", |s| {
        if is(s, &["string"]) {
            add(s, "enum", json!(["A"]), Breaking, Info)
        } else {
            None
        }
    }),
    ("enum opened", |s| {
        if s.contains_key("enum") {
            add(s, "x-heffl-more-options", json!(true), Info, Warning)
        } else {
            None
        }
    }),
    ("enum closed", |s| {
        remove(s, "x-heffl-more-options", Warning, Info)
    }),
    ("default added", |s| {
        if is(s, &["string"]) {
            add(s, "default", json!("x"), Warning, Info)
        } else {
            None
        }
    }),
    ("default changed", |s| {
        change(s, "default", json!("another"), Warning, Info)
    }),
    ("default removed", |s| remove(s, "default", Warning, Info)),
    ("minimum added", |s| {
        if is(s, &["number", "integer"]) {
            add(s, "minimum", json!(3), Breaking, Info)
        } else {
            None
        }
    }),
    ("maximum added", |s| {
        if is(s, &["number", "integer"]) {
            add(s, "maximum", json!(3), Breaking, Info)
        } else {
            None
        }
    }),
    ("minimum raised", |s| {
        number(s, "minimum", 1).and_then(|v| change(s, "minimum", v, Breaking, Info))
    }),
    ("minimum lowered", |s| {
        number(s, "minimum", -1).and_then(|v| change(s, "minimum", v, Info, Warning))
    }),
    ("maximum raised", |s| {
        number(s, "maximum", 1).and_then(|v| change(s, "maximum", v, Info, Warning))
    }),
    ("maximum lowered", |s| {
        number(s, "maximum", -1).and_then(|v| change(s, "maximum", v, Breaking, Info))
    }),
    ("minimum removed", |s| remove(s, "minimum", Info, Warning)),
    ("maximum removed", |s| remove(s, "maximum", Info, Warning)),
    ("minimum excluded", |s| {
        if s.contains_key("minimum") {
            add(s, "exclusiveMinimum", json!(true), Breaking, Info)
        } else {
            None
        }
    }),
    ("multipleOf added", |s| {
        if is(s, &["number"]) {
            add(s, "multipleOf", json!(2), Breaking, Info)
        } else {
            None
        }
    }),
    ("minLength added", |s| {
        if is(s, &["string"]) {
            add(s, "minLength", json!(2), Breaking, Info)
        } else {
            None
        }
    }),
    ("maxLength added", |s| {
        if is(s, &["string"]) {
            add(s, "maxLength", json!(9), Breaking, Info)
        } else {
            None
        }
    }),
    ("maxLength removed", |s| {
        remove(s, "maxLength", Info, Warning)
    }),
    ("minItems added", |s| {
        if is(s, &["array"]) {
            add(s, "minItems", json!(2), Breaking, Info)
        } else {
            None
        }
    }),
    ("minItems removed", |s| remove(s, "minItems", Info, Warning)),
    ("maxItems added", |s| {
        if is(s, &["array"]) {
            add(s, "maxItems", json!(9), Breaking, Info)
        } else {
            None
        }
    }),
    ("uniqueItems added", |s| {
        if is(s, &["array"]) {
            add(s, "uniqueItems", json!(true), Breaking, Info)
        } else {
            None
        }
    }),
    ("minProperties added", |s| {
        if is(s, &["object"]) {
            add(s, "minProperties", json!(2), Breaking, Info)
        } else {
            None
        }
    }),
    ("minProperties removed", |s| {
        remove(s, "minProperties", Info, Warning)
    }),
    ("additionalProperties closed", |s| {
        if s.get("additionalProperties")
            .is_some_and(|value| !value.is_object())
            || !is(s, &["object"])
        {
            return None;
        }
        s.insert("additionalProperties".to_owned(), json!(false));
        Some(effect("additionalProperties", Side::New, Breaking, Info))
    }),
    ("additionalProperties typed", |s| {
        if is(s, &["object"]) {
            add(
                s,
                "additionalProperties",
                json!({"type": "string"}),
                Breaking,
                Info,
            )
        } else {
            None
        }
    }),
    ("oneOf added", |s| {
        if is(s, &["string"]) {
            add(
                s,
                "oneOf",
                json!([{"type": "string"}, {"type": "number"}]),
                Breaking,
                Info,
            )
        } else {
            None
        }
    }),
    ("readOnly added", |s| {
        add(s, "readOnly", json!(true), Breaking, Info)
    }),
    ("writeOnly added", |s| {
        add(s, "writeOnly", json!(true), Info, Breaking)
    }),
    ("deprecated added", |s| {
        add(s, "deprecated", json!(true), Warning, Warning)
    }),
    ("money added", |s| {
        if is(s, &["number"]) {
            add(s, "x-heffl-money", json!(true), Warning, Warning)
        } else {
            None
        }
    }),
    ("money removed", |s| {
        remove(s, "x-heffl-money", Warning, Warning)
    }),
    ("secret added", |s| {
        if is(s, &["string"]) {
            add(s, "x-heffl-secret", json!(true), Warning, Warning)
        } else {
            None
        }
    }),
    ("secret removed", |s| {
        remove(s, "x-heffl-secret", Warning, Warning)
    }),
    ("response name added", |s| {
        add(s, "x-heffl-response-name", json!("other"), Info, Info)
    }),
    ("response name changed", |s| {
        change(s, "x-heffl-response-name", json!("other"), Warning, Info)
    }),
    ("response name removed", |s| {
        remove(s, "x-heffl-response-name", Warning, Info)
    }),
    ("identifier added", |s| {
        if is(s, &["string"]) {
            add(s, "x-heffl-id", json!({"of": "gadget"}), Info, Info)
        } else {
            None
        }
    }),
    ("identifier removed", |s| {
        remove(s, "x-heffl-id", Warning, Warning)
    }),
    ("identifier prefix changed", |s| {
        s.get_mut("x-heffl-id")?["prefix"] = json!("gd_");
        Some(effect("x-heffl-id", Side::New, Warning, Warning))
    }),
    ("identifier kind changed", |s| {
        s.get_mut("x-heffl-id")?["of"] = json!("gadget");
        Some(effect("x-heffl-id", Side::New, Warning, Warning))
    }),
    ("rule of several fields added", |s| {
        if is(s, &["object"]) {
            let rules = s.entry("x-heffl-rules").or_insert(json!([]));
            let rules = rules.as_array_mut()?;
            rules.push(json!({"together": ["one", "other"]}));
            let last = format!("x-heffl-rules/{}", rules.len() - 1);
            Some(effect(&last, Side::New, Breaking, Info))
        } else {
            None
        }
    }),
    ("rule of several fields removed", |s| {
        let rules = s.get_mut("x-heffl-rules")?.as_array_mut()?;
        rules.pop()?;
        let last = format!("x-heffl-rules/{}", rules.len());
        Some(effect(&last, Side::Old, Info, Warning))
    }),
    ("custom fields removed", |s| {
        remove(s, "x-heffl-custom-fields", Breaking, Breaking)
    }),
    ("evidence weakened", |s| {
        remove(s, "x-heffl-evidence", Info, Info)
    }),
    ("evidence changed", |s| {
        let other = if s.get("x-heffl-evidence") == Some(&json!("documented")) {
            "inferred"
        } else {
            "documented"
        };
        change(s, "x-heffl-evidence", json!(other), Info, Info)
    }),
];

/// Keywords that have a meaning only in properties, and not in components.
const PROPERTY_KEYWORDS: &[Keyword] = &[
    ("nullable added", |s| {
        add(s, "nullable", json!(true), Info, Breaking)
    }),
    ("nullable removed", |s| {
        if s.get("nullable") == Some(&json!(true)) {
            remove(s, "nullable", Breaking, Info)
        } else {
            None
        }
    }),
];

pub(crate) fn expected(
    users: &Users,
    pointer: &str,
    side: Side,
    write: Severity,
    read: Severity,
) -> Vec<Expected> {
    let one = |(area, operations): (&Area, &std::collections::BTreeSet<String>)| Expected {
        area: *area,
        severity: if *area == Area::Response { read } else { write },
        side,
        pointer: pointer.to_owned(),
        operations: operations.iter().cloned().collect(),
    };
    users.iter().map(one).collect()
}

/// All edits of schemas.
pub(crate) fn edits(document: &Value, reach: &Reach) -> Vec<Edit> {
    let mut all = Vec::new();
    let mut places = Vec::new();
    pointers(document, String::new(), &mut places);
    for place in places {
        let parts: Vec<&str> = place.split('/').collect();
        let is_schema = is_schema(&parts);
        let users = || reach.users(&place);
        if !is_schema
            || users().is_empty()
            || document
                .pointer(&place)
                .and_then(Value::as_object)
                .is_none()
        {
            continue;
        }
        let parent = parts.len().checked_sub(2).map(|index| parts[index]);
        let is_member = matches!(parent, Some("properties"))
            || matches!(parts.last(), Some(&("items" | "schema")));
        let keywords = KEYWORDS
            .iter()
            .chain(PROPERTY_KEYWORDS.iter().filter(|_| is_member));
        for (kind, edit) in keywords {
            let mut trial = document
                .pointer(&place)
                .and_then(Value::as_object)
                .unwrap()
                .clone();
            if edit(&mut trial).is_none() {
                continue;
            }
            let (place, users) = (place.clone(), users());
            all.push(new_edit(kind, move |document| {
                let schema = document
                    .pointer_mut(&place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap();
                let effect = edit(schema).unwrap();
                expected(
                    &users,
                    &format!("{place}/{}", effect.key),
                    effect.side,
                    effect.write,
                    effect.read,
                )
            }));
        }
        members(document, &place, &users(), &mut all);
        if let Some(kind) = document.pointer(&format!("{place}/x-heffl-page")) {
            let (place, users, kind) = (place.clone(), users(), kind.clone());
            all.push(new_edit("paging removed", move |document| {
                assert!(kind.is_object());
                document
                    .pointer_mut(&place)
                    .unwrap()
                    .as_object_mut()
                    .unwrap()
                    .shift_remove("x-heffl-page");
                expected(
                    &users,
                    &format!("{place}/x-heffl-page"),
                    Side::Old,
                    Breaking,
                    Breaking,
                )
            }));
        }
    }
    ranked(all)
}

pub(crate) fn new_edit(
    kind: &'static str,
    make: impl Fn(&mut Value) -> Vec<Expected> + 'static,
) -> Edit {
    Edit {
        kind,
        rank: 0,
        make: Box::new(make),
    }
}

/// Numbers the edits of each kind.
pub(crate) fn ranked(mut edits: Vec<Edit>) -> Vec<Edit> {
    let mut counts = std::collections::BTreeMap::new();
    for edit in &mut edits {
        let count = counts.entry(edit.kind).or_insert(0);
        edit.rank = *count;
        *count += 1;
    }
    edits
}

/// Whether a pointer leads to a schema; examples look like schemas, but are not.
pub(crate) fn is_schema(parts: &[&str]) -> bool {
    let Some(start) = (match parts {
        [_, "components", "schemas", _, ..] => Some(4),
        _ => parts
            .iter()
            .position(|part| *part == "schema")
            .map(|index| index + 1),
    }) else {
        return false;
    };
    if parts[..start]
        .iter()
        .any(|part| part.starts_with("example"))
    {
        return false;
    }
    let mut rest = &parts[start..];
    loop {
        rest = match rest {
            [] => return true,
            ["properties", _, rest @ ..] | ["items", rest @ ..] => rest,
            _ => return false,
        };
    }
}

/// Edits of the properties of one schema.
fn members(document: &Value, place: &str, users: &Users, all: &mut Vec<Edit>) {
    let schema = document.pointer(place).unwrap();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let required = |schema: &mut Value, name: &str, is_required: bool| {
        if schema.get("required").is_none() {
            schema["required"] = json!([]);
        }
        let list = schema["required"].as_array_mut().unwrap();
        list.retain(|known| known != name);
        if is_required {
            list.push(json!(name));
        }
    };
    for name in properties.keys() {
        let pointer = format!("{place}/properties/{}", escape(name));
        let is_required = schema["required"]
            .as_array()
            .is_some_and(|list| list.contains(&json!(name)));
        let (at, who, property) = (place.to_owned(), users.clone(), name.clone());
        let gone = pointer.clone();
        all.push(new_edit("property removed", move |document| {
            let schema = document.pointer_mut(&at).unwrap();
            schema["properties"]
                .as_object_mut()
                .unwrap()
                .shift_remove(&property);
            if is_required {
                required(schema, &property, false);
            }
            expected(&who, &gone, Side::Old, Breaking, Breaking)
        }));
        let (at, who, property, gone) = (
            place.to_owned(),
            users.clone(),
            name.clone(),
            pointer.clone(),
        );
        all.push(new_edit("property renamed", move |document| {
            let schema = document.pointer_mut(&at).unwrap();
            let properties = schema["properties"].as_object_mut().unwrap();
            let value = properties.shift_remove(&property).unwrap();
            properties.insert("renamed".to_owned(), value);
            if is_required {
                required(schema, &property, false);
                required(schema, "renamed", true);
            }
            let came = if is_required { Breaking } else { Info };
            let mut all = expected(&who, &gone, Side::Old, Breaking, Breaking);
            all.extend(expected(
                &who,
                &format!("{at}/properties/renamed"),
                Side::New,
                came,
                Info,
            ));
            all
        }));
        let (at, who, property) = (place.to_owned(), users.clone(), name.clone());
        let kind = if is_required {
            "property became optional"
        } else {
            "property became required"
        };
        all.push(new_edit(kind, move |document| {
            required(document.pointer_mut(&at).unwrap(), &property, !is_required);
            let (write, read) = if is_required {
                (Info, Breaking)
            } else {
                (Breaking, Info)
            };
            expected(&who, &pointer, Side::New, write, read)
        }));
    }
    for is_required in [false, true] {
        let (at, who) = (place.to_owned(), users.clone());
        let kind = if is_required {
            "required property added"
        } else {
            "property added"
        };
        all.push(new_edit(kind, move |document| {
            let schema = document.pointer_mut(&at).unwrap();
            schema["properties"]["newcomer"] = json!({"type": "string"});
            if is_required {
                required(schema, "newcomer", true);
            }
            let write = if is_required { Breaking } else { Info };
            expected(
                &who,
                &format!("{at}/properties/newcomer"),
                Side::New,
                write,
                Info,
            )
        }));
    }
}

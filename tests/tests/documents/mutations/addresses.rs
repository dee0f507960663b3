//! Edits of all parts other than schemas.

use heffl_spec::diff::{
    Area,
    Severity::{self, Breaking, Info, Warning},
    Side::{self, New, Old},
};
use serde_json::{Map, Value, json};

use super::{
    Expected,
    reach::{Reach, escape, operations, title},
    schemas::{Edit, new_edit, ranked},
};

pub(crate) fn found(
    area: Area,
    severity: Severity,
    side: Side,
    pointer: &str,
    operations: &[String],
) -> Expected {
    let (pointer, operations) = (pointer.to_owned(), operations.to_vec());
    Expected {
        area,
        severity,
        side,
        pointer,
        operations,
    }
}

pub(crate) fn map<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Map<String, Value> {
    document
        .pointer_mut(pointer)
        .unwrap()
        .as_object_mut()
        .unwrap()
}

/// The map and the key that a pointer ends in.
pub(crate) fn remove(document: &mut Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent).unwrap() {
        Value::Array(items) => items.remove(key.parse().unwrap()),
        parent => parent.as_object_mut().unwrap().shift_remove(&key).unwrap(),
    }
}

pub(crate) fn edits(document: &Value, reach: &Reach) -> Vec<Edit> {
    let mut all = whole(document);
    for (path, method, operation) in operations(document) {
        let at = format!("/paths/{}/{method}", escape(path));
        let name = title(path, method);
        all.extend(addressing(document, path, method, &at, &name));
        all.extend(naming(&at, &name));
        all.extend(parameters(operation, &at, &name));
        all.extend(bodies(operation, &at, &name));
        all.extend(responses(operation, &at, &name));
    }
    all.extend(webhooks(document));
    all.extend(filter_kinds(document));
    for component in document["components"]["responses"]
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
    {
        let place = format!("/components/responses/{component}");
        let users: Vec<String> = reach.users(&place).into_values().flatten().collect();
        let gone = format!("{place}/content");
        all.push(new_edit(
            "shared response loses its body",
            move |document| {
                remove(document, &gone);
                vec![found(Area::Response, Breaking, Old, &gone, &users)]
            },
        ));
    }
    ranked(all)
}

fn whole(document: &Value) -> Vec<Edit> {
    let mut all = Vec::new();
    for (kind, pointer, value, area, severity) in [
        ("version", "/info/version", json!("9"), Area::Document, Info),
        (
            "base URL",
            "/servers/0/url",
            json!("https://elsewhere.example"),
            Area::Document,
            Breaking,
        ),
        (
            "key goes elsewhere",
            "/components/securitySchemes/ApiKey/in",
            json!("query"),
            Area::Security,
            Breaking,
        ),
        (
            "key is renamed",
            "/components/securitySchemes/ApiKey/name",
            json!("key"),
            Area::Security,
            Breaking,
        ),
    ] {
        all.push(new_edit(kind, move |document| {
            *document.pointer_mut(pointer).unwrap() = value.clone();
            vec![found(area, severity, New, pointer, &[])]
        }));
    }
    if document.get("security").is_some() {
        all.push(new_edit("security dropped", |document| {
            remove(document, "/security");
            vec![found(Area::Security, Info, Old, "/security", &[])]
        }));
        all.push(new_edit("second way to authenticate", |document| {
            document["security"]
                .as_array_mut()
                .unwrap()
                .push(json!({"Other": []}));
            vec![found(Area::Security, Info, New, "/security", &[])]
        }));
        all.push(new_edit("other way to authenticate", |document| {
            document["security"] = json!([{"Other": []}]);
            vec![
                found(Area::Security, Breaking, Old, "/security", &[]),
                found(Area::Security, Info, New, "/security", &[]),
            ]
        }));
    }
    all
}

/// Edits of events.
fn webhooks(document: &Value) -> Vec<Edit> {
    let mut all = Vec::new();
    let known = document.get("x-webhooks").and_then(Value::as_object);
    for name in known.into_iter().flat_map(Map::keys) {
        let place = format!("/x-webhooks/{}", escape(name));
        let title = format!("WEBHOOK {name}");
        let (gone, who) = (place.clone(), [title.clone()]);
        all.push(new_edit("webhook removed", move |document| {
            remove(document, &gone);
            vec![found(Area::Document, Breaking, Old, &gone, &who)]
        }));
        let (gone, who) = (place.clone(), [title.clone()]);
        all.push(new_edit("webhook renamed", move |document| {
            let webhook = remove(document, &gone);
            map(document, "/x-webhooks").insert("renamed".to_owned(), webhook);
            let new = ["WEBHOOK renamed".to_owned()];
            vec![
                found(Area::Document, Breaking, Old, &gone, &who),
                found(Area::Document, Info, New, "/x-webhooks/renamed", &new),
            ]
        }));
        let (gone, who) = (format!("{place}/post/requestBody"), [title]);
        all.push(new_edit("webhook loses its body", move |document| {
            remove(document, &gone);
            vec![found(Area::Response, Breaking, Old, &gone, &who)]
        }));
    }
    all
}

fn addressing(document: &Value, path: &str, method: &str, at: &str, name: &str) -> Vec<Edit> {
    let mut all = Vec::new();
    let (gone, old_name) = (at.to_owned(), name.to_owned());
    all.push(new_edit("operation removed", move |document| {
        remove(document, &gone);
        vec![found(
            Area::Operation,
            Breaking,
            Old,
            &gone,
            std::slice::from_ref(&old_name),
        )]
    }));
    let (from, to) = (format!("/paths/{}", escape(path)), format!("{path}/moved"));
    let moved: Vec<_> = document
        .pointer(&from)
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    all.push(new_edit("path changed", move |document| {
        let item = remove(document, &from);
        map(document, "/paths").insert(to.clone(), item);
        let one = |method: &String| {
            found(
                Area::Operation,
                Breaking,
                New,
                &format!("/paths/{}/{method}", escape(&to)),
                &[title(&to, method)],
            )
        };
        moved.iter().map(one).collect()
    }));
    let (gone, path, method) = (at.to_owned(), path.to_owned(), method.to_owned());
    let other = if method == "get" { "options" } else { "put" };
    if document["paths"][&path].get(other).is_none() {
        let (gone, path) = (gone.clone(), path.clone());
        all.push(new_edit("method changed", move |document| {
            let operation = remove(document, &gone);
            map(document, &format!("/paths/{}", escape(&path))).insert(other.to_owned(), operation);
            let pointer = format!("/paths/{}/{other}", escape(&path));
            vec![found(
                Area::Operation,
                Breaking,
                New,
                &pointer,
                &[title(&path, other)],
            )]
        }));
    }
    let old_name = name.to_owned();
    all.push(new_edit("operation replaced", move |document| {
        let mut operation = remove(document, &gone);
        operation["operationId"] = json!("somethingElse");
        map(document, "/paths").insert("/elsewhere".to_owned(), json!({&method: operation}));
        vec![
            found(
                Area::Operation,
                Breaking,
                Old,
                &gone,
                std::slice::from_ref(&old_name),
            ),
            found(
                Area::Operation,
                Info,
                New,
                &format!("/paths/~1elsewhere/{method}"),
                &[title("/elsewhere", &method)],
            ),
        ]
    }));
    all
}

fn naming(at: &str, name: &str) -> Vec<Edit> {
    let mut all = Vec::new();
    for (kind, key, value, area, severity) in [
        (
            "operationId changed",
            "operationId",
            json!("somethingElse"),
            Area::Operation,
            Warning,
        ),
        (
            "operation deprecated",
            "deprecated",
            json!(true),
            Area::Operation,
            Warning,
        ),
        (
            "operation evidence",
            "x-heffl-evidence",
            json!("none"),
            Area::Operation,
            Info,
        ),
        (
            "operation opened",
            "security",
            json!([]),
            Area::Security,
            Info,
        ),
        (
            "operation served elsewhere",
            "servers",
            json!([{"url": "https://elsewhere.example"}]),
            Area::Operation,
            Breaking,
        ),
    ] {
        let (at, name) = (at.to_owned(), name.to_owned());
        all.push(new_edit(kind, move |document| {
            map(document, &at).insert(key.to_owned(), value.clone());
            let pointer = if key == "servers" {
                at.clone()
            } else {
                format!("{at}/{key}")
            };
            vec![found(
                area,
                severity,
                New,
                &pointer,
                std::slice::from_ref(&name),
            )]
        }));
    }
    let (at, name) = (at.to_owned(), name.to_owned());
    all.push(new_edit("tag changed", move |document| {
        map(document, &at)["tags"] = json!(["elsewhere"]);
        let pointer = format!("{at}/tags/0");
        let names = std::slice::from_ref(&name);
        vec![
            found(Area::Operation, Warning, Old, &pointer, names),
            found(Area::Operation, Warning, New, &pointer, names),
        ]
    }));
    all
}

fn parameters(operation: &Value, at: &str, name: &str) -> Vec<Edit> {
    let mut all = Vec::new();
    let known = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for is_required in [true, false] {
        let (at, name, count) = (at.to_owned(), name.to_owned(), known.len());
        let (kind, severity) = if is_required {
            ("required parameter added", Breaking)
        } else {
            ("parameter added", Info)
        };
        all.push(new_edit(kind, move |document| {
            let operation = map(document, &at);
            let list = operation.entry("parameters").or_insert(json!([])).as_array_mut().unwrap();
            list.push(json!({"name": "newcomer", "in": "query", "required": is_required, "schema": {"type": "string"}}));
            vec![found(Area::Parameter, severity, New, &format!("{at}/parameters/{count}"), std::slice::from_ref(&name))]
        }));
    }
    for (index, parameter) in known.iter().enumerate() {
        let place = format!("{at}/parameters/{index}");
        let (gone, who) = (place.clone(), name.to_owned());
        all.push(new_edit("parameter removed", move |document| {
            remove(document, &gone);
            vec![found(
                Area::Parameter,
                Breaking,
                Old,
                &gone,
                std::slice::from_ref(&who),
            )]
        }));
        for (kind, key, value, severity) in [
            ("parameter moved", "in", json!("header"), Breaking),
            ("parameter style", "style", json!("pipeDelimited"), Breaking),
            ("parameter explode", "explode", json!(false), Breaking),
            ("parameter reserved", "allowReserved", json!(true), Info),
            ("parameter required", "required", json!(true), Breaking),
            ("parameter deprecated", "deprecated", json!(true), Warning),
            ("parameter JSON text", "x-heffl-json", json!(true), Breaking),
            (
                "parameter evidence",
                "x-heffl-evidence",
                json!("none"),
                Info,
            ),
        ] {
            if parameter.get(key) == Some(&value) || parameter["in"] != "query" {
                continue;
            }
            let (at, who) = (place.clone(), name.to_owned());
            all.push(new_edit(kind, move |document| {
                map(document, &at).insert(key.to_owned(), value.clone());
                vec![found(
                    Area::Parameter,
                    severity,
                    New,
                    &format!("{at}/{key}"),
                    std::slice::from_ref(&who),
                )]
            }));
        }
        if parameter.get("x-heffl-json").is_some() {
            let (gone, who) = (format!("{place}/x-heffl-json"), name.to_owned());
            all.push(new_edit("parameter no JSON text", move |document| {
                remove(document, &gone);
                vec![found(
                    Area::Parameter,
                    Breaking,
                    Old,
                    &gone,
                    std::slice::from_ref(&who),
                )]
            }));
        }
        all.extend(filters(parameter, &place, name));
        if parameter["in"] == "query" {
            let (at, who) = (place, name.to_owned());
            all.push(new_edit("parameter renamed", move |document| {
                map(document, &at)["name"] = json!("renamed");
                let names = std::slice::from_ref(&who);
                vec![
                    found(Area::Parameter, Breaking, Old, &at, names),
                    found(Area::Parameter, Info, New, &at, names),
                ]
            }));
        }
    }
    all
}

/// Edits of the filters of a parameter.
fn filters(parameter: &Value, place: &str, name: &str) -> Vec<Edit> {
    let mut all = Vec::new();
    let Some(fields) = parameter["x-heffl-filters"].as_object() else {
        return all;
    };
    let (at, who) = (format!("{place}/x-heffl-filters"), [name.to_owned()]);
    let (gone, names) = (at.clone(), who.clone());
    all.push(new_edit("filters removed", move |document| {
        remove(document, &gone);
        vec![found(Area::Parameter, Breaking, Old, &gone, &names)]
    }));
    let (parent, names) = (at.clone(), who.clone());
    all.push(new_edit("filter field added", move |document| {
        let field = json!({"kind": "option", "schema": {"type": "string"}});
        map(document, &parent).insert("newcomer".to_owned(), field);
        let place = format!("{parent}/newcomer");
        vec![found(Area::Parameter, Info, New, &place, &names)]
    }));
    for field in fields.keys() {
        let place = format!("{at}/{}", escape(field));
        let (gone, names) = (place.clone(), who.clone());
        all.push(new_edit("filter field removed", move |document| {
            remove(document, &gone);
            vec![found(Area::Parameter, Breaking, Old, &gone, &names)]
        }));
        for (kind, key, value, severity) in [
            ("filter field of another kind", "kind", "date", Breaking),
            (
                "filter field better known",
                "x-heffl-evidence",
                "documented",
                Info,
            ),
        ] {
            let (at, names) = (place.clone(), who.clone());
            all.push(new_edit(kind, move |document| {
                map(document, &at).insert(key.to_owned(), json!(value));
                let place = format!("{at}/{key}");
                vec![found(Area::Parameter, severity, New, &place, &names)]
            }));
        }
    }
    all
}

/// The kinds of fields that lists can be filtered by.
fn filter_kinds(document: &Value) -> Vec<Edit> {
    let mut all = Vec::new();
    let at = "/x-heffl-filter-kinds";
    let Some(kinds) = document.pointer(at).and_then(Value::as_object) else {
        return all;
    };
    let mut gone = |kind, place: String| {
        all.push(new_edit(kind, move |document| {
            remove(document, &place);
            vec![found(Area::Parameter, Breaking, Old, &place, &[])]
        }));
    };
    for (name, kind) in kinds {
        let place = format!("{at}/{}", escape(name));
        gone("filter kind removed", place.clone());
        for operator in kind["operators"].as_object().unwrap().keys() {
            gone(
                "filter operator removed",
                format!("{place}/operators/{}", escape(operator)),
            );
        }
    }
    let mut changed = |kind, place: String, key: &'static str, value: Value, severity| {
        all.push(new_edit(kind, move |document| {
            map(document, &place).insert(key.to_owned(), value.clone());
            vec![found(
                Area::Parameter,
                severity,
                New,
                &format!("{place}/{key}"),
                &[],
            )]
        }));
    };
    let newcomer = json!({"operators": {"is": {"values": "one"}}});
    changed(
        "filter kind added",
        at.to_owned(),
        "newcomer",
        newcomer,
        Info,
    );
    for (name, kind) in kinds {
        let place = format!("{at}/{}", escape(name));
        let operators = format!("{place}/operators");
        let newcomer = json!({"values": "one"});
        changed(
            "filter operator added",
            operators.clone(),
            "newcomer",
            newcomer,
            Info,
        );
        changed(
            "filter kind better known",
            place,
            "x-heffl-evidence",
            json!("documented"),
            Info,
        );
        for (operator, said) in kind["operators"].as_object().unwrap() {
            let other = if said["values"] == "one" {
                "many"
            } else {
                "one"
            };
            let place = format!("{operators}/{}", escape(operator));
            changed(
                "filter operator takes another number",
                place,
                "values",
                json!(other),
                Breaking,
            );
        }
    }
    all
}

fn bodies(operation: &Value, at: &str, name: &str) -> Vec<Edit> {
    let mut all = Vec::new();
    let place = format!("{at}/requestBody");
    let who = name.to_owned();
    if operation.get("requestBody").is_none() {
        all.push(new_edit("required body added", move |document| {
            let (parent, _) = place.rsplit_once('/').unwrap();
            let body = json!({"required": true, "content": {"application/json": {"schema": {"type": "object"}}}});
            map(document, parent).insert("requestBody".to_owned(), body);
            vec![found(Area::Request, Breaking, New, &place, std::slice::from_ref(&who))]
        }));
        return all;
    }
    let (gone, names) = (place.clone(), who.clone());
    all.push(new_edit("body removed", move |document| {
        remove(document, &gone);
        vec![found(
            Area::Request,
            Breaking,
            Old,
            &gone,
            std::slice::from_ref(&names),
        )]
    }));
    let (at, names) = (place.clone(), who.clone());
    if operation["requestBody"]["required"] == json!(true) {
        all.push(new_edit("body became optional", move |document| {
            remove(document, &format!("{at}/required"));
            vec![found(
                Area::Request,
                Info,
                Old,
                &format!("{at}/required"),
                std::slice::from_ref(&names),
            )]
        }));
    }
    all.push(new_edit("media type of a body changed", move |document| {
        let content = map(document, &format!("{place}/content"));
        let body = content.shift_remove("application/json").unwrap();
        content.insert("text/json".to_owned(), body);
        let names = std::slice::from_ref(&who);
        vec![
            found(
                Area::Request,
                Breaking,
                Old,
                &format!("{place}/content/application~1json"),
                names,
            ),
            found(
                Area::Request,
                Info,
                New,
                &format!("{place}/content/text~1json"),
                names,
            ),
        ]
    }));
    all
}

fn responses(operation: &Value, at: &str, name: &str) -> Vec<Edit> {
    let mut all = Vec::new();
    for status in operation["responses"].as_object().unwrap().keys() {
        let (gone, who) = (format!("{at}/responses/{status}"), name.to_owned());
        let (kind, severity) = if status.starts_with('2') {
            ("success removed", Breaking)
        } else {
            ("failure removed", Warning)
        };
        all.push(new_edit(kind, move |document| {
            remove(document, &gone);
            vec![found(
                Area::Response,
                severity,
                Old,
                &gone,
                std::slice::from_ref(&who),
            )]
        }));
    }
    for (kind, status, severity) in [
        ("success added", "226", Warning),
        ("failure added", "418", Info),
    ] {
        let (at, who) = (format!("{at}/responses"), name.to_owned());
        all.push(new_edit(kind, move |document| {
            map(document, &at).insert(status.to_owned(), json!({"description": "New."}));
            vec![found(
                Area::Response,
                severity,
                New,
                &format!("{at}/{status}"),
                std::slice::from_ref(&who),
            )]
        }));
    }
    if operation["responses"].get("200").is_some() {
        let (at, who) = (format!("{at}/responses"), [name.to_owned()]);
        all.push(new_edit("status changed", move |document| {
            let reply = remove(document, &format!("{at}/200"));
            map(document, &at).insert("203".to_owned(), reply);
            vec![
                found(Area::Response, Breaking, Old, &format!("{at}/200"), &who),
                found(Area::Response, Warning, New, &format!("{at}/203"), &who),
            ]
        }));
    }
    let place = format!("{at}/responses/200");
    if operation["responses"]["200"].get("content").is_some() {
        let (gone, who) = (format!("{place}/content"), name.to_owned());
        all.push(new_edit("response loses its body", move |document| {
            remove(document, &gone);
            vec![found(
                Area::Response,
                Breaking,
                Old,
                &gone,
                std::slice::from_ref(&who),
            )]
        }));
        let (content, who) = (format!("{place}/content"), [name.to_owned()]);
        all.push(new_edit(
            "media type of a response changed",
            move |document| {
                let types = map(document, &content);
                let body = types.shift_remove("application/json").unwrap();
                types.insert("text/json".to_owned(), body);
                let (gone, new) = ("application~1json", "text~1json");
                vec![
                    found(
                        Area::Response,
                        Breaking,
                        Old,
                        &format!("{content}/{gone}"),
                        &who,
                    ),
                    found(
                        Area::Response,
                        Warning,
                        New,
                        &format!("{content}/{new}"),
                        &who,
                    ),
                ]
            },
        ));
        let who = name.to_owned();
        all.push(new_edit("response gets a header", move |document| {
            map(document, &place).insert(
                "headers".to_owned(),
                json!({"X-Rate": {"schema": {"type": "integer"}}}),
            );
            vec![found(
                Area::Response,
                Info,
                New,
                &format!("{place}/headers/X-Rate"),
                std::slice::from_ref(&who),
            )]
        }));
    }
    all
}

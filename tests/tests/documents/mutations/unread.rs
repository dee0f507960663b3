//! Edits of unknown keys, of parts that `allOf` adds, of references and of callbacks.

use heffl_spec::diff::{
    Area,
    Severity::{self, Breaking, Info, Warning},
    Side::{New, Old},
};
use serde_json::{Value, json};

use super::{
    addresses::{found, map, remove},
    reach::{Reach, escape, operations, pointers, title},
    schemas::{Edit, expected, is_schema, new_edit, ranked},
};

/// The document with a callback in every third operation; the original documents have none.
pub(crate) fn with_callbacks(document: &Value) -> Value {
    let mut edited = document.clone();
    for (path, method, _) in operations(document).into_iter().step_by(3) {
        let body = json!({"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string", "maxLength": 20},
            "kind": {"type": "string", "enum": ["made", "gone"]},
        }});
        let body = json!({"content": {"application/json": {"schema": body}}});
        edited["paths"][path][method]["callbacks"] = json!({"done": {"{$request.body#/url}": {"post": {"requestBody": body, "responses": {"200": {"description": "Read."}}}}}});
    }
    edited
}

pub(crate) fn edits(document: &Value, reach: &Reach) -> Vec<Edit> {
    let mut all = references(document, reach);
    for pointer in ["", "/info", "/servers/0", "/components"] {
        all.push(unknown(
            "unknown key of the document",
            pointer,
            Area::Document,
            &[],
        ));
    }
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    for name in schemes.keys() {
        let pointer = format!("/components/securitySchemes/{name}");
        all.push(unknown(
            "unknown key of a security scheme",
            &pointer,
            Area::Security,
            &[],
        ));
    }
    for (path, method, operation) in operations(document) {
        let item = format!("/paths/{}", escape(path));
        all.push(unknown(
            "unknown key of a path",
            &item,
            Area::Operation,
            &[],
        ));
        let (at, name) = (format!("{item}/{method}"), [title(path, method)]);
        all.push(unknown(
            "unknown key of an operation",
            &at,
            Area::Operation,
            &name,
        ));
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        for index in 0..parameters.count() {
            let at = format!("{at}/parameters/{index}");
            all.push(unknown(
                "unknown key of a parameter",
                &at,
                Area::Parameter,
                &name,
            ));
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let at = format!("{at}/responses/{status}");
            let kind = match response.get("$ref") {
                Some(_) => "unknown key next to a reference",
                None => "unknown key of a response",
            };
            all.push(unknown(kind, &at, Area::Response, &name));
            for media_type in response["content"].as_object().into_iter().flatten() {
                let at = format!("{at}/content/{}", escape(media_type.0));
                all.push(unknown(
                    "unknown key of a media type",
                    &at,
                    Area::Response,
                    &name,
                ));
            }
        }
        if operation.get("callbacks").is_some() {
            all.extend(callbacks(&at, &name));
        } else {
            let (at, who) = (at.clone(), name.clone());
            all.push(new_edit("callback added", move |document| {
                map(document, &at).insert(
                    "callbacks".to_owned(),
                    json!({"done": {"{$url}": {"post": {}}}}),
                );
                let place = format!("{at}/callbacks/done");
                vec![found(Area::Operation, Info, New, &place, &who)]
            }));
        }
    }
    ranked(all)
}

/// An unknown key, which must be reported as not compared.
fn unknown(kind: &'static str, pointer: &str, area: Area, operations: &[String]) -> Edit {
    let (at, operations) = (pointer.to_owned(), operations.to_vec());
    new_edit(kind, move |document| {
        map(document, &at).insert("unknownKey".to_owned(), json!({"description": "Text."}));
        let place = format!("{at}/unknownKey");
        vec![found(area, Warning, New, &place, &operations)]
    })
}

fn callbacks(at: &str, name: &[String; 1]) -> Vec<Edit> {
    let callback = format!("{at}/callbacks/done");
    let item = format!("{callback}/{{$request.body#~1url}}");
    let mut all = vec![
        unknown("unknown key of a callback", &item, Area::Operation, name),
        unknown(
            "unknown key of a callback's operation",
            &format!("{item}/post"),
            Area::Operation,
            name,
        ),
    ];
    let mut gone = |kind, gone: String, area, severity: Severity| {
        let who = name.clone();
        all.push(new_edit(kind, move |document| {
            remove(document, &gone);
            vec![found(area, severity, Old, &gone, &who)]
        }));
    };
    gone(
        "callback removed",
        callback.clone(),
        Area::Operation,
        Breaking,
    );
    gone(
        "callback loses its body",
        format!("{item}/post/requestBody"),
        Area::Response,
        Breaking,
    );
    gone(
        "callback expects other responses",
        format!("{item}/post/responses"),
        Area::Operation,
        Warning,
    );
    gone(
        "callback loses its operation",
        format!("{item}/post"),
        Area::Operation,
        Warning,
    );
    let who = name.clone();
    all.push(new_edit("callback goes elsewhere", move |document| {
        let value = remove(document, &item);
        map(document, &callback).insert("{$url}".to_owned(), value);
        let place = format!("{callback}/{{$url}}");
        vec![
            found(Area::Operation, Warning, Old, &item, &who),
            found(Area::Operation, Warning, New, &place, &who),
        ]
    }));
    all
}

/// Edits that replace schemas with broken references.
fn references(document: &Value, reach: &Reach) -> Vec<Edit> {
    let mut all = Vec::new();
    let mut places = Vec::new();
    pointers(document, String::new(), &mut places);
    for place in places {
        let parts: Vec<&str> = place.split('/').collect();
        if !is_schema(&parts) {
            continue;
        }
        let users = reach.users(&place);
        if users.is_empty() || !document.pointer(&place).is_some_and(Value::is_object) {
            continue;
        }
        for (kind, target) in [
            (
                "reference to a missing schema",
                "#/components/schemas/NoSuchSchema",
            ),
            (
                "reference to another file",
                "elsewhere.yaml#/components/schemas/Gadget",
            ),
        ] {
            let (at, users) = (place.clone(), users.clone());
            all.push(new_edit(kind, move |document| {
                *document.pointer_mut(&at).unwrap() = json!({"$ref": target});
                expected(&users, &at, New, Warning, Warning)
            }));
        }
    }
    all
}

//! Rules for the extensions of schemas.

use serde_json::Value;

use super::Lint;
use crate::{
    ids,
    json::{component, elements, entries, flag, step, text},
    rules::Rule,
};

pub(super) fn check(lint: &mut Lint<'_>) {
    let root = lint.root();
    for (name, schema) in entries(root.pointer("/components/schemas")) {
        let at = step("/components/schemas", name);
        object(lint, schema, &at);
    }
}

fn object<'a>(lint: &mut Lint<'a>, schema: &'a Value, object_at: &str) {
    let at = step(object_at, "x-heffl-rules");
    for (index, rule) in elements(schema.get("x-heffl-rules")).enumerate() {
        let at = step(&at, &index.to_string());
        let has = |key: &str| {
            schema
                .get("properties")
                .is_some_and(|properties| properties.get(key).is_some())
        };
        let problem = match Rule::read(rule) {
            Err(problem) => problem.to_owned(),
            Ok(rule) => match rule.keys().into_iter().find(|key| !has(key)) {
                Some(key) => format!("the object has no `{key}`"),
                None => continue,
            },
        };
        let help = "write it like {together: [a, b]} or {when: a, is: word, needs: b}";
        lint.report("rule-unusable", &at, problem, help);
    }
    if let Some(page) = schema.get("x-heffl-page") {
        self::page(lint, schema, page, &step(object_at, "x-heffl-page"));
    }
}

/// The pointers of a list envelope lead to what they promise.
fn page<'a>(lint: &mut Lint<'a>, schema: &'a Value, page: &'a Value, at: &str) {
    for (key, expected, needed) in [
        ("items", "array", true),
        ("nextCursor", "string", false),
        ("hasMore", "boolean", false),
    ] {
        let Some(pointer) = text(page, key) else {
            if needed {
                lint.report(
                    "page-pointer",
                    &step(at, key),
                    format!("x-heffl-page does not say where `{key}` is"),
                    "",
                );
            }
            continue;
        };
        let mut current = Some(schema);
        for part in pointer.split('/').skip(1) {
            current = current
                .and_then(|schema| schema.get("properties")?.get(part))
                .and_then(|schema| match component(schema) {
                    Some(name) => lint.root().pointer(&step("/components/schemas", name)),
                    None => Some(schema),
                });
        }
        // An envelope without the items is another envelope, and not a page without items.
        let is_promised = key != "items"
            || elements(schema.get("required"))
                .any(|name| name.as_str() == pointer.strip_prefix('/'));
        if !is_promised {
            lint.report(
                "page-pointer",
                &step(at, key),
                "x-heffl-page: the items are not a required member of the envelope",
                "make them required: they are what tells the envelope",
            );
        }
        if !pointer.starts_with('/')
            || current.and_then(|schema| text(schema, "type")) != Some(expected)
        {
            lint.report(
                "page-pointer",
                &step(at, key),
                format!("x-heffl-page: `{key}` points to `{pointer}`, where no {expected} is"),
                "",
            );
        }
    }
}

/// Rules for a schema wherever it stands.
pub(super) fn everywhere(lint: &mut Lint<'_>, schema: &Value, at: &str) {
    if let Some(id) = schema.get("x-heffl-id")
        && let Err(message) = ids::Kind::read(id)
    {
        lint.report(
            "id-unusable",
            &step(at, "x-heffl-id"),
            message,
            "write it like {prefix: ga_, of: gadget}",
        );
    }
    for (key, rule, ty, what) in [
        ("x-heffl-secret", "secret-not-text", "string", "text"),
        ("x-heffl-currency", "currency-not-text", "string", "text"),
        ("x-heffl-money", "money-not-number", "number", "number"),
    ] {
        if flag(schema, key) && text(schema, "type") != Some(ty) {
            let message = format!("{key} stands on something that is no {what}");
            lint.report(rule, at, message, "");
        }
    }
}

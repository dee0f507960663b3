//! Rules for the extensions of schemas.

use serde_json::Value;

use super::Lint;
use crate::{
    ids,
    json::{component, elements, entries, flag, schema_of, step, text, texts},
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
        let properties = schema.get("properties");
        let has = |key: &str| properties.is_some_and(|it| it.get(key).is_some());
        let problem = match Rule::read(rule) {
            Err(problem) => problem.to_owned(),
            Ok(rule) => match rule.keys().into_iter().find(|key| !has(key)) {
                Some(key) => format!("the object has no `{key}`"),
                None => continue,
            },
        };
        let help = "write it like {together: [a, b]} or {when: a, is: value, needs: b}";
        lint.report("rule-unusable", &at, problem, help);
    }
    if let Some(page) = schema.get("x-heffl-page") {
        self::page(lint, schema, page, &step(object_at, "x-heffl-page"));
    }
}

/// Checks that the pointers of a list envelope lead to values of the expected kinds.
fn page<'a>(lint: &mut Lint<'a>, schema: &'a Value, page: &'a Value, at: &str) {
    let root = lint.root();
    let mut report = |key: &str, message: String, help: &str| {
        let message = format!("x-heffl-page: {message}");
        lint.report("page-pointer", &step(at, key), message, help);
    };
    for (key, expected) in [
        ("items", "array"),
        ("nextCursor", "string"),
        ("hasMore", "boolean"),
    ] {
        let Some(pointer) = text(page, key) else {
            if key == "items" {
                report(key, "it does not say where the items are".to_owned(), "");
            }
            continue;
        };
        let member = pointer.split('/').skip(1).try_fold(schema, |schema, part| {
            let member = schema.get("properties")?.get(part)?;
            component(member).map_or(Some(member), |name| schema_of(root, name))
        });
        // An envelope without the items is another envelope, and not a page without items.
        let mut required = texts(schema.get("required"));
        if key == "items" && !required.any(|name| Some(name) == pointer.strip_prefix('/')) {
            let message = "the items are not a required member of the envelope".to_owned();
            report(
                key,
                message,
                "make them required: they are what tells the envelope",
            );
        }
        let is_there = member.and_then(|schema| text(schema, "type")) == Some(expected);
        if !is_there || !pointer.starts_with('/') {
            report(
                key,
                format!("`{key}` points to `{pointer}`, where no {expected} is"),
                "",
            );
        }
    }
}

/// Rules for every schema.
pub(super) fn everywhere(lint: &mut Lint<'_>, schema: &Value, at: &str) {
    if let Some(id) = schema.get("x-heffl-id")
        && let Err(message) = ids::Kind::read(id)
    {
        let help = "write it like {prefix: ga_, of: gadget}";
        lint.report("id-unusable", &step(at, "x-heffl-id"), message, help);
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

//! Rules for component schemas.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Lint;
use crate::{
    ids,
    json::{component, elements, entries, flag, follow, step, text, walk_schema},
    naming,
    rules::Rule,
};

/// Names that generated code uses itself.
const RESERVED: [&str; 14] = [
    "Box", "Call", "Client", "Err", "Error", "None", "Ok", "Option", "Result", "Self", "Some",
    "String", "Vec", "Page",
];

/// The runtime keeps a bit for each.
const MOST_PROPERTIES: usize = 256;

pub(super) fn check(lint: &mut Lint<'_>) {
    let root = lint.root();
    for (name, schema) in entries(root.pointer("/components/schemas")) {
        let at = step("/components/schemas", name);
        self::name(lint, name, &at);
        match text(schema, "type") {
            Some("object") => object(lint, schema, &at),
            Some("string") if schema.get("enum").is_some() => {}
            _ => lint.report(
                "component-kind",
                &at,
                "a component must be an object or a string enum",
                "write other types where they are used",
            ),
        }
        walk_schema(schema, &at, &mut |schema, at| everywhere(lint, schema, at));
    }
}

fn name(lint: &mut Lint<'_>, name: &str, at: &str) {
    let pascal = naming::pascal(name);
    if pascal != name
        || naming::is_keyword(name)
        || RESERVED.contains(&name) && !is_shadowable(name)
    {
        let message = format!("the component `{name}` cannot become the name of a type");
        let help = if pascal != name
            && !RESERVED.contains(&pascal.as_str())
            && !naming::is_keyword(&pascal)
        {
            format!("call it `{pascal}`")
        } else {
            "choose another name: this one is a keyword, or the generated code uses it".to_owned()
        };
        lint.report("component-name", at, message, &help);
    }
}

/// Generated code names these only with the path in front, so a component may take the name.
fn is_shadowable(name: &str) -> bool {
    matches!(name, "Call" | "Client" | "Error" | "Page")
}

fn object<'a>(lint: &mut Lint<'a>, schema: &'a Value, object_at: &str) {
    for required in elements(schema.get("required")).filter_map(Value::as_str) {
        if schema
            .get("properties")
            .and_then(|properties| properties.get(required))
            .is_none()
        {
            lint.report(
                "required-unknown",
                &step(object_at, "required"),
                format!("`{required}` is required but not among the properties"),
                "",
            );
        }
    }
    let at = step(object_at, "properties");
    let mut rust_names: BTreeMap<String, &str> = BTreeMap::new();
    let has_custom_fields = flag(schema, "x-heffl-custom-fields");
    let is_taken = |name: &str| {
        matches!(
            name,
            "diff" | "extra" | "from_json" | "new" | "received_keys"
        ) || matches!(name, "custom_field" | "custom_fields") && has_custom_fields
    };
    let count = entries(schema.get("properties")).count();
    if count > MOST_PROPERTIES {
        let message = format!("{count} properties; generated types have at most {MOST_PROPERTIES}");
        lint.report(
            "too-many-properties",
            &at,
            message,
            "group some of them into an object",
        );
    }
    for (wire, _) in entries(schema.get("properties")) {
        let rust_name = naming::field(wire);
        let at = step(&at, wire);
        if wire.contains(['"', '\\']) || wire.contains(char::is_control) {
            let message = format!("{wire:?} has a character that JSON can only write as an escape");
            lint.report("property-name", &at, message, "");
        }
        if naming::is_keyword(&rust_name) {
            lint.report(
                "property-name",
                &at,
                format!("`{wire}` cannot become the name of a field"),
                "",
            );
        } else if is_taken(&rust_name) {
            lint.report(
                "property-name",
                &at,
                format!("`{wire}` becomes `{rust_name}`, a name that generated types already have"),
                "",
            );
        } else if let Some(first) = rust_names.insert(rust_name.clone(), wire) {
            let message = format!("`{wire}` and `{first}` both become the field `{rust_name}`");
            lint.report("property-name-clash", &at, message, "");
        }
    }
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
fn everywhere(lint: &mut Lint<'_>, schema: &Value, at: &str) {
    if let Some(words) = schema.get("enum") {
        enumeration(lint, schema, words, at);
    }
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
    if flag(schema, "x-heffl-secret") && text(schema, "type") != Some("string") {
        lint.report(
            "secret-not-text",
            at,
            "x-heffl-secret stands on something that is no text",
            "",
        );
    }
    if flag(schema, "x-heffl-currency") && text(schema, "type") != Some("string") {
        lint.report(
            "currency-not-text",
            at,
            "x-heffl-currency stands on something that is no text",
            "",
        );
    }
    if flag(schema, "x-heffl-money") && text(schema, "type") != Some("number") {
        lint.report(
            "money-not-number",
            at,
            "x-heffl-money stands on something that is no number",
            "",
        );
    }
    if schema.get("type") == Some(&Value::String("array".to_owned()))
        && schema.get("items").is_none()
    {
        lint.report("array-without-items", at, "an array needs items", "");
    }
    if let Some(all_of) = schema.get("allOf") {
        let single = all_of.as_array().is_some_and(|parts| parts.len() == 1);
        if !single || component(schema).is_none() {
            lint.report(
                "all-of",
                at,
                "allOf is read only as one reference with something beside it",
                "merge the parts into one component",
            );
        }
    }
    let reference = component(schema);
    if reference.is_some_and(|name| follow(lint.root(), &crate::json::reference(name)).is_none()) {
        lint.report(
            "reference-not-schema",
            at,
            "the reference leads to something that is no schema component",
            "",
        );
    }
}

fn enumeration(lint: &mut Lint<'_>, schema: &Value, words: &Value, at: &str) {
    let at = step(at, "enum");
    let words: Option<Vec<&str>> = words
        .as_array()
        .map(|words| words.iter().filter_map(Value::as_str).collect());
    let all = schema
        .get("enum")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    let Some(words) = words.filter(|words| !words.is_empty() && words.len() == all) else {
        lint.report(
            "enum-words",
            &at,
            "an enum needs words, and nothing but text",
            "write nullable: true for null",
        );
        return;
    };
    let mut variants: BTreeMap<String, &str> = BTreeMap::new();
    for word in words {
        let variant = naming::pascal(word);
        if naming::is_keyword(&variant) || variant == "Unknown" {
            lint.report(
                "enum-variant",
                &at,
                format!("the word `{word}` cannot become a variant"),
                "`Unknown` is the variant for words that the document does not know",
            );
        } else if let Some(first) = variants.insert(variant.clone(), word) {
            let message =
                format!("the words `{first}` and `{word}` both become the variant `{variant}`");
            lint.report("enum-variant-clash", &at, message, "");
        }
    }
}

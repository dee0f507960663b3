//! The keys that objects of OpenAPI have, and their order in a document. Maps from names (paths, properties,
//! responses) keep theirs.

use serde_json::{Map, Value};

use super::{Kind, visit_mut};

/// The keys of a kind of object. A `-` precedes keys that handwritten facts may not have.
struct Keys {
    kind: Kind,
    /// The first keys, in this order.
    first: &'static str,
    /// Further keys, in any order.
    others: &'static str,
}

const KEYS: [Keys; 9] = [
    Keys {
        kind: Kind::Document,
        first: "openapi info servers security -tags -externalDocs paths components",
        others: "x-heffl-prefixes x-heffl-rate-limits x-heffl-responses x-heffl-sources",
    },
    Keys {
        kind: Kind::Components,
        first: "securitySchemes parameters headers responses schemas",
        others: "",
    },
    Keys {
        kind: Kind::PathItem,
        first: "get post put patch delete head options trace",
        others: "parameters",
    },
    Keys {
        kind: Kind::Operation,
        first: "operationId -summary -description -tags deprecated -externalDocs security \
                parameters requestBody responses",
        others: "servers x-heffl-page x-heffl-sources",
    },
    Keys {
        kind: Kind::Parameter,
        first: "$ref name in -description required deprecated schema content -example",
        others: "style explode x-heffl-id",
    },
    Keys {
        kind: Kind::Body,
        first: "$ref -description required content",
        others: "",
    },
    Keys {
        kind: Kind::Response,
        first: "$ref -description headers content",
        others: "",
    },
    Keys {
        kind: Kind::Media,
        first: "schema example -examples",
        others: "",
    },
    Keys {
        kind: Kind::Schema,
        first: "$ref allOf oneOf anyOf -title -description type format nullable deprecated enum \
                default minimum exclusiveMinimum maximum exclusiveMaximum minLength maxLength \
                pattern minItems maxItems uniqueItems items required properties \
                additionalProperties -example",
        others: "-not -multipleOf -minProperties -maxProperties -discriminator -readOnly \
                 -writeOnly -xml x-heffl-custom-fields x-heffl-id x-heffl-except \
                 x-heffl-more-options",
    },
];

fn keys_of(kind: Kind) -> Option<&'static Keys> {
    let kind = if kind.is_schema() { Kind::Schema } else { kind };
    KEYS.iter().find(|keys| keys.kind == kind)
}

/// Whether objects of a kind may have a key: in OpenAPI 3.0, or in handwritten facts.
pub(crate) fn has_key(kind: Kind, key: &str, in_facts: bool) -> bool {
    keys_of(kind).is_none_or(|keys| {
        let is_meant =
            |known: &str| known == key || !in_facts && known.strip_prefix('-') == Some(key);
        let mut all = [keys.first, keys.others].into_iter();
        all.any(|keys| keys.split_whitespace().any(is_meant))
    })
}

/// Sorts the keys of a document, extensions last, and unordered lists.
pub(crate) fn document(document: &mut Value) {
    visit_mut(document, Kind::Document, &mut |value, place| {
        let Value::Object(map) = value else { return };
        if let Some(keys) = keys_of(place.kind) {
            sort(map, keys.first);
        }
        let names = match place.kind {
            Kind::Components => map.get_mut("schemas"),
            Kind::Operation => map.get_mut("responses"),
            _ => None,
        };
        if let Some(Value::Object(names)) = names {
            names.sort_keys();
        }
    });
}

/// Puts known keys first, then the others in their order, and extensions last.
fn sort(map: &mut Map<String, Value>, known: &str) {
    let known: Vec<&str> = known
        .split_whitespace()
        .map(|key| key.trim_start_matches('-'))
        .collect();
    let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
    entries.sort_by_key(|(key, _)| {
        let position = known.iter().position(|known| known == key);
        (key.starts_with("x-"), position.unwrap_or(usize::MAX))
    });
    *map = entries.into_iter().collect();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn known_keys_first_extensions_last_names_untouched() {
        let mut value = json!({
            "components": {"schemas": {
                "B": {"properties": {"type": {"x-a": 1, "description": "d", "type": "string"}, "a": {}}, "type": "object"},
                "A": {},
            }},
            "openapi": "3.0.3",
        });
        super::document(&mut value);
        assert_eq!(
            value.to_string(),
            r#"{"openapi":"3.0.3","components":{"schemas":{"A":{},"B":{"type":"object","properties":{"type":{"description":"d","type":"string","x-a":1},"a":{}}}}}}"#
        );
    }
}

//! References that may be null.

use serde_json::{Map, Value, json};

use crate::openapi::{Kind, visit_mut};

/// Writes `allOf` next to `nullable` as a choice between the reference and null. `nullable` adds null only to the
/// `type` next to it, so a strict validator refuses null where `allOf` refers to a schema that does. Generators
/// for other languages read the choice as a nullable type.
pub(super) fn write_as_choices(document: &mut Value) {
    visit_mut(document, Kind::Document, &mut |value, kind| {
        if kind.is_schema()
            && let Some(schema) = value.as_object_mut()
        {
            write_as_choice(schema);
        }
    });
}

fn write_as_choice(schema: &mut Map<String, Value>) {
    if schema.get("nullable") != Some(&json!(true)) || schema.contains_key("type") {
        return;
    }
    let Some(parts) = schema.shift_remove("allOf") else {
        return;
    };
    schema.shift_remove("nullable");
    let not_null = match parts.as_array().map(Vec::as_slice) {
        Some([only]) => only.clone(),
        _ => json!({"allOf": parts}),
    };
    schema.insert("anyOf".to_owned(), json!([not_null, {"enum": [null]}]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nullable_reference_is_a_choice_between_the_reference_and_null() {
        let colour = json!({"$ref": "#/components/schemas/Colour"});
        let gadget =
            |nullable: bool| json!({"allOf": [colour], "nullable": nullable, "description": "x"});
        let mut document = json!({"components": {"schemas": {
            "Colour": {"type": "string", "enum": ["RED"], "nullable": true},
            "Gadget": {"type": "object", "properties": {
                "a": gadget(true), "b": gadget(false), "c": {"type": "array", "items": gadget(true)},
            }},
        }}});
        write_as_choices(&mut document);
        let properties = &document["components"]["schemas"]["Gadget"]["properties"];
        let choice = json!({"anyOf": [colour, {"enum": [null]}], "description": "x"});
        assert_eq!(properties["a"], choice);
        assert_eq!(properties["b"], gadget(false));
        assert_eq!(properties["c"]["items"], choice);
        let colour = &document["components"]["schemas"]["Colour"];
        assert_eq!(colour["nullable"], true);
    }
}

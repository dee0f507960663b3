//! References that may be null.

use serde_json::{Value, json};

use crate::openapi::{Kind, take, visit_schemas};

/// Writes `allOf` next to `nullable` as a choice between the reference and null. `nullable` adds null only to the
/// `type` next to it, so a strict validator refuses null where `allOf` refers to a schema that does. Generators
/// for other languages read the choice as a nullable type.
pub(super) fn write_as_choices(document: &mut Value) {
    visit_schemas(document, Kind::Document, &mut |schema, _| {
        let is_nullable = schema.get("nullable") == Some(&json!(true));
        if !is_nullable || schema.get("type").is_some() {
            return;
        }
        let Some(parts) = take(schema, "allOf") else {
            return;
        };
        take(schema, "nullable");
        let not_null = match parts.as_array().map(Vec::as_slice) {
            Some([only]) => only.clone(),
            _ => json!({"allOf": parts}),
        };
        schema["anyOf"] = json!([not_null, {"enum": [null]}]);
    });
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

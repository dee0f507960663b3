//! `nullable` beside a reference.

use serde_json::{Value, json};

/// Says the type beside every `nullable` that stands beside `allOf`: OpenAPI 3.0.3 gives `nullable`
/// a meaning only where `type` is said in the same place, and validators insist on it.
pub(crate) fn say_types(document: &mut Value) {
    let types: Vec<(String, Value)> =
        crate::openapi::entries(document.pointer("/components/schemas"))
            .filter_map(|(name, schema)| {
                let reference = format!("#/components/schemas/{name}");
                Some((reference, schema.get("type")?.clone()))
            })
            .collect();
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else {
        return;
    };
    let properties = schemas
        .values_mut()
        .filter_map(|schema| schema.get_mut("properties")?.as_object_mut())
        .flat_map(|properties| properties.values_mut())
        .filter_map(Value::as_object_mut);
    for property in properties {
        if property.get("nullable") != Some(&json!(true)) || property.contains_key("type") {
            continue;
        }
        let target = property
            .get("allOf")
            .and_then(|parts| parts.pointer("/0/$ref"))
            .and_then(Value::as_str);
        let ty = types
            .iter()
            .find(|(reference, _)| Some(reference.as_str()) == target)
            .map(|(_, ty)| ty.clone());
        if let Some(ty) = ty {
            property.insert("type".to_owned(), ty);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nullable_reference_says_its_type() {
        let gadget = |nullable: bool| json!({"allOf": [{"$ref": "#/components/schemas/Colour"}], "nullable": nullable});
        let mut document = json!({"components": {"schemas": {
            "Colour": {"type": "string", "enum": ["RED"]},
            "Gadget": {"type": "object", "properties": {"a": gadget(true), "b": gadget(false)}},
        }}});
        say_types(&mut document);
        let properties = &document["components"]["schemas"]["Gadget"]["properties"];
        assert_eq!(properties["a"]["type"], "string");
        assert_eq!(properties["b"].get("type"), None);
    }
}

use serde_json::{Value, json};

use super::{Object, Slot};
use crate::{
    custom_fields::CustomFields, json_object::Field, json_object::JsonObject, patch::Patch,
};

/// Makes a blank model.
pub(crate) type Make = fn() -> Box<dyn Object>;

pub(crate) fn blank<T: Object + Slot + 'static>() -> Box<dyn Object> {
    Box::new(T::blank())
}

#[derive(Clone)]
struct Gadget {
    id: String,
    size: Option<i64>,
    r#type: Option<String>,
    parts: Option<Vec<Gadget>>,
    parent: Option<Box<Gadget>>,
    custom_fields: CustomFields,
    extra: JsonObject,
}

crate::model::model! {
    Gadget {
        0 Required id = "id",
        1 Optional size = "size",
        2 Optional r#type = "type",
        3 Optional parts = "parts",
        4 Optional parent = "parent",
        in 5 custom_fields: CustomFields,
        in 6 extra: Extra,
    }
}

#[derive(Clone, Default)]
struct UpdateGadget {
    name: Patch<String>,
    size: Patch<i64>,
    kind: Option<String>,
    custom_fields: CustomFields,
}

crate::model::model! {
    UpdateGadget {
        0 Patch name = "name",
        1 Patch size = "size",
        2 Optional kind = "kind",
        in 3 custom_fields: CustomFields,
    }
}

/// A model with its custom fields in an object, and without unknown keys.
struct Plain {
    fields: Option<CustomFields>,
}

crate::model::model! { Plain { 0 Optional fields = "customFields", } }

/// A model without fields.
struct Unnamed {
    extra: JsonObject,
}

crate::model::model! { Unnamed { in 0 extra: Extra, } }

/// Fields with the names that the macro uses itself.
mod hygiene {
    #[derive(Default)]
    pub(super) struct Option {
        pub(super) map: core::option::Option<i64>,
        pub(super) key: core::option::Option<i64>,
        pub(super) writer: core::option::Option<i64>,
        pub(super) serializer: crate::patch::Patch<i64>,
        pub(super) deserializer: crate::patch::Patch<i64>,
        pub(super) custom: crate::custom_fields::CustomFields,
        pub(super) others: crate::json_object::JsonObject,
    }

    crate::model::model! {
        Option {
            0 Optional map = "map",
            1 Optional key = "key",
            2 Optional writer = "writer",
            3 Patch serializer = "serializer",
            4 Patch deserializer = "deserializer",
            in 5 custom: CustomFields,
            in 6 others: Extra,
        }
    }
}

/// Reads JSON text in the same way as a response.
pub(crate) fn read<T: Slot>(json: &str) -> T {
    let mut slot = T::blank();
    super::serde_impls::read(json, &mut |reader| slot.read(reader)).unwrap();
    slot
}

fn gadget(text: &str) -> Gadget {
    read(text)
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[test]
fn reads_and_writes_every_kind_of_field() {
    let wire = r#"{"id":"gdg_1","size":3,"type":"round","parts":[{"id":"gdg_2"}],"parent":{"id":"gdg_0","cf_x":null},"cf_b":1,"cf_a":[2],"weight":4.5}"#;
    let read = gadget(wire);
    assert_eq!(
        (read.id.as_str(), read.size, read.r#type.as_deref()),
        ("gdg_1", Some(3), Some("round"))
    );
    assert_eq!(read.parts.as_ref().unwrap()[0].id, "gdg_2");
    assert_eq!(
        read.parent.as_ref().unwrap().custom_fields.field("cf_x"),
        Field::Null
    );
    assert_eq!(read.custom_fields.len(), 2);
    assert_eq!(read.extra.get::<f64>("weight").unwrap(), Some(4.5));
    assert_eq!(text(&read), wire);
    assert_eq!(
        serde_json::from_value::<Gadget>(serde_json::from_str(wire).unwrap()).unwrap(),
        read
    );
}

#[test]
fn debug_shows_fields_with_a_value_by_their_rust_names() {
    let read = gadget(
        r#"{"id":"gdg_1","type":"round","parts":[{"id":"gdg_2"}],"cf_a":"x","weight":4.50}"#,
    );
    assert_eq!(
        format!("{read:?}"),
        r#"Gadget { id: "gdg_1", type: "round", parts: [Gadget { id: "gdg_2", .. }], custom_fields: {"cf_a": "x"}, extra: {"weight": 4.50}, .. }"#
    );
    let update = UpdateGadget {
        name: Patch::Clear,
        ..UpdateGadget::default()
    };
    assert_eq!(format!("{update:?}"), "UpdateGadget { name: null, .. }");
    let shown = format!("{:?}", super::Value::Secret(&"whsec_1".into()));
    assert_eq!(shown, "Secret(…)");
}

/// A record with a name in one of several fields.
#[derive(Clone)]
struct Named {
    id: Option<String>,
    number: Option<i64>,
    title: Option<crate::Secret>,
    name: Option<String>,
    email: Option<String>,
}

crate::model::model! {
    Named {
        0 Optional id = "id",
        1 Optional number = "number",
        2 Optional title = "title",
        3 Optional name = "name",
        4 Optional email = "email",
    }
}

#[test]
fn display_names_the_record_in_a_line_without_secrets() {
    let shown = |json: &str| read::<Named>(json).to_string();
    let record = r#"{"id": "dl_1", "number": 7, "title": "s3cret", "name": "a\nb", "email": "x"}"#;
    assert_eq!(shown(record), "7 a b (dl_1)");
    assert_eq!(
        shown(r#"{"id": "dl_1", "name": " ", "email": "a@b.c"}"#),
        "a@b.c (dl_1)"
    );
    assert_eq!(shown(r#"{"id": "dl_1", "title": "s3cret"}"#), "dl_1");
    assert_eq!(shown(r#"{"name": "Shelving"}"#), "Shelving");
    assert_eq!(shown("{}"), "Named");
    let record = read::<Named>(r#"{"id": "dl_1", "name": "Shelving"}"#);
    assert_eq!(
        format!("{record:>20}|{record:.8}|"),
        "     Shelving (dl_1)|Shelving|"
    );
}

#[test]
fn models_are_equal_when_every_field_is() {
    let whole = r#"{"id":"gdg_1","size":3,"parts":[{"id":"gdg_2"}],"parent":{"id":"gdg_0"},"cf_a":1,"x":1}"#;
    assert_eq!(gadget(whole), gadget(whole));
    for other in [
        r#"{"id":"gdg_9","size":3,"parts":[{"id":"gdg_2"}],"parent":{"id":"gdg_0"},"cf_a":1,"x":1}"#,
        r#"{"id":"gdg_1","parts":[{"id":"gdg_2"}],"parent":{"id":"gdg_0"},"cf_a":1,"x":1}"#,
        r#"{"id":"gdg_1","size":3,"parts":[{"id":"gdg_3"}],"parent":{"id":"gdg_0"},"cf_a":1,"x":1}"#,
        r#"{"id":"gdg_1","size":3,"parts":[],"parent":{"id":"gdg_0"},"cf_a":1,"x":1}"#,
        r#"{"id":"gdg_1","size":3,"parts":[{"id":"gdg_2"}],"parent":{"id":"gdg_8"},"cf_a":1,"x":1}"#,
        r#"{"id":"gdg_1","size":3,"parts":[{"id":"gdg_2"}],"parent":{"id":"gdg_0"},"cf_a":2,"x":1}"#,
        r#"{"id":"gdg_1","size":3,"parts":[{"id":"gdg_2"}],"parent":{"id":"gdg_0"},"cf_a":1,"x":2}"#,
    ] {
        assert_ne!(gadget(whole), gadget(other), "{other}");
    }
    let cleared = UpdateGadget {
        name: Patch::Clear,
        ..UpdateGadget::default()
    };
    assert_ne!(cleared, UpdateGadget::default());
}

#[test]
fn absent_and_null_read_as_none() {
    let read = gadget(r#"{"id": "gdg_1", "size": null, "parent": null}"#);
    assert_eq!(
        (read.size, read.parent.is_none(), read.parts),
        (None, true, None)
    );
    assert_eq!(
        text(&gadget(r#"{"id": "gdg_1", "size": null}"#)),
        r#"{"id":"gdg_1"}"#
    );
}

#[test]
fn a_missing_required_field_is_named() {
    let error = serde_json::from_str::<Gadget>(r#"{"size": 1}"#).unwrap_err();
    assert!(error.to_string().contains("missing field `id`"), "{error}");
    assert!(serde_json::from_str::<Gadget>(r#"{"id": null}"#).is_err());
}

#[test]
fn only_objects_are_models() {
    for wire in ["[]", "null", "1", "\"gdg_1\"", "[\"gdg_1\", 1]"] {
        let error = serde_json::from_str::<Gadget>(wire).unwrap_err();
        assert!(
            error.to_string().contains("expected an object, found"),
            "{error}"
        );
    }
}

#[test]
fn the_last_of_repeated_keys_counts() {
    let read = gadget(
        r#"{"id": "a", "size": 1, "cf_x": 1, "new": 1, "id": "b", "size": null, "cf_x": 2, "new": 2}"#,
    );
    assert_eq!(text(&read), r#"{"id":"b","cf_x":2,"new":2}"#);
}

#[test]
fn keys_with_escapes_are_the_same_keys() {
    let read = gadget(r#"{"\u0069d": "a", "\u0063f_x": 1, "n\u0065w": 2}"#);
    assert_eq!(text(&read), r#"{"id":"a","cf_x":1,"new":2}"#);
}

#[test]
fn no_key_is_written_twice() {
    let mut value = gadget(r#"{"id": "a", "new": 1}"#);
    // The bag of an older response may hold any key.
    value.custom_fields = read(r#"{"id": "x", "size": 1, "new": 2, "cf_a": 3}"#);
    assert_eq!(text(&value), r#"{"id":"a","new":2,"cf_a":3}"#);
}

#[test]
fn unknown_keys_are_dropped_by_models_that_keep_none() {
    let plain: Plain =
        serde_json::from_str(r#"{"a": {"b": [1]}, "cf_c": 1, "customFields": {"size": 1}}"#)
            .unwrap();
    assert_eq!(text(&plain), r#"{"customFields":{"size":1}}"#);
    let update: UpdateGadget =
        serde_json::from_str(r#"{"a": [1, {}], "cf_c": 1, "kind": "b"}"#).unwrap();
    assert_eq!(text(&update), r#"{"kind":"b","cf_c":1}"#);
}

#[test]
fn a_model_may_have_no_fields() {
    let wire = r#"{"cf_a":1,"size":2}"#;
    assert_eq!(text(&serde_json::from_str::<Unnamed>(wire).unwrap()), wire);
}

#[test]
fn updates_have_three_states() {
    let mut update = UpdateGadget {
        name: Patch::Clear,
        size: 3.into(),
        ..UpdateGadget::default()
    };
    update.custom_fields.insert("cf_a", None::<u8>).unwrap();
    let wire = text(&update);
    assert_eq!(wire, r#"{"name":null,"size":3,"cf_a":null}"#);
    assert_eq!(serde_json::from_str::<UpdateGadget>(&wire).unwrap(), update);
    assert_eq!(text(&UpdateGadget::default()), "{}");
    assert_eq!(
        serde_json::from_str::<UpdateGadget>("{}").unwrap(),
        UpdateGadget::default()
    );
}

#[test]
fn field_names_do_not_clash_with_the_macro() {
    let wire = json!({"map": 1, "key": 2, "writer": 3, "serializer": 4, "deserializer": null, "cf_a": 5, "b": 6});
    let read: hygiene::Option = serde_json::from_value(wire.clone()).unwrap();
    assert_eq!(
        (read.map, read.key, read.writer),
        (Some(1), Some(2), Some(3))
    );
    assert_eq!(
        (read.serializer, read.deserializer),
        (Patch::Set(4), Patch::Clear)
    );
    assert_eq!((read.custom.len(), read.others.len()), (1, 1));
    assert_eq!(serde_json::to_value(&read).unwrap(), wire);
}

#[test]
fn errors_contain_the_path() {
    let update = r#"{"name": "a", "size": "big"}"#;
    for (error, expected) in [
        (
            serde_json::from_str::<Gadget>(r#"{"size": 1, "id": ["a"]}"#).map(drop),
            "expected text, found an array, at id",
        ),
        // A request body keeps no values that cannot be read.
        (
            serde_json::from_str::<UpdateGadget>(update).map(drop),
            "expected a whole number, found text, at size",
        ),
        (
            serde_json::from_str::<UpdateGadget>(r#"{"kind": {}}"#).map(drop),
            "expected text, found an object, at kind",
        ),
    ] {
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn an_optional_field_that_cannot_be_read_is_kept_among_the_other_keys() {
    let wire = r#"{"id":"a","parts":[{"id":"b","size":"big"},{"id":"c"}],"parent":{"size":1},"cf_a":1,"size":[1]}"#;
    let read = gadget(wire);
    assert_eq!((read.size, read.parent.is_none()), (None, true));
    let parts = read.parts.as_ref().unwrap();
    assert_eq!((parts[0].size, parts.len()), (None, 2));
    assert_eq!(
        parts[0].extra.get::<String>("size").unwrap().as_deref(),
        Some("big")
    );
    assert_eq!(read.extra.to_json(), r#"{"parent":{"size":1},"size":[1]}"#);
    let stored = text(&read);
    assert_eq!(gadget(&stored), read);
    // Once it has a value, that is written.
    let mut set = read.clone();
    set.size = Some(2);
    assert!(!text(&set).contains("[1]"), "{}", text(&set));

    // The last of repeated keys counts here, too.
    let read = gadget(r#"{"id":"a","size":"big","size":3}"#);
    assert_eq!(
        (read.size, text(&read)),
        (Some(3), r#"{"id":"a","size":3}"#.to_owned())
    );
    assert_eq!(gadget(r#"{"id":"a","size":3,"size":"big"}"#).size, None);
}

#[test]
fn deeply_nested_responses_do_not_overflow_the_stack() {
    let depth = 10_000;
    let wire = format!(
        "{}{{\"id\":\"a\"}}{}",
        r#"{"id":"a","parent":"#.repeat(depth),
        "}".repeat(depth)
    );
    let mut deepest = gadget(&wire);
    let mut levels = 1;
    while let Some(parent) = deepest.parent.take() {
        (deepest, levels) = (*parent, levels + 1);
    }
    assert_eq!(levels, 127);
    assert!(deepest.extra.contains_key("parent"));
    let extra = format!(
        "{{\"id\":\"a\",\"new\":{}{}}}",
        "[".repeat(depth),
        "]".repeat(depth)
    );
    assert_eq!(
        gadget(&extra).extra.to_json(),
        extra.replace(r#""id":"a","#, "")
    );
    // Every format can store it.
    let stored = text(&gadget(&extra));
    assert_eq!(
        serde_json::from_str::<Gadget>(&stored).unwrap(),
        gadget(&extra)
    );
}

#[test]
fn many_unknown_keys_cost_no_more_than_sorting() {
    let object: serde_json::Map<String, Value> = (0..100_000)
        .map(|index| (format!("cf_{index}"), json!(index)))
        .chain([("id".to_owned(), json!("a"))])
        .collect();
    assert_eq!(
        gadget(&Value::Object(object).to_string())
            .custom_fields
            .len(),
        100_000
    );
}

//! Writes models as JSON text: one writer for all of their tables.

use super::{Field, Kept, Object, Presence, Shape, Value, foreign::write_foreign, limits};
use crate::{
    ids::KINDS,
    json::{NOT_FINITE, Refusal, separate, value_text, write_float, write_key, write_string},
    json_object::JsonObject,
    json_text::{DAMAGED, JsonText},
};

/// The body of a request. It is checked against the documented limits.
pub(crate) fn body(object: &dyn Object) -> Result<String, Refusal> {
    let mut json = String::with_capacity(1024);
    write_object(&mut json, object)?;
    Ok(json)
}

fn write_object(json: &mut String, object: &dyn Object) -> Result<(), Refusal> {
    let shape = object.shape();
    limits::check_rules(object)?;
    json.push('{');
    for (index, field) in shape.fields.iter().enumerate() {
        let value = object.value(index);
        // A required field that may be null is an `Option`; `None` is sent as `null`.
        if matches!(value, Value::Absent) && field.presence != Presence::Required {
            continue;
        }
        separate(json);
        json.push_str(field.quoted);
        let mut limits = shape.limits(index).iter();
        let written = match limits.find_map(|limit| limit.problem(value.measured()?)) {
            Some(problem) => Err(Refusal::new(problem)),
            None => write_value(json, &value),
        };
        written.map_err(|refusal| refusal.below(field.key()))?;
    }
    // Requests carry custom fields, and no other keys of a response.
    if let Some(members) = object.kept(Kept::CustomFields) {
        write_custom_fields(json, shape, members)?;
    }
    json.push('}');
    Ok(())
}

/// A field goes before a custom field of the same key.
fn write_custom_fields(
    json: &mut String,
    shape: &Shape,
    members: &JsonObject,
) -> Result<(), Refusal> {
    const CUSTOM: &str = crate::json_object::PREFIX;
    let is_custom = |field: &Field| field.key().starts_with(CUSTOM);
    if !shape.fields.iter().any(is_custom) && members.is_plain {
        separate(json);
        json.push_str(&members.text);
        return Ok(());
    }
    for (key, value) in members.iter() {
        if shape.index(&key).is_none() {
            write_key(json, &key);
            json.push_str(sound(value).map_err(|refusal| refusal.below(&key))?);
        }
    }
    Ok(())
}

/// A damaged value is not sent: it would overwrite the server's value with its readable part.
fn sound(value: JsonText<'_>) -> Result<&str, Refusal> {
    if value.is_damaged() {
        Err(Refusal::new(DAMAGED))
    } else {
        Ok(value.as_json())
    }
}

pub(super) fn write_value(json: &mut String, value: &Value<'_>) -> Result<(), Refusal> {
    match *value {
        Value::Absent | Value::Null => json.push_str("null"),
        Value::Boolean(true) => json.push_str("true"),
        Value::Boolean(false) => json.push_str("false"),
        Value::Integer(integer) => json.push_str(itoa::Buffer::new().format(integer)),
        Value::Float(float) => {
            if !write_float(json, float) {
                return Err(Refusal::new(NOT_FINITE));
            }
        }
        Value::Money(money) => money.write(json).map_err(Refusal::new)?,
        Value::DateTime(date_time) => date_time.write(json).map_err(Refusal::new)?,
        Value::Text(text) => write_string(json, text),
        Value::Secret(secret) => write_string(json, secret.expose()),
        Value::Id(id, kind) => {
            kind.check(id, KINDS).map_err(Refusal::new)?;
            write_string(json, id);
        }
        Value::List(items) => {
            json.push('[');
            for index in 0..items.len() {
                separate(json);
                write_value(json, &items.item(index))
                    .map_err(|refusal| refusal.below(&format!("[{index}]")))?;
            }
            json.push(']');
        }
        Value::Object(object) => write_object(json, object)?,
        Value::Members(members) => {
            for (key, value) in members.iter() {
                sound(value).map_err(|refusal| refusal.below(&key))?;
            }
            json.push('{');
            json.push_str(&members.text);
            json.push('}');
        }
        Value::Map(map) => {
            json.push('{');
            for (key, value) in map.entries() {
                write_key(json, key);
                write_value(json, &value).map_err(|refusal| refusal.below(key))?;
            }
            json.push('}');
        }
        Value::Json(value) => json.push_str(&value_text(value)),
        Value::Foreign(value) => json.push_str(&write_foreign(value)?),
    }
    Ok(())
}

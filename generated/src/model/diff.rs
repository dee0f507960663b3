//! The smallest update between two states of a record.

use super::{Kept, Object, Presence, Slot, Value};
use crate::{
    Error, JsonText,
    json::{Reader, to_json},
    members::JsonObject,
};

/// What an update must say so that `old` becomes `new`. Only fields that the update has under the
/// same key are looked at.
pub(crate) fn diff<T: Object + Slot>(old: &dyn Object, new: &dyn Object) -> Result<T, Error> {
    let mut update = T::blank();
    compare(&mut update, old, new)?;
    Ok(update)
}

fn compare(update: &mut dyn Object, old: &dyn Object, new: &dyn Object) -> Result<(), Error> {
    for (index, field) in update.shape().fields.iter().enumerate() {
        let (Some(before), Some(after)) = (value(old, field.key())?, value(new, field.key())?)
        else {
            continue;
        };
        if before == after {
            continue;
        }
        let problem = if after == "null" && field.presence != Presence::Patch {
            "cannot be emptied by an update"
        } else if update.read(index, &mut Reader::new(&after)).is_err() {
            "has a value that an update cannot have"
        } else {
            continue;
        };
        return Err(Error::invalid_request(format!(
            "`{}` {problem}",
            field.key()
        )));
    }
    if let Some(before) = old.kept(Kept::CustomFields)
        && let Some(after) = new.kept(Kept::CustomFields)
        && let Some(changed) = update.kept_mut(Kept::CustomFields)
    {
        *changed = members(before, after);
    }
    Ok(())
}

/// The value of a field as JSON, `null` where there is none. A value that could not be read is what was kept of it:
/// it equals itself, and is not taken for an empty field. `None` where the model has no such field.
fn value(object: &dyn Object, key: &str) -> Result<Option<String>, Error> {
    let Some(index) = object.shape().index(key) else {
        return Ok(None);
    };
    match object.value(index) {
        Value::Absent => {
            let unread = object.kept(Kept::Extra).and_then(|extra| extra.value(key));
            Ok(Some(unread.map_or("null", JsonText::as_json).to_owned()))
        }
        value => to_json(&value)
            .map(Some)
            .map_err(|refusal| Error::invalid_request(refusal.below(key).to_string())),
    }
}

/// Custom fields that are new or other than before, and `null` for those that are gone.
fn members(before: &JsonObject, after: &JsonObject) -> JsonObject {
    let (old, new) = (before.sorted(), after.sorted());
    let changed = after
        .iter()
        .filter(|(key, value)| old.get(key) != Some(value.as_json()))
        .map(|(key, value)| (key, value.as_json()));
    let gone = before
        .iter()
        .filter(|(key, value)| !value.is_null() && new.get(key).is_none())
        .map(|(key, _)| (key, "null"));
    JsonObject::of(changed.chain(gone))
}

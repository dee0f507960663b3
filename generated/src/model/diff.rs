//! The smallest update between two states of a record.

use super::{Field, Kept, Object, Presence, Rule, Slot, Value};
use crate::{
    error::Error,
    json::{Reader, Refusal, to_json},
    json_object::{JsonObject, is_same},
    json_text::JsonText,
    limit::Limit,
};

/// The fields of an update that changes `old` into `new`. `names` has the fields whose key differs: the key of the
/// update, and the key of the record.
pub(crate) fn diff<T: Object + Slot>(
    old: &dyn Object,
    new: &dyn Object,
    names: &[(&str, &str)],
) -> Result<T, Error> {
    let mut update = T::blank();
    match compare(&mut update, old, new, names) {
        Ok(()) => Ok(update),
        Err(refusal) => Err(Error::invalid_request(refusal.to_string())),
    }
}

fn compare(
    update: &mut dyn Object,
    old: &dyn Object,
    new: &dyn Object,
    names: &[(&str, &str)],
) -> Result<(), Refusal> {
    let shape = update.shape();
    // The new value of a field, and whether it differs. A missing field was not cleared, and a list that needs items
    // cannot be cleared.
    let change = |key: &str| {
        let index = shape.index(key)?;
        let renamed = names.iter().find(|(of_update, _)| *of_update == key);
        let place = new.shape().index(renamed.map_or(key, |(_, name)| name))?;
        let (before, after) = (json(old, place), json(new, place));
        let is_missing = match after.as_deref() {
            Ok("null") => !new.was_received(place),
            Ok("[]") => matches!(shape.limits(index), [Limit::MinItems(1..), ..]),
            _ => false,
        };
        (!is_missing).then_some((index, before == after, after))
    };
    for field in shape.fields {
        let key = field.key();
        let Some((index, is_same, after)) = change(key) else {
            continue;
        };
        let is_changed = |key| change(key).is_some_and(|(_, is_same, _)| !is_same);
        let with_another = shape.rules.iter().any(|rule| match *rule {
            Rule::Together(one, other) if one == key => is_changed(other),
            Rule::Together(one, other) if other == key => is_changed(one),
            _ => false,
        });
        if is_same && !with_another {
            continue;
        }
        let after = after?;
        let problem = if after == "null" && field.presence != Presence::Patch {
            "cannot be emptied by an update"
        } else if update.read(index, &mut Reader::new(&after)).is_err() {
            "has a value that an update cannot have"
        } else {
            continue;
        };
        return Err(Refusal::new(problem).below(key));
    }
    if let Some(before) = old.kept(Kept::CustomFields)
        && let Some(after) = new.kept(Kept::CustomFields)
        && let Some(changed) = update.kept_mut(Kept::CustomFields)
    {
        let before = before.by_key();
        let after = after.iter().map(|(key, value)| (key, value.as_json()));
        let is_as_before =
            |key: &str, value: &str| before.get(key).is_some_and(|before| is_same(before, value));
        *changed = JsonObject::of(after.filter(|(key, value)| !is_as_before(key, value)));
    }
    Ok(())
}

/// The value of a field as JSON, `null` where there is none. A value that could not be read is its JSON: it equals
/// itself, and does not count as an empty field.
fn json(object: &dyn Object, index: usize) -> Result<String, Refusal> {
    let key = object.shape().fields.get(index).map_or("", Field::key);
    match object.value(index) {
        Value::Absent => {
            let unread = object.kept(Kept::Extra).and_then(|extra| extra.value(key));
            Ok(unread.map_or("null", JsonText::as_json).to_owned())
        }
        value => to_json(&value).map_err(|refusal| refusal.below(key)),
    }
}

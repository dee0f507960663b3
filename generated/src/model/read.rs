//! Reads models: one interpreter for all of their tables.

use super::{Kept, Object, Presence, Shape, Slot, Value};
use crate::{
    json::{Reader, Stop, What},
    json_object::{MembersBuilder, PREFIX},
};

/// Which keys of a model were received: bits for up to 256 fields; the generator refuses models with more.
#[derive(Clone, Copy, Default)]
pub(crate) struct ReceivedKeys([u64; 4]);

impl ReceivedKeys {
    /// `true` if the bit was set before.
    fn set(&mut self, index: usize) -> bool {
        let before = self.has(index);
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
        before
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        let word = self.0.get(index / 64);
        word.is_some_and(|word| word & 1 << (index % 64) != 0)
    }
}

/// Reads the object at the reader into a blank model.
pub(crate) fn read_object(object: &mut dyn Object, reader: &mut Reader<'_>) -> Result<(), Stop> {
    let shape = object.shape();
    let start = reader.peek_at();
    let mut received = ReceivedKeys::default();
    let mut has_repeated = false;
    let mut custom = MembersBuilder::default();
    let mut extra = MembersBuilder::default();
    // The field that most likely comes next.
    let mut next = 0;
    let mut more = reader.open(b'{', b'}', "an object")?;
    let depth = reader.depth;
    while more {
        let at = reader.at;
        let noted = reader.notes.len();
        let expected = shape.fields.get(next);
        let index = if expected.is_some_and(|field| reader.take(field.quoted)) {
            Some(next)
        } else {
            search(shape, next, reader, &mut custom, &mut extra)?
        };
        let mut read = Ok(());
        if let Some(index) = index {
            next = index + 1;
            let repeated = received.set(index);
            let null = reader.peek() == b'n';
            if repeated || null {
                has_repeated |= repeated;
                suspect(object, index, reader, repeated);
            }
            reader.field = index;
            reader.items_ahead = reader.tolerant && shape.items.contains(&index);
            read = object.read(index, reader);
            if read.is_err() || reader.notes.len() != noted {
                reader.below(noted, shape.key(index));
            }
        }
        more = match read.and_then(|()| reader.more(b'}')) {
            Ok(more) => more,
            Err(Stop) => {
                let index = index.ok_or(Stop)?;
                (reader.at, reader.depth) = (at, depth);
                reader.notes.truncate(noted);
                set_aside(object, index, reader, &mut extra)?
            }
        };
    }
    for (index, field) in shape.fields.iter().enumerate() {
        if field.presence == Presence::Required && !received.has(index) {
            return Err(reader.stop(start, What::Missing(field.key())));
        }
    }
    object.receive(received);
    for (kept, builder) in [(Kept::CustomFields, &mut custom), (Kept::Extra, &mut extra)] {
        if let Some(collected) = builder.finish(reader)
            && let Some(members) = object.kept_mut(kept)
        {
            *members = collected;
        }
    }
    if has_repeated {
        forget_damaged(object);
    }
    Ok(())
}

/// Drops the unreadable value of a field if its key is repeated with a readable value: the last value counts.
#[cold]
fn forget_damaged(object: &mut dyn Object) {
    for (index, field) in object.shape().fields.iter().enumerate() {
        if !matches!(object.value(index), Value::Absent)
            && let Some(extra) = object.kept_mut(Kept::Extra)
        {
            extra.remove(field.key());
        }
    }
}

/// Reads a key, and returns the number of its field. The search starts at `next`, because responses keep the order of
/// fields. A member without a field is read as a whole.
fn search(
    shape: &Shape,
    next: usize,
    reader: &mut Reader<'_>,
    custom: &mut MembersBuilder,
    extra: &mut MembersBuilder,
) -> Result<Option<usize>, Stop> {
    let (start, noted) = (reader.at, reader.notes.len());
    let (key, fault) = reader.any_key()?;
    let is_custom = key.starts_with(PREFIX) && shape.keeps(Kept::CustomFields);
    if !is_custom && fault.is_none() {
        let (before, after) = shape.fields.split_at_checked(next).ok_or(Stop)?;
        let is_it = |field: &super::Field| field.key() == key;
        let behind = after.iter().position(is_it).map(|index| index + next);
        if let Some(index) = behind.or_else(|| before.iter().position(is_it)) {
            return Ok(Some(index));
        }
        let at = reader.peek_at();
        let found = reader.noting.then(|| format!("the key `{key}`"));
        reader.deviate(at, "a documented key", found.as_deref());
    }
    let taken = if !is_custom && !shape.keeps(Kept::Extra) {
        reader.any_value().map(drop)
    } else {
        let builder = if is_custom { custom } else { extra };
        builder.take(reader, start, &key, fault).map(drop)
    };
    if taken.is_err() || reader.notes.len() != noted {
        reader.below(noted, &key);
    }
    taken.map(|()| None)
}

/// Clears a field whose value cannot be read, and keeps the JSON in `extra`, if the field is optional and the model has
/// `extra`. The reader is at the key of the field. Returns whether more members follow.
#[cold]
#[inline(never)]
fn set_aside(
    object: &mut dyn Object,
    index: usize,
    reader: &mut Reader<'_>,
    extra: &mut MembersBuilder,
) -> Result<bool, Stop> {
    let shape = object.shape();
    let presence = shape.fields.get(index).map(|field| field.presence);
    let is_optional = matches!(presence, Some(Presence::Optional | Presence::Nullable));
    let can_be_kept = shape.keeps(Kept::Extra)
        // `envelope` finds a list in another location.
        && !shape.items.contains(&index)
        // `Debug` shows other keys.
        && !matches!(object.value(index), Value::Secret(_));
    if !is_optional || !can_be_kept {
        return Err(Stop);
    }
    if let Some(field) = object.field_mut(index) {
        field.reset();
    }
    let fault = reader.fault();
    let start = reader.at;
    let key = reader.key()?;
    if !extra.take(reader, start, &key, None)? {
        reader.set_aside(&fault);
    }
    reader.more(b'}')
}

/// A value that is `null` or repeated.
#[cold]
fn suspect(object: &mut dyn Object, index: usize, reader: &mut Reader<'_>, repeated: bool) {
    let at = reader.at;
    let presence = object.shape().fields.get(index).map(|field| field.presence);
    if repeated {
        reader.deviate(at, "a unique key", Some("a repeated key"));
        if let Some(field) = object.field_mut(index) {
            field.reset();
        }
    } else if presence == Some(Presence::Optional) {
        reader.deviate(at, "a value, or no key", None);
    }
}

/// A list that is filled while it is read.
pub(crate) trait List {
    /// Reads the next value into a new item at the end. If that fails, the item is not added.
    fn push(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop>;

    /// Reserves space for exactly this number of items.
    fn reserve(&mut self, items: usize);
}

impl<T: Slot> List for Vec<T> {
    fn push(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let mut item = T::blank();
        let read = item.read(reader);
        if read.is_ok() {
            self.push(item);
        }
        read
    }

    fn reserve(&mut self, items: usize) {
        self.reserve_exact(items);
    }
}

/// The largest initial capacity for items.
const MOST_RESERVED: usize = 128;

/// Reads the array at the reader into an empty list.
pub(crate) fn read_list(list: &mut dyn List, reader: &mut Reader<'_>) -> Result<(), Stop> {
    let field = reader.field % reader.lengths.len();
    let mut more = reader.open(b'[', b']', "an array")?;
    let (start, depth) = (reader.at, reader.depth);
    let tolerant = std::mem::take(&mut reader.items_ahead);
    if more && !tolerant {
        let length = reader.lengths.get(field).copied().unwrap_or_default();
        list.reserve(length.into());
    }
    let mut index = 0;
    while more {
        let (at, noted) = (reader.at, reader.notes.len());
        let read = list.push(reader);
        if read.is_err() || reader.notes.len() != noted {
            reader.below(noted, &format!("[{index}]"));
        }
        if !tolerant {
            read?;
        } else if read.is_err() {
            let fault = reader.fault();
            (reader.at, reader.depth) = (at, depth);
            reader.notes.truncate(noted);
            // Fails if quotes or brackets do not match: then nothing can be read.
            let text = reader.any_value()?;
            reader.broken.push((index, fault, text));
        }
        index += 1;
        let length = reader.at - start;
        more = match reader.more(b']') {
            Err(Stop) if tolerant => {
                // Text after the item that is not JSON counts as another item.
                reader.below(reader.notes.len(), &format!("[{index}]"));
                let fault = reader.fault();
                let text = reader.damaged_value()?;
                reader.broken.push((index, fault, text));
                index += 1;
                reader.more(b']')?
            }
            more => more?,
        };
        if index == 1 && more && tolerant {
            // Items of a page have similar lengths, so the first item shows how many there may be.
            let rest = reader.rest() / (length + 1);
            list.reserve(rest.min(MOST_RESERVED));
        }
    }
    if let Some(length) = reader.lengths.get_mut(field) {
        *length = u8::try_from(index).unwrap_or(u8::MAX);
    }
    Ok(())
}

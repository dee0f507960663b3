//! Reads models: one interpreter for all of their tables.

use super::{Kept, Object, Presence, Shape, Slot, Value};
use crate::{
    json::{Reader, Stop, What},
    members::Gatherer,
};

/// What every key of a custom field begins with.
const CUSTOM: &str = crate::custom_fields::PREFIX;

/// Which keys of a model were received: bits for up to 256 fields; the generator refuses models with more.
#[derive(Clone, Copy, Default)]
pub(crate) struct Received([u64; 4]);

impl Received {
    /// `true` where the bit was set before.
    fn set(&mut self, index: usize) -> bool {
        let bit = 1 << (index % 64);
        let Some(word) = self.0.get_mut(index / 64) else {
            return false;
        };
        let before = *word & bit != 0;
        *word |= bit;
        before
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word & 1 << (index % 64) != 0)
    }
}

/// Reads the object at the reader into a blank model.
pub(crate) fn read_object(object: &mut dyn Object, reader: &mut Reader<'_>) -> Result<(), Stop> {
    let shape = object.shape();
    reader.peek();
    let start = reader.at();
    let mut received = Received::default();
    let mut custom = Gatherer::new(reader, Kept::CustomFields as usize);
    let mut extra = Gatherer::new(reader, Kept::Extra as usize);
    // The field that most likely comes next.
    let mut next = 0;
    let mut more = reader.open(b'{', b'}', "an object")?;
    let depth = reader.depth;
    while more {
        let at = reader.at();
        let expected = shape.fields.get(next);
        let index = if expected.is_some_and(|field| reader.take(field.quoted)) {
            Some(next)
        } else {
            match reader.key() {
                Ok(key) => {
                    let index = if key.starts_with(CUSTOM) && shape.keeps(Kept::CustomFields) {
                        None
                    } else {
                        search(shape, next, &key)
                    };
                    if index.is_none() {
                        unknown(shape, reader, at, &key, &mut custom, &mut extra)?;
                    }
                    index
                }
                Err(Stop) => {
                    damaged(shape, reader, at, &mut custom, &mut extra)?;
                    None
                }
            }
        };
        let mut read = Ok(());
        if let Some(index) = index {
            next = index + 1;
            let repeated = received.set(index);
            let null = reader.peek() == b'n';
            if repeated || null {
                suspect(object, index, reader, repeated);
            }
            reader.field = index;
            reader.items_ahead = reader.tolerant && shape.items.contains(&index);
            read = object.read(index, reader);
        }
        more = match read.and_then(|()| reader.more(b'}')) {
            Ok(more) => more,
            Err(Stop) => {
                reader.depth = depth;
                set_aside(object, index, reader, at, &custom, &mut extra)?
            }
        };
    }
    for (index, field) in shape.fields.iter().enumerate() {
        if field.presence == Presence::Required && !received.has(index) {
            return Err(reader.stop(start, What::Missing(field.key())));
        }
    }
    object.receive(received);
    for (kept, gatherer) in [(Kept::CustomFields, custom), (Kept::Extra, extra)] {
        if let Some(members) = object.kept_mut(kept) {
            *members = gatherer.finish(reader);
        }
    }
    Ok(())
}

/// The number of a field, looked for from `next` on: fields that are left out are passed over.
fn search(shape: &Shape, next: usize, key: &str) -> Option<usize> {
    let (before, after) = shape.fields.split_at_checked(next)?;
    after
        .iter()
        .position(|field| field.key() == key)
        .map(|index| index + next)
        .or_else(|| before.iter().position(|field| field.key() == key))
}

/// A key that no field has.
fn unknown(
    shape: &Shape,
    reader: &mut Reader<'_>,
    start: usize,
    key: &str,
    custom: &mut Gatherer,
    extra: &mut Gatherer,
) -> Result<(), Stop> {
    if key.starts_with(CUSTOM) && shape.keeps(Kept::CustomFields) {
        return custom.take(reader, start, key).map(drop);
    }
    reader.peek();
    reader.deviate(
        reader.at(),
        "a documented key",
        Some(&format!("the key `{key}`")),
    );
    if shape.keeps(Kept::Extra) {
        return extra.take(reader, start, key).map(drop);
    }
    reader.drop_value().map(drop)
}

/// A member whose key begins at `start` and could not be read.
#[cold]
fn damaged(
    shape: &Shape,
    reader: &mut Reader<'_>,
    start: usize,
    custom: &mut Gatherer,
    extra: &mut Gatherer,
) -> Result<(), Stop> {
    let key = reader.damaged_key(start)?;
    let gatherer = if key.starts_with(CUSTOM) && shape.keeps(Kept::CustomFields) {
        custom
    } else if shape.keeps(Kept::Extra) {
        extra
    } else {
        return Err(Stop);
    };
    gatherer.take_damaged(reader, &key, reader.fault())
}

/// Empties a field whose value cannot be read, and keeps what was received among the other keys: if the model can do
/// without the field, and has a place for them. The key of the field begins at `start`. Gives whether there are more.
#[cold]
#[inline(never)]
fn set_aside(
    object: &mut dyn Object,
    index: Option<usize>,
    reader: &mut Reader<'_>,
    start: usize,
    custom: &Gatherer,
    extra: &mut Gatherer,
) -> Result<bool, Stop> {
    let shape = object.shape();
    let index = index.ok_or(Stop)?;
    let presence = shape.fields.get(index).map(|field| field.presence);
    let is_optional = matches!(presence, Some(Presence::Optional | Presence::Nullable));
    let can_be_kept = shape.keeps(Kept::Extra)
        // A list is looked for elsewhere if it is not where it should be.
        && !shape.items.contains(&index)
        // Other keys are shown by `Debug`.
        && !matches!(object.value(index), Value::Secret(_));
    if !is_optional || !can_be_kept {
        return Err(Stop);
    }
    object.read(index, &mut Reader::new("null"))?;
    let fault = reader.fault();
    reader.back_to(start, [custom.end(), extra.end()]);
    let key = reader.key()?;
    if !extra.take(reader, start, &key)? {
        reader.set_aside(&fault);
    }
    reader.more(b'}')
}

/// A value that is `null`, or comes a second time.
#[cold]
fn suspect(object: &mut dyn Object, index: usize, reader: &mut Reader<'_>, repeated: bool) {
    let at = reader.at();
    if repeated {
        reader.deviate(at, "a key once", Some("the key again"));
        if let Some(field) = object.field_mut(index) {
            field.reset();
        }
    } else if object
        .shape()
        .fields
        .get(index)
        .is_some_and(|field| field.presence == Presence::Optional)
    {
        reader.deviate(at, "a value, or no key", None);
    }
}

/// A list that is filled while it is read.
pub(crate) trait List {
    /// Reads the value at the reader into a new item at the end, which is there only if that succeeds.
    fn push(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop>;

    /// Makes room for more items, and for no others.
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

/// How much room is made for items before they are received.
const MOST_RESERVED: usize = 128;

/// Reads the array at the reader into an empty list.
pub(crate) fn read_list(list: &mut dyn List, reader: &mut Reader<'_>) -> Result<(), Stop> {
    let field = reader.field % reader.lengths.len();
    let mut more = reader.open(b'[', b']', "an array")?;
    let (start, mut first) = (reader.at(), true);
    let tolerant = std::mem::take(&mut reader.items_ahead);
    let usual = reader.lengths.get(field).copied().unwrap_or_default();
    if more && !tolerant {
        list.reserve(usual.into());
    }
    let mut index = 0;
    while more {
        if tolerant {
            let mark = reader.mark();
            if list.push(reader).is_err() {
                let fault = reader.fault();
                reader.back(&mark);
                // Fails where quotes or brackets do not match: then nothing can be read.
                let (text, _) = reader.any_value()?;
                reader.broken.push((index, fault, text));
            }
        } else {
            list.push(reader)?;
        }
        index += 1;
        let length = reader.at() - start;
        more = match reader.more(b']') {
            Err(Stop) if tolerant => {
                // What follows the item and is not JSON counts as one more.
                let fault = reader.fault();
                let text = reader.damaged_value()?;
                reader.broken.push((index, fault, text));
                index += 1;
                reader.more(b']')?
            }
            more => more?,
        };
        if std::mem::take(&mut first) && more && tolerant {
            // Little comes after the items of a page, and they are much alike: the first tells how
            // many there may be.
            let rest = reader.rest() / (length + 1);
            list.reserve(rest.min(MOST_RESERVED));
        }
    }
    if let Some(length) = reader.lengths.get_mut(field) {
        // Halfway from what was usual, where this list is shorter: the next may not be.
        let usual = usize::from(usual).max(index).midpoint(index + 1);
        *length = u8::try_from(usual).unwrap_or(u8::MAX);
    }
    Ok(())
}

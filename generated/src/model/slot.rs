//! Where the values of one object gather while it is read: one slot per field, one kind of slot
//! per kind of field. The functions bear the names of the kinds in [`model!`](super::model).

use serde::de::{Deserialize, Error, MapAccess};

use super::Key;
use crate::{CustomFields, ExtraFields, Patch, entries::EntriesReader};

pub(crate) fn required<T>() -> Required<T> {
    Required(None)
}

pub(crate) fn optional<T>() -> Optional<T> {
    Optional(None)
}

pub(crate) fn patch<T>() -> PatchSlot<T> {
    PatchSlot(Patch::Keep)
}

pub(crate) fn custom_fields() -> Unnamed<CustomFields> {
    Unnamed::default()
}

pub(crate) fn extra() -> Unnamed<ExtraFields> {
    Unnamed::default()
}

pub(crate) struct Required<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Required<T> {
    pub(crate) fn read<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.0 = Some(map.next_value()?);
        Ok(())
    }
}

impl<T> Required<T> {
    pub(crate) fn finish<E: Error>(self, key: &'static str) -> Result<T, E> {
        self.0.ok_or_else(|| E::missing_field(key))
    }
}

pub(crate) struct Optional<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Optional<T> {
    pub(crate) fn read<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.0 = map.next_value()?;
        Ok(())
    }
}

impl<T> Optional<T> {
    #[expect(clippy::unnecessary_wraps, reason = "all slots finish alike")]
    pub(crate) fn finish<E: Error>(self, _key: &'static str) -> Result<Option<T>, E> {
        Ok(self.0)
    }
}

pub(crate) struct PatchSlot<T>(Patch<T>);

impl<'de, T: Deserialize<'de>> PatchSlot<T> {
    pub(crate) fn read<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        self.0 = Patch::set_or_clear(map.next_value()?);
        Ok(())
    }
}

impl<T> PatchSlot<T> {
    #[expect(clippy::unnecessary_wraps, reason = "all slots finish alike")]
    pub(crate) fn finish<E: Error>(self, _key: &'static str) -> Result<Patch<T>, E> {
        Ok(self.0)
    }
}

/// The slot of keys that the model does not name.
pub(crate) struct Unnamed<T> {
    entries: EntriesReader,
    target: std::marker::PhantomData<fn() -> T>,
}

impl<T> Default for Unnamed<T> {
    fn default() -> Self {
        Self {
            entries: EntriesReader::default(),
            target: std::marker::PhantomData,
        }
    }
}

impl<T: From<crate::entries::Entries>> Unnamed<T> {
    pub(crate) fn read<'de, A: MapAccess<'de>>(
        &mut self,
        key: Key<'de>,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let value = map.next_value()?;
        self.entries.push(key.into_boxed(), value);
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "all slots finish alike")]
    pub(crate) fn finish<E: Error>(self) -> Result<T, E> {
        Ok(self.entries.finish().into())
    }
}

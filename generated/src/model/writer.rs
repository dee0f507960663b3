//! Writes the fields of one object; the methods bear the names of the kinds in
//! [`model!`](super::model).

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::{CustomFields, ExtraFields, Patch};

pub(crate) struct Writer<'a, S: Serializer> {
    map: S::SerializeMap,
    named: &'static [&'static str],
    custom_fields: Option<&'a CustomFields>,
}

impl<'a, S: Serializer> Writer<'a, S> {
    /// `named` are the keys that the model has fields for; no custom or extra field may repeat them.
    pub(crate) fn new(serializer: S, named: &'static [&'static str]) -> Result<Self, S::Error> {
        let map = serializer.serialize_map(None)?;
        Ok(Self {
            map,
            named,
            custom_fields: None,
        })
    }

    pub(crate) fn required<T: Serialize>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), S::Error> {
        self.map.serialize_entry(key, value)
    }

    #[expect(
        clippy::ref_option,
        reason = "the field is an option, and the macro lends it"
    )]
    pub(crate) fn optional<T: Serialize>(
        &mut self,
        key: &'static str,
        value: &Option<T>,
    ) -> Result<(), S::Error> {
        match value {
            Some(value) => self.map.serialize_entry(key, value),
            None => Ok(()),
        }
    }

    pub(crate) fn patch<T: Serialize>(
        &mut self,
        key: &'static str,
        value: &Patch<T>,
    ) -> Result<(), S::Error> {
        match value {
            Patch::Keep => Ok(()),
            Patch::Clear => self.map.serialize_entry(key, &()),
            Patch::Set(value) => self.map.serialize_entry(key, value),
        }
    }

    pub(crate) fn custom_fields(&mut self, fields: &'a CustomFields) -> Result<(), S::Error> {
        self.custom_fields = Some(fields);
        for (key, value) in fields.iter().filter(|(key, _)| !self.named.contains(key)) {
            self.map.serialize_entry(key, value)?;
        }
        Ok(())
    }

    pub(crate) fn extra(&mut self, fields: &ExtraFields) -> Result<(), S::Error> {
        for (key, value) in fields.iter() {
            let written = self.named.contains(&key)
                || self
                    .custom_fields
                    .is_some_and(|custom| custom.contains_key(key));
            if !written {
                self.map.serialize_entry(key, value)?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<S::Ok, S::Error> {
        self.map.end()
    }
}

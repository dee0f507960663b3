//! Objects whose keys are data: every member is of one type.

use std::collections::BTreeMap;

use super::{Slot, Value};
use crate::json::{Reader, Stop};

/// The members of a map.
pub(crate) trait Entries {
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, Value<'_>)> + '_>;
}

impl<T: Slot> Entries for BTreeMap<String, T> {
    fn entries(&self) -> Box<dyn Iterator<Item = (&str, Value<'_>)> + '_> {
        let entries = self.iter();
        Box::new(entries.map(|(key, value)| (key.as_str(), value.value())))
    }
}

impl PartialEq for dyn Entries + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.entries().eq(other.entries())
    }
}

impl<T: Slot> Slot for BTreeMap<String, T> {
    fn blank() -> Self {
        Self::new()
    }

    fn reset(&mut self) {
        self.clear();
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        let mut more = reader.open(b'{', b'}', "an object")?;
        while more {
            let noted = reader.notes.len();
            let key = reader.key()?;
            let mut value = T::blank();
            let read = value.read(reader);
            if read.is_err() || reader.notes.len() != noted {
                reader.below(noted, &key);
            }
            read?;
            self.insert(key.into_owned(), value);
            more = reader.more(b'}')?;
        }
        Ok(())
    }

    fn value(&self) -> Value<'_> {
        Value::Map(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::{
        json::Reader,
        model::{Slot as _, write::write_value},
    };

    #[test]
    fn members_are_read_and_written_and_the_path_of_a_fault_has_their_key() {
        let mut map = BTreeMap::<String, Vec<i64>>::blank();
        map.read(&mut Reader::new(r#"{"a": [1], "b\u0020c": [2, 3]}"#))
            .unwrap();
        assert_eq!(map["b c"], [2, 3]);
        let mut json = String::new();
        write_value(&mut json, &map.value()).unwrap();
        assert_eq!(json, r#"{"a":[1],"b c":[2,3]}"#);
        let mut reader = Reader::new(r#"{"a": [1], "b": ["x"]}"#);
        let mut map = BTreeMap::<String, Vec<i64>>::blank();
        assert!(map.read(&mut reader).is_err());
        assert_eq!(reader.fault().path, "b[0]");
    }
}

//! Values of types that implement serde's traits and have no table.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::{
    json::{Reader, Refusal, Stop, What, value_text},
    json_text::STORED_KEY,
};

/// A value that serde writes.
pub(crate) trait Foreign: fmt::Debug {
    fn json(&self) -> Result<Json, serde_json::Error>;
}

impl<T: Serialize + fmt::Debug> Foreign for T {
    fn json(&self) -> Result<Json, serde_json::Error> {
        serde_json::to_value(self)
    }
}

impl PartialEq for dyn Foreign + '_ {
    fn eq(&self, other: &Self) -> bool {
        match (self.json(), other.json()) {
            (Ok(one), Ok(other)) => one == other,
            _ => false,
        }
    }
}

/// Reads the value at the reader by serde.
pub(crate) fn read_foreign<T: DeserializeOwned>(reader: &mut Reader<'_>) -> Result<T, Stop> {
    let at = reader.peek_at();
    let text = reader.drop_value()?;
    let refused = "a value that its type cannot hold";
    serde_json::from_str(text).map_err(|_| reader.stop(at, What::Refused(refused)))
}

/// The value as it is sent.
pub(super) fn write_foreign(value: &dyn Foreign) -> Result<String, Refusal> {
    let json = value
        .json()
        .map_err(|error| Refusal::new(error.to_string()))?;
    if is_stored(&json) {
        let message = "it holds JSON that cannot be written exactly as a part of this value";
        return Err(Refusal::new(message));
    }
    Ok(value_text(&json))
}

/// Whether it contains the object in which other formats store JSON that they cannot represent.
fn is_stored(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().any(is_stored),
        Json::Object(members) => {
            members.contains_key(STORED_KEY) || members.values().any(is_stored)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::read_foreign;
    use crate::{
        json::{Reader, Stop},
        model::{Slot, Value, blank, model},
    };

    #[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
    #[serde(untagged)]
    enum Size {
        Text(String),
        Number(f64),
    }

    impl Slot for Size {
        fn blank() -> Self {
            Self::Text(Slot::blank())
        }

        fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
            *self = read_foreign(reader)?;
            Ok(())
        }

        fn value(&self) -> Value<'_> {
            Value::Foreign(self)
        }
    }

    #[derive(Clone)]
    struct Box {
        size: Option<Size>,
        sizes: Option<Vec<Size>>,
        extra: crate::JsonObject,
    }

    model! {
        Box {
            0 Optional size = "size",
            1 Optional sizes = "sizes",
            in 2 extra: Extra,
        }
    }

    #[test]
    fn values_are_read_and_written_by_serde_and_other_values_are_kept() {
        let read = |json: &str| crate::call::from_json::<Box>(json).unwrap();
        let fits = r#"{"size":"big","sizes":[1.5,"small"]}"#;
        let value = read(fits);
        assert_eq!(value.size, Some(Size::Text("big".to_owned())));
        assert_eq!(crate::model::body(&value).unwrap(), fits);
        assert_eq!(serde_json::to_string(&value).unwrap(), fits);
        assert_eq!(read(fits), value);
        assert_ne!(read(r#"{"size":2,"sizes":[1.5,"small"]}"#), value);
        assert!(format!("{value:?}").contains(r#"Text("big")"#));

        let value = read(r#"{"size":[true],"sizes":[]}"#);
        assert_eq!(value.size, None);
        assert_eq!(value.extra.to_json(), r#"{"size":[true]}"#);
        let _ = blank::<Box>;
    }
}

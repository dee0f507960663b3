//! Custom fields: the `cf_*` keys that every workspace defines for itself.

use serde::{
    de::{Deserialize, DeserializeOwned, Deserializer},
    ser::{Serialize, Serializer},
};
use serde_json::Value;

use crate::{Error, entries::Entries};

/// What every key of a custom field begins with.
pub(crate) const PREFIX: &str = "cf_";

/// What is known of one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Field<'a> {
    /// The key is not there.
    Absent,
    /// The key is there with `null`: the field is empty.
    Null,
    /// The key is there with a value.
    Value(&'a Value),
}

/// The custom fields of a record, in the order they came.
///
/// ```
/// use heffl::CustomFields;
///
/// let mut fields = CustomFields::new();
/// fields.insert("cf_industry", "Retail")?;
/// assert_eq!(fields.get::<String>("cf_industry")?.as_deref(), Some("Retail"));
/// assert_eq!(fields.get::<String>("cf_region")?, None);
/// assert!(fields.insert("industry", "Retail").is_err());
/// # Ok::<(), heffl::Error>(())
/// ```
///
/// Two sets of fields are equal when they hold the same keys and values; the order doesn't count.
#[derive(Clone, Default, PartialEq)]
pub struct CustomFields(Entries);

impl CustomFields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The key that the API gives to a field with this label: `Company Size` is `cf_company_size`.
    ///
    /// ```
    /// assert_eq!(heffl::CustomFields::key_from_label("Company Size"), "cf_company_size");
    /// ```
    pub fn key_from_label(label: &str) -> String {
        let words: Vec<String> = label.split_whitespace().map(str::to_lowercase).collect();
        format!("{PREFIX}{}", words.join("_"))
    }

    /// Reads a field as the type you expect. `None` when the key is absent or `null`; to tell
    /// these two apart use [`state`](Self::state). Fails when the value is of another type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.0.read(key)
    }

    /// Tells whether a field is absent, `null`, or has a value.
    pub fn state(&self, key: &str) -> Field<'_> {
        self.0.state(key)
    }

    /// Sets a field, and gives the value it had. `None::<T>` as value writes `null`, which
    /// empties the field.
    ///
    /// Fails when the key doesn't begin with `cf_`, has nothing after it, or has control
    /// characters in it, and when the value cannot be written as JSON.
    pub fn insert(
        &mut self,
        key: impl Into<String>,
        value: impl Serialize,
    ) -> Result<Option<Value>, Error> {
        let key = check_key(key.into())?;
        let value = to_value(&key, &value)?;
        Ok(self.0.set(key.into_boxed_str(), value))
    }

    /// Takes a field out. Nothing is sent for it then; to empty it, insert `null`.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    /// Whether the key is there, be it with `null`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }

    /// Walks over keys and values in their order.
    pub fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator + Clone {
        self.0.iter()
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Reads all fields into a type of your own, whose fields are named by the keys.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.0.to()
    }

    /// Takes the fields of a type of your own, under the rules of [`insert`](Self::insert).
    pub fn from_serialize<T: Serialize + ?Sized>(fields: &T) -> Result<Self, Error> {
        match to_value("", fields)? {
            Value::Object(object) => {
                let mut taken = Self::new();
                taken.try_extend(object)?;
                Ok(taken)
            }
            _ => Err(Error::custom_field(
                "",
                &"custom fields must serialise as a JSON object",
            )),
        }
    }

    /// Sets several fields, under the rules of [`insert`](Self::insert). After a failure the
    /// fields before the faulty one are set.
    pub fn try_extend<K: Into<String>, V: Serialize>(
        &mut self,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), Error> {
        fields
            .into_iter()
            .try_for_each(|(key, value)| self.insert(key, value).map(drop))
    }
}

fn check_key(key: String) -> Result<String, Error> {
    let problem = match key.strip_prefix(PREFIX) {
        None => "the key of a custom field must begin with `cf_`",
        Some("") => "the key of a custom field must have a name after `cf_`",
        Some(name) if name.contains(char::is_control) => {
            "the key of a custom field must not have control characters"
        }
        Some(_) => return Ok(key),
    };
    Err(Error::custom_field(&key, &problem))
}

fn to_value<T: Serialize + ?Sized>(key: &str, value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error::custom_field(key, &error))
}

/// The keys of an answer that the document does not name, in the order they came.
///
/// They are kept, and written back when the record is stored; requests never carry them.
#[derive(Clone, Default, PartialEq)]
pub struct ExtraFields(Entries);

impl ExtraFields {
    /// Reads a field as the type you expect. `None` when the key is absent or `null`. Fails when
    /// the value is of another type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        self.0.read(key)
    }

    /// Tells whether a field is absent, `null`, or has a value.
    pub fn state(&self, key: &str) -> Field<'_> {
        self.0.state(key)
    }

    /// Whether the key is there, be it with `null`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }

    /// Walks over keys and values in their order.
    pub fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = (&str, &Value)> + DoubleEndedIterator + Clone {
        self.0.iter()
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Reads all fields into a type of your own, whose fields are named by the keys.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        self.0.to()
    }
}

macro_rules! wrap_entries {
    ($($name:ident),+) => {$(
        impl From<Entries> for $name {
            fn from(entries: Entries) -> Self {
                Self(entries)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, formatter)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        /// Reading takes keys of every kind: older answers drop the `cf_` inside their bag of fields.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Entries::deserialize(deserializer).map(Self)
            }
        }
    )+};
}

wrap_entries!(CustomFields, ExtraFields);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::{CustomFields, ExtraFields, Field};
    use crate::Error;

    fn fields(text: &str) -> CustomFields {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn tells_absent_null_and_value_apart() {
        let fields = fields(r#"{"cf_score": 85, "cf_region": null}"#);
        assert_eq!(fields.get::<u32>("cf_score").unwrap(), Some(85));
        assert_eq!(fields.get::<u32>("cf_region").unwrap(), None);
        assert_eq!(fields.get::<u32>("cf_other").unwrap(), None);
        assert_eq!(fields.state("cf_score"), Field::Value(&json!(85)));
        assert_eq!(fields.state("cf_region"), Field::Null);
        assert_eq!(fields.state("cf_other"), Field::Absent);
    }

    #[test]
    fn a_value_of_another_type_is_a_clear_error_that_hides_the_value() {
        let error = fields(r#"{"cf_score": "secret"}"#)
            .get::<u32>("cf_score")
            .unwrap_err();
        assert!(matches!(&error, Error::CustomField(inner) if inner.key() == "cf_score"));
        let text = error.to_string();
        assert!(
            text.contains("cf_score") && text.contains("u32") && !text.contains("secret"),
            "{text}"
        );
    }

    #[test]
    fn refuses_keys_that_are_no_custom_fields() {
        let mut fields = CustomFields::new();
        for key in [
            "", "cf_", "CF_x", "industry", " cf_x", "cf_a\nb", "cf_\u{0}", "cfx", "cf-x",
        ] {
            assert!(fields.insert(key, 1).is_err(), "{key:?}");
        }
        assert!(fields.is_empty());
        assert!(
            fields
                .insert("cf_map", BTreeMap::from([((1, 2), 3)]))
                .is_err()
        );
        for key in ["cf_a", "cf_A b", "cf_größe", "cf_1"] {
            assert_eq!(fields.insert(key, 1).unwrap(), None, "{key:?}");
        }
        assert_eq!(fields.len(), 4);
    }

    #[test]
    fn keeps_order_and_distinct_keys() {
        let mut fields = CustomFields::new();
        fields
            .try_extend([("cf_b", 1), ("cf_a", 2), ("cf_c", 3)])
            .unwrap();
        assert_eq!(fields.insert("cf_a", Value::Null).unwrap(), Some(json!(2)));
        assert_eq!(
            serde_json::to_string(&fields).unwrap(),
            r#"{"cf_b":1,"cf_a":null,"cf_c":3}"#
        );
        assert_eq!(fields.remove("cf_b"), Some(json!(1)));
        assert_eq!(fields.remove("cf_b"), None);
        assert_eq!(
            fields.iter().map(|(key, _)| key).collect::<Vec<_>>(),
            ["cf_a", "cf_c"]
        );
        assert!(fields.contains_key("cf_a") && !fields.contains_key("cf_b"));
    }

    #[test]
    fn a_repeated_key_keeps_its_first_place_and_last_value() {
        let fields = fields(r#"{"cf_b": 1, "cf_a": 2, "cf_b": 3, "size": 4, "cf_b": 5}"#);
        assert_eq!(
            serde_json::to_string(&fields).unwrap(),
            r#"{"cf_b":5,"cf_a":2,"size":4}"#
        );
    }

    #[test]
    fn equality_ignores_order_only() {
        assert_eq!(
            fields(r#"{"cf_a": 1, "cf_b": 2}"#),
            fields(r#"{"cf_b": 2, "cf_a": 1}"#)
        );
        assert_ne!(fields(r#"{"cf_a": 1}"#), fields(r#"{"cf_a": 2}"#));
        assert_ne!(fields(r#"{"cf_a": null}"#), fields("{}"));
        assert_ne!(fields(r#"{"cf_a": null}"#), fields(r#"{"cf_b": null}"#));
    }

    #[test]
    fn goes_to_and_from_own_types() {
        let own = BTreeMap::from([("cf_a".to_owned(), 1), ("cf_b".to_owned(), 2)]);
        let fields = CustomFields::from_serialize(&own).unwrap();
        assert_eq!(fields.to::<BTreeMap<String, i32>>().unwrap(), own);
        let error = fields.to::<BTreeMap<String, String>>().unwrap_err();
        assert!(error.to_string().contains("cf_a"), "{error}");
        assert!(CustomFields::from_serialize(&BTreeMap::from([("a", 1)])).is_err());
        assert!(CustomFields::from_serialize("text").is_err());
    }

    #[test]
    fn labels_become_keys() {
        assert_eq!(
            CustomFields::key_from_label("  Lead   Score "),
            "cf_lead_score"
        );
        assert_eq!(CustomFields::key_from_label("VAT"), "cf_vat");
    }

    #[test]
    fn extra_fields_read_the_same_way() {
        let extra: ExtraFields =
            serde_json::from_str(r#"{"colour": "red", "size": null}"#).unwrap();
        assert_eq!(
            extra.get::<String>("colour").unwrap().as_deref(),
            Some("red")
        );
        assert_eq!(extra.state("size"), Field::Null);
        assert_eq!(
            (extra.len(), extra.is_empty(), extra.contains_key("x")),
            (2, false, false)
        );
        assert!(extra.to::<BTreeMap<String, Option<String>>>().is_ok());
        assert_eq!(
            format!("{extra:?}"),
            r#"{"colour": String("red"), "size": Null}"#
        );
    }
}

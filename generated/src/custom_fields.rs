//! Custom fields: the `cf_*` keys that every workspace defines for itself.

use std::{fmt, ops::Deref};

use serde::Serialize;

use crate::{
    error::Error, invisible::trim, json_object::JsonObject, json_object::PREFIX, json_text::DAMAGED,
};

/// The custom fields of a record, in the order of the response.
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
/// Values are kept exactly as received (`1.50`), and parsed when you read them. A value that is not JSON does
/// not affect the others: see [`JsonText::damaged`](crate::JsonText::damaged). Two sets of fields are equal
/// if they have the same keys and values. The order does not matter, and `1.50` equals `1.5`.
///
/// Serde stores fields in the order of their keys, and `1.50` as `1.5`. It stores values that it cannot
/// represent exactly, such as a number of 20 digits, as `{"$json": "<its text>"}`, and loads them unchanged.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CustomFields(pub(crate) JsonObject);

impl CustomFields {
    /// An empty set of fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The key that the API gives to a field with this label: `Company Size` is `cf_company_size`.
    ///
    /// ```
    /// assert_eq!(heffl::CustomFields::key_from_label("Company Size"), "cf_company_size");
    /// ```
    pub fn key_from_label(label: &str) -> String {
        let words = trim(label).split_whitespace().map(str::to_lowercase);
        format!("{PREFIX}{}", words.collect::<Vec<_>>().join("_"))
    }

    /// Converts a type of your own into custom fields, under the rules of [`insert`](Self::insert). A field
    /// that serialises as `null` clears the custom field. To leave a field unchanged, skip it (with
    /// `skip_serializing_if`).
    pub fn from_serialize<T: Serialize + ?Sized>(fields: &T) -> Result<Self, Error> {
        let members = JsonObject::from_serialize(fields)?;
        for (key, value) in members.iter() {
            check_key(&key)?;
            if value.is_damaged() {
                return Err(Error::custom_field(
                    &key,
                    &format_args!("the value {DAMAGED}"),
                ));
            }
        }
        Ok(Self(members))
    }

    /// Sets a field. `None::<T>` writes `null`, which clears the field.
    ///
    /// Fails if the key does not start with `cf_`, has nothing after it, or contains control characters, or
    /// if the value cannot be written as JSON, such as NaN and infinity.
    pub fn insert(&mut self, key: impl AsRef<str>, value: impl Serialize) -> Result<(), Error> {
        check_key(key.as_ref())?;
        self.0.insert(key, value)
    }

    /// Sets the fields of a type of your own, or other custom fields, under the rules of
    /// [`from_serialize`](Self::from_serialize). Other fields stay unchanged.
    pub fn merge<T: Serialize + ?Sized>(&mut self, fields: &T) -> Result<(), Error> {
        self.0.merge(&Self::from_serialize(fields)?.0);
        Ok(())
    }

    /// Removes a field, and returns `false` if it does not exist. A removed field is not sent; to clear a
    /// field, insert `null`.
    pub fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key)
    }
}

pub(crate) fn check_key(key: &str) -> Result<(), Error> {
    let problem = match key.strip_prefix(PREFIX) {
        None => "the key of a custom field must begin with `cf_`",
        Some("") => "the key of a custom field must have a name after `cf_`",
        Some(name) if name.contains(char::is_control) => {
            "the key of a custom field must not have control characters"
        }
        Some(_) => return Ok(()),
    };
    Err(Error::custom_field(key, &problem))
}

impl Deref for CustomFields {
    type Target = JsonObject;

    fn deref(&self) -> &JsonObject {
        &self.0
    }
}

impl fmt::Debug for CustomFields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{CustomFields, JsonObject};
    use crate::{error::ErrorKind, json_object::Field};

    fn fields(text: &str) -> CustomFields {
        crate::model::tests::read(text)
    }

    #[test]
    fn absent_null_and_values_are_distinguished() {
        let fields = fields(r#"{"cf_score": 85, "cf_region": null}"#);
        assert_eq!(fields.get::<u32>("cf_score").unwrap(), Some(85));
        assert_eq!(fields.get::<u32>("cf_region").unwrap(), None);
        assert_eq!(fields.get::<u32>("cf_other").unwrap(), None);
        assert_eq!(
            fields.field("cf_score"),
            Field::Value(fields.iter().next().unwrap().1)
        );
        assert_eq!(fields.field("cf_region"), Field::Null);
        assert_eq!(fields.field("cf_other"), Field::Absent);
    }

    #[test]
    fn a_value_of_another_type_is_a_clear_error_that_hides_the_value() {
        let error = fields(r#"{"cf_score": "secret"}"#)
            .get::<u32>("cf_score")
            .unwrap_err();
        assert!(error.kind() == ErrorKind::CustomField && error.path() == Some("cf_score"));
        let text = error.to_string();
        assert!(
            text.contains("cf_score") && text.contains("u32") && !text.contains("secret"),
            "{text}"
        );
    }

    #[test]
    fn floats_are_exact() {
        #[derive(serde::Deserialize)]
        struct Own {
            cf_a: f64,
            cf_b: Vec<f32>,
        }
        for text in [
            "0.1",
            "1.7976931348623157e308",
            "5e-324",
            "9007199254740993.0000001",
            "0.30000000000000004",
            "31.245270191439438",
            "121.48791951161945",
            "100.78399658203125",
            "2.2250738585072011e-308",
            "123456789012345678901234567890",
        ] {
            let float: f64 = text.parse().unwrap();
            let single = if float < 1e38 { text } else { "0" };
            let fields = fields(&format!(r#"{{"cf_a":{text},"cf_b":[{single}]}}"#));
            assert_eq!(fields.get("cf_a").unwrap(), Some(float), "{text}");
            let own: Own = fields.to().unwrap();
            assert_eq!(own.cf_a.to_bits(), float.to_bits());
            let single: f32 = single.parse().unwrap();
            assert_eq!(own.cf_b[0].to_bits(), single.to_bits());
        }
    }

    #[test]
    fn nan_and_infinity_are_refused_and_change_nothing() {
        #[derive(serde::Serialize)]
        struct Own {
            cf_scores: Vec<Option<f32>>,
        }
        let own = Own {
            cf_scores: vec![None, Some(f32::NEG_INFINITY)],
        };
        let mut fields = fields(r#"{"cf_a":1}"#);
        for (refused, key) in [
            (fields.insert("cf_a", f64::NAN), "cf_a"),
            (fields.insert("cf_a", Some(f32::INFINITY)), "cf_a"),
            (fields.insert("cf_a", [1.0, f64::INFINITY]), "cf_a"),
            (fields.merge(&own), "cf_scores[1]"),
            (
                fields.merge(&BTreeMap::from([("cf_b", (1, f64::NAN))])),
                "cf_b[1]",
            ),
        ] {
            let error = refused.unwrap_err();
            assert!(
                error.kind() == ErrorKind::CustomField && error.path() == Some(key),
                "{error}"
            );
            assert!(error.to_string().contains("a number that JSON cannot hold"));
        }
        assert_eq!(fields.to_json(), r#"{"cf_a":1}"#);
        assert!(JsonObject::new().insert("a", f64::NAN).is_err());
    }

    #[test]
    fn other_keys_are_refused() {
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
            fields.insert(key, 1).unwrap();
        }
        assert_eq!(fields.len(), 4);
    }

    #[test]
    fn keeps_order_and_distinct_keys() {
        let mut fields = CustomFields::new();
        for (key, value) in [("cf_b", 1), ("cf_a", 2), ("cf_c", 3)] {
            fields.insert(key, value).unwrap();
        }
        fields.insert("cf_a", None::<u8>).unwrap();
        assert_eq!(
            serde_json::to_string(&fields).unwrap(),
            r#"{"cf_b":1,"cf_a":null,"cf_c":3}"#
        );
        assert!(fields.remove("cf_b") && !fields.remove("cf_b"));
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
    fn custom_fields_convert_to_and_from_own_types() {
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
        assert_eq!(
            CustomFields::key_from_label("\u{feff}VAT \u{200b}"),
            "cf_vat"
        );
    }

    #[test]
    fn objects_without_a_type_read_the_same_way() {
        let extra: JsonObject = crate::model::tests::read(r#"{"colour": "red", "size": null}"#);
        assert_eq!(
            extra.get::<String>("colour").unwrap().as_deref(),
            Some("red")
        );
        assert_eq!(extra.field("size"), Field::Null);
        assert_eq!(
            (extra.len(), extra.is_empty(), extra.contains_key("x")),
            (2, false, false)
        );
        assert!(extra.to::<BTreeMap<String, Option<String>>>().is_ok());
        assert_eq!(format!("{extra:?}"), r#"{"colour": "red", "size": null}"#);
    }
}

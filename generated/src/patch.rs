//! Fields of an update, which have three states.

use serde::ser::{Error as _, Serialize, Serializer};

/// A change to one field in an update.
///
/// ```
/// use heffl::Patch;
///
/// assert_eq!(Patch::from(25_000), Patch::Set(25_000));
/// assert_eq!(Patch::<i64>::from(None), Patch::Keep);
/// assert!(Patch::<i64>::default().is_keep());
/// ```
///
/// In a type of your own, skip a field that is `Keep`; otherwise serialising fails, since JSON has no value
/// for it:
///
/// ```
/// use heffl::Patch;
///
/// #[derive(Default, serde::Serialize)]
/// struct Fields {
///     #[serde(skip_serializing_if = "Patch::is_keep")]
///     cf_priority: Patch<String>,
///     #[serde(skip_serializing_if = "Patch::is_keep")]
///     cf_region: Patch<String>,
/// }
///
/// let fields = Fields { cf_region: Patch::Clear, ..Fields::default() };
/// assert_eq!(serde_json::to_string(&fields)?, r#"{"cf_region":null}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// Leaves the field unchanged: nothing is sent.
    #[default]
    Keep,
    /// Clears the field: sends `null`.
    Clear,
    /// Sets the field to this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Sets the value, or clears the field if there is no value.
    pub fn set_or_clear(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }

    /// The change from one state to the other; `Keep` if they are equal.
    pub fn between(before: Option<&T>, after: Option<&T>) -> Self
    where
        T: Clone + PartialEq,
    {
        if before == after {
            Self::Keep
        } else {
            Self::set_or_clear(after.cloned())
        }
    }

    /// Whether the field stays unchanged.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Whether the field is cleared.
    pub const fn is_clear(&self) -> bool {
        matches!(self, Self::Clear)
    }

    /// Whether the field gets a value.
    pub const fn is_set(&self) -> bool {
        matches!(self, Self::Set(_))
    }

    /// The same state with a reference to the value.
    pub const fn as_ref(&self) -> Patch<&T> {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(value),
        }
    }

    /// The same state with the value converted.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(convert(value)),
        }
    }

    /// The new value; `None` for the other two states.
    pub fn value(&self) -> Option<&T> {
        self.as_ref().into_value()
    }

    /// The new value; `None` for the other two states.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // `null` would clear the field.
            Self::Keep => Err(S::Error::custom(
                "a field that is left as it is must be skipped: `skip_serializing_if = \"Patch::is_keep\"`",
            )),
            Self::Clear => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

/// `None` leaves the field unchanged; [`set_or_clear`](Patch::set_or_clear) clears it.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}

#[cfg(test)]
mod tests {
    use super::Patch;

    #[test]
    fn converts_from_values_and_options() {
        assert_eq!(Patch::from(1), Patch::Set(1));
        assert_eq!(Patch::<u8>::from(Some(1)), Patch::Set(1));
        assert_eq!(Patch::<u8>::from(None), Patch::Keep);
        assert_eq!(Patch::set_or_clear(None::<u8>), Patch::Clear);
        assert_eq!(Patch::set_or_clear(Some(1)), Patch::Set(1));
    }

    #[test]
    fn between_returns_the_smallest_change() {
        for (before, after, patch) in [
            (None, None, Patch::Keep),
            (Some(1), Some(1), Patch::Keep),
            (Some(1), None, Patch::Clear),
            (None, Some(1), Patch::Set(1)),
            (Some(1), Some(2), Patch::Set(2)),
        ] {
            assert_eq!(Patch::between(before.as_ref(), after.as_ref()), patch);
        }
    }

    #[test]
    fn keep_is_never_written() {
        assert_eq!(serde_json::to_string(&Patch::Set(2)).unwrap(), "2");
        assert_eq!(serde_json::to_string(&Patch::<u8>::Clear).unwrap(), "null");
        assert!(serde_json::to_string(&Patch::<u8>::Keep).is_err());
    }

    #[test]
    fn a_patch_reports_its_state() {
        let patches = [Patch::Keep, Patch::Clear, Patch::Set(2)];
        assert_eq!(patches.map(|patch| patch.is_keep()), [true, false, false]);
        assert_eq!(patches.map(|patch| patch.is_clear()), [false, true, false]);
        assert_eq!(patches.map(|patch| patch.is_set()), [false, false, true]);
        assert_eq!(
            patches.map(|patch| patch.map(|value| value + 1).into_value()),
            [None, None, Some(3)]
        );
        assert_eq!(Patch::Set(2).as_ref(), Patch::Set(&2));
        assert_eq!(Patch::Set(2).value(), Some(&2));
    }
}

//! Codes of currencies.

use crate::id::{Kind, short_text};

short_text! {
    /// A currency by its ISO 4217 code, such as `AED`.
    ///
    /// The crate does not check the code, because the API does not document which codes it accepts.
    ///
    /// ```
    /// let currency = heffl::Currency::new("AED");
    /// assert_eq!(currency, "AED");
    /// ```
    Currency
}

impl Currency {
    pub(crate) const KIND: &'static Kind = &Kind {
        name: "a currency",
        prefix: None,
        included: &[],
        entity: None,
    };
}

impl From<&str> for Currency {
    fn from(code: &str) -> Self {
        Self::new(code)
    }
}

impl From<String> for Currency {
    fn from(code: String) -> Self {
        Self(code.into())
    }
}

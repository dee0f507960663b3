//! Codes of currencies.

use crate::id::short_text;

short_text! {
    /// A currency by its code, as ISO 4217 has it: `AED`.
    ///
    /// Taken as it is: the API does not document which codes it knows, and answers are not doubted.
    ///
    /// ```
    /// let currency = heffl::Currency::new("AED");
    /// assert_eq!(currency, "AED");
    /// ```
    Currency
}

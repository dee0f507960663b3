//! The arguments of setters: a value, or an `Option`.

use crate::patch::Patch;

/// The argument of a setter of an optional field: a value, or an `Option`. `None` changes nothing: a field that is
/// not set is not sent.
///
/// A value is anything that converts into the type of the field. For a list, it is an iterator of such values. The
/// setter of a [`Patch`] also takes a `Patch`.
///
/// ```
/// use heffl::{LeadId, Money, Patch, TagId, v2::UpdateDeal};
///
/// # fn from_a_form(title: Option<&str>, price: Option<i64>, lead: Option<&LeadId>, tags: Option<Vec<TagId>>) {
/// let update = UpdateDeal::new()
///     .title(title)
///     .price(price)
///     .lead_id(lead)
///     .tags(tags)
///     .currency("AED")
///     .expected_close_date(Patch::Clear);
/// # }
/// ```
///
/// `F` is the type of the field. `M` distinguishes values, options and patches; the compiler infers it.
///
/// An `Option` of an item is not accepted as a list, because `None` could mean an empty list or no change:
///
/// ```compile_fail,E0283
/// # fn example(tag: Option<heffl::TagId>) {
/// let update = heffl::v2::UpdateDeal::new().tags(tag);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert into a field of the type `{F}`",
    note = "a setter accepts a value that converts into the type of the field, or an `Option` of such a value"
)]
pub trait IntoField<F, M> {
    /// Puts the value into the field.
    fn into_field(self, field: &mut F);
}

impl<T, V: Into<T>> IntoField<Option<T>, ()> for V {
    fn into_field(self, field: &mut Option<T>) {
        *field = Some(self.into());
    }
}

impl<T, V: Into<T>> IntoField<Option<T>, Option<()>> for Option<V> {
    fn into_field(self, field: &mut Option<T>) {
        *field = self.map(Into::into).or(field.take());
    }
}

impl<T, I: IntoIterator<Item: Into<T>>> IntoField<Option<Vec<T>>, Vec<()>> for I {
    fn into_field(self, field: &mut Option<Vec<T>>) {
        *field = Some(self.into_iter().map(Into::into).collect());
    }
}

impl<T, I: IntoIterator<Item: Into<T>>> IntoField<Option<Vec<T>>, Vec<Option<()>>> for Option<I> {
    fn into_field(self, field: &mut Option<Vec<T>>) {
        *field = self.and_then(given).or(field.take());
    }
}

/// Makes an `Option` of an item ambiguous, so that it does not compile: as an iterator, `None` would empty the list.
impl<T, V: Into<T>> IntoField<Option<Vec<T>>, Vec<[(); 1]>> for Option<V> {
    fn into_field(self, field: &mut Option<Vec<T>>) {
        self.map(|item| [item]).into_field(field);
    }
}

impl<T, M, V: IntoField<Option<T>, M>> IntoField<Patch<T>, M> for V {
    fn into_field(self, field: &mut Patch<T>) {
        if let Some(value) = given(self) {
            *field = Patch::Set(value);
        }
    }
}

impl<T> IntoField<Patch<T>, Patch<()>> for Patch<T> {
    fn into_field(self, field: &mut Self) {
        *field = self;
    }
}

impl<T> IntoField<Patch<Vec<T>>, Vec<Patch<()>>> for Patch<Vec<T>> {
    fn into_field(self, field: &mut Self) {
        *field = self;
    }
}

/// The value of an argument, if it has one.
pub(crate) fn given<T, M>(argument: impl IntoField<Option<T>, M>) -> Option<T> {
    let mut value = None;
    argument.into_field(&mut value);
    value
}

//! Conditions on the records of a list.

use std::{borrow::Cow, marker::PhantomData};

use serde::Serialize;

use crate::{custom_fields::check_key, json::to_json, text::debug_fields};

/// A condition on the records of a list: a field, an operator and values.
///
/// Each resource whose list takes conditions names its own: [`v2::DealFilter`](crate::v2::DealFilter)
/// is a `Filter<Deal>`, with one constructor for each documented field.
///
/// ```no_run
/// use heffl::v2::{DealFilter, DealStatus};
///
/// # async fn example(heffl: heffl::Client, pipeline: heffl::PipelineId) -> Result<(), heffl::Error> {
/// let mut open = heffl
///     .v2()
///     .deals()
///     .list()
///     .filter(DealFilter::pipeline_id().is(&pipeline))
///     .filter(DealFilter::status().is_none_of([DealStatus::Won, DealStatus::Lost]))
///     .stream();
/// while let Some(deal) = open.try_next().await? {
///     println!("{}", deal.id);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Several conditions are sent together. A field takes one: a second condition on it cannot be
/// written, and the call fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) before
/// anything is sent. So does one without values, and one with NaN or infinity.
///
/// For fields and operators that nobody has documented there are [`custom`](Self::custom),
/// [`field`](Self::field) and [`operator`](FilterField::operator). What the server does with a field
/// that it does not know is not documented either: look whether it filters before you rely on it.
#[derive(Clone)]
pub struct Filter<R> {
    field: Cow<'static, str>,
    operator: Cow<'static, str>,
    /// The values as JSON text, or why they cannot be sent.
    values: Result<String, String>,
    record: PhantomData<R>,
}

impl<R> Filter<R> {
    /// A condition on a custom field; its key begins with `cf_`. That custom fields can be filtered
    /// by is not documented.
    ///
    /// ```
    /// let filter = heffl::v2::DealFilter::custom("cf_region").operator("is", ["north"]);
    /// ```
    pub fn custom(key: impl Into<Cow<'static, str>>) -> FilterField<R, serde_json::Value, ()> {
        let key = key.into();
        FilterField {
            problem: check_key(&key).err().map(|error| error.to_string()),
            ..FilterField::new(key)
        }
    }

    /// A condition on a field that is not documented.
    pub fn field(name: impl Into<Cow<'static, str>>) -> FilterField<R, serde_json::Value, ()> {
        FilterField::new(name)
    }

    /// The name of the field.
    pub(crate) fn name(&self) -> &str {
        &self.field
    }

    /// The condition as a member of the JSON object that is sent.
    pub(crate) fn member(&self) -> Result<String, String> {
        let values = self.values.as_ref()?;
        let field = serde_json::Value::from(&*self.field);
        let operator = serde_json::Value::from(&*self.operator);
        Ok(format!(
            r#"{field}:{{"operator":{operator},"values":{values}}}"#
        ))
    }
}

// Without the values, which may be personal data.
debug_fields!(impl<R> Filter<R>, filter => {
    "field": filter.field,
    "operator": filter.operator,
});

/// A field that a list of `R` can be filtered by. Its operators make a [`Filter`] of it: which there
/// are depends on the kind of the field, `K`, which is `()` where nothing is documented; they take values of
/// type `V`.
#[derive(Debug)]
#[must_use = "a field becomes a condition by an operator"]
pub struct FilterField<R, V, K> {
    name: Cow<'static, str>,
    problem: Option<String>,
    of: PhantomData<(R, V, K)>,
}

impl<R, V, K> FilterField<R, V, K> {
    pub(crate) fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            problem: None,
            of: PhantomData,
        }
    }

    /// A condition with an operator that is not documented for this field. Values may be of any
    /// type, and there may be none.
    pub fn operator<T: Serialize>(
        self,
        operator: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = T>,
    ) -> Filter<R> {
        let values: Vec<T> = values.into_iter().collect();
        let json = || to_json(&values).map_err(|refusal| refusal.below(&self.name).to_string());
        let written = self.problem.map_or_else(json, Err);
        Filter {
            field: self.name,
            operator: operator.into(),
            values: written,
            record: PhantomData,
        }
    }
}

impl<R, V: Serialize, K> FilterField<R, V, K> {
    /// A condition whose operator takes one value.
    pub(crate) fn one(self, operator: &'static str, value: impl Into<V>) -> Filter<R> {
        self.operator(operator, [value.into()])
    }

    /// A condition whose operator takes several values. Without values it is refused, because it could match nothing or
    /// everything: the documentation does not say.
    pub(crate) fn many(
        mut self,
        operator: &'static str,
        values: impl IntoIterator<Item = impl Into<V>>,
    ) -> Filter<R> {
        let mut values = values.into_iter().map(Into::into).peekable();
        if values.peek().is_none() {
            self.problem = Some(format!("the condition on {} has no values", self.name));
        }
        self.operator(operator, values)
    }
}

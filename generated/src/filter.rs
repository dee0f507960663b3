//! Conditions on the records of a list.

use std::{borrow::Cow, marker::PhantomData};

use serde::Serialize;

use crate::{custom_fields::check_key, json::to_json, text::debug_fields};

/// A condition on the records of a list: a field, an operator and values.
///
/// Each resource with filters has its own name for this type: [`v2::DealFilter`](crate::v2::DealFilter) is a
/// `Filter<Deal>`, with a constructor for each documented field.
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
/// Several conditions are sent together. Each field takes one condition: with a second condition on a field,
/// the call fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is
/// sent. It also fails for a condition without values, or with NaN or infinity.
///
/// For undocumented fields and operators, use [`custom`](Self::custom), [`field`](Self::field) and
/// [`operator`](FilterField::operator). The documentation does not define what the server does with an unknown field:
/// check that the filter works before you rely on it.
#[derive(Clone)]
pub struct Filter<R> {
    field: Cow<'static, str>,
    operator: Cow<'static, str>,
    /// The values as JSON text, or why they cannot be sent.
    values: Result<String, String>,
    record: PhantomData<R>,
}

impl<R> Filter<R> {
    /// Starts a condition on a custom field, whose key starts with `cf_`. Filters on custom fields are not
    /// documented.
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

    /// Starts a condition on an undocumented field.
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

/// A field by which a list of `R` can be filtered. Its methods, the operators, return a [`Filter`]. `K` is the kind of
/// the field, which determines the operators; it is `()` for undocumented fields. `V` is the type of the values.
#[derive(Debug)]
#[must_use = "a field needs an operator to become a condition"]
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

    /// A condition with an undocumented operator. Values may have any type, and there may be no values.
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

    /// A condition whose operator takes several values. A condition without values is refused: the documentation does
    /// not define whether it matches nothing or everything.
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

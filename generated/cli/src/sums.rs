//! Exact sums of fields.

use heffl::Money;

use crate::{
    data::{self, Val},
    failure::Failure,
    values,
};

/// The number of records, and the sums of some of their fields.
pub(crate) struct Sums {
    count: usize,
    fields: Vec<(String, Money)>,
}

impl Sums {
    pub(crate) fn new(fields: Vec<String>) -> Self {
        let fields = fields.into_iter().map(|name| (name, Money::ZERO));
        Self {
            count: 0,
            fields: fields.collect(),
        }
    }

    /// Adds the fields of a record. A missing or null field counts as zero.
    pub(crate) fn add(&mut self, record: &Val) -> Result<(), Failure> {
        self.count += 1;
        for (name, sum) in &mut self.fields {
            let amount = match data::member(record, name) {
                None | Some(Val::Null) => continue,
                Some(value) => data::plain(value),
            };
            let failed = |problem| Failure::other(format!("--sum {name}: {problem}"));
            let amount: Money = amount
                .parse()
                .map_err(|_| failed("a record has something that is not a number"))?;
            *sum = sum
                .checked_add(amount)
                .ok_or_else(|| failed("the sum has more than 28 digits"))?;
        }
        Ok(())
    }

    /// The count and the sums.
    pub(crate) fn value(self, has_more: bool) -> Val {
        let count = values::number(&self.count.to_string()).unwrap_or_default();
        let head = [
            (String::from("count"), count),
            (String::from("hasMore"), Val::Bool(has_more)),
        ];
        let sums = self.fields.into_iter().map(|(name, sum)| {
            let sum = values::number(&sum.to_string());
            (name, sum.unwrap_or_default())
        });
        data::object(head.into_iter().chain(sums))
    }
}

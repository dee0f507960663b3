//! Sums by a key.

use std::{collections::BTreeMap, fmt};

use crate::money::Money;

/// Sums of amounts by a key: a currency, a status, or several in a tuple. If the currency is part of the key,
/// amounts of different currencies are never added.
///
/// ```
/// use heffl::{Currency, Money, bulk::Sums};
///
/// let mut sums = Sums::default();
/// for (currency, amount) in [("AED", "0.10"), ("USD", "5"), ("AED", "0.20")] {
///     sums.add(Currency::new(currency), amount.parse::<Money>()?);
/// }
/// // A record without an amount is counted.
/// sums.add(Currency::new("AED"), None);
///
/// let lines: Vec<String> = sums.iter().map(|(currency, total)| format!("{currency}: {total}")).collect();
/// assert_eq!(lines, ["AED: 0.30 (3 records, 1 without an amount)", "USD: 5 (1 record)"]);
/// assert_eq!(format!("{:>6.2}", sums.get(&Currency::new("USD")).unwrap()), "  5.00 (1 record)");
/// # Ok::<(), heffl::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums<K>(BTreeMap<K, Total>);

impl<K: Ord> Sums<K> {
    /// Adds an amount. A record without an amount (`None`) is counted too.
    pub fn add(&mut self, key: K, amount: impl Into<Option<Money>>) {
        let (sum, records, missing) = (Some(Money::ZERO), 0, 0);
        let total = self.0.entry(key).or_insert(Total {
            sum,
            records,
            missing,
        });
        total.records += 1;
        match amount.into() {
            Some(amount) => total.sum = total.sum.and_then(|sum| sum.checked_add(amount)),
            None => total.missing += 1,
        }
    }

    /// The total of a key; `None` if nothing was added for it.
    pub fn get(&self, key: &K) -> Option<&Total> {
        self.0.get(key)
    }

    /// The totals with their keys, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Total)> {
        self.0.iter()
    }
}

impl<K: Ord> Default for Sums<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, A: Into<Option<Money>>> FromIterator<(K, A)> for Sums<K> {
    fn from_iter<I: IntoIterator<Item = (K, A)>>(amounts: I) -> Self {
        let mut sums = Self::default();
        amounts
            .into_iter()
            .for_each(|(key, amount)| sums.add(key, amount));
        sums
    }
}

/// The sum for a key, and the number of its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    sum: Option<Money>,
    records: usize,
    missing: usize,
}

impl Total {
    /// The exact sum; `None` if it has more digits than [`Money`] can hold.
    pub fn sum(&self) -> Option<Money> {
        self.sum
    }

    /// The number of added records, including those without an amount.
    pub fn records(&self) -> usize {
        self.records
    }

    /// The number of added records without an amount.
    pub fn missing(&self) -> usize {
        self.missing
    }
}

/// Width and precision apply to the sum.
impl fmt::Display for Total {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sum {
            Some(sum) => sum.fmt(formatter)?,
            None => formatter.write_str("more digits than an amount keeps")?,
        }
        let plural = if self.records == 1 { "" } else { "s" };
        write!(formatter, " ({} record{plural}", self.records)?;
        if self.missing > 0 {
            write!(formatter, ", {} without an amount", self.missing)?;
        }
        formatter.write_str(")")
    }
}

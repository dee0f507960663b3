//! Amounts of money, exact.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub, SubAssign},
    str::FromStr,
};

use rust_decimal::{Decimal, RoundingStrategy};

use crate::{
    json::{Number, Reader, Stop},
    parse_error::ParseError,
};

/// An exact amount of money: a decimal number that is never rounded silently.
///
/// Requests and responses contain amounts as JSON numbers. Responses are read exactly, from a number or from
/// text. The service stores numbers as floats, so the client does not send an amount that a float would
/// round; that happens only beyond 15 significant digits. Serde stores such an amount as text, because serde
/// formats pass numbers as floats.
///
/// ```
/// use heffl::Money;
///
/// let price: Money = "19.90".parse()?;
/// assert_eq!(serde_json::to_string(&price)?, "19.9");
/// assert_eq!(Money::from(25_000).to_string(), "25000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money(Decimal);

impl Money {
    /// An amount of zero.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Creates an amount from a decimal number.
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// The amount as a decimal number, to calculate with.
    pub const fn amount(self) -> Decimal {
        self.0
    }
}

/// The error of text or a number that is not an amount.
fn refused(text: &str) -> ParseError {
    ParseError::new(
        "a decimal number of at most 28 digits, such as 1234.50",
        text,
    )
}

/// # Calculating
///
/// `+`, `-` and similar operators are exact, and so are sums of iterators. A result with more than 28 digits
/// in all is not rounded: operators panic, like those of integers, and the `checked_` methods return `None`.
///
/// ```
/// use heffl::Money;
///
/// let prices = ["19.90", "5", "0.10"].map(|price| price.parse::<Money>().unwrap());
/// assert_eq!(prices.iter().sum::<Money>(), Money::from(25));
/// let checked = prices.iter().try_fold(Money::ZERO, |sum, price| sum.checked_add(*price));
/// assert_eq!(checked, Some(Money::from(25)));
/// assert_eq!(prices[0] - prices[1], "14.90".parse()?);
/// # Ok::<(), heffl::ParseError>(())
/// ```
///
/// For other calculations, use [`amount`](Self::amount), whose type rounds results with too many digits.
impl Money {
    /// The sum; `None` if it has more than 28 digits.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        // The library rounds a sum whose digits do not fit.
        let sum = self.0.checked_add(other.0)?;
        let scale = self.0.scale().max(other.0.scale()).max(sum.scale());
        // Wrapping does not matter: rounding removes less than 10²⁸ units of that scale.
        let units = |amount: Decimal| {
            let unit = 10_i128.wrapping_pow(scale - amount.scale());
            amount.mantissa().wrapping_mul(unit)
        };
        let is_exact = units(self.0).wrapping_add(units(other.0)) == units(sum);
        is_exact.then_some(Self(sum))
    }

    /// The difference; `None` if it has more than 28 digits.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(-other)
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// # Panics
///
/// If the sum has more than 28 digits.
impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        exactly(self.checked_add(other), "sum")
    }
}

/// # Panics
///
/// If the difference has more than 28 digits.
impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        exactly(self.checked_sub(other), "difference")
    }
}

#[expect(
    clippy::panic,
    reason = "as operators of integers do; there are checked methods beside them"
)]
#[track_caller]
fn exactly(result: Option<Money>, what: &str) -> Money {
    match result {
        Some(money) => money,
        None => panic!("a {what} of amounts of money has more than 28 digits"),
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

/// # Panics
///
/// If the sum has more than 28 digits.
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// # Panics
///
/// If the sum has more than 28 digits.
impl<'a> Sum<&'a Self> for Money {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

/// The decimal number of a JSON number; `None` if it has too many digits.
fn decimal(number: &Number<'_>) -> Option<Decimal> {
    if let Some((mantissa, decimals)) = number.decimal {
        return Decimal::try_new(mantissa, decimals).ok();
    }
    number.text.parse().ok().map(Money::amount)
}

impl FromStr for Money {
    type Err = ParseError;

    /// Reads `1234.5`, `-3` and, as JSON may write it, `1.5e3`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let given = text;
        let text = text.trim();
        // The decimal library skips underscores, which no amount contains.
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        {
            return Err(refused(given));
        }
        let amount = match text.split_once(['e', 'E']) {
            None => Decimal::from_str_exact(text),
            // Without the first step, digits that do not fit would be rounded.
            Some((digits, _)) => {
                Decimal::from_str_exact(digits).and_then(|_| Decimal::from_scientific(text))
            }
        };
        amount.map(Self).map_err(|_| refused(given))
    }
}

/// All digits, or as many decimals as the precision requests. Halves are rounded away from zero.
///
/// ```
/// let price: heffl::Money = "1234.5".parse()?;
/// assert_eq!(format!("{price}|{price:.2}|{price:>10.2}|"), "1234.5|1234.50|   1234.50|");
/// # Ok::<(), heffl::ParseError>(())
/// ```
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The library cuts digits off, and panics if there are many.
        let precision = formatter.precision();
        let digits = precision.and_then(|digits| u32::try_from(digits).ok());
        let amount = digits.map_or(self.0, |digits| {
            let strategy = RoundingStrategy::MidpointAwayFromZero;
            self.0.round_dp_with_strategy(digits, strategy)
        });
        let mut text = amount.abs().to_string();
        let decimals = amount.scale() as usize;
        let missing = precision.map_or(0, |digits| digits.saturating_sub(decimals));
        if missing > 0 {
            text.push_str(if decimals == 0 { "." } else { "" });
            text.extend(std::iter::repeat_n('0', missing));
        }
        // There is no amount of "-0".
        let is_positive = amount.is_sign_positive() || amount.is_zero();
        formatter.pad_integral(is_positive, "", &text)
    }
}

impl From<Decimal> for Money {
    fn from(amount: Decimal) -> Self {
        Self(amount)
    }
}

impl From<Money> for Decimal {
    fn from(money: Money) -> Self {
        money.0
    }
}

macro_rules! from_integers {
    ($($integer:ty),+) => {$(
        impl From<$integer> for Money {
            fn from(amount: $integer) -> Self {
                Self(amount.into())
            }
        }
    )+};
}

from_integers!(u8, u16, u32, u64, i8, i16, i32, i64);

impl TryFrom<f64> for Money {
    type Error = ParseError;

    /// Takes the shortest decimal number that reads back as this float: `0.1` is one tenth.
    fn try_from(amount: f64) -> Result<Self, Self::Error> {
        format!("{amount:e}")
            .parse()
            .map_err(|_| refused(&amount.to_string()))
    }
}

impl Money {
    /// Writes the amount as a JSON number. Fails if a reader that stores numbers as floats, as the
    /// service does, would read another amount.
    pub(crate) fn write(self, json: &mut String) -> Result<(), &'static str> {
        let amount = self.0.normalize();
        if !survives_a_float(amount) {
            return Err(
                "has more digits than a JSON number carries exactly; round the amount first",
            );
        }
        if amount.is_sign_negative() && !amount.is_zero() {
            json.push('-');
        }
        // All digits, then the decimal point is inserted.
        let begin = json.len();
        let digits = amount.mantissa().unsigned_abs();
        // Most fit into 64 bits, which are written faster.
        match u64::try_from(digits) {
            Ok(digits) => json.push_str(itoa::Buffer::new().format(digits)),
            Err(_) => json.push_str(itoa::Buffer::new().format(digits)),
        }
        let decimals = amount.scale() as usize;
        if decimals > 0 {
            let digits = json.len() - begin;
            for _ in digits..=decimals {
                json.insert(begin, '0');
            }
            json.insert(json.len() - decimals, '.');
        }
        Ok(())
    }
}

/// Whether the amount is unchanged after a conversion to a float and back.
fn survives_a_float(amount: Decimal) -> bool {
    /// All numbers of 15 digits are unchanged.
    const DIGITS: i128 = 1_000_000_000_000_000;
    let as_float = || {
        let float: f64 = amount.to_string().parse().ok()?;
        Some(Money::try_from(float) == Ok(Money(amount)))
    };
    amount.mantissa().abs() < DIGITS || as_float() == Some(true)
}

/// Reads an exact number.
pub(crate) fn read_decimal(reader: &mut Reader<'_>) -> Result<Decimal, Stop> {
    let unfit = "a number with more than 28 digits, which a decimal number cannot hold";
    reader.numeric("a decimal number", unfit, decimal)
}

#[cfg(test)]
mod tests {
    use super::Money;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn reads_numbers_and_text_exactly() {
        for (json, text) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("25000", "25000"),
            ("0.1", "0.1"),
            ("19.90", "19.9"),
            ("-12.345", "-12.345"),
            ("1e3", "1000"),
            ("1.5E-2", "0.015"),
            ("123456789012.345", "123456789012.345"),
            ("\"19.90\"", "19.90"),
            ("\" 7 \"", "7"),
            ("18446744073709551615", "18446744073709551615"),
            ("\"12345678901234567.89\"", "12345678901234567.89"),
        ] {
            let read: Money = serde_json::from_str(json).unwrap();
            assert_eq!(read, money(text), "{json}");
        }
    }

    #[test]
    fn display_has_the_requested_decimals_and_rounds_half_away_from_zero() {
        for (amount, expected) in [
            ("19.995", "20.00"),
            ("19.994", "19.99"),
            ("-0.005", "-0.01"),
            ("-0.004", "0.00"),
            ("5", "5.00"),
            (
                "79228162514264337593543950335",
                "79228162514264337593543950335.00",
            ),
        ] {
            assert_eq!(format!("{:.2}", money(amount)), expected);
        }
        assert_eq!(
            format!(
                "{:.0}|{:<6}|{:^7.1}|",
                money("2.5"),
                money("7"),
                money("-1")
            ),
            "3|7     | -1.0  |"
        );
        assert_eq!(format!("{:.28}", money("1234567")).len(), 36);
        assert_eq!(format!("{:.60}", money("-0.0")).len(), 62);
        assert_eq!(
            format!("{:08.2}|{:+}", money("-1.5"), money("2.50")),
            "-0001.50|+2.50"
        );
    }

    #[test]
    fn other_text_is_refused() {
        for json in [
            "null",
            "true",
            "\"\"",
            "\"1_000\"",
            "\"1,5\"",
            "\"€ 5\"",
            "1e300",
            "1e-300",
            "{}",
            "[1]",
            "\"NaN\"",
        ] {
            assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
        }
        for float in [f64::NAN, f64::INFINITY, 1e40] {
            assert!(Money::try_from(float).is_err());
        }
    }

    #[test]
    fn an_amount_is_written_exactly_or_refused() {
        for (text, json) in [
            ("0", "0"),
            ("-0", "0"),
            ("25000.00", "25000"),
            ("0.1", "0.1"),
            ("-12.345", "-12.345"),
            ("999999999999.999", "999999999999.999"),
            ("9007199254740992", "9007199254740992"),
            ("9007199254740994", "9007199254740994"),
        ] {
            let mut sent = String::new();
            money(text).write(&mut sent).unwrap();
            assert_eq!(sent, json);
            assert_eq!(serde_json::to_string(&money(text)).unwrap(), json);
        }
        for text in [
            "9007199254740993",
            "18446744073709551615",
            "12345678901234567.89",
            "0.1234567890123456789",
            "79228162514264337593543950335",
        ] {
            let problem = money(text).write(&mut String::new()).unwrap_err();
            assert!(problem.contains("round the amount first"), "{problem}");
            // The amount can still be stored.
            let stored = serde_json::to_string(&money(text)).unwrap();
            assert_eq!(serde_json::from_str::<Money>(&stored).unwrap(), money(text));
        }
    }

    #[test]
    fn fifteen_digits_survive_a_round_trip() {
        let mut digits: u64 = 123_456_789_012_345;
        for step in 0..5_000_u64 {
            digits = (digits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(step))
                % 1_000_000_000_000_000;
            let amount = Money::new(rust_decimal::Decimal::new(
                i64::try_from(digits).unwrap(),
                u32::try_from(step % 12).unwrap(),
            ));
            let json = serde_json::to_string(&amount).unwrap();
            assert_eq!(
                serde_json::from_str::<Money>(&json).unwrap(),
                amount,
                "{json}"
            );
        }
    }

    #[test]
    fn sums_and_differences_are_exact() {
        let (mut one, other) = (money("19.90"), money("0.15"));
        assert_eq!(one + other, money("20.05"));
        assert_eq!(one - other, money("19.75"));
        assert_eq!(other - one, -money("19.75"));
        one += other;
        one -= money("10");
        assert_eq!(one, money("10.05"));
        let amounts = [money("0.1"), money("0.2"), money("-0.3")];
        assert_eq!(amounts.iter().sum::<Money>(), Money::ZERO);
        assert_eq!(amounts.into_iter().sum::<Money>(), Money::ZERO);
        assert_eq!([Money::ZERO; 0].iter().sum::<Money>(), Money::ZERO);
    }

    const MOST: &str = "79228162514264337593543950335";

    #[test]
    fn a_result_with_too_many_digits_is_never_rounded() {
        for (one, other, sum) in [
            (MOST, "1", None),
            (MOST, "0.1", None),
            (MOST, "0.00", Some(MOST)),
            (MOST, "-0.4", None),
            ("79228162514264337593543950334", "1.000", Some(MOST)),
            ("10000000000000000000000000000", "0.05", None),
            ("-79228162514264337593543950335", "-1", None),
            ("0.0000000000000000000000000001", "8", None),
            (
                "7.0000000000000000000000000001",
                "0.9999999999999999999999999999",
                Some("8"),
            ),
            (
                "0.0000000000000000000000000001",
                "7",
                Some("7.0000000000000000000000000001"),
            ),
        ] {
            let (one, other) = (money(one), money(other));
            assert_eq!(one.checked_add(other), sum.map(money), "{one} + {other}");
            assert_eq!(one.checked_sub(-other), sum.map(money), "{one} + {other}");
            if sum.is_none() {
                for operation in [
                    || money(MOST) + Money::from(1),
                    || -money(MOST) - Money::from(1),
                    || [money(MOST), Money::from(1)].iter().sum(),
                ] {
                    assert!(std::panic::catch_unwind(operation).is_err());
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn sums_are_the_sums_of_integers(
            one in -(1_i128 << 94)..(1_i128 << 94), other in -(1_i128 << 94)..(1_i128 << 94),
            decimals in 0..29_u32, more in 0..29_u32,
        ) {
            let amount = |mantissa, decimals| {
                Money::new(rust_decimal::Decimal::try_from_i128_with_scale(mantissa, decimals).unwrap())
            };
            // Amounts of the same scale are integers in its smallest unit.
            let sum = amount(one, decimals).checked_add(amount(other, decimals));
            proptest::prop_assert_eq!(sum, Some(amount(one + other, decimals)));
            // With any scales, subtracting an amount reverses adding it.
            if let Some(sum) = amount(one, decimals).checked_add(amount(other, more)) {
                proptest::prop_assert_eq!(sum.checked_sub(amount(other, more)), Some(amount(one, decimals)));
                proptest::prop_assert_eq!(sum.checked_sub(amount(one, decimals)), Some(amount(other, more)));
            }
        }
    }

    #[test]
    fn errors_name_the_value() {
        let message = |text: &str| text.parse::<Money>().unwrap_err().to_string();
        assert_eq!(
            message(" 1,50\n"),
            r#"expected a decimal number of at most 28 digits, such as 1234.50, found " 1,50\n""#
        );
        assert!(message("").ends_with(r#"found """#));
        assert!(message(&"9".repeat(1000)).len() < 150);
        assert!(message(&"é".repeat(1000)).contains("é…"));
        let float = |float: f64| Money::try_from(float).unwrap_err();
        assert_eq!(float(f64::NAN).found(), "NaN");
        assert_eq!(float(-f64::INFINITY).found(), "-inf");
    }
}

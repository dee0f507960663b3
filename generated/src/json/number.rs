//! Numbers, kept as text until a type needs them.

/// A number of a JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'a> {
    /// The text of the number.
    pub(crate) text: &'a str,
    /// The digits as an integer with the sign, and the number of decimals; for numbers that are short
    /// enough and have no exponent.
    pub(crate) decimal: Option<(i64, u32)>,
    /// Whether it is written without decimals and exponent.
    pub(crate) is_plain_integer: bool,
}

/// Digits that fit every `u64`.
const SAFE_DIGITS: u32 = 19;

impl<'a> Number<'a> {
    /// The number at `at`.
    #[inline]
    pub(super) fn scan(text: &'a str, at: usize) -> Option<Self> {
        let (bytes, start) = (text.as_bytes(), at);
        let (mut at, mut mantissa) = (at, 0);
        at += usize::from(bytes.get(at) == Some(&b'-'));
        let first = bytes.get(at);
        let whole = digits(bytes, &mut at, &mut mantissa);
        // No digit may follow a leading zero.
        if whole == 0 || (whole > 1 && first == Some(&b'0')) {
            return None;
        }
        let mut decimals = 0;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            decimals = digits(bytes, &mut at, &mut mantissa);
            if decimals == 0 {
                return None;
            }
        }
        let has_exponent = matches!(bytes.get(at), Some(b'e' | b'E'));
        if has_exponent {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            if digits(bytes, &mut at, &mut 0) == 0 {
                return None;
            }
        }
        let text = text.get(start..at)?;
        let mantissa = i64::try_from(mantissa).ok();
        let mantissa = mantissa.filter(|_| whole + decimals < SAFE_DIGITS && !has_exponent);
        let sign = if text.starts_with('-') { -1 } else { 1 };
        Some(Self {
            text,
            decimal: mantissa.map(|mantissa| (sign * mantissa, decimals)),
            is_plain_integer: decimals == 0 && !has_exponent,
        })
    }

    /// A text that is exactly a number.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        Self::scan(text, 0).filter(|number| number.text.len() == text.len())
    }

    /// The nearest float; `None` beyond the range of floats.
    pub(crate) fn float(&self) -> Option<f64> {
        let float: f64 = self.text.parse().ok()?;
        float.is_finite().then_some(float)
    }

    /// The number as an integer, if it is whole in any notation (`2.0`, `1e3`) and fits.
    pub(crate) fn whole(&self) -> Option<i64> {
        /// Floats represent all integers below this.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let integer = self.text.parse().ok();
        integer.or_else(|| whole(self.float()?, EXACT))
    }
}

/// A float as an integer, if it is whole and nearer to zero than the bound.
pub(super) fn whole(float: f64, bound: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole, and small enough"
    )]
    (float.fract() == 0.0 && float.abs() < bound).then_some(float as i64)
}

/// Passes the digits at `at`, and appends them to the mantissa. Returns how many there are.
#[inline]
fn digits(bytes: &[u8], at: &mut usize, mantissa: &mut u64) -> u32 {
    let mut count = 0;
    while let Some(digit @ b'0'..=b'9') = bytes.get(*at) {
        let digit = u64::from(digit - b'0');
        *mantissa = mantissa.wrapping_mul(10).wrapping_add(digit);
        *at += 1;
        count += 1;
    }
    count
}

//! Numbers: kept as they are written until a type wants them.

/// A number of a JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'a> {
    /// As it is written.
    pub(crate) text: &'a str,
    /// All digits before the exponent as one whole number; meaningless beyond 19 digits.
    mantissa: u64,
    /// How many digits that are.
    digits: u32,
    /// How many of them stand behind the point.
    decimals: u32,
    has_exponent: bool,
}

/// Digits that fit every `u64`.
const SAFE_DIGITS: u32 = 19;

impl<'a> Number<'a> {
    /// The number at `at`, and where it ends, or where it stops being one.
    #[inline]
    pub(super) fn scan(text: &'a str, at: usize) -> (Option<Self>, usize) {
        let bytes = text.as_bytes();
        let digit = |at: usize| {
            let byte = bytes.get(at)?.wrapping_sub(b'0');
            (byte < 10).then_some(u64::from(byte))
        };
        let (start, mut at) = (at, at);
        let (mut mantissa, mut digits, mut decimals) = (0_u64, 0, 0);
        if bytes.get(at) == Some(&b'-') {
            at += 1;
        }
        let first = at;
        while let Some(value) = digit(at) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(value);
            at += 1;
            digits += 1;
        }
        if digits == 0 || (digits > 1 && bytes.get(first) == Some(&b'0')) {
            // Behind a leading zero no digit may stand.
            return (None, if digits == 0 { at } else { first + 1 });
        }
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            while let Some(value) = digit(at) {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(value);
                at += 1;
                decimals += 1;
            }
            if decimals == 0 {
                return (None, at);
            }
        }
        let has_exponent = matches!(bytes.get(at), Some(b'e' | b'E'));
        if has_exponent {
            at += 1;
            if matches!(bytes.get(at), Some(b'+' | b'-')) {
                at += 1;
            }
            let before = at;
            while digit(at).is_some() {
                at += 1;
            }
            if before == at {
                return (None, at);
            }
        }
        let number = text.get(start..at).map(|text| Self {
            text,
            mantissa,
            digits: digits + decimals,
            decimals,
            has_exponent,
        });
        (number, at)
    }

    /// A text that is a number and nothing else.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (number, end) = Self::scan(text, 0);
        number.filter(|_| end == text.len())
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.text.starts_with('-')
    }

    /// The digits as one whole number, and how many of them are decimals; for numbers that are
    /// short enough and have no exponent.
    pub(crate) fn decimal(&self) -> Option<(u64, u32)> {
        (self.digits < SAFE_DIGITS && !self.has_exponent).then_some((self.mantissa, self.decimals))
    }

    /// The nearest float. `None` beyond what floats reach.
    pub(crate) fn float(&self) -> Option<f64> {
        const TENS: [f64; 16] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
        ];
        if let (Some((mantissa, decimals)), true) = (self.decimal(), self.digits <= 15) {
            // Both are exact as floats, so that one division rounds once: rightly.
            #[expect(clippy::cast_precision_loss, reason = "15 digits fit")]
            let float = mantissa as f64 / TENS.get(decimals as usize)?;
            return Some(if self.is_negative() { -float } else { float });
        }
        self.text
            .parse()
            .ok()
            .filter(|float: &f64| float.is_finite())
    }

    /// The number, if it is whole and fits.
    pub(crate) fn integer(&self) -> Option<i64> {
        if let Some((mantissa, 0)) = self.decimal() {
            let whole = i64::try_from(mantissa).ok()?;
            return Some(if self.is_negative() { -whole } else { whole });
        }
        self.text.parse().ok()
    }

    /// Whether it is written without decimals and exponent.
    pub(crate) fn is_plain_integer(&self) -> bool {
        self.decimals == 0 && !self.has_exponent
    }

    /// The number, if it is whole however it is written (`2.0`, `1e3`), and fits.
    pub(crate) fn whole(&self) -> Option<i64> {
        /// Below this, all whole numbers are floats.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        self.integer().or_else(|| {
            let float = self.float()?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "it is whole, and small enough"
            )]
            (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64)
        })
    }
}

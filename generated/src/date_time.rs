//! Dates and times in the API's format.

use std::{cmp::Ordering, fmt, hash, str::FromStr};

use jiff::{
    Timestamp, Zoned, civil,
    fmt::temporal::DateTimePrinter,
    tz::{Offset, TimeZone},
};

use crate::{
    json::{Reader, Stop, What},
    parse_error::ParseError,
    platform,
};

/// A point in time, with its offset from UTC and its precision.
///
/// Its text follows RFC 3339 (`2026-03-01T09:30:00.000Z`), and is written back as it was read. A date without
/// a time (`2026-03-01`) means the first instant of that day in UTC. Equality and order compare instants
/// only. To compare with a [`jiff::Timestamp`], use [`timestamp`](Self::timestamp); to compare with a day,
/// use [`date`](Self::date).
///
/// ```
/// use heffl::DateTime;
///
/// let due: DateTime = "2026-03-01T09:30:00+04:00".parse()?;
/// assert_eq!(due, "2026-03-01T05:30:00Z".parse::<DateTime>()?);
/// assert_eq!(due.to_string(), "2026-03-01T09:30:00+04:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct DateTime {
    timestamp: Timestamp,
    form: Form,
}

/// The format of the text.
#[derive(Clone, Copy)]
enum Form {
    Date,
    Utc { digits: u8 },
    Offset { digits: u8, offset: Offset },
}

impl DateTime {
    /// The current time, in UTC with milliseconds, as the API writes times.
    ///
    /// ```
    /// use heffl::DateTime;
    ///
    /// let due: DateTime = "2026-03-01T09:30:00+04:00".parse()?;
    /// assert!(due < DateTime::now());
    /// # Ok::<(), heffl::ParseError>(())
    /// ```
    pub fn now() -> Self {
        let milliseconds = i64::try_from(platform::unix_time().as_millis()).unwrap_or(i64::MAX);
        Self {
            timestamp: Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX),
            form: Form::Utc { digits: 3 },
        }
    }

    /// The instant.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The offset from UTC; zero for a date without a time.
    pub fn offset(&self) -> Offset {
        match self.form {
            Form::Offset { offset, .. } => offset,
            Form::Date | Form::Utc { .. } => Offset::UTC,
        }
    }

    /// The calendar day at this value's offset.
    pub fn date(&self) -> civil::Date {
        self.offset().to_datetime(self.timestamp).date()
    }

    /// Whether the value is a date without a time.
    pub fn is_date_only(&self) -> bool {
        matches!(self.form, Form::Date)
    }

    /// The instant in a time zone with this value's offset.
    pub fn to_zoned(&self) -> Zoned {
        self.timestamp.to_zoned(TimeZone::fixed(self.offset()))
    }
}

const EXPECTED: &str = "a date, or a date and time with offset (RFC 3339)";

impl FromStr for DateTime {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseError::new(EXPECTED, text))
    }
}

/// Parses RFC 3339 only. `jiff` accepts more formats, and keeps neither the number of digits nor the
/// difference between `Z` and `+00:00`. This function only uses `jiff` to check dates and times.
fn parse(text: &str) -> Option<DateTime> {
    let number = |text: Option<&str>| text?.parse::<i8>().ok();
    let (date, time) = text.split_at_checked(10)?;
    if !has_form(date, "0000-00-00") {
        return None;
    }
    let year = date.get(..4)?.parse().ok()?;
    let date = civil::Date::new(year, number(date.get(5..7))?, number(date.get(8..))?).ok()?;
    if time.is_empty() {
        return DateTime::try_from(date).ok();
    }
    let (clock, rest) = time.split_at_checked(9)?;
    if !clock.starts_with(['T', 't', ' ']) || !has_form(clock.get(1..)?, "00:00:00") {
        return None;
    }
    let (hour, minute) = (number(clock.get(1..3))?, number(clock.get(4..6))?);
    // A leap second is read as the second before it, as in `jiff`.
    let second = number(clock.get(7..)).map(|second| if second == 60 { 59 } else { second })?;
    let (fraction, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let digits = u8::try_from(fraction.len().saturating_sub(1)).ok()?;
    let unit = 10_i32.pow(9_u8.checked_sub(digits)?.into());
    let nanoseconds = match fraction.strip_prefix('.') {
        Some(fraction) => fraction.parse::<i32>().ok()? * unit,
        None if fraction.is_empty() => 0,
        None => return None,
    };
    let time = civil::Time::new(hour, minute, second, nanoseconds).ok()?;
    let (offset, form) = match zone {
        // `-00:00` means "UTC, local offset unknown", as `Z` does.
        "Z" | "z" | "-00:00" => (Offset::UTC, Form::Utc { digits }),
        _ if zone.starts_with(['+', '-']) && has_form(zone.get(1..)?, "00:00") => {
            let minutes = number(zone.get(4..)).filter(|minutes| *minutes < 60)?;
            let seconds = i32::from(number(zone.get(1..3))?) * 3600 + i32::from(minutes) * 60;
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let offset = Offset::from_seconds(sign * seconds).ok()?;
            (offset, Form::Offset { digits, offset })
        }
        _ => return None,
    };
    let timestamp = offset.to_timestamp(date.to_datetime(time)).ok()?;
    Some(DateTime { timestamp, form })
}

/// Whether a text has the shape of `form`: digits where the form has digits, and otherwise the same
/// characters.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(byte, form): (u8, u8)| byte == form || (form == b'0' && byte.is_ascii_digit());
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
}

impl DateTime {
    fn print(&self, text: &mut String) {
        let printer = |digits| DateTimePrinter::new().precision(Some(digits));
        // Writing to memory does not fail.
        let _ = match self.form {
            Form::Date => printer(0).print_date(&self.date(), text),
            Form::Utc { digits } => printer(digits).print_timestamp(&self.timestamp, text),
            Form::Offset { digits, offset } => {
                printer(digits).print_timestamp_with_offset(&self.timestamp, offset, text)
            }
        };
    }

    /// Writes the value as JSON. Fails for years that RFC 3339 cannot represent.
    pub(crate) fn write(&self, json: &mut String) -> Result<(), &'static str> {
        json.push('"');
        let begin = json.len();
        self.print(json);
        if json.as_bytes().get(begin) == Some(&b'-') {
            return Err("is before the year 0, which cannot be written in RFC 3339");
        }
        json.push('"');
        Ok(())
    }
}

/// The text as it was read. A precision limits the number of characters: the first ten are the date.
///
/// ```
/// let due: heffl::DateTime = "2026-03-01T09:30:00.000Z".parse()?;
/// assert_eq!(format!("{due:.10}|{due:>12.10}|{due:.16}"), "2026-03-01|  2026-03-01|2026-03-01T09:30");
/// # Ok::<(), heffl::ParseError>(())
/// ```
impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.print(&mut text);
        formatter.pad(&text)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DateTime({self})")
    }
}

/// The number of digits that the instant needs: 0, 3, 6 or 9.
fn needed_digits(nanoseconds: i32) -> u8 {
    match nanoseconds {
        0 => 0,
        nanoseconds if nanoseconds % 1_000_000 == 0 => 3,
        nanoseconds if nanoseconds % 1_000 == 0 => 6,
        _ => 9,
    }
}

impl From<Timestamp> for DateTime {
    fn from(timestamp: Timestamp) -> Self {
        let digits = needed_digits(timestamp.subsec_nanosecond());
        Self {
            timestamp,
            form: Form::Utc { digits },
        }
    }
}

impl From<Zoned> for DateTime {
    /// Keeps the offset. An offset with seconds, as used before about 1900, cannot be written in RFC 3339;
    /// such a value is written in UTC.
    fn from(zoned: Zoned) -> Self {
        let (mut value, offset) = (Self::from(zoned.timestamp()), zoned.offset());
        if let (Form::Utc { digits }, 0) = (value.form, offset.seconds() % 60) {
            value.form = Form::Offset { digits, offset };
        }
        value
    }
}

impl TryFrom<civil::Date> for DateTime {
    type Error = ParseError;

    /// A date without a time. Fails only for years outside the range of instants.
    fn try_from(date: civil::Date) -> Result<Self, Self::Error> {
        let midnight = date.to_datetime(civil::Time::midnight());
        let timestamp = Offset::UTC
            .to_timestamp(midnight)
            .map_err(|_| ParseError::new(EXPECTED, &date.to_string()))?;
        Ok(Self {
            timestamp,
            form: Form::Date,
        })
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.timestamp == other.timestamp
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.timestamp.cmp(&other.timestamp)
    }
}

impl hash::Hash for DateTime {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.timestamp.hash(state);
    }
}

/// The value of a field before it is read.
pub(crate) const BLANK: DateTime = DateTime {
    timestamp: Timestamp::UNIX_EPOCH,
    form: Form::Date,
};

/// Reads a date, or a date and time.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<DateTime, Stop> {
    const EXPECTED: &str = "a date, or a date and time with offset, as text";
    let at = reader.peek_at();
    if reader.peek() != b'"' {
        return Err(reader.mismatch(EXPECTED));
    }
    let text = reader.string()?;
    parse(&text).ok_or_else(|| reader.stop(at, What::Expected(EXPECTED)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::{SignedDuration, civil, fmt::temporal::Pieces};
    use proptest::{prop_assert_eq, proptest};

    use super::{DateTime, Timestamp};

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn text_survives_a_round_trip() {
        for text in [
            "2026-03-01",
            "2026-03-01T09:30:00Z",
            "2026-03-01T09:30:00.000Z",
            "2026-03-01T09:30:00.120Z",
            "2026-03-01T09:30:00.123456789Z",
            "2026-03-01T09:30:00+04:00",
            "2026-03-01T09:30:00.5-09:30",
            "2026-03-01T09:30:00+00:00",
            "0000-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "9999-12-30T00:00:00Z",
        ] {
            assert_eq!(at(text).to_string(), text);
            let json = format!("\"{text}\"");
            let read: DateTime = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
        assert_eq!(
            at("2026-03-01 09:30:00z").to_string(),
            "2026-03-01T09:30:00Z"
        );
        assert_eq!(
            at("2026-03-01T09:30:00-00:00").to_string(),
            "2026-03-01T09:30:00Z"
        );
        // A leap second.
        assert_eq!(
            at("2016-12-31T23:59:60Z").to_string(),
            "2016-12-31T23:59:59Z"
        );
    }

    #[test]
    fn invalid_dates_and_times_are_refused() {
        for text in [
            "",
            "now",
            "2026",
            "2026-3-1",
            "2026-02-30",
            "2026-03-01T",
            "2026-03-01T09:30Z",
            "2026-03-01T09:30:00",
            "2026-03-01T25:00:00Z",
            "2026-03-01T09:30:00.Z",
            "2026-03-01T09:30:00.1234567890Z",
            "2026-03-01T09:30:00+04",
            "2026-03-01T09:30:00+0400",
            "2026-03-01T09:30:00Z[UTC]",
            "20260301T093000Z",
            "2026-03-01T09:30:00,5Z",
            "+002026-03-01",
            "2026-03-01é",
            "2026-03-01T09:30:00+99:00",
            "2026-03-01T09:30:00+04:60",
            "2026-03-01T09:30:61Z",
            "2026-03-0:",
            "/026-03-01",
        ] {
            assert!(text.parse::<DateTime>().is_err(), "{text}");
        }
        for json in ["null", "1767225600", "{}"] {
            assert!(serde_json::from_str::<DateTime>(json).is_err(), "{json}");
        }
    }

    proptest! {
        /// `jiff` accepts every text that this type accepts.
        #[test]
        fn texts_are_read_as_by_jiff(
            date in "[0-9]{4}-[0-1][0-9]-[0-3][0-9]",
            time in "([Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,9})?([Zz]|[+-][0-2][0-9]:[0-6][0-9]))?",
        ) {
            let text = date + &time;
            let judged = Pieces::parse(&text).ok().and_then(|pieces| {
                let time = pieces.time().unwrap_or_else(civil::Time::midnight);
                let offset = pieces.to_numeric_offset().unwrap_or(jiff::tz::Offset::UTC);
                offset.to_timestamp(pieces.date().to_datetime(time)).ok()
            });
            let read = text.parse::<DateTime>().ok();
            prop_assert_eq!(read.map(|read| read.timestamp()), judged);
            if let Some(read) = read {
                prop_assert_eq!(read.to_string().parse::<DateTime>(), Ok(read));
            }
        }
    }

    #[test]
    fn is_ordered_by_instant() {
        assert_eq!(at("2026-03-01T04:00:00+04:00"), at("2026-03-01"));
        assert!(at("2026-03-01T00:00:00+04:00") < at("2026-03-01T00:00:00Z"));
        let distinct: HashSet<_> = [at("2026-03-01T00:00:00Z"), at("2026-03-01")].into();
        assert_eq!(distinct.len(), 1);
    }

    #[test]
    fn now_is_the_current_time_in_the_format_of_the_api() {
        let before = Timestamp::now() - SignedDuration::from_millis(1);
        let now = DateTime::now();
        assert!(before <= now.timestamp() && now.timestamp() <= Timestamp::now());
        assert_eq!(now.to_string().len(), "2026-03-01T09:30:00.000Z".len());
        assert_eq!(now.to_string().parse::<DateTime>().unwrap(), now);
        assert!(now.date() > civil::date(2026, 1, 1) && !now.is_date_only());
    }

    #[test]
    fn the_day_is_the_day_at_the_offset() {
        for (text, day) in [
            ("2026-03-01T01:30:00+04:00", civil::date(2026, 3, 1)),
            ("2026-02-28T21:30:00Z", civil::date(2026, 2, 28)),
            ("2026-03-01", civil::date(2026, 3, 1)),
        ] {
            assert_eq!(at(text).date(), day);
        }
    }

    #[test]
    fn converts_from_and_to_jiff() {
        let timestamp: Timestamp = "2026-03-01T09:30:00.25Z".parse().unwrap();
        let date_time = DateTime::from(timestamp);
        assert_eq!(date_time.to_string(), "2026-03-01T09:30:00.250Z");
        assert_eq!(date_time.timestamp(), timestamp);
        let zoned = at("2026-03-01T23:30:00-05:00").to_zoned();
        assert_eq!(
            DateTime::from(zoned.clone()).to_string(),
            "2026-03-01T23:30:00-05:00"
        );
        assert_eq!(DateTime::from(zoned).date(), civil::date(2026, 3, 1));
        assert!(
            DateTime::try_from(civil::date(2026, 3, 1))
                .unwrap()
                .is_date_only()
        );
        let long_ago = DateTime::from(timestamp - SignedDuration::from_hours(24 * 365 * 3_000));
        assert!(serde_json::to_string(&long_ago).is_err());
        assert_eq!(format!("{:?}", at("2026-03-01")), "DateTime(2026-03-01)");
    }
}

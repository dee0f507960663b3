//! Points in time as the API writes them.

use std::{
    cmp::Ordering,
    fmt::{self, Write as _},
    hash,
    str::FromStr,
};

use jiff::{
    Timestamp, Zoned, civil,
    tz::{Offset, TimeZone},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};

use crate::{
    json::{Reader, Stop, What},
    model::{Slot, Value, deserialize_slot},
    platform,
};

/// A point in time, with the offset from UTC and the digits it was written with.
///
/// The text is that of RFC 3339 (`2026-03-01T09:30:00.000Z`), and is written back as it was read.
/// A date alone (`2026-03-01`) is read too; it stands for the first instant of that day in UTC.
/// Two values are equal, and are ordered, by their instant alone; so they are compared with
/// [`jiff::Timestamp`] and [`jiff::Zoned`]. With [`jiff::civil::Date`], the calendar day at the value's own offset is
/// compared: `due == today` holds all day long.
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

/// How the instant is written.
#[derive(Clone, Copy)]
enum Form {
    Date,
    Utc { digits: u8 },
    Offset { digits: u8, offset: Offset },
}

impl DateTime {
    /// The present time, in UTC and to the millisecond, as the API writes times.
    ///
    /// ```
    /// use heffl::DateTime;
    ///
    /// let due: DateTime = "2026-03-01T09:30:00+04:00".parse()?;
    /// assert!(due < DateTime::now());
    /// # Ok::<(), heffl::ParseDateTimeError>(())
    /// ```
    pub fn now() -> Self {
        // A clock before 1970 is none.
        let since = platform::SystemTime::now().duration_since(platform::SystemTime::UNIX_EPOCH);
        let milliseconds = since.unwrap_or_default().as_millis();
        let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        Self {
            timestamp: Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX),
            form: Form::Utc { digits: 3 },
        }
    }

    /// The instant.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// The offset from UTC; zero for a date alone.
    pub fn offset(&self) -> Offset {
        match self.form {
            Form::Offset { offset, .. } => offset,
            Form::Date | Form::Utc { .. } => Offset::UTC,
        }
    }

    /// The calendar day at this value's own offset.
    pub fn date(&self) -> civil::Date {
        self.civil().date()
    }

    /// Whether the text holds a date alone.
    pub fn is_date_only(&self) -> bool {
        matches!(self.form, Form::Date)
    }

    /// The instant in a time zone of this value's own fixed offset.
    pub fn to_zoned(&self) -> Zoned {
        self.timestamp.to_zoned(TimeZone::fixed(self.offset()))
    }

    fn civil(&self) -> civil::DateTime {
        self.offset().to_datetime(self.timestamp)
    }
}

/// Text that is no point in time in the form of RFC 3339, and no date.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseDateTimeError;

impl fmt::Display for ParseDateTimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not a date, nor a date and time with offset (RFC 3339)")
    }
}

impl std::error::Error for ParseDateTimeError {}

impl FromStr for DateTime {
    type Err = ParseDateTimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.as_bytes()).ok_or(ParseDateTimeError)
    }
}

/// Reads RFC 3339 and nothing else. `jiff` reads much more, and knows neither how many digits a text
/// has nor that `Z` is not `+00:00`; what dates and instants there are it says here too.
fn parse(text: &[u8]) -> Option<DateTime> {
    let [c1, c2, y1, y2, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text else {
        return None;
    };
    let year = i16::from(number([c1, c2])?) * 100 + i16::from(number([y1, y2])?);
    let date = civil::Date::new(year, number([m1, m2])?, number([d1, d2])?).ok()?;
    if rest.is_empty() {
        return DateTime::try_from(date).ok();
    }
    let [
        b'T' | b't' | b' ',
        h1,
        h2,
        b':',
        m1,
        m2,
        b':',
        s1,
        s2,
        rest @ ..,
    ] = rest
    else {
        return None;
    };
    let (digits, nanoseconds, rest) = fraction(rest)?;
    // A leap second is the end of the one before it, as for `jiff`.
    let second = number([s1, s2]).map(|second| if second == 60 { 59 } else { second })?;
    let time = civil::Time::new(number([h1, h2])?, number([m1, m2])?, second, nanoseconds).ok()?;
    let (offset, form) = match rest {
        // `-00:00` says "UTC, local offset unknown", which is what `Z` says too.
        b"Z" | b"z" | b"-00:00" => (Offset::UTC, Form::Utc { digits }),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let minutes = number([m1, m2]).filter(|minutes| *minutes < 60)?;
            let seconds = i32::from(number([h1, h2])?) * 3600 + i32::from(minutes) * 60;
            let seconds = if *sign == b'-' { -seconds } else { seconds };
            let offset = Offset::from_seconds(seconds).ok()?;
            (offset, Form::Offset { digits, offset })
        }
        _ => return None,
    };
    let timestamp = offset.to_timestamp(date.to_datetime(time)).ok()?;
    Some(DateTime { timestamp, form })
}

/// Two digits.
fn number(digits: [&u8; 2]) -> Option<i8> {
    let [tens, ones] = digits.map(|byte| byte.wrapping_sub(b'0'));
    let number = (tens < 10 && ones < 10).then(|| tens * 10 + ones)?;
    i8::try_from(number).ok()
}

/// Up to nine digits after a point: how many there are, the nanoseconds, and what follows.
fn fraction(text: &[u8]) -> Option<(u8, i32, &[u8])> {
    let [b'.', text @ ..] = text else {
        return Some((0, 0, text));
    };
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = text.split_at_checked(digits)?;
    let unit = UNITS.get(digits.checked_sub(1)?)?;
    let number = fraction
        .iter()
        .fold(0, |number, digit| number * 10 + i32::from(digit - b'0'));
    Some((u8::try_from(digits).ok()?, number * unit, rest))
}

/// The nanoseconds of the last of one to nine digits.
const UNITS: [i32; 9] = [
    100_000_000,
    10_000_000,
    1_000_000,
    100_000,
    10_000,
    1_000,
    100,
    10,
    1,
];

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = self.civil();
        let (digits, offset) = match self.form {
            Form::Date => return write!(formatter, "{}", civil.date()),
            Form::Utc { digits } => (digits, None),
            Form::Offset { digits, offset } => (digits, Some(offset)),
        };
        write!(
            formatter,
            "{}T{:02}:{:02}:{:02}",
            civil.date(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )?;
        if digits > 0 {
            let nanoseconds = format!("{:09}", civil.subsec_nanosecond());
            write!(
                formatter,
                ".{}",
                nanoseconds
                    .get(..usize::from(digits))
                    .unwrap_or(&nanoseconds)
            )?;
        }
        let Some(offset) = offset else {
            return formatter.write_str("Z");
        };
        let sign = if offset.is_negative() { '-' } else { '+' };
        let minutes = offset.seconds().abs() / 60;
        write!(formatter, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DateTime({self})")
    }
}

/// As many digits as the instant needs, three at a time.
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

impl From<&Zoned> for DateTime {
    /// Keeps the offset. One with seconds in it, as clocks had before 1900 or so, cannot be
    /// written in RFC 3339; such a value is written in UTC.
    fn from(zoned: &Zoned) -> Self {
        let (timestamp, offset) = (zoned.timestamp(), zoned.offset());
        if offset.seconds() % 60 == 0 {
            let digits = needed_digits(timestamp.subsec_nanosecond());
            Self {
                timestamp,
                form: Form::Offset { digits, offset },
            }
        } else {
            timestamp.into()
        }
    }
}

impl From<Zoned> for DateTime {
    fn from(zoned: Zoned) -> Self {
        Self::from(&zoned)
    }
}

impl TryFrom<civil::Date> for DateTime {
    type Error = ParseDateTimeError;

    /// A date alone. Fails only for years that no instant has.
    fn try_from(date: civil::Date) -> Result<Self, Self::Error> {
        let midnight = date.to_datetime(civil::Time::midnight());
        let timestamp = Offset::UTC
            .to_timestamp(midnight)
            .map_err(|_| ParseDateTimeError)?;
        Ok(Self {
            timestamp,
            form: Form::Date,
        })
    }
}

impl From<DateTime> for Timestamp {
    fn from(date_time: DateTime) -> Self {
        date_time.timestamp
    }
}

impl From<DateTime> for Zoned {
    fn from(date_time: DateTime) -> Self {
        date_time.to_zoned()
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &Self) -> bool {
        self.timestamp == other.timestamp
    }
}

impl Eq for DateTime {}

/// Compares with types of the time library, on either side.
macro_rules! compares {
    ($($other:ty, |$date_time:ident| $key:expr, |$value:ident| $other_key:expr;)+) => {$(
        impl PartialEq<$other> for DateTime {
            fn eq(&self, $value: &$other) -> bool {
                let $date_time = self;
                $key == $other_key
            }
        }

        impl PartialEq<DateTime> for $other {
            fn eq(&self, other: &DateTime) -> bool {
                other == self
            }
        }

        impl PartialOrd<$other> for DateTime {
            fn partial_cmp(&self, $value: &$other) -> Option<Ordering> {
                let $date_time = self;
                Some($key.cmp(&$other_key))
            }
        }

        impl PartialOrd<DateTime> for $other {
            fn partial_cmp(&self, other: &DateTime) -> Option<Ordering> {
                other.partial_cmp(self).map(Ordering::reverse)
            }
        }
    )+};
}

compares! {
    // By their instant.
    Timestamp, |date_time| date_time.timestamp, |timestamp| *timestamp;
    Zoned, |date_time| date_time.timestamp, |zoned| zoned.timestamp();
    // By the calendar day at the offset of the date and time: every time of a day equals the day.
    civil::Date, |date_time| date_time.date(), |date| *date;
}

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

/// Writes the value as JSON. Fails for years that the text form has not.
pub(crate) fn write(date_time: &DateTime, json: &mut String) -> Result<(), &'static str> {
    if date_time.civil().year() < 0 {
        return Err("is before the year 0, which cannot be written in RFC 3339");
    }
    json.push('"');
    match date_time.form {
        Form::Utc { digits: 3 } => write_usual(date_time, json),
        _ => {
            let _ = write!(json, "{date_time}");
        }
    }
    json.push('"');
    Ok(())
}

/// Writes the form that nearly all answers have: `2026-03-01T09:30:00.000Z`.
fn write_usual(date_time: &DateTime, json: &mut String) {
    let civil = date_time.civil();
    let (date, time) = (civil.date(), civil.time());
    let year = date.year().unsigned_abs();
    let thousandths = time.subsec_nanosecond().unsigned_abs() / 1_000_000;
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut pair = |at: usize, number: u8| {
        if let Some([tens, ones]) = text.get_mut(at..at + 2) {
            (*tens, *ones) = (b'0' + number / 10 % 10, b'0' + number % 10);
        }
    };
    let small = |number: i8| number.unsigned_abs();
    let of_year = |number: u16| u8::try_from(number).unwrap_or_default();
    pair(0, of_year(year / 100));
    pair(2, of_year(year % 100));
    pair(5, small(date.month()));
    pair(8, small(date.day()));
    pair(11, small(time.hour()));
    pair(14, small(time.minute()));
    pair(17, small(time.second()));
    pair(20, u8::try_from(thousandths / 10).unwrap_or_default());
    if let Some(last) = text.get_mut(22) {
        *last = b'0' + u8::try_from(thousandths % 10).unwrap_or_default();
    }
    json.push_str(std::str::from_utf8(&text).unwrap_or_default());
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.civil().year() < 0 {
            return Err(ser::Error::custom(
                "a year before the year 0 cannot be written in RFC 3339",
            ));
        }
        serializer.collect_str(self)
    }
}

impl Slot for DateTime {
    fn blank() -> Self {
        Self {
            timestamp: Timestamp::UNIX_EPOCH,
            form: Form::Date,
        }
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Stop> {
        const EXPECTED: &str = "a date, or a date and time with offset, as text";
        let at = reader.peek_at();
        if reader.peek() != b'"' {
            return Err(reader.misfit(EXPECTED));
        }
        let text = reader.string()?;
        *self = parse(text.as_bytes()).ok_or_else(|| reader.stop(at, What::Expected(EXPECTED)))?;
        Ok(())
    }

    fn value(&self) -> Value<'_> {
        Value::DateTime(self)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_slot(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::{SignedDuration, civil, fmt::temporal::Pieces};
    use proptest::{prop_assert_eq, proptest};

    use super::{DateTime, Ordering, Timestamp};

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
    fn refuses_what_is_no_instant() {
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
        /// `jiff` reads all that this type reads, and more.
        #[test]
        fn what_is_read_is_what_jiff_reads(
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
    fn now_is_the_present_in_the_form_of_the_api() {
        let before = Timestamp::now() - SignedDuration::from_millis(1);
        let now = DateTime::now();
        assert!(before <= now && now <= Timestamp::now());
        assert_eq!(now.to_string().len(), "2026-03-01T09:30:00.000Z".len());
        assert_eq!(now.to_string().parse::<DateTime>().unwrap(), now);
        assert!(now > civil::date(2026, 1, 1) && !now.is_date_only());
    }

    #[test]
    fn compares_with_the_types_of_the_time_library_on_either_side() {
        let timestamp = |text: &str| text.parse::<Timestamp>().unwrap();
        let due = at("2026-03-01T01:30:00+04:00");
        let (earlier, same, later) = (
            timestamp("2026-02-28T21:29:59Z"),
            timestamp("2026-02-28T21:30:00Z"),
            timestamp("2026-02-28T21:30:01Z"),
        );
        let zoned = |timestamp: Timestamp| timestamp.to_zoned(jiff::tz::TimeZone::UTC);
        for (other, order) in [
            (earlier, Ordering::Greater),
            (same, Ordering::Equal),
            (later, Ordering::Less),
        ] {
            assert_eq!(due.partial_cmp(&other), Some(order));
            assert_eq!(other.partial_cmp(&due), Some(order.reverse()));
            assert_eq!((due == other, other == due), (order.is_eq(), order.is_eq()));
            let other = zoned(other);
            assert_eq!(due.partial_cmp(&other), Some(order));
            assert_eq!(other.partial_cmp(&due), Some(order.reverse()));
            assert_eq!((due == other, other == due), (order.is_eq(), order.is_eq()));
        }
        // The day is that of the value's own offset; in UTC it would be the day before.
        for (due, day, order) in [
            (due, civil::date(2026, 2, 28), Ordering::Greater),
            (due, civil::date(2026, 3, 1), Ordering::Equal),
            (due, civil::date(2026, 3, 2), Ordering::Less),
            (at("2026-03-01"), civil::date(2026, 3, 1), Ordering::Equal),
        ] {
            assert_eq!(due.partial_cmp(&day), Some(order));
            assert_eq!(day.partial_cmp(&due), Some(order.reverse()));
            assert_eq!((due == day, day == due), (order.is_eq(), order.is_eq()));
        }
    }

    #[test]
    fn converts_from_and_to_jiff() {
        let timestamp: Timestamp = "2026-03-01T09:30:00.25Z".parse().unwrap();
        let date_time = DateTime::from(timestamp);
        assert_eq!(date_time.to_string(), "2026-03-01T09:30:00.250Z");
        assert_eq!(Timestamp::from(date_time), timestamp);
        let zoned = at("2026-03-01T23:30:00-05:00").to_zoned();
        assert_eq!(
            DateTime::from(&zoned).to_string(),
            "2026-03-01T23:30:00-05:00"
        );
        assert_eq!(
            DateTime::from(zoned.clone()).date(),
            civil::date(2026, 3, 1)
        );
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

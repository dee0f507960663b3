//! E-mail addresses and phone numbers in the form in which they are compared.

use serde_json::Value;

use crate::invisible::{is_invisible, trim};

/// The number of digits of a phone number; the maximum is from E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// An e-mail address or a phone number.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// In lower case.
    Email(String),
    /// The digits, after a `+` if the number has its country code.
    Phone(String),
}

impl Key {
    pub(crate) fn email(text: Option<&str>) -> Result<Self, &'static str> {
        let text = text.ok_or("the e-mail address to search for is missing")?;
        if tidy_email(text).contains(is_invisible) {
            return Err(
                "the e-mail address to search for contains an invisible character; type it again",
            );
        }
        email(text)
            .map(Self::Email)
            .ok_or("the text to search for is not an e-mail address")
    }

    pub(crate) fn phone(text: Option<&str>) -> Result<Self, &'static str> {
        let text = text.ok_or("the phone number to search for is missing")?;
        let (international, digits) =
            phone(text).ok_or("the text to search for is not a phone number of 5 to 15 digits")?;
        let sign = if international { "+" } else { "" };
        Ok(Self::Phone(format!("{sign}{digits}")))
    }

    pub(super) fn search_text(&self) -> &str {
        let (Self::Email(text) | Self::Phone(text)) = self;
        text
    }

    /// The key together with its kind of record.
    pub(super) fn of_kind(&self, kind: &str) -> Box<str> {
        match self {
            Self::Email(email) => format!("{kind} {email}"),
            Self::Phone(phone) => format!("{kind} {}", phone.trim_start_matches('+')),
        }
        .into()
    }

    /// The field that contains the key.
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
        }
    }

    /// Whether a record, as JSON, is certainly not a match.
    pub(super) fn is_not_in(&self, record: &[u8]) -> bool {
        let Ok(Value::Object(record)) = serde_json::from_slice(record) else {
            return false;
        };
        match record.get(self.field()) {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => !self.is(Some(text)),
            Some(_) => false,
        }
    }

    /// Whether a value of a record is the same address or number.
    pub(super) fn is(&self, found: Option<&str>) -> bool {
        match self {
            Self::Email(address) => found.and_then(email).as_ref() == Some(address),
            Self::Phone(number) => found
                .and_then(phone)
                .is_some_and(|(_, digits)| digits == number.trim_start_matches('+')),
        }
    }
}

/// An address without the characters that copying adds.
pub(super) fn tidy_email(text: &str) -> &str {
    trim(without_scheme(trim(text), "mailto:"))
}

/// A number without the characters that copying adds, and with digits of other scripts converted to `0` to `9`,
/// because the server's search knows only these.
pub(super) fn tidy_phone(text: &str) -> String {
    let text = trim(without_scheme(trim(text), "tel:"));
    let visible = text.chars().filter(|character| !is_invisible(*character));
    let plain = |character| match character {
        '\u{ff0b}' => '+',
        _ => ascii_digit(character).unwrap_or(character),
    };
    visible.map(plain).collect()
}

fn without_scheme<'a>(text: &'a str, scheme: &str) -> &'a str {
    match text.split_at_checked(scheme.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(scheme) => rest,
        _ => text,
    }
}

/// The digit of a script that people write telephone numbers in.
fn ascii_digit(character: char) -> Option<char> {
    /// The zero of each: Arabic, Persian, Devanagari, Bengali, Gurmukhi, Gujarati, Odia, Tamil, Telugu,
    /// Kannada, Malayalam, Thai, Lao, Tibetan, Burmese, Khmer, full width.
    const ZEROS: [u32; 17] = [
        0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
        0xf20, 0x1040, 0x17e0, 0xff10,
    ];
    let mut digits = ZEROS
        .into_iter()
        .map(|zero| u32::from(character).wrapping_sub(zero));
    digits.find_map(|digit| char::from_digit(digit, 10))
}

/// The address in the form for comparisons: in lower case and without invisible characters, which records of
/// other programs may contain. The part before the `@` is in lower case too, because no large provider
/// gives two people addresses that differ only in case.
pub(crate) fn email(text: &str) -> Option<String> {
    let text = tidy_email(text).replace(is_invisible, "");
    let (local, domain) = text.rsplit_once('@')?;
    let is_address = !local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace);
    is_address.then(|| text.to_lowercase())
}

/// Whether the number begins with a country code, and its digits.
pub(crate) fn phone(text: &str) -> Option<(bool, String)> {
    let mut text = tidy_phone(text).replace(char::is_whitespace, "");
    // Without a country code before it, the zero in brackets is part of the number.
    let start = text.trim_start_matches('(');
    if start.starts_with('+') || start.starts_with("00") {
        text = text.replace("(0)", "");
    }
    let (mut is_international, mut digits) = (false, String::new());
    for character in text.chars() {
        match character {
            '0'..='9' => digits.push(character),
            '+' if digits.is_empty() && !is_international => is_international = true,
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => return None,
        }
    }
    if !is_international && let Some(rest) = digits.strip_prefix("00") {
        (is_international, digits) = (true, rest.to_owned());
    }
    PHONE_DIGITS
        .contains(&digits.len())
        .then_some((is_international, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case_and_white_space() {
        let key = Key::email(Some(" Ada@Example.com ")).unwrap();
        assert_eq!(key.search_text(), "ada@example.com");
        for (found, equal) in [
            ("ada@example.com", true),
            ("ADA@EXAMPLE.COM\t", true),
            ("ada+crm@example.com", false),
            ("a.da@example.com", false),
            ("ada@example.com.invalid", false),
            ("ada@example.com, eve@example.com", false),
            ("xada@example.com", false),
            ("", false),
        ] {
            assert_eq!(key.is(Some(found)), equal, "{found}");
        }
        assert!(!key.is(None));
        for found in [
            "ada@example.com\u{200b}",
            "\u{feff}Ada@example.com",
            "\u{202a}ada@example.com\u{202c}",
            "ada\u{ad}@exam\u{200b}ple.com",
            "mailto:ada@example.com",
            "ada@example.com\0",
        ] {
            assert!(key.is(Some(found)), "{found:?}");
        }
        for given in [
            "\u{2068}ada@example.com\u{2069}",
            " \u{200e} Mailto: ada@example.com",
        ] {
            assert_eq!(
                Key::email(Some(given)).unwrap().search_text(),
                "ada@example.com"
            );
        }
        for given in [
            "ada\u{200b}@example.com",
            "ada@exam\u{ad}ple.com",
            "ada@example\0.com",
        ] {
            let problem = Key::email(Some(given)).err().unwrap();
            assert!(problem.contains("invisible"), "{given:?}: {problem}");
        }
        for text in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "ada@exa\nmple.com",
        ] {
            assert!(Key::email(Some(text)).is_err(), "{text}");
        }
        assert!(Key::email(None).is_err());
    }

    #[test]
    fn numbers_are_compared_by_their_digits() {
        for (given, search) in [
            ("+971 50 123 4567", "+971501234567"),
            ("00971501234567", "+971501234567"),
            ("971501234567", "971501234567"),
        ] {
            let key = Key::phone(Some(given)).unwrap();
            assert_eq!(key.search_text(), search);
            assert_eq!(&*key.of_kind("contact"), "contact 971501234567");
            for (found, equal) in [
                ("+971501234567", true),
                ("00971 50 123 4567", true),
                ("971-50-123.45/67", true),
                ("+971 (0)50 1234567", true),
                ("+971\u{a0}50\u{2011}1234567", true),
                ("0501234567", false),
                ("+97150123456", false),
                ("+9715012345678", false),
                ("+971501234567 ext. 5", false),
                ("\u{202a}+971 50 123 4567\u{202c}", true),
                ("+971\u{200b}501\u{200d}234567", true),
                ("tel:+971-50-123-4567", true),
                ("TEL:00971501234567", true),
                ("(+971) 50 123 4567", true),
                ("(00971) 50 123 4567", true),
                ("+971\u{2212}501234567", true),
                ("\u{ff0b}\u{ff19}\u{ff17}\u{ff11}501234567", true),
                ("+٩٧١٥٠١٢٣٤٥٦٧", true),
                ("+۹۷۱۵۰۱۲۳۴۵۶۷", true),
                ("tel:+971501234567;ext=5", false),
                ("+٩٧١٥٠١٢٣٤٥٦٨", false),
                ("", false),
            ] {
                assert_eq!(key.is(Some(found)), equal, "{given} {found}");
            }
        }
        assert!(
            Key::phone(Some("(0)50 123 4567"))
                .unwrap()
                .is(Some("0501234567"))
        );
        for text in [
            "",
            "+",
            "12-34",
            "1234567890123456",
            "call me",
            "+1+23456",
            "++123456",
            "tel:",
            "tel:call me",
            "\u{200b}",
            "ada@example.com",
        ] {
            assert!(Key::phone(Some(text)).is_err(), "{text}");
        }
    }
}

//! What records are found by, in the form in which it is compared.

use serde_json::Value;

/// Digits of the shortest and of the longest phone number; the latter is that of E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// An e-mail address or a phone number.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Key {
    /// In lower case.
    Email(String),
    /// As it is searched for: the digits, after a `+` where it was given with its country code.
    Phone(String),
}

impl Key {
    pub(super) fn email(text: Option<&str>) -> Result<Self, &'static str> {
        let text = text.ok_or("there is no e-mail address to look for")?;
        email(text)
            .map(Self::Email)
            .ok_or("what is looked for is no e-mail address")
    }

    pub(super) fn phone(text: Option<&str>) -> Result<Self, &'static str> {
        let text = text.ok_or("there is no phone number to look for")?;
        let (international, digits) =
            phone(text).ok_or("what is looked for is no phone number of 5 to 15 digits")?;
        let sign = if international { "+" } else { "" };
        Ok(Self::Phone(format!("{sign}{digits}")))
    }

    pub(super) fn search_text(&self) -> &str {
        let (Self::Email(text) | Self::Phone(text)) = self;
        text
    }

    /// The key among those of all kinds.
    pub(super) fn of_kind(&self, kind: &str) -> Box<str> {
        match self {
            Self::Email(email) => format!("{kind} {email}"),
            Self::Phone(phone) => format!("{kind} {}", phone.trim_start_matches('+')),
        }
        .into()
    }

    /// The field that holds it.
    pub(super) fn field(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
        }
    }

    /// Whether a record, as JSON, is certainly not what is looked for.
    pub(super) fn is_not_in(&self, record: &str) -> bool {
        let field = self.field();
        match serde_json::from_str::<Value>(record) {
            Ok(Value::Object(record)) => match (record.get(field), self) {
                (None | Some(Value::Null), _) => true,
                (Some(Value::String(text)), Self::Email(_)) => !self.is_email(Some(text)),
                (Some(Value::String(text)), Self::Phone(_)) => !self.is_phone(Some(text)),
                (Some(_), _) => false,
            },
            _ => false,
        }
    }

    pub(super) fn is_email(&self, found: Option<&str>) -> bool {
        found.and_then(email).as_deref() == Some(self.search_text())
    }

    pub(super) fn is_phone(&self, found: Option<&str>) -> bool {
        let digits = self.search_text().trim_start_matches('+');
        found
            .and_then(phone)
            .is_some_and(|(_, found)| found == digits)
    }
}

/// The address in lower case. The part before the `@` is no exception: no provider of note gives
/// two people addresses that differ in case only.
fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let is_address = !local.is_empty()
        && !domain.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    is_address.then(|| text.to_lowercase())
}

/// Whether the number has its country code marked, and its digits.
fn phone(text: &str) -> Option<(bool, String)> {
    let text = text.trim();
    let plus = text.strip_prefix('+');
    let plain = plus.unwrap_or(text).replace("(0)", "");
    // Without a country code before it, the nought in brackets is part of the number.
    let plain = if plus.is_some() || text.starts_with("00") {
        plain
    } else {
        text.to_owned()
    };
    let mut digits = String::new();
    for character in plain.chars() {
        match character {
            '0'..='9' => digits.push(character),
            '-' | '.' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}' => {}
            _ if character.is_whitespace() => {}
            _ => return None,
        }
    }
    let zeros = digits.strip_prefix("00").map(str::to_owned);
    let (international, digits) = match (plus, zeros) {
        (None, Some(rest)) => (true, rest),
        (plus, _) => (plus.is_some(), digits),
    };
    PHONE_DIGITS
        .contains(&digits.len())
        .then_some((international, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_equal_but_for_case_and_white_space() {
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
            assert_eq!(key.is_email(Some(found)), equal, "{found}");
        }
        assert!(!key.is_email(None));
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
    fn numbers_are_equal_when_their_digits_are() {
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
                ("", false),
            ] {
                assert_eq!(key.is_phone(Some(found)), equal, "{given} {found}");
            }
        }
        assert!(
            Key::phone(Some("(0)50 123 4567"))
                .unwrap()
                .is_phone(Some("0501234567"))
        );
        for text in [
            "",
            "+",
            "12-34",
            "1234567890123456",
            "call me",
            "+1+23456",
            "ada@example.com",
        ] {
            assert!(Key::phone(Some(text)).is_err(), "{text}");
        }
    }
}

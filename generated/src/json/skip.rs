//! Skips values that no type reads, even if they are not JSON.

use serde::de::IgnoredAny;

use super::{
    reader::{Reader, Stop, What},
    text,
};

impl<'a> Reader<'a> {
    /// Skips a value of any depth and content, and returns its text. Fails only if the text is not JSON.
    pub(crate) fn drop_value(&mut self) -> Result<&'a str, Stop> {
        let value = self.pass()?;
        match self.peek() {
            b',' | b'}' | b']' => Ok(value),
            _ if self.at == self.text.len() => Ok(value),
            _ => Err(self.syntax("expected a comma or a closing bracket")),
        }
    }

    /// Skips a value with the syntax of JSON: its texts may contain lone surrogates.
    pub(super) fn pass(&mut self) -> Result<&'a str, Stop> {
        let start = self.peek_at();
        let rest = self.slice(start, self.text.len());
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) => {
                self.at = start + values.byte_offset();
                Ok(self.slice(start, self.at))
            }
            Some(Err(error)) => Err(self.no_value(start, &error)),
            None => Err(self.syntax("")),
        }
    }

    #[cold]
    fn no_value(&mut self, start: usize, error: &serde_json::Error) -> Stop {
        let rest = self.slice(start, self.text.len());
        let lines = rest.split_inclusive('\n').take(error.line() - 1);
        let end = lines.map(str::len).sum::<usize>() + error.column();
        let passed = rest.as_bytes().get(..=end).unwrap_or(rest.as_bytes());
        let message = error.to_string();
        let what = if passed.contains(&self.stand_in) {
            "a byte that is not UTF-8"
        } else if error.is_eof() {
            "the text ends too early"
        } else if message.starts_with("control character") {
            "a control character in a text"
        } else if message.contains("escape") {
            "no such escape"
        } else {
            "expected a value"
        };
        self.stop(start, What::Syntax(what))
    }

    /// Skips a value, whether or not it is JSON, up to the comma or bracket that ends it. Fails if
    /// quotes or brackets do not match.
    #[cold]
    pub(crate) fn any_value(&mut self) -> Result<&'a str, Stop> {
        let start = self.peek_at();
        self.drop_value().or_else(|Stop| {
            self.at = start;
            self.damaged_value()
        })
    }

    /// Skips a string with any content: to the next quote without a backslash before it.
    #[cold]
    pub(super) fn skip_damaged_string(&mut self) -> Result<(), Stop> {
        loop {
            let special = text::find_special(self.text.as_bytes(), self.at + 1);
            self.at = special;
            match self.byte() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 1,
                Some(_) => {}
                None => return Err(self.syntax("")),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// Skips a value that is not JSON, by quotes and brackets alone. The value may be empty.
    #[cold]
    pub(crate) fn damaged_value(&mut self) -> Result<&'a str, Stop> {
        let start = self.peek_at();
        let mut open = Vec::new();
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.skip_damaged_string()?;
                    continue;
                }
                Some(b'[') => open.push(b']'),
                Some(b'{') => open.push(b'}'),
                Some(b',' | b']' | b'}') | None if open.is_empty() => break,
                Some(close @ (b']' | b'}')) if open.pop() != Some(close) => {
                    return Err(self.syntax("expected another closing bracket"));
                }
                Some(_) => {}
                None => return Err(self.syntax("")),
            }
            self.at += 1;
        }
        Ok(self.slice(start, self.at).trim_ascii_end())
    }
}

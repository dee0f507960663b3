//! Skipping values that no type reads, be they JSON or not.

use serde::de::IgnoredAny;

use super::{
    reader::{Reader, Stop, What},
    text,
};

impl<'a> Reader<'a> {
    /// Skips a value of any depth and content, and gives its text. Fails only where the text is no JSON.
    pub(crate) fn drop_value(&mut self) -> Result<&'a str, Stop> {
        let start = self.peek_at();
        if let b'[' | b'{' = self.peek() {
            let depth = self.depth;
            let skipped = self.skip_nested();
            self.depth = depth;
            skipped?;
        } else {
            self.skip_scalar()?;
        }
        let value = self.slice(start, self.at);
        match self.peek() {
            b',' | b'}' | b']' => Ok(value),
            _ if self.at == self.text.len() => Ok(value),
            _ => Err(self.syntax("expected a comma or a closing bracket")),
        }
    }

    /// Skips a value, be it JSON or not, up to the comma or bracket that ends it. Fails where quotes or
    /// brackets do not match.
    #[cold]
    pub(crate) fn any_value(&mut self) -> Result<&'a str, Stop> {
        let start = self.peek_at();
        self.drop_value().or_else(|Stop| {
            self.at = start;
            self.damaged_value()
        })
    }

    /// An array or an object. Not recursive, so that no depth overflows the stack.
    fn skip_nested(&mut self) -> Result<(), Stop> {
        self.open.clear();
        loop {
            let close = match self.peek() {
                b'[' => Some(b']'),
                b'{' => Some(b'}'),
                _ => None,
            };
            if let Some(close) = close {
                self.at += 1;
                self.open.push(close);
                if self.peek() != close {
                    self.skip_key(close)?;
                    continue;
                }
            } else {
                self.skip_scalar()?;
            }
            // Behind a value, or behind the bracket of something empty.
            loop {
                let Some(close) = self.open.last().copied() else {
                    return Ok(());
                };
                if self.more(close)? {
                    self.skip_key(close)?;
                    break;
                }
                self.open.pop();
            }
        }
    }

    /// The key of a member, where the bracket to come is that of an object.
    fn skip_key(&mut self, close: u8) -> Result<(), Stop> {
        if close != b'}' {
            return Ok(());
        }
        if self.peek() != b'"' {
            return Err(self.syntax("expected a key in quotes"));
        }
        self.skip_string()?;
        self.colon()
    }

    fn skip_scalar(&mut self) -> Result<(), Stop> {
        match self.peek() {
            b'"' => self.skip_string(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            b'-' | b'0'..=b'9' => self.number().map(drop),
            _ => Err(self.syntax("expected a value")),
        }
    }

    /// A text that is JSON by its form: it may have half a character in it.
    pub(super) fn skip_string(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let special = text::find_special(self.text.as_bytes(), start + 1);
        if self.text.as_bytes().get(special) == Some(&b'"') {
            self.at = special + 1;
            return Ok(());
        }
        self.skip_damaged_string()?;
        let text = self.slice(start, self.at);
        if serde_json::from_str::<IgnoredAny>(text).is_ok() {
            return Ok(());
        }
        let what = if text.as_bytes().contains(&self.stand_in) {
            "a byte that is not UTF-8"
        } else if text.contains(|character| character < ' ') {
            "a control character in a text"
        } else {
            "no such escape"
        };
        Err(self.stop(start, What::Syntax(what)))
    }

    /// Skips a text, whatever is in it: to the next quote that no backslash stands before.
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

    /// Skips a value that is not JSON, by quotes and brackets alone. There may be nothing of it.
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

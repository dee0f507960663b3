//! Passing over values.

use super::{
    number::Number,
    reader::{DEPTH, Reader, Stop, What},
    text,
};

/// How much is asked of a value that is passed over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// It will be kept: every reader of JSON must be able to read it later.
    Kept,
    /// It is thrown away: it must be JSON by its form.
    Dropped,
}

impl<'a> Reader<'a> {
    /// Passes over a value that is kept. It must be readable by `serde_json`: no half characters, no
    /// number beyond floats, and not nested too deep.
    pub(crate) fn value(&mut self) -> Result<&'a str, Stop> {
        self.peek();
        let start = self.at;
        self.pass(Care::Kept)?;
        Ok(self.slice(start, self.at))
    }

    /// Passes over a value of any depth and content. Fails only where the text is no JSON.
    pub(crate) fn drop_value(&mut self) -> Result<&'a str, Stop> {
        self.peek();
        let start = self.at;
        self.pass(Care::Dropped)?;
        Ok(self.slice(start, self.at))
    }

    /// Passes over a value, be it JSON or not, up to the comma or bracket that ends it; `true` where it
    /// is JSON. Fails where quotes or brackets do not match.
    #[cold]
    pub(crate) fn any_value(&mut self) -> Result<(&'a str, bool), Stop> {
        let start = self.peek_at();
        if let Ok(value) = self.drop_value()
            && self.is_at_end_of_value()
        {
            return Ok((value, true));
        }
        self.at = start;
        Ok((self.damaged_value()?, false))
    }

    /// Whether what comes next can follow a value.
    #[inline]
    pub(crate) fn is_at_end_of_value(&mut self) -> bool {
        matches!(self.peek(), b',' | b'}' | b']') || self.at == self.text.len()
    }

    /// Passes over a value that is not JSON, by quotes and brackets alone. There may be nothing of it.
    #[cold]
    pub(crate) fn damaged_value(&mut self) -> Result<&'a str, Stop> {
        let start = self.peek_at();
        let mut open = Brackets::default();
        loop {
            match self.byte() {
                Some(b'"') => {
                    self.pass_damaged_string()?;
                    continue;
                }
                Some(bracket @ (b'[' | b'{')) => open.push(bracket == b'{'),
                Some(b',' | b']' | b'}') | None if open.depth == 0 => break,
                Some(bracket @ (b']' | b'}')) => {
                    if open.is_object() != (bracket == b'}') {
                        return Err(self.syntax("expected another closing bracket"));
                    }
                    open.pop();
                }
                Some(_) => {}
                None => return Err(self.syntax("")),
            }
            self.at += 1;
        }
        Ok(self.slice(start, self.at).trim_ascii_end())
    }

    /// Passes over a text, whatever is in it: to the next quote that no backslash stands before.
    pub(super) fn pass_damaged_string(&mut self) -> Result<(), Stop> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        loop {
            at = text::find_special(bytes, at);
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
                None => {
                    self.at = bytes.len();
                    return Err(self.syntax(""));
                }
            }
        }
        self.at = at + 1;
        Ok(())
    }

    #[inline]
    fn pass(&mut self, care: Care) -> Result<(), Stop> {
        match self.peek() {
            b'[' | b'{' => self.pass_nested(care),
            _ => self.pass_scalar(care),
        }
    }

    fn pass_scalar(&mut self, care: Care) -> Result<(), Stop> {
        match self.peek() {
            b'"' => self.pass_string(care),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            b'-' | b'0'..=b'9' => {
                let start = self.at;
                let number = self.number()?;
                if care == Care::Kept && !Number::is_in_range(&number) {
                    return Err(self.stop(start, What::Refused("a number that is too large")));
                }
                Ok(())
            }
            _ => Err(self.syntax("expected a value")),
        }
    }

    fn pass_string(&mut self, care: Care) -> Result<(), Stop> {
        let start = self.at;
        let special = text::find_special(self.text.as_bytes(), start + 1);
        if self.text.as_bytes().get(special) == Some(&b'"') {
            self.at = special + 1;
            return Ok(());
        }
        let (end, sound) = self.string_end(special)?;
        self.at = end;
        if care == Care::Kept && !sound {
            return Err(self.stop(start, What::Refused(text::HALF_CHARACTER)));
        }
        Ok(())
    }

    /// Where a text ends that has something special at `special`, and whether it has only whole
    /// characters.
    #[cold]
    pub(super) fn string_end(&mut self, special: usize) -> Result<(usize, bool), Stop> {
        let bytes = self.text.as_bytes();
        let mut at = special;
        // The first half of a character was here, and the other must follow at once.
        let mut half = false;
        let mut sound = true;
        loop {
            let escape = match bytes.get(at) {
                Some(b'"') => return Ok((at + 1, sound && !half)),
                Some(b'\\') => bytes.get(at + 1),
                Some(byte) if *byte == self.stand_in => {
                    self.at = at;
                    return Err(self.syntax("a byte that is not UTF-8"));
                }
                _ => {
                    self.at = at;
                    return Err(self.syntax("a control character in a text"));
                }
            };
            let waiting = std::mem::take(&mut half);
            match escape {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                    sound &= !waiting;
                    at += 2;
                }
                Some(b'u') => {
                    let digits = bytes
                        .get(at + 2..at + 6)
                        .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                    let Some(digits) = digits else {
                        self.at = at + 2;
                        return Err(self.syntax("four hexadecimal digits must follow `\\u`"));
                    };
                    let (lead, second) = (digits[0] | 0x20, digits[1] | 0x20);
                    let first = lead == b'd' && matches!(second, b'8' | b'9' | b'a' | b'b');
                    let last = lead == b'd' && matches!(second, b'c'..=b'f');
                    sound &= last == waiting;
                    at += 6;
                    half = first;
                }
                _ => {
                    self.at = at + 1;
                    return Err(self.syntax("no such escape"));
                }
            }
            let next = text::find_special(bytes, at);
            sound &= !half || next == at;
            at = next;
        }
    }

    /// An array or an object. Not recursive, so that no depth overflows the stack.
    fn pass_nested(&mut self, care: Care) -> Result<(), Stop> {
        let start = self.at;
        let mut open = Brackets::default();
        loop {
            // At a value.
            match self.peek() {
                bracket @ (b'[' | b'{') => {
                    if care == Care::Kept && self.depth + open.depth + 1 >= DEPTH {
                        return Err(
                            self.stop(start, What::Refused("values that are nested too deep"))
                        );
                    }
                    self.at += 1;
                    open.push(bracket == b'{');
                    let close = if bracket == b'{' { b'}' } else { b']' };
                    if self.peek() != close {
                        self.pass_key(care, &open)?;
                        continue;
                    }
                }
                _ => {
                    self.pass_scalar(care)?;
                    if self.comma(&open) {
                        self.pass_key(care, &open)?;
                        continue;
                    }
                }
            }
            // At a closing bracket, or at something that is none.
            loop {
                let close = if open.is_object() { b'}' } else { b']' };
                if self.peek() != close {
                    return Err(self.syntax("expected a comma or a closing bracket"));
                }
                self.at += 1;
                if open.pop() {
                    return Ok(());
                }
                if self.comma(&open) {
                    self.pass_key(care, &open)?;
                    break;
                }
            }
        }
    }

    fn comma(&mut self, open: &Brackets) -> bool {
        let comma = self.peek() == b',' && open.depth > 0;
        self.at += usize::from(comma);
        comma
    }

    fn pass_key(&mut self, care: Care, open: &Brackets) -> Result<(), Stop> {
        if !open.is_object() {
            return Ok(());
        }
        if self.peek() != b'"' {
            return Err(self.syntax("expected a key in quotes"));
        }
        self.pass_string(care)?;
        self.colon()
    }
}

/// The brackets that are open: one bit each, set for an object.
#[derive(Default)]
struct Brackets {
    bits: u128,
    /// The outer ones, 128 in each.
    outer: Vec<u128>,
    depth: u32,
}

impl Brackets {
    fn push(&mut self, object: bool) {
        if self.depth > 0 && self.depth.is_multiple_of(128) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u128::from(object);
        self.depth += 1;
    }

    /// `true` when nothing is open any more.
    fn pop(&mut self) -> bool {
        self.depth -= 1;
        self.bits >>= 1;
        if self.depth > 0 && self.depth.is_multiple_of(128) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
        self.depth == 0
    }

    fn is_object(&self) -> bool {
        self.bits & 1 == 1
    }
}

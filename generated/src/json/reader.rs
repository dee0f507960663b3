//! Reads JSON text.

use std::borrow::Cow;

use super::{Refusal, kind, number::Number, prepend, text};

/// How deep values may nest, as in `serde_json`.
const DEPTH: u32 = 128;

/// Reading has stopped; [`Reader::fault`] has the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop;

/// Where and why reading stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Offset of the value, or of the byte in the case of [`What::Syntax`].
    pub(crate) at: usize,
    /// The path to the value, such as `data[3].price`. Empty for the whole text.
    pub(crate) path: String,
    pub(crate) what: What,
}

impl Fault {
    pub(crate) fn refusal(self, text: &str) -> Refusal {
        Refusal {
            problem: self.message(text),
            path: self.path,
        }
    }

    /// The problem, in a message that repeats only keys of the text.
    pub(crate) fn message(&self, text: &str) -> String {
        match self.what {
            What::Syntax(what) | What::Refused(what) => what.to_owned(),
            What::Missing(key) => format!("missing field `{key}`"),
            What::Expected(expected) => {
                let found = kind(text, self.at);
                format!("expected {expected}, found {found}")
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The text is not JSON.
    Syntax(&'static str),
    /// The value is not of this kind.
    Expected(&'static str),
    /// The value has the right kind, but cannot be accepted because it is this.
    Refused(&'static str),
    /// The object lacks this required member.
    Missing(&'static str),
}

/// Something unexpected that was tolerated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// The path to the value, as in [`Fault`].
    pub(crate) path: String,
    pub(crate) expected: &'static str,
    /// The kind of the value, or a name that is not personal data.
    pub(crate) found: Cow<'static, str>,
    /// The value was set aside because it could not be read.
    pub(crate) unreadable: bool,
}

impl Note {
    /// About the whole value.
    pub(crate) fn new(expected: &'static str, found: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: String::new(),
            expected,
            found: found.into(),
            unreadable: false,
        }
    }
}

/// A position in a JSON text.
#[derive(Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is set on its own")]
pub(crate) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(crate) at: usize,
    pub(crate) depth: u32,
    fault: Option<Fault>,
    /// Whether to note unexpected values.
    pub(crate) noting: bool,
    /// Unexpected values, in the order of the text.
    pub(crate) notes: Vec<Note>,
    /// Buffers to collect members in, which are not in use.
    pub(crate) buffers: Vec<String>,
    /// Whether items of a list that cannot be read are kept separately, so that the others can be read.
    pub(crate) tolerant: bool,
    /// The text was written by serde, so that members may be stored as text.
    pub(crate) is_stored: bool,
    /// Whether the next array is such a list.
    pub(crate) items_ahead: bool,
    /// The number of the field that is read.
    pub(crate) field: usize,
    /// The length of the last list in each field: records of a page are similar.
    pub(crate) lengths: [u8; 16],
    /// Items that were kept separately: index, problem (with its path in the list), and text.
    pub(crate) broken: Vec<(usize, Fault, &'a str)>,
    /// The number of choices of types around the value: each may be read in several ways.
    pub(crate) choices: u8,
    /// The control character that replaces bytes that were not UTF-8, or [`NO_STAND_IN`].
    pub(crate) stand_in: u8,
    /// The status of the response.
    pub(crate) status: u16,
}

/// A key, and its problem.
type AnyKey<'a> = (Cow<'a, str>, Option<Box<Fault>>);

/// No text in UTF-8 has this byte.
pub(crate) const NO_STAND_IN: u8 = 0xff;

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            stand_in: NO_STAND_IN,
            ..Self::default()
        }
    }

    /// A reader at the same position, which notes unexpected values.
    pub(crate) fn again(&self) -> Self {
        Self {
            at: self.at,
            depth: self.depth,
            noting: true,
            is_stored: self.is_stored,
            choices: self.choices + 1,
            stand_in: self.stand_in,
            status: self.status,
            ..Self::new(self.text)
        }
    }

    /// Why reading stopped.
    #[cold]
    pub(crate) fn fault(&self) -> Fault {
        self.fault.clone().unwrap_or(Fault {
            at: self.at,
            path: String::new(),
            what: What::Syntax("the text cannot be read"),
        })
    }

    #[cold]
    pub(crate) fn stop(&mut self, at: usize, what: What) -> Stop {
        let path = String::new();
        self.fault = Some(Fault { at, path, what });
        Stop
    }

    #[cold]
    pub(super) fn syntax(&mut self, what: &'static str) -> Stop {
        let what = if self.at >= self.text.len() {
            "the text ends too early"
        } else {
            what
        };
        self.stop(self.at, What::Syntax(what))
    }

    /// The value here is not of the expected kind. A value that is not JSON is a syntax error.
    #[cold]
    pub(crate) fn mismatch(&mut self, expected: &'static str) -> Stop {
        let at = self.at;
        match self.text.as_bytes().get(at) {
            Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'[' | b'{') => {
                self.stop(at, What::Expected(expected))
            }
            _ => self.syntax("expected a value"),
        }
    }

    /// Adds this field or item to the paths of the fault and of the notes from number `noted` on.
    #[cold]
    pub(crate) fn below(&mut self, noted: usize, step: &str) {
        let notes = self.notes.iter_mut().skip(noted);
        let notes = notes.map(|note| &mut note.path);
        for path in notes.chain(self.fault.as_mut().map(|fault| &mut fault.path)) {
            prepend(path, step);
        }
    }

    /// Notes something unexpected about the value at `at`: `found`, or else the kind of the value.
    #[cold]
    pub(crate) fn deviate(&mut self, at: usize, expected: &'static str, found: Option<&str>) {
        if self.noting {
            let note = match found {
                Some(found) => Note::new(expected, found.to_owned()),
                None => Note::new(expected, kind(self.text, at)),
            };
            self.notes.push(note);
        }
    }

    /// Notes a value that was set aside because of `fault`.
    #[cold]
    pub(crate) fn set_aside(&mut self, fault: &Fault) {
        let (expected, found): (_, Cow<'static, str>) = match fault.what {
            What::Expected(expected) => (expected, kind(self.text, fault.at).into()),
            What::Missing(key) => ("every required field", format!("no field `{key}`").into()),
            What::Refused(found) => ("a value that can be read", found.into()),
            What::Syntax(problem) => ("valid JSON", format!("a syntax error ({problem})").into()),
        };
        if self.noting {
            self.notes.push(Note {
                path: fault.path.clone(),
                unreadable: true,
                ..Note::new(expected, found)
            });
        }
    }

    /// The number of unread bytes.
    pub(crate) fn rest(&self) -> usize {
        self.text.len() - self.at
    }

    /// A part of the text, with U+FFFD in place of bytes that were not UTF-8.
    #[cold]
    pub(crate) fn without_stand_in(&self, part: &str) -> String {
        if self.stand_in == NO_STAND_IN {
            return part.to_owned();
        }
        part.replace(char::from(self.stand_in), "\u{fffd}")
    }

    /// Where the next value begins.
    pub(crate) fn peek_at(&mut self) -> usize {
        self.peek();
        self.at
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space; 0 at the end.
    #[inline]
    pub(crate) fn peek(&mut self) -> u8 {
        match self.byte() {
            Some(byte) if byte > b' ' => byte,
            _ => self.peek_after_space(),
        }
    }

    fn peek_after_space(&mut self) -> u8 {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
        }
        self.byte().unwrap_or(0)
    }

    /// Takes `token` if it comes next.
    #[inline]
    pub(crate) fn take(&mut self, token: &str) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let taken = rest.starts_with(token.as_bytes());
        if taken {
            self.at += token.len();
        }
        taken
    }

    /// Fails unless only white space follows.
    pub(crate) fn end(&mut self) -> Result<(), Stop> {
        self.peek();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.stop(self.at, What::Syntax("there is more text after the value")))
        }
    }

    /// Enters an array or object; `true` if it is not empty.
    pub(crate) fn open(
        &mut self,
        bracket: u8,
        close: u8,
        expected: &'static str,
    ) -> Result<bool, Stop> {
        if self.peek() != bracket {
            return Err(self.mismatch(expected));
        }
        self.depth += 1;
        if self.depth >= DEPTH {
            return Err(self.stop(self.at, What::Refused("values that are nested too deep")));
        }
        self.at += 1;
        if self.peek() == close {
            self.at += 1;
            self.depth -= 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// Reads the separator after an item or member: `true` if another follows, `false` after the closing bracket.
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, Stop> {
        let byte = self.peek();
        if byte == b',' {
            self.at += 1;
            self.peek();
            return Ok(true);
        }
        if byte == close {
            self.at += 1;
            self.depth = self.depth.saturating_sub(1);
            return Ok(false);
        }
        Err(self.syntax("expected a comma or a closing bracket"))
    }

    /// A key and the colon after it.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, Stop> {
        if self.peek() != b'"' {
            return Err(self.syntax("expected a key in quotes"));
        }
        let key = self.string()?;
        self.colon()?;
        Ok(key)
    }

    /// A key and the colon after it. A key that cannot be read is returned with its problem: as much of it as can be
    /// read, with U+FFFD for the rest. Fails if there are no quotes or no colon.
    pub(crate) fn any_key(&mut self) -> Result<AnyKey<'a>, Stop> {
        let start = self.peek_at();
        match self.key() {
            Ok(key) => Ok((key, None)),
            Err(Stop) => self.damaged_key(start),
        }
    }

    #[cold]
    fn damaged_key(&mut self, start: usize) -> Result<AnyKey<'a>, Stop> {
        let fault = self.fault();
        self.at = start;
        if self.peek() != b'"' {
            return Err(Stop);
        }
        self.skip_damaged_string()?;
        let inside = self.slice(start + 1, self.at - 1);
        self.colon()?;
        let is_no_character = |character: char| character.is_control() || character == '\\';
        let key = text::unescape_lossy(inside).replace(is_no_character, "\u{fffd}");
        Ok((key.into(), Some(fault.into())))
    }

    pub(super) fn colon(&mut self) -> Result<(), Stop> {
        if self.peek() != b':' {
            return Err(self.syntax("expected a colon"));
        }
        self.at += 1;
        Ok(())
    }

    /// The text at a quote.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Stop> {
        let start = self.at + 1;
        let end = text::find_special(self.text.as_bytes(), start);
        if self.text.as_bytes().get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok(Cow::Borrowed(self.slice(start, end)));
        }
        self.string_with_escapes()
    }

    #[cold]
    fn string_with_escapes(&mut self) -> Result<Cow<'a, str>, Stop> {
        let start = self.at;
        let text = self.pass()?;
        serde_json::from_str(text).map(Cow::Owned).map_err(|_| {
            // JavaScript allows this in a string and JSON can write it, but it is not a character.
            let half = "text with a lone surrogate";
            self.stop(start, What::Refused(half))
        })
    }

    /// A number.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<Number<'a>, Stop> {
        let Some(number) = Number::scan(self.text, self.at) else {
            return Err(self.syntax("this is not a JSON number"));
        };
        self.at += number.text.len();
        Ok(number)
    }

    /// One of `true`, `false` and `null`.
    pub(crate) fn literal(&mut self, literal: &'static str) -> Result<(), Stop> {
        if self.take(literal) {
            Ok(())
        } else {
            Err(self.syntax("expected `true`, `false` or `null`"))
        }
    }
}

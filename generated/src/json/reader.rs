//! Walks over JSON text.

use std::borrow::Cow;

use super::{number::Number, text};

/// How deep values may nest, as in `serde_json`.
pub(super) const DEPTH: u32 = 128;

/// Reading has stopped; why is in [`Reader::fault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop;

/// Where and why reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Offset of the value, or of the byte in the case of [`What::Syntax`].
    pub(crate) at: usize,
    pub(crate) what: What,
}

impl Fault {
    /// What is wrong, in words that repeat nothing of the text but a key.
    pub(crate) fn message(&self, text: &str) -> String {
        match self.what {
            What::Syntax(what) | What::Refused(what) => what.to_owned(),
            What::Missing(key) => format!("missing field `{key}`"),
            What::Expected(expected) => {
                let found = super::kind(text.as_bytes().get(self.at..).unwrap_or_default());
                format!("expected {expected}, found {found}")
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The text is no JSON.
    Syntax(&'static str),
    /// The value is none of what is named here.
    Expected(&'static str),
    /// The value is what it should be, but cannot be taken for the reason named here.
    Refused(&'static str),
    /// The object lacks a member that a record cannot be without.
    Missing(&'static str),
}

/// Something unexpected that was tolerated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// Offset of the value.
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
    /// A name that is no personal data; without one the kind of the value is reported.
    pub(crate) found: Option<Box<str>>,
    /// The value was set aside: nothing could be made of it.
    pub(crate) unreadable: bool,
}

/// A place in a JSON text.
pub(crate) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(crate) depth: u32,
    /// White space was passed since this was last set to `false`.
    pub(super) spaced: bool,
    fault: Option<Fault>,
    deviations: u32,
    notes: Option<Vec<Note>>,
    /// Where members gather that no field takes, of all objects that are open. There are two kinds.
    pub(crate) gathered: [String; 2],
    /// Items of a list that cannot be read are kept apart, and do not cost the others.
    pub(crate) tolerant: bool,
    /// The next array is such a list.
    pub(crate) items_ahead: bool,
    /// The number of the field that is read, for lists to find their place in `lengths`.
    pub(crate) field: usize,
    /// How long the last list in a field was, more or less: records of a page are much alike.
    pub(crate) lengths: [u8; 16],
    /// Items that were kept apart: index, what is wrong, and text.
    pub(crate) broken: Vec<(usize, Fault, &'a str)>,
    /// The control character that stands for bytes that were not UTF-8; a byte that no text has where
    /// there were none.
    pub(crate) stand_in: u8,
}

/// No text in UTF-8 has this byte.
pub(crate) const NO_STAND_IN: u8 = 0xff;

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            spaced: false,
            fault: None,
            deviations: 0,
            notes: None,
            gathered: [String::new(), String::new()],
            tolerant: false,
            items_ahead: false,
            field: 0,
            lengths: [0; 16],
            broken: Vec::new(),
            stand_in: NO_STAND_IN,
        }
    }

    /// A reader that notes everything unexpected.
    pub(crate) fn noting(text: &'a str) -> Self {
        Self {
            notes: Some(Vec::new()),
            ..Self::new(text)
        }
    }

    /// Why reading stopped.
    pub(crate) fn fault(&self) -> Fault {
        self.fault.unwrap_or(Fault {
            at: self.at,
            what: What::Syntax("the text cannot be read"),
        })
    }

    /// How much was unexpected, and put up with.
    pub(crate) fn deviations(&self) -> u32 {
        self.deviations
    }

    pub(crate) fn into_notes(self) -> Vec<Note> {
        self.notes.unwrap_or_default()
    }

    #[cold]
    pub(crate) fn stop(&mut self, at: usize, what: What) -> Stop {
        self.fault = Some(Fault { at, what });
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

    /// The value here is none of what is expected. What is no JSON at all is a syntax error.
    #[cold]
    pub(crate) fn misfit(&mut self, expected: &'static str) -> Stop {
        let at = self.at;
        match self.text.as_bytes().get(at) {
            Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'[' | b'{') => {
                self.stop(at, What::Expected(expected))
            }
            _ => self.syntax("expected a value"),
        }
    }

    /// Counts something unexpected about the value at `at`.
    #[cold]
    pub(crate) fn deviate(&mut self, at: usize, expected: &'static str, found: Option<&str>) {
        self.note(Note {
            at,
            expected,
            found: found.map(Into::into),
            unreadable: false,
        });
    }

    /// Counts a value that was set aside because of `fault`.
    #[cold]
    pub(crate) fn set_aside(&mut self, fault: &Fault) {
        let (expected, found) = match fault.what {
            What::Expected(expected) => (expected, None),
            What::Missing(key) => (
                "every required field",
                Some(format!("no field `{key}`").into()),
            ),
            What::Refused(found) => ("a value that can be read", Some(found.into())),
            What::Syntax(problem) => (
                "valid JSON",
                Some(format!("a syntax error ({problem})").into()),
            ),
        };
        self.note(Note {
            at: fault.at,
            expected,
            found,
            unreadable: true,
        });
    }

    fn note(&mut self, note: Note) {
        self.deviations = self.deviations.saturating_add(1);
        if let Some(notes) = &mut self.notes {
            // Nearly always at the end: in the order of the text, which is nearly that of reading.
            let place = notes.partition_point(|earlier| earlier.at <= note.at);
            notes.insert(place, note);
        }
    }

    pub(crate) fn clear_spaced(&mut self) {
        self.spaced = false;
    }

    /// Whether white space was passed since [`clear_spaced`](Self::clear_spaced).
    pub(crate) fn was_spaced(&self) -> bool {
        self.spaced
    }

    /// Bytes that are left.
    pub(crate) fn rest(&self) -> usize {
        self.text.len() - self.at
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn rewind(&mut self, at: usize) {
        self.at = at;
    }

    /// A part of the text with U+FFFD for what was not UTF-8.
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

    /// The next byte that is no white space; 0 at the end.
    #[inline]
    pub(crate) fn peek(&mut self) -> u8 {
        match self.byte() {
            Some(byte) if byte > b' ' => byte,
            _ => self.peek_behind_space(),
        }
    }

    fn peek_behind_space(&mut self) -> u8 {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.at += 1;
            self.spaced = true;
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

    /// Nothing may follow but white space.
    pub(crate) fn end(&mut self) -> Result<(), Stop> {
        self.peek();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.stop(self.at, What::Syntax("there is more text after the value")))
        }
    }

    /// Goes into an array or object; `true` where it has something in it.
    pub(crate) fn open(
        &mut self,
        bracket: u8,
        close: u8,
        expected: &'static str,
    ) -> Result<bool, Stop> {
        if self.peek() != bracket {
            return Err(self.misfit(expected));
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

    /// After an item or member: `true` where another follows, `false` behind the closing bracket.
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

    /// A key and the colon behind it.
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, Stop> {
        if self.peek() != b'"' {
            return Err(self.syntax("expected a key in quotes"));
        }
        let key = self.string()?;
        self.colon()?;
        Ok(key)
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
        self.escaped(end)
    }

    /// The rest of a text that has an escape, or something that no text may have, at `special`.
    #[cold]
    fn escaped(&mut self, special: usize) -> Result<Cow<'a, str>, Stop> {
        let start = self.at;
        let (end, sound) = self.string_end(special)?;
        self.at = end;
        let text = sound
            .then(|| text::unescape(self.slice(start + 1, end - 1)))
            .flatten();
        match text {
            Some(text) => Ok(Cow::Owned(text)),
            None => Err(self.stop(start, What::Refused(text::HALF_CHARACTER))),
        }
    }

    /// A number.
    #[inline]
    pub(crate) fn number(&mut self) -> Result<Number<'a>, Stop> {
        let (number, end) = Number::scan(self.text, self.at);
        self.at = end;
        match number {
            Some(number) => Ok(number),
            None => Err(self.syntax("this is no number of JSON")),
        }
    }

    /// A key that begins at `start` and could not be read, and the colon behind it: as much of it as can
    /// be told, with U+FFFD for the rest. Fails where there are no quotes or no colon.
    #[cold]
    pub(crate) fn damaged_key(&mut self, start: usize) -> Result<String, Stop> {
        let fault = self.fault;
        self.at = start;
        let mut pass = || {
            if self.peek() != b'"' {
                return Err(Stop);
            }
            self.pass_damaged_string()?;
            let inside = self.slice(start + 1, self.at - 1);
            self.colon().map(|()| inside)
        };
        let inside = pass();
        self.fault = fault;
        let (key, _) = text::unescape_lossy(inside?);
        Ok(key.replace(
            |character: char| character.is_control() || character == '\\',
            "\u{fffd}",
        ))
    }

    /// One of `true`, `false` and `null`.
    pub(crate) fn literal(&mut self, literal: &'static str) -> Result<(), Stop> {
        if self.take(literal) {
            Ok(())
        } else {
            // As far as it fits: a text that ends here ends too early.
            while self
                .text
                .as_bytes()
                .get(self.at)
                .is_some_and(u8::is_ascii_lowercase)
            {
                self.at += 1;
            }
            Err(self.syntax("expected `true`, `false` or `null`"))
        }
    }

    /// Goes back to a member whose value went wrong somewhere, and forgets what was noted and gathered since.
    #[cold]
    pub(crate) fn back_to(&mut self, start: usize, gathered: [usize; 2]) {
        self.at = start;
        if let Some(notes) = &mut self.notes {
            notes.truncate(notes.partition_point(|note| note.at < start));
        }
        for (gathered, length) in self.gathered.iter_mut().zip(gathered) {
            gathered.truncate(length);
        }
    }

    /// A mark to come back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            at: self.at,
            depth: self.depth,
            deviations: self.deviations,
            notes: self.notes.as_ref().map_or(0, Vec::len),
            gathered: [self.gathered[0].len(), self.gathered[1].len()],
        }
    }

    /// Goes back to a mark, and forgets what came since.
    pub(crate) fn back(&mut self, mark: &Mark) {
        (self.at, self.depth, self.deviations) = (mark.at, mark.depth, mark.deviations);
        if let Some(notes) = &mut self.notes {
            notes.truncate(mark.notes);
        }
        for (gathered, length) in self.gathered.iter_mut().zip(mark.gathered) {
            gathered.truncate(length);
        }
    }
}

/// A place to go back to.
pub(crate) struct Mark {
    at: usize,
    depth: u32,
    deviations: u32,
    notes: usize,
    gathered: [usize; 2],
}

//! From the body of a response to what a call gives.

use std::{borrow::Cow, cell::Cell};

use serde::de::DeserializeOwned;

use crate::{
    BrokenItem, Client, Deviation, Error, ListEnvelope, ListShape, Operation, Page,
    deviation::OnDeviation,
    envelope,
    error::Misfit,
    hook,
    json::{Fault, NO_STAND_IN, Reader, kind, paths},
    model::{Presence, Slot, Value},
};

/// The request was processed all the same, so the error says that before anything else.
const NO_BODY: &str = "the server accepted the request, but its response has no body";

/// Where an answer to be read comes from, and what becomes of it then.
pub(crate) trait Source {
    /// What is to be read.
    fn received(&self) -> Received<'_>;

    /// It was read. Fails where a hook panicked.
    fn read(&mut self) -> Result<(), Error>;

    /// It cannot be read.
    fn misread(&mut self, misfit: Misfit) -> Error;
}

/// The text of a response, and who wants to know what is unexpected about it.
pub(crate) struct Received<'a> {
    operation: &'static Operation,
    pub(crate) text: Cow<'a, str>,
    /// The control character that is there for bytes that are not UTF-8.
    stand_in: u8,
    /// Why this is not the text that was received.
    missing: Option<&'static str>,
    hook: Option<&'a OnDeviation>,
    /// That of the hook.
    panic: &'a Cell<Option<Error>>,
}

impl<'a> Received<'a> {
    pub(crate) fn new(
        client: impl Into<Option<&'a Client>>,
        operation: &'static Operation,
        body: &'a [u8],
        panic: &'a Cell<Option<Error>>,
    ) -> Self {
        let (text, stand_in) = text_of(body);
        let (text, missing) = if text.trim_ascii().is_empty() {
            (Cow::Borrowed("null"), Some(NO_BODY))
        } else {
            (text, None)
        };
        Self {
            operation,
            text,
            stand_in,
            missing,
            hook: client
                .into()
                .and_then(|client| client.inner().on_deviation.as_deref()),
            panic,
        }
    }

    /// Tells the hook of a deviation, unless it has panicked.
    fn report(&self, hook: &OnDeviation, deviation: &Deviation) {
        let call = || hook::catch(self.operation, "on_deviation", || hook(deviation)).err();
        self.panic.set(self.panic.take().or_else(call));
    }

    /// What is wrong with the answer, where the text is not what it should be.
    fn misfit(&self, found: impl FnOnce() -> Misfit) -> Misfit {
        self.missing.map_or_else(found, misfit)
    }

    /// Reports a response without a body, if that is what this is, and the record may be missing.
    fn is_done_without_body(&self, slot: &dyn Slot) -> bool {
        if self.text.trim_ascii() != "null" || !may_be_missing(self.operation, slot) {
            return false;
        }
        if let Some(hook) = self.hook {
            let deviation = Deviation {
                operation: self.operation,
                path: ".".to_owned(),
                expected: "a record",
                found: self.missing.map_or("null", |_| "no body").into(),
                unreadable: false,
            };
            self.report(hook, &deviation);
        }
        true
    }

    /// Tells that the answer came in another envelope than the documented one.
    fn is_elsewhere(&self, path: &str, found: &'static str) {
        if let Some(hook) = self.hook {
            let deviation = Deviation {
                operation: self.operation,
                path: path.to_owned(),
                expected: "another envelope",
                found: found.into(),
                unreadable: false,
            };
            self.report(hook, &deviation);
        }
    }
}

/// The text of a body, and the control character that is in it for every sequence of bytes that is not UTF-8: no JSON
/// has one as it is, so a value that holds one cannot be read, and its neighbours can.
fn text_of(body: &[u8]) -> (Cow<'_, str>, u8) {
    // Some servers mark UTF-8 so; it is none of JSON's white space.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // One check of the whole text is much cheaper than one per string.
    match std::str::from_utf8(body) {
        Ok(text) => (Cow::Borrowed(text), NO_STAND_IN),
        Err(_) => lossy(body),
    }
}

#[cold]
fn lossy(body: &[u8]) -> (Cow<'_, str>, u8) {
    const SUBSTITUTE: u8 = 0x1a;
    // One that is nowhere else in the body.
    let others = (0x01_u8..0x20).filter(|byte| !byte.is_ascii_whitespace());
    let stand_in = std::iter::once(SUBSTITUTE)
        .chain(others)
        .find(|byte| !body.contains(byte))
        .unwrap_or(SUBSTITUTE);
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::from(stand_in));
        }
    }
    (Cow::Owned(text), stand_in)
}

/// Reads a model. All but its own type is the same for every model, and compiled once.
pub(crate) fn model<T: Slot>(source: &mut dyn Source) -> Result<T, Error> {
    let mut model = T::blank();
    // Not `?`, here and below: its conversions would be compiled for every model.
    match record(&mut model, source) {
        Ok(()) => Ok(model),
        Err(error) => Err(error),
    }
}

fn record(slot: &mut dyn Slot, source: &mut dyn Source) -> Result<(), Error> {
    let received = source.received();
    if received.is_done_without_body(slot) {
        return end(source, Ok(()));
    }
    let elsewhere = |path: &str| received.is_elsewhere(path, "the record");
    let read = |text: &str| read(slot, text, &received, false).map(drop);
    let read = envelope::record(&received.text, read, elsewhere);
    drop(received);
    end(source, read)
}

/// Reads a list envelope, and takes the page out of it.
pub(crate) fn page<L: ListEnvelope + Slot>(
    source: &mut dyn Source,
) -> Result<Page<L::Item>, Error> {
    let mut envelope = L::blank();
    match list(&mut envelope, source, &L::SHAPE) {
        Ok(broken) => {
            let mut page = envelope.into_page();
            page.around.complete(broken, source);
            Ok(page)
        }
        Err(error) => Err(error),
    }
}

/// Whether a call without a record in its response has succeeded: it changes something, and no field of the
/// record is required. A read without a body has failed: an empty record, or an empty list, would be
/// one that the server never sent.
fn may_be_missing(operation: &Operation, slot: &dyn Slot) -> bool {
    let Value::Object(model) = slot.value() else {
        return false;
    };
    let fields = model.shape().fields.iter();
    operation.method != "GET"
        && fields
            .into_iter()
            .all(|field| field.presence != Presence::Required)
}

fn list(
    slot: &mut dyn Slot,
    source: &mut dyn Source,
    shape: &ListShape,
) -> Result<Vec<BrokenItem>, Error> {
    let received = source.received();
    let elsewhere = |path: &str| received.is_elsewhere(path, "the list");
    let read = |text: &str| read(slot, text, &received, true);
    let read = envelope::list(&received.text, shape, read, elsewhere);
    drop(received);
    end(source, read)
}

/// Tells the source what became of its answer.
fn end<T>(source: &mut dyn Source, read: Result<T, Misfit>) -> Result<T, Error> {
    match read {
        Ok(value) => source.read().map(|()| value),
        Err(misfit) => Err(source.misread(misfit)),
    }
}

/// Reads into a slot that is blank, and is so again where that fails. Items of a list that cannot be read come back, if
/// they may be broken.
fn read(
    slot: &mut dyn Slot,
    text: &str,
    received: &Received<'_>,
    tolerant: bool,
) -> Result<Vec<BrokenItem>, Misfit> {
    let mut reader = Reader::new(text);
    (reader.tolerant, reader.stand_in) = (tolerant, received.stand_in);
    let read = slot.read(&mut reader);
    let Ok(()) = read.and_then(|()| reader.end()) else {
        slot.reset();
        return Err(received.misfit(|| located(text, &reader.fault())));
    };
    let deviations = reader.deviations();
    let broken = std::mem::take(&mut reader.broken);
    let broken = if broken.is_empty() {
        Vec::new()
    } else {
        broken_items(text, received, &reader, broken)
    };
    if let Some(hook) = received.hook
        && deviations > 0
    {
        report(slot, text, received, hook, tolerant);
    }
    Ok(broken)
}

/// Reads a model from bytes that are no response.
#[cfg(feature = "webhooks")]
pub(crate) fn slice<T: Slot>(body: &[u8]) -> Result<T, Misfit> {
    let mut model = T::blank();
    let (text, stand_in) = text_of(body);
    let text = &*text;
    let mut reader = Reader::new(text);
    reader.stand_in = stand_in;
    match model.read(&mut reader).and_then(|()| reader.end()) {
        Ok(()) => Ok(model),
        Err(_) => Err(located(text, &reader.fault())),
    }
}

fn located(text: &str, fault: &Fault) -> Misfit {
    Misfit {
        path: paths(text, &[fault.at]).pop().unwrap_or_default(),
        message: fault.message(text),
    }
}

fn misfit(message: &str) -> Misfit {
    Misfit {
        path: ".".to_owned(),
        message: message.to_owned(),
    }
}

#[cold]
fn broken_items(
    text: &str,
    received: &Received<'_>,
    reader: &Reader<'_>,
    broken: Vec<(usize, Fault, &str)>,
) -> Vec<BrokenItem> {
    let offsets: Vec<usize> = broken.iter().map(|(_, fault, _)| fault.at).collect();
    let paths = paths(text, &offsets);
    broken
        .into_iter()
        .zip(paths)
        .map(|((index, fault, json), path)| BrokenItem {
            operation: received.operation,
            index,
            path,
            message: fault.message(text),
            json: reader.without_stand_in(json).into(),
        })
        .collect()
}

/// Reads the response again, this time with an eye to what is unexpected.
#[cold]
fn report(
    slot: &mut dyn Slot,
    text: &str,
    received: &Received<'_>,
    hook: &OnDeviation,
    tolerant: bool,
) {
    let mut reader = Reader::noting(text);
    (reader.tolerant, reader.stand_in) = (tolerant, received.stand_in);
    slot.reset();
    // It was read before.
    let Ok(()) = slot.read(&mut reader) else {
        return;
    };
    let notes = reader.into_notes();
    let offsets: Vec<usize> = notes.iter().map(|note| note.at).collect();
    for (note, path) in notes.into_iter().zip(paths(text, &offsets)) {
        let kind = kind(text.as_bytes().get(note.at..).unwrap_or_default());
        let deviation = Deviation {
            operation: received.operation,
            path,
            expected: note.expected,
            found: note
                .found
                .map_or(kind.into(), |found| found.into_string().into()),
            unreadable: note.unreadable,
        };
        received.report(hook, &deviation);
    }
}

/// Reads a type that is none of ours.
pub(crate) fn foreign<T: DeserializeOwned>(source: &mut dyn Source) -> Result<T, Error> {
    let received = source.received();
    let read = serde_json::from_str(&received.text)
        .map_err(|error| received.misfit(|| locate::<T>(&received.text, &error)))
        .map_err(|found| match received.stand_in {
            NO_STAND_IN => found,
            _ => misfit("the response is not UTF-8"),
        });
    drop(received);
    end(source, read)
}

/// Reads the text again, to learn where it parts from the type: keeping track costs time that
/// good answers need not pay.
#[cold]
fn locate<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Misfit {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(located) => Misfit {
            path: located.path().to_string(),
            message: located.inner().to_string(),
        },
        // What is wrong comes after the value.
        Ok(_) => misfit(&error.to_string()),
    }
}

//! Reads the body of a response as the result of a call.

use std::{any::Any, borrow::Cow, cell::Cell};

use bytes::Bytes;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;

use crate::{
    deviation::{Deviation, OnDeviation},
    envelope::{self, ListShape},
    error::Error,
    hook,
    json::{NO_STAND_IN, Note, Reader, Refusal},
    model::{Presence, Slot, Value},
    operation::Operation,
    page::ListEnvelope,
    response::RawResponse,
};

/// The request was processed nevertheless, so the error starts with that.
const NO_BODY: &str = "the server accepted the request, but its response has no body";

/// The text of a response, and the hook for deviations.
pub(crate) struct Received<'a> {
    operation: &'a Operation,
    text: Cow<'a, str>,
    /// The received bytes.
    body: &'a [u8],
    status: u16,
    /// The control character that replaces bytes that are not UTF-8.
    stand_in: u8,
    /// Why the text differs from the received bytes.
    missing: Option<&'static str>,
    hook: Option<&'a OnDeviation>,
    /// The error of a panic in the hook.
    panic: Cell<Option<Error>>,
}

impl<'a> Received<'a> {
    pub(crate) fn new(
        hook: Option<&'a OnDeviation>,
        operation: &'a Operation,
        body: &'a [u8],
        status: StatusCode,
    ) -> Self {
        let (text, stand_in) = text_of(body);
        let is_missing = text.trim_ascii().is_empty();
        Self {
            operation,
            text: if is_missing { "null".into() } else { text },
            body,
            status: status.as_u16(),
            stand_in,
            missing: is_missing.then_some(NO_BODY),
            hook,
            panic: Cell::new(None),
        }
    }

    /// Reports a deviation to the hook, unless the hook has panicked.
    fn report(&self, mut note: Note) {
        let Some(hook) = self.hook else { return };
        if note.path.is_empty() {
            note.path.push('.');
        }
        let operation = self.operation.clone();
        let deviation = Deviation { operation, note };
        let call = || hook::catch(self.operation, "on_deviation", || hook(&deviation)).err();
        self.panic.set(self.panic.take().or_else(call));
    }

    /// The result, unless the hook has panicked.
    fn end<T>(&self, read: Result<T, Refusal>) -> Result<T, Error> {
        match read {
            Ok(value) => self.panic.take().map_or(Ok(value), Err),
            Err(refusal) => Err(Error::decode(self.operation, &refusal)),
        }
    }

    /// The error for a response whose text is not JSON.
    fn refusal(&self, found: impl FnOnce() -> Refusal) -> Refusal {
        self.missing.map_or_else(found, Refusal::new)
    }

    /// Reports a response without a body, if the record may be missing: the call changes
    /// something, and no field of the record is required. A read without a body fails: the server never sent
    /// an empty record or an empty list.
    fn is_done_without_body(&self, slot: &dyn Slot) -> bool {
        let Value::Object(model) = slot.value() else {
            return false;
        };
        let mut fields = model.shape().fields.iter();
        let may_be_missing = self.operation.method() != "GET"
            && fields.all(|field| field.presence != Presence::Required);
        if !may_be_missing || self.text.trim_ascii() != "null" {
            return false;
        }
        let found = self.missing.map_or("null", |_| "no body");
        self.report(Note::new("a record", found));
        true
    }
}

/// The text of a body, and the control character that replaces every sequence of bytes that is not UTF-8. JSON
/// contains no bare control characters, so a value that contains one cannot be read, but its neighbours can.
fn text_of(body: &[u8]) -> (Cow<'_, str>, u8) {
    // A byte order mark, which is not white space in JSON.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // One check of the whole text is much cheaper than one per string.
    match std::str::from_utf8(body) {
        Ok(text) => (Cow::Borrowed(text), NO_STAND_IN),
        Err(_) => lossy(body),
    }
}

#[cold]
fn lossy(body: &[u8]) -> (Cow<'_, str>, u8) {
    // A control character that occurs nowhere else in the body.
    let mut controls = (0x01_u8..0x20).filter(|byte| !byte.is_ascii_whitespace());
    let stand_in = controls.find(|byte| !body.contains(byte)).unwrap_or(0x1a);
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::from(stand_in));
        }
    }
    (Cow::Owned(text), stand_in)
}

/// The value of a response, of any type. Sending, hooks and waiting do not depend on the type, so programs compile
/// them once.
pub(crate) type AnyValue = Box<dyn Any + Send>;

/// How a response is read.
pub(crate) type Decode = fn(&Received<'_>) -> Result<AnyValue, Error>;

/// Returns a value as its own type.
pub(crate) fn unboxed<T: 'static>(value: AnyValue) -> T {
    match value.downcast() {
        Ok(value) => *value,
        Err(value) => other_type(value),
    }
}

/// Compiled once, and not for every type.
#[cold]
fn other_type(_value: AnyValue) -> ! {
    unreachable!("a call is made with the function that reads its value")
}

/// Returns the received bytes.
pub(crate) fn bytes(received: &Received<'_>) -> Result<AnyValue, Error> {
    received.end(Ok(Box::new(Bytes::copy_from_slice(received.body))))
}

/// Reads nothing.
pub(crate) fn nothing(received: &Received<'_>) -> Result<AnyValue, Error> {
    received.end(Ok(Box::new(())))
}

/// Reads a response that was kept.
pub(crate) fn saved(
    hook: Option<&OnDeviation>,
    operation: &Operation,
    body: &[u8],
    decode: Decode,
) -> Result<AnyValue, Error> {
    decode(&Received::new(hook, operation, body, StatusCode::OK)).map_err(|error| {
        error.of_response(RawResponse {
            body: Bytes::copy_from_slice(body),
            ..RawResponse::default()
        })
    })
}

/// Reads a model.
pub(crate) fn model<T: Slot>(received: &Received<'_>) -> Result<AnyValue, Error> {
    read_model(T::boxed(), received)
}

/// Reads into a blank model. Compiled once for all models.
fn read_model(mut model: Box<dyn Slot>, received: &Received<'_>) -> Result<AnyValue, Error> {
    response(&mut *model, received, None)?;
    Ok(model)
}

/// Reads a list envelope, and takes the page out of it.
pub(crate) fn page<L: ListEnvelope + Slot>(received: &Received<'_>) -> Result<AnyValue, Error> {
    let mut envelope = L::blank();
    match response(&mut envelope, received, Some(&L::SHAPE)) {
        Ok(broken) => {
            let mut page = envelope.into_page();
            page.around.complete(broken, &received.text);
            Ok(Box::new(page))
        }
        Err(error) => Err(error),
    }
}

/// Reads a record, or a list if a shape is given, in the documented envelope or in another one.
fn response(
    slot: &mut dyn Slot,
    received: &Received<'_>,
    list: Option<&ListShape>,
) -> Result<Vec<Error>, Error> {
    if list.is_none() && received.is_done_without_body(slot) {
        return received.end(Ok(Vec::new()));
    }
    let text = &*received.text;
    received.end(read(slot, text, received, list).or_else(|refusal| {
        let (found, what) = match list {
            Some(shape) => (envelope::list(text, shape), "the list"),
            // The record is where it is documented, so the error is inside it.
            None if !refusal.path.is_empty() => return Err(refusal),
            None => (envelope::record(text), "the record"),
        };
        let found = found.ok_or(refusal)?;
        let broken = read(slot, &found.text, received, list).map_err(|refusal| Refusal {
            path: found.place(&refusal.path),
            ..refusal
        })?;
        let broken = broken.into_iter().map(|item| {
            let path = found.place(item.path().unwrap_or_default());
            item.at(path)
        });
        let broken = broken.collect();
        received.report(Note {
            path: found.path,
            ..Note::new("another envelope", what)
        });
        Ok(broken)
    }))
}

/// Reads into a blank slot, which is blank again after an error. Returns the items that cannot be read, if the list may
/// have such items.
fn read(
    slot: &mut dyn Slot,
    text: &str,
    received: &Received<'_>,
    list: Option<&ListShape>,
) -> Result<Vec<Error>, Refusal> {
    let mut reader = Reader::new(text);
    (reader.tolerant, reader.stand_in) = (list.is_some(), received.stand_in);
    reader.noting = received.hook.is_some();
    reader.status = received.status;
    let read = slot.read(&mut reader);
    let Ok(()) = read.and_then(|()| reader.end()) else {
        slot.reset();
        return Err(received.refusal(|| reader.fault().refusal(text)));
    };
    for note in std::mem::take(&mut reader.notes) {
        received.report(note);
    }
    let broken = std::mem::take(&mut reader.broken);
    let items = list.map_or("", |shape| shape.items.trim_start_matches('/'));
    let broken = broken.into_iter().map(|(index, fault, json)| {
        let refusal = fault.refusal(text).below(&items.replace('/', "."));
        let json = reader.without_stand_in(json);
        Error::broken_item(received.operation, index, refusal, json)
    });
    Ok(broken.collect())
}

/// Reads a model from bytes that are not a response.
#[cfg(feature = "webhooks")]
pub(crate) fn slice<T: Slot>(body: &[u8]) -> Result<T, Refusal> {
    let mut model = T::blank();
    let (text, stand_in) = text_of(body);
    let mut reader = Reader::new(&text);
    reader.stand_in = stand_in;
    match model.read(&mut reader).and_then(|()| reader.end()) {
        Ok(()) => Ok(model),
        Err(_) => Err(reader.fault().refusal(&text)),
    }
}

/// Reads a type of the caller.
pub(crate) fn foreign<T: DeserializeOwned + Send + 'static>(
    received: &Received<'_>,
) -> Result<AnyValue, Error> {
    received.end(match serde_json::from_str::<T>(&received.text) {
        Ok(value) => Ok(Box::new(value)),
        Err(_) if received.stand_in != NO_STAND_IN => {
            Err(Refusal::new("the response is not UTF-8"))
        }
        Err(error) => Err(received.refusal(|| locate::<T>(&received.text, &error))),
    })
}

/// Reads the text again to find the path of the error: tracking it the first time would slow down valid responses.
#[cold]
fn locate<T: DeserializeOwned>(text: &str, error: &serde_json::Error) -> Refusal {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(located) => {
            Refusal::new(located.inner().to_string()).below(&located.path().to_string())
        }
        // The error is after the value.
        Ok(_) => Refusal::new(error.to_string()),
    }
}

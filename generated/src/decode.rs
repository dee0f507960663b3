//! From the body of an answer to what a call gives.

use serde::de::DeserializeOwned;

use crate::{
    BrokenItem, Client, Deviation, ListEnvelope, Operation, Page,
    call::Decode,
    envelope,
    error::Misfit,
    json::{Fault, Reader, kind, paths},
    model::Slot,
};

/// Takes one deviation after the other.
pub(crate) type OnDeviation = dyn Fn(&Deviation) + Send + Sync;

/// The text of an answer, and who wants to know what is unexpected about it.
#[derive(Clone, Copy)]
pub(crate) struct Received<'a> {
    operation: &'static Operation,
    text: &'a str,
    hook: Option<&'a OnDeviation>,
}

impl Received<'_> {
    /// Tells that the answer came in another envelope than the documented one.
    fn is_elsewhere(&self, path: &str, found: &'static str) {
        if let Some(hook) = self.hook {
            hook(&Deviation {
                operation: self.operation,
                path: path.to_owned(),
                expected: "another envelope",
                found: found.into(),
            });
        }
    }
}

/// Reads the body of an answer.
pub(crate) fn answer<T>(
    client: &Client,
    operation: &'static Operation,
    body: &[u8],
    decode: Decode<T>,
) -> Result<T, Misfit> {
    // One check of the whole text is much cheaper than one per string.
    let text = std::str::from_utf8(body).map_err(|_| misfit("the answer is no text in UTF-8"))?;
    let empty = text.trim_ascii().is_empty();
    let received = Received {
        operation,
        text: if empty { "null" } else { text },
        hook: client.inner().on_deviation.as_deref(),
    };
    decode(&received).map_err(|found| {
        if empty {
            misfit("the answer has no body")
        } else {
            found
        }
    })
}

/// Reads a model.
pub(crate) fn model<T: Slot>(received: &Received<'_>) -> Result<T, Misfit> {
    let decode = |text: &str| {
        let mut model = T::blank();
        read(&mut model, &Received { text, ..*received }, false)?;
        Ok(model)
    };
    let elsewhere = |path: &str| received.is_elsewhere(path, "the record");
    envelope::record(received.text, decode, elsewhere)
}

/// Reads a list envelope, and takes the page out of it.
pub(crate) fn page<L: ListEnvelope + Slot>(
    received: &Received<'_>,
) -> Result<Page<L::Item>, Misfit> {
    let decode = |text: &str| {
        let mut envelope = L::blank();
        let broken = read(&mut envelope, &Received { text, ..*received }, true)?;
        Ok(envelope.into_page().with_broken(broken))
    };
    let elsewhere = |path: &str| received.is_elsewhere(path, "the list");
    envelope::page(received.text, &L::SHAPE, decode, elsewhere)
}

/// Reads into a blank slot. Items of a list that cannot be read come back, if they may be broken.
fn read(
    slot: &mut dyn Slot,
    received: &Received<'_>,
    tolerant: bool,
) -> Result<Vec<BrokenItem>, Misfit> {
    let text = received.text;
    let mut reader = Reader::new(text);
    reader.tolerant = tolerant;
    let Ok(()) = slot.fill(&mut reader).and_then(|()| reader.end()) else {
        return Err(located(text, &reader.fault()));
    };
    let deviations = reader.deviations();
    let broken = std::mem::take(&mut reader.broken);
    let broken = if broken.is_empty() {
        Vec::new()
    } else {
        broken_items(received, broken)
    };
    if let Some(hook) = received.hook
        && deviations > 0
    {
        report(slot, received, hook, tolerant);
    }
    Ok(broken)
}

/// Reads a model from text.
#[cfg(feature = "webhooks")]
pub(crate) fn text<T: Slot>(text: &str) -> Result<T, Misfit> {
    let mut model = T::blank();
    let mut reader = Reader::new(text);
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
fn broken_items(received: &Received<'_>, broken: Vec<(usize, Fault, &str)>) -> Vec<BrokenItem> {
    let offsets: Vec<usize> = broken.iter().map(|(_, fault, _)| fault.at).collect();
    let paths = paths(received.text, &offsets);
    broken
        .into_iter()
        .zip(paths)
        .map(|((index, fault, json), path)| BrokenItem {
            operation: received.operation,
            index,
            path,
            message: fault.message(received.text),
            json: json.into(),
        })
        .collect()
}

/// Reads the answer again, this time with an eye to what is unexpected.
#[cold]
fn report(slot: &mut dyn Slot, received: &Received<'_>, hook: &OnDeviation, tolerant: bool) {
    let text = received.text;
    let mut reader = Reader::noting(text);
    reader.tolerant = tolerant;
    // It was read before.
    let Ok(()) = slot.read(&mut reader) else {
        return;
    };
    let mut notes = reader.into_notes();
    notes.sort_by_key(|note| note.at);
    let offsets: Vec<usize> = notes.iter().map(|note| note.at).collect();
    for (note, path) in notes.into_iter().zip(paths(text, &offsets)) {
        let kind = kind(text.as_bytes().get(note.at).copied());
        hook(&Deviation {
            operation: received.operation,
            path,
            expected: note.expected,
            found: note
                .found
                .map_or(kind.into(), |found| found.into_string().into()),
        });
    }
}

/// Reads a type that is none of ours.
pub(crate) fn foreign<T: DeserializeOwned>(received: &Received<'_>) -> Result<T, Misfit> {
    serde_json::from_str(received.text).map_err(|error| locate::<T>(received.text, &error))
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

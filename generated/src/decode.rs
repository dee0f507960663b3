//! From the body of an answer to what a call gives.

use serde::de::DeserializeOwned;

use crate::{
    BrokenItem, Client, Deviation, ListEnvelope, ListShape, Operation, Page, envelope,
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
    /// There was no text, and `null` stands for it.
    empty: bool,
    hook: Option<&'a OnDeviation>,
}

impl<'a> Received<'a> {
    pub(crate) fn new(
        client: &'a Client,
        operation: &'static Operation,
        body: &'a [u8],
    ) -> Result<Self, Misfit> {
        // One check of the whole text is much cheaper than one per string.
        let text =
            std::str::from_utf8(body).map_err(|_| misfit("the answer is no text in UTF-8"))?;
        let empty = text.trim_ascii().is_empty();
        Ok(Self {
            operation,
            text: if empty { "null" } else { text },
            empty,
            hook: client.inner().on_deviation.as_deref(),
        })
    }

    /// What is wrong with the answer, where the text is not what it should be.
    fn misfit(&self, found: impl FnOnce() -> Misfit) -> Misfit {
        if self.empty {
            misfit("the answer has no body")
        } else {
            found()
        }
    }

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

/// Reads a model. All but its own type is the same for every model, and compiled once.
pub(crate) fn model<T: Slot>(received: &Received<'_>) -> Result<T, Misfit> {
    let mut model = T::blank();
    record(&mut model, received)?;
    Ok(model)
}

fn record(slot: &mut dyn Slot, received: &Received<'_>) -> Result<(), Misfit> {
    let elsewhere = |path: &str| received.is_elsewhere(path, "the record");
    let mut blank = true;
    let read = |text: &str| {
        let blank = std::mem::take(&mut blank);
        read(slot, blank, &Received { text, ..*received }, false).map(drop)
    };
    envelope::record(received.text, read, elsewhere)
}

/// Reads a list envelope, and takes the page out of it.
pub(crate) fn page<L: ListEnvelope + Slot>(
    received: &Received<'_>,
) -> Result<Page<L::Item>, Misfit> {
    let mut envelope = L::blank();
    let broken = list(&mut envelope, received, &L::SHAPE)?;
    let mut page = envelope.into_page();
    page.around.complete(broken, received.text);
    Ok(page)
}

fn list(
    slot: &mut dyn Slot,
    received: &Received<'_>,
    shape: &ListShape,
) -> Result<Vec<BrokenItem>, Misfit> {
    let elsewhere = |path: &str| received.is_elsewhere(path, "the list");
    let mut blank = true;
    let read = |text: &str| {
        let blank = std::mem::take(&mut blank);
        read(slot, blank, &Received { text, ..*received }, true)
    };
    envelope::list(received.text, shape, read, elsewhere)
}

/// Reads into a slot. Items of a list that cannot be read come back, if they may be broken.
fn read(
    slot: &mut dyn Slot,
    blank: bool,
    received: &Received<'_>,
    tolerant: bool,
) -> Result<Vec<BrokenItem>, Misfit> {
    let text = received.text;
    let mut reader = Reader::new(text);
    reader.tolerant = tolerant;
    let read = if blank {
        slot.fill(&mut reader)
    } else {
        slot.read(&mut reader)
    };
    let Ok(()) = read.and_then(|()| reader.end()) else {
        return Err(received.misfit(|| located(text, &reader.fault())));
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
    let notes = reader.into_notes();
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
    serde_json::from_str(received.text)
        .map_err(|error| received.misfit(|| locate::<T>(received.text, &error)))
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

//! Events.

use super::Error;
use crate::{
    date_time::DateTime,
    decode,
    json_object::JsonObject,
    model::Slot,
    v1::webhooks::{
        ClientEvent, ClientEventPayload, DealEvent, DealEventPayload, LeadEvent, LeadEventPayload,
        WebhookEvent, WebhookEventName,
    },
};

/// What happened, when, and to what.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What happened. A value that this version of the crate does not know is kept.
    pub name: WebhookEventName,
    /// When it happened.
    pub timestamp: DateTime,
    /// The record, after the change; of a deletion, as it was before.
    pub subject: Subject,
    /// Keys of the body that the documentation does not name.
    pub extra: JsonObject,
}

/// The record that an event is about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Subject {
    /// A lead.
    Lead(Box<LeadEventPayload>),
    /// A deal.
    Deal(Box<DealEventPayload>),
    /// A client. Its fields are those of the client in events about deals: the documentation does
    /// not print this record. Other keys are in [`extra`](ClientEventPayload::extra).
    Client(Box<ClientEventPayload>),
    /// A record of another kind, whose keys are not documented; or a record that does not have the
    /// documented form.
    Other(JsonObject),
}

impl Event {
    /// What kind of record it is about: `lead` for `lead.created`, `form.response` for
    /// `form.response.created`.
    ///
    /// ```
    /// # use heffl::webhooks::Event;
    /// let body = br#"{"event": "form.response.created", "timestamp": "2026-03-02T08:15:01Z"}"#;
    /// assert_eq!(Event::from_slice(body)?.kind(), "form.response");
    /// # Ok::<(), heffl::webhooks::Error>(())
    /// ```
    pub fn kind(&self) -> &str {
        let name = self.name.as_str();
        name.rsplit_once('.').map_or(name, |(kind, _)| kind)
    }

    /// Reads the body of a delivery **without proof of where it comes from**. Where it comes from the
    /// network, use [`Verifier::verify`](super::Verifier::verify).
    pub fn from_slice(body: &[u8]) -> Result<Self, Error> {
        let whole: WebhookEvent = decode::slice(body).map_err(|refusal| Error::Body {
            message: format!("at {}: {}", refusal.place(), refusal.problem),
        })?;
        // The documentation calls the record `payload` on two pages and `data` on a third.
        let typed = match whole.event.as_str().split('.').next() {
            Some("lead") => typed(body, |event: LeadEvent| {
                Some(Subject::Lead(Box::new(event.payload.or(event.data)?)))
            }),
            Some("deal") => typed(body, |event: DealEvent| {
                Some(Subject::Deal(Box::new(event.payload.or(event.data)?)))
            }),
            Some("client") => typed(body, |event: ClientEvent| {
                Some(Subject::Client(Box::new(event.payload.or(event.data)?)))
            }),
            _ => None,
        };
        Ok(Self {
            subject: typed.unwrap_or_else(|| {
                Subject::Other(whole.payload.or(whole.data).unwrap_or_default())
            }),
            name: whole.event,
            timestamp: whole.timestamp,
            extra: whole.extra,
        })
    }
}

fn typed<T: Slot>(body: &[u8], subject: fn(T) -> Option<Subject>) -> Option<Subject> {
    decode::slice(body).ok().and_then(subject)
}

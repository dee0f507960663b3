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

/// An event: what happened, when, and to which record.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What happened. An unknown value is kept.
    pub name: WebhookEventName,
    /// When it happened.
    pub timestamp: DateTime,
    /// The record after the change; for a deletion, the record before it.
    pub subject: Subject,
    /// Undocumented keys of the body.
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
    /// A client. Its fields are those of the client in events about deals, because the documentation does not
    /// show this record. Other keys are in [`extra`](ClientEventPayload::extra).
    Client(Box<ClientEventPayload>),
    /// A record of another kind, whose keys are not documented, or a record that differs from its documented
    /// form.
    Other(JsonObject),
}

impl Event {
    /// The kind of the record: `lead` for `lead.created`, `form.response` for `form.response.created`.
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

    /// Parses the body of a delivery **without verifying it**. For deliveries from the network, use
    /// [`Verifier::verify`](super::Verifier::verify).
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

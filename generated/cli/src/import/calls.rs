//! The calls of an import, made from the table of operations.

use heffl::Client;

use crate::{
    failure::Failure,
    table::{self, Body, Field, Operation, RawCall},
};

/// Makes the calls that create and update records of one kind.
pub(super) struct Calls<'a> {
    pub(super) client: &'a Client,
    pub(super) create: &'static Body,
    pub(super) update: &'static Body,
    /// The fields of the records in lists.
    pub(super) listed: &'static [Field],
}

impl<'a> Calls<'a> {
    pub(super) fn new(client: &'a Client, resource: &str) -> Result<Self, Failure> {
        let operation = |verb: &str| {
            let found = table::operations(false)
                .find(|operation| operation.resource == resource && operation.verb == verb);
            found.ok_or_else(|| Failure::other(format!("there is no {verb}")))
        };
        let body = |operation: &'static Operation| {
            let body = operation.body.as_ref();
            body.ok_or_else(|| Failure::other(format!("{} has no body", operation.id)))
        };
        Ok(Self {
            client,
            create: body(operation("create")?)?,
            update: body(operation("update")?)?,
            listed: operation("list")?.record,
        })
    }

    /// The call of a create, or of an update if there is an identifier. An error describes an invalid body.
    pub(super) fn call(&self, body: &Body, id: &str, json: &str) -> Result<RawCall, String> {
        let call = (body.call)(self.client, id, json).map_err(|error| error.to_string())?;
        // A call with an invalid body has no JSON, but an error that explains it.
        match (call.request_body(), call.url()) {
            (None, Err(error)) => Err(error.message().to_owned()),
            _ => Ok(call),
        }
    }
}

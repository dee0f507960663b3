//! The calls of an import, made from the table of operations.

use heffl::Client;

use crate::{
    failure::Failure,
    table::{self, Body, Operation, RawCall},
};

/// Makes the calls that create and update records of one kind.
pub(super) struct Calls<'a> {
    client: &'a Client,
    pub(super) create: &'static Body,
    pub(super) update: &'static Body,
    /// The list of the records.
    pub(super) list: &'static Operation,
}

impl<'a> Calls<'a> {
    pub(super) fn new(client: &'a Client, list: &heffl::Operation) -> Result<Self, Failure> {
        let mut operations = table::operations(false);
        let list = operations.find(|operation| operation.id == list.id());
        let list = list.ok_or_else(|| Failure::other("there is no list of the records"))?;
        let body = |verb: &str| {
            let mut operations = table::operations(false);
            operations
                .find(|it| it.resource == list.resource && it.verb == verb)
                .and_then(|operation| operation.body.as_ref())
                .ok_or_else(|| Failure::other(format!("there is no {verb} with a body")))
        };
        Ok(Self {
            client,
            create: body("create")?,
            update: body("update")?,
            list,
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

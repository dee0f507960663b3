//! The calls of an import, made from the table of operations.

use heffl::{Call, Client};
use serde::de::DeserializeOwned;

use crate::{
    failure::{Failure, Kind},
    table::{self, Body, Field, Operation},
};

/// Makes the calls that create and update records of one kind.
pub(super) struct Calls<'a> {
    client: &'a Client,
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
            found.ok_or_else(|| Failure::new(Kind::Other, format!("there is no {verb}")))
        };
        let body = |operation: &'static Operation| {
            let body = operation.body.as_ref();
            body.ok_or_else(|| Failure::new(Kind::Other, format!("{} has no body", operation.id)))
        };
        Ok(Self {
            client,
            create: body(operation("create")?)?,
            update: body(operation("update")?)?,
            listed: operation("list")?.record,
        })
    }

    /// The call that creates a record. An error describes an invalid body.
    pub(super) fn create<T: DeserializeOwned>(&self, body: &str) -> Result<Call<T>, String> {
        self.call(self.create, "", body)
    }

    /// The call that updates a record. An error describes an invalid body.
    pub(super) fn update<T: DeserializeOwned>(
        &self,
        id: &str,
        body: &str,
    ) -> Result<Call<T>, String> {
        self.call(self.update, id, body)
    }

    fn call<T: DeserializeOwned>(
        &self,
        body: &Body,
        id: &str,
        json: &str,
    ) -> Result<Call<T>, String> {
        let call = (body.call)(self.client, id, json).map_err(|error| error.to_string())?;
        // A body that is not as the documentation asks for is left out of the call, and the call knows why.
        match (call.request_body(), call.url()) {
            (None, Err(error)) => Err(error.message().to_owned()),
            _ => Ok(call.with_response()),
        }
    }
}

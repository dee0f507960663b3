//! The calls of an import, made from the table of operations.

use heffl::{Call, Client};
use serde::de::DeserializeOwned;

use crate::{
    failure::{Failure, Kind},
    table::{self, Body},
};

/// Makes the calls that create and update records of one kind.
pub(super) struct Calls<'a> {
    client: &'a Client,
    pub(super) create: &'static Body,
    pub(super) update: &'static Body,
}

impl<'a> Calls<'a> {
    pub(super) fn new(client: &'a Client, resource: &str) -> Result<Self, Failure> {
        let body = |verb: &str| {
            let mut operations = table::operations(false);
            operations
                .find(|operation| operation.resource == resource && operation.verb == verb)
                .and_then(|operation| operation.body.as_ref())
                .ok_or_else(|| Failure::new(Kind::Other, format!("{resource}: no {verb}")))
        };
        Ok(Self {
            client,
            create: body("create")?,
            update: body("update")?,
        })
    }

    /// The call that creates a record, or what is wrong with the body.
    pub(super) fn create<T: DeserializeOwned>(&self, body: &str) -> Result<Call<T>, String> {
        self.call(self.create, "", body)
    }

    /// The call that updates a record, or what is wrong with the body.
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

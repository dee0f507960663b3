//! The records of lists, page by page.

use heffl::Client;

use crate::{
    data::{self, Val},
    failure::Failure,
    table::{Operation, Page, RawCall},
};

/// The call of an operation without a body.
pub(crate) fn call(client: &Client, operation: &Operation) -> Result<RawCall, Failure> {
    let missing = || Failure::other(format!("the client has no operation {}", operation.id));
    Ok(client.call(operation.of_client().ok_or_else(missing)?))
}

/// Walks over the pages of a list.
pub(crate) struct Pages {
    call: RawCall,
    page: &'static Page,
    /// The cursor of the next page, if the server gives one.
    pub(crate) cursor: Option<String>,
    /// The size of pages, if it is not the largest.
    size: Option<u32>,
    /// Whether there is another page.
    pub(crate) has_more: bool,
}

impl Pages {
    pub(crate) fn new(call: RawCall, page: &'static Page) -> Self {
        Self {
            call,
            page,
            cursor: None,
            size: None,
            has_more: true,
        }
    }

    /// Begins at a cursor, with pages of another size.
    pub(crate) fn starting_at(self, cursor: Option<String>, size: Option<u32>) -> Self {
        Self {
            cursor,
            size,
            ..self
        }
    }

    /// The call of the next page, of at most `most` records if the list has that parameter.
    pub(crate) fn call(&self, most: usize) -> RawCall {
        let mut call = self.call.clone();
        if let Some((name, largest)) = self.page.size {
            let most = u32::try_from(most.max(1)).unwrap_or(u32::MAX);
            call = call.query(name, self.size.unwrap_or(largest).min(most));
        }
        if let (Some(name), Some(cursor)) = (self.page.cursor, &self.cursor) {
            call = call.query(name, cursor);
        }
        call
    }

    /// The records of the next page, of at most `most` if the list has that parameter.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Vec<Val>, Failure> {
        let response = self.call(most).send().await?;
        let response = data::received(response.get())?;
        let at = |pointer: Option<&str>| data::pointer(&response, pointer?);
        let Some(Val::Arr(items)) = at(Some(self.page.items)) else {
            let message = format!("the response has no list at {}", self.page.items);
            return Err(Failure::other(message));
        };
        let cursor = at(self.page.next_cursor).and_then(data::text);
        let cursor = cursor.filter(|cursor| !cursor.is_empty());
        let has_more = match at(self.page.has_more) {
            Some(Val::Bool(more)) => *more,
            _ => cursor.is_some(),
        };
        if has_more && cursor.is_some() && cursor.as_deref() == self.cursor.as_deref() {
            let message = "the server gave the same cursor again; the list cannot be read further";
            return Err(Failure::other(message));
        }
        self.has_more = has_more;
        self.cursor = cursor.filter(|_| has_more).map(Into::into);
        Ok(items.to_vec())
    }

    /// Whether the next page can be requested.
    pub(crate) fn can_go_on(&self) -> bool {
        self.has_more && self.cursor.is_some() && self.page.cursor.is_some()
    }
}

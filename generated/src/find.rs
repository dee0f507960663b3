//! Finds the record of a person or a company by its exact e-mail address or phone number, and creates it if
//! it does not exist.
//!
//! The API's `search` narrows a list down, but the documentation does not say which fields it compares, or
//! how. So this crate compares every record of every page itself, and reports several matches as an error.

pub(crate) mod key;
mod v2;

use std::time::Duration;

use crate::{
    call::{Call, CallFuture},
    client::Client,
    error::{Error, ErrorKind},
    json::Refusal,
    json_object::{Field, JsonObject},
    json_text::JsonText,
    operation::Operation,
    page::Page,
    platform::{in_task, sleep},
    text::debug_fields,
};
use key::Key;

/// How long to wait before each search for a record whose create may have been done: the server may
/// still be processing it.
pub(crate) const LOOKS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// How records of a kind are searched.
struct Kind<T> {
    /// The name of the kind, which is a part of the key of its locks.
    name: &'static str,
    /// The whole list.
    list: fn(&Client) -> Call<Page<T>>,
    /// The results of the server's search.
    search: fn(&Client, &str) -> Call<Page<T>>,
    /// The default of where to search.
    lookup: Lookup,
    id: fn(&T) -> &str,
    /// The values of a record that may hold the key.
    field: for<'a> fn(&'a T, &Key) -> Option<&'a str>,
    extra: fn(&T) -> &JsonObject,
}

impl<T> Kind<T> {
    fn find(&'static self, client: &Client, key: Result<Key, &'static str>) -> Find<T> {
        Find {
            client: client.clone(),
            kind: self,
            key,
            lookup: self.lookup,
        }
    }
}

/// Where [`Find`] searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lookup {
    /// In the results of the server's `search`: usually one call. It misses records whose field the search
    /// does not cover, or compares in another way.
    Search,
    /// In the whole list: one call for each 100 records. It misses no record.
    WholeList,
}

/// Searches for one record. Await it, or call [`send`](Self::send).
///
/// - E-mail addresses are equal if they differ only in case, and in white space and `mailto:` around them.
/// - Phone numbers are equal if their digits are equal, in any script. Spaces, hyphens, dots, slashes and
///   brackets are ignored, and so are `tel:`, `+` and `00` at the start, and `(0)` after the country code. A
///   number without its country code is another number.
///
/// Invisible characters, such as the direction marks that phones put around a copied number, are removed
/// before the comparison. Inside an address to search for they are an error, because the address of another
/// person may look the same.
///
/// An invalid address or number fails with [`ErrorKind::InvalidRequest`], and several matches fail with
/// [`ErrorKind::SeveralMatches`]; [`all`](Self::all) returns them.
#[must_use = "a search does nothing until it is awaited"]
pub struct Find<T: 'static> {
    client: Client,
    kind: &'static Kind<T>,
    key: Result<Key, &'static str>,
    lookup: Lookup,
}

impl<T> Find<T> {
    /// Sets where to search; overrides the default of the method.
    pub fn lookup(mut self, lookup: Lookup) -> Self {
        self.lookup = lookup;
        self
    }
}

impl<T: Send + 'static> Find<T> {
    /// All matching records, without duplicates, in memory at once.
    pub fn all(self) -> CallFuture<Vec<T>> {
        CallFuture::work(Box::pin(async move { self.matches().await }))
    }

    /// The matching record; `None` if there is no match.
    pub fn send(self) -> CallFuture<Option<T>> {
        CallFuture::work(Box::pin(async move { self.one().await }))
    }

    /// [`all`](Self::all), blocking like [`Call::send_blocking`].
    #[cfg(feature = "blocking")]
    pub fn all_blocking(self) -> Result<Vec<T>, Error> {
        let (client, operation) = (self.client.clone(), self.operation());
        self.all().wait(&client, &operation)
    }

    /// [`send`](Self::send), blocking like [`Call::send_blocking`].
    #[cfg(feature = "blocking")]
    pub fn send_blocking(self) -> Result<Option<T>, Error> {
        let (client, operation) = (self.client.clone(), self.operation());
        self.send().wait(&client, &operation)
    }
}

impl<T> Find<T> {
    fn key(&self) -> Result<&Key, Error> {
        let key = self.key.as_ref();
        key.map_err(|problem| Error::invalid_request(*problem))
    }

    fn call(&self, key: &Key) -> Call<Page<T>> {
        match self.lookup {
            Lookup::Search => (self.kind.search)(&self.client, key.search_text()),
            Lookup::WholeList => (self.kind.list)(&self.client),
        }
    }

    fn operation(&self) -> Operation {
        (self.kind.list)(&self.client).operation().clone()
    }

    /// The error of a record whose address or number cannot be read: it may be the record that is searched for.
    #[cold]
    fn may_be_it(&self, key: &Key, json: JsonText<'_>) -> Error {
        let problem = "the value cannot be read, so this may be the record to find";
        let refusal = Refusal::new(problem).below(key.field());
        Error::broken_item(&self.operation(), 0, refusal, json.as_json().into())
    }

    /// The same search, and the record to create if it finds no match.
    fn or_create(self, create: Call<T>) -> FindOrCreate<T> {
        FindOrCreate { find: self, create }
    }
}

impl<T: Send + 'static> Find<T> {
    async fn matches(&self) -> Result<Vec<T>, Error> {
        let key = self.key()?;
        let mut records = self.call(key).stream();
        let mut matches: Vec<T> = Vec::new();
        loop {
            let record = match records.try_next().await {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(matches),
                // A record that cannot be read is an error only if it may be a match.
                Err(error)
                    if error.kind() == ErrorKind::BrokenItem
                        && key.is_not_in(error.body().map_or(&[], AsRef::as_ref)) =>
                {
                    continue;
                }
                Err(error) => return Err(error),
            };
            // A list may change while it is read, so a record may be on two pages.
            let is_new = |id: &str| !matches.iter().any(|known| (self.kind.id)(known) == id);
            if key.is((self.kind.field)(&record, key)) && is_new((self.kind.id)(&record)) {
                matches.push(record);
            } else if let Field::Value(json) = (self.kind.extra)(&record).field(key.field()) {
                return Err(self.may_be_it(key, json));
            }
        }
    }

    async fn one(&self) -> Result<Option<T>, Error> {
        let mut matches = self.matches().await?;
        if matches.len() > 1 {
            let ids = matches.iter().map(|it| (self.kind.id)(it).to_owned());
            return Err(Error::several_matches(ids.collect()).of(&self.operation()));
        }
        Ok(matches.pop())
    }
}

impl<T: Send + 'static> IntoFuture for Find<T> {
    type Output = Result<Option<T>, Error>;
    type IntoFuture = CallFuture<Option<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

// Without the key of the search, which is personal data.
debug_fields!(impl<T> Find<T>, find => {
    "kind": find.kind.name,
    "lookup": find.lookup,
});

/// Searches for one record, and creates it if there is no match. Await it, or call [`send`](Self::send).
///
/// Calls for the same address or number run one after the other, across all clones of a client, and only the
/// first call creates the record. This does not include other programs, or clients that were built
/// separately. The work runs in its own task, so it continues while the future is not polled. Dropping the
/// future cancels it, except for a create that has begun: calls for the same key wait until that create ends.
///
/// The new record gets the address and the number in the form that a later search finds: without invisible
/// characters, `mailto:` and `tel:`, and with the digits `0` to `9`.
///
/// A create is sent once. If its outcome is unknown, the record is searched for again, three times within
/// three seconds. If it is not found, the call returns the error of the create.
#[must_use = "a search does nothing until it is awaited"]
pub struct FindOrCreate<T: 'static> {
    find: Find<T>,
    pub(crate) create: Call<T>,
}

impl<T> FindOrCreate<T> {
    /// Sets where to search; overrides the default of the method.
    pub fn lookup(mut self, lookup: Lookup) -> Self {
        self.find = self.find.lookup(lookup);
        self
    }
}

impl<T: Send + 'static> FindOrCreate<T> {
    /// The record, and whether it existed before.
    pub fn send(self) -> CallFuture<Found<T>> {
        let (find, operation) = (self.find, self.create.operation().clone());
        let create = self.create.send();
        CallFuture::work(Box::pin(async move {
            in_task(&operation, find.one_or(create), false).await
        }))
    }

    /// [`send`](Self::send), blocking like [`Call::send_blocking`].
    ///
    /// In async code of a single-threaded runtime, do not use this while an async call for the same address
    /// or number is in progress: that call cannot finish while this one blocks the thread.
    #[cfg(feature = "blocking")]
    pub fn send_blocking(self) -> Result<Found<T>, Error> {
        let (client, operation) = (self.find.client.clone(), self.create.operation().clone());
        self.send().wait(&client, &operation)
    }
}

impl<T: Send + 'static> Find<T> {
    async fn one_or(self, create: CallFuture<T>) -> Result<Found<T>, Error> {
        let key = self.key()?.of_kind(self.kind.name);
        let lock = self.client.engine().key_locks.take(key).await;
        if let Some(record) = self.one().await? {
            return Ok(Found::Existing(record));
        }
        let operation = self.operation();
        // The next call for the key must not search before this create has ended, even if its caller drops it.
        let work = async move {
            let _lock = lock;
            self.create(create).await
        };
        in_task(&operation, work, true).await
    }

    async fn create(&self, create: CallFuture<T>) -> Result<Found<T>, Error> {
        let error = match create.await {
            Ok(record) => return Ok(Found::Created(record)),
            Err(error) => error,
        };
        let looks = if error.may_have_been_done() {
            LOOKS.len()
        } else {
            // A conflict: another program was faster.
            usize::from(error.is_conflict())
        };
        for wait in LOOKS.into_iter().take(looks) {
            sleep(wait).await;
            match self.one().await {
                Ok(Some(record)) if error.is_conflict() => return Ok(Found::Existing(record)),
                // The record did not exist before the create, so the create made it.
                Ok(Some(record)) => return Ok(Found::Created(record)),
                Err(error) if error.kind() == ErrorKind::SeveralMatches => return Err(error),
                // The first error is the cause.
                Ok(None) | Err(_) => {}
            }
        }
        Err(error)
    }
}

impl<T: Send + 'static> IntoFuture for FindOrCreate<T> {
    type Output = Result<Found<T>, Error>;
    type IntoFuture = CallFuture<Found<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

debug_fields!(impl<T> FindOrCreate<T>, this => {
    "find": this.find,
    "create": this.create,
});

/// The record, and whether it was created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// The record existed before.
    Existing(T),
    /// The record was created.
    Created(T),
}

impl<T> Found<T> {
    /// Whether it was created.
    pub fn is_created(&self) -> bool {
        matches!(self, Self::Created(_))
    }

    /// The record.
    pub fn record(&self) -> &T {
        match self {
            Self::Existing(record) | Self::Created(record) => record,
        }
    }

    /// The record, by value.
    pub fn into_record(self) -> T {
        match self {
            Self::Existing(record) | Self::Created(record) => record,
        }
    }
}

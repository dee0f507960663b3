//! The records of a list by a key: a name, an address, a custom field.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;
use tokio::sync::watch;

use super::upsert::{Upserted, changes};
use crate::{
    call::Call,
    error::{Error, ErrorKind},
    find::{LOOKS, key},
    json_object::JsonObject,
    operation::Operation,
    page::Page,
    platform::{BoxFuture, in_task, sleep},
    text::debug_fields,
};

/// How many names an error lists.
const LISTED: usize = 20;

/// How keys are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum By {
    /// E-mail addresses, as [`Find`](crate::Find) compares them.
    Email,
    /// Phone numbers, as [`Find`](crate::Find) compares them.
    Phone,
    /// Names. Case and the amount of white space do not matter.
    Name,
    /// Any text, compared exactly, such as the number of the record in another system.
    Text,
}

impl By {
    /// The text in the form in which it is compared. Fails with [`ErrorKind::InvalidRequest`] if the text is
    /// not a valid key.
    ///
    /// ```
    /// use heffl::bulk::By;
    ///
    /// assert_eq!(By::Email.check(" Ada@Example.com")?, "ada@example.com");
    /// assert!(By::Email.check("Ada").is_err());
    /// # Ok::<(), heffl::Error>(())
    /// ```
    pub fn check(self, text: &str) -> Result<String, Error> {
        let refused = match self {
            Self::Email => key::Key::email(Some(text)).err(),
            Self::Phone => key::Key::phone(Some(text)).err(),
            Self::Name | Self::Text => None,
        };
        let problem = refused.unwrap_or("the text to search for is empty");
        let key = self.key(text).filter(|_| refused.is_none());
        key.ok_or_else(|| Error::invalid_request(problem))
    }

    /// The key of a text; `None` if it is not such a key.
    fn key(self, text: &str) -> Option<String> {
        let key = match self {
            Self::Email => key::email(text)?,
            Self::Phone => key::phone(text)?.1,
            Self::Name => text
                .to_lowercase()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            Self::Text => text.to_owned(),
        };
        (!key.is_empty()).then_some(key)
    }
}

/// The records of a list by a key. It reads the list once, to find a record by its name, or to create and
/// update many records.
///
/// ```
/// use heffl::bulk::{By, Index};
/// use heffl_test_server::TestServer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let server = TestServer::start()?;
/// # let heffl = server.client()?;
/// let list = heffl.v2().pipelines().list().into_call();
/// let pipelines = Index::read(list, By::Name, |pipeline| pipeline.name.clone()).await?;
/// # let name = server.records("pipelines")[0]["name"].as_str().unwrap().to_uppercase();
/// let pipeline = pipelines.get(&name)?;
///
/// // A pipeline has its stages with it.
/// let stages = Index::of(pipeline.stages, By::Name, |stage| stage.name.clone());
/// let error = stages.get("No such stage").unwrap_err();
/// assert!(error.to_string().contains("there are"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
///
/// If several records have the same key, looking it up is an error with the identifiers of these records. The
/// index does not contain changes that other programs make after the list was read.
pub struct Index<T>(Arc<Inner<T>>);

struct Inner<T> {
    by: By,
    field: Box<Field<T>>,
    list: Option<List<T>>,
    places: Mutex<Places<T>>,
}

/// The list that the records come from.
struct List<T> {
    operation: Operation,
    /// Reads all records.
    read: Box<dyn Fn() -> BoxFuture<Result<Vec<T>, Error>> + Send + Sync>,
}

type Field<T> = dyn Fn(&T) -> Option<String> + Send + Sync;
type Places<T> = BTreeMap<String, Place<T>>;

/// The records of a key.
enum Place<T> {
    /// The known records; more than one are ambiguous.
    Records(Vec<T>),
    /// A call is creating or updating the record, whose current state this is. The sender is dropped when the call
    /// ends.
    Busy(Option<T>, watch::Receiver<()>),
}

impl<T: Clone + Serialize + Send + Sync + 'static> Index<T> {
    /// Creates an index of records that were already read. `field` returns the key of a record; records
    /// without a key are left out.
    pub fn of<K: Into<Option<String>>>(
        records: impl IntoIterator<Item = T>,
        by: By,
        field: impl Fn(&T) -> K + Send + Sync + 'static,
    ) -> Self {
        let field = move |record: &T| field(record).into();
        let places = Mutex::new(places(records, by, &field));
        let (field, list) = (Box::new(field), None);
        Self(Arc::new(Inner {
            by,
            field,
            list,
            places,
        }))
    }

    /// Reads a list into an index. `field` returns the key of a record; records without a key are left out.
    ///
    /// ```no_run
    /// use heffl::bulk::{By, Index};
    ///
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let list = heffl.v2().companies().list().page_size(100).into_call();
    /// let companies = Index::read(list, By::Text, |company| {
    ///     company.custom_fields.get::<String>("cf_erp_number").ok().flatten()
    /// })
    /// .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read<K: Into<Option<String>>>(
        list: Call<Page<T>>,
        by: By,
        field: impl Fn(&T) -> K + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        Self::read_part(list, by, |record| record, field).await
    }

    /// Reads a list, and keeps a part of each record: for lists of many records, of which a program needs a few fields.
    /// `part` returns the part to keep, with the identifier as its field `id`. `field` returns the key of a part; the index
    /// skips parts without a key.
    ///
    /// An upsert compares parts with the body of its create: they need the fields of the body.
    ///
    /// ```
    /// use heffl::{ContactId, bulk::{By, Index}, v2::Contact};
    /// use heffl_test_server::TestServer;
    ///
    /// #[derive(Clone, serde::Serialize)]
    /// struct Known {
    ///     id: ContactId,
    ///     email: Option<String>,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let server = TestServer::start()?;
    /// # let heffl = server.client()?;
    /// # let ada = server.insert("contacts", heffl::serde_json::json!({"email": "ada@example.com"}));
    /// let list = heffl.v2().contacts().list().page_size(100).into_call();
    /// let part = |Contact { id, email, .. }: Contact| Known { id, email };
    /// let contacts = Index::read_part(list, By::Email, part, |known: &Known| known.email.clone()).await?;
    /// # assert_eq!(ada.as_deref(), Some(contacts.get("Ada@example.com")?.id.as_str()));
    /// assert!(contacts.find("grace@example.com")?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read_part<R: Send + 'static, K: Into<Option<String>>>(
        list: Call<Page<R>>,
        by: By,
        part: impl Fn(R) -> T + Send + Sync + 'static,
        field: impl Fn(&T) -> K + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let operation = list.operation().clone();
        let part = Arc::new(part);
        let read = move || -> BoxFuture<_> {
            let (mut records, part) = (list.clone().stream(), Arc::clone(&part));
            Box::pin(async move {
                let mut parts = Vec::new();
                while let Some(record) = records.try_next().await? {
                    parts.push(part(record));
                }
                Ok(parts)
            })
        };
        let records = read().await?;
        let field = move |part: &T| field(part).into();
        let places = Mutex::new(places(records, by, &field));
        let (field, read) = (Box::new(field), Box::new(read));
        let list = Some(List { operation, read });
        Ok(Self(Arc::new(Inner {
            by,
            field,
            list,
            places,
        })))
    }

    /// Returns the record with this key. Fails with [`ErrorKind::InvalidRequest`] if there is no such record,
    /// and with [`ErrorKind::SeveralMatches`] if there are several.
    pub fn get(&self, text: &str) -> Result<T, Error> {
        self.find(text)?.ok_or_else(|| {
            let places = self.0.places();
            let known: Vec<&str> = places.keys().map(String::as_str).take(LISTED).collect();
            let message = match self.0.by {
                By::Name => format!(
                    "no record is called {text:?}; there are: {}",
                    known.join(", ")
                ),
                // Addresses are personal data.
                _ => "no record has this key".to_owned(),
            };
            self.0.of_list(Error::invalid_request(message))
        })
    }

    /// Returns the record with this key, or `None`. Fails with [`ErrorKind::SeveralMatches`] if several
    /// records have it.
    pub fn find(&self, text: &str) -> Result<Option<T>, Error> {
        let key = self.0.by.check(text)?;
        match self.0.places().get(&key) {
            None => Ok(None),
            Some(Place::Busy(record, _)) => Ok(record.clone()),
            Some(Place::Records(records)) => Ok(self.0.only(records)?.cloned()),
        }
    }

    /// Creates the record if no record has this key, and otherwise updates the fields that differ from the
    /// body of `create`.
    ///
    /// `update` returns the call of the update, or `None` to leave the record unchanged. Its body is replaced
    /// by the members of the create's body that differ from the record. If no member differs, nothing is
    /// sent. Fields that responses do not contain always differ.
    ///
    /// Upserts with the same key run one after the other, and each sees the result of the previous upsert. A
    /// call that was sent continues if the future is not polled, or is dropped.
    ///
    /// If the outcome of a create is unknown, or another program has created the record, the list is read
    /// again, up to three times within three seconds. The record is not created twice.
    pub async fn upsert<U: Into<Option<Call<T>>>>(
        &self,
        text: impl AsRef<str>,
        create: Call<T>,
        update: impl Fn(&T) -> U,
    ) -> Result<Upserted<T>, Error> {
        let key = self.0.by.check(text.as_ref())?;
        loop {
            let claim = match self.0.claim(&key)? {
                Ok(claim) => claim,
                Err(mut end) => {
                    // An error: the sender was dropped, at the end of the other call.
                    let _ = end.changed().await;
                    continue;
                }
            };
            let (call, done): (_, fn(T) -> _) = match &claim.record {
                None => (create.clone(), Upserted::Created),
                Some(record) => match changes(update(record), create.request_body(), record)? {
                    Some(call) => (call, Upserted::Updated),
                    None => return Ok(Upserted::Unchanged(record.clone())),
                },
            };
            let operation = call.operation().clone();
            if let Some(record) = in_task(&operation, claim.work(call), true).await? {
                return Ok(done(record));
            }
        }
    }
}

impl<T> Inner<T> {
    fn places(&self) -> MutexGuard<'_, Places<T>> {
        // No code under this lock panics.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_list(&self, error: Error) -> Error {
        match &self.list {
            Some(list) => error.of(&list.operation),
            None => error,
        }
    }
}

impl<T: Clone + Serialize + Send + Sync + 'static> Inner<T> {
    /// The one record of a key.
    fn only<'a>(&self, records: &'a [T]) -> Result<Option<&'a T>, Error> {
        match records {
            [] => Ok(None),
            [record] => Ok(Some(record)),
            several => {
                let ids = several.iter().map(|record| id(record).unwrap_or_default());
                Err(self.of_list(Error::several_matches(ids.collect())))
            }
        }
    }

    /// Claims the key for one upsert. If another upsert holds the key, the error is a receiver that notices when that
    /// upsert ends.
    fn claim(self: &Arc<Self>, key: &str) -> Result<Result<Claim<T>, watch::Receiver<()>>, Error> {
        let mut places = self.places();
        let record = match places.get(key) {
            Some(Place::Busy(_, end)) => return Ok(Err(end.clone())),
            Some(Place::Records(records)) => self.only(records)?.cloned(),
            None => None,
        };
        let (end, ended) = watch::channel(());
        let (inner, key) = (Arc::clone(self), key.to_owned());
        places.insert(key.clone(), Place::Busy(record.clone(), ended));
        Ok(Ok(Claim {
            inner,
            key,
            record,
            _end: end,
        }))
    }

    /// Reads the list again, for one key.
    async fn look(&self, key: &str) -> Result<Option<T>, Error> {
        let Some(list) = &self.list else {
            return Ok(None);
        };
        let records = (list.read)().await?;
        match places(records, self.by, &self.field).remove(key) {
            Some(Place::Records(records)) => Ok(self.only(&records)?.cloned()),
            _ => Ok(None),
        }
    }
}

/// The records by their keys.
fn places<T: Serialize>(
    records: impl IntoIterator<Item = T>,
    by: By,
    field: impl Fn(&T) -> Option<String>,
) -> Places<T> {
    let mut places = Places::new();
    for record in records {
        let Some(key) = field(&record).and_then(|text| by.key(&text)) else {
            continue;
        };
        let place = places.entry(key).or_insert(Place::Records(Vec::new()));
        // A list may change while it is read, so a record may be on two pages.
        if let Place::Records(known) = place
            && known
                .iter()
                .all(|known| id(known).is_none_or(|known| Some(known) != id(&record)))
        {
            known.push(record);
        }
    }
    places
}

/// The right to create or update the record of a key. Dropping it releases the key, and stores the record.
struct Claim<T> {
    inner: Arc<Inner<T>>,
    key: String,
    record: Option<T>,
    /// Dropped after the key was released: fields are dropped after the code of `drop`.
    _end: watch::Sender<()>,
}

impl<T: Clone + Serialize + Send + Sync + 'static> Claim<T> {
    /// Creates or updates the record. `None`: another program created it, and the index has it now.
    async fn work(mut self, call: Call<T>) -> Result<Option<T>, Error> {
        let error = match call.await {
            Ok(record) => {
                self.record = Some(record);
                return Ok(self.record.clone());
            }
            Err(error) => error,
        };
        let may_be_there = error.may_have_been_done() || error.is_conflict();
        let is_looked_for = self.record.is_none() && may_be_there;
        for wait in LOOKS.into_iter().filter(|_| is_looked_for) {
            sleep(wait).await;
            match self.inner.look(&self.key).await {
                Ok(Some(record)) => {
                    self.record = Some(record);
                    return Ok(self.record.clone().filter(|_| !error.is_conflict()));
                }
                Err(error) if error.kind() == ErrorKind::SeveralMatches => return Err(error),
                // The first error is more useful.
                Ok(None) | Err(_) => {}
            }
        }
        Err(error)
    }
}

impl<T> Drop for Claim<T> {
    fn drop(&mut self) {
        let mut places = self.inner.places();
        match self.record.take() {
            Some(record) => {
                places.insert(std::mem::take(&mut self.key), Place::Records(vec![record]))
            }
            None => places.remove(&self.key),
        };
    }
}

/// The identifier of a record.
fn id<T: Serialize>(record: &T) -> Option<String> {
    JsonObject::from_serialize(record).ok()?.get("id").ok()?
}

// Keys are omitted, because they are personal data.
debug_fields!(impl<T> Index<T>, index => {
    "by": index.0.by,
    "keys": index.0.places().len(),
});

//! Updates of existing records.

use serde::Serialize;

use crate::{
    call::Call,
    error::Error,
    find::{FindOrCreate, Found},
    json_object::{JsonObject, is_same},
};

/// A record after an upsert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upserted<T> {
    /// The record did not exist, and was created.
    Created(T),
    /// The record existed, and was updated.
    Updated(T),
    /// The record existed, and was not changed: no field differed, or `update` returned `None`.
    Unchanged(T),
}

impl<T> Upserted<T> {
    /// The record.
    pub fn record(&self) -> &T {
        match self {
            Self::Created(record) | Self::Updated(record) | Self::Unchanged(record) => record,
        }
    }

    /// The record, by value.
    pub fn into_record(self) -> T {
        match self {
            Self::Created(record) | Self::Updated(record) | Self::Unchanged(record) => record,
        }
    }
}

impl<T: Serialize + Send + 'static> FindOrCreate<T> {
    /// If the record existed, updates the fields that differ from the body of the create. For many records,
    /// [`Index::upsert`](crate::bulk::Index::upsert) needs half as many calls.
    ///
    /// `update` returns the call of the update, or `None` to leave the record unchanged. Its body is replaced
    /// by the members of the create's body that differ from the record. If no member differs, nothing is
    /// sent. Fields that responses do not contain always differ.
    ///
    /// ```
    /// use heffl::{bulk::Upserted, v2::{CreateContact, UpdateContact}};
    /// use heffl_test_server::TestServer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// # let server = TestServer::start()?;
    /// # let heffl = server.client()?;
    /// let contacts = heffl.v2().contacts();
    /// for title in ["Engineer", "Director"] {
    ///     let ada = CreateContact::new("Ada").email("ada@example.com").job_title(title);
    ///     let upserted = contacts
    ///         .find_or_create_by_email(ada)
    ///         .or_update(|contact| contacts.update(&contact.id, UpdateContact::new()))
    ///         .await?;
    ///     assert_eq!(upserted.record().job_title.as_deref(), Some(title));
    /// }
    /// assert_eq!(server.records("contacts").len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn or_update<U: Into<Option<Call<T>>>>(
        self,
        update: impl FnOnce(&T) -> U,
    ) -> Result<Upserted<T>, Error> {
        let body = self.create.request_body().map(<[u8]>::to_vec);
        let record = match self.send().await? {
            Found::Created(record) => return Ok(Upserted::Created(record)),
            Found::Existing(record) => record,
        };
        match changes(update(&record), body.as_deref(), &record)? {
            Some(update) => update.await.map(Upserted::Updated),
            None => Ok(Upserted::Unchanged(record)),
        }
    }
}

/// The call of an update with only the members of `body` that differ from the record; `None` if all are equal.
pub(super) fn changes<T: Serialize>(
    update: impl Into<Option<Call<T>>>,
    body: Option<&[u8]>,
    record: &T,
) -> Result<Option<Call<T>>, Error> {
    // A body that is not a JSON object was refused, and sending the create reports why.
    let (Some(update), Some(Ok(wanted))) = (
        update.into(),
        body.map(serde_json::from_slice::<JsonObject>),
    ) else {
        return Ok(None);
    };
    let record = JsonObject::from_serialize(record)?;
    let present = record.by_key();
    let differs = |key: &str, value: &str| {
        let before = present.get(key).copied().unwrap_or("null");
        !is_same(before, value)
    };
    let wanted = wanted.iter().map(|(key, value)| (key, value.as_json()));
    let changed = JsonObject::of(wanted.filter(|(key, value)| differs(key, value)));
    Ok((!changed.is_empty()).then(|| update.json(&changed)))
}

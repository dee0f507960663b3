//! The kinds of records that can be imported.

use heffl::{Call, Client, Page, v2};
use serde::{Serialize, de::DeserializeOwned};

/// A kind of record whose list contains all its records.
pub(crate) trait Listed {
    type Record: Clone + DeserializeOwned + Serialize + Send + Sync + 'static;

    /// Its name in the table of operations.
    const RESOURCE: &'static str;

    fn list(client: &Client) -> Call<Page<Self::Record>>;
}

macro_rules! listed {
    ($($name:ident: $record:ident from $records:ident,)+) => {$(
        pub(crate) enum $name {}

        impl Listed for $name {
            type Record = v2::$record;

            const RESOURCE: &'static str = stringify!($records);

            fn list(client: &Client) -> Call<Page<v2::$record>> {
                client.v2().$records().list().page_size(100).into_call()
            }
        }
    )+};
}

listed! {
    Contacts: Contact from contacts,
    Companies: Company from companies,
    Deals: Deal from deals,
    Products: Product from products,
    Tasks: Task from tasks,
}

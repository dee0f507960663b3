//! The kinds of records that can be imported and exported.

use clap::ValueEnum;
use heffl::{Call, Client, CompanyId, ContactId, DealId, Page, ProductId, TaskId, v2};
use serde::Serialize;

/// What a field holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Kind {
    Text,
    Number,
    Boolean,
    /// A day or a time, in ISO 8601.
    Date,
    /// Texts or identifiers.
    List,
}

/// A kind of record that can be imported.
pub(crate) trait Importable {
    type Record: Clone + Serialize + Send + Sync + 'static;

    /// The fields of the bodies, without the workspace's own. A dot leads into an object.
    const FIELDS: &'static [(&'static str, Kind)];

    fn list(client: &Client) -> Call<Page<Self::Record>>;

    /// The call with this body, or what is wrong with the body.
    fn create(client: &Client, body: &str) -> Result<Call<Self::Record>, String>;

    /// The call with this body, or what is wrong with the body.
    fn update(client: &Client, id: &str, body: &str) -> Result<Call<Self::Record>, String>;
}

macro_rules! importable {
    ($name:ident($records:ident, $record:ident, $id:ident, $create:ident, $update:ident) {
        $($kind:ident: $($field:literal)+,)*
    }) => {
        pub(crate) enum $name {}

        impl Importable for $name {
            type Record = v2::$record;

            const FIELDS: &'static [(&'static str, Kind)] = &[$($(($field, Kind::$kind),)+)*];

            fn list(client: &Client) -> Call<Page<v2::$record>> {
                client.v2().$records().list().page_size(100).into_call()
            }

            fn create(client: &Client, body: &str) -> Result<Call<v2::$record>, String> {
                let body: v2::$create = serde_json::from_str(body).map_err(|it| it.to_string())?;
                checked(client.v2().$records().create(body))
            }

            fn update(client: &Client, id: &str, body: &str) -> Result<Call<v2::$record>, String> {
                let body: v2::$update = serde_json::from_str(body).map_err(|it| it.to_string())?;
                checked(client.v2().$records().update($id::new(id), body))
            }
        }
    };
}

/// A body that is not as the documentation asks for is left out of the call, and the call knows why.
fn checked<T>(call: Call<T>) -> Result<Call<T>, String> {
    match (call.request_body(), call.to_curl()) {
        (None, Err(error)) => Err(error.message().to_owned()),
        _ => Ok(call),
    }
}

importable!(Contacts(contacts, Contact, ContactId, CreateContact, UpdateContact) {
    Text: "firstName" "lastName" "salutation" "email" "phone" "jobTitle" "companyId" "stageId" "leadStageId"
        "ownerUserId" "vendorId" "sourceId" "billingAddress.address" "billingAddress.landmark"
        "billingAddress.city" "billingAddress.state" "billingAddress.postalCode" "billingAddress.country",
});

importable!(Companies(companies, Company, CompanyId, CreateCompany, UpdateCompany) {
    Text: "name" "email" "phone" "taxNumber" "website" "description" "linkedin" "currency" "internalNotes" "stageId"
        "ownerUserId" "vendorId" "sourceId" "billingAddress.address" "billingAddress.landmark"
        "billingAddress.city" "billingAddress.state" "billingAddress.postalCode" "billingAddress.country",
    Number: "openingBalance",
    Boolean: "showJobAmountToWorker" "isClientPortalEnabled",
});

importable!(Products(products, Product, ProductId, CreateProduct, UpdateProduct) {
    Text: "name" "type" "description" "sku",
    Number: "price" "buyPrice",
    Boolean: "isActive",
});

importable!(Deals(deals, Deal, DealId, CreateDeal, UpdateDeal) {
    Text: "title" "clientId" "pipelineId" "stageId" "leadId" "sourceId" "ownerUserId" "priority" "status" "currency",
    Number: "price",
    Date: "expectedCloseDate",
    Boolean: "isInclusiveTax",
    List: "assignees" "contacts" "tags",
});

importable!(Tasks(tasks, Task, TaskId, CreateTask, UpdateTask) {
    Text: "title" "description" "status" "type" "priority" "entity" "entityId",
    Number: "durationMinutes",
    Date: "startDate" "dueDate",
    Boolean: "showTime",
    List: "assigneeIds" "tagIds",
});

//! The operations of both versions of the API. Everything that the command offers comes from this table.

#[allow(unused_imports, reason = "the documents decide which of them are used")]
mod v1;
#[allow(unused_imports, reason = "the documents decide which of them are used")]
mod v2;

use std::pin::Pin;

use heffl::{Call, Client, bytes::Bytes};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

/// The prefix of the keys of custom fields.
pub(crate) const CUSTOM_FIELD: &str = "cf_";

/// An operation.
#[derive(Serialize)]
pub(crate) struct Operation {
    pub(crate) version: &'static str,
    /// `document-templates`
    pub(crate) resource: &'static str,
    /// `list`
    pub(crate) verb: &'static str,
    /// `listDocumentTemplates`
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    /// Path below the version: `/deals/{id}`.
    pub(crate) template: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    /// The evidence for the operation.
    pub(crate) evidence: &'static str,
    /// The vendor's page.
    pub(crate) source: &'static str,
    /// Parameters of the path.
    pub(crate) path: &'static [Field],
    /// Parameters of the query.
    pub(crate) query: &'static [Field],
    pub(crate) filters: Option<Filters>,
    pub(crate) body: Option<Body>,
    /// Calls an operation that only reads.
    #[serde(skip)]
    pub(crate) check: Option<CheckCall>,
    pub(crate) page: Option<Page>,
    /// The fields of a record of the response.
    pub(crate) record: &'static [Field],
    /// The fields that a table shows.
    pub(crate) columns: &'static [&'static str],
}

/// The conditions of a list: one parameter that holds all of them as JSON.
#[derive(Serialize)]
pub(crate) struct Filters {
    pub(crate) parameter: &'static str,
    pub(crate) fields: &'static [(Field, &'static [Operator])],
}

/// An operator that compares a field with values.
#[derive(Serialize)]
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) takes_many: bool,
}

/// A call whose response is printed or read as it is received.
pub(crate) type RawCall = Call<Box<RawValue>>;

/// Makes a call with an identifier, if its path has one, and a body.
type BodyCall = fn(&Client, &str, &str) -> Result<RawCall, serde_json::Error>;

/// Sends a call with an identifier, if its path has one, and some parameters.
type CheckCall = fn(&Client, &str, &[(&'static str, String)]) -> Received;

/// A response that the client has read into one of its types: its status and its body.
pub(crate) type Received = Pin<Box<dyn Future<Output = Result<(u16, Bytes), heffl::Error>> + Send>>;

/// The JSON of a request.
#[derive(Serialize)]
pub(crate) struct Body {
    pub(crate) fields: &'static [Field],
    /// Whether the body accepts `cf_*` keys.
    pub(crate) custom_fields: bool,
    /// The body is read into its model, whose limits and rules are checked before the call is sent.
    #[serde(skip)]
    pub(crate) call: BodyCall,
}

/// The parts of the response of a list, as JSON pointers, and the parameters of its pages.
#[derive(Serialize)]
pub(crate) struct Page {
    pub(crate) items: &'static str,
    pub(crate) next_cursor: Option<&'static str>,
    pub(crate) has_more: Option<&'static str>,
    /// The parameter that takes the cursor.
    pub(crate) cursor: Option<&'static str>,
    /// The parameter that takes the size of a page, and the largest size.
    pub(crate) size: Option<(&'static str, u32)>,
}

/// A parameter, or a field of a body or a record.
#[derive(Serialize)]
pub(crate) struct Field {
    pub(crate) flag: &'static str,
    /// Its name in the API.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) description: &'static str,
    pub(crate) required: bool,
    /// `null` clears it.
    pub(crate) clearable: bool,
    pub(crate) limits: &'static [Limit],
    /// The server's default.
    pub(crate) default: Option<&'static str>,
    /// The evidence, if it is weaker than `documented`.
    pub(crate) evidence: Option<&'static str>,
}

/// The type of the values of a field.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "the documents decide which of them are used")]
pub(crate) enum Kind {
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    Time,
    /// One of these values.
    Enum(&'static [&'static str]),
    /// Usually one of these values.
    OpenEnum(&'static [&'static str]),
    /// The identifier of a record.
    Id(&'static Id),
    List(&'static Kind),
    Object(&'static [Field]),
    /// Any JSON.
    Json,
}

/// A kind of identifiers.
#[derive(Serialize)]
pub(crate) struct Id {
    /// The kind of record: `client`.
    pub(crate) of: &'static str,
    /// The prefix of the identifiers.
    pub(crate) prefix: Option<&'static str>,
    /// Kinds of records whose identifiers are accepted too.
    pub(crate) includes: &'static [&'static str],
}

/// A limit of a value.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "the documents decide which of them are used")]
pub(crate) enum Limit {
    MinLength(&'static str),
    MaxLength(&'static str),
    MinItems(&'static str),
    MaxItems(&'static str),
    Minimum(&'static str),
    Maximum(&'static str),
}

impl Kind {
    /// The kind of the items of a list, or of the value itself.
    pub(crate) fn item(&self) -> &Self {
        match self {
            Self::List(item) => item,
            other => other,
        }
    }
}

impl Field {
    const fn new(
        flag: &'static str,
        name: &'static str,
        kind: Kind,
        description: &'static str,
    ) -> Self {
        Self {
            flag,
            name,
            kind,
            description,
            required: false,
            clearable: false,
            limits: &[],
            default: None,
            evidence: None,
        }
    }
}

impl Operation {
    /// The operation of the client.
    pub(crate) fn of_client(&self) -> Option<&'static heffl::Operation> {
        let operations = match self.version {
            "v1" => heffl::v1::OPERATIONS,
            _ => heffl::v2::OPERATIONS,
        };
        operations
            .iter()
            .find(|operation| operation.id() == self.id)
    }
}

/// Expands to its content, which formatters do not change.
macro_rules! rows {
    ($($item:item)*) => { $($item)* };
}

use rows;

/// Sends a call that reads.
fn check<T: Send + 'static>(mut call: Call<T>, query: &[(&'static str, String)]) -> Received {
    for (name, value) in query {
        call = call.query(*name, value);
    }
    Box::pin(async move {
        let response = call.send_for_response().await?;
        Ok((response.status(), response.body().clone()))
    })
}

/// Reads a body.
fn read<T: DeserializeOwned>(body: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(body)
}

/// The version of the API whose commands begin with `v1`.
pub(crate) const OLDER: &str = "v1";

/// All operations, those of v2 first.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    v2::OPERATIONS.iter().chain(v1::OPERATIONS)
}

/// The operations of v1, or those of v2 together with those that only v1 has.
pub(crate) fn operations(older: bool) -> impl Iterator<Item = &'static Operation> {
    let is_newer = |operation: &Operation| {
        v2::OPERATIONS
            .iter()
            .any(|other| (other.resource, other.verb) == (operation.resource, operation.verb))
    };
    let newer = if older { &[] } else { v2::OPERATIONS };
    let only_older = v1::OPERATIONS
        .iter()
        .filter(move |operation| older || !is_newer(operation));
    newer.iter().chain(only_older)
}

/// The distinct names of the resources.
pub(crate) fn resources(older: bool) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for operation in operations(older) {
        if !names.contains(&operation.resource) {
            names.push(operation.resource);
        }
    }
    names
}

/// The prefixes of identifiers.
pub(crate) fn prefixes() -> impl Iterator<Item = &'static str> {
    let fields = all().flat_map(|operation| {
        let body = operation.body.iter().flat_map(|body| body.fields);
        operation.path.iter().chain(operation.query).chain(body)
    });
    fields.filter_map(|field| match field.kind.item() {
        Kind::Id(id) => id.prefix,
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operation_that_only_reads_can_be_checked() {
        for operation in super::all() {
            let is_read = operation.method == "GET" && operation.path.len() <= 1;
            assert_eq!(operation.check.is_some(), is_read, "{}", operation.id);
        }
    }
}

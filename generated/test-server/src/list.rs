//! Lists: filters, order and pages.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::{Value, json};

use crate::{
    document::{Object, Operation, Schemas, elements},
    refusal::Refusal,
    render::{field, render},
    store::{Kind, Record, Store},
    validate::Issue,
};

/// The parameters of a list.
pub(crate) type Query = BTreeMap<String, String>;

/// Fields that `search` compares: the documented ones, and common fields where the documentation names none.
const SEARCHED: [&str; 14] = [
    "name",
    "firstName",
    "lastName",
    "title",
    "number",
    "subject",
    "description",
    "email",
    "phone",
    "mobile",
    "secondaryMobile",
    "clientName",
    "companyName",
    "label",
];

/// Parameters that are not conditions on a field.
const CONTROLS: [&str; 7] = [
    "cursor", "pageSize", "limit", "search", "orderBy", "orderDir", "filters",
];

pub(crate) fn list(
    store: &Store,
    schemas: &Schemas,
    operation: &Operation,
    kinds: &[&Kind],
    query: &Query,
) -> Result<Value, Refusal> {
    let filters = filters(query)?;
    let mut records: Vec<&Record> = store
        .of(kinds)
        .filter(|record| matches_search(store, record, query.get("search")))
        .filter(|record| filters.iter().all(|filter| filter.matches(store, record)))
        .filter(|record| matches_parameters(record, query))
        .collect();
    sort(store, operation, query, &mut records);
    let envelope = schemas.resolve(operation.response.as_ref().unwrap_or(&Value::Null));
    let pointers = envelope.get("x-heffl-page").cloned().unwrap_or_default();
    let size = page_size(operation, query);
    let (records, next) = match size {
        Some(size) => page(&records, query.get("cursor"), size)?,
        None => (records.as_slice(), None),
    };
    let pointer = |key: &str| pointers.get(key).and_then(Value::as_str);
    let item = pointer("items")
        .and_then(|pointer| property(schemas, &envelope, pointer))
        .and_then(|items| items.get("items").cloned())
        .unwrap_or_default();
    let items: Value = records
        .iter()
        .map(|record| render(store, schemas, &item, record))
        .collect();
    let mut response = json!({});
    put(&mut response, pointer("items"), items);
    put(&mut response, pointer("hasMore"), next.is_some().into());
    put(&mut response, pointer("nextCursor"), next.into());
    Ok(response)
}

/// A property of an envelope, by its pointer in the response.
fn property(schemas: &Schemas, envelope: &Object, pointer: &str) -> Option<Object> {
    pointer
        .split('/')
        .skip(1)
        .try_fold(envelope.clone(), |schema, name| {
            let property = schema.get("properties")?.get(name)?;
            Some(schemas.resolve(property))
        })
}

fn put(response: &mut Value, pointer: Option<&str>, value: Value) {
    let mut target = response;
    for name in pointer
        .into_iter()
        .flat_map(|pointer| pointer.split('/').skip(1))
    {
        if !target.is_object() {
            *target = json!({});
        }
        target = &mut target[name];
    }
    if pointer.is_some() {
        *target = value;
    }
}

/// `None` for a list without pages.
fn page_size(operation: &Operation, query: &Query) -> Option<usize> {
    operation
        .parameters
        .iter()
        .find(|parameter| ["pageSize", "limit"].contains(&parameter.name.as_str()))
        .map(|parameter| {
            let requested = query
                .get(&parameter.name)
                .and_then(|size| size.parse().ok());
            let default = parameter.schema.get("default").and_then(Value::as_u64);
            requested
                .or(default.and_then(|size| usize::try_from(size).ok()))
                .unwrap_or(20)
        })
}

/// A page, and the cursor of the next page: the last record of this page, so that a list stays complete while records
/// are added.
fn page<'a, 'b>(
    records: &'b [&'a Record],
    cursor: Option<&String>,
    size: usize,
) -> Result<(&'b [&'a Record], Option<String>), Refusal> {
    let start = match cursor.filter(|cursor| !cursor.is_empty()) {
        None => 0,
        Some(cursor) => {
            let last = records
                .iter()
                .position(|record| cursor_after(record) == *cursor);
            let issue = || Refusal::Invalid(vec![Issue::of("cursor", "Not a cursor of this list")]);
            last.ok_or_else(issue)? + 1
        }
    };
    let rest = records.get(start..).unwrap_or_default();
    let page = rest.get(..size).unwrap_or(rest);
    let more = rest.len() > page.len();
    let next = page
        .last()
        .filter(|_| more)
        .map(|record| cursor_after(record));
    Ok((page, next))
}

fn cursor_after(record: &Record) -> String {
    format!("after-{}", record.id())
}

fn matches_search(store: &Store, record: &Record, search: Option<&String>) -> bool {
    let Some(search) = search.filter(|search| !search.is_empty()) else {
        return true;
    };
    let search = search.to_lowercase();
    if record.kind.name == "template" {
        return record
            .text("name")
            .is_some_and(|name| name.to_lowercase().starts_with(&search));
    }
    let lines = elements(record.fields.get("quotationProducts"));
    let mut lines = lines.filter_map(|line| line.get("name").cloned());
    let mut values = SEARCHED
        .iter()
        .filter_map(|name| field(store, record, name));
    let found = |value: Value| {
        value
            .as_str()
            .is_some_and(|text| text.to_lowercase().contains(&search))
    };
    values.any(found) || lines.any(found)
}

/// A parameter with the name of a field is a condition on it.
fn matches_parameters(record: &Record, query: &Query) -> bool {
    let with_inactive = query
        .get("includeInactive")
        .is_some_and(|all| all == "true");
    if record.kind.name == "template"
        && !with_inactive
        && record.fields.get("isActive") == Some(&false.into())
    {
        return false;
    }
    query
        .iter()
        .filter(|(name, _)| !CONTROLS.contains(&name.as_str()))
        .all(|(name, value)| record.text(name).is_none_or(|known| known == value))
}

fn sort(store: &Store, operation: &Operation, query: &Query, records: &mut [&Record]) {
    let chosen = |name: &str| {
        let parameter = operation
            .parameters
            .iter()
            .find(|parameter| parameter.name == name)?;
        let default = parameter.schema.get("default").and_then(Value::as_str);
        query
            .get(name)
            .map(String::as_str)
            .or(default)
            .map(str::to_owned)
    };
    let Some(by) = chosen("orderBy") else { return };
    let descending = chosen("orderDir").is_some_and(|direction| direction == "desc");
    let values: BTreeMap<&str, Option<Value>> = records
        .iter()
        .map(|record| (record.id(), field(store, record, &by)))
        .collect();
    let of = |record: &Record| values.get(record.id()).and_then(Option::as_ref);
    if descending {
        // Of equal records, the later one comes first.
        records.reverse();
        records.sort_by(|left, right| order(of(right), of(left)));
    } else {
        records.sort_by(|left, right| order(of(left), of(right)));
    }
}

fn order(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => left
            .as_f64()
            .partial_cmp(&right.as_f64())
            .unwrap_or(Ordering::Equal),
        (Some(Value::String(left)), Some(Value::String(right))) => left.cmp(right),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

/// A condition of `filters`.
struct Filter {
    field: String,
    /// Whether the field must have one of the values; otherwise it must have none of them.
    is_included: bool,
    values: Vec<Value>,
}

impl Filter {
    fn matches(&self, store: &Store, record: &Record) -> bool {
        let value = field(store, record, &self.field).unwrap_or_default();
        let found = match &value {
            Value::Array(values) => values.iter().any(|value| self.values.contains(value)),
            value => self.values.contains(value),
        };
        found == self.is_included
    }
}

/// Reads `{"field": {"operator": "is", "values": […]}}`.
fn filters(query: &Query) -> Result<Vec<Filter>, Refusal> {
    let Some(text) = query.get("filters") else {
        return Ok(Vec::new());
    };
    let refuse = |message: &str| Refusal::Invalid(vec![Issue::of("filters", message)]);
    let Ok(conditions) = serde_json::from_str::<Object>(text) else {
        return Err(refuse("Expected a JSON object"));
    };
    let filter = |(field, condition): (String, Value)| {
        let operator = condition.get("operator").and_then(Value::as_str);
        let is_included = match operator {
            Some("is" | "is_any_of") => true,
            Some("is_not" | "is_none_of") => false,
            _ => {
                return Err(refuse(
                    "Expected an operator: is, is_not, is_any_of or is_none_of",
                ));
            }
        };
        let Some(values) = condition.get("values").and_then(Value::as_array) else {
            return Err(refuse("Expected a list of values"));
        };
        Ok(Filter {
            field,
            is_included,
            values: values.clone(),
        })
    };
    conditions.into_iter().map(filter).collect()
}

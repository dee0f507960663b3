//! Renders records as operations document them.

use heffl::Money;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::{
    document::{Object, Schemas, elements, flag},
    store::{Record, Store},
    validate::placeholder,
};

/// The record in the form of this schema.
pub(crate) fn render(store: &Store, schemas: &Schemas, schema: &Value, record: &Record) -> Value {
    let schema = schemas.resolve(schema);
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return record.fields.clone().into();
    };
    let mut response = Object::new();
    let required = required(&schema);
    for (name, property) in properties {
        let is_custom_fields = flag(property, "x-heffl-custom-fields");
        let value = if is_custom_fields {
            Some(custom_fields(record).into())
        } else {
            field(store, record, name).map(|value| shaped(schemas, property, value))
        };
        match value {
            Some(value) => {
                response.insert(name.clone(), value);
            }
            None if required.contains(&name.as_str()) => {
                response.insert(name.clone(), placeholder(schemas, property));
            }
            None if flag(property, "nullable") => {
                response.insert(name.clone(), Value::Null);
            }
            None => {}
        }
    }
    if schema
        .get("x-heffl-custom-fields")
        .is_some_and(|custom| custom == true)
    {
        response.extend(custom_fields(record));
    }
    response.into()
}

fn required(schema: &Object) -> Vec<&str> {
    let names = elements(schema.get("required"));
    names.filter_map(Value::as_str).collect()
}

/// A list or an object inside a record, with only the properties of its schema.
fn shaped(schemas: &Schemas, schema: &Value, value: Value) -> Value {
    let schema = schemas.resolve(schema);
    match value {
        Value::Array(items) => {
            let Some(item) = schema.get("items") else {
                return items.into();
            };
            items
                .into_iter()
                .map(|value| shaped(schemas, item, value))
                .collect()
        }
        Value::Object(object) => match schema.get("properties").and_then(Value::as_object) {
            None => object.into(),
            Some(properties) => {
                let required = required(&schema);
                let named = properties.iter().filter_map(|(name, property)| {
                    let value = match object.get(name) {
                        Some(value) => shaped(schemas, property, value.clone()),
                        None if required.contains(&name.as_str()) => placeholder(schemas, property),
                        None => return None,
                    };
                    Some((name.clone(), value))
                });
                named.collect::<Object>().into()
            }
        },
        other => other,
    }
}

fn custom_fields(record: &Record) -> Object {
    let custom = record
        .fields
        .iter()
        .filter(|(key, _)| key.starts_with("cf_"));
    custom
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A field of a response: as it was set, or calculated from other fields.
pub(crate) fn field(store: &Store, record: &Record, name: &str) -> Option<Value> {
    if let Some(value) = record.fields.get(name) {
        return Some(value.clone());
    }
    let fields = &record.fields;
    let other = |field: &str| record.text(field).and_then(|id| store.get(id));
    let name_of = |field: &str| {
        let other = other(field)?;
        let name = ["name", "label", "title"]
            .into_iter()
            .find_map(|key| self::field(store, other, key));
        name.or_else(|| Some(other.id().into()))
    };
    let linked = |kind: &str| {
        (record.text("entity") == Some(kind))
            .then(|| fields.get("entityId").cloned())
            .flatten()
    };
    match (record.kind.name, name) {
        ("contact" | "company", "type") => Some(record.kind.name.into()),
        ("contact", "name") => {
            let names = [record.text("firstName"), record.text("lastName")];
            Some(
                names
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join(" ")
                    .into(),
            )
        }
        (_, "crmSourceId") => fields.get("sourceId").cloned(),
        (_, "sourceName" | "source") => name_of("sourceId"),
        (_, "companyName") => name_of("companyId"),
        (_, "leadName") => name_of("leadId"),
        (_, "clientName") => name_of("clientId"),
        ("deal", "ownerId") => fields.get("ownerUserId").cloned(),
        (_, "ownerName") => name_of("ownerUserId"),
        ("deal", "client") => {
            let client = other("clientId")?;
            Some(json!({
                "id": client.id(),
                "name": field(store, client, "name"),
                "number": client.fields.get("number"),
                "type": client.kind.name,
            }))
        }
        ("deal", "contactEmails") => {
            let contacts = elements(fields.get("contacts")).filter_map(Value::as_str);
            let emails = contacts.filter_map(|id| store.get(id)?.fields.get("email").cloned());
            Some(emails.collect())
        }
        ("deal", "stage") => stage_name(store, record),
        ("contact" | "company" | "project", "stageName") => {
            name_of("stageId").or_else(|| stage_name(store, record))
        }
        ("lead", "stage") => name_of("stageId").or_else(|| Some("New".into())),
        ("lead-stage", "name") => fields.get("label").cloned(),
        ("lead-stage", "label") => fields.get("name").cloned(),
        ("task", "dealId") => linked("deals"),
        ("task", "leadId") => linked("leads"),
        ("task", "projectId") => linked("projects"),
        ("quotation", "lineItems") => fields
            .get("quotationProducts")
            .cloned()
            .or_else(|| Some(json!([]))),
        ("quotation", "tagIds") => fields.get("tags").cloned(),
        ("quotation" | "invoice", _) => total(record, name),
        _ => None,
    }
}

fn stage_name(store: &Store, record: &Record) -> Option<Value> {
    let (_, stage) = store.stage(record.text("stageId")?)?;
    stage.get("name").cloned()
}

/// Sums over the lines. Taxes are zero, because no operation has their rates.
fn total(record: &Record, name: &str) -> Option<Value> {
    let lines = ["quotationProducts", "lineItems"];
    let lines = lines.into_iter().find_map(|key| record.fields.get(key));
    let number = |line: &Value, key: &str| -> Option<Decimal> {
        let number: Money = line.get(key)?.to_string().parse().ok()?;
        Some(number.amount())
    };
    let sum = elements(lines).try_fold(Decimal::ZERO, |sum, line| {
        let quantity = number(line, "quantity").unwrap_or(Decimal::ONE);
        let price = number(line, "price").unwrap_or_default();
        sum.checked_add(quantity.checked_mul(price)?)
    })?;
    match name {
        "totalAmount" | "subtotalAmount" | "total" | "subTotal" | "pendingTotal" => {
            serde_json::to_value(Money::new(sum.normalize())).ok()
        }
        "totalTaxAmount" | "totalDiscountAmount" | "taxTotal" | "discountTotal" | "paidTotal" => {
            Some(0.into())
        }
        "currency" => Some("AED".into()),
        "date" => record.fields.get("createdAt").cloned(),
        _ => None,
    }
}

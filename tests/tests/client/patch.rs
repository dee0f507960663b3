//! Updates from two states of a record: only differences are sent, and no field is cleared by mistake.

use heffl::{Patch, v1, v2};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::common::document;

fn contact(json: &str) -> v2::Contact {
    v2::Contact::from_json(json).unwrap()
}

fn quotation(change: &Value) -> v2::Quotation {
    let mut json = json!({
        "id": "qtn_1", "number": "1", "date": "2026-03-01", "createdAt": "2026-03-01T00:00:00Z", "status": "DRAFT",
        "isInclusiveTax": false, "currency": "AED", "conversionRate": 1, "totalAmount": 5, "subtotalAmount": 5,
        "totalTaxAmount": 0, "totalDiscountAmount": 0, "tagIds": [], "lineItems": [],
    });
    for (key, value) in change.as_object().unwrap() {
        json[key] = value.clone();
    }
    v2::Quotation::from_json(json.to_string()).unwrap()
}

fn sent(update: &impl serde::Serialize) -> Value {
    serde_json::to_value(update).unwrap()
}

#[test]
fn fields_that_responses_name_differently_are_compared() {
    let old = contact(r#"{"id": "clt_1", "crmSourceId": "src_1"}"#);
    let new = contact(r#"{"id": "clt_1", "crmSourceId": "src_2"}"#);
    let update = v2::UpdateContact::diff(&old, &new).unwrap();
    assert_eq!(sent(&update), json!({"sourceId": "src_2"}));

    let company = |json| v2::Company::from_json(json).unwrap();
    let old = company(r#"{"id": "clt_1", "crmSourceId": "src_1"}"#);
    let new = company(r#"{"id": "clt_1", "crmSourceId": null}"#);
    let update = v2::UpdateCompany::diff(&old, &new).unwrap();
    assert_eq!(sent(&update), json!({"sourceId": null}));

    let deal = |json| v2::Deal::from_json(json).unwrap();
    let old = deal(r#"{"id": "dl_1"}"#);
    let new = deal(r#"{"id": "dl_1", "crmSourceId": "src_2"}"#);
    let update = v2::UpdateDeal::diff(&old, &new).unwrap();
    assert_eq!(sent(&update), json!({"sourceId": "src_2"}));

    let line = json!({"name": "Shelf", "quantity": 2, "price": 9.5, "id": "qln_1"});
    let old = quotation(&json!({"tagIds": ["tag_1"]}));
    let new = quotation(&json!({"tagIds": [], "lineItems": [line]}));
    let update = v2::UpdateQuotation::diff(&old, &new).unwrap();
    let lines = json!([{"name": "Shelf", "quantity": 2.0, "price": 9.5}]);
    assert_eq!(
        sent(&update),
        json!({"tags": [], "quotationProducts": lines})
    );
}

#[test]
fn fields_that_the_new_record_lacks_are_not_cleared() {
    let full = contact(
        r#"{"id": "clt_1", "phone": "1", "jobTitle": "Cook", "crmSourceId": "src_1", "cf_a": 1, "cf_b": 2}"#,
    );
    // A record from a list, and one that a program made.
    let sparse = contact(r#"{"id": "clt_1", "jobTitle": null, "cf_b": null}"#);
    let update = v2::UpdateContact::diff(&full, &sparse).unwrap();
    assert_eq!(sent(&update), json!({"jobTitle": null, "cf_b": null}));
    // The same for a field that the old record lacks.
    let update = v2::UpdateContact::diff(&sparse, &full).unwrap();
    let expected =
        json!({"phone": "1", "jobTitle": "Cook", "sourceId": "src_1", "cf_a": 1, "cf_b": 2});
    assert_eq!(sent(&update), expected);
    // A record that was stored lost its nulls.
    let stored = serde_json::to_string(&sparse).unwrap();
    let update = v2::UpdateContact::diff(&full, &contact(&stored)).unwrap();
    assert_eq!(sent(&update), json!({"cf_b": null}));

    // Lists of quotations have no lines in them.
    let full = quotation(&json!({"lineItems": [{"name": "Shelf"}], "subject": "Hall"}));
    let listed = quotation(&json!({}));
    let update = v2::UpdateQuotation::diff(&full, &listed).unwrap();
    assert_eq!(sent(&update), json!({}));
}

#[test]
fn fields_that_a_program_empties_are_cleared() {
    let old = contact(r#"{"id": "clt_1", "phone": "1", "email": "a@b.example", "cf_a": 1}"#);
    let mut new = old.clone();
    new.phone = None;
    new.custom_fields.insert("cf_a", None::<i64>).unwrap();
    let update = v2::UpdateContact::diff(&old, &new).unwrap();
    assert_eq!(sent(&update), json!({"phone": null, "cf_a": null}));
    // The builder clears a field without a record.
    let by_hand = v2::UpdateContact::new().phone(Patch::Clear);
    assert_eq!(sent(&by_hand), json!({"phone": null}));

    let old = v1::Deal::from_json(
        r#"{"id": "dl_1", "title": "Hall", "createdAt": "2026-03-01T00:00:00Z", "price": 5}"#,
    );
    let old = old.unwrap();
    let mut new = old.clone();
    new.price = None;
    let error = v1::UpdateDeal::diff(&old, &new).unwrap_err();
    assert!(
        error.to_string().contains("`price` cannot be emptied"),
        "{error}"
    );
}

#[test]
fn fields_that_must_go_together_are_sent_together() {
    let task = |id: &str| {
        let json = json!({
            "id": "tsk_1", "number": "1", "title": "Call", "status": "OPEN", "type": "call", "showTime": false,
            "assigneeIds": [], "tagIds": [], "entity": "deals", "entityId": id,
        });
        v2::Task::from_json(json.to_string()).unwrap()
    };
    let (old, new) = (task("dl_1"), task("dl_2"));
    let update = v2::UpdateTask::diff(&old, &new).unwrap();
    assert_eq!(
        sent(&update),
        json!({"entity": "deals", "entityId": "dl_2"})
    );
    let client = heffl::Client::new("secret").unwrap();
    let call = client.v2().tasks().update(&old.id, update);
    assert!(call.request_body().is_some());
    assert_eq!(sent(&v2::UpdateTask::diff(&old, &old).unwrap()), json!({}));
}

/// A field of an update: its key, the key in the record, and two values.
type Compared = (&'static str, &'static str, [Value; 2]);

fn deal_fields() -> Vec<Compared> {
    vec![
        ("title", "title", [json!("a"), json!("b")]),
        ("price", "price", [json!(1), json!(2.5)]),
        ("clientId", "clientId", [json!("clt_1"), json!("clt_2")]),
        ("sourceId", "crmSourceId", [json!("src_1"), json!("src_2")]),
        ("status", "status", [json!("WON"), json!("NEW_WORD")]),
        (
            "expectedCloseDate",
            "expectedCloseDate",
            [json!("2026-03-01"), json!("2026-03-02T00:00:00Z")],
        ),
        ("cf_a", "cf_a", [json!([1]), json!({"b": null})]),
    ]
}

fn task_fields() -> Vec<Compared> {
    vec![
        ("description", "description", [json!("a"), json!("b")]),
        (
            "durationMinutes",
            "durationMinutes",
            [json!(5.0), json!(7.5)],
        ),
        ("priority", "priority", [json!("LOW"), json!("HIGH")]),
        (
            "dueDate",
            "dueDate",
            [json!("2026-03-01"), json!("2026-03-02")],
        ),
    ]
}

/// A record with its fields in these states: 0 omits the key, 1 is `null`, and larger numbers are values.
fn record(base: &Value, fields: &[Compared], states: &[u8]) -> Value {
    let mut record: Map<String, Value> = base.as_object().unwrap().clone();
    for ((_, key, values), state) in fields.iter().zip(states) {
        match state {
            0 => continue,
            1 => record.insert((*key).to_owned(), Value::Null),
            2 => record.insert((*key).to_owned(), values[0].clone()),
            _ => record.insert((*key).to_owned(), values[1].clone()),
        };
    }
    record.into()
}

/// Applies an update as the server would, and compares the result with the new record.
fn applied(fields: &[Compared], old: &Value, new: &Value, update: &Value) {
    let mut applied = old.clone();
    for (key, value) in update.as_object().unwrap() {
        let (_, name, _) = fields.iter().find(|(known, ..)| known == key).unwrap();
        applied[*name] = value.clone();
        assert_ne!(
            Some(value),
            old.get(*name),
            "{key} is sent without a change"
        );
    }
    for (_, name, _) in fields {
        let expected = if new.get(*name).is_some() { new } else { old };
        assert_eq!(applied[*name], expected[*name], "{name}: {update}");
    }
}

proptest! {
    #[test]
    fn applying_a_diff_makes_the_new_record(
        old in prop::collection::vec(0_u8..4, 7),
        new in prop::collection::vec(0_u8..4, 7),
    ) {
        let (fields, base) = (deal_fields(), json!({"id": "dl_1"}));
        let (before, after) = (record(&base, &fields, &old), record(&base, &fields, &new));
        let read = |json: &Value| v2::Deal::from_json(json.to_string()).unwrap();
        let update = v2::UpdateDeal::diff(&read(&before), &read(&after)).unwrap();
        applied(&fields, &before, &after, &sent(&update));

        let fields = task_fields();
        let base = json!({
            "id": "tsk_1", "number": "1", "title": "Call", "status": "OPEN", "type": "call", "showTime": false,
            "assigneeIds": [], "tagIds": [],
        });
        let (before, after) = (record(&base, &fields, &old), record(&base, &fields, &new));
        let read = |json: &Value| v2::Task::from_json(json.to_string()).unwrap();
        let update = v2::UpdateTask::diff(&read(&before), &read(&after)).unwrap();
        applied(&fields, &before, &after, &sent(&update));
    }
}

/// `Responses call it `crmSourceId`.` in a description.
fn called(description: &str) -> Option<&str> {
    let (_, rest) = description.split_once("Responses call ")?;
    rest.split('`').nth(1)
}

#[test]
fn the_generator_knows_every_other_name_in_the_descriptions() {
    let mut pairs = Vec::new();
    for version in ["v1", "v2"] {
        let document = document(version);
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            for (key, property) in schema["properties"].as_object().into_iter().flatten() {
                let documented = property["description"].as_str().and_then(called);
                let known = property["x-heffl-response-name"].as_str();
                assert_eq!(known, documented, "{version} {name}.{key}");
                if let (Some(known), true) = (known, name.starts_with("Update")) {
                    pairs.push(format!("{name}.{key}: {known}"));
                }
            }
        }
    }
    assert_eq!(
        pairs,
        [
            "UpdateCompany.sourceId: crmSourceId",
            "UpdateContact.sourceId: crmSourceId",
            "UpdateDeal.sourceId: crmSourceId",
            "UpdateQuotation.quotationProducts: lineItems",
            "UpdateQuotation.tags: tagIds",
        ]
    );
}

#[tokio::test]
async fn a_diff_changes_one_record_into_the_other() {
    let server = heffl_test_server::TestServer::builder()
        .without_quota()
        .start()
        .unwrap();
    let contacts = server.client().unwrap();
    let contacts = contacts.v2().contacts();
    let body = v2::CreateContact::new("Ada").phone("1").job_title("Cook");
    let body = body.custom_field("cf_a", 1).unwrap();
    let old = contacts.create(body).await.unwrap();
    let mut new = old.clone();
    new.phone = None;
    new.job_title = Some("Chef".to_owned());
    new.custom_fields.insert("cf_a", [2]).unwrap();
    let update = v2::UpdateContact::diff(&old, &new).unwrap();
    let updated = contacts.update(&old.id, update).await.unwrap();
    assert_eq!(updated.phone, None);
    assert_eq!(updated.job_title, new.job_title);
    assert_eq!(
        sent(&v2::UpdateContact::diff(&updated, &new).unwrap()),
        json!({})
    );
}

//! Generated types: identifiers have types, references take whole records, and setters take any number.

use std::{collections::BTreeSet, fs};

use heffl::{
    ClientId, CompanyId, DateTime, DealId, Decimal, EntityRef, LeadId, Money, Patch, PipelineId,
    ProjectId, TagId, UserId, v1, v2,
};
use heffl_tests::workspace;
use serde_json::Value;

use super::common::document;

/// Whether a rule names the kinds of records of the identifier in a field.
fn is_linked(schema: &Value, name: &str) -> bool {
    let rules = schema["x-heffl-rules"].as_array().into_iter().flatten();
    rules
        .filter(|rule| rule.get("kinds").is_some())
        .filter_map(|rule| rule["together"].as_array())
        .flatten()
        .any(|key| key == name)
}

/// Whether this is the text of an identifier without a kind.
fn is_without_kind(place: &Value, name: &str) -> bool {
    let schema = place.get("schema").unwrap_or(place);
    let text = schema.get("items").unwrap_or(schema);
    let is_called_so =
        matches!(name, "id" | "ids") || name.ends_with("Id") || name.ends_with("Ids");
    let has_kind = [place, schema, text]
        .iter()
        .any(|part| part.get("x-heffl-id").is_some());
    is_called_so && text["type"] == "string" && text.get("enum").is_none() && !has_kind
}

/// An identifier of any kind: all deletions of a version have this response.
const OF_ANY_KIND: &str = "/components/schemas/DeleteResult: id";

fn without_kind(value: &Value, place: &str, found: &mut Vec<String>) {
    let named = value.get("name").and_then(Value::as_str);
    if let (Some(name), Some("path" | "query")) = (named, value["in"].as_str())
        && is_without_kind(value, name)
    {
        found.push(format!("{place}: {name}"));
    }
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if key == "properties" && inner.is_object() {
                    for (name, property) in inner.as_object().into_iter().flatten() {
                        if is_without_kind(property, name) && !is_linked(value, name) {
                            found.push(format!("{place}: {name}"));
                        }
                    }
                }
                without_kind(inner, &format!("{place}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                without_kind(inner, &format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_identifier_has_a_kind() {
    for version in ["v1", "v2"] {
        let document = document(version);
        let mut found = Vec::new();
        without_kind(&document, "", &mut found);
        found.retain(|place| place != OF_ANY_KIND);
        assert!(
            found.is_empty(),
            "{version}: add `x-heffl-id` in an overlay: {found:#?}"
        );
    }
}

#[test]
fn an_identifier_without_a_kind_would_be_found() {
    let document = serde_json::json!({
        "parameters": [
            {"name": "id", "in": "path", "schema": {"type": "string"}},
            {"name": "ownerId", "in": "query", "x-heffl-id": {"of": "user"}, "schema": {"type": "string"}},
        ],
        "schemas": {
            "Gadget": {"properties": {
                "id": {"type": "string", "x-heffl-id": {"of": "gadget"}},
                "partIds": {"type": "array", "items": {"type": "string"}},
                "paid": {"type": "string"},
            }},
            "Note": {
                "x-heffl-rules": [{"together": ["entity", "entityId"], "kinds": {"gadgets": "gadget"}}],
                "properties": {"entity": {"type": "string"}, "entityId": {"type": "string"}},
            },
        },
    });
    let mut found = Vec::new();
    without_kind(&document, "", &mut found);
    assert_eq!(found, ["/parameters/0: id", "/schemas/Gadget: partIds"]);
}

#[test]
fn numbers_and_amounts_are_set_from_any_number_that_fits() {
    let (few, many, half) = (3_u8, 70_000_u32, 0.5_f32);
    let line = |line: v2::DealLine| (line.quantity, line.price);
    for (set, quantity) in [
        (v2::DealLine::new().quantity(20), 20.0),
        (v2::DealLine::new().quantity(-1), -1.0),
        (v2::DealLine::new().quantity(few), 3.0),
        (v2::DealLine::new().quantity(many), 70_000.0),
        (v2::DealLine::new().quantity(half), 0.5),
        (v2::DealLine::new().quantity(7.25), 7.25),
    ] {
        assert_eq!(line(set), (Some(quantity), None));
    }
    let priced = v2::DealLine::new().price(25_000).price;
    assert_eq!(priced, Some("25000".parse().unwrap()));
    assert_eq!(
        v2::UpdateTask::new().duration_minutes(3).duration_minutes,
        Patch::Set(3.0)
    );
}

#[test]
fn exact_numbers_are_not_floats() {
    let tenth: Decimal = "0.1".parse().unwrap();
    let line = v2::CreateQuotationLine::new().tax(5).discount(tenth);
    assert_eq!((line.tax, line.discount), (Some(5.into()), Some(tenth)));
    assert_eq!(
        v2::DealLine::new().discount(Money::from(3)).discount,
        Some(3.into())
    );
    assert_eq!(
        serde_json::to_value(&line).unwrap(),
        serde_json::json!({"tax": 5, "discount": 0.1})
    );
    let read = r#"{"tax": 7.50, "discount": "12.345678901234567890"}"#;
    let read: v1::InvoiceLine = serde_json::from_str(read).unwrap();
    assert_eq!(read.tax, Some("7.5".parse().unwrap()));
    assert_eq!(
        read.discount,
        Some("12.345678901234567890".parse().unwrap())
    );
    // As with amounts, a number that the server would round is not sent.
    let long = v2::CreateQuotationLine::new().discount(read.discount.unwrap());
    let client = heffl::Client::new("secret").unwrap();
    let body = v2::CreateQuotation::new(
        heffl::ClientId::new("clt_1"),
        heffl::TemplateId::new("tpl_1"),
    )
    .quotation_products([long]);
    let call = client.v2().quotations().create(body);
    assert!(call.request_body().is_none());
    let updated = v2::UpdateQuotation::new().conversion_rate(4);
    assert_eq!(updated.conversion_rate, Patch::Set(4.into()));

    let line = v1::CreateInvoiceLine::new().discount(10);
    let at: DateTime = "2026-03-01".parse().unwrap();
    let invoice =
        v1::CreateInvoice::new(heffl::ClientId::new("clt_1"), at, at, [line]).tags([1, 2]);
    let json = serde_json::to_value(&invoice).unwrap();
    assert_eq!(json["tags"], serde_json::json!([1, 2]));
}

#[test]
fn products_take_custom_fields_and_do_not_return_them() {
    let body = v2::CreateProduct::new()
        .custom_field("cf_shelf", "B4")
        .unwrap();
    assert_eq!(body.custom_fields.len(), 1);
    let product: v2::Product = serde_json::from_value(serde_json::json!({
        "id": "prd_1", "name": "Shelf", "price": 5, "type": "PRODUCT", "isActive": true, "cf_shelf": "B4",
    }))
    .unwrap();
    // If responses contain them one day, they are kept as undocumented keys.
    assert_eq!(
        product.extra.get::<String>("cf_shelf").unwrap().as_deref(),
        Some("B4")
    );
}

#[test]
fn one_setter_takes_records_of_several_kinds() {
    let deal = DealId::new("dl_1");
    let linked = v2::CreateTask::new("Call").entity(&deal);
    assert_eq!(linked.entity, Some(v2::TaskEntity::Deals));
    assert_eq!(linked.entity_id.as_deref(), Some("dl_1"));
    let linked = v1::CreateTask::new().entity(LeadId::new("ld_1"));
    assert_eq!(
        (linked.entity.as_deref(), linked.entity_id.as_deref()),
        (Some("leads"), Some("ld_1"))
    );

    let moved = v2::UpdateTask::new().entity(ProjectId::new("prj_1"));
    assert_eq!(moved.entity, Patch::Set(v2::TaskEntity::Projects));
    assert_eq!(moved.entity_id, Patch::Set("prj_1".to_owned()));
    let unlinked = v2::UpdateTask::new().entity(Patch::Clear);
    assert_eq!(
        (unlinked.entity, unlinked.entity_id),
        (Patch::Clear, Patch::Clear)
    );

    let unknown = v2::CreateTask::new("Call").entity(EntityRef::new("moons", "mn_1"));
    assert_eq!(unknown.entity.unwrap().as_str(), "moons");

    let task: v2::Task = serde_json::from_value(serde_json::json!({
        "id": "tsk_1", "number": "1", "showTime": false, "assigneeIds": [], "tagIds": [], "title": "Call", "status": "OPEN", "type": "CALL", "priority": "LOW",
        "createdAt": "2026-03-02T08:15:00.000Z", "updatedAt": "2026-03-02T08:15:00.000Z", "entity": "deals", "entityId": "dl_1",
    }))
    .unwrap();
    let record = task.entity_ref().unwrap();
    assert_eq!(record, EntityRef::from(&deal));
    assert_eq!(DealId::try_from(record.clone()), Ok(deal));
    assert_eq!(LeadId::try_from(record.clone()), Err(record));
}

/// Checks a setter with a value, an `Option` of it, and `None`.
macro_rules! setter {
    ($blank:expr, $setter:ident: $($value:expr),+ $(,)?) => {{
        let blank = $blank;
        let json = |body: &_| heffl::serde_json::to_string(body).unwrap();
        let mut set = Vec::new();
        $(
            let given = Some($value);
            set.push(blank.clone().$setter($value));
            set.push(blank.clone().$setter(given.clone()));
            let mut none = given.clone();
            none.take();
            assert_eq!(json(&blank.clone().$setter(none.clone())), json(&blank));
            // `None` does not reset an earlier value.
            set.push(blank.clone().$setter(given).$setter(none));
        )+
        for body in &set {
            assert_ne!(json(body), json(&blank), stringify!($setter));
            assert_eq!(json(body), json(&set[0]), stringify!($setter));
        }
    }};
}

#[test]
fn setters_take_a_value_or_an_option_of_one() {
    let (text, user, company) = (
        "x".to_owned(),
        UserId::new("usr_1"),
        CompanyId::new("clt_1"),
    );
    let at: DateTime = "2026-03-01T00:00:00Z".parse().unwrap();
    let (address, line) = (
        v2::UpdateBillingAddress::new().city("Oslo"),
        v2::DealLine::new().name("Shelf"),
    );
    let deal = || {
        let (client, pipeline) = (ClientId::new("clt_1"), PipelineId::new("dpl_1"));
        v2::CreateDeal::new("Refit", client, pipeline)
    };

    setter!(v2::CreateContact::new("Ada"), last_name: "x", &text, text.clone(), &*text);
    setter!(v2::CreateContact::new("Ada"), company_id: &company, company.clone());
    setter!(deal(), owner_user_id: &user, user.clone());
    setter!(deal(), price: Money::from(5), 5, 5_u64, Decimal::from(5));
    setter!(deal(), expected_close_date: at, at.timestamp());
    setter!(deal(), currency: "AED", heffl::Currency::new("AED"));
    setter!(deal(), is_inclusive_tax: true);
    setter!(deal(), status: v2::DealStatus::Won);
    setter!(deal(), assignees: vec![user.clone()], [&user], std::slice::from_ref(&user));
    setter!(deal(), products: vec![line.clone()], [line.clone()]);
    setter!(v2::DealLine::new(), quantity: 2, 2.0, 2_u8);
    setter!(v2::CreateTask::new("Call"), entity: DealId::new("dl_1"), &DealId::new("dl_1"));

    setter!(v2::UpdateContact::new(), email: "x", &text, text.clone());
    setter!(v2::UpdateContact::new(), owner_user_id: &user, user.clone());
    setter!(v2::UpdateContact::new(), billing_address: address.clone());
    setter!(v2::UpdateDeal::new(), client_id: &company, company.clone());
    setter!(v2::UpdateDeal::new(), price: 5, Money::from(5), Decimal::from(5));
    let zoned = at.to_zoned();
    setter!(v2::UpdateDeal::new(), expected_close_date: zoned.clone(), DateTime::from(zoned.clone()));
    setter!(v2::UpdateDeal::new(), is_inclusive_tax: true);
    setter!(v2::UpdateDeal::new(), status: v2::DealStatus::Won);
    setter!(v2::UpdateDeal::new(), assignees: vec![user.clone()], [&user]);
    setter!(v2::UpdateDeal::new(), tags: Vec::<TagId>::new());
    setter!(v2::UpdateDeal::new(), products: [line.clone()], vec![line.clone()]);
    setter!(v2::UpdateTask::new(), duration_minutes: 3, 3.0);
    setter!(v2::UpdateTask::new(), entity: DealId::new("dl_1"), &DealId::new("dl_1"));
    setter!(v1::UpdateDeal::new(), title: "x", &text);
}

#[test]
fn setters_of_fields_that_can_be_cleared_take_a_patch() {
    let update = v2::UpdateDeal::new()
        .price(5)
        .price(Patch::Clear)
        .tags(Patch::Clear)
        .title(Patch::Clear)
        .title(Patch::Keep);
    assert_eq!(
        serde_json::to_value(&update).unwrap(),
        serde_json::json!({"price": null, "tags": null})
    );
}

#[test]
fn parameters_of_lists_take_a_value_or_an_option_of_one() {
    let client = heffl::Client::new("secret").unwrap();
    let list = || client.v2().deals().list();
    let sent = |list: v2::deals::ListDeals| list.into_call().to_curl().unwrap();
    let pipeline = PipelineId::new("dpl_1");
    let raw = serde_json::json!({"status": {"operator": "is", "values": ["WON"]}});
    let condition = v2::DealFilter::pipeline_id().is(&pipeline);

    let all = list()
        .page_size(20)
        .search("x")
        .order_dir(v2::OrderDirection::Asc);
    let options = list()
        .page_size(Some(20))
        .search(Some("x"))
        .order_dir(Some(v2::OrderDirection::Asc));
    assert_eq!(sent(options.clone()), sent(all));
    let unchanged = options
        .clone()
        .page_size(None)
        .search(None::<&str>)
        .order_dir(None::<v2::OrderDirection>)
        .filters(None::<&serde_json::Value>)
        .filter(None::<v2::DealFilter>);
    assert_eq!(sent(unchanged), sent(options));
    let bare = sent(list());
    assert_eq!(sent(list().page_size(None).search(None::<&str>)), bare);
    assert_eq!(sent(list().filters(Some(&raw))), sent(list().filters(&raw)));
    assert_eq!(
        sent(list().filter(Some(condition.clone()))),
        sent(list().filter(condition))
    );
}

#[test]
fn the_one_error_code_has_the_values_of_both_documents() {
    let mut documented = BTreeSet::new();
    for version in ["v1", "v2"] {
        let document = document(version);
        let codes = &document["components"]["schemas"]["ErrorCode"]["enum"];
        let codes = codes.as_array().unwrap().iter();
        documented.extend(codes.map(|code| code.as_str().unwrap().to_owned()));
    }
    let known = heffl::ErrorCode::VALUES.iter().map(ToString::to_string);
    assert_eq!(known.collect::<BTreeSet<_>>(), documented);
}

/// The names that follow every `begin` in a text.
fn names_after<'a>(text: &'a str, begin: &'a str) -> impl Iterator<Item = &'a str> {
    let rest = text.split(begin).skip(1);
    rest.filter_map(|rest| {
        rest.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
    })
}

#[test]
fn handles_and_types_of_the_runtime_have_different_names() {
    let source = workspace().join("generated/src");
    let read = |path: &str| fs::read_to_string(source.join(path)).unwrap();
    let exports = read("lib.rs");
    let exports: Vec<&str> = exports
        .split("pub use ")
        .skip(1)
        .filter_map(|export| export.split(';').next())
        .flat_map(|export| export.split(|c: char| !c.is_alphanumeric()))
        .filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    assert!(exports.contains(&"CustomFields") && exports.contains(&"Patch"));
    let mut handles = 0;
    for version in ["v1", "v2"] {
        let text = read(&format!("{version}/mod.rs"));
        for handle in names_after(&text, "(self) -> ").filter(|module| *module != "Self") {
            let module = read(&format!("{version}/{handle}.rs"));
            let name = names_after(&module, "pub struct ").next().unwrap();
            assert!(
                !exports.contains(&name),
                "{version}: add {name} to `RUNTIME_TYPES` of codegen"
            );
            handles += 1;
        }
    }
    assert!(handles > 20, "{handles}");
}

#[test]
fn a_webhook_takes_the_names_of_events() {
    let body = v1::CreateWebhook::new(
        "Warehouse",
        "https://hooks.example/heffl",
        [
            v1::WebhookEventName::DealCreated,
            "lead.stageChanged".parse().unwrap(),
            v1::WebhookEventName::unknown("moon.rose"),
        ],
    );
    assert_eq!(
        serde_json::to_value(&body).unwrap()["events"],
        serde_json::json!(["deal.created", "lead.stageChanged", "moon.rose"])
    );
    assert!("deal.crated".parse::<v1::WebhookEventName>().is_err());
}

//! `models`: reading pages and writing bodies, compared with types that derive serde.

pub mod data;
mod paired;
pub mod peers;

use heffl::{Call, Client, v2};
use serde::{de::DeserializeOwned, de::IgnoredAny};

use super::{Cell, Effort, Table};
use paired::{Variant, measure};

pub(super) fn run(effort: Effort) -> Result<Table, String> {
    let rounds = effort.choose(3, 60);
    let client = Client::new("no-key").map_err(|error| error.to_string())?;
    let mut table = Table::new(&[
        ("what", ""),
        ("variant", ""),
        ("time", "µs"),
        ("heffl ÷ variant", ""),
        ("at most", ""),
    ]);
    let mut missed = Vec::new();
    let mut show = |what: &str, variants: Vec<Variant<'_>>, bounds: &[f64]| {
        for (index, row) in measure(variants, rounds).into_iter().enumerate() {
            let bound = index
                .checked_sub(1)
                .and_then(|index| bounds.get(index))
                .copied();
            if bound.is_some_and(|bound| row.ratio > bound) {
                missed.push(format!("{what}, {}", row.name));
            }
            table.push([
                Cell::Text(what.to_owned()),
                Cell::Text(row.name.to_owned()),
                Cell::Number(row.microseconds),
                Cell::Number(row.ratio),
                bound.map_or(Cell::None, Cell::Number),
            ]);
        }
    };
    let deals = client.v2().deals().list().into_call();
    let page = data::page(100, data::deal);
    show(
        "100 deals",
        read::<peers::PlainDeal, peers::FlatDeal, _>(&page, &deals),
        &READING,
    );
    let quotations = client.v2().quotations().list().into_call();
    for (what, lines) in [("100 quotations", 0), ("100 quotations, 5 lines each", 5)] {
        let page = data::page(100, |numbers| data::quotation(numbers, lines));
        let variants = read::<peers::PlainQuotation, peers::FlatQuotation, _>(&page, &quotations);
        show(what, variants, &READING);
    }
    show(
        "a body, 10 custom fields, 3 lines",
        write(&client),
        &WRITING,
    );
    table.note("CPU time of the thread. Ratios are medians over rounds that run all variants in random order.");
    table.note(if missed.is_empty() {
        "All goals are met.".to_owned()
    } else {
        format!("Goals missed: {}", missed.join("; "))
    });
    Ok(table)
}

/// The goals relative to types that drop custom fields, and to types that flatten them into a map.
const READING: [f64; 2] = [0.75, 0.45];

/// The goal relative to a type that declares its custom fields.
const WRITING: [f64; 1] = [0.9];

/// From the bytes of a response to the result of a call.
fn read<'a, Plain: DeserializeOwned, Flat: DeserializeOwned, T>(
    page: &'a str,
    call: &'a Call<T>,
) -> Vec<Variant<'a>> {
    let bytes = page.as_bytes();
    vec![
        Variant::new("heffl", move || call.read(bytes).ok()),
        Variant::new("serde derive, custom fields dropped", move || {
            serde_json::from_slice::<peers::Page<Plain>>(bytes).ok()
        }),
        Variant::new("serde derive, flattened into a map", move || {
            serde_json::from_slice::<peers::Page<Flat>>(bytes).ok()
        }),
        Variant::new("serde_json, syntax check only", move || {
            serde_json::from_slice::<IgnoredAny>(bytes).ok()
        }),
    ]
}

fn write(client: &Client) -> Vec<Variant<'static>> {
    let time = "2026-03-01T09:30:00.000Z";
    let custom = heffl::CustomFields::from_serialize(&serde_json::json!({
        "cf_industry": "Website", "cf_delivery_note": "ring \"twice\"", "cf_account_ref": "ACC-1",
        "cf_seats": 250, "cf_margin": 12.25, "cf_discount_cap": 7.5, "cf_is_renewal": true,
        "cf_regions": ["north", "south", "east"], "cf_previous_vendor": null, "cf_go_live": time,
    }))
    .unwrap();
    let line = || {
        v2::DealLine::new()
            .name("Enterprise licence")
            .quantity(20.0)
            .price("149.95".parse::<heffl::Money>().unwrap())
            .product_id(heffl::ProductId::new("prd_abcdef123456"))
            .description("annual support, onboarding")
            .tax(heffl::Decimal::new(75, 1))
    };
    let ours = v2::CreateDeal::new(
        "Enterprise licence",
        heffl::ClientId::new("clt_abcdef123456"),
        heffl::PipelineId::new("dpl_abcdef123456"),
    )
    .stage_id(heffl::StageId::new("dps_abcdef123456"))
    .lead_id(heffl::LeadId::new("ld_abcdef123456"))
    .owner_user_id(heffl::UserId::new("usr_abcdef123456"))
    .price("25000.75".parse::<heffl::Money>().unwrap())
    .expected_close_date(time.parse::<heffl::DateTime>().unwrap())
    .priority(v2::DealPriority::High)
    .status(v2::DealStatus::Active)
    .tags([
        heffl::TagId::new("tag_abcdef123456"),
        heffl::TagId::new("tag_ghijkl123456"),
    ])
    .products([line(), line(), line()])
    .custom_fields(&custom)
    .unwrap();
    let line = || peers::CreateLine {
        name: "Enterprise licence".into(),
        quantity: 20.0,
        price: 149.95,
        product_id: "prd_abcdef123456".into(),
        description: "annual support, onboarding".into(),
        tax: 7.5,
    };
    let theirs = peers::CreateDeal {
        title: "Enterprise licence".into(),
        client_id: "clt_abcdef123456".into(),
        pipeline_id: "dpl_abcdef123456".into(),
        stage_id: Some("dps_abcdef123456".into()),
        lead_id: Some("ld_abcdef123456".into()),
        owner_user_id: Some("usr_abcdef123456".into()),
        price: Some(25_000.75),
        expected_close_date: Some(time.into()),
        priority: Some(peers::Priority::High),
        status: Some(peers::Status::Active),
        tags: Some(vec!["tag_abcdef123456".into(), "tag_ghijkl123456".into()]),
        products: vec![line(), line(), line()],
        industry: "Website".into(),
        delivery_note: "ring \"twice\"".into(),
        account_ref: "ACC-1".into(),
        seats: 250,
        margin: 12.25,
        discount_cap: 7.5,
        is_renewal: true,
        regions: vec!["north".into(), "south".into(), "east".into()],
        previous_vendor: None,
        go_live: time.into(),
    };
    let call = client.v2().deals().create(ours.clone());
    let sent = serde_json::from_slice(call.request_body().unwrap()).unwrap();
    let expected = serde_json::to_value(&theirs).unwrap();
    assert_eq!(floats(&sent), floats(&expected), "both write the same");
    let client = client.clone();
    vec![
        Variant::with(
            "heffl, from body to call",
            move || ours.clone(),
            move |body| client.v2().deals().create(body),
        ),
        Variant::with(
            "serde derive, custom fields declared",
            move || theirs.clone(),
            |body| serde_json::to_vec(&body).ok(),
        ),
    ]
}

/// All numbers as floats: 20 and 20.0 are the same.
fn floats(json: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match json {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(floats).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), floats(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

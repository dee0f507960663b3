//! Reading pages and writing bodies, measured. Prints tables, and JSON as the last line. Exit code 1
//! where a goal is missed.

use std::process::ExitCode;

use heffl::{Client, v2};
use heffl_benches_peers::{
    data,
    paired::{Goal, Variant, measure, report},
    peers,
};
use serde::de::DeserializeOwned;

fn main() -> ExitCode {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(60);
    let client = Client::new("no-key").unwrap();
    let deals = client.v2().deals().list().call();
    let quotations = client.v2().quotations().list().call();
    let mut results = Vec::new();

    let page = data::page(100, data::deal);
    results.push(decode::<peers::PlainDeal, peers::FlatDeal, _>(
        "100 deals",
        &page,
        rounds,
        |page| deals.read(page).unwrap(),
    ));
    for (title, lines) in [("100 quotations without lines", 0), ("100 quotations with 5 lines each", 5)] {
        let page = data::page(100, |numbers| data::quotation(numbers, lines));
        results.push(decode::<peers::PlainQuotation, peers::FlatQuotation, _>(
            title,
            &page,
            rounds,
            |page| quotations.read(page).unwrap(),
        ));
    }
    results.push(encode(&client, rounds));
    let met = results.iter().all(|(_, met)| *met);
    let json: Vec<_> = results.into_iter().map(|(json, _)| json).collect();
    println!("\n{}", serde_json::json!({ "benches": json }));
    ExitCode::from(u8::from(!met))
}

fn decode<Plain: DeserializeOwned, Flat: DeserializeOwned, T>(
    title: &str,
    page: &str,
    rounds: usize,
    ours: impl Fn(&[u8]) -> T,
) -> (serde_json::Value, bool) {
    let bytes = page.as_bytes();
    let variants = vec![
        Variant::new("heffl", || ours(bytes)),
        Variant::new("derived, custom fields thrown away", || {
            serde_json::from_slice::<peers::Page<Plain>>(bytes).unwrap()
        }),
        Variant::new("derived, flattened into a map", || {
            serde_json::from_slice::<peers::Page<Flat>>(bytes).unwrap()
        }),
        Variant::new("serde_json, passing over only", || {
            serde_json::from_slice::<serde::de::IgnoredAny>(bytes).unwrap()
        }),
    ];
    let rows = measure(variants, rounds);
    let goals = [
        Goal { variant: 0, to: 1, bound: 0.75 },
        Goal { variant: 0, to: 2, bound: 0.45 },
    ];
    report(&format!("Reading {title}, {} bytes", bytes.len()), &rows, &goals)
}

fn encode(client: &Client, rounds: usize) -> (serde_json::Value, bool) {
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
            .product_id("prd_abcdef123456")
            .description("annual support, onboarding")
            .tax(7.5)
    };
    let ours = v2::CreateDeal::new("Enterprise licence", "clt_abcdef123456", "dpl_abcdef123456")
        .stage_id("dps_abcdef123456")
        .lead_id("ld_abcdef123456")
        .owner_user_id("usr_abcdef123456")
        .price("25000.75".parse::<heffl::Money>().unwrap())
        .expected_close_date(time.parse::<heffl::DateTime>().unwrap())
        .priority(v2::DealPriority::High)
        .status(v2::DealStatus::Active)
        .tags(["tag_abcdef123456", "tag_ghijkl123456"])
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
    let variants = vec![
        Variant::with("heffl, from body to call", || ours.clone(), |body| client.v2().deals().create(body)),
        Variant::with("derived, custom fields declared", || theirs.clone(), |body| serde_json::to_vec(&body).unwrap()),
    ];
    let rows = measure(variants, rounds);
    let goals = [Goal { variant: 0, to: 1, bound: 0.9 }];
    report("Writing a body with 10 custom fields and 3 lines", &rows, &goals)
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

//! Compiles the types that `cargo xtask custom-fields` writes, and uses them with `heffl`.

#[path = "../../../generated/examples/typed_custom_fields/fields.rs"]
mod example;
mod kinds;
mod names;

mod command;
#[expect(dead_code, reason = "its main function")]
#[path = "../../../generated/examples/save_custom_fields.rs"]
mod save_custom_fields;

use heffl::{
    CustomFields, Patch,
    v1::deals::CreateDeal as CreateDealV1,
    v2::deals::{CreateDeal, UpdateDeal},
};
use heffl_custom_fields::{Response, Severity, compare, generate, parse};
use heffl_test_server::{Fault, TestServer};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use example::{DealFields, DealFieldsPatch, DealModules, DealPriority};
use save_custom_fields::definitions;

fn record(fields: &Value) -> CustomFields {
    serde_json::from_value(fields.clone()).unwrap()
}

fn read<T: DeserializeOwned>(fields: &Value) -> T {
    record(fields).to().unwrap()
}

/// The custom fields in a body.
fn written(fields: &impl Serialize) -> CustomFields {
    CustomFields::from_serialize(fields).unwrap()
}

fn everything() -> Value {
    json!({
        "cf_approved": true,
        "cf_contract": {"file": "contract.pdf"},
        "cf_modules": ["CRM", "Telepathy"],
        "cf_priority": "High",
        "cf_renewal": "2026-06-30",
        "cf_renewal_price": 1250.5,
        "cf_reseller": "clt_abc123",
        "cf_seats": 250.0,
        "cf_type": "annual",
    })
}

#[test]
fn fields_of_every_kind_are_read_with_types_and_written_back_unchanged() {
    let mut response = everything();
    response["cf_added_later"] = json!("not defined when the types were generated");
    response["title"] = json!("Enterprise licence");
    let fields: DealFields = read(&response);
    assert_eq!(fields.priority, Some(DealPriority::High));
    let unknown = DealModules::Unknown("Telepathy".into());
    assert_eq!(fields.modules, Some(vec![DealModules::Crm, unknown]));
    assert_eq!(fields.renewal_price, "1250.5".parse().ok());
    assert!(fields.renewal.is_some_and(|renewal| renewal.is_date_only()));
    assert_eq!(fields.reseller.as_ref().unwrap().ids(), ["clt_abc123"]);
    assert_eq!(written(&fields), record(&everything()));
}

#[test]
fn absent_and_empty_fields_are_none_and_nothing_is_sent_for_them() {
    let empty: DealFields = read(&json!({"cf_priority": null, "cf_seats": null}));
    assert_eq!(empty, DealFields::default());
    assert!(written(&empty).is_empty());
}

#[test]
fn keys_without_their_prefix_are_read() {
    let fields: DealFields = read(&json!({"priority": "Low", "type": "annual"}));
    assert_eq!(fields.priority, Some(DealPriority::Low));
    assert_eq!(fields.type_.as_deref(), Some("annual"));
}

#[test]
fn a_value_of_another_type_is_an_error_with_only_the_key() {
    let fields = record(&json!({"cf_priority": "High", "cf_seats": "secret"}));
    let error = fields.to::<DealFields>().unwrap_err().to_string();
    assert!(
        error.contains("cf_seats") && !error.contains("secret"),
        "{error}"
    );
}

#[test]
fn a_create_body_takes_the_fields_that_are_set() {
    let fields = DealFields {
        priority: Some(DealPriority::from("Urgent")),
        renewal_price: Some(1250.into()),
        ..DealFields::default()
    };
    let expected = json!({"cf_priority": "Urgent", "cf_renewal_price": 1250});
    let mut bodies = vec![
        serde_json::to_value(
            CreateDeal::new(
                "Licence",
                heffl::ClientId::new("clt_a"),
                heffl::PipelineId::new("dpl_a"),
            )
            .custom_fields(&fields)
            .unwrap(),
        )
        .unwrap(),
    ];
    bodies.push(
        serde_json::to_value(
            CreateDealV1::new(
                "Licence",
                heffl::ClientId::new("clt_a"),
                heffl::PipelineId::new("1"),
                heffl::StageId::new("2"),
            )
            .custom_fields(&fields)
            .unwrap(),
        )
        .unwrap(),
    );
    for body in bodies {
        let members = body.as_object().unwrap().clone();
        let sent: Value = members
            .into_iter()
            .filter(|(key, _)| key.starts_with("cf_"))
            .collect();
        assert_eq!(sent, expected);
    }
}

#[test]
fn an_update_keeps_clears_and_sets_fields() {
    let patch = DealFieldsPatch {
        priority: DealPriority::Low.into(),
        renewal: Patch::Clear,
        ..DealFieldsPatch::default()
    };
    let body = UpdateDeal::new().custom_fields(&patch).unwrap();
    assert_eq!(
        serde_json::to_value(body).unwrap(),
        json!({"cf_priority": "Low", "cf_renewal": null})
    );
    assert!(written(&DealFieldsPatch::default()).is_empty());
}

#[test]
fn between_returns_the_smallest_update() {
    let before: DealFields = read(&everything());
    assert_eq!(
        DealFieldsPatch::between(&before, &before),
        DealFieldsPatch::default()
    );
    let after = DealFields {
        priority: Some(DealPriority::Low),
        modules: None,
        ..before.clone()
    };
    assert_eq!(
        written(&DealFieldsPatch::between(&before, &after)),
        record(&json!({"cf_modules": null, "cf_priority": "Low"}))
    );
    let all = DealFieldsPatch::between(&DealFields::default(), &before);
    assert_eq!(written(&all), record(&everything()));
}

#[test]
fn unknown_options_are_kept() {
    for option in DealPriority::VALUES {
        assert_eq!(&DealPriority::from(option.as_str()), option);
        assert!(!matches!(option, DealPriority::Unknown(_)));
    }
    let unknown = DealPriority::from("Unknown".to_owned());
    assert_eq!(unknown, DealPriority::Unknown("Unknown".into()));
    assert_eq!(json!(unknown), json!("Unknown"));
    assert_eq!(format!("{:>5}", DealPriority::Low), "  Low");
}

/// Every key, in both forms of the types, has the same value after writing and reading.
#[test]
fn unusual_keys_and_options_survive_a_round_trip() {
    let of = |definitions: &[names::Definition]| -> Value {
        let keys = definitions.iter().map(|definition| definition.key);
        keys.map(|key| (key.to_owned(), json!(key))).collect()
    };
    let mut fields = of(names::DealFields::DEFINITIONS);
    for (key, value) in [
        ("cf_no_label", json!(1.5)),
        ("cf_null_label", json!([1])),
        ("cf_odd", json!({})),
    ] {
        fields[key] = value;
    }
    let typed: names::DealFields = read(&fields);
    assert_eq!(written(&typed), record(&fields));
    let patch = names::DealFieldsPatch::between(&names::DealFields::default(), &typed);
    assert_eq!(written(&patch), record(&fields));

    let words = [
        "Unknown",
        "self",
        "Self",
        "",
        "  ",
        "---",
        "\u{202e}x",
        "*/",
        "a\nb",
        "other",
    ];
    for word in words {
        let fields = json!({"cf_option_02": word, "cf_option_03": [word, "a"]});
        let typed: kinds::DealFields = read(&fields);
        assert_eq!(written(&typed), record(&fields), "{word:?}");
    }
    let known = kinds::DealOption02::from("Unknown");
    assert_eq!(known, kinds::DealOption02::UnknownValue);
}

#[test]
fn a_relation_keeps_its_form() {
    for (value, ids) in [
        (json!("clt_a"), vec!["clt_a"]),
        (json!(["clt_a", "clt_b"]), vec!["clt_a", "clt_b"]),
        (json!([]), vec![]),
        (json!([{"id": "clt_a"}]), vec![]),
    ] {
        let fields = json!({"cf_reseller": value});
        let typed: DealFields = read(&fields);
        assert_eq!(typed.reseller.as_ref().unwrap().ids(), ids, "{value}");
        assert_eq!(written(&typed), record(&fields));
    }
}

/// The example `save_custom_fields` reads definitions with the models of `heffl`.
#[test]
fn definitions_survive_the_models_of_the_crate() {
    let path = heffl_tests::workspace().join("tests/fixtures/custom-fields/kinds.json");
    let text = std::fs::read_to_string(path).unwrap();
    let response: Value = serde_json::from_str(&text).unwrap();
    let read: Vec<heffl::v2::CustomField> =
        serde_json::from_value(response["deals"].clone()).unwrap();
    let saved = json!({ "deals": read }).to_string();
    let definitions = |text: &str| {
        let response = Response {
            file: "a.json",
            text,
            entity: None,
        };
        parse(&response).unwrap()
    };
    assert_eq!(compare(&definitions(&text), &definitions(&saved)), []);
}

#[tokio::test]
async fn definitions_from_a_client_become_types_and_changes_are_reported() {
    let server = TestServer::builder().without_quota().start().unwrap();
    let heffl = server.client().unwrap();
    server.define_custom_field("deals", "Seats", "number");
    server.define_custom_field("contacts", "Region", "text");
    server.fail("listCustomFields", Fault::CutBefore).unwrap();
    let saved = definitions(&heffl).await.unwrap();
    let response = |text| Response {
        file: "custom-fields.json",
        text,
        entity: None,
    };
    let types = generate(&parse(&response(&saved)).unwrap()).unwrap();
    assert!(types.contains("pub struct DealFields") && types.contains("pub seats: Option<f64>"));
    assert!(types.contains("pub struct ContactFields"), "{types}");

    server.define_custom_field("deals", "Colour", "text");
    let today = definitions(&heffl).await.unwrap();
    let (saved, today) = (
        parse(&response(&saved)).unwrap(),
        parse(&response(&today)).unwrap(),
    );
    let changes = compare(&saved, &today);
    assert_eq!(changes.len(), 1);
    assert!(
        changes[0].message.contains("cf_colour"),
        "{}",
        changes[0].message
    );
    assert!(changes[0].kind.severity() < Severity::Breaking);
}

#[test]
fn the_readme_shows_the_example_that_saves_definitions() {
    let example = include_str!("../../../generated/examples/save_custom_fields.rs");
    let function = example.find("pub async fn").unwrap();
    let indented: String = example[function..]
        .lines()
        .map(|line| format!("   {line}").trim_end().to_owned() + "\n")
        .collect();
    let readme = include_str!("../../../codegen/custom-fields/README.md");
    assert!(readme.contains(&indented), "{indented}");
}

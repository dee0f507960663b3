//! Definitions of custom fields: saved, shown, and as Rust types.

use std::fs;

use heffl_test_server::TestServer;
use serde_json::{Value, json};

use crate::sandbox::{Sandbox, assert_code, stderr, stdout};

fn workspace() -> (Sandbox, TestServer) {
    let server = TestServer::start().unwrap();
    server.define_custom_field("deals", "Seats", "number");
    server.define_custom_field("companies", "Region", "text");
    (Sandbox::new(), server)
}

fn keys(output: &str) -> Vec<String> {
    let lines = output.lines();
    lines
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            format!(
                "{} {}",
                record["resource"].as_str().unwrap(),
                record["key"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn definitions_are_saved_and_shown_without_further_requests() {
    let (sandbox, server) = workspace();
    let output = sandbox.run(&server, &["fields", "pull"]);
    assert_code(&output, 0);
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).contains("saved 2 definitions"),
        "{output:?}"
    );
    let requests = server.requests().len();

    let output = sandbox.run(&server, &["fields", "show"]);
    assert_code(&output, 0);
    assert_eq!(
        keys(&stdout(&output)),
        ["companies cf_region", "deals cf_seats"]
    );
    assert_eq!(server.requests().len(), requests);

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = sandbox.home().join("state/heffl/fields");
        let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!file.file_name().to_str().unwrap().contains(server.key()));
    }
}

#[test]
fn the_next_pull_reports_what_has_changed() {
    let (sandbox, server) = workspace();
    assert_code(&sandbox.run(&server, &["fields", "pull"]), 0);
    server.define_custom_field("deals", "Colour", "text");
    let output = sandbox.run(&server, &["fields", "pull"]);
    assert!(
        stderr(&output).contains("The custom field `cf_colour` of deals is new."),
        "{output:?}"
    );
    let output = sandbox.run(&server, &["fields", "pull", "--quiet"]);
    assert_eq!(stderr(&output), "");
}

#[test]
fn definitions_belong_to_one_workspace() {
    let (sandbox, server) = workspace();
    assert_code(&sandbox.run(&server, &["fields", "pull"]), 0);
    let other = TestServer::start().unwrap();
    let output = sandbox.run(&other, &["fields", "show"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("heffl fields pull"), "{output:?}");
}

#[test]
fn types_are_rust_that_names_each_field() {
    let (sandbox, server) = workspace();
    assert_code(&sandbox.run(&server, &["fields", "pull"]), 0);
    // rustfmt is found by the home folder of the user.
    let mut types = sandbox.command_at(&server, &["fields", "types"]);
    let home = std::env::home_dir().unwrap();
    let output = types
        .env("HEFFL_API_KEY", server.key())
        .env("HOME", home)
        .output()
        .unwrap();
    assert_code(&output, 0);
    for part in [
        "pub struct DealFields",
        "pub seats: Option<f64>",
        "pub struct CompanyFields",
    ] {
        assert!(stdout(&output).contains(part), "{part}");
    }
}

#[test]
fn a_saved_response_takes_the_place_of_the_api() {
    let sandbox = Sandbox::new();
    let file = sandbox.home().join("deals.json");
    let response = json!({"data": [{"key": "cf_seats", "label": "Seats", "type": "number"}]});
    fs::write(&file, response.to_string()).unwrap();
    let mut show = sandbox.command(&["fields", "show", "--resource", "deals", "--from"]);
    // No key is needed.
    let output = show.arg(&file).output().unwrap();
    assert_code(&output, 0);
    assert_eq!(keys(&stdout(&output)), ["deals cf_seats"]);

    let server = TestServer::start().unwrap();
    let file = file.to_str().unwrap();
    let pull = ["fields", "pull", "--resource", "deals", "--from", file];
    assert_code(&sandbox.run(&server, &pull), 0);
    assert!(server.requests().is_empty());
    let output = sandbox.run(&server, &["fields", "show"]);
    assert_eq!(keys(&stdout(&output)), ["deals cf_seats"]);

    fs::write(file, "no JSON").unwrap();
    let output = sandbox.run(&server, &pull);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("deals.json"), "{output:?}");
}

/// What `--set` sends.
fn custom_field(sandbox: &Sandbox, server: &TestServer, set: &str) -> std::process::Output {
    let create = [
        "companies",
        "create",
        "--name",
        "Northwind",
        "--dry-run",
        "--set",
        set,
    ];
    sandbox.run(server, &create)
}

#[test]
fn set_reads_values_by_the_saved_definitions() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let file = sandbox.home().join("companies.json");
    let field = |label: &str, kind| json!({"key": format!("cf_{}", label.to_lowercase()), "label": label, "type": kind});
    let mut region = field("Region", "single_option");
    region["options"] =
        json!([{"value": "north", "label": "The north"}, {"value": "south", "label": "The south"}]);
    let others = [
        ("Limit", "currency"),
        ("Active", "checkbox"),
        ("Since", "date"),
        ("Floors", "integer"),
        ("Note", "text"),
    ];
    let mut fields = vec![region];
    fields.extend(others.map(|(label, kind)| field(label, kind)));
    fs::write(&file, json!({ "companies": fields }).to_string()).unwrap();
    let output = custom_field(&sandbox, &server, "cf_limit=12.10");
    assert!(
        stdout(&output).contains(r#""cf_limit":"12.10""#),
        "{output:?}"
    );
    let pull = ["fields", "pull", "--from", file.to_str().unwrap()];
    assert_code(&sandbox.run(&server, &pull), 0);
    for (set, sent) in [
        (
            "cf_limit=1234567890123.45",
            r#""cf_limit":1234567890123.45"#,
        ),
        ("cf_active=true", r#""cf_active":true"#),
        ("cf_since=2026-09-30", r#""cf_since":"2026-09-30"#),
        ("cf_floors=3", r#""cf_floors":3"#),
        ("cf_note=3", r#""cf_note":"3""#),
        ("cf_region=north", r#""cf_region":"north""#),
        ("cf_region=The south", r#""cf_region":"south""#),
    ] {
        let output = custom_field(&sandbox, &server, set);
        assert_code(&output, 0);
        assert!(stdout(&output).contains(sent), "{set}: {output:?}");
    }
    for (set, hint) in [
        ("cf_limit=much", "cf_limit (currency): expected a number"),
        ("cf_active=yes", "expected true or false"),
        ("cf_region=west", "expected one of north, south"),
        ("cf_regoin=north", "did you mean cf_region?"),
        ("cf_unheard_of=1", "heffl fields pull"),
    ] {
        let output = custom_field(&sandbox, &server, set);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(hint), "{set}: {output:?}");
    }
}

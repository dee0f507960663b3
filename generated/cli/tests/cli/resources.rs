//! `heffl RESOURCE VERB` against a server.

use std::process::Command;

use heffl_test_server::TestServer;
use serde_json::{Value, json};

#[cfg(unix)]
use crate::sandbox::{Run, is_installed};
use crate::sandbox::{at, heffl, offline, operations};

fn with_companies(count: usize) -> TestServer {
    let server = TestServer::builder().without_quota().start().unwrap();
    for number in 1..=count {
        let name = format!("Company {number:03}");
        server.insert("companies", json!({"name": name})).unwrap();
    }
    server
}

#[test]
fn a_record_is_created_read_changed_and_deleted() {
    let server = with_companies(0);
    let company = heffl(
        &server,
        &[
            "companies",
            "create",
            "--name",
            "Northwind",
            "--set",
            "cf_region=north",
        ],
    );
    let company = company.json();
    assert_eq!(
        (&company["name"], &company["cf_region"]),
        (&json!("Northwind"), &json!("north"))
    );
    let client = company["id"].as_str().unwrap();

    let create = [
        "deals",
        "create",
        "--title",
        "Refit",
        "--client",
        client,
        "--pipeline",
        "Sales",
        "--price",
        "48500.50",
    ];
    let deal = heffl(&server, &create).json();
    let id = deal["id"].as_str().unwrap();
    let update = [
        "deals",
        "update",
        id,
        "--status",
        "won",
        "--clear",
        "price",
        "--set-json",
        "cf_area=[1,2]",
    ];
    heffl(&server, &update).json();
    let deal = heffl(&server, &["deals", "get", id]).json();
    assert_eq!(deal["status"], "WON");
    assert_eq!(deal["price"], Value::Null);
    assert_eq!(deal["cf_area"], json!([1, 2]));

    let stderr = heffl(&server, &["deals", "delete", id]);
    assert!(stderr.failed(2).contains("--yes"), "{stderr:?}");
    assert_eq!(server.records("deals").len(), 1);
    assert_eq!(
        heffl(&server, &["deals", "delete", id, "--yes"]).json()["deleted"],
        true
    );
    assert!(
        heffl(&server, &["deals", "get", id])
            .failed(3)
            .contains("404")
    );
}

#[test]
fn a_verb_that_only_the_older_version_has_comes_from_there_and_help_says_so() {
    let server = with_companies(0);
    let lead = heffl(&server, &["leads", "create", "--name", "Ada"]).json();
    let id = lead["id"].as_str().unwrap();
    assert_eq!(
        heffl(&server, &["v1", "leads", "get", id]).json()["name"],
        "Ada"
    );
    assert_eq!(heffl(&server, &["leads", "list"]).lines().len(), 1);
    let requests = server.requests();
    let paths: Vec<&str> = requests
        .iter()
        .map(|request| request.path.as_str())
        .collect();
    let ends = ["/v1/leads", &format!("/v1/leads/{id}"), "/v2/leads"];
    for (path, end) in paths.iter().zip(ends) {
        assert!(path.ends_with(end), "{path}");
    }
    let help = offline(&["leads", "--help"], "").stdout;
    assert!(help.contains("Create a lead (API v1)"), "{help}");
    assert!(help.contains("List leads\n"), "{help}");
}

#[test]
fn a_verb_that_no_version_has_is_an_error_with_what_comes_near() {
    let error = offline(&["contacts", "get", "clt_1"], "");
    let error = error.failed(2);
    for near in [
        "heffl contacts find",
        "heffl contacts list",
        "heffl clients get",
    ] {
        assert!(error.contains(near), "{near} in {error}");
    }
    assert!(
        offline(&["deals", "udpate", "dl_1"], "")
            .failed(2)
            .contains("did you mean update?")
    );
    assert!(offline(&["deal", "list"], "").failed(2).contains("'deals'"));
}

/// Runs a command of curl that was printed, and returns its output.
#[cfg(unix)]
fn run_curl(server: &TestServer, printed: &Run) -> Value {
    assert_eq!(printed.code, Some(0), "{printed:?}");
    assert!(!printed.stdout.contains(server.key()), "{printed:?}");
    let curl = Command::new("sh")
        .args(["-c", &format!("{} --silent", printed.stdout.trim_end())])
        .env("HEFFL_API_KEY", server.key())
        .output()
        .unwrap();
    serde_json::from_slice(&curl.stdout).unwrap_or_else(|error| panic!("{error}: {curl:?}"))
}

#[cfg(unix)]
#[test]
fn the_output_of_curl_gives_the_same_record_and_holds_no_key() {
    if !is_installed("curl", "what --curl prints is not run") {
        return;
    }
    let server = with_companies(0);
    let name = "O'Neill & \"Söhne\" $HOME";
    let body = json!({"name": name, "cf_note": "`a`\nb"}).to_string();
    let id = server.insert("companies", json!({"name": "Old"})).unwrap();
    for arguments in [
        &["companies", "create", "--body", "-"][..],
        &["api", "POST", "/v2/companies", "--body", "-"],
        &["companies", "update", &id, "--body", "-"],
        &["companies", "list", "--search", name],
    ] {
        let before = server.requests().len();
        let curl = [arguments, &["--curl"]].concat();
        let printed = at(server.base_url(), server.key(), &curl, &body);
        assert_eq!(server.requests().len(), before, "{arguments:?}");
        let by_curl = run_curl(&server, &printed);
        let json = ["--output", "json"];
        let json: &[&str] = if arguments[0] == "api" { &[] } else { &json };
        let by_command = [arguments, json].concat();
        let by_command = at(server.base_url(), server.key(), &by_command, &body).json();
        let plain = |response: &Value| {
            let mut record = response.get("data").unwrap_or(response).clone();
            let fields = record.as_object_mut().into_iter();
            for fields in fields {
                for own in ["id", "number", "createdAt", "updatedAt"] {
                    fields.remove(own);
                }
            }
            record
        };
        assert_eq!(plain(&by_curl), plain(&by_command), "{arguments:?}");
        let requests = server.requests();
        let [one, other] = &requests[before..] else {
            panic!("{requests:?}")
        };
        assert_eq!(one.json().unwrap(), other.json().unwrap());
        assert_eq!((&one.method, &one.path), (&other.method, &other.path));
        assert_eq!(one.query, other.query);
    }
}

#[test]
fn csv_of_250_records_has_251_lines_and_that_of_none_has_the_header() {
    let server = with_companies(250);
    let all = heffl(&server, &["companies", "list", "--all", "--output", "csv"]);
    assert_eq!((all.code, all.stdout.lines().count()), (Some(0), 251));
    assert_eq!(all.stderr, "");
    assert_eq!(server.requests().len(), 3);
    let chosen = heffl(
        &server,
        &[
            "companies",
            "list",
            "--all",
            "-o",
            "csv",
            "--fields",
            "name,cf_none",
        ],
    );
    assert!(
        chosen.stdout.starts_with("name,cf_none\nCompany "),
        "{chosen:?}"
    );
    assert!(
        chosen.stderr.contains("no record has cf_none"),
        "{chosen:?}"
    );

    let none = heffl(&server, &["deals", "list", "--output", "csv"]);
    assert_eq!(none.stdout.lines().count(), 1);
    assert!(none.stdout.starts_with("id,number,title,"), "{none:?}");
}

#[test]
fn a_list_that_was_cut_says_so_on_standard_error_and_in_json() {
    let server = with_companies(250);
    let list = |arguments: &[&str]| heffl(&server, &[&["companies", "list"], arguments].concat());
    let one_page = list(&[]);
    assert_eq!(one_page.lines().len(), 100);
    for form in ["table", "jsonl", "json", "csv", "yaml"] {
        let one_page = list(&["--output", form]);
        assert!(one_page.stderr.contains("--all"), "{one_page:?}");
    }

    let cut = list(&["--limit", "120", "--output", "json"]);
    let value = cut.json();
    assert_eq!(value["data"].as_array().unwrap().len(), 120);
    assert_eq!(value["meta"]["hasMore"], true);
    let cursor = value["meta"]["nextCursor"].as_str().unwrap();
    assert!(cut.stderr.contains(cursor), "{cut:?}");
    let rest = list(&["--all", "--cursor", cursor, "--output", "json"]).json();
    assert_eq!(rest["data"].as_array().unwrap().len(), 130);
    assert_eq!(rest["meta"], json!({"hasMore": false, "nextCursor": null}));
    let names = |list: &Value| -> Vec<String> {
        let names = list["data"].as_array().unwrap().iter();
        names
            .map(|record| record["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut all = names(&value);
    all.extend(names(&rest));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 250);
    assert_eq!(list(&["--limit", "250"]).stderr, "");
    assert_eq!(list(&["--quiet"]).stderr, "");
    assert!(list(&["--limit", "0"]).failed(2).contains("--limit"));
}

/// With standard error thrown away, standard output is JSON in which `jq -e` finds a value, or nothing if the command
/// fails.
#[test]
fn only_data_is_on_standard_output() {
    let server = with_companies(101);
    let lists = operations().into_iter().filter(|operation| {
        operation["method"] == "GET" && operation["path"].as_array().unwrap().is_empty()
    });
    let lists: Vec<String> = lists
        .map(|operation| operation["command"].as_str().unwrap().to_owned())
        .collect();
    assert!(lists.len() > 20, "{lists:?}");
    // The first word is the name of the program.
    let lists = lists.iter().map(|command| {
        let mut words: Vec<&str> = command.split(' ').skip(1).collect();
        words.extend(["--output", "json"]);
        words
    });
    let others = [
        &["companies", "list"][..],
        &["companies", "list", "--fields", "nothing"],
        &["companies", "create", "--name", "Northwind"],
        &["companies", "find", "--email", "ada@example.com"],
        &["deals", "list", "--client", "Nobody"],
        &["deals", "get", "dl_none"],
        &["deals", "delete", "dl_none"],
        &["nothing"],
        &["api", "GET", "/v2/deals"],
        &["docs", "--json"],
        &["doctor"],
        &["fields", "types", "--nothing"],
    ];
    for arguments in lists.chain(others.map(<[&str]>::to_vec)) {
        let run = heffl(&server, &arguments);
        let values = serde_json::Deserializer::from_str(&run.stdout).into_iter::<Value>();
        let values: Result<Vec<_>, _> = values.collect();
        let last = values
            .unwrap_or_else(|error| panic!("{error}: {run:?}"))
            .pop();
        let is_value = |value: Value| !value.is_null() && value != Value::Bool(false);
        assert_eq!(last.is_some_and(is_value), run.code == Some(0), "{run:?}");
        assert_eq!(run.stdout.is_empty(), run.code != Some(0), "{run:?}");
    }
}

#[test]
fn amounts_of_money_keep_their_digits() {
    let server = with_companies(1);
    let client = server.records("companies")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let create = [
        "deals",
        "create",
        "--title",
        "Refit",
        "--client",
        &client,
        "--pipeline",
        "Sales",
    ];
    for (price, written) in [
        ("0.1", "0.1"),
        ("123456789012.34", "123456789012.34"),
        ("25000", "25000"),
    ] {
        let deal = heffl(&server, &[&create[..], &["--price", price]].concat());
        assert!(
            deal.stdout.contains(&format!("\"price\":{written},")),
            "{deal:?}"
        );
        for form in ["json", "csv", "yaml", "table"] {
            let list = heffl(&server, &["deals", "list", "-o", form, "--fields", "price"]);
            assert!(list.stdout.contains(written), "{form}: {list:?}");
        }
    }
    let rounded = heffl(
        &server,
        &[&create[..], &["--price", "12345678901234567.89"]].concat(),
    );
    assert!(rounded.failed(2).contains("would round"), "{rounded:?}");
    assert!(
        heffl(&server, &[&create[..], &["--price", "1,000"]].concat())
            .failed(2)
            .contains("--price")
    );
}

#[test]
fn sums_are_exact_and_say_whether_records_are_missing() {
    let server = with_companies(0);
    for number in 0..150 {
        let price = if number == 7 { Value::Null } else { json!(0.1) };
        server
            .insert(
                "deals",
                json!({"title": "Refit", "price": price, "status": "WON"}),
            )
            .unwrap();
    }
    server
        .insert(
            "deals",
            json!({"title": "Refit", "price": 1000.25, "status": "LOST"}),
        )
        .unwrap();
    let all = heffl(&server, &["deals", "list", "--all", "--sum", "price"]);
    assert_eq!(
        all.stdout,
        "{\"count\":151,\"hasMore\":false,\"price\":1015.15}\n"
    );
    let won = [
        "deals",
        "list",
        "--all",
        "--jq",
        "select(.status == \"WON\")",
        "--sum",
        "price",
        "-o",
        "csv",
    ];
    assert_eq!(
        heffl(&server, &won).stdout,
        "count,hasMore,price\n150,false,14.9\n"
    );
    let cut = heffl(&server, &["deals", "list", "--sum", "price"]);
    assert_eq!(cut.json()["hasMore"], true);
    assert!(cut.stderr.contains("--all"), "{cut:?}");
    assert!(
        heffl(&server, &["deals", "list", "--sum", "title"])
            .failed(1)
            .contains("not a number")
    );
}

#[test]
fn a_write_whose_response_cannot_be_printed_says_that_it_was_carried_out() {
    let server = with_companies(0);
    let create = [
        "companies",
        "create",
        "--name",
        "Northwind",
        "--jq",
        ".name.x",
    ];
    assert!(
        heffl(&server, &create)
            .failed(1)
            .contains("has carried out")
    );
    assert_eq!(server.records("companies").len(), 1);
    // A filter that cannot be read is refused before anything is sent.
    let create = ["companies", "create", "--name", "Northwind", "--jq", ".["];
    heffl(&server, &create).failed(2);
    assert_eq!(server.records("companies").len(), 1);
}

#[test]
fn an_identifier_of_another_kind_is_refused_before_anything_is_sent() {
    let server = with_companies(0);
    let stage = ["deals", "update", "dl_1", "--stage", "usr_1"];
    assert!(heffl(&server, &stage).failed(2).contains("user"));
    assert!(
        heffl(&server, &["deals", "get", "clt_1"])
            .failed(2)
            .contains("clt_1")
    );
    assert!(server.requests().is_empty());
}

#[test]
fn a_filter_makes_values_of_records() {
    let server = with_companies(3);
    let list = |arguments: &[&str]| heffl(&server, &[&["companies", "list"], arguments].concat());
    assert_eq!(list(&["--jq", ".name"]).stdout.lines().count(), 3);
    assert!(list(&["--jq", ".name"]).stdout.contains("Company 001\n"));
    assert_eq!(
        list(&["--jq", "select(.name == \"Company 002\") | {name}"]).lines(),
        [json!({"name": "Company 002"})]
    );
    let csv = list(&["--jq", "{n: .name, x: 1}", "--output", "csv"]).stdout;
    assert!(csv.starts_with("n,x\nCompany "), "{csv}");
    assert_eq!(list(&["--jq", ".name", "-o", "jsonl"]).lines().len(), 3);
    assert!(list(&["--jq", ".["]).failed(2).contains("--jq"));
    assert!(list(&["--jq", "nothing"]).failed(2).contains("nothing"));
    assert!(list(&["--jq", ".name.x"]).failed(1).contains("--jq"));
}

#[test]
fn what_is_given_last_counts_and_contradictions_are_refused() {
    let body = |arguments: &[&str], stdin: &str| {
        let update = ["deals", "update", "dl_1", "--dry-run", "-o", "json"];
        offline(&[&update[..], arguments].concat(), stdin)
    };
    let file = r#"{"title": "file", "priority": "LOW", "status": "WON", "cf_a": 1, "cf_b": 2}"#;
    let given = [
        "--body",
        "-",
        "--set",
        "cf_a=x",
        "--set",
        "priority=high",
        "--title",
        "flag",
        "--clear",
        "cf_b,status",
    ];
    assert_eq!(
        body(&given, file).json()["body"],
        json!({"title": "flag", "priority": "HIGH", "status": null, "cf_a": "x", "cf_b": null})
    );
    for contradiction in [
        &["--title", "a", "--set", "title=b"][..],
        &["--title", "a", "--clear", "title"],
        &["--set", "cf_a=1", "--clear", "cf_a"],
        &["--set", "cf_a=1", "--set-json", "cf_a=1"],
        &["--owner", "usr_1", "--clear", "ownerUserId"],
    ] {
        assert!(
            body(contradiction, "").failed(2).contains("contradict"),
            "{contradiction:?}"
        );
    }
    for (wrong, problem) in [
        (&["--set", "titel=x"][..], "did you mean title?"),
        (&["--set", "title"], "KEY=TEXT"),
        (&["--set-json", "title=x"], "--set-json title"),
        (&["--clear", "nothing"], "no such field"),
        (&["--status", "open"], "--status"),
        (&["--price", "much"], "expected a number"),
        (&["--expected-close-date", "tomorrow"], "expected a date"),
        (&["--products", "{\"nmae\": 1}"], "did you mean name?"),
        (&["--body", "/no/such/file"], "/no/such/file"),
        (&[], "nothing to change"),
    ] {
        let run = body(wrong, "");
        assert!(run.failed(2).contains(problem), "{run:?}");
    }
    for (file, problem) in [
        ("{\"titel\": 1}", "did you mean title?"),
        ("{\"isInclusiveTax\": \"x\"}", "isInclusiveTax"),
        ("[]", "JSON object"),
        ("{", "--body -"),
    ] {
        let run = body(&["--body", "-"], file);
        assert!(run.failed(2).contains(problem), "{run:?}");
    }
    let error = offline(&["tags", "create", "--name", "VIP"], "");
    assert!(error.failed(2).contains("--type, --color"), "{error:?}");
    let error = offline(&["products", "update", "prd_1", "--clear", "name"], "");
    assert!(error.failed(2).contains("cannot be cleared"), "{error:?}");
}

#[test]
fn names_are_looked_up_with_few_requests_and_in_filters() {
    let server = with_companies(1);
    let company = server.records("companies")[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let pipeline = server.records("pipelines")[0].clone();
    let user = server.records("users")[0].clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let stage = &pipeline["stages"][1];
    let by_id = [
        text(&pipeline["id"]),
        text(&stage["id"]),
        text(&user["id"]),
        company,
    ];
    let by_name = [
        text(&pipeline["name"]),
        text(&stage["name"]).to_uppercase(),
        text(&user["name"]),
        "company 001".into(),
    ];
    let deals = [by_id, by_name].map(|[pipeline, stage, owner, client]| {
        let create = [
            "deals",
            "create",
            "--title",
            "Refit",
            "--pipeline",
            &pipeline,
            "--stage",
            &stage,
        ];
        heffl(
            &server,
            &[&create[..], &["--owner", &owner, "--client", &client]].concat(),
        )
        .json()
    });
    // The pipeline and the stage are in one list, and the client may be a contact or a company.
    assert_eq!(server.requests().len(), 1 + 4 + 1);
    for field in ["pipelineId", "stageId", "ownerUserId", "clientId"] {
        assert_eq!(deals[0][field], deals[1][field], "{field}");
        assert!(deals[0][field].is_string(), "{field}");
    }
    let filtered = heffl(
        &server,
        &["deals", "list", "--stage", &text(&stage["name"])],
    );
    assert_eq!(filtered.lines().len(), 2);
    let none = heffl(&server, &["deals", "list", "--stage", "Nowhere"]);
    assert!(
        none.failed(2).contains(stage["name"].as_str().unwrap()),
        "{none:?}"
    );
}

#[test]
fn a_stage_is_one_of_the_pipeline_that_is_given() {
    let server = with_companies(0);
    let stage =
        json!([{"id": "dps_other", "name": "Won", "position": 1, "probability": 1, "type": "WON"}]);
    server
        .insert("pipelines", json!({"name": "Renewals", "stages": stage}))
        .unwrap();
    let stages = heffl(&server, &["deals", "list", "--stage", "Won"]);
    assert!(
        stages.failed(2).contains("in pipeline Renewals"),
        "{stages:?}"
    );
    // A stage is one of the pipeline that is given.
    let one = heffl(
        &server,
        &[
            "deals",
            "list",
            "--stage",
            "Won",
            "--pipeline",
            "Renewals",
            "--dry-run",
        ],
    );
    assert!(one.failed(2).contains("cannot be looked up"), "{one:?}");
    assert_eq!(
        heffl(
            &server,
            &["deals", "list", "--stage", "Won", "--pipeline", "Renewals"]
        )
        .code,
        Some(0)
    );
    let requests = server.requests();
    let filters = requests.last().unwrap().query("filters").unwrap();
    assert!(filters.contains("dps_other"), "{filters}");
}

#[test]
fn lists_that_names_are_looked_up_in_are_kept_for_some_minutes() {
    let server = with_companies(1);
    let home = tempfile::tempdir().unwrap();
    let list = |arguments: &[&str]| {
        let run = Command::new(env!("CARGO_BIN_EXE_heffl"))
            .args(["deals", "list"])
            .args(arguments)
            .env("HEFFL_BASE_URL", server.base_url())
            .env("HEFFL_API_KEY", server.key())
            .env("XDG_STATE_HOME", home.path())
            .env("LOCALAPPDATA", home.path())
            .output()
            .unwrap();
        (run.status.code(), server.requests().len())
    };
    assert_eq!(list(&["--pipeline", "Sales", "--dry-run"]), (Some(2), 0));
    assert_eq!(list(&["--pipeline", "Sales"]), (Some(0), 2));
    assert_eq!(list(&["--pipeline", "Sales"]), (Some(0), 3));
    assert_eq!(list(&["--pipeline", "Sales", "--fresh"]), (Some(0), 5));
    assert_eq!(list(&["--pipeline", "Sales", "--dry-run"]), (Some(0), 5));
    // A name that the kept list does not have is looked up on the server.
    server
        .insert("pipelines", json!({"name": "Renewals", "stages": []}))
        .unwrap();
    assert_eq!(list(&["--pipeline", "Renewals"]), (Some(0), 7));
    assert_eq!(list(&["--pipeline", "Nothing"]), (Some(2), 8));
}

#[test]
fn a_contact_is_found_by_address_or_number() {
    let server = with_companies(0);
    for (name, phone) in [("Ada", "+49301234"), ("Bob", "+49305678")] {
        server
            .insert(
                "contacts",
                json!({"firstName": name, "email": "x@example.com", "phone": phone}),
            )
            .unwrap();
    }
    assert_eq!(
        heffl(&server, &["contacts", "find", "--phone", "+49 30 1234"]).json()["firstName"],
        "Ada"
    );
    assert_eq!(
        heffl(
            &server,
            &["contacts", "find", "--email", "X@example.com", "--all"]
        )
        .lines()
        .len(),
        2
    );
    heffl(&server, &["contacts", "find", "--email", "x@example.com"]).failed(2);
    heffl(
        &server,
        &["contacts", "find", "--email", "none@example.com"],
    )
    .failed(3);
    heffl(&server, &["contacts", "find"]).failed(2);
}

#[test]
fn errors_of_the_command_line_are_json_if_that_is_asked_for() {
    for arguments in [
        &["--errors", "json", "deals", "list", "--nothing"][..],
        &["deals", "update", "dl_1", "--errors=json"],
        &["deals", "nothing", "--errors", "json"],
    ] {
        let run = at("http://127.0.0.1:9/api", "heffl_user_none", arguments, "");
        let error: Value = serde_json::from_str(run.failed(2)).unwrap();
        assert_eq!(error["error"]["kind"], "usage", "{error}");
    }
}

#[test]
fn fields_of_an_object_have_flags() {
    let create = |more: &[&str]| {
        let create = ["companies", "create", "--name", "Northwind", "--dry-run"];
        offline(&[&create[..], more].concat(), "")
    };
    let city = ["--billing-address.city", "Dubai"];
    let both = create(&[&city[..], &["--billing-address.country", "AE"]].concat());
    assert_eq!(
        both.json()["body"]["billingAddress"],
        json!({"city": "Dubai", "country": "AE"})
    );
    for other in [
        &["--billing-address", r#"{"city": "Oslo"}"#][..],
        &["--set-json", r#"billingAddress={"city": "Oslo"}"#],
    ] {
        let refused = create(&[other, &city].concat());
        let message = refused.failed(2);
        assert!(message.contains("contradict each other"), "{message}");
        assert!(message.contains("--billing-address.city"), "{message}");
    }
    let mistyped = create(&["--billing-address.citty", "Dubai"]);
    assert!(
        mistyped.failed(2).contains("--billing-address.city"),
        "{mistyped:?}"
    );
    let help = offline(&["companies", "create", "--help"], "");
    assert!(
        help.stdout.contains("--billing-address.city <TEXT>"),
        "{help:?}"
    );
    // A list of objects is JSON.
    let help = offline(&["quotations", "create", "--help"], "");
    assert!(!help.stdout.contains("--quotation-products."), "{help:?}");
}

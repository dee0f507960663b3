//! `heffl import` against a server: requests, the journal, and the continuation of an interrupted import.

use std::{
    collections::BTreeMap,
    env, fs,
    path::PathBuf,
    process::{Child, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use heffl_test_server::{Fault, TestServer};
use serde_json::{Value, json};

use crate::sandbox::{Sandbox, assert_code, stderr};

/// Each process follows the quota that the server reports to it, which the shared file does not know.
fn start() -> TestServer {
    TestServer::builder().quota(1_000_000).start().unwrap()
}

/// A folder with a file to import.
struct Import {
    sandbox: Sandbox,
    server: TestServer,
    file: PathBuf,
}

impl Import {
    fn new(content: impl AsRef<[u8]>) -> Self {
        let sandbox = Sandbox::new();
        let file = sandbox.home().join("people.csv");
        fs::write(&file, content).unwrap();
        let server = start();
        Self {
            sandbox,
            server,
            file,
        }
    }

    fn arguments<'a>(&'a self, resource: &'a str, options: &[&'a str]) -> Vec<&'a str> {
        let file = self.file.to_str().unwrap();
        [&["import", resource, file, "--no-shared-quota"], options].concat()
    }

    fn run(&self, options: &[&str]) -> Output {
        self.run_for("contacts", options)
    }

    fn run_for(&self, resource: &str, options: &[&str]) -> Output {
        self.sandbox
            .run(&self.server, &self.arguments(resource, options))
    }

    fn spawn(&self, options: &[&str]) -> Child {
        self.sandbox
            .command_at(&self.server, &self.arguments("contacts", options))
            .env("HEFFL_API_KEY", self.server.key())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.sandbox.home().join(name)
    }

    /// The rows of a CSV file.
    fn rows(&self, name: &str) -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(self.path(name)).unwrap();
        let rows = reader.records().map(Result::unwrap);
        rows.map(|row| row.iter().map(str::to_owned).collect())
            .collect()
    }

    /// How often each e-mail address is there.
    fn emails(&self) -> BTreeMap<String, usize> {
        let mut emails = BTreeMap::new();
        for contact in self.server.records("contacts") {
            let email = contact["email"].as_str().unwrap().to_owned();
            *emails.entry(email).or_default() += 1;
        }
        emails
    }

    fn count(&self, operation: &str) -> usize {
        let requests = self.server.requests();
        let of_it = requests
            .iter()
            .filter(|request| request.operation.as_deref() == Some(operation));
        of_it.count()
    }
}

fn people(count: usize) -> String {
    let rows = (0..count).map(|number| format!("Person {number},p{number}@example.com\n"));
    "firstName,email\n".to_owned() + &rows.collect::<String>()
}

/// The most memory that a process has used so far, in kilobytes.
#[cfg(target_os = "linux")]
fn peak_memory(id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

/// The memory for 100,000 rows, from what two smaller files take. `cargo xtask bench command` imports all the rows.
#[cfg(target_os = "linux")]
#[test]
fn the_memory_of_100_000_rows_is_below_100_megabytes() {
    let [few, many] = [1_000, 16_000].map(|rows| {
        let import = Import::new(people(rows));
        let mut child = import.spawn(&["--match", "email", "--dry-run"]);
        let mut peak = 0;
        while child.try_wait().unwrap().is_none() {
            peak = peak_memory(child.id()).unwrap_or(peak);
            thread::sleep(Duration::from_millis(1));
        }
        assert!(child.wait().unwrap().success());
        assert!(peak > 0);
        peak
    });
    let all = few + (many - few) * 99_000 / 15_000;
    assert!(all * 1024 < 100_000_000, "{few} kB, {many} kB: {all} kB");
}

fn wait_until(is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn columns_go_to_fields_by_their_names_or_by_map() {
    let import = Import::new(
        "Vorname,E-Mail,Job title,cf_seats,cf_region,Notes\nAda,ada@example.com,Countess,5,north,x\n",
    );
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("\"Vorname\" (column 1), \"Notes\" (column 6)"));
    let options = [
        "--match",
        "email",
        "--map",
        "firstName=vorname",
        "--types",
        "cf_seats=number",
    ];
    let output = import.run(&[&options[..], &["--ignore", "Notes"]].concat());
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "1 created\n");
    let [ada] = &import.server.records("contacts")[..] else {
        panic!()
    };
    for (field, value) in [
        ("firstName", json!("Ada")),
        ("email", json!("ada@example.com")),
        ("jobTitle", json!("Countess")),
        ("cf_seats", json!(5)),
        ("cf_region", json!("north")),
    ] {
        assert_eq!(ada[field], value, "{field}");
    }
}

#[test]
fn a_fault_in_the_last_row_is_reported_with_line_and_column_before_the_first_request() {
    let people = people(300);
    for (rows, place) in [
        ("Ada,ada(at)example.com\n", ":302:2: email: "),
        ("Ada,\n", ":302:2: email: there is no email to match by"),
        (
            "Ada,P7@example.com \n",
            ":302:2: email: line 9 has the same email",
        ),
        (
            ",ada@example.com\n",
            ":302:1: firstName: the field firstName is required",
        ),
        ("Ada,ada@example.com,x\n", ":302: the row has 3 cells"),
        (
            "\"A\nda\",ada@example.com\n,x\n",
            ":304:1: firstName: the field firstName is required",
        ),
    ] {
        let import = Import::new(format!("{people}{rows}"));
        let output = import.run(&["--match", "email"]);
        assert_code(&output, 2);
        let place = format!("people.csv{place}");
        assert!(
            stderr(&output).contains(&place),
            "{place}\n{}",
            stderr(&output)
        );
        assert!(import.server.requests().is_empty());
        assert!(!import.path("people.csv.journal").exists());
    }
}

#[test]
fn values_that_the_api_would_refuse_are_found_in_their_cells() {
    for (column, cell, problem) in [
        ("openingBalance", "-5", "must be at least 0"),
        ("openingBalance", "1.234,50", "expected a number"),
        (
            "openingBalance",
            "1234567890123456",
            "expected at most 15 digits",
        ),
        ("isClientPortalEnabled", "maybe", "expected true or false"),
        ("stageId", "usr_1", "client stage"),
        ("cf_seats", "five", "expected a number"),
        (
            "cf_since",
            "31.12.2026",
            "expected a date, such as 2026-09-30",
        ),
    ] {
        let import = Import::new(format!(
            "name,{column}\nAcme,\nBolt,{cell}\n",
            cell = format_args!("\"{cell}\"")
        ));
        let types = "cf_seats=number,cf_since=date";
        let output = import.run_for("companies", &["--match", "name", "--types", types]);
        assert_code(&output, 2);
        let expected = format!("people.csv:3:2: {column}: ");
        let text = stderr(&output);
        assert!(
            text.contains(&expected) && text.contains(problem),
            "{cell}: {text}"
        );
        assert!(import.server.requests().is_empty());
    }
}

#[test]
fn values_of_custom_fields_are_checked_and_unknown_keys_are_refused() {
    let import = Import::new("name,cf_seats,cf_region\nAcme,5,The north\n");
    let region = json!({
        "key": "cf_region", "label": "Region", "type": "single_option",
        "options": [{"value": "north", "label": "The north"}, {"value": "south", "label": "The south"}],
    });
    let seats = json!({"key": "cf_seats", "label": "Seats", "type": "number"});
    let definitions = import.path("definitions.json");
    fs::write(
        &definitions,
        json!({ "companies": [region, seats] }).to_string(),
    )
    .unwrap();
    let pull = ["fields", "pull", "--from", definitions.to_str().unwrap()];
    assert_code(&import.sandbox.run(&import.server, &pull), 0);
    let options = ["--match", "name"];
    assert_code(&import.run_for("companies", &options), 0);
    let company = &import.server.records("companies")[0];
    assert_eq!(
        (&company["cf_seats"], &company["cf_region"]),
        (&json!(5), &json!("north"))
    );
    let requests = import.server.requests().len();
    for (content, problem) in [
        ("name,cf_regoin\nBolt,north\n", "did you mean cf_region?"),
        (
            "name,cf_region\nBolt,west\n",
            ":2:2: cf_region: expected one of north, south",
        ),
        (
            "name,cf_seats\nBolt,many\n",
            ":2:2: cf_seats: expected a number",
        ),
    ] {
        fs::write(&import.file, content).unwrap();
        let output = import.run_for("companies", &options);
        assert_code(&output, 2);
        assert!(stderr(&output).contains(problem), "{}", stderr(&output));
    }
    assert_eq!(import.server.requests().len(), requests);
}

#[test]
fn records_are_recognised_by_fields_that_lists_have_and_numbers_by_their_value() {
    let import = Import::new("name,cf_erp,vendor id\nAcme,5,v1\nBolt,7.0,v2\n");
    import
        .server
        .insert("companies", json!({"name": "Old", "cf_erp": 7}));
    let output = import.run_for("companies", &["--match", "vendorId"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("lists of companies do not have this field"));
    let options = ["--match", "cf_erp", "--types", "cf_erp=number"];
    let output = import.run_for("companies", &options);
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "1 created, 1 existing\n");
}

#[test]
fn the_file_that_is_imported_is_never_overwritten() {
    let import = Import::new(people(2));
    for option in ["--report", "--failed", "--journal"] {
        let output = import.run(&["--match", "email", option, import.file.to_str().unwrap()]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains("would be overwritten"), "{option}");
    }
    assert_eq!(fs::read_to_string(&import.file).unwrap(), people(2));
    assert!(import.server.requests().is_empty());
}

#[test]
fn records_are_named_by_their_names_or_identifiers() {
    let import = Import::new("");
    let stage = &import.server.records("client-stages")[0];
    let owner = &import.server.records("users")[0]["id"];
    let name = stage["name"].as_str().unwrap();
    let rows = format!("Acme,{name},{}\nBolt,{name},\n", owner.as_str().unwrap());
    fs::write(&import.file, format!("name,stage,owner user id\n{rows}")).unwrap();
    let options = ["--match", "name", "--map", "stageId=stage"];
    assert_code(&import.run_for("companies", &options), 0);
    let companies = import.server.records("companies");
    assert!(
        companies
            .iter()
            .all(|company| company["stageId"] == stage["id"])
    );
    assert_eq!(&companies[0]["ownerUserId"], owner);
    assert_eq!(import.count("listClientStages"), 1);

    fs::write(&import.file, "name,stage\nCrate,\nDelta,Nowhere\n").unwrap();
    let journal = import.path("other.journal");
    let other = ["--journal", journal.to_str().unwrap()];
    let output = import.run_for(
        "companies",
        &[options, [other[0], other[1], "--empty", "keep"]].concat(),
    );
    assert_code(&output, 2);
    let text = stderr(&output);
    assert!(
        text.contains("people.csv:3:2: ") && text.contains(name),
        "{text}"
    );
    assert_eq!(import.count("createCompany"), 2);
}

#[test]
fn byte_order_mark_semicolons_crlf_and_windows_1252_give_equal_results() {
    let text = "firstName,email,cf_city\nZoë,zoe@example.com,\"Köln, €\"\n";
    let semicolons = "firstName;email;cf_city\r\nZoë;zoe@example.com;Köln, €\r\n;;\r\n";
    let western: Vec<u8> = semicolons
        .chars()
        .map(|character| match character {
            '€' => 0x80,
            character => u8::try_from(u32::from(character)).unwrap(),
        })
        .collect();
    let mut contacts = Vec::new();
    for (content, options) in [
        (text.as_bytes().to_vec(), &[][..]),
        (format!("\u{feff}{text}").into_bytes(), &[]),
        (semicolons.as_bytes().to_vec(), &[]),
        (semicolons.replace(';', "\t").into_bytes(), &[]),
        (western.clone(), &["--encoding", "windows-1252"]),
    ] {
        let import = Import::new(content);
        let output = import.run(&[&["--match", "email"], options].concat());
        assert_code(&output, 0);
        let [contact] = &import.server.records("contacts")[..] else {
            panic!()
        };
        let fields = ["firstName", "email", "cf_city"];
        contacts.push(fields.map(|field| contact[field].clone()));
    }
    assert_eq!(contacts[0], ["Zoë", "zoe@example.com", "Köln, €"]);
    assert!(contacts.iter().all(|contact| contact == &contacts[0]));

    let import = Import::new(western);
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 2);
    let expected = "people.csv:2:3: the file is not UTF-8: the byte 0xeb would be \"ë\"";
    assert!(stderr(&output).contains(expected), "{}", stderr(&output));
}

#[test]
fn a_dry_run_writes_nothing_and_counts_as_the_run_does() {
    let rows = "Ada,ada@example.com\nBob,bob@example.com\nCy,cy@example.com\nDan,dan@example.com\n";
    for (options, counts) in [
        (&[][..], "2 created, 2 existing\n"),
        (
            &["--update-existing"],
            "2 created, 1 unchanged, 1 updated\n",
        ),
    ] {
        let import = Import::new(format!("firstName,email\n{rows}"));
        for (name, email) in [("Ada", "ada@example.com"), ("Robert", "bob@example.com")] {
            let contact = json!({"firstName": name, "email": email});
            import.server.insert("contacts", contact);
        }
        let options = [&["--match", "email"], options].concat();
        let dry_options = [&options[..], &["--dry-run"]].concat();
        let dry = import.run(&dry_options);
        assert_code(&dry, 0);
        let is_read = |request: &heffl_test_server::ReceivedRequest| request.method == "GET";
        assert!(import.server.requests().iter().all(is_read));
        assert!(!import.path("people.csv.journal").exists());
        let wet = import.run(&options);
        assert_code(&wet, 0);
        assert_eq!(
            stderr(&dry),
            format!("dry run, nothing was written: {counts}")
        );
        assert_eq!(stderr(&wet), counts);

        // After an interrupted run, the completed rows have their earlier results.
        let journal = fs::read_to_string(import.path("people.csv.journal")).unwrap();
        let before = import.server.requests().len();
        let again = import.run(&dry_options);
        assert_code(&again, 0);
        assert_eq!(stderr(&again), stderr(&dry));
        assert!(import.server.requests()[before..].iter().all(is_read));
        let after = fs::read_to_string(import.path("people.csv.journal")).unwrap();
        assert_eq!(after, journal);
    }
}

/// The time is that of the quota: 60 requests at once, and 60 more after each minute.
#[test]
fn the_time_that_a_dry_run_reports_is_within_5_percent() {
    for (new, changed, unchanged) in [(250, 0, 0), (700, 0, 0), (150, 100, 200), (239, 0, 60)] {
        let import = Import::new(people(new + changed + unchanged));
        let real = TestServer::start().unwrap();
        for number in 0..changed + unchanged {
            let name = if number < changed {
                "Old".to_owned()
            } else {
                format!("Person {number}")
            };
            let contact = json!({"firstName": name, "email": format!("p{number}@example.com")});
            import.server.insert("contacts", contact.clone()).unwrap();
            real.insert("contacts", contact).unwrap();
        }
        let options = ["--match", "email", "--update-existing"];
        let dry = [&options[..], &["--dry-run"]].concat();
        let dry = import
            .sandbox
            .run(&real, &import.arguments("contacts", &dry));
        assert_code(&dry, 0);
        let text = stderr(&dry);
        let (_, time) = text.split_once("the import will take about ").unwrap();
        let parts = time.trim_end().split(':');
        let reported = parts.fold(0.0, |time, part| time * 60.0 + part.parse::<f64>().unwrap());

        // The same import, without a quota.
        assert_code(&import.run(&options), 0);
        let requests = u32::try_from(import.server.requests().len()).unwrap();
        let simulated = f64::from((requests - 1) / 60 * 60);
        let ratio = reported / simulated;
        assert!(
            (0.95..=1.05).contains(&ratio),
            "{requests} requests: {text}"
        );
    }
}

#[test]
fn records_that_exist_stay_as_they_are_unless_they_are_to_be_updated() {
    let import = Import::new("firstName,email\nAda,ada@example.com\nBob,bob@example.com\n");
    for (name, email) in [("Augusta", "ada@example.com"), ("Bob", "bob@example.com")] {
        import
            .server
            .insert("contacts", json!({"firstName": name, "email": email}));
    }
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "2 existing\n");
    assert_eq!(import.server.records("contacts")[0]["firstName"], "Augusta");
    let other = ["--match", "email", "--update-existing"];
    let journal = import.path("other.journal");
    let output = import.run(&[&other[..], &["--journal", journal.to_str().unwrap()]].concat());
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "1 unchanged, 1 updated\n");
    assert_eq!(import.server.records("contacts")[0]["firstName"], "Ada");
}

#[test]
fn an_empty_cell_keeps_or_clears_as_told() {
    for (action, phone) in [("keep", json!("+1")), ("clear", Value::Null)] {
        let import = Import::new("name,email,phone\nAcme,a@example.com,\nNew,n@example.com,\n");
        let old = json!({"name": "Acme", "email": "a@example.com", "phone": "+1"});
        import.server.insert("companies", old);
        let options = ["--match", "email", "--update-existing", "--empty", action];
        let output = import.run_for("companies", &options);
        assert_code(&output, 0);
        let companies = import.server.records("companies");
        assert_eq!(
            companies[0].get("phone").unwrap_or(&Value::Null),
            &phone,
            "{action}"
        );
        assert_eq!(companies.len(), 2);
    }
}

#[test]
fn the_report_has_every_row_in_order_and_the_failed_file_can_be_imported_again() {
    let import = Import::new(people(30));
    // The first record is sent alone.
    import
        .server
        .fail("createContact", Fault::Delay(Duration::from_millis(1)))
        .unwrap();
    import
        .server
        .fail("createContact", Fault::Delay(Duration::from_millis(100)))
        .unwrap();
    for _ in 0..2 {
        import
            .server
            .fail("createContact", Fault::Status(400))
            .unwrap();
    }
    let report = import.path("report.csv");
    let output = import.run(&["--match", "email", "--report", report.to_str().unwrap()]);
    assert_code(&output, 9);
    let rows = import.rows("report.csv");
    let lines: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    let expected: Vec<String> = (2..32).map(|line: u32| line.to_string()).collect();
    assert_eq!(lines, expected);
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(row[1], format!("p{number}@example.com"));
    }
    let refused: Vec<_> = rows.iter().filter(|row| row[2] == "failed").collect();
    assert_eq!(refused.len(), 2);
    assert!(
        refused.iter().all(|row| row[4].contains("400")),
        "{refused:?}"
    );
    assert_eq!(rows.iter().filter(|row| row[2] == "created").count(), 28);

    let failed = import.path("people.failed.csv");
    assert_eq!(import.rows("people.failed.csv").len(), 2);
    let arguments = [
        "import",
        "contacts",
        failed.to_str().unwrap(),
        "--match",
        "email",
    ];
    assert_code(&import.sandbox.run(&import.server, &arguments), 0);
    assert_eq!(import.emails().len(), 30);

    // The same command tries the rows again that were refused.
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "28 created, 2 existing\n");
    assert!(!failed.exists());
    assert!(import.emails().values().all(|count| *count == 1));
}

#[test]
fn a_create_whose_connection_is_cut_is_looked_up_and_not_repeated() {
    let import = Import::new(people(20));
    for _ in 0..3 {
        import
            .server
            .fail("createContact", Fault::CutAfter)
            .unwrap();
    }
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "20 created\n");
    assert_eq!(import.count("createContact"), 20);
    assert_eq!(import.emails().len(), 20);
}

#[test]
fn a_row_whose_record_is_not_found_after_a_cut_is_unknown_and_looked_up_by_the_next_run() {
    let import = Import::new(people(5));
    import
        .server
        .fail("createContact", Fault::Delay(Duration::ZERO))
        .unwrap();
    import
        .server
        .fail("createContact", Fault::CutBefore)
        .unwrap();
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 8);
    assert_eq!(import.rows("people.failed.csv").len(), 1);
    // The request was slow: the record comes after all.
    let late = import.rows("people.failed.csv")[0].clone();
    import
        .server
        .insert("contacts", json!({"firstName": late[0], "email": late[1]}));
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "5 created\n");
    assert_eq!(import.count("createContact"), 5);
    assert!(import.emails().len() == 5 && import.emails().values().all(|count| *count == 1));
}

#[test]
fn without_match_a_row_whose_outcome_is_unknown_stops_the_run() {
    for (action, creates) in [("done", 6), ("repeat", 7)] {
        let import = Import::new(people(6));
        import
            .server
            .fail("createContact", Fault::Delay(Duration::ZERO))
            .unwrap();
        import
            .server
            .fail("createContact", Fault::CutAfter)
            .unwrap();
        let output = import.run(&[]);
        assert_code(&output, 8);
        let output = import.run(&[]);
        assert_code(&output, 8);
        assert!(
            stderr(&output).contains("--unknown-rows"),
            "{}",
            stderr(&output)
        );
        let before = import.count("createContact");
        let output = import.run(&["--unknown-rows", action]);
        assert_code(&output, 0);
        assert!(import.count("createContact") >= before);
        assert_eq!(import.count("createContact"), creates);
        assert_eq!(import.emails().len(), 6);
    }
}

#[test]
fn a_server_that_cannot_be_used_stops_the_run_and_the_next_run_continues() {
    let import = Import::new(people(40));
    for _ in 0..5 {
        import
            .server
            .fail("createContact", Fault::Delay(Duration::ZERO))
            .unwrap();
    }
    import
        .server
        .fail("createContact", Fault::Status(401))
        .unwrap();
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 4);
    assert!(stderr(&output).contains("the same command continues it"));
    assert!(import.emails().len() < 40);
    assert_code(&import.run(&["--match", "email"]), 0);
    assert_eq!(import.emails().len(), 40);
    assert!(import.emails().values().all(|count| *count == 1));
}

#[test]
fn the_first_record_is_read_back_and_a_difference_stops_the_run() {
    let import = Import::new(people(10));
    let other = json!({
        "data": [{"id": "clt_000001", "firstName": "PERSON 0", "email": "P0@example.com"}],
        "meta": {"nextCursor": null, "hasMore": false},
    });
    import
        .server
        .fail("listContacts", Fault::Delay(Duration::ZERO))
        .unwrap();
    import
        .server
        .fail("listContacts", Fault::Response(other.to_string().into()))
        .unwrap();
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 5);
    let text = stderr(&output);
    assert!(
        text.contains("firstName: sent \"Person 0\", found \"PERSON 0\""),
        "{text}"
    );
    assert!(!text.contains("email: sent"), "{text}");
    assert_eq!(import.emails().len(), 1);
    let output = import.run(&["--match", "email", "--accept-differences"]);
    assert_code(&output, 0);
    assert_eq!(import.emails().len(), 10);
}

#[test]
fn a_journal_of_another_file_mapping_or_key_is_refused() {
    let import = Import::new(people(3));
    assert_code(&import.run(&["--match", "email"]), 0);
    let requests = import.server.requests().len();
    for options in [
        &["--match", "email", "--update-existing"][..],
        &["--match", "email", "--dry-run", "--empty", "clear"],
        &["--match", "firstName"],
        &["--match", "firstName", "--map", "jobTitle=email"],
    ] {
        let output = import.run(options);
        assert_code(&output, 2);
        assert!(stderr(&output).contains("other options"), "{options:?}");
    }
    let mut other_key = import.sandbox.command_at(
        &import.server,
        &import.arguments("contacts", &["--match", "email"]),
    );
    let output = other_key.env("HEFFL_API_KEY", "another").output().unwrap();
    assert_code(&output, 2);
    assert!(stderr(&output).contains("another key or address"));
    let content = fs::read_to_string(&import.file).unwrap();
    fs::write(&import.file, content.clone() + "Ada,ada@example.com\n").unwrap();
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 2);
    assert!(
        stderr(&output).contains("the file has changed"),
        "{}",
        stderr(&output)
    );
    fs::write(&import.file, content).unwrap();
    fs::write(import.path("people.csv.journal"), "some text").unwrap();
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 2);
    assert_eq!(
        fs::read_to_string(import.path("people.csv.journal")).unwrap(),
        "some text"
    );
    assert_eq!(import.server.requests().len(), requests);
}

#[test]
fn a_second_run_on_a_live_journal_is_refused() {
    let import = Import::new(people(3));
    let slow = Fault::Delay(Duration::from_secs(60));
    import.server.fail("createContact", slow).unwrap();
    let mut first = import.spawn(&["--match", "email"]);
    let journal = import.path("people.csv.journal");
    wait_until(|| fs::read_to_string(&journal).is_ok_and(|text| text.contains("sent")));
    let output = import.run(&["--match", "email"]);
    assert_code(&output, 2);
    assert!(stderr(&output).contains("another import of this file is under way"));
    assert_eq!(import.count("listContacts"), 1);
    first.kill().unwrap();
    first.wait().unwrap();
}

/// At 50 places, or `HEFFL_KILLS` places.
#[test]
fn an_import_that_is_killed_at_50_places_loses_no_row_and_doubles_none() {
    const ROWS: usize = 200;
    let places: usize = env::var("HEFFL_KILLS").map_or(50, |text| text.parse().unwrap());
    let places: Vec<usize> = (0..places).map(|place| place * ROWS / places).collect();
    thread::scope(|scope| {
        for part in places.chunks(places.len().div_ceil(4)) {
            scope.spawn(move || part.iter().for_each(|place| kill_at(*place, ROWS)));
        }
    });
}

fn kill_at(place: usize, rows: usize) {
    let import = Import::new(people(rows));
    let mut child = import.spawn(&["--match", "email"]);
    wait_until(|| import.server.records("contacts").len() >= place);
    child.kill().unwrap();
    child.wait().unwrap();
    let report = import.path("report.csv");
    let output = import.run(&["--match", "email", "--report", report.to_str().unwrap()]);
    assert_code(&output, 0);
    assert_eq!(
        stderr(&output),
        format!("{rows} created\n"),
        "killed at {place}"
    );
    let emails = import.emails();
    assert_eq!(emails.len(), rows, "killed at {place}");
    assert!(
        emails.values().all(|count| *count == 1),
        "killed at {place}"
    );
    assert_eq!(import.count("createContact"), rows, "killed at {place}");
    let ids: Vec<String> = import
        .rows("report.csv")
        .into_iter()
        .map(|row| row[3].clone())
        .collect();
    assert!(
        ids.iter().all(|id| id.starts_with("clt_")),
        "killed at {place}"
    );
}

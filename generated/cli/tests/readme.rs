//! The README shows what commands print.

use std::{env, fs};

use heffl_test_server::TestServer;

const PEOPLE: &str = "First name;E-Mail;Stage;cf_seats;Shoe size
Ada;ada@example.com;Customer;5;38
Grace;grace@example.com;Customer;;
Zoë;zoe@example.com;;12;41
";

#[test]
fn every_command_of_the_readme_prints_what_it_shows() {
    let server = TestServer::start().unwrap();
    server.define_custom_field("deals", "Region", "text");
    server.define_custom_field("deals", "Seats", "number");
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().to_str().unwrap();
    fs::write(home.path().join("people.csv"), PEOPLE).unwrap();
    env::set_current_dir(folder).unwrap();
    trycmd::TestCases::new()
        .env("XDG_STATE_HOME", folder)
        .env("LOCALAPPDATA", folder)
        .env("XDG_CONFIG_HOME", folder)
        .env("APPDATA", folder)
        .env("HEFFL_BASE_URL", server.base_url())
        .env("HEFFL_API_KEY", server.key())
        .case(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))
        .run();
}

//! The README shows what commands print.

use std::{collections::BTreeSet, env, fs};

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

#[test]
fn every_command_in_the_text_of_the_readme_exists() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(readme).unwrap();
    // Every other piece is code.
    let code = readme.split('`').skip(1).step_by(2);
    let commands: BTreeSet<&str> = code.filter(|code| code.starts_with("heffl ")).collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        // Words in capitals stand for values.
        let words = command.split(' ').skip(1);
        let words = words.take_while(|word| !["|", ">", "…"].contains(word));
        let words: Vec<&str> = words
            .filter(|word| word.chars().any(char::is_lowercase))
            .collect();
        let (last, before) = words.split_last().unwrap_or((&"--help", &[]));
        for alternative in last.split('|') {
            let output = std::process::Command::new(env!("CARGO_BIN_EXE_heffl"))
                .args(before)
                .args([alternative, "--help"])
                .output()
                .unwrap();
            assert!(output.status.success(), "{command}: {output:?}");
        }
    }
}

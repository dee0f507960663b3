//! Where the API key comes from, and that nothing shows it.

use std::{collections::BTreeSet, fs, path::Path};

use heffl_test_server::TestServer;

use crate::sandbox::{Sandbox, assert_code, stderr, stdout, with_input};

const DEALS: &[&str] = &["api", "GET", "/v2/deals"];

fn write(file: &Path, text: &str, mode: u32) {
    fs::write(file, text).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
    }
    let _ = mode;
}

#[test]
fn without_a_key_the_error_names_every_way_to_give_one() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let output = sandbox.command_at(&server, DEALS).output().unwrap();
    assert_code(&output, 4);
    for way in ["heffl auth login", "HEFFL_API_KEY", "--key-file"] {
        assert!(stderr(&output).contains(way), "{output:?}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn the_first_source_that_is_set_counts() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let (key, wrong) = (server.key(), "another-key");
    let file = sandbox.home().join("key");
    write(&file, key, 0o600);
    let run = |key_file: bool, variable: Option<&str>, command: Option<&str>| {
        let mut heffl = sandbox.command_at(&server, DEALS);
        if key_file {
            heffl.arg("--key-file").arg(&file);
        }
        if let Some(variable) = variable {
            heffl.env("HEFFL_API_KEY", variable);
        }
        if let Some(command) = command {
            heffl.env("HEFFL_API_KEY_COMMAND", command);
        }
        heffl.output().unwrap().status.code()
    };
    let (prints_key, prints_wrong) = (format!("echo {key}"), format!("echo {wrong}"));
    fs::create_dir_all(sandbox.saved_key().parent().unwrap()).unwrap();
    write(&sandbox.saved_key(), wrong, 0o600);
    assert_eq!(run(true, Some(wrong), Some(&prints_wrong)), Some(0));
    assert_eq!(run(false, Some(key), Some(&prints_wrong)), Some(0));
    assert_eq!(run(false, Some(" "), Some(&prints_key)), Some(0));
    assert_eq!(run(false, None, None), Some(4));
    write(&sandbox.saved_key(), key, 0o600);
    assert_eq!(run(false, None, None), Some(0));
}

#[cfg(unix)]
#[test]
fn a_key_file_with_a_mode_looser_than_0600_is_refused() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let file = sandbox.home().join("key");
    for mode in [
        0o610, 0o620, 0o640, 0o601, 0o602, 0o604, 0o660, 0o644, 0o777,
    ] {
        write(&file, server.key(), mode);
        let mut heffl = sandbox.command_at(&server, DEALS);
        let output = heffl.arg("--key-file").arg(&file).output().unwrap();
        assert_code(&output, 4);
        assert!(stderr(&output).contains("chmod 600"), "{output:?}");
    }
    fs::create_dir_all(sandbox.saved_key().parent().unwrap()).unwrap();
    write(&sandbox.saved_key(), server.key(), 0o644);
    assert_code(&sandbox.command_at(&server, DEALS).output().unwrap(), 4);
    assert!(server.requests().is_empty());
    for mode in [0o600, 0o400] {
        write(&file, server.key(), mode);
        let mut heffl = sandbox.command_at(&server, DEALS);
        let output = heffl.arg("--key-file").arg(&file).output().unwrap();
        assert_code(&output, 0);
    }
}

#[test]
fn a_command_that_gives_no_key_is_an_error_that_names_its_variable() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    for command in ["exit 3", "echo"] {
        let mut heffl = sandbox.command_at(&server, DEALS);
        let output = heffl
            .env("HEFFL_API_KEY_COMMAND", command)
            .output()
            .unwrap();
        assert_code(&output, 4);
        let text = stderr(&output);
        assert!(text.contains("HEFFL_API_KEY_COMMAND"), "{text}");
    }
}

#[test]
fn login_saves_the_key_with_mode_0600_and_logout_removes_it() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    let mut login = sandbox.command_at(&server, &["auth", "login"]);
    assert_code(&with_input(&mut login, "another-key\n"), 4);
    assert!(!sandbox.saved_key().exists());

    let mut login = sandbox.command_at(&server, &["auth", "login"]);
    let output = with_input(&mut login, &format!("{}\n", server.key()));
    assert_code(&output, 0);
    assert_eq!(stdout(&output), "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&sandbox.saved_key()), 0o600);
        assert_eq!(mode(sandbox.saved_key().parent().unwrap()), 0o700);
    }
    assert_code(&sandbox.command_at(&server, DEALS).output().unwrap(), 0);
    let check = sandbox.command_at(&server, &["auth", "check"]).output();
    assert_code(&check.unwrap(), 0);

    let logout = sandbox.command(&["auth", "logout"]).output().unwrap();
    assert_code(&logout, 0);
    assert!(!sandbox.saved_key().exists());
    assert_code(&sandbox.command_at(&server, DEALS).output().unwrap(), 4);
    // There is nothing left to do.
    assert_code(&sandbox.command(&["auth", "logout"]).output().unwrap(), 0);
}

#[test]
fn what_cannot_be_a_key_is_not_saved() {
    let sandbox = Sandbox::new();
    for key in ["", "\n", "Bearer abc\n", "\"abc\"\n"] {
        let mut login = sandbox.command(&["auth", "login", "--no-check"]);
        assert_code(&with_input(&mut login, key), 2);
        assert!(!sandbox.saved_key().exists());
    }
    let mut login = sandbox.command(&["auth", "login", "--no-check"]);
    assert_code(&with_input(&mut login, "abc\r\n"), 0);
    assert_eq!(fs::read_to_string(sandbox.saved_key()).unwrap(), "abc\n");
}

#[test]
fn the_status_names_the_source_that_counts_and_those_that_do_not() {
    let sandbox = Sandbox::new();
    let mut login = sandbox.command(&["auth", "login", "--no-check"]);
    assert_code(&with_input(&mut login, "saved-key"), 0);
    let mut status = sandbox.command(&["auth", "status"]);
    let output = status.env("HEFFL_API_KEY", "s3cret-key").output().unwrap();
    assert_code(&output, 0);
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(status["source"], "the variable HEFFL_API_KEY");
    assert_eq!(status["ignored"].as_array().unwrap().len(), 1);
    assert_eq!(status["fingerprint"].as_str().unwrap().len(), 8);

    assert_code(
        &Sandbox::new()
            .command(&["auth", "status"])
            .output()
            .unwrap(),
        4,
    );
}

#[test]
fn no_output_holds_the_key() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    for arguments in [
        &["api", "GET", "/v2/deals"][..],
        &["api", "GET", "/v2/deals/dl_none", "--errors", "json"],
        &["auth", "status"],
        &["auth", "status"],
        &["auth", "check"],
    ] {
        let output = sandbox.run(&server, arguments);
        for text in [stdout(&output), stderr(&output)] {
            assert!(!text.contains(server.key()), "{arguments:?}: {text}");
        }
    }
    let mut command = sandbox.command_at(&server, &["auth", "check"]);
    let output = command.env("HEFFL_API_KEY", "s3cret key").output().unwrap();
    assert_code(&output, 2);
    assert!(!stderr(&output).contains("s3cret"), "{output:?}");
}

#[test]
fn no_option_takes_the_key() {
    let sandbox = Sandbox::new();
    let folder = sandbox.home().join("man");
    let mut man = sandbox.command(&["man"]);
    assert_code(&man.arg(&folder).output().unwrap(), 0);
    let mut options = BTreeSet::new();
    for page in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(page.unwrap().path()).unwrap();
        let text = text.replace("\\-", "-");
        let is_name = |it: &char| it.is_alphanumeric() || *it == '-';
        let names = text.split("--").skip(1);
        options.extend(names.map(|it| it.chars().take_while(is_name).collect::<String>()));
    }
    assert!(options.contains("first-name"), "{options:?}");
    let sounds_like_a_key = |option: &&String| {
        ["key", "token", "secret", "password"]
            .iter()
            .any(|it| option.contains(it))
    };
    let takes_a_key: Vec<&String> = options.iter().filter(sounds_like_a_key).collect();
    assert_eq!(takes_a_key, ["key-file"]);
    // Nor does an argument.
    for arguments in [
        &["auth", "login", "s3cret"][..],
        &["auth", "check", "s3cret"],
    ] {
        assert_code(&sandbox.command(arguments).output().unwrap(), 2);
    }
}

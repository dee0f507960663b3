//! The commands around the API: quota, completion, manual, test server, demo.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use heffl_test_server::TestServer;
use serde_json::Value;

use crate::sandbox::{Sandbox, assert_code, is_installed, operations, stderr, stdout};

fn quota(sandbox: &Sandbox, server: &TestServer, arguments: &[&str]) -> Value {
    let output = sandbox.run(server, &[&["quota"], arguments].concat());
    assert_code(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_quota_counts_all_processes_and_asks_the_server_only_on_request() {
    let (sandbox, server) = (Sandbox::new(), TestServer::start().unwrap());
    assert_eq!(quota(&sandbox, &server, &[])["remaining"], 60);
    for _ in 0..3 {
        assert_code(&sandbox.run(&server, &["api", "GET", "/v2/deals"]), 0);
    }
    // Another machine.
    server.spend_quota(10);
    let status = quota(&sandbox, &server, &[]);
    assert_eq!(status["used"], 3);
    assert!(status["resetInSeconds"].as_f64().unwrap() > 50.0);
    assert_eq!(server.requests().len(), 3);
    let status = quota(&sandbox, &server, &["--ask-server"]);
    assert_eq!(status["used"], 4);
    assert_eq!(status["server"]["remaining"], 46);

    let output = sandbox.run(&server, &["quota", "--jq", ".remaining"]);
    assert_eq!(stdout(&output), "56\n");
}

/// Command lines that a shell is to complete, and how it completes the last word.
const COMPLETED: [(&[&str], &str); 3] = [
    (&["dea"], "deals"),
    (&["deals", "cr"], "create"),
    (&["deals", "create", "--exp"], "--expected-close-date"),
];

/// The script of a shell, in a file of this name.
fn completion_script(sandbox: &Sandbox, shell: &str, file: &str) -> PathBuf {
    let output = sandbox.command(&["completion", shell]).output().unwrap();
    assert_code(&output, 0);
    for operation in operations() {
        let resource = operation["resource"].as_str().unwrap();
        assert!(stdout(&output).contains(resource), "{resource} for {shell}");
    }
    let file = sandbox.home().join(file);
    fs::write(&file, &output.stdout).unwrap();
    file
}

/// Runs a shell, and returns its output, with error messages if it cannot read the script.
fn run_shell(shell: &str, arguments: &[&str]) -> String {
    let output = Command::new(shell).args(arguments).output().unwrap();
    assert_code(&output, 0);
    assert_eq!(stderr(&output), "", "{shell}");
    stdout(&output)
}

#[test]
fn every_shell_gets_a_script() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        completion_script(&sandbox, shell, shell);
    }
    let other = sandbox.command(&["completion", "tcsh"]).output().unwrap();
    assert_code(&other, 2);
}

#[test]
fn completion_runs_in_bash() {
    let sandbox = Sandbox::new();
    let script = completion_script(&sandbox, "bash", "heffl.bash");
    if !is_installed("bash", "its completion is not run") {
        return;
    }
    for (words, expected) in COMPLETED {
        let [.., last] = words else { panic!() };
        // The shell calls the function like this when the user presses Tab.
        let program = format!(
            "source {script}
            [[ $(complete -p heffl) == *'-F _heffl heffl' ]] || exit 3
            COMP_WORDS=(heffl {words}); COMP_CWORD={count}
            _heffl heffl {last} \"${{COMP_WORDS[COMP_CWORD - 1]}}\"
            printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            script = script.display(),
            words = words.join(" "),
            count = words.len(),
        );
        let completed = run_shell("bash", &["--norc", "--noprofile", "-c", &program]);
        assert_eq!(completed, format!("{expected}\n"), "{words:?}");
    }
}

#[test]
fn completion_runs_in_zsh() {
    // The shell looks for functions in files of their names.
    let sandbox = Sandbox::new();
    let script = completion_script(&sandbox, "zsh", "_heffl");
    if !is_installed("zsh", "its completion is not run") {
        return;
    }
    let folder = script.parent().unwrap().display();
    for (words, expected) in COMPLETED {
        let line = format!("heffl {}", words.join(" "));
        // Only a shell with a terminal completes. A key runs the completion, and prints the line after it. A shell that
        // is left alone ends after 20 seconds.
        let program = format!(
            r#"
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell 'TMOUT=20; PS1=; fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D'
            zpty -w shell 'tab() {{ BUFFER="{line}"; CURSOR=$#BUFFER; zle complete-word; print -r -- "[$BUFFER]"; }}'
            zpty -w shell 'zle -N tab; bindkey "^T" tab; print REA""DY'
            while zpty -r shell text; do [[ $text == *READY* ]] && break; done
            zpty -n -w shell $'\x14'
            while zpty -r shell text; do [[ $text == *\[heffl*\]* ]] && break; done
            print -r -- $text
            "#,
        );
        let completed = run_shell("zsh", &["-f", "-c", &program]);
        let begin = &words[..words.len() - 1];
        let expected = [&["heffl"], begin, &[expected]].concat().join(" ");
        // An option is followed by its value.
        let is_completed = [" ", "="]
            .iter()
            .any(|end| completed.contains(&format!("[{expected}{end}]")));
        assert!(is_completed, "{completed:?}");
    }
}

#[test]
fn completion_runs_in_fish() {
    let sandbox = Sandbox::new();
    let script = completion_script(&sandbox, "fish", "heffl.fish");
    if !is_installed("fish", "its completion is not run") {
        return;
    }
    for (words, expected) in COMPLETED {
        let line = words.join(" ");
        let program = format!("source {}; complete -C 'heffl {line}'", script.display());
        let completed = run_shell("fish", &["--no-config", "-c", &program]);
        // Behind a tab is the description.
        let completed: Vec<&str> = completed
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        assert_eq!(completed, [expected], "{line}");
    }
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["man"]).output().unwrap();
    assert_code(&output, 0);
    assert!(stdout(&output).contains(".TH heffl 1"));
    let folder = sandbox.home().join("man/man1");
    let mut man = sandbox.command(&["man"]);
    assert_code(&man.arg(&folder).output().unwrap(), 0);
    for page in [
        "heffl.1",
        "heffl-api.1",
        "heffl-auth-login.1",
        "heffl-quota.1",
    ] {
        let text = fs::read_to_string(folder.join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn the_test_server_serves_and_prints_its_address() {
    let sandbox = Sandbox::new();
    let seed = sandbox.home().join("seed.json");
    fs::write(&seed, r#"{"companies": [{"name": "Northwind"}]}"#).unwrap();
    let mut server = sandbox.command(&["test-server", "--json", "--quota", "0", "--seed"]);
    let mut server = server.arg(&seed).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let out = server.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    let output = sandbox
        .command(&["api", "GET", "/v2/companies"])
        .env("HEFFL_BASE_URL", line["baseUrl"].as_str().unwrap())
        .env("HEFFL_API_KEY", line["apiKey"].as_str().unwrap())
        .output()
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_code(&output, 0);
    assert!(stdout(&output).contains("Northwind"));
}

#[test]
fn the_demo_needs_no_key_and_prints_each_command_before_its_output() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["demo"]).output().unwrap();
    assert_code(&output, 0);
    let text = stdout(&output);
    let (command, exit_code) = (text.find("$ heffl auth check"), text.find("(exit code 8)"));
    assert!(command.unwrap() < exit_code.unwrap(), "{text}");
    assert!(
        stderr(&output).contains("search for the record"),
        "{output:?}"
    );
    // It has folders of its own.
    assert_eq!(fs::read_dir(sandbox.home()).unwrap().count(), 0);
}

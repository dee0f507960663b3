//! Three foreign APIs: each becomes a crate, and each of its operations is called against Prism, which
//! serves the document of the vendor.

use std::{
    fs,
    path::{Path, PathBuf},
};

use heffl_codegen::{Api, api, generate_with_calls, load, normalise, types};

use crate::{folder, workspace};

use super::{
    client::below,
    install::Node,
    prism::Prism,
    process::{command, run},
    table::{Table, Verdict},
};

/// The documents, by their file names in the corpus, and the names of their crates.
const DOCUMENTS: [(&str, &str); 3] = [
    ("resend__resend.yaml", "resend"),
    (
        "intercom__descriptions_2.15_api.intercom.io.yaml",
        "intercom",
    ),
    ("box__openapi.json", "box-platform"),
];

/// The percentage of operations that may fail.
const TOLERATED: usize = 5;

/// Calls all operations of the three APIs, and returns a row for each document.
pub(super) async fn check(documents: &Path, node: &Node, pinned: &Path, scratch: &Path) -> Table {
    let mut table = Table::default();
    for (file, name) in DOCUMENTS {
        eprintln!("{file}");
        let verdict = match called(&documents.join(file), name, node, pinned, scratch).await {
            Ok(verdict) => verdict,
            Err(what) => Verdict::Failed(what),
        };
        table.push("every operation, called", file, verdict);
    }
    table
}

async fn called(
    document: &Path,
    name: &str,
    node: &Node,
    pinned: &Path,
    scratch: &Path,
) -> Result<Verdict, String> {
    let file = &document.display().to_string();
    let text = fs::read_to_string(document).map_err(|error| format!("{file}: {error}"))?;
    let problems = |problems: Vec<_>| format!("{problems:?}");
    let krate = name.replace('-', "_");
    let api = Api {
        module: &krate,
        file,
        text: &text,
    };
    let folder = scratch.join(name);
    write_package(document, name, &folder)?;
    let calls = generate_with_calls("heffl", &[api])
        .map_err(problems)?
        .calls;
    let calls = calls.into_values().collect::<String>();
    let program = fs::read_to_string(pinned.join("foreign.rs")).map_err(|it| it.to_string())?;
    let program = program.replace("module::", &format!("{krate}::"));
    let examples = folder.join("examples/calls");
    let write = |name: &str, text: &str| {
        fs::create_dir_all(&examples)?;
        fs::write(examples.join(name), text.replace("heffl", &krate))
    };
    write("main.rs", &program)
        .and_then(|()| write("operations.rs", &calls))
        .and_then(|()| fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")))
        .map_err(|error| format!("{}: {error}", folder.display()))?;

    let loaded = load::load(&api).map_err(problems)?;
    let version = {
        let normal = types::types(&loaded, normalise::normalise(&loaded));
        api::read(&loaded, &normal).version
    };
    let copy = folder.join("document.json");
    let below = match version.as_str() {
        "" => loaded.value,
        version => below(&loaded.value, &format!("/{version}")),
    };
    fs::write(&copy, below.to_string()).map_err(|error| error.to_string())?;
    let prism = Prism::start(node, pinned, &copy).await?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut program = command(PathBuf::from(cargo));
    program
        .current_dir(&folder)
        .args([
            "run",
            "--quiet",
            "--no-default-features",
            "--example",
            "calls",
        ])
        .arg("--target-dir")
        .arg(workspace().join("target"))
        .args(["--", prism.url()])
        .env("RUSTFLAGS", "");
    let ended = run(&mut program).await;
    if !ended.success {
        return Err(ended.output);
    }
    verdict(file, &ended.results)
}

/// Writes the crate, as `cargo xtask generate --document` does.
fn write_package(document: &Path, name: &str, folder: &Path) -> Result<(), String> {
    let _ = fs::remove_dir_all(folder);
    let (document, out) = (document.display().to_string(), folder.display().to_string());
    let arguments = [
        "generate",
        "--document",
        &document,
        "--out",
        &out,
        "--name",
        name,
    ];
    let outcome = folder::run(&arguments);
    if outcome.code == 0 {
        Ok(())
    } else {
        Err(format!("{outcome:?}"))
    }
}

/// Prints the operations that cannot be called, with reasons.
fn verdict(file: &str, lines: &str) -> Result<Verdict, String> {
    let results: Result<Vec<(String, Vec<String>)>, _> =
        lines.lines().map(serde_json::from_str).collect();
    let results = results.map_err(|error| format!("{error}\n{lines}"))?;
    let wrong: Vec<_> = results
        .iter()
        .filter(|(_, wrong)| !wrong.is_empty())
        .collect();
    for (operation, wrong) in &wrong {
        println!("{file}: {operation}\n    {}", wrong.join("\n    "));
    }
    let (all, wrong) = (results.len(), wrong.len());
    let what = format!("{} of {all} operations", all - wrong);
    Ok(if wrong * 100 <= all * TOLERATED {
        Verdict::Passed(what)
    } else {
        Verdict::Failed(what)
    })
}

//! Linters, generators and a mock server, each on both documents.

use std::{fs, path::PathBuf};

use heffl_codegen::requests::{Request, requests};
use tokio::process::Command;

use crate::wire::{target, text};

use super::{
    Document,
    install::{Node, Python},
    prism::Prism,
    process::{Ended, command, is_unreachable, run},
    table::{Table, Verdict},
};

/// The tools, and the folders of their settings and their output.
#[derive(Debug)]
pub(super) struct Tools {
    pub(super) node: Node,
    pub(super) python: Python,
    pub(super) pinned: PathBuf,
    pub(super) target: PathBuf,
}

/// Runs every tool on every document.
pub(super) async fn check(tools: &Tools) -> Table {
    let mut table = Table::default();
    let documents = Document::both();
    if let Err(error) = tools.prepare() {
        let what = format!("{}: {error}", tools.scratch().display());
        table.push("scratch folder", "v1, v2", Verdict::Failed(what));
        return table;
    }
    let mut generated = Vec::new();
    for document in &documents {
        let mut push = |tool: &str, verdict| {
            eprintln!("{tool}, {}", document.version);
            table.push(tool, document.version, verdict);
        };
        push("openapi-spec-validator", tools.validator(document).await);
        push("redocly lint", tools.redocly(document).await);
        push("spectral lint", tools.spectral(document).await);
        push("prism", tools.prism(document).await);
        push("openapi-typescript", tools.typescript(document).await);
        push(
            "openapi-fetch, run",
            tools.typescript_client(document).await,
        );
        push(
            "openapi-python-client, run",
            tools.python_client(document).await,
        );
        let rust = tools.rust(document).await;
        if matches!(rust, Verdict::Passed(_)) {
            generated.push(document);
        }
        push("openapi-generator rust", rust);
    }
    if let Err(error) = tools.write_workspace(&generated) {
        table.push("scratch folder", "rust", Verdict::Failed(error.to_string()));
    }
    for document in generated {
        eprintln!("cargo check of its output, {}", document.version);
        let verdict = tools.cargo_check(document).await;
        table.push("cargo check of its output", document.version, verdict);
    }
    table
}

impl Tools {
    /// The workspace that generators write to, with the versions of our dependencies.
    pub(super) fn scratch(&self) -> PathBuf {
        self.target.join("scratch")
    }

    fn prepare(&self) -> std::io::Result<()> {
        let scratch = self.scratch();
        if scratch.exists() {
            fs::remove_dir_all(&scratch)?;
        }
        fs::create_dir_all(&scratch)?;
        fs::copy(
            crate::workspace().join("Cargo.lock"),
            scratch.join("Cargo.lock"),
        )?;
        Ok(())
    }

    /// A workspace of the generated crates.
    fn write_workspace(&self, generated: &[&Document]) -> std::io::Result<()> {
        let members: Vec<&str> = generated.iter().map(|document| document.version).collect();
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {members:?}\n");
        fs::write(self.scratch().join("Cargo.toml"), manifest)
    }

    async fn validator(&self, document: &Document) -> Verdict {
        let mut validator = self.python.command();
        validator
            .args(["-m", "openapi_spec_validator"])
            .arg(&document.path);
        passed_or_failed(run(&mut validator).await)
    }

    async fn redocly(&self, document: &Document) -> Verdict {
        let mut redocly = self.node.script("@redocly/cli/bin/cli.js");
        redocly
            .args(["lint", "--config"])
            .arg(self.pinned.join("redocly.yaml"))
            .arg(&document.path);
        passed_or_failed(run(&mut redocly).await)
    }

    async fn spectral(&self, document: &Document) -> Verdict {
        let mut spectral = self.node.script("@stoplight/spectral-cli/dist/index.js");
        spectral
            .args(["lint", "--fail-severity", "hint", "--ruleset"])
            .arg(self.pinned.join("spectral.yaml"))
            .arg(&document.path);
        passed_or_failed(run(&mut spectral).await)
    }

    /// Types that compile in the strict mode.
    async fn typescript(&self, document: &Document) -> Verdict {
        let types = self.scratch().join(format!("{}.ts", document.version));
        let mut generator = self.node.script("openapi-typescript/bin/cli.js");
        generator.arg(&document.path).arg("--output").arg(&types);
        let ended = run(&mut generator).await;
        if !ended.success {
            return Verdict::Failed(ended.output);
        }
        let mut compiler = self.node.script("typescript/bin/tsc");
        compiler.args(["--strict", "--noEmit"]).arg(&types);
        passed_or_failed(run(&mut compiler).await)
    }

    async fn rust(&self, document: &Document) -> Verdict {
        let mut generator = self.python.command();
        generator
            .args(["-c", "from openapi_generator_cli import cli; cli()"])
            .args(["generate", "--generator-name", "rust", "--input-spec"])
            .arg(&document.path)
            .arg("--output")
            .arg(self.scratch().join(document.version))
            .arg(format!(
                "--additional-properties=packageName={}",
                package(document)
            ));
        passed_or_failed(run(&mut generator).await)
    }

    /// Compiles the output of openapi-generator without TLS, which would need OpenSSL headers.
    async fn cargo_check(&self, document: &Document) -> Verdict {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut check: Command = command(PathBuf::from(cargo));
        check
            .current_dir(self.scratch())
            .args(["check", "--quiet", "--no-default-features", "--package"])
            .arg(package(document))
            .arg("--target-dir")
            .arg(self.target.join("cargo"));
        let ended = run(&mut check).await;
        if !ended.success && is_unreachable(&ended.output) {
            return Verdict::Skipped("`cargo check` cannot reach its registry".to_owned());
        }
        passed_or_failed(ended)
    }

    /// Prism accepts requests for all operations, and refuses a request without a key.
    async fn prism(&self, document: &Document) -> Verdict {
        match self.ask_prism(document).await {
            Ok(asked) => Verdict::Passed(format!("{asked} requests")),
            Err(what) => Verdict::Failed(what),
        }
    }

    async fn ask_prism(&self, document: &Document) -> Result<usize, String> {
        let requests = requests(&document.read()?);
        let first = requests.first().ok_or("the document has no operations")?;
        let prism = Prism::start(&self.node, &self.pinned, &document.path).await?;
        let mut wrong = Vec::new();
        for request in &requests {
            if let Err(what) = send(&prism, request, Some("key")).await {
                let (operation, method) = (&request.operation, &request.method);
                let target = target(request);
                wrong.push(format!("{operation}: {method} {target}: {what}"));
            }
        }
        if send(&prism, first, None).await.is_ok() {
            wrong.push("a request without a key was accepted: Prism does not validate".to_owned());
        }
        if wrong.is_empty() {
            Ok(requests.len())
        } else {
            Err(wrong.join("\n"))
        }
    }
}

/// The name of the crate that openapi-generator makes.
fn package(document: &Document) -> String {
    format!("heffl_by_openapi_generator_{}", document.version)
}

fn passed_or_failed(ended: Ended) -> Verdict {
    if ended.success {
        Verdict::Passed(String::new())
    } else {
        Verdict::Failed(ended.output)
    }
}

/// Sends one request, and returns the problems that Prism reports about it or its own response.
async fn send(prism: &Prism, request: &Request, key: Option<&str>) -> Result<(), String> {
    let url = format!("{}{}", prism.url(), target(request));
    let method = request
        .method
        .parse()
        .map_err(|_| "the method is invalid")?;
    let mut call = heffl::reqwest::Client::builder()
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())?
        .request(method, url);
    if let Some(key) = key {
        call = call.header("x-api-key", key);
    }
    for (name, value) in &request.headers {
        call = call.header(name, text(value));
    }
    if let Some(body) = &request.body {
        call = call
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    let response = call.send().await.map_err(|error| error.to_string())?;
    let violations = response.headers().get("sl-violations").cloned();
    let status = response.status();
    match violations {
        None if status.is_success() => Ok(()),
        Some(violations) => Err(format!(
            "{status}: {}",
            String::from_utf8_lossy(violations.as_bytes())
        )),
        None => Err(format!(
            "{status}: {}",
            response.text().await.unwrap_or_default()
        )),
    }
}

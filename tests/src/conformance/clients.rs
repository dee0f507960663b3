//! Clients for other languages, generated from the documents: each is generated, compiled, and run against the test
//! server.

use std::{fs, io, path::Path, process::Stdio};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use super::{
    Document,
    process::{command, run},
    spec::Tools,
    table::Verdict,
};

impl Tools {
    /// A client of Python.
    pub(super) async fn python_client(&self, document: &Document) -> Verdict {
        let folder = self.scratch().join("python");
        let package = folder.join(format!("heffl_client_{}", document.version));
        let settings = folder.join("settings.yaml");
        let prepared = fs::create_dir_all(&folder)
            // The generator would run a formatter that is not in the path.
            .and_then(|()| fs::write(&settings, "post_hooks: []\n"));
        if let Err(error) = prepared {
            return Verdict::Failed(error.to_string());
        }
        let mut generator = self.python.command();
        generator
            .args(["-m", "openapi_python_client", "generate", "--meta", "none"])
            .arg("--path")
            .arg(&document.path)
            .arg("--output-path")
            .arg(&package)
            .arg("--config")
            .arg(&settings);
        // If the generator cannot read a schema, it warns and leaves it out of the client.
        let generated = run(&mut generator).await;
        if !generated.success || generated.output.contains("WARNING") {
            return Verdict::Failed(generated.output);
        }
        let program = format!("clients/{}.py", document.version);
        let mut client = self.python.command();
        client.arg(self.pinned.join(program)).arg(&folder);
        against_server(&mut client).await
    }

    /// A client of TypeScript: the types by openapi-typescript, and openapi-fetch.
    pub(super) async fn typescript_client(&self, document: &Document) -> Verdict {
        // Next to the packages, so that Node.js finds them.
        let folder = self.node.path("../clients").join(document.version);
        let program = format!("clients/{}.ts", document.version);
        let prepared = written(&folder, &self.pinned.join(program));
        if let Err(error) = prepared {
            return Verdict::Failed(error.to_string());
        }
        let mut generator = self.node.script("openapi-typescript/bin/cli.js");
        generator.arg(&document.path).arg("--output");
        generator.arg(folder.join("schema.d.ts"));
        let mut compiler = self.node.script("typescript/bin/tsc");
        compiler
            .args(["--strict", "--target", "es2022", "--module", "nodenext"])
            .args(["--lib", "es2022,dom", "--skipLibCheck"])
            .arg(folder.join("client.mts"));
        for step in [&mut generator, &mut compiler] {
            let ended = run(step).await;
            if !ended.success {
                return Verdict::Failed(ended.output);
            }
        }
        let mut client = command("node");
        client.arg(folder.join("client.mjs"));
        against_server(&mut client).await
    }
}

fn written(folder: &Path, program: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    fs::copy(program, folder.join("client.mts"))?;
    Ok(())
}

/// Runs a client against the command `heffl-test-server` with one deal, most fields of which are null.
async fn against_server(client: &mut Command) -> Verdict {
    let (mut server, settings) = match start_server().await {
        Ok(started) => started,
        Err(message) => return Verdict::Failed(format!("the test server: {message}")),
    };
    let text = |key: &str| settings[key].as_str().unwrap_or_default();
    client
        .env("HEFFL_BASE_URL", text("baseUrl"))
        .env("HEFFL_API_KEY", text("apiKey"))
        .env("NO_PROXY", "127.0.0.1")
        .env("DEAL", "dl_refit")
        .env("CLIENT", "clt_northwind")
        .env("PIPELINE", "dpl_refits")
        .env("STAGE", "dps_offer");
    let ended = run(client).await;
    let _ = server.kill().await;
    if ended.success {
        Verdict::Passed(ended.results.trim().to_owned())
    } else {
        Verdict::Failed(ended.output)
    }
}

/// Builds and starts the command. It is stopped when the process is dropped.
async fn start_server() -> Result<(Child, Value), String> {
    let built = run(command("cargo").args(["build", "--quiet", "-p", "heffl-test-server"])).await;
    if !built.success {
        return Err(built.output);
    }
    started().await.map_err(|error| error.to_string())
}

async fn started() -> io::Result<(Child, Value)> {
    let folder = tempfile::tempdir()?;
    let seed = folder.path().join("seed.json");
    let records = json!({
        "companies": [{"id": "clt_northwind", "name": "Northwind", "type": "company"}],
        "pipelines": [{"id": "dpl_refits", "name": "Refits", "stages": [
            {"id": "dps_offer", "name": "Offer sent", "position": 1, "probability": 50, "type": "ACTIVE"},
        ]}],
        "deals": [{
            "id": "dl_refit", "title": "Warehouse refit", "clientId": "clt_northwind", "pipelineId": "dpl_refits",
            "stageId": "dps_offer", "status": "ACTIVE", "priority": null, "price": null, "expectedCloseDate": null,
        }],
    });
    fs::write(&seed, records.to_string())?;
    // Cargo builds it next to this program.
    let program = std::env::current_exe()?.with_file_name("heffl-test-server");
    let mut server = command(program.with_extension(std::env::consts::EXE_EXTENSION))
        .args(["--json", "--quota", "0", "--seed"])
        .arg(&seed)
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(stdout) = server.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).await?;
    }
    Ok((server, serde_json::from_str(&line)?))
}

//! Clients that generators for other languages make of the documents: each is generated, compiled, and run against
//! the test server.

use std::{fs, io, path::Path};

use heffl::{serde_json::json, test_server::TestServer};
use tokio::process::Command;

use super::{
    Document,
    process::{Ended, run},
    spec::Judges,
    table::Verdict,
};

impl Judges {
    /// A client of Python.
    pub(super) async fn python_client(&self, document: &Document) -> Verdict {
        let folder = self.scratch().join("python");
        let package = folder.join(format!("heffl_client_{}", document.version));
        let settings = folder.join("settings.yaml");
        let prepared = fs::create_dir_all(&folder)
            // It would format its output by a program that is not in the path.
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
        // A schema that it cannot read is a warning, and missing from the client.
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
        let mut client = super::process::command("node");
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

/// Runs a client against a server that has one deal, most fields of which are null.
async fn against_server(client: &mut Command) -> Verdict {
    let server = match TestServer::builder().without_quota().start() {
        Ok(server) => server,
        Err(error) => return Verdict::Failed(format!("the test server: {error}")),
    };
    let id_of = |kind: &str| {
        let records = server.records(kind);
        let id = records.first().and_then(|record| record["id"].as_str());
        id.map(str::to_owned)
    };
    let company = server.insert("companies", json!({"name": "Northwind", "type": "company"}));
    let pipeline = id_of("pipelines");
    let stage = server
        .records("pipelines")
        .first()
        .and_then(|pipeline| pipeline["stages"][0]["id"].as_str().map(str::to_owned));
    let (Some(company), Some(pipeline), Some(stage)) = (company, pipeline, stage) else {
        return Verdict::Failed("the test server has no pipeline with a stage".to_owned());
    };
    let deal = json!({
        "title": "Warehouse refit", "clientId": company, "pipelineId": pipeline, "stageId": stage,
        "status": "ACTIVE", "priority": null, "price": null, "expectedCloseDate": null,
    });
    let Some(deal) = server.insert("deals", deal) else {
        return Verdict::Failed("the test server takes no deal".to_owned());
    };
    client
        .env("HEFFL_BASE_URL", server.base_url())
        .env("HEFFL_API_KEY", server.key())
        .env("NO_PROXY", "127.0.0.1")
        .env("DEAL", deal)
        .env("CLIENT", company)
        .env("PIPELINE", pipeline)
        .env("STAGE", stage);
    let Ended {
        success,
        output,
        results,
    } = run(client).await;
    if success {
        Verdict::Passed(results.trim().to_owned())
    } else {
        Verdict::Failed(output)
    }
}

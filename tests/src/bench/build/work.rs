//! The programs to build, in a separate workspace.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    super::{
        check, generator,
        measure::{Spent, spent},
        scratch::{Profile, Scratch, cargo, head, remove, run},
    },
    programs, sizes,
};
use crate::workspace;

/// The client that a program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Client {
    Heffl,
    /// Plain reqwest.
    Reqwest,
    /// The client that progenitor generates.
    Progenitor,
}

impl Client {
    const ALL: [Self; 3] = [Self::Heffl, Self::Reqwest, Self::Progenitor];

    /// The name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Heffl => "heffl",
            Self::Reqwest => "reqwest",
            Self::Progenitor => "progenitor",
        }
    }

    /// The package of the README's program.
    fn first(self) -> &'static str {
        match self {
            Self::Heffl => "first-heffl",
            Self::Reqwest => "first-reqwest",
            Self::Progenitor => "first-progenitor",
        }
    }

    /// The package of the program that awaits every operation. With plain reqwest, it sends one request.
    fn calls(self) -> &'static str {
        match self {
            Self::Heffl => "calls-heffl",
            Self::Reqwest => "calls-nothing",
            Self::Progenitor => "calls-progenitor",
        }
    }

    /// The crate with the generated code.
    fn library(self) -> Option<&'static str> {
        match self {
            Self::Heffl => Some("heffl"),
            Self::Reqwest => None,
            Self::Progenitor => Some("stock"),
        }
    }

    /// The dependencies of its programs, with the same TLS and compression.
    fn dependencies(self) -> String {
        let reqwest = "reqwest = { version = \"0.13.4\", default-features = false, features = [\"gzip\", \"json\", \"query\", \"rustls\"] }\n";
        match self {
            Self::Heffl => format!(
                "heffl = {{ path = {:?} }}\n",
                workspace().join("generated").display().to_string()
            ),
            Self::Reqwest => {
                format!(
                    "{reqwest}serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n"
                )
            }
            Self::Progenitor => format!("{reqwest}stock = {{ path = \"../stock\" }}\n"),
        }
    }
}

/// The workspace.
pub(super) struct Work {
    scratch: Scratch,
}

/// The README's program with plain reqwest.
const WITH_REQWEST: &str = r#"
#[derive(serde::Deserialize)]
struct Deals {
    data: Vec<Deal>,
}

#[derive(serde::Deserialize)]
struct Deal {
    id: String,
    title: Option<String>,
    #[serde(flatten)]
    custom_fields: serde_json::Map<String, serde_json::Value>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request = reqwest::Client::new()
        .get("https://api.example.com/api/v2/deals")
        .query(&[("pageSize", 50)])
        .header("x-api-key", std::env::var("HEFFL_API_KEY")?);
    let deals: Deals = request.send().await?.error_for_status()?.json().await?;
    for deal in &deals.data {
        let priority = deal.custom_fields.get("cf_priority");
        println!("{}: {:?}, priority {priority:?}", deal.id, deal.title);
    }
    Ok(())
}
"#;

/// The same with progenitor's client; `CALL` stands for the call. The key is a default header, because the client does
/// not support keys.
const WITH_PROGENITOR: &str = r#"
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = reqwest::header::HeaderName::from_static("x-api-key");
    let header = (name, std::env::var("HEFFL_API_KEY")?.parse()?);
    let headers = [header].into_iter().collect();
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    let v2 = stock::v2::Client::new_with_client("https://api.example.com/api/v2", http);
    let deals = CALL.await?;
    for deal in &deals.data {
        let priority = deal.extra.get("cf_priority");
        println!("{:?}: {:?}, priority {priority:?}", deal.id, deal.title);
    }
    Ok(())
}
"#;

/// Makes the client of `heffl`, from an address and a key that are only known at run time.
const HEFFL_CLIENT: &str = "    let heffl = heffl::Client::from_env().unwrap();\n";

/// Makes one client of progenitor's for each version, with one HTTP client.
const STOCK_CLIENTS: &str = "\
    let key = std::env::var(\"HEFFL_API_KEY\").unwrap();
    let header = (reqwest::header::HeaderName::from_static(\"x-api-key\"), key.parse().unwrap());
    let http = reqwest::Client::builder().default_headers([header].into_iter().collect()).build().unwrap();
    let v1 = stock::v1::Client::new_with_client(\"https://api.example.com/api/v1\", http.clone());
    let v2 = stock::v2::Client::new_with_client(\"https://api.example.com/api/v2\", http);
";

/// The program without generated code.
const BARE: &str = "\
async fn call() -> Result<usize, reqwest::Error> {
    let client = reqwest::Client::new();
    let request = client.get(\"https://api.example.com/api/v2/deals\").header(\"x-api-key\", \"key\");
    Ok(request.send().await?.error_for_status()?.bytes().await?.len())
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    std::process::exit(i32::from(runtime.unwrap().block_on(call()).is_ok()));
}
";

impl Work {
    /// Writes all files anew.
    pub(super) fn set_up() -> Result<Self, String> {
        let work = Self {
            scratch: Scratch::new("bench-build"),
        };
        work.files()?;
        Ok(work)
    }

    fn files(&self) -> Result<(), String> {
        let programs = Client::ALL.iter().flat_map(|it| [it.first(), it.calls()]);
        let members: Vec<&str> = ["stock"].into_iter().chain(programs).collect();
        self.scratch.workspace(&members)?;
        write_stock(&self.scratch)?;
        for client in Client::ALL {
            let text = self.first_program(client)?;
            self.program(
                client,
                client.first(),
                "\"macros\", \"rt-multi-thread\"",
                &text,
            )?;
            let text = self.calling_program(client)?;
            self.program(client, client.calls(), "\"net\", \"rt\", \"time\"", &text)?;
        }
        Ok(())
    }

    fn program(
        &self,
        client: Client,
        package: &str,
        tokio: &str,
        text: &str,
    ) -> Result<(), String> {
        self.scratch.write(
            &format!("{package}/Cargo.toml"),
            &format!(
                "{}{}tokio = {{ version = \"1.45\", features = [{tokio}] }}\n",
                head(package),
                client.dependencies()
            ),
        )?;
        self.scratch.write(&main_of(package), text)
    }

    /// The README's program, or the same with another client.
    fn first_program(&self, client: Client) -> Result<String, String> {
        match client {
            Client::Heffl => {
                let page = read(&workspace().join("README.md"))?;
                let program = page
                    .split_once("```rust,no_run\n")
                    .and_then(|(_, rest)| rest.split_once("```"));
                let (program, _) = program.ok_or("README.md has no program")?;
                Ok(program.to_owned())
            }
            Client::Reqwest => Ok(WITH_REQWEST.to_owned()),
            Client::Progenitor => {
                let calls = programs::of_stock("v2", &read(&self.stock("v2"))?)?;
                let call = calls
                    .iter()
                    .find(|call| call.starts_with("v2.list_deals("))
                    .ok_or("progenitor's client has no list_deals")?;
                Ok(WITH_PROGENITOR.replace("CALL", &call.replace("any()", "None")))
            }
        }
    }

    /// The program that awaits every operation.
    fn calling_program(&self, client: Client) -> Result<String, String> {
        let mut calls = Vec::new();
        for (version, _) in check::DOCUMENTS {
            match client {
                Client::Heffl => {
                    for file in files(&generated(version))? {
                        let resource = file.file_stem().unwrap_or_default().to_string_lossy();
                        if !["mod", "shared", "document"].contains(&&*resource) {
                            let text = read(&file)?;
                            calls.extend(programs::of_heffl(version, &resource, &text)?);
                        }
                    }
                }
                Client::Reqwest => return Ok(BARE.to_owned()),
                Client::Progenitor => {
                    calls.extend(programs::of_stock(version, &read(&self.stock(version))?)?);
                }
            }
        }
        let operations = heffl::v1::OPERATIONS.len() + heffl::v2::OPERATIONS.len();
        if calls.len() != operations {
            return Err(format!(
                "{}: {} calls of {operations} operations",
                client.name(),
                calls.len()
            ));
        }
        let clients = match client {
            Client::Progenitor => STOCK_CLIENTS,
            _ => HEFFL_CLIENT,
        };
        Ok(programs::program(clients, &calls))
    }

    fn stock(&self, version: &str) -> PathBuf {
        self.scratch.path(&format!("stock/src/{version}.rs"))
    }

    /// Removes all builds.
    pub(super) fn forget(&self) -> Result<(), String> {
        self.scratch.remove_target()
    }

    /// Builds the README's program and its dependencies, as far as they are not built.
    pub(super) fn build(&self, client: Client, profile: Profile) -> Result<(), String> {
        self.scratch.build(&[client.first()], profile)
    }

    /// Makes the README's program print another line.
    pub(super) fn edit(&self, client: Client) -> Result<(), String> {
        let text = self.first_program(client)?;
        let edited = text.replace(
            "    Ok(())\n",
            &format!("    println!(\"{}\");\n    Ok(())\n", fastrand::u64(..)),
        );
        if edited == text {
            return Err(format!("cannot edit the program of {}", client.name()));
        }
        self.scratch.write(&main_of(client.first()), &edited)
    }

    /// Checks the README's program, and the crate with generated code.
    pub(super) fn check(&self, client: Client) -> Result<(), String> {
        self.scratch.check(&[client.first()])
    }

    /// Removes the results of [`check`](Self::check), but not those for dependencies.
    pub(super) fn clean(&self, client: Client) -> Result<(), String> {
        let packages: Vec<&str> = [Some(client.first()), client.library()]
            .into_iter()
            .flatten()
            .collect();
        self.scratch.clean(&packages, Profile::Dev)
    }

    /// KiB of machine code that calling every operation adds to a release build.
    pub(super) fn code(&self, client: Client) -> Result<f64, String> {
        let size = |client: Client| {
            self.scratch.build(&[client.calls()], Profile::Release)?;
            sizes::code(&self.scratch.program(client.calls(), Profile::Release))
        };
        let bytes = size(client)?.saturating_sub(size(Client::Reqwest)?);
        #[expect(clippy::cast_precision_loss, reason = "no file is so large")]
        let kib = bytes as f64 / 1024.0;
        Ok(kib)
    }

    /// The first `cargo xtask generate` in a clone of what is committed.
    pub(super) fn first_generate(&self) -> Result<Spent, String> {
        let clone = self.scratch.path("clone");
        remove(&clone)?;
        run(Command::new("git")
            .args(["clone", "--quiet"])
            .args([workspace(), &clone]))
        .map_err(|error| format!("git clone: {error}"))?;
        let mut generate = cargo();
        generate
            .args(["xtask", "generate"])
            .current_dir(&clone)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS");
        let spent = spent(|| run(&mut generate).map(drop))
            .map_err(|error| format!("cargo xtask generate: {error}"))?;
        remove(&clone)?;
        Ok(spent)
    }
}

fn main_of(package: &str) -> String {
    format!("{package}/src/main.rs")
}

/// The crate `stock`, which progenitor generates from both documents.
pub(in super::super) fn write_stock(scratch: &Scratch) -> Result<(), String> {
    // Its dependencies are listed once, in the comparison of requests.
    let listed = read(&workspace().join("tests/conformance/stock/Cargo.toml"))?;
    let dependencies = listed
        .split("\n[")
        .find_map(|section| section.strip_prefix("dependencies]\n"))
        .ok_or("the manifest of the stock client has no dependencies")?
        // The programs choose their TLS, as those of `heffl` do.
        .replace(
            "features = [\"json\", \"query\", \"stream\"]",
            "features = [\"json\", \"query\", \"rustls\", \"stream\"]",
        );
    scratch.write(
        "stock/Cargo.toml",
        &format!("{}{dependencies}", head("stock")),
    )?;
    let mut root = "#![allow(warnings)]\n".to_owned();
    for ((version, _), document) in check::DOCUMENTS.iter().zip(check::documents(workspace())?) {
        scratch.write(
            &format!("stock/src/{version}.rs"),
            &generator::progenitor(&document)?,
        )?;
        root.extend(["pub mod ", version, ";\n"]);
    }
    scratch.write("stock/src/lib.rs", &root)
}

/// The generated part of `heffl`.
pub(in super::super) fn heffl_files() -> Result<Vec<PathBuf>, String> {
    let mut all = vec![workspace().join("generated/src/ids.rs")];
    for (version, _) in check::DOCUMENTS {
        all.extend(files(&generated(version))?);
    }
    Ok(all)
}

/// Lines in all of these files.
pub(in super::super) fn lines(files: &[PathBuf]) -> Result<usize, String> {
    files
        .iter()
        .map(|file| Ok(read(file)?.lines().count()))
        .sum()
}

fn generated(version: &str) -> PathBuf {
    workspace().join("generated/src").join(version)
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(failed)?;
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    files.sort();
    Ok(files)
}

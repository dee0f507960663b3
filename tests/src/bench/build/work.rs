//! The programs to build and their libraries, in a separate workspace.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    super::{
        check, generator,
        scratch::{Profile, Scratch, head},
    },
    programs,
};
use crate::workspace;

/// Something that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Both versions, through the `heffl` crate.
    Heffl,
    OnlyV1,
    OnlyV2,
    /// Both versions, with progenitor's client.
    Stock,
    StockV1,
    StockV2,
    /// One request with plain reqwest.
    Bare,
}

impl Part {
    pub(super) const ALL: [Self; 7] = [
        Self::Heffl,
        Self::OnlyV1,
        Self::OnlyV2,
        Self::Stock,
        Self::StockV1,
        Self::StockV2,
        Self::Bare,
    ];

    /// The name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Heffl => "heffl",
            Self::OnlyV1 => "heffl, v1 alone",
            Self::OnlyV2 => "heffl, v2 alone",
            Self::Stock => "progenitor",
            Self::StockV1 => "progenitor, v1 alone",
            Self::StockV2 => "progenitor, v2 alone",
            Self::Bare => "reqwest alone",
        }
    }

    /// The package of the program.
    fn package(self) -> &'static str {
        match self {
            Self::Heffl => "calls-heffl",
            Self::OnlyV1 => "calls-heffl-v1",
            Self::OnlyV2 => "calls-heffl-v2",
            Self::Stock => "calls-stock",
            Self::StockV1 => "calls-stock-v1",
            Self::StockV2 => "calls-stock-v2",
            Self::Bare => "calls-nothing",
        }
    }

    /// The package that is called.
    fn called(self) -> Option<&'static str> {
        match self {
            Self::Heffl | Self::OnlyV1 | Self::OnlyV2 => Some("heffl"),
            Self::Stock | Self::StockV1 | Self::StockV2 => Some("stock"),
            Self::Bare => None,
        }
    }

    fn versions(self) -> &'static [&'static str] {
        match self {
            Self::Heffl | Self::Stock => &["v1", "v2"],
            Self::OnlyV1 | Self::StockV1 => &["v1"],
            Self::OnlyV2 | Self::StockV2 => &["v2"],
            Self::Bare => &[],
        }
    }
}

/// The workspace.
pub(super) struct Work {
    scratch: Scratch,
}

/// The dependencies of programs that use reqwest directly.
const REQWEST: &str = "{ version = \"0.13.4\", default-features = false, features = [\"rustls\"] }";

/// The code that makes the client, from an address and a key that are only known at run time.
const HEFFL_CLIENT: &str = "    let heffl = heffl::Client::from_env().unwrap();\n";

/// The key is a default header: the client has no notion of a key.
const STOCK_CLIENT: &str = "\
    let key = std::env::var(\"HEFFL_API_KEY\").unwrap();
    let header = (reqwest::header::HeaderName::from_static(\"x-api-key\"), key.parse().unwrap());
    let http = reqwest::Client::builder().default_headers([header].into_iter().collect()).build().unwrap();
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
        let programs = Part::ALL.iter().map(|part| part.package());
        let members: Vec<&str> = ["stock"].into_iter().chain(programs).collect();
        self.scratch.workspace(&members)?;
        write_stock(&self.scratch)?;
        for part in Part::ALL {
            let package = part.package();
            let features: Vec<String> = part
                .versions()
                .iter()
                .map(|name| format!("{name:?}"))
                .collect();
            let features = features.join(", ");
            let called = match part.called() {
                Some("heffl") => format!(
                    "heffl = {{ path = {:?}, default-features = false, features = [\"rustls\", {features}] }}",
                    workspace().join("generated").display().to_string(),
                ),
                Some(name) => format!(
                    "{name} = {{ path = \"../{name}\", default-features = false, features = [{features}] }}\nreqwest = {REQWEST}"
                ),
                None => format!("reqwest = {REQWEST}"),
            };
            self.scratch.write(
                &format!("{package}/Cargo.toml"),
                &format!(
                    "{}{called}\ntokio = {{ version = \"1.45\", features = [\"net\", \"rt\", \"time\"] }}\n",
                    head(package)
                ),
            )?;
            let text = match part {
                Part::Bare => BARE.to_owned(),
                Part::Stock | Part::StockV1 | Part::StockV2 => {
                    programs::program(&stock_clients(part), &self.calls(part)?)
                }
                _ => programs::program(HEFFL_CLIENT, &self.calls(part)?),
            };
            self.scratch
                .write(&format!("{package}/src/main.rs"), &text)?;
        }
        Ok(())
    }

    /// What the program awaits.
    fn calls(&self, part: Part) -> Result<Vec<String>, String> {
        let mut calls = Vec::new();
        for version in part.versions() {
            if part.called() == Some("stock") {
                let text = read(&self.scratch.path(&format!("stock/src/{version}.rs")))?;
                calls.extend(programs::of_stock(version, &text)?);
                continue;
            }
            for file in files(&generated(version))? {
                let resource = file.file_stem().unwrap_or_default().to_string_lossy();
                if !["mod", "shared", "document"].contains(&&*resource) {
                    calls.extend(programs::of_heffl(version, &resource, &read(&file)?)?);
                }
            }
        }
        let operations: usize = [("v1", heffl::v1::OPERATIONS), ("v2", heffl::v2::OPERATIONS)]
            .iter()
            .filter(|(version, _)| part.versions().contains(version))
            .map(|(_, operations)| operations.len())
            .sum();
        if calls.len() != operations {
            return Err(format!(
                "{}: {} calls of {operations} operations",
                part.name(),
                calls.len()
            ));
        }
        Ok(calls)
    }

    /// Builds the program, and what it calls.
    pub(super) fn build(&self, part: Part, profile: Profile) -> Result<(), String> {
        self.scratch.build(&[part.package()], profile)
    }

    /// Removes the built program and library, but not their dependencies.
    pub(super) fn clean(&self, part: Part, profile: Profile) -> Result<(), String> {
        let packages: Vec<&str> = [Some(part.package()), part.called()]
            .into_iter()
            .flatten()
            .collect();
        self.scratch.clean(&packages, profile)
    }

    /// The number of packages in the tree of the library, including itself.
    pub(super) fn dependencies(&self, part: Part) -> Result<usize, String> {
        // All but the program.
        Ok(self.scratch.tree(&[part.package()])?.len() - 1)
    }

    /// The number of generated lines.
    pub(super) fn lines(&self, part: Part) -> Result<usize, String> {
        let all = if part == Part::Stock {
            files(&self.scratch.path("stock/src"))?
        } else {
            heffl_files(part.versions())?
        };
        lines(&all)
    }

    pub(super) fn program(&self, part: Part, profile: Profile) -> PathBuf {
        self.scratch.program(part.package(), profile)
    }

    /// The size of the compiled library.
    pub(super) fn library(&self, part: Part, profile: Profile) -> Result<u64, String> {
        let called = part.called().unwrap_or_default();
        self.clean(part, profile)?;
        self.build(part, profile)?;
        let folder = self.scratch.built(profile).join("deps");
        let prefix = format!("lib{called}-");
        let found = files(&folder)?.into_iter().find(|file| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&prefix) && name.ends_with(".rlib")
        });
        let file = found.ok_or_else(|| format!("no library of {called}"))?;
        let size = fs::metadata(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(size.len())
    }
}

/// A client of progenitor's for each version, over one HTTP client.
fn stock_clients(part: Part) -> String {
    let clients = part.versions().iter().map(|version| {
        format!(
            "    let {version} = stock::{version}::Client::new_with_client(\"https://api.example.com/api/{version}\", http.clone());\n"
        )
    });
    [STOCK_CLIENT.to_owned()]
        .into_iter()
        .chain(clients)
        .collect()
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
        &format!(
            "{}{dependencies}\n[features]\ndefault = [\"v1\", \"v2\"]\nv1 = []\nv2 = []\n",
            head("stock")
        ),
    )?;
    let mut root = "#![allow(warnings)]\n".to_owned();
    for ((version, _), document) in check::DOCUMENTS.iter().zip(check::documents(workspace())?) {
        scratch.write(
            &format!("stock/src/{version}.rs"),
            &generator::progenitor(&document)?,
        )?;
        let feature = ["#[cfg(feature = \"", version, "\")]\n"];
        root.extend(feature.into_iter().chain(["pub mod ", version, ";\n"]));
    }
    scratch.write("stock/src/lib.rs", &root)
}

/// The generated part of `heffl`.
pub(in super::super) fn heffl_files(versions: &[&str]) -> Result<Vec<PathBuf>, String> {
    let mut all = vec![workspace().join("generated/src/ids.rs")];
    for version in versions {
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

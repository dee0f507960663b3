//! Other generators: versions, installation, command lines, and the steps that they leave to the user.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::super::scratch::{cargo, head, run};
use crate::{
    conformance::install::{Python, Refused},
    workspace,
};

/// A generator that is a program.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Its arguments for a document, the folder of the crate and its name.
    arguments: fn(&mut Command, &Path, &Path, &str),
    /// The step left to the user: makes a crate with this name from the folder.
    finish: fn(&Path, &str) -> Result<(), String>,
    /// The type of its list of deals, in the crate for v2.
    pub(super) deals: &'static str,
    /// Reads the `bytes` of a response as its client does, into `Deals`.
    pub(super) read: &'static str,
    /// Further dependencies of the program that reads.
    pub(super) needs: &'static str,
    /// The source of the generator.
    from: From,
}

#[derive(Clone, Copy)]
enum From {
    CratesIo,
    PyPi,
}

/// In the order of their names.
pub(super) const TOOLS: [Tool; 5] = [
    Tool {
        name: "oas3-gen",
        version: "0.29.0",
        arguments: |command, document, folder, _| {
            command
                .args(["generate", "client-mod", "--input"])
                .arg(document)
                .arg("--output")
                .arg(folder.join("src/api"));
        },
        finish: |folder, package| {
            write(&folder.join("src/lib.rs"), "pub mod api;\n")?;
            write(
                &folder.join("Cargo.toml"),
                &(head(package) + OAS3_GEN_NEEDS),
            )
        },
        deals: "api::DealList",
        read: "serde_json::from_slice(bytes)",
        needs: "",
        from: From::CratesIo,
    },
    Tool {
        name: "openapi-generator",
        version: "7.26.0",
        arguments: |command, document, folder, package| {
            command
                .args(["-c", "from openapi_generator_cli import cli; cli()"])
                .args(["generate", "--generator-name", "rust", "--input-spec"])
                .arg(document)
                .arg("--output")
                .arg(folder)
                .arg(format!("--additional-properties=packageName={package}"));
        },
        // The others bring rustls.
        finish: |folder, _| {
            edit(&folder.join("Cargo.toml"), |line| {
                line.replace("default = [\"native-tls\"]", "default = [\"rustls\"]")
            })
        },
        deals: "models::DealList",
        read: "serde_json::from_str(&String::from_utf8_lossy(bytes).into_owned())",
        needs: "",
        from: From::PyPi,
    },
    Tool {
        name: "openapi-nexus",
        version: "0.2.3",
        arguments: |command, document, folder, _| {
            command
                .args(["generate", "--generators", "rust-reqwest", "--input"])
                .arg(document)
                .arg("--output")
                .arg(folder);
        },
        finish: |folder, package| {
            let mut named = false;
            edit(&folder.join("Cargo.toml"), |line| {
                if line.starts_with("name = ") && !named {
                    named = true;
                    return format!("name = {package:?}");
                }
                line.to_owned()
            })
        },
        deals: "models::DealList",
        read: "serde_json::from_slice(bytes)",
        needs: "",
        from: From::CratesIo,
    },
    Tool {
        name: "openapi-to-rust",
        version: "0.23.0",
        arguments: |command, document, folder, package| {
            command
                .arg("generate")
                .arg(document)
                .arg("--output-dir")
                .arg(folder.join("src"))
                .args(["--module-name", package]);
        },
        // The generator writes the modules, and a list of their dependencies.
        finish: |folder, package| {
            let needs = read(&folder.join("src/REQUIRED_DEPS.toml"))?;
            let (_, needs) = needs
                .split_once("[dependencies]\n")
                .ok_or("it names no dependencies")?;
            write(
                &folder.join("src/lib.rs"),
                "#[path = \"mod.rs\"]\npub mod api;\n",
            )?;
            write(&folder.join("Cargo.toml"), &(head(package) + needs))
        },
        deals: "api::types::DealList",
        read: "serde_json::from_str(&String::from_utf8_lossy(bytes).into_owned())",
        needs: "",
        from: From::CratesIo,
    },
    Tool {
        name: "ploidy",
        version: "0.15.0",
        arguments: |command, document, folder, package| {
            command
                .args(["generate", "rust"])
                .arg(document)
                .arg("--output")
                .arg(folder)
                .args(["--name", package]);
        },
        finish: |_, _| Ok(()),
        deals: "types::DealList",
        read: "serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(bytes))",
        needs: "serde_path_to_error = \"0.1\"\n",
        from: From::CratesIo,
    },
];

/// The twelve dependencies that oas3-gen leaves to the user.
const OAS3_GEN_NEEDS: &str = r#"anyhow = "1"
chrono = { version = "0.4", features = ["serde"] }
http = "1"
indexmap = { version = "2", features = ["serde"] }
oas3-gen-support = "=0.29.0"
reqwest = { version = "0.13", features = ["form", "json", "query"] }
serde = { version = "1", features = ["derive"] }
serde_html_form = "0.4"
serde_json = "1"
serde_plain = "1"
serde_with = "3"
validator = { version = "0.20", features = ["derive"] }
"#;

impl Tool {
    /// Installs it unless it is installed, and returns the path of the program.
    pub(super) fn install(&self, folder: &Path) -> Result<PathBuf, String> {
        match self.from {
            From::CratesIo => {
                let root = folder.join("tools");
                let mut install = cargo();
                install
                    .args(["install", "--quiet", "--locked", self.name])
                    // Without a name, cargo reinstalls a package that has further programs behind features.
                    .args(["--bin", self.name])
                    .args(["--version", &format!("={}", self.version), "--root"])
                    .arg(&root)
                    // The generators share dependencies.
                    .env("CARGO_TARGET_DIR", root.join("target"))
                    .env_remove("RUSTFLAGS");
                run(&mut install).map_err(|error| format!("cargo install: {error}"))?;
                let program = format!("{}{}", self.name, std::env::consts::EXE_SUFFIX);
                Ok(root.join("bin").join(program))
            }
            From::PyPi => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(|error| error.to_string())?;
                let pinned = workspace().join("tests/conformance");
                let pin = format!("openapi-generator-cli=={} ", self.version);
                if !read(&pinned.join("requirements.txt"))?.contains(&pin) {
                    return Err(format!("requirements.txt does not say {}", pin.trim_end()));
                }
                let python = runtime.block_on(Python::install(&pinned, folder));
                python
                    .map(|python| python.program().to_owned())
                    .map_err(|(Refused::Missing(why) | Refused::Unreachable(why))| why)
            }
        }
    }

    /// Writes the crate of one document.
    pub(super) fn generate(
        &self,
        program: &Path,
        document: &Path,
        folder: &Path,
        package: &str,
    ) -> Result<(), String> {
        let mut command = Command::new(program);
        (self.arguments)(&mut command, document, folder, package);
        run(&mut command).map(drop)
    }

    /// Runs the step left to the user.
    pub(super) fn finish(&self, folder: &Path, package: &str) -> Result<(), String> {
        (self.finish)(folder, package)
    }
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// Changes a file line by line.
fn edit(file: &Path, change: impl FnMut(&str) -> String) -> Result<(), String> {
    let lines: Vec<String> = read(file)?.lines().map(change).collect();
    write(file, &(lines.join("\n") + "\n"))
}

//! A crate of its own for the API of any document: the runtime of `heffl` without the parts that only Heffl has, and
//! the generated modules.

use std::collections::{BTreeMap, BTreeSet};

use quote::quote;
use syn::{Attribute, Item, UseTree, parse_quote};
use toml::{Table, Value};

use crate::{
    generate::generate_with_calls,
    json::text,
    load::{self, Api},
    naming,
    problem::{self, Problem},
};

/// Modules of the runtime that belong to Heffl, and are left out of other crates.
const OWN_MODULES: [&str; 5] = ["bulk", "find", "v1", "v2", WEBHOOKS];

/// The feature of the module of this name, which is left out too.
const WEBHOOKS: &str = "webhooks";

/// The common part of all manifests. The tests and examples of the runtime are Heffl's, and the folder may be below
/// another workspace.
const MANIFEST: &str = r#"
workspace = {}

[lib]
test = false
doctest = false

[lints.rust.unexpected_cfgs]
level = "warn"
check-cfg = ['cfg(feature, values("webhooks"))']
"#;

/// Files that are generated anew for every crate.
const GENERATED: [&str; 3] = ["api.rs", "ids.rs", "lib.rs"];

/// The source of the runtime.
#[derive(Clone, Debug)]
pub struct Runtime {
    /// Path below the source folder → text.
    pub files: BTreeMap<String, String>,
    /// The manifest of the crate.
    pub manifest: String,
    /// The manifest of its workspace, which has the versions of the dependencies.
    pub workspace: String,
}

/// A crate that is ready to be compiled.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Path below the folder of the crate → text.
    pub files: BTreeMap<String, String>,
    /// Parts of the document that the code does not honour.
    pub warnings: Vec<Problem>,
}

/// The name of a crate for a document: its title in lower case, with hyphens.
///
/// # Errors
///
/// The document cannot be read, or its title has no letters.
pub fn name(file: &str, document: &str) -> Result<String, Vec<Problem>> {
    let module = "api";
    let document = load::load(&Api {
        module,
        file,
        text: document,
    })?;
    let title = document.value.get("info");
    let title = title
        .and_then(|info| text(info, "title"))
        .unwrap_or_default();
    let name = naming::snake(&naming::ascii(title)).replace('_', "-");
    if is_name(&name) {
        return Ok(name);
    }
    let message = format!("the title {title:?} is not a name for a crate");
    let problem = problem::of("crate-name", file, message).pointer("/info/title");
    Err(vec![problem.help("give the name with `--name`")])
}

/// Makes the crate `name` for a document.
///
/// # Errors
///
/// The document cannot be generated, `name` is not the name of a crate, or the runtime is not complete.
pub fn package(
    name: &str,
    file: &str,
    text: &str,
    runtime: &Runtime,
) -> Result<Package, Vec<Problem>> {
    let refuse = |message: String| vec![problem::of("package", file, message)];
    if !is_name(name) {
        let message =
            format!("{name:?} is not the name of a crate: use a to z, 0 to 9 and hyphens");
        return Err(refuse(message));
    }
    let module = name.replace('-', "_");
    let api = Api {
        module: &module,
        file,
        text,
    };
    let generated = generate_with_calls(name, &[api])?;
    let library = runtime.files.get("lib.rs").map_or("", String::as_str);
    let (library, left_out) = library_of(library, name, &module).map_err(refuse)?;
    let manifest = manifest(runtime, name).map_err(refuse)?;

    let mut files = BTreeMap::from([("Cargo.toml".to_owned(), manifest)]);
    let mut add = |path: &str, text: &str| {
        files.insert(format!("src/{path}"), renamed(text, name));
    };
    add("lib.rs", &library);
    for (path, text) in &runtime.files {
        let top = path.split(['/', '.']).next().unwrap_or_default();
        if !left_out.contains(top) && !GENERATED.contains(&path.as_str()) {
            add(path, text);
        }
    }
    for (path, text) in &generated.source {
        add(path, text);
    }
    Ok(Package {
        files,
        warnings: generated.warnings,
    })
}

fn is_name(name: &str) -> bool {
    let is_letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_letter);
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('-').all(is_part)
}

/// The text with the name of the crate instead of `heffl`, in examples, messages and variables of the environment.
fn renamed(text: &str, name: &str) -> String {
    let ident = name.replace('-', "_");
    text.replace("HEFFL", &ident.to_ascii_uppercase())
        .replace("heffl", &ident)
        .replace("Heffl", &naming::pascal(&ident))
}

/// The root of the crate, and the names of the modules that it does not have.
fn library_of(text: &str, name: &str, module: &str) -> Result<(String, BTreeSet<String>), String> {
    let mut file =
        syn::parse_file(text).map_err(|error| format!("lib.rs of the runtime: {error}"))?;
    let mut left_out = BTreeSet::new();
    file.items.retain(|item| {
        let is_own = belongs_to_heffl(item);
        if let (true, Item::Mod(module)) = (is_own, item) {
            left_out.insert(module.ident.to_string());
        }
        !is_own
    });
    file.attrs
        .retain(|attribute| !attribute.path().is_ident("doc"));
    // Some of the runtime is only used by the modules that are left out, or by some documents.
    file.attrs
        .push(parse_quote!(#![allow(dead_code, unused_macros, unused_imports)]));
    let module = naming::ident(module);
    let module: Item = syn::parse2(quote! {
        #[allow(
            clippy::doc_markdown,
            clippy::needless_pass_by_value,
            reason = "descriptions are prose, and a body is built for its one call"
        )]
        pub mod #module;
    })
    .map_err(|error| error.to_string())?;
    file.items.push(module);
    let body = prettyplease::unparse(&file);
    Ok((
        format!("//! A typed client for the API of {name}.\n\n{body}"),
        left_out,
    ))
}

/// Whether an item is one of Heffl's modules, a re-export of one, or only for tests or documentation of the runtime.
fn belongs_to_heffl(item: &Item) -> bool {
    match item {
        Item::Mod(item) => {
            OWN_MODULES.iter().any(|own| item.ident == own) || item.attrs.iter().any(is_for_tests)
        }
        Item::Use(item) => {
            matches!(&item.tree, UseTree::Path(path) if OWN_MODULES.iter().any(|own| path.ident == own))
        }
        _ => false,
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let condition = quote!(#attribute).to_string();
    attribute.path().is_ident("cfg") && ["test", "doctest"].iter().any(|it| condition.contains(it))
}

/// The manifest: the features of the runtime except that for webhooks, and dependencies with their versions.
fn manifest(runtime: &Runtime, name: &str) -> Result<String, String> {
    let read = |text: &str| {
        text.parse::<Table>()
            .map_err(|error| format!("a manifest: {error}"))
    };
    let (mut own, workspace) = (read(&runtime.manifest)?, read(&runtime.workspace)?);
    let workspace = workspace.get("workspace").and_then(Value::as_table);
    let shared = |section: &str, key: &str| workspace?.get(section)?.get(key).cloned();

    let mut manifest = read(&format!(
        "package = {{ name = {name:?}, version = \"0.1.0\" }}\n{MANIFEST}"
    ))?;
    let mut package = table(&mut manifest, "package");
    for key in ["edition", "rust-version"] {
        package.extend(shared("package", key).map(|value| (key.to_owned(), value)));
    }
    let mut features = table(&mut own, "features");
    features.remove(WEBHOOKS);
    // An optional dependency that no feature enables would be a feature itself.
    let enabled: Vec<String> = features.values().map(ToString::to_string).collect();
    let is_enabled = |name: &str| {
        let feature = format!("dep:{name}");
        enabled.iter().any(|list| list.contains(&feature))
    };
    let inline = |dependencies: Table| -> Table {
        let used = dependencies.into_iter();
        let used = used.filter(|(name, own)| own.get("optional").is_none() || is_enabled(name));
        used.map(|(name, own)| {
            let shared = shared("dependencies", &name);
            (name, inlined(own, shared))
        })
        .collect()
    };
    let dependencies = inline(table(&mut own, "dependencies"));
    let mut targets = table(&mut own, "target");
    for (_, target) in &mut targets {
        if let Value::Table(target) = target {
            let dependencies = inline(table(target, "dependencies"));
            target.insert("dependencies".to_owned(), dependencies.into());
        }
    }
    manifest.extend([
        ("package".to_owned(), Value::Table(package)),
        ("features".to_owned(), features.into()),
        ("dependencies".to_owned(), dependencies.into()),
        ("target".to_owned(), targets.into()),
    ]);
    toml::to_string(&manifest).map_err(|error| error.to_string())
}

fn table(from: &mut Table, key: &str) -> Table {
    match from.remove(key) {
        Some(Value::Table(table)) => table,
        _ => Table::new(),
    }
}

/// A dependency with what it inherits from the workspace.
fn inlined(own: Value, shared: Option<Value>) -> Value {
    let Value::Table(mut own) = own else {
        return own;
    };
    if own.remove("workspace").is_none() {
        return own.into();
    }
    let mut all = match shared {
        Some(Value::Table(shared)) => shared,
        Some(version) => Table::from_iter([("version".to_owned(), version)]),
        None => Table::new(),
    };
    for (key, value) in own {
        match (all.get_mut(&key), value) {
            (Some(Value::Array(features)), Value::Array(more)) => features.extend(more),
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
    all.into()
}

//! `generate --document`: writes a crate for the API of any document. The crate has the runtime of `heffl`, without the
//! parts that only Heffl has, and the generated modules.

mod manifest;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use heffl_codegen::{Api, generate, load};
use heffl_source::names::{ascii, ident, pascal, snake};
use heffl_spec::{Finding, files::FileSet, input, report::Stage};
use quote::quote;
use syn::{Attribute, Item, UseTree, parse_quote};

use super::stages::SOURCE;
use crate::{
    failed::Result,
    task::{Outcome, Task},
};

/// Modules of the runtime that belong to Heffl, and are left out of other crates.
const OWN_MODULES: [&str; 5] = ["bulk", "find", "v1", "v2", WEBHOOKS];

/// The feature of the module of this name, which is left out too.
const WEBHOOKS: &str = "webhooks";

/// Files that are generated for every crate.
const GENERATED: [&str; 3] = ["api.rs", "ids.rs", "lib.rs"];

/// Writes the crate `name` for a document to the folder `out`. Without a name, the crate is called after the document's
/// title.
pub(crate) fn write(
    task: &mut Task<'_, '_>,
    document: &Path,
    out: &Path,
    name: Option<String>,
) -> Result<Outcome> {
    let path = document.display().to_string();
    let text = input::read(document, &path)?;
    // The generated files name the document, and must be the same on every machine.
    let file = document
        .file_name()
        .map_or(path, |name| name.to_string_lossy().into_owned());
    let name = name.map_or_else(|| title(&file, &text), Ok)?;
    let refuse = |message: String| Finding::new("package", message).file(&file);
    if !is_name(&name) {
        let message =
            format!("{name:?} is not the name of a crate: use a to z, 0 to 9 and hyphens");
        return Err(refuse(message).into());
    }
    let module = name.replace('-', "_");
    let api = Api {
        module: &module,
        file: &file,
        text: &text,
    };
    let generated = generate(&name, &[api])?;
    let manifest = |path: &str| input::read(&task.root.join(path), path);
    let (own, workspace) = (manifest("generated/Cargo.toml")?, manifest("Cargo.toml")?);
    let manifest = manifest::manifest(&name, &own, &workspace).map_err(refuse)?;
    let mut files = BTreeMap::from([("Cargo.toml".to_owned(), manifest)]);
    let runtime = FileSet::read(&task.root, SOURCE)?;
    let runtime: BTreeMap<&str, &str> = runtime
        .texts()
        .filter_map(|(path, text)| Some((path.strip_prefix(SOURCE)?.strip_prefix('/')?, text)))
        .collect();
    let library = runtime.get("lib.rs").copied().unwrap_or_default();
    let (library, left_out) = library_of(library, &name, &module).map_err(refuse)?;
    let kept = runtime.into_iter().filter(|(path, _)| {
        let top = path.split(['/', '.']).next().unwrap_or_default();
        !left_out.contains(top) && !GENERATED.contains(path)
    });
    let source = generated.source.iter();
    let source = source.map(|(path, text)| (path.as_str(), text.as_str()));
    for (path, text) in kept.chain(source).chain([("lib.rs", library.as_str())]) {
        files.insert(format!("src/{path}"), renamed(text, &module));
    }
    task.warn(&generated.warnings);
    fs::create_dir_all(out).map_err(|error| {
        Finding::new("unwritable", error.to_string()).file(out.display().to_string())
    })?;
    let crate_ = Task {
        root: out.to_owned(),
        streams: task.streams,
    };
    let step = crate_.step(Stage::Generated, &FileSet::new(files)?, None)?;
    Ok(Outcome::Report(step.into()))
}

/// The name of a crate for a document: its title in lower case, with hyphens.
fn title(file: &str, text: &str) -> Result<String> {
    let module = "api";
    let document = load::load(&Api { module, file, text })?;
    let title = document.value.pointer("/info/title");
    let title = title.and_then(|title| title.as_str()).unwrap_or_default();
    let name = snake(&ascii(title)).replace('_', "-");
    if is_name(&name) {
        return Ok(name);
    }
    let message = format!("the title {title:?} is not a name for a crate");
    let finding = Finding::new("crate-name", message).file(file);
    let finding = finding.pointer("/info/title");
    Err(finding.help("give the name with `--name`").into())
}

fn is_name(name: &str) -> bool {
    let is_letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_letter);
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('-').all(is_part)
}

/// The text with the name of the crate instead of `heffl`, in examples, messages and variables of the environment.
fn renamed(text: &str, module: &str) -> String {
    text.replace("HEFFL", &module.to_ascii_uppercase())
        .replace("heffl", module)
        .replace("Heffl", &pascal(module))
}

/// The root of the crate, and the names of the modules that it does not have.
fn library_of(
    text: &str,
    name: &str,
    module: &str,
) -> std::result::Result<(String, BTreeSet<String>), String> {
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
    let module = ident(module);
    file.items.push(parse_quote! {
        #[allow(
            clippy::doc_markdown,
            clippy::needless_pass_by_value,
            reason = "descriptions are prose, and a body is built for its one call"
        )]
        pub mod #module;
    });
    let body = prettyplease::unparse(&file);
    let text = format!("//! A typed client for the API of {name}.\n\n{body}");
    Ok((text, left_out))
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

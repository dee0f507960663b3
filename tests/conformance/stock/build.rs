//! Generates progenitor's client of both documents, and a function that calls any operation of it by name.

use std::{collections::BTreeMap, env, error::Error, fs, path::Path};

use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use quote::{format_ident, quote};
use serde_json::Value;
use syn::{FnArg, ImplItem, Item, Pat, Type};

fn main() -> Result<(), Box<dyn Error>> {
    let here = env::var("CARGO_MANIFEST_DIR")?;
    let out = env::var("OUT_DIR")?;
    for version in ["v1", "v2"] {
        let file = Path::new(&here).join(format!("../../../spec/heffl-{version}.yaml"));
        println!("cargo::rerun-if-changed={}", file.display());
        let text = fs::read_to_string(&file)?;
        let client = client(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        fs::write(Path::new(&out).join(format!("{version}.rs")), client)?;
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}

fn client(text: &str) -> Result<String, Box<dyn Error>> {
    let document: openapiv3::OpenAPI = serde_yaml::from_str(text)?;
    let value: Value = serde_yaml::from_str(text)?;
    let mut settings = GenerationSettings::new();
    settings.with_interface(InterfaceStyle::Positional);
    let tokens = Generator::new(&settings).generate_tokens(&document)?;
    let file: syn::File = syn::parse2(tokens.clone())?;
    let arms = arms(&file, &names(&value))?;
    let all = quote! {
        #tokens

        /// Calls an operation, and ignores the response.
        pub async fn call(client: &Client, input: &crate::Input) -> Result<(), String> {
            match input.operation.as_str() {
                #(#arms)*
                other => return Err(format!("there is no operation {other}")),
            }
            Ok(())
        }
    };
    Ok(all.to_string())
}

/// Names of operations and parameters in the document, by their lower-case form without underscores, which Rust names
/// share.
fn names(document: &Value) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    let mut stack = vec![document];
    while let Some(value) = stack.pop() {
        match value {
            Value::Object(map) => {
                let parameter = map.contains_key("in").then(|| map.get("name")).flatten();
                for name in [parameter, map.get("operationId")].into_iter().flatten() {
                    let name = name.as_str().unwrap_or_default();
                    names.insert(without_underscores(name), name.to_owned());
                }
                stack.extend(map.values());
            }
            Value::Array(items) => stack.extend(items),
            _ => {}
        }
    }
    names
}

fn without_underscores(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// An arm for each method of the client.
fn arms(
    file: &syn::File,
    names: &BTreeMap<String, String>,
) -> Result<Vec<TokenStream>, Box<dyn Error>> {
    let mut arms = Vec::new();
    for item in &file.items {
        let Item::Impl(block) = item else { continue };
        let is_client = matches!(&*block.self_ty, Type::Path(path) if path.path.is_ident("Client"));
        if !is_client || block.trait_.is_some() {
            continue;
        }
        for method in &block.items {
            let ImplItem::Fn(method) = method else {
                continue;
            };
            if method.sig.asyncness.is_none() {
                continue;
            }
            let name = &method.sig.ident;
            let known = |name: &str| {
                let found = names.get(&without_underscores(name));
                found.ok_or_else(|| format!("the document has no `{name}`"))
            };
            let operation = known(&name.to_string())?;
            let mut arguments = Vec::new();
            for argument in method.sig.inputs.iter().skip(1) {
                let FnArg::Typed(argument) = argument else {
                    continue;
                };
                let Pat::Ident(argument) = &*argument.pat else {
                    return Err(format!("`{operation}` has an argument without a name").into());
                };
                let argument = argument.ident.to_string();
                arguments.push(if argument == "body" {
                    quote!(&input.body()?)
                } else {
                    let parameter = known(&argument)?;
                    quote!(input.parameter(#parameter)?)
                });
            }
            let name = format_ident!("{name}");
            arms.push(quote! {
                #operation => drop(client.#name(#(#arguments),*).await),
            });
        }
    }
    Ok(arms)
}

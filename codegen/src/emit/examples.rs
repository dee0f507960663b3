//! An example for each operation, compiled as a documentation test of the generated crate.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::{Map, Value};

use super::{Context, expressions};
use crate::{
    api::{Body, Operation, Resource, Response},
    models::{Model, Presence, type_text},
    naming::{self, ident},
};

/// The example as Markdown.
pub(super) fn example(context: &Context<'_>, resource: &Resource, operation: &Operation) -> String {
    let Some(pair) = context.requests.get(&operation.id) else {
        return String::new();
    };
    let mut arguments = context.arguments(operation, pair);
    let mut statements = Vec::new();
    if let (Some(name), Some(all)) = (&operation.body, &pair.all.body) {
        let shown = match (name, pair.least.body.as_ref()) {
            (Body::Model(name), Some(least)) if least.as_object().is_some_and(Map::is_empty) => {
                &one_field(context, name, all)
            }
            (_, least) => least.unwrap_or(all),
        };
        let body = context.body(operation, shown);
        statements.push(quote!(let body = #body;));
        arguments.push(quote!(body));
    }
    arguments.extend(operation.files.iter().map(expressions::file));
    let (module, handle) = (ident(&context.api.module), ident(&resource.module));
    let method = ident(&operation.name);
    let call = quote!(client.#module().#handle().#method(#(#arguments),*));
    let name = match &operation.response {
        Response::Page { item: name, .. } | Response::Many(name) | Response::One(name) => {
            naming::field(name)
        }
        Response::Nothing | Response::Value(_) | Response::Bytes(_) => "response".to_owned(),
    };
    let (variable, shown) = (ident(&name), format!("{{{name}:?}}"));
    statements.push(match &operation.response {
        Response::Page { .. } | Response::Many(_) => {
            let mut query = operation.query.iter();
            let has_size = operation.has_builder() && query.any(|it| it.wire == "pageSize");
            let size = has_size.then(|| quote!(.page_size(50)));
            quote!(for #variable in #call #size.await? { println!(#shown); })
        }
        Response::Nothing => quote!(#call.await?;),
        _ => quote!(let #variable = #call.await?; println!(#shown);),
    });
    markdown(&statements)
}

/// One field of a body that needs none: an empty one would show nothing.
fn one_field(context: &Context<'_>, name: &str, all: &Value) -> Value {
    let Some(Model::Struct(model)) = context.models.get(name) else {
        return all.clone();
    };
    let simple = model.fields.iter().find(|field| {
        let ty = type_text(&field.ty);
        field.presence != Presence::Required
            && (ty == "String"
                || ty.starts_with("crate::ids::")
                || matches!(context.models.get(&ty), Some(Model::Enum(_))))
    });
    let kept = simple.and_then(|field| Some((field.wire.clone(), all.get(&field.wire)?.clone())));
    Value::Object(kept.into_iter().collect())
}

/// A code block with the statements laid out, and what makes them compile hidden.
fn markdown(statements: &[TokenStream]) -> String {
    let program = quote! {
        async fn example(client: heffl::Client) -> Result<(), Box<dyn std::error::Error>> {
            #(#statements)*
            Ok(())
        }
    };
    let program = match syn::parse2(program.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        // The documentation test of this text will report the error.
        Err(_) => program.to_string(),
    };
    let mut out = "# Examples\n\n```no_run\n".to_owned();
    for line in program.lines() {
        match line.strip_prefix("    ") {
            Some("Ok(())") | None => out.extend(["# ", line.trim(), "\n"]),
            Some(line) => out.extend([line, "\n"]),
        }
    }
    out + "```"
}

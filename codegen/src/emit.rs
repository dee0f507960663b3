//! Stage 6: operations and models → the content of source files.

mod bodies;
pub(crate) mod calls;
pub(crate) mod digest;
mod examples;
mod expressions;
mod filters;
mod models;
mod operations;
mod parameters;
mod scope;
pub(crate) mod service;
pub(crate) mod table;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use heffl_source::{Piece, Source};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::{
    api::{Api, Body, Operation, Response},
    ids::Kind,
    load::Document,
    models::Model,
    naming,
    normalise::Normal,
    problem::Problem,
    requests::{self, Pair},
};
use scope::Scope;

/// The module for components that several resources use.
const SHARED: &str = "shared";

/// One version of an API: its operations and models, and values for examples and calls.
pub(crate) struct Context<'a> {
    document: &'a Document,
    api: &'a Api,
    models: &'a BTreeMap<String, Model>,
    requests: BTreeMap<String, Pair>,
    /// The record that an update returns, by the component that is its body.
    records: BTreeMap<&'a str, &'a str>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        document: &'a Document,
        normal: &Normal,
        api: &'a Api,
        models: &'a BTreeMap<String, Model>,
    ) -> Self {
        let is_update = |it: &&Operation| matches!(it.method.as_str(), "PATCH" | "PUT");
        let updates = api.operations().filter(is_update);
        let records = updates.filter_map(|update| match (&update.body, &update.response) {
            (Some(Body::Model(body)), Response::One(record)) => {
                Some((body.as_str(), record.as_str()))
            }
            _ => None,
        });
        Self {
            document,
            api,
            models,
            requests: requests::pairs(&normal.value),
            records: records.collect(),
        }
    }
}

/// Adds the files of one version, each by its path below the source folder.
///
/// # Errors
///
/// A file cannot be added.
pub(crate) fn emit(
    context: &Context<'_>,
    mut add: impl FnMut(&str, Source) -> Result<(), Vec<Problem>>,
) -> Result<(), Vec<Problem>> {
    let api = context.api;
    let mut add = |module: &str, docs: &str, pieces| {
        let source = Source {
            origin: context.document.file.clone(),
            docs: docs.to_owned(),
            pieces,
        };
        add(&format!("{}/{module}.rs", api.module), source)
    };
    for resource in &api.resources {
        let mut scope = Scope::new(context, &resource.module);
        let mut pieces = operations::handle(&mut scope, resource);
        pieces.extend(models::models(&mut scope, Some(&resource.module)));
        pieces.insert(0, Piece::Items(scope.imports()));
        add(&resource.module, &resource.docs, pieces)?;
    }
    let mut scope = Scope::new(context, SHARED);
    let mut shared = models::models(&mut scope, None);
    shared.extend(api.filter_kinds.iter().map(filters::kind).map(Piece::Items));
    let has_shared = !shared.is_empty();
    if has_shared {
        shared.insert(0, Piece::Items(scope.imports()));
        add(SHARED, "Types that several resources use.", shared)?;
    }
    let docs = format!(
        "API {}: models and operations.\n\n{}",
        api.version, api.docs
    );
    add("mod", &docs, version::module(context, has_shared))
}

/// The documents that a file is generated from.
fn origins(documents: &[Document]) -> String {
    let files = documents.iter().map(|document| document.file.as_str());
    files.collect::<Vec<_>>().join(", ")
}

/// The file of all identifier types.
pub(crate) fn ids(documents: &[Document], kinds: &BTreeMap<String, Kind>) -> Source {
    let mut pieces = Vec::new();
    for kind in kinds.values() {
        let name = Kind::type_name(&kind.of);
        let what = kind.phrase();
        let like = kind.prefix.as_ref().map(|prefix| format!(", `{prefix}…`"));
        let like = like.unwrap_or_default();
        let mut lines = vec![format!("/// Identifier of {what}{like}.")];
        if !kind.includes.is_empty() {
            let link = |of: &String| format!("[`{}`]", Kind::type_name(of));
            let links: Vec<String> = kind.includes.iter().map(link).collect();
            let links = links.join(" or ");
            lines.extend(["///".to_owned(), format!("/// Converts from {links}.")]);
        }
        let prefix = |of| kinds.get(of)?.prefix.as_deref();
        let included = kind.includes.iter().filter_map(prefix);
        let included = included.filter(|prefix| kind.prefix.as_deref() != Some(prefix));
        let included: BTreeSet<_> = included.collect();
        let included: Vec<_> = included.into_iter().collect();
        lines.extend([
            format!("{name} {{"),
            format!("    name: {what:?},"),
            format!("    prefix: {:?},", kind.prefix),
            format!("    included: {included:?},"),
            format!("    entity: {:?},", kind.entity),
            "}".to_owned(),
        ]);
        pieces.push(Piece::Macro {
            path: "crate::id_type",
            lines,
        });
        if let Some(entity) = &kind.entity {
            let id = naming::ident(&name);
            pieces.push(Piece::Items(quote! {
                impl From<#id> for crate::EntityRef {
                    fn from(id: #id) -> Self { Self::new(#entity, id) }
                }
                impl From<&#id> for crate::EntityRef {
                    fn from(id: &#id) -> Self { Self::new(#entity, id) }
                }
                /// Gives the reference back if it is to a record of another kind.
                impl TryFrom<crate::EntityRef> for #id {
                    type Error = crate::EntityRef;

                    fn try_from(record: crate::EntityRef) -> Result<Self, Self::Error> {
                        if record.entity() == #entity { Ok(Self::new(record.id())) } else { Err(record) }
                    }
                }
            }));
        }
        for of in &kind.includes {
            let (from, to) = (naming::ident(&Kind::type_name(of)), naming::ident(&name));
            pieces.push(Piece::Items(quote! {
                impl From<#from> for #to {
                    fn from(id: #from) -> Self { Self::new(id.as_str()) }
                }
                impl From<&#from> for #to {
                    fn from(id: &#from) -> Self { Self::new(id.as_str()) }
                }
            }));
        }
    }
    let names = kinds
        .values()
        .map(|kind| naming::ident(&Kind::type_name(&kind.of)));
    pieces.push(Piece::Items(quote! {
        /// All kinds of records that have identifiers.
        pub(crate) const KINDS: &[&crate::id::Kind] = &[#(#names::KIND),*];
    }));
    let docs = "Identifiers, one type for each kind of record: mixing them up does not compile.\n\nThe versions of the \
                API share them.";
    Source {
        origin: origins(documents),
        docs: docs.to_owned(),
        pieces,
    }
}

/// `Some(…)`, or `None`.
fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

/// The component that an operation gives its caller, and how.
fn response_type(scope: &mut Scope<'_>, response: &Response) -> TokenStream {
    match response {
        Response::Nothing => quote!(()),
        Response::Bytes(_) => quote!(bytes::Bytes),
        Response::Value(ty) => scope.ty(ty).into_token_stream(),
        Response::One(name) => scope.component(name),
        Response::Page { item, .. } => {
            let item = scope.component(item);
            quote!(crate::Page<#item>)
        }
        Response::Many(item) => {
            let item = scope.component(item);
            quote!(Vec<#item>)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        api,
        lint::tests::{GADGETS, document},
        models,
        normalise::normalise,
    };

    fn emitted(text: &str) -> BTreeMap<String, Source> {
        let document = document(text);
        let normal = normalise(&document);
        let models = models::read(&normal);
        let api = api::read(&document, &normal);
        let context = Context::new(&document, &normal, &api, &models);
        let mut files = BTreeMap::new();
        emit(&context, |path, source| {
            files.insert(path.to_owned(), source);
            Ok(())
        })
        .unwrap();
        files
    }

    #[test]
    fn one_file_for_each_resource_one_for_what_is_shared_and_the_module() {
        let files = emitted(GADGETS);
        assert_eq!(
            files.keys().collect::<Vec<_>>(),
            ["v1/gadgets.rs", "v1/mod.rs", "v1/parts.rs", "v1/shared.rs"]
        );
    }

    #[test]
    fn a_component_that_no_operation_uses_is_not_emitted() {
        let error = "    GadgetError: {type: object, description: It failed., properties: {size: {$ref: \
                     '#/components/schemas/GadgetStatus'}}}\n    Part:\n";
        let refused = "        '400': {description: No., content: {application/json: {schema: {$ref: \
                       '#/components/schemas/GadgetError'}}}}\n        '200': {description: The gadget.";
        let text = GADGETS
            .replacen("    Part:\n", error, 1)
            .replace("        '200': {description: The gadget.", refused);
        assert!(text.matches("GadgetError").count() > 2);
        let files = format!("{:?}", emitted(&text));
        assert!(files.contains("GadgetStatus"));
        assert!(!files.contains("sym: GadgetError"));
    }

    #[test]
    fn a_handle_does_not_have_the_name_of_a_runtime_type() {
        let text = GADGETS.replace("tags: [parts]", "tags: [custom-fields]");
        let files = format!("{:?}", emitted(&text)["v1/custom_fields.rs"]);
        assert!(files.contains("sym: CustomFieldsHandle"));
    }

    #[test]
    fn a_handle_or_builder_gives_way_to_a_component() {
        for (name, other) in [
            ("Gadgets", "GadgetsHandle"),
            ("ListGadgets", "ListGadgetsBuilder"),
        ] {
            let text = GADGETS
                .replace("GadgetSize", "X")
                .replace("/Part'", &format!("/{name}'"))
                .replacen("    Part:\n", &format!("    {name}:\n"), 1);
            let files = format!("{:?}", emitted(&text));
            assert!(files.contains(&format!("sym: {other}")), "{name}");
        }
    }
}

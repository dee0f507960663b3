//! Stage 6: operations and models → the content of source files.

mod bodies;
mod calls;
mod digest;
mod examples;
mod expressions;
mod filters;
mod models;
mod operations;
mod parameters;
mod scope;
mod service;
pub mod table;
mod version;

use std::collections::{BTreeMap, BTreeSet};

use heffl_source::{Piece, Source};
use proc_macro2::TokenStream;

use crate::{
    api::{Answer, Api, Body, Resource},
    ids::Kind,
    load::Document,
    models::Model,
    naming,
    normalise::Normal,
    problem::{self, Problem},
    requests::{self, Pair},
};
use scope::Scope;

/// Name of the crate that the modules live in, for examples in documentation.
const CRATE: &str = "heffl";

/// The module for components that several resources use.
const SHARED: &str = "shared";

/// What examples and calls are made of.
struct Context<'a> {
    models: &'a BTreeMap<String, Model>,
    requests: BTreeMap<String, Pair>,
}

impl<'a> Context<'a> {
    fn new(normal: &Normal, models: &'a BTreeMap<String, Model>) -> Self {
        Self {
            models,
            requests: requests::pairs(&normal.value),
        }
    }
}

/// The files of one version: path below the source folder → content. And the file of calls of all operations, for tests
/// of the client.
///
/// # Errors
///
/// Two types of a module have the same name.
pub fn emit(
    document: &Document,
    normal: &Normal,
    api: &Api,
    models: &BTreeMap<String, Model>,
) -> Result<(BTreeMap<String, Source>, Source), Vec<Problem>> {
    let problems = clashes(document, api);
    if !problems.is_empty() {
        return Err(problems);
    }
    let context = Context::new(normal, models);
    let origin = document.file.clone();
    let mut files = BTreeMap::new();
    for resource in &api.resources {
        let source = resource_file(api, resource, &context, &origin);
        files.insert(format!("{}/{}.rs", api.module, resource.module), source);
    }
    let shared = components(api, None);
    let has_shared = !shared.is_empty() || !api.filter_kinds.is_empty();
    if has_shared {
        let mut scope = Scope::new(api, SHARED);
        let mut pieces = models::models(&mut scope, &shared, models, &records(api));
        pieces.extend(api.filter_kinds.iter().map(filters::kind).map(Piece::Items));
        pieces.insert(0, Piece::Items(scope.imports()));
        let docs = "Types that several resources use.".to_owned();
        files.insert(
            format!("{}/{SHARED}.rs", api.module),
            Source {
                origin: origin.clone(),
                docs,
                pieces,
            },
        );
    }
    files.insert(
        format!("{}/mod.rs", api.module),
        version::module(document, api, models, origin, has_shared),
    );
    Ok((files, calls::calls(document, api, &context)))
}

/// The document without prose, as a module for a test server.
///
/// # Errors
///
/// The text cannot be written as a Rust string.
pub fn document(document: &Document) -> Result<Source, Vec<Problem>> {
    digest::module(document, document.file.clone())
        .map_err(|message| vec![problem::of("digest", &document.file, message)])
}

/// The documents that a file is generated from.
fn origins(documents: &[Document]) -> String {
    let files: Vec<&str> = documents
        .iter()
        .map(|document| document.file.as_str())
        .collect();
    files.join(", ")
}

/// The file of what holds for the API as a whole; `name` is the name of the crate.
pub fn service(documents: &[Document], name: &str) -> Source {
    service::module(documents, name, &crate::service::read(documents))
}

/// The file of all identifier types.
pub fn ids(documents: &[Document], kinds: &BTreeMap<String, Kind>) -> Source {
    let mut pieces = Vec::new();
    for kind in kinds.values() {
        let name = Kind::type_name(&kind.of);
        let what = kind.phrase();
        let like = match &kind.prefix {
            Some(prefix) => format!(", `{prefix}…`"),
            None => String::new(),
        };
        let mut lines = vec![format!("/// Identifier of {what}{like}.")];
        if !kind.includes.is_empty() {
            let links: Vec<_> = kind
                .includes
                .iter()
                .map(|of| format!("[`{}`]", Kind::type_name(of)))
                .collect();
            lines.push("///".to_owned());
            lines.push(format!("/// Made from {} as well.", links.join(" or ")));
        }
        let included: BTreeSet<_> = kind
            .includes
            .iter()
            .filter_map(|of| kinds.get(of)?.prefix.as_deref())
            .filter(|prefix| kind.prefix.as_deref() != Some(prefix))
            .collect();
        let included: Vec<_> = included.into_iter().collect();
        lines.extend([
            format!("{name} {{"),
            format!("    name: {what:?},"),
            format!("    prefix: {:?},", kind.prefix),
            format!("    included: {included:?},"),
            format!("    entity: {:?},", kind.word),
            "}".to_owned(),
        ]);
        pieces.push(Piece::Macro {
            path: "crate::id_type",
            lines,
        });
        if let Some(word) = &kind.word {
            let id = naming::ident(&name);
            pieces.push(Piece::Items(quote::quote! {
                impl From<#id> for crate::EntityRef {
                    fn from(id: #id) -> Self { Self::new(#word, id) }
                }
                impl From<&#id> for crate::EntityRef {
                    fn from(id: &#id) -> Self { Self::new(#word, id) }
                }
                /// Gives the reference back if it is to a record of another kind.
                impl TryFrom<crate::EntityRef> for #id {
                    type Error = crate::EntityRef;

                    fn try_from(record: crate::EntityRef) -> Result<Self, Self::Error> {
                        if record.entity() == #word { Ok(Self::new(record.id())) } else { Err(record) }
                    }
                }
            }));
        }
        for of in &kind.includes {
            let (from, to) = (naming::ident(&Kind::type_name(of)), naming::ident(&name));
            pieces.push(Piece::Items(quote::quote! {
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
    pieces.push(Piece::Items(quote::quote! {
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

/// The record that an update answers with, by the component that is its body.
fn records(api: &Api) -> BTreeMap<&str, &str> {
    let operations = api
        .resources
        .iter()
        .flat_map(|resource| &resource.operations);
    let updates =
        operations.filter(|operation| matches!(operation.method.as_str(), "PATCH" | "PUT"));
    updates
        .filter_map(|update| match (&update.body, &update.answer) {
            (Some(Body::Model(body)), Answer::One(record)) => {
                Some((body.as_str(), record.as_str()))
            }
            _ => None,
        })
        .collect()
}

fn resource_file(api: &Api, resource: &Resource, context: &Context<'_>, origin: &str) -> Source {
    let mut scope = Scope::new(api, &resource.module);
    let mut pieces = operations::handle(&mut scope, api, resource, context);
    pieces.extend(models::models(
        &mut scope,
        &components(api, Some(&resource.module)),
        context.models,
        &records(api),
    ));
    pieces.insert(0, Piece::Items(scope.imports()));
    Source {
        origin: origin.to_owned(),
        docs: resource.docs.clone(),
        pieces,
    }
}

/// The components of one file.
fn components(api: &Api, module: Option<&str>) -> Vec<String> {
    let here = api
        .placement
        .iter()
        .filter(|(_, place)| place.as_deref() == module);
    here.map(|(name, _)| name.clone()).collect()
}

/// Types for filters, whose names are those of their records and kinds, that would have the name of another type.
fn clashes(document: &Document, api: &Api) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut taken: BTreeSet<&str> = api.placement.keys().map(String::as_str).collect();
    let operations = || {
        api.resources
            .iter()
            .flat_map(|resource| &resource.operations)
    };
    taken.extend(
        api.resources
            .iter()
            .map(|resource| resource.handle.as_str()),
    );
    taken.extend(operations().map(|operation| operation.builder.as_str()));
    let kinds = api.filter_kinds.iter().map(|kind| &kind.type_name);
    let conditions =
        operations().filter_map(|operation| Some(&operation.filters.as_ref()?.type_name));
    for name in kinds.chain(conditions) {
        if !taken.insert(name) {
            let message = format!("`{name}`, a type for filters, has the name of another type");
            problems.push(problem::of("type-name-clash", &document.file, message));
        }
    }
    problems
}

/// The component that an operation gives its caller, and how.
fn answer_type(scope: &mut Scope<'_>, answer: &Answer) -> TokenStream {
    match answer {
        Answer::Nothing => quote::quote!(()),
        Answer::Bytes(_) => quote::quote!(bytes::Bytes),
        Answer::Value(ty) => {
            let ty = scope.ty(ty);
            quote::quote!(#ty)
        }
        Answer::One(name) => scope.component(name),
        Answer::Page { item, .. } => {
            let item = scope.component(item);
            quote::quote!(crate::Page<#item>)
        }
        Answer::Many(item) => {
            let item = scope.component(item);
            quote::quote!(Vec<#item>)
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

    fn emitted(text: &str) -> Result<BTreeMap<String, Source>, Vec<Problem>> {
        let document = document(text);
        let normal = normalise(&document);
        let models = models::read(&normal);
        emit(&document, &normal, &api::read(&document, &normal), &models).map(|(files, _)| files)
    }

    #[test]
    fn one_file_for_each_resource_one_for_what_is_shared_and_the_module() {
        let files = emitted(GADGETS).unwrap();
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
        let files = format!("{:?}", emitted(&text).unwrap());
        assert!(files.contains("GadgetStatus"));
        assert!(!files.contains("sym: GadgetError"));
    }

    #[test]
    fn a_handle_does_not_have_the_name_of_a_runtime_type() {
        let text = GADGETS.replace("tags: [parts]", "tags: [custom-fields]");
        let files = format!("{:?}", emitted(&text).unwrap()["v1/custom_fields.rs"]);
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
            let files = format!("{:?}", emitted(&text).unwrap());
            assert!(files.contains(&format!("sym: {other}")), "{name}");
        }
    }
}

//! The fragments of one version as an OpenAPI document, before overlays.

use serde_json::{Value, json};

use super::{
    components::{Components, Role, Schema, rename_references},
    expand::{self, Vendor},
    finish::Finisher,
    inheritance::Sources,
    inputs::PAGES,
    layers::{self, Agreement, Listed},
    messages::{Messages, SharedResponse},
    names::{Names, VersionNames},
    operations::{self, Named},
    root::{self, Security},
};
use crate::{
    case::{pascal, words},
    finding::Finding,
    fragment::Fragment,
    openapi::{Kind, anonymous, schema_name, visit_schemas},
    yaml::child,
};

/// The version of the documents: they are released together with everything else in this workspace.
const DOCUMENT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A document before overlays.
#[derive(Clone, Debug)]
pub struct Draft {
    /// OpenAPI 3.0.3.
    pub document: Value,
    /// The agreements and contradictions of pages and handwritten facts.
    pub agreement: Agreement,
    /// Warnings: facts that OpenAPI 3.0 cannot express.
    pub warnings: Vec<Finding>,
    /// The shared responses as the pages of operations show them, by operation and status.
    pub(super) shared_responses: Vec<SharedResponse>,
}

/// Makes a document of the fragments of one version (`v1`, `v2`). Their order does not matter.
pub fn document(
    version: &str,
    fragments: &[Fragment],
    names: &Names,
) -> Result<Draft, Vec<Finding>> {
    let mut sorted: Vec<&Fragment> = fragments.iter().collect();
    sorted.sort_by(|left, right| left.file.cmp(&right.file));
    let names = names.version(version);
    let mut agreement = Agreement::default();
    let mut findings = Vec::new();
    let (layers, listed) = layers::operations(&sorted, &mut agreement, &mut findings);
    let operations = operations::name_all(layers, &listed, &names, &mut findings);
    for (file, finding) in without_fragment(&listed, &operations) {
        // A guide may list an operation before its page is pulled.
        if file.starts_with(PAGES) {
            agreement.contradicted.push(finding);
        } else {
            findings.push(finding);
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    agreement
        .contradicted
        .extend(expand::disagreements(&sorted));
    let prefixes = root::prefixes(&sorted, &mut agreement);
    let servers = root::servers(&sorted, &operations, &mut findings);
    let components = whole_schemas(&sorted);
    let mut messages = Messages {
        sources: Sources {
            operations: &operations,
            whole: components.schemas.keys().cloned().collect(),
        },
        components,
        shared: root::shared_responses(&sorted),
        shown: Vec::new(),
        findings,
    };
    let calls = operations.iter().map(|named| messages.operation(named));
    let mut calls: Vec<Value> = calls.collect();
    let Messages {
        mut components,
        shown,
        mut findings,
        ..
    } = messages;
    complete_lists(&mut components);
    components.settle();
    components.name_objects();
    components.name_enums(&operations, &mut calls);
    components.rename(&names, &mut findings);
    for call in &mut calls {
        rename_references(call, Kind::Operation, &names);
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    for mut finding in std::mem::take(&mut components.contradicted) {
        finding.pointer = finding.pointer.map(|pointer| renamed(pointer, &names));
        agreement.contradicted.push(finding);
    }
    let mut finisher = Finisher {
        prefixes,
        security: Security::of(&sorted),
        warnings: Vec::new(),
    };
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": format!("Heffl CRM API {version}"),
            "version": DOCUMENT_VERSION,
        },
        "servers": servers,
    });
    finisher.document(&mut document, &operations, calls, &components, &names);
    Ok(Draft {
        document,
        agreement,
        warnings: finisher.warnings,
        shared_responses: shown,
    })
}

/// The listed operations without a fragment, with the file that lists each.
fn without_fragment<'a>(
    listed: &'a [Listed],
    operations: &[Named],
) -> impl Iterator<Item = (&'a str, Finding)> {
    let is_unknown = |(method, path, _): &&Listed| {
        let is_same = |named: &Named| {
            let known = &named.layered;
            known.method == *method && anonymous(&known.path) == anonymous(path)
        };
        !operations.iter().any(is_same)
    };
    let unknown = listed.iter().filter(is_unknown);
    unknown.map(|(method, path, file)| {
        let message = format!("`{method} {path}` is listed here, but no fragment has it");
        let pointer = child(&child("/paths", path), method.to_ascii_lowercase());
        let finding = Finding::new("operation-without-fragment", message)
            .file(file)
            .pointer(pointer)
            .help("pull its page, or add its facts to spec/facts");
        (file.as_str(), finding)
    })
}

/// Replaces the schema's name in a pointer with its chosen name.
fn renamed(pointer: String, names: &VersionNames) -> String {
    const SCHEMAS: &str = "/components/schemas/";
    let rest = pointer.strip_prefix(SCHEMAS).unwrap_or_default();
    let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
    match names.schemas.get(name) {
        Some(chosen) => format!("{SCHEMAS}{chosen}/{below}"),
        None => pointer,
    }
}

/// Schemas that are not written out where they are used.
fn whole_schemas(fragments: &[&Fragment]) -> Components {
    let mut components = Components::default();
    for fragment in fragments {
        for (name, object) in Vendor::of(fragment).whole() {
            let schema = Schema {
                object,
                resource: pascal(&words(name)),
                role: Role::Request,
                is_exact: true,
                files: vec![fragment.file.clone()],
            };
            let known = components.schemas.entry(name.to_owned());
            known.or_insert(schema);
        }
    }
    components
}

/// Replaces references to schemas that no page describes by any object. The elements of lists refer to their resource
/// before it is known whether the resource has a schema.
fn complete_lists(components: &mut Components) {
    let known: Vec<String> = components.schemas.keys().cloned().collect();
    let is_known = |name: &str| known.iter().any(|known| known == name);
    for schema in components.schemas.values_mut() {
        visit_schemas(&mut schema.object, Kind::Schema, &mut |value, _| {
            if schema_name(value).is_some_and(|name| !is_known(name)) {
                *value = json!({"type": "object"});
            }
        });
    }
}

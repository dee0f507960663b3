//! Names of operations by rule: tags, `operationId`s and the schemas of bodies and responses.

use std::collections::HashMap;

use super::layers::Layered;
use crate::{
    assemble::names::VersionNames,
    case::{capitalised, pascal, singular_pascal, words},
    finding::Finding,
    fragment::Form,
    openapi::{METHODS, text},
};

/// An operation with its names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) layered: Layered,
    pub(super) names: OperationNames,
}

impl Named {
    /// Its page is known in the Markdown form, which says everything, and nothing else is.
    pub(super) fn is_exact(&self) -> bool {
        self.layered.form == Form::Markdown.as_str() && self.layered.files.len() == 1
    }
}

/// The names of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OperationNames {
    pub(super) tag: String,
    /// `PascalCase`, singular.
    pub(super) resource: String,
    pub(super) operation_id: String,
    /// The schema of its body.
    pub(super) body: String,
    /// The schema of its response.
    pub(super) response: String,
    /// It responds with a list of the resource.
    pub(super) is_list: bool,
}

/// Names and sorts the operations: tags as guides list them, then alphabetically; collections before
/// items; methods in the usual order.
pub(super) fn name_all(
    operations: Vec<Layered>,
    listed: &[(String, String, String)],
    names: &VersionNames,
    findings: &mut Vec<Finding>,
) -> Vec<Named> {
    let mut tags: Vec<&str> = Vec::new();
    for (_, path, _) in listed {
        let tag = tag(path);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let mut named = Vec::new();
    for layered in operations {
        let key = key(&layered);
        let chosen = names.operations.get(&key);
        let vendor = text(&layered.operation, "operationId").map(camel);
        let generic = || generic_id(&layered.method, &layered.path);
        let names = operation_names(&layered.method, &layered.path, chosen)
            .unwrap_or_else(|| named_after(&layered.path, vendor.unwrap_or_else(generic)));
        named.push(Named { layered, names });
    }
    named.sort_by_cached_key(|operation| {
        let tag = &operation.names.tag;
        let position = tags.iter().position(|listed| listed == tag);
        let path = &operation.layered.path;
        let method = operation.layered.method.to_ascii_lowercase();
        (
            position.unwrap_or(usize::MAX),
            tag.clone(),
            path.split('/').count(),
            path.contains('{'),
            path.clone(),
            METHODS.iter().position(|known| *known == method),
        )
    });
    distinguish(&mut named, names);
    for unused in names.operations.keys().filter(|wanted| {
        named
            .iter()
            .all(|operation| key(&operation.layered) != **wanted)
    }) {
        findings.push(
            Finding::new(
                "name-unused",
                format!("no fragment has the operation `{unused}`"),
            )
            .file(super::NAMES_FILE)
            .pointer(crate::yaml::child("/operations", unused))
            .help("correct the entry, or delete it"),
        );
    }
    named
}

/// Two operations to which the rules give one name get the vendor's names, where it has some.
fn distinguish(named: &mut [Named], names: &VersionNames) {
    let mut count: HashMap<String, usize> = HashMap::new();
    for operation in named.iter() {
        *count
            .entry(operation.names.operation_id.clone())
            .or_default() += 1;
    }
    for operation in named {
        let vendor = text(&operation.layered.operation, "operationId").map(camel);
        if count[&operation.names.operation_id] > 1
            && !names.operations.contains_key(&key(&operation.layered))
            && let Some(vendor) = vendor
        {
            let name = capitalised(&vendor);
            operation.names.body.clone_from(&name);
            operation.names.response = format!("{name}Result");
            operation.names.operation_id = vendor;
        }
    }
}

/// `METHOD /path`.
pub(super) fn key(operation: &Layered) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn tag(path: &str) -> &str {
    path.trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
}

/// A vendor's name as `camelCase`.
fn camel(name: &str) -> String {
    let name = pascal(&words(name));
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => name,
    }
}

fn operation_names(method: &str, path: &str, chosen: Option<&String>) -> Option<OperationNames> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let is_parameter = |segment: &str| segment.starts_with('{');
    let plural = |name: &str| pascal(&words(name));
    let (resource, id) = match (method, segments.as_slice()) {
        ("GET", [all]) => collection(&singular_pascal(all), &plural(all)),
        ("POST", [all]) => created("create", &singular_pascal(all)),
        ("GET", [all, nested]) if !is_parameter(nested) => {
            let owner = singular_pascal(all);
            collection(
                &format!("{owner}{}", singular_pascal(nested)),
                &format!("{owner}{}", plural(nested)),
            )
        }
        ("GET", [all, item]) if is_parameter(item) => created("get", &singular_pascal(all)),
        ("PATCH" | "PUT", [all, item]) if is_parameter(item) => {
            created("update", &singular_pascal(all))
        }
        ("DELETE", [all, item]) if is_parameter(item) => created("delete", &singular_pascal(all)),
        ("POST", [all, item, nested]) if is_parameter(item) && !is_parameter(nested) => created(
            "add",
            &format!("{}{}", singular_pascal(all), singular_pascal(nested)),
        ),
        _ => return chosen.map(|id| named_after(path, id.clone())),
    };
    let is_list = id.starts_with("list");
    let response = match method {
        "DELETE" => "DeleteResult".to_owned(),
        _ if is_list => format!("{resource}List"),
        _ => resource.clone(),
    };
    let verb = if matches!(method, "PATCH" | "PUT") {
        "Update"
    } else if method == "DELETE" {
        "Delete"
    } else {
        "Create"
    };
    Some(OperationNames {
        tag: tag(path).to_owned(),
        body: format!("{verb}{resource}"),
        response,
        operation_id: chosen.cloned().unwrap_or(id),
        resource,
        is_list,
    })
}

/// The names of an operation that is no plain reading or writing: its schemas are called after it.
fn named_after(path: &str, id: String) -> OperationNames {
    let name = capitalised(&id);
    OperationNames {
        tag: tag(path).to_owned(),
        resource: singular_pascal(tag(path)),
        response: format!("{name}Result"),
        body: name,
        operation_id: id,
        is_list: false,
    }
}

/// The method and all of the path: `postLeadsByIdConvert`.
fn generic_id(method: &str, path: &str) -> String {
    let mut id = method.to_ascii_lowercase();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        if segment.starts_with('{') {
            id.push_str("By");
        }
        id.push_str(&pascal(&words(segment)));
    }
    id
}

/// A collection, or a thing of which there is one: `/account` has no plural.
fn collection(resource: &str, plural: &str) -> (String, String) {
    if resource == plural {
        created("get", resource)
    } else {
        (resource.to_owned(), format!("list{plural}"))
    }
}

fn created(verb: &str, resource: &str) -> (String, String) {
    (resource.to_owned(), format!("{verb}{resource}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_named_by_rule() {
        for (method, path, id, body, response) in [
            (
                "GET",
                "/companies",
                "listCompanies",
                "CreateCompany",
                "CompanyList",
            ),
            (
                "POST",
                "/companies",
                "createCompany",
                "CreateCompany",
                "Company",
            ),
            (
                "GET",
                "/tax-rates/{id}",
                "getTaxRate",
                "CreateTaxRate",
                "TaxRate",
            ),
            ("PUT", "/leads/{id}", "updateLead", "UpdateLead", "Lead"),
            ("PATCH", "/leads/{id}", "updateLead", "UpdateLead", "Lead"),
            (
                "DELETE",
                "/leads/{id}",
                "deleteLead",
                "DeleteLead",
                "DeleteResult",
            ),
            (
                "POST",
                "/pipelines/{id}/stages",
                "addPipelineStage",
                "CreatePipelineStage",
                "PipelineStage",
            ),
            (
                "GET",
                "/leads/sources",
                "listLeadSources",
                "CreateLeadSource",
                "LeadSourceList",
            ),
            ("GET", "/account", "getAccount", "CreateAccount", "Account"),
        ] {
            let names = operation_names(method, path, None).unwrap();
            assert_eq!(
                (
                    names.operation_id.as_str(),
                    names.body.as_str(),
                    names.response.as_str()
                ),
                (id, body, response)
            );
        }
        assert_eq!(
            operation_names("POST", "/leads/{id}/convert/now", None),
            None
        );
        let chosen = operation_names(
            "POST",
            "/leads/{id}/convert/now",
            Some(&"convertLead".to_owned()),
        )
        .unwrap();
        assert_eq!(
            (chosen.body.as_str(), chosen.response.as_str()),
            ("ConvertLead", "ConvertLeadResult")
        );
        assert_eq!(
            operation_names("GET", "/leads", Some(&"findLeads".to_owned()))
                .unwrap()
                .operation_id,
            "findLeads"
        );
    }
}

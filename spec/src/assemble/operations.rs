//! Names of operations by rule: tags, `operationId`s and the schemas of bodies and responses.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    envelope::list_of,
    layers::{Layered, Listed},
    merge::is_object,
    names::VersionNames,
};
use crate::{
    case::{capitalised, pascal, singular_pascal, words},
    finding::Finding,
    fragment::Form,
    openapi::{METHODS, entries, text, type_of},
    yaml::child,
};

/// The schema that the responses of all deletions share.
pub(super) const DELETE_RESULT: &str = "DeleteResult";

/// An operation with its names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) layered: Layered,
    pub(super) names: OperationNames,
}

impl Named {
    /// Whether all its facts are from the Markdown form of its page, which is complete.
    pub(super) fn is_exact(&self) -> bool {
        self.layered.form == json!(Form::Markdown) && self.layered.files.len() == 1
    }

    /// The schema with this derived name: its body, its response, or an item of its list.
    pub(super) fn schema(&self, name: &str) -> Option<&Value> {
        let operation = &self.layered.operation;
        let is_own = |schema: &&Value| schema.get("$ref").is_none();
        let body = operation.get("requestBody").and_then(schema_of);
        if let Some(body) = body.filter(|body| self.names.body == name && is_own(body)) {
            return Some(body);
        }
        let mut responses = entries(operation.get("responses"));
        let (_, success) = responses.find(|(status, _)| is_success(status))?;
        let success = schema_of(success).filter(is_own)?;
        let is_array = type_of(success) == Some("array");
        if self.names.response == name && !is_array {
            return Some(success);
        }
        let list = if is_array {
            Some(success)
        } else {
            list_of(success).filter(|_| self.names.is_list)
        };
        let items = list?.get("items").filter(|_| self.names.resource == name);
        items.filter(|items| is_object(items) || items.get("allOf").is_some())
    }
}

/// The schema of a message's first media type.
fn schema_of(message: &Value) -> Option<&Value> {
    entries(message.get("content")).next()?.1.get("schema")
}

pub(super) fn is_success(status: &str) -> bool {
    status.starts_with('2')
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
    /// Whether it responds with a list of the resource.
    pub(super) is_list: bool,
}

impl OperationNames {
    /// The name of the operation with an ending, as `PascalCase`.
    pub(super) fn called(&self, ending: &str) -> String {
        format!("{}{ending}", capitalised(&self.operation_id))
    }
}

/// Names and sorts the operations: tags as guides list them, then alphabetically; collections before
/// items; methods in the usual order.
pub(super) fn name_all(
    operations: Vec<Layered>,
    listed: &[Listed],
    names: &VersionNames,
    findings: &mut Vec<Finding>,
) -> Vec<Named> {
    let tags: Vec<&str> = listed.iter().map(|(_, path, _)| tag(path)).collect();
    let name = |layered: Layered| {
        let Layered { method, path, .. } = &layered;
        let chosen = names.operations.get(&layered.key());
        let id = || vendor_id(&layered).unwrap_or_else(|| generic_id(method, path));
        let by_rule = operation_names(method, path, chosen);
        let names = by_rule.unwrap_or_else(|| named_after(path, id()));
        Named { layered, names }
    };
    let mut named: Vec<Named> = operations.into_iter().map(name).collect();
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
    let is_unused = |key: &&String| named.iter().all(|named| named.layered.key() != **key);
    for unused in names.operations.keys().filter(is_unused) {
        let message = format!("no fragment has the operation `{unused}`");
        let finding = Finding::new("name-unused", message).file(super::NAMES_FILE);
        let finding = finding.pointer(child("/operations", unused));
        findings.push(finding.help("correct the entry, or delete it"));
    }
    named
}

/// Gives operations with the same name by rule the vendor's names, if there are any.
fn distinguish(named: &mut [Named], names: &VersionNames) {
    let mut count: HashMap<String, usize> = HashMap::new();
    for operation in named.iter() {
        let id = operation.names.operation_id.clone();
        *count.entry(id).or_default() += 1;
    }
    for operation in named {
        let is_chosen = names.operations.contains_key(&operation.layered.key());
        let is_unique = count[&operation.names.operation_id] == 1;
        let id = vendor_id(&operation.layered).filter(|_| !is_chosen && !is_unique);
        if let Some(id) = id {
            let names = named_after(&operation.layered.path, id);
            operation.names.body = names.body;
            operation.names.response = names.response;
            operation.names.operation_id = names.operation_id;
        }
    }
}

/// The name that the vendor gives an operation, as `camelCase`.
fn vendor_id(operation: &Layered) -> Option<String> {
    let name = pascal(&words(text(&operation.operation, "operationId")?));
    let mut characters = name.chars();
    let first = characters.next()?;
    Some(first.to_lowercase().chain(characters).collect())
}

fn tag(path: &str) -> &str {
    path.trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
}

fn operation_names(method: &str, path: &str, chosen: Option<&String>) -> Option<OperationNames> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let is_parameter = |segment: &str| segment.starts_with('{');
    let one = |verb: &str, resource: String| (format!("{verb}{resource}"), resource);
    let (id, resource) = match (method, segments.as_slice()) {
        ("GET", [all]) => collection("", all),
        ("POST", [all]) => one("create", singular_pascal(all)),
        ("GET", [all, nested]) if !is_parameter(nested) => {
            collection(&singular_pascal(all), nested)
        }
        ("GET", [all, _]) => one("get", singular_pascal(all)),
        ("PATCH" | "PUT", [all, item]) if is_parameter(item) => one("update", singular_pascal(all)),
        ("DELETE", [all, item]) if is_parameter(item) => one("delete", singular_pascal(all)),
        ("POST", [all, item, nested]) if is_parameter(item) && !is_parameter(nested) => {
            one("add", singular_pascal(all) + &singular_pascal(nested))
        }
        _ => return chosen.map(|id| named_after(path, id.clone())),
    };
    let is_list = id.starts_with("list");
    let response = match method {
        "DELETE" => DELETE_RESULT.to_owned(),
        _ if is_list => format!("{resource}List"),
        _ => resource.clone(),
    };
    let verb = match method {
        "PATCH" | "PUT" => "Update",
        "DELETE" => "Delete",
        _ => "Create",
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

/// The names of an operation other than a plain read or write: its schemas are named after it.
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

/// The method and the complete path: `postLeadsByIdConvert`.
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

/// The names of a collection, or of a single object: `/account` has no plural.
fn collection(owner: &str, name: &str) -> (String, String) {
    let resource = format!("{owner}{}", singular_pascal(name));
    let plural = format!("{owner}{}", pascal(&words(name)));
    let id = if resource == plural {
        format!("get{resource}")
    } else {
        format!("list{plural}")
    };
    (id, resource)
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

//! Names by rule: tags, `operationId`s and the schemas of bodies and answers.

use std::collections::HashMap;

use indexmap::IndexMap;

use super::{
    METHODS,
    words::{capitalised, pascal, singular_pascal, words},
};
use crate::{
    Finding,
    assemble::names::VersionNames,
    record::{self, Record},
};

/// The operations of a version, each under `METHOD /path`, in the order of the document.
#[derive(Debug)]
pub(crate) struct Operations<'a> {
    by_key: IndexMap<String, Named<'a>>,
}

/// An operation with its names.
#[derive(Clone, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) file: &'a str,
    pub(crate) source: &'a Record,
    pub(crate) record: &'a record::Operation,
    pub(crate) noun: Noun,
}

/// The names of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Noun {
    pub(crate) tag: String,
    /// `PascalCase`, singular.
    pub(crate) resource: String,
    pub(crate) operation_id: String,
    /// The schema of its body.
    pub(crate) body: String,
    /// The schema of its answer.
    pub(crate) response: String,
    /// It answers with a list of the resource.
    pub(crate) is_list: bool,
}

impl<'a> Operations<'a> {
    /// Names and sorts the operations: tags as guides list them, then alphabetically; collections
    /// before items; methods in the usual order.
    pub(crate) fn new(
        records: &[&'a (String, Record)],
        names: &VersionNames,
    ) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut listed: Vec<&str> = Vec::new();
        for row in records
            .iter()
            .filter_map(|(_, record)| record.guide.as_ref())
            .flat_map(|guide| &guide.operations)
        {
            let tag = tag(&row.path);
            if !listed.contains(&tag) {
                listed.push(tag);
            }
        }
        let mut all = Vec::new();
        for (file, source) in records.iter().map(|entry| (&entry.0, &entry.1)) {
            let Some(record) = &source.operation else {
                continue;
            };
            let chosen = names.operations.get(&key(record));
            match noun(&record.method, &record.path, chosen) {
                Some(noun) => all.push(Named {
                    file,
                    source,
                    record,
                    noun,
                }),
                None => findings.push(
                    Finding::new(
                        "operation-without-name",
                        format!("no rule gives `{}` an operationId", key(record)),
                    )
                    .file(file)
                    .help(format!(
                        "add `\"{}\": operationId` to `operations` in spec/names.yaml",
                        key(record)
                    )),
                ),
            }
        }
        all.sort_by_cached_key(|operation| {
            let tag = &operation.noun.tag;
            let position = listed.iter().position(|listed| listed == tag);
            let path = &operation.record.path;
            let method = operation.record.method.to_ascii_lowercase();
            (
                position.unwrap_or(usize::MAX),
                tag.clone(),
                path.split('/').count(),
                path.contains('{'),
                path.clone(),
                METHODS.iter().position(|known| *known == method),
            )
        });
        let mut by_key: IndexMap<String, Named<'a>> = IndexMap::new();
        let mut by_template: HashMap<Vec<&str>, Vec<Named<'a>>> = HashMap::new();
        for operation in all {
            let alike = by_template
                .entry(template(&operation.record.path))
                .or_default();
            let clash = alike.iter().find(|known| {
                known.record.method == operation.record.method
                    || known.record.path != operation.record.path
            });
            if let Some(known) = clash {
                findings.push(
                    Finding::new(
                        "operation-twice",
                        format!(
                            "`{}` is `{}` of {}",
                            key(operation.record),
                            key(known.record),
                            known.file
                        ),
                    )
                    .file(operation.file)
                    .help("one operation has one record, and one path has one spelling"),
                );
            }
            alike.push(operation.clone());
            by_key.insert(key(operation.record), operation);
        }
        for unused in names
            .operations
            .keys()
            .filter(|key| !by_key.contains_key(*key))
        {
            findings.push(
                Finding::new(
                    "name-unused",
                    format!("no record has the operation `{unused}`"),
                )
                .file(super::NAMES_FILE)
                .pointer(crate::yaml::child("/operations", unused))
                .help("correct the entry, or delete it"),
            );
        }
        if findings.is_empty() {
            Ok(Self { by_key })
        } else {
            Err(findings)
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Named<'a>> {
        self.by_key.values()
    }

    pub(crate) fn find(&self, key: &str) -> Result<&Named<'a>, Finding> {
        self.by_key.get(key).ok_or_else(|| {
            Finding::new(
                "same-as-nothing",
                format!("same_as points to `{key}`, which no record has"),
            )
            .help("write it like `POST /deals`, with the path of that record")
        })
    }

    /// Whether there is such an operation, whatever its parameters are called.
    pub(crate) fn has(&self, method: &str, path: &str) -> bool {
        self.iter().any(|operation| {
            operation.record.method == method && template(&operation.record.path) == template(path)
        })
    }
}

/// `METHOD /path`.
pub(crate) fn key(operation: &record::Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

fn tag(path: &str) -> &str {
    path.trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
}

/// A path without the names of its parameters.
fn template(path: &str) -> Vec<&str> {
    path.split('/')
        .map(|segment| {
            if segment.starts_with('{') {
                "{}"
            } else {
                segment
            }
        })
        .collect()
}

fn noun(method: &str, path: &str, chosen: Option<&String>) -> Option<Noun> {
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
        _ => {
            // Only a chosen name helps here; its schemas are called after it.
            let id = chosen?.clone();
            let name = capitalised(&id);
            return Some(Noun {
                tag: tag(path).to_owned(),
                resource: singular_pascal(tag(path)),
                body: name.clone(),
                response: format!("{name}Result"),
                operation_id: id,
                is_list: false,
            });
        }
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
    Some(Noun {
        tag: tag(path).to_owned(),
        body: format!("{verb}{resource}"),
        response,
        operation_id: chosen.cloned().unwrap_or(id),
        resource,
        is_list,
    })
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
            let noun = noun(method, path, None).unwrap();
            assert_eq!(
                (
                    noun.operation_id.as_str(),
                    noun.body.as_str(),
                    noun.response.as_str()
                ),
                (id, body, response)
            );
        }
        assert_eq!(noun("POST", "/leads/{id}/convert/now", None), None);
        let chosen = noun(
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
            noun("GET", "/leads", Some(&"findLeads".to_owned()))
                .unwrap()
                .operation_id,
            "findLeads"
        );
    }
}

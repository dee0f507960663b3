//! The messages of operations: parameters, bodies and responses, with their objects as components.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    components::{Components, Role},
    envelope::list_name,
    inheritance::Sources,
    merge::{is_object, is_open},
    operations::{DELETE_RESULT, Named, is_success},
};
use crate::{
    case::{capitalised, pascal, words},
    finding::Finding,
    fragment::{ANY_SUCCESS, EVIDENCE, Evidence, ID, RULE},
    openapi::{elements_mut, entries_mut, put_default, reference, take, text, type_of},
};

/// Why a success is 200 if the page does not name its status.
const STATUS_RULE: &str =
    "The page no longer shows the status; every page that shows one has 200, also for creations.";

const PAGE_META: &str = "PageMeta";

/// A shared response as the page of one operation shows it.
#[derive(Clone, Debug)]
pub(super) struct SharedResponse {
    pub(super) file: String,
    pub(super) operation: String,
    pub(super) status: String,
    pub(super) response: Value,
}

/// Converts the messages of operations.
pub(super) struct Messages<'a> {
    pub(super) sources: Sources<'a>,
    pub(super) components: Components,
    /// The components of the responses that every operation has, by status.
    pub(super) shared: BTreeMap<String, String>,
    /// Those responses as pages show them.
    pub(super) shown: Vec<SharedResponse>,
    pub(super) findings: Vec<Finding>,
}

impl Messages<'_> {
    /// An operation whose objects are components.
    pub(super) fn operation(&mut self, named: &Named) -> Value {
        let mut operation = named.layered.operation.clone();
        for parameter in elements_mut(operation.get_mut("parameters")) {
            self.parameter(parameter, named);
        }
        if let Some(body) = operation.get_mut("requestBody") {
            let role = match named.layered.method.as_str() {
                "PATCH" | "PUT" => Role::Patch,
                _ => Role::Request,
            };
            self.contents(body, &named.names.body, role, named);
        }
        let mut written = Map::new();
        let mut is_first = true;
        for (status, response) in entries_mut(take(&mut operation, "responses").as_mut()) {
            let mut response = response.take();
            if self.shared.contains_key(status) {
                self.shown.push(SharedResponse {
                    file: named.layered.files.join(", "),
                    operation: named.layered.pointer.clone(),
                    status: status.clone(),
                    response,
                });
                continue;
            }
            let name = if !is_success(status) {
                self.failure_name(status, &response, named)
            } else if is_first {
                named.names.response.clone()
            } else {
                format!("{}{}", named.names.response, capitalised(status))
            };
            self.contents(&mut response, &name, Role::Response, named);
            if is_success(status) {
                is_first = false;
                put_default(&mut response, "description", json!("Success."));
            }
            let mut status = status.as_str();
            if status == ANY_SUCCESS {
                status = "200";
                if response.get(EVIDENCE) == operation.get(EVIDENCE) {
                    Evidence::Inferred.write(&mut response);
                    response[RULE] = json!(STATUS_RULE);
                }
            }
            written.insert(status.to_owned(), response);
        }
        for (status, name) in &self.shared {
            let response = json!({"$ref": format!("#/components/responses/{name}")});
            written.insert(status.clone(), response);
        }
        operation["responses"] = Value::Object(written);
        operation
    }

    /// The name of an error response: the status, if all operations with it have the same response,
    /// else the operation and the status.
    fn failure_name(&self, status: &str, response: &Value, named: &Named) -> String {
        let mut others = self.sources.operations.iter();
        let is_shared = others.all(|other| {
            let theirs = other.layered.operation["responses"].get(status);
            theirs.is_none_or(|theirs| theirs.get("content") == response.get("content"))
        });
        let name = format!("Error{}", capitalised(status));
        if is_shared {
            name
        } else {
            named.names.called(&name)
        }
    }

    fn parameter(&mut self, parameter: &mut Value, named: &Named) {
        let is_query = text(parameter, "in") == Some("query");
        let Some(schema) = parameter.get_mut("schema") else {
            return;
        };
        if is_query && is_open(schema) {
            *schema = json!({"type": "string"});
            parameter["x-heffl-json"] = json!(true);
            return;
        }
        let title = text(schema, "title").unwrap_or("parameter");
        let name = named.names.called(&pascal(&words(title)));
        self.components
            .place(schema, [&name, &name], Role::Request, named);
    }

    /// The schemas of a body or a response.
    fn contents(&mut self, message: &mut Value, name: &str, role: Role, named: &Named) {
        let is_response = role == Role::Response;
        let ending = if is_response { "Result" } else { "Body" };
        let alternative = named.names.called(ending);
        let mut known: Vec<(Value, Value)> = Vec::new();
        for (media_type, media) in entries_mut(message.get_mut("content")) {
            // Examples of pages are placeholders or the vendor's, so the document has examples of its own.
            take(media, "example");
            let Some(schema) = media.get_mut("schema") else {
                continue;
            };
            if let Some((_, placed)) = known.iter().find(|(read, _)| read == schema) {
                *schema = placed.clone();
                continue;
            }
            let read = schema.clone();
            if known.is_empty() || is_structured(media_type) {
                let name = if known.is_empty() { name } else { &alternative };
                match self.sources.resolve(schema, &mut Vec::new()) {
                    Ok(mut resolved) => {
                        if is_response && name == named.names.response {
                            self.envelope(&mut resolved, named);
                        }
                        let names = [name, &alternative];
                        self.components.place(&mut resolved, names, role, named);
                        *schema = resolved;
                    }
                    Err(finding) => {
                        let finding = finding.file(named.layered.files.join(", "));
                        self.findings.push(finding.pointer(&named.layered.pointer));
                    }
                }
            }
            known.push((read, schema.clone()));
        }
    }

    /// The elements of a list and the facts of its page are schemas of their own.
    fn envelope(&mut self, response: &mut Value, named: &Named) {
        if named.names.response == DELETE_RESULT {
            // All resources share this schema, so its identifier has no kind.
            for (_, property) in entries_mut(response.get_mut("properties")) {
                take(property, ID);
            }
        }
        if !named.names.is_list || type_of(response) == Some("array") {
            return;
        }
        let resource = named.names.resource.as_str();
        let list = list_name(response).map(|name| format!("/properties/{name}/items"));
        if let Some(items) = list.and_then(|list| response.pointer_mut(&list)) {
            if is_open(items) {
                // The elements are unknown; see `complete_lists`.
                *items = reference(resource);
            } else {
                let names = [resource, &named.names.called("Item")];
                self.components.place(items, names, Role::Response, named);
            }
        }
        let meta = response.pointer_mut("/properties/meta");
        if let Some(meta) = meta.filter(|meta| is_object(meta)) {
            let names = [PAGE_META, &format!("{}Meta", named.names.response)];
            self.components.place(meta, names, Role::Response, named);
        }
    }
}

/// A media type whose values are JSON, or a form.
fn is_structured(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let forms = [
        "application/json",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ];
    forms.contains(&essence) || essence.ends_with("+json")
}

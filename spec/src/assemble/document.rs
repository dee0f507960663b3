//! The fragments of one version as an OpenAPI document, before overlays.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{
    components::{Components, Parameter, Role, Schema, each_own, rename_references},
    expand::{self, Vendor},
    inputs::PAGES,
    layers::{self, Agreement},
    merge::{Contradiction, OF_PLACE, is_object, is_open, says_something},
    names::{Names, VersionNames},
    operations::{self, Named, key},
};
use crate::{
    case::{capitalised, pascal, words},
    finding::Finding,
    fragment::{
        ANY_SUCCESS, CUSTOM_FIELDS, EVIDENCE, Evidence, Fragment, ID, PREFIXES, RESPONSES, RULE,
    },
    openapi::{
        Kind, anonymous, elements, entries, is_required, map, order, reference, schema_name, text,
        type_of, visit_mut,
    },
    yaml,
};

/// The documentation site.
const SITE: &str = "https://docs.heffl.com/";

/// The version of the documents: they are released together with everything else in this workspace.
const DOCUMENT_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why a success is 200 where the page does not say so.
const STATUS_RULE: &str =
    "The page no longer tells the status; every page that does says 200, creates included.";

/// What the values of custom fields are.
const CUSTOM_FIELD: &str = "A custom field: its key starts with `cf_`, its value is any JSON.";

/// A document before overlays.
#[derive(Clone, Debug)]
pub struct Draft {
    /// OpenAPI 3.0.3.
    pub document: Value,
    /// Where pages and facts that are kept by hand say the same, or contradict each other.
    pub agreement: Agreement,
    /// What could not be carried into the document.
    pub warnings: Vec<Finding>,
    /// What the operations' pages show of responses that all operations share, by operation and status.
    pub(super) shared_responses: Vec<SharedResponse>,
}

/// What the page of one operation shows of a response that all operations share.
#[derive(Clone, Debug)]
pub(super) struct SharedResponse {
    pub(super) file: String,
    pub(super) operation: String,
    pub(super) status: String,
    pub(super) response: Value,
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
    for (method, path, file) in &listed {
        let is_known = |operation: &Named| {
            operation.layered.method == *method
                && anonymous(&operation.layered.path) == anonymous(path)
        };
        if operations.iter().any(is_known) {
            continue;
        }
        let message = format!("`{method} {path}` is listed here, but no fragment has it");
        let finding = Finding::new("operation-without-fragment", message)
            .file(file)
            .pointer(yaml::child(
                &yaml::child("/paths", path),
                method.to_ascii_lowercase(),
            ))
            .help("pull its page, or write down what is known in spec/facts");
        // A page may list it before its own page is there.
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
    let prefixes = prefixes(&sorted, &mut agreement);
    let mut assembly = Assembly {
        whole: HashSet::new(),
        operations: &operations,
        components: Components::default(),
        prefixes,
        shared: shared_responses(&sorted),
        contradictions: Vec::new(),
        warnings: Vec::new(),
        findings,
    };
    let servers = assembly.servers(&sorted);
    let schemes = security_schemes(&sorted);
    assembly.whole_schemas(&sorted);
    let mut shared_responses = Vec::new();
    let mut calls: Vec<Value> = operations
        .iter()
        .map(|operation| assembly.operation(operation, &mut shared_responses))
        .collect();
    assembly.complete_lists();
    assembly.components.settle();
    assembly.components.name_objects();
    name_enums(&mut assembly.components, &operations, &mut calls);
    assembly.components.rename(&names, &mut assembly.findings);
    for call in &mut calls {
        rename_references(call, &names);
    }
    let document = assembly.write(version, &servers, &schemes, calls, &names);
    if !assembly.findings.is_empty() {
        return Err(assembly.findings);
    }
    for mut contradiction in assembly.contradictions {
        rename_pointer(&mut contradiction.pointer, &names);
        agreement.contradicted.push(contradiction.finding());
    }
    Ok(Draft {
        document,
        agreement,
        warnings: assembly.warnings,
        shared_responses,
    })
}

/// Gives the schema in a pointer its chosen name.
fn rename_pointer(pointer: &mut String, names: &VersionNames) {
    const SCHEMAS: &str = "/components/schemas/";
    let Some(rest) = pointer.strip_prefix(SCHEMAS) else {
        return;
    };
    let (name, below) = rest.split_once('/').unwrap_or((rest, ""));
    if let Some(chosen) = names.schemas.get(name) {
        *pointer = format!("{SCHEMAS}{chosen}/{below}");
    }
}

/// Fragments on their way to a document.
struct Assembly<'a> {
    /// The vendor's schemas that are not written out where they are used.
    whole: HashSet<String>,
    operations: &'a [Named],
    components: Components,
    /// The prefixes of identifiers, each with the kind of record it stands for.
    prefixes: BTreeMap<String, String>,
    /// The components of the responses that every operation has, by status.
    shared: BTreeMap<String, String>,
    contradictions: Vec<Contradiction>,
    warnings: Vec<Finding>,
    findings: Vec<Finding>,
}

/// The components of the responses that every operation has, by status.
fn shared_responses(fragments: &[&Fragment]) -> BTreeMap<String, String> {
    let named = fragments
        .iter()
        .flat_map(|fragment| entries(fragment.document.get(RESPONSES)));
    named
        .filter_map(|(status, name)| Some((status.clone(), name.as_str()?.to_owned())))
        .collect()
}

/// What prefixes of identifiers stand for. Facts that are kept by hand choose the names of kinds; a page
/// agrees where its own name has the words of the chosen one.
fn prefixes(fragments: &[&Fragment], agreement: &mut Agreement) -> BTreeMap<String, String> {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut sorted = fragments.to_vec();
    sorted.sort_by_key(|fragment| fragment.page.is_some());
    for fragment in sorted {
        for (prefix, of) in entries(fragment.document.get(PREFIXES)) {
            let of = of.as_str().unwrap_or_default();
            let chosen = known.entry(prefix.clone()).or_insert_with(|| of.to_owned());
            let mut words = chosen.split('-');
            if words.all(|word| of.split('-').any(|other| other == word)) {
                continue;
            }
            agreement.contradicted.push(
                Finding::new(
                    "guides-contradict",
                    format!("{prefix} stands for {of} here, for {chosen} in another fragment: that stays"),
                )
                .file(&fragment.file)
                .pointer(yaml::child(&yaml::child("", PREFIXES), prefix))
                .help("correct the kind in spec/facts, or record the choice in spec/conflicts.yaml with this place in `at`"),
            );
        }
    }
    known
}

/// All security schemes by name. Equal schemes have one name: `ApiKey` if it is the only key in a header.
fn security_schemes(fragments: &[&Fragment]) -> IndexMap<String, (String, Value)> {
    let mut schemes: IndexMap<String, Value> = IndexMap::new();
    for fragment in fragments {
        for (name, scheme) in entries(fragment.document.pointer("/components/securitySchemes")) {
            schemes
                .entry(name.clone())
                .or_insert_with(|| scheme.clone());
        }
    }
    let keys: Vec<&Value> = schemes
        .values()
        .filter(|scheme| {
            text(scheme, "type") == Some("apiKey") && text(scheme, "in") == Some("header")
        })
        .collect();
    let is_one_key = keys.windows(2).all(|pair| pair[0] == pair[1]);
    let first = |scheme: &Value| schemes.iter().find(|(_, known)| *known == scheme);
    schemes
        .iter()
        .map(|(name, scheme)| {
            let chosen = if is_one_key && keys.contains(&scheme) {
                "ApiKey".to_owned()
            } else {
                first(scheme).map_or_else(|| name.clone(), |(name, _)| name.clone())
            };
            (name.clone(), (chosen, scheme.clone()))
        })
        .collect()
}

/// A media type whose values are JSON, or a form.
fn is_structured(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json"
        || essence.ends_with("+json")
        || essence == "multipart/form-data"
        || essence == "application/x-www-form-urlencoded"
}

fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

impl Assembly<'_> {
    /// The servers: all fragments agree on the first.
    fn servers(&mut self, fragments: &[&Fragment]) -> Value {
        let mut found: Option<(String, &Fragment)> = None;
        for fragment in fragments {
            let Some(server) = fragment.document.get("servers").and_then(layers::server) else {
                continue;
            };
            match &found {
                None => found = Some((server, fragment)),
                Some((known, other)) if *known != server => self.findings.push(
                    Finding::new(
                        "servers-differ",
                        format!("the server is {server} here, {known} in {}", other.file),
                    )
                    .file(&fragment.file)
                    .pointer("/servers")
                    .help("all fragments of a version have the same server"),
                ),
                Some(_) => {}
            }
        }
        let own = || {
            let mut servers = self.operations.iter();
            servers.find_map(|operation| operation.layered.server.clone())
        };
        if let Some((server, fragment)) = found {
            let all = fragment
                .document
                .get("servers")
                .cloned()
                .unwrap_or_default();
            return match all.as_array().map(Vec::as_slice) {
                Some([one]) if one.get("variables").is_none() => json!([{"url": server}]),
                _ => all,
            };
        }
        // The standard's own default.
        json!([{"url": own().unwrap_or_else(|| "/".to_owned())}])
    }

    /// Schemas that are not written out where they are used.
    fn whole_schemas(&mut self, fragments: &[&Fragment]) {
        for fragment in fragments {
            for (name, schema) in Vendor::of(fragment).whole() {
                self.whole.insert(name.to_owned());
                self.components
                    .objects
                    .entry(name.to_owned())
                    .or_insert_with(|| Schema {
                        object: schema,
                        resource: pascal(&words(name)),
                        role: Role::Request,
                        is_exact: true,
                        files: vec![fragment.file.clone()],
                    });
            }
        }
    }

    fn operation(&mut self, named: &Named, shared: &mut Vec<SharedResponse>) -> Value {
        let mut operation = named.layered.operation.clone();
        self.parameters(&mut operation, named);
        if let Some(body) = operation.get_mut("requestBody") {
            let role = match named.layered.method.as_str() {
                "PATCH" | "PUT" => Role::Patch,
                _ => Role::Request,
            };
            self.contents(body, &named.names.body, role, named);
        }
        let Some(Value::Object(responses)) = operation.get_mut("responses").map(Value::take) else {
            return operation;
        };
        let mut written = Map::new();
        let first = responses.keys().find(|status| is_success(status)).cloned();
        for (status, mut response) in responses {
            if self.shared.contains_key(&status) {
                shared.push(SharedResponse {
                    file: named.layered.files.join(", "),
                    operation: named.layered.pointer.clone(),
                    status,
                    response,
                });
                continue;
            }
            let name = if Some(&status) == first.as_ref() {
                named.names.response.clone()
            } else if is_success(&status) {
                format!("{}{}", named.names.response, capitalised(&status))
            } else {
                self.failure_name(&status, &response, named)
            };
            self.contents(&mut response, &name, Role::Response, named);
            let is_unnamed = status == ANY_SUCCESS;
            if is_unnamed && response.get(EVIDENCE) == operation.get(EVIDENCE) {
                response[EVIDENCE] = json!(Evidence::Inferred.as_str());
                response[RULE] = json!(STATUS_RULE);
            }
            if is_success(&status) {
                let entry = map(response);
                let mut success = map(json!({"description": "Success."}));
                success.extend(entry);
                response = Value::Object(success);
            }
            written.insert(if is_unnamed { "200".to_owned() } else { status }, response);
        }
        for (status, name) in &self.shared {
            written.insert(
                status.clone(),
                json!({"$ref": format!("#/components/responses/{name}")}),
            );
        }
        operation["responses"] = Value::Object(written);
        operation
    }

    /// A response that is no success is called after the status where all operations that have it agree,
    /// else after the operation as well.
    fn failure_name(&self, status: &str, response: &Value, named: &Named) -> String {
        let content = |response: &Value| response.get("content").cloned();
        let mine = content(response);
        let is_shared = self.operations.iter().all(|other| {
            let theirs = &other.layered.operation["responses"];
            theirs
                .get(status)
                .is_none_or(|theirs| content(theirs) == mine)
        });
        if is_shared {
            format!("Error{}", capitalised(status))
        } else {
            format!(
                "{}Error{}",
                capitalised(&named.names.operation_id),
                capitalised(status)
            )
        }
    }

    fn parameters(&mut self, operation: &mut Value, named: &Named) {
        let Some(Value::Array(parameters)) = operation.get_mut("parameters") else {
            return;
        };
        for parameter in parameters {
            let is_query = text(parameter, "in") == Some("query");
            let Some(schema) = parameter.get_mut("schema") else {
                continue;
            };
            let mut read = schema.clone();
            if is_query && type_of(&read) == Some("object") && is_open(&read) {
                *schema = json!({"type": "string"});
                parameter["x-heffl-json"] = json!(true);
                continue;
            }
            let name = format!(
                "{}{}",
                capitalised(&named.names.operation_id),
                pascal(&words(text(&read, "title").unwrap_or("parameter")))
            );
            self.place(&mut read, &name, &name, Role::Request, named);
            if let Some(schema) = parameter.get_mut("schema") {
                *schema = read;
            }
        }
    }

    /// The schemas of a body or a response.
    fn contents(&mut self, message: &mut Value, name: &str, role: Role, named: &Named) {
        let Some(Value::Object(types)) = message.get_mut("content") else {
            return;
        };
        let mut known: Vec<(Value, Value)> = Vec::new();
        for (media_type, media) in types {
            // What pages show are placeholders, or the vendor's; examples of the document are ours.
            media
                .as_object_mut()
                .map(|media| media.shift_remove("example"));
            let Some(schema) = media.get_mut("schema") else {
                continue;
            };
            if let Some((_, placed)) = known.iter().find(|(read, _)| read == schema) {
                *schema = placed.clone();
                continue;
            }
            let read = schema.clone();
            if known.is_empty() || is_structured(media_type) {
                let alternative = if role == Role::Response {
                    format!("{}Result", capitalised(&named.names.operation_id))
                } else {
                    format!("{}Body", capitalised(&named.names.operation_id))
                };
                let name = if known.is_empty() { name } else { &alternative };
                match self.resolve(schema, &mut Vec::new()) {
                    Ok(mut resolved) => {
                        if role == Role::Response && name == named.names.response {
                            self.envelope(&mut resolved, named);
                        }
                        self.place(&mut resolved, name, &alternative, role, named);
                        *schema = resolved;
                    }
                    Err(finding) => {
                        self.findings.push(
                            finding
                                .file(named.layered.files.join(", "))
                                .pointer(named.layered.pointer.clone()),
                        );
                    }
                }
            }
            known.push((read, schema.clone()));
        }
    }

    /// A schema with the properties that it takes over from other operations.
    fn resolve(&self, schema: &Value, path: &mut Vec<String>) -> Result<Value, Finding> {
        let mut schema = schema.clone();
        self.take_over(&mut schema, path)?;
        Ok(schema)
    }

    fn take_over(&self, schema: &mut Value, path: &mut Vec<String>) -> Result<(), Finding> {
        for (key, inner) in schema.as_object_mut().into_iter().flatten() {
            match (key.as_str(), inner) {
                ("properties", Value::Object(properties)) => {
                    for property in properties.values_mut() {
                        self.take_over(property, path)?;
                    }
                }
                ("items" | "additionalProperties", inner) => self.take_over(inner, path)?,
                ("oneOf" | "anyOf", Value::Array(parts)) => {
                    for part in parts {
                        self.take_over(part, path)?;
                    }
                }
                _ => {}
            }
        }
        let parts: Vec<Value> = elements(schema.get("allOf")).cloned().collect();
        let [part] = parts.as_slice() else {
            return Ok(());
        };
        let Some(name) = schema_name(part).filter(|name| !self.whole.contains(*name)) else {
            return Ok(());
        };
        if path.iter().any(|known| known == name) {
            return Err(Finding::new(
                "reference-circle",
                format!(
                    "schemas take each other's properties over, round in a circle: {} → {name}",
                    path.join(" → ")
                ),
            )
            .help("let one of these operations name its properties"));
        }
        path.push(name.to_owned());
        let target = self.content_of(name, path)?;
        path.pop();
        let mut taken = expand::taken_over(&target, part)?;
        let mut own = map(schema.take());
        own.shift_remove("allOf");
        expand::put_over(&mut taken, own)?;
        *schema = taken;
        Ok(())
    }

    /// What an operation carries under a derived name: its body, its response, or an item of its list.
    fn content_of(&self, name: &str, path: &mut Vec<String>) -> Result<Value, Finding> {
        for named in self.operations {
            let names = &named.names;
            let operation = &named.layered.operation;
            if names.body == name
                && let Some(schema) = operation.get("requestBody").and_then(schema_of)
                && schema.get("$ref").is_none()
            {
                return self.resolve(schema, path);
            }
            let success = entries(operation.get("responses"))
                .find(|(status, _)| is_success(status))
                .and_then(|(_, response)| schema_of(response));
            let Some(schema) = success.filter(|schema| schema.get("$ref").is_none()) else {
                continue;
            };
            if names.response == name && type_of(schema) != Some("array") {
                return self.resolve(schema, path);
            }
            if names.resource == name && (names.is_list || type_of(schema) == Some("array")) {
                let items = if type_of(schema) == Some("array") {
                    schema.get("items")
                } else {
                    list_of(schema).and_then(|list| list.get("items"))
                };
                if let Some(items) =
                    items.filter(|items| is_object(items) || items.get("allOf").is_some())
                {
                    return self.resolve(items, path);
                }
            }
        }
        Err(Finding::new(
            "reference-broken",
            format!("no operation has a schema called {name} whose properties could be taken over"),
        )
        .help("name a schema as the document does, before spec/names.yaml renames it"))
    }

    /// The elements of a list and the facts of its page are schemas of their own.
    fn envelope(&mut self, response: &mut Value, named: &Named) {
        if named.names.response == DELETE_RESULT {
            // Shared by all resources: its identifier is of no kind in particular.
            let properties = response
                .get_mut("properties")
                .and_then(Value::as_object_mut);
            for property in properties.into_iter().flat_map(Map::values_mut) {
                property.as_object_mut().map(|map| map.shift_remove(ID));
            }
        }
        if !named.names.is_list || type_of(response) == Some("array") {
            return;
        }
        let resource = named.names.resource.clone();
        let alternative = format!("{}Item", capitalised(&named.names.operation_id));
        if let Some(name) = list_name(response)
            && let Some(list) = response.pointer_mut(&format!("/properties/{name}"))
        {
            let mut items = list["items"].take();
            if is_open(&items) {
                // Nothing is said of the elements; see `complete_lists`.
                items = reference(&resource);
            } else {
                self.place(&mut items, &resource, &alternative, Role::Response, named);
            }
            list["items"] = items;
        }
        if let Some(meta) = response.pointer_mut("/properties/meta")
            && is_object(meta)
        {
            let mut own = meta.take();
            self.place(
                &mut own,
                PAGE_META,
                &format!("{}Meta", named.names.response),
                Role::Response,
                named,
            );
            *meta = own;
        }
    }

    /// Makes components of the objects that a schema is, or lists.
    fn place(
        &mut self,
        schema: &mut Value,
        name: &str,
        alternative: &str,
        role: Role,
        named: &Named,
    ) {
        let is_exact = named.is_exact();
        // The elements of a list are the resource.
        let name = if type_of(schema) == Some("array") && name == named.names.response {
            named.names.resource.clone()
        } else {
            name.to_owned()
        };
        let mut found = 0;
        let mut objects: Vec<Schema> = Vec::new();
        each_own(schema, &mut |schema| {
            if is_object(schema) {
                let place: Map<String, Value> = entries(Some(schema))
                    .filter(|(key, _)| OF_PLACE.contains(&key.as_str()))
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                let mut object = map(schema.take());
                object.retain(|key, _| !OF_PLACE.contains(&key.as_str()));
                objects.push(Schema {
                    object: Value::Object(object),
                    resource: named.names.resource.clone(),
                    role,
                    is_exact,
                    files: named.layered.files.clone(),
                });
                *schema = Value::Object(place);
                schema["x-component"] = json!(objects.len() - 1);
            }
        });
        let mut names: Vec<String> = Vec::new();
        for object in objects {
            found += 1;
            let (name, alternative) = if found == 1 {
                (name.clone(), alternative.to_owned())
            } else {
                (format!("{name}{found}"), format!("{alternative}{found}"))
            };
            names.push(
                self.components
                    .add(&name, &alternative, object, &mut self.contradictions),
            );
        }
        each_own(schema, &mut |schema| {
            let Some(index) = schema.get("x-component").and_then(Value::as_u64) else {
                return;
            };
            let Some(name) = usize::try_from(index)
                .ok()
                .and_then(|index| names.get(index))
            else {
                return;
            };
            let mut place = map(schema.take());
            place.shift_remove("x-component");
            *schema = if place.is_empty() {
                reference(name)
            } else {
                place.insert("allOf".to_owned(), json!([reference(name)]));
                Value::Object(place)
            };
        });
    }

    /// A list whose elements no page describes refers to its resource, if there is a schema of it.
    fn complete_lists(&mut self) {
        let known: Vec<String> = self.components.objects.keys().cloned().collect();
        for schema in self.components.objects.values_mut() {
            visit_mut(&mut schema.object, Kind::Schema, &mut |value, kind| {
                if kind.is_schema()
                    && schema_name(value)
                        .is_some_and(|name| known.iter().all(|known| known != name))
                {
                    *value = json!({"type": "object"});
                }
            });
        }
    }

    /// The whole document.
    fn write(
        &mut self,
        version: &str,
        servers: &Value,
        schemes: &IndexMap<String, (String, Value)>,
        calls: Vec<Value>,
        names: &VersionNames,
    ) -> Value {
        let mut paths: Map<String, Value> = Map::new();
        let mut tags: Vec<Value> = Vec::new();
        let security = common_security(self.operations, &calls, schemes);
        let mut lists = Vec::new();
        for (named, call) in self.operations.iter().zip(calls) {
            let tag = json!({"name": named.names.tag});
            if !tags.contains(&tag) {
                tags.push(tag);
            }
            if named.names.is_list {
                let name = &named.names.response;
                lists.push(names.schemas.get(name).unwrap_or(name).clone());
            }
            let item = paths
                .entry(named.layered.path.clone())
                .or_insert_with(|| json!({}));
            item[named.layered.method.to_ascii_lowercase()] =
                self.write_operation(named, call, security.as_ref(), schemes);
        }
        let mut schemas: Map<String, Value> = Map::new();
        let objects = std::mem::take(&mut self.components.objects);
        for (name, schema) in &objects {
            let mut written = schema.object.clone();
            self.finish(&mut written, name, schema.is_exact);
            if lists.contains(name)
                && let Some(page) = page(&schema.object, &objects)
            {
                written["x-heffl-page"] = page;
            }
            schemas.insert(name.clone(), written);
        }
        for (name, schema) in &self.components.enums {
            schemas.insert(name.clone(), schema.clone());
        }
        let mut document = json!({
            "openapi": "3.0.3",
            "info": {"title": format!("Heffl CRM API {version}"), "version": DOCUMENT_VERSION},
            "servers": servers,
            "tags": tags,
            "paths": paths,
            "components": {"schemas": schemas},
        });
        if let Some(security) = security {
            document["security"] = security;
        }
        if !schemes.is_empty() {
            let schemes: Map<String, Value> = schemes
                .values()
                .map(|(name, scheme)| (name.clone(), scheme.clone()))
                .collect();
            document["components"]["securitySchemes"] = Value::Object(schemes);
        }
        order::document(&mut document);
        document
    }

    fn write_operation(
        &mut self,
        named: &Named,
        call: Value,
        security: Option<&Value>,
        schemes: &IndexMap<String, (String, Value)>,
    ) -> Value {
        let mut call = map(call);
        let own = call
            .shift_remove("security")
            .map(|own| renamed(&own, schemes));
        if let Some(own) = own.filter(|own| Some(own) != security) {
            call.insert("security".to_owned(), own);
        }
        call.insert("operationId".to_owned(), json!(named.names.operation_id));
        call.insert("tags".to_owned(), json!([named.names.tag]));
        let source = &named.layered;
        let evidence = call.shift_remove(EVIDENCE);
        call.shift_remove(RULE);
        call.insert(EVIDENCE.to_owned(), evidence.unwrap_or_default());
        call.insert(
            "x-heffl-source".to_owned(),
            json!({"page": format!("{SITE}{}", source.page), "form": source.form}),
        );
        if let Some(body) = call.get_mut("requestBody") {
            // Of bodies it is said whether they are required; `false` is the default.
            if let Value::Object(body) = body
                && body.get("required") == Some(&json!(false))
            {
                body.shift_remove("required");
            }
        }
        let mut call = Value::Object(call);
        let place = key(&named.layered);
        visit_mut(&mut call, Kind::Operation, &mut |value, kind| match kind {
            Kind::Parameter => {
                self.identify(value, &place);
                if let Value::Object(map) = value {
                    if map.get("in") == Some(&json!("path")) {
                        map.insert("required".to_owned(), json!(true));
                    }
                    for key in ["required", "deprecated"] {
                        if map.get(key) == Some(&json!(false)) {
                            map.shift_remove(key);
                        }
                    }
                }
                order_own(value);
            }
            Kind::Response => order_own(value),
            _ if kind.is_schema() => open_object(value),
            _ => {}
        });
        call
    }

    /// Writes what a schema says of objects as the document has it.
    fn finish(&mut self, schema: &mut Value, name: &str, is_exact: bool) {
        visit_mut(schema, Kind::Schema, &mut |value, kind| {
            open_object(value);
            self.identify(value, name);
            if is_object(value) {
                finish_object(value, is_exact);
            }
            if kind == Kind::Schema
                && let Value::Object(map) = value
            {
                map.shift_remove(EVIDENCE);
                map.shift_remove(RULE);
            }
            if kind == Kind::Property {
                let Value::Object(map) = value else { return };
                for key in ["nullable", "deprecated"] {
                    if map.get(key) == Some(&json!(false)) {
                        map.shift_remove(key);
                    }
                }
                // OpenAPI 3.0 knows nothing beside a reference.
                if let Some(target) = map.shift_remove("$ref") {
                    map.insert("allOf".to_owned(), json!([{"$ref": target}]));
                }
                order_own(value);
            }
        });
    }

    /// Adds what kind of record an identifier stands for.
    fn identify(&mut self, value: &mut Value, place: &str) {
        let Some(id) = value.get_mut(ID) else { return };
        let Some(prefix) = text(id, "prefix") else {
            return;
        };
        if let Some(of) = self.prefixes.get(prefix) {
            id["of"] = json!(of);
            return;
        }
        self.warnings.push(
            Finding::new(
                "prefix-unknown",
                format!(
                    "no guide says what the prefix {prefix} stands for ({place}): it is left out"
                ),
            )
            .help(format!(
                "add it to `{PREFIXES}` in a fragment of spec/facts"
            )),
        );
        value.as_object_mut().map(|map| map.shift_remove(ID));
    }
}

const DELETE_RESULT: &str = "DeleteResult";
const PAGE_META: &str = "PageMeta";

/// The schema of a message's first media type.
fn schema_of(message: &Value) -> Option<&Value> {
    entries(message.get("content")).next()?.1.get("schema")
}

/// The property of a list envelope that holds the list.
fn list_name(envelope: &Value) -> Option<&'static str> {
    ["data", "items"].into_iter().find(|name| {
        envelope["properties"]
            .get(name)
            .is_some_and(|property| type_of(property) == Some("array"))
    })
}

fn list_of(envelope: &Value) -> Option<&Value> {
    envelope["properties"].get(list_name(envelope)?)
}

/// `x-heffl-page`, if the object is the envelope of a list.
fn page(object: &Value, objects: &IndexMap<String, Schema>) -> Option<Value> {
    let list = list_name(object)?;
    let has_cursor = |object: &Value| {
        ["nextCursor", "hasMore"]
            .iter()
            .all(|name| object["properties"].get(name).is_some())
    };
    let meta = object["properties"].get("meta").and_then(|meta| {
        let name = elements(meta.get("allOf"))
            .find_map(schema_name)
            .or(schema_name(meta))?;
        objects.get(name)
    });
    let place = if has_cursor(object) {
        Some("")
    } else if meta.is_some_and(|meta| has_cursor(&meta.object)) {
        Some("/meta")
    } else {
        None
    };
    let mut page = json!({"items": format!("/{list}")});
    if let Some(place) = place {
        page["nextCursor"] = json!(format!("{place}/nextCursor"));
        page["hasMore"] = json!(format!("{place}/hasMore"));
        page["cursorParameter"] = json!("cursor");
    }
    Some(page)
}

/// An object of which no property is known allows all.
fn open_object(schema: &mut Value) {
    if is_open(schema) && schema.get("additionalProperties").is_none() {
        schema["additionalProperties"] = json!({});
    }
    if let Some(values) = schema.get_mut("additionalProperties")
        && *values == json!(true)
    {
        *values = json!({});
    }
}

fn finish_object(schema: &mut Value, is_exact: bool) {
    let required: Vec<String> = entries(schema.get("properties"))
        .map(|(name, _)| name.clone())
        .filter(|name| is_required(schema, name))
        .collect();
    let Value::Object(map) = schema else { return };
    map.entry("type").or_insert(json!("object"));
    map.entry("properties").or_insert(json!({}));
    map.shift_remove("required");
    if !required.is_empty() {
        map.insert("required".to_owned(), json!(required));
    }
    let is_open = map
        .get("additionalProperties")
        .is_some_and(|values| *values != json!(false) && !says_something(values));
    // Other keys are custom fields, unless a page says everything and does not say this.
    if (is_open && !is_exact) || map.contains_key(CUSTOM_FIELDS) {
        map.insert(
            "additionalProperties".to_owned(),
            json!({"description": CUSTOM_FIELD}),
        );
        map.insert(CUSTOM_FIELDS.to_owned(), json!(true));
    }
}

/// Puts our own keys of a property, a parameter or a response in their order.
fn order_own(value: &mut Value) {
    let Value::Object(map) = value else { return };
    for key in [ID, "x-heffl-json", EVIDENCE, RULE] {
        if let Some(value) = map.shift_remove(key) {
            let is_inferred = map.get(EVIDENCE) == Some(&json!(Evidence::Inferred.as_str()));
            if key != RULE || is_inferred {
                map.insert(key.to_owned(), value);
            }
        }
    }
}

/// The security that most operations have: what stands at the root. None if a page that says everything
/// asks for no security: then each operation says its own.
fn common_security(
    operations: &[Named],
    calls: &[Value],
    schemes: &IndexMap<String, (String, Value)>,
) -> Option<Value> {
    let mut count: Vec<(Value, usize)> = Vec::new();
    for (named, call) in operations.iter().zip(calls) {
        let Some(own) = call.get("security") else {
            if named.is_exact() {
                return None;
            }
            continue;
        };
        let own = renamed(own, schemes);
        match count.iter_mut().find(|(known, _)| *known == own) {
            Some((_, count)) => *count += 1,
            None => count.push((own, 1)),
        }
    }
    let most = count.iter().map(|(_, count)| *count).max()?;
    count
        .into_iter()
        .find(|(_, count)| *count == most)
        .map(|(own, _)| own)
}

/// Security requirements with the chosen names of schemes.
fn renamed(security: &Value, schemes: &IndexMap<String, (String, Value)>) -> Value {
    let requirement = |requirement: &Value| -> Map<String, Value> {
        let chosen = |name: &String| schemes.get(name).map_or(name, |(chosen, _)| chosen).clone();
        entries(Some(requirement))
            .map(|(name, scopes)| (chosen(name), scopes.clone()))
            .collect()
    };
    elements(Some(security))
        .map(|one| Value::Object(requirement(one)))
        .collect()
}

fn name_enums(components: &mut Components, operations: &[Named], calls: &mut [Value]) {
    let mut parameters: Vec<Parameter<'_>> = Vec::new();
    for (named, call) in operations.iter().zip(calls) {
        let all = call.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in all.into_iter().flatten() {
            let name = text(parameter, "name").unwrap_or_default().to_owned();
            if let Some(schema) = parameter.get_mut("schema") {
                parameters.push(Parameter {
                    resource: &named.names.resource,
                    operation_id: &named.names.operation_id,
                    name,
                    schema,
                });
            }
        }
    }
    components.name_enums(&mut parameters);
}

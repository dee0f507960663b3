//! Layers: merges the facts of several fragments about one operation.
//!
//! A page is stronger than handwritten facts. Facts add keywords that the page does not print. If
//! they contradict it, the document keeps the fact, and the contradiction is reported.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{expand::Vendor, merge::is_printed};
use crate::{
    finding::Finding,
    fragment::{ANY_SUCCESS, EVIDENCE, Evidence, Fragment, ID, PAGE, SOURCES},
    openapi::{
        Kind, add_new, anonymous, elements, entries, entries_mut, first_difference, map,
        put_default, take, target, text, type_of, visit_mut,
    },
    yaml::child,
};

/// The merged facts of one operation.
#[derive(Clone, Debug)]
pub(super) struct Layered {
    /// Upper case.
    pub(super) method: String,
    pub(super) path: String,
    pub(super) operation: Value,
    /// The address of the page that documents it.
    pub(super) page: String,
    /// The form of that page, or `facts`.
    pub(super) form: Value,
    /// The strongest fragment's file first.
    pub(super) files: Vec<String>,
    /// The pointer to the operation in that file.
    pub(super) pointer: String,
    /// The server of the fragment, if the operation has none of its own.
    pub(super) server: Option<String>,
}

impl Layered {
    /// `METHOD /path`.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The agreements and contradictions of pages and facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Handwritten facts that a page prints too: they can be deleted.
    pub redundant: Vec<Finding>,
    /// Handwritten facts that a page contradicts: the facts stay until a person chooses.
    pub contradicted: Vec<Finding>,
}

impl Agreement {
    pub(super) fn extend(&mut self, other: Self) {
        self.redundant.extend(other.redundant);
        self.contradicted.extend(other.contradicted);
    }
}

/// An operation that a fragment only lists: method, path and file.
pub(super) type Listed = (String, String, String);

/// All operations of the fragments by method and path, and operations that are only listed.
pub(super) fn operations(
    fragments: &[&Fragment],
    agreement: &mut Agreement,
    findings: &mut Vec<Finding>,
) -> (Vec<Layered>, Vec<Listed>) {
    let mut known: IndexMap<(String, String), Layered> = IndexMap::new();
    let mut listed = Vec::new();
    // Pages first, so that facts are merged into them.
    let mut sorted: Vec<&&Fragment> = fragments.iter().collect();
    sorted.sort_by_key(|fragment| fragment.page.is_none());
    for fragment in sorted {
        let vendor = Vendor::of(fragment);
        for (path, method, operation) in fragment.operations() {
            if operation.get("responses").is_none() {
                let method = method.to_ascii_uppercase();
                listed.push((method, path.to_owned(), fragment.file.clone()));
                continue;
            }
            let layer = layer(fragment, &vendor, path, method, operation);
            let key = (layer.method.clone(), anonymous(path));
            match known.get_mut(&key) {
                None => drop(known.insert(key, layer)),
                Some(above) if above.path != layer.path => findings.push(twice(&layer, above)),
                Some(above) if fragment.page.is_some() => {
                    agreement.contradicted.extend(difference(above, &layer));
                }
                Some(above) => fill_operation(above, layer, agreement),
            }
        }
    }
    // One path has one spelling.
    let mut spellings: IndexMap<String, &Layered> = IndexMap::new();
    for layered in known.values() {
        let first = *spellings.entry(anonymous(&layered.path)).or_insert(layered);
        if first.path != layered.path {
            findings.push(twice(layered, first));
        }
    }
    (known.into_values().collect(), listed)
}

fn twice(layer: &Layered, known: &Layered) -> Finding {
    let message = format!(
        "`{} {}` is `{} {}` of {}",
        layer.method,
        layer.path,
        known.method,
        known.path,
        known.files.join(", ")
    );
    Finding::new("operation-twice", message)
        .file(layer.files.join(", "))
        .pointer(&layer.pointer)
        .help("one operation has one page, and one path has one spelling: delete the older of the two")
}

/// The finding for two pages with different facts about one operation. Names of operations are not facts.
fn difference(above: &Layered, layer: &Layered) -> Option<Finding> {
    let [known, new] = [above, layer].map(|layer| {
        let mut operation = layer.operation.clone();
        for key in ["operationId", "tags"] {
            take(&mut operation, key);
        }
        operation
    });
    let (place, there, here) = first_difference(&known, &new, "")?;
    let finding = twice(layer, above);
    let message = format!(
        "{}, which has {there} at `{place}`, not {here}: it stays",
        finding.message
    );
    Some(Finding { message, ..finding })
}

fn layer(
    fragment: &Fragment,
    vendor: &Vendor<'_>,
    path: &str,
    method: &str,
    operation: &Value,
) -> Layered {
    let document = &fragment.document;
    let item = &document["paths"][path];
    let mut operation = operation.clone();
    // Parameters of the operation replace parameters of the path.
    let mut parameters: Vec<Value> = Vec::new();
    let of_operation = take(&mut operation, "parameters");
    for parameter in elements(item.get("parameters")).chain(elements(of_operation.as_ref())) {
        let parameter = resolved(document, parameter);
        match parameters.iter_mut().find(|it| is_same(it, &parameter)) {
            Some(known) => *known = parameter,
            None => parameters.push(parameter),
        }
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = operation.get_mut("requestBody") {
        *body = resolved(document, body);
    }
    for (_, response) in entries_mut(operation.get_mut("responses")) {
        let evidence = response.get(EVIDENCE).cloned();
        *response = resolved(document, response);
        if let Some(evidence) = evidence {
            put_default(response, EVIDENCE, evidence);
        }
    }
    visit_mut(&mut operation, Kind::Operation, &mut |value, place| {
        if matches!(place.kind, Kind::Parameter | Kind::Media)
            && let Some(schema) = value.get_mut("schema")
        {
            *schema = vendor.expand(schema);
        }
    });
    let own_page = take(&mut operation, PAGE);
    take(&mut operation, SOURCES);
    let servers = take(&mut operation, "servers");
    if let Some(security) = document.get("security") {
        put_default(&mut operation, "security", security.clone());
    }
    let around = [item.get("servers"), document.get("servers")];
    let mut servers = [servers.as_ref()].into_iter().chain(around).flatten();
    let page = fragment.page.as_ref();
    let own_page = own_page.as_ref().and_then(Value::as_str);
    Layered {
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        page: page
            .map_or(own_page.unwrap_or_default(), |page| &page.address)
            .to_owned(),
        form: page.map_or(json!("facts"), |page| json!(page.form)),
        files: vec![fragment.file.clone()],
        pointer: child(&child("/paths", path), method),
        operation,
        server: servers.find_map(server),
    }
}

fn resolved(document: &Value, value: &Value) -> Value {
    target(document, value).unwrap_or(value).clone()
}

/// The address of the first server, with the defaults of its variables, and without slashes at the end.
pub(crate) fn server(servers: &Value) -> Option<String> {
    let server = servers.as_array()?.first()?;
    let mut url = text(server, "url")?.to_owned();
    for (name, variable) in entries(server.get("variables")) {
        if let Some(default) = text(variable, "default") {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    Some(url.trim_end_matches('/').to_owned())
}

fn is_same(one: &Value, other: &Value) -> bool {
    text(one, "name") == text(other, "name") && text(one, "in") == text(other, "in")
}

/// Merges facts into the operation of a page.
fn fill_operation(above: &mut Layered, below: Layered, agreement: &mut Agreement) {
    let mut filler = Filler {
        page: above.files.join(", "),
        file: below.files.join(", "),
        redundant: Vec::new(),
        agreement,
    };
    above.files.extend(below.files);
    if above.server.is_none() {
        above.server = below.server;
    }
    for (key, value) in map(below.operation) {
        let pointer = child(&below.pointer, &key);
        let Some(known) = above.operation.get_mut(&key) else {
            above.operation[key] = value;
            continue;
        };
        match (key.as_str(), known, value) {
            (EVIDENCE, known, value) if Evidence::read(known) < Evidence::read(&value) => {
                *known = value;
            }
            ("parameters", Value::Array(known), Value::Array(more)) => {
                for (index, parameter) in more.into_iter().enumerate() {
                    let pointer = child(&pointer, index);
                    match known.iter_mut().find(|known| is_same(known, &parameter)) {
                        // Facts must list the parameters of a path, so these are not redundant.
                        Some(known) if *known == parameter && text(known, "in") == Some("path") => {
                        }
                        Some(known) => filler.fill(known, parameter, &pointer),
                        None => known.push(parameter),
                    }
                }
            }
            ("requestBody", known, value) => filler.fill(known, value, &pointer),
            ("responses", Value::Object(known), Value::Object(more)) => {
                for (status, response) in more {
                    filler.fill_response(known, status, response, &pointer);
                }
            }
            _ => {}
        }
    }
    filler.finish(&below.pointer);
}

struct Filler<'a> {
    page: String,
    file: String,
    /// Facts that the page prints too, by their keys.
    redundant: Vec<String>,
    agreement: &'a mut Agreement,
}

impl Filler<'_> {
    /// Reports redundant facts, once for the operation.
    fn finish(self, operation: &str) {
        if self.redundant.is_empty() {
            return;
        }
        let names = self.redundant.join(", ");
        let message = format!("{} has these facts too: {names}", self.page);
        self.agreement.redundant.push(
            Finding::new("facts-redundant", message)
                .file(&self.file)
                .pointer(operation)
                .help("delete these facts here"),
        );
    }

    fn contradicted(&mut self, pointer: &str, message: String) {
        let help = format!(
            "delete the fact; where {} is wrong, correct the document in an overlay and record the choice in spec/conflicts.yaml",
            self.page
        );
        self.agreement.contradicted.push(
            Finding::new("fact-contradicted", message)
                .file(&self.file)
                .pointer(pointer)
                .help(help),
        );
    }

    /// Uses the status of the facts for a success whose page names no status.
    fn fill_response(
        &mut self,
        known: &mut Map<String, Value>,
        status: String,
        response: Value,
        pointer: &str,
    ) {
        let pointer = child(pointer, &status);
        let is_success = |status: &String| status.starts_with('2');
        let place = if status == ANY_SUCCESS {
            known.keys().find(|known| is_success(known)).cloned()
        } else {
            let unnamed = is_success(&status).then(|| known.shift_remove(ANY_SUCCESS));
            if let Some(unnamed) = unnamed.flatten() {
                known.insert(status.clone(), unnamed);
            }
            None
        };
        let status = place.unwrap_or(status);
        match known.get_mut(&status) {
            Some(known) => self.fill(known, response, &pointer),
            None => drop(known.insert(status, response)),
        }
    }

    /// Adds the keywords that only `fact` has to `known`, which is from a page.
    fn fill(&mut self, known: &mut Value, fact: Value, pointer: &str) {
        if *known == fact {
            let (_, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
            return self.redundant.push(name.to_owned());
        }
        let has = |value: &Value, keys: &[&str]| keys.iter().any(|key| value.get(key).is_some());
        let evidence_of_both = Evidence::of(known).zip(Evidence::of(&fact));
        // If the page or the facts refer to a schema, the page's own schema has more facts.
        if has(&fact, &["$ref", "allOf"]) {
            let is_some_object = type_of(known).is_none_or(|ty| ty == "object");
            if is_some_object && !has(known, &["properties", "allOf", "$ref"]) {
                let nullable = known.get("nullable").cloned();
                *known = fact;
                if let Some(nullable) = nullable {
                    put_default(known, "nullable", nullable);
                }
            }
            return;
        }
        if let (Some(one), Some(other)) = (type_of(known), type_of(&fact))
            && one != other
        {
            if evidence_of_both.is_none_or(|(here, there)| there >= here) {
                let message = format!("this is {other} here, {one} on the page of {}", self.page);
                self.contradicted(pointer, message);
                *known = fact;
            }
            return;
        }
        let was_sampled = evidence_of_both.is_some_and(|(here, there)| here < there);
        // A page that prints properties also prints which of them are required.
        let has_printed = is_printed(known);
        if !known.is_object() {
            return;
        }
        for (key, value) in map(fact) {
            let pointer = child(pointer, &key);
            let is_flag = matches!(key.as_str(), "nullable" | "deprecated" | "required");
            if key == "required" && has_printed {
                continue;
            }
            let Some(known) = known.get_mut(&key) else {
                // A page that prints a field prints all its flags.
                if !is_flag || was_sampled || evidence_of_both.is_none() {
                    known[key] = value;
                }
                continue;
            };
            match (key.as_str(), known, value) {
                ("properties", Value::Object(properties), Value::Object(more)) => {
                    for (name, property) in more {
                        match properties.get_mut(&name) {
                            Some(known) => self.fill(known, property, &child(&pointer, &name)),
                            None => drop(properties.insert(name, property)),
                        }
                    }
                }
                (
                    "schema" | "items" | "content" | "application/json" | "additionalProperties",
                    known,
                    value,
                ) => self.fill(known, value, &pointer),
                ("required", Value::Array(known), Value::Array(more)) => {
                    add_new(known, more);
                }
                (ID, known, value) if *known != value => {
                    let message = format!("{value} here, {known} on the page of {}", self.page);
                    self.contradicted(&pointer, message);
                    *known = value;
                }
                (_, known, value) if was_sampled && !is_flag && key != "example" => *known = value,
                _ => {}
            }
        }
    }
}

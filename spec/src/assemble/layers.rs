//! Layers: what several fragments say of one operation, as one.
//!
//! A page is stronger than facts that are kept by hand. Facts fill in what the page does not print. Where
//! they contradict it, the earlier choice stays, and the contradiction is reported.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::{expand::Vendor, merge::is_printed};
use crate::{
    finding::Finding,
    fragment::{ANY_SUCCESS, EVIDENCE, Evidence, Fragment, ID, PAGE, RULE, SOURCES},
    openapi::{
        Kind, anonymous, elements, entries, first_difference, map, target, text, type_of, visit_mut,
    },
    yaml::child,
};

/// What is known of one operation.
#[derive(Clone, Debug)]
pub(super) struct Layered {
    /// Upper case.
    pub(super) method: String,
    pub(super) path: String,
    pub(super) operation: Value,
    /// The address of the page that documents it.
    pub(super) page: String,
    /// How that page was read: a form of pages, or `facts`.
    pub(super) form: &'static str,
    /// The strongest fragment's file first.
    pub(super) files: Vec<String>,
    /// Where the operation stands in that file.
    pub(super) pointer: String,
    /// The servers of the fragment, where the operation has none of its own.
    pub(super) server: Option<String>,
}

/// What pages and facts say of each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Facts kept by hand that a page says as well: they can be deleted.
    pub redundant: Vec<Finding>,
    /// Facts kept by hand that a page contradicts: the facts stay until somebody has chosen.
    pub contradicted: Vec<Finding>,
}

/// All operations of the fragments by method and path, and those that are only listed.
pub(super) fn operations(
    fragments: &[&Fragment],
    agreement: &mut Agreement,
    findings: &mut Vec<Finding>,
) -> (Vec<Layered>, Vec<(String, String, String)>) {
    let mut known: IndexMap<(String, String), Layered> = IndexMap::new();
    let mut listed = Vec::new();
    // Pages first, so that facts are laid below them.
    let mut sorted: Vec<&&Fragment> = fragments.iter().collect();
    sorted.sort_by_key(|fragment| fragment.page.is_none());
    for fragment in sorted {
        let vendor = Vendor::of(fragment);
        for (path, method, operation) in fragment.operations() {
            let method_name = method.to_ascii_uppercase();
            if operation.get("responses").is_none() {
                listed.push((method_name, path.to_owned(), fragment.file.clone()));
                continue;
            }
            let layer = layer(fragment, &vendor, path, method, operation);
            let key = (method_name, anonymous(path));
            match known.get_mut(&key) {
                None => {
                    known.insert(key, layer);
                }
                Some(above) if above.path != layer.path => findings.push(twice(&layer, above)),
                Some(above) if fragment.page.is_some() => {
                    // Their names are no facts.
                    let unnamed = |layer: &Layered| {
                        let mut operation = map(layer.operation.clone());
                        operation.shift_remove("operationId");
                        operation.shift_remove("tags");
                        Value::Object(operation)
                    };
                    let difference = first_difference(&unnamed(above), &unnamed(&layer), "");
                    if let Some((place, there, here)) = difference {
                        let finding = twice(&layer, above);
                        let message = format!(
                            "{}, which has {there} at `{place}`, not {here}: it stays",
                            finding.message
                        );
                        agreement.contradicted.push(Finding { message, ..finding });
                    }
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
    Finding::new(
        "operation-twice",
        format!(
            "`{} {}` is `{} {}` of {}",
            layer.method,
            layer.path,
            known.method,
            known.path,
            known.files.join(", ")
        ),
    )
    .file(layer.files.join(", "))
    .pointer(layer.pointer.clone())
    .help("one operation has one page, and one path has one spelling: delete the older of the two")
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
    let resolved = |value: &Value| target(document, value).unwrap_or(value).clone();
    let mut operation = map(operation.clone());
    // Parameters of the path first; those of the operation replace them.
    let mut parameters: Vec<Value> = Vec::new();
    for parameter in elements(item.get("parameters")).chain(elements(operation.get("parameters"))) {
        let parameter = resolved(parameter);
        match parameters
            .iter_mut()
            .find(|known| is_same(known, &parameter))
        {
            Some(known) => *known = parameter,
            None => parameters.push(parameter),
        }
    }
    operation.shift_remove("parameters");
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(body) = operation.get("requestBody") {
        let body = resolved(body);
        operation.insert("requestBody".to_owned(), body);
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for response in responses.values_mut() {
            let evidence = response.get(EVIDENCE).cloned();
            *response = resolved(response);
            if let (Some(evidence), Some(map)) = (evidence, response.as_object_mut()) {
                map.entry(EVIDENCE).or_insert(evidence);
            }
        }
    }
    let mut expanded = Value::Object(operation);
    visit_mut(&mut expanded, Kind::Operation, &mut |value, kind| {
        if matches!(kind, Kind::Parameter | Kind::Media)
            && let Some(schema) = value.get_mut("schema")
        {
            *schema = vendor.expand(schema);
        }
    });
    let mut operation = map(expanded);
    let own_page = operation.shift_remove(PAGE);
    operation.shift_remove(SOURCES);
    let servers = operation.shift_remove("servers");
    if let Some(security) = document.get("security") {
        operation
            .entry("security")
            .or_insert_with(|| security.clone());
    }
    let server = [
        servers.as_ref(),
        item.get("servers"),
        document.get("servers"),
    ]
    .into_iter()
    .flatten()
    .find_map(server);
    Layered {
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        page: match &fragment.page {
            Some(page) => page.address.clone(),
            None => own_page
                .as_ref()
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
        },
        form: fragment
            .page
            .as_ref()
            .map_or("facts", |page| page.form.as_str()),
        files: vec![fragment.file.clone()],
        pointer: child(&child("/paths", path), method),
        operation: Value::Object(operation),
        server,
    }
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

struct Filler<'a> {
    page: String,
    file: String,
    /// Places of facts that the page says as well.
    redundant: Vec<String>,
    agreement: &'a mut Agreement,
}

/// Lays facts below a page.
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
    let pointer = below.pointer;
    let below = map(below.operation);
    let Value::Object(operation) = &mut above.operation else {
        return;
    };
    for (key, value) in below {
        let pointer = child(&pointer, &key);
        match (key.as_str(), operation.get_mut(&key), value) {
            (EVIDENCE, Some(known), value) => {
                let of = |value: &Value| Evidence::of(&json!({EVIDENCE: value}));
                if of(known) < of(&value) {
                    *known = value;
                }
            }
            (_, None, value) => {
                operation.insert(key, value);
            }
            ("parameters", Some(Value::Array(known)), Value::Array(more)) => {
                for (index, parameter) in more.into_iter().enumerate() {
                    let pointer = child(&pointer, index);
                    match known.iter_mut().find(|known| is_same(known, &parameter)) {
                        // A path cannot be written down without its parameters.
                        Some(known) if *known == parameter && text(known, "in") == Some("path") => {
                        }
                        Some(known) => filler.fill(known, parameter, &pointer),
                        None => known.push(parameter),
                    }
                }
            }
            ("requestBody", Some(known), value) => filler.fill(known, value, &pointer),
            ("responses", Some(Value::Object(known)), Value::Object(more)) => {
                for (status, response) in more {
                    let pointer = child(&pointer, &status);
                    if status.starts_with('2')
                        && status != ANY_SUCCESS
                        && let Some(unnamed) = known.shift_remove(ANY_SUCCESS)
                    {
                        known.insert(status.clone(), unnamed);
                    }
                    let is_success = status == ANY_SUCCESS;
                    let place = if is_success {
                        known.keys().find(|known| known.starts_with('2')).cloned()
                    } else {
                        None
                    };
                    match known.get_mut(place.as_ref().unwrap_or(&status)) {
                        Some(known) => filler.fill(known, response, &pointer),
                        None => {
                            known.insert(status, response);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    filler.finish(&pointer);
}

impl Filler<'_> {
    /// Reports what is redundant, once for the operation.
    fn finish(self, operation: &str) {
        let names: Vec<&str> = self
            .redundant
            .iter()
            .filter_map(|pointer| pointer.rsplit('/').next())
            .collect();
        if names.is_empty() {
            return;
        }
        self.agreement.redundant.push(
            Finding::new(
                "facts-redundant",
                format!(
                    "{} says as well what stands here at {}",
                    self.page,
                    names.join(", ")
                ),
            )
            .file(&self.file)
            .pointer(operation)
            .help("delete these facts here"),
        );
    }

    fn contradicted(&mut self, pointer: &str, message: String) {
        self.agreement.contradicted.push(
            Finding::new("fact-contradicted", message)
                .file(&self.file)
                .pointer(pointer)
                .help(format!(
                    "delete the fact; where {} is wrong, correct the document in an overlay and record the choice in spec/conflicts.yaml",
                    self.page
                )),
        );
    }

    /// Adds to `known`, of a page, what only `fact` says.
    fn fill(&mut self, known: &mut Value, fact: Value, pointer: &str) {
        if *known == fact {
            self.redundant.push(pointer.to_owned());
            return;
        }
        let (here, there) = (Evidence::of(known), Evidence::of(&fact));
        let evidence_of_both = here.zip(there);
        // Where the page refers to a schema, or the facts do, the page's own schema says more.
        if text(&fact, "$ref").is_some() || fact.get("allOf").is_some() {
            if known.get("properties").is_none()
                && known.get("allOf").is_none()
                && text(known, "$ref").is_none()
                && (type_of(known).is_none() || type_of(known) == Some("object"))
            {
                let nullable = known.get("nullable").cloned();
                *known = fact;
                if let (Some(nullable), Some(map)) = (nullable, known.as_object_mut()) {
                    map.entry("nullable").or_insert(nullable);
                }
            }
            return;
        }
        let types = (
            type_of(known).map(str::to_owned),
            type_of(&fact).map(str::to_owned),
        );
        if let (Some(one), Some(other)) = &types
            && one != other
        {
            let is_stronger = evidence_of_both.is_none_or(|(here, there)| there >= here);
            if is_stronger {
                let message = format!("this is {other} here, {one} on the page of {}", self.page);
                self.contradicted(pointer, message);
                *known = fact;
            }
            return;
        }
        let Value::Object(fact) = fact else { return };
        let was_sampled = evidence_of_both.is_some_and(|(here, there)| here < there);
        // A page that prints properties says which of them are required.
        let has_printed = is_printed(known);
        let Value::Object(map) = known else { return };
        for (key, value) in fact {
            let pointer = child(pointer, &key);
            if key == "required" && has_printed {
                continue;
            }
            match (key.as_str(), map.get_mut(&key), value) {
                ("properties", Some(Value::Object(properties)), Value::Object(more)) => {
                    for (name, property) in more {
                        let pointer = child(&pointer, &name);
                        match properties.get_mut(&name) {
                            Some(known) => self.fill(known, property, &pointer),
                            None => {
                                properties.insert(name, property);
                            }
                        }
                    }
                }
                (
                    "schema" | "items" | "content" | "application/json" | "additionalProperties",
                    Some(known),
                    value,
                ) => {
                    self.fill(known, value, &pointer);
                }
                (EVIDENCE | RULE, Some(known), value) => {
                    if was_sampled {
                        *known = value;
                    }
                }
                ("required", Some(Value::Array(known)), Value::Array(more)) => {
                    known.extend(
                        more.into_iter()
                            .filter(|name| !known.contains(name))
                            .collect::<Vec<_>>(),
                    );
                }
                ("nullable" | "deprecated" | "required" | "example", Some(_), _) => {}
                (_, None, value) => {
                    // A page that prints a field says all flags that it has.
                    let is_flag = matches!(key.as_str(), "nullable" | "deprecated" | "required");
                    if !is_flag || was_sampled || evidence_of_both.is_none() {
                        map.insert(key, value);
                    }
                }
                (ID, Some(known), value) => {
                    if *known != value {
                        let message = format!("{value} here, {known} on the page of {}", self.page);
                        self.contradicted(&pointer, message);
                        *known = value;
                    }
                }
                (_, Some(known), value) => {
                    if *known != value && was_sampled {
                        *known = value;
                    }
                }
            }
        }
    }
}

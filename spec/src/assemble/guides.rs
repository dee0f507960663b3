//! Adds the facts of guides (tables, samples and terms) to a finished document.
//!
//! New facts go into the document. If the document differs, it stays unchanged, and the difference is reported. A page
//! that is truncated, or has only a part of a list, proves nothing about missing entries.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::{
    case::{singular, words},
    finding::Finding,
    fragment::{Evidence, Fragment, Loss, RATE_LIMITS, guide, guide::cell},
    openapi::{
        add_new, component_name, elements, entries, entries_mut, operations, put_default, text,
    },
    page,
    yaml::child,
};

use super::descriptions::NEUTRAL;

/// The schema of error codes.
const CODES: &str = "/components/schemas/ErrorCode/enum";

/// The schema of the names of events.
const EVENTS: &str = "/components/schemas/WebhookEventName/enum";

/// Parameters that operations share, headers among them.
const PARAMETERS: &str = "/components/parameters";

/// Adds the facts of the guides among `fragments`, and reports contradictions.
pub(super) fn apply(document: &mut Value, fragments: &[Fragment]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let limits: Vec<&Value> = fragments
        .iter()
        .flat_map(|fragment| elements(fragment.document.get(RATE_LIMITS)))
        .collect();
    if let Some(first) = limits.first() {
        document[RATE_LIMITS] = json!([first]);
    }
    for fragment in fragments {
        let Some(page) = &fragment.page else { continue };
        let mut guide = Guide {
            document,
            is_whole: !page.losses.contains(&Loss::End {}),
            file: &fragment.file,
            listed: HashMap::new(),
            findings: &mut findings,
        };
        for (heading, section) in guide::sections(&fragment.document) {
            guide.section(heading, section, &limits);
        }
        guide.finish();
    }
    findings
}

/// The kinds of filters, at the root of a document.
const KINDS: &str = "x-heffl-filter-kinds";

struct Guide<'a> {
    document: &'a mut Value,
    is_whole: bool,
    file: &'a str,
    /// The names on the page, by their place in the document.
    listed: HashMap<&'static str, HashSet<String>>,
    findings: &'a mut Vec<Finding>,
}

impl Guide<'_> {
    /// Reports that page and document differ. `at` is the place in the document.
    fn contradicted(&mut self, at: &str, message: String) {
        let help = format!(
            "correct the overlay or fact that `{at}` comes from, or record the choice in spec/conflicts.yaml with this place in `at`"
        );
        let finding = Finding::new("guide-contradicted", message);
        self.findings
            .push(finding.file(self.file).pointer(at).help(help));
    }

    fn section(&mut self, heading: &str, section: &Value, limits: &[&Value]) {
        for row in elements(section.get("rows")) {
            let code = cell(row, &["code", "error code"]);
            let status = cell(row, &["http status", "status", "status code"]);
            if let (Some(code), Some(status)) = (code, status) {
                self.code(code, status);
            }
            if let Some(name) = cell(row, &["parameter"]) {
                self.parameter(name, row);
            }
            let filter = [
                &["field"][..],
                &["type"],
                &["operators", "example operators"],
            ];
            if let [Some(field), Some(kind), Some(operators)] = filter.map(|it| cell(row, it)) {
                self.filter(heading, field, kind, operators);
            }
            if let Some(header) = cell(row, &["header"]) {
                let headers = self.listed.entry(PARAMETERS).or_default();
                headers.insert(header.to_owned());
            }
            self.event(cell(row, &["event"]).unwrap_or_default());
        }
        self.event(heading);
        for sample in elements(section.get("samples")) {
            if let Some(event) = text(sample, "event") {
                self.event(event);
                self.payload(event, sample);
            }
        }
        // In other sections, `lead.id` is a field.
        let lists_events = words(heading).iter().any(|word| singular(word) == "event");
        for term in elements(section.get("terms")).filter_map(Value::as_str) {
            if lists_events {
                self.event(term);
            }
            self.limit(term, limits);
        }
    }

    /// Adds a name to an enum of the document, if there is such an enum.
    fn list(&mut self, place: &'static str, name: &str) -> bool {
        let Some(Value::Array(known)) = self.document.pointer_mut(place) else {
            return false;
        };
        add_new(known, [name.into()]);
        let listed = self.listed.entry(place).or_default();
        listed.insert(name.to_owned());
        true
    }

    fn code(&mut self, code: &str, status: &str) {
        let is_listed = self.list(CODES, code);
        let is_used =
            operations(self.document).any(|(_, _, it)| it["responses"].get(status).is_some());
        if is_listed && !is_used {
            let message =
                format!("the code {code} goes with the status {status}, which no operation has");
            self.contradicted(CODES, message);
        }
    }

    /// A parameter of lists: its default, and its maximum.
    fn parameter(&mut self, name: &str, row: &Value) {
        let none = ["none", "null", "-", "—", ""];
        let default = cell(row, &["default"]).filter(|default| !none.contains(default));
        let literal = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| text.into());
        let default: Option<Value> = default.map(literal);
        let mut terms = elements(row.get("Description")).filter_map(Value::as_str);
        let maximum = terms.find_map(|term| number(term.strip_prefix("max ")?));
        let mut contradicted = None;
        for (path, parameters) in gets(self.document) {
            if !parameters.iter().any(|it| it["name"] == "cursor") {
                continue;
            }
            let named = parameters.iter_mut().enumerate();
            for (index, parameter) in named.filter(|(_, it)| it["name"] == name) {
                let Some(schema) = parameter.get_mut("schema") else {
                    continue;
                };
                for (key, value) in [("default", &default), ("maximum", &maximum)] {
                    let Some(value) = value else { continue };
                    put_default(schema, key, value.clone());
                    let known = &schema[key];
                    if known != value {
                        // All lists have the same parameters: one finding is enough.
                        let operation = child(&child("/paths", path), "get");
                        let place = format!("{operation}/parameters/{index}/schema/{key}");
                        let message = format!(
                            "the {key} of `{name}` is {value} here, and {known} in the document"
                        );
                        contradicted.get_or_insert((place, message));
                    }
                }
            }
        }
        if let Some((place, message)) = contradicted {
            self.contradicted(&place, message);
        }
    }

    /// A field that the lists in a heading can be filtered by.
    fn filter(&mut self, heading: &str, field: &str, kind: &str, operators: &str) {
        if self.document.get(KINDS).is_none() {
            return;
        }
        let named: Vec<String> = words(heading).iter().map(|word| singular(word)).collect();
        let mut contradicted = None;
        for (path, parameters) in gets(self.document) {
            if !named.contains(&singular(path.trim_start_matches('/'))) {
                continue;
            }
            for parameter in parameters {
                let Some(fields) = parameter.get_mut("x-heffl-filters") else {
                    continue;
                };
                let mut new =
                    json!({"kind": kind, "description": NEUTRAL, "schema": {"type": "string"}});
                Evidence::Described.write(&mut new);
                put_default(fields, field, new);
                let known = &fields[field]["kind"];
                if known != kind {
                    contradicted.get_or_insert(format!(
                        "`{field}` of {path} is a filter of the kind {kind} here, and {known} in the document"
                    ));
                }
            }
        }
        if let Some(message) = contradicted {
            return self.contradicted(&child("", KINDS), message);
        }
        let mut new = json!({"description": NEUTRAL, "operators": {}});
        Evidence::Described.write(&mut new);
        let kinds = &mut self.document[KINDS];
        put_default(kinds, kind, new);
        let kind = kinds.get_mut(kind);
        let Some(known) = kind.and_then(|kind| kind.get_mut("operators")) else {
            return;
        };
        for operator in operators.split(", ").filter(|name| !name.is_empty()) {
            let is_for_many = operator.ends_with("_of");
            let values = if is_for_many { "many" } else { "one" };
            let new = json!({"description": NEUTRAL, "values": values});
            put_default(known, operator, new);
        }
    }

    /// Adds the name of an event, if it is one: it starts with a kind of record that has events.
    fn event(&mut self, name: &str) {
        let is_event = name
            .rsplit_once('.')
            .is_some_and(|(kind, _)| self.document["x-webhooks"].get(kind).is_some());
        if is_event {
            self.list(EVENTS, name);
        }
    }

    /// The payload of an event: properties that only its sample shows.
    fn payload(&mut self, event: &str, sample: &Value) {
        let kind = event.rsplit_once('.').map_or(event, |(kind, _)| kind);
        let place =
            child("/x-webhooks", kind) + "/post/requestBody/content/application~1json/schema";
        let schema = |place: &str| component_name(self.document.pointer(place)?);
        let payload = schema(&place)
            .and_then(|name| schema(&(child("/components/schemas", name) + "/properties/payload")));
        let Some(name) = payload else { return };
        let place = child("/components/schemas", name) + "/properties";
        let Some(properties) = self.document.pointer_mut(&place) else {
            return;
        };
        for (key, value) in entries(sample.get("payload")) {
            let mut property = page::sampled(value);
            if property["type"] == "object" {
                property = json!({"type": "object", "additionalProperties": {}});
            }
            property["nullable"] = json!(true);
            Evidence::Sampled.write(&mut property);
            put_default(properties, key, property);
        }
    }

    /// `60 requests per minute`.
    fn limit(&mut self, term: &str, limits: &[&Value]) {
        let Some((requests, per)) = term.split_once(" requests per ") else {
            return;
        };
        let limit = json!({"requests": number(&requests.replace(',', "")), "per": per});
        if !limits.is_empty() && !limits.contains(&&limit) {
            let message =
                format!("{term} here, and another limit in `{RATE_LIMITS}` of spec/facts");
            self.contradicted(&child("", RATE_LIMITS), message);
        }
    }

    /// Reports names that the document has and the page's lists lack.
    fn finish(mut self) {
        let parameters = entries(self.document.pointer(PARAMETERS)).map(|(_, it)| it);
        let headers = parameters
            .filter(|parameter| parameter["in"] == "header")
            .filter_map(|parameter| parameter.get("name"));
        let values = |place: &'static str| elements(self.document.pointer(place));
        let known = [
            (CODES, values(CODES).cloned().collect()),
            (EVENTS, values(EVENTS).cloned().collect()),
            (PARAMETERS, headers.cloned().collect::<Vec<Value>>()),
        ];
        for (place, known) in known {
            let listed = self.listed.remove(place).unwrap_or_default();
            let known: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
            let missing = known.iter().filter(|name| !listed.contains(**name));
            let missing: Vec<&&str> = missing.collect();
            // A page that names less than half of a list is not about it.
            if self.is_whole && 2 * missing.len() < known.len() {
                for name in missing {
                    let message =
                        format!("the document has `{name}`, which this page does not list");
                    self.contradicted(place, message);
                }
            }
        }
    }
}

/// The parameters of all operations that read, by path.
fn gets(document: &mut Value) -> impl Iterator<Item = (&String, &mut Vec<Value>)> {
    entries_mut(document.get_mut("paths")).filter_map(|(path, item)| {
        Some((path, item.pointer_mut("/get/parameters")?.as_array_mut()?))
    })
}

fn number(text: &str) -> Option<Value> {
    text.parse::<u64>().ok().map(Value::from)
}

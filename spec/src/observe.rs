//! Facts that the service has shown: from the report of `heffl doctor`, which has names and JSON types.
//!
//! A field that the document does not have becomes a fact. If the service and the document differ in a type,
//! a person must choose.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    assemble::{self, Inputs},
    finding::Finding,
    fragment::{ANY_SUCCESS, EVIDENCE, Fragment, PAGE},
    openapi::{elements, entries, operations, path_parameters, schema_name, target, text},
    yaml,
};

const HEADER: &str = "# Written by `cargo xtask docs observe` from reports of `heffl doctor`.\n";

/// The deepest nesting of a record in a response.
const DEPTH: usize = 6;

/// The facts that a report adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Files below `spec/facts`: path relative to the workspace, and text.
    pub files: Vec<(String, String)>,
    /// The fields that are new, such as `v2 Deal.colour`.
    pub added: Vec<String>,
    /// Differences that cannot become facts: a person must choose.
    pub differing: Vec<Finding>,
}

/// The parts of the report of `heffl doctor` that facts need.
#[derive(Deserialize)]
struct Report {
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    version: String,
    id: String,
    path: String,
    status: Option<u16>,
    /// The JSON types at each path, such as `data[].id`.
    shape: BTreeMap<String, BTreeSet<String>>,
}

/// A step into a JSON value.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Member(String),
    Items,
}

/// The observed types at one place.
#[derive(Debug, Default)]
struct Seen {
    types: BTreeSet<String>,
    members: BTreeMap<String, Seen>,
    items: Option<Box<Seen>>,
}

/// An observed field that the document does not have.
struct Missing<'a> {
    /// The component that has the field, and the number of steps that lead to it.
    component: Option<(String, usize)>,
    path: &'a str,
    /// The steps to the object that has the field.
    steps: Vec<Step>,
    name: String,
    schema: Value,
}

/// Reads a report. `file` is its name, for findings.
pub fn observe(inputs: &Inputs, report: &str, file: &str) -> Result<Observed, Vec<Finding>> {
    let report: Report = serde_json::from_str(report).map_err(|error| {
        let finding = Finding::new("report-invalid", format!("this is not a report: {error}"));
        finding
            .file(file)
            .line(error.line())
            .help("save what `heffl doctor` prints")
    })?;
    let assembled = assemble::assemble(inputs)?;
    let fragments = inputs.fragments()?;
    let mut observed = Observed::default();
    for (version, fragments) in &fragments {
        let name = assemble::file_of(version);
        let text = assembled.files.iter().find(|(file, _)| *file == name);
        let Some((_, text)) = text else { continue };
        let document = yaml::read(text, &name)?;
        let path = format!("spec/facts/{version}/observed.yaml");
        let mut facts = match inputs.text(&path) {
            Some(text) => yaml::read(text, &path)?,
            None => json!({ (EVIDENCE): "observed", "paths": {} }),
        };
        let before = observed.added.len();
        let mut version = Version {
            name: version,
            document: &document,
            fragments,
            file,
            observed: &mut observed,
        };
        let reported = report.operations.iter();
        for operation in reported.filter(|operation| operation.version == *version.name) {
            version.operation(operation, &mut facts);
        }
        if observed.added.len() > before {
            observed
                .files
                .push((path, format!("{HEADER}{}", yaml::write_compact(&facts))));
        }
    }
    // Facts that cannot be assembled are not written.
    assemble::assemble(&inputs.with(observed.files.clone(), &[]))?;
    Ok(observed)
}

/// One version of the API, with its operations in the report.
struct Version<'a> {
    name: &'a str,
    document: &'a Value,
    fragments: &'a [Fragment],
    file: &'a str,
    observed: &'a mut Observed,
}

impl Version<'_> {
    fn operation(&mut self, operation: &Operation, facts: &mut Value) {
        let Operation {
            id,
            path,
            status,
            shape,
            ..
        } = operation;
        if !status.is_some_and(|status| (200..300).contains(&status)) {
            return;
        }
        let known =
            operations(self.document).find(|(known, method, _)| (*known, *method) == (path, "get"));
        let Some(schema) = known.and_then(|(_, _, operation)| success(operation)) else {
            let message = format!("{id}: the document has no response of GET {path}");
            return self.differing(message);
        };
        let mut missing = Vec::new();
        self.compare(
            schema,
            &Seen::of(shape),
            (id, path),
            None,
            &mut Vec::new(),
            &mut missing,
        );
        for missing in missing {
            self.add(&missing, facts);
        }
    }

    /// Compares an observed shape with a schema.
    fn compare<'b>(
        &mut self,
        schema: &Value,
        seen: &Seen,
        (id, path): (&str, &'b str),
        within: Option<&(String, usize)>,
        steps: &mut Vec<Step>,
        missing: &mut Vec<Missing<'b>>,
    ) {
        let document = self.document;
        let own = component(schema).map(|name| (name.to_owned(), steps.len()));
        let within = own.or_else(|| within.cloned());
        let within = within.as_ref();
        if let Some(difference) = seen.difference(document, schema) {
            return self.differing(format!("{id}: {} is {difference}", shown(steps)));
        }
        if let (Some(items), Some(seen)) = (part(document, schema, "items"), &seen.items) {
            steps.push(Step::Items);
            self.compare(items, seen, (id, path), within, steps, missing);
            steps.pop();
        }
        // Names that the workspace defines are not facts.
        for (name, seen) in seen.members.iter().filter(|(name, _)| !name.contains('*')) {
            if let Some(schema) = property(document, schema, name) {
                steps.push(Step::Member(name.clone()));
                self.compare(schema, seen, (id, path), within, steps, missing);
                steps.pop();
            } else if let Some(schema) = seen.schema() {
                missing.push(Missing {
                    component: within.cloned(),
                    path,
                    steps: steps.clone(),
                    name: name.clone(),
                    schema,
                });
            }
        }
    }

    /// Adds a field to the facts, at the operation whose fragment prints the record.
    fn add(&mut self, missing: &Missing<'_>, facts: &mut Value) {
        let Missing {
            component,
            path,
            steps,
            name,
            schema,
        } = missing;
        let (parent, inside) = match component {
            Some((component, length)) => (component.as_str(), steps.get(*length..)),
            None => (*path, Some(&steps[..])),
        };
        let inside = inside.unwrap_or_default();
        let place = shown(&[inside, &[Step::Member(name.clone())][..]].concat());
        let label = format!("{} {parent}.{place}", self.name);
        if self.observed.added.contains(&label) {
            return;
        }
        let mut places = vec![(*path, "get", steps.clone())];
        if let Some((component, _)) = component {
            for (path, method, operation) in operations(self.document) {
                let ways = success(operation).map(|schema| self.steps_to(schema, component, DEPTH));
                let ways = ways.into_iter().flatten();
                places.extend(ways.map(|way| (path, method, [&way[..], inside].concat())));
            }
        }
        let place = places.into_iter().find_map(|(path, method, steps)| {
            let mut fragments = self.fragments.iter();
            let page = fragments.find_map(|fragment| page(fragment, path, method, &steps))?;
            Some((path, method, steps, page))
        });
        let Some((path, method, steps, page)) = place else {
            return self.differing(format!("{label} is new, and no fragment prints its record"));
        };
        let field = json!({ "type": "object", "properties": { (name): schema } });
        let schema = steps.iter().rev().fold(field, |inner, step| match step {
            Step::Member(name) => json!({ "type": "object", "properties": { (name): inner } }),
            Step::Items => json!({ "type": "array", "items": inner }),
        });
        let parameters = path_parameters(path).unwrap_or_default().into_iter();
        let parameters = parameters.map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
        });
        let mut fact = json!({
            (PAGE): page,
            "responses": { (ANY_SUCCESS): { "content": { "application/json": { "schema": schema } } } },
        });
        if parameters.len() > 0 {
            fact["parameters"] = parameters.collect();
        }
        let fact = json!({ "paths": { (path): { (method): fact } } });
        merge(facts, fact);
        self.observed.added.push(label);
    }

    /// The paths from a schema to a component.
    fn steps_to(&self, schema: &Value, component: &str, depth: usize) -> Vec<Vec<Step>> {
        if self::component(schema) == Some(component) {
            return vec![Vec::new()];
        }
        let Some(depth) = depth.checked_sub(1) else {
            return Vec::new();
        };
        let schema = target(self.document, schema).unwrap_or(schema);
        let items = schema.get("items").map(|items| (Step::Items, items));
        let members = entries(schema.get("properties"));
        let members = members.map(|(name, schema)| (Step::Member(name.clone()), schema));
        let inner = items.into_iter().chain(members);
        inner
            .flat_map(|(step, schema)| {
                let ways = self.steps_to(schema, component, depth);
                ways.into_iter()
                    .map(move |way| [vec![step.clone()], way].concat())
            })
            .collect()
    }

    fn differing(&mut self, message: String) {
        let finding = Finding::new("observed-differs", message).file(self.file);
        let finding = finding.help("correct the document in an overlay, or add the fact by hand");
        self.observed.differing.push(finding);
    }
}

/// The schema of the first success of an operation.
fn success(operation: &Value) -> Option<&Value> {
    let mut responses = entries(operation.get("responses"));
    let (_, response) = responses.find(|(status, _)| status.starts_with('2'))?;
    response.pointer("/content/application~1json/schema")
}

/// The parts of a schema. A nullable reference is a choice between the reference and null.
fn parts(schema: &Value) -> impl Iterator<Item = &Value> {
    let keys = ["allOf", "anyOf"];
    keys.into_iter().flat_map(|key| elements(schema.get(key)))
}

/// The name of the component that a schema refers to.
fn component(schema: &Value) -> Option<&str> {
    schema_name(schema).or_else(|| parts(schema).find_map(schema_name))
}

/// A keyword of a schema, followed through references.
fn part<'a>(document: &'a Value, schema: &'a Value, key: &str) -> Option<&'a Value> {
    let schema = target(document, schema).unwrap_or(schema);
    let inherited = || parts(schema).find_map(|it| part(document, it, key));
    schema.get(key).or_else(inherited)
}

/// The schema of a property.
fn property<'a>(document: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    let schema = target(document, schema).unwrap_or(schema);
    let own = schema
        .get("properties")
        .and_then(|properties| properties.get(name));
    own.or_else(|| parts(schema).find_map(|it| property(document, it, name)))
}

/// The page of a fragment that has the object at these steps itself, and no reference to it: facts can be added there.
fn page<'a>(fragment: &'a Fragment, path: &str, method: &str, steps: &[Step]) -> Option<&'a str> {
    let document = &fragment.document;
    let mut operations = fragment.operations();
    let (_, _, operation) = operations.find(|(known, it, _)| (*known, *it) == (path, method))?;
    let object = steps
        .iter()
        .try_fold(success(operation)?, |schema, step| match step {
            Step::Items => part(document, schema, "items"),
            Step::Member(name) => property(document, schema, name),
        })?;
    let is_object = part(document, object, "type").is_some_and(|name| name == "object");
    let address = fragment.page.as_ref().map(|page| page.address.as_str());
    address
        .or_else(|| text(operation, PAGE))
        .filter(|_| is_object)
}

fn shown(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Items => text.push_str("[]"),
            Step::Member(name) if text.is_empty() => text.push_str(name),
            Step::Member(name) => text = format!("{text}.{name}"),
        }
    }
    if text.is_empty() {
        "the response".to_owned()
    } else {
        text
    }
}

/// Adds the members that only `more` has.
fn merge(known: &mut Value, more: Value) {
    let (Value::Object(known), Value::Object(more)) = (known, more) else {
        return;
    };
    for (key, value) in more {
        match known.get_mut(&key) {
            Some(known) => merge(known, value),
            None => drop(known.insert(key, value)),
        }
    }
}

impl Seen {
    fn of(shape: &BTreeMap<String, BTreeSet<String>>) -> Self {
        let mut root = Self::default();
        for (path, types) in shape {
            let mut place = &mut root;
            for step in path.split('.').filter(|step| !step.is_empty()) {
                let (name, lists) = step.split_at(step.find('[').unwrap_or(step.len()));
                if !name.is_empty() {
                    place = place.members.entry(name.to_owned()).or_default();
                }
                for _ in lists.matches('[') {
                    place = place.items.get_or_insert_default();
                }
            }
            place.types.extend(types.iter().cloned());
        }
        root
    }

    /// The types other than null. A whole number may be any number.
    fn known_types(&self) -> BTreeSet<&str> {
        let types = self.types.iter().map(String::as_str);
        types
            .filter(|name| *name != "null")
            .map(|name| if name == "integer" { "number" } else { name })
            .collect()
    }

    /// The difference from the type of a schema.
    fn difference(&self, document: &Value, schema: &Value) -> Option<String> {
        let wanted = part(document, schema, "type")?.as_str()?;
        let is_wanted = |name: &str| match wanted {
            "integer" => self.types.contains("integer") && name == "number",
            wanted => name == wanted,
        };
        let found: Vec<&str> = self
            .known_types()
            .into_iter()
            .filter(|name| !is_wanted(name))
            .collect();
        (!found.is_empty()).then(|| format!("{}, and {wanted} in the document", found.join(" or ")))
    }

    /// The schema of an observed value, unless it has several types or is always null.
    fn schema(&self) -> Option<Value> {
        let types = self.known_types();
        let mut types = types.into_iter();
        let (Some(name), None) = (types.next(), types.next()) else {
            return None;
        };
        let mut schema = Map::from_iter([("type".to_owned(), json!(name))]);
        if self.types.contains("null") {
            schema.insert("nullable".to_owned(), json!(true));
        }
        if name == "object" {
            let members = self.members.iter().filter(|(name, _)| !name.contains('*'));
            let members = members.filter_map(|(name, seen)| Some((name.clone(), seen.schema()?)));
            schema.insert(
                "properties".to_owned(),
                members.collect::<Map<_, _>>().into(),
            );
        }
        if name == "array" {
            // Lists that were always empty have items of any type.
            let items = self.items.as_ref().and_then(|seen| seen.schema());
            schema.insert("items".to_owned(), items.unwrap_or_else(|| json!({})));
        }
        Some(schema.into())
    }
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;

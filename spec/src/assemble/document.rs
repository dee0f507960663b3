//! One version's records as an OpenAPI document, before overlays.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    ERROR_RESPONSES,
    components::{Components, Parameter, Schema},
    emit::Prefixes,
    names::Names,
    naming::{Named, Operations, key},
    resolve::{self, Resolver, list_field},
    shape::{Member, Object, Role, Shape, is_json_text},
    words::capitalised,
};
use crate::{
    Finding,
    record::{ErrorAnswer, Location, Part, Record},
    yaml,
};

/// Makes a document of the records of one version (`v1`, `v2`). The order of the records does not
/// matter.
pub fn document(
    version: &str,
    records: &[(String, Record)],
    names: &Names,
) -> Result<Value, Vec<Finding>> {
    let mut sorted: Vec<&(String, Record)> = records.iter().collect();
    sorted.sort_by(|left, right| left.0.cmp(&right.0));
    let names = names.version(version);
    let operations = Operations::new(&sorted, &names)?;
    let resolver = Resolver::new(&operations);
    let mut assembly = Assembly {
        shared_failures: shared_failures(&resolver, &operations),
        resolver,
        components: Components::default(),
        prefixes: Prefixes::new(),
        findings: super::union::check(&sorted),
    };
    assembly.guides(&sorted, &operations);
    let server = assembly.server(&sorted);
    let mut calls: Vec<Call<'_>> = operations
        .iter()
        .map(|operation| assembly.call(operation))
        .collect();
    assembly.complete_lists();
    assembly.components.settle();
    assembly.components.name_objects(&mut assembly.findings);
    let mut parameters: Vec<Parameter<'_>> = calls
        .iter_mut()
        .flat_map(|call| {
            let noun = &call.operation.noun;
            call.parameters.iter_mut().map(move |given| Parameter {
                resource: &noun.resource,
                operation_id: &noun.operation_id,
                name: given.name,
                shape: &mut given.member.shape,
            })
        })
        .collect();
    assembly
        .components
        .name_enums(&mut parameters, &mut assembly.findings);
    for call in &mut calls {
        call.each_shape(&mut |shape| {
            if let Shape::Component(name) = shape
                && let Some(chosen) = names.schemas.get(name)
            {
                name.clone_from(chosen);
            }
        });
    }
    assembly.components.rename(&names, &mut assembly.findings);
    assembly.check_prefixes(&calls);
    if assembly.findings.is_empty() {
        let mut document = assembly.write(version, &server, &calls);
        super::order::document(&mut document);
        Ok(document)
    } else {
        Err(assembly.findings)
    }
}

/// Records on their way to a document.
pub(super) struct Assembly<'a> {
    pub(super) resolver: Resolver<'a>,
    pub(super) components: Components,
    pub(super) prefixes: Prefixes,
    pub(super) findings: Vec<Finding>,
    /// See [`shared_failures`].
    shared_failures: HashSet<String>,
}

/// An operation and the shapes of what it carries.
pub(super) struct Call<'a> {
    pub(super) operation: &'a Named<'a>,
    pub(super) parameters: Vec<Given<'a>>,
    pub(super) body: Option<Shape>,
    pub(super) response: Shape,
    /// What its page says of answers that not every operation gives.
    pub(super) failures: Vec<(&'a ErrorAnswer, Option<Shape>)>,
}

/// A parameter.
pub(super) struct Given<'a> {
    pub(super) name: &'a str,
    pub(super) location: Location,
    pub(super) member: Member,
    pub(super) json: bool,
}

impl Call<'_> {
    fn each_shape(&mut self, visit: &mut dyn FnMut(&mut Shape)) {
        for given in &mut self.parameters {
            given.member.shape.visit_mut(visit);
        }
        if let Some(body) = &mut self.body {
            body.visit_mut(visit);
        }
        self.response.visit_mut(visit);
        for shape in self
            .failures
            .iter_mut()
            .filter_map(|(_, shape)| shape.as_mut())
        {
            shape.visit_mut(visit);
        }
    }
}

impl<'a> Assembly<'a> {
    /// Prefixes and operation tables of the guides.
    fn guides(&mut self, records: &[&(String, Record)], operations: &Operations<'_>) {
        for (file, record) in records.iter().map(|entry| (&entry.0, &entry.1)) {
            let Some(guide) = &record.guide else { continue };
            for (prefix, of) in &guide.prefixes {
                if let Some(known) = self.prefixes.get(prefix).filter(|known| *known != of) {
                    self.findings.push(
                        Finding::new(
                            "guides-contradict",
                            format!("{prefix} stands for {of} here, for {known} in another guide"),
                        )
                        .file(file)
                        .pointer(yaml::child("/guide/prefixes", prefix)),
                    );
                }
                self.prefixes.insert(prefix.clone(), of.clone());
            }
            for (index, row) in guide.operations.iter().enumerate() {
                if !operations.has(&row.method, &row.path) {
                    self.findings.push(
                        Finding::new(
                            "operation-without-record",
                            format!(
                                "the guide lists `{} {}`, but no record has it",
                                row.method, row.path
                            ),
                        )
                        .file(file)
                        .pointer(format!("/guide/operations/{index}"))
                        .help("pull its page, or write a record of the form `facts`"),
                    );
                }
            }
        }
    }

    /// The server that all records agree on.
    fn server(&mut self, records: &[&(String, Record)]) -> String {
        let mut found: Option<(&str, &str)> = None;
        for (file, record) in records.iter().map(|entry| (&entry.0, &entry.1)) {
            let operation = record.operation.as_ref().and_then(|o| o.server.as_deref());
            let guide = record.guide.as_ref().and_then(|g| g.base_url.as_deref());
            for server in operation.into_iter().chain(guide) {
                let server = server.trim_end_matches('/');
                match found {
                    None => found = Some((server, file)),
                    Some((known, other)) if known != server => self.findings.push(
                        Finding::new(
                            "servers-differ",
                            format!("the server is {server} here, {known} in {other}"),
                        )
                        .file(file)
                        .help("all records of a version have the same server"),
                    ),
                    Some(_) => {}
                }
            }
        }
        if found.is_none() {
            self.findings.push(
                Finding::new("server-missing", "no record names the server")
                    .help("give a guide `base_url`, or an operation `server`"),
            );
        }
        found
            .map(|(server, _)| server.to_owned())
            .unwrap_or_default()
    }

    fn call(&mut self, operation: &'a Named<'a>) -> Call<'a> {
        let mut parameters = Vec::new();
        for parameter in &operation.record.parameters {
            let json = parameter.location == Location::Query && is_json_text(&parameter.field.ty);
            match self.resolver.member(&parameter.field) {
                Ok(mut member) => {
                    if json {
                        member.shape = Shape::Scalar {
                            kind: "string",
                            format: None,
                            options: Vec::new(),
                        };
                    }
                    // A parameter that is not sent has no value; `null` cannot be written.
                    member.nullable = false;
                    parameters.push(Given {
                        name: &parameter.field.name,
                        location: parameter.location,
                        member,
                        json,
                    });
                }
                Err(finding) => self.findings.push(finding.file(operation.file)),
            }
        }
        let body = operation.record.body.as_ref().map(|_| self.body(operation));
        let response = self.response(operation);
        let failures = failures(operation)
            .map(|answer| (answer, self.failure(operation, answer)))
            .collect();
        Call {
            operation,
            parameters,
            body: body.map(|body| self.or_report(operation, body)),
            response: self.or_report(operation, response),
            failures,
        }
    }

    fn or_report(&mut self, operation: &Named<'_>, shape: Result<Shape, Finding>) -> Shape {
        shape.unwrap_or_else(|finding| {
            self.findings.push(finding.file(operation.file));
            Shape::Any
        })
    }

    fn body(&mut self, operation: &Named<'_>) -> Result<Shape, Finding> {
        let key = key(operation.record);
        let resolved = self.resolver.content(&key, Part::Body)?;
        let object = self
            .resolver
            .object(&resolved.fields, resolved.custom_fields)?;
        let role = match operation.record.method.as_str() {
            "PATCH" | "PUT" => Role::Patch,
            _ => Role::Request,
        };
        let shape = self.named(&operation.noun.body, object, role, operation);
        Ok(listed(shape, resolved.list))
    }

    fn response(&mut self, operation: &Named<'_>) -> Result<Shape, Finding> {
        let noun = &operation.noun;
        let key = key(operation.record);
        if resolve::is_reference(&operation.record.response.content)
            && let Some(name) = self
                .resolver
                .component(&key, Part::Response, &mut Vec::new())?
        {
            return Ok(Shape::Component(name));
        }
        let resolved = self.resolver.content(&key, Part::Response)?;
        let mut object = self
            .resolver
            .object(&resolved.fields, resolved.custom_fields)?;
        if noun.is_list && !resolved.list {
            self.envelope(&mut object, &resolved, operation);
        }
        if noun.response == DELETE_RESULT {
            // Shared by all resources: its identifier is of no kind in particular.
            for member in object.members.values_mut() {
                member.prefix = None;
            }
        }
        let name = if resolved.list {
            &noun.resource
        } else {
            &noun.response
        };
        let shape = self.named(name, object, Role::Response, operation);
        Ok(listed(shape, resolved.list))
    }

    /// What a page says of an answer, where it says more than a status. Its schema is called after
    /// the status where all operations that have it agree, else after the operation as well.
    fn failure(&mut self, operation: &Named<'_>, answer: &ErrorAnswer) -> Option<Shape> {
        answer.content.media_type.as_ref()?;
        let object = self.resolver.object_of(&answer.content);
        let status = capitalised(&answer.status);
        let name = if self.shared_failures.contains(&answer.status) {
            format!("Error{status}")
        } else {
            format!("{}Error{status}", capitalised(&operation.noun.operation_id))
        };
        let shape = object.map(|object| self.named(&name, object, Role::Response, operation));
        Some(listed(
            self.or_report(operation, shape),
            answer.content.list,
        ))
    }

    /// The elements of a list and the facts of its page are schemas of their own.
    fn envelope(
        &mut self,
        object: &mut Object,
        resolved: &resolve::Resolved,
        operation: &Named<'_>,
    ) {
        let list = list_field(&resolved.fields).map(|field| field.name.as_str());
        if let Some(member) = list.and_then(|name| object.members.get_mut(name)) {
            member.shape.each_own(&mut |shape| match shape {
                Shape::Object(inner) => {
                    let inner = std::mem::take(inner);
                    *shape = self.named(&operation.noun.resource, inner, Role::Response, operation);
                }
                // Nothing is said of the elements; see `complete_lists`.
                Shape::Open => *shape = Shape::Component(operation.noun.resource.clone()),
                _ => {}
            });
        }
        if let Some(member) = object.members.get_mut("meta")
            && let Shape::Object(inner) = &mut member.shape
        {
            let inner = std::mem::take(inner);
            member.shape = self.named(PAGE_META, inner, Role::Response, operation);
        }
    }

    fn named(&mut self, name: &str, object: Object, role: Role, from: &Named<'_>) -> Shape {
        if object.members.is_empty() && !object.custom_fields {
            return Shape::Open;
        }
        let schema = Schema {
            object,
            resource: from.noun.resource.clone(),
            role,
            files: vec![from.file.to_owned()],
        };
        self.components.add(name, schema, &mut self.findings);
        Shape::Component(name.to_owned())
    }

    /// A list whose elements no page describes refers to its resource, if there is a schema of it.
    fn complete_lists(&mut self) {
        let known: Vec<String> = self.components.objects.keys().cloned().collect();
        for schema in self.components.objects.values_mut() {
            schema.object.visit_mut(&mut |shape| {
                if matches!(shape, Shape::Component(name) if !known.contains(name)) {
                    *shape = Shape::Open;
                }
            });
        }
    }

    fn check_prefixes(&mut self, calls: &[Call<'_>]) {
        let mut unknown: Vec<(String, String)> = Vec::new();
        for (name, schema) in &self.components.objects {
            for (property, member) in &schema.object.members {
                if let Some(prefix) = &member.prefix {
                    unknown.push((format!("{name}.{property}"), prefix.clone()));
                }
            }
        }
        for call in calls {
            for given in &call.parameters {
                if let Some(prefix) = &given.member.prefix {
                    let place = format!("{} of {}", given.name, call.operation.noun.operation_id);
                    unknown.push((place, prefix.clone()));
                }
            }
        }
        unknown.retain(|(_, prefix)| !self.prefixes.contains_key(prefix));
        for (place, prefix) in unknown {
            self.findings.push(
                Finding::new(
                    "prefix-unknown",
                    format!("no guide says what the prefix {prefix} stands for ({place})"),
                )
                .help("add it to `prefixes` of a guide's record"),
            );
        }
    }
}

/// The answers that only this operation's page speaks of.
fn failures<'a>(operation: &Named<'a>) -> impl Iterator<Item = &'a ErrorAnswer> + use<'a> {
    let is_general = |answer: &&ErrorAnswer| {
        ERROR_RESPONSES
            .iter()
            .any(|(status, _)| answer.status == *status)
    };
    operation
        .record
        .errors
        .iter()
        .filter(move |answer| !is_general(answer))
}

/// The statuses that all operations which have them answer in one way.
fn shared_failures(resolver: &Resolver<'_>, operations: &Operations<'_>) -> HashSet<String> {
    let mut known: HashMap<&str, Option<Object>> = HashMap::new();
    for answer in operations.iter().flat_map(failures) {
        // What cannot be read is reported where it is used.
        let object = resolver.object_of(&answer.content).ok();
        let object = object.map(|object| object.outline());
        known
            .entry(&answer.status)
            .and_modify(|first| {
                *first = first.take().filter(|first| Some(first) == object.as_ref());
            })
            .or_insert_with(|| object.clone());
    }
    known.retain(|_, object| object.is_some());
    known.into_keys().map(str::to_owned).collect()
}

const DELETE_RESULT: &str = "DeleteResult";
const PAGE_META: &str = "PageMeta";

fn listed(shape: Shape, list: bool) -> Shape {
    if list {
        Shape::List(Box::new(shape))
    } else {
        shape
    }
}

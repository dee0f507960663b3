//! Processes requests, and makes their responses.

use serde_json::{Value, json};

use crate::{
    document::{Catalogue, Object, Operation, Schemas, elements},
    list::{self, Query},
    refusal::Refusal,
    render::render,
    store::{self, Kind, Record, Store},
    validate::{Issue, now, validate, validate_text},
};

/// A request that has been received completely.
pub(crate) struct ParsedRequest<'a> {
    pub(crate) method: &'a str,
    /// Segments of the path below the base URL, decoded; the first is the version.
    pub(crate) segments: &'a [String],
    pub(crate) query: Query,
    pub(crate) body: &'a [u8],
}

/// The requested operation, with the parameters of its path.
pub(crate) fn find<'a>(
    catalogue: &'a Catalogue,
    request: &ParsedRequest<'_>,
) -> Result<(&'a Operation, Vec<String>), Refusal> {
    let (version, segments) = request.segments.split_first().ok_or(Refusal::NotFound)?;
    catalogue
        .find(version, request.method, segments)
        .ok_or(Refusal::NotFound)
}

/// Processes a request.
pub(crate) fn handle(
    store: &mut Store,
    catalogue: &Catalogue,
    operation: &Operation,
    path: &[String],
    request: &ParsedRequest<'_>,
) -> Result<Value, Refusal> {
    let schemas = catalogue.schemas(operation.version);
    check_parameters(schemas, operation, &request.query)?;
    let resource = operation.resource();
    let kinds = store::kinds_at(operation.version, &resource);
    let id = path.first().map(String::as_str);
    match (operation.method.as_str(), resource.as_str(), id) {
        ("POST", "pipelines/stages", Some(pipeline)) => {
            let body = body(schemas, operation, request.body)?;
            exists(store, &kinds_of_pipeline(), pipeline)?;
            let stage = store.add_stage(pipeline, body).ok_or(Refusal::NotFound)?;
            Ok(render_stage(store, schemas, operation, stage))
        }
        ("PATCH", "pipeline-stages", Some(stage)) => {
            let body = body(schemas, operation, request.body)?;
            let fields = store.stage_mut(stage).ok_or(Refusal::NotFound)?;
            merge(fields, body);
            let stage = fields.clone();
            Ok(render_stage(store, schemas, operation, stage))
        }
        ("GET", _, None) => list::list(store, schemas, operation, &kinds, &request.query),
        ("GET", _, Some(id)) => {
            exists(store, &kinds, id)?;
            render_record(store, schemas, operation, id)
        }
        ("POST", _, None) => {
            let fields = body(schemas, operation, request.body)?;
            let kind = *created_kind(&kinds, &fields).ok_or(Refusal::NotFound)?;
            check_rules(store, kind, operation, &fields)?;
            let fields = with_defaults(store, kind, operation.version, fields);
            let id = store.add(kind, fields).id().to_owned();
            render_record(store, schemas, operation, &id)
        }
        ("PATCH", _, Some(id)) => {
            let fields = body(schemas, operation, request.body)?;
            let kind = exists(store, &kinds, id)?;
            check_links(store, kind, &fields)?;
            if let Some(record) = store.get_mut(id) {
                merge(&mut record.fields, fields);
                record.fields.insert("updatedAt".to_owned(), now().into());
            }
            update_dependent_fields(store, id);
            render_record(store, schemas, operation, id)
        }
        ("DELETE", _, Some(id)) => {
            exists(store, &kinds, id)?;
            if let Some(kind) = store.link_to(id) {
                let message = format!("The record cannot be deleted: a {kind} is linked to it.");
                return Err(Refusal::BadRequest(message));
            }
            store.remove(id);
            Ok(json!({"id": id, "deleted": true}))
        }
        _ => Err(Refusal::NotFound),
    }
}

fn kinds_of_pipeline() -> Vec<&'static Kind> {
    store::kinds_at("v2", "pipelines")
}

/// The kind of record that a create makes; if there are several, the `type` of the body decides.
fn created_kind<'a>(kinds: &'a [&'static Kind], fields: &Object) -> Option<&'a &'static Kind> {
    let named = fields.get("type").and_then(Value::as_str);
    kinds
        .iter()
        .find(|kind| kinds.len() > 1 && Some(kind.name) == named)
        .or_else(|| kinds.first())
}

fn exists(store: &Store, kinds: &[&Kind], id: &str) -> Result<&'static Kind, Refusal> {
    let record = store.get(id).ok_or(Refusal::NotFound)?;
    let kind = kinds.iter().find(|kind| kind.name == record.kind.name);
    kind.map(|_| record.kind).ok_or(Refusal::NotFound)
}

fn render_record(
    store: &Store,
    schemas: &Schemas,
    operation: &Operation,
    id: &str,
) -> Result<Value, Refusal> {
    let record = store.get(id).ok_or(Refusal::NotFound)?;
    let schema = operation.response.as_ref().unwrap_or(&Value::Null);
    Ok(render(store, schemas, schema, record))
}

fn render_stage(store: &Store, schemas: &Schemas, operation: &Operation, stage: Object) -> Value {
    let schema = operation.response.as_ref().unwrap_or(&Value::Null);
    let record = Record {
        kind: &store::STAGE,
        fields: stage,
    };
    render(store, schemas, schema, &record)
}

fn check_parameters(
    schemas: &Schemas,
    operation: &Operation,
    query: &Query,
) -> Result<(), Refusal> {
    let mut issues = Vec::new();
    for parameter in &operation.parameters {
        match query.get(&parameter.name) {
            Some(_) if parameter.json => {}
            Some(text) => {
                let found = validate_text(schemas, &parameter.schema, &parameter.name, text);
                issues.extend(found);
            }
            None if parameter.required => issues.push(Issue::of(&parameter.name, "Required")),
            None => {}
        }
    }
    refuse(issues)
}

fn refuse(issues: Vec<Issue>) -> Result<(), Refusal> {
    if issues.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(issues))
    }
}

/// The body of the request, checked against the document.
fn body(schemas: &Schemas, operation: &Operation, text: &[u8]) -> Result<Object, Refusal> {
    let value: Value = serde_json::from_slice(text)
        .map_err(|_| Refusal::BadRequest("The body is not JSON.".to_owned()))?;
    if let Some(schema) = &operation.body {
        refuse(validate(schemas, schema, &value))?;
    }
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(Refusal::BadRequest(
            "The body is not JSON object.".to_owned(),
        )),
    }
}

/// Documented rules for a body that a schema cannot express.
fn check_rules(
    store: &Store,
    kind: &Kind,
    operation: &Operation,
    fields: &Object,
) -> Result<(), Refusal> {
    let has = |field: &str| fields.get(field).is_some_and(|value| !value.is_null());
    let mut issues = Vec::new();
    if operation.version == "v1" && ["company", "contact"].contains(&kind.name) {
        let field = if kind.name == "company" {
            "name"
        } else {
            "firstName"
        };
        if !has(field) {
            issues.push(Issue::of(field, "Required"));
        }
    }
    if has("entity") != has("entityId") {
        let missing = if has("entity") { "entityId" } else { "entity" };
        issues.push(Issue::of(missing, "entity and entityId go together"));
    }
    refuse(issues)?;
    check_links(store, kind, fields)
}

/// Identifiers must belong to records. Kinds that no operation lists are not checked.
fn check_links(store: &Store, kind: &Kind, fields: &Object) -> Result<(), Refusal> {
    let mut issues = Vec::new();
    let mut check_link = |field: &str, kinds: &[&str]| {
        if let Some(id) = fields.get(field).and_then(Value::as_str) {
            let exists = store
                .get(id)
                .is_some_and(|record| kinds.contains(&record.kind.name));
            let is_stage = kinds.contains(&store::STAGE.name) && store.stage(id).is_some();
            if !exists && !is_stage {
                issues.push(Issue::of(field, "There is no such record"));
            }
        }
    };
    check_link("clientId", &["contact", "company"]);
    check_link("contactId", &["contact", "company"]);
    check_link("companyId", &["company"]);
    check_link("leadId", &["lead"]);
    check_link("dealId", &["deal"]);
    check_link("sourceId", &["source"]);
    check_link("leadStageId", &["lead-stage"]);
    check_link("ownerUserId", &["user"]);
    check_link("salesPersonId", &["user"]);
    if kind.name == "quotation" {
        check_link("templateId", &["template"]);
    }
    match kind.name {
        "deal" => {
            check_link("pipelineId", &["pipeline"]);
            check_link("stageId", &[store::STAGE.name]);
        }
        "contact" | "company" => check_link("stageId", &["client-stage"]),
        "task" => check_link("entityId", &["deal", "lead", "project"]),
        _ => {}
    }
    refuse(issues)
}

/// Adds the fields that the server sets.
fn with_defaults(store: &Store, kind: &Kind, version: &str, mut fields: Object) -> Object {
    let defaults = match kind.name {
        "deal" => {
            let pipeline = fields.get("pipelineId").and_then(Value::as_str);
            let stages = pipeline.and_then(|id| store.get(id)?.fields.get("stages"));
            let first = elements(stages).find(|stage| stage["type"] == "ACTIVE");
            json!({"status": "ACTIVE", "stageId": first.map(|stage| stage["id"].clone())})
        }
        "task" => {
            json!({"status": "OPEN", "type": "todo", "showTime": false, "assigneeIds": [], "tagIds": []})
        }
        "product" => json!({"type": "PRODUCT", "isActive": true}),
        "webhook" => {
            json!({"status": "active", "secret": "whsec_YSBzZWNyZXQgb2YgdGhlIHRlc3Qgc2VydmVy"})
        }
        "quotation" | "invoice" => json!({"status": "DRAFT", "currency": "AED"}),
        "lead" if version == "v1" => json!({"archived": false}),
        _ => json!({}),
    };
    for (field, value) in defaults.as_object().into_iter().flatten() {
        if !value.is_null() {
            fields.entry(field.clone()).or_insert_with(|| value.clone());
        }
    }
    fields
}

/// `null` clears a field; custom fields are merged like the others.
fn merge(fields: &mut Object, changes: Object) {
    for (field, value) in changes {
        fields.insert(field, value);
    }
}

/// Updates fields that depend on a changed field: a stage of the kind `WON` or `LOST` closes the deal, and a completed
/// task gets its time of completion.
fn update_dependent_fields(store: &mut Store, id: &str) {
    let status = store
        .get(id)
        .filter(|record| record.kind.name == "deal")
        .and_then(|deal| {
            let (_, stage) = store.stage(deal.text("stageId")?)?;
            stage.get("type").filter(|kind| **kind != "ACTIVE").cloned()
        });
    if let (Some(status), Some(deal)) = (status, store.get_mut(id)) {
        deal.fields.insert("status".to_owned(), status);
    }
    let done = store.get(id).is_some_and(|record| {
        record.kind.name == "task"
            && record.text("status") == Some("COMPLETED")
            && !record.fields.contains_key("completedOn")
    });
    if let (true, Some(task)) = (done, store.get_mut(id)) {
        task.fields.insert("completedOn".to_owned(), now().into());
    }
}

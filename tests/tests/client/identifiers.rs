//! An identifier of another kind of record is refused before anything is sent, in every part of a request. An
//! identifier with an undocumented prefix is accepted.

use std::{collections::BTreeMap, fs};

use heffl::{
    ClientId, DealId, EntityRef, Error, ErrorKind, LeadId, Operation, PipelineId, StageId, UserId,
    v1, v2,
};
use heffl_codegen::ids::Kind;
use heffl_tests::{
    facts,
    server::{Reply, Server},
    workspace,
};
use serde_json::{Value, json};

use super::common::document;

/// The `x-heffl-id` of a parameter or property, or of its schema.
fn kind_of(place: &Value) -> Option<Kind> {
    let id = place.get("x-heffl-id");
    let id = id.or_else(|| place.get("schema")?.get("x-heffl-id"))?;
    Some(Kind::read(id).unwrap())
}

/// All kinds of both documents, by the kind of record.
fn kinds() -> BTreeMap<String, Kind> {
    fn walk(value: &Value, kinds: &mut BTreeMap<String, Kind>) {
        if let Some(kind) = value.get("x-heffl-id") {
            let kind = Kind::read(kind).unwrap();
            let known = kinds.entry(kind.of.clone()).or_insert_with(|| kind.clone());
            known.prefix = known.prefix.take().or(kind.prefix);
            known.includes.extend(kind.includes);
        }
        match value {
            Value::Object(map) => map.values().for_each(|inner| walk(inner, kinds)),
            Value::Array(items) => items.iter().for_each(|inner| walk(inner, kinds)),
            _ => {}
        }
    }
    let mut kinds = BTreeMap::new();
    for version in ["v1", "v2"] {
        walk(&document(version), &mut kinds);
    }
    kinds
}

/// A part of a request that takes an identifier.
struct Place {
    operation: &'static Operation,
    parameter: String,
    in_path: bool,
    /// The field of a condition.
    field: Option<String>,
    kind: Kind,
}

impl Place {
    /// The request that would be sent.
    fn request(&self, heffl: &heffl::Client, id: &str) -> Result<String, Error> {
        let mut call = heffl.call::<Value>(self.operation);
        for segment in self.operation.path().split('/') {
            if let Some(name) = segment.strip_prefix('{') {
                call = call.path(name.trim_end_matches('}').to_owned(), "1");
            }
        }
        let name = self.parameter.clone();
        match &self.field {
            Some(field) => {
                let conditions = json!({field: {"operator": "is_any_of", "values": ["1", id]}});
                call.query_json(name, &conditions)
            }
            None if self.in_path => call.path(name, id),
            None => call.query(name, id),
        }
        .to_curl()
    }
}

fn places() -> Vec<Place> {
    let mut places = Vec::new();
    for (version, operations) in [("v1", v1::OPERATIONS), ("v2", v2::OPERATIONS)] {
        let document = document(version);
        for operation in operations {
            let method = operation.method().to_lowercase();
            for parameter in facts::parameters(&document, operation.path(), &method) {
                let mut add = |field: Option<&String>, kind| {
                    places.push(Place {
                        operation,
                        parameter: parameter["name"].as_str().unwrap().to_owned(),
                        in_path: parameter["in"] == "path",
                        field: field.cloned(),
                        kind,
                    });
                };
                if let Some(kind) = kind_of(parameter) {
                    add(None, kind);
                }
                let fields = parameter.get("x-heffl-filters").and_then(Value::as_object);
                for (field, of) in fields.into_iter().flatten() {
                    if let Some(kind) = kind_of(of) {
                        add(Some(field), kind);
                    }
                }
            }
        }
    }
    places
}

#[test]
fn parameters_and_conditions_refuse_identifiers_of_another_kind() {
    let (kinds, places) = (kinds(), places());
    let heffl = heffl::Client::new("secret").unwrap();
    let count = |is: fn(&Place) -> bool| places.iter().filter(|place| is(place)).count();
    assert!(count(|place| place.in_path) > 30);
    assert!(count(|place| !place.in_path && place.field.is_none()) >= 5);
    assert!(count(|place| place.field.is_some()) >= 5);
    let prefixed = kinds.values().filter(|kind| kind.prefix.is_some()).count();
    assert!(prefixed > 15);
    for place in &places {
        let expected = &kinds[&place.kind.of];
        let what = format!("{}: {}", place.operation.id(), place.parameter);
        let included = expected.includes.iter().map(|of| &kinds[of].prefix);
        let taken: Vec<_> = included.chain([&expected.prefix]).flatten().collect();
        for other in kinds.values() {
            let Some(prefix) = &other.prefix else {
                continue;
            };
            let id = format!("{prefix}1");
            let request = place.request(&heffl, &id);
            if taken.contains(&prefix) {
                assert!(request.is_ok(), "{what}: {request:?}");
                continue;
            }
            let error = request.unwrap_err();
            assert!(error.kind() == ErrorKind::InvalidRequest, "{what}");
            let error = error.to_string();
            assert!(error.contains(&place.parameter), "{error}");
            assert!(
                error.contains(&format!("`{id}` is the identifier of ")),
                "{error}"
            );
            assert!(error.contains(&other.phrase()), "{error}");
            let expected = format!(", and {} is expected", expected.phrase());
            assert!(error.ends_with(&expected), "{error}");
        }
        for id in ["zzz_1", "1", "6f9619ff"] {
            assert!(place.request(&heffl, id).is_ok(), "{what}: {id}");
        }
    }
}

#[test]
fn an_error_names_the_parameter_and_both_kinds() {
    let heffl = heffl::Client::new("secret").unwrap();
    let (v1, v2) = (heffl.v1(), heffl.v2());
    let lead = DealId::new("ld_1");
    let body = || v2::CreateDeal::new("Refit", ClientId::new("clt_1"), PipelineId::new("dpl_1"));
    let pipeline = v2::DealFilter::pipeline_id();
    let record = EntityRef::new("deals", "ld_1");
    for (request, expected) in [
        (
            v2.deals().get(&lead).to_curl(),
            "getDeal: parameter id names another kind of record: `ld_1` is the identifier of a lead, and a deal is expected",
        ),
        (
            v1.deals().update(&lead, v1::UpdateDeal::new()).to_curl(),
            "updateDeal: parameter id names another kind of record: `ld_1` is the identifier of a lead, and a deal is \
             expected",
        ),
        (
            v2.deals()
                .create(body().stage_id(StageId::new("dpl_1")))
                .to_curl(),
            "createDeal: the body cannot be sent: `stageId` names another kind of record: `dpl_1` is the identifier of a \
             pipeline, and a stage is expected",
        ),
        (
            v2.deals()
                .create(body().assignees([UserId::new("usr_1"), UserId::new("clt_1")]))
                .to_curl(),
            "createDeal: the body cannot be sent: `assignees[1]` names another kind of record: `clt_1` is the identifier \
             of a client or a company or a contact, and a user is expected",
        ),
        (
            v2.deals()
                .list()
                .filter(pipeline.is(PipelineId::new("dps_1")))
                .into_call()
                .to_curl(),
            "listDeals: parameter filters: a value of pipelineId names another kind of record: `dps_1` is the identifier \
             of a stage, and a pipeline is expected",
        ),
        (
            v2.tasks()
                .create(v2::CreateTask::new("Call").entity(record.clone()))
                .to_curl(),
            "createTask: the body cannot be sent: `entityId` names another kind of record: `ld_1` is the identifier of a \
             lead, and a deal is expected",
        ),
        (
            v1.tasks()
                .create(v1::CreateTask::new().entity(record))
                .to_curl(),
            "createTask: the body cannot be sent: `entityId` names another kind of record: `ld_1` is the identifier of a \
             lead, and a deal is expected",
        ),
    ] {
        assert_eq!(
            request.unwrap_err().to_string(),
            format!("invalid request: {expected}")
        );
    }
    // The server checks identifiers of unknown kinds.
    let task = v2::CreateTask::new("Call").entity(EntityRef::new("shipments", "ld_1"));
    assert!(v2.tasks().create(task).to_curl().is_ok());
    // Identifiers of contacts and companies are valid for clients.
    let contact = heffl::ContactId::new("clt_1");
    let body = v2::CreateDeal::new("Refit", contact, PipelineId::new("dpl_1"));
    assert!(v2.deals().create(body).to_curl().is_ok());
}

#[tokio::test]
async fn requests_check_identifiers_and_responses_do_not() {
    let deal = json!({"id": "ld_1", "clientId": "usr_1", "pipelineId": 7});
    let server = Server::start([Reply::json(200, &deal.to_string())]).await;
    let heffl = server.client("secret");
    let deals = heffl.v2().deals();
    deals.get(DealId::new("ld_1")).await.unwrap_err();
    assert!(server.recorded().is_empty());

    let deal = deals.get(DealId::new("dl_1")).await.unwrap();
    assert_eq!(deal.id, "ld_1");
    assert_eq!(deal.client_id.unwrap(), "usr_1");
    assert_eq!(server.recorded().len(), 1);
}

#[test]
fn valid_text_is_parsed_and_text_that_cannot_be_sent_is_refused() {
    let id: DealId = "dl_1".parse().unwrap();
    assert_eq!(id, DealId::new("dl_1"));
    assert_eq!("1".parse::<DealId>().unwrap(), "1");
    assert_eq!("ld_1".parse::<LeadId>().unwrap(), "ld_1");
    for text in ["", " dl_1", "dl_1\n", "..", "ld_1"] {
        let error = text.parse::<DealId>().unwrap_err().to_string();
        assert!(error.contains("the identifier of a deal"), "{error}");
    }
}

/// The parameters of the constructor of a body.
fn parameters_of_new(version: &str, body: &str) -> Vec<String> {
    let folder = workspace().join("generated/src").join(version);
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        if let Some((_, rest)) = text.split_once(&format!("impl {body} {{")) {
            let new = rest.split_once("pub fn new(").unwrap().1;
            let arguments = new.split_once(") -> Self").unwrap().0;
            let names = arguments
                .split(": impl")
                .filter_map(|part| part.split_whitespace().last());
            let mut names: Vec<String> = names.map(str::to_owned).collect();
            names.pop();
            return names;
        }
    }
    panic!("{version} has no {body}")
}

#[test]
fn constructors_of_both_versions_have_the_same_order() {
    let bodies = |version| {
        let document = document(version);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let names = schemas.iter().filter(|(name, schema)| {
            name.starts_with("Create") && schema.get("required").is_some()
        });
        names.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let (v1, v2) = (bodies("v1"), bodies("v2"));
    let shared: Vec<_> = v1.iter().filter(|name| v2.contains(name)).collect();
    assert!(shared.iter().any(|name| *name == "CreateDeal"));
    for body in shared {
        let [v1, v2] = ["v1", "v2"].map(|version| parameters_of_new(version, body));
        let common = |one: &[String], other: &[String]| -> Vec<String> {
            one.iter()
                .filter(|name| other.contains(name))
                .cloned()
                .collect()
        };
        assert_eq!(common(&v1, &v2), common(&v2, &v1), "{body}");
    }
    let deal = parameters_of_new("v1", "CreateDeal");
    assert_eq!(deal, ["title", "client_id", "pipeline_id", "stage_id"]);
    assert_eq!(parameters_of_new("v2", "CreateDeal"), deal[..3]);
}

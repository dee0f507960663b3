//! Every generated operation is called over a real socket: what is sent is what the document says,
//! and the answer that the document gives as an example is read without loss.

use std::{collections::BTreeSet, fs, future::IntoFuture};

use heffl::{Client, Error, Page, v1, v2};
use heffl_tests::{
    server::{Answer, Server},
    workspace,
};
use serde::Deserialize as _;
use serde_json::{Map, Value, json};

/// What an operation was called with and what came of it.
struct Called {
    operation: &'static heffl::Operation,
    /// Path and query, as the socket got them.
    target: String,
    body: Option<Value>,
    /// The answer, written as JSON again.
    answer: Value,
}

/// A document, and the operations of it that were called.
struct Api {
    version: &'static str,
    document: Value,
    called: BTreeSet<String>,
}

impl Api {
    fn read(version: &'static str) -> Self {
        let path = workspace().join(format!("spec/heffl-{version}.yaml"));
        let document = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        Self {
            version,
            document,
            called: BTreeSet::new(),
        }
    }

    fn operation(&self, id: &str) -> &Value {
        let paths = self.document["paths"].as_object().unwrap();
        let operations = paths
            .values()
            .flat_map(|item| item.as_object().unwrap().values());
        let found = operations
            .into_iter()
            .find(|operation| operation["operationId"] == id);
        found.unwrap_or_else(|| panic!("the document has no operation {id}"))
    }

    /// The example of the body.
    fn body(&self, id: &str) -> Value {
        self.operation(id)["requestBody"]["content"]["application/json"]["example"].clone()
    }

    /// The body's model, read from the example.
    fn model<T: serde::de::DeserializeOwned>(&self, id: &str) -> T {
        serde_json::from_value(self.body(id))
            .unwrap_or_else(|error| panic!("body of {id}: {error}"))
    }

    /// The example of the answer.
    fn answer(&self, id: &str) -> Value {
        self.operation(id)["responses"]["200"]["content"]["application/json"]["example"].clone()
    }

    /// Calls an operation that answers with one record.
    async fn one<T, C>(&mut self, id: &str, call: impl FnOnce(&Client) -> C) -> Called
    where
        T: serde::Serialize,
        C: IntoFuture<Output = Result<T, Error>>,
    {
        let (operation, target, body, answer) = self.send(id, call).await;
        Called {
            operation,
            target,
            body,
            answer: serde_json::to_value(answer).unwrap(),
        }
    }

    /// Calls an operation that answers with a page, and puts the page into its envelope again.
    async fn page<T, C>(&mut self, id: &str, call: impl FnOnce(&Client) -> C) -> Called
    where
        T: serde::Serialize,
        C: IntoFuture<Output = Result<Page<T>, Error>>,
    {
        let (operation, target, body, page) = self.send(id, call).await;
        let example = self.answer(id);
        let (next, more) = (json!(page.next_cursor()), json!(page.has_more()));
        let answer = match (example.get("hasMore"), example.get("meta")) {
            (Some(_), _) => json!({"items": page.items(), "nextCursor": next, "hasMore": more}),
            (None, Some(_)) => {
                json!({"data": page.items(), "meta": {"nextCursor": next, "hasMore": more}})
            }
            (None, None) if example.get("items").is_some() => json!({ "items": page.items() }),
            (None, None) => json!({ "data": page.items() }),
        };
        Called {
            operation,
            target,
            body,
            answer,
        }
    }

    async fn send<T, C>(
        &mut self,
        id: &str,
        call: impl FnOnce(&Client) -> C,
    ) -> (&'static heffl::Operation, String, Option<Value>, T)
    where
        C: IntoFuture<Output = Result<T, Error>>,
    {
        let operations = if self.version == "v1" {
            v1::OPERATIONS
        } else {
            v2::OPERATIONS
        };
        let operation = operations
            .iter()
            .find(|operation| operation.id == id)
            .unwrap();
        let server = Server::start([Answer::json(200, &self.answer(id).to_string())]).await;
        let answer = call(&server.client("secret"))
            .await
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        let request = server.only();
        assert_eq!(request.method, operation.method, "{id}");
        assert_eq!(request.header("x-api-key"), ["secret"], "{id}");
        assert_eq!(request.header("accept"), ["application/json"], "{id}");
        assert!(request.header("authorization").is_empty(), "{id}");
        let body =
            (!request.body.is_empty()).then(|| serde_json::from_slice(&request.body).unwrap());
        let content_type: &[&str] = if body.is_some() {
            &["application/json"]
        } else {
            &[]
        };
        assert_eq!(request.header("content-type"), content_type, "{id}");
        self.called.insert(id.to_owned());
        (operation, request.target, body, answer)
    }

    /// No operation was forgotten.
    fn assert_complete(&self, operations: &[heffl::Operation]) {
        let all: BTreeSet<String> = operations
            .iter()
            .map(|operation| operation.id.to_owned())
            .collect();
        assert_eq!(self.called, all);
    }
}

impl Called {
    /// Checks path, query, body and answer.
    fn assert(&self, api: &Api, path: &str, query: &[(&str, &str)]) {
        let id = self.operation.id;
        let url = reqwest_url(&self.target);
        assert_eq!(url.path(), format!("/api/{}{path}", api.version), "{id}");
        let pairs: Vec<_> = url
            .query_pairs()
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        let expected: Vec<_> = query
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        assert_eq!(pairs, expected, "{id}");
        let body = api.body(id);
        let expected = (!body.is_null()).then(|| normal(&body));
        assert_eq!(self.body.as_ref().map(normal), expected, "{id}");
        assert_eq!(normal(&self.answer), normal(&api.answer(id)), "{id}");
    }
}

fn reqwest_url(target: &str) -> heffl::reqwest::Url {
    heffl::reqwest::Url::parse(&format!("http://host{target}")).unwrap()
}

/// What a JSON reader cannot tell apart is made equal: a null field and an absent one, 1 and 1.0.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            Value::Object(
                kept.map(|(key, value)| (key.clone(), normal(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(normal).collect()),
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

/// The query that every list of v2 understands.
const LIST_QUERY: [(&str, &str); 6] = [
    ("cursor", "c 1"),
    ("pageSize", "50"),
    ("search", "a&b"),
    ("orderBy", "createdAt"),
    ("orderDir", "asc"),
    (
        "filters",
        r#"{"status":{"operator":"is","values":["ACTIVE"]}}"#,
    ),
];

/// Calls a list of v2 with all its parameters.
macro_rules! list {
    ($api:ident, $id:literal, $resource:ident, $order_by:ident) => {
        let filters = json!({"status": {"operator": "is", "values": ["ACTIVE"]}});
        let called = $api
            .page($id, |client| {
                let list = client.v2().$resource().list().cursor("c 1").page_size(50).search("a&b");
                list.order_by(v2::$order_by::CreatedAt).order_dir(v2::OrderDirection::Asc).filters(&filters)
            })
            .await;
        called.assert(&$api, called.operation.path, &LIST_QUERY);
        let called = $api.page($id, |client| client.v2().$resource().list()).await;
        called.assert(&$api, called.operation.path, &[]);
    };
}

/// Creates, changes and deletes a record of v2.
macro_rules! writes {
    ($api:ident, $resource:ident, $path:literal, $id:literal, $create:literal, $update:literal, $delete:literal) => {
        let body = $api.model($create);
        let called = $api
            .one($create, |client| client.v2().$resource().create(body))
            .await;
        called.assert(&$api, concat!("/", $path), &[]);
        let body = $api.model($update);
        let called = $api
            .one($update, |client| client.v2().$resource().update($id, body))
            .await;
        called.assert(&$api, concat!("/", $path, "/", $id), &[]);
        let called = $api
            .one($delete, |client| client.v2().$resource().delete($id))
            .await;
        called.assert(&$api, concat!("/", $path, "/", $id), &[]);
    };
}

/// Calls an operation that answers with one record: with the body of its example, if it has one.
macro_rules! one {
    ($api:ident, $id:literal, $path:expr, |$client:ident| $call:expr) => {
        let called = $api.one($id, |$client| $call).await;
        called.assert(&$api, $path, &[]);
    };
    ($api:ident, $id:literal, $path:expr, |$client:ident, $body:ident| $call:expr) => {
        let $body = $api.model($id);
        one!($api, $id, $path, |$client| $call);
    };
}

#[tokio::test]
async fn operations_of_v2() {
    let mut api = Api::read("v2");
    list!(api, "listContacts", contacts, ContactOrderBy);
    list!(api, "listCompanies", companies, CompanyOrderBy);
    list!(api, "listDeals", deals, DealOrderBy);
    list!(api, "listQuotations", quotations, QuotationOrderBy);
    list!(api, "listTasks", tasks, TaskOrderBy);
    list!(api, "listLeads", leads, LeadOrderBy);
    writes!(
        api,
        contacts,
        "contacts",
        "clt_1",
        "createContact",
        "updateContact",
        "deleteContact"
    );
    writes!(
        api,
        companies,
        "companies",
        "clt_1",
        "createCompany",
        "updateCompany",
        "deleteCompany"
    );
    writes!(
        api,
        deals,
        "deals",
        "dl_1",
        "createDeal",
        "updateDeal",
        "deleteDeal"
    );
    writes!(
        api,
        quotations,
        "quotations",
        "qtn_1",
        "createQuotation",
        "updateQuotation",
        "deleteQuotation"
    );
    writes!(
        api,
        tasks,
        "tasks",
        "tsk_1",
        "createTask",
        "updateTask",
        "deleteTask"
    );

    projects_and_pipelines_of_v2(&mut api).await;
    reference_data_of_v2(&mut api).await;

    let called = api
        .one("getDeal", |client| client.v2().deals().get("dl_1"))
        .await;
    called.assert(&api, "/deals/dl_1", &[]);
    let called = api
        .one("getQuotation", |client| {
            client.v2().quotations().get("qtn_1")
        })
        .await;
    called.assert(&api, "/quotations/qtn_1", &[]);
    let called = api
        .one("getTask", |client| client.v2().tasks().get("tsk_1"))
        .await;
    called.assert(&api, "/tasks/tsk_1", &[]);
    let called = api
        .one("getDocumentTemplate", |client| {
            client.v2().document_templates().get("tpl_1")
        })
        .await;
    called.assert(&api, "/document-templates/tpl_1", &[]);
    let called = api
        .page("listDocumentTemplates", |client| {
            let list = client
                .v2()
                .document_templates()
                .list()
                .type_(v2::DocumentTemplateType::Quotations);
            list.search("Standard").include_inactive(true)
        })
        .await;
    let query = [
        ("type", "quotations"),
        ("search", "Standard"),
        ("includeInactive", "true"),
    ];
    called.assert(&api, "/document-templates", &query);

    api.assert_complete(v2::OPERATIONS);
}

async fn projects_and_pipelines_of_v2(api: &mut Api) {
    let called = api
        .page("listProjects", |client| {
            let list = client.v2().projects().list().cursor("c 1").page_size(50);
            let list = list.search("a&b").status(v2::ProjectStatus::Active);
            let list = list.type_(v2::ProjectType::FlatRate).pipeline_id("ppl_1");
            list.stage_id("pps_1")
                .client_id("clt_1")
                .project_lead_id("usr_1")
        })
        .await;
    let query = [
        ("cursor", "c 1"),
        ("pageSize", "50"),
        ("search", "a&b"),
        ("status", "ACTIVE"),
        ("type", "flat_rate"),
        ("pipelineId", "ppl_1"),
        ("stageId", "pps_1"),
        ("clientId", "clt_1"),
        ("projectLeadId", "usr_1"),
    ];
    called.assert(api, "/projects", &query);
    one!(api, "getProject", "/projects/prj_1", |client| client
        .v2()
        .projects()
        .get("prj_1"));
    one!(api, "updateProject", "/projects/prj_1", |client, body| {
        client.v2().projects().update("prj_1", body)
    });
    one!(api, "createPipeline", "/pipelines", |client, body| client
        .v2()
        .pipelines()
        .create(body));
    one!(api, "getPipeline", "/pipelines/dpl_1", |client| client
        .v2()
        .pipelines()
        .get("dpl_1"));
    one!(api, "updatePipeline", "/pipelines/dpl_1", |client, body| {
        client.v2().pipelines().update("dpl_1", body)
    });
    one!(
        api,
        "addPipelineStage",
        "/pipelines/dpl_1/stages",
        |client, body| client.v2().pipelines().add_pipeline_stage("dpl_1", body)
    );
    one!(
        api,
        "updatePipelineStage",
        "/pipeline-stages/dps_1",
        |client, body| client.v2().pipeline_stages().update("dps_1", body)
    );
}

async fn reference_data_of_v2(api: &mut Api) {
    /// Lists that are small, and may be paged all the same.
    macro_rules! small_list {
        ($id:literal, $resource:ident) => {
            let called = api
                .page($id, |client| {
                    client.v2().$resource().list().cursor("c").page_size(100)
                })
                .await;
            let query = [("cursor", "c"), ("pageSize", "100")];
            called.assert(api, called.operation.path, &query);
        };
    }
    small_list!("listPipelines", pipelines);
    small_list!("listUsers", users);
    small_list!("listTags", tags);
    small_list!("listClientStages", client_stages);
    small_list!("listSources", sources);
    small_list!("listProducts", products);
    let called = api
        .page("listCustomFields", |client| {
            let list = client.v2().custom_fields().list();
            list.entity(v2::CustomFieldEntity::Deals)
                .pipeline_id("dpl_1")
        })
        .await;
    let query = [("entity", "deals"), ("pipelineId", "dpl_1")];
    called.assert(api, "/custom-fields", &query);
    one!(api, "createTag", "/tags", |client, body| client
        .v2()
        .tags()
        .create(body));
    one!(api, "createLeadStage", "/lead-stages", |client, body| {
        client.v2().lead_stages().create(body)
    });
    one!(api, "createProduct", "/products", |client, body| client
        .v2()
        .products()
        .create(body));
    one!(api, "updateProduct", "/products/prd_1", |client, body| {
        client.v2().products().update("prd_1", body)
    });
}

/// Calls everything that v1 can do with one kind of record.
macro_rules! records_of_v1 {
    ($api:ident, $resource:ident, $path:literal, $list:literal, $create:literal, $get:literal, $update:literal, $delete:literal) => {
        let called = $api
            .page($list, |client| {
                client.v1().$resource().list().cursor("c 1").limit(100)
            })
            .await;
        let query = [("cursor", "c 1"), ("limit", "100")];
        called.assert(&$api, concat!("/", $path), &query);
        one!($api, $create, concat!("/", $path), |client, body| client
            .v1()
            .$resource()
            .create(body));
        one!($api, $get, concat!("/", $path, "/x_1"), |client| client
            .v1()
            .$resource()
            .get("x_1"));
        one!(
            $api,
            $update,
            concat!("/", $path, "/x_1"),
            |client, body| { client.v1().$resource().update("x_1", body) }
        );
        one!($api, $delete, concat!("/", $path, "/x_1"), |client| client
            .v1()
            .$resource()
            .delete("x_1"));
    };
}

#[tokio::test]
async fn operations_of_v1() {
    let mut api = Api::read("v1");
    records_of_v1!(
        api,
        leads,
        "leads",
        "listLeads",
        "createLead",
        "getLead",
        "updateLead",
        "deleteLead"
    );
    records_of_v1!(
        api,
        clients,
        "clients",
        "listClients",
        "createClient",
        "getClient",
        "updateClient",
        "deleteClient"
    );
    records_of_v1!(
        api,
        deals,
        "deals",
        "listDeals",
        "createDeal",
        "getDeal",
        "updateDeal",
        "deleteDeal"
    );
    records_of_v1!(
        api,
        tasks,
        "tasks",
        "listTasks",
        "createTask",
        "getTask",
        "updateTask",
        "deleteTask"
    );
    let called = api
        .page("listLeadSources", |client| {
            client.v1().leads().list_lead_sources()
        })
        .await;
    called.assert(&api, "/leads/sources", &[]);
    let called = api
        .page("listLeadStages", |client| {
            client.v1().leads().list_lead_stages()
        })
        .await;
    called.assert(&api, "/leads/stages", &[]);
    let called = api
        .page("listPipelines", |client| client.v1().pipelines().list())
        .await;
    called.assert(&api, "/pipelines", &[]);
    one!(api, "getPipeline", "/pipelines/dpl_1", |client| client
        .v1()
        .pipelines()
        .get("dpl_1"));
    one!(api, "createWebhook", "/webhooks", |client, body| client
        .v1()
        .webhooks()
        .create(body));
    let body = api.model("createInvoice");
    let called = api
        .one("createInvoice", |client| {
            client.v1().invoices().create(body)
        })
        .await;
    called.assert(&api, "/invoices", &[]);

    api.assert_complete(v1::OPERATIONS);
}

/// The example of each event is read without loss, and its number-like identifiers as text.
#[test]
fn events_of_v1_are_read() {
    let api = Api::read("v1");
    let events = api.document["x-webhooks"].as_object().unwrap();
    assert_eq!(events.len(), 7);
    for (name, event) in events {
        let example = &event["post"]["requestBody"]["content"]["application/json"]["example"];
        let read = |value: &Value| match name.as_str() {
            "lead" => v1::LeadEvent::deserialize(value).and_then(serde_json::to_value),
            "deal" => v1::DealEvent::deserialize(value).and_then(serde_json::to_value),
            _ => v1::WebhookEvent::deserialize(value).and_then(serde_json::to_value),
        };
        assert_eq!(normal(&read(example).unwrap()), normal(example), "{name}");
    }
    let mut deal =
        events["deal"]["post"]["requestBody"]["content"]["application/json"]["example"].clone();
    deal["payload"]["stageId"] = json!(412);
    let event = v1::DealEvent::deserialize(&deal).unwrap();
    assert_eq!(event.payload.unwrap().stage_id.unwrap().as_str(), "412");
}

/// The samples of the vendor's own pages, as the records keep them. They hold a placeholder for every
/// field but for enums without a default, which their generator leaves out: those are put back.
#[test]
fn the_samples_of_the_pages_are_read() {
    fn read<T: serde::de::DeserializeOwned + serde::Serialize>(record: &str) {
        let text = fs::read_to_string(workspace().join("spec/pages").join(record)).unwrap();
        let record: Value = serde_yaml::from_str(&text).unwrap();
        let response = &record["operation"]["response"];
        let mut sample = response["sample"].clone();
        for field in response["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            if let (true, Some(word)) = (sample.get(name).is_none(), field.pointer("/options/0")) {
                sample[name] = word.clone();
            }
        }
        let model: T = serde_json::from_value(sample).unwrap_or_else(|error| panic!("{error}"));
        let again = serde_json::to_value(&model).unwrap();
        for field in response["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            assert!(again.get(name).is_some(), "`{name}` was lost");
        }
        assert!(again.get("extra").is_none());
    }
    read::<v1::Client>("v1/create-a-new-client.yaml");
    read::<v1::Client>("v1/update-a-client.yaml");
    read::<v1::Invoice>("v1/create-a-new-invoice.yaml");
    read::<v2::Quotation>("v2/get-a-quotation.yaml");
}

/// The base URL that the runtime goes to is the one of the documents.
#[test]
fn documents_and_runtime_agree_on_the_server() {
    assert_eq!(v1::SERVER, format!("{}/v1", heffl::DEFAULT_BASE_URL));
    assert_eq!(v2::SERVER, format!("{}/v2", heffl::DEFAULT_BASE_URL));
}

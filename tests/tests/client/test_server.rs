//! The test server: its behaviour in the tests of other programs.

use std::time::Duration;

use heffl::{
    Client, Error, ErrorCode, ErrorKind, Patch, PipelineId, RetryPolicy, StageId, TemplateId,
    serde_json::{Value, json},
    v1, v2,
    v2::{
        CreateCompany, CreateContact, CreateDeal, CreatePipelineStage, CreateProduct,
        CreateQuotation, CreateTask, DealOrderBy, DealStatus, OrderDirection, TaskStatus,
        UpdateDeal, UpdatePipelineStage, UpdateTask,
    },
};
use heffl_test_server::{Fault, TestServer};

fn server() -> TestServer {
    TestServer::builder().without_quota().start().unwrap()
}

fn first_id(server: &TestServer, kind: &str) -> String {
    server.records(kind)[0]["id"].as_str().unwrap().to_owned()
}

async fn company(client: &Client, name: &str) -> v2::Company {
    client
        .v2()
        .companies()
        .create(CreateCompany::new(name))
        .await
        .unwrap()
}

fn issues(error: &Error) -> Vec<(Option<&str>, &str)> {
    let issues = error.issues().iter();
    issues
        .map(|issue| (issue.field(), issue.message()))
        .collect()
}

#[tokio::test]
async fn records_are_created_found_changed_and_deleted() {
    let server = server();
    let client = server.client().unwrap();
    let owner = company(&client, "Northwind").await;
    let pipeline = first_id(&server, "pipelines");
    let deals = client.v2().deals();
    let deal = deals
        .create(
            CreateDeal::new("Refit", &owner.id, PipelineId::new(pipeline))
                .price(25_000)
                .custom_field("cf_priority", "high")
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(deal.status, Some(DealStatus::Active));
    assert_eq!(deal.stage.as_deref(), Some("New"));
    assert_eq!(deal.number.as_deref(), Some("DL0001"));
    assert_eq!(
        deal.custom_fields
            .get::<String>("cf_priority")
            .unwrap()
            .as_deref(),
        Some("high")
    );
    assert_eq!(deals.get(&deal.id).await.unwrap(), deal);

    // Custom fields are merged, `null` clears a field, and other fields stay.
    let changed = deals
        .update(
            &deal.id,
            UpdateDeal::new()
                .price(Patch::Clear)
                .custom_field("cf_region", 7)
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(
        (changed.price, changed.title.as_deref()),
        (None, Some("Refit"))
    );
    assert_eq!(changed.custom_fields.len(), 2);

    // A stage of the kind WON closes the deal.
    let stages = server.records("pipelines")[0]["stages"].clone();
    let won = stages[2]["id"].as_str().unwrap();
    let closed = deals
        .update(&deal.id, UpdateDeal::new().stage_id(StageId::new(won)))
        .await
        .unwrap();
    assert_eq!(
        (closed.status, closed.stage.as_deref()),
        (Some(DealStatus::Won), Some("Won"))
    );

    // The company has a deal.
    let refused = client.v2().companies().delete(&owner.id).await.unwrap_err();
    assert_eq!(
        (refused.status(), refused.code()),
        (Some(400), Some(&ErrorCode::BadRequest))
    );
    deals.delete(&deal.id).await.unwrap();
    client.v2().companies().delete(&owner.id).await.unwrap();
    assert!(deals.get(&deal.id).await.unwrap_err().is_not_found());
    assert!(server.records("companies").is_empty());
}

#[tokio::test]
async fn undocumented_requests_are_refused_in_the_error_format_of_each_version() {
    let server = server();
    let client = server.client().unwrap();
    let post = |version: &str, path: &str, body: Value| {
        let call = client.request::<Value>("POST", format!("/{version}{path}"));
        call.json(&body)
    };
    for (path, body, field, message) in [
        ("/companies", json!({}), Some("name"), "Required"),
        (
            "/companies",
            json!({"name": 1}),
            Some("name"),
            "Expected string, received number",
        ),
        (
            "/companies",
            json!({"name": "A", "colour": 1}),
            None,
            "Unknown field \"colour\"",
        ),
        (
            "/companies",
            json!({"name": "A", "stageId": "cs_9"}),
            Some("stageId"),
            "There is no such record",
        ),
        (
            "/deals",
            json!({"title": "A", "clientId": "clt_1", "pipelineId": "dpl_000001"}),
            Some("clientId"),
            "There is no such record",
        ),
        (
            "/tasks",
            json!({"title": "A", "status": "done"}),
            Some("status"),
            "Expected one of",
        ),
        (
            "/tasks",
            json!({"title": "A", "durationMinutes": -1}),
            Some("durationMinutes"),
            "below the minimum",
        ),
        (
            "/tasks",
            json!({"title": "A", "dueDate": "tomorrow"}),
            Some("dueDate"),
            "Expected an ISO 8601 time",
        ),
        (
            "/tasks",
            json!({"title": "A", "entity": "deals"}),
            Some("entityId"),
            "go together",
        ),
        (
            "/contacts",
            json!({"firstName": "A", "billingAddress": {"planet": "Mars"}}),
            None,
            "Unknown field \"billingAddress.planet\"",
        ),
    ] {
        let error = post("v2", path, body.clone()).await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::ValidationError), "{body}");
        let issues = issues(&error);
        let fits = |(known, text): &(Option<&str>, &str)| *known == field && text.contains(message);
        assert!(issues.iter().any(fits), "{body}: {issues:?}");
    }
    for (path, body, message) in [
        (
            "/clients",
            json!({"type": "contact", "name": "A"}),
            "firstName: Required",
        ),
        (
            "/clients",
            json!({"type": "company", "firstName": "A"}),
            "name: Required",
        ),
        (
            "/leads",
            json!({"name": "A", "colour": 1}),
            "Unknown field \"colour\"",
        ),
    ] {
        let error = post("v1", path, body).await.unwrap_err();
        assert_eq!(
            (error.status(), error.code()),
            (Some(400), Some(&ErrorCode::BadRequest))
        );
        assert!(error.message().contains(message), "{error}");
    }
    assert!(server.records("companies").is_empty() && server.records("leads").is_empty());
}

#[tokio::test]
async fn a_wrong_key_and_a_missing_one_are_distinguished() {
    let server = server();
    let stranger = Client::builder()
        .api_key("another")
        .base_url(server.base_url());
    let stranger = stranger.build().unwrap();
    for error in [
        stranger.v2().users().list().await.unwrap_err(),
        stranger.v1().leads().list().await.unwrap_err(),
    ] {
        assert!(
            error.is_unauthorized() && error.to_string().contains("not valid"),
            "{error}"
        );
    }
    for version in ["v1", "v2"] {
        let path = if version == "v1" { "leads" } else { "users" };
        let address = format!("{}/{version}/{path}", server.base_url());
        let response = heffl::reqwest::get(address).await.unwrap();
        assert_eq!(response.status(), 401);
        let body = response.text().await.unwrap();
        assert!(
            body.contains("UNAUTHORIZED") && body.contains("is missing"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_fault_for_an_unknown_operation_is_an_error() {
    let server = server();
    for (name, near) in [
        ("createCompanies", "did you mean createCompany"),
        ("listdeals", "listDeals"),
        ("create_deal", "createDeal"),
        ("crateInvoice", "createInvoice"),
    ] {
        let error = server.fail(name, Fault::CutAfter).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(name) && text.contains(near), "{text}");
    }
    for name in ["", "x", "GET /v2/deals/dl_1?a=b"] {
        let error = server.fail(name, Fault::CutAfter).unwrap_err();
        assert!(!error.to_string().contains("did you mean"), "{error}");
    }
    // The refused faults affect no request.
    server.client().unwrap().v2().deals().list().await.unwrap();
}

#[tokio::test]
async fn received_requests_can_be_checked() {
    let server = server();
    let client = server.client().unwrap();
    let companies = || client.v2().companies();
    let body = CreateCompany::new("North & \"West\"")
        .custom_field("cf_size", 7)
        .unwrap();
    let created = companies()
        .create(body)
        .header("x-note", "hello")
        .await
        .unwrap();
    companies()
        .list()
        .search("a b&c=é")
        .page_size(5)
        .await
        .unwrap();
    companies().delete(&created.id).await.unwrap();
    let _ = client
        .v2()
        .deals()
        .get(heffl::DealId::new("dl_9"))
        .await
        .unwrap_err();

    let requests = server.requests();
    let [create, list, delete, get] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!(
        (create.method.as_str(), create.path.as_str(), create.status),
        ("POST", "/api/v2/companies", Some(200))
    );
    assert_eq!(
        create.json().unwrap(),
        json!({"name": "North & \"West\"", "cf_size": 7})
    );
    assert_eq!(create.header("x-note"), Some("hello"));
    assert_eq!(create.header("X-API-Key"), Some(server.key()));
    assert!(create.query.is_empty());
    let expected = [("search", "a b&c=é"), ("pageSize", "5")];
    assert_eq!(
        list.query,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(
        (list.query("pageSize"), list.query("cursor")),
        (Some("5"), None)
    );
    assert_eq!(
        (list.json().unwrap(), list.body.is_empty()),
        (Value::Null, true)
    );
    assert_eq!(delete.operation.as_deref(), Some("deleteCompany"));
    assert_eq!(get.status, Some(404));
    let shown = format!("{requests:?}");
    assert!(
        !shown.contains(server.key()) && shown.contains("x-note"),
        "{shown}"
    );
}

#[tokio::test]
async fn lists_are_searched_filtered_sorted_and_paged() {
    let server = server();
    let client = server.client().unwrap();
    let owner = company(&client, "Northwind").await;
    for number in 0..25 {
        let title = format!("Deal {number}");
        let body = CreateDeal::new(title, &owner.id, PipelineId::new("dpl_000001"))
            .price(number * 10 % 70);
        let deal = client.v2().deals().create(body).await.unwrap();
        if number % 5 == 0 {
            client
                .v2()
                .deals()
                .update(&deal.id, UpdateDeal::new().status(DealStatus::Lost))
                .await
                .unwrap();
        }
    }
    let list = || client.v2().deals().list().page_size(4);
    let all = list().stream().try_collect().await.unwrap();
    assert_eq!(all.len(), 25);
    let mut ids: Vec<_> = all.iter().map(|deal| deal.id.as_str().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 25, "no deal is listed twice");

    let by_price = list()
        .order_by(DealOrderBy::Price)
        .order_dir(OrderDirection::Asc);
    let prices: Vec<_> = by_price.stream().try_collect().await.unwrap();
    assert!(prices.windows(2).all(|pair| pair[0].price <= pair[1].price));

    let found = list()
        .search("deal 2")
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(found.len(), 6);
    let of_client = list().search("NORTH").stream().try_collect().await.unwrap();
    assert_eq!(of_client.len(), 25);
    for (operator, count) in [
        ("is", 5),
        ("is_any_of", 5),
        ("is_not", 20),
        ("is_none_of", 20),
    ] {
        let filters = json!({"status": {"operator": operator, "values": ["LOST"]}});
        let kept = list()
            .filters(&filters)
            .stream()
            .try_collect()
            .await
            .unwrap();
        assert_eq!(kept.len(), count, "{operator}");
    }
    let nonsense = json!({"status": {"operator": "resembles", "values": []}});
    assert_eq!(
        list().filters(&nonsense).await.unwrap_err().status(),
        Some(400)
    );
    assert_eq!(list().cursor("dl_1").await.unwrap_err().status(), Some(400));
    // v1 has an envelope of its own.
    let v1 = client
        .v1()
        .deals()
        .list()
        .limit(10)
        .stream()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(v1.len(), 25);
    assert!(list().page_size(1).await.unwrap().has_more());
}

#[tokio::test]
async fn both_versions_see_the_same_records() {
    let server = server();
    let client = server.client().unwrap();
    let lead = client
        .v1()
        .leads()
        .create(
            v1::CreateLead::new("Theo")
                .custom_field("cf_boats", 3)
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(
        lead.custom_fields
            .as_ref()
            .unwrap()
            .get::<u8>("cf_boats")
            .unwrap(),
        Some(3)
    );
    assert_eq!(lead.stage.as_deref(), Some("New"));
    let seen = client.v2().leads().list().search("theo").await.unwrap();
    assert_eq!(seen.items()[0].id.as_str(), lead.id.as_str());

    let person = client
        .v2()
        .contacts()
        .create(CreateContact::new("Ana").last_name("Silva"))
        .await
        .unwrap();
    assert_eq!(person.name.as_deref(), Some("Ana Silva"));
    let clients = client.v1().clients().list().await.unwrap();
    assert_eq!(clients.items()[0].name, "Ana Silva");
}

#[tokio::test]
async fn other_resources_work_too() {
    let server = server();
    let client = server.client().unwrap();
    let v2 = client.v2();
    let owner = company(&client, "Northwind").await;
    let template = first_id(&server, "document-templates");
    let quotation = v2
        .quotations()
        .create(
            CreateQuotation::new(&owner.id, TemplateId::new(template)).quotation_products([
                v2::CreateQuotationLine::new()
                    .name("Shelf")
                    .quantity(2.0)
                    .price(100),
                v2::CreateQuotationLine::new().name("Box").price(50),
            ]),
        )
        .await
        .unwrap();
    assert_eq!(quotation.total_amount.unwrap().to_string(), "250");
    assert_eq!(quotation.line_items.as_ref().unwrap().len(), 2);
    assert_eq!(
        v2.quotations().list().search("shelf").await.unwrap().len(),
        1
    );

    let project = server
        .insert("projects", json!({"title": "Refit"}))
        .unwrap();
    let task = v2
        .tasks()
        .create(CreateTask::new("Call").entity(heffl::ProjectId::new(&project)))
        .await
        .unwrap();
    assert_eq!(task.project_id.unwrap().as_str(), project);
    let done = v2
        .tasks()
        .update(&task.id, UpdateTask::new().status(TaskStatus::Completed))
        .await
        .unwrap();
    assert!(done.completed_on.is_some());

    // Products accept custom fields and do not return them.
    let product = v2
        .products()
        .create(
            CreateProduct::new()
                .name("Shelf")
                .price(1)
                .custom_field("cf_a", 1)
                .unwrap(),
        )
        .await
        .unwrap();
    assert!(product.extra.iter().all(|(key, _)| !key.starts_with("cf_")));

    let stage = v2
        .pipelines()
        .add_pipeline_stage(
            PipelineId::new("dpl_000001"),
            CreatePipelineStage::new("Signed", 5.0),
        )
        .await
        .unwrap();
    let renamed = v2
        .pipeline_stages()
        .update(&stage.id, UpdatePipelineStage::new().name("Contract"))
        .await
        .unwrap();
    assert_eq!(renamed.name, "Contract");
    let pipeline = v2
        .pipelines()
        .get(heffl::PipelineId::new("dpl_000001"))
        .await
        .unwrap();
    assert_eq!(pipeline.stages.len(), 5);

    let key = server.define_custom_field("deals", "Company Size", "number");
    assert_eq!(key, "cf_company_size");
    let fields = v2
        .custom_fields()
        .list()
        .entity(v2::CustomFieldEntity::Deals)
        .await
        .unwrap();
    assert_eq!(fields.items()[0].label.as_deref(), Some("Company Size"));
    let none = v2
        .custom_fields()
        .list()
        .entity(v2::CustomFieldEntity::Tasks)
        .await
        .unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn the_quota_is_enforced_and_reported() {
    let server = TestServer::builder()
        .quota(3)
        .window(Duration::from_millis(1500))
        .start()
        .unwrap();
    let client = server
        .client_builder()
        .retry(RetryPolicy::never())
        .build()
        .unwrap();
    let call = || client.v2().users().list().into_call();
    let response = call().send_for_response().await.unwrap();
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        (header("RateLimit-Limit"), header("RateLimit-Remaining")),
        ("3".into(), "2".into())
    );
    assert_eq!(client.quota().limit(), 3);
    server.spend_quota(2);
    // The client cannot know of the other program yet.
    let refused = call().await.unwrap_err();
    assert_eq!(refused.code(), Some(&ErrorCode::TooManyRequests));
    // After a response it does, and waits for the window to end.
    call().await.unwrap();
}

#[tokio::test]
async fn requested_faults_occur() {
    let server = server();
    let client = server.client().unwrap();
    let create = || {
        client
            .v2()
            .companies()
            .create(CreateCompany::new("Northwind"))
    };

    // Refused before processing, so it is sent again.
    server
        .fail("createCompany", Fault::QuotaUsedUp { reset: 0 })
        .unwrap();
    create().await.unwrap();
    // Processed with an unknown outcome, so it is not sent again.
    server.fail("createCompany", Fault::CutAfter).unwrap();
    assert!(create().await.unwrap_err().is_outcome_unknown());
    assert_eq!(server.records("companies").len(), 2);
    server.fail("createCompany", Fault::CutBefore).unwrap();
    assert!(create().await.unwrap_err().is_outcome_unknown());
    assert_eq!(server.records("companies").len(), 2);

    server.fail("listUsers", Fault::Status(403)).unwrap();
    assert_eq!(
        client.v2().users().list().await.unwrap_err().code(),
        Some(&ErrorCode::Forbidden)
    );
    server.fail_next(Fault::Response("<html>".into()));
    let error = client.v2().users().list().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    server.fail_next(Fault::Delay(Duration::from_secs(20)));
    let hasty = client
        .v2()
        .users()
        .list()
        .into_call()
        .retry(RetryPolicy::never())
        .timeout(Duration::from_millis(50));
    assert!(hasty.await.unwrap_err().is_timeout());

    let operations: Vec<_> = server
        .requests()
        .into_iter()
        .filter_map(|request| request.operation)
        .collect();
    assert_eq!(
        operations
            .iter()
            .filter(|name| *name == "createCompany")
            .count(),
        4
    );
}

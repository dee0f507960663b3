//! Calls every generated operation over a real socket, with only the required parameters and fields and with all of
//! them: the request is the documented one, and the documented example of the response is read without loss.

use std::fs;

use heffl::{v1, v2};
use heffl_codegen::requests::requests;
use heffl_tests::{
    calls::{self, Call, Caller},
    json::difference,
    server::{Reply, Server},
    wire, workspace,
};
use serde::Deserialize as _;
use serde_json::{Value, json};

use super::common::document;

/// The example of an operation's response.
fn example_response(document: &Value, id: &str) -> Value {
    let paths = document["paths"].as_object().unwrap();
    let mut operations = paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values());
    let operation = operations.find(|operation| operation["operationId"] == id);
    operation.unwrap()["responses"]["200"]["content"]["application/json"]["example"].clone()
}

async fn check_calls(version: &str, calls: &[Call]) {
    let document = document(version);
    let requests = requests(&document);
    assert_eq!(requests.len(), 2 * calls.len());
    for request in requests {
        let id = &request.operation;
        let what = format!("{id} with {:?}", request.amount);
        let call = calls.iter().find(|call| call.operation == id).unwrap();
        let server = Server::start([Reply::json(
            200,
            &example_response(&document, id).to_string(),
        )])
        .await;
        let client = server.client("secret");
        let caller = Caller {
            client: &client,
            amount: request.amount,
            headers: Vec::new(),
        };
        let received = call.run(&caller).await;
        let received = received.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(received.lost(), None, "{what}");
        assert!(received.unread.is_empty(), "{what}: {:?}", received.unread);

        let sent = server.only();
        assert_eq!(sent.method, request.method, "{what}");
        let target = format!("/api/{version}{}", wire::target(&request));
        assert_eq!(decoded(&sent.target), decoded(&target), "{what}");
        assert_eq!(sent.header("x-api-key"), ["secret"], "{what}");
        assert_eq!(sent.header("accept"), ["application/json"], "{what}");
        assert!(sent.header("authorization").is_empty(), "{what}");
        let content_type: &[&str] = match &request.body {
            Some(_) => &["application/json"],
            None => &[],
        };
        assert_eq!(sent.header("content-type"), content_type, "{what}");
        match &request.body {
            Some(body) => {
                let sent = serde_json::from_slice(&sent.body).unwrap();
                assert_eq!(difference(body, &sent), None, "{what}");
            }
            None => assert!(sent.body.is_empty(), "{what}"),
        }
    }
}

/// Path and query.
fn decoded(target: &str) -> (String, Vec<(String, String)>) {
    let url = heffl::reqwest::Url::parse(&format!("http://host{target}")).unwrap();
    let pairs = url.query_pairs();
    (
        url.path().to_owned(),
        pairs
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect(),
    )
}

#[tokio::test]
async fn operations_of_v1() {
    check_calls("v1", calls::v1::CALLS).await;
}

#[tokio::test]
async fn operations_of_v2() {
    check_calls("v2", calls::v2::CALLS).await;
}

/// The example of each event is read without loss, and its number-like identifiers as text.
#[test]
fn events_of_v1_are_read() {
    let document = document("v1");
    let events = document["x-webhooks"].as_object().unwrap();
    assert_eq!(events.len(), 7);
    for (name, event) in events {
        let example = &event["post"]["requestBody"]["content"]["application/json"]["example"];
        let read = |value: &Value| match name.as_str() {
            "lead" => v1::LeadEvent::deserialize(value).and_then(serde_json::to_value),
            "deal" => v1::DealEvent::deserialize(value).and_then(serde_json::to_value),
            _ => v1::WebhookEvent::deserialize(value).and_then(serde_json::to_value),
        };
        assert_eq!(difference(example, &read(example).unwrap()), None, "{name}");
    }
    let mut deal =
        events["deal"]["post"]["requestBody"]["content"]["application/json"]["example"].clone();
    deal["payload"]["stageId"] = json!(412);
    let event = v1::DealEvent::deserialize(&deal).unwrap();
    assert_eq!(event.payload.unwrap().stage_id.unwrap().as_str(), "412");
}

/// The samples of the vendor's pages, from the fragments. They have a placeholder for every
/// field except enums without a default, which their generator omits; this test adds those.
#[test]
fn the_samples_of_the_pages_are_read() {
    fn read<T: serde::de::DeserializeOwned + serde::Serialize>(page: &str) {
        let file = workspace().join("spec/pages").join(format!("{page}.yaml"));
        let fragment: Value = serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let (_, item) = fragment["paths"]
            .as_object()
            .unwrap()
            .iter()
            .next()
            .unwrap();
        let (_, operation) = item.as_object().unwrap().iter().next().unwrap();
        let (_, response) = operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .next()
            .unwrap();
        let media = &response["content"]["application/json"];
        let mut sample = media["example"].clone();
        let properties = media["schema"]["properties"].as_object().unwrap();
        for (name, property) in properties {
            if let (true, Some(value)) = (sample.get(name).is_none(), property.pointer("/enum/0")) {
                sample[name] = value.clone();
            }
        }
        let model: T = serde_json::from_value(sample).unwrap_or_else(|error| panic!("{error}"));
        let again = serde_json::to_value(&model).unwrap();
        for name in properties.keys() {
            assert!(again.get(name).is_some(), "`{name}` was lost");
        }
        assert!(again.get("extra").is_none());
    }
    read::<v1::Client>("api-reference/clients/create-a-new-client");
    read::<v1::Client>("api-reference/clients/update-a-client");
    read::<v1::Invoice>("api-reference/invoices/create-a-new-invoice");
    read::<v2::Quotation>("api-v2-reference/objects/get-a-quotation");
}

/// The runtime and the documents have the same base URL.
#[test]
fn documents_and_runtime_agree_on_the_server() {
    assert_eq!(v1::SERVER, format!("{}/v1", heffl::DEFAULT_BASE_URL));
    assert_eq!(v2::SERVER, format!("{}/v2", heffl::DEFAULT_BASE_URL));
}

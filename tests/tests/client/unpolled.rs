//! Calls that are not polled block no other calls.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use heffl::{Client, Error, PipelineId, Priority, v2::CreateContact};
use heffl_test_server::{Fault, TestServer};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

/// The time limit of a test; it is reached only if the program hangs.
const LIMIT: Duration = Duration::from_secs(60);
const QUOTA: u32 = 5;

/// A server with a small quota, a client of it, and a record to request.
fn start() -> (TestServer, Client, PipelineId) {
    let server = TestServer::builder()
        .quota(QUOTA)
        .window(Duration::from_secs(1))
        .start()
        .unwrap();
    // Otherwise the client would learn the quota only from the first response.
    let client = server.client_builder().rate_limit(QUOTA).build().unwrap();
    let pipeline = &server.records("pipelines")[0];
    let id = PipelineId::new(pipeline["id"].as_str().unwrap());
    (server, client, id)
}

async fn get(client: &Client, id: &PipelineId) -> Result<(), Error> {
    client.v2().pipelines().get(id).await.map(drop)
}

/// Makes several calls in turn.
async fn get_many(client: &Client, id: &PipelineId) {
    for _ in 0..QUOTA * 2 {
        get(client, id).await.unwrap();
    }
}

/// A future that is polled once, and kept.
async fn poll_once<F: Future>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    poll_fn(|context| {
        assert!(future.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    future
}

/// Awaits a future that must end.
async fn ends<T>(future: impl Future<Output = T>) -> T {
    timeout(LIMIT, future)
        .await
        .expect("the future does not end")
}

#[tokio::test]
async fn a_call_in_a_loop_over_buffered_calls_succeeds() {
    let (_server, client, id) = start();
    let work = async {
        let calls = stream::iter(0..20).map(|_| client.v2().pipelines().get(&id).send());
        let mut responses = pin!(calls.buffer_unordered(4));
        let mut count = 0;
        while let Some(response) = responses.next().await {
            response.unwrap();
            get(&client, &id).await.unwrap();
            count += 1;
        }
        count
    };
    assert_eq!(ends(work).await, 20);
}

#[tokio::test]
async fn calls_that_are_polled_once_and_kept_block_no_others() {
    let (_server, client, id) = start();
    let mut kept = Vec::new();
    for _ in 0..QUOTA * 4 {
        kept.push(poll_once(client.v2().pipelines().get(&id).send()).await);
    }
    ends(async {
        get_many(&client, &id).await;
        let mut tasks = JoinSet::new();
        for priority in [Priority::Normal, Priority::Interactive] {
            let call = client.v2().pipelines().get(&id).priority(priority);
            tasks.spawn(async move { call.await.map(drop) });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
    })
    .await;
    // They work normally when they are polled again.
    for call in kept {
        ends(call).await.unwrap();
    }
}

#[tokio::test]
async fn the_other_arm_of_a_select_succeeds() {
    let (_server, client, id) = start();
    let mut first = pin!(get_many(&client, &id));
    ends(async {
        tokio::select! {
            () = &mut first => panic!("it takes longer"),
            () = sleep(Duration::from_millis(300)) => get_many(&client, &id).await,
        }
        first.await;
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_kept_after_a_timeout_blocks_no_others_and_loses_nothing() {
    let (server, client, id) = start();
    for number in 0..6 {
        let contact = json!({"id": format!("ct_{number}"), "name": "Ada"});
        server.insert("contacts", contact).unwrap();
    }
    let known = server.records("contacts").len();
    let mut contacts = client.v2().contacts().list().page_size(1).stream();
    let mut read = 0;
    ends(async {
        loop {
            match timeout(Duration::from_millis(100), contacts.try_next()).await {
                Ok(contact) if contact.as_ref().unwrap().is_none() => break,
                Ok(_) => read += 1,
                // Other tasks, and other calls of this task.
                Err(_) => {
                    let (client, id) = (client.clone(), id.clone());
                    get(&client, &id).await.unwrap();
                    let task = tokio::spawn(async move { get(&client, &id).await });
                    task.await.unwrap().unwrap();
                }
            }
        }
    })
    .await;
    assert_eq!(read, known);
}

#[tokio::test]
async fn two_find_or_create_calls_for_an_address_in_one_task_create_one_record() {
    let (server, client, _) = start();
    let ada = || {
        let body = CreateContact::new("Ada").email("ada@example.com");
        client.v2().contacts().find_or_create_by_email(body).send()
    };
    ends(async {
        let first = poll_once(ada()).await;
        let second = ada().await.unwrap();
        let first = first.await.unwrap();
        assert_eq!(first.record().id, second.record().id);
        assert!(first.is_created() && !second.is_created());
    })
    .await;
    let records = server.records("contacts");
    let same = |record: &&serde_json::Map<String, serde_json::Value>| {
        record
            .get("email")
            .is_some_and(|found| found == "ada@example.com")
    };
    assert_eq!(records.iter().filter(same).count(), 1);
}

#[tokio::test]
async fn a_dropped_find_or_create_unblocks_the_next_one() {
    let (server, client, _) = start();
    let delay = Fault::Delay(Duration::from_secs(1));
    server.fail("listContacts", delay).unwrap();
    let ada = || {
        let body = CreateContact::new("Ada").email("ada@example.com");
        client.v2().contacts().find_or_create_by_email(body).send()
    };
    ends(async {
        drop(poll_once(ada()).await);
        assert!(ada().await.unwrap().is_created());
    })
    .await;
}

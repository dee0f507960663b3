//! Deliveries of webhooks: Heffl's are accepted, and others are refused. The library of the
//! Standard Webhooks project checks the signatures.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use heffl::{
    hook::BoxError,
    reqwest::header::{HeaderMap, HeaderValue},
    v1::webhooks::WebhookEventName,
    webhooks::{Error, Event, RecentDeliveries, ReplayGuard, Signer, Subject, Verifier},
};
use proptest::prelude::*;
use tokio::sync::{mpsc, oneshot};

const SECRET: &str = "whsec_YSBzZWNyZXQgb2YgdGhlIHdvcmtzcGFjZQ==";
const BODY: &[u8] =
    br#"{"event":"lead.created","timestamp":"2026-03-02T08:15:01.000Z","payload":{"id":"ld_1"}}"#;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_780_000_000)
}

fn signed(at: SystemTime) -> [(&'static str, String); 3] {
    Signer::new(SECRET).unwrap().headers_at("msg_1", BODY, at)
}

fn verify(headers: &[(&str, String)], body: &[u8]) -> Result<(), Error> {
    Verifier::new(SECRET)
        .unwrap()
        .verify_signature(headers, body, now())
        .map(|_| ())
}

fn header_map(headers: &[(&'static str, String)]) -> HeaderMap {
    headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect()
}

/// The test vector of the Standard Webhooks libraries.
#[test]
fn signatures_match_the_test_vector_of_the_standard() {
    let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let body = br#"{"email":"test@example.com","username":"test_user"}"#;
    let signed = UNIX_EPOCH + Duration::from_secs(1_649_367_553);
    let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    let headers = Signer::new(secret).unwrap().headers_at(id, body, signed);
    assert_eq!(
        headers.map(|(_, value)| value),
        [
            id,
            "1649367553",
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="
        ]
    );
}

proptest! {
    #[test]
    fn the_standards_own_library_agrees(
        key in proptest::collection::vec(any::<u8>(), 12..64),
        id in "msg_[0-9A-Za-z]{1,30}",
        body in ".{0,200}",
    ) {
        let secret = format!("whsec_{}", STANDARD.encode(key));
        let judge = standardwebhooks::Webhook::new(&secret).unwrap();
        let verifier = Verifier::new(secret.as_str()).unwrap();

        // It accepts our signatures.
        let headers = Signer::new(secret.as_str()).unwrap().headers(&id, body.as_bytes());
        judge.verify(body.as_bytes(), &header_map(&headers)).unwrap();

        // We accept its signatures.
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let signature = judge.sign(&id, i64::try_from(seconds).unwrap(), body.as_bytes()).unwrap();
        let headers = [
            ("webhook-id", id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ];
        let delivery = verifier.verify_signature(&headers, body.as_bytes(), SystemTime::now()).unwrap();
        prop_assert_eq!(delivery.id(), id);
    }

    /// Copied secrets may lack padding, and have other characters around them.
    #[test]
    fn a_copied_secret_of_the_standard_is_read(
        key in proptest::collection::vec(any::<u8>(), 12..64),
        before in "[ \u{FEFF}\u{200B}\"'`]{0,3}(v1,)?[\"']?",
        after in "={0,2}[\"'`]{0,2}[ \r\n\u{200B}]{0,3}",
    ) {
        let encoded = STANDARD.encode(&key);
        let judge = standardwebhooks::Webhook::new(&format!("whsec_{encoded}")).unwrap();
        let copied = format!("{before}whsec_{}{after}", encoded.trim_end_matches('='));
        let signature = judge.sign("msg_1", 1_780_000_000, BODY).unwrap();
        let headers = [
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", "1780000000".to_owned()),
            ("webhook-signature", signature),
        ];
        let verifier = Verifier::new(copied).unwrap();
        prop_assert!(verifier.verify_signature(&headers, BODY, now()).is_ok());
    }

    #[test]
    fn every_change_of_the_body_is_detected(place in 0..BODY.len(), bit in 0..8_u32) {
        let mut body = BODY.to_vec();
        body[place] ^= 1 << bit;
        prop_assert_eq!(verify(&signed(now()), &body), Err(Error::WrongSignature));
    }

    #[test]
    fn forged_deliveries_are_refused(
        id in ".{0,40}", timestamp in "[0-9 +-]{0,24}|1780000000", signature in ".{0,80}|v1,[A-Za-z0-9+/]{43}=", body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let headers = [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
        prop_assert!(verify(&headers, &body).is_err());
        let _ = Event::from_slice(&body);
    }
}

#[test]
fn every_problem_has_its_own_error() {
    let without = |name: &str| -> Vec<_> {
        let headers = signed(now()).into_iter();
        headers.filter(|(known, _)| *known != name).collect()
    };
    let with = |name: &'static str, value: &str| {
        let mut headers = without(name);
        headers.push((name, value.to_owned()));
        headers
    };
    let second = Duration::from_secs(1);
    let tolerated = Duration::from_secs(300);
    for (case, headers, expected) in [
        ("as signed", signed(now()).to_vec(), Ok(())),
        ("late", signed(now() - tolerated).to_vec(), Ok(())),
        ("early", signed(now() + tolerated).to_vec(), Ok(())),
        (
            "too late",
            signed(now() - tolerated - second).to_vec(),
            Err(Error::TooOld),
        ),
        (
            "too early",
            signed(now() + tolerated + second).to_vec(),
            Err(Error::TooNew),
        ),
        (
            "no id",
            without("webhook-id"),
            Err(Error::MissingHeader("webhook-id")),
        ),
        (
            "no time",
            without("webhook-timestamp"),
            Err(Error::MissingHeader("webhook-timestamp")),
        ),
        (
            "no signature",
            without("webhook-signature"),
            Err(Error::MissingHeader("webhook-signature")),
        ),
        (
            "another id",
            with("webhook-id", "msg_2"),
            Err(Error::WrongSignature),
        ),
        (
            "another time",
            with("webhook-timestamp", "1780000001"),
            Err(Error::WrongSignature),
        ),
        (
            "a signed time",
            with("webhook-timestamp", "+1780000000"),
            Err(Error::Timestamp),
        ),
        (
            "a broken time",
            with("webhook-timestamp", "1780000000.5"),
            Err(Error::Timestamp),
        ),
        (
            "an endless time",
            with("webhook-timestamp", &"9".repeat(400)),
            Err(Error::Timestamp),
        ),
        (
            "the largest time",
            with("webhook-timestamp", "18446744073709551615"),
            Err(Error::Timestamp),
        ),
        (
            "an empty signature",
            with("webhook-signature", ""),
            Err(Error::NoSignature),
        ),
        (
            "another kind",
            with("webhook-signature", "v1a,AAAA v2,AAAA"),
            Err(Error::NoSignature),
        ),
        (
            "no base64",
            with("webhook-signature", "v1,***"),
            Err(Error::WrongSignature),
        ),
        (
            "a short signature",
            with("webhook-signature", "v1,AAAA"),
            Err(Error::WrongSignature),
        ),
    ] {
        assert_eq!(verify(&headers, BODY), expected, "{case}");
    }
}

#[test]
fn one_valid_signature_of_several_is_enough() {
    let [id, timestamp, (name, signature)] = signed(now());
    let other = format!("v1,{}", "A".repeat(43) + "=");
    let several = format!("v1a,xyz {other}  {signature} {other}");
    assert_eq!(verify(&[id, timestamp, (name, several)], BODY), Ok(()));
}

#[test]
fn names_of_headers_are_compared_without_case() {
    let headers = signed(now()).map(|(name, value)| (name.to_uppercase(), value));
    let verifier = Verifier::new(SECRET).unwrap();
    assert!(verifier.verify_signature(&headers, BODY, now()).is_ok());
    let map: std::collections::HashMap<_, _> = headers.into_iter().collect();
    assert!(verifier.verify_signature(&map, BODY, now()).is_ok());
}

#[test]
fn replaced_secrets_and_plain_text_secrets_work() {
    let old = "whsec_an old secret, as plain text";
    let headers = Signer::new(old).unwrap().headers_at("msg_1", BODY, now());
    let verifier = Verifier::new(SECRET).unwrap();
    assert_eq!(
        verifier
            .verify_signature(&headers, BODY, now())
            .unwrap_err(),
        Error::WrongSignature
    );
    let verifier = verifier.or_secret(old).unwrap();
    for headers in [headers, signed(now())] {
        assert!(verifier.verify_signature(&headers, BODY, now()).is_ok());
    }
    // The key is the text of the secret, although that is base64.
    let text = SECRET.strip_prefix("whsec_").unwrap();
    let encoded_again = format!("whsec_{}", STANDARD.encode(text));
    let headers = Signer::new(encoded_again)
        .unwrap()
        .headers_at("msg_1", BODY, now());
    assert_eq!(verify(&headers, BODY), Ok(()));
}

/// Characters around a secret that may be copied with it, and texts that are not secrets.
#[test]
fn a_secret_is_read_as_it_is_copied() {
    let bare = SECRET.strip_suffix("==").unwrap();
    for copied in [
        SECRET,
        bare,
        &format!("{bare}="),
        &format!("v1,{SECRET}"),
        &format!("v1,{bare}"),
        &format!("\"{SECRET}\""),
        &format!("'{bare}'"),
        &format!("`{SECRET}`\n"),
        &format!("\"{SECRET}"),
        &format!("\u{201C}{SECRET}\u{201D}"),
        &format!("\u{FEFF}{SECRET}\r\n"),
        &format!("\u{FEFF}\"v1,{bare}\"\u{200B}"),
        &format!("v1, \"{SECRET}\""),
        &format!("\" {SECRET} \""),
        &format!("{}\n{}", &SECRET[..20], &SECRET[20..]),
        SECRET.strip_prefix("whsec_").unwrap(),
    ] {
        let verifier = Verifier::new(copied).unwrap();
        let delivery = verifier.verify_signature(&signed(now()), BODY, now());
        assert!(delivery.is_ok(), "{copied:?}");
        // A signer with this secret makes the signatures of the standard.
        let headers = Signer::new(copied).unwrap();
        let headers = headers.headers_at("msg_1", BODY, now());
        assert_eq!(verify(&headers, BODY), Ok(()), "{copied:?}");
    }
}

/// Plain text as the key, with any characters around it.
#[test]
fn plain_secrets_are_accepted() {
    for plain in [
        "an old secret, as plain text",
        "an-old-secret_as-plain-text",
        "16-bytes-long!!!",
        "\"quotation marks of its own\"",
        "v1,begins like a signature",
    ] {
        for prefix in ["", "whsec_"] {
            let verifier = Verifier::new(format!("{prefix}{plain}")).unwrap();
            let encoded = format!("whsec_{}", STANDARD.encode(plain));
            let headers = Signer::new(encoded).unwrap();
            let headers = headers.headers_at("msg_1", BODY, now());
            assert!(
                verifier.verify_signature(&headers, BODY, now()).is_ok(),
                "{plain}"
            );
        }
    }
}

#[test]
fn a_secret_that_is_too_short_is_refused() {
    let long = Verifier::new(SECRET).unwrap();
    for short in [
        "",
        "  ",
        "\u{FEFF}",
        "\"\"",
        "v1,",
        "whsec_",
        "v1,whsec_",
        "\"v1,whsec_\"",
        "whsec_!!!!",
        "whsec_====",
        "whsec_AA==",
        "v1,whsec_AAAAAA==",
        "whsec_15-bytes-long!!",
    ] {
        assert_eq!(Verifier::new(short).unwrap_err(), Error::Secret, "{short}");
        assert_eq!(Signer::new(short).unwrap_err(), Error::Secret, "{short}");
        let second = long.clone().or_secret(short);
        assert_eq!(second.unwrap_err(), Error::Secret, "{short}");
    }
    let text = Error::Secret.to_string();
    assert!(
        text.contains("16 bytes") && text.contains("whsec_"),
        "{text}"
    );
}

#[tokio::test]
async fn a_delivery_is_accepted_once_unless_it_is_forgotten() {
    let verifier = Verifier::new(SECRET)
        .unwrap()
        .replay_guard(RecentDeliveries::new());
    let clone = verifier.clone();
    let headers = Signer::new(SECRET).unwrap().headers("msg_1", BODY);
    let replayed = Error::Replayed;
    let first = verifier.verify(&headers, BODY).await.unwrap();
    assert_eq!(clone.verify(&headers, BODY).await.unwrap_err(), replayed);
    first.forget().await.unwrap();
    assert!(clone.verify(&headers, BODY).await.is_ok());
    assert_eq!(verifier.verify(&headers, BODY).await.unwrap_err(), replayed);
    // A forged delivery uses up no identifier.
    let mut forged = Signer::new("whsec_the secret of another")
        .unwrap()
        .headers("msg_2", BODY);
    assert!(verifier.verify(&forged, BODY).await.is_err());
    forged = Signer::new(SECRET).unwrap().headers("msg_2", BODY);
    assert!(verifier.verify(&forged, BODY).await.is_ok());
}

/// A guard over a database, which may be slow or unavailable.
struct Database {
    requests: mpsc::Sender<(String, oneshot::Sender<bool>)>,
}

impl ReplayGuard for Database {
    async fn admit(&self, id: &str, _: SystemTime) -> Result<bool, BoxError> {
        let (sender, response) = oneshot::channel();
        self.requests.send((id.to_owned(), sender)).await?;
        Ok(response.await?)
    }

    async fn forget(&self, _: &str) -> Result<(), BoxError> {
        Err("the database is read-only".into())
    }
}

#[tokio::test]
async fn a_guard_may_wait_and_fail() {
    let (requests, mut database) = mpsc::channel(1);
    let guard = Database { requests };
    let verifier = Verifier::new(SECRET).unwrap().replay_guard(guard);
    let headers = Signer::new(SECRET).unwrap().headers("msg_1", BODY);
    for is_new in [true, false] {
        let respond = async {
            let (id, sender) = database.recv().await.unwrap();
            assert_eq!(id, "msg_1");
            tokio::task::yield_now().await;
            sender.send(is_new).unwrap();
        };
        let (delivery, ()) = tokio::join!(verifier.verify(&headers, BODY), respond);
        assert_eq!(delivery.is_ok(), is_new);
        if let Ok(delivery) = delivery {
            let error = delivery.forget().await.unwrap_err();
            assert!(error.to_string().contains("read-only"), "{error}");
        }
    }
    drop(database);
    let error = verifier.verify(&headers, BODY).await.unwrap_err();
    assert!(matches!(error, Error::Guard(_)), "{error}");
    // Heffl may send it again.
    assert_eq!(error.http_status(), 503);
    // The guard does not see a forged delivery.
    let forged = Signer::new("whsec_the secret of another").unwrap();
    let forged = forged.headers("msg_2", BODY);
    let error = verifier.verify(&forged, BODY).await.unwrap_err();
    assert_eq!((error.http_status(), error), (401, Error::WrongSignature));
}

/// The statuses of the documented table.
#[tokio::test]
async fn a_redelivery_gets_success_and_a_forgery_is_not() {
    let verifier = Verifier::new(SECRET)
        .unwrap()
        .replay_guard(RecentDeliveries::new());
    let respond = async |headers: &[(&'static str, String)], body: &[u8]| {
        let receive = async {
            let delivery = verifier.verify(headers, body).await?;
            delivery.event()
        };
        receive
            .await
            .map_or_else(|error| error.http_status(), |_| 204)
    };
    let signer = Signer::new(SECRET).unwrap();
    let signed = signer.headers("msg_1", BODY);
    assert_eq!(respond(&signed, BODY).await, 204);
    assert_eq!(respond(&signed, BODY).await, 200);
    let stale = SystemTime::now() - Duration::from_secs(3600);
    let early = SystemTime::now() + Duration::from_secs(3600);
    for refused in [
        signer.headers("msg_2", b"another body"),
        signer.headers_at("msg_2", BODY, stale),
        signer.headers_at("msg_2", BODY, early),
    ] {
        assert_eq!(respond(&refused, BODY).await, 401);
    }
    assert_eq!(respond(&signed[..2], BODY).await, 401);
    let odd = signer.headers("msg_3", b"{}");
    assert_eq!(respond(&odd, b"{}").await, 422);
    assert_eq!(Verifier::new("whsec_").unwrap_err().http_status(), 500);
}

#[test]
fn events_have_types() {
    let event = |name: &str, key: &str, record: &str| {
        let body = format!(
            r#"{{"event":"{name}","timestamp":"2026-03-02T08:15:01.000Z","{key}":{record},"attempt":2}}"#
        );
        Event::from_slice(body.as_bytes()).unwrap()
    };
    for key in ["payload", "data"] {
        let lead = event(
            "lead.stageChanged",
            key,
            r#"{"id":"ld_1","value":12345.67,"stageId":7,"customFields":{"cf_a":1.50}}"#,
        );
        assert_eq!(lead.name, WebhookEventName::LeadStageChanged);
        assert_eq!(lead.kind(), "lead");
        let Subject::Lead(record) = &lead.subject else {
            panic!("{lead:?}")
        };
        assert_eq!(record.value.unwrap().to_string(), "12345.67");
        assert_eq!(record.stage_id.as_ref().unwrap().as_str(), "7");

        let deal = event(
            "deal.updated",
            key,
            r#"{"id":"dl_1","client":{"id":"clt_1","type":"company"}}"#,
        );
        let Subject::Deal(record) = &deal.subject else {
            panic!("{deal:?}")
        };
        assert_eq!(
            record
                .client
                .as_ref()
                .unwrap()
                .id
                .as_ref()
                .unwrap()
                .as_str(),
            "clt_1"
        );

        let client = event(
            "client.created",
            key,
            r#"{"id":"clt_1","email":null,"customFields":{"cf_region":"north"},"ownerId":4}"#,
        );
        let Subject::Client(record) = &client.subject else {
            panic!("{client:?}")
        };
        assert_eq!(record.id.as_ref().unwrap().as_str(), "clt_1");
        assert_eq!(record.extra.get::<u8>("ownerId").unwrap(), Some(4));

        let form = event("form.response.created", key, r#"{"answers":[1]}"#);
        assert_eq!(form.kind(), "form.response");
        let Subject::Other(record) = &form.subject else {
            panic!("{form:?}")
        };
        assert_eq!(record.get::<Vec<u8>>("answers").unwrap(), Some(vec![1]));
    }
    // An undocumented event, and a deal with a client of another form: nothing is lost.
    let job = event("job.finished", "payload", r#"{"id":"job_1"}"#);
    assert_eq!((job.name.as_str(), job.kind()), ("job.finished", "job"));
    assert!(
        matches!(job.subject, Subject::Other(record) if record.get::<String>("id").unwrap().as_deref() == Some("job_1"))
    );
    let odd = event(
        "deal.created",
        "payload",
        r#"{"id":"dl_1","client":"clt_1"}"#,
    );
    assert!(
        matches!(odd.subject, Subject::Deal(deal) if deal.extra.get::<String>("client").unwrap().as_deref() == Some("clt_1"))
    );
    let bare = event("lead.deleted", "somethingElse", "{}");
    assert!(matches!(bare.subject, Subject::Other(record) if record.is_empty()));
    assert!(bare.extra.iter().any(|(key, _)| key == "attempt"));
}

#[test]
fn other_bodies_are_refused_and_not_repeated_in_the_error() {
    for body in [
        &b""[..],
        b"null",
        b"[]",
        b"<html>secret</html>",
        b"\xff\xfe",
        br#"{"event":"lead.created"}"#,
        br#"{"event":["secret"],"timestamp":"2026-03-02T08:15:01Z"}"#,
        br#"{"event":"lead.created","timestamp":"secret"}"#,
    ] {
        let error = Event::from_slice(body).unwrap_err();
        assert!(matches!(error, Error::Body { .. }));
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn debug_and_errors_omit_the_secret_and_the_body() {
    let verifier = Verifier::new(SECRET).unwrap();
    let signer = Signer::new(SECRET).unwrap();
    let headers = signer.headers("msg_1", BODY);
    let delivery = verifier.verify(&headers, BODY).await.unwrap();
    let printed = format!("{verifier:?} {signer:?} {delivery:?}");
    for secret in ["YSBz", "a secret", "ld_1", "lead"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

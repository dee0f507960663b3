//! Creates through random faults: none is done twice unless that was allowed, none that was done is
//! reported as not done, and the outcome is called unknown when the client cannot know it, and only
//! then.

use std::time::Duration;

use heffl::{Client, RetryPolicy, v2::CreateDeal};
use heffl_tests::{
    cases,
    hostile::{Act, Hostile, answer},
};
use proptest::{prelude::*, sample::select};
use tokio::task::JoinSet;

const DEAL: &[u8] = br#"{"id": "dl_1"}"#;
/// Creates that are made at a time.
const AT_A_TIME: usize = 24;

/// What becomes of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The server does it, and says so.
    Done,
    CutBeforeRead,
    CutAfterRead {
        done: bool,
    },
    Broken {
        done: bool,
    },
    CutInHead {
        done: bool,
    },
    CutInBody {
        done: bool,
    },
    /// No answer in time.
    Silence {
        done: bool,
    },
    Failure {
        status: u16,
        done: bool,
    },
    /// Not now, says the server; it has not begun.
    Refused {
        status: u16,
    },
    /// Not at all.
    Invalid,
}

impl Fate {
    fn act(self) -> Act {
        match self {
            Self::Done => Act::answer(201, &[], DEAL),
            Self::CutBeforeRead => Act::HangUp,
            Self::CutAfterRead { .. } => Act::HangUpOnRequest,
            Self::Broken { .. } => Act::Reset,
            Self::CutInHead { .. } => Act::Say(b"HTTP/1.1 201 Created\r\ncontent-le".to_vec()),
            Self::CutInBody { .. } => {
                let whole = answer(201, &[], DEAL);
                Act::Say(whole[..whole.len() - 5].to_vec())
            }
            Self::Silence { .. } => Act::Silence,
            Self::Failure { status, .. } => Act::answer(status, &[], b""),
            Self::Refused { status } => Act::answer(status, &["retry-after: 0"], b""),
            Self::Invalid => Act::answer(400, &[], b""),
        }
    }

    fn is_done(self) -> bool {
        match self {
            Self::Done => true,
            Self::CutBeforeRead | Self::Refused { .. } | Self::Invalid => false,
            Self::CutAfterRead { done }
            | Self::Broken { done }
            | Self::CutInHead { done }
            | Self::CutInBody { done }
            | Self::Silence { done }
            | Self::Failure { done, .. } => done,
        }
    }

    /// Whether the client can know what became of it.
    fn is_known(self) -> bool {
        matches!(self, Self::Done | Self::Refused { .. } | Self::Invalid)
    }

    /// Whether the client may learn that nothing was done: it had not written the request yet.
    fn may_be_unsent(self) -> bool {
        matches!(self, Self::CutBeforeRead)
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    let done = any::<bool>;
    prop_oneof![
        3 => Just(Fate::Done),
        2 => Just(Fate::CutBeforeRead),
        2 => done().prop_map(|done| Fate::CutAfterRead { done }),
        2 => done().prop_map(|done| Fate::Broken { done }),
        2 => done().prop_map(|done| Fate::CutInHead { done }),
        2 => done().prop_map(|done| Fate::CutInBody { done }),
        1 => done().prop_map(|done| Fate::Silence { done }),
        4 => (select(vec![408, 500, 502, 503, 503, 504, 599]), done())
            .prop_map(|(status, done)| Fate::Failure { status, done }),
        6 => Just(Fate::Refused { status: 425 }),
        // The client waits longer from one to the next, so there are few.
        1 => Just(Fate::Refused { status: 429 }),
        1 => Just(Fate::Invalid),
    ]
}

/// What becomes of the attempts of one create, and whether it may be done twice.
fn create() -> impl Strategy<Value = (Vec<Fate>, bool)> {
    (prop::collection::vec(fate(), 1..6), any::<bool>())
}

/// Makes a create, and says what must not have happened.
async fn play(mut fates: Vec<Fate>, allowed: bool) -> Result<(), String> {
    fates.push(Fate::Done);
    let server = Hostile::start(fates.iter().map(|fate| fate.act())).await;
    let is_silent = fates
        .iter()
        .any(|fate| matches!(fate, Fate::Silence { .. }));
    let client = Client::builder()
        .api_key("key")
        .base_url(format!("http://{}/api", server.address()))
        .retry(
            RetryPolicy::new()
                .max_attempts(7)
                .base_delay(Duration::from_millis(1))
                .repeat_creates(allowed),
        )
        .timeout(Duration::from_secs(if is_silent { 2 } else { 60 }))
        .build()
        .unwrap();
    let result = client
        .v2()
        .deals()
        .create(CreateDeal::new(
            "Gadgets",
            heffl::ClientId::new("clt_1"),
            heffl::PipelineId::new("dpl_1"),
        ))
        .await;

    // Each attempt has a connection of its own.
    let fates: Vec<Fate> = fates.into_iter().take(server.heard().len()).collect();
    let times = fates.iter().filter(|fate| fate.is_done()).count();
    let is_known = fates.iter().all(|fate| fate.is_known());
    let told = match &result {
        Ok(_) => times >= 1,
        // A machine that is busy can let the time run out for every attempt.
        Err(error) if error.is_outcome_unknown() => !is_known || error.is_timeout(),
        Err(_) => {
            let mut fates = fates.iter();
            times == 0 && fates.all(|fate| fate.is_known() || fate.may_be_unsent())
        }
    };
    let once = allowed || times <= 1;
    // Nothing is sent after what is not known, whether the server did it or not.
    let first_unknown = fates
        .iter()
        .position(|fate| !fate.is_known() && !fate.may_be_unsent());
    let ended = allowed || first_unknown.is_none_or(|position| position + 1 == fates.len());
    if told && once && ended {
        return Ok(());
    }
    Err(format!(
        "done {times} times by {fates:?}, allowed {allowed}, reported as {:?}",
        result.map(|deal| deal.id)
    ))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases(8))
    })]

    #[test]
    fn a_create_is_done_once_or_reported(creates in prop::collection::vec(create(), AT_A_TIME)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let results = runtime.block_on(async {
            let plays: JoinSet<_> = creates
                .into_iter()
                .map(|(fates, allowed)| play(fates, allowed))
                .collect();
            plays.join_all().await
        });
        for result in results {
            prop_assert!(result.is_ok(), "{}", result.unwrap_err());
        }
    }
}

//! Creates with random faults: no create is processed twice unless that was allowed, no processed create is
//! reported as not processed, and the outcome is reported as unknown only if the client cannot know
//! it.

use std::time::Duration;

use heffl::{Client, RetryPolicy, v2::CreateDeal};
use heffl_tests::{
    cases,
    hostile::{Act, Hostile, reply},
};
use proptest::{prelude::*, sample::select};
use tokio::task::JoinSet;

const DEAL: &[u8] = br#"{"id": "dl_1"}"#;
/// The number of concurrent creates of a case. They wait most of the time, so there are few cases of many creates.
const AT_A_TIME: usize = 96;

/// The server's reaction to an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// The server processes the request and responds.
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
    /// No response in time.
    Silence {
        done: bool,
    },
    Failure {
        status: u16,
        done: bool,
    },
    /// The server refuses the request for now, without processing it.
    Refused {
        status: u16,
    },
    /// The server refuses the request for good.
    Invalid,
}

impl Fate {
    fn act(self) -> Act {
        match self {
            Self::Done => Act::reply(201, &[], DEAL),
            Self::CutBeforeRead => Act::HangUp,
            Self::CutAfterRead { .. } => Act::HangUpOnRequest,
            Self::Broken { .. } => Act::Reset,
            Self::CutInHead { .. } => Act::Send(b"HTTP/1.1 201 Created\r\ncontent-le".to_vec()),
            Self::CutInBody { .. } => {
                let whole = reply(201, &[], DEAL);
                Act::Send(whole[..whole.len() - 5].to_vec())
            }
            Self::Silence { .. } => Act::Silence,
            Self::Failure { status, .. } => Act::reply(status, &[], b""),
            Self::Refused { status } => Act::reply(status, &["retry-after: 0"], b""),
            Self::Invalid => Act::reply(400, &[], b""),
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

    /// Whether the client can know if the request was processed.
    fn is_known(self) -> bool {
        matches!(self, Self::Done | Self::Refused { .. } | Self::Invalid)
    }

    /// Whether the client may know that the request was not processed, because it had not written the request.
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
        // The client waits longer after each attempt, so there are few.
        1 => Just(Fate::Refused { status: 429 }),
        1 => Just(Fate::Invalid),
    ]
}

/// The fates of the attempts of a create, and whether it may be processed twice.
fn create() -> impl Strategy<Value = (Vec<Fate>, bool)> {
    (prop::collection::vec(fate(), 1..6), any::<bool>())
}

/// Makes a create; an error describes a violated rule.
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
    let fates: Vec<Fate> = fates.into_iter().take(server.connections().len()).collect();
    let times = fates.iter().filter(|fate| fate.is_done()).count();
    let is_known = fates.iter().all(|fate| fate.is_known());
    let is_truthful = match &result {
        Ok(_) => times >= 1,
        // On a busy machine, every attempt may time out.
        Err(error) if error.is_outcome_unknown() => !is_known || error.is_timeout(),
        Err(_) => {
            let mut fates = fates.iter();
            times == 0 && fates.all(|fate| fate.is_known() || fate.may_be_unsent())
        }
    };
    let once = allowed || times <= 1;
    // After an attempt with an unknown outcome, the client sends nothing.
    let first_unknown = fates
        .iter()
        .position(|fate| !fate.is_known() && !fate.may_be_unsent());
    let ended = allowed || first_unknown.is_none_or(|position| position + 1 == fates.len());
    if is_truthful && once && ended {
        return Ok(());
    }
    Err(format!(
        "processed {times} times by {fates:?}, allowed {allowed}, reported as {:?}",
        result.map(|deal| deal.id)
    ))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases(8).div_ceil(4))
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

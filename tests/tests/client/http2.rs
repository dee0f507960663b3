//! HTTP/2, which other crates of a program may enable: how the client handles streams that the peer did not
//! process.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use heffl::{
    Client, Error, ErrorKind, RetryPolicy,
    v2::{CreateDeal, Deal},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Types of frames.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// What the peer does with a request.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Responds.
    Done,
    /// Resets its stream with this code.
    Reset(u32),
    /// Sends GOAWAY with this code, which names the stream before this one as the last, and closes.
    GoAwayBefore(u32),
    /// Sends GOAWAY with this code, which names this stream as the last, and closes.
    GoAwayAfter(u32),
    /// Closes the connection.
    Close,
}

const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

struct Peer {
    address: std::net::SocketAddr,
    /// The remaining acts.
    acts: Arc<Mutex<VecDeque<Act>>>,
    task: JoinHandle<()>,
}

impl Peer {
    async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acts = Arc::new(Mutex::new(acts.into_iter().collect()));
        let left = Arc::clone(&acts);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client may close the connection at any time.
                tokio::spawn(serve(stream, Arc::clone(&left)));
            }
        });
        Self {
            address,
            acts,
            task,
        }
    }

    fn client(&self) -> Client {
        Client::builder()
            .api_key("key")
            .base_url(format!("http://{}/api", self.address))
            .http(heffl::reqwest::ClientBuilder::http2_prior_knowledge)
            .retry(RetryPolicy::new().base_delay(Duration::from_millis(1)))
            .build()
            .unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, acts: Arc<Mutex<VecDeque<Act>>>) -> std::io::Result<()> {
    stream.read_exact(&mut [0; 24]).await?;
    write(&mut stream, SETTINGS, 0, 0, &[]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = usize::from(head[1]) << 8 | usize::from(head[2]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        stream.read_exact(&mut vec![0; length]).await?;
        match (head[3], head[4]) {
            (SETTINGS, flags) if flags & ACK == 0 => {
                write(&mut stream, SETTINGS, ACK, 0, &[]).await?;
            }
            // The request is complete.
            (HEADERS | DATA, flags) if flags & END_STREAM != 0 => {
                let act = acts.lock().unwrap().pop_front().unwrap();
                let go_away =
                    |last: u32, code: u32| [last.to_be_bytes(), code.to_be_bytes()].concat();
                match act {
                    Act::Done => {
                        // `:status: 200`, by its index in the static table.
                        write(&mut stream, HEADERS, END_HEADERS, id, &[0x88]).await?;
                        write(&mut stream, DATA, END_STREAM, id, br#"{"id": "dl_1"}"#).await?;
                    }
                    Act::Reset(code) => {
                        write(&mut stream, RST_STREAM, 0, id, &code.to_be_bytes()).await?;
                    }
                    Act::GoAwayBefore(code) => {
                        write(
                            &mut stream,
                            GOAWAY,
                            0,
                            0,
                            &go_away(id.saturating_sub(2), code),
                        )
                        .await?;
                        return stream.shutdown().await;
                    }
                    Act::GoAwayAfter(code) => {
                        write(&mut stream, GOAWAY, 0, 0, &go_away(id, code)).await?;
                        return stream.shutdown().await;
                    }
                    Act::Close => return stream.shutdown().await,
                }
            }
            _ => {}
        }
    }
}

async fn write(
    stream: &mut TcpStream,
    kind: u8,
    flags: u8,
    id: u32,
    payload: &[u8],
) -> std::io::Result<()> {
    let length = u8::try_from(payload.len()).unwrap();
    let mut frame = vec![0, 0, length, kind, flags];
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    stream.write_all(&frame).await
}

async fn create(client: &Client) -> Result<Deal, Error> {
    let deals = client.v2().deals();
    deals
        .create(CreateDeal::new(
            "Gadgets",
            heffl::ClientId::new("clt_1"),
            heffl::PipelineId::new("dpl_1"),
        ))
        .await
}

#[tokio::test]
async fn a_create_that_the_peer_refused_before_processing_is_sent_again() {
    for act in [
        Act::Reset(REFUSED_STREAM),
        Act::GoAwayBefore(NO_ERROR),
        Act::GoAwayBefore(ENHANCE_YOUR_CALM),
    ] {
        // On a used connection, and on a new one.
        for acts in [vec![act, act, Act::Done], vec![Act::Done, act, Act::Done]] {
            let peer = Peer::start(acts.clone()).await;
            let client = peer.client();
            let mut calls = 0;
            while !peer.acts.lock().unwrap().is_empty() {
                let created = create(&client).await;
                assert!(created.is_ok(), "{acts:?}: {created:?}");
                calls += 1;
            }
            let done = acts.iter().filter(|act| matches!(act, Act::Done)).count();
            assert_eq!(calls, done, "{acts:?}");
        }
    }
}

#[tokio::test]
async fn a_create_that_the_peer_may_have_processed_has_an_unknown_outcome() {
    for act in [
        Act::Reset(CANCEL),
        Act::Reset(INTERNAL_ERROR),
        Act::GoAwayAfter(NO_ERROR),
        Act::GoAwayAfter(INTERNAL_ERROR),
        Act::Close,
    ] {
        let peer = Peer::start([act, Act::Done]).await;
        let error = create(&peer.client()).await.unwrap_err();
        assert!(error.is_outcome_unknown(), "{act:?}: {error}");
        assert!(!error.is_retryable(), "{act:?}: {error}");
        assert_eq!(peer.acts.lock().unwrap().len(), 1, "{act:?}");
        // A read does no harm, so it is sent again.
        let peer = Peer::start([act, Act::Done]).await;
        let read = peer
            .client()
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await;
        assert!(read.is_ok(), "{act:?}: {read:?}");
    }
}

#[tokio::test]
async fn a_create_that_is_always_refused_is_certainly_not_processed() {
    let peer = Peer::start([Act::Reset(REFUSED_STREAM); 4]).await;
    let error = create(&peer.client()).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Transport, "{error}");
    assert!(error.is_retryable());
    assert_eq!(error.attempts(), Some(4));
}

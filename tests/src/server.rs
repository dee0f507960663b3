//! A small HTTP/1.1 server on a loopback socket: it records requests, and sends the responses of the test.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    task::JoinHandle,
};

/// The call that most tests make: it reads the deal `dl_1`.
pub fn get_deal(client: &heffl::Client) -> heffl::Call<heffl::v2::Deal> {
    client.v2().deals().get(heffl::DealId::new("dl_1"))
}

/// A request as it was received.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub method: String,
    /// Path and query, not decoded.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Recorded {
    /// All values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let named = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Writes these bytes and closes the connection.
    Bytes(Vec<u8>),
    /// Does the same after a delay.
    Late(Duration, Vec<u8>),
}

impl Reply {
    pub fn json(status: u16, body: &str) -> Self {
        Self::with_headers(status, &["content-type: application/json"], body)
    }

    pub fn with_headers(status: u16, headers: &[&str], body: &str) -> Self {
        let mut text = format!(
            "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n",
            body.len()
        );
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        text.push_str(body);
        Self::Bytes(text.into_bytes())
    }

    /// The same response after a delay.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        match self {
            Self::Bytes(bytes) | Self::Late(_, bytes) => Self::Late(delay, bytes),
        }
    }

    /// Announces a longer body than it sends.
    pub fn truncated(status: u16, body: &str) -> Self {
        let length = body.len() + 100;
        Self::Bytes(
            format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n\r\n{body}")
                .into_bytes(),
        )
    }
}

type Replies = Arc<Mutex<dyn FnMut(&Recorded) -> Option<Reply> + Send>>;

/// The server; it stops when dropped.
pub struct Server {
    address: SocketAddr,
    recorded: Arc<Mutex<Vec<Recorded>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Sends these responses in turn, and then repeats the last one.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        Self::respond_with(move |_| {
            if replies.len() > 1 {
                replies.pop_front()
            } else {
                replies.front().cloned()
            }
        })
        .await
    }

    /// Responds to each request with the result of `reply`, one at a time; `None` closes the connection.
    pub async fn respond_with(
        reply: impl FnMut(&Recorded) -> Option<Reply> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&recorded);
        let replies: Replies = Arc::new(Mutex::new(reply));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&log), Arc::clone(&replies)));
            }
        });
        Self {
            address,
            recorded,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn client(&self, key: &str) -> heffl::Client {
        self.builder(key).build().unwrap()
    }

    /// A client that sends everything once.
    pub fn builder(&self, key: &str) -> heffl::ClientBuilder {
        client_builder(&self.url(), key)
    }

    pub fn recorded(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap().clone()
    }

    /// The only request.
    pub fn only(&self) -> Recorded {
        let recorded = self.recorded();
        assert_eq!(recorded.len(), 1, "{recorded:?}");
        recorded.into_iter().next().unwrap()
    }
}

/// A loopback port that refuses connections. The port stays reserved as long as this value lives, so
/// that no other server of the test binary can listen on it.
pub struct ClosedPort {
    /// Bound, but not listening.
    _socket: TcpSocket,
    address: SocketAddr,
}

impl ClosedPort {
    pub fn reserve() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            _socket: socket,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that sends everything once.
    pub fn builder(&self, key: &str) -> heffl::ClientBuilder {
        client_builder(&self.url(), key)
    }
}

fn client_builder(url: &str, key: &str) -> heffl::ClientBuilder {
    heffl::Client::builder()
        .retry(heffl::RetryPolicy::never())
        .api_key(key)
        .base_url(format!("{url}/api"))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, log: Arc<Mutex<Vec<Recorded>>>, replies: Replies) {
    let Some(request) = read(&mut stream).await else {
        return;
    };
    log.lock().unwrap().push(request.clone());
    let reply = {
        let mut replies = replies.lock().unwrap();
        replies(&request)
    };
    let bytes = match reply {
        None => return,
        Some(Reply::Bytes(bytes)) => bytes,
        Some(Reply::Late(delay, bytes)) => {
            tokio::time::sleep(delay).await;
            bytes
        }
    };
    // The client may have closed the connection.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}

async fn read(stream: &mut TcpStream) -> Option<Recorded> {
    let mut received = Vec::new();
    let head_end = loop {
        if let Some(position) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break position;
        }
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(received[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let mut request_line = lines.next().unwrap().split(' ');
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.parse().unwrap());
    let is_chunked = headers.iter().any(|(_, value)| value == "chunked");
    let mut body = received.split_off(head_end + 4);
    while body.len() < length || is_chunked && !body.ends_with(b"0\r\n\r\n") {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Recorded {
        method: request_line.next().unwrap().to_owned(),
        target: request_line.next().unwrap().to_owned(),
        headers,
        body,
    })
}

//! A faulty server on a loopback socket: it closes connections, sends slowly, sends wrong lengths, or never ends. It
//! records every received byte.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// What the server does on a connection.
#[derive(Clone, Debug)]
pub enum Act {
    /// Closes it before reading anything.
    HangUp,
    /// Reads the request, and closes the connection.
    HangUpOnRequest,
    /// Reads the request, and breaks the connection so that the client gets an error.
    Reset,
    /// Reads the request, and never responds.
    Silence,
    /// Reads the request, writes this, and closes the connection.
    Send(Vec<u8>),
    /// Reads the request, writes this, and does the next act on the same connection.
    SendAndStayOpen(Vec<u8>),
    /// Writes the first bytes at once, and then the second byte by byte, with pauses.
    Dribble(Vec<u8>, Vec<u8>),
    /// Writes the first bytes once, and then the second again and again until the client closes the connection.
    Endless(Vec<u8>, Vec<u8>),
}

impl Act {
    /// A complete response with `connection: close`. Without that header, the next
    /// request may be written while the connection closes, and its outcome is unknown.
    pub fn reply(status: u16, headers: &[&str], body: impl AsRef<[u8]>) -> Self {
        let headers = [&["connection: close"], headers].concat();
        Self::Send(reply(status, &headers, body.as_ref()))
    }
}

/// The bytes of a complete response.
pub fn reply(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} Status\r\n").into_bytes();
    let length = format!("content-length: {}", body.len());
    for header in [length.as_str()].iter().chain(headers) {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// The bytes received on a connection.
#[derive(Clone, Debug, Default)]
pub struct ConnectionLog {
    pub bytes: Vec<u8>,
    /// The end of each complete request in `bytes`.
    pub requests: Vec<usize>,
}

/// The server; it stops when dropped.
pub struct Hostile {
    address: SocketAddr,
    connections: Arc<Mutex<Vec<ConnectionLog>>>,
    task: JoinHandle<()>,
}

impl Hostile {
    /// Performs these acts in turn, and then repeats the last one.
    pub async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let (log, acts) = (
            Arc::clone(&connections),
            Arc::new(Mutex::new(acts.into_iter().collect::<VecDeque<_>>())),
        );
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection = Connection::new(stream, Arc::clone(&log));
                tokio::spawn(connection.play(Arc::clone(&acts)));
            }
        });
        Self {
            address,
            connections,
            task,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bytes received on each connection so far.
    pub fn connections(&self) -> Vec<ConnectionLog> {
        lock(&self.connections).clone()
    }

    /// All complete requests.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        let mut requests = Vec::new();
        for connection in self.connections() {
            let mut start = 0;
            for end in connection.requests {
                requests.push(connection.bytes[start..end].to_vec());
                start = end;
            }
        }
        requests
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Connection {
    stream: TcpStream,
    log: Arc<Mutex<Vec<ConnectionLog>>>,
    /// The index of the connection in the log.
    index: usize,
}

impl Connection {
    fn new(stream: TcpStream, log: Arc<Mutex<Vec<ConnectionLog>>>) -> Self {
        let index = {
            let mut log = lock(&log);
            log.push(ConnectionLog::default());
            log.len() - 1
        };
        Self { stream, log, index }
    }

    async fn play(mut self, acts: Arc<Mutex<VecDeque<Act>>>) {
        let next = || {
            let mut acts = lock(&acts);
            if acts.len() > 1 {
                acts.pop_front()
            } else {
                acts.front().cloned()
            }
        };
        // The act is chosen when a request arrives, because a client may open connections that it does not
        // use. Only `HangUp` does not wait for a request.
        if matches!(lock(&acts).front(), Some(Act::HangUp)) {
            next();
            return;
        }
        loop {
            if self.read_request().await.is_none() {
                return;
            }
            // The client may close the connection at any time.
            match next() {
                None | Some(Act::HangUp | Act::HangUpOnRequest) => return,
                Some(Act::Reset) => {
                    let _ = self.stream.set_zero_linger();
                    return;
                }
                Some(Act::Silence) => {
                    self.read_request().await;
                    return;
                }
                Some(Act::Send(bytes)) => {
                    let _ = self.stream.write_all(&bytes).await;
                    let _ = self.stream.shutdown().await;
                    // Closing with unread bytes would discard the response.
                    self.read_request().await;
                    return;
                }
                Some(Act::SendAndStayOpen(bytes)) => {
                    if self.stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Some(Act::Dribble(start, rest)) => {
                    let mut sent = self.stream.write_all(&start).await;
                    for byte in rest {
                        if sent.is_err() {
                            return;
                        }
                        sleep(Duration::from_millis(50)).await;
                        sent = self.stream.write_all(&[byte]).await;
                    }
                    return;
                }
                Some(Act::Endless(start, again)) => {
                    let mut sent = self.stream.write_all(&start).await;
                    while sent.is_ok() && !again.is_empty() {
                        sent = self.stream.write_all(&again).await;
                    }
                    return;
                }
            }
        }
    }

    /// Reads a complete request; `None` if the client closes the connection first.
    async fn read_request(&mut self) -> Option<()> {
        loop {
            if let Some(connection) = lock(&self.log).get_mut(self.index) {
                let start = connection.requests.last().copied().unwrap_or_default();
                if let Some(length) = request_length(&connection.bytes[start..]) {
                    connection.requests.push(start + length);
                    return Some(());
                }
            }
            let mut buffer = [0; 4096];
            let count = self.stream.read(&mut buffer).await.ok()?;
            if count == 0 {
                return None;
            }
            if let Some(connection) = lock(&self.log).get_mut(self.index) {
                connection.bytes.extend_from_slice(&buffer[..count]);
            }
        }
    }
}

/// The length of the request at the beginning of these bytes, if it is complete.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .unwrap_or(0);
    (bytes.len() >= head + body).then_some(head + body)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! A blocking server with a list of replies for each path, and a log of the requests. Its replies may
//! be slow, truncated, or larger than memory.

use std::{
    collections::HashMap,
    io::{self, BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// Writes a response, and returns whether the connection may be used again.
type Write = dyn Fn(&mut TcpStream, &Shared) -> io::Result<bool> + Send + Sync;

/// A reply of the server.
#[derive(Clone)]
pub struct Reply {
    write: Arc<Write>,
}

/// A received request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub target: String,
    pub headers: HashMap<String, String>,
}

#[derive(Default)]
pub struct Shared {
    replies: Mutex<HashMap<String, Vec<Reply>>>,
    log: Mutex<Vec<Request>>,
    /// The number of bytes of streamed bodies.
    streamed: AtomicU64,
    /// The number of requests in progress, and its maximum so far.
    busy: AtomicUsize,
    most_busy: AtomicUsize,
    stopped: AtomicBool,
}

pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::default(),
        };
        let shared = Arc::clone(&server.shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stopped.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&shared);
                // A client that closes its connection ends the thread.
                thread::spawn(move || stream.and_then(|stream| shared.serve(stream)));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the replies at `path`: each is sent once, and the last one repeatedly.
    pub fn reply(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let replies = replies.into_iter().collect();
        let mut all = self.shared.replies.lock().unwrap();
        all.insert(path.to_owned(), replies);
    }

    /// The requests since the last call.
    pub fn take_log(&self) -> Vec<Request> {
        std::mem::take(&mut *self.shared.log.lock().unwrap())
    }

    /// The paths of the requests since the last call.
    pub fn take_targets(&self) -> Vec<String> {
        let log = self.take_log().into_iter();
        log.map(|request| request.target).collect()
    }

    pub fn streamed(&self) -> u64 {
        self.shared.streamed.load(Ordering::SeqCst)
    }

    pub fn most_busy(&self) -> usize {
        self.shared.most_busy.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.set_write_timeout(Some(Duration::from_secs(10)))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        while let Some(request) = read(&mut reader)? {
            let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_busy.fetch_max(busy, Ordering::SeqCst);
            let result = self.reply(&request, &mut stream);
            self.busy.fetch_sub(1, Ordering::SeqCst);
            if !result? {
                break;
            }
        }
        Ok(())
    }

    fn reply(&self, request: &Request, stream: &mut TcpStream) -> io::Result<bool> {
        self.log.lock().unwrap().push(request.clone());
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            match replies.get_mut(&request.target) {
                Some(script) if script.len() > 1 => script.remove(0),
                Some(script) => script[0].clone(),
                None => Reply::status(404, ""),
            }
        };
        (reply.write)(stream, self)
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let target = line.split(' ').nth(1).unwrap().to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            return Ok(Some(Request { target, headers }));
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
}

impl Reply {
    fn new(
        write: impl Fn(&mut TcpStream, &Shared) -> io::Result<bool> + Send + Sync + 'static,
    ) -> Self {
        Self {
            write: Arc::new(write),
        }
    }

    /// Status 200, with a body and further lines of the head.
    pub fn with(head: &str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let bytes = [
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len()).into_bytes(),
            head.replace('\n', "\r\n").into_bytes(),
            b"\r\n\r\n".to_vec(),
            body,
        ]
        .concat();
        Self::new(move |stream, _| stream.write_all(&bytes).map(|()| true))
    }

    /// A page.
    pub fn page(body: impl Into<Vec<u8>>) -> Self {
        Self::with("Content-Type: text/markdown; charset=utf-8", body)
    }

    /// Another status, with further lines of the head.
    pub fn status(status: u16, head: &str) -> Self {
        let head =
            format!("HTTP/1.1 {status} Whatever\nContent-Length: 0\n{head}").replace('\n', "\r\n");
        let text = format!("{}\r\n\r\n", head.trim_end());
        Self::new(move |stream, _| stream.write_all(text.as_bytes()).map(|()| true))
    }

    pub fn redirect(location: &str) -> Self {
        Self::status(302, &format!("Location: {location}"))
    }

    /// These bytes, and a moment later the end of the connection: a client that sends the next request at once finds it
    /// open.
    pub fn raw(bytes: &str) -> Self {
        let bytes = bytes.to_owned();
        Self::new(move |stream, _| {
            stream.write_all(bytes.as_bytes())?;
            thread::sleep(Duration::from_millis(20));
            Ok(false)
        })
    }

    /// A start, and then single bytes with pauses.
    pub fn dripping(start: &str) -> Self {
        let start = start.to_owned();
        Self::new(move |stream, _| {
            stream.write_all(start.as_bytes())?;
            for _ in 0..400 {
                stream.write_all(b"x")?;
                thread::sleep(Duration::from_millis(25));
            }
            Ok(false)
        })
    }

    /// A head, and then 1 GB as fast as the client reads it.
    pub fn endless(head: &str) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n");
        Self::new(move |stream, shared| {
            stream.write_all(head.as_bytes())?;
            let chunk = vec![b'x'; 64 * 1024];
            for _ in 0..(1024 * 1024 * 1024 / chunk.len()) {
                stream.write_all(&chunk)?;
                let written = u64::try_from(chunk.len()).unwrap();
                shared.streamed.fetch_add(written, Ordering::SeqCst);
            }
            Ok(false)
        })
    }
}

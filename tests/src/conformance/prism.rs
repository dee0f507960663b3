//! Prism, a server that checks requests against an OpenAPI document and responds with its examples.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin},
};

use super::{install::Node, process::command};

/// How long Prism may take to listen.
const LIMIT: Duration = Duration::from_secs(60);

const LISTENING: &str = "Prism is listening on ";

/// A running Prism. It ends when this is dropped, and also when this process is killed.
#[derive(Debug)]
pub struct Prism {
    url: String,
    _child: Child,
    /// Closed with this process, however it ends; `exit-with-parent.js` waits for that.
    _stdin: Option<ChildStdin>,
}

impl Prism {
    /// Starts it on a free port of the loopback address; requests and responses that violate the document become
    /// errors.
    pub async fn start(node: &Node, pinned: &Path, document: &Path) -> Result<Self, String> {
        let mut child = command("node")
            .arg("--require")
            .arg(pinned.join("exit-with-parent.js"))
            .arg(node.path("@stoplight/prism-cli/dist/index.js"))
            .args(["mock", "--errors", "--host", "127.0.0.1", "--port", "0"])
            .arg(document)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("Prism cannot be started: {error}"))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("Prism has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut printed = String::new();
        let listening = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, url)) = line.split_once(LISTENING) {
                    return Some(url.trim().to_owned());
                }
                printed += &line;
                printed.push('\n');
            }
            None
        };
        let url = tokio::time::timeout(LIMIT, listening)
            .await
            .ok()
            .flatten()
            .ok_or_else(|| format!("Prism does not listen:\n{printed}"))?;
        // Prism would block on a full pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self {
            url,
            _child: child,
            _stdin: stdin,
        })
    }

    /// The base URL; the paths of the document follow it directly.
    pub fn url(&self) -> &str {
        &self.url
    }
}

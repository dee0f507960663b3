//! The server and the key of an operation.

use serde_json::{Map, Value};

use super::{Normaliser, schemas::note};
use crate::{
    json::{elements, entries, step, text},
    service::{self, origin_and_path},
};

/// Key of an operation: its server, if it is not the server of the document.
pub(crate) const SERVER: &str = "x-heffl-codegen-server";

/// Key of an operation: the segments between the base URL and its path, instead of the version.
pub(crate) const PREFIX: &str = "x-heffl-codegen-prefix";

impl Normaliser<'_> {
    /// Adds to an operation its server and prefix, if they are not those of the document. An error is the reason why it
    /// cannot be called.
    pub(super) fn server(
        &self,
        item: &Value,
        operation: &Value,
        normal: &mut Map<String, Value>,
    ) -> Result<(), String> {
        let usual = service::server(self.root).unwrap_or_default();
        let (origin, base) = origin_and_path(usual);
        let servers = [operation, item].map(|holder| {
            let servers = elements(holder.get("servers")).filter_map(|server| {
                let (own, path) = origin_and_path(text(server, "url")?);
                let own = if own.is_empty() { origin } else { own };
                Some((own, path, server))
            });
            servers.collect::<Vec<_>>()
        });
        let servers = servers.into_iter().find(|servers| !servers.is_empty());
        let servers = servers.unwrap_or_default();
        let Some((own, path, server)) = servers.first() else {
            return Ok(());
        };
        let is_usual = |(own, path, _): &(&str, &str, &Value)| (*own, *path) == (origin, base);
        if servers.iter().any(is_usual) {
            return Ok(());
        }
        let base = base.strip_suffix(&service::version(usual)).unwrap_or(base);
        let base = base.trim_end_matches('/');
        let host = |origin: &str| origin.rsplit('/').next().unwrap_or_default().to_owned();
        let below = path.strip_prefix(base).filter(|below| {
            host(own) == host(origin) && (below.is_empty() || below.starts_with('/'))
        });
        if let Some(below) = below.filter(|below| is_plain(below)) {
            normal.insert(PREFIX.to_owned(), below.into());
            return Ok(());
        }
        let mut url = format!("{own}{path}");
        for (name, variable) in entries(server.get("variables")) {
            if let Some(value) = text(variable, "default") {
                url = url.replace(&format!("{{{name}}}"), value);
            }
        }
        let address = url.strip_prefix("https://").unwrap_or_default();
        if !is_plain(address) || address.starts_with('/') || address.is_empty() {
            return Err(format!(
                "its server `{url}` is no address that begins with https://"
            ));
        }
        let paragraph = format!("Called at `{url}`, unless the client has got a base URL.");
        note(normal, &paragraph);
        normal.insert(SERVER.to_owned(), url.into());
        Ok(())
    }

    /// Warns about an operation whose security requirements the key does not satisfy.
    pub(super) fn key(&mut self, operation: &Value, at: &str) {
        if let (_, Some(problem)) = service::key(self.root, operation) {
            let own = operation.get("security").is_some();
            let at = if own { at } else { "" };
            self.warn("security-scheme", &step(at, "security"), problem);
        }
    }
}

/// Whether the URL standard leaves the text unchanged.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/:".contains(&byte);
    text.bytes().all(is_plain) && !text.split('/').any(|part| matches!(part, "." | ".."))
}

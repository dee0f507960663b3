//! Facts about the API for the runtime: its address, its versions, the location of the key, and the quota.

use serde_json::Value;

use crate::{
    json::{elements, entries, follow, text},
    load::Document,
};

/// The facts of an API that hold for all versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The address without the version; `None` if no document has an absolute one.
    pub base_url: Option<String>,
    /// The segments between the address and the paths of operations.
    pub versions: Vec<String>,
    /// How the key is sent.
    pub key: Key,
    /// Requests that a key may send in a minute.
    pub requests_per_minute: Option<u64>,
}

/// The location of the key in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A header.
    Header {
        /// Its name, in lower case.
        name: String,
        /// The text before the key in the value.
        prefix: String,
    },
    /// A parameter of the query.
    Query(String),
    /// The request has no key.
    None,
}

/// Reads the facts from the documents of all versions; the first one that has a fact decides.
pub fn read(documents: &[Document]) -> Service {
    let roots = || documents.iter().map(|document| &document.value);
    let servers = || {
        roots().filter_map(|root| {
            let server = server(root)?;
            Some((server, version(server)))
        })
    };
    let is_http = |server: &str| server.starts_with("https://") || server.starts_with("http://");
    let absolute = servers().find(|(server, _)| is_http(server) && !server.contains('{'));
    let base_url = absolute.map(|(server, version)| {
        let base = server.trim_end_matches('/').trim_end_matches(&version);
        base.trim_end_matches('/').to_owned()
    });
    let key = roots().map(usual_key).find(|key| *key != Key::None);
    let mut limits = roots()
        .flat_map(|root| elements(root.get("x-heffl-rate-limits")))
        .filter(|limit| text(limit, "per") == Some("minute"));
    let versions = servers().map(|(_, version)| version);
    Service {
        base_url,
        versions: versions.filter(|version| !version.is_empty()).collect(),
        key: key.unwrap_or(Key::None),
        requests_per_minute: limits.find_map(|limit| limit.get("requests")?.as_u64()),
    }
}

/// The address of the API: the first server of the document, otherwise of the first operation.
pub(crate) fn server(root: &Value) -> Option<&str> {
    let of_item =
        |(_, item)| std::iter::once(item).chain(entries(Some(item)).map(|(_, inner)| inner));
    let holders = entries(root.get("paths")).flat_map(of_item);
    let holders = std::iter::once(root).chain(holders);
    let mut servers = holders.filter_map(|holder| elements(holder.get("servers")).next());
    servers.find_map(|server| text(server, "url"))
}

/// Origin and path of an address; the origin of a relative address is empty.
pub(crate) fn origin_and_path(url: &str) -> (&str, &str) {
    let url = url.trim_end_matches('/');
    let Some(host) = url.find("://").map(|end| end + 3) else {
        return ("", url);
    };
    let path = url.get(host..).and_then(|rest| rest.find('/'));
    url.split_at(path.map_or(url.len(), |path| host + path))
}

/// The last segment of the path of a URL, which names the version; empty if there is none.
pub(crate) fn version(server: &str) -> String {
    let (_, path) = origin_and_path(server);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    let last = path.rsplit('/').next();
    let last = last.filter(|last| last.chars().all(is_plain));
    last.unwrap_or_default().to_owned()
}

/// The key of a document: the first supported key that the document requires, or else the first supported key
/// that it defines.
pub(crate) fn usual_key(root: &Value) -> Key {
    let required = elements(root.get("security")).flat_map(|scheme| entries(Some(scheme)));
    let schemes = entries(root.pointer("/components/securitySchemes"));
    let mut names = required.chain(schemes).map(|(name, _)| name);
    let key = names.find_map(|name| named(root, name));
    key.unwrap_or(Key::None)
}

/// The key of an operation, and the reason why the key may not suffice.
pub(crate) fn key(root: &Value, operation: &Value) -> (Key, Option<&'static str>) {
    let usual = usual_key(root);
    let Some(security) = operation.get("security").or_else(|| root.get("security")) else {
        return (usual, None);
    };
    let key = |name: &String| named(root, name);
    let ways = || elements(Some(security)).map(|way| entries(Some(way)).map(|(name, _)| name));
    let sufficient = || ways().filter_map(|mut way| Some((key(way.next()?)?, way.next())));
    let mut sufficient = sufficient().filter_map(|(key, other)| other.is_none().then_some(key));
    let first = sufficient.next();
    if first.as_ref() == Some(&usual) || sufficient.any(|key| key == usual) {
        return (usual, None);
    }
    if first.is_some() || ways().all(|way| way.count() == 0) {
        return (first.unwrap_or(Key::None), None);
    }
    let (key, why) = match ways().flatten().find_map(key) {
        Some(key) => (key, "the client has one key, and more than one is required"),
        None => (
            Key::None,
            "the client cannot identify itself in this way, and sends no key",
        ),
    };
    (key, Some(why))
}

/// The key of a security scheme.
fn named(root: &Value, scheme: &str) -> Option<Key> {
    let schemes = root.pointer("/components/securitySchemes");
    let scheme = follow(root, schemes?.get(scheme)?)?;
    let header = |name: &str, prefix: &str| Key::Header {
        name: name.to_ascii_lowercase(),
        prefix: prefix.to_owned(),
    };
    let is_token = |name: &str| {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !name.is_empty() && name.bytes().all(is_token)
    };
    let place = (text(scheme, "in"), text(scheme, "name"));
    match (text(scheme, "type")?, place.0, place.1) {
        ("apiKey", Some("header"), Some(name)) => is_token(name).then(|| header(name, "")),
        ("apiKey", Some("cookie"), Some(name)) => {
            is_token(name).then(|| header("cookie", &format!("{name}=")))
        }
        ("apiKey", Some("query"), Some(name)) => Some(Key::Query(name.to_owned())),
        ("http", ..) => match text(scheme, "scheme")?.to_ascii_lowercase().as_str() {
            "bearer" => Some(header("authorization", "Bearer ")),
            "basic" => Some(header("authorization", "Basic ")),
            _ => None,
        },
        ("oauth2" | "openIdConnect", ..) => Some(header("authorization", "Bearer ")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(root: Value) -> Service {
        read(&[Document {
            module: "v1".to_owned(),
            file: "gadgets.yaml".to_owned(),
            fingerprint: String::new(),
            value: root,
        }])
    }

    #[test]
    fn the_base_url_ends_before_the_version() {
        for (server, base, versions) in [
            (
                "https://api.example.com/api/v2",
                Some("https://api.example.com/api"),
                &["v2"][..],
            ),
            (
                "https://api.example.com/v2/",
                Some("https://api.example.com"),
                &["v2"],
            ),
            (
                "https://api.example.com",
                Some("https://api.example.com"),
                &[],
            ),
            ("https://{tenant}.example.com/v1", None, &["v1"]),
            ("/v1", None, &["v1"]),
        ] {
            let service = of(json!({"servers": [{"url": server}]}));
            assert_eq!(service.base_url.as_deref(), base, "{server}");
            assert_eq!(service.versions, versions, "{server}");
        }
        assert_eq!(of(json!({})).base_url, None);
    }

    fn header(name: &str, prefix: &str) -> Key {
        Key::Header {
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        }
    }

    #[test]
    fn the_first_required_scheme_that_can_be_sent_is_used() {
        let document = |required: Value| {
            json!({"security": required, "components": {"securitySchemes": {
                "Signature": {"type": "mutualTLS"},
                "Key": {"type": "apiKey", "in": "header", "name": "X-Token"},
                "Query": {"type": "apiKey", "in": "query", "name": "key"},
                "Session": {"type": "apiKey", "in": "cookie", "name": "sid"},
                "Token": {"type": "http", "scheme": "Bearer"},
                "Login": {"type": "oauth2", "flows": {}},
            }}})
        };
        for (required, key) in [
            (json!([{"Key": []}]), header("x-token", "")),
            (
                json!([{"Signature": []}, {"Token": []}]),
                header("authorization", "Bearer "),
            ),
            (json!([{"Query": []}]), Key::Query("key".to_owned())),
            (json!([{"Session": []}]), header("cookie", "sid=")),
            (
                json!([{"Login": ["read"]}]),
                header("authorization", "Bearer "),
            ),
            (json!([]), header("x-token", "")),
        ] {
            assert_eq!(of(document(required.clone())).key, key, "{required}");
        }
        assert_eq!(of(json!({})).key, Key::None);
    }

    #[test]
    fn an_operation_has_the_usual_key_where_that_will_do() {
        let root = json!({"security": [{"Key": []}], "components": {"securitySchemes": {
            "Key": {"type": "apiKey", "in": "header", "name": "X-Token"},
            "Token": {"type": "http", "scheme": "bearer"},
            "Signature": {"type": "mutualTLS"},
        }}});
        let token = || header("authorization", "Bearer ");
        let usual = || header("x-token", "");
        for (security, expected, is_enough) in [
            (json!(null), usual(), true),
            (json!([{"Token": []}, {"Key": []}]), usual(), true),
            (json!([{}, {"Key": []}]), usual(), true),
            (json!([{"Token": []}]), token(), true),
            (json!([{"Key": [], "Token": []}]), usual(), false),
            (
                json!([{"Key": [], "Token": []}, {"Token": []}]),
                token(),
                true,
            ),
            (json!([{"Signature": []}]), Key::None, false),
            (json!([]), Key::None, true),
            (json!([{}]), Key::None, true),
        ] {
            let mut operation = json!({});
            if !security.is_null() {
                operation["security"] = security.clone();
            }
            let (found, problem) = key(&root, &operation);
            assert_eq!(
                (found, problem.is_none()),
                (expected, is_enough),
                "{security}"
            );
        }
    }
}

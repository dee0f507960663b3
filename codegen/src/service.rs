//! What the runtime must know of the API: its address, its versions, how the key is sent, and the quota.

use serde_json::Value;

use crate::{
    json::{elements, entries, text},
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
    pub credential: Credential,
    /// Requests that a key may send in a minute.
    pub requests_per_minute: Option<u64>,
}

/// The header with the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Name of the security scheme in the document; empty if the document has no scheme that can be sent.
    pub scheme: String,
    /// Name of the header, in lower case.
    pub header: String,
    /// The text before the key in the value.
    pub prefix: String,
}

/// Reads the facts from the documents of all versions; the first one that has a fact decides.
pub fn read(documents: &[Document]) -> Service {
    let roots = || documents.iter().map(|document| &document.value);
    let servers = || {
        roots().filter_map(|root| {
            let server = root.pointer("/servers/0/url")?.as_str()?;
            Some((server, version(server)))
        })
    };
    let absolute = servers().find(|(server, _)| {
        ["https://", "http://"]
            .iter()
            .any(|it| server.starts_with(it))
            && !server.contains('{')
    });
    let base_url = absolute.map(|(server, version)| {
        let base = server.trim_end_matches('/').trim_end_matches(&version);
        base.trim_end_matches('/').to_owned()
    });
    let credential = roots().map(credential).find(|it| !it.scheme.is_empty());
    let mut limits = roots()
        .flat_map(|root| elements(root.get("x-heffl-rate-limits")))
        .filter(|limit| text(limit, "per") == Some("minute"));
    Service {
        base_url,
        versions: servers()
            .map(|(_, version)| version)
            .filter(|version| !version.is_empty())
            .collect(),
        credential: credential.unwrap_or_else(|| self::credential(&Value::Null)),
        requests_per_minute: limits.find_map(|limit| limit.get("requests")?.as_u64()),
    }
}

/// The scheme that the client uses: the first that a header can carry of those that the document requires, or of
/// all that it has.
pub(crate) fn credential(root: &Value) -> Credential {
    let required = elements(root.get("security")).flat_map(|scheme| entries(Some(scheme)));
    let schemes = root.pointer("/components/securitySchemes");
    let mut names = required.chain(entries(schemes)).map(|(name, _)| name);
    let usable = |name: &String| {
        let (header, prefix) = header(schemes?.get(name)?)?;
        Some(Credential {
            scheme: name.clone(),
            header,
            prefix,
        })
    };
    names.find_map(usable).unwrap_or(Credential {
        scheme: String::new(),
        header: "x-api-key".to_owned(),
        prefix: String::new(),
    })
}

/// The header of a security scheme, and the text before the key.
fn header(scheme: &Value) -> Option<(String, String)> {
    let authorization = |kind: &str| Some(("authorization".to_owned(), format!("{kind} ")));
    match (
        text(scheme, "type")?,
        text(scheme, "in"),
        text(scheme, "name"),
    ) {
        ("apiKey", Some("header"), Some(name)) => {
            let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            let is_name = !name.is_empty() && name.bytes().all(is_token);
            is_name.then(|| (name.to_ascii_lowercase(), String::new()))
        }
        ("apiKey", Some("cookie"), Some(name)) => Some(("cookie".to_owned(), format!("{name}="))),
        ("http", ..) => match text(scheme, "scheme")?.to_ascii_lowercase().as_str() {
            "bearer" => authorization("Bearer"),
            "basic" => authorization("Basic"),
            _ => None,
        },
        ("oauth2" | "openIdConnect", ..) => authorization("Bearer"),
        _ => None,
    }
}

/// The last segment of the path of a URL, which names the version; empty where there is none.
pub(crate) fn version(server: &str) -> String {
    let path = server.split_once("://").map_or(server, |(_, rest)| {
        rest.split_once('/').map_or("", |(_, path)| path)
    });
    let last = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let is_plain = last
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c));
    if is_plain {
        last.to_owned()
    } else {
        String::new()
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

    #[test]
    fn the_first_required_scheme_that_a_header_can_carry_is_used() {
        let document = |required: Value| {
            json!({"security": required, "components": {"securitySchemes": {
                "Query": {"type": "apiKey", "in": "query", "name": "key"},
                "Key": {"type": "apiKey", "in": "header", "name": "X-Token"},
                "Session": {"type": "apiKey", "in": "cookie", "name": "sid"},
                "Token": {"type": "http", "scheme": "Bearer"},
                "Login": {"type": "oauth2", "flows": {}},
            }}})
        };
        for (required, header, prefix) in [
            (json!([{"Key": []}]), "x-token", ""),
            (
                json!([{"Query": []}, {"Token": []}]),
                "authorization",
                "Bearer ",
            ),
            (json!([{"Session": []}]), "cookie", "sid="),
            (json!([{"Login": ["read"]}]), "authorization", "Bearer "),
            (json!([]), "x-token", ""),
        ] {
            let credential = of(document(required.clone())).credential;
            assert_eq!(
                (&*credential.header, &*credential.prefix),
                (header, prefix),
                "{required}"
            );
        }
        assert_eq!(of(json!({})).credential.header, "x-api-key");
    }
}

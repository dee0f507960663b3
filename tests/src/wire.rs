//! The targets of requests, encoded as in HTTP.

use heffl::reqwest::Url;
use heffl_codegen::requests::Request;
use serde_json::Value;

/// Path and query, encoded.
pub fn target(request: &Request) -> String {
    let mut path = request.path.clone();
    for (name, value) in &request.path_parameters {
        path = path.replace(&format!("{{{name}}}"), &text(value));
    }
    // Only path and query are used; the host is needed to have a URL.
    let Ok(mut url) = Url::parse("http://host/") else {
        return path;
    };
    url.set_path(&path);
    for (name, value) in &request.query {
        url.query_pairs_mut().append_pair(name, &text(value));
    }
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// The text of a parameter in a URL.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use heffl_codegen::requests::Amount;
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_are_encoded() {
        let request = Request {
            operation: "getGadget".to_owned(),
            amount: Amount::All,
            method: "GET".to_owned(),
            path: "/gadgets/{id}".to_owned(),
            path_parameters: vec![("id".to_owned(), json!("g 1"))],
            query: vec![
                ("size".to_owned(), json!(5)),
                ("note".to_owned(), json!("a&b c")),
            ],
            headers: Vec::new(),
            cookies: Vec::new(),
            body: None,
        };
        assert_eq!(target(&request), "/gadgets/g%201?size=5&note=a%26b+c");
    }
}

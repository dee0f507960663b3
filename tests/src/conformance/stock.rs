//! Compares the requests of `heffl` with the requests of progenitor's client for the same documents. Each
//! difference needs a reason, and each reason a difference.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

use heffl::reqwest::Url;
use heffl_codegen::requests::{Request, requests};
use serde_json::{Value, json};

use crate::{
    calls::{Call, Caller, v1, v2},
    json,
    server::{Recorded, Reply, Server},
};

use super::{
    Document,
    process::{command, is_unreachable, run_with_input},
    table::{Table, Verdict},
};

/// The key that both clients send.
const KEY: &str = "key";

/// A difference between the two requests.
#[derive(Clone, Debug, PartialEq)]
struct Difference {
    /// `method`, `path`, `query name`, `header name`, or `body` and a JSON pointer.
    place: String,
    /// `null` if there is no value.
    ours: Value,
    stock: Value,
    /// Whether the stock client's value is a default that the document gives for a field of this name.
    is_default: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place, ours, stock, ..
        } = self;
        write!(f, "{place}: {ours}, and {stock} by the stock client")
    }
}

/// A reason for some of the differences.
struct Explanation {
    reason: &'static str,
    applies: fn(&Difference) -> bool,
}

const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        reason: "heffl names itself",
        applies: |difference| difference.place == "header user-agent" && difference.stock.is_null(),
    },
    Explanation {
        reason: "heffl requests compressed responses",
        applies: |difference| {
            difference.place == "header accept-encoding"
                && difference.ours == "gzip"
                && difference.stock.is_null()
        },
    },
    Explanation {
        reason: "progenitor sends the version of the document, which the API does not require",
        applies: |difference| difference.place == "header api-version" && difference.ours.is_null(),
    },
    Explanation {
        reason: "progenitor sends the default of a field that is left out",
        applies: |difference| difference.ours.is_null() && difference.is_default,
    },
    Explanation {
        reason: "progenitor parses times with chrono and writes them in chrono's format",
        applies: |difference| {
            let instant = |value: &Value| value.as_str()?.parse::<heffl::DateTime>().ok();
            match (instant(&difference.ours), instant(&difference.stock)) {
                (Some(ours), Some(stock)) => ours.timestamp() == stock.timestamp(),
                _ => false,
            }
        },
    },
];

/// Compares the requests, and returns a row for each version.
pub(super) async fn check(pinned: &Path, target: &Path) -> Table {
    let mut table = Table::default();
    let tool = "progenitor's stock client";
    let mut used = BTreeSet::new();
    for document in &Document::both() {
        eprintln!("{tool}, {}", document.version);
        let verdict = match compare(document, pinned, target).await {
            Ok(compared) => compared.verdict(&mut used),
            Err(Stopped::Unreachable) => {
                Verdict::Skipped("`cargo run` cannot reach its registry".to_owned())
            }
            Err(Stopped::Failed(what)) => Verdict::Failed(what),
        };
        table.push(tool, document.version, verdict);
    }
    // Only a comparison of both versions can show that a reason no longer applies.
    if table.exit_code(true) == 0 {
        let gone: Vec<&str> = EXPLANATIONS
            .iter()
            .map(|explanation| explanation.reason)
            .filter(|reason| !used.contains(reason))
            .collect();
        let verdict = if gone.is_empty() {
            Verdict::Passed(format!("{} in use", EXPLANATIONS.len()))
        } else {
            Verdict::Failed(format!(
                "these reasons explain no difference:\n{}",
                gone.join("\n")
            ))
        };
        table.push("explained differences", "v1, v2", verdict);
    }
    table
}

/// Why the comparison is skipped.
enum Stopped {
    Unreachable,
    Failed(String),
}

impl From<String> for Stopped {
    fn from(what: String) -> Self {
        Self::Failed(what)
    }
}

/// The result of a comparison.
struct Compared {
    requests: usize,
    /// The differences, with the name of the request.
    differences: Vec<(String, Difference)>,
    /// Requests that the stock client could not send.
    not_sent: Vec<String>,
}

impl Compared {
    fn verdict(self, used: &mut BTreeSet<&'static str>) -> Verdict {
        let mut wrong = self.not_sent;
        let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
        for (request, difference) in &self.differences {
            match EXPLANATIONS
                .iter()
                .find(|known| (known.applies)(difference))
            {
                Some(Explanation { reason, .. }) => *explained.entry(reason).or_default() += 1,
                None => wrong.push(format!("{request}: {difference}")),
            }
        }
        used.extend(explained.keys());
        if !wrong.is_empty() {
            return Verdict::Failed(wrong.join("\n"));
        }
        let mut lines = vec![format!("{} requests, the same but for", self.requests)];
        lines.extend(
            explained
                .into_iter()
                .map(|(reason, count)| format!("      {count}: {reason}")),
        );
        Verdict::Passed(lines.join("\n"))
    }
}

async fn compare(document: &Document, pinned: &Path, target: &Path) -> Result<Compared, Stopped> {
    let value = document.read()?;
    let (requests, defaults) = (requests(&value), defaults(&value));
    let ours = send_ours(document.version, &requests).await?;
    let (stock, not_sent) = send_stock(document.version, &requests, pinned, target).await?;
    let mut found = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let name = format!("{} with {:?}", request.operation, request.amount);
        if let Some(stock) = stock.get(&index) {
            let differences = differences_between(&ours[index], stock, &defaults);
            found.extend(
                differences
                    .into_iter()
                    .map(|difference| (name.clone(), difference)),
            );
        }
    }
    Ok(Compared {
        requests: stock.len(),
        differences: found,
        not_sent,
    })
}

/// The requests that `heffl` sends, in order.
async fn send_ours(version: &str, requests: &[Request]) -> Result<Vec<Recorded>, String> {
    let calls: &[Call] = if version == "v1" {
        v1::CALLS
    } else {
        v2::CALLS
    };
    let server = Server::start([Reply::json(200, "{}")]).await;
    let client = server
        .builder(KEY)
        .no_rate_limit()
        .build()
        .map_err(|error| error.to_string())?;
    for (index, request) in requests.iter().enumerate() {
        let call = calls
            .iter()
            .find(|call| call.operation == request.operation)
            .ok_or_else(|| format!("no call is generated for {}", request.operation))?;
        let caller = Caller {
            client: &client,
            amount: request.amount,
            headers: Vec::new(),
        };
        // The response is not the expected one; only the request matters.
        let outcome = call.run(&caller).await;
        if server.recorded().len() != index + 1 {
            let error = outcome.err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            return Err(format!("{} was not sent once: {error}", request.operation));
        }
    }
    Ok(server.recorded())
}

/// The requests that the stock client sends, by index, and the ones that it cannot send, with the reason.
async fn send_stock(
    version: &str,
    requests: &[Request],
    pinned: &Path,
    target: &Path,
) -> Result<(BTreeMap<usize, Recorded>, Vec<String>), Stopped> {
    let server = Server::start([Reply::json(200, "{}")]).await;
    let inputs: Vec<Value> = requests
        .iter()
        .map(|request| {
            let parameters = request.path_parameters.iter().chain(&request.query);
            let parameters: serde_json::Map<_, _> = parameters.cloned().collect();
            json!({"operation": request.operation, "parameters": parameters, "body": request.body})
        })
        .collect();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut program = command(PathBuf::from(cargo));
    program
        .current_dir(pinned.join("stock"))
        .args(["run", "--quiet", "--locked", "--target-dir"])
        .arg(target.join("cargo"))
        .args(["--", version, &server.url(), KEY]);
    let ended = run_with_input(&mut program, &json!(inputs).to_string()).await;
    if !ended.success {
        return Err(if is_unreachable(&ended.output) {
            Stopped::Unreachable
        } else {
            Stopped::Failed(ended.output)
        });
    }
    let refused: BTreeMap<usize, String> = serde_json::from_str(&ended.results)
        .map_err(|error| format!("its output cannot be read: {error}\n{}", ended.output))?;
    let mut sent = BTreeMap::new();
    for mut recorded in server.recorded() {
        // The path of each request begins with its index: `/12/api/v2/…` is request 12.
        let place = recorded.target[1..].split_once('/');
        let (place, rest) =
            place.ok_or_else(|| "a request without its index was received".to_owned())?;
        let place = place.parse().map_err(|_| format!("no place: {place}"))?;
        recorded.target = format!("/{rest}");
        if sent.insert(place, recorded).is_some() {
            return Err(format!("request {place} was sent twice").into());
        }
    }
    let name = |place: usize| &requests[place].operation;
    let not_sent = (0..requests.len())
        .filter(|place| !sent.contains_key(place))
        .map(|place| match refused.get(&place) {
            Some(reason) => format!("{}: the stock client cannot: {reason}", name(place)),
            None => format!("{}: the stock client sent nothing", name(place)),
        })
        .collect();
    Ok((sent, not_sent))
}

/// The fields of the document that have a default, with the default.
fn defaults(document: &Value) -> Vec<(&str, &Value)> {
    let mut found = Vec::new();
    let mut left = vec![document];
    while let Some(value) = left.pop() {
        let properties = value["properties"].as_object().into_iter().flatten();
        found.extend(
            properties.filter_map(|(name, schema)| Some((&**name, schema.get("default")?))),
        );
        match value {
            Value::Object(map) => left.extend(map.values()),
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    found
}

/// The differences between two requests: method, path and query after decoding, headers, body as JSON.
fn differences_between(
    ours: &Recorded,
    stock: &Recorded,
    defaults: &[(&str, &Value)],
) -> Vec<Difference> {
    let (ours, stock) = (parts(ours), parts(stock));
    let names: BTreeSet<&String> = ours.keys().chain(stock.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let of = |parts: &BTreeMap<String, Value>| parts.get(name).cloned().unwrap_or_default();
        for difference in json::differences(&of(&ours), &of(&stock)) {
            let field = difference.at.rsplit('/').next().unwrap_or_default();
            let is_default = name == "body"
                && defaults.iter().any(|(known, default)| {
                    *known == field && json::difference(default, &difference.right).is_none()
                });
            found.push(Difference {
                place: format!("{name}{}", difference.at),
                ours: difference.left,
                stock: difference.right,
                is_default,
            });
        }
    }
    found
}

fn parts(request: &Recorded) -> BTreeMap<String, Value> {
    let mut parts = BTreeMap::from([("method".to_owned(), json!(request.method))]);
    if let Ok(url) = Url::parse(&format!("http://host{}", request.target)) {
        let path: Vec<&str> = url.path_segments().into_iter().flatten().collect();
        parts.insert("path".to_owned(), json!(path));
        for (name, value) in url.query_pairs() {
            let values = parts
                .entry(format!("query {name}"))
                .or_insert_with(|| json!([]));
            if let Some(values) = values.as_array_mut() {
                values.push(json!(value));
            }
        }
    }
    for (name, value) in &request.headers {
        let name = name.to_lowercase();
        // The address of the server, and the length of a body that may be written with other spaces.
        if name != "host" && name != "content-length" {
            parts.insert(format!("header {name}"), json!(value));
        }
    }
    if !request.body.is_empty() {
        let body = serde_json::from_slice(&request.body);
        let body = body.unwrap_or_else(|_| json!(String::from_utf8_lossy(&request.body)));
        parts.insert("body".to_owned(), body);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(target: &str, headers: &[(&str, &str)], body: &str) -> Recorded {
        let header = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Recorded {
            method: "GET".to_owned(),
            target: target.to_owned(),
            headers: headers.iter().map(header).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn places(found: &[Difference]) -> Vec<&str> {
        found.iter().map(|found| found.place.as_str()).collect()
    }

    #[test]
    fn requests_are_compared_after_decoding() {
        let ours = request(
            "/a%20b?x=1&y=%2C",
            &[("Accept", "any"), ("host", "one")],
            r#"{"price": 1.0, "when": "2026-01-01T00:00:00.000Z"}"#,
        );
        let stock = request(
            "/a%20b?y=,&x=1",
            &[("accept", "any"), ("host", "other")],
            r#"{"when":"2026-01-01T00:00:00Z","price":1,"size":0.0,"tax":1}"#,
        );
        let document = json!({"properties": {"size": {"default": 0}, "tax": {"default": 2}}});
        let found = differences_between(&ours, &stock, &defaults(&document));
        assert_eq!(places(&found), ["body/when", "body/size", "body/tax"]);
        let explained = found.iter().map(|found| {
            let known = EXPLANATIONS.iter().find(|known| (known.applies)(found));
            known.map_or("", |known| known.reason.split(' ').nth(1).unwrap())
        });
        assert_eq!(explained.collect::<Vec<_>>(), ["parses", "sends", ""]);

        let other = request("/a%20b?x=2&y=,&z=", &[("accept", "none")], "");
        let found = differences_between(&ours, &other, &[]);
        let expected = ["body", "header accept", "query x/0", "query z"];
        assert_eq!(places(&found), expected);
    }

    #[test]
    fn a_difference_without_a_reason_fails() {
        let difference = |place: &str| Difference {
            place: place.to_owned(),
            ours: json!("ours"),
            stock: Value::Null,
            is_default: false,
        };
        let verdict = |place: &str, used: &mut BTreeSet<&'static str>| {
            let compared = Compared {
                requests: 1,
                differences: vec![("getGadget".to_owned(), difference(place))],
                not_sent: Vec::new(),
            };
            compared.verdict(used)
        };
        let mut used = BTreeSet::new();
        assert!(matches!(verdict("query x", &mut used), Verdict::Failed(_)));
        assert!(used.is_empty());
        let known = verdict("header user-agent", &mut used);
        assert!(matches!(known, Verdict::Passed(_)));
        assert_eq!(used.len(), 1);
    }
}

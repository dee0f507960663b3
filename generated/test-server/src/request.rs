//! Received requests.

use bytes::Bytes;
use heffl::reqwest::header::HeaderMap;

/// A request that the server has received. `Debug` leaves the key out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// Name of the operation, such as `listDeals`; `None` if the path belongs to no operation.
    pub operation: Option<String>,
    /// HTTP method.
    pub method: String,
    /// Path, without the query.
    pub path: String,
    /// Parameters of the query in their order, decoded.
    pub query: Vec<(String, String)>,
    /// Headers, including the key.
    pub headers: HeaderMap,
    /// The body as it was sent; empty if there was no body.
    pub body: Bytes,
    /// Status of the response; `None` if the connection was cut.
    pub status: Option<u16>,
}

impl ReceivedRequest {
    /// The value of a query parameter, the last one if it was sent several times.
    pub fn query(&self, name: &str) -> Option<&str> {
        let mut parameters = self.query.iter().rev();
        parameters.find_map(|(known, value)| (known == name).then_some(value.as_str()))
    }

    /// The value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; [`Null`](serde_json::Value::Null) if there was no body.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        if self.body.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        serde_json::from_slice(&self.body)
    }
}

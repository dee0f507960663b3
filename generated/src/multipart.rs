//! Bodies of the media type `multipart/form-data`.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use reqwest::{Body, header::HeaderValue};

/// The name of a part, the name of its file, and its media type.
pub(crate) type Header<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// The files of a body that are streams. The clones of a call share them. The lock holds `None` after the streams were
/// taken.
#[derive(Clone, Default)]
pub(crate) struct Streams(Option<Arc<Mutex<Option<Positions>>>>);

/// Streams, each with the number of bytes of the body before it.
type Positions = Vec<(usize, Body)>;

impl Streams {
    #[allow(dead_code, reason = "only some documents have such forms")]
    pub(crate) fn add(&mut self, at: usize, stream: Body) {
        let streams = self
            .0
            .get_or_insert_with(|| Arc::new(Mutex::new(Some(Vec::new()))));
        let mut streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.get_or_insert_default().push((at, stream));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the streams were taken, so that they cannot be sent again.
    pub(crate) fn is_sent(&self) -> bool {
        let streams = self.0.as_ref();
        streams.is_some_and(|it| it.lock().unwrap_or_else(PoisonError::into_inner).is_none())
    }

    /// Takes the parts of a body, in order. `None` after the first call.
    #[allow(dead_code, reason = "a browser sends no streams")]
    pub(crate) fn take(&self, mut body: Bytes) -> Option<Vec<Body>> {
        let mut streams = self
            .0
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (mut parts, mut start) = (Vec::new(), 0);
        for (at, stream) in streams.take()? {
            parts.extend([body.split_to(at - start).into(), stream]);
            start = at;
        }
        parts.push(body.into());
        Some(parts)
    }
}

/// Adds a part to a body. Returns the media type of the body, the body, and the end of the part's content in it.
#[allow(dead_code, reason = "only some documents have such forms")]
pub(crate) fn with(
    body: Option<Bytes>,
    (name, file, media): Header<'_>,
    content: &[u8],
) -> (HeaderValue, Bytes, usize) {
    let mut body = BytesMut::from(body.unwrap_or_default());
    // A body starts with the line in front of each part. After the last part, that line ends with a mark.
    let line = match body.windows(2).position(|end| end == b"\r\n") {
        Some(end) => String::from_utf8_lossy(body.split_at(end).0).into_owned(),
        None => format!("--{:032x}", fastrand::u128(..)),
    };
    body.truncate(body.len().saturating_sub(line.len() + END.len()));
    let name = quoted(name);
    let mut head = format!("{line}\r\nContent-Disposition: form-data; name=\"{name}\"");
    if let Some(file) = file {
        let _ = write!(head, "; filename=\"{}\"", quoted(file));
    }
    if let Some(media) = media {
        let _ = write!(head, "\r\nContent-Type: {media}");
    }
    for part in [head.as_bytes(), b"\r\n\r\n", content] {
        body.put(part);
    }
    let end = body.len();
    for part in [b"\r\n", line.as_bytes(), END] {
        body.put(part);
    }
    let boundary = line.trim_start_matches('-');
    let media = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"));
    (
        media.unwrap_or(HeaderValue::from_static("multipart/form-data")),
        body.freeze(),
        end,
    )
}

/// The text after the boundary in the last line of a body.
const END: &[u8] = b"--\r\n";

/// A name in the form in which browsers put it between quotes.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_between_boundaries_that_no_part_contains() {
        let (media, body, end) = with(None, ("a\"b", None, None), b"one");
        assert!(body[..end].ends_with(b"one"));
        let header = ("file", Some("x\r\n.txt"), Some("text/plain"));
        let (again, body, _) = with(Some(body), header, b"--\r\n");
        assert_eq!(media, again);
        let boundary = media
            .to_str()
            .unwrap()
            .strip_prefix("multipart/form-data; boundary=")
            .unwrap();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"a%22b\"\r\n\r\none\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x%0D%0A.txt\"\r\n\
             Content-Type: text/plain\r\n\r\n--\r\n\r\n--{boundary}--\r\n"
        );
        assert_eq!(body, expected);
    }
}

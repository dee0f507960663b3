//! Connections that break, are slow or never end, and responses that are not HTTP.

use super::{Act, Call, DEAL, End, Row, deal, raw, row};
use heffl_tests::hostile::reply;

/// A response in chunks, cut after this many bytes.
fn chunked(cut: usize) -> Act {
    let whole = format!(
        "HTTP/1.1 200 Status\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{DEAL}\r\n0\r\n\r\n",
        DEAL.len()
    );
    raw(&whole[..whole.len() - cut])
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    // A read is sent again; the outcome of a create is unknown.
    for (name, cut, arrives) in [
        ("cut before the request", Act::HangUp, 0),
        ("cut after the request", Act::HangUpOnRequest, 1),
        ("broken after the request", Act::Reset, 1),
        ("cut in the status", raw("HTTP/1.1 20"), 1),
        (
            "cut in a header",
            raw("HTTP/1.1 200 Status\r\ncontent-le"),
            1,
        ),
        (
            "cut in the last line of the head",
            raw("HTTP/1.1 200 Status\r\ncontent-length: 14\r\n"),
            1,
        ),
        (
            "cut after the head",
            raw("HTTP/1.1 200 Status\r\ncontent-length: 14\r\n\r\n"),
            1,
        ),
        (
            "cut in the body",
            raw("HTTP/1.1 200 Status\r\ncontent-length: 14\r\n\r\n{\"id\""),
            1,
        ),
        (
            "cut one byte before the end",
            raw(format!(
                "HTTP/1.1 200 Status\r\ncontent-length: 15\r\n\r\n{DEAL}"
            )),
            1,
        ),
        ("cut after the last chunk but for a line", chunked(2), 1),
        ("cut before the last chunk", chunked(5), 1),
        ("cut in a chunk", chunked(12), 1),
        ("cut in the size of a chunk", chunked(DEAL.len() + 8), 1),
        ("no HTTP", raw("220 ready\r\n\r\n"), 1),
        (
            "TLS in place of HTTP",
            raw(b"\x15\x03\x01\x00\x02\x02\x46"),
            1,
        ),
        (
            "a status that is not a number",
            raw("HTTP/1.1 2xx Status\r\ncontent-length: 0\r\n\r\n"),
            1,
        ),
        (
            "a length below zero",
            raw(format!(
                "HTTP/1.1 200 Status\r\ncontent-length: -1\r\n\r\n{DEAL}"
            )),
            1,
        ),
        (
            "two lengths",
            raw(format!(
                "HTTP/1.1 200 Status\r\ncontent-length: 14\r\ncontent-length: 3\r\n\r\n{DEAL}"
            )),
            1,
        ),
        (
            "a chunk with a size that overflows",
            raw(
                "HTTP/1.1 200 Status\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
            ),
            1,
        ),
        (
            "a header on two lines",
            raw(format!(
                "HTTP/1.1 200 Status\r\ncontent-length: 14\r\nx-a: b\r\n c\r\n\r\n{DEAL}"
            )),
            1,
        ),
    ] {
        rows.push(row(
            name,
            vec![cut.clone(), deal()],
            Call::Get,
            End::Done,
            arrives + 1,
        ));
        // If the connection closes before the request, the client may or may not have written it.
        if arrives > 0 {
            rows.push(row(name, vec![cut], Call::Create, End::Unknown, arrives));
        }
    }
    rows.extend([
        row("nothing but cuts", vec![Act::HangUpOnRequest], Call::Get, End::Transport, 4),
        row("nothing but broken connections", vec![Act::HangUp], Call::Get, End::Transport, 0),
        row("silence", vec![Act::Silence], Call::Get, End::Timeout, 4),
        row("silence", vec![Act::Silence], Call::Create, End::Unknown, 1),
        row(
            "a head byte by byte",
            vec![Act::Dribble(
                Vec::new(),
                [b"HTTP/1.1 200 Status\r\nx-a: ".to_vec(), vec![b'b'; 1000]].concat(),
            )],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "a body byte by byte",
            vec![Act::Dribble(
                b"HTTP/1.1 200 Status\r\ncontent-length: 1000\r\n\r\n".to_vec(),
                vec![b' '; 1000],
            )],
            Call::Get,
            End::Timeout,
            4,
        ),
        row(
            "headers without end",
            vec![Act::Endless(b"HTTP/1.1 200 Status\r\n".to_vec(), b"x-a: b\r\n".to_vec())],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "one header without end",
            vec![Act::Endless(b"HTTP/1.1 200 Status\r\nx-a: ".to_vec(), vec![b'b'; 4096])],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "only informational responses",
            vec![Act::Endless(Vec::new(), b"HTTP/1.1 103 Early\r\n\r\n".to_vec())],
            Call::Create,
            End::Unknown,
            1,
        )
        .impatient(),
        row(
            "a body without length or end",
            vec![Act::Endless(b"HTTP/1.1 200 Status\r\n\r\n".to_vec(), vec![b' '; 4096])],
            Call::Get,
            End::Undecodable,
            1,
        ),
        row(
            "chunks without end",
            vec![Act::Endless(
                b"HTTP/1.1 200 Status\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
                b"4\r\n    \r\n".to_vec(),
            )],
            Call::Create,
            End::Undecodable,
            1,
        ),
        row(
            "trailers without end",
            vec![Act::Endless(
                b"HTTP/1.1 200 Status\r\ntransfer-encoding: chunked\r\n\r\n0\r\n".to_vec(),
                b"x-a: b\r\n".to_vec(),
            )],
            Call::Create,
            End::Unknown,
            1,
        ),
        row(
            "a failure without end",
            vec![Act::Endless(b"HTTP/1.1 400 Status\r\n\r\n".to_vec(), vec![b' '; 4096])],
            Call::Create,
            End::Status(400),
            1,
        ),
        row(
            "an informational response first",
            vec![raw(format!(
                "HTTP/1.1 103 Early\r\nx-a: b\r\n\r\nHTTP/1.1 200 Status\r\ncontent-length: 14\r\n\r\n{DEAL}"
            ))],
            Call::Create,
            End::Done,
            1,
        ),
        row(
            "HTTP/1.0, and the end of the connection ends the body",
            vec![raw(format!("HTTP/1.0 200 Status\r\n\r\n{DEAL}"))],
            Call::Create,
            End::Done,
            1,
        ),
        row(
            "another protocol offered",
            vec![raw("HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n")],
            Call::Create,
            End::Status(101),
            1,
        ),
        // An unsolicited response must not become the response to the next request.
        row(
            "a second response after the first",
            vec![
                Act::SendAndStayOpen(
                    [reply(200, &[], DEAL.as_bytes()), reply(200, &[], br#"{"id": "dl_evil"}"#)].concat(),
                ),
                Act::reply(200, &[], r#"{"id": "dl_2"}"#),
            ],
            Call::GetTwice,
            End::Done,
            2,
        ),
        row(
            "a body longer than it says",
            vec![
                Act::SendAndStayOpen([reply(200, &[], DEAL.as_bytes()), b"{}{}{}".to_vec()].concat()),
                Act::reply(200, &[], r#"{"id": "dl_2"}"#),
            ],
            Call::GetTwice,
            End::Done,
            2,
        ),
        row(
            "one connection for both",
            vec![
                Act::SendAndStayOpen(reply(200, &[], DEAL.as_bytes())),
                Act::SendAndStayOpen(reply(200, &[], br#"{"id": "dl_2"}"#)),
            ],
            Call::GetTwice,
            End::Done,
            2,
        ),
    ]);
    rows
}

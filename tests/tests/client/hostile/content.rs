//! Complete responses with unexpected content.

use super::{Act, Call, DEAL, End, LIMIT, Row, deal, raw, row};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, headers, body) in [
        (
            "HTML",
            &["content-type: text/html"][..],
            &b"<html>Sign in</html>"[..],
        ),
        ("nothing", &[], b""),
        ("white space", &[], b" \r\n"),
        ("null", &[], b"null"),
        ("a list", &[], br#"[{"id": "dl_1"}]"#),
        ("a text", &[], br#""dl_1""#),
        (
            "truncated JSON with the right length",
            &[],
            br#"{"id": "dl_"#,
        ),
        ("two documents", &[], br#"{"id": "dl_1"}{"id": "dl_2"}"#),
        ("no UTF-8", &[], b"{\"id\": \"\xff\xfe\"}"),
        ("UTF-16", &[], b"{\0\"\0i\0d\0\"\0:\0\"\0a\0\"\0}\0"),
        ("half a surrogate pair", &[], br#"{"id": "\ud800"}"#),
        ("a control character", &[], b"{\"id\": \"a\nb\"}"),
        (
            "an undocumented envelope",
            &[],
            br#"{"result": {"id": "dl_1"}}"#,
        ),
        (
            "an error with the status of success",
            &[],
            br#"{"error": {"code": "NOT_FOUND"}}"#,
        ),
        (
            "truncated gzip with the right length",
            &["content-encoding: gzip"],
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\x56\xca\x4c\x51",
        ),
        (
            "deflate",
            &["content-encoding: deflate"],
            b"\x78\x9c\xab\x56",
        ),
        ("br", &["content-encoding: br"], b"\x0b\x07\x80"),
        ("two codings", &["content-encoding: gzip, br"], b"\x1f\x8b"),
    ] {
        let acts = || vec![Act::reply(200, headers, body), deal()];
        rows.push(row(name, acts(), Call::Get, End::Undecodable, 1));
        // The server has processed the request, so it is neither repeated nor reported as lost.
        rows.push(row(name, acts(), Call::Create, End::Undecodable, 1));
    }
    // An unusual value affects only itself.
    for (name, body) in [
        ("a byte order mark", &b"\xef\xbb\xbf{\"id\": \"dl_1\"}"[..]),
        (
            "a number that overflows",
            br#"{"id": "dl_1", "price": 1e999999}"#,
        ),
        (
            "invalid UTF-8 in an optional field",
            b"{\"id\": \"dl_1\", \"title\": \"\xff\xfe\"}",
        ),
        ("no number", br#"{"id": "dl_1", "price": NaN}"#),
    ] {
        let acts = || vec![Act::reply(200, &[], body)];
        rows.push(row(name, acts(), Call::Get, End::Done, 1));
        rows.push(row(name, acts(), Call::Create, End::Done, 1));
    }
    let deep = |open: &str, close: &str| {
        let depth = 20_000;
        format!(
            r#"{{"id": "dl_1", "x": {}1{}}}"#,
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    // 200 KiB of zeros in 228 bytes: too large after decompression.
    let bomb = gzip(&vec![b'0'; 200 << 10]);
    let gzipped = |status, body: &[u8]| {
        let acts = || vec![Act::reply(status, &["content-encoding: gzip"], body)];
        (acts(), acts())
    };
    for (name, (to_get, to_create), end) in [
        ("gzip", gzipped(200, &gzip(DEAL.as_bytes())), End::Done),
        ("a gzip bomb", gzipped(200, &bomb), End::Undecodable),
        (
            "an error in gzip",
            gzipped(400, &gzip(b"{}")),
            End::Status(400),
        ),
        (
            "a gzip bomb for an error",
            gzipped(400, &bomb),
            End::Status(400),
        ),
        (
            "an error that is not gzip",
            gzipped(400, b"{}"),
            End::Status(400),
        ),
    ] {
        rows.push(row(name, to_get, Call::Get, end.clone(), 1));
        rows.push(row(name, to_create, Call::Create, end, 1));
    }
    rows.extend([
        row(
            "deep lists",
            vec![Act::reply(200, &[], deep("[", "]"))],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "deep objects",
            vec![Act::reply(200, &[], &deep("{\"a\":", "}")[..LIMIT])],
            Call::Get,
            End::Undecodable,
            1,
        ),
        row(
            "a deep error",
            vec![Act::reply(400, &[], "[".repeat(LIMIT))],
            Call::Get,
            End::Status(400),
            1,
        ),
        row(
            "larger than the limit, and says so",
            vec![Act::Endless(
                b"HTTP/1.1 200 Status\r\ncontent-length: 1099511627776\r\n\r\n".to_vec(),
                vec![b' '; 4096],
            )],
            Call::Get,
            End::Undecodable,
            1,
        ),
        row(
            "one byte larger than the limit",
            vec![Act::reply(200, &[], padded(LIMIT + 1))],
            Call::Get,
            End::Undecodable,
            1,
        ),
        row(
            "as large as the limit",
            vec![Act::reply(200, &[], padded(LIMIT))],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "a large error",
            vec![Act::reply(400, &[], padded(LIMIT * 2))],
            Call::Get,
            End::Status(400),
            1,
        ),
        row(
            "another content type",
            vec![Act::reply(200, &["content-type: text/html"], DEAL)],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "no content type",
            vec![Act::reply(200, &[], DEAL)],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "an identity coding",
            vec![Act::reply(200, &["content-encoding: identity"], DEAL)],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "success of another kind",
            vec![Act::reply(299, &[], DEAL)],
            Call::Create,
            End::Done,
            1,
        ),
        row(
            "204 for a record",
            vec![raw("HTTP/1.1 204 Status\r\n\r\n")],
            Call::Get,
            End::Undecodable,
            1,
        ),
        row(
            "unknown keys",
            vec![Act::reply(
                200,
                &[],
                r#"{"id": "dl_1", "mood": {"a": [1, null]}, "cf_x": {}}"#,
            )],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "unknown words",
            vec![Act::reply(
                200,
                &[],
                r#"{"id": "dl_1", "status": "DREAMT_OF"}"#,
            )],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "keys twice",
            vec![Act::reply(
                200,
                &[],
                r#"{"id": "dl_0", "id": "dl_1", "cf_a": 1, "cf_a": 2}"#,
            )],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "undocumented nulls",
            vec![Act::reply(
                200,
                &[],
                r#"{"id": "dl_1", "title": null, "tags": null}"#,
            )],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "numbers as identifiers",
            vec![Act::reply(200, &[], r#"{"id": 18446744073709551615}"#)],
            Call::Get,
            End::Done,
            1,
        ),
        // Invalid input of the program.
        row(
            "an identifier that climbs",
            vec![deal()],
            Call::GetOf(".."),
            End::Invalid,
            0,
        ),
        row(
            "an identifier that stays",
            vec![deal()],
            Call::GetOf("."),
            End::Invalid,
            0,
        ),
        row(
            "an empty identifier",
            vec![deal()],
            Call::GetOf(""),
            End::Invalid,
            0,
        ),
        row(
            "an identifier with a line break",
            vec![deal()],
            Call::GetOf("a\r\nx-evil: 1"),
            End::Invalid,
            0,
        ),
        row(
            "an identifier with special characters",
            vec![deal()],
            Call::GetOf("a/../b?c#d%00 x-evil:é"),
            End::Done,
            1,
        ),
        row(
            "a header with a line break",
            vec![deal()],
            Call::GetWithHeader("a\r\nx-evil: 1"),
            End::Invalid,
            0,
        ),
        row(
            "a header with a null",
            vec![deal()],
            Call::GetWithHeader("a\0"),
            End::Invalid,
            0,
        ),
    ]);
    rows
}

/// A deal of this many bytes.
fn padded(length: usize) -> String {
    format!("{DEAL}{}", " ".repeat(length - DEAL.len()))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

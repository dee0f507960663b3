//! Redirects are never followed, because the key would be sent to another host.

use super::{Act, Call, DEAL, End, Row, deal, row};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        for (name, location) in [
            (
                "a redirect to another host",
                "location: http://{foreign}/api/v2/deals/dl_1",
            ),
            (
                "a redirect to https",
                "location: https://{foreign}/api/v2/deals/dl_1",
            ),
            (
                "a redirect without a scheme",
                "location: //{foreign}/api/v2/deals/dl_1",
            ),
        ] {
            let acts = || vec![Act::reply(status, &[location], ""), deal()];
            rows.push(row(name, acts(), Call::Get, End::Status(status), 1));
            rows.push(row(name, acts(), Call::Create, End::Status(status), 1));
        }
    }
    let redirect = |status, headers: &[&str]| vec![Act::reply(status, headers, ""), deal()];
    rows.extend([
        row(
            "a redirect on the same host",
            redirect(302, &["location: /api/v2/deals/dl_2"]),
            Call::Get,
            End::Status(302),
            1,
        ),
        row(
            "a redirect to a name that looks the same",
            redirect(302, &["location: http://127.0.0.1@{foreign}/"]),
            Call::Get,
            End::Status(302),
            1,
        ),
        row(
            "a redirect to itself",
            redirect(307, &["location: "]),
            Call::Get,
            End::Status(307),
            1,
        ),
        row(
            "a redirect to a file",
            redirect(301, &["location: file:///etc/passwd"]),
            Call::Get,
            End::Status(301),
            1,
        ),
        row(
            "a redirect to nowhere",
            redirect(301, &[]),
            Call::Get,
            End::Status(301),
            1,
        ),
        row(
            "two redirects",
            redirect(301, &["location: /a", "location: http://{foreign}/"]),
            Call::Get,
            End::Status(301),
            1,
        ),
        row(
            "a redirect with a body",
            vec![Act::reply(301, &["location: http://{foreign}/"], DEAL)],
            Call::Get,
            End::Status(301),
            1,
        ),
        row(
            "a refresh",
            vec![Act::reply(
                200,
                &["refresh: 0; url=http://{foreign}/"],
                DEAL,
            )],
            Call::Get,
            End::Done,
            1,
        ),
        row(
            "an alternative",
            vec![Act::reply(200, &["alt-svc: h2=\"{foreign}\""], DEAL)],
            Call::GetOf("dl_1"),
            End::Done,
            1,
        ),
        row(
            "a cookie",
            vec![
                Act::reply(200, &["set-cookie: x-evil=1", "connection: close"], DEAL),
                Act::reply(200, &[], r#"{"id": "dl_2"}"#),
            ],
            Call::GetTwice,
            End::Done,
            2,
        ),
    ]);
    rows
}

//! Pauses, retries, and `robots.txt`.

use std::time::Duration;

use heffl_spec::fetch::{Site, fetch};

use super::{
    scene::{PAUSE, Scene},
    server::Reply,
};

#[test]
fn temporary_errors_are_retried() {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ncut";
    let gzip = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone";
    for trouble in [
        Reply::status(500, ""),
        Reply::status(503, "Retry-After: nonsense"),
        Reply::status(429, "Retry-After: 0"),
        Reply::status(429, "Retry-After: Mon, 05 Jan 2015 12:00:00 GMT"),
        Reply::raw(""),
        Reply::raw("\u{1}garbage\r\n\r\n"),
        Reply::raw("HTTP/1.1 200 OK\r\nContent-"),
        Reply::raw("HTTP/1.1 999999 Odd\r\n\r\n"),
        Reply::raw(length),
        Reply::raw(chunked),
        Reply::raw(gzip),
    ] {
        let scene = Scene::with_index(&["a"]);
        let replies = [trouble.clone(), trouble, Reply::page("a")];
        scene.server.reply("/a.md", replies);
        scene.fetch().unwrap();
        assert_eq!(scene.pages()["a.md"], "a");
        let waits = scene.waits();
        // Two pauses before the page, then two waits, which are random to one half.
        assert_eq!(waits[..2], [PAUSE, PAUSE]);
        let backoff: Vec<f64> = waits[2..].iter().map(Duration::as_secs_f64).collect();
        assert!((0.5..=1.0).contains(&backoff[0]), "{backoff:?}");
        assert!((1.0..=2.0).contains(&backoff[1]), "{backoff:?}");
        assert_eq!(backoff.len(), 2);
    }
}

#[test]
fn retry_after_is_respected() {
    for value in ["7", "Mon, 05 Jan 2026 12:00:08 GMT"] {
        let scene = Scene::with_index(&["a"]);
        let busy = Reply::status(429, &format!("Retry-After: {value}"));
        scene.server.reply("/a.md", [busy, Reply::page("a")]);
        scene.fetch().unwrap();
        // Two pauses of half a second have passed when the date is read.
        assert_eq!(scene.waits()[2..], [Duration::from_secs(7)], "{value}");
    }
}

#[test]
fn a_long_retry_after_ends_the_requests_to_the_site() {
    for value in ["3600", "99999999999999999", "Tue, 06 Jan 2026 12:00:00 GMT"] {
        let scene = Scene::with_pages(&["a", "b", "c"]);
        let busy = Reply::status(503, &format!("Retry-After: {value}"));
        scene.server.reply("/b.md", [busy]);
        assert_eq!(scene.rules(), ["fetch-come-back-later", "fetch-stopped"]);
        assert_eq!(scene.server.take_log().len(), 4, "c is not requested");
        assert_eq!(scene.pages().len(), 1);
    }
}

#[test]
fn retries_are_limited() {
    let scene = Scene::with_index(&["a"]);
    scene.server.reply("/a.md", [Reply::status(500, "")]);
    assert_eq!(
        scene.failures(),
        [("fetch-unreachable", "/a.md".to_owned())]
    );
    let tries = scene.server.take_targets();
    assert_eq!(tries.iter().filter(|path| *path == "/a.md").count(), 5);
}

#[test]
fn the_time_of_a_run_is_limited() {
    let mut scene = Scene::with_pages(&["a", "b", "c", "d"]);
    scene.options.total = Duration::from_millis(1600);
    assert_eq!(scene.rules(), ["fetch-time-over", "fetch-stopped"]);
    assert_eq!(scene.pages().len(), 2);
}

#[test]
fn robots_txt_is_respected() {
    for (robots, forbidden) in [
        ("User-agent: *\nDisallow: /b", &["/b.md"][..]),
        (
            "User-agent: heffl-docs-pull\nDisallow: /*.md$",
            &["/a.md", "/b.md"],
        ),
        (
            "User-agent: *\nDisallow: /\nAllow: /llms.txt\nAllow: /a",
            &["/b.md"],
        ),
        ("User-agent: *\nDisallow: /llms.txt", &["/llms.txt"]),
        ("User-agent: *\nDisallow: /", &["/llms.txt"]),
        (
            "User-agent: *\nDisallow: /\nUser-agent: heffl-docs-pull\nDisallow: /b",
            &["/b.md"],
        ),
    ] {
        let scene = Scene::with_pages(&["a", "b"]);
        scene.server.reply("/robots.txt", [Reply::page(robots)]);
        let expected = forbidden
            .iter()
            .map(|path| ("fetch-disallowed", (*path).to_owned()));
        assert_eq!(scene.failures(), expected.collect::<Vec<_>>(), "{robots}");
        for asked in scene.server.take_targets() {
            assert!(!forbidden.contains(&asked.as_str()), "{robots}: {asked}");
        }
    }
}

#[test]
fn robots_txt_applies_to_redirects_and_sets_the_pause() {
    let scene = Scene::with_pages(&["a"]);
    let robots = "User-agent: *\nDisallow: /private\nCrawl-delay: 3";
    scene.server.reply("/robots.txt", [Reply::page(robots)]);
    scene
        .server
        .reply("/a.md", [Reply::redirect("/private/a.md")]);
    let expected = ("fetch-disallowed", "/private/a.md".to_owned());
    assert_eq!(scene.failures(), [expected]);
    assert_eq!(scene.waits(), [Duration::from_secs(3); 2]);
}

#[test]
fn a_host_with_an_unreachable_robots_txt_is_not_fetched() {
    for (reply, rule) in [
        (Reply::status(500, ""), "fetch-unreachable"),
        (Reply::raw(""), "fetch-unreachable"),
        (Reply::endless("Connection: close\r\n"), "fetch-too-large"),
    ] {
        let scene = Scene::with_pages(&["a"]);
        scene.server.reply("/robots.txt", [reply]);
        assert_eq!(scene.failures(), [(rule, "/robots.txt".to_owned())]);
    }
    for status in [401, 403, 404, 410] {
        let scene = Scene::with_pages(&["a"]);
        let reply = Reply::status(status, "");
        scene.server.reply("/robots.txt", [reply]);
        scene.fetch().unwrap();
    }
}

#[test]
fn progress_is_reported() {
    let scene = Scene::with_pages(&["a", "b"]);
    let replies = [Reply::status(500, ""), Reply::page("a")];
    scene.server.reply("/a.md", replies);
    let site = Site::parse(&scene.server.url()).unwrap();
    let mut events = Vec::new();
    fetch(
        &site,
        scene.folder.path(),
        &scene.options,
        &scene.clock,
        &mut |line| {
            let (event, _) = line.split_once("; waiting").unwrap_or((line, ""));
            events.push(event.to_owned());
        },
    )
    .unwrap();
    let trouble = "the site responds with 500 Internal Server Error";
    assert_eq!(events, ["[1/2] a", trouble, "[2/2] b"]);
}

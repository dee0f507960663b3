//! Responses that are slow, endless, or redirects.

use std::{io::Write as _, time::Duration};

use heffl_spec::fetch::{Site, fetch};

use super::{
    scene::Scene,
    server::{Reply, Server},
};

#[test]
fn slow_responses_are_given_up() {
    for start in [
        "HTTP/1.1 200 OK\r\nX-Slow: ",
        "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let mut scene = Scene::with_index(&["a"]);
        scene.options.request = Duration::from_millis(200);
        scene.options.retries = 1;
        scene.server.reply("/a.md", [Reply::dripping(start)]);
        let findings = scene.fetch().unwrap().failures;
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].rule, "fetch-unreachable");
        assert!(
            findings[0].message.contains("took too long"),
            "{findings:?}"
        );
    }
}

#[test]
fn redirects_on_the_host_are_followed() {
    let scene = Scene::with_pages(&["a", "b"]);
    let url = scene.server.url();
    scene
        .server
        .reply("/a.md", [Reply::redirect("/moved/a.md")]);
    let on = Reply::redirect(&format!("{url}/here/a.md?from=moved"));
    scene.server.reply("/moved/a.md", [on]);
    let here = "/here/a.md?from=moved";
    scene.server.reply(here, [Reply::page("moved")]);
    scene.fetch().unwrap();
    assert_eq!(scene.pages()["a.md"], "moved");
    assert_eq!(scene.waits().len(), 5, "a redirect waits like any request");
}

#[test]
fn redirects_to_another_host_are_refused() {
    let elsewhere = Server::start();
    let port = elsewhere.url().rsplit_once(':').unwrap().1.to_owned();
    for location in [
        elsewhere.url(),
        format!("http://localhost:{port}/a.md"),
        format!("//127.0.0.1:{port}/a.md?key=secret"),
        "https://docs.example.test/a.md".to_owned(),
        "https:/".to_owned(),
        String::new(),
    ] {
        // An empty location leads to the same page for ever.
        for path in ["/robots.txt", "/llms.txt", "/a.md"] {
            let scene = Scene::with_pages(&["a"]);
            scene.server.reply(path, [Reply::redirect(&location)]);
            let findings = match scene.fetch() {
                Ok(fetched) => fetched.failures,
                Err(findings) => findings,
            };
            assert_eq!(findings[0].rule, "fetch-redirect", "{location} {path}");
            assert!(!findings[0].to_string().contains("secret"));
        }
    }
    assert!(elsewhere.take_log().is_empty());
}

#[test]
fn redirects_in_a_circle_end() {
    let scene = Scene::with_pages(&["a"]);
    scene.server.reply("/a.md", [Reply::redirect("b.md")]);
    scene.server.reply("/b.md", [Reply::redirect("a.md")]);
    assert_eq!(scene.failures(), [("fetch-redirect", "/a.md".to_owned())]);
    assert_eq!(scene.server.take_log().len(), 2 + 6);
}

#[test]
fn a_page_of_a_gigabyte_is_not_read() {
    for head in [
        "Content-Length: 1073741824\r\n",
        "Content-Length: 18446744073709551615\r\n",
        "Connection: close\r\n",
    ] {
        let scene = Scene::with_index(&["a"]);
        scene.server.reply("/a.md", [Reply::endless(head)]);
        assert_eq!(scene.rules(), ["fetch-too-large"], "{head}");
        // The limit, and the buffers of the sockets on both sides.
        assert!(scene.server.streamed() < 32 * 1024 * 1024);
        assert_eq!(scene.pages().len(), 0);
    }
}

#[test]
fn a_wrong_content_length_does_no_harm() {
    let scene = Scene::with_pages(&["a", "b"]);
    let liar = Reply::endless("Content-Length: 5\r\n");
    scene.server.reply("/a.md", [liar]);
    scene.fetch().unwrap();
    assert_eq!(scene.pages()["a.md"], "xxxxx");
    assert_eq!(scene.pages()["b.md"], "b");
    assert!(scene.server.streamed() < 32 * 1024 * 1024);
}

#[test]
fn the_size_limit_applies_to_decompressed_pages() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let head = "Content-Encoding: gzip";
    let scene = Scene::with_index(&["small", "bomb"]);
    let small = Reply::with(head, gzip(b"small"));
    scene.server.reply("/small.md", [small]);
    // A gigabyte in sixty-four parts.
    let bomb = gzip(&vec![b'x'; 16 * 1024 * 1024]).repeat(64);
    assert!(bomb.len() < 8 * 1024 * 1024, "{}", bomb.len());
    scene.server.reply("/bomb.md", [Reply::with(head, bomb)]);
    assert_eq!(
        scene.failures(),
        [("fetch-too-large", "/bomb.md".to_owned())]
    );
    assert_eq!(scene.pages()["small.md"], "small");
}

#[test]
fn responses_other_than_text_are_not_kept() {
    for (reply, rule) in [
        (
            Reply::with("Content-Type: Text/HTML", "<html>"),
            "fetch-not-text",
        ),
        (Reply::page(b"\xff\xfe".to_vec()), "fetch-not-text"),
        (Reply::with("Content-Encoding: br", "x"), "fetch-encoding"),
    ] {
        let scene = Scene::with_pages(&["a", "b"]);
        scene.server.reply("/a.md", [reply]);
        assert_eq!(scene.failures(), [(rule, "/a.md".to_owned())]);
        assert_eq!(scene.pages().len(), 1);
        assert_eq!(scene.server.take_log().len(), 4, "requested once");
    }
}

#[test]
fn an_https_site_is_not_fetched_over_http() {
    let mut scene = Scene::with_pages(&["a"]);
    scene.options.retries = 0;
    scene.options.request = Duration::from_millis(300);
    let url = scene.server.url().replace("http:", "https:");
    let site = Site::parse(&url).unwrap();
    let findings = fetch(
        &site,
        scene.folder.path(),
        &scene.options,
        &scene.clock,
        &mut |_| {},
    )
    .unwrap_err();
    assert_eq!(findings[0].rule, "fetch-unreachable");
    assert!(scene.server.take_log().is_empty());
}

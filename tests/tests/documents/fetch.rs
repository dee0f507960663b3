//! `docs pull` from a site: a local server that works, is slow, is broken or is hostile.
//! No test waits for real time: each has a clock of its own.

mod cache;
mod command;
mod hostile;
mod manners;
mod scene;
mod server;

use std::{collections::BTreeMap, path::Path};

use scene::{PAUSE, Scene, contents};
use server::{Reply, Server};

#[test]
fn pages_in_all_forms_are_stored_at_their_addresses() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut pages = BTreeMap::new();
    for folder in ["pages", "pages-markdown"] {
        for (path, text) in contents(&fixtures.join(folder)) {
            pages.insert(format!("{folder}/{path}"), text);
        }
    }
    assert!(pages.len() > 20);
    let addresses: Vec<String> = pages
        .keys()
        .map(|path| path.rsplit_once('.').unwrap().0.to_owned())
        .collect();
    let scene = Scene::with_index(&addresses.iter().map(String::as_str).collect::<Vec<_>>());
    for (address, text) in addresses.iter().zip(pages.values()) {
        let reply = Reply::page(text.as_str());
        scene.server.reply(&format!("/{address}.md"), [reply]);
    }

    let fetched = scene.fetch().unwrap();
    assert_eq!(fetched.notes, [""; 0]);
    let expected = addresses
        .iter()
        .map(|address| format!("{address}.md"))
        .zip(pages.values().cloned());
    assert_eq!(contents(&fetched.folder), expected.collect());

    let log = scene.server.take_log();
    assert_eq!(log.len(), 2 + addresses.len());
    for request in &log {
        let agent = &request.headers["user-agent"];
        assert!(agent.starts_with("heffl-docs-pull/"), "{agent}");
    }
    assert_eq!(scene.waits(), vec![PAUSE; log.len() - 1]);
    assert_eq!(scene.server.most_busy(), 1);
}

#[test]
fn links_to_other_sites_are_reported_but_not_followed() {
    let scene = Scene::with_pages(&["a"]);
    let elsewhere = Server::start();
    let index = format!(
        "- [A](a.md)\n- [B]({}/b.md)\n- [C](mailto:c)\n- [D](/openapi.json)\n",
        elsewhere.url()
    );
    scene.server.reply("/llms.txt", [Reply::page(index)]);
    let notes = scene.fetch().unwrap().notes.join("\n");
    for link in [&elsewhere.url(), "mailto:c", "openapi.json"] {
        assert!(notes.contains(link), "{link} in {notes}");
    }
    assert!(elsewhere.take_log().is_empty());
    let targets = scene.server.take_targets();
    assert_eq!(targets, ["/robots.txt", "/llms.txt", "/a.md"]);
}

#[test]
fn indexes_are_followed_one_level_and_never_twice() {
    let scene = Scene::with_pages(&["a", "b", "c"]);
    for (path, index) in [
        (
            "llms.txt",
            "- [A](a.md)\n- [One](_llms/one.md)\n- [Two](_llms/two.md)\n- [Self](llms.txt)",
        ),
        (
            "_llms/one.md",
            "- [B](b.md)\n- [A](a.md)\n- [Up](/llms.txt)\n- [Self](_llms/one.md)",
        ),
        (
            "_llms/two.md",
            "- [C](c.md)\n- [One](/_llms/one.md)\n- [Down](/_llms/deep.md)",
        ),
    ] {
        scene
            .server
            .reply(&format!("/{path}"), [Reply::page(index)]);
    }
    let notes = scene.fetch().unwrap().notes;
    assert_eq!(
        notes,
        ["_llms/deep.md: an index two levels down; not fetched"]
    );
    let targets = scene.server.take_targets();
    let expected = [
        "/robots.txt",
        "/llms.txt",
        "/_llms/one.md",
        "/_llms/two.md",
        "/a.md",
        "/b.md",
        "/c.md",
    ];
    assert_eq!(targets, expected);
    assert_eq!(scene.pages().len(), 3);
}

#[test]
fn a_site_of_too_many_pages_or_indexes_is_not_fetched() {
    let mut scene = Scene::with_pages(&["a", "b", "c"]);
    scene.options.pages = 2;
    assert_eq!(scene.rules(), ["fetch-too-many-pages"]);
    let index = "- [1](_llms/1.md)\n- [2](_llms/2.md)\n- [3](_llms/3.md)";
    scene.server.reply("/llms.txt", [Reply::page(index)]);
    for number in 1..=3 {
        let reply = Reply::page("- [A](a.md)");
        scene.server.reply(&format!("/_llms/{number}.md"), [reply]);
    }
    assert_eq!(scene.rules(), ["fetch-too-many-pages"]);
}

#[test]
fn without_an_index_there_is_nothing_to_fetch() {
    for (reply, rule) in [
        (Reply::status(404, ""), "fetch-status"),
        (Reply::status(403, ""), "fetch-status"),
        (Reply::status(204, ""), "fetch-status"),
        (Reply::status(304, ""), "fetch-status"),
        (Reply::page("# Nothing here"), "index-empty"),
        (
            Reply::with("Content-Type: text/html", "<html>"),
            "fetch-not-text",
        ),
    ] {
        let scene = Scene::with_index(&[]);
        scene.server.reply("/llms.txt", [reply]);
        assert_eq!(scene.failures(), [(rule, "/llms.txt".to_owned())]);
    }
}

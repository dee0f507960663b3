//! The cache: its files, and when pages are requested again.

use std::{fs, time::Duration};

use heffl_spec::{Finding, diff::Severity};

use super::{scene::Scene, server::Reply};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[test]
fn recently_fetched_pages_are_not_requested_again() {
    let scene = Scene::with_pages(&["a", "b"]);
    scene.fetch().unwrap();
    scene.server.take_log();
    scene.clock.advance(23 * HOUR);
    scene.fetch().unwrap();
    assert_eq!(scene.server.take_targets(), ["/robots.txt", "/llms.txt"]);
    assert_eq!(scene.pages().len(), 2);
    scene.clock.advance(2 * HOUR);
    scene.fetch().unwrap();
    assert_eq!(scene.server.take_log().len(), 4);
}

#[test]
fn a_fresh_run_ignores_the_cache() {
    let mut scene = Scene::with_pages(&["a"]);
    scene.fetch().unwrap();
    scene.server.reply("/a.md", [Reply::page("changed")]);
    scene.options.fresh = true;
    scene.fetch().unwrap();
    assert_eq!(scene.pages()["a.md"], "changed");
}

#[test]
fn an_interrupted_run_continues_where_it_stopped() {
    let addresses = ["a", "b", "c", "d", "e", "f"];
    let scene = Scene::with_pages(&addresses);
    let dead = || Reply::raw("");
    for address in ["c", "d", "e", "f"] {
        scene.server.reply(&format!("/{address}.md"), [dead()]);
    }
    let failures = scene.failures();
    let rules: Vec<&str> = failures.iter().map(|(rule, _)| *rule).collect();
    let unreachable = "fetch-unreachable";
    assert_eq!(
        rules,
        [unreachable, unreachable, unreachable, "fetch-stopped"]
    );
    assert_eq!(failures[0].1, "/c.md");
    let asked = scene.server.take_targets();
    assert!(
        !asked.contains(&"/f.md".to_owned()),
        "the site is left alone"
    );
    assert_eq!(scene.pages().len(), 2);

    for address in ["c", "d", "e", "f"] {
        scene
            .server
            .reply(&format!("/{address}.md"), [Reply::page(address)]);
    }
    scene.fetch().unwrap();
    let asked = scene.server.take_targets();
    let expected = [
        "/robots.txt",
        "/llms.txt",
        "/c.md",
        "/d.md",
        "/e.md",
        "/f.md",
    ];
    assert_eq!(asked, expected);
    assert_eq!(scene.pages().len(), 6);
}

#[test]
fn a_page_that_is_missing_or_from_the_future_is_fetched_again() {
    let scene = Scene::with_pages(&["a", "b", "c"]);
    let folder = scene.fetch().unwrap().folder;
    scene.server.take_log();
    // The file's time is months ahead of the test's clock.
    fs::write(folder.join("a.md"), "").unwrap();
    fs::remove_file(folder.join("b.md")).unwrap();
    scene.fetch().unwrap();
    let asked = scene.server.take_targets();
    assert_eq!(asked, ["/robots.txt", "/llms.txt", "/a.md", "/b.md"]);
    assert_eq!(scene.pages()["a.md"], "a");
}

#[test]
fn pages_that_leave_the_index_leave_the_cache() {
    let scene = Scene::with_pages(&["a", "deep/b", "deep/c"]);
    scene.fetch().unwrap();
    scene.index(&["deep/b"]);
    let notes = scene.fetch().unwrap().notes;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert_eq!(scene.pages().into_keys().collect::<Vec<_>>(), ["deep/b.md"]);
}

#[test]
fn an_unreachable_page_does_not_stop_the_others() {
    let mut scene = Scene::with_pages(&["a", "b", "c", "d"]);
    scene.options.max_age = Duration::ZERO;
    scene.fetch().unwrap();
    scene.server.reply("/a.md", [Reply::status(404, "")]);
    scene.server.reply("/b.md", [Reply::status(500, "")]);
    scene.server.reply("/c.md", [Reply::page("changed")]);
    let fetched = scene.fetch().unwrap();
    let severities: Vec<_> = fetched.failures.iter().map(Finding::severity).collect();
    // A broken link is only information; a fragment whose page is gone is reported separately.
    assert_eq!(severities, [Some(Severity::Info), None], "{fetched:?}");
    assert!(fetched.is_complete);
    assert_eq!(fetched.unknown.into_iter().collect::<Vec<_>>(), ["b"]);
    let pages = scene.pages();
    assert_eq!(pages.get("a.md"), None, "it is gone");
    assert_eq!(pages["b.md"], "b", "it was fetched recently");
    assert_eq!(pages["c.md"], "changed");
}

#[test]
fn an_unreachable_index_does_not_empty_the_cache() {
    let mut scene = Scene::with_pages(&["a", "b"]);
    scene.options.max_age = Duration::ZERO;
    let index = "- [A](a.md)\n- [More](_llms/more.md)";
    scene.server.reply("/llms.txt", [Reply::page(index)]);
    let more = || Reply::page("- [B](b.md)");
    scene.server.reply("/_llms/more.md", [more()]);
    assert!(scene.fetch().unwrap().is_complete);
    scene
        .server
        .reply("/_llms/more.md", [Reply::status(404, "")]);
    let fetched = scene.fetch().unwrap();
    assert!(
        !fetched.is_complete && fetched.failures.len() == 1,
        "{fetched:?}"
    );
    assert_eq!(
        scene.pages().into_keys().collect::<Vec<_>>(),
        ["a.md", "b.md"]
    );
}

#[test]
fn a_cache_that_cannot_be_written_ends_the_run() {
    let scene = Scene::with_pages(&["a"]);
    let folder = scene.fetch().unwrap().folder;
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "in the way").unwrap();
    let rules: Vec<_> = scene.fetch().unwrap_err().iter().map(|f| f.rule).collect();
    assert_eq!(rules, ["fetch-cache"]);
}

//! `cargo xtask docs pull` from a site.

use std::collections::BTreeSet;

use heffl_tests::{
    folder::{Folder, Outcome},
    render::{self, Form},
    workspace,
};
use serde_json::Value;

use super::server::{Reply, Server};

/// A workspace without fragments.
fn empty() -> Folder {
    let folder = Folder::default();
    folder.write("spec/pages/index.yaml", "{}");
    folder
}

fn pull(folder: &Folder, from: &str, more: &[&str]) -> Outcome {
    let command = ["docs", "pull", "--delay-ms", "0", "--from", from];
    folder.run(&[&command, more].concat())
}

/// Serves a page.
fn serve(server: &Server, address: &str, text: &str) {
    server.reply(&format!("/{address}"), [Reply::page(text)]);
}

/// The page in the cache.
fn fetched(folder: &Folder, address: &str) -> String {
    let end = format!("pages/{address}");
    let files = folder.contents().into_iter();
    let (_, bytes) = files.rev().find(|(path, _)| path.ends_with(&end)).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A site of invented pages in all forms, with an index in its index. Returns the addresses of the pages.
fn site() -> (Server, Vec<String>) {
    let text = std::fs::read_to_string(workspace().join("spec/heffl-v1.yaml")).unwrap();
    let document: Value = serde_yaml::from_str(&text).unwrap();
    let server = Server::start();
    let mut pages = vec![("start-v1/start.md".to_owned(), render::guide(&document))];
    let forms = Form::ALL.map(|form| render::pages(&document, form));
    for number in 0..forms[0].len() {
        let (address, text) = &forms[number % forms.len()][number];
        let (address, _) = address.rsplit_once('.').unwrap();
        pages.push((format!("{address}.md"), text.clone()));
    }
    let links: String = pages
        .iter()
        .map(|(address, _)| format!("- [Page](/{address}): a page\n"))
        .collect();
    server.reply(
        "/llms.txt",
        [Reply::page(
            "# Workshop\n\n- [Reference](/_llms/reference.md)\n",
        )],
    );
    server.reply(
        "/_llms/reference.md",
        [Reply::page(format!("# Reference\n\n{links}"))],
    );
    for (address, text) in &pages {
        serve(&server, address, text);
    }
    (
        server,
        pages.into_iter().map(|(address, _)| address).collect(),
    )
}

#[test]
fn pages_in_all_forms_become_fragments_and_are_not_fetched_twice() {
    let (server, addresses) = site();
    let (folder, url) = (empty(), server.url());
    let outcome = pull(&folder, &url, &[]);
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
    let fragments = |folder: &Folder| {
        let mut fragments = folder.contents();
        fragments
            .retain(|path, _| path.starts_with("spec/pages/") && *path != "spec/pages/index.yaml");
        fragments
    };
    let first = fragments(&folder);
    assert_eq!(first.len(), addresses.len());
    let forms: BTreeSet<String> = first
        .keys()
        .flat_map(|path| {
            folder
                .read(path)
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|line| line.starts_with("  form: "))
        .collect();
    let expected = ["markdown", "rendered-text"];
    assert_eq!(forms, expected.map(|form| format!("  form: {form}")).into());
    server.take_log();

    // Nothing new.
    let outcome = pull(&folder, &url, &["--max-age", "0"]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(outcome.out.ends_with("all up to date\n"), "{}", outcome.out);
    assert_eq!(fragments(&folder), first);
    let asked = server.take_targets();
    for address in &addresses {
        assert!(asked.contains(&format!("/{address}")), "{address}");
    }
    assert_eq!(pull(&folder, &url, &["--check"]).code, 0);
    let pages = server.take_targets();
    assert!(
        !pages.iter().any(|target| target.starts_with("/reference/")),
        "{pages:?}"
    );
}

#[test]
fn changes_of_the_site_are_compared_and_written() {
    let (server, _) = site();
    let (folder, url) = (empty(), server.url());
    assert_eq!(pull(&folder, &url, &[]).code, 0);
    let (fragment, address) = (
        "spec/pages/reference/get-clients.yaml",
        "reference/get-clients.md",
    );
    let before = folder.read(fragment);

    let changed = fetched(&folder, address).replace("cursor", "position");
    serve(&server, address, &changed);
    let outcome = pull(&folder, &url, &["--check", "--max-age", "0"]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(outcome.out.contains(fragment), "{}", outcome.out);
    assert_eq!(folder.read(fragment), before);
    let outcome = pull(&folder, &url, &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    let after = folder.read(fragment);
    assert!(after.contains("name: position") && before.contains("name: cursor"));

    // A page that makes no fragment keeps its old one, and does not stop the others.
    serve(
        &server,
        address,
        "# Clients\n\n<ParamField query=\"size\" />\n",
    );
    let other = "reference/get-deals.md";
    let text = fetched(&folder, other).replace("cursor", "position");
    serve(&server, other, &text);
    let outcome = pull(&folder, &url, &["--max-age", "0"]);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    for words in [
        "get-clients.md:3: ",
        "[page-handwritten]",
        "\n  help: ",
        "get-deals.yaml",
    ] {
        assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
    }
    assert!(
        outcome.err.contains(&format!(
            "{fragment}: its page is not in this folder, or has no facts"
        )),
        "{}",
        outcome.err
    );
    assert_eq!(folder.read(fragment), after);
    let fragment = folder.read("spec/pages/reference/get-deals.yaml");
    assert!(fragment.contains("name: position"), "{fragment}");
}

#[test]
fn a_missing_or_broken_page_does_not_stop_the_run() {
    let (server, addresses) = site();
    let (folder, url) = (empty(), server.url());
    assert_eq!(pull(&folder, &url, &[]).code, 0);
    let drift = || {
        let more = ["--delay-ms", "0", "--max-age", "0", "--report", "-"];
        folder.run(&[&["docs", "drift", "--from", &url], &more[..]].concat())
    };
    assert_eq!(drift().code, 0);

    // A broken link of the index is only information.
    let mut links = addresses.clone();
    links.push("reference/never.md".to_owned());
    let index = |links: &[String]| -> String {
        links
            .iter()
            .map(|link| format!("- [Page](/{link}): a page\n"))
            .collect()
    };
    server.reply("/_llms/reference.md", [Reply::page(index(&links))]);
    let outcome = drift();
    assert_eq!(outcome.code, 0, "{}", outcome.out);
    assert!(
        outcome.out.contains("never.md` **info** "),
        "{}",
        outcome.out
    );

    // A page that is gone, one that is unreachable, and one that has changed.
    server.reply("/reference/get-deals.md", [Reply::status(410, "")]);
    server.reply("/reference/get-tasks.md", [Reply::status(403, "")]);
    let changed = fetched(&folder, "reference/get-clients.md").replace("cursor", "position");
    serve(&server, "reference/get-clients.md", &changed);
    let outcome = drift();
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    for words in [
        "get-deals.yaml` **breaking** the page of this fragment is gone",
        "get-deals.yaml` **breaking** the page of `GET /deals` is gone",
        "get-tasks.md` the site responds with 403",
        "get-clients.yaml` `#/paths/~1clients/get/parameters/position`",
    ] {
        assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
    }
    assert!(!outcome.out.contains("get-tasks.yaml"), "{}", outcome.out);

    // A page that leaves the index.
    links.retain(|link| link != "reference/get-leads.md");
    server.reply("/_llms/reference.md", [Reply::page(index(&links))]);
    let outcome = drift();
    let gone = "get-leads.yaml` **breaking** the page of this fragment is gone";
    assert!(outcome.out.contains(gone), "{}", outcome.out);

    // Without the index, it is unknown which pages are gone.
    server.reply("/_llms/reference.md", [Reply::status(403, "")]);
    let outcome = drift();
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert!(
        !outcome.out.contains("of this fragment is gone"),
        "{}",
        outcome.out
    );
}

#[test]
fn the_command_refuses_addresses_that_it_must_not_fetch() {
    let folder = empty();
    for from in [
        "http://docs.example.test",
        "https://me:secret@docs.example.test",
    ] {
        let outcome = pull(&folder, from, &[]);
        assert_eq!(outcome.code, 2);
        assert!(outcome.out.contains("[fetch-address]"), "{}", outcome.out);
        assert!(!outcome.out.contains("secret"), "{}", outcome.out);
    }
}

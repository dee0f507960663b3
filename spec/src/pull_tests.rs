use std::fs;

use super::*;

const PAGE: &str = "GET\n/\ngadgets\nList gadgets\ncurl --request GET --url https://api.example.test/api/v9/gadgets\n{}\nAuthorizations\nx-key\nstring\nheader\nrequired\n\nKey\n\nResponse\n\nOK\n";

const HANDWRITTEN: &str = "# Gadgets\n\n<ParamField query=\"size\" />\n";

struct Tree {
    root: tempfile::TempDir,
    from: tempfile::TempDir,
}

impl Tree {
    fn new(index: &str, pages: &[(&str, &[u8])]) -> Self {
        let tree = Self {
            root: tempfile::tempdir().unwrap(),
            from: tempfile::tempdir().unwrap(),
        };
        tree.write("spec/pages/index.yaml", index);
        for (name, bytes) in pages {
            let path = tree.from.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn pull(&self) -> Result<Pulled, Vec<Finding>> {
        pull(&self.inputs(), self.from.path())
    }

    fn inputs(&self) -> Inputs {
        Inputs::read(self.root.path()).unwrap()
    }

    fn check_rules(&self, expected: &[&str]) {
        let rules: Vec<_> = self
            .pull()
            .unwrap_err()
            .iter()
            .map(|finding| finding.rule)
            .collect();
        assert_eq!(rules, expected);
    }
}

#[test]
fn pages_become_files() {
    let tree = Tree::new(
        "gadgets: api/list-gadgets\n",
        &[("gadgets.txt", PAGE.as_bytes()), ("notes.html", b"x")],
    );
    let pulled = tree.pull().unwrap();
    let [(path, text)] = pulled.files.as_slice() else {
        panic!("{pulled:?}")
    };
    assert_eq!(path, "spec/pages/api/list-gadgets.yaml");
    assert!(text.starts_with(HEADER));
    assert_eq!(
        yaml::read(text, path).unwrap(),
        page::parse(PAGE, "api/list-gadgets").unwrap()
    );
    assert_eq!(
        pulled.notes,
        ["notes.html: skipped, only *.md and *.txt are read"]
    );
    assert_eq!(pulled, tree.pull().unwrap());
}

#[test]
fn all_pages_are_read_before_anything_is_reported() {
    let large = vec![b'x'; page::MAX_BYTES + 1];
    let tree = Tree::new(
        "b: api/b\nc: api/c\nd: api/d\n",
        &[
            ("a.txt", PAGE.as_bytes()),
            ("b.txt", b""),
            ("c.txt", b"ok\n\xff"),
            ("d.txt", &large),
        ],
    );
    tree.check_rules(&[
        "page-address-unknown",
        "page-empty",
        "page-not-text",
        "page-too-large",
    ]);
    let findings = tree.pull().unwrap_err();
    assert_eq!(findings[2].file.as_deref(), Some("c.txt"));
    assert_eq!(findings[2].line, Some(2));
    assert!(findings[0].help.as_deref().unwrap().contains("`a: <"));
}

#[test]
fn a_page_without_a_fragment_does_not_stop_the_others() {
    let tree = Tree::new(
        "a: api/list-gadgets\nb: api/b\n",
        &[
            ("a.txt", PAGE.as_bytes()),
            ("b.txt", HANDWRITTEN.as_bytes()),
        ],
    );
    let old = Tree::new(
        "a: api/b\n",
        &[("a.txt", PAGE.replace("gadgets", "widgets").as_bytes())],
    );
    let (path, text) = &old.pull().unwrap().files[0];
    tree.write(path, text);
    let pulled = tree.pull().unwrap();
    assert_eq!(pulled.files.len(), 1);
    assert_eq!(pulled.moved, [""; 0]);
    let [finding] = pulled.refused.as_slice() else {
        panic!("{pulled:?}")
    };
    assert_eq!((finding.rule, finding.line), ("page-handwritten", Some(3)));
    assert_eq!(finding.file.as_deref(), Some("b.txt"));
    let note = "spec/pages/api/b.yaml: its page is not in this folder, or has no facts; it stays unchanged";
    assert!(pulled.notes.contains(&note.to_owned()), "{pulled:?}");
}

#[test]
fn two_pages_with_one_address_are_refused() {
    let other = PAGE.replace("gadgets", "widgets");
    let pages = [("a.txt", PAGE.as_bytes()), ("b.txt", other.as_bytes())];
    Tree::new("a: api/a\nb: api/a\n", &pages).check_rules(&["fragment-twice"; 2]);
    // The whole address names the file, so pages of two sections do not clash.
    let tree = Tree::new("a: api/a\nb: api-2/a\n", &pages);
    assert_eq!(tree.pull().unwrap().files.len(), 2);
    // Assembly reports differences between two pages of one operation.
    let pages = [("a.txt", PAGE.as_bytes()), ("b.txt", PAGE.as_bytes())];
    let tree = Tree::new("a: api/a\nb: api/b\n", &pages);
    assert_eq!(tree.pull().unwrap().files.len(), 2);
}

#[test]
fn addresses_name_files_safely() {
    let pages = [("a.txt", PAGE.as_bytes())];
    Tree::new("a: api/..\n", &pages).check_rules(&["page-address-unusable"]);
    Tree::new("a: api/A b\n", &pages).check_rules(&["page-address-unusable"]);
    Tree::new("a: index\n", &pages).check_rules(&["page-address-unusable"]);
}

#[test]
fn folders_and_indexes_that_cannot_be_read() {
    Tree::new("- a\n", &[]).check_rules(&["index-unreadable"]);
    Tree::new("{}\n", &[]).check_rules(&["pull-nothing"]);
    let tree = Tree::new("{}\n", &[]);
    let findings = pull(&tree.inputs(), &tree.from.path().join("none")).unwrap_err();
    assert_eq!(findings[0].rule, "pull-folder-unreadable");
}

#[test]
fn the_fragment_of_a_moved_page_is_removed_and_facts_stay() {
    let tree = Tree::new("a: api/list-gadgets\n", &[("a.txt", PAGE.as_bytes())]);
    let before = Tree::new("a: old/gadgets\n", &[("a.txt", PAGE.as_bytes())]);
    let (path, text) = &before.pull().unwrap().files[0];
    tree.write(path, text);
    tree.write(
        "spec/facts/v9/gadgets.yaml",
        "x-heffl-evidence: described\npaths: {/gadgets: {get: {responses: {'200': {}}}}}\n",
    );
    // A fragment that is replaced may be invalid.
    tree.write("spec/pages/api/list-gadgets.yaml", "broken: [");
    let pulled = tree.pull().unwrap();
    assert_eq!(pulled.moved, ["spec/pages/old/gadgets.yaml"]);
    let note = "spec/pages/old/gadgets.yaml is superseded by spec/pages/api/list-gadgets.yaml and is removed";
    assert!(pulled.notes.contains(&note.to_owned()), "{pulled:?}");
    tree.write("spec/pages/api/other.yaml", "broken: [");
    tree.check_rules(&["yaml-unreadable"]);
}

#[test]
fn a_fragment_that_was_edited_by_hand_is_refused() {
    let tree = Tree::new("a: api/list-gadgets\n", &[("a.txt", PAGE.as_bytes())]);
    let (path, text) = &tree.pull().unwrap().files[0];
    assert!(Fragment::parse(text, path).is_ok());
    let edited = text.replace("documented", "described");
    let findings = Fragment::parse(&edited, path).unwrap_err();
    assert_eq!(findings[0].rule, "fragment-edited");
}

#[test]
fn guides_without_facts_are_skipped() {
    let guide = "Skip to main content\nKeys\n\nA key is a word that you send with each request.";
    let tree = Tree::new("a: help/keys\n", &[("a.txt", guide.as_bytes())]);
    let pulled = tree.pull().unwrap();
    assert_eq!(pulled.files, []);
    assert_eq!(
        pulled.notes,
        ["a.txt: skipped, it does not describe an API"]
    );
    let guide = format!("{guide} Send no more than 60 requests per minute.");
    let tree = Tree::new("a: api-v9/keys\n", &[("a.txt", guide.as_bytes())]);
    let (path, text) = &tree.pull().unwrap().files[0];
    assert_eq!(path, "spec/pages/api-v9/keys.yaml");
    assert_eq!(version(&Fragment::parse(text, path).unwrap()), "v9");
}

const MARKDOWN: &str = "# List gadgets\n\n````yaml get /gadgets\nopenapi: 3.0.3\ninfo: {version: '9'}\nservers: [{url: https://api.example.test/api/v9}]\npaths: {/gadgets: {get: {responses: {'200': {description: Words}}}}}\n````\n";

#[test]
fn paths_in_the_folder_are_addresses() {
    let tree = Tree::new(
        "{}\n",
        &[
            ("api/v9/list-gadgets.md", MARKDOWN.as_bytes()),
            ("api/v9/list-gadgets.txt", PAGE.as_bytes()),
            ("llms.txt", b"- [A](a.md)"),
            ("llms-full.txt", b"# A"),
        ],
    );
    let pulled = tree.pull().unwrap();
    let [(path, text)] = pulled.files.as_slice() else {
        panic!("{pulled:?}")
    };
    assert_eq!(path, "spec/pages/api/v9/list-gadgets.yaml");
    assert!(
        text.contains("address: api/v9/list-gadgets\n  form: markdown\n"),
        "{text}"
    );
    assert_eq!(
        pulled.notes,
        [
            "llms-full.txt: skipped, an index is not a page",
            "llms.txt: skipped, an index is not a page",
            "api/v9/list-gadgets.txt: skipped, the page exists as Markdown",
        ]
    );
}

#[test]
fn other_wording_of_the_same_facts_changes_no_fragment() {
    let tree = Tree::new("{}\n", &[("api/list-gadgets.md", MARKDOWN.as_bytes())]);
    let first = tree.pull().unwrap();
    let (path, text) = &first.files[0];
    tree.write(path, text);
    let second = tree.pull().unwrap();
    assert_eq!(second.files, first.files);
    assert_eq!((first.confirmed, second.new), (0, 0));
    assert_eq!(first.new, second.confirmed);

    let page = tree.from.path().join("api/list-gadgets.md");
    fs::write(&page, MARKDOWN.replace("Words", "Other words")).unwrap();
    let again = tree.pull().unwrap();
    assert_eq!(again.files, first.files);
    assert!(again.notes[0].contains("only the wording"), "{again:?}");

    // A fragment that was edited by hand is replaced.
    tree.write(path, &format!("{text}# mine\n"));
    assert_ne!(tree.pull().unwrap().files, first.files);

    tree.write(path, text);
    fs::write(&page, MARKDOWN.replace("'200'", "'201'")).unwrap();
    assert_ne!(tree.pull().unwrap().files, first.files);
}

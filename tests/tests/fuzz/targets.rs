//! The functions that are fuzzed.

use std::{fs, path::PathBuf};

use heffl_codegen::{Api, lint, load};
use heffl_spec::{
    diff::{Compared, Document},
    fragment::Fragment,
    overlay, page, yaml,
};
use heffl_tests::workspace;

/// A reader of foreign text.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// The number of texts that it takes.
    pub(crate) inputs: usize,
    /// Reads the texts, and ignores the result.
    pub(crate) run: fn(&[String]),
    /// The texts to mutate.
    pub(crate) samples: fn() -> Vec<Vec<String>>,
    /// Large real inputs.
    pub(crate) large: fn() -> Vec<(&'static str, Vec<String>)>,
    /// The largest allowed memory without the YAML library's, as a multiple of the input.
    pub(crate) bound: f64,
    /// Whether the inputs are YAML as a whole.
    pub(crate) is_yaml: bool,
}

pub(crate) static TARGETS: &[Target] = &[
    Target {
        name: "page",
        inputs: 1,
        run: |inputs| drop(page::parse(&inputs[0], "guides/a-page")),
        samples: || alone(texts("tests/fixtures/pages")),
        large: Vec::new,
        bound: 10.0,
        is_yaml: false,
    },
    Target {
        name: "markdown",
        inputs: 1,
        run: |inputs| drop(page::parse(&inputs[0], "guides/a-page")),
        samples: || alone(texts("tests/fixtures/pages-markdown")),
        large: Vec::new,
        // A fenced document may contain aliases, which expand to up to two short values for each byte.
        bound: 200.0,
        is_yaml: false,
    },
    Target {
        name: "yaml",
        inputs: 1,
        run: |inputs| {
            if let Ok(value) = yaml::read(&inputs[0], "x.yaml") {
                drop(value);
            }
            let _ = yaml::Lines::of(&inputs[0]).find("/paths/~1a/get");
        },
        samples: || {
            let mut all = texts("tests/fixtures/documents");
            all.extend(texts("spec/facts/v2"));
            alone(all)
        },
        large: || vec![("document", vec![text("spec/heffl-v2.yaml")])],
        bound: 10.0,
        is_yaml: true,
    },
    Target {
        name: "fragment",
        inputs: 1,
        run: |inputs| drop(Fragment::parse(&inputs[0], "x.yaml")),
        samples: || alone([texts("spec/pages"), texts("spec/facts")].concat()),
        large: Vec::new,
        bound: 10.0,
        is_yaml: true,
    },
    Target {
        name: "overlay",
        inputs: 2,
        run: |inputs| {
            let overlay = overlay::parse(&inputs[0], "o.yaml");
            let document = yaml::read(&inputs[1], "x.yaml");
            if let (Ok(overlay), Ok(mut document)) = (overlay, document) {
                drop(overlay::apply(&mut document, &overlay));
            }
        },
        samples: || {
            let document = text("tests/fixtures/diff/old.yaml");
            let overlays = texts("spec/overlays/v2");
            let pair = |overlay| vec![overlay, document.clone()];
            overlays.into_iter().map(pair).collect()
        },
        large: || {
            let document = text("spec/heffl-v2.yaml");
            vec![(
                "document",
                vec![text("spec/overlays/v2/60-money.yaml"), document],
            )]
        },
        bound: 10.0,
        is_yaml: true,
    },
    Target {
        name: "diff",
        inputs: 2,
        run: |inputs| {
            let document = |index: usize| Document {
                name: "x.yaml".to_owned(),
                text: inputs[index].clone(),
            };
            drop(Compared::between(&document(0), &document(1)));
        },
        samples: || {
            let mut all = vec![vec![
                text("tests/fixtures/diff/old.yaml"),
                text("tests/fixtures/diff/new.yaml"),
            ]];
            let mut documents = texts("tests/fixtures/documents");
            documents.push(text("codegen/tests/gadgets.yaml"));
            all.extend(documents.into_iter().map(|text| vec![text.clone(), text]));
            all
        },
        large: || {
            let (old, new) = (text("spec/heffl-v1.yaml"), text("spec/heffl-v2.yaml"));
            let changed = new.replace("type: string", "type: integer");
            vec![
                ("versions", vec![old, new.clone()]),
                ("types", vec![new, changed]),
            ]
        },
        bound: 10.0,
        is_yaml: true,
    },
    Target {
        name: "document",
        inputs: 1,
        run: |inputs| {
            let api = Api {
                module: "v1",
                file: "x.yaml",
                text: &inputs[0],
            };
            if let Ok(document) = load::load(&api) {
                drop(lint::lint(&document));
            }
        },
        samples: || {
            let mut documents = texts("tests/fixtures/documents");
            documents.push(text("codegen/tests/gadgets.yaml"));
            alone(documents)
        },
        large: || vec![("document", vec![text("spec/heffl-v2.yaml")])],
        bound: 10.0,
        is_yaml: true,
    },
];

fn alone(texts: Vec<String>) -> Vec<Vec<String>> {
    texts.into_iter().map(|text| vec![text]).collect()
}

fn text(file: &str) -> String {
    fs::read_to_string(workspace().join(file)).unwrap()
}

/// All texts below a folder, sorted by path.
fn texts(folder: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut open = vec![workspace().join(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    paths.iter().map(read).collect()
}

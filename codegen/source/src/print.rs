//! Formats generated source.
//!
//! prettyplease turns tokens into text, and the stable rustfmt formats the text, so that `cargo fmt` changes nothing.

use std::{
    collections::BTreeMap,
    io::Write as _,
    panic::resume_unwind,
    process::{Command, Stdio},
    thread::{self, JoinHandle},
};

use heffl_finding::Finding;
use proc_macro2::TokenStream;

use crate::docs;

/// The content of a source file, not formatted yet.
#[derive(Debug)]
pub struct Source {
    /// The origin of the source, for the first line.
    pub origin: String,
    /// The documentation of the module.
    pub docs: String,
    /// Its parts, in order.
    pub pieces: Vec<Piece>,
}

/// A part of a source file.
#[derive(Debug)]
pub enum Piece {
    /// Items.
    Items(TokenStream),
    /// A macro call. Formatters do not change the content of macros, so its lines are already formatted.
    Macro {
        /// The path of the macro, for example `crate::model`.
        path: &'static str,
        /// The lines between the braces, indented relative to the braces.
        lines: Vec<String>,
    },
}

/// A file before it is formatted.
#[derive(Debug)]
struct Draft {
    path: String,
    /// The marker, the documentation and the attributes of the file, already formatted.
    head: String,
    /// Its items.
    body: String,
}

/// The size of a batch, in bytes: large compared with the start of the formatter.
const BATCH: usize = 256 << 10;

/// Separates the items of two files that are formatted together.
const SEPARATOR: &str = "\nconst _: &str = \"the next file\";\n";

/// Paths, each with its text.
type Texts = Vec<(String, String)>;

/// Formats files.
///
/// rustfmt takes most of the time, so it runs in other threads while the caller makes the next files. Tokens cannot be
/// sent to another thread.
#[derive(Debug)]
pub struct Printer {
    marker: &'static str,
    batch: Vec<Draft>,
    /// The size of the batch, in bytes.
    size: usize,
    batches: Vec<JoinHandle<Result<Texts, Finding>>>,
}

impl Printer {
    /// A printer of files whose first line starts with `marker`.
    pub fn new(marker: &'static str) -> Self {
        Self {
            marker,
            batch: Vec::new(),
            size: 0,
            batches: Vec::new(),
        }
    }

    /// Adds a file.
    ///
    /// # Errors
    ///
    /// The source is not Rust.
    pub fn add(&mut self, path: &str, source: Source) -> Result<(), Finding> {
        let draft = unparse(self.marker, path, source);
        let draft = draft.map_err(|message| refused(path, message))?;
        self.size += draft.body.len();
        self.batch.push(draft);
        if self.size >= BATCH {
            self.format();
        }
        Ok(())
    }

    fn format(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.batches.push(thread::spawn(move || formatted(&batch)));
        self.size = 0;
    }

    /// Returns the text of every file, by path.
    ///
    /// # Errors
    ///
    /// rustfmt is not installed, or cannot parse a file.
    pub fn finish(mut self) -> Result<BTreeMap<String, String>, Finding> {
        if !self.batch.is_empty() {
            self.format();
        }
        let mut texts = BTreeMap::new();
        for batch in self.batches {
            texts.extend(batch.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        Ok(texts)
    }
}

const EMPTY: syn::File = syn::File {
    shebang: None,
    frontmatter: None,
    attrs: Vec::new(),
    items: Vec::new(),
};

/// Formats some files with one run of the formatter.
fn formatted(drafts: &[Draft]) -> Result<Texts, Finding> {
    let bodies: Vec<&str> = drafts.iter().map(|draft| draft.body.as_str()).collect();
    let all = rustfmt(&bodies.join(SEPARATOR));
    let paths = || drafts.iter().map(|draft| draft.path.as_str());
    let all = all.map_err(|message| refused(&paths().collect::<Vec<_>>().join(", "), message))?;
    let bodies: Vec<&str> = all.split(SEPARATOR).collect();
    if bodies.len() != drafts.len() {
        let message = format!("rustfmt makes {} files of {}", bodies.len(), drafts.len());
        return Err(refused(&paths().collect::<Vec<_>>().join(", "), message));
    }
    let texts = drafts.iter().zip(bodies).map(|(draft, body)| {
        let text = format!("{}\n{}\n", draft.head, body.trim_matches('\n'));
        (draft.path.clone(), text)
    });
    Ok(texts.collect())
}

fn refused(path: &str, message: String) -> Finding {
    let finding = Finding::new("print", message).file(path);
    finding.help("rustup component add rustfmt brings the formatter")
}

fn unparse(marker: &str, path: &str, source: Source) -> Result<Draft, String> {
    let mut head = format!("{marker} from {}. Do not edit.\n\n", source.origin);
    for line in docs::wrap(&source.docs).lines() {
        let space = if line.is_empty() { "" } else { " " };
        head.extend(["//!", space, line, "\n"]);
    }
    let mut body = String::new();
    for piece in source.pieces {
        match piece {
            Piece::Items(tokens) => {
                let file: syn::File =
                    syn::parse2(tokens).map_err(|error| format!("not Rust: {error}"))?;
                if !file.attrs.is_empty() {
                    head.push('\n');
                    head.push_str(&prettyplease::unparse(&syn::File {
                        items: Vec::new(),
                        attrs: file.attrs,
                        ..EMPTY
                    }));
                }
                let mut before = None;
                for item in file.items {
                    // An empty line between items, except between one-line items of the same kind.
                    let kind = std::mem::discriminant(&item);
                    let is_line = matches!(item, syn::Item::Mod(_) | syn::Item::Use(_));
                    if !is_line || before != Some(kind) {
                        body.push('\n');
                    }
                    before = Some(kind);
                    let file = syn::File {
                        items: vec![item],
                        ..EMPTY
                    };
                    body.push_str(&prettyplease::unparse(&file));
                }
            }
            Piece::Macro { path, lines } => {
                body.extend(["\n", path, "! {\n"]);
                for line in lines {
                    body.extend(["    ", &*line, "\n"]);
                }
                body.push_str("}\n");
            }
        }
    }
    Ok(Draft {
        path: path.to_owned(),
        head,
        body: spaced(&body),
    })
}

/// Adds an empty line between the members of an `impl`, which formatters do not.
fn spaced(text: &str) -> String {
    let mut out = String::new();
    let mut before = "";
    for line in text.lines() {
        let starts = ["    ///", "    pub ", "    #["]
            .iter()
            .any(|start| line.starts_with(start));
        let ends = matches!(before, "    }" | "    ];")
            || (before.starts_with("    pub const ") && before.ends_with(';'));
        if ends && starts {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        before = line;
    }
    out
}

/// Runs rustfmt of the installed toolchain, with its default options.
fn rustfmt(text: &str) -> Result<String, String> {
    let run = || -> std::io::Result<std::process::Output> {
        let mut child = Command::new("rustfmt")
            .args([
                "--edition",
                "2024",
                "--style-edition",
                "2024",
                "--emit",
                "stdout",
                "--quiet",
            ])
            .args(["--config", "newline_style=Unix"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // The input may be larger than the buffer of a pipe, so another thread writes it.
        let input = child.stdin.take();
        thread::scope(|scope| {
            scope.spawn(move || input.map(|mut input| input.write_all(text.as_bytes())));
            child.wait_with_output()
        })
    };
    let output = run().map_err(|error| format!("rustfmt cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "rustfmt cannot parse it: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("rustfmt writes no text: {error}"))
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn printed() -> String {
        let items = quote! {
            use std::fmt;
            pub struct Gadget { size: u32 }
            impl Gadget {
                /// The size.
                pub const fn size(&self) -> u32 { self.size }
                pub fn set_size_to_something_that_makes_this_line_long(&mut self, size: u32) { self.size = size; }
            }
        };
        let lines = vec![
            "Gadget {".to_owned(),
            "  size: U32,".to_owned(),
            "}".to_owned(),
        ];
        let path = "crate::model";
        let source = Source {
            origin: "gadgets.json".to_owned(),
            docs: "Gadgets.".to_owned(),
            pieces: vec![Piece::Items(items), Piece::Macro { path, lines }],
        };
        let mut printer = Printer::new("// Made");
        printer.add("a.rs", source).unwrap();
        printer.finish().unwrap().remove("a.rs").unwrap()
    }

    #[test]
    fn the_first_line_names_the_origin() {
        let text = printed();
        let start = "// Made from gadgets.json. Do not edit.\n\n//! Gadgets.\n";
        assert!(text.starts_with(start), "{text}");
    }

    #[test]
    fn the_text_is_a_fixed_point_of_the_formatter_and_macros_stay_as_they_are() {
        let text = printed();
        assert_eq!(rustfmt(&text).unwrap(), text);
        assert!(
            text.contains("\n    Gadget {\n      size: U32,\n"),
            "{text}"
        );
    }

    #[test]
    fn an_error_names_the_file_that_is_not_rust() {
        let source = Source {
            origin: String::new(),
            docs: String::new(),
            pieces: vec![Piece::Items(quote!(struct))],
        };
        let refused = Printer::new("//").add("a.rs", source).unwrap_err();
        assert_eq!(refused.file.as_deref(), Some("a.rs"));
    }
}

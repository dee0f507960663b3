//! From tokens to text.
//!
//! prettyplease lays items out, the stable rustfmt finishes them, so that the result is a fixed point
//! of `cargo fmt`.

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
    /// Where it comes from: goes into line one.
    pub origin: String,
    /// Documentation of the module.
    pub docs: String,
    /// Its parts, in order.
    pub pieces: Vec<Piece>,
}

/// A part of a source file.
#[derive(Debug)]
pub enum Piece {
    /// Items.
    Items(TokenStream),
    /// A call of a macro. Formatters leave the inside of macros alone, so its lines are laid out here.
    Macro {
        /// For example `crate::model`.
        path: &'static str,
        /// The lines between the braces, indented from there.
        lines: Vec<String>,
    },
}

/// A file before the formatter has seen it.
#[derive(Debug)]
struct Draft {
    path: String,
    /// What only a file may start with: marker, documentation, attributes. It needs no formatter.
    head: String,
    /// Its items.
    body: String,
}

/// So many bytes keep the formatter busy for longer than it takes to start.
const SHARE: usize = 256 << 10;

/// Stands between the items of two files while they go through the formatter together.
const SEPARATOR: &str = "\nconst _: &str = \"the next file\";\n";

/// Lays files out and formats them.
///
/// Most of the time goes into the formatter. So what is laid out is formatted while the caller makes the next files.
#[derive(Debug)]
pub struct Printer {
    marker: &'static str,
    share: Vec<Draft>,
    /// The bytes in the share.
    size: usize,
    shares: Vec<JoinHandle<Result<Vec<(String, String)>, Finding>>>,
}

impl Printer {
    /// A printer of files whose first line starts with `marker`.
    pub fn new(marker: &'static str) -> Self {
        Self {
            marker,
            share: Vec::new(),
            size: 0,
            shares: Vec::new(),
        }
    }

    /// Adds a file.
    ///
    /// # Errors
    ///
    /// It is not Rust.
    pub fn add(&mut self, path: &str, source: Source) -> Result<(), Finding> {
        let draft = unparse(self.marker, path, source);
        let draft = draft.map_err(|message| refused(path, message))?;
        self.size += draft.body.len();
        self.share.push(draft);
        if self.size >= SHARE {
            self.format();
        }
        Ok(())
    }

    fn format(&mut self) {
        let share = std::mem::take(&mut self.share);
        self.shares.push(thread::spawn(move || formatted(&share)));
        self.size = 0;
    }

    /// The text of every file, by its path.
    ///
    /// # Errors
    ///
    /// rustfmt is not installed or refuses a file.
    pub fn finish(mut self) -> Result<BTreeMap<String, String>, Finding> {
        if !self.share.is_empty() {
            self.format();
        }
        let mut texts = BTreeMap::new();
        for share in self.shares {
            texts.extend(share.join().unwrap_or_else(|panic| resume_unwind(panic))?);
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

/// The texts of some files, which go through the formatter as one.
fn formatted(drafts: &[Draft]) -> Result<Vec<(String, String)>, Finding> {
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
                    // One-line items of a kind stand together; everything else gets a line of air.
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
        body: air(&body),
    })
}

/// An empty line between the members of an `impl`, where formatters put none.
fn air(text: &str) -> String {
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

/// Runs the formatter of the installed toolchain, with its defaults wherever it is run.
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
        // The input is small enough for a pipe only by luck: write from another thread.
        let input = child.stdin.take();
        thread::scope(|scope| {
            scope.spawn(move || input.map(|mut input| input.write_all(text.as_bytes())));
            child.wait_with_output()
        })
    };
    let output = run().map_err(|error| format!("rustfmt cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "rustfmt refuses it: {}",
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
    fn line_one_says_where_the_file_comes_from() {
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
    fn what_is_not_rust_is_refused_with_the_name_of_the_file() {
        let source = Source {
            origin: String::new(),
            docs: String::new(),
            pieces: vec![Piece::Items(quote!(struct))],
        };
        let refused = Printer::new("//").add("a.rs", source).unwrap_err();
        assert_eq!(refused.file.as_deref(), Some("a.rs"));
    }
}

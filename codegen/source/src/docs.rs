//! Doc comments.

use proc_macro2::TokenStream;
use quote::quote;

/// The maximum length of a line of documentation, in characters, so that a method's comment fits into 100 columns.
const WIDTH: usize = 92;

/// Turns each line into a `#[doc]` attribute. An attribute of several lines becomes a block comment, and its
/// indentation would turn text into code blocks.
pub fn attributes(text: &str) -> TokenStream {
    let text = wrap(text.trim_end());
    let lines = text.lines().map(|line| {
        let line = if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        };
        quote!(#[doc = #line])
    });
    quote!(#(#lines)*)
}

/// The lines of a documentation comment.
pub fn comment(text: &str) -> Vec<String> {
    let text = wrap(text.trim_end());
    let lines = text.lines();
    lines
        .map(|line| format!("/// {line}").trim_end().to_owned())
        .collect()
}

/// Breaks long lines between words, except in code blocks.
pub fn wrap(text: &str) -> String {
    let mut out = String::new();
    let mut in_block = false;
    for line in text.lines() {
        in_block ^= line.starts_with("```");
        let mut length = 0;
        for word in line.split_inclusive(' ') {
            let characters = word.trim_end().chars().count();
            if !in_block && length > 0 && length + characters > WIDTH {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                length = 0;
            }
            out.push_str(word);
            length += word.chars().count();
        }
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_broken_outside_of_code() {
        let long = "word ".repeat(30);
        let wrapped = wrap(&long);
        assert!(
            wrapped
                .lines()
                .all(|line| line.len() <= WIDTH && !line.ends_with(' ')),
            "{wrapped}"
        );
        assert_eq!(wrapped.split_whitespace().count(), 30);
        let code = format!("```\n{long}\n```");
        assert_eq!(wrap(&code).lines().count(), 3);
    }

    #[test]
    fn every_line_becomes_an_attribute() {
        assert_eq!(
            attributes("a\n\nb").to_string(),
            quote!(#[doc = " a"] #[doc = ""] #[doc = " b"]).to_string()
        );
    }
}

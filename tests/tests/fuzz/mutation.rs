//! Mutations of lines, indentation, brackets and keywords.

use proptest::prelude::*;

/// A text of a sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) sample: usize,
    pub(crate) input: usize,
}

/// A change. Positions are fractions of the text, so that they are valid after any other change.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    /// Removes lines.
    Cut(f64, usize),
    /// Repeats lines this many times.
    Repeat(f64, usize, usize),
    /// Inserts lines of another sample.
    Splice(f64, f64, usize),
    /// Swaps two lines.
    Swap(f64, f64),
    /// Changes the indentation of lines.
    Indent(f64, usize, isize),
    /// Cuts the text.
    End(f64),
    /// Inserts a text into a line.
    Insert(f64, &'static str, usize),
    /// Replaces a word.
    Replace(f64, &'static str),
    /// Changes the line endings.
    LineEnds(&'static str),
}

/// Keywords of the formats, and unusual characters.
const WORDS: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    ":",
    ": ",
    "- ",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "!t ",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "#",
    "\t",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "é",
    "🦀",
    "\r",
    "\n",
    "\n\n",
    "---\n",
    "...\n",
    "`",
    "````",
    "````yaml a/b.json get /x\n",
    "null",
    "~",
    "true",
    "0",
    "-1",
    "99999999999999999999",
    "1e999",
    ".nan",
    "0x1F",
    "2023-11-07",
    "type: ",
    "enum<string>",
    "object[]",
    "string | null",
    "required",
    "default:",
    "Response",
    "Body",
    "Path Parameters",
    "Available options:",
    "Example:",
    "curl --request POST \\\n",
    "{id}",
    "/gadgets/{id}",
    "GET",
    "200",
    "application/json",
    "$ref: '#/components/schemas/Gadget'",
    "$ref",
    "#/",
    "allOf",
    "oneOf: [{}]",
    "anyOf",
    "not: {}",
    "items: {}",
    "properties",
    "additionalProperties: false",
    "nullable: true",
    "enum: [a, 1, null]",
    "required: [a]",
    "x-heffl-id: {of: deal}",
    "openapi: 3.0.3",
    "paths: {}",
    "components",
    "$..*",
    "$.paths[*][*]",
    "$[?@.a == 1]",
    "x-heffl-matches: 1",
    "remove: true",
    "same_as:",
    "x-heffl-evidence: sampled",
    "form: facts",
    "evidence: inferred",
    "](https://",
    "<Card href=\"/x\">",
    "| a | b |\n|---|---|\n",
];

pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let place = || 0.0..1.0;
    let word = || prop::sample::select(WORDS);
    let one = prop_oneof![
        (place(), 1..12_usize).prop_map(|(at, lines)| Mutation::Cut(at, lines)),
        (place(), 1..8_usize, 1..40_usize)
            .prop_map(|(at, lines, times)| Mutation::Repeat(at, lines, times)),
        (place(), place(), 1..12_usize)
            .prop_map(|(at, from, lines)| Mutation::Splice(at, from, lines)),
        (place(), place()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        (place(), 1..8_usize, -8..8_isize)
            .prop_map(|(at, lines, by)| Mutation::Indent(at, lines, by)),
        place().prop_map(Mutation::End),
        (
            place(),
            word(),
            prop_oneof![9 => 1..3_usize, 1 => 1..300_usize]
        )
            .prop_map(|(at, text, times)| Mutation::Insert(at, text, times)),
        (place(), word()).prop_map(|(at, text)| Mutation::Replace(at, text)),
        prop::sample::select(&["\r\n", "\r", "\n\n", " "][..]).prop_map(Mutation::LineEnds),
    ];
    prop::collection::vec(one, 1..8)
}

/// The text with all mutations.
pub(crate) fn apply(text: &str, donor: &str, mutations: &[Mutation]) -> String {
    let donor: Vec<&str> = donor.lines().collect();
    mutations.iter().fold(text.to_owned(), |text, mutation| {
        changed(&text, &donor, mutation)
    })
}

fn changed(text: &str, donor: &[&str], mutation: &Mutation) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let line = |at: f64| share(at, lines.len());
    match *mutation {
        Mutation::Cut(at, count) => {
            let range = range(line(at), count, lines.len());
            lines.drain(range);
        }
        Mutation::Repeat(at, count, times) => {
            let range = range(line(at), count, lines.len());
            let again = lines[range.clone()].to_vec();
            for _ in 0..times {
                lines.splice(range.end..range.end, again.clone());
            }
        }
        Mutation::Splice(at, from, count) => {
            let start = line(at);
            let from = range(share(from, donor.len()), count, donor.len());
            lines.splice(
                start..start,
                donor[from].iter().map(|&line| line.to_owned()),
            );
        }
        Mutation::Swap(one, other) => {
            let (one, other) = (line(one), line(other));
            if one < lines.len() && other < lines.len() {
                lines.swap(one, other);
            }
        }
        Mutation::Indent(at, count, by) => {
            let range = range(line(at), count, lines.len());
            for line in &mut lines[range] {
                let depth = line.len() - line.trim_start_matches(' ').len();
                let rest = line.split_off(depth);
                *line = " ".repeat(depth.saturating_add_signed(by)) + &rest;
            }
        }
        Mutation::End(at) => return text[..boundary(text, at)].to_owned(),
        Mutation::Insert(at, word, times) => {
            let at = boundary(text, at);
            return [&text[..at], &word.repeat(times), &text[at..]].concat();
        }
        Mutation::Replace(at, word) => {
            let at = boundary(text, at);
            let is_part = |letter: char| letter.is_alphanumeric() || "-_$./".contains(letter);
            let start = text[..at].trim_end_matches(is_part).len();
            let rest = text[at..].trim_start_matches(is_part);
            return [&text[..start], word, rest].concat();
        }
        Mutation::LineEnds(end) => return text.replace('\n', end),
    }
    lines.join("\n")
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "any position will do"
)]
fn share(at: f64, length: usize) -> usize {
    ((length as f64 * at) as usize).min(length)
}

fn range(start: usize, count: usize, length: usize) -> std::ops::Range<usize> {
    start.min(length)..(start + count).min(length)
}

/// A position between two characters.
fn boundary(text: &str, at: f64) -> usize {
    let mut at = share(at, text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

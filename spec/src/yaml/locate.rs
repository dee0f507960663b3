//! The line of a YAML text that a JSON pointer leads to.
//!
//! It reads indentation alone, which is all there is to the block style that documents are written
//! in: the keys of a mapping are the lines with the indentation of its first key, and what belongs
//! to a key stands deeper. So scalars of several lines need no understanding, and a text of another
//! style costs precision, nothing else: the line of the deepest place that is found counts.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, HashMap, hash_map::Entry},
    ops::Range,
    rc::Rc,
};

/// The lines of a text.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    lines: Vec<Line<'a>>,
    /// What has been looked into, so that many places are found in one reading.
    known: RefCell<BTreeMap<BlockKey, Rc<Members<'a>>>>,
}

impl<'a> Lines<'a> {
    /// The lines of `text`.
    pub fn of(text: &'a str) -> Self {
        let numbered = text.lines().enumerate();
        Self {
            lines: numbered
                .map(|(index, line)| Line::new(index + 1, line))
                .filter(Line::says_something)
                .collect(),
            known: RefCell::default(),
        }
    }

    /// The line, counted from 1, of the place that `pointer` names, or of the nearest place above it
    /// that is there.
    pub fn find(&self, pointer: &str) -> usize {
        let mut block = Block {
            first: None,
            rest: 0..self.lines.len(),
        };
        let mut found = self.head(&block).map_or(1, |line| line.number);
        for segment in pointer.split('/').skip(1) {
            let segment = super::unescape(segment);
            let members = self.members(&block);
            let member = match &*members {
                Members::Keys(keys) => keys.get(segment.as_str()),
                Members::Items(items) => segment
                    .parse()
                    .ok()
                    .and_then(|index: usize| items.get(index)),
            };
            let Some((line, inside)) = member else {
                break;
            };
            found = *line;
            block = inside.clone();
        }
        found
    }

    fn head(&self, block: &Block<'a>) -> Option<Line<'a>> {
        block
            .first
            .or_else(|| self.lines.get(block.rest.clone())?.first().copied())
    }

    fn members(&self, block: &Block<'a>) -> Rc<Members<'a>> {
        let key = block.key();
        let known = self.known.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let members = Rc::new(self.read(block));
            self.known.borrow_mut().insert(key, Rc::clone(&members));
            members
        })
    }

    /// The members or items of a block: the lines as deep as its head, each with what belongs to it.
    fn read(&self, block: &Block<'a>) -> Members<'a> {
        let Some(head) = self.head(block) else {
            return Members::Items(Vec::new());
        };
        let depth = head.indentation;
        let is_list = head.item().is_some();
        let rest = block.rest.clone();
        let lines = self.lines.get(rest.clone()).unwrap_or_default();
        // The lines of members, and where what belongs to each of them starts.
        let mut starts: Vec<(Option<Line<'a>>, usize)> = Vec::new();
        starts.extend(block.first.map(|first| (Some(first), rest.start)));
        for (index, line) in rest.clone().zip(lines) {
            // The items of a list may stand as deep as the key that it belongs to.
            let belongs = line.indentation > depth
                || (!is_list && line.indentation == depth && line.item().is_some());
            if !belongs {
                starts.push(((line.indentation == depth).then_some(*line), index + 1));
            }
        }
        let ends = starts.iter().skip(1).map(|(_, start)| start - 1);
        let ends: Vec<usize> = ends.chain([rest.end]).collect();
        let members = starts
            .into_iter()
            .zip(ends)
            .filter_map(|((line, start), end)| {
                let line = line?;
                let inside = Block {
                    first: line.item().filter(|_| is_list).filter(Line::says_something),
                    rest: start..end,
                };
                Some((line, (line.number, inside)))
            });
        if is_list {
            return Members::Items(members.map(|(_, member)| member).collect());
        }
        let mut keys = HashMap::new();
        for (line, member) in members {
            if let Some(Entry::Vacant(entry)) = line.key().map(|key| keys.entry(key)) {
                entry.insert(member);
            }
        }
        Members::Keys(keys)
    }
}

/// The line of a member or item, and what belongs to it.
type Member<'a> = (usize, Block<'a>);

/// What a block is made of.
#[derive(Clone, Debug)]
enum Members<'a> {
    Keys(HashMap<Cow<'a, str>, Member<'a>>),
    Items(Vec<Member<'a>>),
}

/// Lines that belong together.
#[derive(Clone, Debug)]
struct Block<'a> {
    /// What stands after the dash, if this is an item of a list.
    first: Option<Line<'a>>,
    /// The lines after that, by index.
    rest: Range<usize>,
}

/// Tells blocks apart. A line of several dashes is the first of as many blocks, each deeper than the
/// one around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct BlockKey {
    /// The number and the indentation of the first line, if it stands after a dash.
    first: Option<(usize, usize)>,
    rest: (usize, usize),
}

impl Block<'_> {
    fn key(&self) -> BlockKey {
        BlockKey {
            first: self.first.map(|line| (line.number, line.indentation)),
            rest: (self.rest.start, self.rest.end),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    number: usize,
    indentation: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn new(number: usize, line: &'a str) -> Self {
        let text = line.trim_start_matches(' ');
        Self {
            number,
            indentation: line.len() - text.len(),
            text: text.trim_end(),
        }
    }

    fn says_something(&self) -> bool {
        !(self.text.is_empty() || self.text.starts_with('#') || self.text == "---")
    }

    /// What stands after the dash of an item, with the indentation it has there.
    fn item(self) -> Option<Self> {
        let rest = self.text.strip_prefix('-')?;
        let text = rest.trim_start_matches(' ');
        (text.len() < rest.len() || rest.is_empty()).then_some(Self {
            indentation: self.indentation + self.text.len() - text.len(),
            text,
            ..self
        })
    }

    /// The key that the line starts with, as it is without quotes.
    fn key(&self) -> Option<Cow<'a, str>> {
        match self.text.chars().next()? {
            quote @ ('"' | '\'') => quoted_key(self.text, quote),
            _ => {
                let colons = self.text.match_indices(':').map(|(at, _)| at);
                let mut ends = colons.filter(|&at| is_end_of_key(self.text.get(at..)));
                let key = self.text.get(..ends.next()?)?;
                Some(Cow::Borrowed(key.trim_end_matches(' ')))
            }
        }
    }
}

/// Whether this is a colon after which a value may stand.
fn is_end_of_key(text: Option<&str>) -> bool {
    let value = text.and_then(|text| text.strip_prefix(':'));
    value.is_some_and(|value| value.is_empty() || value.starts_with(' '))
}

/// The key in quotes at the start of `text`.
fn quoted_key(text: &str, quote: char) -> Option<Cow<'_, str>> {
    let inside = text.strip_prefix(quote)?;
    let mut key = String::new();
    let mut letters = inside.char_indices();
    while let Some((at, letter)) = letters.next() {
        let mut rest = letters.clone();
        match (letter, rest.next()) {
            ('\\', Some((_, next))) if quote == '"' => {
                letters = rest;
                key.push(next);
            }
            ('\'', Some((_, '\''))) if quote == '\'' => {
                letters = rest;
                key.push('\'');
            }
            (letter, _) if letter == quote => {
                let after = inside.get(at + 1..)?.trim_start_matches(' ');
                return is_end_of_key(Some(after)).then_some(Cow::Owned(key));
            }
            (letter, _) => key.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn line_of(text: &str, pointer: &str) -> usize {
        Lines::of(text).find(pointer)
    }

    const DOCUMENT: &str = "\
# Written by a test.
openapi: 3.0.3
paths:
  /gadgets/{id}:
    get:
      description: |-
        parameters: none of these
        - name: nor this

      parameters:
      - name: id
        in: path
      - in: query
        name: colour
      responses:
        '200':
          description: \"a: \\\"b\\\"
            responses: c\"
  'it''s':
    tags: [a, b]
";

    #[test]
    fn pointers_lead_to_lines() {
        for (pointer, line) in [
            ("", 2),
            ("/openapi", 2),
            ("/paths/~1gadgets~1{id}/get", 5),
            ("/paths/~1gadgets~1{id}/get/parameters", 10),
            ("/paths/~1gadgets~1{id}/get/parameters/0", 11),
            ("/paths/~1gadgets~1{id}/get/parameters/0/in", 12),
            ("/paths/~1gadgets~1{id}/get/parameters/1", 13),
            ("/paths/~1gadgets~1{id}/get/parameters/1/name", 14),
            ("/paths/~1gadgets~1{id}/get/responses/200/description", 17),
            ("/paths/it's", 19),
        ] {
            assert_eq!(line_of(DOCUMENT, pointer), line, "{pointer}");
            let crlf = DOCUMENT.replace('\n', "\r\n");
            assert_eq!(line_of(&crlf, pointer), line, "{pointer} with CRLF");
        }
    }

    #[test]
    fn what_is_not_there_leads_to_the_nearest_place_above() {
        for (pointer, line) in [
            ("/nothing/at/all", 2),
            ("/paths/~1widgets", 3),
            ("/paths/~1gadgets~1{id}/get/parameters/2", 10),
            ("/paths/~1gadgets~1{id}/get/parameters/x", 10),
            ("/paths/~1gadgets~1{id}/get/responses/404", 15),
            ("/paths/it's/tags/1", 20),
            ("no pointer", 2),
        ] {
            assert_eq!(line_of(DOCUMENT, pointer), line, "{pointer}");
        }
        for text in ["", "\n\n", "-", "- - -", "{\"a\": 1}", "#"] {
            assert_eq!(line_of(text, "/a/0/b"), 1, "{text:?}");
        }
    }

    #[test]
    fn lists_in_lists() {
        let text = "a:\n- - b: 1\n    c: 2\n  - d: 3\n-\n  e: 4\n";
        assert_eq!(yaml::read(text, "x").unwrap()["a"][0][0]["c"], 2);
        for (pointer, line) in [("/a/0/0/c", 3), ("/a/0/1/d", 4), ("/a/1", 5), ("/a/1/e", 6)] {
            assert_eq!(line_of(text, pointer), line, "{pointer}");
        }
        // The dashes of one line open blocks with the same lines.
        for (text, pointer) in [
            ("- - a: 1\n    b: 2\n", "/0/0/b"),
            ("- - - a: 1\n      b: 2\n", "/0/0/0/b"),
        ] {
            assert_eq!(line_of(text, pointer), 2, "{pointer} in {text}");
        }
    }

    fn tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!([])),
            any::<i32>().prop_map(Value::from),
            "[a-z' :#-]{0,12}(\n[a-z: -]{1,8})?".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z0-9 '/~{}$-]{1,6}", inner, 1..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// Every member of `value`, by pointer.
    fn members(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
        if let Value::Object(map) = value {
            for (key, value) in map {
                let pointer = yaml::child(pointer, key);
                found.push((pointer.clone(), key.clone()));
                members(value, &pointer, found);
            }
        } else if let Value::Array(items) = value {
            for (index, item) in items.iter().enumerate() {
                members(item, &yaml::child(pointer, index), found);
            }
        }
    }

    proptest! {
        /// Every member of a document that this crate has written is found, each on its own line.
        #[test]
        fn every_key_of_a_written_document_is_found(value in tree()) {
            let text = yaml::write(&value).unwrap();
            let lines: Vec<&str> = text.lines().collect();
            let mut found = Vec::new();
            members(&value, "", &mut found);
            let mut before = 0;
            for (pointer, key) in found {
                let line = line_of(&text, &pointer);
                prop_assert!(line > before, "{pointer} at {line} after {before} in\n{text}");
                before = line;
                let quoted = key.replace('\'', "''");
                prop_assert!(
                    [key, quoted].iter().any(|key| lines[line - 1].contains(key)),
                    "{pointer} at {line} in\n{text}"
                );
            }
        }

        #[test]
        fn any_text_has_a_line(text in "[a:'\" \n#-]{0,60}", pointer in "(/[a0:'-]{0,2}){0,5}") {
            prop_assert!(line_of(&text, &pointer) <= text.lines().count().max(1));
        }
    }
}

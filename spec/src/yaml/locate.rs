//! Finds the line of a JSON pointer in a YAML text.
//!
//! It reads only indentation, because documents are written in block
//! style: the keys of a mapping are the lines with the indentation of its first key, and the value
//! of a key is indented deeper. So it need not parse scalars of several lines, and for a text in another
//! style it is only less precise: it returns the line of the deepest place that it finds.

use std::collections::HashMap;

use super::unescape;

/// The lines of a text, as a tree: each place is a number.
#[derive(Clone, Debug)]
pub struct Lines {
    /// The members of each place, by key or index.
    members: HashMap<(usize, String), usize>,
    /// The line of each place; the whole text is the first.
    lines: Vec<usize>,
}

/// A mapping or a list that the current line may belong to.
struct Block {
    indentation: usize,
    is_list: bool,
    place: usize,
    /// Its last member, and the number of members.
    last: usize,
    members: usize,
}

impl Lines {
    /// The lines of `text`.
    pub fn of(text: &str) -> Self {
        let mut lines = Self {
            members: HashMap::new(),
            lines: Vec::new(),
        };
        let mut blocks: Vec<Block> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let mut rest = line.trim_start_matches(' ');
            while !(rest.is_empty() || rest.starts_with('#') || rest == "---") {
                if lines.lines.is_empty() {
                    lines.lines.push(index + 1);
                }
                let indentation = line.len() - rest.len();
                let item = item(rest);
                let key = match item {
                    Some(_) => None,
                    None => match key(rest) {
                        Some(key) => Some(key),
                        None => break,
                    },
                };
                let block = block(&mut blocks, indentation, item.is_some());
                let key = key.unwrap_or_else(|| block.members.to_string());
                block.members += 1;
                block.last = lines.member(block.place, key, index + 1);
                match item {
                    Some(after) => rest = after,
                    None => break,
                }
            }
        }
        lines
    }

    /// The place of a member. The first one of its key counts.
    fn member(&mut self, place: usize, key: String, line: usize) -> usize {
        let next = self.lines.len();
        let member = *self.members.entry((place, key)).or_insert(next);
        if member == next {
            self.lines.push(line);
        }
        member
    }

    /// The line, counted from 1, of the place at `pointer`, or of the nearest existing
    /// place above it.
    pub fn find(&self, pointer: &str) -> usize {
        let mut place = 0;
        for segment in pointer.split('/').skip(1) {
            match self.members.get(&(place, unescape(segment))) {
                Some(member) => place = *member,
                None => break,
            }
        }
        self.lines.get(place).copied().unwrap_or(1)
    }
}

/// The block whose members have this indentation, or a new one in the last member of the block around it.
fn block(blocks: &mut Vec<Block>, indentation: usize, is_list: bool) -> &mut Block {
    // The items of a list may stand as deep as the key that it belongs to.
    let is_over = |block: &mut Block| {
        block.indentation > indentation
            || (block.indentation == indentation && block.is_list && !is_list)
    };
    while blocks.pop_if(is_over).is_some() {}
    let is_same = |block: &Block| block.indentation == indentation && block.is_list == is_list;
    if !blocks.last().is_some_and(is_same) {
        blocks.push(Block {
            indentation,
            is_list,
            place: blocks.last().map_or(0, |around| around.last),
            last: 0,
            members: 0,
        });
    }
    let index = blocks.len() - 1;
    &mut blocks[index]
}

/// The text after the dash of an item.
fn item(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('-')?;
    let text = rest.trim_start_matches(' ');
    (text.len() < rest.len() || rest.is_empty()).then_some(text)
}

/// The key that the line starts with, as it is without quotes.
fn key(text: &str) -> Option<String> {
    let is_end = |rest: &str| {
        let value = rest.strip_prefix(':');
        value.is_some_and(|value| value.is_empty() || value.starts_with(' '))
    };
    if text.starts_with(['"', '\'']) {
        let (key, rest) = text.split_at_checked(end_of_quotes(text)?)?;
        return is_end(rest.trim_start()).then(|| serde_yaml::from_str(key).ok())?;
    }
    let mut colons = text.match_indices(':').map(|(at, _)| text.split_at(at));
    let (key, _) = colons.find(|(_, rest)| is_end(rest))?;
    Some(key.trim_end().to_owned())
}

/// The end of the quoted text at the start of `text`.
fn end_of_quotes(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().peekable();
    let (_, quote) = letters.next()?;
    while let Some((at, letter)) = letters.next() {
        let is_quote = |next: &(usize, char)| next.1 == '\'' && quote == '\'';
        if letter == '\\' && quote == '"' {
            letters.next();
        } else if letter == quote && letters.next_if(is_quote).is_none() {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{self, child};
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
    fn a_missing_place_has_the_line_of_the_nearest_place_above() {
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
                let pointer = child(pointer, key);
                found.push((pointer.clone(), key.clone()));
                members(value, &pointer, found);
            }
        } else if let Value::Array(items) = value {
            for (index, item) in items.iter().enumerate() {
                members(item, &child(pointer, index), found);
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

//! From the text of a saved response to definitions, each with the line it stands on.

use std::collections::{BTreeMap, HashMap};

use heffl_finding::Finding;
use serde_json::{Value, value::RawValue};

use crate::{
    define::definition,
    definitions::{Definition, Definitions, Entity, Place, Response},
    names,
    text::{Members, Node, Text, step, within},
};

const FORMS: &str = "save the response of GET /custom-fields as it comes, an array of definitions, or an object \
                     with one of these for each kind of record: {\"deals\": …, \"tasks\": …}";

pub(super) fn read(response: &Response<'_>) -> Result<Definitions, Vec<Finding>> {
    let mut reader = Reader::new(response);
    reader.file();
    let mut entities: Vec<Entity> = reader.entities.into_values().collect();
    if reader.problems.is_empty() && entities.is_empty() {
        let problem = match &reader.wanted {
            Some(wanted) => finding(
                "custom-fields-no-such-entity",
                response.file,
                format!("there is no definition for `{wanted}`"),
            )
            .help(match reader.others.as_slice() {
                [] => FORMS.to_owned(),
                others => format!("there are some for {}", others.join(", ")),
            }),
            None => undetermined(response.file, 1),
        };
        reader.problems.push(problem);
    }
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    for entity in &mut entities {
        entity.fields.sort_by(|a, b| a.key.cmp(&b.key));
    }
    Ok(Definitions {
        file: response.file.to_owned(),
        only: response.entity.map(str::to_owned),
        entities,
    })
}

struct Reader<'a> {
    file: &'a str,
    text: Text<'a>,
    /// The kind of record that is wanted.
    wanted: Option<&'a str>,
    /// Kinds of record that are there and not wanted.
    others: Vec<String>,
    /// By the name of their types.
    entities: BTreeMap<String, Entity>,
    /// Where each key of each kind of record is: name of its types and key → position.
    known: HashMap<(String, String), usize>,
    problems: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn new(response: &Response<'a>) -> Self {
        Self {
            file: response.file,
            text: Text::new(response.text),
            wanted: response.entity,
            others: Vec::new(),
            entities: BTreeMap::new(),
            known: HashMap::new(),
            problems: Vec::new(),
        }
    }

    fn file(&mut self) {
        if let Some(wanted) = self.wanted
            && !is_entity(wanted)
        {
            self.refuse_entity(wanted, 1);
            return;
        }
        let mut values = Vec::new();
        for value in serde_json::Deserializer::from_str(self.text.text).into_iter::<&RawValue>() {
            match value {
                Ok(raw) => values.push(Node {
                    raw,
                    pointer: String::new(),
                }),
                Err(error) => {
                    let problem = finding(
                        "custom-fields-not-json",
                        self.file,
                        format!("the text is not JSON: {error}"),
                    );
                    self.problems
                        .push(problem.line(error.line().max(1)).help(FORMS));
                    return;
                }
            }
        }
        if values.is_empty() {
            self.refuse("the file is empty", 1, "");
        }
        let mut pages = Pages::default();
        for value in values {
            self.value(&value, &mut pages);
        }
        self.end_of_list(&pages);
    }

    /// One value of the file.
    fn value(&mut self, node: &Node<'a>, pages: &mut Pages) {
        let members = match node.first() {
            b'[' => return self.list(node, None, pages),
            b'{' => match self.members(node) {
                Some(members) => members,
                None => return,
            },
            _ => return self.refuse_shape(node),
        };
        let is_list = |(_, raw): &(String, &RawValue)| raw.get().starts_with(['[', '{']);
        if is_page(&members) {
            self.page(node, &members, None, pages);
        } else if members.get("key").is_some() {
            self.definition(node, members, None);
        } else if !members.0.is_empty() && members.0.iter().all(is_list) {
            for (name, raw) in members.0 {
                let pointer = step(&node.pointer, &name);
                self.named(&name, &Node { raw, pointer });
            }
        } else {
            self.refuse_shape(node);
        }
    }

    /// The definitions of one kind of record: an array, or a response.
    fn named(&mut self, entity: &str, node: &Node<'a>) {
        let line = self.text.line(node.raw);
        if !is_entity(entity) {
            return self.refuse_entity(entity, line);
        }
        let mut pages = Pages::default();
        if node.first() == b'[' {
            self.list(node, Some(entity), &mut pages);
        } else if let Some(members) = self.members(node) {
            if is_page(&members) {
                self.page(node, &members, Some(entity), &mut pages);
            } else {
                self.refuse_shape(node);
            }
        }
        self.end_of_list(&pages);
    }

    /// An array of definitions, or of pages.
    fn list(&mut self, node: &Node<'a>, entity: Option<&str>, pages: &mut Pages) {
        // It may be empty: a kind of record without custom fields.
        if let Some(entity) = entity.or(self.wanted) {
            self.entity(entity, node);
        }
        for element in self.elements(node) {
            let members = match element.first() {
                b'{' => self.members(&element),
                _ => {
                    self.refuse_shape(&element);
                    None
                }
            };
            match members {
                Some(members) if is_page(&members) => {
                    self.page(&element, &members, entity, pages);
                }
                Some(members) => self.definition(&element, members, entity),
                None => {}
            }
        }
    }

    /// `{"data": […], "meta": …}`
    fn page(
        &mut self,
        node: &Node<'a>,
        members: &Members<'a>,
        entity: Option<&str>,
        pages: &mut Pages,
    ) {
        let Some(raw) = members.get("data") else {
            return;
        };
        let data = Node {
            raw,
            pointer: step(&node.pointer, "data"),
        };
        if data.first() != b'[' {
            return self.refuse_shape(&data);
        }
        if let Some(entity) = entity.or(self.wanted) {
            self.entity(entity, &data);
        }
        for element in self.elements(&data) {
            match element.first() {
                b'{' => {
                    if let Some(members) = self.members(&element) {
                        self.definition(&element, members, entity);
                    }
                }
                _ => self.refuse_shape(&element),
            }
        }
        let more = members
            .get("meta")
            .and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok())
            .is_some_and(|meta| meta["hasMore"] == true);
        pages.goes_on = more.then(|| self.text.line(node.raw));
    }

    fn end_of_list(&mut self, pages: &Pages) {
        if let Some(line) = pages.goes_on {
            let problem = finding(
                "custom-fields-incomplete",
                self.file,
                "the response announces more pages, but no page follows",
            );
            self.problems.push(
                problem
                    .line(line)
                    .help("save all pages, one after the other"),
            );
        }
    }

    fn definition(&mut self, node: &Node<'a>, members: Members<'a>, entity: Option<&str>) {
        let place = self.place(node);
        let mut details = BTreeMap::new();
        for (name, raw) in members.0 {
            match serde_json::from_str::<Value>(raw.get()) {
                Ok(value) => details.insert(name, value),
                Err(error) => return self.refuse(&within(&error), place.line, &node.pointer),
            };
        }
        let own = match details.remove("entity") {
            Some(Value::String(own)) => Some(own),
            _ => None,
        };
        // A place in the file says more than a word in the definition.
        let Some(entity) = entity.or(own.as_deref()).or(self.wanted) else {
            if self.problems.is_empty() {
                self.problems.push(undetermined(self.file, place.line));
            }
            return;
        };
        if !is_entity(entity) {
            return self.refuse_entity(entity, place.line);
        }
        let Some(Value::String(key)) = details.remove("key") else {
            let message = "a definition has no `key`, or its `key` is not text";
            return self.refuse(message, place.line, &node.pointer);
        };
        if key.len() <= "cf_".len() || !key.starts_with("cf_") || key.contains(char::is_control) {
            let message = format!("`{}` is not the key of a custom field", key.escape_debug());
            let problem = finding("custom-fields-key", self.file, message);
            self.problems.push(
                problem
                    .line(place.line)
                    .pointer(&*node.pointer)
                    .help("keys begin with `cf_`, and have no control characters"),
            );
            return;
        }
        let definition = definition(key, details, place);
        self.add(entity, node, definition);
    }

    /// Keeps a definition. One that is there already is a mistake only if it says something else.
    fn add(&mut self, entity: &str, node: &Node<'a>, definition: Definition) {
        let file = self.file;
        let Some(of) = self.entity(entity, node) else {
            return;
        };
        let (name, at) = (of.name.clone(), of.fields.len());
        let known = (names::entity(&name), definition.key.clone());
        match self.known.get(&known) {
            None => {
                self.known.insert(known.clone(), at);
                if let Some(of) = self.entities.get_mut(&known.0) {
                    of.fields.push(definition);
                }
            }
            Some(at) => {
                let before = self
                    .entities
                    .get(&known.0)
                    .and_then(|of| of.fields.get(*at));
                if let Some(before) = before.filter(|before| !before.says_the_same(&definition)) {
                    let message = format!(
                        "`{}` of {name} is defined in two ways, here and in line {}",
                        definition.key, before.place.line
                    );
                    let problem = finding("custom-fields-twice", file, message)
                        .line(definition.place.line)
                        .pointer(definition.place.pointer)
                        .help("keep one of them; definitions of different pipelines belong in separate files");
                    self.problems.push(problem);
                }
            }
        }
    }

    /// The kind of record, with no definitions if it is new; none if it is not wanted.
    fn entity(&mut self, name: &str, node: &Node<'a>) -> Option<&mut Entity> {
        let plain = names::entity(name);
        if let Some(wanted) = self.wanted
            && names::entity(wanted) != plain
        {
            if !self.others.iter().any(|other| other == name) {
                self.others.push(name.to_owned());
            }
            return None;
        }
        let place = self.place(node);
        Some(self.entities.entry(plain).or_insert_with(|| Entity {
            name: name.to_owned(),
            place,
            fields: Vec::new(),
        }))
    }

    fn members(&mut self, node: &Node<'a>) -> Option<Members<'a>> {
        let members = serde_json::from_str(node.raw.get());
        members
            .map_err(|error| {
                let line = self.text.line(node.raw) + error.line().saturating_sub(1);
                self.refuse(&within(&error), line, &node.pointer);
            })
            .ok()
    }

    fn elements(&mut self, node: &Node<'a>) -> Vec<Node<'a>> {
        match serde_json::from_str::<Vec<&RawValue>>(node.raw.get()) {
            Ok(elements) => elements
                .into_iter()
                .enumerate()
                .map(|(index, raw)| Node {
                    raw,
                    pointer: format!("{}/{index}", node.pointer),
                })
                .collect(),
            Err(error) => {
                let line = self.text.line(node.raw) + error.line().saturating_sub(1);
                self.refuse(&within(&error), line, &node.pointer);
                Vec::new()
            }
        }
    }

    fn place(&self, node: &Node<'a>) -> Place {
        Place {
            line: self.text.line(node.raw),
            pointer: node.pointer.clone(),
        }
    }

    fn refuse(&mut self, message: &str, line: usize, pointer: &str) {
        let problem = finding("custom-fields-shape", self.file, message);
        let problem = problem.line(line).help(FORMS);
        self.problems.push(if pointer.is_empty() {
            problem
        } else {
            problem.pointer(pointer)
        });
    }

    fn refuse_shape(&mut self, node: &Node<'a>) {
        let line = self.text.line(node.raw);
        self.refuse(
            "this is neither a definition nor a list of definitions",
            line,
            &node.pointer,
        );
    }

    fn refuse_entity(&mut self, name: &str, line: usize) {
        let message = format!("`{}` is not a kind of record", name.escape_debug());
        self.problems.push(
            finding("custom-fields-entity", self.file, message)
                .line(line)
                .help("kinds of record are words such as `deals` or `contacts`"),
        );
    }
}

/// Where a list of pages stands.
#[derive(Default)]
struct Pages {
    /// The line of the last page, if that says that another one follows.
    goes_on: Option<usize>,
}

/// A definition may have a member `data`, too; it has a key then.
fn is_page(members: &Members<'_>) -> bool {
    members.get("data").is_some() && members.get("key").is_none()
}

/// Whether a type can be named after it.
fn is_entity(name: &str) -> bool {
    let plain = |character: char| character.is_alphanumeric() || "-_ ".contains(character);
    let first = names::entity(name).chars().next();
    first.is_some_and(char::is_alphabetic) && name.chars().all(plain) && name.len() <= 60
}

fn finding(rule: &'static str, file: &str, message: impl Into<String>) -> Finding {
    Finding::new(rule, message).file(file)
}

fn undetermined(file: &str, line: usize) -> Finding {
    finding(
        "custom-fields-entity",
        file,
        "the response does not name the kind of record of these definitions",
    )
    .line(line)
    .help("name it, as in `--entity deals`")
}

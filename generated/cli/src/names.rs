//! Names in place of identifiers: `--stage Negotiation`, `--owner ada@example.com`.

use std::{borrow::Cow, collections::HashMap};

use heffl::Client;

use crate::{
    cache,
    data::{self, Val},
    failure::Failure,
    globals::Globals,
    pages::{self, Pages},
    table::{self, Field, Id, Kind, Operation},
};

/// The fields that have the name of a record.
const KEYS: [&str; 7] = ["name", "title", "label", "email", "phone", "number", "sku"];

/// The parameter that searches a list.
const SEARCH: &str = "search";

/// The most names that a message lists.
const MOST_LISTED: usize = 10;

/// The lists to look up names in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LookUp {
    /// Saved lists, and lists from the server.
    Usual,
    /// Lists from the server.
    Fresh,
    /// Saved lists, because no request may be sent.
    Offline,
}

/// Finds identifiers by names.
pub(crate) struct Finder<'a> {
    globals: &'a Globals,
    client: &'a Client,
    look_up: LookUp,
    /// The identifiers known so far, by kind: a stage is searched for in the given pipeline.
    known: Vec<(&'static str, String)>,
    /// The lists read so far, by operation and search text.
    read: HashMap<(&'static str, String), List>,
}

/// The records of a list.
struct List {
    records: Vec<Val>,
    /// The list was saved by an earlier command.
    is_saved: bool,
}

/// A record whose name matches.
struct Candidate {
    id: String,
    names: Vec<String>,
    /// The name of the record that contains it.
    parent: Option<(&'static str, String, String)>,
}

/// A list that has records of a kind: itself, or in a field of its records.
struct Source {
    operation: &'static Operation,
    field: Option<&'static str>,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(globals: &'a Globals, client: &'a Client, look_up: LookUp) -> Self {
        Self {
            globals,
            client,
            look_up,
            known: Vec::new(),
            read: HashMap::new(),
        }
    }

    /// Replaces names in the values of a request by identifiers. Records that are in others come last.
    pub(crate) async fn replace(
        &mut self,
        values: &mut [(&'static Field, &mut Val)],
    ) -> Result<(), Failure> {
        self.known.clear();
        for is_last in [false, true] {
            for (field, value) in values.iter_mut() {
                let Kind::Id(kind) = *field.kind.item() else {
                    continue;
                };
                let sources = sources(kind);
                if sources.iter().any(|source| source.field.is_some()) != is_last {
                    continue;
                }
                // A path has one parameter, which is not a flag.
                let flag = match field.flag {
                    "id" => String::from("ID"),
                    flag => format!("--{flag}"),
                };
                let given = match &**value {
                    Val::Arr(items) => items.as_slice(),
                    one => std::slice::from_ref(one),
                };
                let mut ids = Vec::new();
                for text in given {
                    ids.push(self.id(&flag, kind, &sources, text).await?);
                }
                let known = ids.iter().filter_map(data::text);
                self.known
                    .extend(known.map(|id| (kind.of, id.into_owned())));
                **value = match &**value {
                    Val::Arr(_) => ids.into_iter().collect(),
                    _ => ids.pop().unwrap_or_default(),
                };
            }
        }
        Ok(())
    }

    async fn id(
        &mut self,
        flag: &str,
        kind: &Id,
        sources: &[Source],
        value: &Val,
    ) -> Result<Val, Failure> {
        let Some(text) = data::text(value).filter(|text| is_name(kind, text)) else {
            return Ok(value.clone());
        };
        let what = kind.of.replace('-', " ");
        // A kind without a prefix has no names.
        let like = format!("{}…", kind.prefix.unwrap_or_default());
        if sources.is_empty() {
            let message = format!("{flag}: {text} is not the identifier of a {what}, {like}");
            return Err(Failure::usage(message).hint(format!(
                "the API has no list of {what}s to look a name up in"
            )));
        }
        let mut candidates = self.candidates(sources, &text).await?;
        let is_known = candidates
            .as_deref()
            .is_some_and(|known| !matches(known, &text).is_empty());
        // The record may be newer than the list that was saved.
        if !is_known && self.forget() {
            candidates = self.candidates(sources, &text).await?;
        }
        let Some(candidates) = candidates else {
            let message = format!(
                "{flag}: {text} is not an identifier, and a name cannot be looked up without a request"
            );
            return Err(Failure::usage(message).hint(format!("give the identifier, {like}")));
        };
        let found = matches(&candidates, &text);
        match found.as_slice() {
            [one] => Ok(data::text_value(&one.id)),
            [] => {
                let failure = Failure::usage(format!("{flag}: no {what} is called {text}"));
                let names: Vec<&str> = candidates
                    .iter()
                    .filter_map(|candidate| Some(candidate.names.first()?.as_str()))
                    .take(MOST_LISTED)
                    .collect();
                Err(if names.is_empty() {
                    failure.hint(format!("give the identifier, {like}"))
                } else {
                    failure.hint(format!("there are: {}", names.join(", ")))
                })
            }
            several => {
                let listed: Vec<String> = several.iter().map(|it| it.described()).collect();
                let message = format!("{flag}: several {what}s are called {text}");
                Err(Failure::usage(message).hint(format!(
                    "give one of these identifiers: {}",
                    listed.join(", ")
                )))
            }
        }
    }

    /// Forgets lists that were saved, if there are any and others can be read.
    fn forget(&mut self) -> bool {
        let count = self.read.len();
        if self.look_up == LookUp::Usual {
            self.look_up = LookUp::Fresh;
            self.read.retain(|_, list| !list.is_saved);
        }
        self.read.len() < count
    }

    /// The records that a text may mean. `None` if the lists were not read and no request may be sent.
    async fn candidates(
        &mut self,
        sources: &[Source],
        text: &str,
    ) -> Result<Option<Vec<Candidate>>, Failure> {
        let mut candidates = Vec::new();
        for Source { operation, field } in sources {
            let is_searched = field.is_none() && operation.query.iter().any(|it| it.name == SEARCH);
            let search = if is_searched { text } else { "" };
            let Some(records) = self.list(operation, search).await? else {
                return Ok(None);
            };
            for record in records {
                let record_itself = candidate(record, None);
                let Some(field) = field else {
                    candidates.extend(record_itself);
                    continue;
                };
                let parent = record_itself.map(|Candidate { id, names, .. }| {
                    let name = names.into_iter().next().unwrap_or_default();
                    (record_kind(operation.record), id, name)
                });
                let inner = data::member(record, field).map_or(&[][..], data::items);
                let inner = inner.iter();
                candidates.extend(inner.filter_map(|inner| candidate(inner, parent.clone())));
            }
        }
        candidates.retain(|candidate| {
            candidate.parent.as_ref().is_none_or(|(of, id, _)| {
                let mut known = self.known.iter().filter(|(kind, _)| kind == of).peekable();
                known.peek().is_none() || known.any(|(_, known)| known == id)
            })
        });
        Ok(Some(candidates))
    }

    /// The records of a list. `None` if they are not saved, and no request may be sent.
    async fn list(
        &mut self,
        operation: &'static Operation,
        search: &str,
    ) -> Result<Option<&[Val]>, Failure> {
        let key = (operation.id, search.to_owned());
        if !self.read.contains_key(&key) {
            let can_be_saved = search.is_empty() && self.look_up != LookUp::Fresh;
            let saved = can_be_saved.then(|| cache::read(self.globals, operation.id));
            let saved = saved.flatten();
            let is_saved = saved.is_some();
            let records = match saved {
                Some(records) => records,
                None if self.look_up == LookUp::Offline => return Ok(None),
                None => self.records(operation, search).await?,
            };
            self.read.insert(key.clone(), List { records, is_saved });
        }
        Ok(self.read.get(&key).map(|list| &*list.records))
    }

    /// All records of a list, which are saved, or those that the server's search finds.
    async fn records(
        &self,
        operation: &'static Operation,
        search: &str,
    ) -> Result<Vec<Val>, Failure> {
        let Some(page) = &operation.page else {
            return Ok(Vec::new());
        };
        let mut call = pages::call(self.client, operation)?;
        if !search.is_empty() {
            call = call.query(SEARCH, search);
        }
        let mut pages = Pages::new(call, page);
        let mut records = Vec::new();
        loop {
            records.extend(pages.next(usize::MAX).await?);
            if !pages.can_go_on() {
                break;
            }
        }
        if search.is_empty() {
            cache::write(self.globals, operation.id, &records);
        }
        Ok(records)
    }
}

/// Whether the text is the name of a record, and not an identifier. The client checks the kind of an identifier.
pub(crate) fn is_name(id: &Id, text: &str) -> bool {
    let is_id = |prefix| text.starts_with(prefix);
    let is_known = id.prefix.is_none_or(is_id) || table::prefixes().any(is_id);
    !text.is_empty() && !is_known
}

/// The records of that name: exactly, or else ignoring case.
fn matches<'a>(candidates: &'a [Candidate], text: &str) -> Vec<&'a Candidate> {
    let by = |is_it: &dyn Fn(&str) -> bool| -> Vec<&Candidate> {
        let is_it = |candidate: &&Candidate| candidate.names.iter().any(|name| is_it(name));
        candidates.iter().filter(is_it).collect()
    };
    let exact = by(&|name| name == text);
    if exact.is_empty() {
        return by(&|name| name.to_lowercase() == text.to_lowercase());
    }
    exact
}

impl Candidate {
    /// Its identifier and name, for a message.
    fn described(&self) -> String {
        // The name is printed to a terminal.
        let plain = |text: &str| text.replace(char::is_control, " ");
        let name = plain(self.names.first().map_or("", String::as_str));
        let id = plain(&self.id);
        match &self.parent {
            Some((of, _, parent)) => format!("{id} ({name} in {of} {})", plain(parent)),
            None => format!("{id} ({name})"),
        }
    }
}

fn candidate(record: &Val, parent: Option<(&'static str, String, String)>) -> Option<Candidate> {
    let text = |key: &str| data::member(record, key).and_then(data::text);
    let mut names: Vec<String> = KEYS
        .into_iter()
        .filter_map(|key| text(key).map(Cow::into_owned))
        .collect();
    if let (Some(first), Some(last)) = (text("firstName"), text("lastName")) {
        names.push(format!("{first} {last}"));
    }
    Some(Candidate {
        id: text("id")?.into_owned(),
        names,
        parent,
    })
}

/// The lists that have records of a kind, those of the newer version if there are any.
fn sources(kind: &Id) -> Vec<Source> {
    let is_it = |fields: &[Field]| is_kind_of(kind, record_kind(fields));
    let is_list_of_it = |field: &&Field| match (field.kind, field.kind.item()) {
        (Kind::List(_), Kind::Object(fields)) => is_it(fields),
        _ => false,
    };
    let source = |operation: &'static Operation| {
        operation.page.as_ref()?;
        let mut fields = operation.record.iter();
        let field = if is_it(operation.record) {
            None
        } else {
            Some(fields.find(is_list_of_it)?.name)
        };
        Some(Source { operation, field })
    };
    let mut sources: Vec<Source> = table::all().filter_map(source).collect();
    if let Some(newest) = sources.first().map(|source| source.operation.version) {
        sources.retain(|source| source.operation.version == newest);
    }
    if sources.iter().any(|source| source.field.is_none()) {
        sources.retain(|source| source.field.is_none());
    }
    sources
}

/// Whether identifiers of a kind are those of some records.
pub(crate) fn is_kind_of(id: &Id, of: &str) -> bool {
    id.of == of || id.includes.contains(&of)
}

/// The kind of a record, by its identifier.
pub(crate) fn record_kind(fields: &[Field]) -> &'static str {
    let id = fields.iter().find(|field| field.name == "id");
    match id.map(|field| field.kind) {
        Some(Kind::Id(id)) => id.of,
        _ => "",
    }
}

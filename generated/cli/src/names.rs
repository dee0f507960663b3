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
                let flag = flag.as_str();
                match &mut **value {
                    Val::Arr(items) => {
                        let mut found = Vec::new();
                        for item in items.iter() {
                            found.push(self.id(flag, kind, &sources, item).await?);
                        }
                        **value = found.into_iter().collect();
                    }
                    one => *one = self.id(flag, kind, &sources, one).await?,
                }
                let ids = match &**value {
                    Val::Arr(items) => items.as_slice(),
                    one => std::slice::from_ref(one),
                };
                let ids = ids.iter().filter_map(data::text);
                self.known.extend(ids.map(|id| (kind.of, id.into_owned())));
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
        let Some(text) = data::text(value) else {
            return Ok(value.clone());
        };
        let Id { of, prefix, .. } = kind;
        // The client checks the kind of the identifier before it sends the request.
        let mut prefixes = table::prefixes().chain(*prefix);
        let is_id = prefix.is_none() || prefixes.any(|prefix| text.starts_with(prefix));
        if is_id || text.is_empty() {
            return Ok(value.clone());
        }
        let what = of.replace('-', " ");
        let like = prefix
            .map(|prefix| format!("{prefix}…"))
            .unwrap_or_default();
        if sources.is_empty() {
            let message = format!("{flag}: {text} is not the identifier of a {what}, {like}");
            return Err(Failure::usage(message).hint(format!(
                "the API has no list of {what}s to look a name up in"
            )));
        }
        let mut candidates = self.all_candidates(sources, &text).await?;
        let is_known = candidates
            .as_deref()
            .is_some_and(|known| !matches(known, &text).is_empty());
        // The record may be newer than the list that was saved.
        if !is_known && self.forget() {
            candidates = self.all_candidates(sources, &text).await?;
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
                let listed: Vec<String> = several.iter().map(ToString::to_string).collect();
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

    /// The records that a text may mean, from the lists read so far. `None` if the lists were not read
    /// and no request may be sent.
    async fn all_candidates(
        &mut self,
        sources: &[Source],
        text: &str,
    ) -> Result<Option<Vec<Candidate>>, Failure> {
        let mut candidates = Vec::new();
        for source in sources {
            match self.candidates(source, text).await? {
                Some(more) => candidates.extend(more),
                None => return Ok(None),
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

    /// The records of one list.
    async fn candidates(
        &mut self,
        source: &Source,
        text: &str,
    ) -> Result<Option<Vec<Candidate>>, Failure> {
        let operation = source.operation;
        let is_searched =
            source.field.is_none() && operation.query.iter().any(|it| it.name == SEARCH);
        let search = if is_searched { text } else { "" };
        let key = (operation.id, search.to_owned());
        if !self.read.contains_key(&key) {
            let can_be_saved = search.is_empty() && self.look_up != LookUp::Fresh;
            let saved = can_be_saved.then(|| cache::read(self.globals, operation.id));
            let list = match saved.flatten() {
                Some(records) => List {
                    records,
                    is_saved: true,
                },
                None if self.look_up == LookUp::Offline => return Ok(None),
                None => List {
                    records: self.records(operation, search).await?,
                    is_saved: false,
                },
            };
            self.read.insert(key.clone(), list);
        }
        let list = self.read.get(&key).into_iter();
        let records = list.flat_map(|list| &list.records);
        let Some(field) = source.field else {
            let candidates = records.filter_map(|record| candidate(record, None));
            return Ok(Some(candidates.collect()));
        };
        let of = record_kind(operation.record);
        let inner = records.flat_map(|record| {
            let parent = candidate(record, None).map(|parent| {
                let name = parent.names.into_iter().next().unwrap_or_default();
                (of, parent.id, name)
            });
            let list = data::member(record, field).map(data::items);
            let list = list.into_iter().flatten();
            list.filter_map(move |record| candidate(record, parent.clone()))
        });
        Ok(Some(inner.collect()))
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
        let mut pages = Pages::new(call, page, None);
        let mut records = Vec::new();
        loop {
            records.extend(pages.next(page.size.map(|(_, largest)| largest)).await?);
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

impl std::fmt::Display for Candidate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The name is printed to a terminal.
        let plain = |text: &str| text.replace(char::is_control, " ");
        let name = plain(self.names.first().map_or("", String::as_str));
        let id = plain(&self.id);
        match &self.parent {
            Some((of, _, parent)) => write!(formatter, "{id} ({name} in {of} {})", plain(parent)),
            None => write!(formatter, "{id} ({name})"),
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
    let is_it = |fields: &[Field]| {
        let of = record_kind(fields);
        kind.of == of || kind.includes.contains(&of)
    };
    let source = |operation: &'static Operation| {
        operation.page.as_ref()?;
        if is_it(operation.record) {
            return Some(Source {
                operation,
                field: None,
            });
        }
        let field = operation.record.iter().find(|field| {
            matches!((field.kind, field.kind.item()), (Kind::List(_), Kind::Object(fields)) if is_it(fields))
        })?;
        Some(Source {
            operation,
            field: Some(field.name),
        })
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

/// The kind of a record, by its identifier.
pub(crate) fn record_kind(fields: &[Field]) -> &'static str {
    let id = fields.iter().find(|field| field.name == "id");
    match id.map(|field| field.kind) {
        Some(Kind::Id(id)) => id.of,
        _ => "",
    }
}

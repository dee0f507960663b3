//! Makes the call of an operation from its flags.

use clap::ArgMatches;
use heffl::Client;

use crate::{
    body::{self, Members},
    data::{self, Val},
    failure::Failure,
    fields::saved,
    flags::{self, Place},
    globals::Globals,
    names::Finder,
    pages,
    table::{Field, Filters, Operation, RawCall},
};

/// The request of a command line.
pub(crate) struct Request {
    operation: &'static Operation,
    path: Vec<(&'static Field, Val)>,
    query: Vec<(&'static Field, Val)>,
    /// Values that a list is filtered by.
    conditions: Vec<(&'static Field, Val)>,
    members: Members,
}

impl Request {
    pub(crate) fn read(
        globals: &Globals,
        operation: &'static Operation,
        matches: &ArgMatches,
    ) -> Result<Self, Failure> {
        let values = |place, fields: &mut dyn Iterator<Item = &'static Field>| {
            let fields = fields.map(|field| {
                let value = flags::value(matches, place, field)?;
                Ok(value.map(|value| (field, value)))
            });
            fields
                .filter_map(Result::transpose)
                .collect::<Result<Vec<_>, Failure>>()
        };
        let filters = operation.filters.iter().flat_map(|filters| filters.fields);
        let path = values(Place::Path, &mut operation.path.iter())?;
        let query = values(Place::Query, &mut operation.query.iter())?;
        let conditions = values(Place::Filter, &mut filters.map(|(field, _)| field))?;
        let members = match &operation.body {
            None => Members::default(),
            Some(body) => {
                let members = body::read(body, matches, |key, text| {
                    saved::read(globals, operation.resource, key, text)
                })?;
                body::check_required(body, &members)?;
                if members.is_empty() && operation.method != "POST" {
                    return Err(Failure::usage("there is nothing to change")
                        .hint("set a field by its flag, or clear one with --clear"));
                }
                members
            }
        };
        Ok(Self {
            operation,
            path,
            query,
            conditions,
            members,
        })
    }

    /// Replaces names by identifiers.
    pub(crate) async fn find_names(&mut self, finder: &mut Finder<'_>) -> Result<(), Failure> {
        let lists = [&mut self.path, &mut self.query, &mut self.conditions];
        let mut values: Vec<(&'static Field, &mut Val)> = lists
            .into_iter()
            .flat_map(|list| list.iter_mut().map(|(field, value)| (*field, value)))
            .collect();
        if let Some(body) = &self.operation.body {
            for (name, value) in &mut self.members {
                let name = data::text(name);
                let mut fields = body.fields.iter();
                if let Some(field) = fields.find(|field| name.as_deref() == Some(field.name)) {
                    values.push((field, value));
                }
            }
        }
        finder.replace(&mut values).await
    }

    /// The cursor at which the list begins.
    pub(crate) fn cursor(&self) -> Option<String> {
        let name = self.operation.page.as_ref()?.cursor?;
        self.parameter(name)
    }

    /// The requested size of pages.
    pub(crate) fn page_size(&self) -> Option<u32> {
        let (name, _) = self.operation.page.as_ref()?.size?;
        self.parameter(name)?.parse().ok()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let mut query = self.query.iter();
        let value = query.find_map(|(field, value)| (field.name == name).then_some(value));
        value.map(|value| data::plain(value).into_owned())
    }

    /// The call. Reads the body into the client's model, which checks limits and rules.
    pub(crate) fn call(&self, client: &Client) -> Result<RawCall, Failure> {
        let mut call = match &self.operation.body {
            None => pages::call(client, self.operation)?,
            Some(body) => {
                let id = self.path.first().map(|(_, value)| data::plain(value));
                let json = Val::obj(self.members.clone()).to_string();
                (body.call)(client, id.as_deref().unwrap_or_default(), &json)
                    .map_err(|error| Failure::usage(format!("the body is not valid: {error}")))?
            }
        };
        for (field, value) in &self.path {
            call = call.path(field.name, &data::plain(value));
        }
        for (field, value) in &self.query {
            call = call.query(field.name, data::plain(value));
        }
        let filters = self.operation.filters.as_ref();
        if let Some(filters) = filters.filter(|_| !self.conditions.is_empty()) {
            call = call.query(filters.parameter, self.filters(filters)?);
        }
        Ok(call)
    }

    /// All conditions as JSON.
    fn filters(&self, filters: &Filters) -> Result<Val, Failure> {
        let mut query = self.query.iter();
        let mut members = match query.find(|(field, _)| field.name == filters.parameter) {
            Some((_, Val::Obj(members))) => Members::clone(members),
            _ => Members::default(),
        };
        for (field, values) in &self.conditions {
            let is_many = data::items(values).len() > 1;
            let mut known = filters.fields.iter();
            let operators = known.find(|(known, _)| known.name == field.name);
            let mut operators = operators.into_iter().flat_map(|(_, operators)| *operators);
            let operator = operators.find(|operator| operator.takes_many == is_many);
            let operator = operator.ok_or_else(|| {
                Failure::usage(format!("--{} cannot be given several times", field.flag))
            })?;
            let condition = data::object([
                ("operator", data::text_value(operator.name)),
                ("values", values.clone()),
            ]);
            let name = data::text_value(field.name);
            if members.insert(name, condition).is_some() {
                let message = format!("--{} and --filters contradict each other", field.flag);
                return Err(Failure::usage(message));
            }
        }
        Ok(Val::obj(members))
    }
}

/// A request as JSON. `headers` are those that the user gave.
pub(crate) fn preview(call: &RawCall, headers: &[(String, String)]) -> Result<Val, Failure> {
    let names = headers.iter().map(|(name, _)| name.as_str());
    let hidden = |name| (name, data::text_value("…"));
    let mut shown: Vec<_> = names.chain(["x-api-key"]).map(hidden).collect();
    let body = call.request_body().map(String::from_utf8_lossy);
    if body.is_some() {
        shown.push(("content-type", data::text_value("application/json")));
    }
    let body = body.map_or(Ok(Val::Null), |body| data::received(&body))?;
    Ok(data::object([
        ("method", data::text_value(call.operation().method())),
        ("url", data::text_value(call.url()?.as_str())),
        ("headers", data::object(shown)),
        ("body", body),
    ]))
}

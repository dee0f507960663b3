//! A reference page, from head and sections to the record's operation.

use crate::Finding;
use crate::record::{Body, Evidence, Location, Loss, Operation, Parameter};

use super::content;
use super::fields::{self, Notes};
use super::head::{self, Head, Route};
use super::lines::Page;
use super::nest;
use super::sections::{self, Part};
use super::token::{Section, Token};

/// Reads the operation; what is lost or wrong goes to `notes`.
pub(super) fn read(
    page: &Page,
    tokens: &[Token<'_>],
    route: Route,
    headings: &[(usize, Section)],
    notes: &mut Notes,
) -> Result<Operation, Finding> {
    let number = route.number;
    let start = headings
        .first()
        .map_or(page.lines.len(), |(index, _)| *index);
    let head = head::read(&page.lines, route, start)?;
    let parts = sections::split(tokens, headings)?;
    let Head {
        method,
        path,
        server,
        request,
        responses,
        label,
    } = head;
    notes.wording.extend(label);
    let mut authorization = Vec::new();
    let mut parameters = Vec::new();
    let mut body = None;
    let mut response = None;
    let mut request = request;
    let mut responses = Some(responses);
    for part in &parts {
        match location(part.section) {
            _ if part.section == Section::Authorizations => {
                authorization = read_parameters(part, Location::Header, notes);
            }
            Some(location) => parameters.extend(read_parameters(part, location, notes)),
            None if part.section == Section::Body => {
                body = Some(Body {
                    optional: false,
                    content: content::body(part, request.take(), notes),
                });
            }
            None => {
                let samples = responses.take().unwrap_or_default();
                response = Some(content::response(part, samples, notes));
            }
        }
    }
    check_path(&path, &parameters, number, notes);
    let Some(response) = response else {
        return Err(
            Finding::new("page-cut-off", "the page has no section `Response`")
                .line(number)
                .help("save the whole page again"),
        );
    };
    Ok(Operation {
        method,
        path,
        operation_id: None,
        deprecated: false,
        server,
        evidence: Evidence::Documented,
        authorization,
        parameters,
        body,
        response,
        errors: Vec::new(),
    })
}

fn location(section: Section) -> Option<Location> {
    match section {
        Section::Headers => Some(Location::Header),
        Section::Path => Some(Location::Path),
        Section::Query => Some(Location::Query),
        Section::Cookies => Some(Location::Cookie),
        Section::Authorizations | Section::Body | Section::Response => None,
    }
}

fn read_parameters(part: &Part<'_>, location: Location, notes: &mut Notes) -> Vec<Parameter> {
    let printed = fields::read(part.tokens, part.section, notes);
    let locations: Vec<_> = printed
        .iter()
        .map(|printed| (printed.field.name.clone(), printed.location))
        .collect();
    let object = nest::nest(printed, notes);
    if object.other_keys.is_some() || object.custom_fields {
        notes.findings.push(
            Finding::new(
                "parameters-open",
                format!(
                    "the section `{}` allows parameters without naming them",
                    part.section.heading()
                ),
            )
            .line(part.number)
            .help("keep the page's record by hand (form: facts)"),
        );
    }
    object
        .fields
        .into_iter()
        .map(|field| Parameter {
            location: locations
                .iter()
                .find(|(name, _)| *name == field.name)
                .and_then(|(_, printed)| *printed)
                .unwrap_or(location),
            field,
        })
        .collect()
}

/// The path's placeholders and the path parameters are the same, unless a name is known to be lost.
pub(super) fn check_path(path: &str, parameters: &[Parameter], number: usize, notes: &mut Notes) {
    let lost = notes.losses.iter().any(
        |loss| matches!(loss, Loss::FieldName { section, .. } if section == Section::Path.heading()),
    );
    if lost {
        return;
    }
    let placeholders: Vec<&str> = path
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .collect();
    let printed: Vec<&str> = parameters
        .iter()
        .filter(|parameter| parameter.location == Location::Path)
        .map(|parameter| parameter.field.name.as_str())
        .collect();
    let missing = placeholders.iter().find(|name| !printed.contains(name));
    let extra = printed.iter().find(|name| !placeholders.contains(name));
    let message = match (missing, extra) {
        (Some(name), _) => {
            format!("`{{{name}}}` of the path {path} is not among the path parameters")
        }
        (None, Some(name)) => format!("the path parameter `{name}` is not in the path {path}"),
        (None, None) => return,
    };
    notes.findings.push(
        Finding::new("path-parameters-disagree", message)
            .line(number)
            .help("save the page again; if it stays so, keep its record by hand"),
    );
}

//! A reference page of rendered text: its head, its sections, and the fragment of its operation.
//!
//! ```text
//! head     = method path label curl json*
//! sections = (heading (status media-type | media-type)? prose* field*)*
//! ```
//!
//! A page that is truncated in its sections is read up to that point.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::finding::Finding;
use crate::fragment::{ANY_SUCCESS, CUSTOM_FIELDS, ID, Loss};
use crate::openapi::{entries, is_required, path_parameters};

use super::fields::{self, LOCATION, Section, starts_field};
use super::lines::{Line, is_url, number, text};
use super::problem::problem;
use super::sample::{self, Curl};
use super::types::{bound, is_type};
use super::{Notes, filled, shape};

/// The largest number of unreadable samples: for each, the rest of the page may be searched.
pub(super) const MAX_FAILURES: usize = 20;

pub(super) const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Whether the text is an HTTP method in upper case.
pub(super) fn is_method(text: &str) -> bool {
    METHODS.contains(&text)
}

/// Headings of sections, and the location of the parameters below them.
const HEADINGS: [(&str, &str); 7] = [
    ("Authorizations", "header"),
    ("Headers", "header"),
    ("Path Parameters", "path"),
    ("Query Parameters", "query"),
    ("Cookies", "cookie"),
    ("Body", ""),
    ("Response", ""),
];

/// Method and path as the page prints them, one segment a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Route {
    method: String,
    /// The line of the method.
    number: usize,
    /// Older pages print the server between method and path.
    server: Option<String>,
    path: String,
    /// Index of the first line after the path.
    end: usize,
}

/// Finds the method with the path below it.
pub(super) fn route(lines: &[Line]) -> Option<Route> {
    (0..lines.len()).find_map(|index| route_at(lines, index))
}

fn route_at(lines: &[Line], start: usize) -> Option<Route> {
    let method = text(lines, start);
    if !is_method(method) {
        return None;
    }
    let next_filled = |at: usize| (at..lines.len()).find(|at| !text(lines, *at).is_empty());
    let mut at = next_filled(start + 1)?;
    let server = Some(text(lines, at)).filter(|text| is_url(text));
    if server.is_some() {
        at = next_filled(at + 1)?;
    }
    let mut path = String::new();
    // "/" and segments alternate; a "/" without a segment is the root.
    while text(lines, at) == "/" {
        path.push('/');
        at += 1;
        let segment = text(lines, at);
        if matches!(segment, "" | "/") || segment.contains(char::is_whitespace) {
            break;
        }
        path.push_str(segment);
        at += 1;
    }
    (!path.is_empty()).then(|| Route {
        method: method.to_owned(),
        number: number(lines, start),
        server: server.map(|url| url.trim_end_matches('/').to_owned()),
        path,
        end: at,
    })
}

/// The page's last block of sections.
///
/// Hybrid pages have prose with the same headings before the block. It starts at the last
/// `Authorizations`; on pages without it, at the first line after which no heading repeats.
pub(super) fn sections(lines: &[Line]) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut end = lines.len();
    for index in (0..lines.len()).rev() {
        let found = HEADINGS.iter().find(|(it, _)| *it == text(lines, index));
        // With a type below it, the text is the name of a field.
        let Some((heading, location)) = found.filter(|_| !is_type(text(lines, index + 1))) else {
            continue;
        };
        sections.push(Section {
            heading,
            location,
            index,
            number: number(lines, index),
            lines: lines.get(index + 1..end).unwrap_or_default(),
            is_cut: false,
        });
        end = index;
    }
    let is_first = |section: &Section<'_>| section.heading == "Authorizations";
    let is_known = |(index, section): (usize, &Section<'_>)| {
        let mut below = sections.iter().take(index);
        below.any(|known| known.heading == section.heading)
    };
    let start = match sections.iter().position(is_first) {
        Some(first) => first + 1,
        None => {
            let repeated = sections.iter().enumerate().position(is_known);
            repeated.unwrap_or(sections.len())
        }
    };
    sections.truncate(start);
    sections.reverse();
    sections
}

/// Reads the operation, as a fragment without its head; losses and problems go to `notes`.
pub(super) fn read(
    lines: &[Line],
    route: Route,
    notes: &mut Notes,
) -> Result<Map<String, Value>, Finding> {
    let last = text(lines, lines.len() - 1);
    let sections = sections(lines);
    let response = sections
        .iter()
        .find(|section| section.heading == "Response");
    let mut is_cut = response.is_none() || is_open(last);
    refuse_others(lines, &route, &sections, is_cut)?;
    if let Some(response) = response.filter(|_| !is_cut) {
        let start = sections.first().map_or(0, |first| first.index);
        let above = lines.get(route.end..start).unwrap_or_default();
        let (_, samples) = head(&mut route.clone(), above, &mut Notes::default())?;
        is_cut = samples.iter().any(|sample| goes_on(sample, response.lines));
    }
    read_sections(lines, route, is_cut, notes)
}

/// A generated sample has the fields in the order of the page: the page is truncated if its fields are only the first
/// ones of the sample.
fn goes_on(sample: &Value, lines: &[Line]) -> bool {
    let fields: Vec<usize> = (0..lines.len())
        .filter(|at| starts_field(lines, *at))
        .collect();
    let Some(end) = fields.last() else {
        return false;
    };
    let names = fields.iter().map(|at| (text(lines, *at), json!({})));
    let printed = json!({"properties": names.collect::<IndexMap<_, _>>()});
    let is_shown = |at: &usize| {
        let shown = shape::object(sample).is_some_and(|it| it.contains_key(text(lines, *at)));
        shown || text(lines, *at).contains(['.', '{'])
    };
    // A type without a name is another problem.
    let has_type = lines
        .iter()
        .skip(end + 2)
        .any(|line| is_type(line.trimmed()));
    shape::missing_at_end(&printed, sample).is_some() && fields.iter().all(is_shown) && !has_type
}

/// Reads head and sections; a truncated page is read up to its last line.
fn read_sections(
    lines: &[Line],
    mut route: Route,
    is_cut: bool,
    notes: &mut Notes,
) -> Result<Map<String, Value>, Finding> {
    let lines = if is_cut {
        fields::without_half(lines)
    } else {
        lines
    };
    let mut sections = sections(lines);
    let start = sections.first().map_or(lines.len(), |first| first.index);
    let above = lines.get(route.end..start).unwrap_or_default();
    let (mut request, mut responses) = head(&mut route, above, notes)?;
    if is_cut {
        notes.losses.push(Loss::End {});
    }
    if let Some(last) = sections.last_mut() {
        last.is_cut = is_cut;
    }
    let mut fragment = Map::new();
    let mut operation = Map::new();
    let mut parameters = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let mut above = sections.iter().take(index);
        if let Some(first) = above.find(|other| other.heading == section.heading) {
            let (heading, line) = (section.heading, first.number);
            let message = format!("the heading `{heading}` is here and on line {line}");
            return Err(problem("page-section-twice", section.number, message));
        }
    }
    for section in &sections {
        match section.heading {
            "Authorizations" => {
                let (security, schemes) = security(&read_parameters(section, notes));
                fragment.insert("security".to_owned(), security);
                let components = json!({"securitySchemes": schemes});
                fragment.insert("components".to_owned(), components);
            }
            "Body" => {
                let body = body(section, request.take(), notes);
                operation.insert("requestBody".to_owned(), body);
            }
            "Response" => {
                let response = response(section, std::mem::take(&mut responses), notes);
                operation.insert("responses".to_owned(), response);
            }
            _ => parameters.extend(read_parameters(section, notes)),
        }
    }
    check_path(&route, &mut parameters, is_cut, notes);
    if !parameters.is_empty() {
        operation.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(server) = route.server {
        fragment.insert("servers".to_owned(), json!([{"url": server}]));
    }
    let method = route.method.to_ascii_lowercase();
    fragment.insert("paths".to_owned(), json!({route.path: {method: operation}}));
    Ok(fragment)
}

/// Whether a bracket is open at the end of a text.
pub(super) fn is_open(text: &str) -> bool {
    let count = |brackets: &[char]| text.matches(brackets).count();
    count(&['(', '{', '[']) > count(&[')', '}', ']'])
}

/// Refuses pages whose fields cannot be read.
fn refuse_others(
    lines: &[Line],
    route: &Route,
    sections: &[Section<'_>],
    is_cut: bool,
) -> Result<(), Finding> {
    let Some(first) = sections.first() else {
        let mut fields = (route.end..lines.len()).filter(|index| starts_field(lines, *index));
        let Some(field) = fields.next() else {
            let message = "the page ends before its sections";
            return Err(problem(
                "page-cut-off",
                number(lines, lines.len() - 1),
                message,
            ));
        };
        let headings = HEADINGS.map(|(it, _)| format!("`{it}`")).join(", ");
        let message =
            format!("fields start here, but without one of the headings {headings} before them");
        return Err(problem(
            "page-labels-unknown",
            number(lines, field),
            message,
        ));
    };
    let below = filled(lines.get(first.index + 1..).unwrap_or_default());
    let has_type = |texts: &[String]| texts.iter().any(|text| is_type(text));
    let is_typed = match below.get(..3) {
        _ if first.heading != "Authorizations" => {
            // A page whose only section is the response may have no fields.
            sections.len() == 1 || has_type(&below)
        }
        Some(start) => has_type(start),
        None => has_type(&below) || is_cut,
    };
    if is_typed {
        Ok(())
    } else {
        Err(article(first.number))
    }
}

/// The finding for a page whose fields have lost their names and types.
pub(super) fn article(line: usize) -> Finding {
    let message = "the text has only descriptions; the names and types of the fields are missing";
    problem("page-article-style", line, message)
}

/// Reads the lines between the path and the first section: the samples of the request and of responses, in order;
/// the page does not show which of them is the successful one.
fn head(
    route: &mut Route,
    lines: &[Line],
    notes: &mut Notes,
) -> Result<(Option<Value>, Vec<Value>), Finding> {
    let is_command = |line: &Line| line.trimmed().starts_with("curl ");
    let Some(start) = lines.iter().position(is_command) else {
        // A sample in another language has no base URL, and only its JSON can be used.
        return Ok((None, documents(lines, false)?));
    };
    let label = lines.get(..start).unwrap_or_default();
    notes.wording.extend(filled(label));
    let lines = lines.get(start..).unwrap_or_default();
    let curl = Curl::read(lines);
    let body = curl.json();
    if curl.is_cut || body.is_some() != curl.body.is_some() {
        let message = "the request sample that starts here is not JSON";
        return Err(problem("page-sample-broken", number(lines, 0), message));
    }
    agree(route, &curl)?;
    let responses = documents(lines.get(curl.lines..).unwrap_or_default(), true)?;
    Ok((body, responses))
}

/// Checks the sample against the printed route, and takes the server from it.
fn agree(route: &mut Route, curl: &Curl) -> Result<(), Finding> {
    let method = curl.method.as_ref();
    if let Some(method) = method.filter(|method| **method != route.method) {
        let message = format!("the page has {}, but its sample has {method}", route.method);
        return Err(problem("page-methods-disagree", route.number, message));
    }
    let Some(url) = &curl.url else { return Ok(()) };
    let path = route.path.trim_end_matches('/');
    if let Some(server) = url.strip_suffix(path) {
        route.server = Some(server.trim_end_matches('/').to_owned());
    } else if let Some(server) = url.strip_suffix('/').and_then(|url| url.strip_suffix(path)) {
        // The printed path loses the slash at its end; the sample keeps it.
        route.server = Some(server.to_owned());
        route.path = format!("{path}/");
    } else {
        let message = format!(
            "the path of the page is {}, but its sample calls {url}",
            route.path
        );
        return Err(problem("page-paths-disagree", route.number, message));
    }
    Ok(())
}

/// Reads consecutive JSON documents. Directly after a curl command nothing else can follow (`is_strict`); else
/// they are between lines of code.
fn documents(lines: &[Line], is_strict: bool) -> Result<Vec<Value>, Finding> {
    let mut found = Vec::new();
    let (mut at, mut failures) = (0, 0);
    while at < lines.len() && failures < MAX_FAILURES {
        let text = text(lines, at);
        let is_json =
            text.starts_with(['{', '[', '"']) || matches!(text, "true" | "false" | "null");
        if text.is_empty() || is_status(text) || (!is_json && !is_strict) {
            at += 1;
            continue;
        }
        if !is_json {
            break;
        }
        let sample = sample::json(lines.get(at..).unwrap_or_default());
        if let Some(sample) = sample.filter(|sample| !sample.is_cut) {
            found.push(sample.value);
            at += sample.lines;
        } else if is_strict {
            let message = "the response sample that starts here is not JSON";
            return Err(problem("page-sample-broken", number(lines, at), message));
        } else {
            failures += 1;
            at += 1;
        }
    }
    Ok(found)
}

/// `200`, `4XX`, `default`: the tab of a response sample.
fn is_status(text: &str) -> bool {
    let is_digit = |c: u8| c.is_ascii_digit() || c == b'X';
    text == "default"
        || matches!(text.as_bytes(), [b'1'..=b'5', one, other] if is_digit(*one) && is_digit(*other))
}

/// The parameters with credentials, as security schemes: a call needs all required ones.
fn security(keys: &[Value]) -> (Value, Value) {
    let (mut schemes, mut needed, mut all) = (Map::new(), Map::new(), Map::new());
    for (index, key) in keys.iter().enumerate() {
        let name = match index {
            0 => "ApiKey".to_owned(),
            _ => format!("ApiKey{}", index + 1),
        };
        let scheme = json!({"type": "apiKey", "in": key["in"], "name": key["name"]});
        schemes.insert(name.clone(), scheme);
        all.insert(name.clone(), json!([]));
        if key.get("required").is_some() {
            needed.insert(name, json!([]));
        }
    }
    let requirements = if all.len() > needed.len() {
        json!([all, needed])
    } else {
        json!([needed])
    };
    (requirements, schemes.into())
}

fn read_parameters(section: &Section<'_>, notes: &mut Notes) -> Vec<Value> {
    let object = fields::object(*section, section.lines, notes);
    if object.get("additionalProperties").is_some() || object.get(CUSTOM_FIELDS).is_some() {
        let heading = section.heading;
        let message = format!("the section `{heading}` allows parameters without naming them");
        notes.report("parameters-open", section.number, message);
    }
    entries(object.get("properties"))
        .map(|(name, schema)| {
            let mut parameter = json!({"name": name, "in": section.location});
            if is_required(&object, name) {
                parameter["required"] = json!(true);
            }
            let mut schema = schema.clone();
            // Keywords of the parameter, not of its value.
            for key in [LOCATION, "deprecated", ID] {
                let map = schema.as_object_mut();
                if let Some(value) = map.and_then(|map| map.shift_remove(key)) {
                    parameter[key] = value;
                }
            }
            parameter["schema"] = schema;
            parameter
        })
        .collect()
}

/// Checks that the path's placeholders and the path parameters are the same. If a name was lost,
/// the placeholder replaces it.
fn check_path(route: &Route, parameters: &mut Vec<Value>, is_cut: bool, notes: &mut Notes) {
    let path = &route.path;
    let is_lost = notes.losses.iter().any(
        |loss| matches!(loss, Loss::FieldName { section, .. } if section == "Path Parameters"),
    );
    let placeholders = path_parameters(path).unwrap_or_default();
    let in_path = parameters.iter().filter(|it| it["in"] == "path");
    let printed: Vec<String> = in_path
        .filter_map(|it| Some(it["name"].as_str()?.to_owned()))
        .collect();
    let is_printed = |name: &&&str| printed.iter().any(|it| it == **name);
    let missing = placeholders.iter().filter(|name| !is_printed(name));
    if is_lost || is_cut {
        parameters.extend(missing.map(|name| {
            let schema = json!({"type": "string"});
            json!({"name": name, "in": "path", "required": true, "schema": schema})
        }));
    } else if missing.count() > 0
        || printed
            .iter()
            .any(|it| !placeholders.contains(&it.as_str()))
    {
        let message =
            format!("the path {path} and the section `Path Parameters` name different parameters");
        notes.report("path-parameters-disagree", route.number, message);
    }
}

/// Reads the section `Body`.
fn body(section: &Section<'_>, sample: Option<Value>, notes: &mut Notes) -> Value {
    let (media_type, lines) = media_type(section.lines);
    let content = content(section, lines, sample.into_iter().collect(), notes);
    json!({"required": true, "content": content.write(media_type)})
}

/// Reads the section `Response`.
fn response(section: &Section<'_>, samples: Vec<Value>, notes: &mut Notes) -> Value {
    let (status, media_type, lines) = response_head(section.lines);
    if let Some(status) = status.filter(|status| !(200..300).contains(status)) {
        let message = format!("the page shows the response {status}, not a successful one");
        notes.report("response-not-success", section.number, message);
    }
    let losses_before = notes.losses.len();
    let content = content(section, lines, samples, notes);
    // A lost name or a page without fields explains a missing field of the sample.
    let mut losses = notes.losses.iter().skip(losses_before);
    let is_explained =
        content.says_type || losses.any(|loss| matches!(loss, Loss::FieldName { .. }));
    let element = content.schema.get("items").unwrap_or(&content.schema);
    let sample = content.sample.as_ref().filter(|_| !section.is_cut);
    let missing = sample.and_then(|sample| shape::missing_at_end(element, sample));
    let last = section.lines.last();
    if let Some(missing) = missing
        // A page that is truncated after a name ends in the name, which looks like a description.
        && (!is_explained || last.is_some_and(|last| last.trimmed() == missing))
    {
        // The field may also be removed or renamed, which a person has to decide.
        let message = format!("the page ends here, but its sample goes on with `{missing}`");
        let line = last.map_or(section.number, |last| last.number);
        notes.report("page-cut-off", line, message);
    }
    let status = status.map_or_else(|| ANY_SUCCESS.to_owned(), |status| status.to_string());
    let says_nothing = content.schema == json!({"type": "object"}) && content.sample.is_none();
    if media_type.is_none() && says_nothing && !content.says_type {
        return json!({status: {}});
    }
    json!({status: {"content": content.write(media_type)}})
}

/// `200 - application/json`; or `200`, perhaps the status buttons, `application/json`; or nothing,
/// if the page has several statuses to choose from.
fn response_head(lines: &[Line]) -> (Option<u16>, Option<&str>, &[Line]) {
    let lines = skip_blanks(lines);
    let first = text(lines, 0);
    let (status, named) = match first.split_once(" - ") {
        Some((status, media_type)) => (status, Some(media_type)),
        None => (first, None),
    };
    if !is_status(status) || named.is_some_and(|named| !is_media_type(named)) {
        let (media_type, lines) = media_type(lines);
        return (None, media_type, lines);
    }
    // `2004XX`: the labels of several buttons, run together.
    let buttons = text(lines, 1).as_bytes();
    let is_button = |label: &[u8]| std::str::from_utf8(label).is_ok_and(is_status);
    let has_buttons = buttons.len() > 3 && buttons.chunks(3).all(is_button) && named.is_none();
    let rest = lines
        .get(1 + usize::from(has_buttons)..)
        .unwrap_or_default();
    let (media_type, rest) = match named {
        Some(_) => (named, rest),
        None => media_type(rest),
    };
    (status.parse().ok(), media_type, rest)
}

fn media_type(lines: &[Line]) -> (Option<&str>, &[Line]) {
    let lines = skip_blanks(lines);
    match lines.split_first() {
        Some((first, rest)) if is_media_type(first.trimmed()) => (Some(first.trimmed()), rest),
        _ => (None, lines),
    }
}

fn is_media_type(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "+-._*".contains(c);
    let is_part = |text: &str| !text.is_empty() && text.chars().all(is_letter);
    text.split_once('/')
        .is_some_and(|(kind, subtype)| is_part(kind) && is_part(subtype))
}

/// The content of a body or a response.
struct Content {
    schema: Value,
    sample: Option<Value>,
    /// Whether a sentence names the type of the content.
    says_type: bool,
}

impl Content {
    fn write(self, media_type: Option<&str>) -> Value {
        let mut media = json!({"schema": self.schema});
        if let Some(sample) = self.sample {
            media["example"] = sample;
        }
        json!({media_type.unwrap_or("application/json"): media})
    }
}

/// Reads the lines after the media type.
fn content(
    section: &Section<'_>,
    lines: &[Line],
    samples: Vec<Value>,
    notes: &mut Notes,
) -> Content {
    let lines = skip_blanks(lines);
    let start = (0..lines.len()).find(|index| starts_field(lines, *index));
    let (above, blocks) = lines.split_at(start.unwrap_or(lines.len()));
    if let Some(number) = tabs(section, lines, start) {
        let (rule, what) = match section.heading {
            "Body" => ("body-union", "body"),
            _ => ("response-union", "response"),
        };
        let message = format!(
            "the {what} has one of several shapes, and the page shows the fields of the first only"
        );
        notes.report(rule, number, message);
    }
    let mut is_list = false;
    let mut says_type = false;
    for text in filled(above) {
        let (keywords, _) = bound(&text).unwrap_or_default();
        is_list |= keywords.iter().any(|keyword| keyword.ends_with("Items"));
        if let Some((_, ty)) = text.split_once(" is of type ") {
            says_type = true;
            is_list |= ty.contains("[]");
        }
        notes.wording.push(text);
    }
    let mut schema = fields::object(*section, blocks, notes);
    let sample = shape::choose(samples, &schema);
    if let Some(sample) = &sample {
        is_list |= sample.is_array();
        if let Some(object) = shape::object(sample) {
            shape::complete(&mut schema, object);
        }
    }
    if is_list {
        schema = json!({"type": "array", "items": schema});
    }
    Content {
        schema,
        sample,
        says_type,
    }
}

/// Line of the tabs of a union: `object`, `object[]`, or above its fields `Option 1`, `Option 2`, or several
/// titles.
fn tabs(section: &Section<'_>, lines: &[Line], first_field: Option<usize>) -> Option<usize> {
    let lines: Vec<(&str, usize)> = lines.iter().map(|it| (it.trimmed(), it.number)).collect();
    let above = lines
        .get(..first_field.unwrap_or(lines.len()))
        .unwrap_or_default();
    let is_tab = |text: &str| {
        let number = text.strip_prefix("Option ");
        number.is_some_and(|it| !it.is_empty() && it.chars().all(|c| c.is_ascii_digit()))
    };
    // Two short lines without a blank line between them are not paragraphs.
    let is_title = |text: &str| {
        !text.is_empty()
            && !text.ends_with(['.', '!', '?'])
            && !text.contains(':')
            && text.split_whitespace().count() <= 3
            && !is_type(text)
    };
    let is_object = |text: &str| matches!(text, "object" | "object[]");
    match (lines.as_slice(), above) {
        ([(one, line), (other, _), ..], _) if is_object(one) && is_object(other) => Some(*line),
        _ if first_field.is_none() => None,
        (_, [(one, line), (other, _), ..])
            if section.heading == "Body" && is_title(one) && is_title(other) =>
        {
            Some(*line)
        }
        _ => above
            .iter()
            .find(|(text, _)| is_tab(text))
            .map(|(_, line)| *line),
    }
}

fn skip_blanks(lines: &[Line]) -> &[Line] {
    let blanks = lines.iter().take_while(|line| line.is_blank()).count();
    lines.get(blanks..).unwrap_or_default()
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;

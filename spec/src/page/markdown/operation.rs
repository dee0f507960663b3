//! The operation of a Markdown page: a cut-down OpenAPI document to the record's operation.

use serde_json::{Map, Value};

use crate::page::sample;
use crate::record::{
    Base, Body, Content, Document, ErrorAnswer, Evidence, Field, Location, Operation, Parameter,
    Response, TypeExpr,
};
use crate::yaml;

use super::envelope::Fence;
use super::schema::{Direction, Reader, text};

/// Reads the operation that `fence` names out of `document`; what is wrong goes to the reader.
pub(super) fn read(
    reader: &mut Reader<'_>,
    document: &Value,
    fence: &Fence<'_>,
) -> Option<Operation> {
    let paths = document.get("paths").and_then(Value::as_object);
    let item = paths.and_then(|paths| paths.get(fence.path));
    let method = fence.method.to_ascii_lowercase();
    let place = yaml::child("/paths", fence.path);
    let item = item.and_then(|item| reader.target(item, &place));
    let Some((item, operation)) =
        item.and_then(|item| Some((item, item.get(&method)?.as_object()?)))
    else {
        reader.report(
            "page-routes-disagree",
            "/paths",
            format!(
                "the fence is about {} {}, but the document inside does not have it",
                fence.method, fence.path
            ),
        );
        return None;
    };
    let place = yaml::child(&place, &method);
    let parameters = parameters(reader, item, operation, &place);
    let body = body(reader, operation, &place);
    let (response, errors) = responses(reader, operation, &place)?;
    Some(Operation {
        method: fence.method.clone(),
        path: fence.path.to_owned(),
        operation_id: text(operation, "operationId").map(str::to_owned),
        deprecated: operation.get("deprecated") == Some(&Value::Bool(true)),
        server: [
            operation.get("servers"),
            item.get("servers"),
            document.get("servers"),
        ]
        .into_iter()
        .flatten()
        .find_map(|servers| self::servers(servers).into_iter().next()),
        evidence: Evidence::Documented,
        authorization: authorization(reader, document, operation),
        parameters,
        body,
        response,
        errors,
    })
}

/// What the page says of the document as a whole.
pub(super) fn document(document: &Value) -> Option<Document> {
    Some(Document {
        openapi: document.get("openapi")?.as_str()?.to_owned(),
        version: document
            .pointer("/info/version")
            .and_then(Value::as_str)
            .map(str::to_owned),
        servers: document.get("servers").map(servers).unwrap_or_default(),
        security: schemes(document.get("security"))
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
    })
}

/// The addresses of servers, with the defaults of their variables, and without slashes at the end.
fn servers(servers: &Value) -> Vec<String> {
    let address = |server: &Value| {
        let mut url = server.get("url")?.as_str()?.to_owned();
        let variables = server.get("variables").and_then(Value::as_object);
        for (name, variable) in variables.into_iter().flatten() {
            if let Some(default) = variable.get("default").and_then(Value::as_str) {
                url = url.replace(&format!("{{{name}}}"), default);
            }
        }
        Some(url.trim_end_matches('/').to_owned())
    };
    servers
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(address)
        .collect()
}

/// Names of security schemes, each with whether no call does without it.
fn schemes(security: Option<&Value>) -> Vec<(String, bool)> {
    let alternatives: Vec<&Map<String, Value>> = security
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    let mut schemes: Vec<(String, bool)> = Vec::new();
    for name in alternatives.iter().flat_map(|schemes| schemes.keys()) {
        if schemes.iter().all(|(known, _)| known != name) {
            let always = alternatives
                .iter()
                .all(|schemes| schemes.contains_key(name));
            schemes.push((name.clone(), always));
        }
    }
    schemes
}

fn authorization(
    reader: &mut Reader<'_>,
    document: &Value,
    operation: &Map<String, Value>,
) -> Vec<Parameter> {
    let security = operation.get("security").or(document.get("security"));
    let mut parameters: Vec<Parameter> = Vec::new();
    for (name, always) in schemes(security) {
        let place = yaml::child("/components/securitySchemes", &name);
        let scheme = document
            .pointer(&place)
            .and_then(|scheme| reader.target(scheme, &place));
        let carried = scheme.and_then(|scheme| match scheme.get("type")?.as_str()? {
            "apiKey" => {
                let location = location(scheme.get("in")?.as_str()?)?;
                Some((location, scheme.get("name")?.as_str()?))
            }
            "http" | "oauth2" | "openIdConnect" => Some((Location::Header, "Authorization")),
            _ => None,
        });
        let Some((location, header)) = carried else {
            reader.report(
                "page-security",
                &place,
                "nothing says how the credentials of this scheme are sent",
            );
            continue;
        };
        if let Some(known) = parameters
            .iter_mut()
            .find(|known| known.location == location && known.field.name == header)
        {
            known.field.required |= always;
            continue;
        }
        parameters.push(Parameter {
            location,
            field: Field {
                required: always,
                ..Field::new(header, TypeExpr::of(Base::String), Evidence::Documented)
            },
        });
    }
    parameters
}

fn location(word: &str) -> Option<Location> {
    Some(match word {
        "path" => Location::Path,
        "query" => Location::Query,
        "header" => Location::Header,
        "cookie" => Location::Cookie,
        _ => return None,
    })
}

/// Parameters of the path first; those of the operation replace them.
fn parameters(
    reader: &mut Reader<'_>,
    item: &Value,
    operation: &Map<String, Value>,
    place: &str,
) -> Vec<Parameter> {
    let own = operation.get("parameters").and_then(Value::as_array);
    let shared = item.get("parameters").and_then(Value::as_array);
    let place = yaml::child(place, "parameters");
    reader.direction = Direction::Request;
    let mut read: Vec<Parameter> = Vec::new();
    for (index, parameter) in shared.into_iter().flatten().enumerate() {
        let place = yaml::child(&place, index);
        read.extend(self::parameter(reader, parameter, &place));
    }
    let shared = read.len();
    for (index, parameter) in own.into_iter().flatten().enumerate() {
        let place = yaml::child(&place, index);
        let Some(parameter) = self::parameter(reader, parameter, &place) else {
            continue;
        };
        let known = read.iter().position(|known| {
            known.location == parameter.location && known.field.name == parameter.field.name
        });
        match known.and_then(|index| Some((index < shared, read.get_mut(index)?))) {
            Some((true, known)) => *known = parameter,
            Some((false, _)) => reader.report(
                "parameter-twice",
                &place,
                format!("the parameter `{}` stands twice", parameter.field.name),
            ),
            None => read.push(parameter),
        }
    }
    read
}

fn parameter(reader: &mut Reader<'_>, parameter: &Value, place: &str) -> Option<Parameter> {
    let parameter = reader.target(parameter, place)?;
    let word = |key: &str| parameter.get(key).and_then(Value::as_str);
    let is_true = |key: &str| parameter.get(key).and_then(Value::as_bool) == Some(true);
    let (Some(name), Some(location)) = (word("name"), word("in").and_then(location)) else {
        reader.report(
            "parameter-unreadable",
            place,
            "the parameter has no name, or no place where it goes",
        );
        return None;
    };
    let content = parameter
        .get("content")
        .and_then(Value::as_object)
        .and_then(|content| content.values().next())
        .and_then(|media| media.get("schema"));
    let facts = match parameter.get("schema").or(content) {
        Some(schema) => reader.read(schema, &yaml::child(place, "schema")),
        None => super::facts::Facts::default(),
    };
    let is_list = facts
        .alternatives
        .iter()
        .any(|alternative| alternative.lists > 0);
    let usual = match (location, word("style")) {
        (_, None) => true,
        (Location::Query | Location::Cookie, Some(style)) => style == "form",
        (Location::Path | Location::Header, Some(style)) => style == "simple",
    };
    let joined = location == Location::Query
        && is_list
        && parameter.get("explode") == Some(&Value::Bool(false));
    if !usual || joined {
        reader.report(
            "parameter-style",
            place,
            format!("the style in which `{name}` is written cannot be kept"),
        );
    }
    let description = word("description").map(str::to_owned);
    let mut field = super::facts::Facts {
        description: description.or(facts.description.clone()),
        ..facts
    }
    .into_field(name);
    field.required = is_true("required");
    field.deprecated |= is_true("deprecated");
    Some(Parameter { location, field })
}

fn body(reader: &mut Reader<'_>, operation: &Map<String, Value>, place: &str) -> Option<Body> {
    let place = yaml::child(place, "requestBody");
    let body = reader.target(operation.get("requestBody")?, &place)?;
    reader.direction = Direction::Request;
    Some(Body {
        optional: body.get("required") != Some(&Value::Bool(true)),
        content: content(reader, body, &place, "body")?,
    })
}

/// The successful answer, and all others.
fn responses(
    reader: &mut Reader<'_>,
    operation: &Map<String, Value>,
    place: &str,
) -> Option<(Response, Vec<ErrorAnswer>)> {
    reader.direction = Direction::Response;
    let place = yaml::child(place, "responses");
    let mut success: Option<Response> = None;
    let mut errors = Vec::new();
    let responses = operation.get("responses").and_then(Value::as_object);
    for (status, response) in responses.into_iter().flatten() {
        let place = yaml::child(&place, status);
        let Some(response) = reader.target(response, &place) else {
            continue;
        };
        let content = content(reader, response, &place, "response").unwrap_or_default();
        let number = status
            .parse()
            .ok()
            .filter(|number| (200..300).contains(number));
        match (number, &success) {
            (None, _) => errors.push(ErrorAnswer {
                status: status.clone(),
                content,
            }),
            (number, None) => {
                success = Some(Response {
                    status: number,
                    content,
                });
            }
            (Some(_), Some(first)) => {
                let first = first.status.unwrap_or(200);
                reader.report(
                    "response-several-successes",
                    &place,
                    format!("success is reported as {status} here, and as {first} as well"),
                );
            }
        }
    }
    if let Some(unclear) = errors.iter().find(|answer| answer.status == "2XX") {
        let place = yaml::child(&place, &unclear.status);
        success = None;
        reader.report(
            "response-not-success",
            &place,
            "the status of success is left open",
        );
    } else if success.is_none() {
        reader.report(
            "response-not-success",
            &place,
            "the page documents no successful answer",
        );
    }
    Some((success?, errors))
}

/// The content of a body or an answer. `kind` is part of the rule of what cannot be kept.
fn content(
    reader: &mut Reader<'_>,
    message: &Value,
    place: &str,
    kind: &'static str,
) -> Option<Content> {
    let types = message.get("content").and_then(Value::as_object)?;
    let place = yaml::child(place, "content");
    let is_json = |media_type: &str| {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        essence == "application/json" || essence.ends_with("+json")
    };
    let (media_type, media) = types
        .iter()
        .find(|(media_type, _)| is_json(media_type))
        .or_else(|| types.iter().next())?;
    let place_of = |media_type: &str| yaml::child(&yaml::child(&place, media_type), "schema");
    for (other, also) in types {
        if also.get("schema") != media.get("schema") {
            reader.report(
                if kind == "body" {
                    "body-union"
                } else {
                    "response-union"
                },
                &place_of(other),
                format!("`{other}` has another shape than `{media_type}`"),
            );
        }
    }
    let readable = is_json(media_type)
        || media_type == "multipart/form-data"
        || media_type == "application/x-www-form-urlencoded";
    let schema = media.get("schema").filter(|_| readable);
    let mut content = Content::default();
    if let Some(schema) = schema {
        let facts = reader.read(schema, &place_of(media_type));
        match facts.into_content() {
            Ok(read) => content = read,
            Err(conflict) => reader.report(
                if kind == "body" {
                    "body-union"
                } else {
                    "response-union"
                },
                &place_of(media_type),
                format!("the {kind} is {conflict}"),
            ),
        }
    }
    content.media_type = Some(media_type.clone());
    if readable {
        content.sample = example(media);
        if let Some(object) = content.sample.as_ref().and_then(sample::object) {
            sample::complete(&mut content.fields, object);
        }
    }
    Some(content)
}

/// The first example of a media type.
fn example(media: &Value) -> Option<Value> {
    if let Some(example) = media.get("example") {
        return Some(example.clone());
    }
    let first = media.get("examples")?.as_object()?.values().next()?;
    first.get("value").cloned()
}

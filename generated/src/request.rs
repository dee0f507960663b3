//! The request of a call: parameters, body, headers and options.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    time::Duration,
};

use bytes::Bytes;
use reqwest::header::{COOKIE, HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;
use url::Url;

use crate::filter::Filter;
use crate::{
    api::KEY,
    base_url,
    error::Error,
    id,
    json::{Reader, Refusal},
    json_object,
    multipart::Streams,
    operation::Operation,
    quota::Priority,
    retry::RetryPolicy,
    text::debug_fields,
};

#[derive(Clone, Default)]
pub(crate) struct Request {
    pub(crate) path_parameters: Vec<Parameter>,
    pub(crate) query: Vec<Parameter>,
    pub(crate) body: Option<Bytes>,
    pub(crate) streams: Streams,
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) priority: Priority,
    /// The first problem with the options of the call; reported when the call is sent.
    problem: Option<String>,
}

impl Request {
    pub(crate) fn set_path(&mut self, name: Cow<'static, str>, value: &str) {
        set(
            &mut self.path_parameters,
            name,
            vec![value.to_owned()],
            None,
        );
    }

    pub(crate) fn set_query(&mut self, name: Cow<'static, str>, value: &dyn fmt::Display) {
        set(&mut self.query, name, vec![value.to_string()], None);
    }

    pub(crate) fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|it| it.name == name)?
            .values
            .first()
            .map(String::as_str)
    }

    /// Sets a parameter that holds JSON text.
    pub(crate) fn set_query_json<P: fmt::Display>(
        &mut self,
        name: Cow<'static, str>,
        json: Result<String, P>,
    ) {
        match json {
            Ok(text) => self.set_query(name, &text),
            Err(problem) => self.refuse(format!("parameter {name}: {problem}")),
        }
    }

    /// Adds a condition to a parameter that holds a JSON object of them.
    pub(crate) fn add_filter<R>(&mut self, name: Cow<'static, str>, filter: &Filter<R>) {
        let conditions = join(self.query_value(&name), filter);
        self.set_query_json(name, conditions);
    }

    /// Sets a query parameter that is a list.
    pub(crate) fn set_query_list(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        values: Vec<String>,
        separator: Option<&'static str>,
    ) {
        set(&mut self.query, name.into(), values, separator);
    }

    /// Sets a parameter of the path that has several values.
    pub(crate) fn set_path_list(
        &mut self,
        name: &'static str,
        values: Vec<String>,
        separator: &'static str,
    ) {
        set(
            &mut self.path_parameters,
            name.into(),
            values,
            Some(separator),
        );
    }

    /// Sets parameters of the query to the members of a JSON object.
    pub(crate) fn set_query_object(
        &mut self,
        name: &'static str,
        json: Result<String, Refusal>,
        style: Members,
    ) {
        let fields = match json.and_then(|json| fields_of(&json)) {
            Ok(fields) => fields,
            Err(refusal) => return self.refuse(format!("parameter {name}: {refusal}")),
        };
        let mut joined = Vec::new();
        for (key, values, is_json) in fields {
            if is_json {
                let problem = "is an object or a list of lists, for which a query has no form";
                return self.refuse(format!("parameter {name}: `{key}` {problem}"));
            }
            match style {
                Members::Deep => self.set_query_list(format!("{name}[{key}]"), values, None),
                Members::Apart => self.set_query_list(key, values, None),
                Members::Joined => joined.extend([key].into_iter().chain(values)),
            }
        }
        if !joined.is_empty() {
            self.set_query_list(name, joined, Some(","));
        }
    }

    /// Adds a cookie; one of the same name is replaced. A request has one header for all cookies.
    pub(crate) fn set_cookie(&mut self, name: &str, value: &str) {
        let start = format!("{}=", encoded(name));
        let present = self
            .headers
            .get(COOKIE)
            .and_then(|cookies| cookies.to_str().ok());
        let others = present.unwrap_or_default().split("; ");
        let others = others.filter(|it| !it.is_empty() && !it.starts_with(&start));
        let cookie = format!("{start}{}", encoded(value));
        let cookies: Vec<&str> = others.chain([cookie.as_str()]).collect();
        let cookies = cookies.join("; ");
        self.set_header(COOKIE.as_str(), &cookies);
    }

    pub(crate) fn set_body(&mut self, json: Result<String, Refusal>) {
        match json {
            Ok(body) => self.body = Some(body.into()),
            Err(refusal) => self.refuse(format!("the body cannot be sent: {refusal}")),
        }
    }

    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        match checked_header(name, value) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
            }
            Err(problem) => self.refuse(problem),
        }
    }

    pub(crate) fn refuse(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    /// A segment of the path with its parameters filled in.
    fn filled(&self, segment: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = segment;
        while let Some((before, behind)) = rest.split_once('{')
            && let Some((name, after)) = behind.split_once('}')
        {
            let value = self.path_parameters.iter().find(|it| it.name == name);
            let value = value.ok_or_else(|| format!("the path parameter {name} is not given"))?;
            let at = |problem: &dyn fmt::Display| format!("path parameter {name} {problem}");
            let value = joined(&value.values, value.separator.unwrap_or_default());
            let value = value.map_err(|problem| at(&problem))?;
            id::check(&value).map_err(|problem| at(&problem))?;
            filled.extend([before, &value]);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// The URL of the request. Each path parameter stays one segment, whatever it contains.
    pub(crate) fn url(&self, base: &Url, operation: &Operation) -> Result<Url, Error> {
        let invalid = |problem: &str| Error::invalid_request(problem.to_owned()).of(operation);
        if let Some(problem) = &self.problem {
            return Err(invalid(problem));
        }
        if self.streams.is_sent() {
            let problem = "a stream in the body was sent before; make a new call with a new stream";
            return Err(invalid(problem));
        }
        let spec = operation.spec();
        for Parameter { name, values, .. } in self.query.iter().chain(&self.path_parameters) {
            if let Some(problem) = spec.problem(name, values) {
                return Err(invalid(&problem));
            }
        }
        let base = base_url::of(base, operation);
        let is_usual = matches!(base, Cow::Borrowed(_));
        let mut url = base.into_owned();
        let mut expected = segments(&url);
        {
            let mut path = url
                .path_segments_mut()
                .map_err(|()| invalid("the base URL takes no path"))?;
            path.pop_if_empty();
            // The server of an operation includes the version.
            if is_usual && !operation.version().is_empty() {
                path.push(operation.version());
                expected += 1;
            }
            // A slash at the end is a part of the path.
            for segment in operation.path().split('/').skip(1) {
                expected += usize::from(!segment.is_empty());
                path.push(&self.filled(segment).map_err(|problem| invalid(&problem))?);
            }
        }
        if segments(&url) != expected {
            return Err(invalid("a path parameter would lead to another endpoint"));
        }
        for parameter in self.query.iter().filter(|it| !it.values.is_empty()) {
            let Parameter { name, values, .. } = parameter;
            let pairs = &mut url.query_pairs_mut();
            if let Some(separator) = parameter.separator {
                let text = joined(values, separator);
                let text = text.map_err(|it| invalid(&format!("parameter {name} {it}")))?;
                pairs.append_pair(name, &text);
            } else {
                pairs.extend_pairs(values.iter().map(|value| (name, value)));
            }
        }
        Ok(url)
    }
}

/// The members of a JSON object as fields of a form. A member that is null is left out.
pub(crate) fn form(json: &str) -> Result<String, Refusal> {
    let mut fields = url::form_urlencoded::Serializer::new(String::new());
    for (key, values, _) in fields_of(json)? {
        fields.extend_pairs(values.iter().map(|value| (&key, value)));
    }
    Ok(fields.finish())
}

/// The members of a JSON object, each with its values as text and whether a value is JSON (an object or a list). A list
/// has several values, and null has no value.
pub(crate) fn fields_of(json: &str) -> Result<Vec<(String, Vec<String>, bool)>, Refusal> {
    let broken = || Refusal::new("a form has the members of an object");
    let mut fields = Vec::new();
    // `RawValue` keeps numbers as they are written.
    let members = json_object::read(&mut Reader::new(json)).map_err(|_| broken())?;
    for (key, value) in members.iter() {
        let json = value.as_json();
        let items: Vec<&RawValue> = if json.starts_with('[') {
            serde_json::from_str(json).map_err(|_| broken())?
        } else {
            vec![serde_json::from_str(json).map_err(|_| broken())?]
        };
        let items = items.into_iter().map(RawValue::get);
        let (mut values, mut is_json) = (Vec::new(), false);
        for item in items.filter(|item| *item != "null") {
            is_json |= item.starts_with(['{', '[']);
            values.push(if item.starts_with('"') {
                serde_json::from_str(item).map_err(|_| broken())?
            } else {
                item.to_owned()
            });
        }
        fields.push((key.to_string(), values, is_json));
    }
    Ok(fields)
}

/// Joins items with a separator, which no item may contain.
pub(crate) fn joined(values: &[String], separator: &str) -> Result<String, String> {
    if !separator.is_empty() && values.iter().any(|value| value.contains(separator)) {
        return Err(format!(
            "has an item with the separator `{separator}` in it"
        ));
    }
    Ok(values.join(separator))
}

/// Text with everything but letters, digits and `-._~` percent-encoded, as OpenAPI defines it for cookies.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The form of an object in the query.
#[derive(Clone, Copy, Debug)]
#[allow(dead_code, reason = "only some documents have each of them")]
pub(crate) enum Members {
    /// `filter[size]=1&filter[color]=red`
    Deep,
    /// `size=1&color=red`
    Apart,
    /// `filter=size,1,color,red`
    Joined,
}

/// A parameter of a request.
#[derive(Clone)]
pub(crate) struct Parameter {
    name: Cow<'static, str>,
    /// One value, or any number of values of a list.
    values: Vec<String>,
    /// The separator of the values; `None` if the parameter is repeated for each value.
    separator: Option<&'static str>,
}

fn set(
    parameters: &mut Vec<Parameter>,
    name: Cow<'static, str>,
    values: Vec<String>,
    separator: Option<&'static str>,
) {
    let known = parameters.iter().position(|known| known.name == name);
    let parameter = Parameter {
        name,
        values,
        separator,
    };
    match known.and_then(|known| parameters.get_mut(known)) {
        Some(known) => *known = parameter,
        None => parameters.push(parameter),
    }
}

/// Adds a condition to the existing conditions; the result is JSON text.
fn join<R>(present: Option<&str>, filter: &Filter<R>) -> Result<String, String> {
    let member = filter.member()?;
    let Some(present) = present else {
        return Ok(format!("{{{member}}}"));
    };
    let fields: json_object::JsonObject = serde_json::from_str(present)
        .map_err(|_| "a condition can only be added to a JSON object of conditions".to_owned())?;
    let name = filter.name();
    if fields.contains_key(name) {
        return Err(format!("{name} has two conditions, and a field takes one"));
    }
    let present = present.trim_ascii_end();
    let open = present.strip_suffix('}').unwrap_or(present);
    let separator = if fields.is_empty() { "" } else { "," };
    Ok(format!("{open}{separator}{member}}}"))
}

// Names only: values are personal data.
debug_fields!(impl Request, request => {
    "path_parameters": names(&request.path_parameters),
    "query": names(&request.query),
    "headers": request.headers.keys().collect::<Vec<_>>(),
    "body_length": request.body.as_ref().map(Bytes::len),
    "timeout": request.timeout,
    "deadline": request.deadline,
    "retry": request.retry,
    "priority": request.priority,
    "problem": request.problem,
});

fn names(parameters: &[Parameter]) -> Vec<&str> {
    parameters
        .iter()
        .map(|parameter| &*parameter.name)
        .collect()
}

/// Number of path segments, without the empty segment after a slash at the end.
fn segments(url: &Url) -> usize {
    let path = url.path().trim_end_matches('/');
    path.bytes().filter(|byte| *byte == b'/').count()
}

/// Checks a header that the user sets.
pub(crate) fn checked_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let Ok(name) = name.parse::<HeaderName>() else {
        return Err(
            "a header name contains characters that are invalid in a header name".to_owned(),
        );
    };
    if is_managed(&name) {
        return Err(format!(
            "header {name} is set by the client itself; remove it"
        ));
    }
    match HeaderValue::from_str(value) {
        // HTTP removes white space at both ends of a value.
        Ok(_) if value.trim_matches([' ', '\t']) != value => Err(format!(
            "the value of header {name} begins or ends with white space"
        )),
        // Servers interpret other characters differently.
        Ok(mut value) if value.to_str().is_ok() => {
            // The value may be a secret of a gateway, so it is never printed.
            value.set_sensitive(true);
            Ok((name, value))
        }
        _ => Err(format!(
            "the value of header {name} contains characters that are invalid in a header"
        )),
    }
}

/// Headers that identify the client, route the request, or frame its body.
fn is_managed(header: &HeaderName) -> bool {
    const MANAGED: &str = "accept connection content-encoding content-length content-type expect host keep-alive te \
        trailer transfer-encoding upgrade";
    let name = header.as_str();
    KEY.owns(header)
        || MANAGED.split(' ').any(|managed| managed == name)
        || name.starts_with("proxy-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_forms_and_mixed_segments_are_encoded() {
        let operation = Operation::own("GET", "/v2/gadgets/{id}").0;
        let mut request = Request::default();
        request.set_path("id".into(), "1");
        let words = || vec!["a".to_owned(), "b c".to_owned()];
        request.set_query_list("each", words(), None);
        request.set_query_list("joined", words(), Some(","));
        let url = |request: &Request| {
            let base = Url::parse("https://example.test/api").unwrap();
            request.url(&base, &operation).map(String::from)
        };
        let expected = "https://example.test/api/v2/gadgets/1?each=a&each=b+c&joined=a%2Cb+c";
        assert_eq!(url(&request).unwrap(), expected);
        request.set_query_list("joined", words(), Some(" "));
        assert!(url(&request).is_err());
        request.set_query_list("joined", Vec::new(), Some(","));
        request.set_query_list("each", Vec::new(), None);
        let expected = "https://example.test/api/v2/gadgets/1";
        assert_eq!(url(&request).unwrap(), expected);
        assert_eq!(request.filled("x{id}.json").unwrap(), "x1.json");
        assert!(request.filled("{other}").is_err());
        let fields =
            form(r#"{"a b": "c&d", "n": 1.50, "none": null, "list": ["x", 2], "o": {"k":true}}"#);
        let expected = "a+b=c%26d&n=1.50&list=x&list=2&o=%7B%22k%22%3Atrue%7D";
        assert_eq!(fields.ok().as_deref(), Some(expected));
    }

    fn get_part() -> Operation {
        Operation::own("GET", "/v2/gadgets/{id}/parts/{partId}").0
    }

    fn url(base: &str, id: &str, part: &str) -> Result<String, Error> {
        let mut request = Request::default();
        request.set_path("partId".into(), part);
        request.set_path("id".into(), id);
        request
            .url(&Url::parse(base).unwrap(), &get_part())
            .map(String::from)
    }

    #[test]
    fn path_parameters_stay_one_segment() {
        for (part, encoded) in [
            ("prt_1", "prt_1"),
            ("a/b", "a%2Fb"),
            ("a?b", "a%3Fb"),
            ("a#b", "a%23b"),
            ("%2e%2e", "%252e%252e"),
            ("%2F", "%252F"),
            ("...", "..."),
            ("..;", "..;"),
            ("../..", "..%2F.."),
            ("a b", "a%20b"),
            ("größe", "gr%C3%B6%C3%9Fe"),
            ("http://example.com", "http:%2F%2Fexample.com"),
        ] {
            for base in ["https://example.com/api", "https://example.com/api/"] {
                let expected = format!("https://example.com/api/v2/gadgets/gdg_1/parts/{encoded}");
                assert_eq!(url(base, "gdg_1", part).unwrap(), expected);
            }
        }
        assert_eq!(
            url("https://example.com", "a", "b").unwrap(),
            "https://example.com/v2/gadgets/a/parts/b"
        );
    }

    #[test]
    fn segments_that_climb_or_vanish_are_refused() {
        for part in [
            "",
            ".",
            "..",
            "\\",
            "..\\deals\\dl_1",
            "a\nb",
            "\t",
            "\u{0}",
            "a\u{7f}",
            "dl_1\u{200b}",
            "\u{feff}dl_1",
            "\u{202a}dl_1\u{202c}",
            " dl_1",
            "dl_1\u{a0}",
        ] {
            assert!(
                url("https://example.com/api", "gdg_1", part).is_err(),
                "{part:?}"
            );
            assert!(
                url("https://example.com/api", part, "prt_1").is_err(),
                "{part:?}"
            );
        }
        assert!(
            Request::default()
                .url(&Url::parse("https://example.com").unwrap(), &get_part())
                .is_err()
        );
    }

    #[test]
    fn the_first_problem_is_reported() {
        let mut request = Request::default();
        request.set_header("x-api-key", "secret");
        request.set_header("a b", "c");
        let error = request
            .url(&Url::parse("https://example.com").unwrap(), &get_part())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid request: GET /v2/gadgets/{id}/parts/{partId}: header x-api-key is set by the client itself; remove it"
        );
    }

    #[test]
    fn headers_that_cannot_be_given() {
        for (name, value) in [
            ("X-API-Key", "a"),
            ("Host", "a"),
            ("content-length", "1"),
            ("Transfer-Encoding", "chunked"),
            ("proxy-authorization", "a"),
            ("a:b", "c"),
            ("", "c"),
            ("x-note", "a\r\nx-api-key: b"),
            ("x-note", "a\u{0}"),
            ("x-note", "é"),
            ("x-note", " a"),
            ("x-note", "a\t"),
        ] {
            let mut request = Request::default();
            request.set_header(name, value);
            assert!(request.problem.is_some(), "{name}");
            assert!(request.headers.is_empty());
        }
    }

    #[test]
    fn a_parameter_set_again_is_replaced() {
        let mut request = Request::default();
        request.set_query("pageSize".into(), &10);
        request.set_query("cursor".into(), &"a");
        request.set_query("pageSize".into(), &20);
        request.set_path("id".into(), "a");
        request.set_path("id".into(), "b");
        let values = |parameters: &[Parameter]| -> Vec<String> {
            let parameters = parameters.iter();
            parameters
                .map(|it| format!("{}={:?}", it.name, it.values))
                .collect()
        };
        assert_eq!(values(&request.path_parameters), [r#"id=["b"]"#]);
        assert_eq!(
            values(&request.query),
            [r#"pageSize=["20"]"#, r#"cursor=["a"]"#]
        );
    }
}

//! Bodies and responses of operations: their media types and schemas.

use serde_json::{Value, json};

use super::{
    Normaliser,
    schemas::{CHOICE, Form, Schema},
    shared_name,
};
use crate::json::{component, entries, step, text, texts};

/// Key next to a body or a response that is not JSON: its media type.
pub(crate) const MEDIA: &str = "x-heffl-codegen-media";

/// Key of a normal operation or event: the received body, by its schema or its media type.
pub(crate) const RESPONSE: &str = "x-heffl-codegen-response";

/// The name that stands for the status of the response in a choice, as in HTTP/2.
pub(crate) const STATUS: &str = ":status";

/// Fields as browsers send them.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The media type of bytes without further information.
const BYTES: &str = "application/octet-stream";

/// A body of parts, some of which may be files.
pub(crate) const PARTS: &str = "multipart/form-data";

/// Key next to a body of parts: the parts that are files.
pub(crate) const FILES: &str = "x-heffl-codegen-files";

impl<'a> Normaliser<'a> {
    /// The body as JSON; `Err` if the document describes only other media types.
    pub(super) fn body(
        &mut self,
        body: &'a Value,
        method: &str,
        name: &str,
        at: &str,
    ) -> Result<Option<Value>, String> {
        let Some((body, at)) = self.target(body, at) else {
            return Ok(None);
        };
        let content: Vec<_> = entries(body.get("content")).collect();
        if content.is_empty() {
            let message = "the body has no media type, and is left out";
            self.warn("body-empty", &at, message);
            return Ok(None);
        }
        let find = |wanted: fn(&str) -> bool| content.iter().find(|(media, _)| wanted(media));
        let found = find(is_plain_json)
            .or_else(|| find(|media| media_type(media) == FORM))
            .or_else(|| find(is_json))
            .or_else(|| find(|media| media_type(media) == PARTS))
            .or_else(|| find(|media| !media.starts_with("multipart/")));
        let Some((media, content)) = found else {
            return Err("its body has parts that are no form".to_owned());
        };
        if matches!(method, "get" | "delete") {
            let method = method.to_uppercase();
            let message = format!("a {method} with a body is sent so, which some servers refuse");
            self.warn("body-unusual", &at, message);
        }
        let base = shared_name(&at).unwrap_or_else(|| name.to_owned());
        let at_schema = step(&step(&step(&at, "content"), media), "schema");
        let mut normal = body.as_object().cloned().unwrap_or_default();
        let base = format!("{base}Body");
        let schema = match content.get("schema") {
            Some(schema) if media_type(media) == PARTS => {
                let (members, files) = self.parts(schema, content, &base, &at_schema);
                normal.insert(FILES.to_owned(), files.into());
                normal.insert("required".to_owned(), true.into());
                members
            }
            Some(schema) if is_json(media) || media_type(media) == FORM => {
                Some(self.place(schema, &base, &at_schema))
            }
            _ => Some(json!({})),
        };
        normal.shift_remove("content");
        if let Some(schema) = schema {
            let mut content = content.as_object().cloned().unwrap_or_default();
            content.insert("schema".to_owned(), schema);
            normal.insert("content".to_owned(), json!({"application/json": content}));
        }
        if !is_plain_json(media) {
            normal.insert(MEDIA.to_owned(), header_value(media, BYTES).into());
        }
        Ok(Some(normal.into()))
    }

    /// The parts of a body: an object of the parts that are not files, if there are any, and the
    /// files.
    fn parts(
        &mut self,
        schema: &Value,
        content: &Value,
        name: &str,
        at: &str,
    ) -> (Option<Value>, Vec<Value>) {
        let encodings = content.get("encoding");
        let mut flat = Schema::new();
        self.absorb(&mut flat, schema.clone(), at, at);
        let required = flat.get("required").cloned();
        let mut files = Vec::new();
        if let Some(Value::Object(members)) = flat.get_mut("properties") {
            members.retain(|key, member| {
                let (mut one, mut item) = (Schema::new(), Schema::new());
                let at = step(&step(at, "properties"), key);
                self.absorb(&mut one, member.clone(), &at, &at);
                if let Some(items) = one.get("items") {
                    self.absorb(&mut item, items.clone(), &step(&at, "items"), &at);
                }
                let is_list = is_file(&item);
                if !is_list && !is_file(&one) {
                    return true;
                }
                let media = encodings.and_then(|it| text(it.get(key)?, "contentType"));
                files.push(json!({
                    "wire": key,
                    "is_list": is_list,
                    "required": texts(required.as_ref()).any(|name| name == key),
                    "media": header_value(media.unwrap_or_default(), BYTES),
                }));
                false
            });
        }
        for (key, encoding) in entries(encodings) {
            let is_file = files.iter().any(|file| text(file, "wire") == Some(key));
            let unread = entries(Some(encoding)).map(|(key, _)| key);
            for key in unread.filter(|key| !is_file || *key != "contentType") {
                let at = step(at.trim_end_matches("/schema"), "encoding");
                let message = format!("`{key}` of a part is not read");
                self.warn("part-encoding", &step(&at, key), message);
            }
        }
        if files.is_empty() {
            return (Some(self.place(schema, name, at)), files);
        }
        if entries(flat.get("properties")).next().is_none() {
            return (None, files);
        }
        if let Some(Value::Array(required)) = flat.get_mut("required") {
            required.retain(|key| files.iter().all(|file| file["wire"] != *key));
        }
        (Some(self.place(&flat.into(), name, at)), files)
    }

    /// The one successful response: the schema of its JSON, or its media type, or an empty object if nothing is read.
    pub(super) fn response(&mut self, operation: &'a Value, name: &str, at: &str) -> Value {
        let is_head = at.ends_with("/head/responses");
        let with = |start: &'static str| {
            let all = entries(operation.get("responses"));
            all.filter(move |(status, _)| status.starts_with(start))
                .collect()
        };
        let mut successes: Vec<(&String, &Value)> = with("2");
        if successes.is_empty() {
            successes = with("default");
        }
        if successes.is_empty() {
            let message = "no success is described; its body is not read";
            self.warn("response-missing", at, message);
        }
        // The schemas with their statuses, and the statuses of successful responses without a body.
        let mut schemas: Vec<(Value, Vec<&str>)> = Vec::new();
        let (mut empty, mut other) = (Vec::new(), None);
        for (status, response) in successes {
            let at = step(at, status);
            let Some((response, at)) = self.target(response, &at) else {
                continue;
            };
            let content: Vec<_> = entries(response.get("content"))
                .filter(|_| !is_head)
                .collect();
            let Some((media, content)) = content.iter().find(|(media, _)| is_json(media)) else {
                match content.first() {
                    Some((media, _)) => other = Some(((*media).clone(), at)),
                    None => empty.push(status.as_str()),
                }
                continue;
            };
            let base = shared_name(&at).unwrap_or_else(|| name.to_owned());
            let at = step(&step(&step(&at, "content"), media), "schema");
            let schema = match content.get("schema") {
                Some(schema) => self.place(schema, &format!("{base}Response"), &at),
                None => json!({}),
            };
            match schemas.iter_mut().find(|(known, _)| *known == schema) {
                Some((_, statuses)) => statuses.push(status),
                None => schemas.push((schema, vec![status])),
            }
        }
        if let Some((media, at)) = other {
            if schemas.is_empty() {
                return json!({MEDIA: header_value(&media, "*/*")});
            }
            let message = format!("`{media}` beside JSON is not read");
            self.warn("response-not-json", &at, message);
        }
        if schemas.len() > 1 {
            return json!({"schema": self.by_status(schemas, &empty, name, at)});
        }
        let Some((mut schema, _)) = schemas.pop() else {
            return json!({});
        };
        if !empty.is_empty()
            && let Value::Object(schema) = &mut schema
        {
            schema.insert("nullable".to_owned(), true.into());
            if let Some(reference) = schema.shift_remove("$ref") {
                schema.insert("allOf".to_owned(), json!([{"$ref": reference}]));
            }
        }
        json!({"schema": schema})
    }

    /// Successful responses with different schemas: a choice that the status decides.
    fn by_status(
        &mut self,
        schemas: Vec<(Value, Vec<&str>)>,
        empty: &[&str],
        name: &str,
        at: &str,
    ) -> Value {
        let is_typed = |it: &Value| component(it).is_some() || text(it, "type").is_some();
        let typed = schemas.into_iter().filter(|(schema, _)| is_typed(schema));
        let typed = typed.map(|(schema, statuses)| json!({"schema": schema, "values": statuses}));
        let mut alternatives: Vec<Value> = typed.collect();
        if !empty.is_empty() {
            alternatives.push(json!({"values": empty}));
        }
        let choice = json!({
            "description": "The response, by its status.",
            CHOICE: alternatives,
            "discriminator": {"propertyName": STATUS},
        });
        self.hoisted(choice, Form::Choice, &format!("{name}Success"), at)
    }
}

/// Whether a part of a body is a file.
fn is_file(part: &Schema) -> bool {
    let is_binary = part.get("format").is_some_and(|format| format == "binary");
    is_binary || part.contains_key("contentMediaType") && !part.contains_key("contentEncoding")
}

/// The media type without its parameters.
fn media_type(media: &str) -> String {
    let kind = media.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// A media type as the value of a header; `otherwise` for a range of media types, and for text that no
/// header can hold.
fn header_value(media: &str, otherwise: &str) -> String {
    let kind = media_type(media);
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'*';
    let is_plain = kind.contains('/') && kind.bytes().all(is_plain);
    if is_plain { kind } else { otherwise.to_owned() }
}

/// Whether a media type is JSON.
pub(crate) fn is_json(media: &str) -> bool {
    let kind = media_type(media);
    kind.ends_with("/json") || kind.ends_with("+json") || kind == "*/*" || kind == "application/*"
}

/// Whether a body of this media type may be sent as `application/json`.
fn is_plain_json(media: &str) -> bool {
    ["application/json", "*/*", "application/*"].contains(&&*media_type(media))
}

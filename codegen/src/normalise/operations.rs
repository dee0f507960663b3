//! Operations: their names and tags, and which can be called.

use serde_json::{Map, Value, json};

use super::{Normaliser, bodies::RESPONSE};
use crate::{
    json::{entries, step, text, texts},
    naming,
};

const METHODS: &str = "get post put patch delete head options trace";

/// The keys of a path item that are not operations.
const OF_ITEM: &str = "$ref parameters summary description servers additionalOperations";

impl<'a> Normaliser<'a> {
    /// All operations that can be generated, by path and method.
    pub(super) fn paths(&mut self) -> Map<String, Value> {
        let mut paths = Map::new();
        for (path, item) in entries(self.root.get("paths")) {
            let at = step("/paths", path);
            if path.starts_with("x-") {
                continue;
            }
            let Some((item, at)) = self.target(item, &at) else {
                continue;
            };
            let mut operations = Map::new();
            for (method, operation) in entries(Some(item)) {
                let at = step(&at, method);
                if METHODS.split(' ').any(|known| known == method) {
                    let normal = self.operation(path, item, method, operation, &at);
                    match normal {
                        Ok(normal) => {
                            operations.insert(method.clone(), normal.into());
                        }
                        Err(why) => {
                            let message = format!("the operation is left out: {why}");
                            self.warn("operation-left-out", &at, message);
                        }
                    }
                } else if !OF_ITEM.split(' ').any(|known| known == method)
                    && !method.starts_with("x-")
                {
                    let message = format!("`{method}` is no HTTP method");
                    self.warn("method-unknown", &at, message);
                }
            }
            if !operations.is_empty() {
                paths.insert(path.clone(), operations.into());
            }
        }
        paths
    }

    /// The operation, or the reason why it is omitted.
    fn operation(
        &mut self,
        path: &str,
        item: &'a Value,
        method: &str,
        operation: &'a Value,
        at: &str,
    ) -> Result<Map<String, Value>, String> {
        let fields = operation.as_object().ok_or("it is no object")?;
        check_path(path)?;
        let mut normal = fields.clone();
        for key in ["servers", "parameters", "requestBody", "responses"] {
            normal.shift_remove(key);
        }
        let id = self.operation_id(path, method, operation, at);
        normal.insert("operationId".to_owned(), id.as_str().into());
        normal.insert("tags".to_owned(), json!([self.tag(path, operation, at)]));
        if text(operation, "summary").is_none_or(|summary| summary.trim().is_empty()) {
            let mut summary = naming::words(&id).join(" ");
            if let Some(first) = summary.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            let message = format!("the operation has no summary, and is described as `{summary}`");
            self.warn("summary-missing", at, message);
            normal.insert("summary".to_owned(), summary.into());
        }
        if normal.shift_remove("callbacks").is_some() {
            let message = "callbacks are not generated";
            self.warn("callbacks-left-out", &step(at, "callbacks"), message);
        }
        self.server(item, operation, &mut normal)?;
        self.key(operation, at);
        let name = naming::pascal(&id);
        if let Some(body) = operation.get("requestBody") {
            let body = self.body(body, method, &name, &step(at, "requestBody"))?;
            normal.extend(body.map(|body| ("requestBody".to_owned(), body)));
        }
        let parameters = self.parameters(path, item, operation, &name, at, &mut normal)?;
        normal.insert("parameters".to_owned(), parameters.into());
        let response = self.response(operation, &name, &step(at, "responses"));
        normal.insert(RESPONSE.to_owned(), response);
        Ok(normal)
    }

    /// An `operationId` that is unique even if case and punctuation are ignored.
    fn operation_id(&mut self, path: &str, method: &str, operation: &Value, at: &str) -> String {
        let given = text(operation, "operationId").filter(|id| id.contains(char::is_alphanumeric));
        let made_up = || {
            let path = path.replace("/{", "/by ");
            naming::snake(&naming::ascii(&format!("{method} {path}")))
        };
        let wanted = given.map_or_else(made_up, str::to_owned);
        let is_free = self.operation_names.is_free(&wanted);
        let name = self.operation_names.take(&wanted);
        let snake = naming::snake(&name);
        let is_plain = |id: &str| {
            id.starts_with(|c: char| c.is_ascii_lowercase())
                && id.chars().all(|c| c.is_ascii_alphanumeric())
                && naming::pascal(id) == name
                && !naming::is_keyword(&naming::snake(id))
        };
        match given {
            Some(given) if is_free && is_plain(given) => return given.to_owned(),
            Some(given) if !is_free => {
                let message = format!(
                    "another operation is called like `{given}`; this one is `{name}` in the code"
                );
                self.warn("operation-id-twice", &step(at, "operationId"), message);
            }
            Some(_) => {}
            None => {
                let message =
                    format!("the operation has no operationId, and is `{snake}` in the code");
                self.warn("operation-id-missing", at, message);
            }
        }
        snake
    }

    /// The one tag, which becomes the handle.
    fn tag(&mut self, path: &str, operation: &Value, at: &str) -> String {
        let tags = texts(operation.get("tags")).filter(|tag| !tag.trim().is_empty());
        let tags: Vec<&str> = tags.collect();
        if let Some(first) = tags.first() {
            if tags.len() > 1 {
                let message =
                    format!("of several tags, `{first}` is the one whose handle has the operation");
                self.warn("tag-not-one", &step(at, "tags"), message);
            }
            return (*first).to_owned();
        }
        let is_version = |segment: &str| {
            let number = segment.strip_prefix('v').unwrap_or_default();
            let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
            segment == "api" || !number.is_empty() && is_number
        };
        let is_name = |it: &&str| !it.is_empty() && !it.contains('{') && !is_version(it);
        let tag = path.split('/').find(is_name).unwrap_or("root").to_owned();
        let message = format!("the operation has no tag, and belongs to `{tag}`");
        self.warn("tag-missing", at, message);
        tag
    }
}

/// Checks that requests to a path can be built. An error is the reason why they cannot.
fn check_path(path: &str) -> Result<(), &'static str> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let segments = || path.split('/').skip(1);
    let last = segments().count().saturating_sub(1);
    let is_control = |c: char| c.is_control() || c.is_whitespace();
    Err(if !path.starts_with('/') {
        "its path does not begin with a slash"
    } else if query.contains(['{', '#']) || path.contains('#') {
        "its path has a fragment, or a query with parameters"
    } else if segments().any(|segment| matches!(segment, "." | "..")) {
        "its path has a segment that leads to another path"
    } else if segments().take(last).any(str::is_empty) {
        "its path has an empty segment"
    } else if path.contains(['%', '\\']) || path.contains(is_control) {
        "its path has a character that stands for another one in URLs"
    } else if !segments().all(is_balanced) {
        "the braces in its path do not match"
    } else {
        return Ok(());
    })
}

/// Whether braces are in pairs, with a name in each.
fn is_balanced(segment: &str) -> bool {
    let mut parts = segment.split('{');
    let is_name = |name: &str| !name.is_empty() && !name.contains('}');
    let is_closed = |part: &str| {
        let (name, rest) = part.split_once('}').unwrap_or_default();
        is_name(name) && !rest.contains('}')
    };
    parts.next().is_some_and(|first| !first.contains('}')) && parts.all(is_closed)
}

//! Operations: their names and tags, and which can be called.

use serde_json::{Map, Value, json};

use super::{Normaliser, schemas::note};
use crate::{
    json::{elements, entries, step, text},
    naming,
};

const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];

/// What a path item holds beside operations.
const OF_ITEM: [&str; 6] = [
    "$ref",
    "parameters",
    "summary",
    "description",
    "servers",
    "additionalOperations",
];

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
                if METHODS.contains(&method.as_str()) {
                    let normal = self.operation(path, item, method, operation, &at);
                    operations.extend(normal.map(|normal| (method.clone(), normal.into())));
                } else if !OF_ITEM.contains(&method.as_str()) && !method.starts_with("x-") {
                    self.warn(
                        "method-unknown",
                        &at,
                        format!("`{method}` is no HTTP method"),
                    );
                }
            }
            if !operations.is_empty() {
                paths.insert(path.clone(), operations.into());
            }
        }
        paths
    }

    fn left_out(&mut self, at: &str, why: &str) -> Option<Map<String, Value>> {
        self.warn(
            "operation-left-out",
            at,
            format!("the operation is left out: {why}"),
        );
        None
    }

    fn operation(
        &mut self,
        path: &str,
        item: &'a Value,
        method: &str,
        operation: &'a Value,
        at: &str,
    ) -> Option<Map<String, Value>> {
        let Some(fields) = operation.as_object() else {
            return self.left_out(at, "it is no object");
        };
        if let Some(problem) = path_problem(path) {
            return self.left_out(at, problem);
        }
        let mut normal = fields.clone();
        let id = self.operation_id(path, method, operation, at);
        normal.insert("operationId".to_owned(), id.as_str().into());
        normal.insert("tags".to_owned(), json!([self.tag(path, operation, at)]));
        if text(operation, "summary").is_none_or(|summary| summary.trim().is_empty()) {
            let words = naming::words(&id).join(" ");
            let summary: String = words
                .chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .chain(words.chars().skip(1))
                .collect();
            self.warn(
                "summary-missing",
                at,
                format!("the operation has no summary, and is described as `{summary}`"),
            );
            normal.insert("summary".to_owned(), summary.into());
        }
        for (key, what) in [("callbacks", "callbacks are not generated")] {
            if normal.shift_remove(key).is_some() {
                self.warn("callbacks-left-out", &step(at, key), what);
            }
        }
        if let Err(why) = self.server(item, operation, &mut normal) {
            return self.left_out(at, &why);
        }
        self.key(operation, at);
        let name = naming::pascal(&id);
        normal.shift_remove("requestBody");
        if let Some(body) = operation.get("requestBody") {
            match self.body(body, method, &name, &step(at, "requestBody")) {
                Ok(body) => normal.extend(body.map(|body| ("requestBody".to_owned(), body))),
                Err(why) => return self.left_out(at, &why),
            }
        }
        let mut notes = Vec::new();
        let parameters = match self.parameters(path, item, operation, &name, at, &mut notes) {
            Ok(parameters) => parameters,
            Err(why) => return self.left_out(at, &why),
        };
        normal.shift_remove("parameters");
        if !parameters.is_empty() {
            normal.insert("parameters".to_owned(), parameters.into());
        }
        let responses = self.responses(operation, &name, &step(at, "responses"));
        normal.insert("responses".to_owned(), responses);
        for paragraph in notes {
            note(&mut normal, &paragraph);
        }
        Some(normal)
    }

    /// An `operationId` that no other operation has, also where case and signs do not count.
    fn operation_id(&mut self, path: &str, method: &str, operation: &Value, at: &str) -> String {
        let given = text(operation, "operationId").filter(|id| id.contains(char::is_alphanumeric));
        let made_up = || {
            let segments = path
                .split('/')
                .map(|segment| match segment.strip_prefix('{') {
                    Some(name) => format!("by {name}"),
                    None => segment.to_owned(),
                });
            let words: Vec<String> = std::iter::once(method.to_owned()).chain(segments).collect();
            naming::snake(&naming::ascii(&words.join(" ")))
        };
        let wanted = given.map_or_else(made_up, str::to_owned);
        let is_free = self.operation_names.is_free(&wanted);
        let name = self.operation_names.take(&wanted);
        let is_plain = |id: &str| {
            id.starts_with(|c: char| c.is_ascii_lowercase())
                && id.chars().all(|c| c.is_ascii_alphanumeric())
        };
        match given {
            Some(given)
                if is_free
                    && is_plain(given)
                    && naming::pascal(given) == name
                    && !naming::is_keyword(&naming::snake(given)) =>
            {
                return given.to_owned();
            }
            Some(given) if !is_free => {
                let message = format!(
                    "another operation is called like `{given}`; this one is `{name}` in the code"
                );
                self.warn("operation-id-twice", &step(at, "operationId"), message);
            }
            Some(_) => {}
            None => {
                let message = format!(
                    "the operation has no operationId, and is `{}` in the code",
                    naming::snake(&name)
                );
                self.warn("operation-id-missing", at, message);
            }
        }
        naming::snake(&name)
    }

    /// The one tag, which becomes the handle.
    fn tag(&mut self, path: &str, operation: &Value, at: &str) -> String {
        let tags: Vec<&str> = elements(operation.get("tags"))
            .filter_map(Value::as_str)
            .filter(|tag| !tag.trim().is_empty())
            .collect();
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
            segment == "api"
                || !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || c == '.')
        };
        let mut segments = path.split('/').filter(|segment| {
            !segment.is_empty() && !segment.contains('{') && !is_version(segment)
        });
        let tag = segments.next().unwrap_or("root").to_owned();
        self.warn(
            "tag-missing",
            at,
            format!("the operation has no tag, and belongs to `{tag}`"),
        );
        tag
    }
}

/// Why requests to a path cannot be put together.
fn path_problem(path: &str) -> Option<&'static str> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let segments = || path.split('/').skip(1);
    let last = segments().count().saturating_sub(1);
    if !path.starts_with('/') {
        Some("its path does not begin with a slash")
    } else if query.contains(['{', '#']) || path.contains('#') {
        Some("its path has a fragment, or a query with parameters")
    } else if segments().any(|segment| matches!(segment, "." | "..")) {
        Some("its path has a segment that leads to another path")
    } else if segments()
        .enumerate()
        .any(|(index, segment)| segment.is_empty() && index != last)
    {
        Some("its path has an empty segment")
    } else if path.contains(['%', '\\'])
        || path.contains(|c: char| c.is_control() || c.is_whitespace())
    {
        Some("its path has a character that stands for another one in URLs")
    } else if segments().any(|segment| !is_balanced(segment)) {
        Some("the braces in its path do not match")
    } else {
        None
    }
}

fn is_balanced(segment: &str) -> bool {
    let mut is_open = false;
    for character in segment.chars() {
        match character {
            '{' if !is_open => is_open = true,
            '}' if is_open => is_open = false,
            '{' | '}' => return false,
            _ => {}
        }
    }
    !is_open && !segment.contains("{}")
}

//! The operations and schemas of the documents that the server follows.

use std::fmt;

use serde_json::{Map, Value};

/// A JSON object.
pub(crate) type Object = Map<String, Value>;

/// The error of [`TestServer::fail`](crate::TestServer::fail): the API has no such operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOperation {
    name: String,
    /// Operations with a similar name.
    similar: Vec<String>,
}

impl fmt::Display for UnknownOperation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the API has no operation {:?}", self.name)?;
        if self.similar.is_empty() {
            return Ok(());
        }
        write!(formatter, "; did you mean {}?", self.similar.join(" or "))
    }
}

impl std::error::Error for UnknownOperation {}

/// The operations and schemas of both versions of the API.
#[derive(Debug)]
pub(crate) struct Catalogue {
    operations: Vec<Operation>,
    schemas: [(&'static str, Schemas); 2],
}

/// An operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) version: &'static str,
    pub(crate) method: String,
    /// Segments of the path; parameters in braces.
    segments: Vec<String>,
    /// Parameters of the query.
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Value>,
    pub(crate) response: Option<Value>,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) required: bool,
    pub(crate) schema: Value,
    /// Its value is JSON text.
    pub(crate) json: bool,
}

/// The named schemas of a version.
#[derive(Debug)]
pub(crate) struct Schemas(Object);

impl Catalogue {
    /// Reads the documents that this crate is generated from.
    pub(crate) fn read() -> Result<Self, serde_json::Error> {
        let mut operations = Vec::new();
        let mut schemas = |version, text| {
            let mut document: Object = serde_json::from_str(text)?;
            for operation in elements(document.get("operations")) {
                operations.extend(Operation::read(version, operation));
            }
            let named = document.remove("schemas");
            let named = named.and_then(|named| match named {
                Value::Object(named) => Some(named),
                _ => None,
            });
            Ok::<_, serde_json::Error>((version, Schemas(named.unwrap_or_default())))
        };
        let schemas = [
            schemas("v1", crate::v1::DOCUMENT)?,
            schemas("v2", crate::v2::DOCUMENT)?,
        ];
        Ok(Self {
            operations,
            schemas,
        })
    }

    pub(crate) fn schemas(&self, version: &str) -> &Schemas {
        let [v1, v2] = &self.schemas;
        if version == v1.0 { &v1.1 } else { &v2.1 }
    }

    /// Fails if there is no operation of this name.
    pub(crate) fn check(&self, name: &str) -> Result<(), UnknownOperation> {
        let names = || {
            self.operations
                .iter()
                .map(|operation| operation.id.as_str())
        };
        if names().any(|known| known == name) {
            return Ok(());
        }
        let mut similar: Vec<(usize, &str)> = names()
            .map(|known| (distance(name, known), known))
            .filter(|(distance, known)| *distance <= known.len() / 2)
            .collect();
        similar.sort_unstable();
        similar.dedup();
        let similar = similar.into_iter().map(|(_, known)| known.to_owned());
        Err(UnknownOperation {
            name: name.to_owned(),
            similar: similar.take(3).collect(),
        })
    }

    /// The operation of a request, with the parameters of its path, in order. A literal segment wins over a parameter:
    /// `/leads/sources` over `/leads/{id}`.
    pub(crate) fn find(
        &self,
        version: &str,
        method: &str,
        segments: &[String],
    ) -> Option<(&Operation, Vec<String>)> {
        self.operations
            .iter()
            .filter(|operation| operation.version == version && operation.method == method)
            .filter_map(|operation| Some((operation, operation.parameters_of(segments)?)))
            .min_by_key(|(_, parameters)| parameters.len())
    }
}

impl Operation {
    fn read(version: &'static str, operation: &Value) -> Option<Self> {
        let text = |key| operation.get(key)?.as_str().map(str::to_owned);
        let schema = |key| {
            operation
                .get(key)
                .filter(|schema| !schema.is_null())
                .cloned()
        };
        Some(Self {
            id: text("id")?,
            version,
            method: text("method")?,
            segments: text("path")?
                .split('/')
                .filter(|segment| !segment.is_empty())
                .map(str::to_owned)
                .collect(),
            parameters: elements(operation.get("parameters"))
                .filter(|parameter| is(parameter, "in", "query"))
                .filter_map(Parameter::read)
                .collect(),
            body: schema("body"),
            response: schema("response"),
        })
    }

    fn parameters_of(&self, segments: &[String]) -> Option<Vec<String>> {
        if segments.len() != self.segments.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (own, requested) in self.segments.iter().zip(segments) {
            if own.starts_with('{') {
                parameters.push(requested.clone());
            } else if own != requested {
                return None;
            }
        }
        Some(parameters)
    }

    /// The path without its parameters: `leads/sources`, `pipelines/stages`.
    pub(crate) fn resource(&self) -> String {
        let fixed = self
            .segments
            .iter()
            .filter(|segment| !segment.starts_with('{'));
        fixed.map(String::as_str).collect::<Vec<_>>().join("/")
    }
}

impl Parameter {
    fn read(parameter: &Value) -> Option<Self> {
        Some(Self {
            name: parameter.get("name")?.as_str()?.to_owned(),
            required: flag(parameter, "required"),
            schema: parameter.get("schema")?.clone(),
            json: flag(parameter, "x-heffl-json"),
        })
    }
}

impl Schemas {
    /// A schema with its reference resolved, one level deep.
    pub(crate) fn resolve(&self, schema: &Value) -> Object {
        let mut own = schema.as_object().cloned().unwrap_or_default();
        let mut resolved = Map::new();
        if let Some(target) = own.remove("$ref").and_then(|target| self.target(&target)) {
            resolved = target;
        }
        for part in elements(own.remove("allOf").as_ref()) {
            resolved.extend(self.resolve(part));
        }
        // Keys next to a reference win, as everywhere in these documents.
        resolved.extend(own);
        resolved
    }

    fn target(&self, reference: &Value) -> Option<Object> {
        let name = reference.as_str()?.strip_prefix("#/components/schemas/")?;
        Some(self.resolve(self.0.get(name)?))
    }
}

/// The number of letters to insert, remove or replace to turn one name into the other, ignoring case.
fn distance(one: &str, other: &str) -> usize {
    let [one, other] = [one, other].map(|name| name.to_lowercase().chars().collect::<Vec<_>>());
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (number, letter) in one.iter().enumerate() {
        let mut left = number + 1;
        let mut next = vec![left];
        let above = row.iter().zip(row.iter().skip(1));
        for (other_letter, (diagonal, above)) in other.iter().zip(above) {
            let replaced = diagonal + usize::from(letter != other_letter);
            left = replaced.min(above + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// The elements of an array; empty for any other value.
pub(crate) fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

pub(crate) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

pub(crate) fn is(value: &Value, key: &str, text: &str) -> bool {
    value.get(key).and_then(Value::as_str) == Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_crate_is_found_by_its_path() {
        let catalogue = Catalogue::read().unwrap();
        for operation in heffl::v1::OPERATIONS.iter().chain(heffl::v2::OPERATIONS) {
            let segments: Vec<String> = operation
                .path()
                .split('/')
                .skip(1)
                .map(|segment| segment.trim_matches(['{', '}']).to_owned())
                .collect();
            let (found, _) = catalogue
                .find(operation.version(), operation.method(), &segments)
                .unwrap();
            assert_eq!(found.id, operation.id());
        }
        let segments = ["leads".to_owned(), "sources".to_owned()];
        let (found, parameters) = catalogue.find("v1", "GET", &segments).unwrap();
        assert_eq!(
            (found.id.as_str(), parameters.len()),
            ("listLeadSources", 0)
        );
        assert!(catalogue.find("v2", "PUT", &segments).is_none());
    }
}

//! Reading records, strictly: nothing in a record's file may go unnoticed.

use std::{collections::HashSet, path::Path};

use serde_json::Value;

use crate::{
    Finding, input,
    record::{self, Content, Evidence, Field, Location, Operation, Record, SameAs},
    yaml,
};

/// Reads the records of a folder, in the order of their names.
pub fn load(dir: &Path) -> Result<Vec<(String, Record)>, Vec<Finding>> {
    load_as(dir, &dir.display().to_string())
}

/// [`load`], with the folder called `name` in paths and findings.
pub(crate) fn load_as(dir: &Path, name: &str) -> Result<Vec<(String, Record)>, Vec<Finding>> {
    let mut records = Vec::new();
    let mut findings = Vec::new();
    for (path, text) in texts(dir, name).map_err(|finding| vec![finding])? {
        match parse(&text, &path) {
            Ok(record) => records.push((path, record)),
            Err(more) => findings.extend(more),
        }
    }
    if findings.is_empty() {
        Ok(records)
    } else {
        Err(findings)
    }
}

/// The `.yaml` files of a folder in the order of their names, each with its text.
pub(crate) fn texts(dir: &Path, name: &str) -> Result<Vec<(String, String)>, Finding> {
    let unreadable = |error: std::io::Error| {
        Finding::new("unreadable", format!("cannot be read: {error}"))
            .file(name)
            .help("check what stands at this path, and its permissions")
    };
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            let text = input::read(&path, &name)?;
            texts.push((name, text));
        }
    }
    texts.sort();
    Ok(texts)
}

/// Reads one record.
pub fn parse(text: &str, file: &str) -> Result<Record, Vec<Finding>> {
    let raw = yaml::read(text, file).map_err(|finding| vec![finding])?;
    let record: Record = serde_yaml::from_str(text).map_err(|error| {
        let mut finding = yaml::syntax_finding(&error, file);
        finding.rule = "record-invalid";
        vec![finding.help("compare with \"Records\" in spec/README.md")]
    })?;
    let mut check = Check {
        file,
        findings: Vec::new(),
    };
    match serde_json::to_value(&record) {
        Ok(understood) => check.compare(&raw, &understood, ""),
        Err(error) => check.report("", error.to_string(), "simplify the record"),
    }
    check.record(&record);
    if check.findings.is_empty() {
        Ok(record)
    } else {
        Err(check.findings)
    }
}

struct Check<'a> {
    file: &'a str,
    findings: Vec<Finding>,
}

impl Check<'_> {
    fn report(&mut self, pointer: &str, message: impl Into<String>, help: &str) {
        self.findings.push(
            Finding::new("record-invalid", message)
                .file(self.file)
                .pointer(pointer)
                .help(help),
        );
    }

    /// Serde skips keys it does not know where structs are flattened into each other. What the
    /// record does not write back was not understood.
    fn compare(&mut self, raw: &Value, understood: &Value, pointer: &str) {
        match (raw, understood) {
            (Value::Object(raw), Value::Object(understood)) => {
                for (key, value) in raw {
                    let pointer = yaml::child(pointer, key);
                    match understood.get(key) {
                        Some(understood) => self.compare(value, understood, &pointer),
                        None => self.report(
                            &pointer,
                            format!("the key `{key}` is unknown, or says what holds without it"),
                            "correct its spelling, or delete it",
                        ),
                    }
                }
            }
            (Value::Array(raw), Value::Array(understood)) => {
                for (index, (raw, understood)) in raw.iter().zip(understood).enumerate() {
                    self.compare(raw, understood, &yaml::child(pointer, index));
                }
            }
            _ => {}
        }
    }

    fn record(&mut self, record: &Record) {
        if record.record != record::FORMAT {
            self.report(
                "/record",
                format!("record format {} is not understood", record.record),
                &format!("this program reads format {}", record::FORMAT),
            );
        }
        match (&record.operation, &record.guide) {
            (Some(operation), None) => self.operation(operation),
            (None, Some(guide)) => {
                for (index, listed) in guide.operations.iter().enumerate() {
                    self.method_and_path(
                        &listed.method,
                        &listed.path,
                        &format!("/guide/operations/{index}"),
                    );
                }
            }
            _ => self.report(
                "",
                "a record holds either an operation or a guide",
                "keep exactly one of the keys `operation` and `guide`",
            ),
        }
    }

    fn method_and_path(&mut self, method: &str, path: &str, pointer: &str) {
        if !super::METHODS.contains(&method.to_ascii_lowercase().as_str())
            || method != method.to_ascii_uppercase()
        {
            self.report(
                &yaml::child(pointer, "method"),
                format!("`{method}` is not a method"),
                "write GET, POST, PUT, PATCH or DELETE",
            );
        }
        if path_parameters(path).is_none() {
            self.report(
                &yaml::child(pointer, "path"),
                format!("`{path}` is not a path template"),
                "write it like /quotations/{id}",
            );
        }
    }

    fn operation(&mut self, operation: &Operation) {
        self.method_and_path(&operation.method, &operation.path, "/operation");
        let wanted: HashSet<&str> = path_parameters(&operation.path)
            .unwrap_or_default()
            .into_iter()
            .collect();
        let mut seen = HashSet::new();
        for (index, parameter) in operation.parameters.iter().enumerate() {
            let pointer = format!("/operation/parameters/{index}");
            self.field(&parameter.field, &pointer);
            if !seen.insert((parameter.location, parameter.field.name.as_str())) {
                self.report(
                    &pointer,
                    format!("the parameter `{}` stands here twice", parameter.field.name),
                    "keep one of them",
                );
            }
            if parameter.location == Location::Path
                && !wanted.contains(parameter.field.name.as_str())
            {
                self.report(
                    &pointer,
                    format!(
                        "the path `{}` has no parameter `{}`",
                        operation.path, parameter.field.name
                    ),
                    "make path and parameters agree",
                );
            }
        }
        for name in &wanted {
            if !seen.contains(&(Location::Path, *name)) {
                self.report(
                    "/operation/parameters",
                    format!(
                        "the parameter `{name}` of the path `{}` is missing",
                        operation.path
                    ),
                    "make path and parameters agree",
                );
            }
        }
        for (index, parameter) in operation.authorization.iter().enumerate() {
            self.field(
                &parameter.field,
                &format!("/operation/authorization/{index}"),
            );
        }
        if let Some(body) = &operation.body {
            self.content(&body.content, "/operation/body");
        }
        self.content(&operation.response.content, "/operation/response");
        for (index, answer) in operation.errors.iter().enumerate() {
            self.content(&answer.content, &format!("/operation/errors/{index}"));
        }
    }

    fn content(&mut self, content: &Content, pointer: &str) {
        if let Some(same_as) = &content.same_as {
            self.same_as(same_as, &yaml::child(pointer, "same_as"));
        }
        self.fields(&content.fields, &yaml::child(pointer, "fields"));
    }

    fn fields(&mut self, fields: &[Field], pointer: &str) {
        let mut names = HashSet::new();
        for (index, field) in fields.iter().enumerate() {
            let pointer = yaml::child(pointer, index);
            if !names.insert(&field.name) {
                self.report(
                    &pointer,
                    format!("the field `{}` stands here twice", field.name),
                    "keep one of them",
                );
            }
            self.field(field, &pointer);
        }
    }

    fn field(&mut self, field: &Field, pointer: &str) {
        if field.evidence == Evidence::Inferred && field.rule.is_none() {
            self.report(
                pointer,
                format!("`{}` is inferred, but no rule says why", field.name),
                "add `rule`",
            );
        }
        if let Some(same_as) = &field.items_same_as {
            self.same_as(same_as, &yaml::child(pointer, "items_same_as"));
        }
        self.fields(&field.fields, &yaml::child(pointer, "fields"));
    }

    fn same_as(&mut self, same_as: &SameAs, pointer: &str) {
        if same_as.rule.trim().is_empty() {
            self.report(
                pointer,
                "the rule is empty",
                "say why the shapes are the same",
            );
        }
    }
}

/// The names in braces, or nothing if `path` is no template.
fn path_parameters(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    for segment in path.strip_prefix('/')?.split('/') {
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let word = name.unwrap_or(segment);
        let valid = !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c));
        if !valid {
            return None;
        }
        names.extend(name);
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "record: 1
form: facts
page: ref/get-a-gadget
operation:
  method: GET
  path: /gadgets/{id}
  evidence: described
  parameters:
  - {in: path, name: id, type: string, required: true, evidence: described}
  response:
    fields:
    - {name: id, type: string, evidence: sampled}
";

    #[test]
    fn a_good_record_is_read() {
        let record = parse(GOOD, "x.yaml").unwrap();
        assert_eq!(record.operation.unwrap().path, "/gadgets/{id}");
    }

    #[test]
    fn bad_records_are_refused_with_their_place() {
        for (from, to, expected) in [
            ("record: 1", "record: 2", "#/record: record format 2"),
            (
                "evidence: sampled}",
                "evidence: sampled, colour: red}",
                "#/operation/response/fields/0/colour: the key `colour` is unknown",
            ),
            (
                "in: path,",
                "in: path, minimun: 1,",
                "/operation/parameters/0/minimun",
            ),
            (
                "  response:",
                "  response:\n    stauts: 200",
                "/operation/response/stauts",
            ),
            (
                "evidence: sampled}",
                "evidence: inferred}",
                "no rule says why",
            ),
            (
                "evidence: sampled}",
                "evidence: guessed}",
                "unknown variant `guessed`",
            ),
            ("/gadgets/{id}", "/gadgets/{key}", "no parameter `id`"),
            ("/gadgets/{id}", "/gadgets/{key}", "`key` of the path"),
            ("/gadgets/{id}", "gadgets", "not a path template"),
            ("method: GET", "method: get", "not a method"),
            ("form: facts", "form: facts\nform: facts", "duplicate"),
            (
                "form: facts",
                "form: facts\nguide: {}",
                "either an operation or a guide",
            ),
            (
                "type: string, evidence: sampled}",
                "type: strnig, evidence: sampled}",
                "not a type",
            ),
            (
                "    fields:\n",
                "    fields:\n    - {name: id, type: string, evidence: sampled}\n",
                "stands here twice",
            ),
        ] {
            let text = GOOD.replace(from, to);
            assert_ne!(text, GOOD);
            let findings = parse(&text, "x.yaml").unwrap_err();
            let all: String = findings.iter().map(ToString::to_string).collect();
            assert!(all.contains(expected), "{expected}: {all}");
            assert!(all.starts_with("x.yaml"));
        }
        let syntax = parse("record: 1\nform: [", "x.yaml").unwrap_err();
        assert!(syntax[0].line.is_some());
    }
}

//! The definitions of custom fields that `heffl fields pull` has saved.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use heffl_custom_fields::{Definition, Definitions, Kind, Response, parse};

use crate::{
    data::{Val, text_value},
    failure::Failure,
    folders,
    globals::Globals,
    table, values,
};

/// The definitions of the custom fields of a workspace.
#[derive(Debug)]
pub(crate) struct Saved(pub(crate) Definitions);

impl Saved {
    /// The definitions that were saved for the workspace of the API key, if there are any.
    pub(crate) fn read(globals: &Globals) -> Result<Option<Self>, Failure> {
        let file = file(globals)?;
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(&file, &text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::file(&file, &error)),
        }
    }

    /// The definitions of a response.
    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, Failure> {
        let file = file.display().to_string();
        let response = Response {
            file: &file,
            text,
            entity: None,
        };
        let parsed = parse(&response).map(Self);
        parsed.map_err(|error| Failure::usage(error.to_string()))
    }

    /// The definition of a field; `None` without definitions of the resource.
    pub(crate) fn known(&self, resource: &str, key: &str) -> Result<Option<&Definition>, Failure> {
        let mut entities = self.0.entities.iter();
        let Some(entity) = entities.find(|entity| entity.name == resource) else {
            return Ok(None);
        };
        if let Some(definition) = entity.fields.iter().find(|field| field.key == key) {
            return Ok(Some(definition));
        }
        // Without the common prefix, which would make all keys similar.
        let name = |key| str::strip_prefix(key, table::CUSTOM_FIELD);
        let names = entity.fields.iter().filter_map(|field| name(&field.key));
        let near = name(key).and_then(|key| values::nearest(key, names));
        let failure = Failure::usage(format!("{resource} have no custom field {key}"));
        Err(failure.hint(match near {
            Some(near) => format!("did you mean {}{near}?", table::CUSTOM_FIELD),
            None => String::from(
                "if it is new, `heffl fields pull` reads its definition; --set-json sends it without a check",
            ),
        }))
    }
}

/// Reads the value of a custom field by its saved definition. Without definitions of the resource, the value is text.
pub(crate) fn read(
    globals: &Globals,
    resource: &str,
    key: &str,
    text: &str,
) -> Result<Val, Failure> {
    let saved = Saved::read(globals)?;
    let known = saved.as_ref().map(|saved| saved.known(resource, key));
    let Some(definition) = known.transpose()?.flatten() else {
        return Ok(text_value(text));
    };
    value_of(definition, text).map_err(|expected| {
        let what = definition.type_name.as_deref().unwrap_or("custom field");
        Failure::usage(format!("{key} ({what}): {expected}"))
    })
}

/// The value of a field. An error describes the expected values.
pub(crate) fn value_of(definition: &Definition, text: &str) -> Result<Val, String> {
    match definition.kind {
        Kind::Number | Kind::Money => values::read(&table::Kind::Decimal, text),
        Kind::Integer => values::read(&table::Kind::Integer, text),
        Kind::Flag => values::read(&table::Kind::Boolean, text),
        Kind::DateTime => values::read(&table::Kind::Time, text),
        Kind::Json => values::read(&table::Kind::Json, text),
        Kind::Choice => choice(definition, text),
        Kind::Texts => Ok(items(text).map(text_value).collect()),
        Kind::Choices => items(text).map(|text| choice(definition, text)).collect(),
        _ => Ok(text_value(text)),
    }
}

/// The items of a list.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';']).map(str::trim)
}

/// One of the options of a field, by its value or by its label.
fn choice(definition: &Definition, text: &str) -> Result<Val, String> {
    let options = &definition.options;
    let mut labels = options.iter();
    let by_value = options.iter().find(|option| option.value == text);
    let by_label = || labels.find(|option| option.label.as_deref() == Some(text));
    match by_value.or_else(by_label) {
        Some(option) => Ok(text_value(&option.value)),
        None if options.is_empty() => Ok(text_value(text)),
        None => {
            let known: Vec<&str> = options.iter().map(|option| option.value.as_str()).collect();
            Err(format!("expected one of {}", known.join(", ")))
        }
    }
}

/// The file of the workspace.
pub(crate) fn file(globals: &Globals) -> Result<PathBuf, Failure> {
    let name = format!("{}.json", globals.workspace()?);
    Ok(folders::state()?.join("fields").join(name))
}

//! The definitions of custom fields that `heffl fields pull` has saved.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use heffl_custom_fields::{Definition, Definitions, Entity, Kind, Response, parse};

use crate::{failure::Failure, folders, globals::Globals, key, values};

/// The definitions of the custom fields of a workspace.
#[derive(Debug)]
pub(crate) struct Saved(pub(crate) Definitions);

impl Saved {
    /// The definitions that were saved for the workspace of the API key, if there are any.
    pub(crate) fn read(globals: &Globals) -> Result<Option<Self>, Failure> {
        let file = file(globals)?;
        match fs::read_to_string(&file) {
            Ok(text) => Self::parse(&file, &text, None).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::file(&file, &error)),
        }
    }

    /// The definitions of a response. `resource` is needed where the text does not name any.
    pub(crate) fn parse(file: &Path, text: &str, resource: Option<&str>) -> Result<Self, Failure> {
        let file = file.display().to_string();
        let response = Response {
            file: &file,
            text,
            entity: resource,
        };
        parse(&response)
            .map(Self)
            .map_err(|error| Failure::usage(error.to_string()))
    }

    /// What the values of a custom field are; `None` if no field with this key is defined.
    pub(crate) fn kind(&self, resource: &str, key: &str) -> Option<Kind> {
        Some(self.definition(resource, key)?.kind)
    }

    /// The defined key that is nearest to a mistyped one, if one is near.
    pub(crate) fn nearest(&self, resource: &str, key: &str) -> Option<&str> {
        let keys = self.entity(resource)?.fields.iter();
        values::nearest(key, keys.map(|field| field.key.as_str()))
    }

    /// The definition of a custom field.
    pub(crate) fn definition(&self, resource: &str, key: &str) -> Option<&Definition> {
        let mut fields = self.entity(resource)?.fields.iter();
        fields.find(|field| field.key == key)
    }

    fn entity(&self, resource: &str) -> Option<&Entity> {
        self.0
            .entities
            .iter()
            .find(|entity| entity.name == resource)
    }
}

/// The file of the workspace.
pub(crate) fn file(globals: &Globals) -> Result<PathBuf, Failure> {
    let name = key::workspace(&globals.key()?, globals.base_url());
    Ok(folders::state()?
        .join("fields")
        .join(format!("{name}.json")))
}

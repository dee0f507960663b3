//! The fields that lists can be filtered by: `x-heffl-filters`, and the kinds of fields with their
//! operators, `x-heffl-filter-kinds`.

use serde_json::Value;

use super::{ParameterType, parameter_type};
use crate::{
    docs,
    json::{entries, text},
    naming,
};

/// What the list of one operation can be filtered by.
#[derive(Clone, Debug)]
pub struct Filters {
    /// Name of the parameter on the wire.
    pub parameter: String,
    /// The component that the list holds.
    pub record: String,
    /// Name of the type of its conditions.
    pub type_name: String,
    /// The fields that are documented.
    pub fields: Vec<FilterField>,
}

/// A field that a list can be filtered by.
#[derive(Clone, Debug)]
pub struct FilterField {
    /// Name on the wire.
    pub wire: String,
    /// Name in Rust.
    pub name: String,
    /// Name of the type of its kind.
    pub kind: String,
    /// Type of its values.
    pub ty: ParameterType,
    /// Description, evidence.
    pub docs: String,
}

/// A kind of field: those of one kind have the same operators.
#[derive(Clone, Debug)]
pub struct FilterKind {
    /// Name of its type.
    pub type_name: String,
    /// Description, evidence.
    pub docs: String,
    /// Its operators.
    pub operators: Vec<FilterOperator>,
}

/// An operator of a kind of field.
#[derive(Clone, Debug)]
pub struct FilterOperator {
    /// Word on the wire.
    pub wire: String,
    /// Name in Rust.
    pub name: String,
    /// It takes several values.
    pub takes_many: bool,
    /// Description.
    pub docs: String,
}

/// The kinds of a document.
pub(super) fn kinds(root: &Value) -> Vec<FilterKind> {
    entries(root.get("x-heffl-filter-kinds"))
        .map(|(name, kind)| FilterKind {
            type_name: kind_type(name),
            docs: docs::described(kind, || format!("`{name}`.")),
            operators: entries(kind.get("operators"))
                .map(|(wire, operator)| FilterOperator {
                    name: naming::snake(wire),
                    takes_many: text(operator, "values") == Some("many"),
                    docs: docs::described(operator, || format!("`{wire}`.")),
                    wire: wire.clone(),
                })
                .collect(),
        })
        .collect()
}

/// What the list of an operation can be filtered by, if a parameter says so.
pub(super) fn read(parameters: &[&Value], record: &str) -> Option<Filters> {
    let parameter = parameters
        .iter()
        .find(|parameter| parameter.get("x-heffl-filters").is_some())?;
    let fields = entries(parameter.get("x-heffl-filters")).map(|(wire, field)| FilterField {
        name: naming::field(wire),
        kind: kind_type(text(field, "kind").unwrap_or_default()),
        ty: parameter_type(field, field.get("schema").unwrap_or(&Value::Null)),
        docs: docs::described(field, || format!("`{wire}`.")),
        wire: wire.clone(),
    });
    Some(Filters {
        parameter: text(parameter, "name").unwrap_or_default().to_owned(),
        record: record.to_owned(),
        type_name: format!("{record}Filter"),
        fields: fields.collect(),
    })
}

fn kind_type(name: &str) -> String {
    format!("{}Kind", naming::pascal(name))
}

//! The fields that lists can be filtered by: `x-heffl-filters`, and the kinds of fields with their
//! operators, `x-heffl-filter-kinds`.

use std::collections::BTreeMap;

use serde_json::Value;
use syn::Type;

use super::parameter_type;
use crate::{
    docs,
    json::{elements, entries, text},
    naming::{Names, Scope},
};

/// The filters of the list of one operation.
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
    pub ty: Type,
    /// Description, evidence.
    pub docs: String,
}

/// A kind of field: those of one kind have the same operators.
#[derive(Clone, Debug)]
pub struct FilterKind {
    /// Name in the document.
    pub wire: String,
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
    /// Name on the wire.
    pub wire: String,
    /// Name in Rust.
    pub name: String,
    /// The operator takes several values.
    pub takes_many: bool,
    /// Description.
    pub docs: String,
}

/// The kinds of a document.
pub(super) fn kinds(root: &Value, types: &mut Names) -> Vec<FilterKind> {
    let kinds = entries(root.get("x-heffl-filter-kinds"));
    let kinds = kinds.map(|(wire, kind)| {
        let mut names = Names::new(Scope::Filter);
        let operators = entries(kind.get("operators")).map(|(wire, operator)| FilterOperator {
            name: names.take(wire),
            takes_many: text(operator, "values") == Some("many"),
            docs: docs::described(operator, || format!("`{wire}`.")),
            wire: wire.clone(),
        });
        FilterKind {
            type_name: types.take(&format!("{wire} kind")),
            docs: docs::described(kind, || format!("`{wire}`.")),
            operators: operators.collect(),
            wire: wire.clone(),
        }
    });
    kinds.collect()
}

/// The filters of the list of an operation, if a parameter describes them. `names` are those of the conditions on
/// each record.
pub(super) fn read(
    operation: &Value,
    record: &str,
    kinds: &[FilterKind],
    names: &mut BTreeMap<String, Names>,
) -> Option<Filters> {
    let mut parameters = elements(operation.get("parameters"));
    let parameter = parameters.find(|parameter| parameter.get("x-heffl-filters").is_some())?;
    let names = names.entry(record.to_owned());
    let names = names.or_insert_with(|| Names::new(Scope::Filter));
    let fields = entries(parameter.get("x-heffl-filters")).filter_map(|(wire, field)| {
        let kind = text(field, "kind")?;
        Some(FilterField {
            name: names.take(wire),
            kind: kinds
                .iter()
                .find(|known| known.wire == kind)?
                .type_name
                .clone(),
            ty: parameter_type(field, field.get("schema").unwrap_or(&Value::Null)),
            docs: docs::described(field, || format!("`{wire}`.")),
            wire: wire.clone(),
        })
    });
    Some(Filters {
        parameter: text(parameter, "name").unwrap_or_default().to_owned(),
        record: record.to_owned(),
        type_name: format!("{record}Filter"),
        fields: fields.collect(),
    })
}

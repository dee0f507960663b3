//! Reads operations and prefixes of identifiers from the tables of a guide.

use serde_json::{Value, json};

use super::{GUIDE, PREFIXES};
use crate::{
    case::{singular, words},
    openapi::{METHODS, elements, entries, path_parameters},
};

/// The sections of a guide by their headings.
pub(crate) fn sections(document: &Value) -> impl Iterator<Item = (&String, &Value)> {
    entries(document.get(GUIDE))
}

/// The cell of a row below the first of these heads, in lower case, that its table has.
pub(crate) fn cell<'a>(row: &'a Value, heads: &[&str]) -> Option<&'a str> {
    let mut cells = entries(Some(row));
    let (_, cell) = cells.find(|(head, _)| heads.contains(&head.to_ascii_lowercase().as_str()))?;
    cell.as_str()
}

/// Writes the operations and prefixes of tables into the same places as in other fragments.
pub(super) fn expand(document: &mut Value) {
    let mut more = json!({});
    for (_, section) in sections(document) {
        for row in elements(section.get("rows")) {
            if let Some((method, path)) = operation(row) {
                more["paths"][path][method] = json!({});
            }
            if let Some((prefix, of)) = prefix(row) {
                more[PREFIXES][prefix] = of.into();
            }
        }
    }
    if let (Some(document), Value::Object(more)) = (document.as_object_mut(), more) {
        document.extend(more);
    }
}

pub(crate) fn operation(row: &Value) -> Option<(String, &str)> {
    let place = cell(row, &["path", "endpoint", "route", "operation"])?;
    // Without a column of its own, the method is before the path.
    let (method, path) = match cell(row, &["method"]) {
        Some(method) => (method, place),
        None => place.split_once(' ')?,
    };
    let method = method.to_ascii_lowercase();
    (METHODS.contains(&method.as_str()) && path_parameters(path).is_some())
        .then_some((method, path))
}

/// `dl_` and `Deals` as `dl_` and `deal`. Several kinds with a common name have that name:
/// `Contact or company (client)`.
fn prefix(row: &Value) -> Option<(&str, String)> {
    let prefix = cell(row, &["prefix", "id prefix"]).filter(|prefix| prefix.ends_with('_'))?;
    let named = cell(
        row,
        &["object", "resource", "record", "entity", "type", "kind"],
    )?;
    let (before, inside) = named.split_once('(').unwrap_or((named, ""));
    let common = inside.trim_end_matches(')');
    let name = if before.contains(" or ") && words(common).len() == 1 {
        common
    } else {
        before
    };
    let mut words = words(name);
    if let Some(last) = words.last_mut() {
        *last = singular(last);
    }
    (!words.is_empty()).then(|| (prefix, words.join("-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_list_operations_and_prefixes() {
        let mut document = json!({GUIDE: {"A": {"rows": [
            {"Method": "GET", "Path": "/gadgets/{id}"},
            {"Endpoint": "POST /gadgets"},
            {"Endpoint": "/gadgets"},
            {"Method": "LIST", "Path": "/gadgets"},
            {"Prefix": "gdg_", "Resource": "Gadgets"},
            {"ID prefix": "prt_", "Object": "Gadget parts (small, large)"},
            {"Prefix": "thg_", "Resource": "Gadget or widget (thing)"},
            {"Prefix": "none", "Resource": "Widget"},
        ]}}});
        expand(&mut document);
        assert_eq!(
            document["paths"],
            json!({"/gadgets/{id}": {"get": {}}, "/gadgets": {"post": {}}})
        );
        assert_eq!(
            document[PREFIXES],
            json!({"gdg_": "gadget", "prt_": "gadget-part", "thg_": "thing"})
        );
    }
}

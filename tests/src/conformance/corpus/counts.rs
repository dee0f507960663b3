//! Counts how much of a document has a type, in the emitted models and operations.

use heffl_codegen::{
    Api,
    api::{self, Body, Operation, Response},
    load, models,
    models::Model,
    normalise, types,
};
use serde_json::{Value, json};
use syn::{
    Path, Type,
    visit::{self, Visit},
};

/// Counts of one document, or of several.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    operations: u32,
    /// Operations whose body and response have types.
    typed: u32,
    properties: u32,
    /// Properties whose type is or contains raw JSON of any form.
    raw: u32,
    /// Properties whose type is or contains an object with any members.
    open: u32,
    /// Locations in the document whose type the generator cannot express. All other raw JSON is untyped in the
    /// document too.
    lost: u32,
}

/// The rules that warn about a type that the generator cannot express.
const LOST: [&str; 5] = [
    "enum-not-text",
    "raw-json",
    "reference-unresolved",
    "schema-unreadable",
    "type-unknown",
];

impl Counts {
    pub(super) fn of(api: &Api<'_>) -> Option<Self> {
        let document = load::load(api).ok()?;
        let normal = types::types(&document, normalise::normalise(&document));
        let emitted = api::read(&document, &normal);
        let mut counts = Self::default();
        let warnings = normal.warnings.iter();
        let lost = warnings.filter(|warning| LOST.contains(&warning.rule));
        counts.lost = u32::try_from(lost.count()).unwrap_or(u32::MAX);
        for operation in emitted.resources.iter().flat_map(|it| &it.operations) {
            counts.operations += 1;
            counts.typed += u32::from(is_typed(operation, &document.value));
        }
        for (name, model) in models::read(&normal) {
            let Model::Struct(model) = model else {
                continue;
            };
            if emitted.placement.contains_key(&name) {
                for field in &model.fields {
                    counts.properties += 1;
                    counts.raw += u32::from(contains(&field.ty, RAW));
                    counts.open += u32::from(contains(&field.ty, OPEN));
                }
            }
        }
        Some(counts)
    }

    pub(super) fn to_json(self) -> Value {
        json!([
            self.operations,
            self.typed,
            self.properties,
            self.raw,
            self.open,
            self.lost
        ])
    }

    pub(super) fn from_json(value: &Value) -> Self {
        let count = |index: usize| {
            u32::try_from(value[index].as_u64().unwrap_or_default()).unwrap_or(u32::MAX)
        };
        Self {
            operations: count(0),
            typed: count(1),
            properties: count(2),
            raw: count(3),
            open: count(4),
            lost: count(5),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.operations += other.operations;
        self.typed += other.typed;
        self.properties += other.properties;
        self.raw += other.raw;
        self.open += other.open;
        self.lost += other.lost;
    }

    /// Both shares, with the goals.
    pub(super) fn summary(self) -> String {
        let share = |part: u32, all: u32| 100.0 * f64::from(part) / f64::from(all.max(1));
        format!(
            "operations with a typed body and response: {} of {}, {:.1} % (goal: 98 % or more)\n\
             properties that are or contain raw JSON: {} of {}, {:.1} % (goal: 2 % or less)\n\
             properties that are or contain objects with any members: {}, {:.1} %\n\
             locations whose type the generator cannot express: {}; elsewhere, the document itself allows any JSON",
            self.typed,
            self.operations,
            share(self.typed, self.operations),
            self.raw,
            self.properties,
            share(self.raw, self.properties),
            self.open,
            share(self.open, self.properties),
            self.lost
        )
    }
}

fn is_typed(operation: &Operation, document: &Value) -> bool {
    let body = match &operation.body {
        Some(Body::Value(ty)) => !is_untyped(ty),
        Some(Body::Model(_) | Body::Bytes(_)) => true,
        None => {
            let item = document["paths"].get(&operation.path);
            let method = operation.method.to_lowercase();
            item.and_then(|item| item.get(&method)?.get("requestBody"))
                .is_none()
        }
    };
    let response = !matches!(&operation.response, Response::Value(ty) if is_untyped(ty));
    body && response
}

/// JSON of any form.
const RAW: [&str; 2] = ["serde_json", "Value"];
/// An object with any members.
const OPEN: [&str; 2] = ["crate", "JsonObject"];

/// Whether a type is one of these, or contains one.
fn is_untyped(ty: &Type) -> bool {
    contains(ty, RAW) || contains(ty, OPEN)
}

/// Whether a type is a path, or contains it.
fn contains(ty: &Type, path: [&'static str; 2]) -> bool {
    struct Finder([&'static str; 2], bool);
    impl Visit<'_> for Finder {
        fn visit_path(&mut self, path: &Path) {
            self.1 |= path.segments.iter().map(|it| &it.ident).eq(&self.0);
            visit::visit_path(self, path);
        }
    }
    let mut finder = Finder(path, false);
    finder.visit_type(ty);
    finder.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_of_any_form_and_objects_with_any_members_are_found_anywhere_in_a_type() {
        for (text, raw, open) in [
            ("String", false, false),
            ("Value", false, false),
            ("Vec<Option<Gadget>>", false, false),
            ("std::collections::BTreeMap<String, i64>", false, false),
            ("serde_json::Value", true, false),
            ("Vec<serde_json::Value>", true, false),
            ("Option<crate::JsonObject>", false, true),
        ] {
            let ty = syn::parse_str(text).unwrap();
            assert_eq!(contains(&ty, RAW), raw, "{text}");
            assert_eq!(contains(&ty, OPEN), open, "{text}");
        }
    }
}

//! The version step for changes, by the table in `CONTRIBUTING.md`.

use super::{Area, Change, Severity};

/// The step of a semantic version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Nothing changed.
    None,
    /// The patch number increases.
    Patch,
    /// The minor number increases.
    Minor,
    /// The major number increases.
    Major,
}

/// Rules that break no request, but programs with generated code: types, names or arguments change. For rules of
/// schemas, the end of the name, which is the same in all directions.
const CHANGES_CODE: &str = "
    additional-properties-closed additional-properties-opened additional-properties-typed
    additional-properties-untyped alternative-added alternative-removed alternatives-added
    alternatives-kind-changed alternatives-removed became-not-nullable became-nullable became-optional
    became-required currency-added currency-removed custom-fields-added enum-added enum-removed
    enum-value-removed format-added format-removed identifier-added identifier-kind-changed
    identifier-prefix-changed identifier-removed money-added money-removed not-compared operation-id-changed
    operation-tag-added operation-tag-removed secret-added secret-removed type-narrowed type-widened
";

impl Step {
    /// `none`, `patch`, `minor` or `major`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// The step for a change, in a crate whose major version is 0 or not. An accepted change corrects a call that never
    /// worked. Changes of custom fields have no version.
    pub(super) fn of(change: &Change, is_accepted: bool, is_stable: bool) -> Self {
        let id = change.rule.id;
        let changes_code = change.severity == Severity::Breaking
            || CHANGES_CODE.split_whitespace().any(|end| id.ends_with(end));
        let is_seen = !id.contains("-evidence-") && id != "document-version-changed";
        if change.rule.area == Area::CustomField {
            Self::None
        } else if is_accepted {
            Self::Patch
        } else {
            match (changes_code, is_stable) {
                (true, true) => Self::Major,
                (true, false) => Self::Minor,
                (false, true) if is_seen => Self::Minor,
                (false, _) => Self::Patch,
            }
        }
    }

    /// Whether the major version of this crate is above 0.
    pub(super) fn is_stable() -> bool {
        env!("CARGO_PKG_VERSION_MAJOR") != "0"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::diff::{compare, rules, tests::document};

    fn step(old: &Value, new: &Value, is_accepted: bool, is_stable: bool) -> Step {
        let changes = compare(&document(old), &document(new));
        let steps = changes
            .iter()
            .map(|change| Step::of(change, is_accepted, is_stable));
        steps.max().unwrap_or(Step::None)
    }

    /// A response with one property.
    fn response(schema: &Value, required: &[&str]) -> Value {
        let schema =
            json!({"type": "object", "required": required, "properties": {"size": schema}});
        let content = json!({"application/json": {"schema": schema}});
        json!({"paths": {"/gadgets": {"post": {"responses": {"200": {"content": content}}}}}})
    }

    #[test]
    fn the_step_follows_the_table_for_contributors() {
        let text = json!({"type": "string"});
        let nothing = json!({});
        let tools = json!({"paths": {"/tools": {"get": {}}}});
        let version = json!({"info": {"version": "2"}});
        for (old, new, before_1, stable) in [
            (&nothing, &nothing, Step::None, Step::None),
            (&nothing, &version, Step::Patch, Step::Patch),
            (&nothing, &tools, Step::Patch, Step::Minor),
            (&tools, &nothing, Step::Minor, Step::Major),
            // From `Option<T>` to `T` and back, and to another type.
            (
                &response(&text, &[]),
                &response(&text, &["size"]),
                Step::Minor,
                Step::Major,
            ),
            (
                &response(&text, &["size"]),
                &response(&text, &[]),
                Step::Minor,
                Step::Major,
            ),
            (
                &response(&text, &[]),
                &response(&json!({"type": "string", "format": "date"}), &[]),
                Step::Minor,
                Step::Major,
            ),
            (
                &response(&json!({"enum": ["a"]}), &[]),
                &response(&json!({"enum": ["a", "b"]}), &[]),
                Step::Patch,
                Step::Minor,
            ),
            (
                &response(&text, &[]),
                &response(&json!({"type": "string", "x-unknown": 1}), &[]),
                Step::Minor,
                Step::Major,
            ),
        ] {
            assert_eq!(step(old, new, false, false), before_1, "{old} {new}");
            assert_eq!(step(old, new, false, true), stable, "{old} {new}");
        }
        assert_eq!(step(&tools, &nothing, true, false), Step::Patch);
    }

    #[test]
    fn every_name_belongs_to_a_rule() {
        for end in CHANGES_CODE.split_whitespace() {
            assert!(rules().iter().any(|rule| rule.id.ends_with(end)), "{end}");
        }
    }
}

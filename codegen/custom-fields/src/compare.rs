//! Changes between two responses, and whether they break programs.

use std::collections::{BTreeMap, BTreeSet};

use heffl_finding::Severity;
use serde_json::{Value, json};

use crate::{
    definitions::{Choice, Definition, Definitions, Entity, Place},
    kind::Kind,
    names,
};

/// A change of a definition.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The kind of change.
    pub kind: ChangeKind,
    /// The kind of record.
    pub entity: String,
    /// The key of the field; `None` if the change is about a kind of record.
    pub key: Option<String>,
    /// The response that [`place`](Self::place) refers to: the old response if something was removed.
    pub side: Side,
    /// The place of the definition.
    pub place: Place,
    /// The old value.
    pub before: Option<Value>,
    /// The new value.
    pub after: Option<Value>,
    /// The change in a sentence.
    pub message: String,
}

/// One of the two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The old response.
    Old,
    /// The new response.
    New,
}

/// One row: variant, id, severity, title, reason.
macro_rules! kinds {
    ($($name:ident $id:literal $severity:ident $title:literal $why:literal;)*) => {
        /// The kind of a change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ChangeKind {
            $(#[doc = concat!($title, ".")] $name,)*
        }

        impl ChangeKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// A stable name, such as `custom-field-removed`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The severity of such a change.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// A short description of the change.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Why the change matters, or why it does not.
            pub fn why(self) -> &'static str {
                match self { $(Self::$name => $why,)* }
            }
        }
    };
}

kinds! {
    EntityAdded "custom-field-entity-added" Info "A kind of record is new among the definitions" "Programs that do not know its fields pass them over.";
    EntityRemoved "custom-field-entity-removed" Breaking "A kind of record is gone from the definitions" "All of its fields are gone, or not all of the responses were saved.";
    Added "custom-field-added" Info "A custom field is new" "Programs that do not know it pass it over.";
    Removed "custom-field-removed" Breaking "A custom field is gone" "Programs that write it are refused, or write in vain; those that read it find nothing.";
    TypeChanged "custom-field-type-changed" Breaking "A custom field changes its type" "What programs write is refused, and what they read is something else.";
    TypeNameChanged "custom-field-type-name-changed" Warning "A custom field changes its type, but not the type that it has in Rust" "The server may refuse some of what it took before.";
    OptionAdded "custom-field-option-added" Info "A custom field gets an option" "Enums are read as open: an unknown value is kept.";
    OptionRemoved "custom-field-option-removed" Breaking "A custom field loses an option" "Programs that write it are refused.";
    OptionLabelChanged "custom-field-option-label-changed" Info "An option of a custom field gets another label" "Records hold the same value as before.";
    LabelChanged "custom-field-label-changed" Info "A custom field gets another label" "Records have the same key as before.";
    DetailsChanged "custom-field-details-changed" Warning "Something else in the definition of a custom field changes" "What it means is not documented.";
}

/// Returns the changes from `old` to `new`, by kind of record and key. The order of definitions and options does
/// not matter.
pub fn compare(old: &Definitions, new: &Definitions) -> Vec<Change> {
    let mut changes = Vec::new();
    let (before, after) = (by_name(old), by_name(new));
    for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => fields(before, after, &mut changes),
            (Some(gone), None) => {
                changes.push(of_entity(
                    ChangeKind::EntityRemoved,
                    gone,
                    Side::Old,
                    "gone",
                ));
            }
            (None, Some(new)) => {
                changes.push(of_entity(ChangeKind::EntityAdded, new, Side::New, "new"));
            }
            (None, None) => {}
        }
    }
    changes
}

/// Kinds of record; `deal` and `deals` are the same one.
fn by_name(definitions: &Definitions) -> BTreeMap<String, &Entity> {
    let entities = definitions.entities.iter();
    entities
        .map(|entity| (names::entity(&entity.name), entity))
        .collect()
}

fn of_entity(kind: ChangeKind, entity: &Entity, side: Side, what: &str) -> Change {
    let plural = if entity.fields.len() == 1 { "" } else { "s" };
    let count = format!("{} definition{plural}", entity.fields.len());
    let (before, after) = match side {
        Side::Old => (Some(json!(count)), None),
        Side::New => (None, Some(json!(count))),
    };
    Change {
        kind,
        entity: entity.name.clone(),
        key: None,
        side,
        place: entity.place.clone(),
        before,
        after,
        message: format!("The custom fields of {} are {what}.", entity.name),
    }
}

fn fields(old: &Entity, new: &Entity, changes: &mut Vec<Change>) {
    let (before, after) = (by_key(old), by_key(new));
    for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let mut to = To {
            entity: &new.name,
            key,
            place: Place::default(),
            changes,
        };
        match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) => {
                to.place.clone_from(&after.place);
                to.field(before, after);
            }
            (Some(gone), None) => {
                to.place.clone_from(&gone.place);
                to.push(ChangeKind::Removed, "is gone", Some(told(gone)), None);
            }
            (None, Some(new)) => {
                to.place.clone_from(&new.place);
                to.push(ChangeKind::Added, "is new", None, Some(told(new)));
            }
            (None, None) => {}
        }
    }
}

fn by_key(entity: &Entity) -> BTreeMap<&str, &Definition> {
    let fields = entity.fields.iter();
    fields.map(|field| (field.key.as_str(), field)).collect()
}

/// Label and type.
fn told(field: &Definition) -> Value {
    json!({"label": field.label, "type": field.type_name})
}

/// Where the changes of one field go.
struct To<'a> {
    entity: &'a str,
    key: &'a str,
    place: Place,
    changes: &'a mut Vec<Change>,
}

impl To<'_> {
    fn push(&mut self, kind: ChangeKind, what: &str, before: Option<Value>, after: Option<Value>) {
        let side = match kind {
            ChangeKind::Removed => Side::Old,
            _ => Side::New,
        };
        self.changes.push(Change {
            kind,
            entity: self.entity.to_owned(),
            key: Some(self.key.to_owned()),
            side,
            place: self.place.clone(),
            before,
            after,
            message: format!("The custom field `{}` of {} {what}.", self.key, self.entity),
        });
    }

    fn field(&mut self, before: &Definition, after: &Definition) {
        if before.type_name != after.type_name {
            let same = known_kind(before).is_some() && known_kind(before) == known_kind(after);
            let (kind, what) = if same {
                (ChangeKind::TypeNameChanged, "has another name for its type")
            } else {
                (ChangeKind::TypeChanged, "changes its type")
            };
            let name = |field: &Definition| field.type_name.as_ref().map(|name| json!(name));
            self.push(kind, what, name(before), name(after));
        }
        if before.label != after.label {
            let label = |field: &Definition| field.label.as_ref().map(|label| json!(label));
            self.push(
                ChangeKind::LabelChanged,
                "gets another label",
                label(before),
                label(after),
            );
        }
        self.options(&before.options, &after.options);
        self.details(before, after);
    }

    fn options(&mut self, before: &[Choice], after: &[Choice]) {
        let (old, new) = (by_value(before), by_value(after));
        for value in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            match (old.get(value), new.get(value)) {
                (Some(&before), Some(&after)) if before != after => self.push(
                    ChangeKind::OptionLabelChanged,
                    &format!("has another label for the option `{value}`"),
                    before.map(|label| json!(label)),
                    after.map(|label| json!(label)),
                ),
                (Some(_), None) => self.push(
                    ChangeKind::OptionRemoved,
                    &format!("loses the option `{value}`"),
                    Some(json!(value)),
                    None,
                ),
                (None, Some(_)) => self.push(
                    ChangeKind::OptionAdded,
                    &format!("gets the option `{value}`"),
                    None,
                    Some(json!(value)),
                ),
                _ => {}
            }
        }
    }

    fn details(&mut self, before: &Definition, after: &Definition) {
        let (old, new) = (&before.details, &after.details);
        for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
            if old.get(key) != new.get(key) {
                self.push(
                    ChangeKind::DetailsChanged,
                    &format!("changes in `{key}`"),
                    old.get(key).cloned(),
                    new.get(key).cloned(),
                );
            }
        }
    }
}

fn by_value(choices: &[Choice]) -> BTreeMap<&str, Option<&str>> {
    let choices = choices.iter();
    choices
        .map(|choice| (choice.value.as_str(), choice.label.as_deref()))
        .collect()
}

/// What the name of the type stands for. Options that come or go are changes of their own, not of the
/// type.
fn known_kind(field: &Definition) -> Option<Kind> {
    field.type_name.as_deref().and_then(Kind::of)
}

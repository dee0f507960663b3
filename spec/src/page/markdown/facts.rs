//! What a schema says, in the terms of a record, and how what several schemas say is joined.

use std::collections::HashSet;

use serde_json::Value;

use crate::page::prose;
use crate::record::{Alternative, Base, Content, Evidence, Field, Limits, TypeExpr};

/// What a schema says of a value.
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Facts {
    /// Empty where the schema names no type.
    pub(super) alternatives: Vec<Alternative>,
    pub(super) nullable: bool,
    /// The value can be nothing but `null`.
    pub(super) only_null: bool,
    pub(super) options: Vec<Value>,
    pub(super) more_options: bool,
    pub(super) limits: Limits,
    pub(super) default: Option<Value>,
    pub(super) deprecated: bool,
    pub(super) fields: Vec<Field>,
    /// Names that must be there; a schema may require what another one describes.
    pub(super) required: Vec<String>,
    pub(super) other_keys: Option<TypeExpr>,
    pub(super) custom_fields: bool,
    /// The vendor's name of the type, or of the list's elements.
    pub(super) schema: Option<String>,
    /// Fields were left out, because they are not for this direction.
    pub(super) partial: bool,
    pub(super) description: Option<String>,
}

/// Why two schemas cannot be joined.
pub(super) type Conflict = &'static str;

impl Facts {
    pub(super) fn of(base: Base) -> Self {
        Self {
            alternatives: TypeExpr::of(base).alternatives,
            ..Self::default()
        }
    }

    fn is_list(&self) -> bool {
        self.alternatives
            .iter()
            .any(|alternative| alternative.lists > 0)
    }

    fn is_object(&self) -> bool {
        self.alternatives
            .iter()
            .any(|alternative| alternative.base == Base::Object)
    }

    /// It says nothing that `other` does not, save what belongs to a place rather than to a type.
    fn adds_nothing_to(&self, other: &Self) -> bool {
        (self.alternatives.is_empty() || self.alternatives == other.alternatives)
            && self.options.is_empty()
            && self.limits == Limits::default()
            && self.fields.is_empty()
            && self.required.is_empty()
            && self.other_keys.is_none()
            && !self.custom_fields
    }

    /// Both hold: `allOf`, and what stands beside a reference. What belongs to the place is taken
    /// from `self` first.
    pub(super) fn and(mut self, mut other: Self) -> Result<Self, Conflict> {
        // The type of an enum's words, named once more beside it: 3.0 asks for it beside `nullable`.
        if self.is_type_of_words(&other) {
            self.alternatives.clone_from(&other.alternatives);
        } else if other.is_type_of_words(&self) {
            other.alternatives.clone_from(&self.alternatives);
        }
        let schema = if self.adds_nothing_to(&other) {
            other.schema.take()
        } else if other.adds_nothing_to(&self) {
            self.schema.take()
        } else {
            None
        };
        if self.alternatives.is_empty() {
            self.alternatives = other.alternatives;
        } else if !other.alternatives.is_empty() && self.alternatives != other.alternatives {
            return Err("its parts name different types");
        }
        if self.options.is_empty() {
            self.options = other.options;
        } else if !other.options.is_empty() && self.options != other.options {
            return Err("its parts name different options");
        }
        self.limits = join_limits(self.limits, other.limits)?;
        for field in other.fields {
            match self.fields.iter().find(|known| known.name == field.name) {
                None => self.fields.push(field),
                Some(known) if same_but_for_required(known, &field) => {}
                Some(_) => return Err("its parts describe one field differently"),
            }
        }
        self.required.append(&mut other.required);
        self.require();
        self.schema = schema;
        self.nullable |= other.nullable;
        self.only_null |= other.only_null;
        self.more_options |= other.more_options;
        self.deprecated |= other.deprecated;
        self.custom_fields |= other.custom_fields;
        self.partial |= other.partial;
        self.default = self.default.or(other.default);
        self.other_keys = self.other_keys.or(other.other_keys);
        self.description = self.description.or(other.description);
        Ok(self)
    }

    /// One of them holds: `oneOf` and `anyOf`. The notation of types has no place for two objects
    /// with fields of their own, nor for options beside another type.
    pub(super) fn one_of(members: Vec<Self>) -> Result<Self, Conflict> {
        let nullable = members.iter().any(|member| member.nullable);
        let mut distinct: Vec<Self> = Vec::new();
        for member in members.into_iter().filter(|member| !member.only_null) {
            if !distinct.contains(&member) {
                distinct.push(member);
            }
        }
        let several = distinct.len() > 1;
        // The older tree repeats for each alternative what belongs to the place.
        let default = distinct.first().and_then(|first| first.default.clone());
        let default = default.filter(|_| {
            distinct
                .windows(2)
                .all(|pair| pair[0].default == pair[1].default)
        });
        let mut union = Self::default();
        for (index, member) in distinct.into_iter().enumerate() {
            union = if index == 0 {
                member
            } else {
                union.or(member)?
            };
        }
        if several {
            let lists = union.is_list();
            let elements = Limits {
                min_items: None,
                max_items: None,
                ..union.limits.clone()
            };
            if lists && elements != Limits::default() {
                return Err("its lists have elements with bounds");
            }
            union.schema = None;
            union.description = None;
            union.default = default;
        }
        union.nullable = nullable;
        union.only_null = union.alternatives.is_empty() && nullable && !several;
        Ok(union)
    }

    fn or(mut self, mut other: Self) -> Result<Self, Conflict> {
        if self.is_object() && other.is_object() && (self.fields != other.fields) {
            return Err("it is one of several objects");
        }
        // An enum beside the plain type of its words: the words are examples.
        if let (false, true) = (self.options.is_empty(), other.options.is_empty()) {
            std::mem::swap(&mut self, &mut other);
        }
        match (self.options.is_empty(), other.options.is_empty()) {
            (true, false) if self.is_plain_text() && other.is_words() => {
                other.more_options = true;
                return Ok(other);
            }
            (true, false) => return Err("it is one of several types, one of them with options"),
            (false, false) if self.alternatives == other.alternatives => {
                for option in other.options {
                    if !self.options.contains(&option) {
                        self.options.push(option);
                    }
                }
            }
            (false, false) if self.options != other.options => {
                return Err("it is one of several enums of different types");
            }
            _ => {}
        }
        for alternative in other.alternatives {
            if !self.alternatives.contains(&alternative) {
                self.alternatives.push(alternative);
            }
        }
        if self.fields.is_empty() {
            self.fields = other.fields;
        }
        self.limits = join_limits(self.limits, other.limits)?;
        self.more_options |= other.more_options;
        self.other_keys = self.other_keys.or(other.other_keys);
        self.custom_fields |= other.custom_fields;
        self.partial |= other.partial;
        Ok(self)
    }

    /// `string` where `other` is an `enum<string>`, and the like.
    fn is_type_of_words(&self, other: &Self) -> bool {
        let ([plain], [words]) = (self.alternatives.as_slice(), other.alternatives.as_slice())
        else {
            return false;
        };
        let name = TypeExpr::of(plain.base).to_string();
        plain.lists == 0
            && plain.argument.is_none()
            && words.lists == 0
            && words.base == Base::Enum
            && words.argument.as_deref() == Some(name.as_str())
    }

    fn is_plain_text(&self) -> bool {
        self.limits == Limits::default()
            && matches!(self.alternatives.as_slice(), [only]
                if only.base == Base::String && only.argument.is_none() && only.lists == 0)
    }

    fn is_words(&self) -> bool {
        matches!(self.alternatives.as_slice(), [only]
            if only.base == Base::Enum && only.lists == 0 && only.argument.as_deref() == Some("string"))
    }

    /// Marks the fields that must be there.
    pub(super) fn require(&mut self) {
        let required: HashSet<&String> = self.required.iter().collect();
        for field in &mut self.fields {
            field.required |= required.contains(&field.name);
        }
    }

    pub(super) fn ty(&self) -> TypeExpr {
        let mut ty = TypeExpr::of(Base::Any);
        if !self.alternatives.is_empty() {
            ty.alternatives.clone_from(&self.alternatives);
        }
        ty.nullable = self.nullable;
        ty
    }

    /// The field `name` with this value.
    pub(super) fn into_field(self, name: &str) -> Field {
        let ty = self.ty();
        Field {
            schema: self.schema,
            deprecated: self.deprecated,
            // The default `null` says nothing beyond the type.
            default: self.default.filter(|default| !default.is_null()),
            options: self.options,
            more_options: self.more_options,
            limits: self.limits,
            prefix: self.description.as_deref().and_then(prose::prefix),
            fields: self.fields,
            other_keys: self.other_keys,
            custom_fields: self.custom_fields,
            ..Field::new(name, ty, Evidence::Documented)
        }
    }

    /// The content with this value: an object, or a list of objects.
    pub(super) fn into_content(self) -> Result<Content, Conflict> {
        let list = match self.alternatives.as_slice() {
            [] => false,
            [only] if matches!(only.base, Base::Object | Base::Any) && only.lists < 2 => {
                only.lists == 1
            }
            [_] => return Err("neither an object nor a list of objects"),
            _ => return Err("one of several types"),
        };
        if self.nullable {
            return Err("an object, or null");
        }
        Ok(Content {
            list,
            // A content without a name for its type counts as an object.
            schema: self.schema.filter(|_| !self.alternatives.is_empty()),
            fields: self.fields,
            other_keys: self.other_keys,
            custom_fields: self.custom_fields,
            ..Content::default()
        })
    }
}

fn same_but_for_required(one: &Field, other: &Field) -> bool {
    let mut one = one.clone();
    one.required = other.required;
    one == *other
}

fn join_limits(one: Limits, other: Limits) -> Result<Limits, Conflict> {
    fn join<T: PartialEq>(one: Option<T>, other: Option<T>) -> Result<Option<T>, Conflict> {
        match (one, other) {
            (Some(one), Some(other)) if one != other => Err("its parts name different bounds"),
            (one, other) => Ok(one.or(other)),
        }
    }
    Ok(Limits {
        exclusive_minimum: one.exclusive_minimum || other.exclusive_minimum,
        exclusive_maximum: one.exclusive_maximum || other.exclusive_maximum,
        minimum: join(one.minimum, other.minimum)?,
        maximum: join(one.maximum, other.maximum)?,
        min_length: join(one.min_length, other.min_length)?,
        max_length: join(one.max_length, other.max_length)?,
        min_items: join(one.min_items, other.min_items)?,
        max_items: join(one.max_items, other.max_items)?,
        pattern: join(one.pattern, other.pattern)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ty: &str) -> Facts {
        let ty: TypeExpr = ty.parse().unwrap();
        Facts {
            alternatives: ty.alternatives,
            nullable: ty.nullable,
            ..Facts::default()
        }
    }

    #[test]
    fn the_type_of_an_enums_words_may_be_named_beside_it() {
        let mut words = of("enum<string>");
        words.options = vec!["RED".into()];
        words.schema = Some("Colour".to_owned());
        for joined in [
            of("string | null").and(words.clone()).unwrap(),
            words.clone().and(of("string | null")).unwrap(),
        ] {
            assert_eq!(joined.ty().to_string(), "enum<string> | null");
            assert_eq!(joined.schema.as_deref(), Some("Colour"));
        }
        for other in ["integer", "string[]", "string<uuid>"] {
            assert!(of(other).and(words.clone()).is_err(), "{other}");
        }
    }
}

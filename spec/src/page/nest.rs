//! Printed fields, one after the other, to fields with their children inside.

use std::collections::HashSet;

use crate::Finding;
use crate::record::{Base, Field, TypeExpr};

use super::fields::{Notes, Printed};
use super::prose::CUSTOM_FIELD_PREFIX;

/// Deeper objects are not believed.
const MAX_DEPTH: usize = 16;

/// The fields of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Object {
    pub(super) fields: Vec<Field>,
    /// Type of the keys that are not listed.
    pub(super) other_keys: Option<TypeExpr>,
    /// The object carries custom fields.
    pub(super) custom_fields: bool,
}

/// The value can have children.
pub(super) fn holds_objects(ty: &TypeExpr) -> bool {
    ty.alternatives
        .iter()
        .any(|alternative| matches!(alternative.base, Base::Object | Base::Any))
}

/// Puts children (`owner.name`) into their parents (`owner`).
pub(super) fn nest(printed: Vec<Printed>, notes: &mut Notes) -> Object {
    let mut object = Object::default();
    // The open parents, each with its full name.
    let mut open: Vec<(String, Field)> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut parents: HashSet<String> = HashSet::new();
    let mut expects_children_of: Option<String> = None;
    for mut printed in printed {
        let name = printed.field.name.replace("[].", ".");
        let mut report = |rule, message: String, help: &str| {
            notes
                .findings
                .push(Finding::new(rule, message).line(printed.number).help(help));
        };
        if let Some(parent) = expects_children_of.take()
            && child_name(&parent, &name).is_none()
        {
            report(
                "field-children-undotted",
                format!(
                    "the children of `{parent}` are printed without its name before theirs, so nobody can tell where they end"
                ),
                "save the page with its objects collapsed",
            );
        }
        if printed.children_follow {
            expects_children_of = Some(name.clone());
        }
        while open.last().is_some_and(|(parent, field)| {
            child_name(parent, &name).is_none() || !holds_objects(&field.ty)
        }) {
            close(&mut open, &mut object);
        }
        if !seen.insert(name.clone()) {
            report(
                "field-twice",
                format!("the field `{name}` stands twice in one object"),
                "two pages may be mixed in this file; save the page again",
            );
            continue;
        }
        if open.is_empty() && has_parent(&name, &parents) {
            report(
                "field-far-from-parent",
                format!("`{name}` does not stand below the field it belongs to"),
                "save the page with its objects collapsed",
            );
        }
        if open.len() >= MAX_DEPTH {
            report(
                "field-too-deep",
                format!("the object of `{name}` is nested more than {MAX_DEPTH} deep"),
                "save the page with its objects collapsed",
            );
            continue;
        }
        if let Some((parent, _)) = open.last() {
            child_name(parent, &name)
                .unwrap_or(&name)
                .clone_into(&mut printed.field.name);
            // An object below the top is open anyway; records do not say so of single ones.
            if printed.field.name == "{key}" {
                continue;
            }
        } else if name == "{key}" {
            object.custom_fields |= printed.speaks_of_custom_fields;
            object.other_keys = Some(printed.field.ty);
            continue;
        } else if is_pattern(&printed) {
            object.custom_fields = true;
            continue;
        }
        if holds_objects(&printed.field.ty) {
            parents.insert(name.clone());
        }
        open.push((name, printed.field));
    }
    while !open.is_empty() {
        close(&mut open, &mut object);
    }
    object
}

/// A field `cf_` stands for all keys that start so.
fn is_pattern(printed: &Printed) -> bool {
    printed.field.name == CUSTOM_FIELD_PREFIX
        || (printed.field.name.ends_with('_') && printed.speaks_of_custom_fields)
}

fn child_name<'a>(parent: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(parent)?
        .strip_prefix('.')
        .filter(|child| !child.is_empty())
}

fn has_parent(name: &str, parents: &HashSet<String>) -> bool {
    name.match_indices('.')
        .take(MAX_DEPTH)
        .filter_map(|(dot, _)| name.get(..dot))
        .any(|parent| parents.contains(parent))
}

/// Moves the innermost open field into its parent.
fn close(open: &mut Vec<(String, Field)>, object: &mut Object) {
    if let Some((_, field)) = open.pop() {
        match open.last_mut() {
            Some((_, parent)) => parent.fields.push(field),
            None => object.fields.push(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::super::lines::Page;
    use super::super::token::{Section, tokens};
    use super::*;

    fn object(text: &str) -> (Object, Vec<&'static str>) {
        let page = Page::read(text).unwrap();
        let mut notes = Notes::default();
        let printed = fields::read(&tokens(&page.lines), Section::Body, &mut notes);
        let object = nest(printed, &mut notes);
        let rules = notes.findings.iter().map(|finding| finding.rule).collect();
        (object, rules)
    }

    /// Names with their children in parentheses.
    fn outline(fields: &[Field]) -> String {
        let names: Vec<String> = fields
            .iter()
            .map(|field| {
                if field.fields.is_empty() {
                    field.name.clone()
                } else {
                    format!("{}({})", field.name, outline(&field.fields))
                }
            })
            .collect();
        names.join(" ")
    }

    fn check(text: &str, expected: &str) {
        let (object, rules) = object(text);
        assert_eq!(outline(&object.fields), expected);
        assert!(rules.is_empty(), "{rules:?}");
    }

    #[test]
    fn dotted_names_go_into_their_parents() {
        check(
            "meta\nobject\nHide child attributes\nmeta.next\nstring\nmeta.page\nobject\nmeta.page.size\nnumber\nparts\nobject[]\nparts[].label\nstring\nend\nstring",
            "meta(next page(size)) parts(label) end",
        );
    }

    #[test]
    fn a_dot_alone_makes_no_child() {
        check("hub.mode\nstring\nx\nstring\nx.y\nstring", "hub.mode x x.y");
    }

    #[test]
    fn open_keys_are_no_fields() {
        let (object, _) = object("a\nstring\ncf_\nany | null\n{key}\nany\n\nText");
        assert_eq!(outline(&object.fields), "a");
        assert!(object.custom_fields);
        assert_eq!(object.other_keys, Some(TypeExpr::of(Base::Any)));
    }

    #[test]
    fn open_keys_that_carry_custom_fields() {
        let (object, _) = object("{key}\nany\n\nKeys like cf_colour");
        assert!(object.custom_fields);
    }

    #[test]
    fn what_cannot_be_nested_is_found() {
        let rules = |text: &str| object(text).1;
        assert_eq!(
            rules("meta\nobject\nHide child attributes\nnext\nstring"),
            ["field-children-undotted"]
        );
        assert_eq!(rules("a\nstring\na\nstring"), ["field-twice"]);
        assert_eq!(
            rules("meta\nobject\nx\nstring\nmeta.next\nstring"),
            ["field-far-from-parent"]
        );
    }
}

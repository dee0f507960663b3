//! The same schema, told by several pages: one union of what they say.

use super::shape::{Member, Object, Shape};
use crate::{record::Limits, yaml};

/// What two pages say differently, with its JSON pointer below the schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Contradiction {
    pub(crate) pointer: String,
    pub(crate) message: String,
}

/// Merges `other` into `object`: members in order of first appearance, required only if every page
/// that prints the shape says so, `null` if any does, the strongest evidence.
pub(crate) fn merge_objects(
    object: &mut Object,
    other: Object,
    pointer: &str,
    contradictions: &mut Vec<Contradiction>,
) {
    let (here, there) = (object.is_printed(), other.is_printed());
    let pages = Pages {
        // A page that prints nothing of the shape has no say in what is required.
        here: here || !there,
        there: there || !here,
    };
    object.custom_fields |= other.custom_fields;
    if pages.there {
        for (name, member) in &mut object.members {
            if !other.members.contains_key(name) {
                member.required = false;
            }
        }
    }
    for (name, mut member) in other.members {
        let pointer = yaml::child(pointer, &name);
        match object.members.get_mut(&name) {
            Some(known) => merge_members(known, member, pages, &pointer, contradictions),
            None => {
                member.required &= !pages.here;
                object.members.insert(name, member);
            }
        }
    }
}

/// Which of two pages have a say in what is required.
#[derive(Clone, Copy)]
struct Pages {
    here: bool,
    there: bool,
}

fn merge_members(
    member: &mut Member,
    other: Member,
    pages: Pages,
    pointer: &str,
    contradictions: &mut Vec<Contradiction>,
) {
    member.required = (member.required || !pages.here) && (other.required || !pages.there);
    member.nullable |= other.nullable;
    member.deprecated |= other.deprecated;
    let stronger = other.evidence > member.evidence;
    let equal = other.evidence == member.evidence;
    match merge_shapes(&mut member.shape, other.shape, pointer, contradictions) {
        Ok(()) => {}
        // A type that is known less well yields.
        Err(shape) if stronger => member.shape = shape,
        Err(_) if !equal => {}
        Err(shape) => contradictions.push(Contradiction {
            pointer: pointer.to_owned(),
            message: format!(
                "one page calls it {}, another {}, with the same evidence ({})",
                describe(&member.shape),
                describe(&shape),
                member.evidence
            ),
        }),
    }
    if stronger {
        member.evidence = other.evidence;
        member.rule = other.rule;
        member.limits = other.limits;
        member.default = other.default.or_else(|| member.default.take());
        member.prefix = other.prefix.or_else(|| member.prefix.take());
        return;
    }
    member.default = member.default.take().or(other.default);
    match (&member.prefix, other.prefix) {
        (None, prefix) => member.prefix = prefix,
        (Some(known), Some(prefix)) if equal && *known != prefix => {
            contradictions.push(Contradiction {
                pointer: pointer.to_owned(),
                message: format!(
                    "one page says that its identifiers start with {known}, another with {prefix}"
                ),
            });
        }
        _ => {}
    }
    if equal && member.limits == Limits::default() {
        member.limits = other.limits;
    } else if equal && other.limits != Limits::default() && member.limits != other.limits {
        contradictions.push(Contradiction {
            pointer: pointer.to_owned(),
            message: "two pages name different bounds".to_owned(),
        });
    }
}

/// Merges two shapes, or gives the other one back if they contradict each other.
fn merge_shapes(
    shape: &mut Shape,
    other: Shape,
    pointer: &str,
    contradictions: &mut Vec<Contradiction>,
) -> Result<(), Shape> {
    if *shape == other {
        return Ok(());
    }
    match (&mut *shape, other) {
        (Shape::Object(object), Shape::Object(other)) => {
            merge_objects(object, other, pointer, contradictions);
            Ok(())
        }
        (Shape::List(inner), Shape::List(other)) => {
            merge_shapes(inner, *other, pointer, contradictions)
                .map_err(|shape| Shape::List(Box::new(shape)))
        }
        (
            Shape::Words { options, more },
            Shape::Words {
                options: others,
                more: more_there,
            },
        ) => {
            *more |= more_there;
            for option in others {
                if !options.contains(&option) {
                    options.push(option);
                }
            }
            Ok(())
        }
        // An object of which nothing is known says less, and nothing else.
        (Shape::Object(_) | Shape::Map(_) | Shape::Component(_), Shape::Open) => Ok(()),
        (Shape::Open, other @ (Shape::Object(_) | Shape::Map(_) | Shape::Component(_))) => {
            *shape = other;
            Ok(())
        }
        (_, other) => Err(other),
    }
}

fn describe(shape: &Shape) -> String {
    match shape {
        Shape::Any => "any value".to_owned(),
        Shape::Scalar {
            kind,
            format: Some(format),
            ..
        } => format!("{kind}<{format}>"),
        Shape::Scalar { kind, .. } => (*kind).to_owned(),
        Shape::Words { .. } => "an enum".to_owned(),
        Shape::Open | Shape::Object(_) => "an object".to_owned(),
        Shape::Map(value) => format!("an object of values, each {}", describe(&value.shape)),
        Shape::List(inner) => format!("a list of {}", describe(inner)),
        Shape::OneOf(_) => "one of several types".to_owned(),
        Shape::Component(name) => format!("a {name}"),
    }
}

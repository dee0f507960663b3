//! Shapes: what records say of an object, before it has a name in a document.

use indexmap::IndexMap;
use serde_json::Value;

use crate::record::{Alternative, Base, Evidence, Field, Limits, TypeExpr};

/// An object and its members.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Object {
    pub(crate) members: IndexMap<String, Member>,
    /// Carries `cf_*` keys beside its members.
    pub(crate) custom_fields: bool,
}

/// A member of an object, or what a parameter carries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
    pub(crate) default: Option<Value>,
    pub(crate) limits: Limits,
    pub(crate) prefix: Option<String>,
    pub(crate) evidence: Evidence,
    pub(crate) rule: Option<String>,
}

/// What a value looks like, `null` aside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Anything.
    Any,
    /// Text, a number or a truth value, as OpenAPI calls them; `options` only where they are not
    /// text.
    Scalar {
        kind: &'static str,
        format: Option<String>,
        options: Vec<Value>,
    },
    /// One of these words. `more` says that others exist.
    Words { options: Vec<String>, more: bool },
    /// An object of which no member is known.
    Open,
    /// An object of which only the values are known.
    Map(Box<Member>),
    /// An object.
    Object(Object),
    /// A list.
    List(Box<Shape>),
    /// One of several.
    OneOf(Vec<Shape>),
    /// A component of the document.
    Component(String),
}

/// Whose words a schema repeats: decides what is required and what may be `null`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// A request body that creates or does something.
    Request,
    /// A request body that changes what it names and leaves the rest alone.
    Patch,
    /// An answer.
    Response,
}

impl Member {
    /// What a field says, given the shape of its value.
    pub(crate) fn of(field: &Field, shape: Shape) -> Self {
        Self {
            shape,
            nullable: field.ty.nullable || field.options.contains(&Value::Null),
            required: field.required,
            deprecated: field.deprecated,
            default: field.default.clone(),
            limits: field.limits.clone(),
            prefix: field.prefix.clone(),
            evidence: field.evidence,
            rule: field.rule.clone(),
        }
    }
}

impl Shape {
    /// The shape of a field's value; `object` is what its objects look like.
    pub(crate) fn of(field: &Field, object: &Shape) -> Self {
        let mut shapes: Vec<Self> = field
            .ty
            .alternatives
            .iter()
            .map(|alternative| Self::alternative(alternative, field, object))
            .collect();
        match shapes.pop() {
            Some(only) if shapes.is_empty() => only,
            Some(last) => {
                shapes.push(last);
                Self::OneOf(shapes)
            }
            // A type has at least one alternative.
            None => Self::Any,
        }
    }

    fn alternative(alternative: &Alternative, field: &Field, object: &Shape) -> Self {
        let argument = alternative.argument.as_deref();
        let scalar = |kind, format: Option<&str>| Self::Scalar {
            kind,
            format: format.map(str::to_owned),
            options: Vec::new(),
        };
        let inner = match alternative.base {
            Base::Any => Self::Any,
            Base::Object => object.clone(),
            Base::File => scalar("string", Some("binary")),
            Base::String => with_options(scalar("string", argument), field),
            Base::Number => with_options(scalar("number", argument), field),
            Base::Integer => with_options(scalar("integer", argument), field),
            Base::Boolean => with_options(scalar("boolean", argument), field),
            Base::Enum => with_options(
                scalar(
                    match argument {
                        Some("number") => "number",
                        Some("integer") => "integer",
                        Some("boolean") => "boolean",
                        _ => "string",
                    },
                    None,
                ),
                field,
            ),
        };
        (0..alternative.lists).fold(inner, |shape, _| Self::List(Box::new(shape)))
    }

    /// The shape without what merely says how well it is known: two shapes with the same outline
    /// may share a component.
    pub(crate) fn outline(&self) -> Self {
        match self {
            Self::Object(object) => Self::Object(object.outline()),
            Self::List(inner) => Self::List(Box::new(inner.outline())),
            Self::OneOf(shapes) => Self::OneOf(shapes.iter().map(Self::outline).collect()),
            other => other.clone(),
        }
    }

    /// Calls `visit` on this shape and every shape inside it, outermost first.
    pub(crate) fn visit_mut(&mut self, visit: &mut dyn FnMut(&mut Shape)) {
        visit(self);
        match self {
            Self::Object(object) => object.visit_mut(visit),
            Self::List(inner) => inner.visit_mut(visit),
            Self::OneOf(shapes) => shapes.iter_mut().for_each(|shape| shape.visit_mut(visit)),
            Self::Any
            | Self::Scalar { .. }
            | Self::Words { .. }
            | Self::Open
            | Self::Map(_)
            | Self::Component(_) => {}
        }
    }
}

/// Words become an enum; options of other kinds stay with the scalar.
fn with_options(scalar: Shape, field: &Field) -> Shape {
    let wanted: Vec<Value> = field
        .options
        .iter()
        .filter(|option| !option.is_null())
        .cloned()
        .collect();
    match scalar {
        Shape::Scalar { kind, format, .. } if !wanted.is_empty() => {
            let words: Option<Vec<String>> = wanted
                .iter()
                .map(|option| option.as_str().map(str::to_owned))
                .collect();
            match words {
                Some(options) if kind == "string" => Shape::Words {
                    options,
                    more: field.more_options,
                },
                _ => Shape::Scalar {
                    kind,
                    format,
                    options: wanted,
                },
            }
        }
        other => other,
    }
}

impl Object {
    /// Applies what holds for every schema of this role: what nobody documented is not promised.
    pub(crate) fn settle(&mut self, role: Role) {
        for member in self.members.values_mut() {
            let weak = member.evidence < Evidence::Documented;
            let inside_lists = match role {
                Role::Response => {
                    if weak {
                        member.required = false;
                        member.nullable = true;
                    }
                    Role::Response
                }
                Role::Patch => {
                    member.required = false;
                    member.default = None;
                    if weak {
                        member.nullable = true;
                    }
                    // The elements of a list are sent whole.
                    Role::Request
                }
                Role::Request => Role::Request,
            };
            member.shape.settle(role, inside_lists);
        }
    }

    /// Whether a reference page prints any of it.
    pub(crate) fn is_printed(&self) -> bool {
        self.members
            .values()
            .any(|member| member.evidence == Evidence::Documented)
    }

    /// Whether `other` is this object as a sample shows it: by names of members alone.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let known = |name| self.members.contains_key(name);
        !other.is_printed() && self.is_printed() && other.members.keys().all(known)
    }

    /// See [`Shape::outline`].
    pub(crate) fn outline(&self) -> Self {
        let mut outline = self.clone();
        for member in outline.members.values_mut() {
            member.evidence = Evidence::Inferred;
            member.rule = None;
            member.shape = member.shape.outline();
        }
        outline
    }

    pub(crate) fn visit_mut(&mut self, visit: &mut dyn FnMut(&mut Shape)) {
        for member in self.members.values_mut() {
            member.shape.visit_mut(visit);
        }
    }
}

impl Shape {
    fn settle(&mut self, role: Role, inside_lists: Role) {
        match self {
            Self::Object(object) => object.settle(role),
            Self::List(inner) => inner.settle(inside_lists, inside_lists),
            Self::OneOf(shapes) => shapes
                .iter_mut()
                .for_each(|shape| shape.settle(role, inside_lists)),
            _ => {}
        }
    }
}

/// Whether a query parameter of this type can only be JSON text.
pub(crate) fn is_json_text(ty: &TypeExpr) -> bool {
    ty.alternatives
        .iter()
        .any(|alternative| alternative.base == Base::Object && alternative.lists == 0)
}

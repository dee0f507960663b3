//! Following `same_as`: what an operation carries when its record points to another page.

use std::cell::Cell;

use indexmap::IndexMap;

use super::{
    naming::Operations,
    shape::{Member, Object, Shape},
};
use crate::{
    Finding,
    record::{Base, Content, Evidence, Field, Part, SameAs, TypeExpr},
};

/// A content with everything that it takes over from other pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) fields: Vec<Field>,
    pub(crate) list: bool,
    pub(crate) custom_fields: bool,
}

/// How deep shapes may lie in each other. The real ones need three levels.
const MAX_DEPTH: usize = 32;

/// Resolves `same_as` among operations.
pub(crate) struct Resolver<'a> {
    operations: &'a Operations<'a>,
    depth: Cell<usize>,
}

type Step = (String, Part);

impl<'a> Resolver<'a> {
    pub(crate) fn new(operations: &'a Operations<'a>) -> Self {
        Self {
            operations,
            depth: Cell::new(0),
        }
    }

    /// The fields of a content, those of other pages included.
    pub(crate) fn content(&self, key: &str, part: Part) -> Result<Resolved, Finding> {
        self.resolve(key, part, &mut Vec::new())
    }

    /// The object that fields describe.
    pub(crate) fn object(&self, fields: &[Field], custom_fields: bool) -> Result<Object, Finding> {
        let mut members = IndexMap::new();
        for field in fields {
            members.insert(field.name.clone(), self.member(field)?);
        }
        Ok(Object {
            members,
            custom_fields,
        })
    }

    /// The object that a content describes by itself.
    pub(crate) fn object_of(&self, content: &Content) -> Result<Object, Finding> {
        let custom_fields = content.custom_fields || content.other_keys.is_some();
        self.object(&content.fields, custom_fields)
    }

    /// What a field says.
    pub(crate) fn member(&self, field: &Field) -> Result<Member, Finding> {
        let object = match &field.items_same_as {
            Some(same_as) if field.fields.is_empty() && same_as.except.is_empty() => {
                match self.component(&same_as.operation, same_as.part, &mut Vec::new())? {
                    Some(name) => Shape::Component(name),
                    None => self.copied(field, same_as)?,
                }
            }
            Some(same_as) => self.copied(field, same_as)?,
            None if field.fields.is_empty() && !field.custom_fields => match &field.other_keys {
                Some(keys) if *keys != TypeExpr::of(Base::Any) => {
                    Shape::Map(Box::new(map_value(keys)))
                }
                _ => Shape::Open,
            },
            None => {
                let open = field.custom_fields || field.other_keys.is_some();
                Shape::Object(self.object(&field.fields, open)?)
            }
        };
        Ok(Member::of(field, Shape::of(field, &object)))
    }

    fn copied(&self, field: &Field, same_as: &SameAs) -> Result<Shape, Finding> {
        if self.depth.get() == MAX_DEPTH {
            return Err(Finding::new(
                "same-as-cycle",
                format!("the items of `{}` contain themselves", field.name),
            )
            .help("let `items_same_as` point to another operation, or name the fields"));
        }
        let mut resolved = self.resolve(&same_as.operation, same_as.part, &mut Vec::new())?;
        take_over(&mut resolved, same_as, &field.fields);
        self.depth.set(self.depth.get() + 1);
        let object = self.object(&resolved.fields, resolved.custom_fields);
        self.depth.set(self.depth.get() - 1);
        Ok(Shape::Object(object?))
    }

    /// The component that a content is, unless it has to be copied.
    pub(crate) fn component(
        &self,
        key: &str,
        part: Part,
        path: &mut Vec<Step>,
    ) -> Result<Option<String>, Finding> {
        enter(key, part, path)?;
        let operation = self.operations.find(key)?;
        let response = &operation.record.response.content;
        Ok(match part {
            Part::Body => None,
            Part::Response | Part::Item if is_reference(response) => match &response.same_as {
                Some(same_as) if part == Part::Response || same_as.part == Part::Response => {
                    let target = if part == Part::Item {
                        Part::Item
                    } else {
                        same_as.part
                    };
                    self.component(&same_as.operation, target, path)?
                }
                _ => None,
            },
            Part::Response if response.list => None,
            Part::Response => Some(operation.noun.response.clone()),
            Part::Item => {
                if let Some(same_as) = list_field(&response.fields)
                    .and_then(|field| field.items_same_as.as_ref())
                    .filter(|same_as| same_as.except.is_empty())
                {
                    self.component(&same_as.operation, same_as.part, path)?
                } else {
                    Some(operation.noun.resource.clone())
                }
            }
        })
    }

    fn resolve(&self, key: &str, part: Part, path: &mut Vec<Step>) -> Result<Resolved, Finding> {
        enter(key, part, path)?;
        let operation = self.operations.find(key)?;
        let content = match part {
            Part::Body => {
                let body = operation.record.body.as_ref();
                &body
                    .ok_or_else(|| {
                        Finding::new(
                            "same-as-nothing",
                            format!("`{key}` has no body whose shape could be taken over"),
                        )
                    })?
                    .content
            }
            Part::Response | Part::Item => &operation.record.response.content,
        };
        let mut resolved = match &content.same_as {
            Some(same_as) => {
                let mut resolved = self.resolve(&same_as.operation, same_as.part, path)?;
                if let Some(unknown) = same_as
                    .except
                    .iter()
                    .find(|name| resolved.fields.iter().all(|field| field.name != **name))
                {
                    return Err(Finding::new(
                        "same-as-nothing",
                        format!(
                            "`{}` has no field `{unknown}` to leave out",
                            same_as.operation
                        ),
                    )
                    .help("delete it from `except`"));
                }
                take_over(&mut resolved, same_as, &content.fields);
                resolved
            }
            None => Resolved {
                fields: content.fields.clone(),
                ..Resolved::default()
            },
        };
        resolved.list |= content.list;
        resolved.custom_fields |= content.custom_fields || content.other_keys.is_some();
        if part == Part::Item {
            resolved = self.item(resolved, key, path)?;
        }
        Ok(resolved)
    }

    fn item(
        &self,
        resolved: Resolved,
        key: &str,
        path: &mut Vec<Step>,
    ) -> Result<Resolved, Finding> {
        if resolved.list {
            return Ok(Resolved {
                list: false,
                ..resolved
            });
        }
        let Some(field) = list_field(&resolved.fields) else {
            return Err(Finding::new(
                "same-as-nothing",
                format!("the answer of `{key}` is no list that has items"),
            ));
        };
        match &field.items_same_as {
            Some(same_as) => {
                let mut items = self.resolve(&same_as.operation, same_as.part, path)?;
                take_over(&mut items, same_as, &field.fields);
                Ok(items)
            }
            None => Ok(Resolved {
                fields: field.fields.clone(),
                custom_fields: field.custom_fields,
                ..Resolved::default()
            }),
        }
    }
}

/// What the values of an object look like whose keys nobody knows. They have no fields of their own.
fn map_value(ty: &TypeExpr) -> Member {
    let field = Field::new("", ty.clone(), Evidence::Documented);
    Member::of(&field, Shape::of(&field, &Shape::Open))
}

fn enter(key: &str, part: Part, path: &mut Vec<Step>) -> Result<(), Finding> {
    let step = (key.to_owned(), part);
    if path.contains(&step) {
        let around: Vec<&str> = path.iter().map(|(key, _)| key.as_str()).collect();
        return Err(Finding::new(
            "same-as-cycle",
            format!(
                "same_as goes round in a circle: {} → {key}",
                around.join(" → ")
            ),
        )
        .help("let one of these records name its fields"));
    }
    path.push(step);
    Ok(())
}

/// Whether a content is nothing but the shape of another page.
pub(crate) fn is_reference(content: &Content) -> bool {
    content.fields.is_empty()
        && content.other_keys.is_none()
        && !content.custom_fields
        && !content.list
        && content
            .same_as
            .as_ref()
            .is_some_and(|same_as| same_as.except.is_empty() && same_as.part != Part::Body)
}

/// The field of a list envelope that holds the list.
pub(crate) fn list_field(fields: &[Field]) -> Option<&Field> {
    ["data", "items"].into_iter().find_map(|name| {
        fields.iter().find(|field| {
            field.name == name
                && field
                    .ty
                    .alternatives
                    .iter()
                    .any(|alternative| alternative.lists > 0)
        })
    })
}

/// What is taken over is known no better than that it may be; own fields win.
fn take_over(resolved: &mut Resolved, same_as: &SameAs, own: &[Field]) {
    resolved
        .fields
        .retain(|field| !same_as.except.contains(&field.name));
    for field in &mut resolved.fields {
        weaken(field, same_as);
    }
    for field in own {
        match resolved
            .fields
            .iter_mut()
            .find(|known| known.name == field.name)
        {
            Some(known) => *known = field.clone(),
            None => resolved.fields.push(field.clone()),
        }
    }
}

fn weaken(field: &mut Field, same_as: &SameAs) {
    field.required = false;
    if same_as.evidence < field.evidence {
        field.evidence = same_as.evidence;
        field.rule = (same_as.evidence == Evidence::Inferred).then(|| same_as.rule.clone());
    }
    for field in &mut field.fields {
        weaken(field, same_as);
    }
}

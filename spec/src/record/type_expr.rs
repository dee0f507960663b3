//! The pages' notation for types: `string<date-time> | null`, `enum<string>[]`, `object`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A type as a page prints it. `null` is not an alternative but a flag.
///
/// ```
/// # use heffl_spec::record::{Base, TypeExpr};
/// let ty: TypeExpr = "string<date-time> | null".parse().unwrap();
/// assert!(ty.nullable);
/// assert_eq!(ty.alternatives[0].base, Base::String);
/// assert_eq!(ty.alternatives[0].argument.as_deref(), Some("date-time"));
/// assert_eq!(ty.to_string(), "string<date-time> | null");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TypeExpr {
    /// What the value may be, `null` aside. Never empty.
    pub alternatives: Vec<Alternative>,
    /// `null` is allowed.
    pub nullable: bool,
}

/// One alternative of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alternative {
    /// The word in front.
    pub base: Base,
    /// What stands in `<…>`: a format, or the element type of an `enum`.
    pub argument: Option<String>,
    /// How many `[]` follow.
    pub lists: u8,
}

/// The word that a type starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Base {
    /// `string`
    String,
    /// `number`
    Number,
    /// `integer`
    Integer,
    /// `boolean`
    Boolean,
    /// `object`
    Object,
    /// `any`: the schema names no type.
    Any,
    /// `file`
    File,
    /// `enum<…>`
    Enum,
}

impl Base {
    fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Any => "any",
            Self::File => "file",
            Self::Enum => "enum",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "string" => Self::String,
            "number" => Self::Number,
            "integer" => Self::Integer,
            "boolean" => Self::Boolean,
            "object" => Self::Object,
            "any" => Self::Any,
            "file" => Self::File,
            "enum" => Self::Enum,
            _ => return None,
        })
    }
}

/// The text is not a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a type of the pages' notation (string<date-time> | null, enum<string>, object[] …)"
)]
pub struct TypeExprError {
    text: String,
}

impl TypeExpr {
    /// A type with one alternative that is not nullable.
    pub fn of(base: Base) -> Self {
        Self {
            alternatives: vec![Alternative {
                base,
                argument: None,
                lists: 0,
            }],
            nullable: false,
        }
    }

    /// The only alternative, if there is just one.
    pub fn single(&self) -> Option<&Alternative> {
        match self.alternatives.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// More alternatives than this are no type. Types are compared with each other, so many would take long.
const MAX_ALTERNATIVES: usize = 100;

impl FromStr for TypeExpr {
    type Err = TypeExprError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || TypeExprError {
            text: text.to_owned(),
        };
        let mut alternatives = Vec::new();
        let mut nullable = false;
        for part in text.split('|') {
            let part = part.trim();
            if part == "null" {
                if nullable {
                    return Err(error());
                }
                nullable = true;
            } else if alternatives.len() == MAX_ALTERNATIVES {
                return Err(error());
            } else {
                alternatives.push(alternative(part).ok_or_else(error)?);
            }
        }
        if alternatives.is_empty() {
            return Err(error());
        }
        Ok(Self {
            alternatives,
            nullable,
        })
    }
}

fn alternative(text: &str) -> Option<Alternative> {
    let mut rest = text;
    let mut lists = 0u8;
    while let Some(shorter) = rest.strip_suffix("[]") {
        rest = shorter;
        lists = lists.checked_add(1)?;
    }
    let (word, argument) = match rest.split_once('<') {
        Some((word, argument)) => (word, Some(argument.strip_suffix('>')?)),
        None => (rest, None),
    };
    if argument.is_some_and(|a| {
        a.is_empty()
            || !a
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c))
    }) {
        return None;
    }
    Some(Alternative {
        base: Base::from_word(word)?,
        argument: argument.map(str::to_owned),
        lists,
    })
}

impl fmt::Display for Alternative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str())?;
        if let Some(argument) = &self.argument {
            write!(f, "<{argument}>")?;
        }
        (0..self.lists).try_for_each(|_| f.write_str("[]"))
    }
}

impl fmt::Display for TypeExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, alternative) in self.alternatives.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            alternative.fmt(f)?;
        }
        if self.nullable {
            f.write_str(" | null")?;
        }
        Ok(())
    }
}

impl Serialize for TypeExpr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TypeExpr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

//! The Rust types of values.

/// The Rust type of the values of a custom field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `String`
    Text,
    /// `Vec<String>`
    Texts,
    /// `f64`
    Number,
    /// `i64`
    Integer,
    /// `heffl::Money`
    Money,
    /// `heffl::DateTime`, which also reads dates without a time.
    DateTime,
    /// `bool`
    Flag,
    /// An open enum of the options.
    Choice,
    /// A list of such enums.
    Choices,
    /// One identifier or several.
    Relation,
    /// `serde_json::Value`, because the form of such values is not known.
    Json,
}

/// Names of types, in lower case and without other characters. These are the names in the app and common
/// synonyms; the API does not document its names.
const NAMES: [(Kind, &[&str]); 11] = [
    (
        Kind::Text,
        &[
            "text",
            "string",
            "shorttext",
            "longtext",
            "textarea",
            "singlelinetext",
            "multilinetext",
            "richtext",
            "email",
            "emailaddress",
            "phone",
            "phonenumber",
            "link",
            "url",
            "website",
        ],
    ),
    (Kind::Texts, &["arraytext", "textarray"]),
    (
        Kind::Number,
        &[
            "number",
            "decimal",
            "float",
            "double",
            "percent",
            "percentage",
        ],
    ),
    (Kind::Integer, &["integer", "int"]),
    (Kind::Money, &["currency", "money", "amount"]),
    (Kind::DateTime, &["date", "datetime", "timestamp"]),
    (
        Kind::Flag,
        &["checkbox", "boolean", "bool", "toggle", "switch", "yesno"],
    ),
    (
        Kind::Choice,
        &[
            "singleoption",
            "option",
            "singleselect",
            "select",
            "dropdown",
            "radio",
            "picklist",
            "enum",
        ],
    ),
    (
        Kind::Choices,
        &[
            "multipleoption",
            "multipleoptions",
            "multioption",
            "multioptions",
            "multiselect",
            "multipleselect",
            "checkboxes",
        ],
    ),
    (Kind::Relation, &["relation", "lookup", "reference"]),
    (Kind::Json, &["filepicker", "file", "signature"]),
];

impl Kind {
    /// The kind with this name, if the name is known.
    pub(super) fn named(name: &str) -> Option<Self> {
        let plain: String = name
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let known = NAMES.iter().find(|(_, names)| names.contains(&&*plain));
        known.map(|(kind, _)| *kind)
    }

    /// Whether values are chosen from a list.
    pub(super) fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }

    /// The kind if no options are known.
    pub(super) fn without_options(self) -> Self {
        match self {
            Self::Choice => Self::Text,
            Self::Choices => Self::Texts,
            other => other,
        }
    }
}

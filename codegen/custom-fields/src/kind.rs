//! The Rust types of fields.

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
    /// JSON as received, because the shape of the values is unknown.
    Json,
}

/// Names of types, in lower case and without separators. They are the names in the app, and common synonyms; the
/// API does not document its names.
const WORDS: [(Kind, &[&str]); 11] = [
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
    /// The kind for the name of a type, if the name is known.
    pub(super) fn of(word: &str) -> Option<Self> {
        let plain: String = word
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let known = WORDS.iter().find(|(_, words)| words.contains(&&*plain));
        known.map(|(kind, _)| *kind)
    }

    /// Whether values are chosen from a list.
    pub(super) fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Choices)
    }

    /// The kind if there is no list of options.
    pub(super) fn without_options(self) -> Self {
        match self {
            Self::Choice => Self::Text,
            Self::Choices => Self::Texts,
            other => other,
        }
    }
}

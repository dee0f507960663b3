//! Records: what one documentation page says, as facts with evidence and without the vendor's words.
//!
//! One YAML file per page under `spec/pages/<version>/`. Most are written by `docs pull`; records of
//! the form [`Form::Facts`] are kept by hand for pages that cannot be read yet.

mod type_expr;

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use type_expr::{Alternative, Base, TypeExpr, TypeExprError};

/// The version of the record format that this crate reads and writes.
pub const FORMAT: u32 = 1;

/// What one page says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a record")]
pub struct Record {
    /// Version of this format, see [`FORMAT`].
    pub record: u32,
    /// The form the page was read from.
    pub form: Form,
    /// Address of the page below the documentation site, for example
    /// `api-v2-reference/objects/get-a-quotation`.
    pub page: String,
    /// Hash of the page's normalised text. On [`Form::Facts`] only where its page gives no record:
    /// the state in which somebody compared the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Hash>,
    /// Hash of the page's descriptions alone, so that a change of wording can be told from a change
    /// of facts without keeping the words. Absent for [`Form::Facts`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<Hash>,
    /// Where the facts come from, for [`Form::Facts`]: addresses of guides and pages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What extraction lost, as far as it can be told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// What the page says of the document it was cut from: it must agree with the other pages'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
    /// The operation of a reference page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Operation>,
    /// The facts of a guide page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<Guide>,
}

/// The form a record was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Text of a rendered page, one text node a line.
    RenderedText,
    /// Markdown of a page, with the site's older intermediate tree inside.
    #[serde(rename = "markdown-b1")]
    MarkdownB1,
    /// Markdown of a page, with an OpenAPI document inside that is cut down to its operation.
    #[serde(rename = "markdown-b2")]
    MarkdownB2,
    /// Markdown of a guide.
    Markdown,
    /// Kept by hand from what is known of a page that cannot be read yet.
    Facts,
}

impl Form {
    /// The word used in records and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RenderedText => "rendered-text",
            Self::MarkdownB1 => "markdown-b1",
            Self::MarkdownB2 => "markdown-b2",
            Self::Markdown => "markdown",
            Self::Facts => "facts",
        }
    }
}

/// How well a fact is known. Ordered from weakest to strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// By analogy with a sister page; the rule is named.
    Inferred,
    /// Public programs rely on it.
    Observed,
    /// Named in a guide, a table or prose.
    Described,
    /// Seen only in an example: name and JSON type, flags unknown.
    Sampled,
    /// Name, type and flags printed on a reference page.
    Documented,
}

impl Evidence {
    /// The word used in records and documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inferred => "inferred",
            Self::Observed => "observed",
            Self::Described => "described",
            Self::Sampled => "sampled",
            Self::Documented => "documented",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(pub String);

impl Hash {
    /// The hash of `text`.
    pub fn of(text: &str) -> Self {
        use fmt::Write as _;
        use sha2::{Digest as _, Sha256};
        let mut hex = String::from("sha256:");
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }
}

/// Something that a page's extraction lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "lost", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Loss {
    /// The response prints its description, but no status and no media type.
    ResponseStatus,
    /// A description stands where a field's name and type should precede it.
    FieldName {
        /// The section, for example `Query Parameters`.
        section: String,
        /// The field before it, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    /// The last option of an enum ends in a comma: a `null` member is gone.
    NullOption {
        /// The field's name.
        field: String,
    },
}

/// What a page says of the OpenAPI document it was cut from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of OpenAPI.
    pub openapi: String,
    /// The version of the API, as the document has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// All servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<String>,
    /// Names of the security schemes that hold for all operations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security: Vec<String>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// HTTP method, upper case.
    pub method: String,
    /// Path template below the server URL, for example `/quotations/{id}`.
    pub path: String,
    /// The vendor's name of the operation, where the page says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
    /// The operation is deprecated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Base URL that the page's sample uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// How well it is known that the operation exists.
    pub evidence: Evidence,
    /// The headers, or parameters, that carry credentials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorization: Vec<Parameter>,
    /// Path, query and header parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// The request body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The answer to a successful request.
    pub response: Response,
    /// All other answers that the page documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorAnswer>,
}

/// A parameter: a field with a location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Where it goes.
    #[serde(rename = "in")]
    pub location: Location,
    /// Name, type and flags.
    #[serde(flatten)]
    pub field: Field,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// A segment of the path.
    Path,
    /// The query string.
    Query,
    /// A request header.
    Header,
    /// A cookie.
    Cookie,
}

/// The request body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// The page says that a request may do without it. Rendered text never says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// What it carries.
    #[serde(flatten)]
    pub content: Content,
}

/// The successful answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The status, where the page still says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What it carries.
    #[serde(flatten)]
    pub content: Content,
}

/// An answer that reports no success.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorAnswer {
    /// The status as the page has it: `404`, `4XX` or `default`.
    pub status: String,
    /// What it carries.
    #[serde(flatten)]
    pub content: Content,
}

/// A JSON object that a request or an answer carries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// Media type, where the page still says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The vendor's name of the object, or of the list's objects. One name means one shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The whole shape is that of another page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<SameAs>,
    /// The value is a list of what the fields describe, without an envelope.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub list: bool,
    /// The fields, in the order of the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The type of keys that are not listed, where the page prints `{key}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_keys: Option<TypeExpr>,
    /// The page prints a field `cf_`: it stands for all keys that start so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub custom_fields: bool,
    /// The page's sample, placeholders included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Value>,
}

/// A reference to the shape on another page, and why it is believed to be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SameAs {
    /// The operation that has the shape, for example `POST /deals`.
    pub operation: String,
    /// Which of its two contents.
    pub part: Part,
    /// Fields that are not taken over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub except: Vec<String>,
    /// Why: the rule that the evidence `inferred` asks for, or the source that says so.
    pub rule: String,
    /// How well that is known.
    pub evidence: Evidence,
}

/// A content of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The request body.
    Body,
    /// The successful answer.
    Response,
    /// One element of the list in the successful answer.
    Item,
}

/// One field of an object, or the facts of a parameter.
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Name on the wire.
    pub name: String,
    /// Type, in the notation of the pages.
    #[serde(rename = "type")]
    pub ty: TypeExpr,
    /// The vendor's name of the type, or of the list's elements. One name means one shape; where an
    /// object contains itself, the inner one has the name alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The page prints `required`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// The page prints `deprecated`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deprecated: bool,
    /// Default value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The documented words of an enum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Value>,
    /// The options are examples: more exist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_options: bool,
    /// Bounds.
    #[serde(flatten)]
    pub limits: Limits,
    /// Prefix that identifiers in this field carry, for example `qtn_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// How well the field is known.
    pub evidence: Evidence,
    /// For the evidence `inferred`: the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Fields of the object, or of the list's objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// The type of keys that are not listed, where the object allows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_keys: Option<TypeExpr>,
    /// The object carries custom fields: keys that start with `cf_`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub custom_fields: bool,
    /// The list's objects are those of another operation (list envelopes of [`Form::Facts`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_same_as: Option<SameAs>,
}

impl Field {
    /// A field of which nothing but name, type and evidence is known.
    pub fn new(name: impl Into<String>, ty: TypeExpr, evidence: Evidence) -> Self {
        Self {
            name: name.into(),
            ty,
            schema: None,
            required: false,
            deprecated: false,
            default: None,
            options: Vec::new(),
            more_options: false,
            limits: Limits::default(),
            prefix: None,
            evidence,
            rule: None,
            fields: Vec::new(),
            other_keys: None,
            custom_fields: false,
            items_same_as: None,
        }
    }
}

/// Bounds of a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Smallest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<serde_json::Number>,
    /// Largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<serde_json::Number>,
    /// The smallest number is itself excluded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive_minimum: bool,
    /// The largest number is itself excluded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive_maximum: bool,
    /// Shortest text, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// Longest text, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// Fewest elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    /// Most elements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    /// Regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// The facts of a guide page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Base URL of the API version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Operations that the guide's tables list, in the guide's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<ListedOperation>,
    /// Rates that the guide names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_limits: Vec<RateLimit>,
    /// Prefixes of identifiers, each with the kind of record it stands for, for example
    /// `dl_: deal`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub prefixes: IndexMap<String, String>,
}

/// A row of a guide's operation table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedOperation {
    /// HTTP method, upper case.
    pub method: String,
    /// Path template.
    pub path: String,
}

/// `requests` requests in one `per`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests.
    pub requests: u64,
    /// `second`, `minute`, `hour` or `day`.
    pub per: String,
}

//! The tables of the comparison: the kinds of objects in a document, and how each key is compared.
//!
//! If a key that is in no table, or has a value of another form, differs, it is reported as not compared.

use serde_json::Value;

use super::rules::Area;
use How::{Apart, Change, Child, Each, Evidence, Flag, Identifier, Items, Limit, Multiple, Whole};

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Document,
    Info,
    Components,
    Server,
    PathItem,
    Operation,
    /// A callback of an operation: path items by the addresses that the server calls.
    Callback,
    /// A path item of a webhook or callback.
    Calls,
    /// An operation that the server calls.
    Call,
    SecurityScheme,
    Parameter,
    Header,
    Body,
    Response,
    MediaType,
    Schema,
    Discriminator,
    /// A field that lists can be filtered by, a kind of such fields, or an operator.
    Filter,
}

/// How the values of a key are compared, and the ids of the rules, which may lack the name of the area.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    /// By separate code, or not at all because it has no meaning.
    Apart,
    /// A boolean: the ids for true and for false.
    Flag(&'static str, &'static str),
    /// A value: the ids end in `-added`, `-changed` and `-removed`, or always in `-changed`.
    Change(&'static str),
    /// An unordered list: the ids end in `-added` and `-removed`.
    Items(&'static str),
    /// The evidence: stronger or weaker.
    Evidence,
    /// A kind of record, and the prefix of its identifiers.
    Identifier,
    /// The factor of `multipleOf`.
    Multiple,
    /// A limit: the start of the ids, and the keyword that excludes the limit itself.
    Limit(&'static str, Option<&'static str>),
    /// An object, which may be missing.
    Child(Kind),
    /// Objects by name: the ids end in `-added` and `-removed`.
    Each(Kind, &'static str),
    /// Like `Each`, with one id for all objects if one document has none.
    Whole(Kind, &'static str, &'static str),
}

/// Checks whether the comparison can read the value of a key.
pub(super) type Form = fn(&Value) -> bool;

/// A key, the form of its value, and how it is compared.
pub(super) type Row = (&'static str, Form, How);

const ANYTHING: Form = |_| true;
const FLAG: Form = Value::is_boolean;
const NUMBER: Form = Value::is_number;
const TEXT: Form = Value::is_string;
const LIST: Form = Value::is_array;
const OBJECT: Form = Value::is_object;
const TEXTS: Form = |value| is_list_of(value, Value::is_string);
const OBJECTS: Form = |value| is_list_of(value, Value::is_object);
const TYPES: Form = |value| value.is_string() || TEXTS(value);
/// A schema, or a boolean in its place.
const SCHEMA_OR_FLAG: Form = |value| value.is_boolean() || value.is_object();
/// A boolean in OpenAPI 3.0, a number since 3.1.
const NUMBER_OR_FLAG: Form = |value| value.is_boolean() || value.is_number();

fn is_list_of(value: &Value, form: Form) -> bool {
    let items = value.as_array();
    items.is_some_and(|items| items.iter().all(form))
}

/// The methods of path items.
pub(super) const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// Rows: keys, the form of their values, and how they are compared.
macro_rules! rows {
    ($($($key:literal)+ $form:ident $how:expr;)*) => { &[$($(($key, $form, $how),)+)*] };
}

/// The keys that parameters, headers, bodies, responses and schemas share.
pub(super) const ANNOTATIONS: &[Row] = rows! {
    "deprecated" FLAG Flag("deprecated", "undeprecated");
    "x-heffl-currency" FLAG Flag("currency-added", "currency-removed");
    "x-heffl-evidence" TEXT Evidence;
    "x-heffl-id" OBJECT Identifier;
    "x-heffl-money" FLAG Flag("money-added", "money-removed");
    "x-heffl-secret" FLAG Flag("secret-added", "secret-removed");
};

impl Kind {
    /// The compared keys of an object of this kind.
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    pub(super) fn rows(self) -> &'static [Row] {
        match self {
            // Their names and methods are compared separately.
            Self::Callback | Self::Calls => &[],
            Self::Document => rows! {
                "openapi" TEXT Apart;
                "servers" "security" OBJECTS Apart;
                "paths" "webhooks" "x-webhooks" OBJECT Apart;
                "tags" ANYTHING Apart;
                "info" OBJECT Child(Kind::Info);
                "components" OBJECT Child(Kind::Components);
                "x-heffl-filter-kinds" OBJECT Each(Kind::Filter, "filter-kind");
            },
            Self::Info => rows! {
                "contact" "license" "termsOfService" ANYTHING Apart;
                "version" ANYTHING Change("document-version");
            },
            // The targets of references.
            Self::Components => rows! {
                "callbacks" "headers" "links" "parameters" "pathItems" "requestBodies" "responses" OBJECT Apart;
                "schemas" "securitySchemes" OBJECT Apart;
            },
            Self::Server => rows! {
                "url" TEXT Apart;
                "variables" OBJECT Change("server-variables");
            },
            Self::PathItem => rows! {
                "parameters" "servers" OBJECTS Apart;
                "get" "put" "post" "delete" "options" "head" "patch" "trace" "query" OBJECT Apart;
            },
            Self::Operation => rows! {
                "parameters" "security" "servers" OBJECTS Apart;
                "requestBody" "responses" OBJECT Apart;
                "callbacks" OBJECT Each(Kind::Callback, "callback");
                "deprecated" FLAG Flag("deprecated", "undeprecated");
                "operationId" TEXT Change("id");
                "tags" TEXTS Items("tag");
                "x-heffl-evidence" TEXT Evidence;
            },
            Self::Call => rows! {
                "requestBody" OBJECT Apart;
                "deprecated" FLAG Flag("deprecated", "undeprecated");
                "operationId" TEXT Change("id");
                "tags" TEXTS Items("tag");
                "x-heffl-evidence" TEXT Evidence;
            },
            Self::SecurityScheme => rows! {
                "type" "name" "scheme" TEXT Apart;
                "in" TEXT Change("scheme-place");
                "bearerFormat" TEXT Change("scheme-format");
                "flows" OBJECT Change("scheme-flows");
                "openIdConnectUrl" TEXT Change("scheme-discovery");
            },
            Self::Parameter => rows! {
                "name" "style" TEXT Apart;
                "required" "explode" FLAG Apart;
                "schema" "content" OBJECT Apart;
                "x-heffl-filters" OBJECT Whole(Kind::Filter, "filter-field", "filters");
                "in" TEXT Change("location");
                "allowReserved" FLAG Flag("reserved-allowed", "reserved-refused");
                "allowEmptyValue" FLAG Flag("empty-allowed", "empty-refused");
                "x-heffl-json" FLAG Flag("json-added", "json-removed");
            },
            Self::Header => rows! {
                "schema" "content" OBJECT Apart;
                "required" FLAG Flag("header-became-required", "header-became-optional");
            },
            Self::Body => rows! {
                "required" FLAG Flag("body-became-required", "body-became-optional");
                "content" OBJECT Each(Kind::MediaType, "media-type");
            },
            Self::Response => rows! {
                "content" OBJECT Whole(Kind::MediaType, "media-type", "body");
                "headers" OBJECT Each(Kind::Header, "header");
            },
            Self::MediaType => rows! {
                "schema" OBJECT Child(Kind::Schema);
                "encoding" OBJECT Change("encoding");
            },
            Self::Schema => rows! {
                "$defs" "const" ANYTHING Apart;
                "$ref" TEXT Apart;
                "type" TYPES Apart;
                "nullable" "x-heffl-closed" "x-heffl-more-options" FLAG Apart;
                "enum" "allOf" "oneOf" "anyOf" LIST Apart;
                "exclusiveMinimum" "exclusiveMaximum" NUMBER_OR_FLAG Apart;
                "items" "additionalProperties" SCHEMA_OR_FLAG Apart;
                "properties" "discriminator" OBJECT Apart;
                "required" TEXTS Apart;
                "default" ANYTHING Change("default");
                "format" TEXT Change("format");
                "pattern" TEXT Change("pattern");
                "minimum" NUMBER Limit("minimum", Some("exclusiveMinimum"));
                "maximum" NUMBER Limit("maximum", Some("exclusiveMaximum"));
                "minLength" NUMBER Limit("min-length", None);
                "maxLength" NUMBER Limit("max-length", None);
                "minItems" NUMBER Limit("min-items", None);
                "maxItems" NUMBER Limit("max-items", None);
                "minProperties" NUMBER Limit("min-properties", None);
                "maxProperties" NUMBER Limit("max-properties", None);
                "multipleOf" NUMBER Multiple;
                "uniqueItems" FLAG Flag("unique-items-added", "unique-items-removed");
                "readOnly" FLAG Flag("read-only-added", "read-only-removed");
                "writeOnly" FLAG Flag("write-only-added", "write-only-removed");
                "x-heffl-custom-fields" FLAG Flag("custom-fields-added", "custom-fields-removed");
                "x-heffl-response-name" TEXT Change("response-name");
                "x-heffl-rules" OBJECTS Items("rule");
                "not" SCHEMA_OR_FLAG Change("exclusion");
                "x-heffl-page" OBJECT Change("paging");
            },
            Self::Discriminator => rows! {
                "propertyName" TEXT Apart;
                "mapping" OBJECT Apart;
            },
            Self::Filter => rows! {
                "kind" TEXT Change("filter-field-kind");
                "operators" OBJECT Each(Kind::Filter, "filter-operator");
                "schema" OBJECT Child(Kind::Schema);
                "values" TEXT Change("filter-operator-values");
            },
        }
    }

    /// The area of an object inside of another one: filters are always parameters.
    pub(super) fn area(self, around: Area) -> Area {
        match self {
            Self::Filter => Area::Parameter,
            _ => around,
        }
    }

    /// Whether the annotations are compared too.
    pub(super) fn is_annotated(self) -> bool {
        use Kind::{Body, Filter, Header, Parameter, Response, Schema};
        matches!(self, Parameter | Header | Body | Response | Schema | Filter)
    }

    /// Whether a key is compared, if its value is this.
    pub(super) fn reads(self, key: &str, value: &Value) -> bool {
        let annotations = self.is_annotated().then_some(ANNOTATIONS);
        let mut rows = self.rows().iter().chain(annotations.into_iter().flatten());
        rows.any(|(name, form, _)| *name == key && form(value))
    }
}

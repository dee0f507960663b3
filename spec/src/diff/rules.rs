//! The rules: the kinds of changes, their severities, and the page that lists them.

use std::{fmt::Write as _, sync::LazyLock};

use crate::finding::Severity::{self, Breaking, Info, Warning};

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable name, such as `request-property-became-required`.
    pub id: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// The changed part of a document.
    pub area: Area,
    /// The change in a few words.
    pub title: &'static str,
    /// The consequence.
    pub why: &'static str,
}

/// The part of a document that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// The document as a whole.
    Document,
    /// An operation: its address and its names.
    Operation,
    /// Security requirements.
    Security,
    /// Parameters and their schemas.
    Parameter,
    /// Request bodies and their schemas.
    Request,
    /// Responses and their schemas.
    Response,
    /// Definitions of a workspace's custom fields, which no document has.
    CustomField,
}

impl Area {
    /// All areas, in the order in which they are shown.
    pub const ALL: [Self; 7] = [
        Self::Document,
        Self::Operation,
        Self::Security,
        Self::Parameter,
        Self::Request,
        Self::Response,
        Self::CustomField,
    ];

    /// In lower case, such as `parameter`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Operation => "operation",
            Self::Security => "security",
            Self::Parameter => "parameter",
            Self::Request => "request",
            Self::Response => "response",
            Self::CustomField => "custom-field",
        }
    }

    /// A heading, such as `Parameters`.
    pub fn title(self) -> &'static str {
        match self {
            Self::Document => "The document as a whole",
            Self::Operation => "Operations",
            Self::Security => "Security",
            Self::Parameter => "Parameters",
            Self::Request => "Request bodies",
            Self::Response => "Responses",
            Self::CustomField => "Custom fields of a workspace",
        }
    }
}

/// All rules, sorted by id.
pub fn rules() -> &'static [Rule] {
    static ALL: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let schemas = SCHEMAS.iter().flatten();
        let mut all: Vec<Rule> = OTHERS.iter().chain(schemas).copied().collect();
        all.sort_by_key(|rule| rule.id);
        all
    });
    &ALL
}

/// The rule with this id, which may lack the name of its area. Some rules cover additions, changes and removals
/// together. A change without a rule is not compared.
pub(super) fn rule(area: Area, id: &str) -> Option<&'static Rule> {
    let find = |id: &str| {
        let found = rules().binary_search_by_key(&id, |rule| rule.id);
        found.ok().and_then(|index| rules().get(index))
    };
    let in_area = |id: &str| find(&format!("{}-{id}", area.as_str()));
    let named = |id: &str| in_area(id).or_else(|| find(id));
    let changed = || named(&format!("{}-changed", id.rsplit_once('-')?.0));
    named(id)
        .or_else(changed)
        .or_else(|| in_area("not-compared"))
}

/// The rules that are not about schemas. One row: id, severity, area, title, reason.
macro_rules! others {
    ($($id:literal $severity:ident $area:ident $title:literal $why:literal;)*) => {
        static OTHERS: &[Rule] = &[
            $(Rule { id: $id, severity: $severity, area: Area::$area, title: $title, why: $why }),*
        ];
    };
}

others! {
    "base-url-changed" Breaking Document "The base URL changes" "Programs call the old URL, which may stop working.";
    "document-version-changed" Info Document "The version of the document changes" "The changes themselves are reported separately.";
    "server-added" Info Document "A server is new" "Programs continue to use the known server.";
    "server-removed" Breaking Document "A server is gone" "Programs that call it get no response.";
    "server-variables-changed" Warning Document "The variables of a server change" "The address that programs put together may be wrong.";
    "document-not-compared" Warning Document "A document differs in what is not compared" "It may break programs: check it by hand.";
    "webhook-added" Info Document "A webhook is new" "Receivers that do not subscribe to it continue to work.";
    "webhook-removed" Breaking Document "A webhook is gone" "Receivers get no calls any more.";

    "webhook-body-added" Info Response "A webhook gets a body" "Receivers that do not read it continue to work.";
    "webhook-body-removed" Breaking Response "A webhook loses its body" "Receivers find nothing to read.";

    "operation-added" Info Operation "An operation is new" "Programs that do not know it continue to work.";
    "operation-removed" Breaking Operation "An operation is gone" "Programs that call it get an error.";
    "operation-path-changed" Breaking Operation "An operation moves to another path" "Programs that call the old path get an error.";
    "operation-method-changed" Breaking Operation "An operation changes its method" "Programs that use the old method get an error.";
    "operation-id-changed" Warning Operation "An operation changes its operationId" "Nothing changes on the wire, but generated code has another name for it.";
    "operation-tag-added" Warning Operation "An operation gets a tag" "Nothing changes on the wire, but generated code may move.";
    "operation-tag-removed" Warning Operation "An operation loses a tag" "Nothing changes on the wire, but generated code may move.";
    "operation-deprecated" Warning Operation "An operation is deprecated" "It may be removed.";
    "operation-undeprecated" Info Operation "An operation is no longer deprecated" "It will stay.";
    "operation-not-compared" Warning Operation "An operation differs in what is not compared" "It may break programs: check it by hand.";
    "callback-added" Info Operation "An operation gets a callback" "Programs that do not use it continue to work.";
    "callback-removed" Breaking Operation "An operation loses a callback" "Programs no longer receive this call.";
    "operation-servers-changed" Breaking Operation "An operation has another server" "Programs that call the old address get an error.";
    "operation-evidence-strengthened" Info Operation "An operation is better documented" "Only the evidence for it changed.";
    "operation-evidence-weakened" Info Operation "An operation is less well documented" "Only the evidence for it changed.";

    "security-introduced" Breaking Security "Credentials are now required" "Programs without credentials are refused.";
    "security-dropped" Info Security "Credentials are no longer required" "Sending them does no harm.";
    "security-alternative-added" Info Security "There is one more way to authenticate" "The known ways still work.";
    "security-alternative-removed" Breaking Security "A way to authenticate is gone" "Programs that use it are refused.";
    "security-scope-added" Breaking Security "One more scope is needed" "Tokens without it are refused.";
    "security-scope-removed" Info Security "A scope is no longer needed" "Tokens that have it still work.";
    "security-not-compared" Warning Security "A security scheme differs in what is not compared" "It may break programs: check it by hand.";
    "security-scheme-added" Info Security "A security scheme is new" "No operation requires it because of this change.";
    "security-scheme-removed" Breaking Security "A security scheme is gone" "Programs that use it are refused.";
    "security-scheme-type-changed" Breaking Security "A security scheme changes its type" "Credentials in the old form are refused.";
    "security-scheme-place-changed" Breaking Security "A key goes to another part of the request" "The server ignores a key in the old place.";
    "security-scheme-name-changed" Breaking Security "A key has another name" "The server ignores a key under the old name.";
    "security-scheme-http-changed" Breaking Security "HTTP authentication changes its scheme" "Credentials in the old form are refused.";
    "security-scheme-format-changed" Info Security "A bearer token changes its format" "Programs do not read tokens.";
    "security-scheme-flows-changed" Breaking Security "OAuth flows change" "Programs may fail to get a token.";
    "security-scheme-discovery-changed" Warning Security "OpenID Connect has another discovery URL" "Programs may fail to get a token.";

    "parameter-added" Info Parameter "An optional parameter is new" "Programs that do not send it continue to work.";
    "parameter-added-required" Breaking Parameter "A required parameter is new" "Programs that do not send it are refused.";
    "parameter-removed" Breaking Parameter "A parameter is gone" "Programs that send it are refused or ignored.";
    "parameter-location-changed" Breaking Parameter "A parameter moves to another part of the request" "The server ignores it in the old place.";
    "parameter-became-required" Breaking Parameter "A parameter is now required" "Programs that leave it out are refused.";
    "parameter-became-optional" Info Parameter "A parameter is no longer required" "Programs may still send it.";
    "parameter-style-changed" Breaking Parameter "A parameter is written in another style" "The old style is misread.";
    "parameter-explode-changed" Breaking Parameter "Lists in a parameter are written differently" "The old way is misread.";
    "parameter-reserved-allowed" Info Parameter "A parameter may hold reserved characters as they are" "Programs may still escape them.";
    "parameter-reserved-refused" Breaking Parameter "A parameter must escape reserved characters" "Unescaped ones are misread.";
    "parameter-empty-allowed" Info Parameter "A parameter may be empty" "Everything that programs send is still accepted.";
    "parameter-empty-refused" Breaking Parameter "A parameter may no longer be empty" "Programs that send it empty are refused.";
    "parameter-content-changed" Breaking Parameter "A parameter is encoded in another media type" "The old encoding is misread.";
    "parameter-json-added" Breaking Parameter "A parameter now holds JSON text" "Plain text is refused.";
    "parameter-json-removed" Breaking Parameter "A parameter no longer holds JSON text" "JSON text is refused, or misread.";

    "parameter-filters-added" Info Parameter "The fields that a list can be filtered by are documented" "Programs that do not filter continue to work.";
    "parameter-filters-removed" Breaking Parameter "The fields that a list can be filtered by are no longer documented" "Conditions may be refused or ignored.";
    "filter-field-added" Info Parameter "A list can be filtered by one more field" "Existing conditions still work.";
    "filter-field-removed" Breaking Parameter "A list can no longer be filtered by a field" "Conditions on it are refused or ignored.";
    "filter-field-kind-changed" Breaking Parameter "A field of a filter changes its kind" "It has other operators.";
    "filter-kind-added" Info Parameter "A kind of fields for filters is new" "Existing conditions still work.";
    "filter-kind-removed" Breaking Parameter "A kind of fields for filters is gone" "Conditions on such fields are refused or ignored.";
    "filter-operator-added" Info Parameter "There is one more operator" "Existing conditions still work.";
    "filter-operator-removed" Breaking Parameter "An operator is gone" "Conditions with it are refused or ignored.";
    "filter-operator-values-changed" Breaking Parameter "An operator takes another number of values" "Conditions with it are refused, or misread.";

    "request-body-added" Info Request "An optional request body is new" "Programs that send none continue to work.";
    "request-body-added-required" Breaking Request "A required request body is new" "Programs that send none are refused.";
    "request-body-removed" Breaking Request "A request body is gone" "What programs send is refused or ignored.";
    "request-body-became-required" Breaking Request "A request body is now required" "Programs that send none are refused.";
    "request-body-became-optional" Info Request "A request body is no longer required" "Programs may still send one.";
    "request-media-type-added" Info Request "A request body may have one more media type" "The known ones are still accepted.";
    "request-media-type-removed" Breaking Request "A media type of a request body is gone" "Programs that send it are refused.";
    "request-encoding-changed" Breaking Request "The parts of a form are encoded differently" "The old encoding is misread.";

    "response-success-added" Warning Response "A status of success is new" "Programs may take it for a failure.";
    "response-success-removed" Breaking Response "A status of success is gone" "Programs no longer receive this response.";
    "response-error-added" Info Response "A status of failure is new" "Programs treat unknown failures as failures.";
    "response-error-removed" Warning Response "A status of failure is gone" "Another status may replace it.";
    "response-body-added" Info Response "A response gets a body" "Programs that do not read it continue to work.";
    "response-body-removed" Breaking Response "A response loses its body" "Programs that read it fail.";
    "response-media-type-added" Warning Response "A response may have one more media type" "Programs that do not request one may get the new one.";
    "response-media-type-removed" Breaking Response "A media type of a response is gone" "Programs that read it fail.";
    "response-header-added" Info Response "A header of a response is new" "Programs ignore headers that they do not know.";
    "response-header-removed" Breaking Response "A header of a response is gone" "Programs that read it find nothing.";
    "response-header-became-required" Info Response "A header of a response is now always present" "It is present more reliably than before.";
    "response-header-became-optional" Breaking Response "A header of a response is no longer always present" "Programs that rely on it may find nothing.";
    "response-closed-enum-value-added" Warning Response "A part of a response gets a value in a list that was declared complete" "Programs that trusted the list do not know the value.";
    "response-paging-added" Info Response "A response is declared as a page of a list" "The response on the wire stays the same.";
    "response-paging-changed" Breaking Response "A list is paged in another way" "Programs do not find items, cursor or end.";
    "response-paging-removed" Breaking Response "A response is no longer a page of a list" "Programs do not find items, cursor or end.";
}

/// The rules for schemas. Each exists for parameters, request bodies and responses. One row: end of the id, end of the
/// title; then severity and reason for writers (parameters and request bodies), and for readers.
macro_rules! schemas {
    ($($id:literal $title:literal, $write:ident $why_write:literal, $read:ident $why_read:literal;)*) => {
        static SCHEMAS: &[[Rule; 3]] = &[$([
            Rule { id: concat!("parameter-", $id), severity: $write, area: Area::Parameter, title: concat!("A parameter ", $title), why: $why_write },
            Rule { id: concat!("request-", $id), severity: $write, area: Area::Request, title: concat!("A part of a request ", $title), why: $why_write },
            Rule { id: concat!("response-", $id), severity: $read, area: Area::Response, title: concat!("A part of a response ", $title), why: $why_read },
        ]),*];
    };
}

schemas! {
    "type-changed" "changes its type", Breaking "What programs send is refused.", Breaking "Programs no longer receive what they expect.";
    "type-narrowed" "has a narrower type", Breaking "Some of what programs send is refused.", Info "Everything that programs receive was allowed before.";
    "type-widened" "has a wider type", Info "Everything that programs send is still accepted.", Breaking "Programs may receive values that they do not expect.";
    "format-added" "gets a format", Breaking "Text in another format is refused.", Info "Everything that programs receive was allowed before.";
    "format-changed" "changes its format", Breaking "The format that programs send is refused.", Breaking "Programs no longer receive the format that they read.";
    "format-removed" "loses its format", Info "The old format is still accepted.", Breaking "Programs cannot rely on the format any more.";

    "enum-added" "is limited to a list of values", Breaking "Values outside the list are refused.", Info "Everything that programs receive was allowed before.";
    "enum-removed" "is no longer limited to a list of values", Info "The listed values are still accepted.", Warning "Programs may receive values that they do not know.";
    "enum-value-added" "gets an enum value", Info "The values that programs send are still accepted.", Info "Enums are read as open: an unknown value is kept.";
    "enum-value-removed" "loses an enum value", Breaking "Programs that send the value are refused.", Info "Programs no longer receive this value.";
    "enum-opened" "lists its values as examples only", Info "The listed values are still accepted.", Warning "Programs may receive values outside the list.";
    "enum-closed" "declares its list of values complete", Warning "Values outside the list may be refused.", Info "Everything that programs receive was allowed before.";

    "default-added" "gets a default", Warning "Leaving it out may now mean something else.", Info "Responses are not filled in from defaults.";
    "default-changed" "changes its default", Warning "Leaving it out now means something else.", Info "Responses are not filled in from defaults.";
    "default-removed" "loses its default", Warning "Leaving it out may now mean something else.", Info "Responses are not filled in from defaults.";

    "minimum-raised" "has a higher minimum", Breaking "Smaller values are refused.", Info "Everything that programs receive was allowed before.";
    "minimum-lowered" "has a lower minimum", Info "Everything that programs send is still accepted.", Warning "Programs may receive smaller values.";
    "minimum-excluded" "may no longer be the minimum itself", Breaking "The minimum is refused.", Info "Everything that programs receive was allowed before.";
    "minimum-included" "may be the minimum itself", Info "Everything that programs send is still accepted.", Warning "Programs may receive the minimum.";
    "maximum-lowered" "has a lower maximum", Breaking "Larger values are refused.", Info "Everything that programs receive was allowed before.";
    "maximum-raised" "has a higher maximum", Info "Everything that programs send is still accepted.", Warning "Programs may receive larger values.";
    "maximum-excluded" "may no longer be the maximum itself", Breaking "The maximum is refused.", Info "Everything that programs receive was allowed before.";
    "maximum-included" "may be the maximum itself", Info "Everything that programs send is still accepted.", Warning "Programs may receive the maximum.";
    "min-length-raised" "must be longer text", Breaking "Shorter text is refused.", Info "Everything that programs receive was allowed before.";
    "min-length-lowered" "may be shorter text", Info "Everything that programs send is still accepted.", Warning "Programs may receive shorter text.";
    "max-length-lowered" "must be shorter text", Breaking "Longer text is refused.", Info "Everything that programs receive was allowed before.";
    "max-length-raised" "may be longer text", Info "Everything that programs send is still accepted.", Warning "Programs may receive longer text.";
    "min-items-raised" "must hold more items", Breaking "Shorter lists are refused.", Info "Everything that programs receive was allowed before.";
    "min-items-lowered" "may hold fewer items", Info "Everything that programs send is still accepted.", Warning "Programs may receive shorter lists.";
    "max-items-lowered" "must hold fewer items", Breaking "Longer lists are refused.", Info "Everything that programs receive was allowed before.";
    "max-items-raised" "may hold more items", Info "Everything that programs send is still accepted.", Warning "Programs may receive longer lists.";
    "min-properties-raised" "must have more keys", Breaking "Objects with fewer keys are refused.", Info "Everything that programs receive was allowed before.";
    "min-properties-lowered" "may have fewer keys", Info "Everything that programs send is still accepted.", Warning "Programs may receive objects with fewer keys.";
    "max-properties-lowered" "must have fewer keys", Breaking "Objects with more keys are refused.", Info "Everything that programs receive was allowed before.";
    "max-properties-raised" "may have more keys", Info "Everything that programs send is still accepted.", Warning "Programs may receive objects with more keys.";
    "pattern-added" "gets a pattern", Breaking "Text that does not match is refused.", Info "Everything that programs receive was allowed before.";
    "pattern-changed" "changes its pattern", Breaking "Text that matched may be refused.", Warning "Programs may receive text that did not match.";
    "pattern-removed" "loses its pattern", Info "Everything that programs send is still accepted.", Warning "Programs may receive text that did not match.";
    "unique-items-added" "may no longer repeat an item", Breaking "Lists with repeated items are refused.", Info "Everything that programs receive was allowed before.";
    "unique-items-removed" "may repeat an item", Info "Everything that programs send is still accepted.", Warning "Programs may receive lists with repeated items.";
    "multiple-of-tightened" "must be a multiple of a larger number", Breaking "Numbers between the steps are refused.", Info "Everything that programs receive was allowed before.";
    "multiple-of-loosened" "may be a multiple of a smaller number", Info "Everything that programs send is still accepted.", Warning "Programs may receive numbers between the steps.";
    "multiple-of-changed" "must be a multiple of another number", Breaking "Numbers that fitted may be refused.", Warning "Programs may receive numbers that did not fit.";

    "became-nullable" "may be null", Info "Everything that programs send is still accepted.", Breaking "Programs that do not expect null fail.";
    "became-not-nullable" "may no longer be null", Breaking "Programs that send null are refused.", Info "Everything that programs receive was allowed before.";

    "property-added" "is new", Info "Programs that do not send it continue to work.", Info "Unknown keys are kept or ignored.";
    "property-added-required" "is new and required", Breaking "Programs that do not send it are refused.", Info "Unknown keys are kept or ignored.";
    "property-removed" "is gone", Breaking "Programs that send it are refused or ignored.", Breaking "Programs that read it find nothing.";
    "property-became-required" "is now required", Breaking "Programs that leave it out are refused.", Info "It is present more reliably than before.";
    "property-became-optional" "is no longer required", Info "Programs may still send it.", Breaking "Programs that rely on it may find nothing.";
    "additional-properties-opened" "may have keys that are not named", Info "Everything that programs send is still accepted.", Info "Unknown keys are kept or ignored.";
    "additional-properties-closed" "may only have keys that are named", Breaking "Other keys are refused.", Info "Everything that programs receive was allowed before.";
    "additional-properties-typed" "limits the values of keys that are not named", Breaking "Other values are refused.", Info "Everything that programs receive was allowed before.";
    "additional-properties-untyped" "no longer limits the values of keys that are not named", Info "Everything that programs send is still accepted.", Warning "Programs may receive values of other types.";
    "read-only-added" "becomes read-only", Breaking "Programs that send it are refused or ignored.", Info "Responses still have it.";
    "read-only-removed" "is no longer read-only", Info "It may be sent now.", Info "Responses still have it.";
    "write-only-added" "becomes write-only", Info "It may still be sent.", Breaking "Programs that read it find nothing.";
    "write-only-removed" "is no longer write-only", Info "It may still be sent.", Info "Responses have it now; unknown keys are kept or ignored.";

    "discriminator-added" "gets a discriminator", Warning "The server may choose between alternatives in another way.", Info "Reading without it still works.";
    "discriminator-removed" "loses its discriminator", Warning "The server may choose between alternatives in another way.", Breaking "Programs cannot distinguish alternatives by it.";
    "discriminator-property-changed" "distinguishes alternatives by another key", Breaking "The server does not find the key that it needs.", Breaking "Programs look at the wrong key.";
    "discriminator-mapping-changed" "distinguishes alternatives by other values", Warning "A value may be refused, or mean another alternative.", Breaking "A value may be unknown, or mean another alternative.";
    "alternatives-added" "is limited to alternatives", Breaking "What fits none of them is refused.", Info "Everything that programs receive was allowed before.";
    "alternatives-removed" "is no longer limited to alternatives", Info "Everything that programs send is still accepted.", Breaking "Responses may match none of them.";
    "alternatives-kind-changed" "changes between `oneOf` and `anyOf`", Warning "What fits several alternatives may be treated differently.", Warning "Responses may match another number of alternatives.";
    "alternative-added" "gets an alternative", Info "Everything that programs send is still accepted.", Breaking "Programs may receive a shape that they do not know.";
    "alternative-removed" "loses an alternative", Breaking "Programs that send this shape are refused.", Info "Programs no longer receive this shape.";
    "exclusion-changed" "excludes other values", Warning "What programs send may be refused.", Warning "Programs may receive what was excluded.";

    "identifier-added" "is marked as an identifier", Info "The text on the wire stays the same.", Info "The text on the wire stays the same.";
    "identifier-removed" "is no longer marked as an identifier", Warning "It may stand for something else.", Warning "It may stand for something else.";
    "identifier-kind-changed" "identifies another kind of record", Warning "Identifiers of the old kind may be refused.", Warning "Looking it up as the old kind may fail.";
    "identifier-prefix-changed" "has another prefix of identifiers", Warning "Identifiers with the old prefix may be refused.", Warning "Programs that look at the prefix are misled.";
    "money-added" "is marked as an amount of money", Warning "It must not pass through binary floating point.", Warning "It must not pass through binary floating point.";
    "money-removed" "is no longer marked as an amount of money", Warning "The number may stand for something else.", Warning "The number may stand for something else.";
    "currency-added" "is marked as a currency", Warning "Generated code gives it another type.", Warning "Generated code gives it another type.";
    "currency-removed" "is no longer marked as a currency", Warning "Generated code gives it another type.", Warning "Generated code gives it another type.";
    "secret-added" "is marked as a secret", Warning "It must not be printed; generated code gives it another type.", Warning "It must not be printed; generated code gives it another type.";
    "secret-removed" "is no longer marked as a secret", Warning "Generated code gives it another type, which prints it.", Warning "Generated code gives it another type, which prints it.";
    "response-name-added" "names its field in responses", Info "`diff` of two records includes it.", Info "Responses do not change.";
    "response-name-changed" "names another field in responses", Warning "`diff` of two records reads another field.", Info "Responses do not change.";
    "response-name-removed" "no longer names its field in responses", Warning "`diff` of two records omits it.", Info "Responses do not change.";
    "custom-fields-added" "may carry custom fields", Info "Programs that send none continue to work.", Info "Unknown keys are kept or ignored.";
    "custom-fields-removed" "no longer carries custom fields", Breaking "Custom fields are refused or ignored.", Breaking "Programs that read custom fields find none.";
    "rule-added" "gets a rule of several fields", Breaking "What breaks the rule is refused.", Info "Everything that programs receive was allowed before.";
    "rule-removed" "loses a rule of several fields", Info "Everything that programs send is still accepted.", Warning "Programs may receive what broke the rule.";
    "not-compared" "differs in what is not compared", Warning "It may break programs: check it by hand.", Warning "It may break programs: check it by hand.";
    "deprecated" "is deprecated", Warning "It may be removed.", Warning "It may be removed.";
    "undeprecated" "is no longer deprecated", Info "It will stay.", Info "It will stay.";
    "evidence-strengthened" "is better documented", Info "Only the evidence for it changed.", Info "Only the evidence for it changed.";
    "evidence-weakened" "is less well documented", Info "Only the evidence for it changed.", Info "Only the evidence for it changed.";
}

/// The rules as a Markdown page with a table for each area, together with the rules of other comparisons.
pub fn rules_markdown(others: &[Rule]) -> String {
    let all = || rules().iter().chain(others);
    let mut page = format!(
        "# Rules of the comparison\n\nWhat the comparison of two documents finds, or of two responses with definitions of \
         custom fields: {} rules, by area. Written from the code; do not edit.\n\n`breaking` breaks programs that did nothing wrong, `warning` may break somebody, \
         `info` breaks nobody.\n",
        all().count()
    );
    for area in Area::ALL {
        let _ = write!(page, "\n## {}\n\n", area.title());
        page.push_str("| rule | severity | change | why |\n|---|---|---|---|\n");
        for rule in all().filter(|rule| rule.area == area) {
            let (id, severity) = (rule.id, rule.severity.as_str());
            let _ = writeln!(
                page,
                "| `{id}` | {severity} | {}. | {} |",
                rule.title, rule.why
            );
        }
    }
    page
}

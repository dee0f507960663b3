//! The table of rules that are not about schemas, all rules, and the page that lists them.

use std::{fmt::Write as _, sync::LazyLock};

use super::{
    Severity::{Breaking, Info, Warning},
    rule::{Area, Rule},
    schema_rules::FAMILIES,
};

/// All rules, sorted by id.
pub fn rules() -> &'static [Rule] {
    static ALL: LazyLock<Vec<Rule>> = LazyLock::new(|| {
        let schemas = FAMILIES.iter().flat_map(|family| family.all());
        let mut all: Vec<Rule> = SINGLE.iter().copied().copied().chain(schemas).collect();
        all.sort_by_key(|rule| rule.id);
        all
    });
    &ALL
}

/// One row: constant, id, severity, area, title, reason.
macro_rules! rules {
    ($($name:ident $id:literal $severity:ident $area:ident $title:literal $why:literal;)*) => {
        $(pub(super) static $name: Rule = Rule {
            id: $id, severity: $severity, area: Area::$area, title: $title, why: $why,
        };)*
        static SINGLE: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    BASE_URL_CHANGED "base-url-changed" Breaking Document "The base URL changes" "Programs call an address that nobody promises any more.";
    DOCUMENT_VERSION_CHANGED "document-version-changed" Info Document "The version of the document changes" "A label; what really changed is reported separately.";
    SERVER_ADDED "server-added" Info Document "A server is new" "Programs go on with the one that they know.";
    SERVER_REMOVED "server-removed" Breaking Document "A server is gone" "Programs that call it get no response.";
    SERVER_VARIABLES_CHANGED "server-variables-changed" Warning Document "The variables of a server change" "The address that programs put together may be wrong.";
    DOCUMENT_NOT_COMPARED "document-not-compared" Warning Document "A document differs in what is not compared" "It may break programs: check it by hand.";
    WEBHOOK_ADDED "webhook-added" Info Document "A webhook is new" "Receivers that do not ask for it go on as before.";
    WEBHOOK_REMOVED "webhook-removed" Breaking Document "A webhook is gone" "Receivers get no more calls.";

    WEBHOOK_BODY_ADDED "webhook-body-added" Info Response "A webhook gets a body" "Receivers that do not read it go on as before.";
    WEBHOOK_BODY_REMOVED "webhook-body-removed" Breaking Response "A webhook loses its body" "Receivers find nothing to read.";

    OPERATION_ADDED "operation-added" Info Operation "An operation is new" "Programs that do not know it go on as before.";
    OPERATION_REMOVED "operation-removed" Breaking Operation "An operation is gone" "Programs that call it get an error.";
    OPERATION_PATH_CHANGED "operation-path-changed" Breaking Operation "An operation moves to another path" "Programs that call the old path get an error.";
    OPERATION_METHOD_CHANGED "operation-method-changed" Breaking Operation "An operation changes its method" "Programs that use the old method get an error.";
    OPERATION_ID_CHANGED "operation-id-changed" Warning Operation "An operation changes its operationId" "Nothing changes on the wire, but generated code has another name for it.";
    OPERATION_TAG_ADDED "operation-tag-added" Warning Operation "An operation gets a tag" "Nothing changes on the wire, but generated code may move.";
    OPERATION_TAG_REMOVED "operation-tag-removed" Warning Operation "An operation loses a tag" "Nothing changes on the wire, but generated code may move.";
    OPERATION_DEPRECATED "operation-deprecated" Warning Operation "An operation is deprecated" "It may go away.";
    OPERATION_UNDEPRECATED "operation-undeprecated" Info Operation "An operation is no longer deprecated" "It will stay.";
    OPERATION_NOT_COMPARED "operation-not-compared" Warning Operation "An operation differs in what is not compared" "It may break programs: check it by hand.";
    CALLBACK_ADDED "callback-added" Info Operation "An operation gets a callback" "Programs that do not ask for it go on as before.";
    CALLBACK_REMOVED "callback-removed" Breaking Operation "An operation loses a callback" "Programs wait for a call that no longer comes.";
    OPERATION_SERVERS_CHANGED "operation-servers-changed" Breaking Operation "An operation is served from elsewhere" "Programs that call the old address get an error.";
    OPERATION_EVIDENCE_STRENGTHENED "operation-evidence-strengthened" Info Operation "An operation is better documented" "Only the evidence for it changed.";
    OPERATION_EVIDENCE_WEAKENED "operation-evidence-weakened" Info Operation "An operation is less well documented" "Only the evidence for it changed.";

    SECURITY_INTRODUCED "security-introduced" Breaking Security "What was open to all now asks for credentials" "Programs without credentials are refused.";
    SECURITY_DROPPED "security-dropped" Info Security "Credentials are no longer asked for" "Sending them does no harm.";
    SECURITY_ALTERNATIVE_ADDED "security-alternative-added" Info Security "There is one more way to authenticate" "The known ways still work.";
    SECURITY_ALTERNATIVE_REMOVED "security-alternative-removed" Breaking Security "A way to authenticate is gone" "Programs that use it are refused.";
    SECURITY_SCOPE_ADDED "security-scope-added" Breaking Security "One more scope is needed" "Tokens without it are refused.";
    SECURITY_SCOPE_REMOVED "security-scope-removed" Info Security "A scope is no longer needed" "Tokens that have it still work.";
    SECURITY_NOT_COMPARED "security-not-compared" Warning Security "A security scheme differs in what is not compared" "It may break programs: check it by hand.";
    SECURITY_SCHEME_ADDED "security-scheme-added" Info Security "A security scheme is new" "Nothing asks for it by this alone.";
    SECURITY_SCHEME_REMOVED "security-scheme-removed" Breaking Security "A security scheme is gone" "Programs that use it are refused.";
    SECURITY_SCHEME_TYPE_CHANGED "security-scheme-type-changed" Breaking Security "A security scheme changes its type" "Credentials in the old form are refused.";
    SECURITY_SCHEME_PLACE_CHANGED "security-scheme-place-changed" Breaking Security "A key goes to another part of the request" "The server ignores a key in the old place.";
    SECURITY_SCHEME_NAME_CHANGED "security-scheme-name-changed" Breaking Security "A key goes by another name" "The server ignores a key under the old name.";
    SECURITY_SCHEME_HTTP_CHANGED "security-scheme-http-changed" Breaking Security "HTTP authentication changes its scheme" "Credentials in the old form are refused.";
    SECURITY_SCHEME_FORMAT_CHANGED "security-scheme-format-changed" Info Security "A bearer token changes its format" "Programs pass tokens on unread.";
    SECURITY_SCHEME_FLOWS_CHANGED "security-scheme-flows-changed" Breaking Security "OAuth flows change" "Programs may fail to get a token.";
    SECURITY_SCHEME_DISCOVERY_CHANGED "security-scheme-discovery-changed" Warning Security "OpenID Connect is discovered elsewhere" "Programs may fail to get a token.";

    PARAMETER_ADDED "parameter-added" Info Parameter "An optional parameter is new" "Programs that do not send it go on as before.";
    PARAMETER_ADDED_REQUIRED "parameter-added-required" Breaking Parameter "A required parameter is new" "Programs that do not send it are refused.";
    PARAMETER_REMOVED "parameter-removed" Breaking Parameter "A parameter is gone" "Programs that send it are refused or ignored.";
    PARAMETER_LOCATION_CHANGED "parameter-location-changed" Breaking Parameter "A parameter moves to another part of the request" "The server ignores it in the old place.";
    PARAMETER_BECAME_REQUIRED "parameter-became-required" Breaking Parameter "A parameter is now required" "Programs that leave it out are refused.";
    PARAMETER_BECAME_OPTIONAL "parameter-became-optional" Info Parameter "A parameter is no longer required" "Sending it is still right.";
    PARAMETER_STYLE_CHANGED "parameter-style-changed" Breaking Parameter "A parameter is written in another style" "The old style is misread.";
    PARAMETER_EXPLODE_CHANGED "parameter-explode-changed" Breaking Parameter "Lists in a parameter are written differently" "The old way is misread.";
    PARAMETER_RESERVED_ALLOWED "parameter-reserved-allowed" Info Parameter "A parameter may hold reserved characters as they are" "Escaping them is still right.";
    PARAMETER_RESERVED_REFUSED "parameter-reserved-refused" Breaking Parameter "A parameter must escape reserved characters" "Unescaped ones are misread.";
    PARAMETER_EMPTY_ALLOWED "parameter-empty-allowed" Info Parameter "A parameter may be empty" "Everything that programs send is still accepted.";
    PARAMETER_EMPTY_REFUSED "parameter-empty-refused" Breaking Parameter "A parameter may no longer be empty" "Programs that send it empty are refused.";
    PARAMETER_CONTENT_CHANGED "parameter-content-changed" Breaking Parameter "A parameter is encoded in another media type" "The old encoding is misread.";
    PARAMETER_JSON_ADDED "parameter-json-added" Breaking Parameter "A parameter now holds JSON text" "Plain text is refused.";
    PARAMETER_JSON_REMOVED "parameter-json-removed" Breaking Parameter "A parameter no longer holds JSON text" "JSON text is refused, or misread.";

    PARAMETER_FILTERS_ADDED "parameter-filters-added" Info Parameter "The fields that a list can be filtered by are documented" "Programs that do not filter go on as before.";
    PARAMETER_FILTERS_REMOVED "parameter-filters-removed" Breaking Parameter "The fields that a list can be filtered by are no longer documented" "Conditions may be refused or ignored.";
    FILTER_FIELD_ADDED "filter-field-added" Info Parameter "A list can be filtered by one more field" "The known ones still work.";
    FILTER_FIELD_REMOVED "filter-field-removed" Breaking Parameter "A list can no longer be filtered by a field" "Conditions on it are refused or ignored.";
    FILTER_FIELD_KIND_CHANGED "filter-field-kind-changed" Breaking Parameter "A field of a filter becomes one of another kind" "Its operators are others.";
    FILTER_KIND_ADDED "filter-kind-added" Info Parameter "A kind of fields for filters is new" "The known ones still work.";
    FILTER_KIND_REMOVED "filter-kind-removed" Breaking Parameter "A kind of fields for filters is gone" "Conditions on such fields are refused or ignored.";
    FILTER_OPERATOR_ADDED "filter-operator-added" Info Parameter "There is one more operator" "The known ones still work.";
    FILTER_OPERATOR_REMOVED "filter-operator-removed" Breaking Parameter "An operator is gone" "Conditions with it are refused or ignored.";
    FILTER_OPERATOR_VALUES_CHANGED "filter-operator-values-changed" Breaking Parameter "An operator takes another number of values" "Conditions with it are refused, or misread.";

    REQUEST_BODY_ADDED "request-body-added" Info Request "An optional request body is new" "Programs that send none go on as before.";
    REQUEST_BODY_ADDED_REQUIRED "request-body-added-required" Breaking Request "A required request body is new" "Programs that send none are refused.";
    REQUEST_BODY_REMOVED "request-body-removed" Breaking Request "A request body is gone" "What programs send is refused or ignored.";
    REQUEST_BODY_BECAME_REQUIRED "request-body-became-required" Breaking Request "A request body is now required" "Programs that send none are refused.";
    REQUEST_BODY_BECAME_OPTIONAL "request-body-became-optional" Info Request "A request body is no longer required" "Sending one is still right.";
    REQUEST_MEDIA_TYPE_ADDED "request-media-type-added" Info Request "A request body may come in one more media type" "The known ones are still accepted.";
    REQUEST_MEDIA_TYPE_REMOVED "request-media-type-removed" Breaking Request "A media type of a request body is gone" "Programs that send it are refused.";
    REQUEST_ENCODING_CHANGED "request-encoding-changed" Breaking Request "The parts of a form are encoded differently" "The old encoding is misread.";

    RESPONSE_SUCCESS_ADDED "response-success-added" Warning Response "A status of success is new" "Programs may take it for a failure.";
    RESPONSE_SUCCESS_REMOVED "response-success-removed" Breaking Response "A status of success is gone" "Programs wait for a response that no longer comes.";
    RESPONSE_ERROR_ADDED "response-error-added" Info Response "A status of failure is new" "Programs treat unknown failures as failures.";
    RESPONSE_ERROR_REMOVED "response-error-removed" Warning Response "A status of failure is gone" "Another status may come in its place.";
    RESPONSE_BODY_ADDED "response-body-added" Info Response "A response gets a body" "Programs that do not read it go on as before.";
    RESPONSE_BODY_REMOVED "response-body-removed" Breaking Response "A response loses its body" "Programs that read it fail.";
    RESPONSE_MEDIA_TYPE_ADDED "response-media-type-added" Warning Response "A response may come in one more media type" "Programs that do not ask for one may get the new one.";
    RESPONSE_MEDIA_TYPE_REMOVED "response-media-type-removed" Breaking Response "A media type of a response is gone" "Programs that read it fail.";
    RESPONSE_HEADER_ADDED "response-header-added" Info Response "A header of a response is new" "Programs ignore headers that they do not know.";
    RESPONSE_HEADER_REMOVED "response-header-removed" Breaking Response "A header of a response is gone" "Programs that read it find nothing.";
    RESPONSE_HEADER_BECAME_REQUIRED "response-header-became-required" Info Response "A header of a response always comes" "It comes more reliably than before.";
    RESPONSE_HEADER_BECAME_OPTIONAL "response-header-became-optional" Breaking Response "A header of a response does not always come" "Programs that rely on it may find nothing.";
    RESPONSE_CLOSED_ENUM_VALUE_ADDED "response-closed-enum-value-added" Warning Response "A part of a response gets a value in a list that was said to be complete" "Programs that trusted the list do not know the value.";
    RESPONSE_PAGING_ADDED "response-paging-added" Info Response "A response is said to be a page of a list" "The response on the wire stays the same.";
    RESPONSE_PAGING_CHANGED "response-paging-changed" Breaking Response "A list is paged in another way" "Programs do not find items, cursor or end.";
    RESPONSE_PAGING_REMOVED "response-paging-removed" Breaking Response "A response is no longer a page of a list" "Programs do not find items, cursor or end.";
}

/// The rules as a Markdown page, one table for each area, together with those of other comparisons.
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

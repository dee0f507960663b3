//! The rules for schemas. Each exists three times: for parameters, request bodies and responses.

use super::{
    Severity::{self, Breaking, Info, Warning},
    rule::{Area, Rule},
};

/// The way that data takes, which decides whom a change breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Direction {
    /// Sent to the server, in the path, the query, a header or a cookie.
    Parameter,
    /// Sent to the server, in a body.
    Request,
    /// Sent by the server.
    Response,
}

/// One kind of change of a schema, in all directions.
pub(super) struct Family {
    parameter: Rule,
    request: Rule,
    response: Rule,
    /// What happens, as the end of a sentence.
    pub(super) phrase: &'static str,
}

impl Family {
    /// The rule for one direction.
    pub(super) fn rule(&'static self, direction: Direction) -> &'static Rule {
        match direction {
            Direction::Parameter => &self.parameter,
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        }
    }

    /// The rules for all directions.
    pub(super) fn all(&self) -> [Rule; 3] {
        [self.parameter, self.request, self.response]
    }
}

const fn rule(id: &'static str, severity: Severity, area: Area, texts: [&'static str; 2]) -> Rule {
    let [title, why] = texts;
    Rule {
        id,
        severity,
        area,
        title,
        why,
    }
}

/// One row: constant, end of the id, phrase; then severity and reason for those who write (parameters and request
/// bodies), and for those who read.
macro_rules! families {
    ($($name:ident $id:literal $phrase:literal, $write:ident $why_write:literal, $read:ident $why_read:literal;)*) => {
        $(pub(super) static $name: Family = Family {
            parameter: rule(
                concat!("parameter-", $id), $write, Area::Parameter, [concat!("A parameter ", $phrase), $why_write],
            ),
            request: rule(
                concat!("request-", $id), $write, Area::Request, [concat!("A part of a request ", $phrase), $why_write],
            ),
            response: rule(
                concat!("response-", $id), $read, Area::Response, [concat!("A part of a response ", $phrase), $why_read],
            ),
            phrase: $phrase,
        };)*
        /// All families.
        pub(super) static FAMILIES: &[&Family] = &[$(&$name),*];
    };
}

families! {
    TYPE_CHANGED "type-changed" "changes its type", Breaking "What programs send is refused.", Breaking "What programs expect no longer comes.";
    TYPE_NARROWED "type-narrowed" "has a narrower type", Breaking "Some of what programs send is refused.", Info "Everything that comes was allowed before.";
    TYPE_WIDENED "type-widened" "has a wider type", Info "Everything that programs send is still accepted.", Breaking "Values come that programs do not expect.";
    FORMAT_ADDED "format-added" "gets a format", Breaking "Text in another format is refused.", Info "Everything that comes was allowed before.";
    FORMAT_CHANGED "format-changed" "changes its format", Breaking "The format that programs send is refused.", Breaking "The format that programs read no longer comes.";
    FORMAT_REMOVED "format-removed" "loses its format", Info "The old format is still accepted.", Breaking "Programs cannot rely on the format any more.";

    ENUM_ADDED "enum-added" "is limited to a list of values", Breaking "Values outside the list are refused.", Info "Everything that comes was allowed before.";
    ENUM_REMOVED "enum-removed" "is no longer limited to a list of values", Info "The listed values are still accepted.", Warning "Values come that programs do not know.";
    ENUM_VALUE_ADDED "enum-value-added" "gets an enum value", Info "The values that programs send are still accepted.", Info "Enums are read as open: an unknown value is kept.";
    ENUM_VALUE_REMOVED "enum-value-removed" "loses an enum value", Breaking "Programs that send the value are refused.", Info "Programs wait for a value that no longer comes.";
    ENUM_OPENED "enum-opened" "lists its values as examples only", Info "The listed values are still accepted.", Warning "Values outside the list may come.";
    ENUM_CLOSED "enum-closed" "says that its list of values is complete", Warning "Values outside the list may be refused.", Info "Everything that comes was allowed before.";

    DEFAULT_ADDED "default-added" "gets a default", Warning "Leaving it out may now mean something else.", Info "Responses are not filled in from defaults.";
    DEFAULT_CHANGED "default-changed" "changes its default", Warning "Leaving it out now means something else.", Info "Responses are not filled in from defaults.";
    DEFAULT_REMOVED "default-removed" "loses its default", Warning "Leaving it out may now mean something else.", Info "Responses are not filled in from defaults.";

    MINIMUM_RAISED "minimum-raised" "has a higher minimum", Breaking "Smaller values are refused.", Info "Everything that comes was allowed before.";
    MINIMUM_LOWERED "minimum-lowered" "has a lower minimum", Info "Everything that programs send is still accepted.", Warning "Smaller values may come.";
    MINIMUM_EXCLUDED "minimum-excluded" "may no longer be the minimum itself", Breaking "The minimum is refused.", Info "Everything that comes was allowed before.";
    MINIMUM_INCLUDED "minimum-included" "may be the minimum itself", Info "Everything that programs send is still accepted.", Warning "The minimum may come.";
    MAXIMUM_LOWERED "maximum-lowered" "has a lower maximum", Breaking "Larger values are refused.", Info "Everything that comes was allowed before.";
    MAXIMUM_RAISED "maximum-raised" "has a higher maximum", Info "Everything that programs send is still accepted.", Warning "Larger values may come.";
    MAXIMUM_EXCLUDED "maximum-excluded" "may no longer be the maximum itself", Breaking "The maximum is refused.", Info "Everything that comes was allowed before.";
    MAXIMUM_INCLUDED "maximum-included" "may be the maximum itself", Info "Everything that programs send is still accepted.", Warning "The maximum may come.";
    MIN_LENGTH_RAISED "min-length-raised" "must be longer text", Breaking "Shorter text is refused.", Info "Everything that comes was allowed before.";
    MIN_LENGTH_LOWERED "min-length-lowered" "may be shorter text", Info "Everything that programs send is still accepted.", Warning "Shorter text may come.";
    MAX_LENGTH_LOWERED "max-length-lowered" "must be shorter text", Breaking "Longer text is refused.", Info "Everything that comes was allowed before.";
    MAX_LENGTH_RAISED "max-length-raised" "may be longer text", Info "Everything that programs send is still accepted.", Warning "Longer text may come.";
    MIN_ITEMS_RAISED "min-items-raised" "must hold more items", Breaking "Shorter lists are refused.", Info "Everything that comes was allowed before.";
    MIN_ITEMS_LOWERED "min-items-lowered" "may hold fewer items", Info "Everything that programs send is still accepted.", Warning "Shorter lists may come.";
    MAX_ITEMS_LOWERED "max-items-lowered" "must hold fewer items", Breaking "Longer lists are refused.", Info "Everything that comes was allowed before.";
    MAX_ITEMS_RAISED "max-items-raised" "may hold more items", Info "Everything that programs send is still accepted.", Warning "Longer lists may come.";
    MIN_PROPERTIES_RAISED "min-properties-raised" "must have more keys", Breaking "Objects with fewer keys are refused.", Info "Everything that comes was allowed before.";
    MIN_PROPERTIES_LOWERED "min-properties-lowered" "may have fewer keys", Info "Everything that programs send is still accepted.", Warning "Objects with fewer keys may come.";
    MAX_PROPERTIES_LOWERED "max-properties-lowered" "must have fewer keys", Breaking "Objects with more keys are refused.", Info "Everything that comes was allowed before.";
    MAX_PROPERTIES_RAISED "max-properties-raised" "may have more keys", Info "Everything that programs send is still accepted.", Warning "Objects with more keys may come.";
    PATTERN_ADDED "pattern-added" "gets a pattern", Breaking "Text that does not match is refused.", Info "Everything that comes was allowed before.";
    PATTERN_CHANGED "pattern-changed" "changes its pattern", Breaking "Text that matched may be refused.", Warning "Text that did not match may come.";
    PATTERN_REMOVED "pattern-removed" "loses its pattern", Info "Everything that programs send is still accepted.", Warning "Text that did not match may come.";
    UNIQUE_ITEMS_ADDED "unique-items-added" "may no longer repeat an item", Breaking "Lists with repeated items are refused.", Info "Everything that comes was allowed before.";
    UNIQUE_ITEMS_REMOVED "unique-items-removed" "may repeat an item", Info "Everything that programs send is still accepted.", Warning "Lists with repeated items may come.";
    MULTIPLE_OF_TIGHTENED "multiple-of-tightened" "must be a multiple of a larger number", Breaking "Numbers between the steps are refused.", Info "Everything that comes was allowed before.";
    MULTIPLE_OF_LOOSENED "multiple-of-loosened" "may be a multiple of a smaller number", Info "Everything that programs send is still accepted.", Warning "Numbers between the steps may come.";
    MULTIPLE_OF_CHANGED "multiple-of-changed" "must be a multiple of another number", Breaking "Numbers that fitted may be refused.", Warning "Numbers that did not fit may come.";

    BECAME_NULLABLE "became-nullable" "may be null", Info "Everything that programs send is still accepted.", Breaking "Programs that do not expect null fail.";
    BECAME_NOT_NULLABLE "became-not-nullable" "may no longer be null", Breaking "Programs that send null are refused.", Info "Everything that comes was allowed before.";

    PROPERTY_ADDED "property-added" "is new", Info "Programs that do not send it go on as before.", Info "Unknown keys are kept or ignored.";
    PROPERTY_ADDED_REQUIRED "property-added-required" "is new and required", Breaking "Programs that do not send it are refused.", Info "Unknown keys are kept or ignored.";
    PROPERTY_REMOVED "property-removed" "is gone", Breaking "Programs that send it are refused or ignored.", Breaking "Programs that read it find nothing.";
    PROPERTY_BECAME_REQUIRED "property-became-required" "is now required", Breaking "Programs that leave it out are refused.", Info "It comes more reliably than before.";
    PROPERTY_BECAME_OPTIONAL "property-became-optional" "is no longer required", Info "Sending it is still right.", Breaking "Programs that rely on it may find nothing.";
    ADDITIONAL_PROPERTIES_OPENED "additional-properties-opened" "may have keys that are not named", Info "Everything that programs send is still accepted.", Info "Unknown keys are kept or ignored.";
    ADDITIONAL_PROPERTIES_CLOSED "additional-properties-closed" "may only have keys that are named", Breaking "Other keys are refused.", Info "Everything that comes was allowed before.";
    ADDITIONAL_PROPERTIES_TYPED "additional-properties-typed" "limits the values of keys that are not named", Breaking "Other values are refused.", Info "Everything that comes was allowed before.";
    ADDITIONAL_PROPERTIES_UNTYPED "additional-properties-untyped" "no longer limits the values of keys that are not named", Info "Everything that programs send is still accepted.", Warning "Values of other types may come.";
    READ_ONLY_ADDED "read-only-added" "becomes read-only", Breaking "Programs that send it are refused or ignored.", Info "It still comes.";
    READ_ONLY_REMOVED "read-only-removed" "is no longer read-only", Info "It may be sent now.", Info "It still comes.";
    WRITE_ONLY_ADDED "write-only-added" "becomes write-only", Info "It may still be sent.", Breaking "Programs that read it find nothing.";
    WRITE_ONLY_REMOVED "write-only-removed" "is no longer write-only", Info "It may still be sent.", Info "It comes now; unknown keys are kept or ignored.";

    DISCRIMINATOR_ADDED "discriminator-added" "gets a discriminator", Warning "The server may choose between alternatives in another way.", Info "Reading without it still works.";
    DISCRIMINATOR_REMOVED "discriminator-removed" "loses its discriminator", Warning "The server may choose between alternatives in another way.", Breaking "Programs cannot tell alternatives apart by it.";
    DISCRIMINATOR_PROPERTY_CHANGED "discriminator-property-changed" "tells alternatives apart by another key", Breaking "The server does not find the key that it needs.", Breaking "Programs look at the wrong key.";
    DISCRIMINATOR_MAPPING_CHANGED "discriminator-mapping-changed" "tells alternatives apart by other values", Warning "A value may be refused, or mean another alternative.", Breaking "A value may be unknown, or mean another alternative.";
    ALTERNATIVES_ADDED "alternatives-added" "is limited to alternatives", Breaking "What fits none of them is refused.", Info "Everything that comes was allowed before.";
    ALTERNATIVES_REMOVED "alternatives-removed" "is no longer limited to alternatives", Info "Everything that programs send is still accepted.", Breaking "What comes may fit none of them.";
    ALTERNATIVES_KIND_CHANGED "alternatives-kind-changed" "swaps one alternative for any, or back", Warning "What fits several alternatives may be treated differently.", Warning "What comes may fit another number of alternatives.";
    ALTERNATIVE_ADDED "alternative-added" "gets an alternative", Info "Everything that programs send is still accepted.", Breaking "A shape may come that programs do not know.";
    ALTERNATIVE_REMOVED "alternative-removed" "loses an alternative", Breaking "Programs that send this shape are refused.", Info "Programs wait for a shape that no longer comes.";
    EXCLUSION_CHANGED "exclusion-changed" "excludes other values", Warning "What programs send may be refused.", Warning "What was excluded may come.";

    IDENTIFIER_ADDED "identifier-added" "is marked as an identifier", Info "The text on the wire stays the same.", Info "The text on the wire stays the same.";
    IDENTIFIER_REMOVED "identifier-removed" "is no longer marked as an identifier", Warning "It may stand for something else.", Warning "It may stand for something else.";
    IDENTIFIER_KIND_CHANGED "identifier-kind-changed" "identifies another kind of record", Warning "Identifiers of the old kind may be refused.", Warning "Looking it up as the old kind may fail.";
    IDENTIFIER_PREFIX_CHANGED "identifier-prefix-changed" "has another prefix of identifiers", Warning "Identifiers with the old prefix may be refused.", Warning "Programs that look at the prefix are misled.";
    MONEY_ADDED "money-added" "is marked as an amount of money", Warning "It must not pass through binary floating point.", Warning "It must not pass through binary floating point.";
    MONEY_REMOVED "money-removed" "is no longer marked as an amount of money", Warning "The number may stand for something else.", Warning "The number may stand for something else.";
    CURRENCY_ADDED "currency-added" "is marked as a currency", Warning "Generated code gives it another type.", Warning "Generated code gives it another type.";
    CURRENCY_REMOVED "currency-removed" "is no longer marked as a currency", Warning "Generated code gives it another type.", Warning "Generated code gives it another type.";
    SECRET_ADDED "secret-added" "is marked as a secret", Warning "It must not be printed; generated code gives it another type.", Warning "It must not be printed; generated code gives it another type.";
    SECRET_REMOVED "secret-removed" "is no longer marked as a secret", Warning "Generated code gives it another type, which prints it.", Warning "Generated code gives it another type, which prints it.";
    RESPONSE_NAME_ADDED "response-name-added" "says what responses call it", Info "Generated comparisons of two records take it in.", Info "Names that responses give it do not concern responses.";
    RESPONSE_NAME_CHANGED "response-name-changed" "says that responses call it something else", Warning "Generated comparisons of two records look at another field.", Info "Names that responses give it do not concern responses.";
    RESPONSE_NAME_REMOVED "response-name-removed" "no longer says what responses call it", Warning "Generated comparisons of two records leave it out.", Info "Names that responses give it do not concern responses.";
    CUSTOM_FIELDS_ADDED "custom-fields-added" "may carry custom fields", Info "Programs that send none go on as before.", Info "Unknown keys are kept or ignored.";
    CUSTOM_FIELDS_REMOVED "custom-fields-removed" "no longer carries custom fields", Breaking "Custom fields are refused or ignored.", Breaking "Programs that read custom fields find none.";
    RULE_ADDED "rule-added" "gets a rule of several fields", Breaking "What breaks the rule is refused.", Info "Everything that comes was allowed before.";
    RULE_REMOVED "rule-removed" "loses a rule of several fields", Info "Everything that programs send is still accepted.", Warning "What broke the rule may come.";
    NOT_COMPARED "not-compared" "differs in what is not compared", Warning "It may break programs: check it by hand.", Warning "It may break programs: check it by hand.";
    DEPRECATED "deprecated" "is deprecated", Warning "It may go away.", Warning "It may go away.";
    UNDEPRECATED "undeprecated" "is no longer deprecated", Info "It will stay.", Info "It will stay.";
    EVIDENCE_STRENGTHENED "evidence-strengthened" "is better documented", Info "Only the evidence for it changed.", Info "Only the evidence for it changed.";
    EVIDENCE_WEAKENED "evidence-weakened" "is less well documented", Info "Only the evidence for it changed.", Info "Only the evidence for it changed.";
}

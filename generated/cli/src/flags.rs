//! Makes flags from the fields of the table.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, builder::PossibleValuesParser};
use heck::ToKebabCase as _;

use crate::{
    data::{self, Val},
    failure::Failure,
    table::{Field, Kind, Limit},
    values,
};

/// The part of a request that a flag sets. Field names are unique within a part.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Path,
    Query,
    Filter,
    Body,
}

/// The identifier of an argument, which the completion in zsh shows.
fn id(place: Place, field: &Field) -> String {
    let place = format!("{place:?}").to_lowercase();
    format!("{place}.{}", field.name)
}

/// The kind of the value of a flag. A condition compares with a list of values.
fn kind(place: Place, field: &'static Field) -> Kind {
    match place {
        Place::Filter => Kind::List(field.kind.item()),
        _ => field.kind,
    }
}

/// The nested fields of an object, with their flags: `--billing-address.city`.
fn inner(field: &'static Field) -> impl Iterator<Item = (String, &'static Field)> {
    let inner = match field.kind {
        Kind::Object(inner) => inner,
        _ => &[],
    };
    let flag = |inner: &Field| format!("{}.{}", field.flag, inner.flag);
    inner.iter().map(move |inner| (flag(inner), inner))
}

/// The identifier of the argument of a field in an object.
fn inner_id(field: &Field, inner: &Field) -> String {
    format!("{}.{}", id(Place::Body, field), inner.name)
}

/// The flags of a field of a body, and of its nested fields.
pub(crate) fn of_body(field: &'static Field) -> impl Iterator<Item = Arg> {
    let inner = inner(field).map(|(flag, inner)| {
        let id = inner_id(field, inner);
        flagged(described(id, inner), Place::Body, inner).long(flag)
    });
    [argument(Place::Body, field)].into_iter().chain(inner)
}

/// The argument of a field: a flag, or a positional argument for a parameter of the path.
pub(crate) fn argument(place: Place, field: &'static Field) -> Arg {
    let argument = described(id(place, field), field);
    if let Place::Path = place {
        return argument
            .value_name(field.name.to_uppercase())
            .required(true);
    }
    let argument = flagged(argument, place, field).long(field.flag);
    let long = field.name.to_kebab_case();
    if long != field.flag && field.flag != "page-size" {
        return argument.alias(long);
    }
    argument
}

fn described(id: String, field: &Field) -> Arg {
    Arg::new(id)
        .help(summary(field.description).to_owned())
        .long_help(help(field))
}

/// Makes an argument a flag. The caller sets its name.
fn flagged(argument: Arg, place: Place, field: &'static Field) -> Arg {
    let item = field.kind.item();
    let argument = argument
        .value_name(values::placeholder(item))
        .allow_negative_numbers(matches!(item, Kind::Integer | Kind::Decimal))
        .action(match kind(place, field) {
            Kind::List(_) => ArgAction::Append,
            _ => ArgAction::Set,
        })
        .help_heading(match place {
            Place::Body => "Fields",
            Place::Filter => "Conditions",
            Place::Path | Place::Query => "Parameters",
        });
    match item {
        Kind::Enum(values) => argument
            .value_parser(PossibleValuesParser::new(*values))
            .ignore_case(true),
        Kind::Boolean => argument.value_parser(PossibleValuesParser::new(["true", "false"])),
        _ => argument,
    }
}

/// The value of a flag.
pub(crate) fn value(
    matches: &ArgMatches,
    place: Place,
    field: &'static Field,
) -> Result<Option<Val>, Failure> {
    let kind = kind(place, field);
    read(matches, &id(place, field), field.flag, &kind)
}

fn read(matches: &ArgMatches, id: &str, flag: &str, kind: &Kind) -> Result<Option<Val>, Failure> {
    let Some(texts) = matches.get_many::<String>(id) else {
        return Ok(None);
    };
    let texts: Vec<String> = texts.cloned().collect();
    let value = values::read_all(kind, &texts);
    value
        .map(Some)
        .map_err(|expected| Failure::usage(format!("--{flag}: {expected}")))
}

/// The object from the flags of its fields, and the first of these flags.
pub(crate) fn object(
    matches: &ArgMatches,
    field: &'static Field,
) -> Result<Option<(String, Val)>, Failure> {
    let mut first = None;
    let mut members = Vec::new();
    for (flag, inner) in inner(field) {
        if let Some(value) = read(matches, &inner_id(field, inner), &flag, &inner.kind)? {
            members.push((inner.name.to_owned(), value));
            first.get_or_insert(flag);
        }
    }
    Ok(first.map(|flag| (flag, data::object(members))))
}

/// The first sentence.
fn summary(description: &str) -> &str {
    description
        .split_once(". ")
        .map_or(description, |(first, _)| first)
        .trim_end_matches('.')
}

/// Everything that is known about a field.
fn help(field: &Field) -> String {
    let mut help = field.description.to_owned();
    let mut note = |text: &str| {
        let _ = write!(help, " [{text}]");
    };
    if field.required {
        note("required");
    }
    match field.kind.item() {
        Kind::Id(id) => note(&format!(
            "identifier or name of a {}",
            id.of.replace('-', " ")
        )),
        Kind::OpenEnum(values) => {
            note(&format!("values: {}; others may exist", values.join(", ")));
        }
        Kind::Object(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            note(&format!("JSON object of {}", names.join(", ")));
        }
        _ => {}
    }
    if matches!(field.kind, Kind::List(_)) {
        note("repeat for several");
    }
    for limit in field.limits {
        match limit {
            Limit::MinLength(bound) => note(&format!("at least {bound} characters")),
            Limit::MaxLength(bound) => note(&format!("at most {bound} characters")),
            Limit::MinItems(bound) => note(&format!("at least {bound} items")),
            Limit::MaxItems(bound) => note(&format!("at most {bound} items")),
            Limit::Minimum(bound) => note(&format!("at least {bound}")),
            Limit::Maximum(bound) => note(&format!("at most {bound}")),
        }
    }
    if let Some(default) = field.default {
        note(&format!("the server's default: {default}"));
    }
    if let Some(evidence) = field.evidence {
        note(&format!("evidence: {evidence}"));
    }
    help.trim_start().to_owned()
}

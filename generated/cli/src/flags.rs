//! From the fields of the table to flags.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, builder::PossibleValuesParser};

use crate::{
    data::Val,
    failure::Failure,
    table::{Field, Kind, Limit},
    values,
};

/// Where a flag goes. Names of fields are taken once in each place.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Path,
    Query,
    Filter,
    Body,
}

/// The identifier of an argument.
fn id(place: Place, field: &Field) -> String {
    let place = match place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Filter => "filter",
        Place::Body => "body",
    };
    format!("{place}.{}", field.name)
}

/// The argument of a field: a flag, or the place of a parameter of the path.
pub(crate) fn argument(place: Place, field: &'static Field) -> Arg {
    let argument = Arg::new(id(place, field))
        .help(summary(field.description).to_owned())
        .long_help(help(field));
    if let Place::Path = place {
        return argument
            .value_name(field.name.to_uppercase())
            .required(true);
    }
    let item = field.kind.item();
    let is_list = matches!((place, field.kind), (Place::Filter, _) | (_, Kind::List(_)));
    let mut argument = argument
        .long(field.flag)
        .value_name(values::placeholder(item))
        .allow_negative_numbers(matches!(item, Kind::Integer | Kind::Decimal))
        .action(if is_list {
            ArgAction::Append
        } else {
            ArgAction::Set
        })
        .help_heading(match place {
            Place::Body => "Fields",
            Place::Filter => "Conditions",
            Place::Path | Place::Query => "Parameters",
        });
    let long = kebab(field.name);
    if long != field.flag && field.flag != "page-size" {
        argument = argument.alias(long);
    }
    match item {
        Kind::Enum(values) => argument
            .value_parser(PossibleValuesParser::new(*values))
            .ignore_case(true),
        Kind::Boolean => argument.value_parser(PossibleValuesParser::new(["true", "false"])),
        _ => argument,
    }
}

/// `stageId` → `stage-id`
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(character.to_ascii_lowercase());
    }
    kebab
}

/// The texts that a flag was given.
pub(crate) fn texts(matches: &ArgMatches, place: Place, field: &Field) -> Option<Vec<String>> {
    let texts = matches.get_many::<String>(&id(place, field))?;
    Some(texts.cloned().collect())
}

/// The value that a flag was given.
pub(crate) fn value(
    matches: &ArgMatches,
    place: Place,
    field: &Field,
) -> Result<Option<Val>, Failure> {
    let Some(texts) = texts(matches, place, field) else {
        return Ok(None);
    };
    let value = values::read_all(&field.kind, &texts);
    value
        .map(Some)
        .map_err(|expected| Failure::usage(format!("--{}: {expected}", field.flag)))
}

/// The first sentence.
fn summary(description: &str) -> &str {
    description
        .split_once(". ")
        .map_or(description, |(first, _)| first)
        .trim_end_matches('.')
}

/// All that is known of a field.
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

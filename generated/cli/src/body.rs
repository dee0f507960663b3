//! The body of a request, put together from a file, `--set`, flags and `--clear`.

use std::rc::Rc;

use clap::{Arg, ArgAction, ArgMatches, Command};
use indexmap::IndexMap;

use crate::{
    data::{self, Val},
    failure::Failure,
    flags::{self, Place},
    table::{Body, CUSTOM_FIELD, Field, Kind},
    values,
};

/// Adds the flags of a body.
pub(crate) fn arguments(command: Command, body: &'static Body) -> Command {
    let fields = body.fields.iter();
    let mut command = command.args(fields.flat_map(flags::of_body));
    let option = |name: &'static str, value: String, help: &'static str| {
        let option = Arg::new(name).long(name).value_name(value).help(help);
        option.action(ArgAction::Append).help_heading("Body")
    };
    let key = if body.custom_fields { "cf_KEY" } else { "KEY" };
    command = command
        .arg(option(
            "set",
            format!("{key}=TEXT"),
            "Set a field by its name in the API, or a custom field; `heffl fields pull` reads their types",
        ))
        .arg(option(
            "set-json",
            format!("{key}=JSON"),
            "Set a field to any JSON, unchecked",
        ));
    let file = option(
        "body",
        String::from("FILE"),
        "File with a JSON object of fields; - is standard input. --set and flags take precedence",
    );
    command = command.arg(file.action(ArgAction::Set));
    if body.custom_fields || body.fields.iter().any(|field| field.clearable) {
        let value = String::from("FIELD,...");
        let clear = option("clear", value, "Clear fields: send null");
        command = command.arg(clear.value_delimiter(','));
    }
    command
}

/// The fields of a body by their names in the API.
pub(crate) type Members = jaq_json::Map;

/// Reads the fields from the command line. `custom` reads the value of a custom field.
pub(crate) fn read(
    body: &Body,
    matches: &ArgMatches,
    custom: impl Fn(&str, &str) -> Result<Val, Failure>,
) -> Result<Members, Failure> {
    let mut members = match matches.get_one::<String>("body") {
        Some(file) => file_members(file)?,
        None => Members::default(),
    };
    // These options set each field at most once.
    let mut given: IndexMap<String, String> = IndexMap::new();
    let mut set = |origin: String, name: &str, value: Val| {
        if let Some(other) = given.insert(name.to_owned(), origin.clone()) {
            let message = format!("{other} and {origin} contradict each other: both set {name}");
            return Err(Failure::usage(message));
        }
        members.insert(data::text_value(name), value);
        Ok(())
    };
    for pair in matches.get_many::<String>("set").into_iter().flatten() {
        let (key, text) = pair_of(pair, "--set", "TEXT")?;
        let (name, value) = match field_of(body, key, "--set")? {
            Some(field) => {
                let value = values::read_all(&field.kind, &[text.to_owned()]);
                let value =
                    value.map_err(|expected| Failure::usage(format!("--set {key}: {expected}")))?;
                (field.name, value)
            }
            None => (key, custom(key, text)?),
        };
        set(format!("--set {key}"), name, value)?;
    }
    for pair in matches.get_many::<String>("set-json").into_iter().flatten() {
        let (key, json) = pair_of(pair, "--set-json", "JSON")?;
        let name = field_of(body, key, "--set-json")?.map_or(key, |field| field.name);
        let value = data::given(json)
            .map_err(|problem| Failure::usage(format!("--set-json {key}: {problem}")))?;
        set(format!("--set-json {key}"), name, value)?;
    }
    for field in body.fields {
        if let Some(value) = flags::value(matches, Place::Body, field)? {
            set(format!("--{}", field.flag), field.name, value)?;
        }
        if let Some((flag, object)) = flags::object(matches, field)? {
            set(format!("--{flag}"), field.name, object)?;
        }
    }
    let clear = matches.try_get_many::<String>("clear").ok().flatten();
    for key in clear.into_iter().flatten() {
        let name = match field_of(body, key, "--clear")? {
            Some(field) if field.clearable => field.name,
            Some(field) => {
                let fields = body.fields.iter().filter(|field| field.clearable);
                let names: Vec<&str> = fields.map(|field| field.flag).collect();
                let message = format!("--clear {key}: {} cannot be cleared", field.name);
                return Err(Failure::usage(message)
                    .hint(format!("these can be cleared: {}", names.join(", "))));
            }
            None => key,
        };
        set(format!("--clear {key}"), name, Val::Null)?;
    }
    let object = Val::obj(members.clone());
    check_names(body.fields, body.custom_fields, &object, "").map_err(Failure::usage)?;
    data::members(&object).try_for_each(|(name, value)| check_numbers(&name, value))?;
    Ok(members)
}

/// Refuses a body without the fields that are required.
pub(crate) fn check_required(body: &Body, members: &Members) -> Result<(), Failure> {
    let missing: Vec<String> = body
        .fields
        .iter()
        .filter(|field| field.required && !members.contains_key(&data::text_value(field.name)))
        .map(|field| format!("--{}", field.flag))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("these are required: {}", missing.join(", "));
    Err(Failure::usage(message).hint("give them as flags, or in the file of --body"))
}

fn file_members(file: &str) -> Result<Members, Failure> {
    let problem = |problem: String| Failure::usage(format!("--body {file}: {problem}"));
    let text = data::text_of(file).map_err(|error| problem(error.to_string()))?;
    match data::given(&text).map_err(problem)? {
        Val::Obj(members) => Ok(Rc::unwrap_or_clone(members)),
        _ => Err(problem(String::from("expected a JSON object of fields"))),
    }
}

/// Checks the names of the members of an object, and of the objects in it: the models drop unknown members.
fn check_names(fields: &[Field], custom: bool, value: &Val, at: &str) -> Result<(), String> {
    for (key, value) in data::members(value) {
        let Some(field) = fields.iter().find(|field| field.name == key) else {
            if custom && key.starts_with(CUSTOM_FIELD) {
                continue;
            }
            let near = values::nearest(&key, fields.iter().map(|field| field.name));
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(format!("there is no field {at}{key}{near}"));
        };
        let inside = if let Kind::List(_) = field.kind {
            data::items(value)
        } else {
            std::slice::from_ref(value)
        };
        if let Kind::Object(fields) = field.kind.item() {
            for value in inside {
                check_names(fields, false, value, &format!("{at}{key}."))?;
            }
        }
    }
    Ok(())
}

fn pair_of<'a>(pair: &'a str, flag: &str, value: &str) -> Result<(&'a str, &'a str), Failure> {
    pair.split_once('=')
        .ok_or_else(|| Failure::usage(format!("{flag} {pair}: expected KEY={value}")))
}

/// The field that a key names, by its name in the API or its flag; `None` for a custom field.
fn field_of(body: &Body, key: &str, flag: &str) -> Result<Option<&'static Field>, Failure> {
    let fields = body.fields;
    let by_name = fields.iter().find(|field| field.name == key);
    if let Some(field) = by_name.or_else(|| fields.iter().find(|field| field.flag == key)) {
        return Ok(Some(field));
    }
    if key.starts_with(CUSTOM_FIELD) && body.custom_fields {
        return Ok(None);
    }
    let failure = Failure::usage(format!("{flag} {key}: there is no such field"));
    let names = fields.iter().flat_map(|field| [field.name, field.flag]);
    Err(match values::nearest(key, names) {
        Some(near) => failure.hint(format!("did you mean {near}?")),
        None if body.custom_fields => failure.hint("the keys of custom fields begin with cf_"),
        None => failure,
    })
}

/// Refuses a number that the service would round, because it stores numbers as floats.
fn check_numbers(name: &str, value: &Val) -> Result<(), Failure> {
    match value {
        Val::Num(number) => {
            let text = number.to_string();
            if !values::fits_float(&text) {
                let message = format!("{name}: the service would round {text}");
                return Err(Failure::usage(message).hint("it keeps 15 significant digits"));
            }
            Ok(())
        }
        Val::Arr(items) => items.iter().try_for_each(|item| check_numbers(name, item)),
        value @ Val::Obj(_) => {
            data::members(value).try_for_each(|(_, value)| check_numbers(name, value))
        }
        _ => Ok(()),
    }
}

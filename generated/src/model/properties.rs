//! Property tests of every model: any response is read as a reader over
//! `serde_json::Value` would read it, and written back without loss.
//!
//! `HEFFL_CASES` sets the number of cases; the default is small.

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value as Json, json};

use super::{Kept, Make, Object, Presence, Value, body, read_object, write::write_value};
use crate::{
    id::Kind,
    ids::KINDS,
    json::{Reader, What},
};

fn models() -> Vec<Make> {
    [crate::v1::MODELS, crate::v2::MODELS].concat()
}

fn config() -> Config {
    let cases = std::env::var("HEFFL_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    Config {
        failure_persistence: None,
        ..Config::with_cases(cases.unwrap_or(256))
    }
}

/// Values of all kinds that fields have, and some that none has.
fn candidates() -> Vec<Json> {
    vec![
        json!("text"),
        json!(""),
        json!("dl_1"),
        json!("ACTIVE"),
        json!("2026-03-01T09:30:00.000Z"),
        json!("2026-03-01"),
        json!("2026-03-01T09:30:00+04:00"),
        json!(true),
        json!(0),
        json!(-7),
        json!(2.5),
        json!(25000),
        json!("12"),
        json!("2.5"),
        json!([]),
        json!(["a", "b"]),
        json!(["usr_1"]),
        json!([{}]),
        json!({}),
        json!({"cf_a": 1, "b": [null, {"c": "d"}]}),
        json!([[1]]),
        json!(1e300),
        json!("true"),
        json!("é\"\\\n\u{1F600}"),
        json!(null),
    ]
}

/// Reads a single value into a field of a blank model.
fn takes(make: Make, index: usize, value: &Json) -> bool {
    let text = value.to_string();
    let mut reader = Reader::new(&text);
    make()
        .read(index, &mut reader)
        .and_then(|()| reader.end())
        .is_ok()
}

/// The values that each field of a model accepts, found by trying. Inner objects are empty or full at random, and
/// every model is tested by itself.
fn accepted(make: Make) -> Vec<(&'static str, Presence, Vec<Json>)> {
    let candidates = candidates();
    let fields = make().shape().fields.iter().enumerate();
    fields
        .map(|(index, field)| {
            let mut values: Vec<Json> = candidates
                .iter()
                .filter(|value| takes(make, index, value))
                .cloned()
                .collect();
            if values.iter().all(Json::is_null) {
                values.extend(full(make, index));
            }
            (field.key(), field.presence, values)
        })
        .collect()
}

/// An object with all required members, found from the errors about missing ones.
fn full(make: Make, index: usize) -> Option<Json> {
    for wrap in [|object: Json| object, |object: Json| json!([object])] {
        let mut object = Map::new();
        for _ in 0..64 {
            let text = wrap(Json::Object(object.clone())).to_string();
            let mut reader = Reader::new(&text);
            if make().read(index, &mut reader).is_ok() {
                return Some(wrap(Json::Object(object)));
            }
            let What::Missing(key) = reader.fault().what else {
                break;
            };
            let found = candidates().into_iter().find(|value| {
                let mut object = object.clone();
                object.insert(key.to_owned(), value.clone());
                let text = wrap(Json::Object(object)).to_string();
                let mut reader = Reader::new(&text);
                match make().read(index, &mut reader) {
                    Ok(()) => true,
                    Err(_) => matches!(reader.fault().what, What::Missing(other) if other != key),
                }
            });
            object.insert(key.to_owned(), found?);
        }
    }
    None
}

/// A value of a custom field: a number that no float represents, a text, or some other value.
fn custom_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        select(vec![
            "null",
            "true",
            "1.50",
            "-0",
            "1e3",
            "123456789012345678901234567890",
            "0.1234567890123456789"
        ])
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| json!(text).to_string()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("{}:{value}", json!(key)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Members of an object: accepted values of some fields, custom and unknown keys, some keys
/// twice, in any order.
#[derive(Clone, Debug)]
struct Members(Vec<(String, String)>);

/// Model, values of its fields, other members, and the members that are moved or repeated.
type Parts = (Index, Vec<Index>, Vec<(String, String)>, Vec<Index>);

fn parts() -> impl Strategy<Value = Parts> {
    let key = prop_oneof!["cf_[a-z]{1,6}", "[a-z]{1,4}", any::<String>(),];
    (
        any::<Index>(),
        prop::collection::vec(any::<Index>(), 0..40),
        prop::collection::vec((key, custom_value()), 0..14),
        prop::collection::vec(any::<Index>(), 0..6),
    )
}

type Known = Vec<(Make, Vec<(&'static str, Presence, Vec<Json>)>)>;

fn known() -> Known {
    models()
        .into_iter()
        .map(|make| (make, accepted(make)))
        .collect()
}

fn build(known: &Known, (model, values, extra, moves): Parts) -> (Make, Members) {
    let (make, fields) = &known[model.index(known.len())];
    let mut members: Vec<(String, String)> = Vec::new();
    let mut values = values.into_iter();
    for (key, presence, accepted) in fields {
        let choice = values.next();
        let skipped =
            choice.is_none_or(|choice| choice.index(4) == 0) && *presence != Presence::Required;
        if !skipped && !accepted.is_empty() {
            let value = &accepted[choice.map_or(0, |choice| choice.index(accepted.len()))];
            members.push(((*key).to_owned(), value.to_string()));
        }
    }
    // The other members do not have the keys of fields.
    let is_other = |key: &str| fields.iter().all(|(field, ..)| *field != key);
    members.extend(extra.into_iter().filter(|(key, _)| is_other(key)));
    for step in moves {
        if members.is_empty() {
            break;
        }
        // To the front, or again at the end.
        let index = step.index(members.len());
        if step.index(2) == 0 {
            let member = members.remove(index);
            members.insert(0, member);
        } else {
            let member = members[index].clone();
            members.push(member);
        }
    }
    (*make, Members(members))
}

fn text(members: &Members, space: &str) -> String {
    let members: Vec<_> = members
        .0
        .iter()
        .map(|(key, value)| format!("{space}{}{space}:{space}{value}{space}", json!(key)))
        .collect();
    format!("{{{space}{}}}", members.join(","))
}

fn read(make: Make, text: &str) -> Option<Box<dyn Object>> {
    let mut model = make();
    let mut reader = Reader::new(text);
    read_object(&mut *model, &mut reader).ok()?;
    reader.end().ok()?;
    Some(model)
}

struct Shown<'a>(&'a dyn Object);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::display(self.0, formatter)
    }
}

fn stored(object: &dyn Object) -> String {
    serde_json::to_string(&Value::Object(object)).unwrap()
}

/// The keys of an object in order, so that repeated keys are seen.
fn keys(text: &str) -> Vec<String> {
    let mut reader = Reader::new(text);
    let mut keys = Vec::new();
    if reader.open(b'{', b'}', "an object").unwrap() {
        loop {
            keys.push(reader.key().unwrap().into_owned());
            reader.drop_value().unwrap();
            if !reader.more(b'}').unwrap() {
                break;
            }
        }
    }
    keys
}

/// Checks the result of reading against `serde_json::Value`: for every key its last value.
fn check(make: Make, members: &Members, object: &dyn Object) {
    let shape = object.shape();
    let last = |key: &str| {
        members
            .0
            .iter()
            .rev()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    };
    for (index, field) in shape.fields.iter().enumerate() {
        let alone = last(field.key()).map(|value| {
            let mut model = make();
            let mut reader = Reader::new(value);
            model.read(index, &mut reader).unwrap();
            serde_json::to_value(model.value(index)).unwrap()
        });
        let together = serde_json::to_value(object.value(index)).unwrap();
        assert_eq!(
            alone.unwrap_or_else(|| serde_json::to_value(make().value(index)).unwrap()),
            together
        );
    }
    for kept in [Kept::CustomFields, Kept::Extra] {
        let Some(bag) = object.kept(kept) else {
            continue;
        };
        for (key, value) in bag.iter() {
            assert_eq!(Some(value.as_json()), last(&key), "{key}");
        }
        let mut expected: Vec<&str> = Vec::new();
        for (key, _) in &members.0 {
            let custom = key.starts_with("cf_") && shape.keeps(Kept::CustomFields);
            let here = custom == (kept == Kept::CustomFields) && shape.index(key).is_none();
            if here && !expected.contains(&key.as_str()) {
                expected.push(key);
            }
        }
        assert!(bag.iter().map(|(key, _)| key.into_owned()).eq(expected));
    }
}

#[test]
fn values_are_read_stored_and_sent_without_loss() {
    let known = known();
    assert!(known.len() > 90);
    for (make, fields) in &known {
        for (key, presence, accepted) in fields {
            let name = make().shape().name;
            assert!(
                *presence != Presence::Required || !accepted.is_empty(),
                "{name}.{key} takes nothing"
            );
        }
    }
    TestRunner::new(config())
        .run(&parts(), |parts| {
            let (make, members) = build(&known, parts);
            let tight = text(&members, "");
            let object = read(make, &tight).unwrap_or_else(|| panic!("{tight}"));
            check(make, &members, &*object);
            // White space changes nothing.
            let wide = read(make, &text(&members, " \n\t")).unwrap();
            assert_eq!(stored(&*wide), stored(&*object));

            // `Display` writes one line.
            let shown = Shown(&*object).to_string();
            assert!(!shown.is_empty() && !shown.contains(char::is_control));

            // Storing and loading changes nothing.
            let json = stored(&*object);
            let load = |json: &str| {
                let mut loaded = make();
                let mut read = |reader: &mut Reader<'_>| read_object(&mut *loaded, reader);
                super::serde_impls::read(json, &mut read).unwrap();
                stored(&*loaded)
            };
            assert_eq!(load(&json), json);
            // Formats may put the keys in another order.
            let value = |json: &str| serde_json::from_str::<Json>(json).unwrap();
            assert_eq!(value(&load(&value(&json).to_string())), value(&json));

            // No key is written twice.
            for json in [Some(json), body(&*object).ok()].into_iter().flatten() {
                let mut keys = keys(&json);
                let count = keys.len();
                keys.sort_unstable();
                keys.dedup();
                assert_eq!(keys.len(), count, "{json}");
                assert!(serde_json::from_str::<Json>(&json).is_ok());
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn damaged_text_is_accepted_and_refused_as_by_serde_json() {
    let known = known();
    let damage = prop::collection::vec(
        (
            any::<Index>(),
            select(b"\"\\{}[]:,0-.eEtfn \n\x01\xc3u".to_vec()),
            0..3_u8,
        ),
        1..4,
    );
    TestRunner::new(config())
        .run(&(parts(), damage), |(parts, damage)| {
            let (make, members) = build(&known, parts);
            let mut bytes = text(&members, "").into_bytes();
            for (place, byte, how) in damage {
                let at = place.index(bytes.len());
                match how {
                    0 => bytes[at] = byte,
                    1 => bytes.insert(at, byte),
                    _ => {
                        bytes.truncate(at.max(1));
                    }
                }
            }
            let Ok(text) = String::from_utf8(bytes) else {
                return Ok(());
            };
            let ignored = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            let mut reader = Reader::new(&text);
            let dropped = reader.drop_value().and_then(|_| reader.end()).is_ok();
            assert_eq!(dropped, ignored, "{text}");
            // A model accepts invalid JSON only if it keeps it as text, and gives a reason if it refuses valid JSON.
            let mut model = make();
            let mut reader = Reader::new(&text);
            reader.noting = true;
            let read = read_object(&mut *model, &mut reader).and_then(|()| reader.end());
            if read.is_ok() {
                assert!(ignored || !reader.notes.is_empty(), "{text}");
                let stored = stored(&*model);
                assert!(serde_json::from_str::<serde::de::IgnoredAny>(&stored).is_ok());
            } else if ignored {
                assert!(
                    !matches!(reader.fault().what, What::Syntax(_)),
                    "{text}: {:?}",
                    reader.fault()
                );
            }
            Ok(())
        })
        .unwrap();
}

/// The kind of the identifiers that a field takes, if it takes any: from a text, or from a list with this one text.
fn identifiers(make: Make, index: usize, id: &str) -> Option<(Box<dyn Object>, &'static Kind)> {
    [json!(id), json!([id])].iter().find_map(|value| {
        let (mut object, text) = (make(), value.to_string());
        object.read(index, &mut Reader::new(&text)).ok()?;
        let value = object.value(index);
        let item = match &value {
            Value::List(items) => items.item(0),
            value => *value,
        };
        match item {
            Value::Id(_, kind) => Some((object, kind)),
            _ => None,
        }
    })
}

#[test]
fn no_field_is_sent_with_the_identifier_of_another_kind() {
    let mut kinds = Vec::new();
    for make in models() {
        let shape = make().shape();
        for (index, field) in shape.fields.iter().enumerate() {
            for other in KINDS {
                let Some(prefix) = other.prefix else {
                    continue;
                };
                let id = format!("{prefix}1");
                let Some((object, kind)) = identifiers(make, index, &id) else {
                    break;
                };
                kinds.push(kind.name);
                let sent = write_value(&mut String::new(), &object.value(index));
                let what = format!("{}.{}", shape.name, field.key());
                if kind.prefix == other.prefix || kind.included.contains(&prefix) {
                    assert_eq!(sent, Ok(()), "{what}");
                } else {
                    let problem = sent.unwrap_err().problem;
                    assert!(problem.contains(other.name), "{what}: {problem}");
                    let expected = format!("and {} is expected", kind.name);
                    assert!(problem.ends_with(&expected), "{what}: {problem}");
                }
            }
            if let Some((object, _)) = identifiers(make, index, "zzz_1") {
                assert_eq!(
                    write_value(&mut String::new(), &object.value(index)),
                    Ok(())
                );
            }
        }
    }
    for kind in KINDS {
        assert!(
            kinds.contains(&kind.name),
            "no model has the identifier of {}",
            kind.name
        );
    }
}

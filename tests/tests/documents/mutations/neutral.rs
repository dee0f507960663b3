//! Edits that change no meaning.

use serde_json::{Map, Value, json};

use super::{Random, reach::pointers};

/// Edited documents, each with a description of the edit.
pub(crate) fn edits(document: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for seed in 1..=20 {
        let mut edited = document.clone();
        shuffle(&mut edited, &mut Random(seed * 0x9e37_79b9));
        all.push((format!("order {seed}"), edited));
    }
    let mut places = Vec::new();
    pointers(document, String::new(), &mut places);
    // One edit at a time, and then all at once.
    let mut whole = document.clone();
    for (index, place) in places.iter().enumerate() {
        let key = place.rsplit('/').next().unwrap();
        let is_text = document.pointer(place).is_some_and(Value::is_string);
        if is_text
            && matches!(
                key,
                "description" | "summary" | "title" | "x-heffl-rule" | "page"
            )
        {
            *whole.pointer_mut(place).unwrap() = json!("Other words.");
            if index % 25 == 0 {
                let mut edited = document.clone();
                *edited.pointer_mut(place).unwrap() = json!("Other words.");
                all.push((format!("words at {place}"), edited));
            }
        }
        if key == "example" && place.ends_with("application~1json/example") {
            *whole.pointer_mut(place).unwrap() = json!({"other": "example"});
        }
    }
    all.push(("all words and examples".to_owned(), whole.clone()));
    shuffle(&mut whole, &mut Random(77));
    all.push(("words, examples and order".to_owned(), whole));

    let sections = document["components"].as_object().unwrap();
    for (section, members) in sections {
        for name in members.as_object().unwrap().keys() {
            all.push((
                format!("{section}/{name} renamed"),
                renamed(document, section, name),
            ));
        }
    }
    let text = document.to_string();
    let other = text.replace("{id}", "{other}").replace(
        "\"name\":\"id\",\"in\":\"path\"",
        "\"name\":\"other\",\"in\":\"path\"",
    );
    assert_ne!(text, other);
    all.push((
        "path parameters renamed".to_owned(),
        serde_json::from_str(&other).unwrap(),
    ));
    all.push(("numbers written as 1.0".to_owned(), floats(document)));
    for name in document["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
    {
        all.push((
            format!("{name} written out in place"),
            inlined(document, name),
        ));
    }
    all.extend(spellings(document));
    all
}

/// Other spellings with the same meaning, each applied to the whole document.
fn spellings(document: &Value) -> Vec<(String, Value)> {
    let text = document.to_string();
    let replaced = |from: &str, to: &str| -> Value {
        let other = text.replace(from, to);
        assert_ne!(text, other, "{from}");
        serde_json::from_str(&other).unwrap()
    };
    let mut wrapped = [document.clone(), document.clone()];
    for (edited, key) in wrapped.iter_mut().zip(["oneOf", "allOf"]) {
        replace(edited, &|value| {
            let properties = value.get("properties")?.as_object()?;
            let one = |(name, schema): (&String, &Value)| (name.clone(), json!({key: [schema]}));
            let mut value = value.clone();
            value["properties"] = Value::Object(properties.iter().map(one).collect());
            Some(value)
        });
    }
    let [one_of, all_of] = wrapped;
    let words = |word: &str| word.to_owned();
    let mut ranges = document.clone();
    for item in ranges["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            let Some(responses) = operation.get_mut("responses") else {
                continue;
            };
            let responses = responses.as_object_mut().unwrap();
            if let Some(response) = responses.shift_remove("200") {
                responses.insert("2XX".to_owned(), response);
            }
        }
    }
    let url = document["servers"][0]["url"].as_str().unwrap();
    let other = url
        .replace("https://", "HTTPS://")
        .replacen(".com", ".COM:443", 1);
    vec![
        (
            words("media types with a charset"),
            replaced(
                "\"application/json\":",
                "\"application/JSON; charset=utf-8\":",
            ),
        ),
        (
            words("references percent-encoded"),
            replaced("#/components/schemas/", "#/components/%73chemas/"),
        ),
        (words("properties as the only alternative"), one_of),
        (words("properties as the only part"), all_of),
        (words("ranges of statuses"), ranges),
        (words("usual port, case of the host"), replaced(url, &other)),
    ]
}

/// Changes the order of keys, and of lists whose order has no meaning.
fn shuffle(value: &mut Value, random: &mut Random) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = std::mem::take(map).into_iter().collect();
            random.shuffle(&mut entries);
            for (key, mut value) in entries {
                if let (true, Value::Array(items)) = (
                    matches!(
                        key.as_str(),
                        "enum"
                            | "required"
                            | "tags"
                            | "parameters"
                            | "security"
                            | "x-heffl-rules"
                            | "together"
                    ),
                    &mut value,
                ) {
                    random.shuffle(items);
                }
                shuffle(&mut value, random);
                map.insert(key, value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shuffle(item, random)),
        _ => {}
    }
}

fn renamed(document: &Value, section: &str, name: &str) -> Value {
    let mut edited = document.clone();
    let members: &mut Map<String, Value> = edited["components"][section].as_object_mut().unwrap();
    let value = members.shift_remove(name).unwrap();
    members.insert("Renamed".to_owned(), value);
    let (from, to) = (
        format!("#/components/{section}/{name}"),
        format!("#/components/{section}/Renamed"),
    );
    replace(&mut edited, &|value| {
        (*value == json!({"$ref": from})).then(|| json!({"$ref": to}))
    });
    if section == "securitySchemes" {
        replace(&mut edited, &|value| {
            (*value == json!({name: []})).then(|| json!({"Renamed": []}))
        });
    }
    edited
}

/// Replaces all references to a schema with the schema, unless it refers to itself.
fn inlined(document: &Value, name: &str) -> Value {
    let mut edited = document.clone();
    let from = json!({"$ref": format!("#/components/schemas/{name}")});
    let schema = document["components"]["schemas"][name].clone();
    if !schema.to_string().contains(&from.to_string()) {
        replace(&mut edited, &|value| {
            (*value == from).then(|| schema.clone())
        });
    }
    edited
}

fn replace(value: &mut Value, with: &impl Fn(&Value) -> Option<Value>) {
    if let Some(other) = with(value) {
        *value = other;
        return;
    }
    match value {
        Value::Object(map) => map.values_mut().for_each(|value| replace(value, with)),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, with)),
        _ => {}
    }
}

fn floats(document: &Value) -> Value {
    let mut edited = document.clone();
    replace(&mut edited, &|value| {
        value.is_i64().then(|| json!(value.as_f64().unwrap()))
    });
    edited
}

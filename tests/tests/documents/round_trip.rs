//! Documents are rendered as pages of every form, pulled and assembled: the result has the same facts.
//!
//! The tests use both documents of the API, and generated ones: 24 in each form, or the number in the environment
//! variable `HEFFL_ROUND_TRIPS`.

mod documents;

use std::{collections::BTreeSet, fs};

use heffl_spec::{
    Finding,
    assemble::{self, Inputs, Names},
    pull,
};
use heffl_tests::{
    facts::{self, Facts},
    render::{self, Form},
    workspace,
};
use proptest::{
    prelude::*,
    test_runner::{TestError, TestRunner},
};
use serde_json::{Value, json};

/// Whether the fact at a location, with a keyword, is lost.
type IsLost = fn(&str, &str) -> bool;

/// Facts that the text of a rendered page cannot express, by location and keyword, with the reason. All
/// other facts must survive every form.
const LOST_IN_TEXT: [(&str, IsLost); 5] = [
    (
        "a collapsed object shows only the names of its fields, in a sample",
        |place, _| is_nested(place),
    ),
    (
        "the text does not show whether a collapsed object has free keys",
        |place, keyword| keyword == "open" && place.contains('.'),
    ),
    (
        "the text does not show that the values of an enum are examples",
        |_, keyword| keyword == "more",
    ),
    (
        "the text does not show whether a body is required",
        |place, keyword| keyword == "required" && place.ends_with(" body"),
    ),
    (
        "the text does not show that an operation is deprecated",
        |place, keyword| keyword == "deprecated" && place.split(' ').count() == 2,
    ),
];

/// A field inside a field.
fn is_nested(place: &str) -> bool {
    let (_, value) = place.rsplit_once(' ').unwrap_or_default();
    value.split('.').count() > 2
}

fn is_lost(form: Form, place: &str, keyword: &str) -> bool {
    form == Form::Text
        && LOST_IN_TEXT
            .iter()
            .any(|(_, is_lost)| is_lost(place, keyword))
}

/// An error response that guides do not describe.
fn is_shown_in_markdown_only(place: &str) -> bool {
    const GENERAL: [&str; 7] = ["400", "401", "403", "404", "409", "429", "500"];
    let what = place.split(' ').nth(2).unwrap_or_default();
    let status = what.split(['.', '[']).next().unwrap_or_default();
    let is_status = status == "default" || status.starts_with(|first: char| first.is_ascii_digit());
    is_status && !status.starts_with('2') && !GENERAL.contains(&status)
}

/// The responses that guides describe for all operations.
const SHARED_RESPONSES: &str = "x-heffl-responses: {'400': BadRequest, '401': Unauthorized, '403': Forbidden, '404': NotFound, '409': Conflict, '429': TooManyRequests, '500': InternalServerError}\n";

/// The document that is assembled from the pages of `document`.
fn there_and_back(document: &Value, version: &str, form: Form) -> Result<Value, Vec<Finding>> {
    let root = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put(
        &format!("site/guides-{version}/start.md"),
        &render::guide(document),
    );
    for (address, text) in render::pages(document, form) {
        put(&format!("site/{address}"), &text);
    }
    let pulled = pull::pull(&Inputs::default(), &root.path().join("site"))?;
    if !pulled.refused.is_empty() {
        return Err(pulled.refused);
    }
    let names = names(version);
    let of_names = ("spec/names.yaml".to_owned(), names.clone());
    let facts = (
        format!("spec/facts/{version}/api.yaml"),
        SHARED_RESPONSES.to_owned(),
    );
    let inputs = Inputs::default()
        .with(pulled.files, &[])
        .with([of_names, facts], &[]);
    let fragments = inputs.fragments()?.swap_remove(version).unwrap();
    let names = Names::parse(&names, "spec/names.yaml").unwrap();
    let bare = assemble::document(version, &fragments, &names)?.document;
    let overlay = overlay(document, &bare);
    let path = format!("spec/overlays/{version}/10-words.yaml");
    let assembled = assemble::assemble(&inputs.with([(path, overlay)], &[]))?;
    let name = format!("spec/heffl-{version}.yaml");
    let (_, text) = assembled
        .files
        .iter()
        .find(|(path, _)| *path == name)
        .unwrap();
    Ok(serde_yaml::from_str(text).unwrap())
}

/// The chosen names for a version of the API; empty for an invented version.
fn names(version: &str) -> String {
    let text = fs::read_to_string(workspace().join("spec/names.yaml")).unwrap();
    let all: Value = serde_yaml::from_str(&text).unwrap();
    match all.get(version) {
        Some(names) => serde_yaml::to_string(&json!({version: names})).unwrap(),
        None => "{}\n".to_owned(),
    }
}

/// The overlay of a document: descriptions, and the responses that guides describe.
fn overlay(document: &Value, bare: &Value) -> String {
    let mut all = json!({"components": render::error_responses(document)});
    let mut actions = Vec::new();
    let mut action = |target: &str, matches: usize, update: &Value| {
        actions.push(json!({
            "target": target, "update": update, "x-heffl-reason": "Made up.",
            "x-heffl-evidence": "described", "x-heffl-matches": matches,
        }));
    };
    let words = json!({"description": "Words."});
    for (path, method, operation) in facts::operations(bare) {
        let written = &mut all["paths"][path][method];
        *written = json!({"summary": "Words", "description": "Words."});
        for (status, response) in operation["responses"].as_object().unwrap() {
            if response.get("$ref").is_none() {
                written["responses"][status] = words.clone();
            }
        }
        if let Some(parameters) = operation["parameters"].as_array() {
            let target = format!("$.paths['{path}'].{method}.parameters[*]");
            action(&target, parameters.len(), &words);
        }
    }
    for (name, schema) in bare["components"]["schemas"].as_object().unwrap() {
        for property in schema["properties"].as_object().into_iter().flatten() {
            all["components"]["schemas"][name]["properties"][property.0] = words.clone();
        }
    }
    action("$", 1, &all);
    let info = json!({"title": "Words", "version": "1"});
    serde_yaml::to_string(&json!({"overlay": "1.0.0", "info": info, "actions": actions})).unwrap()
}

/// The differences between the facts of a document and of the assembled document.
fn differences(before: &Facts, after: &Facts, form: Form) -> Vec<String> {
    let places: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for place in places {
        let (Some(before), Some(after)) = (before.get(place), after.get(place)) else {
            let side = if before.contains_key(place) {
                "lost"
            } else {
                "new"
            };
            found.push(format!("{place}: {side}"));
            continue;
        };
        let keywords =
            |facts: &Value| -> Vec<String> { facts.as_object().unwrap().keys().cloned().collect() };
        let all: BTreeSet<String> = keywords(before)
            .into_iter()
            .chain(keywords(after))
            .collect();
        for keyword in all {
            let (before, after) = (&before[&keyword], &after[&keyword]);
            if before != after && !is_lost(form, place, &keyword) {
                found.push(format!("{place} {keyword}: {before} became {after}"));
            }
        }
    }
    found
}

/// The problems of the round trip of `document`, and its number of facts.
fn trip(document: &Value, version: &str, form: Form) -> (Vec<String>, usize) {
    let mut before = facts::of(document);
    if form == Form::Text {
        before.retain(|place, _| !is_shown_in_markdown_only(place));
    }
    let wrong = match there_and_back(document, version, form) {
        Ok(back) => differences(&before, &facts::of(&back), form),
        Err(findings) => findings.iter().map(ToString::to_string).collect(),
    };
    (wrong, before.len())
}

fn check(version: &str, least: usize) {
    let path = workspace().join(format!("spec/heffl-{version}.yaml"));
    let document: Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    for form in Form::ALL {
        let (wrong, places) = trip(&document, version, form);
        assert!(
            wrong.is_empty(),
            "{form:?}: {} differ:\n{}",
            wrong.len(),
            wrong[..wrong.len().min(40)].join("\n")
        );
        println!("{version} {form:?}: {places} places");
        assert!(places >= least, "{places}");
    }
}

#[test]
fn pages_of_the_current_version_make_its_document() {
    check("v2", 1500);
}

#[test]
fn pages_of_the_older_version_make_its_document() {
    check("v1", 500);
}

/// A fact that is no longer lost must be removed from the list.
#[test]
fn every_listed_loss_of_the_text_form_occurs() {
    let document = documents::with_all_that_text_loses();
    let before = facts::of(&document);
    let back = there_and_back(&document, "v9", Form::Text).unwrap();
    let after = facts::of(&back);
    for (why, is_lost) in LOST_IN_TEXT {
        let lost = before.iter().any(|(place, facts)| {
            let keywords = facts.as_object().unwrap().iter();
            let changed = |keyword: &str, value: &Value| {
                after
                    .get(place)
                    .is_some_and(|after| after[keyword] != *value)
            };
            keywords
                .into_iter()
                .any(|(keyword, value)| is_lost(place, keyword) && changed(keyword, value))
        });
        assert!(lost, "not lost: {why}");
    }
}

fn check_any(form: Form) {
    let cases = std::env::var("HEFFL_ROUND_TRIPS").map_or(24, |number| number.parse().unwrap());
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    };
    let outcome = TestRunner::new(config).run(&documents::documents(), |document| {
        let (wrong, _) = trip(&document, "v9", form);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, document)) => {
            let document = serde_yaml::to_string(&document["paths"]).unwrap()
                + &serde_yaml::to_string(&document["components"]["schemas"]).unwrap();
            panic!("{reason}\nof\n{document}")
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_text_form_of_any_document_makes_it() {
    check_any(Form::Text);
}

#[test]
fn the_openapi_3_0_form_of_any_document_makes_it() {
    check_any(Form::OpenApi30);
}

#[test]
fn the_openapi_3_1_form_of_any_document_makes_it() {
    check_any(Form::OpenApi31);
}

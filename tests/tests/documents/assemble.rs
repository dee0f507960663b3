//! Assembles documents from folders of fragments.

use std::path::{Path, PathBuf};

use heffl_spec::{
    Finding,
    assemble::{Assembled, Inputs, Names, assemble, document},
    fragment::Fragment,
    pull, yaml,
};
use heffl_tests::{fixtures::show, folder::Folder, workspace};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/assemble")
        .join(name)
}

fn inputs(name: &str, version: &str) -> (Vec<Fragment>, Names) {
    let inputs = Inputs::read(&fixture(name)).unwrap();
    let fragments = inputs.fragments().unwrap().swap_remove(version).unwrap();
    let names = match inputs.text("spec/names.yaml") {
        Some(text) => Names::parse(text, "names.yaml").unwrap(),
        None => Names::default(),
    };
    (fragments, names)
}

fn document_of(version: &str, fragments: &[Fragment], names: &Names) -> Value {
    document(version, fragments, names).unwrap().document
}

/// The document without the version of the workspace, so that snapshots do not depend on it.
fn without_release(document: &str) -> String {
    let version = concat!("  version: ", env!("CARGO_PKG_VERSION"), "\n");
    assert!(document.contains(version), "{document}");
    document.replace(version, "  version: (release)\n")
}

fn assembled(name: &str) -> Result<Assembled, Vec<Finding>> {
    assemble(&Inputs::read(&fixture(name)).unwrap())
}

#[test]
fn fragments_become_documents() {
    for (name, version) in [("complete", "v2"), ("unions", "v1"), ("nested", "v2")] {
        let (fragments, names) = inputs(name, version);
        let value = document_of(version, &fragments, &names);
        let text = yaml::write(&value).unwrap();
        assert_eq!(yaml::read(&text, "x").unwrap(), value);
        serde_json::from_value::<openapiv3::OpenAPI>(value).unwrap();
        insta::assert_snapshot!(format!("document_{name}"), without_release(&text));
    }
}

#[test]
fn the_order_of_fragments_does_not_matter() {
    for (name, version) in [("complete", "v2"), ("unions", "v1"), ("nested", "v2")] {
        let (mut fragments, names) = inputs(name, version);
        let text =
            |fragments: &[Fragment]| yaml::write(&document_of(version, fragments, &names)).unwrap();
        let expected = text(&fragments);
        for _ in 0..fragments.len() {
            fragments.rotate_left(1);
            assert_eq!(text(&fragments), expected);
        }
        fragments.reverse();
        assert_eq!(text(&fragments), expected);
    }
}

#[test]
fn overlays_complete_a_document() {
    let complete = assembled("complete").unwrap_or_else(|findings| {
        panic!(
            "{}",
            findings
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    });
    assert_eq!(complete, assembled("complete").unwrap());
    let [(path, text), reports @ ..] = complete.files.as_slice() else {
        panic!("one version, one document")
    };
    let reports: Vec<&str> = reports.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(reports, ["spec/CONFLICTS.md", "spec/COVERAGE.md"]);
    assert_eq!(path, "spec/heffl-v2.yaml");
    assert!(text.starts_with("# Written by `cargo xtask assemble` from spec/pages and spec/overlays. Do not edit.\nopenapi: 3.0.3\n"));
    let value = yaml::read(text, path).unwrap();
    serde_json::from_value::<openapiv3::OpenAPI>(value).unwrap();
    insta::assert_snapshot!("assembled_complete", without_release(text));
}

/// A missing description is a warning; a broken reference is an error.
#[test]
fn a_document_without_overlays_needs_no_descriptions_but_its_components() {
    let findings = assembled("unions").unwrap_err();
    assert!(
        findings.iter().all(|finding: &Finding| {
            finding.rule == "reference-broken"
                && finding.file.as_deref() == Some("spec/heffl-v1.yaml")
                && finding.pointer.is_some()
        }),
        "{findings:#?}"
    );
    let inputs = Inputs::read(&fixture("unions")).unwrap();
    let api = inputs.text("spec/facts/v1/api.yaml").unwrap();
    let (before, _) = api.split_once("x-heffl-responses:").unwrap();
    let (_, after) = api.split_once("servers:").unwrap();
    let file = (
        "spec/facts/v1/api.yaml".to_owned(),
        format!("{before}servers:{after}"),
    );
    let assembled = assemble(&inputs.with([file], &[])).unwrap();
    let warnings = assembled.warnings.iter();
    let missing = warnings
        .filter(|warning| warning.rule == "description-missing")
        .count();
    assert!(missing > 10, "{:#?}", assembled.warnings);
    let (_, text) = &assembled.files[0];
    assert!(text.contains("description: Not described yet."), "{text}");
}

/// A page and an overlay contradict each other about an error response until an entry chooses one of them.
#[test]
fn a_choice_resolves_a_contradiction_about_an_error_response() {
    let folder = Folder::default();
    let fixtures = workspace().join("tests/fixtures/assemble/complete");
    folder.copy(&fixtures, ".");
    let facts = "spec/facts/v2/crates.yaml";
    let response = "        '404': {content: {application/json: {schema: {type: object, required: [message], properties: {message: {type: integer}}}}}}\n";
    folder.write(facts, folder.read(facts) + response);
    let outcome = folder.run(&["assemble"]);
    assert_eq!(outcome.code, 2, "{}", outcome.out);
    let place = "/components/schemas/ErrorEnvelope/properties/message";
    for words in [
        "spec/facts/v2/crates.yaml #/paths/~1crates/get/responses/404/",
        "`message` of the response 404 is integer on the page, not in the document",
        place,
    ] {
        assert!(outcome.out.contains(words), "{words}: {}", outcome.out);
    }
    let chosen = format!("  at: ['v2#{place}', 'v2#/");
    folder.edit("spec/conflicts.yaml", "  at: ['v2#/", &chosen);
    let outcome = folder.run(&["assemble"]);
    assert_eq!(outcome.code, 0, "{}", outcome.out);
}

/// The workspace with these pages pulled, assembled.
fn with_pages(pages: &[(&str, &str)]) -> Assembled {
    let folder = Folder::default();
    for (address, text) in pages {
        folder.write(&format!("{address}.md"), text);
    }
    let inputs = Inputs::read(workspace()).unwrap();
    let pulled = pull::pull(&inputs, folder.root()).unwrap();
    assert_eq!(pulled.refused, []);
    let inputs = inputs.with(pulled.files, &pulled.moved);
    assemble(&inputs).unwrap_or_else(|findings| panic!("{}", show(&findings, "page")))
}

#[test]
fn facts_of_guides_are_in_the_documents() {
    let assembled = with_pages(&[
        (
            "api-v2/errors",
            "# Errors\n\n| Code | HTTP status |\n|---|---|\n| PAYMENT_MISSING | 400 |\n",
        ),
        (
            "api-v2/lists",
            "# Lists of contacts\n\n| Field | Type | Operators |\n|---|---|---|\n| city | text | is, starts_with |\n| stageId | option | is, is_any_of |\n",
        ),
        (
            "api-v2/ids",
            "# Identifiers\n\n| Prefix | Resource |\n|---|---|\n| dl_ | Sales deal |\n",
        ),
        (
            "api-reference/events",
            "# Events\n\n## lead.merged\n\n```json\n{\"event\": \"lead.merged\", \"payload\": {\"id\": \"ld_1\", \"score\": 3, \"tags\": [\"a b\"], \"lines\": [{\"a\": [{\"b\": null}]}], \"more\": {\"a\": 1}, \"none\": null}}\n```\n",
        ),
    ]);
    assert_eq!(assembled.agreement.contradicted, []);
    let document = |name: &str| -> Value {
        let mut files = assembled.files.iter();
        let (_, text) = files.find(|(path, _)| path.contains(name)).unwrap();
        serde_yaml::from_str(text).unwrap()
    };
    let (v1, v2) = (document("heffl-v1"), document("heffl-v2"));
    let has = |list: &Value, value: &str| list.as_array().unwrap().contains(&value.into());
    assert!(has(
        &v2["components"]["schemas"]["ErrorCode"]["enum"],
        "PAYMENT_MISSING"
    ));
    assert_eq!(
        v2["x-heffl-filter-kinds"]["text"]["operators"]["starts_with"]["values"],
        "one"
    );
    let parameters = v2["paths"]["/contacts"]["get"]["parameters"]
        .as_array()
        .unwrap();
    let filters = parameters
        .iter()
        .find(|it| it["name"] == "filters")
        .unwrap();
    assert_eq!(filters["x-heffl-filters"]["city"]["kind"], "text");
    assert!(has(
        &v1["components"]["schemas"]["WebhookEventName"]["enum"],
        "lead.merged"
    ));
    let payload = &v1["components"]["schemas"]["LeadEventPayload"]["properties"];
    assert_eq!(payload["score"]["type"], "number");
    assert_eq!(payload["score"]["x-heffl-evidence"], "sampled");
    assert_eq!(payload["tags"]["type"], "array");
    assert_eq!(payload["more"]["type"], "object");
    assert_eq!(payload["none"]["nullable"], true);
}

#[test]
fn contradictions_of_guides_are_reported_and_change_nothing() {
    let codes =
        "UNAUTHORIZED FORBIDDEN NOT_FOUND VALIDATION_ERROR BAD_REQUEST CONFLICT TOO_MANY_REQUESTS";
    let codes: String = codes
        .split(' ')
        .map(|code| format!("| {code} | 400 |\n"))
        .collect();
    let before = assemble(&Inputs::read(workspace()).unwrap()).unwrap().files;
    let guides = [
        (
            format!("# Codes\n\n| Code | Status |\n|---|---|\n{codes}"),
            "the document has `INTERNAL_SERVER_ERROR`, which this page does not list",
        ),
        (
            "# Paging\n\n| Parameter | Default | Description |\n|---|---|---|\n| pageSize | 50 | Items (max 100) |\n".to_owned(),
            "the default of `pageSize` is 50 here, and 30 in the document",
        ),
        (
            "# Paging\n\n| Parameter | Description |\n|---|---|\n| pageSize | Items (max 500) |\n".to_owned(),
            "the maximum of `pageSize` is 500 here, and 100 in the document",
        ),
        ("# Limits\n\nAt most 90 requests per minute.\n".to_owned(), "90 requests per minute here"),
        (
            "# Ids\n\n| Prefix | Resource |\n|---|---|\n| dl_ | Invoice |\n".to_owned(),
            "dl_ stands for invoice here, for deal in another fragment",
        ),
        (
            "# Contacts\n\n| Field | Type | Operators |\n|---|---|---|\n| stageId | option_set | is |\n".to_owned(),
            "`stageId` of /contacts is a filter of the kind option_set here",
        ),
        (
            "# All\n\n| Method | Path |\n|---|---|\n| GET | /crates |\n".to_owned(),
            "`GET /crates` is listed here, but no fragment has it",
        ),
    ];
    for (text, message) in &guides {
        let assembled = with_pages(&[("api-v2/guide", text)]);
        let found = assembled.agreement.contradicted;
        assert_eq!(found.len(), 1, "{message}: {found:?}");
        assert!(found[0].message.contains(message), "{message}: {found:?}");
        assert!(found[0].help.is_some() && found[0].file.is_some() && found[0].pointer.is_some());
        let document = |files: &[(String, String)]| {
            let text = files
                .iter()
                .find(|(path, _)| path.contains("heffl-v2"))
                .unwrap();
            serde_yaml::from_str::<Value>(&text.1).unwrap()
        };
        let (before, after) = (document(&before), document(&assembled.files));
        assert_eq!(before["components"], after["components"], "{message}");
        assert_eq!(before["paths"], after["paths"], "{message}");
    }
}

#[test]
fn a_choice_between_a_guide_and_the_facts_can_be_recorded() {
    let folder = Folder::workspace();
    folder.write(
        "saved/api-v2/guide.md",
        "# Ids\n\nAt most 90 requests per minute.\n\n| Prefix | Resource |\n|---|---|\n| dl_ | Invoice |\n",
    );
    let pull = || folder.run(&["docs", "pull", "--from", &folder.name("saved")]);
    assert_eq!(pull().code, 1);
    let conflicts = folder.read("spec/conflicts.yaml");
    let mut value: Value = serde_yaml::from_str(&conflicts).unwrap();
    let conflict = value["conflicts"].as_array_mut().unwrap();
    let conflict = conflict
        .iter_mut()
        .find(|it| it["versions"] == serde_json::json!(["v2"]));
    conflict.unwrap()["at"] =
        serde_json::json!(["v2#/x-heffl-prefixes/dl_", "v2#/x-heffl-rate-limits"]);
    folder.write("spec/conflicts.yaml", yaml::write(&value).unwrap());
    let outcome = pull();
    assert_eq!(outcome.code, 0, "{}{}", outcome.out, outcome.err);
}

use serde_json::{Value, json};

use super::*;
use crate::record::Record;

/// A record for `METHOD /path`; `rest` are the keys of its operation.
fn operation(key: &str, rest: &str) -> (String, Record) {
    let (method, path) = key.split_once(' ').unwrap();
    let parameters = match path
        .split_once('{')
        .and_then(|(_, rest)| rest.split_once('}'))
    {
        Some((name, _)) => format!(
            "  parameters: [{{in: path, name: {name}, type: string, required: true, evidence: documented}}]\n"
        ),
        None => String::new(),
    };
    let text = format!(
        "record: 1\nform: facts\npage: ref/x\noperation:\n  method: {method}\n  path: '{path}'\n  evidence: documented\n  server: https://api.example.com\n{parameters}{rest}"
    );
    (format!("{key}.yaml"), parse(&text, key).unwrap())
}

fn guide(rest: &str) -> (String, Record) {
    let text = format!("record: 1\nform: facts\npage: guides/x\nguide: {rest}");
    ("guide.yaml".to_owned(), parse(&text, "guide").unwrap())
}

fn body_and_answer(body: &str, answer: &str) -> String {
    format!("  body: {{fields: [{body}]}}\n  response: {{fields: [{answer}]}}\n")
}

fn answer(fields: &str) -> String {
    format!("  response: {{fields: [{fields}]}}\n")
}

fn build(records: &[(String, Record)]) -> Value {
    document("v2", records, &Names::default()).unwrap()
}

fn failure(records: &[(String, Record)], names: &str) -> String {
    let names = Names::parse(names, "names").unwrap();
    let findings = document("v2", records, &names).unwrap_err();
    findings.iter().map(ToString::to_string).collect()
}

fn schema<'a>(document: &'a Value, name: &str) -> &'a Value {
    &document["components"]["schemas"][name]
}

const ID: &str = "{name: id, type: string, required: true, evidence: documented}";

#[test]
fn patch_bodies_promise_nothing_and_clear_what_nobody_documented() {
    let document = build(&[operation(
        "PATCH /gadgets/{id}",
        &body_and_answer(
            "{name: a, type: string, required: true, default: x, evidence: documented}, {name: b, type: string | null, evidence: documented}, {name: c, type: string, evidence: sampled}",
            ID,
        ),
    )]);
    let update = schema(&document, "UpdateGadget");
    assert_eq!(update.get("required"), None);
    assert_eq!(
        update["properties"]["a"],
        json!({"type": "string", "x-heffl-evidence": "documented"})
    );
    assert_eq!(update["properties"]["b"]["nullable"], true);
    assert_eq!(update["properties"]["c"]["nullable"], true);
}

#[test]
fn answers_require_only_what_is_documented() {
    let document = build(&[operation(
        "GET /gadgets/{id}",
        &answer(
            "{name: a, type: string, required: true, evidence: documented}, {name: b, type: string, required: true, evidence: described}",
        ),
    )]);
    let gadget = schema(&document, "Gadget");
    assert_eq!(gadget["required"], json!(["a"]));
    assert_eq!(gadget["properties"]["b"]["nullable"], true);
}

#[test]
fn same_as_copies_bodies_with_weaker_evidence() {
    let document = build(&[
        operation(
            "POST /gadgets",
            &body_and_answer(
                "{name: a, type: string, required: true, evidence: documented}, {name: b, type: number, evidence: documented}",
                ID,
            ),
        ),
        operation(
            "PATCH /gadgets/{id}",
            "  body: {same_as: {operation: POST /gadgets, part: body, except: [b], rule: Sisters., evidence: inferred}}\n  response: {same_as: {operation: POST /gadgets, part: response, rule: Sisters., evidence: inferred}}\n",
        ),
    ]);
    assert_eq!(
        schema(&document, "UpdateGadget")["properties"],
        json!({"a": {"type": "string", "nullable": true, "x-heffl-evidence": "inferred", "x-heffl-rule": "Sisters."}})
    );
    // The answer is the other page's component; its own evidence is not weakened.
    assert_eq!(schema(&document, "Gadget")["required"], json!(["id"]));
    let success = &document["paths"]["/gadgets/{id}"]["patch"]["responses"]["200"];
    assert_eq!(success["x-heffl-evidence"], "inferred");
    assert_eq!(success["x-heffl-rule"], "Sisters.");
}

#[test]
fn equal_nested_objects_share_a_component_and_others_do_not() {
    let address = "{name: homeAddress, type: object, evidence: documented, fields: [{name: city, type: string, evidence: documented}]}";
    let other = "{name: homeAddress, type: object, evidence: documented, fields: [{name: town, type: string, evidence: documented}]}";
    let document = build(&[operation(
        "POST /gadgets",
        &body_and_answer(address, address),
    )]);
    assert!(schema(&document, "HomeAddress").is_object());
    let document = build(&[operation("POST /gadgets", &body_and_answer(address, other))]);
    assert!(schema(&document, "CreateGadgetHomeAddress").is_object());
    assert!(schema(&document, "GadgetHomeAddress").is_object());
}

#[test]
fn enums_are_shared_within_a_resource_when_they_are_equal() {
    let status = |options: &str| {
        format!("{{name: status, type: enum<string>, options: [{options}], evidence: documented}}")
    };
    let document = build(&[operation(
        "POST /gadgets",
        &body_and_answer(&status("A, B"), &status("A, B")),
    )]);
    assert_eq!(schema(&document, "GadgetStatus")["enum"], json!(["A", "B"]));
    assert!(schema(&document, "CreateGadgetStatus").is_null());
    let document = build(&[operation(
        "POST /gadgets",
        &body_and_answer(&status("A"), &status("A, B")),
    )]);
    assert_eq!(
        schema(&document, "CreateGadgetStatus")["enum"],
        json!(["A"])
    );
    assert_eq!(schema(&document, "GadgetStatus")["enum"], json!(["A", "B"]));
}

#[test]
fn a_weaker_type_yields() {
    let document = build(&[
        operation(
            "POST /gadgets",
            &answer("{name: a, type: number, evidence: sampled}"),
        ),
        operation(
            "GET /gadgets/{id}",
            &answer("{name: a, type: integer, evidence: documented}"),
        ),
    ]);
    assert_eq!(
        schema(&document, "Gadget")["properties"]["a"]["type"],
        "integer"
    );
}

#[test]
fn delete_answers_share_one_schema_without_a_prefix() {
    let deleted = |prefix: &str| {
        answer(&format!(
            "{{name: id, type: string, required: true, prefix: {prefix}, evidence: documented}}"
        ))
    };
    let document = build(&[
        operation("DELETE /gadgets/{id}", &deleted("gdg_")),
        operation("DELETE /crates/{id}", &deleted("crt_")),
    ]);
    assert_eq!(
        schema(&document, "DeleteResult")["properties"]["id"],
        json!({"type": "string", "x-heffl-evidence": "documented"})
    );
}

#[test]
fn paths_follow_the_guides_and_then_the_alphabet() {
    let document = build(&[
        operation("GET /b", &answer(ID)),
        operation("GET /a/{id}", &answer(ID)),
        operation("GET /a", &answer(ID)),
        operation("GET /c", &answer(ID)),
        guide("{operations: [{method: GET, path: /c}]}"),
    ]);
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/c", "/a", "/a/{id}", "/b"]);
}

/// Records, names and what the findings must contain.
type Case = (Vec<(String, Record)>, &'static str, &'static str);

#[test]
#[allow(clippy::too_many_lines, reason = "one table of cases")]
fn what_cannot_be_assembled_is_reported() {
    let same = |operation: &str, part: &str| {
        format!(
            "  response: {{same_as: {{operation: '{operation}', part: {part}, rule: r, evidence: inferred}}}}\n"
        )
    };
    let good = || operation("GET /gadgets/{id}", &answer(ID));
    let typed = |key: &str, ty: &str| {
        operation(
            key,
            &answer(&format!("{{name: a, type: '{ty}', evidence: documented}}")),
        )
    };
    let cases: Vec<Case> = vec![
        (
            vec![
                operation("GET /a", &same("GET /b", "response")),
                operation("GET /b", &same("GET /a", "response")),
            ],
            "",
            "same-as-cycle",
        ),
        (
            vec![operation("GET /a", &same("GET /none", "response"))],
            "",
            "no record has",
        ),
        (
            vec![
                good(),
                operation("GET /a/{id}", &same("GET /gadgets/{id}", "item")),
            ],
            "v2: {operations: {GET /x: x}}",
            "name-unused",
        ),
        (
            vec![operation(
                "GET /gadgets",
                &answer(
                    "{name: data, type: 'object[]', evidence: documented, items_same_as: {operation: GET /gadgets, part: response, except: [x], rule: r, evidence: inferred}}",
                ),
            )],
            "",
            "same-as-cycle",
        ),
        (
            vec![
                good(),
                operation(
                    "PATCH /gadgets/{id}",
                    "  body: {same_as: {operation: 'GET /gadgets/{id}', part: response, except: [nope], rule: r, evidence: inferred}}\n  response: {}\n",
                ),
            ],
            "",
            "no field `nope`",
        ),
        (
            vec![good(), operation("GET /gadgets/{key}", &answer(ID))],
            "",
            "operation-twice",
        ),
        (
            vec![operation("POST /gadgets/{id}/convert/now", &answer(ID))],
            "",
            "operation-without-name",
        ),
        (
            vec![
                typed("GET /gadgets/{id}", "string"),
                typed("POST /gadgets", "number"),
            ],
            "",
            "pages-contradict",
        ),
        (
            vec![operation(
                "GET /gadgets/{id}",
                &answer("{name: a, type: string, prefix: zzz_, evidence: documented}"),
            )],
            "",
            "prefix-unknown",
        ),
        (
            vec![good(), guide("{base_url: 'https://other.example.com'}")],
            "",
            "servers-differ",
        ),
        (vec![guide("{}")], "", "server-missing"),
        (
            vec![
                good(),
                guide("{operations: [{method: GET, path: /crates}]}"),
            ],
            "",
            "operation-without-record",
        ),
        (
            vec![good()],
            "v2: {schemas: {Nothing: Something}}",
            "name-unused",
        ),
        (
            vec![good(), typed("GET /crates/{id}", "string")],
            "v2: {schemas: {Gadget: Crate}}",
            "name-clash",
        ),
    ];
    for (records, names, expected) in cases {
        let found = failure(&records, names);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn verify_names_every_gap() {
    let mut value = build(&[operation("GET /gadgets/{id}", &answer(ID))]);
    value["components"]["schemas"]["Unused"] = json!({"type": "object"});
    value["components"]["schemas"]["Gadget"]["properties"]["new"] =
        json!({"description": "d", "type": "string"});
    let rules: Vec<&str> = verify(&value, "f")
        .iter()
        .map(|finding| finding.rule)
        .collect();
    for rule in [
        "security-missing",
        "component-unused",
        "evidence-missing",
        "description-missing",
        "reference-broken",
    ] {
        assert!(rules.contains(&rule), "{rule}: {rules:?}");
    }
}

#[test]
fn events_are_texts_and_roots_as_operations_are() {
    let mut value = build(&[operation("GET /gadgets/{id}", &answer(ID))]);
    value["components"]["schemas"]["GadgetEvent"] = json!({"type": "object"});
    value["x-webhooks"] = json!({"gadget": {"post": {"operationId": "getGadget", "summary": "Events", "requestBody": {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GadgetEvent"}}}
    }}}});
    let of_events: Vec<String> = verify(&value, "f")
        .into_iter()
        .map(|finding| finding.to_string())
        .filter(|finding| finding.contains("x-webhooks") || finding.contains("GadgetEvent"))
        .collect();
    assert_eq!(of_events.len(), 3, "{of_events:#?}");
    assert!(of_events[0].contains("the event has no description"));
    assert!(of_events[1].contains("the event has no x-heffl-evidence"));
    assert!(of_events[2].contains("another operation is called getGadget"));
}

#[test]
fn a_field_to_filter_by_says_what_it_is_and_how_well_that_is_known() {
    let mut value = build(&[operation("GET /gadgets/{id}", &answer(ID))]);
    value["paths"]["/gadgets/{id}"]["get"]["parameters"] = json!([
        {"name": "filters", "in": "query", "description": "d", "x-heffl-evidence": "described",
         "x-heffl-filters": {"size": {"kind": "option", "schema": {"type": "string"}}}}
    ]);
    let of_field: Vec<String> = verify(&value, "f")
        .into_iter()
        .map(|finding| finding.to_string())
        .filter(|finding| finding.contains("/x-heffl-filters/size"))
        .collect();
    assert_eq!(of_field.len(), 2, "{of_field:#?}");
    assert!(of_field[0].contains("the field size to filter by has no description"));
    assert!(of_field[1].contains("has no x-heffl-evidence"));
}

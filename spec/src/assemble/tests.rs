#![allow(clippy::needless_pass_by_value, reason = "values are written in place")]

use serde_json::{Value, json};

use super::*;

/// Facts about `METHOD /path`: its body and response, as schemas.
fn operation(key: &str, body: Option<Value>, response: Value) -> Fragment {
    let (method, path) = key.split_once(' ').unwrap();
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let mut operation =
        json!({"x-heffl-page": "ref/x", "responses": {"200": {"content": content(response)}}});
    operation["parameters"] = path_parameters(path);
    if let Some(body) = body {
        operation["requestBody"] = json!({"required": true, "content": content(body)});
    }
    facts(
        key,
        json!({
            "servers": [{"url": "https://api.example.com"}],
            "paths": {path: {method.to_ascii_lowercase(): operation}},
        }),
    )
}

fn facts(name: &str, mut document: Value) -> Fragment {
    document["x-heffl-evidence"] = json!("documented");
    let file = format!("spec/facts/v2/{}.yaml", name.replace(['/', ' '], "-"));
    Fragment::new(document, &file).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn responding(key: &str, response: Value) -> Fragment {
    operation(key, None, response)
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn requiring(names: &[&str], properties: Value) -> Value {
    let mut object = object(properties);
    object["required"] = json!(names);
    object
}

fn id() -> Value {
    requiring(&["id"], json!({"id": {"type": "string"}}))
}

/// An inferred reference to a derived name.
fn inferred(name: &str) -> Value {
    let mut reference = openapi::reference(name);
    reference["x-heffl-evidence"] = json!("inferred");
    reference["x-heffl-rule"] = json!("Sisters.");
    reference
}

fn taking_over(name: &str, except: &[&str]) -> Value {
    let mut part = inferred(name);
    if !except.is_empty() {
        part["x-heffl-except"] = json!(except);
    }
    json!({"allOf": [part]})
}

fn build(fragments: &[Fragment]) -> Value {
    let draft = document("v2", fragments, &Names::default());
    draft
        .unwrap_or_else(|findings| panic!("{findings:?}"))
        .document
}

fn failure(fragments: &[Fragment], names: &str) -> String {
    let names = Names::parse(names, "names").unwrap();
    let findings = document("v2", fragments, &names).unwrap_err();
    findings.iter().map(ToString::to_string).collect()
}

fn schema<'a>(document: &'a Value, name: &str) -> &'a Value {
    &document["components"]["schemas"][name]
}

#[test]
fn patch_bodies_require_nothing_and_undocumented_fields_can_be_cleared() {
    let body = requiring(
        &["a"],
        json!({
            "a": {"type": "string", "default": "x"},
            "b": {"type": "string", "nullable": true},
            "c": {"type": "string", "x-heffl-evidence": "sampled"},
        }),
    );
    let document = build(&[operation("PATCH /gadgets/{id}", Some(body), id())]);
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
fn responses_require_only_documented_fields() {
    let gadget = requiring(
        &["a", "b"],
        json!({"a": {"type": "string"}, "b": {"type": "string", "x-heffl-evidence": "described"}}),
    );
    let document = build(&[responding("GET /gadgets/{id}", gadget)]);
    let gadget = schema(&document, "Gadget");
    assert_eq!(gadget["required"], json!(["a"]));
    assert_eq!(gadget["properties"]["b"]["nullable"], true);
}

#[test]
fn a_body_copies_properties_of_another_body_with_weaker_evidence() {
    let create = requiring(
        &["a"],
        json!({"a": {"type": "string"}, "b": {"type": "number"}}),
    );
    let mut update = operation(
        "PATCH /gadgets/{id}",
        Some(taking_over("CreateGadget", &["b"])),
        openapi::reference("Gadget"),
    );
    let success = &mut update.document["paths"]["/gadgets/{id}"]["patch"]["responses"]["200"];
    success["x-heffl-evidence"] = json!("inferred");
    success["x-heffl-rule"] = json!("Sisters.");
    let document = build(&[operation("POST /gadgets", Some(create), id()), update]);
    assert_eq!(
        schema(&document, "UpdateGadget")["properties"],
        json!({"a": {"type": "string", "nullable": true, "x-heffl-evidence": "inferred", "x-heffl-rule": "Sisters."}})
    );
    // The response is the other operation's component; its own evidence is not weakened.
    assert_eq!(schema(&document, "Gadget")["required"], json!(["id"]));
    let success = &document["paths"]["/gadgets/{id}"]["patch"]["responses"]["200"];
    assert_eq!(success["x-heffl-evidence"], "inferred");
    assert_eq!(success["x-heffl-rule"], "Sisters.");
}

#[test]
fn equal_nested_objects_share_a_component_and_others_do_not() {
    let address =
        |field: &str| object(json!({"homeAddress": object(json!({field: {"type": "string"}}))}));
    let document = build(&[operation(
        "POST /gadgets",
        Some(address("city")),
        address("city"),
    )]);
    assert!(schema(&document, "HomeAddress").is_object());
    let document = build(&[operation(
        "POST /gadgets",
        Some(address("city")),
        address("town"),
    )]);
    assert!(schema(&document, "CreateGadgetHomeAddress").is_object());
    assert!(schema(&document, "GadgetHomeAddress").is_object());
}

#[test]
fn nested_objects_that_would_get_one_name_are_numbered() {
    let document = build(&[responding(
        "GET /gadgets/{id}",
        object(json!({
            "part": object(json!({"a": {"type": "string"}})),
            "parts": {"type": "array", "items": object(json!({"b": {"type": "string"}}))},
        })),
    )]);
    assert!(
        schema(&document, "GadgetPart")["properties"]
            .get("a")
            .is_some()
    );
    assert!(
        schema(&document, "GadgetPart2")["properties"]
            .get("b")
            .is_some()
    );
}

#[test]
fn enums_are_shared_within_a_resource_when_they_are_equal() {
    let status = |values: &[&str]| object(json!({"status": {"type": "string", "enum": values}}));
    let document = build(&[operation(
        "POST /gadgets",
        Some(status(&["A", "B"])),
        status(&["A", "B"]),
    )]);
    assert_eq!(schema(&document, "GadgetStatus")["enum"], json!(["A", "B"]));
    assert!(schema(&document, "CreateGadgetStatus").is_null());
    let document = build(&[operation(
        "POST /gadgets",
        Some(status(&["A"])),
        status(&["A", "B"]),
    )]);
    assert_eq!(
        schema(&document, "CreateGadgetStatus")["enum"],
        json!(["A"])
    );
    assert_eq!(schema(&document, "GadgetStatus")["enum"], json!(["A", "B"]));
}

#[test]
fn a_weaker_type_yields() {
    let sampled = object(json!({"a": {"type": "number", "x-heffl-evidence": "sampled"}}));
    let document = build(&[
        responding("POST /gadgets", sampled),
        responding(
            "GET /gadgets/{id}",
            object(json!({"a": {"type": "integer"}})),
        ),
    ]);
    assert_eq!(
        schema(&document, "Gadget")["properties"]["a"]["type"],
        "integer"
    );
}

#[test]
fn delete_responses_share_one_schema_without_a_prefix() {
    let deleted = |prefix: &str| {
        requiring(
            &["id"],
            json!({"id": {"type": "string", "x-heffl-id": {"prefix": prefix}}}),
        )
    };
    let document = build(&[
        responding("DELETE /gadgets/{id}", deleted("gdg_")),
        responding("DELETE /crates/{id}", deleted("crt_")),
    ]);
    assert_eq!(
        schema(&document, "DeleteResult")["properties"]["id"],
        json!({"type": "string", "x-heffl-evidence": "documented"})
    );
}

#[test]
fn paths_follow_the_guides_and_then_the_alphabet() {
    let document = build(&[
        responding("GET /b", id()),
        responding("GET /a/{id}", id()),
        responding("GET /a", id()),
        responding("GET /c", id()),
        facts("guide", json!({"paths": {"/c": {"get": {}}}})),
    ]);
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["/c", "/a", "/a/{id}", "/b"]);
}

fn path_parameters(path: &str) -> Value {
    openapi::path_parameters(path)
        .unwrap()
        .iter()
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect()
}

/// A page in the Markdown form, with all facts of its operation.
fn page(key: &str, schema: Value, schemas: Value) -> Fragment {
    let (method, path) = key.split_once(' ').unwrap();
    let document = json!({
        "openapi": "3.1.0",
        "servers": [{"url": "https://api.example.com"}],
        "paths": {path: {method.to_lowercase(): {
            "operationId": key.replace([' ', '/'], "_"),
            "parameters": path_parameters(path),
            "responses": {"200": {"content": {"application/json": {"schema": schema}}}},
        }}},
        "components": {"schemas": schemas},
    });
    let text = format!(
        "# Words\n\n## OpenAPI\n\n````yaml {method} {path}\n{}````\n",
        yaml::write(&document).unwrap()
    );
    let address = format!("ref/{}", key.to_lowercase().replace([' ', '/'], "-"));
    let value = crate::page::parse(&text, &address).unwrap();
    Fragment::new(value, &format!("spec/pages/{address}.yaml")).unwrap()
}

#[test]
fn every_keyword_of_a_markdown_page_is_in_the_document() {
    let gadget = json!({
        "type": "object",
        "required": ["kind"],
        "additionalProperties": false,
        "properties": {
            "kind": {"const": "GADGET"},
            "size": {"type": ["integer", "null"], "exclusiveMinimum": 0, "multipleOf": 2},
            "either": {"oneOf": [{"$ref": "#/components/schemas/Bolt"}, {"$ref": "#/components/schemas/Nut"}], "discriminator": {"propertyName": "of"}},
            "maybe": {"anyOf": [{"$ref": "#/components/schemas/Bolt"}, {"type": "null"}]},
            "levels": {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "number"}}},
            "colour": {"type": "string", "format": "hex", "enum": ["0a", "0b"]},
            "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}], "items": false},
            "names": {"type": "object", "propertyNames": {"pattern": "^a"}},
            "empty": {"type": "array", "items": {"type": ["string", "null"]}},
            "tree": {"$ref": "#/components/schemas/Tree"},
        },
    });
    let schemas = json!({
        "Bolt": {"type": "object", "properties": {"of": {"type": "string"}}},
        "Nut": {"type": "object", "properties": {"of": {"type": "integer"}}},
        "Tree": {"type": "object", "properties": {"branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
    });
    let fragment = page("GET /gadgets/all", gadget, schemas);
    let warnings: Vec<String> = fragment.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    let document = build(&[fragment]);
    assert_eq!(
        schema(&document, "Nut")["properties"]["of"]["type"],
        "integer"
    );
    let gadget = schema(&document, "GadgetAll");
    assert_eq!(gadget["additionalProperties"], false);
    let property = |name: &str| {
        let mut property = gadget["properties"][name].clone();
        property.as_object_mut().unwrap().remove("x-heffl-evidence");
        property
    };
    let of = openapi::reference;
    for (name, expected) in [
        (
            "size",
            json!({"type": "integer", "nullable": true, "minimum": 0, "exclusiveMinimum": true, "multipleOf": 2}),
        ),
        (
            "either",
            json!({"oneOf": [of("Bolt"), of("Nut")], "discriminator": {"propertyName": "of"}}),
        ),
        ("maybe", json!({"allOf": [of("Bolt")], "nullable": true})),
        (
            "levels",
            json!({"type": "object", "additionalProperties": {"type": "object", "additionalProperties": {"type": "number"}}}),
        ),
        ("colour", json!({"allOf": [of("GadgetAllColour")]})),
        (
            "empty",
            json!({"type": "array", "items": {"type": "string", "nullable": true}}),
        ),
        ("tree", json!({"allOf": [of("Tree")]})),
    ] {
        assert_eq!(property(name), expected, "{name}");
    }
    assert_eq!(schema(&document, "GadgetAllColour")["format"], "hex");
    assert_eq!(
        property("names")["x-jsonschema-propertyNames"],
        json!({"pattern": "^a"})
    );
    assert_eq!(
        property("pair")["items"],
        json!({"anyOf": [{"type": "string"}, {"type": "number"}]})
    );
    assert_eq!(
        schema(&document, "Tree")["properties"]["branches"]["items"],
        of("Tree")
    );
}

#[test]
fn properties_may_have_the_names_of_keywords() {
    let text = json!({"type": "string"});
    let part = object(json!({"properties": object(json!({"type": text})), "items": text}));
    let document = build(&[page("GET /gadgets/all", part, json!({}))]);
    let properties = schema(&document, "GadgetAll")["properties"].as_object();
    let names: Vec<&String> = properties.unwrap().keys().collect();
    assert_eq!(names, ["properties", "items"]);
    assert_eq!(
        schema(&document, "GadgetAllProperties")["properties"]["type"]["type"],
        "string"
    );
}

#[test]
fn two_markdown_pages_that_show_different_responses_have_a_schema_each() {
    let document = build(&[
        page(
            "DELETE /gadgets/{id}",
            object(json!({"gone": {"type": "boolean"}})),
            json!({}),
        ),
        page(
            "DELETE /crates/{id}",
            object(json!({"left": {"type": "integer"}})),
            json!({}),
        ),
    ]);
    assert!(
        schema(&document, "DeleteResult")["properties"]
            .get("left")
            .is_some()
    );
    assert!(
        schema(&document, "DeleteGadgetResult")["properties"]
            .get("gone")
            .is_some()
    );
}

#[test]
fn pages_that_repeat_a_schema_differently_are_of_different_ages() {
    let part = |size: u64| json!({"Part": {"type": "object", "properties": {"size": {"type": "string", "maxLength": size}}}});
    let reference = || openapi::reference("Part");
    let first = || page("GET /gadgets/all", reference(), part(3));
    build(&[first(), page("GET /crates/all", reference(), part(3))]);
    let other = page("GET /crates/all", reference(), part(4));
    let draft = document("v2", &[first(), other], &Names::default()).unwrap();
    let [finding] = draft.agreement.contradicted.as_slice() else {
        panic!("{:?}", draft.agreement)
    };
    for words in [
        "spec/pages/ref/get--gadgets-all.yaml",
        "the schema Part has `3` at `/properties/size/maxLength` here, `4` in spec/pages/ref/get--crates-all.yaml",
        "pages-disagree",
    ] {
        assert!(finding.to_string().contains(words), "{words}: {finding}");
    }
    // Each page decides about its own operation.
    for (name, size) in [("GadgetAll", 3), ("CrateAll", 4)] {
        let property = &schema(&draft.document, name)["properties"]["size"];
        assert_eq!(property["maxLength"], size, "{name}");
    }
}

#[test]
fn of_two_pages_about_one_operation_the_first_wins() {
    let of = |address: &str, size: u64| {
        let gadget = object(json!({"a": {"type": "string", "maxLength": size}}));
        let mut page = page("GET /gadgets/all", gadget, json!({}));
        page.file = format!("spec/pages/{address}.yaml");
        page
    };
    let draft =
        |second: Fragment| document("v2", &[of("a", 3), second], &Names::default()).unwrap();
    assert_eq!(draft(of("b", 3)).agreement.contradicted, []);
    let different = draft(of("b", 4));
    let property = &schema(&different.document, "GadgetAll")["properties"]["a"];
    assert_eq!(property["maxLength"], 3);
    let finding = different.agreement.contradicted[0].to_string();
    for words in ["spec/pages/b.yaml", "of spec/pages/a.yaml", "/maxLength`"] {
        assert!(finding.contains(words), "{words}: {finding}");
    }
}

#[test]
fn an_operation_without_a_rule_is_named_after_its_path() {
    let key = "POST /gadgets/{id}/convert/now";
    let id_of = |fragment: Fragment| {
        let document = build(&[fragment]);
        document["paths"]["/gadgets/{id}/convert/now"]["post"]["operationId"].clone()
    };
    assert_eq!(id_of(responding(key, id())), "postGadgetsByIdConvertNow");
    // Or by the vendor's name.
    assert_eq!(id_of(page(key, id(), json!({}))), "postGadgetsIdConvertNow");
}

/// A page with an operation, and facts about the same operation.
fn layered(page: Value, facts: Value) -> Draft {
    let page = self::page("GET /gadgets/{id}", page, json!({}));
    let draft = document(
        "v2",
        &[responding("GET /gadgets/{id}", facts), page],
        &Names::default(),
    );
    draft.unwrap_or_else(|findings| panic!("{findings:?}"))
}

#[test]
fn facts_add_keywords_that_a_page_does_not_print() {
    let prefix = json!({"prefix": "gdg_"});
    let facts = object(json!({
        "id": {"type": "string", "x-heffl-id": prefix},
        "size": {"type": "integer", "default": 3, "x-heffl-evidence": "described"},
        "more": {"type": "string", "x-heffl-evidence": "observed"},
    }));
    let printed = requiring(
        &["id"],
        json!({"id": {"type": "string"}, "size": {"type": "integer", "maximum": 9}}),
    );
    let prefixes = self::facts("prefixes", json!({"x-heffl-prefixes": {"gdg_": "gadget"}}));
    let draft = document(
        "v2",
        &[
            responding("GET /gadgets/{id}", facts),
            page("GET /gadgets/{id}", printed, json!({})),
            prefixes,
        ],
        &Names::default(),
    )
    .unwrap();
    let gadget = schema(&draft.document, "Gadget");
    assert_eq!(gadget["required"], json!(["id"]));
    assert_eq!(gadget["properties"]["id"]["x-heffl-id"]["of"], "gadget");
    assert_eq!(gadget["properties"]["size"]["default"], 3);
    assert_eq!(gadget["properties"]["size"]["maximum"], 9);
    assert_eq!(
        gadget["properties"]["size"]["x-heffl-evidence"],
        "documented"
    );
    assert_eq!(gadget["properties"]["more"]["x-heffl-evidence"], "observed");
    assert_eq!(draft.agreement.contradicted, []);
}

#[test]
fn a_fact_that_a_page_also_prints_is_redundant() {
    let both = || object(json!({"id": {"type": "string"}}));
    let draft = layered(both(), both());
    let [redundant] = draft.agreement.redundant.as_slice() else {
        panic!("{:?}", draft.agreement)
    };
    let operation = "/paths/~1gadgets~1{id}/get";
    assert_eq!(redundant.pointer.as_deref(), Some(operation));
    assert!(
        redundant
            .file
            .as_deref()
            .unwrap()
            .starts_with("spec/facts/v2/")
    );
}

/// A page that shows an object only in its sample does not show which fields are required.
#[test]
fn facts_win_over_samples_of_a_page() {
    let part = |evidence: &str| json!({"type": "array", "items": requiring(&["size"], json!({"size": {"type": "number", "x-heffl-evidence": evidence}}))});
    let mut sampled = part("sampled");
    sampled["items"].as_object_mut().unwrap().remove("required");
    let facts = operation(
        "POST /gadgets",
        Some(object(json!({"parts": part("described")}))),
        id(),
    );
    let mut page = operation(
        "POST /gadgets",
        Some(object(json!({"parts": sampled}))),
        id(),
    );
    page.page = self::page("POST /gadgets", id(), json!({})).page;
    page.file = "spec/pages/x.yaml".to_owned();
    let document = build(&[facts, page]);
    let part = schema(&document, "CreateGadgetPart");
    assert_eq!(part["required"], json!(["size"]), "{document:#}");
}

#[test]
fn a_page_wins_over_facts_with_weaker_evidence() {
    let fact = object(json!({"size": {"type": "number", "x-heffl-evidence": "sampled"}}));
    let draft = layered(object(json!({"size": {"type": "string"}})), fact);
    assert_eq!(
        schema(&draft.document, "Gadget")["properties"]["size"]["type"],
        "string"
    );
    assert_eq!(draft.agreement.contradicted, []);
}

#[test]
fn a_contradiction_keeps_the_earlier_choice_and_is_reported() {
    let printed = object(json!({"size": {"type": "string"}}));
    let draft = layered(printed, object(json!({"size": {"type": "number"}})));
    assert_eq!(
        schema(&draft.document, "Gadget")["properties"]["size"]["type"],
        "number"
    );
    let [contradicted] = draft.agreement.contradicted.as_slice() else {
        panic!("{:?}", draft.agreement)
    };
    assert!(
        contradicted
            .message
            .contains("this is number here, string on the page"),
        "{contradicted}"
    );
    assert!(
        contradicted
            .pointer
            .as_deref()
            .unwrap()
            .ends_with("/properties/size"),
        "{contradicted}"
    );
    assert!(contradicted.help.is_some());
}

#[test]
fn of_two_contradicting_pages_the_first_wins() {
    let typed = |key: &str, ty: Value| responding(key, object(json!({"a": ty})));
    let draft = |other: Value| {
        let first = typed(
            "GET /gadgets/{id}",
            json!({"type": "string", "format": "uuid"}),
        );
        let fragments = [first, typed("POST /gadgets", other)];
        document("v2", &fragments, &Names::default()).unwrap()
    };
    let contradicting = draft(json!({"type": "number"}));
    let property = &schema(&contradicting.document, "Gadget")["properties"]["a"];
    assert_eq!(property["type"], "number");
    let [contradicted] = contradicting.agreement.contradicted.as_slice() else {
        panic!("{:?}", contradicting.agreement)
    };
    let place = "/components/schemas/Gadget/properties/a";
    assert_eq!(contradicted.pointer.as_deref(), Some(place));
    for words in [
        "one page calls it number, another string<uuid>",
        "spec/facts/v2/POST--gadgets.yaml",
    ] {
        assert!(contradicted.to_string().contains(words), "{contradicted}");
    }
    // A less specific page does not contradict.
    let agreeing = draft(json!({"type": "string"}));
    let property = &schema(&agreeing.document, "Gadget")["properties"]["a"];
    assert_eq!(property["format"], "uuid");
    assert_eq!(agreeing.agreement.contradicted, []);
}

#[test]
fn an_unexplained_prefix_is_omitted_with_a_warning() {
    let gadget = object(json!({"a": {"type": "string", "x-heffl-id": {"prefix": "zzz_"}}}));
    let fragments = [responding("GET /gadgets/{id}", gadget)];
    let draft = document("v2", &fragments, &Names::default()).unwrap();
    let property = &schema(&draft.document, "Gadget")["properties"]["a"];
    assert_eq!(property.get("x-heffl-id"), None);
    let warning = draft.warnings[0].to_string();
    assert!(
        warning.contains("zzz_") && warning.contains("Gadget"),
        "{warning}"
    );
}

/// Fragments, names and the expected part of the findings.
type Case = (Vec<Fragment>, &'static str, &'static str);

#[test]
#[allow(clippy::too_many_lines, reason = "one table of cases")]
fn invalid_fragments_are_reported() {
    let good = || responding("GET /gadgets/{id}", id());
    let typed = |key: &str, ty: &str| responding(key, object(json!({"a": {"type": ty}})));
    let cases: Vec<Case> = vec![
        (
            vec![
                operation("POST /a", Some(taking_over("CreateB", &[])), id()),
                operation("POST /b", Some(taking_over("CreateA", &[])), id()),
            ],
            "",
            "properties in a circle",
        ),
        (
            vec![operation(
                "POST /a",
                Some(taking_over("CreateNothing", &[])),
                id(),
            )],
            "",
            "no operation has a schema CreateNothing",
        ),
        (vec![good()], "v2: {operations: {GET /x: x}}", "name-unused"),
        (
            vec![
                good(),
                operation(
                    "PATCH /gadgets/{id}",
                    Some(taking_over("Gadget", &["nope"])),
                    id(),
                ),
            ],
            "",
            "no property `nope` to leave out",
        ),
        (
            vec![good(), responding("GET /gadgets/{key}", id())],
            "",
            "operation-twice",
        ),
        (
            vec![good(), responding("PATCH /gadgets/{key}", id())],
            "",
            "operation-twice",
        ),
        (
            vec![
                good(),
                facts(
                    "guide",
                    json!({"servers": [{"url": "https://other.example.com"}]}),
                ),
            ],
            "",
            "servers-differ",
        ),
        (
            vec![
                good(),
                facts("guide", json!({"paths": {"/crates": {"get": {}}}})),
            ],
            "",
            "operation-without-fragment",
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
    for (fragments, names, expected) in cases {
        let found = failure(&fragments, names);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn verify_names_every_gap() {
    let mut value = build(&[responding("GET /gadgets/{id}", id())]);
    value["components"]["schemas"]["Unused"] = json!({"type": "object"});
    value["paths"]["/gadgets/{id}"]["get"]["responses"]["404"] =
        json!({"$ref": "#/components/responses/NotFound"});
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
fn events_need_descriptions_and_unique_names() {
    let mut value = build(&[responding("GET /gadgets/{id}", id())]);
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
fn a_filter_field_needs_a_description_and_evidence() {
    let mut value = build(&[responding("GET /gadgets/{id}", id())]);
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

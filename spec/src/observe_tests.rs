use serde_json::{Value, json};

use super::*;

const FACTS: &str = "
x-heffl-evidence: described
servers: [{url: 'https://api.example.com/api/v2'}]
security: [{Key: []}]
components: {securitySchemes: {Key: {type: apiKey, in: header, name: x-key}}}
paths:
  /gadgets:
    get:
      x-heffl-page: ref/list-gadgets
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                properties:
                  data: {type: array, items: {$ref: '#/components/schemas/Gadget'}}
  '/gadgets/{id}':
    get:
      x-heffl-page: ref/get-a-gadget
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200':
          content:
            application/json:
              schema:
                type: object
                properties:
                  id: {type: string}
                  weight: {type: number}
                  parts: {type: array, items: {type: object, properties: {name: {type: string}}}}
";

fn inputs() -> Inputs {
    let file = "spec/facts/v2/gadgets.yaml".to_owned();
    Inputs::default().with([(file, FACTS.to_owned())], &[])
}

/// The result of a report of `GET /gadgets`.
fn observed(inputs: &Inputs, shape: &Value) -> Observed {
    let report = json!({"heffl": "0.1.0", "operations": [
        {"version": "v2", "id": "listGadgets", "path": "/gadgets", "status": 200, "shape": shape},
        {"version": "v2", "id": "getGadget", "path": "/gadgets/{id}", "status": null, "shape": {}},
    ]});
    observe(inputs, &report.to_string(), "report.json").unwrap()
}

fn document(inputs: &Inputs) -> Value {
    let assembled = assemble::assemble(inputs).unwrap();
    let (file, text) = &assembled.files[0];
    yaml::read(text, file).unwrap()
}

fn shape() -> Value {
    json!({
        "": ["object"], "data": ["array"], "data[]": ["object"],
        "data[].id": ["string"], "data[].weight": ["integer", "number"],
        "data[].colour": ["null", "string"], "data[].secret": ["null"], "data[].cf_*": ["string"],
        "data[].parts": ["array"], "data[].parts[]": ["object"], "data[].parts[].name": ["string"],
        "data[].parts[].count": ["integer"],
        "data[].maker": ["object"], "data[].maker.name": ["string"], "data[].maker.tags": ["array"],
    })
}

#[test]
fn fields_that_the_document_lacks_become_facts_with_their_evidence() {
    let inputs = inputs();
    let observed = observed(&inputs, &shape());
    assert_eq!(observed.differing, []);
    assert_eq!(
        observed.added,
        ["v2 Gadget.colour", "v2 Gadget.maker", "v2 GadgetPart.count"]
    );
    let document = document(&inputs.with(observed.files, &[]));
    let schemas = &document["components"]["schemas"];
    let colour = &schemas["Gadget"]["properties"]["colour"];
    assert_eq!(
        (&colour["type"], &colour["x-heffl-evidence"]),
        (&json!("string"), &json!("observed"))
    );
    assert_eq!(
        schemas["GadgetPart"]["properties"]["count"]["type"],
        "number"
    );
    // The evidence of known fields does not change.
    assert_eq!(
        schemas["Gadget"]["properties"]["weight"]["x-heffl-evidence"],
        "described"
    );
}

#[test]
fn a_report_adds_only_new_facts_to_earlier_ones() {
    let inputs = inputs();
    let first = observed(&inputs, &json!({"data[].colour": ["string"]}));
    let inputs = inputs.with(first.files, &[]);
    let second = observed(
        &inputs,
        &json!({"data[].colour": ["string"], "data[].size": ["boolean"]}),
    );
    assert_eq!(second.added, ["v2 Gadget.size"]);
    let (_, text) = &second.files[0];
    assert!(text.contains("colour") && text.contains("size"), "{text}");
    let inputs = inputs.with(second.files.clone(), &[]);
    assert_eq!(
        observed(&inputs, &shape()).added,
        ["v2 Gadget.maker", "v2 GadgetPart.count"]
    );
    assert_eq!(
        observed(&inputs, &json!({"data[].size": ["boolean"]})),
        Observed::default()
    );
}

#[test]
fn another_type_than_documented_is_reported() {
    let observed = observed(&inputs(), &json!({"data[].weight": ["string", "integer"]}));
    assert!(observed.files.is_empty());
    let [finding] = &observed.differing[..] else {
        panic!("{:?}", observed.differing)
    };
    assert_eq!(
        finding.message,
        "listGadgets: data[].weight is string, and number in the document"
    );
}

#[test]
fn other_files_are_refused() {
    for text in ["", "{", "[]", r#"{"operations": 1}"#] {
        let findings = observe(&inputs(), text, "report.json").unwrap_err();
        assert_eq!(findings[0].rule, "report-invalid", "{text}");
    }
}

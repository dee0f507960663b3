use serde_json::json;

use super::{measure::measure, *};

fn tally(counts: [usize; 5]) -> Tally {
    let counts = Evidence::ALL.into_iter().zip(counts);
    counts.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn tallies() {
    assert_eq!(listed(&Tally::new()), "–");
    let some = tally([2, 0, 0, 0, 1]);
    assert_eq!(
        (listed(&some), total(&some)),
        ("2 documented, 1 inferred".to_owned(), 3)
    );
    assert_eq!(evidence(Some(&json!("inferred"))), Some(Evidence::Inferred));
    for word in [json!("rumoured"), json!(1)] {
        assert_eq!(evidence(Some(&word)), None);
    }
}

#[test]
fn fields_are_counted_through_references_lists_and_alternatives() {
    let document = json!({
        "paths": {"/gadgets": {
            "parameters": [{"$ref": "#/components/parameters/Team"}],
            "post": {
                "x-heffl-evidence": "described",
                "x-heffl-source": {"page": "https://docs.heffl.com/ref/create-gadget", "form": "facts"},
                "parameters": [{"name": "dry", "x-heffl-evidence": "documented"}],
                "requestBody": {"content": {"application/json": {"schema": {
                    "properties": {"name": {"x-heffl-evidence": "documented"}}
                }}}},
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Gadget"}}}},
                    "404": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Gadget"}}}}
                }
            }
        }},
        "components": {
            "parameters": {"Team": {"name": "team", "x-heffl-evidence": "observed"}},
            "schemas": {
                "Gadget": {"properties": {
                    "id": {"x-heffl-evidence": "documented"},
                    // A gadget in a gadget is counted once, not for ever.
                    "parts": {"x-heffl-evidence": "sampled", "items": {"$ref": "#/components/schemas/Gadget"}},
                    "colour": {"x-heffl-evidence": "inferred", "oneOf": [{"$ref": "#/components/schemas/Colour"}]}
                }},
                "Colour": {"properties": {"name": {"x-heffl-evidence": "sampled"}}}
            }
        }
    });
    let operations = measure(&document);
    let [operation] = operations.as_slice() else {
        panic!("one operation")
    };
    assert_eq!(operation.name, "POST /gadgets");
    assert_eq!(operation.evidence, Some(Evidence::Described));
    assert_eq!(operation.form, "facts");
    assert_eq!(operation.parameters, tally([1, 0, 0, 1, 0]));
    assert_eq!(operation.request, tally([1, 0, 0, 0, 0]));
    assert_eq!(operation.response, tally([1, 2, 0, 0, 1]));
    assert_eq!(operation.weak[0].0, "team");
}

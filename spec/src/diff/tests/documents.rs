//! An example of every rule about other parts than schemas.

use serde_json::{Value, json};

use super::{document, merge};

/// `(old, new, expected)`, each part merged into [`document`].
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn examples() -> Vec<(Value, Value, Vec<&'static str>)> {
    let operation = |patch: Value| json!({"paths": {"/gadgets": {"post": patch}}});
    let parameter = |patch: Value| {
        let mut parameter = json!({"name": "size", "in": "query", "schema": {"type": "string"}});
        merge(&mut parameter, &patch);
        operation(json!({"parameters": [parameter]}))
    };
    let filters = |fields: Value| parameter(json!({"x-heffl-filters": fields}));
    let kinds =
        |operators: Value| json!({"x-heffl-filter-kinds": {"option": {"operators": operators}}});
    let body = |patch: Value| operation(json!({"requestBody": patch}));
    let respond_with = |patch: Value| operation(json!({"responses": {"200": patch}}));
    let scheme = |patch: Value| json!({"components": {"securitySchemes": {"Key": patch}}});
    let page = |patch: Value| {
        respond_with(json!({"content": {"application/json": {"schema": {"x-heffl-page": patch}}}}))
    };
    let nothing = || json!({});
    let text = || json!({"application/json": {"schema": {"type": "string"}}});
    let both = || json!({"application/json": {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}});
    let key = || json!({"type": "apiKey", "in": "header", "name": "x-key"});

    let callback = |path: &str| {
        let call = json!({"post": {"requestBody": {"content": text()}}});
        operation(json!({"callbacks": {"done": {path: call}}}))
    };
    let mut cases = vec![
        (
            nothing(),
            json!({"x-unknown": 1}),
            vec!["document-not-compared"],
        ),
        (
            nothing(),
            operation(json!({"x-unknown": 1})),
            vec!["operation-not-compared"],
        ),
        (
            json!({"components": {"securitySchemes": {"Key": key()}}}),
            json!({"components": {"securitySchemes": {"Key": merged(&key(), &json!({"x-unknown": 1}))}}}),
            vec!["security-not-compared"],
        ),
        (nothing(), callback("{$url}"), vec!["callback-added"]),
        (callback("{$url}"), nothing(), vec!["callback-removed"]),
        (
            nothing(),
            json!({"servers": [{"url": "https://widgets.example"}]}),
            vec!["base-url-changed"],
        ),
        (
            nothing(),
            json!({"info": {"version": "2"}}),
            vec!["document-version-changed"],
        ),
        (
            json!({"servers": [{"url": "a"}]}),
            json!({"servers": [{"url": "b"}, {"url": "a"}]}),
            vec!["server-added"],
        ),
        (
            json!({"servers": [{"url": "a"}, {"url": "b"}]}),
            json!({"servers": [{"url": "b"}]}),
            vec!["server-removed"],
        ),
        (
            json!({"servers": [{"url": "{a}", "variables": {"a": {"default": "b"}}}]}),
            json!({"servers": [{"url": "{a}", "variables": {"a": {"default": "c"}}}]}),
            vec!["server-variables-changed"],
        ),
        (
            operation(json!({})),
            operation(json!({"operationId": "buildGadget"})),
            vec!["operation-id-changed"],
        ),
        (
            operation(json!({})),
            operation(json!({"tags": ["gadgets", "tools"]})),
            vec!["operation-tag-added"],
        ),
        (
            operation(json!({"tags": ["gadgets", "tools"]})),
            operation(json!({})),
            vec!["operation-tag-removed"],
        ),
        (
            nothing(),
            operation(json!({"servers": [{"url": "https://elsewhere.example"}]})),
            vec!["operation-servers-changed"],
        ),
        (
            nothing(),
            json!({"paths": {"/gadgets": null, "/tools": {"post": document(&nothing())["paths"]["/gadgets"]["post"].clone()}}}),
            vec!["operation-path-changed"],
        ),
        (
            nothing(),
            json!({"paths": {"/gadgets": {"post": null, "put": document(&nothing())["paths"]["/gadgets"]["post"].clone()}}}),
            vec!["operation-method-changed"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"in": "header"})),
            vec!["parameter-location-changed"],
        ),
        (
            parameter(json!({})),
            operation(json!({"parameters": []})),
            vec!["parameter-removed"],
        ),
        (
            operation(json!({"parameters": []})),
            parameter(json!({})),
            vec!["parameter-added"],
        ),
        (
            operation(json!({"parameters": []})),
            parameter(json!({"required": true})),
            vec!["parameter-added-required"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"style": "pipeDelimited"})),
            vec!["parameter-style-changed"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"explode": false})),
            vec!["parameter-explode-changed"],
        ),
        (
            parameter(json!({})),
            parameter(json!({"schema": null, "content": text()})),
            vec!["parameter-content-changed"],
        ),
        (
            body(nothing()),
            operation(json!({"requestBody": null})),
            vec!["request-body-removed"],
        ),
        (
            nothing(),
            body(json!({"content": text()})),
            vec!["request-body-added"],
        ),
        (
            nothing(),
            body(json!({"content": text(), "required": true})),
            vec!["request-body-added-required"],
        ),
        (
            body(json!({"content": text()})),
            body(json!({"content": both()})),
            vec!["request-media-type-added"],
        ),
        (
            body(json!({"content": both()})),
            body(json!({"content": text()})),
            vec!["request-media-type-removed"],
        ),
        (
            body(
                json!({"content": {"multipart/form-data": {"encoding": {"a": {"contentType": "text/csv"}}}}}),
            ),
            body(
                json!({"content": {"multipart/form-data": {"encoding": {"a": {"contentType": "image/png"}}}}}),
            ),
            vec!["request-encoding-changed"],
        ),
        (
            respond_with(json!({"content": text()})),
            respond_with(json!({"content": both()})),
            vec!["response-media-type-added"],
        ),
        (
            respond_with(json!({"content": both()})),
            respond_with(json!({"content": text()})),
            vec!["response-media-type-removed"],
        ),
        (
            page(json!({"items": "/data"})),
            page(json!({"items": "/list"})),
            vec!["response-paging-changed"],
        ),
        (
            respond_with(
                json!({"content": {"application/json": {"schema": {"enum": ["a"], "x-heffl-closed": true}}}}),
            ),
            respond_with(
                json!({"content": {"application/json": {"schema": {"enum": ["a", "b"], "x-heffl-closed": true}}}}),
            ),
            vec!["response-closed-enum-value-added"],
        ),
        (
            json!({"security": [{"Key": ["read"]}]}),
            json!({"security": [{"Key": ["write"]}]}),
            vec!["security-scope-added", "security-scope-removed"],
        ),
        // No changes of meaning.
        (
            scheme(key()),
            json!({"components": {"securitySchemes": {"Other": key()}}}),
            vec![],
        ),
    ];
    // Pairs of opposites: `(without, with, came, went)`.
    for (without, with, came, went) in [
        (
            nothing(),
            json!({"x-webhooks": {"gadgetMade": {"post": {}}}}),
            "webhook-added",
            "webhook-removed",
        ),
        (
            json!({"x-webhooks": {"gadgetMade": {"post": {}}}}),
            json!({"x-webhooks": {"gadgetMade": {"post": {"requestBody": {"required": true, "content": text()}}}}}),
            "webhook-body-added",
            "webhook-body-removed",
        ),
        (
            nothing(),
            json!({"paths": {"/tools": {"get": {"responses": {}}}}}),
            "operation-added",
            "operation-removed",
        ),
        (
            nothing(),
            operation(json!({"deprecated": true})),
            "operation-deprecated",
            "operation-undeprecated",
        ),
        (
            operation(json!({"x-heffl-evidence": "sampled"})),
            operation(json!({"x-heffl-evidence": "documented"})),
            "operation-evidence-strengthened",
            "operation-evidence-weakened",
        ),
        (
            nothing(),
            json!({"security": [{"Key": []}]}),
            "security-introduced",
            "security-dropped",
        ),
        (
            json!({"security": [{"Key": []}]}),
            operation(json!({"security": [{"Key": []}, {"Other": []}]})),
            "",
            "",
        ),
        (
            json!({"security": [{"Key": []}]}),
            json!({"security": [{"Key": []}, {"Other": []}]}),
            "security-alternative-added",
            "security-alternative-removed",
        ),
        (
            scheme(key()),
            json!({"components": {"securitySchemes": {"Key": key(), "Other": {"type": "http"}}}}),
            "security-scheme-added",
            "security-scheme-removed",
        ),
        (
            scheme(json!({"type": "http"})),
            scheme(json!({"type": "openIdConnect"})),
            "security-scheme-type-changed",
            "security-scheme-type-changed",
        ),
        (
            scheme(key()),
            scheme(json!({"type": "apiKey", "in": "query", "name": "x-key"})),
            "security-scheme-place-changed",
            "security-scheme-place-changed",
        ),
        (
            scheme(key()),
            scheme(json!({"type": "apiKey", "in": "header", "name": "key"})),
            "security-scheme-name-changed",
            "security-scheme-name-changed",
        ),
        (
            scheme(json!({"type": "http", "scheme": "basic"})),
            scheme(json!({"type": "http", "scheme": "bearer"})),
            "security-scheme-http-changed",
            "security-scheme-http-changed",
        ),
        (
            scheme(json!({"type": "http", "bearerFormat": "a"})),
            scheme(json!({"type": "http", "bearerFormat": "b"})),
            "security-scheme-format-changed",
            "security-scheme-format-changed",
        ),
        (
            scheme(json!({"type": "oauth2", "flows": {}})),
            scheme(json!({"type": "oauth2", "flows": {"implicit": {}}})),
            "security-scheme-flows-changed",
            "security-scheme-flows-changed",
        ),
        (
            scheme(json!({"type": "openIdConnect", "openIdConnectUrl": "a"})),
            scheme(json!({"type": "openIdConnect", "openIdConnectUrl": "b"})),
            "security-scheme-discovery-changed",
            "security-scheme-discovery-changed",
        ),
        (
            parameter(json!({})),
            parameter(json!({"required": true})),
            "parameter-became-required",
            "parameter-became-optional",
        ),
        (
            parameter(json!({})),
            parameter(json!({"allowReserved": true})),
            "parameter-reserved-allowed",
            "parameter-reserved-refused",
        ),
        (
            parameter(json!({})),
            parameter(json!({"allowEmptyValue": true})),
            "parameter-empty-allowed",
            "parameter-empty-refused",
        ),
        (
            parameter(json!({})),
            parameter(json!({"x-heffl-json": true})),
            "parameter-json-added",
            "parameter-json-removed",
        ),
        (
            parameter(json!({})),
            filters(json!({})),
            "parameter-filters-added",
            "parameter-filters-removed",
        ),
        (
            filters(json!({})),
            filters(json!({"size": {"kind": "option"}})),
            "filter-field-added",
            "filter-field-removed",
        ),
        (
            filters(json!({"size": {"kind": "option"}})),
            filters(json!({"size": {"kind": "date"}})),
            "filter-field-kind-changed",
            "filter-field-kind-changed",
        ),
        (
            json!({}),
            kinds(json!({})),
            "filter-kind-added",
            "filter-kind-removed",
        ),
        (
            kinds(json!({})),
            kinds(json!({"is": {"values": "one"}})),
            "filter-operator-added",
            "filter-operator-removed",
        ),
        (
            kinds(json!({"is": {"values": "one"}})),
            kinds(json!({"is": {"values": "many"}})),
            "filter-operator-values-changed",
            "filter-operator-values-changed",
        ),
        (
            parameter(json!({})),
            parameter(json!({"deprecated": true})),
            "parameter-deprecated",
            "parameter-undeprecated",
        ),
        (
            body(json!({"content": text()})),
            body(json!({"content": text(), "required": true})),
            "request-body-became-required",
            "request-body-became-optional",
        ),
        (
            nothing(),
            operation(json!({"responses": {"201": {"description": ""}}})),
            "response-success-added",
            "response-success-removed",
        ),
        (
            nothing(),
            operation(json!({"responses": {"404": {"description": ""}}})),
            "response-error-added",
            "response-error-removed",
        ),
        (
            nothing(),
            respond_with(json!({"content": text()})),
            "response-body-added",
            "response-body-removed",
        ),
        (
            nothing(),
            respond_with(json!({"headers": {"X-Rate": {}}})),
            "response-header-added",
            "response-header-removed",
        ),
        (
            respond_with(json!({"headers": {"X-Rate": {}}})),
            respond_with(json!({"headers": {"x-rate": {"required": true}}})),
            "response-header-became-required",
            "response-header-became-optional",
        ),
        (
            page(json!({})),
            respond_with(json!({"content": {"application/json": {"schema": {}}}})),
            "response-paging-removed",
            "response-paging-added",
        ),
    ] {
        if came.is_empty() {
            // An operation that differs from its document.
            cases.push((
                without.clone(),
                merged(&without, &with),
                vec!["security-alternative-added"],
            ));
            cases.push((
                merged(&without, &with),
                without,
                vec!["security-alternative-removed"],
            ));
        } else {
            cases.push((without.clone(), with.clone(), vec![came]));
            cases.push((with, without, vec![went]));
        }
    }
    cases
}

fn merged(base: &Value, patch: &Value) -> Value {
    let mut base = base.clone();
    merge(&mut base, patch);
    base
}

//! Writing an assembly as an OpenAPI document.

use serde_json::{Map, Value, json};

use super::{
    ERROR_RESPONSES,
    document::{Assembly, Call, Given},
    emit,
    shape::{Object, Shape},
};
use crate::record::{Content, Evidence, Location};

/// The documentation site.
const SITE: &str = "https://docs.heffl.com/";

/// Why a success is 200 where the page does not say so.
const STATUS_RULE: &str =
    "The page no longer tells the status; every page that does says 200, creates included.";

impl Assembly<'_> {
    /// The whole document.
    pub(super) fn write(&self, version: &str, server: &str, calls: &[Call<'_>]) -> Value {
        let mut paths: Map<String, Value> = Map::new();
        let mut tags: Vec<Value> = Vec::new();
        for call in calls {
            let tag = json!({"name": call.operation.noun.tag});
            if !tags.contains(&tag) {
                tags.push(tag);
            }
            let item = paths
                .entry(call.operation.record.path.clone())
                .or_insert_with(|| json!({}));
            item[call.operation.record.method.to_ascii_lowercase()] = self.operation(call);
        }
        let mut schemas: Map<String, Value> = Map::new();
        for (name, schema) in &self.components.objects {
            let mut written = emit::object(&schema.object, &self.prefixes);
            if let Some(page) = self.page(name, &schema.object) {
                written.insert("x-heffl-page".into(), page);
            }
            schemas.insert(name.clone(), Value::Object(written));
        }
        for (name, words) in &self.components.enums {
            schemas.insert(name.clone(), emit::words(words));
        }
        let number = version.trim_start_matches('v');
        let mut document = json!({
            "openapi": "3.0.3",
            "info": {"title": format!("Heffl CRM API {version}"), "version": number},
            "servers": [{"url": server}],
            "tags": tags,
            "paths": paths,
            "components": {"schemas": schemas},
        });
        if let Some(header) = calls
            .iter()
            .flat_map(|call| &call.operation.record.authorization)
            .find(|parameter| parameter.location == Location::Header)
        {
            document["security"] = json!([{"ApiKey": []}]);
            document["components"]["securitySchemes"] = json!({
                "ApiKey": {"type": "apiKey", "in": "header", "name": header.field.name}
            });
        }
        document
    }

    fn operation(&self, call: &Call<'_>) -> Value {
        let record = call.operation.record;
        let source = call.operation.source;
        let mut written = emit::map(json!({
            "operationId": call.operation.noun.operation_id,
            "tags": [call.operation.noun.tag],
        }));
        if !call.parameters.is_empty() {
            let parameters: Vec<_> = call
                .parameters
                .iter()
                .map(|given| self.parameter(given))
                .collect();
            written.insert("parameters".into(), json!(parameters));
        }
        if let (Some(shape), Some(body)) = (&call.body, &record.body) {
            let mut request = Map::new();
            if !body.optional {
                request.insert("required".into(), json!(true));
            }
            request.insert("content".into(), media(shape, &body.content));
            written.insert("requestBody".into(), Value::Object(request));
        }
        written.insert("responses".into(), Self::responses(call));
        if record.deprecated {
            written.insert("deprecated".into(), json!(true));
        }
        written.extend(emit::evidence(record.evidence, None));
        written.insert(
            "x-heffl-source".into(),
            json!({"page": format!("{SITE}{}", source.page), "form": source.form.as_str()}),
        );
        Value::Object(written)
    }

    fn parameter(&self, given: &Given<'_>) -> Map<String, Value> {
        let member = &given.member;
        let mut written = emit::map(json!({"name": given.name, "in": given.location.word()}));
        if given.location == Location::Path || member.required {
            written.insert("required".into(), json!(true));
        }
        if member.deprecated {
            written.insert("deprecated".into(), json!(true));
        }
        let mut schema = emit::value(member, &self.prefixes);
        // A bare reference reads better where nothing stands beside it.
        if let (1, Shape::Component(name)) = (schema.len(), &member.shape) {
            schema = emit::map(emit::reference(name));
        }
        written.insert("schema".into(), Value::Object(schema));
        written.extend(emit::id(member, &self.prefixes));
        if given.json {
            written.insert("x-heffl-json".into(), json!(true));
        }
        written.extend(emit::evidence(member.evidence, member.rule.as_deref()));
        written
    }

    fn responses(call: &Call<'_>) -> Value {
        let record = call.operation.record;
        let response = &record.response;
        let same_as = response.content.same_as.as_ref();
        let (evidence, rule) = match (same_as, response.status) {
            (Some(same_as), _) if same_as.evidence < record.evidence => {
                (same_as.evidence, same_as.rule.as_str())
            }
            (_, Some(_)) => (record.evidence, STATUS_RULE),
            (_, None) => (Evidence::Inferred, STATUS_RULE),
        };
        let content = media(&call.response, &response.content);
        let mut success = emit::map(json!({"description": "Success.", "content": content}));
        success.extend(emit::evidence(evidence, Some(rule)));
        let mut responses = Map::new();
        let status = response.status.unwrap_or(200).to_string();
        responses.insert(status, Value::Object(success));
        for (status, name) in ERROR_RESPONSES {
            responses.insert(
                status.to_owned(),
                json!({"$ref": format!("#/components/responses/{name}")}),
            );
        }
        for (answer, shape) in &call.failures {
            // Its description is for an overlay to write.
            let mut failure = Map::new();
            if let Some(shape) = shape {
                failure.insert("content".into(), media(shape, &answer.content));
            }
            failure.extend(emit::evidence(record.evidence, None));
            responses.insert(answer.status.clone(), Value::Object(failure));
        }
        Value::Object(responses)
    }

    /// `x-heffl-page`, if the object is the envelope of a list.
    fn page(&self, name: &str, object: &Object) -> Option<Value> {
        if !name.ends_with("List") {
            return None;
        }
        let list = ["data", "items"].into_iter().find(|name| {
            object
                .members
                .get(*name)
                .is_some_and(|member| matches!(member.shape, Shape::List(_)))
        })?;
        let has_cursor = |object: &Object| {
            object.members.contains_key("nextCursor") && object.members.contains_key("hasMore")
        };
        let meta = object
            .members
            .get("meta")
            .and_then(|member| match &member.shape {
                Shape::Component(name) => self.components.objects.get(name),
                _ => None,
            });
        let place = if has_cursor(object) {
            Some("")
        } else if meta.is_some_and(|meta| has_cursor(&meta.object)) {
            Some("/meta")
        } else {
            None
        };
        let mut page = json!({"items": format!("/{list}")});
        if let Some(place) = place {
            page["nextCursor"] = json!(format!("{place}/nextCursor"));
            page["hasMore"] = json!(format!("{place}/hasMore"));
            page["cursorParameter"] = json!("cursor");
        }
        Some(page)
    }
}

fn media(shape: &Shape, content: &Content) -> Value {
    let mut media = json!({"schema": emit::shape_schema(shape)});
    if let Some(sample) = &content.sample {
        media["example"] = sample.clone();
    }
    let media_type = content.media_type.as_deref().unwrap_or("application/json");
    json!({media_type: media})
}

impl Location {
    fn word(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

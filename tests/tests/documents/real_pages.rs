//! Pages and documents of real sites, if they are available: they are never committed.
//!
//! `HEFFL_MARKDOWN_DIR` is a folder of Markdown pages, one folder a site, with the sites' own OpenAPI files in
//! `specs`; `HEFFL_SITE_DIR` a folder of saved pages of the documentation; `HEFFL_CORPUS_DIR` a folder of
//! OpenAPI documents.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use heffl_spec::{
    assemble::{Inputs, Names, assemble, document},
    fragment::Fragment,
    page, pull,
};
use heffl_tests::{fixtures::show, workspace};
use serde_json::{Map, Value, json};

/// The folder in an environment variable; `None` if it is not set.
fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        println!("{variable} is not set: nothing is compared");
    }
    folder
}

/// All files below a folder whose names have these endings, sorted.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|it| it.unwrap().path()));
        } else if endings
            .iter()
            .any(|end| path.extension().is_some_and(|it| it == *end))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A document, which may have control characters in its prose.
fn read(path: &Path) -> Value {
    let text: String = fs::read_to_string(path).unwrap();
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    serde_json::from_str(&text).unwrap_or_else(|_| serde_yaml::from_str(&text).unwrap())
}

/// The fragments of a site's operations.
fn fragments(site: &Path) -> Vec<Fragment> {
    let mut all = Vec::new();
    for file in files(site, &["md"]) {
        let address = file.strip_prefix(site).unwrap().with_extension("");
        let address = address.to_string_lossy().into_owned();
        match page::parse(&fs::read_to_string(&file).unwrap(), &address) {
            Ok(value) if value.get("openapi").is_some() => {
                let fragment = Fragment::new(value, &format!("spec/pages/{address}.yaml"));
                all.push(fragment.unwrap_or_else(|it| panic!("{}", show(&it, &address))));
            }
            Ok(_) => {}
            Err(findings) => {
                let is_older = findings.iter().all(|it| it.rule == "page-dialect-older");
                assert!(is_older, "{}", show(&findings, &address));
            }
        }
    }
    all
}

/// Every page with an OpenAPI document is read; only guides and the older dialect are refused.
#[test]
fn every_markdown_page_of_other_sites_is_read() {
    let Some(root) = folder("HEFFL_MARKDOWN_DIR") else {
        return;
    };
    for site in fs::read_dir(root).unwrap().map(|it| it.unwrap().path()) {
        if site.is_dir() {
            println!("{}: {} operations", site.display(), fragments(&site).len());
        }
    }
}

/// Converts equivalent schemas to one form, and resolves references.
struct Canonical<'a> {
    document: &'a Value,
}

impl Canonical<'_> {
    fn target<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.target(
                self.document
                    .pointer(reference.trim_start_matches('#'))
                    .unwrap(),
            ),
            None => value,
        }
    }

    /// `inside` are the references that are being resolved: a recursive schema ends there.
    fn schema(&self, schema: &Value, inside: &mut Vec<String>) -> Value {
        let Value::Object(map) = schema else {
            return match schema {
                Value::Bool(_) => json!({"boolean": schema}),
                // The end of a recursive schema.
                other => other.clone(),
            };
        };
        let map = map.clone();
        // Keywords that OpenAPI 3.0 does not have are kept under another name.
        let own = |key: String| match key.strip_prefix("x-jsonschema-") {
            Some(keyword) => keyword.to_owned(),
            None => key,
        };
        let mut map: Map<String, Value> = map
            .into_iter()
            .map(|(key, value)| (own(key), value))
            .collect();
        map.retain(|key, _| {
            !matches!(
                key.as_str(),
                "description" | "title" | "example" | "examples" | "externalDocs"
            ) && !key.starts_with("x-")
        });
        if let Some(Value::String(reference)) = map.remove("$ref") {
            if inside.contains(&reference) || inside.len() > 12 {
                return json!("…");
            }
            inside.push(reference.clone());
            let mut target = self.schema(self.target(&json!({"$ref": reference})), inside);
            inside.pop();
            if let (Value::Object(target), Value::Object(beside)) =
                (&mut target, self.schema(&Value::Object(map), inside))
            {
                target.extend(beside);
            }
            return target;
        }
        if let Some([only]) = map
            .get("allOf")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
        {
            let mut part = self.schema(&only.clone(), inside);
            map.remove("allOf");
            if let (Value::Object(part), Value::Object(beside)) =
                (&mut part, self.schema(&Value::Object(map), inside))
            {
                part.extend(beside);
            }
            return part;
        }
        self.keywords(map, inside)
    }

    fn keywords(&self, mut map: Map<String, Value>, inside: &mut Vec<String>) -> Value {
        if let Some(Value::Array(types)) = map.get("type").cloned() {
            let rest: Vec<Value> = types.iter().filter(|ty| *ty != "null").cloned().collect();
            if rest.len() < types.len() {
                map.insert("nullable".to_owned(), json!(true));
            }
            assert_eq!(rest.len(), 1, "lists of types are not compared: {types:?}");
            map.insert("type".to_owned(), rest[0].clone());
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(Value::Array(parts)) = map.remove(key) {
                let rest: Vec<&Value> =
                    parts.iter().filter(|part| part["type"] != "null").collect();
                if rest.len() < parts.len() {
                    map.insert("nullable".to_owned(), json!(true));
                }
                if let [only] = rest[..] {
                    let only = self.schema(only, inside);
                    map.extend(only.as_object().cloned().unwrap_or_default());
                } else {
                    let parts: Vec<Value> = rest
                        .into_iter()
                        .map(|part| self.schema(part, inside))
                        .collect();
                    map.insert(key.to_owned(), json!(parts));
                }
            }
        }
        if let Some(value) = map.remove("const") {
            map.insert("enum".to_owned(), json!([value]));
        }
        let values = map.get("enum").and_then(Value::as_array);
        if !map.contains_key("type") && values.is_some_and(|all| all.iter().all(Value::is_string)) {
            map.insert("type".to_owned(), json!("string"));
        }
        for (bound, flag) in [
            ("minimum", "exclusiveMinimum"),
            ("maximum", "exclusiveMaximum"),
        ] {
            if let Some(value) = map.get(flag).filter(|value| value.is_number()).cloned() {
                map.insert(bound.to_owned(), value);
                map.insert(flag.to_owned(), json!(true));
            }
        }
        for key in ["nullable", "deprecated", "uniqueItems"] {
            if map.get(key) == Some(&json!(false)) {
                map.remove(key);
            }
        }
        if let Some(Value::Array(names)) = map.get_mut("required") {
            names.sort_by_key(Value::to_string);
            if names.is_empty() {
                map.remove("required");
            }
        }
        if let Some(Value::Object(properties)) = map.get_mut("properties") {
            for property in properties.values_mut() {
                *property = self.schema(property, inside);
            }
            if properties.is_empty() {
                map.remove("properties");
            }
        }
        for key in ["items", "additionalProperties", "not", "propertyNames"] {
            if let Some(inner) = map.get_mut(key).filter(|inner| inner.is_object()) {
                *inner = self.schema(inner, inside);
            }
        }
        // By default, an object is open, and a list has items of any type.
        for (key, open) in [
            ("additionalProperties", [json!(true), json!({})]),
            ("items", [json!(true), json!({})]),
        ] {
            if map.get(key).is_some_and(|value| open.contains(value)) {
                map.remove(key);
            }
        }
        if let Some(discriminator) = map.get_mut("discriminator").and_then(Value::as_object_mut) {
            // Names of schemas are not facts.
            discriminator.remove("mapping");
        }
        Value::Object(map)
    }

    /// The facts of an operation, by location.
    fn operation(&self, path: &str, method: &str) -> BTreeMap<String, Value> {
        let item = &self.document["paths"][path];
        let operation = &item[method];
        let mut facts = BTreeMap::new();
        let mut media = |place: &str, message: &Value| {
            for (name, media) in self.target(message)["content"]
                .as_object()
                .into_iter()
                .flatten()
            {
                let schema =
                    self.schema(media.get("schema").unwrap_or(&json!({})), &mut Vec::new());
                facts.insert(format!("{place} {name}"), schema);
            }
        };
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            media(status, response);
        }
        if let Some(body) = operation.get("requestBody") {
            media("body", body);
        }
        let own = operation["parameters"].as_array().into_iter().flatten();
        for parameter in item["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .chain(own)
        {
            let parameter = self.target(parameter);
            let place = format!(
                "{} {}",
                parameter["in"].as_str().unwrap(),
                parameter["name"].as_str().unwrap()
            );
            let schema = self.schema(
                parameter.get("schema").unwrap_or(&json!({})),
                &mut Vec::new(),
            );
            let required = parameter["required"] == json!(true);
            let style = [parameter.get("style"), parameter.get("explode")];
            facts.insert(
                place,
                json!({"schema": schema, "required": required, "style": style}),
            );
        }
        facts
    }
}

/// The first difference between two values.
fn difference(one: &Value, other: &Value, place: &str) -> Option<String> {
    if one == other
        || one
            .as_f64()
            .is_some_and(|number| other.as_f64() == Some(number))
    {
        return None;
    }
    if let (Value::Object(one), Value::Object(other)) = (one, other) {
        let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        let of = |map: &Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or_default();
        return keys
            .into_iter()
            .find_map(|key| difference(&of(one, key), &of(other, key), &format!("{place}/{key}")));
    }
    if let (Value::Array(one), Value::Array(other)) = (one, other)
        && one.len() == other.len()
    {
        return (0..one.len())
            .find_map(|at| difference(&one[at], &other[at], &format!("{place}/{at}")));
    }
    Some(format!("{place}: {one} became {other}"))
}

fn methods(item: &Value) -> impl Iterator<Item = &String> {
    let methods = ["get", "post", "put", "patch", "delete", "head", "options"];
    let keys = item.as_object().into_iter().flat_map(Map::keys);
    keys.filter(move |key| methods.contains(&key.as_str()))
}

/// The document from the pages of a site equals the site's own document.
#[test]
fn the_pages_of_a_site_make_its_own_document() {
    let Some(root) = folder("HEFFL_MARKDOWN_DIR") else {
        return;
    };
    let mut own: Vec<(String, Value)> = Vec::new();
    for file in files(&root.join("specs"), &["json", "yaml"]) {
        own.push((
            file.file_name().unwrap().to_string_lossy().into_owned(),
            read(&file),
        ));
    }
    let server = |document: &Value| {
        document
            .pointer("/servers/0/url")
            .cloned()
            .unwrap_or_default()
    };
    let (mut operations, mut wrong) = (0, Vec::new());
    for (name, own) in &own {
        let site = files(&root, &["md"]);
        let site = site.iter().find_map(|file| {
            let site = file.strip_prefix(&root).ok()?.iter().next()?.to_str()?;
            name.starts_with(site).then(|| root.join(site))
        });
        let fragments: Vec<Fragment> = fragments(&site.unwrap())
            .into_iter()
            .filter(|fragment| server(&fragment.document) == server(own))
            .collect();
        if fragments.is_empty() {
            continue;
        }
        let draft = document("v1", &fragments, &Names::default());
        let draft = draft.unwrap_or_else(|it| panic!("{}", show(&it, name)));
        // Pages of different ages may contradict each other, so they cannot all agree with one file.
        let contradicted: Vec<String> = draft
            .agreement
            .contradicted
            .iter()
            .map(ToString::to_string)
            .collect();
        let is_contradicted = |found: &str| {
            let (place, _) = found.split_once(": ").unwrap_or_default();
            let key = format!("/{}`", place.rsplit('/').next().unwrap_or_default());
            contradicted.iter().any(|known| known.contains(&key))
        };
        for (path, item) in draft.document["paths"].as_object().unwrap() {
            for method in methods(item).filter(|method| own["paths"][path].get(method).is_some()) {
                operations += 1;
                let ours = Canonical {
                    document: &draft.document,
                }
                .operation(path, method);
                let theirs = Canonical { document: own }.operation(path, method);
                let places: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
                for place in places {
                    let of = |facts: &BTreeMap<String, Value>| {
                        facts.get(place).cloned().unwrap_or_default()
                    };
                    let what = format!("{name} {method} {path} {place}");
                    let found = difference(&of(&theirs), &of(&ours), &what);
                    wrong.extend(found.filter(|found| !is_contradicted(found)));
                }
            }
        }
        println!(
            "{name}: {} pages, {} contradictions",
            fragments.len(),
            contradicted.len()
        );
    }
    assert!(
        wrong.is_empty(),
        "{} of {operations} operations:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(operations > 0);
    println!("{operations} operations compared");
}

/// The components that an operation refers to, directly or indirectly.
fn reachable(document: &Value, operation: &Value) -> Value {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    found.push(reference.clone());
                }
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let mut components = json!({});
    let mut open = Vec::new();
    references(operation, &mut open);
    while let Some(reference) = open.pop() {
        let parts: Vec<&str> = reference.split('/').collect();
        if let ["#", "components", kind, name] = parts[..]
            && components[kind].get(name).is_none()
            && let Some(component) = document.pointer(&format!("/components/{kind}/{name}"))
        {
            references(component, &mut open);
            components[kind][name] = component.clone();
        }
    }
    components
}

/// The keywords of a value by location, without prose and vendor extensions.
fn keywords(value: &Value, place: &str, is_map: bool, all: &mut BTreeSet<String>) {
    const MAPS: [&str; 11] = [
        "properties",
        "patternProperties",
        "$defs",
        "definitions",
        "responses",
        "content",
        "schemas",
        "parameters",
        "headers",
        "callbacks",
        "dependentSchemas",
    ];
    const PROSE: [&str; 6] = [
        "description",
        "summary",
        "title",
        "externalDocs",
        "$comment",
        "tags",
    ];
    const DATA: [&str; 5] = ["example", "examples", "default", "enum", "const"];
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if !is_map && (PROSE.contains(&key.as_str()) || key.starts_with("x-")) {
                    continue;
                }
                let place = format!("{place}/{key}");
                all.insert(place.clone());
                if is_map || !DATA.contains(&key.as_str()) {
                    keywords(inner, &place, !is_map && MAPS.contains(&key.as_str()), all);
                }
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                keywords(inner, &format!("{place}/{index}"), false, all);
            }
        }
        _ => {}
    }
}

/// Every operation of a corpus of documents, wrapped as a page: each keyword is kept, or its loss reported.
#[test]
fn every_keyword_of_every_operation_of_a_corpus_is_kept() {
    let Some(root) = folder("HEFFL_CORPUS_DIR") else {
        return;
    };
    let (mut operations, mut refused, mut wrong) =
        (0, BTreeMap::<String, usize>::new(), Vec::new());
    for file in files(&root, &["json", "yaml", "yml"]) {
        let own = read(&file);
        let version = own["openapi"].as_str().unwrap_or_default();
        if !version.starts_with("3.0.") && !version.starts_with("3.1.") {
            continue;
        }
        for (path, item) in own["paths"].as_object().into_iter().flatten() {
            for method in methods(item) {
                operations += 1;
                let mut cut = json!({
                    "openapi": version,
                    "info": own["info"],
                    "paths": {path: {method: item[method]}},
                    "components": reachable(&own, &item[method]),
                });
                for key in ["servers", "security"] {
                    if let Some(value) = own.get(key) {
                        cut[key] = value.clone();
                    }
                }
                if let Some(parameters) = item.get("parameters") {
                    cut["paths"][path]["parameters"] = parameters.clone();
                }
                let yaml = serde_yaml::to_string(&cut).unwrap();
                let text =
                    format!("# Words\n\n## OpenAPI\n\n````yaml {method} {path}\n{yaml}````\n");
                let fragment = match page::parse(&text, "x") {
                    Ok(fragment) => fragment,
                    Err(findings) => {
                        *refused.entry(findings[0].to_string()).or_default() += 1;
                        continue;
                    }
                };
                let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
                for key in ["paths", "components"] {
                    keywords(&cut[key], key, true, &mut before);
                    keywords(
                        fragment.get(key).unwrap_or(&json!({})),
                        key,
                        true,
                        &mut after,
                    );
                }
                let lost: Vec<&String> = before.difference(&after).collect();
                let is_empty = |place: &String| place.matches('/').count() < 2;
                wrong.extend(
                    lost.into_iter()
                        .filter(|place| !is_empty(place))
                        .map(|place| format!("{}: {method} {path} {place}", file.display())),
                );
                if let Err(findings) = Fragment::new(fragment, "x") {
                    *refused.entry(findings[0].to_string()).or_default() += 1;
                }
            }
        }
    }
    for (finding, count) in &refused {
        println!("{count} pages: {finding}");
    }
    println!(
        "{operations} operations, {} refused",
        refused.values().sum::<usize>()
    );
    assert!(
        wrong.is_empty(),
        "{}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
    assert!(operations > 0);
}

/// The documents can be assembled from any pages, pulled in any order.
#[test]
fn any_of_the_real_pages_can_be_pulled() {
    let Some(site) = folder("HEFFL_SITE_DIR") else {
        return;
    };
    let inputs = Inputs::read(workspace()).unwrap();
    let pages = files(&site, &["txt", "md"]);
    let mut subsets: Vec<Vec<&PathBuf>> = pages.iter().map(|page| vec![page]).collect();
    subsets.extend((2..6).map(|step| pages.iter().step_by(step).collect()));
    subsets.push(pages.iter().collect());
    let pull = |inputs: &Inputs, subset: &[&PathBuf]| {
        let from = tempfile::tempdir().unwrap();
        for page in subset {
            let to = from.path().join(page.strip_prefix(&site).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(page, to).unwrap();
        }
        match pull::pull(inputs, from.path()) {
            Ok(pulled) => inputs.with(pulled.files, &pulled.moved),
            // A page that cannot be read changes nothing.
            Err(_) => inputs.clone(),
        }
    };
    for subset in subsets {
        let together = pull(&inputs, &subset);
        let assembled = assemble(&together)
            .unwrap_or_else(|it| panic!("{}", show(&it, &format!("{subset:?}"))));
        let one_by_one = subset
            .iter()
            .rev()
            .fold(inputs.clone(), |inputs, page| pull(&inputs, &[page]));
        assert_eq!(assemble(&one_by_one).unwrap(), assembled);
    }
}

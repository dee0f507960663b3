//! The manifest of a crate for another API.

use toml::{Table, Value};

use super::WEBHOOKS;

/// The common part of all manifests. The tests and examples of the runtime are Heffl's, and the folder may be below
/// another workspace.
const MANIFEST: &str = r#"
workspace = {}

[lib]
test = false
doctest = false

[lints.rust.unexpected_cfgs]
level = "warn"
check-cfg = ['cfg(feature, values("webhooks"))']
"#;

/// The manifest: the features of the runtime except that for webhooks, and dependencies with their versions. `runtime` is the
/// manifest of the runtime, and `workspace` that of its workspace.
pub(super) fn manifest(name: &str, runtime: &str, workspace: &str) -> Result<String, String> {
    let read = |text: &str| {
        text.parse::<Table>()
            .map_err(|error| format!("a manifest: {error}"))
    };
    let (mut own, workspace) = (read(runtime)?, read(workspace)?);
    let workspace = workspace.get("workspace").and_then(Value::as_table);
    let shared = |section: &str, key: &str| workspace?.get(section)?.get(key).cloned();

    let mut manifest = read(&format!(
        "package = {{ name = {name:?}, version = \"0.1.0\" }}\n{MANIFEST}"
    ))?;
    let mut package = table(&mut manifest, "package");
    for key in ["edition", "rust-version"] {
        package.extend(shared("package", key).map(|value| (key.to_owned(), value)));
    }
    let mut features = table(&mut own, "features");
    features.remove(WEBHOOKS);
    // An optional dependency that no feature enables would be a feature itself.
    let enabled: Vec<String> = features.values().map(ToString::to_string).collect();
    let is_enabled = |name: &str| {
        let feature = format!("dep:{name}");
        enabled.iter().any(|list| list.contains(&feature))
    };
    let inline = |dependencies: Table| -> Table {
        let used = dependencies.into_iter();
        let used = used.filter(|(name, own)| own.get("optional").is_none() || is_enabled(name));
        used.map(|(name, own)| {
            let shared = shared("dependencies", &name);
            (name, inlined(own, shared))
        })
        .collect()
    };
    let dependencies = inline(table(&mut own, "dependencies"));
    let mut targets = table(&mut own, "target");
    for (_, target) in &mut targets {
        if let Value::Table(target) = target {
            let dependencies = inline(table(target, "dependencies"));
            target.insert("dependencies".to_owned(), dependencies.into());
        }
    }
    manifest.extend([
        ("package".to_owned(), Value::Table(package)),
        ("features".to_owned(), features.into()),
        ("dependencies".to_owned(), dependencies.into()),
        ("target".to_owned(), targets.into()),
    ]);
    toml::to_string(&manifest).map_err(|error| error.to_string())
}

fn table(from: &mut Table, key: &str) -> Table {
    match from.remove(key) {
        Some(Value::Table(table)) => table,
        _ => Table::new(),
    }
}

/// A dependency, including the settings that it inherits from the workspace.
fn inlined(own: Value, shared: Option<Value>) -> Value {
    let Value::Table(mut own) = own else {
        return own;
    };
    if own.remove("workspace").is_none() {
        return own.into();
    }
    let mut all = match shared {
        Some(Value::Table(shared)) => shared,
        Some(version) => Table::from_iter([("version".to_owned(), version)]),
        None => Table::new(),
    };
    for (key, value) in own {
        match (all.get_mut(&key), value) {
            (Some(Value::Array(features)), Value::Array(more)) => features.extend(more),
            (_, value) => {
                all.insert(key, value);
            }
        }
    }
    all.into()
}

//! Compiles generated modules in batches.

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio::process::Command;

use super::process;

/// The lines of code that are compiled together.
const BATCH: usize = 60_000;

/// The code of one document.
pub(super) struct Module {
    pub(super) name: String,
    pub(super) lines: usize,
}

/// The messages of the compiler, by module.
pub(super) type Failures = BTreeMap<String, Vec<String>>;

/// Compiles modules in batches with `check`, and returns those that do not compile. `check` returns the modules with
/// errors, or fails as a whole. A batch that fails as a whole is split, until the failure is that of one module. An
/// empty batch must compile.
pub(super) async fn compile(
    modules: Vec<Module>,
    check: impl AsyncFn(&[String]) -> Result<Failures, String>,
) -> Result<Failures, String> {
    check(&[]).await?;
    let mut batches: VecDeque<Vec<String>> = VecDeque::new();
    let mut room = 0;
    for Module { name, lines } in modules {
        match batches.back_mut() {
            Some(batch) if lines <= room => {
                batch.push(name);
                room -= lines;
            }
            _ => {
                batches.push_back(vec![name]);
                room = BATCH.saturating_sub(lines);
            }
        }
    }
    let mut failures = Failures::new();
    while let Some(mut batch) = batches.pop_front() {
        match check(&batch).await {
            Ok(found) => {
                batch.retain(|module| !found.contains_key(module));
                // The compiler stops after a stage that has errors: later errors show only without the modules that
                // have the first ones.
                if !found.is_empty() && !batch.is_empty() {
                    batches.push_front(batch);
                }
                failures.extend(found);
            }
            Err(message) if batch.len() < 2 => {
                failures.extend(batch.pop().map(|module| (module, vec![message])));
            }
            Err(_) => {
                let second = batch.split_off(batch.len() / 2);
                batches.extend([batch, second]);
            }
        }
    }
    Ok(failures)
}

/// A command of cargo that [`errors`] can read.
pub(super) fn cargo(command: &str, package: &Path, target: &Path) -> Command {
    let program = std::env::var_os("CARGO").map_or("cargo".into(), PathBuf::from);
    let mut cargo = process::command(program);
    cargo
        .current_dir(package)
        .args([command, "--quiet", "--message-format", "json"])
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        // Lints are set in the code.
        .env("RUSTFLAGS", "");
    cargo
}

/// Runs a command of cargo, and sorts the errors by module.
pub(super) async fn errors(cargo: &mut Command, modules: &[String]) -> Result<Failures, String> {
    let ended = process::run(cargo).await;
    let mut failures = Failures::new();
    for line in ended.results.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let message = &message["message"];
        if message["level"] != "error" {
            continue;
        }
        let spans = message["spans"].as_array().into_iter().flatten();
        let module = spans
            .filter_map(|span| span["file_name"].as_str())
            .find_map(|file| {
                modules
                    .iter()
                    .find(|module| file.contains(&format!("src/{module}/")))
            });
        if let Some(module) = module {
            let rendered = message["rendered"].as_str().unwrap_or_default();
            failures
                .entry(module.clone())
                .or_default()
                .push(rendered.to_owned());
        }
    }
    if failures.is_empty() && !ended.success {
        return Err(format!("{modules:?} do not compile:\n{}", ended.output));
    }
    Ok(failures)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn modules(lines: &[usize]) -> Vec<Module> {
        let named = lines.iter().enumerate();
        named
            .map(|(index, &lines)| Module {
                name: format!("d{index}"),
                lines,
            })
            .collect()
    }

    #[tokio::test]
    async fn later_errors_show_in_a_check_without_the_modules_that_have_the_first_ones() {
        let batches = RefCell::new(Vec::new());
        let check = async |batch: &[String]| {
            batches.borrow_mut().push(batch.join(" "));
            let first = ["d1", "d2"].into_iter();
            let failed = first
                .filter(|it| batch.iter().any(|name| name == it))
                .take(1);
            Ok(failed
                .map(|it| (it.to_owned(), vec![format!("error in {it}")]))
                .collect())
        };
        let failures = compile(modules(&[1, 2, 3, BATCH]), check).await.unwrap();
        assert_eq!(failures["d1"], ["error in d1"]);
        assert_eq!(failures["d2"], ["error in d2"]);
        assert_eq!(failures.len(), 2);
        assert_eq!(batches.into_inner(), ["", "d0 d1 d2", "d0 d2", "d0", "d3"]);
    }

    #[tokio::test]
    async fn a_batch_that_fails_as_a_whole_is_split() {
        let check = async |batch: &[String]| {
            if batch.iter().any(|name| name == "d2") {
                return Err("stopped after 15 minutes".to_owned());
            }
            Ok(Failures::new())
        };
        let failures = compile(modules(&[1; 5]), check).await.unwrap();
        assert_eq!(failures.len(), 1);
        assert_eq!(failures["d2"], ["stopped after 15 minutes"]);
    }

    #[tokio::test]
    async fn a_failure_without_any_module_is_an_error() {
        let check = async |_: &[String]| Err("no such package".to_owned());
        let failed = compile(modules(&[1]), check).await;
        assert_eq!(failed.unwrap_err(), "no such package");
    }
}

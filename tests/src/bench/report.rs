//! `docs/BENCHMARKS.md`: the last results of each benchmark, with what they were measured on.

use std::{collections::BTreeMap, fs, io, path::Path, process::Command};

use jiff::Timestamp;

use super::{
    Table,
    chart::{CHARTS, Chart},
};

const FILE: &str = "docs/BENCHMARKS.md";

const INTRODUCTION: &str = "# Benchmarks

`cargo xtask bench NAME --save` writes the section of a benchmark. Do not edit. Other tools are measured in the same run, on the same
input. Times depend on the machine; ratios should not.
";

/// Libraries whose versions influence the figures.
const LIBRARIES: [&str; 6] = [
    "progenitor",
    "typify",
    "reqwest",
    "hyper",
    "tokio",
    "serde_json",
];

/// Replaces the section of a benchmark, and draws the charts.
pub(super) fn save(root: &Path, benchmark: &str, table: &Table) -> Result<(), String> {
    let path = root.join(FILE);
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("cannot read {FILE}: {error}")),
    };
    let images: String = Chart::of(benchmark)
        .map(|chart| format!("{}\n\n", chart.image()))
        .collect();
    let section = format!("{}\n{images}{}", environment(root), table.to_markdown());
    let page = with_section(&before, benchmark, &section);
    write(&path, &page)?;
    for chart in &CHARTS {
        if let Some(svg) = chart.draw(&page) {
            write(&path.with_file_name(chart.file), &svg)?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder
        .and_then(|()| fs::write(path, text))
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// The page with one section replaced, and all in the order of their names.
fn with_section(page: &str, name: &str, section: &str) -> String {
    let known = page.split("\n## ").skip(1);
    let mut sections: BTreeMap<&str, &str> = known
        .filter_map(|section| section.split_once('\n'))
        .map(|(name, text)| (name.trim(), text.trim()))
        .collect();
    sections.insert(name, section.trim());
    let mut text = INTRODUCTION.to_owned();
    for (name, section) in sections {
        text.extend(["\n## ", name, "\n\n", section, "\n"]);
    }
    text
}

/// The date, the machine and the versions.
fn environment(root: &Path) -> String {
    let date = Timestamp::now().strftime("%Y-%m-%d").to_string();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = first_value("/proc/cpuinfo", "model name").unwrap_or_default();
    let memory = first_value("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map(|kib: u64| format!(", {} GiB", kib.div_ceil(1024 * 1024)))
        .unwrap_or_default();
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let version = Command::new("rustc").arg("--version").output();
    let rust = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let rust = rust.unwrap_or_default();
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let versions: Vec<String> = LIBRARIES
        .iter()
        .filter_map(|name| Some(format!("{name} {}", locked_version(&lock, name)?)))
        .collect();
    format!(
        "{date}, {os} on {architecture}, {cores} cores ({}){memory}, {rust}; {}.\n",
        processor.trim(),
        versions.join(", ")
    )
}

/// The value after the colon of the first line that starts with a key.
fn first_value(file: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The version of a package in a lock file.
pub(super) fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("\nname = \"{package}\"\nversion = \""))?;
    Some(rest.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_others_stay() {
        let first = with_section("", "client", "one\n");
        let both = with_section(&first, "build", "two\n\n| a |\n|---|");
        let again = with_section(&both, "client", "three");
        assert!(again.starts_with(INTRODUCTION));
        assert_eq!(
            again.strip_prefix(INTRODUCTION).unwrap(),
            "\n## build\n\ntwo\n\n| a |\n|---|\n\n## client\n\nthree\n"
        );
        assert_eq!(with_section(&again, "client", "three"), again);
    }

    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n\n[[package]]\nname = \"b\"\nversion = \"4\"\n";
        assert_eq!(locked_version(lock, "b"), Some("4"));
        assert_eq!(locked_version(lock, "c"), None);
        let real = fs::read_to_string(crate::workspace().join("Cargo.lock")).unwrap();
        assert!(
            LIBRARIES
                .iter()
                .all(|name| locked_version(&real, name).is_some())
        );
    }
}

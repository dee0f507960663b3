//! The facts of a fragment, and how those of two states of a page differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::finding::{Finding, Severity};
use crate::fragment::{EVIDENCE, GUIDE, PAGE, guide};
use crate::openapi::{METHODS, entries};
use crate::yaml::{child, unescape};

/// How the facts of two fragments differ.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) findings: Vec<Finding>,
    /// How many facts only the newer one has, or has otherwise.
    pub(super) new: usize,
    /// How many facts both have.
    pub(super) confirmed: usize,
}

impl Difference {
    /// Whether both say the same, however often and in whatever words.
    pub(super) fn is_empty(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| finding.severity() == Some(Severity::Info))
    }
}

/// Values by place, each with how often it stands there.
type Facts = BTreeMap<String, BTreeMap<String, usize>>;

/// Compares two states of a fragment. The findings have no file.
pub(super) fn compare(old: &Value, new: &Value) -> Difference {
    let renamed = with_headings_of(old, new);
    let (old, new) = (facts(&renamed), facts(new));
    let mut difference = Difference::default();
    let (old_places, new_places) = (places(&old), places(&new));
    let mut reported: BTreeSet<(&str, Change)> = BTreeSet::new();
    let nothing = BTreeMap::new();
    for place in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let (before, after) = (
            old.get(place).unwrap_or(&nothing),
            new.get(place).unwrap_or(&nothing),
        );
        let only =
            |one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| -> Vec<String> {
                one.keys()
                    .filter(|value| !other.contains_key(*value))
                    .cloned()
                    .collect()
            };
        let (gone, more) = (only(before, after), only(after, before));
        difference.new += more.len();
        difference.confirmed += after.len() - more.len();
        match (gone.as_slice(), more.as_slice()) {
            ([], []) if before != after => reported.insert((place, Change::Recounted)),
            ([], []) => false,
            ([one], [other]) => {
                reported.insert((place, Change::Changed(one.clone(), other.clone())))
            }
            _ => {
                for value in gone {
                    let (place, value) = outermost(place, value, &new_places);
                    reported.insert((place, Change::Gone(value)));
                }
                for value in more {
                    let (place, value) = outermost(place, value, &old_places);
                    reported.insert((place, Change::New(value)));
                }
                true
            }
        };
    }
    difference.findings = reported
        .iter()
        .map(|(place, change)| change.finding(place))
        .collect();
    difference
}

/// The outermost place around a fact of which the other side knows nothing. The value is worth saying
/// only where that is the place of the fact itself.
fn outermost<'a>(place: &'a str, value: String, others: &BTreeSet<&str>) -> (&'a str, String) {
    // An operation is reported by itself, whatever is around it.
    let skipped = if place.contains("/rows/") {
        4
    } else if place.starts_with("/paths/") {
        3
    } else {
        2
    };
    let ends = place.match_indices('/').map(|(end, _)| end).skip(skipped);
    let unknown = ends
        .filter_map(|end| place.get(..end))
        .find(|place| !others.contains(place));
    match unknown {
        Some(outer) => (outer, String::new()),
        None => (place, value),
    }
}

/// All places of facts, and those around them.
fn places(facts: &Facts) -> BTreeSet<&str> {
    let around = |place: &'_ String| -> Vec<usize> {
        place
            .match_indices('/')
            .map(|(end, _)| end)
            .chain([place.len()])
            .collect()
    };
    facts
        .keys()
        .flat_map(|place| around(place).into_iter().filter_map(|end| place.get(..end)))
        .collect()
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Gone(String),
    Changed(String, String),
    New(String),
    /// It stands there more or less often.
    Recounted,
}

impl Change {
    fn finding(&self, place: &str) -> Finding {
        let parts: Vec<String> = place.split('/').skip(1).map(unescape).collect();
        let (is_operation, name) = match parts
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .as_slice()
        {
            [GUIDE, section] => (false, format!("the section `{section}`")),
            [GUIDE, section, kind] => (
                false,
                format!("the list of {kind} of the section `{section}`"),
            ),
            [GUIDE, section, kind, rest @ ..] => (
                *kind == "rows" && rest.len() == 1 && rest.iter().any(|row| row.contains(" /")),
                format!(
                    "`{}` in the {kind} of the section `{section}`",
                    rest.join(" / ")
                ),
            ),
            ["paths", path, method] if METHODS.contains(method) => {
                (true, format!("`{} {path}`", method.to_uppercase()))
            }
            [.., last] => (false, format!("`{last}`")),
            [] => (false, "the page".to_owned()),
        };
        let of = |value: &String| match parts.last() {
            // The name says it already.
            Some(last) if value.is_empty() || value.trim_matches('"') == last => String::new(),
            _ => format!(" ({value})"),
        };
        if let [.., of, EVIDENCE] = parts
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .as_slice()
        {
            // Without a word about it, a fact is known as well as its page.
            let (rule, message) = match self {
                Self::Gone(value) => (
                    "fact-new",
                    format!("`{of}` is printed now, and was {value}"),
                ),
                Self::New(value) | Self::Changed(_, value) => (
                    "fact-gone",
                    format!("`{of}` is not printed any more, but {value}"),
                ),
                Self::Recounted => (
                    "fact-recounted",
                    format!("the evidence of `{of}` is there more or less often"),
                ),
            };
            return Finding::new(rule, message).pointer(place);
        }
        let (rule, message) = match self {
            Self::Gone(value) => (
                if is_operation {
                    "operation-gone"
                } else {
                    "fact-gone"
                },
                format!("{name} is gone{}", of(value)),
            ),
            Self::New(value) => (
                if is_operation {
                    "operation-new"
                } else {
                    "fact-new"
                },
                format!("{name} is new{}", of(value)),
            ),
            Self::Changed(before, after) => (
                "fact-changed",
                format!("{name} is {after} now, and was {before}"),
            ),
            Self::Recounted => (
                "fact-recounted",
                format!("{name} stands there more or less often than before"),
            ),
        };
        Finding::new(rule, message).pointer(place)
    }
}

/// The facts of a fragment, each with its place. Prose, examples and hashes are none.
fn facts(fragment: &Value) -> Facts {
    let mut all = Facts::new();
    collect(fragment, "", &mut all);
    all
}

fn collect(value: &Value, place: &str, all: &mut Facts) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, inner) in map {
                let is_fact = key != PAGE && !matches!(key.as_str(), "example" | "examples");
                if is_fact || place.ends_with("/properties") || place.contains(GUIDE) {
                    collect(inner, &child(place, key), all);
                }
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for inner in list {
                collect(inner, &child(place, name(place, inner)), all);
            }
        }
        other => {
            let values = all.entry(place.to_owned()).or_default();
            *values.entry(other.to_string()).or_default() += 1;
        }
    }
}

/// What tells an element of the list at `place` from the others, whatever its position.
fn name(place: &str, element: &Value) -> String {
    let text = |key: &str| element.get(key).and_then(Value::as_str).map(str::to_owned);
    let first = || match entries(Some(element)).next()?.1 {
        Value::String(text) => Some(text.clone()),
        cell => Some(cell.to_string()),
    };
    let is_guide = place.contains(GUIDE);
    let name = if place.ends_with("/rows") {
        guide::operation(element)
            .map(|(method, path)| format!("{} {path}", method.to_uppercase()))
            .or_else(first)
    } else if is_guide && element.is_object() {
        ["name", "request", "event"]
            .into_iter()
            .find_map(text)
            .or(Some("sample".to_owned()))
    } else {
        text("name").or_else(|| element.as_str().map(str::to_owned))
    };
    name.unwrap_or_else(|| element.to_string())
}

/// The older fragment, its sections called as in the newer one where only the heading has changed.
fn with_headings_of(old: &Value, new: &Value) -> Value {
    let mut renamed = old.clone();
    let sections = |fragment: &Value| -> BTreeMap<String, Facts> {
        let one = guide::sections(fragment);
        one.map(|(heading, section)| {
            let mut facts = Facts::new();
            collect(section, &child("", GUIDE), &mut facts);
            (heading.clone(), facts)
        })
        .collect()
    };
    let (before, mut after) = (sections(old), sections(new));
    let Some(written) = renamed.get_mut(GUIDE).and_then(Value::as_object_mut) else {
        return renamed;
    };
    after.retain(|heading, _| !before.contains_key(heading));
    let lost = before
        .iter()
        .filter(|(heading, _)| new.pointer(&child(&child("", GUIDE), heading)).is_none());
    for (heading, facts) in lost {
        // A section that has kept half of its facts is the same one.
        let shared = |other: &Facts| {
            facts
                .iter()
                .filter(|(place, values)| other.get(*place) == Some(values))
                .count()
        };
        let same = after.iter().max_by_key(|(_, other)| shared(other));
        let Some(same) = same.filter(|(_, other)| 2 * shared(other) >= facts.len().max(1)) else {
            continue;
        };
        let same = same.0.clone();
        after.remove(&same);
        if let Some(section) = written.shift_remove(heading) {
            written.insert(same, section);
        }
    }
    renamed
}

/// Adds to the fragment of a page that breaks off what an earlier state of the page says: that it is not
/// there means nothing.
pub(super) fn keep(new: &mut Value, old: &Value) {
    keep_below(new, &with_headings_of(old, new), "");
}

fn keep_below(new: &mut Value, old: &Value, place: &str) {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            for (key, value) in old.iter().filter(|(key, _)| *key != PAGE) {
                match new.get_mut(key) {
                    Some(known) => keep_below(known, value, &child(place, key)),
                    None => drop(new.insert(key.clone(), value.clone())),
                }
            }
        }
        (Value::Array(new), Value::Array(old)) => {
            // A sample that breaks off is a part of what it was.
            new.retain(|new| !old.iter().any(|old| new.is_object() && is_part(new, old)));
            for element in old {
                let is_row = place.ends_with("/rows");
                let name_of = |value: &Value| name(place, value);
                let is_same = |known: &Value| {
                    known == element || (is_row && name_of(known) == name_of(element))
                };
                let same = new.iter().position(is_same);
                match same.and_then(|index| new.get_mut(index)) {
                    Some(known) => keep_below(known, element, place),
                    None => new.push(element.clone()),
                }
            }
        }
        _ => {}
    }
}

fn is_part(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            let mut entries = new.iter();
            entries.all(|(key, new)| old.get(key).is_some_and(|old| is_part(new, old)))
        }
        (Value::Array(new), Value::Array(old)) => {
            new.len() <= old.len() && new.iter().zip(old).all(|(new, old)| is_part(new, old))
        }
        _ => new == old || new == "…",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(old: &Value, new: &Value, expected: &[&str]) {
        let found = compare(old, new).findings;
        let found: Vec<String> = found
            .iter()
            .map(|one| format!("{} {}", one.rule, one.message))
            .collect();
        assert_eq!(found, expected);
    }

    fn guide(rows: &Value, terms: &[&str]) -> Value {
        json!({PAGE: {"wording": "a"}, GUIDE: {"Codes": {"rows": rows, "terms": terms}}})
    }

    #[test]
    fn facts_have_a_place_and_a_direction() {
        let old = guide(
            &json!([{"Code": "A", "Status": "400"}, {"Code": "B", "Status": "500"}]),
            &["x_y"],
        );
        check(&old, &old, &[]);
        let new = guide(
            &json!([{"Code": "B", "Status": "503"}, {"Code": "C", "Status": "400"}]),
            &["x_z"],
        );
        check(
            &old,
            &new,
            &[
                "fact-gone `A` in the rows of the section `Codes` is gone",
                "fact-changed `B / Status` in the rows of the section `Codes` is \"503\" now, and was \"500\"",
                "fact-new `C` in the rows of the section `Codes` is new",
                "fact-gone `x_y` in the terms of the section `Codes` is gone",
                "fact-new `x_z` in the terms of the section `Codes` is new",
            ],
        );
    }

    #[test]
    fn another_order_number_or_heading_is_no_other_fact() {
        let old = guide(&json!([{"Code": "A"}, {"Code": "B"}]), &["x_y", "x_z"]);
        let new = guide(
            &json!([{"Code": "B"}, {"Code": "A"}]),
            &["x_y", "x_z", "x_y"],
        );
        assert!(compare(&old, &new).is_empty());
        let renamed = json!({GUIDE: {"Error codes": new[GUIDE]["Codes"]}});
        assert!(compare(&old, &renamed).is_empty());
    }

    #[test]
    fn operations_are_reported_as_such() {
        let rows = |path: &str| guide(&json!([{"Method": "GET", "Path": path}]), &[]);
        check(
            &rows("/a"),
            &rows("/b"),
            &[
                "operation-gone `GET /a` in the rows of the section `Codes` is gone",
                "operation-new `GET /b` in the rows of the section `Codes` is new",
            ],
        );
        let page = |path: &str| json!({"paths": {path: {"get": {"responses": {"200": {}}}}}});
        check(
            &page("/a"),
            &page("/b"),
            &[
                "operation-gone `GET /a` is gone",
                "operation-new `GET /b` is new",
            ],
        );
    }

    #[test]
    fn what_a_cut_page_does_not_say_still_holds() {
        let old = guide(
            &json!([{"Code": "A", "Status": "400"}, {"Code": "B"}]),
            &["x_y"],
        );
        let mut new = guide(&json!([{"Code": "A", "Status": "401"}]), &[]);
        keep(&mut new, &old);
        check(
            &old,
            &new,
            &[
                "fact-changed `A / Status` in the rows of the section `Codes` is \"401\" now, and was \"400\"",
            ],
        );
    }
}

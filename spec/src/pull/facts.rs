//! The facts of a fragment, and the differences between two states of a page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::finding::{Finding, Severity};
use crate::fragment::{EVIDENCE, GUIDE, PAGE, guide};
use crate::openapi::{METHODS, entries};
use crate::yaml::{child, unescape};

/// The differences between the facts of two fragments.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) findings: Vec<Finding>,
    /// The number of new or changed facts in the newer fragment.
    pub(super) new: usize,
    /// The number of facts that both have.
    pub(super) confirmed: usize,
}

impl Difference {
    /// Whether both have the same facts, regardless of their number and wording.
    pub(super) fn is_empty(&self) -> bool {
        let mut severities = self.findings.iter().map(Finding::severity);
        severities.all(|severity| severity == Some(Severity::Info))
    }
}

/// Values by place, each with its number of occurrences.
type Facts = BTreeMap<String, Vec<String>>;

/// Compares two states of a fragment. The findings have no file.
pub(super) fn compare(old: &Value, new: &Value) -> Difference {
    let (old, new) = (facts(&with_headings_of(old, new)), facts(new));
    let mut difference = Difference::default();
    // A removed row is one finding, and not one for each cell.
    let mut reported: BTreeSet<(&str, &str, String)> = BTreeSet::new();
    for place in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let at = |facts: &Facts| facts.get(place).cloned().unwrap_or_default();
        let (before, after) = (at(&old), at(&new));
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            let only = one.iter().filter(|value| !other.contains(value));
            only.cloned().collect()
        };
        let (gone, more) = (only(&before, &after), only(&after, &before));
        difference.new += more.len();
        difference.confirmed += after.len() - more.len();
        if let ([one], [other]) = (gone.as_slice(), more.as_slice()) {
            reported.insert((place, "changed", format!(" {other} now, and was {one}")));
            continue;
        }
        if gone.is_empty() && more.is_empty() && before.len() != after.len() {
            let times = format!(" there {} times now, and was {}", after.len(), before.len());
            reported.insert((place, "recounted", times));
        }
        let gone = gone
            .iter()
            .map(|value| (value, "gone", outermost(place, &new)));
        let more = more
            .iter()
            .map(|value| (value, "new", outermost(place, &old)));
        for (value, direction, outer) in gone.chain(more) {
            let mut what = format!(" {direction}");
            if outer == place && !says(place, value) {
                what = format!("{what}: {value}");
            }
            reported.insert((outer, direction, what));
        }
    }
    let findings = reported.iter();
    difference.findings = findings
        .map(|(place, direction, what)| finding(place, direction, what))
        .collect();
    difference
}

/// The outermost place around a fact that the other fragment lacks.
fn outermost<'a>(place: &'a str, others: &Facts) -> &'a str {
    // An operation is always reported separately.
    let skipped = match place {
        _ if place.contains("/rows/") => 4,
        _ if place.starts_with("/paths/") => 3,
        _ => 2,
    };
    let is_known = |outer: &str| {
        let below = format!("{outer}/");
        let first = others.range(below.clone()..).next();
        others.contains_key(outer) || first.is_some_and(|(place, _)| place.starts_with(&below))
    };
    let ends = place.match_indices('/').map(|(end, _)| end).skip(skipped);
    let mut around = ends.filter_map(|end| place.get(..end));
    around.find(|outer| !is_known(outer)).unwrap_or(place)
}

/// Whether a place ends with the name of its value.
fn says(place: &str, value: &str) -> bool {
    let last = place.rsplit('/').next().map(unescape);
    last.is_some_and(|last| value.trim_matches('"') == last)
}

fn finding(place: &str, direction: &str, what: &str) -> Finding {
    let parts: Vec<String> = place.split('/').skip(1).map(unescape).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut is_operation = false;
    let name = match parts.as_slice() {
        // A fact without evidence has the evidence of its page.
        [.., of, EVIDENCE] => {
            let (rule, message) = match direction {
                "gone" => ("fact-new", format!("`{of}` is printed now, and was not")),
                _ => (
                    "fact-gone",
                    format!("`{of}` is not printed any more, it is{what}"),
                ),
            };
            return Finding::new(rule, message).pointer(place);
        }
        [GUIDE, section] => format!("the section `{section}`"),
        [GUIDE, section, kind] => format!("the list of {kind} of the section `{section}`"),
        [GUIDE, section, kind, rest @ ..] => {
            is_operation = *kind == "rows" && matches!(rest, [row] if row.contains(" /"));
            format!(
                "`{}` in the {kind} of the section `{section}`",
                rest.join(" / ")
            )
        }
        ["paths", path, method] if METHODS.contains(method) => {
            is_operation = true;
            format!("`{} {path}`", method.to_uppercase())
        }
        [.., last] => format!("`{last}`"),
        [] => "the page".to_owned(),
    };
    let rule = match (direction, is_operation) {
        ("gone", true) => "operation-gone",
        ("new", true) => "operation-new",
        ("gone", false) => "fact-gone",
        ("new", false) => "fact-new",
        ("changed", _) => "fact-changed",
        _ => "fact-recounted",
    };
    Finding::new(rule, format!("{name} is{what}")).pointer(place)
}

/// The facts of a fragment, each with its place. Prose, examples and hashes are not facts.
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
            all.entry(place.to_owned())
                .or_default()
                .push(other.to_string());
        }
    }
}

/// The name of an element of the list at `place`, which does not depend on its position.
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

/// The older fragment, with the headings of the newer one for sections that only changed their heading.
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
        // A section that keeps half of its facts is the same section.
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

/// Adds the facts of an earlier state to the fragment of a truncated page: a missing fact is not a removed fact.
pub(super) fn keep(new: &mut Value, old: &Value) {
    keep_below(new, &with_headings_of(old, new), "");
}

fn keep_below(new: &mut Value, old: &Value, place: &str) {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            // A sample does not weaken a fact that the earlier state documents.
            if !old.contains_key(EVIDENCE) {
                new.shift_remove(EVIDENCE);
            }
            for (key, value) in old.iter().filter(|(key, _)| *key != PAGE) {
                match new.get_mut(key) {
                    Some(known) => keep_below(known, value, &child(place, key)),
                    None => drop(new.insert(key.clone(), value.clone())),
                }
            }
        }
        (Value::Array(new), Value::Array(old)) => {
            let has_name = place.ends_with("/rows") || place.ends_with("/parameters");
            // A truncated sample is a part of the earlier sample.
            let is_rest = |new: &Value| old.iter().any(|old| new.is_object() && is_part(new, old));
            new.retain(|new| has_name || !is_rest(new));
            for element in old {
                let name_of = |value: &Value| name(place, value);
                let is_same = |known: &Value| {
                    known == element || (has_name && name_of(known) == name_of(element))
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
    fn another_order_number_or_heading_is_not_a_change() {
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
    fn facts_missing_from_a_truncated_page_are_kept() {
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

    #[test]
    fn a_truncated_page_weakens_no_fact() {
        let page = |size: &Value| {
            let parameters = json!([{"name": "a", "schema": {"type": "string"}}, {"name": "size", "schema": size}]);
            json!({"paths": {"/gadgets": {"get": {"parameters": parameters}}}})
        };
        let old = page(&json!({"type": "number", "minimum": 1}));
        let mut new = page(&json!({"type": "integer", EVIDENCE: "sampled"}));
        keep(&mut new, &old);
        let parameters = new.pointer("/paths/~1gadgets/get/parameters").unwrap();
        assert_eq!(
            parameters[1],
            json!({"name": "size", "schema": {"type": "integer", "minimum": 1}})
        );
        assert_eq!(parameters.as_array().map(Vec::len), Some(2));
    }
}

//! Tests the comparison with single edits of the real documents, and the expected changes of each.
//!
//! The expectations do not use the comparison: they follow from the edit itself, and from a
//! simple search for references.

use std::{collections::BTreeSet, panic, thread};

use heffl_spec::diff::{Area, Change, Severity, Side, compare};
use serde_json::Value;

mod addresses;
mod neutral;
mod reach;
mod schemas;
mod unread;

use reach::Reach;

/// The number of edits of each document that change its meaning; `HEFFL_MUTATIONS` sets another number.
const EDITS: usize = 600;

/// A document with one edit.
struct Mutant {
    name: String,
    document: Value,
    expected: Vec<Expected>,
}

/// A change that must be found.
struct Expected {
    area: Area,
    severity: Severity,
    side: Side,
    pointer: String,
    /// All operations that it affects; empty for the document as a whole.
    operations: Vec<String>,
}

fn document(name: &str) -> Value {
    let path = heffl_tests::workspace().join("spec").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    heffl_spec::yaml::read(&text, name).unwrap()
}

/// Runs this with the name of each of the two documents, at the same time.
fn each_document<T: Send>(run: impl Fn(&'static str) -> T + Sync) -> [T; 2] {
    let run = &run;
    thread::scope(|scope| {
        let threads = ["heffl-v1.yaml", "heffl-v2.yaml"].map(|name| scope.spawn(move || run(name)));
        // The panic of a thread is the panic of the test.
        threads.map(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    })
}

/// A random number generator with the same sequence on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

/// The sorted operations of a change.
fn operations(change: &Change) -> Vec<String> {
    let mut all: Vec<String> = change
        .operation
        .iter()
        .chain(&change.also)
        .cloned()
        .collect();
    all.sort();
    all
}

/// The problem of the found changes, if there is one.
fn fault(original: &Value, mutant: &Mutant, changes: &[Change]) -> Option<String> {
    let is_found = |expected: &Expected| {
        changes.iter().any(|change| {
            change.rule.area == expected.area
                && change.severity == expected.severity
                && change.side == expected.side
                && change.pointer == expected.pointer
                && operations(change) == expected.operations
        })
    };
    let listed = |changes: &[Change]| {
        let lines = changes.iter().map(|change| {
            format!(
                "  {} {:?} {} {:?} {:?}\n",
                change.rule.id,
                change.side,
                change.pointer,
                change.severity,
                operations(change)
            )
        });
        lines.collect::<String>()
    };
    if let Some(missed) = mutant.expected.iter().find(|expected| !is_found(expected)) {
        return Some(format!(
            "{}: missed {:?} {:?} {:?} {} {:?}; found\n{}",
            mutant.name,
            missed.area,
            missed.severity,
            missed.side,
            missed.pointer,
            missed.operations,
            listed(changes)
        ));
    }
    if let Some(change) = changes
        .iter()
        .find(|change| !has_values(original, mutant, change))
    {
        return Some(format!(
            "{}: wrong values: {:?} → {:?}\n{}",
            mutant.name,
            change.before,
            change.after,
            listed(changes)
        ));
    }
    (changes.len() != mutant.expected.len()).then(|| {
        format!(
            "{}: found more than the expected changes\n{}",
            mutant.name,
            listed(changes)
        )
    })
}

/// Whether a change has the value at its pointer, if that is a single value.
fn has_values(original: &Value, mutant: &Mutant, change: &Change) -> bool {
    let there = match change.side {
        Side::Old => original,
        Side::New => &mutant.document,
    };
    let reported = match change.side {
        Side::Old => &change.before,
        Side::New => &change.after,
    };
    match (there.pointer(&change.pointer), reported) {
        (None, _) => false,
        (Some(Value::Object(_) | Value::Array(_)), _) | (Some(_), None) => true,
        (Some(value), Some(reported)) => value == reported,
    }
}

#[test]
fn every_edit_that_changes_meaning_is_found() {
    let edits_of_each = std::env::var("HEFFL_MUTATIONS")
        .map_or(EDITS, |number| number.parse().expect("a number of edits"));
    let found = each_document(|name| {
        let (mut tried, mut faults, mut kinds) = (0, Vec::new(), BTreeSet::new());
        let document = unread::with_callbacks(&document(name));
        let reach = Reach::new(&document);
        let mut edits = schemas::edits(&document, &reach);
        edits.extend(addresses::edits(&document, &reach));
        edits.extend(unread::edits(&document, &reach));
        Random(0x9e37_79b9_7f4a_7c15).shuffle(&mut edits);
        // Edits of one kind can outnumber all others, so each kind has the same share.
        edits.sort_by_key(|edit| edit.rank);
        for edit in edits.iter().take(edits_of_each) {
            let mutant = edit.apply(&document);
            assert!(!mutant.expected.is_empty(), "{}", mutant.name);
            tried += 1;
            kinds.insert(edit.kind);
            let changes = compare(&document, &mutant.document);
            faults.extend(fault(&document, &mutant, &changes));
        }
        (tried, faults, kinds)
    });
    let tried: usize = found.iter().map(|(tried, ..)| tried).sum();
    let faults: Vec<&String> = found.iter().flat_map(|(_, faults, _)| faults).collect();
    let kinds: BTreeSet<_> = found.iter().flat_map(|(.., kinds)| kinds).collect();
    let rate = faults.len() * 100 / tried;
    println!(
        "{tried} edits of {} kinds, {} missed or misjudged ({rate} %)",
        kinds.len(),
        faults.len()
    );
    assert!(
        faults.is_empty(),
        "{}",
        faults.into_iter().take(12).cloned().collect::<String>()
    );
    assert!(
        tried >= 1_200 && kinds.len() >= 100,
        "{tried} edits of {} kinds",
        kinds.len()
    );
}

#[test]
fn edits_that_change_no_meaning_are_not_reported() {
    let tried = each_document(|name| {
        let document = document(name);
        let edits = neutral::edits(&document);
        for (what, edited) in &edits {
            let changes = compare(&document, edited);
            assert!(changes.is_empty(), "{name}: {what}: {changes:#?}");
            assert!(
                compare(edited, &document).is_empty(),
                "{name}: {what}, back"
            );
        }
        assert!(compare(&document, &document).is_empty());
        edits.len()
    });
    println!("{tried:?} edits that change no meaning, none reported");
}

/// Every `x-heffl-*` key is compared, or listed here as irrelevant.
#[test]
fn every_extension_is_compared() {
    // The reason for a fact, and its source.
    const NO_MEANING: [&str; 2] = ["x-heffl-rule", "x-heffl-source"];
    for name in ["heffl-v1.yaml", "heffl-v2.yaml"] {
        let document = document(name);
        let mut pointers = Vec::new();
        reach::pointers(&document, String::new(), &mut pointers);
        let mut places = std::collections::BTreeMap::<&str, Vec<(&str, &str)>>::new();
        for pointer in &pointers {
            if let Some((parent, key)) = pointer.rsplit_once('/')
                && key.starts_with("x-")
                && !NO_MEANING.contains(&key)
            {
                places.entry(key).or_default().push((parent, key));
            }
        }
        assert!(places.len() >= 8, "{name}: {:?}", places.keys());
        for (key, places) in places {
            let is_seen = places.iter().any(|(parent, key)| {
                let mut edited = document.clone();
                let parent = edited.pointer_mut(parent).unwrap();
                parent.as_object_mut().unwrap().shift_remove(*key);
                !compare(&document, &edited).is_empty()
            });
            assert!(is_seen, "{name}: {key}");
        }
    }
}

/// Several edits at once, and invalid edits.
#[test]
fn nothing_panics_and_fingerprints_are_unique() {
    each_document(|name| {
        let document = document(name);
        let mut pointers = Vec::new();
        reach::pointers(&document, String::new(), &mut pointers);
        let mut random = Random(0x1234_5678_9abc_def1);
        for _ in 0..150 {
            let mut edited = document.clone();
            for _ in 0..20 {
                let from = document
                    .pointer(&pointers[random.below(pointers.len())])
                    .unwrap();
                if let Some(target) = edited.pointer_mut(&pointers[random.below(pointers.len())]) {
                    *target = from.clone();
                }
            }
            for (old, new) in [(&document, &edited), (&edited, &document)] {
                let changes = compare(old, new);
                let unique: std::collections::HashSet<_> =
                    changes.iter().map(|change| &change.fingerprint).collect();
                assert_eq!(unique.len(), changes.len());
            }
            assert!(compare(&edited, &edited).is_empty());
        }
    });
}

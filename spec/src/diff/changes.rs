//! Makes the sorted list of changes without repetitions, with the operations that each affects.

use std::{
    collections::{BTreeSet, HashSet},
    fmt::Write as _,
};

use indexmap::IndexMap;
use serde_json::Value;

use super::{
    Change, Fingerprint,
    walk::{Comparer, Draft, Root},
};

/// The changes, sorted by operation (path, then method; webhooks last), pointer and rule.
pub(super) fn changes(comparer: Comparer<'_>) -> Vec<Change> {
    let Comparer {
        drafts,
        units,
        mut roots,
        ..
    } = comparer;
    roots.sort_by(|one, other| one.order().cmp(&other.order()));
    let reached = reached(&units, &roots);
    // A change may be found in several units, if several schemas contain a component.
    let mut found: IndexMap<String, (Draft<'_>, BTreeSet<usize>)> = IndexMap::new();
    for draft in drafts {
        let reached = reached.get(draft.unit).into_iter().flatten();
        let (before, after) = (draft.before.as_ref(), draft.after.as_ref());
        let key = Fingerprint::key(draft.rule.id, &draft.node.place, before, after);
        let known = found.entry(key).or_insert_with(|| (draft, BTreeSet::new()));
        known.1.extend(reached);
    }

    let mut taken = HashSet::new();
    let changes = found.into_iter().map(|(key, (draft, reached))| {
        let first = reached.first().copied();
        let titles = reached.into_iter();
        let titles = titles.filter_map(|root| roots.get(root)?.operation.clone());
        let operations: Vec<String> = titles.collect();
        let change = Change {
            rule: draft.rule,
            severity: draft.rule.severity,
            message: message(&draft, &operations),
            also: operations.iter().skip(1).cloned().collect(),
            operation: operations.into_iter().next(),
            pointer: draft.node.pointer.to_string(),
            side: draft.side,
            before: draft.before,
            after: draft.after,
            fingerprint: Fingerprint::unlike(&key, &mut taken),
        };
        (first, change)
    });
    let mut changes: Vec<(Option<usize>, Change)> = changes.collect();
    changes.sort_by_cached_key(|(first, change)| {
        let Change { rule, pointer, .. } = change;
        (*first, pointer.clone(), rule.id, change.fingerprint.clone())
    });
    changes.into_iter().map(|(_, change)| change).collect()
}

/// The roots that lead to each unit.
fn reached(units: &[Vec<usize>], roots: &[Root]) -> Vec<Vec<usize>> {
    let mut reached: Vec<Vec<usize>> = vec![Vec::new(); units.len()];
    for (number, root) in roots.iter().enumerate() {
        let mut open = vec![root.unit];
        while let Some(unit) = open.pop() {
            if let (Some(roots), Some(children)) = (reached.get_mut(unit), units.get(unit))
                && roots.last() != Some(&number)
            {
                roots.push(number);
                open.extend(children);
            }
        }
    }
    reached
}

/// The subject, the title of the rule, the values, and the affected operations if there are several.
fn message(draft: &Draft<'_>, operations: &[String]) -> String {
    /// The number of operations that a message names; the others are counted.
    const NAMED: usize = 4;
    let mut title = draft.rule.title.chars();
    let first = title.next().into_iter().flat_map(char::to_lowercase);
    let title: String = first.chain(title).collect();
    let values = match (&draft.before, &draft.after) {
        (Some(before), Some(after)) => format!(": {} → {}", shown(before), shown(after)),
        (Some(one), None) | (None, Some(one)) => format!(": {}", shown(one)),
        (None, None) => String::new(),
    };
    let mut message = format!("{}: {title}{values}.", draft.node.title);
    if let [_, _, ..] = operations {
        let (named, others) = operations.split_at(operations.len().min(NAMED));
        let _ = write!(message, " Reaches {}", named.join(", "));
        let _ = match others.len() {
            0 => write!(message, "."),
            others => write!(message, " and {others} more."),
        };
    }
    message
}

/// A value in a sentence.
fn shown(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

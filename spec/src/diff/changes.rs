//! From what was found to the list of changes: which operations each reaches, each once, in order.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::Write as _,
};

use serde_json::Value;

use super::{
    Change, Fingerprint,
    walk::{Draft, Root, Unit},
};

/// The changes, sorted by operation (path, then method; webhooks last), pointer and rule.
pub(super) fn changes(units: Vec<Unit<'_>>, mut roots: Vec<Root>) -> Vec<Change> {
    roots.sort_by(|one, other| one.order().cmp(&other.order()));
    let reached = reached(&units, &roots);
    // One change may be found in several units: a component that several schemas are made of.
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<(Draft<'_>, BTreeSet<usize>)> = Vec::new();
    for (unit, reached) in units.into_iter().zip(reached) {
        for draft in unit.drafts {
            let next = found.len();
            let index = *known.entry(key(&draft)).or_insert(next);
            match found.get_mut(index) {
                Some((_, operations)) => operations.extend(&reached),
                None => found.push((draft, reached.iter().copied().collect())),
            }
        }
    }

    let mut taken = HashSet::new();
    let mut changes: Vec<(usize, Change)> = found
        .into_iter()
        .map(|(draft, operations)| {
            let first = operations.first().copied().unwrap_or_default();
            let titles = operations.into_iter();
            let titles = titles.filter_map(|root| roots.get(root)?.operation.clone());
            (first, change(draft, titles.collect(), &mut taken))
        })
        .collect();
    changes.sort_by_cached_key(|(first, change)| {
        let Change { rule, pointer, .. } = change;
        (*first, pointer.clone(), rule.id, change.fingerprint.clone())
    });
    changes.into_iter().map(|(_, change)| change).collect()
}

/// For each unit the roots that lead to it.
fn reached(units: &[Unit<'_>], roots: &[Root]) -> Vec<Vec<usize>> {
    let mut reached: Vec<Vec<usize>> = vec![Vec::new(); units.len()];
    for (number, root) in roots.iter().enumerate() {
        let mut open = vec![root.unit];
        while let Some(unit) = open.pop() {
            if let (Some(roots), Some(node)) = (reached.get_mut(unit), units.get(unit))
                && roots.last() != Some(&number)
            {
                roots.push(number);
                open.extend(&node.children);
            }
        }
    }
    reached
}

fn key(draft: &Draft<'_>) -> String {
    let (before, after) = (draft.before.as_ref(), draft.after.as_ref());
    Fingerprint::key(draft.rule.id, &draft.node.place, before, after)
}

fn change(
    draft: Draft<'_>,
    mut operations: Vec<String>,
    taken: &mut HashSet<Fingerprint>,
) -> Change {
    let fingerprint = Fingerprint::unlike(&key(&draft), taken);
    let message = message(&draft, &operations);
    let also = operations.split_off(operations.len().min(1));
    Change {
        rule: draft.rule,
        severity: draft.rule.severity,
        operation: operations.pop(),
        also,
        pointer: draft.node.pointer.to_string(),
        side: draft.side,
        before: draft.before,
        after: draft.after,
        message,
        fingerprint,
    }
}

/// What it is about, the title of the rule, the values, and the operations that it reaches if there are several.
fn message(draft: &Draft<'_>, operations: &[String]) -> String {
    /// How many operations are named; the others are counted.
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

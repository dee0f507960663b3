//! From what was found to the list of changes: which operations each reaches, each once, in order.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use super::{
    Change, Fingerprint,
    engine::{Draft, Root, Unit},
};

/// How many operations a message names beside the first.
const NAMED: usize = 3;

/// The changes, sorted by operation, pointer and rule. Roots are in the order of operations.
pub(super) fn changes(units: Vec<Unit>, roots: &[Root]) -> Vec<Change> {
    let reached = reached(&units, roots);
    // One change may be found in several units: a component that several schemas are made of.
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<(Draft, HashSet<usize>)> = Vec::new();
    for (unit, reached) in units.into_iter().zip(reached) {
        for draft in unit.drafts {
            let key = Fingerprint::key(
                draft.rule.id,
                &draft.location,
                draft.before.as_ref(),
                draft.after.as_ref(),
            );
            let next = found.len();
            let index = *known.entry(key).or_insert(next);
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
            let mut order: Vec<usize> = operations.into_iter().collect();
            order.sort_unstable();
            let first = order.first().copied().unwrap_or_default();
            let titles = order
                .iter()
                .filter_map(|root| roots.get(*root)?.operation.clone());
            (first, change(draft, titles, &mut taken))
        })
        .collect();
    changes.sort_by(|(a, left), (b, right)| {
        (a, &left.pointer, left.rule.id, &left.fingerprint).cmp(&(
            b,
            &right.pointer,
            right.rule.id,
            &right.fingerprint,
        ))
    });
    changes.into_iter().map(|(_, change)| change).collect()
}

/// For each unit the roots that lead to it.
fn reached(units: &[Unit], roots: &[Root]) -> Vec<Vec<usize>> {
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

fn change(
    draft: Draft,
    mut titles: impl Iterator<Item = String>,
    taken: &mut HashSet<Fingerprint>,
) -> Change {
    let operation = titles.next();
    let also: Vec<String> = titles.collect();
    let mut message = draft.message;
    if let (Some(first), [_, ..]) = (&operation, &*also) {
        let named: Vec<&str> = std::iter::once(first)
            .chain(&also)
            .take(NAMED + 1)
            .map(String::as_str)
            .collect();
        message.push_str(" Reaches ");
        message.push_str(&named.join(", "));
        match (also.len() + 1).saturating_sub(named.len()) {
            0 => message.push('.'),
            rest => {
                let _ = write!(message, " and {rest} more.");
            }
        }
    }
    let key = Fingerprint::key(
        draft.rule.id,
        &draft.location,
        draft.before.as_ref(),
        draft.after.as_ref(),
    );
    let fingerprint = Fingerprint::unlike(&key, taken);
    Change {
        rule: draft.rule,
        severity: draft.rule.severity,
        operation,
        also,
        pointer: draft.pointer,
        side: draft.side,
        before: draft.before,
        after: draft.after,
        message,
        fingerprint,
    }
}

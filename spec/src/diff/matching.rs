//! Pairs the values of two documents, first by exact names, then by looser ones.

use std::collections::{HashMap, VecDeque};

/// A value of a document, with the names to pair it by.
pub(super) struct Named<T> {
    pub(super) value: T,
    /// From the most exact name to the loosest.
    pub(super) names: Vec<String>,
}

impl<T> Named<T> {
    pub(super) fn new(value: T, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            value,
            names: names.into_iter().map(Into::into).collect(),
        }
    }
}

/// The pairs, and the values that only one document has.
pub(super) struct Paired<T> {
    pub(super) both: Vec<(T, T)>,
    pub(super) removed: Vec<T>,
    pub(super) added: Vec<T>,
}

impl<T> Paired<T> {
    /// The values that only one document has.
    pub(super) fn alone(self) -> impl Iterator<Item = (Option<T>, Option<T>)> {
        let removed = self.removed.into_iter().map(|old| (Some(old), None));
        removed.chain(self.added.into_iter().map(|new| (None, Some(new))))
    }
}

/// Pairs values with the same first name, then the remaining values with the same second name, and so on.
/// If several values have the same name, the first is paired with the first.
pub(super) fn matched<T>(
    old: impl IntoIterator<Item = Named<T>>,
    new: impl IntoIterator<Item = Named<T>>,
) -> Paired<T> {
    let mut old: Vec<Option<Named<T>>> = old.into_iter().map(Some).collect();
    let mut new: Vec<Option<Named<T>>> = new.into_iter().map(Some).collect();
    let mut both = Vec::new();
    let names = old.iter().flatten().map(|item| item.names.len()).max();
    for rank in 0..names.unwrap_or_default() {
        let mut waiting: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (index, item) in new.iter().enumerate() {
            if let Some(name) = item.as_ref().and_then(|item| item.names.get(rank)) {
                waiting.entry(name.clone()).or_default().push_back(index);
            }
        }
        for slot in &mut old {
            let name = slot.as_ref().and_then(|item| item.names.get(rank));
            let found = name.and_then(|name| waiting.get_mut(name)?.pop_front());
            if let Some(found) = found.and_then(|index| new.get_mut(index)?.take())
                && let Some(item) = slot.take()
            {
                both.push((item.value, found.value));
            }
        }
    }
    let rest = |items: Vec<Option<Named<T>>>| -> Vec<T> {
        items.into_iter().flatten().map(|item| item.value).collect()
    };
    Paired {
        both,
        removed: rest(old),
        added: rest(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_names_win_over_looser_names_in_any_order() {
        let item = |name: &'static str| Named::new(name, [name, &name[..1]]);
        let paired = matched(
            [item("a1"), item("a2"), item("b1")],
            [item("a3"), item("c1"), item("a1")],
        );
        assert_eq!(paired.both, [("a1", "a1"), ("a2", "a3")]);
        assert_eq!((paired.removed, paired.added), (vec!["b1"], vec!["c1"]));
    }
}

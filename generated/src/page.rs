//! One page of a list.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    vec::IntoIter,
};

use crate::{
    envelope::{self, ListShape},
    error::Error,
};

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    items: Vec<T>,
    pub(crate) around: Around,
}

/// The parts of a page other than its items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around {
    next_cursor: Option<String>,
    pub(crate) has_more: Option<bool>,
    broken: Vec<Error>,
    /// Equal for pages that differ only in their cursor.
    pub(crate) fingerprint: u64,
}

impl Around {
    /// Adds the items that cannot be read, and the cursor if it is
    /// outside of the documented envelope.
    pub(crate) fn complete(&mut self, broken: Vec<Error>, text: &str) {
        self.broken = broken;
        if self.has_more != Some(false)
            && self.cursor().is_none()
            && let Some((cursor, has_more)) = envelope::end(text)
        {
            self.next_cursor = cursor;
            self.has_more = self.has_more.or(has_more);
        }
        if let Some(cursor) = self.cursor() {
            self.fingerprint = fingerprint(text, cursor);
        }
    }

    fn cursor(&self) -> Option<&str> {
        self.next_cursor
            .as_deref()
            .filter(|cursor| !cursor.is_empty())
    }
}

/// A hash of the text of a page without its cursor: of its length and its beginning,
/// which contains the first item, and so differs between any two pages.
fn fingerprint(text: &str, cursor: &str) -> u64 {
    const BYTES: usize = 4096;
    // The cursor is nearly always after the items.
    let (before, after) = text.rsplit_once(cursor).unwrap_or((text, ""));
    let mut hasher = DefaultHasher::new();
    (before.len() + after.len()).hash(&mut hasher);
    for part in [before, after] {
        let part = part.as_bytes();
        hasher.write(part.get(..BYTES).unwrap_or(part));
    }
    hasher.finish()
}

impl<T> Page<T> {
    /// Builds a page from the parts of the response.
    pub fn new(items: Vec<T>, next_cursor: Option<String>, has_more: Option<bool>) -> Self {
        Self {
            items,
            around: Around {
                next_cursor,
                has_more,
                ..Around::default()
            },
        }
    }

    /// The items that cannot be read, in their order, as errors of the kind
    /// [`BrokenItem`](crate::ErrorKind::BrokenItem). [`items`](Self::items) does not contain them.
    pub fn broken(&self) -> &[Error] {
        &self.around.broken
    }

    /// All items in their order. Items that cannot be read are errors.
    pub fn into_results(self) -> IntoIter<Result<T, Error>> {
        let count = self.items.len() + self.around.broken.len();
        let mut items = self.items.into_iter();
        let mut broken = self.around.broken.into_iter().peekable();
        let results = (0..count).filter_map(|index| {
            match broken.next_if(|broken| broken.item_index() == Some(index)) {
                Some(broken) => Some(Err(broken)),
                None => items.next().map(Ok),
            }
        });
        results.collect::<Vec<_>>().into_iter()
    }

    /// The items of this page that can be read.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The items of this page, by value.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// The cursor of the next page: give it to the same list call, with the same parameters. `None` if the response has
    /// no cursor or an empty one.
    pub fn next_cursor(&self) -> Option<&str> {
        self.around.cursor()
    }

    /// Whether more pages follow. Without `hasMore` in the response, a cursor means that they do.
    pub fn has_more(&self) -> bool {
        self.around
            .has_more
            .unwrap_or_else(|| self.next_cursor().is_some())
    }

    /// Number of items on this page.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether this page has no items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// An iterator over the items of this page.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

/// A response that holds one page of a list, in any of the documented envelopes.
pub(crate) trait ListEnvelope {
    /// The type of the items.
    type Item: Send + 'static;

    /// The query parameter that takes the cursor of a further page; `None` for a list that is
    /// documented to be one page.
    const CURSOR_PARAMETER: Option<&'static str> = None;

    /// Where the documented envelope holds the items and the cursor.
    const SHAPE: ListShape;

    /// Extracts the page from the response.
    fn into_page(self) -> Page<Self::Item>;
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn has_more_follows_from_has_more_and_the_cursor() {
        let cursor = || Some("next".to_owned());
        let more = |cursor, has_more| Page::<u8>::new(vec![], cursor, has_more).has_more();
        assert!(more(cursor(), None));
        assert!(more(cursor(), Some(true)));
        assert!(!more(cursor(), Some(false)));
        assert!(!more(None, None));
        assert!(!more(Some(String::new()), None));
    }

    #[test]
    fn a_page_returns_its_items() {
        let page = Page::new(vec![1, 2], Some("next".to_owned()), Some(true));
        assert_eq!(
            (page.len(), page.is_empty(), page.next_cursor()),
            (2, false, Some("next"))
        );
        assert_eq!(page.items(), [1, 2]);
        assert_eq!(page.into_items(), [1, 2]);
    }
}

//! Lists that go over several pages.

use std::{
    collections::HashSet,
    fmt,
    future::Future,
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::{ApiClient, Call, CallFuture, Client, Error, Page, page::Results};

/// All pages of a list, one after the other; one is held at a time.
///
/// Ends where the server says so: with `hasMore: false`, or without a cursor and without `hasMore`. A page
/// without items that repeats an earlier cursor, and does not claim that there is more, is the end too.
/// A list is never cut short in silence. It ends with [`Error::Paging`], after everything that was
/// received, where
///
/// - the server says that there is more, and gives no cursor that leads there;
/// - a cursor comes a second time;
/// - more than 100 pages in a row bring nothing new (no items, or the same response again), each with a new
///   cursor.
///
/// Without a page size, the pages are as large as the documentation allows: fewer requests of the quota
/// are spent.
///
/// ```no_run
/// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
/// let mut pages = heffl.v2().deals().list().page_size(100).pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("{} deals", page.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// After an error, [`try_next`](Self::try_next) asks for the same page again: nothing is lost. As a
/// [`Stream`], and as an iterator of the [blocking API](crate::ApiClient), the pages end with an
/// error, so that an adaptor which passes over errors does not ask for ever.
#[must_use = "pages do nothing until they are asked for"]
pub struct Pages<T, C = Client> {
    /// The call of the first page.
    call: Call<Page<T>, C>,
    next: Next,
    in_flight: Option<CallFuture<Page<T>>>,
    /// Hashes of the cursors that were followed.
    seen: HashSet<u64>,
    /// A hash of the last page.
    last: Option<u64>,
    /// How many pages in a row brought nothing new.
    idle: u32,
    remaining: Option<u64>,
    /// There was an error, so that a stream or an iterator has ended.
    failed: bool,
}

/// What is asked for next.
#[derive(Clone, Debug)]
enum Next {
    /// What the call says.
    First,
    Cursor(String),
    /// An error: there is more, and no way to get it.
    Problem(&'static str),
    /// Nothing, since that error was reported.
    GivenUp,
    /// Nothing: the list is complete.
    Nothing,
}

/// How many pages in a row may bring nothing new.
const MAX_IDLE_PAGES: u32 = 100;

impl<T, C: ApiClient> Pages<T, C> {
    pub(crate) fn new(call: Call<Page<T>, C>) -> Self {
        let call = call.with_largest_page();
        let cursor = call.query_value(cursor_parameter(&call));
        let seen = cursor.map(hash).into_iter().collect();
        Self {
            call,
            next: Next::First,
            in_flight: None,
            seen,
            last: None,
            idle: 0,
            remaining: None,
            failed: false,
        }
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn call(&self) -> &Call<Page<T>, C> {
        &self.call
    }

    /// Ends after this many pages.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.remaining = Some(pages);
        self
    }

    /// The items of the pages.
    pub fn into_items(self) -> Items<T, C> {
        Items {
            pages: self,
            page: Results::default(),
            place: Bookmark::default(),
            skip: 0,
            remaining: None,
        }
    }

    /// The cursor of the page that comes next, to go on from later; `None` before the first page
    /// and after the last.
    pub fn next_cursor(&self) -> Option<&str> {
        match &self.next {
            Next::Cursor(cursor) => Some(cursor),
            Next::First | Next::Problem(_) | Next::GivenUp | Next::Nothing => None,
        }
    }

    /// Whether the list has ended.
    pub fn is_finished(&self) -> bool {
        matches!(self.next, Next::GivenUp | Next::Nothing) || self.remaining == Some(0)
    }

    /// Whether the list has ended before its end: [`max_pages`](Self::max_pages) was reached, or
    /// [`Error::Paging`] was returned, and the server did not say that nothing follows.
    ///
    /// `false` while pages are still to come, and at the end of the list, also where the last page that was
    /// allowed is the last one of the list. Where the server announced another page, this is `true`
    /// even if that page would have been empty.
    pub fn is_truncated(&self) -> bool {
        self.is_finished() && !self.is_complete()
    }

    /// Whether the server has said that nothing follows.
    fn is_complete(&self) -> bool {
        matches!(self.next, Next::Nothing)
    }

    /// Whether a stream or an iterator has ended with an error.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed
    }

    /// Notes whether a stream or an iterator ends with this. A single item that is broken is no end.
    pub(crate) fn noted<I>(&mut self, next: Option<Result<I, Error>>) -> Option<Result<I, Error>> {
        self.failed = matches!(&next, Some(Err(error)) if !matches!(error, Error::BrokenItem(_)));
        next
    }
}

impl<T: Send + 'static> Pages<T> {
    /// The next page; `None` after the last. After an error, the page that was not to be had.
    pub async fn try_next(&mut self) -> Result<Option<Page<T>>, Error> {
        std::future::poll_fn(|context| self.poll_page(context))
            .await
            .transpose()
    }
}

impl<T: Send + 'static, C: ApiClient> Pages<T, C> {
    pub(crate) fn poll_page(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Page<T>, Error>>> {
        if let Next::Problem(problem) = self.next
            && !self.is_finished()
        {
            self.next = Next::GivenUp;
            let operation = self.call.operation();
            let message = problem.to_owned();
            return Poll::Ready(Some(Err(Error::Paging { operation, message })));
        }
        if !self.start() {
            return Poll::Ready(None);
        }
        let Some(call) = &mut self.in_flight else {
            return Poll::Ready(None);
        };
        let Poll::Ready(result) = Pin::new(call).poll(context) else {
            return Poll::Pending;
        };
        self.in_flight = None;
        let page = match result {
            Ok(page) => page,
            Err(error) => return Poll::Ready(Some(Err(error))),
        };
        self.next = self.after(&page);
        self.remaining = self.remaining.map(|left| left.saturating_sub(1));
        Poll::Ready(Some(Ok(page)))
    }

    /// What follows a page. The page itself is whole and is returned in any case.
    fn after(&mut self, page: &Page<T>) -> Next {
        let is_empty = page.is_empty() && page.broken().is_empty();
        let cursor = match page.next_cursor() {
            _ if !page.has_more() => return Next::Nothing,
            None => {
                return Next::Problem(
                    "the server says that there is more, and gives no cursor that leads there",
                );
            }
            Some(cursor) => cursor,
        };
        if !self.seen.insert(hash(cursor)) {
            // Some servers repeat their last cursor for ever. If they do not claim more, that is the end.
            return if is_empty && !page.claims_more() {
                Next::Nothing
            } else {
                Next::Problem("the server gave a cursor a second time; the list would not end")
            };
        }
        let is_new = !is_empty && self.last.replace(page.fingerprint()) != Some(page.fingerprint());
        self.idle = if is_new { 0 } else { self.idle + 1 };
        if self.idle > MAX_IDLE_PAGES {
            return Next::Problem(
                "more than 100 pages in a row brought nothing new, each with a new cursor; the list would not end",
            );
        }
        Next::Cursor(cursor.to_owned())
    }

    /// Puts the next call under way; `false` at the end.
    fn start(&mut self) -> bool {
        if self.is_finished() || matches!(self.next, Next::Problem(_)) {
            return false;
        }
        if self.in_flight.is_none() {
            let call = self.call.clone();
            let call = match &self.next {
                Next::Cursor(cursor) => call.query(cursor_parameter(&self.call), cursor),
                Next::First | Next::Problem(_) | Next::GivenUp | Next::Nothing => call,
            };
            self.in_flight = Some(call.into_call_future());
        }
        true
    }
}

/// Where the cursor goes. A list that is documented to come whole and gives a cursor all the same
/// is asked the way all other lists are; a server that ignores the parameter gives the same cursor again.
fn cursor_parameter<T, C: ApiClient>(call: &Call<Page<T>, C>) -> &'static str {
    call.cursor_parameter().unwrap_or("cursor")
}

fn hash(cursor: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    cursor.hash(&mut hasher);
    hasher.finish()
}

impl<T: Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_failed() {
            return Poll::Ready(None);
        }
        self.poll_page(context).map(|next| self.noted(next))
    }
}

impl<T, C: ApiClient> fmt::Debug for Pages<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pages")
            .field("call", &self.call)
            .field("finished", &self.is_finished())
            .field("remaining", &self.remaining)
            .finish_non_exhaustive()
    }
}

/// A place in a list, to go on from later: it can be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bookmark {
    /// The cursor of the page; `None` for the first.
    cursor: Option<String>,
    /// Items of the page that were read.
    items: u64,
}

/// The items of all pages of a list; one page is held at a time.
///
/// ```no_run
/// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
/// let mut deals = heffl.v2().deals().list().page_size(100).stream();
/// while let Some(deal) = deals.try_next().await? {
///     println!("{}", deal.id);
/// }
/// # Ok(())
/// # }
/// ```
///
/// An item that cannot be read is an error of its own, [`Error::BrokenItem`], and the next item
/// follows. After any other error, [`try_next`](Self::try_next) goes on where it failed: nothing is
/// lost. As a [`Stream`], and as an iterator of the [blocking API](crate::ApiClient), the items end
/// with such an error, so that an adaptor which passes over errors does not ask for ever;
/// [`bookmark`](Self::bookmark) is where to [resume](Self::resume).
#[must_use = "items do nothing until they are asked for"]
pub struct Items<T, C = Client> {
    pages: Pages<T, C>,
    page: Results<T>,
    /// Where the next item is.
    place: Bookmark,
    /// Items of the next page that were read before.
    skip: u64,
    remaining: Option<u64>,
}

impl<T, C: ApiClient> Items<T, C> {
    #[cfg(feature = "blocking")]
    pub(crate) fn pages(&mut self) -> &mut Pages<T, C> {
        &mut self.pages
    }

    /// Ends after this many items.
    pub fn max_items(mut self, items: u64) -> Self {
        self.remaining = Some(items);
        self
    }

    /// Ends after this many pages.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.pages = self.pages.max_pages(pages);
        self
    }

    /// Goes on at a place that was noted before, with the same parameters. Where records were added
    /// or deleted since, items may be met twice or not at all: pages are the server's.
    pub fn resume(mut self, bookmark: Bookmark) -> Self {
        if let Some(cursor) = &bookmark.cursor {
            self.pages.seen.insert(hash(cursor));
            self.pages.next = Next::Cursor(cursor.clone());
        }
        self.skip = bookmark.items;
        self.place = bookmark;
        self
    }

    /// The place of the next item.
    pub fn bookmark(&self) -> Bookmark {
        self.place.clone()
    }

    /// Whether the list has ended before its end: [`max_items`](Self::max_items) or
    /// [`max_pages`](Self::max_pages) was reached, or [`Error::Paging`] was returned, and items were left
    /// or the server did not say that nothing follows.
    ///
    /// `false` while items are still to come, and at the end of the list, also where the last item that
    /// was allowed is the last one of the list. Where the server announced another page, this is `true`
    /// even if that page would have been empty.
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let mut deals = heffl.v2().deals().list().stream().max_items(500);
    /// while let Some(deal) = deals.try_next().await? {
    ///     println!("{}", deal.id);
    /// }
    /// if deals.is_truncated() {
    ///     println!("and more");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_truncated(&self) -> bool {
        let is_page_over = self.page.is_empty();
        match self.remaining {
            Some(0) => !is_page_over || !self.pages.is_complete(),
            _ => is_page_over && self.pages.is_truncated(),
        }
    }
}

impl<T: Send + 'static> Items<T> {
    /// The next item; `None` after the last. After an error, it goes on where that was.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| self.poll_item(context))
            .await
            .transpose()
    }

    /// Everything that is left, in memory at once.
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }
}

impl<T: Send + 'static, C: ApiClient> Items<T, C> {
    pub(crate) fn poll_item(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<T, Error>>> {
        if self.remaining == Some(0) {
            return Poll::Ready(None);
        }
        loop {
            if let Some(item) = self.page.next() {
                self.place.items += 1;
                if item.is_ok() {
                    self.remaining = self.remaining.map(|left| left - 1);
                }
                return Poll::Ready(Some(item));
            }
            let cursor = self.pages.next_cursor().map(str::to_owned);
            let page = match self.pages.poll_page(context) {
                Poll::Ready(Some(Ok(page))) => page,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            };
            let skip = std::mem::take(&mut self.skip);
            self.place = Bookmark {
                cursor,
                items: skip,
            };
            self.page = page.into_results();
            if let Some(last) = usize::try_from(skip).unwrap_or(usize::MAX).checked_sub(1) {
                let _ = self.page.nth(last);
            }
        }
    }
}

impl<T: Send + Unpin + 'static> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.pages.has_failed() {
            return Poll::Ready(None);
        }
        self.poll_item(context).map(|next| self.pages.noted(next))
    }
}

impl<T, C: ApiClient> fmt::Debug for Items<T, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Items")
            .field("pages", &self.pages)
            .field("remaining", &self.remaining)
            .finish_non_exhaustive()
    }
}

//! Lists that go over several pages.

use std::{
    collections::HashSet,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::{
    call::Call, call::CallFuture, error::Error, error::ErrorKind, page::Page, text::debug_fields,
};

/// All pages of a list, one after the other. Only one page is in memory.
///
/// The list ends where the response says so: with `hasMore: false`, or without a cursor and without `hasMore`. A page
/// without items that repeats an earlier cursor, and does not claim that another page follows, is the end too. A list
/// never ends silently before its end. After the items that were received, it returns [`ErrorKind::Paging`] if
///
/// - the response announces another page, and gives no cursor for it;
/// - a cursor is repeated;
/// - more than 100 pages in a row have nothing new (no items, or the same response again), each with a new cursor.
///
/// Without a page size, the pages are as large as the documentation allows, to need the fewest requests.
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
/// After an error, [`try_next`](Self::try_next) requests the same page again, so no record is lost. As a
/// [`Stream`], and as the iterator of `blocking()` (feature `blocking`), the pages end after an error, so
/// that an adaptor which skips errors does not send requests without end.
#[must_use = "no page is read until it is requested"]
pub struct Pages<T> {
    /// The call of the first page.
    call: Call<Page<T>>,
    next: Next,
    in_flight: Option<CallFuture<Page<T>>>,
    /// The cursors that were followed.
    seen: HashSet<String>,
    /// A hash of the last page.
    last: Option<u64>,
    /// The number of pages in a row without anything new.
    idle: u32,
    remaining: Option<u64>,
    /// Whether a stream or an iterator has ended because of an error.
    failed: bool,
}

/// The next request.
#[derive(Clone, Debug)]
enum Next {
    /// The page that the call requests.
    First,
    Cursor(String),
    /// An error: another page was announced that cannot be requested.
    Problem(&'static str),
    /// No request, because that error was reported.
    GivenUp,
    /// No request, because the list is complete.
    Nothing,
}

/// The largest number of pages in a row without anything new.
const MAX_IDLE_PAGES: u32 = 100;

impl<T> Call<Page<T>> {
    /// All pages, from this one on; see [`Pages`].
    pub fn pages(self) -> Pages<T> {
        let call = self.with_largest_page();
        let cursor = call.query_value(call.cursor_parameter());
        let seen = cursor.map(str::to_owned).into_iter().collect();
        Pages {
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

    /// The items of all pages, from this one on; see [`Items`].
    pub fn stream(self) -> Items<T> {
        self.pages().into_items()
    }
}

impl<T> Pages<T> {
    /// Ends after this many pages.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.remaining = Some(pages);
        self
    }

    /// The items of the pages.
    pub fn into_items(self) -> Items<T> {
        Items {
            pages: self,
            page: Vec::new().into_iter(),
            place: Bookmark::default(),
            skip: 0,
            remaining: None,
        }
    }

    /// The cursor of the next page, to continue from later; `None` before the first page and after the
    /// last.
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

    /// Whether the stream stopped before the end of the list: [`max_pages`](Self::max_pages) was reached, or
    /// [`ErrorKind::Paging`] was returned, and the last response did not mark the end of the list.
    ///
    /// `false` before the stream has stopped, and at the end of the list, even if `max_pages` was reached
    /// there. If the server announced another page, this is `true` even if that page would have been empty.
    pub fn is_truncated(&self) -> bool {
        self.is_finished() && !self.is_complete()
    }

    /// Whether the last response marked the end of the list.
    fn is_complete(&self) -> bool {
        matches!(self.next, Next::Nothing)
    }

    /// The next element of a stream or an iterator, which ends after an error. A broken item does not
    /// end it.
    fn noted<I>(&mut self, next: Result<Option<I>, Error>) -> Option<Result<I, Error>> {
        self.failed = matches!(&next, Err(error) if error.kind() != ErrorKind::BrokenItem);
        next.transpose()
    }
}

impl<T: Send + 'static> Pages<T> {
    /// The next page; `None` after the last. After an error, it requests the same page again. Cancel safe.
    pub async fn try_next(&mut self) -> Result<Option<Page<T>>, Error> {
        std::future::poll_fn(|context| self.poll_page(context)).await
    }

    /// [`try_next`](Self::try_next), blocking like [`send_blocking`](Call::send_blocking).
    #[cfg(feature = "blocking")]
    pub fn try_next_blocking(&mut self) -> Result<Option<Page<T>>, Error> {
        // A call that was polled before may belong to the runtime whose thread waits here.
        self.in_flight = None;
        self.start()?;
        let Some(call) = self.in_flight.take() else {
            return Ok(None);
        };
        let page = call.wait(self.call.client(), self.call.operation())?;
        Ok(Some(self.received(page)))
    }

    /// The pages as an iterator, which blocks like [`send_blocking`](Call::send_blocking).
    #[cfg(feature = "blocking")]
    pub fn blocking(mut self) -> impl Iterator<Item = Result<Page<T>, Error>> {
        std::iter::from_fn(move || {
            let next = (!self.failed).then(|| self.try_next_blocking())?;
            self.noted(next)
        })
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Page<T>>, Error>> {
        self.start()?;
        let Some(call) = &mut self.in_flight else {
            return Poll::Ready(Ok(None));
        };
        let page = ready!(Pin::new(call).poll(context));
        self.in_flight = None;
        Poll::Ready(Ok(Some(self.received(page?))))
    }

    fn received(&mut self, page: Page<T>) -> Page<T> {
        self.next = self.after(&page);
        self.remaining = self.remaining.map(|left| left.saturating_sub(1));
        page
    }

    /// Decides what to request after a page. The page itself is complete and is returned in any case.
    fn after(&mut self, page: &Page<T>) -> Next {
        let is_empty = page.is_empty() && page.broken().is_empty();
        if !page.has_more() {
            return Next::Nothing;
        }
        let Some(cursor) = page.next_cursor() else {
            return Next::Problem("the server announces another page, but gives no cursor for it");
        };
        if !self.seen.insert(cursor.to_owned()) {
            // Some servers repeat their last cursor. Without `hasMore: true`, that is the end.
            return if is_empty && page.around.has_more != Some(true) {
                Next::Nothing
            } else {
                Next::Problem("the server repeated a cursor, so the list would not end")
            };
        }
        let print = Some(page.around.fingerprint);
        let is_new = !is_empty && std::mem::replace(&mut self.last, print) != print;
        self.idle = if is_new { 0 } else { self.idle + 1 };
        if self.idle > MAX_IDLE_PAGES {
            return Next::Problem(
                "more than 100 pages in a row had nothing new, each with a new cursor, so the list might not end",
            );
        }
        Next::Cursor(cursor.to_owned())
    }

    /// Starts the next call, if another page follows.
    fn start(&mut self) -> Result<(), Error> {
        if self.is_finished() {
            self.in_flight = None;
        } else if let Next::Problem(problem) = self.next {
            self.next = Next::GivenUp;
            return Err(Error::new(ErrorKind::Paging, problem).of(self.call.operation()));
        } else if self.in_flight.is_none() {
            let call = self.call.clone();
            let call = match self.next_cursor() {
                Some(cursor) => call.query(self.call.cursor_parameter(), cursor),
                None => call,
            };
            self.in_flight = Some(call.send());
        }
        Ok(())
    }
}

impl<T: Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed {
            return Poll::Ready(None);
        }
        self.poll_page(context).map(|next| self.noted(next))
    }
}

debug_fields!(impl<T> Pages<T>, pages => {
    "call": pages.call,
    "finished": pages.is_finished(),
    "remaining": pages.remaining,
});

/// A position in a list, which can be stored to continue from later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bookmark {
    /// The cursor of the page; `None` for the first.
    cursor: Option<String>,
    /// The number of items of the page that were read.
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
/// An item that cannot be read is an error of its own, [`ErrorKind::BrokenItem`], and the next item
/// follows. After any other error, [`try_next`](Self::try_next) continues where it failed, so no record is
/// lost. As a [`Stream`], and as the iterator of `blocking()` (feature `blocking`), the items end after
/// such an error, so that an adaptor which skips errors does not send requests without end;
/// [`bookmark`](Self::bookmark) returns the position to [resume](Self::resume) from.
#[must_use = "no item is read until it is requested"]
pub struct Items<T> {
    pages: Pages<T>,
    page: std::vec::IntoIter<Result<T, Error>>,
    /// The position of the next item.
    place: Bookmark,
    /// The number of items of the next page that were read before.
    skip: u64,
    remaining: Option<u64>,
}

impl<T> Items<T> {
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

    /// Continues from a stored position, with the same parameters. If records were added or deleted since, an item may
    /// be returned twice or not at all, because the server divides the list into pages.
    pub fn resume(mut self, bookmark: Bookmark) -> Self {
        if let Some(cursor) = &bookmark.cursor {
            self.pages.seen.insert(cursor.clone());
            self.pages.next = Next::Cursor(cursor.clone());
        }
        self.skip = bookmark.items;
        self.place = bookmark;
        self
    }

    /// The position of the next item.
    pub fn bookmark(&self) -> Bookmark {
        self.place.clone()
    }

    /// Whether the stream stopped before the end of the list: [`max_items`](Self::max_items) or
    /// [`max_pages`](Self::max_pages) was reached, or [`ErrorKind::Paging`] was returned, and there were
    /// unread items or the last response did not mark the end of the list.
    ///
    /// `false` before the stream has stopped, and at the end of the list, even if a limit was reached there.
    /// If the server announced another page, this is `true` even if that page would have been empty.
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
        let is_page_over = self.page.len() == 0;
        match self.remaining {
            Some(0) => !is_page_over || !self.pages.is_complete(),
            _ => is_page_over && self.pages.is_truncated(),
        }
    }
}

impl<T: Send + 'static> Items<T> {
    /// The next item; `None` after the last. After an error, it continues from there. Cancel safe.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        std::future::poll_fn(|context| self.poll_item(context)).await
    }

    /// All remaining items, in memory at once.
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.try_next().await? {
            items.push(item);
        }
        Ok(items)
    }

    /// [`try_next`](Self::try_next), blocking like [`send_blocking`](Call::send_blocking).
    #[cfg(feature = "blocking")]
    pub fn try_next_blocking(&mut self) -> Result<Option<T>, Error> {
        loop {
            if let Some(item) = self.next_of_page() {
                return item;
            }
            let cursor = self.pages.next_cursor().map(str::to_owned);
            match self.pages.try_next_blocking()? {
                Some(page) => self.begin(page, cursor),
                None => return Ok(None),
            }
        }
    }

    /// The items as an iterator, which blocks like [`send_blocking`](Call::send_blocking).
    ///
    /// ```no_run
    /// # fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// for deal in heffl.v2().deals().list().page_size(100).stream().blocking() {
    ///     println!("{}", deal?.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "blocking")]
    pub fn blocking(mut self) -> impl Iterator<Item = Result<T, Error>> {
        std::iter::from_fn(move || {
            let next = (!self.pages.failed).then(|| self.try_next_blocking())?;
            self.pages.noted(next)
        })
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<T>, Error>> {
        loop {
            if let Some(item) = self.next_of_page() {
                return Poll::Ready(item);
            }
            let cursor = self.pages.next_cursor().map(str::to_owned);
            match ready!(self.pages.poll_page(context))? {
                Some(page) => self.begin(page, cursor),
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// The next item, or the end if a limit is reached; `None` where another page is needed.
    fn next_of_page(&mut self) -> Option<Result<Option<T>, Error>> {
        if self.remaining == Some(0) {
            return Some(Ok(None));
        }
        let item = self.page.next()?;
        self.place.items += 1;
        if item.is_ok() {
            self.remaining = self.remaining.map(|left| left - 1);
        }
        Some(item.map(Some))
    }

    fn begin(&mut self, page: Page<T>, cursor: Option<String>) {
        let items = std::mem::take(&mut self.skip);
        self.place = Bookmark { cursor, items };
        self.page = page.into_results();
        if let Some(last) = usize::try_from(items).unwrap_or(usize::MAX).checked_sub(1) {
            let _ = self.page.nth(last);
        }
    }
}

impl<T: Send + Unpin + 'static> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.pages.failed {
            return Poll::Ready(None);
        }
        self.poll_item(context).map(|next| self.pages.noted(next))
    }
}

debug_fields!(impl<T> Items<T>, items => {
    "pages": items.pages,
    "remaining": items.remaining,
});

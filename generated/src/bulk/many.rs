//! The same work for many items, a few at a time.

use std::{
    collections::BTreeMap,
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::{client::is_planned, error::Error, text::debug_fields};

/// The default number of items that are processed concurrently.
const AT_A_TIME: usize = 8;

/// Runs a call, or any other future, for each of many items.
///
/// Items are started in their order, at most [eight](Self::at_a_time) at a time; the quota of the client sets
/// the pace. The first error stops the work, unless you call [`go_on`](Self::go_on). The report has an
/// [`Outcome`] for each item that was started, in the order of the items.
///
/// ```
/// use heffl::{bulk::Bulk, v2::CreateCompany};
/// use heffl_test_server::TestServer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// # let server = TestServer::start()?;
/// # let heffl = server.client()?;
/// let companies = heffl.v2().companies();
/// let report = Bulk::new(["Northwind", "Contoso"])
///     .on_progress(|progress| eprintln!("{progress}"))
///     .run(|name| companies.create(CreateCompany::new(name)))
///     .await;
/// assert_eq!(report.to_string(), "2 done");
/// let companies = report.into_result()?;
/// assert_eq!(companies[1].name.as_deref(), Some("Contoso"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
///
/// For a dry run, set [`ClientBuilder::dry_run`](crate::ClientBuilder::dry_run). Dropping the future of
/// [`run`](Self::run) cancels the calls that are in progress.
#[must_use = "nothing is done until `run` is awaited"]
pub struct Bulk<'a, S> {
    items: S,
    at_a_time: usize,
    goes_on: bool,
    on_progress: Box<dyn FnMut(Progress) + Send + 'a>,
}

impl<I: Iterator> Bulk<'_, Iter<I>> {
    /// Takes the items of an iterator.
    pub fn new(items: impl IntoIterator<IntoIter = I>) -> Self {
        Bulk::from_stream(Iter(items.into_iter()))
    }
}

impl<'a, S> Bulk<'a, S> {
    /// Takes the items of a stream, such as [`Items`](crate::Items). An error of the stream counts as a
    /// failed item.
    ///
    /// Do not change the position of records in the list while it is being read: move deals out of a stage
    /// only after all deals of the stage [are read](crate::Items::try_collect).
    ///
    /// ```no_run
    /// use heffl::{bulk::Bulk, v2::UpdateTask};
    ///
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let leads = heffl.v2().leads().list().page_size(100).stream();
    /// let report = Bulk::from_stream(leads)
    ///     .run(|lead| async move { println!("{}", lead.id); Ok(()) })
    ///     .await;
    /// # report.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_stream(items: S) -> Self {
        Self {
            items,
            at_a_time: AT_A_TIME,
            goes_on: false,
            on_progress: Box::new(|_| {}),
        }
    }

    /// Sets how many items are processed at a time; 8 by default, and at least 1.
    pub fn at_a_time(mut self, items: usize) -> Self {
        self.at_a_time = items.max(1);
        self
    }

    /// Continues after an error. By default, an error stops the work.
    pub fn go_on(mut self) -> Self {
        self.goes_on = true;
        self
    }

    /// Calls this function after each item.
    pub fn on_progress(mut self, progress: impl FnMut(Progress) + Send + 'a) -> Self {
        self.on_progress = Box::new(progress);
        self
    }

    /// Runs `work` for each item. `work` returns a [`Call`](crate::Call), or another future.
    pub async fn run<I, W, T>(self, mut work: impl FnMut(I) -> W) -> Report<T>
    where
        S: Stream<Item = Result<I, Error>>,
        W: IntoFuture<Output = Result<T, Error>>,
    {
        let (mut items, mut on_progress) = (pin!(self.items), self.on_progress);
        let mut under_way: Vec<(usize, Pin<Box<W::IntoFuture>>)> = Vec::new();
        let (mut begun, mut outcomes) = (0, BTreeMap::new());
        let mut progress = Progress {
            finished: 0,
            failed: 0,
            total: items.size_hint().1,
        };
        let mut are_all_begun = false;
        poll_fn(|context| {
            loop {
                let mut ended: Vec<(usize, Outcome<T>)> = Vec::new();
                while ended.is_empty() && !are_all_begun && under_way.len() < self.at_a_time {
                    match items.as_mut().poll_next(context) {
                        Poll::Ready(Some(item)) => {
                            match item {
                                Ok(item) => {
                                    under_way.push((begun, Box::pin(work(item).into_future())));
                                }
                                Err(error) => ended.push((begun, Outcome::of(Err(error)))),
                            }
                            begun += 1;
                        }
                        Poll::Ready(None) => are_all_begun = true,
                        Poll::Pending => break,
                    }
                }
                under_way.retain_mut(|(index, work)| match work.as_mut().poll(context) {
                    Poll::Ready(result) => {
                        ended.push((*index, Outcome::of(result)));
                        false
                    }
                    Poll::Pending => true,
                });
                if ended.is_empty() {
                    let is_over = are_all_begun && under_way.is_empty();
                    return if is_over {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    };
                }
                for (index, outcome) in ended {
                    progress.finished += 1;
                    if outcome.error().is_some() {
                        progress.failed += 1;
                        are_all_begun |= !self.goes_on;
                    }
                    outcomes.insert(index, outcome);
                    on_progress(progress);
                }
            }
        })
        .await;
        Report {
            outcomes: outcomes.into_values().collect(),
        }
    }
}

debug_fields!(impl<S> Bulk<'_, S>, bulk => { "at_a_time": bulk.at_a_time, "goes_on": bulk.goes_on });

/// The items of an iterator, as a stream.
#[derive(Clone, Debug)]
pub struct Iter<I>(I);

/// The iterator is never pinned.
impl<I> Unpin for Iter<I> {}

impl<I: Iterator> Stream for Iter<I> {
    type Item = Result<I::Item, Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// The progress of the work; displays as `12 of 500, 1 failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    finished: usize,
    failed: usize,
    total: Option<usize>,
}

impl Progress {
    /// The number of finished items, including failed items.
    pub fn finished(&self) -> usize {
        self.finished
    }

    /// The number of items with an error: they failed, or their outcome is unknown.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// The maximum number of items, if it is known.
    pub fn total(&self) -> Option<usize> {
        self.total
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.finished)?;
        if let Some(total) = self.total {
            write!(formatter, " of {total}")?;
        }
        match self.failed {
            0 => Ok(()),
            failed => write!(formatter, ", {failed} failed"),
        }
    }
}

/// The result for an item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome<T> {
    /// The call succeeded.
    Done(T),
    /// Nothing was sent, because the client makes a [dry run](crate::ClientBuilder::dry_run).
    Planned,
    /// The call failed, and nothing was done.
    Failed(Error),
    /// The server may have processed the request, but no response arrived.
    /// [`Index::upsert`](super::Index::upsert) and [`FindOrCreate`](crate::FindOrCreate) return this outcome
    /// only after they have searched for the record and have not found it.
    Unknown(Error),
}

impl<T> Outcome<T> {
    fn of(result: Result<T, Error>) -> Self {
        match result {
            Ok(value) => Self::Done(value),
            Err(error) if is_planned(&error) => Self::Planned,
            Err(error) if error.may_have_been_done() => Self::Unknown(error),
            Err(error) => Self::Failed(error),
        }
    }

    /// The error of an item that failed, or whose outcome is unknown.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Done(_) | Self::Planned => None,
            Self::Failed(error) | Self::Unknown(error) => Some(error),
        }
    }
}

/// The results for all items; displays as `480 done, 3 failed`.
#[derive(Clone, Debug)]
#[must_use = "it has the errors"]
pub struct Report<T> {
    outcomes: Vec<Outcome<T>>,
}

impl<T> Report<T> {
    /// The outcomes of the items that were started, in their order. If an error stopped the work, the items
    /// after the last outcome were not started.
    pub fn outcomes(&self) -> &[Outcome<T>] {
        &self.outcomes
    }

    /// The outcomes, by value.
    pub fn into_outcomes(self) -> Vec<Outcome<T>> {
        self.outcomes
    }

    /// The results of the items that succeeded.
    pub fn done(&self) -> impl Iterator<Item = &T> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Done(value) => Some(value),
            _ => None,
        })
    }

    /// The errors, each with the index of its item.
    pub fn errors(&self) -> impl Iterator<Item = (usize, &Error)> {
        let outcomes = self.outcomes.iter().enumerate();
        outcomes.filter_map(|(index, outcome)| Some((index, outcome.error()?)))
    }

    /// The results in the order of the items, without planned items; or the first error.
    pub fn into_result(self) -> Result<Vec<T>, Error> {
        let values = self
            .outcomes
            .into_iter()
            .filter_map(|outcome| match outcome {
                Outcome::Done(value) => Some(Ok(value)),
                Outcome::Planned => None,
                Outcome::Failed(error) | Outcome::Unknown(error) => Some(Err(error)),
            });
        values.collect()
    }
}

impl<T> fmt::Display for Report<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count =
            |is_it: fn(&Outcome<T>) -> bool| self.outcomes.iter().filter(|it| is_it(it)).count();
        let others = [
            (count(|it| matches!(it, Outcome::Planned)), "planned"),
            (count(|it| matches!(it, Outcome::Failed(_))), "failed"),
            (
                count(|it| matches!(it, Outcome::Unknown(_))),
                "with an unknown outcome",
            ),
        ];
        write!(formatter, "{} done", self.done().count())?;
        for (count, what) in others.into_iter().filter(|(count, _)| *count > 0) {
            write!(formatter, ", {count} {what}")?;
        }
        Ok(())
    }
}

//! Checks that a call has the Tokio runtime that it needs.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::pin,
    task::Poll,
};

use tokio::runtime::Handle;

use crate::platform::{Unfit, panic_message};

const OUTSIDE: &str = "the call was polled outside of a Tokio runtime; await it within one, such as that of `#[tokio::main]`, \
    or send it by `send_blocking()` (feature `blocking`)";

/// The panics of Tokio if a part of the runtime is missing, the message of the error, and whether a request may have
/// been sent.
const PANICS: [(&str, &str, bool); 4] = [
    (
        "timers are disabled",
        "the Tokio runtime has no timers; build it with `enable_all()` or `enable_time()`",
        false,
    ),
    (
        "IO is disabled",
        "the Tokio runtime has no I/O; build it with `enable_all()` or `enable_io()`",
        false,
    ),
    (
        "being shutdown",
        "the Tokio runtime is being shut down; await the call before that",
        true,
    ),
    ("there is no reactor running", OUTSIDE, true),
];

/// Polls a future that needs Tokio. If there is no runtime, or it lacks a part, Tokio
/// panics: only this function converts that to an error. Other panics are resumed.
pub(crate) async fn in_runtime<F: Future>(future: F) -> Result<F::Output, Unfit> {
    // Checked first, because a panic prints a message.
    if Handle::try_current().is_err() {
        return Err((OUTSIDE, false));
    }
    let mut future = pin!(future);
    poll_fn(|context| {
        // The future is not polled again after a panic.
        let poll = AssertUnwindSafe(|| future.as_mut().poll(context));
        match catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => match meaning(panic.as_ref()) {
                Some(unfit) => Poll::Ready(Err(unfit)),
                None => resume_unwind(panic),
            },
        }
    })
    .await
}

fn meaning(panic: &(dyn Any + Send)) -> Option<Unfit> {
    let text = panic_message(panic)?;
    let mut panics = PANICS.iter().filter(|_| text.contains("Tokio 1.x"));
    let (_, message, may_be_sent) = panics.find(|(part, ..)| text.contains(part))?;
    Some((message, *may_be_sent))
}

#[cfg(test)]
mod tests {
    use std::{future::ready, time::Duration};

    use tokio::{net::TcpListener, runtime::Builder, time::sleep};

    use super::*;

    #[test]
    fn a_runtime_without_a_needed_part_is_an_error() {
        let bare = Builder::new_current_thread().build().unwrap();
        let result = bare.block_on(in_runtime(async { sleep(Duration::ZERO).await }));
        assert!(result.unwrap_err().0.contains("timers"));
        let result = bare.block_on(in_runtime(TcpListener::bind("127.0.0.1:0")));
        assert!(result.unwrap_err().0.contains("I/O"));
        assert_eq!(bare.block_on(in_runtime(ready(5))), Ok(5));
    }

    #[test]
    fn the_end_of_a_runtime_is_an_error() {
        let gone = Builder::new_current_thread().enable_all().build().unwrap();
        let sleeping = {
            let _within = gone.enter();
            Box::pin(sleep(Duration::from_secs(60)))
        };
        drop(gone);
        let here = Builder::new_current_thread().enable_all().build().unwrap();
        let result = here.block_on(in_runtime(sleeping));
        assert!(result.unwrap_err().0.contains("shut down"));
    }

    #[test]
    fn other_panics_are_resumed() {
        let here = Builder::new_current_thread().build().unwrap();
        for text in ["a mistake", "IO is disabled"] {
            let panics = in_runtime(async move { panic!("{text}") });
            let result = catch_unwind(AssertUnwindSafe(|| here.block_on(panics)));
            assert_eq!(result.unwrap_err().downcast_ref::<String>().unwrap(), text);
        }
    }
}

//! What Tokio's runtime must have for a call.

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

/// What Tokio panics with where something is missing, what that means, and whether a request may be under way.
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

/// Polls a future that needs Tokio. Where there is no runtime, or it lacks something, Tokio has no other
/// response than a panic: this is the one place that makes an error of it. Other panics go on.
pub(crate) async fn in_runtime<F: Future>(future: F) -> Result<F::Output, Unfit> {
    // Looked at first, as a panic is not quiet.
    if Handle::try_current().is_err() {
        return Err((OUTSIDE, false));
    }
    let mut future = pin!(future);
    poll_fn(|context| {
        // After a panic it is not polled again.
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
    fn what_a_runtime_lacks_is_an_error() {
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
    fn other_panics_go_on() {
        let here = Builder::new_current_thread().build().unwrap();
        for text in ["a mistake", "IO is disabled"] {
            let panics = in_runtime(async move { panic!("{text}") });
            let result = catch_unwind(AssertUnwindSafe(|| here.block_on(panics)));
            assert_eq!(result.unwrap_err().downcast_ref::<String>().unwrap(), text);
        }
    }
}

//! Blocking calls: a thread of the client's own, with a runtime, does the work.
//!
//! The waiting thread polls nothing of Tokio. So it may be a thread on which `block_on` panics,
//! a task that has used up its budget, or a thread that is being shut down.

use std::{
    cell::Cell,
    convert::Infallible,
    io,
    panic::resume_unwind,
    sync::{OnceLock, mpsc},
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use crate::{error::Error, operation::Operation, platform::BoxFuture, transport::Transport};

thread_local! {
    /// Whether this is the thread of a client.
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// The thread of a client and its clones; started by the first call that waits.
#[derive(Default)]
pub(crate) struct Worker(OnceLock<Running>);

struct Running {
    runtime: Handle,
    /// A transport with connections of its own. The connections of async calls depend on the runtimes of those calls,
    /// which the waiting thread may block.
    transport: Transport,
    /// Dropping it ends the thread.
    _stop: oneshot::Sender<Infallible>,
}

impl Worker {
    /// The transport of the thread, for code that runs on it.
    pub(crate) fn transport(&self) -> Option<&Transport> {
        let running = self.0.get().filter(|_| IS_WORKER.get())?;
        Some(&running.transport)
    }

    /// Runs the work on the thread, and waits for the result. `connect` makes its transport when the thread starts.
    pub(crate) fn wait<T: Send + 'static>(
        &self,
        operation: &Operation,
        work: BoxFuture<Result<T, Error>>,
        connect: impl FnOnce() -> Result<Transport, Error>,
    ) -> Result<T, Error> {
        if IS_WORKER.get() {
            return Err(Error::runtime(
                operation,
                "the call would wait for itself: a hook, or other code that runs on the thread of blocking \
                          calls, cannot make one; make it on another thread",
            ));
        }
        let runtime = &self.running(connect)?.runtime;
        #[cfg(feature = "tracing")]
        let work = {
            use tracing::instrument::{Instrument, WithSubscriber};
            work.in_current_span().with_current_subscriber()
        };
        let task = runtime.spawn(work);
        let (sender, result) = mpsc::sync_channel(1);
        // The caller waits until there is a result, so there is a receiver.
        runtime.spawn(async move { sender.send(task.await) });
        match result.recv() {
            Ok(Ok(result)) => result,
            Ok(Err(error)) if error.is_panic() => resume_unwind(error.into_panic()),
            _ => Err(Error::runtime_stopped(operation)),
        }
    }

    fn running(
        &self,
        connect: impl FnOnce() -> Result<Transport, Error>,
    ) -> Result<&Running, Error> {
        if let Some(running) = self.0.get() {
            return Ok(running);
        }
        let transport = connect()?;
        let (stop, stopped) = oneshot::channel();
        let start = || {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let handle = runtime.handle().clone();
            let work = move || {
                IS_WORKER.set(true);
                // An error: the sender was dropped.
                let _ = runtime.block_on(stopped);
            };
            let thread = thread::Builder::new().name(env!("CARGO_PKG_NAME").to_owned());
            thread.spawn(work).map(|_| handle)
        };
        let runtime = start().map_err(|error: io::Error| {
            Error::config("the thread of blocking calls cannot be started").because(error)
        })?;
        let running = Running {
            runtime,
            transport,
            _stop: stop,
        };
        // If two threads start a worker at the same time, one of the two workers ends again.
        Ok(self.0.get_or_init(|| running))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    #[test]
    fn the_thread_begins_with_the_first_wait_and_ends_with_the_last_clone() {
        let (operation, _) = Operation::own("GET", "/v2/notes/{id}");
        let client = Client::new("your-key").unwrap();
        let clone = client.clone();
        assert!(client.engine().worker.0.get().is_none());
        let name = client.engine().wait(
            &operation,
            Box::pin(async { Ok(thread::current().name().map(str::to_owned)) }),
        );
        assert_eq!(name.unwrap().as_deref(), Some(env!("CARGO_PKG_NAME")));
        // Held by a task, which is dropped with the runtime.
        let (sender, receiver) = mpsc::channel::<Infallible>();
        let task = async move {
            let _sender = sender;
            std::future::pending::<()>().await;
        };
        clone.engine().worker.0.get().unwrap().runtime.spawn(task);
        drop(client);
        assert_eq!(receiver.try_recv(), Err(mpsc::TryRecvError::Empty));
        drop(clone);
        assert_eq!(receiver.recv(), Err(mpsc::RecvError));
    }
}

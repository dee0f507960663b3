//! A call from its beginning until its answer is read, for hooks and spans.

use std::cell::Cell;

use crate::{
    Client, Error, Operation, Response,
    call::Decode,
    decode::{Received, Source},
    error::Misfit,
    hook::{CallInfo, HookPanic},
    platform::{self, BoxFuture, Instant},
    request::Request,
    trace::Span,
    transport::Answer,
};

/// A call that is not over.
struct Watch {
    client: Client,
    operation: &'static Operation,
    started: Instant,
    attempts: u32,
    /// Ends with the call, before hooks hear of it.
    span: Option<Span>,
}

/// Sends a request. The future is the same for all calls, so that programs compile it once.
pub(crate) fn call(
    client: Client,
    operation: &'static Operation,
    request: Request,
) -> BoxFuture<Result<Box<Arrival>, Error>> {
    Box::pin(async move {
        let span = Span::call(operation, client.base_url());
        let (started, mut attempts) = (Instant::now(), 0);
        let work = client.execute(operation, request, started, &mut attempts);
        let answer = match span.around(platform::in_runtime(work)).await {
            Ok(answer) => answer,
            Err(unfit) => {
                let error = Error::Runtime {
                    operation,
                    message: unfit.message,
                };
                // Of the last attempt it is known whether it began, of those before it is not.
                let may_be_done = attempts > u32::from(!unfit.may_be_sent);
                Err(error.with_outcome(operation, may_be_done))
            }
        };
        let mut watch = Watch {
            client,
            operation,
            started,
            attempts,
            span: Some(span),
        };
        match answer {
            Ok(answer) => Ok(Box::new(Arrival {
                watch,
                answer,
                panic: Cell::new(None),
            })),
            Err(error) => Err(watch.fail(error)),
        }
    })
}

/// An answer that is not read yet. Reading it is the end of the call.
pub(crate) struct Arrival {
    watch: Watch,
    answer: Answer,
    /// That of the hook for deviations.
    panic: Cell<Option<HookPanic>>,
}

impl Arrival {
    /// The answer's value, and what came around it.
    pub(crate) fn response<T>(&mut self, decode: Decode<T>) -> Result<Response<T>, Error> {
        let value = decode(self)?;
        Ok(Response::new(value, std::mem::take(&mut self.answer)))
    }
}

impl Source for Arrival {
    fn received(&self) -> Received<'_> {
        let (watch, body) = (&self.watch, &self.answer.body);
        Received::new(Some(&watch.client), watch.operation, body, &self.panic)
    }

    fn read(&mut self) -> Result<(), Error> {
        let operation = self.watch.operation;
        // The server has done the work, whatever a hook does now.
        if let Some(panic) = self.panic.take() {
            let error = Error::hook_panicked(operation, panic).with_outcome(operation, true);
            return Err(self.watch.fail(error));
        }
        self.watch
            .end(Ok(self.answer.status.as_u16()))
            .map_err(|panic| panic.with_outcome(operation, true))
    }

    fn misread(&mut self, misfit: Misfit) -> Error {
        let answer = std::mem::take(&mut self.answer);
        let error = Error::decode(self.watch.operation, answer, misfit);
        self.watch.fail(error)
    }
}

impl Watch {
    /// Ends the call with an error. A hook that panics now does not replace it.
    fn fail(&mut self, error: Error) -> Error {
        let _ = self.end(Err(&error));
        error
    }

    /// Fails where a hook panics.
    fn end(&mut self, result: Result<u16, &Error>) -> Result<(), Error> {
        if let Some(span) = self.span.take() {
            span.attempts(self.attempts);
            if let Err(error) = result {
                span.failed(self.operation, self.attempts, error);
            }
            span.end(result);
        }
        self.client.inner().hooks.after_call(|| CallInfo {
            operation: self.operation,
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            result,
        })
    }
}

//! A call from its beginning until its response is read, with the hooks and spans around it.

use std::{cell::Cell, sync::Arc};

use crate::{
    decode::{Decode, Received, Source},
    engine::Engine,
    error::Error,
    error::Mismatch,
    hook::{CallInfo, Moment},
    operation::Operation,
    platform::{self, BoxFuture, Instant},
    request::Request,
    response::RawResponse,
    response::Response,
    trace::Span,
};

/// Sends a request. The future is the same for all calls, so that programs compile it once.
pub(crate) fn call(
    engine: Arc<Engine>,
    operation: Operation,
    request: Request,
) -> BoxFuture<Result<Box<Exchange>, Error>> {
    Box::pin(async move {
        let span = Span::call(&operation, &engine.base_url);
        let (started, mut attempts) = (Instant::now(), 0);
        let work = engine.execute(&operation, request, started, &mut attempts);
        let answer = match span.around(platform::in_runtime(work)).await {
            Ok(answer) => answer,
            Err(unfit) => {
                // Of the last attempt it is known whether it began, of those before it is not.
                let may_be_done = attempts > u32::from(!unfit.may_be_sent);
                Err(Error::runtime(&operation, unfit.message).with_outcome(&operation, may_be_done))
            }
        };
        let (answer, error) = split(answer);
        let mut exchange = Box::new(Exchange {
            engine,
            operation,
            started,
            attempts,
            span: Some(span),
            answer: answer.unwrap_or_default(),
            panic: Cell::new(None),
        });
        let Some(error) = error else {
            return Ok(exchange);
        };
        exchange.close(Some(&error));
        // A hook that panics now does not replace the error.
        exchange.call_hooks(Some(&error)).await;
        Err(error)
    })
}

/// An answer that is not read yet. Reading it is the end of the call.
pub(crate) struct Exchange {
    engine: Arc<Engine>,
    operation: Operation,
    started: Instant,
    attempts: u32,
    /// Ends with the call, before hooks hear of it.
    span: Option<Span>,
    answer: RawResponse,
    /// That of the hook for deviations.
    panic: Cell<Option<Error>>,
}

/// The end of a call: its error, or the future of hooks that are called at the end, which may have another.
pub(crate) type End = Result<Option<Error>, BoxFuture<Option<Error>>>;

impl Exchange {
    /// Reads the answer. The value counts if the end has no error.
    pub(crate) fn read<T>(mut self: Box<Self>, decode: Decode<T>) -> (Option<T>, End) {
        let (value, error) = split(decode(&mut *self));
        (value, self.end(error))
    }

    /// The answer's value, and what came around it.
    pub(crate) async fn response<T>(
        mut self: Box<Self>,
        decode: Decode<T>,
    ) -> Result<Response<T>, Error> {
        let (value, error) = split(decode(&mut *self));
        let answer = std::mem::take(&mut self.answer);
        self.answer.status = answer.status;
        let error = match self.end(error) {
            Ok(error) => error,
            Err(hooks) => hooks.await,
        };
        join(value, error).map(|value| Response::new(value, answer))
    }

    fn end(mut self: Box<Self>, error: Option<Error>) -> End {
        self.close(error.as_ref());
        if self.engine.hooks.is_empty() {
            return Ok(error);
        }
        Err(Box::pin(async move {
            let panic = self.call_hooks(error.as_ref()).await;
            error.or(panic)
        }))
    }

    /// Ends the span.
    fn close(&mut self, error: Option<&Error>) {
        if let Some(span) = self.span.take() {
            span.end_call(&self.operation, self.attempts, self.result(error));
        }
    }

    /// Calls the hooks. An error if one panics.
    async fn call_hooks(&mut self, error: Option<&Error>) -> Option<Error> {
        let info = CallInfo {
            operation: &self.operation,
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            result: self.result(error),
        };
        let hooks = &self.engine.hooks;
        let panic = hooks.call(Moment::AfterCall(info)).await.err()?;
        // The server has done the work, whatever a hook does now.
        Some(panic.with_outcome(&self.operation, true))
    }

    fn result<'a>(&self, error: Option<&'a Error>) -> Result<u16, &'a Error> {
        error.map_or(Ok(self.answer.status.as_u16()), Err)
    }
}

fn split<T>(result: Result<T, Error>) -> (Option<T>, Option<Error>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    }
}

/// What a call gives that has ended.
pub(crate) fn join<T>(value: Option<T>, error: Option<Error>) -> Result<T, Error> {
    match (value, error) {
        (_, Some(error)) => Err(error),
        (Some(value), None) => Ok(value),
        (None, None) => unreachable!("a call that has ended is not polled"),
    }
}

impl Source for Exchange {
    fn received(&self) -> Received<'_> {
        Received::new(
            self.engine.on_deviation.as_deref(),
            &self.operation,
            &self.answer.body,
            &self.panic,
        )
    }

    fn read(&mut self) -> Result<(), Error> {
        let panic = self.panic.take().map_or(Ok(()), Err);
        panic.map_err(|panic| panic.with_outcome(&self.operation, true))
    }

    fn misread(&mut self, misfit: Mismatch) -> Error {
        let answer = std::mem::take(&mut self.answer);
        Error::decode(&self.operation, answer, misfit)
    }
}

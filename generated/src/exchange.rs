//! A call from its start until its response is read, with the hooks and spans around it.

use std::sync::Arc;

use crate::{
    decode::{Decode, Received},
    engine::Engine,
    error::Error,
    hook::{CallInfo, Moment},
    operation::Operation,
    platform::{self, BoxFuture, Instant},
    request::Request,
    response::{RawResponse, Response},
    trace::Span,
};

/// Sends a request. The future is the same for all calls, so that programs compile it once.
pub(crate) fn call(
    engine: Arc<Engine>,
    operation: Operation,
    request: Request,
) -> BoxFuture<Result<Box<Exchange>, Error>> {
    Box::pin(async move {
        let span = Span::call(&operation, &engine.server(&operation));
        let (started, mut attempts) = (Instant::now(), 0);
        let work = engine.execute(&operation, request, started, &mut attempts);
        let response = match span.around(platform::in_runtime(work)).await {
            Ok(response) => response,
            Err((missing, may_be_sent)) => {
                // Whether an attempt was sent is known for the last attempt only.
                let may_be_done = attempts > u32::from(!may_be_sent);
                Err(Error::runtime(&operation, missing).with_outcome(&operation, may_be_done))
            }
        };
        let (response, error) = split(response);
        let mut exchange = Box::new(Exchange {
            engine,
            operation,
            started,
            attempts,
            span: Some(span),
            response: response.unwrap_or_default(),
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

/// A response that is not read yet. Reading it ends the call.
pub(crate) struct Exchange {
    engine: Arc<Engine>,
    operation: Operation,
    started: Instant,
    attempts: u32,
    /// Ends with the call, before the hooks are called.
    span: Option<Span>,
    response: RawResponse,
}

/// The end of a call: its error, or the future of the hooks that are called at the end, which may fail.
pub(crate) type End = Result<Option<Error>, BoxFuture<Option<Error>>>;

impl Exchange {
    /// Reads the response. The value is valid if the end has no error.
    pub(crate) fn read<T>(mut self: Box<Self>, decode: Decode<T>) -> (Option<T>, End) {
        let (value, error) = self.decode(decode);
        (value, self.end(error))
    }

    /// The response's value, and its status, headers and body.
    pub(crate) async fn response<T>(
        mut self: Box<Self>,
        decode: Decode<T>,
    ) -> Result<Response<T>, Error> {
        let (value, error) = self.decode(decode);
        let response = std::mem::take(&mut self.response);
        self.response.status = response.status;
        let error = match self.end(error) {
            Ok(error) => error,
            Err(hooks) => hooks.await,
        };
        join(value, error).map(|value| Response::new(value, response))
    }

    fn decode<T>(&mut self, decode: Decode<T>) -> (Option<T>, Option<Error>) {
        let hook = self.engine.on_deviation.as_deref();
        let response = &mut self.response;
        let received = Received::new(hook, &self.operation, &response.body, response.status);
        let (value, error) = split(decode(&received));
        (
            value,
            error.map(|error| error.of_response(std::mem::take(response))),
        )
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
        // The server has done the work, even if a hook fails now.
        Some(panic.with_outcome(&self.operation, true))
    }

    fn result<'a>(&self, error: Option<&'a Error>) -> Result<u16, &'a Error> {
        error.map_or(Ok(self.response.status.as_u16()), Err)
    }
}

fn split<T>(result: Result<T, Error>) -> (Option<T>, Option<Error>) {
    match result {
        Ok(value) => (Some(value), None),
        Err(error) => (None, Some(error)),
    }
}

/// The result of a call that has ended.
pub(crate) fn join<T>(value: Option<T>, error: Option<Error>) -> Result<T, Error> {
    match (value, error) {
        (_, Some(error)) => Err(error),
        (Some(value), None) => Ok(value),
        (None, None) => unreachable!("a call that has ended is not polled"),
    }
}

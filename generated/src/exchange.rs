//! A call from its start until its response is read, with the hooks and spans around it.

use std::sync::Arc;

use crate::{
    decode::{AnyValue, Decode, Received},
    engine::Engine,
    error::Error,
    hook::{CallInfo, Moment},
    operation::Operation,
    platform::{self, BoxFuture, Instant},
    request::Request,
    response::RawResponse,
    trace::Span,
};

/// Sends a request. The future is the same for all calls, so that programs compile it once.
pub(crate) fn call(
    engine: Arc<Engine>,
    operation: Operation,
    request: Request,
) -> BoxFuture<Result<Exchange, Error>> {
    Box::pin(async move {
        let span = Span::call(&operation, &engine.server(&operation));
        let (started, mut attempts) = (Instant::now(), 0);
        let work = engine.execute(&operation, request, started, &mut attempts);
        let sent = span.around(platform::in_runtime(work)).await;
        let sent = sent.unwrap_or_else(|(missing, may_be_sent)| {
            // Only the last attempt reports whether it was sent.
            let may_be_done = attempts > u32::from(!may_be_sent);
            Err(Error::runtime(&operation, missing).with_outcome(&operation, may_be_done))
        });
        let mut exchange = Exchange {
            engine,
            operation,
            started,
            attempts,
            span,
            response: RawResponse::default(),
        };
        match sent {
            Ok(response) => {
                exchange.response = response;
                Ok(exchange)
            }
            Err(error) => {
                if let Some(hooks) = exchange.end(Some(&error)) {
                    hooks.await?;
                }
                Err(error)
            }
        }
    })
}

/// A response that is not read yet. Reading it ends the call.
pub(crate) struct Exchange {
    engine: Arc<Engine>,
    operation: Operation,
    started: Instant,
    attempts: u32,
    /// Ends with the call, before the hooks are called.
    span: Span,
    response: RawResponse,
}

/// The value of a response, and its status, headers and body.
pub(crate) type Read = (AnyValue, RawResponse);

/// Calls the hooks at the end of a call. Returns the error of the call, or else the error of a hook that panicked.
pub(crate) type EndHooks = BoxFuture<Result<(), Error>>;

impl Exchange {
    /// Reads the response. The value is valid only if the hooks, if there are any, return no error.
    pub(crate) fn read(mut self, decode: Decode) -> (Result<Read, Error>, Option<EndHooks>) {
        let hook = self.engine.on_deviation.as_deref();
        let response = std::mem::take(&mut self.response);
        self.response.status = response.status;
        let received = Received::new(hook, &self.operation, &response.body, response.status);
        let read = match decode(&received) {
            Ok(value) => Ok((value, response)),
            Err(error) => Err(error.of_response(response)),
        };
        let hooks = self.end(read.as_ref().err());
        (read, hooks)
    }

    fn end(self, error: Option<&Error>) -> Option<EndHooks> {
        let Self {
            engine,
            operation,
            started,
            attempts,
            span,
            response,
        } = self;
        let status = response.status.as_u16();
        span.end_call(&operation, attempts, error.map_or(Ok(status), Err));
        if engine.hooks.is_empty() {
            return None;
        }
        let error = error.cloned();
        Some(Box::pin(async move {
            let call = CallInfo {
                operation: &operation,
                attempts,
                elapsed: started.elapsed(),
                result: error.as_ref().map_or(Ok(status), Err),
            };
            let called = engine.hooks.call(Moment::AfterCall(call)).await;
            // The server has done the work, even if a hook fails now.
            let called = called.map_err(|panic| panic.with_outcome(&operation, true));
            error.map_or(called, Err)
        }))
    }
}

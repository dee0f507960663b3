//! A call from its beginning until its answer is read, for hooks and spans.

use crate::{
    Client, Error, Operation, Response,
    call::Decode,
    decode,
    hook::CallInfo,
    platform::{BoxFuture, Instant},
    request::Request,
    trace::Span,
    transport::Answer,
};

/// A call that has an answer or an error, and is not over.
pub(crate) struct Watch {
    client: Client,
    operation: &'static Operation,
    started: Instant,
    attempts: u32,
    span: Span,
}

impl Watch {
    /// Sends a request. The future is the same for all calls, so that programs compile it once.
    pub(crate) fn call(
        client: Client,
        operation: &'static Operation,
        request: Request,
    ) -> BoxFuture<(Result<Answer, Error>, Self)> {
        Box::pin(async move {
            let span = Span::call(operation, client.base_url());
            let (started, mut attempts) = (Instant::now(), 0);
            let answer = span
                .around(client.execute(operation, request, started, &mut attempts))
                .await;
            let watch = Self {
                client,
                operation,
                started,
                attempts,
                span,
            };
            (answer, watch)
        })
    }

    /// Reads the answer; that is the end of the call.
    pub(crate) fn read<T>(
        self,
        answer: Result<Answer, Error>,
        decode: Decode<T>,
    ) -> Result<Response<T>, Error> {
        let result = answer.and_then(|answer| {
            match decode::answer(&self.client, self.operation, &answer.body, decode) {
                Ok(value) => Ok(Response::new(value, answer)),
                Err(misfit) => Err(Error::decode(self.operation, answer, misfit)),
            }
        });
        self.end(result.as_ref().map(|response| response.status));
        result
    }

    fn end(self, result: Result<u16, &Error>) {
        self.span.attempts(self.attempts);
        self.span.end(result);
        self.client.inner().hooks.after_call(|| CallInfo {
            operation: self.operation,
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            result,
        });
    }
}

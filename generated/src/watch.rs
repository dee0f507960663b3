//! A call from its beginning until its answer is read, for hooks and spans.

use crate::{
    Client, Error, Operation, Response,
    call::Decode,
    decode::{Received, Source},
    error::Misfit,
    hook::CallInfo,
    platform::{BoxFuture, Instant},
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
        let answer = span
            .around(client.execute(operation, request, started, &mut attempts))
            .await;
        let mut watch = Watch {
            client,
            operation,
            started,
            attempts,
            span: Some(span),
        };
        match answer {
            Ok(answer) => Ok(Box::new(Arrival { watch, answer })),
            Err(error) => {
                watch.end(Err(&error));
                Err(error)
            }
        }
    })
}

/// An answer that is not read yet. Reading it is the end of the call.
pub(crate) struct Arrival {
    watch: Watch,
    answer: Answer,
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
        Received::new(&self.watch.client, self.watch.operation, &self.answer.body)
    }

    fn read(&mut self) {
        self.watch.end(Ok(self.answer.status.as_u16()));
    }

    fn misread(&mut self, misfit: Misfit) -> Error {
        let answer = std::mem::take(&mut self.answer);
        let error = Error::decode(self.watch.operation, answer, misfit);
        self.watch.end(Err(&error));
        error
    }
}

impl Watch {
    fn end(&mut self, result: Result<u16, &Error>) {
        if let Some(span) = self.span.take() {
            span.attempts(self.attempts);
            span.end(result);
        }
        self.client.inner().hooks.after_call(|| CallInfo {
            operation: self.operation,
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            result,
        });
    }
}

//! A call from its beginning until its answer is read, for hooks and spans.

use crate::{
    Client, Error, Operation, Response,
    call::Decode,
    decode::Received,
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
    span: Span,
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
        let watch = Watch {
            client,
            operation,
            started,
            attempts,
            span,
        };
        match answer {
            Ok(answer) => Ok(Box::new(Arrival { watch, answer })),
            Err(error) => Err(watch.failed(error)),
        }
    })
}

/// An answer that is not read yet. Reading it is the end of the call.
pub(crate) struct Arrival {
    watch: Watch,
    answer: Answer,
}

/// What takes the whole is compiled for every type of answer; a pointer is the least that it can pass on.
#[allow(
    clippy::boxed_local,
    reason = "how large it is depends on the features"
)]
impl Arrival {
    pub(crate) fn value<T>(self: Box<Self>, decode: Decode<T>) -> Result<T, Error> {
        match self.received().and_then(|received| decode(&received)) {
            Ok(value) => {
                self.read();
                Ok(value)
            }
            Err(misfit) => Err(self.misread(misfit)),
        }
    }

    pub(crate) fn response<T>(self: Box<Self>, decode: Decode<T>) -> Result<Response<T>, Error> {
        match self.received().and_then(|received| decode(&received)) {
            Ok(value) => Ok(Response::new(value, self.read())),
            Err(misfit) => Err(self.misread(misfit)),
        }
    }

    fn received(&self) -> Result<Received<'_>, Misfit> {
        Received::new(&self.watch.client, self.watch.operation, &self.answer.body)
    }

    fn read(self: Box<Self>) -> Answer {
        let Self { watch, answer } = *self;
        watch.end(Ok(answer.status.as_u16()));
        answer
    }

    fn misread(self: Box<Self>, misfit: Misfit) -> Error {
        let Self { watch, answer } = *self;
        let error = Error::decode(watch.operation, answer, misfit);
        watch.failed(error)
    }
}

impl Watch {
    fn failed(self, error: Error) -> Error {
        self.end(Err(&error));
        error
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

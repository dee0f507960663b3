//! What the two clients have in common.

use super::Client;
use crate::{CallFuture, Error, Operation};

/// What calls are sent by: [`Client`], or the client of the feature `blocking`.
///
/// Handles, calls and lists name it in their last type argument, which is [`Client`] unless said
/// otherwise. So both APIs are one set of types with the same methods, and only sending differs.
/// Nothing else implements it.
pub trait ApiClient: sealed::ApiClient {
    /// What sending gives: a future to be awaited, or with a blocking client the answer itself.
    type Sent<T>;

    #[doc(hidden)]
    fn deliver<T>(&self, operation: &'static Operation, call: CallFuture<T>) -> Self::Sent<T>;
}

pub(crate) mod sealed {
    use super::{Client, Error};

    pub trait ApiClient: Clone {
        fn from_client(client: Client) -> Result<Self, Error>;

        fn client(&self) -> &Client;
    }
}

impl ApiClient for Client {
    type Sent<T> = CallFuture<T>;

    fn deliver<T>(&self, _: &'static Operation, call: CallFuture<T>) -> CallFuture<T> {
        call
    }
}

impl sealed::ApiClient for Client {
    fn from_client(client: Client) -> Result<Self, Error> {
        Ok(client)
    }

    fn client(&self) -> &Client {
        self
    }
}

/// Gives a view on a client, a struct with the one field `client`, what all of them have.
macro_rules! handle {
    ($name:ident) => {
        impl<'a, C> $name<'a, C> {
            pub(crate) fn new(client: &'a C) -> Self {
                Self { client }
            }
        }

        // Derived, they would ask the same of the client.
        impl<C> ::core::marker::Copy for $name<'_, C> {}

        impl<C> ::core::clone::Clone for $name<'_, C> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<C> ::core::fmt::Debug for $name<'_, C> {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                formatter
                    .debug_struct(stringify!($name))
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use handle;

//! Requests with optional parameters.

/// Implements the methods that send the request, for a struct of optional parameters with the request in its field
/// `call`.
macro_rules! parameters {
    ($name:ident, Page<$item:ty>) => {
        $crate::parameters! { $name, $crate::Page<$item> }

        impl $name {
            /// All pages, from this one on. Without a page size, the pages have the largest size that is documented.
            pub fn pages(self) -> $crate::Pages<$item> {
                self.into_call().pages()
            }

            /// The items of all pages, from this one on. Without a page size, the pages have the largest size that is
            /// documented.
            pub fn stream(self) -> $crate::Items<$item> {
                self.into_call().stream()
            }
        }
    };
    ($name:ident, $output:ty) => {
        impl $name {
            /// The call, for settings that these parameters do not cover: time limits, retries, headers,
            /// further parameters.
            pub fn into_call(self) -> $crate::Call<$output> {
                self.call
            }

            /// Sends the request.
            pub fn send(self) -> $crate::CallFuture<$output> {
                self.into_call().send()
            }

            /// Sends the request, and blocks until the response arrives.
            #[cfg(feature = "blocking")]
            pub fn send_blocking(self) -> ::core::result::Result<$output, $crate::Error> {
                self.into_call().send_blocking()
            }
        }

        impl ::core::future::IntoFuture for $name {
            type Output = ::core::result::Result<$output, $crate::Error>;
            type IntoFuture = $crate::CallFuture<$output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                self.send()
            }
        }
    };
}

pub(crate) use parameters;

//! The differences between native programs and browsers: clocks, timers, and the features of the HTTP
//! client.

use std::{any::Any, time::Duration};

use reqwest::ClientBuilder;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod browser;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod native;

/// Whether this is a browser. A browser always follows redirects, and its headers still name a compression
/// after it has decompressed the body.
pub(crate) const IS_BROWSER: bool = cfg!(all(target_arch = "wasm32", target_os = "unknown"));

/// A future on the heap.
pub(crate) type BoxFuture<T> = Scoped<'static, T>;

/// Settings of the HTTP client.
#[derive(Default)]
pub(crate) struct HttpSettings {
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) proxy: Option<String>,
    pub(crate) configure: Option<ConfigureHttp>,
}

type ConfigureHttp = Box<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| Some(panic.downcast_ref::<String>()?))
}

/// The error of a future that was polled where it cannot work: the missing part and its fix, and whether a
/// request may have been sent.
pub(crate) type Unfit = (&'static str, bool);

/// The time since 1970 by the clock of this machine; zero before 1970.
pub(crate) fn unix_time() -> Duration {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or_default()
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) use browser::*;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) use native::*;

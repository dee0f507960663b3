//! What differs between a program of its own and one in a browser: clocks, timers, and what the HTTP
//! client can do.

use std::any::Any;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod browser;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
mod native;

/// What a panic says.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> Option<&str> {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| Some(panic.downcast_ref::<String>()?))
}

/// A future was polled where it cannot work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// What is missing, and how to fix it.
    pub(crate) message: &'static str,
    /// Whether a request may have been under way.
    pub(crate) may_be_sent: bool,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) use browser::*;
#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) use native::*;

//! How to do things, one chapter after the other.
//!
//! | chapter | about |
//! |---|---|
//! | [Authentication](self::authentication) | keys, addresses, timeouts |
//! | [Custom fields](self::custom_fields) | reading, writing, types of your own |
//! | [Updates](self::updates) | three states, values that may be missing, the smallest update, money and time |
//! | [Lists](self::lists) | pages, filters, order |
//! | [Find or create](self::find_or_create) | by e-mail address or phone number, never twice |
//! | [Quota and retries](self::quota) | 60 requests a minute, and what is sent again |
//! | [Errors](self::errors) | one type, and answers that are not as documented |
//! | [Testing](self::testing) | a stand-in for Heffl in your tests, and records without one |
//! | [Webhooks](self::webhooks) | verifying deliveries |
//! | [Watching and signing](self::hooks) | hooks and spans |
//! | [Beyond the documentation](self::undocumented) | what the API has and this crate does not |
//! | [Without async](self::blocking) | the same calls, waited for |
//! | [v1 or v2?](self::versions) | both, side by side |
//!
//! The [crate's own page](crate) has a first program, and says what is where.

/// Authentication: keys, addresses, timeouts.
///
#[doc = include_str!("../guide/authentication.md")]
pub mod authentication {}

/// Custom fields: reading, writing, types of your own.
///
#[doc = include_str!("../guide/custom_fields.md")]
pub mod custom_fields {}

/// Updates: three states, the smallest update, money and time.
///
#[doc = include_str!("../guide/updates.md")]
pub mod updates {}

/// Lists: pages, filters, order.
///
#[doc = include_str!("../guide/lists.md")]
pub mod lists {}

/// Find or create: by e-mail address or phone number, never twice.
///
#[doc = include_str!("../guide/find_or_create.md")]
pub mod find_or_create {}

/// Quota and retries: 60 requests a minute, and what is sent again.
///
#[doc = include_str!("../guide/quota.md")]
pub mod quota {}

/// Errors: one type, and answers that are not as documented.
///
#[doc = include_str!("../guide/errors.md")]
pub mod errors {}

/// Testing: a stand-in for Heffl in your tests.
///
#[doc = include_str!("../guide/testing.md")]
pub mod testing {}

/// Webhooks: verifying deliveries.
///
#[doc = include_str!("../guide/webhooks.md")]
pub mod webhooks {}

/// Watching and signing: hooks and spans.
///
#[doc = include_str!("../guide/hooks.md")]
pub mod hooks {}

/// Beyond the documentation: what the API has and this crate does not.
///
#[doc = include_str!("../guide/undocumented.md")]
pub mod undocumented {}

/// Without async: the same calls, waited for.
///
#[doc = include_str!("../guide/blocking.md")]
pub mod blocking {}

/// v1 or v2?: both, side by side.
///
#[doc = include_str!("../guide/versions.md")]
pub mod versions {}

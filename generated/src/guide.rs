//! The guide: one chapter for each topic.
//!
//! | chapter | about |
//! |---|---|
//! | [Authentication](self::authentication) | settings, proxies, sharing a key, timeouts |
//! | [Custom fields](self::custom_fields) | reading, writing, types of your own |
//! | [Updates](self::updates) | set, clear or leave unchanged; identifiers; `diff`; money and time |
//! | [Lists](self::lists) | pages, filters, order |
//! | [Find or create](self::find_or_create) | by e-mail address or phone number, never twice |
//! | [Many records](self::bulk) | imports, dry runs, names, sums, new records |
//! | [Quota and retries](self::quota) | 60 requests a minute, several processes, cancellation, retries |
//! | [Errors](self::errors) | one type, unexpected responses, retries |
//! | [Testing](self::testing) | a test server, canned responses, a paused clock, records |
//! | [Webhooks](self::webhooks) | verifying deliveries |
//! | [Hooks and tracing](self::hooks) | code around calls, spans and logs |
//! | [Undocumented endpoints](self::undocumented) | calls without a method, missing features |
//! | [Blocking calls](self::blocking) | the same calls without async |
//! | [v1 or v2?](self::versions) | which version to use |
//!
//! The [page of the crate](crate) has a first program and an overview.

/// Authentication: settings, proxies, sharing a key, timeouts.
///
#[doc = include_str!("../guide/authentication.md")]
pub mod authentication {}

/// Custom fields: reading, writing, types of your own.
///
#[doc = include_str!("../guide/custom_fields.md")]
pub mod custom_fields {}

/// Updates: set, clear or leave unchanged; identifiers; `diff`; money and time.
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

/// Many records: imports, dry runs, names, sums, new records.
///
#[doc = include_str!("../guide/bulk.md")]
pub mod bulk {}

/// Quota and retries: 60 requests a minute, several processes, cancellation, retries.
///
#[doc = include_str!("../guide/quota.md")]
pub mod quota {}

/// Errors: one type, unexpected responses, retries.
///
#[doc = include_str!("../guide/errors.md")]
pub mod errors {}

/// Testing: a test server, canned responses, a paused clock, records.
///
#[doc = include_str!("../guide/testing.md")]
pub mod testing {}

/// Webhooks: verifying deliveries.
///
#[doc = include_str!("../guide/webhooks.md")]
pub mod webhooks {}

/// Hooks and tracing: code around calls, spans and logs.
///
#[doc = include_str!("../guide/hooks.md")]
pub mod hooks {}

/// Undocumented endpoints: calls without a method, missing features.
///
#[doc = include_str!("../guide/undocumented.md")]
pub mod undocumented {}

/// Blocking calls: the same calls without async.
///
#[doc = include_str!("../guide/blocking.md")]
pub mod blocking {}

/// v1 or v2? Which version to use.
///
#[doc = include_str!("../guide/versions.md")]
pub mod versions {}

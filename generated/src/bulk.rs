//! Work on many records: imports, reports, and moving records in bulk.
//!
//! | task | type |
//! |---|---|
//! | create, update or delete many records, a few at a time, with a result for each | [`Bulk`] |
//! | create or update by e-mail address, phone number or custom field, each key once | [`Index::upsert`], [`FindOrCreate::or_update`](crate::FindOrCreate::or_update) |
//! | find a tag, stage, user, pipeline or source by its name | [`Index`] |
//! | see what a program would change | [`ClientBuilder::dry_run`](crate::ClientBuilder::dry_run) |
//! | notice new records | [`Watch`] |
//! | sum amounts by currency or any other key, exactly | [`Sums`] |
//!
//! These helpers use the public API: their calls wait for the quota and are retried like all calls. The
//! helpers are async; a program without async makes [blocking calls](crate::guide::blocking) in a loop.
//!
//! ```
//! use heffl::{bulk::{Bulk, By, Index}, v2::{Contact, CreateContact, UpdateContact}};
//! use heffl_test_server::TestServer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let server = TestServer::start()?;
//! let heffl = server.client()?;
//! let contacts = heffl.v2().contacts();
//!
//! let list = contacts.list().page_size(100).into_call();
//! let known = Index::read(list, By::Email, |contact| contact.email.clone()).await?;
//! let rows = [("Ada", "ada@example.com"), ("Grace", "grace@example.com"), ("Ada L.", "Ada@Example.com")];
//! let report = Bulk::new(rows)
//!     .run(|(name, email)| {
//!         let body = CreateContact::new(name).email(email);
//!         let update = |old: &Contact| contacts.update(&old.id, UpdateContact::new());
//!         known.upsert(email, contacts.create(body), update)
//!     })
//!     .await;
//! assert_eq!(report.to_string(), "3 done");
//! assert_eq!(server.records("contacts").len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok(())
//! # }
//! ```

mod index;
mod many;
mod sums;
mod upsert;
mod watch;

pub use index::{By, Index};
pub use many::{Bulk, Iter, Outcome, Progress, Report};
pub use sums::{Sums, Total};
pub use upsert::Upserted;
pub use watch::Watch;

//! Records whose kind is known only at run time.

use std::fmt;

use kstring::KString;

/// A record of one of several kinds: the name of the kind, and the identifier. The API calls them
/// `entity` and `entityId`.
///
/// The identifier of such a record converts into an `EntityRef`, and back:
///
/// ```
/// use heffl::{DealId, EntityRef, LeadId};
///
/// let record = EntityRef::from(DealId::new("dl_4t8w"));
/// assert_eq!((record.entity(), record.id()), ("deals", "dl_4t8w"));
/// assert!(LeadId::try_from(record.clone()).is_err());
/// assert_eq!(DealId::try_from(record), Ok(DealId::new("dl_4t8w")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EntityRef {
    entity: KString,
    id: KString,
}

impl EntityRef {
    /// A record of a kind that this version of the crate may not know. The client does not send an identifier
    /// with the prefix of another kind than `entity`.
    pub fn new(entity: impl AsRef<str>, id: impl AsRef<str>) -> Self {
        Self {
            entity: KString::from_ref(entity.as_ref()),
            id: KString::from_ref(id.as_ref()),
        }
    }

    /// The name of the kind.
    pub fn entity(&self) -> &str {
        &self.entity
    }

    /// The identifier.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.entity, self.id)
    }
}

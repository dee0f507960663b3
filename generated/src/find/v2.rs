//! Contacts and companies of v2.
//!
//! The documentation says that `search` of contacts finds e-mail addresses. Only a public program shows that
//! it finds phone numbers, and it is unknown what `search` of companies covers. The other records have no
//! address or number, or no search; v1 has no search.

use super::{
    Find, FindOrCreate, Key, Kind, Lookup,
    key::{tidy_email, tidy_phone},
};
use crate::v2::{
    companies::{Companies, Company, CreateCompany},
    contacts::{Contact, Contacts, CreateContact},
};

static CONTACT: Kind<Contact> = Kind {
    name: "contact",
    list: |client| client.v2().contacts().list().into_call(),
    search: |client, text| client.v2().contacts().list().search(text).into_call(),
    lookup: Lookup::Search,
    id: |contact| contact.id.as_str(),
    field: |contact, key| match key {
        Key::Email(_) => contact.email.as_deref(),
        Key::Phone(_) => contact.phone.as_deref(),
    },
    extra: |contact| &contact.extra,
};

static COMPANY: Kind<Company> = Kind {
    name: "company",
    list: |client| client.v2().companies().list().into_call(),
    search: |client, text| client.v2().companies().list().search(text).into_call(),
    lookup: Lookup::WholeList,
    id: |company| company.id.as_str(),
    field: |company, key| match key {
        Key::Email(_) => company.email.as_deref(),
        Key::Phone(_) => company.phone.as_deref(),
    },
    extra: |company| &company.extra,
};

/// Finds contacts.
impl Contacts<'_> {
    /// Finds the contact with this e-mail address; see [`Find`] for the comparison.
    ///
    /// It uses the parameter `search`, which is documented for e-mail addresses.
    ///
    /// ```no_run
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// if let Some(contact) = heffl.v2().contacts().find_by_email("ada@example.com").await? {
    ///     println!("{}: {:?}", contact.id, contact.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn find_by_email(self, email: &str) -> Find<Contact> {
        CONTACT.find(self.client, Key::email(Some(email)))
    }

    /// Finds the contact with this phone number; see [`Find`] for the comparison.
    ///
    /// It uses the parameter `search`, with the number in the form `+971501234567`. Only a public program
    /// shows that `search` covers phone numbers, and it may miss numbers that are stored in another form:
    /// [`Lookup::WholeList`] finds them too.
    pub fn find_by_phone(self, phone: &str) -> Find<Contact> {
        CONTACT.find(self.client, Key::phone(Some(phone)))
    }

    /// Finds the contact with the e-mail address of `body`, or creates it; see [`FindOrCreate`]. An existing
    /// contact is not changed.
    ///
    /// ```no_run
    /// use heffl::v2::CreateContact;
    ///
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let ada = CreateContact::new("Ada").email("ada@example.com");
    /// let found = heffl.v2().contacts().find_or_create_by_email(ada).await?;
    /// println!("{}, new: {}", found.record().id, found.is_created());
    /// # Ok(())
    /// # }
    /// ```
    pub fn find_or_create_by_email(self, mut body: CreateContact) -> FindOrCreate<Contact> {
        tidy(&mut body.email, &mut body.phone);
        let key = Key::email(body.email.as_deref());
        CONTACT.find(self.client, key).or_create(self.create(body))
    }

    /// Finds the contact with the phone number of `body`, or creates it; see [`FindOrCreate`], and
    /// [`find_by_phone`](Self::find_by_phone) for the search. An existing contact is not changed.
    pub fn find_or_create_by_phone(self, mut body: CreateContact) -> FindOrCreate<Contact> {
        tidy(&mut body.email, &mut body.phone);
        let key = Key::phone(body.phone.as_deref());
        CONTACT.find(self.client, key).or_create(self.create(body))
    }
}

/// Finds companies. The documentation does not say what `search` covers for companies, so these methods read
/// the whole list unless the caller sets [`Lookup::Search`].
impl Companies<'_> {
    /// Finds the company with this e-mail address; see [`Find`] for the comparison. Reads the whole list.
    ///
    /// ```no_run
    /// use heffl::Lookup;
    ///
    /// # async fn example(heffl: heffl::Client) -> Result<(), heffl::Error> {
    /// let companies = heffl.v2().companies();
    /// let found = companies.find_by_email("office@example.com").await?;
    /// // One call instead of one for each 100 companies, if you know that `search` covers the field.
    /// let found = companies.find_by_email("office@example.com").lookup(Lookup::Search).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn find_by_email(self, email: &str) -> Find<Company> {
        COMPANY.find(self.client, Key::email(Some(email)))
    }

    /// Finds the company with this phone number; see [`Find`] for the comparison. Reads the whole list.
    pub fn find_by_phone(self, phone: &str) -> Find<Company> {
        COMPANY.find(self.client, Key::phone(Some(phone)))
    }

    /// Finds the company with the e-mail address of `body`, or creates it; see [`FindOrCreate`]. Reads the
    /// whole list. An existing company is not changed.
    pub fn find_or_create_by_email(self, mut body: CreateCompany) -> FindOrCreate<Company> {
        tidy(&mut body.email, &mut body.phone);
        let key = Key::email(body.email.as_deref());
        COMPANY.find(self.client, key).or_create(self.create(body))
    }

    /// Finds the company with the phone number of `body`, or creates it; see [`FindOrCreate`]. Reads the
    /// whole list. An existing company is not changed.
    pub fn find_or_create_by_phone(self, mut body: CreateCompany) -> FindOrCreate<Company> {
        tidy(&mut body.email, &mut body.phone);
        let key = Key::phone(body.phone.as_deref());
        COMPANY.find(self.client, key).or_create(self.create(body))
    }
}

/// A new record must be found again, so its key is sent without the characters that copying adds.
fn tidy(email: &mut Option<String>, phone: &mut Option<String>) {
    if let Some(email) = email {
        *email = tidy_email(email).to_owned();
    }
    if let Some(phone) = phone {
        *phone = tidy_phone(phone);
    }
}

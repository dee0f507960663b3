//! Signing and verifying.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{
    Error, Event, HEADER_ID, HEADER_SIGNATURE, HEADER_TIMESTAMP, Headers, ReplayGuard,
    replay::AnyGuard,
};
use crate::{invisible::is_blank, platform::MaybeSend, secret::Secret, text::debug_fields};

/// The default tolerance: the largest allowed difference between the time of signing and the receiver's
/// clock.
pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(5 * 60);

const SECRET_PREFIX: &str = "whsec_";
const SIGNATURE_PREFIX: &str = "v1,";

/// The length of the shortest accepted secret, in bytes. A shorter one can be guessed, or is truncated.
const SHORTEST_SECRET: usize = 16;

/// Padding, which not all secrets have, is removed before.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::RequireNone)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Verifies that deliveries come from Heffl.
///
/// Create one verifier, and keep it for the life of the program.
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<Key>,
    tolerance: Duration,
    guard: Option<Arc<dyn AnyGuard>>,
}

impl Verifier {
    /// Verifies deliveries that are signed with this secret, `whsec_…`. Quotation marks, invisible characters
    /// and a `v1,` around it are removed. A secret of less than 16 bytes is an error.
    ///
    /// Standard Webhooks decodes the secret after its prefix from base64. Heffl's documentation does not say
    /// whether Heffl does the same, so signatures with the undecoded text as key are accepted too.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, Error> {
        Ok(Self {
            keys: Key::all_of(&secret.into())?,
            tolerance: DEFAULT_TOLERANCE,
            guard: None,
        })
    }

    /// Accepts deliveries that are signed with this secret too: during a rotation, or for several
    /// subscriptions with one address.
    pub fn or_secret(mut self, secret: impl Into<Secret>) -> Result<Self, Error> {
        self.keys.extend(Key::all_of(&secret.into())?);
        Ok(self)
    }

    /// Sets the largest allowed difference between the time of signing and the receiver's clock.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Rejects deliveries that were received before, such as those that an eavesdropper sends again.
    ///
    /// ```
    /// use heffl::webhooks::{RecentDeliveries, Verifier};
    ///
    /// let secret = "whsec_c2VjcmV0IG9mIHRoZSB3b3Jrc3BhY2U=";
    /// let verifier = Verifier::new(secret)?.replay_guard(RecentDeliveries::new());
    /// # Ok::<(), heffl::webhooks::Error>(())
    /// ```
    #[must_use]
    pub fn replay_guard(mut self, guard: impl ReplayGuard + 'static) -> Self {
        self.guard = Some(Arc::new(guard));
        self
    }

    /// Checks that a delivery comes from Heffl, that it is recent and, with a [`ReplayGuard`], that it is
    /// new.
    pub fn verify<'a>(
        &self,
        headers: &(impl Headers + ?Sized),
        body: &'a [u8],
    ) -> impl Future<Output = Result<Delivery<'a>, Error>> + MaybeSend {
        // The headers need not be `Sync`: they are not held across an await.
        let checked = self.verify_signature(headers, body, SystemTime::now());
        async move {
            let delivery = checked?;
            if let Some(guard) = &delivery.guard {
                let is_new = guard.admit(&delivery.id, delivery.until);
                if !is_new
                    .await
                    .map_err(|error| Error::Guard(error.to_string()))?
                {
                    return Err(Error::Replayed);
                }
            }
            Ok(delivery)
        }
    }

    /// Checks that a delivery comes from Heffl, and was signed around `now`. It does not use the
    /// [`ReplayGuard`]: for programs without async, and for tests with their own clock.
    pub fn verify_signature<'a>(
        &self,
        headers: &(impl Headers + ?Sized),
        body: &'a [u8],
        now: SystemTime,
    ) -> Result<Delivery<'a>, Error> {
        let header = |name| headers.get(name).ok_or(Error::MissingHeader(name));
        let (id, timestamp) = (header(HEADER_ID)?, header(HEADER_TIMESTAMP)?);
        let signatures = header(HEADER_SIGNATURE)?;
        let signed = signing_time(timestamp)?;
        if now > signed.checked_add(self.tolerance).unwrap_or(now) {
            return Err(Error::TooOld);
        }
        if signed > now.checked_add(self.tolerance).unwrap_or(signed) {
            return Err(Error::TooNew);
        }
        let mut given = signatures
            .split_ascii_whitespace()
            .filter_map(|signature| signature.strip_prefix(SIGNATURE_PREFIX))
            .peekable();
        if given.peek().is_none() {
            return Err(Error::NoSignature);
        }
        let is_right = |signature: Vec<u8>| {
            let mut keys = self.keys.iter();
            keys.any(|key| key.fits(id, timestamp, body, &signature))
        };
        let fits = given
            .filter_map(|signature| STANDARD.decode(signature).ok())
            .any(is_right);
        if !fits {
            return Err(Error::WrongSignature);
        }
        let until = signed.checked_add(self.tolerance).unwrap_or(now);
        Ok(Delivery {
            id: id.to_owned(),
            signed,
            until,
            body,
            guard: self.guard.clone(),
        })
    }
}

debug_fields!(impl Verifier, verifier => {
    "tolerance": verifier.tolerance,
    "replay_guard": verifier.guard.is_some(),
});

/// The time in the header: only digits, because it is a part of the signed text.
fn signing_time(text: &str) -> Result<SystemTime, Error> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_plain);
    let signed = seconds.and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    signed.ok_or(Error::Timestamp)
}

/// A verified delivery.
#[must_use = "the event is inside"]
pub struct Delivery<'a> {
    id: String,
    signed: SystemTime,
    /// The time from which the delivery is too old.
    until: SystemTime,
    body: &'a [u8],
    guard: Option<Arc<dyn AnyGuard>>,
}

impl Delivery<'_> {
    /// Identifier of the message, `msg_…`; the same for repeated deliveries.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The time of signing, in whole seconds.
    pub fn signed_at(&self) -> SystemTime {
        self.signed
    }

    /// The unchanged body.
    pub fn body(&self) -> &[u8] {
        self.body
    }

    /// Parses the event.
    pub fn event(&self) -> Result<Event, Error> {
        Event::from_slice(self.body)
    }

    /// Makes the [`ReplayGuard`], if there is one, accept this delivery again. Call it if your work failed,
    /// and respond with an error, so that Heffl sends the delivery again.
    pub async fn forget(self) -> Result<(), Error> {
        match &self.guard {
            Some(guard) => guard.forget(&self.id).await,
            None => Ok(()),
        }
        .map_err(|error| Error::Guard(error.to_string()))
    }
}

// Without the body, which is personal data.
debug_fields!(impl Delivery<'_>, delivery => {
    "id": delivery.id,
    "signed": delivery.signed,
    "body_length": delivery.body.len(),
});

/// Signs deliveries as Heffl does, for tests of programs that receive them.
#[derive(Clone)]
pub struct Signer(Key);

impl Signer {
    /// Creates a signer with this secret, `whsec_…`, in the forms that [`Verifier::new`] accepts. The part
    /// after the prefix is decoded from base64, as Standard Webhooks requires; if it is not base64, the text
    /// itself is the key.
    pub fn new(secret: impl Into<Secret>) -> Result<Self, Error> {
        let mut keys = Key::all_of(&secret.into())?;
        Ok(Self(keys.swap_remove(0)))
    }

    /// The three headers of a delivery that is signed now.
    pub fn headers(&self, id: &str, body: &[u8]) -> [(&'static str, String); 3] {
        self.headers_at(id, body, SystemTime::now())
    }

    /// The three headers of a delivery that was signed at this time; times before 1970 count as 1970.
    pub fn headers_at(
        &self,
        id: &str,
        body: &[u8],
        signed: SystemTime,
    ) -> [(&'static str, String); 3] {
        let since = signed.duration_since(UNIX_EPOCH).unwrap_or_default();
        let timestamp = since.as_secs().to_string();
        let mac = self.0.mac(id, &timestamp, body).finalize().into_bytes();
        let signature = format!("{SIGNATURE_PREFIX}{}", STANDARD.encode(mac));
        [
            (HEADER_ID, id.to_owned()),
            (HEADER_TIMESTAMP, timestamp),
            (HEADER_SIGNATURE, signature),
        ]
    }
}

debug_fields!(impl Signer, _signer => {});

/// A secret without its prefix, and without white space and invisible characters around it.
fn bare(secret: &str) -> &str {
    const QUOTES: [char; 7] = [
        '"', '\'', '`', '\u{201C}', '\u{201D}', '\u{2018}', '\u{2019}',
    ];

    let is_around = |character| is_blank(character) || QUOTES.contains(&character);
    let text = secret.trim_matches(is_around);
    let text = text.strip_prefix(SIGNATURE_PREFIX).unwrap_or(text);
    let text = text.trim_matches(is_around);
    text.strip_prefix(SECRET_PREFIX).unwrap_or(text)
}

#[derive(Clone)]
struct Key(Hmac<Sha256>);

impl Key {
    /// The keys that a secret may mean, the key of the standard first; at least one.
    fn all_of(secret: &Secret) -> Result<Vec<Self>, Error> {
        let given = secret.expose();
        let text = bare(given);
        // No decoding is longer than the text.
        if text.len() < SHORTEST_SECRET {
            return Err(Error::Secret);
        }
        let encoded: String = text
            .chars()
            .filter(|character| !is_blank(*character))
            .collect();
        let encoded = encoded.trim_end_matches('=');
        let decode = |engine: GeneralPurpose| engine.decode(encoded).unwrap_or_default();
        // The removed characters could be a part of a plain secret.
        let plain = given.trim();
        let plain = plain.strip_prefix(SECRET_PREFIX).unwrap_or(plain);
        let mut keys = vec![
            decode(BASE64),
            text.into(),
            decode(BASE64_URL),
            plain.into(),
        ];
        keys.retain(|key| !key.is_empty());
        keys.dedup();
        let key = |key: &Vec<u8>| Hmac::new_from_slice(key).map(Self);
        let keys: Result<_, _> = keys.iter().map(key).collect();
        keys.map_err(|_| Error::Secret)
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }

    /// Compares in constant time.
    fn fits(&self, id: &str, timestamp: &str, body: &[u8], signature: &[u8]) -> bool {
        self.mac(id, timestamp, body)
            .verify_slice(signature)
            .is_ok()
    }
}

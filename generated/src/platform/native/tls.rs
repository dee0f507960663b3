//! Whether TLS can work.

use reqwest::ClientBuilder;

/// Whether this crate was built with TLS.
pub(super) const IS_AVAILABLE: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// What to do where there is no TLS.
pub(super) const NEEDS_FEATURE: &str = concat!(
    "https needs the feature `rustls` or `native-tls`: add one to the features of `",
    env!("CARGO_PKG_NAME"),
    "` in Cargo.toml"
);

/// What to do where the HTTP client cannot be built. Its error says only in its text whether certificates are
/// missing.
pub(super) const CANNOT_BE_BUILT: &str = "the HTTP client cannot be built; if there are no CA certificates on \
    this machine to check the server's certificate by, install them (the package `ca-certificates` on most systems), or \
    set SSL_CERT_FILE to a file that holds them";

/// Loads no certificates, for an address without TLS: there may be none on this machine. Whatever speaks
/// TLS all the same is trusted only if the program names its certificate.
pub(super) fn trusting_nobody(http: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    let http = http.tls_certs_only([]);
    http
}

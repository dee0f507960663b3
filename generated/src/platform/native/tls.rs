//! Checks for TLS, and their messages.

use reqwest::ClientBuilder;

/// Whether this crate was built with TLS.
pub(super) const IS_AVAILABLE: bool = cfg!(any(feature = "rustls", feature = "native-tls"));

/// The help for a build without TLS.
pub(super) const NEEDS_FEATURE: &str = concat!(
    "https needs the feature `rustls` or `native-tls`: add one to the features of `",
    env!("CARGO_PKG_NAME"),
    "` in Cargo.toml"
);

/// The error of a failed build of the HTTP client. Only the text of its cause shows whether certificates are
/// missing.
pub(super) const CANNOT_BE_BUILT: &str = "the HTTP client cannot be built; if there are no CA certificates on \
    this machine to check the server's certificate by, install them (the package `ca-certificates` on most systems), or \
    set SSL_CERT_FILE to a file that holds them";

/// Loads no certificates, for an address without TLS: this machine may have none. A connection with
/// TLS is then trusted only if the program adds the certificate.
pub(super) fn trusting_nobody(http: ClientBuilder) -> ClientBuilder {
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    let http = http.tls_certs_only([]);
    http
}

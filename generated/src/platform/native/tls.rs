//! Whether TLS can work.

use reqwest::ClientBuilder;

use crate::error::causes;

/// What to do where there is no TLS.
pub(super) const NEEDS_FEATURE: &str = "https needs the feature `rustls` or `native-tls`: add one to the features of `heffl` in Cargo.toml";

/// What to do where there are no certificates.
pub(super) const NO_CERTIFICATES: &str = "there are no CA certificates on this machine to check the server's \
    certificate by; install them (the package `ca-certificates` on most systems), or set SSL_CERT_FILE to a \
    file that holds them";

/// Whether reqwest was built with TLS: by our features, or by another crate of the program, whose features
/// of reqwest are ours as well. In the latter case, only `Debug` shows it.
pub(super) fn is_available() -> bool {
    cfg!(any(feature = "rustls", feature = "native-tls"))
        || format!("{:?}", reqwest::Client::builder()).contains("tls_sni")
}

/// Loads no certificates, for an address without TLS: there may be none on this machine. Whatever speaks
/// TLS all the same is trusted only if the program names its certificate.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
pub(super) fn trusting_nobody(http: ClientBuilder) -> ClientBuilder {
    http.tls_certs_only([])
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
pub(super) fn trusting_nobody(http: ClientBuilder) -> ClientBuilder {
    http
}

/// Whether the builder failed for want of certificates. The verifier says so in its text alone.
pub(super) fn lacks_certificates(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.to_string().contains("No CA certificates"))
}

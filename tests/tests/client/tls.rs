//! Certificates are checked by default: a server without a valid certificate for its name gets
//! neither the request nor the key.

use std::sync::Arc;

use heffl::{Client, ErrorKind, RetryPolicy, reqwest};
use rcgen::{CertifiedKey, KeyPair};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::oneshot,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\nconnection: close\r\n\r\n{\"id\": \"dl_1\"}";

/// A self-signed certificate for this name.
fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed([name.to_owned()]).unwrap()
}

/// Serves one connection with the certificate. Returns its address, and the received request.
async fn serve(certificate: &CertifiedKey<KeyPair>) -> (String, oneshot::Receiver<Option<String>>) {
    let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!(
        "https://localhost:{}/api",
        listener.local_addr().unwrap().port()
    );
    let (tell, heard) = oneshot::channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else {
            return tell.send(None);
        };
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap_or(0);
        let _ = stream.write_all(RESPONSE).await;
        let _ = stream.shutdown().await;
        request.truncate(length);
        tell.send((length > 0).then(|| String::from_utf8(request).unwrap()))
    });
    (address, heard)
}

#[tokio::test]
async fn a_server_without_a_valid_certificate_gets_nothing() {
    let good = certificate("localhost");
    let of_another = certificate("api.example.com");
    for (name, certificate, trusted, is_good) in [
        ("not trusted", &good, None, false),
        ("of another name", &of_another, Some(&of_another), false),
        // The server itself works.
        ("trusted", &good, Some(&good), true),
    ] {
        let (address, heard) = serve(certificate).await;
        let mut builder = Client::builder()
            .api_key("s3cret")
            .base_url(address)
            .retry(RetryPolicy::never());
        if let Some(trusted) = trusted {
            let certificate = reqwest::Certificate::from_der(trusted.cert.der()).unwrap();
            builder = builder.http(move |http| http.tls_certs_merge([certificate.clone()]));
        }
        let result = builder
            .build()
            .unwrap()
            .v2()
            .deals()
            .get(heffl::DealId::new("dl_1"))
            .await;
        let heard = heard.await.unwrap();
        if is_good {
            assert_eq!(result.unwrap().id.as_str(), "dl_1", "{name}");
            assert!(heard.unwrap().contains("x-api-key: s3cret"), "{name}");
        } else {
            let error = result.unwrap_err();
            assert!(
                error.kind() == ErrorKind::Transport && error.is_connect(),
                "{name}: {error}"
            );
            // The cause is printed once.
            let text = format!("{error:#}");
            assert_eq!(
                text.matches("invalid peer certificate").count(),
                1,
                "{text}"
            );
            assert!(!error.redacted().to_string().contains("example"), "{text}");
            assert_eq!(heard, None, "{name}");
        }
    }
}

//! Encryption: the certificate that the service shows, and a client that asks whether a service answers.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use app::Error;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, ClientConfig, ClientConnection, DigitallySignedStruct, ServerConfig, SignatureScheme,
};

use crate::settings::TlsFiles;
use crate::token::read_file;

/// Bytes that a file of certificates, or of a key, may have.
const MOST: u64 = 1 << 20;
/// The one protocol that is spoken inside.
const PROTOCOL: &[u8] = b"http/1.1";

/// The certificate that is shown now.
pub(crate) struct Tls {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the certificate and its key.
    ///
    /// # Errors
    /// A file that cannot be read; `bad_value` when it has no certificate or no key, or when they are not of each other.
    pub(crate) fn read(files: TlsFiles) -> Result<Self, Error> {
        let current = RwLock::new(config(&files)?);
        Ok(Self { files, current })
    }

    /// Reads both files again, for the connections to come.
    ///
    /// # Errors
    /// Those of [`Tls::read`]; then the certificate stays as it was.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let read = config(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }

    /// Encrypts a connection with the certificate of now.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn config(files: &TlsFiles) -> Result<Arc<ServerConfig>, Error> {
    let bad = |file: &Path, why: String| Error::new("bad_value", format!("{}: {why}", file.display()));
    let told = |error: pem::Error, what: &str| match error {
        pem::Error::NoItemsFound => format!("there is no {what} in it"),
        // What is wrong is said without the text: it may be of a key.
        pem::Error::MissingSectionEnd { .. }
        | pem::Error::IllegalSectionStart { .. }
        | pem::Error::Base64Decode(_)
        | pem::Error::Io(_)
        | _ => format!("it is no {what} in PEM"),
    };
    let text = read_file(&files.certificate, MOST)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| bad(&files.certificate, told(error, "certificate")))?;
    if chain.is_empty() {
        return Err(bad(&files.certificate, "there is no certificate in it".to_owned()));
    }
    let text = read_file(&files.key, MOST)?;
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes())
        .map_err(|error| bad(&files.key, told(error, "private key")).hint("a key without a password is wanted"))?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| {
            let hint = "the first certificate is that of the key, and the ones that lead to its issuer follow";
            bad(&files.certificate, format!("it cannot be used with {}: {error}", files.key.display())).hint(hint)
        })?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Arc::new(config))
}

/// A connection to a service of this machine that encrypts. It finds out whether the service answers, and not who it is:
/// the certificate bears another name than the address at which a machine asks itself, and nothing secret is sent.
///
/// # Errors
/// Those of the library.
pub(crate) fn unverified_client() -> Result<ClientConnection, rustls::Error> {
    let provider = provider();
    let verifier = Unverified(provider.signature_verification_algorithms);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(|error| rustls::Error::General(error.to_string()))?;
    ClientConnection::new(Arc::new(config), name)
}

/// Takes any certificate whose key the other side has.
#[derive(Debug)]
struct Unverified(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

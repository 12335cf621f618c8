//! TLS on the gateway's own address: the certificate and its key, which a reload replaces without closing a connection.

mod faults;
mod same_certificate;
mod validity;

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use gemj_model::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::configuration::TlsSettings;
pub(crate) use faults::{TlsFault, faults_of_dates, faults_of_pair};
pub(crate) use same_certificate::connector;
use validity::Validity;

/// A certificate with its intermediate certificates, its key and its dates.
#[derive(Debug)]
pub(crate) struct Pair {
    certified: Arc<CertifiedKey>,
    validity: Validity,
}

impl Pair {
    /// Reads the certificate and the key, and checks that they belong together. The dates are not checked.
    pub(crate) fn read(settings: &TlsSettings) -> Result<Self, TlsFault> {
        let chain = certificates(&settings.certificate_file)?;
        let key = private_key(&settings.key_file)?;
        let validity = chain.first().and_then(|leaf| Validity::of(leaf));
        let validity = validity.ok_or_else(|| TlsFault::Damaged(settings.certificate_file.clone()))?;
        let certified = CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => TlsFault::Mismatch {
                certificate: settings.certificate_file.clone(),
                key: settings.key_file.clone(),
            },
            rustls::Error::InvalidCertificate(_) => TlsFault::Damaged(settings.certificate_file.clone()),
            _ => TlsFault::UnusableKey(settings.key_file.clone()),
        })?;
        Ok(Self {
            certified: Arc::new(certified),
            validity,
        })
    }

    /// The certificate of the gateway itself, without the intermediate certificates.
    pub(crate) fn leaf(&self) -> CertificateDer<'static> {
        self.certified
            .cert
            .first()
            .cloned()
            .unwrap_or_else(|| CertificateDer::from(Vec::new()))
    }

    /// The time after which clients refuse the certificate.
    pub(crate) fn ends(&self) -> Timestamp {
        self.validity.not_after
    }

    /// The fault of the certificate's dates at a time. Absent if the certificate is valid at this time.
    pub(crate) fn fault_at(&self, now: Timestamp, certificate_file: &Path) -> Option<TlsFault> {
        let file = certificate_file.to_owned();
        if self.validity.not_after < now {
            let ended = self.validity.not_after.rfc3339();
            return Some(TlsFault::Expired { file, ended });
        }
        let begins = self.validity.not_before.rfc3339();
        (now < self.validity.not_before).then_some(TlsFault::NotYetValid { file, begins })
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let text = std::fs::read(file).map_err(|error| TlsFault::unreadable_certificate(file, &error))?;
    let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = read.map_err(|_| TlsFault::Damaged(file.to_owned()))?;
    if chain.is_empty() {
        return Err(TlsFault::NoCertificate(file.to_owned()));
    }
    Ok(chain)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsFault> {
    let text = std::fs::read(file).map_err(|error| TlsFault::unreadable_key(file, &error))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsFault::NoKey(file.to_owned()),
        _ => TlsFault::UnusableKey(file.to_owned()),
    })
}

/// The certificate that new connections get. Connections that are open keep theirs.
#[derive(Debug)]
pub(crate) struct Certificates(RwLock<Arc<Pair>>);

impl Certificates {
    pub(crate) fn new(pair: Pair) -> Arc<Self> {
        Arc::new(Self(RwLock::new(Arc::new(pair))))
    }

    pub(crate) fn current(&self) -> Arc<Pair> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Uses another certificate for every connection that begins later.
    pub(crate) fn replace(&self, pair: Pair) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
    }

    /// The server's settings: TLS 1.2 and 1.3. The HTTP server adds the protocols `h2` and `http/1.1` (ALPN).
    pub(crate) fn server(self: &Arc<Self>) -> anyhow::Result<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .context("server.tls")?;
        Ok(builder
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>))
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current().certified))
    }
}

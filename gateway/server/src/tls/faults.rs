//! Faults of the TLS certificate and its key, with their remedies.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gemj_model::Timestamp;

use super::Pair;
use crate::configuration::{Configuration, Fault};

/// A reason why a certificate or its key cannot be used. No text contains a part of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlsFault {
    #[error("{} does not exist; name the PEM file of the certificate with its intermediate certificates", .0.display())]
    CertificateAbsent(PathBuf),
    #[error("{} cannot be read ({kind}); the gateway's user must be able to read it", file.display())]
    CertificateUnreadable { file: PathBuf, kind: ErrorKind },
    #[error("{} contains no certificate in PEM (-----BEGIN CERTIFICATE-----)", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} contains a damaged certificate; get the file from its issuer again", .0.display())]
    Damaged(PathBuf),
    #[error("{} does not exist; name the PEM file of the certificate's private key, with mode 0600", .0.display())]
    KeyAbsent(PathBuf),
    #[error("{} cannot be read ({kind}); the gateway's user must own it", file.display())]
    KeyUnreadable { file: PathBuf, kind: ErrorKind },
    #[error("{} contains no private key in PEM without a passphrase (PKCS#8, PKCS#1 or SEC1); `openssl pkey` removes a passphrase", .0.display())]
    NoKey(PathBuf),
    #[error("{} contains a key that cannot be used; RSA with at least 2048 bits, ECDSA (P-256, P-384, P-521) and Ed25519 can", .0.display())]
    UnusableKey(PathBuf),
    #[error(
        "{} is not the key of the first certificate in {}; the gateway's own certificate comes first, then the intermediate certificates",
        key.display(), certificate.display()
    )]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("{}: the certificate ended at {ended}; clients refuse it. Get a new one, and run `gemj-gateway reload`", file.display())]
    Expired { file: PathBuf, ended: String },
    #[error("{}: the certificate is valid only from {begins}; check the clock, or get another one", file.display())]
    NotYetValid { file: PathBuf, begins: String },
}

impl TlsFault {
    pub(super) fn unreadable_certificate(file: &Path, error: &std::io::Error) -> Self {
        let file = file.to_owned();
        match error.kind() {
            ErrorKind::NotFound => Self::CertificateAbsent(file),
            kind => Self::CertificateUnreadable { file, kind },
        }
    }

    pub(super) fn unreadable_key(file: &Path, error: &std::io::Error) -> Self {
        let file = file.to_owned();
        match error.kind() {
            ErrorKind::NotFound => Self::KeyAbsent(file),
            kind => Self::KeyUnreadable { file, kind },
        }
    }

    /// The key of the configuration that names the file with the fault.
    fn place(&self) -> &'static str {
        match self {
            Self::KeyAbsent(_) | Self::KeyUnreadable { .. } | Self::NoKey(_) | Self::UnusableKey(_) | Self::Mismatch { .. } => {
                "server.tls.key_file"
            }
            Self::CertificateAbsent(_)
            | Self::CertificateUnreadable { .. }
            | Self::NoCertificate(_)
            | Self::Damaged(_)
            | Self::Expired { .. }
            | Self::NotYetValid { .. } => "server.tls.certificate_file",
        }
    }

    fn located(&self) -> Fault {
        Fault::at(self.place(), format!("{}: {self}", self.place()))
    }
}

/// The fault of the configured certificate and key, without their dates.
pub(crate) fn faults_of_pair(configuration: &Configuration) -> Option<Fault> {
    let settings = configuration.server.tls.as_ref()?;
    Pair::read(settings).err().map(|fault| fault.located())
}

/// The fault of the configured certificate's dates. Absent if the certificate cannot be read, which is another fault.
pub(crate) fn faults_of_dates(configuration: &Configuration, now: Timestamp) -> Option<Fault> {
    let settings = configuration.server.tls.as_ref()?;
    let fault = Pair::read(settings).ok()?.fault_at(now, &settings.certificate_file)?;
    Some(fault.located())
}

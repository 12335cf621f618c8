//! The contents of the files that a configuration names: keys, secrets and certificates.

use std::path::PathBuf;

use aws_lc_rs::digest::{SHA256, digest};

use super::TrustedIssuers;

/// The files with the digests of their contents. Two values are equal if the same files have the same contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamedFiles(Vec<(PathBuf, Option<Vec<u8>>)>);

impl NamedFiles {
    /// Reads all files that the configuration names. A file that cannot be read has no digest.
    pub(crate) fn of(config: &TrustedIssuers) -> Self {
        let of_issuers = config
            .issuers
            .iter()
            .flat_map(|issuer| issuer.secret_files().chain(&issuer.jwks_file));
        let of_clients = config.clients.iter().filter_map(|client| client.jwks_file.as_ref());
        let files = of_issuers.chain(of_clients).chain(&config.ca_file);
        let read = |file: &PathBuf| std::fs::read(file).ok().map(|bytes| digest(&SHA256, &bytes).as_ref().to_vec());
        Self(files.map(|file| (file.clone(), read(file))).collect())
    }
}

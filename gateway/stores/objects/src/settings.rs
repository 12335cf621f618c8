//! The settings of the object store.

use std::fmt;
use std::path::PathBuf;

/// The settings of the object store.
#[derive(Clone, Default)]
pub struct ObjectSettings {
    /// The place of the store: `file:///absolute/folder` or `s3://bucket/prefix`.
    pub url: String,
    /// S3: the base URL of the service. If absent, the endpoint in the process environment is used. If that is also absent, the service is
    /// AWS.
    pub endpoint: Option<String>,
    /// S3: the region. If absent, the region in the process environment is used. If that is also absent, the region is `us-east-1`, which
    /// most S3-compatible services ignore.
    pub region: Option<String>,
    /// S3: the id of the access key. If absent, the credentials in the process environment are used.
    pub access_key_id: Option<String>,
    /// S3: the secret of the access key.
    pub secret_access_key: Option<String>,
    /// S3: whether the endpoint may be a plain `http:` URL.
    pub allow_http: bool,
    /// The path of a FASTA file with its `.fai` index beside it, for CRAM files that need an external reference. Absent if no reference is
    /// configured.
    pub reference_fasta: Option<PathBuf>,
}

impl fmt::Debug for ObjectSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectSettings")
            .field("url", &self.url)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id.as_ref().map(|_| ".."))
            .field("secret_access_key", &self.secret_access_key.as_ref().map(|_| ".."))
            .field("allow_http", &self.allow_http)
            .field("reference_fasta", &self.reference_fasta)
            .finish()
    }
}

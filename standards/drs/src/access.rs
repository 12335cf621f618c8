use serde::{Serialize, Serializer};

use crate::{AccessId, Authorizations};

/// The protocol that transfers an object's bytes (DRS 1.5 § AccessMethod.type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AccessMethodType {
    /// Amazon S3 protocol.
    S3,
    /// Google Cloud Storage.
    Gs,
    /// The FTP protocol.
    Ftp,
    /// The GridFTP protocol.
    Gsiftp,
    /// The Globus transfer service.
    Globus,
    /// htsget: the URL is a ticket endpoint followed by an id.
    Htsget,
    /// The HTTPS protocol.
    Https,
    /// A file that the client can open by its path.
    File,
}

impl AccessMethodType {
    /// The value of `type` in the JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gs => "gs",
            Self::Ftp => "ftp",
            Self::Gsiftp => "gsiftp",
            Self::Globus => "globus",
            Self::Htsget => "htsget",
            Self::Https => "https",
            Self::File => "file",
        }
    }
}

/// "A fully resolvable URL that can be used to fetch the actual object bytes" (DRS 1.5 § AccessURL).
///
/// URL and headers may contain credentials, so `Debug` shows neither.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AccessUrl {
    /// The URL at which the bytes can be fetched.
    pub url: String,
    /// The headers that the client must send, each in the form `Name: value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
}

impl AccessUrl {
    /// An access URL that needs no headers.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            headers: Vec::new(),
        }
    }

    /// The same access URL with one more header that the client must send.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(format!("{name}: {value}"));
        self
    }
}

impl std::fmt::Debug for AccessUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessUrl")
            .field("header_count", &self.headers.len())
            .finish_non_exhaustive()
    }
}

/// The location of the bytes: "at least one of `access_url` and `access_id` must be provided" (DRS 1.5 § AccessMethod).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessLocation {
    /// The bytes are at this URL.
    Url(AccessUrl),
    /// The bytes are at a URL that `/objects/{object_id}/access/{access_id}` returns.
    Id(AccessId),
    /// The bytes are at this URL, and also at a URL that `/objects/{object_id}/access/{access_id}` returns.
    UrlOrId(AccessUrl, AccessId),
}

impl AccessLocation {
    fn url(&self) -> Option<&AccessUrl> {
        match self {
            Self::Url(url) | Self::UrlOrId(url, _) => Some(url),
            Self::Id(_) => None,
        }
    }

    fn id(&self) -> Option<&AccessId> {
        match self {
            Self::Id(id) | Self::UrlOrId(_, id) => Some(id),
            Self::Url(_) => None,
        }
    }
}

/// One way to get an object's bytes (DRS 1.5 § AccessMethod).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessMethod {
    /// The protocol that transfers the bytes.
    pub method_type: AccessMethodType,
    /// The URL or the access id with which a client gets the bytes.
    pub location: AccessLocation,
    /// The cloud provider: `aws`, `gcp`, `azure` or another.
    pub cloud: Option<String>,
    /// The region of the cloud provider in which the bytes are stored.
    pub region: Option<String>,
    /// Whether the bytes are available at once; `false` if they must first be restored from an archive.
    pub available: Option<bool>,
    /// How a client can authorize the request for the access URL; `None` if not stated. Only a method with an `access_id` should have this member.
    pub authorizations: Option<Authorizations>,
}

impl AccessMethod {
    /// An access method with the required members only.
    #[must_use]
    pub fn new(method_type: AccessMethodType, location: AccessLocation) -> Self {
        Self {
            method_type,
            location,
            cloud: None,
            region: None,
            available: None,
            authorizations: None,
        }
    }
}

impl Serialize for AccessMethod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            #[serde(rename = "type")]
            method_type: AccessMethodType,
            #[serde(skip_serializing_if = "Option::is_none")]
            access_url: Option<&'a AccessUrl>,
            #[serde(skip_serializing_if = "Option::is_none")]
            access_id: Option<&'a AccessId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            cloud: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            region: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            available: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            authorizations: Option<&'a Authorizations>,
        }
        let members = Members {
            method_type: self.method_type,
            access_url: self.location.url(),
            access_id: self.location.id(),
            cloud: self.cloud.as_deref(),
            region: self.region.as_deref(),
            available: self.available,
            authorizations: self.authorizations.as_ref(),
        };
        members.serialize(serializer)
    }
}

use serde::{Serialize, Serializer};

/// The digest method of a checksum: IANA's Hash Name String if there is one, otherwise a name that the specification suggests (DRS 1.5 §
/// Checksum.type).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChecksumType {
    /// SHA-256, under IANA's name `sha-256`.
    Sha256,
    /// SHA-384, under IANA's name `sha-384`.
    Sha384,
    /// SHA-512, under IANA's name `sha-512`.
    Sha512,
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// A storage provider's entity tag, if it is hexadecimal.
    Etag,
    /// CRC-32C.
    Crc32c,
    /// GA4GH's truncated SHA-512: the first 24 bytes.
    Trunc512,
}

impl ChecksumType {
    /// All digest methods that this crate knows.
    pub const ALL: [Self; 8] = [
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Md5,
        Self::Sha1,
        Self::Etag,
        Self::Crc32c,
        Self::Trunc512,
    ];

    /// The value of `type` in the JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Etag => "etag",
            Self::Crc32c => "crc32c",
            Self::Trunc512 => "trunc512",
        }
    }

    /// The digest method with exactly this name; `None` if this crate does not know the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// The number of hexadecimal digits of a checksum by this method; `None` if the number varies.
    #[must_use]
    pub const fn digit_count(self) -> Option<usize> {
        match self {
            Self::Sha256 => Some(64),
            Self::Sha384 => Some(96),
            Self::Sha512 => Some(128),
            Self::Md5 => Some(32),
            Self::Sha1 => Some(40),
            Self::Crc32c => Some(8),
            Self::Trunc512 => Some(48),
            Self::Etag => None,
        }
    }
}

impl Serialize for ChecksumType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// "The hex-string encoded checksum for the data" (DRS 1.5 § Checksum), in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Checksum {
    checksum: String,
    #[serde(rename = "type")]
    method: ChecksumType,
}

/// The text is not a checksum of the stated method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the hexadecimal digits of a {} checksum", .method.as_str())]
pub struct ChecksumError {
    /// The digest method that the text should match.
    pub method: ChecksumType,
}

impl Checksum {
    /// Parses a checksum of `method` from its hexadecimal digits, in upper or lower case.
    ///
    /// # Errors
    /// [`ChecksumError`] if the text contains other characters or has the wrong number of digits.
    pub fn parse(method: ChecksumType, hexadecimal: &str) -> Result<Self, ChecksumError> {
        let right_length = method
            .digit_count()
            .map_or(!hexadecimal.is_empty(), |count| hexadecimal.len() == count);
        if !right_length || !hexadecimal.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ChecksumError { method });
        }
        Ok(Self {
            checksum: hexadecimal.to_ascii_lowercase(),
            method,
        })
    }

    /// The digest method of this checksum.
    #[must_use]
    pub fn method(&self) -> ChecksumType {
        self.method
    }

    /// The hexadecimal digits of the checksum, in lower case.
    #[must_use]
    pub fn hexadecimal(&self) -> &str {
        &self.checksum
    }
}

/// The text whose digest by `method` is a bundle's checksum: "a sorted concatenation of the checksums of its top-level contained objects (not
/// recursive, names not included)" (DRS 1.5 § DrsObject.checksums). `children` holds each child's checksums. `None` if a child has no checksum
/// by `method`.
///
/// The caller computes the digest itself. The worked example in the specification is not a real digest.
#[must_use]
pub fn bundle_checksum_input<'a>(method: ChecksumType, children: impl IntoIterator<Item = &'a [Checksum]>) -> Option<String> {
    let of_method = |checksums: &'a [Checksum]| checksums.iter().find(|checksum| checksum.method == method);
    let mut digits = children
        .into_iter()
        .map(|child| of_method(child).map(Checksum::hexadecimal))
        .collect::<Option<Vec<_>>>()?;
    digits.sort_unstable();
    Some(digits.concat())
}

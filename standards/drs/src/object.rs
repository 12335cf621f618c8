//! DRS objects: blobs and bundles.

mod contents;

pub use contents::{ContentsError, ContentsObject, ContentsTarget};
use serde::{Serialize, Serializer};

use crate::{AccessMethod, Checksum, NonEmpty, ObjectId, PortableName};

/// "Object metadata, and a list of access methods that can be used to fetch object bytes" (DRS 1.5 § DrsObject).
///
/// One id always refers to the same bytes (§ DRS IDs). A change of the bytes must therefore change the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrsObject {
    /// The id of the object.
    pub id: ObjectId,
    /// A hostname-based `drs://` URI for the object; see [`crate::hostname_uri`].
    pub self_uri: String,
    /// The size of a blob in bytes; for a bundle, the sum over its contents. At most 2^63-1.
    pub size_bytes: u64,
    /// The creation time of the *content*, RFC 3339.
    pub created_time: String,
    /// The time of the last change of the content, RFC 3339. If the content never changes, this is the creation time.
    pub updated_time: Option<String>,
    /// The digests of the bytes. For the checksum of a bundle see [`crate::bundle_checksum_input`].
    pub checksums: NonEmpty<Checksum>,
    /// A file name for the object; `None` if not stated.
    pub name: Option<PortableName>,
    /// The version of the object, as free text; `None` if not stated.
    pub version: Option<String>,
    /// The media type of the bytes; `None` if not stated.
    pub mime_type: Option<String>,
    /// A description of the object for human readers; `None` if not stated.
    pub description: Option<String>,
    /// Other names of the object. They must not identify a person.
    pub aliases: Vec<String>,
    /// The ways to get the bytes. A blob has at least one access method, unless the caller may read only its metadata.
    pub access_methods: Vec<AccessMethod>,
    /// Whether the object is a blob or a bundle.
    pub content: Content,
}

/// Whether an object is a blob or a bundle ("If not set, this `DrsObject` is a single blob").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The object is a blob: its content is bytes.
    Blob,
    /// The object is a bundle: its content is other objects. Use [`Content::bundle`], which checks the rules of the specification.
    Bundle(NonEmpty<ContentsObject>),
}

impl Content {
    /// Makes a bundle of `children`. Each child must have an id and a unique name.
    ///
    /// # Errors
    /// [`ContentsError`] if there are no children, or if a rule for names or ids is violated at any depth.
    pub fn bundle(children: Vec<ContentsObject>) -> Result<Self, ContentsError> {
        contents::check(&children)?;
        NonEmpty::try_from(children).map(Self::Bundle).map_err(|_| ContentsError::Empty)
    }
}

impl DrsObject {
    /// A blob with the required members only.
    #[must_use]
    pub fn blob(
        id: ObjectId,
        self_uri: impl Into<String>,
        size_bytes: u64,
        created_time: impl Into<String>,
        checksums: NonEmpty<Checksum>,
    ) -> Self {
        Self {
            id,
            self_uri: self_uri.into(),
            size_bytes,
            created_time: created_time.into(),
            updated_time: None,
            checksums,
            name: None,
            version: None,
            mime_type: None,
            description: None,
            aliases: Vec::new(),
            access_methods: Vec::new(),
            content: Content::Blob,
        }
    }
}

impl Serialize for DrsObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Members<'a> {
            id: &'a ObjectId,
            #[serde(skip_serializing_if = "Option::is_none")]
            name: Option<&'a PortableName>,
            self_uri: &'a str,
            size: u64,
            created_time: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            updated_time: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            version: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            mime_type: Option<&'a str>,
            checksums: &'a NonEmpty<Checksum>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            access_methods: &'a [AccessMethod],
            #[serde(skip_serializing_if = "Option::is_none")]
            contents: Option<&'a NonEmpty<ContentsObject>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            description: Option<&'a str>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            aliases: &'a [String],
        }
        let members = Members {
            id: &self.id,
            name: self.name.as_ref(),
            self_uri: &self.self_uri,
            size: self.size_bytes,
            created_time: &self.created_time,
            updated_time: self.updated_time.as_deref(),
            version: self.version.as_deref(),
            mime_type: self.mime_type.as_deref(),
            checksums: &self.checksums,
            access_methods: &self.access_methods,
            contents: match &self.content {
                Content::Blob => None,
                Content::Bundle(children) => Some(children),
            },
            description: self.description.as_deref(),
            aliases: &self.aliases,
        };
        members.serialize(serializer)
    }
}

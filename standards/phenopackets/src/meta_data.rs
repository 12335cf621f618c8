//! The metadata of a packet: its author, its date and its terminologies.

use crate::error::{OtherDocument, PhenopacketError};
use crate::object::Object;

/// The message `MetaData`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaData {
    /// The date when the packet was created, RFC 3339, as written; `None` if not stated.
    pub created: Option<String>,
    /// The author of the packet; `None` if not stated.
    pub created_by: Option<String>,
    /// The schema version of the packet (`2.0.2`); `None` if not stated, which means version 2.
    pub phenopacket_schema_version: Option<String>,
    /// The terminologies that the packet uses.
    pub resources: Vec<Resource>,
}

/// The message `Resource`: a terminology and its release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The identifier of the terminology (`hp`).
    pub id: String,
    /// The prefix of the terminology's terms (`HP`).
    pub namespace_prefix: String,
    /// The release of the terminology.
    pub version: String,
}

impl MetaData {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["submittedBy", "updates", "externalReferences"]);
        let version = object.text("phenopacketSchemaVersion")?;
        match version.as_deref().map(|v| v.split('.').next()) {
            None | Some(None | Some("2")) => {}
            Some(Some("1")) => {
                return Err(PhenopacketError::NotAPhenopacket {
                    found: OtherDocument::VersionOne,
                });
            }
            Some(Some(_)) => {
                return Err(PhenopacketError::NotAPhenopacket {
                    found: OtherDocument::OtherVersion,
                });
            }
        }
        Ok(Self {
            created: object.text("created")?,
            created_by: object.text("createdBy")?,
            phenopacket_schema_version: version,
            resources: object.list("resources", Resource::read)?,
        })
    }
}

impl Resource {
    fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["name", "url", "iriPrefix"]);
        Ok(Self {
            id: object.text("id")?.unwrap_or_default(),
            namespace_prefix: object.text("namespacePrefix")?.unwrap_or_default(),
            version: object.text("version")?.unwrap_or_default(),
        })
    }
}

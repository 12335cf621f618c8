//! A file before its registration. It names participants by id, not yet by ordinal.

use gemj_model::{
    Assembly, DatasetId, FamilyId, FileFormat, IndexFormat, ObjectId, Origin, ParticipantId, Sex, SiteId, SpecimenId, Timestamp,
};

/// One column of a new file, and the sheet's statements about its participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSample {
    /// The sample's name in the file's header.
    pub sample: String,
    /// The participant; absent if the sheet names none. A sample without a participant is never served.
    pub participant: Option<ParticipantId>,
    /// The specimen from which the sample was made.
    pub specimen: Option<SpecimenId>,
    /// The family; absent if the sheet does not state it.
    pub family: Option<FamilyId>,
    /// The stated sex; `Unknown` contradicts no other statement.
    pub sex: Sex,
    /// The institution; absent if the sheet does not state it.
    pub site: Option<SiteId>,
}

/// A file to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObject {
    /// The id under which the file will be served.
    pub id: ObjectId,
    /// The dataset. Its policy applies to the file.
    pub dataset: DatasetId,
    /// BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// The assembly of the coordinates.
    pub assembly: Assembly,
    /// Germline or somatic.
    pub origin: Origin,
    /// The samples in column order. A reads file has one.
    pub samples: Vec<NewSample>,
    /// Whether the file is loaded as a joint file (several participants).
    pub joint: bool,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// The place of the bytes, relative to the object store's root.
    pub storage_key: String,
    /// The place of the index.
    pub index_key: String,
    /// The index's format.
    pub index_format: IndexFormat,
    /// The time of registration.
    pub created: Timestamp,
    /// The key that identifies a repeated load. The loader chooses it; one object per key.
    pub natural_key: String,
}

/// The result of `register_object`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The file was registered now.
    New,
    /// The file was registered before; nothing changed.
    Same,
}

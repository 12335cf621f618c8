//! The description of a file that is to be registered. It names participants by id, because their ordinals may not be assigned yet.

use gemj_model::{
    Assembly, DatasetId, FamilyId, FileFormat, IndexFormat, ObjectId, Origin, ParticipantId, Sex, SiteId, SpecimenId, Timestamp,
};

/// One sample column of a new file, and the data that the sample sheet states about its participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSample {
    /// The sample's name in the file's header.
    pub sample: String,
    /// The participant; absent if the sample sheet names none. A sample without a participant is never served.
    pub participant: Option<ParticipantId>,
    /// The specimen from which the sample was made; absent if the sample sheet does not state it.
    pub specimen: Option<SpecimenId>,
    /// The participant's family; absent if the sample sheet does not state it.
    pub family: Option<FamilyId>,
    /// The participant's sex as stated in the sample sheet. `Unknown` contradicts no other statement.
    pub sex: Sex,
    /// The institution that enrolled the participant; absent if the sample sheet does not state it.
    pub site: Option<SiteId>,
}

/// A file to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObject {
    /// The id under which the file will be served.
    pub id: ObjectId,
    /// The file's dataset, whose policy applies to the file.
    pub dataset: DatasetId,
    /// The format of the file: BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// The assembly of the file's coordinates.
    pub assembly: Assembly,
    /// Whether the file's reads or variants are germline or somatic.
    pub origin: Origin,
    /// The samples in column order. A file with reads has exactly one.
    pub samples: Vec<NewSample>,
    /// Whether the file is loaded as a joint file (with several participants).
    pub joint: bool,
    /// The size of the file in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the file's bytes, in lower-case hex.
    pub sha256: String,
    /// The key of the file's bytes in the object store, relative to the store's root.
    pub storage_key: String,
    /// The key of the index file in the object store, relative to the store's root.
    pub index_key: String,
    /// The format of the index file.
    pub index_format: IndexFormat,
    /// The time at which the file is registered.
    pub created: Timestamp,
    /// A key by which a repeated load of the same file is recognised. The loader chooses the key. At most one object has the key.
    pub natural_key: String,
}

/// The result of the registration of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The file was registered by this call.
    New,
    /// The file was already registered. Nothing changed.
    Same,
}

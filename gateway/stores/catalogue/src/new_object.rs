//! A file on its way into the catalogue: people still by name, not yet by ordinal.

use gemj_model::{
    Assembly, DatasetId, FamilyId, FileFormat, IndexFormat, ObjectId, Origin, ParticipantId, Sex, SiteId, SpecimenId, Timestamp,
};

/// One column of a new file, and what its sheet says of the person behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSample {
    /// The sample's name in the file's header.
    pub sample: String,
    /// Whose it is; absent is a sample that no one was named for, served to nobody.
    pub participant: Option<ParticipantId>,
    /// The specimen it was made from.
    pub specimen: Option<SpecimenId>,
    /// The family; absent where the sheet does not say.
    pub family: Option<FamilyId>,
    /// Sex as stated; `Unknown` contradicts nothing.
    pub sex: Sex,
    /// The institution; absent where the sheet does not say.
    pub site: Option<SiteId>,
}

/// A file to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObject {
    /// The id it will be served under.
    pub id: ObjectId,
    /// The dataset whose policy governs it.
    pub dataset: DatasetId,
    /// BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// The assembly its coordinates are on.
    pub assembly: Assembly,
    /// Germline or somatic.
    pub origin: Origin,
    /// Its samples in column order. A reads file has one.
    pub samples: Vec<NewSample>,
    /// Whether it is loaded as a joint file (several participants).
    pub joint: bool,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
    /// Where the bytes are, relative to the object store's root.
    pub storage_key: String,
    /// Where the index is.
    pub index_key: String,
    /// The index's format.
    pub index_format: IndexFormat,
    /// When it is registered.
    pub created: Timestamp,
    /// What makes a repeated load the same load. Chosen by the loader; one object per key.
    pub natural_key: String,
}

/// What became of a file given to `register_object`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// It was registered now.
    New,
    /// It was registered before; nothing changed.
    Same,
}

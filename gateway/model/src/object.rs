//! Stored files: their formats, samples and properties.

use serde::{Deserialize, Serialize};

use crate::assembly::Assembly;
use crate::carrier::Origin;
use crate::clock::Timestamp;
use crate::identifier::{DatasetId, ObjectId, Ordinal, SpecimenId};

/// The kind of data in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataKind {
    /// Sequencing reads (BAM, CRAM).
    Reads,
    /// Variant calls (VCF, BCF).
    Variants,
}

impl DataKind {
    /// The lower-case name of the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Variants => "variants",
        }
    }
}

/// A file format of the programme's stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum FileFormat {
    /// BAM.
    Bam,
    /// CRAM.
    Cram,
    /// BGZF-compressed VCF.
    Vcf,
    /// BCF 2.
    Bcf,
}

impl FileFormat {
    /// The htsget name of the format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bam => "BAM",
            Self::Cram => "CRAM",
            Self::Vcf => "VCF",
            Self::Bcf => "BCF",
        }
    }

    /// Parses the name that [`FileFormat::as_str`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Bam, Self::Cram, Self::Vcf, Self::Bcf]
            .into_iter()
            .find(|f| f.as_str() == text)
    }

    /// The kind of data in a file of this format.
    #[must_use]
    pub fn data_kind(self) -> DataKind {
        match self {
            Self::Bam | Self::Cram => DataKind::Reads,
            Self::Vcf | Self::Bcf => DataKind::Variants,
        }
    }
}

/// The format of the index stored beside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IndexFormat {
    /// `.bai`
    Bai,
    /// `.csi`
    Csi,
    /// `.tbi`
    Tbi,
    /// `.crai`
    Crai,
}

impl IndexFormat {
    /// The usual file extension, without the dot.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bai => "bai",
            Self::Csi => "csi",
            Self::Tbi => "tbi",
            Self::Crai => "crai",
        }
    }

    /// Parses the name that [`IndexFormat::as_str`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Bai, Self::Csi, Self::Tbi, Self::Crai]
            .into_iter()
            .find(|f| f.as_str() == text)
    }
}

/// One column of a variant file, or the one sample of a reads file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectSample {
    /// The sample's name in the file's header.
    pub sample: String,
    /// The participant from whom the sample comes. If absent, no participant was named for the sample, and the data of the sample is never returned.
    pub participant: Option<Ordinal>,
    /// The specimen from which the sample was made; absent if not stated.
    pub specimen: Option<SpecimenId>,
}

/// A registered file, which never changes. The same id always means the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObject {
    /// The id of the file in every standard (DRS object id, htsget id).
    pub id: ObjectId,
    /// The dataset whose policy governs the file.
    pub dataset: DatasetId,
    /// The format of the file: BAM, CRAM, VCF or BCF.
    pub format: FileFormat,
    /// The assembly of the file's coordinates.
    pub assembly: Assembly,
    /// The origin of the data: germline or somatic.
    pub origin: Origin,
    /// The samples in the order of the columns. A reads file has one sample.
    pub samples: Vec<ObjectSample>,
    /// Whether the file was loaded as a joint file, which contains several participants.
    pub joint: bool,
    /// The size of the file in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: String,
    /// The storage key of the file, relative to the object store's root.
    pub storage_key: String,
    /// The storage key of the file's index, relative to the object store's root.
    pub index_key: String,
    /// The format of the file's index.
    pub index_format: IndexFormat,
    /// The time at which the file was registered.
    pub created: Timestamp,
}

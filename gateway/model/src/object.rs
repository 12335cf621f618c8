//! Stored files.

use serde::{Deserialize, Serialize};

use crate::assembly::Assembly;
use crate::carrier::Origin;
use crate::clock::Timestamp;
use crate::identifier::{DatasetId, ObjectId, Ordinal, SpecimenId};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataKind {
    /// Sequencing reads (BAM, CRAM).
    Reads,
    /// Variant calls (VCF, BCF).
    Variants,
}

impl DataKind {
    /// The lower-case word.
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
    /// htsget's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bam => "BAM",
            Self::Cram => "CRAM",
            Self::Vcf => "VCF",
            Self::Bcf => "BCF",
        }
    }

    /// Reads the name written by [`FileFormat::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Bam, Self::Cram, Self::Vcf, Self::Bcf]
            .into_iter()
            .find(|f| f.as_str() == text)
    }

    /// What such a file holds.
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

    /// Reads the name written by [`IndexFormat::as_str`].
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
    /// Whose it is; absent is a sample that no one was named for, served to nobody.
    pub participant: Option<Ordinal>,
    /// The specimen it was made from.
    pub specimen: Option<SpecimenId>,
}

/// A registered, immutable file. The same id always means the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObject {
    /// The id it is served under by every standard.
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
    pub samples: Vec<ObjectSample>,
    /// Whether it was loaded as a joint file (several participants).
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
    /// When it was registered.
    pub created: Timestamp,
}

//! A variant as one line of a VCF.

use crate::error::PhenopacketError;
use crate::object::Object;

/// A 1-based position on a chromosome, at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OneBased(pub u64);

/// The message `VcfRecord`, as written. The alleles are not trimmed or shifted, and the position is not translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VcfRecord {
    /// The genome assembly (`hg38`).
    pub genome_assembly: String,
    /// The chromosome, with or without `chr`.
    pub chrom: String,
    /// The column POS.
    pub pos: OneBased,
    /// The column REF.
    pub reference: String,
    /// The column ALT, with one allele.
    pub alternate: String,
    /// The column INFO as text; empty if not stated.
    pub info: String,
}

impl VcfRecord {
    pub(crate) fn read(object: &mut Object<'_>) -> Result<Self, PhenopacketError> {
        object.unread(&["id", "qual", "filter"]);
        let pos = object.whole("pos")?.ok_or_else(|| object.missing("pos"))?;
        Ok(Self {
            genome_assembly: object.required_text("genomeAssembly")?,
            chrom: object.required_text("chrom")?,
            pos: if pos == 0 || pos > i64::MAX as u64 {
                return Err(object.invalid("pos", "a 1-based position"));
            } else {
                OneBased(pos)
            },
            reference: object.required_text("ref")?,
            alternate: object.required_text("alt")?,
            info: object.text("info")?.unwrap_or_default(),
        })
    }
}

//! One alternate allele of a VCF record.

use super::{Assembly, Chromosome};

/// A genomic change in the form of VCF: the reference bases of one record and one of its alternate alleles.
///
/// The bases are kept as received ("VCF-normalised", Genomics Reporting 3.0.0 § variant ref-allele). The caller has the reference sequence and
/// is responsible for parsimony and left alignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Allele {
    assembly: Assembly,
    chromosome: Chromosome,
    start: u64,
    reference: Box<str>,
    alternate: Box<str>,
}

/// Why an alternate allele of a VCF record is not reported as a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AlleleError {
    /// ALT is `*`: the allele is missing because of a deletion upstream. That deletion has its own record.
    #[error("a spanning deletion has its own record")]
    Spanning,
    /// ALT is symbolic (`<NON_REF>`, `<DEL>`) or a breakend, so the allele has no bases.
    #[error("a symbolic allele")]
    Symbolic,
    /// REF or ALT is empty or `.`, or contains characters other than A, C, G, T and N.
    #[error("not a sequence of bases")]
    NotBases,
    /// ALT equals REF.
    #[error("the same as the reference")]
    Unchanged,
    /// POS is 0 (a telomere) or out of range.
    #[error("the position is out of range")]
    Position,
}

/// The kind of a change, as a term of the Sequence Ontology under SO:0002072.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeType {
    /// SO:0001483 SNV: one base replaced by another base.
    Snv,
    /// SO:0002007 MNV: several bases replaced by the same number of bases.
    Mnv,
    /// SO:0000667 insertion: only bases inserted.
    Insertion,
    /// SO:0000159 deletion: only bases deleted.
    Deletion,
    /// SO:1000032 delins: bases replaced by a different number of bases.
    Delins,
}

impl ChangeType {
    /// The code of the term in the Sequence Ontology, and its label.
    #[must_use]
    pub const fn term(self) -> (&'static str, &'static str) {
        match self {
            Self::Snv => ("SO:0001483", "SNV"),
            Self::Mnv => ("SO:0002007", "MNV"),
            Self::Insertion => ("SO:0000667", "insertion"),
            Self::Deletion => ("SO:0000159", "deletion"),
            Self::Delins => ("SO:1000032", "delins"),
        }
    }
}

impl Allele {
    /// Parses POS (1-based), REF and one ALT of a VCF record. Lower-case bases become upper-case.
    ///
    /// # Errors
    /// [`AlleleError`] if the allele cannot be reported as a variant.
    pub fn parse(assembly: Assembly, chromosome: Chromosome, pos: u64, reference: &str, alternate: &str) -> Result<Self, AlleleError> {
        if alternate == "*" || alternate == "<*:DEL>" {
            return Err(AlleleError::Spanning);
        }
        if alternate.contains(['<', '>', '[', ']', '.']) && alternate != "." {
            return Err(AlleleError::Symbolic);
        }
        let (reference, alternate) = (bases(reference)?, bases(alternate)?);
        if reference == alternate {
            return Err(AlleleError::Unchanged);
        }
        let start = pos
            .checked_sub(1)
            .filter(|start| *start < u64::from(u32::MAX))
            .ok_or(AlleleError::Position)?;
        Ok(Self {
            assembly,
            chromosome,
            start,
            reference,
            alternate,
        })
    }

    /// The assembly to which the position refers.
    #[must_use]
    pub const fn assembly(&self) -> Assembly {
        self.assembly
    }

    /// The chromosome of the change.
    #[must_use]
    pub const fn chromosome(&self) -> Chromosome {
        self.chromosome
    }

    /// The start of the reference bases, 0-based (POS - 1).
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// The end of the reference bases, 0-based, exclusive.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.start + self.reference.len() as u64
    }

    /// The reference bases (REF).
    #[must_use]
    pub const fn reference(&self) -> &str {
        &self.reference
    }

    /// The alternate bases (ALT).
    #[must_use]
    pub const fn alternate(&self) -> &str {
        &self.alternate
    }

    /// The RefSeq accession of the chromosome in this assembly, with version.
    #[must_use]
    pub fn accession(&self) -> String {
        self.chromosome.accession(self.assembly)
    }

    /// The bases that differ, as a triple: 0-based start, deleted bases, inserted bases. The common suffix of REF and ALT is removed first,
    /// then the common prefix.
    #[must_use]
    pub fn trimmed(&self) -> (u64, &str, &str) {
        let (r, a) = (self.reference.as_bytes(), self.alternate.as_bytes());
        let suffix = r.iter().rev().zip(a.iter().rev()).take_while(|(r, a)| r == a).count();
        let (r_end, a_end) = (r.len() - suffix, a.len() - suffix);
        let prefix = r[..r_end].iter().zip(&a[..a_end]).take_while(|(r, a)| r == a).count();
        (
            self.start + prefix as u64,
            &self.reference[prefix..r_end],
            &self.alternate[prefix..a_end],
        )
    }

    /// The kind of the change, determined from the trimmed bases.
    #[must_use]
    pub fn change_type(&self) -> ChangeType {
        let (_, deleted, inserted) = self.trimmed();
        match (deleted.len(), inserted.len()) {
            (1, 1) => ChangeType::Snv,
            (0, _) => ChangeType::Insertion,
            (_, 0) => ChangeType::Deletion,
            (deleted, inserted) if deleted == inserted => ChangeType::Mnv,
            (_, _) => ChangeType::Delins,
        }
    }
}

fn bases(text: &str) -> Result<Box<str>, AlleleError> {
    let capitals = text.to_ascii_uppercase();
    let ok = !capitals.is_empty() && capitals.bytes().all(|base| b"ACGTN".contains(&base));
    if ok { Ok(capitals.into()) } else { Err(AlleleError::NotBases) }
}

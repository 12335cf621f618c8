//! Statements of callability: they say in which ranges of bases participants were called. Statements are stored in the same segments as the
//! carriers.
//!
//! A statement is stored as an allele on a contig whose name no file can use. In place of the zygosity, each entry has the number of called
//! copies. Statements are therefore merged, checked and unloaded together with the file that they come from. Queries name ordinary contigs
//! and never read a statement. `docs/formats/carrier-segment.md` describes the layout.
//!
//! * [`Statement::Called`]: the participants were called in the whole range (gVCF). Ranges are cut at multiples of [`TILE_BASES`].
//! * [`Statement::Site`]: a joint file has a record with an allele that replaces exactly this range. The reference field of the key
//!   contains the replacing text. The statement names a numbered pattern of the file, which lists the called copies of all its
//!   participants. The entries of the statement are the exceptions to the pattern. If there is no exception, one entry repeats the
//!   pattern's value for the first participant.
//! * [`Statement::Block`]: a joint file has a record without an alternative allele that covers every base of the range. The pattern and the
//!   entries are as for a `Site`. Ranges are cut at multiples of [`TILE_BASES`].

use std::borrow::Cow;

use gemj_model::{Allele, Contig, Zygosity};

/// The ranges of [`Statement::Called`] and [`Statement::Block`] are cut at multiples of this number of bases. A range that covers a base
/// therefore starts fewer than this number of bases before the base.
pub(crate) const TILE_BASES: u64 = 4096;
/// The maximum number of patterns of one joint file.
pub(crate) const MOST_PATTERNS: usize = 16;

/// A replacing text with at least this number of bytes is stored as this number of its first bytes and a checksum.
const LONGEST_BEGINNING: usize = 16;

/// The beginning of the reserved contig names. VCF 4.3 § 1.6.1 allows no parenthesis in the name of a contig, so no file can use these
/// names.
const RESERVED: &str = "(callable)";
/// The reserved contig that contains the patterns of joint files. The start of a pattern is its number.
pub(crate) const PATTERNS: &str = "(callable)(patterns)";

/// Whether a contig is reserved for statements, so that it contains no alleles.
pub(crate) fn is_reserved(contig: &str) -> bool {
    contig.starts_with(RESERVED)
}

/// The reserved contig that contains the statements about this contig.
pub(crate) fn statements_on(contig: &Contig) -> Contig {
    Contig(format!("{RESERVED}{}", contig.canonical().as_str()))
}

/// The number of copies that were called for a participant: none (no-call), one (haploid, or one allele of the genotype is unknown) or two.
/// The values are ordered by the number of copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Copies {
    None,
    One,
    Two,
}

impl Copies {
    /// The number of copies for a genotype with this number of called alleles. More than two alleles are not supported and count as not
    /// called.
    pub(crate) fn of(called: usize) -> Self {
        match called {
            1 => Self::One,
            2 => Self::Two,
            _ => Self::None,
        }
    }

    /// The zygosity that represents the number of copies in a segment. If one file makes two statements about the same range, the builder
    /// keeps the stronger zygosity, which represents the larger number of copies.
    pub(crate) fn stored(self) -> Zygosity {
        match self {
            Self::None => Zygosity::Heterozygous,
            Self::One => Zygosity::Hemizygous,
            Self::Two => Zygosity::Homozygous,
        }
    }

    /// The number of copies that a stored zygosity represents.
    pub(crate) fn read(zygosity: Zygosity) -> Self {
        match zygosity {
            Zygosity::Heterozygous => Self::None,
            Zygosity::Hemizygous => Self::One,
            Zygosity::Homozygous => Self::Two,
        }
    }
}

/// The text that an allele puts in place of its range, as a [`Statement::Site`] stores it. Of a long text, only its beginning and a
/// checksum are stored.
pub(crate) fn put(allele: &Allele) -> Cow<'_, str> {
    let text = allele.alternate.as_str();
    match text.get(..LONGEST_BEGINNING) {
        Some(beginning) => Cow::Owned(format!("{beginning}#{:08x}", crc32fast::hash(text.as_bytes()))),
        None => Cow::Borrowed(text),
    }
}

/// The kind of a statement about a range of bases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// The participants of the entries were called in the whole range (gVCF).
    Called,
    /// A record of a joint file replaces the range by the text in the key's reference field. The value is the number of the pattern of called
    /// copies that the participants of the file follow.
    Site(u64),
    /// A record of a joint file without an alternative allele covers every base of the range. The value is the number of the pattern of called
    /// copies that the participants of the file follow.
    Block(u64),
}

impl Statement {
    /// The text that represents the kind of statement in the key's field for the alternative allele.
    pub(crate) fn word(self) -> String {
        match self {
            Self::Called => String::new(),
            Self::Site(pattern) => format!("{pattern:x}"),
            Self::Block(pattern) => format!("~{pattern:x}"),
        }
    }

    /// Parses the text that represents the kind of statement. Absent if the text is not valid.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        match word.strip_prefix('~') {
            _ if word.is_empty() => Some(Self::Called),
            Some(pattern) => number(pattern).map(Self::Block),
            None => number(word).map(Self::Site),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_and_copies_are_read_as_they_were_written() {
        for statement in [
            Statement::Called,
            Statement::Site(0),
            Statement::Site(15),
            Statement::Block(0),
            Statement::Block(11),
        ] {
            assert_eq!(Statement::parse(&statement.word()), Some(statement));
        }
        for word in ["g", "~", "~~1", " "] {
            assert_eq!(Statement::parse(word), None, "{word}");
        }
        for copies in [Copies::None, Copies::One, Copies::Two] {
            assert_eq!(Copies::read(copies.stored()), copies);
        }
        assert_eq!([0, 1, 2, 3].map(Copies::of), [Copies::None, Copies::One, Copies::Two, Copies::None]);
    }

    #[test]
    fn if_one_file_makes_two_statements_the_larger_number_of_copies_is_kept() {
        let all = [Copies::None, Copies::One, Copies::Two];
        for (a, b) in all.into_iter().flat_map(|a| all.map(|b| (a, b))) {
            assert_eq!(Copies::read(crate::carriers::stronger(a.stored(), b.stored())), a.max(b));
        }
    }

    #[test]
    fn statements_are_on_a_contig_that_no_file_can_name() {
        let contig = statements_on(&Contig("chr1".to_owned()));
        assert_eq!(contig.as_str(), "(callable)1");
        assert!(is_reserved(contig.as_str()) && is_reserved(PATTERNS) && !is_reserved("1"));
    }
}

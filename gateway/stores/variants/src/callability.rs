//! Statements: where participants could be called. Statements are stored in the same segments as the carriers.
//!
//! A statement is stored as an allele on a contig that no file can name. Each entry has, in place of the zygosity, how many copies were called.
//! Statements are therefore merged, checked and unloaded together with the file that they come from. Queries name ordinary contigs and never
//! read a statement. `docs/formats/carrier-segment.md` has the layout.
//!
//! * [`Statement::Called`]: the participants were called on the whole stretch (gVCF). Stretches end at multiples of [`TILE_BASES`].
//! * [`Statement::Site`]: a joint file has a record whose allele replaces exactly this stretch; the reference field of the key contains the
//!   replacing text. All participants of the file were called as the numbered pattern of the file says; the entries are the exceptions. If
//!   there is no exception, one entry repeats what the pattern says of the first participant.
//! * [`Statement::Block`]: the same for a joint file's record without an alternative allele, which covers every base of the stretch.

use std::borrow::Cow;

use gemj_model::{Allele, Contig, Zygosity};

/// Stretches are cut at multiples of this number of bases, so that every stretch over a base starts at most this far before it.
pub(crate) const TILE_BASES: u64 = 4096;
/// Maximum number of patterns of one file.
pub(crate) const MOST_PATTERNS: usize = 16;

/// A text of more bytes than this is stored as its beginning and a checksum.
const LONGEST_BEGINNING: usize = 16;

/// VCF 4.3 § 1.6.1 allows no parenthesis in the name of a contig.
const RESERVED: &str = "(callable)";
/// The contig of patterns. A pattern starts at its number.
pub(crate) const PATTERNS: &str = "(callable)(patterns)";

/// Whether a contig holds statements, and not alleles.
pub(crate) fn is_reserved(contig: &str) -> bool {
    contig.starts_with(RESERVED)
}

/// The contig of the statements about this contig.
pub(crate) fn statements_on(contig: &Contig) -> Contig {
    Contig(format!("{RESERVED}{}", contig.canonical().as_str()))
}

/// The number of called copies of a participant: none (no-call), one (haploid, or half of a call) or two. The variants are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Copies {
    None,
    One,
    Two,
}

impl Copies {
    /// The copies of a genotype with this many called alleles. Ploidies above two are not supported and count as not called.
    pub(crate) fn of(called: usize) -> Self {
        match called {
            1 => Self::One,
            2 => Self::Two,
            _ => Self::None,
        }
    }

    /// The stored form. If one file has two statements on one stretch, the builder keeps the stronger zygosity, which here is the one with more
    /// copies.
    pub(crate) fn stored(self) -> Zygosity {
        match self {
            Self::None => Zygosity::Heterozygous,
            Self::One => Zygosity::Hemizygous,
            Self::Two => Zygosity::Homozygous,
        }
    }

    /// Reads the stored form.
    pub(crate) fn read(zygosity: Zygosity) -> Self {
        match zygosity {
            Zygosity::Heterozygous => Self::None,
            Zygosity::Hemizygous => Self::One,
            Zygosity::Homozygous => Self::Two,
        }
    }
}

/// The text that an allele puts in place of its stretch, as a [`Statement::Site`] stores it. Of a long text, only its beginning and a checksum are
/// stored.
pub(crate) fn put(allele: &Allele) -> Cow<'_, str> {
    let text = allele.alternate.as_str();
    match text.get(..LONGEST_BEGINNING) {
        Some(beginning) => Cow::Owned(format!("{beginning}#{:08x}", crc32fast::hash(text.as_bytes()))),
        None => Cow::Borrowed(text),
    }
}

/// The content of a statement about a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// The participants were called.
    Called,
    /// A joint record replaces the stretch by the text in the key's reference field. The number is that of the pattern.
    Site(u64),
    /// A joint record covers every base of the stretch. The number is that of the pattern.
    Block(u64),
}

impl Statement {
    /// The text that represents the statement in the field of the alternative allele.
    pub(crate) fn word(self) -> String {
        match self {
            Self::Called => String::new(),
            Self::Site(pattern) => format!("{pattern:x}"),
            Self::Block(pattern) => format!("~{pattern:x}"),
        }
    }

    /// Parses the text; absent if the text is no statement.
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
    fn of_two_statements_of_one_file_the_one_with_more_copies_is_kept() {
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

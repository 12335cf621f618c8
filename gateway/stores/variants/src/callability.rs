//! Where people could be called, kept beside their carriers in the same segments.
//!
//! A statement is an allele that nobody asks for: it lies on a contig that no file can name, and says of each of its people, in the place of a
//! zygosity, how many copies were called there. So it is merged, checked, unloaded and held with the file that it comes from. Ordinary questions
//! name ordinary contigs and never meet one. `docs/formats/carrier-segment.md` has the layout.
//!
//! * [`Statement::Called`]: these people were called on the whole stretch (gVCF). Stretches end at multiples of [`TILE_BASES`].
//! * [`Statement::Site`]: a joint file has a record that replaces exactly this stretch, by what stands in the place of a reference. All its people were called as its pattern of that number says;
//!   the entries are those of whom that is not true, or one of whom it is.
//! * [`Statement::Block`]: the same for a joint file's record without an alternative allele, which speaks of every base of the stretch.

use std::borrow::Cow;

use gemj_model::{Allele, Contig, Zygosity};

/// Stretches are cut at multiples of so many bases, so that those over a base start no further before it.
pub(crate) const TILE_BASES: u64 = 4096;
/// Patterns of one file at most.
pub(crate) const MOST_PATTERNS: usize = 16;

/// A text of so many bytes or more is stored shorter.
const LONGEST_BEGINNING: usize = 16;

/// VCF 4.3 § 1.6.1 allows no parenthesis in the name of a contig.
const RESERVED: &str = "(callable)";
/// The contig of patterns. A pattern starts at its number.
pub(crate) const PATTERNS: &str = "(callable)(patterns)";

/// Whether a contig holds statements, and not alleles.
pub(crate) fn is_reserved(contig: &str) -> bool {
    contig.starts_with(RESERVED)
}

/// Where what is stated of a contig lies.
pub(crate) fn statements_on(contig: &Contig) -> Contig {
    Contig(format!("{RESERVED}{}", contig.canonical().as_str()))
}

/// How many copies of somebody's were called: none (no-call), one (haploid, or half of a call) or two. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Copies {
    None,
    One,
    Two,
}

impl Copies {
    /// Of a genotype with so many called alleles. A ploidy above two is not counted, and so not called.
    pub(crate) fn of(called: usize) -> Self {
        match called {
            1 => Self::One,
            2 => Self::Two,
            _ => Self::None,
        }
    }

    /// As it is stored. Of two statements of one file on the same stretch the builder keeps the stronger zygosity, here the one of more copies.
    pub(crate) fn stored(self) -> Zygosity {
        match self {
            Self::None => Zygosity::Heterozygous,
            Self::One => Zygosity::Hemizygous,
            Self::Two => Zygosity::Homozygous,
        }
    }

    /// As it was stored.
    pub(crate) fn read(zygosity: Zygosity) -> Self {
        match zygosity {
            Zygosity::Heterozygous => Self::None,
            Zygosity::Hemizygous => Self::One,
            Zygosity::Homozygous => Self::Two,
        }
    }
}

/// What an allele puts in the place of its stretch, as it stands beside a [`Statement::Site`]: long texts by their beginning and a checksum.
pub(crate) fn put(allele: &Allele) -> Cow<'_, str> {
    let text = allele.alternate.as_str();
    match text.get(..LONGEST_BEGINNING) {
        Some(beginning) => Cow::Owned(format!("{beginning}#{:08x}", crc32fast::hash(text.as_bytes()))),
        None => Cow::Borrowed(text),
    }
}

/// What is stated of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// Its people were called.
    Called,
    /// A joint record replaces it by what the key has for a reference; by the pattern of this number.
    Site(u64),
    /// A joint record speaks of every base of it; by the pattern of this number.
    Block(u64),
}

impl Statement {
    /// The text that stands for it in the place of an alternative allele.
    pub(crate) fn word(self) -> String {
        match self {
            Self::Called => String::new(),
            Self::Site(pattern) => format!("{pattern:x}"),
            Self::Block(pattern) => format!("~{pattern:x}"),
        }
    }

    /// Reads the text; absent where it is none.
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
    fn words_and_copies_come_back() {
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
    fn of_two_statements_of_one_file_the_one_of_more_copies_is_kept() {
        let all = [Copies::None, Copies::One, Copies::Two];
        for (a, b) in all.into_iter().flat_map(|a| all.map(|b| (a, b))) {
            assert_eq!(Copies::read(crate::carriers::stronger(a.stored(), b.stored())), a.max(b));
        }
    }

    #[test]
    fn statements_lie_where_no_file_can_name() {
        let contig = statements_on(&Contig("chr1".to_owned()));
        assert_eq!(contig.as_str(), "(callable)1");
        assert!(is_reserved(contig.as_str()) && is_reserved(PATTERNS) && !is_reserved("1"));
    }
}

//! Kinds of variants, and the alleles of each kind.

/// A kind of variant in a query (`variantType`). The specification does not restrict the values of `variantType`. This crate defines a meaning
/// for these kinds.
///
/// [`Self::includes`] defines which alleles (in minimal form) belong to a kind. Two rules apply:
///
/// * Each allele of a kind also belongs to the ancestors of the kind in EFO and Sequence Ontology ([`Self::parent`]).
/// * An allele belongs to a kind only if its bases or symbol state this. A plain `<DEL>` is a loss, but neither a low-level loss nor a complete
///   loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VariantType {
    /// One base replaced by another base (`SNP`, `SNV`, SO:0001483, SO:0000694).
    Snv,
    /// Several bases replaced by the same number of bases (`MNP`, `MNV`, SO:0002007).
    Mnv,
    /// Bases added (`INS`, SO:0000667), with stated bases or symbolic.
    Insertion,
    /// A mobile element added (`INS:ME`, SO:0001837); symbolic alleles only.
    MobileElementInsertion,
    /// Bases removed (`DEL`, SO:0000159): deletions with stated bases of any length, and symbolic deletions.
    Deletion,
    /// Bases added and removed at one position, or only added or only removed (`INDEL`, SO:1000032); only alleles with stated bases.
    Indel,
    /// An interval with additional copies (`DUP`, SO:1000035); symbolic alleles only. A tandem insertion with stated bases is an insertion.
    Duplication,
    /// An interval that occurs twice in a row (`DUP:TANDEM`, SO:1000173); symbolic alleles only.
    TandemDuplication,
    /// An inverted interval (`INV`, SO:1000036); symbolic alleles only.
    Inversion,
    /// A junction with another position (`BND`).
    Breakend,
    /// Any change of copy number (`CNV`, SO:0001019, EFO:0030066): a loss, a gain, or a symbolic `CNV`.
    CopyNumberVariation,
    /// More copies (EFO:0030070, SO:0001742): symbolic `DUP`, `<CN3>` and more.
    CopyNumberGain,
    /// A few more copies (EFO:0030071): `<CN3>` and `<CN4>`.
    LowLevelCopyNumberGain,
    /// Many more copies (EFO:0030072, "commonly but not consistently used for >=5 copies"): `<CN5>` and more.
    HighLevelCopyNumberGain,
    /// Many copies of a short interval (EFO:0030073): `<CN5>` and more, with at most 3,000,000 bases.
    FocalGenomeAmplification,
    /// Fewer copies (EFO:0030067, SO:0001743): symbolic `DEL`, `<CN0>`, `<CN1>`, and deletions of at least 50 stated bases.
    CopyNumberLoss,
    /// One copy left (EFO:0030068): `<CN1>`.
    LowLevelCopyNumberLoss,
    /// No copies or hardly any copies left (EFO:0020073): `<CN0>`.
    HighLevelCopyNumberLoss,
    /// No copy left (EFO:0030069): `<CN0>`.
    CompleteGenomicLoss,
}

/// The minimum length of a deletion with stated bases that is also a copy number loss, in bases. Structural variants usually begin at this
/// length.
const LEAST_SPELT_LOSS_BASES: u64 = 50;
/// The maximum length of a focal amplification, in bases ("where the region does not extend >3Mb").
const MOST_FOCAL_BASES: u64 = 3_000_000;

/// Every accepted spelling of a kind, in upper case. The first spelling of a kind is the one that this crate writes.
const WORDS: [(&str, VariantType); 41] = [
    ("SNP", VariantType::Snv),
    ("SNV", VariantType::Snv),
    ("SO:0001483", VariantType::Snv),
    ("SO:0000694", VariantType::Snv),
    ("MNP", VariantType::Mnv),
    ("MNV", VariantType::Mnv),
    ("SO:0002007", VariantType::Mnv),
    ("INS", VariantType::Insertion),
    ("SO:0000667", VariantType::Insertion),
    ("INS:ME", VariantType::MobileElementInsertion),
    ("SO:0001837", VariantType::MobileElementInsertion),
    ("DEL", VariantType::Deletion),
    ("SO:0000159", VariantType::Deletion),
    ("INDEL", VariantType::Indel),
    ("DELINS", VariantType::Indel),
    ("SO:1000032", VariantType::Indel),
    ("DUP", VariantType::Duplication),
    ("SO:1000035", VariantType::Duplication),
    ("DUP:TANDEM", VariantType::TandemDuplication),
    ("SO:1000173", VariantType::TandemDuplication),
    ("INV", VariantType::Inversion),
    ("SO:1000036", VariantType::Inversion),
    ("BND", VariantType::Breakend),
    ("CNV", VariantType::CopyNumberVariation),
    ("SO:0001019", VariantType::CopyNumberVariation),
    ("EFO:0030066", VariantType::CopyNumberVariation),
    ("EFO:0030070", VariantType::CopyNumberGain),
    ("SO:0001742", VariantType::CopyNumberGain),
    ("EFO:0030071", VariantType::LowLevelCopyNumberGain),
    ("EFO:0030072", VariantType::HighLevelCopyNumberGain),
    ("EFO:0030073", VariantType::FocalGenomeAmplification),
    ("EFO:0030067", VariantType::CopyNumberLoss),
    ("SO:0001743", VariantType::CopyNumberLoss),
    ("EFO:0030068", VariantType::LowLevelCopyNumberLoss),
    ("EFO:0020073", VariantType::HighLevelCopyNumberLoss),
    ("EFO:0030069", VariantType::CompleteGenomicLoss),
    // These names are from the ontologies themselves. Some clients send them.
    ("COPY_NUMBER_GAIN", VariantType::CopyNumberGain),
    ("COPY_NUMBER_LOSS", VariantType::CopyNumberLoss),
    ("COPY_NUMBER_VARIATION", VariantType::CopyNumberVariation),
    ("TANDEM_DUPLICATION", VariantType::TandemDuplication),
    ("MOBILE_ELEMENT_INSERTION", VariantType::MobileElementInsertion),
];

impl VariantType {
    /// All kinds of variants.
    pub const ALL: [Self; 19] = [
        Self::Snv,
        Self::Mnv,
        Self::Insertion,
        Self::MobileElementInsertion,
        Self::Deletion,
        Self::Indel,
        Self::Duplication,
        Self::TandemDuplication,
        Self::Inversion,
        Self::Breakend,
        Self::CopyNumberVariation,
        Self::CopyNumberGain,
        Self::LowLevelCopyNumberGain,
        Self::HighLevelCopyNumberGain,
        Self::FocalGenomeAmplification,
        Self::CopyNumberLoss,
        Self::LowLevelCopyNumberLoss,
        Self::HighLevelCopyNumberLoss,
        Self::CompleteGenomicLoss,
    ];

    /// Parses a `variantType`: a name as in VCF (with or without angle brackets), or a term of Sequence Ontology or EFO, in any case. `None`
    /// for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let bare = upper.strip_prefix('<').and_then(|s| s.strip_suffix('>')).unwrap_or(&upper);
        WORDS.iter().find(|(word, _)| *word == bare).map(|(_, kind)| *kind)
    }

    /// The usual name of the kind in Beacons. [`Self::parse`] parses it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Snv => "SNP",
            Self::Mnv => "MNP",
            Self::Insertion => "INS",
            Self::MobileElementInsertion => "INS:ME",
            Self::Deletion => "DEL",
            Self::Indel => "INDEL",
            Self::Duplication => "DUP",
            Self::TandemDuplication => "DUP:TANDEM",
            Self::Inversion => "INV",
            Self::Breakend => "BND",
            Self::CopyNumberVariation => "CNV",
            Self::CopyNumberGain => "EFO:0030070",
            Self::LowLevelCopyNumberGain => "EFO:0030071",
            Self::HighLevelCopyNumberGain => "EFO:0030072",
            Self::FocalGenomeAmplification => "EFO:0030073",
            Self::CopyNumberLoss => "EFO:0030067",
            Self::LowLevelCopyNumberLoss => "EFO:0030068",
            Self::HighLevelCopyNumberLoss => "EFO:0020073",
            Self::CompleteGenomicLoss => "EFO:0030069",
        }
    }

    /// The kind directly above this kind in EFO or Sequence Ontology; `None` if no kind of this crate is above it.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::MobileElementInsertion => Some(Self::Insertion),
            Self::TandemDuplication => Some(Self::Duplication),
            Self::CopyNumberGain | Self::CopyNumberLoss => Some(Self::CopyNumberVariation),
            Self::Duplication | Self::LowLevelCopyNumberGain | Self::HighLevelCopyNumberGain => Some(Self::CopyNumberGain),
            Self::FocalGenomeAmplification => Some(Self::HighLevelCopyNumberGain),
            Self::LowLevelCopyNumberLoss | Self::HighLevelCopyNumberLoss => Some(Self::CopyNumberLoss),
            Self::CompleteGenomicLoss => Some(Self::HighLevelCopyNumberLoss),
            Self::Snv
            | Self::Mnv
            | Self::Insertion
            | Self::Deletion
            | Self::Indel
            | Self::Inversion
            | Self::Breakend
            | Self::CopyNumberVariation => None,
        }
    }

    /// Whether an allele belongs to this kind. `reference` and `alternate` are its minimal form: they share no base at either end.
    ///
    /// * `reference` is empty for an insertion and for a symbolic allele (`<DEL>`). `alternate` is empty for a deletion.
    /// * `length_bases` is SVLEN, or the length by END, for a symbolic allele. For any other allele it is the length of the longer of
    ///   `reference` and `alternate`.
    /// * A symbol matches in any case, and so do its subtypes (`<DEL:ME>`).
    #[must_use]
    pub fn includes(self, reference: &str, alternate: &str, length_bases: u64) -> bool {
        let (taken, put) = (reference.len(), alternate.len());
        let breakend = alternate.contains(['[', ']']);
        let symbol = alternate.strip_prefix('<').and_then(|s| s.strip_suffix('>'));
        let spelt = symbol.is_none() && !breakend;
        let symbolic = |name: &str| symbol.is_some_and(|s| is_or_is_below(s, name));
        let copies = symbol.and_then(copy_number);
        match self {
            Self::Snv => spelt && taken == 1 && put == 1,
            Self::Mnv => spelt && taken == put && taken > 1,
            Self::Insertion => (spelt && taken == 0 && put > 0) || symbolic("INS"),
            Self::MobileElementInsertion => symbolic("INS:ME"),
            Self::Deletion => (spelt && put == 0 && taken > 0) || symbolic("DEL"),
            Self::Indel => spelt && taken != put,
            Self::Duplication => symbolic("DUP"),
            Self::TandemDuplication => symbolic("DUP:TANDEM"),
            Self::Inversion => symbolic("INV"),
            Self::Breakend => breakend || symbolic("BND"),
            Self::CopyNumberVariation => {
                let part = |kind: Self| kind.includes(reference, alternate, length_bases);
                symbolic("CNV") || part(Self::CopyNumberLoss) || part(Self::CopyNumberGain)
            }
            Self::CopyNumberGain => symbolic("DUP") || copies.is_some_and(|n| n >= 3),
            Self::LowLevelCopyNumberGain => copies.is_some_and(|n| matches!(n, 3 | 4)),
            Self::HighLevelCopyNumberGain => copies.is_some_and(|n| n >= 5),
            Self::FocalGenomeAmplification => copies.is_some_and(|n| n >= 5) && length_bases <= MOST_FOCAL_BASES,
            Self::CopyNumberLoss => {
                let long = spelt && put == 0 && u64::try_from(taken).is_ok_and(|n| n >= LEAST_SPELT_LOSS_BASES);
                long || symbolic("DEL") || copies.is_some_and(|n| n <= 1)
            }
            Self::LowLevelCopyNumberLoss => copies == Some(1),
            Self::HighLevelCopyNumberLoss | Self::CompleteGenomicLoss => copies == Some(0),
        }
    }
}

/// Whether `symbol` is `name` or a subtype of `name` (`DEL:ME` is a subtype of `DEL`).
fn is_or_is_below(symbol: &str, name: &str) -> bool {
    symbol.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
        && symbol
            .get(name.len()..)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// The number of copies in a symbol such as `CN0` or `CN12`; `None` for another symbol.
fn copy_number(symbol: &str) -> Option<u32> {
    let digits = symbol.get(..2).filter(|s| s.eq_ignore_ascii_case("CN")).and(symbol.get(2..))?;
    (matches!(digits.len(), 1..=6) && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_kind_of_variant_parses_in_any_case_and_spelling() {
        for kind in VariantType::ALL {
            assert_eq!(VariantType::parse(kind.as_str()), Some(kind));
            assert_eq!(VariantType::parse(&format!("<{}>", kind.as_str().to_lowercase())), Some(kind));
        }
        for (word, kind) in WORDS {
            assert_eq!(VariantType::parse(word), Some(kind));
            assert_eq!(WORDS.iter().filter(|(other, _)| *other == word).count(), 1, "{word}");
        }
        for bad in ["", "EFO:0030063", "EFO:30067", "SO:1", "<DEL", "DEL:ME", "WHATEVER", "DÉL"] {
            assert_eq!(VariantType::parse(bad), None, "{bad}");
        }
    }

    // The table lists: kind, reference, alternate, length, and whether the allele belongs to the kind.
    #[test]
    fn the_kinds_of_an_allele_follow_the_published_table() {
        use VariantType as T;
        let deletion = |n: usize| "A".repeat(n);
        for (kind, reference, alternate, length, expected) in [
            (T::Snv, "A", "G", 1, true),
            (T::Snv, "A", "<DEL>", 1, false),
            (T::Mnv, "AC", "GT", 2, true),
            (T::Indel, "AC", "G", 2, true),
            (T::Insertion, "", "ACACAC", 6, true),
            (T::Insertion, "", "<INS:ME:ALU>", 300, true),
            (T::MobileElementInsertion, "", "<ins:me:alu>", 300, true),
            (T::MobileElementInsertion, "", "<INS>", 300, false),
            (T::Deletion, "A", "", 1, true),
            (T::Deletion, "", "<DEL:ME>", 300, true),
            (T::Deletion, "", "<CN0>", 300, false),
            (T::CopyNumberLoss, &deletion(49), "", 49, false),
            (T::CopyNumberLoss, &deletion(50), "", 50, true),
            (T::CopyNumberLoss, "", "<DEL>", 2, true),
            (T::CopyNumberLoss, "", "<CN1>", 2, true),
            (T::CopyNumberLoss, "", "<CN2>", 2, false),
            (T::CopyNumberGain, "", "<CN2>", 2, false),
            (T::CopyNumberGain, "", "<CN3>", 2, true),
            (T::CopyNumberGain, "", "ACACAC", 6, false),
            (T::CopyNumberGain, "", "<DUP:TANDEM>", 6, true),
            (T::CopyNumberVariation, "", "<CNV>", 6, true),
            (T::CopyNumberVariation, "", "<CN2>", 6, false),
            (T::CopyNumberVariation, "", "<DUP>", 6, true),
            (T::CopyNumberVariation, &deletion(60), "", 60, true),
            (T::LowLevelCopyNumberLoss, "", "<DEL>", 6, false),
            (T::LowLevelCopyNumberLoss, "", "<CN1>", 6, true),
            (T::CompleteGenomicLoss, "", "<cn0>", 6, true),
            (T::LowLevelCopyNumberGain, "", "<CN4>", 6, true),
            (T::HighLevelCopyNumberGain, "", "<CN12>", 6, true),
            (T::FocalGenomeAmplification, "", "<CN12>", 3_000_000, true),
            (T::FocalGenomeAmplification, "", "<CN12>", 3_000_001, false),
            (T::Duplication, "", "<DUPLEX>", 6, false),
            (T::Breakend, "A", "A]13:123456]", 0, true),
            (T::Indel, "A", "A]13:123456]", 0, false),
            (T::CopyNumberGain, "", "<CN>", 6, false),
            (T::CopyNumberGain, "", "<CNé>", 6, false),
        ] {
            assert_eq!(
                kind.includes(reference, alternate, length),
                expected,
                "{kind:?} {reference:.9} {alternate}"
            );
        }
    }

    fn allele() -> impl Strategy<Value = (String, String)> {
        let symbol = prop_oneof![
            prop::sample::select(vec![
                "DEL",
                "DUP",
                "INS",
                "INV",
                "CNV",
                "BND",
                "DUP:TANDEM",
                "INS:ME:L1",
                "DEL:ME",
                "del",
                "dup:tandem"
            ])
            .prop_map(str::to_owned),
            (0u32..9).prop_map(|n| format!("CN{n}")),
        ];
        prop_oneof![
            ("[ACGT]{0,60}", "[ACGT]{0,60}"),
            symbol.prop_map(|s| (String::new(), format!("<{s}>"))),
            Just(("A".to_owned(), "A[2:321681[".to_owned())),
        ]
    }

    proptest! {
        #[test]
        fn each_kind_of_variant_is_a_part_of_its_parent((reference, alternate) in allele(), length in 0u64..6_000_000) {
            for kind in VariantType::ALL {
                if let Some(parent) = kind.parent() {
                    prop_assert!(!kind.includes(&reference, &alternate, length) || parent.includes(&reference, &alternate, length));
                }
            }
        }

        #[test]
        fn any_text_parses_or_is_rejected_without_panic(text in ".{0,12}") {
            let _ = VariantType::parse(&text);
            let _ = VariantType::CopyNumberGain.includes(&text, &text, 1);
        }
    }
}

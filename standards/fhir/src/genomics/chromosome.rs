//! Human chromosomes, their RefSeq accessions and their LOINC codes.

/// A human reference assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assembly {
    /// The assembly GRCh37 (hg19).
    GRCh37,
    /// The assembly GRCh38 (hg38).
    GRCh38,
}

impl Assembly {
    /// The name of the assembly.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GRCh37 => "GRCh37",
            Self::GRCh38 => "GRCh38",
        }
    }

    /// The code of the assembly in LOINC's answer list LL1040-6.
    pub(super) const fn loinc(self) -> &'static str {
        match self {
            Self::GRCh37 => "LA14029-5",
            Self::GRCh38 => "LA26806-2",
        }
    }
}

/// A human chromosome, including the mitochondrial chromosome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chromosome(u8);

const MITOCHONDRION: u8 = 24;
/// The RefSeq accession of the human mitochondrial sequence. It is the same in both assemblies.
const MITOCHONDRIAL_ACCESSION: &str = "NC_012920.1";

/// For each of the chromosomes 1 to 22, X and Y: the version of its accession `NC_0000nn` in GRCh37, and its code in LOINC's answer list
/// LL2938-0. The version in GRCh38 is one higher.
const CHROMOSOMES: [(u8, &str); 24] = [
    (10, "LA21254-0"),
    (11, "LA21255-7"),
    (11, "LA21256-5"),
    (11, "LA21257-3"),
    (9, "LA21258-1"),
    (11, "LA21259-9"),
    (13, "LA21260-7"),
    (10, "LA21261-5"),
    (11, "LA21262-3"),
    (10, "LA21263-1"),
    (9, "LA21264-9"),
    (11, "LA21265-6"),
    (10, "LA21266-4"),
    (8, "LA21267-2"),
    (9, "LA21268-0"),
    (9, "LA21269-8"),
    (10, "LA21270-6"),
    (9, "LA21271-4"),
    (9, "LA21272-2"),
    (10, "LA21273-0"),
    (8, "LA21274-8"),
    (10, "LA21275-5"),
    (10, "LA21276-3"),
    (9, "LA21277-1"),
];

impl Chromosome {
    /// Parses the name of a chromosome: `1` to `22`, `X`, `Y`, `M` or `MT`, with or without `chr`. `None` for any other contig.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let plain = name.strip_prefix("chr").unwrap_or(name);
        match plain {
            "X" => Some(Self(22)),
            "Y" => Some(Self(23)),
            "M" | "MT" => Some(Self(MITOCHONDRION)),
            digits => {
                let number = digits.parse::<u8>().ok().filter(|number| (1..=22).contains(number))?;
                (number.to_string() == digits).then(|| Self(number - 1))
            }
        }
    }

    /// Parses a RefSeq accession with version and returns the chromosome and the assembly. The mitochondrial accession belongs to both
    /// assemblies, so its assembly is `None`.
    #[must_use]
    pub fn of_accession(accession: &str) -> Option<(Self, Option<Assembly>)> {
        if accession == MITOCHONDRIAL_ACCESSION {
            return Some((Self(MITOCHONDRION), None));
        }
        let all = (0..MITOCHONDRION).map(Self);
        let mut both = all.flat_map(|chromosome| [Assembly::GRCh37, Assembly::GRCh38].map(|assembly| (chromosome, assembly)));
        let (chromosome, assembly) = both.find(|(chromosome, assembly)| chromosome.accession(*assembly) == accession)?;
        Some((chromosome, Some(assembly)))
    }

    /// The RefSeq accession of this chromosome in `assembly`, with version.
    #[must_use]
    pub fn accession(self, assembly: Assembly) -> String {
        let Some((version, _)) = CHROMOSOMES.get(usize::from(self.0)) else {
            return MITOCHONDRIAL_ACCESSION.to_owned();
        };
        let version = match assembly {
            Assembly::GRCh37 => *version,
            Assembly::GRCh38 => version + 1,
        };
        format!("NC_{:06}.{version}", self.0 + 1)
    }

    /// The name of the chromosome without `chr`: `1` to `22`, `X`, `Y`, `MT`.
    #[must_use]
    pub fn name(self) -> String {
        match self.0 {
            22 => "X".to_owned(),
            23 => "Y".to_owned(),
            MITOCHONDRION => "MT".to_owned(),
            number => (number + 1).to_string(),
        }
    }

    /// Whether this is the mitochondrial chromosome.
    #[must_use]
    pub const fn is_mitochondrial(self) -> bool {
        self.0 == MITOCHONDRION
    }

    /// The code of the chromosome in LOINC's answer list LL2938-0. `None` for the mitochondrial chromosome, for which the list has no code.
    pub(super) fn loinc(self) -> Option<&'static str> {
        CHROMOSOMES.get(usize::from(self.0)).map(|(_, code)| *code)
    }
}

#[cfg(test)]
mod tests {
    use super::{Assembly, CHROMOSOMES, Chromosome};

    #[test]
    fn accessions_match_refseq() {
        let accession = |name, assembly| Chromosome::parse(name).unwrap().accession(assembly);
        assert_eq!(accession("chr1", Assembly::GRCh37), "NC_000001.10");
        assert_eq!(accession("1", Assembly::GRCh38), "NC_000001.11");
        assert_eq!(accession("chr7", Assembly::GRCh38), "NC_000007.14");
        assert_eq!(accession("13", Assembly::GRCh38), "NC_000013.11");
        assert_eq!(accession("17", Assembly::GRCh38), "NC_000017.11");
        assert_eq!(accession("X", Assembly::GRCh38), "NC_000023.11");
        assert_eq!(accession("Y", Assembly::GRCh37), "NC_000024.9");
        assert_eq!(accession("chrM", Assembly::GRCh38), "NC_012920.1");
    }

    #[test]
    fn every_accession_parses_and_others_are_rejected() {
        for name in (1..=22).map(|n: u8| n.to_string()).chain(["X".to_owned(), "Y".to_owned()]) {
            for assembly in [Assembly::GRCh37, Assembly::GRCh38] {
                let chromosome = Chromosome::parse(&name).unwrap();
                assert_eq!(chromosome.name(), name);
                assert_eq!(
                    Chromosome::of_accession(&chromosome.accession(assembly)),
                    Some((chromosome, Some(assembly)))
                );
            }
        }
        for accession in [
            "NC_000001",
            "NC_000001.9",
            "NC_000001.12",
            "NC_012920.2",
            "nc_000001.11",
            "NM_000001.11",
            "",
        ] {
            assert_eq!(Chromosome::of_accession(accession), None);
        }
        for name in ["0", "23", "01", "+1", "chr", "x", "chrUn_1", "1 "] {
            assert_eq!(Chromosome::parse(name), None);
        }
    }

    /// A LOINC code ends with a check digit by the Luhn rule. For an answer code, which has the prefix `LA`, 2 is added to this digit (mod
    /// 10).
    #[test]
    fn every_answer_code_has_a_valid_check_digit() {
        for (_, code) in CHROMOSOMES {
            let (digits, check) = code.strip_prefix("LA").unwrap().split_once('-').unwrap();
            let sum: u32 = digits
                .bytes()
                .rev()
                .enumerate()
                .map(|(at, byte)| {
                    let digit = u32::from(byte - b'0');
                    let doubled = if at % 2 == 0 { digit * 2 } else { digit };
                    doubled / 10 + doubled % 10
                })
                .sum();
            assert_eq!(((10 - sum % 10) % 10 + 2) % 10, check.parse::<u32>().unwrap(), "{code}");
        }
    }
}

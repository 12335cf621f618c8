//! The chromosome and assembly that a query names.

mod accession;

use crate::assembly::Assembly;
use crate::error::BeaconError;

/// Every chromosome name, in its canonical spelling.
const NAMES: [&str; 25] = [
    "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "X", "Y",
    "MT",
];

/// A human chromosome by its canonical name: without `chr`, and `MT` for the mitochondrial chromosome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReferenceName(&'static str);

/// How a request spells the chromosome.
enum Spelling {
    /// `22`, `chr22`: the spelling does not determine the assembly.
    Plain(ReferenceName),
    /// A RefSeq accession, which determines the assembly. The accession of the mitochondrial sequence belongs to both assemblies, so its
    /// assembly is `None`.
    Accession(ReferenceName, Option<Assembly>),
}

impl ReferenceName {
    /// The canonical name of the chromosome.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The chromosome with this canonical name (`22`, `X`, `MT`); `None` for any other text.
    #[must_use]
    pub fn canonical(name: &str) -> Option<Self> {
        NAMES.iter().find(|n| **n == name).copied().map(Self)
    }

    pub(crate) fn parse_plain(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let bare = upper.strip_prefix("CHR").unwrap_or(&upper);
        Self::canonical(if bare == "M" { "MT" } else { bare })
    }
}

impl Spelling {
    fn parse(text: &str) -> Option<Self> {
        let (prefixed, bare) = match text.split_once(':') {
            Some((prefix, bare)) if prefix.eq_ignore_ascii_case("refseq") => (true, bare),
            _ => (false, text),
        };
        if bare == accession::MITOCHONDRION {
            return Some(Self::Accession(ReferenceName("MT"), None));
        }
        if let Some((name, assembly)) = accession::chromosome(bare) {
            return Some(Self::Accession(ReferenceName(name), Some(assembly)));
        }
        if prefixed {
            None
        } else {
            ReferenceName::parse_plain(bare).map(Self::Plain)
        }
    }
}

/// Resolves `referenceName` and `assemblyId` to one chromosome of one assembly.
///
/// "The use of the assembly specific RefSeqId is recommended although alternatively names [...] could be used in conjunction with an
/// `Assembly` parameter" (`requestParametersComponents.json`, `RefSeqId`). An accession therefore determines its assembly. A plain name
/// requires `assemblyId`, and so does the accession of the mitochondrion, which both assemblies share. An accession of the other assembly is a
/// contradiction.
///
/// # Errors
/// [`BeaconError::InvalidValue`] for an unknown name or assembly; [`BeaconError::MissingParameter`] if the assembly is not stated;
/// [`BeaconError::Contradiction`] if the accession belongs to the other assembly.
pub(crate) fn resolve(reference_name: &str, assembly_id: Option<&str>) -> Result<(ReferenceName, Assembly), BeaconError> {
    let stated = assembly_id.map(assembly_of).transpose()?;
    let spelling = Spelling::parse(reference_name).ok_or(BeaconError::InvalidValue {
        name: "referenceName",
        expected: "a human chromosome (22, chr22, X, Y, MT) or its RefSeq accession with version on GRCh37 or GRCh38",
    })?;
    match (spelling, stated) {
        (Spelling::Accession(_, Some(implied)), Some(stated)) if implied != stated => Err(BeaconError::Contradiction {
            name: "assemblyId",
            other: "the RefSeq accession in `referenceName`, which belongs to the other assembly",
        }),
        (Spelling::Accession(name, Some(implied)), _) => Ok((name, implied)),
        (Spelling::Plain(name), Some(_)) if name.0 == "MT" && is_ucsc_mitochondrion(reference_name, assembly_id) => {
            Err(BeaconError::Contradiction {
                name: "assemblyId",
                other: "`referenceName`: chrM of UCSC hg19 is another sequence (NC_001807) with other positions; ask for MT on \
                        GRCh37",
            })
        }
        (Spelling::Plain(name) | Spelling::Accession(name, None), Some(stated)) => Ok((name, stated)),
        (Spelling::Plain(_) | Spelling::Accession(_, None), None) => Err(BeaconError::MissingParameter {
            name: "assemblyId",
            because: "a position on a named chromosome requires an assembly",
        }),
    }
}

/// Parses the request parameter `assemblyId`.
pub(crate) fn assembly_of(text: &str) -> Result<Assembly, BeaconError> {
    Assembly::parse(text).ok_or(BeaconError::InvalidValue {
        name: "assemblyId",
        expected: "one of GRCh38 (hg38) and GRCh37 (hg19, b37, hs37d5), with or without a patch suffix",
    })
}

/// Whether the request names `chrM` of `hg19`. UCSC's `chrM` of `hg19` is another sequence than `MT` of GRCh37. For all other pairs of
/// names, the synonyms mean the same sequence.
fn is_ucsc_mitochondrion(reference_name: &str, assembly_id: Option<&str>) -> bool {
    reference_name.eq_ignore_ascii_case("chrM") && assembly_id.is_some_and(|a| a.get(..4).is_some_and(|a| a.eq_ignore_ascii_case("hg19")))
}

/// The RefSeq accession with version of a chromosome on an assembly (`NC_000022.11`).
#[must_use]
pub fn refseq_accession(name: ReferenceName, assembly: Assembly) -> String {
    // `accession` always finds the chromosome: every ReferenceName is one of NAMES, and the table contains all of NAMES (a test below checks
    // this).
    accession::accession(name.0, assembly).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(name: &str, assembly: Option<&str>) -> (&'static str, Assembly) {
        let (name, assembly) = resolve(name, assembly).unwrap();
        (name.as_str(), assembly)
    }

    #[test]
    fn every_spelling_of_a_chromosome_resolves_to_one_name() {
        for name in ["22", "chr22", "Chr22", "CHR22"] {
            assert_eq!(ok(name, Some("hg38")), ("22", Assembly::GRCh38));
        }
        for name in ["NC_000022.11", "refseq:NC_000022.11", "RefSeq:NC_000022.11"] {
            assert_eq!(ok(name, None), ("22", Assembly::GRCh38));
        }
        assert_eq!(ok("NC_000022.10", None), ("22", Assembly::GRCh37));
        for name in ["M", "MT", "chrM", "chrMT", "NC_012920.1"] {
            assert_eq!(ok(name, Some("GRCh37")), ("MT", Assembly::GRCh37));
        }
        assert_eq!(ok("x", Some("GRCh38.p14")), ("X", Assembly::GRCh38));
    }

    #[test]
    fn the_assembly_is_never_guessed() {
        for name in ["22", "chrX", "NC_012920.1", "MT"] {
            assert!(
                matches!(resolve(name, None), Err(BeaconError::MissingParameter { name: "assemblyId", .. })),
                "{name}"
            );
        }
        assert!(matches!(
            resolve("NC_000022.10", Some("GRCh38")),
            Err(BeaconError::Contradiction { .. })
        ));
        assert!(matches!(resolve("chrM", Some("hg19")), Err(BeaconError::Contradiction { .. })));
        assert!(matches!(
            resolve("22", Some("hg18")),
            Err(BeaconError::InvalidValue { name: "assemblyId", .. })
        ));
    }

    #[test]
    fn a_name_that_is_not_a_chromosome_is_rejected() {
        for name in [
            "",
            "0",
            "23",
            "25",
            "chr23",
            "chr01",
            "chrchr1",
            "NC_000022",
            "NC_000022.9",
            "NC_000022.011",
            "NC_000025.1",
            "refseq:22",
            "refseq:chr22",
            "chrUn_KI270302v1",
            "NC_001807.4",
            "+1",
            " 1",
        ] {
            let error = resolve(name, Some("GRCh38")).unwrap_err();
            assert!(matches!(error, BeaconError::InvalidValue { name: "referenceName", .. }), "{name}");
        }
    }

    #[test]
    fn the_table_contains_every_name_on_both_assemblies() {
        for assembly in [Assembly::GRCh37, Assembly::GRCh38] {
            for name in NAMES {
                let name = ReferenceName::canonical(name).unwrap();
                let accession = refseq_accession(name, assembly);
                assert_eq!(resolve(&accession, Some(assembly.as_str())), Ok((name, assembly)));
            }
        }
    }
}

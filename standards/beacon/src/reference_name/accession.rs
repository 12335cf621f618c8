//! RefSeq accessions of the chromosomes of both assemblies.

use crate::assembly::Assembly;

/// The RefSeq accession of the human mitochondrial sequence (the revised Cambridge Reference Sequence). It is the same in both assemblies.
pub(super) const MITOCHONDRION: &str = "NC_012920.1";

/// For each chromosome: its name, the number of its RefSeq accession, the version in GRCh37, and the version in GRCh38.
const CHROMOSOMES: [(&str, &str, u8, u8); 24] = [
    ("1", "NC_000001", 10, 11),
    ("2", "NC_000002", 11, 12),
    ("3", "NC_000003", 11, 12),
    ("4", "NC_000004", 11, 12),
    ("5", "NC_000005", 9, 10),
    ("6", "NC_000006", 11, 12),
    ("7", "NC_000007", 13, 14),
    ("8", "NC_000008", 10, 11),
    ("9", "NC_000009", 11, 12),
    ("10", "NC_000010", 10, 11),
    ("11", "NC_000011", 9, 10),
    ("12", "NC_000012", 11, 12),
    ("13", "NC_000013", 10, 11),
    ("14", "NC_000014", 8, 9),
    ("15", "NC_000015", 9, 10),
    ("16", "NC_000016", 9, 10),
    ("17", "NC_000017", 10, 11),
    ("18", "NC_000018", 9, 10),
    ("19", "NC_000019", 9, 10),
    ("20", "NC_000020", 10, 11),
    ("21", "NC_000021", 8, 9),
    ("22", "NC_000022", 10, 11),
    ("X", "NC_000023", 10, 11),
    ("Y", "NC_000024", 9, 10),
];

/// The chromosome and the assembly to which a RefSeq accession with version belongs; `None` for every other sequence.
pub(super) fn chromosome(accession: &str) -> Option<(&'static str, Assembly)> {
    let (number, version) = accession.split_once('.')?;
    let (name, _, in_37, in_38) = CHROMOSOMES.iter().find(|(_, n, _, _)| *n == number)?;
    if version == in_37.to_string() {
        Some((name, Assembly::GRCh37))
    } else if version == in_38.to_string() {
        Some((name, Assembly::GRCh38))
    } else {
        None
    }
}

/// The RefSeq accession with version of a canonical chromosome name (including `MT`) on `assembly`; `None` if the name is not a chromosome.
pub(super) fn accession(name: &str, assembly: Assembly) -> Option<String> {
    if name == "MT" {
        return Some(MITOCHONDRION.to_owned());
    }
    let (_, number, in_37, in_38) = CHROMOSOMES.iter().find(|(n, _, _, _)| *n == name)?;
    let version = match assembly {
        Assembly::GRCh37 => in_37,
        Assembly::GRCh38 => in_38,
    };
    Some(format!("{number}.{version}"))
}

//! Converts the position of a gene from the forms of the different sources.

use gemj_model::{Assembly, Contig, GeneInterval, ZeroBased};

use super::error::GeneModelError;

/// For each of the RefSeq accessions `NC_000001` to `NC_000024`: its version in GRCh37 and its version in GRCh38.
const VERSIONS: [(u8, u8); 24] = [
    (10, 11),
    (11, 12),
    (11, 12),
    (11, 12),
    (9, 10),
    (11, 12),
    (13, 14),
    (10, 11),
    (11, 12),
    (10, 11),
    (9, 10),
    (11, 12),
    (10, 11),
    (8, 9),
    (9, 10),
    (9, 10),
    (10, 11),
    (9, 10),
    (9, 10),
    (10, 11),
    (8, 9),
    (10, 11),
    (10, 11),
    (9, 10),
];
/// The RefSeq accession of the mitochondrial sequence, which is the same in both assemblies.
const MITOCHONDRION: &str = "NC_012920.1";
/// An upper bound for positions. No chromosome is as long as this.
const MOST_BASES: u64 = 300_000_000;

/// Converts a 1-based closed range on a contig to an interval of the model. `None` if the contig is neither a primary chromosome nor the
/// mitochondrial chromosome.
pub(super) fn interval(
    assembly: Assembly,
    contig: &str,
    start: &str,
    end: &str,
    line: u64,
) -> Result<Option<GeneInterval>, GeneModelError> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|n| (1..=MOST_BASES).contains(n));
    let (Some(start), Some(end)) = (number(start), number(end)) else {
        return Err(GeneModelError::Malformed {
            line,
            expected: "start and end of a gene must be positions, counted from 1",
        });
    };
    if start > end {
        return Err(GeneModelError::Malformed {
            line,
            expected: "a gene's start must not be after its end",
        });
    }
    Ok(canonical(assembly, contig, line)?.map(|contig| GeneInterval {
        contig,
        start: ZeroBased(start - 1),
        end: ZeroBased(end),
    }))
}

fn canonical(assembly: Assembly, name: &str, line: u64) -> Result<Option<Contig>, GeneModelError> {
    if name == MITOCHONDRION {
        return Ok(Some(Contig("MT".to_owned())));
    }
    if let Some((number, version)) = name.strip_prefix("NC_0000").and_then(|rest| rest.split_once('.')) {
        let number = number.parse::<usize>().ok().filter(|n| (1..=24).contains(n));
        let Some((number, (in_37, in_38))) = number.map(|n| (n, VERSIONS[n - 1])) else {
            return Ok(None);
        };
        let right = match assembly {
            Assembly::GRCh37 => in_37,
            Assembly::GRCh38 => in_38,
        };
        if version != right.to_string() {
            return Err(GeneModelError::OtherAssembly { line, declared: assembly });
        }
        return Ok(Some(Contig(match number {
            23 => "X".to_owned(),
            24 => "Y".to_owned(),
            autosome => autosome.to_string(),
        })));
    }
    let canonical = Contig(name.to_owned()).canonical();
    let primary = matches!(canonical.as_str(), "X" | "Y" | "MT")
        || canonical
            .as_str()
            .parse::<u8>()
            // The comparison with the canonical text rejects `01` and `+1`, which parse as numbers but are not chromosome names.
            .is_ok_and(|n| (1..=22).contains(&n) && canonical.as_str() == n.to_string());
    Ok(primary.then_some(canonical))
}

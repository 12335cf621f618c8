//! Checks that the contigs of a header belong to the declared assembly.

use gemj_model::{Assembly, Contig};
use hts_formats::sam_header::HeaderContig;

use super::{InspectError, Warning};

/// The lengths in bases of the chromosomes 1 to 22, X and Y: in GRCh37 and in GRCh38 (assembly reports GCA_000001405.1 and .15). The
/// mitochondrion is not listed, because the same length is used with both assemblies.
const LENGTHS: [(&str, u64, u64); 24] = [
    ("1", 249_250_621, 248_956_422),
    ("2", 243_199_373, 242_193_529),
    ("3", 198_022_430, 198_295_559),
    ("4", 191_154_276, 190_214_555),
    ("5", 180_915_260, 181_538_259),
    ("6", 171_115_067, 170_805_979),
    ("7", 159_138_663, 159_345_973),
    ("8", 146_364_022, 145_138_636),
    ("9", 141_213_431, 138_394_717),
    ("10", 135_534_747, 133_797_422),
    ("11", 135_006_516, 135_086_622),
    ("12", 133_851_895, 133_275_309),
    ("13", 115_169_878, 114_364_328),
    ("14", 107_349_540, 107_043_718),
    ("15", 102_531_392, 101_991_189),
    ("16", 90_354_753, 90_338_345),
    ("17", 81_195_210, 83_257_441),
    ("18", 78_077_248, 80_373_285),
    ("19", 59_128_983, 58_617_616),
    ("20", 63_025_520, 64_444_167),
    ("21", 48_129_895, 46_709_983),
    ("22", 51_304_566, 50_818_468),
    ("X", 155_270_560, 156_040_895),
    ("Y", 59_373_566, 57_227_415),
];

/// Returns the assembly that matches the lengths of all chromosomes 1 to 22, X and Y among the contigs. Absent if the contigs contain none of
/// these chromosomes, or if neither GRCh37 nor GRCh38 matches all lengths.
pub(crate) fn of_lengths<'a>(contigs: impl Iterator<Item = (&'a str, u64)>) -> Option<Assembly> {
    let (mut on_37, mut on_38) = (false, false);
    for (name, length) in contigs {
        let canonical = Contig(name.to_owned()).canonical();
        if let Some((_, of_37, of_38)) = LENGTHS.iter().find(|(name, ..)| *name == canonical.as_str()) {
            match (length == *of_37, length == *of_38) {
                (true, _) => on_37 = true,
                (_, true) => on_38 = true,
                (false, false) => return None,
            }
        }
    }
    match (on_37, on_38) {
        (true, false) => Some(Assembly::GRCh37),
        (false, true) => Some(Assembly::GRCh38),
        (true, true) | (false, false) => None,
    }
}

/// Checks the lengths of the chromosomes 1 to 22, X and Y against the declared assembly. A contig without a length in the header is skipped.
/// Returns a warning if no contig could be checked.
pub(super) fn check(contigs: &[HeaderContig], declared: Assembly) -> Result<Option<Warning>, InspectError> {
    let mut seen = false;
    for contig in contigs {
        let canonical = Contig(contig.name.clone()).canonical();
        let Some((_, on_37, on_38)) = LENGTHS.iter().find(|(name, ..)| *name == canonical.as_str()) else {
            continue;
        };
        let Some(length_bases) = contig.length else {
            continue;
        };
        let right = match declared {
            Assembly::GRCh37 => *on_37,
            Assembly::GRCh38 => *on_38,
        };
        if length_bases != right {
            return Err(InspectError::AssemblyMismatch {
                contig: Contig(contig.name.clone()),
                length_bases,
                declared,
            });
        }
        seen = true;
    }
    Ok((!seen).then_some(Warning::AssemblyNotShown))
}

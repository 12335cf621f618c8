//! The coordinate system of the demo: GRCh38's contigs with their true lengths, the regions that the demo uses, and invented bases.

use gemj_model::ZeroBased;

use crate::prng::hash;

/// A contig of the demo: its name and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferenceContig {
    /// The name of the contig, with `chr`.
    pub name: &'static str,
    /// The length of the contig in bases.
    pub length: u64,
}

const fn contig(name: &'static str, length: u64) -> ReferenceContig {
    ReferenceContig { name, length }
}

/// The primary contigs of GRCh38, in the usual order of file headers.
pub const CONTIGS: [ReferenceContig; 25] = [
    contig("chr1", 248_956_422),
    contig("chr2", 242_193_529),
    contig("chr3", 198_295_559),
    contig("chr4", 190_214_555),
    contig("chr5", 181_538_259),
    contig("chr6", 170_805_979),
    contig("chr7", 159_345_973),
    contig("chr8", 145_138_636),
    contig("chr9", 138_394_717),
    contig("chr10", 133_797_422),
    contig("chr11", 135_086_622),
    contig("chr12", 133_275_309),
    contig("chr13", 114_364_328),
    contig("chr14", 107_043_718),
    contig("chr15", 101_991_189),
    contig("chr16", 90_338_345),
    contig("chr17", 83_257_441),
    contig("chr18", 80_373_285),
    contig("chr19", 58_617_616),
    contig("chr20", 64_444_167),
    contig("chr21", 46_709_983),
    contig("chr22", 50_818_468),
    contig("chrX", 156_040_895),
    contig("chrY", 57_227_415),
    contig("chrM", 16_569),
];

/// The position of chrX in [`CONTIGS`].
pub const CHR_X: usize = 22;

/// A region around a gene, in which the demo has variant sites and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GeneRegion {
    /// The symbol of the gene.
    pub gene: &'static str,
    /// The HGNC id of the gene.
    pub hgnc: &'static str,
    /// The position of the region's contig in [`CONTIGS`].
    pub contig: usize,
    /// The first base of the region.
    pub start: ZeroBased,
    /// The first base after the region.
    pub end: ZeroBased,
}

const fn region(gene: &'static str, hgnc: &'static str, contig: usize, start: u64, end: u64) -> GeneRegion {
    GeneRegion {
        gene,
        hgnc,
        contig,
        start: ZeroBased(start),
        end: ZeroBased(end),
    }
}

/// The regions of the demo, in order of contig and position. They are approximately the genes on GRCh38, all outside the pseudoautosomal
/// regions.
pub const REGIONS: [GeneRegion; 11] = [
    region("SCN1A", "HGNC:10585", 1, 165_984_000, 166_150_000),
    region("MLH1", "HGNC:7127", 2, 36_990_000, 37_052_000),
    region("PIK3CA", "HGNC:8975", 2, 179_145_000, 179_241_000),
    region("EGFR", "HGNC:3236", 6, 55_018_000, 55_212_000),
    region("CFTR", "HGNC:1884", 6, 117_478_000, 117_670_000),
    region("KRAS", "HGNC:6407", 11, 25_204_000, 25_252_000),
    region("BRCA2", "HGNC:1101", 12, 32_314_000, 32_401_000),
    region("TP53", "HGNC:11998", 16, 7_667_000, 7_689_000),
    region("BRCA1", "HGNC:1100", 16, 43_043_000, 43_126_000),
    region("DMD", "HGNC:2928", CHR_X, 31_800_000, 31_950_000),
    region("MECP2", "HGNC:6990", CHR_X, 154_020_000, 154_099_000),
];

/// The base of the demo's genome at a position. The genome is invented: alleles and reads agree with it and with one another, not with the
/// true GRCh38.
#[must_use]
pub fn base(contig: usize, position: ZeroBased) -> u8 {
    // A base takes two bits of a hash of 64 bits, so one hash gives thirty-two bases.
    let word = hash(&[0xBA5E, contig as u64, position.0 / 32]);
    b"ACGT"[((word >> (position.0 % 32 * 2)) & 3) as usize]
}

/// The bases of the demo's genome from `start` on, `length` bases long.
#[must_use]
pub fn bases(contig: usize, start: ZeroBased, length: u64) -> String {
    (start.0..start.0 + length)
        .map(|p| char::from(base(contig, ZeroBased(p))))
        .collect()
}

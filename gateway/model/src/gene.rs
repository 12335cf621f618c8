//! Gene models: the positions and names of genes.

use crate::assembly::Assembly;
use crate::coordinates::{Contig, ZeroBased};

/// A gene: one approved symbol, with all its positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gene {
    /// The symbol of the gene, as the gene model writes it (`C9orf72`).
    pub symbol: String,
    /// The identifiers of the gene without versions (`HGNC:28337`, `ENSG00000147894`, `GeneID:203228`).
    pub identifiers: Vec<String>,
    /// Earlier and alternative symbols of the gene. Several genes may share a symbol.
    pub aliases: Vec<String>,
    /// The positions of the gene; never empty. A gene of both pseudo-autosomal regions has one position on X and one on Y.
    pub intervals: Vec<GeneInterval>,
}

/// One position of a gene: a stretch of a chromosome, 0-based half-open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeneInterval {
    /// The canonical name of the chromosome.
    pub contig: Contig,
    /// The first base of the stretch.
    pub start: ZeroBased,
    /// The first base after the stretch.
    pub end: ZeroBased,
}

/// The genes of one assembly. A newly loaded model replaces the earlier model of the same assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneModel {
    /// The assembly of the coordinates.
    pub assembly: Assembly,
    /// The release of the gene model, as the file or the operator states it.
    pub version: String,
    /// The genes, one for each symbol, in order of symbol.
    pub genes: Vec<Gene>,
}

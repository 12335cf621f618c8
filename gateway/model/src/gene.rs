//! Gene models: the positions and names of genes.

use crate::assembly::Assembly;
use crate::coordinates::{Contig, ZeroBased};

/// A gene: one approved symbol, with all its positions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gene {
    /// Its symbol as the model writes it (`C9orf72`).
    pub symbol: String,
    /// Its identifiers (`HGNC:28337`, `ENSG00000147894`, `GeneID:203228`), without versions.
    pub identifiers: Vec<String>,
    /// Earlier and other symbols. Several genes may share a symbol.
    pub aliases: Vec<String>,
    /// The positions of the gene; never empty. A gene of both pseudo-autosomal regions has one on X and one on Y.
    pub intervals: Vec<GeneInterval>,
}

/// A stretch of a gene, 0-based half-open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeneInterval {
    /// The chromosome, canonical.
    pub contig: Contig,
    /// First base.
    pub start: ZeroBased,
    /// First base after the stretch.
    pub end: ZeroBased,
}

/// The genes of one assembly. A newly loaded model replaces the earlier model of the same assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneModel {
    /// The assembly of the coordinates.
    pub assembly: Assembly,
    /// The release of the model, as stated by the file or the operator.
    pub version: String,
    /// The genes, one for each symbol, in order of symbol.
    pub genes: Vec<Gene>,
}

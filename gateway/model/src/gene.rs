//! Gene models: where genes lie, and under which names they are known.

use crate::assembly::Assembly;
use crate::coordinates::{Contig, ZeroBased};

/// A gene: one approved symbol, wherever it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gene {
    /// Its symbol as the model writes it (`C9orf72`).
    pub symbol: String,
    /// Its identifiers (`HGNC:28337`, `ENSG00000147894`, `GeneID:203228`), without versions.
    pub identifiers: Vec<String>,
    /// Earlier and other symbols. Several genes may share one.
    pub aliases: Vec<String>,
    /// Where it lies; never empty. A gene of both pseudo-autosomal regions has one on X and one on Y.
    pub intervals: Vec<GeneInterval>,
}

/// A stretch of a gene, 0-based half-open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GeneInterval {
    /// The chromosome, canonical.
    pub contig: Contig,
    /// First base.
    pub start: ZeroBased,
    /// First base behind it.
    pub end: ZeroBased,
}

/// The genes of one assembly. Loading a model replaces the earlier one of its assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneModel {
    /// The assembly of its coordinates.
    pub assembly: Assembly,
    /// Which release it is, as the file or the operator says.
    pub version: String,
    /// Its genes, one of each symbol, in order of symbol.
    pub genes: Vec<Gene>,
}

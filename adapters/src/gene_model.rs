//! Parses gene models: GFF3 as GENCODE, Ensembl and RefSeq write it, or a table. Each may be plain or gzipped.
//!
//! A model is read whole or not at all. If a gene were lost, every request for it would be answered as for an unknown gene. Each gene has one
//! symbol. Several records with one symbol (both copies of a pseudo-autosomal gene, a locus that occurs twice) become one gene with several
//! intervals. Genes on the primary chromosomes and the mitochondrial chromosome are kept. Records on other contigs are omitted and counted.
//!
//! The table has a line of column names, tab-separated: `symbol`, `contig`, `start` (1-based), `end` (inclusive), and optionally `hgnc_id`
//! and `aliases` (separated by `|` or `,`).

mod contig;
mod error;
mod gff3;
mod lines;
mod table;

use std::collections::BTreeMap;
use std::io::Read;

use gemj_model::{Assembly, Gene, GeneModel};

pub use error::GeneModelError;

use lines::Lines;

/// The maximum size of a file, in bytes when uncompressed.
pub const MAX_BYTES: u64 = 16 << 30;
/// The maximum number of genes of a model.
pub const MAX_GENES: usize = 500_000;
/// The maximum number of intervals of one gene. Only names of gene families that occur all over the genome (`Y_RNA`) have more intervals. A
/// request cannot name such a family as a gene.
pub const MAX_INTERVALS: usize = 64;
/// The maximum number of identifiers, and also of aliases, that are kept for one gene.
const MAX_NAMES: usize = 200;
/// The maximum length of a symbol or identifier, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// A parsed gene model, with counts of the records that the model omits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedGeneModel {
    /// The gene model.
    pub model: GeneModel,
    /// The number of records on contigs other than the primary chromosomes and the mitochondrial chromosome.
    pub on_other_contigs: u64,
    /// The number of records without a symbol or identifier that a request can name.
    pub without_symbol: u64,
    /// The number of symbols with more than [`MAX_INTERVALS`] intervals.
    pub strewn: u64,
}

/// The names of a gene, as one record of a file states them.
#[derive(Debug, Default)]
struct Stated {
    symbol: String,
    identifiers: Vec<String>,
    aliases: Vec<String>,
}

/// Reads the gene model of an assembly. `version` is the operator's name for the release. If it is `None`, the model gets the version that the
/// file states, or `unstated` if the file states none.
///
/// # Errors
/// [`GeneModelError`] states why the model is refused. The error repeats no text of the file.
pub fn parse(input: impl Read, assembly: Assembly, version: Option<&str>) -> Result<ParsedGeneModel, GeneModelError> {
    let mut lines = Lines::open(input)?;
    let first = loop {
        match lines.next()? {
            None => return Err(GeneModelError::Empty),
            Some(line) if line.trim().is_empty() => {}
            Some(line) => break line.to_owned(),
        }
    };
    let mut found = GeneModelBuilder::new(assembly);
    if first.starts_with("##gff-version") {
        gff3::read(&first, &mut lines, &mut found)?;
    } else {
        let columns = table::Columns::of(&first).ok_or(GeneModelError::UnknownFormat)?;
        table::read(&columns, &mut lines, &mut found)?;
    }
    found.finish(version)
}

/// The content of the file that was read so far.
struct GeneModelBuilder {
    assembly: Assembly,
    /// The version that the file states; `None` if it states none.
    version: Option<String>,
    /// The genes, by symbol in upper case.
    genes: BTreeMap<String, Gene>,
    on_other_contigs: u64,
    without_symbol: u64,
}

impl GeneModelBuilder {
    fn new(assembly: Assembly) -> Self {
        Self {
            assembly,
            version: None,
            genes: BTreeMap::new(),
            on_other_contigs: 0,
            without_symbol: 0,
        }
    }

    /// Adds a gene record. `line` is the number of its line in the file. `start` and `end` are 1-based and closed.
    fn add(&mut self, line: u64, contig: &str, start: &str, end: &str, stated: Stated) -> Result<(), GeneModelError> {
        let interval = contig::interval(self.assembly, contig, start, end, line)?;
        let Some(interval) = interval else {
            self.on_other_contigs += 1;
            return Ok(());
        };
        if !is_name(&stated.symbol) {
            self.without_symbol += 1;
            return Ok(());
        }
        let key = stated.symbol.to_ascii_uppercase();
        if !self.genes.contains_key(&key) && self.genes.len() >= MAX_GENES {
            return Err(GeneModelError::TooManyGenes { limit: MAX_GENES });
        }
        let gene = self.genes.entry(key).or_insert_with(|| Gene {
            symbol: stated.symbol,
            identifiers: Vec::new(),
            aliases: Vec::new(),
            intervals: Vec::new(),
        });
        extend(&mut gene.identifiers, stated.identifiers);
        extend(&mut gene.aliases, stated.aliases);
        // A gene may get one interval more than the limit, so that `finish` sees that the limit was exceeded.
        if gene.intervals.len() <= MAX_INTERVALS && !gene.intervals.contains(&interval) {
            gene.intervals.push(interval);
        }
        Ok(())
    }

    fn finish(self, version: Option<&str>) -> Result<ParsedGeneModel, GeneModelError> {
        let before = self.genes.len();
        let genes: Vec<Gene> = self.genes.into_values().filter(|g| g.intervals.len() <= MAX_INTERVALS).collect();
        if genes.is_empty() {
            return Err(GeneModelError::Empty);
        }
        let strewn = (before - genes.len()) as u64;
        let version = version.map(str::to_owned).or(self.version).unwrap_or_else(|| "unstated".to_owned());
        Ok(ParsedGeneModel {
            model: GeneModel {
                assembly: self.assembly,
                version,
                genes,
            },
            on_other_contigs: self.on_other_contigs,
            without_symbol: self.without_symbol,
            strewn,
        })
    }
}

fn extend(names: &mut Vec<String>, more: Vec<String>) {
    for name in more {
        if is_name(&name) && names.len() < MAX_NAMES && !names.contains(&name) {
            names.push(name);
        }
    }
}

/// Whether a text is a symbol or identifier that a request can contain.
fn is_name(text: &str) -> bool {
    matches!(text.len(), 1..=MAX_NAME_BYTES) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:@".contains(&b))
}

#[cfg(test)]
mod tests;

//! Gene models, one for each assembly. A gene model concerns no participant, so reading it needs no key.

use gemj_access::{Mandate, WriteAction};
use gemj_model::gene_name::usual_gene_name;
use gemj_model::{Assembly, Contig, GeneInterval, GeneModel, ZeroBased};

use crate::catalogue::Catalogue;
use crate::database::{Transaction, Value, giving_way};
use crate::error::CatalogueError;

/// The maximum number of gene symbols that are returned for an ambiguous name.
const MOST_CANDIDATES: usize = 20;

/// A gene of the gene model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneLocus {
    /// The gene's symbol, as the gene model writes it.
    pub symbol: String,
    /// The release of the gene model.
    pub version: String,
    /// All names of the gene, in capitals: its symbol, its identifiers, and each alias that is no name of another gene.
    pub names: Vec<String>,
    /// The intervals of the gene, in order. They do not overlap or touch.
    pub intervals: Vec<GeneInterval>,
}

/// The result of looking up a gene name in the gene model of an assembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneLookup {
    /// No gene model of the assembly is loaded.
    NoModel,
    /// The gene model contains no gene with this name.
    Unknown,
    /// Several genes have this name as their symbol or identifier; or no gene has, and several genes have it as an alias. The value contains
    /// the symbols of these genes in order, at most 20.
    Ambiguous(Vec<String>),
    /// Exactly one gene has this name.
    Found(GeneLocus),
}

/// A loaded gene model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedGeneModel {
    /// The assembly of the gene model's coordinates.
    pub assembly: Assembly,
    /// The release of the gene model.
    pub version: String,
}

impl Catalogue {
    /// Replaces the gene model of an assembly, in one transaction (action `LoadOntology`, because a gene model is public knowledge like an
    /// ontology).
    ///
    /// # Errors
    /// The database does not answer; [`CatalogueError::Invalid`] for text or positions that cannot be stored.
    pub async fn load_gene_model(&self, mandate: &Mandate, model: &GeneModel) -> Result<(), CatalogueError> {
        giving_way!(self.replace_gene_model(mandate, model))
    }

    async fn replace_gene_model(&self, mandate: &Mandate, model: &GeneModel) -> Result<(), CatalogueError> {
        let rows = Rows::of(model)?;
        let version = Value::outside(&model.version, "version")?;
        let assembly = || Value::from(model.assembly.as_str());
        let mut write = self.begin_write(mandate, &[WriteAction::LoadOntology]).await?;
        let transaction = &mut write.transaction;
        for delete in [
            "DELETE FROM gene_name WHERE assembly = $1",
            "DELETE FROM gene_interval WHERE assembly = $1",
            "DELETE FROM gene WHERE assembly = $1",
            "DELETE FROM gene_model WHERE assembly = $1",
        ] {
            transaction.execute(delete, vec![assembly()]).await?;
        }
        transaction
            .insert("gene_model (assembly, version)", [[assembly(), version]])
            .await?;
        rows.insert(transaction).await?;
        let resource = format!("gene-model {}", model.assembly.as_str());
        write.commit(self, mandate, &resource, model.genes.len() as u64).await?;
        Ok(())
    }

    /// The loaded gene models, in order of assembly.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn loaded_gene_models(&self) -> Result<Vec<LoadedGeneModel>, CatalogueError> {
        let sql = "SELECT assembly, version FROM gene_model ORDER BY assembly";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| {
                Ok(LoadedGeneModel {
                    assembly: row.parsed(0, "assembly", Assembly::parse)?,
                    version: row.text(1, "version")?,
                })
            })
            .collect()
    }

    /// Finds a gene by its symbol, an identifier or an alias, in upper or lower case. A gene with this symbol or identifier has priority over
    /// another gene with this alias.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn gene(&self, assembly: Assembly, name: &str) -> Result<GeneLookup, CatalogueError> {
        // All reads use one snapshot, so that the answer does not mix an old and a new gene model.
        let mut snapshot = self.database.begin_snapshot().await?;
        let of_assembly = || Value::from(assembly.as_str());
        let sql = "SELECT version FROM gene_model WHERE assembly = $1";
        let Some(model) = snapshot.fetch_first(sql, vec![of_assembly()]).await? else {
            return Ok(GeneLookup::NoModel);
        };
        let name = usual_gene_name(name);
        if name.contains('\0') {
            return Ok(GeneLookup::Unknown);
        }
        let sql = "SELECT g.number, g.symbol, n.own FROM gene_name n JOIN gene g ON g.assembly = n.assembly AND g.number = n.gene \
                   WHERE n.assembly = $1 AND n.name = $2 ORDER BY g.symbol";
        let mut candidates = Vec::new();
        for row in snapshot.fetch_all(sql, vec![of_assembly(), name.as_str().into()]).await? {
            candidates.push((row.int(0, "gene")?, row.text(1, "symbol")?, row.bool(2, "own name")?));
        }
        if candidates.iter().any(|(_, _, own)| *own) {
            candidates.retain(|(_, _, own)| *own);
        }
        let (number, symbol) = match candidates.as_slice() {
            [] => return Ok(GeneLookup::Unknown),
            [(number, symbol, _)] => (*number, symbol.clone()),
            several => {
                let symbols = several.iter().take(MOST_CANDIDATES).map(|(_, symbol, _)| symbol.clone());
                return Ok(GeneLookup::Ambiguous(symbols.collect()));
            }
        };
        let of_gene = || vec![of_assembly(), number.into()];
        let sql = "SELECT name FROM gene_name n WHERE assembly = $1 AND gene = $2 AND (own OR NOT EXISTS \
                   (SELECT 1 FROM gene_name o WHERE o.assembly = n.assembly AND o.name = n.name AND o.gene <> n.gene)) ORDER BY name";
        let mut names = Vec::new();
        for row in snapshot.fetch_all(sql, of_gene()).await? {
            names.push(row.text(0, "gene name")?);
        }
        let sql = "SELECT contig, begins, ends FROM gene_interval WHERE assembly = $1 AND gene = $2 ORDER BY contig, begins";
        let mut intervals = Vec::new();
        for row in snapshot.fetch_all(sql, of_gene()).await? {
            intervals.push(GeneInterval {
                contig: Contig(row.text(0, "contig")?),
                start: ZeroBased(row.count(1, "gene interval")?),
                end: ZeroBased(row.count(2, "gene interval")?),
            });
        }
        Ok(GeneLookup::Found(GeneLocus {
            symbol,
            version: model.text(0, "version")?,
            names,
            intervals,
        }))
    }
}

/// The database rows of a gene model.
#[derive(Default)]
struct Rows {
    genes: Vec<[Value; 3]>,
    intervals: Vec<[Value; 5]>,
    names: Vec<[Value; 4]>,
}

impl Rows {
    fn of(model: &GeneModel) -> Result<Self, CatalogueError> {
        let mut rows = Self::default();
        let assembly = || Value::from(model.assembly.as_str());
        for (number, gene) in (0_i64..).zip(&model.genes) {
            rows.genes
                .push([assembly(), number.into(), Value::outside(&gene.symbol, "symbol")?]);
            for interval in united(&gene.intervals) {
                rows.intervals.push([
                    assembly(),
                    number.into(),
                    Value::outside(interval.contig.as_str(), "contig")?,
                    Value::count(interval.start.0, "gene interval")?,
                    Value::count(interval.end.0, "gene interval")?,
                ]);
            }
            // The symbol and identifiers come first. An alias that equals one of them is skipped.
            let own = std::iter::once(&gene.symbol).chain(&gene.identifiers).map(|name| (name, true));
            let mut seen = std::collections::HashSet::new();
            for (name, is_own) in own.chain(gene.aliases.iter().map(|name| (name, false))) {
                let name = usual_gene_name(name);
                if seen.insert(name.clone()) {
                    rows.names
                        .push([assembly(), Value::outside(&name, "gene name")?, number.into(), is_own.into()]);
                }
            }
        }
        Ok(rows)
    }

    async fn insert(self, transaction: &mut Transaction) -> Result<(), CatalogueError> {
        transaction.insert("gene (assembly, number, symbol)", self.genes).await?;
        transaction
            .insert("gene_interval (assembly, gene, contig, begins, ends)", self.intervals)
            .await?;
        transaction.insert("gene_name (assembly, name, gene, own)", self.names).await
    }
}

/// Sorts intervals, and joins intervals that overlap or touch.
fn united(intervals: &[GeneInterval]) -> Vec<GeneInterval> {
    let mut sorted = intervals.to_vec();
    sorted.sort();
    let mut united: Vec<GeneInterval> = Vec::with_capacity(sorted.len());
    for next in sorted {
        match united
            .last_mut()
            .filter(|last| last.contig == next.contig && next.start <= last.end)
        {
            Some(last) => last.end = last.end.max(next.end),
            None => united.push(next),
        }
    }
    united
}

//! The names (HGVS changes) that annotated files use for alleles, on transcripts and proteins.
//!
//! A name is stored once for each dataset, together with a bit for each file that states the name. Up to 64 files form a block, and their bits
//! form one number. Each block has a second number, whose bits mark the block's served files, and one number for each release, whose bits mark
//! the block's files in the release. When a file is put on hold or unloaded, the commit clears only the file's bit in the number of the served
//! files. The file's names then no longer count, and the rows of the names stay unchanged. The names of an unloaded file are deleted later, part
//! by part.
//!
//! A hundred thousand genomes with the same annotations therefore need little more space than one genome. A name maps a change to alleles, as
//! stated by files of participants that a Grant covers. The carrier index alone determines the carriers of these alleles.

mod erase;
mod namers;
mod packed;
mod served;
mod state;

use gemj_access::{DatasetGrant, Grant};
use gemj_model::{Allele, Assembly, Contig, DatasetId, ZeroBased};

use crate::catalogue::Catalogue;
use crate::database::{Value, placeholders};
use crate::error::CatalogueError;

pub(crate) use erase::begin_erasing;
pub(crate) use served::{keep_release, register, set_served};
pub use state::{MAX_NAMED_ALLELE_BYTES, NamingFile, PART_NAMES};
pub(crate) use state::{NamingState, add_to_registered};

/// A query for the alleles with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameQuestion<'a> {
    /// The assembly of the alleles.
    pub assembly: Assembly,
    /// The change to search for, in the spelling of [`gemj_model::allele_name::usual_change`].
    pub change: &'a str,
    /// The names of a gene, in capitals. The name of an allele matches if its gene is one of them. If absent, any gene matches. If the list is
    /// empty, nothing matches.
    pub genes: Option<&'a [String]>,
    /// The accession of a transcript or protein. An accession without a version matches any version. If absent, any transcript or protein
    /// matches.
    pub sequence: Option<&'a str>,
    /// The maximum number of alleles that the caller wants for each dataset.
    pub limit: u32,
}

impl Catalogue {
    /// Returns the alleles that files call by the requested name, for each dataset of the Grant. The alleles of a dataset are in order of contig,
    /// start, reference and alternate. If a dataset has more alleles than the limit, one allele above the limit is returned.
    ///
    /// A file counts if it is served and is in every release to which the Grant binds the dataset. The participant to whom the file belongs
    /// does not matter here. Before the calling code answers from an allele, it must check with [`Catalogue::allele_namers`] that files of the
    /// participants in the answer use the name.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn alleles_named(&self, grant: &Grant, question: &NameQuestion<'_>) -> Result<Vec<(DatasetId, Allele)>, CatalogueError> {
        let outside = |text: &str| text.contains('\0');
        if outside(question.change) || question.sequence.is_some_and(outside) || question.genes.is_some_and(<[String]>::is_empty) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for granted in grant.datasets() {
            let mut arguments = vec![granted.dataset().as_str().into()];
            let counts = counts(granted, &mut arguments);
            let named = named(question, &mut arguments);
            let sql = format!(
                "SELECT DISTINCT n.contig, n.begins, n.reference, n.alternate FROM allele_name n WHERE n.dataset = $1 AND {named} AND {counts} \
                 ORDER BY n.contig, n.begins, n.reference, n.alternate LIMIT {}",
                u64::from(question.limit) + 1
            );
            for row in self.database.fetch_all_of(sql, arguments).await? {
                let (begins, reference) = (row.count(1, "allele")?, row.text(2, "allele")?);
                let allele = Allele {
                    contig: Contig(row.text(0, "contig")?),
                    start: ZeroBased(begins),
                    end: ZeroBased(begins.saturating_add(reference.len() as u64)),
                    reference,
                    alternate: row.text(3, "allele")?,
                    inserted: None,
                };
                found.push((granted.dataset().clone(), allele));
            }
        }
        Ok(found)
    }
}

/// The SQL condition under which a row `n` of `allele_name` counts: at least one file states the name, is served, and is in every release to
/// which the Grant binds the dataset. The condition's arguments are appended to `arguments`.
fn counts(granted: &DatasetGrant, arguments: &mut Vec<Value>) -> String {
    let (joins, bits) = counting(granted, "f.files", "f", arguments);
    format!(
        "EXISTS (SELECT 1 FROM allele_name_files f JOIN naming_block b ON b.block = f.block{joins} WHERE f.name = n.number AND ({bits}) <> 0)"
    )
}

/// The SQL that selects the bits of the files that count, and the joins that this SQL needs. A file counts if it is served and is in every
/// release to which the Grant binds the dataset. `files` is the column with the bits from which the SQL selects, in a row of `table` that is
/// joined with its block `b`.
pub(crate) fn counting(granted: &DatasetGrant, files: &str, table: &str, arguments: &mut Vec<Value>) -> (String, String) {
    let (mut joins, mut bits) = (String::new(), format!("{files} & b.served"));
    for release in granted.releases() {
        arguments.push(release.as_str().into());
        let place = arguments.len();
        joins.push_str(&format!(
            " JOIN naming_release r{place} ON r{place}.release_id = ${place} AND r{place}.block = {table}.block"
        ));
        bits.push_str(&format!(" & r{place}.files"));
    }
    (joins, bits)
}

/// The SQL condition under which a row `n` of `allele_name` matches the query, apart from the dataset. The condition's arguments are appended
/// to `arguments`.
fn named(question: &NameQuestion<'_>, arguments: &mut Vec<Value>) -> String {
    let mut bind = |value: Value| {
        arguments.push(value);
        arguments.len()
    };
    let assembly = bind(question.assembly.as_str().into());
    let change = bind(question.change.into());
    let mut sql = format!("n.assembly = ${assembly} AND n.change = ${change}");
    if let Some(genes) = question.genes {
        let mut first = None;
        for gene in genes {
            let place = bind(gene.as_str().into());
            first.get_or_insert(place);
        }
        sql.push_str(&format!(
            " AND n.gene IN ({})",
            placeholders(first.unwrap_or_default(), genes.len())
        ));
    }
    if let Some(sequence) = question.sequence {
        let place = bind(sequence.into());
        sql.push_str(&format!(" AND {}", on_sequence(sequence, place)));
    }
    sql
}

/// The SQL condition under which a row `n` is a name on the transcript or protein `sequence`. The SQL argument number `place` is the accession.
/// An accession without a version matches any version.
pub(crate) fn on_sequence(sequence: &str, place: usize) -> String {
    if sequence.contains('.') {
        format!("n.sequence = ${place}")
    } else {
        let text = format!("CAST(${place} AS TEXT)");
        format!("(n.sequence = {text} OR substr(n.sequence, 1, length({text}) + 1) = {text} || '.')")
    }
}

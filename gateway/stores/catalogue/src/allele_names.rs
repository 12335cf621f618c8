//! The names that files use for alleles on transcripts and proteins.
//!
//! A name is stored once for a dataset, with a bit for each file that states the name; one block holds the bits of 64 files. A second bit
//! in the block marks the files that are served, and a bit in each release's block marks the files of the release. If a file is put on hold
//! or unloaded, the commit clears one bit, and the file's names no longer count; the rows of the names stay unchanged. The names of an
//! unloaded file are deleted later, part by part.
//!
//! A hundred thousand genomes with the same annotations therefore need little more space than one genome. A name maps a change to alleles,
//! as stated by files of participants that a Grant covers. The carrier index alone determines the carriers of these alleles.

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
pub(crate) use state::NamingState;
pub use state::{MAX_NAMED_ALLELE_BYTES, NamingFile, PART_NAMES};

/// A query for the alleles with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameQuestion<'a> {
    /// The assembly of the alleles.
    pub assembly: Assembly,
    /// The change, as [`gemj_model::allele_name::usual_change`] spells it.
    pub change: &'a str,
    /// The gene's names, in capitals. If absent, any gene matches.
    pub genes: Option<&'a [String]>,
    /// The accession of a transcript or protein, with a version, or without one to match any version. If absent, any sequence matches.
    pub sequence: Option<&'a str>,
    /// The maximum number of alleles that the caller wants for each dataset.
    pub limit: u32,
}

impl Catalogue {
    /// The alleles that files of each dataset of the Grant call by this name, in order. If a dataset has more alleles than the limit, one
    /// allele above the limit is returned.
    ///
    /// A file counts if it is served and is in every release to which the Grant binds the dataset, whichever participant the file belongs
    /// to. Before the caller answers from an allele, the caller must check with [`Catalogue::allele_namers`] that files of the participants
    /// in the answer use the name.
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

/// The SQL condition under which a row `n` counts: one file states the name, is served, and is in every release to which the dataset is
/// bound. The arguments are appended to `arguments`.
fn counts(granted: &DatasetGrant, arguments: &mut Vec<Value>) -> String {
    let (joins, bits) = counting(granted, "f.files", "f", arguments);
    format!(
        "EXISTS (SELECT 1 FROM allele_name_files f JOIN naming_block b ON b.block = f.block{joins} WHERE f.name = n.number AND ({bits}) <> 0)"
    )
}

/// The SQL for the bits of the files that count (`files` of a row in `table`, joined with its block `b`), and the joins that this SQL
/// needs.
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

/// The SQL condition under which a row `n` matches the query, without the dataset. The arguments are appended to `arguments`.
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

/// The SQL condition under which a row `n` is a name on a transcript or protein. The argument at `place` is the accession: with a version,
/// or without one to match any version.
pub(crate) fn on_sequence(sequence: &str, place: usize) -> String {
    if sequence.contains('.') {
        format!("n.sequence = ${place}")
    } else {
        let text = format!("CAST(${place} AS TEXT)");
        format!("(n.sequence = {text} OR substr(n.sequence, 1, length({text}) + 1) = {text} || '.')")
    }
}

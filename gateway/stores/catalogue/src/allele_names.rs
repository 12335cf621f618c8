//! What files call alleles on transcripts and proteins.
//!
//! A name is kept once for a dataset, with the files that state it as bits of blocks of 64. Which of these files are served is a bit of the block, and
//! which are in a release one of the release's: a file that is not registered, on hold or taken out names nothing from the commit on that made it so,
//! without a name being touched. What such a file stated is erased later, part by part. A hundred thousand genomes with the same annotations take little more than one. Names say
//! which alleles a change is, as far as files of people whom a Grant covers call them so; who carries them is the carrier index's to say.

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

/// Which names are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameQuestion<'a> {
    /// On which assembly.
    pub assembly: Assembly,
    /// The change, as [`gemj_model::allele_name::usual_change`] spells it.
    pub change: &'a str,
    /// Of a gene: its names, in capitals. Absent is any.
    pub genes: Option<&'a [String]>,
    /// On a transcript or protein: its accession with version, or without for any version. Absent is any.
    pub sequence: Option<&'a str>,
    /// The most alleles that are given of a dataset.
    pub limit: u32,
}

impl Catalogue {
    /// The alleles that files of each dataset of the Grant call so, in order; of a dataset one more than the limit where it has more. Only files count
    /// that are served and in every release that the Grant binds the dataset to, whoever they are of: before anything is answered by an allele,
    /// [`Catalogue::allele_namers`] has to say that the files of those who may be told of call it so.
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

/// What makes a row `n` count: one and the same file states it, is served, and is in every release that the dataset is bound to. Its arguments come behind
/// those that are there.
fn counts(granted: &DatasetGrant, arguments: &mut Vec<Value>) -> String {
    let (joins, bits) = counting(granted, "f.files", "f", arguments);
    format!(
        "EXISTS (SELECT 1 FROM allele_name_files f JOIN naming_block b ON b.block = f.block{joins} WHERE f.name = n.number AND ({bits}) <> 0)"
    )
}

/// The bits of the files that count, of `files` in a row of a table beside its block `b`; and the joins that they need.
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

/// What makes a row `n` one of the names asked for, but for its dataset. Its arguments come behind those that are there.
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

/// What makes a row `n` a name on a transcript or protein, whose accession is the argument of this place: with its version, or without for any version.
pub(crate) fn on_sequence(sequence: &str, place: usize) -> String {
    if sequence.contains('.') {
        format!("n.sequence = ${place}")
    } else {
        let text = format!("CAST(${place} AS TEXT)");
        format!("(n.sequence = {text} OR substr(n.sequence, 1, length({text}) + 1) = {text} || '.')")
    }
}

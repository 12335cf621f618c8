//! The alleles that case reports call by a requested name (an HGVS change or a gene).

use std::collections::BTreeMap;

use gemj_access::DatasetGrant;
use gemj_model::{Allele, Assembly, Origin};
use roaring::RoaringBitmap;

use crate::allele_names::on_sequence;
use crate::catalogue::Catalogue;
use crate::database::{Value, placeholders};
use crate::error::CatalogueError;
use crate::observations::allele_at;

/// A query for alleles by names in case reports. The query states a change, a gene, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedNameQuestion<'a> {
    /// The assembly of the alleles.
    pub assembly: Assembly,
    /// The change to search for, in the spelling of [`gemj_model::allele_name::usual_change`]. If absent, a report with any change matches, and
    /// also a report that names only a gene.
    pub change: Option<&'a str>,
    /// The names of a gene, in the spelling of [`gemj_model::gene_name::usual_gene_name`]. A report that states one of them matches. If absent,
    /// any gene matches. If the list is empty, nothing matches.
    pub genes: Option<&'a [String]>,
    /// The accession of a transcript or protein. An accession without a version matches any version. If absent, any transcript or protein
    /// matches.
    pub sequence: Option<&'a str>,
}

/// An allele that case reports call by the requested name.
#[derive(Clone, PartialEq, Eq)]
pub struct NamedByReports {
    /// The allele, as stated in the reports.
    pub allele: Allele,
    /// The participants whose reports match the query. If a gene was requested, only reports that state this gene count here.
    pub people: RoaringBitmap,
    /// If a change and a gene were requested: the participants whose reports use the change but state no gene. The calling code must determine
    /// whether the allele is in the gene.
    pub without_gene: RoaringBitmap,
}

impl std::fmt::Debug for NamedByReports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NamedByReports(..)")
    }
}

impl Catalogue {
    /// The germline alleles that current case reports of the Grant's participants call by the requested name, sorted. Only alleles that are
    /// in the carrier index are included. If the Grant binds the dataset to a release, the result is empty, because reports are in no release.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn alleles_reported(
        &self,
        granted: &DatasetGrant,
        question: &ReportedNameQuestion<'_>,
    ) -> Result<Vec<NamedByReports>, CatalogueError> {
        let outside = |text: Option<&str>| text.is_some_and(|text| text.contains('\0'));
        let asks_for_nothing = question.change.is_none() && question.genes.is_none();
        if !granted.releases().is_empty()
            || asks_for_nothing
            || outside(question.change)
            || outside(question.sequence)
            || question.genes.is_some_and(<[String]>::is_empty)
        {
            return Ok(Vec::new());
        }
        let mut arguments: Vec<Value> = vec![
            granted.dataset().as_str().into(),
            question.assembly.as_str().into(),
            Origin::Germline.as_str().into(),
        ];
        let named = named(question, &mut arguments);
        let sql = format!(
            "SELECT v.ordinal, v.contig, v.start_0, v.end_0, v.reference, v.alternate, n.gene \
             FROM reported_name n JOIN observation v ON v.id = n.observation JOIN fact_source s ON s.id = v.source \
             WHERE n.dataset = $1 AND v.assembly = $2 AND v.origin = $3 AND v.status = 'indexed' AND s.retired = FALSE AND {named}"
        );
        let mut found: BTreeMap<Allele, (RoaringBitmap, RoaringBitmap)> = BTreeMap::new();
        for row in self.database.fetch_all_of(sql, arguments).await? {
            let ordinal = row.ordinal(0)?;
            // A report about a participant outside the Grant must not change the answer, not even the number of alleles.
            if !granted.participants().contains(ordinal.0) {
                continue;
            }
            let (people, without_gene) = found.entry(allele_at(&row, 1)?).or_default();
            if question.genes.is_some() && row.text(6, "gene")?.is_empty() {
                without_gene.insert(ordinal.0);
            } else {
                people.insert(ordinal.0);
            }
        }
        let named = found.into_iter().map(|(allele, (people, without_gene))| NamedByReports {
            allele,
            people,
            without_gene,
        });
        Ok(named.collect())
    }
}

/// The SQL condition under which a row `n` matches the query. The condition's arguments are appended to `arguments`. A query for a change in a
/// gene also matches names that state no gene.
fn named(question: &ReportedNameQuestion<'_>, arguments: &mut Vec<Value>) -> String {
    let mut conditions = Vec::new();
    if let Some(change) = question.change {
        arguments.push(change.into());
        conditions.push(format!("n.change = ${}", arguments.len()));
    }
    if let Some(genes) = question.genes {
        let first = arguments.len() + 1;
        arguments.extend(genes.iter().map(|gene| Value::from(gene.as_str())));
        let or_none = if question.change.is_some() { ", ''" } else { "" };
        conditions.push(format!("n.gene IN ({}{or_none})", placeholders(first, genes.len())));
    }
    if let Some(sequence) = question.sequence {
        arguments.push(sequence.into());
        conditions.push(on_sequence(sequence, arguments.len()));
    }
    conditions.join(" AND ")
}

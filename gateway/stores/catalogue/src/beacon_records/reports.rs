//! The alleles that case reports state. The alleles need not occur in any file.

use gemj_access::Grant;
use gemj_model::{Allele, AlleleInterpretation, Assembly, DatasetId, Ordinal, Origin, Zygosity};
use roaring::RoaringBitmap;

use super::part::Part;
use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;
use crate::interpretations::{INTERPRETATION_COLUMNS, interpretation_at};
use crate::observations::allele_at;
use crate::origin::counted_zygosity;

/// An allele of one participant, as stated in a case report.
#[derive(Clone, PartialEq, Eq)]
pub struct IndexedReport {
    /// The ordinal of the participant.
    pub ordinal: Ordinal,
    /// The allele, as stated in the report.
    pub allele: Allele,
    /// The zygosity of the allele.
    pub zygosity: Zygosity,
}

impl std::fmt::Debug for IndexedReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IndexedReport(..)")
    }
}

impl Catalogue {
    /// The alleles that current case reports of a dataset state for these participants. Only participants that the Grant covers and alleles
    /// that are in the carrier index are included. The result is for one assembly and for germline or somatic alleles, and has no order.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn indexed_reports(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        people: &RoaringBitmap,
        assembly: Assembly,
        origin: Origin,
    ) -> Result<Vec<IndexedReport>, CatalogueError> {
        let mut reported = Vec::new();
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(reported);
        };
        let people = people & granted.participants().as_ref();
        let mut snapshot = self.database.begin_snapshot().await?;
        for part in Part::of(&people) {
            let sql = format!(
                "SELECT v.ordinal, v.zygosity, v.contig, v.start_0, v.end_0, v.reference, v.alternate \
                 FROM observation v JOIN fact_source f ON f.id = v.source \
                 WHERE v.dataset = $1 AND v.assembly = $2 AND v.origin = $3 AND v.status = 'indexed' AND f.retired = FALSE AND {}",
                part.condition("v.ordinal", 4)
            );
            let scope: [Value; 3] = [dataset.as_str().into(), assembly.as_str().into(), origin.as_str().into()];
            for row in snapshot
                .fetch_all_of(sql, scope.into_iter().chain(part.arguments()).collect())
                .await?
            {
                let ordinal = row.ordinal(0)?;
                if people.contains(ordinal.0) {
                    reported.push(IndexedReport {
                        ordinal,
                        allele: allele_at(&row, 2)?,
                        zygosity: row.parsed(1, "zygosity", counted_zygosity)?,
                    });
                }
            }
        }
        Ok(reported)
    }

    /// The conclusions of current case reports of a dataset about alleles of these participants. Only participants that the Grant covers and
    /// alleles that are in the carrier index are included. The result is for one assembly and for germline or somatic alleles. The participants
    /// have no order. The conclusions about one allele have the order of the report.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn allele_interpretations(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        people: &RoaringBitmap,
        assembly: Assembly,
        origin: Origin,
    ) -> Result<Vec<InterpretedAllele>, CatalogueError> {
        let mut found = Vec::new();
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(found);
        };
        let people = people & granted.participants().as_ref();
        let mut snapshot = self.database.begin_snapshot().await?;
        for part in Part::of(&people) {
            let sql = format!(
                "SELECT v.ordinal, v.contig, v.start_0, v.end_0, v.reference, v.alternate, {INTERPRETATION_COLUMNS} \
                 FROM allele_interpretation i JOIN observation v ON v.id = i.observation JOIN fact_source f ON f.id = v.source \
                 WHERE v.dataset = $1 AND v.assembly = $2 AND v.origin = $3 AND v.status = 'indexed' AND f.retired = FALSE AND {} \
                 ORDER BY i.observation, i.position",
                part.condition("v.ordinal", 4)
            );
            let scope: [Value; 3] = [dataset.as_str().into(), assembly.as_str().into(), origin.as_str().into()];
            let arguments = scope.into_iter().chain(part.arguments()).collect();
            for row in snapshot.fetch_all_of(sql, arguments).await? {
                let ordinal = row.ordinal(0)?;
                if people.contains(ordinal.0) {
                    found.push(InterpretedAllele {
                        ordinal,
                        allele: allele_at(&row, 1)?,
                        interpretation: interpretation_at(&row, 6)?,
                    });
                }
            }
        }
        Ok(found)
    }
}

/// The conclusion of a case report about an allele of one participant.
#[derive(Clone, PartialEq, Eq)]
pub struct InterpretedAllele {
    /// The ordinal of the participant.
    pub ordinal: Ordinal,
    /// The allele, as stated in the report.
    pub allele: Allele,
    /// The conclusion about the allele.
    pub interpretation: AlleleInterpretation,
}

impl std::fmt::Debug for InterpretedAllele {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InterpretedAllele(..)")
    }
}

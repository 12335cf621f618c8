//! Computes the ranges of a file that must be read, so that a query to the file gives the same answer as a query to the carrier index.

use gemj_access::DatasetGrant;
use gemj_model::{Assembly, Contig, Interval, ZeroBased};

use super::parsed_query::ParsedQuery;
use crate::error::VariantError;
use crate::query::AlleleQuery;

impl AlleleQuery {
    /// Returns ranges on canonical contigs that contain all alleles that match the query and that the Grant opens. Each of these alleles
    /// has a base in at least one range; for an insertion, this is the base before which it is inserted. The Grant opens all returned
    /// ranges. The ranges may overlap.
    ///
    /// # Errors
    /// [`VariantError::OutsideRegions`] and [`VariantError::BadBase`], in the same cases as for a query to the index.
    pub fn stretches(&self, granted: &DatasetGrant, assembly: Assembly) -> Result<Vec<(Contig, Interval)>, VariantError> {
        let question = ParsedQuery::of(self)?;
        question.check(granted, assembly)?;
        let open = question.parts().map(|(part, _)| part).filter(|part| part.is_for(granted, assembly));
        let stretch = open.map(|part| {
            let (start, end) = part.stretch();
            let interval = Interval {
                start: ZeroBased(start),
                end: Some(ZeroBased(end)),
            };
            (part.contig.clone(), interval)
        });
        Ok(stretch.collect())
    }
}

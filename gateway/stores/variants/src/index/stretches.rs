//! The ranges of a file that must be read to answer a query as the index does.

use gemj_access::DatasetGrant;
use gemj_model::{Assembly, Contig, Interval, ZeroBased};

use super::asked::Question;
use crate::error::VariantError;
use crate::query::AlleleQuery;

impl AlleleQuery {
    /// Ranges on canonical contigs such that every allele that matches the query, and that the Grant opens, has a base in one of them; an insertion
    /// has the base before which it is inserted. The Grant opens all of these ranges. The ranges may overlap.
    ///
    /// # Errors
    /// [`VariantError::OutsideRegions`] and [`VariantError::BadBase`], as for the index.
    pub fn stretches(&self, granted: &DatasetGrant, assembly: Assembly) -> Result<Vec<(Contig, Interval)>, VariantError> {
        let question = Question::of(self)?;
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

//! What has to be read of a file for it to answer a question as the index does.

use gemj_access::DatasetGrant;
use gemj_model::{Assembly, Contig, Interval, ZeroBased};

use super::asked::Question;
use crate::error::VariantError;
use crate::query::AlleleQuery;

impl AlleleQuery {
    /// Stretches of canonical contigs such that every allele that answers the question, and that the Grant opens, has a base in one of them; an
    /// insertion has the base it stands before. All of them are open to the Grant. They may overlap.
    ///
    /// # Errors
    /// [`VariantError::OutsideRegions`] and [`VariantError::BadBase`], as the index.
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

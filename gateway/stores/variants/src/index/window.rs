//! Visits every allele in a range of a contig that a participant carries, with its carriers.

use std::ops::ControlFlow;

use gemj_access::Grant;
use gemj_model::{Allele, Assembly, DatasetId, Origin};

use super::lockstep::Part;
use super::parsed_query::QueryPart;
use super::{CarrierReader, granted, within};
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::query::WindowQuery;

impl CarrierReader {
    /// Visits each allele of a range that at least one participant of the Grant carries, together with the carriers that the Grant covers.
    /// Each allele is visited once, in the order (start, end, reference, alternate). If `visit` returns [`ControlFlow::Break`], the walk
    /// ends. If the carriers are not needed, [`CarrierReader::visible`] takes much less time.
    ///
    /// # Errors
    /// See [`VariantError`]. An error can occur after some alleles were visited. These alleles are then not a complete answer.
    pub async fn overlapping(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        assembly: Assembly,
        origin: Origin,
        query: &WindowQuery,
        mut visit: impl FnMut(&Allele, &Carriers) -> ControlFlow<()>,
    ) -> Result<(), VariantError> {
        let mut parts = [Part::new(granted(grant, dataset)?, None)];
        let Some(asked) = QueryPart::window(query)? else {
            return Ok(());
        };
        within(granted(grant, dataset)?, assembly, &asked.contig, asked.about.0, asked.about.1)?;
        let mut alleles = self.lockstep(grant, &mut parts, assembly, origin, &asked).await?;
        while alleles.advance().await? {
            let mut carriers = Carriers::default();
            for walk in alleles.current() {
                walk.collect(&mut carriers)?;
            }
            carriers.settle();
            if !carriers.is_empty()
                && let Some(key) = alleles.key()?
                && visit(&key.to_allele(alleles.contig()), &carriers).is_break()
            {
                break;
            }
        }
        Ok(())
    }
}

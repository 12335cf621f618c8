//! Finds the carriers of one exact allele.

use gemj_access::Grant;
use gemj_model::{Allele, Assembly, Contig, DatasetId, Origin};
use roaring::RoaringBitmap;

use super::{CarrierReader, granted, within};
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::mask::Mask;
use crate::query::{SequencePattern, SequenceQuery};
use crate::segment::carriers::add_masked;
use crate::segment::key::Key;

impl CarrierReader {
    /// The participants of the Grant that carry this allele, which must be in minimal form. Empty if no participant of the Grant carries
    /// it.
    ///
    /// # Errors
    /// See [`VariantError`].
    pub async fn exact(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        assembly: Assembly,
        origin: Origin,
        allele: &Allele,
    ) -> Result<RoaringBitmap, VariantError> {
        Ok(self.exact_carriers(grant, dataset, assembly, origin, allele).await?.all())
    }

    /// The participants of the Grant that carry this allele, by zygosity. The allele must be in minimal form.
    ///
    /// # Errors
    /// See [`VariantError`].
    pub async fn exact_carriers(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        assembly: Assembly,
        origin: Origin,
        allele: &Allele,
    ) -> Result<Carriers, VariantError> {
        let wanted = Key::of(allele);
        let starts = (wanted.start, wanted.start);
        within(granted(grant, dataset)?, assembly, &allele.contig, wanted.start, wanted.reach())?;
        let mut found = Carriers::default();
        self.by_start(
            grant,
            dataset,
            assembly,
            origin,
            &allele.contig,
            starts,
            |key| key == wanted,
            |_, carriers| {
                merge(&mut found, carriers);
            },
        )
        .await?;
        found.settle();
        Ok(found)
    }

    /// The alleles that match a sequence query, in order, each with its carriers among the participants of the Grant. An allele without a
    /// carrier in the Grant is not in the result.
    ///
    /// # Errors
    /// [`VariantError::BadBase`] if a letter is not an IUPAC code, and the other errors of [`VariantError`].
    pub async fn sequence(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        assembly: Assembly,
        origin: Origin,
        query: &SequenceQuery,
    ) -> Result<Vec<(Allele, Carriers)>, VariantError> {
        let pattern = SequencePattern::parse(query)?;
        let contig = query.contig.canonical();
        let (start, end) = pattern.asks_about();
        within(granted(grant, dataset)?, assembly, &contig, start, end)?;
        let mut found = std::collections::BTreeMap::<Allele, Carriers>::new();
        let matches = |key: Key<'_>| pattern.matches(&key);
        self.by_start(
            grant,
            dataset,
            assembly,
            origin,
            &contig,
            pattern.starts(),
            matches,
            |key, carriers| {
                merge(found.entry(key.to_allele(&contig)).or_default(), carriers);
            },
        )
        .await?;
        Ok(found
            .into_iter()
            .map(|(allele, mut carriers)| {
                carriers.settle();
                (allele, carriers)
            })
            .collect())
    }

    /// Visits each matching variant that starts in `starts` (both ends included), with its carriers that the Grant covers. Segments are
    /// visited one after another, so an allele can be visited several times.
    #[expect(clippy::too_many_arguments, reason = "the scope of a read is four of them")]
    async fn by_start(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        assembly: Assembly,
        origin: Origin,
        contig: &Contig,
        starts: (u64, u64),
        wanted: impl Fn(Key<'_>) -> bool,
        mut visit: impl FnMut(Key<'_>, Carriers),
    ) -> Result<(), VariantError> {
        let granted = granted(grant, dataset)?;
        let people = granted.participants();
        let contig = contig.canonical_name();
        for segment in self.snapshot.segments(dataset, assembly, origin) {
            let handle = &segment.handle;
            let footer = handle.footer(&self.store, grant).await?;
            let Some(blocks) = footer.alleles_on(contig) else {
                continue;
            };
            let mask = Mask::new(people, segment.counting(footer, granted));
            let range = blocks.with_start(starts.0).start..blocks.with_start(starts.1).end;
            for entry in blocks.blocks.get(range).unwrap_or_default() {
                let block = handle.block(&self.store, grant, entry).await?;
                let damaged = |fault| handle.damaged(fault);
                let mut cursor = block.cursor_at(starts.0).map_err(damaged)?;
                let block = block.bytes();
                while let Some(variant) = cursor.next(block).map_err(damaged)? {
                    if variant.key.start > starts.1 {
                        break;
                    }
                    if variant.key.start < starts.0 || !wanted(variant.key) {
                        continue;
                    }
                    let mut carriers = Carriers::default();
                    add_masked(&block[variant.carriers], &mask, &mut carriers).map_err(damaged)?;
                    if !carriers.is_empty() {
                        visit(variant.key, carriers);
                    }
                }
            }
        }
        Ok(())
    }
}

fn merge(into: &mut Carriers, more: Carriers) {
    if into.is_empty() {
        *into = more;
    } else {
        into.absorb(&more);
    }
}

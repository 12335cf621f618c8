//! Allele number (AN) and allele count (AC): the number of called copies at an allele's place, and how many of these copies are the allele.

use std::collections::HashMap;
use std::ops::Range;

use gemj_access::{DatasetGrant, Grant};
use gemj_model::{Allele, Assembly, Contig, DatasetId, Origin, Zygosity};
use roaring::RoaringBitmap;

use super::snapshot::PinnedSegment;
use super::{CarrierReader, granted, within};
use crate::callability::{Copies, PATTERNS, Statement, TILE_BASES, put, statements_on};
use crate::carriers::Carriers;
use crate::error::VariantError;
use crate::mask::Mask;
use crate::segment::SegmentError;
use crate::segment::block::Variant;
use crate::segment::carriers::{add_masked, each_entry};
use crate::segment::footer::Footer;
use crate::segment::key::Key;

/// The maximum number of replaced bases for which called ranges can prove that an allele is absent. The ranges must together cover all
/// these bases.
const MOST_BASES: u64 = 1024;

/// The allele number and the allele count of one allele. Only participants of a Grant count for whom a file states that they were called at
/// the allele's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlleleNumbers {
    /// AC: the number of copies of the allele. This is never more than `called`.
    pub alleles: u64,
    /// AN: the number of copies that were called. This is never 0.
    pub called: u64,
    /// The number of participants with at least one called copy.
    pub people: u64,
}

/// Participants by the number of their copies that were called. The two sets are disjoint.
#[derive(Clone, Debug, Default)]
struct CalledPeople {
    one: RoaringBitmap,
    two: RoaringBitmap,
}

impl CalledPeople {
    fn set(&mut self, person: u32, copies: Copies) {
        self.one.remove(person);
        self.two.remove(person);
        match copies {
            Copies::None => {}
            Copies::One => drop(self.one.insert(person)),
            Copies::Two => drop(self.two.insert(person)),
        }
    }

    /// Adds participants. If a participant is in `self` and in `more`, the larger number of copies counts.
    fn absorb(&mut self, more: &Self) {
        self.two |= &more.two;
        self.one |= &more.one;
        self.one -= &self.two;
    }

    /// Keeps only the participants that are also in `to`, each with the smaller number of copies.
    fn narrow(&mut self, to: &Self) {
        let any = (&self.one | &self.two) & (&to.one | &to.two);
        self.two &= &to.two;
        self.one = any - &self.two;
    }
}

/// A range of bases, and the participants that were called in the whole range.
struct Piece {
    stretch: Range<u64>,
    people: CalledPeople,
}

/// The called participants of one pattern, by the number of the source (joint file).
type Patterns = HashMap<u32, CalledPeople>;

/// Computes the frequencies of alleles in one dataset under one Grant. Each pattern of a joint file is read once and kept.
pub struct Frequencies<'a> {
    reader: &'a CarrierReader,
    grant: &'a Grant,
    dataset: &'a DatasetId,
    granted: &'a DatasetGrant,
    assembly: Assembly,
    /// The patterns that were read, by segment number and pattern number.
    patterns: HashMap<(usize, u64), Patterns>,
}

impl CarrierReader {
    /// Makes a value that computes the frequencies of germline alleles of a dataset, among all participants that the Grant covers.
    ///
    /// # Errors
    /// [`VariantError::NotCovered`] if the Grant does not cover the dataset or is for another action.
    pub fn frequencies<'a>(
        &'a self,
        grant: &'a Grant,
        dataset: &'a DatasetId,
        assembly: Assembly,
    ) -> Result<Frequencies<'a>, VariantError> {
        Ok(Frequencies {
            reader: self,
            grant,
            dataset,
            granted: granted(grant, dataset)?,
            assembly,
            patterns: HashMap::new(),
        })
    }
}

impl Frequencies<'_> {
    /// Returns AN and AC of an allele in its stored form. Absent if no file states that a participant of the Grant was called at the
    /// allele's place, or if the Grant does not open the whole allele.
    ///
    /// A participant counts as called at the allele's place in two cases:
    ///
    /// * A joint file has a record of the allele, or else records that replace exactly the same range of bases. The participant's genotypes
    ///   in these records decide.
    /// * Called ranges of the participant cover the whole range of the allele; for an insertion, the base before the insertion. Called
    ///   ranges come from reference blocks and records of the participant's gVCF, and from records of a joint file without an alternative
    ///   allele. This case applies neither to symbolic alleles nor to alleles that replace more than 1,024 bases.
    ///
    /// If several files state called copies for the same participant and base, the file with the most copies counts. Over all bases of the
    /// range, the smallest number of copies counts.
    ///
    /// # Errors
    /// See [`VariantError`].
    pub async fn of(&mut self, allele: &Allele) -> Result<Option<AlleleNumbers>, VariantError> {
        let wanted = Key::of(allele);
        match within(self.granted, self.assembly, &allele.contig, wanted.start, wanted.reach()) {
            Ok(()) => {}
            Err(VariantError::OutsideRegions) => return Ok(None),
            Err(error) => return Err(error),
        }
        let called = self.called(allele).await?;
        if called.one.is_empty() && called.two.is_empty() {
            return Ok(None);
        }
        let (grant, dataset) = (self.grant, self.dataset);
        let carriers = self
            .reader
            .exact_carriers(grant, dataset, self.assembly, Origin::Germline, allele)
            .await?;
        let any = &called.one | &called.two;
        let homozygous = carriers.class(Zygosity::Homozygous);
        let once =
            any.intersection_len(carriers.class(Zygosity::Heterozygous)) + any.intersection_len(carriers.class(Zygosity::Hemizygous));
        Ok(Some(AlleleNumbers {
            alleles: once + called.one.intersection_len(homozygous) + 2 * called.two.intersection_len(homozygous),
            called: called.one.len() + 2 * called.two.len(),
            people: any.len(),
        }))
    }

    /// The participants that were called at the place of an allele.
    async fn called(&mut self, allele: &Allele) -> Result<CalledPeople, VariantError> {
        let (start, end) = (allele.start.0, allele.end.0);
        // The bases that must be covered by called blocks: the replaced bases, or the base before an insertion.
        let place = match start == end {
            true => start.saturating_sub(1)..start.max(1),
            false => start..end,
        };
        let is_covered_by_blocks = !allele.alternate.starts_with('<') && place.end - place.start <= MOST_BASES;
        // A statement that covers a base of the place starts in the same tile as the base. A statement about exactly the allele's range
        // starts at the allele's start.
        let from = place.start / TILE_BASES * TILE_BASES;
        let last = start.max(place.end - 1);
        let contig = statements_on(&allele.contig);
        let put = put(allele);
        let mut pieces = Vec::new();
        let reader = self.reader;
        for (number, segment) in reader
            .snapshot
            .segments(self.dataset, self.assembly, Origin::Germline)
            .iter()
            .enumerate()
        {
            let mut sites: Vec<(Range<u64>, u64, HashMap<_, _>)> = Vec::new();
            // If a source has a record of the allele itself, the other records of this source at the same place are ignored.
            let mut own = Vec::new();
            let grant = self.grant;
            let footer = segment.handle.footer(&reader.store, grant).await?;
            if footer.statements_on(&contig).is_none() {
                continue;
            }
            let mask = Mask::new(self.granted.participants(), segment.counting(footer, self.granted));
            each_starting(reader, grant, segment, &contig, from..last + 1, |variant, carriers| {
                let Some(statement) = Statement::parse(variant.key.alternate) else {
                    return Err(crate::segment::malformed("a statement has an unknown form"));
                };
                let stretch = variant.key.start..variant.key.end;
                let covers = is_covered_by_blocks && stretch.start < place.end && place.start < stretch.end;
                match statement {
                    Statement::Called if covers => {
                        let people = of_classes(carriers, &mask)?;
                        pieces.push(Piece { stretch, people });
                    }
                    Statement::Site(pattern) if stretch == (start..end) => {
                        let of_site = (place.clone(), pattern, by_source(footer, &mask, carriers)?);
                        let records = if variant.key.reference == put { &mut own } else { &mut sites };
                        records.push(of_site);
                    }
                    Statement::Block(pattern) if covers => sites.push((stretch, pattern, by_source(footer, &mask, carriers)?)),
                    Statement::Called | Statement::Site(_) | Statement::Block(_) => {}
                }
                Ok(())
            })
            .await?;
            for (_, _, entries) in &mut sites {
                entries.retain(|source, _| !own.iter().any(|(_, _, of_own)| of_own.contains_key(source)));
            }
            for (stretch, pattern, entries) in own.into_iter().chain(sites) {
                let people = self.by_pattern(number, segment, pattern, &entries).await?;
                pieces.push(Piece { stretch, people });
            }
        }
        Ok(covering(&place, &pieces))
    }

    /// The called participants of a joint record: the participants of the record's pattern, corrected by the exceptions in the record's
    /// entries.
    async fn by_pattern(
        &mut self,
        number: usize,
        segment: &PinnedSegment,
        pattern: u64,
        entries: &HashMap<u32, Vec<(u32, Copies)>>,
    ) -> Result<CalledPeople, VariantError> {
        if !self.patterns.contains_key(&(number, pattern)) {
            let patterns = self.read_pattern(segment, pattern).await?;
            self.patterns.insert((number, pattern), patterns);
        }
        let patterns = self.patterns.get(&(number, pattern));
        let mut called = CalledPeople::default();
        for (source, named) in entries {
            let mut of_source = patterns.and_then(|patterns| patterns.get(source)).cloned().unwrap_or_default();
            let people = self.granted.participants();
            for (person, copies) in named.iter().filter(|(person, _)| people.contains(*person)) {
                of_source.set(*person, *copies);
            }
            called.absorb(&of_source);
        }
        Ok(called)
    }

    async fn read_pattern(&self, segment: &PinnedSegment, pattern: u64) -> Result<Patterns, VariantError> {
        let mut patterns = Patterns::new();
        let contig = Contig(PATTERNS.to_owned());
        let people = self.granted.participants();
        let footer = segment.handle.footer(&self.reader.store, self.grant).await?;
        let mask = Mask::new(people, segment.counting(footer, self.granted));
        each_starting(self.reader, self.grant, segment, &contig, pattern..pattern + 1, |_, carriers| {
            for (source, named) in by_source(footer, &mask, carriers)? {
                let of_source = patterns.entry(source).or_default();
                let visible = named.into_iter().filter(|(person, _)| people.contains(*person));
                visible.for_each(|(person, copies)| of_source.set(person, copies));
            }
            Ok(())
        })
        .await?;
        Ok(patterns)
    }
}

/// Visits the statements of a segment on a reserved contig (`contig`) that start in the range `starts`.
async fn each_starting(
    reader: &CarrierReader,
    grant: &Grant,
    segment: &PinnedSegment,
    contig: &Contig,
    starts: Range<u64>,
    mut visit: impl FnMut(&Variant<'_>, &[u8]) -> Result<(), SegmentError>,
) -> Result<(), VariantError> {
    let handle = &segment.handle;
    let footer = handle.footer(&reader.store, grant).await?;
    let Some(blocks) = footer.statements_on(contig) else {
        return Ok(());
    };
    let range = blocks.with_start(starts.start).start..blocks.starting_before(starts.end);
    for entry in blocks.blocks.get(range).unwrap_or_default() {
        let block = handle.block(&reader.store, grant, entry).await?;
        let damaged = |fault| handle.damaged(fault);
        let mut cursor = block.cursor_at(starts.start).map_err(damaged)?;
        let bytes = block.bytes();
        while let Some(variant) = cursor.next(bytes).map_err(damaged)?
            && variant.key.start < starts.end
        {
            visit(&variant, &bytes[variant.carriers.clone()]).map_err(damaged)?;
        }
    }
    Ok(())
}

/// The participants of a statement that pass the mask, each with the largest number of copies that the statement has for the participant.
fn of_classes(carriers: &[u8], mask: &Mask<'_>) -> Result<CalledPeople, SegmentError> {
    let mut found = Carriers::default();
    add_masked(carriers, mask, &mut found)?;
    let mut people = CalledPeople::default();
    for copies in [Copies::One, Copies::Two] {
        let class = found.class(copies.stored()).clone();
        let (one, two) = match copies {
            Copies::Two => (RoaringBitmap::new(), class),
            Copies::One | Copies::None => (class, RoaringBitmap::new()),
        };
        people.absorb(&CalledPeople { one, two });
    }
    Ok(people)
}

/// The entries of a statement by source. Only sources that count under the mask are included. The participants are not limited to the mask.
fn by_source(footer: &Footer, mask: &Mask<'_>, carriers: &[u8]) -> Result<HashMap<u32, Vec<(u32, Copies)>>, SegmentError> {
    let mut found: HashMap<u32, Vec<(u32, Copies)>> = HashMap::new();
    let mut unknown = false;
    each_entry(carriers, |person, zygosity, source| {
        match source.or_else(|| footer.usual_source(person)) {
            Some(source) if mask.has(source) => found.entry(source).or_default().push((person, Copies::read(zygosity))),
            Some(_) => {}
            None => unknown = true,
        }
    })?;
    match unknown {
        true => Err(crate::segment::malformed("an entry has no source")),
        false => Ok(found),
    }
}

/// The participants that were called on every base of `place`. At each base, the piece with the most copies counts for a participant. Over
/// all bases, the smallest of these numbers counts.
fn covering(place: &Range<u64>, pieces: &[Piece]) -> CalledPeople {
    let mut cuts = vec![place.start, place.end];
    let edges = pieces.iter().flat_map(|piece| [piece.stretch.start, piece.stretch.end]);
    cuts.extend(edges.filter(|edge| place.start < *edge && *edge < place.end));
    cuts.sort_unstable();
    cuts.dedup();
    let mut called: Option<CalledPeople> = None;
    for part in cuts.windows(2) {
        let mut here = CalledPeople::default();
        for piece in pieces
            .iter()
            .filter(|piece| piece.stretch.start <= part[0] && part[1] <= piece.stretch.end)
        {
            here.absorb(&piece.people);
        }
        match &mut called {
            Some(called) => called.narrow(&here),
            None => called = Some(here),
        }
    }
    called.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn piece() -> impl Strategy<Value = (u64, u64, BTreeMap<u32, bool>)> {
        (0..12u64, 1..9u64, prop::collection::btree_map(0..6u32, any::<bool>(), 0..6))
    }

    proptest! {
        #[test]
        fn at_each_base_the_most_copies_count_and_over_all_bases_the_fewest(pieces in prop::collection::vec(piece(), 0..8), start in 0..12u64, bases in 1..6u64) {
            let place = start..start + bases;
            let held: Vec<Piece> = pieces.iter().map(|(from, length, people)| {
                let of = |two: bool| people.iter().filter(|(_, is_two)| **is_two == two).map(|(person, _)| *person).collect();
                Piece { stretch: *from..from + length, people: CalledPeople { one: of(false), two: of(true) } }
            }).collect();
            let found = covering(&place, &held);
            for person in 0..6 {
                let at = |base: u64| pieces.iter().filter(|(from, length, _)| (*from..from + length).contains(&base))
                    .filter_map(|(_, _, people)| people.get(&person)).map(|two| 1 + u8::from(*two)).max().unwrap_or(0);
                let copies = place.clone().map(at).min().unwrap_or(0);
                let told = u8::from(found.one.contains(person)) + 2 * u8::from(found.two.contains(person));
                prop_assert_eq!(told, copies);
            }
        }
    }
}

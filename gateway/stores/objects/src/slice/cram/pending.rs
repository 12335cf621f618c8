//! Collects records until they are written into a container. A container for the few requested records of one slice would consist mostly of
//! headers. Records of neighbouring slices therefore share a container if their reference bases come from the same source.

use std::collections::BTreeMap;

use hts_formats::cram::compression::{CompressionHeader, TagKey};
use hts_formats::cram::record::{CramRecord, Feature};

/// The maximum number of records in a container, as in samtools.
const MOST_RECORDS: usize = 10_000;

/// The maximum number of bases in the reads of a container, as in samtools. With long reads, a container has fewer records.
const MOST_BASES: usize = 500 * MOST_RECORDS;

/// The maximum number of bytes in the records of a container: names, bases, qualities and tags. A record can have few bases but many other
/// bytes.
const MOST_BYTES: usize = 32 << 20;

/// Two intervals of embedded reference bases become one interval if the gap between them has at most this number of bases.
const MOST_GAP_BASES: i64 = 1 << 16;

/// The source of the bases that the records of a container do not contain themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// No other bases are needed, because the records contain all their bases.
    Unneeded,
    /// The reference bases are embedded in the slice. The first value is the 1-based position of the first base.
    Embedded(i64, Vec<u8>),
    /// The reference bases are in an external reference. `is_configured` is true if the configured reference is verified to be this
    /// reference.
    Outside { is_configured: bool },
}

/// The records that are collected for one container.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) records: Vec<CramRecord>,
    pub(super) tag_lists: Vec<Vec<TagKey>>,
    pub(super) substitution_matrix: [u8; 5],
    pub(super) basis: Basis,
    pub(super) base_count: usize,
    byte_count: usize,
    places: BTreeMap<Vec<TagKey>, usize>,
}

impl Pending {
    /// Makes an empty collection for records that use the substitution matrix of this compression header and the bases of `basis`.
    pub(super) fn new(compression: &CompressionHeader, basis: Basis) -> Self {
        Self {
            records: Vec::new(),
            tag_lists: Vec::new(),
            substitution_matrix: compression.substitution_matrix,
            basis,
            base_count: 0,
            byte_count: 0,
            places: BTreeMap::new(),
        }
    }

    /// The number of records, from the start of `records`, that the container still has space for.
    pub(super) fn room(&self, records: &[CramRecord]) -> usize {
        let (mut bases, mut bytes) = (self.base_count, self.byte_count);
        let fits = |record: &&CramRecord| {
            let fits = bases < MOST_BASES && bytes < MOST_BYTES;
            bases = bases.saturating_add(record.length);
            bytes = bytes.saturating_add(bytes_of(record));
            fits
        };
        let most = MOST_RECORDS.saturating_sub(self.records.len());
        records.iter().take(most).take_while(fits).count()
    }

    /// Extends the embedded bases so that they also cover more records. Returns false if the container cannot take these records, because
    /// their contig, substitution matrix or source of bases differs. The records then need another container.
    pub(super) fn join(&mut self, contig: i32, compression: &CompressionHeader, basis: &Basis) -> bool {
        let same_contig = self.records.first().is_none_or(|first| first.contig.max(-1) == contig.max(-1));
        if !same_contig || self.substitution_matrix != compression.substitution_matrix {
            return false;
        }
        match (&mut self.basis, basis) {
            (Basis::Embedded(start, bases), Basis::Embedded(more_start, more)) => join_bases(*start, bases, *more_start, more),
            (mine, theirs) => mine == theirs,
        }
    }

    /// Adds a record to the container. `compression` is the compression header that the record was decoded with.
    pub(super) fn push(&mut self, mut record: CramRecord, compression: &CompressionHeader) {
        let list = &compression.tag_lists[record.tag_list];
        record.tag_list = match self.places.get(list) {
            Some(place) => *place,
            None => {
                self.tag_lists.push(list.clone());
                self.places.insert(list.clone(), self.tag_lists.len() - 1);
                self.tag_lists.len() - 1
            }
        };
        self.base_count = self.base_count.saturating_add(record.length);
        self.byte_count = self.byte_count.saturating_add(bytes_of(&record));
        self.records.push(record);
    }
}

/// The approximate size of a record in memory, in bytes.
fn bytes_of(record: &CramRecord) -> usize {
    let tags: usize = record.tags.iter().map(Vec::len).sum();
    let features = record.features.len() * size_of::<Feature>();
    size_of::<CramRecord>() + record.name.as_ref().map_or(0, Vec::len) + record.bases.len() + record.qualities.len() + tags + features
}

/// Adds the reference bases `more` to `bases`. The first positions are 1-based. Returns false if `more` begins before `bases` or more than
/// [`MOST_GAP_BASES`] behind their end, or if overlapping bases differ. A gap is filled with `N`, because no record covers the gap.
fn join_bases(start: i64, bases: &mut Vec<u8>, more_start: i64, more: &[u8]) -> bool {
    let end = start + bases.len() as i64;
    if more_start < start || more_start > end + MOST_GAP_BASES {
        return false;
    }
    let from = (more_start - start) as usize;
    let common = bases.len().saturating_sub(from).min(more.len());
    // Embedded bases can be a consensus of the reads in their slice. Bases of two slices can then differ at the same positions.
    if common > 0 && bases[from..from + common] != more[..common] {
        return false;
    }
    if from + more.len() > bases.len() {
        bases.resize(from.max(bases.len()), b'N');
        bases.extend_from_slice(&more[common..]);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_with_equal_overlap_are_joined_and_a_gap_is_filled_with_n() {
        let joined = |start, bases: &[u8]| {
            let mut mine = b"ACGT".to_vec();
            join_bases(10, &mut mine, start, bases).then_some(mine)
        };
        assert_eq!(joined(12, b"GTAA").as_deref(), Some(&b"ACGTAA"[..]));
        assert_eq!(joined(11, b"CG").as_deref(), Some(&b"ACGT"[..]));
        assert_eq!(joined(14, b"CC").as_deref(), Some(&b"ACGTCC"[..]));
        assert_eq!(joined(16, b"CC").as_deref(), Some(&b"ACGTNNCC"[..]));
        // The bases cannot be joined if a base differs, if the new interval starts earlier, or if it starts far behind the end.
        assert_eq!(joined(12, b"GA"), None);
        assert_eq!(joined(9, b"AACGT"), None);
        assert_eq!(joined(100_000, b"A"), None);
    }

    #[test]
    fn records_with_many_bytes_and_few_bases_fill_a_container() {
        let record = CramRecord {
            flags: 4,
            cram_flags: 0,
            contig: -1,
            length: 0,
            start: 0,
            read_group: -1,
            name: None,
            mate_flags: 0,
            mate_contig: -1,
            mate_start: 0,
            template_length: 0,
            mate_line: None,
            tag_list: 0,
            tags: vec![vec![0; MOST_BYTES / 4]],
            features: Vec::new(),
            mapping_quality: 0,
            bases: Vec::new(),
            qualities: Vec::new(),
        };
        let mut compression = CompressionHeader::default();
        compression.tag_lists = vec![vec![*b"XAZ"]];
        let mut pending = Pending::new(&compression, Basis::Unneeded);
        let records = vec![record; 6];
        assert_eq!(pending.room(&records), 4);
        for record in records[..3].iter().cloned() {
            pending.push(record, &compression);
        }
        assert_eq!(pending.room(&records), 1);
    }
}

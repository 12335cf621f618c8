//! Chooses the group of segments that is merged next.

use super::survey::Surveyed;
use crate::segment::VERSION;

/// The minimum number of segments of one tier that are merged into one segment.
const FAN_IN: usize = 4;
/// The maximum number of segments in one merge.
const MOST_AT_ONCE: usize = 256;
/// The maximum total size of the segments in one merge, in bytes. A merged segment is in memory while it is written.
const MOST_BYTES: u64 = 512 * 1024 * 1024;
/// Segments up to this size in bytes are in the lowest tier. The maximum size of each further tier is four times as large.
const LOWEST_TIER_BYTES: u64 = 64 * 1024;

/// The tier of a segment with this size. Above the lowest tier, sizes in one tier differ by at most a factor of four, so each entry is
/// rewritten about once per tier.
fn tier(bytes: u64) -> u32 {
    let mut tier = 0;
    let mut most = LOWEST_TIER_BYTES;
    while bytes > most && tier < 32 {
        most = most.saturating_mul(4);
        tier += 1;
    }
    tier
}

/// The places in `segments` of the segments that are merged next. They are the smallest segments of one tier, up to [`MOST_AT_ONCE`]
/// segments and [`MOST_BYTES`] bytes. The lowest tier in which these are at least [`FAN_IN`] segments is chosen. If no tier has enough
/// segments within these limits, the result is a single segment that must be rewritten because of its format version or its retired
/// sources. Absent if no merge is needed.
pub(super) fn next_group(segments: &[Surveyed]) -> Option<Vec<usize>> {
    let mut by_size: Vec<usize> = (0..segments.len()).collect();
    by_size.sort_by_key(|number| segments[*number].row.size_bytes);
    for same_tier in by_size.chunk_by(|a, b| tier(segments[*a].row.size_bytes) == tier(segments[*b].row.size_bytes)) {
        let mut sum = 0u64;
        let group: Vec<usize> = same_tier
            .iter()
            .copied()
            .take(MOST_AT_ONCE)
            .take_while(|number| {
                sum = sum.saturating_add(segments[*number].row.size_bytes);
                sum <= MOST_BYTES
            })
            .collect();
        if group.len() >= FAN_IN {
            return Some(group);
        }
    }
    let anew = |number: &usize| segments[*number].version != VERSION || segments[*number].retired_sources > 0;
    by_size.into_iter().find(anew).map(|number| vec![number])
}

#[cfg(test)]
mod tests {
    use super::*;
    use gemj_catalogue::SegmentRow;
    use gemj_model::{Assembly, DatasetId, Origin, Timestamp};

    fn segment(size_bytes: u64) -> Surveyed {
        #[allow(clippy::unwrap_used)]
        let dataset = DatasetId::parse("main").unwrap();
        Surveyed {
            row: SegmentRow {
                id: String::new(),
                dataset,
                assembly: Assembly::GRCh38,
                origin: Origin::Germline,
                storage_key: String::new(),
                size_bytes,
                sha256: String::new(),
                variant_count: 1,
                entry_count: 1,
                created: Timestamp(1),
            },
            version: VERSION,
            sources: 1,
            retired_sources: 0,
        }
    }

    /// Adds a thousand segments of 50,000 bytes. The size of each merged segment is the sum of the sizes of the segments that it replaces.
    #[test]
    fn few_segments_remain_and_few_bytes_are_rewritten() {
        let (mut segments, mut written) = (Vec::new(), 0);
        for _ in 0..1_000 {
            segments.push(segment(50_000));
            while let Some(mut group) = next_group(&segments) {
                group.sort_unstable();
                let sum = group.iter().map(|n| segments[*n].row.size_bytes).sum();
                group.iter().rev().for_each(|n| {
                    segments.swap_remove(*n);
                });
                written += sum;
                segments.push(segment(sum));
            }
        }
        assert!(segments.len() <= 20, "{}", segments.len());
        assert!(written <= 6 * 1_000 * 50_000, "{written}");
        assert_eq!(segments.iter().map(|s| s.row.size_bytes).sum::<u64>(), 50_000_000);
    }

    #[test]
    fn segments_too_large_together_are_not_merged_and_an_outdated_segment_is_rewritten_alone() {
        let mut segments = vec![
            segment(MOST_BYTES / 2),
            segment(MOST_BYTES / 2 - 1),
            segment(MOST_BYTES / 2 - 2),
            segment(MOST_BYTES / 2 - 3),
        ];
        assert_eq!(next_group(&segments), None);
        segments[2].version = 1;
        assert_eq!(next_group(&segments), Some(vec![2]));
        segments[2].version = VERSION;
        segments[0].retired_sources = 1;
        assert_eq!(next_group(&segments), Some(vec![0]));
    }
}

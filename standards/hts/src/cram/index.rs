//! Finds the containers of a region. The lines of a `.crai` are sorted by contig and start. Each line is stored with the highest end among the
//! lines of the contig up to this line.

use std::collections::{BTreeMap, BTreeSet};

use super::crai::{Crai, CraiLine};
use crate::error::FormatResult;
use crate::regions::RegionSet;

/// One line of the index: a slice of a container that may contain records of `[start, end)`, 0-based.
#[derive(Clone, Copy, Debug)]
struct Entry {
    container: u64,
    start: u32,
    end: u32,
    /// The highest end of the entries of the contig up to this entry.
    furthest: u32,
    landmark: u32,
}

/// The entries of one contig. The number of the contig is -1 for unplaced reads.
#[derive(Clone, Copy, Debug)]
struct ContigEntries {
    contig: i32,
    from: usize,
    to: usize,
}

/// The position of all records of a container that no single line describes. Such a container has several lines, or a line that does not state
/// its position.
#[derive(Clone, Copy, Debug)]
struct Extent {
    container: u64,
    place: Place,
}

/// The position of all records of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The records are on one contig, in `[start, end)`, 0-based half-open.
    Contig {
        /// The number of the contig.
        contig: usize,
        /// The 0-based first base.
        start: u32,
        /// The 0-based exclusive end.
        end: u32,
    },
    /// The records have no position.
    Unplaced,
    /// The records are on several contigs, or their position is unknown.
    Mixed,
}

/// A container that may contain requested records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The offset of the container in the file, in bytes.
    pub container: u64,
    /// The offsets of the slices that may contain requested records, in bytes after the container header.
    pub landmarks: BTreeSet<usize>,
    /// The position of all records of the container, if all of them are requested; otherwise `None`.
    pub inside: Option<Place>,
    /// The offset of the next container. `None` for the last container, and if the index is not in file order.
    pub next: Option<u64>,
}

/// A CRAM index in a form for queries. A line uses 24 bytes of memory, and a container with several lines uses 32 bytes more.
#[derive(Clone, Debug, Default)]
pub struct CramIndex {
    /// All entries, sorted by contig, then start.
    entries: Vec<Entry>,
    /// The contigs with entries, sorted by number, unplaced reads last.
    contigs: Vec<ContigEntries>,
    /// The containers that no single line describes, sorted by offset.
    extents: Vec<Extent>,
    /// Whether the containers are in file order if the entries are read in order.
    is_file_order: bool,
}

impl Place {
    fn of(line: &CraiLine) -> Self {
        let (start, end) = stretch(line);
        match usize::try_from(line.contig) {
            // A line with a start below 1, or without a span, does not show the position of the slice.
            Ok(contig) if line.start >= 1 && line.span >= 1 && end < u32::MAX => Self::Contig { contig, start, end },
            Err(_) if line.contig == -1 => Self::Unplaced,
            Ok(_) | Err(_) => Self::Mixed,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (
                Self::Contig { contig, start, end },
                Self::Contig {
                    contig: other,
                    start: other_start,
                    end: other_end,
                },
            ) if contig == other => Self::Contig {
                contig,
                start: start.min(other_start),
                end: end.max(other_end),
            },
            (Self::Unplaced, Self::Unplaced) => Self::Unplaced,
            _ => Self::Mixed,
        }
    }

    fn is_inside(self, set: &RegionSet) -> bool {
        match self {
            Self::Contig { contig, start, end } => set.covers(contig, u64::from(start), u64::from(end)),
            Self::Unplaced => set.unplaced(),
            Self::Mixed => false,
        }
    }
}

/// The interval of the records of a line, 0-based half-open. A line without a span counts as one base, because a placed read without alignment
/// does too.
fn stretch(line: &CraiLine) -> (u32, u32) {
    let clamp = |n: i64| u32::try_from(n.max(0)).unwrap_or(u32::MAX);
    let start = line.start.saturating_sub(1);
    (clamp(start), clamp(start.saturating_add(line.span.max(1))))
}

impl CramIndex {
    /// Parses the bytes of an index file.
    ///
    /// # Errors
    /// The errors of [`Crai::parse`].
    pub fn parse(bytes: &[u8]) -> FormatResult<Self> {
        Ok(Self::new(Crai::parse(bytes)?))
    }

    fn new(index: Crai) -> Self {
        let mut lines = index.lines;
        // Entries with equal starts are in file order, so that the containers of a sorted file are also in file order.
        lines.sort_by_key(|l| (l.contig.cast_unsigned(), stretch(l).0, l.container, l.landmark));
        let mut this = Self {
            entries: Vec::with_capacity(lines.len()),
            contigs: Vec::new(),
            extents: extents(&lines),
            is_file_order: lines.is_sorted_by_key(|l| l.container),
        };
        for run in lines.chunk_by(|a, b| a.contig == b.contig) {
            let from = this.entries.len();
            let mut furthest = 0;
            for line in run {
                let (start, end) = stretch(line);
                furthest = furthest.max(end);
                this.entries.push(Entry {
                    container: line.container,
                    start,
                    end,
                    furthest,
                    // A landmark is inside its container, and a container is shorter than 2^32 bytes.
                    landmark: u32::try_from(line.landmark).unwrap_or(u32::MAX),
                });
            }
            this.contigs.extend(run.first().map(|line| ContigEntries {
                contig: line.contig,
                from,
                to: this.entries.len(),
            }));
        }
        this
    }

    fn contig(&self, contig: i32) -> &[Entry] {
        let key = contig.cast_unsigned();
        self.contigs
            .binary_search_by_key(&key, |c| c.contig.cast_unsigned())
            .map_or(&[], |at| &self.entries[self.contigs[at].from..self.contigs[at].to])
    }

    fn touching(&self, contig: i32, start: u64, end: u64) -> impl Iterator<Item = &Entry> {
        let entries = self.contig(contig);
        let from = entries.partition_point(|e| u64::from(e.furthest) <= start);
        let to = entries.partition_point(|e| u64::from(e.start) < end).max(from);
        entries[from..to].iter().filter(move |e| u64::from(e.end) > start)
    }

    /// The containers that may contain records of the regions in `set`, in file order.
    pub fn query(&self, set: &RegionSet) -> Vec<Hit> {
        let mut found: BTreeMap<u64, (Option<Place>, BTreeSet<usize>)> = BTreeMap::new();
        let mut add = |entry: &Entry, place: Place| {
            let (_, landmarks) = found.entry(entry.container).or_insert_with(|| (Some(place), BTreeSet::new()));
            landmarks.insert(entry.landmark as usize);
        };
        for (contig, stretches) in set.contigs() {
            let Ok(number) = i32::try_from(contig) else { continue };
            for (start, end) in stretches {
                for entry in self.touching(number, *start, *end) {
                    let (start, end) = (entry.start, entry.end);
                    add(entry, Place::Contig { contig, start, end });
                }
            }
        }
        if set.unplaced() {
            for entry in self.contigs.iter().filter(|c| c.contig < 0).flat_map(|c| self.contig(c.contig)) {
                add(entry, Place::Unplaced);
            }
        }
        found
            .into_iter()
            .map(|(container, (place, landmarks))| Hit {
                container,
                landmarks,
                inside: self.extent(container).or(place).filter(|place| place.is_inside(set)),
                next: self.next(container),
            })
            .collect()
    }

    /// A sample of the containers, which shows how the file was written. With `set`, it contains for each contig the first container that the
    /// regions overlap. Without `set`, it contains the first container of each contig.
    pub fn first_containers(&self, set: Option<&RegionSet>) -> BTreeSet<u64> {
        match set {
            None => self
                .contigs
                .iter()
                .filter_map(|c| Some(self.entries.get(c.from)?.container))
                .collect(),
            Some(set) => set
                .contigs()
                .filter_map(|(contig, stretches)| {
                    let number = i32::try_from(contig).ok()?;
                    let mut touched = stretches.iter().flat_map(|(start, end)| self.touching(number, *start, *end).next());
                    touched.next().map(|entry| entry.container)
                })
                .collect(),
        }
    }

    /// The approximate number of bytes of the file that must be read for the regions in `set`.
    pub fn cost_bytes(&self, set: &RegionSet, size_bytes: u64) -> u64 {
        if !self.is_file_order {
            return size_bytes;
        }
        let hits = self.query(set);
        let ends = hits.iter().map(|hit| hit.next.unwrap_or(size_bytes).saturating_sub(hit.container));
        ends.sum::<u64>().min(size_bytes)
    }

    fn extent(&self, container: u64) -> Option<Place> {
        let at = self.extents.binary_search_by_key(&container, |e| e.container).ok()?;
        Some(self.extents[at].place)
    }

    fn next(&self, container: u64) -> Option<u64> {
        if !self.is_file_order {
            return None;
        }
        let behind = self.entries.partition_point(|e| e.container <= container);
        self.entries.get(behind).map(|e| e.container)
    }
}

/// Finds the containers that no single line describes completely.
fn extents(lines: &[CraiLine]) -> Vec<Extent> {
    let mut order: Vec<u32> = (0..lines.len() as u32).collect();
    order.sort_by_key(|at| lines[*at as usize].container);
    let mut extents = Vec::new();
    for run in order.chunk_by(|a, b| lines[*a as usize].container == lines[*b as usize].container) {
        let places = || run.iter().map(|at| Place::of(&lines[*at as usize]));
        if let Some(place) = places().reduce(Place::and)
            && (run.len() > 1 || place == Place::Mixed)
        {
            let container = lines[run[0] as usize].container;
            extents.push(Extent { container, place });
        }
    }
    extents.shrink_to_fit();
    extents
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    fn set(regions: &[(usize, u64, u64)], unplaced: bool) -> RegionSet {
        RegionSet::new(regions.iter().copied(), unplaced || regions.is_empty())
    }

    proptest! {
        #[test]
        fn a_query_finds_the_same_containers_as_a_scan_of_every_line(
            lines in prop::collection::vec((-1i32..3, 0i64..40, 0i64..15, 0u64..12, 0u64..4), 0..40),
            regions in prop::collection::vec((0usize..3, 0u64..50, 0u64..20), 0..4),
            unplaced in any::<bool>(),
            sorted in any::<bool>(),
        ) {
            let mut lines: Vec<CraiLine> = lines
                .into_iter()
                .map(|(contig, start, span, container, landmark)| CraiLine { contig, start, span, container, landmark, slice_bytes: 1 })
                .collect();
            if sorted {
                lines.sort_by_key(|l| (l.contig.cast_unsigned(), l.start));
                for (at, line) in lines.iter_mut().enumerate() {
                    line.container = at as u64 / 2;
                }
            }
            let regions: Vec<_> = regions.into_iter().map(|(c, s, l)| (c, s, s + l)).collect();
            let unplaced = unplaced || regions.is_empty();
            let set = set(&regions, unplaced);
            let wants = |contig: i32, base: i64| regions.iter().any(|(c, s, e)| *c as i32 == contig && (*s as i64..*e as i64).contains(&base));
            let bases = |l: &CraiLine| l.start - 1..l.start - 1 + l.span.max(1);
            let mut expected: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
            for line in &lines {
                let wanted = if line.contig < 0 { unplaced } else { bases(line).any(|base| wants(line.contig, base)) };
                if wanted {
                    expected.entry(line.container).or_default().insert(line.landmark as usize);
                }
            }
            let hits = CramIndex::new(Crai { lines: lines.clone() }).query(&set);
            let found: BTreeMap<u64, BTreeSet<usize>> = hits.iter().map(|h| (h.container, h.landmarks.clone())).collect();
            prop_assert_eq!(found, expected);
            for hit in hits {
                let of: Vec<&CraiLine> = lines.iter().filter(|l| l.container == hit.container).collect();
                let one_contig = of.iter().all(|l| l.contig == of[0].contig);
                if hit.inside.is_some() {
                    prop_assert!(one_contig);
                    for line in &of {
                        let wanted = if line.contig < 0 { unplaced } else { bases(line).all(|base| wants(line.contig, base)) };
                        prop_assert!(wanted);
                    }
                } else if let [line] = of[..] && line.contig >= 0 && line.start >= 1 && line.span >= 1 {
                    prop_assert!(!bases(line).all(|base| wants(line.contig, base)));
                }
                let next = lines.iter().map(|l| l.container).filter(|c| *c > hit.container).min();
                prop_assert!(hit.next.is_none() || hit.next == next);
                prop_assert!(!sorted || hit.next == next);
            }
        }
    }

    /// An index that resembles the index of a genome at 30-fold coverage.
    fn genome(lines: usize) -> Vec<u8> {
        use std::fmt::Write as _;
        let mut text = String::new();
        for at in 0..lines {
            let (contig, start) = (at * 24 / lines, 1 + at % (lines / 24 + 1) * 33_000);
            writeln!(text, "{contig}\t{start}\t33500\t{}\t300\t160000", 1_000 + at * 170_000).unwrap();
        }
        text.into_bytes()
    }

    #[test]
    fn an_index_of_a_genome_costs_less_than_three_megabytes() {
        let index = CramIndex::parse(&genome(90_000)).unwrap();
        let bytes = index.entries.capacity() * size_of::<Entry>() + index.extents.capacity() * size_of::<Extent>();
        assert!(bytes < 3_000_000, "{bytes}");
        assert_eq!(index.query(&set(&[(3, 1_000_000, 1_000_100)], false)).len(), 1);
    }

    /// This test measures time and is ignored. Run it with `cargo test --release -p hts-formats --lib -- --ignored --nocapture a_query_takes`.
    #[test]
    #[ignore = "a benchmark"]
    fn a_query_takes_microseconds() {
        let text = genome(90_000);
        let started = Instant::now();
        let index = CramIndex::parse(&text).unwrap();
        println!("parsed and ordered 90,000 lines in {:.2?}", started.elapsed());
        for (name, length) in [("100 bases", 100), ("1 Mb", 1_000_000), ("a contig", 250_000_000)] {
            let sets: Vec<_> = (0..100)
                .map(|at| set(&[(at % 24, at as u64 * 1_000_000, at as u64 * 1_000_000 + length)], false))
                .collect();
            let started = Instant::now();
            let count: usize = sets.iter().map(|set| index.query(set).len()).sum();
            println!("{name}: {:.2?} for {} containers", started.elapsed() / 100, count / 100);
        }
    }
}

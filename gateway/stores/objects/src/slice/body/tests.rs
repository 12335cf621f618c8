//! Compares slices of generated files with a brute-force selection. The files have records of many lengths in blocks of many lengths.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;

use gemj_model::{Contig, FileFormat, Interval, ZeroBased};
use hts_formats::binning::{BinningFormat, IndexBuilder};
use hts_formats::error::FormatError;
use hts_formats::read_fields::ReadFields;
use proptest::prelude::*;

use super::*;
use crate::slice::SliceRegion;
use crate::slice::sink::{CountingSink, WindowSink};

/// A simple record format for the tests. A record consists of its length, contig, start and end (32 bits each), and padding bytes.
struct MadeUp {
    verbatim: bool,
}

fn word(bytes: &[u8], at: usize) -> FormatResult<i64> {
    let bytes = bytes.get(4 * at..4 * at + 4).ok_or(FormatError::Record("short"))?;
    Ok(i64::from(u32::from_le_bytes(bytes.try_into().unwrap())))
}

impl RecordLength for MadeUp {
    fn record_length(&self, bytes: &[u8], _searched: usize, _ended: bool) -> FormatResult<Option<usize>> {
        match word(bytes, 0) {
            Err(_) => Ok(None),
            Ok(length @ 16..300_000) => Ok(Some(length as usize)),
            Ok(_) => Err(FormatError::Record("length")),
        }
    }
}

impl Records for MadeUp {
    fn place(&self, record: &[u8], contig: usize) -> FormatResult<Option<(i64, i64)>> {
        Ok((word(record, 1)? == contig as i64).then_some((word(record, 2)?, word(record, 3)?)))
    }

    fn are_verbatim(&self) -> bool {
        self.verbatim
    }

    fn write<S: SliceSink>(&self, record: &[u8], writer: &mut BgzfWriter<S>) -> FormatResult<()> {
        Ok(writer.write_record(record)?)
    }
}

fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut reader = BgzfReader::new(Cursor::new(bytes));
    let mut plain = Vec::new();
    loop {
        let data = reader.fill().unwrap();
        if data.is_empty() {
            assert!(reader.ended_with_marker());
            return plain;
        }
        plain.extend_from_slice(data);
        let count = data.len();
        reader.consume(count);
    }
}

type MadeUpRecord = (u64, u64, u64, usize);

/// Writes a file of sorted records on two contigs. A header precedes the records, and unplaced records follow them. `cuts` contains the
/// lengths of the blocks. Returns the file and the bytes of each record.
fn file(records: &[MadeUpRecord], cuts: &[usize]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut written = Vec::new();
    for (number, (contig, start, length, filling)) in records.iter().enumerate() {
        let mut record = Vec::new();
        let words = [16 + *filling as u64, *contig, *start, start + length];
        words
            .iter()
            .for_each(|word| record.extend_from_slice(&(*word as u32).to_le_bytes()));
        record.resize(16 + filling, number as u8);
        written.push(record);
    }
    let mut writer = BgzfWriter::new(Vec::new());
    writer.write_bytes(b"header").unwrap();
    let all = written.concat();
    let (mut rest, mut cuts) = (&all[..], cuts.iter().cycle());
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
        writer.write_bytes(piece).unwrap();
        writer.flush_block().unwrap();
        rest = behind;
    }
    (writer.finish().unwrap(), written)
}

const UNPLACED: u64 = 0xffff_ffff;

fn index_of(bytes: &[u8]) -> FormatResult<(VirtualOffset, BinningIndex)> {
    let mut reader = BgzfReader::new(Cursor::new(bytes));
    reader.read_exact(&mut [0; 6])?;
    let first_record = reader.virtual_offset();
    let mut builder = IndexBuilder::new(5);
    loop {
        let start = reader.virtual_offset();
        let Some(record) = reader.record(&MadeUp { verbatim: true })? else {
            break;
        };
        let (contig, from, to) = (word(record, 1)?, word(record, 2)?, word(record, 3)?);
        let end = reader.virtual_offset();
        if contig as u64 != UNPLACED {
            let added = builder.add(contig as usize & 1, from as u64, to as u64, true, Chunk { start, end });
            added.map_err(|_| FormatError::Record("order"))?;
        }
    }
    Ok((first_record, builder.build(BinningFormat::Bai, 2, Vec::new())))
}

fn slice<S: SliceSink>(
    bytes: &[u8],
    index: (VirtualOffset, &BinningIndex),
    wanted: &Wanted,
    class: Option<Class>,
    verbatim: bool,
    out: &mut S,
) -> FormatResult<()> {
    let job = Job {
        wanted,
        kept: None,
        class,
        output: FileFormat::Bam,
        fields: &ReadFields::default(),
        names: None,
        reference: None,
    };
    let file = SortedFile {
        source: Cursor::new(bytes),
        first_record: index.0,
        index: index.1,
    };
    write_slice(file, || Ok(Cow::Borrowed(b"header")), &MadeUp { verbatim }, &job, out)
}

fn wanted(regions: &[(u64, u64, u64)], unplaced: bool) -> Wanted {
    let mut list: Vec<SliceRegion> = regions
        .iter()
        .map(|(contig, start, length)| SliceRegion::Contig {
            contig: Contig(contig.to_string()),
            interval: Interval {
                start: ZeroBased(*start),
                end: Some(ZeroBased(start + length)),
            },
        })
        .collect();
    if unplaced {
        list.push(SliceRegion::Unplaced);
    }
    Wanted::resolve(&list, true, |name| Some(name.parse().ok())).unwrap()
}

fn records() -> impl Strategy<Value = Vec<MadeUpRecord>> {
    let length = prop_oneof![1u64..100, 1u64..20_000, 1u64..2_000_000];
    let filling = prop_oneof![19 => 0usize..200, 1 => 0usize..150_000];
    prop::collection::vec((0u64..3, 0u64..300_000, length, filling), 1..60).prop_map(|mut records| {
        for record in &mut records {
            if record.0 == 2 {
                record.0 = UNPLACED;
            }
        }
        records.sort_by_key(|(contig, start, _, _)| (*contig, *start));
        records
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_slice_equals_a_brute_force_selection_of_records(
        records in records(),
        cuts in prop::collection::vec(prop_oneof![1 => 1usize..50, 8 => 200usize..2_000, 8 => 1usize..66_000], 1..20),
        regions in prop::collection::vec((0u64..2, 0u64..320_000, prop_oneof![Just(0u64), 1u64..100, 1u64..100_000]), 0..8),
        unplaced in any::<bool>(),
        window in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let (bytes, written) = file(&records, &cuts);
        let (first_record, index) = index_of(&bytes).unwrap();
        let index = (first_record, &index);
        let everything = regions.is_empty() && !unplaced;
        let wanted = wanted(&regions, unplaced);
        let mut expected = Vec::new();
        for ((contig, start, length, _), record) in records.iter().zip(&written) {
            let asked = regions.iter().any(|(c, s, l)| c == contig && *start < s + l && start + length > *s && *l > 0);
            if everything || asked || (unplaced && *contig == UNPLACED) {
                expected.extend_from_slice(record);
            }
        }
        for verbatim in [true, false] {
            let mut body = Vec::new();
            slice(&bytes, index, &wanted, Some(Class::Body), verbatim, &mut body).unwrap();
            prop_assert!(plain(&body) == expected, "verbatim {}", verbatim);
            let mut header = Vec::new();
            slice(&bytes, index, &wanted, Some(Class::Header), verbatim, &mut header).unwrap();
            let mut whole = Vec::new();
            slice(&bytes, index, &wanted, None, verbatim, &mut whole).unwrap();
            prop_assert_eq!(&[header, body].concat(), &whole);
            let mut count = CountingSink::default();
            slice(&bytes, index, &wanted, None, verbatim, &mut count).unwrap();
            prop_assert_eq!(count.bytes, whole.len() as u64);
            let (a, b) = (window.0.index(whole.len()), window.1.index(whole.len()));
            let (from, to) = (a.min(b), a.max(b) + 1);
            let mut part = Vec::new();
            let mut sink = WindowSink::new(&mut part, from as u64..to as u64);
            let outcome = slice(&bytes, index, &wanted, None, verbatim, &mut sink);
            prop_assert!(outcome.is_ok() || sink.is_full());
            prop_assert_eq!(&part, &whole[from..to]);
        }
    }

    #[test]
    fn slicing_a_file_that_does_not_match_its_index_never_panics(
        records in records(),
        cuts in prop::collection::vec(500usize..5_000, 1..10),
        regions in prop::collection::vec((0u64..2, 0u64..320_000, 1u64..100_000), 1..4),
        at in any::<prop::sample::Index>(),
        value in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let (bytes, _) = file(&records, &cuts);
        let (first_record, index) = index_of(&bytes).unwrap();
        let (mut changed, _) = file(&records[..records.len() / 2], &cuts);
        let place = at.index(changed.len());
        changed[place] = value;
        changed.truncate(cut.index(changed.len()) + 1);
        for verbatim in [true, false] {
            for wanted in [wanted(&regions, true), Wanted::Everything] {
                let _ = slice(&changed, (first_record, &index), &wanted, None, verbatim, &mut Vec::new());
            }
        }
    }

    #[test]
    fn a_truncated_file_never_gives_a_complete_slice(records in records(), cut in 1usize..60) {
        let (bytes, _) = file(&records, &[900]);
        let (first_record, index) = index_of(&bytes).unwrap();
        let short = &bytes[..bytes.len() - cut.min(bytes.len() - 1)];
        prop_assert!(slice(short, (first_record, &index), &Wanted::Everything, None, true, &mut Vec::new()).is_err());
        prop_assert!(slice(short, (first_record, &index), &Wanted::Everything, None, false, &mut Vec::new()).is_err());
    }
}

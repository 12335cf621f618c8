//! Keeps entries in memory, writes sorted runs of entries to disk, and merges the runs with the entries in memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use gemj_model::{Allele, Ordinal, Zygosity};

use crate::segment::carriers::{CLASSES, class_of};
use crate::segment::key::Key;
use crate::segment::varint::{Cursor, put, put_text};

/// The numbers of an entry's sort key, and the place of its other data in the arena: reference, alternate, source and carriers, encoded.
#[derive(Clone, Copy, Debug)]
struct Slot {
    contig: u32,
    body_bytes: u32,
    start: u64,
    end: u64,
    body_at: usize,
}

/// Entries in memory, in the order in which they were added.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    slots: Vec<Slot>,
    arena: Vec<u8>,
}

/// A record in a merge: one allele, and carriers of this allele from one source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) contig: u32,
    pub(super) key: Key<'a>,
    /// The source and its carriers, encoded.
    entries: &'a [u8],
}

impl Record<'_> {
    fn order(&self) -> (u32, Key<'_>) {
        (self.contig, self.key)
    }

    /// Calls `visit` for each entry of the record, with its ordinal, its source and its zygosity.
    pub(super) fn each_entry(&self, mut visit: impl FnMut(u32, u32, Zygosity)) -> io::Result<()> {
        let mut cursor = Cursor::new(self.entries, "spilled entries");
        let mut step = || -> Result<(), crate::segment::SegmentError> {
            let source = cursor.varint_u32()?;
            for _ in 0..cursor.varint()? {
                let word = cursor.varint()?;
                let zygosity = CLASSES[(word % 3) as usize];
                visit((word / 3) as u32, source, zygosity);
            }
            Ok(())
        };
        step().map_err(io::Error::other)
    }
}

/// The part of an allele that is not in a slot: reference, alternate, and the number of inserted bases of a symbolic insertion.
type Texts<'a> = (&'a str, &'a str, Option<u64>);

fn put_texts(out: &mut Vec<u8>, (reference, alternate, inserted): Texts<'_>) {
    put_text(out, reference);
    put_text(out, alternate);
    // The number of inserted bases is stored plus one. 0 means that the allele states no number of inserted bases.
    put(out, inserted.map_or(0, |bases| bases.saturating_add(1)));
}

fn split_body(body: &[u8]) -> Result<(Texts<'_>, &[u8]), crate::segment::SegmentError> {
    let mut cursor = Cursor::new(body, "spilled entries");
    let texts = (cursor.text()?, cursor.text()?, cursor.varint()?.checked_sub(1));
    let rest = cursor.take(cursor.remaining())?;
    Ok((texts, rest))
}

impl Buffer {
    pub(super) fn push(&mut self, contig: u32, allele: &Allele, source: u32, carriers: &[(Ordinal, Zygosity)]) {
        let body_at = self.arena.len();
        put_texts(&mut self.arena, (&allele.reference, &allele.alternate, allele.inserted));
        put(&mut self.arena, u64::from(source));
        put(&mut self.arena, carriers.len() as u64);
        for (ordinal, zygosity) in carriers {
            put(&mut self.arena, u64::from(ordinal.0) * 3 + class_of(*zygosity) as u64);
        }
        self.slots.push(Slot {
            contig,
            body_bytes: (self.arena.len() - body_at) as u32,
            start: allele.start.0,
            end: allele.end.0,
            body_at,
        });
    }

    pub(super) fn bytes(&self) -> usize {
        self.arena.len() + self.slots.len() * size_of::<Slot>()
    }

    pub(super) fn sorted(mut self) -> Self {
        let arena = &self.arena;
        self.slots.sort_by(|a, b| {
            (a.contig, a.start, a.end)
                .cmp(&(b.contig, b.start, b.end))
                .then_with(|| texts(arena, a).cmp(&texts(arena, b)))
        });
        self
    }

    fn record(&self, slot: &Slot) -> Record<'_> {
        // This process encoded the body itself, so decoding does not fail. If decoding failed, the texts would be empty.
        let ((reference, alternate, inserted), entries) = split_body(body(&self.arena, slot)).unwrap_or((("", "", None), &[]));
        Record {
            contig: slot.contig,
            key: Key {
                start: slot.start,
                end: slot.end,
                reference,
                alternate,
                inserted,
            },
            entries,
        }
    }

    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.slots.iter().map(|slot| self.record(slot))
    }
}

fn body<'a>(arena: &'a [u8], slot: &Slot) -> &'a [u8] {
    &arena[slot.body_at..slot.body_at + slot.body_bytes as usize]
}

fn texts<'a>(arena: &'a [u8], slot: &Slot) -> Texts<'a> {
    split_body(body(arena, slot)).map_or(("", "", None), |(texts, _)| texts)
}

/// A file with entries in sorted order.
#[derive(Debug)]
pub(super) struct Run<F> {
    file: F,
}

const RECORD_HEAD: usize = 24;

fn write_record(out: &mut impl Write, record: &Record<'_>, scratch: &mut Vec<u8>) -> io::Result<()> {
    scratch.clear();
    put_texts(scratch, (record.key.reference, record.key.alternate, record.key.inserted));
    scratch.extend_from_slice(record.entries);
    out.write_all(&record.contig.to_le_bytes())?;
    out.write_all(&(scratch.len() as u32).to_le_bytes())?;
    out.write_all(&record.key.start.to_le_bytes())?;
    out.write_all(&record.key.end.to_le_bytes())?;
    out.write_all(scratch)
}

impl Run<File> {
    pub(super) fn write<'a>(records: impl Iterator<Item = Record<'a>>, file: File) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(256 * 1024, file);
        let mut scratch = Vec::new();
        for record in records {
            write_record(&mut out, &record, &mut scratch)?;
        }
        Self::close(out)
    }

    fn close(out: BufWriter<File>) -> io::Result<Self> {
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self { file })
    }

    /// Merges several sorted runs into one run that is written to `file`.
    pub(super) fn merge(runs: Vec<Self>, file: File) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(256 * 1024, file);
        let mut scratch = Vec::new();
        let nothing = Buffer::default();
        merge(runs, &nothing, |record| write_record(&mut out, record, &mut scratch))?;
        Self::close(out)
    }
}

/// The next record of a run, as one input of a merge.
struct Head {
    input: BufReader<File>,
    slot: Slot,
    body: Vec<u8>,
}

impl Head {
    fn open(run: Run<File>) -> io::Result<Option<Self>> {
        let mut head = Self {
            input: BufReader::with_capacity(256 * 1024, run.file),
            slot: Slot {
                contig: 0,
                body_bytes: 0,
                start: 0,
                end: 0,
                body_at: 0,
            },
            body: Vec::new(),
        };
        Ok(head.advance()?.then_some(head))
    }

    fn advance(&mut self) -> io::Result<bool> {
        let mut bytes = [0u8; RECORD_HEAD];
        let first = self.input.read(&mut bytes[..1])?;
        if first == 0 {
            return Ok(false);
        }
        self.input.read_exact(&mut bytes[1..])?;
        let mut cursor = Cursor::new(&bytes, "run");
        let mut parse = || -> Result<Slot, crate::segment::SegmentError> {
            Ok(Slot {
                contig: cursor.u32_le()?,
                body_bytes: cursor.u32_le()?,
                start: cursor.u64_le()?,
                end: cursor.u64_le()?,
                body_at: 0,
            })
        };
        self.slot = parse().map_err(io::Error::other)?;
        self.body.resize(self.slot.body_bytes as usize, 0);
        self.input.read_exact(&mut self.body)?;
        Ok(true)
    }

    fn record(&self) -> Record<'_> {
        let ((reference, alternate, inserted), entries) = split_body(&self.body).unwrap_or((("", "", None), &[]));
        Record {
            contig: self.slot.contig,
            key: Key {
                start: self.slot.start,
                end: self.slot.end,
                reference,
                alternate,
                inserted,
            },
            entries,
        }
    }
}

/// Visits every record of the sorted runs and of the sorted buffer in order. Records of the same allele are adjacent.
pub(super) fn merge(runs: Vec<Run<File>>, buffer: &Buffer, mut visit: impl FnMut(&Record<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut heads = Vec::with_capacity(runs.len());
    for run in runs {
        heads.extend(Head::open(run)?);
    }
    let mut records = buffer.records().peekable();
    loop {
        // A linear search for the smallest record is fast enough: there are few runs (at most `MAX_RUNS`), and most comparisons end at the
        // numbers.
        let least = (0..heads.len()).min_by(|a, b| heads[*a].record().order().cmp(&heads[*b].record().order()));
        let from_buffer = match (least, records.peek()) {
            (None, None) => return Ok(()),
            (None, Some(_)) => true,
            (Some(_), None) => false,
            (Some(head), Some(record)) => record.order() < heads[head].record().order(),
        };
        if from_buffer {
            if let Some(record) = records.next() {
                visit(&record)?;
            }
        } else if let Some(head) = least {
            visit(&heads[head].record())?;
            if !heads[head].advance()? {
                heads.swap_remove(head);
            }
        }
    }
}

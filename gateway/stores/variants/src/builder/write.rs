//! Writes the sorted entries of a builder as the bytes of a segment.

use std::collections::HashMap;
use std::io::{self, Write};

use gemj_model::Zygosity;
use sha2::{Digest, Sha256};

use super::buffer::{Record, merge};
use super::sources::UsualSources;
use super::{BuildError, SegmentBuilder};
use crate::callability::is_reserved;
use crate::carriers::stronger;
use crate::segment::block::BlockBuilder;
use crate::segment::carriers::{Extra, class_of, put_carriers};
use crate::segment::footer::{BlockEntry, ContigBlocks, Footer};
use crate::segment::key::Key;
use crate::segment::trailer::{Trailer, header};
use crate::segment::{HEADER_BYTES, VERSION};

/// The size and the counts of a segment that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltSegment {
    /// The size of the segment in bytes.
    pub size_bytes: u64,
    /// The number of variants in the segment.
    pub variant_count: u64,
    /// The number of entries (variant, carrier, source) in the segment.
    pub entry_count: u64,
    /// The number of statements of callability in the segment. A statement names a range of bases in which participants were called.
    pub statement_count: u64,
    /// The number of sources that were added to the builder and not discarded.
    pub source_count: usize,
}

impl BuiltSegment {
    /// Whether the segment contains neither variants nor statements, so that it need not be stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.variant_count == 0 && self.statement_count == 0
    }
}

/// The output of the writer, with the number of its bytes and their hash.
struct Output<W> {
    inner: W,
    hash: Sha256,
    written: u64,
}

impl<W: Write> Output<W> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.written += bytes.len() as u64;
        self.inner.write_all(bytes)
    }
}

impl SegmentBuilder {
    /// Builds the segment in memory and returns its bytes.
    ///
    /// # Errors
    /// [`BuildError::Spill`] if a temporary file cannot be used.
    pub fn finish(self) -> Result<(Vec<u8>, BuiltSegment), BuildError> {
        let mut bytes = Vec::new();
        let built = self.finish_to(&mut bytes)?;
        Ok((bytes, built))
    }

    /// Writes the segment to `out`. If there are no entries, the result is a valid segment without variants.
    ///
    /// # Errors
    /// [`BuildError::Spill`] if a temporary file cannot be used or if writing to `out` fails.
    pub fn finish_to(mut self, out: impl Write) -> Result<BuiltSegment, BuildError> {
        let runs = std::mem::take(&mut self.runs);
        let buffer = std::mem::take(&mut self.buffer).sorted();
        let reserved = self.contig_names.iter().map(|contig| is_reserved(contig.as_str())).collect();
        let mut writer = Writer::new(out, &self.sources, &self.usual, reserved)?;
        merge(runs, &buffer, |record| writer.take(record))?;
        drop(buffer);
        let names: Vec<String> = self.contig_names.iter().map(|c| c.as_str().to_owned()).collect();
        let identity = [
            self.dataset.as_str().to_owned(),
            self.assembly.as_str().to_owned(),
            self.origin.as_str().to_owned(),
        ];
        Ok(writer.close(identity, &names)?)
    }
}

/// The allele whose entries are being collected, because its records come from several runs.
#[derive(Debug, Default)]
struct Pending {
    contig: u32,
    start: u64,
    end: u64,
    reference: String,
    alternate: String,
    inserted: Option<u64>,
    /// The entries of the allele: ordinal, number of the source in the segment, and zygosity.
    entries: Vec<(u32, u32, Zygosity)>,
}

impl Pending {
    fn key(&self) -> Key<'_> {
        Key {
            start: self.start,
            end: self.end,
            reference: &self.reference,
            alternate: &self.alternate,
            inserted: self.inserted,
        }
    }
}

struct Writer<'a, W> {
    out: Output<W>,
    usual: &'a UsualSources,
    /// For each source number of the builder, the number of the source in the segment; absent for a discarded source.
    numbers: Vec<Option<u32>>,
    names: Vec<String>,
    pending: Option<Pending>,
    block: BlockBuilder,
    block_contig: u32,
    contigs: Vec<(u32, Vec<BlockEntry>)>,
    /// For each contig number, whether the contig contains statements instead of alleles.
    reserved: Vec<bool>,
    variants: u64,
    entries: u64,
    statements: u64,
    classes: [Vec<u32>; 3],
    extras: Vec<Extra>,
}

impl<'a, W: Write> Writer<'a, W> {
    fn new(inner: W, sources: &[Option<String>], usual: &'a UsualSources, reserved: Vec<bool>) -> io::Result<Self> {
        let mut names = Vec::new();
        let mut numbers = Vec::with_capacity(sources.len());
        for source in sources {
            numbers.push(source.as_ref().map(|_| names.len() as u32));
            names.extend(source.clone());
        }
        let mut out = Output {
            inner,
            hash: Sha256::new(),
            written: 0,
        };
        out.put(&header(VERSION))?;
        Ok(Self {
            out,
            usual,
            numbers,
            names,
            pending: None,
            block: BlockBuilder::default(),
            block_contig: 0,
            contigs: Vec::new(),
            reserved,
            variants: 0,
            entries: 0,
            statements: 0,
            classes: Default::default(),
            extras: Vec::new(),
        })
    }

    fn number(&self, source: u32) -> Option<u32> {
        self.numbers.get(source as usize).copied().flatten()
    }

    fn take(&mut self, record: &Record<'_>) -> io::Result<()> {
        let key = record.key;
        let same = self.pending.as_ref().is_some_and(|p| (p.contig, p.key()) == (record.contig, key));
        if !same {
            let mut next = self.flush()?;
            next.contig = record.contig;
            (next.start, next.end, next.inserted) = (key.start, key.end, key.inserted);
            next.reference.push_str(key.reference);
            next.alternate.push_str(key.alternate);
            self.pending = Some(next);
        }
        let numbers = &self.numbers;
        if let Some(pending) = &mut self.pending {
            record.each_entry(|ordinal, source, zygosity| {
                if let Some(number) = numbers.get(source as usize).copied().flatten() {
                    pending.entries.push((ordinal, number, zygosity));
                }
            })?;
        }
        Ok(())
    }

    /// Writes the pending allele and returns its emptied buffers for the next allele.
    fn flush(&mut self) -> io::Result<Pending> {
        let Some(mut pending) = self.pending.take() else {
            return Ok(Pending::default());
        };
        if !pending.entries.is_empty() {
            self.write_variant(&mut pending)?;
        }
        pending.entries.clear();
        pending.reference.clear();
        pending.alternate.clear();
        Ok(pending)
    }

    fn write_variant(&mut self, pending: &mut Pending) -> io::Result<()> {
        if !self.block.is_empty() && (self.block.is_full() || self.block_contig != pending.contig) {
            self.close_block()?;
        }
        self.block_contig = pending.contig;
        pending.entries.sort_unstable_by_key(|(ordinal, source, _)| (*ordinal, *source));
        pending.entries.dedup_by(|later, kept| {
            let same = (later.0, later.1) == (kept.0, kept.1);
            if same {
                kept.2 = stronger(kept.2, later.2);
            }
            same
        });
        self.classes.iter_mut().for_each(Vec::clear);
        self.extras.clear();
        let single = self.names.len() <= 1;
        for &(ordinal, source, zygosity) in &pending.entries {
            if single || self.usual.of(ordinal).and_then(|s| self.number(s)) == Some(source) {
                self.classes[class_of(zygosity)].push(ordinal);
            } else {
                self.extras.push(Extra { ordinal, source, zygosity });
            }
        }
        if self.reserved.get(pending.contig as usize) == Some(&true) {
            self.statements += 1;
        } else {
            self.variants += 1;
            self.entries += pending.entries.len() as u64;
        }
        self.block
            .push(&pending.key(), |out| put_carriers(out, &self.classes, &self.extras));
        Ok(())
    }

    fn close_block(&mut self) -> io::Result<()> {
        let block = self.block.finish();
        let entry = BlockEntry {
            offset: self.out.written,
            bytes: block.bytes.len() as u64,
            crc32: crc32fast::hash(&block.bytes),
            variants: block.variants,
            first_start: block.first_start,
            last_start: block.last_start,
            reach: block.reach,
        };
        self.out.put(&block.bytes)?;
        match self.contigs.last_mut() {
            Some((contig, blocks)) if *contig == self.block_contig => blocks.push(entry),
            _ => self.contigs.push((self.block_contig, vec![entry])),
        }
        Ok(())
    }

    fn close(mut self, identity: [String; 3], contig_names: &[String]) -> io::Result<BuiltSegment> {
        self.flush()?;
        if !self.block.is_empty() {
            self.close_block()?;
        }
        let [dataset, assembly, origin] = identity;
        let usual = if self.names.len() > 1 {
            self.usual.iter().filter_map(|(o, s)| Some((o, self.number(s)?))).collect()
        } else {
            Vec::new()
        };
        let mut contigs = HashMap::new();
        let mut contig_order = Vec::new();
        for (number, blocks) in std::mem::take(&mut self.contigs) {
            let name = contig_names.get(number as usize).cloned().unwrap_or_default();
            contig_order.push(name.clone());
            contigs.insert(name, ContigBlocks::new(blocks));
        }
        let footer = Footer {
            dataset,
            assembly,
            origin,
            variants: self.variants + self.statements,
            entries: self.entries,
            sources: std::mem::take(&mut self.names),
            usual,
            contigs,
            contig_order,
        };
        let bytes = footer.to_bytes();
        let mut trailer = Trailer {
            footer_offset: self.out.written,
            footer_bytes: bytes.len() as u64,
            footer_crc32: crc32fast::hash(&bytes),
            sha256: [0; 32],
            version: VERSION,
        };
        self.out.put(&bytes)?;
        self.out.put(&trailer.prefix())?;
        trailer.sha256.copy_from_slice(&self.out.hash.clone().finalize());
        self.out.put(&trailer.sha256)?;
        self.out.put(crate::segment::TRAILER_MAGIC)?;
        self.out.inner.flush()?;
        debug_assert!(self.out.written > HEADER_BYTES);
        Ok(BuiltSegment {
            size_bytes: self.out.written,
            variant_count: self.variants,
            entry_count: self.entries,
            statement_count: self.statements,
            source_count: footer.sources.len(),
        })
    }
}

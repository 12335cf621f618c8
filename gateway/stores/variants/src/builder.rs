//! Builds one segment of one dataset, assembly and origin. Entries may be added in any order, and the memory for them is limited.

mod buffer;
mod sources;
mod witness;
mod write;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io;

use gemj_model::{Allele, AlleleName, Assembly, Contig, DatasetId, Ordinal, Origin, Zygosity};
use gemj_objects::{ReferenceBases, ReferenceSequence};
use thiserror::Error;

use crate::callability::is_reserved;
use crate::name_spool::NameSpool;
use crate::normal::leftmost;
use buffer::{Buffer, Run};
use sources::UsualSources;

pub use witness::EntryWitness;
pub use write::BuiltSegment;

/// The default size, in bytes, of the memory for entries that are not yet in temporary files.
pub const DEFAULT_BUDGET_BYTES: usize = 256 * 1024 * 1024;

/// The number of sorted temporary files (runs) at which a builder merges them into one file, so that few files are open.
const MAX_RUNS: usize = 96;

/// The number of a source within one builder. A source is a file or an input unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceNumber(pub(crate) u32);

/// The reasons why the builder cannot add entries or write the segment.
#[derive(Debug, Error)]
pub enum BuildError {
    /// The end of the allele is before its start or is the largest 64-bit number, or the name of its contig is reserved.
    #[error("an allele has an impossible position")]
    ImpossibleAllele,
    /// There are more sources or more contigs than 32-bit numbers.
    #[error("there are too many sources or contigs")]
    TooMany,
    /// A temporary file could not be read or written, or the segment could not be written.
    #[error("a temporary file could not be used")]
    Spill(#[from] io::Error),
    /// Reading the reference sequence failed.
    #[error("the reference FASTA could not be read")]
    Reference(#[source] io::Error),
}

/// Collects entries (allele, carrier, zygosity, source) and writes them as a segment.
#[derive(Debug)]
pub struct SegmentBuilder {
    dataset: DatasetId,
    assembly: Assembly,
    origin: Origin,
    budget_bytes: usize,
    contigs: HashMap<Contig, u32>,
    contig_names: Vec<Contig>,
    source_numbers: HashMap<String, u32>,
    sources: Vec<Option<String>>,
    usual: UsualSources,
    buffer: Buffer,
    runs: Vec<Run<File>>,
    reference: Option<ReferenceBases>,
    names: NameSpool,
    witness: Option<Box<dyn EntryWitness>>,
}

impl SegmentBuilder {
    /// Makes a builder that keeps about `budget_bytes` bytes of entries (at least 64 KiB) in memory and the other entries in temporary
    /// files.
    #[must_use]
    pub fn new(dataset: DatasetId, assembly: Assembly, origin: Origin, budget_bytes: usize) -> Self {
        Self {
            dataset,
            assembly,
            origin,
            budget_bytes: budget_bytes.max(64 * 1024),
            contigs: HashMap::new(),
            contig_names: Vec::new(),
            source_numbers: HashMap::new(),
            sources: Vec::new(),
            usual: UsualSources::default(),
            buffer: Buffer::default(),
            runs: Vec::new(),
            reference: None,
            names: NameSpool::default(),
            witness: None,
        }
    }

    /// Passes every entry that is added from now on also to this witness.
    #[must_use]
    pub fn witnessed_by(self, witness: Box<dyn EntryWitness>) -> Self {
        Self {
            witness: Some(witness),
            ..self
        }
    }

    /// Adds a reference sequence of the builder's assembly. Each insertion or deletion is then stored at its leftmost position, so that
    /// different spellings in files do not matter.
    #[must_use]
    pub fn with_reference(mut self, reference: Option<ReferenceSequence>) -> Self {
        self.reference = reference.map(|reference| reference.bases());
        self
    }

    /// Stores a name that a file contains for an allele. The allele must be in its stored form. Returns false if the name is too long to be
    /// stored.
    pub(crate) fn add_name(&mut self, name: &AlleleName) -> Result<bool, BuildError> {
        Ok(self.names.push(name)?)
    }

    /// Removes the names of alleles from the builder and returns them. The names come from the files and are not part of a segment.
    #[must_use]
    pub fn take_names(&mut self) -> NameSpool {
        std::mem::take(&mut self.names)
    }

    /// Whether the builder has a reference sequence.
    #[must_use]
    pub fn has_reference(&self) -> bool {
        self.reference.is_some()
    }

    /// Returns the allele in its stored form: shifted to the leftmost position if the builder has a reference sequence, otherwise
    /// unchanged.
    ///
    /// # Errors
    /// [`BuildError::Reference`] if the reference sequence cannot be read.
    pub fn kept<'a>(&mut self, allele: &'a Allele) -> Result<Cow<'a, Allele>, BuildError> {
        match &mut self.reference {
            Some(reference) => leftmost(allele, reference).map_err(BuildError::Reference),
            None => Ok(Cow::Borrowed(allele)),
        }
    }

    /// The dataset of the segment.
    #[must_use]
    pub fn dataset(&self) -> &DatasetId {
        &self.dataset
    }

    /// The assembly of the segment.
    #[must_use]
    pub fn assembly(&self) -> Assembly {
        self.assembly
    }

    /// The origin of the segment: germline or somatic.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// Returns the number of the source with this id. The same id gives the same number until the source is discarded.
    ///
    /// # Errors
    /// [`BuildError::TooMany`] if there are more sources than numbers.
    pub fn source(&mut self, id: &str) -> Result<SourceNumber, BuildError> {
        if let Some(number) = self.source_numbers.get(id) {
            return Ok(SourceNumber(*number));
        }
        let number = u32::try_from(self.sources.len()).map_err(|_| BuildError::TooMany)?;
        self.sources.push(Some(id.to_owned()));
        self.source_numbers.insert(id.to_owned(), number);
        Ok(SourceNumber(number))
    }

    /// Whether a source with this id was added to the builder and was not discarded.
    #[must_use]
    pub fn has_source(&self, id: &str) -> bool {
        self.source_numbers.contains_key(id)
    }

    /// Discards a source: the segment will contain no entry of this source.
    pub fn discard(&mut self, source: SourceNumber) {
        if let Some(id) = self.sources.get_mut(source.0 as usize).and_then(Option::take) {
            self.source_numbers.remove(&id);
            self.usual.forget(source.0);
        }
    }

    /// Adds one carrier of an allele from one source.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn add(&mut self, allele: &Allele, ordinal: Ordinal, zygosity: Zygosity, source: SourceNumber) -> Result<(), BuildError> {
        self.add_carriers(allele, source, &[(ordinal, zygosity)])
    }

    /// Adds several carriers of one allele from one source. If a carrier is repeated, homozygous takes precedence over hemizygous, and
    /// hemizygous over heterozygous.
    ///
    /// # Errors
    /// See [`BuildError`].
    pub fn add_carriers(&mut self, allele: &Allele, source: SourceNumber, carriers: &[(Ordinal, Zygosity)]) -> Result<(), BuildError> {
        // Contigs with reserved names contain statements of callability. No file and no case report may use such a name.
        if allele.end < allele.start || allele.end.0 == u64::MAX || is_reserved(allele.contig.as_str()) {
            return Err(BuildError::ImpossibleAllele);
        }
        if carriers.is_empty() {
            return Ok(());
        }
        let allele = self.kept(allele)?;
        let contig = self.contig(&allele.contig)?;
        for (ordinal, _) in carriers {
            self.usual.note(ordinal.0, source.0);
        }
        if let Some(witness) = &mut self.witness {
            witness.see(&allele, carriers);
        }
        self.push(contig, &allele, source, carriers)
    }

    /// Adds a statement that participants were called in a range of bases ([`crate::callability`]). The witness does not receive
    /// statements.
    pub(crate) fn state(&mut self, statement: &Allele, source: SourceNumber, people: &[(Ordinal, Zygosity)]) -> Result<(), BuildError> {
        if people.is_empty() {
            return Ok(());
        }
        let contig = self.contig(&statement.contig)?;
        for (ordinal, _) in people {
            self.usual.note(ordinal.0, source.0);
        }
        self.push(contig, statement, source, people)
    }

    fn push(&mut self, contig: u32, allele: &Allele, source: SourceNumber, carriers: &[(Ordinal, Zygosity)]) -> Result<(), BuildError> {
        self.buffer.push(contig, allele, source.0, carriers);
        if self.buffer.bytes() >= self.budget_bytes {
            self.spill()?;
        }
        Ok(())
    }

    fn contig(&mut self, contig: &Contig) -> Result<u32, BuildError> {
        if let Some(number) = self.contigs.get(contig) {
            return Ok(*number);
        }
        let number = u32::try_from(self.contig_names.len()).map_err(|_| BuildError::TooMany)?;
        self.contig_names.push(contig.clone());
        self.contigs.insert(contig.clone(), number);
        Ok(number)
    }

    fn spill(&mut self) -> Result<(), BuildError> {
        let sorted = std::mem::take(&mut self.buffer).sorted();
        self.runs.push(Run::write(sorted.records(), tempfile::tempfile()?)?);
        if self.runs.len() >= MAX_RUNS {
            let runs = std::mem::take(&mut self.runs);
            let merged = Run::merge(runs, tempfile::tempfile()?)?;
            self.runs.push(merged);
        }
        Ok(())
    }
}

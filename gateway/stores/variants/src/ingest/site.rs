//! Collects the alleles of one record and their carriers, and adds them to the builder.

use std::collections::HashMap;

use gemj_model::{Allele, Assembly, Contig, OneBased, Ordinal, Origin, Zygosity};

use super::annotations::{Layout, Named};
use super::called::{Called, Span};
use super::genotype::{Call, carried};
use super::report::{IngestReport, SkipReason};
use crate::builder::{BuildError, SegmentBuilder, SourceNumber};

/// The maximum length of an indexed allele in bytes: REF and ALT in minimal form together. A longer allele can be written as a symbolic
/// allele such as `<DEL>` or `<INS>`.
const MAX_ALLELE_BYTES: usize = 1 << 20;
/// The maximum number of names of alleles that are stored for one file.
const MAX_NAMES: u64 = 200_000_000;
/// The length in bases of the mitochondrion (NC_012920.1), which is the same in both assemblies.
const MITOCHONDRION_BASES: u64 = 16_569;
/// The length in bases of `chrM` in UCSC's hg19 (NC_001807), which is another sequence with other positions.
const OTHER_MITOCHONDRION_BASES: u64 = 16_571;

/// The facts of a file's header that are needed to read the records.
#[derive(Debug)]
pub(super) struct Header {
    assembly: Assembly,
    /// The lengths of the contigs whose length the header states, by name.
    lengths: HashMap<String, u64>,
    /// The layouts of the file's annotation fields.
    pub(super) layouts: Vec<Layout>,
}

impl Header {
    pub(super) fn new(assembly: Assembly) -> Self {
        Self {
            assembly,
            lengths: HashMap::new(),
            layouts: Vec::new(),
        }
    }

    /// Adds a structured line of the header. `kind` is the kind of the line (`contig`, `INFO`), and `field` returns the value of a field by
    /// its name.
    pub(super) fn take<'a>(&mut self, kind: &str, field: impl Fn(&str) -> Option<&'a str>) {
        let Some(id) = field("ID") else { return };
        match kind {
            "contig" => {
                let length = field("length").and_then(|l| l.trim().parse().ok());
                self.lengths.extend(length.map(|length| (id.to_owned(), length)));
            }
            "INFO" if self.layouts.iter().all(|layout| layout.key != id) => {
                self.layouts.extend(Layout::of(id, field("Description").unwrap_or_default()));
            }
            _ => {}
        }
    }

    /// Whether a contig has a name of the mitochondrion but may be another sequence. The length of the contig in the header decides. If the
    /// length is not stated, the name `chrM` on GRCh37 counts as the other sequence, because UCSC's hg19 uses this name for that sequence.
    fn is_other_mitochondrion(&self, contig: &str) -> bool {
        Contig(contig.to_owned()).canonical().as_str() == "MT"
            && match self.lengths.get(contig) {
                Some(&MITOCHONDRION_BASES) => false,
                Some(length) => *length == OTHER_MITOCHONDRION_BASES,
                None => self.assembly == Assembly::GRCh37 && contig == "chrM",
            }
    }
}

/// The record that is being read. The buffers are reused for all records of a file.
#[derive(Debug)]
pub(super) struct Site {
    header: Header,
    contig: Contig,
    is_other_mitochondrion: bool,
    alleles: Vec<Option<Allele>>,
    carriers: Vec<Vec<(Ordinal, Zygosity)>>,
    /// REF and each ALT as spelled in the record. Filled only if the record has annotations.
    spelt: Vec<String>,
    /// The annotation texts of the record, each with the number of its layout.
    annotations: Vec<(usize, String)>,
    no_calls: u64,
    called: Called,
}

/// The extent of a symbolic allele, as INFO states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The value of INFO/END, 1-based inclusive.
    pub(super) end: Option<u64>,
    /// The value of INFO/SVLEN for the allele, without its sign.
    pub(super) length: Option<u64>,
}

impl Extent {
    /// The 1-based position of the last base of the event. With several alternative alleles, one END cannot be right for all of them, so
    /// the allele's own length takes precedence.
    fn last_base(self, position: u64, alternates: usize) -> Option<OneBased> {
        let from_length = self.length.filter(|l| *l > 0).and_then(|length| position.checked_add(length));
        let last = if alternates > 1 {
            from_length.or(self.end)
        } else {
            self.end.or(from_length)
        };
        last.map(OneBased)
    }
}

impl Site {
    /// Makes the state for reading the records of a file with these sample columns.
    pub(super) fn new(header: Header, columns: &[Option<Ordinal>], origin: Origin) -> Self {
        Self {
            header,
            called: Called::new(columns, origin),
            contig: Contig(String::new()),
            is_other_mitochondrion: false,
            alleles: Vec::new(),
            carriers: Vec::new(),
            spelt: Vec::new(),
            annotations: Vec::new(),
            no_calls: 0,
        }
    }

    /// Begins a record. `span` is absent if the record has no valid position.
    pub(super) fn begin(&mut self, contig: &str, span: Option<Span>) {
        if self.contig.as_str() != contig {
            self.contig = Contig(contig.to_owned());
            self.is_other_mitochondrion = self.header.is_other_mitochondrion(contig);
        }
        self.called.begin(span.filter(|_| !self.is_other_mitochondrion));
        self.annotations.clear();
        self.alleles.clear();
        self.carriers.iter_mut().for_each(Vec::clear);
    }

    /// Adds the next alternative allele of the record. `alternates` is the number of alternative alleles in the record.
    pub(super) fn alternate(
        &mut self,
        position: u64,
        reference: &str,
        alternate: &str,
        extent: Extent,
        alternates: usize,
        report: &mut IngestReport,
    ) {
        let end = extent.last_base(position, alternates);
        let allele = Allele::from_vcf(&self.contig, OneBased(position), reference, alternate, end);
        self.alleles.push(match allele {
            Ok(_) if self.is_other_mitochondrion => {
                report.skip(SkipReason::OtherMitochondrion);
                None
            }
            Ok(allele) if allele.reference.len() + allele.alternate.len() > MAX_ALLELE_BYTES => {
                report.skip(SkipReason::TooLong);
                None
            }
            Ok(mut allele) => {
                if allele.is_symbolic_insertion() {
                    allele.inserted = extent.length.filter(|length| *length > 0);
                }
                Some(allele)
            }
            Err(reason) => {
                report.skip(SkipReason::from(reason));
                None
            }
        });
        if self.carriers.len() < self.alleles.len() {
            self.carriers.push(Vec::new());
        }
    }

    /// The layouts of the file's annotation fields.
    pub(super) fn layouts(&self) -> &[Layout] {
        &self.header.layouts
    }

    /// Adds an annotation text of the record. `layout` is the number of its layout. `reference` and `alternates` are the alleles as spelled
    /// in the record.
    pub(super) fn annotate<'a>(&mut self, layout: usize, text: &str, reference: &'a str, alternates: impl Iterator<Item = &'a str>) {
        if self.annotations.is_empty() {
            self.spelt.clear();
            self.spelt.extend(std::iter::once(reference).chain(alternates).map(str::to_owned));
        }
        self.annotations.push((layout, text.to_owned()));
    }

    /// Whether the record has an allele that can be indexed.
    pub(super) fn has_alleles(&self) -> bool {
        self.alleles.iter().any(Option::is_some)
    }

    /// Adds the genotype of one participant. The caller ensures that `calls` refer only to alleles of the record.
    pub(super) fn genotype(&mut self, ordinal: Ordinal, calls: &[Call]) {
        self.no_calls += u64::from(calls.iter().all(Option::is_none));
        // A genotype with more than two copies does not count as called.
        self.called
            .person(ordinal, if calls.len() > 2 { 0 } else { calls.iter().flatten().count() });
        carried(calls, |number, zygosity| {
            let index = number as usize - 1;
            if self.alleles.get(index).is_some_and(Option::is_some) {
                self.carriers[index].push((ordinal, zygosity));
            }
        });
    }

    /// Adds a participant without a genotype in the record.
    pub(super) fn no_genotype(&mut self, ordinal: Ordinal) {
        self.no_calls += 1;
        self.called.person(ordinal, 0);
    }

    /// The collector of the file's statements of callability.
    pub(super) fn called(&mut self) -> &mut Called {
        &mut self.called
    }

    /// Ends the file and stores the last statements of callability.
    pub(super) fn close(&mut self, source: SourceNumber, builder: &mut SegmentBuilder) -> Result<(), BuildError> {
        self.called.close(source, builder)
    }

    /// Ends the record: adds its alleles with carriers, its statements and its names to the builder.
    pub(super) fn finish(
        &mut self,
        source: SourceNumber,
        builder: &mut SegmentBuilder,
        report: &mut IngestReport,
    ) -> Result<(), BuildError> {
        for (allele, carriers) in self.alleles.iter().zip(&self.carriers) {
            if let (Some(allele), false) = (allele, carriers.is_empty()) {
                builder.add_carriers(allele, source, carriers)?;
                report.alleles += 1;
                report.entries += carriers.len() as u64;
            }
        }
        report.no_calls += std::mem::take(&mut self.no_calls);
        self.called.finish(&self.contig, &self.alleles, source, builder)?;
        if !self.annotations.is_empty() {
            self.take_names(builder, report)?;
        }
        Ok(())
    }

    /// Stores the names of the record's alleles that have carriers and are not symbolic.
    fn take_names(&self, builder: &mut SegmentBuilder, report: &mut IngestReport) -> Result<(), BuildError> {
        let Some((reference, alternates)) = self.spelt.split_first() else {
            return Ok(());
        };
        let alternates: Vec<&str> = alternates.iter().map(String::as_str).collect();
        let record = Named {
            reference,
            alternates: &alternates,
        };
        for (index, (allele, carriers)) in self.alleles.iter().zip(&self.carriers).enumerate() {
            let Some(allele) = allele
                .as_ref()
                .filter(|allele| !carriers.is_empty() && !allele.alternate.starts_with('<'))
            else {
                continue;
            };
            let kept = builder.kept(allele)?;
            let mut names = Vec::new();
            for (layout, text) in &self.annotations {
                record.each(&self.header.layouts[*layout], text, index, allele, &kept, |name| names.push(name));
            }
            names.sort_unstable();
            names.dedup();
            for name in &names {
                if report.names < MAX_NAMES && builder.add_name(name)? {
                    report.names += 1;
                } else {
                    report.names_left_out += 1;
                }
            }
        }
        Ok(())
    }
}

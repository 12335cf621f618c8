//! The header and the index of a stored file, parsed once and shared by all slices of the file.

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek};

use gemj_model::FileFormat;
use hts_formats::bam::{BamHeader, read_header as read_bam_header};
use hts_formats::bcf::{BcfHeader, read_header as read_bcf_header};
use hts_formats::bgzf::{BgzfReader, VirtualOffset};
use hts_formats::binning::{BinningIndex, read_index};
use hts_formats::cram::container::read_file_start;
use hts_formats::cram::index::CramIndex;
use hts_formats::error::FormatResult;
use hts_formats::sam_header::SamHeader;
use hts_formats::vcf::header::VcfHeader;
use hts_formats::vcf::read_header_text;

use super::body::SortedFile;
use super::cram::CramHeader;
use super::open::Job;
use super::regions::Wanted;
use super::sink::SliceSink;
use super::{Class, SliceRegion, bam, bcf, cram, vcf};
use crate::error::SliceError;

/// The parsed header and index of a stored file.
#[derive(Debug)]
pub(crate) enum Opened {
    Bam {
        header: BamHeader,
        first_record: VirtualOffset,
        index: BinningIndex,
    },
    Vcf {
        header: VcfHeader,
        first_record: VirtualOffset,
        index: BinningIndex,
    },
    Bcf {
        header: BcfHeader,
        first_record: VirtualOffset,
        index: BinningIndex,
    },
    Cram {
        header: CramHeader,
        index: CramIndex,
    },
}

impl Opened {
    /// Reads the header from the file and parses the index.
    pub(crate) fn open<R: Read + Seek>(format: FileFormat, source: R, index: &[u8]) -> FormatResult<Self> {
        match format {
            FileFormat::Bam => {
                let mut reader = BgzfReader::new(source);
                Ok(Self::Bam {
                    header: read_bam_header(&mut reader)?,
                    first_record: reader.virtual_offset(),
                    index: read_index(index)?,
                })
            }
            FileFormat::Vcf => {
                let mut reader = BgzfReader::new(source);
                Ok(Self::Vcf {
                    header: VcfHeader::parse(&read_header_text(&mut reader)?)?,
                    first_record: reader.virtual_offset(),
                    index: read_index(index)?,
                })
            }
            FileFormat::Bcf => {
                let mut reader = BgzfReader::new(source);
                Ok(Self::Bcf {
                    header: read_bcf_header(&mut reader)?,
                    first_record: reader.virtual_offset(),
                    index: read_index(index)?,
                })
            }
            FileFormat::Cram => {
                let start = read_file_start(&mut BufReader::new(source))?;
                let sam = SamHeader::parse(&start.sam_text)?;
                Ok(Self::Cram {
                    header: CramHeader { start, sam },
                    index: CramIndex::parse(index)?,
                })
            }
        }
    }

    /// The format of the stored file.
    pub(crate) fn format(&self) -> FileFormat {
        match self {
            Self::Bam { .. } => FileFormat::Bam,
            Self::Vcf { .. } => FileFormat::Vcf,
            Self::Bcf { .. } => FileFormat::Bcf,
            Self::Cram { .. } => FileFormat::Cram,
        }
    }

    /// The names of the sample columns, in order; empty for a file of reads.
    pub(crate) fn columns(&self) -> &[String] {
        match self {
            Self::Vcf { header, .. } => &header.samples,
            Self::Bcf { header, .. } => &header.vcf.samples,
            Self::Bam { .. } | Self::Cram { .. } => &[],
        }
    }

    /// The names of the contigs on which a variant file can have records, as spelled in the file, each once. Empty for a file of reads.
    pub(crate) fn contig_names(&self) -> BTreeSet<&str> {
        match self {
            // A contig can occur in lines of a VCF file without being in the header.
            Self::Vcf { header, index, .. } => header
                .contigs
                .iter()
                .map(|contig| contig.name.as_str())
                .chain(index.names.iter().map(String::as_str))
                .collect(),
            Self::Bcf { header, .. } => header.vcf.contigs.iter().map(|contig| contig.name.as_str()).collect(),
            Self::Bam { .. } | Self::Cram { .. } => BTreeSet::new(),
        }
    }

    /// Whether the header of the file declares an INFO field with this name. False for a file of reads.
    pub(crate) fn declares_info(&self, name: &str) -> bool {
        match self {
            Self::Vcf { header, .. } => header.infos.contains_key(name),
            Self::Bcf { header, .. } => header.vcf.infos.contains_key(name),
            Self::Bam { .. } | Self::Cram { .. } => false,
        }
    }

    /// The names of the file's contigs, as spelled in the file. If samples are removed, only the contigs of the header are listed, because
    /// another contig may occur only in records of a removed sample.
    pub(crate) fn spelt_contigs(&self, leaves_people_out: bool) -> Vec<&str> {
        let (contigs, indexed) = match self {
            Self::Bam { header, .. } => (&header.contigs, None),
            Self::Cram { header, .. } => (&header.sam.contigs, None),
            Self::Vcf { header, index, .. } => (&header.contigs, Some(&index.names)),
            Self::Bcf { header, .. } => (&header.vcf.contigs, None),
        };
        let named = contigs.iter().map(|contig| contig.name.as_str());
        let indexed = indexed.filter(|_| !leaves_people_out).into_iter().flatten().map(String::as_str);
        named.chain(indexed).collect()
    }

    /// The length of a contig in bases. Absent if the header does not have the contig or does not state its length.
    pub(crate) fn contig_length(&self, name: &str) -> Option<u64> {
        match self {
            Self::Bam { header, .. } => header.contigs.iter().find(|c| c.name == name)?.length,
            Self::Cram { header, .. } => header.sam.contigs.iter().find(|c| c.name == name)?.length,
            Self::Vcf { header, .. } => header.contigs.iter().find(|c| c.name == name)?.length,
            Self::Bcf { header, .. } => header.vcf.contigs.iter().find(|c| c.name == name)?.length,
        }
    }

    /// Finds the contigs of the requested regions in the file.
    ///
    /// If samples are removed, the answer must not reveal a contig that occurs only in a removed sample's records. If the lines of the file
    /// use contigs that are not in the header, every requested name is therefore accepted.
    pub(crate) fn resolve(&self, regions: &[SliceRegion], leaves_people_out: bool) -> Result<Wanted, SliceError> {
        match self {
            Self::Bam { header, .. } => Wanted::resolve(regions, true, |name| header.contigs.iter().position(|c| c.name == name).map(Some)),
            Self::Cram { header, .. } => Wanted::resolve(regions, true, |name| {
                header.sam.contigs.iter().position(|c| c.name == name).map(Some)
            }),
            Self::Vcf { header, index, .. } => Wanted::resolve(regions, false, |name| {
                // A contig that is only in the header is known and has no records. A contig that is only in lines is in the index.
                match index.names.iter().position(|n| n == name) {
                    Some(number) => Some(Some(number)),
                    None => {
                        let has = |name: &str| header.contigs.iter().any(|c| c.name == name);
                        (has(name) || (leaves_people_out && !index.names.iter().all(|name| has(name)))).then_some(None)
                    }
                }
            }),
            Self::Bcf { header, .. } => Wanted::resolve(regions, false, |name| {
                let place = header.vcf.contigs.iter().position(|c| c.name == name)?;
                Some(header.vcf.contig_numbers.iter().position(|n| *n == Some(place)))
            }),
        }
    }

    /// Writes the slice that `job` describes.
    pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(&self, source: R, job: &Job<'_>, out: &mut S) -> FormatResult<()> {
        match self {
            Self::Bam {
                header,
                first_record,
                index,
            } => bam::write_slice(sorted(source, *first_record, index), header, job, out),
            Self::Vcf {
                header,
                first_record,
                index,
            } => vcf::write_slice(sorted(source, *first_record, index), header, job, out),
            Self::Bcf {
                header,
                first_record,
                index,
            } => bcf::write_slice(sorted(source, *first_record, index), header, job, out),
            Self::Cram { header, index } => cram::write_slice(source, header, index, job, out),
        }
    }

    /// Whether the slice needs a reference sequence that is missing. This is only possible if a CRAM file is converted to BAM.
    pub(crate) fn lacks_reference<R: Read + Seek>(&self, source: R, job: &Job<'_>) -> FormatResult<bool> {
        match self {
            Self::Cram { header, index } => cram::lacks_reference(source, header, index, job),
            Self::Bam { .. } | Self::Vcf { .. } | Self::Bcf { .. } => Ok(false),
        }
    }

    /// The approximate number of bytes of the file that must be read to make a slice.
    pub(crate) fn cost_bytes(&self, wanted: &Wanted, class: Option<Class>, size_bytes: u64) -> u64 {
        if class == Some(Class::Header) {
            return 0;
        }
        let Wanted::Some(set) = wanted else { return size_bytes };
        if set.unplaced() && !matches!(self, Self::Cram { .. }) {
            return size_bytes;
        }
        match self {
            Self::Bam { index, .. } | Self::Vcf { index, .. } | Self::Bcf { index, .. } => {
                let stretches = set
                    .contigs()
                    .flat_map(|(contig, stretches)| stretches.iter().map(move |stretch| (contig, *stretch)));
                let costs = stretches.map(|(contig, (start, end))| index.plan(contig, start, end).cost_bytes());
                costs.sum::<u64>().min(size_bytes)
            }
            Self::Cram { index, .. } => index.cost_bytes(set, size_bytes),
        }
    }

    /// The approximate size of the parsed header and index in memory, in bytes.
    pub(crate) fn weight(&self, index_bytes: usize) -> usize {
        // A parsed header needs about four times the bytes of its text.
        let (header, index) = match self {
            Self::Bam { header, index, .. } => (header.bytes.len(), index.weight()),
            Self::Vcf { header, index, .. } => (header.text.len(), index.weight()),
            Self::Bcf { header, index, .. } => (header.bytes.len(), index.weight()),
            // A CRAM index is compressed and is a few times larger after decompression.
            Self::Cram { header, .. } => (header.start.bytes.len() + header.start.sam_text.len(), 4 * index_bytes),
        };
        4 * header + index + 4096
    }
}

fn sorted<R>(source: R, first_record: VirtualOffset, index: &BinningIndex) -> SortedFile<'_, R> {
    SortedFile {
        source,
        first_record,
        index,
    }
}

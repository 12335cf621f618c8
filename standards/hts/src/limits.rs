//! Limits on what a file's header and index may make a process hold. A file within them loads in less than 512 MiB; one beyond them is refused with a reason.
//!
//! Compression makes a few bytes into many (DEFLATE up to 1,032 times, rANS without end), so no limit is on the file's size. Each constant is well above
//! the largest file of a human programme: a joint file of 100,000 participants, the 3,366 contigs of hs38DH, long reads of millions of bases.

use crate::error::{FormatError, FormatResult};

/// A header, unpacked. One of a joint file of 100,000 columns with a `##SAMPLE` line for each is some 12 MB; `@PG` chains of merged files take a few.
pub const MOST_HEADER_BYTES: usize = 32 << 20;

/// Lines of a header: `##SAMPLE` and `##PEDIGREE` lines of some hundred thousand participants.
pub(crate) const MOST_HEADER_LINES: usize = 1 << 20;

/// Contigs. hs38DH has 3,366; the most fragmented public assemblies of vertebrates have some 100,000.
pub(crate) const MOST_CONTIGS: usize = 1 << 17;

/// A contig's name. The longest HLA names have about 25 bytes.
pub(crate) const MOST_CONTIG_NAME_BYTES: usize = 1024;

/// Sample columns of a joint file: five times the programme's 100,000 participants.
pub(crate) const MOST_SAMPLES: usize = 1 << 19;

/// Read groups. Files merged from the lanes of a large study, or of single cells, have some thousand.
pub(crate) const MOST_READ_GROUPS: usize = 1 << 16;

/// One more than the largest number of a name (`IDX`) in the dictionaries of BCF. Files annotated with everything have some hundred names.
pub(crate) const MOST_DICTIONARY_NUMBER: usize = 1 << 17;

/// A record of BAM: a read of four million bases with a value of each of its signals takes some 30 MB.
pub(crate) const MOST_BAM_RECORD_BYTES: u32 = 1 << 27;

/// A line of VCF, and either part of a record of BCF: 1,300 bytes for each of 100,000 participants.
pub(crate) const MOST_VARIANT_BYTES: usize = 1 << 27;

/// Windows of 16 kb up to the last record of each contig, all contigs together: 68 Gb, twenty human genomes, in 32 MiB.
pub(crate) const MOST_INDEX_WINDOWS: usize = 1 << 22;

/// Bins with records, all contigs together. A human genome has some 220,000 of 16 kb and above, and each contig at least one.
pub(crate) const MOST_INDEX_BINS: usize = 1 << 20;

/// Chunks of an index, besides one for each KiB of the file: a block of BGZF, which begins at most a few chunks, takes some 16 KiB of real data.
pub(crate) const MOST_INDEX_CHUNKS: u64 = 1 << 20;

/// Lines of a CRAM index: a slice of 10,000 reads each of a genome at 300-fold coverage makes one million.
pub(crate) const MOST_CRAI_LINES: usize = 1 << 21;

/// An index file that came with the data, as it is and unpacked. The `.bai` of a whole genome at thirty-fold depth has 9 MB.
pub const MOST_GIVEN_INDEX_BYTES: usize = 128 << 20;

/// A container of CRAM as it is in the file. htslib puts at most some 50 MB into one: the 100,000 reads of a slice of its archive profile, or 50 million bases
/// of long reads.
pub(crate) const MOST_CONTAINER_BYTES: usize = 64 << 20;

/// Slices of a container of CRAM; writers make one to some ten.
pub(crate) const MOST_SLICES: usize = 1 << 16;

/// A container of CRAM together with the blocks of one of its slices, unpacked, and once more the largest of them, for which a codec may need as much room again. 50
/// million bases with qualities and a byte of signals for each base take some 220 MB.
pub(crate) const MOST_UNPACKED_BYTES: usize = 288 << 20;

/// A container of CRAM together with the blocks of one of its slices, unpacked, and the records decoded from these. Some encodings make values of no bytes.
pub(crate) const MOST_HELD_BYTES: usize = 400 << 20;

/// The compression header of a container of CRAM, unpacked; real ones have some kilobytes.
pub(crate) const MOST_COMPRESSION_HEADER_BYTES: usize = 4 << 20;

/// Lists of tags of a container of CRAM. Writers make one for each combination that occurs among its reads.
pub(crate) const MOST_TAG_LISTS: usize = 1 << 16;

/// Names in a block of the name tokeniser. A slice of htslib's archive profile has 100,000.
pub(crate) const MOST_TOKENISED_NAMES: usize = 100_000;

/// Positions of tokens in a block of the name tokeniser (CRAM codecs 3.1 § 5: at most 128).
pub(crate) const MOST_TOKEN_POSITIONS: usize = 128;

/// Refuses what exceeds a limit of the header.
pub(crate) fn within(count: usize, most: usize, what: &'static str) -> FormatResult<()> {
    if count <= most { Ok(()) } else { Err(FormatError::TooMuch(what)) }
}

/// What a refusal calls the limits that several formats share.
pub mod words {
    pub(crate) const HEADER_BYTES: &str = "a header of more than 32 MiB";
    pub(crate) const HEADER_LINES: &str = "a header of more than 1,048,576 lines";
    pub(crate) const CONTIGS: &str = "more than 131,072 contigs";
    pub(crate) const CONTIG_NAME: &str = "a contig's name of more than 1,024 bytes";
}

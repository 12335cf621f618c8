//! Limits on the memory that a file's header and index can use. A file within the limits is loaded with less than 512 MiB. A file beyond a
//! limit is rejected with a reason.
//!
//! A limit on the file's size would not be sufficient, because compression can turn a few bytes into many (DEFLATE up to 1,032 times, rANS
//! without a bound). Each constant is well above the largest file of a human programme: a joint file of 100,000 participants, the 3,366 contigs
//! of hs38DH, long reads of millions of bases.

use crate::error::{FormatError, FormatResult};

/// The maximum number of bytes of an uncompressed header. The header of a joint file of 100,000 columns with a `##SAMPLE` line for each has
/// about 12 MB. The `@PG` chains of merged files have a few MB.
pub const MOST_HEADER_BYTES: usize = 32 << 20;

/// The maximum number of lines of a header. The limit allows `##SAMPLE` and `##PEDIGREE` lines of several hundred thousand participants.
pub(crate) const MOST_HEADER_LINES: usize = 1 << 20;

/// The maximum number of contigs. hs38DH has 3,366. The most fragmented public assemblies of vertebrates have about 100,000.
pub(crate) const MOST_CONTIGS: usize = 1 << 17;

/// The maximum number of bytes of a contig's name. The longest HLA names have about 25 bytes.
pub(crate) const MOST_CONTIG_NAME_BYTES: usize = 1024;

/// The maximum number of sample columns of a joint file: five times the programme's 100,000 participants.
pub(crate) const MOST_SAMPLES: usize = 1 << 19;

/// The maximum number of read groups. Files merged from the lanes of a large study, or from single cells, have several thousand.
pub(crate) const MOST_READ_GROUPS: usize = 1 << 16;

/// The exclusive upper bound of the numbers (`IDX`) in the dictionaries of BCF. Files with very many annotations have several hundred names.
pub(crate) const MOST_DICTIONARY_NUMBER: usize = 1 << 17;

/// The exclusive upper bound of the length of a BAM record, in bytes. A read of four million bases with a value for each of its signals has
/// about 30 MB.
pub(crate) const MOST_BAM_RECORD_BYTES: u32 = 1 << 27;

/// The maximum number of bytes of a VCF line, and of either part of a BCF record: 1,300 bytes for each of 100,000 participants.
pub(crate) const MOST_VARIANT_BYTES: usize = 1 << 27;

/// The maximum number of index windows of 16 kb, over all contigs, up to the last record of each contig. The windows cover 68 Gb (twenty human
/// genomes) and take 32 MiB.
pub(crate) const MOST_INDEX_WINDOWS: usize = 1 << 22;

/// The maximum number of index bins with records, over all contigs. A human genome has about 220,000 bins of 16 kb and more. Each contig has at
/// least one.
pub(crate) const MOST_INDEX_BINS: usize = 1 << 20;

/// The maximum number of chunks of an index, in addition to one chunk for each KiB of the file. At most a few chunks begin in a BGZF block, and
/// a block of real data has about 16 KiB.
pub(crate) const MOST_INDEX_CHUNKS: u64 = 1 << 20;

/// The maximum number of lines of a CRAM index. A genome at 300-fold coverage in slices of 10,000 reads has one million.
pub(crate) const MOST_CRAI_LINES: usize = 1 << 21;

/// The maximum number of bytes of an index file that an institution sent with its data, both compressed and uncompressed. The `.bai` of a whole
/// genome at 30-fold coverage has 9 MB.
pub const MOST_GIVEN_INDEX_BYTES: usize = 128 << 20;

/// The maximum number of bytes of a compressed CRAM container. htslib writes at most about 50 MB into a container: the 100,000 reads of a slice
/// of its archive profile, or 50 million bases of long reads.
pub(crate) const MOST_CONTAINER_BYTES: usize = 64 << 20;

/// The maximum number of slices of a CRAM container. Writers make between one and about ten.
pub(crate) const MOST_SLICES: usize = 1 << 16;

/// The maximum number of bytes for a CRAM container, plus the uncompressed blocks of one of its slices, plus the largest block again, because a
/// codec may need this space twice. 50 million bases with qualities and a byte of signals for each base need about 220 MB.
pub(crate) const MOST_UNPACKED_BYTES: usize = 288 << 20;

/// The maximum number of bytes for a CRAM container, plus the uncompressed blocks of one of its slices, plus the records decoded from them.
/// Some encodings produce values from no bytes, so the records need a limit too.
pub(crate) const MOST_HELD_BYTES: usize = 400 << 20;

/// The maximum number of bytes of an uncompressed compression header or slice header in a CRAM container. Real headers have several kilobytes.
pub(crate) const MOST_COMPRESSION_HEADER_BYTES: usize = 4 << 20;

/// The maximum number of tag lists of a CRAM container. Writers make one list for each combination of tags among the container's reads.
pub(crate) const MOST_TAG_LISTS: usize = 1 << 16;

/// The maximum number of names in a block of the name tokeniser. A slice of htslib's archive profile has 100,000.
pub(crate) const MOST_TOKENISED_NAMES: usize = 100_000;

/// The maximum number of token positions in a block of the name tokeniser (CRAM codecs 3.1 § 5: at most 128).
pub(crate) const MOST_TOKEN_POSITIONS: usize = 128;

/// Returns an error if `count` is above `most`. `what` is the text of the error.
pub(crate) fn within(count: usize, most: usize, what: &'static str) -> FormatResult<()> {
    if count <= most { Ok(()) } else { Err(FormatError::TooMuch(what)) }
}

/// The error texts of the limits that several formats share.
pub mod words {
    pub(crate) const HEADER_BYTES: &str = "a header of more than 32 MiB";
    pub(crate) const HEADER_LINES: &str = "a header of more than 1,048,576 lines";
    pub(crate) const CONTIGS: &str = "more than 131,072 contigs";
    pub(crate) const CONTIG_NAME: &str = "a contig's name of more than 1,024 bytes";
}

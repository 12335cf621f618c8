//! All thresholds of the sample checks, each with its reason. A hold costs a steward one review; an undetected swap harms two patients. A value
//! between two thresholds gives no verdict.

/// With fewer single-base changes on X outside the pseudo-autosomal regions, the calls give no verdict on the sex. An exome has some hundreds; a
/// slice of a few genes has none. At a hundred, one X with 5 % wrong calls and two X with half of the calls heterozygous are ten standard
/// deviations apart.
pub(super) const LEAST_X_SITES: u64 = 100;

/// The largest share of heterozygous calls among these changes, in hundredths, that one X explains: wrong calls and wrongly placed reads.
pub(super) const MOST_HETEROZYGOUS_OF_ONE_X: u64 = 15;

/// The smallest share that two X explain. The share is 50 to 65 in most people; children of cousins have 5 to 10 less.
pub(super) const LEAST_HETEROZYGOUS_OF_TWO_X: u64 = 30;

/// From this number of homozygous or haploid single-base changes on Y outside the pseudo-autosomal regions, a Y is present. Files of women have a
/// few, from reads of X placed on Y; most of these are heterozygous.
pub(super) const LEAST_Y_SITES: u64 = 20;

/// With fewer homozygous or haploid calls on Y for each heterozygous call, the calls are wrongly placed reads.
pub(super) const LEAST_Y_FOR_EACH_HETEROZYGOUS: u64 = 3;

/// With fewer mapped reads on the autosomes in total, a file of reads gives no verdict on the sex. [`LEAST_READS_OF_EACH_AUTOSOME`] is the minimum
/// on each autosome: a slice of a few genes has no reads on most of them.
pub(super) const LEAST_AUTOSOMAL_READS: u64 = 20_000;
/// See [`LEAST_AUTOSOMAL_READS`].
pub(super) const LEAST_READS_OF_EACH_AUTOSOME: u64 = 100;

/// The same for CRAM, whose index has no counts: compressed bytes of slices that contain only one contig.
pub(super) const LEAST_AUTOSOMAL_BYTES: u64 = 1_000_000;
/// See [`LEAST_AUTOSOMAL_BYTES`].
pub(super) const LEAST_BYTES_OF_EACH_AUTOSOME: u64 = 5_000;

/// Reads for each base of X against those of the median autosome, in hundredths. In a genome, one X has 50 and two X have 100. In an exome, whose
/// targets on X are fewer, one X has 30 and two X have 60. An exome of a woman is therefore between the two thresholds and gets no verdict.
pub(super) const MOST_DEPTH_OF_ONE_X: u64 = 65;
/// See [`MOST_DEPTH_OF_ONE_X`].
pub(super) const LEAST_DEPTH_OF_TWO_X: u64 = 80;

/// Reads for each base of Y against those of X, in hundredths. A man's genome has 40 to 100 (half of Y cannot be read), a woman's has less than 5.
pub(super) const LEAST_Y_BESIDE_ONE_X: u64 = 15;
/// See [`LEAST_Y_BESIDE_ONE_X`]. Two X and a Y have 20 to 50.
pub(super) const LEAST_Y_BESIDE_TWO_X: u64 = 10;
/// See [`LEAST_Y_BESIDE_ONE_X`].
pub(super) const MOST_Y_WITHOUT_Y: u64 = 5;

/// The maximum number of sites of a fingerprint: about 50 kB for each participant. It keeps about every 240th single-base change of a genome, and
/// most changes of an exome.
pub(super) const MOST_SITES: usize = 16_384;
/// The minimum number of sites kept for one column of a joint file with very many columns.
pub(super) const LEAST_SITES_OF_A_COLUMN: usize = 512;
/// The memory for fingerprints while a file is read, in bytes.
pub(super) const FINGERPRINT_BUDGET_BYTES: usize = 256 * 1024 * 1024;

/// With fewer sites carried in both files, two fingerprints give no verdict. Under a neutral spectrum of frequencies (simulated), unrelated people
/// agree at 63 of a hundred sites, parents and children at 71, siblings at 79. At a hundred sites, siblings are four standard deviations from one
/// person.
pub(super) const LEAST_SHARED_SITES: u64 = 100;

/// The length of a window in bases. Sites in one window are mostly inherited together; sites in two windows seldom are.
pub(super) const WINDOW_BASES: u64 = 1_000_000;

/// With shared sites in fewer windows, two fingerprints do not show one person. Unrelated people often share haplotypes of one place (among 2,504
/// people, some pair now and then over 130,000 bases), and siblings share long stretches.
pub(super) const LEAST_SHARED_WINDOWS: u64 = 50;

/// The minimum percentage of sites carried in both files that have the same zygosity if both files belong to one person or to monozygotic twins.
/// Two callers on two libraries of one person differ at 1 to 3 %.
pub(super) const LEAST_AGREEMENT_OF_ONE_PERSON: u64 = 95;

/// The minimum percentage of the smaller fingerprint's sites that the other fingerprint also contains, for one person. Without this threshold,
/// people who share only rare variants would agree, because almost all carriers of rare variants are heterozygous.
pub(super) const LEAST_SHARE_OF_ONE_PERSON: u64 = 70;

/// With a lower agreement in percent, two files belong to two people. At a hundred sites this is two standard deviations above siblings.
pub(super) const MOST_AGREEMENT_OF_TWO_PEOPLE: u64 = 87;

/// The number of bands of a fingerprint; [`ROWS`] is the number of rows of a band. Two fingerprints are compared if they have an equal band. If the
/// sets agree by J, the chance is 1 - (1 - J^12)^24: 99.9 % at 0.9, 82 % at 0.8, and four in ten thousand for unrelated people (J up to 0.4). A new
/// file among 100,000 is thus compared with some forty.
pub(super) const BANDS: usize = 24;
/// See [`BANDS`].
pub(super) const ROWS: usize = 12;

/// The maximum number of fingerprints with a shared band that one column is compared with. Fingerprints with the most shared bands come first.
pub(super) const MOST_CANDIDATES: usize = 1_000;

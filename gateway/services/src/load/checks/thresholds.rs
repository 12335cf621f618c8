//! All thresholds of the sample checks, each with its reason. A hold costs a steward one review; an undetected swap harms two patients. A
//! value between two thresholds gives no verdict.

/// The minimum number of single-base changes on X, outside the pseudo-autosomal regions, for a verdict on the sex. An exome has some
/// hundreds; a slice of a few genes has none. At this minimum, one X with 5 % wrong calls and two X with half of the calls heterozygous are
/// about eight standard deviations apart.
pub(super) const LEAST_X_SITES: u64 = 100;

/// The largest percentage of heterozygous calls among the single-base changes on X that one X explains. These heterozygous calls are wrong
/// calls and wrongly placed reads.
pub(super) const MOST_HETEROZYGOUS_OF_ONE_X: u64 = 15;

/// The smallest percentage of heterozygous calls among the single-base changes on X that two X explain. The percentage is 50 to 65 in most
/// people with two X. In children of cousins it is 5 to 10 percentage points lower.
pub(super) const LEAST_HETEROZYGOUS_OF_TWO_X: u64 = 30;

/// The minimum number of homozygous or haploid single-base changes on Y, outside the pseudo-autosomal regions, that shows a Y. Files of
/// women have a few such changes, from reads of X placed on Y; most of these changes are heterozygous.
pub(super) const LEAST_Y_SITES: u64 = 20;

/// The minimum number of homozygous or haploid calls on Y for each heterozygous call on Y. If there are fewer, the calls are wrongly placed
/// reads.
pub(super) const LEAST_Y_FOR_EACH_HETEROZYGOUS: u64 = 3;

/// The minimum number of mapped reads on all autosomes together for a verdict on the sex from a file of reads.
/// [`LEAST_READS_OF_EACH_AUTOSOME`] is the minimum on each autosome, because a slice of a few genes has no reads on most autosomes.
pub(super) const LEAST_AUTOSOMAL_READS: u64 = 20_000;
/// The minimum number of mapped reads on each autosome for a verdict on the sex. See [`LEAST_AUTOSOMAL_READS`].
pub(super) const LEAST_READS_OF_EACH_AUTOSOME: u64 = 100;

/// The minimum amount of data on all autosomes together for a verdict on the sex from CRAM, in compressed bytes. The index of CRAM has no
/// counts of reads. Only slices that contain a single contig are counted.
pub(super) const LEAST_AUTOSOMAL_BYTES: u64 = 1_000_000;
/// The minimum amount of data on each autosome for a verdict on the sex from CRAM, in compressed bytes. See [`LEAST_AUTOSOMAL_BYTES`].
pub(super) const LEAST_BYTES_OF_EACH_AUTOSOME: u64 = 5_000;

/// The largest depth of X that shows one X, in percent of the depth of the median autosome. In a genome, one X has 50 and two X have 100.
/// An exome has fewer targets on X: one X has 30, and two X have 60. An exome of a woman is therefore below both thresholds of the depth of
/// X. It gets no verdict, because it has no reads on Y.
pub(super) const MOST_DEPTH_OF_ONE_X: u64 = 65;
/// The smallest depth of X that shows two X, in percent of the depth of the median autosome. See [`MOST_DEPTH_OF_ONE_X`].
pub(super) const LEAST_DEPTH_OF_TWO_X: u64 = 80;

/// The smallest depth of Y that shows a Y beside one X, in percent of the depth of X. A man's genome has 40 to 100 (half of Y cannot be
/// read), a woman's has less than 5.
pub(super) const LEAST_Y_BESIDE_ONE_X: u64 = 15;
/// The smallest depth of Y that shows a Y beside two X, in percent of the depth of X. Two X and a Y have 20 to 50. See
/// [`LEAST_Y_BESIDE_ONE_X`].
pub(super) const LEAST_Y_BESIDE_TWO_X: u64 = 10;
/// The largest depth of Y that shows two X without a Y, in percent of the depth of X. See [`LEAST_Y_BESIDE_ONE_X`].
pub(super) const MOST_Y_WITHOUT_Y: u64 = 5;

/// The maximum number of sites of a fingerprint: about 50 kB for each participant. A fingerprint keeps about every 240th single-base change
/// of a genome, and most changes of an exome.
pub(super) const MOST_SITES: usize = 16_384;
/// The minimum number of sites that are kept for each column of a joint file with very many columns.
pub(super) const LEAST_SITES_OF_A_COLUMN: usize = 512;
/// The memory for the fingerprints of all columns together while a file is read, in bytes.
pub(super) const FINGERPRINT_BUDGET_BYTES: usize = 256 * 1024 * 1024;

/// The minimum number of sites carried in both files for a verdict on two fingerprints. Under a neutral spectrum of frequencies
/// (simulated), unrelated people agree at 63 of a hundred sites, parents and children at 71, siblings at 79. At a hundred sites, siblings
/// are four standard deviations from one person.
pub(super) const LEAST_SHARED_SITES: u64 = 100;

/// The length of a window in bases. Sites in one window are mostly inherited together; sites in two windows seldom are.
pub(super) const WINDOW_BASES: u64 = 1_000_000;

/// The minimum number of windows with shared sites for the verdict that two fingerprints belong to one person. Unrelated people often share
/// haplotypes of one place (among 2,504 people, some pair now and then over 130,000 bases), and siblings share long stretches.
pub(super) const LEAST_SHARED_WINDOWS: u64 = 50;

/// The minimum percentage of equal zygosity, among the sites carried in both files, for the verdict that both files belong to one person or
/// to monozygotic twins. Two callers on two libraries of one person differ at 1 to 3 %.
pub(super) const LEAST_AGREEMENT_OF_ONE_PERSON: u64 = 95;

/// The minimum percentage of the smaller fingerprint's sites that the other fingerprint must also contain, for the verdict of one person.
/// Without this threshold, people who share only rare variants would agree, because almost all carriers of rare variants are heterozygous.
pub(super) const LEAST_SHARE_OF_ONE_PERSON: u64 = 70;

/// The agreement in percent below which two files belong to two people. At a hundred sites this is two standard deviations above siblings.
pub(super) const MOST_AGREEMENT_OF_TWO_PEOPLE: u64 = 87;

/// The number of bands of a fingerprint: hashes by which similar fingerprints are found. Each band combines [`ROWS`] parts of the
/// fingerprint. Two fingerprints are compared if they have an equal band. If J is the share of sites that two fingerprints have in common,
/// the chance of an equal band is 1 - (1 - J^12)^24. The chance is 99.9 % at 0.9 and 82 % at 0.8. It is four in ten thousand for unrelated
/// people (J up to 0.4). A new file among 100,000 is thus compared with some forty.
pub(super) const BANDS: usize = 24;
/// The number of parts of a fingerprint that one band combines. See [`BANDS`].
pub(super) const ROWS: usize = 12;

/// The maximum number of fingerprints with a shared band that one column is compared with. Fingerprints with the most shared bands come first.
pub(super) const MOST_CANDIDATES: usize = 1_000;

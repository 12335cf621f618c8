//! Every number that the sample checks decide by, and why it is that number. A hold costs a steward a look; a swap that is not seen harms two
//! patients. What lies between two thresholds is no verdict.

/// Single-base changes on X outside the pseudo-autosomal regions below which the calls say nothing of the sex. An exome has some hundreds, a
/// slice of some genes has none; at a hundred, one X with 5 % wrong calls and two X with half of them heterozygous are ten standard deviations apart.
pub(super) const LEAST_X_SITES: u64 = 100;

/// The largest share of heterozygous calls among them, in hundredths, that one X explains: wrong calls and reads placed wrongly.
pub(super) const MOST_HETEROZYGOUS_OF_ONE_X: u64 = 15;

/// The least share that two X explain. It is 50 to 65 in most people; children of cousins have 5 to 10 less.
pub(super) const LEAST_HETEROZYGOUS_OF_TWO_X: u64 = 30;

/// Homozygous or haploid single-base changes on Y outside the pseudo-autosomal regions from which a Y is there. Files of women have single ones, from reads of X placed
/// on Y, most of them heterozygous.
pub(super) const LEAST_Y_SITES: u64 = 20;

/// Homozygous or haploid calls on Y for each heterozygous one below which they are reads placed wrongly.
pub(super) const LEAST_Y_FOR_EACH_HETEROZYGOUS: u64 = 3;

/// Mapped reads on the autosomes below which a file of reads says nothing of the sex, and the least on each of them: a slice of a few genes has none on most.
pub(super) const LEAST_AUTOSOMAL_READS: u64 = 20_000;
/// See [`LEAST_AUTOSOMAL_READS`].
pub(super) const LEAST_READS_OF_EACH_AUTOSOME: u64 = 100;

/// The same for CRAM, whose index has no counts: compressed bytes of slices that lie on one contig alone.
pub(super) const LEAST_AUTOSOMAL_BYTES: u64 = 1_000_000;
/// See [`LEAST_AUTOSOMAL_BYTES`].
pub(super) const LEAST_BYTES_OF_EACH_AUTOSOME: u64 = 5_000;

/// Reads for each base of X against those of the median autosome, in hundredths. One X has 50 in a genome (30 in an exome, whose targets are fewer on X), two have
/// 100 (60): an exome of a woman lies between the two, and is judged by nothing.
pub(super) const MOST_DEPTH_OF_ONE_X: u64 = 65;
/// See [`MOST_DEPTH_OF_ONE_X`].
pub(super) const LEAST_DEPTH_OF_TWO_X: u64 = 80;

/// Reads for each base of Y against those of X, in hundredths. A man's genome has 40 to 100 (half of Y cannot be read), a woman's below 5.
pub(super) const LEAST_Y_BESIDE_ONE_X: u64 = 15;
/// See [`LEAST_Y_BESIDE_ONE_X`]. Two X and a Y have 20 to 50.
pub(super) const LEAST_Y_BESIDE_TWO_X: u64 = 10;
/// See [`LEAST_Y_BESIDE_ONE_X`].
pub(super) const MOST_Y_WITHOUT_Y: u64 = 5;

/// Sites of a fingerprint: about 50 kB for a person. Of a genome every 240th single-base change, of an exome most.
pub(super) const MOST_SITES: usize = 16_384;
/// Sites of a fingerprint of a column of a joint file, when it has very many columns.
pub(super) const LEAST_SITES_OF_A_COLUMN: usize = 512;
/// Memory for fingerprints while a file is read.
pub(super) const FINGERPRINT_BUDGET_BYTES: usize = 256 * 1024 * 1024;

/// Sites carried in both files below which two fingerprints say nothing of each other. Under a neutral spectrum of
/// frequencies unrelated people agree in 63 of a hundred, parents and children in 71, siblings in 79 (simulated): at a hundred sites siblings are four standard deviations from one person.
pub(super) const LEAST_SHARED_SITES: u64 = 100;

/// Bases of a window: what lies within it is largely inherited together, and what lies in two is seldom.
pub(super) const WINDOW_BASES: u64 = 1_000_000;

/// Windows that the shared sites lie in, below which two fingerprints are not of one person: unrelated people often have the same haplotypes of one place (of 2,504 in
/// 130,000 bases, some pair now and then), siblings those of long stretches.
pub(super) const LEAST_SHARED_WINDOWS: u64 = 50;

/// Of the sites carried in both files, how many in a hundred have the same genotype (heterozygous, or not) when both files are of one person or of monozygotic twins. Two
/// callers on two libraries of one person differ in 1 to 3.
pub(super) const LEAST_AGREEMENT_OF_ONE_PERSON: u64 = 95;

/// How many in a hundred of the smaller fingerprint's sites are then carried in the other. Without it, people who share rare variants alone, which everybody has
/// heterozygous, would agree.
pub(super) const LEAST_SHARE_OF_ONE_PERSON: u64 = 70;

/// Below this agreement two files are of two people, two standard deviations above siblings at a hundred sites.
pub(super) const MOST_AGREEMENT_OF_TWO_PEOPLE: u64 = 87;

/// Bands of a fingerprint, and rows of a band: two fingerprints are compared when a band is the same in both. With agreement J of the sets, the chance is 1 - (1 - J^12)^24:
/// 99.9 % at 0.9, 82 % at 0.8, and for unrelated people (J up to 0.4) four in ten thousand, so that a new file among 100,000 is compared with some forty.
pub(super) const BANDS: usize = 24;
/// See [`BANDS`].
pub(super) const ROWS: usize = 12;

/// How many fingerprints that share a band one column is compared with at most, those with most bands in common first.
pub(super) const MOST_CANDIDATES: usize = 1_000;

//! Checks an index that was supplied with a file. The store does not use the supplied index. An index that does not match the file shows
//! that the operator mixed up files.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use hts_formats::binning::{BinningFormat, BinningIndex, Counts, read_index_within};
use hts_formats::cram::crai::Crai;
use hts_formats::limits::MOST_GIVEN_INDEX_BYTES;

use super::{FoundIndex, InspectError, Inspected};
use crate::input_file::open_regular;

/// If a supplied index is older than the data by this time or more, the index is stale. A smaller difference can result from the order in
/// which a copy program set the file times.
const TOLERANCE: Duration = Duration::from_secs(1);

const UNREADABLE: InspectError = InspectError::IndexMismatch {
    what: "it is not an index of this format",
};

/// Checks that a supplied index is not stale and that it belongs to the data of the file.
pub(super) fn check(path: &Path, index_path: &Path, found: &Inspected) -> Result<(), InspectError> {
    let limit = MOST_GIVEN_INDEX_BYTES as u64;
    let mut bytes = Vec::new();
    open_regular(index_path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(InspectError::IndexMismatch {
            what: "it is larger than 128 MiB",
        });
    }
    let data_time = std::fs::metadata(path)?.modified()?;
    let index_time = std::fs::metadata(index_path)?.modified()?;
    if data_time.duration_since(index_time).is_ok_and(|older| older >= TOLERANCE) {
        return Err(InspectError::StaleIndex);
    }
    match &found.index {
        FoundIndex::Crai(ours) => check_crai(&bytes, ours),
        FoundIndex::Binning(ours) => check_binning(&bytes, ours, found.contigs.len()),
    }
}

fn check_crai(bytes: &[u8], ours: &Crai) -> Result<(), InspectError> {
    let given = Crai::parse(bytes).map_err(|_| UNREADABLE)?;
    let slices =
        |index: &Crai| -> BTreeSet<(u64, u64, u64)> { index.lines.iter().map(|l| (l.container, l.landmark, l.slice_bytes)).collect() };
    if slices(&given) != slices(ours) {
        return Err(InspectError::IndexMismatch {
            what: "its slices differ from the slices of the file",
        });
    }
    Ok(())
}

fn check_binning(bytes: &[u8], ours: &BinningIndex, contig_count: usize) -> Result<(), InspectError> {
    let given = read_index_within(bytes, MOST_GIVEN_INDEX_BYTES).map_err(|_| UNREADABLE)?;
    let is_vcf = !ours.names.is_empty() || ours.format == BinningFormat::Tbi;
    let fits = match given.format {
        BinningFormat::Bai => ours.format == BinningFormat::Bai || (ours.format == BinningFormat::Csi && !is_vcf),
        BinningFormat::Tbi => is_vcf,
        BinningFormat::Csi => true,
    };
    if !fits || (is_vcf && given.names.is_empty() && !given.references.is_empty()) {
        return Err(UNREADABLE);
    }
    if !is_vcf && given.references.len() > contig_count.max(ours.references.len()) {
        return Err(InspectError::IndexMismatch {
            what: "it has more contigs than the file",
        });
    }
    let mut names: BTreeSet<&String> = BTreeSet::new();
    for (number, reference) in given.references.iter().enumerate() {
        let ours_number = if is_vcf {
            let name = given.names.get(number).ok_or(UNREADABLE)?;
            names.insert(name);
            ours.names.iter().position(|n| n == name)
        } else {
            Some(number)
        };
        let of_ours = ours_number.and_then(|n| ours.references.get(n)).and_then(|r| r.counts);
        let same = match (reference.counts, of_ours) {
            (Some(given), Some(ours)) => (given.mapped, given.unmapped) == (ours.mapped, ours.unmapped),
            (Some(given), None) => given.mapped + given.unmapped == 0,
            (None, Some(_)) => !reference.bins.is_empty(),
            (None, None) => reference.bins.is_empty(),
        };
        if !same {
            return Err(InspectError::IndexMismatch {
                what: "its counts of records differ from the file",
            });
        }
    }
    let missing = ours
        .references
        .iter()
        .enumerate()
        .filter(|(_, r)| r.counts.is_some_and(|c: Counts| c.mapped + c.unmapped > 0))
        .any(|(number, _)| {
            if is_vcf {
                ours.names.get(number).is_some_and(|name| !names.contains(name))
            } else {
                number >= given.references.len()
            }
        });
    if missing {
        return Err(InspectError::IndexMismatch {
            what: "it lacks a contig on which the file has records",
        });
    }
    Ok(())
}

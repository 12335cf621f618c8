//! Makes the Beacon records of `analyses`: each describes a variant file.

use ga4gh_beacon::Analysis;
use gemj_access::PseudonymKey;
use gemj_catalogue::{OwnedSpecimen, RecordedFile};

use super::run::{TAKEN_IN, day};
use super::specimen_name;

/// The Beacon record of a variant file. The record of a joint file names no participant and no specimen. Absent if no valid day is known
/// for the file.
pub(super) fn record(names: &PseudonymKey, file: &RecordedFile) -> Option<Analysis> {
    let (day, is_stated) = day(file)?;
    let caller = file.provenance.variant_caller.as_deref();
    let mut analysis = Analysis::new(file.id.as_str(), day, caller.unwrap_or("not stated"));
    if caller.is_none() {
        let note = "the file's header names no known program";
        analysis.info.insert("pipelineName".to_owned(), note.into());
    }
    analysis.variant_caller = caller.map(str::to_owned);
    analysis.aligner = file.provenance.aligner.clone();
    analysis.info.insert("origin".to_owned(), file.origin.as_str().into());
    match &file.owners[..] {
        [owner] if !file.joint => {
            let specimen = OwnedSpecimen {
                ordinal: owner.ordinal,
                specimen: owner.specimen.clone(),
            };
            analysis.individual_id = Some(names.person(owner.ordinal));
            analysis.biosample_id = Some(specimen_name(names, &specimen));
        }
        _ => {
            analysis.info.insert("joint".to_owned(), true.into());
        }
    }
    if !is_stated {
        analysis.info.insert("analysisDate".to_owned(), TAKEN_IN.into());
    }
    Some(analysis)
}

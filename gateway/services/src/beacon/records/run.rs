//! Makes the Beacon records of `runs`: each describes a file of reads.

use ga4gh_beacon::{Date, OntologyTerm, Run};
use gemj_access::PseudonymKey;
use gemj_catalogue::{OwnedSpecimen, RecordedFile};
use gemj_model::PartialDate;

use super::specimen_name;

/// The sequencing instruments that have a known ontology term.
const MODELS: [(&str, &str); 3] = [
    ("Illumina NovaSeq 6000", "OBI:0002630"),
    ("Illumina HiSeq 3000", "OBI:0002048"),
    ("Oxford Nanopore MinION", "OBI:0002750"),
];

/// The Beacon record of a file of reads. The file contains the reads of one participant. Absent if no owner or no valid day is known for
/// the file.
pub(super) fn record(names: &PseudonymKey, file: &RecordedFile) -> Option<Run> {
    let owner = file.owners.first()?;
    let specimen = OwnedSpecimen {
        ordinal: owner.ordinal,
        specimen: owner.specimen.clone(),
    };
    let (day, is_stated) = day(file)?;
    let mut run = Run::new(file.id.as_str(), &specimen_name(names, &specimen), day);
    run.individual_id = Some(names.person(owner.ordinal));
    run.platform = file.provenance.platform.clone();
    if let Some(model) = &file.provenance.platform_model {
        run.platform_model = MODELS
            .iter()
            .find(|(name, _)| name == model)
            .and_then(|(name, id)| OntologyTerm::parse(id, Some(name)));
        if run.platform_model.is_none() {
            run.info.insert("platformModel".to_owned(), model.as_str().into());
        }
    }
    if let Some(aligner) = &file.provenance.aligner {
        run.info.insert("aligner".to_owned(), aligner.as_str().into());
    }
    if !is_stated {
        run.info.insert("runDate".to_owned(), TAKEN_IN.into());
    }
    Some(run)
}

/// The statement in a record's `info` if the header of the file does not state a date.
pub(super) const TAKEN_IN: &str = "the day on which the file was loaded; its header does not state when the file was made";

/// The day that a file's header states, or otherwise the day on which the file was loaded (UTC). The second value is true if the header
/// states the day.
pub(super) fn day(file: &RecordedFile) -> Option<(Date, bool)> {
    let stated = file.provenance.made.as_ref().map(PartialDate::as_str).and_then(Date::parse);
    match stated {
        Some(day) => Some((day, true)),
        None => Date::parse(file.created.rfc3339().get(..10)?).map(|day| (day, false)),
    }
}

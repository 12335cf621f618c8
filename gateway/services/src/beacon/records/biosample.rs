//! Makes the Beacon records of `biosamples`: each describes a specimen.

use std::collections::BTreeSet;

use ga4gh_beacon::{Biosample, Date, OntologyTerm, Procedure};
use gemj_catalogue::{OwnedSpecimen, RecordedSpecimen};
use gemj_model::{Origin, PartialDate, SpecimenStepKind};

use super::age;
use super::names::RecordNames;
use super::term::{Terms, own};

/// The Beacon record of a specimen. The record contains the year of collection, but no month or day: a day of collection would identify the
/// participant in a hospital's list of that day. The participant's age at collection is included if it is known to the year.
///
/// For the institution that sent the statements, the record contains the day of collection too.
///
/// `beside` contains the specimens of the same page. The record names the parent specimen if `beside` contains it.
pub(crate) fn record(names: &dyn RecordNames, specimen: &RecordedSpecimen, beside: &[RecordedSpecimen], terms: &Terms) -> Biosample {
    // The label that came with the kind is free text of a feed. The record contains only the label of a loaded release.
    let kind = specimen.kind_code.as_deref().and_then(|code| terms.term(code, ""));
    let kind = kind.unwrap_or_else(|| own("OBI:0100051", "specimen"));
    let mut biosample = Biosample::new(&names.of_specimen(&specimen.owned), status(&specimen.origins), kind);
    biosample.individual_id = Some(names.of_person(specimen.owned.ordinal));
    biosample.sample_origin_detail = specimen.body_site.as_deref().and_then(|site| terms.term(site, ""));
    if let (Some(born), Some(collected)) = (&specimen.born, &specimen.collected)
        && let Some((least, most)) = age::between(born, collected)
        && least == most
    {
        biosample.collection_moment = age::of_years(least);
    }
    let step = |kind: SpecimenStepKind| {
        let code = specimen.steps.iter().find(|step| step.kind == kind)?.code.as_deref()?;
        terms.term(code, "")
    };
    biosample.obtention_procedure = step(SpecimenStepKind::Collection).map(Procedure::new);
    biosample.sample_processing = step(SpecimenStepKind::Processing);
    biosample.sample_storage = step(SpecimenStepKind::Storage);
    if terms.are_for_sender() {
        biosample.collection_date = specimen.collected.as_ref().map(PartialDate::as_str).and_then(Date::parse);
    }
    if let Some(year) = specimen.collected.as_ref().and_then(year) {
        biosample.info.insert("collectionYear".to_owned(), year.into());
    }
    let parent = specimen.parent.clone().map(|parent| OwnedSpecimen {
        ordinal: specimen.owned.ordinal,
        specimen: Some(parent),
    });
    if let Some(parent) = parent.filter(|parent| beside.iter().any(|other| other.owned == *parent)) {
        biosample
            .info
            .insert("derivedFromBiosampleId".to_owned(), names.of_specimen(&parent).into());
    }
    if specimen.owned.specimen.is_none() {
        let note = "data comes from this specimen, but no source names it";
        biosample.info.insert("notNamed".to_owned(), note.into());
    }
    biosample
}

/// The status of a specimen (Beacon `biosampleStatus`), from the origins of the files that were made from it: only germline, or only
/// somatic. If no origin or both origins are stated, the status is unknown. No other information is used.
fn status(origins: &BTreeSet<Origin>) -> OntologyTerm {
    match (origins.contains(&Origin::Germline), origins.contains(&Origin::Somatic)) {
        (true, false) => own("EFO:0009654", "reference sample"),
        (false, true) => own("EFO:0009655", "abnormal sample"),
        (true, true) | (false, false) => own("NCIT:C17998", "unknown"),
    }
}

fn year(date: &PartialDate) -> Option<String> {
    date.as_str().get(..4).map(str::to_owned)
}

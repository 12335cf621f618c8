//! `biosamples`: a specimen.

use std::collections::BTreeSet;

use ga4gh_beacon::{Biosample, OntologyTerm};
use gemj_access::PseudonymKey;
use gemj_catalogue::{OwnedSpecimen, RecordedSpecimen};
use gemj_model::{Origin, PartialDate};

use super::term::{Terms, own};
use super::{age, specimen_name};

/// A specimen. Of when it was taken only the year is told, and the person's age where it is known to the year: with a day of collection a
/// hospital's list of that day names the person.
///
/// `beside` are specimens of the same page: one that it was made of is named where it is among them.
pub(super) fn record(names: &PseudonymKey, specimen: &RecordedSpecimen, beside: &[RecordedSpecimen], terms: &Terms) -> Biosample {
    // The words that came with the kind are a feed's free text: only a loaded release says what it is called.
    let kind = specimen.kind_code.as_deref().and_then(|code| terms.term(code, ""));
    let kind = kind.unwrap_or_else(|| own("OBI:0100051", "specimen"));
    let mut biosample = Biosample::new(&specimen_name(names, &specimen.owned), status(&specimen.origins), kind);
    biosample.individual_id = Some(names.person(specimen.owned.ordinal));
    biosample.sample_origin_detail = specimen.body_site.as_deref().and_then(|site| terms.term(site, ""));
    if let (Some(born), Some(collected)) = (&specimen.born, &specimen.collected)
        && let Some((least, most)) = age::between(born, collected)
        && least == most
    {
        biosample.collection_moment = age::of_years(least);
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
            .insert("derivedFromBiosampleId".to_owned(), specimen_name(names, &parent).into());
    }
    if specimen.owned.specimen.is_none() {
        let note = "data were made from it, and no source says which specimen it is";
        biosample.info.insert("notNamed".to_owned(), note.into());
    }
    biosample
}

/// What the files made from a specimen alone were loaded as: variants of the germline, or of a tumour. Where nothing, or both, is stated it is
/// unknown; it is concluded from nothing else.
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

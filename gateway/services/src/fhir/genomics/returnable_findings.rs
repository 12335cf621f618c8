//! The alleles of a patient's case reports that may be returned to the patient's hospital, with the kind and certainty of each finding.

use std::collections::BTreeMap;

use gemj_access::Grant;
use gemj_catalogue::ReportedAllele;
use gemj_model::{FindingKind, Ordinal, Reportable};

/// A reported allele that may be returned.
pub(super) struct Finding {
    pub(super) reported: ReportedAllele,
    pub(super) how: Reportable,
}

/// The alleles that may be returned, each once, as the latest report states them. If a later report rejects an allele or calls it benign,
/// an earlier statement about the allele is not returned.
///
/// A secondary finding requires this patient's clause `incidental-findings` at this moment. A finding that is not stated to be primary or
/// secondary is never returned.
pub(super) fn findings(grant: &Grant, patient: Ordinal, reported: Vec<ReportedAllele>) -> Vec<Finding> {
    let may_be_told = |allele: &ReportedAllele, how: Reportable| match how.kind {
        FindingKind::Primary => true,
        FindingKind::Secondary => opens_incidental(grant, patient, allele),
        FindingKind::Unknown => false,
    };
    let told = once(reported).into_iter().filter_map(|reported| {
        let how = gemj_model::interpretation::reportable(&reported.interpretations)?;
        may_be_told(&reported, how).then_some(Finding { reported, how })
    });
    told.collect()
}

/// Whether findings other than primary findings may be returned for the patient in the dataset of this allele.
fn opens_incidental(grant: &Grant, patient: Ordinal, allele: &ReportedAllele) -> bool {
    grant
        .dataset(&allele.dataset)
        .is_some_and(|dataset| dataset.incidental_findings().contains(patient.0))
}

/// Each allele once, as the latest report states it.
fn once(reported: Vec<ReportedAllele>) -> Vec<ReportedAllele> {
    let mut latest: BTreeMap<_, ReportedAllele> = BTreeMap::new();
    for allele in reported {
        let place = (allele.assembly, allele.contig.clone(), allele.start_0, allele.origin);
        let bases = (allele.reference.clone(), allele.alternate.clone());
        let known = latest.entry((place, bases)).or_insert_with(|| allele.clone());
        if known.recorded < allele.recorded {
            *known = allele;
        }
    }
    latest.into_values().collect()
}

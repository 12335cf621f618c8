//! Maps the medical actions of a packet to treatments and procedures. The disease that an action treats is a detail of the action, and never a
//! disease of the participant.

use ga4gh_phenopackets::{
    Action, MedicalAction, OntologyClass, Phenopacket, Procedure, Quantity, RadiationTherapy, RegimenStatus, TherapeuticRegimen,
    TimeElement, Treatment,
};
use gemj_model::{DetailName, Fact, FactDetail, FactKind, FactStatus};

use super::details::{all, coded, text};
use super::{moment, onset_text, resolution, unknown_members};
use crate::semantics::{Modifier, in_name, modified};

/// The fact of an action; `None` if the packet does not state what was done.
pub(super) fn fact(packet: &Phenopacket, stated: &MedicalAction) -> Option<Fact> {
    let mut made = match stated.action.as_ref()? {
        Action::Procedure(procedure) => of_procedure(procedure)?,
        Action::Treatment(treatment) => of_treatment(treatment)?,
        Action::RadiationTherapy(therapy) => of_radiation(therapy)?,
        Action::TherapeuticRegimen(regimen) => of_regimen(regimen)?,
    };
    made.details.extend(all(DetailName::Reason, &stated.target));
    made.details.extend(all(DetailName::Intent, &stated.intent));
    made.details.extend(all(DetailName::Response, &stated.response));
    made.details.extend(all(DetailName::AdverseEvent, &stated.adverse_events));
    made.details.extend(all(DetailName::EndReason, &stated.termination_reason));
    let modifiers = [
        in_name(&made.term.label),
        resolution::planned(packet, made.start.as_ref()),
        unknown_members(stated.has_unknown),
        made.modifier,
    ];
    Some(Fact {
        kind: made.kind,
        code: made.term.id.clone(),
        label: made.term.label.clone(),
        status: modified(FactStatus::Present, &modifiers),
        onset: made.start.as_ref().map(onset_text),
        value: None,
        observed: made.start.as_ref().and_then(moment),
        details: made.details,
    })
}

/// Whether an action makes a fact.
pub(in crate::phenopacket) fn is_action(stated: &MedicalAction) -> bool {
    stated.action.as_ref().is_some_and(|action| match action {
        Action::Procedure(procedure) => procedure.code.is_some(),
        Action::Treatment(treatment) => treatment.agent.is_some(),
        Action::RadiationTherapy(therapy) => therapy.modality.is_some(),
        Action::TherapeuticRegimen(regimen) => regimen.regimen.is_some(),
    })
}

struct Made<'a> {
    kind: FactKind,
    term: &'a OntologyClass,
    start: Option<TimeElement>,
    modifier: Modifier,
    details: Vec<FactDetail>,
}

fn of_procedure(procedure: &Procedure) -> Option<Made<'_>> {
    Some(Made {
        kind: FactKind::Procedure,
        term: procedure.code.as_ref()?,
        start: procedure.performed.clone(),
        modifier: Modifier::Neutral,
        details: all(DetailName::BodySite, &procedure.body_site).collect(),
    })
}

fn of_treatment(treatment: &Treatment) -> Option<Made<'_>> {
    let mut details: Vec<FactDetail> = all(DetailName::Route, &treatment.route).collect();
    details.extend(treatment.drug_type.map(|name| text(DetailName::DrugType, name)));
    for interval in &treatment.dose_intervals {
        details.extend(interval.quantity.as_ref().map(dose));
        details.extend(all(DetailName::Frequency, &interval.frequency));
        details.extend(interval.start.as_ref().map(|start| text(DetailName::Start, start)));
        details.extend(interval.end.as_ref().map(|end| text(DetailName::End, end)));
    }
    let start = treatment.dose_intervals.iter().find_map(|interval| interval.start.clone());
    Some(Made {
        kind: FactKind::Treatment,
        term: treatment.agent.as_ref()?,
        start: start.map(TimeElement::Timestamp),
        modifier: Modifier::Neutral,
        details,
    })
}

/// A dose as one text: the number and the unit.
fn dose(quantity: &Quantity) -> FactDetail {
    let unit = quantity.unit.as_ref().map(|unit| unit.id.as_str()).unwrap_or_default();
    text(DetailName::Dose, format!("{} {unit}", quantity.value).trim_end())
}

fn of_radiation(therapy: &RadiationTherapy) -> Option<Made<'_>> {
    let mut details: Vec<FactDetail> = all(DetailName::BodySite, &therapy.body_site).collect();
    details.extend(therapy.dosage.map(|gray| text(DetailName::Dose, &format!("{gray} Gy"))));
    details.extend(
        therapy
            .fractions
            .map(|count| text(DetailName::Frequency, &format!("{count} fractions"))),
    );
    Some(Made {
        kind: FactKind::Treatment,
        term: therapy.modality.as_ref()?,
        start: None,
        modifier: Modifier::Neutral,
        details,
    })
}

fn of_regimen(regimen: &TherapeuticRegimen) -> Option<Made<'_>> {
    let mut details = Vec::new();
    details.extend(regimen.start.as_ref().map(|start| text(DetailName::Start, &onset_text(start))));
    details.extend(regimen.end.as_ref().map(|end| text(DetailName::End, &onset_text(end))));
    Some(Made {
        kind: FactKind::Treatment,
        term: regimen.regimen.as_ref()?,
        start: regimen.start.clone(),
        modifier: match regimen.status {
            RegimenStatus::Started | RegimenStatus::Completed | RegimenStatus::Discontinued => Modifier::Neutral,
            // The packet does not state that the participant was treated.
            RegimenStatus::Unknown => Modifier::Unknown,
        },
        details,
    })
}

/// What a packet states about a disease beside its code: stages, findings of TNM, site and side.
pub(super) fn of_disease(disease: &ga4gh_phenopackets::Disease) -> Vec<FactDetail> {
    let mut details: Vec<FactDetail> = all(DetailName::Stage, &disease.stage).collect();
    details.extend(all(DetailName::Tnm, &disease.tnm));
    details.extend(disease.primary_site.iter().map(|site| coded(DetailName::BodySite, site)));
    details.extend(disease.laterality.iter().map(|side| coded(DetailName::Laterality, side)));
    details
}

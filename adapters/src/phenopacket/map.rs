//! Maps a packet to facts of the data model.

mod action;
mod carriers;
mod details;
mod interpretation;
mod measurement;
mod names;
mod resolution;
mod secondary;

use ga4gh_phenopackets::{Document, OntologyClass, Phenopacket, PhenotypicFeature, TimeElement};
use gemj_model::fact::{CaseRecord, FactSource};
use gemj_model::{DetailName, Fact, FactDetail, FactKind, FactStatus, PartialDate, ParticipantId, Sex};
use thiserror::Error;

use super::{MappedPacket, Refusal, members};
use crate::semantics::{Modifier, in_feature_name, in_name, modified, of_term};
use crate::target::Target;

pub(super) use action::is_action;
pub(super) use measurement::has_fact;
pub(super) use names::is_stored_expression;

/// Why a well-formed packet is refused by the mapping. Positions count from 0, as in a JSON pointer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum MapError {
    #[error("/subject/taxonomy is not Homo sapiens")]
    NotHuman,
    #[error("/phenotypicFeatures/{at} is both present and excluded at the same time")]
    ContradictoryFeature { at: usize },
    #[error("/diseases/{at} is both present and excluded at the same time")]
    ContradictoryDisease { at: usize },
    #[error("{0}")]
    Finding(#[from] carriers::FindingError),
}

impl From<MapError> for Refusal {
    fn from(error: MapError) -> Self {
        let reason_code = match &error {
            MapError::NotHuman => "not-human",
            MapError::ContradictoryFeature { .. } | MapError::ContradictoryDisease { .. } => "contradiction",
            MapError::Finding(error) => error.code(),
        };
        Self {
            reason_code,
            detail: error.to_string(),
        }
    }
}

/// Maps a whole packet. `document` is the document from which the packet was read.
///
/// Only `diseases` become disease facts. The disease that a medical action treats is a detail of the action. The disease of an interpretation is only the hypothesis with which a genome was examined. If the
/// hypothesis was confirmed, the packet also contains the disease in `diseases`.
///
/// # Errors
/// [`MapError`] if the packet is refused. No part of the packet is then ingested.
pub(super) fn map(
    document: &Document,
    packet: &Phenopacket,
    participant: ParticipantId,
    target: &Target,
    source: FactSource,
) -> Result<MappedPacket, MapError> {
    if packet.subject.taxonomy.as_ref().is_some_and(|t| t.id != "NCBITaxon:9606") {
        return Err(MapError::NotHuman);
    }
    let features: Vec<Fact> = packet
        .phenotypic_features
        .iter()
        .map(|f| {
            let mut modifiers: Vec<Modifier> = f.modifiers.iter().map(|term| of_term(&term.id, &term.label)).collect();
            modifiers.push(resolution::resolved(packet, f.resolution.as_ref()));
            modifiers.push(unknown_members(f.has_unknown));
            // Both a presence and an absence that no person stated are not confirmed.
            if f.is_automatic {
                return automatic(f, &modifiers);
            }
            modifiers.push(in_feature_name(&f.feature_type.id, &f.feature_type.label));
            fact(FactKind::Phenotype, &f.feature_type, f.excluded, f.onset.as_ref(), &modifiers)
        })
        .collect();
    let diseases: Vec<Fact> = packet
        .diseases
        .iter()
        .map(|d| {
            let modifiers = [
                in_name(&d.term.label),
                resolution::resolved(packet, d.resolution.as_ref()),
                unknown_members(d.has_unknown),
            ];
            Fact {
                details: action::of_disease(d),
                ..fact(FactKind::Disease, &d.term, d.excluded, d.onset.as_ref(), &modifiers)
            }
        })
        .collect();
    if let Some(at) = contradiction(&features) {
        return Err(MapError::ContradictoryFeature { at });
    }
    if let Some(at) = contradiction(&diseases) {
        return Err(MapError::ContradictoryDisease { at });
    }
    let measured = packet.measurements.iter().flat_map(|m| measurement::facts(packet, m));
    let done = packet.medical_actions.iter().filter_map(|a| action::fact(packet, a));
    let found = carriers::carriers(packet, &participant)?;
    let sex = match packet.subject.sex {
        ga4gh_phenopackets::Sex::Unknown => Sex::Unknown,
        ga4gh_phenopackets::Sex::Female => Sex::Female,
        ga4gh_phenopackets::Sex::Male => Sex::Male,
        ga4gh_phenopackets::Sex::Other => Sex::Other,
    };
    Ok(MappedPacket {
        record: CaseRecord {
            dataset: target.dataset().clone(),
            participant,
            family: None,
            sex,
            born: None,
            age_at_last_encounter: packet.subject.time_at_last_encounter.as_ref().and_then(age),
            facts: features.into_iter().chain(diseases).chain(measured).chain(done).collect(),
            carriers: found.observations,
            specimens: Vec::new(),
            source,
        },
        content: super::content::kept(document),
        variants_not_counted: found.not_counted,
        members_unread: packet.unread,
        members_unknown: packet.unknown,
        not_stored: members::not_stored(document, packet, &found.stored),
        findings: found.stored,
        repairs: Vec::new(),
    })
}

/// The effect of members that the specification does not define. They were not read, so they can state that the feature was not observed.
fn unknown_members(has_unknown: bool) -> Modifier {
    if has_unknown { Modifier::Unknown } else { Modifier::Neutral }
}

/// A feature whose evidence is an automatic assertion. It is never present or excluded.
fn automatic(feature: &PhenotypicFeature, modifiers: &[Modifier]) -> Fact {
    let stated = fact(
        FactKind::Phenotype,
        &feature.feature_type,
        feature.excluded,
        feature.onset.as_ref(),
        modifiers,
    );
    Fact {
        details: vec![FactDetail {
            name: DetailName::ExtractedStatus,
            code: None,
            text: stated.status.as_str().to_owned(),
        }],
        status: FactStatus::NotConfirmed,
        ..stated
    }
}

fn fact(kind: FactKind, term: &OntologyClass, excluded: bool, onset: Option<&TimeElement>, modifiers: &[Modifier]) -> Fact {
    let stated = if excluded { FactStatus::Excluded } else { FactStatus::Present };
    Fact {
        kind,
        code: term.id.clone(),
        label: term.label.clone(),
        status: modified(stated, modifiers),
        onset: onset.map(onset_text),
        value: None,
        observed: None,
        details: Vec::new(),
    }
}

/// The age in a time element: an age, or the two ends of an age range. `None` for any other time element (a term, a date, weeks of a
/// pregnancy).
fn age(time: &TimeElement) -> Option<String> {
    match time {
        TimeElement::Age(_) | TimeElement::AgeRange { .. } => Some(onset_text(time)),
        TimeElement::Timestamp(_) | TimeElement::Interval { .. } | TimeElement::GestationalAge { .. } | TimeElement::OntologyClass(_) => {
            None
        }
    }
}

/// The day of a moment in RFC 3339; `None` for any other time element.
fn moment(time: &TimeElement) -> Option<PartialDate> {
    match time {
        TimeElement::Timestamp(moment) => PartialDate::parse(moment.get(..10)?).ok(),
        TimeElement::Age(_)
        | TimeElement::AgeRange { .. }
        | TimeElement::Interval { .. }
        | TimeElement::GestationalAge { .. }
        | TimeElement::OntologyClass(_) => None,
    }
}

/// The onset as one line of text: a duration, a term, a moment, `start/end`, or `gestation:P33W2D`.
fn onset_text(onset: &TimeElement) -> String {
    let between =
        |start: &Option<String>, end: &Option<String>| format!("{}/{}", start.as_deref().unwrap_or(".."), end.as_deref().unwrap_or(".."));
    match onset {
        TimeElement::Age(text) | TimeElement::Timestamp(text) => text.clone(),
        TimeElement::AgeRange { start, end } | TimeElement::Interval { start, end } => between(start, end),
        TimeElement::GestationalAge { weeks, days } => format!("gestation:P{weeks}W{days}D"),
        TimeElement::OntologyClass(term) => term.id.clone(),
    }
}

/// The index of the first fact that contradicts an earlier fact about the same term at the same time; `None` if no facts contradict each other.
/// Presence at one age and absence at another age do not contradict each other.
fn contradiction(facts: &[Fact]) -> Option<usize> {
    let mut seen = std::collections::HashMap::new();
    facts.iter().enumerate().find_map(|(at, fact)| {
        let is_there = match fact.status {
            FactStatus::Present => true,
            FactStatus::Excluded | FactStatus::RuledOut => false,
            FactStatus::Suspected | FactStatus::History | FactStatus::NotConfirmed | FactStatus::NotUnderstood => return None,
        };
        let earlier = seen.insert((fact.code.as_str(), fact.onset.as_deref()), is_there);
        earlier.is_some_and(|was_there| was_there != is_there).then_some(at)
    })
}

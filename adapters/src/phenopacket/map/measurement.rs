//! Maps the measurements of a packet. Each number of a complex value becomes a fact of its own.

use ga4gh_phenopackets::{Measurement, MeasurementValue, OntologyClass, Phenopacket, Quantity};
use gemj_model::{DetailName, Fact, FactDetail, FactKind, FactStatus, MeasuredValue};

use super::details::{coded, text};
use super::{moment, onset_text, resolution, unknown_members};
use crate::semantics::modified;

/// The facts of a measurement; none if its assay or its value is not stated.
pub(super) fn facts(packet: &Phenopacket, measured: &Measurement) -> Vec<Fact> {
    let Some(assay) = &measured.assay else { return Vec::new() };
    match &measured.value {
        None => Vec::new(),
        Some(MeasurementValue::Quantity(quantity)) => vec![number(packet, measured, assay, quantity)],
        Some(MeasurementValue::OntologyClass(term)) => vec![fact(
            packet,
            measured,
            assay,
            MeasuredValue::Coded {
                code: term.id.clone(),
                label: term.label.clone(),
            },
        )],
        Some(MeasurementValue::Complex(parts)) => {
            let parts = parts.iter().filter_map(|part| {
                let mut fact = number(packet, measured, part.kind.as_ref()?, part.quantity.as_ref()?);
                fact.details.push(coded(DetailName::Panel, assay));
                Some(fact)
            });
            parts.collect()
        }
    }
}

/// Whether a measurement makes a fact. A measurement of several values makes one if at least one of its values does.
pub(in crate::phenopacket) fn has_fact(measured: &Measurement) -> bool {
    measured.assay.is_some()
        && measured.value.as_ref().is_some_and(|value| match value {
            MeasurementValue::Quantity(_) | MeasurementValue::OntologyClass(_) => true,
            MeasurementValue::Complex(parts) => parts.iter().any(|part| part.kind.is_some() && part.quantity.is_some()),
        })
}

fn number(packet: &Phenopacket, measured: &Measurement, code: &OntologyClass, quantity: &Quantity) -> Fact {
    let value = MeasuredValue::Quantity {
        comparator: None,
        number: quantity.value.clone(),
        unit: quantity.unit.as_ref().map(|unit| unit.id.clone()).unwrap_or_default(),
    };
    let mut fact = fact(packet, measured, code, value);
    if let Some(range) = &quantity.reference_range {
        let range = format!("{}/{}", range.low, range.high);
        fact.details.push(text(DetailName::ReferenceRange, &range));
    }
    fact
}

fn fact(packet: &Phenopacket, measured: &Measurement, code: &OntologyClass, value: MeasuredValue) -> Fact {
    let modifiers = [
        resolution::planned(packet, measured.time_observed.as_ref()),
        unknown_members(measured.has_unknown),
    ];
    let method = measured.procedure.as_ref().and_then(|procedure| procedure.code.as_ref());
    let details: Vec<FactDetail> = method.map(|term| coded(DetailName::Method, term)).into_iter().collect();
    Fact {
        kind: FactKind::Measurement,
        code: code.id.clone(),
        label: code.label.clone(),
        status: modified(FactStatus::Present, &modifiers),
        onset: measured.time_observed.as_ref().map(onset_text),
        value: Some(value),
        observed: measured.time_observed.as_ref().and_then(moment),
        details,
    }
}

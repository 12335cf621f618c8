//! Makes the measurements in the Beacon record of a participant.

use ga4gh_beacon::{Date, Measurement, MeasurementValue, OntologyTerm, Quantity, TimeElement};
use gemj_catalogue::RecordedPerson;
use gemj_model::{Fact, MeasuredValue, PartialDate};

use super::age;
use super::term::{Terms, label};

/// Units whose usual spelling is their UCUM code.
const UCUM: [&str; 40] = [
    "%", "1", "/uL", "10*3/uL", "10*6/uL", "10*9/L", "10*12/L", "Cel", "IU/L", "IU/mL", "L", "U/L", "U/mL", "cm", "d", "dB", "fL", "g",
    "g/L", "g/dL", "h", "kPa", "kg", "kg/m2", "m", "mL", "mL/min", "meq/L", "mg", "mg/L", "mg/dL", "min", "mm", "mm/h", "mm[Hg]", "mmol/L",
    "ng/mL", "pg", "pg/mL", "umol/L",
];

/// The Beacon form of a measurement, with the participant's age or range of ages at the measurement if the dates are known. Absent if
/// Beacon cannot express the value: a bound (`< 5`) would be read as the value itself, and free text can contain anything.
pub(super) fn measurement(term: OntologyTerm, fact: &Fact, person: &RecordedPerson, terms: &Terms) -> Option<Measurement> {
    let value = match fact.value.as_ref()? {
        MeasuredValue::Quantity {
            comparator: None,
            number,
            unit: received,
        } => MeasurementValue::Quantity(Quantity::try_new(number.parse().ok()?, unit(received, terms)?)?),
        MeasuredValue::Coded { code, label } => MeasurementValue::Term(terms.term(code, label)?),
        MeasuredValue::Quantity { comparator: Some(_), .. } | MeasuredValue::Text(_) => return None,
    };
    let mut measured = Measurement::new(term, value);
    if terms.are_for_sender() {
        measured.date = fact.observed.as_ref().map(PartialDate::as_str).and_then(Date::parse);
    }
    let seen = person
        .born
        .as_ref()
        .zip(fact.observed.as_ref())
        .and_then(|(born, at)| age::between(born, at));
    measured.observation_moment = match seen {
        Some((least, most)) if least == most => age::of_years(least).map(TimeElement::Age),
        Some((least, most)) => age::of_years(least)
            .zip(age::of_years(most))
            .map(|(start, end)| TimeElement::AgeRange { start, end }),
        None => None,
    };
    Some(measured)
}

/// The Beacon term of a unit. A term of a known code system is unchanged. A UCUM code gets the prefix `UCUM:`. Any other text gets the
/// prefix `unit:`, which is not a code system. An empty text, or a text of more than 40 characters, becomes `unit:not-stated`.
fn unit(received: &str, terms: &Terms) -> Option<OntologyTerm> {
    if let Some(term) = terms.term(received, "") {
        return Some(term);
    }
    let text = label(received).filter(|text| text.chars().count() <= 40);
    match text {
        Some(text) if UCUM.contains(&text.as_str()) => OntologyTerm::parse(&format!("UCUM:{text}"), Some(&text)),
        Some(text) => OntologyTerm::parse(&format!("unit:{text}"), Some(&text)),
        None => OntologyTerm::parse("unit:not-stated", None),
    }
}

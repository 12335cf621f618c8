//! Reads from a unit the person whom the unit describes: number, sex, date of birth.

use gemj_model::{PartialDate, Sex};

use super::map::Refusal;
use crate::profile::{Format, Placed, Profile};
use crate::unit::Unit;

/// The institution's number for the person. It is used only to find the participant.
pub(super) fn number(profile: &Profile, unit: &Unit) -> Result<String, Refusal> {
    let mut numbers = match profile.format() {
        // A record id with a space is another record id than the one without it.
        Format::Redcap => as_received(&profile.participant, unit),
        Format::SsMix2 | Format::Odm | Format::Miabis | Format::Fhir => values(&profile.participant, unit)?,
    };
    // A deleted unit has no records, so the number is read from the unit's key. In SS-MIX2, the key begins with the patient's number.
    if numbers.is_empty() && unit.deleted && profile.format() == Format::SsMix2 {
        numbers.extend(unit.key.split('\u{1f}').next().map(str::to_owned));
    }
    numbers.dedup();
    match &mut numbers[..] {
        [number] if !number.is_empty() => Ok(std::mem::take(number)),
        [] | [_] => Err(Refusal::new(
            "no-number",
            "the unit has no person's number at the place that the profile names",
        )),
        _ => Err(Refusal::new("several-numbers", "the unit has numbers of more than one person")),
    }
}

/// The person's sex; unknown if no record states it. All records that state a sex must agree.
pub(super) fn sex(profile: &Profile, unit: &Unit) -> Result<Sex, Refusal> {
    let Some(placed) = &profile.sex else {
        return Ok(Sex::Unknown);
    };
    let mut known = Sex::Unknown;
    for word in values(placed, unit)? {
        let sex = Sex::parse(&word).ok_or_else(|| Refusal::new("unknown-code", "sex: is not a known word"))?;
        match (known, sex) {
            (_, Sex::Unknown) => {}
            (Sex::Unknown, sex) => known = sex,
            (known, sex) if known == sex => {}
            _ => return Err(Refusal::new("contradiction", "two records of the unit state different sexes")),
        }
    }
    Ok(known)
}

/// The person's date of birth without the day, as exact as the most exact record states it. `None` if no record states a date.
pub(super) fn born(profile: &Profile, unit: &Unit) -> Result<Option<PartialDate>, Refusal> {
    let Some(placed) = &profile.born else {
        return Ok(None);
    };
    let mut known: Option<PartialDate> = None;
    for text in values(placed, unit)? {
        let date = PartialDate::parse(&text).map_err(|_| Refusal::new("bad-date", "birth: is not a date"))?;
        known = match known {
            Some(known) if !known.agrees_with(&date) => {
                return Err(Refusal::new("contradiction", "two records of the unit state different births"));
            }
            Some(known) if known.as_str().len() >= date.as_str().len() => Some(known),
            Some(_) | None => Some(date),
        };
    }
    Ok(known.map(|date| date.to_month()))
}

/// The fields of `placed` in all records of its kind, in order, with the spaces around them.
fn as_received(placed: &Placed, unit: &Unit) -> Vec<String> {
    let records = unit.records.iter().enumerate().filter(|(_, record)| placed.is_in(&record.kind));
    let values = records.filter_map(|(at, _)| placed.value.selectors().first().and_then(|selector| selector.value(unit, at)));
    values.map(str::to_owned).collect()
}

/// The values of `placed` in all records of its kind, in order.
fn values(placed: &Placed, unit: &Unit) -> Result<Vec<String>, Refusal> {
    let mut values = Vec::new();
    for (at, record) in unit.records.iter().enumerate() {
        if placed.is_in(&record.kind) {
            let value = placed.value.value(unit, at);
            values.extend(value.map_err(|fault| Refusal::of_value("the person", at, &fault))?);
        }
    }
    Ok(values)
}

//! Chooses the cases of the institution feeds, their patient numbers and their facts. The result depends only on the programme's plan.

use std::collections::BTreeSet;

use gemj_model::{Clause, ClauseSet, ParticipantId, Sex, SpecimenId, Timestamp};

use super::case::{CaseDiagnosis, CaseFeature, CaseLab, CaseSpecimen, Identity, InstitutionCase, LocalNumbers, SpecimenKind};
use super::code_tables::{DiseaseName, FAMILY_NAMES, FEMALE_NAMES, LAB_TESTS, LabTest, MALE_NAMES, OF_ADULTS, OF_CHILDREN, of_programme};
use crate::error::DemoError;
use crate::prng::Draw;
use crate::programme::hpo::{SEIZURE, label};
use crate::programme::person::{Day, Hospital, RARE_DISEASE};
use crate::programme::{Person, Programme, REFERENCE_DATE, is_public};

/// The number of cases in the institution feeds.
pub const CASES: usize = 20;

/// The last possible day of a participant's first diagnosis in the institution feeds. Ages of the participants are computed for this day.
const LAST_DAY: Day = Day {
    year: 2025,
    month: 9,
    day: 28,
};

/// The cases of the institution feeds, in the order of the programme's participants.
pub(super) fn plan(programme: &Programme) -> Result<Vec<InstitutionCase>, DemoError> {
    let people = chosen(programme)?;
    let numbers = numbers();
    people.iter().zip(numbers).map(|(person, numbers)| case(person, numbers)).collect()
}

/// The participants of the cases: members of the rare disease dataset at one hospital. Members whose consent covers the public tier are
/// chosen first, then members with consent to the programme's own studies. Among members with the same rank of consent, members with their
/// own VCF are chosen first.
fn chosen(programme: &Programme) -> Result<Vec<&Person>, DemoError> {
    let now = Timestamp::parse(REFERENCE_DATE).map_err(|_| DemoError::Plan { what: "time" })?;
    let standing = programme.standing(now, now)?;
    let mut people: Vec<&Person> = programme.members(RARE_DISEASE).filter(|p| p.hospital == Hospital::A).collect();
    people.sort_by_key(|p| (consent_rank(standing[p.index]), !programme.files.vcf.contains(&p.index), p.index));
    people.truncate(CASES);
    if people.len() < CASES {
        return Err(DemoError::Plan {
            what: "number of institution cases",
        });
    }
    people.sort_by_key(|p| p.index);
    Ok(people)
}

fn consent_rank(standing: ClauseSet) -> u8 {
    if is_public(standing) {
        0
    } else if standing.contains_all(ClauseSet::EMPTY.with(Clause::StudyUse)) {
        1
    } else {
        2
    }
}

/// The patient numbers of the cases. Each namespace has its own order, so that a join by position is wrong.
fn numbers() -> Vec<LocalNumbers> {
    let mut draw = Draw::of(&[0x1D5]);
    let mut hospital = BTreeSet::new();
    while hospital.len() < CASES {
        // About half of the hospital numbers begin with a zero, which is lost if a number is not stored as text.
        hospital.insert(draw.below(20_000_000));
    }
    let hospital: Vec<u64> = hospital.into_iter().collect();
    let orders = [1, 2, 3, 4].map(shuffled);
    (0..CASES)
        .map(|at| LocalNumbers {
            hospital: format!("{:08}", hospital[orders[0][at]]),
            edc: format!("EDC-{:04}", orders[1][at] + 1),
            redcap: orders[2][at] as u32 + 1,
            biobank: format!("BB-{:04}", orders[3][at] + 1),
        })
        .collect()
}

fn shuffled(namespace: u64) -> Vec<usize> {
    let mut draw = Draw::of(&[0x1D6, namespace]);
    let mut order: Vec<usize> = (0..CASES).collect();
    for at in (1..CASES).rev() {
        order.swap(at, draw.below(at as u64 + 1) as usize);
    }
    order
}

fn case(person: &Person, numbers: LocalNumbers) -> Result<InstitutionCase, DemoError> {
    let draw = |part: u64| Draw::of(&[0x1D7, person.index as u64, part]);
    Ok(InstitutionCase {
        participant: ParticipantId::parse(&person.id).map_err(|_| DemoError::Plan { what: "participant id" })?,
        numbers,
        sex: person.sex,
        born: person.born,
        diagnoses: diagnoses(person, &mut draw(1))?,
        labs: labs(&mut draw(2)),
        features: features(person, &mut draw(3)),
        specimens: specimens(person, &mut draw(4))?,
        identity: identity(person, &mut draw(5)),
    })
}

/// The diagnoses of a case: the programme's own diagnosis if the participant has one, and often a common disease. Relatives have only
/// common diseases.
fn diagnoses(person: &Person, draw: &mut Draw) -> Result<Vec<CaseDiagnosis>, DemoError> {
    let common: &[DiseaseName] = if person.born.years_until(LAST_DAY) < 18 {
        &OF_CHILDREN
    } else {
        &OF_ADULTS
    };
    let earliest = person.born.plus_years(1).max(day(2015, 1));
    let stated = |name: &DiseaseName, date, suspected| CaseDiagnosis {
        icd10: name.icd10,
        label: name.label,
        exchange_key: name.exchange_key,
        date,
        suspected,
    };
    let first = match person.diagnosis {
        Some(diagnosis) => {
            let name = of_programme(diagnosis.id).ok_or(DemoError::Plan { what: "disease name" })?;
            stated(name, plus_months(person.born, diagnosis.onset_months).min(LAST_DAY), false)
        }
        None => stated(draw.pick(common), between(earliest, day(2023, 12), draw), false),
    };
    let mut all = vec![first];
    let second = draw.pick(common);
    if draw.per_mille(600) && second.icd10 != all[0].icd10 {
        let suspected = draw.per_mille(500);
        all.push(stated(second, between(day(2024, 1), day(2025, 8), draw), suspected));
    }
    Ok(all)
}

fn labs(draw: &mut Draw) -> Vec<CaseLab> {
    let dates = [
        between(day(2024, 10), day(2025, 3), draw),
        between(day(2025, 4), day(2025, 8), draw),
    ];
    let count = 2 + draw.below(3) as usize;
    let mut left: Vec<&LabTest> = LAB_TESTS.iter().collect();
    let mut labs: Vec<CaseLab> = (0..count)
        .map(|_| {
            let test = left.swap_remove(draw.below(left.len() as u64) as usize);
            let date = *draw.pick(&dates);
            result(test, date, draw)
        })
        .collect();
    labs.sort_by_key(|lab| (lab.date, lab.jlac10));
    labs
}

fn result(test: &LabTest, date: Day, draw: &mut Draw) -> CaseLab {
    let drawn = test.range.0 + draw.below(test.range.1 - test.range.0);
    let scale = 10_u64.pow(test.decimals as u32);
    let number = if test.decimals == 0 {
        drawn.to_string()
    } else {
        format!("{}.{:0width$}", drawn / scale, drawn % scale, width = test.decimals)
    };
    let (comparator, number) = match test.bound.filter(|_| draw.per_mille(600)) {
        Some((comparator, bound)) => (Some(comparator), bound.to_owned()),
        None => (None, number),
    };
    CaseLab {
        jlac10: test.jlac10,
        label: test.label,
        comparator,
        number,
        unit: test.unit,
        date,
    }
}

/// The features of a case: up to three features that the Phenopacket contains too. A participant without features gets one feature that was
/// looked for and not found.
fn features(person: &Person, draw: &mut Draw) -> Vec<CaseFeature> {
    let of = |term, excluded| CaseFeature {
        term,
        label: label(term),
        excluded,
    };
    let mut features: Vec<CaseFeature> = person.features.iter().take(3).map(|f| of(f.term, f.excluded)).collect();
    if features.is_empty() {
        features.push(of(draw.pick::<&str>(&[SEIZURE, "HP:0001629", "HP:0000365"]), true));
    }
    features
}

fn specimens(person: &Person, draw: &mut Draw) -> Result<Vec<CaseSpecimen>, DemoError> {
    let id = |text: &str| SpecimenId::parse(text).map_err(|_| DemoError::Plan { what: "specimen id" });
    let blood = CaseSpecimen {
        id: id(&person.specimen())?,
        kind: SpecimenKind::WholeBlood,
        collected: between(day(2024, 10), day(2025, 6), draw),
        parent: None,
    };
    let second = id(&format!("{}-S2", person.id))?;
    let mut all = vec![blood.clone()];
    match draw.below(3) {
        0 => all.push(CaseSpecimen {
            id: second,
            kind: SpecimenKind::Dna,
            collected: plus_months(blood.collected, 1),
            parent: Some(blood.id),
        }),
        1 => all.push(CaseSpecimen {
            id: second,
            kind: SpecimenKind::TissueFfpe,
            collected: between(day(2024, 1), day(2025, 8), draw),
            parent: None,
        }),
        _ => {}
    }
    Ok(all)
}

fn identity(person: &Person, draw: &mut Draw) -> Identity {
    // All members of a family have the same family name.
    let family = person.family.bytes().fold(0, |sum, byte| sum * 10 + usize::from(byte & 0x0F));
    let (family_name, family_name_kana) = FAMILY_NAMES[family % FAMILY_NAMES.len()];
    let given = if person.sex == Sex::Female { &FEMALE_NAMES } else { &MALE_NAMES };
    let (given_name, given_name_kana) = *draw.pick(given);
    Identity {
        family_name,
        given_name,
        family_name_kana,
        given_name_kana,
        address: format!("架空県見本市仮町{}番地{}", 1 + draw.below(99), 1 + draw.below(30)),
        telephone: format!("000-0000-{:04}", draw.below(10_000)),
    }
}

fn day(year: u16, month: u8) -> Day {
    Day { year, month, day: 1 }
}

fn plus_months(from: Day, months: u16) -> Day {
    let month = u16::from(from.month) - 1 + months;
    Day {
        year: from.year + month / 12,
        month: (month % 12 + 1) as u8,
        day: from.day,
    }
}

/// A random day from the month of `first` to the month of `last`; days are 1 to 28.
fn between(first: Day, last: Day, draw: &mut Draw) -> Day {
    let months = |day: Day| u64::from(day.year) * 12 + u64::from(day.month) - 1;
    let month = months(first) + draw.below(months(last).saturating_sub(months(first)) + 1);
    Day {
        year: (month / 12) as u16,
        month: (month % 12 + 1) as u8,
        day: (1 + draw.below(28)) as u8,
    }
}

//! Writes the three kinds of HL7 messages: registration, problems and results.

use gemj_model::Sex;

use super::super::case::{CaseDiagnosis, CaseLab, InstitutionCase};
use super::super::code_tables::material_label;
use super::digits;
use super::segment::segment;

/// The message ADT^A08: the patient's registration.
pub(super) fn registration(case: &InstitutionCase, control: &str, spelling: [&str; 2], time: &str) -> String {
    [
        header("ADT^A08^ADT_A01", control, spelling, time),
        segment("EVN", &[(2, &time[..14])]),
        patient(case),
        segment("PV1", &[(1, "0001"), (2, "O"), (3, "01^^^^^C")]),
    ]
    .concat()
}

/// The message PPR^ZD1: all problems of the patient.
pub(super) fn problems(case: &InstitutionCase, diagnoses: &[CaseDiagnosis], control: &str, spelling: [&str; 2], time: &str) -> String {
    let mut text = [header("PPR^ZD1^PPR_ZD1", control, spelling, time), patient(case)].concat();
    for (number, diagnosis) in diagnoses.iter().enumerate() {
        let date = digits(diagnosis.date);
        text.push_str(&segment(
            "PRB",
            &[
                (1, "AD"),
                (2, &time[..8]),
                (3, &format!("{}^{}^MDCDX2", diagnosis.exchange_key, diagnosis.label)),
                (4, &format!("{:015}", number + 1)),
                (7, &date),
                (10, &format!("{}^^I10", diagnosis.icd10.replace('.', ""))),
                (13, if diagnosis.suspected { "1" } else { "" }),
                (16, &date),
            ],
        ));
    }
    text
}

/// The message OUL^R22: the results of one day, with one SPM group for each material.
pub(super) fn results(
    case: &InstitutionCase,
    labs: &[CaseLab],
    order: &str,
    status: char,
    control: &str,
    spelling: [&str; 2],
    time: &str,
) -> String {
    let mut text = [header("OUL^R22^OUL_R22", control, spelling, time), patient(case)].concat();
    let mut labs: Vec<&CaseLab> = labs.iter().collect();
    labs.sort_by_key(|lab| lab.material());
    for (number, group) in labs.chunk_by(|a, b| a.material() == b.material()).enumerate() {
        let (Some(first), set) = (group.first(), format!("{:04}", number + 1)) else {
            continue;
        };
        let (date, material) = (digits(first.date), first.material());
        text.push_str(&segment(
            "SPM",
            &[
                (1, &set),
                (4, &format!("{material}^{}^JC10", material_label(material))),
                (17, &date),
            ],
        ));
        let panel = if material == "019" {
            "1^血液検査^99GMJ"
        } else {
            "2^生化学検査^99GMJ"
        };
        text.push_str(&segment("OBR", &[(1, &set), (2, order), (3, order), (4, panel), (7, &date)]));
        for (number, lab) in group.iter().enumerate() {
            text.push_str(&segment(
                "OBX",
                &[
                    (1, &format!("{:04}", number + 1)),
                    // The value type NM contains only a number, so a result with a comparator is written as a string (ST).
                    (2, if lab.comparator.is_some() { "ST" } else { "NM" }),
                    (3, &format!("{}^{}^JC10", lab.jlac10, lab.label)),
                    (5, &lab.result()),
                    (6, lab.unit),
                    (11, &status.to_string()),
                    (14, &date),
                ],
            ));
        }
    }
    text
}

fn header(kind: &str, control: &str, [sets, scheme]: [&str; 2], time: &str) -> String {
    segment(
        "MSH",
        &[
            (2, "^~\\&"),
            (3, "HIS"),
            (4, "HOSPITAL-A"),
            (5, "GW"),
            (6, "GW"),
            (7, &format!("{}.{}", &time[..14], &time[14..])),
            (9, kind),
            (10, control),
            (11, "P"),
            (12, "2.5"),
            (18, sets),
            (20, scheme),
            (21, "SS-MIX2_1.20^SS-MIX2^1.2.392.200250.2.1.100.1.2.120^ISO"),
        ],
    )
}

fn patient(case: &InstitutionCase) -> String {
    let identity = &case.identity;
    let name = format!(
        "{}^{}^^^^^L^I~{}^{}^^^^^L^P",
        identity.family_name, identity.given_name, identity.family_name_kana, identity.given_name_kana
    );
    segment(
        "PID",
        &[
            (1, "0001"),
            (3, &format!("{}^^^^PI", case.numbers.hospital)),
            (5, &name),
            (7, &digits(case.born)),
            (
                8,
                match case.sex {
                    Sex::Female => "F",
                    Sex::Male => "M",
                    Sex::Other => "O",
                    Sex::Unknown => "U",
                },
            ),
            (11, &format!("^^^^000-0000^JPN^H^{}", identity.address)),
            (13, &format!("^PRN^PH^^^^^^^^^{}", identity.telephone)),
        ],
    )
}

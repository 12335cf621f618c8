//! Writes the broken copy of the biobank's feed, with broken donors and samples.

use gemj_model::Sex;

use super::super::case::InstitutionCase;
use super::super::miabis::{Bank, Donor, Sample, donor, encode, samples, sex_word};
use super::{COPIED, Expected};
use crate::error::DemoError;

/// A donor id that no donor has.
const UNKNOWN: &str = "BB-9999";

/// The MIABIS JSON file with broken donors and samples. Each fault is added to `expected`.
pub(super) fn bank(cases: &[InstitutionCase; COPIED], expected: &mut Vec<Expected>) -> Result<Vec<u8>, DemoError> {
    let mut bank = Bank {
        donors: Vec::new(),
        samples: Vec::new(),
    };
    let mut is_broken = |hint: String, reason| {
        expected.push(Expected {
            feed: "miabis",
            hint: format!("specimens.json {hint}"),
            reason,
        });
    };
    for (at, case) in cases.iter().take(9).enumerate() {
        let mut donor = donor(case);
        // Of each broken case, only the first sample is kept, so that the case has exactly one fault.
        let mut samples: Vec<Sample> = samples(case).into_iter().take(if at < 3 { usize::MAX } else { 1 }).collect();
        let Some(first) = samples.first_mut() else { continue };
        match at {
            3 => {
                first.donor_id = None;
                is_broken(format!("sample {}", first.id), "a sample without a donor");
            }
            4 => {
                let mut child = first.clone();
                child.id = format!("{}-S9", case.participant.as_str());
                child.sample_type = "DNA";
                child.parent_id = Some(first.id.clone());
                first.parent_id = Some(child.id.clone());
                is_broken(
                    format!("samples {} and {}", first.id, child.id),
                    "two samples that are each other's parent",
                );
                samples.push(child);
            }
            5 => {
                let contradicting = Donor {
                    sex: sex_word(if case.sex == Sex::Female { Sex::Male } else { Sex::Female }),
                    ..donor.clone()
                };
                is_broken(format!("donor {}", donor.id), "a donor twice, of different sex");
                bank.donors.push(contradicting);
            }
            6 => {
                UNKNOWN.clone_into(&mut donor.id);
                first.donor_id = Some(UNKNOWN.to_owned());
                is_broken(format!("donor {UNKNOWN}"), "a donor id that is not in the linkage");
            }
            7 => {
                "2025-02-30".clone_into(&mut first.creation_time);
                is_broken(format!("sample {}", first.id), "a sample of 30 February");
            }
            8 => {
                is_broken(format!("sample {}", first.id), "a sample whose donor is not among the donors");
                bank.samples.append(&mut samples);
                continue;
            }
            _ => {}
        }
        bank.donors.push(donor);
        bank.samples.append(&mut samples);
    }
    encode(&bank)
}

//! The members of FHIR R4 resources that decide whether a disease is present, or a result certain.

use gemj_model::{FactStatus, PartialDate};

use super::date::{DateFormat, parse_date};
use super::modifier::{Modifier, in_name};
use super::problem::is_after;

/// The effect of Condition.verificationStatus and Condition.clinicalStatus (R4 § 9.2.3, code systems `condition-ver-status` and
/// `condition-clinical`). A status that is absent has no effect. A Condition that was entered in error does not enter a unit.
pub(crate) fn condition_status(verification: &[&str], clinical: &[&str]) -> Modifier {
    let clinical = match clinical {
        [] => Modifier::Neutral,
        ["active" | "recurrence" | "relapse"] => Modifier::Neutral,
        ["inactive" | "remission" | "resolved"] => Modifier::Says(FactStatus::History),
        _ => Modifier::Unknown,
    };
    match (verification, clinical) {
        (_, Modifier::Unknown) => Modifier::Unknown,
        // "Ruled out by subsequent diagnostic and clinical evidence": whether it is still under treatment does not matter.
        (["refuted"], _) => Modifier::Says(FactStatus::RuledOut),
        ([] | ["confirmed"], clinical) => clinical,
        // Codes of R4 form a hierarchy: `provisional` and `differential` are `unconfirmed`.
        (codes, Modifier::Neutral) if !codes.is_empty() && codes.iter().all(|code| is_unconfirmed(code)) => {
            Modifier::Says(FactStatus::Suspected)
        }
        _ => Modifier::Unknown,
    }
}

fn is_unconfirmed(code: &str) -> bool {
    matches!(code, "unconfirmed" | "provisional" | "differential")
}

/// The effect of Condition.abatement[x]: a date up to the time of the resources, or an age. `time` is `None` if not known.
pub(crate) fn abated(text: &str, time: Option<&PartialDate>) -> Modifier {
    if text == "ended" {
        return Modifier::Says(FactStatus::History);
    }
    match (parse_date(text, &[DateFormat::Iso]), time) {
        (Err(_), _) => Modifier::Unknown,
        (Ok(date), Some(time)) if is_after(&date, time) => Modifier::Unknown,
        (Ok(_), _) => Modifier::Says(FactStatus::History),
    }
}

/// The effect of Observation.status (R4 § 10.1.3). A registered or preliminary result is not confirmed. A missing status is not understood, because
/// FHIR requires one.
pub(crate) fn observation_status(codes: &[&str]) -> Modifier {
    match codes {
        ["final" | "amended" | "corrected"] => Modifier::Neutral,
        ["preliminary" | "registered"] => Modifier::Says(FactStatus::Suspected),
        _ => Modifier::Unknown,
    }
}

/// The effect of a name in Condition.code. Besides the words of [`in_name`], a concept of SNOMED CT that is a situation can state that a disease is
/// absent, past or of the family ("situation with explicit context").
pub(crate) fn in_coded_name(name: &str) -> Modifier {
    let lower = name.to_ascii_lowercase();
    let is_situation =
        lower.trim_end().ends_with("(situation)") || lower.trim_start().starts_with("no known ") || lower.starts_with("no current ");
    match in_name(name) {
        Modifier::Neutral if is_situation => Modifier::Unknown,
        modifier => modifier,
    }
}

/// The effect of a code or name of Condition.category. A category of family history, or of the past, says that the disease is not one of the participant now.
pub(crate) fn of_category(text: &str) -> Modifier {
    // "Family history of clinical finding" and "History of clinical finding in subject" of SNOMED CT.
    let is_history = matches!(text, "416471007" | "417662000");
    let lower = text.to_lowercase();
    let says = ["family", "history", "relative", "家族", "既往", "血縁"]
        .iter()
        .any(|word| lower.contains(word));
    match in_name(text) {
        Modifier::Neutral if !is_history && !says => Modifier::Neutral,
        _ => Modifier::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FactStatus::{History, RuledOut, Suspected};
    use Modifier::{Neutral, Says, Unknown};

    #[test]
    fn only_a_confirmed_and_active_condition_keeps_the_status_present() {
        let verifications: [&[&str]; 10] = [
            &[],
            &["confirmed"],
            &["unconfirmed"],
            &["provisional"],
            &["differential"],
            &["provisional", "unconfirmed"],
            &["refuted"],
            &["|"],
            &["Confirmed"],
            &["confirmed", "refuted"],
        ];
        let clinicals: [&[&str]; 9] = [
            &[],
            &["active"],
            &["recurrence"],
            &["relapse"],
            &["inactive"],
            &["remission"],
            &["resolved"],
            &["|active"],
            &["active", "resolved"],
        ];
        for (v, verification) in verifications.iter().enumerate() {
            for (c, clinical) in clinicals.iter().enumerate() {
                let expected = match (v, c) {
                    (_, 7 | 8) | (7..=9, _) => Unknown,
                    (6, _) => Says(RuledOut),
                    (0 | 1, 0..=3) => Neutral,
                    (0 | 1, _) => Says(History),
                    (_, 0..=3) => Says(Suspected),
                    // A suspicion that has ended was never a disease of the past.
                    (_, _) => Unknown,
                };
                assert_eq!(condition_status(verification, clinical), expected, "{verification:?} {clinical:?}");
            }
        }
    }

    #[test]
    fn an_end_in_the_past_is_history_and_an_end_in_the_future_is_not_understood() {
        let time = PartialDate::parse("2024-05-01").unwrap();
        for (text, effect) in [
            ("2024-04-30", Says(History)),
            ("2024-05", Says(History)),
            ("2024-05-01T09:00:00+09:00", Says(History)),
            ("2024-05-02", Unknown),
            ("2025", Unknown),
            ("soon", Unknown),
            ("ended", Says(History)),
        ] {
            assert_eq!(abated(text, Some(&time)), effect, "{text}");
        }
        assert_eq!(abated("2099-01-01", None), Says(History));
    }

    #[test]
    fn a_result_is_certain_only_with_a_final_status() {
        for (codes, effect) in [
            (&["final"][..], Neutral),
            (&["amended"], Neutral),
            (&["corrected"], Neutral),
            (&["preliminary"], Says(Suspected)),
            (&["registered"], Says(Suspected)),
            (&["unknown"], Unknown),
            (&["Final"], Unknown),
            (&[], Unknown),
        ] {
            assert_eq!(observation_status(codes), effect, "{codes:?}");
        }
    }

    #[test]
    fn a_situation_of_snomed_is_no_disease() {
        for (name, effect) in [
            ("No known allergies (situation)", Unknown),
            ("Drug-induced state (situation)", Unknown),
            ("No current problems", Unknown),
            ("Suspected lung cancer (situation)", Says(Suspected)),
            ("Diabetes mellitus type 2 (disorder)", Neutral),
        ] {
            assert_eq!(in_coded_name(name), effect, "{name}");
        }
    }
}

#![allow(clippy::unwrap_used)]

use gemj_access::ConsentLedger;
use gemj_model::{ConsentEvent, FormId, Ordinal};

use super::*;
use crate::programme::{FORMS, REFERENCE_DATE};

/// The valid clauses of a history some years after the reference date, if all events were recorded at the reference date.
fn after(history: History, born: Day, years: i64) -> ClauseSet {
    let mut ledger = ConsentLedger::new(FORMS.map(|text| serde_json::from_str(text).unwrap()));
    let recorded = Timestamp::parse(REFERENCE_DATE).unwrap();
    for (sequence, row) in history.rows(born, &mut Draw::of(&[7])).into_iter().enumerate() {
        ledger.append(ConsentEvent {
            sequence: sequence as u64 + 1,
            participant: Ordinal(0),
            kind: row.kind,
            form: row.form.map(|id| FormId::parse(id).unwrap()),
            clauses: row.clauses,
            effective: row.effective().unwrap(),
            recorded,
            ground: gemj_model::Ground::Consent,
            corrects: None,
        });
    }
    ledger.standing(Ordinal(0), recorded.plus_seconds(years * 366 * 86_400)).clauses
}

fn but(clauses: &[Clause]) -> ClauseSet {
    Clause::ALL.into_iter().filter(|c| !clauses.contains(c)).collect()
}

#[test]
fn each_history_leaves_the_clauses_that_its_name_states() {
    let born = Day {
        year: 1970,
        month: 5,
        day: 5,
    };
    let (all, none) = (but(&[]), ClauseSet::EMPTY);
    for (history, clauses) in [
        (History::All, all),
        (History::WithoutOverseas, but(&[Clause::ThirdPartyOverseas])),
        (History::WithoutCommercial, but(&[Clause::Commercial])),
        (History::WithdrewCommercial, but(&[Clause::Commercial])),
        (History::WithdrewOverseas, but(&[Clause::ThirdPartyOverseas])),
        (History::WithdrewRecontact, but(&[Clause::Recontact, Clause::IncidentalFindings])),
        (History::Withdrawn, none),
        (History::SignedAgain, but(&[Clause::Commercial])),
        (History::Died, but(&[Clause::Recontact])),
        (History::LegacyThenUnified, all),
        (History::Expired, none),
        (History::ExpiresLater, all),
        (History::DatedLater, none),
        (History::ChangedAnswers, but(&[Clause::Commercial])),
        (History::Corrected, all),
        (History::NeverAsked, none),
    ] {
        assert_eq!(after(history, born, 0), clauses, "{history:?}");
    }
    for history in [History::LegacyOnly, History::LegacyEquivalent, History::StudyOnly] {
        let clauses = after(history, born, 0);
        assert!(clauses.contains(Clause::StudyUse), "{history:?}");
        assert!(
            !clauses.contains(Clause::Commercial) && !clauses.contains(Clause::ThirdPartyOverseas),
            "{history:?}"
        );
    }
    assert!(after(History::LegacyEquivalent, born, 0).contains(Clause::ThirdPartyDomestic));
    assert_eq!(after(History::ExpiresLater, born, 4), none);
    assert_eq!(after(History::DatedLater, born, 5), all);
}

#[test]
fn a_child_s_consent_ends_on_its_eighteenth_birthday() {
    let child = Day {
        year: 2015,
        month: 2,
        day: 3,
    };
    for history in [History::Child, History::ChildWithAssent, History::ChildWithoutCommercial] {
        assert!(after(history, child, 0).contains(Clause::ThirdPartyOverseas), "{history:?}");
        assert!(after(history, child, 8).is_empty(), "{history:?}");
    }
    assert!(after(History::ChildWithdrawn, child, 0).is_empty());
    let grown = Day {
        year: 2007,
        month: 7,
        day: 3,
    };
    assert!(after(History::CameOfAge, grown, 0).is_empty());
    assert_eq!(after(History::CameOfAgeAndSigned, grown, 0), but(&[]));
}

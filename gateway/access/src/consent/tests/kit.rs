//! Forms, events and random consent ledgers for the tests.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, LazyLock};

use gemj_model::consent::{Equivalence, EquivalenceClause, EquivalenceVerdict};
use gemj_model::{Clause, ClauseSet, ConsentEvent, ConsentForm, ConsentKind, FormId, Ground, Ordinal, SiteId, Timestamp};
use proptest::prelude::*;

pub(in super::super) fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(in super::super) fn site(id: &str) -> SiteId {
    SiteId::parse(id).unwrap()
}

pub(in super::super) fn all() -> ClauseSet {
    Clause::ALL.into_iter().collect()
}

fn form_of(id: &str, countries: &[&str], clauses: ClauseSet) -> ConsentForm {
    ConsentForm {
        issuer: "programme".into(),
        overseas_countries: countries.iter().map(|c| (*c).to_owned()).collect(),
        ..gemj_fixtures::form_with(id, clauses.iter())
    }
}

static FORMS: LazyLock<Vec<Arc<ConsentForm>>> = LazyLock::new(|| {
    let mut legacy = form_of("legacy-1", &[], ClauseSet::parse("study-use;third-party-domestic;biobank").unwrap());
    let row = |agreed, opens, verdict| EquivalenceClause { agreed, opens, verdict };
    legacy.particulars.equivalences = vec![Equivalence {
        legacy_form: legacy.id.clone(),
        form: FormId::parse("unified-1").unwrap(),
        sites: vec![site("site-a"), site("site-c")],
        decision: "C-1".into(),
        decided: instant("2025-04-01"),
        ground: Ground::OptOutNotice,
        clauses: vec![
            row(Clause::StudyUse, Clause::Recontact, EquivalenceVerdict::Equal),
            row(Clause::StudyUse, Clause::ThirdPartyOverseas, EquivalenceVerdict::Narrower),
            row(Clause::StudyUse, Clause::ThirdPartyDomestic, EquivalenceVerdict::Equal),
            row(Clause::StudyUse, Clause::Commercial, EquivalenceVerdict::Equal),
            row(Clause::Biobank, Clause::FamilyReturn, EquivalenceVerdict::NeedsReconsent),
        ],
    }];
    let mut ended = form_of("ended-1", &["KR"], all());
    ended.particulars.effective_until = Some("2026-04-01".into());
    let mut notice = form_of("notice-1", &["GB"], all());
    notice.particulars.ground = Ground::OptOutNotice;
    [form_of("unified-1", &["GB", "US"], all()), legacy, ended, notice]
        .map(Arc::new)
        .into()
});

/// The consent form with this id; absent if the tests know no form with this id.
pub(in super::super) fn form(id: &FormId) -> Option<Arc<ConsentForm>> {
    FORMS.iter().find(|f| f.id == *id).cloned()
}

pub(in super::super) fn forms() -> impl Iterator<Item = ConsentForm> {
    FORMS.iter().map(|f| f.as_ref().clone())
}

pub(in super::super) fn unified() -> Arc<ConsentForm> {
    Arc::clone(&FORMS[0])
}

pub(in super::super) fn legacy() -> Arc<ConsentForm> {
    Arc::clone(&FORMS[1])
}

/// An event of participant 0 on the form `unified-1`.
pub(in super::super) fn event(sequence: u64, kind: ConsentKind, clauses: &str, effective: i64, recorded: i64) -> ConsentEvent {
    ConsentEvent {
        sequence,
        participant: Ordinal(0),
        kind,
        form: Some(FormId::parse("unified-1").unwrap()),
        clauses: if clauses == "all" {
            all()
        } else {
            ClauseSet::parse(clauses).unwrap()
        },
        effective: Timestamp(effective),
        recorded: Timestamp(recorded),
        ground: Ground::Consent,
        corrects: None,
    }
}

/// The given event, on another form.
pub(in super::super) fn of(form: &str, event: ConsentEvent) -> ConsentEvent {
    ConsentEvent {
        form: Some(FormId::parse(form).unwrap()),
        ..event
    }
}

pub(super) const KINDS: [ConsentKind; 12] = [
    ConsentKind::Given,
    ConsentKind::ProxyGiven,
    ConsentKind::Assent,
    ConsentKind::ClauseChanged,
    ConsentKind::LegacyEquivalent,
    ConsentKind::Corrected,
    ConsentKind::WithdrawnPartial,
    ConsentKind::Withdrawn,
    ConsentKind::Expired,
    ConsentKind::ReconsentDue,
    ConsentKind::Died,
    ConsentKind::WithdrawalUnclear,
];

/// One of forty instants in the years 2024 to 2027. Many events of a ledger therefore have the same instant.
pub(super) fn any_instant() -> impl Strategy<Value = Timestamp> {
    (0i64..40).prop_map(|step| instant("2024-01-01").plus_seconds(step * 35 * 86_400))
}

pub(super) fn any_clauses() -> impl Strategy<Value = ClauseSet> {
    prop_oneof![3 => Just(all()), 4 => (0u32..512).prop_map(ClauseSet::of_bits), 1 => Just(ClauseSet::EMPTY)]
}

/// An event without a sequence number. A correction names an event up to four places earlier, an event that does not exist, or no event.
pub(super) fn any_event() -> impl Strategy<Value = ConsentEvent> {
    let form = prop_oneof![
        6 => Just(Some("unified-1")), 4 => Just(Some("legacy-1")), 1 => Just(Some("ended-1")), 1 => Just(Some("notice-1")),
        1 => Just(Some("unknown-9")), 1 => Just(None)
    ];
    let ground = prop_oneof![6 => Just(Ground::Consent), 1 => Just(Ground::OptOutNotice), 1 => Just(Ground::EthicsWaiver)];
    let kind = prop_oneof![
        6 => prop::sample::select(&KINDS[..2]), 6 => prop::sample::select(&KINDS[2..6]), 4 => prop::sample::select(&KINDS[6..11]),
        1 => Just(ConsentKind::WithdrawalUnclear)
    ];
    let back = prop_oneof![3 => (1u64..5).prop_map(Some), 1 => Just(None), 1 => Just(Some(99))];
    (kind, form, any_clauses(), any_instant(), 0i64..4, ground, back).prop_map(|(kind, form, clauses, effective, step, ground, back)| {
        ConsentEvent {
            sequence: 0,
            participant: Ordinal(0),
            kind,
            form: form.map(|id| FormId::parse(id).unwrap()),
            clauses,
            effective,
            recorded: Timestamp(step),
            ground,
            corrects: back.filter(|_| kind == ConsentKind::Corrected),
        }
    })
}

/// Gives each event a sequence number, in steps of ten, and a recording time from 2024 on in the same order. A correction's number is replaced by the
/// number of the event that is that many places earlier.
pub(super) fn in_order(events: Vec<ConsentEvent>) -> Vec<ConsentEvent> {
    let mut recorded = instant("2024-01-01");
    (1u64..)
        .zip(events)
        .map(|(place, event)| {
            recorded = recorded.plus_seconds(event.recorded.0 * 35 * 86_400);
            ConsentEvent {
                sequence: place * 10,
                recorded,
                corrects: event.corrects.map(|back| (place * 10).saturating_sub(back * 10)),
                ..event
            }
        })
        .collect()
}

/// A bound of a period, usually of the answer directly before the bound. Bounds can be anywhere in a history, so that some
/// bounds follow an event that is not an answer.
pub(super) fn any_bound() -> impl Strategy<Value = ConsentEvent> {
    (any::<bool>(), any_clauses(), any_instant()).prop_map(|(begins, clauses, effective)| ConsentEvent {
        sequence: 0,
        participant: Ordinal(0),
        kind: if begins {
            ConsentKind::PeriodBegins
        } else {
            ConsentKind::PeriodEnds
        },
        form: None,
        clauses,
        effective,
        recorded: Timestamp(0),
        ground: Ground::Consent,
        corrects: None,
    })
}

/// A history of events without sequence numbers. Up to four bounds of a period follow each event: a beginning, an
/// end, both, or several overlapping periods.
pub(super) fn any_history() -> impl Strategy<Value = Vec<ConsentEvent>> {
    let bounds = prop_oneof![2 => Just(0..1), 3 => Just(1..5)].prop_flat_map(|count| prop::collection::vec(any_bound(), count));
    let limited = (any_event(), bounds).prop_map(|(event, bounds)| std::iter::once(event).chain(bounds).collect::<Vec<_>>());
    let stray = any_bound().prop_map(|bound| vec![bound]);
    prop::collection::vec(prop_oneof![12 => limited, 1 => stray], 0..7).prop_map(|groups| groups.concat())
}

pub(super) fn any_ledger() -> impl Strategy<Value = Vec<ConsentEvent>> {
    any_history().prop_map(in_order)
}

/// An instant at which events begin and periods end, the microsecond before or after such an instant, or an instant in between.
pub(super) fn any_moment() -> impl Strategy<Value = Timestamp> {
    let off = prop_oneof![4 => -1i64..2, 1 => -3_000_000_000_000i64..3_000_000_000_000];
    (any_instant(), off).prop_map(|(instant, off)| Timestamp(instant.0 + off))
}

/// A birth date from 2005 to 2011, so that the sixteenth or eighteenth birthday is often in the years of the events, or no birth date.
pub(super) fn any_birth() -> impl Strategy<Value = Option<gemj_model::PartialDate>> {
    let date = (2005u16..2012, 1u8..13, 0u8..3).prop_map(|(year, month, depth)| match depth {
        0 => format!("{year}"),
        1 => format!("{year}-{month:02}"),
        _ => format!("{year}-{month:02}-17"),
    });
    prop::option::of(date.prop_map(|text| gemj_model::PartialDate::parse(&text).unwrap()))
}

pub(super) fn any_site() -> impl Strategy<Value = Option<SiteId>> {
    prop::option::of(prop::sample::select(vec!["site-a", "site-b", "site-c"]).prop_map(site))
}

pub(super) fn any_rules() -> impl Strategy<Value = super::super::ConsentRules> {
    use super::super::AtMajority;
    (prop::option::of(15u8..18), 17u8..21, any::<bool>()).prop_map(|(assent_age, majority_age, go_on)| super::super::ConsentRules {
        assent_age,
        majority_age,
        at_majority: if go_on { AtMajority::Continue } else { AtMajority::Stop },
    })
}

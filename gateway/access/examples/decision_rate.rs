//! CPU time of a consent fold and of decisions: `cargo run --release -p gemj-access --example decision_rate`.
//!
//! Prints each figure beside its target and beside a floor measured in the same run. The floor is a plain loop over one packed record
//! for each participant. The figures are CPU time of the process, not wall time, so that other load on the machine changes them little.
//! Each figure is the median of several rounds.

#![allow(clippy::unwrap_used)]

use std::hint::black_box;

use gemj_access::caller::ControlledAccess;
use gemj_access::{AccessRequest, Action, Caller, ConsentLedger, ConsentView, DecisionId, LocatedObject, Policy, Resource, Roster, decide};
use gemj_model::consent::{Bilingual, FormClause};
use gemj_model::{
    Approval, ApprovalId, Clause, ClauseSet, ConsentEvent, ConsentForm, ConsentKind, DataKind, DatasetId, DatasetPolicy, Delivery, FormId,
    Ground, ObjectId, Ordinal, Organisation, OrganisationKind, PartialDate, Purpose, Timestamp,
};
use rustix::time::{ClockId, clock_gettime};

const APPROVALS: usize = 200;

/// The CPU time of one call in microseconds: the median of several rounds.
fn cpu_us<T>(rounds: usize, calls: u32, mut work: impl FnMut() -> T) -> f64 {
    let mut taken: Vec<f64> = (0..rounds)
        .map(|_| {
            let before = cpu_now_us();
            for _ in 0..calls {
                black_box(work());
            }
            (cpu_now_us() - before) / f64::from(calls)
        })
        .collect();
    taken.sort_by(f64::total_cmp);
    taken[rounds / 2]
}

fn cpu_now_us() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}

/// A random sequence of numbers with a fixed seed (SplitMix64), so that every run uses the same people.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }
}

fn day(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn form(id: &str, countries: &[&str]) -> ConsentForm {
    ConsentForm {
        id: FormId::parse(id).unwrap(),
        title: Bilingual::default(),
        issuer: "programme".into(),
        effective_from: "2024-04-01".into(),
        overseas_countries: countries.iter().map(|c| (*c).to_owned()).collect(),
        clauses: Clause::ALL
            .into_iter()
            .map(|clause| FormClause {
                clause,
                text: Bilingual::default(),
            })
            .collect(),
        particulars: Default::default(),
    }
}

fn event(sequence: u64, who: u32, kind: ConsentKind, clauses: ClauseSet, at: Timestamp) -> ConsentEvent {
    ConsentEvent {
        sequence,
        participant: Ordinal(who),
        kind,
        form: Some(FormId::parse(if who.is_multiple_of(3) { "unified-2" } else { "unified-1" }).unwrap()),
        clauses,
        effective: at,
        recorded: at,
        ground: Ground::Consent,
        corrects: None,
    }
}

struct Programme {
    ledger: ConsentLedger,
    roster: Roster,
    sequence: u64,
    people: u32,
}

fn dataset() -> DatasetId {
    DatasetId::parse("rare-disease").unwrap()
}

/// Makes a random programme of trios and single people. Most people agreed to all clauses. The others withdrew in whole or in part, signed again,
/// died, changed their answers, or are children with a proxy.
fn programme(people: u32) -> Programme {
    let mut numbers = Numbers(7);
    let mut ledger = ConsentLedger::new([form("unified-1", &["GB", "US"]), form("unified-2", &["GB"])]);
    let mut roster = Roster::default();
    let mut sequence = 0;
    let all = ClauseSet::ALL;
    let (first, then) = (day("2025-01-01"), day("2026-01-01"));
    for who in 0..people {
        let family = (who % 2 == 0).then(|| format!("F{}", who / 6));
        roster.register(Ordinal(who), family.as_deref(), None);
        roster.enrol(&dataset(), Ordinal(who));
        let mut say = |kind, clauses, at: Timestamp| {
            sequence += 1;
            ledger.append(event(sequence, who, kind, clauses, at));
        };
        let signed = first.plus_seconds(numbers.below(300) as i64 * 86_400);
        let later = then.plus_seconds(numbers.below(300) as i64 * 86_400);
        let some = ClauseSet::of_bits(numbers.below(512) as u32);
        let child = numbers.below(10) == 0;
        say(if child { ConsentKind::ProxyGiven } else { ConsentKind::Given }, all, signed);
        match numbers.below(20) {
            0 => say(ConsentKind::Withdrawn, ClauseSet::EMPTY, later),
            1 | 2 => say(ConsentKind::WithdrawnPartial, some.with(Clause::Commercial), later),
            3 => {
                say(ConsentKind::Withdrawn, ClauseSet::EMPTY, later);
                say(ConsentKind::Given, some.with(Clause::StudyUse), later.plus_seconds(86_400));
            }
            4 => say(ConsentKind::Died, ClauseSet::EMPTY, later),
            5 | 6 => say(ConsentKind::ClauseChanged, some.with(Clause::StudyUse), later),
            _ => {}
        }
        if child {
            let born = format!("{}-{:02}", 2012 + numbers.below(8), 1 + numbers.below(12));
            ledger.register_birth(Ordinal(who), PartialDate::parse(&born).ok());
        }
    }
    Programme {
        ledger,
        roster,
        sequence,
        people,
    }
}

fn approvals() -> Vec<Approval> {
    (0..APPROVALS)
        .map(|number| Approval {
            id: ApprovalId::parse(&format!("A{number}")).unwrap(),
            visa_value: format!("https://dac.example/{number}"),
            project: "A project".into(),
            applicant: String::new(),
            users: Vec::new(),
            organisation: "university.example".into(),
            country: None,
            datasets: vec![dataset()],
            release: None,
            purposes: vec![Purpose::GeneralResearch],
            diseases: Vec::new(),
            commercial: false,
            meets: Vec::new(),
            delivery: Delivery::RegionView,
            region_budget_bp: None,
            regions: None,
            not_before: None,
            not_after: day("2028-01-01"),
            revoked: None,
        })
        .collect()
}

impl Programme {
    fn view(&self, now: Timestamp) -> ConsentView {
        ConsentView::fold(self.sequence, &self.ledger, &self.roster, &approvals(), &[], &[dataset()], now)
    }

    /// The CPU time of making a consent view without results of an earlier evaluation.
    fn view_anew(&self, now: Timestamp) -> f64 {
        let mut taken: Vec<f64> = (0..9)
            .map(|_| {
                let fresh = self.ledger.clone();
                let approvals = approvals();
                let before = cpu_now_us();
                black_box(ConsentView::fold(
                    self.sequence,
                    &fresh,
                    &self.roster,
                    &approvals,
                    &[],
                    &[dataset()],
                    now,
                ));
                cpu_now_us() - before
            })
            .collect();
        taken.sort_by(f64::total_cmp);
        taken[4]
    }

    fn floor(&self) -> f64 {
        let mut numbers = Numbers(3);
        let records: Vec<(u32, i64)> = (0..self.people)
            .map(|_| (numbers.below(512) as u32, numbers.below(1 << 40) as i64))
            .collect();
        let mut bits = vec![[0u64; 9]; self.people.div_ceil(64) as usize];
        cpu_us(31, 10, || {
            for (run, words) in records.chunks(64).zip(&mut bits) {
                let mut now = [0u64; 9];
                for (place, (clauses, until)) in run.iter().enumerate() {
                    let held = if *until > 5 { *clauses } else { 0 };
                    for (clause, word) in now.iter_mut().enumerate() {
                        *word |= u64::from(held >> clause & 1) << place;
                    }
                }
                *words = now;
            }
            bits[0][0]
        })
    }
}

fn line(what: &str, us: f64, target: Option<f64>, floor: f64) {
    let against = target.map_or("           no target".to_owned(), |t| {
        format!("target {t:>7.0} us {}", if us <= t { "met   " } else { "MISSED" })
    });
    println!("{what:<58} {us:>10.1} us   {against}   {:>8.2} x the floor", us / floor);
}

fn fold(people: u32, target: Option<f64>) {
    let now = day("2026-11-15");
    let mut programme = programme(people);
    let floor = programme.floor();
    println!("\n{people} participants; floor (one loop over packed records): {floor:.1} us");
    line("fold of everybody, nothing kept", programme.view_anew(now), target, floor);
    let approvals = approvals();
    let mut kept = programme.view(now);
    let mut who = 0;
    let mut taken = Vec::new();
    for _ in 0..201 {
        who = (who + 7) % people;
        programme.sequence += 1;
        let later = event(programme.sequence, who, ConsentKind::Withdrawn, ClauseSet::EMPTY, now);
        let before = cpu_now_us();
        programme.ledger.append(later);
        let view = ConsentView::fold(
            programme.sequence,
            &programme.ledger,
            &programme.roster,
            &approvals,
            &[],
            &[dataset()],
            now,
        );
        taken.push(cpu_now_us() - before);
        kept = view;
    }
    taken.sort_by(f64::total_cmp);
    line("again after one withdrawal", taken[100], target, floor);
    let mut taken = Vec::new();
    for _ in 0..24 {
        let Some(next) = kept.valid_until() else { break };
        let before = cpu_now_us();
        let view = ConsentView::fold(
            programme.sequence,
            &programme.ledger,
            &programme.roster,
            &approvals,
            &[],
            &[dataset()],
            next,
        );
        taken.push(cpu_now_us() - before);
        kept = view;
    }
    taken.sort_by(f64::total_cmp);
    line(
        "again at a birthday (a month's children at once)",
        taken[taken.len() / 2],
        target,
        floor,
    );
}

fn decisions(people: u32, target: f64) {
    let now = day("2026-11-15");
    let programme = programme(people);
    let floor = programme.floor();
    let organisation = Organisation {
        domain: "university.example".into(),
        country: "GB".into(),
        kind: OrganisationKind::Academic,
    };
    let policy = DatasetPolicy {
        id: dataset(),
        name: "Rare disease".into(),
        description: String::new(),
        data_use: vec!["DUO:0000042".into()],
        public_boolean: false,
    };
    let policy = Policy::new(vec![policy], vec![organisation], 10);
    let caller = |visas: usize| Caller {
        pseudonym: "0123456789abcdef".into(),
        known_as: vec!["0123456789abcdef".into()],
        controlled: (0..visas)
            .map(|number| ControlledAccess {
                subject: Default::default(),
                value: format!("https://dac.example/{number}"),
                jti: None,
                not_after: day("2027-06-01"),
            })
            .collect(),
        not_after: Some(day("2027-06-01")),
        ..Caller::default()
    };
    let view = programme.view(now);
    let audience = gemj_access::Audience::Organisation {
        country: "GB".into(),
        commercial: false,
    };
    let person = view.covered(&dataset(), &audience).iter().nth(1_000).unwrap();
    let file = LocatedObject {
        id: ObjectId::parse("object-1").unwrap(),
        dataset: dataset(),
        kind: DataKind::Variants,
        samples: vec![Some(Ordinal(person))].into(),
    };
    println!("\n{people} participants, {APPROVALS} approvals: one decision, the caller known");
    let mut first: Vec<f64> = (0..21)
        .map(|_| {
            let fresh = programme.view(now);
            let before = cpu_now_us();
            let _ = black_box(ask(&caller(1), &policy, &fresh, now));
            cpu_now_us() - before
        })
        .collect();
    first.sort_by(f64::total_cmp);
    line("AskVariants, first of an epoch", first[10], None, floor);
    for visas in [1, 10] {
        let caller = caller(visas);
        assert!(ask(&caller, &policy, &view, now) && slice(&caller, &policy, &view, &file, now));
        let taken = cpu_us(21, 500, || ask(&caller, &policy, &view, now));
        line(&format!("AskVariants, {visas} matching visa(s)"), taken, Some(target), floor);
        let taken = cpu_us(21, 500, || slice(&caller, &policy, &view, &file, now));
        line(
            &format!("SliceVariants on one person's file, {visas} visa(s)"),
            taken,
            Some(target),
            floor,
        );
    }
}

fn ask(caller: &Caller, policy: &Policy, view: &ConsentView, now: Timestamp) -> bool {
    let named = [dataset()];
    decide(
        &question(caller, Action::AskVariants, Resource::Population(&named), now),
        policy,
        view,
    )
    .is_ok()
}

fn slice(caller: &Caller, policy: &Policy, view: &ConsentView, file: &LocatedObject, now: Timestamp) -> bool {
    decide(
        &question(caller, Action::SliceVariants, Resource::Object(Some(file)), now),
        policy,
        view,
    )
    .is_ok()
}

fn question<'a>(caller: &'a Caller, action: Action, resource: Resource<'a>, now: Timestamp) -> AccessRequest<'a> {
    AccessRequest {
        decision: DecisionId(1),
        caller,
        action,
        resource,
        declared: None,
        now,
    }
}

fn main() {
    fold(40_000, Some(5_000.0));
    fold(100_000, None);
    decisions(100_000, 50.0);
}

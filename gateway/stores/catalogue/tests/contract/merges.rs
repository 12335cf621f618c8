//! Merges: two participants who are, or may be, one person.

use gemj_access::{Audience, CapabilityKey, Job, OperatorListing, WriteAction};
use gemj_catalogue::audit::{checkpoint_operations, verify};
use gemj_catalogue::{
    CatalogueError, CatalogueSink, LinkedNumbers, MergeCase, MergeSource, NewMerge, NewParticipant, NumberLink, OpenedMerge, ReviewedMerge,
    Unlinked, read_tail,
};
use gemj_model::FactSink as _;
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError};
use gemj_model::{Clause, ClauseSet, ConsentKind, Fact, FactKind, FactStatus, PartialDate, Sex, SiteId};

use crate::world::*;

fn unit(participant: &str, unit: &str, code: &str, sex: Sex) -> CaseRecord {
    CaseRecord {
        dataset: dataset("cancer"),
        participant: person(participant),
        family: None,
        sex,
        born: None,
        age_at_last_encounter: None,
        facts: vec![Fact {
            kind: FactKind::Disease,
            code: code.into(),
            label: String::new(),
            status: FactStatus::Present,
            onset: None,
            value: None,
            observed: None,
            details: Vec::new(),
        }],
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "ss-mix2".into(),
            unit: unit.into(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{participant}-{code}-{}", sex.as_str()),
            mapping_version: "1".into(),
        },
    }
}

fn stated(survivor: &str, prior: &str, source: MergeSource, site: Option<&str>, message: &str) -> NewMerge {
    NewMerge {
        survivor: person(survivor),
        prior: person(prior),
        source,
        site: site.map(|site| SiteId::parse(site).unwrap()),
        message: message.into(),
        stated: now(),
        reason: "call of the hospital".into(),
    }
}

fn link(digest: &str, participant: &str) -> NumberLink {
    NumberLink {
        digest: digest.into(),
        earlier: [format!("{digest}-1"), format!("{digest}-2")],
        participant: person(participant),
    }
}

impl World {
    async fn ingest(&self, record: &CaseRecord) -> Result<Committed, CatalogueError> {
        self.catalogue.commit_case(&mandate(WriteAction::Ingest), record).await
    }

    async fn state(&self, new: &NewMerge) -> OpenedMerge {
        let key = mandate(WriteAction::MergeParticipants);
        self.catalogue.open_merge(&key, new, now()).await.unwrap()
    }

    async fn open(&self, survivor: &str, prior: &str) -> u64 {
        match self.state(&stated(survivor, prior, MergeSource::Operator, None, "")).await {
            OpenedMerge::Opened(case) => case,
            other => panic!("{other:?}"),
        }
    }

    async fn review(&self, case: u64, same: bool) -> Result<ReviewedMerge, CatalogueError> {
        let key = mandate(WriteAction::MergeParticipants);
        self.catalogue.review_merge(&key, case, same, "compared by phone", now()).await
    }

    async fn covered_now(&self) -> Vec<u32> {
        let view = self.watch().current().await.unwrap().view;
        let audience = Audience::Organisation {
            country: "JP".into(),
            commercial: false,
        };
        view.covered(&dataset("cancer"), &audience).iter().collect()
    }

    async fn people_with(&self, code: &str) -> Vec<u32> {
        let grant = self.grant(&["cancer"]).await;
        let groups = [vec![code.to_owned()]];
        let found = self.catalogue.matching_participants(&grant, &dataset("cancer"), &groups).await;
        found.unwrap().iter().collect()
    }

    async fn sex_of(&self, participant: &str) -> Sex {
        let found = self
            .catalogue
            .consent_history(upkeep(Job::CompareConsent), &person(participant))
            .await;
        found.unwrap().unwrap().0.sex
    }

    async fn cases(&self) -> Vec<MergeCase> {
        let listing = OperatorListing::new(Some("a test")).unwrap();
        self.catalogue.merge_cases(&listing, None, now()).await.unwrap()
    }

    async fn is_audit_good(&self) -> bool {
        verify(&self.catalogue, upkeep(Job::Audit), None, &CapabilityKey::new([5; 32]))
            .await
            .is_ok()
    }
}

contract! {
    async fn an_open_merge_closes_at_once_what_only_one_consented_to_and_a_review_opens_it(world: World) {
        world.consent_all(&["P0", "P1", "P2"]).await;
        for who in ["P0", "P1", "P2"] {
            world.ingest(&unit(who, who, who, Sex::Unknown)).await.unwrap();
        }
        append(&world.catalogue, &[withdrawn("P1")]).await;
        let watch = world.watch();
        let covered = async || {
            let view = watch.current().await.unwrap().view;
            let audience = Audience::Organisation { country: "JP".into(), commercial: false };
            view.covered(&dataset("cancer"), &audience).iter().collect::<Vec<_>>()
        };
        assert_eq!(covered().await, [0, 2]);
        let before = watch.current().await.unwrap().view.epoch();
        let case = world.open("P0", "P1").await;
        assert_eq!(covered().await, [2], "the prior participant withdrew");
        assert_eq!(watch.current().await.unwrap().view.epoch(), before + 1);
        assert_eq!(world.review(case, true).await, Ok(ReviewedMerge::Recorded(1)));
        assert_eq!(covered().await, [2]);
        append(&world.catalogue, &[given("P0")]).await;
        assert_eq!(covered().await, [0, 2], "the person consented after the review");
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert_eq!(covered().await, [2], "a withdrawal of the prior participant closes the person");
        assert_eq!(world.review(case, true).await, Ok(ReviewedMerge::Unchanged));
        assert_eq!(world.review(case, false).await, Ok(ReviewedMerge::Recorded(1)));
        assert_eq!(covered().await, [0, 2]);
        assert_eq!(world.cases().await[0].state(), "undone");
        assert_eq!(world.review(99, true).await, Err(CatalogueError::NotFound { what: "merge" }));
        assert!(world.is_audit_good().await);
        world.tamper("UPDATE merge_event SET kind = 'different' WHERE kind = 'same'").await;
        assert!(!world.is_audit_good().await, "a changed review is found");
    }

    async fn partial_consents_are_intersected_and_a_later_partial_withdrawal_opens_nothing(world: World) {
        world.consent_all(&["P0"]).await;
        let only_use = ClauseSet::EMPTY.with(Clause::StudyUse);
        append(&world.catalogue, &[event("P1", ConsentKind::Given, only_use, now())]).await;
        let case = world.open("P0", "P1").await;
        let holds = async |clause: Clause| {
            let view = world.watch().current().await.unwrap().view;
            view.holding(clause).iter().collect::<Vec<_>>()
        };
        let recontact = Clause::Recontact;
        assert_eq!(holds(recontact).await, [0; 0]);
        world.review(case, true).await.unwrap();
        let partial = event("P0", ConsentKind::WithdrawnPartial, ClauseSet::EMPTY.with(Clause::IncidentalFindings), now());
        append(&world.catalogue, &[partial]).await;
        assert_eq!(holds(recontact).await, [0; 0], "a withdrawal is no new consent");
    }

    async fn a_feed_opens_only_cases_of_its_own_site_and_each_message_once(world: World) {
        let site = |site: &str| SiteId::parse(site).unwrap();
        let register = |participant: &str, of: Option<&str>| NewParticipant {
            participant: person(participant),
            family: None,
            sex: Sex::Unknown,
            site: of.map(site),
        };
        let people = [register("A1", Some("a")), register("A2", Some("a")), register("B1", Some("b")), register("N1", None), register("N2", None)];
        world.catalogue.register_participants(&mandate(WriteAction::RegisterParticipants), &people).await.unwrap();
        let (b, links) = (site("b"), [link("d1", "N2")]);
        let numbers = [LinkedNumbers { site: &b, namespace: "mrn", links: &links }];
        world.catalogue.link_numbers(&mandate(WriteAction::LinkNumbers), &numbers).await.unwrap();
        let message = |survivor: &str, prior: &str, id: &str| stated(survivor, prior, MergeSource::Message, Some("a"), id);
        assert_eq!(world.state(&message("A1", "B1", "m1")).await, OpenedMerge::OtherSite);
        assert_eq!(world.state(&message("A1", "N2", "m2")).await, OpenedMerge::OtherSite, "another hospital has a number of the participant");
        assert_eq!(world.state(&message("A1", "A1", "m3")).await, OpenedMerge::OnePerson);
        let opened = world.state(&message("A1", "A2", "m4")).await;
        let OpenedMerge::Opened(case) = opened else { panic!("{opened:?}") };
        assert_eq!(world.state(&message("A1", "A2", "m4")).await, OpenedMerge::AlreadyRecorded(case));
        assert_eq!(world.state(&message("A2", "A1", "m5")).await, OpenedMerge::AlreadyOpen(case));
        world.review(case, false).await.unwrap();
        assert_eq!(world.state(&message("A1", "A2", "m4")).await, OpenedMerge::AlreadyRecorded(case), "a repeated message does not open a reviewed case");
        assert!(matches!(world.state(&message("A1", "A2", "m6")).await, OpenedMerge::Opened(_)), "a new statement does");
        assert!(matches!(world.state(&message("A1", "N1", "m7")).await, OpenedMerge::Opened(_)));
        assert!(matches!(world.state(&stated("A1", "B1", MergeSource::Operator, None, "")).await, OpenedMerge::Opened(_)));
        let unknown = stated("A1", "X", MergeSource::Operator, None, "");
        let refused = world.catalogue.open_merge(&mandate(WriteAction::MergeParticipants), &unknown, now()).await;
        assert_eq!(refused, Err(CatalogueError::NotFound { what: "participant" }), "no statement makes a participant");
        let wrong = world.catalogue.open_merge(&mandate(WriteAction::LinkNumbers), &unknown, now()).await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
    }

    async fn a_number_of_the_prior_participant_leads_to_the_survivor_of_the_same_hospital_alone(world: World) {
        let register = |participant: &str, site: &str| NewParticipant {
            participant: person(participant),
            family: None,
            sex: Sex::Unknown,
            site: Some(SiteId::parse(site).unwrap()),
        };
        let people = [register("A1", "a"), register("A2", "a"), register("B1", "b")];
        world.catalogue.register_participants(&mandate(WriteAction::RegisterParticipants), &people).await.unwrap();
        let (a, b) = (SiteId::parse("a").unwrap(), SiteId::parse("b").unwrap());
        let (of_a, of_b) = ([link("d2", "A2")], [link("d1", "B1")]);
        let numbers = [
            LinkedNumbers { site: &a, namespace: "mrn", links: &of_a },
            LinkedNumbers { site: &b, namespace: "mrn", links: &of_b },
        ];
        world.catalogue.link_numbers(&mandate(WriteAction::LinkNumbers), &numbers).await.unwrap();
        let located = async |site: &SiteId, digest: &str| {
            let digests = [digest, "-", "-"].map(str::to_owned);
            world.catalogue.locate_number(site, "mrn", &digests).await.unwrap().unwrap().participant.0
        };
        let (own, other) = (world.open("A1", "A2").await, world.open("A1", "B1").await);
        assert_eq!((located(&a, "d2").await, located(&b, "d1").await), (1, 2));
        world.review(own, true).await.unwrap();
        world.review(other, true).await.unwrap();
        assert_eq!((located(&a, "d2").await, located(&b, "d1").await), (0, 2), "hospital b does not reach the patient of hospital a");
        world.review(own, false).await.unwrap();
        assert_eq!(located(&a, "d2").await, 1);
    }

    async fn a_corrected_unit_replaces_its_own_statement_and_two_units_that_contradict_each_other_are_refused(world: World) {
        world.ingest(&unit("P0", "u1", "1", Sex::Female)).await.unwrap();
        assert_eq!(world.sex_of("P0").await, Sex::Female);
        assert_eq!(world.ingest(&unit("P0", "u1", "1", Sex::Male)).await, Ok(Committed::Replaced), "the unit corrects itself");
        assert_eq!(world.sex_of("P0").await, Sex::Male);
        let conflict = |field| Err(CatalogueError::Conflict { field });
        assert_eq!(world.ingest(&unit("P0", "u2", "2", Sex::Female)).await, conflict("sex"));
        assert_eq!(world.sex_of("P0").await, Sex::Male);
        let born = |name: &str, date: &str| CaseRecord { born: PartialDate::parse(date).ok(), ..unit("P0", name, date, Sex::Male) };
        world.ingest(&born("u3", "1984-03")).await.unwrap();
        assert_eq!(world.ingest(&born("u3", "1985-04")).await, Ok(Committed::Replaced));
        assert_eq!(world.ingest(&born("u4", "1984-03")).await, conflict("born"));
        // An enrolment stays, whatever the units are corrected to.
        let enrolled = NewParticipant { participant: person("P0"), family: None, sex: Sex::Male, site: None };
        world.catalogue.register_participants(&mandate(WriteAction::RegisterParticipants), &[enrolled]).await.unwrap();
        assert_eq!(world.ingest(&unit("P0", "u1", "1", Sex::Female)).await, conflict("sex"));
    }

    async fn participants_of_different_sexes_are_not_reviewed_as_one_person(world: World) {
        world.ingest(&unit("P0", "u1", "1", Sex::Female)).await.unwrap();
        world.ingest(&unit("P1", "u2", "2", Sex::Male)).await.unwrap();
        let case = world.open("P0", "P1").await;
        assert_eq!(world.review(case, true).await, Err(CatalogueError::Conflict { field: "sex" }));
        assert_eq!(world.cases().await[0].state(), "open");
        world.ingest(&unit("P1", "u2", "2", Sex::Unknown)).await.unwrap();
        assert_eq!(world.review(case, true).await, Ok(ReviewedMerge::Recorded(1)));
        assert_eq!(world.ingest(&unit("P1", "u2", "2", Sex::Male)).await, Err(CatalogueError::Conflict { field: "sex" }));
    }

    async fn an_unlinked_number_retires_what_came_and_can_be_linked_to_another_person(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        let site = SiteId::parse("a").unwrap();
        let (first, second) = ([link("d1", "P0")], [link("d1", "P1")]);
        let numbers = |links| [LinkedNumbers { site: &site, namespace: "mrn", links }];
        let key = mandate(WriteAction::LinkNumbers);
        world.catalogue.link_numbers(&key, &numbers(&first)).await.unwrap();
        world.ingest(&unit("P0", "u1", "1", Sex::Female)).await.unwrap();
        assert_eq!(world.catalogue.link_numbers(&key, &numbers(&second)).await, Err(CatalogueError::Conflict { field: "number" }));
        let wrong = world.catalogue.unlink_numbers(&key, &numbers(&second), "used again").await;
        assert_eq!(wrong, Err(CatalogueError::NotFound { what: "number" }));
        assert_eq!(world.people_with("1").await, [0]);
        let unlinked = world.catalogue.unlink_numbers(&key, &numbers(&first), "used again").await;
        assert_eq!(unlinked, Ok(Unlinked { links: 1, units: 1 }));
        assert_eq!((world.people_with("1").await, world.sex_of("P0").await), (Vec::new(), Sex::Unknown));
        let released = async || world.catalogue.released_numbers(upkeep(Job::ResolveNumbers), &site, "mrn").await.unwrap();
        assert!(released().await.is_empty(), "a number that is linked to nobody has no present person");
        assert_eq!(world.catalogue.link_numbers(&key, &numbers(&second)).await, Ok(1));
        assert_eq!(world.ingest(&unit("P1", "u1", "1", Sex::Female)).await, Ok(Committed::New));
        let first_release = released().await["d1"];
        // The first person again: the second person's release counts, and then no other one.
        world.catalogue.unlink_numbers(&key, &numbers(&second), "a mistake").await.unwrap();
        world.catalogue.link_numbers(&key, &numbers(&first)).await.unwrap();
        assert!(released().await["d1"] >= first_release);
        let other = [LinkedNumbers { site: &site, namespace: "edc", links: &first }];
        world.catalogue.link_numbers(&key, &other).await.unwrap();
        assert_eq!(released().await.len(), 1, "a number of another namespace was never another person's");
    }

    async fn a_sink_stores_nothing_more_after_a_link_ended(world: World) {
        let site = SiteId::parse("a").unwrap();
        let links = [link("d1", "P0")];
        let numbers = [LinkedNumbers { site: &site, namespace: "mrn", links: &links }];
        let key = mandate(WriteAction::LinkNumbers);
        world.catalogue.link_numbers(&key, &numbers).await.unwrap();
        let state = world.catalogue.links_state(upkeep(Job::ResolveNumbers)).await.unwrap();
        let handle = tokio::runtime::Handle::current();
        let mut sink = CatalogueSink::new(world.catalogue.clone(), mandate(WriteAction::Ingest), handle).with_links(state);
        let mut sink = tokio::task::spawn_blocking(move || {
            assert_eq!(sink.commit(unit("P0", "u1", "1", Sex::Female)), Ok(Committed::New));
            assert_eq!(sink.flush(), Ok(()));
            sink
        }).await.unwrap();
        world.catalogue.unlink_numbers(&key, &numbers, "used again").await.unwrap();
        let late = tokio::task::spawn_blocking(move || sink.commit(unit("P0", "u2", "2", Sex::Female))).await.unwrap();
        assert_eq!(late, Err(SinkError::Store));
        assert_eq!(world.sex_of("P0").await, Sex::Unknown, "nothing is stored about the former person");
    }

    async fn every_unit_is_on_the_person_of_its_number_after_any_order_of_merges_reviews_and_units(world: World) {
        const PEOPLE: usize = 5;
        world.approve().await;
        let names: Vec<String> = (0..PEOPLE).map(|n| format!("P{n}")).collect();
        world.consent_all(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let mut model = Model::default();
        let mut seed = 20_260_401_u64;
        let mut any = |most: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % most
        };
        for step in 0..120_u64 {
            let (a, b) = (any(PEOPLE), any(PEOPLE));
            match any(4) {
                0 if a != b => {
                    let opened = world.state(&stated(&names[a], &names[b], MergeSource::Operator, None, "")).await;
                    match (opened, model.open(a, b)) {
                        (OpenedMerge::Opened(number), true) => model.numbers.push(number),
                        (OpenedMerge::AlreadyOpen(_) | OpenedMerge::OnePerson, false) => {}
                        (other, expected) => panic!("step {step}: {other:?}, expected {expected}"),
                    }
                }
                1 if !model.numbers.is_empty() => {
                    let (case, same) = (any(model.numbers.len()), any(3) > 0);
                    let reviewed = world.review(model.numbers[case], same).await.unwrap();
                    let is_recorded = matches!(reviewed, ReviewedMerge::Recorded(_));
                    assert_eq!(is_recorded, model.review(case, same, step), "step {step}: {reviewed:?}");
                }
                _ => {
                    let (name, code) = (format!("u{b}"), format!("C{step}"));
                    world.ingest(&unit(&names[a], &name, &code, Sex::Unknown)).await.unwrap();
                    model.units.insert(name, (a, code));
                }
            }
            let labels = model.labels();
            for (linked, code) in model.units.values() {
                assert_eq!(world.people_with(code).await, [labels[*linked] as u32], "step {step}: {code} of P{linked}");
            }
            assert_eq!(world.tamper("UPDATE fact SET label = label").await, model.units.len() as u64, "step {step}");
        }
        assert!(world.is_audit_good().await);
    }
}

/// The persons by brute force: a label for each participant, computed again from all reviews.
#[derive(Default)]
struct Model {
    numbers: Vec<u64>,
    /// The survivor, the prior, and the step of the last review as one person.
    cases: Vec<(usize, usize, State)>,
    units: std::collections::BTreeMap<String, (usize, String)>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Same(u64),
    Different,
}

impl Model {
    fn labels(&self) -> Vec<usize> {
        let mut labels: Vec<usize> = (0..5).collect();
        let mut same: Vec<(u64, usize, usize)> = Vec::new();
        for (survivor, prior, state) in &self.cases {
            if let State::Same(step) = state {
                same.push((*step, *survivor, *prior));
            }
        }
        same.sort_unstable();
        for (_, survivor, prior) in same {
            if labels[prior] == prior && labels[survivor] != prior {
                let to = labels[survivor];
                labels.iter_mut().filter(|label| **label == prior).for_each(|label| *label = to);
            }
        }
        labels
    }

    fn open(&mut self, a: usize, b: usize) -> bool {
        let labels = self.labels();
        let pair = |x: usize, y: usize| (labels[x].min(labels[y]), labels[x].max(labels[y]));
        let is_open = |(x, y, state): &(usize, usize, State)| *state == State::Open && pair(*x, *y) == pair(a, b);
        if labels[a] == labels[b] || self.cases.iter().any(is_open) {
            return false;
        }
        self.cases.push((labels[a], labels[b], State::Open));
        true
    }

    fn review(&mut self, case: usize, same: bool, step: u64) -> bool {
        let (survivor, prior, state) = self.cases[case];
        let labels = self.labels();
        if same {
            if matches!(state, State::Same(_)) || labels[survivor] == labels[prior] || labels[prior] != prior {
                return false;
            }
            self.cases[case].2 = State::Same(step);
        } else {
            if state == State::Different {
                return false;
            }
            self.cases[case].2 = State::Different;
        }
        true
    }
}

async fn a_restored_copy_gets_the_merges_that_were_recorded_after_it(mut world: World) {
    let key = CapabilityKey::new([5; 32]);
    let folder = world.folder.path().join("heads");
    std::fs::create_dir_all(&folder).unwrap();
    world.consent_all(&["P0", "P1", "P2", "P3"]).await;
    for who in ["P0", "P1", "P2", "P3"] {
        world.ingest(&unit(who, who, who, Sex::Unknown)).await.unwrap();
    }
    append(&world.catalogue, &[withdrawn("P1")]).await;
    checkpoint_operations(&world.catalogue, &folder, &key).await.unwrap();
    let copy = world.copy().await;
    let (open, same) = (world.open("P0", "P1").await, world.open("P2", "P3").await);
    append(&world.catalogue, &[withdrawn("P3")]).await;
    world.review(same, true).await.unwrap();
    append(&world.catalogue, &[given("P2")]).await;
    let _ = open;
    assert_eq!(world.covered_now().await, [2]);
    checkpoint_operations(&world.catalogue, &folder, &key).await.unwrap();
    let tail = read_tail(&folder, &key).unwrap().unwrap();
    assert_eq!(tail.merges.len(), 3);
    let restore = mandate(WriteAction::Restore);
    copy.catalogue.close_seal(&restore, "restored", now()).await.unwrap();
    let lost = copy.catalogue.lost_events(upkeep(Job::BackUp), &tail, None).await.unwrap().unwrap();
    let replayed = copy.catalogue.replay(&restore, &lost, now()).await.unwrap();
    assert_eq!((replayed.consents, replayed.merges), (2, 3));
    copy.catalogue.lift_seal(&restore, "compared").await.unwrap();
    assert_eq!(copy.covered_now().await, [2], "what the merges closed stays closed");
    assert_eq!(
        copy.cases().await.iter().map(MergeCase::state).collect::<Vec<_>>(),
        ["open", "same"]
    );
    assert!(copy.is_audit_good().await);
    copy.end().await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restored_copy_gets_the_merges_that_were_recorded_after_it_on_sqlite() {
    a_restored_copy_gets_the_merges_that_were_recorded_after_it(World::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_restored_copy_gets_the_merges_that_were_recorded_after_it_on_postgres() {
    let Some(world) = World::postgres("a_restored_copy_gets_the_merges").await else {
        return;
    };
    a_restored_copy_gets_the_merges_that_were_recorded_after_it(world).await;
}

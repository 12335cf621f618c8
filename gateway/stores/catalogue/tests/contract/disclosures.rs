use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gemj_access::{Action, CapabilityKey, Job, LocatedObject, OperatorReadAction, WriteAction};
use gemj_catalogue::audit::{AuditEntry, AuditLog, AuditResource, Verdict};
use gemj_catalogue::{Disclosure, DisclosureLine, NoticedThing};
use gemj_model::{Approval, Clause, ClauseSet, Clock, ConsentKind, Ordinal, Purpose, SiteId, Timestamp};

use crate::world::*;

const DAY: i64 = 86_400_000_000;

/// A clock that always shows noon of a day. The test sets the day.
struct Noon(AtomicI64);

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst) * DAY + DAY / 2)
    }
}

struct Ledger {
    log: AuditLog,
    clock: Arc<Noon>,
}

impl Ledger {
    async fn of(world: &World) -> Self {
        let clock = Arc::new(Noon(AtomicI64::new(20_000)));
        let key = CapabilityKey::new([5; 32]);
        let log = AuditLog::open(world.catalogue.clone(), clock.clone(), None, key).await.unwrap();
        Self { log, clock }
    }

    async fn take(&self, day: i64, disclosure: Disclosure) {
        self.clock.0.store(20_000 + day, Ordering::SeqCst);
        let entry = AuditEntry {
            decision: String::new(),
            actor: disclosure.holder.clone(),
            action: disclosure.action.as_str().into(),
            resource: AuditResource::None,
            verdict: Verdict::Allow,
            rule: String::new(),
            approvals: disclosure.approvals.clone(),
            visas: Vec::new(),
            epoch: None,
            rows: None,
            bytes: None,
        };
        self.log.append_disclosing(entry, vec![disclosure]).await.unwrap();
    }
}

fn day(n: i64) -> Timestamp {
    Timestamp((20_000 + n) * DAY)
}

fn of_file(file: &str, people: &[u32], action: Action) -> Disclosure {
    Disclosure {
        dataset: dataset("cancer"),
        object: Some(id(file)),
        people: Arc::new(people.iter().copied().collect()),
        holder: "researcher".into(),
        organisation: "kyoto.example".into(),
        country: "JP".into(),
        purposes: vec![Purpose::GeneralResearch],
        approvals: vec![VISA.into()],
        action,
    }
}

const VISA_2: &str = "https://committee.example/approvals/A-2";

impl World {
    /// Records two approvals and registers three files: `o1` contains P0 and P1, `o2` contains P1, `o3` contains P2. P0 belongs to the site
    /// `east`.
    async fn programme(&self) {
        let key = mandate(WriteAction::RecordApproval);
        self.approve().await;
        let company = Approval {
            project: "Another project".into(),
            commercial: true,
            ..approval("A-2", VISA_2)
        };
        self.catalogue.record_approval(&key, &company).await.unwrap();
        self.consent_all(&["P0", "P1", "P2"]).await;
        let mut of_east = sample("a", Some("P0"));
        of_east.site = SiteId::parse("east").ok();
        for new in [
            object("o1", "cancer", vec![of_east, sample("b", Some("P1"))]),
            object("o2", "cancer", vec![sample("c", Some("P1"))]),
            object("o3", "cancer", vec![sample("d", Some("P2"))]),
        ] {
            self.catalogue
                .register_object(&mandate(WriteAction::Load), &new, &[])
                .await
                .unwrap();
        }
    }

    async fn statement(&self, name: &str) -> Vec<DisclosureLine> {
        let statement = self
            .catalogue
            .disclosures_of(&operator_read(OperatorReadAction::Disclosures, name), now())
            .await
            .unwrap();
        statement.unwrap()
    }

    async fn rows(&self) -> u64 {
        // The UPDATE changes no value. It only counts the rows of the ledger.
        self.tamper("UPDATE disclosure SET day = day").await
    }
}

contract! {
    async fn a_repeated_disclosure_on_one_day_is_one_row_and_a_new_participant_or_day_adds_one(world: World) {
        world.programme().await;
        let ledger = Ledger::of(&world).await;
        for _ in 0..50 {
            ledger.take(0, of_file("o1", &[0], Action::SliceReads)).await;
        }
        assert_eq!(world.rows().await, 1);
        ledger.take(0, of_file("o1", &[0, 1], Action::SliceReads)).await;
        ledger.take(0, of_file("o1", &[1], Action::SliceReads)).await;
        assert_eq!(world.rows().await, 2);
        ledger.take(0, of_file("o1", &[0], Action::FetchObject)).await;
        ledger.take(1, of_file("o1", &[0], Action::SliceReads)).await;
        ledger.take(1, Disclosure { holder: "another".into(), ..of_file("o1", &[0], Action::SliceReads) }).await;
        assert_eq!(world.rows().await, 5);
        ledger.log.close().await.unwrap();
    }

    async fn a_disclosure_statement_lists_recipients_files_and_days_of_one_participant_only(world: World) {
        world.programme().await;
        let ledger = Ledger::of(&world).await;
        ledger.take(0, of_file("o1", &[0, 1], Action::SliceReads)).await;
        ledger.take(3, of_file("o1", &[0], Action::SliceReads)).await;
        ledger.take(2, of_file("o2", &[1], Action::SliceReads)).await;
        let both = Disclosure { approvals: vec![VISA_2.into(), VISA.into()], ..of_file("o1", &[0], Action::FetchObject) };
        ledger.take(5, Disclosure { country: "GB".into(), organisation: "firm.example".into(), ..both }).await;
        let records = Disclosure { object: None, ..of_file("o1", &[1, 2], Action::AskIndividuals) };
        ledger.take(4, records).await;

        let lines = world.statement("P0").await;
        let [fetched, sliced] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((sliced.first_day, sliced.last_day, sliced.object_count), (day(0), day(3), 1));
        assert_eq!((sliced.organisation.as_str(), sliced.country.as_str(), sliced.action.as_str()), ("kyoto.example", "JP", "slice-reads"));
        assert_eq!(sliced.purposes, [Purpose::GeneralResearch]);
        assert_eq!((sliced.approvals[0].id.as_str(), sliced.approvals[0].project.as_str()), ("A-1", "A project"));
        assert_eq!((fetched.first_day, fetched.country.as_str()), (day(5), "GB"));
        assert_eq!(fetched.approvals.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["A-1", "A-2"]);

        let lines = world.statement("P1").await;
        assert_eq!(lines.iter().map(|l| (l.action.as_str(), l.first_day, l.last_day, l.object_count)).collect::<Vec<_>>(), [
            ("ask-individuals", day(4), day(4), 0), ("slice-reads", day(0), day(2), 2),
        ]);
        assert_eq!(world.statement("P2").await.len(), 1);
        assert_eq!(world.catalogue.disclosures_of(&operator_read(OperatorReadAction::Disclosures, "P9"), now()).await.unwrap(), None);
    }

    async fn a_hospital_reads_only_the_disclosures_of_its_own_patients(world: World) {
        world.programme().await;
        let ledger = Ledger::of(&world).await;
        ledger.take(0, of_file("o1", &[0, 1], Action::SliceReads)).await;
        let grant = world.hospital("east", Action::ReadDisclosures).await.unwrap();
        let own = world.catalogue.patient_disclosures(&grant, Ordinal(0)).await.unwrap();
        assert_eq!(own, Some(world.statement("P0").await));
        assert_eq!(own.unwrap().len(), 1);
        assert_eq!(world.catalogue.patient_disclosures(&grant, Ordinal(1)).await.unwrap(), None);
        let other = world.hospital("east", Action::ReadPatient).await.unwrap();
        assert_eq!(world.catalogue.patient_disclosures(&other, Ordinal(0)).await.unwrap(), None);
        // The hospital can read the statement of a patient who has withdrawn.
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let grant = world.hospital("east", Action::ReadDisclosures).await.unwrap();
        assert_eq!(world.catalogue.patient_disclosures(&grant, Ordinal(0)).await.unwrap().unwrap().len(), 1);
    }

    async fn a_disclosure_of_a_file_names_only_the_participants_that_the_grant_covers(world: World) {
        world.programme().await;
        let grant = world.grant(&["cancer"]).await;
        let file = |samples: &[Option<u32>]| LocatedObject {
            id: id("o1"),
            dataset: dataset("cancer"),
            kind: gemj_model::DataKind::Variants,
            samples: samples.iter().map(|s| s.map(Ordinal)).collect(),
        };
        let of = |samples: &[Option<u32>]| Disclosure::of_object(&grant, &file(samples), "kyoto.example", "JP");
        let disclosed = of(&[Some(0), None, Some(1), Some(99)]).unwrap();
        assert_eq!(disclosed.people.iter().collect::<Vec<_>>(), [0, 1]);
        assert_eq!((disclosed.holder.as_str(), &disclosed.approvals[..]), ("researcher", &["A-1".to_owned()][..]));
        assert_eq!((disclosed.object, disclosed.action), (Some(id("o1")), Action::AskIndividuals));
        assert_eq!(of(&[None, Some(99)]), None);
    }

    async fn every_holder_of_a_participants_data_gets_a_notice_after_a_withdrawal(world: World) {
        world.programme().await;
        let ledger = Ledger::of(&world).await;
        ledger.take(0, of_file("o1", &[0, 1], Action::SliceReads)).await;
        ledger.take(0, of_file("o1", &[0, 1], Action::FetchObject)).await;
        ledger.take(1, of_file("o2", &[1], Action::ComputeOnObject)).await;
        ledger.take(1, Disclosure { approvals: vec![VISA_2.into()], ..of_file("o2", &[1], Action::SliceReads) }).await;
        ledger.take(1, of_file("o3", &[2], Action::FetchObject)).await;
        let holders = world.catalogue.holders_of(upkeep(Job::Inventory), &person("P1")).await.unwrap().unwrap();
        assert_eq!(holders.iter().map(|h| h.approval.as_str()).collect::<Vec<_>>(), ["A-1", "A-2"]);
        let first = &holders[0];
        assert_eq!((&first.viewed[..], &first.downloaded[..], &first.computed[..]), (&[id("o1")][..], &[id("o1")][..], &[id("o2")][..]));
        assert_eq!((first.records, first.last_day, &first.users[..]), (false, day(1), &["researcher".to_owned()][..]));
        assert!(world.catalogue.holders_of(upkeep(Job::Inventory), &person("P9")).await.unwrap().is_none());

        let notices = async |all| world.catalogue.notices(upkeep(Job::Inventory), all).await.unwrap();
        append(&world.catalogue, &[event("P1", ConsentKind::Died, ClauseSet::EMPTY, now())]).await;
        assert!(notices(true).await.is_empty(), "a death is not a withdrawal");
        append(&world.catalogue, &[withdrawn("P1")]).await;
        let told = notices(false).await;
        assert_eq!(told.iter().map(|n| n.approval.as_str()).collect::<Vec<_>>(), ["A-1", "A-2"]);
        let thing = |file: &str, way: &str| NoticedThing { object: Some(id(file)), way: way.into() };
        assert_eq!(told[0].things, [thing("o1", "download"), thing("o1", "view"), thing("o2", "compute")]);
        assert_eq!(told[1].things, [thing("o2", "view")]);

        let key = mandate(WriteAction::AcknowledgeNotice);
        world.catalogue.acknowledge_notice(&key, told[0].id, now()).await.unwrap();
        assert_eq!(notices(false).await.iter().map(|n| n.id).collect::<Vec<_>>(), [told[1].id]);
        assert!(notices(true).await[0].acknowledged.is_some());
    }

    async fn a_disclosure_recorded_after_the_withdrawal_extends_the_notice(world: World) {
        world.programme().await;
        let ledger = Ledger::of(&world).await;
        ledger.take(0, of_file("o1", &[0, 1], Action::SliceReads)).await;
        append(&world.catalogue, &[withdrawn("P1")]).await;
        let notices = async |all| world.catalogue.notices(upkeep(Job::Inventory), all).await.unwrap();
        let acknowledge = mandate(WriteAction::AcknowledgeNotice);
        world.catalogue.acknowledge_notice(&acknowledge, 1, now()).await.unwrap();
        let key = mandate(WriteAction::RecordConsent);
        assert_eq!(world.catalogue.complete_notices(&key, Timestamp(0)).await.unwrap(), 0);
        assert!(notices(false).await.is_empty());
        ledger.take(0, of_file("o2", &[1], Action::SliceReads)).await;
        assert_eq!(world.catalogue.complete_notices(&key, now().plus_seconds(60)).await.unwrap(), 0);
        assert_eq!(world.catalogue.complete_notices(&key, Timestamp(0)).await.unwrap(), 1);
        assert_eq!(notices(false).await[0].things.len(), 2, "the notice is open again");
        assert_eq!(world.catalogue.complete_notices(&key, Timestamp(0)).await.unwrap(), 0);
    }

    async fn a_partial_withdrawal_notifies_only_holders_that_need_a_withdrawn_clause(world: World) {
        world.programme().await;
        let ledger = Ledger::of(&world).await;
        ledger.take(0, of_file("o1", &[0], Action::SliceReads)).await;
        ledger.take(0, Disclosure { approvals: vec![VISA_2.into()], country: "GB".into(), ..of_file("o1", &[0], Action::SliceReads) }).await;
        let partly = |clause| event("P0", ConsentKind::WithdrawnPartial, ClauseSet::EMPTY.with(clause), now());
        let count = async || world.catalogue.notices(upkeep(Job::Inventory), true).await.unwrap().len();
        append(&world.catalogue, &[partly(Clause::Recontact), partly(Clause::Biobank)]).await;
        assert_eq!(count().await, 0);
        append(&world.catalogue, &[partly(Clause::ThirdPartyOverseas)]).await;
        assert_eq!(count().await, 1);
        assert_eq!(world.catalogue.notices(upkeep(Job::Inventory), true).await.unwrap()[0].approval.as_str(), "A-2");
        append(&world.catalogue, &[partly(Clause::ThirdPartyDomestic)]).await;
        assert_eq!(count().await, 2);
        append(&world.catalogue, &[partly(Clause::StudyUse)]).await;
        assert_eq!(count().await, 4);
    }
}

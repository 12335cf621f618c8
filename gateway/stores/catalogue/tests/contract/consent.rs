use gemj_access::{Job, WriteAction};
use gemj_catalogue::{CatalogueError, NewConsent, UnknownParticipant};
use gemj_model::{ApprovalId, Clause, ClauseSet, ConsentKind, Ground};

use crate::world::*;

contract! {
    async fn each_event_has_its_own_sequence_and_the_epoch_equals_the_last_sequence(world: World) {
        assert_eq!(world.catalogue.state().await.unwrap().epoch, 0);
        assert_eq!(world.consent_all(&["P1", "P2", "P3"]).await, 3);
        assert_eq!(append(&world.catalogue, &[withdrawn("P2")]).await, 4);
        assert_eq!(world.catalogue.state().await.unwrap().epoch, 4);
        let history = world.catalogue.consent_history(upkeep(Job::CompareConsent), &person("P2")).await.unwrap();
        let (participant, events) = history.unwrap();
        assert_eq!(participant.id, person("P2"));
        assert_eq!(events.iter().map(|e| e.sequence).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(events[0].kind, ConsentKind::Given);
        assert_eq!(events[0].clauses, Clause::ALL.into_iter().collect());
        assert_eq!(events[1].kind, ConsentKind::Withdrawn);
        assert_eq!(events[1].clauses, ClauseSet::EMPTY);
        let nobody = world.catalogue.consent_history(upkeep(Job::CompareConsent), &person("P9")).await;
        assert_eq!(nobody.unwrap(), None);
    }

    async fn a_call_that_refuses_unknown_participants_appends_nothing_if_one_participant_is_unknown(world: World) {
        world.consent_all(&["P1"]).await;
        let before = world.catalogue.state().await.unwrap();
        let events = [withdrawn("P1"), withdrawn("P-unknown")];
        let mandate = mandate(WriteAction::RecordConsent);
        let refused = world.catalogue.append_consent(&mandate, &events, now(), UnknownParticipant::Refuse).await;
        assert_eq!(refused, Err(CatalogueError::UnknownParticipant { position: 1 }));
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        let (_, events) = world.catalogue.consent_history(upkeep(Job::CompareConsent), &person("P1")).await.unwrap().unwrap();
        assert_eq!(events.len(), 1);
    }

    async fn the_legal_ground_and_the_corrected_event_are_read_back(world: World) {
        append(&world.catalogue, &[
            NewConsent { ground: Ground::OptOutNotice, ..given("P1") },
            NewConsent { ground: Ground::EthicsWaiver, ..given("P2") },
            withdrawn("P1"),
        ]).await;
        append(&world.catalogue, &[corrected("P1", 3)]).await;
        let history = async |name| world.catalogue.consent_history(upkeep(Job::CompareConsent), &person(name)).await.unwrap().unwrap().1;
        let of = history("P1").await;
        assert_eq!(of.iter().map(|e| (e.ground, e.corrects)).collect::<Vec<_>>(), [
            (Ground::OptOutNotice, None), (Ground::Consent, None), (Ground::Consent, Some(3)),
        ]);
        assert_eq!(history("P2").await[0].ground, Ground::EthicsWaiver);
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 3).await.unwrap();
        assert_eq!(changes.events, of[2..]);
    }

    async fn a_correction_must_name_an_earlier_event_of_the_same_participant(world: World) {
        world.consent_all(&["P1", "P2"]).await;
        let before = world.catalogue.state().await.unwrap();
        let key = mandate(WriteAction::RecordConsent);
        let refuse = async |event: NewConsent| {
            let events = [given("P3"), event];
            world.catalogue.append_consent(&key, &events, now(), UnknownParticipant::Register).await.unwrap_err()
        };
        for of_another in [2, 3, 4, 9, 0] {
            assert_eq!(refuse(corrected("P1", of_another)).await, CatalogueError::NotFound { what: "consent event" }, "{of_another}");
        }
        assert_eq!(refuse(corrected("P1", u64::MAX)).await, CatalogueError::Invalid { field: "corrects" });
        let no_correction = NewConsent { corrects: Some(1), ..given("P1") };
        assert_eq!(refuse(no_correction).await, CatalogueError::Invalid { field: "corrects" });
        assert_eq!(world.catalogue.state().await.unwrap(), before);
    }

    async fn a_key_of_another_action_writes_nothing(world: World) {
        for action in [WriteAction::Load, WriteAction::Ingest, WriteAction::LoadOntology, WriteAction::RecordApproval] {
            let refused = world.catalogue.append_consent(&mandate(action), &[given("P1")], now(), UnknownParticipant::Register).await;
            assert_eq!(refused, Err(CatalogueError::WrongKey));
        }
        let refused = world.catalogue.consent_history(upkeep(Job::Audit), &person("P1")).await;
        assert_eq!(refused, Err(CatalogueError::WrongKey));
        assert_eq!(world.catalogue.state().await.unwrap().epoch, 0);
    }

    async fn ten_thousand_events_are_one_transaction_under_ten_seconds(world: World) {
        let events: Vec<_> = (0..10_000).map(|n| given(&format!("P-{n}"))).collect();
        let begun = std::time::Instant::now();
        assert_eq!(append(&world.catalogue, &events).await, 10_000);
        let took = begun.elapsed();
        eprintln!("10,000 consent events of new participants: {} ms", took.as_millis());
        assert!(took.as_secs() < 10, "{took:?}");
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 0).await.unwrap();
        assert_eq!((changes.events.len(), changes.participants.len()), (10_000, 10_000));
        assert!(changes.events.iter().map(|e| e.sequence).eq(1..=10_000));
        let newer = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 9_999).await.unwrap();
        assert_eq!(newer.events.len(), 1);
    }

    async fn changes_since_an_epoch_are_exactly_the_later_writes(world: World) {
        world.consent_all(&["P1"]).await;
        world.approve().await;
        let epoch = world.catalogue.state().await.unwrap().epoch;
        let load = mandate(WriteAction::Load);
        let joint = object("o1", "cancer", vec![sample("s1", Some("P1")), sample("s2", Some("P2"))]);
        world.catalogue.register_object(&load, &joint, &[]).await.unwrap();
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), epoch).await.unwrap();
        assert_eq!(changes.epoch, epoch + 1);
        assert_eq!(changes.participants.len(), 1, "P1 was registered before");
        assert_eq!(changes.memberships.len(), 2);
        assert!(changes.events.is_empty() && changes.approvals.is_empty());
        let key = mandate(WriteAction::RecordApproval);
        world.catalogue.revoke_approval(&key, &ApprovalId::parse("A-1").unwrap(), now(), "").await.unwrap();
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), epoch + 1).await.unwrap();
        assert_eq!(changes.approvals.len(), 1);
        assert!(changes.approvals[0].revoked.is_some() && changes.memberships.is_empty());
    }

    async fn an_approval_is_recorded_once_and_stays_revoked(world: World) {
        let key = mandate(WriteAction::RecordApproval);
        let first = approval("A-1", VISA);
        world.catalogue.record_approval(&key, &first).await.unwrap();
        let epoch = world.catalogue.state().await.unwrap().epoch;
        world.catalogue.record_approval(&key, &first).await.unwrap();
        assert_eq!(world.catalogue.state().await.unwrap().epoch, epoch);
        let other = world.catalogue.record_approval(&key, &approval("A-2", VISA)).await;
        assert_eq!(other, Err(CatalogueError::Conflict { field: "visa_value" }));
        let id = ApprovalId::parse("A-1").unwrap();
        world.catalogue.revoke_approval(&key, &id, now(), "the project ended").await.unwrap();
        world.catalogue.revoke_approval(&key, &id, now(), "the project ended").await.unwrap();
        let again = world.catalogue.record_approval(&key, &first).await;
        assert_eq!(again, Err(CatalogueError::Conflict { field: "approval" }));
        let unknown = world.catalogue.revoke_approval(&key, &ApprovalId::parse("A-9").unwrap(), now(), "").await;
        assert_eq!(unknown, Err(CatalogueError::NotFound { what: "approval" }));
    }
}

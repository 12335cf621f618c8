use gemj_access::{Job, WriteAction};
use gemj_catalogue::{ApprovalRegister, ApprovalStep, CatalogueError, RecordedApproval, SeenExport};
use gemj_model::{Approval, ApprovalId, ApprovedRegion, Assembly, Contig, Delivery, Purpose, ReleaseId, ZeroBased};

use crate::world::*;

fn region(assembly: Option<Assembly>, contig: &str, start: u64, end: u64) -> ApprovedRegion {
    ApprovedRegion {
        assembly,
        contig: Contig(contig.into()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    }
}

/// An approval with values in most fields, among them users, country, diseases, budget and regions.
fn full() -> Approval {
    Approval {
        project: "稀少疾患の研究".into(),
        applicant: "Applicant 7".into(),
        users: vec!["0a".repeat(16), "0b".repeat(16)],
        country: Some("GB".into()),
        purposes: vec![Purpose::DiseaseResearch, Purpose::MethodsDevelopment],
        diseases: vec!["MONDO:0005061".into(), "MONDO:0004992".into()],
        commercial: true,
        meets: vec!["DUO:0000021".into()],
        region_budget_bp: Some(250_000),
        not_before: Some(now().plus_seconds(-60)),
        regions: Some(vec![
            region(Some(Assembly::GRCh38), "chr17", 43_044_294, 43_125_483),
            region(None, "HLA-A*01:01:01:01", 0, u64::MAX),
        ]),
        delivery: Delivery::RegionView,
        ..approval("A-7", "https://committee.example/approvals/A-7")
    }
}

contract! {
    async fn an_approval_is_read_back_by_list_id_and_visa_value(world: World) {
        let key = mandate(WriteAction::RecordApproval);
        let (plain, full) = (approval("A-1", VISA), full());
        world.catalogue.record_approval(&key, &full).await.unwrap();
        world.catalogue.record_approval(&key, &plain).await.unwrap();
        let epoch = world.catalogue.state().await.unwrap().epoch;
        world.catalogue.record_approval(&key, &full).await.unwrap();
        assert_eq!(world.catalogue.state().await.unwrap().epoch, epoch);
        let inventory = upkeep(Job::Inventory);
        assert_eq!(world.catalogue.list_approvals(inventory).await.unwrap(), [plain.clone(), full.clone()]);
        assert_eq!(world.catalogue.approval(inventory, "A-1").await.unwrap(), Some(plain.clone()));
        assert_eq!(world.catalogue.approval(inventory, VISA).await.unwrap(), Some(plain));
        assert_eq!(world.catalogue.approval(inventory, "A-8").await.unwrap(), None);
        assert_eq!(world.catalogue.list_approvals(upkeep(Job::FoldPolicy)).await, Err(CatalogueError::WrongKey));
        let wider = Approval { regions: None, ..full.clone() };
        assert_eq!(world.catalogue.record_approval(&key, &wider).await, Ok(RecordedApproval::Version(2)));
        let mut shorter = full;
        shorter.users.pop();
        assert_eq!(world.catalogue.record_approval(&key, &shorter).await, Ok(RecordedApproval::Version(3)));
        assert_eq!(world.catalogue.record_approval(&key, &shorter).await, Ok(RecordedApproval::NothingNew));
        assert_eq!(world.catalogue.approval(inventory, "A-7").await.unwrap(), Some(shorter.clone()));
        world.catalogue.revoke_approval(&key, &shorter.id, now(), "over").await.unwrap();
        for again in [shorter.clone(), wider] {
            let refused = world.catalogue.record_approval(&key, &again).await;
            assert_eq!(refused, Err(CatalogueError::Conflict { field: "approval" }), "a revoked approval stays revoked");
        }
    }

    async fn approvals_share_a_visa_value_only_if_each_names_its_users(world: World) {
        let key = mandate(WriteAction::RecordApproval);
        let of = |id: &str, users: &[&str]| Approval {
            users: users.iter().map(|user| user.repeat(16)).collect(),
            ..approval(id, VISA)
        };
        let conflict = Err(CatalogueError::Conflict { field: "visa_value" });
        assert_eq!(world.catalogue.record_approval(&key, &of("R-1", &["0a"])).await, Ok(RecordedApproval::New));
        assert_eq!(world.catalogue.record_approval(&key, &of("R-2", &["0b", "0a"])).await, Ok(RecordedApproval::New));
        assert_eq!(world.catalogue.record_approval(&key, &of("R-3", &[])).await, conflict);
        // R-2 shares the visa value with R-1. A new version of R-2 without users is therefore rejected too.
        assert_eq!(world.catalogue.record_approval(&key, &of("R-2", &[])).await, conflict);
        world.catalogue.revoke_approval(&key, &of("R-1", &[]).id, now(), "over").await.unwrap();
        world.catalogue.revoke_approval(&key, &of("R-2", &[]).id, now(), "over").await.unwrap();
        assert_eq!(world.catalogue.record_approval(&key, &of("R-3", &[])).await, Ok(RecordedApproval::New));
    }

    async fn an_approval_with_a_forbidden_purpose_or_bad_field_is_rejected(world: World) {
        let key = mandate(WriteAction::RecordApproval);
        for purpose in [Purpose::Insurance, Purpose::Employment, Purpose::LawEnforcement, Purpose::ReIdentification] {
            let refused = Approval { purposes: vec![Purpose::GeneralResearch, purpose], ..full() };
            let refused = world.catalogue.record_approval(&key, &refused).await;
            assert_eq!(refused, Err(CatalogueError::Invalid { field: "purposes" }));
        }
        for (field, broken) in [
            ("users", Approval { users: vec!["a\nb".into()], ..full() }),
            ("diseases", Approval { diseases: vec![String::new()], ..full() }),
            ("applicant", Approval { applicant: "a\0".into(), ..full() }),
            ("regions", Approval { regions: Some(Vec::new()), ..full() }),
            ("regions", Approval { regions: Some(vec![region(None, "chr1", 5, 5)]), ..full() }),
            ("regions", Approval { regions: Some(vec![region(None, "chr\t1", 0, 5)]), ..full() }),
            ("region_budget_bp", Approval { region_budget_bp: Some(u64::MAX), ..full() }),
        ] {
            let refused = world.catalogue.record_approval(&key, &broken).await;
            assert_eq!(refused, Err(CatalogueError::Invalid { field }));
        }
        assert_eq!(world.catalogue.state().await.unwrap().epoch, 0);
        assert!(world.catalogue.list_approvals(upkeep(Job::Inventory)).await.unwrap().is_empty());
    }

    async fn unreadable_regions_are_corrupt_and_never_mean_the_whole_genome(world: World) {
        let key = mandate(WriteAction::RecordApproval);
        world.catalogue.record_approval(&key, &full()).await.unwrap();
        let damaged = Err(CatalogueError::Corrupt { what: "approved regions" });
        for text in ["chr1", "0\t5\t*", "0\t5\thg17\tchr1", "5\t5\t*\tchr1", "-1\t5\t*\tchr1", "0\t5\t*\t"] {
            world.tamper(&format!("UPDATE approval SET regions = '{text}'")).await;
            assert_eq!(world.catalogue.list_approvals(upkeep(Job::Inventory)).await, damaged, "{text}");
        }
        world.tamper("UPDATE approval SET regions = ''").await;
        let read = world.catalogue.list_approvals(upkeep(Job::Inventory)).await.unwrap();
        assert_eq!(read[0].regions.as_deref(), Some(&[][..]), "it opens nothing");
    }

    async fn a_named_release_must_exist_and_belong_to_a_dataset_of_the_approval(world: World) {
        world.consent_all(&["P1"]).await;
        let load = mandate(WriteAction::Load);
        world.catalogue.register_object(&load, &object("o1", "rare-disease", vec![sample("s", Some("P1"))]), &[]).await.unwrap();
        let release = ReleaseId::parse("rare-disease-2026.1").unwrap();
        let key = mandate(WriteAction::RecordApproval);
        let named = Approval { release: Some(release.clone()), ..full() };
        let refused = world.catalogue.record_approval(&key, &named).await;
        assert_eq!(refused, Err(CatalogueError::NotFound { what: "release" }));
        let view = world.watch().current().await.unwrap().view;
        let create = mandate(WriteAction::CreateRelease);
        world.catalogue.create_release(&create, &view, &release, &dataset("rare-disease"), "", now()).await.unwrap();
        let elsewhere = Approval { datasets: vec![dataset("cancer")], ..named.clone() };
        let refused = world.catalogue.record_approval(&key, &elsewhere).await;
        assert_eq!(refused, Err(CatalogueError::Invalid { field: "release" }));
        world.catalogue.record_approval(&key, &named).await.unwrap();
        assert_eq!(world.catalogue.approval(upkeep(Job::Inventory), "A-7").await.unwrap(), Some(named));
    }

    async fn the_first_reason_of_a_revocation_is_kept_for_staff(world: World) {
        let key = mandate(WriteAction::RecordApproval);
        world.approve().await;
        let (id, inventory) = (ApprovalId::parse("A-1").unwrap(), upkeep(Job::Inventory));
        assert_eq!(world.catalogue.revocation_reason(inventory, &id).await.unwrap(), None);
        world.catalogue.revoke_approval(&key, &id, now(), "deviation from the plan").await.unwrap();
        world.catalogue.revoke_approval(&key, &id, now(), "another").await.unwrap();
        let reason = world.catalogue.revocation_reason(inventory, &id).await.unwrap();
        assert_eq!(reason.as_deref(), Some("deviation from the plan"));
        assert!(world.catalogue.approval(inventory, "A-1").await.unwrap().unwrap().revoked.is_some());
    }

    async fn several_steps_are_stored_together_or_not_at_all(world: World) {
        let (key, inventory) = (mandate(WriteAction::RecordApproval), upkeep(Job::Inventory));
        // The clock of the tests moves, so the times of the approvals are read once.
        let (plain, now) = (approval("R", VISA), now());
        let of = |id: &str, project: &str| Approval {
            id: ApprovalId::parse(id).unwrap(), visa_value: format!("{VISA}/{id}"), project: project.into(), ..plain.clone()
        };
        let record = |approval: Approval| ApprovalStep::Record(Box::new(approval));
        let revoke = |id: &str| ApprovalStep::Revoke { id: ApprovalId::parse(id).unwrap(), at: now, reason: "revoked in REMS".into() };
        let seen = |application: &str, activity, over| SeenExport {
            application: ApprovalId::parse(application).unwrap(), activity, exported: now, over,
        };
        let basis = world.catalogue.approval_register(inventory).await.unwrap();
        assert_eq!(basis, ApprovalRegister::default());
        let exports = [seen("R-1", Some(now.plus_seconds(-9)), false), seen("R-2", None, false)];
        let steps = [record(of("R-1", "one")), record(of("R-2", "two"))];
        let stored = world.catalogue.apply_approvals(&key, &basis, &steps, &exports).await;
        assert_eq!(stored, Ok(vec![RecordedApproval::New, RecordedApproval::New]));
        let register = world.catalogue.approval_register(inventory).await.unwrap();
        assert_eq!(register.approvals, [of("R-1", "one"), of("R-2", "two")]);
        assert_eq!(register.exports, exports);

        // Another command has changed the register since `basis` was read.
        let outdated = world.catalogue.apply_approvals(&key, &basis, &[record(of("R-3", "three"))], &[]).await;
        assert_eq!(outdated, Err(CatalogueError::Conflict { field: "register" }));
        // The last step is refused, so the first steps and the exports are not stored either.
        let state = world.catalogue.state().await.unwrap();
        let steps = [record(of("R-1", "changed")), revoke("R-2"), record(Approval { regions: Some(Vec::new()), ..of("R-3", "three") })];
        let refused = world.catalogue.apply_approvals(&key, &register, &steps, &[seen("R-3", None, true)]).await;
        assert_eq!(refused, Err(CatalogueError::Invalid { field: "regions" }));
        assert_eq!(world.catalogue.approval_register(inventory).await.unwrap(), register);
        assert_eq!(world.catalogue.state().await.unwrap(), state);
        let no_key = world.catalogue.apply_approvals(&mandate(WriteAction::Load), &register, &[], &[]).await;
        assert_eq!(no_key, Err(CatalogueError::WrongKey));

        let newer = [seen("R-1", Some(now), false), seen("R-2", None, true)];
        let stored = world.catalogue.apply_approvals(&key, &register, &[revoke("R-2"), record(of("R-1", "changed"))], &newer).await;
        assert_eq!(stored, Ok(vec![RecordedApproval::Version(2)]));
        let after = world.catalogue.approval_register(inventory).await.unwrap();
        assert_eq!((&after.approvals[0], after.approvals[1].revoked), (&of("R-1", "changed"), Some(now)));
        assert_eq!(after.exports, newer);
        let reason = world.catalogue.revocation_reason(inventory, &after.approvals[1].id).await.unwrap();
        assert_eq!(reason.as_deref(), Some("revoked in REMS"));
        // Both steps are one policy change.
        assert_eq!(world.catalogue.state().await.unwrap().epoch, state.epoch + 1);
    }

    async fn an_import_that_changes_no_approval_changes_no_policy(world: World) {
        let (key, inventory) = (mandate(WriteAction::RecordApproval), upkeep(Job::Inventory));
        let before = world.catalogue.state().await.unwrap();
        let seen = SeenExport { application: ApprovalId::parse("R-1").unwrap(), activity: None, exported: now(), over: true };
        let basis = ApprovalRegister::default();
        assert_eq!(world.catalogue.apply_approvals(&key, &basis, &[], std::slice::from_ref(&seen)).await, Ok(vec![]));
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        assert_eq!(world.catalogue.approval_register(inventory).await.unwrap().exports, [seen]);
    }
}

use std::path::PathBuf;
use std::sync::Arc;

use gemj_access::{Action, CapabilityKey, Job, VisaVerdict, WriteAction};
use gemj_catalogue::audit::{self, AuditEntry, AuditError, AuditFault, AuditLog, AuditReport, AuditResource, Fault, Verdict};
use gemj_catalogue::{ApprovalRegister, ApprovalStep, CatalogueError, Disclosure, SeenExport};
use gemj_model::{ApprovalId, Purpose, ReleaseId, SystemClock};

use crate::world::*;

fn key() -> CapabilityKey {
    CapabilityKey::new([5; 32])
}

fn entry(n: u64) -> AuditEntry {
    AuditEntry {
        decision: format!("{n:032x}"),
        actor: "researcher".into(),
        action: "slice-reads".into(),
        resource: AuditResource::Object(id("o1")),
        verdict: if n.is_multiple_of(3) { Verdict::Deny } else { Verdict::Allow },
        rule: if n.is_multiple_of(3) { "not-visible".into() } else { String::new() },
        approvals: vec![VISA.into()],
        visas: vec![VisaVerdict {
            jti: Some("a\0\"b".into()),
            code: "used",
            ..VisaVerdict::default()
        }],
        epoch: Some(n),
        rows: None,
        bytes: Some(n * 10),
    }
}

impl World {
    fn heads(&self) -> PathBuf {
        self.folder.path().join("heads")
    }

    /// Writes a chain with this number of rows, closes it, and returns its id.
    async fn chain_of(&self, rows: u64) -> String {
        let log = AuditLog::open(self.catalogue.clone(), SystemClock::default().shared(), Some(self.heads()), key())
            .await
            .unwrap();
        let receipts: Vec<_> = (1..=rows).map(|n| log.append(entry(n))).collect();
        for (receipt, sequence) in receipts.into_iter().zip(1..) {
            let recorded = receipt.await.unwrap();
            assert_eq!((recorded.chain.as_str(), recorded.sequence), (log.chain(), sequence));
        }
        log.close().await.unwrap();
        log.chain().to_owned()
    }

    async fn verify(&self) -> Result<AuditReport, AuditError> {
        audit::verify(&self.catalogue, upkeep(Job::Audit), Some(&self.heads()), &key()).await
    }

    async fn fault(&self) -> (String, u64, Fault) {
        match self.verify().await {
            Err(AuditError::Fault(AuditFault { chain, sequence, fault })) => (chain, sequence, fault),
            other => panic!("{other:?}"),
        }
    }

    async fn faultless_without_heads(&self) -> bool {
        audit::verify(&self.catalogue, upkeep(Job::Audit), None, &key()).await.is_ok()
    }
}

/// The disclosures of the answer number `n`. The participants change with every fifth answer, and only then is a disclosure new.
fn handed_out(n: u64) -> Vec<Disclosure> {
    let people = Arc::new([n as u32 / 5, 7_000].into_iter().collect());
    let one = Disclosure {
        dataset: dataset("cancer"),
        object: Some(id("o1")),
        people,
        holder: "researcher".into(),
        organisation: "kyoto.example".into(),
        country: "JP".into(),
        purposes: vec![Purpose::GeneralResearch],
        approvals: vec![VISA.into()],
        action: Action::SliceReads,
    };
    let records = Disclosure {
        object: None,
        action: Action::AskIndividuals,
        ..one.clone()
    };
    vec![one, records]
}

impl World {
    /// Writes a chain of 20 rows. The rows 1, 5, 10, 15 and 20 contain new disclosures.
    async fn disclosing_chain(&self) -> String {
        let log = AuditLog::open(self.catalogue.clone(), SystemClock::default().shared(), Some(self.heads()), key())
            .await
            .unwrap();
        for n in 1..=20 {
            log.append_disclosing(entry(n), handed_out(n)).await.unwrap();
        }
        log.close().await.unwrap();
        self.verify().await.unwrap();
        log.chain().to_owned()
    }
}

contract! {
    async fn altered_deleted_moved_or_added_disclosures_are_detected(world: World) {
        let chain = world.disclosing_chain().await;
        let columns = "day, dataset, object, people, holder, organisation, country, purposes, approvals, action";
        let at = |sequence: u64, fault| (chain.clone(), sequence, fault);
        // Each step damages a row before the rows that were damaged earlier. The verification reports the first faulty row, which is always the
        // newest damage.
        world.tamper(&format!(
            "INSERT INTO disclosure (chain, sequence, position, {columns}) SELECT chain, 19, 0, {columns} FROM disclosure WHERE sequence = 20 AND position = 0"
        )).await;
        assert_eq!(world.fault().await, at(19, Fault::Ledger), "added");
        assert_eq!(world.tamper("DELETE FROM disclosure WHERE sequence = 15 AND position = 1").await, 1);
        assert_eq!(world.fault().await, at(15, Fault::Ledger), "one of two deleted");
        assert_eq!(world.tamper("UPDATE disclosure SET sequence = 12 WHERE sequence = 15").await, 1);
        assert_eq!(world.fault().await, at(12, Fault::Ledger), "moved");
        for (sequence, change) in [(10, "holder = 'somebody'"), (5, "day = day + 1")] {
            assert_eq!(world.tamper(&format!("UPDATE disclosure SET {change} WHERE sequence = {sequence} AND position = 0")).await, 1);
            assert_eq!(world.fault().await, at(sequence, Fault::Ledger), "{change}");
        }
        assert_eq!(world.tamper("DELETE FROM disclosure WHERE sequence = 1").await, 2);
        assert_eq!(world.fault().await, at(1, Fault::Ledger), "all deleted");
        // The hash over the disclosures in the audit row is itself protected: its removal is detected.
        world.tamper("UPDATE audit_row SET covers = NULL WHERE sequence = 1").await;
        assert_eq!(world.fault().await, at(1, Fault::Altered));
    }

    async fn a_participant_removed_from_a_disclosure_is_detected(world: World) {
        let chain = world.disclosing_chain().await;
        let people = "(SELECT d.people FROM disclosure d WHERE d.sequence = 10 AND d.position = 0)";
        assert_eq!(world.tamper(&format!("UPDATE disclosure SET people = {people} WHERE sequence = 5 AND position = 0")).await, 1);
        assert_eq!(world.fault().await, (chain, 5, Fault::Ledger));
    }

    async fn a_disclosure_without_an_audit_row_is_detected(world: World) {
        let chain = world.disclosing_chain().await;
        world.tamper("UPDATE disclosure SET sequence = 44 WHERE sequence = 20").await;
        assert_eq!(world.fault().await, (chain.clone(), 20, Fault::Ledger));
        let columns = "position, day, dataset, object, people, holder, organisation, country, purposes, approvals, action";
        world.tamper("UPDATE disclosure SET sequence = 20 WHERE sequence = 44").await;
        world.tamper(&format!("INSERT INTO disclosure (chain, sequence, {columns}) SELECT 'ffff', 44, {columns} FROM disclosure WHERE sequence = 20")).await;
        assert_eq!(world.fault().await, ("ffff".into(), 44, Fault::Added));
    }

    async fn ledger_entries_that_differ_from_the_writes_are_detected(world: World) {
        world.consent_all(&["P0", "P1"]).await;
        append(&world.catalogue, &[withdrawn("P0")]).await;
        world.approve().await;
        let file = object("o1", "cancer", vec![sample("s", Some("P1"))]);
        world.catalogue.register_object(&mandate(WriteAction::Load), &file, &[]).await.unwrap();
        let view = world.watch().current().await.unwrap().view;
        let (create, release) = (mandate(WriteAction::CreateRelease), ReleaseId::parse("r1").unwrap());
        world.catalogue.create_release(&create, &view, &release, &dataset("cancer"), "", now()).await.unwrap();
        world.verify().await.unwrap();
        // The chain `operations` has five rows: 1 and 2 for consent, 3 for the approval, 4 for the load and 5 for the release. Each damage is
        // undone before the next one.
        let event = "SELECT sequence, ordinal, kind, form, clauses, effective, recorded, ground, corrects FROM consent_event WHERE sequence = 3";
        for (tamper, undo, row) in [
            ("UPDATE consent_event SET kind = 'assent' WHERE sequence = 3", "UPDATE consent_event SET kind = 'withdrawn' WHERE sequence = 3", 2),
            ("UPDATE consent_event SET effective = effective + 1 WHERE sequence = 1", "UPDATE consent_event SET effective = effective - 1 WHERE sequence = 1", 1),
            ("UPDATE consent_event SET corrects = 1 WHERE sequence = 3", "UPDATE consent_event SET corrects = NULL WHERE sequence = 3", 2),
            ("UPDATE consent_event SET sequence = 4 WHERE sequence = 3", "UPDATE consent_event SET sequence = 3 WHERE sequence = 4", 2),
            ("UPDATE consent_event SET kind = 'no-such-kind' WHERE sequence = 3", "UPDATE consent_event SET kind = 'withdrawn' WHERE sequence = 3", 2),
            ("UPDATE consent_event SET sequence = 9 WHERE sequence = 3", "UPDATE consent_event SET sequence = 3 WHERE sequence = 9", 2),
            ("UPDATE approval SET not_after = not_after + 1", "UPDATE approval SET not_after = not_after - 1", 3),
            ("UPDATE approval SET delivery = 'tre-only'", "UPDATE approval SET delivery = 'download'", 3),
            ("UPDATE approval SET revoked = 1", "UPDATE approval SET revoked = NULL", 3),
            ("UPDATE approval SET id = 'A-2'", "UPDATE approval SET id = 'A-1'", 0),
            ("UPDATE dataset_release SET manifest = 'x'", "UPDATE dataset_release SET manifest = ''", 5),
        ] {
            assert_eq!(world.tamper(tamper).await, 1, "{tamper}");
            assert_eq!(world.fault().await, ("operations".into(), row, Fault::Ledger), "{tamper}");
            world.tamper(undo).await;
        }
        assert_eq!(world.fault().await.1, 5, "the manifest was not restored");
        world.tamper("DELETE FROM release_object").await;
        world.tamper("DELETE FROM dataset_release").await;
        assert_eq!(world.fault().await, ("operations".into(), 5, Fault::Ledger));
        world.tamper(&format!("INSERT INTO consent_event (sequence, ordinal, kind, form, clauses, effective, recorded, ground, corrects) {}",
            event.replace("SELECT sequence,", "SELECT 40,"))).await;
        assert_eq!(world.fault().await, ("operations".into(), 0, Fault::Ledger));
        world.tamper("DELETE FROM consent_event WHERE sequence > 1").await;
        assert_eq!(world.fault().await, ("operations".into(), 1, Fault::Ledger));
    }

    async fn each_approval_of_an_import_is_protected_by_its_own_row(world: World) {
        let key = mandate(WriteAction::RecordApproval);
        let record = |id: &str| ApprovalStep::Record(Box::new(approval(id, &format!("{VISA}/{id}"))));
        let seen = SeenExport { application: ApprovalId::parse("A-1").unwrap(), activity: None, exported: now(), over: false };
        let steps = [record("A-1"), record("A-2")];
        world.catalogue.apply_approvals(&key, &ApprovalRegister::default(), &steps, &[seen]).await.unwrap();
        world.verify().await.unwrap();
        // Rows 1 and 2 of `operations` are the two approvals, and row 3 is the note of the export.
        for (id, row) in [("A-1", 1), ("A-2", 2)] {
            world.tamper(&format!("UPDATE approval SET commercial = TRUE WHERE id = '{id}'")).await;
            assert_eq!(world.fault().await, ("operations".into(), row, Fault::Ledger), "{id}");
            world.tamper(&format!("UPDATE approval SET commercial = FALSE WHERE id = '{id}'")).await;
        }
        world.verify().await.unwrap();
    }

    async fn audit_rows_with_disclosures_are_recorded(world: World) {
        let log = AuditLog::open(world.catalogue.clone(), SystemClock::default().shared(), None, key()).await.unwrap();
        for (what, same) in [("nothing", None), ("the same of one person", Some(true)), ("something new each time", Some(false))] {
            let begun = std::time::Instant::now();
            let receipts: Vec<_> = (0..5_000).map(|n| match same {
                None => log.append(entry(n)),
                Some(true) => log.append_disclosing(entry(n), handed_out(1)),
                Some(false) => log.append_disclosing(entry(n), handed_out(n * 5)),
            }).collect();
            for receipt in receipts {
                receipt.await.unwrap();
            }
            eprintln!("5,000 audit rows that disclose {what}: {} ms", begun.elapsed().as_millis());
        }
        log.close().await.unwrap();
    }

    async fn recorded_chains_verify_while_a_chain_is_open(world: World) {
        world.consent_all(&["P0"]).await;
        world.chain_of(1_200).await;
        world.chain_of(0).await;
        let log = AuditLog::open(world.catalogue.clone(), SystemClock::default().shared(), None, key()).await.unwrap();
        log.append(entry(1)).await.unwrap();
        // There are four chains: three chains of processes and the chain `operations`. `operations` contains 1 row for the consent and
        // 3 rows for the starts of the other chains. The other chains contain 1,200 rows, no row, and 1 row.
        assert_eq!(world.verify().await.unwrap(), AuditReport { chains: 4, rows: 1 + 3 + 1_200 + 1 });
        log.close().await.unwrap();
        assert_eq!(log.append(entry(2)).await, Err(CatalogueError::Unavailable));
    }

    async fn rows_that_arrive_together_are_committed_in_under_ten_seconds(world: World) {
        let begun = std::time::Instant::now();
        world.chain_of(5_000).await;
        eprintln!("5,000 audit rows: {} ms", begun.elapsed().as_millis());
        assert!(begun.elapsed().as_secs() < 10);
    }

    async fn an_altered_row_is_detected(world: World) {
        let chain = world.chain_of(20).await;
        for change in ["actor = 'somebody'", "byte_count = 0", "epoch = NULL", "recorded = recorded + 1", "verdict = 'allow', rule = ''"] {
            assert_eq!(world.tamper(&format!("UPDATE audit_row SET {change} WHERE chain = '{chain}' AND sequence IN (9, 15)")).await, 2);
            assert_eq!(world.fault().await, (chain.clone(), 9, Fault::Altered), "{change}");
        }
    }

    async fn a_deleted_row_is_detected(world: World) {
        let chain = world.chain_of(20).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence IN (7, 12)")).await;
        assert_eq!(world.fault().await, (chain.clone(), 7, Fault::Missing));
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence = 1")).await;
        assert_eq!(world.fault().await, (chain, 1, Fault::Missing));
    }

    async fn a_moved_row_is_detected(world: World) {
        let chain = world.chain_of(20).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence = 20")).await;
        world.tamper(&format!("UPDATE audit_row SET sequence = 99 WHERE chain = '{chain}' AND sequence = 5")).await;
        assert_eq!(world.fault().await, (chain, 5, Fault::Reordered));
    }

    async fn swapped_rows_are_detected(world: World) {
        let chain = world.chain_of(20).await;
        for (from, to) in [(4, 1_000), (5, 4), (1_000, 5)] {
            world.tamper(&format!("UPDATE audit_row SET sequence = {to} WHERE chain = '{chain}' AND sequence = {from}")).await;
        }
        assert_eq!(world.fault().await, (chain, 4, Fault::Reordered));
    }

    async fn a_truncated_chain_is_detected_by_the_head_row_and_by_the_signed_head(world: World) {
        let chain = world.chain_of(20).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence > 15")).await;
        assert_eq!(world.fault().await, (chain.clone(), 16, Fault::Truncated));
        assert!(!world.faultless_without_heads().await);
        // An attacker also moves the stored head back to row 15. Then only the signed head detects the truncation.
        world.tamper(&format!(
            "UPDATE audit_chain SET sequence = 15, hash = (SELECT hash FROM audit_row WHERE chain = '{chain}' AND sequence = 15) WHERE chain = '{chain}'"
        )).await;
        assert!(world.faultless_without_heads().await);
        assert_eq!(world.fault().await, (chain, 16, Fault::Truncated));
    }

    async fn a_wholly_deleted_chain_is_detected(world: World) {
        let chain = world.chain_of(3).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}'")).await;
        world.tamper(&format!("DELETE FROM audit_chain WHERE chain = '{chain}'")).await;
        assert_eq!(world.fault().await, (chain.clone(), 1, Fault::Truncated));
        assert!(!world.faultless_without_heads().await, "the chain of writes records its start");
        world.tamper("DELETE FROM audit_row").await;
        world.tamper("DELETE FROM audit_chain").await;
        assert!(world.faultless_without_heads().await);
        assert_eq!(world.fault().await.2, Fault::Truncated);
    }

    async fn an_added_row_and_an_orphan_are_detected(world: World) {
        let chain = world.chain_of(3).await;
        let columns = "recorded, decision, actor, action, resource, verdict, rule, approvals, visas, epoch, row_count, byte_count, hash";
        world.tamper(&format!("INSERT INTO audit_row (chain, sequence, {columns}) SELECT chain, 4, {columns} FROM audit_row WHERE chain = '{chain}' AND sequence = 3")).await;
        assert_eq!(world.fault().await, (chain.clone(), 4, Fault::Added));
        world.tamper(&format!("UPDATE audit_row SET sequence = 0 WHERE chain = '{chain}' AND sequence = 4")).await;
        assert_eq!(world.fault().await, (chain.clone(), 0, Fault::Added));
        world.tamper(&format!("UPDATE audit_row SET chain = 'ffff' WHERE chain = '{chain}' AND sequence = 0")).await;
        assert_eq!(world.fault().await, ("ffff".into(), 0, Fault::Added));
    }

    async fn the_signed_head_of_another_chain_is_rejected(world: World) {
        let honest = world.chain_of(5).await;
        let other = world.chain_of(5).await;
        // The signed head of another chain is copied over the signed head of the first chain.
        std::fs::copy(world.heads().join(format!("{other}.head")), world.heads().join(format!("{honest}.head"))).unwrap();
        assert_eq!(world.fault().await, (honest, 0, Fault::Checkpoint));
    }

    async fn an_altered_row_in_the_chain_of_writes_is_detected(world: World) {
        world.consent_all(&["P0"]).await;
        world.consent_all(&["P1"]).await;
        world.tamper("UPDATE audit_row SET row_count = 0 WHERE chain = 'operations' AND sequence = 2").await;
        assert_eq!(world.fault().await, ("operations".into(), 2, Fault::Altered));
    }

    async fn the_head_of_the_writes_is_signed_and_a_contradicted_head_is_not_overwritten(world: World) {
        std::fs::create_dir_all(world.heads()).unwrap();
        for name in ["P0", "P1", "P2"] {
            world.consent_all(&[name]).await;
        }
        let sign = async || audit::checkpoint_operations(&world.catalogue, &world.heads(), &key()).await;
        sign().await.unwrap();
        let file = world.heads().join("operations.head");
        let signed = std::fs::read(&file).unwrap();
        world.tamper("DELETE FROM audit_row WHERE chain = 'operations' AND sequence = 3").await;
        world.tamper("UPDATE audit_chain SET sequence = 2, hash = (SELECT hash FROM audit_row WHERE chain = 'operations' AND sequence = 2) WHERE chain = 'operations'").await;
        world.consent_all(&["P3"]).await;
        world.consent_all(&["P4"]).await;
        assert_eq!(sign().await, Err(CatalogueError::SetBack));
        assert_eq!(std::fs::read(&file).unwrap(), signed);
        assert_eq!(world.fault().await, ("operations".into(), 3, Fault::Altered));
    }

    async fn a_chain_changed_by_another_writer_accepts_no_more_rows_and_seals_the_database(world: World) {
        let log = AuditLog::open(world.catalogue.clone(), SystemClock::default().shared(), Some(world.heads()), key()).await.unwrap();
        log.append(entry(1)).await.unwrap();
        world.tamper(&format!("UPDATE audit_chain SET sequence = 7 WHERE chain = '{}'", log.chain())).await;
        assert!(log.append(entry(2)).await.is_err());
        assert!(log.append(entry(3)).await.is_err());
        while world.catalogue.state().await.unwrap().sealed.is_none() {
            tokio::task::yield_now().await;
        }
    }
}

use std::path::PathBuf;

use gemj_access::{CapabilityKey, Job, VisaVerdict};
use gemj_catalogue::CatalogueError;
use gemj_catalogue::audit::{self, AuditEntry, AuditError, AuditFault, AuditLog, AuditReport, AuditResource, Fault, Verdict};
use gemj_model::SystemClock;

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

    /// A chain of some rows, closed; answers its id.
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

contract! {
    async fn what_was_recorded_verifies_and_goes_on(world: World) {
        world.consent_all(&["P0"]).await;
        world.chain_of(1_200).await;
        world.chain_of(0).await;
        let log = AuditLog::open(world.catalogue.clone(), SystemClock::default().shared(), None, key()).await.unwrap();
        log.append(entry(1)).await.unwrap();
        // One consent, three openings, 1,200 and one rows, in three chains and that of the writes.
        assert_eq!(world.verify().await.unwrap(), AuditReport { chains: 4, rows: 1 + 3 + 1_200 + 1 });
        log.close().await.unwrap();
        assert_eq!(log.append(entry(2)).await, Err(CatalogueError::Unavailable));
    }

    async fn rows_that_come_together_are_committed_together_and_fast(world: World) {
        let begun = std::time::Instant::now();
        world.chain_of(5_000).await;
        eprintln!("5,000 audit rows: {} ms", begun.elapsed().as_millis());
        assert!(begun.elapsed().as_secs() < 10);
    }

    async fn an_altered_row_is_found(world: World) {
        let chain = world.chain_of(20).await;
        for change in ["actor = 'somebody'", "byte_count = 0", "epoch = NULL", "recorded = recorded + 1", "verdict = 'allow', rule = ''"] {
            assert_eq!(world.tamper(&format!("UPDATE audit_row SET {change} WHERE chain = '{chain}' AND sequence IN (9, 15)")).await, 2);
            assert_eq!(world.fault().await, (chain.clone(), 9, Fault::Altered), "{change}");
        }
    }

    async fn a_deleted_row_is_found(world: World) {
        let chain = world.chain_of(20).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence IN (7, 12)")).await;
        assert_eq!(world.fault().await, (chain.clone(), 7, Fault::Missing));
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence = 1")).await;
        assert_eq!(world.fault().await, (chain, 1, Fault::Missing));
    }

    async fn a_row_that_was_deleted_and_closed_over_is_found(world: World) {
        let chain = world.chain_of(20).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence = 20")).await;
        world.tamper(&format!("UPDATE audit_row SET sequence = 99 WHERE chain = '{chain}' AND sequence = 5")).await;
        assert_eq!(world.fault().await, (chain, 5, Fault::Reordered));
    }

    async fn swapped_rows_are_found(world: World) {
        let chain = world.chain_of(20).await;
        for (from, to) in [(4, 1_000), (5, 4), (1_000, 5)] {
            world.tamper(&format!("UPDATE audit_row SET sequence = {to} WHERE chain = '{chain}' AND sequence = {from}")).await;
        }
        assert_eq!(world.fault().await, (chain, 4, Fault::Reordered));
    }

    async fn a_cut_tail_is_found_by_the_head_row_and_by_the_signed_head(world: World) {
        let chain = world.chain_of(20).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}' AND sequence > 15")).await;
        assert_eq!(world.fault().await, (chain.clone(), 16, Fault::Truncated));
        assert!(!world.faultless_without_heads().await);
        // The head row is moved back too: only the signed head knows.
        world.tamper(&format!(
            "UPDATE audit_chain SET sequence = 15, hash = (SELECT hash FROM audit_row WHERE chain = '{chain}' AND sequence = 15) WHERE chain = '{chain}'"
        )).await;
        assert!(world.faultless_without_heads().await);
        assert_eq!(world.fault().await, (chain, 16, Fault::Truncated));
    }

    async fn a_chain_that_vanished_whole_is_found(world: World) {
        let chain = world.chain_of(3).await;
        world.tamper(&format!("DELETE FROM audit_row WHERE chain = '{chain}'")).await;
        world.tamper(&format!("DELETE FROM audit_chain WHERE chain = '{chain}'")).await;
        assert_eq!(world.fault().await, (chain.clone(), 1, Fault::Truncated));
        assert!(!world.faultless_without_heads().await, "the chain of writes says that it began");
        world.tamper("DELETE FROM audit_row").await;
        world.tamper("DELETE FROM audit_chain").await;
        assert!(world.faultless_without_heads().await);
        assert_eq!(world.fault().await.2, Fault::Truncated);
    }

    async fn an_added_row_and_an_orphan_are_found(world: World) {
        let chain = world.chain_of(3).await;
        let columns = "recorded, decision, actor, action, resource, verdict, rule, approvals, visas, epoch, row_count, byte_count, hash";
        world.tamper(&format!("INSERT INTO audit_row (chain, sequence, {columns}) SELECT chain, 4, {columns} FROM audit_row WHERE chain = '{chain}' AND sequence = 3")).await;
        assert_eq!(world.fault().await, (chain.clone(), 4, Fault::Added));
        world.tamper(&format!("UPDATE audit_row SET sequence = 0 WHERE chain = '{chain}' AND sequence = 4")).await;
        assert_eq!(world.fault().await, (chain.clone(), 0, Fault::Added));
        world.tamper(&format!("UPDATE audit_row SET chain = 'ffff' WHERE chain = '{chain}' AND sequence = 0")).await;
        assert_eq!(world.fault().await, ("ffff".into(), 0, Fault::Added));
    }

    async fn a_chain_rewritten_from_a_row_on_contradicts_its_signed_head(world: World) {
        let honest = world.chain_of(5).await;
        let other = world.chain_of(5).await;
        // The other chain's signed head is put in the place of the first one's, and the first one's is altered.
        std::fs::copy(world.heads().join(format!("{other}.head")), world.heads().join(format!("{honest}.head"))).unwrap();
        assert_eq!(world.fault().await, (honest, 0, Fault::Checkpoint));
    }

    async fn a_write_that_alters_the_chain_of_writes_is_found(world: World) {
        world.consent_all(&["P0"]).await;
        world.consent_all(&["P1"]).await;
        world.tamper("UPDATE audit_row SET row_count = 0 WHERE chain = 'operations' AND sequence = 2").await;
        assert_eq!(world.fault().await, ("operations".into(), 2, Fault::Altered));
    }

    async fn the_head_of_the_writes_is_signed_and_evidence_is_left_alone(world: World) {
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
        sign().await.unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), signed);
        assert_eq!(world.fault().await, ("operations".into(), 3, Fault::Altered));
    }

    async fn a_chain_that_was_moved_under_its_writer_takes_no_more_rows(world: World) {
        let log = AuditLog::open(world.catalogue.clone(), SystemClock::default().shared(), Some(world.heads()), key()).await.unwrap();
        log.append(entry(1)).await.unwrap();
        world.tamper(&format!("UPDATE audit_chain SET sequence = 7 WHERE chain = '{}'", log.chain())).await;
        assert!(log.append(entry(2)).await.is_err());
        assert!(log.append(entry(3)).await.is_err());
    }
}

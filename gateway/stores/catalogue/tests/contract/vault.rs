//! The vault: encrypted numbers of institutions, their keys, and who reads them.

use gemj_access::{Action, Job, OperatorReadAction, WriteAction};
use gemj_catalogue::{CatalogueError, LinkedNumbers, NewPurge, NewVaultEntry, NumberLink, PurgeGround, VaultKeyState};
use gemj_model::{Ordinal, SiteId};

use crate::world::*;

fn site(id: &str) -> SiteId {
    SiteId::parse(id).unwrap()
}

fn entry(at: &str, digest: &str, participant: &str, version: u64) -> NewVaultEntry {
    NewVaultEntry {
        site: site(at),
        namespace: "mrn".into(),
        digest: digest.into(),
        participant: person(participant),
        version,
        sealed: format!("sealed {digest} by {version}").into_bytes(),
    }
}

impl World {
    async fn enrolled(&self) -> Vec<Ordinal> {
        let mut ordinals = Vec::new();
        for (who, at) in [("P0", "hospital-a"), ("P1", "hospital-b")] {
            let mut new = sample(who, Some(who));
            new.site = Some(site(at));
            let load = mandate(WriteAction::Load);
            let found = self.catalogue.ensure_participants(&load, &[new], &dataset("cancer")).await.unwrap();
            ordinals.extend(found.into_iter().flatten());
        }
        self.consent_all(&["P0", "P1"]).await;
        for at in ["hospital-a", "hospital-b"] {
            let wrapped = format!("key of {at}").into_bytes();
            self.catalogue
                .begin_vault(&mandate(WriteAction::KeepVault), &site(at), wrapped)
                .await
                .unwrap();
        }
        ordinals
    }

    async fn keep(&self, entry: NewVaultEntry) -> Result<u64, CatalogueError> {
        let link = NumberLink {
            digest: entry.digest.clone(),
            earlier: [String::from("-1"), String::from("-2")],
            participant: entry.participant.clone(),
        };
        let at = entry.site.clone();
        let numbers = LinkedNumbers {
            site: &at,
            namespace: "mrn",
            links: &[link],
        };
        self.catalogue
            .link_and_keep_numbers(&mandate(WriteAction::LinkNumbers), &[numbers], &[entry])
            .await
    }

    async fn read(&self, by: &str, at: &str, participant: Ordinal) -> Vec<String> {
        let grant = self.hospital(by, Action::ReadPatient).await.unwrap();
        let found = self.catalogue.own_numbers(&grant, &site(at), "mrn", participant).await.unwrap();
        found.into_iter().map(|number| String::from_utf8(number.sealed).unwrap()).collect()
    }
}

contract! {
    async fn only_the_grant_of_the_institution_that_enrolled_a_patient_reads_its_number(world: World) {
        let people = world.enrolled().await;
        assert_eq!(world.keep(entry("hospital-a", "d0", "P0", 1)).await, Ok(1));
        assert_eq!(world.keep(entry("hospital-b", "d1", "P1", 1)).await, Ok(1));
        // Another hospital has a number of P0, too. It did not enrol P0, so nobody reads this number as P0's.
        assert_eq!(world.keep(entry("hospital-b", "d2", "P0", 1)).await, Ok(1));
        assert_eq!(world.read("hospital-a", "hospital-a", people[0]).await, ["sealed d0 by 1"]);
        assert_eq!(world.read("hospital-b", "hospital-b", people[1]).await, ["sealed d1 by 1"]);
        for (by, at, who) in [("hospital-b", "hospital-a", 0), ("hospital-b", "hospital-b", 0), ("hospital-a", "hospital-b", 0), ("hospital-a", "hospital-b", 1)] {
            assert!(world.read(by, at, people[who]).await.is_empty(), "{by} {at} {who}");
        }
        let other = world.hospital("hospital-a", Action::ReadDisclosures).await;
        if let Some(grant) = other {
            let found = world.catalogue.own_numbers(&grant, &site("hospital-a"), "mrn", people[0]).await;
            assert_eq!(found.map(|found| found.len()), Err(CatalogueError::WrongKey));
        }
        // A number that is linked already is kept later, and a kept number stays as it is.
        assert_eq!(world.keep(entry("hospital-a", "d0", "P0", 1)).await, Ok(0));
        assert_eq!(world.read("hospital-a", "hospital-a", people[0]).await, ["sealed d0 by 1"]);
    }

    async fn a_new_key_replaces_every_kept_number_or_none(world: World) {
        let people = world.enrolled().await;
        world.keep(entry("hospital-a", "d0", "P0", 1)).await.unwrap();
        let key = mandate(WriteAction::KeepVault);
        let here = site("hospital-a");
        let conflict = Err(CatalogueError::Conflict { field: "vault" });
        let renew = async |before, entries: &[(&str, &str)]| {
            let entries: Vec<_> = entries.iter().map(|(digest, sealed)| ("mrn".to_owned(), (*digest).to_owned(), sealed.as_bytes().to_vec())).collect();
            world.catalogue.renew_vault(&key, &here, (before, b"new key".to_vec()), &entries, "yearly").await
        };
        assert_eq!(renew(1, &[]).await, conflict);
        assert_eq!(renew(1, &[("d0", "again"), ("d9", "again")]).await, conflict);
        assert_eq!(renew(2, &[("d0", "again")]).await, conflict);
        assert_eq!(world.read("hospital-a", "hospital-a", people[0]).await, ["sealed d0 by 1"]);
        assert_eq!(renew(1, &[("d0", "again")]).await, Ok(()));
        assert_eq!(world.read("hospital-a", "hospital-a", people[0]).await, ["again"]);
        let state = world.catalogue.vault_key(upkeep(Job::ResolveNumbers), &here).await.unwrap();
        assert_eq!(state, VaultKeyState::Current { version: 2, wrapped: b"new key".to_vec() });
        assert_eq!(world.keep(entry("hospital-a", "d5", "P0", 1)).await, Err(CatalogueError::Conflict { field: "vault" }));
        let number = world.catalogue.vault_entries(&key, &here).await.unwrap();
        assert_eq!(number.len(), 1, "a refused number is not kept");
        assert_eq!(number[0].wrapped, b"new key");
    }

    async fn a_destroyed_vault_has_no_number_and_no_key_and_the_links_stay(world: World) {
        let people = world.enrolled().await;
        world.keep(entry("hospital-a", "d0", "P0", 1)).await.unwrap();
        world.keep(entry("hospital-b", "d1", "P1", 1)).await.unwrap();
        let key = mandate(WriteAction::KeepVault);
        let here = site("hospital-a");
        assert_eq!(world.catalogue.destroy_vault(&key, &here, "the contract ended").await, Ok(1));
        assert_eq!(world.catalogue.destroy_vault(&key, &here, "the contract ended").await, Ok(0));
        world.catalogue.rewrite_files(&key).await.unwrap();
        assert!(world.read("hospital-a", "hospital-a", people[0]).await.is_empty());
        assert_eq!(world.read("hospital-b", "hospital-b", people[1]).await, ["sealed d1 by 1"]);
        assert_eq!(world.catalogue.vault_key(upkeep(Job::ResolveNumbers), &here).await.unwrap(), VaultKeyState::Destroyed);
        assert_eq!(world.catalogue.begin_vault(&key, &here, b"another".to_vec()).await, Err(CatalogueError::Conflict { field: "vault" }));
        assert_eq!(world.keep(entry("hospital-a", "d5", "P0", 1)).await, Err(CatalogueError::Conflict { field: "vault" }));
        let linked = world.catalogue.linked_numbers(upkeep(Job::ResolveNumbers), &here, "mrn").await.unwrap();
        assert_eq!(linked.get("d0"), Some(&person("P0")));
        let absent = world.catalogue.destroy_vault(&key, &site("hospital-c"), "x").await;
        assert_eq!(absent, Err(CatalogueError::NotFound { what: "vault" }));
        let vaults = world.catalogue.vaults(upkeep(Job::Inventory)).await.unwrap();
        let vaults: Vec<_> = vaults.iter().map(|vault| (vault.site.as_str(), vault.is_destroyed, vault.entries)).collect();
        assert_eq!(vaults, [("hospital-a", true, 0), ("hospital-b", false, 1)]);
        assert_eq!(world.catalogue.destroy_vault(&mandate(WriteAction::Load), &here, "x").await, Err(CatalogueError::WrongKey));
    }

    async fn a_number_leaves_the_vault_with_its_link_and_with_its_participant(world: World) {
        let people = world.enrolled().await;
        world.keep(entry("hospital-a", "d0", "P0", 1)).await.unwrap();
        world.keep(entry("hospital-b", "d1", "P1", 1)).await.unwrap();
        let link = NumberLink { digest: "d0".into(), earlier: [String::from("-1"), String::from("-2")], participant: person("P0") };
        let at = site("hospital-a");
        let numbers = LinkedNumbers { site: &at, namespace: "mrn", links: &[link] };
        world.catalogue.unlink_numbers(&mandate(WriteAction::LinkNumbers), &[numbers], "used again").await.unwrap();
        assert!(world.read("hospital-a", "hospital-a", people[0]).await.is_empty());
        append(&world.catalogue, &[withdrawn("P1")]).await;
        let read = operator_read(OperatorReadAction::Purge, "P1");
        let plan = world.catalogue.purge_person(&read, now()).await.unwrap().unwrap();
        assert_eq!(plan.counts.get("vault-entries"), Some(&1));
        let purge = NewPurge { people: &plan.ordinals(), epoch: plan.epoch, ground: PurgeGround::Statement, reason: "a letter" };
        assert!(world.catalogue.erase_person(&mandate(WriteAction::Purge), purge).await.unwrap());
        assert!(world.catalogue.vault_entries(&mandate(WriteAction::KeepVault), &site("hospital-b")).await.unwrap().is_empty());
    }
}

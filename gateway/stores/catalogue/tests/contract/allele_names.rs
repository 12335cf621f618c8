//! Tests of the names that files use for alleles. Only served files in the datasets and releases of a Grant count, and the names of unloaded
//! files are deleted part by part.

use gemj_access::{Grant, Job, WriteAction};
use gemj_catalogue::{CatalogueError, NameQuestion, NamingFile, NewSample, ObjectStatus, PART_NAMES, Registered, SampleEvidence};
use gemj_model::{Allele, AlleleName, Approval, Assembly, Contig, ReleaseId, Timestamp, ZeroBased};
use roaring::RoaringBitmap;

use crate::world::*;

const CHANGE: &str = "p.Val600Glu";
const NOWHERE: [u64; 0] = [];
const LONG_AGO: Timestamp = Timestamp(0);

fn allele(start: u64, reference: &str, alternate: &str) -> Allele {
    Allele {
        contig: Contig("7".into()),
        start: ZeroBased(start),
        end: ZeroBased(start + reference.len() as u64),
        reference: reference.into(),
        alternate: alternate.into(),
        inserted: None,
    }
}

fn name(start: u64, gene: &str, sequence: &str) -> AlleleName {
    AlleleName {
        allele: allele(start, "A", "T"),
        change: CHANGE.into(),
        gene: gene.into(),
        sequence: sequence.into(),
        consequence: "missense_variant".into(),
    }
}

/// A name of an allele in the gene BRAF. Most tests query this gene.
fn braf(start: u64) -> AlleleName {
    name(start, "BRAF", "NP_1.2")
}

impl World {
    async fn stating(&self, file: &str, of: &str, names: &[AlleleName]) -> NamingFile {
        let key = mandate(WriteAction::Load);
        let stating = self.catalogue.begin_allele_names(&key, &id(file), &dataset(of)).await.unwrap();
        for some in names.chunks(PART_NAMES) {
            let long = self
                .catalogue
                .add_allele_names(&key, stating, Assembly::GRCh38, some)
                .await
                .unwrap();
            assert_eq!(long, 0);
        }
        stating
    }

    async fn registered(&self, file: &str, of: &str, names: Option<NamingFile>) -> Result<Registered, CatalogueError> {
        let evidence = SampleEvidence {
            names,
            left_out: vec![("breakend".to_owned(), 3)],
            ..SampleEvidence::default()
        };
        let mut new = object(file, of, vec![sample("s", Some("P1"))]);
        new.samples[0].specimen = None;
        let key = mandate(WriteAction::Load);
        self.catalogue.register_checked_object(&key, &new, &[], &evidence).await
    }

    /// Stores names for a file and registers the file with them.
    async fn named_file(&self, file: &str, of: &str, names: &[AlleleName]) -> NamingFile {
        let stating = self.stating(file, of, names).await;
        assert_eq!(self.registered(file, of, Some(stating)).await, Ok(Registered::New));
        stating
    }

    /// A Grant for these datasets. The Grant covers the participant P1, who has a file in the dataset `cancer` and one in `rare-disease`.
    async fn granted(&self, datasets: &[&str]) -> Grant {
        for (file, of) in [("first-c", "cancer"), ("first-r", "rare-disease")] {
            self.registered(file, of, None).await.unwrap();
        }
        self.consent_all(&["P1"]).await;
        self.approve().await;
        self.grant(datasets).await
    }

    /// The start positions of the alleles that files call by the change `CHANGE` in the gene BRAF (also named RAFB1).
    async fn found(&self, grant: &Grant) -> Vec<u64> {
        let genes = ["BRAF".to_owned(), "RAFB1".to_owned()];
        let found = self.named(grant, Some(&genes), None).await;
        found.into_iter().map(|(_, start)| start).collect()
    }

    async fn named(&self, grant: &Grant, genes: Option<&[String]>, sequence: Option<&str>) -> Vec<(String, u64)> {
        let question = NameQuestion {
            assembly: Assembly::GRCh38,
            change: CHANGE,
            genes,
            sequence,
            limit: 50,
        };
        let found = self.catalogue.alleles_named(grant, &question).await.unwrap();
        found
            .into_iter()
            .map(|(dataset, allele)| (dataset.as_str().to_owned(), allele.start.0))
            .collect()
    }

    async fn judged(&self, file: &str, to: ObjectStatus) {
        let judge = mandate(WriteAction::ChangeObjectStatus);
        assert!(self.catalogue.set_object_status(&judge, &id(file), to, "x").await.unwrap());
    }

    /// Deletes all rows of the tables with allele names, and returns the number of deleted rows.
    async fn rows_of_names(&self) -> u64 {
        let mut rows = 0;
        for table in ["allele_name", "allele_name_files", "naming_list", "naming_file"] {
            rows += self.tamper(&format!("DELETE FROM {table}")).await;
        }
        rows
    }
}

contract! {
    async fn alleles_are_found_by_name_gene_sequence_and_dataset(world: World) {
        let grant = world.granted(&["cancer", "rare-disease"]).await;
        world.named_file("o-1", "cancer", &[braf(10), braf(10), name(20, "BRAF", "NP_10.1")]).await;
        world.named_file("o-2", "cancer", &[braf(10)]).await;
        world.named_file("o-3", "rare-disease", &[name(20, "RAF1", "")]).await;
        let (genes, cancer) = (["BRAF".to_owned(), "RAFB1".to_owned()], |start| ("cancer".to_owned(), start));
        let rare = ("rare-disease".to_owned(), 20);
        assert_eq!(world.named(&grant, None, None).await, [cancer(10), cancer(20), rare.clone()]);
        assert_eq!(world.named(&grant, Some(&genes), None).await, [cancer(10), cancer(20)]);
        assert_eq!(world.named(&grant, Some(&[]), None).await, []);
        for (sequence, found) in [("NP_1.2", vec![cancer(10)]), ("NP_1", vec![cancer(10)]), ("NP_1.1", vec![])] {
            assert_eq!(world.named(&grant, None, Some(sequence)).await, found, "{sequence}");
        }
        let other = NameQuestion { assembly: Assembly::GRCh38, change: "p.Val600Lys", genes: None, sequence: None, limit: 50 };
        assert_eq!(world.catalogue.alleles_named(&grant, &other).await.unwrap(), []);
        let elsewhere = NameQuestion { assembly: Assembly::GRCh37, change: CHANGE, ..other };
        assert_eq!(world.catalogue.alleles_named(&grant, &elsewhere).await.unwrap(), []);
        // The alleles of a dataset outside the Grant are not returned.
        assert_eq!(world.named(&world.grant(&["cancer"]).await, None, None).await, [cancer(10), cancer(20)]);
        assert_eq!(world.named(&world.grant(&["rare-disease"]).await, None, None).await, [rare]);
        assert_eq!(world.catalogue.left_out_of(upkeep(Job::Inventory), &id("o-1")).await.unwrap(), [("breakend".to_owned(), 3)]);
    }

    async fn a_file_names_alleles_only_for_its_own_participants(world: World) {
        let people = |of: &[(&str, &str)]| of.iter().map(|(column, person)| sample(column, Some(person))).collect::<Vec<_>>();
        let load = |file: &'static str, columns: Vec<NewSample>, names: Option<NamingFile>| {
            let mut new = object(file, "cancer", columns);
            new.samples.iter_mut().for_each(|sample| sample.specimen = None);
            let evidence = SampleEvidence { names, ..SampleEvidence::default() };
            let world = &world;
            async move { world.catalogue.register_checked_object(&mandate(WriteAction::Load), &new, &[], &evidence).await.unwrap() }
        };
        let first = world.stating("o-1", "cancer", &[braf(10), name(10, "BRAF", "NP_9.1"), braf(20)]).await;
        let second = world.stating("o-2", "cancer", &[braf(10)]).await;
        load("o-1", people(&[("a", "P1"), ("b", "P2")]), Some(first)).await;
        load("o-2", people(&[("c", "P3")]), Some(second)).await;
        load("o-3", people(&[("d", "P4")]), None).await;
        world.consent_all(&["P1", "P2", "P4"]).await;
        world.approve().await;
        let grant = world.grant(&["cancer"]).await;
        let granted = grant.dataset(&dataset("cancer")).unwrap();
        let ordinals: Vec<u32> = (0..4).collect();
        let everybody: RoaringBitmap = ordinals.iter().copied().collect();
        let question = |sequence| NameQuestion { assembly: Assembly::GRCh38, change: CHANGE, genes: None, sequence, limit: 50 };
        let namers = |at: u64, sequence: Option<&'static str>, of: RoaringBitmap| {
            let (world, question, allele) = (&world, question(sequence), braf(at).allele);
            async move {
                let found = world.catalogue.allele_namers(granted, &question, &allele, &of, |found| found.len() > 5).await;
                found.unwrap().iter().collect::<Vec<_>>()
            }
        };
        // Four participants (ordinals 0 to 3) have files. P3 (ordinal 2) has not consented, and the file of P4 (ordinal 3) states no name, so
        // only P1 and P2 are found.
        assert_eq!(namers(10, None, everybody.clone()).await, [0, 1]);
        assert_eq!(namers(10, None, [1, 2, 3].into()).await, [1]);
        assert_eq!(namers(20, None, everybody.clone()).await, [0, 1]);
        assert_eq!(namers(30, None, everybody.clone()).await, Vec::<u32>::new());
        assert_eq!(namers(10, Some("NP_9.1"), everybody.clone()).await, [0, 1]);
        assert_eq!(namers(20, Some("NP_9.1"), everybody.clone()).await, Vec::<u32>::new());
        world.judged("o-1", ObjectStatus::Held).await;
        assert_eq!(namers(10, None, everybody.clone()).await, Vec::<u32>::new());
        world.judged("o-1", ObjectStatus::Served).await;
        world.consent_all(&["P3"]).await;
        let grant = world.grant(&["cancer"]).await;
        let granted = grant.dataset(&dataset("cancer")).unwrap();
        let enough = |found: &RoaringBitmap| !found.is_empty();
        let found = world.catalogue.allele_namers(granted, &question(None), &braf(10).allele, &everybody, enough).await;
        assert_eq!(found.unwrap().len(), 3);
    }

    async fn the_limit_applies_to_each_dataset(world: World) {
        let grant = world.granted(&["cancer", "rare-disease"]).await;
        let many: Vec<_> = (0..60).map(braf).collect();
        world.named_file("o-1", "cancer", &many).await;
        world.named_file("o-2", "rare-disease", &[braf(7)]).await;
        let found = world.named(&grant, None, None).await;
        assert_eq!(found.iter().filter(|(dataset, _)| dataset == "cancer").count(), 51, "one more than the limit");
        assert_eq!(found.last(), Some(&("rare-disease".to_owned(), 7)));
        assert_eq!(world.named(&world.grant(&["rare-disease"]).await, None, None).await, [("rare-disease".to_owned(), 7)]);
    }

    async fn only_served_files_name_alleles(world: World) {
        let grant = world.granted(&["cancer"]).await;
        let stating = world.stating("o-1", "cancer", &[braf(10), braf(20)]).await;
        assert_eq!(world.found(&grant).await, NOWHERE, "not registered");
        assert_eq!(world.registered("o-1", "cancer", Some(stating)).await, Ok(Registered::New));
        world.named_file("o-2", "cancer", &[braf(20)]).await;
        assert_eq!(world.found(&grant).await, [10, 20]);
        for _ in 0..2 {
            world.judged("o-1", ObjectStatus::Held).await;
            assert_eq!(world.found(&grant).await, [20]);
            world.judged("o-1", ObjectStatus::Served).await;
            assert_eq!(world.found(&grant).await, [10, 20]);
        }
        world.judged("o-1", ObjectStatus::Unloaded).await;
        assert_eq!(world.found(&grant).await, [20]);
        assert!(world.catalogue.left_out_of(upkeep(Job::Inventory), &id("o-1")).await.unwrap().is_empty());
        world.judged("o-2", ObjectStatus::Held).await;
        assert_eq!(world.found(&grant).await, NOWHERE);
        // The names of a file that the checks put on hold do not count until the file is released.
        let names = Some(world.stating("o-3", "cancer", &[braf(30)]).await);
        let evidence = SampleEvidence { names, hold: Some("x".to_owned()), ..SampleEvidence::default() };
        let mut new = object("o-3", "cancer", vec![sample("s", Some("P1"))]);
        new.samples[0].specimen = None;
        world.catalogue.register_checked_object(&mandate(WriteAction::Load), &new, &[], &evidence).await.unwrap();
        assert_eq!(world.found(&grant).await, NOWHERE);
        world.judged("o-3", ObjectStatus::Served).await;
        assert_eq!(world.found(&grant).await, [30]);
    }

    async fn a_grant_for_a_release_finds_no_names_of_newer_files(world: World) {
        world.registered("first", "cancer", None).await.unwrap();
        world.consent_all(&["P1"]).await;
        world.named_file("o-1", "cancer", &[braf(10)]).await;
        let view = world.watch().current().await.unwrap().view;
        let (key, release) = (mandate(WriteAction::CreateRelease), ReleaseId::parse("cancer-1").unwrap());
        world.catalogue.create_release(&key, &view, &release, &dataset("cancer"), "", now()).await.unwrap();
        world.named_file("o-2", "cancer", &[braf(10), braf(20)]).await;
        let bound = Approval { release: Some(release), datasets: vec![dataset("cancer")], ..approval("A-1", VISA) };
        world.catalogue.record_approval(&mandate(WriteAction::RecordApproval), &bound).await.unwrap();
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(grant.datasets()[0].releases().len(), 1);
        assert_eq!(world.found(&grant).await, [10]);
        // The file of the release is put on hold. Its names then do not count, even if a file outside the release states the same name.
        world.judged("o-1", ObjectStatus::Held).await;
        assert_eq!(world.found(&grant).await, NOWHERE);
    }

    async fn files_in_several_blocks_have_separate_bits(world: World) {
        let grant = world.granted(&["cancer", "rare-disease"]).await;
        for number in 0..130 {
            world.named_file(&format!("c-{number}"), "cancer", &[braf(number), braf(1_000)]).await;
        }
        world.named_file("r-1", "rare-disease", &[braf(5)]).await;
        let all: Vec<u64> = (0..51).collect();
        assert_eq!(world.found(&world.grant(&["cancer"]).await).await, all);
        for number in [0, 63, 64, 127, 128] {
            world.judged(&format!("c-{number}"), ObjectStatus::Held).await;
        }
        let question = NameQuestion { assembly: Assembly::GRCh38, change: CHANGE, genes: None, sequence: None, limit: 1_000 };
        let found = world.catalogue.alleles_named(&grant, &question).await.unwrap();
        let of = |dataset: &str| found.iter().filter(|(d, _)| d.as_str() == dataset).map(|(_, a)| a.start.0).collect::<Vec<_>>();
        let served: Vec<u64> = (0..130).filter(|n| ![0, 63, 64, 127, 128].contains(n)).chain([1_000]).collect();
        assert_eq!((of("cancer"), of("rare-disease")), (served, vec![5]));
    }

    async fn a_withdrawal_commits_between_two_parts_of_an_interrupted_deletion_that_continues(world: World) {
        let grant = world.granted(&["cancer"]).await;
        let names: Vec<_> = (0..2 * PART_NAMES as u64 + 5).map(braf).collect();
        world.named_file("o-1", "cancer", &names).await;
        world.named_file("o-2", "cancer", &[braf(3), braf(PART_NAMES as u64 + 3)]).await;
        let stay = [3, PART_NAMES as u64 + 3];
        world.judged("o-1", ObjectStatus::Unloaded).await;
        assert_eq!(world.found(&grant).await, stay, "effective with the status, before any name is deleted");
        let key = upkeep(Job::IndexFiles);
        let left = world.catalogue.allele_names_to_erase(key, LONG_AGO).await.unwrap();
        assert_eq!(left.len(), 1);
        assert!(world.catalogue.erase_allele_names_part(key, left[0]).await.unwrap());
        // The deleting process may stop after this part. A withdrawal can be recorded now, and the answers stay the same.
        let epoch = append(&world.catalogue, &[withdrawn("P1")]).await;
        assert_eq!(world.catalogue.state().await.unwrap().epoch, epoch);
        assert_eq!(world.found(&grant).await, stay);
        let again = world.open_again().await;
        assert_eq!(again.erase_allele_names(key, LONG_AGO).await.unwrap(), 1);
        assert_eq!(again.erase_allele_names(key, LONG_AGO).await.unwrap(), 0);
        assert_eq!(world.found(&grant).await, stay);
        again.close().await;
        world.judged("o-2", ObjectStatus::Unloaded).await;
        world.catalogue.erase_allele_names(key, LONG_AGO).await.unwrap();
        assert_eq!(world.rows_of_names().await, 0);
    }

    async fn names_that_count_or_may_count_are_not_deleted(world: World) {
        let grant = world.granted(&["cancer"]).await;
        let (running, served) = (world.stating("o-1", "cancer", &[braf(1)]).await, world.named_file("o-2", "cancer", &[braf(2)]).await);
        world.judged("o-2", ObjectStatus::Held).await;
        let key = upkeep(Job::IndexFiles);
        assert_eq!(world.catalogue.erase_allele_names(key, LONG_AGO).await.unwrap(), 0);
        for file in [running, served] {
            let refused = world.catalogue.erase_allele_names_part(key, file).await;
            assert_eq!(refused, Err(CatalogueError::Conflict { field: "names" }));
        }
        world.catalogue.abandon_allele_names(&mandate(WriteAction::Load), served).await.unwrap();
        world.judged("o-2", ObjectStatus::Served).await;
        assert_eq!(world.found(&grant).await, [2]);
        let refused = world.catalogue.erase_allele_names(upkeep(Job::Inventory), LONG_AGO).await;
        assert_eq!(refused, Err(CatalogueError::WrongKey));
        let refused = world.catalogue.begin_allele_names(&mandate(WriteAction::Ingest), &id("o-3"), &dataset("cancer")).await;
        assert_eq!(refused.err(), Some(CatalogueError::WrongKey));
    }

    async fn names_of_a_failed_or_dead_load_are_deleted_and_cannot_be_registered(world: World) {
        let (load, key) = (mandate(WriteAction::Load), upkeep(Job::IndexFiles));
        for died in [false, true] {
            let stating = world.stating("o-1", "cancer", &[braf(1)]).await;
            let before = if died { now().plus_seconds(60) } else { LONG_AGO };
            if !died {
                world.catalogue.abandon_allele_names(&load, stating).await.unwrap();
            }
            assert_eq!(world.catalogue.allele_names_to_erase(key, before).await.unwrap(), [stating]);
            let conflict = CatalogueError::Conflict { field: "names" };
            let more = world.catalogue.add_allele_names(&load, stating, Assembly::GRCh38, &[braf(2)]).await;
            assert_eq!(more, Err(conflict.clone()));
            assert_eq!(world.registered("o-1", "cancer", Some(stating)).await, Err(conflict));
            assert!(world.catalogue.locate_object(&id("o-1")).await.unwrap().is_none(), "no row of the file exists");
            assert_eq!(world.catalogue.erase_allele_names(key, LONG_AGO).await.unwrap(), 1);
        }
        assert_eq!(world.rows_of_names().await, 0);
    }

    async fn a_second_load_of_a_registered_file_removes_none_of_its_names(world: World) {
        let grant = world.granted(&["cancer"]).await;
        let (one, other) = (world.stating("o-1", "cancer", &[braf(1), braf(2)]).await, world.stating("o-1", "cancer", &[braf(1)]).await);
        assert_ne!(one, other);
        assert_eq!(world.registered("o-1", "cancer", Some(one)).await, Ok(Registered::New));
        assert_eq!(world.registered("o-1", "cancer", Some(other)).await, Ok(Registered::Same));
        world.catalogue.abandon_allele_names(&mandate(WriteAction::Load), other).await.unwrap();
        assert_eq!(world.catalogue.erase_allele_names(upkeep(Job::IndexFiles), LONG_AGO).await.unwrap(), 1);
        assert_eq!(world.found(&grant).await, [1, 2]);
        // Names that were stored for another file or another dataset cannot be registered.
        let third = world.stating("o-2", "cancer", &[]).await;
        for (file, of) in [("o-3", "cancer"), ("o-2", "rare-disease")] {
            let refused = world.registered(file, of, Some(third)).await;
            assert_eq!(refused, Err(CatalogueError::Conflict { field: "names" }), "{file} {of}");
        }
    }

    async fn names_of_long_alleles_are_left_out_and_counted(world: World) {
        let grant = world.granted(&["cancer"]).await;
        let (mut long, mut longest) = (braf(1), braf(2));
        long.allele = allele(1, "A", &"T".repeat(400));
        longest.allele = allele(2, "A", &"T".repeat(399));
        let key = mandate(WriteAction::Load);
        let stating = world.catalogue.begin_allele_names(&key, &id("o-1"), &dataset("cancer")).await.unwrap();
        let left_out = world.catalogue.add_allele_names(&key, stating, Assembly::GRCh38, &[long, longest]).await;
        assert_eq!(left_out, Ok(1));
        assert_eq!(world.registered("o-1", "cancer", Some(stating)).await, Ok(Registered::New));
        assert_eq!(world.found(&grant).await, [2]);
    }

    async fn maintenance_fills_in_lists_written_before_blocks_existed(world: World) {
        let grant = world.granted(&["cancer"]).await;
        for (file, starts) in [("o-1", vec![1, 2]), ("o-2", vec![2, 3])] {
            let names: Vec<_> = starts.into_iter().map(braf).collect();
            world.named_file(file, "cancer", &names).await;
        }
        world.tamper("DELETE FROM allele_name_files").await;
        world.tamper("UPDATE naming_list SET filled = FALSE").await;
        assert_eq!(world.found(&grant).await, NOWHERE);
        world.judged("o-1", ObjectStatus::Unloaded).await;
        assert_eq!(world.catalogue.erase_allele_names(upkeep(Job::IndexFiles), LONG_AGO).await.unwrap(), 1);
        assert_eq!(world.found(&grant).await, [2, 3]);
    }
}

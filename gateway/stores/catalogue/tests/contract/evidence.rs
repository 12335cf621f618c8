//! Tests of the evidence of files: the evidence is stored with the file, compared under keys and deleted with the file. Unloading a file also
//! withdraws the statements that only the file's row made.

use gemj_access::{Job, WriteAction};
use gemj_catalogue::{
    CatalogueError, FindingKind, NewFinding, NewFingerprint, NewObject, ObjectStatus, Registered, SampleEvidence, TakenBack,
};
use gemj_model::{Ordinal, Sex};

use crate::world::*;

fn fingerprint(ordinal: u32, bands: &[i64]) -> NewFingerprint {
    NewFingerprint {
        position: 0,
        ordinal: Ordinal(ordinal),
        scheme: "s".to_owned(),
        sites: vec![1, ordinal as u8],
        bands: bands.to_vec(),
    }
}

fn finding(kind: FindingKind, other: Option<&str>) -> NewFinding {
    NewFinding {
        position: 0,
        kind,
        holds: true,
        said: "x".to_owned(),
        figures: "{}".to_owned(),
        other: other.map(|other| (id(other), 0)),
    }
}

impl World {
    /// Registers a file of one participant together with its evidence.
    async fn show(&self, file: &str, person: &str, fingerprints: Vec<NewFingerprint>, findings: Vec<NewFinding>, hold: Option<&str>) {
        let evidence = SampleEvidence {
            fingerprints,
            findings,
            hold: hold.map(str::to_owned),
            ..SampleEvidence::default()
        };
        let mut new = object(file, "cancer", vec![sample("s", Some(person))]);
        new.samples[0].specimen = None;
        let load = mandate(WriteAction::Load);
        let registered = self.catalogue.register_checked_object(&load, &new, &[], &evidence).await;
        assert_eq!(registered, Ok(Registered::New));
    }
}

contract! {
    async fn fingerprints_are_found_by_band_and_participant_and_deleted_with_their_file(world: World) {
        let (load, judge) = (mandate(WriteAction::Load), mandate(WriteAction::ChangeObjectStatus));
        for (number, (file, person, bands)) in [("o1", "P1", [1, 2]), ("o2", "P2", [2, 3]), ("o3", "P3", [4, 5])].into_iter().enumerate() {
            let evidence = SampleEvidence { fingerprints: vec![fingerprint(number as u32, &bands)], ..SampleEvidence::default() };
            let mut new = object(file, "cancer", vec![sample("s", Some(person))]);
            new.samples[0].specimen = None;
            let registered = world.catalogue.register_checked_object(&load, &new, &[], &evidence).await;
            assert_eq!(registered, Ok(Registered::New));
        }
        let found = async |person: u32, scheme: &str, bands: &[i64], most| {
            let found = world.catalogue.fingerprints_to_compare(&load, Ordinal(person), scheme, bands, i64::MAX, most).await.unwrap();
            found.into_iter().map(|f| f.object.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found(9, "s", &[2, 3], 10).await, ["o1", "o2"]);
        assert_eq!(found(9, "s", &[2, 3], 1).await, ["o2"], "the fingerprint with the most common bands");
        assert_eq!(found(2, "s", &[1], 10).await, ["o3", "o1"], "the participant's own fingerprint too, whatever its bands");
        assert!(found(9, "other", &[2, 3], 10).await.is_empty());
        assert_eq!(
            world.catalogue.fingerprints_to_compare(&judge, Ordinal(9), "s", &[2], i64::MAX, 1).await.err(),
            Some(CatalogueError::WrongKey)
        );
        // A steward accepts the match of two participants' files by releasing a held file. From then on, these two participants' files are not
        // compared, until the released file is unloaded.
        let alike = SampleEvidence {
            fingerprints: vec![fingerprint(1, &[1, 2])],
            findings: vec![finding(FindingKind::SameGenotypes, Some("o1"))],
            hold: Some("x".to_owned()),
            compared_up_to: Some(world.catalogue.last_registration(&load).await.unwrap()),
            ..SampleEvidence::default()
        };
        let mut new = object("o4", "cancer", vec![sample("s", Some("P2"))]);
        new.samples[0].specimen = None;
        assert_eq!(world.catalogue.register_checked_object(&load, &new, &[], &alike).await, Ok(Registered::New));
        assert!(world.catalogue.locate_object(&id("o4")).await.unwrap().is_none(), "on hold from its registration");
        assert_eq!(world.catalogue.sample_findings(upkeep(Job::Inventory)).await.unwrap().len(), 1);
        let mut late = object("o5", "cancer", vec![sample("s", Some("P1"))]);
        late.samples[0].specimen = None;
        let refused = world.catalogue.register_checked_object(&load, &late, &[], &alike).await;
        assert_eq!(refused, Err(CatalogueError::Conflict { field: "compared" }));
        assert_eq!(found(0, "s", &[2], 10).await, ["o1", "o2", "o4"]);
        world.catalogue.set_object_status(&judge, &id("o4"), ObjectStatus::Served, "twins").await.unwrap();
        assert_eq!(found(0, "s", &[2], 10).await, ["o1"]);
        assert_eq!(found(1, "s", &[1], 10).await, ["o2", "o4"]);
        world.catalogue.unload_object(&judge, &id("o4"), "wrong").await.unwrap();
        assert_eq!(found(0, "s", &[2], 10).await, ["o1", "o2"]);
        assert!(world.catalogue.sample_findings(upkeep(Job::Inventory)).await.unwrap().is_empty());
    }

    async fn fingerprints_that_are_not_compared_do_not_count_towards_the_limit(world: World) {
        let load = mandate(WriteAction::Load);
        let other_scheme = NewFingerprint { scheme: "other".to_owned(), ..fingerprint(1, &[1, 2, 3]) };
        for (file, person, one) in [
            ("a1", "P0", fingerprint(0, &[1, 2, 3])),
            ("b1", "P1", fingerprint(1, &[1, 2, 3])),
            ("b2", "P1", other_scheme),
            ("c1", "P2", fingerprint(2, &[1])),
            ("d1", "P3", fingerprint(3, &[1])),
        ] {
            world.show(file, person, vec![one], vec![], None).await;
        }
        world.tamper("INSERT INTO accepted_likeness (one, other, object, recorded) VALUES (0, 1, 'x', 1)").await;
        let found = async |up_to| {
            let found = world.catalogue.fingerprints_to_compare(&load, Ordinal(0), "s", &[1, 2, 3], up_to, 1).await.unwrap();
            found.into_iter().map(|f| f.object.to_string()).collect::<Vec<_>>()
        };
        let last = world.catalogue.last_registration(&load).await.unwrap();
        assert_eq!(found(last).await, ["a1", "c1"], "the limit of one counts only fingerprints that may be compared");
        assert_eq!(found(last - 2).await, ["a1"]);
        let since = async |generations, behind: Option<(&str, u64)>| {
            let behind = behind.map(|(object, position)| (id(object), position));
            let behind = behind.as_ref().map(|(object, position)| (object, *position));
            let found = world.catalogue.fingerprints_registered(&load, "s", generations, behind).await.unwrap();
            found.into_iter().map(|f| f.object.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(since((last - 2, last), None).await, ["c1", "d1"]);
        assert_eq!(since((last - 2, last), Some(("c1", 0))).await, ["d1"]);
        assert_eq!(since((last - 2, last - 1), None).await, ["c1"]);
        assert!(since((last, last), None).await.is_empty());
        let accepted = async |a, b| world.catalogue.is_likeness_accepted(&load, Ordinal(a), Ordinal(b)).await.unwrap();
        assert!(accepted(0, 1).await && accepted(1, 0).await && !accepted(0, 2).await);
    }

    async fn a_match_stays_accepted_while_one_file_released_with_it_is_loaded(world: World) {
        let judge = mandate(WriteAction::ChangeObjectStatus);
        world.show("a1", "P0", vec![fingerprint(0, &[1])], vec![], None).await;
        for file in ["b1", "b2"] {
            world.show(file, "P1", vec![fingerprint(1, &[1])], vec![finding(FindingKind::SameGenotypes, Some("a1"))], Some("x")).await;
            world.catalogue.set_object_status(&judge, &id(file), ObjectStatus::Served, "twins").await.unwrap();
        }
        let accepted = async || world.catalogue.is_likeness_accepted(&mandate(WriteAction::Load), Ordinal(0), Ordinal(1)).await.unwrap();
        for (file, after) in [("b1", true), ("b2", false)] {
            assert!(accepted().await);
            world.catalogue.unload_object(&judge, &id(file), "wrong").await.unwrap();
            assert_eq!(accepted().await, after, "{file}");
        }
    }

    async fn a_finding_about_an_unloaded_file_stays_and_is_marked(world: World) {
        let judge = mandate(WriteAction::ChangeObjectStatus);
        world.show("a1", "P0", vec![fingerprint(0, &[1])], vec![], None).await;
        world.show("b1", "P1", vec![fingerprint(1, &[1])], vec![finding(FindingKind::SameGenotypes, Some("a1"))], Some("x")).await;
        let gone = async || {
            let found = world.catalogue.sample_findings(upkeep(Job::Inventory)).await.unwrap();
            found.into_iter().map(|f| (f.object.to_string(), f.other_is_gone)).collect::<Vec<_>>()
        };
        assert_eq!(gone().await, [("b1".to_owned(), false)]);
        world.catalogue.unload_object(&judge, &id("a1"), "the wrong one").await.unwrap();
        assert_eq!(gone().await, [("b1".to_owned(), true)]);
        // The file `b1` is released after `a1` was unloaded. The release creates no accepted match, because `a1` named the wrong participant.
        world.catalogue.set_object_status(&judge, &id("b1"), ObjectStatus::Served, "right").await.unwrap();
        let load = mandate(WriteAction::Load);
        assert!(!world.catalogue.is_likeness_accepted(&load, Ordinal(0), Ordinal(1)).await.unwrap());
        world.catalogue.unload_object(&judge, &id("b1"), "wrong").await.unwrap();
        assert!(gone().await.is_empty());
    }

    async fn statements_that_only_one_row_made_are_withdrawn_with_its_file(world: World) {
        let (load, judge) = (mandate(WriteAction::Load), mandate(WriteAction::ChangeObjectStatus));
        let said = |file: &str, person: &str, sex, family: Option<&str>| {
            let mut new = object(file, "cancer", vec![sample("s", Some(person))]);
            new.samples[0].specimen = None;
            new.samples[0].sex = sex;
            new.samples[0].family = family.map(|f| gemj_model::FamilyId::parse(f).unwrap());
            new
        };
        for new in [
            said("a1", "P1", Sex::Male, Some("F1")),
            said("b1", "P2", Sex::Male, Some("F2")),
            said("b2", "P2", Sex::Unknown, Some("F2")),
        ] {
            world.catalogue.register_object(&load, &new, &[]).await.unwrap();
        }
        let watch = world.watch();
        let members = async || {
            let view = watch.current().await.unwrap().view;
            view.members(&dataset("cancer")).map(|m| m.iter().collect::<Vec<_>>()).unwrap_or_default()
        };
        let sexes = async || world.catalogue.declared_sexes(&load, &[Ordinal(0), Ordinal(1)]).await.unwrap();
        assert_eq!((members().await, sexes().await), (vec![0, 1], vec![Sex::Male, Sex::Male]));
        let unload = async |file| world.catalogue.unload_object(&judge, &id(file), "wrong").await.unwrap();
        let gone = TakenBack { memberships: 1, statements: 2, ..TakenBack::default() };
        assert_eq!(unload("a1").await, Some(gone));
        assert_eq!((members().await, sexes().await), (vec![1], vec![Sex::Unknown, Sex::Male]));
        // The row of the file `b2` also names the family of P2, so the family stays. Only the row of `b1` stated the sex, so the sex is
        // withdrawn.
        let partly = TakenBack { statements: 1, still_members: 1, ..TakenBack::default() };
        assert_eq!(unload("b1").await, Some(partly));
        assert_eq!((members().await, sexes().await), (vec![1], vec![Sex::Unknown, Sex::Unknown]));
        assert_eq!(unload("b1").await, None);
        // A new watch, which reads everything again, has the same view. A new file makes P1 a member again.
        let fresh = world.watch().current().await.unwrap().view;
        assert_eq!(fresh.members(&dataset("cancer")).unwrap().iter().collect::<Vec<_>>(), [1]);
        world.catalogue.register_object(&load, &said("a2", "P1", Sex::Female, None), &[]).await.unwrap();
        assert_eq!((members().await, sexes().await), (vec![0, 1], vec![Sex::Female, Sex::Unknown]));
    }

    async fn a_member_keeps_the_family_when_files_are_unloaded_until_another_is_named(world: World) {
        let (load, judge) = (mandate(WriteAction::Load), mandate(WriteAction::ChangeObjectStatus));
        let watch = world.watch();
        // There are three families of three participants. Each participant has a file whose row names the family, and a later file whose row
        // names none. The later file of one participant is in another dataset.
        let row = |file: String, of: &str, person: u32, family: Option<&str>| {
            let mut new = object(&file, of, vec![sample("s", Some(&format!("P{person}")))]);
            new.samples[0].specimen = None;
            new.samples[0].family = family.map(|f| gemj_model::FamilyId::parse(f).unwrap());
            new
        };
        let register = async |new: NewObject| world.catalogue.register_object(&load, &new, &[]).await;
        let unload = async |file: String| world.catalogue.unload_object(&judge, &id(&file), "wrong").await.unwrap().unwrap();
        let families = async |people: std::ops::Range<u32>| {
            let view = watch.current().await.unwrap().view;
            // A new watch, which reads everything again, has the same view.
            let fresh = world.watch().current().await.unwrap().view;
            let of = |view: &gemj_access::ConsentView| {
                let numbers = view.families();
                people.clone().map(|p| numbers.get(p as usize).copied().unwrap_or(u32::MAX - p)).collect::<std::collections::BTreeSet<_>>().len()
            };
            assert_eq!(of(&view), of(&fresh));
            of(&fresh)
        };
        for person in 0..9 {
            let family = format!("F{}", person / 3);
            register(row(format!("a{person}"), "cancer", person, Some(&family))).await.unwrap();
            let later = if person == 8 { "rare-disease" } else { "cancer" };
            register(row(format!("b{person}"), later, person, None)).await.unwrap();
        }
        assert_eq!(families(0..9).await, 3);
        for person in 0..8 {
            let kept = TakenBack { still_members: 1, still_stated: 1, ..TakenBack::default() };
            assert_eq!(unload(format!("a{person}")).await, kept);
        }
        let moved = TakenBack { memberships: 1, still_stated: 1, ..TakenBack::default() };
        assert_eq!(unload("a8".to_owned()).await, moved, "still a member of the other dataset");
        assert_eq!(families(0..9).await, 3, "relatives still count as one family");

        // A new sample sheet may now name another family, once. The new family is then protected like every family that a current row names.
        register(row("c0".to_owned(), "cancer", 0, Some("F9"))).await.unwrap();
        assert_eq!((families(0..3).await, families(1..3).await), (2, 1));
        assert_eq!(register(row("d0".to_owned(), "cancer", 0, Some("F0"))).await, Err(CatalogueError::Conflict { field: "family" }));
        register(row("c1".to_owned(), "cancer", 1, Some("F0"))).await.unwrap();
        assert_eq!(register(row("d1".to_owned(), "cancer", 1, Some("F9"))).await, Err(CatalogueError::Conflict { field: "family" }));
        assert_eq!(families(1..3).await, 1);

        // The family is withdrawn when the participant's last file is unloaded, although the row of that file did not name the family.
        let gone = TakenBack { memberships: 1, statements: 1, ..TakenBack::default() };
        for person in [5, 8] {
            assert_eq!(unload(format!("b{person}")).await, gone);
        }
        assert_eq!((families(3..6).await, families(6..9).await), (2, 2));
    }
}

//! The erasure of a participant's data: what goes, what stays, and what is refused afterwards.

use gemj_access::{Job, Mandate, OperatorReadAction, Scope, WriteAction};
use gemj_catalogue::{
    CatalogueError, FhirType, IndexedFile, IngestResult, IngestStart, IngestState, LinkedNumbers, MergeSource, NewFhirResource, NewMerge,
    NewParticipant, NewPurge, NumberLink, ObjectStatus, OpenedMerge, PurgeGround, PurgePerson, QuarantinedUnit, ReindexedFiles,
    SegmentScope,
};
use gemj_model::fact::{CaseRecord, Committed, FactSource, PacketContent};
use gemj_model::{
    Allele, Assembly, CarrierObservation, ClauseSet, ConsentKind, Contig, DetailName, Fact, FactDetail, FactKind, FactStatus, OneBased,
    Ordinal, Origin, PartialDate, Sex, SiteId, SpecimenId, SpecimenStatement, SpecimenStep, SpecimenStepKind, Zygosity,
};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::world::*;

/// The part that every planted value has.
const PLANTED: &str = "PLANTED";

fn case(participant: &str) -> CaseRecord {
    let text = |kind: &str| format!("{PLANTED}-{kind}-{participant}");
    CaseRecord {
        dataset: dataset("cancer"),
        participant: person(participant),
        family: None,
        sex: Sex::Female,
        born: PartialDate::parse("1950-05").ok(),
        age_at_last_encounter: Some("P70Y".into()),
        facts: vec![Fact {
            kind: FactKind::Disease,
            code: text("code"),
            label: text("label"),
            status: FactStatus::Present,
            onset: Some("P3Y".into()),
            value: None,
            observed: None,
            details: Vec::new(),
        }],
        carriers: vec![CarrierObservation {
            participant: person(participant),
            assembly: Assembly::GRCh38,
            origin: Origin::Germline,
            allele: Allele::from_vcf(&Contig(text("contig")), OneBased(100), "A", "T", None).unwrap(),
            zygosity: Some(Zygosity::Heterozygous),
            spelled: None,
            interpretations: Vec::new(),
            names: Vec::new(),
        }],
        specimens: vec![SpecimenStatement {
            id: SpecimenId::parse(&text("specimen")).unwrap(),
            kind_code: text("kind"),
            kind_label: text("kind-label"),
            collected: None,
            body_site: Some(text("body-site")),
            storage: None,
            parent: None,
            steps: Vec::new(),
        }],
        source: FactSource {
            site: None,
            profile: "ss-mix2".into(),
            unit: text("unit"),
            earlier_unit: None,
            version: String::new(),
            sha256: text("digest"),
            mapping_version: "1".into(),
        },
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
    async fn link(&self, digest: &str, participant: &str) -> Result<u64, CatalogueError> {
        let numbers = LinkedNumbers {
            site: &SiteId::parse("hospital-a").unwrap(),
            namespace: "mrn",
            links: &[link(digest, participant)],
        };
        self.catalogue.link_numbers(&mandate(WriteAction::LinkNumbers), &[numbers]).await
    }

    async fn plan(&self, participant: &str) -> PurgePerson {
        let read = operator_read(OperatorReadAction::Purge, participant);
        self.catalogue.purge_person(&read, now()).await.unwrap().unwrap()
    }

    async fn erase(&self, participant: &str) -> bool {
        let person = self.plan(participant).await;
        let purge = NewPurge {
            people: &person.ordinals(),
            epoch: person.epoch,
            ground: PurgeGround::Statement,
            reason: "a letter",
        };
        self.catalogue.erase_person(&mandate(WriteAction::Purge), purge).await.unwrap()
    }

    /// Stores data of every kind about a participant, and about other participants.
    async fn plant(&self) -> Ordinal {
        let load = mandate(WriteAction::Load);
        let of = |name: &str, who: &str| {
            let mut sample = family(
                sample(&format!("{PLANTED}-sample-{name}-{who}"), Some(who)),
                &format!("{PLANTED}-family-{who}"),
                Sex::Female,
            );
            sample.specimen = SpecimenId::parse(&format!("{PLANTED}-tube-{name}-{who}")).ok();
            sample.site = SiteId::parse("hospital-a").ok();
            sample
        };
        for who in ["P0", "P1"] {
            let mut own = object(&format!("own-{who}"), "cancer", vec![of("own", who)]);
            own.natural_key = format!("{PLANTED}-key-{who}");
            self.catalogue.register_object(&load, &own, &[]).await.unwrap();
        }
        let mut joint = object("joint", "cancer", vec![of("joint", "P0"), of("joint", "P1")]);
        joint.natural_key = format!("{PLANTED}-tube-joint-P1");
        self.catalogue.register_object(&load, &joint, &[]).await.unwrap();
        self.consent_all(&["P0", "P1"]).await;
        for who in ["P0", "P1"] {
            let content = PacketContent {
                site: SiteId::parse("hospital-a").unwrap(),
                bytes: format!("{PLANTED}-packet-{who}").into_bytes(),
            };
            let ingest = mandate(WriteAction::Ingest);
            self.catalogue
                .commit_case_of(&ingest, None, &case(who), Some(&content))
                .await
                .unwrap();
            self.link(&format!("digest-{who}"), who).await.unwrap();
        }
        let leaver = self.plan("P1").await.ordinals()[0];
        self.resource("one", leaver, &format!("{{\"note\":\"{PLANTED}-fhir-P1\"}}"))
            .await
            .unwrap();
        leaver
    }

    async fn resource(&self, id: &str, participant: Ordinal, body: &str) -> Result<(), CatalogueError> {
        let key: Mandate = mandate(WriteAction::WriteFhir);
        assert_eq!(*key.scope(), Scope::Everything);
        let resource = NewFhirResource {
            kind: FhirType::Consent,
            id,
            participant,
            site: &SiteId::parse("hospital-a").unwrap(),
            body,
            tokens: &[("identifier", format!("{PLANTED}-token-P1"))],
            updated: now(),
        };
        self.catalogue.create_fhir_resource(&key, &resource).await
    }

    /// Every stored row with this text, as `table: row`, read without the catalogue. On SQLite, the bytes of the database's files count too.
    async fn places_of(&self, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        if self.url.starts_with("sqlite:") {
            for entry in std::fs::read_dir(self.folder.path()).unwrap() {
                let path = entry.unwrap().path();
                let bytes = std::fs::read(&path).unwrap_or_default();
                if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                    found.push(path.display().to_string());
                }
            }
            return found;
        }
        let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
        let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
        for table in sqlx::query(tables).fetch_all(&mut connection).await.unwrap() {
            let table: String = table.get(0);
            // The text of a BYTEA column is hexadecimal.
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            let sql = format!("SELECT t::text FROM {table} t WHERE t::text LIKE '%{text}%' OR t::text LIKE '%{hex}%'");
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
            found.extend(rows.iter().map(|row| format!("{table}: {}", row.get::<String, _>(0))));
        }
        connection.close().await.unwrap();
        found
    }
}

contract! {
    async fn no_planted_value_of_an_erased_participant_is_left_in_the_database(world: World) {
        let leaver = world.plant().await;
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert!(!world.places_of("-P1").await.is_empty());
        let before = world.plan("P1").await;
        for (kind, count) in [("facts", 1), ("observations", 1), ("specimens", 3), ("units", 1), ("numbers", 1), ("files", 1), ("files-kept-for-others", 1), ("fhir-resources", 1), ("fhir-values", 1), ("kept-packets", 1)] {
            assert_eq!(before.counts.get(kind), Some(&count), "{kind}: {:?}", before.counts);
        }
        assert!(world.erase("P1").await);
        let purge = mandate(WriteAction::Purge);
        world.catalogue.rewrite_files(&purge).await.unwrap();
        world.catalogue.end_purge(&purge, &[leaver]).await.unwrap();
        let after = world.plan("P1").await;
        assert_eq!(after.counts, before.counts);
        assert!(after.purge.unwrap().ended.is_some());
        for kind in ["code", "label", "contig", "specimen", "kind", "body-site", "unit", "digest", "packet", "fhir", "token", "key", "family", "tube-own", "tube-joint", "sample-own"] {
            let text = format!("{PLANTED}-{kind}-P1");
            assert_eq!(world.places_of(&text).await, Vec::<String>::new(), "{text}");
        }
        assert!(!world.places_of(&format!("{PLANTED}-code-P0")).await.is_empty());
        // The name of the column stays in a file that another participant needs, because the column is removed from answers by its name.
        assert!(!world.places_of(&format!("{PLANTED}-sample-joint-P1")).await.is_empty());
        let person = &after.participants[0];
        assert_eq!((person.0.sex, person.0.born.clone(), person.0.family.clone(), person.0.site.clone()), (Sex::Unknown, None, None, None));
        assert_eq!(person.1.len(), 2, "the consent ledger stays");
        world.catalogue.rewrite_files(&purge).await.unwrap();
    }

    async fn the_files_and_sources_that_are_still_to_be_erased_are_noted_with_the_rows(world: World) {
        let leaver = world.plant().await;
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert!(world.erase("P1").await);
        let files = world.catalogue.purged_files(upkeep(Job::IndexFiles)).await.unwrap();
        assert_eq!(files, ["objects/own-P1.vcf.gz", "objects/own-P1.vcf.gz.tbi"]);
        let sources = world.catalogue.purged_sources(upkeep(Job::BuildSegments)).await.unwrap();
        assert_eq!(sources.participants, [leaver].into());
        let names: Vec<&str> = sources.names.iter().map(String::as_str).collect();
        assert_eq!(names, ["case-2", "joint", "own-P1"]);
        let retired = world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap().retired_sources;
        assert!(retired.contains("case-2") && retired.contains("own-P1") && !retired.contains("joint"), "{retired:?}");
        assert_eq!(world.catalogue.locate_object(&id("own-P1")).await.unwrap(), None);
        assert!(world.catalogue.locate_object(&id("joint")).await.unwrap().is_some());
        for file in files {
            world.catalogue.forget_purged_file(upkeep(Job::IndexFiles), &file).await.unwrap();
        }
        world.catalogue.forget_purged_sources(upkeep(Job::BuildSegments), &sources).await.unwrap();
        assert!(world.catalogue.purged_sources(upkeep(Job::BuildSegments)).await.unwrap().names.is_empty());
        assert_eq!(world.catalogue.purged_participants(upkeep(Job::BuildSegments)).await.unwrap(), [leaver].into());
        assert!(world.erase("P1").await, "a repeated erasure continues");
        // Another process can have added the entries of the file that another participant needs again.
        let again = world.catalogue.purged_sources(upkeep(Job::BuildSegments)).await.unwrap();
        assert_eq!((again.names, again.participants), (["joint".to_owned()].into(), [leaver].into()));
        assert!(world.catalogue.purged_files(upkeep(Job::IndexFiles)).await.unwrap().is_empty());
        let status = world.catalogue.set_object_status(&mandate(WriteAction::ChangeObjectStatus), &id("own-P1"), ObjectStatus::Served, "an error").await;
        assert_eq!(status, Err(CatalogueError::Conflict { field: "status" }));
    }

    async fn files_that_were_read_before_an_erasure_are_not_committed_after_it(world: World) {
        let leaver = world.plant().await;
        append(&world.catalogue, &[withdrawn("P1")]).await;
        let scope = SegmentScope { dataset: dataset("cancer"), assembly: Assembly::GRCh38, origin: Origin::Germline };
        let lease = world.catalogue.lease_segments(upkeep(Job::BuildSegments), &scope, "reindex", 60).await.unwrap().unwrap();
        let read = async || world.catalogue.purged_participants(upkeep(Job::BuildSegments)).await.unwrap();
        let new = |erased| ReindexedFiles {
            files: vec![(id("joint"), IndexedFile { leftmost: true, entries: 1 })], replaced: Vec::new(), segments: vec![segment("again", "cancer")], erased,
        };
        let before = read().await;
        assert!(world.erase("P1").await);
        let load = mandate(WriteAction::Load);
        let late = world.catalogue.commit_reindexed(&load, &lease, &new(before)).await;
        assert_eq!(late, Err(CatalogueError::Conflict { field: "purged" }));
        let segments = world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap().segments;
        assert!(segments.iter().all(|segment| segment.id != "again"));
        assert_eq!(read().await, [leaver].into());
        assert!(world.catalogue.commit_reindexed(&load, &lease, &new(read().await)).await.is_ok());
    }

    async fn new_data_about_an_erased_participant_is_refused_by_name_and_the_ledger_stays_open(world: World) {
        let leaver = world.plant().await;
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert!(world.erase("P1").await);
        let purged = CatalogueError::Conflict { field: "purged" };
        assert_eq!(world.catalogue.commit_case(&mandate(WriteAction::Ingest), &case("P1")).await, Err(purged.clone()));
        assert_eq!(world.link("another", "P1").await, Err(purged.clone()));
        assert_eq!(world.link("digest-P1", "P1").await, Err(purged.clone()));
        assert_eq!(world.link("digest-P1", "P7").await, Err(CatalogueError::Conflict { field: "number" }));
        let load = mandate(WriteAction::Load);
        let new = object("again", "cancer", vec![sample("S", Some("P1"))]);
        assert_eq!(world.catalogue.register_object(&load, &new, &[]).await, Err(purged.clone()));
        assert_eq!(world.catalogue.ensure_participants(&load, &new.samples, &dataset("cancer")).await, Err(purged.clone()));
        let registered = NewParticipant { participant: person("P1"), family: None, sex: Sex::Male, site: None };
        let again = world.catalogue.register_participants(&mandate(WriteAction::RegisterParticipants), &[registered]).await;
        assert_eq!(again, Err(purged.clone()));
        assert_eq!(world.resource("two", leaver, "{}").await, Err(purged));
        // A feed's number leads to the erased participant, so that the unit is refused by name. No request finds it.
        let site = SiteId::parse("hospital-a").unwrap();
        let linked = world.catalogue.linked_numbers(upkeep(Job::ResolveNumbers), &site, "mrn").await.unwrap();
        assert_eq!(linked.get("digest-P1"), Some(&person("P1")));
        let digests = ["digest-P1".to_owned(), String::new(), String::new()];
        assert_eq!(world.catalogue.locate_number(&site, "mrn", &digests).await.unwrap(), None);
        append(&world.catalogue, &[event("P1", ConsentKind::Died, ClauseSet::EMPTY, now())]).await;
        assert!(world.catalogue.commit_case(&mandate(WriteAction::Ingest), &case("P2")).await.is_ok());
    }

    async fn an_erasure_is_decided_again_if_the_ledgers_change_and_ids_are_not_used_again(world: World) {
        let leaver = world.plant().await;
        append(&world.catalogue, &[withdrawn("P1")]).await;
        let person = world.plan("P1").await;
        append(&world.catalogue, &[given("P1")]).await;
        let purge = NewPurge { people: &person.ordinals(), epoch: person.epoch, ground: PurgeGround::Policy, reason: "a letter" };
        assert!(!world.catalogue.erase_person(&mandate(WriteAction::Purge), purge).await.unwrap());
        assert!(world.plan("P1").await.purge.is_none());
        let wrong = world.catalogue.erase_person(&mandate(WriteAction::Load), purge).await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
        let newest = world.catalogue.pending_observations(upkeep(Job::BuildSegments), 10).await.unwrap();
        let (newest, source) = (newest.last().unwrap().id, newest.last().unwrap().source.clone());
        assert!(world.erase("P1").await);
        assert_eq!(world.catalogue.pending_observations(upkeep(Job::BuildSegments), 10).await.unwrap().len(), 1);
        world.catalogue.commit_case(&mandate(WriteAction::Ingest), &case("P2")).await.unwrap();
        let next = world.catalogue.pending_observations(upkeep(Job::BuildSegments), 10).await.unwrap();
        assert!(next.last().unwrap().id > newest && next.last().unwrap().source != source, "{next:?}");
        assert_eq!(world.plan("P1").await.ordinals(), [leaver]);
    }

    async fn no_unit_moves_to_an_erased_participant_by_a_merge(world: World) {
        world.plant().await;
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert!(world.erase("P1").await);
        let merge = mandate(WriteAction::MergeParticipants);
        let new = NewMerge {
            survivor: person("P1"), prior: person("P0"), source: MergeSource::Operator, site: None, message: String::new(), stated: now(),
            reason: "one birthday".into(),
        };
        let OpenedMerge::Opened(case) = world.catalogue.open_merge(&merge, &new, now()).await.unwrap() else { panic!("no case") };
        let reviewed = world.catalogue.review_merge(&merge, case, true, "compared", now()).await;
        assert_eq!(reviewed, Err(CatalogueError::Conflict { field: "purged" }));
        assert!(world.plan("P0").await.has_open_merge);
    }

    async fn a_file_goes_when_the_last_participant_who_needs_it_is_erased(world: World) {
        world.plant().await;
        append(&world.catalogue, &[withdrawn("P0"), withdrawn("P1")]).await;
        assert!(world.erase("P1").await);
        assert!(world.catalogue.locate_object(&id("joint")).await.unwrap().is_some());
        assert!(world.erase("P0").await);
        assert_eq!(world.catalogue.locate_object(&id("joint")).await.unwrap(), None);
        let files = world.catalogue.purged_files(upkeep(Job::IndexFiles)).await.unwrap();
        assert!(files.contains(&"objects/joint.vcf.gz".to_owned()), "{files:?}");
    }

    async fn an_undone_merge_leaves_each_participant_all_rows_of_its_own_units_and_an_erasure_takes_no_row_of_the_other(world: World) {
        world.consent_all(&["P0", "P1"]).await;
        let of = |who: &str| {
            let mut case = case(who);
            case.facts[0].details = vec![FactDetail { name: DetailName::Received, code: None, text: format!("{PLANTED}-detail-{who}") }];
            let label = format!("{PLANTED}-step-{who}");
            case.specimens[0].steps = vec![SpecimenStep { kind: SpecimenStepKind::Processing, code: None, label, time: None }];
            case
        };
        let content = |who: &str| PacketContent {
            site: SiteId::parse("hospital-a").unwrap(),
            bytes: format!("{PLANTED}-packet-{who}").into_bytes(),
        };
        let (ingest, merge) = (mandate(WriteAction::Ingest), mandate(WriteAction::MergeParticipants));
        world.catalogue.commit_case_of(&ingest, None, &of("P0"), Some(&content("P0"))).await.unwrap();
        // The unit of P1 arrives while P1 is known as P0, and moves back when the review is corrected.
        let new = NewMerge {
            survivor: person("P0"), prior: person("P1"), source: MergeSource::Operator, site: None, message: String::new(), stated: now(),
            reason: "one birthday".into(),
        };
        let OpenedMerge::Opened(number) = world.catalogue.open_merge(&merge, &new, now()).await.unwrap() else { panic!("no case") };
        world.catalogue.review_merge(&merge, number, true, "compared", now()).await.unwrap();
        world.catalogue.commit_case_of(&ingest, None, &of("P1"), Some(&content("P1"))).await.unwrap();
        world.catalogue.review_merge(&merge, number, false, "compared again", now()).await.unwrap();
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let kinds = ["facts", "fact-details", "specimen-statements", "specimen-steps", "kept-packets", "observations", "units"];
        let planned = world.plan("P0").await.counts;
        for kind in kinds {
            let most = if kind == "observations" { 2 } else { 1 };
            assert!(planned.get(kind).is_some_and(|count| (1..=most).contains(count)), "{kind}: {planned:?}");
        }
        assert!(world.erase("P0").await);
        world.catalogue.rewrite_files(&mandate(WriteAction::Purge)).await.unwrap();
        for kind in ["code", "detail", "kind", "step", "packet", "contig"] {
            let (theirs, own) = (format!("{PLANTED}-{kind}-P0"), format!("{PLANTED}-{kind}-P1"));
            assert_eq!(world.places_of(&theirs).await, Vec::<String>::new(), "{theirs}");
            assert!(!world.places_of(&own).await.is_empty(), "{own}");
        }
        assert_eq!(world.catalogue.commit_case(&ingest, &of("P1")).await, Ok(Committed::Duplicate));
        let remaining = world.plan("P1").await.counts;
        for kind in kinds {
            assert!(remaining.get(kind).is_some_and(|count| *count > 0), "{kind}: {remaining:?}");
        }
    }

    async fn a_file_with_a_column_that_is_assigned_to_no_participant_is_kept_for_others(world: World) {
        world.plant().await;
        let joint = object("unassigned", "cancer", vec![sample("S1", Some("P1")), sample("S2", None)]);
        world.catalogue.register_object(&mandate(WriteAction::Load), &joint, &[]).await.unwrap();
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert_eq!(world.plan("P1").await.counts.get("files-kept-for-others"), Some(&2));
        assert!(world.erase("P1").await);
        assert!(world.catalogue.locate_object(&id("unassigned")).await.unwrap().is_some());
        let files = world.catalogue.purged_files(upkeep(Job::IndexFiles)).await.unwrap();
        assert!(!files.contains(&"objects/unassigned.vcf.gz".to_owned()), "{files:?}");
    }

    async fn quarantined_units_of_an_erased_participant_go_with_it(world: World) {
        world.plant().await;
        let ingest = mandate(WriteAction::Ingest);
        let start = IngestStart {
            id: "run".into(), profile: "ss-mix2".into(), mapping_version: "1".into(), dataset: dataset("cancer"),
            site: SiteId::parse("hospital-a").unwrap(), namespace: "mrn".into(), exported: None, began: now(),
        };
        world.catalogue.begin_ingest_run(&ingest, &start).await.unwrap();
        let unit = |who: &str| QuarantinedUnit {
            number: 1, unit: format!("{PLANTED}-unit-{who}"), is_part: true, reason: "conflict".into(), detail: "a result".into(),
            received_again_by: None,
        };
        let result = IngestResult { quarantined: vec![unit("P0"), unit("P1")], ..IngestResult::default() };
        world.catalogue.end_ingest_run(&ingest, "run", (IngestState::Ended, now()), &result, &[]).await.unwrap();
        append(&world.catalogue, &[withdrawn("P1")]).await;
        assert!(world.erase("P1").await);
        let runs = world.catalogue.ingest_runs(upkeep(Job::Inventory), 10).await.unwrap();
        let names: Vec<&str> = runs[0].result.quarantined.iter().map(|unit| unit.unit.as_str()).collect();
        assert_eq!(names, ["PLANTED-unit-P0"]);
    }
}

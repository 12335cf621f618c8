//! Tests of the names that case reports use for alleles. Only current reports about participants whom the Grant covers count.

use gemj_access::{Grant, Job, WriteAction};
use gemj_catalogue::ReportedNameQuestion;
use gemj_model::fact::{CaseRecord, FactSource};
use gemj_model::{Allele, Assembly, CarrierObservation, Contig, OneBased, Origin, ReportedName, Sex, Zygosity};
use roaring::RoaringBitmap;

use crate::world::*;

/// A name of an allele: sequence, change and gene.
type Name<'a> = (&'a str, &'a str, &'a str);

/// A case report about one participant, with alleles given by position, and the names of each allele.
fn report(participant: &str, content: &str, alleles: &[(u64, &[Name<'_>])]) -> CaseRecord {
    let carriers = alleles.iter().map(|(position, names)| CarrierObservation {
        participant: person(participant),
        assembly: Assembly::GRCh38,
        origin: Origin::Germline,
        allele: Allele::from_vcf(&Contig("chr7".into()), OneBased(*position), "A", "T", None).unwrap(),
        zygosity: Some(Zygosity::Heterozygous),
        spelled: None,
        interpretations: Vec::new(),
        names: names
            .iter()
            .map(|(sequence, change, gene)| ReportedName {
                change: (*change).into(),
                gene: (*gene).into(),
                sequence: (*sequence).into(),
            })
            .collect(),
    });
    CaseRecord {
        dataset: dataset("rare-disease"),
        participant: person(participant),
        family: None,
        sex: Sex::Unknown,
        born: None,
        age_at_last_encounter: None,
        facts: Vec::new(),
        carriers: carriers.collect(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "phenopacket".into(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{content:0>64}"),
            mapping_version: "1".into(),
        },
    }
}

/// For each allele found: its 1-based position, the ordinals of the participants whose reports match the query, and the ordinals of the
/// participants whose reports use the requested change but state no gene.
type Found = Vec<(u64, Vec<u32>, Vec<u32>)>;

impl World {
    async fn report(&self, record: &CaseRecord) {
        let ingest = mandate(WriteAction::Ingest);
        self.catalogue.commit_case(&ingest, record).await.unwrap();
    }

    /// Commits a segment for all pending observations, so that they are indexed.
    async fn index(&self, segment_id: &str) {
        let pending = self.catalogue.pending_observations(upkeep(Job::BuildSegments), 100).await.unwrap();
        let ids: Vec<i64> = pending.iter().map(|observation| observation.id).collect();
        let ingest = mandate(WriteAction::Ingest);
        let segments = [segment(segment_id, "rare-disease")];
        let indexed = self.catalogue.commit_observation_segments(&ingest, &segments, &ids);
        indexed.await.unwrap();
    }

    async fn reported(&self, grant: &Grant, change: Option<&str>, genes: Option<&[&str]>, sequence: Option<&str>) -> Found {
        let genes: Option<Vec<String>> = genes.map(|genes| genes.iter().map(|gene| (*gene).to_owned()).collect());
        let question = ReportedNameQuestion {
            assembly: Assembly::GRCh38,
            change,
            genes: genes.as_deref(),
            sequence,
        };
        let granted = grant.dataset(&dataset("rare-disease")).unwrap();
        let found = self.catalogue.alleles_reported(granted, &question).await.unwrap();
        found
            .into_iter()
            .map(|named| {
                (
                    named.allele.start.0 + 1,
                    named.people.iter().collect(),
                    named.without_gene.iter().collect(),
                )
            })
            .collect()
    }

    async fn with_names(&self, grant: &Grant, assembly: Assembly, change: &str) -> Vec<u32> {
        let granted = grant.dataset(&dataset("rare-disease")).unwrap();
        let all = |_: &RoaringBitmap| false;
        let people = self.catalogue.people_with_names(granted, assembly, change, all).await.unwrap();
        people.iter().collect()
    }
}

const NOBODY: [u32; 0] = [];
const NOTHING: [(u64, Vec<u32>, Vec<u32>); 0] = [];
const CODING: &str = "c.1799T>A";
const PROTEIN: &str = "p.Val600Glu";

contract! {
    async fn a_reported_name_is_found_by_change_gene_and_sequence(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1", "P2"]).await;
        world.report(&report("P0", "a", &[(100, &[("NM_1.2", CODING, "BRAF"), ("NM_1.2", CODING, "HGNC:1097"), ("NP_1.1", PROTEIN, "BRAF")])])).await;
        world.report(&report("P1", "b", &[(100, &[("", CODING, "")]), (200, &[("NP_9.1", PROTEIN, "KRAS")])])).await;
        world.report(&report("P2", "c", &[(300, &[("", "", "BRAF")])])).await;
        let grant = world.grant(&["rare-disease"]).await;
        assert_eq!(world.reported(&grant, Some(CODING), None, None).await, NOTHING, "no allele is in the index yet");
        world.index("g1").await;
        assert_eq!(world.reported(&grant, Some(CODING), None, None).await, [(100, vec![0, 1], vec![])]);
        assert_eq!(world.reported(&grant, Some(PROTEIN), None, None).await, [(100, vec![0], vec![]), (200, vec![1], vec![])]);
        for gene in ["BRAF", "HGNC:1097"] {
            assert_eq!(world.reported(&grant, Some(CODING), Some(&[gene]), None).await, [(100, vec![0], vec![1])], "{gene}");
        }
        assert_eq!(world.reported(&grant, Some(PROTEIN), Some(&["RAF1"]), None).await, NOTHING);
        assert_eq!(world.reported(&grant, None, Some(&["BRAF"]), None).await, [(100, vec![0], vec![]), (300, vec![2], vec![])]);
        for (sequence, found) in [("NM_1.2", vec![(100, vec![0], vec![])]), ("NM_1", vec![(100, vec![0], vec![])]), ("NM_1.1", vec![]), ("NM_", vec![])] {
            assert_eq!(world.reported(&grant, Some(CODING), None, Some(sequence)).await, found, "{sequence}");
        }
        assert_eq!(world.reported(&grant, None, None, None).await, NOTHING, "the query is empty");
        assert_eq!(world.with_names(&grant, Assembly::GRCh38, CODING).await, [0, 1]);
        assert_eq!(world.with_names(&grant, Assembly::GRCh38, "n.1A>G").await, NOBODY);
        assert_eq!(world.with_names(&grant, Assembly::GRCh37, CODING).await, NOBODY);
    }

    async fn the_name_of_a_participant_outside_the_grant_is_not_found(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        world.report(&report("P0", "a", &[(100, &[("NM_1.2", CODING, "")])])).await;
        world.report(&report("P1", "b", &[(100, &[("NM_1.2", CODING, "")]), (200, &[("NP_1.1", PROTEIN, "")])])).await;
        world.report(&report("P-without-consent", "c", &[(100, &[("NM_1.2", CODING, "")]), (300, &[("", "n.5A>G", "BRAF")])])).await;
        world.index("g1").await;
        let grant = world.grant(&["rare-disease"]).await;
        assert_eq!(world.reported(&grant, Some(CODING), None, None).await, [(100, vec![0, 1], vec![])]);
        assert_eq!(world.reported(&grant, None, Some(&["BRAF"]), None).await, NOTHING);
        assert_eq!(world.with_names(&grant, Assembly::GRCh38, "n.5A>G").await, NOBODY);
        append(&world.catalogue, &[withdrawn("P1")]).await;
        let grant = world.grant(&["rare-disease"]).await;
        assert_eq!(world.reported(&grant, Some(CODING), None, None).await, [(100, vec![0], vec![])]);
        assert_eq!(world.with_names(&grant, Assembly::GRCh38, PROTEIN).await, NOBODY);
    }

    async fn a_replaced_report_states_no_names(world: World) {
        world.approve().await;
        world.consent_all(&["P0"]).await;
        world.report(&report("P0", "a", &[(100, &[("NM_1.2", CODING, "")])])).await;
        world.index("g1").await;
        world.report(&report("P0", "b", &[(100, &[])])).await;
        world.index("g2").await;
        let grant = world.grant(&["rare-disease"]).await;
        assert_eq!(world.reported(&grant, Some(CODING), None, None).await, NOTHING);
        assert_eq!(world.with_names(&grant, Assembly::GRCh38, CODING).await, NOBODY);
    }
}

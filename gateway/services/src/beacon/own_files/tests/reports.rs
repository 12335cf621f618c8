//! Tests that alleles of case reports are listed for the participant, but not for a file.

use std::collections::BTreeSet;

use ga4gh_beacon::EntryType;
use gemj_access::{Mandate, WriteAction};
use gemj_model::{Allele, Assembly, CarrierObservation, ConsentKind, Contig, OneBased, Origin, ParticipantId, Zygosity};
use gemj_variants::flush_observations;

use super::world::{World, vcf};
use crate::beacon::records::tests::programme::case;

const QUESTION: &str = "assemblyId=GRCh38&referenceName=21&start=0&end=1000";

#[tokio::test]
async fn alleles_of_case_reports_belong_to_the_participant_and_not_to_a_file() {
    let world = World::new(None).await;
    let records = ["100\t.\tA\tG\t.\t.\t.\tGT\t0/1".to_owned()];
    if world.write("p.vcf.gz", &vcf("", &["P1"], &records)).is_none() {
        return;
    }
    let files = world.load(&["one,P-1,P-1-S,,unknown,GRCh38,p.vcf.gz,,"], &["P-1"]).await;
    for (person, positions) in [("P-1", &[100, 200][..]), ("P-2", &[200])] {
        let mut record = case("one", person);
        let observed = |position: &u64| CarrierObservation {
            participant: ParticipantId::parse(person).unwrap(),
            assembly: Assembly::GRCh38,
            origin: Origin::Germline,
            allele: Allele::from_vcf(&Contig("21".to_owned()), OneBased(*position), "A", "G", None).unwrap(),
            zygosity: Some(Zygosity::Homozygous),
            spelled: None,
            interpretations: Vec::new(),
            names: Vec::new(),
        };
        record.carriers = positions.iter().map(observed).collect();
        record.sex = gemj_model::Sex::Unknown;
        world.programme.commit(record).await;
    }
    world.programme.consent(ConsentKind::Given, ["P-2"]).await;
    let stores = &world.programme.stores;
    let mandate = Mandate::operator(WriteAction::Ingest);
    let flushed = flush_observations(&stores.catalogue, &stores.objects, &mandate).await.unwrap();
    assert_eq!(flushed.observations, 3);
    let grant = world.grant("A-1", EntryType::GenomicVariant).await;
    let names = world.programme.names(&grant);
    let (one, two) = (
        world.programme.name(&names, "P-1").await.unwrap(),
        world.programme.name(&names, "P-2").await.unwrap(),
    );
    let specimen = world.of_file(&files[0], "biosampleId").await;
    let other = world.records(&format!("individuals/{two}/biosamples"), "").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let of = |specimen: &str, zygosity: &str| BTreeSet::from([(specimen.to_owned(), zygosity.to_owned())]);
    let at = |start: u64, cases: BTreeSet<(String, String)>| (format!("GRCh38.21.{start}.{}.A.G", start + 1), cases);
    for (path, expected) in [
        (format!("analyses/{}", files[0]), vec![at(99, of(&specimen, "heterozygous"))]),
        // Both the file and a report of P-1 contain the allele at position 99, and the report states two copies. The larger number of
        // copies counts, as in the index.
        (
            format!("biosamples/{specimen}"),
            vec![at(199, of(&specimen, "homozygous")), at(99, of(&specimen, "homozygous"))],
        ),
        (
            format!("individuals/{one}"),
            vec![at(199, of(&specimen, "homozygous")), at(99, of(&specimen, "homozygous"))],
        ),
        (format!("individuals/{two}"), vec![at(199, of(&other, "homozygous"))]),
        (format!("biosamples/{other}"), vec![at(199, of(&other, "homozygous"))]),
    ] {
        let told = world.variants(&format!("{path}/g_variants"), QUESTION).await;
        assert_eq!(told.into_iter().collect::<Vec<_>>(), expected, "{path}");
    }
    let index = world.variants("g_variants", QUESTION).await;
    let both: BTreeSet<(String, String)> = &of(&specimen, "homozygous") | &of(&other, "homozygous");
    let expected = [at(199, both), at(99, of(&specimen, "homozygous"))];
    assert_eq!(index.into_iter().collect::<Vec<_>>(), expected);
}

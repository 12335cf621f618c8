//! Tests of genomic findings from hand-written files. The expected findings were computed by hand. The official R4 JSON Schema validates
//! the form of the resources.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use gemj_access::{
    AccessRequest, Action, Caller, CapabilityKey, DecisionId, Grant, Job, LocatedPatient, Mandate, Policy, Resource, Role, RoleKind,
    Upkeep, WriteAction, decide,
};
use gemj_catalogue::{Catalogue, NewConsent, NewObject, NewSample, PolicyWatch, UnknownParticipant};
use gemj_model::fact::{CaseRecord, FactSource};
use gemj_model::*;
use gemj_objects::inspect::{Expected, inspect};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::Stores;
use gemj_services::fhir::FhirFailure;
use gemj_services::fhir::genomics::{Report, find_subject_variants, genomic_report};
use gemj_variants::CarrierIndex;
use hl7_fhir::genomics::parse_find_subject_variants;
use hl7_fhir::{FhirError, is_id, repair_r4_schema};
use serde_json::{Value, json};

const HEADER: &str = "##fileformat=VCFv4.3\n##FILTER=<ID=q10,Description=\"q\">\n\
    ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"a\">\n\
    ##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n";

/// The text of a VCF file with these contigs and samples. Each record is `pos ref alt filter` with a genotype for each sample.
fn vcf(contigs: &[&str], samples: &[&str], records: &[(&str, &str, &[&str])]) -> String {
    let mut text = HEADER.to_owned();
    for contig in contigs {
        text.push_str(&format!("##contig=<ID={contig}>\n"));
    }
    text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    for sample in samples {
        text.push_str(&format!("\t{sample}"));
    }
    for (contig, site, genotypes) in records {
        let site: Vec<&str> = site.split(' ').collect();
        text.push_str(&format!(
            "\n{contig}\t{}\t.\t{}\t{}\t.\t{}\t.\tGT:AD:DP",
            site[0], site[1], site[2], site[3]
        ));
        for genotype in *genotypes {
            text.push_str(&format!("\t{genotype}"));
        }
    }
    text + "\n"
}

fn bgzip(text: &str) -> Vec<u8> {
    let mut child = Command::new("bgzip")
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap().stdout
}

fn dataset() -> DatasetId {
    DatasetId::parse("rare-disease").unwrap()
}

fn now() -> Timestamp {
    SystemClock::default().now()
}

struct World {
    folder: tempfile::TempDir,
    stores: Stores,
    key: CapabilityKey,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        let catalogue = Catalogue::open(&format!("sqlite:{at}/catalogue.db"), 4).await.unwrap();
        let settings = ObjectSettings {
            url: format!("file://{at}/store"),
            ..ObjectSettings::default()
        };
        let objects = ObjectStore::open(&settings).await.unwrap();
        let carriers = CarrierIndex::open(catalogue.clone(), objects.clone(), 1 << 20);
        let stores = Stores {
            catalogue,
            objects,
            carriers,
        };
        Self {
            folder,
            stores,
            key: CapabilityKey::new([7; 32]),
        }
    }

    /// Loads a file. The columns of the file belong to these participants.
    async fn load(&self, id: &str, text: &str, people: &[&str], assembly: Assembly, origin: Origin) {
        let path = self.folder.path().join(format!("{id}.vcf.gz"));
        std::fs::write(&path, bgzip(text)).unwrap();
        let inspection = inspect(&path, None, Expected { format: None, assembly }).unwrap();
        let mandate = Mandate::operator(WriteAction::Load);
        let stored = self.stores.objects.put_file(&mandate, &path, |_| ()).await.unwrap();
        let index = Bytes::from(inspection.index.bytes.clone());
        let index = self.stores.objects.put_bytes(&mandate, "index", index).await.unwrap();
        let samples = inspection.samples.iter().zip(people).map(|(sample, person)| NewSample {
            sample: sample.clone(),
            participant: ParticipantId::parse(person).ok(),
            specimen: None,
            family: None,
            sex: Sex::Unknown,
            site: SiteId::parse("hospital-a").ok(),
        });
        let object = NewObject {
            id: ObjectId::parse(id).unwrap(),
            dataset: dataset(),
            format: inspection.format,
            assembly,
            origin,
            samples: samples.collect(),
            joint: people.len() > 1,
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            storage_key: stored.key,
            index_key: index.key,
            index_format: inspection.index.format,
            created: now(),
            natural_key: id.to_owned(),
        };
        self.stores.catalogue.register_object(&mandate, &object, &[]).await.unwrap();
    }

    /// Ingests a case report with alleles, each as `assembly contig pos ref alt zygosity`, and with diseases.
    async fn report(
        &self,
        person: &str,
        alleles: &[(Assembly, &str, u64, &str, &str, impl Into<Option<Zygosity>> + Copy)],
        diseases: &[(&str, &str)],
    ) {
        self.conclude(person, alleles, diseases, |_| vec![causative()]).await;
    }

    /// Ingests a case report like `report`, with interpretations for alleles by the number of the allele.
    async fn conclude(
        &self,
        person: &str,
        alleles: &[(Assembly, &str, u64, &str, &str, impl Into<Option<Zygosity>> + Copy)],
        diseases: &[(&str, &str)],
        concluded: impl Fn(usize) -> Vec<AlleleInterpretation>,
    ) {
        let participant = ParticipantId::parse(person).unwrap();
        let carriers =
            alleles.iter().enumerate().map(
                |(number, (assembly, contig, position, reference, alternate, zygosity))| CarrierObservation {
                    participant: participant.clone(),
                    assembly: *assembly,
                    origin: Origin::Germline,
                    allele: Allele::from_vcf(&Contig((*contig).to_owned()), OneBased(*position), reference, alternate, None).unwrap(),
                    zygosity: (*zygosity).into(),
                    spelled: Some(SpelledAllele {
                        position: OneBased(*position),
                        reference: (*reference).to_owned(),
                        alternate: (*alternate).to_owned(),
                    }),
                    interpretations: concluded(number),
                    names: Vec::new(),
                },
            );
        let facts = diseases.iter().map(|(code, label)| Fact {
            kind: FactKind::Disease,
            code: (*code).to_owned(),
            label: (*label).to_owned(),
            status: FactStatus::Present,
            onset: None,
            value: None,
            observed: None,
            details: Vec::new(),
        });
        // The hospital of a participant comes from the enrolment, never from a case.
        let enrolled = gemj_catalogue::NewParticipant {
            participant: participant.clone(),
            family: None,
            sex: Sex::Unknown,
            site: SiteId::parse("hospital-a").ok(),
        };
        let key = Mandate::operator(WriteAction::RegisterParticipants);
        self.stores.catalogue.register_participants(&key, &[enrolled]).await.unwrap();
        let record = CaseRecord {
            dataset: dataset(),
            participant: participant.clone(),
            family: None,
            sex: Sex::Unknown,
            born: None,
            age_at_last_encounter: None,
            facts: facts.collect(),
            carriers: carriers.collect(),
            specimens: Vec::new(),
            source: FactSource {
                site: None,
                profile: "phenopacket".to_owned(),
                unit: String::new(),
                earlier_unit: None,
                version: String::new(),
                sha256: format!("{:0>64}", format!("{person}-{}", diseases.len())),
                mapping_version: "1".to_owned(),
            },
        };
        let mandate = Mandate::operator(WriteAction::Ingest);
        self.stores.catalogue.commit_case(&mandate, &record).await.unwrap();
    }

    async fn consent(&self, people: &[&str]) {
        self.agree(people, &Clause::ALL).await;
    }

    /// Records that these participants agree to these clauses.
    async fn agree(&self, people: &[&str], clauses: &[Clause]) {
        let events: Vec<NewConsent> = people
            .iter()
            .map(|person| NewConsent {
                participant: ParticipantId::parse(person).unwrap(),
                kind: ConsentKind::Given,
                form: FormId::parse("unified-1").ok(),
                clauses: clauses.iter().copied().collect(),
                effective: now().plus_seconds(-60),
                ground: gemj_model::Ground::Consent,
                corrects: None,
            })
            .collect();
        let mandate = Mandate::operator(WriteAction::RecordConsent);
        let appended = self
            .stores
            .catalogue
            .append_consent(&mandate, &events, now(), UnknownParticipant::Refuse);
        appended.await.unwrap();
    }

    /// The Grant of the patient's own hospital for an action. The ordinal of a participant is the order in which the participants were
    /// first mentioned.
    async fn grant(&self, action: Action, ordinal: u32) -> Grant {
        let form = gemj_fixtures::form("unified-1");
        let clock = SystemClock::default().shared();
        let watch = PolicyWatch::new(self.stores.catalogue.clone(), vec![form], vec![dataset()], clock);
        let view = watch.current().await.unwrap().view;
        let caller = Caller {
            pseudonym: "system of hospital-a".to_owned(),
            roles: vec![Role {
                kind: RoleKind::HospitalSystem,
                scope: Some("hospital-a".to_owned()),
            }],
            not_after: Some(now().plus_seconds(300)),
            ..Caller::default()
        };
        let policy = gemj_fixtures::dataset_policy(dataset().as_str());
        let patient = LocatedPatient {
            participant: Ordinal(ordinal),
            site: SiteId::parse("hospital-a").ok(),
        };
        let question = AccessRequest {
            decision: DecisionId(1),
            caller: &caller,
            action,
            resource: Resource::Patient(Some(&patient)),
            declared: None,
            now: now(),
        };
        decide(&question, &Policy::new(vec![policy], Vec::new(), 10), &view).unwrap()
    }

    async fn find(&self, ordinal: u32, ranges: &str, class: Option<&str>) -> Result<Value, FhirFailure> {
        let mut pairs = vec![("subject", "patient-1"), ("includeVariants", "true"), ("ranges", ranges)];
        pairs.extend(class.map(|class| ("genomicSourceClass", class)));
        let pairs: Vec<(String, String)> = pairs.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
        let request = parse_find_subject_variants(&pairs).unwrap();
        let grant = self.grant(Action::ReadGenomicFindings, ordinal).await;
        find_subject_variants(&self.stores, &self.key, &grant, Ordinal(ordinal), "patient-1", &request).await
    }

    /// The variants returned for each range, each as `start ref>alt state depth/fraction`.
    async fn told(&self, ordinal: u32, ranges: &str, class: Option<&str>) -> Vec<Vec<String>> {
        let answer = self.find(ordinal, ranges, class).await.unwrap();
        schema("Parameters").judge(&answer);
        let of_range = |range: &Value| {
            let part = range["part"].as_array().unwrap();
            let variants: Vec<String> = part
                .iter()
                .filter(|p| p["name"] == "variant")
                .map(|p| summary(&p["resource"]))
                .collect();
            assert_eq!(part[1], json!({"name": "presence", "valueBoolean": !variants.is_empty()}));
            variants
        };
        answer["parameter"].as_array().unwrap().iter().map(of_range).collect()
    }

    async fn report_of(&self, ordinal: u32) -> Option<Report> {
        let grant = self.grant(Action::ReadGenomicFindings, ordinal).await;
        genomic_report(&self.stores, &self.key, &grant, Ordinal(ordinal), "patient-1")
            .await
            .unwrap()
    }
}

/// The interpretation of an allele as pathogenic, causative and primary finding of a solved case.
fn causative() -> AlleleInterpretation {
    AlleleInterpretation {
        progress: CaseProgress::Solved,
        status: FindingStatus::Causative,
        pathogenicity: Pathogenicity::Pathogenic,
        kind: FindingKind::Primary,
        disease: None,
    }
}

fn component<'a>(observation: &'a Value, code: &str) -> Option<&'a Value> {
    let components = observation["component"].as_array().unwrap();
    components.iter().find(|component| component["code"]["coding"][0]["code"] == code)
}

fn summary(observation: &Value) -> String {
    let text = |code: &str| component(observation, code).unwrap()["valueString"].as_str().unwrap();
    let start = &component(observation, "81254-5").unwrap()["valueRange"]["low"]["value"];
    let state = component(observation, "53034-5").map_or("-", |c| c["valueCodeableConcept"]["coding"][0]["display"].as_str().unwrap());
    let number = |code: &str| component(observation, code).map_or("-".to_owned(), |c| c["valueQuantity"]["value"].to_string());
    format!(
        "{start} {}>{} {state} {}/{}",
        text("69547-8"),
        text("69551-0"),
        number("82121-5"),
        number("81258-6")
    )
}

/// The validator for one resource type of the official schema. If the schema file is absent, the value is `None` and the test reports the
/// skip.
struct Judge(Option<jsonschema::Validator>);

impl Judge {
    fn judge(&self, resource: &Value) {
        let Some(validator) = &self.0 else { return };
        let errors: Vec<String> = validator
            .iter_errors(resource)
            .map(|e| format!("{} {e}", e.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

fn schema(kind: &str) -> Judge {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("standards/fhir/r4/fhir.schema.json.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{} is not readable", path.display());
        eprintln!("SKIPPED: {} is not readable", path.display());
        return Judge(None);
    };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut schema: Value = serde_json::from_str(&text).unwrap();
    repair_r4_schema(&mut schema);
    let one = json!({
        "$schema": "http://json-schema.org/draft-06/schema#",
        "$ref": format!("#/definitions/{kind}"),
        "definitions": schema["definitions"],
    });
    Judge(Some(jsonschema::validator_for(&one).unwrap()))
}

/// A test programme. P0 has three files of its own, P0 and P1 have columns in a joint file, and P3 has one file. P0, P1 and P2 have case
/// reports.
async fn world() -> World {
    let world = World::new().await;
    let records: [(&str, &str, &[&str]); 9] = [
        ("chr17", "100 A G PASS", &["0/1:10,12:22"]),
        ("chr17", "200 A G q10", &["0/1:10,10:20"]),
        ("chr17", "300 A G,T .", &["1/2:0,12,9:21"]),
        ("chr17", "400 CT C,* PASS", &["2/1:3,7,5:15"]),
        ("chr17", "500 A <NON_REF> .", &["0/1:9,1:10"]),
        ("chr17", "600 A G PASS", &["0/0:30,0:30"]),
        ("chr17", "700 C CA PASS", &["1/1:0,30:30"]),
        ("chr17", "800 GACG G PASS", &["0|1:.:20"]),
        ("chrM", "73 A G PASS", &["0/1:5,995:1000"]),
    ];
    let own = vcf(&["chr17", "chrM"], &["s0"], &records);
    world.load("own", &own, &["P0"], Assembly::GRCh38, Origin::Germline).await;
    let again: [(&str, &str, &[&str]); 2] = [("17", "100 AC GC PASS", &["0/1:1,1:2"]), ("17", "900 T C PASS", &["1:.:."])];
    world
        .load("again", &vcf(&["17"], &["s0"], &again), &["P0"], Assembly::GRCh38, Origin::Germline)
        .await;
    let tumour: [(&str, &str, &[&str]); 1] = [("chr17", "1000 G A PASS", &["0/1:60,20:80"])];
    world
        .load(
            "tumour",
            &vcf(&["chr17"], &["t0"], &tumour),
            &["P0"],
            Assembly::GRCh38,
            Origin::Somatic,
        )
        .await;
    let joint: [(&str, &str, &[&str]); 3] = [
        ("chr17", "100 A G PASS", &["0/1:4,4:8", "0/0:9,0:9"]),
        ("chr17", "950 A C q10", &["0/1:4,4:8", "0/1:5,5:10"]),
        ("chr17", "960 A C PASS", &["0/0:8,0:8", "1/1:0,6:6"]),
    ];
    world
        .load(
            "joint",
            &vcf(&["chr17"], &["s0", "s1"], &joint),
            &["P0", "P1"],
            Assembly::GRCh38,
            Origin::Germline,
        )
        .await;
    let het = Zygosity::Heterozygous;
    let (b37, b38) = (Assembly::GRCh37, Assembly::GRCh38);
    world
        .report(
            "P0",
            &[
                (b38, "17", 100, "A", "G", het),
                // A report can spell the insertion of an A after position 700 in this way too.
                (b38, "chr17", 699, "TC", "TCA", Zygosity::Homozygous),
                (b38, "17", 200, "A", "G", het),
                (b38, "17", 300, "A", "C", het),
                (b37, "17", 41_000_000, "C", "T", Zygosity::Homozygous),
                (b37, "17", 41_000_100, "CA", "C", het),
            ],
            &[("MONDO:0000001", "a disease"), ("MONDO:0000002", "")],
        )
        .await;
    world
        .report("P1", &[(b38, "17", 950, "A", "C", het), (b38, "17", 970, "A", "C", het)], &[])
        .await;
    world.report("P2", &[(b38, "17", 100, "A", "G", Zygosity::Hemizygous)], &[]).await;
    world
        .load(
            "p3",
            &vcf(&["chr17"], &["s3"], &records[..1]),
            &["P3"],
            Assembly::GRCh38,
            Origin::Germline,
        )
        .await;
    world.consent(&["P0", "P1", "P2", "P3"]).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn each_allele_that_a_patient_carries_in_a_range_is_returned_once() {
    let world = world().await;
    let whole = world.told(0, "NC_000017.11:0-2000", Some("germline")).await;
    assert_eq!(
        whole,
        [[
            // Two files contain this allele, and the record of the newer file is returned.
            "99 AC>GC Heterozygous 1/0.5",
            "299 A>G Heterozygous 12/0.5714",
            "299 A>T Heterozygous 9/0.4286",
            "399 CT>C Heterozygous 7/0.4667",
            "699 C>CA Homozygous 30/1.0",
            "799 GACG>G Heterozygous -/-",
            "899 T>C Hemizygous -/-",
        ]]
    );
    // Ranges of one base each: a base with two SNVs, the last base of a deletion, another deleted base, and a base with the genotype `0/0`.
    let edges = "NC_000017.11:299-300,NC_000017.11:802-803,NC_000017.11:400-401,NC_000017.11:599-600";
    let told = world.told(0, edges, Some("germline")).await;
    let counts: Vec<usize> = told.iter().map(Vec::len).collect();
    assert_eq!(counts, [2, 1, 1, 0]);
    // Ranges for which the file does not show the reference at every base. They are before and after a variant, after a deletion, at a
    // failed record, at a symbolic allele, after an insertion's anchor, and longer than the base with `0/0`.
    for silent in ["298-299", "300-301", "803-899", "199-200", "499-500", "700-701", "599-601"] {
        let refused = world.find(0, &format!("NC_000017.11:{silent}"), Some("germline")).await;
        assert!(matches!(refused, Err(FhirFailure::Fhir(FhirError::Unprocessable(_)))), "{silent}");
    }
    let mitochondrial = world.told(0, "NC_012920.1:72-73", None).await;
    assert_eq!(mitochondrial, [["72 A>G Homoplasmic 995/0.995"]]);
    let somatic = world.told(0, "NC_000017.11:0-2000", Some("somatic")).await;
    assert_eq!(somatic, [["999 G>A - 20/0.25"]]);
    assert_eq!(world.told(0, "NC_000017.11:0-2000", None).await[0].len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_include_variants_only_presence_is_returned() {
    let world = world().await;
    let pairs = [
        ("subject", "patient-1"),
        ("ranges", "NC_000017.11:99-100,NC_000017.11:599-600"),
        ("genomicSourceClass", "germline"),
    ];
    let pairs: Vec<(String, String)> = pairs.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let request = parse_find_subject_variants(&pairs).unwrap();
    let grant = world.grant(Action::ReadGenomicFindings, 0).await;
    let answer = find_subject_variants(&world.stores, &world.key, &grant, Ordinal(0), "patient-1", &request)
        .await
        .unwrap();
    let part = |item: &str, present: bool| {
        json!({"name": "variants", "part": [
            {"name": "rangeItem", "valueString": item},
            {"name": "presence", "valueBoolean": present},
        ]})
    };
    let expected = [part("NC_000017.11:99-100", true), part("NC_000017.11:599-600", false)];
    assert_eq!(answer, json!({"resourceType": "Parameters", "parameter": expected}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_was_not_tested_is_never_reported_as_absent() {
    let world = world().await;
    for (ordinal, ranges, class, why) in [
        (0, "NC_000017.10:0-2000", None, "no file of the build"),
        (
            0,
            "NC_000017.11:0-2000,NC_000005.10:0-2000",
            None,
            "a chromosome that is in no file",
        ),
        (0, "NC_012920.1:0-100", Some("somatic"), "no file of the origin"),
        (
            0,
            "NC_000017.11:5000-6000",
            Some("germline"),
            "a chromosome in the header without a record in the range",
        ),
        (
            0,
            "NC_000017.11:599-600",
            None,
            "the germline file shows the reference in the range, the tumour file shows nothing",
        ),
        (1, "NC_000017.11:0-2000", None, "a joint file without its filters"),
        (2, "NC_000017.11:0-2000", None, "no file at all"),
    ] {
        let refused = world.find(ordinal, ranges, class).await;
        let Err(FhirFailure::Fhir(error @ FhirError::Unprocessable(_))) = refused else {
            panic!("{why}")
        };
        assert_eq!(error.status(), 422);
        assert!(!error.to_json().to_string().contains("NC_0"), "nothing of the request is repeated");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_stable_and_reveal_nothing() {
    let world = world().await;
    let ids = |answer: &Value| -> Vec<String> {
        let part = answer["parameter"][0]["part"].as_array().unwrap();
        part.iter()
            .filter_map(|p| p["resource"]["id"].as_str().map(str::to_owned))
            .collect()
    };
    let first = ids(&world.find(0, "NC_000017.11:0-2000", None).await.unwrap());
    assert_eq!(first, ids(&world.find(0, "NC_000017.11:0-2000", None).await.unwrap()));
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len());
    let hex = |id: &String| {
        let digits = id.rsplit('.').next().unwrap();
        id.starts_with("v.") && digits.len() == 24 && digits.bytes().all(|b| b.is_ascii_hexdigit())
    };
    assert!(first.iter().all(|id| is_id(id) && hex(id)));
    let report = world.report_of(0).await.unwrap();
    let of_the_snv = |text: &String| summary(&serde_json::from_str(text).unwrap()).starts_with("99 ");
    let snv = report.observations.iter().find(|(_, text)| of_the_snv(text)).unwrap();
    assert_eq!(snv.0, first[0], "the same finding in a report and in an answer");
    // Another patient with the same allele, and another key, give other ids.
    let grant = world.grant(Action::ReadGenomicFindings, 3).await;
    let pairs = [("subject", "x"), ("includeVariants", "true"), ("ranges", "NC_000017.11:99-100")];
    let pairs: Vec<(String, String)> = pairs.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let request = parse_find_subject_variants(&pairs).unwrap();
    let other_key = CapabilityKey::new([8; 32]);
    for (key, patient) in [(&world.key, "patient-3"), (&other_key, "patient-1")] {
        let answer = find_subject_variants(&world.stores, key, &grant, Ordinal(3), patient, &request)
            .await
            .unwrap();
        assert_ne!(ids(&answer)[0], first[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_contains_confirmed_findings_and_counts_unconfirmed_ones() {
    let world = world().await;
    let (of_report, of_observation) = (schema("DiagnosticReport"), schema("Observation"));
    let report = world.report_of(0).await.unwrap();
    let resource: Value = serde_json::from_str(&report.text).unwrap();
    of_report.judge(&resource);
    let observations: Vec<Value> = report
        .observations
        .iter()
        .map(|(_, text)| serde_json::from_str(text).unwrap())
        .collect();
    observations.iter().for_each(|observation| of_observation.judge(observation));
    let told: BTreeSet<String> = observations.iter().map(summary).collect();
    let expected = [
        "99 AC>GC Heterozygous 1/0.5",
        "699 C>CA Homozygous 30/1.0",
        // The record at position 200 has failed filters. At position 300, the file has other alleles than the reported C.
        "199 A>G Heterozygous -/-",
        "299 A>C Heterozygous -/-",
        // No file has this assembly, so these alleles are returned in the spelling of the reports.
        "40999999 C>T Homozygous -/-",
        "41000099 CA>C Heterozygous -/-",
    ];
    assert_eq!(told, expected.map(str::to_owned).into());
    assert_eq!(
        resource["conclusion"],
        "Reported with: a disease; MONDO:0000002. 2 reported variant(s) not confirmed in the sequencing data."
    );
    assert_eq!(resource["status"], "preliminary");
    for observation in &observations {
        let is_unconfirmed = ["199 ", "299 "].iter().any(|place| summary(observation).starts_with(place));
        assert_eq!(observation["status"], if is_unconfirmed { "preliminary" } else { "final" });
        let note = observation["note"][0]["text"].as_str().unwrap_or_default();
        assert_eq!(note.contains("not confirmed by the sequencing data"), is_unconfirmed, "{note}");
        assert_eq!(observation["valueCodeableConcept"]["coding"][0]["code"], "LA9633-4");
    }
    let results: Vec<&str> = resource["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["reference"].as_str().unwrap())
        .collect();
    let ids: Vec<String> = report.observations.iter().map(|(id, _)| format!("Observation/{id}")).collect();
    assert_eq!(results, ids);
    assert_eq!(resource["id"].as_str(), Some(report.id.as_str()));
    assert!(is_id(&report.id) && report.id.starts_with("g."));
    assert!(observations.iter().all(|o| o["subject"]["reference"] == "Patient/patient-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joint_file_confirms_a_reported_allele_with_a_note_that_its_filters_are_not_returned() {
    let world = world().await;
    let report = world.report_of(1).await.unwrap();
    let (_, text) = &report.observations[0];
    let observation: Value = serde_json::from_str(text).unwrap();
    schema("Observation").judge(&observation);
    assert_eq!(
        (report.observations.len(), summary(&observation).as_str()),
        (2, "949 A>C Heterozygous 5/0.5")
    );
    assert!(observation["note"][0]["text"].as_str().unwrap().contains("filters"));
    let kept: Value = serde_json::from_str(&report.observations[1].1).unwrap();
    assert_eq!(summary(&kept), "969 A>C Heterozygous -/-");
    assert!(
        kept["note"][0]["text"]
            .as_str()
            .unwrap()
            .contains("not confirmed by the sequencing data")
    );
    assert!(report.text.contains("1 reported variant(s) not confirmed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sequencing_data_the_case_report_is_returned_and_without_findings_no_report_exists() {
    let world = world().await;
    let report = world.report_of(2).await.unwrap();
    let observation: Value = serde_json::from_str(&report.observations[0].1).unwrap();
    assert_eq!(summary(&observation), "99 A>G Hemizygous -/-");
    assert!(!report.text.contains("conclusion"));
    assert!(world.report_of(3).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_for_another_patient_or_another_action_is_refused() {
    let world = world().await;
    let pairs = [("subject", "x"), ("ranges", "NC_000017.11:99-100")];
    let pairs: Vec<(String, String)> = pairs.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let request = parse_find_subject_variants(&pairs).unwrap();
    for (action, granted, asked) in [
        (Action::ReadGenomicFindings, 0, 3),
        (Action::ReadClinicalRecord, 0, 0),
        (Action::ReadPatient, 0, 0),
    ] {
        let grant = world.grant(action, granted).await;
        let found = find_subject_variants(&world.stores, &world.key, &grant, Ordinal(asked), "x", &request).await;
        assert!(matches!(found, Err(FhirFailure::Service(_))), "{action:?}");
        let report = genomic_report(&world.stores, &world.key, &grant, Ordinal(asked), "x").await;
        assert!(matches!(report, Err(FhirFailure::Service(_))), "{action:?}");
    }
}

/// A test programme with one patient who has a gVCF: reference blocks from 0 to 1,000, a gap without reads from 500 to 600, and one
/// heterozygous variant at 700.
async fn gvcf_world() -> World {
    let world = World::new().await;
    let text = "##fileformat=VCFv4.3\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"e\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n\
        ##FORMAT=<ID=GQ,Number=1,Type=Integer,Description=\"q\">\n##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description=\"m\">\n\
        ##contig=<ID=chr17>\n##contig=<ID=chr18>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\n\
        chr17\t1\t.\tA\t<NON_REF>\t.\t.\tEND=500\tGT:DP:GQ:MIN_DP\t0/0:30:90:25\n\
        chr17\t501\t.\tA\t<NON_REF>\t.\t.\tEND=600\tGT:DP:GQ:MIN_DP\t0/0:0:0:0\n\
        chr17\t601\t.\tA\t<NON_REF>\t.\t.\tEND=699\tGT:DP:GQ:MIN_DP\t0/0:30:90:25\n\
        chr17\t700\t.\tA\tG,<NON_REF>\t50\tPASS\t.\tGT:DP:GQ:MIN_DP\t0/1:30:90:25\n\
        chr17\t701\t.\tA\t<NON_REF>\t.\t.\tEND=1000\tGT:DP:GQ:MIN_DP\t0/0:30:90:25\n";
    world.load("g", text, &["P0"], Assembly::GRCh38, Origin::Germline).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn absence_is_returned_only_if_called_blocks_cover_every_base() {
    let world = gvcf_world().await;
    world.consent(&["P0"]).await;
    for (range, expected) in [
        ("0-500", Some(0)),
        ("100-101", Some(0)),
        ("400-501", None),
        ("500-600", None),
        ("599-601", None),
        ("600-699", Some(0)),
        ("650-750", Some(1)),
        ("0-1000", Some(1)),
        ("999-1001", None),
        ("5000-5001", None),
    ] {
        let answer = world.find(0, &format!("NC_000017.11:{range}"), None).await;
        match (expected, answer) {
            (Some(count), Ok(answer)) => {
                let part = answer["parameter"][0]["part"].as_array().unwrap();
                assert_eq!(part.len(), 2 + count, "{range}");
                assert_eq!(part[1]["valueBoolean"], count > 0, "{range}");
            }
            (None, Err(FhirFailure::Fhir(FhirError::Unprocessable(_)))) => {}
            (_, other) => panic!("{range}: {}", other.is_ok()),
        }
    }
    let of_the_header = world.find(0, "NC_000018.10:100-200", None).await;
    assert!(matches!(of_the_header, Err(FhirFailure::Fhir(FhirError::Unprocessable(_)))));
}

/// A test programme with one patient who has a gVCF: reference blocks from 0 to 1,000, and these further records in the same range.
async fn contradicted_world(records: &str) -> World {
    let world = World::new().await;
    let text = format!(
        "##fileformat=VCFv4.3\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"e\">\n##FILTER=<ID=LowQ,Description=\"q\">\n\
        ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"d\">\n\
        ##contig=<ID=chr17>\n##contig=<ID=chr18>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts\n\
        chr17\t1\t.\tA\t<NON_REF>\t.\t.\tEND=1000\tGT:DP\t0/0:30\n{records}"
    );
    world.load("g", &text, &["P0"], Assembly::GRCh38, Origin::Germline).await;
    world.consent(&["P0"]).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn absence_is_not_returned_if_another_record_shows_an_allele_or_a_no_call() {
    for (record, untold) in [
        ("200\t.\tA\t<DEL>\t.\tPASS\tEND=300\tGT:DP\t0/1:30", true),
        ("200\t.\tA\t<CNV>\t.\tPASS\tEND=300\tGT:DP\t./.:30", true),
        ("250\t.\tA\tG\t.\tLowQ\t.\tGT:DP\t0/1:30", true),
        ("250\t.\tA\t*\t.\tPASS\t.\tGT:DP\t0/1:30", true),
        ("250\t.\tA\tA[chr18:500[\t.\tPASS\t.\tGT:DP\t0/1:30", true),
        ("250\t.\tA\tG\t.\tPASS\t.\tGT:DP\t./.:30", true),
        ("250\t.\tA\tG\t.\tPASS\t.\tGT:DP\t0/0:30", false),
        ("200\t.\tA\t<DEL>\t.\tPASS\tEND=300\tGT:DP\t0/0:30", false),
    ] {
        let world = contradicted_world(&format!("chr17\t{record}\n")).await;
        let over_it = world.find(0, "NC_000017.11:240-260", None).await;
        match over_it {
            Err(FhirFailure::Fhir(FhirError::Unprocessable(_))) => assert!(untold, "{record}"),
            Ok(answer) => {
                assert!(!untold, "{record}: {answer}");
                assert_eq!(answer["parameter"][0]["part"][1]["valueBoolean"], false, "{record}");
            }
            Err(_) => panic!("{record}"),
        }
        let beside_it = world.find(0, "NC_000017.11:400-450", None).await.ok().unwrap();
        assert_eq!(beside_it["parameter"][0]["part"][1]["valueBoolean"], false, "{record}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allele_of_a_report_is_not_absent_although_a_file_shows_the_reference() {
    let world = contradicted_world("").await;
    world
        .report("P0", &[(Assembly::GRCh38, "17", 250, "A", "G", Zygosity::Heterozygous)], &[])
        .await;
    let over_it = world.find(0, "NC_000017.11:240-260", None).await;
    assert!(matches!(over_it, Err(FhirFailure::Fhir(FhirError::Unprocessable(_)))));
    assert!(world.find(0, "NC_000017.11:400-450", None).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allele_without_zygosity_in_its_report_has_no_allelic_state() {
    let world = gvcf_world().await;
    world.report("P0", &[(Assembly::GRCh38, "17", 550, "C", "T", None)], &[]).await;
    world.consent(&["P0"]).await;
    let report = world.report_of(0).await.unwrap();
    let observation: Value = serde_json::from_str(&report.observations[0].1).unwrap();
    assert!(component(&observation, "53034-5").is_none(), "{}", summary(&observation));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reported_allele_is_always_returned_and_marked_with_the_evidence_of_the_file() {
    let world = gvcf_world().await;
    let het = Zygosity::Heterozygous;
    let b38 = Assembly::GRCh38;
    let alleles = [
        (b38, "17", 700, "A", "G", het),
        (b38, "17", 100, "C", "T", het),
        (b38, "17", 550, "C", "T", het),
        (b38, "17", 5_000, "GACT", "G", het),
    ];
    world.report("P0", &alleles, &[]).await;
    world.consent(&["P0"]).await;
    let report = world.report_of(0).await.unwrap();
    let resource: Value = serde_json::from_str(&report.text).unwrap();
    assert_eq!(resource["status"], "preliminary");
    let told: Vec<(String, String, String, bool)> = report
        .observations
        .iter()
        .map(|(_, text)| {
            let observation: Value = serde_json::from_str(text).unwrap();
            schema("Observation").judge(&observation);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let value = text(&observation["valueCodeableConcept"]["coding"][0]["code"]);
            let note = observation["note"][0]["text"].as_str().unwrap_or_default();
            (
                summary(&observation),
                value,
                text(&observation["status"]),
                note.contains("not confirmed"),
            )
        })
        .collect();
    let row = |text: &str, value: &str, status: &str, marked| (text.to_owned(), value.to_owned(), status.to_owned(), marked);
    let mut expected = vec![
        // A reference block covers the base: the report states the allele, but the file shows the reference.
        row("99 C>T Heterozygous -/-", "LA11884-6", "preliminary", true),
        // These alleles are in a gap without reads and at a position without a record, which is no evidence of absence.
        row("549 C>T Heterozygous -/-", "LA9633-4", "preliminary", true),
        row("4999 GACT>G Heterozygous -/-", "LA9633-4", "preliminary", true),
        row("699 A>G Heterozygous -/-", "LA9633-4", "final", false),
    ];
    let mut told = told;
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_benign_and_unsolved_alleles_are_never_reported_and_candidates_are_marked() {
    use {CaseProgress as P, FindingStatus as S, Pathogenicity as A};
    for (progress, status, class, expected) in [
        (P::Solved, S::Causative, A::Pathogenic, Some("final")),
        (P::Completed, S::Contributory, A::LikelyPathogenic, Some("final")),
        (P::InProgress, S::Causative, A::Pathogenic, Some("preliminary")),
        (P::Solved, S::Candidate, A::UncertainSignificance, Some("preliminary")),
        (P::Solved, S::Rejected, A::Pathogenic, None),
        (P::Solved, S::Unknown, A::Pathogenic, None),
        (P::Solved, S::Causative, A::Benign, None),
        (P::Solved, S::Causative, A::LikelyBenign, None),
        (P::Unsolved, S::Causative, A::Pathogenic, None),
        (P::Unsolved, S::Candidate, A::UncertainSignificance, None),
    ] {
        let world = World::new().await;
        let alleles = [(Assembly::GRCh38, "17", 100, "A", "G", Zygosity::Heterozygous)];
        let interpretation = AlleleInterpretation {
            progress,
            status,
            pathogenicity: class,
            ..causative()
        };
        world.conclude("P0", &alleles, &[], |_| vec![interpretation.clone()]).await;
        world.consent(&["P0"]).await;
        let report = world.report_of(0).await;
        let what = format!("{progress:?} {status:?} {class:?}");
        assert_eq!(report.is_some(), expected.is_some(), "{what}");
        if let (Some(report), Some(expected)) = (report, expected) {
            let resource: Value = serde_json::from_str(&report.text).unwrap();
            let observation: Value = serde_json::from_str(&report.observations[0].1).unwrap();
            assert_eq!(
                (resource["status"].as_str(), observation["status"].as_str()),
                (Some(expected), Some(expected)),
                "{what}"
            );
            let note = observation["note"][0]["text"].as_str().unwrap_or_default();
            assert_eq!(note.starts_with("Candidate"), status == S::Candidate, "{what}");
            let conclusion = resource["conclusion"].as_str().unwrap_or_default();
            let is_incomplete = conclusion.contains("1 variant(s) whose interpretation is not complete.");
            assert_eq!(is_incomplete, progress == P::InProgress, "{what}: {conclusion}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secondary_finding_requires_its_clause_and_a_finding_of_unknown_kind_is_never_returned() {
    let clauses_without = |left_out: &[Clause]| -> Vec<Clause> { Clause::ALL.into_iter().filter(|c| !left_out.contains(c)).collect() };
    for (clauses, with_clause) in [
        (clauses_without(&[]), true),
        (clauses_without(&[Clause::IncidentalFindings]), false),
    ] {
        let world = gvcf_world().await;
        let alleles = [
            (Assembly::GRCh38, "17", 700, "A", "G", Zygosity::Heterozygous),
            (Assembly::GRCh37, "13", 32_000_000, "A", "G", Zygosity::Heterozygous),
            (Assembly::GRCh37, "13", 33_000_000, "A", "G", Zygosity::Heterozygous),
        ];
        let kinds = [FindingKind::Primary, FindingKind::Secondary, FindingKind::Unknown];
        let of = |kind| vec![AlleleInterpretation { kind, ..causative() }];
        world.conclude("P0", &alleles, &[], |number| of(kinds[number])).await;
        world.agree(&["P0"], &clauses).await;
        let report = world.report_of(0).await.unwrap();
        let told: BTreeSet<String> = report
            .observations
            .iter()
            .map(|(_, text)| summary(&serde_json::from_str(text).unwrap()))
            .collect();
        let mut expected = BTreeSet::from(["699 A>G Heterozygous -/-".to_owned()]);
        if with_clause {
            expected.insert("31999999 A>G Heterozygous -/-".to_owned());
        }
        assert_eq!(told, expected);
        // The genotypes of the file require the clause too. Without the clause, only the primary finding is returned, and no range is
        // reported as absent.
        assert_eq!(world.told(0, "NC_000017.11:0-1000", None).await[0].len(), 1);
        assert_eq!(world.find(0, "NC_000017.11:0-500", None).await.is_ok(), with_clause);
    }
    // A variant in a file that no report states as a primary finding is not returned without the clause.
    let world = gvcf_world().await;
    world.agree(&["P0"], &clauses_without(&[Clause::IncidentalFindings])).await;
    let refused = world.find(0, "NC_000017.11:650-750", None).await;
    assert!(matches!(refused, Err(FhirFailure::Fhir(FhirError::Unprocessable(_)))));
    assert!(world.report_of(0).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_report_that_rejects_an_allele_hides_an_earlier_finding() {
    let world = World::new().await;
    let alleles = [(Assembly::GRCh38, "17", 100, "A", "G", Zygosity::Heterozygous)];
    world.report("P0", &alleles, &[]).await;
    world.consent(&["P0"]).await;
    assert!(world.report_of(0).await.is_some());
    let rejected = AlleleInterpretation {
        status: FindingStatus::Rejected,
        ..causative()
    };
    world.conclude("P0", &alleles, &[("MONDO:1", "")], |_| vec![rejected.clone()]).await;
    assert!(world.report_of(0).await.is_none());
}

/// The JSON text of a Phenopacket with an id and one allele of a solved case at a position.
fn packet(id: &str, position: u64) -> String {
    let record = json!({"genomeAssembly": "hg38", "chrom": "chr17", "pos": position, "ref": "A", "alt": "G"});
    json!({
        "id": id, "subject": {"id": "patient", "sex": "UNKNOWN_SEX"}, "metaData": {"phenopacketSchemaVersion": "2.0"},
        "diseases": [{"term": {"id": "OMIM:614959", "label": "DEE14"}}],
        "interpretations": [{"id": "i", "progressStatus": "SOLVED", "diagnosis": {
            "disease": {"id": "OMIM:614959", "label": "DEE14"},
            "genomicInterpretations": [{"subjectOrBiosampleId": "patient", "interpretationStatus": "CAUSATIVE", "variantInterpretation": {
                "acmgPathogenicityClassification": "PATHOGENIC", "variationDescriptor": {"vcfRecord": record}}}]}}],
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn packet_1_of_one_hospital_does_not_replace_packet_1_of_another() {
    use gemj_adapters::Target;
    use gemj_services::ingest::{Intake, LinkedRow, Progress, ingest_phenopackets, link_numbers};

    let world = World::new().await;
    // Both participants are known, and both are patients of the hospital in `grant`.
    let text = vcf(&["chr1"], &["s"], &[("chr1", "1 A G PASS", &["0/1:1,1:2"])]);
    world.load("a", &text, &["P0"], Assembly::GRCh38, Origin::Germline).await;
    world
        .load("b", &text.replace("0/1", "1/1"), &["P1"], Assembly::GRCh38, Origin::Germline)
        .await;
    world.consent(&["P0", "P1"]).await;
    let row = |site: &str, number: &str, person: &str| LinkedRow {
        site: SiteId::parse(site).unwrap(),
        namespace: "phenopacket".to_owned(),
        number: number.to_owned(),
        participant: ParticipantId::parse(person).unwrap(),
    };
    let rows = [row("hospital-a", "1", "P0"), row("hospital-b", "1", "P1")];
    link_numbers(&world.stores, &Mandate::operator(WriteAction::LinkNumbers), &world.key, &rows)
        .await
        .unwrap();
    let ingest = async |site: &str, name: &str, position: u64| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("p.json"), packet(name, position)).unwrap();
        let target = Target::new(dataset(), SiteId::parse(site).unwrap(), "phenopacket").unwrap();
        let paths = vec![folder.path().to_path_buf()];
        let intake = Intake {
            stores: &world.stores,
            key: &world.key,
            mandate: &Mandate::operator(WriteAction::Ingest),
            numbers: Upkeep::of(Job::ResolveNumbers),
            clock: &SystemClock::default().shared(),
            forms: &[],
            progress: Progress::default(),
        };
        let accounting = ingest_phenopackets(&intake, &target, paths).await.unwrap().accounting;
        let reasons: Vec<&str> = accounting.quarantined.iter().map(|unit| unit.reason_code).collect();
        (accounting.committed, accounting.replaced, reasons)
    };
    let places = async |ordinal: u32| -> Vec<String> {
        let report = world.report_of(ordinal).await;
        let observations = report.map(|report| report.observations).unwrap_or_default();
        observations
            .iter()
            .map(|(_, text)| summary(&serde_json::from_str(text).unwrap()))
            .collect()
    };
    assert_eq!(ingest("hospital-a", "1", 1_000).await, (1, 0, vec![]));
    assert_eq!(ingest("hospital-b", "1", 2_000).await, (1, 0, vec![]));
    assert_eq!(places(0).await, ["999 A>G - -/-"]);
    assert_eq!(places(1).await, ["1999 A>G - -/-"]);
    // A hospital's next version of a packet replaces the hospital's own packet. The other hospital's packet remains.
    assert_eq!(ingest("hospital-b", "1", 3_000).await, (0, 1, vec![]));
    assert_eq!(places(0).await, ["999 A>G - -/-"]);
    assert_eq!(places(1).await, ["2999 A>G - -/-"]);
    // An unlinked patient number creates no participant. This holds for another number at the same institution and for the same number at
    // another institution.
    assert_eq!(ingest("hospital-b", "2", 4_000).await, (0, 0, vec!["unknown-number"]));
    assert_eq!(ingest("hospital-c", "1", 4_000).await, (0, 0, vec!["unknown-number"]));
    // A number of each of the two hospitals is linked to participant P0, and each hospital's packet remains.
    let rows = [row("hospital-b", "9", "P0")];
    link_numbers(&world.stores, &Mandate::operator(WriteAction::LinkNumbers), &world.key, &rows)
        .await
        .unwrap();
    assert_eq!(ingest("hospital-b", "9", 5_000).await, (1, 0, vec![]));
    assert_eq!(places(0).await, ["999 A>G - -/-", "4999 A>G - -/-"]);
}

//! Findings from hand-written files: what is told was worked out by hand, its shape is judged by the official R4 JSON Schema.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use bytes::Bytes;
use gemj_access::{
    Action, Caller, CapabilityKey, DecisionId, Grant, LocatedPatient, Mandate, Policy, Question, Resource, Role, RoleKind, WriteAction,
    decide,
};
use gemj_catalogue::{Catalogue, NewConsent, NewObject, NewSample, PolicyWatch, UnknownParticipant};
use gemj_model::consent::{Bilingual, FormClause};
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

/// A file's text: contigs with their lines `pos ref alt filter` and a genotype for each sample.
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

    /// Takes in a file; the columns belong to these people.
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

    /// Takes in a case report: alleles as `assembly contig pos ref alt zygosity`, and diseases.
    async fn report(&self, person: &str, alleles: &[(Assembly, &str, u64, &str, &str, Zygosity)], diseases: &[(&str, &str)]) {
        let participant = ParticipantId::parse(person).unwrap();
        let carriers = alleles
            .iter()
            .map(|(assembly, contig, position, reference, alternate, zygosity)| CarrierObservation {
                participant: participant.clone(),
                assembly: *assembly,
                origin: Origin::Germline,
                allele: Allele::from_vcf(&Contig((*contig).to_owned()), OneBased(*position), reference, alternate, None).unwrap(),
                zygosity: *zygosity,
            });
        let facts = diseases.iter().map(|(code, label)| Fact {
            kind: FactKind::Disease,
            code: (*code).to_owned(),
            label: (*label).to_owned(),
            status: FactStatus::Present,
            onset: None,
            value: None,
            observed: None,
        });
        let record = CaseRecord {
            dataset: dataset(),
            participant: participant.clone(),
            family: None,
            sex: Sex::Unknown,
            born: None,
            age_at_last_encounter: None,
            site: SiteId::parse("hospital-a").ok(),
            facts: facts.collect(),
            carriers: carriers.collect(),
            specimens: Vec::new(),
            source: FactSource {
                profile: "phenopacket".to_owned(),
                unit: String::new(),
                version: String::new(),
                sha256: format!("{person:0>64}"),
                mapping_version: "1".to_owned(),
            },
        };
        let mandate = Mandate::operator(WriteAction::Ingest);
        self.stores.catalogue.commit_case(&mandate, &record).await.unwrap();
    }

    async fn consent(&self, people: &[&str]) {
        let events: Vec<NewConsent> = people
            .iter()
            .map(|person| NewConsent {
                participant: ParticipantId::parse(person).unwrap(),
                kind: ConsentKind::Given,
                form: FormId::parse("unified-1").ok(),
                clauses: Clause::ALL.into_iter().collect(),
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

    /// The own hospital's Grant for a patient, who has the ordinal of their first mention.
    async fn grant(&self, action: Action, ordinal: u32) -> Grant {
        let text = Bilingual {
            ja: String::new(),
            en: String::new(),
        };
        let clauses = Clause::ALL.into_iter().map(|clause| FormClause {
            clause,
            text: text.clone(),
        });
        let form = ConsentForm {
            id: FormId::parse("unified-1").unwrap(),
            title: text.clone(),
            issuer: String::new(),
            particulars: Default::default(),
            effective_from: "2024-04-01".to_owned(),
            overseas_countries: Vec::new(),
            clauses: clauses.collect(),
        };
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
        let policy = DatasetPolicy {
            id: dataset(),
            name: String::new(),
            description: String::new(),
            data_use: vec!["DUO:0000042".into()],
            public_boolean: false,
        };
        let patient = LocatedPatient {
            participant: Ordinal(ordinal),
            site: SiteId::parse("hospital-a").ok(),
        };
        let question = Question {
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

    /// What is told of each range: `start ref>alt state depth/fraction`.
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

/// One type of the official schema; absent where the schema is not at hand, which is said.
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

/// P0 with files of their own, P1 in a joint file alone, P2 with a case report alone.
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
                // As a report may spell the insertion of an A after 700.
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
async fn what_a_patient_carries_in_a_range_is_told_allele_by_allele() {
    let world = world().await;
    let whole = world.told(0, "NC_000017.11:0-2000", Some("germline")).await;
    assert_eq!(
        whole,
        [[
            // From the newer of the two files that have it.
            "99 AC>GC Heterozygous 1/0.5",
            "299 A>G Heterozygous 12/0.5714",
            "299 A>T Heterozygous 9/0.4286",
            "399 CT>C Heterozygous 7/0.4667",
            "699 C>CA Homozygous 30/1.0",
            "799 GACG>G Heterozygous -/-",
            "899 T>C Hemizygous -/-",
        ]]
    );
    let edges = "NC_000017.11:299-300,NC_000017.11:298-299,NC_000017.11:300-301,NC_000017.11:802-803,NC_000017.11:803-899,\
                 NC_000017.11:199-200,NC_000017.11:400-401,NC_000017.11:499-500,NC_000017.11:599-600,NC_000017.11:700-701";
    let told = world.told(0, edges, Some("germline")).await;
    let counts: Vec<usize> = told.iter().map(Vec::len).collect();
    // The SNVs; before; behind; the deletion's last base; behind it; failed; deleted; symbolic; not carried; behind the insertion's anchor.
    assert_eq!(counts, [2, 0, 0, 1, 0, 0, 1, 0, 0, 0]);
    let mitochondrial = world.told(0, "NC_012920.1:72-73", None).await;
    assert_eq!(mitochondrial, [["72 A>G Homoplasmic 995/0.995"]]);
    let somatic = world.told(0, "NC_000017.11:0-2000", Some("somatic")).await;
    assert_eq!(somatic, [["999 G>A - 20/0.25"]]);
    assert_eq!(world.told(0, "NC_000017.11:0-2000", None).await[0].len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_include_variants_only_presence_is_told() {
    let world = world().await;
    let pairs = [("subject", "patient-1"), ("ranges", "NC_000017.11:99-100,NC_000017.11:199-200")];
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
    let expected = [part("NC_000017.11:99-100", true), part("NC_000017.11:199-200", false)];
    assert_eq!(answer, json!({"resourceType": "Parameters", "parameter": expected}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_tested_is_never_absent() {
    let world = world().await;
    for (ordinal, ranges, class, why) in [
        (0, "NC_000017.10:0-2000", None, "no file of the build"),
        (
            0,
            "NC_000017.11:0-2000,NC_000005.10:0-2000",
            None,
            "a chromosome that no file knows",
        ),
        (0, "NC_012920.1:0-100", Some("somatic"), "no such file of the origin"),
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
async fn ids_stay_the_same_and_tell_nothing() {
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
    // The same allele of another patient, and under another key.
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
async fn a_report_tells_what_the_sequencing_data_confirms_and_counts_the_rest() {
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
        "40999999 C>T Homozygous -/-",
    ];
    assert_eq!(told, expected.map(str::to_owned).into());
    assert_eq!(
        resource["conclusion"],
        "Reported with: a disease; MONDO:0000002. 2 reported variant(s) not confirmed in the sequencing data. \
         1 reported variant(s) not shown, for want of sequencing data."
    );
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
    assert!(
        observations
            .iter()
            .all(|o| o["note"].is_null() && o["subject"]["reference"] == "Patient/patient-1")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_joint_file_confirms_what_was_reported_and_says_that_its_filters_are_not_known() {
    let world = world().await;
    let report = world.report_of(1).await.unwrap();
    let (_, text) = &report.observations[0];
    let observation: Value = serde_json::from_str(text).unwrap();
    schema("Observation").judge(&observation);
    assert_eq!(
        (report.observations.len(), summary(&observation).as_str()),
        (1, "949 A>C Heterozygous 5/0.5")
    );
    assert!(observation["note"][0]["text"].as_str().unwrap().contains("filters"));
    assert!(report.text.contains("1 reported variant(s) not confirmed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sequencing_data_the_case_reports_word_is_told_and_nothing_reported_is_no_report() {
    let world = world().await;
    let report = world.report_of(2).await.unwrap();
    let observation: Value = serde_json::from_str(&report.observations[0].1).unwrap();
    assert_eq!(summary(&observation), "99 A>G Hemizygous -/-");
    assert!(!report.text.contains("conclusion"));
    assert!(world.report_of(3).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grant_must_be_the_patients_and_for_findings() {
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

//! Tests of specimens, runs and analyses: which of them belong together, what file headers state, and what a withdrawal removes.

use std::collections::BTreeSet;

use ga4gh_beacon::EntryType;
use gemj_access::{Mandate, WriteAction};
use gemj_catalogue::ObjectStatus;
use gemj_model::fact::{CaseRecord, Comparator};
use gemj_model::*;
use roaring::RoaringBitmap;
use serde_json::{Value, json};

use super::super::{ResolvedThing, Thing, Things, Within, find, reported_specimens, things};
use super::programme::{Programme, case, granted, id, python, shared};
use crate::load::{Loader, Owner, Ownership, SheetRow};

const ENTRIES: [EntryType; 4] = [EntryType::Individual, EntryType::Biosample, EntryType::Run, EntryType::Analysis];

fn statement(name: &str, kind: &str, parent: Option<&str>) -> SpecimenStatement {
    SpecimenStatement {
        id: SpecimenId::parse(name).unwrap(),
        kind_code: kind.to_owned(),
        kind_label: "DNA of Yamada".to_owned(),
        collected: PartialDate::parse("2024-04-17").ok(),
        body_site: Some("UBERON:0000178".to_owned()),
        storage: Some("-80".to_owned()),
        parent: parent.map(|p| SpecimenId::parse(p).unwrap()),
        steps: Vec::new(),
    }
}

fn measured(code: &str, value: MeasuredValue) -> Fact {
    Fact {
        kind: FactKind::Measurement,
        code: code.to_owned(),
        label: "as received".to_owned(),
        status: FactStatus::Present,
        onset: None,
        value: Some(value),
        observed: PartialDate::parse("2024-09-30").ok(),
        details: Vec::new(),
    }
}

fn quantity(comparator: Option<Comparator>, number: &str, unit: &str) -> MeasuredValue {
    MeasuredValue::Quantity {
        comparator,
        number: number.to_owned(),
        unit: unit.to_owned(),
    }
}

/// A test programme with two datasets.
/// * P1 has a blood specimen, the DNA derived from it, reads and variants of the DNA, and reads of an unnamed specimen.
/// * P2 has the variants of a tumour.
/// * P1 to P4 have columns in a joint file.
/// * P4 has given no consent.
/// * P5's file is in the dataset `two`; all other files are in the dataset `one`.
async fn programme() -> Programme {
    let programme = Programme::new().await;
    let facts = vec![
        measured("LOINC:8302-2", quantity(None, "171.5", "cm")),
        measured("LOINC:2157-6", quantity(Some(Comparator::Less), "5", "U/L")),
        measured("LOINC:5778-6", MeasuredValue::Text("Mr Yamada's".to_owned())),
        measured(
            "LOINC:882-1",
            MeasuredValue::Coded {
                code: "SNOMED:112144000".to_owned(),
                label: "Blood group A".to_owned(),
            },
        ),
        measured("hospital-a.lab:7", quantity(None, "1", "")),
        measured("LOINC:1", quantity(None, "1", "scores of a hand")),
    ];
    let one = CaseRecord {
        born: PartialDate::parse("1980-06").ok(),
        facts,
        specimens: vec![
            statement("blood-of-p1", "MIABIS:Blood", None),
            statement("dna-of-p1", "hospital-a.kind:9", Some("blood-of-p1")),
        ],
        ..case("one", "P1")
    };
    programme.commit(one).await;
    programme.commit(case("two", "P1")).await;
    let germline = Origin::Germline;
    programme
        .register("reads-1", "one", FileFormat::Cram, germline, &[("P1", Some("dna-of-p1"))])
        .await;
    programme
        .register("reads-0", "one", FileFormat::Bam, germline, &[("P1", None)])
        .await;
    programme
        .register("calls-1", "one", FileFormat::Vcf, germline, &[("P1", Some("dna-of-p1"))])
        .await;
    programme
        .register("calls-2", "one", FileFormat::Bcf, Origin::Somatic, &[("P2", Some("tumour-of-p2"))])
        .await;
    let joint = [("P1", Some("dna-of-p1")), ("P2", None), ("P3", None), ("P4", Some("s4"))];
    programme.register("joint", "one", FileFormat::Vcf, germline, &joint).await;
    programme
        .register("calls-4", "one", FileFormat::Vcf, germline, &[("P4", Some("s4"))])
        .await;
    programme
        .register("calls-5", "two", FileFormat::Vcf, germline, &[("P5", None)])
        .await;
    programme.consent(ConsentKind::Given, ["P1", "P2", "P3", "P5"]).await;
    programme
}

fn ids(records: &[Value]) -> BTreeSet<&str> {
    records.iter().map(|record| record["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn each_thing_leads_to_the_things_that_belong_to_it() {
    let programme = programme().await;
    let grant = programme.grant(&["one", "two"]).await;
    let (one, names) = (granted(&grant, "one"), programme.names(&grant));
    let list = async |entry, thing: Option<&ResolvedThing>| programme.records(&grant, "one", entry, &Within { people: None, thing }).await;
    let found = async |entry, id: &str| find(&programme.stores, &grant, &names, one, entry, id).await.unwrap();

    let runs = list(EntryType::Run, None).await;
    assert_eq!(ids(&runs), BTreeSet::from(["reads-0", "reads-1"]));
    let analyses = list(EntryType::Analysis, None).await;
    assert_eq!(ids(&analyses), BTreeSet::from(["calls-1", "calls-2", "joint"]));
    let by_id = |records: &[Value], id: &str| records.iter().find(|r| r["id"] == id).unwrap().clone();
    let (p1, dna) = (programme.name(&names, "P1").await.unwrap(), names.text("specimen", "dna-of-p1"));
    let run = by_id(&runs, "reads-1");
    assert_eq!(
        (&run["individualId"], &run["biosampleId"], &run["runDate"]),
        (&json!(p1), &json!(dna), &json!("2026-03-04"))
    );
    assert!(run["info"]["runDate"].as_str().unwrap().contains("was loaded"));
    let joint = by_id(&analyses, "joint");
    assert!(joint.get("individualId").is_none() && joint.get("biosampleId").is_none() && joint["info"]["joint"] == true);
    assert_eq!(by_id(&analyses, "calls-2")["info"]["origin"], "somatic");

    let biosamples = list(EntryType::Biosample, None).await;
    assert_eq!(
        biosamples.len(),
        6,
        "two of P1, an unnamed one of each of P1, P2 and P3, and P2's tumour"
    );
    let of_dna = by_id(&biosamples, &dna);
    assert_eq!(of_dna["biosampleStatus"]["id"], "EFO:0009654");
    assert_eq!(of_dna["sampleOriginType"]["id"], "OBI:0100051", "a hospital's own code is hidden");
    assert_eq!(
        (&of_dna["info"]["collectionYear"], &of_dna["collectionMoment"]),
        (&json!("2024"), &json!("P43Y"))
    );
    assert_eq!(of_dna["info"]["derivedFromBiosampleId"], names.text("specimen", "blood-of-p1"));
    assert_eq!(
        by_id(&biosamples, &names.text("specimen", "tumour-of-p2"))["biosampleStatus"]["id"],
        "EFO:0009655"
    );

    let person = found(EntryType::Individual, &p1).await.unwrap();
    assert_eq!(
        ids(&list(EntryType::Run, Some(&person)).await),
        BTreeSet::from(["reads-0", "reads-1"])
    );
    assert_eq!(
        ids(&list(EntryType::Analysis, Some(&person)).await),
        BTreeSet::from(["calls-1", "joint"])
    );
    assert_eq!(list(EntryType::Biosample, Some(&person)).await.len(), 3);
    let specimen = found(EntryType::Biosample, &dna).await.unwrap();
    assert_eq!(ids(&list(EntryType::Run, Some(&specimen)).await), BTreeSet::from(["reads-1"]));
    assert_eq!(
        ids(&list(EntryType::Analysis, Some(&specimen)).await),
        BTreeSet::from(["calls-1", "joint"])
    );
    assert_eq!(
        ids(&list(EntryType::Biosample, Some(&specimen)).await),
        BTreeSet::from([dna.as_str()])
    );
    let run = found(EntryType::Run, "reads-1").await.unwrap();
    assert_eq!(ids(&list(EntryType::Run, Some(&run)).await), BTreeSet::from(["reads-1"]));
    assert_eq!(
        ids(&list(EntryType::Analysis, Some(&run)).await),
        BTreeSet::from(["calls-1", "joint"])
    );
    assert_eq!(ids(&list(EntryType::Biosample, Some(&run)).await), BTreeSet::from([dna.as_str()]));
    let unnamed = found(EntryType::Run, "reads-0").await.unwrap();
    assert_eq!(
        ids(&list(EntryType::Analysis, Some(&unnamed)).await),
        BTreeSet::from(["calls-1", "joint"]),
        "of the participant"
    );
    let analysis = found(EntryType::Analysis, "calls-2").await.unwrap();
    assert!(list(EntryType::Run, Some(&analysis)).await.is_empty());
    assert_eq!(analysis.people().len(), 1);

    for (entry, hidden) in [
        (EntryType::Run, "calls-1"),
        (EntryType::Analysis, "calls-4"),
        (EntryType::Analysis, "calls-5"),
        (EntryType::Analysis, "unknown"),
        (EntryType::Analysis, " "),
        (EntryType::Biosample, "dna-of-p1"),
        (EntryType::Biosample, &names.text("specimen", "s4")),
        (EntryType::Individual, "P1"),
        (EntryType::Individual, &programme.name(&names, "P4").await.unwrap()),
        (EntryType::GenomicVariant, "calls-1"),
    ] {
        assert!(found(entry, hidden).await.is_none(), "{entry:?}");
    }
    // Alleles of case reports are listed under the participant's only specimen. If the participant has several specimens or none, they are
    // listed under a specimen without an id.
    let people: RoaringBitmap = one.participants().as_ref().clone();
    let reported = reported_specimens(&programme.stores, &grant, one, &people).await.unwrap();
    assert_eq!(reported.len() as u64, people.len());
    let owned = programme
        .stores
        .catalogue
        .owned_specimens(&grant, one.dataset(), &people)
        .await
        .unwrap();
    for (person, specimen) in reported {
        let theirs: Vec<_> = owned.iter().filter(|owned| owned.ordinal.0 == person).collect();
        if theirs.len() == 1 {
            assert_eq!(*theirs[0], specimen);
        } else {
            assert_eq!((specimen.ordinal.0, &specimen.specimen), (person, &None));
        }
    }
}

#[tokio::test]
async fn a_participant_in_two_datasets_counts_once_and_no_record_contains_a_stored_name() {
    let programme = programme().await;
    let grant = programme.grant(&["one", "two"]).await;
    let all = async |dataset, entry| {
        let within = Within::default();
        things(&programme.stores, &grant, granted(&grant, dataset), entry, &within)
            .await
            .unwrap()
    };
    let people: Things = all("one", EntryType::Individual)
        .await
        .merge(all("two", EntryType::Individual).await);
    assert_eq!((people.len(), people.people().len()), (4, 4));
    assert!(all("one", EntryType::GenomicVariant).await.len() == 0);
    let records = programme.records(&grant, "one", EntryType::Individual, &Within::default()).await;
    let person = records.iter().find(|record| record.get("measures").is_some()).unwrap();
    assert_eq!(person["info"]["statementsNotTold"], 3);
    let measures = person["measures"].as_array().unwrap();
    assert_eq!(
        measures[0]["measurementValue"],
        json!({"unit": {"id": "UCUM:cm", "label": "cm"}, "value": 171.5})
    );
    assert_eq!(measures[0]["observationMoment"], json!({"iso8601duration": "P44Y"}));
    assert_eq!(measures[1]["measurementValue"]["id"], "SNOMED:112144000");
    assert_eq!(measures[2]["measurementValue"]["unit"]["id"], "unit:scores of a hand");
    for entry in ENTRIES {
        for record in programme.records(&grant, "one", entry, &Within::default()).await {
            let text = record.to_string();
            // A text of one or two characters can occur by chance within a pseudonym, so this text is searched with quotation marks.
            let found = |never: &str| {
                if never.len() > 2 {
                    never.to_owned()
                } else {
                    format!("\"{never}\"")
                }
            };
            for never in ["P1", "-of-p", "column", "Yamada", "hospital", "2024-", "1980"] {
                assert!(!text.contains(&found(never)), "{never}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn less_consent_and_fewer_served_files_never_yield_more() {
    let programme = programme().await;
    let listed = async || {
        let grant = programme.grant(&["one", "two"]).await;
        let names = programme.names(&grant);
        let mut all: BTreeSet<(&str, EntryType, String)> = BTreeSet::new();
        for dataset in ["one", "two"] {
            let Some(granted) = grant.dataset(&id(dataset)) else { continue };
            for entry in ENTRIES {
                let found = things(&programme.stores, &grant, granted, entry, &Within::default()).await.unwrap();
                let page: Vec<Thing> = found.page(&names, 0, u64::MAX).await;
                all.extend(page.iter().map(|thing| (dataset, entry, thing.name(&names))));
                let halves = [
                    found.page(&names, 0, found.len() / 2).await,
                    found.page(&names, found.len() / 2, u64::MAX).await,
                ]
                .concat();
                assert_eq!(halves, page);
                for thing in &page {
                    let name = thing.name(&names);
                    assert!(
                        find(&programme.stores, &grant, &names, granted, entry, &name)
                            .await
                            .unwrap()
                            .is_some()
                    );
                }
            }
        }
        all
    };
    let mut before = listed().await;
    let mut steps_that_took = 0;
    let judge = Mandate::operator(WriteAction::ChangeObjectStatus);
    for step in ["hold calls-1", "unload joint", "P3", "P1", "P5", "P2"] {
        match step.split_once(' ') {
            Some((verb, file)) => {
                let to = if verb == "hold" {
                    ObjectStatus::Held
                } else {
                    ObjectStatus::Unloaded
                };
                let file = ObjectId::parse(file).unwrap();
                programme
                    .stores
                    .catalogue
                    .set_object_status(&judge, &file, to, "odd")
                    .await
                    .unwrap();
            }
            None => programme.consent(ConsentKind::Withdrawn, [step]).await,
        }
        let after = listed().await;
        assert!(after.is_subset(&before), "{step}");
        // P3 had only the joint file, so P3's withdrawal after `unload joint` removes nothing further.
        steps_that_took += usize::from(after.len() < before.len());
        before = after;
    }
    assert!(before.is_empty() && steps_that_took >= 4, "{steps_that_took}");
}

/// A Python program that reads the `@RG`, `@PG` and `##` lines of the headers of a BAM and a VCF.
const HEADERS: &str = r###"
import gzip, json, sys, struct
def lines(path):
    with gzip.open(path) as f:
        if path.endswith(".bam"):
            f.read(4); n = struct.unpack("<i", f.read(4))[0]; return f.read(n).decode().splitlines()
        out = []
        for line in f:
            line = line.decode()
            if not line.startswith("##"): return out
            out.append(line.rstrip("\n"))
bam, vcf = lines(sys.argv[1]), lines(sys.argv[2])
programs = [dict(f.split(":", 1) for f in l.split("\t")[1:]) for l in bam if l.startswith("@PG")]
last = [p for p in programs if p.get("PN") == "bwa"][-1]
date = [l.split("=")[1] for l in vcf if l.startswith("##fileDate=")][0]
print(json.dumps({"aligner": "bwa " + last["VN"], "platform": [f[3:] for l in bam if l.startswith("@RG") for f in l.split("\t") if f.startswith("PL:")],
                  "day": "%s-%s-%s" % (date[:4], date[4:6], date[6:])}))
"###;

#[tokio::test(flavor = "multi_thread")]
async fn runs_and_analyses_contain_what_real_headers_state() {
    let (Some(bam), Some(vcf)) = (shared("data/reads/NA12878.bam"), shared("data/variants/HG002_GIAB.vcf.gz")) else {
        return;
    };
    let said = python(HEADERS, &[&bam, &vcf]);
    let programme = Programme::new().await;
    programme.consent(ConsentKind::Given, ["P1"]).await;
    let mandate = Mandate::operator(WriteAction::Load);
    let clock = SystemClock::default();
    let loader = Loader {
        stores: &programme.stores,
        mandate: &mandate,
        key: &programme.key,
        clock: &clock,
    };
    let row = |path: &std::path::Path| SheetRow {
        line: 2,
        dataset: id("one"),
        ownership: Ownership::Single(Owner {
            participant: ParticipantId::parse("P1").unwrap(),
            specimen: None,
            family: None,
            sex: Sex::Unknown,
            site: None,
        }),
        assembly: Assembly::GRCh37,
        path: path.to_owned(),
        index_path: None,
        kind: None,
        origin: Origin::Germline,
        sha256: None,
    };
    for path in [&bam, &vcf] {
        let first = loader.load(&row(path), |_| ()).await.unwrap();
        assert!(first.is_new);
        assert!(!loader.load(&row(path), |_| ()).await.unwrap().is_new);
    }
    let grant = programme.grant(&["one"]).await;
    let runs = programme.records(&grant, "one", EntryType::Run, &Within::default()).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(
        (&runs[0]["platform"], &said["platform"]),
        (&json!("Illumina"), &json!(["ILLUMINA"]))
    );
    assert_eq!(runs[0]["info"]["aligner"], said["aligner"]);
    assert!(runs[0]["info"]["runDate"].is_string(), "this header states no day");
    let analyses = programme.records(&grant, "one", EntryType::Analysis, &Within::default()).await;
    assert_eq!(analyses[0]["analysisDate"], said["day"]);
    assert_eq!((analyses.len(), &analyses[0]["pipelineName"]), (1, &json!("not stated")));
    assert!(analyses[0]["info"].get("analysisDate").is_none());
    for record in runs.iter().chain(&analyses) {
        let text = record.to_string();
        assert!(
            ["NA12878", "HG002", "Solexa", "SRR098401", "/"]
                .into_iter()
                .all(|never| !text.contains(never)),
            "{text}"
        );
    }
}

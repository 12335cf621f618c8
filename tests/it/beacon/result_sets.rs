//! Result sets of several datasets: k applies to each dataset separately, too few participants are answered like none, the pages add up to the whole,
//! and totals count distinct participants.

use std::collections::BTreeSet;
use std::sync::Mutex;

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::programme::SharedProgramme;
use gemj_tests::small_data::{JOINT_SHARED, SHARED_VARIANT, feeds, person, write_vcf};
use serde_json::{Value, json};

use super::official::records;
use crate::small::loaded;

/// The small programme with a second dataset, `rare-disease`. It contains three participants of `cancer` with files of their own, and six other
/// participants. These six carry an allele that six participants of `cancer` also carry.
fn two_datasets() -> &'static SharedProgramme {
    static TWO: Mutex<Option<&'static SharedProgramme>> = Mutex::new(None);
    let mut made = TWO.lock().expect("the programme of two datasets could not be loaded");
    made.get_or_insert_with(|| {
        let programme = loaded(Backend::Embedded);
        let mut sheet = String::from("dataset,participant,specimen,family,sex,assembly,path\n");
        for number in 1..=3 {
            let id = person(number);
            let path = feeds().join(format!("variants/{id}.vcf.gz"));
            sheet.push_str(&format!("rare-disease,{id},{id}-S,F{number},unknown,GRCh38,{}\n", path.display()));
        }
        let names: Vec<String> = (1..=6).map(|number| format!("RARE-{number:02}")).collect();
        for (number, id) in names.iter().enumerate() {
            let path = programme.path(&format!("{id}.vcf.gz"));
            // Each file has one private record, so that no two files are equal.
            let text = format!(
                "##fileformat=VCFv4.3\n##contig=<ID=chr2,length=242193529>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
                 #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{id}\nchr2\t500\t.\tG\tA\t50\tPASS\t.\tGT\t0/1\n\
                 chr2\t{}\t.\tC\tA\t50\tPASS\t.\tGT\t1/1\n",
                9000 + number
            );
            write_vcf(&path, &text);
            sheet.push_str(&format!("rare-disease,{id},{id}-S,R{number},unknown,GRCh38,{}\n", path.display()));
        }
        let _ = programme.load(&sheet).good();
        programme.everybody_agrees(names.iter().map(String::as_str));
        Box::leak(Box::new(programme.serve_for_good()))
    })
}

fn ask(persona: Option<Persona>, question: &str) -> Value {
    let shared = two_datasets();
    let token = persona.map(|persona| shared.programme.passport(persona));
    shared
        .served
        .client
        .get(&format!("/beacon/{question}"), token.as_deref())
        .expect(200)
        .json()
}

fn sets(answer: &Value) -> Vec<(String, bool, u64)> {
    let sets = answer["response"]["resultSets"].as_array().unwrap();
    sets.iter()
        .map(|set| {
            (
                set["id"].as_str().unwrap().to_owned(),
                set["exists"].as_bool().unwrap(),
                set["resultsCount"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn set(id: &str, count: u64) -> (String, bool, u64) {
    (id.to_owned(), count > 0, count)
}

#[test]
fn below_the_controlled_tier_k_applies_to_each_dataset_separately() {
    // Six families carry the allele in each dataset, which is fewer than k.
    for path in ["individuals", "g_variants"] {
        let question = format!("{path}?{JOINT_SHARED}&requestedGranularity=record&includeResultsetResponses=ALL");
        let registered = ask(Some(Persona::RegisteredOnly), &question);
        assert_eq!(sets(&registered), [set("cancer", 0), set("rare-disease", 0)]);
        assert_eq!(registered["responseSummary"]["numTotalResults"], 0);
        assert_eq!(ask(None, &question)["responseSummary"], json!({"exists": false}));
        let number = |alone| if path == "individuals" { alone } else { 1 };
        let approved = ask(Some(Persona::OverseasTre), &question);
        assert_eq!(sets(&approved), [set("cancer", number(6)), set("rare-disease", number(6))]);
        assert_eq!(approved["responseSummary"]["numTotalResults"], number(12));
    }
}

#[test]
fn a_dataset_with_too_few_carriers_is_answered_like_a_dataset_without_carriers() {
    let nothing = "assemblyId=GRCh38&referenceName=chr9&start=5&referenceBases=A&alternateBases=G";
    for path in ["individuals", "g_variants", "biosamples", "analyses"] {
        for include in ["HIT", "ALL", "MISS", "NONE"] {
            let of = |variant: &str| {
                let question = format!("{path}?{variant}&requestedGranularity=count&includeResultsetResponses={include}");
                ask(Some(Persona::RegisteredOnly), &question)
            };
            assert_eq!(of(JOINT_SHARED), of(nothing), "{path} {include}");
        }
    }
}

#[test]
fn result_sets_are_listed_as_requested_under_the_same_summary() {
    for (persona, cancer, rare) in [(Persona::RegisteredOnly, 10, 0), (Persona::OverseasTre, 12, 3)] {
        let of = |include: &str| {
            let question = format!("individuals?{SHARED_VARIANT}&requestedGranularity=count&includeResultsetResponses={include}");
            ask(Some(persona), &question)
        };
        let all = of("ALL");
        assert_eq!(sets(&all), [set("cancer", cancer), set("rare-disease", rare)]);
        // Three of the twelve participants of `cancer` are in both datasets, so the total counts them once.
        assert_eq!(all["responseSummary"]["numTotalResults"], cancer);
        let is_hit = |hit: bool| sets(&all).into_iter().filter(|(_, exists, _)| *exists == hit).collect::<Vec<_>>();
        assert_eq!(sets(&of("HIT")), is_hit(true));
        assert_eq!(sets(&of("MISS")), is_hit(false));
        assert_eq!(sets(&of("NONE")), []);
        for include in ["HIT", "MISS", "NONE"] {
            let of = of(include);
            assert_eq!((&of["responseSummary"], &of["info"]), (&all["responseSummary"], &all["info"]));
        }
        assert_eq!(all["info"]["releases"], json!({"cancer": "live", "rare-disease": "live"}));
    }
}

#[test]
fn the_public_gets_no_result_sets_and_buckets_contain_no_results() {
    let question = format!("individuals?{SHARED_VARIANT}&requestedGranularity=record&includeResultsetResponses=ALL");
    assert!(ask(None, &question).get("response").is_none());
    let registered = ask(Some(Persona::RegisteredOnly), &question);
    assert_eq!(records(&registered), Vec::<&Value>::new());
    for of in [&registered["responseSummary"], &registered["response"]["resultSets"][0]] {
        assert_eq!(of["countPrecision"], "rounded", "{registered:#}");
    }
    assert!(!registered.to_string().contains("resultsHandovers"));
}

#[test]
fn pages_of_each_result_set_have_no_overlap_and_no_gap() {
    let window = "assemblyId=GRCh38&referenceName=chr1&start=0&end=100000";
    for (path, parameters, id, totals) in [
        ("individuals", "", "id", [12, 9]),
        ("biosamples", "", "id", [12, 9]),
        ("analyses", "", "id", [13, 9]),
        ("g_variants", window, "variantInternalId", [13, 4]),
    ] {
        let of = |skip: usize, limit: usize| {
            let page = format!("requestedGranularity=record&includeResultsetResponses=ALL&skip={skip}&limit={limit}");
            ask(Some(Persona::DomesticAcademic), &format!("{path}?{parameters}&{page}"))
        };
        let ids = |answer: &Value, set: usize| -> Vec<String> {
            let results = answer["response"]["resultSets"][set]["results"].as_array().unwrap();
            results.iter().map(|record| record[id].as_str().unwrap().to_owned()).collect()
        };
        let whole = of(0, 0);
        let pages: Vec<Value> = (0..4).map(|skip| of(skip, 5)).collect();
        for (set, total) in totals.into_iter().enumerate() {
            let all = ids(&whole, set);
            assert_eq!(all.len(), total, "{path} {whole:#}");
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), total);
            let joined: Vec<String> = pages.iter().flat_map(|page| ids(page, set)).collect();
            assert_eq!(joined, all, "{path}");
            assert_eq!(ids(&pages[1], set).len(), total.saturating_sub(5).min(5));
            for page in &pages {
                assert_eq!(page["response"]["resultSets"][set]["resultsCount"], total);
                assert_eq!(page["responseSummary"], whole["responseSummary"]);
            }
        }
        // A page after the end is empty and has the same summary.
        let beyond = of(1, 0);
        assert!(ids(&beyond, 0).is_empty() && ids(&beyond, 1).is_empty());
        assert_eq!(beyond["responseSummary"], whole["responseSummary"]);
        assert_eq!(
            of(usize::try_from(u32::MAX).unwrap(), 1000)["responseSummary"],
            whole["responseSummary"]
        );
    }
}

#[test]
fn a_dataset_in_the_path_gives_the_same_answer_as_the_dataset_parameter() {
    for path in ["individuals", "biosamples", "runs", "analyses", "g_variants"] {
        let parameters = if path == "g_variants" { SHARED_VARIANT } else { "" };
        for persona in [
            None,
            Some(Persona::RegisteredOnly),
            Some(Persona::OverseasTre),
            Some(Persona::DomesticAcademic),
        ] {
            for dataset in ["cancer", "rare-disease"] {
                let nested = ask(
                    persona,
                    &format!("datasets/{dataset}/{path}?{parameters}&requestedGranularity=record"),
                );
                let named = ask(
                    persona,
                    &format!("{path}?{parameters}&datasets={dataset}&requestedGranularity=record"),
                );
                assert_eq!(nested, named, "{path} {dataset}");
            }
        }
    }
    let shared = two_datasets();
    let token = shared.programme.passport(Persona::DomesticAcademic);
    let unknown = |path: &str| shared.served.client.get(&format!("/beacon/{path}"), Some(&token));
    for path in ["datasets/nothing/individuals", "individuals?datasets=nothing", "datasets/nothing"] {
        assert_eq!(unknown(path).status, 403, "{path}");
    }
}

#[test]
fn filters_apply_to_every_entry_type_of_participants() {
    let approved = Some(Persona::DomesticAcademic);
    let total = |question: &str| {
        ask(approved, &format!("{question}&requestedGranularity=count"))["responseSummary"]["numTotalResults"]
            .as_u64()
            .unwrap()
    };
    // The first six participants have seizures. Three of them have a BAM and one has a CRAM. All six have a VCF of their own and a column of the
    // joint file.
    assert_eq!(total("individuals?filters=HP:0001250"), 6);
    assert_eq!(total("biosamples?filters=HP:0001250&datasets=cancer"), 6);
    assert_eq!(total("runs?filters=HP:0001250&datasets=cancer"), 4);
    assert_eq!(total("analyses?filters=HP:0001250&datasets=cancer"), 7);
    let window = "assemblyId=GRCh38&referenceName=chr1&start=0&end=100000";
    assert_eq!(total(&format!("g_variants?{window}&filters=HP:0001250&datasets=cancer")), 7);
    assert_eq!(total(&format!("runs?{SHARED_VARIANT}&datasets=cancer")), 4);
    let listed = |filter: &str| {
        let answer = ask(approved, &format!("datasets?filters={filter}&requestedGranularity=record"));
        records(&answer)
            .iter()
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("HP:0001250"), ["cancer"]);
    assert_eq!(listed("HP:0001263").len(), 0);
}

#[test]
fn counts_equal_the_listed_records_and_counts_without_an_approval_are_of_participants() {
    for path in ["individuals", "biosamples", "runs", "analyses"] {
        for parameters in ["", "filters=HP:0001250", JOINT_SHARED, SHARED_VARIANT, "datasets=rare-disease"] {
            let of = |granularity: &str| {
                let question = format!("{path}?{parameters}&requestedGranularity={granularity}&includeResultsetResponses=ALL&limit=0");
                ask(Some(Persona::DomesticAcademic), &question)
            };
            let (listed, counted) = (of("record"), of("count"));
            assert_eq!(sets(&counted), sets(&listed), "{path} {parameters}");
            let total = &listed["responseSummary"]["numTotalResults"];
            assert_eq!(&counted["responseSummary"]["numTotalResults"], total, "{path} {parameters}");
            assert_eq!(of("boolean")["responseSummary"]["exists"], total != 0, "{path} {parameters}");
        }
    }
    for (path, cancer) in [("biosamples", 10), ("analyses", 10), ("runs", 0)] {
        let question = format!("{path}?requestedGranularity=count&includeResultsetResponses=ALL");
        let told = ask(Some(Persona::RegisteredOnly), &question);
        assert_eq!(sets(&told), [set("cancer", cancer), set("rare-disease", 0)], "{path}");
    }
}

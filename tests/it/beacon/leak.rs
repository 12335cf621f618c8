//! One withdrawal, and the answers to public and registered callers before and after it. An independent model of the policy computes every answer.
//! Only answers about exactly k families may change (for buckets: answers at the lower end of a bucket).

use std::collections::BTreeMap;

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use gemj_tests::random::Random;
use gemj_tests::small_data::write_vcf;
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

const PEOPLE: usize = 32;
const K: u64 = 10;
/// The numbers of participants with each term, which are also the numbers of carriers of each allele: near k, near a bucket's end, rare and common.
const FREQUENCIES: [usize; 14] = [1, 2, 9, 10, 10, 10, 11, 11, 12, 20, 29, 30, 31, 32];

fn name(number: usize) -> String {
    format!("LEAK-{number:02}")
}

fn term(at: usize) -> String {
    format!("OMIM:9000{at:02}")
}

/// The paths that the test queries with terms and alleles. Each participant has one file and one specimen, so all these paths return the same number
/// below the controlled tier.
const OF_PEOPLE: [&str; 8] = [
    "individuals",
    "biosamples",
    "analyses",
    "datasets/cancer/individuals",
    "datasets/cancer/biosamples",
    "datasets/cancer/analyses",
    "cohorts/everybody/individuals",
    "cohorts/everybody/analyses",
];

/// The paths that the test queries with alleles only.
const OF_VARIANTS: [&str; 3] = ["g_variants", "datasets/cancer/g_variants", "cohorts/everybody/g_variants"];

/// The Beacon parameters of an allele.
fn allele(at: usize) -> String {
    format!(
        "assemblyId=GRCh38&referenceName=chr1&start={}&referenceBases=A&alternateBases=G",
        999 + 10 * at
    )
}

struct Person {
    terms: Vec<usize>,
    alleles: Vec<usize>,
    sex: &'static str,
}

fn people() -> Vec<Person> {
    let mut people: Vec<Person> = (0..PEOPLE)
        .map(|n| Person {
            terms: Vec::new(),
            alleles: Vec::new(),
            sex: if n % 3 == 0 { "male" } else { "female" },
        })
        .collect();
    for (at, count) in FREQUENCIES.into_iter().enumerate() {
        for (kind, word) in ["term", "allele"].into_iter().enumerate() {
            // The random start is a number of 4 digits. The participants with a term or allele are every fifth participant from this start on, so
            // that each participant has only some of them.
            let digits = Random::of(&format!("{word} {at}")).letters(b"0123456789", 4);
            let first = digits.parse::<usize>().unwrap() % PEOPLE;
            for n in 0..count {
                let person = &mut people[(first + n * 5) % PEOPLE];
                let list = if kind == 0 { &mut person.terms } else { &mut person.alleles };
                list.push(at);
            }
        }
    }
    people
}

fn load(programme: &Programme, people: &[Person]) {
    let folder = programme.path("leak");
    let packets = folder.join("packets");
    std::fs::create_dir_all(&packets).unwrap();
    let mut sheet = String::from("dataset,participant,specimen,family,sex,assembly,path\n");
    for (number, person) in people.iter().enumerate() {
        let id = name(number);
        let mut vcf = format!(
            "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
             #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{id}\n"
        );
        let mut sorted = person.alleles.clone();
        sorted.sort_unstable();
        for at in sorted {
            vcf.push_str(&format!("chr1\t{}\t.\tA\tG\t50\tPASS\t.\tGT\t0/1\n", 1000 + 10 * at));
        }
        let path = folder.join(format!("{id}.vcf.gz"));
        write_vcf(&path, &vcf);
        sheet.push_str(&format!("cancer,{id},{id}-S,F{number},{},GRCh38,{}\n", person.sex, path.display()));
        let diseases: Vec<Value> = person
            .terms
            .iter()
            .map(|at| json!({"term": {"id": term(*at), "label": "x"}}))
            .collect();
        let packet = json!({
            "id": id, "subject": {"id": id, "sex": person.sex.to_uppercase()}, "diseases": diseases,
            "metaData": {"created": "2026-04-01T00:00:00Z", "createdBy": "gemj-tests", "phenopacketSchemaVersion": "2.0",
                "resources": [{"id": "omim", "name": "OMIM", "url": "https://omim.org", "version": "1", "namespacePrefix": "OMIM", "iriPrefix": "x"}]},
        });
        std::fs::write(packets.join(format!("{id}.json")), packet.to_string()).unwrap();
    }
    let _ = programme.load(&sheet).good();
    let _ = programme.ingest_packets("cancer", &packets).good();
    let names: Vec<String> = (0..people.len()).map(name).collect();
    programme.everybody_agrees(names.iter().map(String::as_str));
}

/// Sends every query of the oracle to every path that accepts the query.
fn told(client: &Client, token: Option<&str>, questions: &Value) -> BTreeMap<String, Value> {
    let mut told = BTreeMap::new();
    for question in questions.as_object().unwrap().keys() {
        let (asked, of_variants): (String, &[&str]) = if question.contains('&') {
            (question.clone(), &OF_VARIANTS)
        } else {
            let spelt = |part: &str| {
                if part.contains(':') {
                    part.to_owned()
                } else {
                    format!("sex={part}")
                }
            };
            let filters: Vec<String> = question.split('+').map(spelt).collect();
            (format!("filters={}", filters.join(",")), &[])
        };
        for path in OF_PEOPLE.iter().chain(of_variants) {
            let answer = client
                .get(
                    &format!("/beacon/{path}?{asked}&requestedGranularity=count&includeResultsetResponses=ALL"),
                    token,
                )
                .expect(200)
                .json();
            let summary = answer["responseSummary"].clone();
            // The result set of a dataset must state the same numbers as the summary. Public answers have no result sets.
            let sets = answer["response"]["resultSets"].as_array().cloned().unwrap_or_default();
            assert_eq!(sets.is_empty(), token.is_none(), "{path}?{asked}: {answer}");
            for set in sets.iter().filter(|set| set["id"] == "cancer") {
                assert_eq!(
                    (&set["exists"], &set["resultsCount"]),
                    (&summary["exists"], &summary["numTotalResults"]),
                    "{path}?{asked}"
                );
            }
            let _ = told.insert(format!("{path} {question}"), summary);
        }
    }
    told
}

/// The descriptions of the service, the datasets and the cohorts. A withdrawal changes them only if a number is at a bucket's end.
fn descriptions(client: &Client, token: Option<&str>) -> BTreeMap<&'static str, Value> {
    let paths = [
        "",
        "info",
        "configuration",
        "map",
        "entry_types",
        "datasets",
        "datasets/cancer",
        "cohorts",
        "cohorts/everybody",
    ];
    paths
        .into_iter()
        .map(|path| (path, client.get(&format!("/beacon/{path}"), token).expect(200).json()))
        .collect()
}

/// Asserts that the gateway's answers equal the oracle's answers.
fn agrees(expected: &Value, told: &BTreeMap<String, Value>, registered: bool) {
    for (key, given) in told {
        let (path, question) = key.split_once(' ').unwrap();
        let expected = &expected[question];
        assert_eq!(given["exists"], expected["exists"], "{key}");
        match (registered, path) {
            (false, _) => assert_eq!(*given, json!({"exists": expected["exists"]}), "{key}"),
            (true, path) if OF_VARIANTS.contains(&path) => {
                assert_eq!(given["numTotalResults"], u64::from(expected["exists"] == true), "{key}")
            }
            (true, _) => assert_eq!(given["numTotalResults"], expected["bucket"], "{key}"),
        }
    }
}

fn changed(before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Vec<String> {
    let mut changed: Vec<String> = before
        .iter()
        .filter(|(key, given)| after[*key] != **given)
        .map(|(key, _)| key.clone())
        .collect();
    changed.sort();
    changed
}

/// The diseases among the filtering terms. All paths of `/filtering_terms` must return the same diseases.
fn listed(client: &Client, token: Option<&str>) -> Vec<String> {
    let mut told = ["", "individuals/", "datasets/cancer/", "cohorts/everybody/"]
        .into_iter()
        .map(|of| {
            let answer = client.get(&format!("/beacon/{of}filtering_terms"), token).expect(200).json();
            let terms = answer["response"]["filteringTerms"].as_array().unwrap();
            terms
                .iter()
                .map(|t| t["id"].as_str().unwrap().to_owned())
                .filter(|id| id.starts_with("OMIM:"))
                .collect::<Vec<_>>()
        });
    let first = told.next().unwrap();
    assert!(told.all(|other| other == first));
    first
}

#[test]
fn a_withdrawal_changes_only_the_answers_with_exactly_k_families() {
    let people = people();
    let programme = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let cohort = "[[cohorts]]\nid = \"everybody\"\nname = \"Everybody\"\ndatasets = [\"cancer\"]\n";
    std::fs::write(
        programme.config(),
        format!("{text}\n[policy]\nregistered_questions = 1000000\n\n[limits]\nrequests_per_minute = 1000000\nanonymous_work_ms_per_minute = 0\n\n{cohort}"),
    )
    .unwrap();
    load(&programme, &people);
    // The participant who withdraws has the most terms and alleles that exactly k participants have, so that the withdrawal changes the most answers.
    let at_k = |p: &Person| p.terms.iter().chain(&p.alleles).filter(|at| FREQUENCIES[**at] == 10).count();
    let leaver = (0..PEOPLE).max_by_key(|n| at_k(&people[*n])).unwrap();
    let described: serde_json::Map<String, Value> = people
        .iter()
        .enumerate()
        .map(|(number, p)| {
            let terms: Vec<String> = p.terms.iter().map(|at| term(*at)).collect();
            let alleles: Vec<String> = p.alleles.iter().map(|at| allele(*at)).collect();
            (name(number), json!({"terms": terms, "alleles": alleles, "sex": p.sex}))
        })
        .collect();
    let all = |of: fn(usize) -> String| (0..FREQUENCIES.len()).map(of).collect::<Vec<_>>();
    let oracle = python(
        "leak.py",
        &json!({"people": described, "leaver": name(leaver), "k": K, "all_terms": all(term), "all_alleles": all(allele)}),
    );
    let served = programme.serve();
    let token = programme.passport(Persona::RegisteredOnly);
    let ask = |after: bool| {
        let expected = &oracle[if after { "after" } else { "before" }];
        let (public, registered) = (told(&served.client, None, expected), told(&served.client, Some(&token), expected));
        agrees(expected, &public, false);
        agrees(expected, &registered, true);
        let visible: Vec<String> = all(term).into_iter().filter(|t| expected[t]["exists"] == true).collect();
        assert_eq!(listed(&served.client, None), visible);
        assert_eq!(listed(&served.client, Some(&token)), visible);
        let described = [None, Some(token.as_str())].map(|token| descriptions(&served.client, token));
        let size = &described[1]["cohorts/everybody"]["response"]["collections"][0]["cohortSize"];
        assert_eq!(
            *size, 30,
            "32 and 31 participants are in one bucket: {:#}",
            described[1]["cohorts/everybody"]
        );
        (public, registered, described)
    };
    let before = ask(false);
    assert_eq!(ask(false), before, "the same query at the same epoch has the same answer");
    let _ = programme.run(&["consent", "withdraw", &name(leaver)]).good();
    let after = ask(true);
    assert_eq!(after.2, before.2);
    let keys = |questions: &Value, of_variants: bool| {
        let mut keys: Vec<String> = Vec::new();
        for question in questions.as_array().unwrap() {
            let question = question.as_str().unwrap();
            let variants: &[&str] = if question.contains('&') && of_variants { &OF_VARIANTS } else { &[] };
            keys.extend(OF_PEOPLE.iter().chain(variants).map(|path| format!("{path} {question}")));
        }
        keys.sort();
        keys
    };
    assert_eq!(changed(&before.0, &after.0), keys(&oracle["at_k"], true));
    let registered: Vec<String> = changed(&before.1, &after.1)
        .into_iter()
        .filter(|key| !key.contains("g_variants"))
        .collect();
    assert_eq!(registered, keys(&oracle["edges"], false));
    assert!(
        oracle["at_k"].as_array().unwrap().len() >= 3,
        "the withdrawal would change too few answers: the test is too weak"
    );
}

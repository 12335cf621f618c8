//! Queries by names of alleles from annotations (HGVS). Only served files of the queried datasets and releases count. Below the controlled tier, a
//! query must also name a gene.

use gemj_demo::Persona;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::oracle::run;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::write_vcf;
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

use crate::small::loaded;

const VISA: &str = "https://gemj.example/approvals/named-alleles";
const QUESTION: &str = "/beacon/individuals?aminoacidChange=V600E&assemblyId=GRCh38&requestedGranularity=count";

const HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr7,length=159345973>\n\
##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations from Ensembl VEP. Format: Allele|Consequence|SYMBOL|Feature|HGVSc|HGVSp\">\n\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t";

/// The load sheet of a participant who carries two alleles: one that annotated files name V600E, and a private one.
fn sheet(programme: &Programme, id: &str, specimen: &str, own: u32, annotated: bool) -> String {
    let called = "CSQ=T|missense_variant|BRAF|NM_004333.6|NM_004333.6:c.1799T>A|NP_004324.2:p.Val600Glu";
    let info = if annotated { called } else { "." };
    let path = programme.path(&format!("{id}.vcf.gz"));
    write_vcf(
        &path,
        &format!("{HEAD}{id}\nchr7\t{own}\t.\tG\tC\t50\tPASS\t.\tGT\t0/1\nchr7\t140753336\t.\tA\tT\t50\tPASS\t{info}\tGT\t0/1\n"),
    );
    format!(
        "dataset,participant,specimen,family,sex,assembly,path\ncancer,{id},{specimen},{id},unknown,GRCh38,{}\n",
        path.display()
    )
}

fn load(programme: &Programme, id: &str, own: u32, annotated: bool) {
    let sheet = sheet(programme, id, &format!("{id}-S"), own, annotated);
    let _ = programme.load(&sheet).good();
    programme.everybody_agrees([id]);
}

/// The numbers of stored names of alleles, of stored blocks of files with a name, and of files with a name.
fn stored(programme: &Programme) -> String {
    let count = "import sqlite3, sys\n\
                 c = sqlite3.connect(sys.argv[1])\n\
                 print([c.execute('SELECT COUNT(*) FROM ' + t).fetchone()[0] for t in ('allele_name', 'allele_name_files', 'naming_file')])";
    let database = programme.path("gateway.db");
    let rows = String::from_utf8(run("python3", ["-c", count, database.to_str().unwrap()], b"")).unwrap();
    rows.trim().to_owned()
}

/// The number of participants that a query by name finds. `None` if the query is refused because no names are loaded.
fn people(client: &Client, token: &str) -> Option<u64> {
    let reply = client.get(QUESTION, Some(token));
    if reply.status == 400 {
        let told = reply.json()["error"]["errorMessage"].as_str().unwrap().to_owned();
        assert!(told.contains("names an allele"), "{told}");
        return None;
    }
    reply.expect(200).json()["responseSummary"]["numTotalResults"].as_u64()
}

/// Records an approval of another project for `release`, and returns a passport for this project.
fn approve(programme: &Programme, release: &str) -> String {
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let own = "\"https://gemj.example/approvals/2026-0004\"";
    assert_eq!(text.matches(own).count(), 1);
    std::fs::write(programme.config(), text.replace(own, &format!("{own}, \"{VISA}\""))).unwrap();
    let approval = json!({
        "id": "named-alleles", "visa_value": VISA, "project": "One release", "organisation": "musashi-university.example",
        "datasets": ["cancer"], "release": release, "purposes": ["biomedical-research"], "delivery": "download", "not_after": "2036-03-31",
    });
    let file = programme.path("approval.json");
    std::fs::write(&file, approval.to_string()).unwrap();
    let _ = programme.run(&["approval", "record", file.to_str().unwrap()]).good();
    let now = SystemClock::default().now();
    programme
        .broker()
        .mint_for_approvals(Persona::DomesticAcademic, &[VISA], now, 3600)
        .unwrap()
}

fn held_released_and_taken_out(programme: &Programme) {
    load(programme, "NAM-01", 100, false);
    let _ = programme.run(&["release", "create", "cancer-1", "--dataset", "cancer"]).good();
    let of_release = approve(programme, "cancer-1");
    load(programme, "NAM-02", 200, true);
    let token = programme.passport(Persona::DomesticAcademic);
    let served = programme.serve();
    let client = &served.client;
    assert_eq!(
        people(client, &token),
        Some(2),
        "one file is annotated, but both participants carry the allele"
    );
    assert_eq!(people(client, &of_release), None, "no file of the release contains the name");

    let file = programme.object_of("NAM-02", "VCF");
    let change = |how: &str| programme.run(&["objects", how, &file, "--reason", "x"]).good();
    for _ in 0..2 {
        let _ = change("hold");
        assert_eq!(people(client, &token), None, "names in a file on hold are not used");
        let _ = change("release");
        assert_eq!(people(client, &token), Some(2));
    }
    assert_eq!(people(client, &of_release), None);
    let _ = change("unload");
    assert_eq!(people(client, &token), None);
    load(programme, "NAM-03", 300, true);
    assert_eq!(people(client, &token), Some(2));
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_name_is_found_while_a_served_file_of_the_release_contains_it() {
    let programme = loaded(Backend::Embedded);
    held_released_and_taken_out(&programme);
    // The names that only the unloaded file stated are erased. The two names of the other file remain.
    assert_eq!(stored(&programme), "[2, 2, 1]");
}

#[test]
fn a_failed_load_leaves_no_name() {
    let programme = loaded(Backend::Embedded);
    load(&programme, "NAM-01", 100, false);
    // The load is refused because the specimen belongs to another participant. `load` detects this only when it registers the file. No name may
    // remain.
    let refused = programme.load(&sheet(&programme, "NAM-02", "NAM-01-S", 200, true)).refused();
    assert!(refused.err.contains("specimen"), "{}", refused.err);
    assert_eq!(stored(&programme), "[0, 0, 0]");
    load(&programme, "NAM-02", 200, true);
    assert_eq!(stored(&programme), "[2, 2, 1]");
}

#[test]
fn a_name_is_found_while_a_served_file_of_the_release_contains_it_on_postgresql() {
    let Some(database) = PostgresDatabase::create() else { return };
    held_released_and_taken_out(&loaded(Backend::Postgres(&database.url)));
}

/// Twelve families carry the allele, and a query by position finds them. The answer to a query by name depends on the number of families with an
/// annotated file.
#[test]
fn a_name_reveals_only_participants_that_the_caller_may_see() {
    let programme = loaded(Backend::Embedded);
    for number in 1..=12 {
        load(&programme, &format!("NAM-{number:02}"), 100 * number, false);
    }
    let (approved, registered) = (
        programme.passport(Persona::DomesticAcademic),
        programme.passport(Persona::RegisteredOnly),
    );
    let place = "assemblyId=GRCh38&referenceName=7&start=140753335&referenceBases=A&alternateBases=T";
    let name = "assemblyId=GRCh38&genomicAlleleShortForm=NP_004324.2:p.Val600Glu";
    let served = programme.serve();
    // Whether the public, a registered caller and an approved caller get a yes. A query by name is refused (400) if too few names are loaded.
    let asked = |question: &str| -> Vec<bool> {
        let ask = |token: Option<&str>| {
            let path = format!("/beacon/individuals?{question}&requestedGranularity=boolean");
            let reply = served.client.get(&path, token);
            reply.status != 400 && reply.expect(200).json()["responseSummary"]["exists"] == true
        };
        vec![ask(None), ask(Some(&registered)), ask(Some(&approved))]
    };
    assert_eq!((asked(place), asked(name)), (vec![true; 3], vec![false; 3]));
    // The newly annotated file belongs to a participant without consent, so its names do not count.
    let _ = programme.load(&sheet(&programme, "NAM-13", "NAM-13-S", 1_300, true)).good();
    assert_eq!(asked(name), [false; 3]);
    programme.everybody_agrees(["NAM-13"]);
    assert_eq!(
        asked(name),
        [false, false, true],
        "one annotated file is enough for an approved caller"
    );
    let _ = programme.import_consents("NAM-13,unified-1,withdrawn,,2026-06-01\n").good();
    assert_eq!(asked(name), [false; 3]);
    for number in 14..=22 {
        load(&programme, &format!("NAM-{number}"), 100 * number, true);
    }
    assert_eq!(asked(name), [false, false, true], "nine families");
    load(&programme, "NAM-23", 2_300, true);
    assert_eq!(asked(name), [true; 3]);
}

/// Without an approval, a query by amino acid change without a gene is refused, whether or not the name is stored.
#[test]
fn below_the_controlled_tier_an_amino_acid_change_without_a_gene_is_refused_whether_or_not_it_is_stored() {
    let programme = loaded(Backend::Embedded);
    load(&programme, "NAM-01", 100, true);
    let registered = programme.passport(Persona::RegisteredOnly);
    let served = programme.serve();
    let refusal = |change: &str, token: Option<&str>| -> Value {
        let path = format!("/beacon/g_variants?aminoacidChange={change}&assemblyId=GRCh38");
        served.client.get(&path, token).expect(400).json()["error"].clone()
    };
    for token in [None, Some(registered.as_str())] {
        let told = refusal("V600E", token);
        assert_eq!(told, refusal("W1W", token));
        assert!(told["errorMessage"].as_str().unwrap().contains("geneId"), "{told}");
    }
}

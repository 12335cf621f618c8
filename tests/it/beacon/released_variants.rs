//! Under an approval for a release, carriers, records and frequencies come only from the release's files. Files that were loaded later do not count.

use std::collections::BTreeSet;

use gemj_demo::Persona;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::write_vcf;
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

use super::frequencies::{HEAD, record, told};
use super::official::records;

const VISA: &str = "https://gemj.example/approvals/released-variants";

/// The participants of the dataset: two in a joint file, and one with a plain VCF.
const PEOPLE: [&str; 3] = ["REL-1", "REL-2", "REL-3"];
const JOINT: &str = "chr1\t1000\t.\tA\tG\t.\t.\t.\tGT\t0/1\t0/0\nchr1\t2000\t.\tC\tT\t.\t.\t.\tGT\t0/0\t1/1\n";
const PLAIN: &str = "chr1\t6000\t.\tT\tC\t.\t.\t.\tGT\t0/1\n";
/// The records of a file that is loaded after the release: a gVCF of the third participant with a new variant.
const LATER: &str = "chr1\t900\t.\tA\t<NON_REF>\t.\t.\tEND=4999\tGT:DP\t0/0:30\nchr1\t5000\t.\tG\tC,<NON_REF>\t.\t.\t.\tGT:DP\t0/1:22\n";

const KNOWN: &str = "referenceName=1&start=999&referenceBases=A&alternateBases=G";
const PLAINLY: &str = "referenceName=1&start=5999&referenceBases=T&alternateBases=C";
const NEW: &str = "referenceName=1&start=4999&referenceBases=G&alternateBases=C";

fn write(programme: &Programme, name: &str, columns: &[&str], calls: &str) -> String {
    let path = programme.path(&format!("{name}.vcf.gz"));
    write_vcf(&path, &format!("{HEAD}\t{}\n{calls}", columns.join("\t")));
    path.display().to_string()
}

fn load(programme: &Programme) {
    let joint = write(programme, "joint", &PEOPLE[..2], JOINT);
    let plain = write(programme, "plain", &PEOPLE[2..], PLAIN);
    let samples = programme.path("samples.csv");
    let rows: String = PEOPLE[..2].iter().map(|id| format!("{id},{id},{id}-S,{id}F,unknown\n")).collect();
    std::fs::write(&samples, format!("sample,participant,specimen,family,sex\n{rows}")).unwrap();
    let sheet = format!(
        "dataset,participant,specimen,family,sex,assembly,path,samples_path\ncancer,,,,,GRCh38,{joint},{}\n\
         cancer,REL-3,REL-3-S,REL-3F,unknown,GRCh38,{plain},\n",
        samples.display()
    );
    let _ = programme.load(&sheet).good();
    programme.everybody_agrees(PEOPLE);
}

/// Creates a release, and returns a passport of a project that is approved for this release only.
fn approve(programme: &Programme) -> String {
    let _ = programme.run(&["release", "create", "cancer-1", "--dataset", "cancer"]).good();
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let own = "\"https://gemj.example/approvals/2026-0004\"";
    assert_eq!(text.matches(own).count(), 1);
    std::fs::write(programme.config(), text.replace(own, &format!("{own}, \"{VISA}\""))).unwrap();
    let approval = json!({
        "id": "released-variants", "visa_value": VISA, "project": "One release", "organisation": "musashi-university.example",
        "datasets": ["cancer"], "release": "cancer-1", "purposes": ["biomedical-research"], "delivery": "download", "not_after": "2036-03-31",
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

fn ask(client: &Client, token: &str, path: &str) -> Value {
    client.get(&format!("/beacon/{path}"), Some(token)).expect(200).json()
}

fn people(client: &Client, token: &str, place: &str) -> u64 {
    let answer = ask(
        client,
        token,
        &format!("individuals?assemblyId=GRCh38&{place}&requestedGranularity=count"),
    );
    answer["responseSummary"]["numTotalResults"].as_u64().unwrap_or(0)
}

/// The ids of the variants that Beacon returns for the whole range below a path.
fn variants(client: &Client, token: &str, below: &str) -> BTreeSet<String> {
    let window = "assemblyId=GRCh38&referenceName=1&start=0&end=10000&requestedGranularity=record";
    let answer = ask(client, token, &format!("{below}g_variants?{window}"));
    let id = |record: &&Value| record["variantInternalId"].as_str().unwrap().to_owned();
    records(&answer).iter().map(id).collect()
}

/// The ids of the variants below every participant, which are read from the participant's files.
fn of_each(client: &Client, token: &str) -> BTreeSet<String> {
    let answer = ask(client, token, "individuals?requestedGranularity=record");
    let people = records(&answer);
    assert_eq!(people.len(), 3);
    let of = |person: &&Value| variants(client, token, &format!("individuals/{}/", person["id"].as_str().unwrap()));
    people.iter().flat_map(of).collect()
}

fn only_what_was_released(programme: &Programme) {
    load(programme);
    let of_release = approve(programme);
    let live = programme.passport(Persona::DomesticAcademic);
    let served = programme.serve();
    let client = &served.client;
    let check = |is_later: bool| {
        let released = Some((1, 4, 2, 3));
        assert_eq!(told(client, &of_release, KNOWN), released);
        assert_eq!(told(client, &live, KNOWN), if is_later { Some((1, 6, 3, 3)) } else { released });
        assert_eq!(told(client, &of_release, PLAINLY), None);
        assert_eq!(people(client, &of_release, NEW), 0);
        assert_eq!(people(client, &live, NEW), u64::from(is_later));
        assert_eq!(record(client, &of_release, NEW), None);
        assert_eq!(record(client, &live, NEW).is_some(), is_later);
        for (token, number) in [(&of_release, 3), (&live, 3 + usize::from(is_later))] {
            let all = variants(client, token, "");
            assert_eq!(all.len(), number);
            assert_eq!(of_each(client, token), all, "the index and the files agree");
        }
        let answer = ask(client, &of_release, &format!("g_variants?assemblyId=GRCh38&{NEW}"));
        assert_eq!(answer["info"]["releases"], json!({"cancer": "cancer-1"}));
        assert_eq!(answer["responseSummary"]["exists"], false);
    };
    check(false);
    let later = write(programme, "later", &PEOPLE[2..], LATER);
    let sheet = format!("dataset,participant,specimen,family,sex,assembly,path\ncancer,REL-3,REL-3-S,REL-3F,unknown,GRCh38,{later}\n");
    let _ = programme.load(&sheet).good();
    check(true);
    // After a merge, one segment contains the release's files and the later file. Answers under the release still exclude the later file.
    let _ = programme.run(&["index", "merge"]).good();
    check(true);
    // After a file of the release is unloaded, answers under the release do not contain it.
    let unload = ["objects", "unload", &programme.joint_object(), "--reason", "wrong"];
    let _ = programme.run(&unload).good();
    assert_eq!(record(client, &of_release, KNOWN), None);
    assert_eq!(variants(client, &of_release, "").len(), 1);
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn an_approval_for_a_release_reads_only_the_releases_files() {
    only_what_was_released(&Programme::new(Backend::Embedded));
}

#[test]
fn an_approval_for_a_release_reads_only_the_releases_files_on_postgresql() {
    let Some(database) = PostgresDatabase::create() else { return };
    only_what_was_released(&Programme::new(Backend::Postgres(&database.url)));
}

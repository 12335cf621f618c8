//! An approval that is limited to regions of the genome limits tickets, blocks, whole files and queries alike.

use gemj_demo::Persona;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::client::Reply;
use gemj_tests::htsget_client::{block_urls, record_urls, slice};
use gemj_tests::oracle::{sam_records, vcf_records};
use gemj_tests::small_data::{SHARED_VARIANT, person, private_variant};
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::{Value, json};

use crate::small::loaded;

const WIDE: &str = "https://gemj.example/approvals/regional-wide";
const NARROW: &str = "https://gemj.example/approvals/regional-narrow";

struct World {
    programme: Programme,
    served: GatewayProcess,
    vcf: String,
    bam: String,
}

/// The small programme, whose broker may sign visas for both approvals. The approval `wide` covers 1:900-1600 and the beginning of chr2.
fn world() -> World {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let own = "\"https://gemj.example/approvals/2026-0004\"";
    assert_eq!(text.matches(own).count(), 1);
    std::fs::write(programme.config(), text.replace(own, &format!("{own}, \"{WIDE}\", \"{NARROW}\""))).unwrap();
    let wide = json!([{"assembly": "GRCh38", "contig": "1", "start": 900, "end": 1600}, {"contig": "chr2", "start": 0, "end": 100}]);
    record(&programme, "regional-wide", &wide);
    World {
        served: programme.serve(),
        vcf: programme.object_of(&person(1), "VCF"),
        bam: programme.object_of(&person(1), "BAM"),
        programme,
    }
}

fn record(programme: &Programme, id: &str, regions: &Value) {
    let approval = json!({
        "id": id,
        "visa_value": format!("https://gemj.example/approvals/{id}"),
        "project": "One gene",
        "organisation": "musashi-university.example",
        "datasets": ["cancer"],
        "purposes": ["biomedical-research"],
        "delivery": "download",
        "regions": regions,
        "not_after": "2036-03-31",
    });
    let file = programme.path("regional.json");
    std::fs::write(&file, approval.to_string()).unwrap();
    let _ = programme.run(&["approval", "record", file.to_str().unwrap()]).good();
}

impl World {
    fn token(&self, visa_values: &[&str]) -> String {
        let now = SystemClock::default().now();
        let broker = self.programme.broker();
        broker
            .mint_for_approvals(Persona::DomesticAcademic, visa_values, now, 3600)
            .unwrap()
    }

    fn get(&self, path: &str, token: &str) -> Reply {
        self.served.client.get(path, Some(token))
    }

    fn variants(&self, query: &str) -> String {
        format!("/htsget/variants/{}?{query}", self.vcf)
    }

    fn reads(&self, query: &str) -> String {
        format!("/htsget/reads/{}?{query}", self.bam)
    }
}

fn refused_by_htsget(reply: &Reply, of: &str) {
    assert_eq!(reply.status, 403, "{of}: {}", reply.text());
    let told = reply.json()["htsget"].clone();
    assert_eq!(told["error"], "PermissionDenied", "{of}");
    // Like every refusal, the refusal because of regions has a code and a row in the audit trail.
    assert_eq!(told["code"], "regions", "{of}: {told}");
    // The message is compared up to the bracket, because the random id of the decision follows the bracket.
    let message = told["message"].as_str().unwrap().split('[').next().unwrap();
    assert!(message.contains("limited to regions"), "{of}: {told}");
    assert!(
        !message.contains("chr") && !message.contains(|c: char| c.is_ascii_digit()),
        "{of}: {told}"
    );
}

#[test]
fn a_regional_approval_opens_exact_slices_inside_its_regions_and_nothing_outside() {
    let world = world();
    let token = world.token(&[WIDE]);
    // The VCF has records at chr1:1000, chr1:2010 and chr2:7000. The BAM has reads of 50 bases every 40 bases: seven from chr1:1000 on, and
    // the last three on chr2.
    let inside = slice(
        &world.served.client,
        &world.variants("referenceName=chr1&start=900&end=1600"),
        &token,
    );
    let positions: Vec<String> = vcf_records(&inside)
        .lines()
        .map(|l| l.split('\t').nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(positions, ["1000"]);
    let reads = slice(&world.served.client, &world.reads("referenceName=chr1&start=1000&end=1100"), &token);
    assert_eq!(sam_records(&reads).lines().count(), 3);
    let _ = world.get(&world.variants("class=header"), &token).expect(200);
    let _ = world.get(&world.variants("referenceName=chr2&start=0&end=100"), &token).expect(200);
    let _ = world
        .get(&world.variants("referenceName=chr1&start=1600&end=1600"), &token)
        .expect(200);

    for outside in [
        "referenceName=chr1&start=899&end=1600",
        "referenceName=chr1&start=900&end=1601",
        "referenceName=chr1&start=2000&end=2020",
        "referenceName=chr1&start=900",
        "referenceName=chr1",
        "referenceName=chr2&start=0&end=101",
    ] {
        refused_by_htsget(&world.get(&world.variants(outside), &token), outside);
        refused_by_htsget(&world.get(&world.reads(outside), &token), outside);
    }
    for whole in ["", "referenceName=*"] {
        refused_by_htsget(&world.get(&world.reads(whole), &token), "whole");
    }
    refused_by_htsget(&world.get(&world.variants(""), &token), "whole");
    let regions = json!([{"referenceName": "chr1", "start": 950, "end": 1000}, {"referenceName": "chr1", "start": 5000, "end": 5001}]);
    let post = |regions: &Value| {
        let path = format!("/htsget/variants/{}", world.vcf);
        world.served.client.post(&path, Some(&token), &json!({"regions": regions}))
    };
    refused_by_htsget(&post(&regions), "one of two regions");
    let _ = post(&json!([regions[0]])).expect(200);
    // A reference that the file does not contain is unknown, for this caller as for every other.
    assert_eq!(world.get(&world.variants("referenceName=chr3&start=0&end=1"), &token).status, 404);
    let _ = world.programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_regional_approval_does_not_open_whole_files_counts_elsewhere_or_recontact() {
    let world = world();
    let token = world.token(&[WIDE]);
    let object = format!("/ga4gh/drs/v1/objects/{}", world.vcf);
    let _ = world.get(&object, &token).expect(200);
    let refused = world.get(&format!("{object}/access/https"), &token);
    assert_eq!(
        (refused.status, refused.json()["code"].clone()),
        (403, json!("regions")),
        "{}",
        refused.text()
    );

    let question = |entry: &str, query: &str| world.get(&format!("/beacon/{entry}?{query}"), &token);
    for entry in ["g_variants", "individuals"] {
        let counted = question(entry, &format!("{SHARED_VARIANT}&requestedGranularity=count"))
            .expect(200)
            .json();
        assert_eq!(counted["responseSummary"]["exists"], json!(true), "{counted}");
        let range = "assemblyId=GRCh38&referenceName=chr1&start=900&end=1600";
        let _ = question(entry, range).expect(200);
        for outside in [
            private_variant(1),
            "assemblyId=GRCh38&referenceName=chr1&start=900&end=1601".to_owned(),
            "assemblyId=GRCh37&referenceName=chr1&start=900&end=1600".to_owned(),
        ] {
            let refused = question(entry, &outside);
            assert_eq!(
                (refused.status, &refused.json()["error"]["code"]),
                (403, &json!("regions")),
                "{outside}: {}",
                refused.text()
            );
        }
    }
    // A query about participants without a variant is answered, because it does not use the genome.
    let people = question("individuals", "requestedGranularity=count").expect(200).json();
    assert_eq!(people["responseSummary"]["numTotalResults"], json!(12), "{people}");

    let proposal = json!({"dataset": "cancer", "assembly": "GRCh38", "referenceName": "chr1", "start": 999, "referenceBases": "A",
        "alternateBases": "G", "reason": "return-of-finding", "message": "A finding was confirmed.", "deadline_days": 30});
    let asked = world.served.client.post("/recontact/requests", Some(&token), &proposal);
    assert_eq!(
        (asked.status, asked.json()["code"].clone()),
        (403, json!("regions")),
        "{}",
        asked.text()
    );

    let explained = world.get("/access/v1/explain", &token).expect(200).json();
    let of_cancer = explained["datasets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|d| d["dataset"] == "cancer")
        .unwrap()
        .clone();
    let regions = json!([
        {"assembly": "GRCh38", "contig": "1", "start": 900, "end": 1600},
        {"assembly": null, "contig": "2", "start": 0, "end": 100},
    ]);
    let sorted = |told: &Value| {
        let mut told = told.as_array().unwrap().clone();
        told.sort_by_key(|region| region["contig"].as_str().unwrap().to_owned());
        json!(told)
    };
    assert_eq!(sorted(&of_cancer["regions"]), regions, "{of_cancer:#}");
    assert_eq!(sorted(&of_cancer["by_approval"][0]["regions"]), regions);
}

#[test]
fn a_block_url_is_refused_after_its_approval_is_replaced_by_a_narrower_approval() {
    let world = world();
    // The approval `narrow` is not recorded yet, so its visa opens nothing.
    let token = world.token(&[WIDE, NARROW]);
    let query = "referenceName=chr1&start=900&end=1600";
    let ticket = world.get(&world.reads(query), &token).expect(200).json();
    let url = block_urls(&ticket).remove(0);
    let _ = world.served.client.get(&url, None).expect(200);

    record(
        &world.programme,
        "regional-narrow",
        &json!([{"contig": "chr1", "start": 900, "end": 1200}]),
    );
    // If a caller holds two approvals, a request that names no approval can read only the regions that both approvals contain.
    refused_by_htsget(&world.get(&world.reads(query), &token), "both");
    let _ = world.get(&world.reads("referenceName=chr1&start=900&end=1200"), &token).expect(200);
    let _ = world
        .programme
        .run(&["approval", "revoke", "regional-wide", "--reason", "replaced"])
        .good();
    let refused = world.served.client.get(&url, None);
    assert!(matches!(refused.status, 403 | 404), "{}", refused.text());
    refused_by_htsget(&world.get(&world.reads(query), &token), "narrower");
    let ticket = world
        .get(&world.reads("referenceName=chr1&start=900&end=1200"), &token)
        .expect(200)
        .json();
    let _ = world.served.client.get(&block_urls(&ticket).remove(0), None).expect(200);
}

#[test]
fn a_block_is_limited_to_the_regions_that_apply_when_it_is_fetched() {
    let world = world();
    let token = world.token(&[WIDE]);
    let ticket = world
        .get(&world.reads("referenceName=chr1&start=900&end=1600"), &token)
        .expect(200)
        .json();
    let url = record_urls(&ticket).remove(0);
    let _ = world.served.client.get(&url, None).expect(200);
    // No command changes the regions of an approval. The test changes the row in the database and increases the epoch, as a write would.
    let change = "import sqlite3,sys
c=sqlite3.connect(sys.argv[1],timeout=30)
c.execute('update programme_state set epoch=epoch+1')
c.execute(\"update approval set regions='900\\t1599\\tGRCh38\\tchr1', epoch=(select epoch from programme_state) where id='regional-wide'\")
c.commit()";
    let database = world.programme.path("gateway.db");
    let _ = gemj_tests::oracle::run("python3", ["-c", change, database.to_str().unwrap()], b"");
    refused_by_htsget(&world.served.client.get(&url, None), "a block");
    let found = world.programme.run(&["audit", "verify"]);
    assert_ne!(found.code, Some(0), "the verification detects a changed register");
}

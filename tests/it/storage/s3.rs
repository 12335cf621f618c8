//! Stored files in S3: one load and one serving gateway with a real S3 server.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::htsget_client::slice;
use gemj_tests::oracle::{sam_records, samtools, vcf_records};
use gemj_tests::s3_server::S3Server;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, feeds, person, sheet};

use crate::small::loaded;

#[test]
fn a_programme_in_s3_is_loaded_and_served_like_a_programme_in_a_folder() {
    let root = tempfile::tempdir().unwrap();
    let s3 = S3Server::start(root.path());
    let programme = loaded(Backend::S3(&s3, root.path()));
    assert!(s3.connection_count() > 0, "the S3 server got no connection");
    assert!(programme.stored_files().is_empty(), "bytes are in a local folder");
    let again = programme.load(&sheet()).good();
    assert!(again.out.contains("0 loaded, 17 already there, 0 refused"), "{}", again.out);
    let served = programme.serve();
    let client = &served.client;
    let token = programme.passport(Persona::DomesticAcademic);
    let (bam, vcf) = (programme.object_of(&person(1), "BAM"), programme.object_of(&person(1), "VCF"));
    let reads = slice(
        client,
        &format!("/htsget/reads/{bam}?referenceName=chr1&start=1100&end=1130"),
        &token,
    );
    let file = feeds().join("reads/TST-01.bam");
    samtools(["index", file.to_str().unwrap()]);
    assert_eq!(sam_records(&reads), samtools(["view", file.to_str().unwrap(), "chr1:1101-1130"]));
    let variants = slice(client, &format!("/htsget/variants/{vcf}"), &token);
    assert_eq!(vcf_records(&variants).lines().count(), 3);
    let access = client
        .get(&format!("/ga4gh/drs/v1/objects/{bam}/access/https"), Some(&token))
        .expect(200)
        .json();
    let url = access["url"].as_str().unwrap();
    assert!(
        url.starts_with(&client.base),
        "bytes must stream through the gateway, so that a withdrawal can stop them"
    );
    let whole = std::fs::read(&file).unwrap();
    assert!(client.get(url, None).expect(200).body == whole);
    assert!(client.send("GET", url, &[("Range", "bytes=10-19")], None).expect(206).body == whole[10..20]);
    let count = client
        .get(
            &format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count"),
            Some(&token),
        )
        .expect(200)
        .json();
    assert_eq!(count["responseSummary"]["numTotalResults"], PEOPLE);
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    assert_eq!(client.get(url, None).status, 404);
    drop(s3);
    let down = client.get(
        &format!("/htsget/variants/{}", programme.object_of(&person(3), "VCF")),
        Some(&token),
    );
    assert!(matches!(down.status, 200 | 503), "{}: {}", down.status, down.text());
    let urls = client
        .get(
            &format!("/ga4gh/drs/v1/objects/{}/access/https", programme.object_of(&person(3), "VCF")),
            Some(&token),
        )
        .expect(200)
        .json();
    let down = client.get(urls["url"].as_str().unwrap(), None);
    assert!(
        down.status == 503 || down.cut,
        "a store that is down must not look like a missing or an empty file: {}",
        down.status
    );
}

//! A revoked approval takes effect like a withdrawal: tickets, blocks and byte URLs that were issued before are refused on both replicas.

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::small_data::{SHARED_VARIANT, person};

use super::replicas::{Replicas, path_of};
use crate::drs::get_object::without_decision;

#[test]
fn after_a_revocation_urls_issued_under_the_approval_are_refused_on_both_replicas() {
    let Some(replicas) = Replicas::small() else { return };
    let programme = &replicas.programme;
    let (bam, vcf, joint) = (
        programme.object_of(&person(1), "BAM"),
        programme.object_of(&person(1), "VCF"),
        programme.joint_object(),
    );
    let paths = [
        format!("/htsget/reads/{bam}"),
        format!("/htsget/variants/{vcf}?referenceName=chr1&start=0&end=5000"),
        format!("/htsget/variants/{joint}"),
        format!("/htsget/variants/{joint}?class=header"),
        format!("/ga4gh/drs/v1/objects/{bam}"),
        format!("/ga4gh/drs/v1/objects/{bam}/access/https"),
    ];
    // The domestic academic's approval is revoked. The approval of the persona for conformance runs, for the same datasets, stays in force.
    let [academic, other] = [Persona::DomesticAcademic, Persona::ConformanceCi].map(|persona| programme.passport(persona));
    let handed_out = |token: &str| -> Vec<String> {
        let mut urls = Vec::new();
        for client in replicas.clients() {
            for path in &paths {
                let answer = client.get(path, Some(token)).expect(200).json();
                match answer.get("htsget") {
                    Some(_) => urls.extend(block_urls(&answer)),
                    None => urls.extend(answer["url"].as_str().map(str::to_owned)),
                }
            }
        }
        // Small blocks, such as headers, are inline in their tickets. The six paths have five URLs on each replica.
        assert_eq!(urls.len(), 2 * 5);
        for url in &urls {
            let _ = replicas.one.client.get(&replicas.one.client.url(path_of(url)), None).expect(200);
        }
        urls
    };
    let (revoked, kept) = (handed_out(&academic), handed_out(&other));

    let _ = programme.run(&["approval", "revoke", "2026-0004"]).good();
    for client in replicas.clients() {
        for path in &paths {
            let gone = client.get(path, Some(&academic));
            let unknown = path.replace(&bam, UNKNOWN).replace(&vcf, UNKNOWN).replace(&joint, UNKNOWN);
            let unknown = client.get(&unknown, Some(&academic));
            assert_eq!(gone.status, 404, "{path}: {}", gone.text());
            assert_eq!(without_decision(&gone.text()), without_decision(&unknown.text()), "{path}");
            let _ = client.get(path, Some(&other)).expect(200);
        }
        for url in &revoked {
            let gone = client.get(&client.url(path_of(url)), None);
            assert!(matches!(gone.status, 403 | 404), "{}: {} bytes", gone.status, gone.body.len());
        }
        for url in &kept {
            let _ = client.get(&client.url(path_of(url)), None).expect(200);
        }
        // After the revocation, the caller gets the answers of a registered researcher, and no exact counts.
        let question = format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count");
        let count = |token: &str| client.get(&question, Some(token)).expect(200).json()["responseSummary"].clone();
        let registered = programme.passport(Persona::RegisteredOnly);
        assert_eq!(count(&academic), count(&registered));
        assert_eq!(count(&other)["numTotalResults"], gemj_tests::small_data::PEOPLE);
    }
}

/// An unknown id.
const UNKNOWN: &str = "gemj.ffffffffffffffffffffffffffffffff";

//! Under the delivery `region-view`, each ticket costs base pairs of a budget, so that a caller cannot combine slices into a genome.

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Client, GatewayProcess, Programme};

use super::configure;
use crate::small::loaded;

const BUDGET_BP: u64 = 15_000;

struct World {
    programme: Programme,
    served: GatewayProcess,
    token: String,
    vcf: String,
    bam: String,
}

fn world() -> World {
    world_on(Backend::Embedded)
}

fn world_on(backend: Backend<'_>) -> World {
    let programme = loaded(backend);
    configure(&programme, &format!("[policy]\nregion_budget_bp = {BUDGET_BP}\n"));
    World {
        served: programme.serve(),
        token: programme.passport(Persona::OverseasAcademic),
        vcf: programme.object_of(&person(1), "VCF"),
        bam: programme.object_of(&person(1), "BAM"),
        programme,
    }
}

/// The status of the answer to a ticket request, and the code of the refusal.
fn ticket(client: &Client, token: &str, path: &str) -> (u16, String) {
    let reply = client.get(path, Some(token));
    let code = reply.json()["htsget"]["code"].as_str().unwrap_or_default().to_owned();
    (reply.status, code)
}

#[test]
fn a_region_is_charged_once_and_regions_beyond_the_budget_are_refused() {
    let world = world();
    let of = |query: &str| {
        ticket(
            &world.served.client,
            &world.token,
            &format!("/htsget/variants/{}?{query}", world.vcf),
        )
    };
    let ok = (200, String::new());
    assert_eq!(of("class=header"), ok, "a header costs nothing");
    assert_eq!(of("referenceName=chr1&start=0&end=3000"), ok);
    for _ in 0..5 {
        assert_eq!(of("referenceName=chr1&start=500&end=3000"), ok, "the region was charged before");
    }
    assert_eq!(
        of("referenceName=chr1&start=2000&end=4000"),
        ok,
        "only the 1,000 new bases are charged"
    );
    let over = (403, "region-budget".to_owned());
    assert_eq!(of("referenceName=chr2&start=0&end=11001"), over);
    assert_eq!(of("referenceName=chr2&start=0&end=11000"), ok, "a refused request is not charged");
    assert_eq!(of("referenceName=chr2&start=11000&end=11001"), over);
    assert_eq!(of("referenceName=chr1&start=0&end=4000"), ok);
}

#[test]
fn the_files_of_one_participant_share_a_budget_and_another_participant_has_a_separate_budget() {
    let world = world();
    let (client, token) = (&world.served.client, &world.token);
    let reads = |id: &str, end: u64| ticket(client, token, &format!("/htsget/reads/{id}?referenceName=chr1&start=0&end={end}")).0;
    let variants = |id: &str, end: u64| {
        ticket(
            client,
            token,
            &format!("/htsget/variants/{id}?referenceName=chr1&start=0&end={end}"),
        )
        .0
    };
    // A region of reads costs whole windows of 10,000 base pairs, because whole reads are returned.
    assert_eq!(reads(&world.bam, 1), 200);
    assert_eq!(reads(&world.bam, 10_000), 200);
    assert_eq!(reads(&world.bam, 10_001), 403);
    assert_eq!(variants(&world.vcf, 5001), 403);
    assert_eq!(variants(&world.vcf, 5000), 200);
    let other = world.programme.object_of(&person(2), "VCF");
    assert_eq!(variants(&other, BUDGET_BP), 200);
    assert_eq!(variants(&other, BUDGET_BP + 1), 403);
    let joint = world.programme.joint_object();
    let joint = ticket(client, token, &format!("/htsget/variants/{joint}?referenceName=chr2&start=0&end=1"));
    assert_eq!(
        joint,
        (403, "region-budget".to_owned()),
        "a joint file is charged to every participant in it"
    );
}

#[test]
fn whole_files_and_unplaced_reads_are_no_regions_and_a_whole_contig_is_charged_by_its_length() {
    let world = world();
    let (client, token) = (&world.served.client, &world.token);
    let delivery = (403, "delivery".to_owned());
    assert_eq!(ticket(client, token, &format!("/htsget/variants/{}", world.vcf)), delivery);
    assert_eq!(ticket(client, token, &format!("/htsget/reads/{}", world.bam)), delivery);
    assert_eq!(
        ticket(client, token, &format!("/htsget/reads/{}?referenceName=*", world.bam)),
        delivery
    );
    let over = (403, "region-budget".to_owned());
    let whole = ticket(client, token, &format!("/htsget/reads/{}?referenceName=chr1", world.bam));
    assert_eq!(whole, over, "the contig is charged by its length in the header");
    let end = ticket(
        client,
        token,
        &format!("/htsget/reads/{}?referenceName=chr1&start=248956400", world.bam),
    );
    assert_eq!(end, (200, String::new()), "the last bases of the contig are a region");
}

#[test]
fn replicas_share_a_budget_and_callers_who_may_download_have_none() {
    // Two servers of one installation need PostgreSQL.
    let Some(database) = PostgresDatabase::create() else { return };
    let world = world_on(Backend::Postgres(&database.url));
    let replica = world.programme.serve_with(&world.programme.replica(), None);
    let path = |start: u64, end: u64| format!("/htsget/variants/{}?referenceName=chr1&start={start}&end={end}", world.vcf);
    assert_eq!(ticket(&world.served.client, &world.token, &path(0, 10_000)).0, 200);
    assert_eq!(ticket(&replica.client, &world.token, &path(10_000, 16_000)).1, "region-budget");
    assert_eq!(ticket(&replica.client, &world.token, &path(10_000, 15_000)).0, 200);
    let download = world.programme.passport(Persona::DomesticAcademic);
    let whole = world
        .served
        .client
        .get(&format!("/htsget/variants/{}", world.vcf), Some(&download))
        .expect(200)
        .json();
    let _ = world.served.client.get(&block_urls(&whole).remove(0), None).expect(200);
}

#[test]
fn a_refusal_names_the_whole_budget_or_the_remaining_budget() {
    let world = world();
    let message = |query: &str| {
        let path = format!("/htsget/variants/{}?{query}", world.vcf);
        let reply = world.served.client.get(&path, Some(&world.token)).expect(403).json();
        assert_eq!(
            (reply["htsget"]["error"].as_str(), reply["htsget"]["code"].as_str()),
            (Some("PermissionDenied"), Some("region-budget"))
        );
        reply["htsget"]["message"].as_str().unwrap().to_owned()
    };
    let whole = message("referenceName=chr1&start=0&end=16000");
    assert!(
        whole.contains("shows 16000 base pairs") && whole.contains("whole budget is 15000"),
        "{whole}"
    );
    let path = format!("/htsget/variants/{}?referenceName=chr1&start=0&end=5000", world.vcf);
    let _ = world.served.client.get(&path, Some(&world.token)).expect(200);
    let left = message("referenceName=chr2&start=0&end=12000");
    assert!(
        left.contains("10000 of the approval's budget of 15000 base pairs are left") && left.contains("shows 12000"),
        "{left}"
    );
}

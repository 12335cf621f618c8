//! `consent withdraw` while the gateway serves: every answer that begins after the withdrawal, in every standard, no longer contains the participant.

use gemj_demo::Persona;
use gemj_tests::htsget_client::{block_urls, slice};
use gemj_tests::oracle::{sam_records, vcf_records, vcf_samples};
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::{COLUMNS, JOINT_SHARED, PEOPLE, SHARED_VARIANT, joint_private, person, private_variant};
use gemj_tests::{Backend, Client, Programme};

use crate::drs::get_object::without_decision;
use crate::small::loaded;

pub(super) const LEAVER: usize = 2;

/// The ids of a participant's files.
struct Things {
    bam: String,
    vcf: String,
}

pub(super) struct World {
    token: String,
    leaver: Things,
    other: Things,
    joint: String,
}

/// URLs that were issued before the withdrawal.
pub(super) struct HandedOut {
    of_leaver: Vec<String>,
    of_joint: Vec<String>,
    of_other: Vec<String>,
}

impl World {
    pub(super) fn new(programme: &Programme) -> Self {
        let things = |number| Things {
            bam: programme.object_of(&person(number), "BAM"),
            vcf: programme.object_of(&person(number), "VCF"),
        };
        Self {
            token: programme.passport(Persona::DomesticAcademic),
            leaver: things(LEAVER),
            other: things(1),
            joint: programme.joint_object(),
        }
    }

    fn count(&self, client: &Client, question: &str) -> u64 {
        let reply = client
            .get(
                &format!("/beacon/individuals?{question}&requestedGranularity=count"),
                Some(&self.token),
            )
            .expect(200);
        reply.json()["responseSummary"]["numTotalResults"].as_u64().unwrap()
    }

    fn ticket_urls(&self, client: &Client, path: &str) -> Vec<String> {
        block_urls(&client.get(path, Some(&self.token)).expect(200).json())
    }

    pub(super) fn hand_out(&self, client: &Client) -> HandedOut {
        let of = |things: &Things| {
            let mut urls = self.ticket_urls(client, &format!("/htsget/reads/{}", things.bam));
            urls.extend(self.ticket_urls(
                client,
                &format!("/htsget/variants/{}?referenceName=chr1&start=0&end=5000", things.vcf),
            ));
            urls.extend(self.ticket_urls(client, &format!("/htsget/variants/{}?class=header", things.vcf)));
            for id in [&things.bam, &things.vcf] {
                let access = client
                    .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&self.token))
                    .expect(200)
                    .json();
                urls.push(access["url"].as_str().unwrap().to_owned());
            }
            urls
        };
        HandedOut {
            of_leaver: of(&self.leaver),
            of_joint: self.ticket_urls(client, &format!("/htsget/variants/{}", self.joint)),
            of_other: of(&self.other),
        }
    }

    fn joint_columns(&self, client: &Client) -> usize {
        vcf_samples(&slice(client, &format!("/htsget/variants/{}", self.joint), &self.token)).len()
    }

    pub(super) fn everything_is_there(&self, client: &Client) {
        assert_eq!(self.count(client, SHARED_VARIANT), PEOPLE as u64);
        assert_eq!(self.count(client, &private_variant(LEAVER)), 1);
        assert_eq!(self.count(client, JOINT_SHARED), COLUMNS as u64);
        assert_eq!(self.count(client, "filters=HP:0001250"), 6);
        assert_eq!(self.joint_columns(client), COLUMNS);
        let public = client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None).expect(200).json();
        assert_eq!(public["responseSummary"]["exists"], true);
    }

    /// Asserts that no request returns data of the participant who left; `handed` was issued before the withdrawal.
    pub(super) fn the_leaver_is_gone(&self, client: &Client, handed: &HandedOut) {
        assert_eq!(self.count(client, SHARED_VARIANT), PEOPLE as u64 - 1);
        assert_eq!(self.count(client, &private_variant(LEAVER)), 0);
        assert_eq!(self.count(client, &joint_private(LEAVER)), 0);
        assert_eq!(self.count(client, JOINT_SHARED), COLUMNS as u64 - 1);
        assert_eq!(self.count(client, "filters=HP:0001250"), 5);
        let variants = client.get(
            &format!("/beacon/g_variants?{}&requestedGranularity=count", private_variant(LEAVER)),
            Some(&self.token),
        );
        assert_eq!(variants.expect(200).json()["responseSummary"]["numTotalResults"], 0);

        for (path, id) in [
            ("/ga4gh/drs/v1/objects/ID", &self.leaver.bam),
            ("/ga4gh/drs/v1/objects/ID", &self.leaver.vcf),
            ("/ga4gh/drs/v1/objects/ID/access/https", &self.leaver.bam),
            ("/htsget/reads/ID", &self.leaver.bam),
            ("/htsget/variants/ID?class=header", &self.leaver.vcf),
        ] {
            let gone = client.get(&path.replace("ID", id), Some(&self.token));
            let unknown = client.get(&path.replace("ID", "gemj.ffffffffffffffffffffffffffffffff"), Some(&self.token));
            assert_eq!(gone.status, 404, "{path}: {}", gone.text());
            assert_eq!(without_decision(&gone.text()), without_decision(&unknown.text()), "{path}");
            let names = |reply: &gemj_tests::Reply| {
                let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
                names.sort();
                names
            };
            assert_eq!(names(&gone), names(&unknown), "{path}");
        }
        for url in &handed.of_leaver {
            let gone = client.get(&client.url(path_of(url)), None);
            assert!(
                matches!(gone.status, 403 | 404),
                "{}: a URL that was issued before returns {} bytes",
                gone.status,
                gone.body.len()
            );
        }
        let again = self.ticket_urls(client, &format!("/htsget/variants/{}", self.joint));
        for urls in [&handed.of_joint, &again] {
            // The slice of a joint file is one block with header and body.
            assert_eq!(urls.len(), 1);
            let block = |url: &String| client.get(&client.url(path_of(url)), None).expect(200).body;
            let served: Vec<u8> = urls.iter().flat_map(block).collect();
            // After the withdrawal, the slice of the joint file has other content, and a client must not combine ranges from before and after. A URL
            // from before therefore returns the whole new slice, or a range if `If-Range` states the new entity tag.
            for url in urls {
                let path = path_of(url);
                let part = client.send("GET", path, &[("Range", "bytes=10-99")], None);
                let tag = part.headers["etag"].to_str().unwrap().to_owned();
                if std::ptr::eq(urls, &handed.of_joint) {
                    assert!(part.status == 200 && part.body == served);
                } else {
                    assert!(part.status == 206 && part.body == served[10..100]);
                }
                let same = client.send("GET", path, &[("Range", "bytes=10-99"), ("If-Range", &tag)], None);
                assert!(same.status == 206 && same.body == served[10..100]);
            }
            let samples = vcf_samples(&served);
            assert_eq!(samples.len(), COLUMNS - 1);
            assert!(!samples.contains(&format!("{}-S", person(LEAVER))));
            let position = format!("chr2\t{}\t", 1000 + 10 * LEAVER);
            let records = vcf_records(&served);
            let own = records.lines().find(|line| line.starts_with(&position));
            assert!(own.is_none_or(|line| !line.contains("AC=1") && !line.contains("0/1")), "{own:?}");
            assert!(!String::from_utf8_lossy(&gemj_tests::oracle::run("gzip", ["-dc"], &served)).contains(&person(LEAVER)));
        }
    }

    fn the_others_are_as_before(&self, client: &Client, handed: &HandedOut, before: &[Vec<u8>]) {
        let now: Vec<Vec<u8>> = handed
            .of_other
            .iter()
            .map(|url| client.get(&client.url(path_of(url)), None).expect(200).body)
            .collect();
        assert!(now == before, "another participant's bytes changed");
        assert_eq!(self.count(client, &private_variant(1)), 1);
        assert_eq!(
            sam_records(&slice(client, &format!("/htsget/reads/{}", self.other.bam), &self.token))
                .lines()
                .count(),
            12
        );
        let _ = client
            .get(&format!("/ga4gh/drs/v1/objects/{}", self.other.vcf), Some(&self.token))
            .expect(200);
    }
}

/// The path of a URL. Every replica must answer a path that another replica issued.
fn path_of(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    &rest[rest.find('/').unwrap()..]
}

/// The complete test of a withdrawal. It tests each server in turn.
fn withdrawn_everywhere(programme: &Programme, servers: &[&Client]) {
    let world = World::new(programme);
    for client in servers {
        world.everything_is_there(client);
    }
    let handed = world.hand_out(servers[0]);
    let before: Vec<Vec<u8>> = handed
        .of_other
        .iter()
        .map(|url| servers[0].get(url, None).expect(200).body)
        .collect();
    for url in &handed.of_leaver {
        let _ = servers[0].get(url, None).expect(200);
    }

    let _ = programme.run(&["consent", "withdraw", &person(LEAVER)]).good();
    for client in servers {
        world.the_leaver_is_gone(client, &handed);
        world.the_others_are_as_before(client, &handed, &before);
    }

    let shown = programme.run(&["consent", "show", &person(LEAVER)]).good().out;
    assert!(
        shown.contains("given") && shown.contains("withdrawn") && shown.contains("holds now: nothing"),
        "{shown}"
    );

    // k is ten families. Twelve families carry the variant: the answer is "yes" with eleven and ten carriers, and "no" with nine.
    for (number, exists) in [(11, true), (12, false)] {
        let _ = programme.run(&["consent", "withdraw", &person(number)]).good();
        for client in servers {
            let public = client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None).expect(200).json();
            assert_eq!(public["responseSummary"]["exists"], exists, "{number}");
        }
    }
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_participant_who_withdraws_while_the_gateway_serves_is_absent_from_every_answer() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    withdrawn_everywhere(&programme, &[&served.client]);
}

#[test]
fn on_postgresql_a_withdrawal_takes_effect_in_both_of_two_servers() {
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = loaded(Backend::Postgres(&database.url));
    let replica = programme.replica();
    let (one, two) = (programme.serve(), programme.serve_with(&replica, None));
    withdrawn_everywhere(&programme, &[&one.client, &two.client]);
}

#[test]
fn withdrawing_one_clause_closes_only_the_uses_that_require_it() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let id = programme.object_of(&person(1), "VCF");
    let status = |persona| {
        served
            .client
            .get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(&programme.passport(persona)))
            .status
    };
    let all = [
        Persona::DomesticAcademic,
        Persona::DomesticCompany,
        Persona::OverseasAcademic,
        Persona::OverseasCompany,
    ];
    assert_eq!(all.map(status), [200; 4]);
    let _ = programme.run(&["consent", "withdraw", &person(1), "--clause", "commercial"]).good();
    assert_eq!(all.map(status), [200, 404, 200, 404]);
    let _ = programme
        .run(&["consent", "withdraw", &person(1), "--clause", "third-party-overseas"])
        .good();
    assert_eq!(all.map(status), [200, 404, 404, 404]);
    let _ = programme
        .run(&["consent", "withdraw", &person(1), "--clause", "third-party-domestic"])
        .good();
    assert_eq!(all.map(status), [404; 4]);
}

#[test]
fn data_of_a_participant_without_a_recorded_consent_is_stored_but_never_returned() {
    let programme = Programme::new(Backend::Embedded);
    let _ = programme.load(&gemj_tests::small_data::sheet()).good();
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "VCF");
    assert_eq!(served.client.get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(&token)).status, 404);
    assert_eq!(served.client.get(&format!("/htsget/variants/{id}"), Some(&token)).status, 404);
    assert_eq!(
        served
            .client
            .get(&format!("/htsget/variants/{}", programme.joint_object()), Some(&token))
            .status,
        404
    );
    let count = || {
        let reply = served.client.get(
            &format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count"),
            Some(&token),
        );
        reply.expect(200).json()["responseSummary"]["numTotalResults"].as_u64().unwrap()
    };
    assert_eq!(count(), 0);
    let _ = programme
        .run(&["consent", "record", &person(1), "--form", "unified-1", "--accept", "all"])
        .good();
    assert_eq!(count(), 1);
    let _ = served.client.get(&format!("/htsget/variants/{id}"), Some(&token)).expect(200);
    let _ = programme
        .run(&[
            "consent",
            "record",
            &person(3),
            "--form",
            "unified-1",
            "--accept",
            "study-use",
            "--effective",
            "2026-04-01",
        ])
        .good();
    assert_eq!(count(), 1, "the programme's own studies are no third parties");
    let unknown = programme.run(&["consent", "withdraw", "TST-99"]);
    assert_eq!(unknown.code, Some(2), "{}{}", unknown.out, unknown.err);
}

#[test]
fn a_revoked_approval_closes_access_like_a_withdrawal() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let urls = block_urls(&served.client.get(&format!("/htsget/reads/{id}"), Some(&token)).expect(200).json());
    let _ = programme.run(&["approval", "revoke", "2026-0004"]).good();
    assert_eq!(served.client.get(&format!("/htsget/reads/{id}"), Some(&token)).status, 404);
    for url in urls {
        assert!(matches!(served.client.get(&url, None).status, 403 | 404));
    }
}

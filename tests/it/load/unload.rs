//! `objects hold|release|unload` while the gateway serves. After `hold`, the file is returned to no caller. After `unload`, the file is absent from
//! every answer of every standard, as if it had never been loaded.

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, feeds, person, private_variant};
use gemj_tests::{Backend, Client, Programme};

use crate::drs::get_object::without_decision;
use crate::small::loaded;

const WRONG: usize = 2;
const SHEET_HEAD: &str = "dataset,participant,specimen,family,sex,assembly,path\n";

struct World {
    programme: Programme,
    token: String,
    vcf: String,
    bam: String,
}

impl World {
    fn new(programme: Programme) -> Self {
        Self {
            token: programme.passport(Persona::DomesticAcademic),
            vcf: programme.object_of(&person(WRONG), "VCF"),
            bam: programme.object_of(&person(WRONG), "BAM"),
            programme,
        }
    }

    fn carriers(&self, client: &Client, question: &str) -> u64 {
        let path = format!("/beacon/individuals?{question}&requestedGranularity=count");
        let reply = client.get(&path, Some(&self.token)).expect(200);
        reply.json()["responseSummary"]["numTotalResults"].as_u64().unwrap()
    }

    fn change(&self, how: &str, id: &str) -> gemj_tests::Ran {
        self.programme.run(&["objects", how, id, "--reason", "two files look alike"])
    }

    /// Asserts that the file is returned (`there`), or otherwise that it gets the answer of an unknown id.
    fn is_there(&self, client: &Client, there: bool) {
        for path in [
            format!("/htsget/variants/{}", self.vcf),
            format!("/htsget/reads/{}", self.bam),
            format!("/ga4gh/drs/v1/objects/{}", self.vcf),
            format!("/ga4gh/drs/v1/objects/{}/access/https", self.bam),
        ] {
            let reply = client.get(&path, Some(&self.token));
            if there {
                assert_eq!(reply.status, 200, "{path}: {}", reply.text());
                continue;
            }
            let unknown = path.replace(&self.vcf, "gemj.ffffffffffffffffffffffffffffffff");
            let unknown = unknown.replace(&self.bam, "gemj.ffffffffffffffffffffffffffffffff");
            let unknown = client.get(&unknown, Some(&self.token));
            assert_eq!(reply.status, 404, "{path}: {}", reply.text());
            assert_eq!(without_decision(&reply.text()), without_decision(&unknown.text()), "{path}");
        }
        let others = u64::from(there);
        assert_eq!(self.carriers(client, SHARED_VARIANT), PEOPLE as u64 - 1 + others);
        assert_eq!(self.carriers(client, &private_variant(WRONG)), others);
        assert_eq!(self.carriers(client, &private_variant(1)), 1);
    }
}

fn held_and_taken_out(programme: Programme) {
    let world = World::new(programme);
    let served = world.programme.serve();
    let client = &served.client;
    world.is_there(client, true);
    let ticket = client
        .get(&format!("/htsget/reads/{}", world.bam), Some(&world.token))
        .expect(200)
        .json();
    let urls = block_urls(&ticket);
    let fetch = |url: &String| client.get(url, None).status;
    assert!(urls.iter().all(|url| fetch(url) == 200) && !urls.is_empty());

    for id in [&world.vcf, &world.bam] {
        let _ = world.change("hold", id).good();
    }
    world.is_there(client, false);
    assert!(urls.iter().all(|url| fetch(url) == 404));
    let listed = world.programme.objects(&["--not-served"]);
    assert_eq!(listed.len(), 2);
    assert!(
        listed
            .iter()
            .all(|o| o["status"] == "held" && o["status_reason"] == "two files look alike")
    );
    for id in [&world.vcf, &world.bam] {
        let _ = world.change("release", id).good();
    }
    world.is_there(client, true);
    assert!(urls.iter().all(|url| fetch(url) == 200));

    for id in [&world.vcf, &world.bam] {
        let _ = world.change("unload", id).good();
    }
    world.is_there(client, false);
    let gone = world.change("release", &world.vcf);
    assert!(gone.code == Some(2) && gone.err.contains("is unloaded"), "{}", gone.err);
    let unknown = ["objects", "unload", "gemj.00000000000000000000000000000000", "--reason", "x"];
    assert_eq!(world.programme.run(&unknown).code, Some(2));

    // The unloaded file cannot be loaded again for the same owner. For another owner it is a new file.
    let row = |owner: &str| {
        let (folder, file) = (feeds().display(), person(WRONG));
        format!("{SHEET_HEAD}cancer,{owner},{owner}-S,,unknown,GRCh38,{folder}/variants/{file}.vcf.gz\n")
    };
    let again = world.programme.load(&format!(
        "{SHEET_HEAD}cancer,{0},{0}-S,F{WRONG},unknown,GRCh38,{1}/variants/{0}.vcf.gz\n",
        person(WRONG),
        feeds().display()
    ));
    assert!(again.refused().err.contains("was unloaded"));
    let _ = world.programme.load(&row("RIGHT-1")).good();
    world.programme.everybody_agrees(["RIGHT-1"]);
    assert_eq!(world.carriers(client, SHARED_VARIANT), PEOPLE as u64);
    let _ = world.programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_file_on_hold_and_an_unloaded_file_are_answered_like_unknown_files() {
    held_and_taken_out(loaded(Backend::Embedded));
}

#[test]
fn a_file_on_hold_and_an_unloaded_file_are_answered_like_unknown_files_on_postgresql() {
    let Some(database) = PostgresDatabase::create() else { return };
    held_and_taken_out(loaded(Backend::Postgres(&database.url)));
}

//! `doctor` and the faults of the serving process, of loaded data and of dates.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::Command;

use gemj_tests::binary::gateway;
use gemj_tests::shared_data::skipped;
use gemj_tests::small_data::write_vcf;

use super::doctor::assert_named;
use super::new_installation::NewInstallation;
use crate::federation::fake_partner::{FakePartner, http};

const OFFLINE: [&str; 3] = ["doctor", "--json", "--offline"];

/// The largest number of segments of a dataset without a warning, and one more.
const MANY_SEGMENTS: usize = 33;

#[test]
fn a_gateway_that_is_not_ready_is_named_with_its_reason() {
    let new = NewInstallation::make();
    let served = new.serve();
    let _ = new.run(&["seal", "close", "--reason", "a drill"]).good();
    assert_named(
        &new.run(&OFFLINE),
        "fault",
        "server",
        "the database is sealed",
        "see the other faults",
    );
    drop(served);
}

#[test]
fn another_program_on_the_port_is_named() {
    let new = NewInstallation::make();
    let other = TcpListener::bind(new.address()).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = other.accept() {
            // The other side may close the connection first.
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        }
    });
    assert_named(&new.run(&OFFLINE), "warning", "server", "another program answers", "ss -ltnp");
}

#[test]
fn a_port_that_accepts_and_never_answers_is_named() {
    let new = NewInstallation::make();
    let silent = TcpListener::bind(new.address()).unwrap();
    assert_named(&new.run(&OFFLINE), "fault", "server", "no answer within", "restart the gateway");
    drop(silent);
}

#[test]
fn a_role_and_a_client_that_end_soon_are_named() {
    let new = NewInstallation::make();
    let soon = Command::new("date").args(["-u", "-d", "+10 days", "+%F"]).output().unwrap().stdout;
    let soon = String::from_utf8(soon).unwrap().trim().to_owned();
    let hospital = [
        "init",
        "--for",
        "hospital",
        "hospital-a",
        "--institution-number",
        "1319999901",
        "--expires",
        &soon,
    ];
    let _ = new.run(&hospital).good();
    let role = format!(
        "\n[[authentication.issuer]]\nissuer = \"https://login.example\"\nkinds = [\"access-token\"]\naudiences = [\"gateway\"]\n\
         \n[[authentication.role]]\nissuer = \"https://login.example\"\nsubject = \"1\"\nrole = \"steward\"\nexpires = \"{soon}\"\n"
    );
    new.write(&(new.text() + &role));
    let ran = new.run(&OFFLINE);
    for (what, remedy) in [
        ("role 1 ends on", "`expires` of the role 1"),
        ("client ehr-hospital-a ends on", "gemj-gateway reload"),
    ] {
        assert_named(&ran, "warning", "roles", what, remedy);
    }
}

#[test]
fn a_disease_of_a_condition_without_its_ontology_is_named() {
    let new = NewInstallation::make();
    new.load_vocabulary();
    let condition = "data_use = [{ code = \"DUO:0000007\", diseases = [\"MONDO:0005070\"] }]";
    new.write(&new.text().replace("data_use = [\"DUO:0000042\"]", condition));
    let said = "dataset cancer: no loaded ontology contains MONDO:0005070";
    assert_named(&new.run(&OFFLINE), "warning", "ontologies", said, "load the ontology of the term");
}

#[test]
fn a_dataset_with_many_segments_is_named() {
    let new = NewInstallation::make();
    for number in 1..=MANY_SEGMENTS {
        let file = new.path("one.vcf.gz");
        write_vcf(
            &file,
            &format!(
                "##fileformat=VCFv4.3\n##contig=<ID=chr17,length=83257441>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"g\">\n\
                 #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS{number}\nchr17\t{}\t.\tT\tC\t50\tPASS\t.\tGT\t0/1\n",
                43_071_077 + number
            ),
        );
        let sheet = new.path("sheet.csv");
        std::fs::write(
            &sheet,
            format!(
                "dataset,participant,specimen,family,sex,assembly,path,data_kind,qc\n\
                 cancer,P-{number},S-{number},F-{number},,GRCh38,one.vcf.gz,variants,pass\n"
            ),
        )
        .unwrap();
        let _ = new.run(&["load", "--register", sheet.to_str().unwrap()]).good();
    }
    let said = format!("dataset cancer has {MANY_SEGMENTS} segments");
    assert_named(&new.run(&OFFLINE), "warning", "index", &said, "gemj-gateway index merge");
    let _ = new.run(&["index", "merge"]).good();
    let ran = new.run(&["doctor", "--offline"]);
    assert!(ran.out.contains("good     index"), "{}", ran.out);
    assert!(!ran.out.contains("segments\n         -> run"), "{}", ran.out);
}

#[test]
fn a_key_set_that_is_gone_from_its_address_is_named() {
    let new = NewInstallation::make();
    let issuer = FakePartner::start(Some(http("404 Not Found", "")));
    new.write(&format!(
        "{}\n[[authentication.issuer]]\nissuer = \"https://visas.example\"\nkinds = [\"visa-issuer\"]\njku = [\"{}\"]\n",
        new.text(),
        issuer.url
    ));
    let ran = new.run(&["doctor", "--json", "--pause-s", "0"]);
    assert_named(&ran, "fault", "issuers", "answered with status 404", "key set's address");
}

#[test]
fn a_disk_with_few_inodes_is_named() {
    let new = NewInstallation::make();
    // A file system with 100 inodes in a mount namespace of its own, so that nothing outside the command sees it.
    let script = "mount -t tmpfs -o nr_inodes=100,mode=700 none \"$1\" && touch $(seq -f \"$1/%g\" 97) && exec \"$2\" doctor --offline --config \"$3\"";
    let mut unshare = Command::new("unshare");
    unshare
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(new.path("objects"))
        .arg(gateway())
        .arg(new.config());
    let out = unshare
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    if !out.contains("good") {
        skipped("no file system can be mounted here");
        return;
    }
    assert!(out.contains("few inodes are free") && out.contains("remove small files"), "{out}");
}

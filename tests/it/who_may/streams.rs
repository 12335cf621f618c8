//! A withdrawal resets answers that are being sent. A client must never get a well-formed but short file.

use std::fmt::Write as _;
use std::io::Read;

use gemj_demo::Persona;
use gemj_tests::htsget_client::{fetch, of_class, record_urls};
use gemj_tests::oracle::run;
use gemj_tests::{Client, Programme};

use super::replicas::{Replicas, path_of};

/// More bytes than the buffers of a connection can hold if the client does not read.
const FILE_BYTES: usize = 64 * 1024 * 1024;
const RECORD_BYTES: usize = 8 * 1024;

/// The start of the requested ranges, in bytes.
const FROM: usize = 100_000;

const LEAVES: &str = "BIG-01";
const STAYS: &str = "BIG-02";

/// Loads one big uncompressed file for each of two participants.
fn load_big_files(programme: &Programme) {
    let mut sheet = String::from("dataset,participant,specimen,family,sex,assembly,path\n");
    for (number, id) in (1..).zip([LEAVES, STAYS]) {
        let mut text = String::from(
            "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##INFO=<ID=DB,Number=0,Type=Flag,Description=\"In a database\">\n\
             ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence\">\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n",
        );
        writeln!(text, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{id}-S").unwrap();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(number);
        for record in 0..FILE_BYTES / RECORD_BYTES {
            // The two participants carry different alleles. If their genotypes were equal, `load` would put a file on hold.
            let alternate = if id == LEAVES { 'G' } else { 'C' };
            write!(text, "chr1\t{}\t.\tA\t{alternate}\t50\tPASS\tCSQ=", 1000 + record).unwrap();
            for _ in 0..RECORD_BYTES / 16 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                write!(text, "{state:016x}").unwrap();
            }
            text.push_str("\tGT\t0/1\n");
        }
        let path = programme.path(&format!("{id}.vcf.gz"));
        std::fs::write(&path, run("bgzip", ["-l", "0", "-c"], text.as_bytes())).unwrap();
        writeln!(sheet, "cancer,{id},{id}-S,,unknown,GRCh38,{}", path.display()).unwrap();
    }
    let _ = programme.load(&sheet).good();
    programme.everybody_agrees([LEAVES, STAYS]);
}

/// An answer of which the test has read only the beginning.
struct UnderWay {
    what: String,
    body: ureq::Body,
    read: Vec<u8>,
}

impl UnderWay {
    fn begin(client: &Client, what: String, url: &str) -> Self {
        let request = ureq::get(client.url(path_of(url)));
        let (request, status) = match what.starts_with("a range") {
            true => (request.header("Range", format!("bytes={FROM}-")), 206),
            false => (request, 200),
        };
        let response = request.call().unwrap();
        assert_eq!(response.status(), status, "{what}");
        let mut body = response.into_body();
        let mut read = vec![0; 64 * 1024];
        body.as_reader().read_exact(&mut read).unwrap();
        Self { what, body, read }
    }

    /// Reads the rest of the answer. Returns its kind, all bytes, and whether the answer ended normally.
    fn end(mut self) -> (String, Vec<u8>, bool) {
        let whole = self
            .body
            .into_with_config()
            .limit(u64::MAX)
            .reader()
            .read_to_end(&mut self.read)
            .is_ok();
        (self.what, self.read, whole)
    }
}

/// The path of a ticket request for all records of a file.
fn region_of(id: &str) -> String {
    format!("/htsget/variants/{id}?referenceName=chr1&start=500&end=100000")
}

/// Starts every kind of download of a big file on both replicas.
fn begin_all(replicas: &Replicas, person: &str) -> Vec<UnderWay> {
    let programme = &replicas.programme;
    let (token, id) = (programme.passport(Persona::DomesticAcademic), programme.object_of(person, "VCF"));
    let mut streams = Vec::new();
    for (replica, client) in replicas.clients().into_iter().enumerate() {
        let get = |path: String| client.get(&path, Some(&token)).expect(200).json();
        let access = get(format!("/ga4gh/drs/v1/objects/{id}/access/https"));
        let ways = [
            ("bytes", access["url"].as_str().unwrap().to_owned()),
            ("all of it", record_urls(&get(format!("/htsget/variants/{id}"))).remove(0)),
            ("a region", record_urls(&get(region_of(&id))).remove(0)),
        ];
        let whole = ways[1].1.clone();
        let region = ways[2].1.clone();
        for (way, url) in ways
            .into_iter()
            .chain([("a range of all of it", whole), ("a range of a region", region)])
        {
            streams.push(UnderWay::begin(client, format!("{way} of {person} on replica {replica}"), &url));
        }
    }
    streams
}

#[test]
fn a_withdrawal_resets_running_streams_of_the_participant_and_no_others() {
    let Some(replicas) = Replicas::of(load_big_files) else { return };
    let leaving = begin_all(&replicas, LEAVES);
    let staying = begin_all(&replicas, STAYS);
    let _ = replicas.programme.run(&["consent", "withdraw", LEAVES]).good();
    for stream in leaving {
        let (what, read, whole) = stream.end();
        assert!(!whole, "{what}: a complete answer of {} bytes", read.len());
        assert!(read.len() < FILE_BYTES, "{what}: {} bytes were received", read.len());
    }
    let file = std::fs::read(replicas.programme.path(&format!("{STAYS}.vcf.gz"))).unwrap();
    let (client, token) = (&replicas.one.client, replicas.programme.passport(Persona::DomesticAcademic));
    let ticket = client.get(&region_of(&replicas.programme.object_of(STAYS, "VCF")), Some(&token));
    let header = fetch(client, &of_class(&ticket.expect(200).json(), "header"));
    let mut region = Vec::new();
    for stream in staying {
        let (what, read, whole) = stream.end();
        assert!(whole, "{what} was reset");
        match what.as_str() {
            w if w.starts_with("a region") => {
                let records = gemj_tests::oracle::vcf_records(&[&header[..], &read].concat());
                assert_eq!(records.lines().count(), FILE_BYTES / RECORD_BYTES, "{what}");
                region = read;
            }
            w if w.starts_with("a range of a region") => assert!(read == region[FROM..], "{what} is a different range"),
            w if w.starts_with("a range") => assert!(read == file[FROM..], "{what} is a different range"),
            _ => assert!(read == file, "{what} is a different file"),
        }
    }
}

#[test]
fn a_revoked_approval_resets_running_streams() {
    let Some(replicas) = Replicas::of(load_big_files) else { return };
    let streams = begin_all(&replicas, LEAVES);
    let _ = replicas.programme.run(&["approval", "revoke", "2026-0004"]).good();
    for stream in streams {
        let (what, read, whole) = stream.end();
        assert!(!whole, "{what}: a complete answer of {} bytes", read.len());
    }
}

#[test]
fn a_new_version_of_an_approval_resets_running_streams_only_if_it_closes_them() {
    let Some(replicas) = Replicas::of(load_big_files) else { return };
    let programme = &replicas.programme;
    let out = programme.run(&["approval", "list", "--json"]).good().out;
    let list: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    let mut approval = list.into_iter().find(|approval| approval["id"] == "2026-0004").unwrap();
    approval.as_object_mut().unwrap().remove("state");
    let record = |approval: &serde_json::Value| {
        let file = programme.path("version.json");
        std::fs::write(&file, approval.to_string()).unwrap();
        programme.run(&["approval", "record", file.to_str().unwrap()]).good().out
    };
    // The second version has another title. The third version names a user who is not the caller.
    let staying = begin_all(&replicas, STAYS);
    approval["project"] = "Another title".into();
    assert!(record(&approval).contains("version 2"));
    for stream in staying {
        let (what, _, whole) = stream.end();
        assert!(whole, "{what} was reset by a version that permits it");
    }
    let leaving = begin_all(&replicas, LEAVES);
    approval["users"] = serde_json::json!(["0a".repeat(16)]);
    assert!(record(&approval).contains("version 3"));
    for stream in leaving {
        let (what, read, whole) = stream.end();
        assert!(!whole, "{what}: a complete answer of {} bytes", read.len());
    }
}

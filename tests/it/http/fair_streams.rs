//! Clients that stop reading lose their downloads, and other callers are served meanwhile.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::big_file::{load_big_file, region_of_big};
use gemj_tests::htsget_client::record_urls;
use gemj_tests::{Backend, Client, Programme, Reply};

const PERSON: &str = "BIG-01";

/// More bytes than the buffers of a connection can hold.
const FILE_BYTES: usize = 24 * 1024 * 1024;

/// The time limit of each event that this test waits for.
const PATIENCE: Duration = Duration::from_secs(120);

fn configured(limits: &str) -> Programme {
    let programme = Programme::new(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let put = |text: String, section: &str, lines: &str| {
        let head = format!("\n[{section}]\n");
        match text.matches(&head).count() {
            0 => format!("{text}\n[{section}]\n{lines}"),
            1 => text.replace(&head, &format!("{head}{lines}")),
            more => panic!("[{section}] is there {more} times"),
        }
    };
    let without: String = text
        .lines()
        .filter(|line| {
            !["streams", "write_timeout_s", "trusted_proxies"]
                .iter()
                .any(|key| line.starts_with(key))
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let text = put(put(without, "limits", limits), "server", "trusted_proxies = [\"127.0.0.1\"]\n");
    std::fs::write(programme.config(), text).unwrap();
    let _ = load_big_file(&programme, PERSON, FILE_BYTES);
    programme
}

/// Opens a connection, reads the beginning of the answer, and then stops reading.
fn stalled(client: &Client, url: &str, from: &str) -> TcpStream {
    let host = client.base.trim_start_matches("http://");
    let path = url.strip_prefix(&client.base).unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-For: {from}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(std::str::from_utf8(&status).unwrap(), "HTTP/1.1 200");
    stream
}

/// Requests the beginning of an answer and reads it at once.
fn asked(client: &Client, url: &str, from: &str) -> Reply {
    client.send("GET", url, &[("X-Forwarded-For", from), ("Range", "bytes=0-999")], None)
}

fn bytes_url(client: &Client, token: &str, id: &str) -> String {
    let access = client
        .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(token))
        .expect(200);
    access.json()["url"].as_str().unwrap().to_owned()
}

#[test]
fn a_caller_and_an_address_with_too_many_streams_are_refused_and_others_are_served() {
    let programme = configured("streams = 8\nstreams_per_caller = 3\nstreams_per_address = 5\nwrite_timeout_s = 600\n");
    let served = programme.serve();
    let client = &served.client;
    let id = programme.object_of(PERSON, "VCF");
    let [one, other] = [Persona::DomesticAcademic, Persona::ConformanceCi].map(|persona| programme.passport(persona));
    let ones: Vec<String> = (0..4).map(|_| bytes_url(client, &one, &id)).collect();
    let block = record_urls(&client.get(&region_of_big(&id), Some(&one)).expect(200).json()).remove(0);
    let others = bytes_url(client, &other, &id);

    let mut held: Vec<TcpStream> = ones[..3].iter().map(|url| stalled(client, url, "192.0.2.1")).collect();
    for from in ["192.0.2.1", "192.0.2.2"] {
        let refused = asked(client, &ones[3], from);
        assert_eq!((refused.status, refused.header("retry-after")), (503, "5"), "{}", refused.text());
        let body = refused.json();
        assert_eq!(
            (body["status_code"].as_u64(), body["code"].as_str()),
            (Some(503), Some("too-many-at-once"))
        );
        assert!(body["msg"].as_str().unwrap().contains("one caller"), "{body}");
        let refused = asked(client, &block, from);
        assert_eq!((refused.status, refused.header("retry-after")), (503, "5"), "{}", refused.text());
        assert_eq!(refused.json()["htsget"]["code"], "too-many-at-once");
    }
    let _ = asked(client, &others, "192.0.2.1").expect(206);
    for _ in 0..2 {
        held.push(stalled(client, &others, "192.0.2.1"));
    }
    let refused = asked(client, &others, "192.0.2.1");
    assert_eq!((refused.status, refused.header("retry-after")), (503, "5"), "{}", refused.text());
    assert!(refused.json()["msg"].as_str().unwrap().contains("one address"));
    let _ = asked(client, &others, "192.0.2.2").expect(206);
}

#[test]
fn a_client_that_does_not_read_loses_its_stream_and_gets_no_well_formed_short_file() {
    let programme = configured("streams = 4\nstreams_per_caller = 4\nstreams_per_address = 4\nwrite_timeout_s = 1\n");
    let served = programme.serve_with(&programme.config(), Some("info"));
    let client = &served.client;
    let id = programme.object_of(PERSON, "VCF");
    let token = programme.passport(Persona::DomesticAcademic);
    let url = bytes_url(client, &token, &id);
    let held: Vec<TcpStream> = (0..4).map(|_| stalled(client, &url, "192.0.2.1")).collect();
    let begun = Instant::now();
    while asked(client, &url, "192.0.2.1").status != 206 {
        assert!(begun.elapsed() < PATIENCE, "stalled clients keep their streams");
    }
    let cut = "a stream was cut: its reader took nothing";
    while served.log().matches(cut).count() < held.len() {
        assert!(begun.elapsed() < PATIENCE, "a stalled client kept its download");
    }
    for mut stream in held {
        let mut read = Vec::new();
        let _ = stream.read_to_end(&mut read);
        assert!(read.len() < FILE_BYTES, "the whole file was received");
    }
}

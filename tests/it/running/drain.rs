//! The end of a serving gateway: SIGTERM, running streams, and the audit rows of their answers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::big_file::load_big_file;
use gemj_tests::oracle::{python, run};
use gemj_tests::{Backend, GatewayProcess, Programme};
use serde_json::{Value, json};

use super::{PATIENCE, configure, until};

const FILE_BYTES: usize = 24 * 1024 * 1024;

fn programme(stop: &str) -> Programme {
    let programme = Programme::new(Backend::Embedded);
    let _ = load_big_file(&programme, "BIG-01", FILE_BYTES);
    configure(&programme.config(), "server", stop);
    programme
}

/// A stream in progress: the head of its answer and its first bytes were read.
struct Download {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Download {
    fn begin(programme: &Programme, served: &GatewayProcess) -> Self {
        let token = programme.passport(Persona::DomesticAcademic);
        let id = programme.object_of("BIG-01", "VCF");
        let access = served.client.get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token));
        let url = access.expect(200).json()["url"].as_str().unwrap().to_owned();
        let host = served.client.base.trim_start_matches("http://");
        let path = url.strip_prefix(&served.client.base).unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut read = vec![0; 4096];
        stream.read_exact(&mut read).unwrap();
        assert!(read.starts_with(b"HTTP/1.1 200"));
        Self { stream, read }
    }

    /// Reads to the end of the connection. Returns the number of bytes of the body, and whether the body is complete.
    fn finish(mut self) -> (usize, bool) {
        let _ = self.stream.read_to_end(&mut self.read);
        let text = String::from_utf8_lossy(&self.read[..4096]).into_owned();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        let body = &self.read[head.len() + 4..];
        match length {
            Some(length) => (body.len(), body.len() == length.parse::<usize>().unwrap()),
            None => (body.len(), body.ends_with(b"\r\n0\r\n\r\n")),
        }
    }
}

fn terminate(served: &GatewayProcess) {
    run("kill", ["-TERM", &served.pid.to_string()], b"");
}

/// Waits until the process has ended. A zombie has ended.
fn wait_for_end(served: &GatewayProcess) {
    until("the gateway does not end", || {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", served.pid)).unwrap_or_default();
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
}

fn audit_rows(programme: &Programme) -> Vec<Value> {
    let found = python("audit_store.py", &json!({"database": programme.path("gateway.db"), "do": "list"}));
    found["rows"].as_array().unwrap().clone()
}

/// The bytes of the streams that ended, from the audit rows of serving processes.
fn audited_bytes(programme: &Programme) -> Vec<u64> {
    let script = "import sqlite3, sys, json; d = sqlite3.connect(sys.argv[1]); \
                  print(json.dumps([r[0] for r in d.execute('SELECT byte_count FROM audit_row WHERE byte_count IS NOT NULL')]))";
    let database = programme.path("gateway.db");
    let out = run("python3", ["-c", script, database.to_str().unwrap()], b"");
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn a_download_in_progress_ends_whole_and_the_gateway_ends_after_it() {
    let programme = programme("stop_streams_s = 600");
    let served = programme.serve();
    let download = Download::begin(&programme, &served);
    terminate(&served);
    until("a stopping gateway accepts connections", || {
        TcpStream::connect(served.client.base.trim_start_matches("http://"))
            .is_err()
            .then_some(())
    });
    let (bytes, is_whole) = download.finish();
    assert!(is_whole && bytes > FILE_BYTES / 2, "{bytes}");
    wait_for_end(&served);
    assert_eq!(served.exit_code(), Some(0));
    assert!(audited_bytes(&programme).contains(&(bytes as u64)));
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_download_that_takes_too_long_is_cut_visibly_and_its_audit_row_is_written() {
    let programme = programme("stop_streams_s = 1");
    let served = programme.serve();
    let download = Download::begin(&programme, &served);
    let rows = audit_rows(&programme).len();
    terminate(&served);
    wait_for_end(&served);
    let (bytes, is_whole) = download.finish();
    assert!(!is_whole && bytes < FILE_BYTES, "{bytes}");
    let log = served.log();
    assert!(log.contains("requests in progress are cut"), "{log}");
    assert!(log.contains("operation=getBytes status=200 end=aborted"), "{log}");
    assert_eq!(served.exit_code(), Some(0));
    assert_eq!(audit_rows(&programme).len(), rows + 1, "the row with the sent bytes");
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_stopping_gateway_is_not_ready_but_serves_during_the_grace() {
    let programme = programme("stop_grace_s = 600\nstop_streams_s = 600");
    let served = programme.serve();
    terminate(&served);
    let reply = until("the gateway stays ready", || {
        let reply = served.client.get("/readyz", None);
        (reply.status == 503).then_some(reply)
    });
    assert_eq!(reply.json()["parts"]["process"], "the gateway is stopping");
    let answer = served.client.get("/services", None).expect(200);
    assert_eq!(answer.header("connection"), "close");
    assert_eq!(served.client.get("/healthz", None).status, 200);
    // A second signal ends the grace.
    let begun = Instant::now();
    terminate(&served);
    wait_for_end(&served);
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(served.exit_code(), Some(0));
}

#[test]
fn a_second_signal_cuts_the_downloads_at_once() {
    let programme = programme("stop_streams_s = 600");
    let served = programme.serve();
    let download = Download::begin(&programme, &served);
    terminate(&served);
    until("a stopping gateway accepts connections", || {
        TcpStream::connect(served.client.base.trim_start_matches("http://"))
            .is_err()
            .then_some(())
    });
    run("kill", ["-INT", &served.pid.to_string()], b"");
    wait_for_end(&served);
    assert!(!download.finish().1);
    assert_eq!(served.exit_code(), Some(0));
}

#[test]
fn an_idle_gateway_with_open_connections_ends_at_once() {
    let programme = Programme::new(Backend::Embedded);
    configure(&programme.config(), "server", "stop_streams_s = 600");
    let served = programme.serve();
    let host = served.client.base.trim_start_matches("http://");
    let mut idle = TcpStream::connect(host).unwrap();
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        .unwrap();
    let mut begun = [0; 12];
    idle.read_exact(&mut begun).unwrap();
    let silent = TcpStream::connect(host).unwrap();
    terminate(&served);
    wait_for_end(&served);
    drop((idle, silent));
    assert_eq!(served.exit_code(), Some(0));
}

//! Bodies of `POST /runs` from callers who may not submit, who stall, or who send too much.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use gemj_demo::Persona;

use super::*;

const FORM: &str = "multipart/form-data; boundary=b";

/// The first bytes of a body that never ends.
const START: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"workflow_type\"\r\n\r\nCWL";

/// Sends the head of a submission with a `Content-Length` of `length` bytes, and the start of its body.
fn begin(client: &Client, token: Option<&str>, length: u64, start: &[u8]) -> TcpStream {
    let address = client.base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    let head =
        format!("POST {RUNS} HTTP/1.1\r\nHost: {address}\r\n{authorization}Content-Type: {FORM}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(start).unwrap();
    stream
}

/// The head and the JSON body of the answer.
fn answer(mut stream: TcpStream) -> (String, Value) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(body) = serde_json::from_str::<Value>(body)
        {
            official("ErrorResponse", &body);
            return (head.to_ascii_lowercase(), body);
        }
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "cut off: {text}");
        bytes.extend_from_slice(&chunk[..count]);
    }
}

#[test]
fn a_caller_who_may_not_submit_is_refused_before_the_body_is_read() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let registered = programme.passport(Persona::RegisteredOnly);
    for (token, status) in [(None, 401), (Some("a.b.c"), 401), (Some(registered.as_str()), 403)] {
        let begun = Instant::now();
        let (head, body) = answer(begin(client, token, 1_000_000, b""));
        assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
        assert_eq!(body["status_code"], status);
        assert!(begun.elapsed() < Duration::from_secs(10), "the gateway must not wait for the body");
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_by_its_announced_and_by_its_real_length() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let (head, body) = answer(begin(client, Some(&owner), 1 << 40, b""));
    assert!(head.starts_with("http/1.1 413"), "{head}");
    assert_eq!(body["status_code"], 413);
    // The submission contains several files. Each file is below the limit, and together they exceed it.
    let file = "x".repeat(3 << 20);
    let names: Vec<String> = (0..6).map(|n| format!("f{n}")).collect();
    let parts: Vec<Part<'_>> = names.iter().map(|name| attachment(name, &file)).collect();
    wes_error(&post_form(client, Some(&owner), &parts), 413);
}

#[test]
fn stalled_bodies_time_out_and_use_only_their_callers_share() {
    let Some(programme) = with_workflows(1) else { return };
    let config = std::fs::read_to_string(programme.config()).unwrap();
    let config = config.replace("shown_every_s = 1\n", "shown_every_s = 1\nupload_timeout_s = 6\n");
    std::fs::write(programme.config(), config).unwrap();
    let served = programme.serve();
    let client = &served.client;
    let (owner, other) = (
        programme.passport(Persona::DomesticAcademic),
        programme.passport(Persona::ConformanceCi),
    );
    let begun = Instant::now();
    let stalled: Vec<TcpStream> = (0..4).map(|_| begin(client, Some(&owner), 10_000_000, START)).collect();
    // A fifth body is refused while four bodies are being read. The server chooses which of the five connections is refused.
    let refused = loop {
        let (head, body) = answer(begin(client, Some(&owner), 1 << 40, b""));
        assert!(head.starts_with("http/1.1 413"), "{head} {body}");
        let reply = submit(client, &owner, COUNT, &count_params(&programme));
        if reply.status == 503 {
            break reply;
        }
        assert!(begun.elapsed() < Duration::from_secs(6), "{}", reply.text());
    };
    wes_error(&refused, 503);
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    let run = submitted(client, &other, COUNT, &count_params(&programme));
    assert_eq!(run.len(), 32, "another caller has a separate share");
    let uploads = programme.path("runs/.uploads");
    assert_eq!(
        std::fs::read_dir(&uploads).unwrap().count(),
        0,
        "the bodies are stored in unnamed files"
    );
    for stream in stalled {
        let (head, body) = answer(stream);
        assert!(head.starts_with("http/1.1 408"), "{head}");
        assert_eq!(body["status_code"], 408);
    }
    assert!(begun.elapsed() >= Duration::from_secs(5));
    let _ = submitted(client, &owner, COUNT, &count_params(&programme));
}

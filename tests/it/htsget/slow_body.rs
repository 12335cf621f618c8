//! A body that stops in its middle: answered or hung up on in bounded time, and nobody else waits.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use gemj_demo::Persona;
use gemj_tests::small_data::person;

use crate::small::small;

/// The longest that half a body may hold a connection.
const BOUND: Duration = Duration::from_secs(90);

#[test]
fn half_a_body_is_not_waited_for_without_end() {
    let small = small();
    let client = &small.served.client;
    let id = small.programme.object_of(&person(1), "BAM");
    let token = small.programme.passport(Persona::DomesticAcademic);
    let address = client.base.trim_start_matches("http://").to_owned();
    let half = |said: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(BOUND)).unwrap();
        let head = format!(
            "POST /htsget/reads/{id} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{said}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let mut stalled = [
        half("Content-Length: 1000\r\n\r\n{\"regions\": ["),
        half("Transfer-Encoding: chunked\r\n\r\n5\r\n{\"reg"),
        half("Content-Length: 1000\r\nX-Half"),
    ];
    assert_eq!(
        client.get("/htsget/reads/service-info", None).status,
        200,
        "others are answered meanwhile"
    );
    for stream in &mut stalled {
        let mut said = Vec::new();
        match stream.read_to_end(&mut said) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("still waiting after {BOUND:?}: {error}"),
        }
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
        let body = said.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert!(body.is_empty() || body.contains("\"htsget\""), "{said}");
    }
    assert!(!small.served.log().contains("panicked"));
}

#[test]
fn a_client_that_hangs_up_in_the_middle_of_its_body_leaves_nothing_behind() {
    let small = small();
    let client = &small.served.client;
    let address = client.base.trim_start_matches("http://").to_owned();
    for said in ["", "{", "{\"regions\": [{\"referenceName\": \"chr1\"}"] {
        let mut stream = TcpStream::connect(&address).unwrap();
        let head = format!(
            "POST /htsget/reads/x HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{said}"
        );
        stream.write_all(head.as_bytes()).unwrap();
        drop(stream);
    }
    assert_eq!(client.get("/htsget/reads/service-info", None).status, 200);
    assert!(!small.served.log().contains("panicked"));
}

//! A request body that stops in the middle does not delay other requests.

use std::io::Write as _;
use std::net::TcpStream;

use crate::small::small;

#[test]
fn a_client_that_disconnects_in_the_middle_of_its_body_does_no_harm() {
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

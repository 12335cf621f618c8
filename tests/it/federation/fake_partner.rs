//! Partners that misbehave, and a partner that records its requests.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// A partner that answers with bytes that the test chooses. The server runs on this machine until the test process ends.
pub(crate) struct FakePartner {
    /// The URL of the partner's Beacon.
    pub(crate) url: String,
    /// The requests that the partner received, each with head and body.
    pub(crate) requests: Receiver<String>,
}

impl FakePartner {
    /// Starts a partner that answers every request with this complete HTTP response. Without a response, the partner reads the request and never
    /// answers.
    pub(crate) fn start(response: Option<String>) -> Self {
        Self::judging(move |_| response.clone())
    }

    /// Starts a partner whose answer depends on the request's head and body.
    pub(crate) fn judging(answer: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/beacon", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        std::thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = read_request(&mut stream);
                let response = answer(&request);
                let _ = sender.send(request);
                match &response {
                    Some(response) => {
                        // A client may close the connection before it has read the whole response.
                        let _ = stream.write_all(response.as_bytes());
                    }
                    None => kept.push(stream),
                }
            }
        });
        Self { url, requests }
    }

    /// A partner that answers with a status and a body.
    pub(crate) fn answering(status: &str, body: &str) -> Self {
        Self::start(Some(http(status, body)))
    }

    /// The next received request about variants. Requests for the partner's description (`info`, `map`) are skipped.
    pub(crate) fn next_question(&self) -> String {
        loop {
            let request = self.requests.recv().unwrap();
            if request.split_whitespace().nth(1).is_some_and(|path| path.contains("g_variants")) {
                return request;
            }
        }
    }
}

/// An HTTP response with a status and a JSON body.
pub(crate) fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .filter_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned))
                .find_map(|value| value.parse::<usize>().ok())
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return text,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

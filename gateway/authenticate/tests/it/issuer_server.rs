//! A loopback HTTP server of an issuer, which counts its requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The answer of the server for a path.
#[derive(Clone)]
pub(crate) enum Answer {
    Body(String),
    /// The server answers with 200 and a body of another media type than JSON.
    Typed(&'static str, String),
    Status(u16),
    Redirect(String),
    /// The server sends headers and then bytes without end.
    Endless,
    /// The server closes the connection without an answer.
    HangUp,
    /// The server answers with 200 and a body for exactly this bearer token, otherwise with 401.
    ForToken(String, String),
}

/// The server. It runs until the test's runtime ends.
#[derive(Clone)]
pub(crate) struct IssuerServer {
    pub(crate) base: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    answers: HashMap<String, Answer>,
    counts: HashMap<String, usize>,
    connections: usize,
}

impl IssuerServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let state = Arc::new(Mutex::new(State::default()));
        let server = Self {
            base,
            state: Arc::clone(&state),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                state.lock().unwrap().connections += 1;
                let state = Arc::clone(&state);
                tokio::spawn(async move { drop(serve(stream, &state).await) });
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn set(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().answers.insert(path.to_owned(), answer);
    }

    pub(crate) fn set_json(&self, path: &str, body: &Value) {
        self.set(path, Answer::Body(body.to_string()));
    }

    /// The number of requests for a path.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.state.lock().unwrap().counts.get(path).copied().unwrap_or(0)
    }

    /// The number of connections, with or without a request.
    pub(crate) fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// The number of all requests.
    pub(crate) fn total(&self) -> usize {
        self.state.lock().unwrap().counts.values().sum()
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    loop {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).await? == 0 {
                return Ok(());
            }
            request.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let path = text.split(' ').nth(1).unwrap_or("").to_owned();
        let answer = {
            let mut state = state.lock().unwrap();
            *state.counts.entry(path.clone()).or_default() += 1;
            state.answers.get(&path).cloned().unwrap_or(Answer::Status(404))
        };
        let (head, body) = match answer {
            Answer::Body(body) => ("200 OK\r\ncontent-type: application/json".to_owned(), body),
            Answer::Typed(media_type, body) => (format!("200 OK\r\ncontent-type: {media_type}"), body),
            Answer::Status(code) => (format!("{code} Status"), String::new()),
            Answer::Redirect(to) => (format!("302 Found\r\nlocation: {to}"), String::new()),
            Answer::ForToken(token, body)
                if text
                    .to_lowercase()
                    .contains(&format!("authorization: bearer {token}\r\n").to_lowercase()) =>
            {
                ("200 OK\r\ncontent-type: application/json".to_owned(), body)
            }
            Answer::ForToken(..) => ("401 Unauthorized".to_owned(), String::new()),
            Answer::HangUp => return Ok(()),
            Answer::Endless => {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"keys\":[")
                    .await?;
                loop {
                    stream.write_all(&[b' '; 4096]).await?;
                }
            }
        };
        let response = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(response.as_bytes()).await?;
    }
}

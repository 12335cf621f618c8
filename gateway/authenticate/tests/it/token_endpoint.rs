//! A loopback token endpoint that records its requests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request that the token endpoint received.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) head: String,
    pub(crate) form: Vec<(String, String)>,
}

impl Asked {
    /// The value of a form parameter, which must occur only once; empty if the parameter is absent.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let mut values = self.form.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.clone()).unwrap_or_default();
        assert!(values.next().is_none(), "{name} is given twice");
        value
    }

    /// The value of a header; empty if the header is absent.
    pub(crate) fn header(&self, name: &str) -> String {
        let found = self
            .head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    }
}

/// The answer of the token endpoint: status, additional header lines, body.
type Answer = (u16, &'static str, String);

/// The token endpoint. It runs until the test's runtime ends.
#[derive(Clone)]
pub(crate) struct TokenEndpoint {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    asked: Vec<Asked>,
    answer: Answer,
}

impl TokenEndpoint {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/token", listener.local_addr().unwrap().port());
        let state = Arc::new(Mutex::new(State {
            asked: Vec::new(),
            answer: (500, "", String::new()),
        }));
        let endpoint = Self {
            url,
            state: Arc::clone(&state),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&state);
                tokio::spawn(async move { drop(serve(stream, &state).await) });
            }
        });
        endpoint
    }

    pub(crate) fn answer(&self, status: u16, body: impl ToString) {
        self.answer_with(status, "", body);
    }

    pub(crate) fn answer_with(&self, status: u16, headers: &'static str, body: impl ToString) {
        self.state.lock().unwrap().answer = (status, headers, body.to_string());
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.state.lock().unwrap().asked.len()
    }
}

async fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte).await? == 0 {
                return Ok(());
            }
            head.push(byte[0]);
        }
        let mut asked = Asked {
            head: String::from_utf8(head).unwrap(),
            form: Vec::new(),
        };
        let mut body = vec![0; asked.header("content-length").parse().unwrap_or(0)];
        stream.read_exact(&mut body).await?;
        asked.form = url::form_urlencoded::parse(&body).into_owned().collect();
        let (status, headers, body) = {
            let mut state = state.lock().unwrap();
            state.asked.push(asked);
            state.answer.clone()
        };
        let length = body.len();
        let response =
            format!("HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}");
        stream.write_all(response.as_bytes()).await?;
    }
}

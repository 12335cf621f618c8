//! HTTP/1.1 on the wire. Answers are kept byte for byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, without three parts that differ between equal requests:
/// * the header `Date`;
/// * the order of the header lines: a hash map of the server chooses a new order each time;
/// * the header `Connection`: it depends on whether the server had read the request's body when it answered, and so on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
    /// The framing of the body: a length, chunks, the end of the connection, or no body.
    pub(crate) framing: &'static str,
    /// Whether the connection broke before the body's end.
    pub(crate) cut: bool,
}

impl Answer {
    pub(crate) fn code(&self) -> u16 {
        self.status.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A connection that is reopened after the server closed it.
#[derive(Debug)]
pub(crate) struct Wire {
    address: SocketAddr,
    kept: Option<BufReader<TcpStream>>,
}

impl Wire {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, kept: None }
    }

    pub(crate) fn send(&mut self, request: &Request) -> Answer {
        // The server may have closed the open connection in the meantime. The request is then sent once more on a new connection.
        if self.kept.is_some()
            && let Ok(answer) = self.try_send(request)
        {
            return answer;
        }
        self.kept = None;
        self.try_send(request).expect("an answer")
    }

    /// Drops the open connection and opens a new connection.
    pub(crate) fn reconnect(&mut self) {
        self.kept = Some(self.connect().expect("a connection"));
    }

    fn connect(&self) -> std::io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(BufReader::new(stream))
    }

    fn try_send(&mut self, request: &Request) -> std::io::Result<Answer> {
        let mut stream = match self.kept.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        let mut text = format!("{} {} HTTP/1.1\r\nHost: gateway.test\r\n", request.method, request.target);
        for (name, value) in &request.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT") {
            text.push_str(&format!("Content-Length: {}\r\n", request.body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(&request.body);
        stream.get_mut().write_all(&bytes)?;
        let (answer, keep) = read_answer(&mut stream, request.method == "HEAD")?;
        if keep {
            self.kept = Some(stream);
        }
        Ok(answer)
    }
}

fn read_line(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_answer(stream: &mut BufReader<TcpStream>, head: bool) -> std::io::Result<(Answer, bool)> {
    let status = read_line(stream)?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        headers.push(line);
    }
    let value = |name: &str| {
        headers.iter().find_map(|line: &String| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_lowercase())
        })
    };
    let length = value("content-length").and_then(|text| text.parse::<usize>().ok());
    let chunked = value("transfer-encoding").is_some_and(|text| text == "chunked");
    let mut keep = value("connection").is_none_or(|text| text != "close");
    let bodiless = head || status.contains(" 204 ") || status.contains(" 304 ");
    let mut body = Vec::new();
    let (framing, whole) = match (bodiless, chunked, length) {
        (true, _, _) => ("none", Ok(())),
        (false, true, _) => ("chunks", read_chunks(stream, &mut body)),
        (false, false, Some(length)) => {
            body.resize(length, 0);
            ("length", stream.read_exact(&mut body))
        }
        (false, false, None) => {
            keep = false;
            ("end", stream.read_to_end(&mut body).map(|_| ()))
        }
    };
    // The id of a request is random in both worlds, and does not come from the data.
    headers.retain(|line| {
        !["date:", "connection:", "x-request-id:"]
            .iter()
            .any(|name| line.to_ascii_lowercase().starts_with(name))
    });
    headers.sort();
    let cut = whole.is_err();
    Ok((
        Answer {
            status,
            headers,
            body,
            framing,
            cut,
        },
        keep && !cut,
    ))
}

fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let line = read_line(stream)?;
        let size = usize::from_str_radix(line.split(';').next().unwrap_or(""), 16).map_err(|_| std::io::ErrorKind::InvalidData)?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        let _ = read_line(stream)?;
        if size == 0 {
            return Ok(());
        }
    }
}

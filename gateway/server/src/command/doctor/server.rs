//! The serving process, on its own address.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::report::Report;
use crate::configuration::Configuration;
use crate::http::operations::SIGNING_KEY;

/// The time limit of the request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes.
const ANSWER_MAX_BYTES: u64 = 64 * 1024;

pub(super) async fn check(configuration: &Configuration, report: &mut Report) {
    let listen = match configuration.server.listen.addresses().map(|addresses| addresses.first().copied()) {
        Ok(Some(address)) => reachable(address),
        Ok(None) => return,
        Err(error) => {
            report.fault("server", format!("{error:#}"), "correct server.listen in the configuration");
            return;
        }
    };
    let answer = match &configuration.server.tls {
        Some(tls) => tokio::time::timeout(PATIENCE, super::tls::readiness(listen, tls)).await,
        None => tokio::time::timeout(PATIENCE, readiness(listen)).await,
    };
    if let Ok(Ok(text)) = &answer
        && let Some(mark) = signing_mark(text)
    {
        super::keys::compare(configuration, &format!("the gateway on {listen}"), mark, report);
    }
    match answer {
        Ok(Err(error)) if super::tls::is_another_certificate(&error) => report.fault(
            "server",
            format!("{listen}: the gateway serves another certificate than server.tls.certificate_file"),
            "run `gemj-gateway reload`, and read its error",
        ),
        Ok(Ok(text)) if text.starts_with("HTTP/1.1 200") => report.good("server", format!("{listen}: serves and is ready")),
        Ok(Ok(text)) if text.starts_with("HTTP/1.1 ") => {
            let line = text.lines().next().unwrap_or_default();
            let reason = text
                .split("\"detail\":\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next())
                .unwrap_or("no reason was stated");
            report.fault(
                "server",
                format!("{listen}/readyz: {line}: {reason}"),
                "see the other faults, and the log of the gateway",
            );
        }
        Ok(Ok(_)) => another_program(listen, report),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionReset => another_program(listen, report),
        Ok(Err(error)) => report.fault(
            "server",
            format!("{listen}: no gateway answers: {error}"),
            "start it (`gemj-gateway serve`), and read the first lines of its log",
        ),
        Err(_) => report.fault(
            "server",
            format!("{listen}: no answer within {} s", PATIENCE.as_secs()),
            "restart the gateway, and read its log",
        ),
    }
}

/// The mark of the key in use, from the headers of an answer.
fn signing_mark(answer: &str) -> Option<&str> {
    let headers = answer.lines().take_while(|line| !line.is_empty());
    let mut named = headers.filter_map(|line| line.split_once(':'));
    let (_, mark) = named.find(|(name, _)| name.eq_ignore_ascii_case(SIGNING_KEY))?;
    Some(mark.trim())
}

fn another_program(listen: SocketAddr, report: &mut Report) {
    report.warning(
        "server",
        format!("{listen}: another program answers, or TLS is expected"),
        "see whether another program uses the port (`ss -ltnp`)",
    );
}

/// The address at which a listener can be reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn readiness(address: SocketAddr) -> std::io::Result<String> {
    ask(TcpStream::connect(address).await?, address).await
}

/// Sends the request for the readiness over a connection, and returns the answer.
pub(super) async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, address: SocketAddr) -> std::io::Result<String> {
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

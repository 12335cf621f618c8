//! A gateway that serves TLS, and the clients of the tests.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use gemj_tests::binary::gateway;
use gemj_tests::oracle::run;

use super::certificate::Certificate;

/// A serving gateway. It ends with the value.
pub(super) struct TlsServer {
    process: Child,
    pub(super) address: SocketAddr,
}

impl TlsServer {
    pub(super) fn start(config: &Path) -> Self {
        let mut command = Command::new(gateway());
        command.arg("serve").arg("--config").arg(config).env_remove("GEMJ_LOG");
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line
            .trim()
            .strip_prefix("listening on https://")
            .unwrap_or_else(|| panic!("{line}"));
        Self {
            process,
            address: address.parse().unwrap(),
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn base(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The output of curl for a path. curl verifies the certificate.
    pub(super) fn curl(&self, certificate: &Certificate, options: &[&str], path: &str) -> Vec<u8> {
        let url = format!("{}{path}", self.base());
        run(
            "curl",
            [&["-sS", "--noproxy", "*", "--cacert", certificate.file()], options, &[&url]].concat(),
            b"",
        )
    }

    /// A connection that stays open over several requests.
    pub(super) fn connection(&self) -> Connection {
        let script = "import http.client, ssl, sys\n\
                      context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE\n\
                      connection = http.client.HTTPSConnection(sys.argv[1], int(sys.argv[2]), context=context)\n\
                      connection.connect(); first = connection.sock\n\
                      for _ in sys.stdin:\n\
                      \x20   connection.request('GET', '/healthz'); answer = connection.getresponse(); answer.read()\n\
                      \x20   print(answer.status if connection.sock is first else 'another connection', flush=True)\n";
        let mut process = Command::new("python3")
            .args(["-c", script, &self.address.ip().to_string(), &self.address.port().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Connection {
            input: process.stdin.take().unwrap(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.pid().to_string()).status();
        let _ = self.process.wait();
    }
}

/// One open TLS connection.
pub(super) struct Connection {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Connection {
    /// The status of a request over the connection, or a text if the connection was closed.
    pub(super) fn ask(&mut self) -> String {
        writeln!(self.input, "next").unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What `openssl s_client` prints about a handshake, also if it fails.
pub(super) fn handshake(address: SocketAddr, options: &[&str]) -> String {
    let output = Command::new("openssl")
        .args(["s_client", "-connect", &address.to_string(), "-servername", "localhost"])
        .args(options)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The certificate that a new connection gets, in DER.
pub(super) fn served_certificate(address: SocketAddr) -> Vec<u8> {
    let said = handshake(address, &[]);
    assert!(said.contains("BEGIN CERTIFICATE"), "the handshake failed: {said}");
    run("openssl", ["x509", "-outform", "DER"], said.as_bytes())
}

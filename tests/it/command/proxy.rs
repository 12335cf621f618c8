//! A real nginx with TLS in front of a gateway.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gemj_tests::shared_data::skipped;

use super::new_installation::reserved_address;

/// The limits that the documents tell an operator to set.
pub(super) const DOCUMENTED: &str =
    "large_client_header_buffers 8 64k; client_max_body_size 64m; client_body_timeout 60s; proxy_read_timeout 300s;";

/// A running nginx. It ends with the value.
pub(super) struct Nginx {
    process: Child,
    folder: PathBuf,
    pub(super) address: SocketAddr,
    server: SocketAddr,
}

impl Nginx {
    /// The public URL of a gateway behind nginx.
    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// The certificate, which signs itself.
    pub(super) fn certificate(&self) -> PathBuf {
        self.folder.join("tls.crt")
    }

    /// Starts nginx with TLS in front of a server on this machine. If nginx is not installed, the skip is reported.
    pub(super) fn before(server: SocketAddr, folder: &Path, settings: &str) -> Option<Self> {
        if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
            assert!(std::env::var_os("CI").is_none(), "nginx is not installed: run scripts/test");
            skipped("nginx is not installed");
            return None;
        }
        let (key, certificate) = (folder.join("tls.key"), folder.join("tls.crt"));
        let mut made = Command::new("openssl");
        made.args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ]);
        made.args([
            "-addext",
            "subjectAltName=DNS:localhost",
            "-addext",
            "basicConstraints=CA:FALSE",
            "-keyout",
        ]);
        let made = made.arg(&key).arg("-out").arg(&certificate).stderr(Stdio::null()).status();
        assert!(made.unwrap().success());
        let address = reserved_address();
        let process = start(folder, address, server, settings);
        Some(Self {
            process,
            folder: folder.to_owned(),
            address,
            server,
        })
    }

    /// Starts nginx again with other settings, at the same address.
    pub(super) fn with(&mut self, settings: &str) {
        self.end();
        self.process = start(&self.folder, self.address, self.server, settings);
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.end();
    }
}

fn start(folder: &Path, address: SocketAddr, server: SocketAddr, settings: &str) -> Child {
    let mut text =
        String::from("daemon off; master_process off; pid nginx.pid; error_log error.log;\nevents {}\nhttp {\naccess_log off;\n");
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        writeln!(text, "{kind}_temp_path {kind};").unwrap();
    }
    writeln!(
        text,
        "server {{ listen {address} ssl; ssl_certificate tls.crt; ssl_certificate_key tls.key; {settings}\n\
         location / {{ proxy_pass http://{server}; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; }} }}\n}}"
    )
    .unwrap();
    let file = folder.join("nginx.conf");
    std::fs::write(&file, text).unwrap();
    let mut nginx = Command::new("nginx");
    nginx.arg("-p").arg(folder).arg("-c").arg(&file).stderr(Stdio::null());
    let mut process = nginx.spawn().unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::net::TcpStream::connect(address).is_err() {
        let ended = process.try_wait().unwrap();
        let log = std::fs::read_to_string(folder.join("error.log")).unwrap_or_default();
        assert!(ended.is_none() && std::time::Instant::now() < end, "nginx did not start: {log}");
        std::thread::yield_now();
    }
    process
}

//! nginx and Caddy with the configuration files of `docs/examples`. Only names, addresses and paths are replaced.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use gemj_tests::binary::workspace;
use gemj_tests::oracle::run;
use gemj_tests::shared_data::skipped;
use serde_json::{Value, json};

use super::super::new_installation::reserved_address;
use super::super::tls::certificate::good;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nginx,
    Caddy,
}

impl Kind {
    fn program(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Caddy => "caddy",
        }
    }

    /// Whether the proxy is installed. If it is not, the skip is reported.
    pub(super) fn is_installed(self) -> bool {
        let version = if self == Self::Nginx { "-v" } else { "version" };
        let asked = Command::new(self.program())
            .arg(version)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if asked.is_ok() {
            return true;
        }
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is not installed: run scripts/test",
            self.program()
        );
        skipped(&format!("{} is not installed, so its example was not run", self.program()));
        false
    }
}

/// A proxy in front of a gateway. It ends with the value.
pub(super) struct Front {
    process: Child,
    folder: PathBuf,
    /// The certificate that clients trust.
    pub(super) authority: PathBuf,
}

impl Front {
    /// Starts the proxy at an address with the name `localhost`, in front of a gateway.
    pub(super) fn start(kind: Kind, address: SocketAddr, gateway: SocketAddr, folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let log = std::fs::File::create(folder.join("output.log")).unwrap();
        let (mut command, authority) = match kind {
            Kind::Nginx => nginx(address, gateway, folder),
            Kind::Caddy => caddy(address, gateway, folder),
        };
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut this = Self {
            process: command.spawn().unwrap(),
            folder: folder.to_owned(),
            authority,
        };
        let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while !this.authority.is_file() || std::net::TcpStream::connect(address).is_err() {
            let ended = this.process.try_wait().unwrap();
            assert!(
                ended.is_none() && std::time::Instant::now() < end,
                "{kind:?} did not start: {}",
                this.logs()
            );
            std::thread::yield_now();
        }
        this
    }

    /// Everything that the proxy wrote to its logs and its output.
    pub(super) fn logs(&self) -> String {
        let files = std::fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|end| end == "log"))
            .map(|path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned())
            .collect()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A file of `docs/examples`, with other names, addresses and paths. Each text must occur in the file.
fn example(name: &str, replaced: &[(&str, String)]) -> String {
    let mut text = std::fs::read_to_string(workspace().join("docs/examples").join(name)).unwrap();
    for (from, to) in replaced {
        assert!(text.contains(from), "{name} does not contain {from}");
        text = text.replace(from, to);
    }
    text
}

fn nginx(address: SocketAddr, gateway: SocketAddr, folder: &Path) -> (Command, PathBuf) {
    let _ = good(folder, "tls");
    let path = |name: &str| folder.join(name).display().to_string();
    let text = example(
        "nginx.conf",
        &[
            ("listen [::]:443 ", format!("listen {} ", reserved_address())),
            ("listen 443 ", format!("listen {address} ")),
            ("server_name gateway.example;", "server_name localhost;".to_owned()),
            ("/etc/ssl/gateway.example/fullchain.pem", path("tls.crt")),
            ("/etc/ssl/gateway.example/privkey.pem", path("tls.key")),
            ("/var/log/nginx/", path("")),
            ("http://127.0.0.1:8080", format!("http://{gateway}")),
        ],
    );
    std::fs::write(folder.join("example.conf"), text).unwrap();
    // The settings around the example are those of Debian's nginx.conf, which logs all requests.
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {kind};\n"))
        .concat();
    std::fs::write(
        folder.join("nginx.conf"),
        format!(
            "daemon off; master_process off; pid nginx.pid; error_log debian-error.log;\nevents {{ worker_connections 768; }}\n\
             http {{\nsendfile on; tcp_nopush on; gzip on; access_log debian-access.log;\n{temporary}include example.conf;\n}}\n"
        ),
    )
    .unwrap();
    let mut nginx = Command::new("nginx");
    nginx.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
    (nginx, folder.join("tls.crt"))
}

fn caddy(address: SocketAddr, gateway: SocketAddr, folder: &Path) -> (Command, PathBuf) {
    let text = example(
        "Caddyfile",
        &[
            ("\ngateway.example {", format!("\nlocalhost:{} {{", address.port())),
            ("reverse_proxy 127.0.0.1:8080", format!("reverse_proxy {gateway}")),
        ],
    );
    let file = folder.join("Caddyfile");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let _ = run("caddy", ["validate", "--adapter", "caddyfile", "--config", file], b"");
    let adapted = run("caddy", ["adapt", "--adapter", "caddyfile", "--config", file], b"");
    let mut settings: Value = serde_json::from_slice(&adapted).unwrap();
    // A test listens on the loopback interface only, opens no port for administration, and changes no certificates of the machine.
    settings["admin"] = json!({"disabled": true});
    settings["apps"]["http"]["http_port"] = json!(reserved_address().port());
    settings["apps"]["http"]["servers"]["srv0"]["listen"] = json!([address.to_string()]);
    settings["apps"]["pki"]["certificate_authorities"]["local"]["install_trust"] = json!(false);
    std::fs::write(folder.join("caddy.json"), settings.to_string()).unwrap();
    let mut caddy = Command::new("caddy");
    caddy.arg("run").arg("--config").arg(folder.join("caddy.json"));
    caddy
        .env("HOME", folder)
        .env("XDG_DATA_HOME", folder)
        .env("XDG_CONFIG_HOME", folder);
    (caddy, folder.join("caddy/pki/authorities/local/root.crt"))
}

//! The examples of nginx and Caddy in `docs/examples`, in front of a real gateway. The clients are curl and samtools.

mod front;

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gemj_demo::Persona;
use gemj_tests::big_file::load_big_file;
use gemj_tests::oracle::{run, run_command, samtools};
use gemj_tests::programme::{Programme, private};
use gemj_tests::small_data::person;
use gemj_tests::{Backend, GatewayProcess};
use serde_json::Value;

use super::new_installation::reserved_address;
use crate::small::loaded;
use front::{Front, Kind};

/// More bytes than the buffers of two connections and of a proxy that does not buffer answers can hold.
const BIG_BYTES: usize = 64 * 1024 * 1024;
const BIG: &str = "BIG-01";

/// The largest body of a request for a ticket (docs/compatibility/htsget.md), and the longest URL (docs/operations.md).
const BODY_BYTES: usize = 1024 * 1024;
const URL_BYTES: usize = 60 * 1024;
/// The longest token that `doctor` tries.
const TOKEN_BYTES: usize = 24_000;

struct World {
    programme: Programme,
    gateway: GatewayProcess,
    front: Front,
    address: SocketAddr,
    token: PathBuf,
    /// The paths of URLs that the gateway issued. Each contains a capability.
    issued: Vec<String>,
}

impl World {
    fn behind(kind: Kind, programme: Programme) -> Self {
        let address = reserved_address();
        let text = std::fs::read_to_string(programme.config()).unwrap();
        let url = format!("public_url = \"https://localhost:{}\"\n", address.port());
        let lines = text.lines().filter(|line| !line.starts_with("public_url = "));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        let settings = format!("[server]\n{url}trusted_proxies = [\"127.0.0.1\"]\n");
        assert_eq!(text.matches("[server]\n").count(), 1);
        std::fs::write(programme.config(), text.replace("[server]\n", &settings)).unwrap();
        let gateway = programme.serve();
        let listening = gateway.client.base.strip_prefix("http://").unwrap().parse().unwrap();
        let front = Front::start(kind, address, listening, &programme.path("front"));
        let token = programme.path("token");
        private(&token, &programme.passport(Persona::DomesticAcademic));
        Self {
            programme,
            gateway,
            front,
            address,
            token,
            issued: Vec::new(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    fn command(&self, options: &[&str], path: &str) -> Command {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--noproxy", "*", "--cacert"]).arg(&self.front.authority);
        curl.args(options).arg(self.url(path));
        curl
    }

    fn curl(&self, options: &[&str], path: &str) -> Vec<u8> {
        run_command(self.command(options, path), b"")
    }

    /// The body and the status of an answer.
    fn answer(&self, options: &[&str], path: &str) -> (Vec<u8>, String) {
        let mut body = self.curl(&[&["-w", "\n%{http_code}"], options].concat(), path);
        let at = body.iter().rposition(|byte| *byte == b'\n').unwrap();
        let status = String::from_utf8(body.split_off(at)).unwrap().trim().to_owned();
        (body, status)
    }

    /// The header with the token, from a file.
    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", std::fs::read_to_string(&self.token).unwrap())
    }

    /// The path of a URL of the gateway. The capability in the path is remembered for the check of the logs.
    fn path_of(&mut self, url: &str) -> String {
        let path = url.strip_prefix(&self.url("")).unwrap_or_else(|| panic!("a URL of another host"));
        self.issued.push(path.to_owned());
        path.to_owned()
    }

    /// The path of the bytes of a file by DRS.
    fn bytes_of(&mut self, id: &str) -> String {
        let access = self.curl(
            &["--fail", "-H", &self.bearer()],
            &format!("/ga4gh/drs/v1/objects/{id}/access/https"),
        );
        let access: Value = serde_json::from_slice(&access).unwrap();
        self.path_of(access["url"].as_str().unwrap())
    }
}

fn small_requests(world: &mut World) {
    let id = world.programme.object_of(&person(1), "BAM");
    let bearer = world.bearer();
    // The header Authorization arrives, in both versions of HTTP.
    for http in ["--http1.1", "--http2"] {
        let (explained, status) = world.answer(&[http, "-H", &bearer], "/access/v1/explain");
        assert_eq!(status, "200", "{}", String::from_utf8_lossy(&explained));
    }
    // Ranges, with and without a condition.
    let path = world.bytes_of(&id);
    let whole = world.curl(&["--fail"], &path);
    let (part, status) = world.answer(&["-H", "Range: bytes=100-299"], &path);
    assert!(status == "206" && part == whole[100..300], "{status}");
    let headers = String::from_utf8(world.curl(&["-I"], &path)).unwrap();
    let etag = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("etag").then(|| value.trim().to_owned())
    });
    let etag = etag.unwrap_or_else(|| panic!("no ETag: {headers}"));
    for (condition, expected, length) in [(etag.as_str(), "206", 200), ("\"other\"", "200", whole.len())] {
        let condition = format!("If-Range: {condition}");
        let (part, status) = world.answer(&["-H", "Range: bytes=100-299", "-H", &condition], &path);
        assert_eq!((status.as_str(), part.len()), (expected, length));
    }
    // samtools reads a ticket and its blocks, with the records of the stored file.
    let stored = world.programme.path("stored.bam");
    std::fs::write(&stored, &whole).unwrap();
    let mut reader = Command::new("samtools");
    reader.arg("view").arg(world.url(&format!("/htsget/reads/{id}")));
    reader
        .env("HTS_AUTH_LOCATION", &world.token)
        .env("CURL_CA_BUNDLE", &world.front.authority);
    let read = String::from_utf8(run_command(reader, b"")).unwrap();
    assert!(!read.is_empty());
    assert_eq!(read, samtools(["view", stored.to_str().unwrap()]));
}

fn limits(world: &mut World) {
    // A body of the largest documented size is read, and one byte more gets the gateway's own answer.
    let id = world.programme.object_of(&person(1), "BAM");
    let ticket = format!("/htsget/reads/{id}");
    let bearer = world.bearer();
    for (bytes, expected) in [(BODY_BYTES, "200"), (BODY_BYTES + 1, "413"), (40 * BODY_BYTES, "413")] {
        let body = world.programme.path("body");
        std::fs::write(&body, format!("{{{}}}", " ".repeat(bytes - 2))).unwrap();
        let data = format!("@{}", body.display());
        let (said, status) = world.answer(
            &[
                "-H",
                &bearer,
                "-H",
                "Content-Type: application/json",
                "-H",
                "Expect:",
                "--data-binary",
                &data,
            ],
            &ticket,
        );
        let said: Value = serde_json::from_slice(&said).unwrap_or_else(|_| panic!("{bytes} bytes: {status}: not the gateway's answer"));
        assert_eq!(status, expected, "{bytes} bytes: {said}");
    }
    // The longest URL and the longest token, alone and together. curl itself sends no such headers in HTTP/2.
    let long = format!("/service-info?x={}", "a".repeat(URL_BYTES - 100));
    assert_eq!(world.answer(&["--http1.1"], &long).1, "200");
    let token = format!("Authorization: Bearer {}", "a".repeat(TOKEN_BYTES));
    let explain = format!("/access/v1/explain?x={}", "a".repeat(URL_BYTES - 100));
    let (refused, status) = world.answer(&["--http1.1", "-H", &token], &explain);
    assert_eq!(status, "401");
    let _: Value = serde_json::from_slice(&refused).unwrap();
    // An answer that ends early because a client sent too much is no failure of the proxy.
    assert_eq!(world.answer(&[], "/readyz").1, "200");
}

/// A client reads the beginning of a long answer, and the participant withdraws. If the proxy had buffered the answer, the client would get all of it.
fn streams(world: &mut World) {
    let id = world.programme.object_of(BIG, "VCF");
    let path = world.bytes_of(&id);
    let begun = ["--http1.1", "--http2"].map(|http| {
        let mut curl = world.command(&[http], &path);
        let mut client = curl.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut body = client.stdout.take().unwrap();
        let mut read = vec![0; 64 * 1024];
        body.read_exact(&mut read).unwrap();
        (http, client, body, read)
    });
    let _ = world.programme.run(&["consent", "withdraw", BIG]).good();
    for (http, mut client, mut body, mut read) in begun {
        let _ = body.read_to_end(&mut read);
        let ended = client.wait().unwrap();
        assert!(!ended.success(), "{http}: a complete answer of {} bytes", read.len());
        assert!(read.len() < BIG_BYTES, "{http}: {} bytes were received", read.len());
    }
}

/// The proxy's logs, also those of failures, contain neither capabilities nor tokens nor query strings.
fn logs(world: World, kind: Kind) {
    let World {
        programme,
        gateway,
        front,
        address,
        token,
        issued,
    } = world;
    assert!(issued.len() >= 2, "{}", issued.len());
    drop(gateway.stop());
    // Without the gateway, the proxy answers with an error of its own. Proxies log such requests apart from the others.
    for path in &issued {
        let mark = if path.contains('?') { '&' } else { '?' };
        let url = format!("https://localhost:{}{path}{mark}referenceName=chr1", address.port());
        let authority = front.authority.to_str().unwrap();
        let options = [
            "-s",
            "--noproxy",
            "*",
            "--cacert",
            authority,
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
        ];
        let status = run("curl", options.iter().copied().chain([url.as_str()]), b"");
        assert_eq!(status, b"502");
    }
    let logs = front.logs();
    for path in &issued {
        let capability = path.split('?').next().unwrap().rsplit('/').next().unwrap();
        assert!(
            capability.len() > 24 && !logs.contains(&capability[..24]),
            "{kind:?} logged a capability"
        );
    }
    let token = std::fs::read_to_string(token).unwrap();
    for secret in [&token[..24], "referenceName", "/htsget/", "/bytes/", BIG, "Bearer"] {
        assert!(!logs.contains(secret), "{kind:?} logged {secret}");
    }
    // nginx counts requests and their states. Caddy logs no requests.
    assert_eq!(
        logs.contains(" GET 206 206 ") && logs.contains(" GET 502 502 "),
        kind == Kind::Nginx,
        "{logs}"
    );
    drop(programme);
}

fn example_of(kind: Kind) {
    if !kind.is_installed() {
        return;
    }
    let programme = loaded(Backend::Embedded);
    let _ = load_big_file(&programme, BIG, BIG_BYTES);
    let mut world = World::behind(kind, programme);
    small_requests(&mut world);
    limits(&mut world);
    streams(&mut world);
    logs(world, kind);
}

#[test]
fn the_example_of_nginx_passes_all_requests_and_streams_and_logs_no_capability() {
    example_of(Kind::Nginx);
}

#[test]
fn the_example_of_caddy_passes_all_requests_and_streams_and_logs_no_capability() {
    example_of(Kind::Caddy);
}

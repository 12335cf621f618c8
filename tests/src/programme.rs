//! A temporary installation: a folder with a configuration, a passport broker's keys, a database and the object files.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gemj_demo::personas::approvals;
use gemj_demo::{Broker, Layout, Persona, configuration, hospital_clients};
use gemj_model::{Clock as _, SystemClock};
use serde_json::Value;
use tempfile::TempDir;

use crate::binary::gateway;
use crate::gateway_process::{GatewayProcess, Start};
use crate::s3_server::{ACCESS_KEY_ID, S3Server, SECRET_ACCESS_KEY};

/// The issuer of passports. No server answers at this address (the discard port), because the issuer's keys are read from files.
const BROKER_URL: &str = "http://127.0.0.1:9";

/// The bucket of S3 installations.
const BUCKET: &str = "genomes";

/// The database and the object store of an installation.
#[derive(Clone, Copy, Debug)]
pub enum Backend<'a> {
    /// SQLite and a local folder.
    Embedded,
    /// PostgreSQL at an address, and a local folder.
    Postgres(&'a str),
    /// SQLite, and S3. The bucket is a folder in the root folder of the S3 server.
    S3(&'a S3Server, &'a Path),
    /// PostgreSQL at an address, and S3. The bucket is a folder in the root folder of the S3 server.
    PostgresAndS3(&'a str, &'a S3Server, &'a Path),
}

/// An installation. Its folder is removed with the value.
#[derive(Debug)]
pub struct Programme {
    folder: TempDir,
    broker: Broker,
}

/// The result of a command.
#[derive(Clone, Debug)]
pub struct Ran {
    /// The exit code; absent if a signal ended the command.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Ran {
    /// Checks that the exit code is 0, and returns the result.
    #[must_use]
    pub fn good(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }

    /// Checks that the exit code is 1 (a part of the input was refused), and returns the result.
    #[must_use]
    pub fn refused(self) -> Self {
        assert_eq!(self.code, Some(1), "{}{}", self.out, self.err);
        self
    }
}

/// Writes a file that only its owner can read, as the gateway requires for keys and secrets.
pub fn private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Runs the gateway's binary with arguments.
pub fn run_gateway<A: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = A>) -> Ran {
    let output = Command::new(gateway())
        .args(arguments)
        .env_remove("GEMJ_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

impl Programme {
    /// Makes an installation with the demo's datasets (`cancer`, `rare-disease`), organisations, personas and approvals, but without
    /// participants.
    #[must_use]
    pub fn new(backend: Backend<'_>) -> Self {
        let folder = tempfile::Builder::new().prefix("gemj-it-").tempdir().unwrap();
        let broker = Broker::create_or_open(folder.path(), BROKER_URL).unwrap();
        let this = Self { folder, broker };
        std::fs::write(this.config(), this.configuration(free_address(), backend)).unwrap();
        let _ = this.run(&["key", "make"]).good();
        let file = this.path("approvals.json");
        std::fs::write(&file, serde_json::to_vec(&approvals().unwrap()).unwrap()).unwrap();
        let _ = this.run(&["approval", "import", file.to_str().unwrap()]).good();
        this
    }

    /// Configures FHIR to accept resources, checked against the official schema. If the schema is absent, the skip is reported and the
    /// result is false.
    #[must_use]
    pub fn take_in_by_fhir(&self) -> bool {
        let Some(schema) = crate::shared_data::shared("standards/fhir/r4/fhir.schema.json.gz") else {
            return false;
        };
        let schema = schema.canonicalize().unwrap();
        let text = std::fs::read_to_string(self.config()).unwrap();
        let line = "# r4_schema = \"fhir.schema.json.gz\"";
        assert_eq!(text.matches(line).count(), 1);
        std::fs::write(self.config(), text.replace(line, &format!("r4_schema = \"{}\"", schema.display()))).unwrap();
        true
    }

    /// The token that the running gateway issues to the system of a hospital.
    #[must_use]
    pub fn hospital_token(&self, base: &str, client: &str) -> String {
        let endpoint = format!("{base}/auth/token");
        let assertion = hospital_clients::client_assertion(self.folder.path(), client, &endpoint, SystemClock::default().now()).unwrap();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &assertion),
        ];
        let mut response = ureq::post(&endpoint).send_form(form).unwrap();
        let answer: Value = serde_json::from_slice(&response.body_mut().read_to_vec().unwrap()).unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn configuration(&self, listen: SocketAddr, backend: Backend<'_>) -> String {
        let public_url = format!("http://{listen}");
        let layout = Layout {
            listen,
            public_url,
            broker_url: self.broker.passport_issuer().to_owned(),
            audience: None,
            fhir_schema: None,
            cwltool: None,
            bwrap: None,
        };
        hospital_clients::create_or_open(self.folder.path()).unwrap();
        // The test installation is not a demo, so `demo` is false. `/metrics` is open, because tests read it.
        let text = configuration(&layout).replacen("demo = true\n", "demo = false\n", 1) + "\n[metrics]\naccess = \"open\"\n";
        let put = |text: &str, from: &str, to: &str| {
            assert_eq!(
                text.matches(from).count(),
                1,
                "the demo's configuration has another form than expected: {from}"
            );
            text.replace(from, to)
        };
        let postgres = |text: &str, url: &str| put(text, "url = \"sqlite:gateway.db\"", &format!("url = \"{url}\""));
        let s3 = |text: &str, server: &S3Server, root: &Path| {
            std::fs::create_dir_all(root.join(BUCKET)).unwrap();
            private(&self.path("s3.key"), SECRET_ACCESS_KEY);
            put(
                text,
                "url = \"objects\"",
                &format!(
                    "url = \"s3://{BUCKET}/programme\"\nendpoint = \"{}\"\nregion = \"us-east-1\"\naccess_key_id = \"{ACCESS_KEY_ID}\"\n\
                     secret_access_key_file = \"s3.key\"\nallow_http = true",
                    server.endpoint
                ),
            )
        };
        match backend {
            Backend::Embedded => text,
            Backend::Postgres(url) => postgres(&text, url),
            Backend::S3(server, root) => s3(&text, server, root),
            Backend::PostgresAndS3(url, server, root) => s3(&postgres(&text, url), server, root),
        }
    }

    /// The configuration file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path("gateway.toml")
    }

    /// A path in the installation's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a second configuration of the same installation, for a replica on another port.
    #[must_use]
    pub fn replica(&self) -> PathBuf {
        let address = free_address();
        let text = std::fs::read_to_string(self.config()).unwrap();
        let changed: Vec<String> = text
            .lines()
            .map(|line| match line {
                l if l.starts_with("listen = ") => format!("listen = \"{address}\""),
                l if l.starts_with("public_url = ") => format!("public_url = \"http://{address}\""),
                l => l.to_owned(),
            })
            .collect();
        let path = self.path("replica.toml");
        std::fs::write(&path, changed.join("\n")).unwrap();
        path
    }

    /// Runs a command on the installation.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let config = self.config();
        run_gateway(arguments.iter().copied().chain(["--config", config.to_str().unwrap()]))
    }

    /// Writes a load sheet and loads its files.
    #[must_use]
    pub fn load(&self, sheet: &str) -> Ran {
        let path = self.path("sheet.csv");
        std::fs::write(&path, sheet).unwrap();
        self.run(&["load", "--register", path.to_str().unwrap()])
    }

    /// Registers participants.
    pub fn register<'a>(&self, participants: impl IntoIterator<Item = &'a str>) {
        let path = self.path("participants.csv");
        let rows: String = participants.into_iter().map(|participant| format!("{participant}\n")).collect();
        std::fs::write(&path, format!("participant\n{rows}")).unwrap();
        let _ = self.run(&["participants", "register", path.to_str().unwrap()]).good();
    }

    /// Writes consent events and imports them.
    #[must_use]
    pub fn import_consents(&self, rows: &str) -> Ran {
        let path = self.path("consents.csv");
        std::fs::write(&path, format!("participant,form,kind,clauses,effective_at\n{rows}")).unwrap();
        self.run(&["consent", "import", path.to_str().unwrap()])
    }

    /// Records that the participants consented to every use, with an effective date in the past.
    pub fn everybody_agrees<'a>(&self, participants: impl IntoIterator<Item = &'a str>) {
        let rows: String = participants
            .into_iter()
            .map(|p| format!("{p},unified-1,given,all,2026-04-01\n"))
            .collect();
        let _ = self.import_consents(&rows).good();
    }

    /// The output of `objects list --json`, with further arguments.
    #[must_use]
    pub fn objects(&self, arguments: &[&str]) -> Vec<Value> {
        let listed = self.run(&[&["objects", "list", "--json"], arguments].concat()).good();
        serde_json::from_str(&listed.out).unwrap()
    }

    /// The id of the only file of a format that belongs to this participant alone.
    #[must_use]
    pub fn object_of(&self, participant: &str, format: &str) -> String {
        let listed = self.objects(&["--participant", participant]);
        let found: Vec<&str> = listed
            .iter()
            .filter(|o| o["format"] == format && o["joint"] == false)
            .map(|o| o["id"].as_str().unwrap())
            .collect();
        let [id] = found.as_slice() else {
            panic!("{participant} has {} files of {format}: {listed:?}", found.len())
        };
        (*id).to_owned()
    }

    /// The ids of the joint files.
    #[must_use]
    pub fn joint_objects(&self) -> Vec<String> {
        let listed = self.objects(&[]);
        listed
            .iter()
            .filter(|o| o["joint"] == true)
            .map(|o| o["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The id of the only joint file.
    #[must_use]
    pub fn joint_object(&self) -> String {
        let found = self.joint_objects();
        let [id] = found.as_slice() else {
            panic!("{} joint files", found.len())
        };
        id.clone()
    }

    /// A persona's passport, valid for an hour.
    #[must_use]
    pub fn passport(&self, persona: Persona) -> String {
        self.broker.mint(persona, SystemClock::default().now(), 3600).unwrap()
    }

    /// The passport broker that this installation trusts.
    #[must_use]
    pub fn broker(&self) -> &Broker {
        &self.broker
    }

    /// The passport broker, with passports for another audience than this installation.
    #[must_use]
    pub fn broker_for_audience(&self, audience: &str) -> Broker {
        Broker::open(self.folder.path()).unwrap().with_audience(audience)
    }

    /// Serves the installation.
    #[must_use]
    pub fn serve(&self) -> GatewayProcess {
        GatewayProcess::serve(&self.config(), self.folder.path(), &Start::default())
    }

    /// Serves the installation with another of its configurations and an optional log level.
    #[must_use]
    pub fn serve_with(&self, config: &Path, log_level: Option<&str>) -> GatewayProcess {
        GatewayProcess::serve(
            config,
            self.folder.path(),
            &Start {
                log_level,
                ..Start::default()
            },
        )
    }

    /// Serves until the test process ends, and then removes the folder. This is for installations that several tests share.
    #[must_use]
    pub fn serve_for_good(self) -> SharedProgramme {
        let folder = self.folder.path().to_owned();
        let served = GatewayProcess::serve(
            &self.config(),
            &folder,
            &Start {
                remove: Some(&folder),
                ..Start::default()
            },
        );
        SharedProgramme { programme: self, served }
    }

    /// Every file in the installation's object store, with its size in bytes.
    #[must_use]
    pub fn stored_files(&self) -> Vec<(PathBuf, u64)> {
        fn walk(folder: &Path, found: &mut Vec<(PathBuf, u64)>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else {
                    found.push((path.clone(), path.metadata().unwrap().len()));
                }
            }
        }
        let mut found = Vec::new();
        let root = self.path("objects");
        if root.exists() {
            walk(&root, &mut found);
        }
        found.sort();
        found
    }
}

/// An installation with a gateway that serves until the test process ends.
#[derive(Debug)]
pub struct SharedProgramme {
    /// The installation.
    pub programme: Programme,
    /// Its gateway.
    pub served: GatewayProcess,
}

/// An address of this machine on which no process listens at the moment.
#[must_use]
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

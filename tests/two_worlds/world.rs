//! Two gateways with one history. The second gateway also contains the secret.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;

use gemj_demo::personas::approvals;
use gemj_demo::{Broker, Layout, Persona, configuration, hospital_clients};
use gemj_gateway::in_process;
use gemj_model::Timestamp;
use gemj_tests::programme::run_gateway;
use gemj_tests::scratch::until_the_end;
use gemj_tests::shared_data::shared;
use serde_json::Value;

use crate::kind::{FILES_OF_HIDDEN, Kind, Step};
use crate::people::{Feeds, HIDDEN};
use crate::sources::Set;
use crate::wire::Wire;

/// The public address of both gateways.
pub(crate) const PUBLIC_URL: &str = "http://gateway.test";
const BROKER_URL: &str = "http://127.0.0.1:9";

/// One minute before the first command of a world's history, and two months after the participants consented.
pub(crate) const BEGINNING: &str = "2026-06-01T00:00:00Z";

/// One gateway.
pub(crate) struct World {
    pub(crate) config: PathBuf,
    set: Arc<Set>,
    pub(crate) wire: Wire,
}

/// Both gateways, and the broker of the callers' passports.
pub(crate) struct Worlds {
    pub(crate) without: World,
    pub(crate) with: World,
    pub(crate) broker: Broker,
    pub(crate) folder: PathBuf,
    /// The time of the last command.
    pub(crate) now: Timestamp,
}

impl Worlds {
    pub(crate) fn make(kind: Kind) -> Self {
        let folder = until_the_end("gemj-worlds-");
        let base = folder.join("base");
        std::fs::create_dir_all(&base).unwrap();
        let broker = Broker::create_or_open(&base, BROKER_URL).unwrap();
        hospital_clients::create_or_open(&base).unwrap();
        std::fs::write(base.join("gateway.toml"), settings(&broker)).unwrap();
        std::fs::write(base.join("capabilities.key"), [7_u8; 32]).unwrap();
        set_mode(&base.join("capabilities.key"), 0o600);
        let feeds = Feeds::write(&folder.join("feeds"));
        let mut given = serde_json::to_value(approvals().unwrap()).unwrap();
        if let Some(release) = kind.release() {
            for approval in given.as_array_mut().unwrap().iter_mut().filter(|a| a["id"] == "2026-0004") {
                approval["release"] = release.into();
                approval["datasets"] = serde_json::json!(["cancer"]);
            }
        }
        let approvals = feeds.file("approvals.json", &given.to_string());
        let history = kind.history(&feeds, &approvals);
        let mut now = BEGINNING.parse_timestamp();
        let mut worlds = ["a", "b"].map(|name| World::new(&base, &folder.join(name)));
        for (number, step) in history.iter().enumerate() {
            now = now.plus_seconds(60);
            for (world, holds_hidden) in worlds.iter_mut().zip([false, true]) {
                if holds_hidden || !step.hidden {
                    world.set.to(now, 1_000_000 + number as u64);
                    world.run(step);
                }
            }
        }
        // Both gateways start to serve at the same simulated time, because answers contain the start time.
        for world in &worlds {
            world.set.to(now, 2_000_000);
        }
        let [without, with] = worlds.map(World::serve);
        Self {
            without,
            with,
            broker,
            folder,
            now,
        }
    }

    /// Sets the time and the ids of the next request in both worlds.
    pub(crate) fn set(&self, now: Timestamp, seed: u64) {
        self.without.set.to(now, seed);
        self.with.set.to(now, seed);
    }

    pub(crate) fn passport(&self, persona: Persona, now: Timestamp) -> String {
        self.broker.mint(persona, now, 80_000).unwrap()
    }

    /// The ids of all files in the second world, the hidden participant's files included.
    pub(crate) fn objects(&self) -> Vec<String> {
        ids(&listed(&self.with.config, &[]))
    }

    /// The files of a participant.
    pub(crate) fn files_of(&self, participant: &str) -> Vec<String> {
        ids(&listed(&self.with.config, &["--participant", participant]))
    }

    /// The variant files of a participant, the joint file included.
    pub(crate) fn variant_files_of(&self, participant: &str) -> Vec<String> {
        let mut files = listed(&self.with.config, &["--participant", participant]);
        files.retain(|file| file["format"] == "VCF");
        ids(&files)
    }
}

fn ids(files: &[Value]) -> Vec<String> {
    files.iter().map(|file| file["id"].as_str().unwrap().to_owned()).collect()
}

fn listed(config: &Path, further: &[&str]) -> Vec<Value> {
    let words = [&["objects", "list", "--json", "--config", config.to_str().unwrap()], further].concat();
    let ran = run_gateway(words);
    // In some worlds, the hidden participant was never registered and has no files.
    if ran.err.contains("is not registered") {
        return Vec::new();
    }
    serde_json::from_str(&ran.good().out).unwrap()
}

/// The demo's settings with one address for both worlds and without limits on the number of requests, because these limits use the
/// machine's clock.
fn settings(broker: &Broker) -> String {
    let layout = Layout {
        listen: SocketAddr::from(([127, 0, 0, 1], 1)),
        public_url: PUBLIC_URL.to_owned(),
        broker_url: broker.passport_issuer().to_owned(),
        audience: None,
        fhir_schema: shared("standards/fhir/r4/fhir.schema.json.gz").map(|path| path.canonicalize().unwrap()),
        cwltool: None,
        bwrap: None,
    };
    format!(
        "{}\n[limits]\nrequests_per_minute = 0\nfailed_authentications_per_minute = 0\nanonymous_work_ms_per_minute = 0\n\n[policy]\nregistered_questions = 0\nregion_budget_bp = 4000000000\n",
        configuration(&layout)
    )
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Copies a folder, with the modes of its files.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, target).unwrap();
        }
    }
}

impl World {
    fn new(base: &Path, folder: &Path) -> Self {
        copy(base, folder);
        Self {
            config: folder.join("gateway.toml"),
            set: Arc::default(),
            wire: Wire::new(SocketAddr::from(([127, 0, 0, 1], 0))),
        }
    }

    fn run(&self, step: &Step) {
        let ids = if step.words.iter().any(|word| word == FILES_OF_HIDDEN) {
            let files = listed(&self.config, &["--participant", HIDDEN]);
            ids(&files)
        } else {
            vec![String::new()]
        };
        for id in ids {
            let words: Vec<&str> = step
                .words
                .iter()
                .map(|word| if word == FILES_OF_HIDDEN { id.as_str() } else { word.as_str() })
                .chain(["--config", self.config.to_str().unwrap()])
                .collect();
            let done = with_a_main_stack(|| in_process::run(&words, &self.set.sources()));
            let done = done.unwrap_or_else(|error| panic!("{words:?}: {error:#}"));
            assert!(done, "the command refused a part of {words:?}");
        }
    }

    fn serve(self) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (ready, is_ready) = mpsc::channel();
        let (config, sources) = (self.config.clone(), self.set.sources());
        // The thread with the gateway runs until the test process ends.
        let serving = move || {
            let served = in_process::serve(&config, &sources, listener, || ready.send(()).unwrap());
            panic!("the gateway ended: {served:?}");
        };
        let _ = std::thread::Builder::new().stack_size(MAIN_STACK_BYTES).spawn(serving).unwrap();
        is_ready.recv().expect("the gateway serves");
        Self {
            wire: Wire::new(address),
            ..self
        }
    }
}

/// The stack size of a program's first thread on Linux. The binary runs commands on this thread. A test thread has only a quarter of this size.
const MAIN_STACK_BYTES: usize = 8 * 1024 * 1024;

fn with_a_main_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(MAIN_STACK_BYTES);
        thread.spawn_scoped(scope, work).unwrap().join().unwrap()
    })
}

/// Parses a constant of this test.
pub(crate) trait ParseTimestamp {
    fn parse_timestamp(&self) -> Timestamp;
}

impl ParseTimestamp for str {
    fn parse_timestamp(&self) -> Timestamp {
        Timestamp::parse(self).unwrap()
    }
}

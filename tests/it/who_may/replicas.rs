//! Two gateways (replicas) with one PostgreSQL database and one folder of objects.

use std::net::SocketAddr;
use std::path::PathBuf;

use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::programme::run_gateway;
use gemj_tests::tcp_gate::TcpGate;
use gemj_tests::{Backend, Client, GatewayProcess, Programme};

/// Both replicas. The database is the last field, so that it is dropped last.
pub(super) struct Replicas {
    pub(super) one: GatewayProcess,
    pub(super) two: GatewayProcess,
    /// The TCP relay in front of the database. Only the gateways connect through it; commands connect directly.
    pub(super) gate: TcpGate,
    pub(super) programme: Programme,
    _database: PostgresDatabase,
}

impl Replicas {
    /// Loads a programme with `fill`, and serves it with two gateways. If there is no PostgreSQL, the skip is reported and the result is `None`.
    pub(super) fn of(fill: impl FnOnce(&Programme)) -> Option<Self> {
        let database = PostgresDatabase::create()?;
        let programme = Programme::new(Backend::Postgres(&database.url));
        without_limits(&programme);
        fill(&programme);
        let (before, after) = database.url.split_once('@').unwrap();
        let (server, name) = after.split_once('/').unwrap();
        let gate = TcpGate::before(server.replace("localhost", "127.0.0.1").parse().unwrap());
        let through = format!("{before}@{}/{name}", gate.address);
        let behind = |name: &str, listen: SocketAddr| -> PathBuf {
            let text = std::fs::read_to_string(programme.config()).unwrap();
            let lines = text.lines().map(|line| match line {
                l if l.starts_with("listen = ") => format!("listen = \"{listen}\""),
                l if l.starts_with("public_url = ") => format!("public_url = \"http://{listen}\""),
                l => l.replace(&database.url, &through),
            });
            let path = programme.path(name);
            std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
            path
        };
        let configs = ["one.toml", "two.toml"].map(|name| behind(name, gemj_tests::programme::free_address()));
        let [one, two] = configs.map(|config| programme.serve_with(&config, None));
        Some(Self {
            one,
            two,
            gate,
            programme,
            _database: database,
        })
    }

    /// Like [`Self::of`], with the participants of the small programme.
    pub(super) fn small() -> Option<Self> {
        Self::of(Programme::load_small_data)
    }

    pub(super) fn clients(&self) -> [&Client; 2] {
        [&self.one.client, &self.two.client]
    }
}

/// Switches off the limits on requests of a caller, because these tests send as many requests as possible.
pub(super) fn without_limits(programme: &Programme) {
    let known = run_gateway(["config", "default"]).good().out;
    let text = std::fs::read_to_string(programme.config()).unwrap();
    if known.lines().any(|line| line == "[limits]") && !text.lines().any(|line| line == "[limits]") {
        let limits = "\n[limits]\nrequests_per_minute = 0\nfailed_authentications_per_minute = 0\n";
        std::fs::write(programme.config(), text + limits).unwrap();
    }
}

/// The path of a URL. Every replica must accept a URL that another replica issued.
pub(super) fn path_of(url: &str) -> &str {
    let (_, rest) = url.split_once("://").unwrap();
    &rest[rest.find('/').unwrap()..]
}

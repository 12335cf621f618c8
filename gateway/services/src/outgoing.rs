//! HTTP clients for requests to addresses that the operator states: without proxy, redirects, cookies, decompression or retries.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder};
use url::{Host, Url};

/// The limits of time of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeLimits {
    /// For the connection.
    pub(crate) connect: Duration,
    /// Between two parts of the answer, and until its first part; absent for no limit of its own.
    pub(crate) read: Option<Duration>,
    /// For the whole request.
    pub(crate) total: Duration,
}

/// Why the clients cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientFault {
    /// The file with certificate authorities cannot be read.
    CaFile,
    /// The client cannot be created.
    Client,
}

/// A client for https, and a client for http on this machine.
pub(crate) struct Clients {
    limits: TimeLimits,
    extra_roots: Vec<Certificate>,
    http: Client,
    /// The client for https. It is created at first use, so that a machine without certificate authorities can still use plain HTTP on loopback.
    https: OnceLock<Option<Client>>,
}

impl Clients {
    pub(crate) fn new(limits: TimeLimits, ca_file: Option<&Path>) -> Result<Self, ClientFault> {
        let extra_roots = match ca_file {
            None => Vec::new(),
            Some(path) => {
                let pem = std::fs::read(path).map_err(|_| ClientFault::CaFile)?;
                Certificate::from_pem_bundle(&pem).map_err(|_| ClientFault::CaFile)?
            }
        };
        let http = strict(limits).tls_certs_only(std::iter::empty()).build();
        Ok(Self {
            limits,
            extra_roots,
            http: http.map_err(|_| ClientFault::Client)?,
            https: OnceLock::new(),
        })
    }

    /// The client for a URL that [`is_allowed`] accepts. Absent if the machine has no certificate authorities.
    pub(crate) fn of(&self, url: &Url) -> Option<&Client> {
        if url.scheme() != "https" {
            return Some(&self.http);
        }
        self.https
            .get_or_init(|| {
                let builder = strict(self.limits).https_only(true).tls_certs_merge(self.extra_roots.clone());
                builder.build().ok()
            })
            .as_ref()
    }
}

/// Whether a request may be sent to a URL: https, or http on this machine, without user, password, query and fragment.
pub(crate) fn is_allowed(url: &Url) -> bool {
    let allowed = match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(host)) => is_this_machine(&host),
        _ => false,
    };
    allowed && url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none()
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

fn strict(limits: TimeLimits) -> ClientBuilder {
    let builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .tls_backend_rustls();
    match limits.read {
        Some(read) => builder.read_timeout(read),
        None => builder,
    }
}

//! The state that all request handlers share.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use ga4gh_drs::Authorizations;
use gemj_access::{CapabilityKey, Policy, PolicyInForce};
use gemj_authenticate::Authenticator;
use gemj_catalogue::audit::{AuditLog, checkpoint_operations};
use gemj_catalogue::{PolicyWatch, QueryBudget};
use gemj_model::{Clock, ConsentForm, Entropy, Timestamp};
use gemj_services::Stores;
use gemj_services::beacon::collections::CohortDefinition;
use gemj_services::federation::Federation;
use gemj_services::fhir::{FhirSites, R4Schema};
use gemj_services::registry::Description;
use gemj_services::wes::Workflows;

use super::anonymous_work::AnonymousWork;
use super::download::Downloads;
use super::drain::Drain;
use super::forwarded::ProxyWarning;
use super::limits::Limits;
use super::metrics::{Gauges, Metrics};
use super::metrics_access::MetricsAccess;
use super::observe::access_log::AccessLog;
use super::places::Places;
use super::readiness::Readiness;
use super::refusal_members::HiddenStatus;
use crate::traces::Traces;

/// The state of the running gateway. A reload of the configuration makes a changed clone, which serves the requests that begin later. The parts that
/// must outlive a reload (counters, limits, caches, places) are shared by all clones.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) stores: Stores,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) policy: Policy,
    /// The policy of the newest configuration, for streams and runs that began before a reload.
    pub(crate) in_force: PolicyInForce,
    pub(crate) watch: PolicyWatch,
    pub(crate) audit: AuditLog,
    /// The folder of signed heads and the ledger tail; absent if not configured.
    pub(crate) checkpoint_dir: Option<PathBuf>,
    pub(crate) key: CapabilityKey,
    pub(crate) clock: Arc<dyn Clock>,
    /// The source of the ids of decisions, runs and FHIR resources.
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) about: Description,
    /// The cohorts that Beacon lists: groups of datasets.
    pub(crate) cohorts: Vec<CohortDefinition>,
    /// The partners to which queries are forwarded.
    pub(crate) federation: Federation,
    pub(crate) drs_host: ga4gh_drs::Hostname,
    pub(crate) fhir: Fhir,
    pub(crate) capability_lifetime_s: i64,
    /// The downloads that may be resumed after their URL has expired.
    pub(crate) downloads: Arc<Downloads>,
    /// The places for streams in progress. Each stream takes one place. The number of places is limited, because each stream occupies a thread
    /// while it reads.
    pub(crate) streams: Places,
    /// The time after which a stream is cut if its client reads nothing.
    pub(crate) write_timeout: Duration,
    /// The places for queries to partners in progress. Each query takes one place.
    pub(crate) partner_questions: Places,
    pub(crate) metrics: Arc<Metrics>,
    /// The numbers that the metrics read from the stores.
    pub(crate) gauges: Arc<Gauges>,
    pub(crate) access_log: AccessLog,
    pub(crate) traces: Traces,
    /// The requests in progress, and whether the gateway is about to end.
    pub(crate) drain: Drain,
    /// The time between SIGTERM and the end of accepting connections.
    pub(crate) stop_grace: Duration,
    /// The time after that in which requests in progress may end.
    pub(crate) stop_streams: Duration,
    /// The access to the metrics on the gateway's own address.
    pub(crate) metrics_access: Arc<MetricsAccess>,
    /// The cached result of the last check of the object store.
    pub(crate) readiness: Arc<Readiness>,
    /// The warning about a proxy that the configuration does not name.
    pub(crate) proxy_warning: Arc<ProxyWarning>,
    /// The folder of workflow runs and the engine. Absent if no workflows are configured.
    pub(crate) workflows: Option<Arc<Workflows>>,
    /// The status of answers for ids that the caller has no right to.
    pub(crate) hidden: HiddenStatus,
    pub(crate) limits: Arc<Limits>,
    /// The budgets of computing for callers without credentials.
    pub(crate) anonymous_work: Arc<AnonymousWork>,
    /// The budget of queries of a registered caller. Absent for no limit.
    pub(crate) query_budget: Option<QueryBudget>,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// The header in which a proxy puts the client's certificate; absent if not configured.
    pub(crate) client_certificate_header: Option<String>,
    /// The authorisations that `OPTIONS` names for DRS objects. The value is replaced when the trust settings are reloaded.
    pub(crate) drs_authorizations: Arc<RwLock<Authorizations>>,
}

/// The data that FHIR endpoints need in addition to the stores.
#[derive(Clone)]
pub(crate) struct Fhir {
    /// The R4 JSON Schema. If absent, FHIR accepts no writes.
    pub(crate) schema: Option<Arc<R4Schema>>,
    pub(crate) sites: FhirSites,
    pub(crate) forms: Vec<ConsentForm>,
    /// The start time of the gateway, which is the date of its CapabilityStatement.
    pub(crate) started: String,
}

impl Gateway {
    /// The public URL of a path of the gateway.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.about.base_url)
    }

    /// Copies new consent events to the ledger tail outside the database. A write of consent is answered after this call, so that a withdrawal that
    /// was confirmed survives the loss of the database. If the folder cannot be written, the write is still answered, because it is committed and
    /// effective; the next call copies it.
    pub(crate) async fn keep_consents_outside(&self) {
        if let Some(folder) = &self.checkpoint_dir
            && let Err(error) = checkpoint_operations(&self.stores.catalogue, folder, &self.key).await
        {
            tracing::error!(%error, "a consent event was recorded, but not copied to the ledger tail in audit.checkpoint_dir");
        }
    }

    /// The expiry of a signed URL that is created now.
    pub(crate) fn capability_end(&self) -> Timestamp {
        self.clock.now().plus_seconds(self.capability_lifetime_s)
    }
}

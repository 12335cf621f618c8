//! What every request handler shares.

use std::net::IpAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use ga4gh_drs::Authorizations;
use gemj_access::{CapabilityKey, Policy};
use gemj_authenticate::Authenticator;
use gemj_catalogue::audit::AuditLog;
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
use super::forwarded::ProxyWarning;
use super::limits::Limits;
use super::metrics::Metrics;
use super::metrics_access::MetricsAccess;
use super::places::Places;
use super::readiness::Readiness;
use super::told::HiddenStatus;

/// The running gateway.
pub(crate) struct Gateway {
    pub(crate) stores: Stores,
    pub(crate) authenticator: Authenticator,
    pub(crate) policy: Policy,
    pub(crate) watch: PolicyWatch,
    pub(crate) audit: AuditLog,
    pub(crate) key: CapabilityKey,
    pub(crate) clock: Arc<dyn Clock>,
    /// The ids of decisions, runs and FHIR resources.
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) about: Description,
    /// Groups of datasets, as Beacon lists them.
    pub(crate) cohorts: Vec<CohortDefinition>,
    /// The partners that questions are passed on to.
    pub(crate) federation: Federation,
    pub(crate) drs_host: ga4gh_drs::Hostname,
    pub(crate) fhir: Fhir,
    pub(crate) capability_lifetime_s: i64,
    /// Downloads that may be resumed behind the end of their URL.
    pub(crate) downloads: Downloads,
    /// One place for each stream under way: each holds a thread while it reads, and there are not endlessly many.
    pub(crate) streams: Places,
    /// How long a reader may take nothing of a stream.
    pub(crate) write_timeout: Duration,
    /// One place for each question under way to partners.
    pub(crate) partner_questions: Places,
    pub(crate) metrics: Metrics,
    /// What opens them on the gateway's own address.
    pub(crate) metrics_access: MetricsAccess,
    /// What was seen of the objects.
    pub(crate) readiness: Readiness,
    /// Given where a proxy shows that the configuration does not name.
    pub(crate) proxy_warning: ProxyWarning,
    /// The folder of runs and the engine; absent where no workflows are configured.
    pub(crate) workflows: Option<Arc<Workflows>>,
    /// How what a caller may not know of is answered.
    pub(crate) hidden: HiddenStatus,
    pub(crate) limits: Limits,
    /// How much computing callers without credentials may ask for.
    pub(crate) anonymous_work: AnonymousWork,
    /// How many questions a registered caller may ask; absent is without limit.
    pub(crate) query_budget: Option<QueryBudget>,
    /// Proxies whose word is taken for where a request comes from.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// Where a proxy puts the certificate that a client showed to it; absent where none does.
    pub(crate) client_certificate_header: Option<String>,
    /// How objects are asked for; another one when trust is read again.
    pub(crate) drs_authorizations: RwLock<Authorizations>,
}

/// What FHIR needs beside the stores.
pub(crate) struct Fhir {
    /// Without it nothing is taken in.
    pub(crate) schema: Option<R4Schema>,
    pub(crate) sites: FhirSites,
    pub(crate) forms: Vec<ConsentForm>,
    /// When the gateway started: the date of its CapabilityStatement.
    pub(crate) started: String,
}

impl Gateway {
    /// An address below the public one.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.about.base_url)
    }

    /// The end of a signed URL that is made now.
    pub(crate) fn capability_end(&self) -> Timestamp {
        self.clock.now().plus_seconds(self.capability_lifetime_s)
    }
}

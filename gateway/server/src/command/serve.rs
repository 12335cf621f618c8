//! The command `serve`: serves the gateway on its address.

pub(crate) mod alone;
pub(crate) mod control;
mod ending;
pub(crate) mod reread;
pub(crate) mod surroundings;

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use anyhow::Context as _;
use ga4gh_service_info::Organization;
use gemj_access::{Job, Mandate, Policy, PolicyInForce, Upkeep, WriteAction};
use gemj_authenticate::Authenticator;
use gemj_catalogue::audit::AuditLog;
use gemj_catalogue::{PolicyWatch, QueryBudget};
use gemj_model::{Clock, ConsentForm};
use gemj_services::Stores;
use gemj_services::federation::{Federation, Partner};
use gemj_services::fhir::{FhirSite, FhirSites, R4Schema};
use gemj_services::registry::Description;
use gemj_services::wes::{Supervision, WorkflowOptions, Workflows, supervise};
use gemj_variants::flush_observations;
use rustls::ServerConfig;

use crate::command::seal;
use crate::configuration::{Configuration, WorkflowSettings, oddities};
use crate::configuration::{FederationSettings, FhirSettings, FhirSiteSettings};
use crate::folder_in_use;
use crate::http::anonymous_work::AnonymousWork;
use crate::http::download::Downloads;
use crate::http::drain::Drain;
use crate::http::federation::PARTNER_QUESTIONS;
use crate::http::forwarded::ProxyWarning;
use crate::http::gateway::{Fhir, Gateway};
use crate::http::limits::{Limits, Rates};
use crate::http::metrics::{Gauges, Metrics};
use crate::http::metrics_access::MetricsAccess;
use crate::http::observe::access_log::AccessLog;
use crate::http::observe::observe;
use crate::http::operations::get_metrics_apart;
use crate::http::places::Places;
use crate::http::readiness::Readiness;
use crate::http::refusal_members::HiddenStatus;
use crate::http::serving::{Serving, newest};
use crate::http::{cors, drs, gate, routes};
use crate::installation::Installation;
use crate::service_manager::notify as notify_service_manager;
use crate::sources::Sources;
use crate::tls::{Certificates, Pair};
use crate::traces::Traces;
use ending::Ending;

pub(crate) async fn run(config: &Path, sources: &Sources) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::read(config)?;
    surroundings::refuse_demo(config, &configuration)?;
    for odd in surroundings::oddities_of_place(&configuration) {
        tracing::warn!("{odd}");
    }
    let _alone = alone::serve_alone(&configuration.database.url)?;
    let installation = Installation::open_to_serve(config, sources).await?;
    // Only the gateway that may use the folder of signed heads writes there.
    let _in_use = folder_in_use::hold(&installation).await?;
    seal::close_if_restored(&installation).await?;
    let listeners = installation.configuration.server.listen.bind()?;
    let metrics_listener = installation
        .configuration
        .metrics
        .listen
        .map(|address| TcpListener::bind(address).with_context(|| format!("metrics.listen: {address}")));
    let metrics_listener = metrics_listener.transpose()?;
    let workers = installation.configuration.server.workers;
    let tls = open_tls(&installation)?;
    let serving = prepare(installation).await?;
    let reloader = reread::Reloader::new(config, serving.clone(), tls.clone())?;
    let control = control::obey(config, &reloader);
    let reread = reread::reread_at_hangup(reloader)?;
    // The line is printed after all parts of the configuration have been checked and opened, so that a script can wait for it.
    let scheme = if tls.is_some() { "https" } else { "http" };
    for listener in &listeners {
        println!("listening on {scheme}://{}", listener.local_addr()?);
    }
    let metrics = metrics_apart(&serving.current(), metrics_listener)?;
    notify_service_manager("READY=1");
    let tls = tls.map(|certificates| certificates.server()).transpose()?;
    let served = serve(serving, workers, listeners, tls).await;
    if let Some(metrics) = metrics {
        metrics.stop(false).await;
    }
    served?;
    reread.abort();
    control.abort();
    Ok(ExitCode::SUCCESS)
}

/// Reads the certificate of the gateway's own address. A certificate whose dates are wrong is used, because a stopped gateway serves its clients no
/// better. Absent if TLS ends at a proxy.
fn open_tls(installation: &Installation) -> anyhow::Result<Option<Arc<Certificates>>> {
    let Some(settings) = &installation.configuration.server.tls else {
        return Ok(None);
    };
    let pair = Pair::read(settings).context("server.tls")?;
    if let Some(fault) = pair.fault_at(installation.clock.now(), &settings.certificate_file) {
        tracing::error!("server.tls: {fault}");
    }
    Ok(Some(Certificates::new(pair)))
}

/// Serves only the metrics, on a separate address. Absent if the configuration names no separate address.
fn metrics_apart(gateway: &web::Data<Gateway>, listener: Option<TcpListener>) -> anyhow::Result<Option<ServerHandle>> {
    let Some(listener) = listener else { return Ok(None) };
    let gateway = gateway.clone();
    let app = move || {
        App::new()
            .app_data(gateway.clone())
            .route("/metrics", web::get().to(get_metrics_apart))
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener)?.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Some(handle))
}

/// Checks every part of the configuration and opens the parts that are not open yet. Returns the gateway's state.
pub(crate) async fn prepare(installation: Installation) -> anyhow::Result<Serving> {
    take_in_pending(&installation).await;
    Ok(Serving::new(gateway(installation).await?))
}

/// The time in which a client must end its TLS handshake. A lost packet at each of the first two steps costs a distant client up to six seconds (RFC 6298
/// § 2: the first retransmissions begin after 1 s and 2 s), so the three seconds of the HTTP server are too short.
const TLS_HANDSHAKE_WITHIN: Duration = Duration::from_secs(20);

/// Serves until the process receives a termination signal. Then ends the requests in progress and closes the audit chain (`ending`). With `tls`, the
/// addresses serve only TLS.
pub(crate) async fn serve(serving: Serving, workers: usize, listeners: Vec<TcpListener>, tls: Option<ServerConfig>) -> anyhow::Result<()> {
    let gateway = serving.current();
    let ending = Ending::prepare(&gateway, &listeners)?;
    let supervisor = gateway
        .workflows
        .clone()
        .map(|workflows| tokio::spawn(supervise(supervision(&gateway, workflows))));
    tokio::spawn(warm(gateway.clone()));
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(serving.clone())
            .wrap(from_fn(gate::gate))
            .wrap(from_fn(cors::cors))
            .wrap(from_fn(observe))
            .wrap(from_fn(newest))
            .configure(routes::register)
    })
    .workers(workers)
    .tls_handshake_timeout(TLS_HANDSHAKE_WITHIN)
    .disable_signals();
    for listener in listeners {
        server = match &tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls.clone())?,
            None => server.listen(listener)?,
        };
    }
    ending.serve_until_told(server.run()).await?;
    if let Some(supervisor) = supervisor {
        // Only the supervision stops here. The engines continue to run, and the next process supervises them.
        supervisor.abort();
    }
    let closed = gateway.audit.close().await.context("closing the audit chain");
    gateway.traces.flush().await;
    gateway.access_log.flush();
    closed
}

/// Reads and folds the filtering terms of every dataset in advance, so that no caller has to wait for this work.
async fn warm(gateway: web::Data<Gateway>) {
    for dataset in gateway.policy.datasets() {
        if let Err(error) = gateway.stores.catalogue.warm_terms(&dataset.id).await {
            tracing::warn!(%error, "the terms of a dataset could not be read ahead");
        }
    }
}

/// The parts of the gateway that the supervisor of workflow runs needs.
fn supervision(gateway: &Gateway, workflows: Arc<Workflows>) -> Supervision {
    Supervision {
        stores: gateway.stores.clone(),
        workflows,
        watch: gateway.watch.clone(),
        policy: gateway.in_force.clone(),
        audit: gateway.audit.clone(),
        key: gateway.key.clone(),
        clock: Arc::clone(&gateway.clock),
        upkeep: Upkeep::of(Job::SuperviseRuns),
        mandate: Mandate::supervisor(),
    }
}

/// Opens the folder of runs and tests the workflow engine. Absent if no workflows are configured.
async fn workflows(settings: Option<WorkflowSettings>) -> anyhow::Result<Option<Arc<Workflows>>> {
    let Some(settings) = settings else { return Ok(None) };
    let options = WorkflowOptions {
        directory: settings.directory,
        cwltool: settings.cwltool,
        bwrap: settings.bwrap,
        require_isolation: settings.require_isolation,
        slots: settings.slots,
        wall_clock_s: settings.wall_clock_s,
        max_output_bytes: settings.max_output_bytes,
        sandbox: settings.limits,
        shown_every_s: settings.shown_every_s,
        upload_timeout_s: settings.upload_timeout_s,
        runs_per_day: std::num::NonZeroU32::new(settings.runs_per_day),
    };
    Ok(Some(Arc::new(Workflows::open(&options).await.context("workflows")?)))
}

/// Adds the alleles of case reports that an interrupted `ingest` left pending to the carrier index. If this fails, the alleles stay pending.
/// Queries then find fewer carriers, but never wrong carriers.
async fn take_in_pending(installation: &Installation) {
    let mandate = Mandate::operator(WriteAction::Ingest);
    if let Err(error) = flush_observations(&installation.stores.catalogue, &installation.stores.objects, &mandate).await {
        tracing::warn!(%error, "case reports stay pending");
    }
}

fn federation(settings: FederationSettings, ca_file: Option<&Path>) -> anyhow::Result<Federation> {
    let mut partners = Vec::with_capacity(settings.partners.len());
    for partner in settings.partners {
        let organization = Organization::new(partner.organization_name, partner.organization_url);
        let context = format!("federation.partner: '{}'", partner.id);
        let made = Partner::new(partner.id, partner.name, organization, &partner.beacon_url, partner.token_file);
        partners.push(made.context(context)?.with_dialect(partner.dialect));
    }
    Federation::new(partners, Duration::from_millis(settings.deadline_ms), ca_file).context("federation")
}

/// The configured part of decisions. The subtypes of the diseases in datasets' use conditions come from the ontology release that is loaded
/// now.
async fn policy(configuration: &Configuration, stores: &Stores) -> anyhow::Result<Policy> {
    let mut descendants = HashMap::new();
    for dataset in &configuration.datasets {
        for odd in oddities(dataset) {
            tracing::warn!("{odd}");
        }
        for disease in dataset.data_use.iter().flat_map(|term| &term.diseases) {
            let expansion = stores.catalogue.expand_term(disease, true).await.context("diseases of datasets")?;
            if expansion.known {
                descendants.insert(disease.clone(), expansion.ids.into_iter().collect());
            } else {
                tracing::warn!(
                    "dataset '{}': no loaded ontology release contains {disease}: its subtypes are unknown",
                    dataset.id
                );
            }
        }
    }
    let (datasets, organisations) = (configuration.datasets.clone(), configuration.organisations.clone());
    Ok(Policy::new(datasets, organisations, configuration.privacy.public_k)
        .with_disease_descendants(descendants)
        .with_region_budget_bp(configuration.policy.region_budget_bp))
}

async fn gateway(installation: Installation) -> anyhow::Result<Gateway> {
    let Installation {
        configuration,
        stores,
        key,
        forms,
        clock,
        entropy,
        version,
    } = installation;
    let checkpoint_dir = configuration.files_outside();
    let base_url = configuration.public_base();
    let host = configuration.server.public_url.host_str().unwrap_or_default();
    let drs_host = ga4gh_drs::Hostname::parse(host).context("server.public_url: drs:// URIs need a host name or an IPv4 address")?;
    let datasets = configuration.datasets.iter().map(|d| d.id.clone()).collect();
    let rules = configuration.consent.rules();
    let policy = policy(&configuration, &stores).await?;
    policy.bans().replace(configuration.authentication.bans());
    let service = configuration.service;
    let federation = federation(configuration.federation, configuration.authentication.ca_file.as_deref())?;
    let token_endpoint = format!("{base_url}{}", crate::http::fhir::TOKEN_PATH);
    let authenticator =
        Authenticator::new(&configuration.authentication, Arc::clone(&clock))?.with_token_endpoint(key.clone(), token_endpoint);
    let fhir = fhir(configuration.fhir, &forms, clock.as_ref())?;
    let audit = AuditLog::open(stores.catalogue.clone(), Arc::clone(&clock), checkpoint_dir.clone(), key.clone())
        .await
        .context("audit")?;
    let workflows = workflows(configuration.workflows).await?;
    let drs_authorizations = Arc::new(RwLock::new(drs::authorizations(&configuration.authentication)));
    Ok(Gateway {
        watch: PolicyWatch::new(stores.catalogue.clone(), forms, datasets, Arc::clone(&clock) as Arc<dyn Clock>).with_rules(rules),
        stores,
        authenticator: Arc::new(authenticator),
        in_force: PolicyInForce::new(policy.clone()),
        policy,
        audit,
        checkpoint_dir,
        key,
        clock,
        entropy,
        about: Description {
            id: service.id.clone(),
            name: service.name,
            organization: Organization::new(service.organization_name, service.organization_url),
            contact_url: service.contact_url,
            environment: service.environment,
            version: version.to_owned(),
            base_url,
            partners: federation.partners().iter().map(Partner::registered).collect(),
            runs_workflows: workflows.is_some(),
        },
        cohorts: configuration.cohorts,
        federation,
        drs_host,
        fhir,
        capability_lifetime_s: i64::from(configuration.capabilities.lifetime_s),
        downloads: Arc::new(Downloads::new(configuration.capabilities.resume_s)),
        streams: Places::new(configuration.limits.streams()),
        write_timeout: Duration::from_secs(configuration.limits.write_timeout_s.into()),
        partner_questions: Places::new(PARTNER_QUESTIONS),
        metrics: Arc::new(Metrics::default()),
        gauges: Arc::new(Gauges::default()),
        access_log: AccessLog::open(configuration.log.format),
        traces: Traces::open(configuration.traces.as_ref(), &service.id)?,
        drain: Drain::default(),
        stop_grace: Duration::from_secs(configuration.server.stop_grace_s.into()),
        stop_streams: Duration::from_secs(configuration.server.stop_streams_s.into()),
        metrics_access: Arc::new(MetricsAccess::read(&configuration.metrics)?),
        readiness: Arc::new(Readiness::default()),
        proxy_warning: Arc::new(ProxyWarning::default()),
        workflows,
        hidden: match configuration.policy.hidden_status {
            403 => HiddenStatus::Forbidden,
            _ => HiddenStatus::NotFound,
        },
        limits: Arc::new(Limits::new(Rates {
            requests_per_minute: configuration.limits.requests_per_minute,
            anonymous_requests_per_minute: configuration
                .limits
                .anonymous_requests_per_minute
                .unwrap_or(configuration.limits.requests_per_minute),
            failures_per_minute: configuration.limits.failed_authentications_per_minute,
        })),
        anonymous_work: Arc::new(AnonymousWork::new(configuration.limits.anonymous_work_ms_per_minute)),
        query_budget: (configuration.policy.registered_questions > 0).then_some(QueryBudget {
            questions: configuration.policy.registered_questions,
            window_s: configuration.policy.registered_window_s,
        }),
        trusted_proxies: configuration.server.trusted_proxies,
        client_certificate_header: configuration.server.client_certificate_header,
        drs_authorizations,
    })
}

fn fhir(settings: FhirSettings, forms: &[ConsentForm], clock: &dyn Clock) -> anyhow::Result<Fhir> {
    let schema = settings.r4_schema.as_deref().map(R4Schema::read).transpose();
    Ok(Fhir {
        schema: schema.context("fhir.r4_schema")?.map(Arc::new),
        sites: FhirSites::new(fhir_sites(settings.sites)),
        forms: forms.to_vec(),
        started: clock.now().rfc3339(),
    })
}

/// The hospitals' numbering systems. A site without a namespace has its own id as namespace.
fn fhir_sites(settings: Vec<FhirSiteSettings>) -> Vec<FhirSite> {
    let site = |site: FhirSiteSettings| FhirSite {
        namespace: site.namespace.unwrap_or_else(|| site.id.as_str().to_owned()),
        site: site.id,
        patient_number_system: site.patient_number_system,
    };
    settings.into_iter().map(site).collect()
}

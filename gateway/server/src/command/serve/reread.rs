//! Reload of the configuration while the gateway serves, at SIGHUP or by the command `reload`. A new approval, issuer, dataset, organisation, hospital,
//! partner or client takes effect without a restart. A configuration with a fault changes nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use anyhow::Context as _;
use gemj_catalogue::PolicyWatch;
use gemj_model::{Clock, SystemClock};
use gemj_services::federation::Partner;
use gemj_services::fhir::FhirSites;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use super::{federation, fhir_sites, policy};
use crate::configuration::{Configuration, ConfigurationError, faults_of_files};
use crate::http::drs;
use crate::http::gateway::Gateway;
use crate::http::serving::Serving;
use crate::private_files::faults_of_permissions;
use crate::tls::{Certificates, Pair};

/// Reads the configuration of a serving gateway again.
pub(crate) struct Reloader {
    config: PathBuf,
    serving: Serving,
    /// The certificate of the gateway's own address. Absent if TLS ends at a proxy.
    tls: Option<Arc<Certificates>>,
    /// The values of the start that only a restart changes.
    fixed: Mutex<Vec<(&'static str, String)>>,
}

impl Reloader {
    pub(crate) fn new(config: &Path, serving: Serving, tls: Option<Arc<Certificates>>) -> anyhow::Result<Arc<Self>> {
        let fixed = Mutex::new(fixed(&Configuration::read(config)?));
        Ok(Arc::new(Self {
            config: std::path::absolute(config)?,
            serving,
            tls,
            fixed,
        }))
    }

    /// Reads the configuration, checks it completely, and then uses it for every request and decision that begins after this call. Tokens that were
    /// verified earlier, and streams and runs in progress, are decided again. Returns notes for the operator.
    ///
    /// # Errors
    /// The configuration has faults, or a part of it cannot be used. Nothing was changed.
    pub(crate) async fn reload(&self) -> anyhow::Result<Vec<String>> {
        // One reload at a time: two would replace each other's halves.
        let fixed_before = self.fixed.lock().await;
        let config = self.config.clone();
        let configuration = tokio::task::spawn_blocking(move || read(&config)).await??;
        let before = self.serving.current();
        let mut after = changed(&before, &configuration).await?;
        let watch = watch_of(&before, &configuration);
        watch.current().await.context("the consents and approvals cannot be read")?;
        let pair = self.changed_pair(&configuration)?;
        let trust = &configuration.authentication;
        // The last step that can fail. A fault leaves issuers, roles and clients as they are, and nothing else has been changed before.
        let is_new = before.authenticator.replace(trust)?;
        if let (Some(certificates), Some(pair)) = (&self.tls, pair) {
            certificates.replace(pair);
        }
        before.policy.bans().replace(trust.bans());
        after.in_force.replace(after.policy.clone());
        before.watch.replace(&watch);
        after.watch = before.watch.clone();
        if is_new {
            *after.drs_authorizations.write().unwrap_or_else(PoisonError::into_inner) = drs::authorizations(trust);
        }
        self.serving.replace(after);
        Ok(fixed_before
            .iter()
            .zip(fixed(&configuration))
            .filter(|((_, old), (_, new))| old != new)
            .map(|((name, _), _)| format!("{name} has changed; only a restart uses the new value"))
            .collect())
    }
}

impl Reloader {
    /// The certificate of the files, with its key. A changed certificate must be valid now. An unchanged one is not refused for its dates, because a
    /// reload that bans a caller must not wait for a certificate.
    fn changed_pair(&self, configuration: &Configuration) -> anyhow::Result<Option<Pair>> {
        let (Some(certificates), Some(settings)) = (&self.tls, &configuration.server.tls) else {
            return Ok(None);
        };
        let pair = Pair::read(settings).context("server.tls")?;
        if pair.leaf() != certificates.current().leaf()
            && let Some(fault) = pair.fault_at(SystemClock::default().now(), &settings.certificate_file)
        {
            anyhow::bail!("server.tls.certificate_file: {fault}");
        }
        Ok(Some(pair))
    }
}

/// Reads and checks the configuration with its files, as `config check` does.
fn read(config: &Path) -> anyhow::Result<Configuration> {
    let examined = Configuration::examine(config)?;
    let mut faults = examined.faults.clone();
    if let Some(configuration) = &examined.configuration {
        let files = faults_of_files(configuration).into_iter();
        faults = examined.with_lines(files.chain(faults_of_permissions(configuration)).collect());
    }
    match examined.configuration {
        Some(configuration) if faults.is_empty() => Ok(configuration),
        _ => Err(ConfigurationError::Faulty {
            path: config.to_owned(),
            faults,
        }
        .into()),
    }
}

/// A clone of the gateway with the sections of a new configuration that can change without a restart.
async fn changed(before: &Gateway, configuration: &Configuration) -> anyhow::Result<Gateway> {
    let policy = policy(configuration, &before.stores).await?.with_bans(before.policy.bans().clone());
    let ca_file = configuration.authentication.ca_file.as_deref();
    let federation = federation(configuration.federation.clone(), ca_file)?;
    let mut about = before.about.clone();
    about.partners = federation.partners().iter().map(Partner::registered).collect();
    let mut after = before.clone();
    after.policy = policy;
    after.cohorts.clone_from(&configuration.cohorts);
    after.federation = federation;
    after.about = about;
    after.fhir.sites = FhirSites::new(fhir_sites(configuration.fhir.sites.clone()));
    Ok(after)
}

/// A watch of the same ledgers for the datasets and rules of a new configuration.
fn watch_of(before: &Gateway, configuration: &Configuration) -> PolicyWatch {
    let datasets = configuration.datasets.iter().map(|dataset| dataset.id.clone()).collect();
    let clock: Arc<dyn Clock> = Arc::clone(&before.clock);
    PolicyWatch::new(before.stores.catalogue.clone(), before.fhir.forms.clone(), datasets, clock).with_rules(configuration.consent.rules())
}

/// The values that only a restart changes, by name.
fn fixed(configuration: &Configuration) -> Vec<(&'static str, String)> {
    let server = &configuration.server;
    vec![
        ("server.listen", server.listen.to_string()),
        ("server.public_url", server.public_url.to_string()),
        ("server.workers", server.workers.to_string()),
        ("server.tls", server.tls.is_some().to_string()),
        ("server.trusted_proxies", format!("{:?}", server.trusted_proxies)),
        (
            "server.client_certificate_header",
            format!("{:?}", server.client_certificate_header),
        ),
        ("server.stop_grace_s", server.stop_grace_s.to_string()),
        ("server.stop_streams_s", server.stop_streams_s.to_string()),
        ("log", format!("{:?}", configuration.log)),
        ("traces", format!("{:?}", configuration.traces)),
        ("service", format!("{:?}", configuration.service)),
        ("database", format!("{:?}", configuration.database)),
        ("objects", format!("{:?}", configuration.objects)),
        ("capabilities", format!("{:?}", configuration.capabilities)),
        ("policy", format!("{:?}", configuration.policy)),
        ("limits", format!("{:?}", configuration.limits)),
        ("audit", format!("{:?}", configuration.audit)),
        ("metrics", format!("{:?}", configuration.metrics)),
        ("workflows", format!("{:?}", configuration.workflows)),
        ("consent.forms_dir", format!("{:?}", configuration.consent.forms_dir)),
        ("fhir.r4_schema", format!("{:?}", configuration.fhir.r4_schema)),
    ]
}

/// Reloads the configuration at every SIGHUP, and logs the result.
pub(crate) fn reread_at_hangup(reloader: Arc<Reloader>) -> anyhow::Result<JoinHandle<()>> {
    let mut hangups = signal(SignalKind::hangup()).context("SIGHUP")?;
    Ok(tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            match reloader.reload().await {
                Ok(notes) => {
                    tracing::info!("the configuration was read again");
                    for note in notes {
                        tracing::warn!("{note}");
                    }
                }
                Err(error) => tracing::error!("the configuration is unchanged: {error:#}"),
            }
        }
    }))
}

//! The partner gateways to which variant queries are forwarded.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ga4gh_beacon::{SERVICE_TYPE_ARTIFACT, SERVICE_TYPE_VERSION};
use ga4gh_service_info::{ExternalService, Organization, Service, ServiceType};
use url::Url;

use super::dialect::{Dialect, Learned};
use crate::outgoing::is_allowed;

/// One partner of the federation, as the operator configured it.
#[derive(Clone, Debug)]
pub struct Partner {
    id: String,
    name: String,
    organization: Organization,
    beacon_url: String,
    pub(super) g_variants: Url,
    pub(super) token_file: Option<PathBuf>,
    dialect: Option<Dialect>,
    learned: Arc<Mutex<Learned>>,
}

/// Why the configured partners cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartnerFault {
    /// The address of a partner is not https and not http on this machine, or it contains a user, a password, a query or a fragment.
    #[error("beacon_url: https is expected, or http on this machine, without user, password, query and fragment")]
    Url,
    /// Two partners have the same id.
    #[error("two partners have the same id")]
    Twice,
    /// The file with certificate authorities cannot be read.
    #[error("the file of certificate authorities cannot be read")]
    CaFile,
    /// The HTTP client cannot be created.
    #[error("the HTTP client cannot be created")]
    Client,
}

impl Partner {
    /// A partner with its Beacon at `beacon_url`. `token_file` contains the bearer token that the partner issued to this gateway.
    ///
    /// # Errors
    /// [`PartnerFault::Url`].
    pub fn new(
        id: String,
        name: String,
        organization: Organization,
        beacon_url: &Url,
        token_file: Option<PathBuf>,
    ) -> Result<Self, PartnerFault> {
        if !is_allowed(beacon_url) {
            return Err(PartnerFault::Url);
        }
        let beacon_url = beacon_url.as_str().trim_end_matches('/').to_owned();
        let g_variants = Url::parse(&format!("{beacon_url}/g_variants")).map_err(|_| PartnerFault::Url)?;
        Ok(Self {
            id,
            name,
            organization,
            beacon_url,
            g_variants,
            token_file,
            dialect: None,
            learned: Arc::default(),
        })
    }

    /// Sets the form in which the partner is queried. If absent, the gateway learns the form.
    #[must_use]
    pub fn with_dialect(self, dialect: Option<Dialect>) -> Self {
        Self { dialect, ..self }
    }

    /// The form of query that the operator set; absent if the gateway learns it.
    pub(super) fn configured_dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    /// The form and address that the gateway learned for the partner. Each change under the lock is complete, so a poisoned lock is still
    /// usable.
    pub(super) fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of one of the partner's descriptions, for example `service-info` or `map`.
    pub(super) fn description(&self, name: &str) -> Option<Url> {
        Url::parse(&format!("{}/{name}", self.beacon_url)).ok()
    }

    /// The address that the partner's `map` names, if its origin is the partner's own. A partner cannot redirect queries to another origin.
    pub(super) fn address_of(&self, named: &str) -> Option<Url> {
        let named = self.g_variants.join(named).ok()?;
        let plain = named.username().is_empty() && named.password().is_none() && named.query().is_none() && named.fragment().is_none();
        (named.origin() == self.g_variants.origin() && plain).then_some(named)
    }

    /// The partner's id in the registry and in responses.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The partner's display name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The partner's entry in the registry. The version of the partner's software is unknown.
    #[must_use]
    pub fn registered(&self) -> ExternalService {
        let kind = ServiceType::ga4gh(SERVICE_TYPE_ARTIFACT, SERVICE_TYPE_VERSION);
        let mut service = Service::new(self.id.clone(), self.name.clone(), kind, self.organization.clone(), "unknown");
        service.description = Some("A partner's Beacon to which queries are forwarded.".to_owned());
        ExternalService::new(service, self.beacon_url.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_another_origin_in_a_map_is_ignored() {
        let url = Url::parse("https://a.example/beacon").unwrap_or_else(|_| unreachable!());
        let partner = Partner::new("p".into(), "p".into(), Organization::new("o", "https://o.example"), &url, None);
        let partner = partner.unwrap_or_else(|_| unreachable!());
        let address = |named: &str| partner.address_of(named).map(|url| url.to_string());
        assert_eq!(
            address("https://a.example/api/g_variants").as_deref(),
            Some("https://a.example/api/g_variants")
        );
        for elsewhere in [
            "https://b.example/g_variants",
            "http://a.example/g_variants",
            "https://a.example:8443/g_variants",
            "https://u:p@a.example/g_variants",
            "https://a.example/g_variants?x=1",
            "//b.example/x",
        ] {
            assert_eq!(address(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn only_https_addresses_and_this_machine_are_accepted() {
        let made = |text: &str| {
            let url = Url::parse(text).ok()?;
            let body = Organization::new("o", "https://o.example");
            Partner::new("p".into(), "p".into(), body, &url, None).ok()
        };
        for (url, asked) in [
            ("https://a.example/beacon", "https://a.example/beacon/g_variants"),
            ("https://a.example/beacon/", "https://a.example/beacon/g_variants"),
            ("http://127.0.0.1:8/beacon", "http://127.0.0.1:8/beacon/g_variants"),
            ("http://[::1]:8", "http://[::1]:8/g_variants"),
            ("http://localhost/b", "http://localhost/b/g_variants"),
        ] {
            assert_eq!(made(url).map(|p| p.g_variants.to_string()).as_deref(), Some(asked));
        }
        for url in [
            "http://a.example/beacon",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "https://u:p@a.example/",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "ftp://a.example/",
            "file:///etc/passwd",
        ] {
            assert!(made(url).is_none(), "{url}");
        }
    }
}

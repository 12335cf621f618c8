//! The WES endpoint `GET /service-info`.

use std::collections::BTreeMap;

use ga4gh_service_info::Service;
use ga4gh_wes::{State, WesServiceInfo};
use gemj_catalogue::{Catalogue, CatalogueError};
use gemj_model::Timestamp;

use super::answers::wes_state;
use crate::registry::{Description, Offered};

/// The only supported workflow language.
pub(super) const LANGUAGE: &str = "CWL";

/// The supported versions of the workflow language.
pub(super) const LANGUAGE_VERSIONS: [&str; 3] = ["v1.0", "v1.1", "v1.2"];

/// The name of the workflow engine.
pub(super) const ENGINE: &str = "cwltool";

/// Describes WES. If there is no engine (`engine_version` is absent), the description lists no workflow language.
///
/// The counts of runs are as of `until`, the end of the last time step ([`super::Steps`]), because these numbers are public.
///
/// # Errors
/// The catalogue is unavailable.
pub async fn service_info(
    about: &Description,
    catalogue: &Catalogue,
    engine_version: Option<&str>,
    until: Timestamp,
) -> Result<Service, CatalogueError> {
    let counts = catalogue.public_run_counts(until).await?;
    let counted: BTreeMap<State, u64> = counts.into_iter().map(|(state, count)| (wes_state(state), count)).collect();
    let versions = |name: &str, versions: &[&str]| {
        let versions = versions.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
        BTreeMap::from([(name.to_owned(), versions)])
    };
    let info = WesServiceInfo {
        workflow_type_versions: engine_version.map(|_| versions(LANGUAGE, &LANGUAGE_VERSIONS)).unwrap_or_default(),
        supported_filesystem_protocols: engine_version.map(|_| "drs".to_owned()).into_iter().collect(),
        workflow_engine_versions: engine_version.map(|version| versions(ENGINE, &[version])).unwrap_or_default(),
        default_workflow_engine_parameters: Vec::new(),
        system_state_counts: counted,
        auth_instructions_url: about.organization.url.clone(),
        tags: BTreeMap::new(),
    };
    Ok(info.describe(crate::registry::service_info(about, Offered::Wes)))
}

//! `/`, `/info`, `/configuration`, `/map` and `/entry_types`: the description of this Beacon.

use actix_web::{HttpResponse, web};
use ga4gh_beacon::{
    BeaconError, BeaconInfo, BeaconOrganization, ConfigurationResponse, ENDPOINTS, Endpoint, EntryType, EntryTypeDefinition,
    EntryTypesResponse, Environment, Granularity, InfoResponse, MapResponse, ProductionStatus, SecurityAttributes, SecurityLevel,
};
use gemj_services::beacon::PublicRule;

use super::path::ROOT;
use super::{beacon_id, error};
use crate::http::gateway::Gateway;
use crate::http::routes::ROUTES;

/// `GET /info` and `GET /`: describes this Beacon and its organisation.
pub(crate) async fn get_info(gateway: web::Data<Gateway>) -> HttpResponse {
    let about = &gateway.about;
    let organization = BeaconOrganization {
        id: about.id.clone(),
        name: about.organization.name.clone(),
        welcome_url: Some(about.organization.url.clone()),
        contact_url: about.contact_url.clone(),
    };
    let mut info = BeaconInfo::new(
        &beacon_id(&gateway),
        &format!("{}: Beacon", about.name),
        about.environment,
        organization,
    );
    info.version = Some(about.version.clone());
    info.description = Some(PublicRule(gateway.policy.public_k()).en());
    HttpResponse::Ok().json(InfoResponse::new(info))
}

/// `GET /configuration`: the configuration of this Beacon, with its entry types.
pub(crate) async fn get_configuration(gateway: web::Data<Gateway>) -> HttpResponse {
    let status = match gateway.about.environment {
        Environment::Prod => ProductionStatus::Prod,
        Environment::Test | Environment::Staging => ProductionStatus::Test,
        Environment::Dev => ProductionStatus::Dev,
    };
    let is_public = gateway.policy.datasets().iter().any(|dataset| dataset.public_boolean);
    let public = is_public.then_some(SecurityLevel::Public);
    let security = SecurityAttributes {
        default_granularity: Granularity::Boolean,
        security_levels: public
            .into_iter()
            .chain([SecurityLevel::Registered, SecurityLevel::Controlled])
            .collect(),
    };
    let (first, others) = entry_types();
    HttpResponse::Ok().json(ConfigurationResponse::new(&beacon_id(&gateway), status, security, first, others))
}

/// `GET /entry_types`: the definitions of all entry types.
pub(crate) async fn get_entry_types(gateway: web::Data<Gateway>) -> HttpResponse {
    let (first, others) = entry_types();
    HttpResponse::Ok().json(EntryTypesResponse::new(&beacon_id(&gateway), first, others))
}

/// All entry types: the first one, and the others. Only genomic variants cannot be requested without a restriction.
fn entry_types() -> (EntryTypeDefinition, Vec<EntryTypeDefinition>) {
    let of = |entry| EntryTypeDefinition::of(entry, entry != EntryType::GenomicVariant);
    let others = EntryType::ALL.into_iter().filter(|entry| *entry != EntryType::GenomicVariant);
    (of(EntryType::GenomicVariant), others.map(of).collect())
}

/// `GET /map`: exactly the endpoints of the route table.
pub(crate) async fn get_map(gateway: web::Data<Gateway>) -> HttpResponse {
    match MapResponse::of_served(&beacon_id(&gateway), &gateway.url(ROOT), served()) {
        Some(map) => HttpResponse::Ok().json(map),
        None => error(&gateway, None, None, &BeaconError::Internal),
    }
}

/// The endpoints of the Beacon specification that are in the route table.
fn served() -> impl Iterator<Item = &'static Endpoint> {
    let is_served = |endpoint: &&Endpoint| ROUTES.iter().any(|route| route.template.strip_prefix(ROOT) == Some(endpoint.path));
    ENDPOINTS.iter().filter(is_served)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::http::routes::Standard;

    #[test]
    fn exactly_the_endpoints_and_methods_of_the_specification_are_served() {
        let wanted: BTreeSet<(&str, &str)> = ENDPOINTS
            .iter()
            .flat_map(|endpoint| {
                ["get"]
                    .into_iter()
                    .chain(endpoint.takes_post().then_some("post"))
                    .map(|method| (endpoint.path, method))
            })
            .collect();
        let routes = ROUTES.iter().filter(|route| route.template.starts_with(ROOT));
        let served: BTreeSet<(&str, &str)> = routes
            .map(|route| {
                assert_eq!(route.standard, Standard::Beacon);
                (route.template.strip_prefix(ROOT).unwrap_or_default(), route.method)
            })
            // The route table contains the root both without and with a slash at its end. Only one of the two paths is compared.
            .filter(|(path, _)| !path.is_empty())
            .collect();
        assert_eq!(served, wanted);
    }
}

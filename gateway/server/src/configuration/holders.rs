//! Warnings about roles and clients whose scope is an unknown site. Such an entry opens nothing, so it is no fault. The warning shows the cause to the
//! operator.

use super::{Configuration, Fault};

/// A warning for each role and client whose scope is a site that the configuration does not name.
pub(crate) fn oddities_of_holders(configuration: &Configuration) -> Vec<Fault> {
    let trust = &configuration.authentication;
    let roles = trust
        .roles
        .iter()
        .enumerate()
        .map(|(index, role)| (format!("authentication.role[{index}].scope"), role.role, &role.scope));
    let clients = trust
        .clients
        .iter()
        .enumerate()
        .map(|(index, client)| (format!("authentication.client[{index}].scope"), client.role, &client.scope));
    let is_known = |name: &str| {
        let declared = configuration.sites.iter().any(|site| site.id.as_str() == name);
        declared || configuration.fhir.sites.iter().any(|site| site.id.as_str() == name)
    };
    let unknown = roles.chain(clients).filter_map(|(place, role, scope)| {
        let site = scope.as_deref().filter(|site| role.has_site_as_scope() && !is_known(site))?;
        Some(Fault::at(
            place,
            format!("the scope '{site}' is no site of this configuration, so its holder sees nothing; correct the name, or add the site to [[sites]]"),
        ))
    });
    unknown.collect()
}

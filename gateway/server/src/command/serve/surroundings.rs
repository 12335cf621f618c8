//! Checks before serving: rejects a demo's configuration, and warns about the network around the gateway.

use std::path::Path;

use crate::command::demo;
use crate::command_error::CommandError;
use crate::configuration::Configuration;

/// Rejects a demo's configuration, because its participants are synthetic and the private keys of its issuers are in the same folder.
pub(super) fn refuse_demo(config: &Path, configuration: &Configuration) -> anyhow::Result<()> {
    let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    anyhow::ensure!(
        !configuration.demo && !demo::is_of_demo(folder),
        CommandError::ServesNoDemo {
            file: config.display().to_string()
        }
    );
    Ok(())
}

/// Warnings for the operator about the network around the gateway, one sentence each.
pub(crate) fn oddities_of_place(configuration: &Configuration) -> Vec<String> {
    let server = &configuration.server;
    let mut odd = Vec::new();
    // Without a certificate of its own, the gateway serves no TLS. A public https address then implies a proxy in front, at which TLS ends.
    if server.tls.is_none() && server.trusted_proxies.is_empty() && server.public_url.scheme() == "https" {
        odd.push(
            "server.trusted_proxies is empty, and server.public_url is https: every request seems to come from the proxy, and all callers without \
             credentials share one budget of requests. Name its address"
                .to_owned(),
        );
    }
    let is_local = server.public_url.host_str().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
    });
    if server.public_url.scheme() == "http" && !is_local {
        odd.push(
            "server.public_url is http and not on this machine: tokens and data would travel unencrypted, and clients refuse such a gateway. Use https \
             behind a proxy"
                .to_owned(),
        );
    }
    odd
}

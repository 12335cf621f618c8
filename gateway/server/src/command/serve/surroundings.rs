//! What of a configuration cannot be served, and what is odd about where it is served.

use std::path::Path;

use crate::command::demo;
use crate::configuration::Configuration;

/// Refuses a demo's configuration: everybody in it is invented, and the keys of its issuers lie beside it.
pub(super) fn refuse_demo(config: &Path, configuration: &Configuration) -> anyhow::Result<()> {
    let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    anyhow::ensure!(
        !configuration.demo && !demo::is_of_demo(folder),
        "{}: is of a demo, whose people, tokens and keys are not those of a programme; only `gemj-gateway demo` serves it",
        config.display()
    );
    Ok(())
}

/// What an operator should look at, in words.
pub(crate) fn oddities_of_place(configuration: &Configuration) -> Vec<String> {
    let server = &configuration.server;
    let mut odd = Vec::new();
    // TLS ends at a proxy: a public address with TLS has one in front.
    if server.trusted_proxies.is_empty() && server.public_url.scheme() == "https" {
        odd.push(
            "server.trusted_proxies is empty, and server.public_url is https: the proxy in front is taken for every caller, and all callers share one \
             budget of requests. Name its address"
                .to_owned(),
        );
    }
    odd
}

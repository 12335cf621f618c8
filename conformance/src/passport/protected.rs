//! The protected path that the checks of Passport request.

use url::Url;

use crate::check::{Standard, Stop, skip};
use crate::client::{Credential, HttpAnswer};
use crate::target::{Target, below};

use super::STANDARD;

/// The URL of the protected path in the settings. If the settings name none, the first available of these is used: the
/// DRS object, the htsget id, the runs of WES.
fn url(target: &Target) -> Result<Url, Stop> {
    let settings = &target.settings;
    if let Some(path) = &settings.passport.path {
        let joined = joined(target.base_of(STANDARD), path).filter(|url| target.client.trusts(url));
        return joined.ok_or_else(|| Stop::Skip("passport.path is not a path below the URL".to_owned()));
    }
    if let (Some(id), None) = (&settings.drs.object_id, target.absence(Standard::Drs)) {
        return Ok(target.url(Standard::Drs, &["objects", id]));
    }
    if target.absence(Standard::Htsget).is_none() {
        let halves = [("reads", &settings.htsget.reads_id), ("variants", &settings.htsget.variants_id)];
        for (half, id) in halves {
            if let Some(id) = id {
                let segments: Vec<&str> = std::iter::once(half).chain(id.split('/')).collect();
                return Ok(below(target.base_of(Standard::Htsget), &segments));
            }
        }
    }
    if target.absence(Standard::Wes).is_none() {
        return Ok(target.url(Standard::Wes, &["runs"]));
    }
    skip("needs passport.path, or drs.object_id, or htsget.reads_id")
}

/// The URL of a path below `base`, whether or not the path begins with `/`. The path is already percent-encoded.
fn joined(base: &Url, path: &str) -> Option<Url> {
    let mut folder = base.clone();
    if !folder.path().ends_with('/') {
        folder.set_path(&format!("{}/", base.path()));
    }
    folder.join(path.trim_start_matches('/')).ok()
}

/// Requests the protected path with GET and the given credential.
pub(super) fn get(target: &Target, credential: Credential) -> Result<HttpAnswer, Stop> {
    target.client.ask("GET", url(target)?).credential(credential).send()
}

/// Requests the protected path with GET and a token in the query string. The report does not show the query.
pub(super) fn get_with_query(target: &Target, name: &str, value: &str) -> Result<HttpAnswer, Stop> {
    let url = url(target)?;
    let shown = format!("{}?{name}=(token)", url.path());
    target.client.ask("GET", url).query(name, value).shown_as(shown).send()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_protected_path_is_below_the_url_of_the_deployment() {
        for base in ["https://h.example/gateway", "https://h.example/gateway/"] {
            for path in ["/ga4gh/drs/v1/objects/a%2Fb?expand=true", "ga4gh/drs/v1/objects/a%2Fb?expand=true"] {
                let url = joined(&Url::parse(base).unwrap(), path).unwrap();
                assert_eq!(url.as_str(), "https://h.example/gateway/ga4gh/drs/v1/objects/a%2Fb?expand=true");
            }
        }
        let url = joined(&Url::parse("https://h.example").unwrap(), "/runs").unwrap();
        assert_eq!(url.as_str(), "https://h.example/runs");
    }
}

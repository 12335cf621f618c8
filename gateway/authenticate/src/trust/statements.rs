//! Marks of trust: what the configuration trusts an issuer for, one mark for each statement.
//!
//! A right that was issued (a URL, a stream, a run) carries the marks of the statements on which it rests. After a reload that removes or narrows a
//! statement, the mark is no longer in the list of trusted marks, and the right ends. A new statement ends nothing.

use std::collections::HashSet;

use gemj_access::Mark;
use serde_json::json;

use crate::config::{TrustedIssuer, TrustedIssuers, TrustedVisa};

/// The statements about an issuer on which every token of the issuer rests: its kinds, its bearer tokens, the sources of its keys, and the further
/// forms of tokens that are accepted from it.
pub(crate) fn of_issuer(config: &TrustedIssuer) -> Vec<Mark> {
    let name = &config.issuer;
    let kinds = config.kinds.iter().map(|kind| json!(["kind", name, kind]));
    let bearer = config.bearer.iter().map(|kind| json!(["bearer", name, kind]));
    // The path of a key file is not part of the statement, because replicas have different folders and accept each other's URLs.
    let keys = json!(["keys", name, config.jwks_url, config.jwks_file.is_some(), config.algorithms]);
    // By which of these forms a token came is not recorded, so every token of the issuer rests on all of them.
    let forms = [
        ("opaque", config.opaque.is_some()),
        ("exchange", config.exchange.is_some()),
        ("visa_access_tokens", config.visa_access_tokens),
        ("visa_access_tokens_without_typ", config.visa_access_tokens_without_typ),
        ("accept_nonce", config.accept_nonce),
        ("userinfo_passport_claim", config.userinfo_passport_claim.is_some()),
    ];
    let forms = forms.into_iter().filter(|(_, on)| *on).map(|(form, _)| json!(["form", name, form]));
    kinds
        .chain(bearer)
        .chain([keys])
        .chain(forms)
        .map(|statement| Mark::of_trust(&statement.to_string()))
        .collect()
}

/// The statement that this is a name of the gateway at the issuer. Absent name: tokens without audience are accepted.
pub(crate) fn of_audience(issuer: &str, audience: Option<&str>) -> Mark {
    Mark::of_trust(&json!(["audience", issuer, audience]).to_string())
}

/// The statement that a visa counts although its subject is not the holder of the tokens (`visas_of_holder_only` is off).
pub(crate) fn of_visas_of_others() -> Mark {
    Mark::of_trust(&json!(["visas of others"]).to_string())
}

/// The statement that the keys of this `jku` verify the issuer's visas.
fn of_jku(issuer: &str, jku: &str) -> Mark {
    Mark::of_trust(&json!(["jku", issuer, jku]).to_string())
}

/// The statements about all `jku` of an issuer. Which of them verified a visa is not recorded, so a visa rests on all of them.
pub(crate) fn of_all_jku(config: &TrustedIssuer) -> Vec<Mark> {
    config.jku.iter().map(|jku| of_jku(&config.issuer, jku)).collect()
}

/// The statement that the issuer may assert visas of this type, with this source, `by` and value.
pub(crate) fn of_visa(issuer: &str, rule: &TrustedVisa, source: &str, by: Option<usize>, value: Option<&str>) -> Mark {
    let by = by.and_then(|at| rule.by.get(at));
    let links = &rule.link_issuers;
    Mark::of_trust(&json!(["visa", issuer, rule.visa_type, source, by, value, links, rule.max_authorization_s]).to_string())
}

/// All statements of a rule about visas.
fn of_rule(issuer: &str, rule: &TrustedVisa) -> Vec<Mark> {
    let positions: Vec<Option<usize>> = match rule.by.len() {
        0 => vec![None],
        count => (0..count).map(Some).collect(),
    };
    let listed: Vec<&String> = rule.values.iter().chain(&rule.organizations).collect();
    let values: Vec<Option<&str>> = if rule.any_value || listed.is_empty() {
        vec![None]
    } else {
        listed.into_iter().map(|value| Some(value.as_str())).collect()
    };
    let mut marks = Vec::new();
    for source in &rule.sources {
        for by in &positions {
            marks.extend(values.iter().map(|value| of_visa(issuer, rule, source, *by, *value)));
        }
    }
    marks
}

/// The marks of every statement of a configuration.
pub(crate) fn all(config: &TrustedIssuers) -> HashSet<Mark> {
    let mut marks = HashSet::new();
    marks.extend((!config.visas_of_holder_only).then(of_visas_of_others));
    for issuer in &config.issuers {
        marks.extend(of_issuer(issuer));
        marks.extend(issuer.our_names().iter().map(|name| of_audience(&issuer.issuer, Some(name))));
        marks.extend(issuer.without_audience.then(|| of_audience(&issuer.issuer, None)));
        marks.extend(of_all_jku(issuer));
        marks.extend(issuer.visas.iter().flat_map(|rule| of_rule(&issuer.issuer, rule)));
    }
    marks
}

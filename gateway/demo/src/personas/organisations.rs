//! The invented organisations of the demo.

use gemj_model::{Organisation, OrganisationKind};

/// The organisations in the demo's configuration. An organisation that is not listed counts as an overseas company.
#[must_use]
pub fn organisations() -> Vec<Organisation> {
    use OrganisationKind::{Academic, Company};
    [
        ("gemj.example", "JP", Academic),
        ("hospital-a.example", "JP", Academic),
        ("hospital-b.example", "JP", Academic),
        ("hospital-c.example", "JP", Academic),
        ("hospital-d.example", "JP", Academic),
        ("hospital-e.example", "JP", Academic),
        ("biobank-1.example", "JP", Academic),
        ("musashi-university.example", "JP", Academic),
        ("hayabusa-pharma.example", "JP", Company),
        ("northbridge-university.example", "GB", Academic),
        ("rheinland-institut.example", "DE", Academic),
        ("lac-bleu-universite.example", "FR", Academic),
        ("bayharbor-therapeutics.example", "US", Company),
        ("seonam-university.example", "KR", Academic),
        ("partner-programme.example", "AU", Academic),
    ]
    .into_iter()
    .map(|(domain, country, kind)| Organisation {
        domain: domain.to_owned(),
        country: country.to_owned(),
        kind,
    })
    .collect()
}

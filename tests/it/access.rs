//! Tests of `/access/v1` (explain, denials, disclosures, projects) and of access decisions that must be equal on every route.

pub(crate) mod binding;
pub(crate) mod committee;
pub(crate) mod declared;
pub(crate) mod denials;
pub(crate) mod disclosures;
pub(crate) mod explain;
pub(crate) mod limits;
pub(crate) mod one_answer;
pub(crate) mod projects;
pub(crate) mod region_budget;
pub(crate) mod settings;

use gemj_tests::Programme;

/// Adds lines to an installation's configuration.
pub(crate) fn configure(programme: &Programme, lines: &str) {
    let mut text = std::fs::read_to_string(programme.config()).unwrap();
    text.push('\n');
    text.push_str(lines);
    std::fs::write(programme.config(), text).unwrap();
}

/// The headers of a request: `Authorization: Bearer` with the given token, and further headers.
pub(crate) fn with<'a>(authorization: &'a str, further: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut headers = vec![("Authorization", authorization)];
    headers.extend_from_slice(further);
    headers
}

//! The implemented version of the specification.

/// The version in every answer's `meta.apiVersion` (`beaconCommonComponents.json`: "a Github-style, "v"-prefixed semantic versioning format").
///
/// The answers are tested against the schemas of v2.1.1. The members that v2.2.0 added to counts are written only if they have a value. v2.1.1
/// allows additional members, so one rendering conforms to both versions.
pub const API_VERSION: &str = "v2.1.1";

/// `type.group` of this service under GA4GH Service Info 1.0.
pub const SERVICE_TYPE_GROUP: &str = "org.ga4gh";
/// `type.artifact` of this service under GA4GH Service Info 1.0.
pub const SERVICE_TYPE_ARTIFACT: &str = "beacon";
/// `type.version` of this service under GA4GH Service Info 1.0: [`API_VERSION`] as a plain semantic version.
pub const SERVICE_TYPE_VERSION: &str = "2.1.1";

/// Whether this crate can answer a client that expects `api_version`: `2`, `2.1`, `v2.0.0` or any other minor version of 2.
pub(crate) fn is_answered(api_version: &str) -> bool {
    let bare = api_version.strip_prefix('v').unwrap_or(api_version);
    let mut parts = bare.split('.');
    let number = |part: &str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit());
    parts.next() == Some("2") && bare.split('.').count() <= 3 && parts.all(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minor_version_of_2_is_accepted_and_others_are_rejected() {
        for good in ["v2.0.0", "2.0", "v2", "v2.2.0", API_VERSION] {
            assert!(is_answered(good), "{good}");
        }
        for bad in ["", "v", "v1.0", "1.0.1", "v3", "v2.", "v2.0.0.0", "v2.x", "vv2", "2.00000"] {
            assert!(!is_answered(bad), "{bad}");
        }
    }
}

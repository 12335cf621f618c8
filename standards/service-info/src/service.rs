use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Organization, ServiceType};

/// Names that an extension may not use: the members of `Service`, and `url`, which is a member of a registry's entry.
const RESERVED: [&str; 12] = [
    "id",
    "name",
    "type",
    "description",
    "organization",
    "contactUrl",
    "documentationUrl",
    "createdAt",
    "updatedAt",
    "environment",
    "version",
    "url",
];

/// The description of one service (Service Info 1.0.0 § Service).
///
/// Absent optional members are omitted from the JSON, never written as null. Times are RFC 3339 strings from the caller. This crate has no
/// clock and does not check the times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The globally unique id of the service, preferably a reverse domain name.
    pub id: String,
    /// The display name of the service.
    pub name: String,
    /// The API of the service.
    #[serde(rename = "type")]
    pub service_type: ServiceType,
    /// A description of the service for human readers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The organisation that provides the service.
    pub organization: Organization,
    /// The contact address of the service: a URL (RFC 3986) or a `mailto:` URL (RFC 2368).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_url: Option<String>,
    /// The URL of the service's documentation (RFC 3986).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation_url: Option<String>,
    /// When the service was first deployed, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When the service was last updated, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// The kind of deployment. The specification suggests `prod`, `test`, `dev` and `staging`, and allows other values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The version of the *software* that runs the service. It changes with every update of the service.
    pub version: String,
    #[serde(flatten)]
    extension: Map<String, Value>,
}

/// Why a member could not be added to a service description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// The member name is reserved by the Service Info or Service Registry specification.
    #[error("`{member}` is a member of the service description itself and cannot be an extension")]
    Reserved {
        /// The requested member name.
        member: String,
    },
    /// An earlier extension already uses the member name.
    #[error("`{member}` is already present in the service description")]
    Present {
        /// The requested member name.
        member: String,
    },
}

impl Service {
    /// A service description that has only the required members.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        name: impl Into<String>,
        service_type: ServiceType,
        organization: Organization,
        version: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            service_type,
            description: None,
            organization,
            contact_url: None,
            documentation_url: None,
            created_at: None,
            updated_at: None,
            environment: None,
            version: version.into(),
            extension: Map::new(),
        }
    }

    /// Members that other standards (or another server) added at the top level, such as `htsget` or `drs`.
    #[must_use]
    pub fn extension(&self) -> &Map<String, Value> {
        &self.extension
    }

    /// Adds the top-level member `member` to the description.
    ///
    /// # Errors
    /// [`ExtensionError`] if the name is a member of the specification or is already present. Without this error, the JSON could contain one
    /// name twice.
    pub fn insert_extension(&mut self, member: &str, value: Value) -> Result<(), ExtensionError> {
        if RESERVED.contains(&member) {
            return Err(ExtensionError::Reserved { member: member.to_owned() });
        }
        if self.extension.contains_key(member) {
            return Err(ExtensionError::Present { member: member.to_owned() });
        }
        self.extension.insert(member.to_owned(), value);
        Ok(())
    }

    /// Replaces or adds an extension member. The method is for the sibling crates of other standards. Their member names are fixed and known
    /// not to be reserved.
    ///
    /// A reserved name is ignored, so that the JSON never contains one name twice.
    #[must_use]
    pub fn with_extension(mut self, member: &'static str, value: Value) -> Self {
        if !RESERVED.contains(&member) {
            self.extension.insert(member.to_owned(), value);
        }
        self
    }

    pub(crate) fn without_reserved_extension(mut self) -> Self {
        self.extension.retain(|member, _| !RESERVED.contains(&member.as_str()));
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn minimal() -> Service {
        Service::new(
            "org.example.drs",
            "Example",
            ServiceType::ga4gh("drs", "1.5.0"),
            Organization::new("Example Org", "https://example.org"),
            "0.1.0",
        )
    }

    #[test]
    fn absent_members_are_omitted_and_never_null() {
        assert_eq!(
            serde_json::to_value(minimal()).unwrap(),
            json!({
                "id": "org.example.drs",
                "name": "Example",
                "type": {"group": "org.ga4gh", "artifact": "drs", "version": "1.5.0"},
                "organization": {"name": "Example Org", "url": "https://example.org"},
                "version": "0.1.0"
            })
        );
    }

    #[test]
    fn an_extension_cannot_use_a_name_of_the_specification_or_a_name_in_use() {
        let mut service = minimal();
        for member in RESERVED {
            assert!(matches!(
                service.insert_extension(member, json!(1)),
                Err(ExtensionError::Reserved { .. })
            ));
        }
        service.insert_extension("htsget", json!({"datatype": "reads"})).unwrap();
        assert!(matches!(
            service.insert_extension("htsget", json!(1)),
            Err(ExtensionError::Present { .. })
        ));
        assert_eq!(serde_json::to_value(&service).unwrap()["htsget"]["datatype"], "reads");
        assert_eq!(minimal().with_extension("version", json!("9")), minimal());
    }

    #[test]
    fn unknown_members_survive_a_round_trip() {
        let peer = json!({
            "id": "x", "name": "y", "version": "1",
            "type": {"group": "org.ga4gh", "artifact": "beacon", "version": "2.1.1"},
            "organization": {"id": "o", "name": "n", "url": "https://o"},
            "environment": null,
            "beacon": {"granularity": ["boolean"]}
        });
        let service: Service = serde_json::from_value(peer).unwrap();
        assert_eq!(service.environment, None);
        let rendered = serde_json::to_value(&service).unwrap();
        assert_eq!(rendered["beacon"]["granularity"][0], "boolean");
        assert_eq!(rendered["organization"]["id"], "o");
        assert!(rendered.get("environment").is_none());
    }
}

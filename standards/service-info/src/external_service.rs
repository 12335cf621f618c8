use serde::{Deserialize, Serialize};

use crate::Service;

/// An entry of a registry: a service and its URL (Service Registry 1.0.0 § ExternalService, "GA4GH service with a URL").
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExternalService {
    #[serde(flatten)]
    service: Service,
    url: String,
}

impl ExternalService {
    /// A registry entry for `service` at the base URL `url`. The paths of the service's specification are relative to this URL.
    ///
    /// The URL is not checked. Some standards define the base URL exactly. For DRS it is the part before `/ga4gh/drs/v1`. For htsget it is the
    /// ticket endpoint of one data type.
    #[must_use]
    pub fn new(service: Service, url: impl Into<String>) -> Self {
        // A description from another source may contain its own `url`. It is removed, so that the JSON has only the entry's `url`.
        Self {
            service: service.without_reserved_extension(),
            url: url.into(),
        }
    }

    /// The description of the service.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The base URL of the service.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_is_the_description_with_exactly_one_url() {
        let described = json!({
            "id": "x", "name": "y", "version": "1", "url": "https://stray.example",
            "type": {"group": "org.ga4gh", "artifact": "drs", "version": "1.5.0"},
            "organization": {"name": "n", "url": "https://o"}
        });
        let service: Service = serde_json::from_value(described).unwrap();
        let entry = ExternalService::new(service, "https://drs.example");
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(text.matches("\"url\"").count(), 2, "the organisation's and the entry's");
        let again: ExternalService = serde_json::from_str(&text).unwrap();
        assert_eq!(again, entry);
        assert_eq!(again.url(), "https://drs.example");
        assert!(again.service().extension().is_empty());
    }
}

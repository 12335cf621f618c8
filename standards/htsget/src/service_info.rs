use ga4gh_service_info::{Service, ServiceType};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Endpoint, Format, VERSION};

/// The capabilities of one endpoint: the `htsget` member of its service-info (htsget 1.3 § GA4GH service-info).
///
/// Reads and variants are two services. Each has its own description and its own entry in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HtsgetServiceInfo {
    /// The endpoint that this service-info describes.
    pub datatype: Endpoint,
    /// The formats that the endpoint offers.
    pub formats: Vec<Format>,
    /// Whether the parameter `fields` makes answers smaller.
    pub fields_parameter_effective: bool,
    /// Whether the parameters `tags` and `notags` make answers smaller.
    pub tags_parameters_effective: bool,
}

impl HtsgetServiceInfo {
    /// The `type` of an htsget service: `org.ga4gh`, `htsget`, [`VERSION`]. The artifact is `htsget` as in the specification's text, which "is
    /// definitive". The specification's OpenAPI description says `htsget-reads`.
    #[must_use]
    pub fn service_type() -> ServiceType {
        ServiceType::ga4gh("htsget", VERSION)
    }

    /// The value of the `htsget` member. The specification spells its names differently: `fieldsParameter...`, but `tagsParameters...`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "datatype": self.datatype.as_str(),
            "formats": self.formats.iter().map(|format| format.as_str()).collect::<Vec<_>>(),
            "fieldsParameterEffective": self.fields_parameter_effective,
            "tagsParametersEffective": self.tags_parameters_effective,
        })
    }

    /// The description `service` with the `htsget` member of this endpoint added.
    #[must_use]
    pub fn describe(&self, service: Service) -> Service {
        service.with_extension("htsget", self.to_json())
    }
}

impl Serialize for HtsgetServiceInfo {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

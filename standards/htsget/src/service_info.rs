use ga4gh_service_info::{Service, ServiceType};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Endpoint, Format, VERSION};

/// What one endpoint can do: the `htsget` member of its service-info (htsget 1.3 § GA4GH service-info).
///
/// Reads and variants are two services, each with its own description, registered apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HtsgetServiceInfo {
    /// The endpoint described.
    pub datatype: Endpoint,
    /// The formats offered there.
    pub formats: Vec<Format>,
    /// Whether `fields` makes answers smaller.
    pub fields_parameter_effective: bool,
    /// Whether `tags` and `notags` make answers smaller.
    pub tags_parameters_effective: bool,
}

impl HtsgetServiceInfo {
    /// The `type` of an htsget service: `org.ga4gh`, `htsget`, [`VERSION`]. The specification's text says `htsget` where its
    /// OpenAPI description says `htsget-reads`; the text "is definitive".
    #[must_use]
    pub fn service_type() -> ServiceType {
        ServiceType::ga4gh("htsget", VERSION)
    }

    /// The `htsget` member. Mind the names: `fieldsParameter...` but `tagsParameters...`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "datatype": self.datatype.as_str(),
            "formats": self.formats.iter().map(|format| format.as_str()).collect::<Vec<_>>(),
            "fieldsParameterEffective": self.fields_parameter_effective,
            "tagsParametersEffective": self.tags_parameters_effective,
        })
    }

    /// `service` with this description added.
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

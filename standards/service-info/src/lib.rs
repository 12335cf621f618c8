//! GA4GH Service Info 1.0.0 and GA4GH Service Registry 1.0.0.
//!
//! A service describes itself with a [`Service`]. A registry lists services as [`ExternalService`]s. Each GA4GH standard adds its own members
//! (`htsget`, `drs`, `beacon`, ...) to the description: see [`Service::insert_extension`].
//!
//! The crate also contains the parts of JSON parsing that all standards share: [`strict_json`] and [`json_object`]. It does no I/O and knows no HTTP.

mod external_service;
pub mod json_object;
mod operation;
mod organization;
mod registry_error;
mod service;
mod service_type;
pub mod strict_json;

pub use external_service::ExternalService;
pub use operation::Operation;
pub use organization::Organization;
pub use registry_error::{RegistryError, RegistryErrorKind};
pub use service::{ExtensionError, Service};
pub use service_type::{GA4GH_GROUP, ServiceType};

/// The path of the description below a service's base URL (Service Info 1.0.0 § paths).
pub const SERVICE_INFO_PATH: &str = "/service-info";

/// The version of the Service Info specification implemented here.
pub const SERVICE_INFO_VERSION: &str = "1.0.0";

/// The version of the Service Registry specification implemented here.
pub const SERVICE_REGISTRY_VERSION: &str = "1.0.0";

/// The `type.artifact` of a service registry (Service Registry 1.0.0 § GET /service-info).
pub const SERVICE_REGISTRY_ARTIFACT: &str = "service-registry";

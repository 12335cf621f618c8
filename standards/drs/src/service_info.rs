use std::num::NonZeroU32;

use ga4gh_service_info::{Service, ServiceType};
use serde_json::{Map, Value, json};

use crate::VERSION;

/// The members that DRS adds to a service description (DRS 1.5 § DrsService).
///
/// The schema puts the counts directly into `drs`, and the prose of the specification nests them in `drs.stats`. This crate follows the
/// schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrsServiceInfo {
    /// The maximum number of items in a bulk request. A larger request gets status 413.
    pub max_bulk_request_length: NonZeroU32,
    /// The number of objects; `None` if the service does not publish it.
    pub object_count: Option<u64>,
    /// The total size of the objects in bytes, each file counted once; `None` if the service does not publish it.
    pub total_object_size_bytes: Option<u64>,
}

impl DrsServiceInfo {
    /// The `type` of a DRS service: `org.ga4gh`, `drs`, [`VERSION`].
    #[must_use]
    pub fn service_type() -> ServiceType {
        ServiceType::ga4gh("drs", VERSION)
    }

    /// The value of the `drs` member of the service description.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("maxBulkRequestLength".to_owned(), json!(self.max_bulk_request_length));
        if let Some(count) = self.object_count {
            members.insert("objectCount".to_owned(), json!(count));
        }
        if let Some(size) = self.total_object_size_bytes {
            members.insert("totalObjectSize".to_owned(), json!(size));
        }
        Value::Object(members)
    }

    /// The service description `service` with the DRS members added: `drs`, and `maxBulkRequestLength` also at the root. DRS 1.5 still requires
    /// `maxBulkRequestLength` at the root, although it is deprecated.
    #[must_use]
    pub fn describe(&self, service: Service) -> Service {
        service
            .with_extension("maxBulkRequestLength", json!(self.max_bulk_request_length))
            .with_extension("drs", self.to_json())
    }
}

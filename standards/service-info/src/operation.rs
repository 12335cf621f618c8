/// The operations of a service registry, by their official operationId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// List the services in the registry.
    GetServices,
    /// Find one service by its id.
    GetServiceById,
    /// List the distinct types of the services.
    GetServiceTypes,
    /// Describe the registry itself. Every GA4GH service has this operation.
    GetServiceInfo,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 4] = [Self::GetServices, Self::GetServiceById, Self::GetServiceTypes, Self::GetServiceInfo];

    /// The operationId of the specification.
    #[must_use]
    pub const fn operation_id(self) -> &'static str {
        match self {
            Self::GetServices => "getServices",
            Self::GetServiceById => "getServiceById",
            Self::GetServiceTypes => "getServiceTypes",
            Self::GetServiceInfo => "getServiceInfo",
        }
    }

    /// The path below the registry's base URL, in OpenAPI's template form. The method of every operation is GET.
    ///
    /// `/services/types` must be matched before `/services/{serviceId}`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::GetServices => "/services",
            Self::GetServiceById => "/services/{serviceId}",
            Self::GetServiceTypes => "/services/types",
            Self::GetServiceInfo => "/service-info",
        }
    }
}

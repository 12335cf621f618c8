/// The operations of DRS, by their official operationId.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Describe the service.
    GetServiceInfo,
    /// How to authorize a request for an object.
    OptionsObject,
    /// Get the metadata of an object.
    GetObject,
    /// Get the metadata of an object, with passports.
    PostObject,
    /// How to authorize requests for several objects.
    OptionsBulkObject,
    /// Get the metadata of several objects.
    GetBulkObjects,
    /// Get a URL for an object's bytes.
    GetAccessUrl,
    /// Get a URL for an object's bytes, with passports.
    PostAccessUrl,
    /// Get URLs for the bytes of several objects.
    GetBulkAccessUrl,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 9] = [
        Self::GetServiceInfo,
        Self::OptionsObject,
        Self::GetObject,
        Self::PostObject,
        Self::OptionsBulkObject,
        Self::GetBulkObjects,
        Self::GetAccessUrl,
        Self::PostAccessUrl,
        Self::GetBulkAccessUrl,
    ];

    /// The operationId of the specification.
    #[must_use]
    pub const fn operation_id(self) -> &'static str {
        match self {
            Self::GetServiceInfo => "GetServiceInfo",
            Self::OptionsObject => "OptionsObject",
            Self::GetObject => "GetObject",
            Self::PostObject => "PostObject",
            Self::OptionsBulkObject => "OptionsBulkObject",
            Self::GetBulkObjects => "GetBulkObjects",
            Self::GetAccessUrl => "GetAccessURL",
            Self::PostAccessUrl => "PostAccessURL",
            Self::GetBulkAccessUrl => "GetBulkAccessURL",
        }
    }

    /// The HTTP method of this operation. An OPTIONS request is a DRS operation only if it is not a CORS preflight.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::GetServiceInfo | Self::GetObject | Self::GetAccessUrl => "GET",
            Self::OptionsObject | Self::OptionsBulkObject => "OPTIONS",
            Self::PostObject | Self::GetBulkObjects | Self::PostAccessUrl | Self::GetBulkAccessUrl => "POST",
        }
    }

    /// The path below [`crate::BASE_PATH`], in OpenAPI's template form.
    ///
    /// A router must match `/objects/access` before `/objects/{object_id}`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::GetServiceInfo => "/service-info",
            Self::OptionsObject | Self::GetObject | Self::PostObject => "/objects/{object_id}",
            Self::OptionsBulkObject | Self::GetBulkObjects => "/objects",
            Self::GetAccessUrl | Self::PostAccessUrl => "/objects/{object_id}/access/{access_id}",
            Self::GetBulkAccessUrl => "/objects/access",
        }
    }
}

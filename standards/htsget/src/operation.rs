use crate::Endpoint;

/// The operations that htsget 1.3 defines.
///
/// GET operations have the operationId of the official OpenAPI description. The tagged 1.3.0 description contains no POST operations,
/// although the specification defines them. Their operationIds here are those of GET with `Post` appended, as in earlier drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Send a GET to get a ticket for reads.
    SearchReadId,
    /// Send a POST to get a ticket for reads.
    SearchReadIdPost,
    /// Send a GET to get a ticket for variants.
    SearchVariantId,
    /// Send a POST to get a ticket for variants.
    SearchVariantIdPost,
    /// GET the description of the reads service.
    ReadsServiceInfo,
    /// GET the description of the variants service.
    VariantsServiceInfo,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 6] = [
        Self::SearchReadId,
        Self::SearchReadIdPost,
        Self::SearchVariantId,
        Self::SearchVariantIdPost,
        Self::ReadsServiceInfo,
        Self::VariantsServiceInfo,
    ];

    /// The operationId of this operation.
    #[must_use]
    pub const fn operation_id(self) -> &'static str {
        match self {
            Self::SearchReadId => "searchReadId",
            Self::SearchReadIdPost => "searchReadIdPost",
            Self::SearchVariantId => "searchVariantId",
            Self::SearchVariantIdPost => "searchVariantIdPost",
            Self::ReadsServiceInfo => "readsServiceInfo",
            Self::VariantsServiceInfo => "variantsServiceInfo",
        }
    }

    /// The HTTP method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::SearchReadIdPost | Self::SearchVariantIdPost => "POST",
            Self::SearchReadId | Self::SearchVariantId | Self::ReadsServiceInfo | Self::VariantsServiceInfo => "GET",
        }
    }

    /// The path below the base URL, in OpenAPI's template form. `{id}` may contain `/`, so a router must match the service-info paths first.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::SearchReadId | Self::SearchReadIdPost => "/reads/{id}",
            Self::SearchVariantId | Self::SearchVariantIdPost => "/variants/{id}",
            Self::ReadsServiceInfo => "/reads/service-info",
            Self::VariantsServiceInfo => "/variants/service-info",
        }
    }

    /// The endpoint (reads or variants) of this operation.
    #[must_use]
    pub const fn endpoint(self) -> Endpoint {
        match self {
            Self::SearchReadId | Self::SearchReadIdPost | Self::ReadsServiceInfo => Endpoint::Reads,
            Self::SearchVariantId | Self::SearchVariantIdPost | Self::VariantsServiceInfo => Endpoint::Variants,
        }
    }
}

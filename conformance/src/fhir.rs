//! Checks of FHIR R4 (4.0.1), and of the discovery document of SMART App Launch.

use crate::check::{Check, Standard};

mod capabilities;
mod create;
mod operation_outcome;
mod read;
mod search_type;
mod smart_configuration;

const STANDARD: Standard = Standard::Fhir;

/// The checks of FHIR, in the order of the report.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "capabilities-fhir-version",
        title: "The server states its capabilities, for FHIR 4.0.1.",
        reference: "FHIR R4 (4.0.1), RESTful API § capabilities; CapabilityStatement.fhirVersion, kind, status, format, rest",
        expected: "200 CapabilityStatement, fhirVersion 4.0.1, a rest of mode server",
        run: capabilities::fhir_version,
    },
    Check {
        id: "capabilities-media-type",
        title: "Resources have the media type application/fhir+json.",
        reference: "FHIR R4 (4.0.1), RESTful API § Content Types and encodings: application/fhir+json",
        expected: "Content-Type: application/fhir+json",
        run: capabilities::media_type,
    },
    Check {
        id: "capabilities-schema",
        title: "The capability statement satisfies the official schema.",
        reference: "FHIR R4 (4.0.1), JSON Schema, CapabilityStatement (fhirVersion repaired)",
        expected: "valid",
        run: capabilities::schema,
    },
    Check {
        id: "smart_configuration-names-the-token-endpoint",
        title: "The SMART configuration names the token endpoint and the capabilities.",
        reference: "SMART App Launch 2.2.0, Conformance § Using Well-Known",
        expected: "200 JSON with token_endpoint, grant_types_supported, capabilities; 404 counts as not offered",
        run: smart_configuration::names_the_token_endpoint,
    },
    Check {
        id: "read-unauthenticated",
        title: "A request for a patient without a token gets 401 with an OperationOutcome.",
        reference: "FHIR R4 (4.0.1), RESTful API § Access Denied Response Handling; Operation Outcomes",
        expected: "401 OperationOutcome; a server that requires no token counts as not offered",
        run: read::unauthenticated,
    },
    Check {
        id: "read-unknown-id",
        title: "A resource that does not exist gets 404 with an OperationOutcome.",
        reference: "FHIR R4 (4.0.1), RESTful API § read, § Operation Outcomes",
        expected: "404 OperationOutcome with an issue",
        run: read::unknown_id,
    },
    Check {
        id: "search_type-unknown-type",
        title: "A type that FHIR does not have gets 404 with an OperationOutcome.",
        reference: "FHIR R4 (4.0.1), RESTful API § Status Codes: 404 Not Found, resource type not supported",
        expected: "404 OperationOutcome with an issue",
        run: search_type::unknown_type,
    },
    Check {
        id: "search_type-bundle",
        title: "A search returns a Bundle of type searchset whose entries match the search.",
        reference: "FHIR R4 (4.0.1), Search; Bundle: type searchset, link self, entry.search.mode",
        expected: "200 Bundle searchset, link self, matches of the searched type with fullUrl",
        run: search_type::bundle,
    },
    Check {
        id: "search_type-schema",
        title: "The Bundle and every resource in it satisfy the official schema.",
        reference: "FHIR R4 (4.0.1), JSON Schema (strings and aligned nulls repaired)",
        expected: "valid",
        run: search_type::schema,
    },
    Check {
        id: "create-invalid-resource",
        title: "An invalid resource is rejected with an OperationOutcome.",
        reference: "FHIR R4 (4.0.1), RESTful API § create: 400, 422; Operation Outcomes",
        expected: "400 or 422 OperationOutcome with an issue of severity error or fatal",
        run: create::invalid_resource,
    },
];

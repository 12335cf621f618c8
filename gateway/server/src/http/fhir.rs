//! FHIR R4 (4.0.1): a hospital's access to its own patients. Tasks are in `fhir_task.rs`.

pub(crate) mod body;
pub(crate) mod conditions;
mod create;
mod failure;
mod findings;
mod operations;
pub(crate) mod patient;
mod read;
pub(crate) mod search;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use hl7_fhir::capability_statement::{CapabilityStatement, ResourceCapability};
use hl7_fhir::smart_configuration::SmartConfiguration;
use hl7_fhir::{CONTENT_TYPE, Interaction, ResourceType};
use serde_json::Value;

use super::gateway::Gateway;

pub(crate) use create::create;
pub(crate) use failure::{OutcomeFailure, error};
pub(crate) use operations::{find_subject_variants, find_subject_variants_definition};
pub(crate) use read::read;
pub(crate) use search::{search_get, search_post};

pub(crate) type FhirResult = Result<HttpResponse, OutcomeFailure>;

/// The path of the token endpoint, relative to the gateway's public address.
pub(crate) const TOKEN_PATH: &str = "/auth/token";

/// `GET /metadata`: the CapabilityStatement.
pub(crate) async fn capabilities(gateway: web::Data<Gateway>) -> HttpResponse {
    use Interaction::{Create, Read, SearchType, Update};
    let kept: &[Interaction] = &[Create, Read, SearchType];
    let taken: &[Interaction] = if gateway.fhir.schema.is_some() { kept } else { &[Read, SearchType] };
    let resources: Vec<ResourceCapability<'_>> = ResourceType::ALL
        .into_iter()
        .map(|resource_type| ResourceCapability {
            resource_type,
            interactions: match resource_type {
                ResourceType::Task => &[Read, SearchType, Update],
                _ => taken,
            },
            supported_profiles: match resource_type {
                ResourceType::Observation => &[hl7_fhir::genomics::VARIANT_PROFILE],
                ResourceType::DiagnosticReport => &[hl7_fhir::genomics::GENOMIC_REPORT_PROFILE],
                _ => &[],
            },
        })
        .collect();
    let (base, token_endpoint) = (gateway.url("/fhir"), gateway.url(TOKEN_PATH));
    let definition = format!("{base}/OperationDefinition/find-subject-variants");
    let statement = CapabilityStatement {
        base_url: &base,
        software: "gemj-gateway",
        version: &gateway.about.version,
        description: &gateway.about.name,
        date: &gateway.fhir.started,
        token_endpoint: Some(&token_endpoint),
        resources: &resources,
        operations: &[(hl7_fhir::genomics::FIND_SUBJECT_VARIANTS, &definition)],
    };
    json(&statement.to_json())
}

/// `GET /.well-known/smart-configuration`: the SMART configuration for clients.
pub(crate) async fn smart_configuration(gateway: web::Data<Gateway>) -> HttpResponse {
    let configuration = SmartConfiguration {
        issuer: None,
        token_endpoint: &gateway.url(TOKEN_PATH),
        scopes_supported: &[
            "system/Patient.crs",
            "system/Observation.crs",
            "system/DiagnosticReport.crs",
            "system/Specimen.crs",
            "system/Consent.crs",
            "system/Task.rus",
        ],
    };
    HttpResponse::Ok().json(configuration.to_json())
}

/// An answer with a FHIR resource or a Bundle.
pub(crate) fn json(resource: &Value) -> HttpResponse {
    text(resource.to_string())
}

/// An answer with a FHIR resource or a Bundle that is already serialised.
pub(crate) fn text(resource: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(CONTENT_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(resource)
}

/// The text of a header; empty if the header is absent or unreadable.
fn header_text<'a>(request: &'a HttpRequest, name: &header::HeaderName) -> &'a str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

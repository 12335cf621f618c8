//! Errors for requests that the framework rejects, in the error format of the path's standard.

use actix_web::{HttpRequest, HttpResponse, web};
use ga4gh_beacon::BeaconError;
use ga4gh_drs::DrsError;
use ga4gh_htsget::HtsgetError;
use ga4gh_service_info::RegistryErrorKind;
use ga4gh_wes::WesError;
use gemj_model::ErrorKind;
use hl7_fhir::FhirError;

use super::gateway::Gateway;
use super::problem::problem;
use super::routes::{ROUTES, Standard, standard_of, template_of};
use super::{beacon, failure, fhir, registry};

/// The answer for a path that is not in the route table.
pub(crate) async fn not_found(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    match standard_of(request.path()) {
        Standard::Htsget => failure::error(&HtsgetError::NotFound(ga4gh_htsget::Missing::Path)),
        Standard::Drs => failure::error(&DrsError::NotFound(ga4gh_drs::Missing::Path)),
        Standard::Wes => failure::error(&WesError::NotFound(ga4gh_wes::Missing::Path)),
        Standard::Beacon => beacon::error(&gateway, None, None, &BeaconError::NotFound),
        Standard::Fhir => fhir::error(&FhirError::NotFound),
        Standard::Registry => registry::error(RegistryErrorKind::NotFound),
        Standard::Own => problem(ErrorKind::NotFound, "no such path"),
    }
}

/// The answer for a path of the route table with a method that the path does not support.
pub(crate) async fn method_not_allowed(gateway: web::Data<Gateway>, request: HttpRequest) -> HttpResponse {
    let template = request.match_pattern().unwrap_or_default();
    let template = template_of(&template);
    let lines: Vec<_> = ROUTES.iter().filter(|r| r.template == template).collect();
    let mut allowed: Vec<String> = Vec::new();
    for line in &lines {
        allowed.push(line.method.to_ascii_uppercase());
        // The header `Allow` names HEAD for every path with GET. A path with its own HEAD route already names it.
        if line.method == "get" && !lines.iter().any(|other| other.method == "head") {
            allowed.push("HEAD".to_owned());
        }
    }
    let mut response = match lines.first().map_or(Standard::Own, |r| r.standard) {
        Standard::Htsget => failure::error(&HtsgetError::MethodNotAllowed),
        Standard::Drs => failure::error(&DrsError::MethodNotAllowed),
        Standard::Wes => failure::error(&WesError::MethodNotAllowed),
        Standard::Beacon => beacon::error(&gateway, None, None, &BeaconError::MethodNotAllowed),
        Standard::Fhir => fhir::error(&FhirError::MethodNotAllowed),
        Standard::Registry => registry::error(RegistryErrorKind::MethodNotAllowed),
        Standard::Own => problem(ErrorKind::MethodNotAllowed, "this path does not support this method"),
    };
    if let Ok(value) = allowed.join(", ").parse() {
        response.headers_mut().insert(actix_web::http::header::ALLOW, value);
    }
    response
}

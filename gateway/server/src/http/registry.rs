//! The endpoints of GA4GH Service Info and Service Registry.

use actix_web::{HttpResponse, web};
use ga4gh_service_info::{RegistryError, RegistryErrorKind};
use gemj_services::registry::{self, Offered};

use super::gateway::Gateway;
use super::status;

/// `GET /service-info`: the description of the registry itself.
pub(crate) async fn get_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::Registry)
}

/// `GET /htsget/reads/service-info`
pub(crate) async fn get_reads_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::HtsgetReads)
}

/// `GET /htsget/variants/service-info`
pub(crate) async fn get_variants_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::HtsgetVariants)
}

/// `GET /beacon/service-info`
pub(crate) async fn get_beacon_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::Beacon)
}

/// `GET /federation/service-info`
pub(crate) async fn get_federation_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::Federation)
}

/// `GET /ga4gh/drs/v1/service-info`
pub(crate) async fn get_drs_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::Drs)
}

/// `GET /fhir/service-info`
pub(crate) async fn get_fhir_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::Fhir)
}

/// `GET /access/v1/service-info`
pub(crate) async fn get_access_service_info(gateway: web::Data<Gateway>) -> HttpResponse {
    described(&gateway, Offered::Access)
}

/// `GET /services`: the list of all services.
pub(crate) async fn get_services(gateway: web::Data<Gateway>) -> HttpResponse {
    HttpResponse::Ok().json(registry::services(&gateway.about))
}

/// `GET /services/types`: the types of the services.
pub(crate) async fn get_service_types(gateway: web::Data<Gateway>) -> HttpResponse {
    HttpResponse::Ok().json(registry::service_types(&gateway.about))
}

/// `GET /services/{service_id}`: one service.
pub(crate) async fn get_service_by_id(gateway: web::Data<Gateway>, id: web::Path<String>) -> HttpResponse {
    match registry::service_by_id(&gateway.about, &id) {
        Some(service) => HttpResponse::Ok().json(service),
        None => error(RegistryErrorKind::NotFound),
    }
}

/// Renders an error in the format of the service registry.
pub(crate) fn error(kind: RegistryErrorKind) -> HttpResponse {
    HttpResponse::build(status::number(kind.status())).json(RegistryError { kind, detail: None }.to_json())
}

fn described(gateway: &Gateway, offered: Offered) -> HttpResponse {
    HttpResponse::Ok().json(registry::service_info(&gateway.about, offered))
}

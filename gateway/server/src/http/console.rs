//! The HTML page at `/`.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use ga4gh_beacon::{BeaconRequest, EntryType, parse_get};
use gemj_access::{Action, Granularity, PublicNumber};
use gemj_model::DatasetId;
use gemj_services::ServiceError;
use gemj_services::beacon;
use gemj_services::console::{DatasetLine, content_security_policy, page};

use super::flow::{Granted, Refusal, permit_population};
use super::gateway::Gateway;
use super::request_caller::RequestCaller;

/// `GET /`: the HTML page.
pub(crate) async fn get_console(gateway: web::Data<Gateway>) -> HttpResponse {
    let mut lines = Vec::new();
    // The page names only datasets that are open to the public, because the existence of other datasets is not public.
    for dataset in gateway.policy.datasets().into_iter().filter(|d| d.public_boolean) {
        let people = people(&gateway, &dataset.id).await.inspect_err(Refusal::log).ok();
        lines.push(DatasetLine {
            id: dataset.id.as_str().to_owned(),
            name: dataset.name.clone(),
            description: dataset.description.clone(),
            people,
        });
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, content_security_policy()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(page(&gateway.about, &lines, gateway.policy.public_k()))
}

/// The number of participants of a dataset, as the public tier of Beacon shows it.
async fn people(gateway: &Gateway, dataset: &DatasetId) -> Result<PublicNumber, Refusal> {
    let asked: BeaconRequest = parse_get(EntryType::Individual, &[]).map_err(|_| ServiceError::NotFound)?;
    let permit = permit_population(
        gateway,
        RequestCaller::anonymous(),
        Action::AskIndividuals,
        std::slice::from_ref(dataset),
    )
    .await?;
    let counted = async |permit: &Granted| {
        let stores = &gateway.stores;
        let carriers = stores.carriers.at(permit.generation).await.map_err(ServiceError::Carriers)?;
        let answer = beacon::count(stores, &carriers, &permit.grant, &asked, Granularity::Count).await?;
        Ok(permit.grant.terms().public_number(answer.finding))
    };
    permit.answer_query(gateway, counted, |_| None).await
}

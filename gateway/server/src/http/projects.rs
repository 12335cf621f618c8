//! The public list of approved projects.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use gemj_services::console::{ProjectLine, content_security_policy, projects_json, projects_of, projects_page};

use super::flow::Refusal;
use super::gateway::Gateway;
use super::language;
use super::problem::ProblemFailure;

/// `GET /projects`: the HTML page of the approved projects, in Japanese or English.
pub(crate) async fn get_projects_page(gateway: web::Data<Gateway>, request: HttpRequest) -> Result<HttpResponse, ProblemFailure> {
    let language = language::of(request.headers());
    let page = projects_page(&gateway.about, &lines(&gateway).await?, language);
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, content_security_policy()))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_LANGUAGE, language.of("ja", "en")))
        .append_header((header::VARY, "Accept-Language"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(page))
}

/// `GET /access/v1/projects`: the approved projects as JSON.
pub(crate) async fn get_projects(gateway: web::Data<Gateway>) -> Result<HttpResponse, ProblemFailure> {
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(projects_json(&lines(&gateway).await?)))
}

async fn lines(gateway: &Gateway) -> Result<Vec<ProjectLine>, Refusal> {
    let current = gateway.watch.current().await.map_err(Refusal::Store)?;
    Ok(projects_of(&current.view, &gateway.policy, gateway.clock.now()))
}

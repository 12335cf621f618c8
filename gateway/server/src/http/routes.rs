//! All paths of the gateway in one table. Each line names the operation and its handler. Errors have the format of the path's standard.

use actix_web::web::{self, ServiceConfig};

use super::{
    access, airlock, beacon, consent_portal, console, drs, fallback, federation, fhir, fhir_task, htsget, objects, operations, projects,
    recontact, registry, token, wes,
};

/// The standard that a path belongs to. The standard determines the format of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standard {
    /// GA4GH Service Info and Service Registry.
    Registry,
    /// htsget (reads and variants).
    Htsget,
    /// Beacon, and the queries that are forwarded to partners.
    Beacon,
    /// DRS (data objects).
    Drs,
    /// WES (workflow runs).
    Wes,
    /// FHIR R4.
    Fhir,
    /// A path that belongs to no standard. Its errors have the format of RFC 9457.
    Own,
}

/// The HTTP methods that the table uses, by name.
mod verb {
    pub(super) use actix_web::web::{head, post, put};
    use actix_web::{Route, guard, http::Method, web};

    /// GET and HEAD: "All general-purpose servers MUST support the methods GET and HEAD" (RFC 9110 § 9.1). The server omits the body of an answer to HEAD.
    pub(super) fn get() -> Route {
        web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
    }

    pub(super) fn options() -> Route {
        web::method(Method::OPTIONS)
    }
}

/// One line of the route table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) standard: Standard,
}

macro_rules! routes {
    ($($standard:ident $template:literal { $($method:ident $operation:literal => $handler:path),+ $(,)? })+) => {
        /// The route table, for the documentation and the tests.
        pub(crate) const ROUTES: &[Route] = &[
            $($(Route {
                method: stringify!($method),
                template: $template,
                operation: $operation,
                standard: Standard::$standard,
            }),+),+
        ];

        /// Registers every line of the route table. A request with an unsupported method gets an error in the format of the path's standard.
        pub(crate) fn register(config: &mut ServiceConfig) {
            $(config.service(
                web::resource(spellings($template))
                    $(.route(verb::$method().to($handler)))+
                    .default_service(web::to(fallback::method_not_allowed)),
            );)+
            config.default_service(web::to(fallback::not_found));
        }
    };
}

routes! {
    // GA4GH Service Info 1.0 and Service Registry 1.0
    Registry "/service-info"                            { get "getServiceInfo" => registry::get_service_info }
    Registry "/services"                                { get "getServices" => registry::get_services }
    Registry "/services/types"                          { get "getServiceTypes" => registry::get_service_types }
    Registry "/services/{service_id}"                   { get "getServiceById" => registry::get_service_by_id }

    // htsget 1.3
    Htsget   "/htsget/reads/service-info"               { get "getReadsServiceInfo" => registry::get_reads_service_info }
    Htsget   "/htsget/variants/service-info"            { get "getVariantsServiceInfo" => registry::get_variants_service_info }
    Htsget   "/htsget/reads/{id:.+}"                    { get "searchReadId" => htsget::get_reads, post "searchReadIdPost" => htsget::post_reads }
    Htsget   "/htsget/variants/{id:.+}"                 { get "searchVariantId" => htsget::get_variants, post "searchVariantIdPost" => htsget::post_variants }
    Htsget   "/htsget/blocks/{capability}"              { get "getBlock" => htsget::get_block, head "headBlock" => htsget::get_block }

    // Beacon 2.1.1
    Beacon   "/beacon"                                   { get "getBeaconRoot" => beacon::get_info }
    Beacon   "/beacon/"                                  { get "getBeaconRootSlash" => beacon::get_info }
    Beacon   "/beacon/info"                              { get "getBeaconInfoRoot" => beacon::get_info }
    Beacon   "/beacon/service-info"                      { get "getBeaconServiceInfo" => registry::get_beacon_service_info }
    Beacon   "/beacon/configuration"                     { get "getBeaconConfiguration" => beacon::get_configuration }
    Beacon   "/beacon/map"                               { get "getBeaconMap" => beacon::get_map }
    Beacon   "/beacon/entry_types"                       { get "getEntryTypes" => beacon::get_entry_types }
    Beacon   "/beacon/filtering_terms"                   { get "getFilteringTerms" => beacon::get_filtering_terms }
    Beacon   "/beacon/g_variants"                        { get "getGenomicVariations" => beacon::get_entries, post "postGenomicVariationsRequest" => beacon::post_entries }
    Beacon   "/beacon/g_variants/{id}"                   { get "getOneGenomicVariation" => beacon::get_entries, post "postOneGenomicVariation" => beacon::post_entries }
    Beacon   "/beacon/g_variants/{id}/individuals"       { get "getOneGenomicVariationIndividuals" => beacon::get_entries, post "postOneGenomicVariationIndividuals" => beacon::post_entries }
    Beacon   "/beacon/g_variants/{id}/biosamples"        { get "getOneGenomicVariationBiosamples" => beacon::get_entries, post "postOneGenomicVariationBiosamples" => beacon::post_entries }
    Beacon   "/beacon/g_variants/{id}/runs"              { get "getOneGenomicVariationRuns" => beacon::get_entries, post "postOneGenomicVariationRuns" => beacon::post_entries }
    Beacon   "/beacon/g_variants/{id}/analyses"          { get "getOneGenomicVariationAnalyses" => beacon::get_entries, post "postOneGenomicVariationAnalyses" => beacon::post_entries }
    Beacon   "/beacon/individuals"                       { get "getIndividuals" => beacon::get_entries, post "postIndividualsRequest" => beacon::post_entries }
    // This line is placed before `individuals/{id}`, so that `filtering_terms` is not matched as an id.
    Beacon   "/beacon/individuals/filtering_terms"       { get "getIndividualsFilteringTerms" => beacon::get_filtering_terms, post "postIndividualsFilteringTerms" => beacon::post_filtering_terms }
    Beacon   "/beacon/individuals/{id}"                  { get "getOneIndividual" => beacon::get_entries, post "postOneIndividual" => beacon::post_entries }
    Beacon   "/beacon/individuals/{id}/g_variants"       { get "getOneIndividualGenomicVariations" => beacon::get_entries, post "postOneIndividualGenomicVariations" => beacon::post_entries }
    Beacon   "/beacon/individuals/{id}/biosamples"       { get "getOneIndividualBiosamples" => beacon::get_entries, post "postOneIndividualBiosamples" => beacon::post_entries }
    Beacon   "/beacon/individuals/{id}/runs"             { get "getOneIndividualRuns" => beacon::get_entries, post "postOneIndividualRuns" => beacon::post_entries }
    Beacon   "/beacon/individuals/{id}/analyses"         { get "getOneIndividualAnalyses" => beacon::get_entries, post "postOneIndividualAnalyses" => beacon::post_entries }
    Beacon   "/beacon/individuals/{id}/filtering_terms"  { get "getOneIndividualFilteringTerms" => beacon::get_filtering_terms, post "postOneIndividualFilteringTerms" => beacon::post_filtering_terms }
    Beacon   "/beacon/biosamples"                        { get "getBiosamples" => beacon::get_entries, post "postBiosamplesRequest" => beacon::post_entries }
    Beacon   "/beacon/biosamples/{id}"                   { get "getOneBiosample" => beacon::get_entries, post "postOneBiosample" => beacon::post_entries }
    Beacon   "/beacon/biosamples/{id}/g_variants"        { get "getOneBiosampleGenomicVariations" => beacon::get_entries, post "postOneBiosampleGenomicVariations" => beacon::post_entries }
    Beacon   "/beacon/biosamples/{id}/runs"              { get "getOneBiosampleRuns" => beacon::get_entries, post "postOneBiosampleRuns" => beacon::post_entries }
    Beacon   "/beacon/biosamples/{id}/analyses"          { get "getOneBiosampleAnalyses" => beacon::get_entries, post "postOneBiosampleAnalyses" => beacon::post_entries }
    Beacon   "/beacon/runs"                              { get "getRuns" => beacon::get_entries, post "postRunsRequest" => beacon::post_entries }
    Beacon   "/beacon/runs/{id}"                         { get "getOneRun" => beacon::get_entries, post "postOneRun" => beacon::post_entries }
    Beacon   "/beacon/runs/{id}/g_variants"              { get "getOneRunGenomicVariations" => beacon::get_entries, post "postOneRunGenomicVariations" => beacon::post_entries }
    Beacon   "/beacon/runs/{id}/analyses"                { get "getOneRunAnalyses" => beacon::get_entries, post "postOneRunAnalyses" => beacon::post_entries }
    Beacon   "/beacon/analyses"                          { get "getAnalyses" => beacon::get_entries, post "postAnalysesRequest" => beacon::post_entries }
    Beacon   "/beacon/analyses/{id}"                     { get "getOneAnalysis" => beacon::get_entries, post "postOneAnalysis" => beacon::post_entries }
    Beacon   "/beacon/analyses/{id}/g_variants"          { get "getOneAnalysisGenomicVariations" => beacon::get_entries, post "postOneAnalysisGenomicVariations" => beacon::post_entries }
    Beacon   "/beacon/datasets"                          { get "getDatasets" => beacon::get_entries, post "postDatasetsRequest" => beacon::post_entries }
    Beacon   "/beacon/datasets/{id}"                     { get "getOneDataset" => beacon::get_entries, post "postOneDataset" => beacon::post_entries }
    Beacon   "/beacon/datasets/{id}/g_variants"          { get "getOneDatasetGenomicVariations" => beacon::get_entries, post "postOneDatasetGenomicVariations" => beacon::post_entries }
    Beacon   "/beacon/datasets/{id}/individuals"         { get "getOneDatasetIndividuals" => beacon::get_entries, post "postOneDatasetIndividuals" => beacon::post_entries }
    Beacon   "/beacon/datasets/{id}/biosamples"          { get "getOneDatasetBiosamples" => beacon::get_entries, post "postOneDatasetBiosamples" => beacon::post_entries }
    Beacon   "/beacon/datasets/{id}/runs"                { get "getOneDatasetRuns" => beacon::get_entries, post "postOneDatasetRuns" => beacon::post_entries }
    Beacon   "/beacon/datasets/{id}/analyses"            { get "getOneDatasetAnalyses" => beacon::get_entries, post "postOneDatasetAnalyses" => beacon::post_entries }
    Beacon   "/beacon/datasets/{id}/filtering_terms"     { get "getOneDatasetFilteringTerms" => beacon::get_filtering_terms, post "postOneDatasetFilteringTerms" => beacon::post_filtering_terms }
    Beacon   "/beacon/cohorts"                           { get "getCohorts" => beacon::get_entries, post "postCohortsRequest" => beacon::post_entries }
    Beacon   "/beacon/cohorts/{id}"                      { get "getOneCohort" => beacon::get_entries, post "postOneCohort" => beacon::post_entries }
    Beacon   "/beacon/cohorts/{id}/g_variants"           { get "getOneCohortGenomicVariations" => beacon::get_entries, post "postOneCohortGenomicVariations" => beacon::post_entries }
    Beacon   "/beacon/cohorts/{id}/individuals"          { get "getOneCohortIndividuals" => beacon::get_entries, post "postOneCohortIndividuals" => beacon::post_entries }
    Beacon   "/beacon/cohorts/{id}/biosamples"           { get "getOneCohortBiosamples" => beacon::get_entries, post "postOneCohortBiosamples" => beacon::post_entries }
    Beacon   "/beacon/cohorts/{id}/runs"                 { get "getOneCohortRuns" => beacon::get_entries, post "postOneCohortRuns" => beacon::post_entries }
    Beacon   "/beacon/cohorts/{id}/analyses"             { get "getOneCohortAnalyses" => beacon::get_entries, post "postOneCohortAnalyses" => beacon::post_entries }
    Beacon   "/beacon/cohorts/{id}/filtering_terms"      { get "getOneCohortFilteringTerms" => beacon::get_filtering_terms, post "postOneCohortFilteringTerms" => beacon::post_filtering_terms }

    // Beacon queries that are forwarded to partners
    Beacon   "/federation/service-info"                 { get "getFederationServiceInfo" => registry::get_federation_service_info }
    Beacon   "/federation/g_variants"                   { get "getFederatedGenomicVariants" => federation::get_g_variants, post "postFederatedGenomicVariants" => federation::post_g_variants }

    // DRS 1.5
    Drs      "/ga4gh/drs/v1/service-info"               { get "GetServiceInfo" => registry::get_drs_service_info }
    Drs      "/ga4gh/drs/v1/objects/{object_id}"        { get "GetObject" => drs::get_object, post "PostObject" => drs::post_object, options "OptionsObject" => drs::options_object }
    Drs      "/ga4gh/drs/v1/objects/{object_id}/access/{access_id}" { get "GetAccessURL" => drs::get_access_url, post "PostAccessURL" => drs::post_access_url }
    Drs      "/bytes/{capability}"                      { get "getBytes" => drs::get_bytes, head "headBytes" => drs::get_bytes }

    // FHIR R4 recontact tasks. These lines are placed before the lines of the resource types that are stored as received.
    Fhir     "/fhir/Task"                               { get "searchTask" => fhir_task::search }
    Fhir     "/fhir/Task/{id}"                          { get "readTask" => fhir_task::read, put "updateTask" => fhir_task::update }

    // FHIR R4
    Fhir     "/fhir/service-info"                       { get "getFhirServiceInfo" => registry::get_fhir_service_info }
    Fhir     "/fhir/metadata"                           { get "capabilities" => fhir::capabilities }
    Fhir     "/fhir/.well-known/smart-configuration"    { get "smartConfiguration" => fhir::smart_configuration }
    Fhir     "/fhir/$find-subject-variants"             { get "findSubjectVariants" => fhir::find_subject_variants }
    Fhir     "/fhir/OperationDefinition/find-subject-variants" { get "readFindSubjectVariants" => fhir::find_subject_variants_definition }
    Fhir     "/fhir/{type:[A-Z][A-Za-z]*}"              { get "searchType" => fhir::search_get, post "create" => fhir::create }
    Fhir     "/fhir/{type:[A-Z][A-Za-z]*}/_search"      { post "searchTypePost" => fhir::search_post }
    Fhir     "/fhir/{type:[A-Z][A-Za-z]*}/{id}"         { get "read" => fhir::read }
    Own      "/auth/token"                              { post "token" => token::token }

    // WES 1.1
    Wes      "/ga4gh/wes/v1/service-info"               { get "GetWesServiceInfo" => wes::get_service_info }
    Wes      "/ga4gh/wes/v1/runs"                       { get "ListRuns" => wes::list_runs, post "RunWorkflow" => wes::run_workflow }
    Wes      "/ga4gh/wes/v1/runs/{run_id}"              { get "GetRunLog" => wes::get_run_log }
    Wes      "/ga4gh/wes/v1/runs/{run_id}/status"       { get "GetRunStatus" => wes::get_run_status }
    Wes      "/ga4gh/wes/v1/runs/{run_id}/tasks"        { get "ListTasks" => wes::list_tasks }
    Wes      "/ga4gh/wes/v1/runs/{run_id}/tasks/{task_id}" { get "GetTask" => wes::get_task }
    Wes      "/ga4gh/wes/v1/runs/{run_id}/cancel"       { post "CancelRun" => wes::cancel_run }

    // Airlock
    Own      "/airlock/outputs"                         { get "listOutputs" => airlock::list_outputs }
    Own      "/airlock/outputs/{output_id}"             { get "getOutput" => airlock::get_output }
    Own      "/airlock/outputs/{output_id}/decision"    { post "decideOutput" => airlock::decide_output }

    // Recontact of participants
    Own      "/recontact/requests"                      { post "requestRecontact" => recontact::post_request }
    Own      "/recontact/requests/{request_id}"         { get "getRecontact" => recontact::get_request }
    Own      "/recontact/requests/{request_id}/decision" { post "decideRecontact" => recontact::post_decision }

    // Consent statements of hospitals' portals
    Own      "/consent/v1/events"                       { post "postConsentEvent" => consent_portal::post_event }
    Own      "/consent/v1/bulk"                         { post "postConsentBulk" => consent_portal::post_bulk }
    Own      "/consent/v1/receipts/{receipt_id}"        { get "getConsentReceipt" => consent_portal::get_receipt }

    // Explanations of decisions
    Own      "/access/v1/service-info"                  { get "getAccessServiceInfo" => registry::get_access_service_info }
    Own      "/access/v1/denials"                       { get "listDenials" => access::get_denials }
    Own      "/access/v1/explain"                       { get "getExplanation" => access::get_explain, post "postExplanation" => access::post_explain }
    Own      "/access/v1/disclosures/{patient}"         { get "getDisclosures" => access::get_disclosures }
    Own      "/access/v1/projects"                      { get "listProjects" => projects::get_projects }

    // HTML pages
    Own      "/projects"                                { get "getProjectsPage" => projects::get_projects_page }
    Own      "/"                                        { get "getConsole" => console::get_console }

    // Files on hold
    Own      "/objects/held"                            { get "listHeldObjects" => objects::get_held }

    // Operations
    Own      "/healthz"                                 { get "getHealth" => operations::get_healthz }
    Own      "/readyz"                                  { get "getReadiness" => operations::get_readyz }
    Own      "/metrics"                                 { get "getMetrics" => operations::get_metrics }
}

/// The spellings under which a template of the route table is registered. A Beacon path is also registered with a slash at its end, because
/// many clients add a slash.
fn spellings(template: &'static str) -> Vec<String> {
    let is_beacon = matches!(standard_of(template), Standard::Beacon) && !template.ends_with('/');
    // The route table contains the Beacon root with a slash as a separate line.
    if is_beacon && template != "/beacon" {
        vec![template.to_owned(), format!("{template}/")]
    } else {
        vec![template.to_owned()]
    }
}

/// The template of the route table for a matched spelling.
pub(crate) fn template_of(matched: &str) -> &str {
    match matched {
        "/" | "/beacon/" => matched,
        other => other.strip_suffix('/').unwrap_or(other),
    }
}

/// The standard of a path, determined by the path's prefix. The function also works for unknown paths.
pub(crate) fn standard_of(path: &str) -> Standard {
    let under = |prefix: &str| path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'));
    if under("/htsget") {
        Standard::Htsget
    } else if under("/beacon") || under("/federation") {
        Standard::Beacon
    } else if under("/ga4gh/drs") || under("/bytes") {
        Standard::Drs
    } else if under("/fhir") {
        Standard::Fhir
    } else if under("/ga4gh/wes") {
        Standard::Wes
    } else if under("/services") || under("/service-info") {
        Standard::Registry
    } else {
        Standard::Own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_the_error_shape_of_its_line_and_every_operation_one_name() {
        let mut names: Vec<&str> = ROUTES.iter().map(|r| r.operation).collect();
        for route in ROUTES {
            assert_eq!(standard_of(route.template), route.standard, "{} {}", route.method, route.template);
        }
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}

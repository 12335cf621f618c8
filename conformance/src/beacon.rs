//! Checks of Beacon 2.1.1.

use crate::check::{Check, Standard};

mod bracket_query;
mod filters;
mod get_beacon_info;
mod get_genomic_variations;
mod get_one_genomic_variation;
mod pages;
mod test_mode;
mod test_variant;
mod walk_map;

const STANDARD: Standard = Standard::Beacon;

/// The checks of Beacon, in the order of the report.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "get_beacon_info_root-names-the-beacon",
        title: "The Beacon names itself, its API version and its organization.",
        reference: "Beacon 2.1.1, framework/json/responses/beaconInfoResponse.json",
        expected: "200 JSON with meta{beaconId,apiVersion} and response{id,name,apiVersion,environment,organization}",
        run: get_beacon_info::names_the_beacon,
    },
    Check {
        id: "get_beacon_info_root-schema",
        title: "The Beacon's description satisfies the official schema.",
        reference: "Beacon 2.1.1, framework/json/responses/beaconInfoResponse.json",
        expected: "valid",
        run: get_beacon_info::schema,
    },
    Check {
        id: "get_beacon_service_info-artifact-is-beacon",
        title: "The description by Service Info is that of a Beacon.",
        reference: "Beacon 2.1.1, /service-info; GA4GH Service Info 1.0.0",
        expected: "200 JSON with type.group org.ga4gh, type.artifact beacon",
        run: get_beacon_info::service_info,
    },
    Check {
        id: "get_beacon_map-names-endpoints",
        title: "The map names each entry type's endpoint by an absolute URL.",
        reference: "Beacon 2.1.1, framework/json/configuration/beaconMapSchema.json: endpointSets{entryType, rootUrl}",
        expected: "200 JSON, every endpoint set with entryType and an absolute rootUrl",
        run: get_beacon_info::map,
    },
    Check {
        id: "get_genomic_variations-boolean",
        title: "A query for a variant at boolean granularity is answered yes or no, with the required meta.",
        reference: "Beacon 2.1.1, beaconBooleanResponse.json; sections/beaconResponseMeta.json",
        expected: "200 JSON, returnedGranularity boolean, responseSummary.exists, complete receivedRequestSummary",
        run: get_genomic_variations::boolean,
    },
    Check {
        id: "get_genomic_variations-granularity-not-finer-than-asked",
        title: "A query at boolean or count granularity never gets a finer answer.",
        reference: "Beacon 2.1.1, beaconCommonComponents.json, Granularity; beaconResponseMeta.json, returnedGranularity",
        expected: "boolean: no number, no results; count: no results",
        run: get_genomic_variations::granularity_not_finer,
    },
    Check {
        id: "get_genomic_variations-schema",
        title: "The answer satisfies the official schema of its stated granularity.",
        reference: "Beacon 2.1.1, framework/json/responses/beacon{Boolean,Count,Resultsets}Response.json",
        expected: "valid",
        run: get_genomic_variations::schema,
    },
    Check {
        id: "post_genomic_variations_request-answers-as-get",
        title: "The same query by POST gets the same answer.",
        reference: "Beacon 2.1.1, requests/beaconRequestBody.json",
        expected: "the same responseSummary.exists and returnedGranularity",
        run: get_genomic_variations::post_as_get,
    },
    Check {
        id: "get_genomic_variations-bad-start",
        title: "A start that is not a number gets 400 in the Beacon's error shape.",
        reference: "Beacon 2.1.1, framework/json/responses/beaconErrorResponse.json",
        expected: "400 JSON with meta and error{errorCode: 400}",
        run: get_genomic_variations::bad_start,
    },
    Check {
        id: "get_genomic_variations-absent-allele",
        title: "A query for an allele without carriers is answered no.",
        reference: "Beacon 2.1.1, responseSummary.exists; query by sequence: referenceName, start, alternateBases",
        expected: "200 JSON, responseSummary.exists false",
        run: get_genomic_variations::absent_allele,
    },
    Check {
        id: "get_genomic_variations-differences-of-2_2-schema",
        title: "The answer satisfies the differences of Beacon 2.2.0, as recorded by this project.",
        reference: "schemas/beacon-2.2.0-overlay (written by this project from upstream pull requests 220, 223, 231)",
        expected: "valid",
        run: get_genomic_variations::overlay,
    },
    Check {
        id: "get_beacon_map-urls-answer",
        title: "Every URL of the map answers, and an invented id finds nothing.",
        reference: "Beacon 2.1.1, framework/json/configuration/beaconMapSchema.json: rootUrl, singleEntryUrl, endpoints.*.url",
        expected: "lists: 200, or 400, 401, 403; an invented id: the same or 404, never exists true",
        run: walk_map::urls_answer,
    },
    Check {
        id: "get_genomic_variations-bracket",
        title: "A bracket query with precise edges finds the variant, and its upper bounds are exclusive.",
        reference: "Beacon 2.1.1, genomicVariations/requestParameters.json: start[1]=start[0]+1 and end[1]=end[0]+1 are precise",
        expected: "the same responseSummary.exists as by bases; false one base before",
        run: bracket_query::upper_bounds_exclusive,
    },
    Check {
        id: "get_genomic_variations-skip-counts-pages",
        title: "Pages of records follow each other without overlap or gap, and skip counts pages.",
        reference: "Beacon 2.1.1, beaconCommonComponents.json, Skip: \"number of pages to skip\"",
        expected: "skip=1&limit=2 is the third and fourth record; the same responseSummary",
        run: pages::skip_counts_pages,
    },
    Check {
        id: "get_genomic_variations-include-resultset-responses",
        title: "HIT, MISS and NONE each list their part of ALL's result sets, with the same summary.",
        reference: "Beacon 2.1.1, beaconCommonComponents.json, IncludeResultsetResponses",
        expected: "HIT: exists true; MISS: exists false; NONE: none",
        run: pages::include_resultset_responses,
    },
    Check {
        id: "get_one_genomic_variation-is-found-by-its-id",
        title: "A variant is found by the id in its record.",
        reference: "Beacon 2.1.1, genomicVariations/endpoints.json, /g_variants/{id}; defaultSchema.json, variantInternalId",
        expected: "200 JSON, responseSummary.exists true, only records of that id",
        run: get_one_genomic_variation::is_found_by_its_id,
    },
    Check {
        id: "get_individuals-test-mode",
        title: "A query in test mode is answered.",
        reference: "Beacon 2.1.1, beaconCommonComponents.json, TestMode: \"the Beacon instance MUST respond the request\"",
        expected: "200 JSON with responseSummary.exists",
        run: test_mode::is_answered,
    },
    Check {
        id: "post_individuals_request-filter-as-get",
        title: "A query for individuals with an offered filtering term gets the same answer by POST and by GET.",
        reference: "Beacon 2.1.1, requests/filteringTerms.json; sections/beaconReceivedRequestSummary.json, filters: strings",
        expected: "the same responseSummary.exists and returnedGranularity",
        run: filters::post_as_get,
    },
    Check {
        id: "post_individuals_request-unknown-term",
        title: "A filter with a term that is in no ontology is rejected or matches no individual; it is never ignored.",
        reference: "Beacon 2.1.1, requests/filteringTerms.json; beaconErrorResponse.json",
        expected: "400 JSON with error{errorCode: 400}",
        run: filters::unknown_term,
    },
];

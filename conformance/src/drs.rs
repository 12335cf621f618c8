//! Checks of DRS 1.5.0.

use crate::check::{Check, Standard};

mod get_access_url;
mod get_object;
mod get_service_info;
mod options_object;

const STANDARD: Standard = Standard::Drs;

/// The checks of DRS, in the order of the report.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "get_service_info-artifact-is-drs",
        title: "The description is that of a DRS, with the maximum length of a bulk request.",
        reference: "DRS 1.5.0, /service-info, DrsService: maxBulkRequestLength is required",
        expected: "200 JSON with type.group org.ga4gh, type.artifact drs, maxBulkRequestLength",
        run: get_service_info::artifact_is_drs,
    },
    Check {
        id: "get_service_info-schema",
        title: "The description satisfies the official schema.",
        reference: "DRS 1.5.0, components.responses.200ServiceInfo",
        expected: "valid",
        run: get_service_info::schema,
    },
    Check {
        id: "get_object-describes-the-object",
        title: "An object has every required member and a way of access.",
        reference: "DRS 1.5.0, DrsObject: id, self_uri, size, created_time, checksums; access_methods for blobs, contents for bundles",
        expected: "200 JSON, the requested id, at least one checksum, access methods each with access_url or access_id",
        run: get_object::describes_the_object,
    },
    Check {
        id: "get_object-schema",
        title: "An object satisfies the official schema.",
        reference: "DRS 1.5.0, components.responses.200OkDrsObject",
        expected: "valid",
        run: get_object::schema,
    },
    Check {
        id: "get_object-self-uri",
        title: "The self_uri is a hostname-based DRS URI that ends in the object's id.",
        reference: "DRS 1.5.0, Hostname-based DRS URIs: drs://<hostname>/<id>, no port, id percent-encoded",
        expected: "drs://host/id without port, query or fragment",
        run: get_object::self_uri,
    },
    Check {
        id: "get_object-unknown-id",
        title: "An unknown object gets 404 in the DRS error shape.",
        reference: "DRS 1.5.0, GetObject 404, Error{msg,status_code}",
        expected: "404 JSON {msg, status_code: 404}",
        run: get_object::unknown_id,
    },
    Check {
        id: "get_access_url-bytes-match-checksum",
        title: "The bytes at the access URL have the size and the checksum that the object states.",
        reference: "DRS 1.5.0, GetAccessURL, AccessURL{url,headers}; DrsObject.size, DrsObject.checksums",
        expected: "200, stated size, stated sha-256 or md5",
        run: get_access_url::bytes_match_checksum,
    },
    Check {
        id: "get_access_url-range",
        title: "A range request, if supported, returns exactly the requested bytes.",
        reference: "RFC 9110 § 14.2, § 15.3.7 (206, Content-Range), on the URL of DRS 1.5.0 GetAccessURL",
        expected: "206 with Content-Range bytes 2-9/size and eight bytes; 200 counts as not offered",
        run: get_access_url::range,
    },
    Check {
        id: "get_access_url-unknown-access-id",
        title: "An access id that the object does not have gets 404 in the DRS error shape.",
        reference: "DRS 1.5.0, GetAccessURL 404, Error{msg,status_code}",
        expected: "404 JSON {msg, status_code: 404}",
        run: get_access_url::unknown_access_id,
    },
    Check {
        id: "options_object-authorizations",
        title: "OPTIONS states how to authorize for the object.",
        reference: "DRS 1.5.0, OptionsObject 200 Authorizations; 204 and 405 if not supported",
        expected: "200 JSON with supported_types of None, BasicAuth, BearerAuth, PassportAuth; PassportAuth with its issuers",
        run: options_object::authorizations,
    },
];

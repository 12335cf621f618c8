//! Checks of htsget 1.3.

use crate::check::{Check, Standard};

mod get_service_info;
mod search_errors;
mod search_read_id;
mod search_read_id_post;
mod ticket;

const STANDARD: Standard = Standard::Htsget;

/// The checks of htsget, in the order of the report.
pub(crate) const CHECKS: &[Check] = &[
    Check {
        id: "get_service_info-describes-htsget",
        title: "Each served half describes itself as htsget, with its data type and formats.",
        reference: "htsget 1.3.0, Service information: type.artifact htsget, htsget.datatype, htsget.formats",
        expected: "200 JSON with artifact htsget, the path's datatype, formats of that datatype",
        run: get_service_info::describes_htsget,
    },
    Check {
        id: "get_service_info-schema",
        title: "The description satisfies the official schema of Service Info.",
        reference: "htsget 1.3.0, Service information; GA4GH Service Info 1.0.0, components.schemas.Service",
        expected: "valid",
        run: get_service_info::schema,
    },
    Check {
        id: "search_read_id-ticket",
        title: "A ticket has only the key htsget, a format, and URLs that can be fetched unchanged.",
        reference: "htsget 1.3.0, Response JSON fields: format, urls[{url, headers, class}]",
        expected: "200 JSON, absolute http(s) or data: URLs, header values that are strings, class on all or on none",
        run: search_read_id::ticket,
    },
    Check {
        id: "search_read_id-region-is-one-file",
        title: "The blocks of a region, fetched with only the ticket's headers, concatenate to one complete file.",
        reference: "htsget 1.3.0, Response: concatenate the blocks in order; SAM v1 § 4.1 (BGZF, end-of-file marker); CRAM 3 § 9",
        expected: "valid framing, one header, records, an end marker at the end",
        run: search_read_id::region_is_one_file,
    },
    Check {
        id: "search_read_id-header-class",
        title: "class=header returns only the header, which equals the region's.",
        reference: "htsget 1.3.0, URL parameters: class=header; class reuse between tickets",
        expected: "a complete file without records, its header equal to the region's",
        run: search_read_id::header_class,
    },
    Check {
        id: "search_read_id-start-after-end",
        title: "A start after the end gets InvalidRange.",
        reference: "htsget 1.3.0, URL parameters: start, end; Errors: InvalidRange 400",
        expected: "400 {htsget:{error:InvalidRange,message}}",
        run: search_errors::start_after_end,
    },
    Check {
        id: "search_read_id-unknown-id",
        title: "An unknown id gets NotFound.",
        reference: "htsget 1.3.0, Errors: NotFound 404",
        expected: "404 {htsget:{error:NotFound,message}}",
        run: search_errors::unknown_id,
    },
    Check {
        id: "search_read_id-unknown-format",
        title: "A format that does not exist gets UnsupportedFormat.",
        reference: "htsget 1.3.0, URL parameters: format; Errors: UnsupportedFormat 400",
        expected: "400 {htsget:{error:UnsupportedFormat,message}}",
        run: search_errors::unknown_format,
    },
    Check {
        id: "search_read_id-unknown-reference",
        title: "A reference sequence that the file does not have gets NotFound.",
        reference: "htsget 1.3.0, URL parameters: referenceName; Errors: NotFound 404",
        expected: "404 {htsget:{error:NotFound,message}}",
        run: search_errors::unknown_reference,
    },
    Check {
        id: "search_read_id_post-regions-are-one-file",
        title: "A POST with the same region twice gives one file with every record once.",
        reference: "htsget 1.3.0, POST requests: regions; overlapping regions are merged, a record is returned once",
        expected: "one complete file with as many records as the region by GET",
        run: search_read_id_post::regions_are_one_file,
    },
];

//! `ga4gh-conformance URL`

fn main() {}
